/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing captures. What was written is taken apart by the little walker below, which shares no
 * code with the library, and once more by the library's reader, to write it again.
 */
#include "unit/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <eyas/capture.h>

#include "capture/compat.h"
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

static uint64_t take(struct cursor *c, unsigned size)
{
	uint64_t v = 0;
	unsigned i;

	CHECK(c->end - c->at >= (ptrdiff_t)size);
	for (i = 0; i < size; i++)
		v |= (uint64_t)*c->at++ << (8 * i);
	return v;
}

static void take_bytes(struct cursor *c, const void *want, size_t len)
{
	CHECK(c->end - c->at >= (ptrdiff_t)len);
	CHECK(!len || !memcmp(c->at, want, len));
	c->at += len;
}

static void take_str(struct cursor *c, const char *want)
{
	CHECK_INT(take(c, 2), strlen(want));
	take_bytes(c, want, strlen(want));
}

static struct bytes read_file(const char *path)
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
static int next_block(const struct bytes *file, size_t *at, struct block *ret)
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

static struct cursor body(const struct block *b)
{
	return (struct cursor){ b->body, b->body + b->len };
}

static struct cursor need(const struct bytes *file, size_t *at, uint32_t type)
{
	struct block b;

	CHECK(next_block(file, at, &b));
	if (b.type != type)
		test_fail(__FILE__, __LINE__, "block 0x%x, not 0x%x", b.type, type);
	return body(&b);
}

/* Only padding is left: fewer than four bytes, all zero. */
static void done(const struct cursor *c)
{
	const uint8_t *p;

	CHECK(c->end - c->at < 4);
	for (p = c->at; p < c->end; p++)
		CHECK_INT(*p, 0);
}

static void need_section(const struct bytes *file, size_t *at)
{
	struct cursor c = need(file, at, 0x0a0d0d0a);

	CHECK_INT(c.end - c.at, 16);
	CHECK_INT(take(&c, 4), 0x1a2b3c4d);
	CHECK_INT(take(&c, 2), 1);
	CHECK_INT(take(&c, 2), 2);
	CHECK(take(&c, 8) == UINT64_MAX);
}

static void same(struct bytes a, struct bytes b)
{
	CHECK_INT(a.len, b.len);
	CHECK(!memcmp(a.data, b.data, a.len));
	free(a.data);
	free(b.data);
}

/* ---- things to write ---- */

static struct eyas_bytes str(const char *s)
{
	return (struct eyas_bytes){ s, (uint32_t)strlen(s) };
}

/* Names live as long as the test's process. */
static char names[64][300];
static unsigned nnames;

static char *join(const char *a, const char *b)
{
	char *s = names[nnames++];

	CHECK(nnames < sizeof(names) / sizeof(names[0]));
	/* Not snprintf(): the compiler cannot know that a is another of the names. */
	CHECK(strlen(a) + strlen(b) < sizeof(names[0]));
	memcpy(s, a, strlen(a));
	strcpy(s + strlen(a), b);
	return s;
}

static char *path_in(const char *name)
{
	return join(join(test_tmpdir(), "/"), name);
}

static long long size_of(const char *path)
{
	struct stat st;

	CHECK_INT(stat(path, &st), 0);
	return st.st_size;
}

static struct eyas_writer *open_writer(const char *path, uint32_t compression, uint32_t compat,
				       struct eyas_loader *loader)
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

static void close_writer(struct eyas_writer *writer)
{
	struct eyas_err err;

	if (eyas_writer_close(writer, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
}

/* An event by hand: header, lengths, values. */
static struct eyas_event make_event(uint8_t *buf, unsigned type, unsigned len_size,
				    unsigned nparams, const uint32_t *lens, const void *values)
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
static struct eyas_event close_event(uint8_t *buf)
{
	static const uint32_t lens[] = { 8, 8 };
	static const uint8_t values[16] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 7 };

	return make_event(buf, EYAS_EV_SYSCALL_CLOSE_X, 2, 2, lens, values);
}

static void put_event(struct eyas_writer *writer, const struct eyas_event *event)
{
	struct eyas_err err;

	if (eyas_writer_event(writer, event, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
}

static struct eyas_thread_entry some_thread(uint64_t tid)
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

static const struct eyas_machine some_machine = {
	.num_cpus = 4,
	.memory_bytes = 5,
	.max_pid = 6,
	.hostname = "some-host",
	.boot_ts_ns = 7,
	.flags = 8,
	.reserved = { 9, 10 },
};

static const uint8_t addr6[16] = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };

/* Everything a loader can say, once. */
static void load_all(const struct eyas_loader *l)
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

static void check_thread(struct cursor *c, uint64_t tid, const char *tail)
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
static const uint8_t *check_fd(struct cursor *c, unsigned fd, unsigned kind)
{
	const uint8_t *end = c->at + take(c, 4);

	CHECK_INT(take(c, 8), fd);
	CHECK_INT(take(c, 8), 50);
	CHECK_INT(take(c, 1), kind);
	return end;
}

static void check_conn(struct cursor *c, unsigned addr_len, bool server)
{
	take_bytes(c, addr6, addr_len);
	if (!server)
		take_bytes(c, addr6, addr_len);
	CHECK_INT(take(c, 2), 1234);
	if (!server)
		CHECK_INT(take(c, 2), 80);
	CHECK_INT(take(c, 1), 2);
}

static void check_fds(struct cursor *c)
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

static void check_iface(struct cursor *c, unsigned type, unsigned len, uint64_t speed)
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

static void check_user(struct cursor *c)
{
	CHECK_INT(take(c, 4), 13 + 3 * 2 + 4 + 5 + 7);
	CHECK_INT(take(c, 1), 0);
	CHECK_INT(take(c, 4), 1);
	CHECK_INT(take(c, 4), 2);
	take_str(c, "root");
	take_str(c, "/root");
	take_str(c, "/bin/sh");
}

TEST(every_block_is_laid_out_as_the_format_says)
{
	char *path = path_in("a.scap");
	struct eyas_loader l;
	struct eyas_writer *w = open_writer(path, EYAS_COMPRESS_NONE, 0, &l);
	struct bytes file;
	struct block b;
	struct cursor c;
	uint8_t buf[64], host[128] = "some-host";
	struct eyas_event event = close_event(buf);
	size_t at = 0;

	load_all(&l);
	event.cpu = 513;
	put_event(w, &event);
	close_writer(w);
	file = read_file(path);
	need_section(&file, &at);
	c = need(&file, &at, 0x201);
	CHECK_INT(c.end - c.at, 180);
	CHECK_INT(take(&c, 4), 4);
	CHECK_INT(take(&c, 8), 5);
	CHECK_INT(take(&c, 8), 6);
	take_bytes(&c, host, 128);
	CHECK_INT(take(&c, 8), 7);
	CHECK_INT(take(&c, 8), 8);
	CHECK_INT(take(&c, 8), 9);
	CHECK_INT(take(&c, 8), 10);
	c = need(&file, &at, 0x219);
	check_iface(&c, 1, 4, 77);
	check_iface(&c, 2, 16, 77);
	check_iface(&c, 1, 4, 0);
	done(&c);
	c = need(&file, &at, 0x220);
	check_user(&c);
	CHECK_INT(take(&c, 4), 4 + 1 + 4 + 2 + 5);
	CHECK_INT(take(&c, 1), 1);
	CHECK_INT(take(&c, 4), 3);
	take_str(&c, "wheel");
	check_user(&c);
	done(&c);
	c = need(&file, &at, 0x215);
	check_thread(&c, 100, "");
	check_thread(&c, 101, "tail!");
	done(&c);
	c = need(&file, &at, 0x218);
	check_fds(&c);
	done(&c);
	c = need(&file, &at, 0x218);
	CHECK_INT(take(&c, 8), 101);
	CHECK(c.at == c.end);
	c = need(&file, &at, 0x216);
	CHECK_INT(take(&c, 2), 513);
	take_bytes(&c, buf, 46);
	done(&c);
	CHECK(!next_block(&file, &at, &b));
	free(file.data);
}

TEST(event_blocks_follow_flags_and_payload)
{
	static const uint32_t lens[] = { 4, 3 };
	char *path = path_in("a.scap");
	struct eyas_loader l;
	struct eyas_writer *w = open_writer(path, EYAS_COMPRESS_NONE, 0, &l);
	struct eyas_writer_stats stats;
	uint8_t buf[64], big[64];
	struct eyas_event event = close_event(buf);
	struct eyas_event plugin =
		make_event(big, EYAS_EV_PLUGINEVENT_E, 4, 2, lens, "\1\0\0\0abc");
	struct bytes file;
	struct cursor c;
	size_t at = 0;

	event.flags = EYAS_EVENT_HIDDEN;
	put_event(w, &event);
	event.flags = EYAS_EVENT_STATE_ONLY | EYAS_EVENT_HIDDEN;
	put_event(w, &event);
	plugin.flags = EYAS_EVENT_LARGE;
	put_event(w, &plugin);
	plugin.flags = EYAS_EVENT_LARGE | EYAS_EVENT_STATE_ONLY;
	put_event(w, &plugin);
	eyas_writer_stats(w, &stats);
	CHECK_INT(stats.events, 4);
	close_writer(w);
	file = read_file(path);
	CHECK_INT(stats.bytes, file.len);
	need_section(&file, &at);
	c = need(&file, &at, 0x216);
	take(&c, 2);
	take_bytes(&c, buf, event.len);
	c = need(&file, &at, 0x217);
	take(&c, 2);
	CHECK_INT(take(&c, 4), 1);
	take_bytes(&c, buf, event.len);
	done(&c);
	c = need(&file, &at, 0x221);
	take(&c, 2);
	take_bytes(&c, big, plugin.len);
	done(&c);
	c = need(&file, &at, 0x222);
	take(&c, 2);
	CHECK_INT(take(&c, 4), 1);
	take_bytes(&c, big, plugin.len);
	done(&c);
	CHECK_INT(at, file.len);
	free(file.data);
}

/* Larger than every buffer: such a block goes to the file in pieces. */
TEST(a_huge_event_is_written_whole)
{
	static const uint32_t compressions[] = { EYAS_COMPRESS_NONE, EYAS_COMPRESS_GZIP };
	uint32_t lens[] = { 4, 3 << 20 };
	uint8_t *values = calloc(1, 4 + (3 << 20)), *buf = malloc((3 << 20) + 64);
	char *path = path_in("a.scap");
	struct eyas_event event;
	struct eyas_writer *w;
	struct eyas_loader l;
	unsigned i;

	CHECK(values && buf);
	for (i = 0; i < lens[1]; i++)
		values[4 + i] = (uint8_t)(i * 7 + i / 256);
	event = make_event(buf, EYAS_EV_PLUGINEVENT_E, 4, 2, lens, values);
	for (i = 0; i < 2; i++) {
		uint8_t small[64];
		struct eyas_event other = close_event(small);
		struct bytes file;
		struct cursor c;
		size_t at = 0;

		w = open_writer(path, compressions[i], 0, &l);
		put_event(w, &other);
		put_event(w, &event);
		put_event(w, &other);
		close_writer(w);
		if (i) {
			gzFile gz = gzopen(path, "rb");

			file.data = malloc(4 << 20);
			CHECK(gz && file.data);
			file.len = (size_t)gzread(gz, file.data, 4 << 20);
			gzclose(gz);
		} else {
			file = read_file(path);
		}
		need_section(&file, &at);
		need(&file, &at, 0x216);
		c = need(&file, &at, 0x221);
		take(&c, 2);
		take_bytes(&c, buf, event.len);
		done(&c);
		need(&file, &at, 0x216);
		CHECK_INT(at, file.len);
		free(file.data);
	}
	free(values);
	free(buf);
}

TEST(long_lists_go_on_in_the_next_block)
{
	char *path = path_in("a.scap");
	struct eyas_loader l;
	struct eyas_writer *w = open_writer(path, EYAS_COMPRESS_NONE, 0, &l);
	struct eyas_thread_entry thread = some_thread(0);
	struct eyas_fd_entry fd = { .ino = 50, .kind = EYAS_FD_FIFO };
	char *long_str = malloc(65535), *tail = malloc(2 << 20);
	unsigned threads = 0, fds = 0, blocks[2] = { 0, 0 };
	struct bytes file;
	struct block b;
	size_t at = 0;

	CHECK(long_str && tail);
	memset(long_str, 'x', 65535);
	memset(tail, 'y', 2 << 20);
	fd.name = str("name");
	for (thread.tid = 0; thread.tid < 8000; thread.tid++) {
		/* Every string at its longest once, and an entry above the limit of a block. */
		thread.args = thread.env =
			(struct eyas_bytes){ long_str, thread.tid == 77 ? 65535 : 100 };
		thread.tail = (struct eyas_bytes){ tail, thread.tid == 99 ? 2 << 20 : 0 };
		CHECK_INT(l.thread(l.ctx, &thread), 0);
	}
	CHECK_INT(l.fd_list(l.ctx, 7), 0);
	for (fd.fd = 0; fd.fd < 100000; fd.fd++)
		CHECK_INT(l.fd(l.ctx, 7, &fd), 0);
	close_writer(w);
	file = read_file(path);
	need_section(&file, &at);
	while (next_block(&file, &at, &b)) {
		struct cursor c = body(&b);
		unsigned entries = 0;

		CHECK(b.type == 0x215 || b.type == 0x218);
		blocks[b.type == 0x218]++;
		if (b.type == 0x218)
			CHECK_INT(take(&c, 8), 7);
		for (; c.end - c.at >= 4; entries++) {
			const uint8_t *end = c.at + take(&c, 4);

			CHECK_INT(take(&c, 8), b.type == 0x215 ? threads++ : fds++);
			CHECK(end <= c.end);
			c.at = end;
		}
		CHECK(entries == 1 || b.total <= (1 << 20) + 8);
		CHECK(entries);
	}
	CHECK_INT(threads, 8000);
	CHECK_INT(fds, 100000);
	CHECK(blocks[0] > 3 && blocks[1] > 2);
	free(file.data);
	free(long_str);
	free(tail);
}

TEST(a_section_begins_only_after_something_was_written)
{
	char *path = path_in("a.scap");
	struct eyas_loader l;
	struct eyas_writer *w = open_writer(path, EYAS_COMPRESS_NONE, 0, &l);
	uint8_t buf[64];
	struct eyas_event event = close_event(buf);
	struct eyas_err err;
	struct bytes file;
	size_t at = 0;

	CHECK_INT(l.section(l.ctx), 0);
	CHECK_INT(l.section(l.ctx), 0);
	put_event(w, &event);
	CHECK_INT(l.section(l.ctx), 0);
	CHECK_INT(l.section(l.ctx), 0);
	CHECK_INT(l.machine(l.ctx, &some_machine), 0);
	CHECK_INT(l.section(l.ctx), 0);
	put_event(w, &event);
	/* Readers could not read on behind this: refused, and the file stays unfinished. */
	CHECK_INT(l.machine(l.ctx, &some_machine), EYAS_E_USAGE);
	CHECK_INT(eyas_writer_event(w, &event, &err), EYAS_E_USAGE);
	CHECK_INT(eyas_writer_close(w, &err), EYAS_E_USAGE);
	CHECK(strstr(err.text, "section"));
	CHECK(access(path, F_OK));
	file = read_file(join(path, ".part"));
	need_section(&file, &at);
	need(&file, &at, 0x216);
	need_section(&file, &at);
	need(&file, &at, 0x201);
	need_section(&file, &at);
	need(&file, &at, 0x216);
	CHECK_INT(at, file.len);
	free(file.data);
}

TEST(entries_without_room_in_the_format_are_refused)
{
	char *path = path_in("a.scap"), *big = calloc(1, 65536);
	struct eyas_loader l;
	struct eyas_writer *w;
	struct eyas_iface iface = { .type = 5 };
	struct eyas_thread_entry thread = some_thread(1);
	struct eyas_err err;

	CHECK(big);
	iface.name = str("eth0");
	w = open_writer(path, EYAS_COMPRESS_NONE, 0, &l);
	CHECK_INT(l.iface(l.ctx, &iface), -EINVAL);
	CHECK_INT(eyas_writer_close(w, &err), -EINVAL);
	CHECK(strstr(err.text, "interfaces"));
	w = open_writer(path, EYAS_COMPRESS_NONE, 0, &l);
	thread.env = (struct eyas_bytes){ big, 65536 };
	CHECK_INT(l.thread(l.ctx, &thread), -EINVAL);
	CHECK_INT(eyas_writer_close(w, &err), -EINVAL);
	free(big);
}

TEST(bad_events_are_refused_and_do_no_harm)
{
	char *path = path_in("a.scap");
	struct eyas_loader l;
	struct eyas_writer *w = open_writer(path, EYAS_COMPRESS_NONE, 0, &l);
	uint8_t buf[64];
	struct eyas_event event = close_event(buf), bad = event;
	struct eyas_err err;
	struct bytes file;
	size_t at = 0;

	bad.len = 40;
	CHECK_INT(eyas_writer_event(w, &bad, &err), -EINVAL);
	bad = event;
	bad.type = 7;
	CHECK_INT(eyas_writer_event(w, &bad, &err), -EINVAL);
	put_event(w, &event);
	close_writer(w);
	file = read_file(path);
	need_section(&file, &at);
	need(&file, &at, 0x216);
	CHECK_INT(at, file.len);
	free(file.data);
}

/* ---- options ---- */

TEST(options_are_checked)
{
	struct {
		struct eyas_writer_opts opts;
		uint64_t newer;
	} big = { .opts = { .size = sizeof(big) }, .newer = 0 };
	char *path = path_in("a.scap");
	struct eyas_writer_opts o;
	struct eyas_writer *w = NULL;
	struct eyas_err err;

#define REFUSED(want, ...) \
	do { \
		o = (struct eyas_writer_opts){ .size = sizeof(o), __VA_ARGS__ }; \
		CHECK_INT(eyas_writer_open(path, &o, &w, &err), want); \
		CHECK_INT(err.code, want); \
	} while (0)
	REFUSED(-ENOTSUP, .compression = EYAS_COMPRESS_LZ4);
	REFUSED(-EINVAL, .compression = 9);
	REFUSED(-EINVAL, .level = 3);
	REFUSED(-EINVAL, .compression = EYAS_COMPRESS_GZIP, .level = 10);
	REFUSED(-EINVAL, .compression = EYAS_COMPRESS_GZIP, .level = -1);
	REFUSED(-EINVAL, .compression = EYAS_COMPRESS_ZSTD, .level = 99);
	REFUSED(-EINVAL, .compat = 2);
	o = (struct eyas_writer_opts){ 0 };
	CHECK_INT(eyas_writer_open(path, &o, &w, &err), -EINVAL);
	big.newer = 1;
	CHECK_INT(eyas_writer_open(path, &big.opts, &w, &err), -EINVAL);
	CHECK_INT(eyas_writer_open("", NULL, &w, &err), -EINVAL);
	CHECK_INT(eyas_writer_open("/nonexistent/a.scap", NULL, &w, &err), -ENOENT);
	CHECK(strstr(err.text, "/nonexistent/a.scap"));
	/* Nothing was left behind by the failures. */
	CHECK(access(path, F_OK) && access(join(path, ".part"), F_OK));
	big.newer = 0;
	CHECK_INT(eyas_writer_open(path, &big.opts, &w, &err), 0);
	close_writer(w);
	CHECK_INT(eyas_writer_open(path, NULL, &w, NULL), 0);
	CHECK_INT(eyas_writer_close(w, NULL), 0);
	CHECK_INT(eyas_writer_close(NULL, NULL), 0);
}

/* ---- compression ---- */

static void write_many(const char *path, uint32_t compression, bool flush)
{
	struct eyas_loader l;
	struct eyas_writer *w = open_writer(path, compression, 0, &l);
	uint8_t buf[64];
	struct eyas_event event = close_event(buf);
	struct eyas_err err;
	unsigned i;

	load_all(&l);
	for (i = 0; i < 20000; i++) {
		buf[26 + 4] = (uint8_t)i;
		event.cpu = (uint16_t)(i / 3);
		put_event(w, &event);
		if (flush && i % 1000 == 0)
			CHECK_INT(eyas_writer_flush(w, &err), 0);
	}
	close_writer(w);
}

static struct bytes unpack(struct bytes packed, uint32_t compression)
{
	struct bytes out = { malloc(4 << 20), 0 };

	CHECK(out.data);
	if (compression == EYAS_COMPRESS_GZIP) {
		z_stream z = { .next_in = packed.data,
			       .avail_in = (uInt)packed.len,
			       .next_out = out.data,
			       .avail_out = 4 << 20 };
		int ret;

		CHECK_INT(inflateInit2(&z, 31), Z_OK);
		ret = inflate(&z, Z_SYNC_FLUSH);
		CHECK(ret == Z_OK || ret == Z_STREAM_END);
		out.len = z.total_out;
		inflateEnd(&z);
	} else {
		ZSTD_DCtx *d = ZSTD_createDCtx();
		ZSTD_inBuffer in = { packed.data, packed.len, 0 };
		ZSTD_outBuffer to = { out.data, 4 << 20, 0 };

		while (in.pos < in.size)
			CHECK(!ZSTD_isError(ZSTD_decompressStream(d, &to, &in)));
		out.len = to.pos;
		ZSTD_freeDCtx(d);
	}
	free(packed.data);
	return out;
}

TEST(compressed_bytes_are_the_plain_ones)
{
	static const uint32_t compressions[] = { EYAS_COMPRESS_GZIP, EYAS_COMPRESS_ZSTD };
	char *plain = path_in("plain"), *packed = path_in("packed");
	unsigned i, flush;

	write_many(plain, EYAS_COMPRESS_NONE, false);
	for (i = 0; i < 2; i++)
		for (flush = 0; flush < 2; flush++) {
			write_many(packed, compressions[i], flush);
			same(unpack(read_file(packed), compressions[i]), read_file(plain));
		}
}

TEST(a_flush_makes_all_readable)
{
	static const uint32_t compressions[] = { EYAS_COMPRESS_NONE, EYAS_COMPRESS_GZIP,
						 EYAS_COMPRESS_ZSTD };
	char *path = path_in("a.scap"), *part = join(path, ".part");
	struct eyas_writer_stats stats;
	uint8_t buf[64];
	struct eyas_event event = close_event(buf);
	struct eyas_err err;
	unsigned i, n;

	for (i = 0; i < 3; i++) {
		struct eyas_loader l;
		struct eyas_writer *w = open_writer(path, compressions[i], 0, &l);
		struct bytes file;
		struct block b;
		size_t at = 0;

		load_all(&l);
		CHECK_INT(eyas_writer_flush(w, &err), 0);
		for (n = 0; n < 10; n++)
			put_event(w, &event);
		CHECK_INT(eyas_writer_flush(w, &err), 0);
		eyas_writer_stats(w, &stats);
		CHECK_INT(eyas_writer_flush(w, &err), 0);
		file = read_file(part);
		/* A second flush has nothing to add. */
		CHECK_INT(file.len, stats.bytes_out);
		if (i)
			file = unpack(file, compressions[i]);
		CHECK_INT(file.len, stats.bytes);
		for (n = 0; next_block(&file, &at, &b);)
			n += b.type == 0x216;
		CHECK_INT(n, 10);
		free(file.data);
		close_writer(w);
	}
}

/* ---- where it goes ---- */

TEST(the_name_appears_when_the_file_is_complete)
{
	char *path = path_in("a.scap"), *part = join(path, ".part");
	struct eyas_loader l;
	struct eyas_writer *w;
	FILE *f = fopen(part, "w");

	/* A stale one, longer than what comes. */
	CHECK(f);
	CHECK(fprintf(f, "%0100000d", 1) == 100000);
	fclose(f);
	w = open_writer(path, EYAS_COMPRESS_NONE, 0, &l);
	CHECK(access(path, F_OK) && !access(part, F_OK));
	close_writer(w);
	CHECK(!access(path, F_OK) && access(part, F_OK));
	CHECK_INT(size_of(path), 28);
}

TEST(a_file_being_written_is_refused)
{
	char *path = path_in("a.scap");
	struct eyas_loader l;
	struct eyas_writer *w = open_writer(path, EYAS_COMPRESS_NONE, 0, &l), *other;
	uint8_t buf[64];
	struct eyas_event event = close_event(buf);
	struct eyas_err err;

	put_event(w, &event);
	CHECK_INT(eyas_writer_flush(w, &err), 0);
	CHECK_INT(eyas_writer_open(path, NULL, &other, &err), -EBUSY);
	CHECK(strstr(err.text, "a.scap.part: another process"));
	close_writer(w);
	CHECK(size_of(path) > 28);
	/* And afterwards it is free, and the old one is replaced by a complete one only. */
	w = open_writer(path, EYAS_COMPRESS_NONE, 0, &l);
	CHECK(size_of(path) > 28);
	close_writer(w);
	CHECK_INT(size_of(path), 28);
}

TEST(the_part_name_is_never_followed)
{
	char *path = path_in("a.scap"), *victim = path_in("victim"), *part = join(path, ".part");
	struct eyas_writer *w;
	struct eyas_err err;
	FILE *f = fopen(victim, "w");

	CHECK(f);
	fputs("precious", f);
	fclose(f);
	CHECK_INT(symlink(victim, part), 0);
	CHECK_INT(eyas_writer_open(path, NULL, &w, &err), -ELOOP);
	CHECK_INT(size_of(victim), 8);
	CHECK_INT(unlink(part), 0);
	CHECK_INT(mkfifo(part, 0600), 0);
	CHECK_INT(eyas_writer_open(path, NULL, &w, &err), -EEXIST);
}

TEST(a_link_stays_a_link)
{
	char *path = path_in("a.scap"), *link = path_in("link");
	struct eyas_loader l;
	struct stat st;
	FILE *f = fopen(path, "w");

	CHECK(f);
	fclose(f);
	CHECK_INT(symlink(path, link), 0);
	close_writer(open_writer(link, EYAS_COMPRESS_NONE, 0, &l));
	CHECK(!lstat(link, &st) && S_ISLNK(st.st_mode));
	CHECK_INT(size_of(path), 28);
}

TEST(pipes_and_standard_output_are_written_in_place)
{
	char *path = path_in("fifo"), *out = path_in("out");
	struct eyas_loader l;
	uint8_t got[64];
	int fd, saved;

	CHECK_INT(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	CHECK(fd >= 0);
	close_writer(open_writer(path, EYAS_COMPRESS_NONE, 0, &l));
	CHECK_INT(read(fd, got, sizeof(got)), 28);
	close(fd);
	CHECK(access(join(path, ".part"), F_OK));
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	fd = open(out, O_CREAT | O_WRONLY, 0600);
	CHECK(saved >= 0 && fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0);
	close_writer(open_writer("-", EYAS_COMPRESS_NONE, 0, &l));
	CHECK(fcntl(STDOUT_FILENO, F_GETFD) >= 0);
	CHECK(dup2(saved, STDOUT_FILENO) >= 0);
	CHECK_INT(size_of(out), 28);
}

/* ---- no room ---- */

TEST(a_full_device_is_told)
{
	static const uint32_t compressions[] = { EYAS_COMPRESS_NONE, EYAS_COMPRESS_GZIP,
						 EYAS_COMPRESS_ZSTD };
	uint8_t buf[64];
	struct eyas_event event = close_event(buf);
	struct eyas_loader l;
	struct eyas_err err;
	unsigned i;

	for (i = 0; i < 3; i++) {
		struct eyas_writer *w = open_writer("/dev/full", compressions[i], 0, &l);

		put_event(w, &event);
		CHECK_INT(eyas_writer_flush(w, &err), -ENOSPC);
		CHECK_STR(err.text, "/dev/full: write: No space left on device");
		memset(&err, 0, sizeof(err));
		CHECK_INT(eyas_writer_event(w, &event, &err), -ENOSPC);
		CHECK_STR(err.text, "/dev/full: write: No space left on device");
		CHECK_INT(l.machine(l.ctx, &some_machine), -ENOSPC);
		CHECK_INT(l.section(l.ctx), -ENOSPC);
		CHECK_INT(eyas_writer_flush(w, &err), -ENOSPC);
		memset(&err, 0, sizeof(err));
		CHECK_INT(eyas_writer_close(w, &err), -ENOSPC);
		CHECK_STR(err.text, "/dev/full: write: No space left on device");
		/* Nothing flushed yet: the close finds out. */
		w = open_writer("/dev/full", compressions[i], 0, &l);
		put_event(w, &event);
		CHECK_INT(eyas_writer_close(w, &err), -ENOSPC);
	}
}

/* Fill the file until it fails with code; what is left must be whole blocks, many of them. */
static void fill_until(const char *path, int code, size_t room, bool huge)
{
	uint32_t lens[] = { 4, 700000 };
	uint8_t *big = calloc(1, 800000), *values = calloc(1, 800000), buf[64];
	struct eyas_event event = close_event(buf), plugin;
	struct eyas_loader l;
	struct eyas_writer *w = open_writer(path, EYAS_COMPRESS_NONE, 0, &l);
	struct eyas_err err;
	struct bytes file;
	struct block b;
	size_t at = 0;
	unsigned i;
	int got = 0;

	CHECK(big && values);
	plugin = make_event(big, EYAS_EV_PLUGINEVENT_E, 4, 2, lens, values);
	for (i = 0; i < 100000 && !got; i++)
		got = eyas_writer_event(w, huge ? &plugin : &event, &err);
	CHECK_INT(got, code);
	CHECK_INT(eyas_writer_close(w, &err), code);
	CHECK(access(path, F_OK));
	file = read_file(join(path, ".part"));
	need_section(&file, &at);
	while (next_block(&file, &at, &b))
		CHECK_INT(b.type, huge ? 0x221 : 0x216);
	CHECK_INT(at, file.len);
	CHECK(file.len <= room && file.len + (huge ? 700100 : 100) > room);
	free(big);
	free(values);
	free(file.data);
}

TEST(a_file_that_may_not_grow_ends_with_a_whole_event)
{
	struct rlimit limit = { 1000001, 1000001 };

	signal(SIGXFSZ, SIG_IGN);
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
	fill_until(path_in("a.scap"), -EFBIG, 1000001, false);
	fill_until(path_in("b.scap"), -EFBIG, 1000001, true);
}

TEST(a_full_disk_ends_with_a_whole_event)
{
	const char *dir = test_tmpdir();

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("eyas", dir, "tmpfs", 0, "size=1m"))
		test_skip("needs the right to mount a file system");
	fill_until(path_in("a.scap"), -ENOSPC, 1 << 20, false);
	CHECK_INT(unlink(path_in("a.scap.part")), 0);
	fill_until(path_in("b.scap"), -ENOSPC, 1 << 20, true);
	CHECK_INT(umount2(dir, MNT_DETACH), 0);
}

TEST(a_reader_that_leaves_is_told)
{
	char *path = path_in("fifo");
	uint8_t buf[64];
	struct eyas_event event = close_event(buf);
	struct eyas_loader l;
	struct eyas_writer *w;
	struct eyas_err err;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	CHECK_INT(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	w = open_writer(path, EYAS_COMPRESS_NONE, 0, &l);
	close(fd);
	put_event(w, &event);
	CHECK_INT(eyas_writer_close(w, &err), -EPIPE);
}

/* ---- again through the reader ---- */

static void write_again(const char *from, const char *to)
{
	struct eyas_loader l;
	struct eyas_writer *w = open_writer(to, EYAS_COMPRESS_NONE, 0, &l);
	struct eyas_source_opts opts = { .size = sizeof(opts), .loader = &l };
	const struct eyas_event *event;
	struct eyas_source *source;
	struct eyas_err err;
	int ret;

	CHECK_INT(eyas_source_open_files(&from, 1, &opts, &source, &err), 0);
	while ((ret = eyas_source_next(source, &event, &err)) == 1)
		put_event(w, event);
	if (ret != EYAS_E_END)
		test_fail(__FILE__, __LINE__, "%s", err.text);
	eyas_source_close(source);
	close_writer(w);
}

TEST(reading_and_writing_again_changes_nothing)
{
	char *first = path_in("first"), *again = path_in("again");
	struct eyas_loader l;
	struct eyas_writer *w = open_writer(first, EYAS_COMPRESS_ZSTD, 0, &l);
	struct eyas_thread_entry thread = some_thread(1000);
	uint8_t buf[64];
	struct eyas_event event = close_event(buf);

	load_all(&l);
	/* Lists long enough for several blocks, then a second section. */
	for (; thread.tid < 12000; thread.tid++)
		CHECK_INT(l.thread(l.ctx, &thread), 0);
	event.flags = EYAS_EVENT_STATE_ONLY;
	put_event(w, &event);
	event.flags = 0;
	put_event(w, &event);
	load_all(&l);
	put_event(w, &event);
	close_writer(w);
	write_again(first, again);
	same(unpack(read_file(first), EYAS_COMPRESS_ZSTD), read_file(again));
}

/* ---- what sysdig 0.29 takes ---- */

TEST(compat_leaves_out_what_is_not_known)
{
	static const uint32_t lens[] = { 8, 8, 8, 8 };
	static const uint32_t generic_lens[] = { 2, 2 };
	static const uint8_t zeros[32];
	char *path = path_in("a.scap"), *big = malloc(5000);
	struct eyas_loader l;
	struct eyas_writer *w = open_writer(path, EYAS_COMPRESS_NONE, EYAS_COMPAT_SYSDIG_0_29, &l);
	struct eyas_writer_stats stats;
	struct eyas_fd_entry fd = { .kind = EYAS_FD_FIFO };
	struct eyas_thread_entry thread = some_thread(1);
	struct eyas_user user = { .uid = 1 };
	struct eyas_event event;
	struct bytes file;
	struct cursor c;
	uint8_t buf[128];
	size_t at = 0;

	CHECK(big);
	memset(big, 'b', 5000);
	user.name = user.home = user.shell = (struct eyas_bytes){ big, 300 };
	CHECK_INT(l.user(l.ctx, &user), 0);
	thread.comm = thread.args = (struct eyas_bytes){ big, 5000 };
	CHECK_INT(l.thread(l.ctx, &thread), 0);
	fd.name = (struct eyas_bytes){ big, 1024 };
	CHECK_INT(l.fd_list(l.ctx, 1), 0);
	for (fd.kind = 16; fd.kind < 23; fd.kind++)
		CHECK_INT(l.fd(l.ctx, 1, &fd), 0);
	/* close_range, an unknown system call, the last one that is known. */
	event = make_event(buf, EYAS_EV_SYSCALL_CLOSE_RANGE_X, 2, 0, lens, zeros);
	put_event(w, &event);
	event = make_event(buf, EYAS_EV_GENERIC_X, 2, 2, generic_lens, "\x49\x01\0\0");
	put_event(w, &event);
	event = make_event(buf, EYAS_EV_GENERIC_X, 2, 2, generic_lens, "\x48\x01\0\0");
	put_event(w, &event);
	eyas_writer_stats(w, &stats);
	CHECK_INT(stats.events, 1);
	CHECK_INT(stats.events_left_out, 2);
	CHECK_INT(stats.fds_left_out, 6);
	close_writer(w);
	file = read_file(path);
	need_section(&file, &at);
	c = need(&file, &at, 0x220);
	c.at += 13;
	CHECK_INT(take(&c, 2), 255);
	c.at += 255;
	CHECK_INT(take(&c, 2), 255);
	c = need(&file, &at, 0x215);
	c.at += 44;
	CHECK_INT(take(&c, 2), 1024);
	c = need(&file, &at, 0x218);
	CHECK_INT(take(&c, 8), 1);
	CHECK_INT(take(&c, 4), 21 + 4 + 2 + 1023 + 4);
	c.at += 16;
	CHECK_INT(take(&c, 1), 16);
	need(&file, &at, 0x216);
	CHECK_INT(at, file.len);
	free(file.data);
	free(big);
}

TEST(compat_fills_in_what_is_missing)
{
	/* open exit: fd, name, flags, mode, dev, ino; name missing, ino and dev at the end, too. */
	static const uint32_t lens[] = { 8, 0, 4, 4, 0, 0 };
	static const uint8_t values[16] = { 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0 };
	static const uint32_t few[] = { 0 };
	char *path = path_in("a.scap");
	struct eyas_loader l;
	struct eyas_writer *w = open_writer(path, EYAS_COMPRESS_NONE, EYAS_COMPAT_SYSDIG_0_29, &l);
	struct eyas_event event;
	struct bytes file;
	struct cursor c;
	uint8_t buf[128];
	size_t at = 0;

	event = make_event(buf, EYAS_EV_SYSCALL_OPEN_X, 2, 6, lens, values);
	put_event(w, &event);
	event = make_event(buf, EYAS_EV_SYSCALL_CLOSE_X, 2, 1, few, NULL);
	put_event(w, &event);
	close_writer(w);
	file = read_file(path);
	need_section(&file, &at);
	c = need(&file, &at, 0x216);
	c.at += 2 + 16;
	CHECK_INT(take(&c, 4), 26 + 4 * 2 + 16 + 5);
	CHECK_INT(take(&c, 2), EYAS_EV_SYSCALL_OPEN_X);
	CHECK_INT(take(&c, 4), 4);
	CHECK_INT(take(&c, 2), 8);
	CHECK_INT(take(&c, 2), 5);
	CHECK_INT(take(&c, 2), 4);
	CHECK_INT(take(&c, 2), 4);
	take_bytes(&c, values, 8);
	take_bytes(&c, "<NA>", 5);
	take_bytes(&c, values + 8, 8);
	done(&c);
	c = need(&file, &at, 0x216);
	c.at += 2 + 22;
	CHECK_INT(take(&c, 4), 1);
	CHECK_INT(take(&c, 2), 8);
	CHECK_INT(take(&c, 8), 0);
	done(&c);
	free(file.data);
}

/* What the compat reader gets for an event made of zeros and missing values. */
static struct eyas_event compat_event(struct eyas_str *scratch, unsigned type, unsigned nparams,
				      const uint32_t *lens)
{
	static const uint8_t zeros[64];
	static uint8_t buf[128];
	struct eyas_event event = make_event(buf, (uint16_t)type, 2, nparams, lens, zeros);
	const uint8_t *bytes;
	uint32_t len;

	CHECK_INT(eyas_compat_event(scratch, &event, &bytes, &len), 1);
	CHECK_INT(eyas_event_view(bytes, len, &event, NULL), 0);
	return event;
}

TEST(compat_goes_back_to_the_older_type)
{
	static const uint32_t accept[] = { 8, 13, 1, 4, 4, 4 }, dup[] = { 8, 8 };
	static const uint32_t umount[] = { 8, 1 }, open_enter[] = { 0, 4, 4 };
	struct eyas_str scratch = EYAS_STR_INIT;
	struct eyas_event event;
	struct eyas_param param;

	event = compat_event(&scratch, EYAS_EV_SOCKET_ACCEPT4_6_X, 6, accept);
	CHECK_INT(event.type, EYAS_EV_SOCKET_ACCEPT4_5_X);
	CHECK_INT(event.nparams, 5);
	event = compat_event(&scratch, EYAS_EV_SYSCALL_DUP_1_X, 2, dup);
	CHECK_INT(event.type, EYAS_EV_SYSCALL_DUP_X);
	CHECK_INT(event.nparams, 1);
	event = compat_event(&scratch, EYAS_EV_SYSCALL_UMOUNT_1_X, 2, umount);
	CHECK_INT(event.type, EYAS_EV_SYSCALL_UMOUNT_X);
	CHECK_INT(event.nparams, 2);
	/* In an enter event a missing path must not look like one. */
	event = compat_event(&scratch, EYAS_EV_SYSCALL_OPEN_E, 3, open_enter);
	CHECK_INT(eyas_event_param(&event, 0, &param), 1);
	CHECK_STR((const char *)param.data, "(NULL)");
	eyas_str_fini(&scratch);
}

TEST(compat_wants_container_events_it_can_parse)
{
	static const struct {
		const char *json;
		int taken;
	} cases[] = {
		{ "{\"container\":{\"id\":\"x\",\"Mounts\":[],\"n\":-1.5e3,\"b\":true}}", 1 },
		{ " { \"other\" : [ 1 , { } , \"\\\"\" ] } ", 1 },
		{ "{}", 1 },
		{ "", 0 },
		{ "[]", 0 },
		{ "{\"container\":\"x\"}", 0 },
		{ "{\"container\":{\"container\":\"x\"}}", 1 },
		{ "{\"container\":{\"id\":\"x\"}", 0 },
		{ "{\"container\":{\"id\":\"x}}", 0 },
		{ "{\"container\":{\"id\":}}", 0 },
		{ "{\"container\":{}} trailing", 0 },
		{ "{\"a\":1,}", 0 },
		{ "{\"a\" 1}", 0 },
		{ "{\"a\":\"\\", 0 },
	};
	struct eyas_str scratch = EYAS_STR_INIT;
	const uint8_t *bytes;
	uint8_t buf[1024];
	uint32_t len;
	char deep[512];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t size = (uint32_t)strlen(cases[i].json) + 1;
		struct eyas_event event =
			make_event(buf, EYAS_EV_CONTAINER_JSON_2_E, 4, 1, &size, cases[i].json);

		if (eyas_compat_event(&scratch, &event, &bytes, &len) != cases[i].taken)
			test_fail(__FILE__, __LINE__, "%s", cases[i].json);
	}
	/* Nested too deeply for a parser that recurses: 60 are fine, 100 are not. */
	for (i = 60; i <= 100; i += 40) {
		uint32_t size = 5 + 2 * (uint32_t)i + 2;
		struct eyas_event event;

		memcpy(deep, "{\"a\":", 5);
		memcpy(deep + size - 2, "}", 2);
		memset(deep + 5, '[', i);
		memset(deep + 5 + i, ']', i);
		event = make_event(buf, EYAS_EV_CONTAINER_JSON_E, 2, 1, &size, deep);
		CHECK_INT(eyas_compat_event(&scratch, &event, &bytes, &len), i == 60);
	}
	eyas_str_fini(&scratch);
}

/* ---- no memory ---- */

/* The sanitizer has an allocator of its own, which cannot be told to fail. */
#if !defined(__SANITIZE_ADDRESS__)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool counting;
static unsigned long allocations, fail_at;

static bool must_fail(void)
{
	return counting && ++allocations == fail_at;
}

/* Visible, so that the libraries below call these, too. */
#	define VISIBLE __attribute__((visibility("default")))

VISIBLE void *malloc(size_t size)
{
	return must_fail() ? NULL : __libc_malloc(size);
}

VISIBLE void *calloc(size_t count, size_t size)
{
	return must_fail() ? NULL : __libc_calloc(count, size);
}

VISIBLE void *realloc(void *old, size_t size)
{
	return must_fail() ? NULL : __libc_realloc(old, size);
}

static int write_some(const char *path, uint32_t compression)
{
	static const uint32_t lens[] = { 8, 0, 4, 4, 0, 0 };
	static const uint8_t zeros[16];
	struct eyas_writer_opts opts = { .size = sizeof(opts),
					 .compression = compression,
					 .compat = EYAS_COMPAT_SYSDIG_0_29 };
	struct eyas_thread_entry thread = some_thread(1);
	struct eyas_fd_entry fd = { .kind = EYAS_FD_FIFO };
	struct eyas_writer *w;
	struct eyas_loader l;
	struct eyas_event event;
	uint8_t buf[128];
	int err, last;

	event = make_event(buf, EYAS_EV_SYSCALL_OPEN_X, 2, 6, lens, zeros);
	err = eyas_writer_open(path, &opts, &w, NULL);
	if (err)
		return err;
	eyas_writer_loader(w, &l);
	err = l.machine(l.ctx, &some_machine);
	if (!err)
		err = l.thread(l.ctx, &thread);
	if (!err)
		err = l.fd(l.ctx, 1, &fd);
	if (!err)
		err = eyas_writer_event(w, &event, NULL);
	/* A failure is not forgotten. */
	last = eyas_writer_close(w, NULL);
	CHECK(!err || last == err);
	return last;
}

TEST(every_failing_allocation_is_told)
{
	char *path = path_in("a.scap");
	uint32_t compression;
	int err;

	for (compression = EYAS_COMPRESS_NONE; compression <= EYAS_COMPRESS_ZSTD; compression++) {
		fail_at = 0;
		do {
			fail_at++;
			allocations = 0;
			unlink(path);
			counting = true;
			err = write_some(path, compression);
			counting = false;
			/* zstd says of its own allocations only that something failed. */
			CHECK(!err || err == -ENOMEM ||
			      (compression == EYAS_COMPRESS_ZSTD && err == -EIO));
			CHECK(!err == !access(path, F_OK));
		} while (allocations >= fail_at);
		CHECK(fail_at > 5);
	}
}

#endif
