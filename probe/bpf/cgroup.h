/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Which control groups is a task in? */
#ifndef PROBE_CGROUP_H
#define PROBE_CGROUP_H

#include "bpf/event.h"
#include "bpf/kfix.h"
#include "bpf/loop.h"

/* The nearest so many names of a path, of which the root's, an empty one, counts, too. */
#define CGROUP_NAMES 6
#define CGROUP_NAME_BYTES 256
/* Room that put_cgroups() needs. */
#define PUT_CGROUPS_BYTES (5 * (8 + CGROUP_NAMES * CGROUP_NAME_BYTES + 1))

/* What a text begins with, and the number of its controller in this kernel. */
struct cgroup_label {
	u64 text;
	u32 bytes; /* of text */
	u32 id;
};

/* The ring's scratch: the verifier does not know what comes from there, however it got there. */
struct cgroup_scratch {
	struct cgroup_label labels[8];
	const char *names[CGROUP_NAMES]; /* the nearest first, NULL behind the last */
};

struct cgroup_walk {
	struct eyas_wire_ring *ring; /* pos is where the next byte goes, after at */
	char *at;
	const struct css_set *set;
	u32 count; /* of labels */
};

static __always_inline volatile struct cgroup_scratch *cgroup_scratch(struct eyas_wire_ring *ring)
{
	return (volatile struct cgroup_scratch *)ring->scratch;
}

static __always_inline char *cgroup_place(const struct cgroup_walk *walk, s64 offset)
{
	return walk->at + ((*(volatile u64 *)&walk->ring->pos + offset) & EYAS_WIRE_POS_MASK);
}

static __always_inline void cgroup_move(struct cgroup_walk *walk, u64 bytes)
{
	*(volatile u64 *)&walk->ring->pos += bytes;
}

static __always_inline void cgroup_names(const struct css_set *set, u32 id,
					 volatile struct cgroup_scratch *scratch)
{
	const struct cgroup_subsys_state *css = NULL;
	const struct kernfs_node *node;
	u32 i;

	for (i = 0; i < CGROUP_NAMES; i++)
		scratch->names[i] = NULL;
	bpf_probe_read_kernel(&css, sizeof(css),
			      (const char *)set + bpf_core_field_offset(struct css_set, subsys) +
				      (u64)id * sizeof(css));
	node = BPF_CORE_READ(css, cgroup, kn);
	for (i = 0; i < CGROUP_NAMES; i++) {
		if (!node)
			break;
		bpf_core_read((void *)&scratch->names[i], sizeof(scratch->names[i]), &node->name);
		node = kernfs_parent(node);
	}
}

/* "cpu=/a/b" and a NUL. */
static long cgroup_step(u32 index, void *context)
{
	struct cgroup_walk *walk = context;
	volatile struct cgroup_scratch *scratch = cgroup_scratch(walk->ring);
	volatile struct cgroup_label *label = &scratch->labels[index & 7];
	const char *name;
	long len;
	u32 i;

	if (index >= walk->count)
		return 1;
	cgroup_names(walk->set, label->id, scratch);
	*(u64 *)cgroup_place(walk, 0) = label->text;
	cgroup_move(walk, label->bytes);
	for (i = CGROUP_NAMES; i > 0; i--) {
		name = scratch->names[i - 1];
		if (!name)
			continue;
		len = bpf_probe_read_kernel_str(cgroup_place(walk, 0), CGROUP_NAME_BYTES, name);
		if (len <= 0)
			continue;
		cgroup_move(walk, len);
		*cgroup_place(walk, -1) = '/';
	}
	/* A slash ends a root, and no other path. */
	if (!scratch->names[1])
		cgroup_move(walk, 1);
	*cgroup_place(walk, -1) = 0;
	return 0;
}

#define CGROUP_LABEL(walk, scratch, name, eight_bytes, length) \
	do { \
		if (bpf_core_enum_value_exists(enum cgroup_subsys_id, name##_cgrp_id)) { \
			(scratch)->labels[(walk).count].text = *(const u64 *)(eight_bytes); \
			(scratch)->labels[(walk).count].bytes = (length); \
			(scratch)->labels[(walk).count].id = \
				bpf_core_enum_value(enum cgroup_subsys_id, name##_cgrp_id); \
			(walk).count++; \
		} \
	} while (0)

/* One parameter: texts of five controllers, each with its NUL. */
static __always_inline void put_cgroups(struct event *ev, const struct task_struct *task)
{
	volatile struct cgroup_scratch *scratch = cgroup_scratch(ev->ring);
	struct cgroup_walk walk = { .ring = ev->ring, .at = ev->at };

	bpf_core_read(&walk.set, sizeof(walk.set), &task->cgroups);
	CGROUP_LABEL(walk, scratch, cpuset, "cpuset=", 7);
	CGROUP_LABEL(walk, scratch, cpu, "cpu=\0\0\0", 4);
	CGROUP_LABEL(walk, scratch, cpuacct, "cpuacct=", 8);
	CGROUP_LABEL(walk, scratch, io, "io=\0\0\0\0", 3);
	CGROUP_LABEL(walk, scratch, memory, "memory=", 7);
	ev->ring->pos = ev->pos;
	loop(5, cgroup_step, &walk);
	event_took(ev, (*(volatile u64 *)&ev->ring->pos - ev->pos) & 0xffff);
	event_settle(ev);
}

#endif
