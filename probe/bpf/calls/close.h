/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"

CALL(close)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_CLOSE_X, 2, 64, EYAS_WIRE_DROP_CLOSE))
		return 0;
	put_s64(&ev, RET);
	put_s32(&ev, ARG(0));
	event_end(&ev);
	return 0;
}
