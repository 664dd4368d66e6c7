/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token bucket: so many things a second on average, so many at once. It starts full. The clock
 * is the caller's: that of events, so that a capture gives the same as the machine did.
 */
#ifndef OUTPUT_BUCKET_H
#define OUTPUT_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct output_bucket {
	double rate;  /* tokens a second */
	double burst; /* it holds */
	double tokens;
	uint64_t last_ns; /* when tokens was right */
	bool begun;	  /* last_ns is set */
	uint64_t claimed, refused;
};

void output_bucket_init(struct output_bucket *bucket, double rate, double burst);
/* Take a token; false if there is none. */
bool output_bucket_claim(struct output_bucket *bucket, uint64_t now_ns);

#endif
