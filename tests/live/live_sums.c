/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads and writes that the kernel adds up: whatever is an event and whatever is in a sum, the
 * totals of each thread and descriptor are those of the calls that were made.
 */
#include "live/proc.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the books ---- */

enum { ACCOUNTS_MAX = 4096, READS = 0, WRITES = 1 };

/* One thread's descriptor. */
struct account {
	int64_t tid, fd;
	unsigned events;	    /* reads and writes that were events */
	unsigned sums;		    /* that were handed on */
	uint64_t ops[2], bytes[2];  /* in all */
	uint64_t first_ts, last_ts; /* of events */
	struct eyas_io_sums sum;    /* the last one seen */
};

static struct {
	struct account accounts[ACCOUNTS_MAX];
	unsigned count;
	bool no_asking;			     /* sums of threads that end are waited for */
	unsigned sums, dups, sums_at_dup[8]; /* handed on, so far, and when dup2 or dup3 came */
	uint64_t last_ts;
	size_t events;
} books;

static struct account *account(int64_t tid, int64_t fd)
{
	unsigned i;

	for (i = 0; i < books.count; i++)
		if (books.accounts[i].tid == tid && books.accounts[i].fd == fd)
			return &books.accounts[i];
	CHECK(books.count < ACCOUNTS_MAX);
	books.accounts[i].tid = tid;
	books.accounts[i].fd = fd;
	books.count++;
	return &books.accounts[i];
}

/* What is new in a sum. */
static void book_sums(const struct eyas_io_sums *sums)
{
	struct account *a = account(sums->tid, sums->fd);

	if (a->sum.began_ts_ns != sums->began_ts_ns)
		a->sum = (struct eyas_io_sums){ .began_ts_ns = sums->began_ts_ns };
	CHECK(sums->read_ops + sums->write_ops > 0);
	CHECK(sums->read_ops >= a->sum.read_ops && sums->write_bytes >= a->sum.write_bytes);
	CHECK(sums->last_ts_ns + 20000000 >= sums->began_ts_ns);
	CHECK(sums->last_ts_ns < sums->began_ts_ns + 60000000000);
	a->ops[READS] += sums->read_ops - a->sum.read_ops;
	a->ops[WRITES] += sums->write_ops - a->sum.write_ops;
	a->bytes[READS] += sums->read_bytes - a->sum.read_bytes;
	a->bytes[WRITES] += sums->write_bytes - a->sum.write_bytes;
	a->sum = *sums;
}

/* -1 = no event that reads or writes. */
static int direction(unsigned type)
{
	switch (type) {
	case EYAS_EV_SYSCALL_READ_X:
	case EYAS_EV_SYSCALL_PREAD_X:
	case EYAS_EV_SYSCALL_READV_X:
	case EYAS_EV_SYSCALL_PREADV_X:
	case EYAS_EV_SOCKET_RECVFROM_X:
	case EYAS_EV_SOCKET_RECVMSG_X:
		return READS;
	case EYAS_EV_SYSCALL_WRITE_X:
	case EYAS_EV_SYSCALL_PWRITE_X:
	case EYAS_EV_SYSCALL_WRITEV_X:
	case EYAS_EV_SYSCALL_PWRITEV_X:
	case EYAS_EV_SOCKET_SENDTO_X:
	case EYAS_EV_SOCKET_SENDMSG_X:
		return WRITES;
	default:
		return -1;
	}
}

static void book_event(const struct eyas_event *event, int which)
{
	struct eyas_param param;
	struct account *a;
	int64_t fd = -1, res = 0;

	CHECK(eyas_event_param_find(event, "fd", &param) == 1);
	CHECK_INT(eyas_param_int(&param, &fd), 0);
	CHECK(eyas_event_param(event, 0, &param) == 1);
	CHECK_INT(eyas_param_int(&param, &res), 0);
	a = account((int64_t)event->tid, fd);
	a->events++;
	a->ops[which]++;
	a->bytes[which] += res > 0 ? (uint64_t)res : 0;
	if (!a->first_ts)
		a->first_ts = event->ts_ns;
	a->last_ts = event->ts_ns;
}

/* A thread has ended: what it has added is asked for. */
static void ask(struct eyas_source *source, int64_t tid)
{
	struct eyas_io_sums sums;
	unsigned i;

	for (i = 0; i < books.count; i++) {
		struct account *a = &books.accounts[i];

		if (a->tid != tid || eyas_live_sums(source, tid, a->fd, 1, &sums))
			continue;
		book_sums(&sums);
		CHECK_INT(eyas_live_sums(source, tid, a->fd, 0, &sums), -ENOENT);
	}
}

/* The next event or sum into the books: false if there is none. */
static bool book_next(struct eyas_source *source, const struct eyas_event **ret_event)
{
	struct eyas_io_sums sums;
	struct eyas_err err;
	int res = eyas_source_next(source, ret_event, &err);
	const struct eyas_event *event = *ret_event;

	if (res < 0)
		FAIL("the source ends: %s", err.text);
	if (!res)
		return false;
	if (eyas_live_event_sums(event, &sums)) {
		CHECK(event->nparams == 0);
		account(sums.tid, sums.fd)->sums++;
		books.sums++;
		book_sums(&sums);
		return true;
	}
	books.events++;
	if (event->type == EYAS_EV_SYSCALL_DUP2_X || event->type == EYAS_EV_SYSCALL_DUP3_X)
		books.sums_at_dup[books.dups++ % 8] = books.sums;
	if (direction(event->type) >= 0)
		book_event(event, direction(event->type));
	if (event->type == EYAS_EV_PROCEXIT_1_E && !books.no_asking)
		ask(source, (int64_t)event->tid);
	return true;
}

static void book_until_exit(struct eyas_source *source, long pid)
{
	int64_t end = live_now_ms() + 20000;
	const struct eyas_event *event;

	while (live_now_ms() < end)
		if (book_next(source, &event) && event->type == EYAS_EV_PROCEXIT_1_E &&
		    (long)event->tid == pid)
			return;
	FAIL("the exit of process %ld was not seen among %zu events", pid, books.events);
}

/* For so long, whatever comes. */
static void book_for(struct eyas_source *source, int ms)
{
	int64_t end = live_now_ms() + ms;
	const struct eyas_event *event;

	while (live_now_ms() < end)
		book_next(source, &event);
}

/* Until so many calls of a descriptor are in the books; what does not come is missed later. */
static void book_until(struct eyas_source *source, int64_t tid, int64_t fd, uint64_t ops)
{
	const struct account *a = account(tid, fd);
	int64_t end = live_now_ms() + 20000;
	const struct eyas_event *event;

	while (live_now_ms() < end && a->ops[READS] + a->ops[WRITES] < ops)
		book_next(source, &event);
}

static void expect(int64_t tid, int64_t fd, uint64_t reads, uint64_t read_bytes, uint64_t writes,
		   uint64_t write_bytes)
{
	const struct account *a = account(tid, fd);

	if (a->ops[READS] != reads || a->bytes[READS] != read_bytes || a->ops[WRITES] != writes ||
	    a->bytes[WRITES] != write_bytes)
		FAIL("descriptor %lld of %lld: %llu reads of %llu bytes, %llu writes of %llu "
		     "bytes, "
		     "%u of them events",
		     (long long)fd, (long long)tid, (unsigned long long)a->ops[READS],
		     (unsigned long long)a->bytes[READS], (unsigned long long)a->ops[WRITES],
		     (unsigned long long)a->bytes[WRITES], a->events);
}

/* ---- what rows share with their children ---- */

enum { MANY = 300 };
static struct {
	int64_t tid[4], fd[MANY];
	volatile int go, at;
} * common;

static void share(void)
{
	common = mmap(NULL, sizeof(*common), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	CHECK(common != MAP_FAILED);
}

/* What the books need, and what ends a sum. */
static const struct eyas_codes *codes_of_books(void)
{
	static const uint16_t types[] = {
		EYAS_EV_SYSCALL_READ_X,	  EYAS_EV_SYSCALL_PREAD_X,     EYAS_EV_SYSCALL_READV_X,
		EYAS_EV_SYSCALL_PREADV_X, EYAS_EV_SYSCALL_WRITE_X,     EYAS_EV_SYSCALL_PWRITE_X,
		EYAS_EV_SYSCALL_WRITEV_X, EYAS_EV_SYSCALL_PWRITEV_X,   EYAS_EV_SOCKET_RECVFROM_X,
		EYAS_EV_SOCKET_RECVMSG_X, EYAS_EV_SOCKET_SENDTO_X,     EYAS_EV_SOCKET_SENDMSG_X,
		EYAS_EV_SYSCALL_CLOSE_X,  EYAS_EV_SYSCALL_DUP2_X,      EYAS_EV_SYSCALL_DUP3_X,
		EYAS_EV_SOCKET_CONNECT_X, EYAS_EV_SYSCALL_EXECVE_19_X, EYAS_EV_PROCEXIT_1_E,
	};
	static struct eyas_codes codes;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		eyas_codes_add_type(&codes, types[i]);
	eyas_codes_add(&codes, EYAS_SYS_GETPPID);
	return &codes;
}

static void summing(struct eyas_live_opts *opts)
{
	live_defaults(opts);
	opts->codes = codes_of_books();
	opts->sum_io = 1;
	share();
}

static struct eyas_source *open_summing(void)
{
	struct eyas_live_opts opts;

	summing(&opts);
	return live_open(&opts);
}

/* Run in a child, and read all it made. */
static long watched(struct eyas_source *source, void (*run)(void))
{
	long pid = live_fork(run);

	book_until_exit(source, pid);
	live_reap(pid, 0);
	/* Its threads ended before it, but where machines are emulated, time is not always so. */
	book_for(source, live_is_emulated() ? 1000 : 20);
	return pid;
}

static long open_new(const char *name)
{
	return MUST(SYS(open, live_path(name), O_RDWR | O_CREAT | O_TRUNC, 0600));
}

static void write_bytes(long fd, unsigned count)
{
	while (count--)
		MUST(SYS(write, fd, "x", 1));
}

static void read_bytes(long fd, unsigned count)
{
	char byte;

	while (count--)
		MUST(SYS(read, fd, &byte, 1));
}

/* ---- kinds of calls and files ---- */

static void each_call_on_a_file(void)
{
	long fd = open_new("sums");
	char buf[10];
	struct iovec iov[2] = { { buf, 4 }, { buf + 4, 3 } };

	common->fd[0] = fd;
	write_bytes(fd, 1000);
	MUST(SYS(pwrite64, fd, "abc", 3, 0));
	MUST(SYS(writev, fd, iov, 2));
	MUST(SYS(pwritev, fd, iov, 2, 100, 0));
	SYS(lseek, fd, 0, SEEK_SET);
	read_bytes(fd, 500);
	MUST(SYS(pread64, fd, buf, 10, 7));
	MUST(SYS(readv, fd, iov, 2));
	MUST(SYS(preadv, fd, iov, 2, 0, 0));
	/* At the end, and into nowhere: a call without bytes. */
	SYS(lseek, fd, 0, SEEK_END);
	MUST(SYS(read, fd, buf, 1));
	CHECK_INT(SYS(pread64, fd, BADPTR, 1, 0), -EFAULT);
	MUST(SYS(close, fd));
}

LIVE_TEST(sums_file)
{
	struct eyas_source *source = open_summing();
	long pid = watched(source, each_call_on_a_file);
	const struct account *a = account(pid, common->fd[0]);

	expect(pid, common->fd[0], 505, 500 + 10 + 7 + 7, 1003, 1000 + 3 + 7 + 7);
	CHECK_INT(a->events, 1);
	CHECK_INT(a->sums, 1);
	CHECK_INT(a->sum.began_ts_ns, a->first_ts);
	eyas_source_close(source);
}

static void both_ends(long in, long out)
{
	common->fd[0] = in;
	common->fd[1] = out;
	common->tid[0] = live_tid();
}

static void by_a_pipe(void)
{
	int pair[2];
	unsigned i;

	CHECK_INT(pipe(pair), 0);
	both_ends(pair[0], pair[1]);
	for (i = 0; i < 700; i++) {
		write_bytes(pair[1], 1);
		read_bytes(pair[0], 1);
	}
}

/* Nothing is closed: the process ends with it. */
LIVE_TEST(sums_pipe)
{
	struct eyas_source *source = open_summing();
	long pid = watched(source, by_a_pipe);

	expect(pid, common->fd[0], 700, 700, 0, 0);
	expect(pid, common->fd[1], 0, 0, 700, 700);
	CHECK_INT(account(pid, common->fd[0])->events, 1);
	CHECK_INT(account(pid, common->fd[1])->events, 1);
	eyas_source_close(source);
}

static void talk(long in, long out, unsigned count)
{
	char byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	both_ends(in, out);
	while (count--) {
		MUST(SYS(sendto, out, "abc", 3, 0, NULL, 0));
		MUST(SYS(sendmsg, out, &msg, 0));
		MUST(SYS(write, out, "x", 1));
		MUST(SYS(recvmsg, in, &msg, 0));
		MUST(SYS(recvfrom, in, &byte, 1, 0, NULL, NULL));
		MUST(SYS(recvfrom, in, &byte, 1, 0, NULL, NULL));
		MUST(SYS(read, in, &byte, 1));
		MUST(SYS(read, in, &byte, 1));
	}
}

static void by_a_socketpair(void)
{
	int pair[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	talk(pair[0], pair[1], 100);
}

/* Messages can bring descriptors there: they stay events. */
LIVE_TEST(sums_unix)
{
	struct eyas_source *source = open_summing();
	long pid = watched(source, by_a_socketpair);

	expect(pid, common->fd[0], 500, 500, 0, 0);
	expect(pid, common->fd[1], 0, 0, 300, 500);
	CHECK_INT(account(pid, common->fd[0])->events, 100);
	CHECK_INT(account(pid, common->fd[1])->events, 1);
	eyas_source_close(source);
}

static void by_tcp(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);
	long server = MUST(SYS(socket, AF_INET, SOCK_STREAM, 0));
	long client = MUST(SYS(socket, AF_INET, SOCK_STREAM, 0));

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	MUST(SYS(bind, server, &addr, len));
	MUST(SYS(listen, server, 1));
	MUST(SYS(getsockname, server, &addr, &len));
	/* Before there is a connection, a call begins a sum that ends with it. */
	CHECK_INT(SYS(recvfrom, client, &len, 1, 0, NULL, NULL), -ENOTCONN);
	CHECK_INT(SYS(recvfrom, client, &len, 1, 0, NULL, NULL), -ENOTCONN);
	MUST(SYS(connect, client, &addr, sizeof(addr)));
	talk(MUST(SYS(accept4, server, NULL, NULL, 0)), client, 100);
}

LIVE_TEST(sums_tcp)
{
	struct eyas_source *source = open_summing();
	long pid = watched(source, by_tcp);

	expect(pid, common->fd[0], 500, 500, 0, 0);
	expect(pid, common->fd[1], 2, 0, 300, 500);
	CHECK_INT(account(pid, common->fd[0])->events, 1);
	CHECK_INT(account(pid, common->fd[1])->events, 2);
	CHECK_INT(account(pid, common->fd[1])->sums, 1);
	eyas_source_close(source);
}

static void by_datagrams(void)
{
	int pair[2], i;
	char buf[4];

	CHECK_INT(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	both_ends(pair[0], pair[1]);
	for (i = 0; i < 50; i++) {
		MUST(SYS(write, pair[1], "abc", 3));
		MUST(SYS(recvfrom, pair[0], buf, 4, 0, NULL, NULL));
	}
}

/* Each could have another peer. */
LIVE_TEST(sums_not_of_datagrams)
{
	struct eyas_source *source = open_summing();
	long pid = watched(source, by_datagrams);

	expect(pid, common->fd[0], 50, 150, 0, 0);
	CHECK_INT(account(pid, common->fd[0])->events, 50);
	CHECK_INT(account(pid, common->fd[1])->events, 50);
	eyas_source_close(source);
}

static void in_vain(void)
{
	int pair[2], i;
	char byte;

	CHECK_INT(pipe2(pair, O_NONBLOCK), 0);
	both_ends(pair[0], pair[1]);
	for (i = 0; i < 40; i++) {
		CHECK_INT(SYS(read, pair[0], &byte, 1), -EAGAIN);
		CHECK_INT(SYS(read, -1, &byte, 1), -EBADF);
		CHECK_INT(SYS(read, 987654, &byte, 1), -EBADF);
	}
}

/* A failed call counts, if there is a file. */
LIVE_TEST(sums_failed)
{
	struct eyas_source *source = open_summing();
	long pid = watched(source, in_vain);

	expect(pid, common->fd[0], 40, 0, 0, 0);
	CHECK_INT(account(pid, common->fd[0])->events, 1);
	CHECK_INT(account(pid, -1)->events, 40);
	CHECK_INT(account(pid, 987654)->events, 40);
	eyas_source_close(source);
}

/* ---- another file by the same number ---- */

/*
 * Files one after the other by one number: each begins with an event. The kernel uses the memory of
 * the file that was closed for the next one.
 */
static void replaced_by_dup(void)
{
	long fd = open_new("a"), other = open_new("b"), third = open_new("c");

	both_ends(fd, other);
	write_bytes(fd, 10);
	MUST(SYS(dup2, other, fd));
	write_bytes(fd, 20);
	MUST(SYS(dup3, third, fd, O_CLOEXEC));
	write_bytes(fd, 30);
	/* Onto itself, and one that fails: nothing changes. */
	MUST(SYS(dup2, fd, fd));
	CHECK_INT(SYS(dup2, -1, fd), -EBADF);
	write_bytes(fd, 5);
}

LIVE_TEST(sums_dup)
{
	struct eyas_live_opts opts;
	struct eyas_source *source;
	long pid;

	summing(&opts);
	/* Others must not count. */
	opts.tests.follow_pid = (uint32_t)getpid();
	source = live_open(&opts);
	pid = watched(source, replaced_by_dup);

	expect(pid, common->fd[0], 0, 0, 65, 65);
	CHECK(account(pid, common->fd[0])->events >= 3 && account(pid, common->fd[0])->events <= 4);
	CHECK(account(pid, common->fd[0])->sums >= 2);
	/* In front of the event, not when the next call finds the other file. */
	CHECK_INT(books.sums_at_dup[0], 1);
	CHECK_INT(books.sums_at_dup[1], 2);
	eyas_source_close(source);
}

static void closed_by_range(void)
{
	char name[] = "0";
	long fd;

	for (; name[0] < '8'; name[0]++) {
		fd = open_new(name);
		both_ends(fd, fd);
		write_bytes(fd, 7);
		MUST(SYS(close_range, fd, ~0u, 0));
	}
}

LIVE_TEST(sums_close_range)
{
	struct eyas_source *source = open_summing();
	long pid = watched(source, closed_by_range);

	expect(pid, common->fd[0], 0, 0, 56, 56);
	CHECK_INT(account(pid, common->fd[0])->events, 8);
	eyas_source_close(source);
}

/* ---- threads ---- */

static void wait_for(int step)
{
	while (common->go < step)
		usleep(1000);
}

static void *writes_thrice(void *arg)
{
	long fd = (long)arg;

	common->tid[1] = live_tid();
	write_bytes(fd, 100);
	common->at = 1;
	wait_for(1);
	write_bytes(fd, 200);
	common->at = 2;
	wait_for(2);
	write_bytes(fd, 300);
	return NULL;
}

static void closed_by_another(void)
{
	long fd = open_new("a");
	pthread_t thread;

	common->tid[0] = live_tid();
	common->fd[0] = fd;
	CHECK_INT(pthread_create(&thread, NULL, writes_thrice, (void *)fd), 0);
	while (common->at < 1)
		usleep(1000);
	write_bytes(fd, 50);
	MUST(SYS(close, fd));
	CHECK_INT(open_new("b"), fd);
	common->go = 1;
	while (common->at < 2)
		usleep(1000);
	MUST(SYS(close, fd));
	CHECK_INT(open_new("c"), fd);
	common->go = 2;
	pthread_join(thread, NULL);
}

/* Each thread has its own; whose file was closed by another one sees that at its next call. */
LIVE_TEST(sums_threads)
{
	struct eyas_source *source = open_summing();
	long pid = watched(source, closed_by_another);
	const struct account *a = account(common->tid[1], common->fd[0]);

	expect(pid, common->fd[0], 0, 0, 50, 50);
	CHECK_INT(account(pid, common->fd[0])->events, 1);
	expect(common->tid[1], common->fd[0], 0, 0, 600, 600);
	CHECK_INT(a->events, 3);
	CHECK_INT(a->sums, 2);
	eyas_source_close(source);
}

static void shared_with_a_child(void)
{
	long fd = open_new("shared"), pid;

	common->tid[0] = live_tid();
	common->fd[0] = fd;
	write_bytes(fd, 11);
	pid = fork();
	if (!pid) {
		write_bytes(fd, 22);
		_exit(0);
	}
	common->tid[1] = pid;
	live_reap(pid, 0);
	write_bytes(fd, 33);
}

LIVE_TEST(sums_fork)
{
	struct eyas_source *source = open_summing();
	long pid = watched(source, shared_with_a_child);

	expect(pid, common->fd[0], 0, 0, 44, 44);
	expect(common->tid[1], common->fd[0], 0, 0, 22, 22);
	CHECK_INT(account(pid, common->fd[0])->events, 1);
	CHECK_INT(account(common->tid[1], common->fd[0])->events, 1);
	eyas_source_close(source);
}

/* What nobody asks for when the thread ends is handed on some time later. */
LIVE_TEST(sums_left_behind)
{
	struct eyas_source *source = open_summing();
	struct eyas_io_sums sums;
	long pid;

	books.no_asking = true;
	pid = watched(source, by_a_pipe);
	book_until(source, pid, common->fd[0], 700);
	book_until(source, pid, common->fd[1], 700);
	expect(pid, common->fd[0], 700, 700, 0, 0);
	expect(pid, common->fd[1], 0, 0, 700, 700);
	CHECK_INT(account(pid, common->fd[0])->sums, 1);
	CHECK_INT(eyas_live_sums(source, pid, common->fd[0], 0, &sums), -ENOENT);
	eyas_source_close(source);
}

static void *executes(void *arg)
{
	long fd = (long)arg;
	char *argv[] = { "true", NULL };

	common->tid[1] = live_tid();
	write_bytes(fd, 77);
	execv("/bin/true", argv);
	execv("/usr/bin/true", argv);
	_exit(9);
}

static void thread_executes(void)
{
	pthread_t thread;
	long fd = open_new("exec");

	common->tid[0] = live_tid();
	common->fd[0] = fd;
	write_bytes(fd, 5);
	CHECK_INT(pthread_create(&thread, NULL, executes, (void *)fd), 0);
	pthread_join(thread, NULL);
}

/* It becomes the first thread of its process, whose id ends in another way than others. */
LIVE_TEST(sums_exec)
{
	struct eyas_source *source = open_summing();
	long pid = watched(source, thread_executes);

	book_until(source, pid, common->fd[0], 5);
	book_until(source, common->tid[1], common->fd[0], 77);
	expect(pid, common->fd[0], 0, 0, 5, 5);
	expect(common->tid[1], common->fd[0], 0, 0, 77, 77);
	eyas_source_close(source);
}

/* ---- looking on, and giving up ---- */

static void in_steps(void)
{
	long fd = open_new("steps");

	common->tid[0] = live_tid();
	common->fd[0] = fd;
	write_bytes(fd, 10);
	common->at = 1;
	wait_for(1);
	write_bytes(fd, 10);
	common->at = 2;
	wait_for(2);
	write_bytes(fd, 10);
	common->at = 3;
	wait_for(3);
	write_bytes(fd, 10);
}

/* Until the child has come so far, and what it did was read. */
static void book_step(struct eyas_source *source, int step)
{
	while (common->at < step)
		book_for(source, 1);
	book_for(source, live_is_emulated() ? 2000 : 50);
}

LIVE_TEST(sums_looked_at)
{
	struct eyas_source *source = open_summing();
	struct eyas_io_sums sums = { 0 };
	long pid = live_fork(in_steps);
	const struct account *a;
	int64_t fd;

	book_step(source, 1);
	fd = common->fd[0];
	a = account(pid, fd);
	CHECK_INT(a->ops[WRITES], 1);
	CHECK_INT(eyas_live_sums(source, pid, fd, 0, &sums), 0);
	CHECK_INT(sums.tid, pid);
	CHECK_INT(sums.fd, fd);
	CHECK_INT(sums.write_ops, 9);
	CHECK_INT(sums.write_bytes, 9);
	CHECK_INT(sums.read_ops, 0);
	CHECK_INT(sums.began_ts_ns, a->first_ts);
	book_sums(&sums);
	common->go = 1;
	book_step(source, 2);
	CHECK_INT(a->events, 1);
	/* The next call is an event. */
	CHECK_INT(eyas_live_sums(source, pid, fd, 1, &sums), 0);
	CHECK_INT(sums.write_ops, 19);
	book_sums(&sums);
	common->go = 2;
	book_step(source, 3);
	CHECK_INT(a->events, 2);
	CHECK_INT(a->sums, 0);
	CHECK_INT(eyas_live_sums(source, pid, fd, 0, &sums), 0);
	CHECK_INT(sums.write_ops, 9);
	CHECK_INT(sums.began_ts_ns, a->last_ts);
	/* Others have none. */
	CHECK_INT(eyas_live_sums(source, pid, fd + 1, 0, &sums), -ENOENT);
	CHECK_INT(eyas_live_sums(source, pid, -1, 0, &sums), -ENOENT);
	CHECK_INT(eyas_live_sums(source, pid, INT64_MAX, 1, &sums), -ENOENT);
	CHECK_INT(eyas_live_sums(source, -1, fd, 1, &sums), -ENOENT);
	CHECK_INT(eyas_live_sums(source, INT64_MAX, fd, 1, &sums), -ENOENT);
	CHECK_INT(eyas_live_sums(source, 1ll << 31 | pid, fd, 1, &sums), -ENOENT);
	common->go = 3;
	book_until_exit(source, pid);
	live_reap(pid, 0);
	expect(pid, fd, 0, 0, 40, 40);
	CHECK_INT(a->events, 2);
	eyas_source_close(source);
}

/* A sum that was given up is not told of again. */
LIVE_TEST(sums_given_up)
{
	struct eyas_source *source = open_summing();
	struct eyas_io_sums sums;
	long pid = live_fork(in_steps);

	book_step(source, 1);
	CHECK_INT(eyas_live_sums(source, pid, common->fd[0], 1, &sums), 0);
	book_sums(&sums);
	CHECK_INT(eyas_live_sums(source, pid, common->fd[0], 0, &sums), -ENOENT);
	book_for(source, 3500);
	CHECK_INT(account(pid, common->fd[0])->sums, 0);
	expect(pid, common->fd[0], 0, 0, 10, 10);
	common->go = 3;
	book_until_exit(source, pid);
	live_reap(pid, 0);
	expect(pid, common->fd[0], 0, 0, 40, 40);
	CHECK_INT(account(pid, common->fd[0])->events, 2);
	eyas_source_close(source);
}

/* Another choice of calls begins everything anew. */
LIVE_TEST(sums_selected)
{
	struct eyas_source *source = open_summing();
	long pid = live_fork(in_steps);

	book_step(source, 1);
	CHECK_INT(eyas_live_select(source, codes_of_books(), NULL), 0);
	common->go = 3;
	book_until_exit(source, pid);
	live_reap(pid, 0);
	expect(pid, common->fd[0], 0, 0, 40, 40);
	CHECK_INT(account(pid, common->fd[0])->events, 2);
	CHECK_INT(account(pid, common->fd[0])->sums, 1);
	eyas_source_close(source);
}

static void on_a_sign(void)
{
	long fd;

	wait_for(1);
	fd = open_new("sign");
	common->fd[0] = fd;
	write_bytes(fd, 40);
	MUST(SYS(close, fd));
}

/* With tests to make, what does not pass them has no sum. */
LIVE_TEST(sums_with_tests)
{
	struct eyas_live_opts opts;
	struct eyas_source *source;
	long pid, other;

	summing(&opts);
	pid = live_fork(on_a_sign);
	other = live_fork(on_a_sign);
	opts.tests.pid = (uint32_t)pid;
	source = live_open(&opts);
	common->go = 1;
	live_reap(other, 0);
	book_until_exit(source, pid);
	live_reap(pid, 0);
	expect(pid, common->fd[0], 0, 0, 40, 40);
	CHECK_INT(account(pid, common->fd[0])->events, 1);
	CHECK_INT(account(pid, common->fd[0])->sums, 1);
	expect(other, common->fd[0], 0, 0, 0, 0);
	eyas_source_close(source);
}

/* ---- all at once ---- */

enum { HANDS = 4, ROUNDS = 150, STROKES = 100 };

/* Opens, writes and closes; the numbers of descriptors go from thread to thread. */
static void *busy_hand(void *arg)
{
	long index = (long)arg, fd;
	char name[20];
	int i;

	common->tid[index] = live_tid();
	snprintf(name, sizeof(name), "busy%ld", index);
	for (i = 0; i < ROUNDS; i++) {
		fd = open_new(name);
		write_bytes(fd, STROKES);
		if (i % 3)
			MUST(SYS(close, fd));
		else
			MUST(SYS(close_range, fd, fd, 0));
	}
	return NULL;
}

static void busy_hands(void)
{
	pthread_t threads[HANDS];
	long i;

	for (i = 0; i < HANDS; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, busy_hand, (void *)i), 0);
	for (i = 0; i < HANDS; i++)
		pthread_join(threads[i], NULL);
}

/* Somebody who looks at sums all the time, and ends them. */
static void meddle(struct eyas_source *source)
{
	const struct account *a = &books.accounts[(unsigned)rand() % books.count];
	struct eyas_io_sums sums;

	if (!eyas_live_sums(source, a->tid, a->fd, rand() % 2, &sums))
		book_sums(&sums);
}

/* Who looks, who ends, and who ends first make no difference to what comes together. */
LIVE_TEST(sums_at_once)
{
	struct eyas_source *source = open_summing();
	long pid = live_fork(busy_hands);
	const struct eyas_event *event = NULL;
	int64_t end = live_now_ms() + 40000;
	uint64_t ops[HANDS] = { 0 }, bytes[HANDS] = { 0 };
	unsigned i, hand;

	while (live_now_ms() < end) {
		if (book_next(source, &event) && event->type == EYAS_EV_PROCEXIT_1_E &&
		    (long)event->tid == pid)
			break;
		if (books.count)
			meddle(source);
	}
	live_reap(pid, 0);
	book_for(source, 3500);
	for (i = 0; i < books.count; i++) {
		for (hand = 0; hand < HANDS; hand++) {
			if (books.accounts[i].tid != common->tid[hand])
				continue;
			ops[hand] += books.accounts[i].ops[WRITES];
			bytes[hand] += books.accounts[i].bytes[WRITES];
		}
	}
	for (hand = 0; hand < HANDS; hand++) {
		CHECK_INT(ops[hand], ROUNDS * STROKES);
		CHECK_INT(bytes[hand], ROUNDS * STROKES);
	}
	eyas_source_close(source);
}

/* ---- no room ---- */

static int many(void)
{
	return live_is_emulated() ? 100 : MANY;
}

static void many_files(void)
{
	char name[20];
	int i, round;

	for (i = 0; i < many(); i++) {
		snprintf(name, sizeof(name), "many%d", i);
		common->fd[i] = open_new(name);
	}
	for (round = 0; round < 4; round++)
		for (i = 0; i < many(); i++)
			write_bytes(common->fd[i], 5);
}

/* What has no place in the table stays an event. */
LIVE_TEST(sums_full_table)
{
	struct eyas_live_opts opts;
	struct eyas_live_stats stats;
	struct eyas_source *source;
	unsigned summed = 0, events = 0;
	long pid;
	int i;

	summing(&opts);
	/* Not for the rest of the machine. */
	opts.tests.follow_pid = (uint32_t)getpid();
	opts.sum_places = 1;
	source = live_open(&opts);
	pid = watched(source, many_files);
	for (i = 0; i < many(); i++) {
		expect(pid, common->fd[i], 0, 0, 20, 20);
		events += account(pid, common->fd[i])->events;
		summed += account(pid, common->fd[i])->events == 1;
	}
	CHECK(summed > 10 && summed < 64);
	CHECK_INT(eyas_live_stats(source, -1, &stats, NULL), 0);
	CHECK(stats.sums_refused >= events - summed);
	/* The places are free again. */
	book_for(source, live_is_emulated() ? 6000 : 2500);
	pid = watched(source, by_a_pipe);
	expect(pid, common->fd[0], 700, 700, 0, 0);
	CHECK_INT(account(pid, common->fd[0])->events, 1);
	eyas_source_close(source);
}

static void among_a_flood(void)
{
	long fd = open_new("flood"), other = open_new("other");
	unsigned long i, n = live_is_emulated() ? 60000 : 200000;

	common->fd[0] = fd;
	common->fd[1] = other;
	write_bytes(fd, 10);
	for (i = 0; i < n; i++)
		SYS(getppid);
	write_bytes(fd, 100);
	/* None of these finds room in the ring, neither the end nor a beginning. */
	write_bytes(other, 30);
	MUST(SYS(close, fd));
	CHECK_INT(open_new("next"), fd);
	write_bytes(fd, 3);
	common->at = 1;
	wait_for(1);
	write_bytes(fd, 4);
}

/* Sums are not lost with the events of a full ring: they wait in their table. */
LIVE_TEST(sums_full_ring)
{
	struct eyas_live_opts opts;
	struct eyas_live_stats stats;
	struct eyas_source *source;
	long pid;

	summing(&opts);
	opts.ring_bytes = 1 << 20;
	source = live_open(&opts);
	pid = live_fork(among_a_flood);
	while (common->at < 1)
		usleep(1000);
	CHECK_INT(eyas_live_stats(source, -1, &stats, NULL), 0);
	CHECK(stats.dropped > 0);
	book_until(source, pid, common->fd[0], 110);
	expect(pid, common->fd[0], 0, 0, 110, 110);
	CHECK_INT(account(pid, common->fd[0])->events, 1);
	CHECK_INT(account(pid, common->fd[0])->sums, 1);
	/* What was lost was counted as such: these had no sum. */
	expect(pid, common->fd[1], 0, 0, 0, 0);
	common->go = 1;
	book_until_exit(source, pid);
	live_reap(pid, 0);
	expect(pid, common->fd[0], 0, 0, 114, 114);
	eyas_source_close(source);
}

/* ---- other ways to make calls ---- */

#if defined(__x86_64__)
enum { READ_32 = 3, WRITE_32 = 4, CLOSE_32 = 6 };

static void of_32_bits(void)
{
	char *byte = live_low(4096);
	long fd = open_new("low");
	unsigned i;

	if (live_raw32(WRITE_32, fd, (long)byte, 1, 0, 0, 0) != 1)
		_exit(0);
	common->fd[0] = fd;
	for (i = 0; i < 60; i++)
		CHECK_INT(live_raw32(WRITE_32, fd, (long)byte, 1, 0, 0, 0), 1);
	SYS(lseek, fd, 0, SEEK_SET);
	for (i = 0; i < 40; i++)
		CHECK_INT(live_raw32(READ_32, fd, (long)byte, 1, 0, 0, 0), 1);
	CHECK_INT(live_raw32(CLOSE_32, fd, 0, 0, 0, 0, 0), 0);
}

LIVE_TEST(sums_ia32)
{
	struct eyas_source *source = open_summing();
	long pid = watched(source, of_32_bits);

	if (!common->fd[0])
		live_skip("no calls of 32-bit programs on this kernel");
	expect(pid, common->fd[0], 40, 40, 61, 61);
	CHECK_INT(account(pid, common->fd[0])->events, 1);
	CHECK_INT(account(pid, common->fd[0])->sums, 1);
	eyas_source_close(source);
}
#endif

/* ---- without being asked for ---- */

LIVE_TEST(sums_off)
{
	struct eyas_live_opts opts;
	struct eyas_source *source;
	struct eyas_io_sums sums;
	long pid;

	summing(&opts);
	opts.sum_io = 0;
	source = live_open(&opts);
	pid = watched(source, by_a_pipe);
	expect(pid, common->fd[0], 700, 700, 0, 0);
	CHECK_INT(account(pid, common->fd[0])->events, 700);
	CHECK_INT(eyas_live_sums(source, pid, common->fd[0], 0, &sums), -ENOENT);
	eyas_source_close(source);
}
