/* SPDX-License-Identifier: Apache-2.0 */
/* Path prefixes: what "pmatch (...)" is (reference/filter_language.md section 3). */
#ifndef FILTER_PMATCH_H
#define FILTER_PMATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "filter/value.h"

struct pmatch;

/*
 * The prefixes are texts with a NUL behind each; they are borrowed and must live as long as the
 * arena. NULL when out of memory.
 */
struct pmatch *eyas_pmatch_new(struct eyas_arena *arena, const struct eyas_value *prefixes,
			       uint32_t count);

/* Is one of the prefixes one of this path? scratch is used for components that globs look at. */
bool eyas_pmatch_has(const struct pmatch *paths, const char *path, size_t len,
		     struct eyas_str *scratch);

#endif
