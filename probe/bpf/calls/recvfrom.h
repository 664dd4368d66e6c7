/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* recvfrom(fd, data, size, flags, addr, addrlen): the other end is told if something came. */
#include "bpf/io.h"

CALL(recvfrom)
{
	s64 ret = RET;
	struct data_hint hint = {
		.fd = ARG(0),
		.bytes = ret > 0 ? ret : 0,
		.at = USER_PTR(1),
		.addr = { USER_PTR(4), 0 },
	};
	u32 bytes = 0, len = 0;
	struct event ev;

	if (ret > 0) {
		/* The kernel has put the real length there, which may be more than it stored. */
		if (hint.addr.at && !bpf_probe_read_user(&len, sizeof(len), USER_PTR(5)))
			hint.addr.bytes = len;
		bytes = event_forget(ring, snap(ring, &hint));
	}
	if (!event_begin(&ev, ring, EVENT_SOCKET_RECVFROM_X, 5, 256 + bytes, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, ret);
	put_user_bytes(&ev, hint.at, bytes);
	if (ret > 0)
		put_tuple(&ev, sock_of_fd(call_task(ring), ARG(0)), false, &hint.addr);
	else
		put_missing(&ev);
	event_settle(&ev);
	put_s32(&ev, ARG(0));
	put_u32(&ev, ARG(2));
	event_end(&ev);
	return 0;
}
