/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Which path leads to a dentry? Put together from names, upwards through mounts to the root that
 * the mount namespace has, as no helper does it for these programs.
 */
#ifndef PROBE_PATH_H
#define PROBE_PATH_H

#include "bpf/event.h"
#include "bpf/loop.h"
#include <bpf/bpf_core_read.h>

/* Components and mounts looked at; of a deeper path this is the end. */
#define PATH_STEPS 96

/* Room that put_path() needs. */
#define PUT_PATH_BYTES (PATH_BYTES + 64)

/* Start of struct qstr, which the kernel reads in one piece, too. */
struct path_name {
	u32 hash, len;
	const char *text;
};

struct path_walk {
	const struct dentry *dentry;
	const struct mount *mount;
	const struct dentry *root; /* of mount */
	u64 left;		   /* bytes of the room in front of the path */
};

static __always_inline const struct mount *mount_of(const struct vfsmount *mnt)
{
	return (const void *)((const char *)mnt - bpf_core_field_offset(struct mount, mnt));
}

/* From the root of a mount to the place it is mounted at. False at the uppermost one. */
static __always_inline bool path_cross(volatile struct path_walk *walk)
{
	const struct mount *mount = walk->mount, *parent = NULL;

	bpf_core_read(&parent, sizeof(parent), &mount->mnt_parent);
	if (!parent || parent == mount)
		return false;
	bpf_core_read((void *)&walk->dentry, sizeof(walk->dentry), &mount->mnt_mountpoint);
	bpf_core_read((void *)&walk->root, sizeof(walk->root), &parent->mnt.mnt_root);
	walk->mount = parent;
	return true;
}

static __always_inline void path_name_of(const struct dentry *dentry, struct path_name *ret_name)
{
	ret_name->len = 0;
	ret_name->text = NULL;
	bpf_probe_read_kernel(ret_name, sizeof(*ret_name),
			      (const char *)dentry + bpf_core_field_offset(struct dentry, d_name));
}

/* The state of a walk lies behind its room: the verifier does not know what is there. */
static __always_inline volatile struct path_walk *path_walk(char *room)
{
	return (volatile struct path_walk *)(room + PATH_BYTES);
}

/* One name, or mount; context points to the address of the room. */
static long path_step(u32 index, void *context)
{
	char *room = *(char **)context;
	volatile struct path_walk *walk = path_walk(room);
	const struct dentry *dentry = walk->dentry, *parent = NULL;
	struct path_name name;
	u64 left;
	u32 len;

	if (dentry == walk->root)
		return !path_cross(walk);
	bpf_core_read(&parent, sizeof(parent), &dentry->d_parent);
	if (parent == dentry)
		return 1;
	path_name_of(dentry, &name);
	left = walk->left & (PATH_BYTES - 1);
	len = name.len & 0xff;
	barrier_var(len);
	if (!len || left < len + 1)
		return 1;
	left = (left - len - 1) & (PATH_BYTES - 1);
	walk->left = left;
	room[left] = '/';
	bpf_probe_read_kernel(room + left + 1, len, name.text);
	walk->dentry = parent;
	return 0;
}

/*
 * The path as text, missing if nothing can be read. It grows from the end of its room to the
 * front, and then moves. What has no place in a tree (a memfd) is just its name. That it was
 * deleted is not seen here.
 */
static __always_inline void put_path(struct event *ev, const struct vfsmount *mnt,
				     const struct dentry *dentry)
{
	char *room = event_place(ev);
	volatile struct path_walk *walk = path_walk(room);
	struct event text = *ev;
	struct path_name name;
	u64 left;

	walk->dentry = dentry;
	walk->mount = mount_of(mnt);
	bpf_core_read((void *)&walk->root, sizeof(walk->root), &mnt->mnt_root);
	walk->left = PATH_BYTES - 1;
	room[PATH_BYTES - 1] = 0;
	loop(PATH_STEPS, path_step, &room);
	left = walk->left & (PATH_BYTES - 1);
	if (left == PATH_BYTES - 1) {
		path_name_of(walk->dentry, &name);
		put_kernel_str(&text, name.text, PATH_BYTES);
	} else {
		/* A name that became shorter meanwhile leaves a NUL inside, which ends it. */
		put_kernel_str(&text, room + left, PATH_BYTES);
	}
	*ev = text;
}

#endif
