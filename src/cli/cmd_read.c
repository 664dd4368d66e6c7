/* SPDX-License-Identifier: Apache-2.0 */
/* eyas read: the events of captures, one line each. */
#include <errno.h>
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
	const char *color, *escape;
};

enum { OPT_ALL = CLI_OPT_OWN, OPT_COLOR, OPT_ESCAPE, OPT_UNBUFFERED };

#define READ_SHORT "o:jp:t:s:xXAb"
static const struct option long_options[] = {
	CLI_INPUT_LONG,
	{ "output", required_argument, NULL, 'o' },
	{ "json", no_argument, NULL, 'j' },
	{ "print", required_argument, NULL, 'p' },
	{ "time", required_argument, NULL, 't' },
	{ "all", no_argument, NULL, OPT_ALL },
	{ "print-bytes", required_argument, NULL, 's' },
	{ "print-hex", no_argument, NULL, 'x' },
	{ "print-hex-ascii", no_argument, NULL, 'X' },
	{ "print-ascii", no_argument, NULL, 'A' },
	{ "print-base64", no_argument, NULL, 'b' },
	{ "escape", required_argument, NULL, OPT_ESCAPE },
	{ "color", required_argument, NULL, OPT_COLOR },
	{ "unbuffered", no_argument, NULL, OPT_UNBUFFERED },
	{ NULL, 0, NULL, 0 },
};

static const char time_letters[] = "hardDi"; /* in the order of enum eyas_time_format */

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
	const char *letter = arg[0] && !arg[1] ? strchr(time_letters, arg[0]) : NULL;

	if (letter)
		*ret = (enum eyas_time_format)(letter - time_letters);
	return letter != NULL;
}

/* The view of data buffers that a letter stands for. */
static enum buffer_mode buffer_mode(int opt)
{
	switch (opt) {
	case 'x':
		return BUFFER_HEX;
	case 'X':
		return BUFFER_HEX_ASCII;
	case 'A':
		return BUFFER_ASCII;
	default:
		return BUFFER_BASE64;
	}
}

static bool parse_when(const char *arg, const char **ret)
{
	*ret = arg;
	return !strcmp(arg, "auto") || !strcmp(arg, "always") || !strcmp(arg, "never");
}

/*
 * A word in place of a format is a layout with a name. Those of sysdig that need what is not
 * there would be printed as they are, line after line, so they are refused.
 */
static bool parse_layout(const char *arg, const char **ret)
{
	static const char *const refused[] = { "k", "kubernetes", "m", "mesos", "p" };
	size_t i;

	*ret = !strcmp(arg, "c") || !strcmp(arg, "container") ? EYAS_PRINT_CONTAINERS : arg;
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (!strcmp(arg, refused[i]))
			return false;
	return true;
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
	case 'j':
		opts->print.format = EYAS_PRINT_JSON;
		return CLI_OK;
	case 'p':
		if (parse_layout(arg, &opts->print.layout))
			return CLI_OK;
		return cli_usage(&cli_read, "-p '%s': expected c or a format with %%FIELD", arg);
	case 'x':
	case 'X':
	case 'A':
	case 'b':
		opts->input.fields.buffers = buffer_mode(opt);
		return CLI_OK;
	case 's':
		if (!cli_number(arg, UINT32_MAX, &number))
			return cli_usage(&cli_read, "--print-bytes '%s': expected a number", arg);
		opts->input.fields.max_bytes = (uint32_t)number;
		opts->bytes_set = true;
		return CLI_OK;
	case OPT_ALL:
		opts->all = true;
		return CLI_OK;
	case OPT_UNBUFFERED:
		opts->print.unbuffered = true;
		return CLI_OK;
	case OPT_COLOR:
		if (parse_when(arg, &opts->color))
			return CLI_OK;
		return cli_usage(&cli_read, "--color '%s': expected auto, always or never", arg);
	case OPT_ESCAPE:
		if (parse_when(arg, &opts->escape))
			return CLI_OK;
		return cli_usage(&cli_read, "--escape '%s': expected auto, always or never", arg);
	default:
		return -1;
	}
}

struct reader {
	struct eyas_printer *printer;
	struct eyas_network *network; /* of the layout; NULL without one */
};

static int on_event(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		    struct eyas_err *reterr)
{
	const struct reader *reader = ctx;
	int err = eyas_printer_event(reader->printer, context);

	(void)what;
	if (err)
		snprintf(reterr->text, sizeof(reterr->text), "cannot write the output: %s",
			 strerror(-err));
	return err;
}

/* The session with the printer as its consumer, or with none. */
static int run_session(struct read_opts *opts, struct eyas_session *session, struct reader *reader)
{
	struct eyas_consumer consumer = { .ctx = reader, .event = on_event };
	int status, err = 0;

	consumer.wants = EYAS_SHOWN | (opts->all ? EYAS_HIDDEN : 0);
	if (reader->printer)
		err = eyas_session_add(session, &consumer);
	if (err) {
		cli_error("%s", strerror(-err));
		return CLI_FAILED;
	}
	status = cli_session_run(&opts->input, session, NULL);
	err = reader->printer ? eyas_printer_flush(reader->printer) : 0;
	if (err && status == CLI_OK) {
		cli_error("cannot write the output: %s", strerror(-err));
		status = CLI_FAILED;
	}
	return status;
}

/* What is asked for, where it goes, and what that place bears. */
static void settle_output(struct read_opts *opts)
{
	struct eyas_print_opts *print = &opts->print;
	struct field_opts *fields = &opts->input.fields;
	bool terminal = isatty(STDOUT_FILENO), lines;

	print->fd = STDOUT_FILENO;
	print->color =
		print->format == EYAS_PRINT_TEXT && !print->layout &&
		(!strcmp(opts->color, "always") || (terminal && !strcmp(opts->color, "auto")));
	/* A view of the bytes is of all of them, as with the peers, if not told how many. */
	if (!opts->bytes_set && terminal && !opts->input.verbose && fields->buffers == BUFFER_DOTS)
		fields->max_bytes = TERMINAL_BYTES;
	fields->outputtime = time_letters[print->time];
	if (!strcmp(opts->escape, "never"))
		print->escape = FORMAT_EXACT;
	else if (terminal || !print->layout || !strcmp(opts->escape, "always"))
		print->escape = FORMAT_TERMINAL;
	else
		print->escape = FORMAT_LINE;
	/*
	 * Fields that print parameters escape strings themselves when the line as a whole cannot be
	 * escaped, because a view of buffers breaks it. JSON has escapes of its own.
	 */
	lines = fields->buffers != BUFFER_DOTS && fields->buffers != BUFFER_BASE64;
	fields->raw_text = print->format == EYAS_PRINT_JSON || print->escape == FORMAT_EXACT ||
			   (print->escape == FORMAT_LINE && !lines);
	print->fields = *fields;
	/* On the same terminal a progress line would run into the events. */
	if (terminal && !opts->input.quiet)
		opts->input.no_progress = true;
}

static int make_printer(struct read_opts *opts, struct reader *reader)
{
	struct eyas_err err;

	if (opts->input.quiet)
		return CLI_OK;
	if (opts->print.layout) {
		reader->network = cli_network(&opts->input);
		opts->print.network = reader->network;
		if (!reader->network)
			return CLI_FAILED;
	}
	if (!eyas_printer_new(&opts->print, &reader->printer, &err))
		return CLI_OK;
	cli_show_error("-p", opts->print.layout ? opts->print.layout : "", &err);
	return err.code == -ENOMEM ? CLI_FAILED : CLI_USAGE;
}

static int run_options(struct read_opts *opts)
{
	struct reader reader = { NULL, NULL };
	struct eyas_session *session = NULL;
	int status;

	if (opts->print.layout && opts->print.format == EYAS_PRINT_RAW)
		return cli_usage(&cli_read, "-p does not go with -o raw");
	if (opts->print.layout && opts->input.session.source.raw_schema)
		return cli_usage(&cli_read, "-p needs events of today's schema: it does not go "
					    "with --raw-schema");
	settle_output(opts);
	status = cli_filter_compile(&opts->input);
	if (status == CLI_OK)
		status = make_printer(opts, &reader);
	if (status == CLI_OK) {
		/* Plain values and no output at all need no state; a filter has asked for it. */
		opts->input.session.follow |= reader.printer &&
					      opts->print.format != EYAS_PRINT_RAW &&
					      !opts->input.session.source.raw_schema;
		session = cli_session_open(&opts->input);
		status = session ? run_session(opts, session, &reader) : CLI_FAILED;
	}
	if (session && opts->input.verbose)
		cli_session_summary(session);
	eyas_session_close(session);
	eyas_printer_free(reader.printer);
	return status;
}

static int run_read(int argc, char **argv)
{
	struct read_opts opts = { .color = "auto", .escape = "auto" };
	bool done;
	int status = cli_input_parse(&opts.input, &cli_read, argc, argv,
				     ":" CLI_INPUT_SHORT READ_SHORT, long_options, own_option,
				     &opts, &done);

	if (!done)
		status = run_options(&opts);
	cli_input_fini(&opts.input);
	return status;
}

const struct cli_command cli_read = {
	"read", run_read, "print the events of captures",
	"usage: eyas read [OPTIONS] -r FILE... [FILTER]\n"
	"       eyas read [OPTIONS] FILE...\n"
	"\n"
	"Print the events of captures, one line each: number, time, cpu, process, (thread),\n"
	"direction, name, parameters.\n"
	"\n" CLI_INPUT_HELP
	"  -o, --output FORMAT   text (default), json (an object a line), or raw (values only)\n"
	"  -j, --json            the same as -o json\n"
	"  -p, --print FORMAT    print FORMAT instead, with %FIELD for the value of a field\n"
	"                        ('eyas list fields'); '*' in front: also when one is missing;\n"
	"                        c: the default line with the container\n"
	"  -t, --time FORMAT     h local time of day (default), i ISO 8601 in UTC, a seconds\n"
	"                        since the epoch, r since the first event, D since the event\n"
	"                        before, d between enter and exit (0: events arrive complete)\n"
	"      --all             also events that only keep state\n"
	"  -s, --print-bytes N   cut data buffers after N bytes, 0 = never (default 80 on a\n"
	"                        terminal without -v, -x, -X, -A and -b, else 0)\n"
	"  -x, --print-hex       data buffers in hexadecimal\n"
	"  -X, --print-hex-ascii data buffers in hexadecimal and as text\n"
	"  -A, --print-ascii     data buffers as text, with their line ends\n"
	"  -b, --print-base64    data buffers in base64\n"
	"      --escape WHEN     escape what a terminal would obey: always, never; auto\n"
	"                        (default): always, but with -p only control characters when\n"
	"                        the output is no terminal\n"
	"      --color WHEN      auto (default), always, never\n"
	"      --unbuffered      write each line at once\n"
};
