/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which event types and system calls a filter can match: names, negation, chains, evt.num, and
 * what cannot be asked.
 */
#include "unit/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "filter/infer.h"
#include "schema/ids.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int infer(const char *text, struct event_set *set, struct eyas_err *err)
{
	struct eyas_arena arena = { 0 };
	struct ast *ast;
	int code;

	if (eyas_ast_parse(text, strlen(text), NULL, &arena, &ast, err))
		test_fail(__FILE__, __LINE__, "%s: %s", text, err->text);
	code = eyas_ast_infer(ast, set, err);
	eyas_arena_fini(&arena);
	return code;
}

/* The ids in a bit set: "2 3"; "all", "none"; those that are missing if they are fewer. */
static char *ids(const uint64_t *bits, unsigned count, bool (*is_id)(unsigned id))
{
	struct eyas_str in = EYAS_STR_INIT, out = EYAS_STR_INIT, *shown;
	unsigned i, nset = 0, nclear = 0;
	bool set;

	eyas_str_puts(&out, "all but");
	for (i = 0; i < (count + 63) / 64 * 64; i++) {
		set = bits[i / 64] >> (i % 64) & 1;
		if (i >= count || !is_id(i)) {
			CHECK(!set);
			continue;
		}
		if (set && nset)
			eyas_str_putc(&in, ' ');
		eyas_str_printf(set ? &in : &out, set ? "%u" : " %u", i);
		nset += set;
		nclear += !set;
	}
	shown = nset > nclear ? &out : &in;
	if (!nset || !nclear) {
		shown->len = 0;
		eyas_str_puts(shown, nset ? "all" : "none");
	}
	eyas_str_putc(shown, '\0');
	eyas_str_fini(shown == &in ? &out : &in);
	return shown->data;
}

static bool is_type(unsigned id)
{
	return eyas_event_info(id);
}

static bool is_syscall(unsigned id)
{
	return eyas_syscall_info(id);
}

struct row {
	const char *filter, *types, *syscalls;
};

static void check(const struct row *rows, size_t count)
{
	struct event_set set;
	struct eyas_err err;
	char *got;
	size_t i;

	for (i = 0; i < count; i++) {
		if (infer(rows[i].filter, &set, &err))
			test_fail(__FILE__, __LINE__, "%s: %s", rows[i].filter, err.text);
		got = ids(set.types, EYAS_EVENT_TYPES, is_type);
		test_check_str(__FILE__, __LINE__, rows[i].filter, got, rows[i].types);
		free(got);
		got = ids(set.syscalls, EYAS_SYSCALL_CODES, is_syscall);
		test_check_str(__FILE__, __LINE__, rows[i].filter, got, rows[i].syscalls);
		free(got);
	}
}

/* clang-format off */
#define OPEN  "2 3", "5"
#define CLOSE "4 5", "6"
#define BOTH  "2 3 4 5", "5 6"
#define ALL   "all", "all"
#define NONE  "none", "none"
#define NOT_OPEN  "all but 2 3", "all but 5"
#define NOT_CLOSE "all but 4 5", "all but 6"
#define NOT_BOTH  "all but 2 3 4 5", "all but 5 6"

TEST(checks_and_chains)
{
	static const struct row rows[] = {
		{ "evt.type = open", OPEN },
		{ "evt.type == open", OPEN },
		{ "evt.type = \"open\"", OPEN },
		{ "syscall.type = open", OPEN },
		{ "evt.type != open", NOT_OPEN },
		{ "syscall.type != open", NOT_OPEN },
		{ "evt.type in (open)", OPEN },
		{ "evt.type in (open, close)", BOTH },
		{ "evt.type in (close, open, open)", BOTH },
		{ "evt.type in ()", NONE },
		{ "not evt.type = open", NOT_OPEN },
		{ "not evt.type != open", OPEN },
		{ "not evt.type in (open, close)", NOT_BOTH },
		{ "not evt.type in ()", ALL },
		{ "not not evt.type = open", OPEN },
		{ "not(not(not evt.type = open))", NOT_OPEN },
		/* What does not name types can be true for all of them, and so can its opposite. */
		{ "proc.name = x", ALL },
		{ "not proc.name = x", ALL },
		{ "proc.name exists", ALL },
		{ "not proc.name exists", ALL },
		{ "proc.name = val(evt.type)", ALL },
		{ "proc.name = val(proc.pname)", ALL },
		{ "tolower(proc.name) = x", ALL },
		{ "some_macro", ALL },
		{ "not some_macro", ALL },
		{ "evt.type.is.open = 1", ALL },
		{ "evt.arg.type = open", ALL },
		{ "evt.type[0] = open", ALL },
		{ "evt.types = open", ALL },
		{ "evt.type in names", ALL },
		{ "evt.type startswith op", ALL },
		{ "not evt.type startswith op", ALL },
		{ "evt.type contains op", ALL },
		{ "evt.type glob op*", ALL },
		{ "evt.type regex op.*", ALL },
		{ "evt.type intersects (open)", ALL },
		{ "evt.type pmatch (open)", ALL },
		{ "evt.type contains anyof (open)", ALL },
		/* Every event has a type, but not each is a system call. */
		{ "evt.type exists", ALL },
		{ "not evt.type exists", NONE },
		{ "syscall.type exists", ALL },
		{ "not syscall.type exists", ALL },
		{ "evt.type = open and evt.type = open", OPEN },
		{ "evt.type = open and evt.type = close", NONE },
		{ "evt.type = open or evt.type = close", BOTH },
		{ "evt.type = open and proc.name = x", OPEN },
		{ "proc.name = x and evt.type = open", OPEN },
		{ "evt.type = open or proc.name = x", ALL },
		{ "evt.type in (open, close) and evt.type = open", OPEN },
		{ "evt.type in (open, close) and evt.type != open", CLOSE },
		{ "evt.type in (open, close) and not evt.type = open", CLOSE },
		{ "evt.type != open and evt.type != close", NOT_BOTH },
		{ "evt.type != open or evt.type != close", ALL },
		{ "not (evt.type = open)", NOT_OPEN },
		{ "not (evt.type = open or evt.type = close)", NOT_BOTH },
		{ "not (evt.type = open and evt.type = close)", ALL },
		{ "not (evt.type = open and proc.name = x)", ALL },
		{ "not (evt.type = open or proc.name = x)", NOT_OPEN },
		{ "not (not evt.type = open and proc.name = x)", ALL },
		{ "not (not evt.type = open or proc.name = x)", OPEN },
		{ "not (evt.type != open or not evt.type in (open, close))", OPEN },
		{ "not (proc.name = x and (evt.type = open or not (evt.type = close)))", ALL },
		{ "not (evt.type = close or (proc.name = x or not (evt.type in (open, close))))", OPEN },
		{ "(evt.type = open and a) or (evt.type = close and not b)", BOTH },
		{ "evt.type = open and (a or b or not (c and d))", OPEN },
		{ "evt.type = open and not (evt.type = close and a)", OPEN },
		{ "evt.type = open and not (evt.type = open and a)", OPEN },
		{ "evt.type = open and not evt.type = open", NONE },
		{ "(evt.type = open or evt.type = close) and (evt.type = close or a)", BOTH },
	};

	check(rows, COUNT(rows));
}

TEST(names)
{
	static const struct row rows[] = {
		/* All versions of an event. */
		{ "evt.type = openat", "102 103 306 307", "197" },
		{ "evt.type = link", "104 105 308 309", "8" },
		{ "evt.type = container", "228 272 324 402", "none" },
		{ "evt.type = switch", "146 152", "397" },
		{ "evt.type = procexit", "16 186", "396" },
		{ "evt.type = page_fault", "290", "398 399" },
		{ "evt.type = drop", "148 149", "none" },
		{ "evt.type = procinfo", "234", "none" },
		{ "evt.type = pluginevent", "322", "none" },
		{ "evt.type = asyncevent", "402", "none" },
		{ "evt.type = container_removed", "402", "none" },
		/* A system call that shares events with another. */
		{ "evt.type = accept", "26 27 56 57 246 247 248 249", "245 258" },
		{ "evt.type = pread", "112 113", "294" },
		/* Only a system call. */
		{ "evt.type = alarm", "0 1", "19" },
		{ "evt.type in (alarm, getpid)", "0 1", "16 19" },
		{ "evt.type = pread64", "0 1", "294" },
		{ "evt.type in (alarm, open)", "0 1 2 3", "5 19" },
		{ "evt.type in (open, container_removed)", "2 3 402", "5" },
		/* Generic and asynchronous events have other names as well, so they stay. */
		{ "evt.type != alarm", "all", "all but 19" },
		{ "not evt.type in (alarm, open)", "all but 2 3", "all but 5 19" },
		{ "evt.type != container", "all but 228 272 324", "all" },
		{ "evt.type != container_removed", "all", "all" },
		{ "evt.type != asyncevent", "all", "all" },
		{ "evt.type != pread64", "all", "all" },
		{ "evt.type != pread", "all but 112 113", "all but 294" },
		{ "evt.type != accept4", "all but 388 389", "all" },
	};

	check(rows, COUNT(rows));
}

TEST(modifiers)
{
	static const struct row rows[] = {
		{ "evt.type = anyof (open, close)", BOTH },
		{ "evt.type = oneof (open, close)", BOTH },
		{ "evt.type = allof (open, close)", BOTH },
		{ "evt.type = allof (open)", OPEN },
		{ "evt.type != allof (open, close)", NOT_BOTH },
		{ "evt.type != anyof (open, close)", ALL },
		{ "evt.type != oneof (open, close)", ALL },
		{ "evt.type != anyof (open)", NOT_OPEN },
		{ "evt.type != oneof (open)", NOT_OPEN },
		{ "not evt.type = anyof (open, close)", NOT_BOTH },
		{ "not evt.type = oneof (open, open)", ALL },
		{ "not evt.type = allof (open, close)", ALL },
		{ "not evt.type = allof (open)", NOT_OPEN },
		{ "not evt.type != allof (open, close)", BOTH },
		{ "not evt.type != oneof (open, close, dup)", ALL },
		/* An empty list is never satisfied. */
		{ "evt.type = anyof ()", NONE },
		{ "evt.type != allof ()", NONE },
		{ "not evt.type = anyof ()", ALL },
		{ "not evt.type != allof ()", ALL },
		{ "evt.type = anyof names", ALL },
	};

	check(rows, COUNT(rows));
}

/* Events are counted from 1. */
TEST(numbers)
{
	static const struct row rows[] = {
		{ "evt.num = 0", NONE },
		{ "evt.num = 1", ALL },
		{ "evt.num = -0", NONE },
		{ "evt.num = +0", NONE },
		{ "evt.num = 000", NONE },
		{ "evt.num = 010", ALL },
		{ "evt.num = -1", ALL }, /* wraps around */
		{ "evt.num = 18446744073709551616", ALL },
		{ "evt.num = 0x0", ALL }, /* no number for a comparison, which says so */
		{ "evt.num = 0.0", ALL },
		{ "evt.num = \"\"", ALL },
		{ "evt.num = \"-\"", ALL },
		{ "evt.num < 0", NONE },
		{ "evt.num < 1", NONE },
		{ "evt.num < 2", ALL },
		{ "evt.num < -1", ALL },
		{ "evt.num <= 0", NONE },
		{ "evt.num <= 1", ALL },
		{ "evt.num > 0", ALL },
		{ "evt.num >= 1", ALL },
		{ "evt.num != 0", ALL },
		{ "not evt.num = 0", ALL },
		{ "not evt.num != 0", NONE },
		{ "not evt.num > 0", NONE },
		{ "not evt.num > 1", ALL },
		{ "not evt.num >= 0", NONE },
		{ "not evt.num >= 1", NONE },
		{ "not evt.num >= 2", ALL },
		{ "not evt.num < 1", ALL },
		{ "not evt.num <= 5", ALL },
		{ "evt.num in (0)", NONE },
		{ "evt.num in (0, 0)", NONE },
		{ "evt.num in (0, 1)", ALL },
		{ "evt.num in (1, 0)", ALL },
		{ "evt.num in ()", NONE },
		{ "not evt.num in ()", ALL },
		{ "not evt.num in (0)", ALL },
		{ "evt.num intersects (0)", NONE },
		{ "evt.num = anyof (0)", ALL },
		{ "evt.num in names", ALL },
		{ "evt.num = val(thread.tid)", ALL },
		{ "evt.num exists", ALL },
		{ "evt.num[0] = 0", ALL },
		{ "len(evt.num) = 0", ALL },
		{ "evt.type = open and evt.num = 0", NONE },
		{ "evt.type = open or evt.num = 0", OPEN },
		{ "evt.type = open and evt.num > 0", OPEN },
		{ "evt.type = open and not evt.num = 0", OPEN },
	};

	check(rows, COUNT(rows));
}

TEST(errors)
{
	static const struct {
		const char *filter;
		unsigned line, column;
		const char *words;
	} rows[] = {
		{ "evt.type = opn", 1, 12, "unknown event type 'opn'; did you mean 'open'?" },
		{ "syscall.type = opn", 1, 16, "unknown event type 'opn'" },
		{ "a and\n evt.type in (open, clos)", 2, 21, "'clos'; did you mean 'close'?" },
		{ "evt.type != contaner_removed", 1, 13, "did you mean 'container_removed'?" },
		{ "evt.type = getpidd", 1, 12, "did you mean 'getpid'?" },
		{ "evt.type = Open", 1, 12, "did you mean 'open'?" },
		{ "evt.type = quite_something", 1, 12, "unknown event type 'quite_something'" },
		{ "evt.type = NA", 1, 12, "unknown event type 'NA'" },
		{ "evt.type = \"\"", 1, 12, "unknown event type ''" },
		{ "evt.type = 'open\\x00'", 1, 12, "unknown event type 'open" },
		{ "evt.type = op", 1, 12, "unknown event type 'op'" },
		{ "evt.type = \"\\x1b[1m\"", 1, 12, "unknown event type '\\x1b[1m'" },
		{ "evt.num = 0 and evt.type = opn", 1, 28, "unknown event type" },
		{ "not (a or evt.type = opn)", 1, 22, "unknown event type" },
		{ "evt.type = oneof (open, opn)", 1, 25, "unknown event type" },
		{ "evt.type = val(proc.name)", 1, 12, "evt.type is compared with names only" },
		{ "evt.type in val(proc.name)", 1, 13, "with names only" },
		{ "evt.type contains val(proc.name)", 1, 19, "with names only" },
		{ "syscall.type = tolower(proc.name)", 1, 16, "syscall.type is compared with names only" },
		{ "tolower(evt.type) = open", 1, 9, "evt.type cannot be used in a transformer" },
		{ "tolower(toupper( evt.type )) exists", 1, 18, "evt.type cannot be used" },
		{ "len(syscall.type) > 3", 1, 5, "syscall.type cannot be used" },
		{ "join(\"\",(proc.name, evt.type)) = x", 1, 21, "evt.type cannot be used" },
		{ "proc.name = tolower(evt.type)", 1, 21, "evt.type cannot be used" },
	};
	struct event_set set, before;
	struct eyas_err err;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		memset(&set, 0x5a, sizeof(set));
		before = set;
		CHECK_INT(infer(rows[i].filter, &set, &err), EYAS_E_USAGE);
		if (err.line != rows[i].line || err.column != rows[i].column ||
		    !strstr(err.text, rows[i].words))
			test_fail(__FILE__, __LINE__, "%s: %u:%u: %s", rows[i].filter, err.line,
				  err.column, err.text);
		CHECK(!memcmp(&set, &before, sizeof(set)));
	}
}
/* clang-format on */

/* Every name in the tables is known, and its own types and system calls are found by it. */
TEST(all_names)
{
	const struct eyas_event_info *info;
	const struct eyas_syscall_info *call;
	struct event_set set, others;
	struct eyas_err err;
	char filter[128];
	unsigned i;

	for (i = 0; i < EYAS_EVENT_TYPES; i++) {
		info = eyas_event_info(i);
		CHECK(eyas_event_name_known(info->name, strlen(info->name)) ==
		      !(info->flags & EYAS_EF_UNUSED));
		if (info->flags & EYAS_EF_UNUSED)
			continue;
		snprintf(filter, sizeof(filter), "evt.type = %s", info->name);
		CHECK_INT(infer(filter, &set, &err), 0);
		CHECK(event_set_has(&set, i));
		snprintf(filter, sizeof(filter), "evt.type != %s", info->name);
		CHECK_INT(infer(filter, &others, &err), 0);
		CHECK(event_set_has(&others, i) == (i < 2 || i == EYAS_EV_ASYNCEVENT_E));
	}
	for (i = 0; i < EYAS_SYSCALL_CODES; i++) {
		call = eyas_syscall_info(i);
		if (!call)
			continue;
		CHECK(eyas_event_name_known(call->name, strlen(call->name)));
		snprintf(filter, sizeof(filter), "evt.type = %s", call->name);
		CHECK_INT(infer(filter, &set, &err), 0);
		CHECK(event_set_has_syscall(&set, i));
	}
	CHECK(eyas_event_name_known("openx", 4));
	CHECK(!eyas_event_name_known("openx", 5));
	CHECK(!eyas_event_name_known("open\0", 5));
	CHECK(!eyas_event_name_known("", 0));
	CHECK(eyas_event_name_known("container_removed", 17));
	CHECK(!eyas_event_name_known("container_removed", 16));
	CHECK(!eyas_event_name_known("NA", 2));
}
