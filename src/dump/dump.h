/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The consumer that writes captures: one file, or one after another by size, time or number of
 * events, of which the last N may be kept. Used by the commands that record.
 *
 * Every file of a rotation stands alone: it begins with what is known about the machine, so that
 * each can be read without the others. Each has its name only once complete.
 * A handle may be used by one thread at a time.
 */
#ifndef DUMP_DUMP_H
#define DUMP_DUMP_H

#include <stdbool.h>
#include <stdint.h>

#include <eyas/capture.h>
#include <eyas/state.h>

/* Zero-initialise, then set what differs from the defaults. */
struct eyas_dump_opts {
	/*
	 * Without rotation the name of the file, "-" = standard output. With rotation a number
	 * is appended, from 0; with keep_files it has leading zeros, so that names sort. When
	 * files follow each other by time and the name has a '%' it is expanded by strftime()
	 * with the local time of the file's first event; then a number is appended only if
	 * another limit is set, too, or the name would be that of the file before.
	 */
	const char *path;
	struct eyas_writer_opts writer; /* its size is set by eyas_dump_open() */
	/*
	 * When a new file begins, 0 = never: before the event that would make the file longer
	 * than rotate_bytes, that lies rotate_ns or more after the file's first event, or that
	 * is one more than rotate_events. A file has at least one event. When what
	 * every file begins with takes more than half of rotate_bytes (before compression), the
	 * limit is twice its size instead: else most of the disk would go to copies of it.
	 */
	uint64_t rotate_bytes;
	uint64_t rotate_ns;
	uint64_t rotate_events;
	/*
	 * eyas_dump_rotate() will be used. If that is the only reason for a new file, the first one
	 * is called path, without a number; those behind it have one, from 1.
	 */
	bool rotate_on_demand;
	unsigned keep_files; /* a ring: older files make room before a new one begins; 0 = all */
	/*
	 * Followed by whoever feeds the dump: a file that begins in the middle of a section begins
	 * with the threads and descriptors of that moment. NULL = with those of the section's
	 * beginning. Borrowed.
	 */
	const struct eyas_state *state;
	bool cut; /* events before the first one given are missing: the first file does so, too */
};

struct eyas_dump_stats {
	struct eyas_writer_stats writer; /* of all files together */
	uint64_t files;			 /* begun */
	uint64_t files_removed;		 /* to keep no more than keep_files */
};

struct eyas_dump;

/*
 * Create the first file; a name with the time of an event in it has to wait for that event.
 * Errors: those of eyas_writer_open(); -EINVAL for a rotation of standard output, and for
 * keep_files without a rotation. opts may go once the call returns.
 */
int eyas_dump_open(const struct eyas_dump_opts *opts, struct eyas_dump **ret_dump,
		   struct eyas_err *reterr) EYAS_MUST_USE;

/* As eyas_writer_loader(). What a failure was in words is told by the next call that can. */
void eyas_dump_loader(struct eyas_dump *dump, struct eyas_loader *ret_loader);

/* As eyas_writer_event(), and a new file if it is time for one. */
int eyas_dump_event(struct eyas_dump *dump, const struct eyas_event *event,
		    struct eyas_err *reterr) EYAS_MUST_USE;

int eyas_dump_flush(struct eyas_dump *dump, struct eyas_err *reterr) EYAS_MUST_USE;

/*
 * Finish the file now; the next event begins a new one. Nothing happens to a file without events.
 * EYAS_E_USAGE unless some rotation was asked for.
 */
int eyas_dump_rotate(struct eyas_dump *dump, struct eyas_err *reterr) EYAS_MUST_USE;

void eyas_dump_stats(const struct eyas_dump *dump, struct eyas_dump_stats *ret_stats);

/* Finish the last file. The handle is gone whatever is returned. NULL is fine. */
int eyas_dump_close(struct eyas_dump *dump, struct eyas_err *reterr) EYAS_MUST_USE;

#endif
