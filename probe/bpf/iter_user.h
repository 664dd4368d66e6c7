/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Arguments and environment, out of the memory of another process.
 *
 * A process may let these areas be what it likes. Only memory of its own is read: a file that is
 * mapped there can be one of a file system in user space, whose server need never answer, and the
 * reader would wait for it in vain. What is not one piece of such memory, or cannot be looked at
 * now, is left to /proc, which reads with the same care. Between the look and the reading the
 * process can put another thing there, if it tries hard.
 */
#ifndef PROBE_ITER_USER_H
#define PROBE_ITER_USER_H

#include "bpf/iter.h"
#include "bpf/kread.h"

struct user_area {
	u64 start, end;
	bool is_plain;
};

/* Volatile: it is written by a function that only the kernel calls. */
static volatile struct user_area user_area SEC(".bss");

static long look_at_area(struct task_struct *task, struct vm_area_struct *vma, void *ctx)
{
	user_area.is_plain = !KREAD(struct vm_area_struct, vma, vm_file) &&
			     user_area.start >= KREAD(struct vm_area_struct, vma, vm_start) &&
			     user_area.end <= KREAD(struct vm_area_struct, vma, vm_end);
	return 0;
}

/* False if /proc has to be asked. Text of 0 bytes is possible. */
static __always_inline bool record_area(struct task_struct *task, u64 start, u64 end,
					u32 *ret_bytes)
{
	u64 bytes = end - start;

	*ret_bytes = 0;
	if (end <= start)
		return true;
	if (bytes > EYAS_ITER_LIST_BYTES)
		bytes = EYAS_ITER_LIST_BYTES;
	user_area.start = start;
	user_area.end = start + bytes;
	user_area.is_plain = false;
	if (bpf_find_vma(task, start, look_at_area, NULL, 0) || !user_area.is_plain)
		return false;
	if (bpf_copy_from_user_task(record_place(), bytes, (const void *)start, task, 0))
		return false;
	*ret_bytes = bytes;
	record.len = record_len() + bytes;
	return true;
}

#endif
