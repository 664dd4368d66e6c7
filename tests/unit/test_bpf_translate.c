/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw flags in, portable values and their names out. One row adds a case; a parameter with names
 * and without a row is a failure.
 */
#include "unit/harness.h"

#include <eyas/event.h>

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <asm/poll.h>
#include <asm/socket.h>
#include <linux/fcntl.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/ptrace.h>
#include <linux/quota.h>
#include <linux/sched.h>
#include <linux/sem.h>

#include "capture/bpf_translate.h"
#include "schema/ids.h"

/* Of linux/close_range.h, which is younger than some headers. */
enum { CLOSE_RANGE_UNSHARE_RAW = 1 << 1, CLOSE_RANGE_CLOEXEC_RAW = 1 << 2 };

/* ---- an event with one or two values in it ---- */

struct sample {
	struct eyas_event event;
	uint8_t bytes[512];
	size_t len;
};

static void put(struct eyas_encoder *enc, const struct eyas_param_info *param, uint32_t value)
{
	if (eyas_type_info(param->type)->kind == EYAS_KIND_SINT)
		eyas_put_int(enc, (int32_t)value);
	else
		eyas_put_uint(enc, value);
}

static int param_index(unsigned type, const char *name)
{
	const struct eyas_event_info *info = eyas_event_info(type);
	int i;

	for (i = 0; i < info->nparams; i++)
		if (!strcmp(info->params[i].name, name))
			return i;
	test_fail(__FILE__, __LINE__, "%s has no %s", info->constant, name);
}

/* Strings stand in front of the values as in true events; all other parameters are missing. */
static void make(struct sample *sample, unsigned type, int at, uint32_t value, int before_at,
		 uint32_t before)
{
	const struct eyas_event_info *info = eyas_event_info(type);
	struct eyas_encoder enc;
	int i, len;

	eyas_encoder_begin(&enc, sample->bytes, sizeof(sample->bytes), type, 1, 2);
	for (i = 0; i < info->nparams; i++) {
		unsigned kind = eyas_type_info(info->params[i].type)->kind;

		if (i == at)
			put(&enc, &info->params[i], value);
		else if (i == before_at)
			put(&enc, &info->params[i], before);
		else if (kind == EYAS_KIND_STRING)
			eyas_put_str(&enc, "/a/path");
		else
			eyas_put_missing(&enc);
	}
	len = eyas_encoder_end(&enc);
	if (len < 0)
		test_fail(__FILE__, __LINE__, "%s %s: %d", info->constant, info->params[at].name,
			  len);
	sample->len = (size_t)len;
	CHECK_INT(eyas_event_view(sample->bytes, sample->len, &sample->event, NULL), 0);
}

static const struct eyas_bpf_translator *translator(void)
{
	static struct eyas_bpf_translator tr;
	static bool made;

	if (!made)
		eyas_bpf_translator_init(&tr);
	made = true;
	return &tr;
}

static void translate(struct sample *sample)
{
	eyas_bpf_translate(translator(), &sample->event, sample->bytes);
}

static uint32_t value_of(const struct sample *sample, int at)
{
	struct eyas_param param;

	CHECK_INT(eyas_event_param(&sample->event, (unsigned)at, &param), 1);
	if (eyas_type_info(param.info->type)->kind == EYAS_KIND_SINT) {
		int64_t value;

		CHECK_INT(eyas_param_int(&param, &value), 0);
		return (uint32_t)value;
	} else {
		uint64_t value;

		CHECK_INT(eyas_param_uint(&param, &value), 0);
		return (uint32_t)value;
	}
}

/* ---- what becomes of each ---- */

struct row {
	uint16_t type;
	const char *param;
	uint32_t raw, portable;
	const char *text;
	const char *before; /* another parameter, on which this one depends, and its raw value */
	uint32_t before_raw;
};

#define X(event) EYAS_EV_##event

/* clang-format off */
static const struct row rows[] = {
	/* Access modes are numbers, not bits. */
	{ X(SYSCALL_OPEN_X), "flags", O_RDONLY, 0x1, "O_RDONLY", NULL, 0 },
	{ X(SYSCALL_OPEN_X), "flags", O_WRONLY, 0x2, "O_WRONLY", NULL, 0 },
	{ X(SYSCALL_OPEN_X), "flags", O_RDWR, 0x3, "O_RDWR", NULL, 0 },
	{ X(SYSCALL_OPEN_X), "flags", O_ACCMODE, 0x1, "O_RDONLY", NULL, 0 },
	{ X(SYSCALL_OPEN_X), "flags", O_WRONLY | O_CREAT | O_EXCL | O_TRUNC | O_APPEND, 0x12e,
	  "O_TRUNC|O_EXCL|O_APPEND|O_CREAT|O_WRONLY", NULL, 0 },
	{ X(SYSCALL_OPEN_X), "flags", O_NONBLOCK | O_DIRECT | O_LARGEFILE | O_CLOEXEC, 0x1a41,
	  "O_LARGEFILE|O_DIRECT|O_NONBLOCK|O_RDONLY|O_CLOEXEC", NULL, 0 },
	{ X(SYSCALL_OPEN_X), "flags", O_DSYNC, 0x91, "O_SYNC|O_DSYNC|O_RDONLY", NULL, 0 },
	{ X(SYSCALL_OPEN_X), "flags", O_SYNC | O_RDWR, 0x93, "O_SYNC|O_DSYNC|O_RDWR", NULL, 0 },
	{ X(SYSCALL_OPEN_X), "flags", O_TMPFILE | O_RDWR, 0x2403, "O_DIRECTORY|O_RDWR|O_TMPFILE",
	  NULL, 0 },
	/* What a recording of the reference probe has for opendir(). */
	{ X(SYSCALL_OPENAT_2_X), "flags", O_NONBLOCK | O_CLOEXEC | O_DIRECTORY, 13377,
	  "O_DIRECTORY|O_NONBLOCK|O_RDONLY|O_CLOEXEC|O_TMPFILE", NULL, 0 },
	{ X(SYSCALL_OPENAT_2_X), "flags", O_NOFOLLOW | O_NOATIME | O_PATH | O_NOCTTY | 0x1c000000,
	  0x1, "O_RDONLY", NULL, 0 },
	{ X(SYSCALL_OPENAT_2_X), "flags", EYAS_WIRE_O_CREATED | O_CREAT | O_RDWR, 16391,
	  "O_CREAT|O_RDWR|O_F_CREATED", NULL, 0 },
	{ X(SYSCALL_OPENAT_2_X), "flags", EYAS_WIRE_O_UPPER_LAYER, 0x8001,
	  "O_RDONLY|FD_UPPER_LAYER", NULL, 0 },
	{ X(SYSCALL_OPENAT_2_X), "flags", EYAS_WIRE_O_LOWER_LAYER, 0x10001,
	  "O_RDONLY|FD_LOWER_LAYER", NULL, 0 },
	{ X(SYSCALL_OPEN_E), "flags", O_CREAT, 0x5, "O_CREAT|O_RDONLY", NULL, 0 },
	{ X(SYSCALL_OPENAT_2_E), "flags", O_CREAT, 0x5, "O_CREAT|O_RDONLY", NULL, 0 },
	{ X(SYSCALL_OPENAT2_E), "flags", O_CREAT, 0x5, "O_CREAT|O_RDONLY", NULL, 0 },
	{ X(SYSCALL_OPENAT2_X), "flags", O_APPEND | O_WRONLY, 0xa, "O_APPEND|O_WRONLY", NULL, 0 },
	{ X(SYSCALL_OPEN_BY_HANDLE_AT_X), "flags", O_RDONLY, 0x1, "O_RDONLY", NULL, 0 },

	{ X(SYSCALL_OPEN_X), "mode", 0100644, 0644, "", "flags", O_CREAT | O_WRONLY },
	{ X(SYSCALL_OPEN_X), "mode", 0644, 0, "", "flags", O_WRONLY | O_TRUNC },
	{ X(SYSCALL_OPEN_X), "mode", 07600, 07600, "", "flags", O_TMPFILE | O_RDWR },
	{ X(SYSCALL_OPEN_E), "mode", 0644, 0644, "", "flags", O_CREAT },
	{ X(SYSCALL_OPEN_E), "mode", 0644, 0, "", "flags", O_EXCL },
	{ X(SYSCALL_OPENAT_2_X), "mode", 0644, 0644, "", "flags", O_CREAT },
	{ X(SYSCALL_OPENAT_2_X), "mode", 0644, 0, "", "flags", O_RDWR },
	{ X(SYSCALL_OPENAT_2_E), "mode", 0644, 0644, "", "flags", O_CREAT },
	{ X(SYSCALL_OPENAT_2_E), "mode", 0644, 0, "", "flags", O_RDWR },
	{ X(SYSCALL_OPENAT2_X), "mode", 0644, 0644, "", "flags", O_CREAT },
	{ X(SYSCALL_OPENAT2_X), "mode", 0644, 0, "", "flags", O_RDWR },
	{ X(SYSCALL_OPENAT2_E), "mode", 0644, 0644, "", "flags", O_CREAT },
	{ X(SYSCALL_OPENAT2_E), "mode", 0644, 0, "", "flags", O_RDWR },
	{ X(SYSCALL_CREAT_X), "mode", 0104755, 04755, "", NULL, 0 },
	{ X(SYSCALL_CREAT_E), "mode", 0104755, 04755, "", NULL, 0 },

	{ X(SYSCALL_OPENAT2_X), "resolve", RESOLVE_BENEATH, 0x1, "RESOLVE_BENEATH", NULL, 0 },
	{ X(SYSCALL_OPENAT2_X), "resolve", RESOLVE_IN_ROOT, 0x2, "RESOLVE_IN_ROOT", NULL, 0 },
	{ X(SYSCALL_OPENAT2_X), "resolve", RESOLVE_NO_MAGICLINKS, 0x4, "RESOLVE_NO_MAGICLINKS",
	  NULL, 0 },
	{ X(SYSCALL_OPENAT2_X), "resolve", RESOLVE_NO_SYMLINKS, 0x8, "RESOLVE_NO_SYMLINKS", NULL, 0 },
	{ X(SYSCALL_OPENAT2_X), "resolve", RESOLVE_NO_XDEV, 0x10, "RESOLVE_NO_XDEV", NULL, 0 },
	{ X(SYSCALL_OPENAT2_X), "resolve", RESOLVE_CACHED | 0x1000, 0x20, "RESOLVE_CACHED", NULL, 0 },
	{ X(SYSCALL_OPENAT2_E), "resolve", RESOLVE_NO_XDEV, 0x10, "RESOLVE_NO_XDEV", NULL, 0 },

	/* Descriptors. What the four programs send that know better is left alone. */
	{ X(SOCKET_SOCKET_X), "flags", 1 | O_NONBLOCK, 0x40, "O_NONBLOCK", NULL, 0 },
	{ X(SOCKET_SOCKET_X), "flags", 524290, 0x1000, "O_CLOEXEC", NULL, 0 },
	{ X(SOCKET_SOCKET_X), "flags", 3, 0, "O_NONE", NULL, 0 },
	{ X(SOCKET_ACCEPT4_6_X), "flags", O_NONBLOCK | O_CLOEXEC, 0x1040, "", NULL, 0 },
	{ X(SOCKET_ACCEPT4_6_X), "flags", 0, 0, "", NULL, 0 },
	{ X(SYSCALL_DUP3_X), "flags", O_CLOEXEC | O_NONBLOCK, 0x1000, "O_CLOEXEC", NULL, 0 },
	{ X(SYSCALL_PIPE2_X), "flags", O_CLOEXEC | O_DIRECT | O_NONBLOCK, 0x1240,
	  "O_DIRECT|O_NONBLOCK|O_CLOEXEC", NULL, 0 },
	{ X(SYSCALL_PIPE2_X), "flags", (uint32_t)-1, 0, "O_NONE", NULL, 0 },
	{ X(SYSCALL_EVENTFD2_X), "flags", 0x1040, 0x1040, "O_NONBLOCK|O_CLOEXEC", NULL, 0 },
	{ X(SYSCALL_SIGNALFD4_X), "flags", 0x1000, 0x1000, "O_CLOEXEC", NULL, 0 },
	{ X(SYSCALL_INOTIFY_INIT1_X), "flags", 0x40, 0x40, "O_NONBLOCK", NULL, 0 },
	{ X(SYSCALL_USERFAULTFD_X), "flags", O_CLOEXEC, O_CLOEXEC, "", NULL, 0 },
	{ X(SYSCALL_EPOLL_CREATE1_X), "flags", O_CLOEXEC | 1, 0x1, "EPOLL_CLOEXEC", NULL, 0 },
	{ X(SYSCALL_PIDFD_OPEN_X), "flags", O_NONBLOCK | 1, 0x1, "PIDFD_NONBLOCK", NULL, 0 },
	{ X(SYSCALL_MEMFD_CREATE_X), "flags", MFD_CLOEXEC, 0x1, "MFD_CLOEXEC", NULL, 0 },
	{ X(SYSCALL_MEMFD_CREATE_X), "flags", MFD_ALLOW_SEALING | MFD_HUGETLB | 0x5000 << 16, 0x6,
	  "MFD_ALLOW_SEALING|MFD_HUGETLB", NULL, 0 },
	{ X(SYSCALL_CREAT_X), "creat_flags", 0x2, 0x2, "FD_LOWER_LAYER_CREAT", NULL, 0 },
	{ X(SYSCALL_CLOSE_RANGE_X), "flags", CLOSE_RANGE_UNSHARE_RAW, 0x2, "CLOSE_RANGE_UNSHARE",
	  NULL, 0 },
	{ X(SYSCALL_CLOSE_RANGE_X), "flags", CLOSE_RANGE_CLOEXEC_RAW | 0x11, 0x4,
	  "CLOSE_RANGE_CLOEXEC", NULL, 0 },

	/* fcntl: commands that do not fit come packed. */
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_DUPFD), 0x1, "F_DUPFD", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_GETFD), 0x2, "F_GETFD", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_SETFD), 0x3, "F_SETFD", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_GETFL), 0x4, "F_GETFL", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_SETFL), 0x5, "F_SETFL", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(5), 0x6, "F_GETLK", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(6), 0x8, "F_SETLK", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(7), 0x9, "F_SETLKW", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_SETOWN), 0xa, "F_SETOWN", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_GETOWN), 0xc, "F_GETOWN", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_SETSIG), 0xd, "F_SETSIG", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_GETSIG), 0xf, "F_GETSIG", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(12), 0x11, "F_GETLK64", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(13), 0x12, "F_SETLK64", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(14), 0x13, "F_SETLKW64", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_SETOWN_EX), 0x15, "F_SETOWN_EX", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_GETOWN_EX), 0x16, "F_GETOWN_EX", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_SETLEASE), 0x17, "F_SETLEASE", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_GETLEASE), 0x18, "F_GETLEASE", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_CANCELLK), 0x19, "F_CANCELLK", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_DUPFD_CLOEXEC), 0x1a, "F_DUPFD_CLOEXEC",
	  NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_NOTIFY), 0x1b, "F_NOTIFY", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_SETPIPE_SZ), 0x1c, "F_SETPIPE_SZ", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_GETPIPE_SZ), 0x1d, "F_GETPIPE_SZ", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_OFD_GETLK), 0x1e, "F_OFD_GETLK", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_OFD_SETLK), 0x1f, "F_OFD_SETLK", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_OFD_SETLKW), 0x20, "F_OFD_SETLKW", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(F_ADD_SEALS), 0, "UNKNOWN", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(0x10000), 0, "UNKNOWN", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(0x43f), 0, "UNKNOWN", NULL, 0 },
	{ X(SYSCALL_FCNTL_X), "cmd", EYAS_WIRE_FCNTL(-1), 0, "UNKNOWN", NULL, 0 },

	/* Paths and modes. */
	{ X(SYSCALL_ACCESS_X), "mode", 0, 0, "F_OK", NULL, 0 },
	{ X(SYSCALL_ACCESS_X), "mode", 7, 7, "R_OK|W_OK|X_OK", NULL, 0 },
	{ X(SYSCALL_ACCESS_X), "mode", 0x12, 0x2, "W_OK", NULL, 0 },
	{ X(SYSCALL_CHMOD_X), "mode", 0104640, 04640, "S_IRGRP|S_IWUSR|S_IRUSR|S_ISUID", NULL, 0 },
	{ X(SYSCALL_FCHMOD_X), "mode", 01001, 01001, "S_IXOTH|S_ISVTX", NULL, 0 },
	{ X(SYSCALL_FCHMODAT_X), "mode", 02000, 02000, "S_ISGID", NULL, 0 },
	{ X(SYSCALL_MKNOD_X), "mode", 0600, 0100600, "S_IWUSR|S_IRUSR|S_IFREG", NULL, 0 },
	{ X(SYSCALL_MKNOD_X), "mode", 0100600, 0100600, "S_IWUSR|S_IRUSR|S_IFREG", NULL, 0 },
	{ X(SYSCALL_MKNOD_X), "mode", 0020600, 0020600, "S_IWUSR|S_IRUSR|S_IFCHR", NULL, 0 },
	{ X(SYSCALL_MKNOD_X), "mode", 0040600, 0600, "S_IWUSR|S_IRUSR", NULL, 0 },
	{ X(SYSCALL_MKNOD_X), "mode", 0200000, 0100000, "S_IFREG", NULL, 0 },
	{ X(SYSCALL_MKNODAT_X), "mode", 0010600, 0010600, "S_IWUSR|S_IRUSR|S_IFIFO", NULL, 0 },
	{ X(SYSCALL_MKNODAT_X), "mode", 0140600, 0140600, NULL, NULL, 0 },
	{ X(SYSCALL_MKNODAT_X), "mode", 0060600, 0060600, NULL, NULL, 0 },
	{ X(SYSCALL_UNLINKAT_2_X), "flags", AT_REMOVEDIR | 0x1, 0x200, "AT_REMOVEDIR", NULL, 0 },
	{ X(SYSCALL_LINKAT_2_X), "flags", AT_SYMLINK_FOLLOW, 0x400, "AT_SYMLINK_FOLLOW", NULL, 0 },
	{ X(SYSCALL_LINKAT_2_X), "flags", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, 0x1000,
	  "AT_EMPTY_PATH", NULL, 0 },
	{ X(SYSCALL_NEWFSTATAT_X), "flags", AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | 1,
	  0x1900, "AT_EMPTY_PATH|AT_NO_AUTOMOUNT|AT_SYMLINK_NOFOLLOW", NULL, 0 },
	{ X(SYSCALL_FCHOWNAT_X), "flags", AT_SYMLINK_NOFOLLOW, 0x400, "AT_SYMLINK_NOFOLLOW", NULL, 0 },
	{ X(SYSCALL_FCHOWNAT_X), "flags", AT_SYMLINK_FOLLOW, 0x400, "AT_SYMLINK_NOFOLLOW", NULL, 0 },
	{ X(SYSCALL_FCHOWNAT_X), "flags", AT_EMPTY_PATH | 1, 0x1000, "AT_EMPTY_PATH", NULL, 0 },
	{ X(SYSCALL_RENAMEAT2_X), "flags", 0x1, 0x1, "RENAME_NOREPLACE", NULL, 0 },
	{ X(SYSCALL_RENAMEAT2_X), "flags", 0x6, 0x6, "RENAME_EXCHANGE|RENAME_WHITEOUT", NULL, 0 },
	{ X(SYSCALL_LSEEK_X), "whence", 0, 0, "SEEK_SET", NULL, 0 },
	{ X(SYSCALL_LSEEK_X), "whence", 1, 1, "SEEK_CUR", NULL, 0 },
	{ X(SYSCALL_LSEEK_X), "whence", 2, 2, "SEEK_END", NULL, 0 },
	{ X(SYSCALL_LSEEK_X), "whence", 3, 0, "SEEK_SET", NULL, 0 },
	{ X(SYSCALL_LLSEEK_X), "whence", 2, 2, "SEEK_END", NULL, 0 },
	{ X(SYSCALL_FLOCK_X), "operation", 1 | 4, 0x5, "LOCK_SH|LOCK_NB", NULL, 0 },
	{ X(SYSCALL_FLOCK_X), "operation", 2, 0x2, "LOCK_EX", NULL, 0 },
	{ X(SYSCALL_FLOCK_X), "operation", 8 | 0x40, 0x8, "LOCK_UN", NULL, 0 },
	{ X(SYSCALL_SPLICE_X), "flags", 0xff, 0xf,
	  "SPLICE_F_MOVE|SPLICE_F_NONBLOCK|SPLICE_F_MORE|SPLICE_F_GIFT", NULL, 0 },
	{ X(SYSCALL_MOUNT_X), "flags", 0xc0ed0000 | MS_RDONLY | MS_BIND, 0x1001, "RDONLY|BIND",
	  NULL, 0 },
	{ X(SYSCALL_MOUNT_X), "flags", MS_REC | MS_PRIVATE, 278528, "REC|PRIVATE", NULL, 0 },
	{ X(SYSCALL_MOUNT_X), "flags", 0xc0ee0001, 0xc0ee0001, NULL, NULL, 0 },
	{ X(SYSCALL_UMOUNT2_X), "flags", 0xff, 0xf, "FORCE|DETACH|EXPIRE|NOFOLLOW", NULL, 0 },
	{ X(SYSCALL_FSCONFIG_X), "cmd", 6, 6, "FSCONFIG_CMD_CREATE", NULL, 0 },
	{ X(SYSCALL_FSCONFIG_X), "cmd", 99, 99, "", NULL, 0 },

	/* Quotas. */
	{ X(SYSCALL_QUOTACTL_X), "cmd", Q_SYNC & 0xffff, 0x80, "Q_SYNC", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "cmd", Q_QUOTAON & 0xffff, 0x1, "Q_QUOTAON", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "cmd", Q_QUOTAOFF & 0xffff, 0x2, "Q_QUOTAOFF", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "cmd", Q_GETFMT & 0xffff, 0x4, "Q_GETFMT", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "cmd", Q_GETINFO & 0xffff, 0x8, "Q_GETINFO", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "cmd", Q_SETINFO & 0xffff, 0x10, "Q_SETINFO", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "cmd", Q_GETQUOTA & 0xffff, 0x20, "Q_GETQUOTA", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "cmd", Q_SETQUOTA & 0xffff, 0x40, "Q_SETQUOTA", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "cmd", 0x5801, 0x100, "Q_XQUOTAON", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "cmd", 0x5802, 0x200, "Q_XQUOTAOFF", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "cmd", 0x5803, 0x400, "Q_XGETQUOTA", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "cmd", 0x5804, 0x800, "Q_XSETQLIM", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "cmd", 0x5805, 0x1000, "Q_XGETQSTAT", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "cmd", 0x5806, 0x2000, "Q_XQUOTARM", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "cmd", 0x5807, 0x4000, "Q_XQUOTASYNC", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "cmd", 0x5808, 0, "", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "cmd", 0xffff, 0, "", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "type", USRQUOTA, 0x1, "USRQUOTA", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "type", GRPQUOTA, 0x2, "GRPQUOTA", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "type", PRJQUOTA, 0, "", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "quota_fmt", 0, 0x1, "QFMT_NOT_USED", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "quota_fmt", QFMT_VFS_OLD, 0x2, "QFMT_VFS_OLD", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "quota_fmt", QFMT_VFS_V0, 0x4, "QFMT_VFS_V0", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "quota_fmt_out", QFMT_VFS_V1, 0x8, "QFMT_VFS_V1", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "quota_fmt_out", 0xff, 0x1, "QFMT_NOT_USED", NULL, 0 },
	{ X(SYSCALL_QUOTACTL_X), "dqi_flags", 0x2, 0x2, "V1_DQF_RSQUASH", NULL, 0 },

	/* Processes. */
	{ X(SYSCALL_CLONE_20_X), "flags", CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID, 25165824,
	  "CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID", NULL, 0 },
	{ X(SYSCALL_CLONE_20_X), "flags",
	  CLONE_FILES | CLONE_FS | CLONE_IO | CLONE_PARENT | CLONE_PARENT_SETTID | CLONE_PTRACE |
	  CLONE_SIGHAND | CLONE_SYSVSEM | CLONE_THREAD | CLONE_UNTRACED | CLONE_VM,
	  0xff07,
	  "CLONE_FILES|CLONE_FS|CLONE_IO|CLONE_PARENT|CLONE_PARENT_SETTID|CLONE_PTRACE|"
	  "CLONE_SIGHAND|CLONE_SYSVSEM|CLONE_THREAD|CLONE_UNTRACED|CLONE_VM", NULL, 0 },
	{ X(SYSCALL_CLONE3_X), "flags",
	  CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWUSER |
	  CLONE_NEWCGROUP, 0x101000f8,
	  "CLONE_NEWIPC|CLONE_NEWNET|CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWUTS|CLONE_NEWUSER|"
	  "CLONE_NEWCGROUP", NULL, 0 },
	{ X(SYSCALL_CLONE3_X), "flags", CLONE_SETTLS | CLONE_PIDFD | CLONE_DETACHED, 0x2000000,
	  "CLONE_SETTLS", NULL, 0 },
	{ X(SYSCALL_FORK_20_X), "flags", EYAS_WIRE_CLONE_CHILD_IN_PIDNS, 536870912,
	  "CLONE_CHILD_IN_PIDNS", NULL, 0 },
	{ X(SYSCALL_VFORK_20_X), "flags", CLONE_VM | CLONE_VFORK, 134250496, "CLONE_VM|CLONE_VFORK",
	  NULL, 0 },
	{ X(SYSCALL_UNSHARE_X), "flags", CLONE_NEWNS, 0x20, "CLONE_NEWNS", NULL, 0 },
	/* CLONE_NEWTIME is in the byte of the exit signal. */
	{ X(SYSCALL_UNSHARE_X), "flags", 0xff | CLONE_NEWUSER, 0x100000, "CLONE_NEWUSER", NULL, 0 },
	{ X(SYSCALL_SETNS_X), "nstype", CLONE_NEWNET | 1, 0x10, "CLONE_NEWNET", NULL, 0 },
	{ X(SYSCALL_EXECVE_19_X), "flags", 0x9, 0x9, "EXE_WRITABLE|EXE_LOWER_LAYER", NULL, 0 },
	{ X(SYSCALL_EXECVEAT_X), "flags", 0x4, 0x4, "EXE_FROM_MEMFD", NULL, 0 },
	{ X(SYSCALL_PRCTL_X), "option", 15, 15, "PR_SET_NAME", NULL, 0 },
	{ X(SYSCALL_PRCTL_X), "option", 0x59616d61, 0x59616d61, "", NULL, 0 },
	{ X(SYSCALL_GETRLIMIT_X), "resource", RLIMIT_CPU, 0, "RLIMIT_CPU", NULL, 0 },
	{ X(SYSCALL_GETRLIMIT_X), "resource", RLIMIT_NOFILE, 7, "RLIMIT_NOFILE", NULL, 0 },
	{ X(SYSCALL_SETRLIMIT_X), "resource", 15, 15, "RLIMIT_RTTIME", NULL, 0 },
	{ X(SYSCALL_PRLIMIT_X), "resource", 16, 0xff, "RLIMIT_UNKNOWN", NULL, 0 },
	{ X(SYSCALL_PTRACE_X), "request", PTRACE_TRACEME, 1, "PTRACE_TRACEME", NULL, 0 },
	{ X(SYSCALL_PTRACE_X), "request", PTRACE_PEEKTEXT, 2, "PTRACE_PEEKTEXT", NULL, 0 },
	{ X(SYSCALL_PTRACE_X), "request", PTRACE_POKEUSR, 7, "PTRACE_POKEUSR", NULL, 0 },
	{ X(SYSCALL_PTRACE_X), "request", PTRACE_ATTACH, 11, "PTRACE_ATTACH", NULL, 0 },
	{ X(SYSCALL_PTRACE_X), "request", PTRACE_SYSCALL, 13, "PTRACE_SYSCALL", NULL, 0 },
	{ X(SYSCALL_PTRACE_X), "request", PTRACE_SETOPTIONS, 14, "PTRACE_SETOPTIONS", NULL, 0 },
	{ X(SYSCALL_PTRACE_X), "request", PTRACE_SEIZE, 20, "PTRACE_SEIZE", NULL, 0 },
	{ X(SYSCALL_PTRACE_X), "request", PTRACE_SETSIGMASK, 25, "PTRACE_SETSIGMASK", NULL, 0 },
#ifdef __x86_64__
	{ X(SYSCALL_PTRACE_X), "request", 12, 26, "PTRACE_GETREGS", NULL, 0 },
	{ X(SYSCALL_PTRACE_X), "request", 33, 38, "PTRACE_SINGLEBLOCK", NULL, 0 },
	{ X(SYSCALL_PTRACE_X), "request", 30, 35, "PTRACE_ARCH_PRCTL", NULL, 0 },
#endif
	{ X(SYSCALL_PTRACE_X), "request", PTRACE_SECCOMP_GET_FILTER, 0, "PTRACE_UNKNOWN", NULL, 0 },
	{ X(SYSCALL_PTRACE_X), "request", 0xffff, 0, "PTRACE_UNKNOWN", NULL, 0 },
	{ X(SYSCALL_KEYCTL_X), "operation", 11, 11, "KEYCTL_READ", NULL, 0 },
	{ X(SYSCALL_BPF_2_X), "cmd", 5, 5, "BPF_PROG_LOAD", NULL, 0 },
	{ X(SYSCALL_BPF_2_X), "cmd", 36, 36, "", NULL, 0 },
	{ X(SYSCALL_FINIT_MODULE_X), "flags", 0xff, 0x7,
	  "MODULE_INIT_IGNORE_MODVERSIONS|MODULE_INIT_IGNORE_VERMAGIC|MODULE_INIT_COMPRESSED_FILE",
	  NULL, 0 },
	{ X(SYSCALL_FINIT_MODULE_X), "flags", MODULE_INIT_IGNORE_VERMAGIC, 0x2,
	  "MODULE_INIT_IGNORE_VERMAGIC", NULL, 0 },
	{ X(SYSCALL_DELETE_MODULE_X), "flags", O_NONBLOCK, 0x2, "O_NONBLOCK", NULL, 0 },
	{ X(SYSCALL_DELETE_MODULE_X), "flags", O_TRUNC | 1, 0x1, "O_TRUNC", NULL, 0 },

	/* Memory. */
	{ X(SYSCALL_MMAP_X), "prot", PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM, 0xf,
	  "PROT_READ|PROT_WRITE|PROT_EXEC|PROT_SEM", NULL, 0 },
	{ X(SYSCALL_MMAP_X), "prot", PROT_NONE, 0, "PROT_NONE", NULL, 0 },
	{ X(SYSCALL_MPROTECT_X), "prot", PROT_GROWSDOWN, 0x10, "PROT_GROWSDOWN", NULL, 0 },
	{ X(SYSCALL_MPROTECT_X), "prot", PROT_GROWSUP | 0x10, 0x20, "PROT_GROWSUP", NULL, 0 },
	{ X(SYSCALL_MMAP2_X), "prot", PROT_READ, 0x1, "PROT_READ", NULL, 0 },
	{ X(SYSCALL_MMAP_X), "flags", MAP_PRIVATE | MAP_ANONYMOUS, 0xa, "MAP_PRIVATE|MAP_ANONYMOUS",
	  NULL, 0 },
	{ X(SYSCALL_MMAP_X), "flags", MAP_SHARED | MAP_FIXED | MAP_NORESERVE | MAP_POPULATE, 0xc5,
	  "MAP_SHARED|MAP_FIXED|MAP_NORESERVE|MAP_POPULATE", NULL, 0 },
	{ X(SYSCALL_MMAP_X), "flags", MAP_NONBLOCK | MAP_GROWSDOWN | MAP_DENYWRITE | MAP_EXECUTABLE,
	  0xf00, "MAP_NONBLOCK|MAP_GROWSDOWN|MAP_DENYWRITE|MAP_EXECUTABLE", NULL, 0 },
	{ X(SYSCALL_MMAP_X), "flags", MAP_LOCKED | MAP_STACK | MAP_HUGETLB, 0x4000, "MAP_LOCKED",
	  NULL, 0 },
#ifdef MAP_32BIT
	{ X(SYSCALL_MMAP2_X), "flags", MAP_32BIT, 0x10, "MAP_32BIT", NULL, 0 },
#else
	{ X(SYSCALL_MMAP2_X), "flags", MAP_FIXED, 0x4, "MAP_FIXED", NULL, 0 },
#endif
	{ X(SYSCALL_MLOCK2_X), "flags", MLOCK_ONFAULT | 2, 0x1, "MLOCK_ONFAULT", NULL, 0 },
	{ X(SYSCALL_MLOCKALL_X), "flags", MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT | 8, 0x7,
	  "MCL_CURRENT|MCL_FUTURE|MCL_ONFAULT", NULL, 0 },
	{ X(PAGE_FAULT_E), "error", 0x7, 0x15, "PROTECTION_VIOLATION|WRITE_ACCESS|USER_FAULT",
	  NULL, 0 },
	{ X(PAGE_FAULT_E), "error", 0x0, 0x2a, "PAGE_NOT_PRESENT|READ_ACCESS|SUPERVISOR_FAULT",
	  NULL, 0 },
	{ X(PAGE_FAULT_E), "error", 0x14, 0x9a,
	  "PAGE_NOT_PRESENT|READ_ACCESS|USER_FAULT|INSTRUCTION_FETCH", NULL, 0 },
	{ X(PAGE_FAULT_E), "error", 0x8d, 0x59, "PROTECTION_VIOLATION|READ_ACCESS|USER_FAULT|RESERVED_PAGE",
	  NULL, 0 },

	/* Sockets. */
	{ X(SOCKET_SOCKET_X), "domain", 1, 1, "AF_LOCAL|AF_UNIX", NULL, 0 },
	{ X(SOCKET_SOCKET_X), "domain", 39, 39, "AF_NFC", NULL, 0 },
	{ X(SOCKET_SOCKET_X), "domain", 40, 0, "AF_UNSPEC", NULL, 0 },
	{ X(SOCKET_SOCKET_X), "domain", 27, 0, "AF_UNSPEC", NULL, 0 },
	{ X(SOCKET_SOCKET_X), "domain", 255, 0, "AF_UNSPEC", NULL, 0 },
	{ X(SOCKET_SOCKETPAIR_X), "domain", 10, 10, "AF_INET6", NULL, 0 },
	{ X(SOCKET_SHUTDOWN_X), "how", 2, 2, "SHUT_RDWR", NULL, 0 },
	{ X(SOCKET_SHUTDOWN_X), "how", 9, 9, "", NULL, 0 },
	{ X(SOCKET_SETSOCKOPT_X), "level", SOL_SOCKET, 1, "SOL_SOCKET", NULL, 0 },
	{ X(SOCKET_SETSOCKOPT_X), "level", 6, 2, "SOL_TCP", NULL, 0 },
	{ X(SOCKET_SETSOCKOPT_X), "level", 0, 0, "UNKNOWN", NULL, 0 },
	{ X(SOCKET_GETSOCKOPT_X), "level", EYAS_WIRE_SOCKOPT_OTHER, 0, "UNKNOWN", NULL, 0 },
	{ X(SOCKET_SETSOCKOPT_X), "optname", SO_KEEPALIVE, 9, "SO_KEEPALIVE", "level", SOL_SOCKET },
	{ X(SOCKET_SETSOCKOPT_X), "optname", SO_ATTACH_BPF, 0x32, "SO_ATTACH_BPF", "level",
	  SOL_SOCKET },
	{ X(SOCKET_SETSOCKOPT_X), "optname", 20, 0x14, "SO_RCVTIMEO", "level", SOL_SOCKET },
	{ X(SOCKET_GETSOCKOPT_X), "optname", SO_MEMINFO, 0x34, "SO_MEMINFO", "level", SOL_SOCKET },
	{ X(SOCKET_GETSOCKOPT_X), "optname", SO_COOKIE, 0x35, "SO_COOKIE", "level", SOL_SOCKET },
	{ X(SOCKET_GETSOCKOPT_X), "optname", SO_PEERGROUPS, 0x33, "SO_PEERGROUPS", "level",
	  SOL_SOCKET },
	{ X(SOCKET_GETSOCKOPT_X), "optname", SO_ZEROCOPY, 0, "UNKNOWN", "level", SOL_SOCKET },
	{ X(SOCKET_GETSOCKOPT_X), "optname", EYAS_WIRE_SOCKOPT_OTHER, 0, "UNKNOWN", "level",
	  SOL_SOCKET },
	{ X(SOCKET_GETSOCKOPT_X), "optname", SO_REUSEADDR, 0, "UNKNOWN", "level", 6 },

	/* IPC. */
	{ X(SYSCALL_FUTEX_X), "op", FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0x80,
	  "FUTEX_PRIVATE_FLAG", NULL, 0 },
	{ X(SYSCALL_FUTEX_X), "op", FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME | 0x8000, 0x109, NULL,
	  NULL, 0 },
	{ X(SYSCALL_FUTEX_X), "op", FUTEX_CMP_REQUEUE_PI, 0xc, NULL, NULL, 0 },
	{ X(SYSCALL_FUTEX_X), "op", FUTEX_LOCK_PI2, 0, "FUTEX_WAIT", NULL, 0 },
	{ X(SYSCALL_SEMGET_X), "semflg", IPC_CREAT | 0600, 0x2000, "IPC_CREAT", NULL, 0 },
	{ X(SYSCALL_SEMGET_X), "semflg", IPC_EXCL, 0x4000, "IPC_EXCL", NULL, 0 },
	{ X(SYSCALL_SEMOP_X), "sem_flg_0", IPC_NOWAIT | 1, 0x1, "IPC_NOWAIT", NULL, 0 },
	{ X(SYSCALL_SEMOP_X), "sem_flg_1", SEM_UNDO, 0x2, "SEM_UNDO", NULL, 0 },
	{ X(SYSCALL_SEMCTL_X), "cmd", IPC_RMID, 0x4, "IPC_RMID", NULL, 0 },
	{ X(SYSCALL_SEMCTL_X), "cmd", IPC_SET, 0x2, "IPC_SET", NULL, 0 },
	{ X(SYSCALL_SEMCTL_X), "cmd", IPC_STAT, 0x1, "IPC_STAT", NULL, 0 },
	{ X(SYSCALL_SEMCTL_X), "cmd", IPC_INFO, 0x8, "IPC_INFO", NULL, 0 },
	{ X(SYSCALL_SEMCTL_X), "cmd", SEM_INFO, 0x10, "SEM_INFO", NULL, 0 },
	{ X(SYSCALL_SEMCTL_X), "cmd", SEM_STAT, 0x20, "SEM_STAT", NULL, 0 },
	{ X(SYSCALL_SEMCTL_X), "cmd", GETALL, 0x40, "GETALL", NULL, 0 },
	{ X(SYSCALL_SEMCTL_X), "cmd", GETNCNT, 0x80, "GETNCNT", NULL, 0 },
	{ X(SYSCALL_SEMCTL_X), "cmd", GETPID, 0x100, "GETPID", NULL, 0 },
	{ X(SYSCALL_SEMCTL_X), "cmd", GETVAL, 0x200, "GETVAL", NULL, 0 },
	{ X(SYSCALL_SEMCTL_X), "cmd", GETZCNT, 0x400, "GETZCNT", NULL, 0 },
	{ X(SYSCALL_SEMCTL_X), "cmd", SETALL, 0x800, "SETALL", NULL, 0 },
	{ X(SYSCALL_SEMCTL_X), "cmd", SETVAL, 0x1000, "SETVAL", NULL, 0 },
	{ X(SYSCALL_SEMCTL_X), "cmd", SEM_STAT_ANY, 0, "", NULL, 0 },
	{ X(SYSCALL_SEMCTL_X), "val", 77, 77, "", "cmd", SETVAL },
	{ X(SYSCALL_SEMCTL_X), "val", 77, 0, "", "cmd", GETVAL },

	{ X(SYSCALL_IO_URING_SETUP_X), "flags", IORING_SETUP_IOPOLL, 0x5,
	  "IORING_SETUP_IOPOLL|IORING_SQ_NEED_WAKEUP", NULL, 0 },
	{ X(SYSCALL_IO_URING_SETUP_X), "flags",
	  IORING_SETUP_SQPOLL | IORING_SETUP_SQ_AFF | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP |
	  IORING_SETUP_ATTACH_WQ | IORING_SETUP_R_DISABLED | IORING_SETUP_SUBMIT_ALL, 0xfa,
	  "IORING_SETUP_SQPOLL|IORING_SETUP_SQ_AFF|IORING_SETUP_CQSIZE|IORING_SETUP_CLAMP|"
	  "IORING_SETUP_ATTACH_RW|IORING_SETUP_R_DISABLED", NULL, 0 },
	{ X(SYSCALL_IO_URING_SETUP_X), "features", 0x3fff, 0x7ff, NULL, NULL, 0 },
	{ X(SYSCALL_IO_URING_SETUP_X), "features", IORING_FEAT_EXT_ARG, 0x100,
	  "IORING_FEAT_ENTER_EXT_ARG", NULL, 0 },
	{ X(SYSCALL_IO_URING_SETUP_X), "features", IORING_FEAT_RSRC_TAGS, 0x400,
	  "IORING_FEAT_RSRC_TAGS", NULL, 0 },
	{ X(SYSCALL_IO_URING_ENTER_X), "flags",
	  IORING_ENTER_GETEVENTS | IORING_ENTER_SQ_WAKEUP | IORING_ENTER_SQ_WAIT |
	  IORING_ENTER_EXT_ARG | 0x10, 0xf,
	  "IORING_ENTER_GETEVENTS|IORING_ENTER_SQ_WAKEUP|IORING_ENTER_SQ_WAIT|IORING_ENTER_EXT_ARG",
	  NULL, 0 },
	{ X(SYSCALL_IO_URING_REGISTER_X), "opcode", IORING_UNREGISTER_FILES, 3,
	  "IORING_UNREGISTER_FILES", NULL, 0 },
	{ X(SYSCALL_IO_URING_REGISTER_X), "opcode", 200, 200, "", NULL, 0 },
};
/* clang-format on */
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void check_row(const struct row *row)
{
	const char *event = eyas_event_info(row->type)->constant;
	int at = param_index(row->type, row->param);
	int before_at = row->before ? param_index(row->type, row->before) : -1;
	struct eyas_param param;
	struct sample sample;
	char text[512];
	uint32_t got;

	make(&sample, row->type, at, row->raw, before_at, row->before_raw);
	translate(&sample);
	got = value_of(&sample, at);
	if (got != row->portable)
		test_fail(__FILE__, __LINE__, "%s %s: %#x becomes %#x, not %#x", event, row->param,
			  row->raw, got, row->portable);
	eyas_event_param(&sample.event, (unsigned)at, &param);
	eyas_param_text(&param, EYAS_TEXT_RESOLVED, text, sizeof(text));
	if (row->text && strcmp(text, row->text))
		test_fail(__FILE__, __LINE__, "%s %s: %#x is printed as %s, not %s", event,
			  row->param, row->raw, text, row->text);
}

TEST(raw_flags_become_portable)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		check_row(&rows[i]);
}

static bool is_sent(const struct eyas_event_info *info)
{
	return !(info->flags & (EYAS_EF_OLD_VERSION | EYAS_EF_UNUSED)) &&
	       info->category & (EYAS_EC_SYSCALL | EYAS_EC_TRACEPOINT);
}

TEST(every_parameter_with_names_has_a_row)
{
	unsigned type, p, seen = 0;
	size_t i;

	for (type = 0; type < EYAS_EVENT_TYPES; type++) {
		const struct eyas_event_info *info = eyas_event_info(type);

		for (p = 0; is_sent(info) && p < info->nparams; p++) {
			if (info->params[p].has_table != 1)
				continue;
			seen++;
			for (i = 0; i < ROWS; i++)
				if (rows[i].type == type &&
				    !strcmp(rows[i].param, info->params[p].name))
					break;
			if (i == ROWS)
				test_fail(__FILE__, __LINE__, "%s %s has no row", info->constant,
					  info->params[p].name);
		}
	}
	CHECK(seen > 60);
}

/* ---- values that are the kernel's ---- */

/*
 * Parameters whose portable values equal the kernel's, all that have a name: each of them stays
 * what it is. That the kernel means the same by them is in the rows above, whose raw values are
 * those of the kernel's headers where it has any.
 */
static const struct {
	uint16_t type;
	const char *param;
} equal[] = {
	{ X(SYSCALL_ACCESS_X), "mode" },
	{ X(SYSCALL_BPF_2_X), "cmd" },
	{ X(SYSCALL_CHMOD_X), "mode" },
	{ X(SYSCALL_CLOSE_RANGE_X), "flags" },
	{ X(SYSCALL_EXECVE_19_X), "flags" },
	{ X(SYSCALL_FINIT_MODULE_X), "flags" },
	{ X(SYSCALL_FLOCK_X), "operation" },
	{ X(SYSCALL_FSCONFIG_X), "cmd" },
	{ X(SYSCALL_FUTEX_X), "op" },
	{ X(SYSCALL_IO_URING_ENTER_X), "flags" },
	{ X(SYSCALL_IO_URING_REGISTER_X), "opcode" },
	{ X(SYSCALL_IO_URING_SETUP_X), "features" },
	{ X(SYSCALL_KEYCTL_X), "operation" },
	{ X(SYSCALL_LINKAT_2_X), "flags" },
	{ X(SYSCALL_LSEEK_X), "whence" },
	{ X(SYSCALL_MEMFD_CREATE_X), "flags" },
	{ X(SYSCALL_MLOCK2_X), "flags" },
	{ X(SYSCALL_MLOCKALL_X), "flags" },
	{ X(SYSCALL_MOUNT_X), "flags" },
	{ X(SYSCALL_NEWFSTATAT_X), "flags" },
	{ X(SYSCALL_PRCTL_X), "option" },
	{ X(SYSCALL_PRLIMIT_X), "resource" },
	{ X(SYSCALL_RENAMEAT2_X), "flags" },
	{ X(SOCKET_SOCKET_X), "domain" },
	{ X(SYSCALL_SPLICE_X), "flags" },
	{ X(SYSCALL_UMOUNT2_X), "flags" },
	{ X(SYSCALL_UNLINKAT_2_X), "flags" },
};

TEST(equal_values_stay)
{
	const struct eyas_flag_table *table;
	struct sample sample;
	uint32_t f;
	size_t i;
	int at;

	for (i = 0; i < sizeof(equal) / sizeof(equal[0]); i++) {
		at = param_index(equal[i].type, equal[i].param);
		table = eyas_event_info(equal[i].type)->params[at].table.flags;
		for (f = 0; f < table->count; f++) {
			make(&sample, equal[i].type, at, table->flags[f].value, -1, 0);
			translate(&sample);
			if (value_of(&sample, at) != table->flags[f].value)
				test_fail(__FILE__, __LINE__, "%s %s does not stay",
					  eyas_event_info(equal[i].type)->constant,
					  table->flags[f].name);
		}
	}
}

/* ---- the rest of an event ---- */

TEST(lists_of_descriptors)
{
	static const struct eyas_pollfd fds[] = {
		{ 3, POLLIN | POLLRDNORM },
		{ -1, POLLPRI | POLLOUT | POLLERR },
		{ 5, POLLHUP | POLLNVAL | POLLRDBAND },
		{ 6, (int16_t)(POLLWRNORM | POLLWRBAND | POLLRDHUP | POLLMSG) },
	};
	static const uint16_t want[] = { 0x81, 0x16, 0x160, 0x608 };
	static const uint16_t types[] = { X(SYSCALL_POLL_X), X(SYSCALL_PPOLL_X) };
	struct eyas_encoder enc;
	struct eyas_param param;
	struct sample sample;
	uint16_t count, events;
	size_t t, i;
	int64_t fd;
	int len;

	for (t = 0; t < 2; t++) {
		eyas_encoder_begin(&enc, sample.bytes, sizeof(sample.bytes), types[t], 1, 2);
		eyas_put_int(&enc, 4);
		eyas_put_fdlist(&enc, fds, 4);
		len = eyas_encoder_end(&enc);
		CHECK(len > 0);
		CHECK_INT(eyas_event_view(sample.bytes, (size_t)len, &sample.event, NULL), 0);
		translate(&sample);
		CHECK_INT(eyas_event_param_find(&sample.event, "fds", &param), 1);
		memcpy(&count, param.data, 2);
		CHECK_INT(count, 4);
		for (i = 0; i < 4; i++) {
			memcpy(&fd, param.data + 2 + 10 * i, 8);
			CHECK_INT(fd, fds[i].fd);
			memcpy(&events, param.data + 10 + 10 * i, 2);
			CHECK_INT(events, want[i]);
		}
	}
}

/* A list that says it is longer than it is: no byte behind it is touched. */
TEST(a_list_that_lies)
{
	static const struct eyas_pollfd fds[] = { { 3, POLLIN }, { 4, POLLERR } };
	struct eyas_encoder enc;
	struct sample sample;
	uint8_t before[512];
	size_t at, len_at = EYAS_EVENT_HEADER_SIZE + 2, first;
	int len;

	eyas_encoder_begin(&enc, sample.bytes, sizeof(sample.bytes), X(SYSCALL_POLL_X), 1, 2);
	eyas_put_int(&enc, 2);
	eyas_put_fdlist(&enc, fds, 2);
	len = eyas_encoder_end(&enc);
	CHECK(len > 0);
	/* The list loses its last row but one byte, and claims 65535 of them. */
	sample.bytes[len_at] = 2 + 10 + 9;
	first = (size_t)len - 22;
	sample.bytes[first] = sample.bytes[first + 1] = 0xff;
	memset(sample.bytes + len, 0xff, sizeof(sample.bytes) - (size_t)len);
	memcpy(before, sample.bytes, sizeof(before));
	CHECK_INT(eyas_event_view(sample.bytes, (size_t)len, &sample.event, NULL), 0);
	translate(&sample);
	for (at = 0; at < sizeof(before); at++)
		if (at != first + 10 && at != first + 11)
			CHECK_INT(sample.bytes[at], before[at]);
	/* Nor is a list of one byte read. */
	sample.bytes[len_at] = 1;
	CHECK_INT(eyas_event_view(sample.bytes, (size_t)len, &sample.event, NULL), 0);
	memcpy(before, sample.bytes, sizeof(before));
	translate(&sample);
	CHECK(!memcmp(before, sample.bytes, sizeof(before)));
}

/* All events with all values of all ones: no byte changes outside of parameters with a rule. */
TEST(nothing_else_is_touched)
{
	unsigned type, p, at, changed_events = 0;

	for (type = 0; type < EYAS_EVENT_TYPES; type++) {
		const struct eyas_event_info *info = eyas_event_info(type);
		struct eyas_encoder enc;
		struct sample sample;
		uint8_t before[512], may[512] = { 0 };
		bool changed = false;
		int len;

		if (!is_sent(info) || info->flags & EYAS_EF_LARGE_PAYLOAD)
			continue;
		memset(sample.bytes, 0, sizeof(sample.bytes));
		eyas_encoder_begin(&enc, sample.bytes, sizeof(sample.bytes), type, 1, 2);
		for (p = 0; p < info->nparams; p++) {
			const struct eyas_param_info *param = &info->params[p];
			const struct eyas_type_info *kind = eyas_type_info(param->type);

			if (kind->kind == EYAS_KIND_UINT)
				eyas_put_uint(&enc, UINT64_MAX >> (64 - 8 * kind->size));
			else if (kind->kind == EYAS_KIND_SINT)
				eyas_put_int(&enc, -1);
			else if (kind->kind == EYAS_KIND_STRING)
				eyas_put_str(&enc, "abc");
			else
				eyas_put_missing(&enc);
		}
		len = eyas_encoder_end(&enc);
		CHECK(len > 0);
		CHECK_INT(eyas_event_view(sample.bytes, (size_t)len, &sample.event, NULL), 0);
		for (p = 0; p < info->nparams; p++) {
			struct eyas_param param;

			if (!eyas_event_param(&sample.event, p, &param))
				continue;
			if (param.info->has_table == 1 || !strcmp(param.info->name, "mode") ||
			    !strcmp(param.info->name, "val") || !strcmp(param.info->name, "flags"))
				memset(may + (param.data - sample.bytes), 1, param.len);
		}
		memcpy(before, sample.bytes, sizeof(before));
		translate(&sample);
		for (at = 0; at < sizeof(before); at++) {
			if (before[at] == sample.bytes[at])
				continue;
			changed = true;
			if (!may[at])
				test_fail(__FILE__, __LINE__, "%s: byte %u changes", info->constant,
					  at);
		}
		changed_events += changed;
	}
	CHECK(changed_events > 30);
}

/* Values of a wrong size and missing ones are left alone, and those behind them found. */
TEST(wrong_sizes)
{
	int flags = param_index(X(SYSCALL_OPEN_X), "flags");
	int mode = param_index(X(SYSCALL_OPEN_X), "mode");
	struct sample sample;
	uint8_t before[512];
	size_t len_at = EYAS_EVENT_HEADER_SIZE + 2 * (size_t)flags;

	make(&sample, X(SYSCALL_OPEN_X), mode, 0644, flags, O_CREAT);
	/* Three bytes of flags and one more of the mode, which neither fit. */
	sample.bytes[len_at] = 3;
	sample.bytes[len_at + 2] = 5;
	memcpy(before, sample.bytes, sizeof(before));
	CHECK_INT(eyas_event_view(sample.bytes, sample.len, &sample.event, NULL), 0);
	translate(&sample);
	CHECK(!memcmp(before, sample.bytes, sizeof(before)));
	/* Without flags nothing says that a file is to be made. */
	make(&sample, X(SYSCALL_OPEN_X), mode, 0644, -1, 0);
	translate(&sample);
	CHECK_INT(value_of(&sample, mode), 0);
	/* An older writer: fewer parameters than the type has. */
	make(&sample, X(SYSCALL_OPEN_X), flags, O_CREAT, -1, 0);
	sample.event.nparams = 2;
	translate(&sample);
	CHECK_INT(sample.bytes[sample.len - 4], (uint8_t)O_CREAT);
}
