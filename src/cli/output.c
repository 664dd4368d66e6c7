/* SPDX-License-Identifier: Apache-2.0 */
/* How events are printed: the options and the printer, for eyas read and eyas watch. */
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TERMINAL_BYTES = 80 };

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

int cli_output_option(struct cli_output *output, struct cli_input *input,
		      const struct cli_command *command, int opt, const char *arg)
{
	struct eyas_print_opts *print = &output->opts;
	uint64_t number;

	switch (opt) {
	case 'o':
		if (parse_format(arg, &print->format))
			return CLI_OK;
		return cli_usage(command, "-o '%s': expected text, json or raw", arg);
	case 't':
		if (parse_time(arg, &print->time))
			return CLI_OK;
		return cli_usage(command, "-t '%s': expected one of h a r d D i", arg);
	case 'j':
		print->format = EYAS_PRINT_JSON;
		return CLI_OK;
	case 'p':
		if (parse_layout(arg, &print->layout))
			return CLI_OK;
		return cli_usage(command, "-p '%s': expected c or a format with %%FIELD", arg);
	case 'x':
	case 'X':
	case 'A':
	case 'b':
		input->fields.buffers = buffer_mode(opt);
		return CLI_OK;
	case CLI_OPT_PRINT_BYTES:
		if (!cli_number(arg, UINT32_MAX, &number))
			return cli_usage(command, "--print-bytes '%s': expected a number", arg);
		input->fields.max_bytes = (uint32_t)number;
		output->bytes_set = true;
		return CLI_OK;
	case CLI_OPT_ALL:
		output->all = true;
		return CLI_OK;
	case CLI_OPT_UNBUFFERED:
		print->unbuffered = true;
		return CLI_OK;
	case CLI_OPT_COLOR:
		if (parse_when(arg, &output->color))
			return CLI_OK;
		return cli_usage(command, "--color '%s': expected auto, always or never", arg);
	case CLI_OPT_ESCAPE:
		if (parse_when(arg, &output->escape))
			return CLI_OK;
		return cli_usage(command, "--escape '%s': expected auto, always or never", arg);
	default:
		return -1;
	}
}

static int write_result(int err, struct eyas_err *reterr)
{
	if (err)
		snprintf(reterr->text, sizeof(reterr->text), "cannot write the output: %s",
			 strerror(-err));
	return err;
}

static int on_event(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		    struct eyas_err *reterr)
{
	const struct cli_output *output = ctx;

	(void)what;
	return write_result(eyas_printer_event(output->printer, context), reterr);
}

/* Whoever looks on has seen all there is. */
static int on_idle(void *ctx, struct eyas_err *reterr)
{
	const struct cli_output *output = ctx;

	return write_result(eyas_printer_flush(output->printer), reterr);
}

/* The session with the printer as its consumer, or with none. */
static int run_session(struct cli_output *output, struct cli_input *input,
		       struct eyas_session *session)
{
	struct eyas_consumer consumer = { .ctx = output, .event = on_event, .idle = on_idle };
	int status, err = 0;

	consumer.wants = EYAS_SHOWN | (output->all ? EYAS_HIDDEN : 0);
	if (output->printer)
		err = eyas_session_add(session, &consumer);
	if (err) {
		cli_error("%s", strerror(-err));
		return CLI_FAILED;
	}
	status = cli_session_run(input, session, NULL);
	err = output->printer ? eyas_printer_flush(output->printer) : 0;
	if (err && status == CLI_OK) {
		cli_error("cannot write the output: %s", strerror(-err));
		status = CLI_FAILED;
	}
	return status;
}

/* What is asked for, where it goes, and what that place bears. */
static void settle_output(struct cli_output *output, struct cli_input *input)
{
	struct eyas_print_opts *print = &output->opts;
	struct field_opts *fields = &input->fields;
	bool terminal = isatty(STDOUT_FILENO), lines;

	print->fd = STDOUT_FILENO;
	print->color =
		print->format == EYAS_PRINT_TEXT && !print->layout &&
		(!strcmp(output->color, "always") || (terminal && !strcmp(output->color, "auto")));
	/* A view of the bytes is of all of them, as with the peers, if not told how many. */
	if (!output->bytes_set && terminal && !input->verbose && fields->buffers == BUFFER_DOTS)
		fields->max_bytes = TERMINAL_BYTES;
	fields->outputtime = time_letters[print->time];
	if (!strcmp(output->escape, "never"))
		print->escape = FORMAT_EXACT;
	else if (terminal || !print->layout || !strcmp(output->escape, "always"))
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
	if (terminal && !input->quiet)
		input->no_progress = true;
}

static int make_printer(struct cli_output *output, struct cli_input *input)
{
	struct eyas_print_opts *print = &output->opts;
	struct eyas_err err;

	if (input->quiet)
		return CLI_OK;
	if (print->layout) {
		output->network = cli_network(input);
		print->network = output->network;
		if (!output->network)
			return CLI_FAILED;
	}
	if (!eyas_printer_new(print, &output->printer, &err))
		return CLI_OK;
	cli_show_error("-p", print->layout ? print->layout : "", &err);
	return err.code == -ENOMEM ? CLI_FAILED : CLI_USAGE;
}

int cli_output_run(struct cli_output *output, struct cli_input *input,
		   const struct cli_command *command)
{
	const struct eyas_print_opts *print = &output->opts;
	struct eyas_session *session = NULL;
	bool raw_schema = input->session.source.raw_schema, follow;
	int status;

	if (print->layout && print->format == EYAS_PRINT_RAW)
		return cli_usage(command, "-p does not go with -o raw");
	if (print->layout && raw_schema)
		return cli_usage(command, "-p needs events of today's schema: it does not go "
					  "with --raw-schema");
	settle_output(output, input);
	status = cli_filter_compile(input);
	if (status == CLI_OK)
		status = make_printer(output, input);
	if (status == CLI_OK) {
		/* Plain values and no output at all need no state; a filter has asked for it. */
		follow = output->printer && print->format != EYAS_PRINT_RAW && !raw_schema;
		input->session.follow |= follow;
		/* The fields of a layout are looked at one by one. */
		input->live.wants_state = follow && !print->layout;
		session = cli_session_open(input);
		status = session ? run_session(output, input, session) : CLI_FAILED;
	}
	if (session && input->verbose)
		cli_session_summary(session);
	eyas_session_close(session);
	eyas_printer_free(output->printer);
	return status;
}
