/* SPDX-License-Identifier: Apache-2.0 */
/* Times of events as text. */
#include "print/clock.h"

#include <time.h>

enum { NS_PER_S = 1000000000 };

void eyas_print_clock_init(struct print_clock *clock, enum eyas_time_format format)
{
	*clock = (struct print_clock){ .format = format };
}

static void put_seconds(uint64_t ns, struct eyas_str *out)
{
	eyas_str_u64(out, ns / NS_PER_S);
	eyas_str_putc(out, '.');
	eyas_str_u64_pad(out, ns % NS_PER_S, 9);
}

/* A distance in time; events of a merge or of another CPU may lie before their neighbour. */
static void put_delta(uint64_t from_ns, uint64_t to_ns, struct eyas_str *out)
{
	if (to_ns < from_ns)
		eyas_str_putc(out, '-');
	put_seconds(to_ns < from_ns ? from_ns - to_ns : to_ns - from_ns, out);
}

static void set_minute(struct print_clock *clock, uint64_t minute)
{
	bool iso = clock->format == EYAS_TIME_ISO;
	time_t t = (time_t)(minute * 60);
	struct tm tm = { 0 };

	if (iso)
		gmtime_r(&t, &tm);
	else
		localtime_r(&t, &tm);
	clock->text_len = (unsigned)strftime(clock->text, sizeof(clock->text),
					     iso ? "%Y-%m-%dT%H:%M:" : "%H:%M:", &tm);
	clock->minute = minute;
	clock->minute_set = true;
}

static void put_calendar(struct print_clock *clock, uint64_t ts_ns, struct eyas_str *out)
{
	uint64_t seconds = ts_ns / NS_PER_S;

	if (!clock->minute_set || clock->minute != seconds / 60)
		set_minute(clock, seconds / 60);
	eyas_str_add(out, clock->text, clock->text_len);
	eyas_str_u64_pad(out, seconds % 60, 2);
	eyas_str_putc(out, '.');
	eyas_str_u64_pad(out, ts_ns % NS_PER_S, 9);
	if (clock->format == EYAS_TIME_ISO)
		eyas_str_putc(out, 'Z');
}

void eyas_print_clock_put(struct print_clock *clock, uint64_t ts_ns, struct eyas_str *out)
{
	if (!clock->first_set) {
		clock->first_set = true;
		clock->first_ns = clock->last_ns = ts_ns;
	}
	switch (clock->format) {
	case EYAS_TIME_HUMAN:
	case EYAS_TIME_ISO:
		put_calendar(clock, ts_ns, out);
		break;
	case EYAS_TIME_ABSOLUTE:
		put_seconds(ts_ns, out);
		break;
	case EYAS_TIME_RELATIVE:
		put_delta(clock->first_ns, ts_ns, out);
		break;
	case EYAS_TIME_DELTA_CALL:
		put_seconds(0, out);
		break;
	case EYAS_TIME_DELTA_EVENT:
		put_delta(clock->last_ns, ts_ns, out);
		break;
	}
	clock->last_ns = ts_ns;
}
