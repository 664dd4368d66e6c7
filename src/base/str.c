/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte string and the ways to put numbers and foreign text into it. */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void eyas_str_fini(struct eyas_str *str)
{
	free(str->data);
	*str = (struct eyas_str)EYAS_STR_INIT;
}

bool eyas_str_grow(struct eyas_str *str, size_t size)
{
	size_t cap = str->cap ? str->cap : 256;
	char *data;

	if (str->nomem)
		return false;
	if (size > SIZE_MAX / 4 - str->len)
		goto nomem;
	while (cap - str->len <= size)
		cap *= 2;
	data = realloc(str->data, cap);
	if (!data)
		goto nomem;
	str->data = data;
	str->cap = cap;
	return true;
nomem:
	str->nomem = true;
	return false;
}

void eyas_str_zero(struct eyas_str *str, size_t size)
{
	char *to = eyas_str_reserve(str, size);

	if (to && size) {
		memset(to, 0, size);
		str->len += size;
	}
}

void eyas_str_printf(struct eyas_str *str, const char *fmt, ...)
{
	char *to = eyas_str_reserve(str, 128);
	va_list ap;
	int n;

	if (!to)
		return;
	va_start(ap, fmt);
	n = vsnprintf(to, str->cap - str->len, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= str->cap - str->len) {
		to = eyas_str_reserve(str, (size_t)n + 1);
		if (!to)
			return;
		va_start(ap, fmt);
		vsnprintf(to, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	str->len += (size_t)n;
}

/* Two digits at a time; writes backwards from end, returns the first digit. */
static char *digits_back(char *end, uint64_t value)
{
	static const char pairs[] = "0001020304050607080910111213141516171819"
				    "2021222324252627282930313233343536373839"
				    "4041424344454647484950515253545556575859"
				    "6061626364656667686970717273747576777879"
				    "8081828384858687888990919293949596979899";

	while (value >= 100) {
		end -= 2;
		memcpy(end, pairs + 2 * (value % 100), 2);
		value /= 100;
	}
	if (value >= 10) {
		end -= 2;
		memcpy(end, pairs + 2 * value, 2);
	} else {
		*--end = (char)('0' + value);
	}
	return end;
}

void eyas_str_u64(struct eyas_str *str, uint64_t value)
{
	char buf[20], *first = digits_back(buf + sizeof(buf), value);

	eyas_str_add(str, first, (size_t)(buf + sizeof(buf) - first));
}

void eyas_str_i64(struct eyas_str *str, int64_t value)
{
	uint64_t magnitude = (uint64_t)value;

	if (value < 0) {
		eyas_str_putc(str, '-');
		magnitude = 0 - magnitude;
	}
	eyas_str_u64(str, magnitude);
}

void eyas_str_u64_pad(struct eyas_str *str, uint64_t value, unsigned width)
{
	char buf[20], *first = digits_back(buf + sizeof(buf), value);

	while (first > buf && (size_t)(buf + sizeof(buf) - first) < width)
		*--first = '0';
	eyas_str_add(str, first, (size_t)(buf + sizeof(buf) - first));
}

static void put_base(struct eyas_str *str, uint64_t value, unsigned shift, const char *digits)
{
	char buf[22], *first = buf + sizeof(buf);

	do {
		*--first = digits[value & ((1U << shift) - 1)];
		value >>= shift;
	} while (value);
	eyas_str_add(str, first, (size_t)(buf + sizeof(buf) - first));
}

void eyas_str_hex(struct eyas_str *str, uint64_t value, bool upper)
{
	put_base(str, value, 4, upper ? "0123456789ABCDEF" : "0123456789abcdef");
}

void eyas_str_oct(struct eyas_str *str, uint64_t value)
{
	put_base(str, value, 3, "01234567");
}

unsigned eyas_utf8_len(const char *text, size_t len)
{
	const unsigned char *b = (const unsigned char *)text;
	unsigned n, i;

	if (!len)
		return 0;
	if (b[0] < 0x80)
		return 1;
	if (b[0] < 0xc2 || b[0] > 0xf4)
		return 0;
	n = b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3 : 4;
	if (len < n)
		return 0;
	for (i = 1; i < n; i++)
		if ((b[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, and what lies above U+10FFFF. */
	if ((b[0] == 0xe0 && b[1] < 0xa0) || (b[0] == 0xed && b[1] > 0x9f) ||
	    (b[0] == 0xf0 && b[1] < 0x90) || (b[0] == 0xf4 && b[1] > 0x8f))
		return 0;
	return n;
}

size_t eyas_utf8_count(const char *text, size_t len)
{
	size_t i, count = 0;

	for (i = 0; i < len; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

bool eyas_utf8_harmful(const char *text, unsigned n)
{
	const unsigned char *b = (const unsigned char *)text;

	if (n == 2)
		return b[0] == 0xc2 && b[1] < 0xa0;
	/* U+2028 to U+202E, U+2066 to U+2069. */
	return n == 3 && b[0] == 0xe2 &&
	       ((b[1] == 0x80 && b[2] >= 0xa8 && b[2] <= 0xae) ||
		(b[1] == 0x81 && b[2] >= 0xa6 && b[2] <= 0xa9));
}

static void put_escape(struct eyas_str *str, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char esc[4] = { '\\', 'x', hex[c >> 4], hex[c & 15] };

	switch (c) {
	case '\n':
		eyas_str_add(str, "\\n", 2);
		break;
	case '\r':
		eyas_str_add(str, "\\r", 2);
		break;
	case '\t':
		eyas_str_add(str, "\\t", 2);
		break;
	default:
		eyas_str_add(str, esc, 4);
		break;
	}
}

void eyas_str_safe(struct eyas_str *str, const char *text, size_t len)
{
	size_t i = 0, plain, end;
	unsigned n;

	while (i < len) {
		for (plain = i; plain < len; plain++)
			if ((unsigned char)text[plain] < 0x20 || (unsigned char)text[plain] > 0x7e)
				break;
		eyas_str_add(str, text + i, plain - i);
		i = plain;
		if (i == len)
			break;
		n = eyas_utf8_len(text + i, len - i);
		/* One byte: a control byte or DEL; 0: no character. */
		if (n > 1 && !eyas_utf8_harmful(text + i, n)) {
			eyas_str_add(str, text + i, n);
			i += n;
			continue;
		}
		for (end = i + (n ? n : 1); i < end; i++)
			put_escape(str, (unsigned char)text[i]);
	}
}

void eyas_str_wrap(struct eyas_str *str, const char *text, unsigned indent, unsigned width)
{
	size_t column = indent, len;
	const char *end;

	while (*text) {
		text += strspn(text, " \t\r\n");
		end = text + strcspn(text, " \t\r\n");
		len = eyas_utf8_count(text, (size_t)(end - text));
		if (len && column > indent && column + 1 + len > width) {
			eyas_str_printf(str, "\n%*s", (int)indent, "");
			column = indent;
		} else if (len && column > indent) {
			eyas_str_putc(str, ' ');
			column++;
		}
		eyas_str_safe(str, text, (size_t)(end - text));
		column += len;
		text = end;
	}
}

void eyas_str_dots(struct eyas_str *str, const void *data, size_t len)
{
	const unsigned char *from = data;
	char *to = eyas_str_reserve(str, len);
	size_t i;

	if (!to)
		return;
	for (i = 0; i < len; i++)
		to[i] = from[i] < 0x20 || from[i] > 0x7e ? '.' : (char)from[i];
	str->len += len;
}

void eyas_str_hexdump(struct eyas_str *str, const void *data, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *from = data;
	char *to = eyas_str_reserve(str, 2 * len);
	size_t i;

	if (!to)
		return;
	for (i = 0; i < len; i++) {
		*to++ = hex[from[i] >> 4];
		*to++ = hex[from[i] & 15];
	}
	str->len += 2 * len;
}
