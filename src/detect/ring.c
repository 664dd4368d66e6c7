/* SPDX-License-Identifier: Apache-2.0 */
/* How the last events lie in memory. */
#include "detect/ring.h"

#include <stdlib.h>
#include <string.h>

#include "base/le.h"

enum { CAP_MIN = 64 << 10 };

/*
 * What is in front of an event. All that a view has, so that none has to be set up anew: that
 * costs more than the copy does.
 */
struct record {
	uint32_t len; /* of the event; 0 = nothing more before the end of the memory */
	uint32_t flags;
	uint32_t values_at, values_len; /* from the beginning of the event */
	uint16_t type, cpu, nparams;
	uint8_t len_size, note;
};

_Static_assert(sizeof(struct record) == 24, "a multiple of 8");

static uint64_t record_size(uint32_t len)
{
	return (sizeof(struct record) + (uint64_t)len + 7) & ~UINT64_C(7);
}

static struct record *record_at(const struct detect_ring *ring, uint64_t place)
{
	return (struct record *)(void *)(ring->data + (place & (ring->cap - 1)));
}

static uint64_t left_behind(const struct detect_ring *ring, uint64_t place)
{
	return ring->cap - (place & (ring->cap - 1));
}

void detect_ring_init(struct detect_ring *ring, size_t max_bytes)
{
	size_t max = CAP_MIN;

	while (max <= max_bytes / 2)
		max *= 2;
	*ring = (struct detect_ring){ .max = max };
}

void detect_ring_fini(struct detect_ring *ring)
{
	free(ring->data);
	detect_ring_init(ring, ring->max);
}

void detect_ring_clear(struct detect_ring *ring)
{
	ring->first = ring->last = ring->count = 0;
}

/* Where a record of that size can be, from last on: whole, in front of the end of the memory. */
static bool find_room(const struct detect_ring *ring, uint64_t size, uint64_t *ret_place)
{
	uint64_t place = ring->last, first, left;

	if (!ring->cap)
		return false;
	left = left_behind(ring, place);
	if (left < size)
		place += left;
	*ret_place = place;
	first = detect_ring_empty(ring) ? place : ring->first;
	return place + size <= first + ring->cap;
}

static void skip_to(struct detect_ring *ring, uint64_t place)
{
	if (place != ring->last && left_behind(ring, ring->last) >= sizeof(struct record))
		record_at(ring, ring->last)->len = 0;
	if (detect_ring_empty(ring))
		ring->first = place;
	ring->last = place;
}

bool detect_ring_put(struct detect_ring *ring, const struct eyas_event *event, uint8_t note,
		     uint64_t *ret_place)
{
	uint64_t size = record_size(event->len), place;
	struct record *record;

	if (!find_room(ring, size, &place))
		return false;
	skip_to(ring, place);
	record = record_at(ring, place);
	*record = (struct record){ .len = event->len,
				   .flags = event->flags,
				   .values_at = (uint32_t)(event->values - event->bytes),
				   .values_len = event->values_len,
				   .type = event->type,
				   .cpu = event->cpu,
				   .nparams = event->nparams,
				   .len_size = (uint8_t)event->len_size,
				   .note = note };
	memcpy(record + 1, event->bytes, event->len);
	ring->last = place + size;
	ring->count++;
	*ret_place = place;
	return true;
}

/* One behind another from the beginning of other memory; *place becomes where its record is now. */
static void move_to(struct detect_ring *ring, uint8_t *data, size_t cap, uint64_t *place)
{
	uint64_t from = ring->first, to = 0, moved = 0;
	const struct record *record;

	while (from != ring->last) {
		record = record_at(ring, from);
		if (from == *place)
			moved = to;
		memcpy(data + to, record, record_size(record->len));
		to += record_size(record->len);
		from = detect_ring_next(ring, from);
	}
	*place = *place == ring->last ? to : moved;
	free(ring->data);
	ring->data = data;
	ring->cap = cap;
	ring->first = 0;
	ring->last = to;
}

bool detect_ring_grow(struct detect_ring *ring, const struct eyas_event *event, uint64_t *place)
{
	uint64_t wanted = detect_ring_bytes(ring) + record_size(event->len);
	size_t cap = ring->cap ? ring->cap * 2 : CAP_MIN;
	uint8_t *data;

	while (cap < wanted && cap < ring->max)
		cap *= 2;
	if (cap > ring->max || cap < record_size(event->len))
		return false;
	data = malloc(cap);
	if (!data)
		return false;
	move_to(ring, data, cap, place);
	return true;
}

uint64_t detect_ring_oldest_ns(const struct detect_ring *ring)
{
	const struct record *record = record_at(ring, ring->first);

	/* Every event begins with its time. */
	return eyas_le64((const uint8_t *)(record + 1));
}

void detect_ring_get(const struct detect_ring *ring, uint64_t place, struct eyas_event *ret_event,
		     uint8_t *ret_note)
{
	const struct record *record = record_at(ring, place);
	const uint8_t *bytes = (const uint8_t *)(record + 1);

	*ret_note = record->note;
	*ret_event = (struct eyas_event){ .info = eyas_event_info(record->type),
					  .bytes = bytes,
					  .values = bytes + record->values_at,
					  .ts_ns = eyas_le64(bytes),
					  .tid = eyas_le64(bytes + 8),
					  .len = record->len,
					  .values_len = record->values_len,
					  .flags = record->flags,
					  .type = record->type,
					  .cpu = record->cpu,
					  .nparams = record->nparams,
					  .len_size = record->len_size };
}

uint64_t detect_ring_next(const struct detect_ring *ring, uint64_t place)
{
	place += record_size(record_at(ring, place)->len);
	if (place != ring->last &&
	    (left_behind(ring, place) < sizeof(struct record) || !record_at(ring, place)->len))
		place += left_behind(ring, place);
	return place;
}

void detect_ring_drop(struct detect_ring *ring)
{
	ring->first = detect_ring_next(ring, ring->first);
	ring->count--;
}
