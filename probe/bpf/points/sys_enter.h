/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The start of the calls that open files and connect: names and addresses as they are before the
 * caller can change them behind the kernel's back (it reads them early, and sys_exit reads them
 * late). Every call of the machine comes by here, so it is attached on request only.
 */
#include "bpf/open.h"
#include "bpf/points/point.h"
#include "bpf/sock.h"

#if defined(__TARGET_ARCH_x86)
#	define NR_CONNECT 42
#	define NR_OPENAT 257
#	define NR_OPEN 2
#	define NR_CREAT 85
#else
#	define NR_CONNECT 203
#	define NR_OPENAT 56
#endif
#define NR_OPENAT2 437
#define SOCKETCALL_CONNECT 3

static __always_inline void enter_connect(struct eyas_wire_ring *ring)
{
	struct user_addr addr = { USER_PTR(1), (u32)ARG(2) };
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SOCKET_CONNECT_E, 2, 512, EYAS_WIRE_DROP_CONNECT))
		return;
	put_s32(&ev, ARG(0));
	put_sockaddr(&ev, &addr);
	event_end(&ev);
}

static __always_inline void enter_openat2(struct eyas_wire_ring *ring)
{
	struct open_how how;
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_OPENAT2_E, 5, OPEN_BYTES, EYAS_WIRE_DROP_OPEN))
		return;
	open_how_of(USER_PTR(2), &how);
	put_s32(&ev, ARG(0));
	put_open_name(&ev, USER_PTR(1));
	put_u32(&ev, open_flags(how.flags));
	put_u32(&ev, how.mode);
	put_u32(&ev, how.resolve);
	event_end(&ev);
}

static __always_inline void enter_openat(struct eyas_wire_ring *ring)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_OPENAT_2_E, 4, OPEN_BYTES, EYAS_WIRE_DROP_OPEN))
		return;
	put_s32(&ev, ARG(0));
	put_open_name(&ev, USER_PTR(1));
	put_u32(&ev, open_flags(ARG(2)));
	put_u32(&ev, ARG(3));
	event_end(&ev);
}

#if defined(__TARGET_ARCH_x86)

static __always_inline void enter_open(struct eyas_wire_ring *ring)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_OPEN_E, 3, OPEN_BYTES, EYAS_WIRE_DROP_OPEN))
		return;
	put_open_name(&ev, USER_PTR(0));
	put_u32(&ev, open_flags(ARG(1)));
	put_u32(&ev, ARG(2));
	event_end(&ev);
}

static __always_inline void enter_creat(struct eyas_wire_ring *ring)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_CREAT_E, 2, OPEN_BYTES, EYAS_WIRE_DROP_OPEN))
		return;
	put_open_name(&ev, USER_PTR(0));
	put_u32(&ev, ARG(1));
	event_end(&ev);
}

/* A connect by socketcall has its arguments in memory; what else it stands for is of no interest. */
static __always_inline bool take_socketcall(struct eyas_wire_ring *ring)
{
	u32 words[3];

	if ((u32)ARG(0) != SOCKETCALL_CONNECT ||
	    bpf_probe_read_user(words, sizeof(words), USER_PTR(1)))
		return false;
	ring->args[0] = words[0];
	ring->args[1] = words[1];
	ring->args[2] = words[2];
	return true;
}

#endif

static __always_inline void enter_call(struct eyas_wire_ring *ring, u32 nr)
{
	switch (nr) {
	case NR_CONNECT:
		enter_connect(ring);
		return;
	case NR_OPENAT:
		enter_openat(ring);
		return;
	case NR_OPENAT2:
		enter_openat2(ring);
		return;
#if defined(__TARGET_ARCH_x86)
	case NR_OPEN:
		enter_open(ring);
		return;
	case NR_CREAT:
		enter_creat(ring);
		return;
	case EYAS_WIRE_PART_SOCKETCALL:
		if (take_socketcall(ring)) {
			enter_connect(ring);
			return;
		}
#endif
	}
	ring_release(ring);
}

static __always_inline bool has_enter_event(u64 nr)
{
#if defined(__TARGET_ARCH_x86)
	if (nr == NR_OPEN || nr == NR_CREAT || nr == EYAS_WIRE_PART_SOCKETCALL)
		return true;
#endif
	return nr == NR_CONNECT || nr == NR_OPENAT || nr == NR_OPENAT2;
}

/* One of the first two arguments, where all those calls have their path. */
static __always_inline u64 enter_arg(const struct pt_regs *regs, u32 index, bool compat)
{
#if defined(__TARGET_ARCH_x86)
	if (compat)
		return (u32)(index ? regs->cx : regs->bx);
	return index ? regs->si : regs->di;
#else
	return index ? regs->regs[1] : regs->orig_x0;
#endif
}

SEC("tp_btf/sys_enter")
int sys_enter(u64 *ctx)
{
	const struct pt_regs *regs = (void *)ctx[0];
	const struct task_struct *task = current_task();
	bool compat = task_is_compat(task);
	struct eyas_wire_ring *ring;
	u64 nr = ctx[1], wanted;
	u32 path;

	if (nr >= EYAS_WIRE_SYSCALLS)
		return 0;
	if (compat)
		nr = compat_numbers[nr];
	if (!has_enter_event(nr))
		return 0;
	wanted = nr == EYAS_WIRE_PART_SOCKETCALL ? NR_CONNECT : nr;
	if (!(config.calls[wanted].gate & EYAS_WIRE_NATIVE))
		return 0;
	path = config.calls[wanted].path;
	ring = point_ring_path(task, EYAS_WIRE_POINT_ENTER, config.calls[wanted].how,
			       path < 2 ? PATH_USER : PATH_NONE,
			       (const void *)enter_arg(regs, path, compat));
	if (!ring)
		return 0;
	take_args(ring, regs, compat);
	ring->compat = compat;
	ring->task = (u64)task;
	ring->tid = task->pid;
	enter_call(ring, nr);
	return 0;
}
