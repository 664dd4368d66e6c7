/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session over a live source, played by a synthetic one: what overlaps with the scan, when
 * consumers are told of the state, what is shown, how a run ends, and who is asked meanwhile.
 */
#include "unit/harness.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "schema/ids.h"
#include "session/session.h"

#define S UINT64_C(1000000000)

static struct eyas_source *source;
static struct eyas_session_opts opts;

/* What the consumer of a test saw, as a line of words. */
static char line[4096];
static unsigned threads_told, ticks, ticks_to_end;
static int idle_err, load_err;
static volatile sig_atomic_t stop;
static bool stop_at_event;

static void word(const char *text)
{
	CHECK(strlen(line) + strlen(text) + 2 < sizeof(line));
	if (line[0])
		strcat(line, " ");
	strcat(line, text);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * S + (uint64_t)ts.tv_nsec;
}

/* An openat or a close of process 1, of that time. */
static void feed(unsigned type, uint64_t ts_ns)
{
	struct eyas_encoder enc;
	uint8_t buf[256];
	int len;

	eyas_encoder_begin(&enc, buf, sizeof(buf), type, ts_ns, 1);
	eyas_put_int(&enc, 0);
	len = eyas_encoder_end(&enc);
	CHECK(len > 0);
	CHECK_INT(eyas_source_feed(source, buf, (size_t)len, 0, NULL), 0);
}

static void feed_close(uint64_t ts_ns)
{
	feed(EYAS_EV_SYSCALL_CLOSE_X, ts_ns);
}

static int on_event(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		    struct eyas_err *reterr)
{
	char text[32];

	(void)ctx;
	(void)reterr;
	snprintf(text, sizeof(text), "%s%llu", what == EYAS_FILTERED ? "f" : "",
		 (unsigned long long)context->event->num);
	word(text);
	if (stop_at_event)
		stop = SIGINT;
	return 0;
}

static int on_idle(void *ctx, struct eyas_err *reterr)
{
	(void)ctx;
	word("idle");
	return idle_err ? eyas_err_set(reterr, idle_err, "no room") : 0;
}

static int on_machine(void *ctx, const struct eyas_machine *machine)
{
	(void)ctx;
	CHECK(machine->num_cpus > 0);
	word("machine");
	return load_err;
}

static int on_thread(void *ctx, const struct eyas_thread_entry *thread)
{
	(void)ctx;
	(void)thread;
	threads_told++;
	return 0;
}

static int on_failure(void *ctx, struct eyas_err *reterr)
{
	(void)ctx;
	return eyas_err_set(reterr, -ENOSPC, "the disk is full");
}

static int on_tick(void *ctx)
{
	(void)ctx;
	return ++ticks >= ticks_to_end;
}

static struct eyas_session *begin(void)
{
	const struct eyas_consumer consumer = {
		.wants = EYAS_SHOWN | EYAS_FILTERED,
		.event = on_event,
		.loader = { .machine = on_machine, .thread = on_thread },
		.failure = on_failure,
		.idle = on_idle,
	};
	struct eyas_source_opts source_opts = { .size = sizeof(source_opts) };
	struct eyas_session *session;

	CHECK_INT(eyas_source_open_synthetic(&source_opts, &source, NULL), 0);
	opts.given = source;
	CHECK_INT(eyas_session_open(&opts, &session, NULL), 0);
	CHECK_INT(eyas_session_add(session, &consumer), 0);
	return session;
}

static struct eyas_session_stats end(struct eyas_session *session)
{
	struct eyas_session_stats stats;

	eyas_session_stats(session, &stats);
	eyas_session_close(session);
	return stats;
}

static void finish(void)
{
	CHECK_INT(eyas_source_finish(source, NULL), 0);
}

/* Events from the time of the scan are for the state alone; then consumers are told of it. */
TEST(what_overlaps_with_the_scan_is_not_shown)
{
	struct eyas_session_stats stats;
	struct eyas_session *session;
	uint64_t before = now_ns() - S;

	if (access("/proc/self/status", R_OK))
		test_skip("no /proc");
	opts.follow = opts.scan = true;
	session = begin();
	feed_close(before);
	feed_close(before + 1);
	feed_close(now_ns() + S);
	feed_close(now_ns() + 2 * S);
	finish();
	CHECK_INT(eyas_session_run(session, NULL), 0);
	stats = end(session);
	CHECK_STR(line, "machine 3 4");
	CHECK_INT(stats.overlapping, 2);
	CHECK_INT(stats.shown, 2);
	CHECK(stats.scanned > 0 && threads_told >= stats.scanned);
}

/* A recording in which nothing happened says on what machine. */
TEST(consumers_are_told_without_an_event)
{
	struct eyas_session *session;

	opts.follow = opts.scan = true;
	session = begin();
	finish();
	CHECK_INT(eyas_session_run(session, NULL), 0);
	end(session);
	CHECK_STR(line, "machine");
	CHECK(threads_told > 0);
}

TEST(without_a_scan_all_events_are_shown)
{
	struct eyas_session_stats stats;
	struct eyas_session *session;

	opts.follow = true;
	session = begin();
	feed_close(now_ns() - S);
	finish();
	CHECK_INT(eyas_session_run(session, NULL), 0);
	stats = end(session);
	CHECK_STR(line, "machine 1");
	CHECK_INT(threads_told, 1); /* the one the event is of, made up */
	CHECK_INT(stats.scanned, -1);
	CHECK_INT(stats.overlapping, 0);
}

TEST(without_a_state_there_is_nothing_to_tell)
{
	struct eyas_session *session = begin();

	feed_close(now_ns());
	finish();
	CHECK_INT(eyas_session_run(session, NULL), 0);
	CHECK(!eyas_session_state(session));
	end(session);
	CHECK_STR(line, "1");
}

TEST(a_failure_of_a_loader_has_its_words)
{
	struct eyas_session *session;
	struct eyas_err err;

	opts.follow = true;
	load_err = -ENOSPC;
	session = begin();
	feed_close(now_ns());
	CHECK_INT(eyas_session_run(session, &err), -ENOSPC);
	CHECK_STR(err.text, "the disk is full");
	end(session);
}

TEST(what_is_not_to_be_shown_is_filtered)
{
	struct event_set show = { { 0 }, { 0 } };
	struct eyas_session_stats stats;
	struct eyas_session *session;

	show.types[EYAS_EV_SYSCALL_CLOSE_X / 64] |= UINT64_C(1) << EYAS_EV_SYSCALL_CLOSE_X % 64;
	opts.show = &show;
	session = begin();
	feed_close(1);
	feed(EYAS_EV_SYSCALL_CHROOT_X, 2);
	feed_close(3);
	finish();
	CHECK_INT(eyas_session_run(session, NULL), 0);
	stats = end(session);
	CHECK_STR(line, "1 f2 3");
	CHECK_INT(stats.shown, 2);
	CHECK_INT(stats.filtered, 1);
}

/* Consumers are asked when there is nothing; what has happened by the end is delivered. */
TEST(idle_and_the_end)
{
	struct eyas_session *session;

	opts.tick = on_tick;
	ticks_to_end = 2;
	session = begin();
	feed_close(now_ns() - S);
	feed_close(now_ns() - S);
	CHECK_INT(eyas_session_run(session, NULL), 0);
	end(session);
	CHECK_STR(line, "1 2 idle idle");
}

/* A signal comes while two events wait and the third has not happened yet. */
TEST(a_stop_takes_what_has_happened)
{
	struct eyas_session_stats stats;
	struct eyas_session *session;

	opts.stop = &stop;
	stop_at_event = true;
	session = begin();
	feed_close(now_ns() - S);
	feed_close(now_ns() - S);
	feed_close(now_ns() + 1000 * S);
	CHECK_INT(eyas_session_run(session, NULL), 0);
	stats = end(session);
	CHECK_STR(line, "1 2");
	CHECK(stats.stopped);
}

TEST(a_duration_ends_it)
{
	struct eyas_session *session;

	opts.duration_ns = 1;
	session = begin();
	feed_close(now_ns() - S);
	CHECK_INT(eyas_session_run(session, NULL), 0);
	end(session);
	CHECK_STR(line, "1 idle");
}

TEST(a_limit_ends_it)
{
	struct eyas_session *session;

	opts.limit = 1;
	session = begin();
	feed_close(now_ns());
	feed_close(now_ns());
	CHECK_INT(eyas_session_run(session, NULL), 0);
	end(session);
	CHECK_STR(line, "1");
}

TEST(a_failure_of_idle_ends_it)
{
	struct eyas_session *session;
	struct eyas_err err;

	idle_err = -ENOSPC;
	session = begin();
	CHECK_INT(eyas_session_run(session, &err), -ENOSPC);
	CHECK_STR(err.text, "no room");
	end(session);
}

/* A source that is never idle: somebody looks up all the same. */
TEST(a_busy_source_leaves_time_for_others)
{
	struct eyas_session *session;
	unsigned i;

	opts.tick = on_tick;
	ticks_to_end = 1;
	session = begin();
	for (i = 0; i < 300; i++)
		feed_close(now_ns() - S);
	for (i = 0; i < 300; i++)
		feed_close(now_ns() + 1000 * S);
	CHECK_INT(eyas_session_run(session, NULL), 0);
	end(session);
	CHECK_INT(ticks, 1);
	CHECK(strstr(line, " 256 idle 257 "));
	CHECK(strstr(line, " 300"));
	CHECK(!strstr(line, " 301"));
}
