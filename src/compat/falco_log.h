/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Falco's log: lines on standard error and to syslog, as the configuration says
 * (reference/falco_cli_config.md, 6). There is one for the process, and any thread may write to it.
 */
#ifndef COMPAT_FALCO_LOG_H
#define COMPAT_FALCO_LOG_H

#include <stdbool.h>

#include <eyas/err.h>

/* Severities of syslog. */
enum falco_level {
	FALCO_EMERGENCY,
	FALCO_ALERT,
	FALCO_CRITICAL,
	FALCO_ERROR,
	FALCO_WARNING,
	FALCO_NOTICE,
	FALCO_INFO,
	FALCO_DEBUG
};

struct falco_log_opts {
	unsigned level; /* enum falco_level: what is less urgent is left out */
	bool to_stderr, to_syslog;
	bool iso; /* times as ISO 8601 in UTC */
};

/* Until then: info and more, to both. */
void falco_log_init(const struct falco_log_opts *opts);
bool falco_log_to_stderr(void);
/* A line, without its newline. */
void falco_log(unsigned level, const char *fmt, ...) EYAS_PRINTF(2, 3);
/* Text that came from elsewhere. For the log callbacks of sinks, whose ctx is not looked at. */
void falco_log_text(void *ctx, unsigned level, const char *text);

#endif
