/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing the web server. */
#include "detect/web.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "detect/web_int.h"

enum { CONNECTIONS = 256, THREADS_MAX = 64, REQUEST_MEMORY = 16384 };
#define REQUEST_NS UINT64_C(10000000000)
#define SECOND UINT64_C(1000000000)

/* What clients do wrong later on is not told of: they would fill the log. */
static void on_trouble(void *ctx, const char *fmt, va_list ap) EYAS_PRINTF(2, 0);
static void on_trouble(void *ctx, const char *fmt, va_list ap)
{
	struct detect_web *web = ctx;

	if (!web->starting || *web->trouble.text)
		return;
	(void)eyas_err_vset(&web->trouble, -EINVAL, fmt, ap);
	web->trouble.text[strcspn(web->trouble.text, "\n")] = '\0';
}

static unsigned threads_of(const struct detect_web_opts *opts)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned threads = opts->threads ? opts->threads : cpus > 0 ? (unsigned)cpus : 1;

	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	/* The library gives each its share of the connections. */
	return threads > opts->max_connections ? opts->max_connections : threads;
}

static int start(struct detect_web *web, int fd, struct eyas_err *reterr)
{
	char *pem = web->pem.data;
	const struct detect_web_opts *opts = &web->opts;
	unsigned threads = threads_of(opts);
	unsigned flags = MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ERROR_LOG |
			 MHD_ALLOW_SUSPEND_RESUME | (pem ? MHD_USE_TLS : 0);
	const struct MHD_OptionItem tls[] = { { MHD_OPTION_HTTPS_MEM_KEY, 0, pem },
					      { MHD_OPTION_HTTPS_MEM_CERT, 0, pem },
					      { MHD_OPTION_END, 0, NULL } };
	const struct MHD_OptionItem pool[] = { { MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)threads,
						 NULL },
					       { MHD_OPTION_END, 0, NULL } };
	const struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };

	web->starting = true;
	web->daemon = web->lib->start_daemon(
		flags, web->port, NULL, NULL, web_on_request, web, MHD_OPTION_EXTERNAL_LOGGER,
		on_trouble, web, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
		opts->max_connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		(opts->max_connections + 1) / 2, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)REQUEST_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)(opts->request_ns / SECOND + 1), MHD_OPTION_NOTIFY_COMPLETED,
		web_on_completed, web, MHD_OPTION_NOTIFY_CONNECTION, web_on_connection, web,
		MHD_OPTION_ARRAY, pem ? tls : none, MHD_OPTION_ARRAY, threads > 1 ? pool : none,
		MHD_OPTION_END);
	web->starting = false;
	if (web->daemon)
		return 0;
	return eyas_err_set(reterr, -EINVAL, "the web server does not start: %s",
			    *web->trouble.text ? web->trouble.text : strerror(errno));
}

/* The library closes the socket in some cases of failure, and in others it does not. */
static void close_if(int fd, ino_t ino)
{
	struct stat now;

	if (!fstat(fd, &now) && S_ISSOCK(now.st_mode) && now.st_ino == ino)
		close(fd);
}

/* Signals are for the thread of the events: all others leave them alone. */
static int start_threads(struct detect_web *web, int fd, struct eyas_err *reterr)
{
	sigset_t all, before;
	struct stat socket;
	int res, err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	(void)fstat(fd, &socket);
	res = start(web, fd, reterr);
	if (res) {
		close_if(fd, socket.st_ino);
	} else {
		err = pthread_create(&web->waiter, NULL, web_wait_run, web);
		if (err) {
			web->lib->stop_daemon(web->daemon);
			web->daemon = NULL;
			res = eyas_err_set(reterr, -err, "no thread for the web server: %s",
					   strerror(err));
		}
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return res;
}

static int open_all(struct detect_web *web, const struct detect_web_opts *opts,
		    struct eyas_err *reterr)
{
	const char *address = opts->address ? opts->address : "0.0.0.0";
	int fd, res = 0;

	if (opts->pem && !web->lib->is_feature_supported(MHD_FEATURE_TLS))
		return eyas_err_set(reterr, -ENOTSUP, "this libmicrohttpd has no TLS");
	if (opts->pem)
		res = web_read_pem(opts->pem, &web->pem, reterr);
	if (res)
		return res;
	fd = web_listen(address, opts->port, &web->port, reterr);
	return fd < 0 ? fd : start_threads(web, fd, reterr);
}

static int init(struct detect_web *web, const struct detect_web_opts *opts)
{
	pthread_condattr_t attr;
	unsigned i;

	web->opts = *opts;
	if (!opts->max_connections)
		web->opts.max_connections = CONNECTIONS;
	if (!opts->request_ns)
		web->opts.request_ns = REQUEST_NS;
	pthread_mutex_init(&web->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&web->wake, &attr);
	pthread_condattr_destroy(&attr);
	web->healthz = strdup(opts->healthz ? opts->healthz : "/healthz");
	web->versions = opts->versions ? strdup(opts->versions) : NULL;
	web->peers = calloc(web->opts.max_connections, sizeof(*web->peers));
	if (!web->healthz || (opts->versions && !web->versions) || !web->peers)
		return -ENOMEM;
	for (i = 0; i < web->opts.max_connections; i++)
		web->peers[i].fd = -1;
	return web_make_pages(web);
}

int detect_web_open(const struct detect_web_opts *opts, struct detect_web **ret_web,
		    struct eyas_err *reterr)
{
	const struct web_lib *lib;
	struct detect_web *web;
	int res = web_lib_get(&lib, reterr);

	if (res)
		return res;
	web = calloc(1, sizeof(*web));
	if (!web)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	web->lib = lib;
	res = init(web, opts);
	if (res)
		(void)eyas_err_set(reterr, res, "%s", eyas_strerror(res));
	else
		res = open_all(web, opts, reterr);
	if (res) {
		detect_web_close(web);
		return res;
	}
	*ret_web = web;
	return 0;
}

uint16_t detect_web_port(const struct detect_web *web)
{
	return web->port;
}

/* Who waits has to be resumed before the library lets go of its connections. */
static void dismiss(struct detect_web *web)
{
	pthread_mutex_lock(&web->lock);
	web->closing = true;
	pthread_cond_signal(&web->wake);
	pthread_mutex_unlock(&web->lock);
	pthread_join(web->waiter, NULL);
	web_wait_end(web);
}

void detect_web_close(struct detect_web *web)
{
	if (!web)
		return;
	if (web->daemon) {
		dismiss(web);
		web->lib->stop_daemon(web->daemon);
	}
	web_free_pages(web);
	if (web->pem.data)
		explicit_bzero(web->pem.data, web->pem.len);
	eyas_str_fini(&web->pem);
	pthread_cond_destroy(&web->wake);
	pthread_mutex_destroy(&web->lock);
	free(web->peers);
	free(web->healthz);
	free(web->versions);
	free(web);
}
