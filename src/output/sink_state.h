/* SPDX-License-Identifier: Apache-2.0 */
/* What a sink is made of: shared by those who put lines (sink.c) and its thread (sink_thread.c). */
#ifndef OUTPUT_SINK_STATE_H
#define OUTPUT_SINK_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/str.h"
#include "output/sink_int.h"

/* Lines that wait. */
struct sink_queue {
	struct eyas_str text;
	struct sink_line *lines;
	size_t count, cap;
};

enum { SINK_NOTES = 8 };

struct sink_said {
	unsigned severity;
	char text[sizeof(((struct eyas_err *)0)->text)];
};

/*
 * Both sides hold it; whoever goes last frees it, since a thread that hangs in the system cannot be
 * waited for. Options, name, backend and state are settled before the thread starts; the rest but
 * cancel is under the lock.
 */
struct output_sink {
	struct output_sink_opts opts; /* its texts are its own */
	const struct sink_backend *backend;
	void *state;
	char *name;
	pthread_t thread;
	int cancel_fd;
	atomic_bool cancel;
	pthread_mutex_t lock;
	pthread_cond_t work;  /* for the thread: lines, a reopen, the end */
	pthread_cond_t moved; /* for the caller: lines are out, the thread is done */
	unsigned holders;
	bool stop, reopen;
	bool asleep;  /* the thread waits for work */
	bool drained; /* after stop: nothing waits any more */
	bool ended;   /* the backend is closed */
	struct sink_queue queue;
	size_t taken_lines, taken_bytes; /* in the hands of the thread */
	uint64_t busy_since;		 /* the line that is being written; 0 = none */
	bool told_timeout, told_full, told_failing;
	bool given_up; /* the last line was; the thread's own */
	bool broken;
	struct output_sink_stats stats;
	char failure[sizeof(((struct eyas_err *)0)->text)];
	struct sink_said notes[SINK_NOTES];
	unsigned nnotes;
	uint64_t untold; /* notes for which there was no room */
};

void *sink_thread(void *sink);
/* With the lock held: a line that takes too long is counted, and told of once. */
void sink_watch(struct output_sink *sink);
/* With the lock held. */
void sink_say(struct output_sink *sink, unsigned severity, const char *fmt, ...) EYAS_PRINTF(3, 4);
void sink_queue_fini(struct sink_queue *queue);
/* Let go of the sink; with the lock held, which is released. */
void sink_release(struct output_sink *sink);
/* Wait on one of the conditions; with the lock held. OUTPUT_NO_LIMIT = for ever. */
void sink_wait(struct output_sink *sink, pthread_cond_t *condition, uint64_t until_ns);

#endif
