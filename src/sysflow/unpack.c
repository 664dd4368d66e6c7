/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decompression of blocks: deflate, which all SysFlow files have, and the others that Avro's
 * specification names and a library that is there anyway can undo.
 */
#include "sysflow/unpack.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <lzma.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include "base/err.h"

enum {
	FIRST_BYTES = 256 << 10,
	SNAPPY_CHECK = 4,     /* CRC-32 of what was packed, behind it */
	XZ_MEMORY = 96 << 20, /* what an xz header may ask for: enough for level 9 */
	SHOWN = 40
};

struct sf_codec {
	const char *name;
	int (*run)(struct sf_unpacker *unpacker, const uint8_t *packed, size_t size,
		   struct eyas_err *reterr);
	void (*close)(void *state);
};

static int damaged(struct eyas_err *err, const char *codec, const char *why)
{
	return eyas_err_set(err, EYAS_E_FORMAT, "%s data is damaged: %s", codec,
			    why ? why : "it makes no sense");
}

static int no_memory(struct eyas_err *err)
{
	return eyas_err_set(err, -ENOMEM, "no memory to unpack a block");
}

static int too_large(const struct sf_unpacker *unpacker, struct eyas_err *err)
{
	return eyas_err_set(err, EYAS_E_LIMIT, "the block is larger than %zu bytes unpacked",
			    unpacker->max_bytes);
}

/* More room behind what is there. */
static int grow(struct sf_unpacker *unpacker, size_t cap, struct eyas_err *err)
{
	uint8_t *data;

	if (cap > unpacker->max_bytes)
		cap = unpacker->max_bytes;
	if (cap <= unpacker->cap)
		return too_large(unpacker, err);
	data = realloc(unpacker->data, cap);
	if (!data)
		return no_memory(err);
	unpacker->data = data;
	unpacker->cap = cap;
	return 0;
}

/* Room for one byte at least. */
static int more_room(struct sf_unpacker *unpacker, struct eyas_err *err)
{
	if (unpacker->len < unpacker->cap)
		return 0;
	return grow(unpacker, unpacker->cap ? 2 * unpacker->cap : FIRST_BYTES, err);
}

/* ---- deflate, without the head and the checksum of zlib ---- */

static void deflate_close(void *state)
{
	if (state)
		inflateEnd(state);
	free(state);
}

static z_stream *deflate_state(struct sf_unpacker *unpacker)
{
	z_stream *z = unpacker->state;

	if (z)
		return inflateReset(z) == Z_OK ? z : NULL;
	z = calloc(1, sizeof(*z));
	if (z && inflateInit2(z, -15) != Z_OK) {
		free(z);
		return NULL;
	}
	return unpacker->state = z;
}

static int deflate_run(struct sf_unpacker *unpacker, const uint8_t *packed, size_t size,
		       struct eyas_err *reterr)
{
	z_stream *z = deflate_state(unpacker);
	int res;

	if (!z)
		return no_memory(reterr);
	z->next_in = (Bytef *)(uintptr_t)packed;
	z->avail_in = (uInt)size; /* blocks are smaller than 4 GiB */
	do {
		res = more_room(unpacker, reterr);
		if (res)
			return res;
		z->next_out = unpacker->data + unpacker->len;
		z->avail_out = (uInt)(unpacker->cap - unpacker->len);
		res = inflate(z, Z_NO_FLUSH);
		unpacker->len = (size_t)(z->next_out - unpacker->data);
	} while (res == Z_OK && (z->avail_in || !z->avail_out));
	if (res == Z_MEM_ERROR)
		return no_memory(reterr);
	if (res != Z_STREAM_END)
		return damaged(reterr, "deflate", z->msg ? z->msg : "it is cut off");
	return z->avail_in ? damaged(reterr, "deflate", "something follows its end") : 0;
}

/* ---- snappy, with a checksum that Avro adds ---- */

static int snappy_run(struct sf_unpacker *unpacker, const uint8_t *packed, size_t size,
		      struct eyas_err *reterr)
{
	const char *from = (const char *)packed;
	const uint8_t *check;
	size_t len;
	uint32_t crc;

	if (size < SNAPPY_CHECK)
		return damaged(reterr, "snappy", "it is cut off");
	size -= SNAPPY_CHECK;
	check = packed + size;
	if (snappy_uncompressed_length(from, size, &len) != SNAPPY_OK)
		return damaged(reterr, "snappy", "there is no length");
	if (len > unpacker->max_bytes)
		return too_large(unpacker, reterr);
	/* One byte of it makes 64 at most, so a length that lies costs no memory. */
	if (len / 64 > size)
		return damaged(reterr, "snappy", "its length cannot be");
	if (len > unpacker->cap) {
		int res = grow(unpacker, len, reterr);

		if (res)
			return res;
	}
	if (len && snappy_uncompress(from, size, (char *)unpacker->data, &len) != SNAPPY_OK)
		return damaged(reterr, "snappy", NULL);
	unpacker->len = len;
	crc = (uint32_t)crc32(crc32(0, NULL, 0), unpacker->data, (uInt)len);
	if (crc != ((uint32_t)check[0] << 24 | (uint32_t)check[1] << 16 | (uint32_t)check[2] << 8 |
		    check[3]))
		return damaged(reterr, "snappy", "the checksum is another");
	return 0;
}

/* ---- zstandard ---- */

static void zstd_close(void *state)
{
	ZSTD_freeDStream(state);
}

static int zstd_run(struct sf_unpacker *unpacker, const uint8_t *packed, size_t size,
		    struct eyas_err *reterr)
{
	ZSTD_inBuffer in = { packed, size, 0 };
	ZSTD_outBuffer out;
	size_t left;
	int res;

	if (!unpacker->state)
		unpacker->state = ZSTD_createDStream();
	if (!unpacker->state || ZSTD_isError(ZSTD_initDStream(unpacker->state)))
		return no_memory(reterr);
	do {
		res = more_room(unpacker, reterr);
		if (res)
			return res;
		out = (ZSTD_outBuffer){ unpacker->data, unpacker->cap, unpacker->len };
		left = ZSTD_decompressStream(unpacker->state, &out, &in);
		unpacker->len = out.pos;
		if (ZSTD_isError(left))
			return damaged(reterr, "zstandard", ZSTD_getErrorName(left));
		/* Frames may follow one another. */
	} while (in.pos < in.size || (left && out.pos == out.size));
	return left ? damaged(reterr, "zstandard", "it is cut off") : 0;
}

/* ---- xz ---- */

static const char *xz_reason(lzma_ret res)
{
	switch ((int)res) {
	case LZMA_OK:
	case LZMA_BUF_ERROR:
		return "it is cut off";
	case LZMA_FORMAT_ERROR:
		return "it does not begin as such";
	case LZMA_OPTIONS_ERROR:
		return "it has options that are not known";
	case LZMA_MEMLIMIT_ERROR:
		return "it needs more than 96 MiB to unpack";
	default:
		return NULL;
	}
}

static int xz_run(struct sf_unpacker *unpacker, const uint8_t *packed, size_t size,
		  struct eyas_err *reterr)
{
	lzma_stream xz = LZMA_STREAM_INIT;
	lzma_ret status = lzma_stream_decoder(&xz, XZ_MEMORY, LZMA_CONCATENATED);
	int res = 0;

	xz.next_in = packed;
	xz.avail_in = size;
	while (status == LZMA_OK && !(res = more_room(unpacker, reterr))) {
		xz.next_out = unpacker->data + unpacker->len;
		xz.avail_out = unpacker->cap - unpacker->len;
		status = lzma_code(&xz, LZMA_FINISH);
		unpacker->len = (size_t)(xz.next_out - unpacker->data);
	}
	lzma_end(&xz);
	if (res || status == LZMA_STREAM_END)
		return res;
	return status == LZMA_MEM_ERROR ? no_memory(reterr)
					: damaged(reterr, "xz", xz_reason(status));
}

/* ---- the table ---- */

static const struct sf_codec codecs[] = {
	{ "deflate", deflate_run, deflate_close },
	{ "snappy", snappy_run, NULL },
	{ "zstandard", zstd_run, zstd_close },
	{ "xz", xz_run, NULL },
};

int sf_unpacker_init(struct sf_unpacker *unpacker, const char *codec, size_t len, size_t max_bytes,
		     struct eyas_err *reterr)
{
	size_t i;

	*unpacker = (struct sf_unpacker){ .max_bytes = max_bytes };
	if (!len || (len == 4 && !memcmp(codec, "null", 4)))
		return 0;
	for (i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
		if (len == strlen(codecs[i].name) && !memcmp(codec, codecs[i].name, len)) {
			unpacker->codec = &codecs[i];
			return 0;
		}
	return eyas_err_set(reterr, EYAS_E_FORMAT,
			    "codec '%.*s' is not known: expected null, deflate, snappy, zstandard "
			    "or xz",
			    len < SHOWN ? (int)len : SHOWN, codec);
}

int sf_unpack(struct sf_unpacker *unpacker, uint8_t *packed, size_t size, uint8_t **ret_data,
	      size_t *ret_len, struct eyas_err *reterr)
{
	int res;

	if (!unpacker->codec) {
		*ret_data = packed;
		*ret_len = size;
		return 0;
	}
	unpacker->len = 0;
	res = unpacker->codec->run(unpacker, packed, size, reterr);
	if (res)
		return res;
	*ret_data = unpacker->data;
	*ret_len = unpacker->len;
	return 0;
}

void sf_unpacker_fini(struct sf_unpacker *unpacker)
{
	if (unpacker->codec && unpacker->codec->close)
		unpacker->codec->close(unpacker->state);
	free(unpacker->data);
	*unpacker = (struct sf_unpacker){ .codec = NULL };
}
