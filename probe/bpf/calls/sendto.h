/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* sendto(fd, data, size, flags, addr, addrlen). */
#include "bpf/io.h"

CALL(sendto)
{
	struct data_hint hint = {
		.fd = ARG(0),
		.bytes = RET > 0 ? (u64)RET : ARG(2),
		.at = USER_PTR(1),
		.addr = { USER_PTR(4), (u32)ARG(5) },
	};
	u32 bytes = event_forget(ring, snap(ring, &hint));
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SOCKET_SENDTO_X, 5, 256 + bytes, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_user_bytes(&ev, hint.at, bytes);
	put_s32(&ev, ARG(0));
	put_u32(&ev, ARG(2));
	put_tuple(&ev, sock_of_fd(call_task(ring), ARG(0)), true, &hint.addr);
	event_end(&ev);
	return 0;
}
