/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* recvmsg(fd, msg, flags): there is something to tell of what came, if something came. */
#include "bpf/msg.h"

CALL(recvmsg)
{
	s64 ret = RET;
	struct data_hint hint = { .fd = ARG(0), .bytes = ret > 0 ? ret : 0 };
	struct msg *msg = MSG(ring);
	u32 bytes = 0, control = 0, count;
	struct event ev;

	if (ret > 0) {
		fetch_msg(ring, USER_PTR(1), false);
		hint.addr = msg->name;
		bytes = event_forget(ring, snap(ring, &hint));
		control = event_forget(ring, control_snap(msg, bytes));
	}
	if (!event_begin(&ev, ring, EVENT_SOCKET_RECVMSG_X, 6, 256 + bytes + control,
			 EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, ret);
	if (ret > 0) {
		count = fetch_iov(ring, &msg->iov);
		put_u32(&ev, ret);
		put_iov_data(&ev, count, bytes);
		put_tuple(&ev, sock_of_fd(call_task(ring), ARG(0)), false, &msg->name);
		event_settle(&ev);
		put_user_bytes(&ev, msg->control, control);
	} else {
		put_u32(&ev, 0);
		put_missing(&ev);
		put_missing(&ev);
		put_missing(&ev);
	}
	put_s32(&ev, ARG(0));
	event_end(&ev);
	return 0;
}
