/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Numbers in the caller's memory, whose width can depend on the caller. */
#ifndef PROBE_USER_H
#define PROBE_USER_H

#include "bpf/event.h"

/* 0 if it cannot be read. */
static __always_inline u32 user_u32(const void *user)
{
	u32 value = 0;

	bpf_probe_read_user(&value, sizeof(value), user);
	return value;
}

static __always_inline u64 user_u64(const void *user)
{
	u64 value = 0;

	bpf_probe_read_user(&value, sizeof(value), user);
	return value;
}

/* Two longs, one behind the other; without their sign if they are those of a 32-bit caller. */
struct user_longs {
	u64 first, second;
};

/* Both 0 if they cannot be read. */
static __always_inline void user_longs(const struct eyas_wire_ring *ring, const void *user,
				       struct user_longs *ret_longs)
{
	u32 narrow[2] = { 0, 0 };

	ret_longs->first = 0;
	ret_longs->second = 0;
	if (!ring->compat) {
		bpf_probe_read_user(ret_longs, sizeof(*ret_longs), user);
		return;
	}
	bpf_probe_read_user(narrow, sizeof(narrow), user);
	ret_longs->first = narrow[0];
	ret_longs->second = narrow[1];
}

#endif
