/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds of a range in the forms people write them. */
#include "session/range.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"

#define NS_PER_S UINT64_C(1000000000)

/* Digits, at most max of them; false if there are none or the number is above limit. */
static bool take_number(const char **text, unsigned max, uint64_t limit, uint64_t *ret)
{
	uint64_t value = 0;
	unsigned n = 0;

	for (; isdigit((unsigned char)**text) && n < max; n++, (*text)++) {
		if (value > (UINT64_MAX - 9) / 10)
			return false;
		value = value * 10 + (uint64_t)(**text - '0');
	}
	*ret = value;
	return n && value <= limit;
}

/* An optional ".digits", in nanoseconds; digits past the ninth do not count. */
static bool take_fraction(const char **text, uint64_t *ret_ns)
{
	uint64_t scale = NS_PER_S / 10;

	*ret_ns = 0;
	if (**text != '.')
		return true;
	(*text)++;
	if (!isdigit((unsigned char)**text))
		return false;
	for (; isdigit((unsigned char)**text); (*text)++, scale /= 10)
		*ret_ns += (uint64_t)(**text - '0') * scale;
	return true;
}

static bool take_char(const char **text, char c)
{
	if (**text != c)
		return false;
	(*text)++;
	return true;
}

/* "HH:MM:SS[.frac]" */
static bool take_time_of_day(const char **text, struct tm *tm, uint64_t *ret_ns)
{
	uint64_t hour, min, sec;

	if (!take_number(text, 2, 23, &hour) || !take_char(text, ':') ||
	    !take_number(text, 2, 59, &min) || !take_char(text, ':') ||
	    !take_number(text, 2, 60, &sec))
		return false;
	tm->tm_hour = (int)hour;
	tm->tm_min = (int)min;
	tm->tm_sec = (int)sec;
	return take_fraction(text, ret_ns);
}

/* "YYYY-MM-DDTHH:MM:SS[.frac][Z]", local time without the Z. */
static bool take_date_time(const char **text, uint64_t *ret_ns)
{
	struct tm tm = { .tm_isdst = -1 };
	struct tm noon = { .tm_hour = 12 };
	uint64_t year, month, day, ns;
	time_t seconds;

	if (!take_number(text, 4, 9999, &year) || !take_char(text, '-') ||
	    !take_number(text, 2, 12, &month) || !take_char(text, '-') ||
	    !take_number(text, 2, 31, &day))
		return false;
	if (!take_char(text, 'T') && !take_char(text, ' '))
		return false;
	tm.tm_year = (int)year - 1900;
	tm.tm_mon = (int)month - 1;
	tm.tm_mday = (int)day;
	/* A day that the calendar lacks comes back as another one. */
	noon.tm_year = tm.tm_year;
	noon.tm_mon = tm.tm_mon;
	noon.tm_mday = tm.tm_mday;
	timegm(&noon);
	if (noon.tm_mon != tm.tm_mon || noon.tm_mday != tm.tm_mday)
		return false;
	if (!take_time_of_day(text, &tm, &ns))
		return false;
	seconds = take_char(text, 'Z') ? timegm(&tm) : mktime(&tm);
	if (seconds < 0 || (uint64_t)seconds >= UINT64_MAX / NS_PER_S)
		return false;
	*ret_ns = (uint64_t)seconds * NS_PER_S + ns;
	return true;
}

static bool take_seconds(const char **text, uint64_t *ret_ns)
{
	uint64_t seconds, ns;

	if (!take_number(text, 20, UINT64_MAX / NS_PER_S - 1, &seconds) ||
	    !take_fraction(text, &ns))
		return false;
	*ret_ns = seconds * NS_PER_S + ns;
	return true;
}

int range_parse(const char *text, struct range_bound *ret_bound, struct eyas_err *reterr)
{
	struct range_bound bound = { RANGE_NONE, 0 };
	const char *p = text;
	struct tm tm = { 0 };
	uint64_t ns;
	bool ok;

	if (*p == '@' || *p == '+') {
		bound.kind = *p++ == '@' ? RANGE_TIME : RANGE_AFTER;
		ok = take_seconds(&p, &bound.value);
	} else if (strchr(p, '-')) {
		bound.kind = RANGE_TIME;
		ok = take_date_time(&p, &bound.value);
	} else if (strchr(p, ':')) {
		bound.kind = RANGE_TIME_OF_DAY;
		ok = take_time_of_day(&p, &tm, &ns);
		bound.value =
			(uint64_t)(tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec) * NS_PER_S + ns;
	} else {
		bound.kind = RANGE_NUM;
		ok = take_number(&p, 20, UINT64_MAX, &bound.value);
	}
	if (!ok || *p)
		return eyas_err_set(reterr, -EINVAL,
				    "'%.100s' is no place in a capture; expected an event number, "
				    "HH:MM:SS, YYYY-MM-DDTHH:MM:SS, @SECONDS or +SECONDS",
				    text);
	*ret_bound = bound;
	return 0;
}

/*
 * When local clocks show a time of day on the day an instant lies in, as ns since the epoch.
 * Not midnight plus that time: days on which clocks change have 23 or 25 hours.
 */
static uint64_t on_day_of(uint64_t ts_ns, uint64_t of_day_ns)
{
	time_t t = (time_t)(ts_ns / NS_PER_S);
	struct tm tm = { 0 };

	localtime_r(&t, &tm);
	tm.tm_hour = (int)(of_day_ns / NS_PER_S / 3600);
	tm.tm_min = (int)(of_day_ns / NS_PER_S / 60 % 60);
	tm.tm_sec = (int)(of_day_ns / NS_PER_S % 60);
	tm.tm_isdst = -1;
	t = mktime(&tm);
	return t < 0 ? 0 : (uint64_t)t * NS_PER_S + of_day_ns % NS_PER_S;
}

static void resolve(struct range_bound *bound, uint64_t first_ns)
{
	uint64_t at = first_ns + bound->value;

	if (bound->kind == RANGE_AFTER)
		*bound = (struct range_bound){ RANGE_TIME, at < first_ns ? UINT64_MAX : at };
	else if (bound->kind == RANGE_TIME_OF_DAY)
		*bound = (struct range_bound){ RANGE_TIME, on_day_of(first_ns, bound->value) };
}

/* Is a bound comparable with events yet? Numbers always are. */
static bool is_settled(const struct range *range, const struct range_bound *bound)
{
	return range->resolved || bound->kind == RANGE_NUM;
}

enum range_place range_place(struct range *range, const struct eyas_event *event)
{
	uint64_t at;

	/* State that a tool wrote in front may have no time or one of its own. */
	if (!range->resolved && event->ts_ns && !(event->flags & EYAS_EVENT_HIDDEN)) {
		resolve(&range->from, event->ts_ns);
		resolve(&range->to, event->ts_ns);
		range->resolved = true;
	}
	if (range->from.kind != RANGE_NONE) {
		at = range->from.kind == RANGE_NUM ? event->num : event->ts_ns;
		if (at < range->from.value || !is_settled(range, &range->from))
			return RANGE_BEFORE;
	}
	if (range->to.kind != RANGE_NONE && is_settled(range, &range->to)) {
		at = range->to.kind == RANGE_NUM ? event->num : event->ts_ns;
		if (at > range->to.value)
			return RANGE_BEHIND;
	}
	return RANGE_INSIDE;
}
