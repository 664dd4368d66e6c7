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

/*
 * Who collects: what happens around the entries of a loader, and where the blocks go. A result
 * other than 0 ends the call that caused it and is what that returns.
 */
struct eyas_meta_owner {
	/* A section begins. */
	int (*section)(void *ctx);
	/* Before an entry is taken. */
	int (*begin)(void *ctx);
	/*
	 * An entry of what was not taken: a code of the sink, -ENOMEM, or -EINVAL when the format
	 * has no room for it (a string above 65535 bytes, an interface of an unknown type).
	 */
	int (*fail)(void *ctx, int code, const char *what);
	/* Takes one whole block. */
	int (*sink)(void *ctx, const void *block, size_t size);
};

/* Invariant: type is 0 and block empty, or block holds the head of a block and some entries. */
struct eyas_meta {
	struct eyas_str block;
	uint32_t type;	 /* enum block_type of the list being collected, 0 = none */
	uint64_t tid;	 /* of the descriptor list being collected */
	uint32_t compat; /* enum eyas_compat */
	uint64_t fds_left_out;
	const struct eyas_meta_owner *owner;
	void *ctx; /* the owner's */
};

void eyas_meta_init(struct eyas_meta *meta, uint32_t compat, const struct eyas_meta_owner *owner,
		    void *ctx);
void eyas_meta_fini(struct eyas_meta *meta);

/* A loader that collects what it receives, for as long as meta lives. */
void eyas_meta_loader(struct eyas_meta *meta, struct eyas_loader *ret_loader);

/*
 * Hand the block being collected to the sink and give its memory back. Returns 0, a code of the
 * sink, or -ENOMEM.
 */
int eyas_meta_end(struct eyas_meta *meta);

#endif
