/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include "bpf/rlimit.h"

CALL(getrlimit)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_GETRLIMIT_X, 4, 128, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	if (RET == 0) {
		put_rlimit(&ev, USER_PTR(1));
	} else {
		put_s64(&ev, -1);
		put_s64(&ev, -1);
	}
	put_resource(&ev, ARG(0));
	event_end(&ev);
	return 0;
}
