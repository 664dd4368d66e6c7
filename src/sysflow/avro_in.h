/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Avro object container files as bytes: head, blocks, sync markers. What is in a block is the
 * business of others.
 */
#ifndef SYSFLOW_AVRO_IN_H
#define SYSFLOW_AVRO_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <eyas/err.h>

#include "sysflow/unpack.h"

enum { SF_SYNC_BYTES = 16 };

/*
 * A file, through a window that grows with what really is in it. Invariant: window[start..end) are
 * the next bytes of the file, and offset is the place of window[start].
 */
struct sf_avro_in {
	int fd;
	bool close_fd;
	bool follow; /* the end of the file is not the end */
	bool eof;    /* nothing came; with follow, this time */
	bool lost;   /* a sync marker has to be found first */
	bool headed; /* the head was read */
	uint8_t *window;
	size_t start, end, cap;
	uint64_t offset;
	size_t max_bytes; /* of a block */
	uint8_t sync[SF_SYNC_BYTES];
	struct sf_unpacker unpacker;
	uint64_t skipped_bytes; /* until a sync marker */
	uint64_t lost_records;	/* that blocks which could not be unpacked say they have */
	/* The block that was asked for last: how many data it says it has, where it begins. */
	uint64_t count, block_offset;
	size_t block_bytes; /* in the file, head and marker included */
};

/* Takes a descriptor, to close it if close_fd. */
void sf_avro_in_init(struct sf_avro_in *container, int fd, bool close_fd, bool follow,
		     size_t max_bytes);
void sf_avro_in_fini(struct sf_avro_in *container);

/*
 * The head: 1 and the schema, lent until the next call; 0 if it is not all there yet (follow).
 * EYAS_E_END for an empty file; EYAS_E_FORMAT, EYAS_E_TRUNC, EYAS_E_LIMIT, -errno. Offsets are
 * in reterr->offset.
 */
int sf_avro_in_head(struct sf_avro_in *container, const char **ret_schema, size_t *ret_len,
		    struct eyas_err *reterr);

/*
 * The next block: 1 and its bytes as they were before compression, which belong to the caller to
 * change until the next call; 0 if it is not all there yet (follow); EYAS_E_END. Of what is
 * damaged, a failure tells once, and the next call goes on behind it. -EINTR: a signal came.
 */
int sf_avro_in_next(struct sf_avro_in *container, uint8_t **ret_data, size_t *ret_len,
		    struct eyas_err *reterr);

#endif
