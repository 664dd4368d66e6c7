/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where SysFlow records go: files (one, or one after another), stdout, a unix socket, a callback,
 * or several of them. A record is encoded once, whoever gets it.
 */
#ifndef SYSFLOW_WRITER_H
#define SYSFLOW_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <eyas/err.h>
#include <sysflow.h>

typedef void (*sf_callback)(void *ctx, const struct sysflow_record *record,
			    const struct sysflow_refs *refs);

struct sf_writer_opts {
	/*
	 * A file; a directory, if it ends in '/' (files named by the second of their beginning); with
	 * rotate_ns and no '/', a prefix ("prefix.SECOND"); "-" = stdout. NULL = none.
	 */
	const char *path;
	const char *socket_path; /* unix SOCK_SEQPACKET, one packet a record; NULL = none */
	sf_callback callback;	 /* of events and flows; NULL = none */
	void *callback_ctx;
	uint64_t rotate_ns; /* 0 = never */
	bool suffix;	    /* a prefix gets its second also when rotate_ns is 0 (live) */
	bool wall_clock;    /* files are named by the wall clock, not by the records' */
	/*
	 * Records come as things happen: what lies for 2 s is written though the block is not full,
	 * and a slow socket costs records. Otherwise blocks are full, a socket that nobody listens on
	 * is an error at the first begin(), and a slow one is waited for.
	 */
	bool live;
	int schema;	    /* 5 or 6 */
	const char *codec;  /* "null", "deflate" (NULL), "snappy" */
	bool raw_strings;   /* write bytes that are not UTF-8 as they are (strict) */
	size_t queue_bytes; /* waiting for a slow socket, 0 = 8 MiB; what finds no room is counted */
	/* Between attempts to connect, doubling from the first to the last; 0 = 10 s, 80 s. */
	uint64_t retry_ns, retry_max_ns;
};

struct sf_writer_stats {
	uint64_t files;		 /* begun */
	uint64_t records, bytes; /* in files, or in the block that is being filled; uncompressed */
	uint64_t file_lost;	 /* records that could not be written */
	uint64_t socket_records, socket_lost, socket_connects;
	uint64_t socket_waiting_bytes; /* now */
};

struct sf_writer;

int sf_writer_open(const struct sf_writer_opts *opts, struct sf_writer **ret_writer,
		   struct eyas_err *reterr);
/*
 * What whoever makes records calls; writer is a struct sf_writer. The next file, or the first one:
 * then comes a header, with *ret_filename (lent until the next begin()), and every entity again
 * before the first record that refers to it.
 */
int sf_writer_begin(void *writer, uint64_t now_ns, const char **ret_filename,
		    struct eyas_err *reterr);
/* One record. refs are for the callback; without one they may be NULL. */
int sf_writer_record(void *writer, const struct sysflow_record *record,
		     const struct sysflow_refs *refs, struct eyas_err *reterr);
/*
 * The time, of those given to begin(), from which on the next begin() is due: UINT64_MAX = never,
 * 0 = at once, as when a peer came back. To be looked at before each event.
 */
const uint64_t *sf_writer_due(const struct sf_writer *writer);
/*
 * The next file is due, whatever its time: somebody has moved this one away. Not where files have
 * one name only and it is taken, of which sf_writer_failure() tells, nor on standard output.
 */
void sf_writer_next(struct sf_writer *writer);
/* Now and then while nothing happens: what waits is sent, what lies too long is flushed. */
int sf_writer_idle(struct sf_writer *writer, uint64_t now_ns, struct eyas_err *reterr);
/*
 * A failure to write does not end the writer: it goes on with the next block, file or connection
 * and counts. This says one that was not told of yet: 1 and reterr, or 0. What goes on failing is
 * told once. -EPIPE: nobody reads our standard output any more.
 */
int sf_writer_failure(struct sf_writer *writer, struct eyas_err *reterr);
void sf_writer_stats(const struct sf_writer *writer, struct sf_writer_stats *ret_stats);
/*
 * The end: what waits is written, a slow socket is given some time, files are closed. Nothing may
 * be written afterwards, and the numbers are final. 0, or the failure to do so.
 */
int sf_writer_finish(struct sf_writer *writer, struct eyas_err *reterr);
/* Finish, unless that was done; the writer is gone whatever is returned. NULL is fine. */
int sf_writer_close(struct sf_writer *writer, struct eyas_err *reterr);

#endif
