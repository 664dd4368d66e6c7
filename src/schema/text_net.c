/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses, socket addresses and tuples as text. The form of an IPv6 address is that of
 * inet_ntop(), which goes through printf and costs ten times as much.
 */
#include "schema/text.h"

#include <string.h>

#include "schema/ids.h"

/* The longest is "xxxx:" eight times with an IPv4 tail: INET6_ADDRSTRLEN counts 46. */
#define ADDR_TEXT_MAX 46
#define PORT_TEXT_MAX 6

static char *put_u16(char *to, unsigned value)
{
	char digits[5];
	unsigned n = 0;

	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	while (n)
		*to++ = digits[--n];
	return to;
}

static char *put_ipv4(char *to, const uint8_t *addr)
{
	unsigned i;

	for (i = 0; i < 4; i++) {
		if (i)
			*to++ = '.';
		to = put_u16(to, addr[i]);
	}
	return to;
}

static char *put_hex16(char *to, unsigned value)
{
	static const char digits[] = "0123456789abcdef";
	int shift;

	for (shift = 12; shift > 0 && !(value >> shift); shift -= 4)
		;
	for (; shift >= 0; shift -= 4)
		*to++ = digits[value >> shift & 15];
	return to;
}

/* The first of the longest runs of two and more zero groups; its length is 0 if there is none. */
static unsigned zero_run(const unsigned group[8], unsigned *ret_start)
{
	unsigned i, j, best = 0;

	for (i = 0; i < 8; i = j + 1) {
		for (j = i; j < 8 && !group[j]; j++)
			;
		if (j - i > best) {
			best = j - i;
			*ret_start = i;
		}
	}
	return best >= 2 ? best : 0;
}

static char *put_ipv6(char *to, const uint8_t *addr)
{
	unsigned group[8], i, start = 0, run, ngroups = 8;

	for (i = 0; i < 8; i++)
		group[i] = (unsigned)addr[2 * i] << 8 | addr[2 * i + 1];
	run = zero_run(group, &start);
	/* ::1.2.3.4 and ::ffff:1.2.3.4 carry an IPv4 address and show it. */
	if (run && !start && (run == 6 || (run == 5 && group[5] == 0xffff)))
		ngroups = 6;
	for (i = 0; i < ngroups; i++) {
		if (run && i == start) {
			*to++ = ':';
			i += run - 1;
			if (i == 7)
				*to++ = ':';
			continue;
		}
		if (i)
			*to++ = ':';
		to = put_hex16(to, group[i]);
	}
	if (ngroups == 6) {
		*to++ = ':';
		to = put_ipv4(to, addr + 12);
	}
	return to;
}

void eyas_text_addr(struct eyas_str *str, const uint8_t *addr, size_t len)
{
	char *to = eyas_str_reserve(str, ADDR_TEXT_MAX);

	if (!to)
		return;
	if (len == 4)
		to = put_ipv4(to, addr);
	else if (len == 16)
		to = put_ipv6(to, addr);
	str->len = (size_t)(to - str->data);
}

static bool is_mapped(const uint8_t *addr)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return !memcmp(addr, prefix, sizeof(prefix));
}

/* as_ipv4: the address is an IPv4 one mapped into IPv6. */
static char *put_end(char *to, uint8_t family, const struct eyas_endpoint *end, bool as_ipv4)
{
	if (family == EYAS_AF_INET)
		to = put_ipv4(to, end->addr);
	else if (as_ipv4)
		to = put_ipv4(to, end->addr + 12);
	else
		to = put_ipv6(to, end->addr);
	*to++ = ':';
	return put_u16(to, end->port);
}

static void put_family(struct eyas_str *str, uint8_t family)
{
	eyas_str_add(str, "family ", 7);
	eyas_str_u64(str, family);
}

void eyas_text_sockaddr(struct eyas_str *str, const struct eyas_sock *sock)
{
	char *to;

	if (sock->family == EYAS_AF_UNIX) {
		if (sock->path)
			eyas_str_safe(str, sock->path, sock->path_len);
	} else if (sock->family == EYAS_AF_INET || sock->family == EYAS_AF_INET6) {
		to = eyas_str_reserve(str, ADDR_TEXT_MAX + PORT_TEXT_MAX);
		if (!to)
			return;
		to = put_end(to, sock->family, &sock->src, is_mapped(sock->src.addr));
		str->len = (size_t)(to - str->data);
	} else {
		put_family(str, sock->family);
	}
}

void eyas_text_socktuple(struct eyas_str *str, const struct eyas_sock *sock)
{
	bool mapped;
	char *to;

	if (sock->family == EYAS_AF_UNIX) {
		eyas_str_hex(str, sock->src.ptr, false);
		eyas_str_add(str, "->", 2);
		eyas_str_hex(str, sock->dst.ptr, false);
		eyas_str_putc(str, ' ');
		if (sock->path)
			eyas_str_safe(str, sock->path, sock->path_len);
	} else if (sock->family == EYAS_AF_INET || sock->family == EYAS_AF_INET6) {
		to = eyas_str_reserve(str, 2 * (ADDR_TEXT_MAX + PORT_TEXT_MAX) + 2);
		if (!to)
			return;
		/* Only when both ends are: one IPv4 end of an IPv6 pair would mislead. */
		mapped = is_mapped(sock->src.addr) && is_mapped(sock->dst.addr);
		to = put_end(to, sock->family, &sock->src, mapped);
		*to++ = '-';
		*to++ = '>';
		to = put_end(to, sock->family, &sock->dst, mapped);
		str->len = (size_t)(to - str->data);
	} else {
		put_family(str, sock->family);
	}
}
