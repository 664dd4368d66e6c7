/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures of alerts over a session whose source is fed by hand: what is written when, what stands
 * at the beginning, what does not find room. What is in them for a reader is told apart by
 * tests/golden/test_detect_captures.py.
 */
#include "unit/harness.h"

#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "detect/captures.h"
#include "schema/ids.h"
#include "state/state_int.h"

#define MS UINT64_C(1000000)
#define S (1000 * MS)

enum { TRIGGERS_MAX = 4, SEEN_MAX = 4096 };

/* A run: what triggers, and what is done when all events were taken. */
static struct {
	struct eyas_source *source;
	struct eyas_session *session;
	struct detect_captures *captures;
	uint64_t start_ns; /* of the time of the events */
	uint64_t triggers[TRIGGERS_MAX], duration_ns;
	void (*when_idle)(void);
	volatile sig_atomic_t stop;
	unsigned fed, taken;
	bool live;
	char prefix[300];
} run;

static int trigger(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		   struct eyas_err *reterr)
{
	unsigned i;

	(void)ctx, (void)what, (void)reterr;
	run.taken++;
	for (i = 0; i < TRIGGERS_MAX; i++)
		if (context->event->num == run.triggers[i])
			detect_captures_trigger(run.captures, context->event, run.duration_ns);
	return 0;
}

static int idle(void *ctx, struct eyas_err *reterr)
{
	(void)ctx, (void)reterr;
	if (run.taken < run.fed)
		return 0;
	if (run.when_idle)
		run.when_idle();
	run.stop = SIGTERM;
	return 0;
}

static void begin(struct detect_captures_opts *opts)
{
	const struct eyas_consumer first = { .wants = EYAS_SHOWN, .event = trigger },
				   last = { .idle = idle };
	struct eyas_source_opts source_opts = { .size = sizeof(source_opts) };
	struct eyas_session_opts session_opts = { .follow = true, .stop = &run.stop };
	struct eyas_err err;

	session_opts.state.live = run.live;
	CHECK_INT(eyas_source_open_synthetic(&source_opts, &run.source, NULL), 0);
	session_opts.given = run.source;
	if (eyas_session_open(&session_opts, &run.session, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	snprintf(run.prefix, sizeof(run.prefix), "%s/c", test_tmpdir());
	opts->prefix = run.prefix;
	CHECK_INT(detect_captures_new(opts, &run.captures, &err), 0);
	CHECK_INT(eyas_session_add(run.session, &first), 0);
	CHECK_INT(detect_captures_attach(run.captures, run.session), 0);
	CHECK_INT(eyas_session_add(run.session, &last), 0);
	run.start_ns = eyas_clock_ns(CLOCK_REALTIME) + S;
}

static struct detect_captures_stats end(void)
{
	struct detect_captures_stats stats;
	struct eyas_err err;

	if (eyas_session_run(run.session, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	detect_captures_end(run.captures);
	detect_captures_stats(run.captures, &stats);
	detect_captures_free(run.captures);
	eyas_session_close(run.session);
	return stats;
}

/* ---- events ---- */

static void feed(struct eyas_encoder *enc)
{
	int len = eyas_encoder_end(enc);

	CHECK(len > 0);
	CHECK_INT(eyas_source_feed(run.source, enc->buf, (size_t)len, 0, NULL), 0);
	run.fed++;
}

static void feed_write_by(int64_t tid, int64_t fd, uint64_t at_ns, size_t size)
{
	static uint8_t bytes[70000], data[65535];
	struct eyas_encoder enc;

	eyas_encoder_begin(&enc, bytes, sizeof(bytes), EYAS_EV_SYSCALL_WRITE_X,
			   run.start_ns + at_ns, (uint64_t)tid);
	eyas_put_int(&enc, (int64_t)size);
	eyas_put_bytes(&enc, data, size);
	eyas_put_int(&enc, fd);
	eyas_put_uint(&enc, size);
	feed(&enc);
}

/* A write of so many bytes, at that time of the run. */
static void feed_write(uint64_t at_ns, size_t size)
{
	feed_write_by(1, 77, at_ns, size);
}

static void feed_user(uint64_t at_ns)
{
	struct eyas_encoder enc;
	uint8_t bytes[512];

	eyas_encoder_begin(&enc, bytes, sizeof(bytes), EYAS_EV_USER_ADDED_E, run.start_ns + at_ns,
			   UINT64_MAX);
	eyas_put_uint(&enc, 33);
	eyas_put_uint(&enc, 33);
	eyas_put_str(&enc, "inside");
	eyas_put_str(&enc, "/");
	eyas_put_str(&enc, "/bin/sh");
	eyas_put_str(&enc, "0123456789ab");
	feed(&enc);
}

/* ---- files ---- */

struct seen {
	size_t count;
	uint64_t at_ns[SEEN_MAX]; /* of the run */
	uint16_t type[SEEN_MAX];
	int result; /* how reading ended */
};

static void look(const char *path, struct seen *seen)
{
	struct eyas_source_opts opts = { .size = sizeof(opts) };
	const struct eyas_event *event;
	struct eyas_source *source;
	struct eyas_err err;

	seen->count = 0;
	if (eyas_source_open_files(&path, 1, &opts, &source, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	while ((seen->result = eyas_source_next(source, &event, NULL)) == 1) {
		CHECK(seen->count < SEEN_MAX);
		seen->at_ns[seen->count] = event->ts_ns - run.start_ns;
		seen->type[seen->count++] = event->type;
	}
	eyas_source_close(source);
}

/* The index-th file whose name ends like that. */
static void look_at(const char *ending, size_t index, struct seen *seen)
{
	char pattern[400];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s_*%s", run.prefix, ending);
	CHECK_INT(glob(pattern, 0, NULL, &found), 0);
	CHECK(index < found.gl_pathc);
	look(found.gl_pathv[index], seen);
	globfree(&found);
}

static size_t count_files(const char *ending)
{
	char pattern[400];
	glob_t found;
	size_t count = 0;

	snprintf(pattern, sizeof(pattern), "%s_*%s", run.prefix, ending);
	if (!glob(pattern, 0, NULL, &found)) {
		count = found.gl_pathc;
		globfree(&found);
	}
	return count;
}

/* ---- tests ---- */

static struct seen seen;

static void over_by_the_clock(void)
{
	uint64_t end_ns = run.start_ns + 20 * MS + 500 * MS;

	/* What happened has reached the file, for who finds it after a crash. */
	CHECK_INT(count_files(".scap"), 0);
	look_at(".part", 0, &seen);
	CHECK_INT(seen.count, 3);
	/* Events of its last moment may still be on their way. */
	detect_captures_check(run.captures, end_ns + S);
	CHECK_INT(count_files(".scap"), 0);
	detect_captures_check(run.captures, end_ns + S + 1);
	CHECK_INT(count_files(".scap"), 1);
	CHECK_INT(count_files(".part"), 0);
}

TEST(a_capture_ends_when_nothing_comes_any_more)
{
	struct detect_captures_opts opts = { .before_ns = S, .memory = 1 << 20 };
	struct detect_captures_stats stats;

	opts.writer.compression = EYAS_COMPRESS_GZIP;
	begin(&opts);
	run.triggers[0] = 2;
	run.duration_ns = 500 * MS;
	run.when_idle = over_by_the_clock;
	feed_write(10 * MS, 10);
	feed_write(20 * MS, 10);
	feed_write(30 * MS, 10);
	stats = end();
	CHECK_INT(stats.files, 1);
	CHECK_INT(stats.events, 3);
	look_at(".scap", 0, &seen);
	CHECK_INT(seen.count, 3);
	CHECK_INT(seen.result, EYAS_E_END);
}

/* Many wait when it begins; those that come meanwhile wait behind them. */
TEST(what_came_before_is_written_bit_by_bit_and_in_order)
{
	struct detect_captures_opts opts = { .before_ns = 10 * S, .memory = 1 << 20 };
	struct detect_captures_stats stats;
	uint64_t i;

	begin(&opts);
	run.triggers[0] = 1001;
	run.duration_ns = 5 * MS; /* over before all are written */
	for (i = 1; i <= 2000; i++)
		feed_write(i * MS, 20);
	stats = end();
	CHECK_INT(stats.files, 1);
	look_at(".scap", 0, &seen);
	CHECK_INT(seen.count, 1006);
	for (i = 0; i < seen.count; i++)
		CHECK_INT(seen.at_ns[i], (i + 1) * MS);
	CHECK_INT(stats.early, 0);
	CHECK_INT(stats.before, 1000);
}

/* The oldest leave while they still wait to be written. */
TEST(nothing_is_missing_when_memory_ends_meanwhile)
{
	struct detect_captures_opts opts = { .before_ns = 10 * S, .memory = 64 << 10 };
	struct detect_captures_stats stats;
	uint64_t i, first;

	begin(&opts);
	run.triggers[0] = 1001;
	run.duration_ns = 10 * S;
	for (i = 1; i <= 1001; i++)
		feed_write(i * MS, 20);
	/* Each takes the place of many. */
	for (; i <= 1020; i++)
		feed_write(i * MS, 20000);
	stats = end();
	CHECK(stats.early > 400);
	look_at(".scap", 0, &seen);
	first = seen.at_ns[0] / MS;
	CHECK(first > 100 && first < 900);
	CHECK_INT(seen.count, 1021 - first);
	for (i = 0; i < seen.count; i++)
		CHECK_INT(seen.at_ns[i], (i + first) * MS);
}

TEST(an_event_that_memory_cannot_hold_is_written_all_the_same)
{
	struct detect_captures_opts opts = { .before_ns = 10 * S, .memory = 64 << 10 };
	struct detect_captures_stats stats;
	uint64_t i;

	begin(&opts);
	run.triggers[0] = 2;
	run.duration_ns = 10 * S;
	for (i = 1; i <= 4; i++)
		feed_write(i * MS, 20);
	feed_write(5 * MS, 65535);
	feed_write(6 * MS, 20);
	stats = end();
	CHECK_INT(stats.events, 6);
	look_at(".scap", 0, &seen);
	CHECK_INT(seen.count, 6);
	for (i = 0; i < seen.count; i++)
		CHECK_INT(seen.at_ns[i], (i + 1) * MS);
}

/* Two captures, behind a first event, and each begins with the user. */
static void check_user_in_each(void)
{
	unsigned i;

	for (i = 2; i <= 50; i++)
		feed_write(i * 10 * MS, 10);
	run.triggers[0] = 20;
	run.triggers[1] = 40;
	run.duration_ns = MS;
	CHECK_INT(end().files, 2);
	for (i = 0; i < 2; i++) {
		look_at(".scap", i, &seen);
		CHECK_INT(seen.count, 3);
		CHECK_INT(seen.type[0], EYAS_EV_USER_ADDED_E);
		CHECK_INT(seen.at_ns[1], (20 + 20 * i - 1) * 10 * MS);
		CHECK_INT(seen.at_ns[2], (20 + 20 * i) * 10 * MS);
	}
}

/* They stand for metadata that captures have no place for, so each capture has them. */
TEST(users_of_containers_are_in_each_capture)
{
	struct detect_captures_opts opts = { .before_ns = 10 * MS, .memory = 64 << 10 };

	begin(&opts);
	feed_user(MS);
	check_user_in_each();
}

/* Those that the state has read for itself are, too. */
TEST(users_read_from_a_container_are_in_each_capture)
{
	struct detect_captures_opts opts = { .before_ns = 10 * MS, .memory = 64 << 10 };
	const struct eyas_user user = { .uid = 33, .name = { "web", 3 } };
	struct eyas_state *state;
	struct eyas_istr *id;

	begin(&opts);
	/* As if it had been live. */
	state = (struct eyas_state *)(uintptr_t)eyas_session_state(run.session);
	id = istr_get(&state->strings, "abcdef012345", 12);
	CHECK_INT(owners_set_container(state, id, OWNERS_OWN), 0);
	CHECK_INT(owners_add_user(state, id, &user), 0);
	istr_put(&state->strings, id);
	feed_write(MS, 10);
	check_user_in_each();
}

/* The first of what is written is too much, of which there is more. */
TEST(a_size_that_is_too_small_for_anything)
{
	struct detect_captures_opts opts = { .before_ns = S, .memory = 64 << 10, .max_bytes = 1 };
	struct detect_captures_stats stats;
	unsigned i;

	begin(&opts);
	feed_user(MS);
	feed_user(2 * MS);
	for (i = 2; i <= 50; i++)
		feed_write(i * 100 * MS, 10);
	run.triggers[0] = 20;
	run.triggers[1] = 21;
	run.duration_ns = S;
	stats = end();
	CHECK_INT(stats.files, 2);
	CHECK_INT(stats.limited, 2);
	CHECK_INT(stats.events, 0);
	CHECK_INT(stats.failed, 0);
	look_at(".scap", 1, &seen);
	CHECK_INT(seen.result, EYAS_E_END);
}

/* Round and round in little memory, while all that comes is written at once. */
TEST(what_comes_is_written_as_it_comes)
{
	struct detect_captures_opts opts = { .before_ns = MS, .memory = 64 << 10 };
	uint64_t i;

	begin(&opts);
	run.triggers[0] = 1;
	run.duration_ns = 10 * S;
	for (i = 1; i <= 1000; i++)
		feed_write(i * MS, i * 7919 % 3001);
	CHECK_INT(end().events, 1000);
	look_at(".scap", 0, &seen);
	CHECK_INT(seen.count, 1000);
	for (i = 0; i < seen.count; i++)
		CHECK_INT(seen.at_ns[i], (i + 1) * MS);
}

/* What a reader knows of the thread and its descriptor before the first event. */
static void look_for(int64_t tid, int64_t fd, char *name, char *comm, size_t size)
{
	struct eyas_source_opts opts = { .size = sizeof(opts) };
	struct eyas_thread_entry thread;
	struct eyas_fd_entry entry;
	const struct eyas_event *event;
	struct eyas_source *source;
	struct eyas_loader loader;
	struct eyas_state *state;
	const char *path;
	char pattern[400];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s_*.scap", run.prefix);
	CHECK_INT(glob(pattern, 0, NULL, &found), 0);
	path = found.gl_pathv[0];
	CHECK_INT(eyas_state_new(NULL, &state, NULL), 0);
	eyas_state_loader(state, &loader);
	opts.loader = &loader;
	CHECK_INT(eyas_source_open_files(&path, 1, &opts, &source, NULL), 0);
	CHECK_INT(eyas_source_next(source, &event, NULL), 1);
	CHECK_INT(eyas_state_thread(state, tid, &thread), 1);
	CHECK_INT(eyas_state_fd(state, tid, fd, &entry), 1);
	snprintf(comm, size, "%.*s", (int)thread.comm.len, thread.comm.data);
	snprintf(name, size, "%.*s", (int)entry.name.len, entry.name.data);
	eyas_source_close(source);
	eyas_state_free(state);
	globfree(&found);
}

/* No event told of this process: its names came out of /proc, after the first event of the file. */
TEST(what_was_looked_up_is_known_to_a_reader)
{
	struct detect_captures_opts opts = { .before_ns = 10 * S, .memory = 64 << 10 };
	char path[300], name[300], comm[300];
	FILE *file;

	run.live = true;
	begin(&opts);
	snprintf(path, sizeof(path), "%s/looked-up", test_tmpdir());
	file = fopen(path, "w");
	CHECK(file);
	run.triggers[0] = 3;
	run.duration_ns = S;
	feed_write(MS, 1);
	feed_write_by(getpid(), fileno(file), 2 * MS, 1);
	feed_write(3 * MS, 1);
	CHECK_INT(end().events, 3);
	look_for(getpid(), fileno(file), name, comm, sizeof(name));
	CHECK_STR(name, path);
	CHECK(comm[0] && strcmp(comm, "<NA>") != 0);
	fclose(file);
}

TEST(times_that_step_back_lose_nothing)
{
	struct detect_captures_opts opts = { .before_ns = 100 * MS, .memory = 64 << 10 };

	begin(&opts);
	run.triggers[0] = 3;
	run.duration_ns = 20 * MS;
	feed_write(200 * MS, 1);
	feed_write(150 * MS, 1);
	feed_write(210 * MS, 1);
	feed_write(205 * MS, 1);
	feed_write(UINT64_C(1) << 62, 1);
	feed_write(220 * MS, 1);
	CHECK_INT(end().files, 1);
	look_at(".scap", 0, &seen);
	CHECK_INT(seen.count, 4);
	CHECK_INT(seen.at_ns[1], 150 * MS);
}

TEST(an_alert_at_any_time_has_an_end)
{
	struct detect_captures_opts opts = { .memory = 64 << 10 };

	begin(&opts);
	run.triggers[0] = 1;
	run.duration_ns = UINT64_MAX;
	feed_write(MS, 1);
	feed_write(2 * MS, 1);
	CHECK_INT(end().events, 2);
	CHECK_INT(count_files(".part"), 0);
}
