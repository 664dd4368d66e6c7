/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sink that posts each line to a server. No answer in time, none at all, and answers that say
 * "later" are tried again; others of 400 and more mean that the line is not wanted.
 */
#include "output/sink_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <zlib.h>

#include "base/err.h"
#include "output/curl.h"

#define DEFAULT_REQUEST_NS UINT64_C(10000000000)

struct http_state {
	struct output_sink *sink;
	const struct output_curl *curl;
	CURL *handle;
	struct curl_slist *headers;
	char *packed;
	size_t packed_cap;
	char words[CURL_ERROR_SIZE];
};

/* ---- options ---- */

/* Another path to libcurl's: asked once a second at least. */
static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct http_state *state = ctx;

	(void)a, (void)b, (void)c, (void)d;
	return sink_cancelled(state->sink);
}

/* What the server answers. It must not stop us either, so that what does not fit is left out. */
static size_t on_answer(char *data, size_t size, size_t count, void *ctx)
{
	const struct http_state *state = ctx;
	size_t done;

	if (sink_opts(state->sink)->http.echo)
		(void)sink_write(state->sink, STDOUT_FILENO, data, size * count, &done);
	return size * count;
}

static bool set_text(struct http_state *state, CURLoption option, const char *text)
{
	return !text || !state->curl->easy_setopt(state->handle, option, text);
}

static bool set_number(struct http_state *state, CURLoption option, long number)
{
	return !state->curl->easy_setopt(state->handle, option, number);
}

static bool set_tls(struct http_state *state, const struct output_http_opts *http)
{
	return set_number(state, CURLOPT_SSL_VERIFYPEER, !http->insecure) &&
	       set_number(state, CURLOPT_SSL_VERIFYHOST, http->insecure ? 0 : 2) &&
	       set_text(state, CURLOPT_CAINFO, http->ca_file) &&
	       set_text(state, CURLOPT_CAPATH, http->ca_path) &&
	       set_text(state, CURLOPT_SSLCERT, http->client_cert) &&
	       set_text(state, CURLOPT_SSLKEY, http->client_key);
}

static bool add_header(struct http_state *state, const char *text)
{
	struct curl_slist *more = state->curl->slist_append(state->headers, text);

	if (more)
		state->headers = more;
	return more;
}

/* Large bodies go out at once, without asking the server whether it wants them ("Expect:"). */
static bool set_headers(struct http_state *state, const struct output_http_opts *http)
{
	return add_header(state, http->json ? "Content-Type: application/json"
					    : "Content-Type: text/plain") &&
	       add_header(state, "Expect:") &&
	       (!http->compress || add_header(state, "Content-Encoding: gzip")) &&
	       !state->curl->easy_setopt(state->handle, CURLOPT_HTTPHEADER, state->headers);
}

static bool set_all(struct http_state *state)
{
	const struct output_sink_opts *opts = sink_opts(state->sink);
	const struct output_http_opts *http = &opts->http;
	uint64_t limit_ns = http->request_ns ? http->request_ns : DEFAULT_REQUEST_NS;
	char agent[64] = "eyas/";

	strncat(agent, eyas_version(), sizeof(agent) - sizeof("eyas/"));
	return set_text(state, CURLOPT_URL, opts->target) &&
	       set_number(state, CURLOPT_NOSIGNAL, 1) && set_number(state, CURLOPT_POST, 1) &&
	       set_number(state, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS) &&
	       set_text(state, CURLOPT_USERAGENT, http->user_agent ? http->user_agent : agent) &&
	       set_number(state, CURLOPT_TIMEOUT_MS, (long)((limit_ns + 999999) / 1000000)) &&
	       set_number(state, CURLOPT_TCP_KEEPALIVE, opts->keep_alive) &&
	       set_number(state, CURLOPT_NOPROGRESS, 0) &&
	       !state->curl->easy_setopt(state->handle, CURLOPT_XFERINFOFUNCTION, on_progress) &&
	       !state->curl->easy_setopt(state->handle, CURLOPT_XFERINFODATA, state) &&
	       !state->curl->easy_setopt(state->handle, CURLOPT_WRITEFUNCTION, on_answer) &&
	       !state->curl->easy_setopt(state->handle, CURLOPT_WRITEDATA, state) &&
	       !state->curl->easy_setopt(state->handle, CURLOPT_ERRORBUFFER, state->words) &&
	       set_tls(state, http) && set_headers(state, http);
}

static void http_close(void *ctx)
{
	struct http_state *state = ctx;

	if (state->handle)
		state->curl->easy_cleanup(state->handle);
	if (state->headers)
		state->curl->slist_free_all(state->headers);
	free(state->packed);
	free(state);
}

static bool is_http(const char *url)
{
	return url && (!strncasecmp(url, "http://", 7) || !strncasecmp(url, "https://", 8));
}

/* What is named has to be there: curl would only say so with the first line. */
static int check_files(const struct output_http_opts *http, struct eyas_err *reterr)
{
	const char *paths[] = { http->ca_file, http->ca_path, http->client_cert, http->client_key };
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (paths[i] && access(paths[i], R_OK))
			return eyas_err_set(reterr, -errno, "%s: %s", paths[i],
					    eyas_strerror(-errno));
	return 0;
}

static int http_open(struct output_sink *sink, void **ret_state, struct eyas_err *reterr)
{
	const struct output_sink_opts *opts = sink_opts(sink);
	struct http_state *state;
	int res;

	if (!is_http(opts->target))
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "an output to HTTP needs a URL, http:// or https://");
	res = check_files(&opts->http, reterr);
	if (res < 0)
		return res;
	state = calloc(1, sizeof(*state));
	if (!state)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	state->sink = sink;
	res = output_curl_get(&state->curl, reterr);
	if (!res) {
		state->handle = state->curl->easy_init();
		if (!state->handle || !set_all(state))
			res = eyas_err_set(reterr, -EINVAL, "%s: libcurl refuses the options",
					   opts->target);
	}
	if (res < 0) {
		http_close(state);
		return res;
	}
	*ret_state = state;
	return 0;
}

/* ---- lines ---- */

/* The line, packed if that is asked for; false when there is no memory. */
static bool make_body(struct http_state *state, const char **text, size_t *len)
{
	z_stream z = { 0 };
	size_t bound;
	bool packed = false;
	char *grown;

	if (!sink_opts(state->sink)->http.compress)
		return true;
	/* 16 more than the window's bits: with gzip's head. */
	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY))
		return false;
	bound = deflateBound(&z, *len);
	grown = bound > state->packed_cap ? realloc(state->packed, bound) : state->packed;
	if (grown) {
		state->packed = grown;
		state->packed_cap = bound > state->packed_cap ? bound : state->packed_cap;
		z.next_in = (Bytef *)*text;
		z.avail_in = (uInt)*len;
		z.next_out = (Bytef *)state->packed;
		z.avail_out = (uInt)state->packed_cap;
		packed = deflate(&z, Z_FINISH) == Z_STREAM_END;
	}
	*len = z.total_out;
	*text = state->packed;
	deflateEnd(&z);
	return packed;
}

static int on_status(struct http_state *state, struct eyas_err *reterr)
{
	long status = 0;

	state->curl->easy_getinfo(state->handle, CURLINFO_RESPONSE_CODE, &status);
	if (status < 400)
		return 1;
	sink_count(state->sink, SINK_REFUSED, 1);
	/* Time-out of the request, too many of them, a fault of the server: that may pass. */
	return eyas_err_set(reterr,
			    status >= 500 || status == 408 || status == 429 ? -EAGAIN : -EBADMSG,
			    "the server answers with status %ld", status);
}

static int http_put(void *ctx, const struct sink_batch *batch, struct eyas_err *reterr)
{
	struct http_state *state = ctx;
	const char *text = batch->text;
	size_t len = batch->lines[0].len - 1;
	CURLcode code;

	if (!make_body(state, &text, &len))
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	state->words[0] = '\0';
	if (state->curl->easy_setopt(state->handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len) ||
	    state->curl->easy_setopt(state->handle, CURLOPT_POSTFIELDS, text))
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	code = state->curl->easy_perform(state->handle);
	if (!code)
		return on_status(state, reterr);
	return eyas_err_set(reterr, code == CURLE_OPERATION_TIMEDOUT ? -ETIMEDOUT : -EIO, "%s",
			    state->words[0] ? state->words : state->curl->easy_strerror(code));
}

const struct sink_backend sink_http = {
	.open = http_open, .put = http_put, .close = http_close, .retries = 5
};
