/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes a SysFlow file apart, with no code of the library: its head, and what is in its blocks one
 * after another (but for snappy, whose blocks are only counted). Anything that is not as it should be
 * fails the test.
 */
#ifndef TESTS_SFFILE_H
#define TESTS_SFFILE_H

#include "unit/harness.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/str.h"

struct sffile {
	char codec[16], sync[16];
	char *schema;
	uint64_t records, blocks, smallest, largest; /* blocks: without the last, uncompressed */
	struct eyas_str data;
};

struct sfbytes {
	const uint8_t *at, *end;
};

static inline uint64_t sf_number(struct sfbytes *in)
{
	uint64_t value = 0;
	unsigned shift = 0;

	for (;; shift += 7) {
		CHECK(in->at < in->end && shift < 64);
		value |= (uint64_t)(*in->at & 0x7f) << shift;
		if (!(*in->at++ & 0x80))
			break;
	}
	CHECK(!(value & 1));
	return value >> 1;
}

static inline const uint8_t *sf_take(struct sfbytes *in, uint64_t len)
{
	const uint8_t *at = in->at;

	CHECK((uint64_t)(in->end - in->at) >= len);
	in->at += len;
	return at;
}

static inline void sf_text(struct sfbytes *in, const char *want)
{
	uint64_t len = sf_number(in);

	CHECK_INT(len, strlen(want));
	CHECK(!memcmp(sf_take(in, len), want, len));
}

static inline void sf_unpack(struct sffile *file, const uint8_t *data, uint64_t len)
{
	if (!strcmp(file->codec, "null")) {
		eyas_str_add(&file->data, data, len);
	} else if (!strcmp(file->codec, "deflate")) {
		z_stream z = { .next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)len };
		size_t room = 8 << 20;

		CHECK_INT(inflateInit2(&z, -15), Z_OK);
		z.next_out = (Bytef *)eyas_str_reserve(&file->data, room);
		CHECK(z.next_out);
		z.avail_out = (uInt)room;
		CHECK_INT(inflate(&z, Z_FINISH), Z_STREAM_END);
		CHECK(!z.avail_in);
		file->data.len += z.total_out;
		inflateEnd(&z);
	}
}

static inline void sf_parse(struct sffile *file, const void *data, size_t len)
{
	struct sfbytes in = { data, (const uint8_t *)data + len };
	uint64_t count, size, before, last = 0;

	memset(file, 0, sizeof(*file));
	CHECK(!memcmp(sf_take(&in, 4), "Obj\x01", 4));
	CHECK_INT(sf_number(&in), 2);
	sf_text(&in, "avro.codec");
	size = sf_number(&in);
	CHECK(size < sizeof(file->codec));
	memcpy(file->codec, sf_take(&in, size), size);
	sf_text(&in, "avro.schema");
	size = sf_number(&in);
	file->schema = strndup((const char *)sf_take(&in, size), size);
	CHECK_INT(sf_number(&in), 0);
	memcpy(file->sync, sf_take(&in, 16), 16);
	while (in.at < in.end) {
		count = sf_number(&in);
		size = sf_number(&in);
		CHECK(count && size);
		if (file->blocks && (!file->smallest || last < file->smallest))
			file->smallest = last;
		if (last > file->largest)
			file->largest = last;
		before = file->data.len;
		sf_unpack(file, sf_take(&in, size), size);
		CHECK(!memcmp(sf_take(&in, 16), file->sync, 16));
		last = file->data.len - before;
		file->records += count;
		file->blocks++;
	}
	CHECK(!file->data.nomem);
}

static inline void sf_read(struct sffile *file, const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	char *data;

	CHECK(fd >= 0 && !fstat(fd, &st));
	data = malloc((size_t)st.st_size + 1);
	CHECK(data && read(fd, data, (size_t)st.st_size) == st.st_size);
	close(fd);
	sf_parse(file, data, (size_t)st.st_size);
	free(data);
}

static inline void sf_free(struct sffile *file)
{
	free(file->schema);
	eyas_str_fini(&file->data);
}

#endif
