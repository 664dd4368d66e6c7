/* SPDX-License-Identifier: Apache-2.0 */
/* Sinks for tests: quick to try again, with what they said kept, and files as texts. */
#ifndef TESTS_SINKS_H
#define TESTS_SINKS_H

#include "unit/harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "output/sink.h"

#define MS UINT64_C(1000000)
#define LONG_NS (20000 * MS)

static char sinks_said[4096];

static inline void sinks_log(void *ctx, unsigned severity, const char *text)
{
	size_t len = strlen(sinks_said);

	(void)ctx;
	snprintf(sinks_said + len, sizeof(sinks_said) - len, "%u %s\n", severity, text);
}

static inline struct output_sink_opts sinks_opts(enum output_sink_kind kind, const char *target)
{
	struct output_sink_opts opts;

	output_sink_opts_init(&opts, kind);
	opts.target = target;
	opts.retry_ns = MS;
	opts.retry_max_ns = 20 * MS;
	opts.timeout_ns = 60000 * MS;
	opts.log = sinks_log;
	return opts;
}

static inline struct output_sink *sinks_open(const struct output_sink_opts *opts)
{
	struct output_sink *sink;
	struct eyas_err err;

	if (output_sink_open(opts, &sink, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	return sink;
}

static inline int sinks_put(struct output_sink *sink, const char *line)
{
	return output_sink_put(sink, line, strlen(line), 5);
}

static inline struct output_sink_stats sinks_close(struct output_sink *sink, uint64_t wait_ns)
{
	struct output_sink_stats stats;

	output_sink_close(sink, wait_ns, &stats);
	/* Every line is somewhere. */
	CHECK_INT(stats.lines, stats.written + stats.full + stats.failed + stats.abandoned);
	return stats;
}

static inline const char *sinks_path(const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % 4];

	CHECK(snprintf(path, 256, "%s/%s", test_tmpdir(), name) < 256);
	return path;
}

/* A file's text, lent until the next call; NULL if there is none. */
static inline const char *sinks_text(const char *path)
{
	static char text[1 << 16];
	FILE *file = fopen(path, "re");
	size_t n;

	if (!file)
		return NULL;
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	return text;
}

static inline void sinks_sleep(uint64_t ns)
{
	struct timespec time = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };

	nanosleep(&time, NULL);
}

/* Wait, for as long as the test may run, until the condition holds. */
#define SINKS_UNTIL(condition) \
	while (!(condition)) \
	sinks_sleep(MS)

static inline struct output_sink_stats sinks_stats(struct output_sink *sink)
{
	struct output_sink_stats stats;

	output_sink_check(sink);
	output_sink_stats(sink, &stats);
	return stats;
}

#endif
