/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include "bpf/descriptor.h"

CALL(inotify_init1)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_INOTIFY_INIT1_X, 2, 64, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_u16(&ev, descriptor_flags(ARG(0)));
	event_end(&ev);
	return 0;
}
