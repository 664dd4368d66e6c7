/* SPDX-License-Identifier: Apache-2.0 */
/* Calls on names: links, directories, owners, modes, mounts. */
#include "live/live.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *file_in(const char *name)
{
	return live_file(name, "");
}

static long dir_fd(void)
{
	return MUST(SYS(open, live_tmp(), O_RDONLY | O_DIRECTORY));
}

/* ---- links ---- */

ROW(link_ok)
{
	const char *a = file_in("a"), *b = live_path("b");

	CALL(link, a, b);
	EXPECT(SYSCALL_LINK_2_X, INT(0), STR(a), STR(b));
}

ROW1(link_missing, SYSCALL_LINK_2_X, CALL(link, "/no/such", "/no/new"), INT(-ENOENT),
     STR("/no/such"), STR("/no/new"))
ROW1(link_null, SYSCALL_LINK_2_X, CALL(link, NULL, "x"), INT(-EFAULT), NONE, STR("x"))
ROW1(link_bad_second, SYSCALL_LINK_2_X, CALL(link, "/etc", BADPTR), INT(-EFAULT), STR("/etc"), NONE)

ROW(linkat_ok)
{
	long fd = dir_fd();

	file_in("a");
	CALL(linkat, fd, "a", fd, "b", AT_SYMLINK_FOLLOW);
	EXPECT(SYSCALL_LINKAT_2_X, INT(0), INT(fd), STR("a"), INT(fd), STR("b"),
	       FLAGS("AT_SYMLINK_FOLLOW"));
}

ROW1(linkat_bad, SYSCALL_LINKAT_2_X, CALL(linkat, -1, "a", AT_FDCWD, NULL, AT_EMPTY_PATH),
     INT(-EBADF), INT(-1), STR("a"), INT(-100), NONE, FLAGS("AT_EMPTY_PATH"))

ROW(symlink_ok)
{
	const char *b = live_path("b");

	CALL(symlink, "any text", b);
	EXPECT(SYSCALL_SYMLINK_X, INT(0), STR("any text"), STR(b));
}

ROW1(symlink_null, SYSCALL_SYMLINK_X, CALL(symlink, NULL, NULL), INT(-EFAULT), NONE, NONE)
ROW1(symlinkat_bad, SYSCALL_SYMLINKAT_X, CALL(symlinkat, "t", -1, "b"), INT(-EBADF), STR("t"),
     INT(-1), STR("b"))

ROW(symlinkat_ok)
{
	long fd = dir_fd();

	CALL(symlinkat, "t", fd, "b");
	EXPECT(SYSCALL_SYMLINKAT_X, INT(0), STR("t"), INT(fd), STR("b"));
}

ROW(unlink_ok)
{
	const char *a = file_in("a");

	CALL(unlink, a);
	EXPECT(SYSCALL_UNLINK_2_X, INT(0), STR(a));
}

ROW1(unlink_missing, SYSCALL_UNLINK_2_X, CALL(unlink, "/no/such"), INT(-ENOENT), STR("/no/such"))
ROW1(unlink_wild, SYSCALL_UNLINK_2_X, CALL(unlink, WILDPTR), INT(-EFAULT), NONE)
ROW1(unlinkat_missing, SYSCALL_UNLINKAT_2_X, CALL(unlinkat, AT_FDCWD, "/no/such", 0), INT(-ENOENT),
     INT(-100), STR("/no/such"), INT(0))

ROW(unlinkat_dir)
{
	long fd = dir_fd();

	mkdir(live_path("d"), 0700);
	CALL(unlinkat, fd, "d", AT_REMOVEDIR);
	EXPECT(SYSCALL_UNLINKAT_2_X, INT(0), INT(fd), STR("d"), FLAGS("AT_REMOVEDIR"));
}

/* ---- renames ---- */

ROW(rename_ok)
{
	const char *a = file_in("a"), *b = live_path("b");

	CALL(rename, a, b);
	EXPECT(SYSCALL_RENAME_X, INT(0), STR(a), STR(b));
}

ROW1(rename_missing, SYSCALL_RENAME_X, CALL(rename, "/no/a", "/no/b"), INT(-ENOENT), STR("/no/a"),
     STR("/no/b"))
ROW1(rename_null, SYSCALL_RENAME_X, CALL(rename, BADPTR, NULL), INT(-EFAULT), NONE, NONE)

ROW(renameat_ok)
{
	long fd = dir_fd();

	file_in("a");
	CALL(renameat, fd, "a", fd, "b");
	EXPECT(SYSCALL_RENAMEAT_X, INT(0), INT(fd), STR("a"), INT(fd), STR("b"));
}

ROW1(renameat_bad, SYSCALL_RENAMEAT_X, CALL(renameat, -1, "a", -2, "b"), INT(-EBADF), INT(-1),
     STR("a"), INT(-2), STR("b"))

ROW(renameat2_exchange)
{
	const char *a = file_in("a"), *b = file_in("b");
	long ret = CALL(renameat2, AT_FDCWD, a, AT_FDCWD, b, 2);

	EXPECT(SYSCALL_RENAMEAT2_X, INT(ret), INT(-100), STR(a), INT(-100), STR(b),
	       FLAGS("RENAME_EXCHANGE"));
}

ROW1(renameat2_noreplace_missing, SYSCALL_RENAMEAT2_X,
     CALL(renameat2, AT_FDCWD, "/no/a", AT_FDCWD, "/no/b", 1), INT(-ENOENT), INT(-100),
     STR("/no/a"), INT(-100), STR("/no/b"), FLAGS("RENAME_NOREPLACE"))
ROW1(renameat2_whiteout_bad, SYSCALL_RENAMEAT2_X, CALL(renameat2, -1, NULL, -1, NULL, 6),
     INT(-EINVAL), INT(-1), NONE, INT(-1), NONE, FLAGS("RENAME_WHITEOUT|RENAME_EXCHANGE"))

/* ---- directories ---- */

ROW(mkdir_ok)
{
	const char *d = live_path("d");

	CALL(mkdir, d, 0751);
	EXPECT(SYSCALL_MKDIR_2_X, INT(0), STR(d), INT(0751));
}

ROW1(mkdir_exists, SYSCALL_MKDIR_2_X, CALL(mkdir, "/", 0777), INT(-EEXIST), STR("/"), INT(0777))
ROW1(mkdir_null, SYSCALL_MKDIR_2_X, CALL(mkdir, NULL, 0), INT(-EFAULT), NONE, INT(0))

ROW(mkdirat_ok)
{
	long fd = dir_fd();

	CALL(mkdirat, fd, "d", 0700);
	EXPECT(SYSCALL_MKDIRAT_X, INT(0), INT(fd), STR("d"), INT(0700));
}

ROW1(mkdirat_bad, SYSCALL_MKDIRAT_X, CALL(mkdirat, -1, "d", 0700), INT(-EBADF), INT(-1), STR("d"),
     INT(0700))

ROW(rmdir_ok)
{
	const char *d = live_path("d");

	mkdir(d, 0700);
	CALL(rmdir, d);
	EXPECT(SYSCALL_RMDIR_2_X, INT(0), STR(d));
}

ROW1(rmdir_busy, SYSCALL_RMDIR_2_X, CALL(rmdir, "/"), INT(-EBUSY), STR("/"))
ROW1(rmdir_bad, SYSCALL_RMDIR_2_X, CALL(rmdir, BADPTR), INT(-EFAULT), NONE)

ROW(chdir_ok)
{
	const char *path = live_tmp();

	CALL(chdir, path);
	EXPECT(SYSCALL_CHDIR_X, INT(0), STR(path));
}

ROW1(chdir_missing, SYSCALL_CHDIR_X, CALL(chdir, "/no/such"), INT(-ENOENT), STR("/no/such"))
ROW1(chdir_null, SYSCALL_CHDIR_X, CALL(chdir, NULL), INT(-EFAULT), NONE)

ROW(fchdir_ok)
{
	long fd = dir_fd();

	CALL(fchdir, fd);
	EXPECT(SYSCALL_FCHDIR_X, INT(0), INT(fd));
}

ROW1(fchdir_bad, SYSCALL_FCHDIR_X, CALL(fchdir, -1), INT(-EBADF), INT(-1))

ROW(chroot_ok)
{
	const char *path = live_tmp();

	CALL(chroot, path);
	EXPECT(SYSCALL_CHROOT_X, INT(0), STR(path));
}

ROW1(chroot_missing, SYSCALL_CHROOT_X, CALL(chroot, "/no/such"), INT(-ENOENT), STR("/no/such"))

ROW(getcwd_ok)
{
	const char *path = live_tmp();
	char buf[4096];

	MUST(SYS(chdir, path));
	CHECK_INT(CALL(getcwd, buf, sizeof(buf)), strlen(path) + 1);
	EXPECT(SYSCALL_GETCWD_X, INT(strlen(path) + 1), STR(path));
}

/* The name counts only when the call wrote it. */
ROW(getcwd_small)
{
	char buf[8] = "old";

	MUST(SYS(chdir, live_tmp()));
	CALL(getcwd, buf, 2);
	EXPECT(SYSCALL_GETCWD_X, INT(-ERANGE), NONE);
}

ROW(getdents64_ok)
{
	char buf[4096];
	long fd = dir_fd(), n = CALL(getdents64, fd, buf, sizeof(buf));

	EXPECT(SYSCALL_GETDENTS64_X, INT(n), INT(fd));
}

ROW(getdents_ok)
{
	char buf[4096];
	long fd = dir_fd(), n = CALL(getdents, fd, buf, sizeof(buf));

	EXPECT(SYSCALL_GETDENTS_X, INT(n), INT(fd));
}

ROW1(getdents64_bad, SYSCALL_GETDENTS64_X, CALL(getdents64, -1, NULL, 0), INT(-EBADF), INT(-1))
ROW1(getdents_bad, SYSCALL_GETDENTS_X, CALL(getdents, 70000, NULL, 0), INT(-EBADF), INT(70000))

/* ---- modes and owners ---- */

ROW(chmod_ok)
{
	const char *a = file_in("a");

	CALL(chmod, a, 04755);
	EXPECT(SYSCALL_CHMOD_X, INT(0), STR(a), INT(04755));
}

ROW1(chmod_missing, SYSCALL_CHMOD_X, CALL(chmod, "/no/such", 03421), INT(-ENOENT), STR("/no/such"),
     INT(03421))

ROW(fchmod_ok)
{
	long fd = MUST(SYS(open, file_in("a"), O_RDWR));

	CALL(fchmod, fd, 0644);
	EXPECT(SYSCALL_FCHMOD_X, INT(0), INT(fd), INT(0644));
}

ROW1(fchmod_bad, SYSCALL_FCHMOD_X, CALL(fchmod, -1, 0777), INT(-EBADF), INT(-1), INT(0777))

ROW(fchmodat_ok)
{
	long fd = dir_fd();

	file_in("a");
	CALL(fchmodat, fd, "a", 0600);
	EXPECT(SYSCALL_FCHMODAT_X, INT(0), INT(fd), STR("a"), INT(0600));
}

ROW1(fchmodat_bad, SYSCALL_FCHMODAT_X, CALL(fchmodat, -1, NULL, 0), INT(-EFAULT), INT(-1), NONE,
     INT(0))

ROW(chown_ok)
{
	const char *a = file_in("a");

	CALL(chown, a, 1, 2);
	EXPECT(SYSCALL_CHOWN_X, INT(0), STR(a), INT(1), INT(2));
}

ROW1(chown_missing, SYSCALL_CHOWN_X, CALL(chown, "/no/such", -1, 77), INT(-ENOENT), STR("/no/such"),
     INT(-1), INT(77))

ROW(lchown_ok)
{
	const char *a = file_in("a");

	CALL(lchown, a, 3, 4);
	EXPECT(SYSCALL_LCHOWN_X, INT(0), STR(a), INT(3), INT(4));
}

ROW1(lchown_null, SYSCALL_LCHOWN_X, CALL(lchown, NULL, 0, 0), INT(-EFAULT), NONE, INT(0), INT(0))

ROW(fchown_ok)
{
	long fd = MUST(SYS(open, file_in("a"), O_RDWR));

	CALL(fchown, fd, 5, 6);
	EXPECT(SYSCALL_FCHOWN_X, INT(0), INT(fd), INT(5), INT(6));
}

ROW1(fchown_bad, SYSCALL_FCHOWN_X, CALL(fchown, -1, 0, -1), INT(-EBADF), INT(-1), INT(0), INT(-1))

ROW(fchownat_ok)
{
	long fd = dir_fd();

	file_in("a");
	CALL(fchownat, fd, "a", 7, 8, AT_SYMLINK_NOFOLLOW);
	EXPECT(SYSCALL_FCHOWNAT_X, INT(0), INT(fd), STR("a"), INT(7), INT(8),
	       FLAGS("AT_SYMLINK_NOFOLLOW"));
}

ROW1(fchownat_bad, SYSCALL_FCHOWNAT_X, CALL(fchownat, -1, "a", 0, 0, AT_EMPTY_PATH), INT(-EBADF),
     INT(-1), STR("a"), INT(0), INT(0), FLAGS("AT_EMPTY_PATH"))

/* ---- nodes ---- */

ROW(mknod_fifo)
{
	const char *a = live_path("fifo");

	CALL(mknod, a, S_IFIFO | 0640, 0);
	EXPECT(SYSCALL_MKNOD_X, INT(0), STR(a), FLAGS("S_IFIFO|S_IRUSR|S_IWUSR|S_IRGRP"), INT(0));
}

ROW(mknod_device)
{
	const char *a = live_path("null");

	CALL(mknod, a, S_IFCHR | 0600, 0x103);
	EXPECT(SYSCALL_MKNOD_X, INT(0), STR(a), FLAGS("S_IFCHR|S_IRUSR|S_IWUSR"), INT(0x103));
}

ROW1(mknod_missing, SYSCALL_MKNOD_X, CALL(mknod, "/no/such", S_IFSOCK, 0), INT(-ENOENT),
     STR("/no/such"), FLAGS("S_IFSOCK"), INT(0))

ROW(mknodat_ok)
{
	long fd = dir_fd();

	CALL(mknodat, fd, "reg", S_IFREG | 0400, 0);
	EXPECT(SYSCALL_MKNODAT_X, INT(0), INT(fd), STR("reg"), FLAGS("S_IFREG|S_IRUSR"), INT(0));
}

ROW1(mknodat_bad, SYSCALL_MKNODAT_X, CALL(mknodat, -1, "b", S_IFBLK, 0x801), INT(-EBADF), INT(-1),
     STR("b"), FLAGS("S_IFBLK"), INT(0x801))

/* ---- stat and access ---- */

static struct stat st;

ROW1(stat_ok, SYSCALL_STAT_X, CALL(stat, "/", &st), INT(0), STR("/"))
ROW1(stat_missing, SYSCALL_STAT_X, CALL(stat, "/no/such", &st), INT(-ENOENT), STR("/no/such"))
ROW1(lstat_ok, SYSCALL_LSTAT_X, CALL(lstat, "/", &st), INT(0), STR("/"))
ROW1(lstat_null, SYSCALL_LSTAT_X, CALL(lstat, NULL, &st), INT(-EFAULT), NONE)
ROW1(fstat_bad, SYSCALL_FSTAT_X, CALL(fstat, -1, &st), INT(-EBADF), INT(-1))

ROW(fstat_ok)
{
	long fd = dir_fd();

	CALL(fstat, fd, &st);
	EXPECT(SYSCALL_FSTAT_X, INT(0), INT(fd));
}

ROW1(newfstatat_ok, SYSCALL_NEWFSTATAT_X, CALL(newfstatat, AT_FDCWD, "/", &st, AT_SYMLINK_NOFOLLOW),
     INT(0), INT(-100), STR("/"), FLAGS("AT_SYMLINK_NOFOLLOW"))
ROW1(newfstatat_bad, SYSCALL_NEWFSTATAT_X,
     CALL(newfstatat, -1, "", &st, AT_EMPTY_PATH | AT_NO_AUTOMOUNT), INT(-EBADF), INT(-1), STR(""),
     FLAGS("AT_EMPTY_PATH|AT_NO_AUTOMOUNT"))
ROW1(access_ok, SYSCALL_ACCESS_X, CALL(access, "/", R_OK | X_OK), INT(0), STR("/"),
     FLAGS("R_OK|X_OK"))
ROW1(access_exists, SYSCALL_ACCESS_X, CALL(access, "/no/such", F_OK), INT(-ENOENT), STR("/no/such"),
     INT(0))

/* ---- mounts ---- */

ROW(mount_tmpfs)
{
	const char *dir = live_tmp();

	MUST(SYS(unshare, 0x00020000));
	MUST(SYS(mount, "none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	CALL(mount, "eyas", dir, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL);
	EXPECT(SYSCALL_MOUNT_X, INT(0), STR("eyas"), STR(dir), STR("tmpfs"),
	       FLAGS("NOSUID|NODEV|NOEXEC|RDONLY"));
	CALL(umount2, dir, MNT_DETACH);
	EXPECT(SYSCALL_UMOUNT2_X, INT(0), STR(dir), FLAGS("DETACH"));
}

ROW1(mount_missing, SYSCALL_MOUNT_X, CALL(mount, NULL, "/no/such", NULL, MS_BIND | MS_REC, NULL),
     INT(-ENOENT), NONE, STR("/no/such"), NONE, FLAGS("BIND|REC"))
/* The magic number that old programs put into the flags is none of them. */
ROW1(mount_magic, SYSCALL_MOUNT_X,
     CALL(mount, "dev", "/no/such", "ext4", MS_MGC_VAL | MS_RDONLY, NULL), INT(-ENOENT), STR("dev"),
     STR("/no/such"), STR("ext4"), FLAGS("RDONLY"))
ROW1(mount_bad, SYSCALL_MOUNT_X, CALL(mount, BADPTR, BADPTR, BADPTR, 0, BADPTR), INT(-EFAULT), NONE,
     NONE, NONE, INT(0))

ROW(umount2_missing)
{
	long ret = CALL(umount2, "/no/such", MNT_FORCE | MNT_EXPIRE);

	EXPECT(SYSCALL_UMOUNT2_X, INT(ret), STR("/no/such"), FLAGS("FORCE|EXPIRE"));
}

ROW1(umount2_nofollow, SYSCALL_UMOUNT2_X, CALL(umount2, "/no/such", UMOUNT_NOFOLLOW), INT(-ENOENT),
     STR("/no/such"), FLAGS("NOFOLLOW"))

/* ---- fsconfig: the value is there when the call succeeded, in the form of the command ---- */

#ifndef __NR_fsconfig
#	define __NR_fsconfig 431
#endif

ROW1(fsconfig_flag, SYSCALL_FSCONFIG_X, CALL(fsconfig, -1, 0, "rw", NULL, 0), INT(-EINVAL), INT(-1),
     FLAGS("FSCONFIG_SET_FLAG"), STR("rw"), NONE, NONE, INT(0))

ROW(fsconfig_string)
{
	long fd = SYS(fsopen, "tmpfs", 0);
	long ret = CALL(fsconfig, fd, 1, "size", "1M", 0);

	EXPECT(SYSCALL_FSCONFIG_X, INT(ret), INT(fd), FLAGS("FSCONFIG_SET_STRING"), STR("size"),
	       NONE, STR("1M"), INT(0));
}

ROW(fsconfig_binary)
{
	long fd = SYS(fsopen, "tmpfs", 0);
	long ret = CALL(fsconfig, fd, 2, "blob", "\1\2\3", 3);

	EXPECT(SYSCALL_FSCONFIG_X, INT(ret), INT(fd), FLAGS("FSCONFIG_SET_BINARY"), STR("blob"),
	       NONE, NONE, INT(3));
}

ROW(fsconfig_path)
{
	long fd = SYS(fsopen, "tmpfs", 0);
	long ret = CALL(fsconfig, fd, 3, "key", "/dir", AT_FDCWD);

	EXPECT(SYSCALL_FSCONFIG_X, INT(ret), INT(fd), FLAGS("FSCONFIG_SET_PATH"), STR("key"), NONE,
	       NONE, INT(-100));
}

ROW(fsconfig_fd)
{
	long fd = SYS(fsopen, "tmpfs", 0);
	long ret = CALL(fsconfig, fd, 5, "key", NULL, fd);

	EXPECT(SYSCALL_FSCONFIG_X, INT(ret), INT(fd), FLAGS("FSCONFIG_SET_FD"), STR("key"), NONE,
	       NONE, INT(fd));
}

ROW(fsconfig_create)
{
	long fd = SYS(fsopen, "tmpfs", 0);
	long ret = CALL(fsconfig, fd, 6, NULL, NULL, 0);

	EXPECT(SYSCALL_FSCONFIG_X, INT(ret), INT(fd), FLAGS("FSCONFIG_CMD_CREATE"), NONE, NONE,
	       NONE, INT(0));
}
