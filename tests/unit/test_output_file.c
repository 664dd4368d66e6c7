/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of bytes into a file: as a whole or not at all. */
#include "unit/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/file.h"

static char *in_dir(const char *name)
{
	static char paths[2][256];
	static unsigned next;
	char *path = paths[next++ % 2];

	CHECK(snprintf(path, sizeof(paths[0]), "%s/%s", test_tmpdir(), name) <
	      (int)sizeof(paths[0]));
	return path;
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit = { bytes, RLIM_INFINITY };

	CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static long long size_of(const char *path)
{
	struct stat st;

	CHECK(!stat(path, &st));
	return st.st_size;
}

TEST(a_piece_that_does_not_fit_is_taken_back)
{
	char *path = in_dir("a");
	struct output_file file;
	struct eyas_err err;
	char piece[1000] = "";

	/* The signal for it stays as it is, which is the end of a process. */
	limit_files(2500);
	CHECK_INT(output_file_open(&file, path, false, &err), 0);
	CHECK_INT(output_file_put(&file, piece, sizeof(piece), &err), 0);
	CHECK_INT(output_file_put(&file, piece, sizeof(piece), &err), 0);
	CHECK_INT(output_file_put(&file, piece, sizeof(piece), &err), -EFBIG);
	CHECK(strstr(err.text, "/a: File too large"));
	CHECK_INT(size_of(path), 2000);
	CHECK_INT(output_file_put(&file, piece, sizeof(piece), &err), -EFBIG);
	CHECK_INT(output_file_put(&file, piece, 100, &err), 0);
	CHECK_INT(size_of(path), 2100);
	limit_files(RLIM_INFINITY);
	CHECK_INT(output_file_put(&file, piece, sizeof(piece), &err), 0);
	CHECK_INT(output_file_close(&file, &err), 0);
	CHECK_INT(size_of(path), 3100);
}

TEST(a_file_that_others_append_to_is_not_cut)
{
	char *path = in_dir("a");
	struct output_file file;
	struct eyas_err err;
	char piece[1000] = "";
	int fd;

	fd = open(path, O_WRONLY | O_CREAT, 0600);
	CHECK(fd >= 0 && dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
	CHECK_INT(output_file_open(&file, "-", false, &err), 0);
	CHECK_INT(output_file_put(&file, piece, sizeof(piece), &err), 0);
	CHECK(pwrite(fd, "theirs", 6, 1994) == 6);
	/* Of the next piece 900 bytes fit, in front of what is theirs. */
	CHECK(!lseek(fd, 0, SEEK_SET));
	limit_files(900);
	CHECK_INT(output_file_put(&file, piece, sizeof(piece), &err), -EFBIG);
	CHECK_INT(size_of(path), 2000);
	/* Now there is half a piece, and nothing may follow it. */
	limit_files(RLIM_INFINITY);
	CHECK_INT(output_file_put(&file, piece, sizeof(piece), &err), -EIO);
	CHECK(strstr(err.text, "ends within a block"));
	CHECK_INT(output_file_close(&file, &err), 0);
	CHECK(fcntl(STDOUT_FILENO, F_GETFD) >= 0);
}

TEST(a_pipe_without_a_reader_raises_no_signal)
{
	struct output_file file;
	struct eyas_err err;
	sigset_t pending;
	int fds[2];

	CHECK(!pipe(fds) && dup2(fds[1], STDOUT_FILENO) == STDOUT_FILENO);
	close(fds[0]);
	CHECK_INT(output_file_open(&file, "-", false, &err), 0);
	CHECK_INT(output_file_put(&file, "x", 1, &err), -EPIPE);
	CHECK(!sigpending(&pending) && !sigismember(&pending, SIGPIPE));
	CHECK_STR(err.text, "standard output: Broken pipe");
	output_file_close(&file, &err);
}

TEST(a_signal_that_was_pending_stays)
{
	struct output_file file;
	struct eyas_err err;
	sigset_t set, pending;
	int fds[2];

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	CHECK(!sigprocmask(SIG_BLOCK, &set, NULL) && !raise(SIGPIPE));
	CHECK(!pipe(fds) && dup2(fds[1], STDOUT_FILENO) == STDOUT_FILENO);
	close(fds[0]);
	CHECK_INT(output_file_open(&file, "-", false, &err), 0);
	CHECK_INT(output_file_put(&file, "x", 1, &err), -EPIPE);
	CHECK(!sigpending(&pending) && sigismember(&pending, SIGPIPE));
	CHECK(!sigprocmask(SIG_BLOCK, NULL, &pending) && sigismember(&pending, SIGPIPE));
	output_file_close(&file, &err);
}

TEST(a_file_that_was_removed_takes_nothing)
{
	char *path = in_dir("a"), *moved = in_dir("b");
	struct output_file file;
	struct eyas_err err;

	CHECK_INT(output_file_open(&file, path, false, &err), 0);
	CHECK(!rename(path, moved));
	CHECK_INT(output_file_put(&file, "x", 1, &err), 0);
	CHECK(!unlink(moved));
	CHECK_INT(output_file_put(&file, "x", 1, &err), -ENOENT);
	CHECK(strstr(err.text, "has been removed"));
	CHECK(!output_file_linked(&file));
	CHECK_INT(output_file_close(&file, &err), 0);
}

TEST(a_file_that_never_had_a_name_is_fine)
{
	int fd = memfd_create("x", 0);
	struct output_file file;
	struct eyas_err err;
	char path[64];
	struct stat st;

	CHECK(fd >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK_INT(output_file_open(&file, path, false, &err), 0);
	CHECK_INT(output_file_put(&file, "x", 1, &err), 0);
	CHECK(!fstat(fd, &st) && st.st_size == 1);
	CHECK_INT(output_file_close(&file, &err), 0);
}

TEST(new_files_only)
{
	char *path = in_dir("a"), *link = in_dir("l");
	struct output_file file;
	struct eyas_err err;

	CHECK_INT(output_file_open(&file, path, true, &err), 0);
	CHECK_INT(output_file_put(&file, "x", 1, &err), 0);
	CHECK_INT(output_file_close(&file, &err), 0);
	CHECK_INT(output_file_open(&file, path, true, &err), -EEXIST);
	CHECK_INT(file.fd, -1);
	CHECK_INT(size_of(path), 1);
	CHECK(!symlink("nothing", link));
	CHECK_INT(output_file_open(&file, link, true, &err), -EEXIST);
	CHECK_INT(output_file_open(&file, path, false, &err), 0);
	CHECK_INT(size_of(path), 0);
	CHECK_INT(output_file_close(&file, &err), 0);
	CHECK_INT(output_file_close(&file, &err), 0);
	CHECK_INT(output_file_open(&file, "/dev/full", false, &err), 0);
	CHECK_INT(output_file_put(&file, "x", 1, &err), -ENOSPC);
	CHECK_INT(output_file_close(&file, &err), 0);
}

TEST(a_new_file_can_be_discarded)
{
	char *path = in_dir("a"), *other = in_dir("b");
	struct output_file file;
	struct eyas_err err;

	CHECK_INT(output_file_open(&file, path, true, &err), 0);
	output_file_discard(&file);
	CHECK(access(path, F_OK));
	CHECK_INT(output_file_close(&file, &err), 0);
	output_file_discard(&file);
	/* Not one that was there before, and not one that took its place. */
	CHECK_INT(output_file_open(&file, path, false, &err), 0);
	output_file_discard(&file);
	CHECK(!access(path, F_OK));
	CHECK_INT(output_file_close(&file, &err), 0);
	CHECK(!unlink(path));
	CHECK_INT(output_file_open(&file, path, true, &err), 0);
	CHECK(!rename(path, other) && !symlink(other, path));
	output_file_discard(&file);
	CHECK(!access(path, F_OK) && !access(other, F_OK));
	CHECK_INT(output_file_close(&file, &err), 0);
}
