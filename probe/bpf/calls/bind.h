/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* bind(fd, addr, addrlen). */
#include "bpf/call.h"
#include "bpf/sock.h"

CALL(bind)
{
	struct user_addr addr = { USER_PTR(1), (u32)ARG(2) };
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SOCKET_BIND_X, 3, 256, EYAS_WIRE_DROP_STATE_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_sockaddr(&ev, &addr);
	event_settle(&ev);
	put_s32(&ev, ARG(0));
	event_end(&ev);
	return 0;
}
