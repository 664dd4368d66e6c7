/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that are started, or are not; and programs of 32 bits. */
#include "live/proc.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int64_t ns_of(const struct timespec *time)
{
	return time->tv_sec * 1000000000ll + time->tv_nsec;
}

static struct stat stat_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		FAIL("%s: %s", path, strerror(errno));
	return st;
}

/* What an exec event says of the program file. */
struct exe {
	struct stat st;
	struct live_want flags, path;
};

#define EXE_FILE(exe) \
	INT((exe).st.st_ino), INT(ns_of(&(exe).st.st_ctim)), INT(ns_of(&(exe).st.st_mtim))
#define EXEC(result, exe_word, args, pid, ptid, comm, env, exe, uid_, gid_, file) \
	INT(result), exe_word, args, INT(pid), INT(pid), INT(ptid), PROC_CWD, \
		INT(proc_fd_limit()), PROC_MEMORY, comm, live_cgroups(), env, INT(0), INT(pid), \
		INT(proc_login_uid()), (exe).flags, INT(proc_status("CapInh", 16)), \
		INT(proc_status("CapPrm", 16)), INT(proc_status("CapEff", 16)), EXE_FILE(exe), \
		INT(uid_), (exe).path, INT(pid), INT(gid_), file

/* A program is started in a session of its own, that there is no terminal. */
static long start(const char *path, char *const *argv, char *const *envp)
{
	long pid = fork();

	if (pid == 0) {
		setsid();
		SYS(execve, path, argv, envp);
		_exit(99);
	}
	return pid;
}

static const char *const some_env[] = { "A=1", "LONG=some longer text", "", "Z", NULL };
static const char *const some_args[] = { "first", "", "with space", "\x01\xff\n", NULL };

#define ARGV(...) ((char *const[]){ __VA_ARGS__, NULL })

ROW(execve_ok)
{
	const char *path = proc_program("program", 64);
	struct exe exe = { stat_of(path), FLAGS("EXE_WRITABLE"), STR(path) };
	long pid = start(path, ARGV("arg0", "first", "", "with space", "\x01\xff\n"),
			 (char *const *)some_env);

	live_reap(pid, 7 << 8);
	EXPECT_OF(pid, SYSCALL_EXECVE_19_X,
		  EXEC(0, STR("arg0"), proc_strings(some_args), pid, getpid(), STR("program"),
		       proc_strings(some_env), exe, 0, 0, STR(path)));
	EXPECT_OF(pid, PROCEXIT_1_E, INT(7 << 8), INT(7), INT(0), INT(0), INT(0));
	EXPECT_COUNT(pid, SYSCALL_EXECVE_19_X, 1);
}

ROW(execve_bare)
{
	const char *path = proc_program("a-name-of-more-than-15", 64);
	struct exe exe = { stat_of(path), FLAGS("EXE_WRITABLE"), STR(path) };
	long pid = start(path, ARGV("x"), ARGV(NULL));

	live_reap(pid, 7 << 8);
	EXPECT_OF(pid, SYSCALL_EXECVE_19_X,
		  EXEC(0, STR("x"), NONE, pid, getpid(), STR("a-name-of-more-"), NONE, exe, 0, 0,
		       STR(path)));
}

/* All of it as somebody who may not write to the program. */
ROW(execve_somebody)
{
	const char *path = proc_program("program", 64);
	struct exe exe;
	long pid;

	CHECK_INT(chmod(live_tmp(), 0755), 0);
	exe = (struct exe){ stat_of(path), INT(0), STR(path) };
	MUST(SYS(setresgid, 61, 61, 61));
	MUST(SYS(setresuid, 71, 71, 71));
	pid = start(path, ARGV("x", "y"), ARGV("E="));
	live_reap(pid, 7 << 8);
	EXPECT_OF(pid, SYSCALL_EXECVE_19_X,
		  EXEC(0, STR("x"), DATA("y\0"), pid, getpid(), STR("program"), DATA("E=\0"), exe,
		       71, 61, STR(path)));
}

/* A relative name: the one given and the one it stands for. */
ROW(execve_relative)
{
	const char *path = proc_program("program", 64);
	struct exe exe = { stat_of(path), FLAGS("EXE_WRITABLE"), STR(path) };
	long pid;

	CHECK_INT(chdir(live_tmp()), 0);
	pid = start("./program", ARGV("x"), ARGV("E=1"));
	live_reap(pid, 7 << 8);
	EXPECT_OF(pid, SYSCALL_EXECVE_19_X,
		  EXEC(0, STR("x"), NONE, pid, getpid(), STR("program"), DATA("E=1\0"), exe, 0, 0,
		       STR("./program")));
}

/* A link: the file behind it. */
ROW(execve_link)
{
	const char *path = proc_program("program", 64), *link = live_path("link");
	struct exe exe = { stat_of(path), FLAGS("EXE_WRITABLE"), STR(path) };
	long pid;

	CHECK_INT(symlink(path, link), 0);
	pid = start(link, ARGV("x"), ARGV("E=1"));
	live_reap(pid, 7 << 8);
	EXPECT_OF(pid, SYSCALL_EXECVE_19_X,
		  EXEC(0, STR("x"), NONE, pid, getpid(), STR("link"), DATA("E=1\0"), exe, 0, 0,
		       STR(link)));
}

/* Arguments of more than there is room for: the first 4096 bytes of them and the first word. */
ROW(execve_long)
{
	const char *path = proc_program("program", 64);
	char *argv[102] = { "x" }, all[8192];
	struct exe exe = { stat_of(path), FLAGS("EXE_WRITABLE"), STR(path) };
	struct live_want args, env;
	size_t len = 0;
	long pid;
	int i;

	for (i = 1; i <= 100; i++) {
		if (asprintf(&argv[i], "argument %02d %050d", i, i) < 0)
			FAIL("out of memory");
		memcpy(all + len, argv[i], strlen(argv[i]) + 1);
		len += strlen(argv[i]) + 1;
	}
	pid = start(path, argv, argv + 1);
	live_reap(pid, 7 << 8);
	/* What does not fit ends in the middle, with a NUL all the same. */
	all[4095] = '\0';
	env = BYTES(all, 4096);
	all[4093] = '\0';
	args = BYTES(all, 4094);
	EXPECT_OF(
		pid, SYSCALL_EXECVE_19_X,
		EXEC(0, STR("x"), args, pid, getpid(), STR("program"), env, exe, 0, 0, STR(path)));
}

/* The name that /proc has for a process. */
static struct live_want comm_of(long pid)
{
	char path[64], name[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	file = fopen(path, "r");
	if (!file || !fgets(name, sizeof(name), file))
		FAIL("%s: %s", path, strerror(errno));
	fclose(file);
	name[strcspn(name, "\n")] = '\0';
	return STR(name);
}

/* A program that is in no file system. */
ROW(execveat_memfd)
{
	const char *const name = "memfd:in memory";
	struct exe exe;
	struct live_want comm;
	char link[64], file[64];
	int status;
	long fd = MUST(SYS(memfd_create, "in memory", 0)), pid;

	proc_write_program((int)fd, 64);
	snprintf(link, sizeof(link), "/proc/self/fd/%ld", fd);
	exe.st = stat_of(link);
	exe.flags = FLAGS("EXE_WRITABLE|EXE_FROM_MEMFD");
	exe.path = STR(name);
	pid = fork();
	if (pid == 0) {
		setsid();
		/* It stops behind the call: some kernels name it by its number, some by its name. */
		SYS(ptrace, PTRACE_TRACEME, 0, 0, 0);
		SYS(execveat, fd, "", ARGV("x"), ARGV("E=1"), 0x1000);
		_exit(99);
	}
	CHECK(waitpid((pid_t)pid, &status, 0) == pid && WIFSTOPPED(status));
	comm = comm_of(pid);
	MUST(SYS(ptrace, PTRACE_DETACH, pid, 0, 0));
	live_reap(pid, 7 << 8);
	snprintf(file, sizeof(file), "/dev/fd/%ld", fd);
	EXPECT_OF(
		pid, SYSCALL_EXECVE_19_X,
		EXEC(0, STR("x"), NONE, pid, getpid(), comm, DATA("E=1\0"), exe, 0, 0, STR(file)));
}

ROW(execveat_dirfd)
{
	const char *path = proc_program("program", 64);
	struct exe exe = { stat_of(path), FLAGS("EXE_WRITABLE"), STR(path) };
	long dirfd = MUST(SYS(open, live_tmp(), O_RDONLY | O_DIRECTORY)), pid;
	char file[64];

	pid = fork();
	if (pid == 0) {
		setsid();
		SYS(execveat, dirfd, "program", ARGV("x"), ARGV("E=1"), 0);
		_exit(99);
	}
	live_reap(pid, 7 << 8);
	snprintf(file, sizeof(file), "/dev/fd/%ld/program", dirfd);
	EXPECT_OF(pid, SYSCALL_EXECVE_19_X,
		  EXEC(0, STR("x"), NONE, pid, getpid(), STR("program"), DATA("E=1\0"), exe, 0, 0,
		       STR(file)));
}

/* ---- programs that are not started: the event is about the one that goes on ---- */

static struct exe own_exe(void)
{
	struct exe exe;
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n < 0)
		FAIL("/proc/self/exe: %s", strerror(errno));
	path[n] = '\0';
	exe.st = stat_of(path);
	exe.flags = FLAGS("EXE_WRITABLE");
	exe.path = STR(path);
	return exe;
}

static void exec_fails(void)
{
	struct exe exe = own_exe();
	long ppid = getppid();

	setsid();
	CHECK_INT(CALL(execve, "/no/such", some_args, some_env), -ENOENT);
	EXPECT(SYSCALL_EXECVE_19_X,
	       EXEC(-ENOENT, STR("first"), proc_strings(some_args + 1), getpid(), ppid, proc_comm(),
		    proc_strings(some_env), exe, 0, 0, STR("/no/such")));
	CHECK_INT(CALL(execve, BADPTR, BADPTR, BADPTR), -EFAULT);
	EXPECT(SYSCALL_EXECVE_19_X,
	       EXEC(-EFAULT, NONE, NONE, getpid(), ppid, proc_comm(), NONE, exe, 0, 0, NONE));
}

ROW(execve_fails)
{
	live_reap(live_fork(exec_fails), 0);
}

static void execveat_fails(void)
{
	struct exe exe = own_exe();
	long ppid = getppid();

	setsid();
	CHECK_INT(CALL(execveat, -1, "x", some_args, some_env, 0), -EBADF);
	EXPECT(SYSCALL_EXECVEAT_X, INT(-EBADF), STR("first"), proc_strings(some_args + 1),
	       INT(getpid()), INT(getpid()), INT(ppid), PROC_CWD, INT(proc_fd_limit()), PROC_MEMORY,
	       proc_comm(), live_cgroups(), proc_strings(some_env), INT(0), INT(getpid()),
	       INT(proc_login_uid()), exe.flags, INT(proc_status("CapInh", 16)),
	       INT(proc_status("CapPrm", 16)), INT(proc_status("CapEff", 16)), EXE_FILE(exe),
	       INT(0), exe.path, INT(getpid()), INT(0));
}

ROW(execveat_fails)
{
	live_reap(live_fork(execveat_fails), 0);
}

/* ---- 32 bits ---- */

ROW(ia32_program)
{
	const char *path = proc_program("program32", 32);
	struct exe exe = { stat_of(path), FLAGS("EXE_WRITABLE"), STR(path) };
	long pid = start(path, ARGV("x", "y"), ARGV("E=1"));
	int status;

	waitpid((pid_t)pid, &status, 0);
	if (status == 99 << 8)
		live_skip("this kernel does not run programs of 32 bits");
	CHECK_INT(status, 7 << 8);
	EXPECT_OF(pid, SYSCALL_EXECVE_19_X,
		  EXEC(0, STR("x"), DATA("y\0"), pid, getpid(), STR("program32"), DATA("E=1\0"),
		       exe, 0, 0, STR(path)));
	EXPECT_OF(pid, SYSCALL_OPEN_X, INT(-ENOENT), STR("/no/such32"), FLAGS("O_RDONLY"), INT(0),
		  INT(0), INT(0));
	EXPECT_OF(pid, SOCKET_SOCKET_X, RANGE(3, 1000), FLAGS("AF_INET"), INT(1), INT(0), INT(0));
	EXPECT_OF(pid, SOCKET_BIND_X, INT(-EBADF), NONE, INT(-1));
	EXPECT_SOME(pid, GENERIC_X, INT(EYAS_SYS_GETPID), INT(__NR_getpid));
	EXPECT_OF(pid, PROCEXIT_1_E, INT(7 << 8), INT(7), INT(0), INT(0), INT(0));
}
