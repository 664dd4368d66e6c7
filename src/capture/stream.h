/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a capture, decompressed, seen through a window: what a reader of blocks works
 * on. The window is one buffer that is refilled in large reads; nothing is copied per event.
 */
#ifndef CAPTURE_STREAM_H
#define CAPTURE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <eyas/capture.h>

struct codec;

/*
 * Invariant: start <= end <= cap; buf[start..end) are the next bytes of the stream and offset
 * is the place of buf[start] in it. Once done is set no more bytes follow those; err then says
 * whether that was the proper end (0) or why not.
 */
struct stream {
	uint8_t *buf;
	size_t start, end, cap;
	uint64_t offset;
	bool done;
	int err;
	struct eyas_err why;

	int fd;
	bool close_fd;
	const struct codec *codec; /* NULL = plain */
	void *codec_state;
	bool codec_idle; /* between two frames: the input may end here */
	uint8_t *in;	 /* compressed bytes: in[in_start..in_end) */
	size_t in_start, in_end;
	uint64_t bytes_in;
	int (*interrupted)(void *ctx); /* as in struct eyas_source_opts */
	void *interrupted_ctx;
};

/* "-" is standard input. Nothing is read yet. */
int stream_open(struct stream *stream, const char *path, struct eyas_err *reterr);
void stream_close(struct stream *stream);

/* enum eyas_compression of what was read so far. */
enum eyas_compression stream_compression(const struct stream *stream);

/* Out of line: refill until need bytes are there or no more come. */
size_t stream_fill(struct stream *stream, size_t need);

/*
 * At least need bytes from *ret on, if the stream has them; returns how many there are, fewer
 * than need only at its end. The buffer grows with the bytes that really arrive, so a length
 * that lies costs no memory. The pointer is good until the next peek.
 */
static inline size_t stream_peek(struct stream *stream, size_t need, const uint8_t **ret)
{
	size_t have = stream->end - stream->start;

	if (have < need)
		have = stream_fill(stream, need);
	*ret = stream->buf + stream->start;
	return have;
}

/* Step over size bytes that a peek has shown. */
static inline void stream_advance(struct stream *stream, size_t size)
{
	stream->start += size;
	stream->offset += size;
}

/*
 * The stream is over: was it a fault below (gzip data that is damaged or cut, an I/O error)? Then
 * its code with words and the offset at which the bytes end, else 0: the input just ends here.
 */
int stream_fault(const struct stream *stream, struct eyas_err *reterr);

/* Step over size bytes without looking; returns how many there were. */
uint64_t stream_skip(struct stream *stream, uint64_t size);

#endif
