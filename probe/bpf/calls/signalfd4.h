/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include "bpf/descriptor.h"

/* signalfd4(fd, mask, size, flags): the mask is not looked at. */
CALL(signalfd4)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_SIGNALFD4_X, 4, 64, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_u16(&ev, descriptor_flags(ARG(3)));
	put_s32(&ev, ARG(0));
	put_u32(&ev, 0);
	event_end(&ev);
	return 0;
}
