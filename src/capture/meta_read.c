/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metadata blocks of a capture: machine, interfaces, users, threads, descriptors, in all
 * versions (reference/scap_format.md). Lists are parsed entry by entry out of the stream's
 * window, so a list may be larger than memory. Called by file.c.
 */
#include "capture/meta_read.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/le.h"
#include "capture/block.h"

/* ---- the bytes of one entry ---- */

/*
 * Reads fields off a piece of memory. Reading past the end yields zeros and sets over; the
 * caller looks once, at the end of an entry.
 */
struct fields {
	const uint8_t *p;
	size_t left;
	bool over;
};

static const uint8_t *take(struct fields *f, size_t size)
{
	const uint8_t *p = f->p;

	if (f->left < size) {
		f->over = true;
		f->left = 0;
		return NULL;
	}
	f->p += size;
	f->left -= size;
	return p;
}

static uint8_t take_u8(struct fields *f)
{
	const uint8_t *p = take(f, 1);

	return p ? *p : 0;
}

static uint16_t take_u16(struct fields *f)
{
	const uint8_t *p = take(f, 2);

	return p ? eyas_le16(p) : 0;
}

static uint32_t take_u32(struct fields *f)
{
	const uint8_t *p = take(f, 4);

	return p ? eyas_le32(p) : 0;
}

static uint64_t take_u64(struct fields *f)
{
	const uint8_t *p = take(f, 8);

	return p ? eyas_le64(p) : 0;
}

static void take_raw(struct fields *f, void *to, size_t size)
{
	const uint8_t *p = take(f, size);

	if (p)
		memcpy(to, p, size);
}

static struct eyas_bytes take_len(struct fields *f, size_t len)
{
	const uint8_t *p = take(f, len);

	return (struct eyas_bytes){ (const char *)p, p ? (uint32_t)len : 0 };
}

/* u16 length and bytes. */
static struct eyas_bytes take_str(struct fields *f)
{
	return take_len(f, take_u16(f));
}

/* ---- entries ---- */

/* What a list parser needs to know besides the bytes. */
struct list {
	const struct meta_reader *reader;
	const struct eyas_loader *loader;
	int version;  /* of the block type */
	uint64_t tid; /* whose descriptors these are */
};

/*
 * Parse one entry and hand it on. sized: the entry's length was known and f holds just it.
 * Returns 0 or what the loader returned. The caller looks at f->over first, so a parser
 * returns before it calls the loader when fields are missing.
 */
typedef int (*entry_fn)(struct list *list, struct fields *f, bool sized);

/* A newer writer appended something that has no place in what the loader gets. */
static void note_longer(struct list *list, const struct fields *f, bool sized)
{
	if (sized && f->left)
		list->reader->stats->entries_longer++;
}

static int entry_iface(struct list *list, struct fields *f, bool sized)
{
	const struct eyas_loader *loader = list->loader;
	struct eyas_iface iface = { 0 };
	size_t addr_len;
	uint16_t name_len;

	iface.type = take_u16(f);
	name_len = take_u16(f);
	if (f->over)
		return 0;
	if (iface.type < 1 || iface.type > 4) {
		/* Nobody knows its layout; sized lists can step over it, others cannot. */
		if (!sized)
			f->over = true;
		list->reader->stats->entries_longer += sized;
		f->left = 0;
		return 0;
	}
	addr_len = iface.type & 1 ? 4 : 16;
	take_raw(f, iface.addr, addr_len);
	take_raw(f, iface.mask, addr_len);
	take_raw(f, iface.bcast, addr_len);
	if (iface.type <= 2)
		iface.linkspeed = take_u64(f);
	iface.name = take_len(f, name_len);
	if (f->over)
		return 0;
	note_longer(list, f, sized);
	list->reader->stats->ifaces++;
	return loader && loader->iface ? loader->iface(loader->ctx, &iface) : 0;
}

static int entry_user(struct list *list, struct fields *f, bool sized)
{
	const struct eyas_loader *loader = list->loader;
	struct eyas_group group;
	struct eyas_user user;

	if (take_u8(f)) {
		group.gid = take_u32(f);
		group.name = take_str(f);
		if (f->over)
			return 0;
		note_longer(list, f, sized);
		list->reader->stats->groups++;
		return loader && loader->group ? loader->group(loader->ctx, &group) : 0;
	}
	user.uid = take_u32(f);
	user.gid = take_u32(f);
	user.name = take_str(f);
	user.home = take_str(f);
	user.shell = take_str(f);
	if (f->over)
		return 0;
	note_longer(list, f, sized);
	list->reader->stats->users++;
	return loader && loader->user ? loader->user(loader->ctx, &user) : 0;
}

/* The fields that came with version 9 and later, one by one as far as the entry reaches. */
static void thread_tail(struct list *list, struct fields *f, struct eyas_thread_entry *t)
{
	/*
	 * Writers before libs 0.10 had no pid namespace time and no tty here. What followed then
	 * took 29 bytes at most, which is how such an entry is told apart.
	 */
	if (f->left > 29) {
		t->pidns_init_start_ts_ns = take_u64(f);
		t->tty = take_u32(f);
	}
	if (f->left >= 4)
		t->loginuid = take_u32(f);
	if (f->left >= 1)
		t->exe_writable = take_u8(f);
	if (f->left >= 24) {
		t->cap_inheritable = take_u64(f);
		t->cap_permitted = take_u64(f);
		t->cap_effective = take_u64(f);
	}
	if (f->left >= 1)
		t->exe_upper_layer = take_u8(f);
	if (f->left >= 24) {
		t->exe_ino = take_u64(f);
		t->exe_ino_ctime_ns = take_u64(f);
		t->exe_ino_mtime_ns = take_u64(f);
	}
	if (f->left >= 1)
		t->exe_from_memfd = take_u8(f);
	if (f->left >= 1)
		t->exe_lower_layer = take_u8(f);
	if (f->left >= 8)
		t->pgid = (int64_t)take_u64(f);
	if (f->left) {
		list->reader->stats->entries_longer++;
		t->tail = take_len(f, f->left);
	}
}

static int entry_thread(struct list *list, struct fields *f, bool sized)
{
	const struct eyas_loader *loader = list->loader;
	struct eyas_thread_entry t = { 0 };
	int v = list->version;

	t.vtid = t.vpid = t.sid = t.vpgid = t.pgid = -1;
	t.loginuid = UINT32_MAX;
	t.tid = take_u64(f);
	t.pid = take_u64(f);
	t.ptid = take_u64(f);
	if (v >= 6)
		t.sid = (int64_t)take_u64(f);
	if (v >= 8)
		t.vpgid = (int64_t)take_u64(f);
	t.comm = take_str(f);
	t.exe = take_str(f);
	if (v >= 7)
		t.exepath = take_str(f);
	t.args = take_str(f);
	t.cwd = take_str(f);
	t.fdlimit = take_u64(f);
	t.flags = take_u32(f);
	t.uid = take_u32(f);
	t.gid = take_u32(f);
	if (v >= 2) {
		t.vmsize_kb = take_u32(f);
		t.vmrss_kb = take_u32(f);
		t.vmswap_kb = take_u32(f);
		t.pfmajor = take_u64(f);
		t.pfminor = take_u64(f);
	}
	if (v >= 3)
		t.env = take_str(f);
	if (v >= 4) {
		t.vtid = (int64_t)take_u64(f);
		t.vpid = (int64_t)take_u64(f);
		t.cgroups = take_str(f);
	}
	if (v >= 5)
		t.root = take_str(f);
	if (f->over)
		return 0;
	if (sized)
		thread_tail(list, f, &t);
	list->reader->stats->threads++;
	return loader && loader->thread ? loader->thread(loader->ctx, &t) : 0;
}

static void take_sock(struct fields *f, struct eyas_fd_entry *fd, size_t addr_len, bool server)
{
	take_raw(f, fd->src, addr_len);
	if (!server)
		take_raw(f, fd->dst, addr_len);
	fd->sport = take_u16(f);
	if (!server)
		fd->dport = take_u16(f);
	fd->l4 = take_u8(f);
}

static int entry_fd(struct list *list, struct fields *f, bool sized)
{
	const struct eyas_loader *loader = list->loader;
	struct eyas_fd_entry fd = { 0 };

	fd.fd = (int64_t)take_u64(f);
	fd.ino = take_u64(f);
	fd.kind = take_u8(f);
	if (f->over)
		return 0;
	switch ((enum eyas_fd_kind)fd.kind) {
	case EYAS_FD_IPV4_SOCK:
	case EYAS_FD_IPV4_SERVER:
		take_sock(f, &fd, 4, fd.kind == EYAS_FD_IPV4_SERVER);
		break;
	case EYAS_FD_IPV6_SOCK:
	case EYAS_FD_IPV6_SERVER:
		take_sock(f, &fd, 16, fd.kind == EYAS_FD_IPV6_SERVER);
		break;
	case EYAS_FD_UNIX:
		fd.unix_src = take_u64(f);
		fd.unix_dst = take_u64(f);
		fd.name = take_str(f);
		break;
	case EYAS_FD_FILE_V2:
		fd.open_flags = take_u32(f);
		fd.name = take_str(f);
		if (sized && f->left >= 4)
			fd.dev = take_u32(f);
		break;
	case EYAS_FD_FILE:
	case EYAS_FD_DIRECTORY:
	case EYAS_FD_FIFO:
	case EYAS_FD_EVENT:
	case EYAS_FD_UNSUPPORTED:
	case EYAS_FD_SIGNALFD:
	case EYAS_FD_EVENTPOLL:
	case EYAS_FD_INOTIFY:
	case EYAS_FD_TIMERFD:
	case EYAS_FD_NETLINK:
	case EYAS_FD_BPF:
	case EYAS_FD_USERFAULTFD:
	case EYAS_FD_IO_URING:
	case EYAS_FD_MEMFD:
	case EYAS_FD_PIDFD:
		fd.name = take_str(f);
		break;
	case EYAS_FD_UNKNOWN:
	case EYAS_FD_KINDS:
	default:
		/* Not known: its info stays as it is in a sized list, else nothing can follow. */
		if (!sized) {
			f->over = true;
			return 0;
		}
		break;
	}
	if (f->over)
		return 0;
	if (sized && f->left) {
		list->reader->stats->entries_longer++;
		fd.tail = take_len(f, f->left);
	}
	list->reader->stats->fds++;
	return loader && loader->fd ? loader->fd(loader->ctx, list->tid, &fd) : 0;
}

/* ---- blocks ---- */

/* How the entries of a list say where they end. */
enum entry_size {
	ENTRY_UNSIZED,	 /* not at all: an old list */
	ENTRY_SIZE_SELF, /* u32 in front that counts itself */
	ENTRY_SIZE_REST	 /* u32 in front that counts what follows it */
};

/* A block body on its way through the window. */
struct body {
	struct stream *stream;
	uint64_t left; /* bytes of the body not taken yet */
};

/* The bytes at hand, at least need of them if the body has as many; fewer = input cut short. */
static size_t body_peek(struct body *body, size_t need, const uint8_t **ret)
{
	size_t have;

	if (need > body->left)
		need = (size_t)body->left;
	have = stream_peek(body->stream, need, ret);
	return have > body->left ? (size_t)body->left : have;
}

static void body_advance(struct body *body, size_t size)
{
	stream_advance(body->stream, size);
	body->left -= size;
}

static int entry_damage(struct list *list, uint64_t offset, const char *what)
{
	struct eyas_err damage;

	eyas_err_at(&damage, EYAS_E_FORMAT, offset, "%s; the rest of its list is skipped", what);
	damage_report(list->reader->damage, &damage);
	return 1;
}

/*
 * One entry with a length in front. 0 = taken, 1 = damaged and reported, negative as the loader
 * said, or EYAS_E_TRUNC when the input ends in it.
 */
static int sized_entry(struct list *list, struct body *body, enum entry_size size_is,
		       entry_fn parse)
{
	uint32_t extra = size_is == ENTRY_SIZE_REST ? 4 : 0;
	uint64_t offset = body->stream->offset, total;
	struct fields f;
	const uint8_t *p;
	int err;

	if (body_peek(body, 4, &p) < 4)
		return EYAS_E_TRUNC;
	total = (uint64_t)eyas_le32(p) + extra;
	if (total < 4 || total > body->left)
		return entry_damage(list, offset, "list entry with a length outside its block");
	if (total > list->reader->max_entry_bytes)
		return entry_damage(list, offset, "list entry larger than the limit");
	if (body_peek(body, (size_t)total, &p) < total)
		return EYAS_E_TRUNC;
	f = (struct fields){ p + 4, (size_t)total - 4, false };
	err = parse(list, &f, true);
	body_advance(body, (size_t)total);
	if (f.over)
		return entry_damage(list, offset, "list entry shorter than its fields");
	return err < 0 ? err : 0;
}

/*
 * One entry without a length: try with what is at hand, with more as long as more can come.
 * Fields take at most nine strings of 64 KiB.
 */
static int unsized_entry(struct list *list, struct body *body, entry_fn parse)
{
	enum { ENTRY_MAX = 9 * 65537 + 512 };
	uint64_t offset = body->stream->offset;
	size_t need = 4096, have;
	struct fields f;
	const uint8_t *p;
	int err;

	for (;;) {
		have = body_peek(body, need, &p);
		f = (struct fields){ p, have, false };
		err = parse(list, &f, false);
		if (!f.over)
			break;
		if (have < need && have < body->left)
			return EYAS_E_TRUNC;
		if (have == body->left || need > ENTRY_MAX)
			return entry_damage(list, offset, "list entry reaches beyond its block");
		need *= 2;
	}
	body_advance(body, (size_t)(f.p - p));
	return err < 0 ? err : 0;
}

static int read_list(struct list *list, struct body *body, enum entry_size size_is, entry_fn parse)
{
	int err = 0;

	/* Up to three bytes behind the last entry are padding. */
	while (!err && body->left >= 4)
		err = size_is == ENTRY_UNSIZED ? unsized_entry(list, body, parse)
					       : sized_entry(list, body, size_is, parse);
	return err;
}

static int read_machine(struct list *list, struct body *body)
{
	const struct eyas_loader *loader = list->loader;
	struct eyas_machine machine = { 0 };
	struct fields f;
	const uint8_t *p;
	size_t have;

	if (body->left < MACHINE_BODY)
		return entry_damage(list, body->stream->offset,
				    "machine info shorter than 180 bytes");
	have = body_peek(body, MACHINE_BODY, &p);
	if (have < MACHINE_BODY)
		return EYAS_E_TRUNC;
	f = (struct fields){ p, MACHINE_BODY, false };
	machine.num_cpus = take_u32(&f);
	machine.memory_bytes = take_u64(&f);
	machine.max_pid = take_u64(&f);
	take_raw(&f, machine.hostname, MACHINE_HOSTNAME);
	machine.boot_ts_ns = take_u64(&f);
	machine.flags = take_u64(&f);
	machine.reserved[0] = take_u64(&f);
	machine.reserved[1] = take_u64(&f);
	body_advance(body, MACHINE_BODY);
	/* Up to three bytes are padding; more were appended by a newer writer. */
	if (body->left > 3)
		list->reader->stats->entries_longer++;
	list->reader->stats->machines++;
	return loader && loader->machine ? loader->machine(loader->ctx, &machine) : 0;
}

static int read_fds(struct list *list, struct body *body)
{
	const struct eyas_loader *loader = list->loader;
	const uint8_t *p;
	int err = 0;

	if (body->left < 8)
		return entry_damage(list, body->stream->offset,
				    "descriptor list without a thread id");
	if (body_peek(body, 8, &p) < 8)
		return EYAS_E_TRUNC;
	list->tid = eyas_le64(p);
	body_advance(body, 8);
	list->reader->stats->fd_lists++;
	if (loader && loader->fd_list)
		err = loader->fd_list(loader->ctx, list->tid);
	if (err < 0)
		return err;
	return read_list(list, body, list->version >= 2 ? ENTRY_SIZE_SELF : ENTRY_UNSIZED,
			 entry_fd);
}

enum meta_kind { META_NONE, META_MACHINE, META_THREADS, META_FDS, META_IFACES, META_USERS };

/* What a block type is, and in which version. Numbers with 0xabcd are those of the first tools. */
static enum meta_kind meta_kind(uint32_t type, int *ret_version)
{
	static const struct {
		uint32_t type, old_type;
		enum meta_kind kind;
		int version;
	} rows[] = {
		/* clang-format off */
		{ BLOCK_MACHINE,    0x8002abcd, META_MACHINE, 1 },
		{ BLOCK_THREADS_V1, 0x8000abcd, META_THREADS, 1 },
		{ BLOCK_FDS_V1,     0x8001abcd, META_FDS,     1 },
		{ BLOCK_IFACES_V1,  0x8011abcd, META_IFACES,  1 },
		{ BLOCK_USERS_V1,   0x8012abcd, META_USERS,   1 },
		{ BLOCK_THREADS_V2, 0x8013abcd, META_THREADS, 2 },
		{ BLOCK_THREADS_V3, 0x8014abcd, META_THREADS, 3 },
		{ BLOCK_THREADS_V4, 0,          META_THREADS, 4 },
		{ BLOCK_THREADS_V5, 0,          META_THREADS, 5 },
		{ BLOCK_THREADS_V6, 0,          META_THREADS, 6 },
		{ BLOCK_THREADS_V7, 0,          META_THREADS, 7 },
		{ BLOCK_THREADS_V8, 0,          META_THREADS, 8 },
		{ BLOCK_THREADS_V9, 0,          META_THREADS, 9 },
		{ BLOCK_FDS_V2,     0,          META_FDS,     2 },
		{ BLOCK_IFACES_V2,  0,          META_IFACES,  2 },
		{ BLOCK_USERS_V2,   0,          META_USERS,   2 },
		/* clang-format on */
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == type || (rows[i].old_type && rows[i].old_type == type)) {
			*ret_version = rows[i].version;
			return rows[i].kind;
		}
	return META_NONE;
}

static int read_body(enum meta_kind kind, struct list *list, struct body *body)
{
	bool sized = list->version >= 2;

	switch (kind) {
	case META_MACHINE:
		return read_machine(list, body);
	case META_THREADS:
		list->reader->stats->thread_version = (uint32_t)list->version;
		return read_list(list, body, list->version >= 9 ? ENTRY_SIZE_SELF : ENTRY_UNSIZED,
				 entry_thread);
	case META_FDS:
		return read_fds(list, body);
	case META_IFACES:
		return read_list(list, body, sized ? ENTRY_SIZE_REST : ENTRY_UNSIZED, entry_iface);
	case META_USERS:
		return read_list(list, body, sized ? ENTRY_SIZE_SELF : ENTRY_UNSIZED, entry_user);
	case META_NONE:
		break;
	}
	return 0;
}

bool meta_is_block(uint32_t type)
{
	int version;

	return meta_kind(type, &version) != META_NONE;
}

/* The input ends inside a block that began at offset. */
static int meta_cut_short(const struct stream *stream, uint64_t offset, uint32_t type,
			  uint32_t total, struct eyas_err *reterr)
{
	uint64_t end = stream->offset + (stream->end - stream->start);
	int err = stream_fault(stream, reterr);

	if (err)
		return err;
	return eyas_err_at(
		reterr, EYAS_E_TRUNC, offset,
		"block of type 0x%x with %u bytes, but the input ends after %llu of them", type,
		total, (unsigned long long)(end - offset));
}

int meta_read(const struct meta_reader *reader, uint32_t type, uint32_t total,
	      struct eyas_err *reterr)
{
	struct stream *stream = reader->stream;
	struct list list = { reader, reader->loader, 0, 0 };
	struct body body = { stream, total - BLOCK_HEAD - BLOCK_TRAILER };
	enum meta_kind kind = meta_kind(type, &list.version);
	uint64_t offset = stream->offset;
	struct eyas_err damage;
	const uint8_t *p;
	int err;

	stream_advance(stream, BLOCK_HEAD);
	err = read_body(kind, &list, &body);
	if (err < 0 && err != EYAS_E_TRUNC)
		return err;
	if (err == EYAS_E_TRUNC || stream_skip(stream, body.left) < body.left ||
	    stream_peek(stream, BLOCK_TRAILER, &p) < BLOCK_TRAILER)
		return meta_cut_short(stream, offset, type, total, reterr);
	stream_advance(stream, BLOCK_TRAILER);
	if (eyas_le32(p) != total) {
		eyas_err_at(&damage, EYAS_E_FORMAT, offset + total - BLOCK_TRAILER,
			    "block ends with length %u, it began with %u", eyas_le32(p), total);
		damage_report(reader->damage, &damage);
	}
	return 0;
}
