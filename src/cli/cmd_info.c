/* SPDX-License-Identifier: Apache-2.0 */
/* eyas info: what captures hold. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "print/summary.h"

enum { TOP_DEFAULT = 20, OPT_TOP_PROCESSES = CLI_OPT_OWN };

struct info_opts {
	struct cli_input input;
	bool json;
	unsigned top;
};

static const struct option long_options[] = {
	CLI_INPUT_LONG,
	{ "output", required_argument, NULL, 'o' },
	{ "processes", required_argument, NULL, OPT_TOP_PROCESSES },
	{ NULL, 0, NULL, 0 },
};

static int on_event(void *ctx, enum eyas_session_event what, const struct eyas_event *event,
		    struct eyas_err *reterr)
{
	int err = eyas_summary_event(ctx, event, what == EYAS_SHOWN);

	if (err)
		snprintf(reterr->text, sizeof(reterr->text), "no memory to count more");
	return err;
}

/* Print what was counted, also when the reading ended early: it holds for what came before. */
static int show(const struct info_opts *opts, struct eyas_summary *summary,
		const struct eyas_session *session, const char *path,
		const struct eyas_err *failure)
{
	struct eyas_session_stats stats;
	struct eyas_summary_file file = { path, &stats.source, failure };
	struct eyas_str out = EYAS_STR_INIT;
	int err;

	eyas_session_stats(session, &stats);
	err = opts->json ? eyas_summary_json(summary, &file, opts->top, &out)
			 : eyas_summary_text(summary, &file, opts->top, &out);
	if (err)
		cli_error("%s: no memory for the summary", path);
	else if (!opts->input.quiet)
		fwrite(out.data, 1, out.len, stdout);
	eyas_str_fini(&out);
	return err ? CLI_FAILED : CLI_OK;
}

/* One capture, or all of them merged. */
static int info_session(struct info_opts *opts, struct cli_input *input, const char *path)
{
	struct eyas_consumer consumer = { .wants = EYAS_SHOWN | EYAS_HIDDEN, .event = on_event };
	struct eyas_session *session = NULL;
	struct eyas_summary *summary = NULL;
	struct eyas_err failure = { 0 };
	int status = CLI_FAILED, shown;

	if (eyas_summary_new(&summary)) {
		cli_error("no memory");
		return CLI_FAILED;
	}
	session = cli_session_open(input);
	if (session) {
		consumer.ctx = summary;
		eyas_summary_loader(summary, &consumer.loader);
		if (!eyas_session_add(session, &consumer))
			status = cli_session_run(input, session, &failure);
		shown = show(opts, summary, session, path, failure.code ? &failure : NULL);
		status = status == CLI_OK ? shown : status;
		if (opts->input.verbose)
			cli_session_summary(session);
	}
	eyas_session_close(session);
	eyas_summary_free(summary);
	return status;
}

static int run_options(struct info_opts *opts)
{
	struct cli_input *input = &opts->input;
	const char **paths = input->paths;
	size_t npaths = input->npaths, i;
	int status = CLI_OK, one;

	if (input->session.source.merge)
		return info_session(opts, input, npaths > 1 ? "(merged)" : paths[0]);
	/* Each capture has a summary of its own; one that fails does not keep the others back. */
	input->npaths = 1;
	for (i = 0; i < npaths && !cli_stopped_by(); i++) {
		input->paths = &paths[i];
		if (i && !opts->json && !input->quiet)
			putchar('\n');
		one = info_session(opts, input, paths[i]);
		status = status == CLI_OK ? one : status;
	}
	input->paths = paths;
	return status;
}

static int own_option(void *ctx, int opt, const char *arg)
{
	struct info_opts *opts = ctx;
	uint64_t number;

	switch (opt) {
	case 'o':
		opts->json = !strcmp(arg, "json");
		if (opts->json || !strcmp(arg, "text"))
			return CLI_OK;
		return cli_usage(&cli_info, "-o '%s': expected text or json", arg);
	case OPT_TOP_PROCESSES:
		if (!cli_number(arg, UINT32_MAX, &number))
			return cli_usage(&cli_info, "--processes '%s': expected a number", arg);
		opts->top = (unsigned)number;
		return CLI_OK;
	default:
		return -1;
	}
}

static int run_info(int argc, char **argv)
{
	struct info_opts opts = { .top = TOP_DEFAULT };
	bool done;
	int status = cli_input_parse(&opts.input, &cli_info, argc, argv,
				     ":" CLI_INPUT_SHORT "o:", long_options, own_option, &opts,
				     &done);

	if (!done)
		status = run_options(&opts);
	cli_input_fini(&opts.input);
	return status;
}

const struct cli_command cli_info = {
	"info", run_info, "what captures hold, counted",
	"usage: eyas info [OPTIONS] FILE...\n"
	"\n"
	"Tell what captures hold: format, machine, times, rate, events by type and by process,\n"
	"skipped and damaged parts, sizes of the state.\n"
	"\n" CLI_INPUT_HELP "  -o, --output FORMAT   text (default) or json (an object a line)\n"
	"      --processes N     list the N processes with most events (default 20)\n"
};
