/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip, zstd and LZ4 frames on top of their libraries. Frames may follow one another, as
 * concatenated files do.
 */
#include "capture/codec.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include "base/err.h"
#include "capture/stream.h"

/* ---- gzip ---- */

static void *gzip_open(void)
{
	z_stream *z = calloc(1, sizeof(*z));

	if (z && inflateInit2(z, 15 + 16) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

static void gzip_close(void *state)
{
	if (state)
		inflateEnd(state);
	free(state);
}

static int gzip_run(void *state, struct stream *stream, struct eyas_err *reterr)
{
	size_t room = stream->cap - stream->end;
	z_stream *z = state;
	int res;

	if (stream->codec_idle) {
		/* Behind a member: another one, or zeros that fill a tape block or a disk sector. */
		while (stream->in_start < stream->in_end && !stream->in[stream->in_start])
			stream->in_start++;
		if (stream->in_start == stream->in_end)
			return 0;
		inflateReset(z);
		stream->codec_idle = false;
	}
	z->next_in = stream->in + stream->in_start;
	z->avail_in = (uInt)(stream->in_end - stream->in_start);
	z->next_out = stream->buf + stream->end;
	/* zlib counts in 32 bits; the window of a huge block may be larger. */
	z->avail_out = room < UINT_MAX ? (uInt)room : UINT_MAX;
	room = z->avail_out;
	res = inflate(z, Z_NO_FLUSH);
	stream->in_start = stream->in_end - z->avail_in;
	stream->end += room - z->avail_out;
	if (res == Z_STREAM_END)
		stream->codec_idle = true;
	else if (res == Z_MEM_ERROR)
		return eyas_err_set(reterr, -ENOMEM, "no memory to decompress");
	else if (res != Z_OK && res != Z_BUF_ERROR)
		return eyas_err_set(reterr, EYAS_E_FORMAT, "gzip data is damaged: %s",
				    z->msg ? z->msg : "not a gzip member");
	return 0;
}

/* ---- zstd ---- */

static void *zstd_open(void)
{
	return ZSTD_createDStream();
}

static void zstd_close(void *state)
{
	ZSTD_freeDStream(state);
}

static int zstd_run(void *state, struct stream *stream, struct eyas_err *reterr)
{
	ZSTD_inBuffer in = { stream->in, stream->in_end, stream->in_start };
	ZSTD_outBuffer out = { stream->buf, stream->cap, stream->end };
	size_t res = ZSTD_decompressStream(state, &out, &in);

	stream->in_start = in.pos;
	stream->end = out.pos;
	if (ZSTD_isError(res))
		return eyas_err_set(reterr, EYAS_E_FORMAT, "zstd data is damaged: %s",
				    ZSTD_getErrorName(res));
	stream->codec_idle = res == 0;
	return 0;
}

/* ---- LZ4 ---- */

static void *lz4_open(void)
{
	LZ4F_dctx *ctx;

	return LZ4F_isError(LZ4F_createDecompressionContext(&ctx, LZ4F_VERSION)) ? NULL : ctx;
}

static void lz4_close(void *state)
{
	LZ4F_freeDecompressionContext(state);
}

static int lz4_run(void *state, struct stream *stream, struct eyas_err *reterr)
{
	size_t in_len = stream->in_end - stream->in_start, out_len = stream->cap - stream->end;
	size_t res = LZ4F_decompress(state, stream->buf + stream->end, &out_len,
				     stream->in + stream->in_start, &in_len, NULL);

	if (LZ4F_isError(res))
		return eyas_err_set(reterr, EYAS_E_FORMAT, "lz4 data is damaged: %s",
				    LZ4F_getErrorName(res));
	stream->in_start += in_len;
	stream->end += out_len;
	stream->codec_idle = res == 0;
	return 0;
}

static const struct codec codecs[] = {
	{ EYAS_COMPRESS_GZIP, { 0x1f, 0x8b }, 2, gzip_open, gzip_run, gzip_close },
	{ EYAS_COMPRESS_ZSTD, { 0x28, 0xb5, 0x2f, 0xfd }, 4, zstd_open, zstd_run, zstd_close },
	{ EYAS_COMPRESS_LZ4, { 0x04, 0x22, 0x4d, 0x18 }, 4, lz4_open, lz4_run, lz4_close },
};

const struct codec *codec_find(const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
		if (len >= codecs[i].magic_len &&
		    !memcmp(bytes, codecs[i].magic, codecs[i].magic_len))
			return &codecs[i];
	return NULL;
}

const char *eyas_compression_name(enum eyas_compression compression)
{
	switch (compression) {
	case EYAS_COMPRESS_NONE:
		return "none";
	case EYAS_COMPRESS_GZIP:
		return "gzip";
	case EYAS_COMPRESS_ZSTD:
		return "zstd";
	case EYAS_COMPRESS_LZ4:
		return "lz4";
	}
	return "unknown";
}
