/* SPDX-License-Identifier: Apache-2.0 */
/* Falco's log. */
#include "compat/falco_log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>
#include <time.h>

#include "base/str.h"

/* A process has one standard error and one connection to syslog, and so one log. */
static struct {
	pthread_mutex_t lock;
	struct falco_log_opts opts;
} the_log = { PTHREAD_MUTEX_INITIALIZER,
	      { .level = FALCO_INFO, .to_stderr = true, .to_syslog = true } };

void falco_log_init(const struct falco_log_opts *opts)
{
	pthread_mutex_lock(&the_log.lock);
	the_log.opts = *opts;
	pthread_mutex_unlock(&the_log.lock);
}

bool falco_log_to_stderr(void)
{
	bool yes;

	pthread_mutex_lock(&the_log.lock);
	yes = the_log.opts.to_stderr;
	pthread_mutex_unlock(&the_log.lock);
	return yes;
}

/* "Tue Dec  1 00:02:33 2026", or "2026-12-01T00:02:33+0000". */
static void put_time(struct eyas_str *line, bool iso)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[64];
	size_t len;

	if (iso)
		len = strftime(text, sizeof(text), "%FT%T%z", gmtime_r(&now, &tm));
	else
		len = strftime(text, sizeof(text), "%a %b %e %T %Y", localtime_r(&now, &tm));
	eyas_str_add(line, text, len);
}

void falco_log_text(void *ctx, unsigned level, const char *text)
{
	struct eyas_str line = EYAS_STR_INIT;

	(void)ctx;
	pthread_mutex_lock(&the_log.lock);
	if (level <= the_log.opts.level) {
		if (the_log.opts.to_syslog)
			syslog((int)level, "%s", text);
		if (the_log.opts.to_stderr) {
			put_time(&line, the_log.opts.iso);
			eyas_str_puts(&line, ": ");
			eyas_str_puts(&line, text);
			eyas_str_putc(&line, '\n');
			/* In one piece, so that lines of other processes do not come between. */
			if (!line.nomem)
				fwrite(line.data, 1, line.len, stderr);
		}
	}
	pthread_mutex_unlock(&the_log.lock);
	eyas_str_fini(&line);
}

void falco_log(unsigned level, const char *fmt, ...)
{
	struct eyas_str text = EYAS_STR_INIT;
	char line[4096];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (len >= 0 && (size_t)len >= sizeof(line)) {
		char *to = eyas_str_reserve(&text, (size_t)len + 1);

		va_start(ap, fmt);
		if (to)
			vsnprintf(to, (size_t)len + 1, fmt, ap);
		va_end(ap);
		falco_log_text(NULL, level, to ? to : line);
	} else {
		falco_log_text(NULL, level, line);
	}
	eyas_str_fini(&text);
}
