/* SPDX-License-Identifier: Apache-2.0 */
/* Which event is the oldest of those that wait in the rings? */
#include "capture/bpf_rings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <eyas/event.h>

#include "base/err.h"
#include "base/le.h"

/* Bytes read before the writer is told: each time takes a cache line from it. */
enum { TAIL_STEP = 128 * 1024 };

/* Where an event has its length. */
enum { LEN_AT = 16 };

int bpf_rings_init(struct bpf_rings *rings, unsigned ncpus, uint32_t ring_bytes)
{
	memset(rings, 0, sizeof(*rings));
	rings->ncpus = ncpus;
	rings->ring_bytes = ring_bytes;
	rings->readers = calloc(ncpus, sizeof(*rings->readers));
	rings->heap = calloc(ncpus, sizeof(struct bpf_reader *));
	return rings->readers && rings->heap ? 0 : -ENOMEM;
}

void bpf_rings_fini(struct bpf_rings *rings)
{
	free(rings->readers);
	free(rings->heap);
}

void bpf_rings_add(struct bpf_rings *rings, unsigned cpu, struct eyas_wire_ring *ring,
		   uint8_t *data)
{
	struct bpf_reader *reader = &rings->readers[cpu];

	reader->ring = ring;
	reader->data = data;
	reader->cpu = (uint16_t)cpu;
}

static void sift_down(struct bpf_rings *rings, unsigned at)
{
	struct bpf_reader **heap = rings->heap, *moved = heap[at];
	unsigned child;

	for (; (child = 2 * at + 1) < rings->heap_len; at = child) {
		if (child + 1 < rings->heap_len && heap[child + 1]->ts < heap[child]->ts)
			child++;
		if (moved->ts <= heap[child]->ts)
			break;
		heap[at] = heap[child];
	}
	heap[at] = moved;
}

static void peek(struct bpf_reader *reader)
{
	reader->ts = eyas_le64(reader->data + reader->off);
}

static void tell_tail(struct bpf_reader *reader)
{
	__atomic_store_n(&reader->ring->tail, reader->tail, __ATOMIC_RELEASE);
	reader->shown = reader->tail;
}

void bpf_rings_look(struct bpf_rings *rings)
{
	struct bpf_reader *reader;
	uint64_t used;
	unsigned cpu, i;

	bpf_rings_give_back(rings);
	rings->heap_len = 0;
	for (cpu = 0; cpu < rings->ncpus; cpu++) {
		reader = &rings->readers[cpu];
		if (!reader->ring)
			continue;
		reader->head = __atomic_load_n(&reader->ring->head, __ATOMIC_ACQUIRE);
		used = reader->head - reader->tail;
		if (used > rings->used_max)
			rings->used_max = used;
		if (!used)
			continue;
		peek(reader);
		rings->heap[rings->heap_len++] = reader;
	}
	for (i = rings->heap_len / 2; i-- > 0;)
		sift_down(rings, i);
}

int bpf_rings_lend(struct bpf_rings *rings, struct bpf_piece *ret_piece, struct eyas_err *reterr)
{
	struct bpf_reader *reader = rings->heap[0];
	uint32_t len = eyas_le32(reader->data + reader->off + LEN_AT);
	uint64_t used = reader->head - reader->tail;

	/* The last event of a lap counts to its end only, so it may have more bytes than are used. */
	if (used > rings->ring_bytes || len < EYAS_EVENT_HEADER_SIZE || len > EYAS_WIRE_EVENT_MAX ||
	    (reader->off + len < rings->ring_bytes && len > used))
		return eyas_err_at(reterr, EYAS_E_FORMAT, reader->tail,
				   "ring of CPU %u: an event of %u bytes where %llu wait",
				   reader->cpu, len, (unsigned long long)used);
	ret_piece->bytes = reader->data + reader->off;
	ret_piece->pos = reader->tail;
	ret_piece->len = len;
	ret_piece->cpu = reader->cpu;
	rings->lent = reader;
	rings->lent_bytes = len;
	return 0;
}

void bpf_rings_give_back(struct bpf_rings *rings)
{
	struct bpf_reader *reader = rings->lent;
	uint32_t next;

	if (!reader)
		return;
	rings->lent = NULL;
	next = reader->off + ((rings->lent_bytes + 7) & ~7u);
	if (next < rings->ring_bytes) {
		reader->tail += next - reader->off;
		reader->off = next;
	} else {
		reader->tail += rings->ring_bytes - reader->off;
		reader->off = 0;
	}
	if (reader->tail - reader->shown >= TAIL_STEP)
		tell_tail(reader);
	/* Only a broken ring can be read beyond its head. */
	if ((int64_t)(reader->head - reader->tail) > 0) {
		peek(reader);
	} else {
		tell_tail(reader);
		rings->heap[0] = rings->heap[--rings->heap_len];
	}
	if (rings->heap_len)
		sift_down(rings, 0);
}
