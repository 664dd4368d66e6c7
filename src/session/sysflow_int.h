/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of LibSysFlow's interface (sysflow.h) share: settled configuration, log, errors. */
#ifndef SESSION_SYSFLOW_INT_H
#define SESSION_SYSFLOW_INT_H

#include <stdbool.h>
#include <stdint.h>

#include <sysflow.h>

#include "base/arena.h"

/* ---- sysflow_log.c: the log of a driver ---- */

enum { DRIVER_LOG_FILES = 3 }; /* of INFO, WARNING and ERROR */

/* Where lines go: to the callback if there is one, else to files and stderr, as glog has it. */
struct driver_log {
	sysflow_log callback;
	void *ctx;
	bool silent;		     /* nobody asked for a log */
	bool to_stderr, also_stderr; /* all lines: in place of files, or besides them */
	int stderr_from;	     /* severity of lines that go to stderr, too */
	int from;		     /* severity of lines that are written at all */
	int verbosity;		     /* 1 = SYSFLOW_LOG_DEBUG, too, 2 = SYSFLOW_LOG_TRACE, too */
	const char *dir;	     /* of files; NULL = none; borrowed */
	const char *app;	     /* borrowed */
	int fds[DRIVER_LOG_FILES];   /* -1 = not opened yet, -2 = cannot be */
};

/* From the GLOG_* variables and the fields of the configuration, which must outlive the log. */
void driver_log_init(struct driver_log *log, const struct sysflow_config *config);
void driver_log_fini(struct driver_log *log);
/* Is a line of that severity of interest to anybody? */
bool driver_log_wants(const struct driver_log *log, enum sysflow_severity severity);
void driver_log(struct driver_log *log, enum sysflow_severity severity, const char *fmt, ...)
	EYAS_PRINTF(3, 4);

/* ---- sysflow_config.c: what a configuration asks for ---- */

/* A configuration that makes sense in itself, with the variables that no other part looks at. */
struct driver_config {
	struct sysflow_config fields; /* text is never NULL, and owned by the arena */
	struct eyas_arena text;
	const char *probe_path; /* driverType SYSFLOW_DRIVER_EBPF: its file, NULL = not known */
	bool live;
};

/* On failure there is nothing to free. */
int driver_config_take(const struct sysflow_config *from, struct driver_config *ret_config,
		       struct eyas_err *reterr);
void driver_config_fini(struct driver_config *config);

/* ---- sysflow_checks.c: is there what live recording needs? ---- */

/* What moduleChecks asks for, by driverType. */
int driver_check(const struct driver_config *config, struct driver_log *log,
		 struct eyas_err *reterr);
/* Its parts: the file of a probe, a list of modules as in /proc/modules, our own probe. */
int driver_check_probe_file(const char *path, struct eyas_err *reterr);
int driver_check_modules(const char *path, struct driver_log *log, struct eyas_err *reterr);
int driver_check_kernel(struct driver_log *log, struct eyas_err *reterr);

/* ---- sysflow_error.c ---- */

/*
 * The SYSFLOW_E_* code of a failure to open (live or not) or to run; enters it into reterr, whose
 * words stay. 0 stays 0.
 */
int driver_open_error(int err, bool live, struct eyas_err *reterr);
int driver_run_error(int err, bool live, bool lost_records, struct eyas_err *reterr);

#endif
