/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What the calls that open files have in common. */
#ifndef PROBE_OPEN_H
#define PROBE_OPEN_H

#include "bpf/event.h"
#include "bpf/file.h"
#include "bpf/inode.h"

#define FMODE_CREATED 0x100000

/* Bytes such an event can have. */
#define OPEN_BYTES (128 + PATH_BYTES)

/* What a call has opened; all 0 if it has not. */
struct opened {
	struct inode_facts inode;
	u32 bits; /* EYAS_WIRE_O_CREATED, ..._LAYER */
	const struct file *file;
};

static __always_inline void opened_by(const struct task_struct *task, s64 ret,
				      struct opened *ret_opened)
{
	const struct inode *inode = NULL;
	const struct file *file = NULL;
	u32 mode = 0;

	ret_opened->bits = 0;
	if (ret >= 0)
		file = file_of_fd(task, ret);
	ret_opened->file = file;
	if (file) {
		inode = file_inode(file);
		mode = KREAD(struct file, file, f_mode);
	}
	inode_facts(inode, &ret_opened->inode);
	if (mode & FMODE_CREATED)
		ret_opened->bits = EYAS_WIRE_O_CREATED;
	if (ret_opened->inode.layer == LAYER_UPPER)
		ret_opened->bits |= EYAS_WIRE_O_UPPER_LAYER;
	else if (ret_opened->inode.layer == LAYER_LOWER)
		ret_opened->bits |= EYAS_WIRE_O_LOWER_LAYER;
}

/* Flags as the caller gave them, without bits that mean something of ours there. */
static __always_inline u32 open_flags(u64 flags)
{
	return (u32)flags &
	       ~(EYAS_WIRE_O_CREATED | EYAS_WIRE_O_UPPER_LAYER | EYAS_WIRE_O_LOWER_LAYER);
}

/* The name, as the caller has it in memory: at the start of a call just as at its end. */
static __always_inline void put_open_name(struct event *ev, const void *user)
{
	put_user_str(ev, user, PATH_BYTES);
}

/* What openat2 is given, the same for 32-bit callers. */
struct open_how {
	u64 flags, mode, resolve;
};

/* All 0 if it cannot be read. */
static __always_inline void open_how_of(const void *user, struct open_how *ret_how)
{
	if (bpf_probe_read_user(ret_how, sizeof(*ret_how), user))
		*ret_how = (struct open_how){ 0 };
}

static __always_inline void put_opened(struct event *ev, const struct opened *opened)
{
	put_u32(ev, opened->inode.dev);
	put_u64(ev, opened->inode.ino);
}

#endif
