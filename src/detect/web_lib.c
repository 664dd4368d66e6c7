/* SPDX-License-Identifier: Apache-2.0 */
/* Loading libmicrohttpd. */
#include "detect/web_lib.h"

#include <dlfcn.h>
#include <errno.h>
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

static struct web_lib lib;

static int load(struct eyas_err *reterr)
{
	void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return eyas_err_set(reterr, -ENOPKG,
				    "the web server needs libmicrohttpd (package "
				    "libmicrohttpd12): %s",
				    dlerror());
	return eyas_library_symbols(library, "libmicrohttpd", symbols,
				    sizeof(symbols) / sizeof(symbols[0]), &lib, reterr);
}

int web_lib_get(const struct web_lib **ret_lib, struct eyas_err *reterr)
{
	static struct eyas_library library = { .lock = PTHREAD_MUTEX_INITIALIZER, .load = load };
	int res = eyas_library_load(&library, reterr);

	if (!res)
		*ret_lib = &lib;
	return res;
}
