/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of sums of reads and writes as the reader sees it (probe/bpf/wire.h): asking for one,
 * and taking those that programs leave to the reader. All times in here are monotonic.
 *
 * A sum is read while its thread adds to it: eight bytes at a time, in no order, so that calls and
 * bytes may be one call apart; they only grow, and the next look sees the rest. That it was one and
 * the same sum all the while is seen from its key and its beginning, read before and after. What a
 * thread has added in all its life is seen by whoever finds its head to be OVER: it becomes that
 * by a compare-and-swap, a full barrier, of the thread itself when it ends.
 */
#ifndef CAPTURE_BPF_SUMS_H
#define CAPTURE_BPF_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include <eyas/live.h>

#include "bpf/wire.h"

struct bpf_sums {
	struct eyas_wire_sum_bucket *buckets; /* borrowed; NULL = there are no sums */
	uint32_t nbuckets;		      /* a power of two */
	uint64_t tick_ns;		      /* of the kernel's ticks */
	/* Of the sweep through the table. */
	uint64_t limit_ns; /* who was gone by then is taken */
	uint32_t at;	   /* the next place; all of them = no sweep is going on */
	bool again;	   /* something is left for the next one */
	uint64_t (*clock_ns)(void);
};

/* A number of buckets for so many places, 0 = the default. */
uint32_t bpf_sums_buckets(uint32_t places);
uint32_t bpf_sums_shift(uint32_t nbuckets);
void bpf_sums_init(struct bpf_sums *sums, void *at, uint32_t nbuckets, uint64_t tick_ns);

/*
 * As eyas_live_sums(). until_ns: the time up to which events were handed on; what began later is
 * not known to anybody yet.
 */
int bpf_sums_get(struct bpf_sums *sums, int64_t tid, int64_t fd, bool last, uint64_t until_ns,
		 struct eyas_io_sums *ret_sums);

/*
 * A sweep through the table: all events up to limit_ns were handed on, so the sums of threads that
 * were gone by then are nobody's any more, and programs have let go of what was given up before.
 */
void bpf_sums_sweep(struct bpf_sums *sums, uint64_t limit_ns);
/* The next sum found: true, or false when the sweep is over. */
bool bpf_sums_swept(struct bpf_sums *sums, struct eyas_io_sums *ret_sums);

/* ---- sums in rings ---- */

enum { BPF_SUM_RECORD_BYTES = 26 + 8 * EYAS_WIRE_SUM_RECORD_WORDS };

/*
 * Make the bytes that lie in a ring what eyas_live_event_sums() takes, or make such bytes: times
 * since the epoch are monotonic ones and shift.
 */
void bpf_sums_settle_record(uint8_t *bytes, uint64_t tick_ns, uint64_t shift);
void bpf_sums_make_record(uint8_t *bytes, const struct eyas_io_sums *sums, uint64_t ts_ns);
/* The event that hands them on. */
void bpf_sums_event(uint8_t *bytes, struct eyas_event *ret_event);

#endif
