/* SPDX-License-Identifier: Apache-2.0 */
/* How often something may be done: what limits alerts and what is done about lost events. */
#include "output/bucket.h"

void output_bucket_init(struct output_bucket *bucket, double rate, double burst)
{
	*bucket = (struct output_bucket){ .rate = rate, .burst = burst, .tokens = burst };
}

/* A clock that goes back gives nothing, and does not have to catch up either. */
static void refill(struct output_bucket *bucket, uint64_t now_ns)
{
	if (bucket->begun && now_ns > bucket->last_ns)
		bucket->tokens += bucket->rate * (double)(now_ns - bucket->last_ns) / 1e9;
	if (bucket->tokens > bucket->burst)
		bucket->tokens = bucket->burst;
	bucket->last_ns = now_ns;
	bucket->begun = true;
}

bool output_bucket_claim(struct output_bucket *bucket, uint64_t now_ns)
{
	bool enough;

	refill(bucket, now_ns);
	enough = bucket->tokens >= 1;
	if (enough) {
		bucket->tokens -= 1;
		bucket->claimed++;
	} else {
		bucket->refused++;
	}
	return enough;
}
