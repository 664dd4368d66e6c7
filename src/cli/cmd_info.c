/* SPDX-License-Identifier: Apache-2.0 */
/* eyas info: what captures hold. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "cli/cli.h"
#include "print/summary.h"
#include "print/top.h"

enum { ROWS_DEFAULT = 20, TOPS_MAX = 8 };

enum { OPT_TOP_PROCESSES = CLI_OPT_OWN, OPT_TOP, OPT_ROWS };

struct info_opts {
	struct cli_input input;
	bool json;
	unsigned processes, rows;
	const char *top_specs[TOPS_MAX];
	unsigned ntops;
};

static const struct option long_options[] = {
	CLI_INPUT_LONG,
	{ "output", required_argument, NULL, 'o' },
	{ "processes", required_argument, NULL, OPT_TOP_PROCESSES },
	{ "top", required_argument, NULL, OPT_TOP },
	{ "rows", required_argument, NULL, OPT_ROWS },
	{ NULL, 0, NULL, 0 },
};

static int on_event(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		    struct eyas_err *reterr)
{
	int err = eyas_summary_event(ctx, context->event, what == EYAS_SHOWN);

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
	err = opts->json ? eyas_summary_json(summary, &file, opts->processes, &out)
			 : eyas_summary_text(summary, &file, opts->processes, &out);
	if (err)
		cli_error("%s: no memory for the summary", path);
	else if (!opts->input.quiet)
		fwrite(out.data, 1, out.len, stdout);
	eyas_str_fini(&out);
	return err ? CLI_FAILED : CLI_OK;
}

/* One capture, or all of them merged. */
static int summary_session(struct info_opts *opts, struct cli_input *input, const char *path)
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

/* ---- --top ---- */

struct tops {
	struct eyas_top *top[TOPS_MAX];
	unsigned count;
};

static int on_top_event(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
			struct eyas_err *reterr)
{
	const struct tops *tops = ctx;
	unsigned i;
	int err = 0;

	(void)what;
	(void)context;
	for (i = 0; !err && i < tops->count; i++)
		err = eyas_top_event(tops->top[i]);
	return err ? eyas_err_set(reterr, err, "no memory to count more") : 0;
}

static int tops_new(struct info_opts *opts, struct tops *tops)
{
	struct eyas_err err;

	if (!cli_network(&opts->input))
		return CLI_FAILED;
	for (; tops->count < opts->ntops; tops->count++) {
		const char *spec = opts->top_specs[tops->count];

		if (eyas_top_new(spec, opts->input.network, &tops->top[tops->count], &err)) {
			cli_show_error("--top", spec, &err);
			return CLI_USAGE;
		}
	}
	return CLI_OK;
}

static int tops_show(const struct info_opts *opts, const struct tops *tops)
{
	struct eyas_str out = EYAS_STR_INIT;
	int err = 0, status;
	unsigned i;

	for (i = 0; !err && i < tops->count; i++) {
		if (i && !opts->json)
			eyas_str_putc(&out, '\n');
		err = opts->json ? eyas_top_json(tops->top[i], opts->rows, &out)
				 : eyas_top_text(tops->top[i], opts->rows, &out);
	}
	status = err || out.nomem ? CLI_FAILED : CLI_OK;
	if (status != CLI_OK)
		cli_error("no memory for the table");
	else if (!opts->input.quiet)
		fwrite(out.data, 1, out.len, stdout);
	eyas_str_fini(&out);
	return status;
}

/* Tables in place of the summary; what was counted before a failure is shown, too. */
static int top_session(struct info_opts *opts, struct cli_input *input)
{
	struct eyas_consumer consumer = { .wants = EYAS_SHOWN, .event = on_top_event };
	struct eyas_session *session = NULL;
	struct tops tops = { .count = 0 };
	int status, shown;

	status = tops_new(opts, &tops);
	if (status == CLI_OK) {
		session = cli_session_open(input);
		status = CLI_FAILED;
	}
	if (session) {
		consumer.ctx = &tops;
		if (!eyas_session_add(session, &consumer))
			status = cli_session_run(input, session, NULL);
		shown = tops_show(opts, &tops);
		status = status == CLI_OK ? shown : status;
		if (opts->input.verbose)
			cli_session_summary(session);
	}
	eyas_session_close(session);
	while (tops.count)
		eyas_top_free(tops.top[--tops.count]);
	return status;
}

static int info_session(struct info_opts *opts, struct cli_input *input, const char *path)
{
	return opts->ntops ? top_session(opts, input) : summary_session(opts, input, path);
}

static int run_options(struct info_opts *opts)
{
	struct cli_input *input = &opts->input;
	const char **paths = input->paths;
	size_t npaths = input->npaths, i;
	int status = cli_filter_compile(input), one;

	if (status != CLI_OK)
		return status;
	if (opts->ntops && input->session.source.raw_schema)
		return cli_usage(&cli_info, "--top needs events of today's schema: it does not go "
					    "with --raw-schema");
	if (input->session.source.merge)
		return info_session(opts, input, npaths > 1 ? "(merged)" : paths[0]);
	/* Each capture has a summary of its own; one that fails does not keep the others back. */
	input->npaths = 1;
	for (i = 0; i < npaths && !cli_stop; i++) {
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
		opts->processes = (unsigned)number;
		return CLI_OK;
	case OPT_ROWS:
		if (!cli_number(arg, UINT32_MAX, &number))
			return cli_usage(&cli_info, "--rows '%s': expected a number", arg);
		opts->rows = (unsigned)number;
		return CLI_OK;
	case OPT_TOP:
		if (opts->ntops == TOPS_MAX)
			return cli_usage(&cli_info, "--top is there more than %d times", TOPS_MAX);
		opts->top_specs[opts->ntops++] = arg;
		return CLI_OK;
	default:
		return -1;
	}
}

static int run_info(int argc, char **argv)
{
	struct info_opts opts = { .processes = ROWS_DEFAULT, .rows = ROWS_DEFAULT };
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
	"       eyas info [OPTIONS] -r FILE... FILTER\n"
	"\n"
	"Tell what captures hold: format, machine, times, rate, events by type and by process,\n"
	"skipped and damaged parts, sizes of the state.\n"
	"\n" CLI_INPUT_HELP "  -o, --output FORMAT   text (default) or json (an object a line)\n"
	"      --processes N     list the N processes with most events (default 20)\n"
	"      --top FIELD[,FIELD...][:VALUE]\n"
	"                        instead of the summary, a table: events by the values of these\n"
	"                        fields and the sum of VALUE, a field that is a number; again\n"
	"                        for another table\n"
	"      --rows N          rows of such a table (default 20)\n"
};
