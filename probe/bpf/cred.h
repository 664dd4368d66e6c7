/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What may a task do: its capabilities, and whether it could write to a file. */
#ifndef PROBE_CRED_H
#define PROBE_CRED_H

#include "bpf/event.h"
#include "bpf/loop.h"
#include <bpf/bpf_core_read.h>

#define CAP_DAC_OVERRIDE_BIT (1ull << 1)
#define CAP_FOWNER_BIT (1ull << 3)
#define MODE_WRITE 2
#define SUPER_RDONLY 1
#define INODE_IMMUTABLE 8
/* A group has at most 65536 members, in order. */
#define GROUP_STEPS 17

/* Two words or one: the same bytes. */
static __always_inline u64 cap_bits(const kernel_cap_t *kernel)
{
	u64 bits = 0;

	bpf_probe_read_kernel(&bits, sizeof(bits), kernel);
	return bits;
}

/* Inheritable, permitted, effective: three parameters. */
static __always_inline void put_caps(struct event *ev, const struct cred *cred)
{
	put_u64(ev, cap_bits(__builtin_preserve_access_index(&cred->cap_inheritable)));
	put_u64(ev, cap_bits(__builtin_preserve_access_index(&cred->cap_permitted)));
	put_u64(ev, cap_bits(__builtin_preserve_access_index(&cred->cap_effective)));
}

/* A search for a number in a sorted list of the kernel's. */
struct group_search {
	struct eyas_wire_ring *ring;
	const char *gids;
	u32 gid, left, right, found;
};

static long group_step(u32 index, void *context)
{
	struct group_search *search = context;
	u32 mid = (search->left + search->right) / 2, gid = 0;

	if (search->left >= search->right)
		return 1;
	bpf_probe_read_kernel(&gid, sizeof(gid), search->gids + (u64)mid * sizeof(gid));
	if (gid == search->gid) {
		search->found = 1;
		return 1;
	}
	if (gid < search->gid)
		search->left = event_forget(search->ring, mid + 1);
	else
		search->right = event_forget(search->ring, mid);
	return 0;
}

static __always_inline bool cred_has_group(struct eyas_wire_ring *ring, const struct cred *cred,
					   u32 gid)
{
	const struct group_info *groups = cred->group_info;
	struct group_search search = { .ring = ring, .gid = gid };

	search.gids = (const char *)groups + bpf_core_field_offset(struct group_info, gid);
	search.right = event_forget(ring, groups->ngroups);
	loop(GROUP_STEPS, group_step, &search);
	return search.found;
}

/* Has the id a name in the namespace? Maps of more than five ranges are taken to have all. */
static __always_inline bool id_is_mapped(const struct uid_gid_map *kernel, u32 id)
{
	struct uid_gid_map map = {};
	u32 i;

	bpf_probe_read_kernel(&map, sizeof(map), kernel);
	if (map.nr_extents > 5)
		return true;
	for (i = 0; i < 5; i++)
		if (i < map.nr_extents && id - map.extent[i].lower_first < map.extent[i].count)
			return true;
	return false;
}

/* By permission bits, ownership and capabilities: access lists are not looked at. */
static __always_inline bool cred_can_write(struct eyas_wire_ring *ring, const struct cred *cred,
					   const struct inode *inode)
{
	u32 uid = inode->i_uid.val, gid = inode->i_gid.val, mode = inode->i_mode;
	const struct user_namespace *ns = NULL;
	u64 caps;

	if (inode->i_sb->s_flags & SUPER_RDONLY || inode->i_flags & INODE_IMMUTABLE)
		return false;
	if (uid == (u32)-1 || gid == (u32)-1)
		return false;
	if (cred->fsuid.val == uid)
		return true;
	if (cred->fsgid.val == gid || cred_has_group(ring, cred, gid))
		mode >>= 3;
	if (mode & MODE_WRITE)
		return true;
	caps = cap_bits(__builtin_preserve_access_index(&cred->cap_effective));
	if (!(caps & (CAP_DAC_OVERRIDE_BIT | CAP_FOWNER_BIT)))
		return false;
	bpf_core_read(&ns, sizeof(ns), &cred->user_ns);
	if (!ns || !id_is_mapped(__builtin_preserve_access_index(&ns->uid_map), uid))
		return false;
	return caps & CAP_FOWNER_BIT ||
	       id_is_mapped(__builtin_preserve_access_index(&ns->gid_map), gid);
}

#endif
