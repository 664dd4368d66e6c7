/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a capture says about the machine, from entries to blocks. Entries of one list are
 * collected until the list ends or the block is large enough; whole blocks go to a sink. Used by
 * the writer, and by the rotating dump, which keeps the blocks for the files to come.
 */
#ifndef CAPTURE_META_WRITE_H
#define CAPTURE_META_WRITE_H

#include <stdint.h>

#include <eyas/capture.h>

#include "base/str.h"

/* A list goes on in a new block when it would exceed this; only one entry may be longer. */
#define META_BLOCK_MAX (1024 * 1024)

/* Invariant: type is 0 and block empty, or block holds the head of a block and some entries. */
struct eyas_meta {
	struct eyas_str block;
	uint32_t type;	 /* enum block_type of the list being collected, 0 = none */
	uint64_t tid;	 /* of the descriptor list being collected */
	uint32_t compat; /* enum eyas_compat */
	uint64_t fds_left_out;
	/* Takes one whole block; a result other than 0 ends the call that caused it. */
	int (*sink)(void *ctx, const void *block, size_t size);
	void *ctx;
};

void eyas_meta_init(struct eyas_meta *meta, uint32_t compat,
		    int (*sink)(void *ctx, const void *block, size_t size), void *ctx);
void eyas_meta_fini(struct eyas_meta *meta);

/*
 * All of these return 0, a code of the sink, -ENOMEM, or -EINVAL for an entry the format has no
 * room for: a string above 65535 bytes, an interface of an unknown type.
 */
int eyas_meta_machine(struct eyas_meta *meta, const struct eyas_machine *machine);
int eyas_meta_iface(struct eyas_meta *meta, const struct eyas_iface *iface);
int eyas_meta_user(struct eyas_meta *meta, const struct eyas_user *user);
int eyas_meta_group(struct eyas_meta *meta, const struct eyas_group *group);
int eyas_meta_thread(struct eyas_meta *meta, const struct eyas_thread_entry *thread);
int eyas_meta_fd_list(struct eyas_meta *meta, uint64_t tid);
int eyas_meta_fd(struct eyas_meta *meta, uint64_t tid, const struct eyas_fd_entry *fd);

/* Hand the block being collected to the sink and give its memory back. */
int eyas_meta_end(struct eyas_meta *meta);

#endif
