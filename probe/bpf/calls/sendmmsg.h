/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* sendmmsg(fd, msgs, count, flags): an event for each message sent, whose result is its length. */
#include "bpf/msg.h"

static long visit_sent(u32 i, struct msg_walk *walk)
{
	struct eyas_wire_ring *ring = walk->ring;
	struct data_hint hint = { .fd = ARG(0) };
	struct event ev;
	struct msg *msg = MSG(ring);
	u32 bytes, count;

	if (!next_msg(walk, i))
		return 1;
	hint.bytes = msg->bytes;
	hint.addr = msg->name;
	bytes = event_forget(ring, snap(ring, &hint));
	if (!event_begin(&ev, ring, EVENT_SOCKET_SENDMMSG_X, 5, 256 + bytes, EYAS_WIRE_DROP_OTHER))
		return 0;
	count = fetch_iov(ring, &msg->iov);
	put_s64(&ev, msg->bytes);
	put_s32(&ev, ARG(0));
	put_u32(&ev, iov_bytes(ring, count));
	put_iov_data(&ev, count, bytes);
	put_tuple(&ev, sock_of_fd(call_task(ring), ARG(0)), true, &msg->name);
	event_end(&ev);
	return 0;
}

CALL(sendmmsg)
{
	struct event ev;

	if (RET > 0) {
		each_msg(ring, visit_sent);
		return 0;
	}
	if (!event_begin(&ev, ring, EVENT_SOCKET_SENDMMSG_X, 5, 128, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_s32(&ev, ARG(0));
	put_u32(&ev, 0);
	put_missing(&ev);
	put_missing(&ev);
	event_end(&ev);
	return 0;
}
