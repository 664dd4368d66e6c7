/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is made of the files of /proc: a tree of our own making, so that every file can say what
 * it likes or be missing. test_scan.c has the real one.
 */
#include "unit/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/proc_int.h"

#define BOOT_S 1700000000
#define BOOT_NS (BOOT_S * INT64_C(1000000000))
#define ID64 "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"

/* ---- the tree ---- */

/* Valid until the fourth call from here. */
static const char *full_path(const char *path)
{
	static char full[4][PATH_MAX];
	static unsigned next;
	char *to = full[next++ % 4];

	snprintf(to, PATH_MAX, "%s/%s", test_tmpdir(), path);
	return to;
}

static void make_parents(const char *path)
{
	char full[PATH_MAX], *slash;

	snprintf(full, sizeof(full), "%s", full_path(path));
	for (slash = strchr(full + strlen(test_tmpdir()) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		CHECK(!mkdir(full, 0777) || errno == EEXIST);
		*slash = '/';
	}
}

static void put_bytes(const char *path, const void *data, size_t len)
{
	FILE *file;

	make_parents(path);
	file = fopen(full_path(path), "w");
	CHECK(file);
	CHECK_INT(fwrite(data, 1, len, file), len);
	CHECK_INT(fclose(file), 0);
}

__attribute__((format(printf, 2, 3))) static void put(const char *path, const char *fmt, ...)
{
	static char text[8192];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	CHECK(len >= 0 && len < (int)sizeof(text));
	put_bytes(path, text, (size_t)len);
}

static void put_link(const char *path, const char *to)
{
	make_parents(path);
	(void)unlink(full_path(path));
	CHECK_INT(symlink(to, full_path(path)), 0);
}

/* The comm of stat is "(NAME)"; utime to the number of threads are of no interest. */
static void put_stat(const char *dir, int pid, const char *comm)
{
	char path[64];

	snprintf(path, sizeof(path), "proc/%s/stat", dir);
	put(path,
	    "%d (%s) S 1 50 40 34816 -1 4194304 1234 9 56 3 1 2 0 0 20 0 1 0 5000 "
	    "2310144 412 18446744073709551615\n",
	    pid, comm);
}

#define CAPS "CapInh:\t0000000000000001\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000000400\n"

/* With one process in the machine's own namespaces; ids as a kernel of today has them. */
static void put_status(const char *dir, int tgid, int pid, char state, int threads)
{
	char path[64];

	snprintf(path, sizeof(path), "proc/%s/status", dir);
	put(path,
	    "Name:\tname\nUmask:\t0022\nState:\t%c (sleeping)\nTgid:\t%d\nNgid:\t0\nPid:\t%d\n"
	    "PPid:\t1\nTracerPid:\t0\nUid:\t1000\t1001\t1002\t1003\nGid:\t100\t101\t102\t103\n"
	    "FDSize:\t64\nGroups:\t4 24 \nNStgid:\t%d\nNSpid:\t%d\nNSpgid:\t50\nNSsid:\t40\n"
	    "VmPeak:\t  9999 kB\nVmSize:\t  2256 kB\nVmRSS:\t  1648 kB\nVmSwap:\t  12 kB\n"
	    "Threads:\t%d\n" CAPS "CapBnd:\t000001ffffffffff\nSeccomp:\t0\n",
	    state, tgid, pid, tgid, pid, threads);
}

static void put_process(int pid)
{
	char dir[16], path[64];

	snprintf(dir, sizeof(dir), "%d", pid);
	put_status(dir, pid, pid, 'S', 1);
	put_stat(dir, pid, "name");
#define PUT(file, ...) (snprintf(path, sizeof(path), "proc/%d/" file, pid), put(path, __VA_ARGS__))
#define LINK(file, to) (snprintf(path, sizeof(path), "proc/%d/" file, pid), put_link(path, to))
	snprintf(path, sizeof(path), "proc/%d/cmdline", pid);
	put_bytes(path, "/bin/name\0-a\0b c\0", 17);
	snprintf(path, sizeof(path), "proc/%d/environ", pid);
	put_bytes(path, "HOME=/root\0A=\0", 14);
	PUT("cgroup", "0::/docker/" ID64 "\n");
	PUT("limits",
	    "Limit  Soft Limit  Hard Limit  Units\n"
	    "Max processes             96365                96365                processes\n"
	    "Max open files            1024                 524288               files     \n");
	PUT("loginuid", "1000");
	LINK("exe", full_path("name"));
	LINK("cwd", "/home/user");
	LINK("root", "/");
	PUT("fdinfo/0", "pos:\t0\nflags:\t0100002\nmnt_id:\t27\nino:\t5\n");
	LINK("fd/0", "/dev/null");
#undef PUT
#undef LINK
}

static void put_machine(void)
{
	put("proc/stat", "cpu  1 2 3\nintr 1 2\nctxt 5\nbtime %d\nprocesses 9\n", BOOT_S);
	put("proc/sys/kernel/pid_max", "4194304\n");
	put("name", "#!");
}

static struct eyas_state *new_state(const struct eyas_state_opts *more)
{
	struct eyas_state_opts opts = *more;
	struct eyas_state *state;
	char root[PATH_MAX];

	snprintf(root, sizeof(root), "%s", full_path("proc"));
	opts.size = sizeof(opts);
	opts.proc_root = root;
	CHECK_INT(eyas_state_new(&opts, &state, NULL), 0);
	return state;
}

static struct eyas_state *scan_with(const struct eyas_state_opts *opts, int64_t want)
{
	struct eyas_state *state = new_state(opts);

	CHECK_INT(eyas_state_scan(state, NULL), want);
	return state;
}

static struct eyas_state *scan(int64_t want)
{
	return scan_with(&(struct eyas_state_opts){ 0 }, want);
}

static struct eyas_thread *thread_of(struct eyas_state *state, int64_t tid)
{
	struct eyas_thread *thread = eyas_state_find(state, tid);

	CHECK(thread);
	return thread;
}

static struct eyas_fd *fd_of(struct eyas_state *state, int64_t tid, int64_t num)
{
	struct eyas_fd *fd = fd_table_find(thread_of(state, tid)->fds, num);

	if (!fd)
		test_fail(__FILE__, __LINE__, "%lld has no descriptor %lld", (long long)tid,
			  (long long)num);
	return fd;
}

static void check_bytes(const struct eyas_istr *got, const char *want, size_t len)
{
	CHECK_INT(got->len, len);
	CHECK(!memcmp(got->text, want, len));
}

#define CHECK_LIST(got, want) check_bytes(got, want, sizeof(want) - 1)

/* ---- one process ---- */

TEST(one_process)
{
	struct eyas_state *state;
	struct eyas_thread *thread;
	struct stat file;

	put_machine();
	put_process(100);
	state = scan(1);
	thread = thread_of(state, 100);
	CHECK_INT(thread->pid, 100);
	CHECK_INT(thread->ptid, 1);
	CHECK_INT(thread->vtid, 100);
	CHECK_INT(thread->vpid, 100);
	CHECK_INT(thread->sid, 40);
	CHECK_INT(thread->pgid, 50);
	CHECK_INT(thread->vpgid, 50);
	CHECK_STR(thread->comm->text, "name");
	CHECK_STR(thread->exe->text, "/bin/name");
	CHECK_LIST(thread->args, "-a\0b c\0");
	CHECK_LIST(thread->env, "HOME=/root\0A=\0");
	CHECK_STR(thread->exepath->text, full_path("name"));
	CHECK_STR(thread->fs->cwd->text, "/home/user/");
	CHECK_STR(thread->fs->root->text, "/");
	CHECK_STR(thread->container_id->text, "3ad7b26ded6d");
	CHECK_INT(thread->uid, 1001);
	CHECK_INT(thread->gid, 101);
	CHECK_INT(thread->loginuid, 1000);
	CHECK_INT(thread->tty, 34816);
	CHECK_INT(thread->flags, 0);
	CHECK_INT(thread->fdlimit, 1024);
	CHECK_INT(thread->vmsize_kb, 2256);
	CHECK_INT(thread->vmrss_kb, 1648);
	CHECK_INT(thread->vmswap_kb, 12);
	CHECK_INT(thread->pfminor, 1234);
	CHECK_INT(thread->pfmajor, 56);
	CHECK_INT(thread->cap_inheritable, 1);
	CHECK_INT(thread->cap_permitted, 0x1ffffffffff);
	CHECK_INT(thread->cap_effective, 0x400);
	CHECK_INT(thread->clone_ts_ns, BOOT_NS + 5000 * (1000000000 / sysconf(_SC_CLK_TCK)));
	CHECK_INT(thread->pidns_init_start_ts_ns, BOOT_NS);
	CHECK_INT(stat(full_path("name"), &file), 0);
	CHECK_INT(thread->exe_ino, file.st_ino);
	CHECK_INT(thread->exe_ino_ctime_ns,
		  file.st_ctim.tv_sec * INT64_C(1000000000) + file.st_ctim.tv_nsec);
	CHECK_INT(thread->exe_ino_mtime_ns,
		  file.st_mtim.tv_sec * INT64_C(1000000000) + file.st_mtim.tv_nsec);
	CHECK_INT(thread->bits, 0);
	CHECK_INT(eyas_state_machine(state)->boot_ts_ns, BOOT_NS);
	CHECK_INT(eyas_state_machine(state)->max_pid, 4194304);
	eyas_state_free(state);
}

/* status stat loginuid cgroup cmdline environ limits, the directory itself and fd, fdinfo/0 */
TEST(nothing_is_read_twice)
{
	struct proc_counts before, *now;
	struct eyas_state *state;

	put_machine();
	put_process(100);
	state = scan(1);
	before = state->proc->counts;
	CHECK_INT(eyas_state_scan(state, NULL), 1);
	now = &state->proc->counts;
	/* And two for the machine: pid_max, the list of processes. */
	CHECK_INT(now->opens - before.opens, 10 + 2);
	CHECK_INT(now->links - before.links, 4); /* exe root cwd fd/0 */
	CHECK_INT(now->stats - before.stats, 2); /* exe fd/0 */
	/* Directories are read to their end, which takes one more. */
	CHECK_INT(now->reads - before.reads, 10 + 2 - 1 + 2);
	eyas_state_free(state);
}

TEST(ids_in_namespaces)
{
	struct eyas_state *state;
	struct eyas_thread *thread;
	int pid;

	put_machine();
	put_process(1);
	for (pid = 100; pid < 103; pid++) {
		char path[64];

		put_process(pid);
		snprintf(path, sizeof(path), "proc/%d/status", pid);
		put(path,
		    "State:\tS\nTgid:\t%d\nPid:\t%d\nPPid:\t1\nUid:\t0\t0\t0\t0\n"
		    "Gid:\t0\t0\t0\t0\nNStgid:\t%d\t77\t%d\nNSpid:\t%d\t77\t%d\n"
		    "NSpgid:\t50\t60\t70\nNSsid:\t40\t41\t0\nThreads:\t1\n" CAPS,
		    pid, pid, pid, pid - 100, pid, pid - 100);
		snprintf(path, sizeof(path), "proc/%d/ns/pid", pid);
		put_link(path, pid == 100 ? "pid:[4026530000]" : "pid:[4026532000]");
	}
	/* Which begins later than the other one's. */
	put("proc/101/stat", "101 (init) S 1 50 40 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 7000\n");
	state = scan(4);
	thread = thread_of(state, 102);
	CHECK_INT(thread->vtid, 2);
	CHECK_INT(thread->vpid, 2);
	CHECK_INT(thread->vpgid, 70);
	CHECK_INT(thread->pgid, 50);
	CHECK_INT(thread->sid, 0);
	CHECK_INT(thread->pidns_init_start_ts_ns, thread_of(state, 101)->clone_ts_ns);
	CHECK(thread_of(state, 101)->clone_ts_ns != thread->clone_ts_ns);
	/* The init of 100's is not to be seen. */
	CHECK_INT(thread_of(state, 100)->pidns_init_start_ts_ns, 0);
	CHECK_INT(thread_of(state, 1)->pidns_init_start_ts_ns, BOOT_NS);
	eyas_state_free(state);
}

TEST(an_old_kernel_says_less)
{
	struct eyas_state *state;
	struct eyas_thread *thread;

	put_machine();
	put_process(100);
	put("proc/100/status", "Name:\ta\nState:\tS (sleeping)\nTgid:\t100\nPid:\t100\nPPid:\t1\n"
			       "Uid:\t5\t5\t5\t5\nGid:\t6\t6\t6\t6\nThreads:\t1\n");
	state = scan(1);
	thread = thread_of(state, 100);
	CHECK_INT(thread->vtid, 100);
	CHECK_INT(thread->vpid, 100);
	CHECK_INT(thread->vpgid, 50);
	CHECK_INT(thread->sid, 40);
	CHECK_INT(thread->uid, 5);
	eyas_state_free(state);
}

TEST(names)
{
	static const char *const names[] = {
		/* clang-format off */
		"", " ", "a b", "(", ")", "a) R 7 (b", ") S 1 2 3 (", "two\nlines", "\xff\x01",
		"kworker/R-a_worker_with_a_long_name_for_its_queue_of_work_x",
		/* clang-format on */
	};
	struct eyas_state *state;
	size_t i;

	put_machine();
	put_process(100);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		put_stat("100", 100, names[i]);
		state = scan(1);
		CHECK_STR(thread_of(state, 100)->comm->text, names[i]);
		CHECK_INT(thread_of(state, 100)->pgid, 50);
		eyas_state_free(state);
	}
}

TEST(arguments)
{
	static const struct {
		const char *file;
		size_t len;
		const char *exe, *args;
		size_t args_len;
	} rows[] = {
	/* clang-format off */
#define ROW(file, exe, args) { file, sizeof(file) - 1, exe, args, sizeof(args) - 1 }
		ROW("", "", ""),
		ROW("a", "a", ""),
		ROW("a\0", "a", ""),
		ROW("a\0b", "a", "b\0"),
		ROW("a\0\0b\0", "a", "\0b\0"),
		/* A title over the arguments, the rest of which is empty. */
		ROW("nginx: worker\0\0\0\0\0\0", "nginx: worker", ""),
		ROW("\0\0\0\0", "", ""),
		ROW("\xff\0\x01\x02\0", "\xff", "\x01\x02\0"),
#undef ROW
		/* clang-format on */
	};
	struct eyas_state *state;
	struct eyas_thread *thread;
	size_t i;

	put_machine();
	put_process(100);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put_bytes("proc/100/cmdline", rows[i].file, rows[i].len);
		state = scan(1);
		thread = thread_of(state, 100);
		CHECK_STR(thread->exe->text, rows[i].exe);
		check_bytes(thread->args, rows[i].args, rows[i].args_len);
		CHECK(!(thread->bits & THREAD_EXE_ARGS_CUT));
		eyas_state_free(state);
	}
}

TEST(long_lists)
{
	static char list[65536];
	static const size_t lens[] = { 4095, 4096, 4097, 65536 };
	struct eyas_state *state;
	struct eyas_thread *thread;
	size_t i, want;

	put_machine();
	put_process(100);
	memset(list, 'x', sizeof(list));
	list[1] = '\0';
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		put_bytes("proc/100/cmdline", list, lens[i]);
		put_bytes("proc/100/environ", list, lens[i]);
		state = scan(1);
		thread = thread_of(state, 100);
		/* With the NUL that it lacks; cut, it has 4096 bytes with it. */
		want = lens[i] > PROC_LIST_MAX ? PROC_LIST_MAX : lens[i] + 1;
		CHECK_INT(thread->env->len, want);
		CHECK_INT(thread->args->len, want - 2);
		CHECK_INT(!!(thread->bits & THREAD_EXE_ARGS_CUT), lens[i] > PROC_LIST_MAX);
		eyas_state_free(state);
	}
}

TEST(a_user_in_very_many_groups)
{
	const size_t groups = 65536;
	struct eyas_state *state;
	char *text, *at;
	size_t i;

	put_machine();
	put_process(100);
	text = malloc(groups * 11 + 1024);
	CHECK(text);
	at = text + sprintf(text,
			    "State:\tS\nTgid:\t100\nPPid:\t1\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n"
			    "Groups:\t");
	for (i = 0; i < groups; i++)
		at += sprintf(at, "%u ", 4000000000u + (unsigned)i);
	at += sprintf(at, "\nNSpid:\t100\t9\nVmRSS:\t 5 kB\nThreads:\t1\n" CAPS);
	put_bytes("proc/100/status", text, (size_t)(at - text));
	free(text);
	state = scan(1);
	CHECK_INT(thread_of(state, 100)->uid, 2);
	CHECK_INT(thread_of(state, 100)->vtid, 9);
	CHECK_INT(thread_of(state, 100)->vmrss_kb, 5);
	CHECK_INT(thread_of(state, 100)->cap_effective, 0x400);
	eyas_state_free(state);
}

TEST(executables)
{
	static const struct {
		const char *owner;
		unsigned long long caps;
		bool writable;
	} rows[] = {
		{ "Uid:\t4000000000\t4000000000\t0\t0", 0, false },
		{ "Uid:\t4000000000\t4000000000\t0\t0", 1 << 1, true },
		{ "Uid:\t4000000000\t4000000000\t0\t0", 1 << 3, true },
		{ NULL, 0, true },
	};
	struct eyas_state *state;
	char owner[64];
	size_t i;

	put_machine();
	put_process(100);
	CHECK_INT(chmod(full_path("name"), 0555), 0);
	snprintf(owner, sizeof(owner), "Uid:\t0\t%u\t0\t0", (unsigned)getuid());
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put("proc/100/status",
		    "Tgid:\t100\nPPid:\t1\n%s\nGid:\t1\t4000000000\t0\t0\n"
		    "Threads:\t1\nCapEff:\t%llx\n",
		    rows[i].owner ? rows[i].owner : owner, rows[i].caps);
		state = scan(1);
		CHECK_INT(!!(thread_of(state, 100)->bits & THREAD_EXE_WRITABLE), rows[i].writable);
		eyas_state_free(state);
	}
	/* Removed since. */
	put_link("proc/100/exe", "/tmp/gone (deleted)");
	put_link("proc/100/cwd", "/srv/old (deleted)");
	state = scan(1);
	CHECK_STR(thread_of(state, 100)->exepath->text, "/tmp/gone");
	CHECK_STR(thread_of(state, 100)->fs->cwd->text, "/srv/old/");
	CHECK_INT(thread_of(state, 100)->exe_ino, 0);
	eyas_state_free(state);
	put_link("proc/100/exe", "/memfd:payload (deleted)");
	state = scan(1);
	CHECK_STR(thread_of(state, 100)->exepath->text, "/memfd:payload");
	CHECK(thread_of(state, 100)->bits & THREAD_EXE_FROM_MEMFD);
	eyas_state_free(state);
}

TEST(cgroups)
{
	static const struct {
		const char *file, *want;
		size_t len;
	} rows[] = {
	/* clang-format off */
#define ROW(file, want) { file, want, sizeof(want) - 1 }
		ROW("", ""),
		ROW("0::/a\n", "cpuset=/a\0cpu=/a\0cpuacct=/a\0io=/a\0memory=/a\0"),
		ROW("0::/a", "cpuset=/a\0cpu=/a\0cpuacct=/a\0io=/a\0memory=/a\0"),
		ROW("4:memory:/m\n3:cpu,cpuacct:/c\n1:name=systemd:/s\n",
		    "memory=/m\0cpu=/c\0cpuacct=/c\0name=systemd=/s\0"),
		/* Both: the unified one has what the others do not. */
		ROW("3:blkio:/b\n2:cpu,cpuacct:/c\n0::/u\n",
		    "blkio=/b\0cpu=/c\0cpuacct=/c\0cpuset=/u\0memory=/u\0"),
		ROW("1:cpu:/with:colons\n", "cpu=/with:colons\0"),
		ROW("garbage\n\n:\n::\n1:\n2:cpu\n3:cpu:\n",
		    "cpuset=\0cpu=\0cpuacct=\0io=\0memory=\0cpu=\0"),
#undef ROW
		/* clang-format on */
	};
	struct eyas_state *state;
	size_t i;

	put_machine();
	put_process(100);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put("proc/100/cgroup", "%s", rows[i].file);
		state = scan(1);
		check_bytes(thread_of(state, 100)->cgroups, rows[i].want, rows[i].len);
		eyas_state_free(state);
	}
}

/* Lines of 4 KiB; then one that is longer than whatever a line is read into. */
TEST(long_cgroups)
{
	static char text[200000];
	struct eyas_state *state;
	struct eyas_thread *thread;
	size_t len = 0, line;
	int i;

	put_machine();
	put_process(100);
	for (i = 0; i < 8; i++) {
		line = (size_t)sprintf(text + len, "%d:cpu%d:/", i, i);
		memset(text + len + line, 'x', 4090 - line);
		text[len + 4090] = '\n';
		len += 4091;
	}
	len += (size_t)sprintf(text + len, "9:small:/docker/" ID64 "\n");
	put_bytes("proc/100/cgroup", text, len);
	state = scan(1);
	thread = thread_of(state, 100);
	CHECK(thread->cgroups->len <= PROC_LIST_MAX);
	CHECK(!strncmp(thread->cgroups->text, "cpu0=/xxx", 9));
	eyas_state_free(state);

	/* Whose pieces would do as lines. */
	for (i = 0; i + 7 <= (int)sizeof(text); i += 7)
		memcpy(text + i, "3:cpu:/", 7);
	memcpy(text + sizeof(text) - 12, "\n1:memory:/m", 12);
	put_bytes("proc/100/cgroup", text, sizeof(text));
	state = scan(1);
	CHECK_LIST(thread_of(state, 100)->cgroups, "memory=/m\0");
	eyas_state_free(state);
}

TEST(kernel_threads)
{
	struct eyas_state *state;
	struct eyas_thread *thread;

	put_machine();
	put_process(100);
	put("proc/100/stat", "100 (kworker) I 2 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 5\n");
	state = scan(1);
	thread = thread_of(state, 100);
	CHECK_STR(thread->comm->text, "kworker");
	CHECK_STR(thread->exe->text, "");
	CHECK_INT(thread->args->len, 0);
	CHECK_INT(thread->fds->count, 0);
	eyas_state_free(state);
}

/* ---- threads ---- */

static void put_threads(char leader_state)
{
	put_machine();
	put_process(100);
	put_status("100", 100, 100, leader_state, 3);
	put_status("100/task/100", 100, 100, leader_state, 3);
	put_stat("100/task/100", 100, "name");
	put_status("100/task/101", 100, 101, 'S', 3);
	put_stat("100/task/101", 101, "worker 1");
	put("proc/100/task/102/status",
	    "Tgid:\t100\nPPid:\t1\nUid:\t1\t7\t1\t1\nGid:\t1\t8\t1\t1\nNSpid:\t102\t3\n"
	    "Threads:\t3\nCapEff:\t0000000000000008\n");
	put("proc/100/task/102/stat",
	    "102 (worker 2) S 1 50 40 0 -1 0 11 0 22 0 0 0 0 0 20 0 3 0 6000\n");
}

TEST(threads)
{
	struct eyas_thread *leader, *thread;
	struct eyas_state *state;

	put_threads('S');
	/* One that is just gone, one that has no files any more, and a name that is no id. */
	put_status("100/task/103", 100, 103, 'Z', 3);
	put_stat("100/task/103", 103, "gone");
	make_parents("proc/100/task/104/x");
	make_parents("proc/100/task/self/x");
	state = scan(3);
	leader = thread_of(state, 100);
	thread = thread_of(state, 102);
	CHECK_INT(thread->pid, 100);
	CHECK_INT(thread->ptid, 1);
	CHECK_INT(thread->vtid, 3);
	CHECK_INT(thread->uid, 7);
	CHECK_INT(thread->gid, 8);
	CHECK_INT(thread->cap_effective, 8);
	CHECK_INT(thread->pfminor, 11);
	CHECK_INT(thread->pfmajor, 22);
	CHECK_INT(thread->flags, 0x2003);
	CHECK_STR(thread->comm->text, "worker 2");
	CHECK(thread->clone_ts_ns > leader->clone_ts_ns);
	/* Not copied: interned, and one table for all. */
	CHECK(thread->exe == leader->exe);
	CHECK(thread->args == leader->args);
	CHECK(thread->fds == leader->fds);
	CHECK(thread->fs == leader->fs);
	CHECK(thread_of(state, 101)->fds == leader->fds);
	CHECK_STR(thread_of(state, 101)->comm->text, "worker 1");
	CHECK(eyas_thread_leader(thread) == leader);
	CHECK_INT(leader->group->alive, 3);
	eyas_state_free(state);
}

/* The main thread has exited: its own files are empty, those of the others are not. */
TEST(a_dead_leader)
{
	struct eyas_thread *leader;
	struct eyas_state *state;

	put_threads('Z');
	(void)unlink(full_path("proc/100/cmdline"));
	(void)unlink(full_path("proc/100/cwd"));
	put_bytes("proc/100/task/101/cmdline", "/bin/hidden\0x\0", 14);
	put("proc/100/task/101/environ", "A=1");
	put_link("proc/100/task/101/exe", full_path("name"));
	put_link("proc/100/task/101/cwd", "/tmp");
	put_link("proc/100/task/101/root", "/");
	put_link("proc/100/task/101/fd/3", "pipe:[77]");
	CHECK_INT(rename(full_path("proc/100/task/102"), full_path("102")), 0);
	state = scan(2);
	leader = thread_of(state, 100);
	CHECK(leader->bits & THREAD_DEAD);
	CHECK_INT(leader->group->alive, 1);
	CHECK_STR(thread_of(state, 101)->exe->text, "/bin/hidden");
	CHECK_STR(thread_of(state, 101)->fs->cwd->text, "/tmp/");
	CHECK_INT(fd_of(state, 101, 3)->ino, 77);
	eyas_state_free(state);
}

TEST(the_dead_are_left_out)
{
	struct eyas_state *state;

	put_machine();
	put_process(100);
	put_process(101);
	put_process(102);
	put_status("101", 101, 101, 'Z', 1);
	put_status("102", 102, 102, 'X', 1);
	state = scan(1);
	CHECK(!eyas_state_find(state, 101));
	CHECK(!eyas_state_find(state, 102));
	eyas_state_free(state);
}

/* ---- what is missing, what is wrong ---- */

TEST(missing_files)
{
	static const struct {
		const char *file;
		int threads; /* 0 = it counts as a process that has gone */
	} rows[] = {
		{ "status", 0 }, { "stat", 0 },	    { "cmdline", 0 }, { "environ", 0 },
		{ "cwd", 0 },	 { "root", 0 },	    { "exe", 1 },     { "cgroup", 1 },
		{ "limits", 1 }, { "loginuid", 1 },
	};
	struct eyas_state *state;
	char path[64];
	size_t i;

	put_machine();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put_process(100);
		snprintf(path, sizeof(path), "proc/100/%s", rows[i].file);
		CHECK_INT(unlink(full_path(path)), 0);
		state = scan(rows[i].threads);
		CHECK_INT(state->threads.used, rows[i].threads);
		eyas_state_free(state);
	}
	/* Without its descriptors it has gone, too. */
	put_process(100);
	CHECK_INT(rename(full_path("proc/100/fd"), full_path("fd")), 0);
	state = scan(0);
	CHECK_INT(state->threads.used, 0);
	eyas_state_free(state);
}

/* Any bytes in any file: nothing but a thread or none comes of it. */
TEST(garbage)
{
	static const char *const files[] = {
		"status", "stat",     "cmdline",  "environ", "cgroup",
		"limits", "loginuid", "fdinfo/0", "net/tcp", "net/unix"
	};
	static const char *const texts[] = {
		"",
		"\n",
		"(",
		")",
		")(",
		"1 (a)",
		"1 (a) S",
		"Tgid:",
		"Tgid:\n",
		"Tgid:\t-1\nThreads:\t99999999999999999999999\n",
		"Tgid:\t100\nUid:\nGid:\t1\nNSpid:\nNStgid:\t\t \nVmSize:\tkB\nCapEff:\txyz\n",
		"100 (x) S 99999999999999999999999999999 99999999999999999999999999999999999999999",
		"flags:\t7777777777777777777777777777777\nmnt_id:\t99999999999999999999\n",
		"flags:",
		"h\n 0: 0100007F:0050 00000000:0000 0A 1:1 0:0 0 0 0\n",
		"h\n0: : : : : : : : : 5\n0: 0100007F: 0100007F: 0A a b c d e 5\n",
		"h\nffff: 2 0 0 1 1 5\nffff: 2 0 0 1 1 5 /path with spaces\nx: y",
	};
	struct eyas_state *state;
	char path[64], bytes[3000];
	uint32_t seed = 1;
	size_t i, k, n;

	put_machine();
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		put_process(100);
		put_link("proc/100/fd/1", "socket:[5]");
		put_link("proc/100/ns/net", "net:[1]");
		snprintf(path, sizeof(path), "proc/100/%s", files[i]);
		for (k = 0; k < sizeof(texts) / sizeof(texts[0]) + 8; k++) {
			if (k < sizeof(texts) / sizeof(texts[0])) {
				put(path, "%s", texts[k]);
			} else {
				for (n = 0; n < sizeof(bytes); n++)
					bytes[n] = (char)((seed = seed * 1103515245 + 12345) >> 16);
				put_bytes(path, bytes, sizeof(bytes));
			}
			state = new_state(&(struct eyas_state_opts){ 0 });
			CHECK(eyas_state_scan(state, NULL) >= 0);
			eyas_state_free(state);
		}
	}
}

TEST(odd_names_in_proc)
{
	struct eyas_state *state;

	put_machine();
	put_process(100);
	make_parents("proc/self/x");
	make_parents("proc/12a/x");
	make_parents("proc/a12/x");
	make_parents("proc/-5/x");
	make_parents("proc/99999999999999999999999/x");
	put("proc/77", "a file");
	state = scan(1);
	eyas_state_free(state);
}

TEST(no_proc_at_all)
{
	struct eyas_state *state = new_state(&(struct eyas_state_opts){ .live = 1 });
	struct eyas_err err;

	CHECK_INT(eyas_state_scan(state, &err), -ENOENT);
	CHECK(strstr(err.text, "proc"));
	CHECK(!proc_lookup_thread(state, 100));
	CHECK(!proc_exists(state, 100));
	eyas_state_free(state);
	/* An empty one is fine. */
	make_parents("proc/x");
	state = scan(0);
	eyas_state_free(state);
}

TEST(no_room)
{
	struct eyas_state *state;
	int i;

	put_machine();
	for (i = 100; i < 110; i++)
		put_process(i);
	for (i = 1; i < 20; i++) {
		char path[64];

		snprintf(path, sizeof(path), "proc/100/fd/%d", i);
		put_link(path, "/dev/null");
	}
	state = scan_with(&(struct eyas_state_opts){ .max_threads = 4 }, 4);
	CHECK_INT(state->stats.threads_refused, 6);
	eyas_state_free(state);
	state = scan_with(&(struct eyas_state_opts){ .max_fds_process = 8 }, 10);
	CHECK_INT(thread_of(state, 100)->fds->count, 8);
	CHECK_INT(state->stats.fds_refused, 12);
	eyas_state_free(state);
}

/* ---- descriptors ---- */

TEST(descriptors)
{
	static const struct {
		const char *link;
		int kind;
		const char *name;
		int ino;
	} rows[] = {
		/* clang-format off */
		{ "pipe:[77]",                 EYAS_FD_FIFO,        "pipe:[77]", 77 },
		{ "anon_inode:[eventfd]",      EYAS_FD_EVENT,       "", 0 },
		{ "anon_inode:[eventpoll]",    EYAS_FD_EVENTPOLL,   "", 0 },
		{ "anon_inode:[signalfd]",     EYAS_FD_SIGNALFD,    "", 0 },
		{ "anon_inode:[timerfd]",      EYAS_FD_TIMERFD,     "", 0 },
		{ "anon_inode:inotify",        EYAS_FD_INOTIFY,     "", 0 },
		{ "anon_inode:[inotify]",      EYAS_FD_INOTIFY,     "", 0 },
		{ "anon_inode:bpf-map",        EYAS_FD_BPF,         "", 0 },
		{ "anon_inode:bpf-prog",       EYAS_FD_BPF,         "", 0 },
		{ "anon_inode:[userfaultfd]",  EYAS_FD_USERFAULTFD, "", 0 },
		{ "anon_inode:[io_uring]",     EYAS_FD_IO_URING,    "", 0 },
		{ "anon_inode:[pidfd]",        EYAS_FD_PIDFD,       "", 0 },
		{ "pidfd:[5]",                 EYAS_FD_PIDFD,       "", 0 },
		{ "anon_inode:[perf_event]",   EYAS_FD_UNSUPPORTED, "anon_inode:[perf_event]", 0 },
		{ "anon_inode:",               EYAS_FD_UNSUPPORTED, "anon_inode:", 0 },
		{ "anon_inode:[",              EYAS_FD_UNSUPPORTED, "anon_inode:[", 0 },
		{ "socket:[5]",                EYAS_FD_UNSUPPORTED, "", 5 },
		{ "/dev/null",                 EYAS_FD_FILE,        "/dev/null", -1 },
		{ "/",                         EYAS_FD_DIRECTORY,   "/", -1 },
		/* clang-format on */
	};
	struct eyas_state *state;
	struct eyas_fd *fd;
	char path[64];
	size_t i;

	put_machine();
	put_process(100);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(path, sizeof(path), "proc/100/fd/%zu", i);
		put_link(path, rows[i].link);
	}
	/* Closed in between. */
	put_link("proc/100/fd/1000", "/does/not/exist");
	state = scan(1);
	CHECK_INT(thread_of(state, 100)->fds->count, sizeof(rows) / sizeof(rows[0]));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fd = fd_of(state, 100, (int64_t)i);
		CHECK_INT(fd->kind, rows[i].kind);
		CHECK_STR(fd->name->text, rows[i].name);
		if (rows[i].ino >= 0)
			CHECK_INT(fd->ino, rows[i].ino);
	}
	eyas_state_free(state);
}

TEST(open_flags)
{
	/* As the kernel has it; that of the C library may be 0. */
#if defined(__aarch64__) || defined(__arm__)
	enum { LARGEFILE = 0400000 };
#else
	enum { LARGEFILE = 0100000 };
#endif
	static const struct {
		unsigned kernel;
		uint32_t event;
		bool close_on_exec;
	} rows[] = {
		{ O_RDONLY, 0x1, false },
		{ O_WRONLY, 0x2, false },
		{ O_RDWR, 0x3, false },
		{ 3, 0, false }, /* for ioctl alone */
		{ O_WRONLY | O_APPEND, 0xa, false },
		{ O_RDONLY | O_DSYNC, 0x11, false },
		{ O_RDONLY | O_SYNC, 0x91, false },
		{ O_RDONLY | O_NONBLOCK, 0x41, false },
		{ O_RDONLY | O_DIRECT, 0x201, false },
		{ O_RDONLY | O_DIRECTORY, 0x401, false },
		{ O_RDONLY | LARGEFILE, 0x801, false },
		{ O_RDONLY | O_CLOEXEC, 0x1001, true },
	};
	struct eyas_state *state;
	struct eyas_fd *fd;
	size_t i;

	put_machine();
	put_process(100);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put("proc/100/fdinfo/0", "pos:\t0\nflags:\t0%o\nmnt_id:\t%zu\nino:\t5\n",
		    rows[i].kernel, i);
		state = scan(1);
		fd = fd_of(state, 100, 0);
		CHECK_INT(fd->open_flags, rows[i].event);
		CHECK_INT(!!(fd->bits & FD_CLOSE_ON_EXEC), rows[i].close_on_exec);
		CHECK_INT(fd->mount_id, i);
		eyas_state_free(state);
	}
	/* What a pidfd is for. */
	put_link("proc/100/fd/0", "anon_inode:[pidfd]");
	put("proc/100/fdinfo/0", "pos:\t0\nflags:\t02000002\nmnt_id:\t16\nino:\t9\nPid:\t4711\n"
				 "NSpid:\t4711\n");
	state = scan(1);
	CHECK_INT(fd_of(state, 100, 0)->u.pidfd.pid, 4711);
	CHECK_STR(fd_of(state, 100, 0)->name->text, "/proc/4711");
	eyas_state_free(state);
}

#define IP_HEAD "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n"
#define IP_LINE(local, remote, state, ino) \
	"   0: " local " " remote " " state " 00000000:00000000 00:00000000 00000000  1000" \
	"        0 " ino " 1 0000000000000000 100 0 0 10 0\n"

static void put_sockets(const char *dir)
{
	static const struct {
		const char *file, *text;
	} rows[] = {
		/* clang-format off */
		{ "tcp", IP_HEAD IP_LINE("00000000:0016", "00000000:0000", "0A", "11")
			 IP_LINE("0100007F:C350", "0200007F:1F90", "01", "12")
			 IP_LINE("0100007F:0001", "0200007F:0002", "06", "0") },
		{ "tcp6", IP_HEAD
			  IP_LINE("00000000000000000000000000000000:0050",
				  "00000000000000000000000000000000:0000", "0A", "13")
			  IP_LINE("B80D0120000000000000000001000000:C351",
				  "B80D0120000000000000000002000000:01BB", "01", "14") },
		{ "udp", IP_HEAD IP_LINE("3500007F:0035", "00000000:0000", "07", "15")
			 IP_LINE("0100007F:C352", "08080808:0035", "01", "16") },
		{ "udp6", IP_HEAD IP_LINE("00000000000000000000000001000000:0222",
					  "00000000000000000000000000000000:0000", "07", "17") },
		{ "raw", IP_HEAD IP_LINE("00000000:0001", "00000000:0000", "07", "18") },
		{ "raw6", IP_HEAD IP_LINE("00000000000000000000000000000000:003A",
					  "00000000000000000000000000000000:0000", "07", "19") },
		{ "icmp", IP_HEAD IP_LINE("00000000:0007", "00000000:0000", "07", "20") },
		{ "unix", "Num       RefCount Protocol Flags    Type St Inode Path\n"
			  "ffff9d8a0001: 00000002 00000000 00010000 0001 01 21 /run/a b.sock\n"
			  "ffff9d8a0002: 00000003 00000000 00000000 0001 03 22\n"
			  "ffff9d8a0003: 00000002 00000000 00010000 0005 01 23 @abstract\n" },
		{ "netlink", "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks"
			     "    Drops    Inode\n"
			     "0000000000000000 0   100        00000000 0        0        0     2"
			     "        0        24      \n" },
		/* clang-format on */
	};
	char path[64];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(path, sizeof(path), "proc/%s/net/%s", dir, rows[i].file);
		put(path, "%s", rows[i].text);
	}
}

static void put_socket_fds(const char *dir, int first, int last)
{
	char path[64], to[32];
	int ino;

	for (ino = first; ino <= last; ino++) {
		snprintf(path, sizeof(path), "proc/%s/fd/%d", dir, ino);
		snprintf(to, sizeof(to), "socket:[%d]", ino);
		put_link(path, to);
	}
}

TEST(sockets)
{
	static const struct {
		int ino, kind, l4;
		const char *name;
	} rows[] = {
		/* clang-format off */
		{ 11, EYAS_FD_IPV4_SERVER, 2, "0.0.0.0:22" },
		{ 12, EYAS_FD_IPV4_SOCK,   2, "127.0.0.1:50000->127.0.0.2:8080" },
		{ 13, EYAS_FD_IPV6_SERVER, 2, ":::80" },
		{ 14, EYAS_FD_IPV6_SOCK,   2, "2001:db8::1:50001->2001:db8::2:443" },
		{ 15, EYAS_FD_IPV4_SERVER, 3, "127.0.0.53:53" },
		{ 16, EYAS_FD_IPV4_SOCK,   3, "127.0.0.1:50002->8.8.8.8:53" },
		{ 17, EYAS_FD_IPV6_SERVER, 3, "::1:546" },
		{ 18, EYAS_FD_IPV4_SERVER, 5, "0.0.0.0:1" },
		{ 19, EYAS_FD_IPV6_SERVER, 5, ":::58" },
		{ 20, EYAS_FD_IPV4_SERVER, 4, "0.0.0.0:7" },
		{ 21, EYAS_FD_UNIX,        0, "/run/a b.sock" },
		{ 22, EYAS_FD_UNIX,        0, "" },
		{ 23, EYAS_FD_UNIX,        0, "@abstract" },
		{ 24, EYAS_FD_NETLINK,     0, "" },
		/* clang-format on */
	};
	struct eyas_state *state;
	struct eyas_fd *fd;
	size_t i;

	put_machine();
	put_process(100);
	put_link("proc/100/ns/net", "net:[4026531833]");
	put_sockets("100");
	put_socket_fds("100", 11, 25);
	state = scan(1);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fd = fd_of(state, 100, rows[i].ino);
		CHECK_INT(fd->ino, rows[i].ino);
		CHECK_INT(fd->kind, rows[i].kind);
		CHECK_STR(fd->name->text, rows[i].name);
		if (rows[i].l4)
			CHECK_INT(fd->l4, rows[i].l4);
	}
	CHECK(fd_of(state, 100, 21)->u.un.src == UINT64_C(0xffff9d8a0001));
	/* In no table. */
	CHECK_INT(fd_of(state, 100, 25)->kind, EYAS_FD_UNSUPPORTED);
	eyas_state_free(state);
}

/* Processes of one namespace: its tables are read once. Another one has its own. */
TEST(network_namespaces)
{
	struct proc_counts before;
	struct eyas_state *state;
	uint64_t alone;

	put_machine();
	put_process(100);
	put_link("proc/100/ns/net", "net:[1]");
	put_sockets("100");
	put_socket_fds("100", 11, 12);
	state = scan(1);
	before = state->proc->counts;
	CHECK_INT(eyas_state_scan(state, NULL), 1);
	alone = state->proc->counts.opens - before.opens;

	put_process(101);
	put_link("proc/101/ns/net", "net:[1]");
	put_socket_fds("101", 13, 14);
	put_socket_fds("101", 97, 98); /* which are nowhere */
	put_process(102);
	put_link("proc/102/ns/net", "net:[2]");
	put("proc/102/net/tcp", IP_HEAD IP_LINE("0300007F:0001", "0300007F:0002", "01", "99"));
	put_socket_fds("102", 99, 99);
	before = state->proc->counts;
	CHECK_INT(eyas_state_scan(state, NULL), 3);
	CHECK_STR(fd_of(state, 101, 14)->name->text, "2001:db8::1:50001->2001:db8::2:443");
	CHECK_STR(fd_of(state, 102, 99)->name->text, "127.0.0.3:1->127.0.0.3:2");
	/* Two processes more, with four sockets and one; 12 tables of the second namespace. */
	CHECK_INT(state->proc->counts.opens - before.opens - alone, 14 + 11 + 12);
	/* Four of each process, its sockets, and once its namespace. */
	CHECK_INT(state->proc->counts.links - before.links,
		  (4 + 2 + 1) + (4 + 4 + 1) + (4 + 1 + 1));
	eyas_state_free(state);
}

/* ---- users ---- */

TEST(users_of_another_root)
{
	const struct state_group *group;
	const struct state_user *user;
	struct eyas_state *state;

	put_machine();
	put("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nbroken line\n"
			  "alice:x:1000:1001:A:/home/alice:/bin/zsh\n");
	put("etc/group", "root:x:0:\nstaff:x:1001:alice\n");
	state = scan(0);
	user = eyas_state_user(state, state->strings.empty, 1000);
	CHECK(user);
	CHECK_STR(user->name->text, "alice");
	CHECK_STR(user->home->text, "/home/alice");
	CHECK_STR(user->shell->text, "/bin/zsh");
	CHECK_INT(user->gid, 1001);
	group = eyas_state_group(state, state->strings.empty, 1001);
	CHECK(group);
	CHECK_STR(group->name->text, "staff");
	eyas_state_free(state);
}

/* Process 100 in the container ID12, in user namespace ns, and the machine's process 1. */
static void put_container(int ns, const char *path)
{
	char link[32], root[PATH_MAX];

	snprintf(root, sizeof(root), "%s", full_path(path));
	put_machine();
	put("etc/passwd", "alice:x:1000:1001:A:/home/alice:/bin/zsh\n");
	put("etc/group", "staff:x:1001:alice\n");
	put_process(100);
	put_link("proc/1/ns/user", "user:[77]");
	put_link("proc/1/ns/mnt", "mnt:[80]");
	put_link("proc/100/ns/mnt", "mnt:[81]");
	snprintf(link, sizeof(link), "user:[%d]", ns);
	put_link("proc/100/ns/user", link);
	put_link("proc/100/root", root);
}

static struct eyas_state *scan_container(void)
{
	return scan_with(&(struct eyas_state_opts){ .live = 1, .container_names_apart = 1 }, 1);
}

/* The name of a user with that id, "" = it has none; also a group's. */
static const char *name_inside(struct eyas_state *state, uint32_t id)
{
	const struct state_user *user =
		eyas_state_user(state, thread_of(state, 100)->container_id, id);

	return user ? user->name->text : "";
}

static const char *group_inside(struct eyas_state *state, uint32_t id)
{
	const struct state_group *group =
		eyas_state_group(state, thread_of(state, 100)->container_id, id);

	return group ? group->name->text : "";
}

static void check_nameless(void)
{
	struct eyas_state *state = scan_container();

	CHECK_STR(name_inside(state, 1000), "");
	CHECK_STR(group_inside(state, 1001), "");
	eyas_state_free(state);
}

TEST(users_of_a_container)
{
	struct eyas_state *state;

	put("inner/etc/passwd", "web:x:33:33::/var/www:/bin/sh\n");
	put("inner/etc/group", "www:x:33:\n");
	put_container(77, "inner");
	state = scan_container();
	CHECK_STR(name_inside(state, 33), "web");
	CHECK_STR(group_inside(state, 33), "www");
	CHECK_STR(name_inside(state, 1000), "");
	CHECK_STR(group_inside(state, 1001), "");
	CHECK(!eyas_state_user(state, state->strings.empty, 33));
	/* They are read once. */
	put("inner/etc/passwd", "new:x:34:34::/:/bin/sh\n");
	proc_load_container_owners(state, thread_of(state, 100));
	CHECK_STR(name_inside(state, 34), "");
	eyas_state_free(state);
}

/* It enters its own root later. */
TEST(users_of_a_container_with_the_hosts_root)
{
	struct eyas_state *state;

	put("inner/etc/passwd", "web:x:33:33::/var/www:/bin/sh\n");
	put_container(77, ".");
	state = scan_container();
	CHECK_STR(name_inside(state, 1000), "alice");
	CHECK_STR(group_inside(state, 1001), "staff");
	/* As anybody could do it, so that it says nothing about the container. */
	put_link("proc/100/ns/mnt", "mnt:[80]");
	put_link("proc/100/root", full_path("inner"));
	proc_load_container_owners(state, thread_of(state, 100));
	CHECK_STR(name_inside(state, 1000), "alice");
	put_link("proc/100/ns/mnt", "mnt:[81]");
	proc_load_container_owners(state, thread_of(state, 100));
	CHECK_STR(name_inside(state, 33), "web");
	CHECK_STR(name_inside(state, 1000), "");
	eyas_state_free(state);
}

TEST(users_of_a_container_with_other_ids)
{
	put("inner/etc/passwd", "web:x:1000:33::/var/www:/bin/sh\n");
	put_container(78, "inner");
	check_nameless();
	put_link("proc/100/root", full_path("."));
	check_nameless();
	CHECK_INT(unlink(full_path("proc/1/ns/user")), 0);
	check_nameless();
}

/* Nothing in it leads out of it, and nobody is waited for. */
TEST(users_of_a_hostile_container)
{
	struct eyas_state *state;

	put("outer/passwd", "root2:x:1000:0::/:/bin/sh\n");
	put("inner/etc/hosts", "\n");
	put_link("inner/etc/passwd", "../../outer/passwd");
	put_link("inner/etc/group", full_path("etc/group"));
	put_container(77, "inner");
	check_nameless();
	CHECK_INT(unlink(full_path("inner/etc/passwd")), 0);
	CHECK_INT(mkfifo(full_path("inner/etc/passwd"), 0600), 0);
	check_nameless();
	CHECK_INT(unlink(full_path("inner/etc/passwd")), 0);
	put("inner/etc/passwd", "broken\n:::\nweb:x:1000:1::/:/bin/sh\n");
	CHECK_INT(truncate(full_path("inner/etc/passwd"), 1048577), 0);
	check_nameless();
	/* A link within is followed. */
	put("inner/usr/passwd", "broken\n:::\nweb:x:1000:1::/:/bin/sh\n");
	CHECK_INT(unlink(full_path("inner/etc/passwd")), 0);
	put_link("inner/etc/passwd", "/usr/passwd");
	state = scan_container();
	CHECK_STR(name_inside(state, 1000), "web");
	eyas_state_free(state);
}

/* Of containers that came and went nothing is left. */
TEST(users_of_many_containers)
{
	struct eyas_state *state;
	struct eyas_istr *id;
	char text[16];
	unsigned i;

	put("inner/etc/passwd", "web:x:33:33::/var/www:/bin/sh\n");
	put_container(77, "inner");
	state = scan_container();
	for (i = 0; i < 3000; i++) {
		const struct eyas_user user = { .uid = 5, .name = { "some", 4 } };

		snprintf(text, sizeof(text), "%012u", i);
		id = istr_get(&state->strings, text, 12);
		CHECK_INT(owners_set_container(state, id, OWNERS_OWN), 0);
		CHECK_INT(owners_add_user(state, id, &user), 0);
		istr_put(&state->strings, id);
	}
	owners_stats(state, &state->stats);
	CHECK(state->stats.users < 600);
	CHECK_STR(name_inside(state, 33), "web");
	CHECK(eyas_state_user(state, state->strings.empty, 1000));
	eyas_state_free(state);
}

/* ---- single threads and descriptors ---- */

TEST(lookups)
{
	struct eyas_thread *thread, *leader;
	struct eyas_state *state;
	struct eyas_fd *fd;

	put_threads('S');
	/* They have names of their own, too, which no list shows. */
	put_link("proc/101", "100/task/101");
	put_link("proc/102", "100/task/102");
	state = new_state(&(struct eyas_state_opts){ .live = 1 });
	thread = proc_lookup_thread(state, 102);
	CHECK(thread);
	CHECK_STR(thread->comm->text, "worker 2");
	CHECK(thread->bits & THREAD_FROM_PROC);
	/* Its leader came with it, the third thread did not. */
	leader = thread_of(state, 100);
	CHECK(thread->fds == leader->fds);
	CHECK_STR(fd_of(state, 102, 0)->name->text, "/dev/null");
	CHECK(!eyas_state_find(state, 101));
	/* The leader is known now and stays as it is. */
	CHECK(proc_lookup_thread(state, 101));
	CHECK(thread_of(state, 100) == leader);
	CHECK_INT(state->stats.threads_looked_up, 2);

	put_link("proc/100/fd/5", "pipe:[5]");
	put_link("proc/100/task/102/fd/6", "pipe:[6]");
	fd = proc_lookup_fd(state, leader, 5);
	CHECK(fd);
	CHECK_STR(fd->name->text, "pipe:[5]");
	CHECK(fd_of(state, 102, 5) == fd_of(state, 100, 5));
	CHECK(proc_lookup_fd(state, thread, 6));
	CHECK_INT(state->stats.fds_looked_up, 2);

	CHECK(!proc_lookup_fd(state, leader, 7));
	CHECK(!proc_lookup_fd(state, leader, -1));
	CHECK(!proc_lookup_thread(state, 200));
	CHECK(!proc_lookup_thread(state, 0));
	CHECK(!proc_lookup_thread(state, -1));
	CHECK_INT(state->stats.lookups_failed, 2);
	CHECK_INT(state->stats.lookups_refused, 0);

	CHECK(proc_exists(state, 100));
	CHECK(!proc_exists(state, 200));
	put_status("100", 100, 100, 'Z', 1);
	CHECK(!proc_exists(state, 100));
	CHECK(!proc_lookup_thread(state, 100));
	eyas_state_free(state);
}

TEST(lookups_are_for_live_states)
{
	struct eyas_state *state;

	put_threads('S');
	state = new_state(&(struct eyas_state_opts){ 0 });
	CHECK(!proc_lookup_thread(state, 100));
	CHECK(!state->proc);
	eyas_state_free(state);
}

TEST(lookups_have_a_limit)
{
	struct eyas_state *state;
	int i;

	put_machine();
	put_process(100);
	state = new_state(&(struct eyas_state_opts){ .live = 1, .max_lookups_s = 3 });
	state->last_ts_ns = UINT64_C(5000000000);
	for (i = 0; i < 5; i++)
		(void)proc_lookup_thread(state, 200);
	CHECK_INT(state->stats.lookups_failed, 3);
	CHECK_INT(state->stats.lookups_refused, 2);
	CHECK(!proc_lookup_thread(state, 100));
	/* In the next second of the events. */
	state->last_ts_ns = UINT64_C(6000000000);
	CHECK(proc_lookup_thread(state, 100));
	eyas_state_free(state);
}

/* One in a pid namespace has the start of that from its parent, or is its init itself. */
TEST(lookups_in_namespaces)
{
	static const char status[] =
		"State:\tS\nTgid:\t%d\nPPid:\t%d\nNStgid:\t%d\t%d\nNSpid:\t%d\t%d\n"
		"NSpgid:\t50\t1\nNSsid:\t40\t1\nThreads:\t1\n";
	struct eyas_state *state;

	put_machine();
	put_process(100);
	put_process(101);
	put("proc/100/status", status, 100, 1, 100, 1, 100, 1);
	put("proc/101/status", status, 101, 100, 101, 2, 101, 2);
	put("proc/101/stat", "101 (x) S 100 50 40 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9000\n");
	state = new_state(&(struct eyas_state_opts){ .live = 1 });
	CHECK(proc_lookup_thread(state, 100));
	CHECK(proc_lookup_thread(state, 101));
	CHECK(thread_of(state, 100)->clone_ts_ns != thread_of(state, 101)->clone_ts_ns);
	CHECK_INT(thread_of(state, 100)->pidns_init_start_ts_ns,
		  thread_of(state, 100)->clone_ts_ns);
	CHECK_INT(thread_of(state, 101)->pidns_init_start_ts_ns,
		  thread_of(state, 100)->clone_ts_ns);
	eyas_state_free(state);
}
