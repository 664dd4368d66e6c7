/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rotation: when a new file begins, its name, and that each stands alone. Files are taken apart
 * by a walker that shares no code with the library.
 */
#include "unit/harness.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "dump/dump.h"
#include "schema/ids.h"
#include "state/state_int.h"

#define SECOND UINT64_C(1000000000)
#define START (UINT64_C(1700000000) * SECOND)

/* What was found in a file: block types as letters, and the times of its events. */
struct found {
	char blocks[4096];
	size_t nblocks;
	uint64_t ts[4096];
	size_t nevents, size;
};

static uint32_t le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static char letter(uint32_t type)
{
	switch (type) {
	case 0x0a0d0d0a:
		return 'S';
	case 0x201:
		return 'm';
	case 0x219:
		return 'i';
	case 0x220:
		return 'u';
	case 0x215:
		return 't';
	case 0x218:
		return 'f';
	case 0x216:
		return 'e';
	default:
		test_fail(__FILE__, __LINE__, "block 0x%x", type);
	}
}

/* Plain and gzip files alike. */
static struct found *look(const char *path)
{
	struct found *f = calloc(1, sizeof(*f));
	uint8_t *data = malloc(8 << 20);
	gzFile gz = gzopen(path, "rb");
	struct stat st;
	size_t at, len;
	uint32_t total;

	if (!f || !data || !gz || stat(path, &st))
		test_fail(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
	f->size = (size_t)st.st_size;
	len = (size_t)gzread(gz, data, 8 << 20);
	gzclose(gz);
	for (at = 0; at < len; at += total) {
		CHECK(len - at >= 12);
		total = le32(data + at + 4);
		CHECK(total >= 12 && total <= len - at && total % 4 == 0);
		CHECK_INT(le32(data + at + total - 4), total);
		CHECK(f->nblocks < sizeof(f->blocks) - 1);
		f->blocks[f->nblocks++] = letter(le32(data + at));
		if (f->blocks[f->nblocks - 1] == 'e')
			memcpy(&f->ts[f->nevents++], data + at + 10, 8);
	}
	free(data);
	return f;
}

static char names[256][300];
static unsigned nnames;

static char *path_in(const char *name)
{
	char *s = names[nnames++];

	CHECK(nnames < sizeof(names) / sizeof(names[0]));
	CHECK(snprintf(s, sizeof(names[0]), "%s/%s", test_tmpdir(), name) < (int)sizeof(names[0]));
	return s;
}

/* Blocks of a file, e.g. "Smtfeee", and the time of its first event in seconds after START. */
static void check_file(const char *name, const char *blocks, uint64_t first_s)
{
	struct found *f = look(path_in(name));

	CHECK_STR(f->blocks, blocks);
	if (f->nevents && f->ts[0] != START + first_s * SECOND)
		test_fail(__FILE__, __LINE__, "%s begins at %llu", name,
			  (unsigned long long)(f->ts[0] - START));
	free(f);
}

static int absent(const char *name)
{
	return access(path_in(name), F_OK) != 0;
}

static unsigned count_files(void)
{
	DIR *dir = opendir(test_tmpdir());
	struct dirent *entry;
	unsigned n = 0;

	CHECK(dir);
	while ((entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

static struct eyas_dump *open_dump(const struct eyas_dump_opts *opts, struct eyas_loader *loader)
{
	struct eyas_dump *dump;
	struct eyas_err err;

	if (eyas_dump_open(opts, &dump, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	eyas_dump_loader(dump, loader);
	return dump;
}

/* Machine, one thread, one list of descriptors with one. */
static void load(const struct eyas_loader *l)
{
	struct eyas_machine machine = { .num_cpus = 1, .hostname = "host" };
	struct eyas_thread_entry thread = { .tid = 1, .pid = 1 };
	struct eyas_fd_entry fd = { .fd = 3, .kind = EYAS_FD_FIFO };

	CHECK_INT(l->section(l->ctx), 0);
	CHECK_INT(l->machine(l->ctx, &machine), 0);
	CHECK_INT(l->thread(l->ctx, &thread), 0);
	CHECK_INT(l->fd_list(l->ctx, 1), 0);
	CHECK_INT(l->fd(l->ctx, 1, &fd), 0);
}

/* A read exit of so many bytes, seconds after START. */
static int try_event(struct eyas_dump *dump, uint64_t second, uint16_t bytes, struct eyas_err *err)
{
	static uint8_t buf[70000];
	uint16_t lens[2] = { 8, bytes }, type = EYAS_EV_SYSCALL_READ_X;
	uint32_t len = 26 + 4 + 8 + (uint32_t)bytes, n = 2, i, seed = (uint32_t)second;
	uint64_t ts = START + second * SECOND;
	struct eyas_event event;

	memset(buf, 0, 38);
	memcpy(buf, &ts, 8);
	memcpy(buf + 16, &len, 4);
	memcpy(buf + 20, &type, 2);
	memcpy(buf + 22, &n, 4);
	memcpy(buf + 26, lens, 4);
	/* Half of the entropy of random bytes: it shrinks, but not to nothing. */
	for (i = 0; i < bytes; i++) {
		seed = seed * 1103515245 + 12345;
		buf[38 + i] = (seed >> 16) & 15;
	}
	CHECK_INT(eyas_event_view(buf, len, &event, err), 0);
	return eyas_dump_event(dump, &event, err);
}

static void put(struct eyas_dump *dump, uint64_t second, uint16_t bytes)
{
	struct eyas_err err;

	if (try_event(dump, second, bytes, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
}

static void close_dump(struct eyas_dump *dump)
{
	struct eyas_err err;

	if (eyas_dump_close(dump, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
}

TEST(one_file_without_rotation)
{
	struct eyas_dump_opts opts = { .path = path_in("out.scap") };
	struct eyas_loader l;
	struct eyas_dump *dump = open_dump(&opts, &l);
	struct eyas_dump_stats stats;
	struct eyas_err err;

	load(&l);
	put(dump, 0, 10);
	CHECK_INT(eyas_dump_flush(dump, &err), 0);
	CHECK_INT(eyas_dump_rotate(dump, &err), EYAS_E_USAGE);
	put(dump, 1, 10);
	eyas_dump_stats(dump, &stats);
	CHECK_INT(stats.writer.events, 2);
	CHECK_INT(stats.files, 1);
	close_dump(dump);
	check_file("out.scap", "Smtfee", 0);
	CHECK_INT(count_files(), 1);
	CHECK_INT(eyas_dump_close(NULL, NULL), 0);
}

TEST(options_are_checked)
{
	struct eyas_dump_opts opts = { .path = "-", .rotate_events = 1 };
	struct eyas_dump *dump = NULL;
	struct eyas_err err;

	CHECK_INT(eyas_dump_open(&opts, &dump, &err), -EINVAL);
	opts = (struct eyas_dump_opts){ .path = path_in("a"), .keep_files = 3 };
	CHECK_INT(eyas_dump_open(&opts, &dump, &err), -EINVAL);
	opts = (struct eyas_dump_opts){ .path = path_in("a") };
	opts.writer.compression = EYAS_COMPRESS_LZ4;
	CHECK_INT(eyas_dump_open(&opts, &dump, &err), -ENOTSUP);
	opts = (struct eyas_dump_opts){ .path = "/nonexistent/a", .rotate_events = 2 };
	CHECK_INT(eyas_dump_open(&opts, &dump, &err), -ENOENT);
	CHECK(strstr(err.text, "/nonexistent/a0.part"));
	CHECK(!dump);
}

TEST(a_new_file_after_so_many_events)
{
	struct eyas_dump_opts opts = { .path = path_in("out.scap"), .rotate_events = 3 };
	struct eyas_loader l;
	struct eyas_dump *dump = open_dump(&opts, &l);
	struct eyas_dump_stats stats;
	unsigned i;

	load(&l);
	for (i = 0; i < 7; i++) {
		put(dump, i, 10);
		/* Complete files have their names, the current one has not. */
		CHECK_INT(absent("out.scap0"), i < 3);
		CHECK_INT(absent("out.scap0.part"), i >= 3);
	}
	eyas_dump_stats(dump, &stats);
	CHECK_INT(stats.files, 3);
	CHECK_INT(stats.writer.events, 7);
	close_dump(dump);
	check_file("out.scap0", "Smtfeee", 0);
	check_file("out.scap1", "Smtfeee", 3);
	check_file("out.scap2", "Smtfe", 6);
	CHECK_INT(count_files(), 3);
}

TEST(a_new_file_before_it_gets_too_long)
{
	/* Section 28, machine 192, thread and descriptors: see the size of the first file. */
	struct eyas_dump_opts opts = { .path = path_in("out"), .rotate_bytes = 2000 };
	struct eyas_loader l;
	struct eyas_dump *dump = open_dump(&opts, &l);
	size_t size, i;
	struct found *f;
	char name[16];

	load(&l);
	for (i = 0; i < 100; i++)
		put(dump, i, 60);
	/* Larger than a file may be: one of its own. */
	put(dump, 100, 5000);
	put(dump, 101, 60);
	close_dump(dump);
	f = look(path_in("out0"));
	CHECK_INT(strspn(f->blocks, "Smtf"), 4);
	/* One event more, of 112 bytes, would not have fitted; exactly full is allowed. */
	CHECK(f->size <= 2000 && f->size + 112 > 2000);
	size = f->size;
	free(f);
	for (i = 1; i < 7; i++) {
		snprintf(name, sizeof(name), "out%zu", i);
		f = look(path_in(name));
		CHECK_INT(f->size, size);
		free(f);
	}
	opts.path = path_in("exact");
	opts.rotate_bytes = size;
	dump = open_dump(&opts, &l);
	load(&l);
	for (i = 0; i < 100; i++)
		put(dump, i, 60);
	close_dump(dump);
	f = look(path_in("exact0"));
	CHECK_INT(f->size, size);
	free(f);
	/* The large one stands between two files. */
	for (i = 0; !absent((snprintf(name, sizeof(name), "out%zu", i), name)); i++)
		;
	snprintf(name, sizeof(name), "out%zu", i - 2);
	check_file(name, "Smtfe", 100);
	snprintf(name, sizeof(name), "out%zu", i - 1);
	check_file(name, "Smtfe", 101);
}

TEST(a_limit_below_the_head_does_not_multiply_it)
{
	struct eyas_dump_opts opts = { .path = path_in("out"), .rotate_bytes = 1 };
	struct eyas_thread_entry thread = { .args = { names[0], sizeof(names[0]) } };
	struct eyas_dump_stats stats;
	struct eyas_loader l;
	struct eyas_dump *dump = open_dump(&opts, &l);
	unsigned i;

	for (i = 0; i < 100; i++)
		CHECK_INT(l.thread(l.ctx, &thread), 0);
	for (i = 0; i < 1000; i++)
		put(dump, i, 60);
	eyas_dump_stats(dump, &stats);
	close_dump(dump);
	/* 1000 events of 112 bytes, 50 kB before them in each file. */
	CHECK_INT(stats.files, 3);
	CHECK(stats.writer.bytes < 300000);
}

TEST(compressed_files_keep_the_limit_and_use_it)
{
	static const uint32_t compressions[] = { EYAS_COMPRESS_GZIP, EYAS_COMPRESS_ZSTD };
	unsigned i, c;

	for (c = 0; c < 2; c++) {
		struct eyas_dump_opts opts = { .path = path_in(c ? "zstd" : "gzip"),
					       .rotate_bytes = 1000000 };
		struct eyas_dump_stats stats;
		struct eyas_loader l;
		struct eyas_dump *dump;
		struct stat st;
		uint64_t sum = 0;
		char name[32];

		opts.writer.compression = compressions[c];
		dump = open_dump(&opts, &l);
		load(&l);
		for (i = 0; i < 24000; i++)
			put(dump, i, 500);
		eyas_dump_stats(dump, &stats);
		CHECK_INT(eyas_dump_close(dump, NULL), 0);
		CHECK(stats.files >= 3);
		for (i = 0; i < stats.files; i++) {
			snprintf(name, sizeof(name), "%s%u", c ? "zstd" : "gzip", i);
			CHECK_INT(stat(path_in(name), &st), 0);
			CHECK(st.st_size <= 1000000);
			/* All but the last are nearly full. */
			CHECK(st.st_size > 970000 || i == stats.files - 1);
			sum += (uint64_t)st.st_size;
		}
		CHECK(sum > 2500000);
	}
}

TEST(a_new_file_after_so_much_time_of_events)
{
	struct eyas_dump_opts opts = { .path = path_in("out"), .rotate_ns = 10 * SECOND };
	struct eyas_loader l;
	struct eyas_dump *dump = open_dump(&opts, &l);

	load(&l);
	put(dump, 100, 10);
	put(dump, 109, 10);
	put(dump, 50, 10); /* back in time: no reason */
	put(dump, 110, 10);
	put(dump, 119, 10);
	put(dump, 500, 10); /* empty spans make no empty files */
	close_dump(dump);
	check_file("out0", "Smtfeee", 100);
	check_file("out1", "Smtfee", 110);
	check_file("out2", "Smtfe", 500);
	CHECK_INT(count_files(), 3);
}

TEST(names_with_the_time)
{
	struct eyas_dump_opts opts = { .path = path_in("%Y-%m-%d_%H%M%S.scap"),
				       .rotate_ns = 10 * SECOND };
	struct eyas_loader l;
	struct eyas_dump *dump;

	setenv("TZ", "EAS-3", 1);
	tzset();
	dump = open_dump(&opts, &l);
	load(&l);
	CHECK_INT(count_files(), 0);
	put(dump, 0, 10);
	put(dump, 60, 10);
	close_dump(dump);
	/* 2023-11-14 22:13:20 UTC, three hours further east. */
	check_file("2023-11-15_011320.scap", "Smtfe", 0);
	check_file("2023-11-15_011420.scap", "Smtfe", 60);
	CHECK_INT(count_files(), 2);
	/* Two files of one name: the second is not written over the first. */
	opts.path = path_in("day%d");
	dump = open_dump(&opts, &l);
	load(&l);
	put(dump, 0, 10);
	put(dump, 60, 10);
	put(dump, 120, 10);
	put(dump, 86400, 10);
	close_dump(dump);
	check_file("day15", "Smtfe", 0);
	check_file("day151", "Smtfe", 60);
	check_file("day152", "Smtfe", 120);
	check_file("day16", "Smtfe", 86400);
	/* With another limit there are numbers. */
	opts.path = path_in("n%d.");
	opts.rotate_events = 1;
	dump = open_dump(&opts, &l);
	put(dump, 0, 10);
	put(dump, 1, 10);
	put(dump, 86400, 10);
	close_dump(dump);
	check_file("n15.0", "Se", 0);
	check_file("n15.1", "Se", 1);
	check_file("n16.2", "Se", 86400);
	/* No limit of time, nothing to expand. */
	opts.path = path_in("p%d.");
	opts.rotate_ns = 0;
	dump = open_dump(&opts, &l);
	put(dump, 0, 10);
	close_dump(dump);
	check_file("p%d.0", "Se", 0);
}

TEST(a_file_without_events_still_comes)
{
	struct eyas_dump_opts opts = { .path = path_in("%Y"), .rotate_ns = SECOND };
	time_t before = time(NULL);
	struct eyas_loader l;
	struct eyas_dump *dump = open_dump(&opts, &l);
	char year[8];

	load(&l);
	close_dump(dump);
	strftime(year, sizeof(year), "%Y", localtime(&before));
	check_file(year, "Smtf", 0);
	opts = (struct eyas_dump_opts){ .path = path_in("out"), .rotate_events = 5 };
	dump = open_dump(&opts, &l);
	load(&l);
	close_dump(dump);
	check_file("out0", "Smtf", 0);
}

TEST(a_ring_keeps_the_last_files)
{
	struct eyas_dump_opts opts = { .path = path_in("out"),
				       .rotate_events = 2,
				       .keep_files = 3 };
	struct eyas_loader l;
	struct eyas_dump *dump = open_dump(&opts, &l);
	struct eyas_dump_stats stats;
	unsigned i;

	load(&l);
	for (i = 0; i < 9; i++) {
		put(dump, i, 10);
		/* The oldest one makes room for the one begun: never more than three. */
		CHECK(count_files() <= 3);
	}
	eyas_dump_stats(dump, &stats);
	CHECK_INT(stats.files, 5);
	CHECK_INT(stats.files_removed, 2);
	close_dump(dump);
	check_file("out0", "Smtfee", 6);
	check_file("out1", "Smtfe", 8);
	check_file("out2", "Smtfee", 4);
	CHECK_INT(count_files(), 3);
}

TEST(names_of_a_ring_sort)
{
	struct eyas_dump_opts opts = { .path = path_in("out"),
				       .rotate_events = 1,
				       .keep_files = 11 };
	struct eyas_loader l;
	struct eyas_dump *dump = open_dump(&opts, &l);
	unsigned i;

	for (i = 0; i < 11; i++)
		put(dump, i, 10);
	close_dump(dump);
	check_file("out00", "Se", 0);
	check_file("out09", "Se", 9);
	check_file("out10", "Se", 10);
	/* Ten files need one digit. */
	opts.path = path_in("ten");
	opts.keep_files = 10;
	dump = open_dump(&opts, &l);
	for (i = 0; i < 11; i++)
		put(dump, i, 10);
	close_dump(dump);
	check_file("ten0", "Se", 10);
	check_file("ten9", "Se", 9);
}

TEST(a_ring_of_times_removes_the_oldest)
{
	struct eyas_dump_opts opts = { .path = path_in("t%S"),
				       .rotate_ns = SECOND,
				       .keep_files = 2 };
	struct eyas_loader l;
	struct eyas_dump *dump = open_dump(&opts, &l);
	unsigned i;

	for (i = 0; i < 4; i++)
		put(dump, i, 10);
	close_dump(dump);
	check_file("t22", "Se", 2);
	check_file("t23", "Se", 3);
	CHECK_INT(count_files(), 2);
}

TEST(a_new_section_replaces_the_head)
{
	struct eyas_dump_opts opts = { .path = path_in("out"), .rotate_events = 3 };
	struct eyas_user user = { .uid = 1, .name = { "u", 1 } };
	struct eyas_loader l;
	struct eyas_dump *dump = open_dump(&opts, &l);

	load(&l);
	put(dump, 0, 10);
	/* Within the first file: a header, and what the section says. */
	CHECK_INT(l.section(l.ctx), 0);
	CHECK_INT(l.user(l.ctx, &user), 0);
	put(dump, 1, 10);
	put(dump, 2, 10);
	put(dump, 3, 10);
	put(dump, 4, 10);
	put(dump, 5, 10);
	/* Exactly at a change of files: only in the new one. */
	load(&l);
	put(dump, 6, 10);
	close_dump(dump);
	check_file("out0", "SmtfeSuee", 0);
	check_file("out1", "Sueee", 3);
	check_file("out2", "Smtfe", 6);
}

TEST(metadata_behind_events_is_refused)
{
	struct eyas_dump_opts opts = { .path = path_in("out"), .rotate_events = 3 };
	struct eyas_user user = { .uid = 1, .name = { "u", 1 } };
	struct eyas_loader l;
	struct eyas_dump *dump = open_dump(&opts, &l);
	struct eyas_err err;

	put(dump, 0, 10);
	CHECK_INT(l.user(l.ctx, &user), EYAS_E_USAGE);
	CHECK_INT(try_event(dump, 1, 10, &err), EYAS_E_USAGE);
	CHECK(strstr(err.text, "section"));
	CHECK_INT(eyas_dump_flush(dump, &err), EYAS_E_USAGE);
	CHECK_INT(eyas_dump_rotate(dump, &err), EYAS_E_USAGE);
	CHECK_INT(eyas_dump_close(dump, &err), EYAS_E_USAGE);
}

/* A machine with one thread that has descriptor 3, given to the state and to the dump. */
static void load_thread_with_fd(const struct eyas_loader *loader)
{
	struct eyas_thread_entry thread = { .tid = 7, .pid = 7, .ptid = 1, .comm = { "cat", 3 } };
	struct eyas_fd_entry fd = { .fd = 3,
				    .kind = EYAS_FD_FILE_V2,
				    .name = { "/etc/hosts", 10 } };

	if (loader->section)
		CHECK_INT(loader->section(loader->ctx), 0);
	CHECK_INT(loader->thread(loader->ctx, &thread), 0);
	if (loader->fd_list)
		if (loader->fd_list)
			CHECK_INT(loader->fd_list(loader->ctx, 7), 0);
	CHECK_INT(loader->fd(loader->ctx, 7, &fd), 0);
}

/* Does a capture begin with descriptor 3 of thread 7? */
static bool begins_with_fd(const char *name)
{
	const char *path = path_in(name);
	struct eyas_source_opts opts = { .size = sizeof(opts) };
	const struct eyas_event *event;
	struct eyas_source *source;
	struct eyas_thread_entry thread;
	struct eyas_fd_entry fd;
	struct eyas_loader loader;
	struct eyas_state *state;
	bool there;

	CHECK_INT(eyas_state_new(NULL, &state, NULL), 0);
	eyas_state_loader(state, &loader);
	opts.loader = &loader;
	CHECK_INT(eyas_source_open_files(&path, 1, &opts, &source, NULL), 0);
	CHECK_INT(eyas_source_next(source, &event, NULL), 1);
	CHECK_INT(eyas_state_thread(state, 7, &thread), 1);
	there = eyas_state_fd(state, 7, 3, &fd);
	eyas_source_close(source);
	eyas_state_free(state);
	return there;
}

/* Events of thread 7 through state and dump: first a close of 4, then one of 3, then others. */
static void closes_through_state(struct eyas_dump_opts *opts, unsigned skipped)
{
	const int64_t fds[] = { 4, 3, 5, 6 };
	struct eyas_loader to_state, to_dump;
	struct eyas_encoder enc;
	struct eyas_event event;
	struct eyas_state *state;
	struct eyas_dump *dump;
	uint8_t buf[128];
	unsigned i;

	CHECK_INT(eyas_state_new(NULL, &state, NULL), 0);
	opts->state = state;
	CHECK_INT(eyas_dump_open(opts, &dump, NULL), 0);
	eyas_state_loader(state, &to_state);
	eyas_dump_loader(dump, &to_dump);
	load_thread_with_fd(&to_state);
	load_thread_with_fd(&to_dump);
	for (i = 0; i < 4; i++) {
		eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_CLOSE_X,
				   START + i * SECOND, 7);
		eyas_put_int(&enc, 0);
		eyas_put_int(&enc, fds[i]);
		CHECK_INT(eyas_event_view(buf, (size_t)eyas_encoder_end(&enc), &event, NULL), 0);
		eyas_state_take(state, &event);
		if (i >= skipped)
			CHECK_INT(eyas_dump_event(dump, &event, NULL), 0);
	}
	CHECK_INT(eyas_dump_close(dump, NULL), 0);
	eyas_state_free(state);
}

TEST(a_file_in_the_middle_begins_with_the_state_of_then)
{
	struct eyas_dump_opts opts = { .path = path_in("mid"), .rotate_events = 1 };

	closes_through_state(&opts, 0);
	check_file("mid0", "Stfe", 0);
	CHECK(begins_with_fd("mid0"));
	/* The event that closes it still finds it there. */
	CHECK(begins_with_fd("mid1"));
	CHECK(!begins_with_fd("mid2"));
	CHECK(!begins_with_fd("mid3"));
	check_file("mid3", "Smtfe", 3);
}

TEST(so_does_a_cut)
{
	struct eyas_dump_opts opts = { .path = path_in("cut"), .cut = true };

	closes_through_state(&opts, 2);
	check_file("cut", "Smtfee", 2);
	CHECK(!begins_with_fd("cut"));
	opts.path = path_in("cut-before");
	closes_through_state(&opts, 1);
	CHECK(begins_with_fd("cut-before"));
	/* Without a state the section's beginning is all there is. */
	opts.path = path_in("uncut");
	opts.cut = false;
	closes_through_state(&opts, 2);
	CHECK(begins_with_fd("uncut"));
}

/* Of a container whose files were read: a user and a group. */
static void name_container(struct eyas_state *state, const char *name)
{
	struct eyas_istr *id = istr_get(&state->strings, name, strlen(name));
	const struct eyas_user user = { .uid = 33, .gid = 34, .name = { name, 3 } };
	const struct eyas_group group = { .gid = 34, .name = { name, 3 } };

	CHECK_INT(owners_set_container(state, id, OWNERS_OWN), 0);
	CHECK_INT(owners_add_user(state, id, &user), 0);
	CHECK_INT(owners_add_group(state, id, &group), 0);
	istr_put(&state->strings, id);
}

/* The events of a capture: 'e', or the user or group and its container. */
static const char *events_of(const char *name)
{
	static char text[512];
	const char *path = path_in(name);
	struct eyas_source_opts opts = { .size = sizeof(opts) };
	const struct eyas_event *event;
	struct eyas_source *source;
	struct eyas_param param;
	size_t len = 0, i;

	CHECK_INT(eyas_source_open_files(&path, 1, &opts, &source, NULL), 0);
	while (eyas_source_next(source, &event, NULL) == 1) {
		if (event->type == EYAS_EV_SYSCALL_READ_X) {
			text[len++] = 'e';
			continue;
		}
		text[len++] = event->type == EYAS_EV_USER_ADDED_E ? 'u' : 'g';
		for (i = 0; i < event->nparams; i++) {
			CHECK_INT(eyas_event_param(event, (unsigned)i, &param), 1);
			if (param.info->type == EYAS_PT_CHARBUF && param.len > 1)
				len += (size_t)snprintf(text + len, sizeof(text) - len, "(%s)",
							(const char *)param.data);
		}
	}
	text[len] = '\0';
	eyas_source_close(source);
	return text;
}

static void record_names(struct eyas_dump_opts *opts)
{
	struct eyas_loader to_state, to_dump;
	struct eyas_state *state;
	struct eyas_dump *dump;

	CHECK_INT(eyas_state_new(NULL, &state, NULL), 0);
	opts->state = state;
	dump = open_dump(opts, &to_dump);
	eyas_state_loader(state, &to_state);
	load_thread_with_fd(&to_state);
	load_thread_with_fd(&to_dump);
	name_container(state, "zoo");
	put(dump, 0, 10);
	put(dump, 1, 10);
	name_container(state, "ape");
	put(dump, 2, 10);
	put(dump, 3, 10);
	close_dump(dump);
	eyas_state_free(state);
}

/* Where they were known, and again in each file. */
TEST(names_of_containers)
{
	struct eyas_dump_opts opts = { .path = path_in("one") };

	record_names(&opts);
	CHECK_STR(events_of("one"), "u(zoo)(zoo)g(zoo)(zoo)eeu(ape)(ape)g(ape)(ape)ee");
	opts.path = path_in("many");
	opts.rotate_events = 3;
	record_names(&opts);
	CHECK_STR(events_of("many0"), "u(zoo)(zoo)g(zoo)(zoo)eeu(ape)(ape)g(ape)(ape)e");
	CHECK_STR(events_of("many1"), "u(ape)(ape)u(zoo)(zoo)g(ape)(ape)g(zoo)(zoo)e");
}

TEST(a_flush_and_a_rotation_on_demand)
{
	struct eyas_dump_opts opts = { .path = path_in("out"), .rotate_on_demand = true };
	struct eyas_loader l;
	struct eyas_dump *dump = open_dump(&opts, &l);
	struct eyas_err err;
	unsigned i;

	CHECK_INT(eyas_dump_rotate(dump, &err), 0);
	load(&l);
	CHECK_INT(eyas_dump_flush(dump, &err), 0);
	check_file("out.part", "Smtf", 0);
	for (i = 0; i < 5; i++)
		put(dump, i, 10);
	CHECK_INT(eyas_dump_flush(dump, &err), 0);
	check_file("out.part", "Smtfeeeee", 0);
	CHECK_INT(eyas_dump_rotate(dump, &err), 0);
	CHECK_INT(eyas_dump_rotate(dump, &err), 0);
	CHECK_INT(eyas_dump_flush(dump, &err), 0);
	check_file("out", "Smtfeeeee", 0);
	put(dump, 5, 10);
	close_dump(dump);
	check_file("out1", "Smtfe", 5);
	CHECK_INT(count_files(), 2);
}

TEST(compat_counts_what_all_files_leave_out)
{
	struct eyas_dump_opts opts = { .path = path_in("out"), .rotate_events = 1 };
	struct eyas_fd_entry fd = { .fd = 3, .kind = EYAS_FD_PIDFD };
	struct eyas_dump_stats stats;
	struct eyas_loader l;
	struct eyas_dump *dump;
	unsigned i;

	opts.writer.compat = EYAS_COMPAT_SYSDIG_0_29;
	dump = open_dump(&opts, &l);
	load(&l);
	CHECK_INT(l.fd(l.ctx, 1, &fd), 0);
	for (i = 0; i < 4; i++)
		put(dump, i, 10);
	eyas_dump_stats(dump, &stats);
	CHECK_INT(stats.writer.fds_left_out, 1);
	CHECK_INT(stats.writer.events, 4);
	close_dump(dump);
	check_file("out3", "Smtfe", 3);
}

TEST(a_failure_at_the_next_file_is_told)
{
	struct eyas_dump_opts opts = { .path = path_in("out"), .rotate_events = 1 };
	struct eyas_loader l;
	struct eyas_dump *dump = open_dump(&opts, &l);
	struct eyas_err err;

	put(dump, 0, 10);
	CHECK_INT(mkdir(path_in("out1.part"), 0700), 0);
	CHECK(try_event(dump, 1, 10, &err) < 0);
	CHECK(strstr(err.text, "out1.part"));
	memset(&err, 0, sizeof(err));
	CHECK(try_event(dump, 2, 10, &err) < 0);
	CHECK(strstr(err.text, "out1.part"));
	CHECK(l.section(l.ctx) < 0);
	CHECK(eyas_dump_close(dump, &err) < 0);
	check_file("out0", "Se", 0);
}
