/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rings of all CPUs (probe/bpf/wire.h) as one stream in the order of time. Knows the layout of
 * rings, nothing of what is in an event but its time and its length. Rings are written by the
 * kernel, but mapped into this process: what is read here is checked, so that a broken ring ends
 * in an error.
 */
#ifndef CAPTURE_BPF_RINGS_H
#define CAPTURE_BPF_RINGS_H

#include <stdbool.h>
#include <stdint.h>

#include <eyas/err.h>

#include "bpf/wire.h"

/* Where the reader is in one ring. */
struct bpf_reader {
	struct eyas_wire_ring *ring; /* NULL = there is none */
	uint8_t *data;
	uint64_t head;	/* as last looked at */
	uint64_t tail;	/* what was read */
	uint64_t shown; /* what the writer was told of that */
	uint64_t ts;	/* of the next event; only while it is in the heap */
	uint32_t off;	/* of tail in the data */
	uint16_t cpu;
};

struct bpf_rings {
	struct bpf_reader *readers; /* by CPU */
	struct bpf_reader **heap;   /* those with events, the oldest first */
	struct bpf_reader *lent;    /* of which ring the lent event is; NULL = none */
	uint64_t used_max;	    /* most bytes that waited in one ring */
	unsigned ncpus, heap_len;
	uint32_t ring_bytes; /* in which events begin */
	uint32_t lent_bytes;
};

/* An event as it lies in its ring; it may be changed there. */
struct bpf_piece {
	uint8_t *bytes;
	uint64_t pos; /* in its ring */
	uint32_t len;
	uint16_t cpu;
};

/* -ENOMEM. A failed init leaves what fini takes. */
int bpf_rings_init(struct bpf_rings *rings, unsigned ncpus, uint32_t ring_bytes);
void bpf_rings_fini(struct bpf_rings *rings);
/* data is what lies behind the head: ring_bytes and the slack. Both are borrowed. */
void bpf_rings_add(struct bpf_rings *rings, unsigned cpu, struct eyas_wire_ring *ring,
		   uint8_t *data);
/* See what has come. The event that was lent is given back. */
void bpf_rings_look(struct bpf_rings *rings);
/* The time of the oldest event that was seen; false = there is none. */
static inline bool bpf_rings_oldest(const struct bpf_rings *rings, uint64_t *ret_ts)
{
	if (!rings->heap_len)
		return false;
	*ret_ts = rings->heap[0]->ts;
	return true;
}
/* Lend the oldest event, until it is given back. EYAS_E_FORMAT: the ring makes no sense. */
int bpf_rings_lend(struct bpf_rings *rings, struct bpf_piece *ret_piece, struct eyas_err *reterr);
/* Its place may be written to again. Nothing is done if none is lent. */
void bpf_rings_give_back(struct bpf_rings *rings);

#endif
