/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures byte by byte, for tests that need what no writer would write: blocks are built in a
 * growing string and stored in the directory of the running test.
 */
#ifndef TESTS_RAWCAP_H
#define TESTS_RAWCAP_H

#include "unit/harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <eyas/event.h>

#include "base/le.h"
#include "base/str.h"
#include "schema/ids.h"

static inline void raw_u8(struct eyas_str *out, unsigned v)
{
	eyas_str_putc(out, (char)v);
}

static inline void raw_u16(struct eyas_str *out, unsigned v)
{
	uint8_t b[2];

	eyas_put_le16(b, (uint16_t)v);
	eyas_str_add(out, b, sizeof(b));
}

static inline void raw_u32(struct eyas_str *out, uint32_t v)
{
	eyas_str_add(out, &v, sizeof(v));
}

static inline void raw_u64(struct eyas_str *out, uint64_t v)
{
	eyas_str_add(out, &v, sizeof(v));
}

/* u16 length and the bytes, as all strings of the format. */
static inline void raw_str(struct eyas_str *out, const char *text)
{
	raw_u16(out, (unsigned)strlen(text));
	eyas_str_puts(out, text);
}

/* Head of a block; the place is what raw_end() wants. */
static inline size_t raw_begin(struct eyas_str *out, uint32_t type)
{
	size_t at = out->len;

	raw_u32(out, type);
	raw_u32(out, 0);
	return at;
}

static inline void raw_end(struct eyas_str *out, size_t at)
{
	while ((out->len - at) % 4)
		raw_u8(out, 0);
	raw_u32(out, (uint32_t)(out->len + 4 - at));
	eyas_put_le32(out->data + at + 4, (uint32_t)(out->len - at));
}

static inline void raw_section(struct eyas_str *out)
{
	size_t at = raw_begin(out, 0x0a0d0d0a);

	raw_u32(out, 0x1a2b3c4d);
	raw_u16(out, 1);
	raw_u16(out, 2);
	raw_u64(out, UINT64_MAX);
	raw_end(out, at);
}

/* An event block, with flags when there are any. */
static inline void raw_event(struct eyas_str *out, unsigned cpu, uint32_t flags, const void *event,
			     size_t len)
{
	unsigned type = eyas_le16((const char *)event + 20);
	const struct eyas_event_info *info = eyas_event_info(type);
	bool large = info && info->flags & EYAS_EF_LARGE_PAYLOAD;
	size_t at = raw_begin(out, flags ? (large ? 0x222 : 0x217) : (large ? 0x221 : 0x216));

	raw_u16(out, cpu);
	if (flags)
		raw_u32(out, flags);
	eyas_str_add(out, event, len);
	raw_end(out, at);
}

/* close of today: res 0. */
static inline void raw_close(struct eyas_str *out, uint64_t ts_ns, uint64_t tid, int64_t fd)
{
	struct eyas_encoder enc;
	uint8_t buf[64];
	int len;

	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_CLOSE_X, ts_ns, tid);
	eyas_put_int(&enc, 0);
	eyas_put_int(&enc, fd);
	len = eyas_encoder_end(&enc);
	CHECK(len > 0);
	raw_event(out, 0, 0, buf, (size_t)len);
}

/* An event of any type with its first nparams parameters, each missing. */
static inline void raw_empty(struct eyas_str *out, unsigned type, unsigned nparams, uint64_t ts_ns,
			     uint64_t tid)
{
	const struct eyas_event_info *info = eyas_event_info(type);
	unsigned len_size = info && info->flags & EYAS_EF_LARGE_PAYLOAD ? 4 : 2;
	uint8_t buf[26 + 4 * 64] = { 0 };

	CHECK(nparams <= 64);
	eyas_put_le64(buf, ts_ns);
	eyas_put_le64(buf + 8, tid);
	eyas_put_le32(buf + 16, 26 + nparams * len_size);
	eyas_put_le16(buf + 20, (uint16_t)type);
	eyas_put_le32(buf + 22, nparams);
	raw_event(out, 0, 0, buf, 26 + nparams * len_size);
}

/* Keep the first nparams parameters of an event of u16 lengths; returns its new length. */
static inline size_t raw_trim(uint8_t *event, unsigned nparams)
{
	uint32_t had = eyas_le32(event + 22), sum = 0;
	unsigned i;

	CHECK(nparams <= had);
	for (i = 0; i < nparams; i++)
		sum += eyas_le16(event + 26 + 2 * i);
	memmove(event + 26 + 2 * nparams, event + 26 + 2 * had, sum);
	eyas_put_le32(event + 22, nparams);
	eyas_put_le32(event + 16, 26 + 2 * nparams + sum);
	return 26 + 2 * nparams + sum;
}

/* A path in the test's directory; good for as long as the test runs. */
static inline const char *raw_path(const char *name)
{
	static char paths[32][320];
	static unsigned next;
	char *path = paths[next++ % 32];

	CHECK(snprintf(path, sizeof(paths[0]), "%s/%s", test_tmpdir(), name) <
	      (int)sizeof(paths[0]));
	return path;
}

static inline const char *raw_store(const char *name, const void *data, size_t len)
{
	const char *path = raw_path(name);
	FILE *f = fopen(path, "wb");

	CHECK(f);
	CHECK(!len || fwrite(data, 1, len, f) == len);
	CHECK_INT(fclose(f), 0);
	return path;
}

#endif
