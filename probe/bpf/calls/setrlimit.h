/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include "bpf/rlimit.h"

CALL(setrlimit)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_SETRLIMIT_X, 4, 128, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_rlimit(&ev, USER_PTR(1));
	put_resource(&ev, ARG(0));
	event_end(&ev);
	return 0;
}
