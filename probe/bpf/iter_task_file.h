/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Every open descriptor, as a record each. The iterator holds the file, so that the kernel can be
 * asked for its path, and all that hangs on it stays. Threads that share the table of their
 * process's first thread are left out by the kernel, those that have one of their own here, as
 * /proc/PID/fd shows the first thread's.
 */
#ifndef PROBE_ITER_TASK_FILE_H
#define PROBE_ITER_TASK_FILE_H

#include "bpf/inode.h"
#include "bpf/iter_path.h"

#define MODE_FORMAT 0170000
#define MODE_SOCKET 0140000
#define SOCKFS_MAGIC 0x534f434b
#define PIDFS_MAGIC 0x50494446
#define SOCK_FAMILY_UNIX 1
#define SOCK_FAMILY_INET 2
#define SOCK_FAMILY_INET6 10
/* Bytes of an address of AF_UNIX in front of its name, and of the longest name. */
#define UNIX_FAMILY_BYTES 2
#define UNIX_NAME_BYTES 108

static __always_inline struct eyas_iter_fd *fd_record(void)
{
	return (struct eyas_iter_fd *)record.bytes;
}

/* ---- sockets ---- */

static __always_inline u16 host_port(u16 port)
{
	return __builtin_bswap16(port);
}

static __always_inline void take_unix(struct eyas_iter_fd *to, const struct unix_sock___iter *sk)
{
	const struct unix_address___iter *addr = NULL;
	const struct sock___iter *peer = NULL;
	char *place = record_place();
	int len = 0;

	bpf_core_read(&addr, sizeof(addr), &sk->addr);
	bpf_core_read(&peer, sizeof(peer), &sk->peer);
	to->unix_src = (u64)sk;
	to->unix_dst = (u64)peer;
	if (!addr)
		return;
	bpf_core_read(&len, sizeof(len), &addr->len);
	len -= UNIX_FAMILY_BYTES;
	if (len <= 0)
		return;
	if (len > UNIX_NAME_BYTES)
		len = UNIX_NAME_BYTES;
	bpf_probe_read_kernel(place, len & 0x7f,
			      (const char *)__builtin_preserve_access_index(&addr->name) +
				      UNIX_FAMILY_BYTES);
	to->is_abstract = !*place;
	to->text_bytes = len;
	record.len = record_len() + len;
}

static __always_inline void take_inet(struct eyas_iter_fd *to, const struct sock___iter *sk)
{
	const struct sock_common___iter *common = __builtin_preserve_access_index(&sk->__sk_common);

	to->sport = host_port(KREAD(struct inet_sock___iter, sk, inet_sport));
	to->dport = host_port(KREAD(struct sock___iter, sk, __sk_common.skc_dport));
	if (to->family == SOCK_FAMILY_INET) {
		bpf_core_read(to->src, 4, &common->skc_rcv_saddr);
		bpf_core_read(to->dst, 4, &common->skc_daddr);
	} else if (bpf_core_field_exists(common->skc_v6_daddr)) {
		bpf_core_read(to->src, 16, &common->skc_v6_rcv_saddr);
		bpf_core_read(to->dst, 16, &common->skc_v6_daddr);
	}
}

static __always_inline void take_socket(struct eyas_iter_fd *to, const struct file *file)
{
	const struct socket___iter *socket = KREAD(struct file, file, private_data);
	const struct sock___iter *sk = socket ? KREAD(struct socket___iter, socket, sk) : NULL;

	if (!sk)
		return;
	to->family = KREAD(struct sock___iter, sk, __sk_common.skc_family);
	to->state = KREAD(struct sock___iter, sk, __sk_common.skc_state);
	to->type = KREAD(struct sock___iter, sk, sk_type);
	to->protocol = KREAD(struct sock___iter, sk, sk_protocol);
	if (to->family == SOCK_FAMILY_UNIX) {
		if (bpf_core_type_exists(struct unix_sock___iter))
			take_unix(to, (const void *)sk);
	} else if (to->family == SOCK_FAMILY_INET || to->family == SOCK_FAMILY_INET6) {
		take_inet(to, sk);
	}
}

/* ---- files ---- */

static __always_inline bool closes_on_exec(const struct task_struct *task, u32 fd)
{
	const struct files_struct *files = KREAD(struct task_struct, task, files);
	const struct fdtable *table = files ? KREAD(struct files_struct, files, fdt) : NULL;
	const unsigned long *bits;
	u64 word = 0;

	if (!table)
		return false;
	bits = KREAD(struct fdtable___iter, table, close_on_exec);
	bpf_probe_read_kernel(&word, sizeof(word), bits + fd / 64);
	return word >> (fd % 64) & 1;
}

/*
 * The process of a pidfd, 0 when it is gone. They are files of a file system of their own since
 * Linux 6.9 (cb12fd8e0dab), and before that one kind of object without a file among many: user
 * space knows from the text whether this is one.
 */
static __always_inline s32 pidfd_of(const struct file *file, const struct inode *inode, u64 magic)
{
	const struct pid *pid;

	if (magic == PIDFS_MAGIC)
		pid = KREAD(struct inode___iter, inode, i_private);
	else
		pid = KREAD(struct file, file, private_data);
	if (!pid || !KREAD(struct pid___iter, pid, tasks[0].first))
		return 0;
	return KREAD(struct pid, pid, numbers[0].nr);
}

static __always_inline void take_file(struct eyas_iter_fd *to, const struct file *file)
{
	const struct inode *inode = KREAD(struct file, file, f_inode);
	const struct super_block *sb = KREAD(struct inode, inode, i_sb);
	u64 magic = KREAD(struct super_block, sb, s_magic);

	to->open_flags = KREAD(struct file, file, f_flags);
	to->mount_id = KREAD(struct mount___iter,
			     iter_mount_of(KREAD(struct file, file, f_path.mnt)), mnt_id);
	to->ino = KREAD(struct inode, inode, i_ino);
	to->mode = KREAD(struct inode, inode, i_mode);
	to->links = KREAD(struct inode, inode, i_nlink);
	to->dev = dev_encode(KREAD(struct super_block, sb, s_dev));
	to->pidfd = 0;
	if (magic == SOCKFS_MAGIC) {
		take_socket(to, file);
		return;
	}
	/* The path of a socket that was opened with O_PATH. */
	if ((to->mode & MODE_FORMAT) == MODE_SOCKET)
		to->mode &= ~MODE_FORMAT;
	if (magic == PIDFS_MAGIC || !(to->mode & MODE_FORMAT))
		to->pidfd = pidfd_of(file, inode, magic);
}

SEC("iter/task_file")
int snapshot_fd(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct eyas_iter_fd *to = fd_record();
	const struct task_struct *at = task, *leader;
	struct seq_file *seq = ctx->meta->seq;
	const struct file *from = file;
	u32 fd = ctx->fd;
	long len;

	if (!task || !file)
		return 0;
	if (CAN_CAST(struct task_struct)) {
		at = KCAST(struct task_struct, task);
		from = KCAST(struct file, file);
	}
	leader = KREAD(struct task_struct, at, group_leader);
	if (leader != task && KREAD(struct task_struct, leader, files))
		return 0;
	record.len = sizeof(*to);
	__builtin_memset(to, 0, sizeof(*to));
	to->pid = KREAD(struct task_struct, at, tgid);
	to->tid = KREAD(struct task_struct, at, pid);
	to->start_ns = KREAD(struct task_struct___iter, at, start_boottime);
	to->fd = fd;
	to->close_on_exec = closes_on_exec(at, fd);
	take_file(to, from);
	if ((to->mode & MODE_FORMAT) != MODE_SOCKET) {
		len = bpf_d_path(&file->f_path, record_place(), EYAS_ITER_PATH_BYTES);
		if (len > 1) {
			to->text_bytes = len - 1;
			record.len = record_len() + to->text_bytes;
		}
	}
	record_end(seq);
	return 0;
}

#endif
