/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the bytes of a capture go: a file, a pipe or standard output, plain or compressed.
 * Called by the writer only. The sink takes whole blocks of the capture format, because what a
 * full disk leaves behind must end at the end of a block.
 */
#ifndef CAPTURE_OUT_H
#define CAPTURE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <eyas/capture.h>

/*
 * Invariant: buf[0] is the first byte of a block and buf holds len <= cap bytes of whole blocks.
 * After a failure err.code is set, and len and cap are 0, so that the fast path, which looks at
 * nothing else, ends in the slow one.
 */
struct eyas_out {
	uint8_t *buf;
	size_t len, cap;
	uint64_t drained;   /* bytes that left buf, before compression */
	uint64_t bytes_out; /* handed to the file */
	uint64_t unflushed; /* of drained: what the compressor may still hold back */
	char *path;	    /* the final name; a link is followed first */
	char *part;	    /* the name while it is written; NULL = written in place */
	uint8_t *zbuf;	    /* compressed bytes on their way to the file */
	void *codec;	    /* z_stream or ZSTD_CCtx */
	uint32_t compression;
	int fd;
	bool own_fd;
	struct eyas_err err; /* the first failure; its code is 0 while there is none */
};

/* Open path as eyas_writer_open() describes it. level 0 = the default of the compression. */
int eyas_out_open(struct eyas_out *out, const char *path, uint32_t compression, int level,
		  struct eyas_err *reterr);

/* Make room for one block; NULL after a failure or when size exceeds the buffer. Slow path. */
uint8_t *eyas_out_make_room(struct eyas_out *out, size_t size);

/* Room for one block of size bytes, to be filled completely and then committed. */
static inline uint8_t *eyas_out_reserve(struct eyas_out *out, size_t size)
{
	if (out->cap - out->len < size)
		return eyas_out_make_room(out, size);
	return out->buf + out->len;
}

static inline void eyas_out_commit(struct eyas_out *out, size_t size)
{
	out->len += size;
}

/* One block of any size, in pieces. Returns 0 or the code of the first failure. */
int eyas_out_block(struct eyas_out *out, const struct iovec *pieces, unsigned count);

/* All bytes so far reach the file in a form that can be decompressed from it. */
int eyas_out_flush(struct eyas_out *out);

/* Bytes taken so far, before compression. */
static inline uint64_t eyas_out_bytes(const struct eyas_out *out)
{
	return out->drained + out->len;
}

/* Bytes taken that may not be part of bytes_out yet. */
static inline uint64_t eyas_out_pending(const struct eyas_out *out)
{
	return out->unflushed + out->len;
}

/*
 * Finish the file; when complete, and nothing failed, it gets its name. Returns 0 or the code of
 * the first failure, whose words are in reterr. Frees what out owns.
 */
int eyas_out_close(struct eyas_out *out, bool complete, struct eyas_err *reterr);

#endif
