/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing files, and what the open event says about them. */
#include "live/live.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- open ---- */

ROW(open_rdonly)
{
	const char *path = live_file("a", "text");
	long fd = MUST(CALL(open, path, O_RDONLY, 0777));

	EXPECT(SYSCALL_OPEN_X, INT(fd), STR(path), FLAGS("O_RDONLY"), INT(0), INT(live_dev(path)),
	       INT(live_ino(path)));
}

ROW(open_wronly_append_sync)
{
	const char *path = live_file("a", "text");
	long fd = MUST(CALL(open, path, O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_DSYNC, 0));

	EXPECT(SYSCALL_OPEN_X, INT(fd), STR(path),
	       FLAGS("O_WRONLY|O_APPEND|O_NONBLOCK|O_CLOEXEC|O_DSYNC|O_SYNC"), INT(0),
	       INT(live_dev(path)), INT(live_ino(path)));
}

/* The file was not there: the event says that it was created. */
ROW(open_creat_new)
{
	const char *path = live_path("new");
	long fd = MUST(CALL(open, path, O_RDWR | O_CREAT | O_EXCL, 0640));

	EXPECT(SYSCALL_OPEN_X, INT(fd), STR(path), FLAGS("O_RDWR|O_CREAT|O_EXCL|O_F_CREATED"),
	       INT(0640), INT(live_dev(path)), INT(live_ino(path)));
}

ROW(open_creat_old)
{
	const char *path = live_file("old", "x");
	long fd = MUST(CALL(open, path, O_RDWR | O_CREAT | O_TRUNC, 06751));

	EXPECT(SYSCALL_OPEN_X, INT(fd), STR(path), FLAGS("O_RDWR|O_CREAT|O_TRUNC"), INT(06751),
	       INT(live_dev(path)), INT(live_ino(path)));
}

ROW1(open_missing, SYSCALL_OPEN_X, CALL(open, "/no/such", O_RDWR | O_CREAT, 0600), INT(-ENOENT),
     STR("/no/such"), FLAGS("O_RDWR|O_CREAT"), INT(0600), INT(0), INT(0))
ROW1(open_null, SYSCALL_OPEN_X, CALL(open, NULL, O_RDONLY, 0), INT(-EFAULT), NONE,
     FLAGS("O_RDONLY"), INT(0), INT(0), INT(0))
ROW1(open_bad_pointer, SYSCALL_OPEN_X, CALL(open, BADPTR, O_RDONLY, 0), INT(-EFAULT), NONE,
     FLAGS("O_RDONLY"), INT(0), INT(0), INT(0))
ROW1(open_wild_pointer, SYSCALL_OPEN_X, CALL(open, WILDPTR, O_RDONLY, 0), INT(-EFAULT), NONE,
     FLAGS("O_RDONLY"), INT(0), INT(0), INT(0))
ROW1(open_empty_name, SYSCALL_OPEN_X, CALL(open, "", O_WRONLY, 0), INT(-ENOENT), STR(""),
     FLAGS("O_WRONLY"), INT(0), INT(0), INT(0))

/* O_TMPFILE has the bit of O_DIRECTORY in it, O_SYNC that of O_DSYNC: each brings the other. */
ROW(open_directory)
{
	const char *path = live_tmp();
	long fd = MUST(CALL(open, path, O_RDONLY | O_DIRECTORY, 0));

	EXPECT(SYSCALL_OPEN_X, INT(fd), STR(path), FLAGS("O_RDONLY|O_DIRECTORY|O_TMPFILE"), INT(0),
	       INT(live_dev(path)), INT(live_ino(path)));
}

/* Names end at 4096 bytes, the NUL included: the longest a kernel takes. */
static void open_long(size_t len, long result)
{
	char *name = malloc(len + 1);
	char want[4097];

	memset(name, 'n', len);
	for (size_t i = 0; i < len; i += 200)
		name[i] = '/';
	name[len] = '\0';
	memcpy(want, name, len < 4096 ? len : 4095);
	want[len < 4096 ? len : 4095] = '\0';
	CHECK_INT(CALL(open, name, O_RDONLY, 0), result);
	EXPECT(SYSCALL_OPEN_X, INT(result), STR(want), FLAGS("O_RDONLY"), INT(0), INT(0), INT(0));
}

ROW(open_name_4095)
{
	open_long(4095, -ENOENT);
}

ROW(open_name_4096)
{
	open_long(4096, -ENAMETOOLONG);
}

ROW(open_name_70000)
{
	open_long(70000, -ENAMETOOLONG);
}

/* Bytes are handed on as they are. */
ROW(open_hostile_name)
{
	char name[256] = "/no/";

	for (int i = 1; i < 250; i++)
		name[i + 3] = (char)i;
	name[253] = '\0';
	CALL(open, name, O_RDONLY, 0);
	EXPECT(SYSCALL_OPEN_X, INT(-ENOENT), STR(name), FLAGS("O_RDONLY"), INT(0), INT(0), INT(0));
}

/* The name ends where memory does. */
ROW(open_name_at_end_of_page)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(page + 4096, 4096);
	strcpy(page + 4096 - 9, "/no/such");
	CALL(open, page + 4096 - 9, O_RDONLY, 0);
	EXPECT(SYSCALL_OPEN_X, INT(-ENOENT), STR("/no/such"), FLAGS("O_RDONLY"), INT(0), INT(0),
	       INT(0));
}

/* The first descriptor is as good as any other. */
ROW(open_fd_0)
{
	const char *path = live_file("a", "text");

	close(0);
	CHECK_INT(CALL(open, path, O_RDONLY, 0), 0);
	EXPECT(SYSCALL_OPEN_X, INT(0), STR(path), FLAGS("O_RDONLY"), INT(0), INT(live_dev(path)),
	       INT(live_ino(path)));
}

/* ---- openat ---- */

ROW(openat_dirfd)
{
	const char *path = live_file("a", "text");
	long dirfd = MUST(SYS(open, live_tmp(), O_RDONLY | O_DIRECTORY));
	long fd = MUST(CALL(openat, dirfd, "a", O_RDWR, 0));

	EXPECT(SYSCALL_OPENAT_2_X, INT(fd), INT(dirfd), STR("a"), FLAGS("O_RDWR"), INT(0),
	       INT(live_dev(path)), INT(live_ino(path)));
}

ROW(openat_cwd)
{
	const char *path = live_file("a", "text");
	long fd = MUST(CALL(openat, AT_FDCWD, path, O_RDONLY, 0));

	EXPECT(SYSCALL_OPENAT_2_X, INT(fd), INT(-100), STR(path), FLAGS("O_RDONLY"), INT(0),
	       INT(live_dev(path)), INT(live_ino(path)));
}

ROW(openat_creat)
{
	const char *path = live_path("new");
	long fd = MUST(CALL(openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));

	EXPECT(SYSCALL_OPENAT_2_X, INT(fd), INT(-100), STR(path),
	       FLAGS("O_WRONLY|O_CREAT|O_CLOEXEC|O_F_CREATED"), INT(0600), INT(live_dev(path)),
	       INT(live_ino(path)));
}

ROW(openat_tmpfile)
{
	const char *path = live_tmp();
	long fd = CALL(openat, AT_FDCWD, path, O_RDWR | O_TMPFILE, 0600);

	if (fd == -EOPNOTSUPP) {
		EXPECT(SYSCALL_OPENAT_2_X, INT(fd), INT(-100), STR(path),
		       FLAGS("O_RDWR|O_TMPFILE|O_DIRECTORY"), INT(0600), INT(0), INT(0));
		return;
	}
	MUST(fd);
	EXPECT(SYSCALL_OPENAT_2_X, INT(fd), INT(-100), STR(path),
	       FLAGS("O_RDWR|O_TMPFILE|O_DIRECTORY"), INT(0600), INT(live_fdev((int)fd)),
	       INT(live_fino((int)fd)));
}

ROW1(openat_missing, SYSCALL_OPENAT_2_X, CALL(openat, AT_FDCWD, "/no/such", O_RDONLY, 0),
     INT(-ENOENT), INT(-100), STR("/no/such"), FLAGS("O_RDONLY"), INT(0), INT(0), INT(0))
ROW1(openat_bad_dirfd, SYSCALL_OPENAT_2_X, CALL(openat, -5, "rel", O_RDONLY, 0), INT(-EBADF),
     INT(-5), STR("rel"), FLAGS("O_RDONLY"), INT(0), INT(0), INT(0))
ROW1(openat_bad_pointer, SYSCALL_OPENAT_2_X, CALL(openat, 4, BADPTR, O_RDWR | O_CREAT, 0200),
     INT(-EFAULT), INT(4), NONE, FLAGS("O_RDWR|O_CREAT"), INT(0200), INT(0), INT(0))
/* The kernel looks at 32 bits of a descriptor. */
ROW1(openat_wide_dirfd, SYSCALL_OPENAT_2_X,
     CALL(openat, 0x7fffffffffffff9cl, "/no/such", O_RDONLY, 0), INT(-ENOENT), INT(-100),
     STR("/no/such"), FLAGS("O_RDONLY"), INT(0), INT(0), INT(0))

/* ---- openat2 ---- */

ROW(openat2)
{
	const char *path = live_file("a", "text");
	long dirfd = MUST(SYS(open, live_tmp(), O_RDONLY | O_DIRECTORY));
	struct open_how how = { .flags = O_RDWR | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	long fd = MUST(CALL(openat2, dirfd, "a", &how, sizeof(how)));

	EXPECT(SYSCALL_OPENAT2_X, INT(fd), INT(dirfd), STR("a"), FLAGS("O_RDWR|O_CLOEXEC"), INT(0),
	       FLAGS("RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS"), INT(live_dev(path)),
	       INT(live_ino(path)));
}

ROW(openat2_creat)
{
	const char *path = live_path("new");
	struct open_how how = { .flags = O_RDWR | O_CREAT, .mode = 0604 };
	long fd = MUST(CALL(openat2, AT_FDCWD, path, &how, sizeof(how)));

	EXPECT(SYSCALL_OPENAT2_X, INT(fd), INT(-100), STR(path),
	       FLAGS("O_RDWR|O_CREAT|O_F_CREATED"), INT(0604), INT(0), INT(live_dev(path)),
	       INT(live_ino(path)));
}

ROW(openat2_escape)
{
	long dirfd = MUST(SYS(open, live_tmp(), O_RDONLY | O_DIRECTORY));
	struct open_how how = { .flags = O_RDONLY,
				.resolve = RESOLVE_BENEATH | RESOLVE_IN_ROOT |
					   RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV };

	CHECK_INT(CALL(openat2, dirfd, "../x", &how, sizeof(how)), -EINVAL);
	EXPECT(SYSCALL_OPENAT2_X, INT(-EINVAL), INT(dirfd), STR("../x"), FLAGS("O_RDONLY"), INT(0),
	       FLAGS("RESOLVE_BENEATH|RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS|RESOLVE_NO_XDEV"),
	       INT(0), INT(0));
}

ROW1(openat2_bad_pointers, SYSCALL_OPENAT2_X, CALL(openat2, -100, BADPTR, BADPTR, 24), INT(-EFAULT),
     INT(-100), NONE, FLAGS("O_RDONLY"), INT(0), INT(0), INT(0), INT(0))

/* ---- creat ---- */

ROW(creat_new)
{
	const char *path = live_path("new");
	long fd = MUST(CALL(creat, path, 0660));

	EXPECT(SYSCALL_CREAT_X, INT(fd), STR(path), INT(0660), INT(live_dev(path)),
	       INT(live_ino(path)), INT(0));
}

ROW1(creat_missing, SYSCALL_CREAT_X, CALL(creat, "/no/such", 0644), INT(-ENOENT), STR("/no/such"),
     INT(0644), INT(0), INT(0), INT(0))
ROW1(creat_null, SYSCALL_CREAT_X, CALL(creat, NULL, 0), INT(-EFAULT), NONE, INT(0), INT(0), INT(0),
     INT(0))

/* ---- open_by_handle_at ---- */

ROW(open_by_handle_at)
{
	const char *path = live_file("a", "text");
	struct {
		struct file_handle head;
		unsigned char bytes[128];
	} handle = { .head.handle_bytes = 128 };
	long mount_fd = MUST(SYS(open, live_tmp(), O_RDONLY | O_DIRECTORY));
	int mount_id;
	long fd, ret = SYS(name_to_handle_at, AT_FDCWD, path, &handle, &mount_id, 0);

	if (ret == -EOPNOTSUPP)
		live_skip("the file system of /tmp has no handles");
	MUST(ret);
	fd = MUST(CALL(open_by_handle_at, mount_fd, &handle, O_RDWR));
	EXPECT(SYSCALL_OPEN_BY_HANDLE_AT_X, INT(fd), INT(mount_fd), FLAGS("O_RDWR"), STR(path),
	       INT(live_dev(path)), INT(live_ino(path)));
}

ROW(open_by_handle_at_bad)
{
	long ret = CALL(open_by_handle_at, -1, BADPTR, O_RDONLY);

	/* Some kernels look at the descriptor first, some at the handle. */
	CHECK(ret == -EBADF || ret == -EFAULT);
	EXPECT(SYSCALL_OPEN_BY_HANDLE_AT_X, INT(ret), INT(-1), FLAGS("O_RDONLY"), NONE, INT(0),
	       INT(0));
}

/* ---- close ---- */

ROW(close_ok)
{
	long fd = MUST(SYS(open, "/", O_RDONLY));

	CALL(close, fd);
	EXPECT(SYSCALL_CLOSE_X, INT(0), INT(fd));
}

ROW1(close_bad, SYSCALL_CLOSE_X, CALL(close, 100000), INT(-EBADF), INT(100000))
ROW1(close_negative, SYSCALL_CLOSE_X, CALL(close, -2), INT(-EBADF), INT(-2))
ROW1(close_int_min, SYSCALL_CLOSE_X, CALL(close, 0x80000000l), INT(-EBADF), INT(-2147483647l - 1))

ROW1(close_range_none, SYSCALL_CLOSE_RANGE_X, CALL(close_range, 5000, 5010, 4), INT(0), INT(5000),
     INT(5010), FLAGS("CLOSE_RANGE_CLOEXEC"))
ROW1(close_range_unshare, SYSCALL_CLOSE_RANGE_X, CALL(close_range, 5000, -1, 2), INT(0), INT(5000),
     INT(-1), FLAGS("CLOSE_RANGE_UNSHARE"))
ROW1(close_range_wrong, SYSCALL_CLOSE_RANGE_X, CALL(close_range, 9, 3, 0), INT(-EINVAL), INT(9),
     INT(3), INT(0))
