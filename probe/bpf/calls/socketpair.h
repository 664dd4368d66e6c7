/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* socketpair(domain, type, protocol, fds): the kernel writes both descriptors to user memory. */
#include "bpf/call.h"
#include "bpf/sock.h"

CALL(socketpair)
{
	const struct sock *sk = NULL, *peer = NULL;
	s32 fds[2] = { -1, -1 };
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SOCKET_SOCKETPAIR_X, 8, 128, EYAS_WIRE_DROP_STATE_OTHER))
		return 0;
	if (RET == 0 && bpf_probe_read_user(fds, sizeof(fds), USER_PTR(3)))
		fds[0] = fds[1] = -1;
	if (fds[0] >= 0)
		sk = sock_of_fd(call_task(ring), fds[0]);
	if (sk && sock_family(sk) == AF_UNIX)
		peer = KREAD(struct unix_sock, sk, peer);
	put_s64(&ev, RET);
	put_s64(&ev, fds[0]);
	put_s64(&ev, fds[1]);
	put_u64(&ev, (u64)sk);
	put_u64(&ev, (u64)peer);
	put_u32(&ev, ARG(0));
	put_u32(&ev, ARG(1));
	put_u32(&ev, ARG(2));
	event_end(&ev);
	return 0;
}
