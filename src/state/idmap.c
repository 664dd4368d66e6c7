/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hash table from ids to what has them: threads by tid, processes by pid, users by uid. Finding
 * is in state_int.h, where it is inlined.
 */
#include <errno.h>

#include "state/state_int.h"

enum { BITS_MIN = 6, BITS_MAX = 30 };

/* The row of an id, or the free one it would take. */
static struct id_row *find_row(uint64_t seed, const struct id_map *map, int64_t id)
{
	size_t i = id_hash(seed, id, map->bits);

	while (map->rows[i].value && map->rows[i].id != id)
		i = (i + 1) & id_map_mask(map);
	return &map->rows[i];
}

void id_map_clear(struct eyas_state *state, struct id_map *map)
{
	if (map->rows)
		state_free(state, map->rows, sizeof(*map->rows) << map->bits);
	*map = (struct id_map){ .rows = NULL };
}

static int resize(struct eyas_state *state, struct id_map *map, uint32_t bits)
{
	struct id_map to = { .bits = bits, .used = map->used };
	size_t i;

	if (bits > BITS_MAX || !(to.rows = state_alloc(state, sizeof(*to.rows) << bits)))
		return -ENOMEM;
	for (i = 0; map->rows && i <= id_map_mask(map); i++)
		if (map->rows[i].value)
			*find_row(state->seed, &to, map->rows[i].id) = map->rows[i];
	id_map_clear(state, map);
	*map = to;
	return 0;
}

int id_map_add(struct eyas_state *state, struct id_map *map, int64_t id, void *value)
{
	size_t size = map->rows ? id_map_mask(map) + 1 : 0;

	if (map->used >= size - size / 4 && resize(state, map, size ? map->bits + 1 : BITS_MIN))
		return -ENOMEM;
	*find_row(state->seed, map, id) = (struct id_row){ id, value };
	map->used++;
	return 0;
}

void id_map_replace(struct eyas_state *state, struct id_map *map, int64_t id, void *value)
{
	find_row(state->seed, map, id)->value = value;
}

void id_map_remove(struct eyas_state *state, struct id_map *map, int64_t id)
{
	size_t mask = id_map_mask(map), i, k, home;

	/* Close the gap: what collisions pushed behind it moves up. */
	i = k = (size_t)(find_row(state->seed, map, id) - map->rows);
	for (;;) {
		k = (k + 1) & mask;
		if (!map->rows[k].value)
			break;
		home = id_hash(state->seed, map->rows[k].id, map->bits);
		if (((k - home) & mask) < ((k - i) & mask))
			continue;
		map->rows[i] = map->rows[k];
		i = k;
	}
	map->rows[i].value = NULL;
	map->used--;
	/*
	 * After a burst; by two bits, so that it does not grow again at once. Failure to get the
	 * smaller table leaves the larger one, which works.
	 */
	if (map->bits > BITS_MIN + 2 && map->used < mask / 16)
		(void)resize(state, map, map->bits - 2);
}
