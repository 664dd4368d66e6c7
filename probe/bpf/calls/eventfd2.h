/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include "bpf/descriptor.h"

CALL(eventfd2)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_EVENTFD2_X, 3, 64, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_u16(&ev, descriptor_flags(ARG(1)));
	put_u64(&ev, (u32)ARG(0));
	event_end(&ev);
	return 0;
}
