/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scan of the real /proc: this process and its children, whose files, sockets and ids are
 * known here, while others come and go. test_proc.c has what no real /proc would say.
 */
#include "unit/harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "state/proc_int.h"

static struct eyas_state *new_state(void)
{
	struct eyas_state_opts opts = { .size = sizeof(opts), .live = 1 };
	struct eyas_state *state;

	if (access("/proc/self/status", R_OK))
		test_skip("no /proc");
	CHECK_INT(eyas_state_new(&opts, &state, NULL), 0);
	return state;
}

static struct eyas_state *scan(void)
{
	struct eyas_state *state = new_state();

	CHECK(eyas_state_scan(state, NULL) > 0);
	return state;
}

static struct eyas_thread *thread_of(struct eyas_state *state, int64_t tid)
{
	struct eyas_thread *thread = eyas_state_find(state, tid);

	CHECK(thread);
	return thread;
}

static struct eyas_fd *fd_of(struct eyas_state *state, int64_t tid, int num)
{
	struct eyas_fd *fd = fd_table_find(thread_of(state, tid)->fds, num);

	CHECK(fd);
	return fd;
}

/* A child that runs body and waits to be killed; it has said that it is ready. */
static pid_t start_child(void (*body)(void))
{
	int ready[2];
	pid_t pid;
	char c;

	CHECK_INT(pipe(ready), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (body)
			body();
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	CHECK_INT(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

/* ---- processes ---- */

TEST(this_process)
{
	uint64_t start = now_ns(), tolerance = UINT64_C(120000000000);
	char path[4096], cwd[4097], cmdline[4096];
	struct eyas_thread *thread;
	struct eyas_state *state;
	struct rlimit limit;
	struct stat exe;
	ssize_t len;
	FILE *file;

	prctl(PR_SET_NAME, "a (b) c");
	state = scan();
	thread = thread_of(state, getpid());
	CHECK_INT(thread->pid, getpid());
	CHECK_INT(thread->ptid, getppid());
	CHECK_INT(thread->sid, getsid(0));
	CHECK_INT(thread->pgid, getpgrp());
	CHECK_INT(thread->vpgid, getpgrp());
	CHECK_INT(thread->vpid, getpid());
	CHECK_INT(thread->uid, geteuid());
	CHECK_INT(thread->gid, getegid());
	CHECK_STR(thread->comm->text, "a (b) c");
	CHECK_INT(getrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK_INT(thread->fdlimit, limit.rlim_cur);
	len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	CHECK(len > 0);
	path[len] = '\0';
	CHECK_STR(thread->exepath->text, path);
	CHECK_INT(stat(path, &exe), 0);
	CHECK_INT(thread->exe_ino, exe.st_ino);
	CHECK(getcwd(cwd, sizeof(cwd) - 1));
	strcat(cwd, "/");
	CHECK_STR(thread->fs->cwd->text, cwd);
	CHECK_STR(thread->fs->root->text, "/");
	CHECK(thread->vmsize_kb > 0 && thread->vmrss_kb > 0);
	CHECK(thread->pfminor > 0);
	/* It began a moment ago. */
	CHECK(thread->clone_ts_ns <= now_ns() && thread->clone_ts_ns + tolerance > start);
	CHECK(eyas_state_machine(state)->boot_ts_ns < thread->clone_ts_ns);
	CHECK_INT(eyas_state_machine(state)->num_cpus, sysconf(_SC_NPROCESSORS_CONF));
	/* Arguments and environment as the process has them. */
	file = fopen("/proc/self/cmdline", "r");
	CHECK(file);
	len = (ssize_t)fread(cmdline, 1, sizeof(cmdline), file);
	fclose(file);
	CHECK_STR(thread->exe->text, cmdline);
	CHECK_INT(thread->args->len, len - (ssize_t)strlen(cmdline) - 1);
	CHECK(eyas_thread_parent(thread) == eyas_state_find(state, getppid()));
	eyas_state_free(state);
}

static void *sleeper(void *tid)
{
	prctl(PR_SET_NAME, "sleeper");
	*(volatile long *)tid = syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

TEST(threads_of_a_process)
{
	volatile long tids[3] = { 0 };
	struct eyas_thread *thread;
	struct eyas_state *state;
	pthread_t thread_id;
	int i;

	for (i = 0; i < 3; i++) {
		CHECK_INT(pthread_create(&thread_id, NULL, sleeper, (void *)&tids[i]), 0);
		while (!tids[i])
			sched_yield();
	}
	state = scan();
	for (i = 0; i < 3; i++) {
		thread = thread_of(state, tids[i]);
		CHECK_INT(thread->pid, getpid());
		CHECK_INT(thread->vtid, tids[i]);
		CHECK_STR(thread->comm->text, "sleeper");
		CHECK(thread->fds == thread_of(state, getpid())->fds);
		CHECK(thread->exe == thread_of(state, getpid())->exe);
	}
	CHECK_INT(thread_of(state, getpid())->group->alive, 4);
	/* One by one the same comes out. */
	eyas_state_free(state);
	state = new_state();
	CHECK(proc_lookup_thread(state, tids[1]));
	CHECK_STR(thread_of(state, tids[1])->comm->text, "sleeper");
	CHECK(thread_of(state, tids[1])->fds == thread_of(state, getpid())->fds);
	CHECK(!eyas_state_find(state, tids[0]));
	eyas_state_free(state);
}

static void *outlive(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

/* Ends its main thread, after which /proc/PID/exe and fd are gone while the process lives. */
static void *hide(void *arg)
{
	int *ready = arg;
	char path[64], stat[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", getpid());
	while (stat[0] != 'Z') {
		file = fopen(path, "r");
		if (!file)
			_exit(1);
		while (fgets(stat, sizeof(stat), file))
			if (sscanf(stat, "State: %63s", stat) == 1)
				break;
		fclose(file);
		sched_yield();
	}
	if (write(*ready, "x", 1) != 1)
		_exit(1);
	return outlive(NULL);
}

TEST(a_process_that_hides_behind_its_threads)
{
	struct eyas_thread *leader;
	struct eyas_state *state;
	int ready[2], file;
	pthread_t thread;
	pid_t pid;
	char c;

	CHECK_INT(pipe(ready), 0);
	file = open("/dev/zero", O_RDONLY);
	CHECK(file >= 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (pthread_create(&thread, NULL, hide, &ready[1]))
			_exit(1);
		syscall(SYS_exit, 0);
	}
	close(ready[1]);
	CHECK_INT(read(ready[0], &c, 1), 1);
	state = scan();
	leader = thread_of(state, pid);
	CHECK(leader->bits & THREAD_DEAD);
	CHECK_STR(leader->exepath->text, thread_of(state, getpid())->exepath->text);
	CHECK(leader->exe == thread_of(state, getpid())->exe);
	CHECK_STR(fd_of(state, pid, file)->name->text, "/dev/zero");
	CHECK_INT(leader->group->alive, 1);
	eyas_state_free(state);
	end_child(pid);
}

TEST(children)
{
	struct eyas_state *state;
	struct eyas_thread *thread;
	pid_t child = start_child(NULL), zombie;

	zombie = fork();
	if (!zombie)
		_exit(0);
	CHECK_INT(waitid(P_PID, (id_t)zombie, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), 0);
	state = scan();
	thread = thread_of(state, child);
	CHECK_INT(thread->ptid, getpid());
	CHECK(eyas_thread_parent(thread) == thread_of(state, getpid()));
	CHECK(thread->fds != thread_of(state, getpid())->fds);
	/* Its exit has been: nothing would ever end it in the state. */
	CHECK(!eyas_state_find(state, zombie));
	CHECK(!proc_exists(state, zombie));
	CHECK(proc_exists(state, child));
	eyas_state_free(state);

	state = new_state();
	CHECK(proc_lookup_thread(state, child));
	CHECK_INT(thread_of(state, child)->ptid, getpid());
	CHECK(!proc_lookup_thread(state, zombie));
	end_child(child);
	CHECK(!proc_lookup_thread(state, child));
	CHECK(!proc_exists(state, child));
	eyas_state_free(state);
}

/* With an init and a child of it; neither, if that is not allowed. */
static void make_pid_namespace(void)
{
	int ready[2];
	char c;

	if (unshare(CLONE_NEWPID) || pipe(ready))
		return;
	if (fork()) {
		close(ready[1]);
		if (read(ready[0], &c, 1) != 1)
			_exit(1);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!fork() && write(ready[1], "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

TEST(pid_namespaces)
{
	struct eyas_thread *outer, *init, *inner;
	struct eyas_state *state;
	pid_t child;

	child = start_child(make_pid_namespace);
	state = scan();
	outer = thread_of(state, child);
	init = outer->children;
	if (!init)
		test_skip("may not make a pid namespace");
	inner = init->children;
	CHECK(inner);
	CHECK_INT(init->vtid, 1);
	CHECK_INT(init->vpid, 1);
	CHECK_INT(inner->vpid, 2);
	CHECK_INT(init->pidns_init_start_ts_ns, init->clone_ts_ns);
	CHECK_INT(inner->pidns_init_start_ts_ns, init->clone_ts_ns);
	CHECK_INT(outer->pidns_init_start_ts_ns, eyas_state_machine(state)->boot_ts_ns);
	eyas_state_free(state);
	end_child(child);
}

/* Processes come and go while the scan runs; what is in the state then is whole. */
TEST(processes_that_vanish)
{
	enum { SCANS = 12 };
	struct eyas_state *state;
	struct eyas_thread *thread;
	pid_t maker, child;
	uint32_t i;
	int n;

	maker = fork();
	CHECK(maker >= 0);
	if (!maker) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			child = fork();
			if (!child)
				_exit(0);
			waitpid(child, NULL, 0);
		}
	}
	for (n = 0; n < SCANS; n++) {
		state = scan();
		for (i = 0; i < UINT32_C(1) << state->threads.bits; i++) {
			thread = state->threads.rows[i].value;
			if (!thread)
				continue;
			CHECK(thread->pid > 0);
			CHECK(thread->group);
			/* What was read last is there: nothing is half read. */
			if (thread->ptid == maker)
				CHECK_STR(thread->fs->root->text, "/");
		}
		eyas_state_free(state);
	}
	end_child(maker);
}

/* ---- descriptors ---- */

static int checked(int fd)
{
	if (fd < 0)
		test_fail(__FILE__, __LINE__, "a descriptor cannot be opened: %s", strerror(errno));
	return fd;
}

TEST(files_and_anonymous_descriptors)
{
	char dir[300], kept[320], gone[320], text[64];
	struct eyas_state *state, *single;
	int nums[16], ends[2], count = 0, i;
	struct eyas_fd *fd, *same;
	struct stat st;
	sigset_t set;

	struct {
		int kind;
		const char *name;
	} want[16];
#define OPEN(fd, fd_kind, fd_name) \
	(want[count].kind = (fd_kind), want[count].name = (fd_name), nums[count] = checked(fd), \
	 count++)
	sigemptyset(&set);
	snprintf(dir, sizeof(dir), "%s", test_tmpdir());
	snprintf(kept, sizeof(kept), "%s/kept (deleted)", dir);
	snprintf(gone, sizeof(gone), "%s/gone", dir);
	OPEN(open(kept, O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC, 0600), EYAS_FD_FILE, kept);
	OPEN(open(gone, O_CREAT | O_WRONLY, 0600), EYAS_FD_FILE, gone);
	OPEN(open(dir, O_RDONLY | O_DIRECTORY), EYAS_FD_DIRECTORY, dir);
	OPEN(open("/dev/null", O_RDONLY), EYAS_FD_FILE, "/dev/null");
	OPEN(memfd_create("of the test", 0), EYAS_FD_MEMFD, "of the test");
	OPEN(eventfd(0, 0), EYAS_FD_EVENT, "");
	OPEN(epoll_create1(EPOLL_CLOEXEC), EYAS_FD_EVENTPOLL, "");
	OPEN(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), EYAS_FD_TIMERFD, "");
	OPEN(signalfd(-1, &set, 0), EYAS_FD_SIGNALFD, "");
	OPEN(inotify_init1(0), EYAS_FD_INOTIFY, "");
	CHECK_INT(pipe(ends), 0);
	CHECK_INT(fstat(ends[0], &st), 0);
	snprintf(text, sizeof(text), "pipe:[%llu]", (unsigned long long)st.st_ino);
	OPEN(ends[0], EYAS_FD_FIFO, text);
	CHECK_INT(unlink(gone), 0);
#undef OPEN
	state = scan();
	single = new_state();
	CHECK(proc_lookup_thread(single, getpid()));
	for (i = 0; i < count; i++) {
		fd = fd_of(state, getpid(), nums[i]);
		CHECK_INT(fd->kind, want[i].kind);
		CHECK_STR(fd->name->text, want[i].name);
		if (i < 4) {
			CHECK_INT(fstat(nums[i], &st), 0);
			CHECK_INT(fd->ino, st.st_ino);
			CHECK_INT(fd->dev, (minor(st.st_dev) & 0xff) | major(st.st_dev) << 8 |
						   (minor(st.st_dev) & ~0xffu) << 12);
		}
		/* Asked for alone it is the same. */
		CHECK(fd_remove(single, thread_of(single, getpid())->fds, nums[i]));
		same = proc_lookup_fd(single, thread_of(single, getpid()), nums[i]);
		CHECK(same);
		CHECK_INT(same->kind, fd->kind);
		CHECK_INT(same->bits, fd->bits);
		CHECK_INT(same->open_flags, fd->open_flags);
		CHECK_STR(same->name->text, fd->name->text);
	}
	/* O_RDWR O_APPEND O_LARGEFILE O_CLOEXEC, as events have them. */
	CHECK_INT(fd_of(state, getpid(), nums[0])->open_flags, 0x3 | 0x8 | 0x800 | 0x1000);
	CHECK_INT(fd_of(state, getpid(), nums[0])->bits, FD_CLOSE_ON_EXEC);
	CHECK_INT(fd_of(state, getpid(), nums[1])->bits, FD_DELETED);
	CHECK(!proc_lookup_fd(single, thread_of(single, getpid()), 9999));
	eyas_state_free(single);
	eyas_state_free(state);
}

/* Bound to a free port of the loopback interface, which is returned. */
static uint16_t bind_loopback(int sock, int family)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr = { 0 };
	socklen_t len = sizeof(addr);

	addr.any.sa_family = (sa_family_t)family;
	if (family == AF_INET)
		addr.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		addr.in6.sin6_addr = in6addr_loopback;
	if (bind(sock, &addr.any, sizeof(addr)))
		test_skip("no loopback interface: %s", strerror(errno));
	CHECK_INT(getsockname(sock, &addr.any, &len), 0);
	return ntohs(family == AF_INET ? addr.in.sin_port : addr.in6.sin6_port);
}

static void connect_loopback(int sock, int family, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in6.sin6_addr = in6addr_loopback;
	CHECK_INT(connect(sock,
			  family == AF_INET ? (struct sockaddr *)&in : (struct sockaddr *)&in6,
			  family == AF_INET ? sizeof(in) : sizeof(in6)),
		  0);
}

struct want {
	int num, kind, l4;
	char name[128];
};

/* In both ways of finding out: the tables of a scan, and asking the socket. */
static void check_sockets(const struct want *want, size_t count)
{
	struct eyas_state *states[2] = { scan(), new_state() };
	struct eyas_fd *fd;
	size_t i, k;

	CHECK(proc_lookup_thread(states[1], getpid()));
	for (k = 0; k < 2; k++) {
		for (i = 0; i < count; i++) {
			fd = fd_of(states[k], getpid(), want[i].num);
			if (fd->kind != want[i].kind || strcmp(fd->name->text, want[i].name) != 0 ||
			    (want[i].l4 && fd->l4 != want[i].l4))
				test_fail(__FILE__, __LINE__,
					  "socket %zu is %d/%d \"%s\", not %d/%d \"%s\"", i,
					  fd->kind, fd->l4, fd->name->text, want[i].kind,
					  want[i].l4, want[i].name);
		}
		eyas_state_free(states[k]);
	}
}

static void ip_sockets(int family)
{
	const char *host = family == AF_INET ? "127.0.0.1" : "::1";
	const bool is_ipv4 = family == AF_INET;
	const int connection = is_ipv4 ? EYAS_FD_IPV4_SOCK : EYAS_FD_IPV6_SOCK;
	const int server = is_ipv4 ? EYAS_FD_IPV4_SERVER : EYAS_FD_IPV6_SERVER;
	int listener = checked(socket(family, SOCK_STREAM, 0));
	int client = checked(socket(family, SOCK_STREAM, 0));
	int udp = checked(socket(family, SOCK_DGRAM, 0));
	int udp_client = checked(socket(family, SOCK_DGRAM, 0));
	int accepted;
	uint16_t port, client_port, udp_port, udp_client_port;
	struct want want[5] = {
		{ listener, server, 2, "" },	   { client, connection, 2, "" },
		{ 0, connection, 2, "" },	   { udp, server, 3, "" },
		{ udp_client, connection, 3, "" },
	};

	port = bind_loopback(listener, family);
	CHECK_INT(listen(listener, 5), 0);
	client_port = bind_loopback(client, family);
	connect_loopback(client, family, port);
	accepted = checked(accept(listener, NULL, NULL));
	udp_port = bind_loopback(udp, family);
	udp_client_port = bind_loopback(udp_client, family);
	connect_loopback(udp_client, family, udp_port);

	want[2].num = accepted;
	snprintf(want[0].name, sizeof(want[0].name), "%s:%u", host, port);
	/* From the client to the server, seen from either end. */
	snprintf(want[1].name, sizeof(want[1].name), "%s:%u->%s:%u", host, client_port, host, port);
	memcpy(want[2].name, want[1].name, sizeof(want[1].name));
	snprintf(want[3].name, sizeof(want[3].name), "%s:%u", host, udp_port);
	snprintf(want[4].name, sizeof(want[4].name), "%s:%u->%s:%u", host, udp_client_port, host,
		 udp_port);
	check_sockets(want, 5);
}

TEST(ipv4_sockets)
{
	ip_sockets(AF_INET);
}

TEST(ipv6_sockets)
{
	int sock = socket(AF_INET6, SOCK_STREAM, 0);

	if (sock < 0)
		test_skip("no IPv6");
	close(sock);
	ip_sockets(AF_INET6);
}

TEST(a_socket_that_nothing_was_done_with)
{
	int num = checked(socket(AF_INET, SOCK_STREAM, 0));
	struct eyas_state *state = scan();
	struct eyas_fd *fd = fd_of(state, getpid(), num);

	CHECK_INT(fd->kind, EYAS_FD_IPV4_SOCK);
	CHECK_INT(fd->l4, 2);
	CHECK_INT(fd->bits, 0);
	CHECK_STR(fd->name->text, "");
	eyas_state_free(state);
}

TEST(other_sockets)
{
	int listener = checked(socket(AF_UNIX, SOCK_STREAM, 0));
	int abstract = checked(socket(AF_UNIX, SOCK_DGRAM, 0)), pair[2];
	int netlink = checked(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct want want[4] = {
		{ listener, EYAS_FD_UNIX, 0, "" },
		{ abstract, EYAS_FD_UNIX, 0, "" },
		{ 0, EYAS_FD_UNIX, 0, "" },
		{ netlink, EYAS_FD_NETLINK, 0, "" },
	};
	int len;

	len = snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/a b", test_tmpdir());
	CHECK(len > 0 && (size_t)len < sizeof(addr.sun_path));
	snprintf(want[0].name, sizeof(want[0].name), "%s", addr.sun_path);
	CHECK_INT(bind(listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	CHECK_INT(listen(listener, 5), 0);

	len = snprintf(want[1].name, sizeof(want[1].name), "@eyas-test-%d", getpid());
	memset(addr.sun_path, 0, sizeof(addr.sun_path));
	memcpy(addr.sun_path + 1, want[1].name + 1, (size_t)len - 1);
	CHECK_INT(bind(abstract, (struct sockaddr *)&addr, sizeof(sa_family_t) + (socklen_t)len),
		  0);

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	want[2].num = pair[0];
	check_sockets(want, 4);
}

/* ---- the machine ---- */

TEST(interfaces_and_users)
{
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };
	const struct state_user *root;
	struct eyas_state *state = scan();

	CHECK(eyas_state_is_local(state, loopback, 4));
	root = eyas_state_user(state, state->strings.empty, 0);
	if (!root)
		test_skip("user 0 has no name here");
	CHECK(root->name->len > 0);
	eyas_state_free(state);
}

/* Again with the same state: as if it were new. */
TEST(scan_again)
{
	struct eyas_state *state = scan();
	pid_t child = start_child(NULL);

	CHECK(!eyas_state_find(state, child));
	CHECK(eyas_state_scan(state, NULL) > 0);
	CHECK(eyas_state_find(state, child));
	CHECK(eyas_state_find(state, getpid()));
	end_child(child);
	CHECK(eyas_state_scan(state, NULL) > 0);
	CHECK(!eyas_state_find(state, child));
	/* The tables of sockets are kept for one scan only. */
	CHECK(!state->proc->socks.rows);
	CHECK(!state->proc->socks.scanning);
	eyas_state_free(state);
}
