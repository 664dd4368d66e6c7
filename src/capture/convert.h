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

#include "base/hint.h"
#include "base/le.h"
#include "base/str.h"

/* The enter event that a thread is in. */
struct enter_slot {
	uint64_t tid;
	uint8_t *bytes; /* the event in the current layout; kept when len is 0, for reuse */
	uint32_t len;	/* 0 = free */
	uint32_t cap;	/* CONVERT_SLACK bytes more than the event takes, at least */
	uint32_t values_at, values_len; /* in bytes */
};

/* Behind what is copied in whole blocks there is room for another one. */
enum { CONVERT_SLACK = 16 };

/* What is done with most events, settled once for all of a type with so many parameters. */
enum quick_action { QUICK_NONE, QUICK_STORE, QUICK_APPEND };

struct quick {
	uint8_t action;	 /* enum quick_action; NONE = the rules are asked */
	uint8_t first;	 /* APPEND: parameters of the enter event as they are, from here on, */
	uint8_t enters;	 /* so many, */
	uint8_t missing; /* then missing ones; this makes it current */
	uint16_t type;	 /* that it is then */
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
	struct enter_slot *last; /* that was stored or found; NULL = none */
	/* By type: an event with so many parameters is current and passes as it is. */
	uint32_t current_from[EYAS_EVENT_TYPES];
	struct quick quick[256];    /* by rule */
	struct eyas_str scratch[2]; /* a conversion reads the bytes of one and makes the other */
	struct eyas_source_stats *stats;
	struct eyas_enter_watch *watch; /* NULL = none */
};

void converter_init(struct converter *conv, uint64_t max_stored_bytes,
		    struct eyas_enter_watch *watch, struct eyas_source_stats *stats);
void converter_fini(struct converter *conv);
/* Forget all threads: a new section begins. */
void converter_reset(struct converter *conv);

/*
 * What becomes of an event: 1 = deliver it, as it is or made a current one with bytes that are good
 * until the next run, 0 = it was stored or has no meaning today, else a failure with words (no rule
 * for it, no memory).
 */
EYAS_APART int converter_convert(struct converter *conv, struct eyas_event *event,
				 struct eyas_err *reterr);

/* The same at the cost of one test for an event that is current. */
static inline int converter_run(struct converter *conv, struct eyas_event *event,
				struct eyas_err *reterr)
{
	if (eyas_le32(event->bytes + 22) >= conv->current_from[event->type])
		return 1;
	return converter_convert(conv, event, reterr);
}

/*
 * Where a parameter of the enter event in front of exit events of a type is found in the current
 * event that the rules make of both: its index, -1 if it is not.
 */
int converter_enter_param(unsigned type, unsigned current, unsigned enter_index);

#endif
