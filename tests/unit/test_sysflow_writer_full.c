/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of SysFlow records that cannot be written: full disks, directories and files that go away,
 * no memory. Nothing crashes, what is lost is counted, files are valid to their last block.
 */
#include "unit/sfwriter.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

static void limit_files(rlim_t bytes)
{
	struct rlimit limit = { bytes, RLIM_INFINITY };

	CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static uint64_t records_in(const char *path)
{
	struct sffile file;
	uint64_t records;

	sf_read(&file, path);
	records = file.records;
	sf_free(&file);
	return records;
}

/* Every record handed over is in a file or counted as lost. */
static void check_sum(const struct rig *rig)
{
	struct sf_writer_stats stats = rig_stats(rig);

	CHECK_INT(stats.records + stats.file_lost, rig->records);
}

TEST(a_full_disk_costs_blocks_and_they_come_back)
{
	char *path = in_tmpdir("a.sf");
	struct sf_writer_stats stats;
	uint64_t before;
	struct rig rig;

	rig_open(&rig, &(struct sf_writer_opts){ .path = path, .schema = 5, .codec = "null" });
	limit_files(200000);
	rig_begin(&rig, 1);
	rig_flows(&rig, 10000);
	check_told(&rig, "a.sf: File too large");
	stats = rig_stats(&rig);
	CHECK(stats.file_lost > 5000);
	before = records_in(path);
	CHECK(before > 2000);
	check_file(path, &rig.sent, 0, before);
	check_sum(&rig);
	/* It goes on failing, which nobody needs to hear again. */
	rig_flows(&rig, 10000);
	check_untold(&rig);
	CHECK(*rig.sink.due_ns == UINT64_MAX);
	/* There is room again: the next block is written, and others may refer to what was lost. */
	limit_files(RLIM_INFINITY);
	rig_flows(&rig, 3000);
	CHECK(!*rig.sink.due_ns);
	CHECK(records_in(path) > before);
	rig_begin(&rig, 2);
	CHECK_STR(rig.filename, path);
	CHECK(*rig.sink.due_ns == UINT64_MAX);
	rig_flows(&rig, 10);
	check_untold(&rig);
	/* And the next time it is told again. */
	limit_files(1000);
	rig_flows(&rig, 3000);
	check_told(&rig, "File too large");
	CHECK_INT(sf_writer_finish(rig.writer, &rig.err), -EFBIG);
	check_sum(&rig);
	CHECK_INT(records_in(path), rig_stats(&rig).records);
	rig_close_failing(&rig);
}

TEST(a_head_that_does_not_fit_comes_later)
{
	char *prefix = in_tmpdir("p"), *second = in_tmpdir("p.400");
	struct rig rig;

	rig_open(&rig, &(struct sf_writer_opts){
			       .path = prefix, .schema = 5, .rotate_ns = 300 * SECOND });
	rig_begin(&rig, 100 * SECOND);
	limit_files(3000);
	rig_begin(&rig, 400 * SECOND);
	CHECK_STR(rig.filename, second);
	rig_flows(&rig, 3000);
	check_told(&rig, "/p.");
	limit_files(RLIM_INFINITY);
	rig_flows(&rig, 3000);
	CHECK(!*rig.sink.due_ns);
	CHECK_INT(sf_writer_finish(rig.writer, &rig.err), 0);
	check_sum(&rig);
	CHECK(records_in(second) > 1000);
	rig_close(&rig);
}

TEST(a_file_that_stays_empty_is_taken_away)
{
	char *prefix = in_tmpdir("p"), *second = in_tmpdir("p.400"), *third = in_tmpdir("p.700");
	struct rig rig;

	rig_open(&rig, &(struct sf_writer_opts){
			       .path = prefix, .schema = 5, .rotate_ns = 300 * SECOND });
	rig_begin(&rig, 100 * SECOND);
	limit_files(3000);
	rig_begin(&rig, 400 * SECOND);
	CHECK(!access(second, F_OK));
	rig_flows(&rig, 10);
	rig_begin(&rig, 700 * SECOND);
	CHECK(access(second, F_OK) && !access(third, F_OK));
	CHECK_INT(sf_writer_finish(rig.writer, &rig.err), -EFBIG);
	CHECK(access(third, F_OK));
	check_sum(&rig);
	rig_close_failing(&rig);
	/* And so it is when it is the first one. */
	rig_open(&rig, &(struct sf_writer_opts){
			       .path = prefix, .schema = 5, .rotate_ns = 300 * SECOND });
	CHECK_INT(rig.sink.begin(rig.sink.ctx, 700 * SECOND, &rig.filename, &rig.err), -EFBIG);
	CHECK(access(third, F_OK));
	rig_close(&rig);
}

TEST(a_real_full_disk)
{
	char *dir = in_tmpdir(""), *first = in_tmpdir("100"), *second = in_tmpdir("200"),
	     *filler = in_tmpdir("filler"), block[4096] = "";
	struct rig rig;
	FILE *f;

	if (unshare(CLONE_NEWNS) || mount("none", "/", "", MS_REC | MS_PRIVATE, NULL) ||
	    mount("eyas", test_tmpdir(), "tmpfs", 0, "size=1m,nr_inodes=4"))
		test_skip("needs the right to mount a file system");
	rig_open(&rig,
		 &(struct sf_writer_opts){
			 .path = dir, .schema = 5, .codec = "null", .rotate_ns = 100 * SECOND });
	rig_begin(&rig, 100 * SECOND);
	rig_flows(&rig, 5000);
	f = fopen(filler, "w");
	CHECK(f);
	while (fwrite(block, 1, sizeof(block), f) == sizeof(block) && !fflush(f)) {
	}
	fclose(f);
	rig_flows(&rig, 10000);
	check_told(&rig, "100: No space");
	check_file(first, &rig.sent, 0, records_in(first));
	/* The next file opens, but takes nothing. */
	rig_begin(&rig, 200 * SECOND);
	CHECK_STR(rig.filename, second);
	rig_flows(&rig, 10000);
	check_sum(&rig);
	/* And the one after that does not even open. */
	rig_begin(&rig, 300 * SECOND);
	CHECK_STR(rig.filename, second);
	rig_flows(&rig, 10000);
	CHECK(!unlink(filler));
	rig_flows(&rig, 10000);
	CHECK_INT(sf_writer_finish(rig.writer, &rig.err), 0);
	check_sum(&rig);
	CHECK_INT(records_in(first) + records_in(second), rig_stats(&rig).records);
	CHECK(records_in(second) > 5000);
	rig_close(&rig);
	CHECK(!umount2(test_tmpdir(), MNT_DETACH));
}

TEST(a_directory_that_was_removed_comes_back)
{
	char *dir = in_tmpdir("d"), *slash = in_tmpdir("d/"), *first = in_tmpdir("d/100"),
	     *again = in_tmpdir("d/200");
	uint64_t lost;
	struct rig rig;

	CHECK(!mkdir(dir, 0700));
	rig_open(&rig,
		 &(struct sf_writer_opts){ .path = slash, .schema = 5, .rotate_ns = 100 * SECOND });
	rig_begin(&rig, 100 * SECOND);
	rig_flows(&rig, 100);
	CHECK(!unlink(first) && !rmdir(dir));
	rig_begin(&rig, 200 * SECOND);
	check_told(&rig, "d/200: No such file");
	/* Nobody would find what goes into the file that has no name any more. */
	rig_flows(&rig, 10000);
	CHECK_INT(rig_stats(&rig).records, 0);
	check_sum(&rig);
	check_untold(&rig);
	CHECK(!mkdir(dir, 0700));
	while (*rig.sink.due_ns)
		rig_flows(&rig, 100);
	CHECK(!access(again, F_OK));
	/* What comes before the header is lost: a file begins with one. */
	rig_flows(&rig, 10);
	lost = rig_stats(&rig).file_lost;
	CHECK_INT(lost, rig.records);
	rig_begin(&rig, 201 * SECOND);
	CHECK_STR(rig.filename, again);
	rig_flows(&rig, 10);
	CHECK_INT(sf_writer_finish(rig.writer, &rig.err), 0);
	CHECK_INT(rig_stats(&rig).file_lost, lost);
	CHECK_INT(records_in(again), 11);
	rig_close(&rig);
}

TEST(a_directory_comes_back_on_a_full_disk)
{
	char *dir = in_tmpdir("d"), *slash = in_tmpdir("d/"), *first = in_tmpdir("d/100");
	struct rig rig;

	CHECK(!mkdir(dir, 0700));
	rig_open(&rig,
		 &(struct sf_writer_opts){ .path = slash, .schema = 5, .rotate_ns = 100 * SECOND });
	rig_begin(&rig, 100 * SECOND);
	CHECK(!unlink(first) && !rmdir(dir));
	rig_flows(&rig, 3000);
	CHECK(!mkdir(dir, 0700));
	/* The file can be opened, but not even its head is written. */
	limit_files(100);
	while (*rig.sink.due_ns)
		rig_flows(&rig, 100);
	rig_begin(&rig, 101 * SECOND);
	rig_flows(&rig, 3000);
	CHECK_INT(rig_stats(&rig).file_lost, rig.records - rig_stats(&rig).records);
	limit_files(RLIM_INFINITY);
	while (*rig.sink.due_ns)
		rig_flows(&rig, 100);
	CHECK_INT(sf_writer_finish(rig.writer, &rig.err), 0);
	CHECK(records_in(first) > 1000);
	CHECK_INT(records_in(first), rig_stats(&rig).records);
	check_sum(&rig);
	rig_close(&rig);
}

TEST(idling_looks_for_the_directory_too)
{
	char *dir = in_tmpdir("d"), *slash = in_tmpdir("d/"), *first = in_tmpdir("d/100");
	struct rig rig;

	CHECK(!mkdir(dir, 0700));
	rig_open(&rig,
		 &(struct sf_writer_opts){ .path = slash, .schema = 5, .rotate_ns = 100 * SECOND });
	rig_begin(&rig, 100 * SECOND);
	CHECK(!unlink(first) && !rmdir(dir));
	rig_flows(&rig, 3000);
	check_told(&rig, "removed");
	CHECK_INT(sf_writer_idle(rig.writer, 1, &rig.err), 0);
	CHECK(*rig.sink.due_ns == 200 * SECOND);
	CHECK(!mkdir(dir, 0700));
	CHECK_INT(sf_writer_idle(rig.writer, 1, &rig.err), 0);
	CHECK(!*rig.sink.due_ns);
	rig_begin(&rig, 101 * SECOND);
	check_untold(&rig);
	CHECK_INT(sf_writer_finish(rig.writer, &rig.err), 0);
	CHECK_INT(records_in(first), 1);
	rig_close(&rig);
}

TEST(without_a_next_file_the_last_one_goes_on)
{
	char *dir = in_tmpdir("d"), *slash = in_tmpdir("d/"), *moved = in_tmpdir("m"),
	     *first = in_tmpdir("m/100");
	struct rig rig;

	CHECK(!mkdir(dir, 0700));
	rig_open(&rig,
		 &(struct sf_writer_opts){ .path = slash, .schema = 5, .rotate_ns = 100 * SECOND });
	rig_begin(&rig, 100 * SECOND);
	CHECK(!rename(dir, moved));
	rig_begin(&rig, 200 * SECOND);
	check_told(&rig, "d/200: No such file");
	/* Sooner than the interval says. */
	CHECK(*rig.sink.due_ns == 210 * SECOND);
	rig_flows(&rig, 10000);
	CHECK_INT(sf_writer_finish(rig.writer, &rig.err), 0);
	CHECK_INT(rig_stats(&rig).file_lost, 0);
	CHECK_INT(records_in(first), rig.records);
	rig_close(&rig);
}

TEST(a_file_that_was_removed_is_made_anew)
{
	char *path = in_tmpdir("a.sf");
	struct rig rig;
	struct stat st;
	FILE *f;

	rig_open(&rig, &(struct sf_writer_opts){ .path = path, .schema = 5 });
	rig_begin(&rig, 1);
	rig_flows(&rig, 3000);
	CHECK(!unlink(path));
	while (*rig.sink.due_ns)
		rig_flows(&rig, 100);
	check_told(&rig, "a.sf: the file has been removed");
	rig_begin(&rig, 1);
	rig_flows(&rig, 10);
	CHECK_INT(sf_writer_finish(rig.writer, &rig.err), 0);
	CHECK_INT(records_in(path), 11);
	rig_close(&rig);
	/* But not over a file that took its place. */
	rig_open(&rig, &(struct sf_writer_opts){ .path = path, .schema = 5 });
	rig_begin(&rig, 1);
	CHECK(!unlink(path));
	f = fopen(path, "w");
	CHECK(f && fputs("theirs", f) >= 0 && !fclose(f));
	rig_flows(&rig, 10000);
	CHECK_INT(rig_stats(&rig).records, 0);
	CHECK(!stat(path, &st) && st.st_size == 6);
	rig_close_failing(&rig);
}

/* ---- no memory ---- */

/*
 * Allocations fail from the n-th on, or only the n-th. Sanitizers have allocators of their own, so
 * this is for the other builds.
 */
#if defined(__SANITIZE_ADDRESS__)
#	define OWN_ALLOCATOR 0
#elif defined(__has_feature)
#	define OWN_ALLOCATOR !__has_feature(address_sanitizer)
#else
#	define OWN_ALLOCATOR 1
#endif
#if OWN_ALLOCATOR
static long fail_from = -1, allocations;
static bool fail_once;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool refuse(void)
{
	allocations++;
	return fail_from >= 0 && (fail_once ? allocations == fail_from : allocations >= fail_from);
}

void *malloc(size_t size)
{
	return refuse() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return refuse() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return refuse() ? NULL : __libc_realloc(old, size);
}

/* Two files of 3001 records each, with allocations that fail; returns how many there were. */
static long run_without_memory(const char *codec, long from, bool once)
{
	char *prefix = in_tmpdir("p"), *names[2] = { in_tmpdir("p.100"), in_tmpdir("p.200") };
	struct sf_writer_opts opts = {
		.path = prefix, .schema = 6, .codec = codec, .rotate_ns = 100 * SECOND
	};
	struct sf_writer_stats stats = { 0 };
	struct sf_writer *writer = NULL;
	uint64_t handed = 0, found = 0;
	struct flow_sink sink;
	const char *filename;
	struct eyas_err err;
	int code, i, k;
	long count;

	allocations = 0;
	fail_once = once;
	fail_from = from;
	code = sf_writer_open(&opts, &writer, &err);
	for (k = 0; k < 2 && !code; k++) {
		sink = sink_of(writer);
		code = sink.begin(sink.ctx, (100 + 100 * (uint64_t)k) * SECOND, &filename, &err);
		for (i = 0; i < 3001 && !code; i++, handed++)
			code = sink.record(sink.ctx, &sf_records[i ? 8 : 0].record, NULL, &err);
	}
	count = allocations;
	if (writer) {
		(void)sf_writer_finish(writer, &err);
		sf_writer_stats(writer, &stats);
		(void)sf_writer_close(writer, NULL);
	}
	fail_from = -1;
	/* Only the beginning may fail. */
	CHECK(!code || (code == -ENOMEM && !handed));
	CHECK_INT(stats.records + stats.file_lost, handed);
	for (k = 0; k < 2; k++) {
		struct stat st;

		if (!stat(names[k], &st) && st.st_size)
			found += records_in(names[k]);
		unlink(names[k]);
	}
	CHECK_INT(found, stats.records);
	return count;
}

TEST(without_memory)
{
	static const char *const codecs[] = { "null", "deflate", "snappy" };
	long from;
	unsigned i;

	for (i = 0; i < 3; i++) {
		for (from = 1; run_without_memory(codecs[i], from, true) >= from; from++) {
		}
		for (from = 1; run_without_memory(codecs[i], from, false) >= from; from++) {
		}
		CHECK(from > 10);
	}
}
#endif
