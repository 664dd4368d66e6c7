/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing, and other calls on descriptors. */
#include "live/live.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* The bytes an event has of data without further options. */
#define SNAP 80

static char pattern[70000];

static const char *data(void)
{
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (char)(i * 7 + i / 251);
	return pattern;
}

static long file_with_data(size_t len)
{
	long fd = MUST(SYS(open, live_path("data"), O_RDWR | O_CREAT, 0600));

	CHECK_INT(SYS(write, fd, data(), len), len);
	SYS(lseek, fd, 0, 0);
	return fd;
}

static long null_fd(int flags)
{
	return MUST(SYS(open, "/dev/null", flags));
}

/* ---- read, write ---- */

ROW(read_some)
{
	long fd = file_with_data(10);
	char buf[100];

	CHECK_INT(CALL(read, fd, buf, sizeof(buf)), 10);
	EXPECT(SYSCALL_READ_X, INT(10), BYTES(pattern, 10), INT(fd), INT(sizeof(buf)));
}

/* The buffer is larger than what was read, and full of something else. */
ROW(read_capped)
{
	long fd = file_with_data(5000);
	char buf[8000];

	memset(buf, 'B', sizeof(buf));
	CHECK_INT(CALL(read, fd, buf, sizeof(buf)), 5000);
	EXPECT(SYSCALL_READ_X, INT(5000), BYTES(pattern, SNAP), INT(fd), INT(sizeof(buf)));
}

ROW(read_79)
{
	long fd = file_with_data(SNAP - 1);
	char buf[100];

	CALL(read, fd, buf, sizeof(buf));
	EXPECT(SYSCALL_READ_X, INT(SNAP - 1), BYTES(pattern, SNAP - 1), INT(fd), INT(100));
}

ROW(read_81)
{
	long fd = file_with_data(SNAP + 1);
	char buf[100];

	CALL(read, fd, buf, sizeof(buf));
	EXPECT(SYSCALL_READ_X, INT(SNAP + 1), BYTES(pattern, SNAP), INT(fd), INT(100));
}

ROW(read_end)
{
	long fd = null_fd(O_RDONLY);
	char buf[10] = "old";

	CHECK_INT(CALL(read, fd, buf, sizeof(buf)), 0);
	EXPECT(SYSCALL_READ_X, INT(0), NONE, INT(fd), INT(10));
}

ROW1(read_bad_fd, SYSCALL_READ_X, CALL(read, -1, pattern, 77), INT(-EBADF), NONE, INT(-1), INT(77))

ROW(read_bad_pointer)
{
	long fd = file_with_data(10);

	CHECK_INT(CALL(read, fd, BADPTR, 10), -EFAULT);
	EXPECT(SYSCALL_READ_X, INT(-EFAULT), NONE, INT(fd), INT(10));
}

ROW(write_some)
{
	long fd = null_fd(O_WRONLY);

	CHECK_INT(CALL(write, fd, "some text", 9), 9);
	EXPECT(SYSCALL_WRITE_X, INT(9), DATA("some text"), INT(fd), INT(9));
}

ROW(write_capped)
{
	long fd = null_fd(O_WRONLY);

	CHECK_INT(CALL(write, fd, data(), 60000), 60000);
	EXPECT(SYSCALL_WRITE_X, INT(60000), BYTES(pattern, SNAP), INT(fd), INT(60000));
}

ROW(write_nothing)
{
	long fd = null_fd(O_WRONLY);

	CHECK_INT(CALL(write, fd, "x", 0), 0);
	EXPECT(SYSCALL_WRITE_X, INT(0), NONE, INT(fd), INT(0));
}

/* What a failed write wanted to write is worth seeing. */
ROW1(write_bad_fd, SYSCALL_WRITE_X, CALL(write, -1, "lost", 4), INT(-EBADF), DATA("lost"), INT(-1),
     INT(4))
ROW1(write_bad_pointer, SYSCALL_WRITE_X, CALL(write, -1, BADPTR, 10), INT(-EBADF), NONE, INT(-1),
     INT(10))
/* A size that does not fit 32 bits. */
ROW1(write_huge_size, SYSCALL_WRITE_X, CALL(write, -1, WILDPTR, 0x100000007l), INT(-EBADF), NONE,
     INT(-1), INT(7))

/* Memory ends before the data does: what can be had is not known, so there is none. */
ROW(write_half_mapped)
{
	int pair[2];
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(page + 4096, 4096);
	memset(page + 4086, 'h', 10);
	CHECK_INT(pipe(pair), 0);
	CHECK_INT(CALL(write, pair[1], page + 4086, 20), -EFAULT);
	EXPECT(SYSCALL_WRITE_X, INT(-EFAULT), NONE, INT(pair[1]), INT(20));
}

ROW(pread64_ok)
{
	long fd = file_with_data(100);
	char buf[20];

	CHECK_INT(CALL(pread64, fd, buf, 20, 5), 20);
	EXPECT(SYSCALL_PREAD_X, INT(20), BYTES(pattern + 5, 20), INT(fd), INT(20), INT(5));
}

ROW1(pread64_bad, SYSCALL_PREAD_X, CALL(pread64, -1, NULL, 3, 0x123456789al), INT(-EBADF), NONE,
     INT(-1), INT(3), INT(0x123456789al))

ROW(pwrite64_ok)
{
	long fd = file_with_data(1);

	CHECK_INT(CALL(pwrite64, fd, "abc", 3, 0x10000), 3);
	EXPECT(SYSCALL_PWRITE_X, INT(3), DATA("abc"), INT(fd), INT(3), INT(0x10000));
}

ROW1(pwrite64_bad, SYSCALL_PWRITE_X, CALL(pwrite64, -1, "abc", 3, -1), INT(-EINVAL), DATA("abc"),
     INT(-1), INT(3), INT(-1))

/* ---- vectors ---- */

ROW(readv_ok)
{
	long fd = file_with_data(30);
	char a[10], b[50];
	struct iovec iov[] = { { a, sizeof(a) }, { NULL, 0 }, { b, sizeof(b) } };

	CHECK_INT(CALL(readv, fd, iov, 3), 30);
	EXPECT(SYSCALL_READV_X, INT(30), INT(30), BYTES(pattern, 30), INT(fd));
}

ROW(readv_capped)
{
	long fd = file_with_data(1000);
	char a[100], b[1000];
	struct iovec iov[] = { { a, sizeof(a) }, { b, sizeof(b) } };

	CHECK_INT(CALL(readv, fd, iov, 2), 1000);
	EXPECT(SYSCALL_READV_X, INT(1000), INT(1000), BYTES(pattern, SNAP), INT(fd));
}

ROW1(readv_bad, SYSCALL_READV_X, CALL(readv, -1, BADPTR, 2), INT(-EBADF), INT(0), NONE, INT(-1))

ROW(preadv_ok)
{
	long fd = file_with_data(30);
	char a[10];
	struct iovec iov[] = { { a, sizeof(a) } };

	CHECK_INT(CALL(preadv, fd, iov, 1, 4, 0), 10);
	EXPECT(SYSCALL_PREADV_X, INT(10), INT(10), BYTES(pattern + 4, 10), INT(fd), INT(4));
}

ROW1(preadv_bad, SYSCALL_PREADV_X, CALL(preadv, -1, NULL, 0, 9, 0), INT(-EBADF), INT(0), NONE,
     INT(-1), INT(9))

ROW(writev_ok)
{
	long fd = null_fd(O_WRONLY);
	struct iovec iov[] = { { "one ", 4 }, { NULL, 0 }, { "two", 3 } };

	CHECK_INT(CALL(writev, fd, iov, 3), 7);
	EXPECT(SYSCALL_WRITEV_X, INT(7), DATA("one two"), INT(fd), INT(7));
}

/* The data may lie in many pieces; those beyond the 32nd need not be shown. */
ROW(writev_pieces)
{
	long fd = null_fd(O_WRONLY);
	struct iovec iov[32];
	char want[32];

	data();
	for (int i = 0; i < 32; i++) {
		iov[i] = (struct iovec){ pattern + i, 1 };
		want[i] = pattern[i];
	}
	CHECK_INT(CALL(writev, fd, iov, 32), 32);
	EXPECT(SYSCALL_WRITEV_X, INT(32), BYTES(want, 32), INT(fd), INT(32));
}

ROW(writev_1024)
{
	long fd = null_fd(O_WRONLY);
	struct iovec iov[1024];

	for (int i = 0; i < 1024; i++)
		iov[i] = (struct iovec){ "0123456789", 10 };
	CHECK_INT(CALL(writev, fd, iov, 1024), 10240);
	EXPECT(SYSCALL_WRITEV_X, INT(10240),
	       DATA("012345678901234567890123456789012345678901234567890123456789012345678901234567"
		    "89"),
	       INT(fd), RANGE(320, 10240));
}

ROW(writev_too_many)
{
	long fd = null_fd(O_WRONLY);

	CHECK_INT(CALL(writev, fd, BADPTR, 100000), -EINVAL);
	EXPECT(SYSCALL_WRITEV_X, INT(-EINVAL), NONE, INT(fd), INT(0));
}

/* One piece cannot be read: the event has what lies before it, or nothing. */
ROW(writev_bad_piece)
{
	struct iovec iov[] = { { BADPTR, 4 }, { "x", 1 } };

	CALL(writev, -1, iov, 2);
	EXPECT(SYSCALL_WRITEV_X, INT(-EBADF), NONE, INT(-1), INT(5));
}

ROW(pwritev_ok)
{
	long fd = file_with_data(1);
	struct iovec iov[] = { { "abc", 3 }, { "def", 3 } };

	CHECK_INT(CALL(pwritev, fd, iov, 2, 100, 0), 6);
	EXPECT(SYSCALL_PWRITEV_X, INT(6), DATA("abcdef"), INT(fd), INT(6), INT(100));
}

ROW1(pwritev_bad, SYSCALL_PWRITEV_X, CALL(pwritev, -1, BADPTR, 1, 8, 0), INT(-EBADF), NONE, INT(-1),
     INT(0), INT(8))

/* ---- snap lengths ---- */

static void no_snap(struct eyas_live_opts *opts)
{
	opts->no_data = 1;
}

static void small_snap(struct eyas_live_opts *opts)
{
	opts->snap_bytes = 7;
}

static void large_snap(struct eyas_live_opts *opts)
{
	opts->snap_bytes = 65000;
}

static void write_and_read(size_t len, size_t snap)
{
	long fd = file_with_data(len);
	char *buf = malloc(len);
	struct iovec iov[] = { { pattern, len / 2 }, { pattern + len / 2, len - len / 2 } };

	CHECK_INT(CALL(read, fd, buf, len), len);
	EXPECT(SYSCALL_READ_X, INT(len), BYTES(pattern, snap), INT(fd), INT(len));
	CHECK_INT(CALL(pwrite64, fd, pattern, len, 1), len);
	EXPECT(SYSCALL_PWRITE_X, INT(len), BYTES(pattern, snap), INT(fd), INT(len), INT(1));
	CHECK_INT(CALL(writev, fd, iov, 2), len);
	EXPECT(SYSCALL_WRITEV_X, INT(len), BYTES(pattern, snap), INT(fd), INT(len));
}

ROW_WITH(snap_none, no_snap)
{
	write_and_read(100, 0);
}

ROW_WITH(snap_7, small_snap)
{
	write_and_read(100, 7);
}

ROW_WITH(snap_65000, large_snap)
{
	write_and_read(65500, 65000);
}

ROW_WITH(snap_65000_exact, large_snap)
{
	write_and_read(65000, 65000);
}

ROW_WITH(snap_65000_odd, large_snap)
{
	write_and_read(4097, 4097);
}

/* ---- copies inside the kernel ---- */

ROW(sendfile_offset)
{
	long in = file_with_data(100), out = null_fd(O_WRONLY), off = 7, n;

	n = CALL(sendfile, out, in, &off, 50);
	EXPECT(SYSCALL_SENDFILE_X, INT(n), INT(off), INT(out), INT(in), INT(50));
}

ROW(sendfile_no_offset)
{
	long in = file_with_data(100), out = null_fd(O_WRONLY), n;

	n = CALL(sendfile, out, in, NULL, 1000);
	EXPECT(SYSCALL_SENDFILE_X, INT(n), INT(0), INT(out), INT(in), INT(1000));
}

ROW1(sendfile_bad, SYSCALL_SENDFILE_X, CALL(sendfile, -1, -2, BADPTR, 5), INT(-EFAULT), INT(0),
     INT(-1), INT(-2), INT(5))

ROW(splice_ok)
{
	long fd = file_with_data(100);
	int pair[2];

	CHECK_INT(pipe(pair), 0);
	CHECK_INT(CALL(splice, fd, NULL, pair[1], NULL, 10, 1), 10);
	EXPECT(SYSCALL_SPLICE_X, INT(10), INT(fd), INT(pair[1]), INT(10), FLAGS("SPLICE_F_MOVE"));
}

ROW1(splice_bad, SYSCALL_SPLICE_X, CALL(splice, -1, NULL, -2, NULL, 9, 14), INT(-EBADF), INT(-1),
     INT(-2), INT(9), FLAGS("SPLICE_F_NONBLOCK|SPLICE_F_MORE|SPLICE_F_GIFT"))

ROW(copy_file_range_ok)
{
	long in = file_with_data(100), n;
	long out = MUST(SYS(open, live_path("out"), O_RDWR | O_CREAT, 0600));

	n = CALL(copy_file_range, in, NULL, out, NULL, 60, 0);
	EXPECT(SYSCALL_COPY_FILE_RANGE_X, INT(n), INT(out), INT(0), INT(in), INT(0), INT(60));
}

/* The offsets are what the call was given: addresses. */
ROW(copy_file_range_bad)
{
	long a = 1, b = 2;

	CALL(copy_file_range, -1, &a, -2, &b, 60, 0);
	EXPECT(SYSCALL_COPY_FILE_RANGE_X, INT(-EBADF), INT(-2), INT((long)&b), INT(-1),
	       INT((long)&a), INT(60));
}

/* ---- places and locks ---- */

ROW(lseek_set)
{
	long fd = file_with_data(10);

	CALL(lseek, fd, 0x123456789l, SEEK_SET);
	EXPECT(SYSCALL_LSEEK_X, INT(0x123456789l), INT(fd), INT(0x123456789l), FLAGS("SEEK_SET"));
}

ROW(lseek_end)
{
	long fd = file_with_data(10);

	CALL(lseek, fd, -3, SEEK_END);
	EXPECT(SYSCALL_LSEEK_X, INT(7), INT(fd), INT(-3), FLAGS("SEEK_END"));
}

ROW1(lseek_bad, SYSCALL_LSEEK_X, CALL(lseek, -1, 5, SEEK_CUR), INT(-EBADF), INT(-1), INT(5),
     FLAGS("SEEK_CUR"))

ROW(flock_ok)
{
	long fd = file_with_data(1);

	CALL(flock, fd, 2 | 4);
	EXPECT(SYSCALL_FLOCK_X, INT(0), INT(fd), FLAGS("LOCK_EX|LOCK_NB"));
	CALL(flock, fd, 8);
	EXPECT(SYSCALL_FLOCK_X, INT(0), INT(fd), FLAGS("LOCK_UN"));
}

ROW1(flock_bad, SYSCALL_FLOCK_X, CALL(flock, -1, 1), INT(-EBADF), INT(-1), FLAGS("LOCK_SH"))

/* ---- fcntl, ioctl, dup ---- */

ROW(fcntl_dupfd)
{
	long fd = null_fd(O_RDONLY), got = CALL(fcntl, fd, F_DUPFD, 50);

	EXPECT(SYSCALL_FCNTL_X, INT(got), INT(fd), FLAGS("F_DUPFD"), INT(50));
}

ROW(fcntl_dupfd_cloexec)
{
	long fd = null_fd(O_RDONLY), got = CALL(fcntl, fd, F_DUPFD_CLOEXEC, 60);

	EXPECT(SYSCALL_FCNTL_X, INT(got), INT(fd), FLAGS("F_DUPFD_CLOEXEC"), INT(60));
}

ROW(fcntl_setfd)
{
	long fd = null_fd(O_RDONLY);

	CALL(fcntl, fd, F_SETFD, FD_CLOEXEC);
	EXPECT(SYSCALL_FCNTL_X, INT(0), INT(fd), FLAGS("F_SETFD"), INT(1));
	CALL(fcntl, fd, F_GETFD, 0);
	EXPECT(SYSCALL_FCNTL_X, INT(1), INT(fd), FLAGS("F_GETFD"), INT(0));
}

ROW(fcntl_flags)
{
	long fd = null_fd(O_RDONLY), flags = CALL(fcntl, fd, F_GETFL, 0);

	EXPECT(SYSCALL_FCNTL_X, INT(flags), INT(fd), FLAGS("F_GETFL"), INT(0));
	CALL(fcntl, fd, F_SETFL, O_NONBLOCK);
	EXPECT(SYSCALL_FCNTL_X, INT(0), INT(fd), FLAGS("F_SETFL"), INT(O_NONBLOCK));
}

ROW(fcntl_lock)
{
	struct flock lock = { .l_type = F_WRLCK };
	long fd = file_with_data(10);

	CALL(fcntl, fd, F_SETLK, &lock);
	EXPECT(SYSCALL_FCNTL_X, INT(0), INT(fd), FLAGS("F_SETLK"), INT((long)&lock));
	CALL(fcntl, fd, F_GETLK, &lock);
	EXPECT(SYSCALL_FCNTL_X, INT(0), INT(fd), FLAGS("F_GETLK"), INT((long)&lock));
	lock = (struct flock){ .l_type = F_UNLCK };
	CALL(fcntl, fd, F_OFD_SETLK, &lock);
	EXPECT(SYSCALL_FCNTL_X, INT(0), INT(fd), FLAGS("F_OFD_SETLK"), INT((long)&lock));
}

ROW1(fcntl_unknown, SYSCALL_FCNTL_X, CALL(fcntl, 0, 5000, 7), INT(-EINVAL), INT(0),
     FLAGS("UNKNOWN"), INT(7))
ROW1(fcntl_bad_fd, SYSCALL_FCNTL_X, CALL(fcntl, -1, F_GETPIPE_SZ, 0), INT(-EBADF), INT(-1),
     FLAGS("F_GETPIPE_SZ"), INT(0))
ROW1(ioctl_bad, SYSCALL_IOCTL_3_X, CALL(ioctl, -1, 0x5401, 0x123456789abcl), INT(-EBADF), INT(-1),
     INT(0x5401), INT(0x123456789abcl))

ROW(ioctl_ok)
{
	int pair[2], n = 0;

	CHECK_INT(pipe(pair), 0);
	CALL(ioctl, pair[0], 0x541b, &n);
	EXPECT(SYSCALL_IOCTL_3_X, INT(0), INT(pair[0]), INT(0x541b), INT((long)&n));
}

ROW(dup_ok)
{
	long fd = null_fd(O_RDONLY), got = CALL(dup, fd);

	EXPECT(SYSCALL_DUP_1_X, INT(got), INT(fd));
}

ROW1(dup_bad, SYSCALL_DUP_1_X, CALL(dup, -1), INT(-EBADF), INT(-1))

ROW(dup2_ok)
{
	long fd = null_fd(O_RDONLY);

	CALL(dup2, fd, 77);
	EXPECT(SYSCALL_DUP2_X, INT(77), INT(fd), INT(77));
}

ROW1(dup2_bad, SYSCALL_DUP2_X, CALL(dup2, 0, -1), INT(-EBADF), INT(0), INT(-1))

ROW(dup3_ok)
{
	long fd = null_fd(O_RDONLY);

	CALL(dup3, fd, 78, O_CLOEXEC);
	EXPECT(SYSCALL_DUP3_X, INT(78), INT(fd), INT(78), FLAGS("O_CLOEXEC"));
}

ROW1(dup3_same, SYSCALL_DUP3_X, CALL(dup3, 0, 0, 0), INT(-EINVAL), INT(0), INT(0), INT(0))

/* ---- pipes ---- */

ROW(pipe_ok)
{
	int pair[2];

	CALL(pipe, pair);
	EXPECT(SYSCALL_PIPE_X, INT(0), INT(pair[0]), INT(pair[1]), INT(live_fino(pair[0])));
}

ROW1(pipe_bad, SYSCALL_PIPE_X, CALL(pipe, BADPTR), INT(-EFAULT), INT(-1), INT(-1), INT(0))

ROW(pipe2_ok)
{
	int pair[2];

	CALL(pipe2, pair, O_CLOEXEC | O_NONBLOCK);
	EXPECT(SYSCALL_PIPE2_X, INT(0), INT(pair[0]), INT(pair[1]), INT(live_fino(pair[0])),
	       FLAGS("O_CLOEXEC|O_NONBLOCK"));
}

ROW1(pipe2_bad, SYSCALL_PIPE2_X, CALL(pipe2, BADPTR, 0), INT(-EFAULT), INT(-1), INT(-1), INT(0),
     INT(0))

/* ---- waiting ---- */

ROW(poll_ok)
{
	int pair[2];
	struct pollfd fds[2];

	CHECK_INT(pipe(pair), 0);
	CHECK_INT(write(pair[1], "x", 1), 1);
	fds[0] = (struct pollfd){ pair[0], POLLIN, 0 };
	fds[1] = (struct pollfd){ pair[1], POLLOUT | POLLPRI, 0 };
	CHECK_INT(CALL(poll, fds, 2, 1000), 2);
	EXPECT(SYSCALL_POLL_X, INT(2), FDS(pair[0], 1, pair[1], 4), INT(1000));
}

ROW(poll_timeout)
{
	struct pollfd fds[] = { { -1, POLLIN, 0 } };

	CHECK_INT(CALL(poll, fds, 1, 1), 0);
	EXPECT(SYSCALL_POLL_X, INT(0), FDS(-1, 0), INT(1));
}

ROW(poll_17)
{
	struct pollfd fds[17];

	for (int i = 0; i < 17; i++)
		fds[i] = (struct pollfd){ -1 - i, POLLIN, 0 };
	CHECK_INT(CALL(poll, fds, 17, 0), 0);
	EXPECT(SYSCALL_POLL_X, INT(0),
	       FDS(-1, 0, -2, 0, -3, 0, -4, 0, -5, 0, -6, 0, -7, 0, -8, 0, -9, 0, -10, 0, -11, 0,
		   -12, 0, -13, 0, -14, 0, -15, 0, -16, 0),
	       INT(0));
}

ROW1(poll_none, SYSCALL_POLL_X, CALL(poll, NULL, 0, 0), INT(0), BYTES("\0", 2), INT(0))

ROW(ppoll_ok)
{
	int pair[2];
	struct pollfd fds[1];
	struct timespec time = { 1, 500 };
	uint64_t mask = 0x1200000034ul;

	CHECK_INT(pipe(pair), 0);
	fds[0] = (struct pollfd){ pair[1], POLLOUT, 0 };
	CHECK_INT(CALL(ppoll, fds, 1, &time, &mask, 8), 1);
	/* The kernel has left there what was left of the time. */
	EXPECT(SYSCALL_PPOLL_X, INT(1), FDS(pair[1], 4),
	       INT(time.tv_sec * 1000000000ll + time.tv_nsec), INT(0x34));
}

ROW1(select_none, SYSCALL_SELECT_X, CALL(select, 0, NULL, NULL, NULL, (void *)&pattern), INT(0))
ROW1(select_bad, SYSCALL_SELECT_X, CALL(select, -1, NULL, NULL, NULL, NULL), INT(-EINVAL))
