/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * accept(fd, addr, addrlen) and accept4(fd, addr, addrlen, flags): both ends of the new connection,
 * and how full the queue of the listening socket is without it.
 */
#include "bpf/call.h"
#include "bpf/sock.h"

static __always_inline int emit_accept(struct eyas_wire_ring *ring, u32 type, u32 nparams)
{
	struct user_addr none = { NULL, 0 };
	const struct sock *listener = NULL;
	u32 len = 0, max = 0, pct = 0;
	struct event ev;

	if (!event_begin(&ev, ring, type, nparams, 256, EYAS_WIRE_DROP_STATE_OTHER))
		return 0;
	put_s64(&ev, RET);
	if (RET >= 0) {
		put_tuple(&ev, sock_of_fd(call_task(ring), RET), false, &none);
		listener = sock_of_fd(call_task(ring), ARG(0));
	} else {
		put_missing(&ev);
	}
	event_settle(&ev);
	if (listener) {
		len = KREAD(struct sock, listener, sk_ack_backlog);
		max = KREAD(struct sock, listener, sk_max_ack_backlog);
	}
	if (max)
		pct = (u64)len * 100 / max;
	put_u8(&ev, pct);
	put_u32(&ev, len);
	put_u32(&ev, max);
	if (nparams > 5)
		put_u32(&ev, ARG(3));
	event_end(&ev);
	return 0;
}

CALL(accept)
{
	return emit_accept(ring, EVENT_SOCKET_ACCEPT_5_X, 5);
}

CALL(accept4)
{
	return emit_accept(ring, EVENT_SOCKET_ACCEPT4_6_X, 6);
}
