/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last events, whole, one behind another in memory: the oldest make room for new ones. Used by
 * history.c, which decides which of them go.
 */
#ifndef DETECT_RING_H
#define DETECT_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <eyas/event.h>

/*
 * Places count bytes since the beginning and are never used again: place % cap is where a record
 * is. A record never goes across the end of the memory; what is left there is skipped. Memory grows
 * with what is in it, up to max.
 * Invariant: first <= last <= first + cap; there is a record at first unless first == last.
 */
struct detect_ring {
	uint8_t *data;
	size_t cap, max; /* powers of two; cap 0 = nothing was kept yet */
	uint64_t first, last;
	uint64_t count; /* of events */
};

/* max_bytes is rounded down to a power of two, the smallest of which are 64 KiB. */
void detect_ring_init(struct detect_ring *ring, size_t max_bytes);
void detect_ring_fini(struct detect_ring *ring);
/* Nothing is in it; its memory stays. */
void detect_ring_clear(struct detect_ring *ring);

/*
 * Put a copy of the event behind the others; note is the caller's. False when there is no room:
 * then something has to go, or the ring has to grow.
 */
bool detect_ring_put(struct detect_ring *ring, const struct eyas_event *event, uint8_t note,
		     uint64_t *ret_place);
/*
 * Twice the memory, or what it takes for the event; *place, of a record or the end, is moved along
 * with what is in it. False: it may not, there is no memory, or the event can never have room.
 */
bool detect_ring_grow(struct detect_ring *ring, const struct eyas_event *event, uint64_t *place);

/* Time of the oldest event; there is one. */
uint64_t detect_ring_oldest_ns(const struct detect_ring *ring);
/* The event at a place where one is; lent until it goes. num and offset are 0. */
void detect_ring_get(const struct detect_ring *ring, uint64_t place, struct eyas_event *ret_event,
		     uint8_t *ret_note);
/* The place of the next one, or the end: last. */
uint64_t detect_ring_next(const struct detect_ring *ring, uint64_t place);
/* The oldest one goes; there is one. */
void detect_ring_drop(struct detect_ring *ring);

static inline bool detect_ring_empty(const struct detect_ring *ring)
{
	return ring->first == ring->last;
}

static inline uint64_t detect_ring_bytes(const struct detect_ring *ring)
{
	return ring->last - ring->first;
}

#endif
