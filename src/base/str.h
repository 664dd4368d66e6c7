/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte string: what text and encoded blocks are built in. Out of memory sticks in
 * nomem and later appends do nothing, so that a caller checks once, at the end.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <eyas/err.h>

/* Invariant: len <= cap; data is NULL only while cap is 0. Not NUL-terminated. */
struct eyas_str {
	char *data;
	size_t len, cap;
	bool nomem;
};

#define EYAS_STR_INIT \
	{ \
		NULL, 0, 0, false \
	}

void eyas_str_fini(struct eyas_str *str);

/* Make room for more than size bytes; false when there is no memory. The slow path. */
bool eyas_str_grow(struct eyas_str *str, size_t size);

/*
 * Room for size more bytes; the caller writes there and adds to len. NULL when out of memory.
 * A byte more than is asked for is kept, so that the empty string has memory, too.
 */
static inline char *eyas_str_reserve(struct eyas_str *str, size_t size)
{
	if (str->cap - str->len <= size && !eyas_str_grow(str, size))
		return NULL;
	return str->data + str->len;
}

static inline void eyas_str_add(struct eyas_str *str, const void *data, size_t size)
{
	char *to = eyas_str_reserve(str, size);

	if (to && size) {
		memcpy(to, data, size);
		str->len += size;
	}
}

static inline void eyas_str_puts(struct eyas_str *str, const char *text)
{
	eyas_str_add(str, text, strlen(text));
}

static inline void eyas_str_putc(struct eyas_str *str, char c)
{
	char *to = eyas_str_reserve(str, 1);

	if (to) {
		*to = c;
		str->len++;
	}
}

/* size zero bytes. */
void eyas_str_zero(struct eyas_str *str, size_t size);
void eyas_str_printf(struct eyas_str *str, const char *fmt, ...) EYAS_PRINTF(2, 3);

/* Numbers, without the cost of printf: decimal, signed decimal, hexadecimal, octal. */
void eyas_str_u64(struct eyas_str *str, uint64_t value);
void eyas_str_i64(struct eyas_str *str, int64_t value);
void eyas_str_hex(struct eyas_str *str, uint64_t value, bool upper);
void eyas_str_oct(struct eyas_str *str, uint64_t value);
/* At least width digits, filled with zeros. */
void eyas_str_u64_pad(struct eyas_str *str, uint64_t value, unsigned width);

/*
 * Foreign text made safe for a terminal: control bytes become \n, \t, \r or \xHH, and so do
 * bytes that are not valid UTF-8 and characters that eyas_utf8_harmful() knows. What is safe
 * stays as it is, backslashes too.
 */
void eyas_str_safe(struct eyas_str *str, const char *text, size_t len);

/*
 * Words in lines of at most width characters, behind indent blanks all but the first line, which
 * the caller has begun. Blanks and newlines part words; the text is made safe. No newline at the
 * end.
 */
void eyas_str_wrap(struct eyas_str *str, const char *text, unsigned indent, unsigned width);

/* Printable ASCII as it is, every other byte as a dot: how buffers are shown. */
void eyas_str_dots(struct eyas_str *str, const void *data, size_t len);

/* Two lower-case hexadecimal digits for each byte. */
void eyas_str_hexdump(struct eyas_str *str, const void *data, size_t len);

/* Length of the valid UTF-8 sequence at text (1 to 4), 0 if there is none. */
unsigned eyas_utf8_len(const char *text, size_t len);

/* How many characters a text has: bytes that do not go on with one. */
size_t eyas_utf8_count(const char *text, size_t len);

/*
 * Is the character of n bytes, n more than 1, one that a terminal obeys (C1 controls), that
 * breaks a line, or that turns the order of what is shown around?
 */
bool eyas_utf8_harmful(const char *text, unsigned n);

#endif
