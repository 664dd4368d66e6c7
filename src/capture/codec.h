/* SPDX-License-Identifier: Apache-2.0 */
/* Decompression of whole captures: one row per format. */
#ifndef CAPTURE_CODEC_H
#define CAPTURE_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include <eyas/capture.h>

enum { CODEC_MAGIC_BYTES = 4 };

struct stream;

struct codec {
	enum eyas_compression id;
	uint8_t magic[CODEC_MAGIC_BYTES];
	uint8_t magic_len;
	void *(*open)(void);
	/*
	 * Turn input of the stream into bytes of its window, as many as go. Sets codec_idle when
	 * a frame has ended. Returns 0 or a failure with words.
	 */
	int (*run)(void *state, struct stream *stream, struct eyas_err *reterr);
	void (*close)(void *state);
};

/* The codec whose magic the bytes begin with, NULL for plain ones. */
const struct codec *codec_find(const uint8_t *bytes, size_t len);

#endif
