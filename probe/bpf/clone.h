/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Events of clone and its kin, of the side of the parent and that of the child. */
#ifndef PROBE_CLONE_H
#define PROBE_CLONE_H

#include "bpf/proc.h"

#define CLONE_BYTES (16 << 10)

/* Raw flags, and whether processes made by the task live in another pid namespace than the host's. */
static __always_inline u32 clone_flags(const struct task_struct *task,
				       const struct pid_inner *inner, u32 raw)
{
	u32 flags = raw & ~EYAS_WIRE_CLONE_SIGNAL_MASK;

	if (inner->level || task->nsproxy->pid_ns_for_children != inner->ns)
		flags |= EYAS_WIRE_CLONE_CHILD_IN_PIDNS;
	return flags;
}

/* All 21 parameters. */
static __always_inline void put_clone(struct event *ev, const struct task_struct *task, s64 ret,
				      u32 raw_flags)
{
	const struct pid_namespace *ns;
	struct pid_inner inner;
	u64 start = 0;

	put_s64(ev, ret);
	if (ret >= 0) {
		put_exe_and_args(ev, task->mm);
	} else {
		put_missing(ev);
		put_missing(ev);
	}
	event_settle(ev);
	put_proc(ev, task);
	pid_inner(pid_of(task, PID_THREAD), &inner);
	put_u32(ev, clone_flags(task, &inner, raw_flags));
	put_u32(ev, task->cred->euid.val);
	put_u32(ev, task->cred->egid.val);
	put_s64(ev, inner.nr);
	put_s64(ev, pid_vnr(task, PID_GROUP_LEADER));
	/* Tells the child which namespace it is in; to the parent that is no news. */
	if (ret == 0) {
		ns = inner.ns;
		start = BPF_CORE_READ(ns, child_reaper, start_time);
	}
	put_u64(ev, start);
}

#endif
