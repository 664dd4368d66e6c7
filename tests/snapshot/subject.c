/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/subject.h"

#include <errno.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/userfaultfd.h>
#include <netinet/in.h>
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
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/harness.h"

/* ---- descriptors of every kind ---- */

static int open_file(void)
{
	return open("file", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int open_deleted(void)
{
	int fd = open("deleted", O_WRONLY | O_CREAT | O_NONBLOCK, 0600);

	unlink("deleted");
	return fd;
}

/* Its name only looks as if it were deleted. */
static int open_not_deleted(void)
{
	return open("kept (deleted)", O_RDONLY | O_CREAT, 0600);
}

static int open_directory(void)
{
	return open(".", O_RDONLY | O_DIRECTORY);
}

static int open_path(void)
{
	return open("file", O_PATH);
}

static int open_fifo(void)
{
	mkfifo("fifo", 0600);
	return open("fifo", O_RDWR);
}

static int open_device(void)
{
	return open("/dev/null", O_RDWR);
}

static int open_odd_name(void)
{
	return open("odd\n\x01\x1b[31m\xff name", O_RDONLY | O_CREAT, 0600);
}

static int open_namespace(void)
{
	return open("/proc/self/ns/net", O_RDONLY);
}

static int open_pipe(void)
{
	int ends[2];

	return pipe2(ends, O_CLOEXEC) ? -1 : ends[1];
}

static int open_event(void)
{
	return eventfd(3, EFD_NONBLOCK);
}

static int open_epoll(void)
{
	return epoll_create1(0);
}

static int open_inotify(void)
{
	return inotify_init1(0);
}

static int open_timer(void)
{
	return timerfd_create(CLOCK_MONOTONIC, 0);
}

static int open_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	return signalfd(-1, &set, 0);
}

static int open_bpf(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};

	return (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int open_userfault(void)
{
	return (int)syscall(SYS_userfaultfd, 0);
}

static int open_uring(void)
{
	struct io_uring_params params = { 0 };

	return (int)syscall(SYS_io_uring_setup, 4, &params);
}

static int open_pidfd(void)
{
	return (int)syscall(SYS_pidfd_open, getpid(), 0);
}

static int open_gone_pidfd(void)
{
	pid_t pid = fork();
	int fd;

	if (!pid)
		_exit(0);
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	waitpid(pid, NULL, 0);
	return fd;
}

static int open_memfd(void)
{
	return memfd_create("a memory", 0);
}

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static struct sockaddr_in6 loopback6(void)
{
	return (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
}

static int bound(int type)
{
	struct sockaddr_in addr = loopback(0);
	int sock = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	return bind(sock, (struct sockaddr *)&addr, sizeof(addr)) ? -1 : sock;
}

static int bound6(int type)
{
	struct sockaddr_in6 addr = loopback6();
	int sock = socket(AF_INET6, type, 0);

	return bind(sock, (struct sockaddr *)&addr, sizeof(addr)) ? -1 : sock;
}

static int open_unbound_tcp(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int open_bound_tcp(void)
{
	return bound(SOCK_STREAM);
}

static int open_listening(void)
{
	int sock = bound(SOCK_STREAM);

	return listen(sock, 5) ? -1 : sock;
}

static int open_listening6(void)
{
	int sock = bound6(SOCK_STREAM);

	return listen(sock, 5) ? -1 : sock;
}

/* One end of a connection to a socket of our own, or the other one. */
static int connected(int server, int accepted)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	int client;

	if (getsockname(server, (struct sockaddr *)&addr, &len))
		return -1;
	client = socket(addr.ss_family, SOCK_STREAM, 0);
	if (connect(client, (struct sockaddr *)&addr, len))
		return -1;
	return accepted ? accept(server, NULL, NULL) : client;
}

static int open_client(void)
{
	return connected(open_listening(), 0);
}

static int open_accepted(void)
{
	return connected(open_listening(), 1);
}

static int open_client6(void)
{
	return connected(open_listening6(), 0);
}

/* A peer that is not there any more leaves a socket in no table. */
static int open_reset(void)
{
	const struct linger linger = { .l_onoff = 1 };
	int server = open_listening(), client = connected(server, 0);
	int other = accept(server, NULL, NULL);
	char c;

	setsockopt(other, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(other);
	(void)!read(client, &c, 1);
	return client;
}

static int open_unbound_udp(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0);
}

static int open_udp(void)
{
	return bound(SOCK_DGRAM);
}

static int open_udp6(void)
{
	return bound6(SOCK_DGRAM);
}

static int open_connected_udp(void)
{
	struct sockaddr_in addr = loopback(53);
	int sock = socket(AF_INET, SOCK_DGRAM, 0);

	return connect(sock, (struct sockaddr *)&addr, sizeof(addr)) ? -1 : sock;
}

static int open_raw(void)
{
	return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static int unix_socket(const char *name, size_t len, int do_listen)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(addr.sun_path, name, len);
	if (bind(sock, (struct sockaddr *)&addr,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)))
		return -1;
	return do_listen && listen(sock, 1) ? -1 : sock;
}

static int open_unix(void)
{
	return unix_socket("unix", 5, 1);
}

static int open_abstract(void)
{
	char name[] = "\0eyas\0test0";

	name[sizeof(name) - 2] = (char)('a' + getpid() % 26);
	return unix_socket(name, 9, 1);
}

static int open_pair(void)
{
	int ends[2];

	return socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) ? -1 : ends[0];
}

static int open_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
}

static int open_packet(void)
{
	return socket(AF_PACKET, SOCK_DGRAM, 0);
}

enum { L4_UNKNOWN, L4_NONE, L4_TCP, L4_UDP, L4_ICMP, L4_RAW };

const struct subject_fd subject_fds[] = {
	/* clang-format off */
	{ "a file",            open_file,          EYAS_FD_FILE_V2,     0,          "/file" },
	{ "a deleted file",    open_deleted,       EYAS_FD_FILE_V2,     0,          "/deleted" },
	{ "a misleading name", open_not_deleted,   EYAS_FD_FILE_V2,     0,          "/kept (deleted)" },
	{ "a directory",       open_directory,     EYAS_FD_DIRECTORY,   0,          NULL },
	{ "a path",            open_path,          EYAS_FD_FILE_V2,     0,          "/file" },
	{ "a named pipe",      open_fifo,          EYAS_FD_FIFO,        0,          "/fifo" },
	{ "a device",          open_device,        EYAS_FD_FILE_V2,     0,          "/dev/null" },
	{ "an odd name",       open_odd_name,      EYAS_FD_FILE_V2,     0,          "\xff name" },
	{ "a namespace",       open_namespace,     EYAS_FD_FILE_V2,     0,          "]" },
	{ "a pipe",            open_pipe,          EYAS_FD_FIFO,        0,          "]" },
	{ "eventfd",           open_event,         EYAS_FD_EVENT,       0,          "" },
	{ "epoll",             open_epoll,         EYAS_FD_EVENTPOLL,   0,          "" },
	{ "inotify",           open_inotify,       EYAS_FD_INOTIFY,     0,          "" },
	{ "timerfd",           open_timer,         EYAS_FD_TIMERFD,     0,          "" },
	{ "signalfd",          open_signal,        EYAS_FD_SIGNALFD,    0,          "" },
	{ "bpf",               open_bpf,           EYAS_FD_BPF,         0,          "" },
	{ "userfaultfd",       open_userfault,     EYAS_FD_USERFAULTFD, 0,          "" },
	{ "io_uring",          open_uring,         EYAS_FD_IO_URING,    0,          "" },
	{ "pidfd",             open_pidfd,         EYAS_FD_PIDFD,       0,          NULL },
	{ "a gone pidfd",      open_gone_pidfd,    EYAS_FD_PIDFD,       0,          "" },
	{ "memfd",             open_memfd,         EYAS_FD_MEMFD,       0,          "a memory" },
	{ "unbound tcp",       open_unbound_tcp,   EYAS_FD_IPV4_SOCK,   L4_TCP,     NULL },
	{ "bound tcp",         open_bound_tcp,     EYAS_FD_IPV4_SERVER, L4_TCP,     NULL },
	{ "listening tcp",     open_listening,     EYAS_FD_IPV4_SERVER, L4_TCP,     NULL },
	{ "a tcp client",      open_client,        EYAS_FD_IPV4_SOCK,   L4_TCP,     NULL },
	{ "an accepted one",   open_accepted,      EYAS_FD_IPV4_SOCK,   L4_TCP,     NULL },
	{ "a reset one",       open_reset,         EYAS_FD_IPV4_SERVER, L4_TCP,     NULL },
	{ "listening tcp6",    open_listening6,    EYAS_FD_IPV6_SERVER, L4_TCP,     NULL },
	{ "a tcp6 client",     open_client6,       EYAS_FD_IPV6_SOCK,   L4_TCP,     NULL },
	{ "unbound udp",       open_unbound_udp,   EYAS_FD_IPV4_SOCK,   L4_UDP,     NULL },
	{ "udp",               open_udp,           EYAS_FD_IPV4_SERVER, L4_UDP,     NULL },
	{ "connected udp",     open_connected_udp, EYAS_FD_IPV4_SOCK,   L4_UDP,     NULL },
	{ "udp6",              open_udp6,          EYAS_FD_IPV6_SERVER, L4_UDP,     NULL },
	{ "raw",               open_raw,           EYAS_FD_IPV4_SERVER, L4_RAW,     NULL },
	{ "unix",              open_unix,          EYAS_FD_UNIX,        L4_NONE,    "unix" },
	{ "abstract unix",     open_abstract,      EYAS_FD_UNIX,        L4_NONE,    NULL },
	{ "a unix pair",       open_pair,          EYAS_FD_UNIX,        L4_NONE,    "" },
	{ "netlink",           open_netlink,       EYAS_FD_NETLINK,     L4_NONE,    "" },
	{ "packet",            open_packet,        EYAS_FD_UNSUPPORTED, L4_UNKNOWN, "" },
	/* clang-format on */
};

const size_t subject_fd_count = sizeof(subject_fds) / sizeof(subject_fds[0]);

static void have_fds(void)
{
	size_t i;
	int fd;

	for (i = 0; i < subject_fd_count; i++) {
		fd = subject_fds[i].open();
		if (fd < 0)
			continue;
		dup3(fd, SUBJECT_FD + (int)i, fcntl(fd, F_GETFD) & FD_CLOEXEC ? O_CLOEXEC : 0);
		close(fd);
	}
}

/* ---- what a subject is ---- */

static void *be_a_thread(void *arg)
{
	prctl(PR_SET_NAME, "a thread");
	for (;;)
		pause();
	return arg;
}

static void have_threads(int count)
{
	pthread_t thread;

	while (count--)
		if (pthread_create(&thread, NULL, be_a_thread, NULL))
			_exit(1);
}

static void have_rights(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2] = { { .effective = 1 << CAP_CHOWN,
						    .permitted = 1 << CAP_CHOWN | 1 << CAP_KILL,
						    .inheritable = 1 << CAP_KILL } };
	struct rlimit limit = { 777, 888 };

	setrlimit(RLIMIT_NOFILE, &limit);
	prctl(PR_SET_KEEPCAPS, 1);
	if (setresgid(4321, 4322, 4321) || setresuid(1234, 1235, 1234) ||
	    syscall(SYS_capset, &head, caps))
		_exit(1);
}

static void ready(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(STDOUT_FILENO, "r", 1) != 1)
		_exit(1);
}

static _Noreturn void wait_forever(void)
{
	for (;;)
		pause();
}

/* The first thread ends, another one stays and says it is ready. */
static void *outlive(void *arg)
{
	char path[64], state[256] = "";
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", getpid());
	do {
		fd = open(path, O_RDONLY);
		len = read(fd, state, sizeof(state) - 1);
		close(fd);
	} while (len > 0 && !strstr(state, ") Z "));
	ready();
	wait_forever();
	return arg;
}

static void be_without_leader(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, outlive, NULL))
		_exit(1);
	syscall(SYS_exit, 0);
}

/* The first process of a namespace of its own; this one waits outside of it. */
static void be_nested(void)
{
	if (unshare(CLONE_NEWPID))
		_exit(1);
	if (fork())
		wait_forever();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	prctl(PR_SET_NAME, "nested");
	ready();
	wait_forever();
}

static void be_in_root(void)
{
	if (mkdir("root", 0700) || mkdir("root/home", 0700) || chroot("root") || chdir("/home"))
		_exit(1);
}

static void be_deep(void)
{
	char name[251];
	int i;

	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (i = 0; i < 20; i++)
		if (mkdir(name, 0700) || chdir(name))
			_exit(1);
}

/* A title over the arguments, as some daemons have it; it ends in the environment. */
static void be_titled(char **argv)
{
	size_t len = strlen(argv[0]) + 1 + strlen(argv[1]) + 1;

	memset(argv[0], 'T', len + 3);
	argv[0][len + 3] = '\0';
}

__attribute__((constructor)) static void be_subject(int argc, char **argv)
{
	const char *be = getenv("EYAS_SUBJECT");

	if (!be || argc < 1)
		return;
	if (!strcmp(be, "all")) {
		have_fds();
		have_threads(3);
		prctl(PR_SET_NAME, "a\x01(b) c)\n");
		have_rights();
	} else if (!strcmp(be, "headless")) {
		be_without_leader();
	} else if (!strcmp(be, "nested")) {
		be_nested();
	} else if (!strcmp(be, "rooted")) {
		be_in_root();
	} else if (!strcmp(be, "deep")) {
		be_deep();
	} else if (!strcmp(be, "titled")) {
		be_titled(argv);
	}
	ready();
	wait_forever();
}

/* ---- starting ---- */

static void await_ready(pid_t pid, int from)
{
	char c;

	if (read(from, &c, 1) != 1)
		test_fail(__FILE__, __LINE__, "subject %d did not get ready", (int)pid);
	close(from);
}

pid_t subject_start(const char *be, char *const argv[], char *const envp[])
{
	char *env[64] = { NULL }, self[64];
	int ends[2], i;
	pid_t pid;

	snprintf(self, sizeof(self), "EYAS_SUBJECT=%s", be);
	env[0] = self;
	for (i = 0; envp && envp[i] && i < 62; i++)
		env[i + 1] = envp[i];
	if (pipe2(ends, O_CLOEXEC))
		test_fail(__FILE__, __LINE__, "pipe: %s", strerror(errno));
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (chdir(test_tmpdir()) || dup2(ends[1], STDOUT_FILENO) < 0)
			_exit(1);
		execve("/proc/self/exe", argv, env);
		_exit(1);
	}
	close(ends[1]);
	await_ready(pid, ends[0]);
	return pid;
}

pid_t subject_fork(void (*be)(void *), void *arg)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends))
		test_fail(__FILE__, __LINE__, "pipe: %s", strerror(errno));
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		if (be)
			be(arg);
		ready();
		wait_forever();
	}
	if (pid < 0)
		test_fail(__FILE__, __LINE__, "fork: %s", strerror(errno));
	close(ends[1]);
	await_ready(pid, ends[0]);
	return pid;
}

void subject_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
