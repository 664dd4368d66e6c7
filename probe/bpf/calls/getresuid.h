/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* getresuid(ruid, euid, suid) and getresgid(rgid, egid, sgid): pointers all of them. */
#include "bpf/call.h"
#include "bpf/task.h"
#include "bpf/user.h"

/* Calls of 32-bit programs for ids of 16 bits. */
enum { GETRESUID16 = 165, GETRESGID16 = 171 };

static __always_inline void put_ids(struct event *ev, u32 mask)
{
	struct eyas_wire_ring *ring = ev->ring;

	put_u32(ev, user_u32(USER_PTR(0)) & mask);
	put_u32(ev, user_u32(USER_PTR(1)) & mask);
	put_u32(ev, user_u32(USER_PTR(2)) & mask);
}

static __always_inline int emit_ids(struct eyas_wire_ring *ring, const struct pt_regs *regs,
				    u32 type, u32 number16)
{
	struct event ev;

	if (!event_begin(&ev, ring, type, 4, 64, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_ids(&ev, ring->compat && call_number(regs) == number16 ? 0xffff : ~0u);
	event_end(&ev);
	return 0;
}

CALL(getresuid)
{
	return emit_ids(ring, (const void *)ctx[0], EVENT_SYSCALL_GETRESUID_X, GETRESUID16);
}

CALL(getresgid)
{
	return emit_ids(ring, (const void *)ctx[0], EVENT_SYSCALL_GETRESGID_X, GETRESGID16);
}
