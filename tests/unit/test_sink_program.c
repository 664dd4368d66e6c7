/* SPDX-License-Identifier: Apache-2.0 */
/* Sinks that are programs and the system's log. */
#include "unit/sinks.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

/* The command finds the path in $F. */
static struct output_sink_opts program(bool keep_alive, const char *command, const char *path)
{
	struct output_sink_opts opts = sinks_opts(OUTPUT_SINK_PROGRAM, command);

	CHECK(!setenv("F", path, 1));
	opts.keep_alive = keep_alive;
	return opts;
}

static void no_children(void)
{
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

TEST(one_for_all)
{
	const char *path = sinks_path("f");
	struct output_sink_opts opts = program(true, "echo begin >> $F; cat >> $F", path);
	struct output_sink_stats stats;
	struct output_sink *sink;

	opts.grace_ns = LONG_NS;
	sink = sinks_open(&opts);
	CHECK(!sinks_put(sink, "one"));
	CHECK(!sinks_put(sink, "two"));
	stats = sinks_close(sink, LONG_NS);
	CHECK_INT(stats.written, 2);
	CHECK_INT(stats.starts, 1);
	CHECK_STR(sinks_text(path), "begin\none\ntwo\n");
	no_children();
}

TEST(one_for_each)
{
	const char *path = sinks_path("f");
	struct output_sink_opts opts = program(false, "echo begin >> $F; cat >> $F", path);
	struct output_sink_stats stats;
	struct output_sink *sink = sinks_open(&opts);

	CHECK(!sinks_put(sink, "one"));
	CHECK(!sinks_put(sink, "two"));
	stats = sinks_close(sink, LONG_NS);
	CHECK_INT(stats.starts, 2);
	CHECK_STR(sinks_text(path), "begin\none\nbegin\ntwo\n");
	CHECK_STR(sinks_said, "");
	no_children();
}

/* Neither kills us (SIGPIPE) nor is started without a pause; what became of it is told. */
TEST(exits_at_once)
{
	struct output_sink_opts opts = program(true, "exit 3", "");
	struct output_sink_stats stats;
	struct output_sink *sink = sinks_open(&opts);
	int i;

	for (i = 0; i < 20; i++) {
		CHECK(!sinks_put(sink, "a line"));
		sinks_sleep(MS);
	}
	SINKS_UNTIL(sinks_stats(sink).refused >= 1);
	stats = sinks_close(sink, 10 * MS);
	CHECK(strstr(sinks_said, "ended with status 3"));
	CHECK(stats.starts >= 1);
	no_children();
}

TEST(each_fails)
{
	struct output_sink_opts opts = program(false, "exit 3", "");
	struct output_sink_stats stats;
	struct output_sink *sink = sinks_open(&opts);

	CHECK(!sinks_put(sink, "one"));
	CHECK(!sinks_put(sink, "two"));
	stats = sinks_close(sink, LONG_NS);
	CHECK_INT(stats.written, 2);
	CHECK_INT(stats.refused, 2);
	/* Told once. */
	CHECK(strstr(sinks_said, "ended with status 3"));
	CHECK(!strstr(strstr(sinks_said, "status 3") + 1, "status 3"));
	no_children();
}

/* It reads a line, dies, and is there again for the next. */
TEST(is_started_again)
{
	const char *path = sinks_path("f");
	struct output_sink_opts opts =
		program(true, "read line; echo $line >> $F; kill -9 $$", path);
	struct output_sink *sink = sinks_open(&opts);

	CHECK(!sinks_put(sink, "one"));
	SINKS_UNTIL(sinks_text(path) && !strcmp(sinks_text(path), "one\n"));
	sinks_sleep(50 * MS);
	CHECK(!sinks_put(sink, "two"));
	SINKS_UNTIL(!strcmp(sinks_text(path), "one\ntwo\n"));
	CHECK_INT(sinks_close(sink, LONG_NS).starts, 2);
	CHECK(strstr(sinks_said, "ended by signal 9"));
	no_children();
}

/* It never reads, ignores SIGTERM, and has a child: the end of the group is SIGKILL. */
TEST(never_reads)
{
	const char *path = sinks_path("pid");
	struct output_sink_opts opts = program(
		true, "trap '' TERM; sh -c 'echo $$ > $F.new; mv $F.new $F; sleep 1000'", path);
	static char line[10000];
	struct output_sink_stats stats;
	struct output_sink *sink;
	pid_t pid;
	int i;

	memset(line, 'x', sizeof(line) - 1);
	opts.grace_ns = MS;
	sink = sinks_open(&opts);
	for (i = 0; i < 50; i++)
		CHECK(!sinks_put(sink, line));
	SINKS_UNTIL(sinks_text(path));
	pid = (pid_t)atoi(sinks_text(path));
	stats = sinks_close(sink, MS);
	CHECK(stats.abandoned > 0);
	CHECK(stats.unread_bytes > 0);
	no_children();
	SINKS_UNTIL(kill(pid, 0) < 0);
	CHECK_INT(errno, ESRCH);
}

/* Waits for its end, as a slow one for one line does, are cut short. */
TEST(slow_one_is_ended)
{
	struct output_sink_opts opts = program(false, "cat > /dev/null; sleep 1000", "");
	struct output_sink_stats stats;
	struct output_sink *sink;

	opts.timeout_ns = MS;
	opts.grace_ns = MS;
	sink = sinks_open(&opts);
	CHECK(!sinks_put(sink, "one"));
	CHECK(!sinks_put(sink, "two"));
	SINKS_UNTIL(sinks_stats(sink).timeouts == 1);
	stats = sinks_close(sink, MS);
	CHECK_INT(stats.starts, 1);
	CHECK_INT(stats.abandoned, 2);
	no_children();
}

TEST(reopen_starts_anew)
{
	const char *path = sinks_path("f");
	struct output_sink_opts opts = program(true, "cat >> $F; echo end >> $F", path);
	struct output_sink *sink;

	opts.grace_ns = LONG_NS;
	sink = sinks_open(&opts);
	CHECK(!sinks_put(sink, "one"));
	CHECK(!output_sink_flush(sink, LONG_NS));
	output_sink_reopen(sink);
	CHECK(!sinks_put(sink, "two"));
	CHECK_INT(sinks_close(sink, LONG_NS).starts, 2);
	CHECK_STR(sinks_text(path), "one\nend\ntwo\nend\n");
}

/* A program has no signals blocked, and its standard input only. */
TEST(program_is_as_others)
{
	const char *path = sinks_path("f");
	struct output_sink_opts opts =
		program(false, "grep SigBlk /proc/self/status > $F; cat >> $F", path);
	struct output_sink *sink = sinks_open(&opts);

	CHECK(!sinks_put(sink, "one"));
	CHECK_INT(sinks_close(sink, LONG_NS).written, 1);
	CHECK_STR(sinks_text(path), "SigBlk:\t0000000000000000\none\n");
}

/* ---- the system's log ---- */

static int listen_log(const char *path, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0 && strlen(path) < sizeof(address.sun_path));
	strcpy(address.sun_path, path);
	unlink(path);
	CHECK(!bind(fd, (struct sockaddr *)&address, sizeof(address)));
	return fd;
}

/* "<13>Mmm dd hh:mm:ss NAME[PID]: TEXT". */
static void check_message(const char *text, const char *priority, const char *rest)
{
	char want[128];

	snprintf(want, sizeof(want), " tests[%d]: %s", (int)getpid(), rest);
	CHECK(!strncmp(text, priority, strlen(priority)));
	CHECK(strlen(text) > strlen(priority) + 15);
	CHECK_STR(text + strlen(priority) + 15, want);
}

TEST(syslog_datagrams)
{
	const char *path = sinks_path("log");
	struct output_sink_opts opts = sinks_opts(OUTPUT_SINK_SYSLOG, path);
	struct output_sink_stats stats;
	struct output_sink *sink;
	char text[256] = "";
	int fd = listen_log(path, SOCK_DGRAM), again;

	opts.ident = "tests";
	sink = sinks_open(&opts);
	CHECK(!output_sink_put(sink, "first", 5, 5));
	CHECK(recv(fd, text, sizeof(text) - 1, 0) > 0);
	check_message(text, "<13>", "first");
	/* Its server goes, and another one comes. */
	close(fd);
	CHECK(!output_sink_put(sink, "second", 6, 2));
	SINKS_UNTIL(sinks_stats(sink).retries > 0);
	again = listen_log(path, SOCK_DGRAM);
	memset(text, 0, sizeof(text));
	CHECK(recv(again, text, sizeof(text) - 1, 0) > 0);
	check_message(text, "<10>", "second");
	stats = sinks_close(sink, LONG_NS);
	CHECK_INT(stats.written, 2);
	CHECK_INT(stats.starts, 2);
	close(again);
}

TEST(syslog_stream)
{
	const char *path = sinks_path("log");
	struct output_sink_opts opts = sinks_opts(OUTPUT_SINK_SYSLOG, path);
	struct output_sink *sink;
	char text[256] = "";
	int fd = listen_log(path, SOCK_STREAM), peer;
	ssize_t n;

	CHECK(!listen(fd, 1));
	opts.ident = "tests";
	sink = sinks_open(&opts);
	CHECK(!output_sink_put(sink, "first", 5, 7));
	peer = accept(fd, NULL, NULL);
	CHECK(peer >= 0);
	n = recv(peer, text, sizeof(text), 0);
	CHECK(n > 0 && text[n - 1] == '\0');
	check_message(text, "<15>", "first");
	CHECK_INT(sinks_close(sink, LONG_NS).written, 1);
	close(peer);
	close(fd);
}

TEST(syslog_too_long)
{
	const char *path = sinks_path("log");
	struct output_sink_opts opts = sinks_opts(OUTPUT_SINK_SYSLOG, path);
	static char line[1 << 20];
	struct output_sink_stats stats;
	struct output_sink *sink;
	int fd = listen_log(path, SOCK_DGRAM);

	sink = sinks_open(&opts);
	CHECK(!output_sink_put(sink, line, sizeof(line), 5));
	CHECK(!sinks_put(sink, "short"));
	stats = sinks_close(sink, LONG_NS);
	CHECK_INT(stats.failed, 1);
	CHECK_INT(stats.written, 1);
	close(fd);
}

/* Nobody takes messages from the socket: the close ends in time. */
TEST(syslog_stuck)
{
	const char *path = sinks_path("log");
	struct output_sink_opts opts = sinks_opts(OUTPUT_SINK_SYSLOG, path);
	struct output_sink_stats stats;
	struct output_sink *sink;
	int fd = listen_log(path, SOCK_DGRAM), i;

	sink = sinks_open(&opts);
	for (i = 0; i < 10000; i++)
		CHECK(!sinks_put(sink, "line"));
	sinks_sleep(20 * MS);
	stats = sinks_close(sink, MS);
	CHECK(stats.abandoned > 0);
	close(fd);
}
