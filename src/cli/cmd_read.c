/* SPDX-License-Identifier: Apache-2.0 */
/* eyas read: the events of captures, one line each. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "print/print.h"

enum { TERMINAL_BYTES = 80 };

struct read_opts {
	struct cli_input input;
	struct eyas_print_opts print;
	bool all, bytes_set;
	const char *color;
};

enum { OPT_ALL = CLI_OPT_OWN, OPT_PRINT_BYTES, OPT_COLOR };

static const struct option long_options[] = {
	CLI_INPUT_LONG,
	{ "output", required_argument, NULL, 'o' },
	{ "time", required_argument, NULL, 't' },
	{ "all", no_argument, NULL, OPT_ALL },
	{ "print-bytes", required_argument, NULL, OPT_PRINT_BYTES },
	{ "color", required_argument, NULL, OPT_COLOR },
	{ NULL, 0, NULL, 0 },
};

static bool parse_format(const char *arg, enum eyas_print_format *ret)
{
	if (!strcmp(arg, "text"))
		*ret = EYAS_PRINT_TEXT;
	else if (!strcmp(arg, "json"))
		*ret = EYAS_PRINT_JSON;
	else if (!strcmp(arg, "raw"))
		*ret = EYAS_PRINT_RAW;
	else
		return false;
	return true;
}

static bool parse_time(const char *arg, enum eyas_time_format *ret)
{
	static const char letters[] = "hardDi"; /* in the order of enum eyas_time_format */
	const char *letter = arg[0] && !arg[1] ? strchr(letters, arg[0]) : NULL;

	if (letter)
		*ret = (enum eyas_time_format)(letter - letters);
	return letter != NULL;
}

static int own_option(void *ctx, int opt, const char *arg)
{
	struct read_opts *opts = ctx;
	uint64_t number;

	switch (opt) {
	case 'o':
		if (parse_format(arg, &opts->print.format))
			return CLI_OK;
		return cli_usage(&cli_read, "-o '%s': expected text, json or raw", arg);
	case 't':
		if (parse_time(arg, &opts->print.time))
			return CLI_OK;
		return cli_usage(&cli_read, "-t '%s': expected one of h a r d D i", arg);
	case OPT_ALL:
		opts->all = true;
		return CLI_OK;
	case OPT_PRINT_BYTES:
		if (!cli_number(arg, UINT32_MAX, &number))
			return cli_usage(&cli_read, "--print-bytes '%s': expected a number", arg);
		opts->print.max_bytes = (uint32_t)number;
		opts->bytes_set = true;
		return CLI_OK;
	case OPT_COLOR:
		opts->color = arg;
		if (!strcmp(arg, "auto") || !strcmp(arg, "always") || !strcmp(arg, "never"))
			return CLI_OK;
		return cli_usage(&cli_read, "--color '%s': expected auto, always or never", arg);
	default:
		return -1;
	}
}

static int on_event(void *ctx, enum eyas_session_event what, const struct eyas_event *event,
		    struct eyas_err *reterr)
{
	int err = eyas_printer_event(ctx, event);

	(void)what;
	if (err)
		snprintf(reterr->text, sizeof(reterr->text), "cannot write the output: %s",
			 strerror(-err));
	return err;
}

static int print_session(struct read_opts *opts, struct eyas_session *session)
{
	struct eyas_consumer consumer = { .event = on_event };
	struct eyas_printer *printer = NULL;
	int status, err;

	consumer.wants = EYAS_SHOWN | (opts->all ? EYAS_HIDDEN : 0);
	err = opts->input.quiet ? 0 : eyas_printer_new(&opts->print, &printer);
	consumer.ctx = printer;
	if (!err && printer)
		err = eyas_session_add(session, &consumer);
	if (err) {
		cli_error("%s", strerror(-err));
		return CLI_FAILED;
	}
	status = cli_session_run(&opts->input, session, NULL);
	err = printer ? eyas_printer_flush(printer) : 0;
	if (err && status == CLI_OK) {
		cli_error("cannot write the output: %s", strerror(-err));
		status = CLI_FAILED;
	}
	eyas_printer_free(printer);
	return status;
}

static int run_options(struct read_opts *opts)
{
	bool terminal = isatty(STDOUT_FILENO);
	struct eyas_session *session;
	int status;

	opts->print.fd = STDOUT_FILENO;
	opts->print.color =
		opts->print.format == EYAS_PRINT_TEXT &&
		(!strcmp(opts->color, "always") || (terminal && !strcmp(opts->color, "auto")));
	if (!opts->bytes_set && terminal && !opts->input.verbose)
		opts->print.max_bytes = TERMINAL_BYTES;
	/* On the same terminal a progress line would run into the events. */
	if (terminal && !opts->input.quiet)
		opts->input.no_progress = true;
	session = cli_session_open(&opts->input);
	if (!session)
		return CLI_FAILED;
	status = print_session(opts, session);
	if (opts->input.verbose)
		cli_session_summary(session);
	eyas_session_close(session);
	return status;
}

static int run_read(int argc, char **argv)
{
	struct read_opts opts = { .color = "auto" };
	bool done;
	int status = cli_input_parse(&opts.input, &cli_read, argc, argv,
				     ":" CLI_INPUT_SHORT "o:t:", long_options, own_option, &opts,
				     &done);

	if (!done)
		status = run_options(&opts);
	cli_input_fini(&opts.input);
	return status;
}

const struct cli_command cli_read = {
	"read", run_read, "print the events of captures",
	"usage: eyas read [OPTIONS] -r FILE...\n"
	"       eyas read [OPTIONS] FILE...\n"
	"\n"
	"Print the events of captures, one line each: number, time, cpu, (thread), direction,\n"
	"name, parameters.\n"
	"\n" CLI_INPUT_HELP
	"  -o, --output FORMAT   text (default), json (an object a line), or raw (values only)\n"
	"  -t, --time FORMAT     h local time of day (default), i ISO 8601 in UTC, a seconds\n"
	"                        since the epoch, r since the first event, D since the event\n"
	"                        before, d between enter and exit (0: events arrive complete)\n"
	"      --all             also events that only keep state\n"
	"      --print-bytes N   cut data buffers after N bytes, 0 = never (default 80 on a\n"
	"                        terminal without -v, else 0)\n"
	"      --color WHEN      auto (default), always, never\n"
};
