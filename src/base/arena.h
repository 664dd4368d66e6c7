/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is given back all at once: parse trees, and what is put together for one event.
 * Used by the filter floor and above.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct eyas_arena_block;

/*
 * Zero-initialised is empty. Invariant: [next, end) is free memory of the newest block; next is
 * clean while nothing was allocated since the last reset, and never otherwise.
 */
struct eyas_arena {
	struct eyas_arena_block *blocks; /* newest first */
	uint8_t *next, *end, *clean;
};

void eyas_arena_fini(struct eyas_arena *arena);

/*
 * Everything allocated is gone; the newest block, which is the largest, is kept for reuse, so
 * that an arena that is reset for every event soon stops calling malloc().
 */
void eyas_arena_clean(struct eyas_arena *arena); /* when there is something to give back */
static inline void eyas_arena_reset(struct eyas_arena *arena)
{
	if (arena->next != arena->clean)
		eyas_arena_clean(arena);
}

/* The slow path: a new block. NULL when out of memory. */
void *eyas_arena_grow(struct eyas_arena *arena, size_t size);

/* size bytes, aligned for any type, not zeroed; NULL when out of memory. */
static inline void *eyas_arena_get(struct eyas_arena *arena, size_t size)
{
	size_t padded = (size + 16) & ~(size_t)15;

	if (padded < size || (size_t)(arena->end - arena->next) < padded)
		return eyas_arena_grow(arena, size);
	arena->next += padded;
	return arena->next - padded;
}

/* The same, zeroed. */
void *eyas_arena_zero(struct eyas_arena *arena, size_t size);

/* A copy of text with a NUL behind it. */
char *eyas_arena_text(struct eyas_arena *arena, const char *text, size_t len);

#endif
