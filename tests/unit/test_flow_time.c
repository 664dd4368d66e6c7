/* SPDX-License-Identifier: Apache-2.0 */
/* What comes by time: export of open flows, expiry, the next file; and limits. */
#include "unit/flowfeed.h"

#include <stdlib.h>

static const struct flow_opts plain = { 0 };
static const struct flow_opts strict = { .strict_compat = true };
static const struct flow_opts summed = { .process_flow = true };

#define INIT(t) "process REUP 1 t" t " /bin/sh() 1000:<NA> 1000:<NA> entry\n"
#define SHELL(t) "process REUP 100 of 1 t" t " /bin/sh() 1000:<NA> 1000:<NA>\n"

static void start(struct flow_rig *t, const struct flow_opts *opts)
{
	memset(t, 0, sizeof(*t));
	flow_rig_start(t, opts);
	feed_open(&t->f, 100, 3, "/a");
	flow_rig_step(t);
	flow_rig_hush(t);
}

static void tick(struct flow_rig *t)
{
	RUN(t, 1, SYSCALL_GETUID_X, I(0));
}

static void run_read(struct flow_rig *t, int64_t fd, int64_t res)
{
	RUN(t, 100, SYSCALL_READ_X, I(res), N, I(fd), I(4096));
}

/* Every half minute, as long as something happens; then nothing until it ends. */
TEST(export)
{
	struct flow_rig t;

	start(&t, &plain);
	flow_rig_wait(&t, 29);
	run_read(&t, 3, 5);
	SAID(&t, "");
	flow_rig_wait(&t, 1);
	tick(&t);
	SAID(&t, "flow 100 OPEN|READ t0-30002 fd3 r1/5 w0/0 /a open 1\n");
	flow_rig_wait(&t, 10);
	run_read(&t, 3, 7);
	flow_rig_wait(&t, 20);
	tick(&t);
	SAID(&t, "flow 100 READ t30002-60004 fd3 r1/7 w0/0 /a open 1\n");
	/* Silent for a minute since the last read, at 40. */
	flow_rig_wait(&t, 30);
	tick(&t);
	SAID(&t, "");
	CHECK_INT(flow_rig_stats(&t).flows, 1);
	flow_rig_wait(&t, 30);
	tick(&t);
	SAID(&t, "");
	CHECK_INT(flow_rig_stats(&t).flows, 0);
	CHECK_INT(flow_rig_stats(&t).flows_expired, 1);
	/* It is there again when something happens. */
	run_read(&t, 3, 1);
	flow_rig_finish(&t);
	SAID(&t, "flow 100 READ|TRUNCATE t120007-120007 fd3 r1/1 w0/0 /a\n");
	flow_rig_end(&t);
}

/* Nobody looks for longer than the interval: the original drops what it has not said. */
TEST(long_silence)
{
	struct flow_rig t;

	start(&t, &plain);
	flow_rig_wait(&t, 100);
	tick(&t);
	SAID(&t, "flow 100 OPEN t0-100001 fd3 r0/0 w0/0 /a open 1\n");
	CHECK_INT(flow_rig_stats(&t).flows, 0);
	flow_rig_end(&t);
	start(&t, &strict);
	flow_rig_wait(&t, 100);
	tick(&t);
	SAID(&t, "");
	CHECK_INT(flow_rig_stats(&t).flows, 0);
	flow_rig_end(&t);
}

static void run_thread(struct flow_rig *t, int64_t tid)
{
	feed_clone(&t->f, tid,
		   &(struct feed_clone){ .pid = 100,
					 .ptid = 1,
					 .flags = PPM_CL_CLONE_THREAD | PPM_CL_CLONE_FILES,
					 .vtid = tid,
					 .vpid = 100 });
	flow_rig_step(t);
}

TEST(export_of_threads)
{
	struct flow_rig t;

	start(&t, &summed);
	run_thread(&t, 101);
	flow_rig_wait(&t, 30);
	tick(&t);
	SAID(&t, "flow 100 OPEN t0-30002 fd3 r0/0 w0/0 /a open 1\n"
		 "threads 100 CLONE t1-30002 cloned 1 exited 0 failed 0\n");
	run_thread(&t, 102);
	flow_rig_wait(&t, 29);
	run_thread(&t, 103);
	flow_rig_wait(&t, 31);
	tick(&t);
	SAID(&t, "threads 100 CLONE t30002-90005 cloned 2 exited 0 failed 0\n");
	flow_rig_wait(&t, 31);
	tick(&t);
	flow_rig_finish(&t);
	SAID(&t, "");
	flow_rig_end(&t);
}

/* Of the queue those that are due, in its order; intervals of one's own. */
TEST(intervals)
{
	const struct flow_opts opts = { .export_ns = 5 * FLOW_S, .expire_ns = 3600 * FLOW_S };
	struct flow_rig t;

	start(&t, &opts);
	flow_rig_wait(&t, 3);
	feed_open(&t.f, 100, 4, "/b");
	flow_rig_step(&t);
	flow_rig_hush(&t);
	flow_rig_wait(&t, 2);
	tick(&t);
	SAID(&t, "flow 100 OPEN t0-5002 fd3 r0/0 w0/0 /a open 1\n");
	flow_rig_wait(&t, 3);
	tick(&t);
	SAID(&t, "flow 100 OPEN t3001-8003 fd4 r0/0 w0/0 /b open 1\n");
	flow_rig_end(&t);
}

/* The clock goes back; nothing is lost and nothing comes early. */
TEST(clock_goes_back)
{
	struct flow_rig t;

	start(&t, &plain);
	t.f.ts_ns -= 3000 * FLOW_S;
	tick(&t);
	feed_open(&t.f, 100, 4, "/b");
	flow_rig_step(&t);
	flow_rig_hush(&t);
	flow_rig_wait(&t, 40);
	tick(&t);
	SAID(&t, "flow 100 OPEN t-2999998--2959997 fd4 r0/0 w0/0 /b open 1\n");
	flow_rig_end(&t);
}

/* Strict: a call that only begins is an event, too, for the clock. */
TEST(alarm)
{
	struct eyas_enter_watch *watch;
	struct flow_rig t;

	memset(&t, 0, sizeof(t));
	flow_rig_start(&t, &strict);
	watch = flow_engine_watch(t.engine);
	CHECK(watch->alarm_ns == UINT64_MAX);
	feed_open(&t.f, 100, 3, "/a");
	flow_rig_step(&t);
	CHECK_INT(watch->alarm_ns, t.start_ns / FLOW_S * FLOW_S + 30 * FLOW_S);
	flow_rig_hush(&t);
	watch->now_ns = t.f.ts_ns + 5 * FEED_MS;
	flow_rig_finish(&t);
	SAID(&t, "flow 100 OPEN|TRUNCATE t0-6 fd3 r0/0 w0/0 /a open 1\n");
	flow_rig_end(&t);
}

/* ---- files ---- */

/* Each file says what it needs; what nobody needs is forgotten. */
TEST(rotation)
{
	struct flow_rig t;

	start(&t, &plain);
	feed_open(&t.f, 1, 4, "/b");
	flow_rig_step(&t);
	RUN(&t, 1, SYSCALL_CLOSE_X, I(0), I(4));
	flow_rig_hush(&t);
	CHECK_INT(flow_rig_stats(&t).files, 2);
	t.due_ns = t.f.ts_ns;
	tick(&t);
	SAID(&t, "header 5  NA b.sf\n");
	CHECK_INT(t.due_ns, UINT64_MAX);
	CHECK_INT(flow_rig_stats(&t).files, 1);
	CHECK_INT(flow_rig_stats(&t).processes, 2); /* one has a flow, one a child */
	run_read(&t, 3, 5);
	SAID(&t, INIT("0") SHELL("0") "file REUP f /a\n");
	/* At once, whatever the time: a peer has come back. */
	t.due_ns = 0;
	tick(&t);
	SAID(&t, "header 5  NA c.sf\n");
	RUN(&t, 100, PROCEXIT_1_E, I(0), I(0), I(0), I(0), I(0));
	SAID(&t, INIT("0") SHELL("0") "file REUP f /a\n"
				      "flow 100 OPEN|READ|TRUNCATE t0-6 fd3 r1/5 w0/0 /a open 1\n"
				      "event 100 EXIT t6 ret 0\n");
	t.due_ns = 0;
	tick(&t);
	flow_rig_hush(&t);
	CHECK_INT(flow_rig_stats(&t).processes, 0);
	CHECK_INT(flow_rig_stats(&t).files, 0);
	flow_rig_end(&t);
}

/* A flow that is due by time says what the new file lacks, ancestors first. */
TEST(export_in_a_new_file)
{
	struct flow_rig t;

	start(&t, &plain);
	t.due_ns = 0;
	tick(&t);
	flow_rig_hush(&t);
	flow_rig_wait(&t, 30);
	tick(&t);
	SAID(&t, INIT("0") SHELL("0") "file REUP f /a\n"
				      "flow 100 OPEN t0-30002 fd3 r0/0 w0/0 /a open 1\n");
	t.due_ns = 0;
	tick(&t);
	flow_rig_hush(&t);
	run_read(&t, 3, 1);
	flow_rig_hush(&t);
	t.due_ns = 0;
	tick(&t);
	flow_rig_hush(&t);
	flow_rig_finish(&t);
	SAID(&t,
	     INIT("0") SHELL("0") "file REUP f /a\n"
				  "flow 100 READ|TRUNCATE t30002-30005 fd3 r1/1 w0/0 /a open 1\n");
	flow_rig_end(&t);
}

/* Without an event there is a file with a header, live and offline. */
TEST(nothing)
{
	const struct flow_opts live = { .live = true, .exporter = "me" };
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &plain);
	flow_rig_finish(&t);
	SAID(&t, "header 5  NA a.sf\n");
	flow_rig_end(&t);
	memset(&t, 0, sizeof(t));
	flow_rig_start(&t, &live);
	CHECK_INT(flow_engine_idle(t.engine, NULL), 0);
	CHECK_INT(flow_engine_idle(t.engine, NULL), 0);
	SAID(&t, "header 5 me NA a.sf\n");
	flow_rig_finish(&t);
	SAID(&t, "");
	flow_rig_end(&t);
}

static void run_fork(struct flow_rig *t, int64_t child)
{
	feed_clone(&t->f, child,
		   &(struct feed_clone){ .pid = child, .ptid = 100, .vtid = child, .vpid = child });
	flow_rig_step(t);
}

/* What the end leaves open comes in the order in which processes were met, not by chance. */
TEST(order)
{
	struct eyas_str first = EYAS_STR_INIT;
	struct flow_rig t;
	int round, i;

	for (round = 0; round < 2; round++) {
		start(&t, &plain);
		for (i = 0; i < 40; i++) {
			run_fork(&t, 200 + i);
			feed_open(&t.f, 200 + i, 5, "/x");
			flow_rig_step(&t);
		}
		flow_rig_hush(&t);
		flow_rig_finish(&t);
		eyas_str_putc(&t.said, '\0');
		if (round)
			CHECK_STR(t.said.data, first.data);
		else
			eyas_str_add(&first, t.said.data, t.said.len);
		CHECK(strstr(t.said.data, "flow 200@") < strstr(t.said.data, "flow 239@"));
		flow_rig_end(&t);
	}
	eyas_str_fini(&first);
}

/* ---- limits ---- */

TEST(too_many_flows)
{
	const struct flow_opts opts = { .max_flows = 2 };
	struct flow_rig t;

	start(&t, &opts);
	feed_open(&t.f, 100, 4, "/b");
	flow_rig_step(&t);
	feed_open(&t.f, 100, 5, "/c");
	flow_rig_step(&t);
	CHECK_INT(flow_rig_stats(&t).flows, 2);
	CHECK_INT(flow_rig_stats(&t).flows_refused, 1);
	RUN(&t, 100, SYSCALL_CLOSE_X, I(0), I(4));
	feed_open(&t.f, 100, 6, "/d");
	flow_rig_step(&t);
	CHECK_INT(flow_rig_stats(&t).flows_refused, 1);
	flow_rig_end(&t);
}

/* Many files that nobody has open any more are forgotten, and said again when they come again. */
TEST(many_files)
{
	struct flow_rig t;
	char path[32];
	int i;

	start(&t, &plain);
	t.quiet = true;
	for (i = 0; i < 200000; i++) {
		snprintf(path, sizeof(path), "/many/%d", i);
		RUN(&t, 100, SYSCALL_UNLINK_2_X, I(0), S(path));
	}
	CHECK(flow_rig_stats(&t).files < 150000);
	CHECK_INT(flow_rig_stats(&t).records[SYSFLOW_FILE_EVENT], 200000);
	t.quiet = false;
	RUN(&t, 100, SYSCALL_UNLINK_2_X, I(0), S("/many/0"));
	eyas_str_putc(&t.said, '\0');
	CHECK(!strncmp(t.said.data, "file CREATED ? /many/0\n", 23));
	flow_rig_end(&t);
}

/* Processes whose exits were lost are forgotten, too; what has a flow stays. */
TEST(many_processes)
{
	const struct flow_opts opts = { .export_ns = 3600 * FLOW_S };
	struct flow_rig t;
	int i;

	start(&t, &opts);
	t.quiet = true;
	for (i = 0; i < 100000; i++)
		run_fork(&t, 1000 + i);
	CHECK(flow_rig_stats(&t).processes < 70000);
	CHECK_INT(flow_rig_stats(&t).records[SYSFLOW_PROCESS_EVENT], 100000);
	t.quiet = false;
	flow_rig_finish(&t);
	eyas_str_putc(&t.said, '\0');
	CHECK(strstr(t.said.data, "flow 100 OPEN|TRUNCATE"));
	flow_rig_end(&t);
}

/* Ids that make a process its own ancestor end in no circle. */
TEST(circle_of_parents)
{
	struct flow_rig t;

	start(&t, &plain);
	for (int i = 0; i < 3; i++) {
		feed_clone(
			&t.f, 300,
			&(struct feed_clone){ .pid = 300, .ptid = 301, .vtid = 300, .vpid = 300 });
		flow_rig_step(&t);
		flow_rig_wait(&t, 5);
		feed_clone(
			&t.f, 301,
			&(struct feed_clone){ .pid = 301, .ptid = 300, .vtid = 301, .vpid = 301 });
		flow_rig_step(&t);
		flow_rig_wait(&t, 5);
		t.due_ns = 0;
		feed_exec(&t.f, 300, "x", "/x");
		flow_rig_step(&t);
		flow_rig_hush(&t);
	}
	flow_rig_finish(&t);
	flow_rig_end(&t);
}

/* ---- failures ---- */

/* What the sink says ends the call, wherever it comes. */
TEST(failing_sink)
{
	struct flow_rig t;
	unsigned at;

	for (at = 1; at < 12; at++) {
		memset(&t, 0, sizeof(t));
		t.fail = -28;
		t.fail_at = at;
		flow_rig_start(&t, &summed);
		feed_open(&t.f, 100, 3, "/a");
		if (at > 4)
			CHECK_INT(flow_engine_event(t.engine, &t.f.context, NULL), 0);
		else
			flow_rig_step(&t);
		(void)flow_engine_finish(t.engine, NULL);
		flow_rig_end(&t);
	}
}

#if !defined(__SANITIZE_ADDRESS__)
static long fail_from = -1, allocations;
static bool fail_once;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

/* Those of the C library itself, too. */
#	define FOR_ALL __attribute__((visibility("default")))

static bool refuse(void)
{
	allocations++;
	return fail_from >= 0 && (fail_once ? allocations == fail_from : allocations >= fail_from);
}

FOR_ALL void *malloc(size_t size)
{
	return refuse() ? NULL : __libc_malloc(size);
}

FOR_ALL void *calloc(size_t count, size_t size)
{
	return refuse() ? NULL : __libc_calloc(count, size);
}

FOR_ALL void *realloc(void *old, size_t size)
{
	return refuse() ? NULL : __libc_realloc(old, size);
}

/* A bit of everything; only the engine's allocations fail, and the state's that it causes. */
static long run_without_memory(const struct flow_opts *opts, long from, bool once)
{
	struct flow_rig t = { .quiet = true };
	int i;

	flow_rig_start(&t, opts);
	allocations = 0;
	fail_once = once;
	fail_from = from;
	for (i = 0; i < 4; i++) {
		feed_open(&t.f, 100, 3 + i, i % 2 ? "/a" : "b/../c");
		flow_rig_step(&t);
		run_read(&t, 3 + i, 5);
		RUN(&t, 100, SYSCALL_RENAME_X, I(0), S("x/y"), S("z"));
		RUN(&t, 100, SYSCALL_SYMLINK_X, I(0), S("x/y"), S("/nowhere/z"));
		RUN(&t, 1, CONTAINER_JSON_E,
		    S("{\"container\":{\"id\":\"0123456789ab\",\"image\":\"x\"}}"));
		RUN(&t, 100, SYSCALL_SETUID_X, I(0), I(7));
		run_fork(&t, 200 + i);
		RUN(&t, 200 + i, PROCEXIT_1_E, I(0), I(0), I(0), I(0), I(0));
		flow_rig_wait(&t, 31);
		t.due_ns = i == 2 ? 0 : UINT64_MAX;
		run_thread(&t, 101);
	}
	flow_rig_finish(&t);
	fail_from = -1;
	flow_rig_end(&t);
	return allocations;
}

/* Nothing crashes, whatever there is no memory for. */
TEST(without_memory)
{
	const struct flow_opts *const opts[] = { &plain, &strict, &summed };
	size_t i;
	long from;

	for (i = 0; i < 3; i++) {
		for (from = 1; run_without_memory(opts[i], from, true) >= from; from++)
			;
		for (from = 1; run_without_memory(opts[i], from, false) >= from; from++)
			;
	}
}

/* An engine that cannot be made says so. */
TEST(new_without_memory)
{
	const struct flow_opts opts = { .schema = 5, .exporter = "a", .node_ip = "b" };
	const struct flow_opts wrong = { .schema = 4 };
	const struct flow_sink sink = { 0 };
	struct flow_engine *engine;
	int from;

	for (from = 1; from <= 3; from++) {
		allocations = 0;
		fail_once = true;
		fail_from = from;
		CHECK_INT(flow_engine_new(&opts, &sink, &engine, NULL), -ENOMEM);
		fail_from = -1;
	}
	CHECK_INT(flow_engine_new(&wrong, &sink, &engine, NULL), -EINVAL);
}
#endif
