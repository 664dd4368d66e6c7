/* SPDX-License-Identifier: Apache-2.0 */
/* The growing string: numbers, hostile text, growth and lack of memory. */
#include "unit/harness.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static char *text_of(struct eyas_str *str)
{
	static char buf[4096];

	CHECK(!str->nomem);
	CHECK(str->len < sizeof(buf));
	if (str->len)
		memcpy(buf, str->data, str->len);
	buf[str->len] = '\0';
	eyas_str_fini(str);
	CHECK(!str->data && !str->len && !str->cap);
	return buf;
}

static const uint64_t numbers[] = {
	0,
	1,
	7,
	8,
	9,
	10,
	11,
	15,
	16,
	99,
	100,
	101,
	255,
	999,
	1000,
	9999,
	10000,
	12345,
	99999,
	100000,
	4294967295,
	4294967296,
	999999999999,
	1000000000000,
	9223372036854775807,
	9223372036854775808U,
	9999999999999999999U,
	10000000000000000000U,
	UINT64_MAX - 1,
	UINT64_MAX,
};

TEST(numbers)
{
	struct eyas_str str = EYAS_STR_INIT;
	char want[64];
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		eyas_str_u64(&str, numbers[i]);
		snprintf(want, sizeof(want), "%" PRIu64, numbers[i]);
		CHECK_STR(text_of(&str), want);
		eyas_str_i64(&str, (int64_t)numbers[i]);
		snprintf(want, sizeof(want), "%" PRId64, (int64_t)numbers[i]);
		CHECK_STR(text_of(&str), want);
		eyas_str_i64(&str, -(int64_t)(numbers[i] / 2));
		snprintf(want, sizeof(want), "%" PRId64, -(int64_t)(numbers[i] / 2));
		CHECK_STR(text_of(&str), want);
		eyas_str_hex(&str, numbers[i], true);
		snprintf(want, sizeof(want), "%" PRIX64, numbers[i]);
		CHECK_STR(text_of(&str), want);
		eyas_str_hex(&str, numbers[i], false);
		snprintf(want, sizeof(want), "%" PRIx64, numbers[i]);
		CHECK_STR(text_of(&str), want);
		eyas_str_oct(&str, numbers[i]);
		snprintf(want, sizeof(want), "%" PRIo64, numbers[i]);
		CHECK_STR(text_of(&str), want);
		eyas_str_u64_pad(&str, numbers[i], 9);
		snprintf(want, sizeof(want), "%09" PRIu64, numbers[i]);
		CHECK_STR(text_of(&str), want);
	}
}

TEST(pad_widths)
{
	struct eyas_str str = EYAS_STR_INIT;

	eyas_str_u64_pad(&str, 7, 0);
	eyas_str_putc(&str, ' ');
	eyas_str_u64_pad(&str, 7, 1);
	eyas_str_putc(&str, ' ');
	eyas_str_u64_pad(&str, 7, 20);
	CHECK_STR(text_of(&str), "7 7 00000000000000000007");
}

TEST(appends)
{
	struct eyas_str str = EYAS_STR_INIT;

	eyas_str_add(&str, NULL, 0);
	eyas_str_add(&str, "ab", 2);
	eyas_str_puts(&str, "cd");
	eyas_str_puts(&str, "");
	eyas_str_putc(&str, 'e');
	eyas_str_printf(&str, "%d-%s", 5, "x");
	CHECK_STR(text_of(&str), "abcde5-x");
	eyas_str_zero(&str, 3);
	CHECK_INT(str.len, 3);
	CHECK(!memcmp(str.data, "\0\0\0", 3));
	eyas_str_fini(&str);
}

TEST(growth)
{
	struct eyas_str str = EYAS_STR_INIT;
	char *big = malloc(100000);
	size_t i;

	CHECK(big);
	memset(big, 'x', 99999);
	big[99999] = '\0';
	for (i = 0; i < 5000; i++)
		eyas_str_putc(&str, (char)('a' + i % 26));
	CHECK_INT(str.len, 5000);
	for (i = 0; i < 5000; i++)
		CHECK_INT(str.data[i], 'a' + i % 26);
	/* Longer than the room printf tries first. */
	eyas_str_printf(&str, "%s", big);
	CHECK_INT(str.len, 104999);
	CHECK_INT(str.data[104998], 'x');
	eyas_str_zero(&str, 70000);
	CHECK_INT(str.len, 174999);
	CHECK_INT(str.data[174998], 0);
	CHECK(str.len <= str.cap);
	eyas_str_fini(&str);
	free(big);
}

/* Out of memory sticks, and later appends leave the string alone. */
TEST(nomem)
{
	struct eyas_str str = EYAS_STR_INIT;

	eyas_str_puts(&str, "kept");
	CHECK(!eyas_str_reserve(&str, SIZE_MAX / 2));
	CHECK(str.nomem);
	CHECK_INT(str.len, 4);
	eyas_str_zero(&str, 100000);
	CHECK_INT(str.len, 4);
	CHECK(!memcmp(str.data, "kept", 4));
	eyas_str_fini(&str);
	CHECK(!str.nomem);
}

TEST(safe)
{
	static const struct {
		const char *text, *want;
		size_t len;
	} rows[] = {
		{ "", "", 0 },
		{ "/etc/passwd", "/etc/passwd", 0 },
		{ "a b~!\"\\", "a b~!\"\\", 0 },
		{ "a\nb\rc\td", "a\\nb\\rc\\td", 0 },
		{ "\x1b[2J", "\\x1b[2J", 0 },
		{ "\x7f", "\\x7f", 0 },
		{ "a\0b", "a\\x00b", 3 },
		{ "\x01\x1f", "\\x01\\x1f", 0 },
		/* Valid sequences of two, three and four bytes. */
		{ "\xc3\xa9", "\xc3\xa9", 0 },
		{ "\xe2\x82\xac", "\xe2\x82\xac", 0 },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", 0 },
		{ "x\xc3\xa9y", "x\xc3\xa9y", 0 },
		{ "\xc2\xa0", "\xc2\xa0", 0 },
		{ "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf", 0 },
		{ "\xed\x9f\xbf", "\xed\x9f\xbf", 0 },
		/* C1 controls: U+009B is CSI in one character. */
		{ "\xc2\x9b"
		  "2J",
		  "\\xc2\\x9b2J", 0 },
		{ "\xc2\x80", "\\xc2\\x80", 0 },
		{ "\xc2\x9f", "\\xc2\\x9f", 0 },
		/* Line separators and what turns the direction around, and their neighbours. */
		{ "\xe2\x80\xa7|\xe2\x80\xa8", "\xe2\x80\xa7|\\xe2\\x80\\xa8", 0 },
		{ "\xe2\x80\xae|\xe2\x80\xaf", "\\xe2\\x80\\xae|\xe2\x80\xaf", 0 },
		{ "\xe2\x81\xa5|\xe2\x81\xa6", "\xe2\x81\xa5|\\xe2\\x81\\xa6", 0 },
		{ "\xe2\x81\xa9|\xe2\x81\xaa", "\\xe2\\x81\\xa9|\xe2\x81\xaa", 0 },
		/* Invalid: alone, cut short, overlong, surrogate, above U+10FFFF. */
		{ "\xff", "\\xff", 0 },
		{ "\x9b", "\\x9b", 0 },
		{ "\x80", "\\x80", 0 },
		{ "\xc3", "\\xc3", 0 },
		{ "\xc3(", "\\xc3(", 0 },
		{ "\xe2\x82", "\\xe2\\x82", 0 },
		{ "\xe2\x82(", "\\xe2\\x82(", 0 },
		{ "\xf0\x9f\x98", "\\xf0\\x9f\\x98", 0 },
		{ "\xc0\xaf", "\\xc0\\xaf", 0 },
		{ "\xc1\xbf", "\\xc1\\xbf", 0 },
		{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf", 0 },
		{ "\xe0\x9f\xbf", "\\xe0\\x9f\\xbf", 0 },
		{ "\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf", 0 },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80", 0 },
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", 0 },
		{ "\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80", 0 },
		/* A sequence the length cuts although the bytes go on. */
		{ "\xc3\xa9", "\\xc3", 1 },
	};
	struct eyas_str str = EYAS_STR_INIT;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		eyas_str_safe(&str, rows[i].text, rows[i].len ? rows[i].len : strlen(rows[i].text));
		CHECK_STR(text_of(&str), rows[i].want);
	}
}

/* Whatever goes in, nothing but printable ASCII and valid UTF-8 without controls comes out. */
TEST(safe_any_bytes)
{
	struct eyas_str str = EYAS_STR_INIT;
	unsigned a, b;
	size_t at;

	for (a = 0; a < 256; a++)
		for (b = 0; b < 256; b++) {
			char text[3] = { (char)a, (char)b, 'x' };

			str.len = 0;
			eyas_str_safe(&str, text, 3);
			for (at = 0; at < str.len;) {
				unsigned n = eyas_utf8_len(str.data + at, str.len - at);
				unsigned char c = (unsigned char)str.data[at];

				CHECK(n >= 1);
				CHECK(n > 1 || (c >= 0x20 && c < 0x7f));
				CHECK(c != 0xc2 || (unsigned char)str.data[at + 1] >= 0xa0);
				at += n;
			}
			CHECK_INT(str.data[str.len - 1], 'x');
		}
	eyas_str_fini(&str);
}

TEST(dots)
{
	struct eyas_str str = EYAS_STR_INIT;

	eyas_str_dots(&str, "a\0b\n\x7f\xff ~", 8);
	CHECK_STR(text_of(&str), "a.b... ~");
	eyas_str_dots(&str, NULL, 0);
	CHECK_STR(text_of(&str), "");
}

TEST(wrapping)
{
	struct eyas_str str = EYAS_STR_INIT;

	eyas_str_puts(&str, "ab  ");
	eyas_str_wrap(&str, "one two  three\n four", 4, 11);
	CHECK_STR(text_of(&str), "ab  one two\n    three\n    four");
	eyas_str_wrap(&str, "  a word_that_is_too_long b\x1b", 2, 6);
	CHECK_STR(text_of(&str), "a\n  word_that_is_too_long\n  b\\x1b");
	eyas_str_wrap(&str, " \n", 2, 6);
	CHECK_STR(text_of(&str), "");
	/* Characters count, not their bytes. */
	eyas_str_wrap(&str, "\xc3\xa4\xc3\xa4 \xc3\xb6\xc3\xb6", 0, 5);
	CHECK_STR(text_of(&str), "\xc3\xa4\xc3\xa4 \xc3\xb6\xc3\xb6");
}

TEST(utf8_len)
{
	CHECK_INT(eyas_utf8_len("", 0), 0);
	CHECK_INT(eyas_utf8_len("a", 1), 1);
	CHECK_INT(eyas_utf8_len("\0", 1), 1);
	CHECK_INT(eyas_utf8_len("\xc3\xa9", 2), 2);
	CHECK_INT(eyas_utf8_len("\xc3\xa9", 1), 0);
	CHECK_INT(eyas_utf8_len("\xe2\x82\xac", 3), 3);
	CHECK_INT(eyas_utf8_len("\xf0\x9f\x98\x80", 4), 4);
	CHECK_INT(eyas_utf8_len("\xf0\x9f\x98\x80", 3), 0);
	CHECK_INT(eyas_utf8_len("\x80", 1), 0);
}
