/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* recvmmsg(fd, msgs, count, flags, timeout): an event for each message that came. */
#include "bpf/msg.h"

static long visit_received(u32 i, struct msg_walk *walk)
{
	struct eyas_wire_ring *ring = walk->ring;
	struct data_hint hint = { .fd = ARG(0) };
	struct msg *msg = MSG(ring);
	u32 bytes, control, count;
	struct event ev;

	if (!next_msg(walk, i))
		return 1;
	hint.bytes = msg->bytes;
	hint.addr = msg->name;
	bytes = event_forget(ring, snap(ring, &hint));
	control = event_forget(ring, control_snap(msg, bytes));
	if (!event_begin(&ev, ring, EVENT_SOCKET_RECVMMSG_X, 6, 256 + bytes + control,
			 EYAS_WIRE_DROP_OTHER))
		return 0;
	count = fetch_iov(ring, &msg->iov);
	put_s64(&ev, msg->bytes);
	put_s32(&ev, ARG(0));
	put_u32(&ev, msg->bytes);
	put_iov_data(&ev, count, bytes);
	put_tuple(&ev, sock_of_fd(call_task(ring), ARG(0)), false, &msg->name);
	event_settle(&ev);
	put_user_bytes(&ev, msg->control, control);
	event_end(&ev);
	return 0;
}

CALL(recvmmsg)
{
	struct event ev;

	if (RET > 0) {
		each_msg(ring, visit_received);
		return 0;
	}
	if (!event_begin(&ev, ring, EVENT_SOCKET_RECVMMSG_X, 6, 128, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_s32(&ev, ARG(0));
	put_u32(&ev, 0);
	put_missing(&ev);
	put_missing(&ev);
	put_missing(&ev);
	event_end(&ev);
	return 0;
}
