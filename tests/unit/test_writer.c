/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing captures. What was written is taken apart by a little walker (walker.h), which shares
 * no code with the library, and once more by the library's reader, to write it again.
 */
#include "unit/walker.h"

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
