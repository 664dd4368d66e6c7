/* SPDX-License-Identifier: Apache-2.0 */
/* When losses are too many, and what is done about them. */
#include "unit/sinks.h"

#include <errno.h>
#include <unistd.h>

#include "detect/drops.h"

/* 2026-11-20T14:28:34.02Z */
#define WHEN UINT64_C(1795184914020000000)
#define S UINT64_C(1000000000)

static struct detect_drops_opts opts_of(unsigned actions, double threshold)
{
	return (struct detect_drops_opts){ .actions = actions,
					   .log_severity = 4,
					   .threshold = threshold,
					   .rate = 0.25,
					   .max_burst = 1,
					   .log = sinks_log };
}

/* The counters so long after the first event, when so many have happened and were lost since. */
static int look(struct detect_drops *drops, double seconds, struct eyas_live_stats *stats,
		uint64_t events, uint64_t lost)
{
	uint64_t ts_ns = WHEN + (uint64_t)(seconds * 1e9);

	stats->events += events;
	stats->dropped += lost;
	stats->dropped_full[EYAS_DROP_OPEN] += lost;
	return detect_drops_due(drops, ts_ns) ? detect_drops_look(drops, ts_ns, stats, NULL) : 1;
}

TEST(threshold)
{
	struct detect_drops_opts opts = opts_of(DETECT_DROPS_LOG, 0.1);
	struct eyas_live_stats stats = { .events = 5000, .dropped = 4000 };
	struct detect_drops drops;

	sinks_said[0] = '\0';
	detect_drops_init(&drops, &opts);
	detect_drops_begin(&drops, &stats);	       /* what was lost before counts for nothing */
	CHECK_INT(look(&drops, 0, &stats, 10, 10), 0); /* the first event begins a second */
	CHECK_INT(look(&drops, 1, &stats, 90, 0), 1);  /* which has to be over */
	CHECK_INT(look(&drops, 1.1, &stats, 0, 0), 0); /* 10 of 100 are not more than a tenth */
	CHECK_INT(drops.detected, 0);
	CHECK_INT(look(&drops, 2.2, &stats, 100, 11), 0);
	CHECK_INT(drops.detected, 1);
	CHECK_INT(drops.acted, 1);
	CHECK_STR(sinks_said, "4 syscall event drop: 11 of 100 in the last second\n");
}

TEST(not_too_often)
{
	struct detect_drops_opts opts = opts_of(DETECT_DROPS_LOG, 0);
	struct eyas_live_stats stats = { 0 };
	struct detect_drops drops;
	int i;

	sinks_said[0] = '\0';
	detect_drops_init(&drops, &opts);
	for (i = 0; i < 9; i++)
		CHECK_INT(look(&drops, i * 1.001, &stats, 100, 1), 0);
	CHECK_INT(drops.detected, 8);
	CHECK_INT(drops.acted, 2); /* a token at once, and one after four seconds */
	CHECK(strstr(sinks_said, "7 Syscall event drop but token bucket depleted"));
}

TEST(ends_the_run)
{
	struct detect_drops_opts opts = opts_of(DETECT_DROPS_EXIT, 0.5);
	struct eyas_live_stats stats = { 0 };
	struct detect_drops drops;

	sinks_said[0] = '\0';
	detect_drops_init(&drops, &opts);
	CHECK_INT(look(&drops, 0, &stats, 0, 0), 0);
	CHECK_INT(look(&drops, 1.1, &stats, 4, 2), 0);
	CHECK_INT(look(&drops, 2.2, &stats, 4, 3), -ECANCELED);
	CHECK_STR(sinks_said, "2 syscall event drop: 3 of 4 in the last second\n2 Exiting.\n");
}

TEST(simulated)
{
	struct detect_drops_opts opts = opts_of(DETECT_DROPS_LOG, 1);
	struct detect_drops drops;

	opts.simulate = true;
	detect_drops_init(&drops, &opts);
	CHECK_INT(detect_drops_look(&drops, WHEN, NULL, NULL), 0);
	CHECK_INT(detect_drops_look(&drops, WHEN + 2 * S, NULL, NULL), 0);
	CHECK_INT(drops.detected, 1);
}

TEST(alert)
{
	struct detect_drops_opts opts = opts_of(DETECT_DROPS_ALERT, 0);
	const char *path = sinks_path("drops");
	struct output_sink_opts sink = sinks_opts(OUTPUT_SINK_FILE, path);
	struct eyas_alerts_opts how = { .sinks = &sink, .nsinks = 1, .name = "Falco" };
	struct eyas_live_stats stats = { 0 };
	struct detect_drops drops;
	struct eyas_alerts *alerts;
	struct eyas_err err;

	setenv("TZ", "UTC", 1);
	unlink(path);
	how.format.size = sizeof(how.format);
	CHECK(!eyas_alerts_new(&how, &alerts, &err));
	detect_drops_init(&drops, &opts);
	CHECK_INT(detect_drops_look(&drops, WHEN, &stats, alerts), 0);
	stats.events = 50;
	stats.dropped = 45;
	stats.dropped_full[EYAS_DROP_CLONE_FORK] = 1;
	stats.dropped_full[EYAS_DROP_EXECVE] = 2;
	stats.dropped_full[EYAS_DROP_CONNECT] = 3;
	stats.dropped_full[EYAS_DROP_OPEN] = 4;
	stats.dropped_full[EYAS_DROP_DIR_FILE] = 5;
	stats.dropped_full[EYAS_DROP_CLOSE] = 6;
	stats.dropped_full[EYAS_DROP_PROC_EXIT] = 7;
	stats.dropped_full[EYAS_DROP_STATE_OTHER] = 8;
	stats.dropped_full[EYAS_DROP_OTHER] = 2;
	stats.dropped_too_big = 3;
	stats.dropped_nested = 2;
	stats.dropped_no_ring = 2;
	CHECK_INT(detect_drops_look(&drops, WHEN + 2 * S, &stats, alerts), 0);
	eyas_alerts_close(alerts, LONG_NS, NULL, NULL);
	CHECK_STR(sinks_text(path),
		  "14:28:36.020000000: Debug Falco internal: syscall event drop. 45 system calls "
		  "dropped in last second. (ebpf_enabled=\"1\" n_drops=\"45\" "
		  "n_drops_buffer_clone_fork_exit=\"1\" n_drops_buffer_close_exit=\"6\" "
		  "n_drops_buffer_connect_exit=\"3\" n_drops_buffer_dir_file_exit=\"5\" "
		  "n_drops_buffer_execve_exit=\"2\" n_drops_buffer_open_exit=\"4\" "
		  "n_drops_buffer_other_interest_exit=\"8\" n_drops_buffer_proc_exit=\"7\" "
		  "n_drops_buffer_total=\"38\" n_drops_bug=\"4\" n_drops_page_faults=\"0\" "
		  "n_drops_scratch_map=\"3\" n_evts=\"50\")\n");
}
