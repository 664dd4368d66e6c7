/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* writev(fd, iov, count) and pwritev(fd, iov, count, pos). */
#ifndef PROBE_CALL_WRITEV_H
#define PROBE_CALL_WRITEV_H

#include "bpf/call.h"
#include "bpf/io.h"

static __always_inline int emit_writev(struct eyas_wire_ring *ring, u32 type, u32 nparams)
{
	struct data_hint hint = { ARG(0), RET > 0 ? (u64)RET : DATA_MAX, NULL, {} };
	struct user_iov iov = { USER_PTR(1), ARG(2) };
	u32 bytes = snap(ring, &hint), count;
	struct event ev;

	if (!event_begin(&ev, ring, type, nparams, 128 + bytes, EYAS_WIRE_DROP_OTHER))
		return 0;
	count = fetch_iov(ring, &iov);
	put_s64(&ev, RET);
	put_iov_data(&ev, count, bytes);
	put_s32(&ev, ARG(0));
	put_u32(&ev, iov_bytes(ring, count));
	if (nparams > 4)
		put_u64(&ev, split_pos(ring));
	event_end(&ev);
	return 0;
}

CALL(writev)
{
	return emit_writev(ring, EVENT_SYSCALL_WRITEV_X, 4);
}

CALL(pwritev)
{
	return emit_writev(ring, EVENT_SYSCALL_PWRITEV_X, 5);
}

#endif
