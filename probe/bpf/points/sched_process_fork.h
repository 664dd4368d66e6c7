/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A task was made, and did not run yet. Those made by who is followed are followed, too; and where
 * the child does not come out of clone by way of sys_exit, this is where its event is made.
 */
#include "bpf/clone.h"
#include "bpf/points/point.h"

#if !defined(__TARGET_ARCH_x86)

#	define CLONE_BIT_VM 0x100
#	define CLONE_BIT_FILES 0x400
#	define CLONE_BIT_PARENT 0x8000
#	define CLONE_BIT_THREAD 0x10000

/* What of the flags can be seen on the tasks. */
static __always_inline u32 fork_flags(const struct task_struct *parent,
				      const struct task_struct *child)
{
	u32 flags = 0;

	if (child->tgid != child->pid)
		flags |= CLONE_BIT_THREAD;
	if (child->mm == parent->mm)
		flags |= CLONE_BIT_VM;
	if (child->files == parent->files)
		flags |= CLONE_BIT_FILES;
	if (child->real_parent == parent->real_parent)
		flags |= CLONE_BIT_PARENT;
	return flags;
}

static __always_inline void emit_child(const struct task_struct *parent,
				       const struct task_struct *child)
{
	struct eyas_wire_ring *ring = point_ring(child, EYAS_WIRE_POINT_FORK, HOW_POINT_STATE);
	struct event ev;

	if (!ring)
		return;
	if (!event_begin_at(&ev, ring, EVENT_SYSCALL_CLONE_20_X, 21, CLONE_BYTES,
			    EYAS_WIRE_DROP_CLONE_FORK, child->pid))
		return;
	put_clone(&ev, child, 0, fork_flags(parent, child));
	event_end(&ev);
}

#endif

static __always_inline void follow(const struct task_struct *parent,
				   const struct task_struct *child)
{
	u32 tgid = parent->tgid;
	u8 yes = 1;

	if (child->tgid != child->pid || !bpf_map_lookup_elem(&followed, &tgid))
		return;
	tgid = child->tgid;
	bpf_map_update_elem(&followed, &tgid, &yes, BPF_ANY);
}

SEC("tp_btf/sched_process_fork")
int sched_process_fork(u64 *ctx)
{
	const struct task_struct *parent = (void *)ctx[0], *child = (void *)ctx[1];

	if (child->flags & PROC_KTHREAD)
		return 0;
	if (config.tests & EYAS_WIRE_TEST_FOLLOW)
		follow(parent, child);
#if !defined(__TARGET_ARCH_x86)
	emit_child(parent, child);
#endif
	return 0;
}
