/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * In which cgroup of each hierarchy is a task? Hierarchies are told by their numbers, whose names
 * user space knows; the one of cgroup v2 is 0. Paths begin at the hierarchy's own root, as those
 * in events do.
 */
#ifndef PROBE_ITER_CGROUP_H
#define PROBE_ITER_CGROUP_H

#include "bpf/iter_path.h"
#include "bpf/kfix.h"

#define CGROUP_HIERARCHIES 32
#define CGROUP_DEPTH 64
#define CGROUP_NAME_ROOM 256

struct cgroup_walk {
	const struct kernfs_node *node;
	const struct list_head *link, *end;
	u32 begin; /* of the texts in the record */
	char name[CGROUP_NAME_ROOM];
};

static struct cgroup_walk cgroup_walk SEC(".bss");

static long cgroup_name_step(u64 index, void *ctx)
{
	const struct kernfs_node *node = cgroup_walk.node, *parent;
	const char *name = NULL;
	long len;

	parent = kernfs_parent(node);
	if (!parent)
		return 1; /* the root's name is empty */
	bpf_core_read(&name, sizeof(name), &node->name);
	len = bpf_probe_read_kernel_str(cgroup_walk.name, CGROUP_NAME_ROOM, name);
	if (len <= 1 || !walk_put(cgroup_walk.name, len - 1))
		return 1;
	cgroup_walk.node = parent;
	return 0;
}

/* One hierarchy; 1 when all are done. What finds no room is left out. */
static long cgroup_step(u64 index, void *ctx)
{
	const struct cgrp_cset_link *link;
	const struct cgroup___iter *cgroup = NULL;
	const struct cgroup_root *root = NULL;
	const struct kernfs_node *node = NULL;
	const struct list_head *next = NULL;
	u32 id = 0, begin = record_len(), bytes;

	if (!cgroup_walk.link || cgroup_walk.link == cgroup_walk.end)
		return 1;
	link = (const void *)((const char *)cgroup_walk.link -
			      bpf_core_field_offset(struct cgrp_cset_link, cgrp_link));
	bpf_core_read(&next, sizeof(next), &link->cgrp_link.next);
	cgroup_walk.link = next;
	bpf_core_read(&cgroup, sizeof(cgroup), &link->cgrp);
	if (!cgroup)
		return 0;
	bpf_core_read(&root, sizeof(root), &cgroup->root);
	bpf_core_read(&node, sizeof(node), &cgroup->kn);
	if (!root || !node)
		return 0;
	bpf_core_read(&id, sizeof(id), &root->hierarchy_id);
	walk_begin();
	cgroup_walk.node = node;
	bpf_loop(CGROUP_DEPTH, cgroup_name_step, NULL, 0);
	if (walk.left == EYAS_ITER_PATH_BYTES - 1)
		walk_put(NULL, 0);
	bytes = EYAS_ITER_PATH_BYTES - 1 - (walk.left & (EYAS_ITER_PATH_BYTES - 1));
	if (begin - cgroup_walk.begin + bytes + 5 > EYAS_ITER_CGROUP_BYTES)
		return 0;
	__builtin_memcpy(record_place(), &id, sizeof(id));
	record.len = begin + sizeof(id);
	walk_take();
	*record_place() = 0;
	record.len = record_len() + 1;
	return 0;
}

static __noinline u32 record_cgroups(const struct task_struct *task)
{
	const struct css_set___iter *set = NULL;
	const struct list_head *next = NULL;

	bpf_core_read(&set, sizeof(set), &task->cgroups);
	if (!set)
		return 0;
	cgroup_walk.begin = record_len();
	cgroup_walk.end = __builtin_preserve_access_index(&set->cgrp_links);
	bpf_core_read(&next, sizeof(next), &set->cgrp_links.next);
	cgroup_walk.link = next;
	bpf_loop(CGROUP_HIERARCHIES, cgroup_step, NULL, 0);
	return record_len() - cgroup_walk.begin;
}

#endif
