/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Ids of tasks, as the host and as their own pid namespace see them. */
#ifndef PROBE_PID_H
#define PROBE_PID_H

#include "bpf/ktypes.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

enum { PID_THREAD, PID_GROUP_LEADER, PID_PROCESS_GROUP };

/* What an id is inside the namespace it was made in: number and namespace. */
struct pid_inner {
	int nr;
	u32 level;
	const struct pid_namespace *ns;
};

static __always_inline const struct pid *pid_of(const struct task_struct *task, u32 kind)
{
	const struct pid *pid = NULL;

	if (kind == PID_THREAD)
		bpf_core_read(&pid, sizeof(pid), &task->thread_pid);
	else
		bpf_core_read(&pid, sizeof(pid), &task->signal->pids[kind]);
	return pid;
}

/* All 0 for NULL. */
static __always_inline void pid_inner(const struct pid *pid, struct pid_inner *ret_inner)
{
	const char *upid;

	ret_inner->nr = 0;
	ret_inner->level = 0;
	ret_inner->ns = NULL;
	if (!pid)
		return;
	bpf_core_read(&ret_inner->level, sizeof(ret_inner->level), &pid->level);
	upid = (const char *)pid + bpf_core_field_offset(struct pid, numbers) +
	       (u64)ret_inner->level * bpf_core_type_size(struct upid);
	bpf_probe_read_kernel(&ret_inner->nr, sizeof(ret_inner->nr),
			      upid + bpf_core_field_offset(struct upid, nr));
	bpf_probe_read_kernel(&ret_inner->ns, sizeof(ret_inner->ns),
			      upid + bpf_core_field_offset(struct upid, ns));
}

static __always_inline int pid_vnr(const struct task_struct *task, u32 kind)
{
	struct pid_inner inner;

	pid_inner(pid_of(task, kind), &inner);
	return inner.nr;
}

/* As the host sees it. */
static __always_inline int pid_nr(const struct task_struct *task, u32 kind)
{
	const struct pid *pid = pid_of(task, kind);
	int nr = 0;

	if (pid)
		bpf_probe_read_kernel(&nr, sizeof(nr),
				      (const char *)pid +
					      bpf_core_field_offset(struct pid, numbers) +
					      bpf_core_field_offset(struct upid, nr));
	return nr;
}

#endif
