/* SPDX-License-Identifier: Apache-2.0 */
/* Loading libmicrohttpd. */
#include "detect/web_lib.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/library.h"

static const char library_name[] = "libmicrohttpd.so.12";

static const struct eyas_symbol symbols[] = {
	{ "MHD_start_daemon", offsetof(struct web_lib, start_daemon) },
	{ "MHD_stop_daemon", offsetof(struct web_lib, stop_daemon) },
	{ "MHD_create_response_from_buffer",
	  offsetof(struct web_lib, create_response_from_buffer) },
	{ "MHD_add_response_header", offsetof(struct web_lib, add_response_header) },
	{ "MHD_queue_response", offsetof(struct web_lib, queue_response) },
	{ "MHD_destroy_response", offsetof(struct web_lib, destroy_response) },
	{ "MHD_suspend_connection", offsetof(struct web_lib, suspend_connection) },
	{ "MHD_resume_connection", offsetof(struct web_lib, resume_connection) },
	{ "MHD_get_connection_info", offsetof(struct web_lib, get_connection_info) },
	{ "MHD_is_feature_supported", offsetof(struct web_lib, is_feature_supported) },
};

/* Under the lock; what is loaded never changes again. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct web_lib lib;
static bool loaded;

static int load(struct eyas_err *reterr)
{
	void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
	int res;

	if (!library)
		return eyas_err_set(reterr, -ENOPKG,
				    "the web server needs libmicrohttpd (package "
				    "libmicrohttpd12): %s",
				    dlerror());
	res = eyas_library_symbols(library, "libmicrohttpd", symbols,
				   sizeof(symbols) / sizeof(symbols[0]), &lib, reterr);
	loaded = !res;
	return res;
}

int web_lib_get(const struct web_lib **ret_lib, struct eyas_err *reterr)
{
	int res = 0;

	pthread_mutex_lock(&lock);
	if (!loaded)
		res = load(reterr);
	pthread_mutex_unlock(&lock);
	if (!res)
		*ret_lib = &lib;
	return res;
}
