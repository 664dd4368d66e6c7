/* SPDX-License-Identifier: Apache-2.0 */
/* What a live source does as a whole: whom it sees, what is chosen, what the kernel leaves out. */
#include "live/proc.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARK_A (LIVE_MARK_FREE + 100001)
#define MARK_B (LIVE_MARK_FREE + 100002)

/* A child that waits until it may run. */
struct worker {
	long pid;
	int go;
};

static struct worker worker(void (*run)(void))
{
	struct worker w;
	int pair[2];
	char byte;

	CHECK_INT(pipe(pair), 0);
	w.pid = fork();
	if (w.pid == 0) {
		while (read(pair[0], &byte, 1) < 0)
			;
		run();
		_exit(0);
	}
	close(pair[0]);
	w.go = pair[1];
	return w;
}

/* By a byte: the other end of the pipe may be open in workers that came later. */
static void begin(struct worker *w)
{
	CHECK_INT(write(w->go, "g", 1), 1);
	close(w->go);
}

static void go(struct worker *w)
{
	begin(w);
	live_reap(w->pid, 0);
}

static void mark_a(void)
{
	live_mark(MARK_A);
}

/* Everything up to now, by means of a mark that a process makes now. */
static void read_all(struct eyas_source *source, struct live_events *events)
{
	static uint32_t number = LIVE_MARK_FREE + 200000;
	long pid = fork();

	number++;
	if (pid == 0) {
		live_mark(number);
		_exit(0);
	}
	live_reap(pid, 0);
	if (!live_read_until(source, events, pid, number, 5000))
		FAIL("the mark at the end was not seen");
}

/*
 * Everything up to the end of a process, for sources that see no marks. Other processes may make
 * events all the time, so that there is no end to wait for but this one.
 */
static void read_to_exit(struct eyas_source *source, struct live_events *events, long pid)
{
	int64_t end = live_now_ms() + 20000;
	const struct live_event *event = NULL;

	while (live_now_ms() < end) {
		live_read(source, events, 10);
		for (event = event ? event->next : events->first; event; event = event->next)
			if ((long)event->ev.tid == pid && event->ev.type == EYAS_EV_PROCEXIT_1_E)
				return;
		event = events->last;
	}
	FAIL("the exit of process %ld was not seen among %zu events", pid, events->count);
}

static size_t count(const struct live_events *events, int64_t tid, int type)
{
	const struct live_event *event;
	size_t n = 0;

	for (event = events->first; event; event = event->next)
		n += (!tid || (int64_t)event->ev.tid == tid) &&
		     (type < 0 || event->ev.type == type);
	return n;
}

static bool has_mark(const struct live_events *events, int64_t tid, uint32_t mark)
{
	const struct live_event *event;

	for (event = events->first; event; event = event->next)
		if ((int64_t)event->ev.tid == tid && live_mark_of(&event->ev) == mark)
			return true;
	return false;
}

LIVE_TEST(two_sources)
{
	struct eyas_source *a = live_open(NULL), *b = live_open(NULL);
	struct worker w = worker(mark_a);

	go(&w);
	CHECK(live_read_until(a, NULL, w.pid, MARK_A, 5000));
	CHECK(live_read_until(b, NULL, w.pid, MARK_A, 5000));
	eyas_source_close(a);
	w = worker(mark_a);
	go(&w);
	CHECK(live_read_until(b, NULL, w.pid, MARK_A, 5000));
	eyas_source_close(b);
}

LIVE_TEST(own_process)
{
	struct eyas_live_opts opts;
	struct eyas_source *source = live_open(NULL);
	struct live_events events = { 0 };

	live_mark(MARK_A);
	read_all(source, &events);
	CHECK_INT(count(&events, getpid(), -1), 0);
	eyas_source_close(source);
	live_forget(&events);

	live_defaults(&opts);
	opts.keep_self = 1;
	source = live_open(&opts);
	live_mark(MARK_A);
	CHECK(live_read_until(source, NULL, getpid(), MARK_A, 5000));
	eyas_source_close(source);
}

/* ---- selection ---- */

static void some_calls(void)
{
	char byte;

	SYS(getppid);
	SYS(getpid);
	SYS(open, "/no/such", O_RDONLY);
	SYS(unlinkat, AT_FDCWD, "/no/such", 0);
	SYS(read, -1, &byte, 1);
	live_mark(MARK_A);
}

LIVE_TEST(selection)
{
	struct eyas_codes codes = { 0 }, less = { 0 };
	struct eyas_live_opts opts;
	struct eyas_source *source;
	struct live_events events = { 0 };
	struct worker w = worker(some_calls);
	const struct live_event *event;

	live_defaults(&opts);
	eyas_codes_add(&codes, EYAS_SYS_CLOSE);
	eyas_codes_add(&codes, EYAS_SYS_GETPPID);
	eyas_codes_add(&codes, EYAS_SYS_OPEN);
	opts.codes = &codes;
	source = live_open(&opts);
	go(&w);
	read_all(source, &events);
	for (event = events.first; event; event = event->next) {
		if (event->ev.type == EYAS_EV_GENERIC_X) {
			struct eyas_param param;
			uint64_t code = 0;

			CHECK(eyas_event_param(&event->ev, 0, &param) == 1);
			CHECK_INT(eyas_param_uint(&param, &code), 0);
			CHECK_INT(code, EYAS_SYS_GETPPID);
		} else {
			CHECK(event->ev.type == EYAS_EV_SYSCALL_CLOSE_X ||
			      event->ev.type == EYAS_EV_SYSCALL_OPEN_X);
		}
	}
	CHECK_INT(count(&events, w.pid, EYAS_EV_GENERIC_X), 1);
	CHECK_INT(count(&events, w.pid, EYAS_EV_SYSCALL_OPEN_X), 1);
	CHECK(has_mark(&events, w.pid, MARK_A));
	live_forget(&events);

	/* Less from now on. */
	eyas_codes_add(&less, EYAS_SYS_CLOSE);
	CHECK_INT(eyas_live_select(source, &less, NULL), 0);
	w = worker(some_calls);
	go(&w);
	read_all(source, &events);
	CHECK_INT(count(&events, w.pid, EYAS_EV_GENERIC_X), 0);
	CHECK_INT(count(&events, w.pid, EYAS_EV_SYSCALL_OPEN_X), 0);
	CHECK(has_mark(&events, w.pid, MARK_A));
	live_forget(&events);

	/* What was not chosen at the beginning cannot be chosen later. */
	eyas_codes_add(&less, EYAS_SYS_EXECVE);
	CHECK(eyas_live_select(source, &less, NULL) < 0);
	eyas_source_close(source);
}

/* ---- tests in the kernel: each with a worker that passes and one that does not ---- */

/* Both run the same; events of the first one arrive, of the second one none but those. */
static void check_tests(const struct eyas_live_opts *opts, struct worker *in, struct worker *out)
{
	struct eyas_source *source = live_open(opts);
	struct live_events events = { 0 };
	struct eyas_live_stats stats;

	go(in);
	go(out);
	/* A mark of a third process would not pass either. */
	while (live_read(source, &events, 300))
		;
	CHECK(has_mark(&events, in->pid, MARK_A));
	CHECK_INT(count(&events, in->pid, EYAS_EV_SYSCALL_OPEN_X), 1);
	CHECK_INT(count(&events, out->pid, -1), 0);
	CHECK_INT(eyas_live_stats(source, -1, &stats, NULL), 0);
	CHECK(stats.tests_failed > 0);
	eyas_source_close(source);
	live_forget(&events);
}

LIVE_TEST(test_pid)
{
	struct worker in = worker(some_calls), out = worker(some_calls);
	struct eyas_live_opts opts;

	live_defaults_few(&opts);
	opts.tests.pid = (uint32_t)in.pid;
	check_tests(&opts, &in, &out);
}

static void calls_of_a_name(void)
{
	prctl(PR_SET_NAME, "fifteen letters");
	some_calls();
}

static void calls_of_another_name(void)
{
	prctl(PR_SET_NAME, "fifteen letter");
	some_calls();
}

LIVE_TEST(test_comm)
{
	struct worker in = worker(calls_of_a_name), out = worker(calls_of_another_name);
	struct eyas_live_opts opts;

	live_defaults_few(&opts);
	opts.tests.comm = "fifteen letters";
	check_tests(&opts, &in, &out);
}

static void calls_of_a_user(void)
{
	MUST(SYS(setresuid, 4711, 0, 0));
	some_calls();
}

static void calls_of_another_user(void)
{
	MUST(SYS(setresuid, 4712, 4711, 4711));
	some_calls();
}

LIVE_TEST(test_uid)
{
	struct worker in = worker(calls_of_a_user), out = worker(calls_of_another_user);
	struct eyas_live_opts opts;

	live_defaults_few(&opts);
	opts.tests.uid = 4711;
	opts.tests.has_uid = 1;
	check_tests(&opts, &in, &out);
}

LIVE_TEST(test_uid_root)
{
	struct worker in = worker(some_calls), out = worker(calls_of_another_user);
	struct eyas_source *source;
	struct live_events events = { 0 };
	struct eyas_live_opts opts;

	live_defaults_few(&opts);
	opts.tests.has_uid = 1;
	source = live_open(&opts);
	go(&in);
	go(&out);
	read_all(source, &events);
	CHECK(has_mark(&events, in.pid, MARK_A));
	CHECK(!has_mark(&events, out.pid, MARK_A));
	eyas_source_close(source);
}

LIVE_TEST(test_results)
{
	struct worker w = worker(some_calls);
	struct eyas_live_opts opts;
	struct eyas_source *failed, *succeeded;
	struct live_events events = { 0 };

	live_defaults_few(&opts);
	opts.tests.failed_only = 1;
	failed = live_open(&opts);
	opts.tests.failed_only = 0;
	opts.tests.succeeded_only = 1;
	succeeded = live_open(&opts);
	go(&w);
	read_all(failed, &events);
	CHECK(has_mark(&events, w.pid, MARK_A));
	CHECK_INT(count(&events, w.pid, EYAS_EV_SYSCALL_OPEN_X), 1);
	CHECK_INT(count(&events, w.pid, EYAS_EV_GENERIC_X), 0);
	live_forget(&events);
	read_to_exit(succeeded, &events, w.pid);
	CHECK(!has_mark(&events, w.pid, MARK_A));
	CHECK_INT(count(&events, w.pid, EYAS_EV_SYSCALL_OPEN_X), 0);
	CHECK(count(&events, w.pid, EYAS_EV_GENERIC_X) >= 2);
	eyas_source_close(failed);
	eyas_source_close(succeeded);
}

LIVE_TEST(drop_failed)
{
	struct worker w = worker(some_calls);
	struct eyas_live_opts opts;
	struct eyas_source *source;
	struct live_events events = { 0 };

	live_defaults_few(&opts);
	opts.drop_failed = 1;
	source = live_open(&opts);
	go(&w);
	read_to_exit(source, &events, w.pid);
	CHECK(!has_mark(&events, w.pid, MARK_A));
	CHECK_INT(count(&events, w.pid, EYAS_EV_SYSCALL_OPEN_X), 0);
	CHECK(count(&events, w.pid, EYAS_EV_GENERIC_X) >= 2);
	eyas_source_close(source);
}

static const char *some_program;
/* Written before the worker is made: memory that it has at once, also at the start of a call. */
static char some_path[64];

static void calls_on_paths(void)
{
	long pid;

	SYS(open, some_path, O_RDONLY);
	SYS(open, "/tmp/eyas-liv", O_RDONLY);
	SYS(open, "/other", O_RDONLY);
	SYS(unlink, "/tmp/eyas-live-or-not");
	SYS(getppid);
	SYS(open, NULL, O_RDONLY);
	pid = fork();
	if (pid == 0)
		SYS(execve, some_program, ((char *const[]){ "x", NULL }), NULL);
	live_reap(pid, 7 << 8);
}

/* What has no path does not pass, whatever it is; a program that is started has one. */
LIVE_TEST(test_path_prefix)
{
	struct worker w;
	struct eyas_live_opts opts;
	struct eyas_source *source;
	struct live_events events = { 0 };

	some_program = proc_program("program", 64);
	strcpy(some_path, "/tmp/eyas-live");
	w = worker(calls_on_paths);
	live_defaults(&opts);
	opts.tests.path_prefix = "/tmp/eyas-live";
	opts.enter_events = 1;
	source = live_open(&opts);
	go(&w);
	while (live_read(source, &events, 300))
		;
	CHECK_INT(count(&events, w.pid, EYAS_EV_SYSCALL_OPEN_E), 1);
	CHECK_INT(count(&events, w.pid, EYAS_EV_SYSCALL_OPEN_X), 1);
	CHECK_INT(count(&events, w.pid, EYAS_EV_SYSCALL_UNLINK_2_X), 1);
	CHECK_INT(count(&events, w.pid, -1), 3);
	CHECK_INT(count(&events, 0, EYAS_EV_SYSCALL_EXECVE_19_X), 1);
	CHECK_INT(count(&events, 0, EYAS_EV_PROCEXIT_1_E), 0);
	eyas_source_close(source);
}

/* A child of a child, and a thread's worth of calls in each. */
static void calls_of_a_family(void)
{
	long pid = fork();

	some_calls();
	if (pid == 0) {
		pid = fork();
		some_calls();
		if (pid > 0)
			live_reap(pid, 0);
		_exit(0);
	}
	live_reap(pid, 0);
}

LIVE_TEST(test_follow_pid)
{
	struct worker in = worker(calls_of_a_family), out = worker(some_calls);
	struct eyas_live_opts opts;
	struct eyas_source *source;
	struct live_events events = { 0 };

	live_defaults(&opts);
	opts.tests.follow_pid = (uint32_t)in.pid;
	source = live_open(&opts);
	go(&in);
	go(&out);
	while (live_read(source, &events, 300))
		;
	/* Three processes, one of which makes the calls twice. */
	CHECK_INT(count(&events, 0, EYAS_EV_SYSCALL_UNLINKAT_2_X), 4);
	CHECK_INT(count(&events, 0, EYAS_EV_PROCEXIT_1_E), 3);
	CHECK_INT(count(&events, out.pid, -1), 0);
	eyas_source_close(source);
}

/* Calls that a state needs come from everybody, if that is asked for. */
LIVE_TEST(test_keep_state)
{
	struct worker in = worker(some_calls), out = worker(some_calls);
	struct eyas_live_opts opts;
	struct eyas_source *source;
	struct live_events events = { 0 };

	live_defaults_few(&opts);
	opts.tests.pid = (uint32_t)in.pid;
	opts.tests.keep_state = 1;
	source = live_open(&opts);
	go(&in);
	go(&out);
	read_all(source, &events);
	CHECK_INT(count(&events, out.pid, EYAS_EV_SYSCALL_OPEN_X), 1);
	CHECK_INT(count(&events, out.pid, EYAS_EV_PROCEXIT_1_E), 1);
	CHECK_INT(count(&events, out.pid, EYAS_EV_SYSCALL_UNLINKAT_2_X), 0);
	CHECK_INT(count(&events, out.pid, EYAS_EV_GENERIC_X), 0);
	CHECK_INT(count(&events, in.pid, EYAS_EV_SYSCALL_UNLINKAT_2_X), 1);
	eyas_source_close(source);
}

/* ---- cgroups ---- */

#define CGROUP2_MAGIC 0x63677270

static const char *cgroup2(void)
{
	static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	struct statfs fs;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (statfs(places[i], &fs) == 0 && fs.f_type == CGROUP2_MAGIC)
			return places[i];
	live_skip("cgroup version 2 is not mounted");
}

static void join(const char *dir)
{
	char *path;
	int fd;

	if (asprintf(&path, "%s/cgroup.procs", dir) < 0)
		FAIL("out of memory");
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		FAIL("%s: %s", path, strerror(errno));
	close(fd);
	free(path);
}

static char cgroup_dir[256];

static void calls_in_a_cgroup(void)
{
	join(cgroup_dir);
	some_calls();
}

LIVE_TEST(test_cgroup)
{
	const char *top = cgroup2();
	struct worker in, out = worker(some_calls);
	struct eyas_live_opts opts;
	struct eyas_source *source;
	struct live_events events = { 0 };
	struct stat st;

	snprintf(cgroup_dir, sizeof(cgroup_dir), "%s/eyas-live-%d", top, getpid());
	if (mkdir(cgroup_dir, 0755) < 0)
		live_skip("%s: %s", cgroup_dir, strerror(errno));
	stat(cgroup_dir, &st);
	in = worker(calls_in_a_cgroup);
	live_defaults_few(&opts);
	opts.tests.cgroup_id = st.st_ino;
	source = live_open(&opts);
	go(&in);
	go(&out);
	while (live_read(source, &events, 300))
		;
	rmdir(cgroup_dir);
	CHECK(has_mark(&events, in.pid, MARK_A));
	CHECK_INT(count(&events, out.pid, -1), 0);
	eyas_source_close(source);
}

/* ---- dropping on purpose ---- */

static void calls_for_a_second(void)
{
	int64_t end = live_now_ms() + 1200;

	while (live_now_ms() < end) {
		SYS(getppid);
		SYS(lseek, -1, 0, 0);
		SYS(unlink, "/no/such");
		live_mark(MARK_A);
	}
}

/* Generic calls never, those of state always, the others for a part of each second. */
LIVE_TEST(sampling)
{
	struct worker w = worker(calls_for_a_second);
	struct eyas_live_opts opts;
	struct eyas_source *source;
	struct live_events events = { 0 };
	size_t marks, unlinks;

	live_defaults_few(&opts);
	opts.sampling = 8;
	opts.ring_bytes = 64 << 20;
	opts.tests.pid = (uint32_t)w.pid;
	source = live_open(&opts);
	begin(&w);
	while (live_read(source, &events, 2000))
		;
	live_reap(w.pid, 0);
	marks = count(&events, w.pid, EYAS_EV_SYSCALL_CLOSE_X);
	unlinks = count(&events, w.pid, EYAS_EV_SYSCALL_UNLINK_2_X);
	CHECK(marks > 1000);
	CHECK(unlinks > 0);
	CHECK(unlinks < marks / 2);
	CHECK_INT(count(&events, w.pid, EYAS_EV_GENERIC_X), 0);
	CHECK_INT(count(&events, w.pid, EYAS_EV_SYSCALL_LSEEK_X), 0);
	eyas_source_close(source);
}

/* ---- refusals ---- */

static int open_with(const struct eyas_live_opts *opts, struct eyas_err *err)
{
	struct eyas_source *source = NULL;
	int ret = eyas_source_open_live(opts, &source, err);

	if (ret == 0)
		eyas_source_close(source);
	return ret;
}

LIVE_TEST(wrong_options)
{
	struct eyas_live_opts opts;
	struct eyas_err err;

	live_defaults(&opts);
	opts.snap_bytes = 65001;
	CHECK_INT(open_with(&opts, &err), -EINVAL);
	CHECK(err.text[0]);
	live_defaults(&opts);
	opts.sampling = 129;
	CHECK_INT(open_with(&opts, &err), -EINVAL);
}

LIVE_TEST(without_rights)
{
	struct eyas_live_opts opts;
	struct eyas_err err;

	live_defaults(&opts);
	MUST(SYS(setresuid, 65534, 65534, 65534));
	CHECK_INT(open_with(&opts, &err), -EPERM);
	if (!strstr(err.text, "CAP_"))
		FAIL("no capability is named: %s", err.text);
}

/* ---- the snapshot ---- */

struct seen {
	long pid, fd;
	unsigned threads, self, fds;
	char text[128];
};

static int saw_thread(void *ctx, const struct eyas_thread_entry *thread)
{
	struct seen *seen = ctx;

	seen->threads++;
	if ((long)thread->tid != seen->pid)
		return 0;
	seen->self++;
	if ((long)thread->pid != seen->pid || (long)thread->ptid != getppid() || thread->uid != 0 ||
	    (int64_t)thread->fdlimit != proc_fd_limit() || (long)thread->vtid != seen->pid)
		snprintf(seen->text, sizeof(seen->text), "pid %ld ptid %ld uid %u fdlimit %ld",
			 (long)thread->pid, (long)thread->ptid, thread->uid, (long)thread->fdlimit);
	return 0;
}

static int saw_fd(void *ctx, uint64_t tid, const struct eyas_fd_entry *fd)
{
	struct seen *seen = ctx;

	if ((long)tid != seen->pid || fd->fd != seen->fd)
		return 0;
	seen->fds++;
	if (fd->kind != EYAS_FD_FILE_V2 || fd->ino != live_fino((int)seen->fd))
		snprintf(seen->text, sizeof(seen->text), "descriptor of kind %u, inode %llu",
			 fd->kind, (unsigned long long)fd->ino);
	return 0;
}

LIVE_TEST(snapshot)
{
	struct seen seen = { .pid = getpid() };
	struct eyas_loader loader = { .ctx = &seen, .thread = saw_thread, .fd = saw_fd };
	struct eyas_source *source = live_open(NULL);
	struct eyas_err err;
	int ret;

	seen.fd = MUST(SYS(open, live_file("f", "x"), O_RDWR));
	ret = eyas_live_snapshot(source, &loader, &err);
	if (ret == -ENOTSUP)
		live_skip("%s", err.text);
	CHECK_INT(ret, 0);
	CHECK(seen.threads > 1);
	CHECK_INT(seen.self, 1);
	CHECK_INT(seen.fds, 1);
	if (seen.text[0])
		FAIL("%s", seen.text);
	eyas_source_close(source);
}
