/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a writer, one after another: how they are named, when the next one begins, and what
 * happens when they cannot be written. Part of writer.c.
 */
#ifndef SYSFLOW_WRITER_FILES_H
#define SYSFLOW_WRITER_FILES_H

#include "sysflow/writer.h"

struct sf_files;

int sf_files_open(const struct sf_writer_opts *opts, struct sf_files **ret_files,
		  struct eyas_err *reterr);
/*
 * Begin the next file, if it is time or there is none. Fails only for the very first; later the
 * failure is kept for sf_files_failure() and the file that is open goes on, if there is one.
 */
int sf_files_begin(struct sf_files *files, uint64_t now_ns, struct eyas_err *reterr);
/* The time of the records at which the next file is due. */
uint64_t sf_files_due(const struct sf_files *files);
/* It is now. */
void sf_files_next(struct sf_files *files);
/* How the header calls the file. */
const char *sf_files_name(const struct sf_files *files);
/* An encoded record. header: it is one, which a file begins with. */
void sf_files_put(struct sf_files *files, const void *data, size_t len, bool header);
void sf_files_idle(struct sf_files *files);
/*
 * Records were lost that others may refer to, and now there is room again: everything has to be
 * said anew, beginning with sf_files_begin(), which clears this.
 */
bool sf_files_anew(const struct sf_files *files);
/* As sf_writer_failure(). */
int sf_files_failure(struct sf_files *files, struct eyas_err *reterr);
void sf_files_stats(const struct sf_files *files, struct sf_writer_stats *ret_stats);
/* Write what is left and close: 0, or what went wrong last. */
int sf_files_finish(struct sf_files *files, struct eyas_err *reterr);
/* What was not written by then is lost. NULL is fine. */
void sf_files_free(struct sf_files *files);

#endif
