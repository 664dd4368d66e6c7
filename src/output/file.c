/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of bytes into a file: written as a whole, or taken back. */
#include "output/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"

static int fail(const struct output_file *file, int code, struct eyas_err *reterr)
{
	return eyas_err_set(reterr, code, "%s: %s", file->name, eyas_strerror(code));
}

int output_file_open(struct output_file *file, const char *path, bool exclusive,
		     struct eyas_err *reterr)
{
	struct stat st;
	int code;

	*file = (struct output_file)OUTPUT_FILE_INIT;
	file->name = strdup(strcmp(path, "-") ? path : "standard output");
	if (!file->name)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	if (!strcmp(path, "-")) {
		file->fd = STDOUT_FILENO;
		return 0;
	}
	file->fd = open(path,
			O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | (exclusive ? O_EXCL : O_TRUNC),
			0666);
	if (file->fd < 0) {
		code = fail(file, -errno, reterr);
		free(file->name);
		*file = (struct output_file)OUTPUT_FILE_INIT;
		return code;
	}
	file->own = true;
	file->fresh = exclusive;
	file->named = !fstat(file->fd, &st) && S_ISREG(st.st_mode) && st.st_nlink > 0;
	return 0;
}

/*
 * write(), but a pipe without reader and a file at its limit are errors and not the end of the
 * process: the signals for them are held back for this thread and taken away again.
 */
static ssize_t quiet_write(int fd, const void *data, size_t len)
{
	sigset_t quiet, pending, before;
	struct timespec now = { 0, 0 };
	ssize_t n;
	int code;

	sigemptyset(&quiet);
	sigaddset(&quiet, SIGPIPE);
	sigaddset(&quiet, SIGXFSZ);
	sigpending(&pending);
	if (sigismember(&pending, SIGPIPE))
		sigdelset(&quiet, SIGPIPE);
	if (sigismember(&pending, SIGXFSZ))
		sigdelset(&quiet, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &quiet, &before);
	n = write(fd, data, len);
	code = errno;
	if (n < 0 && (code == EPIPE || code == EFBIG))
		sigtimedwait(&quiet, NULL, &now);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = code;
	return n;
}

/* *ret_done: how much of it is in the file, on failure, too. */
static int put_all(int fd, const uint8_t *data, size_t len, size_t *ret_done)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	size_t done = 0;
	int code = 0;
	ssize_t n;

	while (done < len && !code) {
		n = quiet_write(fd, data + done, len - done);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0)
			code = -EIO;
		else if (errno == EAGAIN) /* somebody made our standard output non-blocking */
			poll(&pfd, 1, -1);
		else if (errno != EINTR)
			code = -errno;
	}
	*ret_done = done;
	return code;
}

/*
 * Only when these are the file's last bytes: the standard output may be shared with others who
 * append to the same file.
 */
bool output_file_take_back(int fd, size_t excess)
{
	struct stat st;
	off_t pos;

	if (!excess)
		return true;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return false;
	pos = lseek(fd, 0, SEEK_CUR);
	if (pos < (off_t)excess || pos != st.st_size)
		return false;
	pos -= (off_t)excess;
	return !ftruncate(fd, pos) && lseek(fd, pos, SEEK_SET) == pos;
}

bool output_file_linked(const struct output_file *file)
{
	struct stat st;

	return !file->named || fstat(file->fd, &st) || st.st_nlink > 0;
}

int output_file_put(struct output_file *file, const void *data, size_t len, struct eyas_err *reterr)
{
	size_t done;
	int code;

	if (file->torn)
		return eyas_err_set(reterr, -EIO, "%s: it ends within a block since a failure",
				    file->name);
	if (!output_file_linked(file))
		return eyas_err_set(reterr, -ENOENT, "%s: the file has been removed", file->name);
	code = put_all(file->fd, data, len, &done);
	if (!code)
		return 0;
	file->torn = !output_file_take_back(file->fd, done);
	return fail(file, code, reterr);
}

void output_file_discard(const struct output_file *file)
{
	struct stat held, named;

	/* Only if the name still leads to the file that was made here. */
	if (file->fd >= 0 && file->fresh && !fstat(file->fd, &held) && !lstat(file->name, &named) &&
	    held.st_dev == named.st_dev && held.st_ino == named.st_ino)
		unlink(file->name);
}

int output_file_close(struct output_file *file, struct eyas_err *reterr)
{
	int code = 0;

	/* Network file systems say only now that the disk is full. */
	if (file->own && close(file->fd) && errno != EINTR)
		code = fail(file, -errno, reterr);
	free(file->name);
	*file = (struct output_file)OUTPUT_FILE_INIT;
	return code;
}
