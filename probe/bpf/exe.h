/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What execve events say of the executable and of the rights of the process. */
#ifndef PROBE_EXE_H
#define PROBE_EXE_H

#include "bpf/cred.h"
#include "bpf/inode.h"
#include "bpf/kfix.h"
#include "bpf/path.h"
#include "bpf/proc.h"

#define EXEC_BYTES (32 << 10)

/* Portable flags of execve events: these are no flags of the kernel's. */
enum { EXE_WRITABLE = 1, EXE_UPPER_LAYER = 2, EXE_FROM_MEMFD = 4, EXE_LOWER_LAYER = 8 };

/* An unlinked file of a memory file system, which is in no directory. */
static __always_inline bool exe_is_memfd(const struct dentry *dentry)
{
	/* "memfd:" as one number; of the name, as many bytes are read. */
	const u64 prefix = 0x3a64666d656d;
	u64 name = 0;

	if (dentry->d_parent != dentry)
		return false;
	bpf_probe_read_kernel_str(&name, 7, dentry->d_name.name);
	return name == prefix;
}

static __always_inline u32 exe_flags(struct eyas_wire_ring *ring, const struct cred *cred,
				     const struct file *file)
{
	const struct inode *inode = file->f_inode;
	u32 flags = 0;

	if (cred_can_write(ring, cred, inode))
		flags |= EXE_WRITABLE;
	switch (inode_layer(inode, inode->i_sb)) {
	case LAYER_UPPER:
		flags |= EXE_UPPER_LAYER;
		break;
	case LAYER_LOWER:
		flags |= EXE_LOWER_LAYER;
		break;
	default:
		break;
	}
	if (exe_is_memfd(file->f_path.dentry))
		flags |= EXE_FROM_MEMFD;
	return flags;
}

static __always_inline u32 tty_of(const struct task_struct *task)
{
	const struct tty_struct *tty = task->signal->tty;

	if (!tty)
		return 0;
	return dev_encode(((u32)tty->driver->major << 20 | tty->driver->minor_start) + tty->index);
}

/* From tty to gid: fourteen parameters. */
static __always_inline void put_exe(struct event *ev, const struct task_struct *task)
{
	const struct cred *cred = task->cred;
	const struct file *file = task->mm->exe_file;
	const struct inode *inode = NULL;

	put_u32(ev, tty_of(task));
	put_s64(ev, pid_vnr(task, PID_PROCESS_GROUP));
	put_u32(ev, bpf_core_field_exists(task->loginuid) ? task->loginuid.val : (u32)-1);
	put_u32(ev, event_forget(ev->ring, file ? exe_flags(ev->ring, cred, file) : 0));
	put_caps(ev, cred);
	if (file)
		inode = file->f_inode;
	put_u64(ev, inode ? inode->i_ino : 0);
	put_u64(ev, inode ? inode_ctime_ns(inode) : 0);
	put_u64(ev, inode ? inode_mtime_ns(inode) : 0);
	put_u32(ev, cred->euid.val);
	if (file)
		put_path(ev, file->f_path.mnt, file->f_path.dentry);
	else
		put_missing(ev);
	event_settle(ev);
	put_s64(ev, pid_nr(task, PID_PROCESS_GROUP));
	put_u32(ev, cred->egid.val);
}

#endif
