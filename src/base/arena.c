/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of growing size behind an arena. */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 4096 };

struct eyas_arena_block {
	struct eyas_arena_block *older;
	size_t size; /* of the memory behind the head */
	_Alignas(16) uint8_t memory[];
};

static void free_blocks(struct eyas_arena_block *block)
{
	struct eyas_arena_block *older;

	for (; block; block = older) {
		older = block->older;
		free(block);
	}
}

void eyas_arena_fini(struct eyas_arena *arena)
{
	free_blocks(arena->blocks);
	memset(arena, 0, sizeof(*arena));
}

void eyas_arena_clean(struct eyas_arena *arena)
{
	struct eyas_arena_block *newest = arena->blocks;

	free_blocks(newest->older);
	newest->older = NULL;
	arena->next = arena->clean = newest->memory;
	arena->end = newest->memory + newest->size;
}

void *eyas_arena_grow(struct eyas_arena *arena, size_t size)
{
	size_t block_size = arena->blocks ? arena->blocks->size * 2 : FIRST_BLOCK;
	size_t padded = (size + 16) & ~(size_t)15;
	struct eyas_arena_block *block;

	if (padded < size || padded > SIZE_MAX / 4)
		return NULL;
	while (block_size < padded)
		block_size *= 2;
	block = malloc(sizeof(*block) + block_size);
	if (!block)
		return NULL;
	block->older = arena->blocks;
	block->size = block_size;
	arena->blocks = block;
	arena->next = block->memory + padded;
	arena->end = block->memory + block_size;
	return block->memory;
}

void *eyas_arena_zero(struct eyas_arena *arena, size_t size)
{
	void *memory = eyas_arena_get(arena, size);

	if (memory)
		memset(memory, 0, size);
	return memory;
}

char *eyas_arena_text(struct eyas_arena *arena, const char *text, size_t len)
{
	char *copy = len < SIZE_MAX ? eyas_arena_get(arena, len + 1) : NULL;

	if (!copy)
		return NULL;
	if (len)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}
