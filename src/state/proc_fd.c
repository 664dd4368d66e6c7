/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a process have open? Its descriptors out of /proc/PID/fd, by the text of their
 * links, into the state; called by proc.c and scan.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "state/proc_int.h"

/* O_LARGEFILE, which the C library has as 0 where all files are. */
#if defined(__aarch64__) || defined(__arm__)
enum { KERNEL_LARGEFILE = 0400000 };
#elif defined(__powerpc__)
enum { KERNEL_LARGEFILE = 0200000 };
#else
enum { KERNEL_LARGEFILE = 0100000 };
#endif

/* What is known about one descriptor. */
struct found {
	struct eyas_fd_entry entry;
	bool close_on_exec, deleted;
	bool skip_info; /* fdinfo of this kind lists all that it watches, and may be huge */
	uint32_t mount_id;
	int64_t pid; /* of a pidfd */
};

/* Objects without a file: what stands behind "anon_inode:", brackets left out. */
static const struct anon_row {
	const char *name;
	uint8_t kind;
	bool skip_info;
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

static uint32_t open_flags_of(uint64_t kernel)
{
	static const uint32_t access[] = { [O_RDONLY] = 1, [O_WRONLY] = 2, [O_RDWR] = 3, 0 };
	uint32_t flags = access[kernel & O_ACCMODE];
	size_t i;

	for (i = 0; i < sizeof(flag_rows) / sizeof(flag_rows[0]); i++)
		if (kernel & flag_rows[i].kernel)
			flags |= flag_rows[i].event;
	return flags;
}

/* A device number as the kernel and events have it. */
static uint32_t dev_of(const struct statx *file)
{
	uint32_t minor = file->stx_dev_minor;

	return (minor & 0xff) | file->stx_dev_major << 8 | (minor & ~UINT32_C(0xff)) << 12;
}

/* Does text begin with prefix? It is left out of it then. */
static bool take_prefix(struct eyas_bytes *text, const char *prefix)
{
	size_t len = strlen(prefix);

	if (text->len < len || memcmp(text->data, prefix, len) != 0)
		return false;
	text->data += len;
	text->len -= (uint32_t)len;
	return true;
}

static bool take_suffix(struct eyas_bytes *text, const char *suffix)
{
	size_t len = strlen(suffix);

	if (text->len < len || memcmp(text->data + text->len - len, suffix, len) != 0)
		return false;
	text->len -= (uint32_t)len;
	return true;
}

static void find_anon(struct found *found, struct eyas_bytes link, struct eyas_bytes name)
{
	size_t i;

	if (take_prefix(&name, "["))
		take_suffix(&name, "]");
	for (i = 0; i < sizeof(anon_rows) / sizeof(anon_rows[0]); i++) {
		if (name.len != strlen(anon_rows[i].name) ||
		    memcmp(name.data, anon_rows[i].name, name.len) != 0)
			continue;
		found->entry.kind = anon_rows[i].kind;
		found->skip_info = anon_rows[i].skip_info;
		return;
	}
	found->entry.kind = EYAS_FD_UNSUPPORTED;
	found->entry.name = link;
}

static int find_file(struct found *found, struct proc_reader *reader,
		     const struct proc_process *process, const char *path, struct eyas_bytes name)
{
	struct eyas_fd_entry *entry = &found->entry;
	struct statx file;
	int err = proc_stat(reader, process->files, path, &file);

	if (err == -ENOENT || err == -ESRCH)
		return err;
	if (err)
		file = (struct statx){ .stx_nlink = 1, .stx_mode = S_IFREG };
	if (!file.stx_nlink)
		found->deleted = take_suffix(&name, " (deleted)");
	entry->name = name;
	entry->ino = file.stx_ino;
	entry->dev = dev_of(&file);
	if (take_prefix(&entry->name, "/memfd:"))
		entry->kind = EYAS_FD_MEMFD;
	else if (S_ISDIR(file.stx_mode))
		entry->kind = EYAS_FD_DIRECTORY;
	else if (S_ISFIFO(file.stx_mode))
		entry->kind = EYAS_FD_FIFO;
	else
		entry->kind = EYAS_FD_FILE_V2;
	return 0;
}

static void find_socket(struct found *found, struct proc_reader *reader, const char *root,
			struct proc_process *process)
{
	struct eyas_fd_entry *entry = &found->entry;
	struct proc_sock sock;

	if (!proc_sock_get(reader, root, process, entry->fd, entry->ino, &sock)) {
		entry->kind = EYAS_FD_UNSUPPORTED;
		return;
	}
	entry->kind = sock.kind;
	entry->l4 = sock.l4;
	entry->sport = sock.sport;
	entry->dport = sock.dport;
	entry->unix_src = sock.unix_ptr;
	memcpy(entry->src, sock.src, sizeof(entry->src));
	memcpy(entry->dst, sock.dst, sizeof(entry->dst));
	if (sock.name_len)
		entry->name = (struct eyas_bytes){ reader->socks.names.data + sock.name_at,
						   sock.name_len };
}

static void read_info(struct found *found, struct proc_reader *reader,
		      const struct proc_process *process)
{
	char path[40], buf[512];
	const char *at, *end;
	uint64_t flags;
	ssize_t len;

	snprintf(path, sizeof(path), "fdinfo/%lld", (long long)found->entry.fd);
	len = proc_slurp(reader, process->files, path, buf, sizeof(buf) - 1);
	if (len <= 0)
		return;
	buf[len] = '\0';
	end = buf + len;
	if ((at = strstr(buf, "flags:"))) {
		at += strlen("flags:");
		flags = proc_number(&at, end, 8);
		found->close_on_exec = flags & O_CLOEXEC;
		found->entry.open_flags = open_flags_of(flags);
	}
	if ((at = strstr(buf, "mnt_id:"))) {
		at += strlen("mnt_id:");
		found->mount_id = (uint32_t)proc_number(&at, end, 10);
	}
	if (found->entry.kind == EYAS_FD_PIDFD && (at = strstr(buf, "\nPid:"))) {
		at += strlen("\nPid:");
		found->pid = (int64_t)proc_number(&at, end, 10);
	}
}

/* -errno when it is gone. Texts of the entry are in the reader until the next one is read. */
static int find_fd(struct found *found, struct proc_reader *reader, const char *root,
		   struct proc_process *process, int64_t num)
{
	struct eyas_bytes link, rest;
	char path[32];
	ssize_t len;
	int err = 0;

	*found = (struct found){ .entry = { .fd = num } };
	snprintf(path, sizeof(path), "fd/%lld", (long long)num);
	len = proc_link(reader, process->files, path, reader->link);
	if (len < 0)
		return (int)len;
	link = rest = (struct eyas_bytes){ reader->link, (uint32_t)len };
	if (take_prefix(&rest, "socket:[")) {
		found->entry.ino = proc_link_number(link.data, link.len);
		find_socket(found, reader, root, process);
	} else if (take_prefix(&rest, "pipe:[")) {
		found->entry.kind = EYAS_FD_FIFO;
		found->entry.ino = proc_link_number(link.data, link.len);
		found->entry.name = link;
	} else if (take_prefix(&rest, "anon_inode:")) {
		find_anon(found, link, rest);
	} else if (take_prefix(&rest, "pidfd:[")) {
		found->entry.kind = EYAS_FD_PIDFD;
	} else {
		err = find_file(found, reader, process, path, link);
	}
	if (!err && !found->skip_info)
		read_info(found, reader, process);
	return err;
}

static struct eyas_fd *store_fd(struct eyas_state *state, struct eyas_thread *thread,
				struct found *found)
{
	char name[32];
	struct eyas_fd *fd;

	if (found->pid > 0) {
		snprintf(name, sizeof(name), "/proc/%lld", (long long)found->pid);
		found->entry.name = (struct eyas_bytes){ name, (uint32_t)strlen(name) };
	}
	fd = load_fd_entry(state, thread, &found->entry);
	if (!fd)
		return NULL;
	fd->open_flags = found->entry.open_flags;
	fd->dev = found->entry.dev;
	fd->mount_id = found->mount_id;
	if (fd->kind == EYAS_FD_PIDFD)
		fd->u.pidfd.pid = found->pid;
	if (found->close_on_exec)
		fd->bits |= FD_CLOSE_ON_EXEC;
	if (found->deleted)
		fd->bits |= FD_DELETED;
	return fd;
}

struct eyas_fd *proc_load_fd(struct eyas_state *state, struct proc_reader *reader,
			     struct proc_process *process, struct eyas_thread *thread, int64_t num)
{
	struct found found;

	if (find_fd(&found, reader, state->proc_root, process, num))
		return NULL;
	return store_fd(state, thread, &found);
}

int proc_load_fds(struct eyas_state *state, struct proc_reader *reader,
		  struct proc_process *process, struct eyas_thread *thread)
{
	bool full = false, missed = false;
	struct proc_dir entries;
	struct found found;
	int64_t num;
	int err;

	if (process->kernel)
		return 0;
	err = proc_dir_open(&entries, reader, process->files, "fd");
	if (err)
		return err == -ENOENT || err == -ESRCH ? -ESRCH : 0;
	while (proc_dir_next(&entries, &num)) {
		if (full) {
			state->stats.fds_refused++; /* not even looked at */
			continue;
		}
		if (find_fd(&found, reader, state->proc_root, process, num))
			missed = true;
		else
			full = !store_fd(state, thread, &found);
	}
	proc_dir_close(&entries);
	/* A descriptor was closed, or all of them with the process. */
	return missed && proc_process_is_gone(reader, process) ? -ESRCH : 0;
}
