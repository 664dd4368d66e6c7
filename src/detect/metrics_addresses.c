/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses the interfaces of this machine have: a text for each interface and protocol. */
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>

#include <net/if.h>
#include <netinet/in.h>

#include "base/str.h"
#include "detect/metrics_host.h"

/* A machine with many containers has thousands of interfaces; more are left out. */
enum { ADDRESSES_MAX = 1024 };

/* Of version 6 with all its groups, as Falco writes it. */
static void put_address(struct eyas_str *out, const struct sockaddr *address)
{
	const uint8_t *b;
	unsigned i;

	if (address->sa_family == AF_INET) {
		b = (const uint8_t *)&((const struct sockaddr_in *)(const void *)address)->sin_addr;
		eyas_str_printf(out, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
		return;
	}
	b = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr;
	for (i = 0; i < 16; i += 2)
		eyas_str_printf(out, "%s%x", i ? ":" : "", (unsigned)b[i] << 8 | b[i + 1]);
}

static bool is_wanted(const struct ifaddrs *at, int family)
{
	return at->ifa_addr && at->ifa_addr->sa_family == family && strcmp(at->ifa_name, "lo") != 0;
}

/* Was the interface told of, when one further up in the list came? */
static bool was_told(const struct ifaddrs *list, const struct ifaddrs *at, int family)
{
	for (; list != at; list = list->ifa_next)
		if (is_wanted(list, family) && !strcmp(list->ifa_name, at->ifa_name))
			return true;
	return false;
}

static void put_interface(struct metrics_set *set, const struct ifaddrs *first, int family)
{
	const struct ifaddrs *at;
	struct eyas_str text = EYAS_STR_INIT;
	struct metrics_row *row;

	for (at = first; at; at = at->ifa_next) {
		if (!is_wanted(at, family) || strcmp(at->ifa_name, first->ifa_name) != 0)
			continue;
		if (text.len)
			eyas_str_putc(&text, ',');
		put_address(&text, at->ifa_addr);
	}
	eyas_str_putc(&text, '\0');
	row = metrics_set_row(set, METRICS_OWN, "");
	row->key = metrics_set_printf(set,
				      "falco.host_netinfo.interfaces.%s.protocols.%s.addresses",
				      first->ifa_name, family == AF_INET ? "ipv4" : "ipv6");
	row->family = NULL;
	row->kind = METRICS_TEXT;
	row->value.text = metrics_set_copy(set, text.nomem ? "" : text.data);
	set->nomem |= text.nomem;
	eyas_str_fini(&text);
}

void metrics_host_addresses(struct metrics_set *set)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct ifaddrs *list = NULL, *at;
	size_t i, count = 0;

	if (getifaddrs(&list))
		return;
	for (i = 0; i < 2; i++)
		for (at = list; at; at = at->ifa_next)
			if (is_wanted(at, families[i]) && !was_told(list, at, families[i]) &&
			    count++ < ADDRESSES_MAX)
				put_interface(set, at, families[i]);
	freeifaddrs(list);
}
