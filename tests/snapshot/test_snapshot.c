/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the kernel's own list of threads and descriptors say what /proc says? Processes with known
 * properties are looked at both ways, field by field. Where the two differ, the list of fields
 * below says so and why:
 *
 *   start and namespace start   /proc has them in hundredths of a second
 *   resident memory	     the kernel keeps a share of it on each CPU, which iterators do not add
 *   layers of an overlay	     /proc does not know them
 *   names of kernel threads	     /proc has them in full, events have 15 bytes
 *   flags and mount of epoll, inotify, io_uring	/proc is not asked, it lists what they watch
 *   cgroups of a process without its first thread    /proc has it in the roots of cgroup v1
 *   addresses of unix sockets     /proc has them scrambled, and not that of the peer
 *   device and number of files    as events have them, from the inode; a file system may show
 *			     others to stat(2)
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <eyas/live.h>
#include <eyas/state.h>

#include "session/session.h"
#include "snapshot/subject.h"
#include "state/state.h"
#include "unit/harness.h"

/* A thread that has ended (PPM_CL_CLOSED); no protocol, which a state does not keep. */
enum { CLOSED = 1 << 18, L4_NONE = 1 };

/* What was said, copied. */
struct said_fd {
	uint64_t tid;
	struct eyas_fd_entry entry;
};

struct said {
	struct eyas_thread_entry *threads;
	struct said_fd *fds;
	uint64_t *lists;
	size_t nthreads, nfds, nlists;
	size_t found; /* index of the descriptor that was last found */
};

static struct eyas_bytes copy(struct eyas_bytes bytes)
{
	char *to = malloc(bytes.len + 1);

	memcpy(to, bytes.data ? bytes.data : "", bytes.len);
	to[bytes.len] = '\0';
	return (struct eyas_bytes){ to, bytes.len };
}

/*
 * Room for one more, by doubling. Under sanitizers every realloc() copies: growing by one at a time
 * takes seconds for what a process with 25000 descriptors has.
 */
static void *room_for(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	array = realloc(array, (count ? 2 * count : 1) * size);
	if (!array)
		test_fail(__FILE__, __LINE__, "no memory");
	return array;
}

static int take_thread(void *ctx, const struct eyas_thread_entry *entry)
{
	struct said *said = ctx;
	struct eyas_thread_entry *to;

	said->threads = room_for(said->threads, said->nthreads, sizeof(*said->threads));
	to = &said->threads[said->nthreads++];
	*to = *entry;
	to->comm = copy(entry->comm);
	to->exe = copy(entry->exe);
	to->exepath = copy(entry->exepath);
	to->args = copy(entry->args);
	to->cwd = copy(entry->cwd);
	to->env = copy(entry->env);
	to->cgroups = copy(entry->cgroups);
	to->root = copy(entry->root);
	return 0;
}

static int take_list(void *ctx, uint64_t tid)
{
	struct said *said = ctx;

	said->lists = room_for(said->lists, said->nlists, sizeof(*said->lists));
	said->lists[said->nlists++] = tid;
	return 0;
}

static int take_fd(void *ctx, uint64_t tid, const struct eyas_fd_entry *entry)
{
	struct said *said = ctx;

	said->fds = room_for(said->fds, said->nfds, sizeof(*said->fds));
	said->fds[said->nfds] = (struct said_fd){ tid, *entry };
	said->fds[said->nfds++].entry.name = copy(entry->name);
	return 0;
}

static void forget_all(struct said *said)
{
	struct eyas_thread_entry *thread;
	size_t i;

	for (i = 0; i < said->nthreads; i++) {
		thread = &said->threads[i];
		free((void *)(uintptr_t)thread->comm.data);
		free((void *)(uintptr_t)thread->exe.data);
		free((void *)(uintptr_t)thread->exepath.data);
		free((void *)(uintptr_t)thread->args.data);
		free((void *)(uintptr_t)thread->cwd.data);
		free((void *)(uintptr_t)thread->env.data);
		free((void *)(uintptr_t)thread->cgroups.data);
		free((void *)(uintptr_t)thread->root.data);
	}
	for (i = 0; i < said->nfds; i++)
		free((void *)(uintptr_t)said->fds[i].entry.name.data);
	free(said->threads);
	free(said->lists);
	free(said->fds);
}

/* What was said before is forgotten; tests keep what is said in static structs. */
static struct eyas_loader loader_of(struct said *said)
{
	forget_all(said);
	*said = (struct said){ 0 };
	return (struct eyas_loader){
		.ctx = said, .thread = take_thread, .fd_list = take_list, .fd = take_fd
	};
}

/* ---- both ways ---- */

static struct eyas_source *open_live(void)
{
	struct eyas_codes none = { { 0 } };
	struct eyas_live_opts opts = { .size = sizeof(opts), .codes = &none };
	struct eyas_source *source;
	struct eyas_err err;
	int res;

	if (geteuid())
		test_skip("only root may load programs into the kernel");
	res = eyas_source_open_live(&opts, &source, &err);
	if (res == -ENOTSUP || res == -EPERM)
		test_skip("%s", err.text);
	if (res)
		test_fail(__FILE__, __LINE__, "%s", err.text);
	return source;
}

static void snapshot_to(struct eyas_source *source, const struct eyas_loader *loader)
{
	struct eyas_err err;
	int res = eyas_live_snapshot(source, loader, &err);

	if (res == -ENOTSUP && strstr(err.text, "namespace"))
		test_skip("%s", err.text);
	if (res)
		test_fail(__FILE__, __LINE__, "%s", err.text);
}

static void take_snapshot(struct said *said)
{
	struct eyas_loader loader = loader_of(said);
	struct eyas_source *source = open_live();

	snapshot_to(source, &loader);
	eyas_source_close(source);
}

/* As a state has it that was filled one way or the other. */
static void take_both(struct said *kernel, struct said *proc)
{
	struct eyas_loader loader, out;
	struct eyas_source *source = open_live();
	struct eyas_state *state;

	CHECK_INT(eyas_state_new(NULL, &state, NULL), 0);
	eyas_state_loader(state, &loader);
	snapshot_to(source, &loader);
	eyas_state_scan_end(state);
	out = loader_of(kernel);
	CHECK_INT(eyas_state_dump(state, &out), 0);
	eyas_state_free(state);
	eyas_source_close(source);
	CHECK_INT(eyas_state_new(NULL, &state, NULL), 0);
	CHECK(eyas_state_scan(state, NULL) > 0);
	out = loader_of(proc);
	CHECK_INT(eyas_state_dump(state, &out), 0);
	eyas_state_free(state);
}

static const struct eyas_thread_entry *find_thread(const struct said *said, int64_t tid)
{
	size_t i;

	for (i = 0; i < said->nthreads; i++)
		if (said->threads[i].tid == (uint64_t)tid)
			return &said->threads[i];
	return NULL;
}

static const struct eyas_thread_entry *the_thread(const struct said *said, int64_t tid)
{
	const struct eyas_thread_entry *thread = find_thread(said, tid);

	if (!thread)
		test_fail(__FILE__, __LINE__, "thread %lld is missing", (long long)tid);
	return thread;
}

/* Whoever asks for all of them asks in the order they are in: the search begins at the last one. */
static const struct eyas_fd_entry *find_fd(struct said *said, int64_t tid, int64_t fd)
{
	size_t i, k;

	for (i = 0; i < said->nfds; i++) {
		k = (said->found + i) % said->nfds;
		if (said->fds[k].tid == (uint64_t)tid && said->fds[k].entry.fd == fd) {
			said->found = k;
			return &said->fds[k].entry;
		}
	}
	return NULL;
}

static size_t count_fds(const struct said *said, int64_t tid)
{
	size_t i, count = 0;

	for (i = 0; i < said->nfds; i++)
		count += said->fds[i].tid == (uint64_t)tid;
	return count;
}

/* ---- field by field ---- */

static void same_number(const char *field, int64_t id, uint64_t kernel, uint64_t proc)
{
	if (kernel != proc)
		test_fail(__FILE__, __LINE__, "%s of %lld: %llu, /proc says %llu", field,
			  (long long)id, (unsigned long long)kernel, (unsigned long long)proc);
}

/* Far beyond what rounding and shares make; a field of another kind would not pass. */
static void near_number(const char *field, int64_t id, uint64_t kernel, uint64_t proc, uint64_t by)
{
	if (kernel > proc + by || proc > kernel + by)
		same_number(field, id, kernel, proc);
}

static void same_text(const char *field, int64_t id, struct eyas_bytes kernel,
		      struct eyas_bytes proc)
{
	if (kernel.len != proc.len || memcmp(kernel.data, proc.data, kernel.len) != 0)
		test_fail(__FILE__, __LINE__, "%s of %lld: '%.*s' (%u), /proc says '%.*s' (%u)",
			  field, (long long)id, (int)kernel.len, kernel.data, kernel.len,
			  (int)proc.len, proc.data, proc.len);
}

#define SAME(field) same_number(#field, id, (uint64_t)kernel->field, (uint64_t)proc->field)
#define SAME_TEXT(field) same_text(#field, id, kernel->field, proc->field)
#define NEAR(field, by) near_number(#field, id, kernel->field, proc->field, by)

/* What stat(2) says of files on an overlay or btrfs is made up. */
static int has_plain_files(struct eyas_bytes path)
{
	struct statfs fs;

	if (statfs(path.data, &fs))
		return 0;
	return fs.f_type != 0x794c7630 && fs.f_type != 0x9123683e;
}

static void same_thread(const struct eyas_thread_entry *kernel,
			const struct eyas_thread_entry *proc, int headless)
{
	int64_t id = (int64_t)kernel->tid;
	const int is_kernel = !kernel->exepath.len && !kernel->vmsize_kb;

	SAME(pid);
	SAME(ptid);
	SAME(sid);
	SAME(vpgid);
	SAME(pgid);
	SAME(vtid);
	SAME(vpid);
	if (!is_kernel)
		SAME_TEXT(comm);
	SAME_TEXT(exe);
	SAME_TEXT(exepath);
	SAME_TEXT(args);
	SAME_TEXT(cwd);
	SAME_TEXT(env);
	if (!headless)
		SAME_TEXT(cgroups);
	SAME_TEXT(root);
	SAME(fdlimit);
	SAME(flags);
	SAME(uid);
	SAME(gid);
	SAME(vmsize_kb);
	NEAR(vmrss_kb, 16384);
	NEAR(vmswap_kb, 16384);
	NEAR(pfminor, 100);
	SAME(pfmajor);
	NEAR(pidns_init_start_ts_ns, 1000000000);
	SAME(tty);
	SAME(loginuid);
	SAME(cap_inheritable);
	SAME(cap_permitted);
	SAME(cap_effective);
	if (has_plain_files(kernel->exepath))
		SAME(exe_ino);
	SAME(exe_ino_ctime_ns);
	SAME(exe_ino_mtime_ns);
	SAME(exe_writable);
	SAME(exe_from_memfd);
	SAME(args_cut);
	NEAR(start_ts_ns, 1000000000);
}

static void same_fd(const struct eyas_fd_entry *kernel, const struct eyas_fd_entry *proc)
{
	int64_t id = kernel->fd;
	const int is_file = kernel->kind == EYAS_FD_FILE_V2 || kernel->kind == EYAS_FD_DIRECTORY;

	SAME(kind);
	SAME(l4);
	if (!is_file || has_plain_files(kernel->name)) {
		SAME(ino);
		SAME(dev);
	}
	if (kernel->kind != EYAS_FD_UNIX) {
		same_text("src", id, (struct eyas_bytes){ (const char *)kernel->src, 16 },
			  (struct eyas_bytes){ (const char *)proc->src, 16 });
		same_text("dst", id, (struct eyas_bytes){ (const char *)kernel->dst, 16 },
			  (struct eyas_bytes){ (const char *)proc->dst, 16 });
	}
	SAME(sport);
	SAME(dport);
	SAME_TEXT(name);
	SAME(pid);
	SAME(deleted);
	if (kernel->kind == EYAS_FD_EVENTPOLL || kernel->kind == EYAS_FD_INOTIFY ||
	    kernel->kind == EYAS_FD_IO_URING)
		return;
	SAME(open_flags);
	SAME(mount_id);
}

/* A process that does not do anything is the same both ways, with all its threads. */
static void same_process(struct said *kernel, const struct said *proc, pid_t pid)
{
	size_t i, threads = 0;

	for (i = 0; i < proc->nthreads; i++) {
		if (proc->threads[i].pid != (uint64_t)pid)
			continue;
		threads++;
		same_thread(the_thread(kernel, (int64_t)proc->threads[i].tid), &proc->threads[i],
			    !!(the_thread(kernel, pid)->flags & CLOSED));
	}
	CHECK(threads > 0);
	for (i = 0; i < proc->nfds; i++) {
		const struct said_fd *fd = &proc->fds[i];
		const struct eyas_fd_entry *found;

		if (fd->tid != (uint64_t)pid)
			continue;
		found = find_fd(kernel, pid, fd->entry.fd);
		if (!found)
			test_fail(__FILE__, __LINE__, "descriptor %lld is missing",
				  (long long)fd->entry.fd);
		same_fd(found, &fd->entry);
	}
	CHECK_INT(count_fds(kernel, pid), count_fds(proc, pid));
}

static int ends_in(struct eyas_bytes text, const char *end)
{
	size_t len = strlen(end);

	return text.len >= len && !memcmp(text.data + text.len - len, end, len);
}

static void is_text(struct eyas_bytes text, const char *want, size_t len)
{
	same_text("text", 0, text, (struct eyas_bytes){ want, (uint32_t)len });
}

/* ---- tests ---- */

TEST(a_process_with_everything)
{
	char *const argv[] = { "subject\x01", "one", "", "two words\n\xff", NULL };
	char *const envp[] = { "A=1", "B=\x1b[0m", NULL };
	pid_t pid = subject_start("all", argv, envp);
	const struct eyas_thread_entry *thread;
	const struct eyas_fd_entry *fd;
	static struct said kernel, proc;
	size_t i, threads = 0;

	take_both(&kernel, &proc);
	thread = the_thread(&kernel, pid);
	is_text(thread->comm, "a\x01(b) c)\n", 9);
	is_text(thread->exe, "subject\x01", 8);
	is_text(thread->args, "one\0\0two words\n\xff\0", 17);
	is_text(thread->env, "EYAS_SUBJECT=all\0A=1\0B=\x1b[0m\0", 28);
	is_text(thread->cwd, test_tmpdir(), strlen(test_tmpdir()));
	is_text(thread->root, "/", 1);
	CHECK(ends_in(thread->exepath, "/snapshot"));
	CHECK_INT(thread->ptid, getpid());
	CHECK_INT(thread->uid, 1235);
	CHECK_INT(thread->gid, 4322);
	CHECK_INT(thread->cap_effective, 1);
	CHECK_INT(thread->cap_permitted, 1 | 1 << 5);
	CHECK_INT(thread->cap_inheritable, 1 << 5);
	CHECK_INT(thread->fdlimit, 777);
	CHECK_INT(thread->vpid, pid);
	for (i = 0; i < kernel.nthreads; i++)
		if (kernel.threads[i].pid == (uint64_t)pid)
			threads++;
	CHECK_INT(threads, 4);
	for (i = 0; i < subject_fd_count; i++) {
		fd = find_fd(&kernel, pid, SUBJECT_FD + (int)i);
		if (!fd && !find_fd(&proc, pid, SUBJECT_FD + (int)i))
			continue; /* a kernel without it */
		if (!fd || fd->kind != subject_fds[i].kind ||
		    (subject_fds[i].l4 > L4_NONE && fd->l4 != subject_fds[i].l4) ||
		    (subject_fds[i].name && !ends_in(fd->name, subject_fds[i].name)))
			test_fail(__FILE__, __LINE__, "%s: kind %d, protocol %d, '%.*s'",
				  subject_fds[i].what, fd ? fd->kind : -1, fd ? fd->l4 : -1,
				  fd ? (int)fd->name.len : 0, fd ? fd->name.data : "");
	}
	same_process(&kernel, &proc, pid);
	subject_end(pid);
}

TEST(a_process_whose_first_thread_has_ended)
{
	char *const argv[] = { "headless", "arg", NULL };
	pid_t pid = subject_start("headless", argv, NULL);
	static struct said kernel, proc;

	take_both(&kernel, &proc);
	is_text(the_thread(&kernel, pid)->args, "arg", 4);
	CHECK(count_fds(&kernel, pid) > 0);
	same_process(&kernel, &proc, pid);
	subject_end(pid);
}

TEST(a_process_in_a_pid_namespace)
{
	char *const argv[] = { "nested", NULL };
	pid_t outer = subject_start("nested", argv, NULL);
	const struct eyas_thread_entry *inner = NULL;
	static struct said kernel, proc;
	size_t i;

	take_both(&kernel, &proc);
	for (i = 0; i < kernel.nthreads; i++)
		if (kernel.threads[i].ptid == (uint64_t)outer)
			inner = &kernel.threads[i];
	CHECK(inner);
	CHECK_INT(inner->vpid, 1);
	CHECK_INT(inner->vtid, 1);
	CHECK_INT(inner->sid, 1);
	CHECK_INT(inner->pidns_init_start_ts_ns, inner->start_ts_ns);
	same_process(&kernel, &proc, outer);
	same_process(&kernel, &proc, (pid_t)inner->pid);
	kill((pid_t)inner->pid, SIGKILL);
	subject_end(outer);
}

TEST(a_process_with_a_root_of_its_own)
{
	char *const argv[] = { "rooted", NULL };
	pid_t pid = subject_start("rooted", argv, NULL);
	static struct said kernel, proc;

	take_both(&kernel, &proc);
	CHECK(ends_in(the_thread(&kernel, pid)->root, "/root"));
	CHECK(ends_in(the_thread(&kernel, pid)->cwd, "/root/home"));
	same_process(&kernel, &proc, pid);
	subject_end(pid);
}

TEST(a_directory_deeper_than_a_path_can_say)
{
	char *const argv[] = { "deep", NULL };
	pid_t pid = subject_start("deep", argv, NULL);
	static struct said kernel, proc;

	take_both(&kernel, &proc);
	CHECK_INT(the_thread(&kernel, pid)->cwd.len, 0);
	same_process(&kernel, &proc, pid);
	subject_end(pid);
}

TEST(long_arguments)
{
	enum { LONG = 128 * 1024 - 1 };
	char *arg = malloc(LONG + 1);
	char *const argv[] = { "long", arg, arg, NULL }, *const envp[] = { arg, NULL };
	static struct said kernel, proc;
	pid_t pid;

	memset(arg, '\t', LONG);
	arg[LONG] = '\0';
	pid = subject_start("long", argv, envp);
	take_both(&kernel, &proc);
	CHECK_INT(the_thread(&kernel, pid)->args_cut, 1);
	CHECK(the_thread(&kernel, pid)->args.len > 4000);
	same_process(&kernel, &proc, pid);
	subject_end(pid);
	free(arg);
}

TEST(a_title_over_the_arguments)
{
	char *const argv[] = { "titled", "arguments", NULL }, *const envp[] = { "LONG=enough",
										NULL };
	pid_t pid = subject_start("titled", argv, envp);
	static struct said kernel, proc;

	take_both(&kernel, &proc);
	CHECK_INT(the_thread(&kernel, pid)->exe.len, sizeof("titled") + sizeof("arguments") + 3);
	same_process(&kernel, &proc, pid);
	subject_end(pid);
}

/* All there is but what changes by itself: of kernel threads, who does not. */
TEST(threads_of_the_kernel)
{
	const struct eyas_thread_entry *thread;
	static struct said kernel, proc;

	take_both(&kernel, &proc);
	thread = find_thread(&proc, 2);
	if (!thread || thread->comm.len != 8 || memcmp(thread->comm.data, "kthreadd", 8) != 0)
		test_skip("process 2 is no thread of the kernel here");
	same_process(&kernel, &proc, 2);
	is_text(the_thread(&kernel, 2)->comm, "kthreadd", 8);
	CHECK_INT(count_fds(&kernel, 2), 0);
}

TEST(this_process_and_lists_of_descriptors)
{
	static struct said said;
	size_t i, k;

	take_snapshot(&said);
	CHECK_INT(the_thread(&said, getpid())->ptid, getppid());
	CHECK(find_fd(&said, getpid(), STDOUT_FILENO));
	/* Of every process one list, and no descriptor before it. */
	for (i = 0, k = 0; i < said.nthreads; i++)
		k += said.threads[i].tid == said.threads[i].pid;
	CHECK_INT(said.nlists, k);
	for (i = 0; i < said.nlists; i++)
		for (k = i + 1; k < said.nlists; k++)
			CHECK(said.lists[i] != said.lists[k]);
}

static int stop_at_fd(void *ctx, uint64_t tid, const struct eyas_fd_entry *entry)
{
	(void)ctx;
	(void)tid;
	(void)entry;
	return -ECANCELED;
}

TEST(a_loader_stops_it)
{
	struct eyas_loader loader = { .fd = stop_at_fd }, nothing = { 0 };
	struct eyas_source *source = open_live();
	static struct said said;

	snapshot_to(source, &nothing);
	loader = loader_of(&said);
	loader.fd = stop_at_fd;
	CHECK_INT(eyas_live_snapshot(source, &loader, NULL), -ECANCELED);
	CHECK(said.nthreads > 1);
	eyas_source_close(source);
}

TEST(another_kind_of_source)
{
	struct eyas_loader nothing = { 0 };
	struct eyas_source *source;

	CHECK_INT(eyas_source_open_synthetic(NULL, &source, NULL), 0);
	CHECK_INT(eyas_live_snapshot(source, &nothing, NULL), EYAS_E_USAGE);
	eyas_source_close(source);
}

static void have_many_fds(void *arg)
{
	struct rlimit limit = { 20000, 20000 };
	int i;

	setrlimit(RLIMIT_NOFILE, &limit);
	for (i = 0; i < *(int *)arg; i++)
		if (open("/dev/null", O_RDONLY) < 0)
			_exit(1);
}

TEST(ten_thousand_descriptors)
{
	int many = 10000;
	pid_t pid = subject_fork(have_many_fds, &many);
	static struct said said;

	take_snapshot(&said);
	CHECK(count_fds(&said, pid) >= (size_t)many);
	CHECK(find_fd(&said, pid, many));
	CHECK(ends_in(find_fd(&said, pid, many)->name, "/dev/null"));
	subject_end(pid);
}

/* An emulated machine takes ten times as long, and is given less to do. */
static bool is_emulated(void)
{
	const char *env = getenv("EYAS_TEST_EMULATED");

	return env && !strcmp(env, "1");
}

TEST(two_thousand_processes)
{
	static pid_t pids[2000];
	const int many = is_emulated() ? 700 : 2000;
	static struct said said;
	int i, count = 0;
	size_t k;

	for (i = 0; i < many; i++)
		pids[i] = subject_fork(NULL, NULL);
	take_snapshot(&said);
	for (k = 0; k < said.nthreads; k++)
		count += said.threads[k].ptid == (uint64_t)getpid();
	CHECK_INT(count, many);
	CHECK(find_fd(&said, pids[many - 1], STDOUT_FILENO));
	for (i = 0; i < many; i++)
		subject_end(pids[i]);
}

static void fork_on_and_on(void *arg)
{
	pid_t pid = fork();

	(void)arg;
	if (pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		pid = fork();
		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
}

TEST(processes_that_come_and_go)
{
	const int rounds = is_emulated() ? 6 : 20;
	pid_t forker = subject_fork(fork_on_and_on, NULL), still = subject_fork(NULL, NULL);
	struct eyas_source *source = open_live();
	struct eyas_loader loader;
	static struct said said;
	size_t k;
	int i;

	for (i = 0; i < rounds; i++) {
		loader = loader_of(&said);
		snapshot_to(source, &loader);
		CHECK_INT(the_thread(&said, still)->ptid, getpid());
		CHECK(find_fd(&said, still, STDOUT_FILENO));
		/* Whoever has descriptors was said before. */
		for (k = 0; k < said.nfds; k++)
			the_thread(&said, (int64_t)said.fds[k].tid);
	}
	eyas_source_close(source);
	subject_end(forker);
	subject_end(still);
}

/*
 * What it has open, where it is and how many children it has changes all the time; but not so fast
 * that a ring could be full before it is read, which takes its time under sanitizers.
 */
static void change_on_and_on(void *arg)
{
	static const char *const dirs[] = { "/", "/proc", "/dev", "/sys" };
	struct rlimit limit = { 60000, 60000 };
	unsigned i;
	int fd;

	(void)arg;
	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "changing");
	setrlimit(RLIMIT_NOFILE, &limit);
	for (i = 0;; i++) {
		/* Once and for all: what is missed here stays missed. */
		if (i < 50000) {
			dup2(STDOUT_FILENO, 100 + (int)i);
			close(i % 2 ? 100 + (int)i - 20 : -1);
		}
		usleep(20);
		fd = open(i % 2 ? "/dev/null" : "/proc/self/status", O_RDONLY);
		dup2(fd, 50 + (int)(i % 16));
		close(fd);
		close(50 + (int)(i * 7 % 16));
		if (chdir(dirs[i % 4]))
			_exit(1);
		if (i % 256 == 0 && i < 8 * 256 && !fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			dup2(STDOUT_FILENO, 40);
			for (;;)
				pause();
		}
	}
}

static const struct eyas_thread_entry *find_name(const struct said *said, const char *comm)
{
	size_t i;

	for (i = 0; i < said->nthreads; i++)
		if (said->threads[i].comm.len == strlen(comm) &&
		    !strcmp(said->threads[i].comm.data, comm))
			return &said->threads[i];
	return NULL;
}

/*
 * Stop it, and wait until it has: on a busy machine it may have closed a descriptor and wait for a
 * processor to say so. A process stops on its way back from a system call, behind the place where
 * the call's event is made, so what it has done by then is in the rings.
 */
static void stop(pid_t pid)
{
	char path[64], line[256];
	const char *end;
	FILE *file;

	kill(pid, SIGSTOP);
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	for (;;) {
		file = fopen(path, "re");
		CHECK(file && fgets(line, sizeof(line), file));
		fclose(file);
		end = strrchr(line, ')');
		CHECK(end);
		if (end[2] == 'T')
			return;
		usleep(1000);
	}
}

/*
 * Neither a gap nor a double effect where the snapshot and the events meet: what comes out of both
 * together is what /proc says once the process has stopped.
 */
TEST(a_snapshot_and_the_events_since)
{
	/* Room for what happens while the state is dumped and nobody reads. */
	struct eyas_live_opts live = { .size = sizeof(live), .ring_bytes = 32 << 20 };
	struct eyas_session_opts opts = {
		.live = &live, .scan = true, .follow = true, .duration_ns = 200000000
	};
	const struct eyas_thread_entry *is, *was;
	struct eyas_session *session;
	struct eyas_source *source = open_live(); /* or skip */
	struct eyas_state *state;
	static struct said kernel, proc;
	struct eyas_loader out;
	struct eyas_live_stats stats;
	struct eyas_err err;
	pid_t starter, pid;
	size_t i, children = 0;

	eyas_source_close(source);
	starter = subject_fork(change_on_and_on, NULL);
	if (eyas_session_open(&opts, &session, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	out = loader_of(&kernel);
	CHECK_INT(eyas_state_dump(eyas_session_state(session), &out), 0);
	is = find_name(&kernel, "changing");
	CHECK(is);
	pid = (pid_t)is->pid;
	stop(pid);
	if (eyas_session_run(session, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	CHECK_INT(eyas_live_stats(eyas_session_source(session), -1, &stats, NULL), 0);
	CHECK_INT(stats.dropped, 0);
	out = loader_of(&kernel);
	CHECK_INT(eyas_state_dump(eyas_session_state(session), &out), 0);
	CHECK_INT(eyas_state_new(NULL, &state, NULL), 0);
	CHECK(eyas_state_scan(state, NULL) > 0);
	out = loader_of(&proc);
	CHECK_INT(eyas_state_dump(state, &out), 0);
	was = the_thread(&proc, pid);
	is = the_thread(&kernel, pid);
	same_text("cwd", pid, is->cwd, was->cwd);
	for (i = 0; i < proc.nfds; i++) {
		const struct said_fd *fd = &proc.fds[i];
		const struct eyas_fd_entry *found;

		if (fd->tid != (uint64_t)pid)
			continue;
		found = find_fd(&kernel, pid, fd->entry.fd);
		if (!found)
			test_fail(__FILE__, __LINE__, "descriptor %lld is missing",
				  (long long)fd->entry.fd);
		if (fd->entry.fd >= 50)
			CHECK_INT(found->kind, fd->entry.kind);
	}
	for (i = 0; i < proc.nthreads; i++) {
		if (proc.threads[i].ptid != (uint64_t)pid)
			continue;
		children++;
		CHECK_INT(the_thread(&kernel, (int64_t)proc.threads[i].tid)->ptid, pid);
		CHECK(find_fd(&kernel, (int64_t)proc.threads[i].tid, 40));
	}
	CHECK(children > 0);
	CHECK_INT(count_fds(&kernel, pid), count_fds(&proc, pid));
	for (i = 0; i < kernel.nthreads; i++)
		if (kernel.threads[i].ptid == (uint64_t)pid)
			the_thread(&proc, (int64_t)kernel.threads[i].tid);
	eyas_session_close(session);
	eyas_state_free(state);
	kill(pid, SIGKILL);
	subject_end(starter);
}
