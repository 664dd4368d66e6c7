/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading captures from the outside: sections, several files in a row or merged, which events are
 * hidden, statistics, options, pipes. Captures are made byte by byte (rawcap.h) or by the
 * library's writer.
 */
#include "unit/diary.h"
#include "unit/squeeze.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

/* ---- sections and several files ---- */

TEST(sections_in_a_row)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };

	raw_section(&capture);
	machine_block(&capture);
	raw_empty(&capture, EYAS_EV_USER_ADDED_E, 0, 1, 1);
	raw_close(&capture, 2, 1, 3);
	raw_empty(&capture, EYAS_EV_SYSCALL_CLOSE_E, 1, 2, 7);
	raw_section(&capture);
	machine_block(&capture);
	/* State in front of the second one is state as well. */
	raw_empty(&capture, EYAS_EV_USER_ADDED_E, 0, 3, 1);
	/* And the enter event of the first is forgotten. */
	raw_empty(&capture, EYAS_EV_SYSCALL_CLOSE_X, 1, 4, 7);
	raw_empty(&capture, EYAS_EV_USER_ADDED_E, 0, 5, 1);
	raw_section(&capture);
	raw_close(&capture, 6, 1, 3);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_END,
	   "section\n"
	   "machine cpus=4 mem=0 pid=0 host= boot=0 flags=0 0 0\n"
	   "1 USER_ADDED_E t=1 tid=1 cpu=0 hidden\n"
	   "2 SYSCALL_CLOSE_X t=2 tid=1 cpu=0\n"
	   "section\n"
	   "machine cpus=4 mem=0 pid=0 host= boot=0 flags=0 0 0\n"
	   "3 USER_ADDED_E t=3 tid=1 cpu=0 hidden\n"
	   "4 SYSCALL_CLOSE_X t=4 tid=7 cpu=0\n"
	   "5 USER_ADDED_E t=5 tid=1 cpu=0\n"
	   "section\n"
	   "6 SYSCALL_CLOSE_X t=6 tid=1 cpu=0\n");
	CHECK_INT(diary.stats.sections, 3);
	CHECK_INT(diary.stats.events, 7);
	CHECK_INT(diary.stats.events_stored, 1);
	CHECK_INT(diary.stats.enters_missing, 1);
	CHECK_INT(diary.stats.blocks, 12);
	done(&diary, &capture);
}

/* A capture of so many close events, one each second from start_s on. */
static const char *close_file(const char *name, unsigned count, uint64_t start_s, uint64_t tid,
			      bool cut)
{
	struct eyas_str capture = EYAS_STR_INIT;
	const char *path;
	unsigned i;

	raw_section(&capture);
	for (i = 0; i < count; i++)
		raw_close(&capture, (start_s + i) * S, tid, (int64_t)i);
	path = raw_store(name, capture.data, capture.len - (cut ? 3 : 0));
	eyas_str_fini(&capture);
	return path;
}

TEST(files_in_a_row)
{
	struct eyas_str none = EYAS_STR_INIT;
	struct diary diary = { 0 };
	const char *paths[3];

	paths[0] = close_file("a", 2, 100, 1, false);
	paths[1] = close_file("b", 1, 50, 2, false);
	paths[2] = close_file("c", 1, 100, 3, false);
	read_files(&diary, NULL, paths, 3);
	is(&diary, EYAS_E_END,
	   "section\n"
	   "1 SYSCALL_CLOSE_X t=100000000000 tid=1 cpu=0\n"
	   "2 SYSCALL_CLOSE_X t=101000000000 tid=1 cpu=0\n"
	   "section\n"
	   "3 SYSCALL_CLOSE_X t=50000000000 tid=2 cpu=0\n"
	   "section\n"
	   "4 SYSCALL_CLOSE_X t=100000000000 tid=3 cpu=0\n");
	CHECK_INT(diary.stats.sections, 3);
	CHECK_INT(diary.stats.events, 4);
	done(&diary, &none);
}

TEST(files_merged_by_time)
{
	struct eyas_str none = EYAS_STR_INIT;
	struct diary diary = { 0 };
	struct eyas_loader loader = loader_of(&diary);
	struct eyas_source_opts opts = opts_of(&diary, &loader);
	const char *paths[4];

	/* Equal times: as the files were named, and in a file as they were. */
	paths[0] = close_file("a", 3, 101, 1, false);
	paths[1] = close_file("b", 4, 100, 2, false);
	paths[2] = close_file("c", 0, 0, 3, false);
	paths[3] = close_file("d", 2, 102, 4, false);
	opts.merge = 1;
	read_files(&diary, &opts, paths, 4);
	is(&diary, EYAS_E_END,
	   "section\n"
	   "1 SYSCALL_CLOSE_X t=100000000000 tid=2 cpu=0\n"
	   "2 SYSCALL_CLOSE_X t=101000000000 tid=1 cpu=0\n"
	   "3 SYSCALL_CLOSE_X t=101000000000 tid=2 cpu=0\n"
	   "4 SYSCALL_CLOSE_X t=102000000000 tid=1 cpu=0\n"
	   "5 SYSCALL_CLOSE_X t=102000000000 tid=2 cpu=0\n"
	   "6 SYSCALL_CLOSE_X t=102000000000 tid=4 cpu=0\n"
	   "7 SYSCALL_CLOSE_X t=103000000000 tid=1 cpu=0\n"
	   "8 SYSCALL_CLOSE_X t=103000000000 tid=2 cpu=0\n"
	   "9 SYSCALL_CLOSE_X t=103000000000 tid=4 cpu=0\n");
	CHECK_INT(diary.stats.sections, 4);
	CHECK_INT(diary.stats.events_delivered, 9);
	/* One file is a merge, too. */
	read_files(&diary, &opts, paths, 1);
	CHECK_INT(diary.stats.events_delivered, 3);
	done(&diary, &none);
}

/* Many files whose events have few different times: the order is that of a stable sort. */
TEST(a_large_merge_is_stable)
{
	enum { FILES = 40, EVENTS = 25 };
	struct eyas_source_opts opts = { .size = sizeof(opts), .merge = 1 };
	const struct eyas_event *event;
	const char *paths[FILES];
	struct eyas_source *source;
	uint64_t last_ts = 0, last_file = 0, last_fd[FILES] = { 0 }, n = 0, ts,
		 x = 88172645463325252u;
	struct eyas_str capture = EYAS_STR_INIT;
	char name[16], *copies[FILES];
	struct eyas_param param;
	int64_t fd;
	unsigned f, i;

	for (f = 0; f < FILES; f++) {
		capture.len = 0;
		raw_section(&capture);
		for (i = 0, ts = 1; i < EVENTS; i++) {
			raw_close(&capture, ts, f, i + 1);
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			ts += x % 3 == 0;
		}
		snprintf(name, sizeof(name), "f%u", f);
		copies[f] = strdup(raw_store(name, capture.data, capture.len));
		paths[f] = copies[f];
	}
	CHECK_INT(eyas_source_open_files(paths, FILES, &opts, &source, NULL), 0);
	while (eyas_source_next(source, &event, NULL) == 1) {
		n++;
		CHECK_INT(event->num, n);
		CHECK(event->ts_ns > last_ts ||
		      (event->ts_ns == last_ts && event->tid >= last_file));
		last_ts = event->ts_ns;
		last_file = event->tid;
		CHECK_INT(eyas_event_param(event, 1, &param), 1);
		CHECK_INT(eyas_param_int(&param, &fd), 0);
		CHECK_INT(fd, ++last_fd[event->tid]);
	}
	CHECK_INT(n, FILES * EVENTS);
	eyas_source_close(source);
	for (f = 0; f < FILES; f++)
		free(copies[f]);
	eyas_str_fini(&capture);
}

TEST(a_broken_file_among_others)
{
	struct eyas_str none = EYAS_STR_INIT;
	struct diary diary = { 0 };
	struct eyas_loader loader = loader_of(&diary);
	struct eyas_source_opts opts = opts_of(&diary, &loader);
	const char *paths[4];

	paths[0] = close_file("a", 1, 100, 1, false);
	paths[1] = close_file("b", 2, 101, 2, true);
	paths[2] = close_file("c", 1, 103, 3, false);
	read_files(&diary, NULL, paths, 3);
	is(&diary, EYAS_E_TRUNC,
	   "section\n"
	   "1 SYSCALL_CLOSE_X t=100000000000 tid=1 cpu=0\n"
	   "section\n"
	   "2 SYSCALL_CLOSE_X t=101000000000 tid=2 cpu=0\n"
	   "section\n"
	   "3 SYSCALL_CLOSE_X t=103000000000 tid=3 cpu=0\n");
	CHECK(strstr(diary.err.text, "/b: offset 88: event block of 60 bytes, but the input ends "
				     "after 57 of them"));
	CHECK_INT(diary.stats.damaged, 0);
	opts.merge = 1;
	read_files(&diary, &opts, paths, 3);
	CHECK_INT(diary.res, EYAS_E_TRUNC);
	CHECK(strstr(diary.err.text, "/b: offset 88"));
	CHECK_INT(diary.stats.events_delivered, 3);
	/* Two of them: the first one is told as damage. */
	paths[3] = raw_store("d", "no capture", 10);
	read_files(&diary, NULL, paths, 4);
	CHECK_INT(diary.res, EYAS_E_FORMAT);
	CHECK(strstr(diary.err.text, "/d: offset 0: not a capture"));
	CHECK_INT(diary.stats.damaged, 1);
	CHECK_INT(diary.stats.events_delivered, 3);
	CHECK(strstr(diary.text.data, "damage -4097 at 88: b: offset 88"));
	/* A later one that is not there. */
	paths[1] = raw_path("none");
	read_files(&diary, NULL, paths, 3);
	CHECK_INT(diary.res, -ENOENT);
	CHECK(strstr(diary.err.text, "/none: cannot open: No such file or directory"));
	CHECK_INT(diary.stats.events_delivered, 2);
	done(&diary, &none);
}

/* ---- which events are hidden ---- */

static void prologue_capture(struct eyas_str *out)
{
	raw_section(out);
	raw_empty(out, EYAS_EV_CONTAINER_JSON_2_E, 1, 0, 1);
	raw_empty(out, EYAS_EV_USER_ADDED_E, 6, 1, 1);
	raw_empty(out, EYAS_EV_GROUP_ADDED_E, 3, 1, 1);
	raw_empty(out, EYAS_EV_SYSCALL_OPEN_E, 3, 2, 1);
	raw_empty(out, EYAS_EV_SOCKET_CONNECT_E, 2, 3, 1);
	raw_empty(out, EYAS_EV_SYSCALL_EXECVE_19_E, 1, 4, 1);
	raw_empty(out, EYAS_EV_SYSCALL_CLOSE_X, 2, 5, 1);
	raw_empty(out, EYAS_EV_USER_ADDED_E, 6, 6, 1);
	raw_empty(out, EYAS_EV_PROCEXIT_1_E, 5, 7, 1);
	raw_empty(out, EYAS_EV_SYSCALL_READ_E, 2, 8, 1);
}

TEST(state_and_enter_events_are_hidden)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };
	struct eyas_source_opts opts = { .size = sizeof(opts), .raw_schema = 1 };
	const char *path;

	prologue_capture(&capture);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_END,
	   "section\n"
	   "1 CONTAINER_JSON_2_E t=0 tid=1 cpu=0 hidden\n"
	   "2 USER_ADDED_E t=1 tid=1 cpu=0 hidden\n"
	   "3 GROUP_ADDED_E t=1 tid=1 cpu=0 hidden\n"
	   "4 SYSCALL_OPEN_E t=2 tid=1 cpu=0 hidden\n"
	   "5 SOCKET_CONNECT_E t=3 tid=1 cpu=0 hidden\n"
	   "6 SYSCALL_EXECVE_19_E t=4 tid=1 cpu=0 hidden\n"
	   "7 SYSCALL_CLOSE_X t=5 tid=1 cpu=0\n"
	   "8 USER_ADDED_E t=6 tid=1 cpu=0\n"
	   "9 PROCEXIT_1_E t=7 tid=1 cpu=0\n");
	CHECK_INT(diary.stats.events, 10);
	CHECK_INT(diary.stats.events_delivered, 9);
	CHECK_INT(diary.stats.events_stored, 1);
	/* As stored: enter events are events like all others, the prologue is none. */
	path = raw_path("x.scap");
	read_files(&diary, &opts, &path, 1);
	is(&diary, EYAS_E_END,
	   "1 CONTAINER_JSON_2_E t=0 tid=1 cpu=0 hidden\n"
	   "2 USER_ADDED_E t=1 tid=1 cpu=0 hidden\n"
	   "3 GROUP_ADDED_E t=1 tid=1 cpu=0 hidden\n"
	   "4 SYSCALL_OPEN_E t=2 tid=1 cpu=0\n"
	   "5 SOCKET_CONNECT_E t=3 tid=1 cpu=0\n"
	   "6 SYSCALL_EXECVE_19_E t=4 tid=1 cpu=0\n"
	   "7 SYSCALL_CLOSE_X t=5 tid=1 cpu=0\n"
	   "8 USER_ADDED_E t=6 tid=1 cpu=0\n"
	   "9 PROCEXIT_1_E t=7 tid=1 cpu=0\n"
	   "10 SYSCALL_READ_E t=8 tid=1 cpu=0\n");
	CHECK_INT(diary.stats.events_stored, 0);
	done(&diary, &capture);
}

TEST(raw_schema_changes_nothing)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct eyas_source_opts opts = { .size = sizeof(opts), .raw_schema = 1 };
	struct diary diary = { 0 };
	const char *path;

	raw_section(&capture);
	raw_empty(&capture, EYAS_EV_SYSCALL_EXECVE_8_X, 8, 1, 1);
	raw_empty(&capture, EYAS_EV_SYSCALL_CLOSE_X, 0, 2, 1);
	raw_empty(&capture, EYAS_EV_PROCEXIT_X, 0, 3, 1);
	path = raw_store("x.scap", capture.data, capture.len);
	read_files(&diary, &opts, &path, 1);
	is(&diary, EYAS_E_END,
	   "1 SYSCALL_EXECVE_8_X t=1 tid=1 cpu=0\n"
	   "2 SYSCALL_CLOSE_X t=2 tid=1 cpu=0\n"
	   "3 PROCEXIT_X t=3 tid=1 cpu=0\n");
	CHECK_INT(diary.stats.events_converted + diary.stats.events_dropped, 0);
	/* Converted, one is of a version that never was, and one has no meaning. */
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_END,
	   "section\n"
	   "1 SYSCALL_EXECVE_19_X t=1 tid=1 cpu=0\n"
	   "damage -4098 at 84: x.scap: offset 84: no version of close event (SYSCALL_CLOSE_X) "
	   "ever "
	   "had 0 parameters\n");
	CHECK_INT(diary.stats.events_dropped, 1);
	CHECK_INT(diary.stats.damaged, 1);
	done(&diary, &capture);
}

/* ---- what a newer writer stored ---- */

TEST(newer_and_longer_things_are_counted)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };
	size_t at;

	raw_section(&capture);
	at = raw_begin(&capture, 0x300);
	eyas_str_zero(&capture, 70000);
	raw_end(&capture, at);
	at = raw_begin(&capture, 0x201);
	eyas_str_zero(&capture, 188);
	raw_end(&capture, at);
	/* An interface of an unknown type, then one that is known. */
	at = raw_begin(&capture, 0x219);
	raw_u32(&capture, 9);
	raw_u16(&capture, 7);
	raw_u16(&capture, 0);
	eyas_str_zero(&capture, 5);
	raw_u32(&capture, 4 + 20 + 1);
	raw_u16(&capture, 1);
	raw_u16(&capture, 1);
	eyas_str_zero(&capture, 20);
	eyas_str_puts(&capture, "i");
	raw_end(&capture, at);
	raw_empty(&capture, EYAS_EVENT_TYPES, 0, 1, 1);
	raw_empty(&capture, 60000, 3, 1, 1);
	raw_empty(&capture, EYAS_EV_SYSCALL_CLOSE_X, 5, 2, 1);
	at = raw_begin(&capture, 0x300);
	raw_end(&capture, at);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_END,
	   "section\n"
	   "machine cpus=0 mem=0 pid=0 host= boot=0 flags=0 0 0\n"
	   "iface 1 i 0.0 0.0 0.0 0\n"
	   "1 SYSCALL_CLOSE_X t=2 tid=1 cpu=0\n");
	CHECK_INT(diary.stats.events, 3);
	CHECK_INT(diary.stats.events_newer, 2);
	CHECK_INT(diary.stats.events_longer, 1);
	CHECK_INT(diary.stats.blocks_skipped, 2);
	CHECK_INT(diary.stats.entries_longer, 2);
	CHECK_INT(diary.stats.damaged, 0);
	done(&diary, &capture);
}

/* Options behind the section's fields, a newer minor version; a newer major one is refused. */
TEST(section_headers)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };
	size_t at = raw_begin(&capture, 0x0a0d0d0a);

	raw_u32(&capture, 0x1a2b3c4d);
	raw_u16(&capture, 1);
	raw_u16(&capture, 9);
	raw_u64(&capture, 0);
	eyas_str_puts(&capture, "some options, not aligned");
	raw_end(&capture, at);
	raw_close(&capture, 1, 1, 1);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_END, "section\n1 SYSCALL_CLOSE_X t=1 tid=1 cpu=0\n");
	CHECK_INT(diary.stats.version_minor, 9);
	capture.data[12] = 2;
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_VERSION, "");
	CHECK(strstr(diary.err.text, "x.scap: offset 12: capture format 2.9"));
	memcpy(capture.data + 8, "\x1a\x2b\x3c\x4d", 4);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_FORMAT, "");
	CHECK(strstr(diary.err.text, "big-endian"));
	memcpy(capture.data + 8, "abcd", 4);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_FORMAT, "");
	CHECK(strstr(diary.err.text, "magic is 0x64636261, expected 0x1a2b3c4d"));
	done(&diary, &capture);
}

/* ---- stats ---- */

TEST(stats_at_any_time)
{
	const char *paths[3] = { close_file("a", 2, 1, 1, false), close_file("b", 3, 1, 2, false),
				 close_file("c", 1, 1, 3, false) };
	const struct eyas_event *event;
	struct eyas_source_stats stats;
	struct eyas_source *source;
	unsigned i;

	CHECK_INT(eyas_source_open_files(paths, 3, NULL, &source, NULL), 0);
	eyas_source_stats(source, &stats);
	CHECK_INT(stats.bytes_total, 3 * 28 + 6 * 60);
	CHECK_INT(stats.bytes_in, 0);
	CHECK_INT(stats.sections, 0);
	for (i = 1; i <= 6; i++) {
		CHECK_INT(eyas_source_next(source, &event, NULL), 1);
		eyas_source_stats(source, &stats);
		CHECK_INT(stats.events_delivered, i);
		CHECK_INT(stats.events, i);
		CHECK_INT(stats.bytes_total, 3 * 28 + 6 * 60);
		CHECK_INT(stats.bytes, i * 60 + (i < 3 ? 28 : i < 6 ? 56 : 84));
	}
	CHECK_INT(eyas_source_next(source, &event, NULL), EYAS_E_END);
	CHECK_INT(eyas_source_next(source, &event, NULL), EYAS_E_END);
	eyas_source_stats(source, &stats);
	CHECK_INT(stats.bytes, 3 * 28 + 6 * 60);
	CHECK_INT(stats.bytes_in, stats.bytes_total);
	CHECK_INT(stats.sections, 3);
	CHECK_INT(stats.blocks, 9);
	eyas_source_close(source);
	/* The size of a pipe is not known, hence that of all is not. */
	paths[1] = "/dev/null";
	CHECK_INT(eyas_source_open_files(paths, 3, NULL, &source, NULL), 0);
	eyas_source_stats(source, &stats);
	CHECK_INT(stats.bytes_total, 0);
	eyas_source_close(source);
}

/* ---- opening ---- */

TEST(what_cannot_be_opened)
{
	struct eyas_source_opts opts = { 0 };
	struct eyas_source *source = NULL;
	const char *paths[2];
	struct eyas_err err;

	paths[0] = close_file("a", 1, 1, 1, false);
	CHECK_INT(eyas_source_open_files(paths, 1, &opts, &source, &err), -EINVAL);
	CHECK_INT(err.code, -EINVAL);
	CHECK(strstr(err.text, "source options say they have 0 bytes"));
	CHECK_INT(eyas_source_open_files(paths, 1, &opts, &source, NULL), -EINVAL);
	CHECK_INT(eyas_source_open_files(paths, 0, NULL, &source, &err), -EINVAL);
	CHECK_STR(err.text, "no capture file is named");
	opts.size = sizeof(opts);
	paths[0] = raw_path("none");
	CHECK_INT(eyas_source_open_files(paths, 1, &opts, &source, &err), -ENOENT);
	CHECK(strstr(err.text, "/none: cannot open: No such file or directory"));
	paths[0] = test_tmpdir();
	CHECK_INT(eyas_source_open_files(paths, 1, &opts, &source, &err), -EISDIR);
	CHECK(strstr(err.text, ": cannot read: it is a directory"));
	/* Merged, all are opened at once. */
	paths[0] = close_file("a", 1, 1, 1, false);
	paths[1] = raw_path("none");
	opts.merge = 1;
	CHECK_INT(eyas_source_open_files(paths, 2, &opts, &source, &err), -ENOENT);
	CHECK(strstr(err.text, "/none: "));
	CHECK(!source);
	eyas_source_close(NULL);
	/* Closed without having been read, or in the middle. */
	opts.merge = 0;
	CHECK_INT(eyas_source_open_files(paths, 2, &opts, &source, NULL), 0);
	eyas_source_close(source);
	paths[1] = paths[0];
	opts.merge = 1;
	CHECK_INT(eyas_source_open_files(paths, 2, &opts, &source, NULL), 0);
	CHECK_INT(eyas_source_next(source, &(const struct eyas_event *){ NULL }, NULL), 1);
	eyas_source_close(source);
}

/* Options of a caller that was built with an older or a newer header. */
TEST(options_of_other_sizes)
{
	struct {
		struct eyas_source_opts opts;
		uint64_t more;
	} newer = { .opts = { .size = sizeof(newer) } };
	struct eyas_source_opts older = {
		.size = offsetof(struct eyas_source_opts, max_block_bytes), .max_block_bytes = 1
	};
	const char *path = close_file("a", 1, 1, 1, false);
	const struct eyas_event *event;
	struct eyas_source *source = NULL;
	struct eyas_err err;

	CHECK_INT(eyas_source_open_files(&path, 1, &newer.opts, &source, NULL), 0);
	CHECK_INT(eyas_source_next(source, &event, NULL), 1);
	eyas_source_close(source);
	source = NULL;
	newer.more = 1;
	CHECK_INT(eyas_source_open_files(&path, 1, &newer.opts, &source, &err), -EINVAL);
	CHECK(strstr(err.text, "does not know"));
	CHECK(!source);
	/* What lies behind the older struct is not looked at. */
	CHECK_INT(eyas_source_open_files(&path, 1, &older, &source, NULL), 0);
	CHECK_INT(eyas_source_next(source, &event, NULL), 1);
	eyas_source_close(source);
}

/* ---- pipes ---- */

TEST(a_pipe_of_single_bytes)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };
	const char *path = "-";
	char *want;
	int fds[2], status;
	size_t i;
	pid_t pid;

	full_capture(&capture);
	raw_close(&capture, 6, 1, 1);
	read_raw(&diary, &capture);
	want = strdup(diary.text.data);
	CHECK_INT(pipe(fds), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		close(fds[0]);
		for (i = 0; i < capture.len; i++)
			if (write(fds[1], capture.data + i, 1) != 1)
				_exit(1);
		_exit(0);
	}
	close(fds[1]);
	CHECK_INT(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	close(fds[0]);
	read_files(&diary, NULL, &path, 1);
	CHECK_INT(diary.res, EYAS_E_END);
	CHECK_STR(diary.text.data, want);
	CHECK_INT(diary.stats.bytes_in, capture.len);
	CHECK_INT(diary.stats.bytes_total, 0);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	free(want);
	done(&diary, &capture);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int signum)
{
	(void)signum;
	alarms++;
}

static int asked;
static sig_atomic_t seen; /* alarms when it was asked last */

/* Give up at the third interruption; asked in front of every read, too, which is none. */
static int on_interrupt(void *ctx)
{
	CHECK(ctx == &asked);
	if (alarms != seen)
		asked++;
	seen = alarms;
	return asked == 3;
}

static void start_alarms(void)
{
	static const struct itimerspec spec = { { 0, 5000000 }, { 0, 5000000 } };
	struct sigaction action = { .sa_handler = on_alarm };
	timer_t timer;

	/* Without SA_RESTART: a read comes back. */
	CHECK_INT(sigaction(SIGALRM, &action, NULL), 0);
	CHECK_INT(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
	CHECK_INT(timer_settime(timer, 0, &spec, NULL), 0);
}

/* Two events came, the writer keeps the pipe open and says no more. */
TEST(a_wait_that_is_interrupted)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };
	struct eyas_source_opts opts = { .size = sizeof(opts),
					 .interrupted = on_interrupt,
					 .interrupted_ctx = &asked };
	const char *paths[2] = { "-", close_file("later", 1, 1, 1, false) };
	int fds[2], round;

	for (round = 0; round < 2; round++) {
		capture.len = 0;
		raw_section(&capture);
		raw_close(&capture, 1, 1, 1);
		raw_close(&capture, 2, 1, 1);
		CHECK_INT(pipe(fds), 0);
		CHECK_INT(write(fds[1], capture.data, capture.len), (ssize_t)capture.len);
		CHECK_INT(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
		close(fds[0]);
		if (!round)
			start_alarms();
		alarms = seen = asked = 0;
		opts.merge = round;
		/* No further file is begun, and of a merge none read on. */
		read_files(&diary, &opts, paths, 2);
		CHECK_INT(diary.res, -EINTR);
		CHECK_INT(diary.err.code, -EINTR);
		CHECK(strstr(diary.err.text, "Interrupted"));
		CHECK_INT(asked, 3);
		CHECK(alarms >= 3);
		CHECK_INT(diary.stats.events_delivered, 2);
		close(fds[1]);
	}
	done(&diary, &capture);
}

/* Nobody is asked, or says no: the wait goes on. */
TEST(a_wait_that_goes_on)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct eyas_source_opts opts = { .size = sizeof(opts) };
	struct diary diary = { 0 };
	const char *path = "-";
	int fds[2], status;
	pid_t pid;

	raw_section(&capture);
	raw_close(&capture, 1, 1, 1);
	CHECK_INT(pipe(fds), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		close(fds[0]);
		usleep(50000);
		_exit(write(fds[1], capture.data, capture.len) != (ssize_t)capture.len);
	}
	close(fds[1]);
	CHECK_INT(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	close(fds[0]);
	start_alarms();
	read_files(&diary, &opts, &path, 1);
	is(&diary, EYAS_E_END, "1 SYSCALL_CLOSE_X t=1 tid=1 cpu=0\n");
	CHECK(alarms >= 3);
	while (waitpid(pid, &status, 0) < 0)
		CHECK_INT(errno, EINTR);
	CHECK_INT(status, 0);
	done(&diary, &capture);
}
