/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of descriptors by the kernel's texts for them. */
#include "capture/fdlink.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* O_LARGEFILE, which the C library has as 0 where all files are. */
#if defined(__aarch64__) || defined(__arm__)
enum { KERNEL_LARGEFILE = 0400000 };
#elif defined(__powerpc__)
enum { KERNEL_LARGEFILE = 0200000 };
#else
enum { KERNEL_LARGEFILE = 0100000 };
#endif

/* Objects without a file: what stands behind "anon_inode:", brackets left out. */
static const struct anon_row {
	const char *name;
	uint8_t kind;
	bool long_info;
} anon_rows[] = {
	/* clang-format off */
	{ "eventfd",      EYAS_FD_EVENT,       false },
	{ "signalfd",     EYAS_FD_SIGNALFD,    false },
	{ "eventpoll",    EYAS_FD_EVENTPOLL,   true },
	{ "inotify",      EYAS_FD_INOTIFY,     true },
	{ "timerfd",      EYAS_FD_TIMERFD,     false },
	{ "bpf-map",      EYAS_FD_BPF,         false },
	{ "bpf-prog",     EYAS_FD_BPF,         false },
	{ "userfaultfd",  EYAS_FD_USERFAULTFD, false },
	{ "io_uring",     EYAS_FD_IO_URING,    true },
	{ "pidfd",        EYAS_FD_PIDFD,       false },
	/* clang-format on */
};

/* How the flags of an open file are written in events (reference/constants.tsv, PPM_O_*). */
static const struct flag_row {
	uint32_t kernel, event;
} flag_rows[] = {
	/* clang-format off */
	{ O_APPEND,    0x8 },
	{ O_DSYNC,     0x10 },
	{ O_NONBLOCK,  0x40 },
	{ O_SYNC & ~O_DSYNC, 0x80 },
	{ O_DIRECT,    0x200 },
	{ O_DIRECTORY, 0x400 },
	{ KERNEL_LARGEFILE, 0x800 },
	{ O_CLOEXEC,   0x1000 },
	{ O_TMPFILE & ~O_DIRECTORY, 0x2000 },
	/* clang-format on */
};

uint32_t fdlink_open_flags(uint64_t kernel)
{
	static const uint32_t access[] = { [O_RDONLY] = 1, [O_WRONLY] = 2, [O_RDWR] = 3, 0 };
	uint32_t flags = access[kernel & O_ACCMODE];
	size_t i;

	for (i = 0; i < sizeof(flag_rows) / sizeof(flag_rows[0]); i++)
		if (kernel & flag_rows[i].kernel)
			flags |= flag_rows[i].event;
	return flags;
}

bool fdlink_take_prefix(struct eyas_bytes *text, const char *prefix)
{
	size_t len = strlen(prefix);

	if (text->len < len || memcmp(text->data, prefix, len) != 0)
		return false;
	text->data += len;
	text->len -= (uint32_t)len;
	return true;
}

bool fdlink_take_suffix(struct eyas_bytes *text, const char *suffix)
{
	size_t len = strlen(suffix);

	if (text->len < len || memcmp(text->data + text->len - len, suffix, len) != 0)
		return false;
	text->len -= (uint32_t)len;
	return true;
}

uint8_t fdlink_anon_kind(struct eyas_bytes name, bool *ret_long_info)
{
	size_t i;

	if (fdlink_take_prefix(&name, "["))
		fdlink_take_suffix(&name, "]");
	for (i = 0; i < sizeof(anon_rows) / sizeof(anon_rows[0]); i++) {
		if (name.len != strlen(anon_rows[i].name) ||
		    memcmp(name.data, anon_rows[i].name, name.len) != 0)
			continue;
		if (ret_long_info)
			*ret_long_info = anon_rows[i].long_info;
		return anon_rows[i].kind;
	}
	return EYAS_FD_UNSUPPORTED;
}

uint8_t fdlink_file_kind(struct eyas_bytes *name, uint32_t mode)
{
	if (fdlink_take_prefix(name, "/memfd:"))
		return EYAS_FD_MEMFD;
	if (S_ISDIR(mode))
		return EYAS_FD_DIRECTORY;
	if (S_ISFIFO(mode))
		return EYAS_FD_FIFO;
	return EYAS_FD_FILE_V2;
}

uint8_t fdlink_l4(int type, int protocol)
{
	enum { L4_UNKNOWN = 0, L4_TCP = 2, L4_UDP = 3, L4_ICMP = 4, L4_RAW = 5 };

	if (type == SOCK_RAW)
		return L4_RAW;
	switch (protocol) {
	case IPPROTO_TCP:
		return L4_TCP;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return L4_UDP;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return L4_ICMP;
	default:
		return L4_UNKNOWN;
	}
}
