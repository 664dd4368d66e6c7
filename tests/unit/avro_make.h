/* SPDX-License-Identifier: Apache-2.0 */
/* Avro files made by hand: numbers, texts, blocks, of which any may be wrong. */
#ifndef TESTS_AVRO_MAKE_H
#define TESTS_AVRO_MAKE_H

#include "unit/harness.h"

#include <stdio.h>

#include <zlib.h>

#include "base/str.h"
#include "sysflow/schema.h"

/* What every file made here has as its marker. */
#define AVRO_SYNC "0123456789abcdef"

static inline void avro_num(struct eyas_str *out, int64_t value)
{
	uint64_t rest = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);

	for (; rest > 0x7f; rest >>= 7)
		eyas_str_putc(out, (char)(rest | 0x80));
	eyas_str_putc(out, (char)rest);
}

static inline void avro_bytes(struct eyas_str *out, const void *data, size_t len)
{
	avro_num(out, (int64_t)len);
	eyas_str_add(out, data, len);
}

static inline void avro_text(struct eyas_str *out, const char *text)
{
	avro_bytes(out, text, strlen(text));
}

/* Magic, metadata, marker. */
static inline void avro_head(struct eyas_str *out, const char *schema, const char *codec)
{
	eyas_str_add(out, "Obj\1", 4);
	avro_num(out, codec ? 2 : 1);
	avro_text(out, "avro.schema");
	avro_text(out, schema);
	if (codec) {
		avro_text(out, "avro.codec");
		avro_text(out, codec);
	}
	avro_num(out, 0);
	eyas_str_puts(out, AVRO_SYNC);
}

static inline void avro_block(struct eyas_str *out, int64_t count, const struct eyas_str *data)
{
	avro_num(out, count);
	avro_bytes(out, data->data ? data->data : "", data->len);
	eyas_str_puts(out, AVRO_SYNC);
}

/* Raw deflate. */
static inline void avro_deflate(struct eyas_str *out, const struct eyas_str *data)
{
	z_stream z = { .next_in = (Bytef *)data->data, .avail_in = (uInt)data->len };
	size_t bound = data->len + data->len / 100 + 1024;

	CHECK_INT(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_out = (Bytef *)eyas_str_reserve(out, bound);
	CHECK(z.next_out);
	z.avail_out = (uInt)bound;
	CHECK_INT(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->len += bound - z.avail_out;
	CHECK_INT(deflateEnd(&z), Z_OK);
}

/* A file in the test's folder; its path is lent until the next one. */
static inline const char *avro_file(const struct eyas_str *data)
{
	static char path[600];
	static unsigned number;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%u.sf", test_tmpdir(), number++);
	file = fopen(path, "wb");
	CHECK(file && fwrite(data->data, 1, data->len, file) == data->len && !fclose(file));
	return path;
}

/* ---- data of schema 5 and 6: what tests need of them ---- */

static inline void avro_header(struct eyas_str *out, int64_t version, const char *exporter)
{
	avro_num(out, 0);
	avro_num(out, version);
	avro_text(out, exporter);
	avro_text(out, "10.0.0.1");
	avro_text(out, "file.sf");
}

static inline void avro_container(struct eyas_str *out, const char *id, const char *name)
{
	avro_num(out, 1);
	avro_text(out, id);
	avro_text(out, name);
	avro_text(out, "image:tag");
	avro_text(out, "sha");
	avro_num(out, 0);
	eyas_str_putc(out, 1);
	avro_num(out, 0);
}

/* parent: its pid, 0 = none; container may be NULL. Created at 1000 + pid. */
static inline void avro_process(struct eyas_str *out, int64_t pid, int64_t parent, const char *exe,
				const char *container)
{
	avro_num(out, 2);
	avro_num(out, 2);
	avro_num(out, 1000 + pid);
	avro_num(out, pid);
	avro_num(out, parent != 0);
	if (parent) {
		avro_num(out, 1000 + parent);
		avro_num(out, parent);
	}
	avro_num(out, 5000);
	avro_text(out, exe);
	avro_text(out, "-a b");
	avro_num(out, -1);
	avro_text(out, "user");
	avro_num(out, 7);
	avro_text(out, "group");
	eyas_str_putc(out, 1);
	avro_num(out, container != NULL);
	if (container)
		avro_text(out, container);
	eyas_str_putc(out, 0);
	avro_text(out, "/home/");
	avro_num(out, 2);
	avro_text(out, "A=1");
	avro_text(out, "B=");
	avro_num(out, 0);
}

static inline void avro_oid(struct eyas_str *out, int64_t pid)
{
	avro_num(out, 1000 + pid);
	avro_num(out, pid);
}

/* id: each byte of the FOID. */
static inline void avro_foid(struct eyas_str *out, char id)
{
	char foid[20];

	memset(foid, id, sizeof(foid));
	eyas_str_add(out, foid, sizeof(foid));
}

static inline void avro_path(struct eyas_str *out, char id, const char *path)
{
	avro_num(out, 3);
	avro_num(out, 0);
	avro_foid(out, id);
	avro_num(out, 6000);
	avro_num(out, 'f');
	avro_text(out, path);
	avro_num(out, 0);
}

static inline void avro_process_event(struct eyas_str *out, int64_t pid, int32_t op)
{
	avro_num(out, 4);
	avro_oid(out, pid);
	avro_num(out, INT64_C(1600000000123456789));
	avro_num(out, pid);
	avro_num(out, op);
	avro_num(out, 0);
	avro_num(out, -2);
}

static inline void avro_file_flow(struct eyas_str *out, int64_t pid, char id, int64_t bytes)
{
	avro_num(out, 6);
	avro_oid(out, pid);
	avro_num(out, INT64_C(1600000000000000000));
	avro_num(out, pid);
	avro_num(out, 0x80 | 0x100 | 0x400);
	avro_num(out, 1);
	avro_num(out, INT64_C(1600000001000000000));
	avro_foid(out, id);
	avro_num(out, 3);
	avro_num(out, 2);
	avro_num(out, 0);
	avro_num(out, bytes);
	avro_num(out, 0);
}

#endif
