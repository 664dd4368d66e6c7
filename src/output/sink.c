/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's side of a sink: opening, putting lines into its queue, telling, closing. */
#include "output/sink_state.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"

/* Of a line for which its source waits, where it would be tried for ever otherwise. */
enum { WAITING_RETRIES = 3 };

#define DEFAULT_LINES 65536
#define DEFAULT_BYTES (32 << 20)
#define DEFAULT_TIMEOUT_NS UINT64_C(2000000000)
#define DEFAULT_RETRY_NS UINT64_C(100000000)
#define DEFAULT_RETRY_MAX_NS UINT64_C(10000000000)
#define DEFAULT_GRACE_NS UINT64_C(1000000000)
/* How often whoever waits for room looks up. */
#define LOOK_NS UINT64_C(100000000)
/* Beyond a program's grace: what a backend takes that is told to give up (HTTP looks once a second). */
#define CLOSING_NS UINT64_C(3000000000)

static const struct {
	const char *name;
	const struct sink_backend *backend;
} kinds[OUTPUT_SINK_KINDS] = {
	[OUTPUT_SINK_STDOUT] = { "stdout", &sink_stdout },
	[OUTPUT_SINK_FILE] = { "file", &sink_file },
	[OUTPUT_SINK_SYSLOG] = { "syslog", &sink_syslog },
	[OUTPUT_SINK_PROGRAM] = { "program", &sink_program },
	[OUTPUT_SINK_HTTP] = { "http", &sink_http },
};

const char *output_sink_kind_name(unsigned kind)
{
	return kind < OUTPUT_SINK_KINDS ? kinds[kind].name : NULL;
}

void output_sink_opts_init(struct output_sink_opts *opts, enum output_sink_kind kind)
{
	*opts = (struct output_sink_opts){ .kind = kind, .retries = kinds[kind].backend->retries };
}

void output_sink_opts_wait(struct output_sink_opts *opts, const volatile sig_atomic_t *stop)
{
	opts->wait_ns = OUTPUT_NO_LIMIT;
	opts->stop = stop;
	opts->brief = true;
	if (opts->retries == OUTPUT_FOREVER)
		opts->retries = WAITING_RETRIES;
}

/* ---- what there is to tell ---- */

void sink_say(struct output_sink *sink, unsigned severity, const char *fmt, ...)
{
	struct eyas_err words;
	va_list ap;

	if (sink->nnotes == SINK_NOTES) {
		sink->untold++;
		return;
	}
	va_start(ap, fmt);
	eyas_err_vset(&words, 0, fmt, ap);
	va_end(ap);
	sink->notes[sink->nnotes].severity = severity;
	memcpy(sink->notes[sink->nnotes++].text, words.text, sizeof(words.text));
}

/* With the lock held, which is let go while the log is called. */
static void tell(struct output_sink *sink)
{
	struct sink_said notes[SINK_NOTES];
	unsigned count = sink->nnotes, i;
	uint64_t untold = sink->untold;
	char more[64];

	if (!count)
		return;
	memcpy(notes, sink->notes, count * sizeof(notes[0]));
	sink->nnotes = 0;
	sink->untold = 0;
	if (!sink->opts.log)
		return;
	pthread_mutex_unlock(&sink->lock);
	for (i = 0; i < count; i++)
		sink->opts.log(sink->opts.log_ctx, notes[i].severity, notes[i].text);
	if (untold) {
		snprintf(more, sizeof(more), "%llu more messages of an output",
			 (unsigned long long)untold);
		sink->opts.log(sink->opts.log_ctx, 5, more);
	}
	pthread_mutex_lock(&sink->lock);
}

/* ---- opening ---- */

static const char *copy(const char *text, bool *failed)
{
	char *own = text && *text ? strdup(text) : NULL;

	*failed |= text && *text && !own;
	return own;
}

/* All texts of the options, by turns. */
static const char **text_of(struct output_sink_opts *opts, unsigned i)
{
	const char **texts[] = { &opts->target,		 &opts->ident,
				 &opts->http.user_agent, &opts->http.ca_file,
				 &opts->http.ca_path,	 &opts->http.client_cert,
				 &opts->http.client_key };

	return i < sizeof(texts) / sizeof(texts[0]) ? texts[i] : NULL;
}

static bool take_opts(struct output_sink *sink, const struct output_sink_opts *opts)
{
	struct output_sink_opts *own = &sink->opts;
	const char **text;
	bool failed = false;
	unsigned i;

	*own = *opts;
	for (i = 0; (text = text_of(own, i)); i++)
		*text = copy(*text, &failed);
	own->queue_lines = own->queue_lines ? own->queue_lines : DEFAULT_LINES;
	own->queue_bytes = own->queue_bytes ? own->queue_bytes : DEFAULT_BYTES;
	own->timeout_ns = own->timeout_ns ? own->timeout_ns : DEFAULT_TIMEOUT_NS;
	own->retry_ns = own->retry_ns ? own->retry_ns : DEFAULT_RETRY_NS;
	own->retry_max_ns = own->retry_max_ns ? own->retry_max_ns : DEFAULT_RETRY_MAX_NS;
	own->grace_ns = own->grace_ns ? own->grace_ns : DEFAULT_GRACE_NS;
	if (asprintf(&sink->name, "%s%s%s", kinds[opts->kind].name, own->target ? " " : "",
		     own->target ? own->target : "") < 0)
		sink->name = NULL;
	return !failed && sink->name;
}

static void sink_free(struct output_sink *sink)
{
	const char **text;
	unsigned i;

	for (i = 0; (text = text_of(&sink->opts, i)); i++)
		free((char *)*text);
	if (sink->cancel_fd >= 0)
		close(sink->cancel_fd);
	sink_queue_fini(&sink->queue);
	pthread_cond_destroy(&sink->work);
	pthread_cond_destroy(&sink->moved);
	pthread_mutex_destroy(&sink->lock);
	free(sink->name);
	free(sink);
}

void sink_release(struct output_sink *sink)
{
	bool last = !--sink->holders;

	pthread_mutex_unlock(&sink->lock);
	if (last)
		sink_free(sink);
}

static struct output_sink *sink_new(void)
{
	struct output_sink *sink = calloc(1, sizeof(*sink));
	pthread_condattr_t attr;

	if (!sink)
		return NULL;
	sink->cancel_fd = -1;
	sink->queue.text = (struct eyas_str)EYAS_STR_INIT;
	sink->holders = 1;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&sink->work, &attr);
	pthread_cond_init(&sink->moved, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&sink->lock, NULL);
	return sink;
}

/* Signals are for the threads that were there before. */
static int start(struct output_sink *sink)
{
	sigset_t all, before;
	int code;

	sink->holders++;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	code = pthread_create(&sink->thread, NULL, sink_thread, sink);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (code)
		sink->holders--;
	return -code;
}

int output_sink_open(const struct output_sink_opts *opts, struct output_sink **ret_sink,
		     struct eyas_err *reterr)
{
	struct output_sink *sink = sink_new();
	int code = -ENOMEM;

	if (!sink || !take_opts(sink, opts)) {
		eyas_err_set(reterr, code, "%s", eyas_strerror(code));
		goto fail;
	}
	sink->backend = kinds[opts->kind].backend;
	sink->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (sink->cancel_fd < 0) {
		code = eyas_err_set(reterr, -errno, "%s: %s", sink->name, eyas_strerror(-errno));
		goto fail;
	}
	code = sink->backend->open(sink, &sink->state, reterr);
	if (code < 0)
		goto fail;
	code = start(sink);
	if (code < 0) {
		sink->backend->close(sink->state);
		eyas_err_set(reterr, code, "%s: no thread: %s", sink->name, eyas_strerror(code));
		goto fail;
	}
	*ret_sink = sink;
	return 0;
fail:
	if (sink)
		sink_free(sink);
	return code;
}

const char *output_sink_name(const struct output_sink *sink)
{
	return sink->name;
}

/* ---- lines ---- */

static bool has_room(const struct output_sink *sink, size_t bytes)
{
	return sink->queue.count + sink->taken_lines < sink->opts.queue_lines &&
	       sink->queue.text.len + sink->taken_bytes + bytes <= sink->opts.queue_bytes;
}

/* With the lock held. */
static void wait_for_room(struct output_sink *sink, size_t bytes)
{
	uint64_t now = eyas_clock_ns(CLOCK_MONOTONIC), until = now + sink->opts.wait_ns;

	if (until < now)
		until = OUTPUT_NO_LIMIT;
	while (!has_room(sink, bytes) && bytes <= sink->opts.queue_bytes && !sink->broken &&
	       now < until && !(sink->opts.stop && *sink->opts.stop)) {
		sink_wait(sink, &sink->moved, now + LOOK_NS < until ? now + LOOK_NS : until);
		sink_watch(sink);
		tell(sink);
		now = eyas_clock_ns(CLOCK_MONOTONIC);
	}
}

static bool append(struct sink_queue *queue, const char *line, size_t len, unsigned severity)
{
	size_t cap = queue->cap ? queue->cap * 2 : 64;
	struct sink_line *lines;

	if (queue->count == queue->cap) {
		lines = realloc(queue->lines, cap * sizeof(*lines));
		if (!lines)
			return false;
		queue->lines = lines;
		queue->cap = cap;
	}
	if (!eyas_str_reserve(&queue->text, len + 1)) {
		queue->text.nomem = false;
		return false;
	}
	eyas_str_add(&queue->text, line, len);
	eyas_str_putc(&queue->text, '\n');
	queue->lines[queue->count++] = (struct sink_line){ len + 1, severity };
	return true;
}

/* With the lock held. */
static int refuse(struct output_sink *sink, const char *why)
{
	sink->stats.full++;
	snprintf(sink->failure, sizeof(sink->failure), "%s", why);
	if (!sink->told_full)
		sink_say(sink, 3, "%s: %s; lines are lost", sink->name, why);
	sink->told_full = true;
	return -ENOBUFS;
}

static int put(struct output_sink *sink, const char *line, size_t len, unsigned severity)
{
	if (!has_room(sink, len + 1) && sink->opts.wait_ns)
		wait_for_room(sink, len + 1);
	if (sink->broken) {
		sink->stats.failed++;
		return -EPIPE;
	}
	if (!has_room(sink, len + 1))
		return refuse(sink, "the queue is full");
	if (!append(&sink->queue, line, len, severity))
		return refuse(sink, "there is no memory");
	if (sink->queue.count + sink->taken_lines <= sink->opts.queue_lines / 2)
		sink->told_full = false;
	if (sink->asleep)
		pthread_cond_signal(&sink->work);
	return 0;
}

int output_sink_put(struct output_sink *sink, const char *line, size_t len, unsigned severity)
{
	int res;

	pthread_mutex_lock(&sink->lock);
	sink->stats.lines++;
	res = put(sink, line, len, severity & 7);
	sink_watch(sink);
	tell(sink);
	pthread_mutex_unlock(&sink->lock);
	return res;
}

void output_sink_reopen(struct output_sink *sink)
{
	pthread_mutex_lock(&sink->lock);
	sink->reopen = true;
	pthread_cond_signal(&sink->work);
	pthread_mutex_unlock(&sink->lock);
}

void output_sink_check(struct output_sink *sink)
{
	pthread_mutex_lock(&sink->lock);
	sink_watch(sink);
	tell(sink);
	pthread_mutex_unlock(&sink->lock);
}

static uint64_t later(uint64_t wait_ns)
{
	uint64_t now = eyas_clock_ns(CLOCK_MONOTONIC);

	return now + wait_ns < now ? OUTPUT_NO_LIMIT : now + wait_ns;
}

int output_sink_flush(struct output_sink *sink, uint64_t wait_ns)
{
	uint64_t until = later(wait_ns);
	int res = 0;

	pthread_mutex_lock(&sink->lock);
	while (!res && (sink->queue.count || sink->taken_lines)) {
		if (sink->opts.stop && *sink->opts.stop && wait_ns == OUTPUT_NO_LIMIT) {
			res = -EINTR;
		} else if (eyas_clock_ns(CLOCK_MONOTONIC) >= until) {
			res = -ETIMEDOUT;
		} else {
			uint64_t look = eyas_clock_ns(CLOCK_MONOTONIC) + LOOK_NS;

			sink_wait(sink, &sink->moved, look < until ? look : until);
			sink_watch(sink);
			tell(sink);
		}
	}
	tell(sink);
	pthread_mutex_unlock(&sink->lock);
	return res;
}

/* With the lock held. */
static void stats_now(const struct output_sink *sink, struct output_sink_stats *ret)
{
	*ret = sink->stats;
	ret->waiting_lines = sink->queue.count + sink->taken_lines;
	ret->waiting_bytes = sink->queue.text.len + sink->taken_bytes;
}

void output_sink_stats(struct output_sink *sink, struct output_sink_stats *ret_stats)
{
	pthread_mutex_lock(&sink->lock);
	stats_now(sink, ret_stats);
	pthread_mutex_unlock(&sink->lock);
}

const char *output_sink_failure(struct output_sink *sink)
{
	static _Thread_local char text[sizeof(sink->failure)];

	pthread_mutex_lock(&sink->lock);
	memcpy(text, sink->failure, sizeof(text));
	pthread_mutex_unlock(&sink->lock);
	return text;
}

/* ---- closing ---- */

/* With the lock held: wait for drained, or ended; false = the time is over. */
static bool wait_for(struct output_sink *sink, const bool *what, uint64_t until)
{
	uint64_t now;

	for (now = eyas_clock_ns(CLOCK_MONOTONIC); !*what && now < until;
	     now = eyas_clock_ns(CLOCK_MONOTONIC)) {
		sink_wait(sink, &sink->moved, now + LOOK_NS < until ? now + LOOK_NS : until);
		sink_watch(sink);
		tell(sink);
	}
	return *what;
}

static void cancel(struct output_sink *sink)
{
	uint64_t one = 1;
	ssize_t n;

	atomic_store(&sink->cancel, true);
	n = write(sink->cancel_fd, &one, sizeof(one));
	(void)n; /* a counter that is full is as readable */
	pthread_cond_signal(&sink->work);
}

void output_sink_close(struct output_sink *sink, uint64_t wait_ns,
		       struct output_sink_stats *ret_stats)
{
	uint64_t until = later(wait_ns);
	pthread_t thread;
	bool ended;

	if (!sink)
		return;
	pthread_mutex_lock(&sink->lock);
	sink->stop = true;
	pthread_cond_signal(&sink->work);
	/* Where nothing waits, the thread is about to notice, however short the time. */
	if (!wait_for(sink, &sink->drained, until) &&
	    (sink->queue.count || sink->taken_lines ||
	     !wait_for(sink, &sink->drained, later(CLOSING_NS))))
		cancel(sink);
	ended = wait_for(sink, &sink->ended, later(sink->opts.grace_ns + CLOSING_NS));
	if (!ended) {
		/* What hangs in the system now is lost, even if it should get out one day. */
		sink->stats.abandoned += sink->queue.count + sink->taken_lines;
		sink_say(sink, 3, "%s: hangs, and is left behind", sink->name);
	}
	if (sink->stats.abandoned)
		sink_say(sink, 3, "%s: closed with %llu lines that did not get out", sink->name,
			 (unsigned long long)sink->stats.abandoned);
	tell(sink);
	if (ret_stats)
		stats_now(sink, ret_stats);
	thread = sink->thread;
	/* Before the sink goes: the thread lets go of it by itself. */
	if (!ended)
		pthread_detach(thread);
	sink->opts.log = NULL;
	if (ended) {
		pthread_mutex_unlock(&sink->lock);
		pthread_join(thread, NULL);
		pthread_mutex_lock(&sink->lock);
	}
	sink_release(sink);
}
