/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Searching a short text, such as a path, for a shorter one. Sixteen places at a time are asked
 * for the first and the last byte of what is wanted; only where both are right the rest is
 * compared. memchr() for the first byte alone stops at every slash of a path, and memmem() sets
 * up a table of 256 bytes before it looks at the first one: both took two to three times as long.
 */
#include "filter/find.h"

#include <stdint.h>
#include <string.h>

/* Longer ones are left to memmem(), whose worst case is better. */
enum { SHORT_TEXT = 1024, BLOCK = 16 };

typedef uint8_t block_bytes __attribute__((vector_size(BLOCK)));
typedef uint64_t block_words __attribute__((vector_size(BLOCK)));

static block_bytes load(const char *at)
{
	block_bytes block;

	memcpy(&block, at, sizeof(block));
	return block;
}

/* Bits of a word that has 0xff in the byte of each place in question, the first one at place 0. */
static bool at_some_place(uint64_t places, const char *text, const char *want, size_t want_len)
{
	unsigned place;

	for (; places; places &= ~(UINT64_C(0xff) << (8 * place))) {
		place = (unsigned)__builtin_ctzll(places) / 8;
		if (!memcmp(text + place, want, want_len))
			return true;
	}
	return false;
}

/* Does it begin at one of the 16 places from text on? All of them have want_len bytes. */
static bool in_block(const char *text, const char *want, size_t want_len)
{
	const block_bytes first = load(text) == (block_bytes){ 0 } + (uint8_t)want[0];
	const block_bytes last = load(text + want_len - 1) ==
				 (block_bytes){ 0 } + (uint8_t)want[want_len - 1];
	const block_words both = (block_words)(first & last);

	if (!(both[0] | both[1]))
		return false;
	return at_some_place(both[0], text, want, want_len) ||
	       at_some_place(both[1], text + BLOCK / 2, want, want_len);
}

bool eyas_bytes_find(const char *text, size_t len, const char *want, size_t want_len)
{
	size_t places, i;
	char last;

	if (!want_len)
		return true;
	if (len < want_len)
		return false;
	if (len > SHORT_TEXT)
		return memmem(text, len, want, want_len);
	places = len - want_len + 1;
	if (places < BLOCK) {
		last = want[want_len - 1];
		for (i = 0; i < places; i++)
			if (text[i] == want[0] && text[i + want_len - 1] == last &&
			    !memcmp(text + i, want, want_len))
				return true;
		return false;
	}
	for (i = 0; i + BLOCK < places; i += BLOCK)
		if (in_block(text + i, want, want_len))
			return true;
	/* The last block overlaps the one before. */
	return in_block(text + places - BLOCK, want, want_len);
}
