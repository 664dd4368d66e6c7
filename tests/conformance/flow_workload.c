/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes, files and connections whose numbers are known, for test_sysflow_live.py to record:
 * flow_workload FOLDER [steady MILLISECONDS | hold]. What was read and written is counted here and
 * goes to FOLDER/facts, a line each:
 *
 *   file PATH TID FD READS WRITES READ_BYTES WRITTEN_BYTES OPS
 *   net PROTO FAMILY SIP SPORT DIP DPORT TID FD READS WRITES READ_BYTES WRITTEN_BYTES OPS
 *   child PID STATUS, thread TID
 *
 * PATH is relative to FOLDER. With "steady", one file is written to for that long; with "hold",
 * files stay open until a line comes on standard input.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "workload.h"

enum { NOBODY = 65534, ONES = 5000, THREADS = 3, EXIT_STATUS = 7 };

/* ---- one descriptor of one thread, and what it did ---- */

struct tally {
	int fd;
	unsigned long reads, writes, read_bytes, written_bytes;
	const char *ops; /* besides reading, writing and closing */
};

static char buf[65536];

static void count_read(struct tally *tally, ssize_t got)
{
	tally->reads++;
	tally->read_bytes += got > 0 ? (unsigned long)got : 0;
}

static void count_write(struct tally *tally, ssize_t put)
{
	tally->writes++;
	tally->written_bytes += put > 0 ? (unsigned long)put : 0;
}

static void do_read(struct tally *tally, size_t size)
{
	count_read(tally, read(tally->fd, buf, size));
}

static void do_write(struct tally *tally, size_t size)
{
	count_write(tally, write(tally->fd, buf, size));
}

static long tid(void)
{
	return syscall(SYS_gettid);
}

static void say_file(const struct tally *tally, const char *path, const char *end)
{
	fact("file %s %ld %d %lu %lu %lu %lu %s%s%s%s\n", path, tid(), tally->fd, tally->reads,
	     tally->writes, tally->read_bytes, tally->written_bytes, tally->ops,
	     tally->reads ? ",READ_RECV" : "", tally->writes ? ",WRITE_SEND" : "", end);
}

static struct tally open_file(const char *path, int flags)
{
	return (struct tally){ .fd = (int)MUST(open(path, flags | O_CREAT, 0644)), .ops = "OPEN" };
}

static void close_file(const struct tally *tally, const char *path)
{
	MUST(close(tally->fd));
	say_file(tally, path, ",CLOSE");
}

/* ---- files ---- */

static void plain_files(void)
{
	struct iovec parts[2] = { { buf, 10 }, { buf + 10, 20 } };
	struct tally one = open_file("one", O_RDWR), many = open_file("many", O_WRONLY), none;
	int i;

	for (i = 0; i < 10; i++)
		do_write(&one, 100);
	MUST(lseek(one.fd, 0, SEEK_SET));
	do_read(&one, 600);
	do_read(&one, 600);
	do_read(&one, 600); /* the end: nothing */
	count_write(&one, pwrite(one.fd, buf, 33, 5));
	count_read(&one, pread(one.fd, buf, 44, 6));
	count_write(&one, writev(one.fd, parts, 2));
	count_read(&one, preadv(one.fd, parts, 2, 0));
	count_read(&one, syscall(SYS_read, one.fd, 8L, 10L)); /* fails */
	close_file(&one, "one");
	/* The number of the descriptor goes to another file. */
	none = open_file("none", O_WRONLY);
	close_file(&none, "none");
	for (i = 0; i < ONES; i++)
		do_write(&many, 1);
	close_file(&many, "many");
	one = open_file("one", O_RDONLY);
	do_read(&one, 1);
	close_file(&one, "one");
}

static void mapped_file(void)
{
	struct tally map = open_file("map", O_RDWR);
	void *at;

	do_write(&map, 4096);
	at = mmap(NULL, 4096, PROT_READ, MAP_SHARED, map.fd, 0);
	if (at == MAP_FAILED)
		die("mmap");
	MUST(munmap(at, 4096));
	map.ops = "OPEN,MMAP";
	close_file(&map, "map");
}

static void file_events(void)
{
	MUST(mkdir("dir", 0755));
	MUST(rename("one", "dir/moved"));
	MUST(link("dir/moved", "dir/hard"));
	MUST(symlink("dir/moved", "soft"));
	MUST(unlink("dir/hard"));
	MUST(unlink("dir/moved"));
	MUST(rmdir("dir"));
	if (!rmdir("absent") || errno != ENOENT)
		die("rmdir");
}

static void pipes(void)
{
	struct tally from = { .ops = "" }, to = { .ops = "" };
	int ends[2], i;

	MUST(pipe(ends));
	from.fd = ends[0];
	to.fd = ends[1];
	for (i = 0; i < 20; i++) {
		do_write(&to, 50);
		do_read(&from, 100);
	}
	MUST(close(ends[1]));
	say_file(&to, "|", ",CLOSE");
	MUST(close(ends[0]));
	say_file(&from, "|", ",CLOSE");
}

/* ---- threads ---- */

static int shared_fd;

static void *thread_main(void *arg)
{
	struct tally own, shared = { .fd = shared_fd, .ops = "" };
	long number = (long)arg;
	char name[32];
	int i;

	fact("thread %ld\n", tid());
	snprintf(name, sizeof(name), "thread%ld", number);
	own = open_file(name, O_WRONLY);
	for (i = 0; i < 1000; i++) {
		do_write(&own, (size_t)number + 1);
		if (i % 10 == 0)
			do_write(&shared, 3);
	}
	close_file(&own, name);
	say_file(&shared, "shared", ",TRUNCATE");
	return NULL;
}

static void threads(void)
{
	pthread_t ids[THREADS];
	struct tally shared = open_file("shared", O_WRONLY | O_APPEND);
	long i;

	shared_fd = shared.fd;
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&ids[i], NULL, thread_main, (void *)i))
			die("pthread_create");
	for (i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
	do_write(&shared, 5);
	close_file(&shared, "shared");
}

/* ---- processes ---- */

static void child_wait(pid_t pid, int expected)
{
	int status;

	MUST(waitpid(pid, &status, 0));
	fact("child %d %d\n", pid, status);
	if (status != expected) {
		fprintf(stderr, "a child ended with %#x instead of %#x\n", status, expected);
		exit(97);
	}
}

static void children(void)
{
	struct tally left;
	pid_t pid;

	pid = (pid_t)MUST(fork());
	if (!pid) {
		execl("/proc/self/exe", "flow_workload", "child", (char *)NULL);
		_exit(90);
	}
	child_wait(pid, EXIT_STATUS << 8);
	pid = (pid_t)MUST(fork());
	if (!pid) {
		MUST(setuid(NOBODY));
		_exit(0);
	}
	fact("setuid %d %d\n", pid, NOBODY);
	child_wait(pid, 0);
	/* One that leaves its file open. */
	pid = (pid_t)MUST(fork());
	if (!pid) {
		left = open_file("left", O_WRONLY);
		do_write(&left, 77);
		say_file(&left, "left", ",TRUNCATE");
		_exit(0);
	}
	child_wait(pid, 0);
}

/* ---- connections ---- */

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static union address loopback(int family)
{
	union address address;

	memset(&address, 0, sizeof(address));
	address.any.sa_family = (sa_family_t)family;
	if (family == AF_INET)
		address.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		address.in6.sin6_addr = in6addr_loopback;
	return address;
}

static socklen_t size_of(int family)
{
	return family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static unsigned local_port(int fd)
{
	union address address;
	socklen_t len = sizeof(address);

	MUST(getsockname(fd, &address.any, &len));
	return ntohs(address.any.sa_family == AF_INET ? address.in.sin_port
						      : address.in6.sin6_port);
}

static void say_net(const struct tally *tally, const char *proto, int family, unsigned sport,
		    unsigned dport)
{
	const char *ip = family == AF_INET ? "127.0.0.1" : "::1";

	fact("net %s %s %s %u %s %u %ld %d %lu %lu %lu %lu %s%s%s,CLOSE\n", proto,
	     family == AF_INET ? "ipv4" : "ipv6", ip, sport, ip, dport, tid(), tally->fd,
	     tally->reads, tally->writes, tally->read_bytes, tally->written_bytes, tally->ops,
	     tally->reads ? ",READ_RECV" : "", tally->writes ? ",WRITE_SEND" : "");
}

static void tcp(int family)
{
	struct tally client = { .ops = "CONNECT" }, server = { .ops = "ACCEPT,SHUTDOWN" };
	union address address = loopback(family);
	int listener = (int)MUST(socket(family, SOCK_STREAM, 0)), i;
	socklen_t len = size_of(family);
	unsigned sport, dport;

	MUST(bind(listener, &address.any, len));
	MUST(listen(listener, 5));
	MUST(getsockname(listener, &address.any, &len));
	client.fd = (int)MUST(socket(family, SOCK_STREAM, 0));
	MUST(connect(client.fd, &address.any, len));
	server.fd = (int)MUST(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
	sport = local_port(client.fd);
	dport = local_port(listener);
	for (i = 0; i < 100; i++) {
		do_write(&client, 10);
		do_read(&server, 10);
	}
	count_write(&server, send(server.fd, buf, 333, 0));
	count_read(&client, recv(client.fd, buf, 1000, 0));
	MUST(shutdown(server.fd, SHUT_WR));
	do_read(&client, 10); /* the end */
	MUST(close(client.fd));
	say_net(&client, "tcp", family, sport, dport);
	MUST(close(server.fd));
	say_net(&server, "tcp", family, sport, dport);
	MUST(close(listener));
}

static void udp(int family)
{
	struct tally client = { .ops = "CONNECT" };
	union address address = loopback(family);
	int server = (int)MUST(socket(family, SOCK_DGRAM, 0)), i;
	socklen_t len = size_of(family);
	unsigned sport, dport;

	MUST(bind(server, &address.any, len));
	MUST(getsockname(server, &address.any, &len));
	client.fd = (int)MUST(socket(family, SOCK_DGRAM, 0));
	MUST(connect(client.fd, &address.any, len));
	dport = local_port(server);
	for (i = 0; i < 7; i++)
		count_write(&client, send(client.fd, buf, 100 + (size_t)i, 0));
	sport = local_port(client.fd);
	MUST(close(client.fd));
	say_net(&client, "udp", family, sport, dport);
	for (i = 0; i < 7; i++)
		MUST(recvfrom(server, buf, sizeof(buf), 0, NULL, NULL));
	MUST(close(server));
}

static void unix_stream(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };
	struct tally client = { .ops = "CONNECT" }, server = { .ops = "ACCEPT" };
	int listener = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)), i;

	MUST(bind(listener, (struct sockaddr *)&address, sizeof(address)));
	MUST(listen(listener, 5));
	client.fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(connect(client.fd, (struct sockaddr *)&address, sizeof(address)));
	server.fd = (int)MUST(accept(listener, NULL, NULL));
	for (i = 0; i < 30; i++) {
		do_write(&client, 20);
		do_read(&server, 15);
	}
	MUST(close(client.fd));
	say_file(&client, "@", ",CLOSE");
	MUST(close(server.fd));
	say_file(&server, "@", ",CLOSE");
	MUST(close(listener));
}

/* ---- for long ---- */

static void steady(long ms)
{
	struct timespec pause = { .tv_nsec = 1000000 }, now, begin;
	struct tally file = open_file("steady", O_WRONLY);

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		do_write(&file, 1);
		nanosleep(&pause, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < ms);
	close_file(&file, "steady");
}

static void hold(void)
{
	struct tally file = open_file("held", O_WRONLY);
	char line[8];
	int i;

	for (i = 0; i < 1234; i++)
		do_write(&file, 2);
	say_file(&file, "held", ",TRUNCATE");
	MUST(write(STDOUT_FILENO, "held\n", 5));
	MUST(read(STDIN_FILENO, line, sizeof(line)));
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "child"))
		return EXIT_STATUS;
	if (argc < 2)
		return 2;
	MUST(chdir(argv[1]));
	facts = (int)MUST(open("facts", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644));
	fact("pid %d\n", getpid());
	if (argc == 4 && !strcmp(argv[2], "steady")) {
		steady(atol(argv[3]));
		return 0;
	}
	if (argc == 3 && !strcmp(argv[2], "hold")) {
		hold();
		return 0;
	}
	plain_files();
	mapped_file();
	threads();
	file_events();
	pipes();
	children();
	tcp(AF_INET);
	tcp(AF_INET6);
	udp(AF_INET);
	udp(AF_INET6);
	unix_stream();
	return 0;
}
