/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* clone, clone3, fork and vfork, as the parent and, on x86, the child come out of them. */
#include "bpf/call.h"
#include "bpf/clone.h"

static __always_inline u32 clone_call_flags(const struct eyas_wire_ring *ring)
{
	u64 flags = 0;

	if (ring->nr == NR_CLONE)
		return ARG(0);
	/* The first member of what clone3 is given. */
	if (ring->nr == NR_CLONE3)
		bpf_probe_read_user(&flags, sizeof(flags), USER_PTR(0));
	return flags;
}

static __always_inline u32 clone_call_type(const struct eyas_wire_ring *ring)
{
	switch (ring->nr) {
	case NR_CLONE3:
		return EVENT_SYSCALL_CLONE3_X;
#if defined(__TARGET_ARCH_x86)
	case NR_FORK:
		return EVENT_SYSCALL_FORK_20_X;
	case NR_VFORK:
		return EVENT_SYSCALL_VFORK_20_X;
#endif
	default:
		return EVENT_SYSCALL_CLONE_20_X;
	}
}

CALL(clone)
{
	const struct task_struct *task = call_task(ring);
	u32 type = event_forget(ring, clone_call_type(ring));
	struct event ev;

#if !defined(__TARGET_ARCH_x86)
	/* The child does not always come by sys_exit: sched_process_fork tells of it. */
	if (RET == 0) {
		ring_release(ring);
		return 0;
	}
#endif
	if (!event_begin(&ev, ring, type, 21, CLONE_BYTES, EYAS_WIRE_DROP_CLONE_FORK))
		return 0;
	put_clone(&ev, task, RET, event_forget(ring, clone_call_flags(ring)));
	event_end(&ev);
	return 0;
}
