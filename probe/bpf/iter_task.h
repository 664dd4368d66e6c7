/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Every thread of the machine, as a record each: what /proc says in status, stat, cmdline, environ,
 * exe, cwd, root, cgroup, limits and loginuid. Runs in the process that reads, may sleep for the
 * memory of others, and holds nothing but the task.
 */
#ifndef PROBE_ITER_TASK_H
#define PROBE_ITER_TASK_H

#include "bpf/inode.h"
#include "bpf/iter_cgroup.h"
#include "bpf/iter_path.h"
#include "bpf/iter_user.h"
#include "bpf/pid.h"

#define TASK_IS_KTHREAD 0x00200000
#define TASK_RLIMIT_NOFILE 7
enum { PID_SESSION = 3 };
enum { PAGES_FILE, PAGES_ANON, PAGES_SWAP, PAGES_SHMEM };

static __always_inline struct eyas_iter_task *task_record(void)
{
	return (struct eyas_iter_task *)record.bytes;
}

/* ---- ids ---- */

/*
 * As pid_of(), pid_nr(), but with no plain load of a pointer from the iterator's own: for each of
 * those, newer kernels look through the names of all types as they load the program (kread.h).
 */
static __always_inline const struct pid *iter_pid(const struct task_struct *task, u32 kind)
{
	const struct signal_struct *signal = KREAD(struct task_struct, task, signal);
	const struct pid *pid = NULL;

	bpf_core_read(&pid, sizeof(pid), &signal->pids[kind]);
	return pid;
}

/* The number of an id at a level of a namespace; 0 if that namespace does not see it. */
static __always_inline int nr_at(const struct pid *pid, const struct pid_inner *own)
{
	const struct pid_namespace *ns = NULL;
	const char *upid;
	u32 level = 0;
	int nr = 0;

	if (!pid)
		return 0;
	bpf_core_read(&level, sizeof(level), &pid->level);
	if (own->level > level)
		return 0;
	upid = (const char *)pid + bpf_core_field_offset(struct pid, numbers) +
	       (u64)own->level * bpf_core_type_size(struct upid);
	bpf_probe_read_kernel(&ns, sizeof(ns), upid + bpf_core_field_offset(struct upid, ns));
	if (ns != own->ns)
		return 0;
	bpf_probe_read_kernel(&nr, sizeof(nr), upid + bpf_core_field_offset(struct upid, nr));
	return nr;
}

static __always_inline void take_ids(struct eyas_iter_task *to, const struct task_struct *task)
{
	const struct task_struct *parent = KREAD(struct task_struct, task, real_parent), *init;
	struct pid_inner own;
	const struct pid *group = iter_pid(task, PID_PROCESS_GROUP);

	pid_inner(KREAD(struct task_struct, task, thread_pid), &own);
	to->tid = KREAD(struct task_struct, task, pid);
	to->pid = KREAD(struct task_struct, task, tgid);
	to->ppid = KREAD(struct task_struct, parent, tgid);
	to->pgid = group ? KREAD(struct pid, group, numbers[0].nr) : 0;
	to->vtid = own.nr;
	to->vpid = nr_at(iter_pid(task, PID_GROUP_LEADER), &own);
	to->vpgid = nr_at(group, &own);
	to->vsid = nr_at(iter_pid(task, PID_SESSION), &own);
	to->pidns_start_ns = 0;
	if (!own.level || !own.ns)
		return;
	init = KREAD(struct pid_namespace, own.ns, child_reaper);
	to->pidns_start_ns = KREAD(struct task_struct___iter, init, start_boottime);
}

/* ---- what a thread has ---- */

static __always_inline u64 iter_caps(const kernel_cap_t *kernel)
{
	u64 bits = 0;

	bpf_probe_read_kernel(&bits, sizeof(bits), kernel);
	return bits;
}

static __always_inline void take_cred(struct eyas_iter_task *to, const struct task_struct *task)
{
	/* The one that others see and /proc shows. */
	const struct cred *cred = KREAD(struct task_struct___iter, task, real_cred);

	to->uid = KREAD(struct cred, cred, euid.val);
	to->gid = KREAD(struct cred, cred, egid.val);
	to->cap_inheritable = iter_caps(__builtin_preserve_access_index(&cred->cap_inheritable));
	to->cap_permitted = iter_caps(__builtin_preserve_access_index(&cred->cap_permitted));
	to->cap_effective = iter_caps(__builtin_preserve_access_index(&cred->cap_effective));
}

static __always_inline void take_thread(struct eyas_iter_task *to, const struct task_struct *task)
{
	take_ids(to, task);
	take_cred(to, task);
	to->start_ns = KREAD(struct task_struct___iter, task, start_boottime);
	to->minor_faults = KREAD(struct task_struct, task, min_flt);
	to->major_faults = KREAD(struct task_struct, task, maj_flt);
	bpf_core_read(to->comm, sizeof(to->comm), &task->comm);
}

/* ---- what a process has ---- */

static __always_inline u32 iter_tty(const struct signal_struct *signal)
{
	const struct tty_struct *tty = KREAD(struct signal_struct, signal, tty);
	const struct tty_driver *driver;

	if (!tty)
		return 0;
	driver = KREAD(struct tty_struct, tty, driver);
	return dev_encode(((u32)KREAD(struct tty_driver, driver, major) << 20 |
			   KREAD(struct tty_driver, driver, minor_start)) +
			  KREAD(struct tty_struct, tty, index));
}

static __always_inline void take_signal(struct eyas_iter_task *to, const struct task_struct *task)
{
	const struct signal_struct *signal = KREAD(struct task_struct, task, signal);
	u64 limit = 0;

	to->threads = KREAD(struct signal_struct___iter, signal, nr_threads);
	to->gone_minor_faults = KREAD(struct signal_struct___iter, signal, min_flt);
	to->gone_major_faults = KREAD(struct signal_struct___iter, signal, maj_flt);
	to->tty = iter_tty(signal);
	bpf_core_read(&limit, sizeof(limit), &signal->rlim[TASK_RLIMIT_NOFILE].rlim_cur);
	to->fdlimit = limit;
	to->loginuid = -1;
	if (bpf_core_field_exists(task->loginuid))
		to->loginuid = KREAD(struct task_struct, task, loginuid.val);
}

static __always_inline void take_memory(struct eyas_iter_task *to, const struct mm_struct *mm)
{
	to->vm_pages = to->rss_pages = to->swap_pages = 0;
	if (!mm)
		return;
	to->vm_pages = KREAD(struct mm_struct, mm, total_vm);
	to->rss_pages = mm_pages(mm, PAGES_FILE) + mm_pages(mm, PAGES_ANON) +
			mm_pages(mm, PAGES_SHMEM);
	to->swap_pages = mm_pages(mm, PAGES_SWAP);
}

static __always_inline u32 take_exe(struct eyas_iter_task *to, const struct mm_struct *mm)
{
	const struct file *file = mm ? KREAD(struct mm_struct, mm, exe_file) : NULL;
	const struct inode *inode;

	to->exe_ino = to->exe_ctime_ns = to->exe_mtime_ns = 0;
	to->exe_uid = to->exe_gid = to->exe_mode = 0;
	if (!file)
		return 0;
	inode = KREAD(struct file, file, f_inode);
	if (!inode)
		return 0;
	to->exe_ino = KREAD(struct inode, inode, i_ino);
	to->exe_ctime_ns = inode_ctime_ns(inode);
	to->exe_mtime_ns = inode_mtime_ns(inode);
	to->exe_uid = KREAD(struct inode, inode, i_uid.val);
	to->exe_gid = KREAD(struct inode, inode, i_gid.val);
	to->exe_mode = KREAD(struct inode, inode, i_mode);
	switch (inode_layer(inode, KREAD(struct inode, inode, i_sb))) {
	case LAYER_UPPER:
		to->bits |= EYAS_ITER_UPPER_LAYER;
		break;
	case LAYER_LOWER:
		to->bits |= EYAS_ITER_LOWER_LAYER;
		break;
	default:
		break;
	}
	to->bits |= EYAS_ITER_HAS_EXE;
	return record_path(__builtin_preserve_access_index(&file->f_path));
}

/* ---- texts ---- */

/*
 * An argument area that does not end with a NUL was overwritten with a title, which may go on into
 * the environment: /proc knows how far.
 */
static __always_inline bool args_end_well(struct task_struct *task, u64 end)
{
	char last = 1;

	return !bpf_copy_from_user_task(&last, 1, (const void *)(end - 1), task, 0) && !last;
}

static __always_inline void take_lists(struct eyas_iter_task *to, struct task_struct *task,
				       const struct mm_struct *mm)
{
	u64 start = KREAD(struct mm_struct, mm, arg_start);
	u64 end = KREAD(struct mm_struct, mm, arg_end);
	u32 bytes;

	if (!record_area(task, start, end, &bytes))
		to->bits |= EYAS_ITER_ASK_ARGS;
	else if (bytes && end - start == bytes && record.bytes[(record_len() - 1) & RECORD_MASK])
		to->bits |= EYAS_ITER_ASK_ARGS;
	else if (bytes && end - start > bytes && !args_end_well(task, end))
		to->bits |= EYAS_ITER_ASK_ARGS;
	to->text_bytes[EYAS_ITER_ARGS] = bytes;
	if (!record_area(task, KREAD(struct mm_struct, mm, env_start),
			 KREAD(struct mm_struct, mm, env_end), &bytes))
		to->bits |= EYAS_ITER_ASK_ENV;
	to->text_bytes[EYAS_ITER_ENV] = bytes;
}

static __always_inline void take_process(struct eyas_iter_task *to, struct task_struct *trusted,
					 const struct task_struct *task)
{
	const struct fs_struct *fs = KREAD(struct task_struct, task, fs);
	const struct mm_struct *mm = NULL;

	to->bits |= EYAS_ITER_PROCESS;
	/* A thread of the kernel may have borrowed the memory of a process. */
	if (!(to->bits & EYAS_ITER_KERNEL))
		mm = KREAD(struct task_struct, task, mm);
	take_signal(to, task);
	take_memory(to, mm);
	to->text_bytes[EYAS_ITER_EXEPATH] = take_exe(to, mm);
	to->text_bytes[EYAS_ITER_CWD] = 0;
	to->text_bytes[EYAS_ITER_ROOT] = 0;
	if (fs) {
		to->text_bytes[EYAS_ITER_CWD] =
			record_path(__builtin_preserve_access_index(&fs->pwd));
		to->text_bytes[EYAS_ITER_ROOT] =
			record_path(__builtin_preserve_access_index(&fs->root));
	}
	if (mm) {
		take_lists(to, trusted, mm);
	} else {
		to->text_bytes[EYAS_ITER_ARGS] = 0;
		to->text_bytes[EYAS_ITER_ENV] = 0;
	}
	to->text_bytes[EYAS_ITER_CGROUPS] = record_cgroups(task);
}

SEC("iter.s/task")
int snapshot_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct eyas_iter_task *to = task_record();
	const struct task_struct *leader, *at = task;
	struct seq_file *seq = ctx->meta->seq;

	if (!task)
		return 0;
	/* First of all: what happens from now on is told by events. */
	to->taken_ns = bpf_ktime_get_boot_ns();
	if (CAN_CAST(struct task_struct))
		at = KCAST(struct task_struct, task);
	record.len = sizeof(*to);
	to->bits = 0;
	if (KREAD(struct task_struct, at, flags) & TASK_IS_KTHREAD)
		to->bits |= EYAS_ITER_KERNEL;
	if (KREAD(struct task_struct___iter, at, exit_state))
		to->bits |= EYAS_ITER_EXITED;
	if (!KREAD(struct task_struct, at, fs))
		to->bits |= EYAS_ITER_LEAVING;
	walk_find_top();
	take_thread(to, at);
	/* Of a process whose first thread has ended, the others say what it is. */
	leader = KREAD(struct task_struct, at, group_leader);
	if (leader == task || KREAD(struct task_struct___iter, leader, exit_state))
		take_process(to, task, at);
	else
		__builtin_memset(to->text_bytes, 0, sizeof(to->text_bytes));
	record_end(seq);
	return 0;
}

#endif
