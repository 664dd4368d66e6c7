/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The blocks of one capture file, in order: what each is, whether it is sound, and who takes
 * it. Called by source.c. What is damaged inside a block is reported and skipped; what breaks
 * the chain of blocks ends the file, after the events before it were delivered.
 */
#include "capture/file.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/hint.h"
#include "capture/block.h"
#include "capture/meta_read.h"
#include "schema/event.h"
#include "schema/ids.h"

int capture_file_open(struct capture_file *file, const char *path,
		      const struct eyas_source_opts *opts, struct eyas_source_stats *stats,
		      struct eyas_err *reterr)
{
	int err;

	memset(file, 0, sizeof(*file));
	file->damage = (struct damage){ path, stats, opts };
	file->opts = opts;
	file->stats = stats;
	file->prologue = true;
	err = stream_open(&file->stream, path, reterr);
	if (err) {
		eyas_err_prefix(reterr, path);
		return err;
	}
	file->stream.interrupted = opts->interrupted;
	file->stream.interrupted_ctx = opts->interrupted_ctx;
	converter_init(&file->converter, opts->max_stored_bytes, opts->watch, stats);
	return 0;
}

void capture_file_close(struct capture_file *file)
{
	stream_close(&file->stream);
	converter_fini(&file->converter);
	eyas_str_fini(&file->upgraded);
}

/*
 * The stream ends within need bytes that began at begin; have of them were there. The message
 * points at the beginning, that of a fault below (a gzip file that is damaged) at the place.
 */
static EYAS_COLD int cut_short(struct capture_file *file, uint64_t begin, uint64_t need,
			       uint64_t have, const char *what, struct eyas_err *reterr)
{
	int err = stream_fault(&file->stream, reterr);

	if (err)
		return err;
	return eyas_err_at(reterr, EYAS_E_TRUNC, begin,
			   "%s of %llu bytes, but the input ends after %llu of them", what,
			   (unsigned long long)need, (unsigned long long)have);
}

static EYAS_COLD int read_section(struct capture_file *file, uint32_t total,
				  struct eyas_err *reterr)
{
	const struct eyas_loader *loader = file->opts->loader;
	struct stream *stream = &file->stream;
	uint64_t begin = stream->offset, have;
	const uint8_t *p;
	uint32_t magic;
	uint16_t major;
	int err;

	have = stream_peek(stream, BLOCK_HEAD + SECTION_BODY, &p);
	if (have < BLOCK_HEAD + SECTION_BODY)
		return cut_short(file, begin, total, have, "section header", reterr);
	magic = eyas_le32(p + BLOCK_HEAD);
	major = eyas_le16(p + BLOCK_HEAD + 4);
	if (magic == __builtin_bswap32(SECTION_MAGIC))
		return eyas_err_at(reterr, EYAS_E_FORMAT, stream->offset + BLOCK_HEAD,
				   "byte-swapped capture, written on a big-endian machine; only "
				   "little-endian ones can be read");
	if (magic != SECTION_MAGIC)
		return eyas_err_at(reterr, EYAS_E_FORMAT, stream->offset + BLOCK_HEAD,
				   "magic is 0x%08x, expected 0x%08x", magic, SECTION_MAGIC);
	if (major > SECTION_VERSION_MAJOR)
		return eyas_err_at(reterr, EYAS_E_VERSION, stream->offset + BLOCK_HEAD + 4,
				   "capture format %u.%u, known are versions up to %d", major,
				   eyas_le16(p + BLOCK_HEAD + 6), SECTION_VERSION_MAJOR);
	if (total < BLOCK_HEAD + SECTION_BODY + BLOCK_TRAILER)
		return eyas_err_at(reterr, EYAS_E_FORMAT, stream->offset + 4,
				   "section header of %u bytes, expected %d or more", total,
				   BLOCK_HEAD + SECTION_BODY + BLOCK_TRAILER);
	file->stats->version_major = major;
	file->stats->version_minor = eyas_le16(p + BLOCK_HEAD + 6);
	file->stats->sections++;
	file->stats->thread_version = 0;
	have = stream_skip(stream, total);
	if (have < total)
		return cut_short(file, begin, total, have, "section header", reterr);
	if (file->in_section)
		converter_reset(&file->converter);
	file->in_section = true;
	file->in_events = false;
	file->prologue = true;
	err = loader && loader->section && !file->keep_section ? loader->section(loader->ctx) : 0;
	return err < 0 ? err : 0;
}

/* Step over a block that nobody wants. */
static EYAS_COLD int skip_block(struct capture_file *file, uint32_t total, struct eyas_err *reterr)
{
	uint64_t begin = file->stream.offset, done = stream_skip(&file->stream, total);

	if (done < total)
		return cut_short(file, begin, total, done, "block", reterr);
	return 0;
}

/*
 * The number of parameters of an event v1, whose header lacks it: the count whose lengths and
 * values end exactly at the event's. -1 when none does.
 */
static int v1_nparams(const uint8_t *event, uint32_t len, const struct eyas_event_info *info)
{
	const uint8_t *lens = event + 22;
	uint64_t end;
	int n, i;

	for (n = info->nparams; n >= 0; n--) {
		end = 22 + 2 * (uint64_t)n;
		if (end > len)
			continue;
		for (i = 0; i < n; i++)
			end += eyas_le16(lens + 2 * i);
		if (end == len)
			return n;
		if (end < len)
			return -1;
	}
	return -1;
}

/* Rewrite an event v1 (22-byte header, u16 lengths) in the current layout. */
static EYAS_COLD int upgrade_v1(struct capture_file *file, const uint8_t *body, size_t size,
				const uint8_t **ret_bytes, size_t *ret_size,
				struct eyas_err *reterr)
{
	struct eyas_str *out = &file->upgraded;
	const struct eyas_event_info *info;
	uint32_t len, type;
	int n, i;

	if (size < 22)
		return eyas_err_set(reterr, EYAS_E_TRUNC, "event of %zu bytes, a header takes 22",
				    size);
	len = eyas_le32(body + 16);
	type = eyas_le16(body + 20);
	info = eyas_event_info(type);
	if (!info)
		return EYAS_E_VERSION;
	/* Writers of that time counted three bytes of padding into these two. */
	if ((type == EYAS_EV_NOTIFICATION_E || type == EYAS_EV_INFRASTRUCTURE_EVENT_E) && len >= 3)
		len -= 3;
	if (len < 22 || len > size)
		return eyas_err_set(reterr, EYAS_E_TRUNC,
				    "event says it has %u bytes, expected 22 to %zu", len, size);
	n = v1_nparams(body, len, info);
	if (n < 0)
		return eyas_err_set(reterr, EYAS_E_FORMAT,
				    "parameter lengths of %s event do not add up to its %u bytes",
				    info->name, len);
	out->len = 0;
	eyas_str_add(out, body, 22);
	eyas_str_add(out, &(uint32_t){ (uint32_t)n }, 4);
	for (i = 0; i < n; i++)
		eyas_str_add(out, &(uint32_t){ eyas_le16(body + 22 + 2 * i) }, eyas_len_size(info));
	eyas_str_add(out, body + 22 + 2 * n, len - 22 - 2 * (uint32_t)n);
	if (out->nomem)
		return eyas_err_set(reterr, -ENOMEM, "no memory for an event of %u bytes", len);
	eyas_put_le32(out->data + 16, (uint32_t)out->len);
	*ret_bytes = (const uint8_t *)out->data;
	*ret_size = out->len;
	return 0;
}

/*
 * The enter events that survive conversion are there so that state can compare a path before
 * and after the call; nobody counts them as events.
 */
static bool is_hidden_enter(const struct eyas_event *event)
{
	return !(event->type & 1) && (event->info->category & EYAS_EC_SYSCALL);
}

/* How event blocks differ: behind the head a cpu id, in some flags, then the event. */
struct event_block {
	uint8_t event_at; /* offset of the event in the block; 0 = it is no event block */
	uint8_t version;
	bool flags;
};

/* Of the types from BLOCK_MACHINE on, which are those of today but for the section header. */
static const struct event_block event_blocks[] = {
	[BLOCK_EVENT_V1 - BLOCK_MACHINE] = { BLOCK_HEAD + 2, 1, false },
	[BLOCK_EVENT_FLAGS_V1 - BLOCK_MACHINE] = { BLOCK_HEAD + 6, 1, true },
	[BLOCK_EVENT_V2 - BLOCK_MACHINE] = { BLOCK_HEAD + 2, 2, false },
	[BLOCK_EVENT_FLAGS_V2 - BLOCK_MACHINE] = { BLOCK_HEAD + 6, 2, true },
	[BLOCK_EVENT_V2_LARGE - BLOCK_MACHINE] = { BLOCK_HEAD + 2, 2, false },
	[BLOCK_EVENT_FLAGS_V2_LARGE - BLOCK_MACHINE] = { BLOCK_HEAD + 6, 2, true },
};

static const struct event_block *event_block(uint32_t type)
{
	const uint32_t index = type - BLOCK_MACHINE;

	if (index < sizeof(event_blocks) / sizeof(event_blocks[0]))
		return &event_blocks[index];
	return &event_blocks[type == BLOCK_EVENT_V1_OLD ? BLOCK_EVENT_V1 - BLOCK_MACHINE : 0];
}

/*
 * An event block that cannot be used, for what err and the words in reterr say. 0 = go on, it was
 * reported or counted; else a failure that ends the file.
 */
static EYAS_COLD int event_fault(struct capture_file *file, int err, uint64_t offset,
				 struct eyas_err *reterr)
{
	if (err == -ENOMEM)
		return err;
	if (err == EYAS_E_VERSION) {
		file->stats->events_newer++;
	} else {
		reterr->offset = offset;
		damage_report(&file->damage, reterr);
	}
	reterr->code = 0;
	return 0;
}

/* The lengths at both ends of a block differ; the first one led to a sound event. */
static EYAS_COLD void report_trailer(struct capture_file *file, const uint8_t *block,
				     uint32_t total, uint64_t offset)
{
	struct eyas_err damage;

	eyas_err_at(&damage, EYAS_E_FORMAT, offset + total - BLOCK_TRAILER,
		    "block ends with length %u, it began with %u",
		    eyas_le32(block + total - BLOCK_TRAILER), total);
	damage_report(&file->damage, &damage);
}

/*
 * One event block, whole in memory. 1 = file->event, 0 = nothing to deliver (stored, newer than
 * we know, or damaged and reported), else a failure that ends the file. Words go to reterr all the
 * time: one more struct of them on the stack, and the compiler makes this a call.
 */
static inline int take_event(struct capture_file *file, const uint8_t *block, uint32_t total,
			     const struct event_block *shape, struct eyas_err *reterr)
{
	struct eyas_event *event = &file->event;
	uint64_t offset = file->stream.offset - total;
	const uint8_t *bytes = block + shape->event_at;
	size_t size = total - BLOCK_TRAILER - shape->event_at;
	int err = 0;

	file->in_events = true;
	file->stats->events++;
	file->stats->event_version = shape->version;
	if (shape->version == 1)
		err = upgrade_v1(file, bytes, size, &bytes, &size, reterr);
	if (!err)
		err = eyas_event_view_checked(bytes, size, event, reterr);
	if (err)
		return event_fault(file, err, offset, reterr);
	event->offset = offset;
	event->cpu = eyas_le16(block + BLOCK_HEAD);
	if (shape->flags)
		event->flags = eyas_le32(block + BLOCK_HEAD + 2) & 0xffff;
	if (eyas_le32(bytes + 22) > event->nparams)
		file->stats->events_longer++;
	if (eyas_le32(block + total - BLOCK_TRAILER) != total)
		report_trailer(file, block, total, offset);
	if (!file->opts->raw_schema) {
		err = converter_run(&file->converter, event, reterr);
		if (!err)
			return 0;
		if (err < 0)
			return event_fault(file, err, offset, reterr);
		if (is_hidden_enter(event))
			event->flags |= EYAS_EVENT_HIDDEN;
	}
	if (file->prologue) {
		if (eyas_type_is_prologue(event->type))
			event->flags |= EYAS_EVENT_HIDDEN;
		else
			file->prologue = false;
	}
	return 1;
}

/* An event block whose length is impossible is stepped over. */
static EYAS_COLD int bad_event_block(struct capture_file *file, uint32_t total, uint32_t least,
				     struct eyas_err *reterr)
{
	uint64_t limit = file->opts->max_block_bytes;
	struct eyas_err damage;

	eyas_err_at(&damage, total > limit ? EYAS_E_LIMIT : EYAS_E_FORMAT, file->stream.offset,
		    "event block of %u bytes, expected %u to %llu", total, least,
		    (unsigned long long)limit);
	damage_report(&file->damage, &damage);
	return skip_block(file, total, reterr);
}

/* The event block that the stream stands at; it may be cut, or too large or small. */
static inline int read_event(struct capture_file *file, uint32_t total,
			     const struct event_block *shape, struct eyas_err *reterr)
{
	struct stream *stream = &file->stream;
	uint32_t least = shape->event_at + (uint32_t)BLOCK_TRAILER;
	const uint8_t *p;
	size_t have;

	if (total > file->opts->max_block_bytes || total < least)
		return bad_event_block(file, total, least, reterr);
	have = stream_peek(stream, total, &p);
	if (have < total)
		return cut_short(file, stream->offset, total, have, "event block", reterr);
	stream_advance(stream, total);
	return take_event(file, p, total, shape, reterr);
}

/* Metadata, or a block of a type that a newer writer has. */
static EYAS_COLD int read_other(struct capture_file *file, uint32_t type, uint32_t total,
				struct eyas_err *reterr)
{
	const struct meta_reader reader = { &file->stream, file->opts->loader, file->stats,
					    &file->damage, file->opts->max_block_bytes };
	struct eyas_err damage;

	if (!meta_is_block(type)) {
		file->stats->blocks_skipped++;
		return skip_block(file, total, reterr);
	}
	if (!file->in_events)
		return meta_read(&reader, type, total, reterr);
	/* State cannot change under events that were already handed on. */
	eyas_err_at(
		&damage, EYAS_E_FORMAT, file->stream.offset,
		"metadata (block type 0x%x) behind events, expected an event or a section header",
		type);
	damage_report(&file->damage, &damage);
	return skip_block(file, total, reterr);
}

/* The input ends where a block should begin, or within its head. */
static EYAS_COLD int no_block(struct capture_file *file, size_t have, struct eyas_err *reterr)
{
	struct stream *stream = &file->stream;

	if (have || stream->err)
		return cut_short(file, stream->offset, BLOCK_HEAD, have, "block head", reterr);
	if (!file->in_section)
		return eyas_err_at(reterr, EYAS_E_TRUNC, 0,
				   "the input is empty, expected a capture");
	return EYAS_E_END;
}

/* Can a block of this type and length stand here at all? */
static EYAS_COLD int check_head(const struct capture_file *file, uint32_t type, uint32_t total,
				struct eyas_err *reterr)
{
	uint64_t offset = file->stream.offset;

	if (!file->in_section && type != BLOCK_SECTION)
		return eyas_err_at(reterr, EYAS_E_FORMAT, offset,
				   "not a capture: begins with 0x%08x, expected a section "
				   "header (0x%08x)",
				   type, BLOCK_SECTION);
	if (total < BLOCK_HEAD + BLOCK_TRAILER)
		return eyas_err_at(reterr, EYAS_E_FORMAT, offset + 4,
				   "block of %u bytes, expected %d or more", total,
				   BLOCK_HEAD + BLOCK_TRAILER);
	return 0;
}

static int file_next(struct capture_file *file, struct eyas_err *reterr)
{
	struct stream *stream = &file->stream;
	const struct event_block *shape;
	uint32_t type, total;
	const uint8_t *p;
	size_t have;
	int err;

	for (;;) {
		have = stream_peek(stream, BLOCK_HEAD, &p);
		if (have < BLOCK_HEAD)
			return no_block(file, have, reterr);
		type = eyas_le32(p);
		total = eyas_le32(p + 4);
		if (!file->in_section || total < BLOCK_HEAD + BLOCK_TRAILER) {
			err = check_head(file, type, total, reterr);
			if (err)
				return err;
		}
		file->stats->blocks++;
		shape = event_block(type);
		if (shape->event_at)
			err = read_event(file, total, shape, reterr);
		else if (type == BLOCK_SECTION)
			err = read_section(file, total, reterr);
		else
			err = read_other(file, type, total, reterr);
		if (err)
			return err;
	}
}

int capture_file_next(struct capture_file *file, struct eyas_event **ret_event,
		      struct eyas_err *why)
{
	int err;

	why->code = 0;
	err = file_next(file, why);
	if (err == 1)
		*ret_event = &file->event;
	else if (err != EYAS_E_END && why->code)
		damage_place(&file->damage, why);
	return err;
}
