/* SPDX-License-Identifier: Apache-2.0 */
/* Losing, order, and what stays behind: numbers that must add up. */
#include "live/live.h"

#include <dirent.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- rings that are full ---- */

/* More than the rings have room for, on each of a few CPUs. */
static unsigned long flood_size(void)
{
	return live_is_emulated() ? 60000 : 200000;
}

static void flood(void)
{
	unsigned long i, n = flood_size();

	for (i = 0; i < n; i++)
		SYS(getppid);
}

static long waiting(void (*run)(void), int *ret_go)
{
	int pair[2];
	char byte;
	long pid;

	CHECK_INT(pipe(pair), 0);
	pid = fork();
	if (pid == 0) {
		close(pair[1]);
		while (read(pair[0], &byte, 1) < 0)
			;
		run();
		_exit(0);
	}
	close(pair[0]);
	*ret_go = pair[1];
	return pid;
}

/* Nobody reads while a process makes more events than there is room for. */
LIVE_TEST(full_rings)
{
	struct eyas_live_opts opts;
	struct eyas_source *source;
	struct eyas_live_stats stats, cpu_stats;
	struct live_events events = { 0 };
	uint64_t sum_events = 0, sum_dropped = 0, kinds = 0;
	size_t delivered = 0, n;
	int go, cpu;
	long pid = waiting(flood, &go);

	live_defaults_few(&opts);
	opts.ring_bytes = 1 << 20;
	opts.tests.pid = (uint32_t)pid;
	source = live_open(&opts);
	close(go);
	live_reap(pid, 0);
	while ((n = live_read(source, &events, 300)) > 0) {
		delivered += n;
		live_forget(&events);
	}
	CHECK_INT(eyas_live_stats(source, -1, &stats, NULL), 0);
	CHECK(stats.events >= flood_size());
	CHECK(stats.dropped > 0);
	CHECK_INT(delivered + stats.dropped, stats.events);
	for (cpu = 0; cpu < EYAS_DROP_KINDS; cpu++)
		kinds += stats.dropped_full[cpu];
	CHECK_INT(kinds + stats.dropped_too_big + stats.dropped_nested + stats.dropped_no_ring,
		  stats.dropped);
	/* Every generic call is of one kind. */
	CHECK(stats.dropped_full[EYAS_DROP_OTHER] > 0);
	CHECK(stats.ncpus > 0);
	for (cpu = 0; cpu < 4096; cpu++) {
		if (eyas_live_stats(source, cpu, &cpu_stats, NULL) < 0)
			continue;
		sum_events += cpu_stats.events;
		sum_dropped += cpu_stats.dropped;
	}
	CHECK_INT(sum_events, stats.events);
	CHECK_INT(sum_dropped, stats.dropped);
	eyas_source_close(source);
}

/* After a loss events go on as before. */
static void flood_and_mark(void)
{
	flood();
	sleep(1);
	live_mark(LIVE_MARK_FREE + 300000);
}

LIVE_TEST(after_a_loss)
{
	struct eyas_live_opts opts;
	struct eyas_source *source;
	int go;
	long pid = waiting(flood_and_mark, &go);

	live_defaults_few(&opts);
	opts.ring_bytes = 1 << 20;
	opts.tests.pid = (uint32_t)pid;
	source = live_open(&opts);
	close(go);
	usleep(500000);
	CHECK(live_read_until(source, NULL, pid, LIVE_MARK_FREE + 300000, 10000));
	live_reap(pid, 0);
	eyas_source_close(source);
}

/* With room enough nothing is lost, and what the CPUs made comes in the order of time. */
#define CPUS_MAX 256
LIVE_TEST(order)
{
	struct eyas_live_opts opts;
	struct eyas_source *source;
	struct eyas_live_stats stats;
	struct live_events events = { 0 };
	const struct live_event *event;
	uint64_t last = 0, last_of[CPUS_MAX] = { 0 }, disorder = 0;
	long pids[4];
	size_t n = 0;
	int i;

	live_defaults_few(&opts);
	opts.ring_bytes = 64 << 20;
	source = live_open(&opts);
	for (i = 0; i < 4; i++)
		pids[i] = live_fork(flood);
	while (live_read(source, &events, 500)) {
		for (event = events.first; event; event = event->next) {
			if (event->ev.ts_ns < last)
				disorder++;
			else
				last = event->ev.ts_ns;
			/* What one CPU made is in order whatever happens. */
			CHECK(event->ev.ts_ns >= last_of[event->ev.cpu % CPUS_MAX] ||
			      event->ev.cpu >= CPUS_MAX);
			last_of[event->ev.cpu % CPUS_MAX] = event->ev.ts_ns;
			for (i = 0; i < 4; i++)
				n += (long)event->ev.tid == pids[i] &&
				     event->ev.type == EYAS_EV_GENERIC_X;
		}
		live_forget(&events);
		if (n >= 4 * flood_size())
			break;
	}
	for (i = 0; i < 4; i++)
		live_reap(pids[i], 0);
	CHECK_INT(eyas_live_stats(source, -1, &stats, NULL), 0);
	CHECK_INT(stats.dropped, 0);
	CHECK(n >= 4 * flood_size());
	/*
	 * A virtual processor may be halted between the time of an event and its end; what comes
	 * too late for that is counted, and is little; on an emulated machine, whose processors take
	 * turns, it can be much.
	 */
	CHECK_INT(disorder, stats.disorder);
	if (!live_is_emulated())
		CHECK(disorder < n / 1000);
	eyas_source_close(source);
}

/* ---- nothing stays behind ---- */

#define IDS_MAX 512

/* Ids of programs, links and maps that a process holds, by what /proc says of its descriptors. */
struct ids {
	unsigned id[IDS_MAX];
	int command[IDS_MAX]; /* that says which id is the next one */
	size_t count;
};

static void find_ids(long pid, struct ids *ids)
{
	static const struct {
		const char *key;
		int command;
	} keys[] = { { "prog_id:", BPF_PROG_GET_NEXT_ID },
		     { "link_id:", BPF_LINK_GET_NEXT_ID },
		     { "map_id:", BPF_MAP_GET_NEXT_ID } };
	char path[512], line[256];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%ld/fdinfo", pid);
	dir = opendir(path);
	CHECK(dir != NULL);
	while ((entry = readdir(dir)) != NULL) {
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%ld/fdinfo/%s", pid, entry->d_name);
		file = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
		while (file && fgets(line, sizeof(line), file)) {
			for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
				if (strncmp(line, keys[i].key, strlen(keys[i].key)) != 0 ||
				    ids->count == IDS_MAX)
					continue;
				ids->id[ids->count] =
					(unsigned)strtoul(line + strlen(keys[i].key), NULL, 10);
				ids->command[ids->count++] = keys[i].command;
			}
		}
		if (file)
			fclose(file);
	}
	closedir(dir);
}

/*
 * How many there are; ret is one of them. No descriptors are made of them: a table of programs
 * whose last descriptor is closed twice in a row is never freed, by a fault of the kernel.
 */
static size_t still_there(const struct ids *ids, size_t *ret)
{
	size_t i, n = 0;

	for (i = 0; i < ids->count; i++) {
		uint32_t attr[32] = { ids->id[i] - 1 };

		if (SYS(bpf, ids->command[i], attr, sizeof(attr)) < 0 || attr[1] != ids->id[i])
			continue;
		*ret = i;
		n++;
	}
	return n;
}

/* The kernel frees in its own time. */
static void check_all_gone(const struct ids *ids)
{
	int64_t end = live_now_ms() + 20000;
	size_t n, last = 0;

	while ((n = still_there(ids, &last)) > 0 && live_now_ms() < end)
		usleep(20000);
	if (n)
		FAIL("%zu of %zu stay, one is the %s %u", n, ids->count,
		     ids->command[last] == BPF_MAP_GET_NEXT_ID	  ? "map"
		     : ids->command[last] == BPF_PROG_GET_NEXT_ID ? "program"
								  : "link",
		     ids->id[last]);
}

static void hold_a_source(void)
{
	live_open(NULL);
	raise(SIGSTOP);
	_exit(1);
}

LIVE_TEST(killed_source)
{
	struct ids ids = { 0 };
	long pid = live_fork(hold_a_source);
	size_t last = 0;
	int status;

	CHECK(waitpid((pid_t)pid, &status, WUNTRACED) == pid);
	CHECK(WIFSTOPPED(status));
	find_ids(pid, &ids);
	CHECK(ids.count > 3);
	CHECK_INT(still_there(&ids, &last), ids.count);
	kill((pid_t)pid, SIGKILL);
	live_reap(pid, SIGKILL);
	check_all_gone(&ids);
}

LIVE_TEST(closed_source)
{
	struct ids ids = { 0 };
	struct eyas_source *source = live_open(NULL);

	find_ids(getpid(), &ids);
	CHECK(ids.count > 3);
	eyas_source_close(source);
	check_all_gone(&ids);
	/* And no descriptor of one. */
	ids.count = 0;
	find_ids(getpid(), &ids);
	CHECK_INT(ids.count, 0);
}

/* ---- the end ---- */

static void mark_late(void)
{
	live_mark(LIVE_MARK_FREE + 300001);
}

/* What happened before the stop is handed on, what happens after it is not. */
LIVE_TEST(stop)
{
	struct eyas_source *source = live_open(NULL);
	const struct eyas_event *ev;
	long before = live_fork(mark_late), after;
	bool seen = false;
	int ret;

	live_reap(before, 0);
	CHECK_INT(eyas_live_stop(source, NULL), 0);
	after = live_fork(mark_late);
	live_reap(after, 0);
	while ((ret = eyas_source_next(source, &ev, NULL)) >= 0) {
		if (ret == 0)
			continue;
		CHECK((long)ev->tid != after);
		seen |= (long)ev->tid == before && live_mark_of(ev) == LIVE_MARK_FREE + 300001;
	}
	CHECK_INT(ret, EYAS_E_END);
	CHECK(seen);
	eyas_source_close(source);
}
