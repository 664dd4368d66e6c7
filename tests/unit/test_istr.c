/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of interned strings: sameness, counts, collisions, limits, growing and shrinking. */
#include <stdio.h>
#include <string.h>

#include "unit/harness.h"

#include "state/istr.h"

static struct istr_pool pool;

static struct eyas_istr *get(const char *text)
{
	return istr_get(&pool, text, strlen(text));
}

static struct eyas_istr *get_number(unsigned number)
{
	char text[16];

	snprintf(text, sizeof(text), "n%u", number);
	return get(text);
}

TEST(a_text_exists_once)
{
	struct eyas_istr *a, *b;

	CHECK_INT(istr_pool_init(&pool, 0), 0);
	a = get("/etc/passwd");
	b = get("/etc/passwd");
	CHECK(a == b);
	CHECK_INT(a->refs, 2);
	CHECK_INT(a->len, 11);
	CHECK_STR(a->text, "/etc/passwd");
	CHECK_INT(pool.used, 1);
	CHECK_INT(pool.bytes, sizeof(*a) + 12);
	istr_put(&pool, a);
	CHECK_INT(b->refs, 1);
	istr_put(&pool, b);
	CHECK_INT(pool.used, 0);
	CHECK_INT(pool.bytes, 0);
	istr_pool_fini(&pool);
}

/* Every byte counts, also NULs, and also those behind the last whole word. */
TEST(texts_that_differ_in_one_byte)
{
	char text[40] = "";
	struct eyas_istr *seen[41];
	size_t len, i;

	CHECK_INT(istr_pool_init(&pool, 0), 0);
	for (len = 0; len <= 40; len++) {
		seen[len] = istr_get(&pool, text, len);
		CHECK_INT(seen[len]->len, len);
		for (i = 0; i < len; i++)
			CHECK(seen[i] != seen[len]);
	}
	for (i = 0; i < 40; i++) {
		text[i] = 'x';
		CHECK(istr_get(&pool, text, 40) != seen[40]);
		text[i] = '\0';
	}
	CHECK(istr_get(&pool, text, 40) == seen[40]);
	istr_pool_fini(&pool);
}

TEST(the_empty_string_never_goes)
{
	struct eyas_istr *a, *b;

	CHECK_INT(istr_pool_init(&pool, 0), 0);
	a = istr_get(&pool, NULL, 0);
	b = get("");
	CHECK(a == pool.empty && b == pool.empty);
	CHECK_STR(a->text, "");
	istr_put(&pool, a);
	istr_put(&pool, b);
	CHECK(get("") == pool.empty);
	CHECK_INT(pool.used, 0);
	CHECK_INT(pool.bytes, 0);
	istr_pool_fini(&pool);
}

TEST(move_puts_what_was_there)
{
	struct eyas_istr *name;

	CHECK_INT(istr_pool_init(&pool, 0), 0);
	name = get("old");
	istr_move(&pool, &name, get("new"));
	CHECK_STR(name->text, "new");
	CHECK_INT(pool.used, 1);
	/* To itself. */
	istr_move(&pool, &name, get("new"));
	CHECK_INT(name->refs, 1);
	istr_pool_fini(&pool);
}

/* The limit is on bytes of texts; one that is there already may always be taken again. */
TEST(limit)
{
	const uint64_t each = sizeof(struct eyas_istr) + 3;
	struct eyas_istr *first;

	CHECK_INT(istr_pool_init(&pool, 3 * each), 0);
	first = get("n0");
	get("n1");
	get("n2");
	CHECK_INT(pool.bytes, 3 * each);
	CHECK(get("n3") == pool.empty);
	CHECK_INT(pool.refused, 1);
	CHECK(get("n0") == first);
	istr_put(&pool, first);
	istr_put(&pool, first);
	CHECK_STR(get("n3")->text, "n3");
	CHECK_INT(pool.refused, 1);
	CHECK(istr_get(&pool, "huge", UINT32_MAX) == pool.empty);
	CHECK_INT(pool.refused, 2);
	istr_pool_fini(&pool);
}

/* In a full table most texts are not at their own place; taking some out leaves the others. */
TEST(removal_among_collisions)
{
	enum { COUNT = 190 };
	struct eyas_istr *all[COUNT];
	unsigned i, step;

	for (step = 2; step < 6; step++) {
		CHECK_INT(istr_pool_init(&pool, 0), 0);
		for (i = 0; i < COUNT; i++)
			all[i] = get_number(i);
		CHECK_INT(pool.mask, 255);
		for (i = 0; i < COUNT; i += step)
			istr_put(&pool, all[i]);
		for (i = 0; i < COUNT; i++) {
			if (i % step == 0)
				continue;
			CHECK(get_number(i) == all[i]);
			CHECK_INT(all[i]->refs, 2);
		}
		istr_pool_fini(&pool);
	}
}

TEST(a_burst_leaves_nothing)
{
	enum { COUNT = 100000 };
	static struct eyas_istr *all[COUNT];
	unsigned i;

	CHECK_INT(istr_pool_init(&pool, 0), 0);
	for (i = 0; i < COUNT; i++)
		all[i] = get_number(i);
	CHECK_INT(pool.used, COUNT);
	CHECK(pool.used <= (pool.mask + 1) / 4 * 3);
	for (i = 0; i < COUNT; i++)
		CHECK(get_number(i) == all[i]);
	for (i = 0; i < COUNT; i++) {
		istr_put(&pool, all[i]);
		istr_put(&pool, all[i]);
		if (i % 1000 == 0 && i + 1 < COUNT)
			CHECK(all[COUNT - 1]->refs == 2);
	}
	CHECK_INT(pool.used, 0);
	CHECK_INT(pool.bytes, 0);
	CHECK_INT(pool.mask, 255);
	CHECK_INT(pool.refused, 0);
	istr_pool_fini(&pool);
}

/* Whoever makes a capture cannot know which texts meet in one place. */
TEST(two_pools_hash_differently)
{
	struct istr_pool other;
	unsigned i, same = 0;
	char text[16];

	CHECK_INT(istr_pool_init(&pool, 0), 0);
	CHECK_INT(istr_pool_init(&other, 0), 0);
	for (i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "n%u", i);
		same += get(text)->hash == istr_get(&other, text, strlen(text))->hash;
	}
	CHECK(same < 10);
	istr_pool_fini(&other);
	istr_pool_fini(&pool);
}
