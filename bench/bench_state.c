/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the state costs: time of a lookup and memory at 100,000 threads with ten descriptors each,
 * time of a process's life, and whether memory stays flat over many lives.
 *
 *   bench_state [STEPS]
 *
 * A step is one process that is cloned, opens and closes a file, and exits. Prints lines of
 * "name value unit".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <eyas/state.h>

#include "schema/ids.h"
#include "state/state.h"

enum {
	THREADS = 100000,
	FDS = 10,
	FIRST_TID = 1000,
	LOOKUPS = 4000000,
	PROBES = 1 << 16, /* random places, gone through again and again */
	LIVING = 1000,	  /* processes at any time of the churn */
	TIDS = 32768	  /* ids are used again, as a kernel does */
};

static double cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void report(const char *name, double value, const char *unit)
{
	printf("%s %.1f %s\n", name, value, unit);
	fflush(stdout);
}

static void die(const char *what)
{
	fprintf(stderr, "bench_state: %s\n", what);
	exit(1);
}

static struct eyas_state *new_state(void)
{
	struct eyas_state *state;
	struct eyas_err err;

	if (eyas_state_new(NULL, &state, &err))
		die(err.text);
	return state;
}

/* Of the tables, without strings. */
static uint64_t table_bytes(const struct eyas_state *state)
{
	struct eyas_state_stats stats;

	eyas_state_stats(state, &stats);
	return stats.bytes - stats.string_bytes;
}

static double rss_kib(void)
{
	unsigned long size = 0, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file || fscanf(file, "%lu %lu", &size, &resident) != 2)
		die("cannot read /proc/self/statm");
	fclose(file);
	return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1024;
}

/* ---- many threads ---- */

static void load_threads(struct eyas_state *state)
{
	struct eyas_thread_entry entry = { .ptid = 1, .comm = { "worker", 6 } };
	struct eyas_loader loader;
	uint64_t i;

	eyas_state_loader(state, &loader);
	for (i = 0; i < THREADS; i++) {
		entry.tid = entry.pid = FIRST_TID + i;
		loader.thread(loader.ctx, &entry);
	}
}

static void load_fds(struct eyas_state *state)
{
	struct eyas_fd_entry entry = { .kind = EYAS_FD_FILE_V2, .name = { "/etc/passwd", 11 } };
	struct eyas_loader loader;
	uint64_t i;

	eyas_state_loader(state, &loader);
	for (i = 0; i < THREADS; i++)
		for (entry.fd = 0; entry.fd < FDS; entry.fd++)
			loader.fd(loader.ctx, FIRST_TID + i, &entry);
}

/* Fixed "random" numbers, so that every run does the same. */
static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static double per_lookup_ns(double start)
{
	return (cpu_seconds() - start) * 1e9 / LOOKUPS;
}

static void bench_lookups(const struct eyas_state *state)
{
	static struct fd_table *tables[PROBES];
	static int64_t tids[PROBES], nums[PROBES];
	uint64_t seed = 88172645463325252, sum = 0;
	double start;
	unsigned i;

	for (i = 0; i < PROBES; i++) {
		tids[i] = FIRST_TID + (int64_t)(next_random(&seed) % THREADS);
		nums[i] = (int64_t)(next_random(&seed) % FDS);
		tables[i] = eyas_state_find(state, tids[i])->fds;
	}
	start = cpu_seconds();
	for (i = 0; i < LOOKUPS; i++)
		sum += (uintptr_t)eyas_state_find(state, tids[i % PROBES]);
	report("thread_lookup", per_lookup_ns(start), "ns");
	start = cpu_seconds();
	for (i = 0; i < LOOKUPS; i++)
		sum += fd_table_find(tables[i % PROBES], nums[i % PROBES])->ino;
	report("fd_lookup", per_lookup_ns(start), "ns");
	/* Keeps the compiler from leaving the loops out. */
	if (!sum)
		die("found nothing");
}

static void bench_many(void)
{
	struct eyas_state *state = new_state();
	uint64_t empty = table_bytes(state), threads;

	load_threads(state);
	threads = table_bytes(state);
	report("thread_memory", (double)(threads - empty) / THREADS, "bytes");
	load_fds(state);
	report("fd_memory", (double)(table_bytes(state) - threads) / THREADS / FDS, "bytes");
	bench_lookups(state);
	eyas_state_free(state);
}

/* ---- churn ---- */

struct value {
	const char *name;
	int64_t number;
	const char *text; /* NULL = the number */
};

/* An event that is used again and again, for other threads. */
struct prepared {
	uint8_t bytes[1024];
	struct eyas_event event;
};

static const struct value *find_value(const struct value *values, const char *name)
{
	for (; values->name; values++)
		if (!strcmp(values->name, name))
			return values;
	return NULL;
}

/* Parameters that are not among the values are missing. */
static void prepare(struct prepared *to, unsigned type, const struct value *values)
{
	const struct eyas_event_info *info = eyas_event_info(type);
	const struct value *value;
	struct eyas_encoder enc;
	unsigned i;
	int len;

	eyas_encoder_begin(&enc, to->bytes, sizeof(to->bytes), type, 1, 1);
	for (i = 0; i < info->nparams; i++) {
		value = find_value(values, info->params[i].name);
		if (!value)
			eyas_put_missing(&enc);
		else if (value->text)
			eyas_put_str(&enc, value->text);
		else
			eyas_put_int(&enc, value->number);
	}
	len = eyas_encoder_end(&enc);
	if (len < 0 || eyas_event_view(to->bytes, (size_t)len, &to->event, NULL))
		die("cannot build an event");
}

static void send(struct eyas_state *state, struct prepared *prepared, uint64_t tid, uint64_t ts_ns)
{
	prepared->event.tid = tid;
	prepared->event.ts_ns = ts_ns;
	eyas_state_take(state, &prepared->event);
}

static void report_memory(const struct eyas_state *state, const char *when)
{
	struct eyas_state_stats stats;
	char name[64];

	eyas_state_stats(state, &stats);
	snprintf(name, sizeof(name), "churn_bytes_%s", when);
	report(name, (double)stats.bytes, "bytes");
	snprintf(name, sizeof(name), "churn_rss_%s", when);
	report(name, rss_kib(), "KiB");
}

static void bench_churn(uint64_t steps)
{
	static const struct value clone_values[] = { { "res", 0, NULL },   { "ptid", 1, NULL },
						     { "exe", 0, "sh" },   { "comm", 0, "sh" },
						     { "flags", 0, NULL }, { NULL, 0, NULL } };
	static const struct value open_values[] = { { "fd", 3, NULL },
						    { "name", 0, "/etc/passwd" },
						    { "flags", 1, NULL },
						    { NULL, 0, NULL } };
	static const struct value close_values[] = { { "res", 0, NULL },
						     { "fd", 3, NULL },
						     { NULL, 0, NULL } };
	static const struct value exit_values[] = { { "status", 0, NULL }, { NULL, 0, NULL } };
	static struct prepared clone, open, close, exits;
	struct eyas_state *state = new_state();
	uint64_t i, tid, ts_ns = 1000000000;
	double start = 0;

	prepare(&clone, EYAS_EV_SYSCALL_CLONE_20_X, clone_values);
	prepare(&open, EYAS_EV_SYSCALL_OPEN_X, open_values);
	prepare(&close, EYAS_EV_SYSCALL_CLOSE_X, close_values);
	prepare(&exits, EYAS_EV_PROCEXIT_1_E, exit_values);
	for (i = 0; i < LIVING + steps; i++, ts_ns += 36000) {
		if (i == LIVING) {
			report_memory(state, "before");
			start = cpu_seconds();
		}
		tid = FIRST_TID + i % TIDS;
		send(state, &clone, tid, ts_ns);
		send(state, &open, tid, ts_ns);
		if (i < LIVING)
			continue;
		tid = FIRST_TID + (i - LIVING) % TIDS;
		send(state, &close, tid, ts_ns);
		send(state, &exits, tid, ts_ns);
	}
	report("churn_step", (cpu_seconds() - start) * 1e9 / (double)steps, "ns");
	report_memory(state, "after");
	eyas_state_free(state);
}

int main(int argc, char **argv)
{
	uint64_t steps = 10000000;

	if (argc > 2 || (argc == 2 && !(steps = strtoull(argv[1], NULL, 10)))) {
		fprintf(stderr, "usage: bench_state [STEPS]\n");
		return 2;
	}
	bench_many();
	bench_churn(steps);
	return 0;
}
