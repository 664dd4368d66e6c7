/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors, out of the records of the kernel's iterator. */
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "capture/bpf_snapshot_read.h"
#include "capture/fdlink.h"

/* TCP's, as struct tcp_info has them. */
enum { STATE_CLOSED = 7, STATE_LISTENING = 10 };

int64_t snapshot_fd_at(const char *data, size_t len, struct snapshot_fd *ret_fd)
{
	const struct eyas_iter_fd *record = (const void *)data;

	if (len < sizeof(*record))
		return 0;
	if (record->bytes < sizeof(*record) || record->bytes > EYAS_ITER_RECORD_MAX ||
	    record->bytes % 8 || record->text_bytes > record->bytes - sizeof(*record))
		return EYAS_E_FORMAT;
	if (record->bytes > len)
		return 0;
	ret_fd->record = record;
	ret_fd->text = (struct eyas_bytes){ data + sizeof(*record), record->text_bytes };
	return record->bytes;
}

struct snapshot_process *snapshot_owner(struct snapshot *snapshot, const struct snapshot_fd *fd)
{
	uint32_t i = eyas_map_find(&snapshot->by_pid, (uint64_t)fd->record->pid);
	struct snapshot_process *process;
	struct snapshot_task task;
	size_t at;

	if (i == EYAS_MAP_NONE)
		return NULL;
	process = &snapshot->processes[i];
	if (!process->said)
		return NULL;
	/* Descriptors are of the thread that all else about the process is from. */
	at = process->body;
	if (snapshot_task_at(snapshot->tasks.data + at, snapshot->tasks.len - at, &task) <= 0)
		return NULL;
	return task.record->tid == fd->record->tid && task.record->start_ns == fd->record->start_ns
		       ? process
		       : NULL;
}

/* ---- sockets ---- */

static bool is_zero(const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len && !bytes[i]; i++)
		;
	return i == len;
}

/*
 * One that waits for peers, or has none, is a server in captures; one that is neither bound nor
 * connected is a connection of which nothing is known.
 */
static void fill_inet(const struct eyas_iter_fd *record, struct eyas_fd_entry *entry)
{
	const bool is_ipv6 = record->family == AF_INET6, is_tcp = record->protocol == IPPROTO_TCP;
	bool is_server;

	entry->l4 = fdlink_l4(record->type, record->protocol);
	entry->sport = record->sport;
	memcpy(entry->src, record->src, sizeof(entry->src));
	/* What is left of a connection that has ended does not count. */
	if (!is_tcp || record->state != STATE_CLOSED) {
		entry->dport = record->dport;
		memcpy(entry->dst, record->dst, sizeof(entry->dst));
	}
	is_server = (is_tcp && record->state == STATE_LISTENING) ||
		    (!entry->dport && is_zero(entry->dst, sizeof(entry->dst)));
	if (!entry->sport && !entry->dport) {
		is_server = false;
		memset(entry->src, 0, sizeof(entry->src));
	}
	if (is_ipv6)
		entry->kind = is_server ? EYAS_FD_IPV6_SERVER : EYAS_FD_IPV6_SOCK;
	else
		entry->kind = is_server ? EYAS_FD_IPV4_SERVER : EYAS_FD_IPV4_SOCK;
}

/* An abstract name begins with '@', which also stands for any NUL in it. */
static void fill_unix(const struct snapshot_fd *fd, char buf[static 128],
		      struct eyas_fd_entry *entry)
{
	uint32_t i, len = fd->text.len > 108 ? 108 : fd->text.len;

	entry->l4 = 1;
	entry->kind = EYAS_FD_UNIX;
	entry->unix_src = fd->record->unix_src;
	entry->unix_dst = fd->record->unix_dst;
	if (!fd->record->is_abstract)
		len = (uint32_t)strnlen(fd->text.data, len);
	for (i = 0; i < len; i++)
		buf[i] = fd->text.data[i] ? fd->text.data[i] : '@';
	entry->name = (struct eyas_bytes){ buf, len };
}

static void fill_socket(const struct snapshot_fd *fd, char buf[static 128],
			struct eyas_fd_entry *entry)
{
	entry->ino = fd->record->ino;
	switch (fd->record->family) {
	case AF_INET:
	case AF_INET6:
		fill_inet(fd->record, entry);
		break;
	case AF_UNIX:
		fill_unix(fd, buf, entry);
		break;
	case AF_NETLINK:
		entry->kind = EYAS_FD_NETLINK;
		entry->l4 = 1;
		break;
	default:
		entry->kind = EYAS_FD_UNSUPPORTED;
		break;
	}
}

/* ---- files ---- */

static void fill_file(const struct eyas_iter_fd *record, struct eyas_fd_entry *entry)
{
	entry->ino = record->ino;
	entry->dev = record->dev;
	if (!record->links)
		entry->deleted = fdlink_take_suffix(&entry->name, " (deleted)");
	entry->kind = fdlink_file_kind(&entry->name, record->mode);
}

static void fill_pidfd(const struct eyas_iter_fd *record, char buf[static 128],
		       struct eyas_fd_entry *entry)
{
	entry->kind = EYAS_FD_PIDFD;
	entry->name = (struct eyas_bytes){ "", 0 };
	if (record->pidfd <= 0)
		return;
	entry->pid = record->pidfd;
	entry->name.len = (uint32_t)snprintf(buf, 128, "/proc/%" PRId64, entry->pid);
	entry->name.data = buf;
}

void snapshot_fd_entry(const struct snapshot_fd *fd, char buf[static 128],
		       struct eyas_fd_entry *ret_entry)
{
	const struct eyas_iter_fd *record = fd->record;
	struct eyas_bytes rest = fd->text;

	*ret_entry = (struct eyas_fd_entry){
		.fd = record->fd,
		.name = fd->text,
		.mount_id = record->mount_id,
		.open_flags = fdlink_open_flags((record->open_flags & ~(uint32_t)O_CLOEXEC) |
						(record->close_on_exec ? O_CLOEXEC : 0)),
	};
	if (S_ISSOCK(record->mode)) {
		ret_entry->name = (struct eyas_bytes){ "", 0 };
		fill_socket(fd, buf, ret_entry);
	} else if (fdlink_take_prefix(&rest, "pipe:[")) {
		ret_entry->kind = EYAS_FD_FIFO;
		ret_entry->ino = record->ino;
	} else if (fdlink_take_prefix(&rest, "pidfd:[")) {
		fill_pidfd(record, buf, ret_entry);
	} else if (fdlink_take_prefix(&rest, "anon_inode:")) {
		ret_entry->kind = fdlink_anon_kind(rest, NULL);
		if (ret_entry->kind == EYAS_FD_PIDFD)
			fill_pidfd(record, buf, ret_entry);
		else if (ret_entry->kind != EYAS_FD_UNSUPPORTED)
			ret_entry->name = (struct eyas_bytes){ "", 0 };
	} else {
		fill_file(record, ret_entry);
	}
}
