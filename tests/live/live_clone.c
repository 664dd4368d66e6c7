/* SPDX-License-Identifier: Apache-2.0 */
/* How processes and threads begin and end, seen from both sides. */
#include "live/proc.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Both sides of a process without anything special: the parent's event and the child's. */
#define PARENT(type, child, flags) \
	EXPECT(type, PROC_CLONE(child, getpid(), getpid(), getppid(), flags, 0, 0, getpid(), \
				getpid(), INT(0)))
#define CHILD(type, child, flags) \
	EXPECT_OF(child, type, \
		  PROC_CLONE(0, child, child, getpid(), flags, 0, 0, child, child, proc_start(1)))
/* status as wait() has it, without children that somebody must take over */
#define ENDS(pid, status) \
	EXPECT_OF(pid, PROCEXIT_1_E, INT(status), \
		  INT(WIFEXITED(status) ? WEXITSTATUS(status) : 0), \
		  INT(WIFSIGNALED(status) ? WTERMSIG(status) : 0), \
		  INT(WIFSIGNALED(status) && WCOREDUMP(status) ? 1 : 0), INT(0))

ROW(fork_ok)
{
	long pid = CALL(fork);

	if (pid == 0)
		SYS(exit_group, 5);
	MUST(pid);
	PARENT(SYSCALL_FORK_20_X, pid, INT(0));
	CHILD(SYSCALL_FORK_20_X, pid, INT(0));
	live_reap(pid, 5 << 8);
	ENDS(pid, 5 << 8);
}

ROW(vfork_ok)
{
	pid_t pid;

	live_mark_begin();
	pid = vfork();
	if (pid == 0)
		_exit(6);
	live_mark_end();
	PARENT(SYSCALL_VFORK_20_X, pid, INT(0));
	EXPECT_OF(pid, SYSCALL_VFORK_20_X,
		  PROC_CLONE(0, pid, pid, getpid(), INT(0), 0, 0, pid, pid, proc_start(1)));
	live_reap(pid, 6 << 8);
	ENDS(pid, 6 << 8);
}

ROW(clone_ok)
{
	int tid = 0;
	long pid = CALL(clone, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, 0, 0, &tid, 0);

	if (pid == 0)
		SYS(exit_group, 0);
	MUST(pid);
	PARENT(SYSCALL_CLONE_20_X, pid, FLAGS("CLONE_CHILD_SETTID|CLONE_CHILD_CLEARTID"));
	CHILD(SYSCALL_CLONE_20_X, pid, FLAGS("CLONE_CHILD_SETTID|CLONE_CHILD_CLEARTID"));
	live_reap(pid, 0);
	ENDS(pid, 0);
}

ROW(clone_fails)
{
	CHECK_INT(CALL(clone, CLONE_THREAD, 0, 0, 0, 0), -EINVAL);
	/* Arguments are for those who must know a new process. */
	EXPECT(SYSCALL_CLONE_20_X, INT(-EINVAL), NONE, NONE, INT(getpid()), INT(getpid()),
	       INT(getppid()), PROC_CWD, INT(proc_fd_limit()), PROC_MEMORY, proc_comm(),
	       live_cgroups(), FLAGS("CLONE_THREAD"), INT(0), INT(0), INT(getpid()), INT(getpid()),
	       INT(0));
}

ROW(clone3_ok)
{
	struct clone_args args = { .flags = CLONE_FS | CLONE_FILES, .exit_signal = SIGCHLD };
	long pid = CALL(clone3, &args, sizeof(args));

	if (pid == 0)
		SYS(exit_group, 1);
	MUST(pid);
	PARENT(SYSCALL_CLONE3_X, pid, FLAGS("CLONE_FS|CLONE_FILES"));
	CHILD(SYSCALL_CLONE3_X, pid, FLAGS("CLONE_FS|CLONE_FILES"));
	live_reap(pid, 1 << 8);
	ENDS(pid, 1 << 8);
}

/* Another user, group, name and limit than the others. */
ROW(clone_of_somebody)
{
	struct rlimit lim;
	long pid;

	MUST(SYS(prctl, PR_SET_NAME, "some \"body\""));
	getrlimit(RLIMIT_NOFILE, &lim);
	lim.rlim_cur--;
	setrlimit(RLIMIT_NOFILE, &lim);
	MUST(SYS(setresgid, 41, 42, 43));
	MUST(SYS(setresuid, 51, 52, 53));
	pid = CALL(fork);
	if (pid == 0)
		SYS(exit_group, 0);
	EXPECT(SYSCALL_FORK_20_X, PROC_CLONE(pid, getpid(), getpid(), getppid(), INT(0), 52, 42,
					     getpid(), getpid(), INT(0)));
	EXPECT_OF(pid, SYSCALL_FORK_20_X,
		  PROC_CLONE(0, pid, pid, getpid(), INT(0), 52, 42, pid, pid, ANY));
	live_reap(pid, 0);
}

/* ---- threads ---- */

static int thread_main(void *arg)
{
	(void)arg;
	SYS(exit, 3);
	return 0;
}

#define THREAD_FLAGS \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | \
	 CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

static volatile int thread_tid;

static void wait_for_thread(void)
{
	int tid;

	while ((tid = thread_tid) != 0)
		SYS(futex, &thread_tid, FUTEX_WAIT, tid, NULL, NULL, 0);
}

ROW(clone_thread)
{
	char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long tid;
	int id;

	live_mark_begin();
	/* The word that the thread clears at its end is set before it begins. */
	tid = clone(thread_main, stack + 65536, THREAD_FLAGS, NULL, &thread_tid, NULL, &thread_tid);
	live_mark_end();
	id = (int)tid;
	MUST(tid);
	wait_for_thread();
	PARENT(SYSCALL_CLONE_20_X, id,
	       FLAGS("CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|"
		     "CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID"));
	EXPECT_OF(id, SYSCALL_CLONE_20_X,
		  PROC_CLONE(0, id, getpid(), getppid(),
			     FLAGS("CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|"
				   "CLONE_SYSVSEM|CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID"),
			     0, 0, id, getpid(), proc_start(1)));
	EXPECT_OF(id, PROCEXIT_1_E, INT(3 << 8), INT(3), INT(0), INT(0), INT(0));
	EXPECT_COUNT(getpid(), PROCEXIT_1_E, 1);
}

/* ---- ends ---- */

ROW(killed)
{
	long pid = live_fork((void (*)(void))pause);

	MUST(SYS(kill, pid, SIGKILL));
	live_reap(pid, SIGKILL);
	ENDS(pid, SIGKILL);
}

static void crash(void)
{
	/* The compiler need not know. */
	int *volatile bad = BADPTR;
	struct rlimit lim = { 0, 0 };

	setrlimit(RLIMIT_CORE, &lim);
	*bad = 1;
}

ROW(crashed)
{
	long pid = live_fork(crash);
	int status;

	waitpid((pid_t)pid, &status, 0);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	ENDS(pid, status);
}

static void crash_with_core(void)
{
	struct rlimit lim = { 1 << 24, 1 << 24 };

	setrlimit(RLIMIT_CORE, &lim);
	chdir(live_tmp());
	abort();
}

ROW(crashed_with_core)
{
	long pid = live_fork(crash_with_core);
	int status;

	waitpid((pid_t)pid, &status, 0);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	ENDS(pid, status);
}

/* Children that are left go to the nearest subreaper. */
ROW(reaper)
{
	int pair[2];
	char byte;
	long pid, orphan;

	CHECK_INT(pipe(pair), 0);
	MUST(SYS(prctl, PR_SET_CHILD_SUBREAPER, 1));
	pid = fork();
	if (pid == 0) {
		orphan = fork();
		if (orphan == 0) {
			close(pair[1]);
			CHECK_INT(read(pair[0], &byte, 1), 0);
			_exit(0);
		}
		_exit(2);
	}
	live_reap(pid, 2 << 8);
	EXPECT_OF(pid, PROCEXIT_1_E, INT(2 << 8), INT(2), INT(0), INT(0), INT(getpid()));
	close(pair[1]);
	CHECK(wait(NULL) > 0);
}

/* ---- namespaces ---- */

#define IN_PIDNS "CLONE_CHILD_IN_PIDNS"

/* The first process of a pid namespace, and its child: numbers here and there. */
ROW(clone_newpid)
{
	int pair[2];
	long pid, child;
	char byte;
	struct live_want start;

	CHECK_INT(pipe(pair), 0);
	pid = CALL(clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		close(pair[1]);
		child = SYS(fork);
		if (child == 0)
			SYS(exit_group, 0);
		waitpid((pid_t)child, NULL, 0);
		SYS(read, pair[0], &byte, 1);
		SYS(exit_group, (int)child);
	}
	MUST(pid);
	start = proc_start(pid);
	/* The parent has no namespace for its children: this one alone is in it. */
	PARENT(SYSCALL_CLONE_20_X, pid, FLAGS("CLONE_NEWPID"));
	EXPECT_OF(pid, SYSCALL_CLONE_20_X,
		  PROC_CLONE(0, pid, pid, getpid(), FLAGS("CLONE_NEWPID|" IN_PIDNS), 0, 0, 1, 1,
			     start));
	/* Its child's number is not known here; in there it is 2. */
	EXPECT_OF(pid, SYSCALL_FORK_20_X,
		  PROC_CLONE(2, pid, pid, getpid(), FLAGS(IN_PIDNS), 0, 0, 1, 1, INT(0)));
	close(pair[1]);
	live_reap(pid, 2 << 8);
	ENDS(pid, 2 << 8);
}

/* A process that made a namespace for its children is not in it itself. */
ROW(unshare_newpid)
{
	long pid;

	MUST(SYS(unshare, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC));
	pid = CALL(fork);
	if (pid == 0)
		SYS(exit_group, 0);
	PARENT(SYSCALL_FORK_20_X, pid, FLAGS(IN_PIDNS));
	EXPECT_OF(pid, SYSCALL_FORK_20_X,
		  PROC_CLONE(0, pid, pid, getpid(), FLAGS(IN_PIDNS), 0, 0, 1, 1, ANY));
	live_reap(pid, 0);
}

/* ---- many ---- */

#define MANY 500

ROW(fork_bomb)
{
	static long pids[MANY];
	int i, many = live_is_emulated() ? MANY / 5 : MANY;

	for (i = 0; i < many; i++) {
		pids[i] = SYS(fork);
		if (pids[i] == 0)
			SYS(exit_group, 0);
		MUST(pids[i]);
	}
	for (i = 0; i < many; i++) {
		live_reap(pids[i], 0);
		EXPECT_COUNT(pids[i], SYSCALL_FORK_20_X, 1);
		EXPECT_COUNT(pids[i], PROCEXIT_1_E, 1);
	}
	EXPECT_COUNT(getpid(), SYSCALL_FORK_20_X, many);
}

/* ---- tracepoints on request ---- */

static void with_tracepoints(struct eyas_live_opts *opts)
{
	static struct eyas_codes codes;

	eyas_codes_add_default(&codes);
	eyas_codes_add(&codes, EYAS_SYS_SIGNAL_DELIVER);
	eyas_codes_add(&codes, EYAS_SYS_SCHED_SWITCH);
	eyas_codes_add(&codes, EYAS_SYS_PAGE_FAULT_USER);
	eyas_codes_add(&codes, EYAS_SYS_PAGE_FAULT_KERNEL);
	opts->codes = &codes;
}

static void ignore(int sig)
{
	(void)sig;
}

ROW_WITH(signal_deliver, with_tracepoints)
{
	struct sigaction action = { .sa_handler = ignore };
	long pid;

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGCHLD, &action, NULL);
	MUST(SYS(kill, getpid(), SIGTERM));
	EXPECT_OF(getpid(), SIGNALDELIVER_E, INT(getpid()), INT(getpid()), INT(SIGTERM));
	/* The sender is looked for where people send signals. */
	MUST(SYS(kill, getpid(), SIGUSR1));
	EXPECT_OF(getpid(), SIGNALDELIVER_E, INT(0), INT(getpid()), INT(SIGUSR1));
	pid = fork();
	if (pid == 0)
		_exit(0);
	live_reap(pid, 0);
	EXPECT_OF(getpid(), SIGNALDELIVER_E, INT(pid), INT(getpid()), INT(SIGCHLD));
}

ROW_WITH(page_fault_user, with_tracepoints)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	page[4096 + 17] = 1;
	EXPECT_SOME(getpid(), PAGE_FAULT_E, INT((long)page + 4096 + 17), ANY,
		    FLAGS("PAGE_NOT_PRESENT|WRITE_ACCESS|USER_FAULT"));
}

ROW_WITH(page_fault_kernel, with_tracepoints)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long fd = MUST(SYS(open, "/dev/zero", O_RDONLY));

	CHECK_INT(SYS(read, fd, page, 10), 10);
	EXPECT_SOME(getpid(), PAGE_FAULT_E, INT((long)page), ANY,
		    FLAGS("PAGE_NOT_PRESENT|WRITE_ACCESS|SUPERVISOR_FAULT"));
}

ROW_WITH(sched_switch, with_tracepoints)
{
	struct rusage usage;
	long before;

	/* A slow machine may find the time over before the process has gone to sleep. */
	CHECK_INT(getrusage(RUSAGE_SELF, &usage), 0);
	before = usage.ru_nvcsw;
	while (usage.ru_nvcsw == before) {
		usleep(1000);
		CHECK_INT(getrusage(RUSAGE_SELF, &usage), 0);
	}
	EXPECT_SOME(getpid(), SCHEDSWITCH_6_E, ANY, ANY, ANY, RANGE(1, 100000000),
		    RANGE(0, 100000000), INT(0));
}
