/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the queue of a sink (sink.c) and what takes its lines: a backend for each kind. All
 * functions of a backend but open run on the sink's thread, with all signals blocked there, so
 * that writing raises none. None of them waits without looking at the sink's cancel descriptor.
 */
#ifndef OUTPUT_SINK_INT_H
#define OUTPUT_SINK_INT_H

#include <sys/types.h>

#include "output/sink.h"

struct sink_line {
	size_t len; /* with the newline */
	unsigned severity;
};

/* Lines that lie one behind the other, each with its newline. */
struct sink_batch {
	const char *text;
	const struct sink_line *lines;
	size_t count;
};

struct sink_backend {
	/* *ret_state is NULL-able; what fails here fails for good. */
	int (*open)(struct output_sink *sink, void **ret_state, struct eyas_err *reterr);
	/*
	 * Write one line or more of the batch, which has one at least. Returns how many, or -errno
	 * when the first one did not get out: it is tried again. -EPIPE: the sink is broken for
	 * good; -EBADMSG: this line never will get out, the next one may.
	 */
	int (*put)(void *state, const struct sink_batch *batch, struct eyas_err *reterr);
	/* May be NULL. */
	void (*reopen)(void *state);
	void (*close)(void *state);
	uint32_t retries; /* of a line, unless told otherwise */
};

extern const struct sink_backend sink_stdout, sink_file, sink_syslog, sink_program, sink_http;

const struct output_sink_opts *sink_opts(const struct output_sink *sink);
/* Readable once the sink is to give up whatever it does. */
int sink_cancel_fd(const struct output_sink *sink);
bool sink_cancelled(const struct output_sink *sink);
/* Wait until that time; false = cancelled, or the sink is being closed and must hurry. */
bool sink_pause(struct output_sink *sink, uint64_t until_ns);
/*
 * Wait until fd can be written: 0, -ECANCELED. A descriptor that poll cannot wait for is ready.
 */
int sink_wait_writable(const struct output_sink *sink, int fd);
/*
 * Write all of it, in pieces that cannot block: 0 or -errno, -ECANCELED. *ret_done: how much got
 * out, on failure, too.
 */
int sink_write(const struct output_sink *sink, int fd, const char *data, size_t len,
	       size_t *ret_done);
size_t sink_batch_bytes(const struct sink_batch *batch);

/* For backends: count, and tell something that is no failure to write. */
enum sink_count { SINK_STARTS, SINK_REFUSED, SINK_UNREAD };
void sink_count(struct output_sink *sink, enum sink_count what, uint64_t by);
void sink_note(struct output_sink *sink, unsigned severity, const char *fmt, ...) EYAS_PRINTF(3, 4);

#endif
