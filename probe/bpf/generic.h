/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Calls whose parameters are their result and arguments: one program for all, led by a table. */
#ifndef PROBE_GENERIC_H
#define PROBE_GENERIC_H

#include "bpf/event.h"

/* A program to jump to is not there. The call is lost, not silently. */
static __always_inline int call_lost(struct eyas_wire_ring *ring)
{
	ring->events++;
	ring->full[EYAS_WIRE_DROP_OTHER]++;
	ring_release(ring);
	return 0;
}

/* A call the schema has no event type for: its code and number. */
#define GENERIC_X 1
static __always_inline int emit_nameless(struct eyas_wire_ring *ring, u32 tid, u32 nr, u32 code)
{
	struct event ev;

	if (!event_begin_at(&ev, ring, GENERIC_X, 2, 64, EYAS_WIRE_DROP_OTHER, tid))
		return 0;
	put_u16(&ev, code);
	put_u16(&ev, nr);
	event_end(&ev);
	return 0;
}

/*
 * One parameter of a row. pos lives in the ring's head, not in a register: read back and masked it
 * is the same unknown number for the verifier in each round, so that it looks at the loop once
 * instead of following every combination of widths.
 */
static __always_inline bool generic_param(struct eyas_wire_ring *ring, char *at,
					  const volatile struct eyas_wire_row *row, u32 i)
{
	u32 from = row->params[i & (EYAS_WIRE_ROW_PARAMS - 1)].from;
	u32 size = row->params[i & (EYAS_WIRE_ROW_PARAMS - 1)].size;
	u64 value = ring->args[from & EYAS_WIRE_FROM_MASK];
	u64 pos = *(volatile u64 *)&ring->pos & EYAS_WIRE_POS_MASK;
	long len;

	if (from & EYAS_WIRE_STRING) {
		len = read_user_str(at + pos, PATH_BYTES, (void *)value);
		size = len > 0 ? len & 0x1fff : 0;
	} else if (!(from & EYAS_WIRE_MISSING)) {
		if (from & EYAS_WIRE_SIGNED32)
			value = (s64)(s32)value;
		else if (from & EYAS_WIRE_LOW32)
			value = (u32)value;
		/* Always eight bytes; what is too much is covered by the next one. */
		*(u64 *)(at + pos) = value;
	}
	*(u16 *)(at + EVENT_HEADER_BYTES + 2 * (i & (EYAS_WIRE_ROW_PARAMS - 1))) = size;
	*(volatile u64 *)&ring->pos = pos + size;
	return true;
}

static __always_inline int emit_row(struct eyas_wire_ring *ring,
				    const volatile struct eyas_wire_row *row)
{
	u32 nparams = row->nparams & (2 * EYAS_WIRE_ROW_PARAMS - 1);
	struct event ev;
	u32 i;

	if (!event_begin_at(&ev, ring, row->type, nparams, 128 + row->strings * PATH_BYTES,
			    row->drop, ring->tid))
		return 0;
	ring->pos = EVENT_HEADER_BYTES + 2 * nparams;
	for (i = 0; i < EYAS_WIRE_ROW_PARAMS; i++) {
		if (i >= nparams)
			break;
		generic_param(ring, ev.at, row, i);
	}
	ev.pos = *(volatile u64 *)&ring->pos;
	event_end(&ev);
	return 0;
}

#endif
