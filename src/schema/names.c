/* SPDX-License-Identifier: Apache-2.0 */
/* Names of small numbers: errno values, signals, categories, flags of events and formats. */
#include <eyas/schema.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */

/* Linux numbers of x86-64 and arm64; from 512 on those the kernel uses inside, which a traced
 * call can show. */
static const char *const errno_names[] = {
	[1] = "EPERM", [2] = "ENOENT", [3] = "ESRCH", [4] = "EINTR", [5] = "EIO", [6] = "ENXIO",
	[7] = "E2BIG", [8] = "ENOEXEC", [9] = "EBADF", [10] = "ECHILD", [11] = "EAGAIN",
	[12] = "ENOMEM", [13] = "EACCES", [14] = "EFAULT", [15] = "ENOTBLK", [16] = "EBUSY",
	[17] = "EEXIST", [18] = "EXDEV", [19] = "ENODEV", [20] = "ENOTDIR", [21] = "EISDIR",
	[22] = "EINVAL", [23] = "ENFILE", [24] = "EMFILE", [25] = "ENOTTY", [26] = "ETXTBSY",
	[27] = "EFBIG", [28] = "ENOSPC", [29] = "ESPIPE", [30] = "EROFS", [31] = "EMLINK",
	[32] = "EPIPE", [33] = "EDOM", [34] = "ERANGE", [35] = "EDEADLK", [36] = "ENAMETOOLONG",
	[37] = "ENOLCK", [38] = "ENOSYS", [39] = "ENOTEMPTY", [40] = "ELOOP", [42] = "ENOMSG",
	[43] = "EIDRM", [44] = "ECHRNG", [45] = "EL2NSYNC", [46] = "EL3HLT", [47] = "EL3RST",
	[48] = "ELNRNG", [49] = "EUNATCH", [50] = "ENOCSI", [51] = "EL2HLT", [52] = "EBADE",
	[53] = "EBADR", [54] = "EXFULL", [55] = "ENOANO", [56] = "EBADRQC", [57] = "EBADSLT",
	[59] = "EBFONT", [60] = "ENOSTR", [61] = "ENODATA", [62] = "ETIME", [63] = "ENOSR",
	[64] = "ENONET", [65] = "ENOPKG", [66] = "EREMOTE", [67] = "ENOLINK", [68] = "EADV",
	[69] = "ESRMNT", [70] = "ECOMM", [71] = "EPROTO", [72] = "EMULTIHOP", [73] = "EDOTDOT",
	[74] = "EBADMSG", [75] = "EOVERFLOW", [76] = "ENOTUNIQ", [77] = "EBADFD",
	[78] = "EREMCHG", [79] = "ELIBACC", [80] = "ELIBBAD", [81] = "ELIBSCN", [82] = "ELIBMAX",
	[83] = "ELIBEXEC", [84] = "EILSEQ", [85] = "ERESTART", [86] = "ESTRPIPE", [87] = "EUSERS",
	[88] = "ENOTSOCK", [89] = "EDESTADDRREQ", [90] = "EMSGSIZE", [91] = "EPROTOTYPE",
	[92] = "ENOPROTOOPT", [93] = "EPROTONOSUPPORT", [94] = "ESOCKTNOSUPPORT",
	[95] = "EOPNOTSUPP", [96] = "EPFNOSUPPORT", [97] = "EAFNOSUPPORT", [98] = "EADDRINUSE",
	[99] = "EADDRNOTAVAIL", [100] = "ENETDOWN", [101] = "ENETUNREACH", [102] = "ENETRESET",
	[103] = "ECONNABORTED", [104] = "ECONNRESET", [105] = "ENOBUFS", [106] = "EISCONN",
	[107] = "ENOTCONN", [108] = "ESHUTDOWN", [109] = "ETOOMANYREFS", [110] = "ETIMEDOUT",
	[111] = "ECONNREFUSED", [112] = "EHOSTDOWN", [113] = "EHOSTUNREACH", [114] = "EALREADY",
	[115] = "EINPROGRESS", [116] = "ESTALE", [117] = "EUCLEAN", [118] = "ENOTNAM",
	[119] = "ENAVAIL", [120] = "EISNAM", [121] = "EREMOTEIO", [122] = "EDQUOT",
	[123] = "ENOMEDIUM", [124] = "EMEDIUMTYPE", [125] = "ECANCELED", [126] = "ENOKEY",
	[127] = "EKEYEXPIRED", [128] = "EKEYREVOKED", [129] = "EKEYREJECTED",
	[130] = "EOWNERDEAD", [131] = "ENOTRECOVERABLE", [132] = "ERFKILL", [133] = "EHWPOISON",
	[512] = "ERESTARTSYS", [513] = "ERESTARTNOINTR", [514] = "ERESTARTNOHAND",
	[515] = "ENOIOCTLCMD", [516] = "ERESTART_RESTARTBLOCK", [517] = "EPROBE_DEFER",
	[518] = "EOPENSTALE", [519] = "ENOPARAM", [521] = "EBADHANDLE", [522] = "ENOTSYNC",
	[523] = "EBADCOOKIE", [524] = "ENOTSUPP", [525] = "ETOOSMALL", [526] = "ESERVERFAULT",
	[527] = "EBADTYPE", [528] = "EJUKEBOX", [529] = "EIOCBQUEUED", [530] = "ERECALLCONFLICT",
};

static const char *const signal_names[] = {
	[1] = "SIGHUP", [2] = "SIGINT", [3] = "SIGQUIT", [4] = "SIGILL", [5] = "SIGTRAP",
	[6] = "SIGABRT", [7] = "SIGBUS", [8] = "SIGFPE", [9] = "SIGKILL", [10] = "SIGUSR1",
	[11] = "SIGSEGV", [12] = "SIGUSR2", [13] = "SIGPIPE", [14] = "SIGALRM", [15] = "SIGTERM",
	[16] = "SIGSTKFLT", [17] = "SIGCHLD", [18] = "SIGCONT", [19] = "SIGSTOP",
	[20] = "SIGTSTP", [21] = "SIGTTIN", [22] = "SIGTTOU", [23] = "SIGURG", [24] = "SIGXCPU",
	[25] = "SIGXFSZ", [26] = "SIGVTALRM", [27] = "SIGPROF", [28] = "SIGWINCH", [29] = "SIGIO",
	[30] = "SIGPWR", [31] = "SIGSYS",
};

struct name_row {
	unsigned value;
	const char *name;
};

static const struct name_row classes[] = {
	{ EYAS_EC_UNKNOWN, "UNKNOWN" },	    { EYAS_EC_OTHER, "OTHER" },
	{ EYAS_EC_FILE, "FILE" },	    { EYAS_EC_NET, "NET" },
	{ EYAS_EC_IPC, "IPC" },		    { EYAS_EC_MEMORY, "MEMORY" },
	{ EYAS_EC_PROCESS, "PROCESS" },	    { EYAS_EC_SLEEP, "SLEEP" },
	{ EYAS_EC_SYSTEM, "SYSTEM" },	    { EYAS_EC_SIGNAL, "SIGNAL" },
	{ EYAS_EC_USER, "USER" },	    { EYAS_EC_TIME, "TIME" },
	{ EYAS_EC_PROCESSING, "PROCESSING" }, { EYAS_EC_IO_READ, "IO_READ" },
	{ EYAS_EC_IO_WRITE, "IO_WRITE" },   { EYAS_EC_IO_OTHER, "IO_OTHER" },
	{ EYAS_EC_WAIT, "WAIT" },	    { EYAS_EC_SCHEDULER, "SCHEDULER" },
	{ EYAS_EC_INTERNAL, "INTERNAL" },
};
static const struct name_row origins[] = {
	{ EYAS_EC_SYSCALL, "SYSCALL" },	    { EYAS_EC_TRACEPOINT, "TRACEPOINT" },
	{ EYAS_EC_PLUGIN, "PLUGIN" },	    { EYAS_EC_METAEVENT, "METAEVENT" },
	{ EYAS_EC_ITER, "ITER" },
};
static const struct name_row event_flags[] = {
	{ EYAS_EF_CREATES_FD, "CREATES_FD" },
	{ EYAS_EF_DESTROYS_FD, "DESTROYS_FD" },
	{ EYAS_EF_USES_FD, "USES_FD" },
	{ EYAS_EF_READS_FROM_FD, "READS_FROM_FD" },
	{ EYAS_EF_WRITES_TO_FD, "WRITES_TO_FD" },
	{ EYAS_EF_MODIFIES_STATE, "MODIFIES_STATE" },
	{ EYAS_EF_UNUSED, "UNUSED" },
	{ EYAS_EF_WAITS, "WAITS" },
	{ EYAS_EF_SKIPPARSERESET, "SKIPPARSERESET" },
	{ EYAS_EF_OLD_VERSION, "OLD_VERSION" },
	{ EYAS_EF_LARGE_PAYLOAD, "LARGE_PAYLOAD" },
	{ EYAS_EF_CONVERTER_MANAGED, "CONVERTER_MANAGED" },
};
static const struct name_row syscall_flags[] = {
	{ EYAS_UF_USED, "USED" },
	{ EYAS_UF_NEVER_DROP, "NEVER_DROP" },
	{ EYAS_UF_ALWAYS_DROP, "ALWAYS_DROP" },
	{ EYAS_UF_ATOMIC, "ATOMIC" },
};
static const struct name_row syscall_sets[] = {
	{ EYAS_SET_STATE, "state" },   { EYAS_SET_IO, "io" },
	{ EYAS_SET_IO_OTHER, "io_other" }, { EYAS_SET_FILE, "file" },
	{ EYAS_SET_NET, "net" },       { EYAS_SET_PROC, "proc" },
	{ EYAS_SET_SYS, "sys" },       { EYAS_SET_SIMPLE, "simple" },
	{ EYAS_SET_REPAIR_BASE, "repair_base" },
};
static const struct name_row fmts[] = {
	{ EYAS_FMT_NA, "NA" },	 { EYAS_FMT_DEC, "DEC" },
	{ EYAS_FMT_HEX, "HEX" }, { EYAS_FMT_PADDED_DEC, "10_PADDED_DEC" },
	{ EYAS_FMT_ID, "ID" },	 { EYAS_FMT_DIR, "DIR" },
	{ EYAS_FMT_OCT, "OCT" },
};

/* clang-format on */

static const char *row_find(const struct name_row *rows, size_t count, unsigned value)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (rows[i].value == value)
			return rows[i].name;
	return NULL;
}

const char *eyas_errno_name(unsigned value)
{
	return value < COUNT(errno_names) ? errno_names[value] : NULL;
}

const char *eyas_signal_name(unsigned value)
{
	return value < COUNT(signal_names) ? signal_names[value] : NULL;
}

const char *eyas_category_name(unsigned category_class)
{
	return row_find(classes, COUNT(classes), category_class);
}

const char *eyas_origin_name(unsigned origin_bit)
{
	return row_find(origins, COUNT(origins), origin_bit);
}

const char *eyas_event_flag_name(unsigned bit)
{
	return row_find(event_flags, COUNT(event_flags), bit);
}

const char *eyas_syscall_flag_name(unsigned bit)
{
	return row_find(syscall_flags, COUNT(syscall_flags), bit);
}

const char *eyas_syscall_set_name(unsigned bit)
{
	return row_find(syscall_sets, COUNT(syscall_sets), bit);
}

const char *eyas_fmt_name(unsigned fmt)
{
	return row_find(fmts, COUNT(fmts), fmt);
}
