/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include "bpf/open.h"

CALL(creat)
{
	struct opened opened;
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_CREAT_X, 6, OPEN_BYTES, EYAS_WIRE_DROP_OPEN))
		return 0;
	opened_by(call_task(ring), RET, &opened);
	put_s64(&ev, RET);
	put_open_name(&ev, USER_PTR(0));
	put_u32(&ev, ARG(1));
	put_opened(&ev, &opened);
	/* creat_flags of the schema: which layer, 1 or 2. */
	put_u16(&ev, opened.inode.layer);
	event_end(&ev);
	return 0;
}
