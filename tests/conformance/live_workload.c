/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Something of everything, for test_live_sysdig.py to record: live_workload FOLDER. Everything that
 * is not known beforehand (ids, ports, sums) is written to FOLDER/facts, one "name value" per line.
 * Nothing here takes longer than its system calls, and each step ends before the next begins, but
 * for the threads of one step.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workload.h"

#define NOBODY 65534
#define THREADS 3

/* One that must not. */
static void must_fail(long value, int error, const char *what)
{
	if (value >= 0 || errno != error) {
		fprintf(stderr, "%s: %ld, errno %d\n", what, value, errno);
		exit(98);
	}
}
#define FAILS(error, call) must_fail(call, error, #call)

static void child_wait(pid_t pid, int expected)
{
	int status;

	MUST(waitpid(pid, &status, 0));
	if (status != expected) {
		fprintf(stderr, "a child ended with %#x instead of %#x\n", status, expected);
		exit(97);
	}
}

static void files(void)
{
	char buf[4096], big[300];
	struct iovec parts[2] = { { buf, 10 }, { buf + 10, 20 } };
	struct stat st;
	int fd, copy, dir;

	memset(big, 'x', sizeof(big));
	fd = (int)MUST(open("one", O_RDWR | O_CREAT | O_TRUNC, 0644));
	MUST(write(fd, big, 300));
	MUST(pwrite(fd, "middle", 6, 100));
	MUST(lseek(fd, 0, SEEK_SET));
	MUST(read(fd, buf, 7));
	MUST(pread(fd, buf, 50, 80));
	MUST(writev(fd, parts, 2));
	MUST(lseek(fd, 0, SEEK_SET));
	MUST(readv(fd, parts, 2));
	MUST(ftruncate(fd, 200));
	MUST(fchmod(fd, 0600));
	MUST(fchown(fd, 0, 0));
	MUST(flock(fd, LOCK_EX));
	MUST(fstat(fd, &st));
	fact("size %lld\n", (long long)st.st_size);
	copy = (int)MUST(open("copy", O_WRONLY | O_CREAT | O_TRUNC, 0644));
	MUST(lseek(fd, 0, SEEK_SET));
	MUST(sendfile(copy, fd, NULL, 64));
	MUST(copy_file_range(fd, NULL, copy, NULL, 32, 0));
	MUST(close(copy));
	MUST(close(fd));
	MUST(rename("one", "two"));
	MUST(link("two", "hard"));
	MUST(symlink("two", "soft"));
	MUST(unlink("hard"));
	MUST(chmod("two", 0640));
	MUST(chown("two", 0, 0));
	MUST(lchown("soft", 0, 0));
	MUST(mkdir("dir", 0755));
	dir = (int)MUST(open("dir", O_RDONLY | O_DIRECTORY));
	fd = (int)MUST(openat(dir, "inner", O_WRONLY | O_CREAT | O_APPEND, 0600));
	MUST(write(fd, "inner", 5));
	MUST(close(fd));
	MUST(renameat(dir, "inner", dir, "outer"));
	MUST(linkat(dir, "outer", dir, "linked", 0));
	MUST(symlinkat("outer", dir, "pointing"));
	MUST(fchmodat(dir, "outer", 0400, 0));
	MUST(fchownat(dir, "outer", 0, 0, 0));
	MUST(mkdirat(dir, "deep", 0700));
	MUST(syscall(SYS_getdents64, dir, buf, sizeof(buf)));
	MUST(fchdir(dir));
	fd = (int)MUST(open("outer", O_RDONLY));
	MUST(read(fd, buf, 100));
	MUST(close(fd));
	MUST(chdir(".."));
	MUST(unlinkat(dir, "deep", AT_REMOVEDIR));
	MUST(unlinkat(dir, "outer", 0));
	MUST(unlinkat(dir, "linked", 0));
	MUST(unlinkat(dir, "pointing", 0));
	MUST(close(dir));
	MUST(rmdir("dir"));
	fd = (int)MUST(open("./soft", O_RDONLY | O_CLOEXEC));
	MUST(close(fd));
	fd = (int)MUST(creat("created", 0600));
	MUST(close(fd));
	MUST(truncate("created", 5));
	MUST(access("created", R_OK));
	MUST(stat("created", &st));
	fd = (int)MUST(open("name with spaces \303\244", O_WRONLY | O_CREAT, 0600));
	MUST(close(fd));
}

static void failures(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(1) };
	struct sockaddr_un unix_to = { .sun_family = AF_UNIX, .sun_path = "no/such/socket" };
	char buf[8];
	int fd;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	FAILS(ENOENT, open("absent", O_RDONLY));
	FAILS(EEXIST, open("two", O_WRONLY | O_CREAT | O_EXCL, 0600));
	FAILS(ENOTDIR, open("two/x", O_RDONLY));
	FAILS(EISDIR, open(".", O_WRONLY));
	FAILS(EFAULT, open((const char *)1, O_RDONLY));
	FAILS(EBADF, openat(999, "relative", O_RDONLY));
	FAILS(EBADF, read(999, buf, 8));
	FAILS(EBADF, write(999, buf, 8));
	FAILS(EBADF, close(999));
	FAILS(EBADF, dup(999));
	FAILS(EBADF, fcntl(999, F_GETFD));
	FAILS(EBADF, lseek(999, 0, SEEK_SET));
	FAILS(ENOENT, unlink("absent"));
	FAILS(ENOENT, rename("absent", "x"));
	FAILS(EEXIST, mkdir(".", 0700));
	FAILS(ENOENT, rmdir("absent"));
	FAILS(ENOENT, chdir("absent"));
	FAILS(ENOENT, chmod("absent", 0600));
	FAILS(ENOENT, link("absent", "x"));
	FAILS(EEXIST, symlink("absent", "two"));
	FAILS(ENOENT, execl("absent", "absent", "argument", NULL));
	FAILS(EACCES, execl("two", "two", NULL));
	FAILS(ESRCH, kill(0x7ffffff0, 0));
	FAILS(EINVAL,
	      mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
	FAILS(ENOTSOCK, listen(0, 1));
	FAILS(EAFNOSUPPORT, socket(250, SOCK_STREAM, 0));
	fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	FAILS(ECONNREFUSED, connect(fd, (struct sockaddr *)&to, sizeof(to)));
	MUST(close(fd));
	fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	FAILS(ENOENT, connect(fd, (struct sockaddr *)&unix_to, sizeof(unix_to)));
	FAILS(EINVAL, accept(fd, NULL, NULL));
	MUST(close(fd));
}

static void descriptors(void)
{
	int fds[2], fd, more, i;
	struct epoll_event event = { .events = EPOLLIN };
	struct itimerspec soon = { .it_value.tv_nsec = 1 };
	struct pollfd polled[2];
	char buf[128];
	sigset_t set;
	fd_set reading;
	struct timeval none = { 0, 0 };

	MUST(pipe(fds));
	MUST(write(fds[1], "through a pipe", 14));
	MUST(read(fds[0], buf, sizeof(buf)));
	fd = (int)MUST(dup(fds[1]));
	MUST(write(fd, "dup", 3));
	MUST(close(fd));
	fd = (int)MUST(fcntl(fds[1], F_DUPFD, 100));
	MUST(write(fd, "fcntl", 5));
	more = (int)MUST(fcntl(fd, F_DUPFD_CLOEXEC, 120));
	MUST(close(fd));
	MUST(write(more, "cloexec", 7));
	MUST(fcntl(fds[0], F_SETFL, O_NONBLOCK));
	MUST(fcntl(fds[0], F_GETFL));
	MUST(read(fds[0], buf, sizeof(buf)));
	FAILS(EAGAIN, read(fds[0], buf, sizeof(buf)));
	MUST(dup2(fds[0], 200));
	MUST(dup3(fds[1], 201, O_CLOEXEC));
	MUST(write(201, "x", 1));
	MUST(read(200, buf, 1));
	/* Over one that is open. */
	MUST(dup2(fds[0], 201));
	MUST(close(201));
	MUST(close(200));
	MUST(close(more));
	polled[0] = (struct pollfd){ .fd = fds[0], .events = POLLIN };
	polled[1] = (struct pollfd){ .fd = fds[1], .events = POLLOUT };
	MUST(poll(polled, 2, 0));
	MUST(poll(polled, 1, 1));
	MUST(ppoll(polled, 2, &(struct timespec){ 0, 0 }, NULL));
	FD_ZERO(&reading);
	FD_SET(fds[0], &reading);
	MUST(select(fds[0] + 1, &reading, NULL, NULL, &none));
	fd = (int)MUST(epoll_create1(EPOLL_CLOEXEC));
	MUST(epoll_ctl(fd, EPOLL_CTL_ADD, fds[0], &event));
	MUST(epoll_wait(fd, &event, 1, 0));
	MUST(close(fd));
	MUST(close(fds[0]));
	MUST(close(fds[1]));
	MUST(pipe2(fds, O_CLOEXEC));
	MUST(write(fds[1], "pipe2", 5));
	MUST(read(fds[0], buf, sizeof(buf)));
	MUST(close(fds[0]));
	MUST(close(fds[1]));
	fd = (int)MUST(eventfd(3, EFD_NONBLOCK));
	MUST(read(fd, buf, 8));
	MUST(close(fd));
	fd = (int)MUST(timerfd_create(CLOCK_MONOTONIC, 0));
	MUST(timerfd_settime(fd, 0, &soon, NULL));
	MUST(read(fd, buf, 8));
	MUST(close(fd));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	fd = (int)MUST(signalfd(-1, &set, SFD_CLOEXEC));
	MUST(kill(getpid(), SIGUSR1));
	MUST(read(fd, buf, sizeof(buf)));
	MUST(close(fd));
	fd = (int)MUST(syscall(SYS_memfd_create, "in-memory", 0));
	MUST(write(fd, "memory", 6));
	MUST(close(fd));
	for (i = 0; i < 3; i++)
		MUST(close((int)MUST(open("/dev/null", O_RDWR))));
	MUST(getrlimit(RLIMIT_NOFILE, &(struct rlimit){ 0, 0 }));
}

/* How many there are, by the kernel: less the one this is found out with. */
static void count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = -3;

	if (!dir)
		die("/proc/self/fd");
	while (readdir(dir))
		count++;
	closedir(dir);
	fact("descriptors %d\n", count);
}

static void memory(void)
{
	int fd = (int)MUST(open("copy", O_RDONLY));
	char *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	char *more = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || more == MAP_FAILED)
		die("mmap");
	MUST(mprotect(more, 4096, PROT_READ));
	MUST(munmap(at, 4096));
	MUST(munmap(more, 8192));
	MUST(close(fd));
}

/* Both directions on a connection: so many bytes to the server, twice as many back. */
static void talk(int server, int client, const char *name)
{
	static char data[3000];
	struct msghdr msg = { 0 };
	struct iovec part = { data, 100 };

	memset(data, 'd', sizeof(data));
	MUST(write(client, data, 40));
	MUST(send(client, data, 1000, 0));
	msg.msg_iov = &part;
	msg.msg_iovlen = 1;
	MUST(sendmsg(client, &msg, 0));
	MUST(recv(server, data, 1140, MSG_WAITALL));
	MUST(send(server, data, 2280, 0));
	MUST(read(client, data, 80));
	part.iov_len = 200;
	MUST(recvmsg(client, &msg, 0));
	MUST(recv(client, data, 2000, MSG_WAITALL));
	fact("sent-%s 3420\n", name);
}

static in_port_t port_of(int fd)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);

	MUST(getsockname(fd, (struct sockaddr *)&at, &len));
	/* At the same place in both families. */
	return ntohs(((struct sockaddr_in *)&at)->sin_port);
}

static void connection(const char *name, struct sockaddr *to, socklen_t len, int flags)
{
	struct sockaddr_storage at;
	socklen_t at_len = sizeof(at);
	int listening = (int)MUST(socket(to->sa_family, SOCK_STREAM, 0)), client, server, error = 1;
	struct pollfd ready;

	MUST(setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &error, sizeof(error)));
	MUST(bind(listening, to, len));
	MUST(listen(listening, 5));
	if (to->sa_family != AF_UNIX) {
		((struct sockaddr_in *)to)->sin_port = htons(port_of(listening));
		fact("port-%s %u\n", name, port_of(listening));
	}
	client = (int)MUST(socket(to->sa_family, SOCK_STREAM | flags, 0));
	if (connect(client, to, len) && errno != EINPROGRESS)
		die("connect");
	server = (int)(flags ? MUST(accept4(listening, (struct sockaddr *)&at, &at_len,
					    SOCK_CLOEXEC))
			     : MUST(accept(listening, (struct sockaddr *)&at, &at_len)));
	if (flags) {
		ready = (struct pollfd){ .fd = client, .events = POLLOUT };
		MUST(poll(&ready, 1, 10000));
		at_len = sizeof(error);
		MUST(getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &at_len));
		MUST(fcntl(client, F_SETFL, 0));
	}
	if (to->sa_family != AF_UNIX)
		fact("client-%s %u\n", name, port_of(client));
	MUST(getpeername(client, (struct sockaddr *)&at, &(socklen_t){ sizeof(at) }));
	talk(server, client, name);
	MUST(shutdown(client, SHUT_WR));
	MUST(recv(server, &error, sizeof(error), 0));
	MUST(close(server));
	MUST(close(client));
	MUST(close(listening));
}

static void datagrams(const char *name, struct sockaddr *to, socklen_t len)
{
	int server = (int)MUST(socket(to->sa_family, SOCK_DGRAM, 0));
	int client = (int)MUST(socket(to->sa_family, SOCK_DGRAM, 0));
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	struct iovec part = { "message", 7 };
	struct msghdr msg = {
		.msg_name = to, .msg_namelen = len, .msg_iov = &part, .msg_iovlen = 1
	};
	char buf[64];

	MUST(bind(server, to, len));
	((struct sockaddr_in *)to)->sin_port = htons(port_of(server));
	fact("port-%s %u\n", name, port_of(server));
	MUST(sendto(client, "datagram", 8, 0, to, len));
	MUST(recvfrom(server, buf, sizeof(buf), 0, (struct sockaddr *)&from, &from_len));
	MUST(sendto(server, "answer", 6, 0, (struct sockaddr *)&from, from_len));
	MUST(recvfrom(client, buf, sizeof(buf), 0, NULL, NULL));
	MUST(sendmsg(client, &msg, 0));
	part.iov_base = buf;
	msg.msg_name = &from;
	msg.msg_namelen = sizeof(from);
	MUST(recvmsg(server, &msg, 0));
	MUST(connect(client, to, len));
	MUST(send(client, "connected", 9, 0));
	MUST(read(server, buf, sizeof(buf)));
	MUST(close(client));
	MUST(close(server));
}

static void sockets(void)
{
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_un path = { .sun_family = AF_UNIX, .sun_path = "socket" };
	int fds[2];
	char buf[8];

	four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	connection("tcp4", (struct sockaddr *)&four, sizeof(four), 0);
	four.sin_port = 0;
	connection("tcp4-nonblocking", (struct sockaddr *)&four, sizeof(four), SOCK_NONBLOCK);
	four.sin_port = 0;
	datagrams("udp4", (struct sockaddr *)&four, sizeof(four));
	connection("tcp6", (struct sockaddr *)&six, sizeof(six), 0);
	six.sin6_port = 0;
	datagrams("udp6", (struct sockaddr *)&six, sizeof(six));
	connection("unix", (struct sockaddr *)&path, sizeof(path), 0);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	MUST(write(fds[0], "pair", 4));
	MUST(read(fds[1], buf, sizeof(buf)));
	MUST(close(fds[0]));
	MUST(close(fds[1]));
}

static pthread_barrier_t together;

static void *thread(void *arg)
{
	char name[32];
	int fd, i;

	snprintf(name, sizeof(name), "thread-%d", (int)(long)arg);
	fact("%s %ld\n", name, syscall(SYS_gettid));
	for (i = 0; i < 10; i++) {
		fd = (int)MUST(open(name, O_WRONLY | O_CREAT | O_APPEND, 0600));
		MUST(write(fd, name, strlen(name)));
		MUST(close(fd));
	}
	pthread_barrier_wait(&together);
	return NULL;
}

static void threads(void)
{
	pthread_t made[THREADS];
	int i;

	pthread_barrier_init(&together, NULL, THREADS + 1);
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&made[i], NULL, thread, (void *)(long)i))
			die("pthread_create");
	pthread_barrier_wait(&together);
	for (i = 0; i < THREADS; i++)
		pthread_join(made[i], NULL);
}

static void nothing(int signum)
{
	(void)signum;
}

static void processes(void)
{
	char *const args[] = { "renamed", "one argument", "", "last", NULL };
	char *const env[] = { "FIRST=1", "SECOND=with space", NULL };
	struct sigaction action = { .sa_handler = nothing };
	int fds[2];
	char buf[8];
	pid_t pid;

	/* What it has of the parent's descriptors, and another name, program and environment. */
	MUST(pipe(fds));
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		MUST(dup2(fds[1], 1));
		MUST(close(fds[0]));
		MUST(close(fds[1]));
		MUST(execve("/bin/echo", args, env));
	}
	fact("exec %d\n", pid);
	MUST(close(fds[1]));
	MUST(read(fds[0], buf, sizeof(buf)));
	MUST(close(fds[0]));
	child_wait(pid, 0);
	/* A script: the program is its interpreter. */
	pid = (pid_t)MUST(fork());
	if (pid == 0)
		MUST(execl("./script", "script", "given", NULL));
	fact("script %d\n", pid);
	child_wait(pid, 5 << 8);
	pid = (pid_t)MUST(vfork());
	if (pid == 0) {
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	fact("vfork %d\n", pid);
	child_wait(pid, 0);
	/* Somebody else. */
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		MUST(setsid());
		MUST(setresgid(NOBODY, NOBODY, NOBODY));
		MUST(setresuid(NOBODY, NOBODY, NOBODY));
		FAILS(EPERM, setuid(0));
		FAILS(EACCES, open("two", O_RDONLY));
		_exit(3);
	}
	fact("nobody %d\n", pid);
	child_wait(pid, 3 << 8);
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		MUST(setgid(NOBODY));
		MUST(setuid(NOBODY));
		MUST(setpgid(0, 0));
		MUST(getuid());
		_exit(4);
	}
	child_wait(pid, 4 << 8);
	/* Signals: one that is handled, one that kills. */
	MUST(sigaction(SIGUSR2, &action, NULL));
	MUST(raise(SIGUSR2));
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		MUST(pause());
		_exit(0);
	}
	fact("killed %d\n", pid);
	MUST(kill(pid, SIGTERM));
	child_wait(pid, SIGTERM);
	/* A grandchild whose parent ends first. */
	MUST(pipe(fds));
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		pid = (pid_t)MUST(fork());
		if (pid)
			_exit(0);
		fact("orphan %d\n", getpid());
		MUST(close(fds[0]));
		MUST(usleep(2000));
		MUST(chdir("/"));
		MUST(write(fds[1], "o", 1));
		_exit(0);
	}
	fact("ended %d\n", pid);
	child_wait(pid, 0);
	MUST(close(fds[1]));
	MUST(read(fds[0], buf, 1));
	/* Until it is gone, too. */
	MUST(read(fds[0], buf, 1));
	MUST(close(fds[0]));
}

static void namespaces(void)
{
	pid_t pid = (pid_t)MUST(fork());

	if (pid == 0) {
		if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
			_exit(0);
		MUST(mkdir("mounted", 0700));
		if (!mount("eyas-test", "mounted", "tmpfs", 0, "size=1m")) {
			MUST(close((int)MUST(creat("mounted/in", 0600))));
			MUST(umount("mounted"));
		}
		_exit(0);
	}
	child_wait(pid, 0);
}

int main(int argc, char **argv)
{
	if (argc != 2 || chdir(argv[1]) ||
	    (facts = open("facts", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) < 0)
		die("live_workload FOLDER");
	fact("main %d\n", getpid());
	files();
	failures();
	descriptors();
	count_descriptors();
	memory();
	sockets();
	threads();
	processes();
	namespaces();
	fact("end 1\n");
	return 7;
}
