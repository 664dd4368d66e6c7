/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What only the iterators read of the kernel's types, beside ktypes.h. Loading takes off what
 * stands behind the three underscores of a name, so a type can be declared here with other members.
 */
#ifndef PROBE_KTYPES_ITER_H
#define PROBE_KTYPES_ITER_H

#include "bpf/ktypes.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

struct signal_struct___iter {
	int nr_threads;
	unsigned long min_flt, maj_flt;
};

struct task_struct___iter {
	int exit_state;
	struct signal_struct___iter *signal;
	const struct cred *real_cred;
	u64 start_boottime;
};

struct fdtable___iter {
	unsigned long *close_on_exec;
};

struct mount___iter {
	int mnt_id;
};

struct inode___iter {
	void *i_private;
};

struct hlist_head {
	void *first;
};

struct pid___iter {
	struct hlist_head tasks[3];
};

struct vm_area_struct {
	unsigned long vm_start, vm_end;
	struct file *vm_file;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup___iter {
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct css_set___iter {
	struct list_head cgrp_links;
};

struct cgrp_cset_link {
	struct cgroup___iter *cgrp;
	struct list_head cgrp_link;
};

struct in6_addr___iter {
	u8 bytes[16];
};

struct sock_common___iter {
	u32 skc_daddr, skc_rcv_saddr;
	u16 skc_dport;
	u16 skc_family;
	u8 skc_state;
	struct in6_addr___iter skc_v6_daddr, skc_v6_rcv_saddr;
};

struct sock___iter {
	struct sock_common___iter __sk_common;
	u16 sk_type, sk_protocol;
};

struct inet_sock___iter {
	u16 inet_sport;
};

struct sockaddr_un___iter {
	u16 sun_family;
};

struct unix_address___iter {
	int len; /* of the name with its family */
	struct sockaddr_un___iter name[0];
};

struct unix_sock___iter {
	struct unix_address___iter *addr;
	struct sock___iter *peer;
};

struct socket___iter {
	struct sock___iter *sk;
};

#pragma clang attribute pop

#endif
