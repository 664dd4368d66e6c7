/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share: their table, messages, input options, progress. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "filter/filter.h"
#include "session/session.h"

/* Exit statuses. */
enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

struct cli_command {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the command's name */
	const char *summary;
	const char *help; /* usage and options, printed by help */
};

extern const struct cli_command cli_read, cli_record, cli_info, cli_list, cli_filter;

/* "eyas: ..." on stderr, one line. */
void cli_error(const char *fmt, ...) EYAS_PRINTF(1, 2);
/* A fault in the command line: message, pointer to the help, CLI_USAGE. */
int cli_usage(const struct cli_command *command, const char *fmt, ...) EYAS_PRINTF(2, 3);
/* The help of one command on stdout. */
void cli_help(const struct cli_command *command);
/* What getopt_long() could not take; it returned '?' or ':'. */
int cli_bad_option(const struct cli_command *command, char **argv);

/* "100", "64K", "1.5G" (powers of 1024); false if it is no such number. */
bool cli_size(const char *text, uint64_t *ret_bytes);
/* Digits only, at most max. */
bool cli_number(const char *text, uint64_t max, uint64_t *ret);

/* ---- input: options that every command with captures to read has ---- */

struct cli_input {
	const char **paths;
	size_t npaths;
	struct eyas_session_opts session;
	const char *filter_text; /* of -F, or the words; NULL = none */
	char *filter_words;	 /* the words as one text, if there were any */
	struct filter filter;
	struct field_opts fields; /* of all that is printed; settled before cli_network() */
	struct eyas_network *network;
	bool quiet, verbose, no_progress;
	uint64_t damage_seen;
	double started, next_progress; /* seconds of the monotonic clock */
};

enum {
	CLI_OPT_MERGE = 256,
	CLI_OPT_FROM,
	CLI_OPT_TO,
	CLI_OPT_RAW_SCHEMA,
	CLI_OPT_MAX_BLOCK,
	CLI_OPT_MAX_STORED,
	CLI_OPT_NO_PROGRESS,
	CLI_OPT_MAX_THREADS,
	CLI_OPT_MAX_FDS,
	CLI_OPT_OWN /* a command's own options from here on */
};

#define CLI_INPUT_SHORT "r:n:F:qvh"
/* clang-format off */
#define CLI_INPUT_LONG                                                 \
	{ "read", required_argument, NULL, 'r' },                      \
	{ "count", required_argument, NULL, 'n' },                     \
	{ "filter", required_argument, NULL, 'F' },                    \
	{ "quiet", no_argument, NULL, 'q' },                           \
	{ "verbose", no_argument, NULL, 'v' },                         \
	{ "help", no_argument, NULL, 'h' },                            \
	{ "merge", no_argument, NULL, CLI_OPT_MERGE },                 \
	{ "from", required_argument, NULL, CLI_OPT_FROM },             \
	{ "to", required_argument, NULL, CLI_OPT_TO },                 \
	{ "raw-schema", no_argument, NULL, CLI_OPT_RAW_SCHEMA },       \
	{ "max-block", required_argument, NULL, CLI_OPT_MAX_BLOCK },   \
	{ "max-stored", required_argument, NULL, CLI_OPT_MAX_STORED }, \
	{ "max-threads", required_argument, NULL, CLI_OPT_MAX_THREADS }, \
	{ "max-fds", required_argument, NULL, CLI_OPT_MAX_FDS },       \
	{ "no-progress", no_argument, NULL, CLI_OPT_NO_PROGRESS }
/* clang-format on */
#define CLI_INPUT_HELP \
	"  -r, --read FILE       capture to read; again for more; '-' is standard input\n" \
	"  -F, --filter EXPR     only events that match; also as the last words, behind -r\n" \
	"      --merge           order the events of several captures by time\n" \
	"  -n, --count N         stop after N events\n" \
	"      --from WHEN       begin at WHEN: an event number, HH:MM:SS,\n" \
	"                        YYYY-MM-DDTHH:MM:SS[Z], @SECONDS since the epoch, or\n" \
	"                        +SECONDS after the first event\n" \
	"      --to WHEN         end at WHEN\n" \
	"      --raw-schema      events as they were stored, old versions unconverted\n" \
	"      --max-block SIZE  refuse larger blocks (default 128M)\n" \
	"      --max-stored SIZE memory for calls that have not returned (default 4M)\n" \
	"      --max-threads N   threads to keep track of (default 262144)\n" \
	"      --max-fds N       descriptors likewise (default 1048576)\n" \
	"  -q, --quiet           only errors and the exit status\n" \
	"  -v, --verbose         a summary on standard error at the end\n" \
	"      --no-progress     no progress line on a terminal\n" \
	"  -h, --help            this text\n"

/* An option of the command's own: CLI_OK, CLI_USAGE (said), or -1 when it has no such option. */
typedef int (*cli_option_fn)(void *ctx, int opt, const char *arg);

/*
 * Parse the command line of a command with captures to read into *input, which is initialised
 * here: options of CLI_INPUT_*, the command's own through own, and words behind them, which are
 * captures when no -r named one, and a filter otherwise. shorts begins with ":" CLI_INPUT_SHORT.
 * Returns CLI_OK, or an exit status when there is nothing to run (said), with *ret_done set.
 */
int cli_input_parse(struct cli_input *input, const struct cli_command *command, int argc,
		    char **argv, const char *shorts, const struct option *longs, cli_option_fn own,
		    void *ctx, bool *ret_done);
void cli_input_fini(struct cli_input *input);

/*
 * The network of the command's filters and formats, made when it is first asked for: after the
 * options, for it takes input->fields as they are. NULL = no memory, said. Events get their
 * state from then on.
 */
struct eyas_network *cli_network(struct cli_input *input);
/*
 * Compile the filter, if there is one; CLI_OK, or CLI_USAGE with the fault said and shown. To be
 * called before the session is opened.
 */
int cli_filter_compile(struct cli_input *input);

/* Words as the shell took them apart, one text again; NULL = no memory, said. To be freed. */
char *cli_join_words(char *const *words);

/* Show where in text an error lies: the message, the line, and a mark under the column. */
void cli_show_error(const char *what, const char *text, const struct eyas_err *err);

/*
 * Open the session on the input, with damage reports, progress and signals; NULL = failed, said.
 */
struct eyas_session *cli_session_open(struct cli_input *input);
/*
 * Run it; the failure, if any, is said and left in ret_failure, which may be NULL. Returns an
 * exit status, CLI_FAILED also when part of the input was damaged.
 */
int cli_session_run(struct cli_input *input, struct eyas_session *session,
		    struct eyas_err *ret_failure);
/* The summary of -v. */
void cli_session_summary(const struct eyas_session *session);

/* SIGINT and SIGTERM ask the loop to end; the signal that came, 0 = none. */
int cli_stopped_by(void);

#endif
