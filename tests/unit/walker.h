/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes a written capture apart, with no code of the library, and makes things to write.
 */
#ifndef TESTS_WALKER_H
#define TESTS_WALKER_H

#include "unit/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <eyas/capture.h>

#include "schema/ids.h"

/* ---- the walker ---- */

struct bytes {
	uint8_t *data;
	size_t len;
};

struct block {
	uint32_t type, total;
	const uint8_t *body;
	size_t len; /* of the body, padding included */
};

/* Reads numbers one after another; past the end is a failure of the test. */
struct cursor {
	const uint8_t *at, *end;
};

static inline uint64_t take(struct cursor *c, unsigned size)
{
	uint64_t v = 0;
	unsigned i;

	CHECK(c->end - c->at >= (ptrdiff_t)size);
	for (i = 0; i < size; i++)
		v |= (uint64_t)*c->at++ << (8 * i);
	return v;
}

static inline void take_bytes(struct cursor *c, const void *want, size_t len)
{
	CHECK(c->end - c->at >= (ptrdiff_t)len);
	CHECK(!len || !memcmp(c->at, want, len));
	c->at += len;
}

static inline void take_str(struct cursor *c, const char *want)
{
	CHECK_INT(take(c, 2), strlen(want));
	take_bytes(c, want, strlen(want));
}

static inline struct bytes read_file(const char *path)
{
	struct bytes b = { NULL, 0 };
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		test_fail(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
	do {
		b.data = realloc(b.data, b.len + 65536);
		CHECK(b.data);
		n = fread(b.data + b.len, 1, 65536, f);
		b.len += n;
	} while (n);
	fclose(f);
	return b;
}

/* The block at *at; 0 at the end. Head, trailer and alignment are checked. */
static inline int next_block(const struct bytes *file, size_t *at, struct block *ret)
{
	struct cursor c = { file->data + *at, file->data + file->len };

	if (c.at == c.end)
		return 0;
	ret->type = (uint32_t)take(&c, 4);
	ret->total = (uint32_t)take(&c, 4);
	CHECK_INT(ret->total % 4, 0);
	CHECK(ret->total >= 12 && ret->total <= file->len - *at);
	ret->body = c.at;
	ret->len = ret->total - 12;
	c.at += ret->len;
	CHECK_INT(take(&c, 4), ret->total);
	*at += ret->total;
	return 1;
}

static inline struct cursor body(const struct block *b)
{
	return (struct cursor){ b->body, b->body + b->len };
}

static inline struct cursor need(const struct bytes *file, size_t *at, uint32_t type)
{
	struct block b;

	CHECK(next_block(file, at, &b));
	if (b.type != type)
		test_fail(__FILE__, __LINE__, "block 0x%x, not 0x%x", b.type, type);
	return body(&b);
}

/* Only padding is left: fewer than four bytes, all zero. */
static inline void done(const struct cursor *c)
{
	const uint8_t *p;

	CHECK(c->end - c->at < 4);
	for (p = c->at; p < c->end; p++)
		CHECK_INT(*p, 0);
}

static inline void need_section(const struct bytes *file, size_t *at)
{
	struct cursor c = need(file, at, 0x0a0d0d0a);

	CHECK_INT(c.end - c.at, 16);
	CHECK_INT(take(&c, 4), 0x1a2b3c4d);
	CHECK_INT(take(&c, 2), 1);
	CHECK_INT(take(&c, 2), 2);
	CHECK(take(&c, 8) == UINT64_MAX);
}

static inline void same(struct bytes a, struct bytes b)
{
	CHECK_INT(a.len, b.len);
	CHECK(!memcmp(a.data, b.data, a.len));
	free(a.data);
	free(b.data);
}

/* ---- things to write ---- */

static inline struct eyas_bytes str(const char *s)
{
	return (struct eyas_bytes){ s, (uint32_t)strlen(s) };
}

/* Names live as long as the test's process. */
static __attribute__((unused)) char names[64][300];
static __attribute__((unused)) unsigned nnames;

static inline char *join(const char *a, const char *b)
{
	char *s = names[nnames++];

	CHECK(nnames < sizeof(names) / sizeof(names[0]));
	/* Not snprintf(): the compiler cannot know that a is another of the names. */
	CHECK(strlen(a) + strlen(b) < sizeof(names[0]));
	memcpy(s, a, strlen(a));
	strcpy(s + strlen(a), b);
	return s;
}

static inline char *path_in(const char *name)
{
	return join(join(test_tmpdir(), "/"), name);
}

static inline long long size_of(const char *path)
{
	struct stat st;

	CHECK_INT(stat(path, &st), 0);
	return st.st_size;
}

static inline struct eyas_writer *open_writer(const char *path, uint32_t compression,
					      uint32_t compat, struct eyas_loader *loader)
{
	struct eyas_writer_opts opts = { .size = sizeof(opts),
					 .compression = compression,
					 .compat = compat };
	struct eyas_writer *writer;
	struct eyas_err err;

	if (eyas_writer_open(path, &opts, &writer, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	eyas_writer_loader(writer, loader);
	return writer;
}

static inline void close_writer(struct eyas_writer *writer)
{
	struct eyas_err err;

	if (eyas_writer_close(writer, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
}

/* An event by hand: header, lengths, values. */
static inline struct eyas_event make_event(uint8_t *buf, unsigned type, unsigned len_size,
					   unsigned nparams, const uint32_t *lens,
					   const void *values)
{
	struct eyas_event event;
	struct eyas_err err;
	uint64_t ts = 1700000000123456789, tid = 4242;
	uint32_t len = 26, sum = 0, n = nparams;
	uint16_t t = (uint16_t)type;
	unsigned i;

	for (i = 0; i < nparams; i++) {
		memcpy(buf + len, &lens[i], len_size);
		len += len_size;
		sum += lens[i];
	}
	if (sum && values)
		memcpy(buf + len, values, sum);
	len += sum;
	memcpy(buf, &ts, 8);
	memcpy(buf + 8, &tid, 8);
	memcpy(buf + 16, &len, 4);
	memcpy(buf + 20, &t, 2);
	memcpy(buf + 22, &n, 4);
	if (eyas_event_view(buf, len, &event, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	return event;
}

/* close exit with two parameters, 46 bytes. */
static inline struct eyas_event close_event(uint8_t *buf)
{
	static const uint32_t lens[] = { 8, 8 };
	static const uint8_t values[16] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 7 };

	return make_event(buf, EYAS_EV_SYSCALL_CLOSE_X, 2, 2, lens, values);
}

static inline void put_event(struct eyas_writer *writer, const struct eyas_event *event)
{
	struct eyas_err err;

	if (eyas_writer_event(writer, event, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
}

static inline struct eyas_thread_entry some_thread(uint64_t tid)
{
	return (struct eyas_thread_entry){
		.tid = tid,
		.pid = 2,
		.ptid = 3,
		.sid = -4,
		.vpgid = 5,
		.pgid = 6,
		.vtid = 7,
		.vpid = -8,
		.comm = str("comm"),
		.exe = str("exe"),
		.exepath = str("/exe/path"),
		.args = { "a\0b", 4 },
		.cwd = str("/cwd"),
		.env = { "E=1", 4 },
		.cgroups = str("cpu=/"),
		.root = str("/"),
		.fdlimit = 9,
		.flags = 10,
		.uid = 11,
		.gid = 12,
		.vmsize_kb = 13,
		.vmrss_kb = 14,
		.vmswap_kb = 15,
		.pfmajor = 16,
		.pfminor = 17,
		.pidns_init_start_ts_ns = 18,
		.tty = 19,
		.loginuid = 20,
		.cap_inheritable = 21,
		.cap_permitted = 22,
		.cap_effective = 23,
		.exe_ino = 24,
		.exe_ino_ctime_ns = 25,
		.exe_ino_mtime_ns = 26,
		.exe_writable = 1,
		.exe_upper_layer = 2,
		.exe_lower_layer = 3,
		.exe_from_memfd = 4,
	};
}

static __attribute__((unused)) const struct eyas_machine some_machine = {
	.num_cpus = 4,
	.memory_bytes = 5,
	.max_pid = 6,
	.hostname = "some-host",
	.boot_ts_ns = 7,
	.flags = 8,
	.reserved = { 9, 10 },
};

static __attribute__((unused))
const uint8_t addr6[16] = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };

/* Everything a loader can say, once. */
static inline void load_all(const struct eyas_loader *l)
{
	static const uint8_t kinds[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 16, 17, 21, 99 };
	struct eyas_iface iface = { .type = 1,
				    .addr = { 10, 0, 0, 1 },
				    .mask = { 255 },
				    .bcast = { 10, 0, 0, 255 },
				    .linkspeed = 77 };
	struct eyas_user user = { .uid = 1, .gid = 2 };
	struct eyas_group group = { .gid = 3 };
	struct eyas_thread_entry thread = some_thread(100);
	struct eyas_fd_entry fd = { .ino = 50,
				    .l4 = 2,
				    .sport = 1234,
				    .dport = 80,
				    .unix_src = 5,
				    .unix_dst = 6,
				    .open_flags = 1,
				    .dev = 8 };
	unsigned i;

	iface.name = str("eth0");
	user.name = str("root");
	user.home = str("/root");
	user.shell = str("/bin/sh");
	group.name = str("wheel");
	fd.name = str("name");
	memcpy(fd.src, addr6, 16);
	memcpy(fd.dst, addr6, 16);
	CHECK_INT(l->section(l->ctx), 0);
	CHECK_INT(l->machine(l->ctx, &some_machine), 0);
	CHECK_INT(l->iface(l->ctx, &iface), 0);
	iface.type = 2;
	CHECK_INT(l->iface(l->ctx, &iface), 0);
	iface.type = 3;
	CHECK_INT(l->iface(l->ctx, &iface), 0);
	CHECK_INT(l->user(l->ctx, &user), 0);
	CHECK_INT(l->group(l->ctx, &group), 0);
	CHECK_INT(l->user(l->ctx, &user), 0);
	CHECK_INT(l->thread(l->ctx, &thread), 0);
	thread.tid = 101;
	thread.tail = str("tail!");
	CHECK_INT(l->thread(l->ctx, &thread), 0);
	CHECK_INT(l->fd_list(l->ctx, 100), 0);
	for (i = 0; i < sizeof(kinds); i++) {
		fd.fd = i;
		fd.kind = kinds[i];
		fd.tail = kinds[i] == 0 || kinds[i] == 99 ? str("raw") : str("");
		CHECK_INT(l->fd(l->ctx, 100, &fd), 0);
	}
	fd.fd = 14;
	fd.kind = EYAS_FD_FIFO;
	fd.tail = str("more");
	CHECK_INT(l->fd(l->ctx, 100, &fd), 0);
	CHECK_INT(l->fd_list(l->ctx, 101), 0);
}

static inline void check_thread(struct cursor *c, uint64_t tid, const char *tail)
{
	const uint8_t *start = c->at;
	uint64_t size = take(c, 4);

	CHECK_INT(take(c, 8), tid);
	CHECK_INT(take(c, 8), 2);
	CHECK_INT(take(c, 8), 3);
	CHECK_INT(take(c, 8), -4);
	CHECK_INT(take(c, 8), 5);
	take_str(c, "comm");
	take_str(c, "exe");
	take_str(c, "/exe/path");
	CHECK_INT(take(c, 2), 4);
	take_bytes(c, "a\0b", 4);
	take_str(c, "/cwd");
	CHECK_INT(take(c, 8), 9);
	CHECK_INT(take(c, 4), 10);
	CHECK_INT(take(c, 4), 11);
	CHECK_INT(take(c, 4), 12);
	CHECK_INT(take(c, 4), 13);
	CHECK_INT(take(c, 4), 14);
	CHECK_INT(take(c, 4), 15);
	CHECK_INT(take(c, 8), 16);
	CHECK_INT(take(c, 8), 17);
	CHECK_INT(take(c, 2), 4);
	take_bytes(c, "E=1", 4);
	CHECK_INT(take(c, 8), 7);
	CHECK_INT(take(c, 8), -8);
	take_str(c, "cpu=/");
	take_str(c, "/");
	CHECK_INT(take(c, 8), 18);
	CHECK_INT(take(c, 4), 19);
	CHECK_INT(take(c, 4), 20);
	CHECK_INT(take(c, 1), 1);
	CHECK_INT(take(c, 8), 21);
	CHECK_INT(take(c, 8), 22);
	CHECK_INT(take(c, 8), 23);
	CHECK_INT(take(c, 1), 2);
	CHECK_INT(take(c, 8), 24);
	CHECK_INT(take(c, 8), 25);
	CHECK_INT(take(c, 8), 26);
	CHECK_INT(take(c, 1), 4);
	CHECK_INT(take(c, 1), 3);
	CHECK_INT(take(c, 8), 6);
	take_bytes(c, tail, strlen(tail));
	CHECK_INT(c->at - start, size);
}

/* Head of a descriptor; returns where it has to end. */
static inline const uint8_t *check_fd(struct cursor *c, unsigned fd, unsigned kind)
{
	const uint8_t *end = c->at + take(c, 4);

	CHECK_INT(take(c, 8), fd);
	CHECK_INT(take(c, 8), 50);
	CHECK_INT(take(c, 1), kind);
	return end;
}

static inline void check_conn(struct cursor *c, unsigned addr_len, bool server)
{
	take_bytes(c, addr6, addr_len);
	if (!server)
		take_bytes(c, addr6, addr_len);
	CHECK_INT(take(c, 2), 1234);
	if (!server)
		CHECK_INT(take(c, 2), 80);
	CHECK_INT(take(c, 1), 2);
}

static inline void check_fds(struct cursor *c)
{
	const uint8_t *end;

#define FD(number, kind, checks) \
	do { \
		end = check_fd(c, number, kind); \
		checks; \
		CHECK(c->at == end); \
	} while (0)
	CHECK_INT(take(c, 8), 100);
	FD(0, 0, take_bytes(c, "raw", 3));
	FD(1, 1, take_str(c, "name"));
	FD(2, 2, take_str(c, "name"));
	FD(3, 3, check_conn(c, 4, false));
	FD(4, 4, check_conn(c, 16, false));
	FD(5, 5, check_conn(c, 4, true));
	FD(6, 6, check_conn(c, 16, true));
	FD(7, 7, take_str(c, "name"));
	FD(8, 8, CHECK_INT(take(c, 8), 5); CHECK_INT(take(c, 8), 6); take_str(c, "name"));
	FD(9, 10, take_str(c, "name"));
	FD(10, 16, CHECK_INT(take(c, 4), 1); take_str(c, "name"); CHECK_INT(take(c, 4), 8));
	FD(11, 17, take_str(c, "name"));
	FD(12, 21, take_str(c, "name"));
	FD(13, 99, take_bytes(c, "raw", 3));
	FD(14, 7, take_str(c, "name"); take_bytes(c, "more", 4));
#undef FD
}

static inline void check_iface(struct cursor *c, unsigned type, unsigned len, uint64_t speed)
{
	static const uint8_t addr[16] = { 10, 0, 0, 1 }, mask[16] = { 255 },
			     bcast[16] = { 10, 0, 0, 255 };
	uint64_t size = take(c, 4);
	const uint8_t *start = c->at;

	CHECK_INT(take(c, 2), type);
	CHECK_INT(take(c, 2), 4);
	take_bytes(c, addr, len);
	take_bytes(c, mask, len);
	take_bytes(c, bcast, len);
	CHECK_INT(take(c, 8), speed);
	take_bytes(c, "eth0", 4);
	CHECK_INT(c->at - start, size);
}

static inline void check_user(struct cursor *c)
{
	CHECK_INT(take(c, 4), 13 + 3 * 2 + 4 + 5 + 7);
	CHECK_INT(take(c, 1), 0);
	CHECK_INT(take(c, 4), 1);
	CHECK_INT(take(c, 4), 2);
	take_str(c, "root");
	take_str(c, "/root");
	take_str(c, "/bin/sh");
}

#endif
