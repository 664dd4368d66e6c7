/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Did you mean ...?": which of the names that would have been right is most like what was
 * written. Asked by the parser, by the lookup of fields and by the inference of event types, on
 * the way to an error only.
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* The i-th candidate, NULL past the last. */
typedef const char *(*eyas_name_fn)(void *ctx, size_t i);

/*
 * The candidate with the fewest edits (a character added, left out, replaced, or exchanged with
 * its neighbour; case does not count), the first of several; NULL if none is near: at most one
 * edit for every three characters of text, and not all of them. Texts and candidates of more than
 * 64 bytes are never near, so the work is bounded by the number of candidates.
 */
const char *eyas_nearest(const char *text, size_t len, eyas_name_fn name, void *ctx);

#endif
