/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events made by hand and fed to a state, in a line each:
 *
 *	FEED(&f, 100, SYSCALL_OPEN_X, I(3), S("/etc/passwd"), I(1), I(0), I(0), I(0));
 *
 * feed_start() makes a machine with process 1 and process 100, a shell; time goes on by a
 * millisecond with every event.
 */
#ifndef TESTS_FEED_H
#define TESTS_FEED_H

#include "unit/harness.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <string.h>

#include "schema/ids.h"
#include "state/state_int.h"

#define FEED_MS UINT64_C(1000000)
#define FEED_BOOT_NS UINT64_C(1000000000000000000)

struct feed {
	struct eyas_state *state;
	struct eyas_context context; /* of the last event */
	struct eyas_event event;
	uint64_t ts_ns; /* of the next event */
	uint16_t cpu;
	uint8_t bytes[65536];
};

/* ---- parameters ---- */

enum feed_kind { FEED_MISSING, FEED_INT, FEED_STR, FEED_BYTES, FEED_ADDR, FEED_TUPLE, FEED_DYN };

struct feed_param {
	enum feed_kind kind;
	int64_t number;
	const void *data;
	size_t len;
};

/* Missing, integer, string, bytes with NULs between, socket address, tuple, variant. */
#define N \
	{ \
		.kind = FEED_MISSING \
	}
#define I(value) \
	{ \
		.kind = FEED_INT, .number = (int64_t)(value) \
	}
#define S(text) \
	{ \
		.kind = FEED_STR, .data = (text) \
	}
#define B(bytes, size) \
	{ \
		.kind = FEED_BYTES, .data = (bytes), .len = (size) \
	}
/* A list of strings: L("a\0b\0"). */
#define L(text) B(text, sizeof(text) - 1)
#define ADDR(sock) \
	{ \
		.kind = FEED_ADDR, .data = (sock) \
	}
#define TUPLE(sock) \
	{ \
		.kind = FEED_TUPLE, .data = (sock) \
	}
#define DYN(variant, value) \
	{ \
		.kind = FEED_DYN, .len = (variant), .number = (value) \
	}

static inline void feed_put(struct eyas_encoder *enc, const struct feed_param *param)
{
	unsigned type;

	CHECK(enc->index < enc->info->nparams);
	type = enc->info->params[enc->index].type;
	switch (param->kind) {
	case FEED_MISSING:
		eyas_put_missing(enc);
		break;
	case FEED_INT:
		if (eyas_type_info(type)->kind == EYAS_KIND_SINT)
			eyas_put_int(enc, param->number);
		else
			eyas_put_uint(enc, (uint64_t)param->number);
		break;
	case FEED_STR:
		if (eyas_type_info(type)->kind == EYAS_KIND_BYTES)
			eyas_put_bytes(enc, param->data, strlen(param->data));
		else
			eyas_put_str(enc, param->data);
		break;
	case FEED_BYTES:
		eyas_put_bytes(enc, param->data, param->len);
		break;
	case FEED_ADDR:
		eyas_put_sockaddr(enc, param->data);
		break;
	case FEED_TUPLE:
		eyas_put_socktuple(enc, param->data);
		break;
	case FEED_DYN:
		eyas_put_dyn_int(enc, (unsigned)param->len, param->number);
		break;
	}
}

static inline void feed_event(struct feed *f, int64_t tid, unsigned type,
			      const struct feed_param *params, size_t count)
{
	struct eyas_encoder enc;
	size_t i;
	int len;

	eyas_encoder_begin(&enc, f->bytes, sizeof(f->bytes), type, f->ts_ns, (uint64_t)tid);
	for (i = 0; i < count; i++)
		feed_put(&enc, &params[i]);
	len = eyas_encoder_end(&enc);
	CHECK(len > 0);
	CHECK_INT(eyas_event_view(f->bytes, (size_t)len, &f->event, NULL), 0);
	CHECK_INT(eyas_event_check(&f->event, NULL), 0);
	f->event.cpu = f->cpu;
	eyas_state_event(f->state, &f->event, &f->context);
	f->ts_ns += FEED_MS;
}

#define FEED(f, tid, type, ...) \
	feed_event(f, tid, EYAS_EV_##type, (const struct feed_param[]){ __VA_ARGS__ }, \
		   sizeof((const struct feed_param[]){ __VA_ARGS__ }) / sizeof(struct feed_param))

/* ---- sockets ---- */

static inline void feed_addr(struct eyas_endpoint *end, const char *addr, uint16_t port)
{
	end->port = port;
	CHECK_INT(inet_pton(strchr(addr, ':') ? AF_INET6 : AF_INET, addr, end->addr), 1);
}

/* A tuple, or with dst NULL an address. */
static inline struct eyas_sock feed_ip(const char *src, uint16_t sport, const char *dst,
				       uint16_t dport)
{
	struct eyas_sock sock = { .family = strchr(src, ':') ? EYAS_AF_INET6 : EYAS_AF_INET };

	feed_addr(&sock.src, src, sport);
	if (dst)
		feed_addr(&sock.dst, dst, dport);
	return sock;
}

static inline struct eyas_sock feed_unix(uint64_t src, uint64_t dst, const char *path)
{
	struct eyas_sock sock = { .family = EYAS_AF_UNIX, .path = path, .path_len = strlen(path) };

	sock.src.ptr = src;
	sock.dst.ptr = dst;
	return sock;
}

/* ---- processes ---- */

/* An exit of clone; what is not set is 0, "" or as for a plain process of the host. */
struct feed_clone {
	unsigned type; /* 0 = SYSCALL_CLONE_20_X */
	int64_t res, pid, ptid;
	uint32_t flags, uid;
	int64_t vtid, vpid; /* 0 = not in the event */
	const char *comm, *exe;
	uint64_t pidns_start_ns; /* 0 = not in the event */
};

static inline void feed_clone(struct feed *f, int64_t tid, const struct feed_clone *c)
{
	const struct feed_param missing = N;
	const struct feed_param params[] = {
		I(c->res),
		S(c->exe ? c->exe : "sh"),
		L("-c\0true\0"),
		I(tid),
		I(c->pid),
		I(c->ptid),
		S(""),
		I(1024),
		I(1),
		I(2),
		I(3),
		I(4),
		I(5),
		S(c->comm ? c->comm : "sh"),
		L("cpu=/a\0"),
		I(c->flags),
		I(c->uid),
		I(c->uid),
		c->vtid ? (struct feed_param)I(c->vtid) : missing,
		c->vtid ? (struct feed_param)I(c->vpid) : missing,
		c->pidns_start_ns ? (struct feed_param)I(c->pidns_start_ns) : missing,
	};

	feed_event(f, tid, c->type ? c->type : EYAS_EV_SYSCALL_CLONE_20_X, params,
		   sizeof(params) / sizeof(params[0]));
}

/* A successful fork on both sides, the parent's first. */
static inline void feed_fork(struct feed *f, int64_t parent, int64_t child)
{
	feed_clone(
		f, parent,
		&(struct feed_clone){
			.res = child, .pid = parent, .ptid = 1, .vtid = parent, .vpid = parent });
	feed_clone(f, child,
		   &(struct feed_clone){
			   .res = 0, .pid = child, .ptid = parent, .vtid = child, .vpid = child });
}

/* A successful execve of a process of the host. */
static inline void feed_exec(struct feed *f, int64_t tid, const char *comm, const char *path)
{
	FEED(f, tid, SYSCALL_EXECVE_19_X, I(0), S(comm), L("-x\0"), I(tid), I(tid), I(1), S(""),
	     I(256), I(1), I(2), I(3), I(4), I(5), S(comm), L("cpu=/b\0"), L("A=1\0B=2\0"),
	     I(34816), I(tid), I(7), I(0), I(1), I(2), I(3), I(77), I(1000), I(2000), I(5), S(path),
	     I(tid), I(6), S(path));
}

static inline void feed_exit(struct feed *f, int64_t tid)
{
	FEED(f, tid, PROCEXIT_1_E, I(0), I(0), I(0), I(0), I(0));
}

static inline void feed_open(struct feed *f, int64_t tid, int64_t fd, const char *path)
{
	FEED(f, tid, SYSCALL_OPEN_X, I(fd), S(path), I(1), I(0), I(8), I(99));
}

/* An event that is about nothing: what the one before it ended goes. */
static inline void feed_settle(struct feed *f)
{
	FEED(f, 1, SYSCALL_GETUID_X, I(0));
}

/* ---- the machine ---- */

static inline struct eyas_bytes feed_bytes(const char *text)
{
	return (struct eyas_bytes){ text, (uint32_t)strlen(text) };
}

static inline void feed_process(struct feed *f, uint64_t pid, uint64_t ptid, const char *comm)
{
	struct eyas_loader loader;
	const struct eyas_thread_entry entry = {
		.tid = pid,
		.pid = pid,
		.ptid = ptid,
		.sid = (int64_t)pid,
		.vpgid = (int64_t)pid,
		.pgid = (int64_t)pid,
		.vtid = (int64_t)pid,
		.vpid = (int64_t)pid,
		.comm = feed_bytes(comm),
		.exe = feed_bytes(comm),
		.exepath = feed_bytes("/bin/sh"),
		.cwd = feed_bytes("/srv/"),
		.root = feed_bytes("/"),
		.env = { "HOME=/root", 11 },
		.fdlimit = 1024,
		.uid = 1000,
		.gid = 1000,
		.loginuid = 1000,
	};

	eyas_state_loader(f->state, &loader);
	CHECK_INT(loader.thread(loader.ctx, &entry), 0);
}

static inline void feed_start_with(struct feed *f, const struct eyas_state_opts *opts)
{
	const struct eyas_machine machine = { .num_cpus = 2, .boot_ts_ns = FEED_BOOT_NS };
	struct eyas_loader loader;

	f->ts_ns = FEED_BOOT_NS + 1000 * FEED_MS;
	f->cpu = 0;
	CHECK_INT(eyas_state_new(opts, &f->state, NULL), 0);
	eyas_state_loader(f->state, &loader);
	CHECK_INT(loader.machine(loader.ctx, &machine), 0);
	feed_process(f, 1, 0, "init");
	feed_process(f, 100, 1, "sh");
}

static inline void feed_start(struct feed *f)
{
	feed_start_with(f, NULL);
}

static inline void feed_end(struct feed *f)
{
	eyas_state_free(f->state);
}

/* A thread or descriptor that must be there. */
static inline struct eyas_thread *feed_thread(const struct feed *f, int64_t tid)
{
	struct eyas_thread *thread = eyas_state_find(f->state, tid);

	if (!thread)
		test_fail(__FILE__, __LINE__, "thread %lld is not known", (long long)tid);
	return thread;
}

static inline bool feed_has_fd(const struct feed *f, int64_t tid, int64_t num)
{
	return fd_table_find(feed_thread(f, tid)->fds, num) != NULL;
}

static inline struct eyas_fd *feed_fd(const struct feed *f, int64_t tid, int64_t num)
{
	struct eyas_fd *fd = fd_table_find(feed_thread(f, tid)->fds, num);

	if (!fd)
		test_fail(__FILE__, __LINE__, "descriptor %lld of %lld is not known",
			  (long long)num, (long long)tid);
	return fd;
}

#define CHECK_FD_NAME(f, tid, num, want) CHECK_STR(feed_fd(f, tid, num)->name->text, want)

#endif
