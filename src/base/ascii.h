/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kinds of ASCII characters. Not those of <ctype.h>, which depend on the locale and take no
 * negative char.
 */
#ifndef BASE_ASCII_H
#define BASE_ASCII_H

#include <stdbool.h>

static inline bool eyas_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool eyas_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Blanks, tabs, and what ends a line or a page. */
static inline bool eyas_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline char eyas_lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* The value of a hexadecimal digit, -1 if it is none. */
static inline int eyas_hex_value(char c)
{
	if (eyas_is_digit(c))
		return c - '0';
	c = eyas_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
