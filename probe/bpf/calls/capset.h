/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include "bpf/cred.h"

/* What the thread has now, be it what was asked for or, after a failure, what it had before. */
CALL(capset)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_CAPSET_X, 4, 128, EYAS_WIRE_DROP_STATE_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_caps(&ev, call_task(ring)->cred);
	event_end(&ev);
	return 0;
}
