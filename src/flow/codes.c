/* SPDX-License-Identifier: Apache-2.0 */
/* Which system calls have to be captured for flows? What the state needs comes on top. */
#include "flow/engine_int.h"

enum {
	ALL = 1 << FLOW_COLLECT_ALL,
	CONSUMER = 1 << FLOW_COLLECT_CONSUMER,
	NOFILES = 1 << FLOW_COLLECT_NOFILES,
	FILES = ALL | CONSUMER, /* files at all */
	ANY = ALL | CONSUMER | NOFILES,
	MORE = 1 << 8 /* not what the original looks at */
};

#define EV(constant) EYAS_EV_##constant

/* By event types, so that a call with several numbers or names is there with all of them. */
static const struct {
	uint16_t type, modes;
} rows[] = {
	{ EV(SYSCALL_CLONE_20_X), ANY },
	{ EV(SYSCALL_FORK_20_X), ANY },
	{ EV(SYSCALL_VFORK_20_X), ANY },
	{ EV(SYSCALL_CLONE3_X), ANY },
	{ EV(SYSCALL_EXECVE_19_X), ANY },
	{ EV(SYSCALL_EXECVEAT_X), ANY },
	{ EV(PROCEXIT_1_E), ANY },
	{ EV(SYSCALL_SETUID_X), ANY },
	{ EV(SYSCALL_SETRESUID_X), ANY },
	{ EV(SYSCALL_SETREUID_X), ANY | MORE },
	{ EV(SOCKET_ACCEPT_5_X), ANY },
	{ EV(SOCKET_ACCEPT4_6_X), ANY },
	{ EV(SOCKET_CONNECT_X), ANY },
	{ EV(SOCKET_RECVFROM_X), ANY },
	{ EV(SOCKET_RECVMSG_X), ANY },
	{ EV(SOCKET_RECVMMSG_X), ANY },
	{ EV(SOCKET_SENDTO_X), ANY },
	{ EV(SOCKET_SENDMSG_X), ANY },
	{ EV(SOCKET_SENDMMSG_X), ANY },
	{ EV(SOCKET_SOCKETPAIR_X), ANY },
	{ EV(SYSCALL_CLOSE_X), ANY },
	{ EV(SOCKET_SHUTDOWN_X), ALL | NOFILES },
	{ EV(SYSCALL_READ_X), ALL | NOFILES },
	{ EV(SYSCALL_READV_X), ALL | NOFILES },
	{ EV(SYSCALL_WRITE_X), ALL | NOFILES },
	{ EV(SYSCALL_WRITEV_X), ALL | NOFILES },
	{ EV(SYSCALL_SENDFILE_X), ALL | NOFILES | MORE },
	{ EV(SYSCALL_SPLICE_X), ALL | NOFILES | MORE },
	{ EV(SYSCALL_PREAD_X), ALL },
	{ EV(SYSCALL_PREADV_X), ALL },
	{ EV(SYSCALL_PWRITE_X), ALL },
	{ EV(SYSCALL_PWRITEV_X), ALL },
	{ EV(SYSCALL_COPY_FILE_RANGE_X), ALL | MORE },
	{ EV(SYSCALL_MMAP_X), ALL },
	{ EV(SYSCALL_MMAP2_X), ALL },
	{ EV(SYSCALL_SETNS_X), ALL },
	{ EV(SYSCALL_OPEN_X), FILES },
	{ EV(SYSCALL_OPENAT_2_X), FILES },
	{ EV(SYSCALL_CREAT_X), FILES },
	{ EV(SYSCALL_OPENAT2_X), FILES },
	{ EV(SYSCALL_OPEN_BY_HANDLE_AT_X), FILES },
	{ EV(SYSCALL_MKDIR_2_X), FILES },
	{ EV(SYSCALL_MKDIRAT_X), FILES },
	{ EV(SYSCALL_RMDIR_2_X), FILES },
	{ EV(SYSCALL_UNLINK_2_X), FILES },
	{ EV(SYSCALL_UNLINKAT_2_X), FILES },
	{ EV(SYSCALL_LINK_2_X), FILES },
	{ EV(SYSCALL_LINKAT_2_X), FILES },
	{ EV(SYSCALL_SYMLINK_X), FILES },
	{ EV(SYSCALL_SYMLINKAT_X), FILES },
	{ EV(SYSCALL_RENAME_X), FILES },
	{ EV(SYSCALL_RENAMEAT_X), FILES },
	{ EV(SYSCALL_RENAMEAT2_X), FILES },
};

/*
 * Without files the original looks at no reads and writes at all, as it does without the others:
 * connections are known by calls that are made for sockets only.
 */
static bool is_wanted(const struct flow_opts *opts, unsigned modes)
{
	if (!(modes >> opts->collect & 1))
		return false;
	if (!opts->strict_compat)
		return true;
	return !(modes & MORE) && (opts->collect != FLOW_COLLECT_NOFILES || (modes & CONSUMER));
}

void flow_codes(const struct flow_opts *opts, struct eyas_codes *ret_codes)
{
	size_t i;

	*ret_codes = (struct eyas_codes){ { 0 } };
	eyas_codes_add_set(ret_codes, EYAS_SET_STATE);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (is_wanted(opts, rows[i].modes))
			eyas_codes_add_type(ret_codes, rows[i].type);
}
