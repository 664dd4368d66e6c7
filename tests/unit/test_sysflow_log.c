/* SPDX-License-Identifier: Apache-2.0 */
/* The log of LibSysFlow's interface: who gets which lines, as the GLOG_* variables say. */
#include "unit/harness.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session/sysflow_int.h"

static struct sysflow_config config;
static struct driver_log dlog;
static char told[1024];

static void on_log(void *ctx, enum sysflow_severity severity, const char *text)
{
	size_t len = strlen(told);

	CHECK(ctx == &config);
	snprintf(told + len, sizeof(told) - len, "%d %s\n", (int)severity, text);
}

static void begin(void)
{
	sysflow_config_init(&config);
	config.appName = "a/b\033";
}

/* A line of each severity. */
static void log_all(void)
{
	driver_log_init(&dlog, &config);
	driver_log(&dlog, SYSFLOW_LOG_TRACE, "trace");
	driver_log(&dlog, SYSFLOW_LOG_DEBUG, "debug");
	driver_log(&dlog, SYSFLOW_LOG_INFO, "info %d", 1);
	driver_log(&dlog, SYSFLOW_LOG_WARNING, "warning\n\033[1m");
	driver_log(&dlog, SYSFLOW_LOG_ERROR, "error");
	driver_log_fini(&dlog);
}

/* What a file has, cut at the end of the buffer. */
static const char *content(const char *path)
{
	static char text[4096];
	FILE *file = fopen(path, "r");
	size_t len;

	CHECK(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	fclose(file);
	return text;
}

/* All that was written to stderr meanwhile. */
static const char *logged_to_stderr(void)
{
	int saved = dup(STDERR_FILENO), fd;
	char path[512];

	snprintf(path, sizeof(path), "%s/stderr", test_tmpdir());
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(saved >= 0 && fd >= 0);
	dup2(fd, STDERR_FILENO);
	log_all();
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd);
	return content(path);
}

static unsigned lines(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

TEST(a_callback_gets_it)
{
	begin();
	config.log = on_log;
	config.logContext = &config;
	CHECK_STR(logged_to_stderr(), "");
	CHECK_STR(told, "0 info 1\n1 warning\\n\\x1b[1m\n2 error\n");
}

TEST(levels)
{
	begin();
	config.log = on_log;
	config.logContext = &config;
	setenv("GLOG_v", "1", 1);
	log_all();
	CHECK_INT(lines(told), 4);
	CHECK(!strncmp(told, "-1 debug\n0 info", 15));
	told[0] = '\0';
	setenv("GLOG_v", "2", 1);
	log_all();
	CHECK(!strncmp(told, "-2 trace\n-1 debug\n", 18));
	told[0] = '\0';
	/* Verbose lines are of information. */
	setenv("GLOG_minloglevel", "2", 1);
	log_all();
	CHECK_STR(told, "2 error\n");
	told[0] = '\0';
	setenv("GLOG_minloglevel", "none", 1);
	setenv("GLOG_v", "", 1);
	config.debugMode = true;
	log_all();
	CHECK_INT(lines(told), 4);
	CHECK(!strncmp(told, "-1 debug\n", 9));
}

/* A library does not write where nobody asked it to. */
TEST(silent_unless_asked)
{
	begin();
	CHECK_STR(logged_to_stderr(), "");
}

TEST(lines_on_stderr)
{
	const char *text;
	unsigned n;
	int end = 0;

	begin();
	setenv("GLOG_logtostderr", "1", 1);
	text = logged_to_stderr();
	CHECK_INT(lines(text), 3);
	CHECK(sscanf(text, "I%*2u%*2u %*2u:%*2u:%*2u.%*6u %u a/b\\x1b] info %n", &n, &end) == 1);
	CHECK_INT(n, getpid());
	CHECK(end > 0 && !strncmp(text + end, "1\nW", 3));
	CHECK(strstr(text, "] warning\\n\\x1b[1m\nE"));
	setenv("GLOG_logtostderr", "no", 1);
	CHECK_INT(lines(logged_to_stderr()), 1); /* the error */
	setenv("GLOG_stderrthreshold", "1", 1);
	CHECK_INT(lines(logged_to_stderr()), 2);
	setenv("GLOG_alsologtostderr", "true", 1);
	CHECK_INT(lines(logged_to_stderr()), 3);
	setenv("GLOG_logtostderr", "", 1);
	setenv("GLOG_stderrthreshold", "3", 1);
	setenv("GLOG_alsologtostderr", "false", 1);
	CHECK_STR(logged_to_stderr(), "");
	config.debugMode = true;
	CHECK_INT(lines(logged_to_stderr()), 4);
}

static unsigned lines_of(const char *dir, const char *severity)
{
	char pattern[512];
	glob_t found;
	unsigned n;

	/* The name has neither the slash of the application nor its own bytes in the way. */
	snprintf(pattern, sizeof(pattern), "%s/a_b*.*.me.log.%s.*.%d", dir, severity,
		 (int)getpid());
	CHECK_INT(glob(pattern, 0, NULL, &found), 0);
	CHECK_INT(found.gl_pathc, 1);
	n = lines(content(found.gl_pathv[0]));
	globfree(&found);
	return n;
}

TEST(files)
{
	char dir[300];

	begin();
	snprintf(dir, sizeof(dir), "%s/logs", test_tmpdir());
	CHECK_INT(mkdir(dir, 0700), 0);
	setenv("USER", "me", 1);
	setenv("GLOG_log_dir", dir, 1);
	CHECK_INT(lines(logged_to_stderr()), 1);
	CHECK_INT(lines_of(dir, "INFO"), 3);
	CHECK_INT(lines_of(dir, "WARNING"), 2);
	CHECK_INT(lines_of(dir, "ERROR"), 1);
	/* In place of files, and where no file can be. */
	setenv("GLOG_logtostderr", "1", 1);
	CHECK_INT(lines(logged_to_stderr()), 3);
	CHECK_INT(lines_of(dir, "ERROR"), 1);
	setenv("GLOG_logtostderr", "0", 1);
	strcat(dir, "/missing");
	setenv("GLOG_log_dir", dir, 1);
	CHECK_INT(lines(logged_to_stderr()), 3);
}
