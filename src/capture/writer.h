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

/* As eyas_writer_close(), and what came of it: only now the size of a compressed file is known. */
int eyas_writer_finish(struct eyas_writer *writer, struct eyas_writer_stats *ret_stats,
		       struct eyas_err *reterr);

/* Say what went wrong in words, as the loader's functions cannot. Returns the code, 0 = nothing. */
int eyas_writer_error(const struct eyas_writer *writer, struct eyas_err *reterr);

#endif
