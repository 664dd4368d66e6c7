/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl, loaded when an HTTP sink asks for it: with what it brings along it would double the time
 * that every command takes to start (docs/dependencies.md).
 */
#ifndef OUTPUT_CURL_H
#define OUTPUT_CURL_H

#define CURL_DISABLE_DEPRECATION
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include <eyas/err.h>

/* Its functions that are used, by their names without "curl_". */
struct output_curl {
	CURL *(*easy_init)(void);
	CURLcode (*easy_setopt)(CURL *handle, CURLoption option, ...);
	CURLcode (*easy_perform)(CURL *handle);
	CURLcode (*easy_getinfo)(CURL *handle, CURLINFO info, ...);
	void (*easy_cleanup)(CURL *handle);
	const char *(*easy_strerror)(CURLcode code);
	struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
	void (*slist_free_all)(struct curl_slist *list);
};

/* Static, once it is loaded; it stays for as long as the process. 0, or why there is none. */
int output_curl_get(const struct output_curl **ret_curl, struct eyas_err *reterr);

#endif
