/* SPDX-License-Identifier: Apache-2.0 */
/* Programs in other surroundings: namespaces, terminals, layered file systems, threads, cgroups. */
#include "live/proc.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

static int64_t ns_of(const struct timespec *time)
{
	return time->tv_sec * 1000000000ll + time->tv_nsec;
}

/* Of a program that was started: what these rows are about, all else as in this process. */
struct exec {
	const char *path, *comm;
	struct stat st;
	struct live_want flags, tty, trusted, cgroups;
	long pid, ptid, pgid, vpgid;
};

static struct exec exec_of(const char *path)
{
	struct exec x = { .path = path, .comm = strrchr(path, '/') + 1 };

	if (stat(path, &x.st) < 0)
		FAIL("%s: %s", path, strerror(errno));
	x.flags = FLAGS("EXE_WRITABLE");
	x.tty = INT(0);
	x.trusted = STR(path);
	x.cgroups = live_cgroups();
	x.ptid = getpid();
	return x;
}

static void expect_exec(const char *file, int line, const struct exec *x)
{
	const struct live_want wants[] = {
		INT(0),
		STR("x"),
		NONE,
		INT(x->pid),
		INT(x->pid),
		INT(x->ptid),
		PROC_CWD,
		INT(proc_fd_limit()),
		PROC_MEMORY,
		STR(x->comm),
		x->cgroups,
		NONE,
		x->tty,
		INT(x->vpgid),
		INT(proc_login_uid()),
		x->flags,
		INT(proc_status("CapInh", 16)),
		INT(proc_status("CapPrm", 16)),
		INT(proc_status("CapEff", 16)),
		INT(x->st.st_ino),
		INT(ns_of(&x->st.st_ctim)),
		INT(ns_of(&x->st.st_mtim)),
		INT(0),
		x->trusted,
		INT(x->pgid),
		INT(0),
		STR(x->path),
	};

	live_expect(file, line, LIVE_OF_TID, EYAS_EV_SYSCALL_EXECVE_19_X, x->pid,
		    sizeof(wants) / sizeof(wants[0]), wants);
}
#define EXPECT_EXEC(x) expect_exec(__FILE__, __LINE__, x)

static _Noreturn void exec_now(const char *path)
{
	SYS(execve, path, ((char *const[]){ "x", NULL }), NULL);
	_exit(99);
}

/* ---- terminals ---- */

ROW(exec_terminal)
{
	const char *path = proc_program("program", 64);
	struct exec x = exec_of(path);
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), zero = 0, number;
	char name[64];
	struct stat st;

	if (master < 0 || ioctl(master, TIOCSPTLCK, &zero) < 0 ||
	    ioctl(master, TIOCGPTN, &number) < 0)
		live_skip("no terminals: %s", strerror(errno));
	snprintf(name, sizeof(name), "/dev/pts/%d", number);
	if (stat(name, &st) < 0)
		live_skip("%s: %s", name, strerror(errno));
	x.pid = x.pgid = x.vpgid = fork();
	if (x.pid == 0) {
		int fd;

		setsid();
		fd = open(name, O_RDWR);
		ioctl(fd, TIOCSCTTY, 0);
		exec_now(path);
	}
	live_reap(x.pid, 7 << 8);
	/* As the device number of a terminal is in /proc. */
	x.tty = INT((minor(st.st_rdev) & 0xff) | major(st.st_rdev) << 8 |
		    (minor(st.st_rdev) & ~0xffu) << 12);
	EXPECT_EXEC(&x);
}

/* ---- pid namespaces ---- */

ROW(exec_in_pidns)
{
	const char *path = proc_program("program", 64);
	struct exec x = exec_of(path);

	MUST(SYS(unshare, CLONE_NEWPID));
	x.pid = fork();
	if (x.pid == 0) {
		setsid();
		exec_now(path);
	}
	x.pgid = x.pid;
	x.vpgid = 1;
	live_reap(x.pid, 7 << 8);
	EXPECT_EXEC(&x);
}

/* ---- a thread that is not the first one starts a program: it becomes the first ---- */

static const char *thread_path;

static int thread_main(void *arg)
{
	(void)arg;
	exec_now(thread_path);
}

ROW(exec_by_thread)
{
	struct exec x;

	thread_path = proc_program("program", 64);
	x = exec_of(thread_path);
	x.pid = x.pgid = x.vpgid = fork();
	if (x.pid == 0) {
		char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				   -1, 0);

		setsid();
		clone(thread_main, stack + 65536,
		      CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			      CLONE_SYSVSEM,
		      NULL);
		for (;;)
			pause();
	}
	live_reap(x.pid, 7 << 8);
	EXPECT_EXEC(&x);
}

/* ---- layers ---- */

static const char *layered(void)
{
	const char *dir = live_tmp(), *merged = live_path("merged");
	char *options;

	MUST(SYS(unshare, CLONE_NEWNS));
	MUST(SYS(mount, "none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	/* Layers of a file system that can be one everywhere. */
	MUST(SYS(mount, "eyas", dir, "tmpfs", 0, NULL));
	if (mkdir(live_path("lower"), 0755) < 0 || mkdir(live_path("upper"), 0755) < 0 ||
	    mkdir(live_path("work"), 0755) < 0 || mkdir(merged, 0755) < 0)
		FAIL("%s: %s", dir, strerror(errno));
	proc_program("lower/below", 64);
	proc_program("upper/above", 64);
	if (asprintf(&options, "lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work", dir, dir,
		     dir) < 0)
		FAIL("out of memory");
	if (SYS(mount, "eyas", merged, "overlay", 0, options) < 0)
		live_skip("no overlay file system");
	return merged;
}

static void exec_layer(const char *name, const char *flags_upper)
{
	struct exec x;

	layered();
	x = exec_of(live_path(name));
	x.flags = flags_upper ? FLAGS("EXE_WRITABLE|EXE_UPPER_LAYER")
			      : FLAGS("EXE_WRITABLE|EXE_LOWER_LAYER");
	x.pid = x.pgid = x.vpgid = fork();
	if (x.pid == 0) {
		setsid();
		exec_now(x.path);
	}
	live_reap(x.pid, 7 << 8);
	EXPECT_EXEC(&x);
}

ROW(exec_upper_layer)
{
	exec_layer("merged/above", "");
}

ROW(exec_lower_layer)
{
	exec_layer("merged/below", NULL);
}

ROW(open_layers)
{
	const char *above, *below, *made;
	long fd;

	layered();
	above = live_path("merged/above");
	below = live_path("merged/below");
	made = live_path("merged/made");
	fd = MUST(CALL(openat, AT_FDCWD, above, O_RDONLY, 0));
	EXPECT(SYSCALL_OPENAT_2_X, INT(fd), INT(-100), STR(above), FLAGS("O_RDONLY|FD_UPPER_LAYER"),
	       INT(0), INT(live_dev(above)), INT(live_ino(above)));
	fd = MUST(CALL(openat, AT_FDCWD, below, O_RDONLY, 0));
	EXPECT(SYSCALL_OPENAT_2_X, INT(fd), INT(-100), STR(below), FLAGS("O_RDONLY|FD_LOWER_LAYER"),
	       INT(0), INT(live_dev(below)), INT(live_ino(below)));
	fd = MUST(CALL(creat, made, 0600));
	EXPECT(SYSCALL_CREAT_X, INT(fd), STR(made), INT(0600), INT(live_dev(made)),
	       INT(live_ino(made)), FLAGS("FD_UPPER_LAYER_CREAT"));
}

/* ---- capabilities of programs ---- */

ROW(exec_without_rights)
{
	const char *path = proc_program("program", 64);
	struct exec x = exec_of(path);

	/* What is taken from the bounding set is in no program that is started. */
	MUST(SYS(prctl, PR_CAPBSET_DROP, 21, 0, 0, 0));
	MUST(SYS(prctl, PR_CAPBSET_DROP, 1, 0, 0, 0));
	x.pid = x.pgid = x.vpgid = fork();
	if (x.pid == 0) {
		setsid();
		exec_now(path);
	}
	live_reap(x.pid, 7 << 8);
	{
		int64_t left = proc_status("CapPrm", 16) & ~(1ll << 21) & ~(1ll << 1);
		long caps = SYS(prctl, PR_CAPBSET_READ, 21, 0, 0, 0);

		CHECK_INT(caps, 0);
		EXPECT_OF(x.pid, SYSCALL_EXECVE_19_X, INT(0), STR("x"), NONE, INT(x.pid),
			  INT(x.pid), INT(getpid()), PROC_CWD, INT(proc_fd_limit()), PROC_MEMORY,
			  STR("program"), live_cgroups(), NONE, INT(0), INT(x.pid),
			  INT(proc_login_uid()), x.flags, INT(proc_status("CapInh", 16)), INT(left),
			  INT(left), INT(x.st.st_ino), INT(ns_of(&x.st.st_ctim)),
			  INT(ns_of(&x.st.st_mtim)), INT(0), x.trusted, INT(x.pid), INT(0),
			  STR(path));
	}
}

/* ---- control groups ---- */

static const char *const group_places[] = { "/sys/fs/cgroup/memory", "/sys/fs/cgroup/cpu,cpuacct",
					    "/sys/fs/cgroup/cpu", "/sys/fs/cgroup" };

/* In a group of its own, of whatever hierarchy lets one be made. */
ROW(exec_in_cgroup)
{
	const char *path = proc_program("program", 64);
	struct exec x;
	char dir[256], procs[300];
	size_t i;
	int fd = -1;

	for (i = 0; i < sizeof(group_places) / sizeof(group_places[0]) && fd < 0; i++) {
		snprintf(dir, sizeof(dir), "%s/eyas-live-%d", group_places[i], getpid());
		snprintf(procs, sizeof(procs), "%s/cgroup.procs", dir);
		if (mkdir(dir, 0755) == 0 && (fd = open(procs, O_WRONLY)) < 0)
			rmdir(dir);
	}
	if (fd < 0)
		live_skip("no control groups");
	if (write(fd, "0", 1) != 1)
		FAIL("%s: %s", procs, strerror(errno));
	x = exec_of(path);
	x.pid = x.pgid = x.vpgid = fork();
	if (x.pid == 0) {
		setsid();
		exec_now(path);
	}
	live_reap(x.pid, 7 << 8);
	EXPECT_EXEC(&x);
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", group_places[i - 1]);
	fd = open(procs, O_WRONLY);
	CHECK_INT(write(fd, "0", 1), 1);
	CHECK_INT(rmdir(dir), 0);
}
