/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* connect(fd, addr, addrlen): both ends are known once it has begun, what was asked for always. */
#include "bpf/call.h"
#include "bpf/sock.h"

#define EINPROGRESS 115

CALL(connect)
{
	struct user_addr addr = { USER_PTR(1), (u32)ARG(2) }, none = { NULL, 0 };
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SOCKET_CONNECT_X, 4, 512, EYAS_WIRE_DROP_CONNECT))
		return 0;
	put_s64(&ev, RET);
	if (RET == 0 || RET == -EINPROGRESS)
		put_tuple(&ev, sock_of_fd(call_task(ring), ARG(0)), true, &none);
	else
		put_missing(&ev);
	event_settle(&ev);
	put_s32(&ev, ARG(0));
	put_sockaddr(&ev, &addr);
	event_end(&ev);
	return 0;
}
