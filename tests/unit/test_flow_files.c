/* SPDX-License-Identifier: Apache-2.0 */
/* Flows on files and other things that are no connections, and what happens to files. */
#include "unit/flowfeed.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct flow_opts plain = { 0 };
static const struct flow_opts strict = { .strict_compat = true };

static void start(struct flow_rig *t, const struct flow_opts *opts)
{
	memset(t, 0, sizeof(*t));
	flow_rig_start(t, opts);
	/* The process is known: what is said from here on is about files. */
	feed_open(&t->f, 100, 9, "/begin");
	flow_rig_step(t);
	RUN(t, 100, SYSCALL_CLOSE_X, I(0), I(9));
	flow_rig_hush(t);
}

static void run_open(struct flow_rig *t, int64_t tid, int64_t fd, const char *path, uint32_t flags)
{
	RUN(t, tid, SYSCALL_OPENAT_2_X, I(fd), I(EYAS_AT_FDCWD), S(path), I(flags), I(0), I(8),
	    I(99));
}

static void run_read(struct flow_rig *t, int64_t tid, int64_t fd, int64_t res)
{
	RUN(t, tid, SYSCALL_READ_X, I(res), N, I(fd), I(4096));
}

static void run_write(struct flow_rig *t, int64_t tid, int64_t fd, int64_t res)
{
	RUN(t, tid, SYSCALL_WRITE_X, I(res), N, I(fd), I(4096));
}

static void run_close(struct flow_rig *t, int64_t tid, int64_t fd)
{
	RUN(t, tid, SYSCALL_CLOSE_X, I(0), I(fd));
}

static void run_thread(struct flow_rig *t, int64_t tid)
{
	feed_clone(&t->f, tid,
		   &(struct feed_clone){ .pid = 100,
					 .ptid = 1,
					 .flags = PPM_CL_CLONE_THREAD | PPM_CL_CLONE_FILES,
					 .vtid = tid,
					 .vpid = 100 });
}

/* One record from the opening to the close; calls that failed count as calls. */
TEST(one_flow)
{
	struct flow_rig t;

	start(&t, &plain);
	run_open(&t, 100, 3, "/etc/x", 3);
	SAID(&t, "file REUP f /etc/x\n");
	run_read(&t, 100, 3, 10);
	run_read(&t, 100, 3, -5);
	run_write(&t, 100, 3, 7);
	RUN(&t, 100, SYSCALL_PREAD_X, I(5), N, I(3), I(5), I(0));
	RUN(&t, 100, SYSCALL_READV_X, I(2), I(5), N, I(3));
	RUN(&t, 100, SYSCALL_PREADV_X, I(2), I(5), N, I(3), I(0));
	RUN(&t, 100, SYSCALL_PWRITE_X, I(1), N, I(3), I(1), I(0));
	RUN(&t, 100, SYSCALL_WRITEV_X, I(1), N, I(3), I(1));
	RUN(&t, 100, SYSCALL_PWRITEV_X, I(1), N, I(3), I(1), I(0));
	SAID(&t, "");
	run_close(&t, 100, 3);
	SAID(&t, "flow 100 OPEN|READ|WRITE|CLOSE t2-12 fd3 r5/19 w4/10 /etc/x open 3\n");
	/* The file is known; the same number is another flow. */
	run_open(&t, 100, 3, "/etc/x", 1);
	run_close(&t, 100, 3);
	SAID(&t, "flow 100 OPEN|CLOSE t13-14 fd3 r0/0 w0/0 /etc/x open 1\n");
	CHECK_INT(flow_rig_stats(&t).flows, 0);
	flow_rig_end(&t);
}

/* A descriptor that was there before: what is done with it is known; a failed open is nothing. */
TEST(not_opened_here)
{
	struct flow_rig t;

	start(&t, &plain);
	run_open(&t, 100, -2, "/none", 1);
	run_read(&t, 100, 77, 1);
	SAID(&t, "");
	feed_open(&t.f, 100, 3, "/etc/x"); /* nobody saw it */
	run_close(&t, 100, 3);
	SAID(&t, "file REUP f /etc/x\nflow 100 CLOSE t5-5 fd3 r0/0 w0/0 /etc/x\n");
	flow_rig_end(&t);
}

/* An exit whose enter event is missing: nobody knows which descriptor it was. */
TEST(no_enter)
{
	struct flow_rig t;

	start(&t, &plain);
	run_open(&t, 100, 0, "/etc/x", 1);
	FEED(&t.f, 100, SYSCALL_READ_X, I(9), N, I(0), I(0));
	t.f.event.flags |= EYAS_EVENT_NO_ENTER;
	flow_rig_step(&t);
	run_close(&t, 100, 0);
	SAID(&t, "file REUP f /etc/x\nflow 100 OPEN|CLOSE t2-4 fd0 r0/0 w0/0 /etc/x open 1\n");
	flow_rig_end(&t);
}

/* A close ends what other threads have on it, those who opened it first. */
TEST(other_threads)
{
	struct flow_rig t;

	start(&t, &plain);
	run_thread(&t, 101);
	run_thread(&t, 102);
	run_open(&t, 101, 3, "/etc/x", 1);
	run_read(&t, 102, 3, 1);
	run_read(&t, 100, 3, 2);
	flow_rig_hush(&t);
	run_close(&t, 102, 3);
	SAID(&t, "flow 100/101 OPEN|TRUNCATE t4-7 fd3 r0/0 w0/0 /etc/x open 1\n"
		 "flow 100 READ|TRUNCATE t6-7 fd3 r1/2 w0/0 /etc/x\n"
		 "flow 100/102 READ|CLOSE t5-7 fd3 r1/1 w0/0 /etc/x\n");
	flow_rig_end(&t);
}

/* The original tells numbers apart by their digits in a row: thread 100, 1 and thread 1001, 0. */
static void colliding(struct flow_rig *t)
{
	run_thread(t, 1001);
	run_open(t, 100, 1, "/etc/x", 1);
	feed_open(&t->f, 1001, 0, "/etc/x");
	run_read(t, 1001, 0, 5);
	flow_rig_hush(t);
	run_close(t, 100, 1);
}

TEST(digits)
{
	struct flow_rig t;

	start(&t, &plain);
	colliding(&t);
	SAID(&t, "flow 100 OPEN|CLOSE t3-6 fd1 r0/0 w0/0 /etc/x open 1\n");
	flow_rig_end(&t);
	start(&t, &strict);
	colliding(&t);
	SAID(&t, "flow 100 OPEN|READ|CLOSE t3-6 fd1 r1/5 w0/0 /etc/x open 1\n");
	flow_rig_end(&t);
}

/* What the original does not see. */
TEST(newer_calls)
{
	struct flow_rig t;

	start(&t, &plain);
	RUN(&t, 100, SYSCALL_CREAT_X, I(3), S("/a"), I(0600), I(8), I(9), I(0));
	run_close(&t, 100, 3);
	RUN(&t, 100, SYSCALL_OPENAT2_X, I(3), I(EYAS_AT_FDCWD), S("b"), I(1), I(0), I(0), I(8),
	    I(9));
	RUN(&t, 100, SYSCALL_OPEN_BY_HANDLE_AT_X, I(4), I(9), I(2), S("/c"), I(8), I(9));
	flow_rig_hush(&t);
	RUN(&t, 100, SYSCALL_SENDFILE_X, I(100), I(0), I(4), I(3), I(100));
	RUN(&t, 100, SYSCALL_COPY_FILE_RANGE_X, I(10), I(4), I(0), I(3), I(0), I(10));
	RUN(&t, 100, SYSCALL_SPLICE_X, I(1), I(3), I(4), I(1), I(0));
	run_close(&t, 100, 3);
	run_close(&t, 100, 4);
	SAID(&t, "flow 100 OPEN|READ|CLOSE t4-9 fd3 r3/111 w0/0 /srv/b open 1\n"
		 "flow 100 OPEN|WRITE|CLOSE t5-10 fd4 r0/0 w3/111 /c open 2\n");
	flow_rig_end(&t);
	start(&t, &strict);
	RUN(&t, 100, SYSCALL_CREAT_X, I(3), S("/a"), I(0600), I(8), I(9), I(0));
	RUN(&t, 100, SYSCALL_OPENAT2_X, I(4), I(EYAS_AT_FDCWD), S("b"), I(1), I(0), I(0), I(8),
	    I(9));
	RUN(&t, 100, SYSCALL_SENDFILE_X, I(100), I(0), I(4), I(3), I(100));
	SAID(&t, "");
	flow_rig_end(&t);
}

TEST(mmap)
{
	struct flow_rig t;

	start(&t, &plain);
	run_open(&t, 100, 3, "/lib.so", 1);
	flow_rig_hush(&t);
	RUN(&t, 100, SYSCALL_MMAP_X, I(-13), I(0), I(0), I(0), I(0), I(4096), I(1), I(1), I(3),
	    I(0));
	RUN(&t, 100, SYSCALL_MMAP_X, I(4096), I(0), I(0), I(0), I(0), I(4096), I(1), I(8), I(3),
	    I(0));
	RUN(&t, 100, SYSCALL_MMAP_X, I(4096), I(0), I(0), I(0), I(0), I(4096), I(1), I(1), I(-1),
	    I(0));
	run_close(&t, 100, 3);
	SAID(&t, "flow 100 OPEN|CLOSE t2-6 fd3 r0/0 w0/0 /lib.so open 1\n");
	run_open(&t, 100, 3, "/lib.so", 1);
	RUN(&t, 100, SYSCALL_MMAP_X, I(4096), I(0), I(0), I(0), I(0), I(4096), I(1), I(1), I(3),
	    I(0));
	run_close(&t, 100, 3);
	SAID(&t, "flow 100 OPEN|CLOSE|MMAP t7-9 fd3 r0/0 w0/0 /lib.so open 1\n");
	flow_rig_end(&t);
	/* The original asks when the call begins, whatever comes of it. */
	start(&t, &strict);
	run_open(&t, 100, 3, "/lib.so", 1);
	flow_rig_hush(&t);
	RUN(&t, 100, SYSCALL_MMAP_E, I(0), I(4096), I(1), I(1), I(3), I(0));
	RUN(&t, 100, SYSCALL_MMAP_X, I(-13), I(0), I(0), I(0), I(0), I(4096), I(1), I(1), I(3),
	    I(0));
	run_close(&t, 100, 3);
	SAID(&t, "flow 100 OPEN|CLOSE|MMAP t2-5 fd3 r0/0 w0/0 /lib.so open 1\n");
	CHECK(flow_engine_watch(t.engine)->types[EYAS_EV_SYSCALL_MMAP_E / 64] >>
		      EYAS_EV_SYSCALL_MMAP_E % 64 &
	      1);
	flow_rig_end(&t);
}

/* ---- what kinds there are ---- */

static void run_kinds(struct flow_rig *t)
{
	RUN(t, 100, SYSCALL_PIPE_X, I(0), I(3), I(4), I(77));
	run_write(t, 100, 4, 5);
	RUN(t, 100, SYSCALL_OPEN_X, I(5), S("/tmp"), I(1 << 10 | 1), I(0), I(8), I(9));
	RUN(t, 100, SYSCALL_EVENTFD_X, I(6), I(0), I(0));
	run_write(t, 100, 6, 8);
	RUN(t, 100, SYSCALL_USERFAULTFD_X, I(7), I(0));
	run_read(t, 100, 7, 8);
}

TEST(kinds)
{
	const struct flow_opts file_only = { .file_only = true };
	const struct flow_opts nofiles = { .collect = FLOW_COLLECT_NOFILES };
	struct flow_rig t;

	start(&t, &plain);
	run_kinds(&t);
	SAID(&t, "file REUP p \nfile REUP d /tmp\n");
	flow_rig_end(&t);
	start(&t, &strict);
	run_kinds(&t);
	SAID(&t, "file REUP p \nfile REUP d /tmp\n");
	CHECK_INT(flow_rig_stats(&t).flows, 3);
	flow_rig_end(&t);
	start(&t, &file_only);
	run_kinds(&t);
	run_open(&t, 100, 8, "/x", 1);
	SAID(&t, "file REUP f /x\n");
	flow_rig_end(&t);
	memset(&t, 0, sizeof(t));
	flow_rig_start(&t, &nofiles);
	run_open(&t, 100, 8, "/x", 1);
	RUN(&t, 100, SYSCALL_UNLINK_2_X, I(0), S("/x"));
	SAID(&t, "header 5  NA a.sf\n");
	flow_rig_end(&t);
}

/* Opens are all that is known of files: each is a record of its own. */
TEST(consumer)
{
	const struct flow_opts opts = { .collect = FLOW_COLLECT_CONSUMER };
	struct flow_rig t;

	memset(&t, 0, sizeof(t));
	flow_rig_start(&t, &opts);
	run_open(&t, 100, 3, "/x", 1);
	run_read(&t, 100, 3, 5);
	run_open(&t, 100, 4, "/x", 2);
	run_close(&t, 100, 3);
	SAID(&t, "header 5  NA a.sf\nprocess REUP 1 t0 /bin/sh() 1000:<NA> 1000:<NA> entry\n"
		 "process REUP 100 of 1 t0 /bin/sh() 1000:<NA> 1000:<NA>\nfile REUP f /x\n"
		 "flow 100 OPEN t0-0 fd3 r0/0 w0/0 /x open 1\n"
		 "flow 100 OPEN t2-2 fd4 r0/0 w0/0 /x open 2\n");
	CHECK_INT(flow_rig_stats(&t).flows, 0);
	flow_rig_end(&t);
}

/* ---- what is left out ---- */

/* A flow that reads, one that writes, one that was opened for both and read. */
static void run_modes(struct flow_rig *t, const char *dir)
{
	char path[64];
	int i;

	for (i = 1; i <= 3; i++) {
		snprintf(path, sizeof(path), "%s/%d", dir, i);
		run_open(t, 100, 3, path, (uint32_t)i);
		if (i == 2)
			run_write(t, 100, 3, 1);
		run_close(t, 100, 3);
	}
}

TEST(read_modes)
{
	struct flow_opts opts = { .file_read_mode = 1 };
	struct flow_rig t;

	start(&t, &opts);
	run_modes(&t, "/a");
	SAID(&t, "file REUP f /a/1\nfile REUP f /a/2\n"
		 "flow 100 OPEN|WRITE|CLOSE t4-6 fd3 r0/0 w1/1 /a/2 open 2\nfile REUP f /a/3\n"
		 "flow 100 OPEN|CLOSE t7-8 fd3 r0/0 w0/0 /a/3 open 3\n");
	CHECK_INT(flow_rig_stats(&t).flows_read_only, 2); /* and that of the beginning */
	flow_rig_end(&t);
	opts.file_read_mode = 2;
	start(&t, &opts);
	run_modes(&t, "/a");
	CHECK_INT(flow_rig_stats(&t).flows_read_only, 0);
	run_modes(&t, "/usr/lib");
	CHECK_INT(flow_rig_stats(&t).flows_read_only, 1);
	run_open(&t, 100, 3, "/proc/self", 1);
	flow_rig_hush(&t);
	flow_rig_finish(&t);
	SAID(&t, "");
	flow_rig_end(&t);
	/* The original takes reading and writing for reading, and forgets the filter at the end. */
	opts.strict_compat = true;
	start(&t, &opts);
	run_modes(&t, "/usr/lib");
	CHECK_INT(flow_rig_stats(&t).flows_read_only, 2);
	run_open(&t, 100, 3, "/proc/self", 1);
	flow_rig_hush(&t);
	flow_rig_finish(&t);
	SAID(&t, "flow 100 OPEN|TRUNCATE t9-9 fd3 r0/0 w0/0 /proc/self open 1\n");
	flow_rig_end(&t);
}

/* ---- events ---- */

TEST(file_events)
{
	struct flow_rig t;

	start(&t, &plain);
	RUN(&t, 100, SYSCALL_MKDIR_2_X, I(0), S("a/./b/../c//"), I(0700));
	RUN(&t, 100, SYSCALL_RMDIR_2_X, I(-39), S("/srv/a/c"));
	RUN(&t, 100, SYSCALL_UNLINK_2_X, I(0), S("../x"));
	RUN(&t, 100, SYSCALL_LINK_2_X, I(0), S("/p"), S("q"));
	RUN(&t, 100, SYSCALL_RENAME_X, I(0), S("q"), S("r"));
	SAID(&t, "file CREATED d /srv/a/c\nevent 100 MKDIR t2 ret 0 /srv/a/c\n"
		 "event 100 RMDIR t3 ret -39 /srv/a/c\n"
		 "file CREATED ? /x\nevent 100 UNLINK t4 ret 0 /x\n"
		 "file REUP ? /p\nfile CREATED ? /srv/q\nevent 100 LINK t5 ret 0 /p /srv/q\n"
		 "file CREATED ? /srv/r\nevent 100 RENAME t6 ret 0 /srv/q /srv/r\n");
	flow_rig_end(&t);
}

static void run_at(struct flow_rig *t)
{
	RUN(t, 100, SYSCALL_OPEN_X, I(5), S("/nowhere/dir"), I(1 << 10 | 1), I(0), I(8), I(9));
	flow_rig_hush(t);
	RUN(t, 100, SYSCALL_MKDIRAT_X, I(0), I(5), S("a"), I(0700));
	RUN(t, 100, SYSCALL_UNLINKAT_2_X, I(-2), I(5), S("b"), I(0));
	RUN(t, 100, SYSCALL_UNLINKAT_2_X, I(0), I(EYAS_AT_FDCWD), S("/nowhere/e"), I(0));
	RUN(t, 100, SYSCALL_LINKAT_2_X, I(0), I(5), S("c"), I(77), S("d"), I(0));
	RUN(t, 100, SYSCALL_RENAMEAT_X, I(0), I(5), S("c"), I(5), S("/nowhere/d"));
	RUN(t, 100, SYSCALL_RENAMEAT2_X, I(0), I(5), S("c"), I(5), S("../e"), I(0));
}

/* By descriptors of directories; one that is not known leaves a path as it is. */
TEST(file_events_at)
{
	struct flow_rig t;

	start(&t, &plain);
	run_at(&t);
	SAID(&t, "file CREATED d /nowhere/dir/a\nevent 100 MKDIR t3 ret 0 /nowhere/dir/a\n"
		 "file CREATED ? /nowhere/dir/b\nevent 100 UNLINK t4 ret -2 /nowhere/dir/b\n"
		 "file CREATED ? /nowhere/e\nevent 100 UNLINK t5 ret 0 /nowhere/e\n"
		 "file REUP ? /nowhere/dir/c\nfile CREATED ? d\n"
		 "event 100 LINK t6 ret 0 /nowhere/dir/c d\nfile CREATED ? /nowhere/d\n"
		 "event 100 RENAME t7 ret 0 /nowhere/dir/c /nowhere/d\n"
		 "event 100 RENAME t8 ret 0 /nowhere/dir/c /nowhere/e\n");
	flow_rig_end(&t);
	/* The original names the directory where the call went well and has one path. */
	start(&t, &strict);
	run_at(&t);
	SAID(&t, "event 100 MKDIR t3 ret 0 /nowhere/dir\n"
		 "file CREATED ? /nowhere/dir/b\nevent 100 UNLINK t4 ret -2 /nowhere/dir/b\n"
		 "file CREATED ? /nowhere/e\nevent 100 UNLINK t5 ret 0 /nowhere/e\n"
		 "file REUP ? /nowhere/dir/c\nfile CREATED ? d\n"
		 "event 100 LINK t6 ret 0 /nowhere/dir/c d\nfile CREATED ? /nowhere/d\n"
		 "event 100 RENAME t7 ret 0 /nowhere/dir/c /nowhere/d\n"
		 "event 100 RENAME t8 ret 0 /nowhere/dir/c /nowhere/e\n");
	flow_rig_end(&t);
}

/* What a link says begins at the link; the original has it begin elsewhere. */
TEST(symlinks)
{
	struct flow_rig t;

	start(&t, &plain);
	RUN(&t, 100, SYSCALL_SYMLINK_X, I(0), S("../t"), S("/nowhere/a/l"));
	RUN(&t, 100, SYSCALL_SYMLINKAT_X, I(0), S("t"), I(EYAS_AT_FDCWD), S("b/l"));
	SAID(&t, "file REUP ? /nowhere/t\nfile CREATED ? /nowhere/a/l\n"
		 "event 100 SYMLINK t2 ret 0 /nowhere/t /nowhere/a/l\n"
		 "file REUP ? /srv/b/t\nfile CREATED ? /srv/b/l\n"
		 "event 100 SYMLINK t3 ret 0 /srv/b/t /srv/b/l\n");
	flow_rig_end(&t);
	start(&t, &strict);
	RUN(&t, 100, SYSCALL_SYMLINK_X, I(0), S("../nowhere/t"), S("/nowhere/a/l"));
	RUN(&t, 100, SYSCALL_SYMLINKAT_X, I(0), S("t"), I(EYAS_AT_FDCWD), S("/nowhere/b/l"));
	SAID(&t, "file REUP ? /nowhere/t\nfile CREATED ? /nowhere/a/l\n"
		 "event 100 SYMLINK t2 ret 0 /nowhere/t /nowhere/a/l\n"
		 "file REUP ? t\nfile CREATED ? /nowhere/b/l\n"
		 "event 100 SYMLINK t3 ret 0 t /nowhere/b/l\n");
	flow_rig_end(&t);
}

/* Strict: paths go through the links of this machine, as far as they exist here. */
TEST(links_of_this_machine)
{
	char dir[64], link[80], path[100], want[400];
	struct flow_rig t;

	snprintf(dir, sizeof(dir), "/tmp/eyas-flow-%d", (int)getpid());
	snprintf(link, sizeof(link), "%s/l", dir);
	CHECK_INT(mkdir(dir, 0700), 0);
	CHECK_INT(symlink(dir, link), 0);
	snprintf(path, sizeof(path), "%s/./x//y/../z/", link);
	start(&t, &strict);
	RUN(&t, 100, SYSCALL_UNLINK_2_X, I(0), S(path));
	snprintf(want, sizeof(want), "file CREATED ? %s/x/z/\nevent 100 UNLINK t2 ret 0 %s/x/z/\n",
		 dir, dir);
	SAID(&t, want);
	RUN(&t, 100, SYSCALL_UNLINK_2_X, I(0), S(link));
	snprintf(want, sizeof(want), "file CREATED ? %s\nevent 100 UNLINK t3 ret 0 %s\n", dir, dir);
	SAID(&t, want);
	flow_rig_end(&t);
	start(&t, &plain);
	RUN(&t, 100, SYSCALL_UNLINK_2_X, I(0), S(link));
	snprintf(want, sizeof(want), "file CREATED ? %s\nevent 100 UNLINK t2 ret 0 %s\n", link,
		 link);
	SAID(&t, want);
	flow_rig_end(&t);
	CHECK_INT(unlink(link), 0);
	CHECK_INT(rmdir(dir), 0);
}

/* ---- a fault of libs ---- */

TEST(failed_unix_connect)
{
	const struct eyas_sock nscd = feed_unix(0, 1, "/run/nscd"),
			       log = feed_unix(1, 2, "/dev/log");
	struct flow_rig t;
	int i;

	for (i = 0; i < 2; i++) {
		start(&t, i ? &strict : &plain);
		RUN(&t, 100, SOCKET_SOCKET_X, I(3), I(1), I(1), I(0), I(0));
		RUN(&t, 100, SOCKET_CONNECT_X, I(0), TUPLE(&log), I(3), N);
		RUN(&t, 100, SOCKET_SOCKET_X, I(4), I(1), I(1), I(0), I(0));
		RUN(&t, 100, SOCKET_CONNECT_X, I(-2), TUPLE(&nscd), I(4), N);
		flow_rig_hush(&t);
		run_close(&t, 100, 4);
		SAID(&t, i ? "flow 100 CONNECT|CLOSE t5-6 fd4 r0/0 w0/0 1->2 /dev/log\n"
			   : "flow 100 CONNECT|CLOSE t5-6 fd4 r0/0 w0/0 \n");
		flow_rig_end(&t);
	}
}
