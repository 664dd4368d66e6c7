/* SPDX-License-Identifier: Apache-2.0 */
/* Loading libcurl. */
#include "output/curl.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>

#include "base/err.h"
#include "base/library.h"

/* The same ABI by its names: with OpenSSL as most have it, and where only that with GnuTLS is. */
static const char *const libraries[] = { "libcurl.so.4", "libcurl-gnutls.so.4" };

static const struct eyas_symbol symbols[] = {
	{ "curl_easy_init", offsetof(struct output_curl, easy_init) },
	{ "curl_easy_setopt", offsetof(struct output_curl, easy_setopt) },
	{ "curl_easy_perform", offsetof(struct output_curl, easy_perform) },
	{ "curl_easy_getinfo", offsetof(struct output_curl, easy_getinfo) },
	{ "curl_easy_cleanup", offsetof(struct output_curl, easy_cleanup) },
	{ "curl_easy_strerror", offsetof(struct output_curl, easy_strerror) },
	{ "curl_slist_append", offsetof(struct output_curl, slist_append) },
	{ "curl_slist_free_all", offsetof(struct output_curl, slist_free_all) },
};

static const struct eyas_symbol init_symbol = { "curl_global_init", 0 };

static struct output_curl curl;

static int resolve(void *library, struct eyas_err *reterr)
{
	CURLcode (*global_init)(long flags);
	int res = eyas_library_symbols(library, "libcurl", symbols,
				       sizeof(symbols) / sizeof(symbols[0]), &curl, reterr);

	if (!res)
		res = eyas_library_symbols(library, "libcurl", &init_symbol, 1, &global_init,
					   reterr);
	if (res)
		return res;
	if (global_init(CURL_GLOBAL_DEFAULT))
		return eyas_err_set(reterr, -EIO, "libcurl does not start");
	return 0;
}

static int load(struct eyas_err *reterr)
{
	void *library = NULL;
	size_t i;

	for (i = 0; !library && i < sizeof(libraries) / sizeof(libraries[0]); i++)
		library = dlopen(libraries[i], RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return eyas_err_set(reterr, -ENOENT,
				    "outputs to HTTP need libcurl (package libcurl4): %s",
				    dlerror());
	return resolve(library, reterr);
}

int output_curl_get(const struct output_curl **ret_curl, struct eyas_err *reterr)
{
	static struct eyas_library library = { .lock = PTHREAD_MUTEX_INITIALIZER, .load = load };
	int res = eyas_library_load(&library, reterr);

	if (!res)
		*ret_curl = &curl;
	return res;
}
