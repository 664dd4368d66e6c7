/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table from 64-bit keys to 32-bit values, open addressing, without removal: what an
 * index over an array of records needs.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdint.h>

#define EYAS_MAP_NONE UINT32_MAX

struct eyas_map_row {
	uint64_t key;
	uint32_t value; /* EYAS_MAP_NONE = free */
};

/* Invariant: rows has mask + 1 places, a power of two, at most half of them used. */
struct eyas_map {
	struct eyas_map_row *rows;
	uint32_t mask, used;
};

/* Spreads keys that are small and consecutive, as thread ids are. */
static inline uint32_t eyas_hash64(uint64_t key)
{
	return (uint32_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

void eyas_map_fini(struct eyas_map *map);

/* The value of a key, EYAS_MAP_NONE if it has none. */
uint32_t eyas_map_find(const struct eyas_map *map, uint64_t key);

/* Set the value of a key that has none yet; 0 or -ENOMEM. */
int eyas_map_add(struct eyas_map *map, uint64_t key, uint32_t value);

#endif
