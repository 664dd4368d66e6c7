/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Under the filters: which type takes which operator, constants of every type, sets of constants
 * of every size, regular expressions. What filters make of it is in test_filter_ops.c.
 */
#include "unit/harness.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "filter/compare.h"
#include "filter/literal.h"
#include "filter/regex.h"
#include "filter/set.h"

/* ---- types and operators ---- */

TEST(operators_of_types)
{
	/* clang-format off */
	static const struct {
		const char *types, *ops, *list_ops;
	} rows[] = {
		{ "INT8 INT16 INT32 INT64 UINT8 UINT16 UINT32 ERRNO FD PID SYSCALLID SIGTYPE PORT "
		  "FLAGS8 FLAGS16 FLAGS32 ENUMFLAGS8 ENUMFLAGS16 ENUMFLAGS32 MODE DOUBLE FD32 PID32",
		  "exists = != < <= > >= in intersects", "exists" },
		{ "UINT64 RELTIME ABSTIME",
		  "exists = != < <= > >= in intersects", "exists in intersects" },
		{ "BOOL IPADDR IPNET",
		  "exists = != in intersects", "exists in intersects" },
		{ "IPV4ADDR IPV6ADDR IPV4NET IPV6NET",
		  "exists = != in intersects", "exists" },
		{ "CHARBUF FSPATH FSRELPATH",
		  "exists = != < <= > >= contains icontains startswith endswith glob iglob regex in "
		  "intersects pmatch", "exists in intersects" },
		{ "BYTEBUF",
		  "exists = != contains bcontains startswith bstartswith endswith in intersects",
		  "exists" },
		{ "NONE UID GID SOCKADDR SOCKTUPLE FDLIST SIGSET L4PROTO SOCKFAMILY DYN CHARBUFARRAY "
		  "CHARBUF_PAIR_ARRAY", "exists", "exists" },
	};
	/* clang-format on */
	struct eyas_str ops = EYAS_STR_INIT;
	unsigned type, seen = 0;
	char name[40];
	size_t i;

	for (type = 0; type < EYAS_PT_COUNT; type++)
		for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			char all[300];

			snprintf(name, sizeof(name), " %s ", eyas_type_info(type)->name);
			snprintf(all, sizeof(all), " %s ", rows[i].types);
			if (!strstr(all, name))
				continue;
			seen++;
			ops.len = 0;
			eyas_compare_put_ops(&ops, type, false);
			eyas_str_putc(&ops, '\0');
			CHECK_STR(ops.data, rows[i].ops);
			ops.len = 0;
			eyas_compare_put_ops(&ops, type, true);
			eyas_str_putc(&ops, '\0');
			CHECK_STR(ops.data, rows[i].list_ops);
		}
	CHECK_INT(seen, EYAS_PT_COUNT);
	CHECK(!eyas_compare_takes(EYAS_PT_COUNT, false, OP_EQ));
	eyas_str_fini(&ops);
}

/* What a type takes it has a function for. */
TEST(every_operator_has_a_function)
{
	unsigned type, op;

	for (type = 0; type < EYAS_PT_COUNT; type++)
		for (op = OP_EXISTS + 1; op < OP_COUNT; op++)
			if (eyas_compare_takes(type, false, (enum ast_op)op) ||
			    eyas_compare_takes(type, true, (enum ast_op)op))
				CHECK(eyas_compare_find(type, (enum ast_op)op));
}

/* ---- constants ---- */

static int parse(const char *text, unsigned type, bool hex, struct eyas_arena *arena,
		 struct eyas_value *ret)
{
	struct ast_value value = { .text = text,
				   .len = (uint32_t)strlen(text),
				   .pos = { .offset = 7, .line = 2, .column = 5 } };
	struct eyas_err err = { .code = 0 };
	int res = eyas_literal_parse(&value, type, hex, arena, ret, &err);

	if (res < 0) {
		CHECK_INT(err.code, res);
		CHECK_INT(err.offset, 7);
		CHECK_INT(err.line, 2);
		CHECK_INT(err.column, 5);
		CHECK(err.text[0]);
	}
	return res;
}

TEST(numbers)
{
	enum { BAD = 1 };
	static const struct {
		unsigned type;
		const char *text;
		uint64_t want;
		int bad;
	} rows[] = {
		{ EYAS_PT_INT8, "127", 127, 0 },
		{ EYAS_PT_INT8, "128", (uint64_t)-128, 0 },
		{ EYAS_PT_INT8, "300", 44, 0 },
		{ EYAS_PT_INT8, "-129", 127, 0 },
		{ EYAS_PT_UINT8, "256", 0, 0 },
		{ EYAS_PT_UINT8, "-1", 255, 0 },
		{ EYAS_PT_INT16, "40000", (uint64_t)-25536, 0 },
		{ EYAS_PT_UINT16, "65537", 1, 0 },
		{ EYAS_PT_UINT16, "-65535", 1, 0 },
		{ EYAS_PT_UINT16, "99999999999999999999", 0, BAD },
		{ EYAS_PT_INT32, "2147483647", INT32_MAX, 0 },
		{ EYAS_PT_INT32, "2147483648", 0, BAD },
		{ EYAS_PT_INT32, "-2147483648", (uint64_t)INT32_MIN, 0 },
		{ EYAS_PT_INT32, "-2147483649", 0, BAD },
		{ EYAS_PT_UINT32, "4294967295", UINT32_MAX, 0 },
		{ EYAS_PT_UINT32, "4294967296", 0, BAD },
		{ EYAS_PT_UINT32, "-1", UINT32_MAX, 0 },
		{ EYAS_PT_INT64, "9223372036854775807", INT64_MAX, 0 },
		{ EYAS_PT_INT64, "9223372036854775808", 0, BAD },
		{ EYAS_PT_INT64, "-9223372036854775808", (uint64_t)INT64_MIN, 0 },
		{ EYAS_PT_INT64, "-9223372036854775809", 0, BAD },
		{ EYAS_PT_UINT64, "18446744073709551615", UINT64_MAX, 0 },
		{ EYAS_PT_UINT64, "18446744073709551616", 0, BAD },
		{ EYAS_PT_UINT64, "-1", UINT64_MAX, 0 },
		{ EYAS_PT_UINT64, "-0", 0, 0 },
		{ EYAS_PT_UINT64, " \t\n+5", 5, 0 },
		{ EYAS_PT_UINT64, "5 ", 0, BAD },
		{ EYAS_PT_UINT64, "", 0, BAD },
		{ EYAS_PT_UINT64, " ", 0, BAD },
		{ EYAS_PT_UINT64, "+", 0, BAD },
		{ EYAS_PT_UINT64, "--1", 0, BAD },
		{ EYAS_PT_UINT64, "0x10", 0, BAD },
		{ EYAS_PT_MODE, "420", 420, 0 },
		{ EYAS_PT_SIGTYPE, "9", 9, 0 },
		{ EYAS_PT_RELTIME, "1000000000", 1000000000, 0 },
		{ EYAS_PT_BOOL, "true", 1, 0 },
		{ EYAS_PT_BOOL, "false", 0, 0 },
		{ EYAS_PT_BOOL, "TRUE", 0, BAD },
		{ EYAS_PT_PORT, "", 0, 0 },
		{ EYAS_PT_PORT, "65535", 65535, 0 },
		{ EYAS_PT_PORT, "65536", 0, 0 },
		{ EYAS_PT_PORT, "2147483648", 0, BAD },
		{ EYAS_PT_PORT, "8o", 0, BAD },
		{ EYAS_PT_UID, "-1", UINT32_MAX, 0 },
		{ EYAS_PT_SOCKADDR, "1", 0, BAD },
	};
	struct eyas_arena arena = { .blocks = NULL };
	struct eyas_value value;
	size_t i;
	int res;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		res = parse(rows[i].text, rows[i].type, false, &arena, &value);
		if (res != (rows[i].bad ? EYAS_E_USAGE : 0) ||
		    (!res && (value.u.num != rows[i].want || value.type != rows[i].type)))
			test_fail(__FILE__, __LINE__, "%s as %s: %d", rows[i].text,
				  eyas_type_info(rows[i].type)->name, res);
	}
	CHECK_INT(parse("-12", EYAS_PT_DOUBLE, false, &arena, &value), 0);
	CHECK(value.u.real == -12);
	CHECK_INT(parse("1.5", EYAS_PT_DOUBLE, false, &arena, &value), EYAS_E_USAGE);
	eyas_arena_fini(&arena);
}

/* Bytes of a constant as hexadecimal digits, "!" = refused. */
static void check_bytes(const char *text, unsigned type, bool hex, const char *want)
{
	struct eyas_arena arena = { .blocks = NULL };
	struct eyas_str got = EYAS_STR_INIT;
	struct eyas_value value;
	size_t len;

	if (parse(text, type, hex, &arena, &value)) {
		eyas_str_putc(&got, '!');
	} else {
		len = value_type_is_net(type) ? 2 * value.len : value.len;
		eyas_str_hexdump(&got, value.u.data, len);
	}
	eyas_str_putc(&got, '\0');
	CHECK(!got.nomem);
	CHECK_STR(got.data, want);
	eyas_str_fini(&got);
	eyas_arena_fini(&arena);
}

TEST(bytes)
{
	check_bytes("ab", EYAS_PT_CHARBUF, false, "6162");
	check_bytes("", EYAS_PT_FSPATH, false, "");
	check_bytes("ab", EYAS_PT_BYTEBUF, false, "6162");
	check_bytes("00fFa", EYAS_PT_BYTEBUF, true, "!");
	check_bytes("00fFa0", EYAS_PT_BYTEBUF, true, "00ffa0");
	check_bytes("", EYAS_PT_BYTEBUF, true, "");
	check_bytes("0 ", EYAS_PT_BYTEBUF, true, "!");
}

TEST(addresses)
{
	check_bytes("1.2.3.4", EYAS_PT_IPADDR, false, "01020304");
	check_bytes("1.2.3.4", EYAS_PT_IPV4ADDR, false, "01020304");
	check_bytes("::1", EYAS_PT_IPV4ADDR, false, "!");
	check_bytes("1.2.3.4", EYAS_PT_IPV6ADDR, false, "!");
	check_bytes("::1", EYAS_PT_IPADDR, false, "00000000000000000000000000000001");
	check_bytes("1.2.3", EYAS_PT_IPADDR, false, "!");
	check_bytes("1.2.3.4.", EYAS_PT_IPADDR, false, "!");
	check_bytes(" 1.2.3.4", EYAS_PT_IPADDR, false, "!");
	check_bytes("", EYAS_PT_IPADDR, false, "!");
	check_bytes("x", EYAS_PT_IPADDR, false, "!");
}

TEST(networks)
{
	check_bytes("10.1.2.3/8", EYAS_PT_IPNET, false, "0a000000ff000000");
	check_bytes("10.1.2.3/0", EYAS_PT_IPNET, false, "0000000000000000");
	check_bytes("10.1.2.3/32", EYAS_PT_IPNET, false, "0a010203ffffffff");
	check_bytes("10.1.2.3/13", EYAS_PT_IPV4NET, false, "0a000000fff80000");
	check_bytes("ff00::/9", EYAS_PT_IPV6NET, false,
		    "ff000000000000000000000000000000ff800000000000000000000000000000");
	check_bytes("10.1.2.3/33", EYAS_PT_IPNET, false, "!");
	check_bytes("10.1.2.3/99999999999999999999", EYAS_PT_IPNET, false, "!");
	check_bytes("10.1.2.3/ 8", EYAS_PT_IPNET, false, "!");
	check_bytes("10.1.2.3/+8", EYAS_PT_IPNET, false, "!");
	check_bytes("10.1.2.3/8/8", EYAS_PT_IPNET, false, "!");
	check_bytes("10.1.2.3", EYAS_PT_IPNET, false, "!");
	check_bytes("::/0", EYAS_PT_IPNET, false, "!");
	check_bytes("::/129", EYAS_PT_IPNET, false, "!");
	check_bytes("00000000000000000000000000000000000000000000000000000/8", EYAS_PT_IPNET, false,
		    "!");
}

/* ---- substrings ---- */

/* Every place in values of every length up to where another way of searching begins, and past. */
TEST(substrings)
{
	static const char wanted[] = "ab";
	compare_fn contains = eyas_compare_find(EYAS_PT_CHARBUF, OP_CONTAINS);
	union comparand right = { .value = eyas_value_text(wanted, 2) };
	struct eyas_value left;
	char text[200];
	uint32_t len, at;

	for (len = 2; len < sizeof(text); len++) {
		memset(text, 'a', sizeof(text));
		left = eyas_value_text(text, len);
		CHECK(!contains(&left, &right, NULL));
		text[len] = 'b'; /* behind its end */
		CHECK(!contains(&left, &right, NULL));
		for (at = 1; at < len; at++) {
			text[at] = 'b';
			CHECK(contains(&left, &right, NULL));
			text[at] = 'a';
		}
		text[0] = 'b';
		CHECK(!contains(&left, &right, NULL));
	}
}

/* ---- sets ---- */

/* Sets of 0 to 40 texts of different lengths: members are in, neighbours are out. */
TEST(sets_of_texts)
{
	char texts[80][64];
	struct eyas_value values[80];
	uint32_t count, i;

	for (i = 0; i < 80; i++) {
		memset(texts[i], 'x', sizeof(texts[i]));
		values[i] = eyas_value_text(texts[i],
					    (size_t)sprintf(texts[i], "%*u", (int)(i % 60), i));
	}
	for (count = 0; count <= 40; count++) {
		struct eyas_arena arena = { .blocks = NULL };
		struct eyas_value sorted[40];
		struct value_set *set;

		memcpy(sorted, values, sizeof(sorted));
		CHECK_INT(eyas_constants_sort(sorted, count, true), count);
		set = eyas_value_set_new(&arena, sorted, count);
		CHECK(set);
		for (i = 0; i < 80; i++)
			CHECK_INT(eyas_value_set_has(set, &values[i]), i < count);
		eyas_arena_fini(&arena);
	}
}

TEST(sets_of_numbers)
{
	enum { COUNT = 1000 };
	struct eyas_arena arena = { .blocks = NULL };
	static struct eyas_value values[COUNT];
	struct eyas_value value;
	struct value_set *set;
	uint64_t i;

	for (i = 0; i < COUNT; i++)
		values[i] = eyas_value_num(EYAS_PT_INT64, (COUNT - i) * 3);
	CHECK_INT(eyas_constants_sort(values, COUNT, true), COUNT);
	CHECK_INT(values[0].u.num, 3);
	set = eyas_value_set_new(&arena, values, COUNT);
	CHECK(set);
	for (i = 0; i < 4 * COUNT; i++) {
		value = eyas_value_num(EYAS_PT_INT64, i);
		CHECK_INT(eyas_value_set_has(set, &value), i && i <= 3 * COUNT && i % 3 == 0);
	}
	eyas_arena_fini(&arena);
}

TEST(constants_in_order)
{
	struct eyas_value values[] = { eyas_value_text("b", 1), eyas_value_text("a", 1),
				       eyas_value_text("", 0), eyas_value_text("b", 1),
				       eyas_value_text("ab", 2) };
	struct eyas_arena arena = { .blocks = NULL };
	struct eyas_value *copy;

	CHECK_INT(eyas_constants_sort(values, 5, false), 5);
	CHECK_INT(values[0].len, 0);
	CHECK_INT(*values[3].u.data, 'b');
	CHECK_INT(values[4].len, 2);
	CHECK_INT(eyas_constants_sort(values, 5, true), 4);
	CHECK_INT(eyas_constants_sort(values, 0, true), 0);
	copy = eyas_constants_copy(&arena, values, 4);
	CHECK(copy);
	CHECK_STR(copy[0].u.data, "");
	CHECK_STR(copy[3].u.data, "ab");
	CHECK(copy[3].u.data != values[3].u.data);
	CHECK_INT(eyas_constant_order(&copy[3], &values[3]), 0);
	CHECK(eyas_constant_hash(1, &copy[3]) == eyas_constant_hash(1, &values[3]));
	CHECK(eyas_constant_hash(1, &copy[3]) != eyas_constant_hash(1, &values[1]));
	eyas_arena_fini(&arena);
}

/* ---- regular expressions ---- */

/* 1 match, 0 none, negative: refused. */
static int regex(const char *pattern, const char *text, size_t len)
{
	struct eyas_str scratch = EYAS_STR_INIT;
	struct eyas_regex *compiled;
	char why[100] = "";
	int res;

	res = eyas_regex_new(pattern, strlen(pattern), &compiled, why, sizeof(why));
	if (res < 0) {
		CHECK(why[0]);
		return res;
	}
	res = eyas_regex_match(compiled, text, len, &scratch);
	eyas_regex_free(compiled);
	eyas_str_fini(&scratch);
	return res;
}

TEST(regular_expressions)
{
	CHECK_INT(regex("a|ab", "ab", 2), 1);
	CHECK_INT(regex("(a|ab)(c|bcd)(d*)", "abcd", 4), 1);
	CHECK_INT(regex("ab", "abc", 3), 0);
	CHECK_INT(regex("", "", 0), 1);
	CHECK_INT(regex("[[:alpha:]]+", "abc", 3), 1);
	CHECK_INT(regex("a.c", "a\nc", 3), 0); /* as in the POSIX mode of RE2 */
	CHECK_INT(regex("\\d", "1", 1), -EINVAL);
	CHECK_INT(regex("(", "", 0), -EINVAL);
	CHECK_INT(regex("(a{1000}){1000}", "", 0), -EINVAL);
	eyas_regex_free(NULL);
}

TEST(regular_expressions_and_invalid_utf8)
{
	CHECK_INT(regex("a.b",
			"a\xff"
			"b",
			3),
		  1);
	CHECK_INT(regex("a\xef\xbf\xbd"
			"b",
			"a\xff"
			"b",
			3),
		  1);
	CHECK_INT(regex("a..b",
			"a\xc3\x28"
			"b",
			4),
		  1);
	CHECK_INT(regex("a.b",
			"a\xc3\xa4"
			"b",
			4),
		  1);
	CHECK_INT(regex("a..b",
			"a\xc3\xa4"
			"b",
			4),
		  0);
	CHECK_INT(regex("\xff", "x", 1), -EINVAL);
}
