/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The end of a thread. */
#include "bpf/kread.h"
#include "bpf/loop.h"
#include "bpf/pid.h"
#include "bpf/points/point.h"
#include "bpf/proc.h"

#define TASK_EXITING 4

/* How many threads and ancestors to look at before giving up. */
#define REAPER_THREADS 256
#define REAPER_ANCESTORS 64
#define REAPER_ANCESTOR_THREADS 4

#define REAPER_NOT_KNOWN -1

/* A walk along the threads of a process, or from a task to its ancestors. */
struct reaper_walk {
	const struct list_head *head, *node;
	const struct task_struct *task;
	u32 level; /* of the pid namespace */
	int reaper;
};

/* The first thread that is not about to end; 0 if there is none. */
static __always_inline bool reaper_thread(struct reaper_walk *walk)
{
	const struct list_head *node = walk->node;
	const struct task_struct *thread;

	walk->reaper = 0;
	if (!node || node == walk->head)
		return true;
	thread = (const void *)((const char *)node -
				bpf_core_field_offset(struct task_struct, thread_node));
	if (!(KREAD(struct task_struct, thread, flags) & TASK_EXITING)) {
		walk->reaper = KREAD(struct task_struct, thread, pid);
		return true;
	}
	walk->node = KREAD(struct list_head, node, next);
	walk->reaper = REAPER_NOT_KNOWN;
	return false;
}

static __always_inline void reaper_enter(struct reaper_walk *walk, const struct task_struct *task)
{
	const char *signal = (const char *)KREAD(struct task_struct, task, signal);

	walk->head =
		(const void *)(signal + bpf_core_field_offset(struct signal_struct, thread_head));
	walk->node = KREAD(struct list_head, walk->head, next);
}

static long reaper_thread_step(u32 index, void *context)
{
	return reaper_thread(context);
}

/* The next ancestor: 0 if it is none any more that orphans can go to. */
static long reaper_ancestor_step(u32 index, void *context)
{
	struct reaper_walk *walk = context;
	const struct task_struct *task = KREAD(struct task_struct, walk->task, real_parent);
	const struct signal_struct *signal = KREAD(struct task_struct, task, signal);
	const struct pid *pid = KREAD(struct task_struct, task, thread_pid);
	u32 i;

	walk->task = task;
	walk->reaper = 0;
	if (KREAD(struct pid, pid, level) != walk->level || !KREAD(struct task_struct, task, pid))
		return 1;
	if (BPF_CORE_READ_BITFIELD_PROBED(signal, is_child_subreaper)) {
		reaper_enter(walk, task);
		for (i = 0; i < REAPER_ANCESTOR_THREADS; i++)
			if (reaper_thread(walk))
				break;
		if (walk->reaper)
			return 1;
	}
	walk->reaper = REAPER_NOT_KNOWN;
	return 0;
}

/*
 * Who becomes the parent of the task's children, as the kernel will decide it in a moment: another
 * thread of the process, else the nearest subreaper, else the init of the pid namespace. 0 if
 * there are no children, or they end together with that namespace.
 */
static __always_inline int reaper_of(const struct task_struct *task)
{
	const struct list_head *children =
		(const void *)((const char *)task +
			       bpf_core_field_offset(struct task_struct, children));
	const struct list_head *next = NULL;
	const struct task_struct *init;
	const struct pid_namespace *ns;
	struct reaper_walk walk = { .task = task };
	struct pid_inner inner;

	bpf_core_read(&next, sizeof(next), &children->next);
	if (next == children)
		return 0;
	reaper_enter(&walk, task);
	loop(REAPER_THREADS, reaper_thread_step, &walk);
	if (walk.reaper)
		return walk.reaper;
	pid_inner(pid_of(task, PID_THREAD), &inner);
	ns = inner.ns;
	init = BPF_CORE_READ(ns, child_reaper);
	if (BPF_CORE_READ(init, tgid) == task->tgid)
		return 0;
	if (BPF_CORE_READ_BITFIELD_PROBED(task->signal, has_child_subreaper)) {
		walk.level = inner.level;
		loop(REAPER_ANCESTORS, reaper_ancestor_step, &walk);
		if (walk.reaper)
			return walk.reaper;
	}
	return BPF_CORE_READ(init, pid);
}

static __always_inline void emit_exit(const struct task_struct *task)
{
	struct eyas_wire_ring *ring = point_ring(task, EYAS_WIRE_POINT_EXIT, HOW_POINT_STATE);
	u32 code = task->exit_code, sig = code & 0x7f;
	struct event ev;

	if (!ring)
		return;
	if (!event_begin_at(&ev, ring, EVENT_PROCEXIT_1_E, 5, 128, EYAS_WIRE_DROP_PROC_EXIT,
			    task->pid))
		return;
	put_s64(&ev, (s32)code);
	put_s64(&ev, code >> 8 & 0xff);
	/* 0x7f says that it was stopped. */
	put_u8(&ev, sig == 0x7f ? 0 : sig);
	put_u8(&ev, !!(code & 0x80));
	put_s64(&ev, reaper_of(task));
	event_end(&ev);
}

/* With its last thread a process is over. */
static __always_inline void unfollow(const struct task_struct *task)
{
	u32 tgid = task->tgid;

	if (task->signal->live.counter == 0)
		bpf_map_delete_elem(&followed, &tgid);
}

SEC("tp_btf/sched_process_exit")
int sched_process_exit(u64 *ctx)
{
	const struct task_struct *task = KPLAIN(struct task_struct, ctx[0]);

	if (task->flags & PROC_KTHREAD)
		return 0;
	emit_exit(task);
	/* Behind the event, however long this CPU may rest between: it is there before the sums. */
	if (with_sums)
		sum_thread_over(task->pid);
	if (config.tests & EYAS_WIRE_TEST_FOLLOW)
		unfollow(task);
	return 0;
}
