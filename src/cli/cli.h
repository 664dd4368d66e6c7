/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share: their table, messages, input options, progress. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include <sys/types.h>

#include "filter/filter.h"
#include "session/pushdown.h"
#include "session/session.h"

/* Exit statuses. */
enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

struct cli_command {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the command's name */
	const char *summary;
	const char *help; /* usage and options, printed by help */
};

extern const struct cli_command cli_watch, cli_read, cli_record, cli_info, cli_list, cli_filter,
	cli_probe, cli_flow, cli_flow_print, cli_rules, cli_detect;

/* ---- src/compat: the tools that eyas takes the place of ---- */

typedef int (*cli_run_fn)(int argc, char **argv);
extern const struct cli_command cli_as;
/* NULL = it is none of them. */
cli_run_fn cli_tool_find(const char *name);

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

/* ---- input: options that every command with events to read has ---- */

/* Where a command can have its events from. */
enum cli_source {
	CLI_CAPTURES,
	CLI_MACHINE,		/* a live source */
	CLI_CAPTURES_OR_MACHINE /* captures if any is named */
};

/* What is asked of a live source, and what becomes of it. */
struct cli_live {
	bool on;	  /* the events are this machine's */
	const char *used; /* an option that only goes with it, NULL = none was given */
	bool wants_state; /* whoever gets the events looks at threads and descriptors */
	const struct event_set *useful; /* what whoever gets them looks at; NULL = all */
	struct eyas_live_opts opts;
	struct eyas_codes chosen;
	bool has_chosen;
	struct live_plan plan;
	bool stats, strict, no_iterators;
	bool (*ended)(void *ctx); /* asked now and then: is there a reason to end? May be NULL */
	void *ended_ctx;
	struct eyas_live_stats last; /* as --stats told of it */
	double next_stats;
};

struct cli_input {
	enum cli_source source;
	struct cli_live live;
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
	const struct eyas_session *running; /* NULL before */
	double started, next_progress;	    /* seconds of the monotonic clock */
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
	CLI_OPT_RING_SIZE,
	CLI_OPT_SAMPLING,
	CLI_OPT_DROP_FAILED,
	CLI_OPT_ENTER_EVENTS,
	CLI_OPT_SYSCALLS,
	CLI_OPT_STATS,
	CLI_OPT_STRICT,
	CLI_OPT_FOLLOW,
	CLI_OPT_CGROUP,
	CLI_OPT_UID,
	CLI_OPT_PID,
	CLI_OPT_DYNAMIC_SNAPLEN,
	CLI_OPT_NO_ITERATORS,
	CLI_OPT_ALL,
	CLI_OPT_PRINT_BYTES,
	CLI_OPT_COLOR,
	CLI_OPT_ESCAPE,
	CLI_OPT_UNBUFFERED,
	CLI_OPT_COMPRESS,
	CLI_OPT_LEVEL,
	CLI_OPT_COMPAT,
	CLI_OPT_FATFILE,
	CLI_OPT_CAPTURE_PREFIX,
	CLI_OPT_CAPTURE_MODE,
	CLI_OPT_CAPTURE_SECONDS,
	CLI_OPT_CAPTURE_BEFORE,
	CLI_OPT_CAPTURE_MEMORY,
	CLI_OPT_CAPTURE_MAX_SIZE,
	CLI_OPT_CAPTURE_MAX_FILES,
	CLI_OPT_STATS_FILE,
	CLI_OPT_STATS_INTERVAL,
	CLI_OPT_STATS_ALERTS,
	CLI_OPT_LISTEN,
	CLI_OPT_LISTEN_CERT,
	CLI_OPT_OWN /* a command's own options from here on */
};

/* Options of all commands with events to read; those of captures; those of a live source. */
#define CLI_COMMON_SHORT "n:F:qvh"
#define CLI_INPUT_SHORT CLI_COMMON_SHORT "r:"
#define CLI_LIVE_SHORT "s:M:"
/* clang-format off */
#define CLI_COMMON_LONG                                                \
	{ "count", required_argument, NULL, 'n' },                     \
	{ "filter", required_argument, NULL, 'F' },                    \
	{ "quiet", no_argument, NULL, 'q' },                           \
	{ "verbose", no_argument, NULL, 'v' },                         \
	{ "help", no_argument, NULL, 'h' },                            \
	{ "max-threads", required_argument, NULL, CLI_OPT_MAX_THREADS }, \
	{ "max-fds", required_argument, NULL, CLI_OPT_MAX_FDS },       \
	{ "no-progress", no_argument, NULL, CLI_OPT_NO_PROGRESS }
#define CLI_INPUT_LONG                                                 \
	CLI_COMMON_LONG,                                               \
	{ "read", required_argument, NULL, 'r' },                      \
	{ "merge", no_argument, NULL, CLI_OPT_MERGE },                 \
	{ "from", required_argument, NULL, CLI_OPT_FROM },             \
	{ "to", required_argument, NULL, CLI_OPT_TO },                 \
	{ "raw-schema", no_argument, NULL, CLI_OPT_RAW_SCHEMA },       \
	{ "max-block", required_argument, NULL, CLI_OPT_MAX_BLOCK },   \
	{ "max-stored", required_argument, NULL, CLI_OPT_MAX_STORED }
#define CLI_LIVE_LONG                                                  \
	{ "snaplen", required_argument, NULL, 's' },                   \
	{ "duration", required_argument, NULL, 'M' },                  \
	{ "ring-size", required_argument, NULL, CLI_OPT_RING_SIZE },   \
	{ "sampling", required_argument, NULL, CLI_OPT_SAMPLING },     \
	{ "drop-failed", no_argument, NULL, CLI_OPT_DROP_FAILED },     \
	{ "enter-events", no_argument, NULL, CLI_OPT_ENTER_EVENTS },   \
	{ "syscalls", required_argument, NULL, CLI_OPT_SYSCALLS },     \
	{ "stats", no_argument, NULL, CLI_OPT_STATS },                 \
	{ "strict", no_argument, NULL, CLI_OPT_STRICT },               \
	{ "follow", required_argument, NULL, CLI_OPT_FOLLOW },         \
	{ "cgroup", required_argument, NULL, CLI_OPT_CGROUP },         \
	{ "uid", required_argument, NULL, CLI_OPT_UID },               \
	{ "pid", required_argument, NULL, CLI_OPT_PID },               \
	{ "dynamic-snaplen", no_argument, NULL, CLI_OPT_DYNAMIC_SNAPLEN }, \
	{ "no-iterators", no_argument, NULL, CLI_OPT_NO_ITERATORS }
/* clang-format on */
#define CLI_COMMON_HELP \
	"  -F, --filter EXPR     only events that match; also as the last words\n" \
	"  -n, --count N         stop after N events\n" \
	"      --max-threads N   threads to keep track of (default 262144)\n" \
	"      --max-fds N       descriptors likewise (default 1048576)\n" \
	"  -q, --quiet           only errors and the exit status\n" \
	"  -v, --verbose         a summary on standard error at the end\n" \
	"      --no-progress     no progress line on a terminal\n" \
	"  -h, --help            this text\n"
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

#define CLI_LIVE_HELP \
	"  -s, --snaplen BYTES   of data read and written, keep so many (default 80, at most\n" \
	"                        65000; 0: none)\n" \
	"      --dynamic-snaplen keep more of what looks like a known protocol\n" \
	"      --syscalls LIST   only these: names of system calls and tracepoints, 'default';\n" \
	"                        'default,sched_switch' adds to what is captured otherwise\n" \
	"      --enter-events    also open, openat, openat2, creat, connect at their start\n" \
	"      --pid N           only this process\n" \
	"      --follow N        only this process and its descendants from now on\n" \
	"      --cgroup PATH     only this cgroup (v2)\n" \
	"      --uid USER        only this user: a name or an id\n" \
	"      --drop-failed     no calls that failed\n" \
	"      --sampling N      of what can be spared, 1/N of each second: 2, 4 ... 128\n" \
	"      --ring-size SIZE  of the buffer of each CPU (default 8M)\n" \
	"  -M, --duration SECS   end after SECS seconds\n" \
	"      --stats           events and losses every second, on standard error\n" \
	"      --strict          status 1 if events were lost\n" \
	"      --no-iterators    read /proc even where the kernel has iterators\n"

/* An option of the command's own: CLI_OK, CLI_USAGE (said), or -1 when it has no such option. */
typedef int (*cli_option_fn)(void *ctx, int opt, const char *arg);

/*
 * Parse the command line of a command with events to read into *input, which is initialised here
 * but for its source: options of CLI_COMMON_*, CLI_INPUT_* and CLI_LIVE_*, the command's own
 * through own, and words behind them, which are captures when no -r named one and the source can
 * be such (with another possible source, all words have to be files), and a filter otherwise. shorts begins with ":". Returns CLI_OK, or an exit status when there is nothing to run (said), with *ret_done set.
 */
int cli_input_parse(struct cli_input *input, const struct cli_command *command, int argc,
		    char **argv, const char *shorts, const struct option *longs, cli_option_fn own,
		    void *ctx, bool *ret_done);
void cli_input_fini(struct cli_input *input);
/* Words, up to a NULL, as the filter. CLI_OK, or an exit status, said. */
int cli_filter_words(struct cli_input *input, const struct cli_command *command, char **words);

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
 * What a session on the input needs, with damage reports, progress and signals, into
 * input->session: CLI_OK, or CLI_FAILED (said). For who opens it himself.
 */
int cli_session_prepare(struct cli_input *input);
/* The same, and open it; NULL = failed, said. */
struct eyas_session *cli_session_open(struct cli_input *input);
/*
 * Run it; the failure, if any, is said and left in ret_failure, which may be NULL. Returns an
 * exit status, CLI_FAILED also when part of the input was damaged.
 */
int cli_session_run(struct cli_input *input, struct eyas_session *session,
		    struct eyas_err *ret_failure);
/* The summary of -v. */
void cli_session_summary(const struct eyas_session *session);

/* ---- live_input.c: a live source ---- */

/* As cli_option_fn, for CLI_LIVE_*. */
int cli_live_option(struct cli_input *input, const struct cli_command *command, int opt,
		    const char *arg);
/* What to capture for the filter, the formats and the options, into the session's options. */
int cli_live_prepare(struct cli_input *input);
/* What was lost, by its cause; CLI_FAILED if that matters (--strict). After the run. */
int cli_live_report(const struct cli_input *input, const struct eyas_session *session);
/* Every second of a run, for --stats. */
void cli_live_stats(struct cli_input *input, const struct eyas_session *session, double now);
double cli_seconds_now(void);

/* ---- signals.c ---- */

/*
 * SIGINT and SIGTERM ask the loop to end, by cli_stop; with a command that runs, they are passed on
 * to it (unless they came from the terminal, which reaches it, too), and only a second one asks
 * the loop. Signals that are ignored stay so but these.
 */
extern volatile sig_atomic_t cli_stop;
void cli_catch_signals(void);
/* The command that runs, 0 = none. */
void cli_pass_signals_to(pid_t pid);
/* SIGHUP asks for a new file from now on, if a process sent it; from a terminal it is as SIGTERM. */
void cli_catch_hangup(void);
/* Was a new file asked for? Once each. */
bool cli_hangup_taken(void);
/* SIGUSR1 asks for outputs to be opened anew; once each, likewise. */
void cli_catch_reopen(void);
bool cli_reopen_taken(void);

#endif
