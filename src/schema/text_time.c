/* SPDX-License-Identifier: Apache-2.0 */
/* Instants and durations as text, without the locale of strftime and printf. */
#include "schema/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)

/* "YYYY-MM-DD HH:MM:"; years of five digits do not occur: 2^64 ns end in 2554. */
#define MINUTE_TEXT 17
#define MINUTE_SLOTS 16

/* The local text of a minute since the epoch. Invariant: minute 0 = the slot is empty. */
struct minute {
	uint64_t minute;
	char text[MINUTE_TEXT];
};

static char *put_2(char *to, unsigned value)
{
	*to++ = (char)('0' + value / 10 % 10);
	*to++ = (char)('0' + value % 10);
	return to;
}

static void local_minute(char text[MINUTE_TEXT], const struct tm *tm)
{
	unsigned year = (unsigned)tm->tm_year + 1900;

	text = put_2(put_2(text, year / 100), year % 100);
	*text++ = '-';
	text = put_2(text, (unsigned)tm->tm_mon + 1);
	*text++ = '-';
	text = put_2(text, (unsigned)tm->tm_mday);
	*text++ = ' ';
	text = put_2(text, (unsigned)tm->tm_hour);
	*text++ = ':';
	text = put_2(text, (unsigned)tm->tm_min);
	*text = ':';
}

/*
 * The text of the local minute and second. localtime_r() takes a lock all threads share and
 * searches the zone's rules, so the text of a minute is kept: since 1972 no zone differs from
 * UTC by a fraction of a minute or changes within one. What is kept follows from its key alone
 * (and from TZ as it was when the minute was first seen), hence it may live in the thread
 * although nothing else here has memory.
 */
static unsigned local_time(uint64_t sec, char text[MINUTE_TEXT])
{
	static _Thread_local struct minute slots[MINUTE_SLOTS];
	struct minute *slot = &slots[sec / 60 % MINUTE_SLOTS];
	time_t when = (time_t)sec;
	struct tm tm;

	if (slot->minute && slot->minute == sec / 60) {
		memcpy(text, slot->text, MINUTE_TEXT);
		return (unsigned)(sec % 60);
	}
	localtime_r(&when, &tm);
	local_minute(text, &tm);
	if ((unsigned)tm.tm_sec == sec % 60 && sec >= 2 * 366 * 86400) {
		slot->minute = sec / 60;
		memcpy(slot->text, text, MINUTE_TEXT);
	}
	return (unsigned)tm.tm_sec;
}

void eyas_text_abstime(struct eyas_str *str, uint64_t ns)
{
	char *to = eyas_str_reserve(str, MINUTE_TEXT + 12);
	uint32_t fraction = (uint32_t)(ns % NS_PER_S);
	unsigned i;

	if (!to)
		return;
	put_2(to + MINUTE_TEXT, local_time(ns / NS_PER_S, to));
	to[MINUTE_TEXT + 2] = '.';
	for (i = 9; i > 0; i--) {
		to[MINUTE_TEXT + 2 + i] = (char)('0' + fraction % 10);
		fraction /= 10;
	}
	str->len += MINUTE_TEXT + 12;
}

void eyas_text_utc(struct eyas_str *str, uint64_t ns)
{
	time_t when = (time_t)(ns / NS_PER_S);
	char text[MINUTE_TEXT];
	struct tm tm = { 0 };

	gmtime_r(&when, &tm);
	local_minute(text, &tm);
	text[10] = 'T';
	eyas_str_add(str, text, MINUTE_TEXT);
	eyas_str_u64_pad(str, (uint64_t)tm.tm_sec, 2);
	eyas_str_putc(str, '.');
	eyas_str_u64_pad(str, ns % NS_PER_S, 9);
	eyas_str_putc(str, 'Z');
}

void eyas_text_utc_member(struct eyas_json *json, const char *key, uint64_t ns)
{
	struct eyas_str text = EYAS_STR_INIT;

	eyas_text_utc(&text, ns);
	eyas_json_key(json, key);
	eyas_json_str(json, text.len ? text.data : "", text.len);
	json->out->nomem |= text.nomem;
	eyas_str_fini(&text);
}

/*
 * Cut ns to its leading digits, rounded as printf rounds ns / 1e9. That quotient is not exact:
 * where the digits cut off are half a unit, or as near to it as a double can be off, only
 * printf knows the side. Its digits are compared and nothing else, for the locale chooses the
 * decimal point.
 */
static uint64_t round_digits(uint64_t ns, uint64_t unit)
{
	uint64_t head = ns / unit, twice = 2 * (ns % unit), digits = 0;
	uint64_t off = twice > unit ? twice - unit : unit - twice;
	char text[32], *at;

	if (unit == 1)
		return head;
	if (off > ns >> 50)
		return head + (twice > unit);
	snprintf(text, sizeof(text), "%.5e", (double)ns / 1e9);
	for (at = text; *at != 'e' && *at; at++)
		if (*at >= '0' && *at <= '9')
			digits = 10 * digits + (uint64_t)(*at - '0');
	/* 999999 and a half becomes 1.00000 and counts as rounded up, too. */
	return head + (digits != head);
}

void eyas_text_seconds(struct eyas_str *str, uint64_t ns)
{
	char digits[8], *to = eyas_str_reserve(str, 32);
	uint64_t head = ns, unit = 1;
	int power = -9, ndigits = 0, point, i;

	if (!to)
		return;
	if (!ns) {
		memcpy(to, "0s", 2);
		str->len += 2;
		return;
	}
	/* head * 10^power seconds, of six digits at most, without zeros at the end. */
	while (ns / unit >= 1000000) {
		unit *= 10;
		power++;
	}
	head = round_digits(ns, unit);
	while (head % 10 == 0) {
		head /= 10;
		power++;
	}
	for (; head; head /= 10)
		digits[ndigits++] = (char)('0' + head % 10);
	/* Digits stand in reverse; point of them lie before the decimal point. */
	point = ndigits + power;
	if (point > 6 || point < -3) {
		*to++ = digits[--ndigits];
		if (ndigits)
			*to++ = '.';
		while (ndigits)
			*to++ = digits[--ndigits];
		*to++ = 'e';
		*to++ = point > 0 ? '+' : '-';
		to = put_2(to, (unsigned)(point > 0 ? point - 1 : 1 - point));
	} else {
		if (point <= 0) {
			*to++ = '0';
			*to++ = '.';
			for (i = point; i < 0; i++)
				*to++ = '0';
		}
		while (ndigits) {
			*to++ = digits[--ndigits];
			if (--point == 0 && ndigits)
				*to++ = '.';
		}
		for (; point > 0; point--)
			*to++ = '0';
	}
	*to++ = 's';
	str->len = (size_t)(to - str->data);
}
