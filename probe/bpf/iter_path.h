/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Paths of what the iterator holds no reference to, so that the kernel's own bpf_d_path() must not
 * touch it: the directories and the executable of a task that goes on running. Names are read one
 * by one, upwards, and what is gone meanwhile reads as nothing. The text is the one /proc shows
 * to the reader: it ends at the reader's root, or at the top of another mount namespace.
 */
#ifndef PROBE_ITER_PATH_H
#define PROBE_ITER_PATH_H

#include "bpf/iter.h"

/* Names and mounts on a way up; a path of 4096 bytes has at most half as many names. */
#define ITER_PATH_STEPS 2304

struct iter_name {
	u32 hash, len;
	const char *text;
};

/* A path that grows from the end of its room to the front. */
struct iter_walk {
	const struct dentry *dentry;
	const struct mount *mount;
	const struct dentry *root; /* of mount */
	const struct dentry *top_dentry;
	const struct mount *top_mount;
	volatile u32 left; /* bytes free in the room */
	bool too_long;
	char room[2 * EYAS_ITER_PATH_BYTES];
};

static struct iter_walk walk SEC(".bss");

static __always_inline const struct mount *iter_mount_of(const struct vfsmount *mnt)
{
	return (const void *)((const char *)mnt - bpf_core_field_offset(struct mount, mnt));
}

static __always_inline void read_path(const struct path *path, const struct vfsmount **ret_mnt,
				      const struct dentry **ret_dentry)
{
	*ret_mnt = NULL;
	*ret_dentry = NULL;
	bpf_core_read(ret_mnt, sizeof(*ret_mnt), &path->mnt);
	bpf_core_read(ret_dentry, sizeof(*ret_dentry), &path->dentry);
}

/* The root of the process that reads. */
static __always_inline void walk_find_top(void)
{
	const struct task_struct *reader = (const void *)bpf_get_current_task();
	const struct fs_struct *fs = NULL;
	const struct vfsmount *mnt;
	const struct dentry *dentry;

	bpf_core_read(&fs, sizeof(fs), &reader->fs);
	read_path(__builtin_preserve_access_index(&fs->root), &mnt, &dentry);
	walk.top_mount = iter_mount_of(mnt);
	walk.top_dentry = dentry;
}

/* A name in front of what is there. False if it has no room. */
static __always_inline bool walk_put(const char *text, u32 len)
{
	u32 left = walk.left & (EYAS_ITER_PATH_BYTES - 1);

	len &= 0xff;
	barrier_var(len);
	if (left < len + 1) {
		walk.too_long = true;
		return false;
	}
	left = (left - len - 1) & (EYAS_ITER_PATH_BYTES - 1);
	barrier_var(left);
	left &= EYAS_ITER_PATH_BYTES - 1;
	walk.room[left] = '/';
	bpf_probe_read_kernel(walk.room + left + 1, len, text);
	walk.left = left;
	return true;
}

/* One step up; 1 at the end of the way. */
static long walk_step(u64 index, void *ctx)
{
	const struct dentry *dentry = walk.dentry, *parent = NULL;
	const struct mount *mount = walk.mount, *above = NULL;
	struct iter_name name = {};

	if (dentry == walk.top_dentry && mount == walk.top_mount)
		return 1;
	if (dentry == walk.root) {
		bpf_core_read(&above, sizeof(above), &mount->mnt_parent);
		if (!above || above == mount)
			return 1;
		bpf_core_read(&dentry, sizeof(dentry), &mount->mnt_mountpoint);
		walk.dentry = dentry;
		bpf_core_read(&dentry, sizeof(dentry), &above->mnt.mnt_root);
		walk.root = dentry;
		walk.mount = above;
		return 0;
	}
	bpf_core_read(&parent, sizeof(parent), &dentry->d_parent);
	bpf_probe_read_kernel(&name, sizeof(name),
			      (const char *)dentry + bpf_core_field_offset(struct dentry, d_name));
	/* What is in no directory (a memfd) has just a name. */
	if (!parent || (parent == dentry && walk.left != EYAS_ITER_PATH_BYTES - 1))
		return 1;
	if (!walk_put(name.text, name.len))
		return 1;
	walk.dentry = parent;
	return parent == dentry;
}

/* The room's text goes behind the record; returns its bytes, without a NUL. */
static __always_inline u32 walk_take(void)
{
	u32 left = walk.left & (EYAS_ITER_PATH_BYTES - 1);
	u32 bytes = EYAS_ITER_PATH_BYTES - 1 - left;

	if (walk.too_long)
		return 0;
	bytes &= EYAS_ITER_PATH_BYTES - 1;
	bpf_probe_read_kernel(record_place(), bytes, walk.room + left);
	record.len = record_len() + bytes;
	return bytes;
}

static __always_inline void walk_begin(void)
{
	walk.left = EYAS_ITER_PATH_BYTES - 1;
	walk.too_long = false;
}

/* The bytes of the text; 0 if there is none, or it is longer than /proc would show. */
static __noinline u32 record_path(const struct path *path)
{
	const struct vfsmount *mnt;
	const struct dentry *dentry;

	read_path(path, &mnt, &dentry);
	if (!mnt || !dentry)
		return 0;
	walk_begin();
	walk.dentry = dentry;
	walk.mount = iter_mount_of(mnt);
	walk.root = NULL;
	bpf_core_read((void *)&walk.root, sizeof(walk.root), &mnt->mnt_root);
	bpf_loop(ITER_PATH_STEPS, walk_step, NULL, 0);
	if (walk.left == EYAS_ITER_PATH_BYTES - 1)
		walk_put(NULL, 0);
	return walk_take();
}

#endif
