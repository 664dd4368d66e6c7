/* SPDX-License-Identifier: Apache-2.0 */
/* The substring search, against a search that is too simple to be wrong. */
#include "unit/harness.h"

#include <stdlib.h>
#include <string.h>

#include "filter/find.h"

static bool naive(const char *text, size_t len, const char *want, size_t want_len)
{
	size_t i;

	for (i = 0; i + want_len <= len; i++)
		if (!memcmp(text + i, want, want_len))
			return true;
	return false;
}

TEST(what_is_there_is_found)
{
	CHECK(eyas_bytes_find("/etc/passwd", 11, "/etc", 4));
	CHECK(eyas_bytes_find("/usr/local/share/doc/etc/x", 26, "/etc", 4));
	CHECK(eyas_bytes_find("abc", 3, "abc", 3));
	CHECK(eyas_bytes_find("abc", 3, "c", 1));
	CHECK(eyas_bytes_find("abc", 3, "", 0));
	CHECK(eyas_bytes_find(NULL, 0, "", 0));
	CHECK(!eyas_bytes_find(NULL, 0, "a", 1));
	CHECK(!eyas_bytes_find("abc", 3, "abcd", 4));
	CHECK(!eyas_bytes_find("/usr/local/share/doc/xetc/", 26, "/etc", 4));
}

/* Few letters, so that there is much that begins and ends alike; exact buffers for the sanitizer. */
TEST(it_agrees_with_a_naive_search)
{
	unsigned i, found = 0;

	srand(1);
	for (i = 0; i < 300000; i++) {
		size_t len = (size_t)rand() % (i % 16 ? 80 : 2000);
		size_t want_len = (size_t)rand() % 7, k;
		char *text = malloc(len ? len : 1), *want = malloc(want_len ? want_len : 1);
		bool expected;

		for (k = 0; k < len; k++)
			text[k] = (char)("\0a\xff"[rand() % 3]);
		for (k = 0; k < want_len; k++)
			want[k] = (char)("\0a\xff"[rand() % 3]);
		/* Most short ones are there: plant some that are at the very end. */
		if (len >= want_len && want_len && rand() % 4 == 0) {
			memset(text, 'x', len);
			memcpy(text + len - want_len, want, want_len);
		}
		expected = naive(text, len, want, want_len);
		found += expected;
		if (eyas_bytes_find(text, len, want, want_len) != expected)
			test_fail(__FILE__, __LINE__, "round %u: %zu in %zu", i, want_len, len);
		free(text);
		free(want);
	}
	CHECK(found > 1000 && found < 299000);
}
