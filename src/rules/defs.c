/* SPDX-License-Identifier: Apache-2.0 */
/* Lists, macros and rules by their names, in the order of their first definition. */
#include "rules/rules_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "filter/set.h"

void *rules_grow(void *array, uint32_t *cap, uint32_t count, size_t size)
{
	uint32_t more = *cap ? *cap * 2 : 8;
	void *grown;

	if (count < *cap)
		return array;
	if (more <= *cap || more > SIZE_MAX / size)
		return NULL;
	grown = realloc(array, more * size);
	if (grown)
		*cap = more;
	return grown;
}

uint32_t rules_defs_find(const struct rules_defs *defs, const char *name, size_t len)
{
	uint32_t i;

	if (!defs->count)
		return EYAS_MAP_NONE;
	i = eyas_map_find(&defs->map, eyas_filter_hash(0, name, len));
	while (i != EYAS_MAP_NONE &&
	       (defs->rows[i]->name_len != len || memcmp(defs->rows[i]->name, name, len) != 0))
		i = defs->next[i];
	return i;
}

int rules_defs_add(struct rules_defs *defs, struct rules_def *def)
{
	uint64_t hash = eyas_filter_hash(0, def->name, def->name_len);
	uint32_t first = eyas_map_find(&defs->map, hash), cap = defs->cap, *next;
	struct rules_def **rows;

	if (defs->count == RULES_MAX_ITEMS)
		return EYAS_E_LIMIT;
	rows = rules_grow(defs->rows, &cap, defs->count, sizeof(struct rules_def *));
	if (!rows)
		return -ENOMEM;
	defs->rows = rows;
	cap = defs->cap;
	next = rules_grow(defs->next, &cap, defs->count, sizeof(*next));
	if (!next)
		return -ENOMEM;
	defs->next = next;
	defs->cap = cap;
	next[defs->count] = EYAS_MAP_NONE;
	if (first == EYAS_MAP_NONE) {
		if (eyas_map_add(&defs->map, hash, defs->count))
			return -ENOMEM;
	} else {
		next[defs->count] = next[first];
		next[first] = defs->count;
	}
	rows[defs->count++] = def;
	return 0;
}

void rules_defs_fini(struct rules_defs *defs)
{
	free(defs->rows);
	free(defs->next);
	eyas_map_fini(&defs->map);
}

int rules_values_add(struct rules_values *values, struct eyas_arena *arena,
		     const struct rules_source *source, const struct rules_node *node)
{
	uint32_t cap = values->cap ? values->cap * 2 : 8;
	struct rules_value *rows;

	if (values->count == values->cap) {
		rows = eyas_arena_get(arena, cap * sizeof(*rows));
		if (!rows)
			return -ENOMEM;
		if (values->count)
			memcpy(rows, values->rows, values->count * sizeof(*rows));
		values->rows = rows;
		values->cap = cap;
	}
	values->rows[values->count++] = (struct rules_value){ source, node };
	return 0;
}
