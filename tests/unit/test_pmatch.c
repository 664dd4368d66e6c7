/* SPDX-License-Identifier: Apache-2.0 */
/* Path prefixes: known answers, and random paths against a naive implementation. */
#include "unit/harness.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/pmatch.h"

static bool has(const char *const *prefixes, uint32_t count, const char *path)
{
	struct eyas_arena arena = { .blocks = NULL };
	struct eyas_str scratch = EYAS_STR_INIT;
	struct eyas_value values[8] = { { 0 } };
	struct pmatch *paths;
	uint32_t i;
	char *exact;
	bool res;

	CHECK(count <= 8);
	for (i = 0; i < count; i++)
		values[i] = eyas_value_text(prefixes[i], strlen(prefixes[i]));
	paths = eyas_pmatch_new(&arena, values, count);
	CHECK(paths);
	/* Without its NUL, in memory of its own: what is read behind it is seen. */
	exact = malloc(strlen(path) + !*path);
	CHECK(exact);
	memcpy(exact, path, strlen(path));
	res = eyas_pmatch_has(paths, exact, strlen(path), &scratch);
	free(exact);
	eyas_arena_fini(&arena);
	eyas_str_fini(&scratch);
	return res;
}

TEST(known_answers)
{
	/* clang-format off */
	static const struct {
		const char *prefix, *path;
		bool want;
	} rows[] = {
		{ "/a/b", "/a/b", true },	{ "/a/b", "/a/b/c", true },
		{ "/a/b", "/a/bc", false },	{ "/a/b", "/a", false },
		{ "/a/b", "", false },		{ "/a/b", "/x/a/b", false },
		{ "/a/b/", "/a/b", true },	{ "//a///b", "/a/b/c", true },
		{ "/a/b", "//a//b//", true },	{ "a/b", "/a/b", true },
		{ "/a/b", "a/b", true },	{ "/", "/x", true },
		{ "", "x", true },		{ "/", "", true },
		{ "/a/*", "/a", false },	{ "/a/*", "/a/", false },
		{ "/a/*", "/a/b/c", true },	{ "/*/c", "/a/b/c", false },
		{ "/a/?", "/a/bc", false },	{ "/a/??", "/a/bc", true },
		{ "/a/[bc]", "/a/c/d", true },	{ "/a/[bc]", "/a/d", false },
		{ "/a/[", "/a/[", true },	{ "/a*/c", "/ab/c", true },
		{ "/A", "/a", false },		{ "/a/.", "/a/.", true },
	};
	/* clang-format on */
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (has(&rows[i].prefix, 1, rows[i].path) != rows[i].want)
			test_fail(__FILE__, __LINE__, "%s, %s", rows[i].prefix, rows[i].path);
}

TEST(several_prefixes)
{
	const char *const prefixes[] = { "/usr/lib", "/usr", "/etc/*.d/x", "/etc/cron.d/y" };

	CHECK(has(prefixes, 4, "/usr/share"));
	CHECK(has(prefixes, 4, "/etc/cron.d/x"));
	CHECK(has(prefixes, 4, "/etc/cron.d/y/z"));
	CHECK(has(prefixes, 4, "/etc/init.d/x"));
	CHECK(!has(prefixes, 4, "/etc/init.d/y"));
	CHECK(!has(prefixes, 4, "/etc"));
	CHECK(!has(prefixes, 0, "/etc"));
	CHECK(!has(prefixes, 0, ""));
}

/* More children of a node than are looked through one by one. */
TEST(many_siblings)
{
	enum { COUNT = 500 };
	struct eyas_arena arena = { .blocks = NULL };
	struct eyas_str scratch = EYAS_STR_INIT;
	static struct eyas_value values[COUNT];
	static char texts[COUNT][24];
	struct pmatch *paths;
	char path[32];
	int i;

	for (i = 0; i < COUNT; i++) {
		snprintf(texts[i], sizeof(texts[i]), "/d/n%d/x", i);
		values[i] = eyas_value_text(texts[i], strlen(texts[i]));
	}
	paths = eyas_pmatch_new(&arena, values, COUNT);
	CHECK(paths);
	for (i = 0; i < 2 * COUNT; i++) {
		snprintf(path, sizeof(path), "/d/n%d/x/y", i);
		CHECK_INT(eyas_pmatch_has(paths, path, strlen(path), &scratch), i < COUNT);
	}
	eyas_arena_fini(&arena);
	eyas_str_fini(&scratch);
}

/* ---- against a naive implementation ---- */

enum { PARTS_MAX = 16, PART_BYTES = 16 };

static int split(const char *path, char parts[PARTS_MAX][PART_BYTES])
{
	int count = 0;
	size_t len;

	for (; *path; path += len) {
		len = strcspn(path, "/");
		if (!len) {
			len = 1;
			continue;
		}
		snprintf(parts[count++], PART_BYTES, "%.*s", (int)len, path);
	}
	return count;
}

static bool naive(const char *prefix, const char *path)
{
	char want[PARTS_MAX][PART_BYTES], have[PARTS_MAX][PART_BYTES];
	int wanted = split(prefix, want), count = split(path, have), i;

	if (wanted > count)
		return false;
	for (i = 0; i < wanted; i++)
		if (fnmatch(want[i], have[i], 0) != 0)
			return false;
	return true;
}

static uint32_t random_below(uint64_t *state, uint32_t limit)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % limit;
}

/* A path out of few different characters, so that many meet. */
static void random_path(uint64_t *state, const char *alphabet, char *path)
{
	uint32_t len = random_below(state, 12), i;

	for (i = 0; i < len; i++)
		path[i] = alphabet[random_below(state, (uint32_t)strlen(alphabet))];
	path[len] = '\0';
}

TEST(random_paths)
{
	char texts[8][16], path[16];
	const char *prefixes[8];
	uint64_t state = 42;
	int round, matched = 0;
	uint32_t i, count;
	bool want;

	for (round = 0; round < 200000; round++) {
		count = random_below(&state, 9);
		for (i = 0; i < count; i++) {
			random_path(&state, round % 2 ? "ab//" : "ab//*?[]-", texts[i]);
			prefixes[i] = texts[i];
		}
		random_path(&state, "ab//", path);
		want = false;
		for (i = 0; i < count; i++)
			want = want || naive(texts[i], path);
		if (has(prefixes, count, path) != want)
			test_fail(__FILE__, __LINE__, "round %d: %s", round, path);
		matched += want;
	}
	CHECK(matched > 20000 && matched < 180000);
}
