/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include "bpf/mm.h"

CALL(brk)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_BRK_4_X, 5, 128, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_u64(&ev, RET);
	put_vm(&ev, call_task(ring)->mm);
	put_u64(&ev, ARG(0));
	event_end(&ev);
	return 0;
}
