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
#include "cli/recording.h"

struct record_opts {
	struct cli_input input;
	struct cli_recording recording;
	char **command; /* behind "--"; NULL = none */
	struct child child;
};

static const struct option long_options[] = {
	CLI_INPUT_LONG,
	CLI_LIVE_LONG,
	CLI_RECORDING_LONG,
	{ NULL, 0, NULL, 0 },
};

static int own_option(void *ctx, int opt, const char *arg)
{
	struct record_opts *opts = ctx;

	return cli_recording_option(&opts->recording, &cli_record, opt, arg);
}

static int record_session(struct record_opts *opts, struct eyas_session *session)
{
	struct cli_recording *recording = &opts->recording;
	struct eyas_session_stats read_stats;
	struct eyas_dump_stats stats;
	int status;

	status = cli_recording_begin(recording, session);
	if (status != CLI_OK)
		return status;
	if (opts->child.pid)
		child_go(&opts->child);
	status = cli_session_run(&opts->input, session, NULL);
	status = cli_recording_end(recording, status, &stats);
	eyas_session_stats(session, &read_stats);
	if (!opts->input.quiet && read_stats.source.events_newer)
		cli_error("left out, of types this version does not know: %llu events",
			  (unsigned long long)read_stats.source.events_newer);
	cli_recording_show(recording, &opts->input, &stats);
	return status;
}

/* A capture from this machine begins with its state, which consumers are told. */
static void settle_live(struct record_opts *opts)
{
	struct cli_live *live = &opts->input.live;

	live->wants_state = true;
	if (opts->child.pid)
		live->opts.tests.follow_pid = (uint32_t)opts->child.pid;
}

static bool has_ended(void *ctx)
{
	return child_ended(ctx);
}

static int record(struct record_opts *opts)
{
	struct eyas_session *session;
	int status;

	if (opts->input.live.on)
		settle_live(opts);
	cli_recording_settle(&opts->recording, &opts->input);
	session = cli_session_open(&opts->input);
	if (!session)
		return CLI_FAILED;
	status = record_session(opts, session);
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

	if (!opts->recording.dump.path)
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
				 ":" CLI_INPUT_SHORT CLI_LIVE_SHORT CLI_RECORDING_SHORT,
				 long_options, own_option, &opts, &done);
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
	"\n" CLI_INPUT_HELP
	"  -w, --write OUT       file to write; '-' is standard output\n" CLI_RECORDING_HELP "\n"
	"without -r:\n" CLI_LIVE_HELP
};
