/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one event costs in each step, in nanoseconds: read (walk, check, convert), the
 * state, text and JSON with it, write. All on one capture, whose bytes are in the page cache.
 *
 *   bench_micro CAPTURE
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <eyas/capture.h>

#include "print/print.h"

enum { ROUNDS = 5 };

struct step {
	const char *name;
	bool state; /* followed on the way */
	int (*event)(void *ctx, const struct eyas_context *context);
	void *ctx;
};

static double cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void die(const struct eyas_err *err)
{
	fprintf(stderr, "bench_micro: %s\n", err->text);
	exit(1);
}

/* One pass over the capture; CPU seconds, and the events that are in the file. */
static double pass(const char *path, const struct step *step, uint64_t *ret_events)
{
	struct eyas_source_opts opts = { .size = sizeof(opts) };
	struct eyas_source_stats stats;
	const struct eyas_event *event;
	struct eyas_context alone = { .fd_num = -1 };
	const struct eyas_context *context = &alone;
	struct eyas_source *source;
	struct eyas_loader loader;
	struct eyas_state *state;
	struct eyas_err err;
	double start = cpu_seconds();
	int res;

	if (eyas_state_new(NULL, &state, &err))
		die(&err);
	eyas_state_loader(state, &loader);
	if (step->state)
		opts.loader = &loader;

	if (eyas_source_open_files(&path, 1, &opts, &source, &err))
		die(&err);
	while ((res = eyas_source_next(source, &event, &err)) == 1) {
		alone.event = event;
		if (step->state)
			context = eyas_state_take(state, event);
		if (step->event && step->event(step->ctx, context))
			exit(1);
	}
	if (res != EYAS_E_END)
		die(&err);
	eyas_state_free(state);
	eyas_source_stats(source, &stats);
	eyas_source_close(source);
	*ret_events = stats.events;
	return cpu_seconds() - start;
}

static int print_event(void *ctx, const struct eyas_context *context)
{
	return eyas_printer_event(ctx, context);
}

static int write_event(void *ctx, const struct eyas_context *context)
{
	return eyas_writer_event(ctx, context->event, NULL);
}

static struct eyas_printer *printer(enum eyas_print_format format, int fd)
{
	struct eyas_print_opts opts = { .format = format, .fd = fd };
	struct eyas_printer *ret;

	if (eyas_printer_new(&opts, &ret, NULL))
		exit(1);
	return ret;
}

int main(int argc, char **argv)
{
	struct eyas_writer_opts writer_opts = { .size = sizeof(writer_opts) };
	int null_fd = open("/dev/null", O_WRONLY);
	struct eyas_writer *writer;
	struct eyas_err err;
	double best, seconds, read_ns = 0, ns;
	uint64_t events = 0;
	size_t i;
	int round;

	if (argc != 2) {
		fprintf(stderr, "usage: bench_micro CAPTURE\n");
		return 2;
	}
	if (eyas_writer_open("/dev/null", &writer_opts, &writer, &err))
		die(&err);
	struct step steps[] = {
		{ "read", false, NULL, NULL },
		{ "state", true, NULL, NULL },
		{ "text", true, print_event, printer(EYAS_PRINT_TEXT, null_fd) },
		{ "json", true, print_event, printer(EYAS_PRINT_JSON, null_fd) },
		{ "write", false, write_event, writer },
	};

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		best = 1e9;
		for (round = 0; round < ROUNDS; round++) {
			seconds = pass(argv[1], &steps[i], &events);
			best = seconds < best ? seconds : best;
		}
		ns = best * 1e9 / (double)events;
		if (!i)
			read_ns = ns;
		printf("%-6s %7.1f ns per event in the file", steps[i].name, i ? ns - read_ns : ns);
		printf(i ? ", on top of reading\n" : " (%.1f M events/s)\n", 1e3 / ns);
	}
	eyas_printer_free(steps[2].ctx);
	eyas_printer_free(steps[3].ctx);
	return eyas_writer_close(writer, &err) ? 1 : 0;
}
