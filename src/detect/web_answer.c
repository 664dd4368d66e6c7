/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and what is answered: one page for each path, no bodies taken. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "detect/prometheus.h"
#include "detect/web_int.h"

static const struct {
	unsigned status;
	const char *type, *text;
} pages[WEB_PAGES] = {
	[WEB_HEALTHZ] = { MHD_HTTP_OK, "application/json", "{\"status\": \"ok\"}" },
	[WEB_VERSIONS] = { MHD_HTTP_OK, "application/json", NULL },
	[WEB_NOT_FOUND] = { MHD_HTTP_NOT_FOUND, "text/plain", "not found\n" },
	[WEB_NOT_ALLOWED] = { MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain", "not allowed\n" },
	[WEB_NO_METRICS] = { MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain",
			     "the detection does not answer\n" },
};

struct MHD_Response *web_response(const struct detect_web *web, const char *type, const char *text,
				  size_t len)
{
	struct MHD_Response *response;

	/* It copies the text, although what it takes has no const. */
	response = web->lib->create_response_from_buffer(len, (void *)(uintptr_t)text,
							 MHD_RESPMEM_MUST_COPY);
	if (response && web->lib->add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type))
		return response;
	if (response)
		web->lib->destroy_response(response);
	return NULL;
}

int web_make_pages(struct detect_web *web)
{
	const char *text;
	unsigned i;

	for (i = 0; i < WEB_PAGES; i++) {
		text = pages[i].text ? pages[i].text : web->versions ? web->versions : "";
		web->pages[i] = web_response(web, pages[i].type, text, strlen(text));
		if (!web->pages[i])
			return -ENOMEM;
	}
	return web->lib->add_response_header(web->pages[WEB_NOT_ALLOWED], MHD_HTTP_HEADER_ALLOW,
					     "GET, HEAD")
		       ? 0
		       : -ENOMEM;
}

void web_free_pages(struct detect_web *web)
{
	unsigned i;

	for (i = 0; i < WEB_PAGES; i++)
		if (web->pages[i])
			web->lib->destroy_response(web->pages[i]);
}

static enum MHD_Result answer(const struct detect_web *web, struct MHD_Connection *connection,
			      enum web_page_kind kind)
{
	return web->lib->queue_response(connection, pages[kind].status, web->pages[kind]);
}

/* Figures: the request waits, and comes here once more when there are some. */
static enum MHD_Result answer_metrics(struct detect_web *web, struct MHD_Connection *connection,
				      void **request_ctx)
{
	struct web_request *request = *request_ctx;

	if (request->answered)
		return request->text ? web->lib->queue_response(connection, MHD_HTTP_OK,
								request->text->response)
				     : answer(web, connection, WEB_NO_METRICS);
	return web_wait_add(web, request) ? MHD_YES : answer(web, connection, WEB_NO_METRICS);
}

static enum MHD_Result route(struct detect_web *web, struct MHD_Connection *connection,
			     const char *url, void **request_ctx)
{
	if (!strcmp(url, web->healthz))
		return answer(web, connection, WEB_HEALTHZ);
	if (web->versions && !strcmp(url, "/versions"))
		return answer(web, connection, WEB_VERSIONS);
	if (web->opts.metrics && !strcmp(url, "/metrics"))
		return answer_metrics(web, connection, request_ctx);
	return answer(web, connection, WEB_NOT_FOUND);
}

/* The first call has the head only; whether a body comes is seen by the next ones. */
enum MHD_Result web_on_request(void *ctx, struct MHD_Connection *connection, const char *url,
			       const char *method, const char *version, const char *upload,
			       size_t *upload_size, void **request_ctx)
{
	struct detect_web *web = ctx;
	struct web_request *request;

	(void)version, (void)upload;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer(web, connection, WEB_NOT_ALLOWED);
	if (!*request_ctx) {
		request = calloc(1, sizeof(*request));
		if (!request)
			return MHD_NO;
		request->connection = connection;
		*request_ctx = request;
		return MHD_YES;
	}
	if (*upload_size) {
		/* A body that nobody wants is passed over; how long it may be is a matter of time. */
		*upload_size = 0;
		return MHD_YES;
	}
	return route(web, connection, url, request_ctx);
}

void web_on_completed(void *ctx, struct MHD_Connection *connection, void **request_ctx,
		      enum MHD_RequestTerminationCode how)
{
	struct web_request *request = *request_ctx;
	struct detect_web *web = ctx;

	(void)how;
	web_peer_renew(web, connection);
	if (!request)
		return;
	pthread_mutex_lock(&web->lock);
	web_text_put(web, request->text);
	pthread_mutex_unlock(&web->lock);
	free(request);
	*request_ctx = NULL;
}
