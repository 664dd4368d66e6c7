/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A start of Falco, step by step (reference/falco_cli_config.md, 1), and what the steps leave for
 * each other. The same steps make the trial before a restart, which ends short of everything that
 * others would notice.
 */
#ifndef COMPAT_FALCO_RUN_H
#define COMPAT_FALCO_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include <eyas/live.h>
#include <eyas/rules.h>

#include "base/str.h"
#include "compat/falco_config.h"
#include "compat/falco_files.h"
#include "compat/falco_options.h"
#include "compat/falco_watch.h"
#include "detect/alerts.h"

/* Steps return 0 to go on, FALCO_DONE when there is nothing more to do, or a negative code. */
enum { FALCO_DONE = 1 };

struct falco {
	const struct falco_options *options;
	bool trial;		 /* only tried out, by the thread of the watch */
	bool restart;		 /* begin anew when everything is closed */
	unsigned starts;	 /* before this one */
	const char *config_path; /* "" = there is none */
	struct falco_config config;
	struct falco_paths rules_files, rules_folders; /* those that were loaded */
	struct eyas_rules *rules;
	struct eyas_codes codes; /* to capture */
	struct eyas_alerts *alerts;
	struct falco_watch *watch;
	/* What goes behind "Error: ". Steps fill it in if it is more than an eyas_err holds. */
	struct eyas_str failure;
};

/* Is it to end short of all that others would notice? */
static inline bool falco_is_dry(const struct falco *falco)
{
	return falco->trial || falco->options->dry_run;
}

/* ---- falco_steps.c: steps that print something, and small ones ---- */

int falco_print_first(struct falco *falco, struct eyas_err *reterr);
int falco_load_config(struct falco *falco, struct eyas_err *reterr);
int falco_print_versions(struct falco *falco, struct eyas_err *reterr);
int falco_check_plugins(struct falco *falco, struct eyas_err *reterr);
int falco_print_fields(struct falco *falco, struct eyas_err *reterr);
int falco_select_sources(struct falco *falco, struct eyas_err *reterr);
int falco_print_support(struct falco *falco, struct eyas_err *reterr);
/* Go to the background, if that is asked for; only the child comes back. */
int falco_daemonize(struct falco *falco, struct eyas_err *reterr);
int falco_write_pid(struct falco *falco, struct eyas_err *reterr);

/* ---- falco_rules.c ---- */

int falco_validate_rules(struct falco *falco, struct eyas_err *reterr);
int falco_load_rules(struct falco *falco, struct eyas_err *reterr);
/* Which system calls to capture. */
int falco_select_syscalls(struct falco *falco, struct eyas_err *reterr);

/* ---- falco_outputs.c ---- */

/* The name that alerts and evt.hostname have; NULL = the machine's. */
const char *falco_hostname(void);
int falco_open_outputs(struct falco *falco, struct eyas_err *reterr);
void falco_close_outputs(struct falco *falco);

/* ---- falco_restart.c ---- */

/* Signals, and files that are watched. */
int falco_begin_watch(struct falco *falco, struct eyas_err *reterr);
void falco_end_watch(struct falco *falco);
/* Why a restart was not made, if one was asked for: an alert. To be called now and then. */
void falco_tell_watch(struct falco *falco);

/* ---- falco_process.c ---- */

/* All events, to their end. */
int falco_process_events(struct falco *falco, struct eyas_err *reterr);

/* ---- as_falco.c ---- */

/*
 * All steps, and everything closed again. 0 or the code of the step that failed, with its words in
 * falco->failure.
 */
int falco_start(struct falco *falco);

#endif
