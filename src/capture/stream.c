/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The window onto a capture's bytes, refilled from a file or a pipe. read() into one buffer is
 * used rather than mmap(): it works on pipes, a file that shrinks meanwhile is no SIGBUS, the
 * resident memory stays that of the buffer, and the buffer stays in the L2 cache.
 */
#include "capture/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "capture/codec.h"

/* The first read goes into the window; what it brought of a compressed file moves to in. */
enum { WINDOW_BYTES = 256 * 1024, INPUT_BYTES = WINDOW_BYTES };

/* How long a stop may have to wait while there is no input. */
enum { LOOK_MS = 100 };

int stream_open(struct stream *stream, const char *path, struct eyas_err *reterr)
{
	struct stat st;
	int err;

	memset(stream, 0, sizeof(*stream));
	stream->close_fd = strcmp(path, "-") != 0;
	stream->fd = stream->close_fd ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (stream->fd < 0)
		return eyas_err_set(reterr, -errno, "cannot open: %s", strerror(errno));
	if (!fstat(stream->fd, &st) && S_ISDIR(st.st_mode)) {
		err = eyas_err_set(reterr, -EISDIR, "cannot read: it is a directory");
		goto fail;
	}
	stream->buf = malloc(WINDOW_BYTES);
	if (!stream->buf) {
		err = eyas_err_set(reterr, -ENOMEM, "no memory for the read buffer");
		goto fail;
	}
	stream->cap = WINDOW_BYTES;
	return 0;
fail:
	stream_close(stream);
	return err;
}

void stream_close(struct stream *stream)
{
	if (stream->codec)
		stream->codec->close(stream->codec_state);
	free(stream->in);
	free(stream->buf);
	if (stream->close_fd && stream->fd >= 0)
		close(stream->fd);
	memset(stream, 0, sizeof(*stream));
	stream->fd = -1;
}

enum eyas_compression stream_compression(const struct stream *stream)
{
	return stream->codec ? stream->codec->id : EYAS_COMPRESS_NONE;
}

static void stream_end(struct stream *stream, int err)
{
	stream->done = true;
	stream->err = err;
}

/*
 * Wait for bytes or an end, but not longer than somebody wants: whoever asks to stop may be another
 * thread, and a signal may come right before a read, or let it go on. False = stop.
 */
static bool wait_for_input(const struct stream *stream)
{
	struct pollfd input = { .fd = stream->fd, .events = POLLIN };
	int n;

	if (!stream->interrupted)
		return true;
	do {
		n = poll(&input, 1, LOOK_MS);
		/* Also when an end has come at the same time, which may be one in the middle. */
		if (stream->interrupted(stream->interrupted_ctx))
			return false;
	} while (n == 0 || (n < 0 && errno == EINTR));
	return true; /* the read says what it is */
}

/* Bytes from the file; 0 at its end or on an error, which ends the stream. */
static size_t read_some(struct stream *stream, void *to, size_t size)
{
	ssize_t n;

	do {
		if (!wait_for_input(stream)) {
			stream_end(stream, eyas_err_set(&stream->why, -EINTR, "cannot read: %s",
							strerror(EINTR)));
			return 0;
		}
		n = read(stream->fd, to, size);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		stream_end(stream,
			   eyas_err_set(&stream->why, -errno, "cannot read: %s", strerror(errno)));
	if (n <= 0)
		return 0;
	stream->bytes_in += (uint64_t)n;
	return (size_t)n;
}

/* The first bytes decide whether the file is compressed; they become the codec's input. */
static int stream_sniff(struct stream *stream)
{
	size_t n;

	while (stream->end < CODEC_MAGIC_BYTES) {
		n = read_some(stream, stream->buf + stream->end, stream->cap - stream->end);
		if (!n)
			break;
		stream->end += n;
	}
	stream->codec = codec_find(stream->buf, stream->end);
	if (!stream->codec)
		return 0;
	stream->in = malloc(WINDOW_BYTES);
	stream->codec_state = stream->codec->open();
	if (!stream->in || !stream->codec_state) {
		if (!stream->codec_state)
			stream->codec = NULL;
		return eyas_err_set(&stream->why, -ENOMEM, "no memory to decompress");
	}
	memcpy(stream->in, stream->buf, stream->end);
	stream->in_end = stream->end;
	stream->end = 0;
	return 0;
}

/* No input is left: the end of the stream, proper or not. */
static void stream_input_over(struct stream *stream)
{
	int err = 0;

	if (!stream->codec_idle)
		err = eyas_err_set(&stream->why, EYAS_E_TRUNC, "%s data ends in the middle",
				   eyas_compression_name(stream->codec->id));
	stream_end(stream, err);
}

/* Decompress into the window until something came or the stream is over. */
static void stream_decompress(struct stream *stream)
{
	size_t had = stream->end;
	bool input_over;
	int err;

	while (stream->end == had && !stream->done) {
		if (stream->in_start == stream->in_end) {
			stream->in_start = 0;
			stream->in_end = read_some(stream, stream->in, INPUT_BYTES);
			if (stream->done)
				return;
		}
		input_over = stream->in_start == stream->in_end;
		/* Without input a codec may still hold output that did not fit the last time. */
		if (!input_over || !stream->codec_idle) {
			err = stream->codec->run(stream->codec_state, stream, &stream->why);
			if (err)
				stream_end(stream, err);
		}
		if (input_over && stream->end == had && !stream->done)
			stream_input_over(stream);
	}
}

size_t stream_fill(struct stream *stream, size_t need)
{
	size_t have = stream->end - stream->start, cap, n;
	uint8_t *buf;

	if (stream->done)
		return have;
	if (stream->start && stream->cap - stream->start < need) {
		memmove(stream->buf, stream->buf + stream->start, have);
		stream->start = 0;
		stream->end = have;
	}
	if (!stream->bytes_in && stream_sniff(stream))
		stream_end(stream, stream->why.code);
	while (!stream->done && stream->end - stream->start < need) {
		if (stream->end == stream->cap) {
			/* Full and still too small: double, which the bytes at hand justify. */
			cap = stream->cap * 2;
			buf = realloc(stream->buf, cap);
			if (!buf) {
				stream_end(stream,
					   eyas_err_set(&stream->why, -ENOMEM,
							"no memory for a block of %zu bytes",
							need));
				break;
			}
			stream->buf = buf;
			stream->cap = cap;
		}
		if (stream->codec) {
			stream_decompress(stream);
			continue;
		}
		n = read_some(stream, stream->buf + stream->end, stream->cap - stream->end);
		if (!n)
			stream_end(stream, stream->err);
		stream->end += n;
	}
	return stream->end - stream->start;
}

uint64_t stream_skip(struct stream *stream, uint64_t size)
{
	uint64_t left = size;
	const uint8_t *p;
	size_t n;

	while (left) {
		n = stream_peek(stream, 1, &p);
		if (!n)
			break;
		if (n > left)
			n = (size_t)left;
		stream_advance(stream, n);
		left -= n;
	}
	return size - left;
}

int stream_fault(const struct stream *stream, struct eyas_err *reterr)
{
	if (stream->err && reterr) {
		*reterr = stream->why;
		reterr->offset = stream->offset + (stream->end - stream->start);
	}
	return stream->err;
}
