/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a process have open? Its descriptors out of /proc/PID/fd, by the text of their
 * links, into the state; called by proc.c and scan.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "capture/fdlink.h"
#include "state/proc_int.h"

/* What is known about one descriptor. */
struct found {
	struct eyas_fd_entry entry;
	bool skip_info; /* fdinfo of this kind lists all that it watches, and may be huge */
};

/* A device number as the kernel and events have it. */
static uint32_t dev_of(const struct statx *file)
{
	uint32_t minor = file->stx_dev_minor;

	return (minor & 0xff) | file->stx_dev_major << 8 | (minor & ~UINT32_C(0xff)) << 12;
}

static void find_anon(struct found *found, struct eyas_bytes link, struct eyas_bytes name)
{
	found->entry.kind = fdlink_anon_kind(name, &found->skip_info);
	if (found->entry.kind == EYAS_FD_UNSUPPORTED)
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
		entry->deleted = fdlink_take_suffix(&name, " (deleted)");
	entry->name = name;
	entry->ino = file.stx_ino;
	entry->dev = dev_of(&file);
	entry->kind = fdlink_file_kind(&entry->name, file.stx_mode);
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
		found->entry.open_flags = fdlink_open_flags(flags);
	}
	if ((at = strstr(buf, "mnt_id:"))) {
		at += strlen("mnt_id:");
		found->entry.mount_id = (uint32_t)proc_number(&at, end, 10);
	}
	if (found->entry.kind == EYAS_FD_PIDFD && (at = strstr(buf, "\nPid:"))) {
		at += strlen("\nPid:");
		found->entry.pid = (int64_t)proc_number(&at, end, 10);
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
	if (fdlink_take_prefix(&rest, "socket:[")) {
		found->entry.ino = proc_link_number(link.data, link.len);
		find_socket(found, reader, root, process);
	} else if (fdlink_take_prefix(&rest, "pipe:[")) {
		found->entry.kind = EYAS_FD_FIFO;
		found->entry.ino = proc_link_number(link.data, link.len);
		found->entry.name = link;
	} else if (fdlink_take_prefix(&rest, "anon_inode:")) {
		find_anon(found, link, rest);
	} else if (fdlink_take_prefix(&rest, "pidfd:[")) {
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

	if (found->entry.pid > 0) {
		snprintf(name, sizeof(name), "/proc/%lld", (long long)found->entry.pid);
		found->entry.name = (struct eyas_bytes){ name, (uint32_t)strlen(name) };
	}
	return load_fd_entry(state, thread, &found->entry);
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
