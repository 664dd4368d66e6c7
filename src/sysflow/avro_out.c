/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Avro's C library makes the blocks; this file is how it is used, and what it cannot do.
 *
 * - It writes into a FILE. When the disk is full in the middle of a block, that leaves half a block
 *   behind, and closing such a writer fails and frees nothing. So the FILE is memory here, and the
 *   block goes into the file afterwards, in one piece that can be taken back (output/file.c).
 * - Its schemas do not keep the defaults of fields, so the schema it puts into the head of a file
 *   is not the one it was given, and readers that resolve by it lack them. Without memory, parsing
 *   one ends the process. The head is made here, and the library hears of bytes; it does not look
 *   into records that are encoded already.
 * - Its sync marker comes from rand() seeded with the second: all files of a second have the same,
 *   and the program's own rand() is seeded anew. The marker is replaced, and rand() is kept.
 * - It compresses with zlib at level 9 alone. On records of SysFlow that is 17 MB/s, against
 *   260 MB/s at level 1 with 10 % more bytes: more time than everything else together. So it is
 *   asked for an uncompressed block, which is compressed here. Snappy is the library's.
 * - Where it finds no memory it leaks what it had got. That is when a writer is opened, and snappy.
 * - A codec that it does not know makes it read memory that was never set: only those that are
 *   known to be there are asked for. Its "lzma" is read by nobody else and is left out.
 */
#include "sysflow/avro_out.h"

#include <avro.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <zlib.h>

#include "base/err.h"
#include "base/str.h"
#include "sysflow/schema.h"

enum { SYNC = 16, VARINT_MAX = 10, DEFLATE_LEVEL = 1, RAND_STATE = 128 };

struct sf_avro {
	const char *codec; /* static */
	const char *text;  /* of the schema */
	avro_file_writer_t writer;
	FILE *fp; /* writes into raw */
	bool deflate;
	z_stream z; /* with deflate */
	struct eyas_str head;
	struct eyas_str raw;	/* the block as the library made it */
	struct eyas_str packed; /* with deflate: the same compressed */
	uint8_t sync[SYNC];
	uint64_t records; /* in the library's block */
	size_t bytes;
};

static ssize_t raw_write(void *cookie, const char *data, size_t len)
{
	struct sf_avro *avro = cookie;

	eyas_str_add(&avro->raw, data, len);
	return avro->raw.nomem ? 0 : (ssize_t)len;
}

static void raw_clear(struct sf_avro *avro)
{
	avro->raw.len = 0;
	avro->raw.nomem = false;
}

static const char *find_codec(const char *name)
{
	static const char *const codecs[] = { "null", "deflate", "snappy" };
	size_t i;

	for (i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
		if (!strcmp(name, codecs[i]))
			return codecs[i];
	return NULL;
}

/* The library seeds rand(): with a state of its own, so that nobody else's is disturbed. */
static int create_writer(struct sf_avro *avro)
{
	char state[RAND_STATE], *before = initstate(1, state, sizeof(state));
	int code;

	code = avro_file_writer_create_with_codec_fp(
		avro->fp, "memory", 0, avro_schema_bytes(), &avro->writer,
		avro->deflate ? "null" : avro->codec, SF_AVRO_RECORD_MAX);
	if (before)
		setstate(before);
	return code;
}

static int open_library(struct sf_avro *avro, struct eyas_err *reterr)
{
	cookie_io_functions_t io = { .write = raw_write };

	avro->fp = fopencookie(avro, "w", io);
	if (!avro->fp)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	setvbuf(avro->fp, NULL, _IONBF, 0);
	if (create_writer(avro)) {
		avro->writer = NULL;
		return eyas_err_set(reterr, -ENOMEM, "Avro, codec %s: %s", avro->codec,
				    avro_strerror());
	}
	return 0;
}

int sf_avro_new(int schema, const char *codec, struct sf_avro **ret_avro, struct eyas_err *reterr)
{
	struct sf_avro *avro;
	int code;

	if (!sf_schema_text(schema))
		return eyas_err_set(reterr, -EINVAL, "schema %d, known are 5 and 6", schema);
	if (!find_codec(codec))
		return eyas_err_set(reterr, -EINVAL,
				    "codec \"%s\", known are null, deflate and snappy", codec);
	avro = calloc(1, sizeof(*avro));
	if (!avro)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	avro->text = sf_schema_text(schema);
	avro->codec = find_codec(codec);
	if (!strcmp(codec, "deflate")) {
		/* Raw deflate, as Avro has it: without a head of its own. */
		if (deflateInit2(&avro->z, DEFLATE_LEVEL, Z_DEFLATED, -MAX_WBITS, 8,
				 Z_DEFAULT_STRATEGY) != Z_OK) {
			free(avro);
			return eyas_err_set(reterr, -ENOMEM, "deflate: %s", eyas_strerror(-ENOMEM));
		}
		avro->deflate = true;
	}
	code = open_library(avro, reterr);
	if (code) {
		sf_avro_free(avro);
		return code;
	}
	*ret_avro = avro;
	return 0;
}

static size_t put_varint(uint8_t *to, uint64_t value)
{
	uint64_t rest = value << 1;
	size_t n = 0;

	for (; rest > 0x7f; rest >>= 7)
		to[n++] = (uint8_t)(rest | 0x80);
	to[n++] = (uint8_t)rest;
	return n;
}

/* Of what the library wrote: small numbers that are not negative. */
static size_t get_varint(const uint8_t *from, size_t len, uint64_t *ret_value)
{
	uint64_t bits = 0;
	size_t n = 0;

	while (n < len && n < VARINT_MAX) {
		bits |= (uint64_t)(from[n] & 0x7f) << (7 * n);
		if (!(from[n++] & 0x80))
			break;
	}
	*ret_value = bits >> 1;
	return n;
}

static void head_text(struct sf_avro *avro, const char *text)
{
	uint8_t len[VARINT_MAX];

	eyas_str_add(&avro->head, len, put_varint(len, strlen(text)));
	eyas_str_puts(&avro->head, text);
}

int sf_avro_begin(struct sf_avro *avro, struct eyas_err *reterr)
{
	const void *data;
	size_t len;

	if (avro->records && sf_avro_take(avro, &data, &len) && avro->records)
		return eyas_err_set(reterr, -ENOMEM, "Avro: %s", avro_strerror());
	if (getentropy(avro->sync, sizeof(avro->sync)))
		return eyas_err_set(reterr, -errno, "sync marker: %s", eyas_strerror(-errno));
	avro->head.len = 0;
	avro->head.nomem = false;
	eyas_str_puts(&avro->head, "Obj\x01\x04"); /* a map of two */
	head_text(avro, "avro.codec");
	head_text(avro, avro->codec);
	head_text(avro, "avro.schema");
	head_text(avro, avro->text);
	eyas_str_putc(&avro->head, 0);
	eyas_str_add(&avro->head, avro->sync, sizeof(avro->sync));
	if (avro->head.nomem)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	return 0;
}

void sf_avro_head(const struct sf_avro *avro, const void **ret_data, size_t *ret_len)
{
	*ret_data = avro->head.data;
	*ret_len = avro->head.len;
}

uint64_t sf_avro_records(const struct sf_avro *avro)
{
	return avro->records;
}

size_t sf_avro_bytes(const struct sf_avro *avro)
{
	return avro->bytes;
}

int sf_avro_add(struct sf_avro *avro, const void *data, size_t len)
{
	/* The library would make room by finishing the block on its own. */
	if (len > SF_AVRO_RECORD_MAX - avro->bytes)
		return -EFBIG;
	if (avro_file_writer_append_encoded(avro->writer, data, (int64_t)len))
		return -ENOMEM;
	avro->records++;
	avro->bytes += len;
	return 0;
}

/* An uncompressed block of the library, in raw, becomes a compressed one. */
static int pack(struct sf_avro *avro)
{
	const uint8_t *from = (const uint8_t *)avro->raw.data;
	size_t left = avro->raw.len, n, bound;
	uint8_t head[2 * VARINT_MAX];
	uint64_t count, len;
	char *to;

	n = get_varint(from, left, &count);
	n += get_varint(from + n, left - n, &len);
	if (n + SYNC > left || len != left - n - SYNC)
		return -EIO;
	/* The compressed length is known last, so the block's head is put in front of it then. */
	bound = deflateBound(&avro->z, len) + 2 * sizeof(head) + SYNC;
	avro->packed.len = 0;
	avro->packed.nomem = false;
	to = eyas_str_reserve(&avro->packed, bound);
	if (!to)
		return -ENOMEM;
	avro->z.next_in = (Bytef *)(uintptr_t)(from + n);
	avro->z.avail_in = (uInt)len;
	avro->z.next_out = (Bytef *)to + sizeof(head);
	avro->z.avail_out = (uInt)(bound - sizeof(head));
	if (deflateReset(&avro->z) != Z_OK || deflate(&avro->z, Z_FINISH) != Z_STREAM_END)
		return -EIO;
	n = put_varint(head, count);
	n += put_varint(head + n, avro->z.total_out);
	memmove(to + n, to + sizeof(head), avro->z.total_out);
	memcpy(to, head, n);
	avro->packed.len = n + avro->z.total_out;
	eyas_str_add(&avro->packed, avro->sync, SYNC);
	return 0;
}

int sf_avro_take(struct sf_avro *avro, const void **ret_data, size_t *ret_len)
{
	int code;

	raw_clear(avro);
	/* A block that the library could not finish stays in its hands. */
	if (avro_file_writer_flush(avro->writer) || avro->raw.len < SYNC)
		return -ENOMEM;
	avro->records = 0;
	avro->bytes = 0;
	if (avro->deflate) {
		code = pack(avro);
		if (code)
			return code;
		*ret_data = avro->packed.data;
		*ret_len = avro->packed.len;
		return 0;
	}
	memcpy(avro->raw.data + avro->raw.len - SYNC, avro->sync, SYNC);
	*ret_data = avro->raw.data;
	*ret_len = avro->raw.len;
	return 0;
}

void sf_avro_free(struct sf_avro *avro)
{
	if (!avro)
		return;
	raw_clear(avro);
	/* Fails only when there is no memory for its last block; then the library keeps what it has. */
	if (avro->writer)
		(void)avro_file_writer_close(avro->writer);
	if (avro->fp)
		fclose(avro->fp);
	if (avro->deflate)
		deflateEnd(&avro->z);
	eyas_str_fini(&avro->head);
	eyas_str_fini(&avro->raw);
	eyas_str_fini(&avro->packed);
	free(avro);
}
