/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of a LibSysFlow driver. It goes to the configuration's callback; without one, to where
 * the GLOG_* variables say, in the lines and files that glog writes. Without either the library is
 * silent, as it is everywhere else.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"
#include "session/sysflow_int.h"

/* Longer lines are cut. */
enum { LINE_MAX_BYTES = 4096 };

static const char *const file_names[DRIVER_LOG_FILES] = { "INFO", "WARNING", "ERROR" };

/* ---- settings ---- */

/* 1, true, yes, also abbreviated and in capitals; asked notes that the variable is there. */
static bool env_flag(const char *name, bool *asked)
{
	const char *value = getenv(name);

	if (!value)
		return false;
	*asked = true;
	return *value && strchr("1tTyY", *value);
}

/* A number; what is none is as good as no variable. */
static int env_number(const char *name, int otherwise, bool *asked)
{
	const char *value = getenv(name);
	char *end;
	long number;

	if (!value)
		return otherwise;
	number = strtol(value, &end, 10);
	if (end == value || *end || number < INT_MIN || number > INT_MAX)
		return otherwise;
	*asked = true;
	return (int)number;
}

void driver_log_init(struct driver_log *log, const struct sysflow_config *config)
{
	bool asked = config->log || config->debugMode;
	int i;

	*log = (struct driver_log){ .callback = config->log, .ctx = config->logContext };
	log->to_stderr = env_flag("GLOG_logtostderr", &asked) || config->debugMode;
	log->also_stderr = env_flag("GLOG_alsologtostderr", &asked);
	log->stderr_from = env_number("GLOG_stderrthreshold", SYSFLOW_LOG_ERROR, &asked);
	log->from = env_number("GLOG_minloglevel", SYSFLOW_LOG_INFO, &asked);
	log->verbosity = env_number("GLOG_v", 0, &asked);
	if (config->debugMode && log->verbosity < 1)
		log->verbosity = 1;
	/* Not of whoever runs a program with more rights than his own: it says where to write. */
	log->dir = secure_getenv("GLOG_log_dir");
	if (log->dir && !*log->dir)
		log->dir = NULL;
	log->silent = !asked && !log->dir;
	log->app = *config->appName ? config->appName : "sysflowlibs";
	for (i = 0; i < DRIVER_LOG_FILES; i++)
		log->fds[i] = -1;
}

void driver_log_fini(struct driver_log *log)
{
	int i;

	for (i = 0; i < DRIVER_LOG_FILES; i++)
		if (log->fds[i] >= 0)
			close(log->fds[i]);
}

bool driver_log_wants(const struct driver_log *log, enum sysflow_severity severity)
{
	/* For glog, verbose lines are lines of information. */
	if ((int)severity < 0)
		return !log->silent && log->from <= SYSFLOW_LOG_INFO &&
		       -(int)severity <= log->verbosity;
	return !log->silent && (int)severity >= log->from;
}

/* ---- writing ---- */

static void write_all(int fd, const struct eyas_str *line)
{
	size_t done = 0;
	ssize_t n;

	while (done < line->len) {
		n = write(fd, line->data + done, line->len - done);
		if (n < 0 && errno != EINTR)
			return; /* there is nobody to tell */
		done += n > 0 ? (size_t)n : 0;
	}
}

/* A name of one component, whatever the parts of it are called. */
static void add_part(struct eyas_str *path, const char *part)
{
	for (; *part; part++)
		eyas_str_putc(path, *part == '/' ? '_' : *part);
	eyas_str_putc(path, '.');
}

/* DIR/APP.HOST.USER.log.SEVERITY.DATE-TIME.PID */
static int open_file(const struct driver_log *log, int severity)
{
	const char *user = getenv("USER");
	struct eyas_str path = EYAS_STR_INIT;
	char host[256] = "", date[32];
	time_t now = time(NULL);
	struct tm tm;
	int fd = -1;

	gethostname(host, sizeof(host) - 1);
	localtime_r(&now, &tm);
	strftime(date, sizeof(date), "%Y%m%d-%H%M%S", &tm);
	eyas_str_printf(&path, "%s/", log->dir);
	add_part(&path, log->app);
	add_part(&path, host);
	add_part(&path, user && *user ? user : "invalid-user");
	eyas_str_printf(&path, "log.%s.%s.%d", file_names[severity], date, (int)getpid());
	eyas_str_putc(&path, '\0');
	if (!path.nomem)
		fd = open(path.data, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
	eyas_str_fini(&path);
	return fd >= 0 ? fd : -2;
}

/* As glog has it, a line is in the file of its severity and in those of all lower ones. */
static bool write_files(struct driver_log *log, int severity, const struct eyas_str *line)
{
	bool all = true;
	int i;

	for (i = 0; i <= severity && i < DRIVER_LOG_FILES; i++) {
		if (log->fds[i] == -1)
			log->fds[i] = open_file(log, i);
		if (log->fds[i] >= 0)
			write_all(log->fds[i], line);
		else
			all = false;
	}
	return all;
}

/* Lmmdd hh:mm:ss.uuuuuu thread app] text */
static void make_line(struct eyas_str *line, const struct driver_log *log, int severity,
		      const char *text)
{
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	eyas_str_printf(line, "%c%02d%02d %02d:%02d:%02d.%06ld %ld ", "IWEF"[severity],
			tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
			now.tv_nsec / 1000, syscall(SYS_gettid));
	eyas_str_safe(line, log->app, strlen(log->app));
	eyas_str_printf(line, "] %s\n", text);
}

static void write_line(struct driver_log *log, int severity, const char *text)
{
	struct eyas_str line = EYAS_STR_INIT;
	bool to_stderr = log->to_stderr || log->also_stderr || severity >= log->stderr_from;

	make_line(&line, log, severity, text);
	if (!line.nomem) {
		/* A line that a file does not take is not lost. */
		if (log->dir && !log->to_stderr && !write_files(log, severity, &line))
			to_stderr = true;
		if (to_stderr)
			write_all(STDERR_FILENO, &line);
	}
	eyas_str_fini(&line);
}

void driver_log(struct driver_log *log, enum sysflow_severity severity, const char *fmt, ...)
{
	struct eyas_str safe = EYAS_STR_INIT;
	char text[LINE_MAX_BYTES];
	va_list ap;

	if (!driver_log_wants(log, severity))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	eyas_str_safe(&safe, text, strlen(text));
	eyas_str_putc(&safe, '\0');
	if (!safe.nomem && log->callback)
		log->callback(log->ctx, severity, safe.data);
	else if (!safe.nomem)
		write_line(log, (int)severity < 0 ? SYSFLOW_LOG_INFO : (int)severity, safe.data);
	eyas_str_fini(&safe);
}
