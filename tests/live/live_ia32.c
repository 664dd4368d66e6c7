/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls as programs of 32 bits make them: other numbers, other structures, and socketcall. They
 * come from a process of 64 bits through int 0x80, which the kernel treats the same.
 */
#include "live/live.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Numbers of ia32. */
enum {
	IA32_READ = 3,
	IA32_WRITE = 4,
	IA32_OPEN = 5,
	IA32_CLOSE = 6,
	IA32_CREAT = 8,
	IA32_UNLINK = 10,
	IA32_CHDIR = 12,
	IA32_CHMOD = 15,
	IA32_GETPID = 20,
	IA32_KILL = 37,
	IA32_MKDIR = 39,
	IA32_DUP = 41,
	IA32_PIPE = 42,
	IA32_DUP2 = 63,
	IA32_GETPPID = 64,
	IA32_SOCKETCALL = 102,
	IA32_WRITEV = 146,
	IA32_NANOSLEEP = 162,
	IA32_GETUID32 = 199,
	IA32_FCNTL64 = 221,
	IA32_OPENAT = 295,
	IA32_UNLINKAT = 301,
	IA32_PIPE2 = 331,
	IA32_SOCKET = 359
};

/* Memory that 32 bits can address, with a string in it. */
static char *low(const char *text)
{
	char *at = live_low(4096);

	strcpy(at, text);
	return at;
}

/* A kernel without such calls ends a process that makes one. */
static long call32(long nr, long a, long b, long c, long d)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		live_raw32(IA32_GETPID, 0, 0, 0, 0, 0, 0);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		live_skip("this kernel has no calls of 32 bits");
	return live_call32(nr, a, b, c, d, 0, 0);
}
#define CALL_IA32(...) LIVE_CALL_IA32(__VA_ARGS__, 0, 0, 0, 0, 0)
#define LIVE_CALL_IA32(nr, a, b, c, d, ...) call32(nr, (long)(a), (long)(b), (long)(c), (long)(d))

ROW(ia32_generic)
{
	CHECK_INT(CALL_IA32(IA32_GETPPID), getppid());
	EXPECT(GENERIC_X, INT(EYAS_SYS_GETPPID), INT(__NR_getppid));
}

ROW(ia32_open)
{
	char *name = low("/no/such");

	CHECK_INT(CALL_IA32(IA32_OPEN, name, O_RDWR | O_CREAT, 0640), -ENOENT);
	EXPECT(SYSCALL_OPEN_X, INT(-ENOENT), STR("/no/such"), FLAGS("O_RDWR|O_CREAT"), INT(0640),
	       INT(0), INT(0));
}

ROW(ia32_open_ok)
{
	char *name = low(live_file("a", "text"));
	long fd = MUST(CALL_IA32(IA32_OPEN, name, O_RDONLY));

	EXPECT(SYSCALL_OPEN_X, INT(fd), STR(name), FLAGS("O_RDONLY"), INT(0), INT(live_dev(name)),
	       INT(live_ino(name)));
	CALL_IA32(IA32_CLOSE, fd);
	EXPECT(SYSCALL_CLOSE_X, INT(0), INT(fd));
}

ROW(ia32_openat)
{
	char *name = low("rel");

	CALL_IA32(IA32_OPENAT, -5, name, O_RDONLY);
	EXPECT(SYSCALL_OPENAT_2_X, INT(-EBADF), INT(-5), STR("rel"), FLAGS("O_RDONLY"), INT(0),
	       INT(0), INT(0));
}

ROW(ia32_creat)
{
	char *name = low("/no/such");

	CALL_IA32(IA32_CREAT, name, 0600);
	EXPECT(SYSCALL_CREAT_X, INT(-ENOENT), STR("/no/such"), INT(0600), INT(0), INT(0), INT(0));
}

ROW(ia32_names)
{
	char *name = low("/no/such");

	CALL_IA32(IA32_UNLINK, name);
	EXPECT(SYSCALL_UNLINK_2_X, INT(-ENOENT), STR("/no/such"));
	CALL_IA32(IA32_CHDIR, name);
	EXPECT(SYSCALL_CHDIR_X, INT(-ENOENT), STR("/no/such"));
	CALL_IA32(IA32_MKDIR, name, 0700);
	EXPECT(SYSCALL_MKDIR_2_X, INT(-ENOENT), STR("/no/such"), INT(0700));
	CALL_IA32(IA32_CHMOD, name, 0604);
	EXPECT(SYSCALL_CHMOD_X, INT(-ENOENT), STR("/no/such"), INT(0604));
	CALL_IA32(IA32_UNLINKAT, AT_FDCWD, name, AT_REMOVEDIR);
	EXPECT(SYSCALL_UNLINKAT_2_X, INT(-ENOENT), INT(-100), STR("/no/such"),
	       FLAGS("AT_REMOVEDIR"));
}

ROW(ia32_bad_pointer)
{
	CALL_IA32(IA32_UNLINK, -1l);
	EXPECT(SYSCALL_UNLINK_2_X, INT(-EFAULT), NONE);
}

ROW(ia32_write)
{
	char *text = low("some text");
	long fd = MUST(SYS(open, "/dev/null", O_WRONLY));

	CHECK_INT(CALL_IA32(IA32_WRITE, fd, text, 9), 9);
	EXPECT(SYSCALL_WRITE_X, INT(9), DATA("some text"), INT(fd), INT(9));
}

/* An address and a length have four bytes each. */
ROW(ia32_writev)
{
	char *text = low("one two");
	uint32_t *iov = (uint32_t *)live_low(4096);
	long fd = MUST(SYS(open, "/dev/null", O_WRONLY));

	iov[0] = (uint32_t)(uintptr_t)text;
	iov[1] = 4;
	iov[2] = (uint32_t)(uintptr_t)text + 4;
	iov[3] = 3;
	CHECK_INT(CALL_IA32(IA32_WRITEV, fd, iov, 2), 7);
	EXPECT(SYSCALL_WRITEV_X, INT(7), DATA("one two"), INT(fd), INT(7));
}

ROW(ia32_nanosleep)
{
	int32_t *time = (int32_t *)live_low(4096);

	time[0] = 0;
	time[1] = 1500;
	CHECK_INT(CALL_IA32(IA32_NANOSLEEP, time, 0), 0);
	EXPECT(SYSCALL_NANOSLEEP_X, INT(0), INT(1500));
}

ROW(ia32_descriptors)
{
	int32_t *pair = (int32_t *)live_low(4096);
	long got;

	CALL_IA32(IA32_PIPE, pair);
	EXPECT(SYSCALL_PIPE_X, INT(0), INT(pair[0]), INT(pair[1]), INT(live_fino(pair[0])));
	CALL_IA32(IA32_PIPE2, pair, O_CLOEXEC);
	EXPECT(SYSCALL_PIPE2_X, INT(0), INT(pair[0]), INT(pair[1]), INT(live_fino(pair[0])),
	       FLAGS("O_CLOEXEC"));
	got = CALL_IA32(IA32_DUP, pair[0]);
	EXPECT(SYSCALL_DUP_1_X, INT(got), INT(pair[0]));
	CALL_IA32(IA32_DUP2, pair[0], 90);
	EXPECT(SYSCALL_DUP2_X, INT(90), INT(pair[0]), INT(90));
	CALL_IA32(IA32_FCNTL64, pair[0], F_GETFL, 0);
	EXPECT(SYSCALL_FCNTL_X, ANY, INT(pair[0]), FLAGS("F_GETFL"), INT(0));
	CALL_IA32(IA32_KILL, -0x7ffffff, 15);
	EXPECT(SYSCALL_KILL_X, INT(-ESRCH), INT(-0x7ffffff), INT(15));
	CALL_IA32(IA32_GETUID32);
	EXPECT(SYSCALL_GETUID_X, INT(0));
}

/* ---- one call that stands for twenty ---- */

static long socketcall(int which, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	uint32_t *args = (uint32_t *)live_low(4096);

	args[0] = a;
	args[1] = b;
	args[2] = c;
	args[3] = d;
	return CALL_IA32(IA32_SOCKETCALL, which, args);
}

ROW(ia32_socket)
{
	long fd = CALL_IA32(IA32_SOCKET, AF_INET, SOCK_DGRAM, 0);

	EXPECT(SOCKET_SOCKET_X, INT(fd), FLAGS("AF_INET"), INT(SOCK_DGRAM), INT(0), INT(0));
}

ROW(ia32_socketcall_socket)
{
	long fd = socketcall(1, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0, 0);

	MUST(fd);
	EXPECT(SOCKET_SOCKET_X, INT(fd), FLAGS("AF_INET"), INT(SOCK_STREAM | SOCK_CLOEXEC), INT(0),
	       FLAGS("O_CLOEXEC"));
	socketcall(4, (uint32_t)fd, 9, 0, 0);
	EXPECT(SOCKET_LISTEN_X, INT(0), INT(fd), INT(9));
	socketcall(13, (uint32_t)fd, SHUT_RDWR, 0, 0);
	EXPECT(SOCKET_SHUTDOWN_X, INT(0), INT(fd), FLAGS("SHUT_RDWR"));
}

ROW(ia32_socketcall_bind)
{
	uint8_t *addr = live_low(4096);
	long fd = MUST(SYS(socket, AF_INET, SOCK_STREAM, 0));
	static const uint8_t want[16] = { AF_INET, 0, 0, 0, 127, 0, 0, 1 };

	memcpy(addr, want, sizeof(want));
	CHECK_INT(socketcall(2, (uint32_t)fd, (uint32_t)(uintptr_t)addr, 16, 0), 0);
	EXPECT(SOCKET_BIND_X, INT(0), SOCK4("127.0.0.1", 0), INT(fd));
}

ROW(ia32_socketcall_connect)
{
	uint8_t *addr = live_low(4096);
	static const uint8_t want[16] = { AF_INET, 0, 0x12, 0x34, 127, 0, 0, 1 };

	memcpy(addr, want, sizeof(want));
	CHECK_INT(socketcall(3, (uint32_t)-1, (uint32_t)(uintptr_t)addr, 16, 0), -EBADF);
	EXPECT(SOCKET_CONNECT_X, INT(-EBADF), NONE, INT(-1), SOCK4("127.0.0.1", 0x1234));
}

ROW(ia32_socketcall_send)
{
	char *text = low("data");
	int pair[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	/* The event of send() is that of sendto(), which has the number. */
	CHECK_INT(socketcall(9, (uint32_t)pair[0], (uint32_t)(uintptr_t)text, 4, 0), 4);
	EXPECT(SOCKET_SENDTO_X, INT(4), DATA("data"), INT(pair[0]), INT(4), UNIX(1, 1, ""));
}

ROW(ia32_socketcall_accept)
{
	CHECK_INT(socketcall(5, (uint32_t)-1, 0, 0, 0), -EBADF);
	EXPECT(SOCKET_ACCEPT_5_X, INT(-EBADF), NONE, INT(0), INT(0), INT(0));
	CHECK_INT(socketcall(18, (uint32_t)-1, 0, 0, SOCK_CLOEXEC), -EBADF);
	EXPECT(SOCKET_ACCEPT4_6_X, INT(-EBADF), NONE, INT(0), INT(0), INT(0), INT(4096));
}

ROW(ia32_socketcall_pair)
{
	int32_t *pair = (int32_t *)live_low(4096);

	CHECK_INT(socketcall(8, AF_UNIX, SOCK_STREAM, 0, (uint32_t)(uintptr_t)pair), 0);
	EXPECT(SOCKET_SOCKETPAIR_X, INT(0), INT(pair[0]), INT(pair[1]), ANY, ANY, INT(1),
	       INT(SOCK_STREAM), INT(0));
}

/* A number that stands for nothing. */
ROW(ia32_socketcall_unknown)
{
	CHECK_INT(socketcall(99, 0, 0, 0, 0), -EINVAL);
	EXPECT_NOTHING();
}
