/* SPDX-License-Identifier: Apache-2.0 */
/* Arenas: what they give is aligned, distinct, and all gone after a reset. */
#include "unit/harness.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"

TEST(what_it_gives)
{
	struct eyas_arena arena = { .blocks = NULL };
	uint8_t *memory[200];
	size_t i, k;

	for (i = 0; i < 200; i++) {
		memory[i] = eyas_arena_get(&arena, i * 7);
		CHECK(memory[i] != NULL);
		CHECK_INT((uintptr_t)memory[i] % 16, 0);
		memset(memory[i], (int)i, i * 7);
	}
	for (i = 0; i < 200; i++)
		for (k = 0; k < i * 7; k++)
			CHECK_INT(memory[i][k], i);
	/* Also without size they differ, so that nothing is handed out twice. */
	CHECK(eyas_arena_get(&arena, 0) != eyas_arena_get(&arena, 0));
	memory[0] = eyas_arena_zero(&arena, 5000);
	for (k = 0; k < 5000; k++)
		CHECK_INT(memory[0][k], 0);
	eyas_arena_fini(&arena);
	CHECK(!arena.blocks);
}

TEST(texts)
{
	struct eyas_arena arena = { .blocks = NULL };
	char *text = eyas_arena_text(&arena, "a\0b", 3);

	CHECK(!memcmp(text, "a\0b", 4));
	CHECK_STR(eyas_arena_text(&arena, NULL, 0), "");
	eyas_arena_fini(&arena);
}

TEST(a_reset_keeps_the_largest_block)
{
	struct eyas_arena arena = { .blocks = NULL };
	void *first, *large;

	eyas_arena_reset(&arena);
	first = eyas_arena_get(&arena, 10);
	large = eyas_arena_get(&arena, 100000);
	CHECK(first && large);
	eyas_arena_reset(&arena);
	/* What was large fits now without another block. */
	CHECK(eyas_arena_get(&arena, 100000) == large);
	eyas_arena_reset(&arena);
	eyas_arena_reset(&arena);
	CHECK(eyas_arena_get(&arena, 1) == large);
	eyas_arena_fini(&arena);
}

TEST(sizes_that_cannot_be)
{
	struct eyas_arena arena = { .blocks = NULL };

	CHECK(!eyas_arena_get(&arena, SIZE_MAX));
	CHECK(!eyas_arena_get(&arena, SIZE_MAX - 8));
	CHECK(!eyas_arena_get(&arena, SIZE_MAX / 2));
	CHECK(!eyas_arena_text(&arena, "x", SIZE_MAX));
	CHECK(eyas_arena_get(&arena, 1) != NULL);
	eyas_arena_fini(&arena);
}
