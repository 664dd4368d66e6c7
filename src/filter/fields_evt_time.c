/* SPDX-License-Identifier: Apache-2.0 */
/* When: the time of an event in every form its fields have. */
#include "filter/fields_evt.h"

#include <time.h>

#include "schema/text.h"

static uint64_t part_of(uint64_t ns, enum time_part part)
{
	switch (part) {
	case TIME_NS:
		return ns;
	case TIME_S:
		return ns / NS_PER_S;
	case TIME_NS_OF_S:
		return ns % NS_PER_S;
	}
	return ns;
}

/* Since the first event; events of another CPU may lie before it and count as that moment. */
static uint64_t since_first(const struct field_eval *eval)
{
	uint64_t first = eyas_state_first_ts_ns(eval->context->state);
	uint64_t now = eval->context->event->ts_ns;

	return now > first ? now - first : 0;
}

/* Since the event for which this mention was evaluated last; 0 at first and for what is older. */
static uint64_t since_last(uint64_t *last, uint64_t now)
{
	uint64_t delta = *last && now > *last ? now - *last : 0;

	*last = now;
	return delta;
}

FIELD_GETTER(eyas_evt_get_rawtime)
{
	return field_num(ref, part_of(eval->context->event->ts_ns, ref->info->tag), ret);
}

FIELD_GETTER(eyas_evt_get_reltime)
{
	return field_num(ref, part_of(since_first(eval), ref->info->tag), ret);
}

FIELD_GETTER(eyas_evt_get_deltatime)
{
	uint64_t delta = since_last(&ref->own.u64[0], eval->context->event->ts_ns);

	return field_num(ref, part_of(delta, ref->info->tag), ret);
}

/* How far from the instant that is its argument, in ms and upwards: compared with <= by "=". */
FIELD_GETTER(eyas_evt_get_around)
{
	uint64_t from = (uint64_t)ref->arg_index, to = eval->context->event->ts_ns;
	uint64_t ns = from < to ? to - from : from - to;

	return field_num(ref, ns / NS_PER_MS + (ns % NS_PER_MS != 0), ret);
}

FIELD_GETTER(eyas_evt_get_local_time)
{
	/* Parts of "2026-11-20 14:28:34.020000000". */
	static const struct {
		uint8_t from, len;
	} parts[] = {
		[TIME_OF_DAY] = { 11, 18 },
		[TIME_OF_DAY_S] = { 11, 8 },
		[TIME_DATE] = { 0, 29 },
		[TIME_DATE_S] = { 0, 19 },
	};

	ref->own.u64[0] = eval->context->event->ts_ns;
	eyas_text_abstime(field_begin(eval), eval->context->event->ts_ns);
	return eyas_field_slice(eval, ref, parts[ref->info->tag].from, parts[ref->info->tag].len,
				ret);
}

/* In UTC, without the name of the zone: "2026-01-02T03:04:05.000000006". */
static void put_iso8601(struct eyas_str *out, uint64_t ns)
{
	time_t seconds = (time_t)(ns / NS_PER_S);
	struct tm tm = { 0 };

	gmtime_r(&seconds, &tm);
	eyas_str_u64(out, (uint64_t)tm.tm_year + 1900);
	eyas_str_putc(out, '-');
	eyas_str_u64_pad(out, (uint64_t)tm.tm_mon + 1, 2);
	eyas_str_putc(out, '-');
	eyas_str_u64_pad(out, (uint64_t)tm.tm_mday, 2);
	eyas_str_putc(out, 'T');
	eyas_str_u64_pad(out, (uint64_t)tm.tm_hour, 2);
	eyas_str_putc(out, ':');
	eyas_str_u64_pad(out, (uint64_t)tm.tm_min, 2);
	eyas_str_putc(out, ':');
	eyas_str_u64_pad(out, (uint64_t)tm.tm_sec, 2);
	eyas_str_putc(out, '.');
	eyas_str_u64_pad(out, ns % NS_PER_S, 9);
}

FIELD_GETTER(eyas_evt_get_iso8601)
{
	struct eyas_str *out = field_begin(eval);

	ref->own.u64[0] = eval->context->event->ts_ns;
	put_iso8601(out, eval->context->event->ts_ns);
	eyas_str_add(out, "+0000", 5);
	return eyas_field_scratch(eval, ref, ret);
}

static void put_seconds(struct eyas_str *out, uint64_t ns)
{
	eyas_str_u64(out, ns / NS_PER_S);
	eyas_str_putc(out, '.');
	eyas_str_u64_pad(out, ns % NS_PER_S, 9);
}

/*
 * As -t of the command, mostly that of the peers: 'd' was the distance to the enter event, which
 * events no longer have.
 */
FIELD_GETTER(eyas_evt_get_outputtime)
{
	uint64_t now = eval->context->event->ts_ns;
	struct eyas_str *out = field_begin(eval);

	switch (eval->opts->outputtime) {
	case 'a':
		/* The nanoseconds are not padded: so the peers print them. */
		eyas_str_u64(out, now / NS_PER_S);
		eyas_str_putc(out, '.');
		eyas_str_u64(out, now % NS_PER_S);
		break;
	case 'r':
		put_seconds(out, since_first(eval));
		break;
	case 'd':
		put_seconds(out, 0);
		break;
	case 'D':
		put_seconds(out, since_last(&ref->own.u64[1], now));
		break;
	case 'i':
		put_iso8601(out, now);
		eyas_str_putc(out, 'Z');
		break;
	default:
		return eyas_evt_get_local_time(eval, ref, ret);
	}
	ref->own.u64[0] = now;
	return eyas_field_scratch(eval, ref, ret);
}
