/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Falco prints and then exits (reference/falco_cli_config.md, 1, 6 and 8): lists of fields,
 * events and system calls, versions, plugins, reports about rules files. Each function takes plain
 * options and writes to a stream; which options lead to it and the exit status are the caller's.
 *
 * They return 0 or a negative code with words, which go to stderr behind "Error: ".
 */
#ifndef COMPAT_FALCO_ONESHOT_H
#define COMPAT_FALCO_ONESHOT_H

#include <stdbool.h>
#include <stdio.h>

#include <eyas/rules.h>
#include <eyas/schema.h>

#include "base/str.h"

enum falco_format { FALCO_TEXT, FALCO_MARKDOWN, FALCO_JSON };

/* "text", "markdown", "json"; negative if it is none of them. */
int falco_format_find(const char *name);

/* ---- fields (falco_list.c) ---- */

struct falco_list_opts {
	const char *source; /* fields of this event source alone; NULL or "" = of all */
	enum falco_format format;
	bool names_only; /* -N */
	bool verbose;	 /* -v: types, too */
	/* Keys of static_fields. */
	const char *const *statics;
	size_t nstatics;
};

/* --list. EYAS_E_USAGE for a source that there is not, -EIO, -ENOMEM. */
int falco_list_fields(const struct falco_list_opts *opts, FILE *to, struct eyas_err *reterr);

/* ---- events and system calls (falco_events.c) ---- */

/* --list-events. */
int falco_list_events(enum falco_format format, FILE *to, struct eyas_err *reterr);
/* -i: the system calls that are left out unless base_syscalls.all says otherwise. */
int falco_list_ignored(FILE *to, struct eyas_err *reterr);
/* Is the system call, by its code of the schema, one of those? */
bool falco_syscall_ignored(unsigned code);

/* ---- versions (falco_version.c) ---- */

/* --version, as text or as JSON. */
int falco_version(bool json, FILE *to, struct eyas_err *reterr);
/* The object that is printed, and that the web server has at /versions; without a newline. */
void falco_versions_json(struct eyas_str *out);
/* "0.44.0", the release of Falco whose behaviour this is. */
const char *falco_version_text(void);
/* "4.5.1": of the events (driver_schema_version). */
const char *falco_schema_version(void);
/* The line that --page-size logs. */
void falco_page_size(struct eyas_str *out);

struct falco_support_opts {
	const char *cmdline; /* all arguments, a blank between two of them */
	const char *config;  /* the configuration, merged */
	const char *const *rules_paths;
	size_t nrules_paths; /* files that were loaded */
};

/* --support: versions, machine, command line, the configuration, texts of rules, as JSON. */
int falco_support(const struct falco_support_opts *opts, FILE *to, struct eyas_err *reterr);

/* ---- plugins (falco_plugin.c) ---- */

/* A plugin that the configuration defines. */
struct falco_plugin {
	const char *name, *library_path;
};

/* --list-plugins: those of load_plugins. EYAS_E_USAGE for one that is not built in. */
int falco_list_plugins(const struct falco_plugin *plugins, size_t nplugins, FILE *to,
		       struct eyas_err *reterr);
/* --plugin-info, by name or path. EYAS_E_USAGE for one that is not among them or not built in. */
int falco_plugin_info(const struct falco_plugin *plugins, size_t nplugins, const char *wanted,
		      FILE *to, struct eyas_err *reterr);

/* ---- rules (falco_describe.c, falco_validate.c) ---- */

/* -L (rule NULL) and -l. EYAS_E_USAGE if there is no such rule. */
int falco_describe(struct eyas_rules *rules, const char *rule, bool json, FILE *to,
		   struct eyas_err *reterr);

/*
 * Told of what belongs in the log, with a severity of syslog; one line or several, without a newline
 * at the end.
 */
typedef void (*falco_report_fn)(void *ctx, unsigned level, const char *text);

struct falco_validate_opts {
	const char *const *files;
	size_t nfiles;
	bool json;
	bool describe_all;	   /* with -L as well */
	const char *describe_rule; /* with -l as well; NULL = without */
	falco_report_fn log;	   /* may be NULL */
	void *log_ctx;
};

/*
 * -V: load the files one after another into rules, which must be fresh (and should have falco_reports
 * set), and report on each. 0 when
 * all of them are valid; EYAS_E_USAGE when one is not, and then ret_summary holds what belongs
 * behind "Error: " (it is always more than an eyas_err holds); other codes have their words in
 * reterr and leave ret_summary empty.
 */
int falco_validate(struct eyas_rules *rules, const struct falco_validate_opts *opts, FILE *to,
		   struct eyas_str *ret_summary, struct eyas_err *reterr);

#endif
