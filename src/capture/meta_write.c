/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How machine, interfaces, users, processes and descriptors are laid out in a capture, in the
 * newest version of each block (reference/scap_format.md). Called by the writer and the dump.
 */
#include "capture/meta_write.h"

#include <errno.h>

#include "base/le.h"
#include "capture/block.h"
#include "capture/compat.h"

/* Sizes of entries without their strings and tail; the length field of the entry included. */
#define THREAD_FIXED 184
/* Of those, behind the capabilities and what old entries lack in front of the login. */
#define THREAD_NOT_OLD (8 + 4 + 1 + 24 + 1 + 1 + 8)
#define USER_FIXED (4 + 1 + 4 + 4)
#define GROUP_FIXED (4 + 1 + 4)
#define FD_FIXED (4 + 8 + 8 + 1)
#define IFACE_HEAD (4 + 2 + 2)

void eyas_meta_init(struct eyas_meta *meta, uint32_t compat, const struct eyas_meta_owner *owner,
		    void *ctx)
{
	memset(meta, 0, sizeof(*meta));
	meta->compat = compat;
	meta->owner = owner;
	meta->ctx = ctx;
}

void eyas_meta_fini(struct eyas_meta *meta)
{
	eyas_str_fini(&meta->block);
	meta->type = 0;
}

static uint8_t *w8(uint8_t *to, uint8_t value)
{
	*to = value;
	return to + 1;
}

static uint8_t *w16(uint8_t *to, uint16_t value)
{
	eyas_put_le16(to, value);
	return to + 2;
}

static uint8_t *w32(uint8_t *to, uint32_t value)
{
	eyas_put_le32(to, value);
	return to + 4;
}

static uint8_t *w64(uint8_t *to, uint64_t value)
{
	eyas_put_le64(to, value);
	return to + 8;
}

static uint8_t *wbytes(uint8_t *to, const void *data, size_t size)
{
	if (size)
		memcpy(to, data, size);
	return to + size;
}

static uint8_t *wstr(uint8_t *to, const struct eyas_bytes *str)
{
	return wbytes(w16(to, (uint16_t)str->len), str->data, str->len);
}

static bool str_fits(const struct eyas_bytes *str)
{
	return str->len <= UINT16_MAX;
}

/* A string with its length field. */
static size_t str_size(const struct eyas_bytes *str)
{
	return 2 + (size_t)str->len;
}

/* Fill in head and trailer of the block being collected and hand it on. */
static int block_close(struct eyas_meta *meta)
{
	size_t total;

	if (!meta->type)
		return 0;
	total = (meta->block.len + BLOCK_TRAILER + 3) & ~(size_t)3;
	eyas_str_zero(&meta->block, total - meta->block.len);
	if (meta->block.nomem)
		return -ENOMEM;
	eyas_put_le32(meta->block.data, meta->type);
	eyas_put_le32(meta->block.data + 4, (uint32_t)total);
	eyas_put_le32(meta->block.data + total - BLOCK_TRAILER, (uint32_t)total);
	meta->block.len = 0;
	meta->type = 0;
	return meta->owner->sink(meta->ctx, meta->block.data, total);
}

/*
 * Room for an entry of size bytes in a list of that type, which begins or goes on as needed. A
 * descriptor list carries its thread at the head of each of its blocks. The caller fills all of
 * the room.
 */
static int entry_add(struct eyas_meta *meta, uint32_t type, size_t size, uint8_t **ret_to)
{
	size_t head = BLOCK_HEAD + (type == BLOCK_FDS_V2 ? 8 : 0);
	int err;

	/* The total is 32 bits; no list that was read in one piece comes near it. */
	if (size > UINT32_MAX - 64)
		return -EINVAL;
	if (meta->type && (meta->type != type ||
			   (meta->block.len > head && meta->block.len + size > META_BLOCK_MAX))) {
		err = block_close(meta);
		if (err)
			return err;
	}
	if (!eyas_str_reserve(&meta->block, head + size + BLOCK_TRAILER + 3))
		return -ENOMEM;
	if (!meta->type) {
		meta->type = type;
		meta->block.len = head;
		if (type == BLOCK_FDS_V2)
			w64((uint8_t *)meta->block.data + BLOCK_HEAD, meta->tid);
	}
	*ret_to = (uint8_t *)meta->block.data + meta->block.len;
	meta->block.len += size;
	return 0;
}

int eyas_meta_end(struct eyas_meta *meta)
{
	int err;

	if (!meta->type)
		return 0;
	err = block_close(meta);
	eyas_meta_fini(meta);
	return err;
}

static int meta_machine(struct eyas_meta *meta, const struct eyas_machine *machine)
{
	uint8_t *to;
	int err = block_close(meta);

	if (!err)
		err = entry_add(meta, BLOCK_MACHINE, MACHINE_BODY, &to);
	if (err)
		return err;
	to = w32(to, machine->num_cpus);
	to = w64(to, machine->memory_bytes);
	to = w64(to, machine->max_pid);
	memset(to, 0, MACHINE_HOSTNAME);
	memcpy(to, machine->hostname, strnlen(machine->hostname, MACHINE_HOSTNAME));
	to += MACHINE_HOSTNAME;
	to = w64(to, machine->boot_ts_ns);
	to = w64(to, machine->flags);
	to = w64(to, machine->reserved[0]);
	w64(to, machine->reserved[1]);
	return block_close(meta);
}

static int meta_iface(struct eyas_meta *meta, const struct eyas_iface *iface)
{
	/* The old types 3 and 4 differ from 1 and 2 by the link speed they lack. */
	unsigned type = iface->type > 2 ? iface->type - 2U : iface->type;
	size_t addr_len = type == 1 ? 4 : 16, size;
	uint8_t *to;
	int err;

	if (iface->type < 1 || iface->type > 4 || !str_fits(&iface->name))
		return -EINVAL;
	size = IFACE_HEAD + 3 * addr_len + 8 + iface->name.len;
	err = entry_add(meta, BLOCK_IFACES_V2, size, &to);
	if (err)
		return err;
	/* The only list whose entry length does not count itself. */
	to = w32(to, (uint32_t)size - 4);
	to = w16(to, (uint16_t)type);
	to = w16(to, (uint16_t)iface->name.len);
	to = wbytes(to, iface->addr, addr_len);
	to = wbytes(to, iface->mask, addr_len);
	to = wbytes(to, iface->bcast, addr_len);
	to = w64(to, iface->type > 2 ? 0 : iface->linkspeed);
	wbytes(to, iface->name.data, iface->name.len);
	return 0;
}

static int meta_user(struct eyas_meta *meta, const struct eyas_user *user)
{
	struct eyas_user shorter;
	uint8_t *to;
	size_t size;
	int err;

	if (meta->compat == EYAS_COMPAT_SYSDIG_0_29) {
		shorter = *user;
		eyas_compat_user(&shorter);
		user = &shorter;
	}
	if (!str_fits(&user->name) || !str_fits(&user->home) || !str_fits(&user->shell))
		return -EINVAL;
	size = USER_FIXED + str_size(&user->name) + str_size(&user->home) + str_size(&user->shell);
	err = entry_add(meta, BLOCK_USERS_V2, size, &to);
	if (err)
		return err;
	to = w32(to, (uint32_t)size);
	to = w8(to, 0);
	to = w32(to, user->uid);
	to = w32(to, user->gid);
	to = wstr(to, &user->name);
	to = wstr(to, &user->home);
	wstr(to, &user->shell);
	return 0;
}

static int meta_group(struct eyas_meta *meta, const struct eyas_group *group)
{
	struct eyas_group shorter;
	uint8_t *to;
	size_t size;
	int err;

	if (meta->compat == EYAS_COMPAT_SYSDIG_0_29) {
		shorter = *group;
		eyas_compat_group(&shorter);
		group = &shorter;
	}
	if (!str_fits(&group->name))
		return -EINVAL;
	size = GROUP_FIXED + str_size(&group->name);
	err = entry_add(meta, BLOCK_USERS_V2, size, &to);
	if (err)
		return err;
	to = w32(to, (uint32_t)size);
	to = w8(to, 1);
	to = w32(to, group->gid);
	wstr(to, &group->name);
	return 0;
}

/* False when a string does not fit. */
static bool thread_size(const struct eyas_thread_entry *thread, size_t *ret_size)
{
	const struct eyas_bytes *strs[] = { &thread->comm, &thread->exe,    &thread->exepath,
					    &thread->args, &thread->cwd,    &thread->env,
					    &thread->root, &thread->cgroups };
	size_t size = THREAD_FIXED + (size_t)thread->tail.len, i;

	for (i = 0; i < sizeof(strs) / sizeof(strs[0]); i++) {
		if (!str_fits(strs[i]))
			return false;
		size += str_size(strs[i]);
	}
	*ret_size = size;
	return true;
}

static int meta_thread(struct eyas_meta *meta, const struct eyas_thread_entry *thread)
{
	struct eyas_thread_entry shorter;
	uint8_t *to;
	size_t size;
	int err;

	bool old = meta->compat == EYAS_COMPAT_SYSDIG_0_29;

	if (old) {
		shorter = *thread;
		eyas_compat_thread(&shorter);
		thread = &shorter;
	}
	if (!thread_size(thread, &size))
		return -EINVAL;
	if (old)
		size -= THREAD_NOT_OLD + thread->tail.len;
	err = entry_add(meta, BLOCK_THREADS_V9, size, &to);
	if (err)
		return err;
	to = w32(to, (uint32_t)size);
	to = w64(to, thread->tid);
	to = w64(to, thread->pid);
	to = w64(to, thread->ptid);
	to = w64(to, (uint64_t)thread->sid);
	to = w64(to, (uint64_t)thread->vpgid);
	to = wstr(to, &thread->comm);
	to = wstr(to, &thread->exe);
	to = wstr(to, &thread->exepath);
	to = wstr(to, &thread->args);
	to = wstr(to, &thread->cwd);
	to = w64(to, thread->fdlimit);
	to = w32(to, thread->flags);
	to = w32(to, thread->uid);
	to = w32(to, thread->gid);
	to = w32(to, thread->vmsize_kb);
	to = w32(to, thread->vmrss_kb);
	to = w32(to, thread->vmswap_kb);
	to = w64(to, thread->pfmajor);
	to = w64(to, thread->pfminor);
	to = wstr(to, &thread->env);
	to = w64(to, (uint64_t)thread->vtid);
	to = w64(to, (uint64_t)thread->vpid);
	to = wstr(to, &thread->cgroups);
	to = wstr(to, &thread->root);
	if (!old) {
		to = w64(to, thread->pidns_init_start_ts_ns);
		to = w32(to, thread->tty);
	}
	to = w32(to, thread->loginuid);
	to = w8(to, thread->exe_writable);
	to = w64(to, thread->cap_inheritable);
	to = w64(to, thread->cap_permitted);
	to = w64(to, thread->cap_effective);
	if (old)
		return 0;
	to = w8(to, thread->exe_upper_layer);
	to = w64(to, thread->exe_ino);
	to = w64(to, thread->exe_ino_ctime_ns);
	to = w64(to, thread->exe_ino_mtime_ns);
	to = w8(to, thread->exe_from_memfd);
	to = w8(to, thread->exe_lower_layer);
	to = w64(to, (uint64_t)thread->pgid);
	wbytes(to, thread->tail.data, thread->tail.len);
	return 0;
}

static int meta_fd_list(struct eyas_meta *meta, uint64_t tid)
{
	uint8_t *to;
	int err = block_close(meta);

	if (err)
		return err;
	/* A thread without descriptors has a block, too: an entry of no bytes makes it. */
	meta->tid = tid;
	return entry_add(meta, BLOCK_FDS_V2, 0, &to);
}

/* Size of what a kind says about a descriptor; the name is counted with its length field. */
static size_t fd_info_size(const struct eyas_fd_entry *fd)
{
	switch (fd->kind) {
	case EYAS_FD_IPV4_SOCK:
		return 4 + 4 + 2 + 2 + 1;
	case EYAS_FD_IPV6_SOCK:
		return 16 + 16 + 2 + 2 + 1;
	case EYAS_FD_IPV4_SERVER:
		return 4 + 2 + 1;
	case EYAS_FD_IPV6_SERVER:
		return 16 + 2 + 1;
	case EYAS_FD_UNIX:
		return 8 + 8 + str_size(&fd->name);
	case EYAS_FD_FILE_V2:
		return 4 + str_size(&fd->name) + 4;
	case EYAS_FD_UNKNOWN:
		return 0;
	default:
		/* Of a kind only a newer writer knows all there is lies in the tail. */
		return fd->kind < EYAS_FD_KINDS ? str_size(&fd->name) : 0;
	}
}

static uint8_t *fd_info(uint8_t *to, const struct eyas_fd_entry *fd)
{
	size_t addr_len;

	switch (fd->kind) {
	case EYAS_FD_IPV4_SOCK:
	case EYAS_FD_IPV6_SOCK:
		addr_len = fd->kind == EYAS_FD_IPV4_SOCK ? 4 : 16;
		to = wbytes(to, fd->src, addr_len);
		to = wbytes(to, fd->dst, addr_len);
		to = w16(to, fd->sport);
		to = w16(to, fd->dport);
		return w8(to, fd->l4);
	case EYAS_FD_IPV4_SERVER:
	case EYAS_FD_IPV6_SERVER:
		addr_len = fd->kind == EYAS_FD_IPV4_SERVER ? 4 : 16;
		to = wbytes(to, fd->src, addr_len);
		to = w16(to, fd->sport);
		return w8(to, fd->l4);
	case EYAS_FD_UNIX:
		to = w64(to, fd->unix_src);
		to = w64(to, fd->unix_dst);
		return wstr(to, &fd->name);
	case EYAS_FD_FILE_V2:
		to = w32(to, fd->open_flags);
		to = wstr(to, &fd->name);
		return w32(to, fd->dev);
	case EYAS_FD_UNKNOWN:
		return to;
	default:
		return fd->kind < EYAS_FD_KINDS ? wstr(to, &fd->name) : to;
	}
}

static int meta_fd(struct eyas_meta *meta, uint64_t tid, const struct eyas_fd_entry *fd)
{
	struct eyas_fd_entry shorter;
	uint8_t *to;
	size_t size;
	int err;

	if (meta->type != BLOCK_FDS_V2 || meta->tid != tid) {
		err = meta_fd_list(meta, tid);
		if (err)
			return err;
	}
	if (meta->compat == EYAS_COMPAT_SYSDIG_0_29) {
		shorter = *fd;
		fd = &shorter;
		if (!eyas_compat_fd(&shorter)) {
			meta->fds_left_out++;
			return 0;
		}
	}
	if (!str_fits(&fd->name))
		return -EINVAL;
	size = FD_FIXED + fd_info_size(fd) + fd->tail.len;
	err = entry_add(meta, BLOCK_FDS_V2, size, &to);
	if (err)
		return err;
	to = w32(to, (uint32_t)size);
	to = w64(to, (uint64_t)fd->fd);
	to = w64(to, fd->ino);
	to = w8(to, fd->kind);
	to = fd_info(to, fd);
	wbytes(to, fd->tail.data, fd->tail.len);
	return 0;
}

/* ---- the loader ---- */

static int load_section(void *ctx)
{
	struct eyas_meta *meta = ctx;

	return meta->owner->section(meta->ctx);
}

/* An entry between what its owner does before and, if it was not taken, after. */
#define LOAD(what, add) \
	struct eyas_meta *meta = ctx; \
	int err = meta->owner->begin(meta->ctx); \
\
	if (err) \
		return err; \
	err = add; \
	return err ? meta->owner->fail(meta->ctx, err, what) : 0

static int load_machine(void *ctx, const struct eyas_machine *machine)
{
	LOAD("machine information", meta_machine(meta, machine));
}

static int load_iface(void *ctx, const struct eyas_iface *iface)
{
	LOAD("list of interfaces", meta_iface(meta, iface));
}

static int load_user(void *ctx, const struct eyas_user *user)
{
	LOAD("list of users", meta_user(meta, user));
}

static int load_group(void *ctx, const struct eyas_group *group)
{
	LOAD("list of groups", meta_group(meta, group));
}

static int load_thread(void *ctx, const struct eyas_thread_entry *thread)
{
	LOAD("list of processes", meta_thread(meta, thread));
}

static int load_fd_list(void *ctx, uint64_t tid)
{
	LOAD("list of descriptors", meta_fd_list(meta, tid));
}

static int load_fd(void *ctx, uint64_t tid, const struct eyas_fd_entry *fd)
{
	LOAD("list of descriptors", meta_fd(meta, tid, fd));
}

void eyas_meta_loader(struct eyas_meta *meta, struct eyas_loader *ret_loader)
{
	*ret_loader = (struct eyas_loader){
		.ctx = meta,
		.section = load_section,
		.machine = load_machine,
		.iface = load_iface,
		.user = load_user,
		.group = load_group,
		.thread = load_thread,
		.fd_list = load_fd_list,
		.fd = load_fd,
	};
}
