/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* read(fd, data, size) and pread64(fd, data, size, pos): data as far as there is some. */
#ifndef PROBE_CALL_READ_H
#define PROBE_CALL_READ_H

#include "bpf/call.h"
#include "bpf/io.h"

static __always_inline int emit_read(struct eyas_wire_ring *ring, u32 type, u32 nparams)
{
	struct data_hint hint = { ARG(0), RET > 0 ? RET : 0, USER_PTR(1), {} };
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

CALL(read)
{
	return emit_read(ring, EVENT_SYSCALL_READ_X, 4);
}

CALL(pread64)
{
	return emit_read(ring, EVENT_SYSCALL_PREAD_X, 5);
}

#endif
