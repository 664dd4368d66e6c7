/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text to constant, a function for each way of writing. Where the language says what happens to
 * a number that is too large for its type, that happens (8 and 16 bits: cut); where it does not
 * say, it is an error.
 */
#include "filter/literal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <string.h>

#include "base/ascii.h"
#include "base/err.h"
#include "filter/set.h"
#include "schema/event.h"

/* What one parser needs. */
struct literal {
	const struct ast_value *text;
	unsigned type;
	struct eyas_arena *arena;
	struct eyas_err *err;
};

/* Names of services are looked up in a buffer of this size; more aliases than fit are an error. */
enum { SERVICE_BYTES = 4096, SHOWN_MAX = 80 };

static int refuse(const struct literal *lit, const char *what)
{
	const struct ast_value *text = lit->text;
	int shown = text->len > SHOWN_MAX ? SHOWN_MAX : (int)text->len;

	return eyas_ast_fail(lit->err, EYAS_E_USAGE, &text->pos, "'%.*s' is not %s", shown,
			     text->text, what);
}

static int no_memory(const struct literal *lit)
{
	return eyas_err_set(lit->err, -ENOMEM, "out of memory");
}

/* ---- numbers ---- */

/* A number with a sign, as scanf() reads it: blanks in front are skipped. */
struct number {
	uint64_t size;
	bool negative;
};

/* One that is too large for 64 bits is UINT64_MAX, negative: it fits no type. */
static bool read_number(const struct ast_value *text, struct number *ret)
{
	const char *at = text->text, *end = at + text->len;
	bool too_large = false;
	uint64_t size = 0;

	while (at < end && eyas_is_space(*at))
		at++;
	ret->negative = at < end && *at == '-';
	if (at < end && (*at == '-' || *at == '+'))
		at++;
	if (at == end)
		return false;
	for (; at < end; at++) {
		if (!eyas_is_digit(*at))
			return false;
		if (__builtin_mul_overflow(size, 10, &size) ||
		    __builtin_add_overflow(size, (uint64_t)(*at - '0'), &size))
			too_large = true;
	}
	ret->size = too_large ? UINT64_MAX : size;
	ret->negative |= too_large;
	return true;
}

/*
 * Does it fit bits? 8 and 16 take every number and keep the low bits. Unsigned types take
 * negative numbers, which wrap around.
 */
static bool fits(const struct number *number, unsigned bits, bool is_signed)
{
	uint64_t half = UINT64_C(1) << (bits - 1);

	if (bits < 32 && number->size <= INT64_MAX)
		return true;
	if (number->negative)
		return number->size <= half;
	return number->size < half || (!is_signed && (number->size - half) < half);
}

static uint64_t cut(const struct number *number, unsigned bits, bool is_signed)
{
	uint64_t value = number->negative ? 0 - number->size : number->size;
	unsigned unused = 64 - bits;

	if (is_signed)
		return (uint64_t)((int64_t)(value << unused) >> unused);
	return value << unused >> unused;
}

static int parse_int(const struct literal *lit, struct eyas_value *ret)
{
	unsigned bits = 8U * eyas_type_sizes[lit->type];
	bool is_signed = eyas_value_signed(lit->type);
	struct number number;

	if (!read_number(lit->text, &number))
		return refuse(lit, "a decimal number");
	if (!fits(&number, bits, is_signed))
		return refuse(lit, bits == 32 ? "a number of 32 bits" : "a number of 64 bits");
	*ret = eyas_value_num(lit->type, cut(&number, bits, is_signed));
	return 0;
}

static int parse_double(const struct literal *lit, struct eyas_value *ret)
{
	struct number number;

	if (!read_number(lit->text, &number) || number.size > INT64_MAX)
		return refuse(lit, "an integer, as it is compared with a field of type DOUBLE");
	*ret = (struct eyas_value){ .type = EYAS_PT_DOUBLE };
	ret->u.real = number.negative ? -(double)number.size : (double)number.size;
	return 0;
}

static int parse_bool(const struct literal *lit, struct eyas_value *ret)
{
	bool is_true = !strcmp(lit->text->text, "true");

	if (!is_true && strcmp(lit->text->text, "false") != 0)
		return refuse(lit, "true or false");
	*ret = eyas_value_num(lit->type, is_true);
	return 0;
}

/* A number of an int, of which a port has 16 bits; nothing at all is 0. */
static int parse_port(const struct literal *lit, struct eyas_value *ret)
{
	struct servent service, *found = NULL;
	char buf[SERVICE_BYTES];
	struct number number = { 0, false };
	bool digits = lit->text->len == strspn(lit->text->text, "0123456789");

	if (digits && lit->text->len && (!read_number(lit->text, &number) || number.size > INT_MAX))
		return refuse(lit, "a port");
	if (!digits) {
		if (getservbyname_r(lit->text->text, NULL, &service, buf, sizeof(buf), &found) ||
		    !found)
			return refuse(lit, "a port or the name of a service");
		number.size = ntohs((uint16_t)found->s_port);
	}
	*ret = eyas_value_num(lit->type, (uint16_t)number.size);
	return 0;
}

/* ---- text and buffers ---- */

static int parse_bytes(const struct literal *lit, struct eyas_value *ret)
{
	const struct ast_value *text = lit->text;
	const char *copy;

	if (text->len > LITERAL_MAX)
		return refuse(lit, "at most 255 bytes long");
	copy = eyas_arena_text(lit->arena, text->text, text->len);
	if (!copy)
		return no_memory(lit);
	*ret = eyas_value_text(copy, text->len);
	ret->type = (uint8_t)lit->type;
	return 0;
}

static int parse_hex(const struct literal *lit, struct eyas_value *ret)
{
	const struct ast_value *text = lit->text;
	uint32_t i, len = text->len / 2;
	int high, low;
	char *bytes;

	if (text->len % 2)
		return refuse(lit, "an even number of hexadecimal digits");
	if (len > LITERAL_MAX)
		return refuse(lit, "at most 255 bytes long");
	bytes = eyas_arena_zero(lit->arena, (size_t)len + 1);
	if (!bytes)
		return no_memory(lit);
	for (i = 0; i < len; i++) {
		high = eyas_hex_value(text->text[2 * i]);
		low = eyas_hex_value(text->text[2 * i + 1]);
		if (high < 0 || low < 0)
			return refuse(lit, "made of hexadecimal digits");
		bytes[i] = (char)(high << 4 | low);
	}
	*ret = eyas_value_text(bytes, len);
	ret->type = (uint8_t)lit->type;
	return 0;
}

/* ---- addresses and networks ---- */

/* What addresses of a type are: how many bytes, 0 = IPv4 if there is a dot, else IPv6. */
static size_t addr_len(const struct literal *lit)
{
	switch (lit->type) {
	case EYAS_PT_IPV4ADDR:
	case EYAS_PT_IPV4NET:
		return 4;
	case EYAS_PT_IPV6ADDR:
	case EYAS_PT_IPV6NET:
		return 16;
	default:
		return memchr(lit->text->text, '.', lit->text->len) ? 4 : 16;
	}
}

static int parse_addr(const struct literal *lit, struct eyas_value *ret)
{
	size_t len = addr_len(lit);
	char *addr = eyas_arena_zero(lit->arena, len);

	if (!addr)
		return no_memory(lit);
	if (inet_pton(len == 4 ? AF_INET : AF_INET6, lit->text->text, addr) != 1)
		return refuse(lit, len == 4 ? "an IPv4 address" : "an IPv6 address");
	*ret = eyas_value_text(addr, len);
	ret->type = (uint8_t)lit->type;
	return 0;
}

/* The number of bits behind the slash: 0..32 for IPv4, 1..128 for IPv6. */
static bool read_prefix(const char *text, size_t len, size_t addr_bytes, unsigned *ret_bits)
{
	const struct ast_value value = { .text = text, .len = (uint32_t)len };
	struct number number;

	if (!len || len != strspn(text, "0123456789") || !read_number(&value, &number))
		return false;
	if (number.size > 8 * addr_bytes || (addr_bytes == 16 && !number.size))
		return false;
	*ret_bits = (unsigned)number.size;
	return true;
}

static void put_mask(unsigned char *addr, unsigned char *mask, size_t len, unsigned bits)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (bits >= 8)
			mask[i] = 0xff;
		else
			mask[i] = (unsigned char)(0xff00U >> bits);
		bits -= bits >= 8 ? 8 : bits;
		addr[i] &= mask[i];
	}
}

static int parse_net(const struct literal *lit, struct eyas_value *ret)
{
	const struct ast_value *text = lit->text;
	const char *slash = memchr(text->text, '/', text->len);
	const char *what = "a network, ADDRESS/BITS";
	size_t len = addr_len(lit), prefix;
	char buf[INET6_ADDRSTRLEN + 1];
	unsigned char *addr;
	unsigned bits;

	if (!slash || (size_t)(slash - text->text) >= sizeof(buf))
		return refuse(lit, what);
	memcpy(buf, text->text, (size_t)(slash - text->text));
	buf[slash - text->text] = '\0';
	prefix = text->len - (size_t)(slash + 1 - text->text);
	addr = eyas_arena_zero(lit->arena, 2 * len);
	if (!addr)
		return no_memory(lit);
	if (inet_pton(len == 4 ? AF_INET : AF_INET6, buf, addr) != 1 ||
	    !read_prefix(slash + 1, prefix, len, &bits))
		return refuse(lit, what);
	put_mask(addr, addr + len, len, bits);
	*ret = eyas_value_text((const char *)addr, len);
	ret->type = (uint8_t)lit->type;
	return 0;
}

/* ---- by type ---- */

typedef int (*literal_fn)(const struct literal *lit, struct eyas_value *ret);

static literal_fn parser_of(unsigned type)
{
	if (type == EYAS_PT_BOOL)
		return parse_bool;
	if (type == EYAS_PT_PORT)
		return parse_port;
	if (value_type_is_net(type))
		return parse_net;
	switch (eyas_value_class(type)) {
	case VALUE_NUMBER:
		return parse_int;
	case VALUE_REAL:
		return parse_double;
	case VALUE_ADDR:
		return parse_addr;
	case VALUE_BYTES:
		return parse_bytes;
	case VALUE_OTHER:
		break;
	}
	return NULL;
}

int eyas_literal_parse(const struct ast_value *text, unsigned type, bool hex,
		       struct eyas_arena *arena, struct eyas_value *ret_value,
		       struct eyas_err *reterr)
{
	struct literal lit = { text, type, arena, reterr };
	literal_fn parse = hex ? parse_hex : parser_of(type);

	if (!parse)
		return refuse(&lit, "of a type that constants are written for");
	if (type != EYAS_PT_BYTEBUF && memchr(text->text, '\0', text->len))
		return eyas_ast_fail(reterr, EYAS_E_USAGE, &text->pos,
				     "a NUL byte is only allowed for buffers");
	return parse(&lit, ret_value);
}
