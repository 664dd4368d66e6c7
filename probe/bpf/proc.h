/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What events about a whole process say of it: those of execve, and those of clone and fork. */
#ifndef PROBE_PROC_H
#define PROBE_PROC_H

#include "bpf/cgroup.h"
#include "bpf/mm.h"
#include "bpf/pid.h"

#define RLIMIT_NOFILE 7
#define PROC_KTHREAD 0x00200000

/* exe and args together, and env, are cut here. */
#define ARGS_BYTES 4096

/* A list of texts, cut after max bytes; the last one always ends in a NUL. */
static __always_inline void put_user_list(struct event *ev, u64 user, u64 end, u64 max)
{
	char *at = event_place(ev);
	u64 bytes = end - user;

	if ((s64)bytes <= 0 || (s64)max <= 0) {
		put_missing(ev);
		return;
	}
	if (bytes > max)
		bytes = max;
	/* Or the compiler drops the mask, and the verifier of 6.1 does not see why it may. */
	barrier_var(bytes);
	bytes &= 2 * ARGS_BYTES - 1;
	if (bpf_probe_read_user(at, bytes, (void *)user)) {
		/* The first page may be there. */
		max = ARGS_BYTES - (user & (ARGS_BYTES - 1));
		if (bytes > max)
			bytes = max;
		barrier_var(bytes);
		bytes &= 2 * ARGS_BYTES - 1;
		if (bpf_probe_read_user(at, bytes, (void *)user))
			bytes = 0;
	}
	if (bytes)
		at[(bytes - 1) & (2 * ARGS_BYTES - 1)] = 0;
	event_took(ev, bytes);
	event_settle(ev);
}

/* The first argument, and the others: two parameters. */
static __always_inline void put_exe_and_args(struct event *ev, const struct mm_struct *mm)
{
	u64 start = mm->arg_start, end = mm->arg_end;
	long len = 0;

	if (end > start)
		len = read_user_str(event_place(ev), ARGS_BYTES, (void *)start);
	if (len > 0) {
		len &= 0x1fff;
		event_took(ev, len);
		put_user_list(ev, start + len, end, ARGS_BYTES - len);
	} else {
		/* No argument at all, which only old kernels allow; or it is not to be had. */
		if (end > start)
			put_missing(ev);
		else
			put_empty_str(ev);
		put_missing(ev);
	}
	event_settle(ev);
}

/* From tid to cgroups: twelve parameters. */
static __always_inline void put_proc(struct event *ev, const struct task_struct *task)
{
	put_s64(ev, task->pid);
	put_s64(ev, task->tgid);
	put_s64(ev, task->real_parent->pid);
	/* cwd: those who want it follow chdir. */
	put_missing(ev);
	put_u64(ev, task->signal->rlim[RLIMIT_NOFILE].rlim_cur);
	put_u64(ev, task->maj_flt);
	put_u64(ev, task->min_flt);
	put_vm(ev, task->mm);
	put_kernel_str(ev, __builtin_preserve_access_index(&task->comm), sizeof(task->comm));
	put_cgroups(ev, task);
}

#endif
