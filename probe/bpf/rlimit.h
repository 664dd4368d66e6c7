/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Limits of resources in the caller's memory. */
#ifndef PROBE_RLIMIT_H
#define PROBE_RLIMIT_H

#include "bpf/user.h"

#define NO_LIMIT32 0xffffffffu

/* The resource's number has a byte: 0xff is what none has. */
static __always_inline void put_resource(struct event *ev, u64 resource)
{
	u32 number = resource;

	put_u8(ev, number > 0xff ? 0xff : number);
}

static __always_inline u64 limit_of(const struct eyas_wire_ring *ring, u64 limit)
{
	return ring->compat && limit == NO_LIMIT32 ? ~0ull : limit;
}

/* struct rlimit: both 0 if it cannot be read. */
static __always_inline void put_rlimit(struct event *ev, const void *user)
{
	struct user_longs limits;

	user_longs(ev->ring, user, &limits);
	put_u64(ev, limit_of(ev->ring, limits.first));
	put_u64(ev, limit_of(ev->ring, limits.second));
}

/* struct rlimit64, the same for all. */
static __always_inline void put_rlimit64(struct event *ev, const void *user)
{
	u64 limits[2] = { 0, 0 };

	bpf_probe_read_user(limits, sizeof(limits), user);
	put_u64(ev, limits[0]);
	put_u64(ev, limits[1]);
}

#endif
