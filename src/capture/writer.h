/* SPDX-License-Identifier: Apache-2.0 */
/* Inside view of the writer for the rotating dump, which keeps metadata blocks itself. */
#ifndef CAPTURE_WRITER_H
#define CAPTURE_WRITER_H

#include <eyas/capture.h>

/* Begin a section, unless nothing was written since the last one began. */
int eyas_writer_section(struct eyas_writer *writer);

/* Append whole metadata blocks as they are. */
int eyas_writer_blocks(struct eyas_writer *writer, const void *blocks, size_t size);

/* Bytes the block of an event takes, before compression. */
uint64_t eyas_writer_event_size(const struct eyas_event *event);

/*
 * Bytes taken that are not counted in bytes_out yet: plain ones will add exactly as many,
 * compressed ones an unknown number until the next flush.
 */
uint64_t eyas_writer_pending(const struct eyas_writer *writer);

/*
 * Would size more bytes make the file longer than limit? What a compressor still holds counts in
 * full, as if nothing of it shrank; when that is too much, a flush tells what it really takes. That
 * happens a few times at the end of a file only: each flush leaves less to guess, and the last 64th
 * is not worth one. 1, 0, or the failure of the flush.
 */
int eyas_writer_exceeds(struct eyas_writer *writer, uint64_t size, uint64_t limit,
			struct eyas_err *reterr);

/* As eyas_writer_close(), and what came of it: only now the size of a compressed file is known. */
int eyas_writer_finish(struct eyas_writer *writer, struct eyas_writer_stats *ret_stats,
		       struct eyas_err *reterr);

/* Say what went wrong in words, as the loader's functions cannot. Returns the code, 0 = nothing. */
int eyas_writer_error(const struct eyas_writer *writer, struct eyas_err *reterr);

#endif
