/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events of a session into captures: options of the commands that write them, and the consumer
 * behind these. In order: options, settle, begin (the session is open), the run, end.
 */
#ifndef CLI_RECORDING_H
#define CLI_RECORDING_H

#include "cli/cli.h"
#include "dump/dump.h"

struct cli_recording {
	struct eyas_dump_opts dump; /* path NULL = nothing is written */
	bool fat;
	bool aside; /* a failure ends it alone, and not the run */
	/* Of the run. */
	struct eyas_dump *to;
	double next_flush;
	bool failed; /* and that was said */
};

#define CLI_RECORDING_SHORT "w:zC:G:e:W:"
/* clang-format off */
#define CLI_RECORDING_LONG                                             \
	{ "write", required_argument, NULL, 'w' },                     \
	{ "compress", required_argument, NULL, CLI_OPT_COMPRESS },     \
	{ "gzip", no_argument, NULL, 'z' },                            \
	{ "level", required_argument, NULL, CLI_OPT_LEVEL },           \
	{ "compat", required_argument, NULL, CLI_OPT_COMPAT },         \
	{ "file-size", required_argument, NULL, 'C' },                 \
	{ "seconds", required_argument, NULL, 'G' },                   \
	{ "event-limit", required_argument, NULL, 'e' },               \
	{ "limit", required_argument, NULL, 'W' },                     \
	{ "fatfile", no_argument, NULL, CLI_OPT_FATFILE }
/* clang-format on */
#define CLI_RECORDING_HELP \
	"      --compress HOW    none (default), gzip or zstd\n" \
	"  -z, --gzip            --compress gzip\n" \
	"      --level N         of the compression\n" \
	"  -C, --file-size N     a new file every N million bytes\n" \
	"  -G, --seconds N       a new file every N seconds of the events' time; a '%' in OUT\n" \
	"                        is expanded by strftime\n" \
	"  -e, --event-limit N   a new file every N events\n" \
	"  -W, --limit N         keep the last N files only\n" \
	"      --fatfile         keep events that change state hidden in the file when --from " \
	"or\n" \
	"                        a filter leaves them out\n" \
	"      --compat READER   only what that reader takes: sysdig-0.29\n"

/* CLI_OK, CLI_USAGE, or -1 when the option is none of these. */
int cli_recording_option(struct cli_recording *recording, const struct cli_command *command,
			 int opt, const char *arg);
/* Before the session opens: what it has to follow; a hangup is for a new file, if it can be. */
void cli_recording_settle(struct cli_recording *recording, struct cli_input *input);
/* Open the first file and get the events; CLI_OK, or an exit status, said. */
int cli_recording_begin(struct cli_recording *recording, struct eyas_session *session);
/* status as the run ended; returns what it is now. ret_stats may be NULL. */
int cli_recording_end(struct cli_recording *recording, int status,
		      struct eyas_dump_stats *ret_stats);
/* What came of it: losses unless quiet, the rest with verbose or on a terminal. */
void cli_recording_show(const struct cli_recording *recording, const struct cli_input *input,
			const struct eyas_dump_stats *stats);

#endif
