/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What an inode says about its file: device, number, and the layer of an overlay it lies in. */
#ifndef PROBE_INODE_H
#define PROBE_INODE_H

#include "bpf/kread.h"

#define OVERLAYFS_MAGIC 0x794c7630

enum layer { LAYER_NONE, LAYER_UPPER, LAYER_LOWER };

struct inode_facts {
	u64 ino;
	u32 dev; /* as stat(2) has it, where the file system does not make up another one there */
	enum layer layer;
};

/* Kernel's 12:20 bits of major and minor as the old 8 bits of each with what is more in front. */
static __always_inline u32 dev_encode(u32 dev)
{
	u32 major = dev >> 20, minor = dev & 0xfffff;

	return (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
}

/*
 * An overlay's inodes end in pointers to what they stand for, the one of the upper layer right
 * behind the general part (since Linux 4.13). The overlay can be a module, whose
 * types need not be known, so this is all there is to go by.
 */
static __always_inline enum layer inode_layer(const struct inode *inode,
					      const struct super_block *sb)
{
	void *upper = NULL;

	if (KREAD(struct super_block, sb, s_magic) != OVERLAYFS_MAGIC)
		return LAYER_NONE;
	bpf_probe_read_kernel(&upper, sizeof(upper),
			      (const char *)inode + bpf_core_type_size(struct inode));
	return upper ? LAYER_UPPER : LAYER_LOWER;
}

/* All 0 for NULL. */
static __always_inline void inode_facts(const struct inode *inode, struct inode_facts *ret_facts)
{
	const struct super_block *sb;

	ret_facts->ino = 0;
	ret_facts->dev = 0;
	ret_facts->layer = LAYER_NONE;
	if (!inode)
		return;
	sb = KREAD(struct inode, inode, i_sb);
	ret_facts->ino = KREAD(struct inode, inode, i_ino);
	ret_facts->dev = dev_encode(KREAD(struct super_block, sb, s_dev));
	ret_facts->layer = inode_layer(inode, sb);
}

#endif
