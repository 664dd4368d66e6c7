/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transformers on values: each of them on what it takes, and a comparison of base64 and getopt
 * with what the C library says. What they take is tested with filters, in test_filter.c.
 */
#include "unit/harness.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "filter/transform.h"

enum { MAX_ITEMS = 8 };

static const struct eyas_value no_value;

static struct eyas_value text(const char *of)
{
	return eyas_value_text(of, strlen(of));
}

/* A list of the words in of. */
static struct eyas_value list(const char *of, struct eyas_value items[MAX_ITEMS])
{
	struct eyas_value ret = { .type = EYAS_PT_CHARBUF, .list = true, .u.items = items };

	for (; *of; of += strspn(of, " ")) {
		CHECK(ret.len < MAX_ITEMS);
		items[ret.len] = eyas_value_text(of, strcspn(of, " "));
		of += items[ret.len++].len;
	}
	return ret;
}

static void put(struct eyas_str *out, const struct eyas_value *value)
{
	uint32_t i;

	if (!value->list) {
		if (value->type == EYAS_PT_UINT64)
			eyas_str_u64(out, value->u.num);
		else
			eyas_str_add(out, value->u.data, value->len);
		return;
	}
	for (i = 0; i < value->len; i++) {
		eyas_str_putc(out, '(');
		put(out, &value->u.items[i]);
		eyas_str_putc(out, ')');
	}
}

/* The result as text, items of a list in parentheses; "missing". */
static void check(const struct transform *transform, const struct eyas_value *first,
		  const struct eyas_value *second, const char *want)
{
	const struct eyas_value *args[] = { first, second };
	struct eyas_arena arena = { .blocks = NULL };
	struct eyas_str scratch = EYAS_STR_INIT, got = EYAS_STR_INIT;
	struct eyas_value value;

	if (eyas_transform_apply(transform, args, second ? 2 : 1, &arena, &scratch, &value))
		put(&got, &value);
	else
		eyas_str_puts(&got, "missing");
	eyas_str_putc(&got, '\0');
	CHECK_STR(got.data, want);
	eyas_str_fini(&got);
	eyas_str_fini(&scratch);
	eyas_arena_fini(&arena);
}

static void check_text(enum transformer kind, const char *of, const char *want)
{
	const struct transform transform = { .kind = kind, .result = { .type = EYAS_PT_UINT64 } };
	struct eyas_value value = text(of);

	check(&transform, &value, NULL, want);
}

static void check_list(enum transformer kind, const char *of, const char *want)
{
	const struct transform transform = { .kind = kind, .result = { .type = EYAS_PT_UINT64 } };
	struct eyas_value items[MAX_ITEMS];
	struct eyas_value value = list(of, items);

	check(&transform, &value, NULL, want);
}

TEST(letters)
{
	check_text(TR_TOLOWER, "aBc@[`{\xc4Z", "abc@[`{\xc4z");
	check_text(TR_TOUPPER, "aBc@[`{\xe4z", "ABC@[`{\xe4Z");
	check_text(TR_TOLOWER, "", "");
	check_list(TR_TOUPPER, "ab c", "(AB)(C)");
	check_list(TR_TOUPPER, "", "");
}

TEST(base_names)
{
	check_text(TR_BASENAME, "/a/b", "b");
	check_text(TR_BASENAME, "b", "b");
	check_text(TR_BASENAME, "/a/", "");
	check_text(TR_BASENAME, "/", "");
	check_text(TR_BASENAME, "", "");
	check_list(TR_BASENAME, "/a/b c", "(b)(c)");
}

TEST(base64)
{
	check_text(TR_B64, "", "");
	check_text(TR_B64, "YQ==", "a");
	check_text(TR_B64, "YQ", "a");
	check_text(TR_B64, "YWI=", "ab");
	check_text(TR_B64, "YWI", "ab");
	check_text(TR_B64, "YWJj", "abc");
	check_text(TR_B64, "YWJjZA==", "abcd");
	check_text(TR_B64, "+/+/", "\xfb\xff\xbf");
	check_text(TR_B64, "Y", "missing");
	check_text(TR_B64, "YWJjZ", "missing");
	check_text(TR_B64, "Y===", "missing");
	check_text(TR_B64, "====", "missing");
	check_text(TR_B64, "YQ=", "missing");
	check_text(TR_B64, "YW-j", "missing");
	check_text(TR_B64, "YW j", "missing");
	check_list(TR_B64, "YQ== YWI", "(a)(ab)");
	check_list(TR_B64, "YQ== !", "missing");
}

TEST(lengths)
{
	const struct transform len = { .kind = TR_LEN, .result = { .type = EYAS_PT_UINT64 } };
	struct eyas_value value = eyas_value_text("ab\0cd", 5);

	check(&len, &value, NULL, "2");
	value.type = EYAS_PT_BYTEBUF;
	check(&len, &value, NULL, "5");
	check_text(TR_LEN, "", "0");
	check_list(TR_LEN, "", "0");
	check_list(TR_LEN, "a b c", "3");
}

TEST(joining)
{
	const struct transform join = { .kind = TR_JOIN }, concat = { .kind = TR_CONCAT };
	struct eyas_value items[MAX_ITEMS], separator = text(", "), value;

	value = list("a b c", items);
	check(&join, &separator, &value, "a, b, c");
	items[1] = eyas_value_num(EYAS_PT_INT64, (uint64_t)-5);
	items[2] = eyas_value_num(EYAS_PT_UINT64, UINT64_MAX);
	check(&join, &separator, &value, "a, -5, 18446744073709551615");
	items[1] = (struct eyas_value){ .type = EYAS_PT_DOUBLE };
	check(&join, &separator, &value, "missing");
	value = list("", items);
	check(&join, &separator, &value, "");
	check(&join, &separator, &separator, "missing");
	value = text("x");
	check(&concat, &separator, &value, ", x");
	value = no_value;
	check(&concat, &separator, &value, "missing");
}

static void check_getopt(const char *args, const char *known, char option, const char *want)
{
	const struct transform transform = { .kind = TR_GETOPT, .option = option };
	struct eyas_value items[MAX_ITEMS], argv = list(args, items), spec = text(known);

	check(&transform, &argv, &spec, want);
}

TEST(options)
{
	check_getopt("", "ab:", 0, "");
	check_getopt("-a", "ab:", 0, "(a)");
	check_getopt("-b v", "ab:", 0, "(b)(v)");
	check_getopt("-bv -a", "ab:", 0, "(b)(v)(a)");
	check_getopt("-ab v", "ab:", 0, "(a)(b)(v)");
	check_getopt("-ba", "ab:", 0, "(b)(a)");
	check_getopt("-b", "ab:", 0, "(b)()");
	check_getopt("-x -a", "ab:", 0, "(?)(a)");
	check_getopt("-xa", "ab:", 0, "(?)(a)");
	check_getopt("-: -a", "ab:", 0, "(?)(a)");
	check_getopt("-b -a", "ab:", 0, "(b)(-a)");
	check_getopt("-a -- -a", "ab:", 0, "(a)");
	check_getopt("-a - -a", "ab:", 0, "(a)");
	check_getopt("-a x -a", "ab:", 0, "(a)");
	check_getopt("--long -a", "ab:", 0, "(a)");
	check_getopt("-a", "", 0, "(?)");
	check_getopt("-b v -b w", "ab:", 'b', "w");
	check_getopt("-a -a", "ab:", 'a', "a");
	check_getopt("-b", "ab:", 'b', "");
	check_getopt("-a", "ab:", 'b', "missing");
	check_getopt("x -b v", "ab:", 'b', "missing");
}

/* Clusters of random options against getopt() of the C library. */
TEST(options_as_getopt)
{
	static const char *const words[] = { "-a", "-b", "-ab", "-ba", "-cbx", "v", "-cc", "-xa" };
	char got_args[200], want[200], *argv[7];
	unsigned round, pick, i;
	int option;

	opterr = 0;
	for (round = 0; round < 8 * 8 * 8 * 8 * 8; round++) {
		got_args[0] = want[0] = '\0';
		argv[0] = (char *)"program";
		for (i = 0, pick = round; i < 5; i++, pick /= 8) {
			argv[i + 1] = (char *)words[pick % 8];
			strcat(got_args, words[pick % 8]);
			strcat(got_args, " ");
		}
		argv[6] = NULL;
		optind = 0;
		while ((option = getopt(6, argv, "+:ab:c")) != -1) {
			size_t len = strlen(want);

			if (option == ':')
				snprintf(want + len, sizeof(want) - len, "(%c)()", optopt);
			else if (option == 'b')
				snprintf(want + len, sizeof(want) - len, "(b)(%s)", optarg);
			else
				snprintf(want + len, sizeof(want) - len, "(%c)", option);
		}
		check_getopt(got_args, "ab:c", 0, want);
	}
}

TEST(numbers_in_lists)
{
	static const struct operand_type good[] = { { .type = EYAS_PT_CHARBUF },
						    { .type = EYAS_PT_FSPATH },
						    { .type = EYAS_PT_PID },
						    { .type = EYAS_PT_INT64 },
						    { .type = EYAS_PT_UINT64 } };
	static const struct operand_type bad[] = { { .type = EYAS_PT_UINT32 },
						   { .type = EYAS_PT_BYTEBUF },
						   { .type = EYAS_PT_IPADDR },
						   { .type = EYAS_PT_BOOL } };
	struct eyas_arena arena = { .blocks = NULL };
	struct eyas_value value = eyas_value_num(EYAS_PT_INT64, (uint64_t)INT64_MIN), ret;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK(eyas_transform_item_ok(&good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!eyas_transform_item_ok(&bad[i]));
	CHECK(eyas_transform_item_text(&value, &arena, &ret));
	CHECK_INT(ret.len, 20);
	CHECK_STR(ret.u.data, "-9223372036854775808");
	value = eyas_value_text("a", 1);
	CHECK(eyas_transform_item_text(&value, &arena, &ret));
	CHECK(ret.u.data == value.u.data);
	value.list = true;
	CHECK(!eyas_transform_item_text(&value, &arena, &ret));
	eyas_arena_fini(&arena);
}
