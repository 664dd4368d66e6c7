/* SPDX-License-Identifier: Apache-2.0 */
/* What a field, a transformer or a constant of a filter yields. */
#ifndef FILTER_VALUE_H
#define FILTER_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include <eyas/schema.h>

/*
 * Integers of every size, BOOL, PORT, times and flags are in num, signed ones widened by their
 * sign; DOUBLE is in real; strings, paths, buffers and addresses are data, len bytes without a
 * NUL (an address has 4 or 16, network order); a list has len items. What data and items point
 * to lives until the next event.
 */
struct eyas_value {
	uint8_t type; /* enum eyas_type, of each item if it is a list */
	uint8_t fmt;  /* enum eyas_fmt: how integers are printed */
	bool list;
	uint32_t len;
	union {
		uint64_t num;
		double real;
		const char *data;
		const struct eyas_value *items;
	} u;
};

/* How values of a type are held. */
enum value_class {
	VALUE_NUMBER, /* u.num */
	VALUE_REAL,
	VALUE_BYTES, /* strings and buffers */
	VALUE_ADDR,
	VALUE_OTHER /* of no use in a comparison: SOCKTUPLE, FDLIST, DYN ... */
};
enum value_class eyas_value_class(unsigned type);
/* Signed comparison for numbers of this type? */
bool eyas_value_signed(unsigned type);
/* CHARBUF, FSPATH, FSRELPATH. */
static inline bool eyas_value_is_text(unsigned type)
{
	return type == EYAS_PT_CHARBUF || type == EYAS_PT_FSPATH || type == EYAS_PT_FSRELPATH;
}

static inline struct eyas_value eyas_value_num(unsigned type, uint64_t num)
{
	return (struct eyas_value){ .type = (uint8_t)type, .u.num = num };
}

static inline struct eyas_value eyas_value_text(const char *text, size_t len)
{
	return (struct eyas_value){ .type = EYAS_PT_CHARBUF, .len = (uint32_t)len, .u.data = text };
}

#endif
