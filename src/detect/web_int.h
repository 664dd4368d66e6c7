/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the parts of the web server: opening and closing (web.c), where it listens and its key
 * (web_open.c), requests and their answers (web_answer.c), those who wait and those who take too
 * long (web_wait.c).
 */
#ifndef DETECT_WEB_INT_H
#define DETECT_WEB_INT_H

#include <pthread.h>
#include <stdbool.h>

#include "detect/web.h"
#include "detect/web_lib.h"

/* What is answered, figures apart. */
enum web_page_kind {
	WEB_HEALTHZ,
	WEB_VERSIONS,
	WEB_NOT_FOUND,
	WEB_NOT_ALLOWED,
	WEB_NO_METRICS,
	WEB_PAGES
};

/* Figures that several requests may share; counted under the lock. */
struct web_text {
	unsigned refs;
	struct MHD_Response *response;
};

/* A request for figures. The library's until it is suspended, then the waiter's until resumed. */
struct web_request {
	struct MHD_Connection *connection;
	struct web_request *next;
	struct web_text *text; /* NULL once it was answered = there is none */
	bool answered;
};

/* Somebody who is connected. */
struct web_peer {
	int fd; /* -1 = free */
	uint64_t until_ns;
};

struct detect_web {
	const struct web_lib *lib;
	struct detect_web_opts opts; /* its texts are below, or NULL */
	char *healthz, *versions;
	struct MHD_Response *pages[WEB_PAGES];
	struct MHD_Daemon *daemon;
	uint16_t port;
	struct eyas_str
		pem; /* the key and its certificates; the library may look at them later on */
	struct eyas_err trouble; /* what the library says while it starts */
	bool starting;
	pthread_t waiter;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t wake;
	bool closing;
	struct web_request *waiting;
	struct web_peer *peers; /* opts.max_connections */
};

/* ---- web_open.c ---- */

/* A listening socket, or -errno. */
int web_listen(const char *address, uint16_t port, uint16_t *ret_port, struct eyas_err *reterr);
/* The file, with a NUL at its end. */
int web_read_pem(const char *path, struct eyas_str *out, struct eyas_err *reterr);

/* ---- web_answer.c ---- */

int web_make_pages(struct detect_web *web);
void web_free_pages(struct detect_web *web);
struct MHD_Response *web_response(const struct detect_web *web, const char *type, const char *text,
				  size_t len);
/* The library's callbacks; ctx is the server. */
enum MHD_Result web_on_request(void *ctx, struct MHD_Connection *connection, const char *url,
			       const char *method, const char *version, const char *upload,
			       size_t *upload_size, void **request_ctx);
void web_on_completed(void *ctx, struct MHD_Connection *connection, void **request_ctx,
		      enum MHD_RequestTerminationCode how);

/* ---- web_wait.c ---- */

/* Suspends a request, which is answered later; false = the server is being closed. */
bool web_wait_add(struct detect_web *web, struct web_request *request);
/* Behind the end of the thread: nobody waits any more. */
void web_wait_end(struct detect_web *web);
/* Under the lock. */
void web_text_put(struct detect_web *web, struct web_text *text);
void web_on_connection(void *ctx, struct MHD_Connection *connection, void **socket_ctx,
		       enum MHD_ConnectionNotificationCode what);
/* A request was answered: its connection has as much time again. */
void web_peer_renew(struct detect_web *web, struct MHD_Connection *connection);
/* The thread; ctx is the server. */
void *web_wait_run(void *ctx);

#endif
