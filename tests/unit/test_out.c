/* SPDX-License-Identifier: Apache-2.0 */
/* Where the bytes of a capture go: names, links, pipes, and disks without room. */
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

#include <eyas/capture.h>

#include "schema/ids.h"

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
