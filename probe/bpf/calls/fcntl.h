/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"

CALL(fcntl)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_FCNTL_X, 4, 64, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_s32(&ev, ARG(0));
	put_u8(&ev, EYAS_WIRE_FCNTL(ARG(1)));
	put_u64(&ev, ARG(2));
	event_end(&ev);
	return 0;
}
