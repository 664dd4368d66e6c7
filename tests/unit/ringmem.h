/* SPDX-License-Identifier: Apache-2.0 */
/* A ring in ordinary memory, with a writer that does what programs of the probe do. */
#ifndef TESTS_RINGMEM_H
#define TESTS_RINGMEM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/wire.h"

struct ringmem {
	struct eyas_wire_ring *head;
	uint8_t *data;
	uint32_t ring_bytes;
};

static inline void ringmem_init(struct ringmem *mem, uint32_t ring_bytes)
{
	mem->head = calloc(1, sizeof(*mem->head));
	mem->data = calloc(1, ring_bytes + EYAS_WIRE_SLACK_BYTES);
	mem->ring_bytes = ring_bytes;
}

static inline void ringmem_fini(struct ringmem *mem)
{
	free(mem->head);
	free(mem->data);
}

/*
 * An event of len bytes at least 26: time, thread, length, type, count, then a pattern. False if
 * there is no room for max bytes.
 */
static inline bool ringmem_put(struct ringmem *mem, uint64_t ts, uint32_t len, uint16_t type,
			       uint32_t max)
{
	struct eyas_wire_ring *ring = mem->head;
	uint32_t off = ring->off, next = off + ((len + 7) & ~7u), i;
	uint8_t *at = mem->data + off;

	if (ring->head + max - ring->tail > mem->ring_bytes)
		return false;
	memset(at, 0, len);
	memcpy(at, &ts, sizeof(ts));
	memcpy(at + 16, &len, sizeof(len));
	memcpy(at + 20, &type, sizeof(type));
	for (i = 26; i < len; i++)
		at[i] = (uint8_t)(ts + i);
	if (next < mem->ring_bytes) {
		ring->head += next - off;
		ring->off = next;
	} else {
		ring->head += mem->ring_bytes - off;
		ring->off = 0;
	}
	return true;
}

#endif
