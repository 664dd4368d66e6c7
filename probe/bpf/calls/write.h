/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * write(fd, data, size) and pwrite64(fd, data, size, pos): what was written; if nothing was, what
 * should have been.
 */
#ifndef PROBE_CALL_WRITE_H
#define PROBE_CALL_WRITE_H

#include "bpf/call.h"
#include "bpf/io.h"

static __always_inline int emit_write(struct eyas_wire_ring *ring, u32 type, u32 nparams)
{
	struct data_hint hint = { ARG(0), RET > 0 ? (u64)RET : ARG(2), USER_PTR(1), {} };
	u32 bytes = snap(ring, &hint);
	struct event ev;

	if (!event_begin(&ev, ring, type, nparams, 128 + bytes, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_user_bytes(&ev, hint.at, bytes);
	put_s32(&ev, ARG(0));
	put_u32(&ev, ARG(2));
	if (nparams > 4)
		put_u64(&ev, split_pos(ring));
	event_end(&ev);
	return 0;
}

CALL(write)
{
	return emit_write(ring, EVENT_SYSCALL_WRITE_X, 4);
}

CALL(pwrite64)
{
	return emit_write(ring, EVENT_SYSCALL_PWRITE_X, 5);
}

#endif
