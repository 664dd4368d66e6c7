/* SPDX-License-Identifier: Apache-2.0 */
/* Records as lines: a callback of the writer that feeds the printer of eyas flow print. */
#include "cli/flow_text.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

int cli_flow_text_option(struct cli_flow_text *text, const struct cli_command *command, int opt,
			 const char *arg)
{
	static const struct {
		const char *name;
		enum sf_show_format format;
	} formats[] = {
		{ "text", SF_SHOW_TABLE },
		{ "json", SF_SHOW_JSON },
		{ "flatjson", SF_SHOW_FLAT },
		{ "csv", SF_SHOW_CSV },
	};
	size_t i;

	switch (opt) {
	case 'j':
		arg = "json";
		break;
	case 'o':
		break;
	case 'c':
		text->wanted = true;
		text->opts.columns = arg;
		return CLI_OK;
	default:
		return -1;
	}
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(arg, formats[i].name)) {
			text->wanted = true;
			text->opts.format = formats[i].format;
			return CLI_OK;
		}
	return cli_usage(command, "-o '%s': expected text, json, flatjson or csv", arg);
}

/* Nobody reads what is printed: that is the end of a run that is there to print. */
static void give_up(struct cli_flow_text *text, int err)
{
	text->err = err;
	cli_stop = SIGPIPE;
}

static void on_record(void *ctx, const struct sysflow_record *record,
		      const struct sysflow_refs *refs)
{
	const struct sf_row row = { .record = record, .refs = refs };
	struct cli_flow_text *text = ctx;
	int res = text->err ? 0 : sf_show_row(text->show, &row);

	if (res < 0)
		give_up(text, res);
}

/* A few times a second of a live run: whoever looks on has seen all there is. */
static void on_look(void *ctx)
{
	struct cli_flow_text *text = ctx;
	int res = text->err ? 0 : sf_show_flush(text->show);

	if (res)
		give_up(text, res);
}

int cli_flow_text_attach(struct cli_flow_text *text, struct cli_flow_job *job)
{
	struct eyas_err err;

	text->opts.fd = STDOUT_FILENO;
	if (sf_show_new(&text->opts, &text->show, &err)) {
		cli_error("%s", err.text);
		return err.code == -ENOMEM ? CLI_FAILED : CLI_USAGE;
	}
	job->session.writer.callback = on_record;
	job->session.writer.callback_ctx = text;
	job->look = on_look;
	job->look_ctx = text;
	/* On the same terminal a progress line would run into the records. */
	if (isatty(STDOUT_FILENO))
		job->input.no_progress = true;
	return CLI_OK;
}

int cli_flow_text_finish(struct cli_flow_text *text, int status)
{
	int err = text->err;

	if (text->show && !err)
		err = sf_show_flush(text->show);
	sf_show_free(text->show);
	if (!err)
		return status;
	cli_error("cannot write to standard output: %s", strerror(-err));
	return CLI_FAILED;
}
