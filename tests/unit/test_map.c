/* SPDX-License-Identifier: Apache-2.0 */
/* The map from 64-bit keys to indexes: empty, growing, keys that meet in one row, many keys. */
#include "unit/harness.h"

#include "base/map.h"

TEST(an_empty_map_has_nothing)
{
	struct eyas_map map = { NULL, 0, 0 };

	CHECK(eyas_map_find(&map, 0) == EYAS_MAP_NONE);
	CHECK(eyas_map_find(&map, UINT64_MAX) == EYAS_MAP_NONE);
	eyas_map_fini(&map);
	eyas_map_fini(&map);
	CHECK(!map.rows);
}

TEST(any_key_and_value_is_kept)
{
	static const uint64_t keys[] = {
		0, 1, UINT32_MAX, UINT64_C(1) << 32, INT64_MAX, UINT64_MAX - 1, UINT64_MAX
	};
	struct eyas_map map = { NULL, 0, 0 };
	uint32_t i;

	for (i = 0; i < 7; i++)
		CHECK_INT(eyas_map_add(&map, keys[i], UINT32_MAX - 1 - i), 0);
	for (i = 0; i < 7; i++)
		CHECK_INT(eyas_map_find(&map, keys[i]), UINT32_MAX - 1 - i);
	CHECK(eyas_map_find(&map, 2) == EYAS_MAP_NONE);
	CHECK_INT(map.used, 7);
	/* Usable again after its end. */
	eyas_map_fini(&map);
	CHECK(eyas_map_find(&map, 0) == EYAS_MAP_NONE);
	CHECK_INT(eyas_map_add(&map, 0, 5), 0);
	CHECK_INT(eyas_map_find(&map, 0), 5);
	eyas_map_fini(&map);
}

/* At every size the table is a power of two and at most half full, and nothing gets lost. */
TEST(growth)
{
	struct eyas_map map = { NULL, 0, 0 };
	uint32_t i, k, mask = 0, growths = 0;

	for (i = 0; i < 5000; i++) {
		CHECK_INT(eyas_map_add(&map, i * 7, i), 0);
		CHECK_INT(map.used, i + 1);
		CHECK(((map.mask + 1) & map.mask) == 0);
		CHECK(map.used * 2 <= map.mask + 2);
		if (map.mask == mask)
			continue;
		mask = map.mask;
		growths++;
		for (k = 0; k <= i; k++)
			CHECK_INT(eyas_map_find(&map, k * 7), k);
	}
	CHECK_INT(growths, 9); /* 64 to 16384 */
	CHECK(eyas_map_find(&map, 3) == EYAS_MAP_NONE);
	eyas_map_fini(&map);
}

/* Keys whose hashes fall into the last row: the search wraps around to the first. */
TEST(collisions)
{
	struct eyas_map map = { NULL, 0, 0 };
	uint64_t key, keys[20];
	uint32_t i, n = 0;

	for (key = 1; n < 20; key++)
		if ((eyas_hash64(key) & 63) == 63)
			keys[n++] = key;
	for (i = 0; i < 19; i++)
		CHECK_INT(eyas_map_add(&map, keys[i], i), 0);
	CHECK_INT(map.mask, 63);
	for (i = 0; i < 19; i++)
		CHECK_INT(eyas_map_find(&map, keys[i]), i);
	CHECK(eyas_map_find(&map, keys[19]) == EYAS_MAP_NONE);
	CHECK_INT(map.rows[63].key, keys[0]);
	CHECK_INT(map.rows[17].key, keys[18]);
	eyas_map_fini(&map);
}

TEST(a_million_keys)
{
	const uint64_t step = UINT64_C(0x100000001b3);
	struct eyas_map map = { NULL, 0, 0 };
	uint32_t i;

	for (i = 0; i < 1000000; i++)
		CHECK_INT(eyas_map_add(&map, i * step, i), 0);
	CHECK_INT(map.used, 1000000);
	CHECK_INT(map.mask, (1 << 21) - 1);
	for (i = 0; i < 1000000; i++)
		CHECK_INT(eyas_map_find(&map, i * step), i);
	for (i = 0; i < 1000; i++)
		CHECK(eyas_map_find(&map, i * step + 1) == EYAS_MAP_NONE);
	eyas_map_fini(&map);
}
