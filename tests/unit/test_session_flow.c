/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session with SysFlow records as its consumer: what is captured, when the kernel may sum up,
 * and that whatever ends a run, what is open is written and failures are told.
 */
#include "unit/harness.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "schema/ids.h"
#include "session/flow.h"

static const char *const sample = "tests/data/sample.scap";

static unsigned records[SYSFLOW_TYPES], truncated, with_process, told;
static struct session_flow_opts opts;
static struct eyas_err err;

static void on_record(void *ctx, const struct sysflow_record *record,
		      const struct sysflow_refs *refs)
{
	(void)ctx;
	records[record->type]++;
	with_process += refs->process != NULL;
	truncated += record->type == SYSFLOW_FILE_FLOW &&
		     record->u.file_flow.opFlags & SYSFLOW_OP_TRUNCATE;
}

static void on_failure(void *ctx, const struct eyas_err *failure)
{
	(void)ctx;
	CHECK_INT(failure->code, -EFBIG);
	told++;
}

/* Of a capture, records to a callback. */
static void start(const char *const *path)
{
	opts.session.paths = path;
	opts.session.npaths = 1;
	opts.flow.schema = opts.writer.schema = 5;
	opts.writer.callback = on_record;
	opts.failure = on_failure;
}

static int run(struct session_flow_stats *ret_stats)
{
	struct session_flow *flow;
	int res;

	CHECK_INT(session_flow_open(&opts, &flow, &err), 0);
	res = session_flow_run(flow, &err);
	session_flow_stats(flow, ret_stats);
	session_flow_close(flow);
	return res;
}

/* The first part of the sample, in a file of its own. */
static const char *cut(size_t size)
{
	static char path[256], bytes[65536];
	FILE *file = fopen(sample, "rb");

	CHECK(file && fread(bytes, 1, size, file) == size);
	fclose(file);
	snprintf(path, sizeof(path), "%s/cut.scap", test_tmpdir());
	file = fopen(path, "wb");
	CHECK(file && fwrite(bytes, 1, size, file) == size && !fclose(file));
	return path;
}

/* ---- what is captured ---- */

static bool captures(const char *name)
{
	struct eyas_codes codes;
	unsigned code;

	session_flow_codes(&opts, &codes);
	for (code = 0; code < EYAS_SYSCALL_CODES; code++)
		if (eyas_syscall_info(code) && !strcmp(eyas_syscall_info(code)->name, name))
			return eyas_codes_has(&codes, code);
	return false;
}

TEST(codes)
{
	CHECK(captures("mmap"));
	CHECK(captures("read"));
	CHECK(captures("procexit") || captures("sched_process_exit"));
	CHECK(!captures("getpid"));
	opts.no_mmap = true;
	CHECK(!captures("mmap"));
	CHECK(captures("read"));
	opts.flow.collect = FLOW_COLLECT_CONSUMER;
	CHECK(!captures("read"));
	CHECK(captures("recvfrom"));
}

static bool can_sum(const char *text)
{
	const struct field_opts fields = { 0 };
	struct eyas_network *network;
	struct filter filter;
	bool res;

	CHECK_INT(eyas_network_new(&fields, &network), 0);
	CHECK_INT(eyas_filter_add(network, text, NULL, NULL, &filter, &err), 0);
	res = session_flow_can_sum(&opts, network);
	eyas_network_free(network);
	return res;
}

/* A sum passes the filter if the call that began it did, so it must not tell calls apart. */
TEST(sums)
{
	CHECK(session_flow_can_sum(&opts, NULL));
	CHECK(can_sum("proc.name=nginx"));
	CHECK(can_sum("container.id!=host and user.name=root and fd.name startswith /srv"));
	CHECK(can_sum("proc.aname[2]=sshd or fd.sport=80"));
	CHECK(!can_sum("evt.type=open"));
	CHECK(!can_sum("proc.name=nginx and evt.rawres>100"));
	CHECK(!can_sum("evt.num<10"));
	CHECK(!can_sum("thread.cpu>10"));
	CHECK(!can_sum("proc.name=nginx and proc.nthreads>4"));
	CHECK(!can_sum("proc.duration>1000"));
	opts.no_sums = true;
	CHECK(!can_sum("proc.name=nginx"));
	CHECK(!session_flow_can_sum(&opts, NULL));
}

/* ---- runs ---- */

TEST(callback)
{
	struct session_flow_stats stats;

	start(&sample);
	CHECK_INT(run(&stats), 0);
	CHECK_INT(stats.session.shown, 76);
	CHECK_INT(records[SYSFLOW_PROCESS_EVENT], stats.flow.records[SYSFLOW_PROCESS_EVENT]);
	CHECK(records[SYSFLOW_PROCESS_EVENT] > 5 && records[SYSFLOW_NETWORK_FLOW] > 3);
	/* Entities come along with what refers to them. */
	CHECK_INT(records[SYSFLOW_PROCESS], 0);
	CHECK(stats.flow.records[SYSFLOW_PROCESS] > 5);
	CHECK_INT(with_process, records[SYSFLOW_PROCESS_EVENT] + records[SYSFLOW_NETWORK_FLOW] +
					records[SYSFLOW_FILE_FLOW] + records[SYSFLOW_FILE_EVENT] +
					records[SYSFLOW_PROCESS_FLOW]);
}

TEST(filter)
{
	struct session_flow *flow = NULL;
	struct session_flow_stats stats;

	start(&sample);
	opts.filter = "proc.name=nginx";
	CHECK_INT(run(&stats), 0);
	CHECK_INT(stats.session.shown, 40);
	CHECK_INT(records[SYSFLOW_PROCESS_EVENT], 0);
	CHECK(records[SYSFLOW_NETWORK_FLOW] > 0);
	opts.filter = "proc.name=";
	CHECK(session_flow_open(&opts, &flow, &err) < 0);
	CHECK(!flow && err.line == 1 && err.column > 1);
}

TEST(absent)
{
	const char *absent = "/nonexistent/a.scap";
	struct session_flow *flow = NULL;

	start(&absent);
	CHECK_INT(session_flow_open(&opts, &flow, &err), -ENOENT);
	CHECK(!flow && strstr(err.text, absent));
}

/* The first 55 events of the sample, and a part of the next one. */
TEST(truncated_capture)
{
	const char *path = cut(7000);
	struct session_flow_stats stats;

	start(&path);
	opts.flow.file_read_mode = 0;
	CHECK_INT(run(&stats), EYAS_E_TRUNC);
	CHECK(strstr(err.text, "cut.scap"));
	CHECK(stats.session.shown > 20);
	/* The log of the web server stays open: it is written all the same. */
	CHECK(truncated > 0);
	CHECK(records[SYSFLOW_FILE_FLOW] > 1);
}

TEST(stopped)
{
	static volatile sig_atomic_t stop = SIGTERM;
	struct session_flow_stats stats;

	start(&sample);
	opts.session.stop = &stop;
	CHECK_INT(run(&stats), 0);
	CHECK(stats.session.stopped);
	CHECK_INT(stats.session.shown, 0);
	CHECK_INT(stats.flow.records[SYSFLOW_HEADER], 1);
}

/* ---- failures to write ---- */

TEST(full_disk)
{
	struct session_flow_stats stats;

	start(&sample);
	opts.writer.callback = NULL;
	opts.writer.path = "/dev/full";
	CHECK_INT(run(&stats), -ENOSPC);
	CHECK(strstr(err.text, "/dev/full"));
	CHECK_INT(told, 0);
}

/* With another place to go to, records go on; the failure is told. */
TEST(full_disk_and_callback)
{
	/* Of the size of a file's head and some more. */
	const struct rlimit limit = { 7000, 7000 };
	struct session_flow_stats stats;
	char path[256];

	signal(SIGXFSZ, SIG_IGN);
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
	snprintf(path, sizeof(path), "%s/out.sf", test_tmpdir());
	start(&sample);
	opts.writer.path = path;
	opts.writer.codec = "null";
	CHECK_INT(run(&stats), 0);
	CHECK_INT(told, 1);
	CHECK_INT(stats.session.shown, 76);
	CHECK(records[SYSFLOW_PROCESS_EVENT] > 5);
	CHECK(stats.writer.file_lost > 10);
}

/* ---- live ---- */

static struct eyas_source *source;

static void feed(unsigned type, uint64_t ts_ns, int64_t result, const char *path)
{
	struct eyas_encoder enc;
	uint8_t buf[256];
	int len;

	eyas_encoder_begin(&enc, buf, sizeof(buf), type, ts_ns, (uint64_t)getpid());
	eyas_put_int(&enc, result);
	if (path) {
		eyas_put_str(&enc, path);
		eyas_put_uint(&enc, 1);
	}
	len = eyas_encoder_end(&enc);
	CHECK(len > 0);
	CHECK_INT(eyas_source_feed(source, buf, (size_t)len, 0, NULL), 0);
}

static struct session_flow *start_live(void)
{
	struct eyas_source_opts source_opts = { .size = sizeof(source_opts) };
	struct session_flow *flow;

	start(&sample);
	CHECK_INT(eyas_source_open_synthetic(&source_opts, &source, NULL), 0);
	opts.session.given = source;
	CHECK_INT(session_flow_open(&opts, &flow, &err), 0);
	return flow;
}

/* What is still open when a live source ends. */
TEST(live)
{
	struct session_flow *flow = start_live();

	/* Far in the future: behind the beginning of the session, whose time is the machine's. */
	feed(EYAS_EV_SYSCALL_OPEN_X, UINT64_C(4000000000000000000), 50, "/srv/a");
	CHECK_INT(eyas_source_finish(source, NULL), 0);
	CHECK_INT(eyas_session_run(session_flow_session(flow), &err), 0);
	CHECK_INT(records[SYSFLOW_FILE_FLOW], 0);
	CHECK_INT(session_flow_finish(flow, &err), 0);
	CHECK_INT(records[SYSFLOW_FILE_FLOW], 1);
	CHECK_INT(truncated, 1);
	CHECK(session_flow_engine(flow) != NULL);
	session_flow_close(flow);
}

TEST(closed_early)
{
	session_flow_close(start_live());
	session_flow_close(NULL);
}

/* A source that was given is closed also when the session does not come about. */
TEST(given_and_not_taken)
{
	struct eyas_source_opts source_opts = { .size = sizeof(source_opts) };
	struct session_flow *flow = NULL;

	start(&sample);
	CHECK_INT(eyas_source_open_synthetic(&source_opts, &opts.session.given, NULL), 0);
	opts.filter = "nosuch.field=1";
	CHECK(session_flow_open(&opts, &flow, &err) < 0);
	CHECK(!flow);
}
