/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table from 64-bit keys to 32-bit values. */
#include "base/map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MIN = 64 };

void eyas_map_fini(struct eyas_map *map)
{
	free(map->rows);
	*map = (struct eyas_map){ NULL, 0, 0 };
}

/* The row of a key, or the free one it would take. */
static struct eyas_map_row *probe(struct eyas_map_row *rows, uint32_t mask, uint64_t key)
{
	uint32_t i = eyas_hash64(key) & mask;

	while (rows[i].value != EYAS_MAP_NONE && rows[i].key != key)
		i = (i + 1) & mask;
	return &rows[i];
}

uint32_t eyas_map_find(const struct eyas_map *map, uint64_t key)
{
	return map->rows ? probe(map->rows, map->mask, key)->value : EYAS_MAP_NONE;
}

static int grow(struct eyas_map *map)
{
	uint32_t mask = map->rows ? map->mask * 2 + 1 : ROWS_MIN - 1, i;
	struct eyas_map_row *rows;

	rows = malloc(((size_t)mask + 1) * sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	/* All ones: free. */
	memset(rows, 0xff, ((size_t)mask + 1) * sizeof(*rows));
	for (i = 0; map->rows && i <= map->mask; i++)
		if (map->rows[i].value != EYAS_MAP_NONE)
			*probe(rows, mask, map->rows[i].key) = map->rows[i];
	free(map->rows);
	map->rows = rows;
	map->mask = mask;
	return 0;
}

int eyas_map_add(struct eyas_map *map, uint64_t key, uint32_t value)
{
	if ((!map->rows || map->used * 2 > map->mask) && grow(map))
		return -ENOMEM;
	*probe(map->rows, map->mask, key) = (struct eyas_map_row){ key, value };
	map->used++;
	return 0;
}
