/* SPDX-License-Identifier: Apache-2.0 */
/* Which capture is open, until when, and what becomes of it. */
#include "detect/captures.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "capture/writer.h"
#include "detect/history.h"
#include "dump/names.h"

/*
 * How much later than the end of a capture it has to be while nothing comes, before it is over:
 * events of that time may still be in the rings of the kernel.
 */
#define GRACE_NS UINT64_C(1000000000)
/* How long an open capture may be behind what has happened, for whoever finds it after a crash. */
#define FLUSH_NS UINT64_C(1000000000)
/* Events that are caught up with while nothing comes, between two looks for more. */
enum { CATCH_UP = 4096 };
/* Failures are told of so often at most, in the time of events; all are counted. */
#define TELL_NS UINT64_C(10000000000)

/* Invariant: writer is set while a file is open, and its history's reader then, too. */
struct detect_captures {
	struct detect_captures_opts opts;
	char *prefix;
	struct detect_history history;
	struct eyas_writer *writer;
	struct dump_names names;	/* in that file, */
	const struct eyas_state *state; /* whose they are: the session's */
	struct eyas_err err;		/* of the open file; code 0 = none */
	bool full;			/* the open file has reached its size */
	bool wanted;			/* the current event has begun one that is not open yet */
	uint64_t begun;			/* files */
	uint64_t deadline_ns;		/* events that are later do not belong into the open file */
	uint64_t next_tell_ns, next_flush_ns;
	struct detect_captures_stats stats;
};

/* ---- life ---- */

int detect_captures_new(const struct detect_captures_opts *opts,
			struct detect_captures **ret_captures, struct eyas_err *reterr)
{
	struct detect_captures *captures = calloc(1, sizeof(*captures));

	if (!captures || !(captures->prefix = strdup(opts->prefix))) {
		free(captures);
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	}
	captures->opts = *opts;
	captures->opts.writer.size = sizeof(captures->opts.writer);
	detect_history_init(&captures->history, opts->before_ns, opts->memory);
	*ret_captures = captures;
	return 0;
}

void detect_captures_free(struct detect_captures *captures)
{
	if (!captures)
		return;
	detect_captures_end(captures);
	detect_history_fini(&captures->history);
	free(captures->prefix);
	free(captures);
}

/* ---- what is told ---- */

static void tell(const struct detect_captures *captures, unsigned severity, const char *text)
{
	if (captures->opts.log)
		captures->opts.log(captures->opts.log_ctx, severity, text);
}

static void tell_failure(struct detect_captures *captures, uint64_t ts_ns,
			 const struct eyas_err *err)
{
	struct eyas_err text;

	captures->stats.failed++;
	if (ts_ns < captures->next_tell_ns)
		return;
	captures->next_tell_ns = ts_ns + TELL_NS;
	eyas_err_set(&text, err->code, "capture: %s", err->text);
	tell(captures, EYAS_PRIORITY_ERROR, text.text);
}

/* ---- the open file ---- */

static void finish(struct detect_captures *captures, uint64_t ts_ns)
{
	struct detect_captures_stats *stats = &captures->stats;
	struct eyas_writer_stats file;
	struct eyas_err err;
	int res;

	if (!captures->writer)
		return;
	if (!captures->err.code && !captures->full)
		detect_history_read(&captures->history, UINT64_MAX);
	detect_history_unfollow(&captures->history);
	res = eyas_writer_finish(captures->writer, &file, &err);
	captures->writer = NULL;
	if (captures->err.code)
		err = captures->err;
	stats->events_left_out += file.events_left_out;
	stats->fds_left_out += file.fds_left_out;
	if (res || captures->err.code) {
		tell_failure(captures, ts_ns, &err);
		return;
	}
	stats->files++;
	stats->bytes += file.bytes_out;
	stats->events += file.events;
	if (!captures->full)
		return;
	stats->limited++;
	if (captures->opts.alerts)
		(void)eyas_alerts_size_limit(captures->opts.alerts, ts_ns,
					     captures->opts.max_bytes >> 20, file.bytes_out);
}

/* The reader of the history. A file that is over is finished by who called the history. */
static void write_event(void *ctx, const struct eyas_event *event)
{
	struct detect_captures *captures = ctx;
	int res = 0;

	if (captures->opts.max_bytes)
		res = eyas_writer_exceeds(captures->writer, eyas_writer_event_size(event),
					  captures->opts.max_bytes, &captures->err);
	if (!res)
		res = dump_names_write(&captures->names, captures->state, captures->writer, event,
				       &captures->err);
	if (!res)
		res = eyas_writer_event(captures->writer, event, &captures->err);
	if (res > 0)
		captures->full = true;
	if (res)
		detect_history_unfollow(&captures->history);
}

static bool is_over(const struct detect_captures *captures)
{
	return captures->full || captures->err.code;
}

static char *file_name(const struct detect_captures *captures, const struct eyas_event *event)
{
	char *name;

	if (asprintf(&name, "%s_%020" PRIu64 "_%020" PRIu64 ".scap", captures->prefix, event->ts_ns,
		     event->num) < 0)
		return NULL;
	return name;
}

/*
 * What comes before the alert takes half of the file at most, so that the rest is for the alert and
 * what is behind it. Events are known to shrink to less than half.
 */
static uint64_t most_before(const struct detect_captures_opts *opts)
{
	if (!opts->max_bytes)
		return 0;
	return opts->writer.compression == EYAS_COMPRESS_NONE ? opts->max_bytes / 2 + 1
							      : opts->max_bytes;
}

static void begin_file(struct detect_captures *captures, const struct eyas_context *context)
{
	const struct eyas_event *event = context->event;
	char *name = file_name(captures, event);
	struct eyas_loader head;
	struct eyas_err err;
	int res;

	if (!name) {
		eyas_err_set(&err, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
		tell_failure(captures, event->ts_ns, &err);
		return;
	}
	captures->full = false;
	captures->err.code = 0;
	res = eyas_writer_open(name, &captures->opts.writer, &captures->writer, &err);
	free(name);
	if (res) {
		tell_failure(captures, event->ts_ns, &err);
		return;
	}
	captures->begun++;
	captures->names.told = 0;
	captures->state = context->state;
	eyas_writer_loader(captures->writer, &head);
	res = detect_history_follow(&captures->history, context, most_before(&captures->opts),
				    &head, write_event, captures, &captures->err);
	captures->stats.before += captures->history.ring.count;
	/* The writer has better words, unless memory ended elsewhere. */
	if (res)
		(void)eyas_writer_error(captures->writer, &captures->err);
	if (is_over(captures))
		finish(captures, event->ts_ns);
}

/* ---- alerts ---- */

/* Files are not to fill a disk because a rule is wrong, or somebody makes it match. */
static bool may_begin(struct detect_captures *captures)
{
	uint64_t max = captures->opts.max_files;
	struct eyas_err text;

	if (!max || captures->begun < max)
		return true;
	if (!captures->stats.refused++) {
		eyas_err_set(&text, 0, "capture: there are %" PRIu64 " files, no more are begun",
			     max);
		tell(captures, EYAS_PRIORITY_WARNING, text.text);
	}
	return false;
}

void detect_captures_trigger(struct detect_captures *captures, const struct eyas_event *event,
			     uint64_t duration_ns)
{
	uint64_t deadline_ns = event->ts_ns + duration_ns;

	if (deadline_ns < event->ts_ns)
		deadline_ns = UINT64_MAX;
	if (captures->writer && event->ts_ns > captures->deadline_ns)
		finish(captures, event->ts_ns);
	if (!captures->writer && !captures->wanted) {
		if (!may_begin(captures))
			return;
		captures->wanted = true;
		captures->deadline_ns = deadline_ns;
	}
	captures->stats.alerts++;
	if (deadline_ns > captures->deadline_ns)
		captures->deadline_ns = deadline_ns;
}

bool detect_captures_wanted(const struct eyas_rules *rules, unsigned ruleset)
{
	struct eyas_rule_info info;
	size_t i;

	for (i = 0; eyas_rules_get(rules, i, &info); i++)
		if (info.capture && eyas_rules_enabled(rules, ruleset, i))
			return true;
	return false;
}

void detect_captures_rule(struct detect_captures *captures, struct eyas_rules *rules, size_t rule,
			  const struct eyas_event *event)
{
	uint64_t duration_ns = captures->opts.duration_ns;
	struct eyas_rule_info info;

	if (!eyas_rules_get(rules, rule, &info) || !(captures->opts.all_rules || info.capture))
		return;
	if (info.capture_duration_ms)
		duration_ns = info.capture_duration_ms > UINT64_MAX / 1000000
				      ? UINT64_MAX
				      : info.capture_duration_ms * 1000000;
	detect_captures_trigger(captures, event, duration_ns);
}

/* ---- the consumer ---- */

static int on_event(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		    struct eyas_err *reterr)
{
	struct detect_captures *captures = ctx;
	uint64_t ts_ns = context->event->ts_ns;
	int res;

	if (captures->writer && ts_ns > captures->deadline_ns)
		finish(captures, ts_ns);
	if (captures->wanted) {
		captures->wanted = false;
		begin_file(captures, context);
	}
	res = detect_history_put(&captures->history, what, context, reterr);
	if (captures->writer && is_over(captures))
		finish(captures, ts_ns);
	return res;
}

/* Another machine, or the same one at another time: what was known of it is void. */
static int on_section(void *ctx)
{
	struct detect_captures *captures = ctx;

	finish(captures, captures->deadline_ns);
	detect_history_forget(&captures->history);
	return 0;
}

static void flush(struct detect_captures *captures, uint64_t now_ns)
{
	struct eyas_err err;

	if (now_ns < captures->next_flush_ns)
		return;
	captures->next_flush_ns = now_ns + FLUSH_NS;
	if (eyas_writer_flush(captures->writer, &err))
		captures->err = err;
}

void detect_captures_check(struct detect_captures *captures, uint64_t now_ns)
{
	uint64_t deadline_ns = captures->deadline_ns;

	if (!captures->writer)
		return;
	detect_history_read(&captures->history, CATCH_UP);
	if (!is_over(captures))
		flush(captures, now_ns);
	if (is_over(captures) || (now_ns > deadline_ns && now_ns - deadline_ns > GRACE_NS))
		finish(captures, now_ns);
}

static int on_idle(void *ctx, struct eyas_err *reterr)
{
	(void)reterr;
	detect_captures_check(ctx, eyas_clock_ns(CLOCK_REALTIME));
	return 0;
}

int detect_captures_attach(struct detect_captures *captures, struct eyas_session *session)
{
	const struct eyas_consumer consumer = {
		.ctx = captures,
		.wants = EYAS_SHOWN | EYAS_HIDDEN | EYAS_BEFORE | EYAS_FILTERED,
		.loader = { .ctx = captures, .section = on_section },
		.event = on_event,
		.idle = on_idle,
	};

	return eyas_session_add(session, &consumer);
}

void detect_captures_end(struct detect_captures *captures)
{
	finish(captures, captures->deadline_ns);
}

void detect_captures_stats(const struct detect_captures *captures,
			   struct detect_captures_stats *ret_stats)
{
	const struct detect_history *history = &captures->history;

	*ret_stats = captures->stats;
	ret_stats->ring_events = history->ring.count;
	ret_stats->ring_bytes = detect_ring_bytes(&history->ring);
	ret_stats->early = history->early;
	ret_stats->skipped = history->skipped;
}
