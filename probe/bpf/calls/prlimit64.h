/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include "bpf/rlimit.h"

/* prlimit64(pid, resource, new_limit, old_limit) */
CALL(prlimit64)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_PRLIMIT_X, 7, 128, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_rlimit64(&ev, USER_PTR(2));
	/* Only a call that succeeded has filled it. */
	put_rlimit64(&ev, RET == 0 ? USER_PTR(3) : NULL);
	put_s32(&ev, ARG(0));
	put_resource(&ev, ARG(1));
	event_end(&ev);
	return 0;
}
