/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places in a capture: every form they are written in, what is refused, what local time means,
 * and on which side of them an event lies.
 */
#include "unit/harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "session/range.h"

#define S UINT64_C(1000000000)

static void zone(const char *tz)
{
	CHECK_INT(setenv("TZ", tz, 1), 0);
	tzset();
}

static void is(const char *text, enum range_kind kind, uint64_t value)
{
	struct range_bound bound = { RANGE_NONE, 77 };
	struct eyas_err err;

	if (range_parse(text, &bound, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	if (bound.kind != kind || bound.value != value)
		test_fail(__FILE__, __LINE__, "'%s' is kind %d, %llu; not kind %d, %llu", text,
			  (int)bound.kind, (unsigned long long)bound.value, (int)kind,
			  (unsigned long long)value);
}

static void refused(const char *text)
{
	struct range_bound bound = { RANGE_NONE, 77 };
	struct eyas_err err = { 0 };
	int res = range_parse(text, &bound, &err);

	if (res != -EINVAL)
		test_fail(__FILE__, __LINE__, "'%s' is taken as kind %d, %llu (%d)", text,
			  (int)bound.kind, (unsigned long long)bound.value, res);
	CHECK_INT(err.code, -EINVAL);
	CHECK(strstr(err.text, text) || strlen(text) > 100);
	/* Nothing is stored on failure. */
	CHECK_INT(bound.value, 77);
	CHECK_INT(range_parse(text, &bound, NULL), -EINVAL);
}

TEST(numbers)
{
	is("0", RANGE_NUM, 0);
	is("1", RANGE_NUM, 1);
	is("1000", RANGE_NUM, 1000);
	is("007", RANGE_NUM, 7);
	is("18446744073709551609", RANGE_NUM, UINT64_MAX - 6);
}

TEST(seconds)
{
	is("@0", RANGE_TIME, 0);
	is("@1700000000", RANGE_TIME, 1700000000 * S);
	is("@1700000000.5", RANGE_TIME, 1700000000 * S + S / 2);
	is("@1700000000.000000001", RANGE_TIME, 1700000000 * S + 1);
	/* What lies below a nanosecond is cut. */
	is("@1.1234567899", RANGE_TIME, S + 123456789);
	is("+0", RANGE_AFTER, 0);
	is("+1.25", RANGE_AFTER, S + S / 4);
	is("+86400", RANGE_AFTER, 86400 * S);
	is("+18446744072", RANGE_AFTER, 18446744072 * S);
}

TEST(times_of_day)
{
	is("00:00:00", RANGE_TIME_OF_DAY, 0);
	is("12:34:56", RANGE_TIME_OF_DAY, (12 * 3600 + 34 * 60 + 56) * S);
	is("23:59:59.999999999", RANGE_TIME_OF_DAY, 86400 * S - 1);
	is("1:2:3", RANGE_TIME_OF_DAY, 3723 * S);
	/* A leap second is the first of the next minute. */
	is("10:00:60", RANGE_TIME_OF_DAY, 36060 * S);
}

TEST(dates)
{
	zone("UTC");
	is("1970-01-01T00:00:00", RANGE_TIME, 0);
	is("2023-11-14T22:13:20", RANGE_TIME, 1700000000 * S);
	is("2023-11-14 22:13:20.75Z", RANGE_TIME, 1700000000 * S + S * 3 / 4);
	is("2024-02-29T00:00:00Z", RANGE_TIME, 1709164800 * S);
	is("2016-12-31T23:59:60Z", RANGE_TIME, 1483228800 * S);
	/* Local without the Z; the sign of TZ is that of POSIX, west is positive. */
	zone("XXX+5");
	is("2023-11-14T17:13:20", RANGE_TIME, 1700000000 * S);
	is("2023-11-14T22:13:20Z", RANGE_TIME, 1700000000 * S);
	zone("XXX-05:30");
	is("2023-11-15T03:43:20", RANGE_TIME, 1700000000 * S);
	is("2023-11-14T22:13:20Z", RANGE_TIME, 1700000000 * S);
	/* Summer and winter. */
	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	is("2023-07-01T02:00:00", RANGE_TIME, 1688169600 * S);
	is("2023-12-01T01:00:00", RANGE_TIME, 1701388800 * S);
}

TEST(malformed)
{
	static const char *const texts[] = {
		"",
		" ",
		"x",
		"1x",
		"1 ",
		" 1",
		"1.5",
		"0x10",
		"1e3",
		"-",
		"-1",
		"--1",
		"18446744073709551616",
		"100000000000000000000",
		"@",
		"@x",
		"@-1",
		"@1.",
		"@.5",
		"@1.x",
		"@1s",
		"@18446744073",
		"@ 1",
		"@99999999999999999999999",
		"+",
		"+x",
		"+-1",
		"+1.",
		"+1.2.3",
		"++1",
		"+18446744073",
		":",
		"1:",
		"12:00",
		"12:00:",
		"12:00:00:",
		"12:00:00.",
		"12:00:00.x",
		"24:00:00",
		"12:60:00",
		"12:00:61",
		"012:00:00",
		"12:000:00",
		"12:00:00Z",
		"12:00:00 ",
		"a:b:c",
		"12::00",
		"12:00:00x",
		"2023",
		"2023-",
		"2023-01",
		"2023-01-01",
		"2023-01-01T",
		"2023-01-01T00:00",
		"2023-01-01X00:00:00",
		"2023-13-01T00:00:00",
		"2023-00-01T00:00:00",
		"2023-01-00T00:00:00",
		"2023-01-32T00:00:00",
		"2023-02-29T00:00:00Z",
		"2023-02-30T00:00:00",
		"2023-04-31T00:00:00",
		"2023-01-01T24:00:00",
		"2023-01-01T00:00:00z",
		"2023-01-01T00:00:00ZZ",
		"2023-01-01T00:00:00+01:00",
		"2023-01-01T00:00:00.",
		"02023-01-01T00:00:00",
		"23-01-01T00:00:00",
		"1969-12-31T23:59:59Z",
		"2555-01-01T00:00:00Z",
		"9999-12-31T23:59:59Z",
	};
	char longest[600];
	size_t i;

	zone("UTC");
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i], "2023"))
			refused(texts[i]);
	memset(longest, '9', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	refused(longest);
}

/* ---- where an event lies ---- */

static struct range range;

/* NULL = no bound. */
static void between(const char *from, const char *to)
{
	memset(&range, 0, sizeof(range));
	if (from)
		CHECK_INT(range_parse(from, &range.from, NULL), 0);
	if (to)
		CHECK_INT(range_parse(to, &range.to, NULL), 0);
}

static enum range_place at_flags(uint64_t num, uint64_t ts_ns, uint32_t flags)
{
	struct eyas_event event = { .num = num, .ts_ns = ts_ns, .flags = flags };

	return range_place(&range, &event);
}

static enum range_place at(uint64_t num, uint64_t ts_ns)
{
	return at_flags(num, ts_ns, 0);
}

TEST(no_bounds)
{
	between(NULL, NULL);
	CHECK_INT(at(1, 0), RANGE_INSIDE);
	CHECK_INT(at(2, 5 * S), RANGE_INSIDE);
	CHECK_INT(at(3, UINT64_MAX), RANGE_INSIDE);
}

TEST(both_ends_belong_to_numbers)
{
	between("3", "5");
	CHECK_INT(at(1, S), RANGE_BEFORE);
	CHECK_INT(at(2, S), RANGE_BEFORE);
	CHECK_INT(at(3, S), RANGE_INSIDE);
	CHECK_INT(at(5, 1), RANGE_INSIDE);
	CHECK_INT(at(6, S), RANGE_BEHIND);
	between("4", "4");
	CHECK_INT(at(3, S), RANGE_BEFORE);
	CHECK_INT(at(4, S), RANGE_INSIDE);
	CHECK_INT(at(5, S), RANGE_BEHIND);
	/* Nothing lies in a range that ends before it begins. */
	between("5", "3");
	CHECK_INT(at(4, S), RANGE_BEFORE);
	CHECK_INT(at(5, S), RANGE_BEHIND);
}

/* Numbers mean something without any time, as in captures of plugins that know none. */
TEST(numbers_of_events_without_a_time)
{
	between("2", "3");
	CHECK_INT(at(1, 0), RANGE_BEFORE);
	CHECK_INT(at(2, 0), RANGE_INSIDE);
	CHECK_INT(at(3, 0), RANGE_INSIDE);
	CHECK_INT(at(4, 0), RANGE_BEHIND);
}

TEST(both_ends_belong_to_times)
{
	between("@100", "@200.5");
	CHECK_INT(at(1, 100 * S - 1), RANGE_BEFORE);
	CHECK_INT(at(2, 100 * S), RANGE_INSIDE);
	CHECK_INT(at(3, 200 * S + S / 2), RANGE_INSIDE);
	CHECK_INT(at(4, 200 * S + S / 2 + 1), RANGE_BEHIND);
	/* Times may step back. */
	CHECK_INT(at(5, 150 * S), RANGE_INSIDE);
	CHECK_INT(at(6, 50 * S), RANGE_BEFORE);
}

TEST(after_the_first_event)
{
	between("+1", "+2.5");
	CHECK_INT(at(1, 1000 * S), RANGE_BEFORE);
	CHECK_INT(at(2, 1001 * S - 1), RANGE_BEFORE);
	CHECK_INT(at(3, 1001 * S), RANGE_INSIDE);
	CHECK_INT(at(4, 1002 * S + S / 2), RANGE_INSIDE);
	CHECK_INT(at(5, 1002 * S + S / 2 + 1), RANGE_BEHIND);
	between("+0", "+0");
	CHECK_INT(at(1, 7), RANGE_INSIDE);
	CHECK_INT(at(2, 8), RANGE_BEHIND);
	/* Beyond the end of time, not around it. */
	between("+18446744072", NULL);
	CHECK_INT(at(1, 1700000000 * S), RANGE_BEFORE);
	CHECK_INT(at(2, 1800000000 * S), RANGE_BEFORE);
	between(NULL, "+18446744072");
	CHECK_INT(at(1, 1700000000 * S), RANGE_INSIDE);
	CHECK_INT(at(2, 1800000000 * S), RANGE_INSIDE);
}

/* State in front has no time, or one of its own: it does not settle what "first" is. */
TEST(before_the_first_timed_event)
{
	between("+1", "+2");
	CHECK_INT(at_flags(1, 5 * S, EYAS_EVENT_HIDDEN), RANGE_BEFORE);
	CHECK_INT(at(2, 0), RANGE_BEFORE);
	CHECK(!range.resolved);
	CHECK_INT(at(3, 1000 * S), RANGE_BEFORE);
	CHECK(range.resolved);
	CHECK_INT(at(4, 1001 * S), RANGE_INSIDE);
	CHECK_INT(at(5, 1003 * S), RANGE_BEHIND);
	between(NULL, "+2");
	CHECK_INT(at_flags(1, 5 * S, EYAS_EVENT_HIDDEN), RANGE_INSIDE);
	CHECK_INT(at(2, 0), RANGE_INSIDE);
	CHECK_INT(at(3, 1000 * S), RANGE_INSIDE);
	CHECK_INT(at(4, 1003 * S), RANGE_BEHIND);
}

TEST(time_of_day_is_local)
{
	/* 2023-11-14T22:13:20Z. */
	zone("UTC");
	between("22:13:20", "22:13:21");
	CHECK_INT(at(1, 1700000000 * S), RANGE_INSIDE);
	CHECK_INT(at(2, 1700000001 * S), RANGE_INSIDE);
	CHECK_INT(at(3, 1700000001 * S + 1), RANGE_BEHIND);
	zone("XXX-05:30");
	between("03:43:20", "03:43:21");
	CHECK_INT(at(1, 1700000000 * S), RANGE_INSIDE);
	CHECK_INT(at(3, 1700000001 * S + 1), RANGE_BEHIND);
	zone("XXX+8");
	between("14:13:20.000000001", NULL);
	CHECK_INT(at(1, 1700000000 * S), RANGE_BEFORE);
	CHECK_INT(at(2, 1700000000 * S + 1), RANGE_INSIDE);
	/* It stays the day of the first event. */
	between(NULL, "23:59:59");
	CHECK_INT(at(1, 1700000000 * S), RANGE_INSIDE);
	CHECK_INT(at(2, (1700000000 + 86400) * S), RANGE_BEHIND);
}

/* 2023-10-29 in Europe has 25 hours: ten o'clock is eleven hours after midnight. */
TEST(time_of_day_when_clocks_change)
{
	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	between("10:00:00", NULL);
	CHECK_INT(at(1, 1698530400 * S), RANGE_BEFORE); /* midnight */
	CHECK_INT(at(2, 1698569999 * S), RANGE_BEFORE);
	CHECK_INT(at(3, 1698570000 * S), RANGE_INSIDE); /* 09:00 UTC */
}
