/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversion of old events at the door (reference/scap_conversions.tsv): enter events are kept
 * until the exit of the same thread takes their parameters over, old versions become current
 * ones. No floor above knows that they existed.
 */
#ifndef CAPTURE_CONVERT_H
#define CAPTURE_CONVERT_H

#include <stdbool.h>
#include <stdint.h>

#include <eyas/capture.h>

#include "base/str.h"

/* The enter event that a thread is in. */
struct enter_slot {
	uint64_t tid;
	uint8_t *bytes; /* the event in the current layout; kept when len is 0, for reuse */
	uint32_t len;	/* 0 = free */
	uint32_t cap;
	uint32_t values_len;
};

/*
 * Invariant: slots is an open-addressing table of size mask + 1, at most half full; a free slot
 * keeps its place until the table is rebuilt. stored_bytes is the sum of all cap.
 */
struct converter {
	struct enter_slot *slots;
	uint32_t mask, used;
	uint32_t hand; /* next candidate for eviction */
	uint64_t stored_bytes, max_stored_bytes;
	/* By rule: how many missing parameters it and those behind it append, 0 = it is no such rule; */
	uint8_t missing[256];
	bool copies[256];	    /* that it appends the enter event's as they are */
	struct eyas_event steps[2]; /* a conversion reads one and makes the other, */
	struct eyas_str scratch[2]; /* whose bytes are here */
	struct eyas_source_stats *stats;
};

void converter_init(struct converter *conv, uint64_t max_stored_bytes,
		    struct eyas_source_stats *stats);
void converter_fini(struct converter *conv);
/* Forget all threads: a new section begins. */
void converter_reset(struct converter *conv);

/*
 * What becomes of an event: 1 = deliver *ret_event, which is event itself or a new one that is
 * good until the next run, 0 = it was stored or has no meaning today, else a failure with words
 * (no rule for it, no memory).
 */
int converter_run(struct converter *conv, struct eyas_event *event, struct eyas_event **ret_event,
		  struct eyas_err *reterr);

#endif
