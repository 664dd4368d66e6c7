/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eyas record: what happens on this machine, or to one command, into captures; or captures in,
 * captures out: cut, merged, converted, recompressed, rotated.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/cli.h"
#include "dump/dump.h"

/* How long a capture that grows slowly may be behind what has happened. */
#define FLUSH_SECONDS 1.0

struct record_opts {
	struct cli_input input;
	struct eyas_dump_opts dump;
	bool fat;
	char **command; /* behind "--"; NULL = none */
	struct child child;
};

/* The consumer of the session. */
struct recorder {
	struct eyas_dump *dump;
	bool fat;
	double next_flush;
};

enum { OPT_COMPRESS = CLI_OPT_OWN, OPT_LEVEL, OPT_COMPAT, OPT_FATFILE };

static const struct option long_options[] = {
	CLI_INPUT_LONG,
	CLI_LIVE_LONG,
	{ "write", required_argument, NULL, 'w' },
	{ "compress", required_argument, NULL, OPT_COMPRESS },
	{ "gzip", no_argument, NULL, 'z' },
	{ "level", required_argument, NULL, OPT_LEVEL },
	{ "compat", required_argument, NULL, OPT_COMPAT },
	{ "file-size", required_argument, NULL, 'C' },
	{ "seconds", required_argument, NULL, 'G' },
	{ "event-limit", required_argument, NULL, 'e' },
	{ "limit", required_argument, NULL, 'W' },
	{ "fatfile", no_argument, NULL, OPT_FATFILE },
	{ NULL, 0, NULL, 0 },
};

static int parse_compression(const char *arg, uint32_t *ret)
{
	static const enum eyas_compression known[] = { EYAS_COMPRESS_NONE, EYAS_COMPRESS_GZIP,
						       EYAS_COMPRESS_ZSTD };
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(arg, eyas_compression_name(known[i]))) {
			*ret = known[i];
			return CLI_OK;
		}
	return cli_usage(&cli_record, "--compress '%s': expected none, gzip or zstd", arg);
}

/* A number of 1 or more, times a factor. */
static int parse_positive(char opt, const char *arg, uint64_t factor, uint64_t max, uint64_t *ret)
{
	uint64_t value;

	if (!cli_number(arg, max / factor, &value) || !value)
		return cli_usage(&cli_record, "-%c '%s': expected a number from 1 to %llu", opt,
				 arg, (unsigned long long)(max / factor));
	*ret = value * factor;
	return CLI_OK;
}

static int own_option(void *ctx, int opt, const char *arg)
{
	struct record_opts *opts = ctx;
	struct eyas_dump_opts *dump = &opts->dump;
	uint64_t number;
	int status;

	switch (opt) {
	case 'w':
		dump->path = arg;
		return CLI_OK;
	case 'z':
		dump->writer.compression = EYAS_COMPRESS_GZIP;
		return CLI_OK;
	case OPT_COMPRESS:
		return parse_compression(arg, &dump->writer.compression);
	case OPT_LEVEL:
		if (!cli_number(arg, 22, &number) || !number)
			return cli_usage(&cli_record, "--level '%s': expected 1 to 22", arg);
		dump->writer.level = (int)number;
		return CLI_OK;
	case OPT_COMPAT:
		if (strcmp(arg, "sysdig-0.29") != 0)
			return cli_usage(&cli_record, "--compat '%s': expected sysdig-0.29", arg);
		dump->writer.compat = EYAS_COMPAT_SYSDIG_0_29;
		return CLI_OK;
	case 'C':
		return parse_positive('C', arg, 1000000, UINT64_MAX, &dump->rotate_bytes);
	case 'G':
		return parse_positive('G', arg, 1000000000, UINT64_MAX, &dump->rotate_ns);
	case 'e':
		return parse_positive('e', arg, 1, UINT64_MAX, &dump->rotate_events);
	case 'W':
		status = parse_positive('W', arg, 1, 1000000, &number);
		if (status == CLI_OK)
			dump->keep_files = (unsigned)number;
		return status;
	case OPT_FATFILE:
		opts->fat = true;
		return CLI_OK;
	default:
		return -1;
	}
}

/* Events that are no system calls tell of users and containers: part of the state, as metadata. */
static bool is_prologue(const struct eyas_event *event)
{
	return event->flags & EYAS_EVENT_HIDDEN && !(event->info->category & EYAS_EC_SYSCALL);
}

static int on_event(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		    struct eyas_err *reterr)
{
	const struct recorder *recorder = ctx;
	struct eyas_event state;

	if (what & (EYAS_SHOWN | EYAS_HIDDEN) || is_prologue(context->event))
		return eyas_dump_event(recorder->dump, context->event, reterr);
	/* A fat capture: what led to the state of the events shown, marked as not to be. */
	if (!recorder->fat || !(context->event->info->flags & EYAS_EF_MODIFIES_STATE))
		return 0;
	state = *context->event;
	state.flags |= EYAS_EVENT_STATE_ONLY;
	return eyas_dump_event(recorder->dump, &state, reterr);
}

/*
 * A live source has nothing right now: a new file, if one was asked for; and what there is reaches
 * the file, so that a reader, or whoever finds it after a crash, has nearly all.
 */
static int on_idle(void *ctx, struct eyas_err *reterr)
{
	struct recorder *recorder = ctx;
	double now;

	if (cli_hangup_taken())
		return eyas_dump_rotate(recorder->dump, reterr);
	now = cli_seconds_now();
	if (now < recorder->next_flush)
		return 0;
	recorder->next_flush = now + FLUSH_SECONDS;
	return eyas_dump_flush(recorder->dump, reterr);
}

static int loader_failure(void *ctx, struct eyas_err *reterr)
{
	const struct recorder *recorder = ctx;

	return eyas_dump_flush(recorder->dump, reterr);
}

static void show_result(const struct record_opts *opts, const struct eyas_dump_stats *stats)
{
	fprintf(stderr, "eyas: %s: %llu events, %llu bytes", opts->dump.path,
		(unsigned long long)stats->writer.events,
		(unsigned long long)stats->writer.bytes_out);
	if (stats->files > 1)
		fprintf(stderr, " in %llu files", (unsigned long long)stats->files);
	if (stats->files_removed)
		fprintf(stderr, ", %llu of them removed", (unsigned long long)stats->files_removed);
	fputc('\n', stderr);
}

/* What the reader asked for with --compat cannot take is never left out silently. */
static void show_left_out(const struct eyas_dump_stats *stats)
{
	if (stats->writer.events_left_out || stats->writer.fds_left_out)
		cli_error("left out for --compat: %llu events, %llu descriptors",
			  (unsigned long long)stats->writer.events_left_out,
			  (unsigned long long)stats->writer.fds_left_out);
}

static int record_session(struct record_opts *opts, struct eyas_session *session,
			  struct eyas_dump *dump)
{
	struct recorder recorder = { dump, opts->fat, cli_seconds_now() + FLUSH_SECONDS };
	struct eyas_consumer consumer = {
		.ctx = &recorder, .event = on_event, .idle = on_idle, .failure = loader_failure
	};
	struct eyas_session_stats read_stats;
	struct eyas_dump_stats stats;
	struct eyas_err err;
	int status = CLI_FAILED;

	consumer.wants = EYAS_SHOWN | EYAS_HIDDEN | EYAS_FILTERED | (opts->fat ? EYAS_BEFORE : 0);
	eyas_dump_loader(dump, &consumer.loader);
	if (opts->child.pid)
		child_go(&opts->child);
	if (!eyas_session_add(session, &consumer))
		status = cli_session_run(&opts->input, session, NULL);
	if (eyas_dump_flush(dump, &err)) {
		/* The run reported this failure, if it came from there. */
		if (status == CLI_OK)
			cli_error("%s", err.text);
		status = CLI_FAILED;
	}
	eyas_dump_stats(dump, &stats);
	if (eyas_dump_close(dump, &err) && status == CLI_OK) {
		cli_error("%s", err.text);
		status = CLI_FAILED;
	}
	eyas_session_stats(session, &read_stats);
	if (!opts->input.quiet) {
		show_left_out(&stats);
		if (read_stats.source.events_newer)
			cli_error("left out, of types this version does not know: %llu events",
				  (unsigned long long)read_stats.source.events_newer);
		if (opts->input.verbose || isatty(STDERR_FILENO))
			show_result(opts, &stats);
	}
	return status;
}

static bool rotates(const struct eyas_dump_opts *dump)
{
	return dump->rotate_bytes || dump->rotate_ns || dump->rotate_events;
}

/* A capture from this machine begins with its state, which consumers are told. */
static void settle_live(struct record_opts *opts)
{
	struct cli_live *live = &opts->input.live;

	live->wants_state = true;
	if (opts->child.pid)
		live->opts.tests.follow_pid = (uint32_t)opts->child.pid;
	/* Standard output cannot be divided; a hangup ends that recording. */
	if (strcmp(opts->dump.path, "-") != 0) {
		opts->dump.rotate_on_demand = true;
		cli_catch_hangup();
	}
}

static bool has_ended(void *ctx)
{
	return child_ended(ctx);
}

static int record(struct record_opts *opts)
{
	struct eyas_session *session;
	struct eyas_dump *dump;
	struct eyas_err err;
	int status;

	if (opts->input.live.on)
		settle_live(opts);
	opts->dump.cut = opts->input.session.from && !opts->fat;
	if (opts->dump.cut || rotates(&opts->dump))
		opts->input.session.follow = !opts->input.session.source.raw_schema;
	session = cli_session_open(&opts->input);
	if (!session)
		return CLI_FAILED;
	opts->dump.state = eyas_session_state(session);
	if (eyas_dump_open(&opts->dump, &dump, &err)) {
		cli_error("%s", err.text);
		eyas_session_close(session);
		return err.code == -EINVAL ? CLI_USAGE : CLI_FAILED;
	}
	status = record_session(opts, session, dump);
	if (opts->input.verbose)
		cli_session_summary(session);
	eyas_session_close(session);
	return status;
}

/*
 * The command exists before the probe looks at anything, since the probe has to know whom to
 * follow, and runs once the file is there to take what it does. Its status is ours, unless there
 * is a worse one.
 */
static int record_command(struct record_opts *opts)
{
	int status, ended;

	/* Before there is a child that would have them, too. */
	fflush(NULL);
	status = child_start(&opts->child, opts->command);
	if (status != CLI_OK)
		return status;
	cli_pass_signals_to(opts->child.pid);
	opts->input.live.ended = has_ended;
	opts->input.live.ended_ctx = &opts->child;
	status = record(opts);
	ended = child_finish(&opts->child);
	cli_pass_signals_to(0);
	return status == CLI_OK ? ended : status;
}

static int run_options(struct record_opts *opts)
{
	int status;

	if (!opts->dump.path)
		return cli_usage(&cli_record, "record: where to write to is missing (-w OUT)");
	if (opts->command && opts->input.live.opts.tests.follow_pid)
		return cli_usage(&cli_record, "--follow does not go with a command, which is "
					      "followed itself");
	status = cli_filter_compile(&opts->input);
	if (status != CLI_OK)
		return status;
	return opts->command ? record_command(opts) : record(opts);
}

/*
 * What stands behind "--" is a command if the source is live; for captures it is the filter, as
 * ever. getopt_long() would mix the words on both sides.
 */
static int split_command(int argc, char **argv, char ***ret_command)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		;
	if (i + 1 < argc)
		*ret_command = argv + i + 1;
	argv[i] = NULL;
	return i;
}

static int run_record(int argc, char **argv)
{
	struct record_opts opts = { .input = { .source = CLI_CAPTURES_OR_MACHINE } };
	int nwords = split_command(argc, argv, &opts.command), status;
	bool done;

	status = cli_input_parse(&opts.input, &cli_record, nwords, argv,
				 ":" CLI_INPUT_SHORT CLI_LIVE_SHORT "w:zC:G:e:W:", long_options,
				 own_option, &opts, &done);
	if (!done && opts.command && !opts.input.live.on) {
		status = cli_filter_words(&opts.input, &cli_record, opts.command);
		done = status != CLI_OK;
		opts.command = NULL;
	}
	if (!done)
		status = run_options(&opts);
	cli_input_fini(&opts.input);
	return status;
}

const struct cli_command cli_record = {
	"record", run_record, "write captures: of this machine or a command, or from captures",
	"usage: eyas record [OPTIONS] -w OUT [FILTER] [-- COMMAND [ARGUMENT...]]\n"
	"       eyas record [OPTIONS] -r FILE... -w OUT [FILTER]\n"
	"\n"
	"Without -r, record what happens on this machine, until a signal or a limit ends it. With "
	"a\n"
	"COMMAND, run it, record it and its descendants until it ends, and exit as it does. With "
	"-r,\n"
	"write the events of captures to a capture of today's format. The file is OUT.part until\n"
	"it is complete.\n"
	"\n" CLI_INPUT_HELP "  -w, --write OUT       file to write; '-' is standard output\n"
	"      --compress HOW    none (default), gzip or zstd\n"
	"  -z, --gzip            --compress gzip\n"
	"      --level N         of the compression\n"
	"  -C, --file-size N     a new file every N million bytes\n"
	"  -G, --seconds N       a new file every N seconds of the events' time; a '%' in OUT\n"
	"                        is expanded by strftime\n"
	"  -e, --event-limit N   a new file every N events\n"
	"  -W, --limit N         keep the last N files only\n"
	"      --fatfile         keep events that change state hidden in the file when --from or\n"
	"                        a filter leaves them out\n"
	"      --compat READER   only what that reader takes: sysdig-0.29\n"
	"\n"
	"without -r:\n" CLI_LIVE_HELP
};
