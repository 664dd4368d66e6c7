/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* readv(fd, iov, count) and preadv(fd, iov, count, pos). */
#ifndef PROBE_CALL_READV_H
#define PROBE_CALL_READV_H

#include "bpf/call.h"
#include "bpf/io.h"

static __always_inline int emit_readv(struct eyas_wire_ring *ring, u32 type, u32 nparams)
{
	struct data_hint hint = { ARG(0), RET > 0 ? RET : 0, NULL, {} };
	struct user_iov iov = { USER_PTR(1), ARG(2) };
	u32 bytes = snap(ring, &hint);
	struct event ev;

	if (!event_begin(&ev, ring, type, nparams, 128 + bytes, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_u32(&ev, RET > 0 ? RET : 0);
	if (bytes)
		put_iov_data(&ev, fetch_iov(ring, &iov), bytes);
	else
		put_missing(&ev);
	put_s32(&ev, ARG(0));
	if (nparams > 4)
		put_u64(&ev, split_pos(ring));
	event_end(&ev);
	return 0;
}

CALL(readv)
{
	return emit_readv(ring, EVENT_SYSCALL_READV_X, 4);
}

CALL(preadv)
{
	return emit_readv(ring, EVENT_SYSCALL_PREADV_X, 5);
}

#endif
