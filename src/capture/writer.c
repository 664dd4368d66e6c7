/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a capture is written: section header, metadata in the order it comes, events. Implements
 * the writing half of eyas/capture.h.
 */
#include "capture/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/le.h"
#include "base/opts.h"
#include "capture/block.h"
#include "capture/compat.h"
#include "capture/meta_write.h"
#include "capture/out.h"

/*
 * Invariant: a metadata entry is either in meta or, as part of a whole block, in out; out holds
 * nothing that came after an entry still in meta.
 */
struct eyas_writer {
	struct eyas_out out;
	struct eyas_meta meta;
	struct eyas_str scratch;	      /* an event as the compat reader takes it */
	struct eyas_str enter, enter_scratch; /* the enter event in front of it */
	/* By type: enter events that come by themselves, so that none need be made. */
	uint64_t enters_given[(EYAS_EVENT_TYPES + 63) / 64];
	uint64_t events;
	uint64_t events_left_out;
	uint32_t compat;
	bool in_section;     /* something was written since the last section header */
	bool in_events;	     /* an event was: metadata now needs a new section */
	struct eyas_err err; /* the first failure of the loader half or of out */
};

/* Size of a whole block around size bytes of body. */
static uint64_t block_size(uint64_t size)
{
	return (BLOCK_HEAD + size + BLOCK_TRAILER + 3) & ~UINT64_C(3);
}

static int writer_fail(struct eyas_writer *writer, int code, const char *what)
{
	if (writer->err.code)
		return writer->err.code;
	if (writer->out.err.code)
		writer->err = writer->out.err;
	else
		eyas_err_set(&writer->err, code, "%s: %s: %s", writer->out.path, what,
			     eyas_strerror(code));
	return writer->err.code;
}

int eyas_writer_error(const struct eyas_writer *writer, struct eyas_err *reterr)
{
	if (writer->err.code && reterr)
		*reterr = writer->err;
	return writer->err.code;
}

static int section_write(struct eyas_writer *writer)
{
	const size_t total = BLOCK_HEAD + SECTION_BODY + BLOCK_TRAILER;
	uint8_t *to = eyas_out_reserve(&writer->out, total);

	if (!to)
		return writer_fail(writer, -EIO, "section header");
	eyas_put_le32(to, BLOCK_SECTION);
	eyas_put_le32(to + 4, (uint32_t)total);
	eyas_put_le32(to + 8, SECTION_MAGIC);
	eyas_put_le16(to + 12, SECTION_VERSION_MAJOR);
	eyas_put_le16(to + 14, SECTION_VERSION_MINOR);
	/* The length of a section is not known when it begins, and nobody reads it. */
	eyas_put_le64(to + 16, UINT64_MAX);
	eyas_put_le32(to + total - BLOCK_TRAILER, (uint32_t)total);
	eyas_out_commit(&writer->out, total);
	writer->in_section = false;
	writer->in_events = false;
	return 0;
}

/* ---- metadata ---- */

int eyas_writer_section(struct eyas_writer *writer)
{
	int err;

	if (writer->err.code)
		return writer->err.code;
	err = eyas_meta_end(&writer->meta);
	if (err)
		return writer_fail(writer, err, "metadata");
	return writer->in_section ? section_write(writer) : 0;
}

/*
 * Readers take metadata behind an event for the end of the section, and then want a section
 * header: without one the rest of the file could not be read.
 */
static int meta_begin(void *ctx)
{
	struct eyas_writer *writer = ctx;

	if (writer->err.code)
		return writer->err.code;
	if (writer->in_events)
		return writer_fail(writer, EYAS_E_USAGE,
				   "metadata after events, without a section");
	writer->in_section = true;
	return 0;
}

/* The sink of the metadata blocks. */
static int block_write(void *ctx, const void *block, size_t size)
{
	struct eyas_writer *writer = ctx;
	struct iovec piece = { .iov_base = (void *)(uintptr_t)block, .iov_len = size };

	return eyas_out_block(&writer->out, &piece, 1);
}

static int meta_section(void *ctx)
{
	return eyas_writer_section(ctx);
}

static int meta_fail(void *ctx, int code, const char *what)
{
	return writer_fail(ctx, code, what);
}

static const struct eyas_meta_owner meta_owner = { meta_section, meta_begin, meta_fail,
						   block_write };

/* ---- opening ---- */

static int opts_take(const struct eyas_writer_opts *opts, struct eyas_writer_opts *ret_opts,
		     struct eyas_err *reterr)
{
	int err = eyas_opts_copy(ret_opts, sizeof(*ret_opts), opts, "writer", reterr);

	if (!err && ret_opts->compat > EYAS_COMPAT_SYSDIG_0_29)
		return eyas_err_set(reterr, -EINVAL, "compatibility %u is not known",
				    ret_opts->compat);
	return err;
}

int eyas_writer_open(const char *path, const struct eyas_writer_opts *opts,
		     struct eyas_writer **ret_writer, struct eyas_err *reterr)
{
	struct eyas_writer_opts given;
	struct eyas_writer *writer;
	int err = opts_take(opts, &given, reterr);

	if (err)
		return err;
	writer = calloc(1, sizeof(*writer));
	if (!writer)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	err = eyas_out_open(&writer->out, path, given.compression, given.level, reterr);
	if (err) {
		free(writer);
		return err;
	}
	writer->compat = given.compat;
	eyas_meta_init(&writer->meta, given.compat, &meta_owner, writer);
	/* An empty buffer has room for it: this cannot fail. */
	err = section_write(writer);
	if (!err)
		*ret_writer = writer;
	return err;
}

int eyas_writer_blocks(struct eyas_writer *writer, const void *blocks, size_t size)
{
	const uint8_t *from = blocks;
	size_t total;
	int err = meta_begin(writer);

	for (; size && !err; from += total, size -= total) {
		total = eyas_le32(from + 4);
		err = block_write(writer, from, total);
		if (err)
			err = writer_fail(writer, err, "metadata");
	}
	return err;
}

void eyas_writer_loader(struct eyas_writer *writer, struct eyas_loader *ret_loader)
{
	eyas_meta_loader(&writer->meta, ret_loader);
}

/* ---- events ---- */

/* The flags that the file carries. Readers know events of large types by their block. */
static uint32_t stored_flags(const struct eyas_event *event)
{
	return event->flags & 0xffff & ~(uint32_t)EYAS_EVENT_LARGE;
}

static uint32_t event_block_type(const struct eyas_event *event, uint32_t flags)
{
	if (event->info->flags & EYAS_EF_LARGE_PAYLOAD)
		return flags ? BLOCK_EVENT_FLAGS_V2_LARGE : BLOCK_EVENT_V2_LARGE;
	return flags ? BLOCK_EVENT_FLAGS_V2 : BLOCK_EVENT_V2;
}

static uint64_t event_block_size(uint32_t len, uint32_t flags)
{
	return block_size((flags ? 6 : 2) + (uint64_t)len);
}

uint64_t eyas_writer_event_size(const struct eyas_event *event)
{
	return event_block_size(event->len, stored_flags(event));
}

/* Up to six bytes in front of the event: the cpu, and flags if there are any. */
static uint8_t *event_head(uint8_t *to, const struct eyas_event *event, uint32_t flags,
			   uint32_t total)
{
	eyas_put_le32(to, event_block_type(event, flags));
	eyas_put_le32(to + 4, total);
	eyas_put_le16(to + 8, event->cpu);
	if (!flags)
		return to + 10;
	eyas_put_le32(to + 10, flags);
	return to + 14;
}

static int event_large(struct eyas_writer *writer, const struct eyas_event *event,
		       const uint8_t *bytes, uint32_t len, uint32_t flags, uint32_t total)
{
	uint8_t head[BLOCK_HEAD + 6], tail[3 + BLOCK_TRAILER] = { 0 };
	size_t head_len = (size_t)(event_head(head, event, flags, total) - head);
	size_t tail_len = total - head_len - len;
	struct iovec pieces[] = {
		{ .iov_base = head, .iov_len = head_len },
		{ .iov_base = (void *)(uintptr_t)bytes, .iov_len = len },
		{ .iov_base = tail, .iov_len = tail_len },
	};

	eyas_put_le32(tail + tail_len - BLOCK_TRAILER, total);
	if (eyas_out_block(&writer->out, pieces, 3))
		return writer_fail(writer, -EIO, "event");
	return 0;
}

static int event_put(struct eyas_writer *writer, const struct eyas_event *event,
		     const uint8_t *bytes, uint32_t len)
{
	uint32_t flags = stored_flags(event);
	uint64_t size = event_block_size(len, flags);
	uint32_t total = (uint32_t)size;
	uint8_t *block, *to;

	if (size > UINT32_MAX)
		return -EINVAL;
	block = eyas_out_reserve(&writer->out, total);
	if (!block)
		return event_large(writer, event, bytes, len, flags, total);
	/* The padding lies within the last eight bytes. */
	eyas_put_le32(block + total - 2 * BLOCK_TRAILER, 0);
	to = event_head(block, event, flags, total);
	memcpy(to, bytes, len);
	eyas_put_le32(block + total - BLOCK_TRAILER, total);
	eyas_out_commit(&writer->out, total);
	return 0;
}

/* Before the first event of a section: its metadata is complete. Out of line, it is rare. */
static __attribute__((noinline)) int events_begin(struct eyas_writer *writer)
{
	int err = writer->err.code;

	if (!err && (err = eyas_meta_end(&writer->meta)))
		err = writer_fail(writer, err, "metadata");
	if (!err) {
		writer->in_section = true;
		writer->in_events = true;
	}
	return err;
}

/* For the compat reader: the enter event in front of an exit event, if there is one to make. */
static int enter_put(struct eyas_writer *writer, const struct eyas_event *event, unsigned written)
{
	struct eyas_event enter;
	const uint8_t *bytes;
	uint32_t len;
	int err;

	if (!(written & 1)) {
		writer->enters_given[written / 64] |= UINT64_C(1) << written % 64;
		return 0;
	}
	if (writer->enters_given[written / 64] >> (written - 1) % 64 & 1)
		return 0;
	err = eyas_compat_enter(&writer->enter, event, written, &enter);
	if (err == 1)
		err = eyas_compat_event(&writer->enter_scratch, &enter, &bytes, &len);
	return err == 1 ? event_put(writer, &enter, bytes, len) : err;
}

int eyas_writer_event(struct eyas_writer *writer, const struct eyas_event *event,
		      struct eyas_err *reterr)
{
	const uint8_t *bytes = event->bytes;
	uint32_t len = event->len;
	int err;

	/* What a stale or hand-made view would break: the file could not be read any more. */
	if (!event->info || len < EYAS_EVENT_HEADER_SIZE || eyas_le32(bytes + 16) != len ||
	    eyas_le16(bytes + 20) != event->type)
		return eyas_err_set(reterr, -EINVAL, "%s: event %llu is not in the current layout",
				    writer->out.path, (unsigned long long)event->num);
	if (!writer->in_events || writer->err.code) {
		err = events_begin(writer);
		if (err)
			goto fail;
	}
	if (writer->compat) {
		err = eyas_compat_event(&writer->scratch, event, &bytes, &len);
		if (err < 0) {
			writer_fail(writer, err, "event");
			goto fail;
		}
		if (!err || (!(event->info->flags & EYAS_EF_LARGE_PAYLOAD) &&
			     event_block_size(len, stored_flags(event)) > EYAS_COMPAT_BLOCK_MAX)) {
			writer->events_left_out++;
			return 0;
		}
		err = enter_put(writer, event, eyas_le16(bytes + 20));
		if (err < 0) {
			writer_fail(writer, err, "event");
			goto fail;
		}
	}
	err = event_put(writer, event, bytes, len);
	if (!err) {
		writer->events++;
		return 0;
	}
	if (!writer->err.code)
		return eyas_err_set(reterr, err, "%s: event of %u bytes is too large",
				    writer->out.path, len);
fail:
	return eyas_writer_error(writer, reterr);
}

int eyas_writer_flush(struct eyas_writer *writer, struct eyas_err *reterr)
{
	int err;

	if (!writer->err.code) {
		err = eyas_meta_end(&writer->meta);
		if (!err)
			err = eyas_out_flush(&writer->out);
		if (err)
			writer_fail(writer, err, "flush");
	}
	return eyas_writer_error(writer, reterr);
}

uint64_t eyas_writer_pending(const struct eyas_writer *writer)
{
	return eyas_out_pending(&writer->out);
}

/* The most the file can have, with size more bytes, should nothing of it shrink. */
static uint64_t bytes_at_most(const struct eyas_writer *writer, uint64_t size)
{
	if (writer->out.compression == EYAS_COMPRESS_NONE)
		return eyas_out_bytes(&writer->out) + size;
	size += eyas_writer_pending(writer);
	/* Headers and framing of gzip and zstd: below 1/1000 and 64 bytes. */
	return writer->out.bytes_out + size + size / 1000 + 64;
}

int eyas_writer_exceeds(struct eyas_writer *writer, uint64_t size, uint64_t limit,
			struct eyas_err *reterr)
{
	int err;

	if (bytes_at_most(writer, size) <= limit)
		return 0;
	if (writer->out.compression == EYAS_COMPRESS_NONE)
		return 1;
	if (writer->out.bytes_out + limit / 64 >= limit || !eyas_writer_pending(writer))
		return 1;
	err = eyas_writer_flush(writer, reterr);
	if (err)
		return err;
	return bytes_at_most(writer, size) > limit;
}

void eyas_writer_stats(const struct eyas_writer *writer, struct eyas_writer_stats *ret_stats)
{
	*ret_stats = (struct eyas_writer_stats){
		.events = writer->events,
		.bytes = eyas_out_bytes(&writer->out),
		.bytes_out = writer->out.bytes_out,
		.events_left_out = writer->events_left_out,
		.fds_left_out = writer->meta.fds_left_out,
	};
}

int eyas_writer_finish(struct eyas_writer *writer, struct eyas_writer_stats *ret_stats,
		       struct eyas_err *reterr)
{
	struct eyas_err last;
	int err, code;

	if (!writer->err.code) {
		err = eyas_meta_end(&writer->meta);
		if (err)
			writer_fail(writer, err, "metadata");
	}
	/* What failed stays a .part, with all that could be written. */
	code = eyas_out_close(&writer->out, !writer->err.code, &last);
	if (writer->err.code)
		code = eyas_writer_error(writer, reterr);
	else if (code && reterr)
		*reterr = last;
	eyas_writer_stats(writer, ret_stats);
	eyas_meta_fini(&writer->meta);
	eyas_str_fini(&writer->scratch);
	eyas_str_fini(&writer->enter);
	eyas_str_fini(&writer->enter_scratch);
	free(writer);
	return code;
}

int eyas_writer_close(struct eyas_writer *writer, struct eyas_err *reterr)
{
	struct eyas_writer_stats stats;

	return writer ? eyas_writer_finish(writer, &stats, reterr) : 0;
}
