/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small web server beside a detection: is it alive, which versions has it, what are its figures.
 * It has threads of its own and never touches the detection: figures are asked for through a
 * function, and whoever waits for them keeps nobody else from an answer.
 */
#ifndef DETECT_WEB_H
#define DETECT_WEB_H

#include <stdint.h>

#include <eyas/err.h>

#include "base/str.h"

struct detect_web_opts {
	const char *address;  /* IPv4 or IPv6 in figures; NULL = "0.0.0.0" */
	uint16_t port;	      /* 0 = a free one */
	unsigned threads;     /* 0 = as many as there are CPUs */
	const char *healthz;  /* path; NULL = "/healthz" */
	const char *pem;      /* file with a key and its certificates, for TLS; NULL = without */
	const char *versions; /* JSON for /versions; NULL = there is no such path */
	/*
	 * Appends the text of /metrics; NULL = there is no such path. One call at a time, by a
	 * thread of the server. Not 0 = there is none now, which is told.
	 */
	int (*metrics)(void *ctx, struct eyas_str *out);
	void *metrics_ctx;
	unsigned max_connections; /* 0 = 256; half of them from one address */
	uint64_t request_ns;	  /* for a request, from its beginning to its answer; 0 = 10 s */
};

struct detect_web;

/*
 * The texts may go once the call returns. Errors, in words: the library that is missing (-ENOPKG), an address
 * that is none, one that is in use, a key or certificate that does not do.
 */
int detect_web_open(const struct detect_web_opts *opts, struct detect_web **ret_web,
		    struct eyas_err *reterr);
uint16_t detect_web_port(const struct detect_web *web);
/* Those who wait are sent away. NULL is fine. */
void detect_web_close(struct detect_web *web);

#endif
