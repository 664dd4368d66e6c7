/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the memory of two rings: whatever is in them, no read leaves them, every event that
 * is handed on can be viewed or is refused, translated in place, and the walk comes to an end.
 * Input: both heads as u16, then the data of both in halves.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <eyas/event.h>

#include "capture/bpf_rings.h"
#include "capture/bpf_translate.h"
#include "schema/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RING_BYTES = 1024, RINGS = 2 };

static void walk(struct bpf_rings *rings, const struct eyas_bpf_translator *translator)
{
	struct eyas_event event;
	struct bpf_piece piece;
	unsigned steps = 0;
	uint64_t ts;

	while (bpf_rings_oldest(rings, &ts)) {
		if (bpf_rings_lend(rings, &piece, NULL))
			return;
		if (!eyas_event_view_checked(piece.bytes, piece.len, &event, NULL)) {
			eyas_bpf_translate(translator, &event, piece.bytes);
			/* Translation changes values, never sizes. */
			if (eyas_event_check(&event, NULL))
				abort();
		}
		bpf_rings_give_back(rings);
		if (++steps > RINGS * RING_BYTES)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct eyas_bpf_translator translator;
	struct eyas_wire_ring heads[RINGS] = { 0 };
	uint8_t *memory[RINGS];
	struct bpf_rings rings;
	unsigned i;

	if (size < 2 * RINGS)
		return 0;
	if (!translator.families)
		eyas_bpf_translator_init(&translator);
	if (bpf_rings_init(&rings, RINGS, RING_BYTES))
		abort();
	for (i = 0; i < RINGS; i++) {
		size_t half = (size - 2 * RINGS) / RINGS;
		uint16_t head;

		/* Of exactly the size that a ring has, so that a sanitizer sees its end. */
		memory[i] = calloc(1, RING_BYTES + EYAS_WIRE_SLACK_BYTES);
		memcpy(&head, data + 2 * i, sizeof(head));
		heads[i].head = head;
		if (half > RING_BYTES)
			half = RING_BYTES;
		memcpy(memory[i], data + 2 * RINGS + i * half, half);
		bpf_rings_add(&rings, i, &heads[i], memory[i]);
	}
	bpf_rings_look(&rings);
	walk(&rings, &translator);
	for (i = 0; i < RINGS; i++)
		free(memory[i]);
	bpf_rings_fini(&rings);
	return 0;
}
