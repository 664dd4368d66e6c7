/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include "bpf/open.h"

CALL(openat2)
{
	struct opened opened;
	struct open_how how;
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_OPENAT2_X, 8, OPEN_BYTES, EYAS_WIRE_DROP_OPEN))
		return 0;
	opened_by(call_task(ring), RET, &opened);
	open_how_of(USER_PTR(2), &how);
	put_s64(&ev, RET);
	put_s32(&ev, ARG(0));
	put_open_name(&ev, USER_PTR(1));
	put_u32(&ev, open_flags(how.flags) | opened.bits);
	put_u32(&ev, how.mode);
	put_u32(&ev, how.resolve);
	put_opened(&ev, &opened);
	event_end(&ev);
	return 0;
}
