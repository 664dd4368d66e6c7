/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of sinks, and sinks that are files. */
#include "unit/sinks.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

TEST(kinds_have_names)
{
	CHECK_STR(output_sink_kind_name(OUTPUT_SINK_STDOUT), "stdout");
	CHECK_STR(output_sink_kind_name(OUTPUT_SINK_HTTP), "http");
	CHECK(!output_sink_kind_name(OUTPUT_SINK_KINDS));
}

TEST(file_appends)
{
	const char *path = sinks_path("f");
	int keep;

	for (keep = 0; keep < 2; keep++) {
		struct output_sink_opts opts = sinks_opts(OUTPUT_SINK_FILE, path);
		struct output_sink_stats stats;
		struct output_sink *sink;

		opts.keep_alive = keep;
		sink = sinks_open(&opts);
		CHECK(!sinks_put(sink, "one"));
		CHECK(!sinks_put(sink, ""));
		CHECK(!output_sink_flush(sink, LONG_NS));
		stats = sinks_close(sink, LONG_NS);
		CHECK_INT(stats.written, 2);
		CHECK_INT(stats.starts, keep ? 1 : 2);
	}
	CHECK_STR(sinks_text(path), "one\n\none\n\n");
	CHECK_STR(sinks_said, "");
}

TEST(many_lines_in_order)
{
	const char *path = sinks_path("f");
	struct output_sink_opts opts = sinks_opts(OUTPUT_SINK_FILE, path);
	struct output_sink *sink;
	char line[32];
	FILE *file;
	int i, got;

	opts.keep_alive = true;
	opts.queue_lines = 10;
	opts.wait_ns = OUTPUT_NO_LIMIT;
	sink = sinks_open(&opts);
	for (i = 0; i < 20000; i++) {
		snprintf(line, sizeof(line), "%d", i);
		CHECK(!sinks_put(sink, line));
	}
	CHECK_INT(sinks_close(sink, LONG_NS).written, 20000);
	file = fopen(path, "re");
	for (i = 0; i < 20000; i++)
		CHECK(fscanf(file, "%d", &got) == 1 && got == i);
	fclose(file);
}

/* A folder that is not there: the queue fills up, nothing stops, and it gets out later. */
TEST(folder_comes_late)
{
	const char *folder = sinks_path("d"), *path = sinks_path("d/f");
	struct output_sink_opts opts = sinks_opts(OUTPUT_SINK_FILE, path);
	struct output_sink_stats stats;
	struct output_sink *sink;

	opts.queue_lines = 2;
	sink = sinks_open(&opts);
	CHECK(!sinks_put(sink, "one"));
	CHECK(!sinks_put(sink, "two"));
	CHECK_INT(sinks_put(sink, "three"), -ENOBUFS);
	CHECK_INT(sinks_put(sink, "four"), -ENOBUFS);
	SINKS_UNTIL(sinks_stats(sink).retries > 2);
	CHECK_INT(output_sink_flush(sink, MS), -ETIMEDOUT);
	CHECK(!mkdir(folder, 0700));
	CHECK(!output_sink_flush(sink, LONG_NS));
	stats = sinks_close(sink, LONG_NS);
	CHECK_INT(stats.written, 2);
	CHECK_INT(stats.full, 2);
	CHECK_STR(sinks_text(path), "one\ntwo\n");
	CHECK(strstr(sinks_said, "the queue is full"));
	CHECK(strstr(sinks_said, "No such file or directory; tried again"));
	CHECK(strstr(sinks_said, "lines get out again, 2 were lost"));
}

TEST(bytes_are_limited)
{
	const char *path = sinks_path("d/f");
	struct output_sink_opts opts = sinks_opts(OUTPUT_SINK_FILE, path);
	struct output_sink *sink;
	struct output_sink_stats stats;

	opts.queue_bytes = 10;
	sink = sinks_open(&opts);
	CHECK_INT(sinks_put(sink, "0123456789"), -ENOBUFS);
	CHECK(!sinks_put(sink, "012345678"));
	CHECK_INT(sinks_put(sink, ""), -ENOBUFS);
	stats = sinks_close(sink, 5 * MS);
	CHECK_INT(stats.full, 2);
	CHECK_INT(stats.abandoned, 1);
	CHECK(strstr(sinks_said, "closed with 1 lines that did not get out"));
}

TEST(line_is_given_up)
{
	struct output_sink_opts opts = sinks_opts(OUTPUT_SINK_FILE, sinks_path("d/f"));
	struct output_sink_stats stats;
	struct output_sink *sink;

	opts.retries = 2;
	opts.brief = true;
	sink = sinks_open(&opts);
	CHECK(!sinks_put(sink, "one"));
	CHECK(!sinks_put(sink, "two"));
	CHECK(!output_sink_flush(sink, LONG_NS));
	CHECK_STR(output_sink_failure(sink), "No such file or directory");
	stats = sinks_close(sink, LONG_NS);
	CHECK_INT(stats.failed, 2);
	/* The second one is tried once. */
	CHECK_INT(stats.retries, 2);
}

/* Renamed away by who rotates logs, then asked to open it anew. */
TEST(reopen)
{
	const char *path = sinks_path("f"), *old = sinks_path("f.1");
	struct output_sink_opts opts = sinks_opts(OUTPUT_SINK_FILE, path);
	struct output_sink *sink;

	opts.keep_alive = true;
	sink = sinks_open(&opts);
	CHECK(!sinks_put(sink, "one"));
	CHECK(!output_sink_flush(sink, LONG_NS));
	CHECK(!rename(path, old));
	CHECK(!sinks_put(sink, "two"));
	CHECK(!output_sink_flush(sink, LONG_NS));
	output_sink_reopen(sink);
	CHECK(!sinks_put(sink, "three"));
	CHECK_INT(sinks_close(sink, LONG_NS).starts, 2);
	CHECK_STR(sinks_text(old), "one\ntwo\n");
	CHECK_STR(sinks_text(path), "three\n");
}

/* Removed with its folder, which comes back: without being asked. */
TEST(removed_file_is_made_anew)
{
	const char *folder = sinks_path("d"), *path = sinks_path("d/f");
	struct output_sink_opts opts = sinks_opts(OUTPUT_SINK_FILE, path);
	struct output_sink *sink;

	opts.keep_alive = true;
	CHECK(!mkdir(folder, 0700));
	sink = sinks_open(&opts);
	CHECK(!sinks_put(sink, "one"));
	CHECK(!output_sink_flush(sink, LONG_NS));
	CHECK(!unlink(path) && !rmdir(folder));
	CHECK(!sinks_put(sink, "two"));
	SINKS_UNTIL(sinks_stats(sink).retries > 0);
	CHECK(!mkdir(folder, 0700));
	CHECK_INT(sinks_close(sink, LONG_NS).written, 2);
	CHECK_STR(sinks_text(path), "two\n");
}

TEST(full_disk)
{
	struct output_sink_opts opts = sinks_opts(OUTPUT_SINK_FILE, "/dev/full");
	struct output_sink_stats stats;
	struct output_sink *sink;

	if (access("/dev/full", W_OK))
		test_skip("there is no /dev/full");
	sink = sinks_open(&opts);
	CHECK(!sinks_put(sink, "one"));
	SINKS_UNTIL(sinks_stats(sink).retries > 3);
	CHECK_STR(output_sink_failure(sink), "No space left on device");
	stats = sinks_close(sink, MS);
	CHECK_INT(stats.abandoned, 1);
}

/* What a full disk took of a line is taken back. */
TEST(only_whole_lines)
{
	const char *path = sinks_path("f");
	struct output_sink_opts opts = sinks_opts(OUTPUT_SINK_FILE, path);
	struct rlimit limit, before;
	struct output_sink *sink;

	CHECK(!getrlimit(RLIMIT_FSIZE, &before));
	limit = before;
	limit.rlim_cur = 10;
	CHECK(!setrlimit(RLIMIT_FSIZE, &limit));
	opts.keep_alive = true;
	sink = sinks_open(&opts);
	CHECK(!sinks_put(sink, "01234"));
	CHECK(!sinks_put(sink, "abcde"));
	SINKS_UNTIL(sinks_stats(sink).retries > 2);
	CHECK_STR(sinks_text(path), "01234\n");
	CHECK(!setrlimit(RLIMIT_FSIZE, &before));
	CHECK_INT(sinks_close(sink, LONG_NS).written, 2);
	CHECK_STR(sinks_text(path), "01234\nabcde\n");
}

/* Nobody reads a FIFO, then somebody does. */
TEST(fifo)
{
	const char *path = sinks_path("fifo");
	struct output_sink_opts opts = sinks_opts(OUTPUT_SINK_FILE, path);
	struct output_sink *sink;
	char text[16] = "";
	int fd;

	opts.keep_alive = true;
	CHECK(!mkfifo(path, 0600));
	sink = sinks_open(&opts);
	CHECK(!sinks_put(sink, "one"));
	SINKS_UNTIL(sinks_stats(sink).retries > 0);
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0);
	CHECK_INT(read(fd, text, sizeof(text) - 1), 4);
	CHECK_STR(text, "one\n");
	CHECK_INT(sinks_close(sink, LONG_NS).written, 1);
	close(fd);
}

/* Its reader never reads: the caller goes on, the close ends in time, the loss is counted. */
TEST(stuck_fifo_ends)
{
	const char *path = sinks_path("fifo");
	struct output_sink_opts opts = sinks_opts(OUTPUT_SINK_FILE, path);
	static char line[10000];
	struct output_sink_stats stats;
	struct output_sink *sink;
	int fd, i;

	memset(line, 'x', sizeof(line) - 1);
	opts.keep_alive = true;
	opts.timeout_ns = MS;
	CHECK(!mkfifo(path, 0600));
	fd = open(path, O_RDONLY | O_NONBLOCK);
	CHECK(fd >= 0);
	sink = sinks_open(&opts);
	for (i = 0; i < 50; i++)
		CHECK(!sinks_put(sink, line));
	SINKS_UNTIL(sinks_stats(sink).timeouts == 1);
	CHECK(strstr(sinks_said, "a line takes longer than 0.001 s"));
	stats = sinks_close(sink, MS);
	CHECK(stats.abandoned > 0);
	close(fd);
}

/* ---- standard output ---- */

static struct output_sink *open_stdout(int fd)
{
	struct output_sink_opts opts = sinks_opts(OUTPUT_SINK_STDOUT, NULL);
	struct output_sink *sink;

	CHECK(dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
	close(fd);
	sink = sinks_open(&opts);
	CHECK_STR(output_sink_name(sink), "stdout");
	return sink;
}

TEST(stdout_lines)
{
	struct output_sink *sink;
	char text[64] = "";
	int fds[2];

	CHECK(!pipe2(fds, O_CLOEXEC));
	sink = open_stdout(fds[1]);
	CHECK(!sinks_put(sink, "one"));
	CHECK(!sinks_put(sink, "two"));
	CHECK_INT(sinks_close(sink, LONG_NS).written, 2);
	CHECK_INT(read(fds[0], text, sizeof(text) - 1), 8);
	CHECK_STR(text, "one\ntwo\n");
}

TEST(stdout_is_closed)
{
	struct output_sink_stats stats;
	struct output_sink *sink;
	int fds[2];

	CHECK(!pipe2(fds, O_CLOEXEC));
	close(fds[0]);
	sink = open_stdout(fds[1]);
	CHECK(!sinks_put(sink, "one"));
	CHECK(!output_sink_flush(sink, LONG_NS));
	CHECK_INT(sinks_put(sink, "two"), -EPIPE);
	stats = sinks_close(sink, LONG_NS);
	CHECK_INT(stats.failed, 2);
	CHECK(strstr(sinks_said, "Broken pipe; lines are lost"));
}

/* A put that waits for room ends when it is asked to. */
TEST(waiting_is_stopped)
{
	static volatile sig_atomic_t stop;
	struct output_sink_opts opts = sinks_opts(OUTPUT_SINK_STDOUT, NULL);
	static char line[70000];
	struct output_sink *sink;
	int fds[2];

	memset(line, 'x', sizeof(line) - 1);
	CHECK(!pipe2(fds, O_CLOEXEC));
	CHECK(dup2(fds[1], STDOUT_FILENO) == STDOUT_FILENO);
	opts.queue_lines = 1;
	opts.wait_ns = OUTPUT_NO_LIMIT;
	opts.stop = &stop;
	sink = sinks_open(&opts);
	CHECK(!sinks_put(sink, line));
	stop = 1;
	CHECK_INT(sinks_put(sink, "two"), -ENOBUFS);
	CHECK_INT(output_sink_flush(sink, OUTPUT_NO_LIMIT), -EINTR);
	CHECK_INT(sinks_close(sink, MS).abandoned, 1);
}

TEST(needs_a_target)
{
	static const enum output_sink_kind kinds[] = { OUTPUT_SINK_FILE, OUTPUT_SINK_PROGRAM,
						       OUTPUT_SINK_HTTP };
	struct output_sink *sink;
	struct eyas_err err;
	size_t i;

	for (i = 0; i < 3; i++) {
		struct output_sink_opts opts = sinks_opts(kinds[i], NULL);

		CHECK_INT(output_sink_open(&opts, &sink, &err), EYAS_E_USAGE);
	}
}
