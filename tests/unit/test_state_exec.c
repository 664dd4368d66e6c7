/* SPDX-License-Identifier: Apache-2.0 */
/*
 * execve and execveat: the new program, what stays of the old one, threads and descriptors that
 * go, and failures. And exits.
 */
#include "unit/feed.h"

enum { CL_THREAD = 1 << 13 };

TEST(a_process_runs_another_program)
{
	struct feed f;
	const struct eyas_thread *thread;
	uint64_t ts_ns;

	feed_start(&f);
	feed_fork(&f, 100, 200);
	ts_ns = f.ts_ns;
	feed_exec(&f, 200, "cat", "/bin/cat");
	thread = feed_thread(&f, 200);
	CHECK(f.context.thread == thread);
	CHECK_STR(thread->comm->text, "cat");
	CHECK_STR(thread->exe->text, "cat");
	CHECK_STR(thread->exepath->text, "/bin/cat");
	CHECK_INT(thread->args->len, 3);
	CHECK_INT(thread->env->len, 8);
	CHECK(!memcmp(thread->env->text, "A=1\0B=2\0", 8));
	CHECK_STR(thread->cgroups->text, "cpu=/b");
	CHECK_INT(thread->lastexec_ts_ns, ts_ns);
	CHECK_INT(thread->fdlimit, 256);
	CHECK_INT(thread->vmsize_kb, 3);
	CHECK_INT(thread->tty, 34816);
	CHECK_INT(thread->vpgid, 200);
	CHECK_INT(thread->pgid, 200);
	CHECK_INT(thread->loginuid, 7);
	CHECK_INT(thread->uid, 5);
	CHECK_INT(thread->gid, 6);
	CHECK_INT(thread->cap_inheritable, 1);
	CHECK_INT(thread->cap_permitted, 2);
	CHECK_INT(thread->cap_effective, 3);
	CHECK_INT(thread->exe_ino, 77);
	CHECK_INT(thread->exe_ino_ctime_ns, 1000);
	CHECK_INT(thread->exe_ino_mtime_ns, 2000);
	CHECK_INT(thread->exe_ino_ctime_clone_ns, thread->clone_ts_ns - 1000);
	/* Its directory and its parent are as they were. */
	CHECK_STR(thread->fs->cwd->text, "/srv/");
	CHECK_INT(thread->ptid, 100);
	CHECK_STR(feed_thread(&f, 100)->comm->text, "sh");
	feed_end(&f);
}

TEST(one_that_failed_changes_nothing)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_EXECVE_19_X, I(-2), S("x"), N, I(100), I(100), I(1));
	FEED(&f, 100, SYSCALL_EXECVEAT_X, I(-13), S("x"), N, I(100), I(100), I(1));
	CHECK_STR(feed_thread(&f, 100)->comm->text, "sh");
	CHECK_INT(feed_thread(&f, 100)->lastexec_ts_ns, 0);
	feed_end(&f);
}

static void exec_with(struct feed *f, int64_t flags, const char *trusted, const char *filename)
{
	FEED(f, 100, SYSCALL_EXECVE_19_X, I(0), S("x"), N, I(100), I(100), I(1), S(""), I(1), N, N,
	     N, N, N, S("x"), N, N, N, N, N, I(flags), N, N, N, N, N, N, N, S(trusted), N, N,
	     S(filename));
}

TEST(the_path_of_the_program)
{
	struct feed f;
	struct eyas_istr *const *path;

	feed_start(&f);
	path = &feed_thread(&f, 100)->exepath;
	exec_with(&f, 0, "/usr/bin/x", "y");
	CHECK_STR((*path)->text, "/usr/bin/x");
	exec_with(&f, 0, "/usr/bin/y (deleted)", "y");
	CHECK_STR((*path)->text, "/usr/bin/y");
	/* Events before the kernel's side said it. */
	exec_with(&f, 0, NULL, "../bin/./y");
	CHECK_STR((*path)->text, "/bin/y");
	exec_with(&f, 0, NULL, "/opt/z");
	CHECK_STR((*path)->text, "/opt/z");
	exec_with(&f, 0, NULL, "<NA>");
	CHECK_STR((*path)->text, "<NA>");
	exec_with(&f, 0, NULL, NULL);
	CHECK_STR((*path)->text, "<NA>");
	feed_end(&f);
}

TEST(flags_of_the_program)
{
	static const uint32_t bits[] = { THREAD_EXE_WRITABLE, THREAD_EXE_UPPER_LAYER,
					 THREAD_EXE_FROM_MEMFD, THREAD_EXE_LOWER_LAYER };
	const uint32_t all = bits[0] | bits[1] | bits[2] | bits[3];
	struct feed f;
	unsigned i;

	feed_start(&f);
	for (i = 0; i < 4; i++) {
		exec_with(&f, 1 << i, "/x", "/x");
		CHECK_INT(feed_thread(&f, 100)->bits & all, bits[i]);
	}
	exec_with(&f, 0, "/x", "/x");
	CHECK_INT(feed_thread(&f, 100)->bits & all, 0);
	feed_end(&f);
}

TEST(ages_of_the_file)
{
	struct feed f;
	struct eyas_thread *thread;

	feed_start(&f);
	thread = feed_thread(&f, 100);
	thread->pidns_init_start_ts_ns = 400;
	feed_exec(&f, 100, "x", "/x");
	/* When it was cloned is not known. */
	CHECK_INT(thread->exe_ino_ctime_clone_ns, 0);
	CHECK_INT(thread->exe_ino_ctime_pidns_ns, 600);
	thread->clone_ts_ns = 700;
	feed_exec(&f, 100, "x", "/x");
	/* The file is newer than the process. */
	CHECK_INT(thread->exe_ino_ctime_clone_ns, UINT64_MAX - 299);
	feed_end(&f);
}

TEST(descriptors_that_close_on_exec)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_OPEN_X, I(3), S("/a"), I(1 | 1 << 12), I(0));
	FEED(&f, 100, SYSCALL_OPEN_X, I(4), S("/b"), I(1), I(0));
	feed_fork(&f, 100, 200);
	feed_exec(&f, 200, "cat", "/bin/cat");
	CHECK(!feed_has_fd(&f, 200, 3));
	CHECK(feed_has_fd(&f, 200, 4));
	CHECK(feed_has_fd(&f, 100, 3));
	feed_end(&f);
}

/* A table shared by clone() is one's own after an exec. */
TEST(sharing_ends)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_OPEN_X, I(3), S("/a"), I(1 | 1 << 12), I(0));
	feed_clone(&f, 200,
		   &(struct feed_clone){
			   .pid = 200, .ptid = 100, .flags = 3, .vtid = 200, .vpid = 200 });
	CHECK(feed_thread(&f, 200)->fds == feed_thread(&f, 100)->fds);
	feed_exec(&f, 200, "cat", "/bin/cat");
	CHECK(feed_has_fd(&f, 100, 3));
	CHECK(!feed_has_fd(&f, 200, 3));
	FEED(&f, 200, SYSCALL_CHDIR_X, I(0), S("/var"));
	CHECK_STR(feed_thread(&f, 100)->fs->cwd->text, "/srv/");
	feed_end(&f);
}

static void add_threads(struct feed *f)
{
	int64_t tid;

	for (tid = 101; tid < 104; tid++)
		feed_clone(f, 100,
			   &(struct feed_clone){ .res = tid,
						 .pid = 100,
						 .ptid = 1,
						 .flags = CL_THREAD,
						 .vtid = 100,
						 .vpid = 100 });
}

TEST(other_threads_end)
{
	struct feed f;

	feed_start(&f);
	add_threads(&f);
	CHECK_INT(feed_thread(&f, 100)->group->alive, 4);
	feed_exec(&f, 100, "cat", "/bin/cat");
	CHECK_INT(feed_thread(&f, 100)->group->alive, 1);
	CHECK(!eyas_state_find(f.state, 101));
	CHECK(!eyas_state_find(f.state, 103));
	CHECK(f.context.thread == feed_thread(&f, 100));
	feed_end(&f);
}

/* The kernel gives the leader's id to the thread that calls it, even if the leader has exited. */
TEST(a_leader_that_had_exited)
{
	struct feed f;

	feed_start(&f);
	add_threads(&f);
	feed_exit(&f, 100);
	feed_settle(&f);
	CHECK(feed_thread(&f, 100)->bits & THREAD_DEAD);
	feed_exec(&f, 100, "cat", "/bin/cat");
	CHECK(!(feed_thread(&f, 100)->bits & THREAD_DEAD));
	CHECK_INT(feed_thread(&f, 100)->group->alive, 1);
	CHECK(!eyas_state_find(f.state, 101));
	feed_exit(&f, 100);
	feed_settle(&f);
	CHECK(!eyas_state_find(f.state, 100));
	feed_end(&f);
}

TEST(a_thread_that_keeps_its_id)
{
	struct feed f;

	feed_start(&f);
	add_threads(&f);
	FEED(&f, 102, SYSCALL_EXECVE_19_X, I(0), S("cat"), N, I(102), I(100), I(1));
	CHECK(f.context.thread == feed_thread(&f, 102));
	CHECK(eyas_state_find(f.state, 100));
	CHECK(!eyas_state_find(f.state, 101));
	feed_end(&f);
}

TEST(a_process_that_is_not_known)
{
	struct feed f;

	feed_start(&f);
	feed_exec(&f, 300, "cat", "/bin/cat");
	CHECK_INT(feed_thread(&f, 300)->pid, 300);
	CHECK_INT(feed_thread(&f, 300)->ptid, 1);
	CHECK_INT(feed_thread(&f, 300)->vpid, 300);
	CHECK_STR(feed_thread(&f, 300)->comm->text, "cat");
	CHECK_STR(feed_thread(&f, 300)->fs->cwd->text, "");
	CHECK(!(feed_thread(&f, 300)->bits & THREAD_GUESSED));
	feed_end(&f);
}

TEST(hostile_names)
{
	static char huge[60000];
	struct feed f;

	memset(huge, 0xff, sizeof(huge) - 1);
	feed_start(&f);
	FEED(&f, 100, SYSCALL_EXECVE_19_X, I(0), S(huge), N, I(100), I(100), I(1));
	CHECK_INT(feed_thread(&f, 100)->exe->len, sizeof(huge) - 1);
	CHECK_INT(feed_thread(&f, 100)->comm->len, sizeof(huge) - 1);
	exec_with(&f, 0, NULL, huge);
	CHECK_STR(feed_thread(&f, 100)->exepath->text, "/DIR_TOO_LONG/FILENAME_TOO_LONG");
	exec_with(&f, 0, "\x1b[31m\n\x01", "");
	CHECK_STR(feed_thread(&f, 100)->exepath->text, "\x1b[31m\n\x01");
	/* Arguments whose last NUL was cut off, and none but NULs. */
	FEED(&f, 100, SYSCALL_EXECVE_19_X, I(0), S(""), B("a\0b", 3), I(100), I(100), I(1));
	CHECK_INT(feed_thread(&f, 100)->args->len, 4);
	FEED(&f, 100, SYSCALL_EXECVE_19_X, I(0), S(""), B("\0\0", 2), I(100), I(100), I(1));
	CHECK_INT(feed_thread(&f, 100)->args->len, 2);
	FEED(&f, 100, SYSCALL_EXECVE_19_X, I(0), S(""), B("", 0), I(-5), I(INT64_MIN), I(1));
	feed_end(&f);
}

/* ---- exits ---- */

TEST(a_thread_stays_for_the_event_of_its_exit)
{
	struct feed f;

	feed_start(&f);
	feed_fork(&f, 100, 200);
	feed_exit(&f, 200);
	CHECK(f.context.thread == feed_thread(&f, 200));
	CHECK_STR(f.context.thread->comm->text, "sh");
	feed_settle(&f);
	CHECK(!eyas_state_find(f.state, 200));
	feed_end(&f);
}

TEST(the_reaper_of_the_event_takes_the_children)
{
	struct feed f;

	feed_start(&f);
	feed_fork(&f, 100, 200);
	feed_fork(&f, 200, 300);
	FEED(&f, 200, PROCEXIT_1_E, I(0), I(0), I(0), I(0), I(100));
	feed_settle(&f);
	CHECK_INT(feed_thread(&f, 300)->ptid, 100);
	CHECK(feed_thread(&f, 300)->parent == feed_thread(&f, 100));
	feed_end(&f);
}

TEST(exits_out_of_order)
{
	struct feed f;

	feed_start(&f);
	/* Twice, and of a thread whose clone comes after. */
	feed_exit(&f, 100);
	feed_exit(&f, 100);
	feed_settle(&f);
	CHECK(!eyas_state_find(f.state, 100));
	feed_exit(&f, 400);
	feed_clone(&f, 400,
		   &(struct feed_clone){ .pid = 400, .ptid = 1, .vtid = 400, .vpid = 400 });
	CHECK(!(feed_thread(&f, 400)->bits & (THREAD_DEAD | THREAD_GUESSED)));
	feed_end(&f);
}
