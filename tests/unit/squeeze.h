/* SPDX-License-Identifier: Apache-2.0 */
/* Compressing in tests: one whole member or frame appended to a string. */
#ifndef TESTS_SQUEEZE_H
#define TESTS_SQUEEZE_H

#include "unit/harness.h"

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include <eyas/capture.h>

#include "base/str.h"

static inline void squeeze_gzip(const void *data, size_t len, struct eyas_str *out)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)len };
	size_t bound = len + len / 100 + 1024;

	CHECK_INT(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_out = (Bytef *)eyas_str_reserve(out, bound);
	CHECK(z.next_out);
	z.avail_out = (uInt)bound;
	CHECK_INT(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->len += bound - z.avail_out;
	CHECK_INT(deflateEnd(&z), Z_OK);
}

/* With a checksum, as the zstd command writes it. */
static inline void squeeze_zstd(const void *data, size_t len, struct eyas_str *out)
{
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	size_t bound = ZSTD_compressBound(len), n;
	char *to = eyas_str_reserve(out, bound);

	CHECK(ctx && to);
	CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(ctx, ZSTD_c_checksumFlag, 1)));
	n = ZSTD_compress2(ctx, to, bound, data, len);
	CHECK(!ZSTD_isError(n));
	out->len += n;
	ZSTD_freeCCtx(ctx);
}

static inline void squeeze_lz4(const void *data, size_t len, struct eyas_str *out)
{
	LZ4F_preferences_t prefs = LZ4F_INIT_PREFERENCES;
	size_t bound, n;
	char *to;

	prefs.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
	bound = LZ4F_compressFrameBound(len, &prefs);
	to = eyas_str_reserve(out, bound);
	CHECK(to);
	n = LZ4F_compressFrame(to, bound, data, len, &prefs);
	CHECK(!LZ4F_isError(n));
	out->len += n;
}

static inline void squeeze(enum eyas_compression how, const void *data, size_t len,
			   struct eyas_str *out)
{
	if (how == EYAS_COMPRESS_GZIP)
		squeeze_gzip(data, len, out);
	else if (how == EYAS_COMPRESS_ZSTD)
		squeeze_zstd(data, len, out);
	else if (how == EYAS_COMPRESS_LZ4)
		squeeze_lz4(data, len, out);
	else
		eyas_str_add(out, data, len);
}

#endif
