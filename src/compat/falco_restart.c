/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a running Falco begin anew: SIGHUP and files that changed, tried out first. */
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "compat/falco_log.h"
#include "compat/falco_run.h"
#include "compat/falco_signals.h"

/* On the thread of the watch, beside the run that goes on: nothing but the options is shared. */
static bool try_start(void *ctx, struct eyas_str *ret_failure)
{
	const struct falco *running = ctx;
	struct falco falco = { .options = running->options, .trial = true };
	int res = falco_start(&falco);

	eyas_str_add(ret_failure, falco.failure.data, falco.failure.len);
	eyas_str_fini(&falco.failure);
	return !res;
}

/* The configuration's files and folders before those of the rules. */
static int collect(const struct falco *falco, struct falco_paths *files,
		   struct falco_paths *folders)
{
	const struct falco_config *config = &falco->config;
	int err = 0;
	size_t i;

	for (i = 0; !err && i < config->loaded_files.count; i++)
		err = falco_paths_add(files, config->loaded_files.texts[i]);
	for (i = 0; !err && i < config->loaded_folders.count; i++)
		err = falco_paths_add(folders, config->loaded_folders.texts[i]);
	for (i = 0; !err && i < falco->rules_files.count; i++)
		err = falco_paths_add(files, falco->rules_files.paths[i]);
	for (i = 0; !err && i < falco->rules_folders.count; i++)
		err = falco_paths_add(folders, falco->rules_folders.paths[i]);
	return err;
}

int falco_begin_watch(struct falco *falco, struct eyas_err *reterr)
{
	struct falco_paths files = { NULL, 0 }, folders = { NULL, 0 };
	struct falco_watch_opts how = {
		.files = &files, .folders = &folders, .check = try_start, .check_ctx = falco
	};
	int err = 0;

	if (falco_is_dry(falco)) {
		falco_log(FALCO_DEBUG, "Skipping signal handlers creation in dry-run");
		return 0;
	}
	if (falco->config.watch_config_files)
		err = collect(falco, &files, &folders);
	if (err)
		eyas_err_set(reterr, err, "%s", eyas_strerror(err));
	else
		err = falco_watch_start(&how, &falco->watch, reterr);
	falco_paths_fini(&files);
	falco_paths_fini(&folders);
	if (err)
		return err;
	falco_signals_wake(falco_watch_wake_fd(falco->watch));
	falco_catch_signals();
	return 0;
}

void falco_end_watch(struct falco *falco)
{
	/* A trial has none, and must not touch that of the run. */
	if (!falco->watch)
		return;
	falco_signals_wake(-1);
	falco_watch_stop(falco->watch);
	falco->watch = NULL;
}

void falco_tell_watch(struct falco *falco)
{
	struct eyas_str failure = EYAS_STR_INIT, words = EYAS_STR_INIT;

	if (!falco_watch_failure_taken(falco->watch, &failure))
		return;
	/* On one line, as alerts are. */
	eyas_str_puts(&words, ": ");
	eyas_str_safe(&words, failure.data, failure.len);
	eyas_str_putc(&words, '\0');
	eyas_str_putc(&failure, '\0');
	falco_log(FALCO_ERROR, "A restart would fail, the run goes on: %s",
		  failure.nomem ? "" : failure.data);
	(void)eyas_alerts_internal(falco->alerts, eyas_clock_ns(CLOCK_REALTIME),
				   EYAS_PRIORITY_CRITICAL, "hot restart failure",
				   words.nomem ? "" : words.data, NULL, 0);
	eyas_str_fini(&failure);
	eyas_str_fini(&words);
}
