/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eyas as falco: Falco's command line and configuration (reference/falco_cli_config.md), done by
 * the parts that eyas detect is made of. Here are the order of the steps, and what is said when
 * one of them fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/err.h"
#include "compat/as.h"
#include "compat/falco_log.h"
#include "compat/falco_run.h"
#include "compat/falco_signals.h"

enum { EXIT_FINE = 0, EXIT_FAULT = 1 };

typedef int (*step_fn)(struct falco *falco, struct eyas_err *reterr);

static const step_fn steps[] = {
	falco_print_first,   falco_load_config,	    falco_print_versions, falco_check_plugins,
	falco_print_fields,  falco_select_sources,  falco_validate_rules, falco_load_rules,
	falco_print_support, falco_daemonize,	    falco_open_outputs,	  falco_begin_watch,
	falco_write_pid,     falco_select_syscalls, falco_process_events,
};

/* Wherever there could have been alerts; behind them, so that it is the last that is said. */
static void print_stats(struct falco *falco)
{
	const char *text = eyas_rules_stats_text(falco->rules);

	fputs(text ? text : "", stdout);
	fflush(stdout);
}

static void close_all(struct falco *falco)
{
	bool had_outputs = falco->alerts != NULL;

	falco_end_watch(falco);
	falco_close_outputs(falco);
	if (had_outputs)
		print_stats(falco);
	eyas_rules_free(falco->rules);
	falco_paths_fini(&falco->rules_files);
	falco_paths_fini(&falco->rules_folders);
	falco_config_fini(&falco->config);
}

int falco_start(struct falco *falco)
{
	struct eyas_err err = { 0 };
	int res = 0;
	size_t i;

	for (i = 0; !res && i < sizeof(steps) / sizeof(steps[0]); i++)
		res = steps[i](falco, &err);
	if (res < 0 && !falco->failure.len)
		eyas_str_puts(&falco->failure, err.text[0] ? err.text : eyas_strerror(res));
	close_all(falco);
	return res < 0 ? res : 0;
}

static int fail(const char *text, size_t len)
{
	fprintf(stderr, "Error: %.*s\n", (int)len, text);
	return EXIT_FAULT;
}

/* One start after another, until one is not ended for the next. */
static int run(struct falco_options *options)
{
	struct falco falco;
	unsigned starts = 0;
	int status;

	do {
		falco = (struct falco){ .options = options, .starts = starts++ };
		status = EXIT_FINE;
		falco_begin();
		if (falco_start(&falco))
			status = fail(falco.failure.data, falco.failure.len);
		eyas_str_fini(&falco.failure);
		options->daemon = false; /* in the background by now */
	} while (status == EXIT_FINE && falco.restart && !falco_terminated());
	return status;
}

int compat_falco(int argc, char **argv)
{
	struct falco_options options;
	struct eyas_err err = { 0 };
	int status;

	openlog("falco", 0, LOG_USER);
	if (falco_options_parse(&options, argc, argv, &err))
		status = fail(err.text, strlen(err.text));
	else
		status = run(&options);
	falco_options_fini(&options);
	return status;
}
