/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of internal alerts, and the way of alerts to several sinks. */
#include "unit/sinks.h"

#include <errno.h>
#include <unistd.h>

#include "detect/alerts.h"

/* 2026-11-20T14:28:34.02Z */
#define WHEN UINT64_C(1795184914020000000)

static const char *made(bool json, int (*make)(struct eyas_alerts *alerts))
{
	const char *path = sinks_path("alerts");
	struct output_sink_opts sink = sinks_opts(OUTPUT_SINK_FILE, path);
	struct eyas_alerts_opts opts = { .sinks = &sink, .nsinks = 1, .name = "Falco" };
	struct eyas_alerts *alerts;
	struct eyas_err err;

	setenv("TZ", "UTC", 1);
	unlink(path);
	opts.format = (struct eyas_rules_alert_opts){ .size = sizeof(opts.format),
						      .json = json,
						      .hostname = "host" };
	CHECK(!eyas_alerts_new(&opts, &alerts, &err));
	CHECK(!make(alerts));
	eyas_alerts_close(alerts, LONG_NS, NULL, NULL);
	return sinks_text(path);
}

static int two_fields(struct eyas_alerts *alerts)
{
	static const struct eyas_alerts_field fields[] = {
		{ .key = "z", .text = "a \"b\"\n\\" },
		{ .key = "b", .number = "1.5" },
		{ .key = "a" },
	};

	return eyas_alerts_internal(alerts, WHEN, EYAS_PRIORITY_INFORMATIONAL, "metrics snapshot",
				    "", fields, 3);
}

static int no_fields(struct eyas_alerts *alerts)
{
	return eyas_alerts_internal(alerts, WHEN, EYAS_PRIORITY_CRITICAL, "hot restart failure",
				    "line 3: x", NULL, 0);
}

TEST(internal)
{
	CHECK_STR(made(false, two_fields),
		  "14:28:34.020000000: Informational Falco internal: metrics snapshot "
		  "(a=null b=1.5 z=\"a \\\"b\\\"\\n\\\\\")\n");
	CHECK_STR(made(true, two_fields),
		  "{\"hostname\":\"host\",\"output\":\"Falco internal: metrics snapshot\","
		  "\"output_fields\":{\"a\":null,\"b\":1.5,\"z\":\"a \\\"b\\\"\\n\\\\\"},"
		  "\"priority\":\"Informational\",\"rule\":\"Falco internal: metrics snapshot\","
		  "\"source\":\"internal\",\"time\":\"2026-11-20T14:28:34.020000000Z\"}\n");
	CHECK_STR(
		made(false, no_fields),
		"14:28:34.020000000: Critical Falco internal: hot restart failure. line 3: x ()\n");
	CHECK_STR(
		made(true, no_fields),
		"{\"hostname\":\"host\",\"output\":\"Falco internal: hot restart failure. line 3: "
		"x\",\"output_fields\":{},\"priority\":\"Critical\",\"rule\":\"Falco internal: hot "
		"restart failure\",\"source\":\"internal\","
		"\"time\":\"2026-11-20T14:28:34.020000000Z\"}\n");
}

static int drops(struct eyas_alerts *alerts)
{
	const struct eyas_alerts_drops drops = {
		.ebpf = true, .events = 100, .drops = 7, .buffer_total = 7, .buffer_open = 7
	};

	return eyas_alerts_drops(alerts, WHEN, &drops);
}

static int timeouts(struct eyas_alerts *alerts)
{
	return eyas_alerts_timeouts(alerts, WHEN, 1000, 0) ||
	       eyas_alerts_timeouts(alerts, WHEN, 1000, WHEN - 1);
}

static int metrics(struct eyas_alerts *alerts)
{
	const struct eyas_alerts_field field = { .key = "falco.num_evts", .number = "3" };

	return eyas_alerts_metrics(alerts, WHEN, &field, 1);
}

static int size_limit(struct eyas_alerts *alerts)
{
	return eyas_alerts_size_limit(alerts, WHEN, 10, 10485761);
}

TEST(what_happens)
{
	CHECK_STR(made(false, drops),
		  "14:28:34.020000000: Debug Falco internal: syscall event drop. 7 system calls "
		  "dropped in last second. (ebpf_enabled=\"1\" n_drops=\"7\" "
		  "n_drops_buffer_clone_fork_exit=\"0\" n_drops_buffer_close_exit=\"0\" "
		  "n_drops_buffer_connect_exit=\"0\" n_drops_buffer_dir_file_exit=\"0\" "
		  "n_drops_buffer_execve_exit=\"0\" n_drops_buffer_open_exit=\"7\" "
		  "n_drops_buffer_other_interest_exit=\"0\" n_drops_buffer_proc_exit=\"0\" "
		  "n_drops_buffer_total=\"7\" n_drops_bug=\"0\" n_drops_page_faults=\"0\" "
		  "n_drops_scratch_map=\"0\" n_evts=\"100\")\n");
	CHECK_STR(made(false, timeouts),
		  "14:28:34.020000000: Debug Falco internal: timeouts notification. 1000 "
		  "consecutive timeouts without event. (last_event_time=\"none\")\n"
		  "14:28:34.020000000: Debug Falco internal: timeouts notification. 1000 "
		  "consecutive timeouts without event. (last_event_time=\"14:28:34.019999999\")\n");
	CHECK_STR(made(false, metrics), "14:28:34.020000000: Informational Falco metrics snapshot "
					"(falco.num_evts=3)\n");
	CHECK(strstr(made(true, metrics), "\"output\":\"Falco metrics snapshot\","));
	CHECK(strstr(made(true, metrics), "\"rule\":\"Falco internal: metrics snapshot\","));
	CHECK_STR(made(false, size_limit),
		  "14:28:34.020000000: Informational Falco internal: capture size limit reached "
		  "(max_file_size_mb=10 written_bytes=10485761)\n");
}

static void on_closed(void *ctx, const char *name, const struct output_sink_stats *stats,
		      const char *failure)
{
	char *text = ctx;

	snprintf(text + strlen(text), 256 - strlen(text), "%d/%d %s;", (int)stats->written,
		 (int)stats->lines, failure);
	CHECK(!strncmp(name, "file ", 5));
}

/* One that is dead does not keep the other from anything. */
TEST(two_sinks)
{
	const char *path = sinks_path("f");
	struct output_sink_opts sinks[] = { sinks_opts(OUTPUT_SINK_FILE, sinks_path("d/f")),
					    sinks_opts(OUTPUT_SINK_FILE, path),
					    sinks_opts(OUTPUT_SINK_FILE, NULL) };
	struct eyas_alerts_opts opts = { .sinks = sinks, .nsinks = 3, .log = sinks_log };
	struct eyas_alerts *alerts;
	struct eyas_alerts_stats stats;
	struct eyas_err err;
	char ends[256] = "";

	opts.format.size = sizeof(opts.format);
	sinks[0].retries = 1;
	CHECK_INT(eyas_alerts_new(&opts, &alerts, &err), EYAS_E_USAGE);
	opts.skip_failing = true;
	CHECK(!eyas_alerts_new(&opts, &alerts, &err));
	CHECK(eyas_alerts_sink(alerts, 1) && !eyas_alerts_sink(alerts, 2));
	CHECK(strstr(sinks_said, "a file as output needs a path"));
	CHECK(!no_fields(alerts));
	eyas_alerts_stats(alerts, &stats);
	CHECK_INT(stats.internal, 1);
	eyas_alerts_close(alerts, LONG_NS, on_closed, ends);
	CHECK_STR(ends, "0/1 No such file or directory;1/1 ;");
	CHECK(strstr(sinks_text(path), "Eyas internal: hot restart failure"));
}

TEST(no_sinks)
{
	struct eyas_alerts_opts opts = { .nsinks = 0 };
	struct eyas_alerts *alerts;
	struct eyas_err err;

	CHECK_INT(eyas_alerts_new(&opts, &alerts, &err), EYAS_E_USAGE);
}
