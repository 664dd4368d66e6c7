/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Those who wait for figures, and those who take too long. A thread of its own asks the detection
 * on behalf of all, so that a detection that is slow keeps no thread of the server; and once a
 * second it closes the connections whose time is over: the library itself only knows of silence, and
 * a byte now and then is none.
 */
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>

#include "base/clock.h"
#include "detect/prometheus.h"
#include "detect/web_int.h"

#define SECOND UINT64_C(1000000000)

/* ---- connections ---- */

void web_on_connection(void *ctx, struct MHD_Connection *connection, void **socket_ctx,
		       enum MHD_ConnectionNotificationCode what)
{
	struct detect_web *web = ctx;
	struct web_peer *peer = *socket_ctx;
	const union MHD_ConnectionInfo *info;
	unsigned i;

	pthread_mutex_lock(&web->lock);
	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (peer)
			peer->fd = -1;
		pthread_mutex_unlock(&web->lock);
		return;
	}
	info = web->lib->get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	for (i = 0; info && i < web->opts.max_connections; i++) {
		peer = &web->peers[i];
		if (peer->fd >= 0)
			continue;
		peer->fd = info->connect_fd;
		peer->until_ns = eyas_clock_ns(CLOCK_MONOTONIC) + web->opts.request_ns;
		*socket_ctx = peer;
		break;
	}
	pthread_mutex_unlock(&web->lock);
}

void web_peer_renew(struct detect_web *web, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		web->lib->get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct web_peer *peer = info ? info->socket_context : NULL;

	if (!peer)
		return;
	pthread_mutex_lock(&web->lock);
	peer->until_ns = eyas_clock_ns(CLOCK_MONOTONIC) + web->opts.request_ns;
	pthread_mutex_unlock(&web->lock);
}

/* The library sees the end of it, and closes it. */
static void close_late(struct detect_web *web, uint64_t now_ns)
{
	struct web_peer *peer = web->peers, *end = peer + web->opts.max_connections;

	pthread_mutex_lock(&web->lock);
	for (; peer < end; peer++)
		if (peer->fd >= 0 && now_ns >= peer->until_ns)
			shutdown(peer->fd, SHUT_RDWR);
	pthread_mutex_unlock(&web->lock);
}

/* ---- figures ---- */

void web_text_put(struct detect_web *web, struct web_text *text)
{
	if (!text || --text->refs)
		return;
	web->lib->destroy_response(text->response);
	free(text);
}

bool web_wait_add(struct detect_web *web, struct web_request *request)
{
	bool open;

	pthread_mutex_lock(&web->lock);
	open = !web->closing;
	if (open) {
		web->lib->suspend_connection(request->connection);
		request->next = web->waiting;
		web->waiting = request;
		pthread_cond_signal(&web->wake);
	}
	pthread_mutex_unlock(&web->lock);
	return open;
}

/* NULL = there are none. The caller holds it. */
static struct web_text *fetch(struct detect_web *web)
{
	struct web_text *text = calloc(1, sizeof(*text));
	struct eyas_str figures = EYAS_STR_INIT;

	if (text && !web->opts.metrics(web->opts.metrics_ctx, &figures) && !figures.nomem)
		text->response = web_response(web, PROMETHEUS_CONTENT_TYPE,
					      figures.len ? figures.data : "", figures.len);
	eyas_str_fini(&figures);
	if (!text || !text->response) {
		free(text);
		return NULL;
	}
	text->refs = 1;
	return text;
}

/* A request is gone as soon as it is resumed, which is none of the lock's business. */
static void resume_all(struct detect_web *web, struct web_request *request)
{
	struct web_request *next;

	for (; request; request = next) {
		next = request->next;
		web->lib->resume_connection(request->connection);
	}
}

/* Without the lock. Those who come meanwhile wait for the next round. */
static void serve(struct detect_web *web, struct web_text *text)
{
	struct web_request *first, *request;

	pthread_mutex_lock(&web->lock);
	first = web->waiting;
	web->waiting = NULL;
	for (request = first; request; request = request->next) {
		request->answered = true;
		request->text = text;
		if (text)
			text->refs++;
	}
	pthread_mutex_unlock(&web->lock);
	resume_all(web, first);
}

/* With the thread gone, whoever came last is told that there is nothing. */
void web_wait_end(struct detect_web *web)
{
	serve(web, NULL);
}

/* Somebody waits, or the time has come; false = the server is closed. */
static bool sleep_until(struct detect_web *web, uint64_t until_ns, bool *ret_wanted)
{
	const struct timespec until = { .tv_sec = (time_t)(until_ns / SECOND),
					.tv_nsec = (long)(until_ns % SECOND) };
	bool open;

	pthread_mutex_lock(&web->lock);
	if (!web->waiting && !web->closing)
		pthread_cond_timedwait(&web->wake, &web->lock, &until);
	*ret_wanted = web->waiting;
	open = !web->closing;
	pthread_mutex_unlock(&web->lock);
	return open;
}

static void put(struct detect_web *web, struct web_text *text)
{
	pthread_mutex_lock(&web->lock);
	web_text_put(web, text);
	pthread_mutex_unlock(&web->lock);
}

void *web_wait_run(void *ctx)
{
	struct detect_web *web = ctx;
	uint64_t now_ns, next_ns = eyas_clock_ns(CLOCK_MONOTONIC) + SECOND;
	struct web_text *text;
	bool wanted;

	while (sleep_until(web, next_ns, &wanted)) {
		if (wanted) {
			text = fetch(web);
			serve(web, text);
			put(web, text);
		}
		now_ns = eyas_clock_ns(CLOCK_MONOTONIC);
		if (now_ns < next_ns)
			continue;
		next_ns = now_ns + SECOND;
		close_late(web, now_ns);
	}
	return NULL;
}
