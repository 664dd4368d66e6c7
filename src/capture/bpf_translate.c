/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The portable values of flags, and how they follow from the kernel's. The results are those of
 * the reference probe, with what may look wrong in them:
 *
 *   O_DIRECTORY and O_DSYNC are parts of O_TMPFILE and O_SYNC, and bring those with them; so an
 *   opened directory says O_TMPFILE, and its mode is not 0 if the caller gave one.
 *   IORING_SETUP_IOPOLL brings IORING_SQ_NEED_WAKEUP with it, which is no flag of that call.
 *   A whence that lseek() knows and the schema does not is SEEK_SET.
 *
 * Where the reference loses a flag that has a portable value, it is kept: AT_SYMLINK_NOFOLLOW of
 * fchownat, IORING_FEAT_EXT_ARG.
 */
#include "capture/bpf_translate.h"

#include <assert.h>
#include <string.h>
#include <sys/stat.h>

/* The kernel's view: the C library has other values for some of the names. */
#include <asm/poll.h>
#include <asm/socket.h>
#include <linux/dqblk_xfs.h>
#include <linux/fcntl.h>
#include <linux/in.h>
#include <linux/io_uring.h>
#include <linux/mman.h>
#include <linux/openat2.h>
#include <linux/ptrace.h>
#include <linux/quota.h>
#include <linux/sched.h>
#include <linux/sem.h>
#if defined(__x86_64__)
#	include <asm/ptrace.h>
#endif

#include "base/le.h"
#include "schema/event.h"
#include "schema/ids.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define PERMISSIONS 07777u

/* How a raw value becomes a portable one. */
enum how {
	HOW_LEAVE, /* it is one, or the event has the raw one */
	HOW_MASK,  /* the values are equal; what has no name goes */
	HOW_BITS,
	HOW_VALUE,
	HOW_OPEN,
	HOW_OPEN_MODE, /* before: the flags */
	HOW_NOT_NEGATIVE,
	HOW_NAMESPACES,
	HOW_PERMISSIONS,
	HOW_MKNOD,
	HOW_FUTEX,
	HOW_FAMILY,
	HOW_MOUNT,
	HOW_RLIMIT,
	HOW_WHENCE,
	HOW_OPTNAME, /* before: the level */
	HOW_SEM_VAL, /* before: the command */
	HOW_PAGE_FAULT,
	HOW_FDLIST
};

struct named {
	uint32_t raw;
	const char *name; /* in the schema's table */
};

enum bit_map {
	BITS_OPEN,
	BITS_DESCRIPTOR,
	BITS_DUP3,
	BITS_PIPE2,
	BITS_RESOLVE,
	BITS_CLONE,
	BITS_PROT,
	BITS_MMAP,
	BITS_POLL,
	BITS_SEMOP,
	BITS_SEMGET,
	BITS_FCHOWNAT,
	BITS_IO_URING_SETUP,
	BITS_EPOLL_CREATE1,
	BITS_PIDFD_OPEN,
	BITS_DELETE_MODULE,
	BITS_COUNT
};
_Static_assert(BITS_COUNT <= EYAS_BPF_BIT_MAPS, "more bit maps than there is room for");

enum value_map {
	VALUE_FCNTL,
	VALUE_SOCKOPT_LEVEL,
	VALUE_SOCKOPT,
	VALUE_PTRACE,
	VALUE_SEMCTL,
	VALUE_QUOTA_CMD,
	VALUE_QUOTA_TYPE,
	VALUE_QUOTA_FMT,
	VALUE_COUNT
};
_Static_assert(VALUE_COUNT <= EYAS_BPF_VALUE_MAPS, "more value maps than there is room for");

/* clang-format off */
#define N(name) { name, #name }

static const struct named open_bits[] = {
	N(O_CREAT), N(O_TMPFILE), N(O_APPEND), N(O_DSYNC), N(O_EXCL), N(O_NONBLOCK), N(O_SYNC),
	N(O_TRUNC), N(O_DIRECT), N(O_DIRECTORY), N(O_LARGEFILE), N(O_CLOEXEC),
	{ EYAS_WIRE_O_CREATED, "O_F_CREATED" },
	{ EYAS_WIRE_O_UPPER_LAYER, "FD_UPPER_LAYER" },
	{ EYAS_WIRE_O_LOWER_LAYER, "FD_LOWER_LAYER" },
};
/* SOCK_NONBLOCK and SOCK_CLOEXEC, which are these. */
static const struct named descriptor_bits[] = { N(O_NONBLOCK), N(O_CLOEXEC) };
static const struct named dup3_bits[] = { N(O_CLOEXEC) };
static const struct named pipe2_bits[] = { N(O_CLOEXEC), N(O_DIRECT), N(O_NONBLOCK) };
static const struct named resolve_bits[] = {
	N(RESOLVE_NO_XDEV), N(RESOLVE_NO_MAGICLINKS), N(RESOLVE_NO_SYMLINKS), N(RESOLVE_BENEATH),
	N(RESOLVE_IN_ROOT), N(RESOLVE_CACHED),
};
static const struct named clone_bits[] = {
	N(CLONE_FILES), N(CLONE_FS), N(CLONE_IO), N(CLONE_NEWIPC), N(CLONE_NEWNET), N(CLONE_NEWNS),
	N(CLONE_NEWPID), N(CLONE_NEWUTS), N(CLONE_PARENT_SETTID), N(CLONE_PARENT), N(CLONE_PTRACE),
	N(CLONE_SIGHAND), N(CLONE_SYSVSEM), N(CLONE_THREAD), N(CLONE_UNTRACED), N(CLONE_VM),
	N(CLONE_NEWUSER), N(CLONE_CHILD_CLEARTID), N(CLONE_CHILD_SETTID), N(CLONE_SETTLS),
	N(CLONE_VFORK), N(CLONE_NEWCGROUP),
	{ EYAS_WIRE_CLONE_CHILD_IN_PIDNS, "CLONE_CHILD_IN_PIDNS" },
};
static const struct named prot_bits[] = {
	N(PROT_READ), N(PROT_WRITE), N(PROT_EXEC), N(PROT_SEM), N(PROT_GROWSDOWN), N(PROT_GROWSUP),
};
static const struct named mmap_bits[] = {
	N(MAP_SHARED), N(MAP_PRIVATE), N(MAP_FIXED), N(MAP_ANONYMOUS), N(MAP_NORESERVE),
	N(MAP_POPULATE), N(MAP_NONBLOCK), N(MAP_GROWSDOWN), N(MAP_DENYWRITE), N(MAP_EXECUTABLE),
	N(MAP_LOCKED),
#ifdef MAP_32BIT
	N(MAP_32BIT),
#endif
};
static const struct named poll_bits[] = {
	N(POLLIN), N(POLLPRI), N(POLLOUT), N(POLLRDHUP), N(POLLERR), N(POLLHUP), N(POLLNVAL),
	N(POLLRDNORM), N(POLLRDBAND), N(POLLWRNORM), N(POLLWRBAND),
};
static const struct named semop_bits[] = { N(IPC_NOWAIT), N(SEM_UNDO) };
static const struct named semget_bits[] = { N(IPC_CREAT), N(IPC_EXCL) };
/* The table gives the value of AT_SYMLINK_FOLLOW the name of the flag that the call has. */
static const struct named fchownat_bits[] = {
	N(AT_SYMLINK_NOFOLLOW), { AT_SYMLINK_FOLLOW, "AT_SYMLINK_NOFOLLOW" }, N(AT_EMPTY_PATH),
};
static const struct named io_uring_setup_bits[] = {
	N(IORING_SETUP_IOPOLL), N(IORING_SETUP_SQPOLL), N(IORING_SQ_NEED_WAKEUP),
	N(IORING_SETUP_SQ_AFF), N(IORING_SETUP_CQSIZE), N(IORING_SETUP_CLAMP),
	{ IORING_SETUP_ATTACH_WQ, "IORING_SETUP_ATTACH_RW" }, N(IORING_SETUP_R_DISABLED),
};
static const struct named epoll_create1_bits[] = { { O_CLOEXEC, "EPOLL_CLOEXEC" } };
static const struct named pidfd_open_bits[] = { { O_NONBLOCK, "PIDFD_NONBLOCK" } };
static const struct named delete_module_bits[] = { N(O_TRUNC), N(O_NONBLOCK) };

#define BITS(array, table) { table, array, COUNT(array) }
static const struct {
	const char *table;
	const struct named *named;
	size_t count;
} bit_maps[BITS_COUNT] = {
	[BITS_OPEN]           = BITS(open_bits, "file_flags"),
	[BITS_DESCRIPTOR]     = BITS(descriptor_bits, "file_flags"),
	[BITS_DUP3]           = BITS(dup3_bits, "file_flags"),
	[BITS_PIPE2]          = BITS(pipe2_bits, "file_flags"),
	[BITS_RESOLVE]        = BITS(resolve_bits, "openat2_flags"),
	[BITS_CLONE]          = BITS(clone_bits, "clone_flags"),
	[BITS_PROT]           = BITS(prot_bits, "prot_flags"),
	[BITS_MMAP]           = BITS(mmap_bits, "mmap_flags"),
	[BITS_POLL]           = BITS(poll_bits, "poll_flags"),
	[BITS_SEMOP]          = BITS(semop_bits, "semop_flags"),
	[BITS_SEMGET]         = BITS(semget_bits, "semget_flags"),
	[BITS_FCHOWNAT]       = BITS(fchownat_bits, "fchownat_flags"),
	[BITS_IO_URING_SETUP] = BITS(io_uring_setup_bits, "io_uring_setup_flags"),
	[BITS_EPOLL_CREATE1]  = BITS(epoll_create1_bits, "epoll_create1_flags"),
	[BITS_PIDFD_OPEN]     = BITS(pidfd_open_bits, "pidfd_open_flags"),
	[BITS_DELETE_MODULE]  = BITS(delete_module_bits, "delete_module_flags"),
};

#define FCNTL(name) { EYAS_WIRE_FCNTL(name), #name }
static const struct named fcntl_values[] = {
	N(F_DUPFD), N(F_GETFD), N(F_SETFD), N(F_GETFL), N(F_SETFL), N(F_GETLK), N(F_SETLK),
	N(F_SETLKW), N(F_SETOWN), N(F_GETOWN), N(F_SETSIG), N(F_GETSIG),
	/* Commands of 32-bit programs, whose names the headers of 64-bit ones do not have. */
	{ 12, "F_GETLK64" }, { 13, "F_SETLK64" }, { 14, "F_SETLKW64" },
	N(F_SETOWN_EX), N(F_GETOWN_EX), N(F_OFD_GETLK), N(F_OFD_SETLK), N(F_OFD_SETLKW),
	FCNTL(F_SETLEASE), FCNTL(F_GETLEASE), FCNTL(F_CANCELLK), FCNTL(F_DUPFD_CLOEXEC),
	FCNTL(F_NOTIFY), FCNTL(F_SETPIPE_SZ), FCNTL(F_GETPIPE_SZ),
};
static const struct named sockopt_level_values[] = { N(SOL_SOCKET), { IPPROTO_TCP, "SOL_TCP" } };
static const struct named sockopt_values[] = {
	N(SO_DEBUG), N(SO_REUSEADDR), N(SO_TYPE), N(SO_ERROR), N(SO_DONTROUTE), N(SO_BROADCAST),
	N(SO_SNDBUF), N(SO_RCVBUF), N(SO_SNDBUFFORCE), N(SO_RCVBUFFORCE), N(SO_KEEPALIVE),
	N(SO_OOBINLINE), N(SO_NO_CHECK), N(SO_PRIORITY), N(SO_LINGER), N(SO_BSDCOMPAT),
	N(SO_REUSEPORT), N(SO_PASSCRED), N(SO_PEERCRED), N(SO_RCVLOWAT), N(SO_SNDLOWAT),
	/* Not by their names: those choose by the size of time_t. */
	{ 20, "SO_RCVTIMEO" }, { 21, "SO_SNDTIMEO" }, { 29, "SO_TIMESTAMP" },
	{ 35, "SO_TIMESTAMPNS" }, { 37, "SO_TIMESTAMPING" },
	N(SO_SECURITY_AUTHENTICATION), N(SO_SECURITY_ENCRYPTION_TRANSPORT),
	N(SO_SECURITY_ENCRYPTION_NETWORK), N(SO_BINDTODEVICE), N(SO_ATTACH_FILTER),
	N(SO_DETACH_FILTER), N(SO_PEERNAME), N(SO_ACCEPTCONN), N(SO_PEERSEC), N(SO_PASSSEC),
	N(SO_MARK), N(SO_PROTOCOL), N(SO_DOMAIN), N(SO_RXQ_OVFL), N(SO_WIFI_STATUS), N(SO_PEEK_OFF),
	N(SO_NOFCS), N(SO_LOCK_FILTER), N(SO_SELECT_ERR_QUEUE), N(SO_BUSY_POLL),
	N(SO_MAX_PACING_RATE), N(SO_BPF_EXTENSIONS), N(SO_INCOMING_CPU), N(SO_ATTACH_BPF),
	N(SO_MEMINFO), N(SO_COOKIE), N(SO_PEERGROUPS),
};
static const struct named ptrace_values[] = {
	N(PTRACE_TRACEME), N(PTRACE_PEEKTEXT), N(PTRACE_PEEKDATA), N(PTRACE_PEEKUSR),
	N(PTRACE_POKETEXT), N(PTRACE_POKEDATA), N(PTRACE_POKEUSR), N(PTRACE_CONT), N(PTRACE_KILL),
	N(PTRACE_SINGLESTEP), N(PTRACE_ATTACH), N(PTRACE_DETACH), N(PTRACE_SYSCALL),
	N(PTRACE_SETOPTIONS), N(PTRACE_GETEVENTMSG), N(PTRACE_GETSIGINFO), N(PTRACE_SETSIGINFO),
	N(PTRACE_GETREGSET), N(PTRACE_SETREGSET), N(PTRACE_SEIZE), N(PTRACE_INTERRUPT),
	N(PTRACE_LISTEN), N(PTRACE_PEEKSIGINFO), N(PTRACE_GETSIGMASK), N(PTRACE_SETSIGMASK),
#if defined(__x86_64__)
	N(PTRACE_GETREGS), N(PTRACE_SETREGS), N(PTRACE_GETFPREGS), N(PTRACE_SETFPREGS),
	N(PTRACE_GETFPXREGS), N(PTRACE_SETFPXREGS), N(PTRACE_OLDSETOPTIONS),
	N(PTRACE_GET_THREAD_AREA), N(PTRACE_SET_THREAD_AREA), N(PTRACE_ARCH_PRCTL),
	N(PTRACE_SYSEMU), N(PTRACE_SYSEMU_SINGLESTEP), N(PTRACE_SINGLEBLOCK),
#endif
};
static const struct named semctl_values[] = {
	N(IPC_STAT), N(IPC_SET), N(IPC_RMID), N(IPC_INFO), N(SEM_INFO), N(SEM_STAT), N(GETALL),
	N(GETNCNT), N(GETPID), N(GETVAL), N(GETZCNT), N(SETALL), N(SETVAL),
};
#define QUOTA(name) { (name) & 0xffff, #name }
static const struct named quota_cmd_values[] = {
	QUOTA(Q_SYNC), QUOTA(Q_QUOTAON), QUOTA(Q_QUOTAOFF), QUOTA(Q_GETFMT), QUOTA(Q_GETINFO),
	QUOTA(Q_SETINFO), QUOTA(Q_GETQUOTA), QUOTA(Q_SETQUOTA), QUOTA(Q_XQUOTAON),
	QUOTA(Q_XQUOTAOFF), QUOTA(Q_XGETQUOTA), QUOTA(Q_XSETQLIM), QUOTA(Q_XGETQSTAT),
	QUOTA(Q_XQUOTARM), QUOTA(Q_XQUOTASYNC),
};
static const struct named quota_type_values[] = { N(USRQUOTA), N(GRPQUOTA) };
static const struct named quota_fmt_values[] = {
	N(QFMT_VFS_OLD), N(QFMT_VFS_V0), N(QFMT_VFS_V1),
};

#define VALUES(array, table, base, other) { table, other, array, COUNT(array), base }
static const struct {
	const char *table;
	const char *other; /* name of what is in no row, NULL = 0 */
	const struct named *named;
	size_t count;
	uint16_t base;
} value_maps[VALUE_COUNT] = {
	[VALUE_FCNTL]         = VALUES(fcntl_values, "fcntl_commands", 0x40, "UNKNOWN"),
	[VALUE_SOCKOPT_LEVEL] = VALUES(sockopt_level_values, "sockopt_levels", 0x40, "UNKNOWN"),
	[VALUE_SOCKOPT]       = VALUES(sockopt_values, "sockopt_options", 0x40, "UNKNOWN"),
	[VALUE_PTRACE]        = VALUES(ptrace_values, "ptrace_requests", 0x4200, "PTRACE_UNKNOWN"),
	[VALUE_SEMCTL]        = VALUES(semctl_values, "semctl_commands", 0x40, NULL),
	[VALUE_QUOTA_CMD]     = VALUES(quota_cmd_values, "quotactl_cmds", Q_XQUOTAON & 0xffc0, NULL),
	[VALUE_QUOTA_TYPE]    = VALUES(quota_type_values, "quotactl_types", 0x40, NULL),
	[VALUE_QUOTA_FMT]     = VALUES(quota_fmt_values, "quotactl_quota_fmts", 0x40, "QFMT_NOT_USED"),
};

/* By the table of the parameter's names. */
static const struct {
	const char *table;
	uint8_t how, map;
} rules[] = {
	{ "access_flags",              HOW_MASK, 0 },
	{ "bpf_commands",              HOW_LEAVE, 0 },
	{ "chmod_mode",                HOW_PERMISSIONS, 0 },
	{ "clone_flags",               HOW_BITS, BITS_CLONE },
	{ "close_range_flags",         HOW_MASK, 0 },
	{ "creat_flags",               HOW_LEAVE, 0 },
	{ "delete_module_flags",       HOW_BITS, BITS_DELETE_MODULE },
	{ "epoll_create1_flags",       HOW_BITS, BITS_EPOLL_CREATE1 },
	{ "execve_flags",              HOW_LEAVE, 0 },
	{ "fchownat_flags",            HOW_BITS, BITS_FCHOWNAT },
	{ "fcntl_commands",            HOW_VALUE, VALUE_FCNTL },
	{ "file_flags",                HOW_OPEN, 0 },
	{ "finit_module_flags",        HOW_MASK, 0 },
	{ "flock_flags",               HOW_MASK, 0 },
	{ "fsconfig_cmds",             HOW_LEAVE, 0 },
	{ "futex_operations",          HOW_FUTEX, 0 },
	{ "io_uring_enter_flags",      HOW_MASK, 0 },
	{ "io_uring_register_opcodes", HOW_LEAVE, 0 },
	{ "io_uring_setup_feats",      HOW_MASK, 0 },
	{ "io_uring_setup_flags",      HOW_BITS, BITS_IO_URING_SETUP },
	{ "keyctl_operations",         HOW_LEAVE, 0 },
	{ "linkat_flags",              HOW_MASK, 0 },
	{ "lseek_whence",              HOW_WHENCE, 0 },
	{ "memfd_create_flags",        HOW_MASK, 0 },
	{ "mknod_mode",                HOW_MKNOD, 0 },
	{ "mlock2_flags",              HOW_MASK, 0 },
	{ "mlockall_flags",            HOW_MASK, 0 },
	{ "mmap_flags",                HOW_BITS, BITS_MMAP },
	{ "mount_flags",               HOW_MOUNT, 0 },
	{ "newfstatat_flags",          HOW_MASK, 0 },
	{ "openat2_flags",             HOW_BITS, BITS_RESOLVE },
	{ "pf_flags",                  HOW_PAGE_FAULT, 0 },
	{ "pidfd_open_flags",          HOW_BITS, BITS_PIDFD_OPEN },
	{ "prctl_options",             HOW_LEAVE, 0 },
	{ "prot_flags",                HOW_BITS, BITS_PROT },
	{ "ptrace_requests",           HOW_VALUE, VALUE_PTRACE },
	{ "quotactl_cmds",             HOW_VALUE, VALUE_QUOTA_CMD },
	{ "quotactl_dqi_flags",        HOW_LEAVE, 0 },
	{ "quotactl_quota_fmts",       HOW_VALUE, VALUE_QUOTA_FMT },
	{ "quotactl_types",            HOW_VALUE, VALUE_QUOTA_TYPE },
	{ "renameat2_flags",           HOW_LEAVE, 0 },
	{ "rlimit_resources",          HOW_RLIMIT, 0 },
	{ "semctl_commands",           HOW_VALUE, VALUE_SEMCTL },
	{ "semget_flags",              HOW_BITS, BITS_SEMGET },
	{ "semop_flags",               HOW_BITS, BITS_SEMOP },
	{ "shutdown_how",              HOW_LEAVE, 0 },
	{ "socket_families",           HOW_FAMILY, 0 },
	{ "sockopt_levels",            HOW_VALUE, VALUE_SOCKOPT_LEVEL },
	{ "sockopt_options",           HOW_OPTNAME, VALUE_SOCKOPT },
	{ "splice_flags",              HOW_MASK, 0 },
	{ "umount_flags",              HOW_MASK, 0 },
	{ "unlinkat_flags",            HOW_MASK, 0 },
};

/* Parameters that are not what their table says, or have none. */
static const struct {
	uint16_t type;
	const char *param;
	uint8_t how, map;
} exceptions[] = {
	{ EYAS_EV_SYSCALL_OPEN_E,          "mode",   HOW_OPEN_MODE, 0 },
	{ EYAS_EV_SYSCALL_OPEN_X,          "mode",   HOW_OPEN_MODE, 0 },
	{ EYAS_EV_SYSCALL_OPENAT_2_E,      "mode",   HOW_OPEN_MODE, 0 },
	{ EYAS_EV_SYSCALL_OPENAT_2_X,      "mode",   HOW_OPEN_MODE, 0 },
	{ EYAS_EV_SYSCALL_OPENAT2_E,       "mode",   HOW_OPEN_MODE, 0 },
	{ EYAS_EV_SYSCALL_OPENAT2_X,       "mode",   HOW_OPEN_MODE, 0 },
	{ EYAS_EV_SYSCALL_CREAT_E,         "mode",   HOW_PERMISSIONS, 0 },
	{ EYAS_EV_SYSCALL_CREAT_X,         "mode",   HOW_PERMISSIONS, 0 },
	{ EYAS_EV_SOCKET_SOCKET_X,         "flags",  HOW_BITS, BITS_DESCRIPTOR },
	{ EYAS_EV_SOCKET_ACCEPT4_6_X,      "flags",  HOW_BITS, BITS_DESCRIPTOR },
	{ EYAS_EV_SYSCALL_DUP3_X,          "flags",  HOW_BITS, BITS_DUP3 },
	{ EYAS_EV_SYSCALL_PIPE2_X,         "flags",  HOW_NOT_NEGATIVE, BITS_PIPE2 },
	{ EYAS_EV_SYSCALL_EVENTFD2_X,      "flags",  HOW_LEAVE, 0 },
	{ EYAS_EV_SYSCALL_SIGNALFD4_X,     "flags",  HOW_LEAVE, 0 },
	{ EYAS_EV_SYSCALL_INOTIFY_INIT1_X, "flags",  HOW_LEAVE, 0 },
	/* The event has the kernel's value. */
	{ EYAS_EV_SYSCALL_USERFAULTFD_X,   "flags",  HOW_LEAVE, 0 },
	{ EYAS_EV_SYSCALL_UNSHARE_X,       "flags",  HOW_NAMESPACES, BITS_CLONE },
	{ EYAS_EV_SYSCALL_SETNS_X,         "nstype", HOW_NAMESPACES, BITS_CLONE },
	{ EYAS_EV_SYSCALL_SEMCTL_X,        "val",    HOW_SEM_VAL, 0 },
};
/* clang-format on */

/* ---- the tables, made once ---- */

static uint32_t flag_value(const char *table_name, const char *name)
{
	const struct eyas_flag_table *table = eyas_flag_table_find(table_name);
	uint32_t i;

	for (i = 0; i < table->count; i++)
		if (!strcmp(table->flags[i].name, name))
			return table->flags[i].value;
	assert(!"a name that is not in the schema");
	return 0;
}

/* Any of several raw bits means the portable one. */
static void add_bits(struct eyas_bpf_bits *to, uint32_t raw, uint32_t portable)
{
	unsigned four, value;

	for (four = 0; four < 8; four++)
		for (value = 0; value < 16; value++)
			if (raw >> 4 * four & value)
				to->portable[four][value] |= portable;
}

static void make_bit_maps(struct eyas_bpf_translator *tr)
{
	unsigned map;
	size_t i;

	for (map = 0; map < BITS_COUNT; map++)
		for (i = 0; i < bit_maps[map].count; i++) {
			const struct named *named = &bit_maps[map].named[i];

			add_bits(&tr->bits[map], named->raw,
				 flag_value(bit_maps[map].table, named->name));
		}
}

/* The place of a raw value in a value map; none has the last one. */
static unsigned value_slot(const struct eyas_bpf_values *map, uint32_t raw)
{
	if (raw < 64)
		return raw;
	return raw - map->base < 63 ? 64 + (raw - map->base) : 127;
}

static void make_value_maps(struct eyas_bpf_translator *tr)
{
	unsigned map;
	size_t i;

	for (map = 0; map < VALUE_COUNT; map++) {
		struct eyas_bpf_values *values = &tr->values[map];
		const char *other = value_maps[map].other;
		uint16_t none = other ? (uint16_t)flag_value(value_maps[map].table, other) : 0;

		values->base = value_maps[map].base;
		for (i = 0; i < COUNT(values->portable); i++)
			values->portable[i] = none;
		for (i = 0; i < value_maps[map].count; i++) {
			const struct named *named = &value_maps[map].named[i];
			unsigned slot = value_slot(values, named->raw);

			assert(slot < 127);
			values->portable[slot] =
				(uint16_t)flag_value(value_maps[map].table, named->name);
		}
	}
}

static void find_how(unsigned type, const struct eyas_param_info *param, struct eyas_bpf_step *step)
{
	size_t i;

	step->how = param->type == EYAS_PT_FDLIST ? HOW_FDLIST : HOW_LEAVE;
	step->map = BITS_POLL;
	for (i = 0; i < COUNT(exceptions); i++)
		if (exceptions[i].type == type && !strcmp(exceptions[i].param, param->name)) {
			step->how = exceptions[i].how;
			step->map = exceptions[i].map;
			return;
		}
	if (param->has_table != 1)
		return;
	for (i = 0; i < COUNT(rules); i++)
		if (!strcmp(rules[i].table, param->table.flags->name)) {
			step->how = rules[i].how;
			step->map = rules[i].map;
			return;
		}
}

static uint32_t all_flags(const struct eyas_flag_table *table)
{
	uint32_t all = 0, i;

	for (i = 0; i < table->count; i++)
		all |= table->flags[i].value;
	return all;
}

void eyas_bpf_translator_init(struct eyas_bpf_translator *tr)
{
	const struct eyas_flag_table *families = eyas_flag_table_find("socket_families");
	unsigned type, used = 0, i;

	memset(tr, 0, sizeof(*tr));
	make_bit_maps(tr);
	make_value_maps(tr);
	for (i = 0; i < families->count; i++)
		tr->families |= UINT64_C(1) << families->flags[i].value;
	for (type = 0; type < EYAS_EVENT_TYPES; type++) {
		const struct eyas_event_info *info = eyas_event_info(type);

		tr->first[type] = (uint8_t)used;
		/* Only what the kernel's programs send today. */
		if (info->flags & (EYAS_EF_OLD_VERSION | EYAS_EF_UNUSED) ||
		    !(info->category & (EYAS_EC_SYSCALL | EYAS_EC_TRACEPOINT)))
			continue;
		for (i = 0; i < info->nparams; i++) {
			const struct eyas_param_info *param = &info->params[i];
			struct eyas_bpf_step step;

			find_how(type, param, &step);
			if (step.how == HOW_LEAVE)
				continue;
			assert(used < EYAS_BPF_STEPS);
			step.param = (uint8_t)i;
			step.size = eyas_type_sizes[param->type];
			if (step.how == HOW_MASK) {
				step.map = (uint8_t)used;
				tr->masks[used] = all_flags(param->table.flags);
			}
			tr->steps[used++] = step;
		}
	}
	tr->first[type] = (uint8_t)used;
}

/* ---- on the hot path ---- */

static uint32_t bits(const struct eyas_bpf_translator *tr, unsigned map, uint32_t raw)
{
	const struct eyas_bpf_bits *from = &tr->bits[map];

	return from->portable[0][raw & 15] | from->portable[1][raw >> 4 & 15] |
	       from->portable[2][raw >> 8 & 15] | from->portable[3][raw >> 12 & 15] |
	       from->portable[4][raw >> 16 & 15] | from->portable[5][raw >> 20 & 15] |
	       from->portable[6][raw >> 24 & 15] | from->portable[7][raw >> 28];
}

static uint32_t value(const struct eyas_bpf_translator *tr, unsigned map, uint32_t raw)
{
	const struct eyas_bpf_values *values = &tr->values[map];

	return values->portable[value_slot(values, raw)];
}

static uint32_t open_flags(const struct eyas_bpf_translator *tr, uint32_t raw)
{
	enum { RDONLY = 1, WRONLY = 2, RDWR = 3 };
	static const uint8_t access[] = { RDONLY, WRONLY, RDWR, RDONLY };

	return access[raw & O_ACCMODE] | bits(tr, BITS_OPEN, raw);
}

/* mknod() takes a mode without a type for a regular file; directories and links it refuses. */
static uint32_t mknod_mode(uint32_t raw)
{
	uint32_t type = raw & S_IFMT;

	if (!type)
		type = S_IFREG;
	else if (type != S_IFREG && type != S_IFCHR && type != S_IFBLK && type != S_IFIFO &&
		 type != S_IFSOCK)
		type = 0;
	return type | (raw & PERMISSIONS);
}

static uint32_t futex_op(uint32_t raw)
{
	enum { COMMANDS = 127, LAST = 12, FLAGS = 0x180 };
	uint32_t command = raw & COMMANDS;

	return (command <= LAST ? command : 0) | (raw & FLAGS);
}

/* Mounting once needed a magic number in the upper half. */
static uint32_t mount_flags(uint32_t raw)
{
	return (raw & 0xffff0000) == 0xc0ed0000 ? raw & 0xffff : raw;
}

/* The error code of an x86 page fault; two of its bits have a name for 0, too. */
static uint32_t page_fault(uint32_t raw)
{
	return (raw & 1 ? 1 : 2) | (raw & 2 ? 4 : 8) | (raw & 4 ? 0x10 : 0x20) | (raw & 8) << 3 |
	       (raw & 0x10) << 3;
}

/* before is the raw value of the step before this one. */
static uint32_t portable(const struct eyas_bpf_translator *tr, const struct eyas_bpf_step *step,
			 uint32_t raw, uint32_t before)
{
	enum { LAST_RLIMIT = 15, RLIMIT_UNKNOWN = 0xff, LAST_WHENCE = 2 };

	switch ((enum how)step->how) {
	case HOW_LEAVE:
	case HOW_FDLIST:
		return raw;
	case HOW_MASK:
		return raw & tr->masks[step->map];
	case HOW_BITS:
		return bits(tr, step->map, raw);
	case HOW_VALUE:
		return value(tr, step->map, raw);
	case HOW_OPEN:
		return open_flags(tr, raw);
	case HOW_OPEN_MODE:
		return before & (O_CREAT | O_TMPFILE) ? raw & PERMISSIONS : 0;
	case HOW_NOT_NEGATIVE:
		return raw >> 31 ? 0 : bits(tr, step->map, raw);
	case HOW_NAMESPACES:
		return bits(tr, step->map, raw & ~EYAS_WIRE_CLONE_SIGNAL_MASK);
	case HOW_PERMISSIONS:
		return raw & PERMISSIONS;
	case HOW_MKNOD:
		return mknod_mode(raw);
	case HOW_FUTEX:
		return futex_op(raw);
	case HOW_FAMILY:
		/* The low byte, as the reference probe has it. */
		raw &= 0xff;
		return raw < 64 && tr->families >> raw & 1 ? raw : 0;
	case HOW_MOUNT:
		return mount_flags(raw);
	case HOW_RLIMIT:
		return raw <= LAST_RLIMIT ? raw : RLIMIT_UNKNOWN;
	case HOW_WHENCE:
		return raw <= LAST_WHENCE ? raw : 0;
	case HOW_OPTNAME:
		return before == SOL_SOCKET ? value(tr, step->map, raw) : 0;
	case HOW_SEM_VAL:
		return before == SETVAL ? raw : 0;
	case HOW_PAGE_FAULT:
		return page_fault(raw);
	}
	return raw;
}

/* A count of two bytes, then a descriptor of eight and events of two for each. */
static void translate_fdlist(const struct eyas_bpf_translator *tr, unsigned map, uint8_t *data,
			     uint32_t len)
{
	enum { COUNT_SIZE = 2, ROW_SIZE = 10, EVENTS_AT = 8 };
	uint32_t count, i;

	if (len < COUNT_SIZE)
		return;
	count = eyas_le16(data);
	if (count > (len - COUNT_SIZE) / ROW_SIZE)
		count = (len - COUNT_SIZE) / ROW_SIZE;
	for (i = 0; i < count; i++) {
		uint8_t *events = data + COUNT_SIZE + (size_t)i * ROW_SIZE + EVENTS_AT;

		eyas_put_le16(events, (uint16_t)bits(tr, map, eyas_le16(events)));
	}
}

static uint32_t load(const uint8_t *data, unsigned size)
{
	return size == 4 ? eyas_le32(data) : size == 2 ? eyas_le16(data) : data[0];
}

static void store(uint8_t *data, unsigned size, uint32_t to)
{
	if (size == 4)
		eyas_put_le32(data, to);
	else if (size == 2)
		eyas_put_le16(data, (uint16_t)to);
	else
		data[0] = (uint8_t)to;
}

void eyas_bpf_translate_steps(const struct eyas_bpf_translator *tr, const struct eyas_event *event,
			      uint8_t *bytes)
{
	const struct eyas_bpf_step *step = tr->steps + tr->first[event->type];
	const struct eyas_bpf_step *end = tr->steps + tr->first[event->type + 1];
	uint8_t *data = bytes + (event->values - event->bytes);
	uint32_t before = 0, raw, len;
	unsigned i = 0;

	for (; step < end && step->param < event->nparams; step++) {
		for (; i < step->param; i++)
			data += eyas_event_len(event, i);
		len = eyas_event_len(event, i);
		if (step->how == HOW_FDLIST) {
			translate_fdlist(tr, step->map, data, len);
			continue;
		}
		/* A missing value, and one of a wrong size, which the check of the event finds. */
		raw = 0;
		if (len == step->size) {
			raw = load(data, len);
			store(data, len, portable(tr, step, raw, before));
		}
		before = raw;
	}
}
