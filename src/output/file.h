/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that takes bytes piece by piece: a piece is in it as a whole or not at all, so that a full
 * disk leaves a file that ends with a whole piece. Nothing here raises a signal.
 */
#ifndef OUTPUT_FILE_H
#define OUTPUT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <eyas/err.h>

struct output_file {
	int fd;	    /* -1 = not open */
	char *name; /* as opened; for messages */
	bool own;   /* opened here, not standard output */
	bool named; /* a regular file that had a name when it was opened */
	bool fresh; /* there was no file of this name before */
	bool torn;  /* ends within a piece that could not be taken back: nothing follows */
};

#define OUTPUT_FILE_INIT \
	{ \
		-1, NULL, false, false, false, false \
	}

/*
 * "-" is standard output. exclusive: only a new file will do, -EEXIST otherwise; without it what
 * was in the file is lost.
 */
int output_file_open(struct output_file *file, const char *path, bool exclusive,
		     struct eyas_err *reterr);
/*
 * One piece: 0, or -errno when nothing of it is in the file. -ENOENT: the file has been removed
 * meanwhile, so that nobody would find the piece.
 */
int output_file_put(struct output_file *file, const void *data, size_t len,
		    struct eyas_err *reterr);
/* Is there still a name that leads to the file? Only regular files can lose theirs. */
bool output_file_linked(const struct output_file *file);
/* Take away the name of a file that is new and came to nothing; it is still to be closed. */
void output_file_discard(const struct output_file *file);
/*
 * Cut off the last bytes of a file that was written through fd, in which they were put in vain:
 * false if they are not its last ones, or there is no cutting.
 */
bool output_file_take_back(int fd, size_t excess);
/* 0, or what the system said only now. Closed either way; a file that is not open is fine. */
int output_file_close(struct output_file *file, struct eyas_err *reterr);

#endif
