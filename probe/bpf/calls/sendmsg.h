/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* sendmsg(fd, msg, flags). */
#include "bpf/msg.h"

CALL(sendmsg)
{
	struct data_hint hint = { .fd = ARG(0), .bytes = RET > 0 ? (u64)RET : DATA_MAX };
	struct event ev;
	struct msg *msg = MSG(ring);
	u32 bytes, count;

	fetch_msg(ring, USER_PTR(1), false);
	hint.addr = msg->name;
	bytes = event_forget(ring, snap(ring, &hint));
	if (!event_begin(&ev, ring, EVENT_SOCKET_SENDMSG_X, 5, 256 + bytes, EYAS_WIRE_DROP_OTHER))
		return 0;
	count = fetch_iov(ring, &msg->iov);
	put_s64(&ev, RET);
	put_iov_data(&ev, count, bytes);
	put_s32(&ev, ARG(0));
	put_u32(&ev, iov_bytes(ring, count));
	put_tuple(&ev, sock_of_fd(call_task(ring), ARG(0)), true, &msg->name);
	event_end(&ev);
	return 0;
}
