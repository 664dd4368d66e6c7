/* SPDX-License-Identifier: Apache-2.0 */
/* Edit distance between short names. Called where an error message is put together. */
#include "base/nearest.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/ascii.h"

enum { MAX_LEN = 64, LETTERS_PER_EDIT = 3 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool exchanged(const char *a, size_t i, const char *b, size_t k)
{
	return i > 1 && k > 1 && eyas_lower(a[i - 1]) == eyas_lower(b[k - 2]) &&
	       eyas_lower(a[i - 2]) == eyas_lower(b[k - 1]);
}

/*
 * The optimal string alignment distance, or limit + 1 if it is more than limit. Three rows of
 * the usual table are kept, two of them for exchanged neighbours. Both lengths are at most
 * MAX_LEN.
 */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len, unsigned limit)
{
	uint8_t rows[3][MAX_LEN + 1];
	uint8_t *before = rows[0], *last = rows[1], *now = rows[2], *spare;
	unsigned edits, best;
	size_t i, k;

	for (k = 0; k <= b_len; k++)
		last[k] = (uint8_t)k;
	for (i = 1; i <= a_len; i++) {
		now[0] = (uint8_t)i;
		best = now[0];
		for (k = 1; k <= b_len; k++) {
			edits = last[k - 1] +
				(eyas_lower(a[i - 1]) != eyas_lower(b[k - 1]) ? 1U : 0U);
			edits = least(edits, least(last[k], now[k - 1]) + 1U);
			if (exchanged(a, i, b, k))
				edits = least(edits, before[k - 2] + 1U);
			now[k] = (uint8_t)edits;
			best = least(best, edits);
		}
		/*
		 * No later row falls below the best of this one: an exchange, which starts
		 * from the row before, costs one edit as well.
		 */
		if (best > limit)
			return limit + 1;
		spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[b_len];
}

const char *eyas_nearest(const char *text, size_t len, eyas_name_fn name, void *ctx)
{
	const char *candidate, *nearest = NULL;
	unsigned limit, edits;
	size_t i, candidate_len;

	if (!len || len > MAX_LEN)
		return NULL;
	/* One edit is always allowed, but not one that leaves nothing of the text. */
	limit = len < LETTERS_PER_EDIT ? len > 1 : (unsigned)(len / LETTERS_PER_EDIT);
	for (i = 0; (candidate = name(ctx, i)); i++) {
		candidate_len = strnlen(candidate, MAX_LEN + 1);
		if (candidate_len > MAX_LEN || candidate_len > len + limit ||
		    candidate_len + limit < len)
			continue;
		edits = distance(text, len, candidate, candidate_len, limit);
		if (edits > limit)
			continue;
		nearest = candidate;
		if (!edits)
			break;
		limit = edits - 1;
	}
	return nearest;
}
