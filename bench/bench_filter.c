/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What filters cost: nanoseconds an event for one filter at a time, on top of reading and state,
 * and time and memory to compile many rules into one network.
 *
 *   bench_filter CAPTURE
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <eyas/capture.h>

#include "filter/filter.h"
#include "state/state.h"

/* Every event is matched so often, else the noise of reading hides what a filter costs. */
enum { REPEAT = 10 };
enum { ROUNDS = 3, RULES = 100000 };

static double cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void die(const struct eyas_err *err)
{
	fprintf(stderr, "bench_filter: %s\n", err->text);
	exit(1);
}

struct pass {
	double seconds;
	uint64_t events, matched;
};

/* One pass over the capture; filter may be NULL. */
static struct pass run(const char *path, struct eyas_filter *filter)
{
	struct eyas_source_opts opts = { .size = sizeof(opts) };
	struct pass pass = { .seconds = cpu_seconds() };
	const struct eyas_event *event;
	struct eyas_context context;
	struct eyas_source *source;
	struct eyas_loader loader;
	struct eyas_state *state;
	struct eyas_err err;
	int res, i;

	if (eyas_state_new(NULL, &state, &err))
		die(&err);
	eyas_state_loader(state, &loader);
	opts.loader = &loader;
	if (eyas_source_open_files(&path, 1, &opts, &source, &err))
		die(&err);
	while ((res = eyas_source_next(source, &event, &err)) == 1) {
		eyas_state_event(state, event, &context);
		pass.events++;
		for (i = 0; filter && i < REPEAT; i++)
			pass.matched += (uint64_t)eyas_filter_match(filter, &context);
	}
	if (res != EYAS_E_END)
		die(&err);
	eyas_source_close(source);
	eyas_state_free(state);
	pass.seconds = cpu_seconds() - pass.seconds;
	return pass;
}

static struct pass best_of(const char *path, struct eyas_filter *filter)
{
	struct pass best = run(path, filter), next;
	int round;

	for (round = 1; round < ROUNDS; round++) {
		next = run(path, filter);
		best = next.seconds < best.seconds ? next : best;
	}
	return best;
}

static void bench_match(const char *path)
{
	static const char *const filters[] = {
		"evt.num=0",
		"evt.type=execve",
		"proc.name=nosuch",
		"proc.name in (a, b, c, d, e, f, g, h)",
		"proc.name contains nosuch",
		"fd.name contains /etc",
		"fd.name startswith /etc",
		"fd.name pmatch (/etc, /usr/lib, /var)",
		"fd.name glob /etc/*",
		"fd.name regex '/etc/.*'",
		"fd.net = 10.0.0.0/8",
		"fd.type=ipv4 and proc.name=httpd",
		"evt.rawres < 0 and not fd.name startswith /usr",
	};
	struct pass base = best_of(path, NULL), pass;
	struct eyas_filter *filter;
	struct eyas_err err;
	size_t i;

	printf("%-50s %7.1f ns an event\n", "read and state",
	       base.seconds * 1e9 / (double)base.events);
	for (i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		if (eyas_filter_compile(filters[i], NULL, NULL, &filter, &err))
			die(&err);
		pass = best_of(path, filter);
		printf("%-50s %7.1f ns an event on top, %llu of %llu\n", filters[i],
		       (pass.seconds - base.seconds) * 1e9 / (double)(base.events * REPEAT),
		       (unsigned long long)(pass.matched / REPEAT),
		       (unsigned long long)pass.events);
		eyas_filter_free(filter);
	}
}

static size_t heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static void bench_compile(void)
{
	size_t before = heap_bytes();
	struct eyas_network *network;
	struct filter filter;
	struct eyas_err err;
	double start = cpu_seconds();
	char text[80];
	int i;

	if (eyas_network_new(NULL, &network))
		exit(1);
	for (i = 0; i < RULES; i++) {
		snprintf(text, sizeof(text), "evt.type=open and proc.name=name%d", i);
		if (eyas_filter_add(network, text, NULL, NULL, &filter, &err))
			die(&err);
	}
	printf("%d rules in one network: %.0f ms, %.0f bytes a rule\n", RULES,
	       (cpu_seconds() - start) * 1e3, (double)(heap_bytes() - before) / RULES);
	eyas_network_free(network);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: bench_filter CAPTURE\n");
		return 2;
	}
	bench_compile();
	bench_match(argv[1]);
	return 0;
}
