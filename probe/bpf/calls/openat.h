/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include "bpf/open.h"

CALL(openat)
{
	struct opened opened;
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_OPENAT_2_X, 7, OPEN_BYTES, EYAS_WIRE_DROP_OPEN))
		return 0;
	opened_by(call_task(ring), RET, &opened);
	put_s64(&ev, RET);
	put_s32(&ev, ARG(0));
	put_open_name(&ev, USER_PTR(1));
	put_u32(&ev, open_flags(ARG(2)) | opened.bits);
	put_u32(&ev, ARG(3));
	put_opened(&ev, &opened);
	event_end(&ev);
	return 0;
}
