/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes that the kernel has added up, taken over by the flows they belong to. */
#include "unit/flowfeed.h"

static const struct flow_opts opts = { .sums = flow_rig_sums, .process_flow = true };

static void start(struct flow_rig *t)
{
	memset(t, 0, sizeof(*t));
	flow_rig_start(t, &opts);
	feed_open(&t->f, 100, 3, "/a");
	flow_rig_step(t);
	flow_rig_hush(t);
}

/* The event that begins a sum, and the sum that the kernel has from then on. */
static void run_first(struct flow_rig *t, int64_t fd)
{
	t->sums = (struct eyas_io_sums){ .tid = 100, .fd = fd, .began_ts_ns = t->f.ts_ns };
	RUN(t, 100, SYSCALL_WRITE_X, I(1), N, I(fd), I(1));
}

static void add(struct flow_rig *t, uint64_t reads, uint64_t read_bytes, uint64_t writes,
		uint64_t write_bytes)
{
	t->sums.read_ops += reads;
	t->sums.read_bytes += read_bytes;
	t->sums.write_ops += writes;
	t->sums.write_bytes += write_bytes;
	t->sums.last_ts_ns = t->f.ts_ns;
}

/* Totals so far come more than once; each call counts once. */
TEST(totals)
{
	struct flow_rig t;

	start(&t);
	run_first(&t, 3);
	add(&t, 0, 0, 10, 10);
	CHECK_INT(flow_engine_sums(t.engine, &t.sums, NULL), 0);
	CHECK_INT(flow_engine_sums(t.engine, &t.sums, NULL), 0);
	add(&t, 2, 8, 5, 5);
	CHECK_INT(flow_engine_sums(t.engine, &t.sums, NULL), 0);
	RUN(&t, 100, SYSCALL_CLOSE_X, I(0), I(3));
	SAID(&t, "flow 100 OPEN|READ|WRITE|CLOSE t0-2 fd3 r2/8 w16/16 /a open 1\n");
	/* Of nobody any more. */
	CHECK_INT(flow_engine_sums(t.engine, &t.sums, NULL), 0);
	flow_rig_end(&t);
}

/* Another sum of the same descriptor begins at nothing. */
TEST(another_sum)
{
	struct flow_rig t;

	start(&t);
	run_first(&t, 3);
	add(&t, 0, 0, 10, 10);
	CHECK_INT(flow_engine_sums(t.engine, &t.sums, NULL), 0);
	run_first(&t, 3);
	add(&t, 0, 0, 20, 20);
	CHECK_INT(flow_engine_sums(t.engine, &t.sums, NULL), 0);
	RUN(&t, 100, SYSCALL_CLOSE_X, I(0), I(3));
	SAID(&t, "flow 100 OPEN|WRITE|CLOSE t0-3 fd3 r0/0 w32/32 /a open 1\n");
	flow_rig_end(&t);
}

/* The one before comes when another one goes on already: neither counts twice. */
TEST(late_sum)
{
	struct eyas_io_sums late;
	struct flow_rig t;

	start(&t);
	run_first(&t, 3);
	add(&t, 0, 0, 10, 10);
	late = t.sums;
	run_first(&t, 3);
	add(&t, 0, 0, 20, 20);
	CHECK_INT(flow_engine_sums(t.engine, &t.sums, NULL), 0);
	CHECK_INT(flow_engine_sums(t.engine, &late, NULL), 0);
	add(&t, 0, 0, 1, 1);
	CHECK_INT(flow_engine_sums(t.engine, &t.sums, NULL), 0);
	RUN(&t, 100, SYSCALL_CLOSE_X, I(0), I(3));
	SAID(&t, "flow 100 OPEN|WRITE|CLOSE t0-3 fd3 r0/0 w33/33 /a open 1\n");
	flow_rig_end(&t);
}

/* A number that became another file's: each has its own. */
TEST(another_file)
{
	struct flow_rig t;

	start(&t);
	run_first(&t, 3);
	add(&t, 0, 0, 10, 10);
	CHECK_INT(flow_engine_sums(t.engine, &t.sums, NULL), 0);
	feed_open(&t.f, 100, 3, "/b");
	flow_rig_step(&t);
	run_first(&t, 3);
	add(&t, 0, 0, 4, 4);
	CHECK_INT(flow_engine_sums(t.engine, &t.sums, NULL), 0);
	flow_rig_hush(&t);
	RUN(&t, 100, PROCEXIT_1_E, I(0), I(0), I(0), I(0), I(0));
	SAID(&t, "flow 100 OPEN|WRITE|TRUNCATE t2-4 fd3 r0/0 w5/5 /b open 1\n"
		 "flow 100 OPEN|WRITE|TRUNCATE t0-4 fd3 r0/0 w11/11 /a open 1\n"
		 "event 100 EXIT t4 ret 0\n");
	flow_rig_end(&t);
}

/* The kernel is asked when a flow is due, and told when nobody asks any more. */
TEST(asked)
{
	struct flow_rig t;

	start(&t);
	run_first(&t, 3);
	flow_rig_wait(&t, 30);
	add(&t, 0, 0, 10, 10);
	RUN(&t, 1, SYSCALL_GETUID_X, I(0));
	SAID(&t, "flow 100 OPEN|WRITE t0-30002 fd3 r0/0 w11/11 /a open 1\n");
	CHECK(!t.sum_over);
	flow_rig_wait(&t, 31);
	add(&t, 0, 0, 1, 1);
	RUN(&t, 1, SYSCALL_GETUID_X, I(0));
	SAID(&t, "flow 100 WRITE t30002-61003 fd3 r0/0 w1/1 /a open 1\n");
	CHECK(!t.sum_over);
	flow_rig_wait(&t, 61);
	RUN(&t, 1, SYSCALL_GETUID_X, I(0));
	SAID(&t, "");
	CHECK(t.sum_over);
	CHECK_INT(flow_rig_stats(&t).flows, 0);
	flow_rig_end(&t);
}

TEST(at_an_exit)
{
	struct flow_rig t;

	start(&t);
	run_first(&t, 3);
	add(&t, 0, 0, 10, 10);
	RUN(&t, 100, PROCEXIT_1_E, I(0), I(0), I(0), I(0), I(0));
	SAID(&t, "flow 100 OPEN|WRITE|TRUNCATE t0-2 fd3 r0/0 w11/11 /a open 1\n"
		 "event 100 EXIT t2 ret 0\n");
	CHECK(t.sum_over);
	flow_rig_end(&t);
}

/* A thread that exits leaves its flows, but not its sums. */
TEST(at_the_exit_of_a_thread)
{
	struct flow_rig t;

	start(&t);
	feed_clone(&t.f, 101,
		   &(struct feed_clone){ .pid = 100,
					 .ptid = 1,
					 .flags = PPM_CL_CLONE_THREAD | PPM_CL_CLONE_FILES,
					 .vtid = 101,
					 .vpid = 100 });
	flow_rig_step(&t);
	RUN(&t, 101, SYSCALL_WRITE_X, I(1), N, I(3), I(1));
	t.sums = (struct eyas_io_sums){ .tid = 101, .fd = 3, .began_ts_ns = 1 };
	add(&t, 0, 0, 10, 10);
	RUN(&t, 101, PROCEXIT_1_E, I(0), I(0), I(0), I(0), I(0));
	CHECK(t.sum_over);
	flow_rig_hush(&t);
	RUN(&t, 100, SYSCALL_CLOSE_X, I(0), I(3));
	SAID(&t, "flow 100/101 WRITE|TRUNCATE t2-4 fd3 r0/0 w11/11 /a\n"
		 "flow 100 OPEN|CLOSE t0-4 fd3 r0/0 w0/0 /a open 1\n");
	flow_rig_end(&t);
}

TEST(at_the_end)
{
	struct flow_rig t;

	start(&t);
	run_first(&t, 3);
	add(&t, 3, 3, 0, 0);
	flow_rig_finish(&t);
	SAID(&t, "flow 100 OPEN|READ|WRITE|TRUNCATE t0-1 fd3 r3/3 w1/1 /a open 1\n");
	flow_rig_end(&t);
}

/* Without sums nobody is asked. */
TEST(without)
{
	const struct flow_opts none = { 0 };
	struct flow_rig t = { 0 };

	flow_rig_start(&t, &none);
	feed_open(&t.f, 100, 3, "/a");
	flow_rig_step(&t);
	run_first(&t, 3);
	CHECK_INT(flow_engine_sums(t.engine, &t.sums, NULL), 0);
	flow_rig_finish(&t);
	CHECK_INT(t.asked, 0);
	flow_rig_end(&t);
}
