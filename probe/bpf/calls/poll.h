/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* poll(fds, count, timeout) and ppoll(fds, count, timeout, sigmask, size): what happened. */
#include "bpf/call.h"

#define POLL_FDS 16

struct poll_fd {
	s32 fd;
	s16 events;
	s16 revents;
};

/* The first descriptors, each with what happened to it (FDLIST). None if they cannot be read. */
static __always_inline void put_fds(struct event *ev, const void *user, u32 count)
{
	struct eyas_wire_ring *ring = ev->ring;
	const struct poll_fd *fds = (const void *)ring->scratch;
	char *place = event_place(ev);
	u64 taken = at_most(count, POLL_FDS);
	u32 i;

	if (bpf_probe_read_user(ring->scratch, taken * sizeof(*fds), user))
		taken = 0;
	*(u16 *)place = taken;
	for (i = 0; i < POLL_FDS; i++) {
		if (i >= taken)
			break;
		*(s64 *)(place + 2 + 10 * i) = fds[i].fd;
		*(s16 *)(place + 10 + 10 * i) = fds[i].revents;
	}
	event_took(ev, event_forget(ring, 2 + 10 * taken) & 0xff);
}

CALL(poll)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_POLL_X, 3, 256, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_fds(&ev, USER_PTR(0), ARG(1));
	/* Forever is 2^32 - 1 here: the event has it without its sign. */
	put_u64(&ev, (u32)ARG(2));
	event_end(&ev);
	return 0;
}

/* The time is what remained of it, 0 if there is none. */
CALL(ppoll)
{
	s64 time[2] = { 0, 0 };
	s32 time32[2] = { 0, 0 };
	struct event ev;
	u32 mask = 0;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_PPOLL_X, 4, 256, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_fds(&ev, USER_PTR(0), ARG(1));
	if (ring->compat) {
		bpf_probe_read_user(time32, sizeof(time32), USER_PTR(2));
		time[0] = time32[0];
		time[1] = time32[1];
	} else {
		bpf_probe_read_user(time, sizeof(time), USER_PTR(2));
	}
	put_u64(&ev, time[0] * 1000000000 + time[1]);
	bpf_probe_read_user(&mask, sizeof(mask), USER_PTR(3));
	put_u32(&ev, mask);
	event_end(&ev);
	return 0;
}
