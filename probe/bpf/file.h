/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What a descriptor of the calling process stands for: its open file, and the file's inode. */
#ifndef PROBE_FILE_H
#define PROBE_FILE_H

#include "bpf/kread.h"

/*
 * The open file behind a descriptor of a task, the current one; NULL if there is none. The
 * verifier lets programs walk from the task to the table with plain loads, of which one through
 * NULL gives 0 (max_fds is 0 then); the file itself comes out of an array.
 */
static __always_inline struct file *file_of_fd(const struct task_struct *task, s32 fd)
{
	const struct fdtable *fdt = task->files->fdt;

	/* A negative number is larger than any table, too. */
	if ((u32)fd >= fdt->max_fds)
		return NULL;
	return (struct file *)KREAD_POINTER(fdt->fd + (u32)fd);
}

/* The same as a number. */
static __always_inline u64 file_address_of_fd(const struct task_struct *task, s32 fd)
{
	const struct fdtable *fdt = task->files->fdt;

	return (u32)fd < fdt->max_fds ? KREAD_ADDRESS(fdt->fd + (u32)fd) : 0;
}

static __always_inline struct inode *file_inode(const struct file *file)
{
	return KREAD(struct file, file, f_inode);
}

#endif
