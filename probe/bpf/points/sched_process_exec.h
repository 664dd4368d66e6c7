/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* An execve or execveat that succeeded; failures come from the end of the call. */
#include "bpf/exe.h"
#include "bpf/points/point.h"

SEC("tp_btf/sched_process_exec")
int sched_process_exec(u64 *ctx)
{
	const struct task_struct *task = current_task();
	const struct linux_binprm *bprm = KPLAIN(struct linux_binprm, ctx[2]);
	const struct mm_struct *mm = task->mm;
	struct eyas_wire_ring *ring;
	struct event ev;

	if (task->flags & PROC_KTHREAD)
		return 0;
	/* What was not the first thread takes the id of that one, which is gone. */
	if (with_sums && (u32)ctx[1] != (u32)task->pid)
		sum_thread_over(ctx[1]);
	ring = point_ring_path(task, EYAS_WIRE_POINT_EXEC, HOW_POINT_STATE, PATH_KERNEL,
			       bprm->filename);
	if (!ring)
		return 0;
	if (!event_begin_at(&ev, ring, EVENT_SYSCALL_EXECVE_19_X, 31, EXEC_BYTES,
			    EYAS_WIRE_DROP_EXECVE, task->pid))
		return 0;
	put_s64(&ev, 0);
	put_exe_and_args(&ev, mm);
	put_proc(&ev, task);
	put_user_list(&ev, mm->env_start, mm->env_end, ARGS_BYTES);
	put_exe(&ev, task);
	put_kernel_str(&ev, bprm->filename, PATH_BYTES);
	event_end(&ev);
	return 0;
}
