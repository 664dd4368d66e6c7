/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What moved between kernels: one getter for each, naming the version that moved it. */
#ifndef PROBE_KFIX_H
#define PROBE_KFIX_H

#include "bpf/ktypes.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Before 6.6 (13bc24457850), and before 6.7 for mtime (12cd44023651). */
struct inode___before_6_6 {
	struct timespec64 i_mtime, i_ctime;
};
/* Until 6.10. */
struct inode___before_6_11 {
	struct timespec64 __i_mtime, __i_ctime;
};
/* Since 6.11 (3aa63a569c64). */
struct inode___since_6_11 {
	s64 i_mtime_sec, i_ctime_sec;
	u32 i_mtime_nsec, i_ctime_nsec;
};

/* Before 6.2 (f1a7941243c1). */
struct mm_rss_stat___before_6_2 {
	s64 count[4];
};
struct mm_struct___before_6_2 {
	struct mm_rss_stat___before_6_2 rss_stat;
};
struct percpu_counter {
	s64 count;
};
struct mm_struct___since_6_2 {
	struct percpu_counter rss_stat[4];
};

/* Before 6.15 (633488947ef6). */
struct kernfs_node___before_6_15 {
	struct kernfs_node *parent;
};
struct kernfs_node___since_6_15 {
	struct kernfs_node *__parent;
};

#pragma clang attribute pop

static __always_inline u64 ns_of(s64 sec, u32 nsec)
{
	/* Since 6.13 the uppermost bit of nanoseconds says that somebody asked for them. */
	return sec < 0 ? 0 : sec * 1000000000ull + (nsec & 0x7fffffff);
}

static __always_inline u64 ns_of_timespec(const struct timespec64 *kernel)
{
	struct timespec64 time = {};

	bpf_probe_read_kernel(&time, sizeof(time), kernel);
	return ns_of(time.tv_sec, time.tv_nsec);
}

static __always_inline u64 inode_ctime_ns(const struct inode *inode)
{
	const struct inode___since_6_11 *now = (const void *)inode;
	const struct inode___before_6_11 *old = (const void *)inode;
	const struct inode___before_6_6 *older = (const void *)inode;

	if (bpf_core_field_exists(now->i_ctime_sec))
		return ns_of(BPF_CORE_READ(now, i_ctime_sec), BPF_CORE_READ(now, i_ctime_nsec));
	if (bpf_core_field_exists(old->__i_ctime))
		return ns_of_timespec(__builtin_preserve_access_index(&old->__i_ctime));
	return ns_of_timespec(__builtin_preserve_access_index(&older->i_ctime));
}

static __always_inline u64 inode_mtime_ns(const struct inode *inode)
{
	const struct inode___since_6_11 *now = (const void *)inode;
	const struct inode___before_6_11 *old = (const void *)inode;
	const struct inode___before_6_6 *older = (const void *)inode;

	if (bpf_core_field_exists(now->i_mtime_sec))
		return ns_of(BPF_CORE_READ(now, i_mtime_sec), BPF_CORE_READ(now, i_mtime_nsec));
	if (bpf_core_field_exists(old->__i_mtime))
		return ns_of_timespec(__builtin_preserve_access_index(&old->__i_mtime));
	return ns_of_timespec(__builtin_preserve_access_index(&older->i_mtime));
}

/*
 * Pages of one kind (MM_FILEPAGES ...). Since 6.2 every CPU keeps a share of its own, which this
 * leaves out: to add them up takes as many reads as there are CPUs.
 */
static __always_inline s64 mm_pages(const struct mm_struct *mm, u32 kind)
{
	u64 pos;
	s64 pages = 0;

	/* Only what is constant in the source is adapted to the kernel, an index is not. */
	if (bpf_core_type_exists(struct mm_rss_stat___before_6_2))
		pos = bpf_core_field_offset(struct mm_struct___before_6_2, rss_stat) +
		      kind * sizeof(pages);
	else
		pos = bpf_core_field_offset(struct mm_struct___since_6_2, rss_stat) +
		      kind * bpf_core_type_size(struct percpu_counter) +
		      bpf_core_field_offset(struct percpu_counter, count);
	bpf_probe_read_kernel(&pages, sizeof(pages), (const char *)mm + pos);
	return pages;
}

static __always_inline const struct kernfs_node *kernfs_parent(const struct kernfs_node *node)
{
	const struct kernfs_node___since_6_15 *now = (const void *)node;
	const struct kernfs_node___before_6_15 *old = (const void *)node;
	const struct kernfs_node *parent = NULL;

	if (bpf_core_field_exists(now->__parent))
		bpf_core_read(&parent, sizeof(parent), &now->__parent);
	else
		bpf_core_read(&parent, sizeof(parent), &old->parent);
	return parent;
}

#endif
