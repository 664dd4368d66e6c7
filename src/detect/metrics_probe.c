/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of the live source: events and losses by kind and CPU, the first scan, BPF programs. */
#include <stdio.h>
#include <stdlib.h>

#include <unistd.h>

#include "detect/metrics_int.h"

/* Kinds of losses by the names that they have here; others are part of the sum only. */
static const struct {
	enum eyas_drop drop;
	const char *name;
	bool at_enter; /* there was such a counter when calls were told of at their start */
} kinds[] = {
	{ EYAS_DROP_CLONE_FORK, "clone_fork", true },
	{ EYAS_DROP_EXECVE, "execve", true },
	{ EYAS_DROP_CONNECT, "connect", true },
	{ EYAS_DROP_OPEN, "open", true },
	{ EYAS_DROP_DIR_FILE, "dir_file", true },
	{ EYAS_DROP_STATE_OTHER, "other_interest", true },
	{ EYAS_DROP_CLOSE, "close", false },
	{ EYAS_DROP_PROC_EXIT, "proc", false },
};

static void put_buffer(struct metrics_set *set, const char *kind, const char *dir, uint64_t value)
{
	const struct metrics_label labels[] = { { "dir", dir }, { "drop", kind } };
	struct metrics_row *row = metrics_set_row(
		set, METRICS_PROBE, metrics_set_printf(set, "n_drops_buffer_%s_%s", kind, dir));

	row->monotonic = true;
	row->value.whole = value;
	metrics_set_labels(set, row, METRICS_PEER "scap_n_drops_buffer", labels, 2);
}

static void put_sum(struct metrics_set *set, const char *name, uint64_t value)
{
	struct metrics_row *row = metrics_set_row(set, METRICS_PROBE, name);

	row->monotonic = true;
	row->always = true;
	row->value.whole = value;
}

/* Events at the start of calls are told of with those of their kind; dashboards ask for both. */
static void put_counters(struct metrics_set *set, const struct eyas_live_stats *stats)
{
	struct metrics_row *row;
	uint64_t full = 0;
	size_t i;

	put_sum(set, "n_evts", stats->events);
	put_sum(set, "n_drops", stats->dropped);
	for (i = 0; i < EYAS_DROP_KINDS; i++)
		full += stats->dropped_full[i];
	row = metrics_set_row(set, METRICS_PROBE, "n_drops_buffer_total");
	row->family = NULL;
	row->value.whole = full;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].at_enter)
			put_buffer(set, kinds[i].name, "enter", 0);
		put_buffer(set, kinds[i].name, "exit", stats->dropped_full[kinds[i].drop]);
	}
	metrics_set_counter(set, METRICS_PROBE, "n_drops_scratch_map", stats->dropped_too_big);
	metrics_set_counter(set, METRICS_PROBE, "n_drops_bug",
			    stats->dropped_nested + stats->dropped_no_ring);
}

static void put_cpu(struct metrics_set *set, const char *name, long cpu, uint64_t value)
{
	const struct metrics_label label = { "cpu", metrics_set_printf(set, "%ld", cpu) };
	struct metrics_row *row =
		metrics_set_row(set, METRICS_PROBE, metrics_set_printf(set, "%s_%ld", name, cpu));

	row->monotonic = true;
	row->value.whole = value;
	metrics_set_labels(set, row, metrics_set_printf(set, METRICS_PEER "scap_%s", name), &label,
			   1);
}

static void put_cpus(struct metrics_set *set, const struct eyas_source *source)
{
	long ncpus = sysconf(_SC_NPROCESSORS_CONF), cpu;
	struct eyas_live_stats stats;
	static const char *const names[] = { "n_evts_cpu", "n_drops_cpu" };
	unsigned i;

	/* All of one family, then all of the other. */
	for (i = 0; i < 2; i++)
		for (cpu = 0; cpu < ncpus; cpu++)
			if (!eyas_live_stats(source, (int)cpu, &stats, NULL))
				put_cpu(set, names[i], cpu, i ? stats.dropped : stats.events);
}

/* ---- the scan at the beginning ---- */

static const struct {
	const char *name;
	enum eyas_fd_kind kinds[2];
} scanned[] = {
	{ "pipe", { EYAS_FD_FIFO, EYAS_FD_FIFO } },
	{ "memfd", { EYAS_FD_MEMFD, EYAS_FD_MEMFD } },
	{ "regular", { EYAS_FD_FILE, EYAS_FD_FILE_V2 } },
	{ "directory", { EYAS_FD_DIRECTORY, EYAS_FD_DIRECTORY } },
	{ "socket_inet", { EYAS_FD_IPV4_SOCK, EYAS_FD_IPV4_SERVER } },
	{ "socket_inet6", { EYAS_FD_IPV6_SOCK, EYAS_FD_IPV6_SERVER } },
	{ "socket_unix", { EYAS_FD_UNIX, EYAS_FD_UNIX } },
	{ "socket_netlink", { EYAS_FD_NETLINK, EYAS_FD_NETLINK } },
};

static const enum eyas_fd_kind anonymous[] = {
	EYAS_FD_EVENT, EYAS_FD_SIGNALFD,    EYAS_FD_EVENTPOLL, EYAS_FD_INOTIFY, EYAS_FD_TIMERFD,
	EYAS_FD_BPF,   EYAS_FD_USERFAULTFD, EYAS_FD_IO_URING,  EYAS_FD_PIDFD
};

static void put_scan(struct metrics_set *set, const struct eyas_session *session)
{
	struct eyas_session_stats stats;
	const uint64_t *fds = stats.iterated_fds;
	uint64_t count = 0;
	size_t i;

	eyas_session_stats(session, &stats);
	if (!stats.iterators)
		return;
	metrics_set_counter(set, METRICS_PROBE, "n_evts_task", (uint64_t)stats.scanned);
	for (i = 0; i < sizeof(scanned) / sizeof(scanned[0]); i++) {
		count = fds[scanned[i].kinds[0]];
		if (scanned[i].kinds[1] != scanned[i].kinds[0])
			count += fds[scanned[i].kinds[1]];
		metrics_set_counter(set, METRICS_PROBE,
				    metrics_set_printf(set, "n_evts_task_file_%s", scanned[i].name),
				    count);
	}
	for (count = 0, i = 0; i < sizeof(anonymous) / sizeof(anonymous[0]); i++)
		count += fds[anonymous[i]];
	metrics_set_counter(set, METRICS_PROBE, "n_evts_task_file_anon_inode", count);
}

/* ---- programs ---- */

static bool kernel_counts_runs(void)
{
	FILE *file = fopen("/proc/sys/kernel/bpf_stats_enabled", "re");
	int on = 0;

	if (!file)
		return false;
	if (fscanf(file, "%d", &on) != 1)
		on = 0;
	fclose(file);
	return on > 0;
}

static void put_run(struct metrics_set *set, const char *program, const char *what,
		    enum metrics_unit unit, bool monotonic, uint64_t value)
{
	struct metrics_row *row = metrics_set_row(set, METRICS_PROBE,
						  metrics_set_printf(set, "%s.%s", program, what));

	row->unit = unit;
	row->monotonic = monotonic;
	row->value.whole = value;
}

static void put_programs(struct metrics_set *set, const struct eyas_source *source)
{
	struct eyas_live_program program;
	const char *name;
	unsigned i;

	if (!kernel_counts_runs())
		return;
	for (i = 0; eyas_live_program(source, i, &program) > 0; i++) {
		name = metrics_set_plain(set, program.name);
		put_run(set, name, "run_cnt", METRICS_COUNT, true, program.run_count);
		put_run(set, name, "run_time_ns", METRICS_NS_COUNT, true, program.run_ns);
		put_run(set, name, "avg_time_ns", METRICS_NS, false,
			program.run_count ? program.run_ns / program.run_count : 0);
	}
}

void metrics_collect_probe(struct metrics_set *set, const struct eyas_session *session,
			   unsigned parts)
{
	const struct eyas_source *source = eyas_session_source(session);
	struct eyas_live_stats stats;

	if (eyas_live_stats(source, -1, &stats, NULL))
		return;
	if (parts & (DETECT_METRICS_KERNEL | DETECT_METRICS_KERNEL_CPUS))
		put_counters(set, &stats);
	if (parts & DETECT_METRICS_KERNEL_CPUS)
		put_cpus(set, source);
	if (parts & DETECT_METRICS_ITERATORS)
		put_scan(set, session);
	if (parts & DETECT_METRICS_PROGRAMS)
		put_programs(set, source);
}
