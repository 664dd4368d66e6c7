/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a new file begins, what it is called, and what stands at its head. Called by the commands
 * that record and by the session that feeds them.
 */
#include "dump/dump.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"
#include "capture/block.h"
#include "capture/meta_write.h"
#include "capture/writer.h"
#include "dump/names.h"

#define SECTION_BLOCK (BLOCK_HEAD + SECTION_BODY + BLOCK_TRAILER)

/*
 * Without rotation or cut this only passes on. Else metadata takes a detour: meta makes blocks
 * of it, head keeps all of the section, and they reach the file before the section's next event.
 * Where a file begins in the middle of a section, head is made anew from the state.
 * Invariant: head[0 .. head_written) is in the open file, behind that file's last section header.
 */
struct eyas_dump {
	struct eyas_dump_opts opts;
	char *path;
	bool rotating;
	bool collecting;	    /* metadata takes the detour */
	bool by_time_name;	    /* path is a format for strftime() */
	struct eyas_writer *writer; /* NULL between two files */
	struct eyas_meta meta;
	struct eyas_str head;
	size_t head_written;
	bool section_due;	  /* a section began since the last header of the open file */
	bool in_events;		  /* the section has events: its metadata is complete */
	bool cut_due;		  /* the first event behind the cut has not come yet */
	struct eyas_str prologue; /* events that came before it: struct kept_event and bytes */
	struct dump_names names;  /* in the open file */
	uint64_t file_events;	  /* in the open file */
	uint64_t file_first_ns;	  /* time of its first event */
	char *name;		  /* of the file begun last */
	char **ring;		  /* names of the last keep_files files, by number modulo that */
	char *base;		  /* what strftime() made of path for it */
	uint64_t repeat;	  /* files after the first of that base */
	struct eyas_dump_stats stats; /* of the finished files; fds_left_out of the sections */
	struct eyas_err err;	      /* the first failure */
};

static int dump_fail(struct eyas_dump *dump, const struct eyas_err *err)
{
	if (!dump->err.code)
		dump->err = *err;
	return dump->err.code;
}

static int dump_fail_code(struct eyas_dump *dump, int code, const char *what)
{
	struct eyas_err err;

	eyas_err_set(&err, code, "%s: %s: %s", dump->path, what, eyas_strerror(code));
	return dump_fail(dump, &err);
}

static int dump_result(const struct eyas_dump *dump, struct eyas_err *reterr)
{
	if (dump->err.code && reterr)
		*reterr = dump->err;
	return dump->err.code;
}

/* ---- names ---- */

static unsigned digits(uint64_t value)
{
	unsigned n = 1;

	for (; value >= 10; value /= 10)
		n++;
	return n;
}

static int name_numbered(struct eyas_dump *dump, const char *base, uint64_t number, char **ret_name)
{
	unsigned keep = dump->opts.keep_files;
	int n;

	if (keep)
		n = asprintf(ret_name, "%s%0*llu", base, (int)digits(keep - 1),
			     (unsigned long long)(number % keep));
	else
		n = asprintf(ret_name, "%s%llu", base, (unsigned long long)number);
	return n < 0 ? -ENOMEM : 0;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
/* The format is the user's wish, checked by nobody but strftime(). 0 = it does not fit. */
static size_t format_time(char *buf, size_t size, const char *format, const struct tm *tm)
{
	return strftime(buf, size, format, tm);
}
#pragma GCC diagnostic pop

static int name_by_time(struct eyas_dump *dump, uint64_t ts_ns, char **ret_name)
{
	time_t seconds = (time_t)(ts_ns / 1000000000);
	char base[PATH_MAX];
	struct tm tm;
	int n;

	if (!localtime_r(&seconds, &tm))
		return -EOVERFLOW;
	if (!format_time(base, sizeof(base), dump->path, &tm))
		return -ENAMETOOLONG;
	if (dump->opts.rotate_bytes || dump->opts.rotate_events)
		return name_numbered(dump, base, dump->stats.files, ret_name);
	/* Back at the name of a week ago is a wish; at that of the last file, an accident. */
	if (dump->base && !strcmp(dump->base, base)) {
		dump->repeat++;
	} else {
		free(dump->base);
		dump->base = strdup(base);
		if (!dump->base)
			return -ENOMEM;
		dump->repeat = 0;
	}
	if (dump->repeat)
		n = asprintf(ret_name, "%s%llu", base, (unsigned long long)dump->repeat);
	else
		n = asprintf(ret_name, "%s", base);
	return n < 0 ? -ENOMEM : 0;
}

/* Do files follow each other without being told to? */
static bool has_limit(const struct eyas_dump_opts *opts)
{
	return opts->rotate_bytes || opts->rotate_ns || opts->rotate_events || opts->keep_files;
}

static int name_next(struct eyas_dump *dump, uint64_t ts_ns, char **ret_name)
{
	if (dump->by_time_name)
		return name_by_time(dump, ts_ns, ret_name);
	if (dump->rotating && (dump->stats.files || has_limit(&dump->opts)))
		return name_numbered(dump, dump->path, dump->stats.files, ret_name);
	*ret_name = strdup(dump->path);
	return *ret_name ? 0 : -ENOMEM;
}

/* Make room in the ring for the file begun last. Only files of this run are removed. */
static int ring_turn(struct eyas_dump *dump)
{
	char **slot;

	if (!dump->ring)
		return 0;
	slot = &dump->ring[dump->stats.files % dump->opts.keep_files];
	if (*slot) {
		if (!unlink(*slot))
			dump->stats.files_removed++;
		else if (errno != ENOENT)
			return -errno;
		free(*slot);
	}
	*slot = strdup(dump->name);
	return *slot ? 0 : -ENOMEM;
}

/* ---- files ---- */

static int file_open(struct eyas_dump *dump, uint64_t ts_ns)
{
	struct eyas_err err;
	char *name;
	int code;

	code = name_next(dump, ts_ns, &name);
	if (code)
		return dump_fail_code(dump, code, "name of the next file");
	free(dump->name);
	dump->name = name;
	if (eyas_writer_open(name, &dump->opts.writer, &dump->writer, &err))
		return dump_fail(dump, &err);
	code = ring_turn(dump);
	if (code)
		return dump_fail_code(dump, code, "removing the oldest file");
	dump->stats.files++;
	dump->head_written = 0;
	dump->section_due = false;
	dump->names.told = 0;
	dump->file_events = 0;
	return 0;
}

static void stats_add(struct eyas_writer_stats *sum, const struct eyas_writer_stats *file)
{
	sum->events += file->events;
	sum->bytes += file->bytes;
	sum->bytes_out += file->bytes_out;
	sum->events_left_out += file->events_left_out;
	sum->fds_left_out += file->fds_left_out;
}

static int file_close(struct eyas_dump *dump)
{
	struct eyas_writer_stats file;
	struct eyas_err err;

	if (!dump->writer)
		return dump->err.code;
	if (eyas_writer_finish(dump->writer, &file, &err))
		dump_fail(dump, &err);
	dump->writer = NULL;
	dump->file_events = 0;
	stats_add(&dump->stats.writer, &file);
	return dump->err.code;
}

/* Bring the section header, if one is due, and metadata not there yet into the open file. */
static int head_write(struct eyas_dump *dump)
{
	int code = 0;

	if (dump->section_due)
		code = eyas_writer_section(dump->writer);
	if (!code && dump->head_written < dump->head.len)
		code = eyas_writer_blocks(dump->writer, dump->head.data + dump->head_written,
					  dump->head.len - dump->head_written);
	if (code) {
		struct eyas_err err;

		eyas_writer_error(dump->writer, &err);
		return dump_fail(dump, &err);
	}
	dump->section_due = false;
	dump->head_written = dump->head.len;
	return 0;
}

/* ---- metadata of a rotation ---- */

/* The sink of meta. */
static int head_keep(void *ctx, const void *block, size_t size)
{
	struct eyas_dump *dump = ctx;

	eyas_str_add(&dump->head, block, size);
	return dump->head.nomem ? -ENOMEM : 0;
}

/* The same rule as the writer's, which gets to see the blocks only later. */
static int load_begin(void *ctx)
{
	struct eyas_dump *dump = ctx;

	if (!dump->err.code && dump->in_events)
		return dump_fail_code(dump, EYAS_E_USAGE,
				      "metadata after events needs a new section");
	return dump->err.code;
}

static int metadata_failed(struct eyas_dump *dump, int code)
{
	return dump_fail_code(dump, code, "metadata");
}

static int load_fail(void *ctx, int code, const char *what)
{
	(void)what;
	return metadata_failed(ctx, code);
}

static int load_section(void *ctx)
{
	struct eyas_dump *dump = ctx;
	int code = eyas_meta_end(&dump->meta);

	if (code)
		return metadata_failed(dump, code);
	/* Nothing came since the last one: the same section still. */
	if (!dump->in_events && !dump->head.len)
		return dump->err.code;
	dump->head.len = 0;
	dump->head_written = 0;
	dump->section_due = true;
	dump->in_events = false;
	return dump->err.code;
}

static const struct eyas_meta_owner head_owner = { load_section, load_begin, load_fail, head_keep };

void eyas_dump_loader(struct eyas_dump *dump, struct eyas_loader *ret_loader)
{
	if (dump->collecting)
		eyas_meta_loader(&dump->meta, ret_loader);
	else
		eyas_writer_loader(dump->writer, ret_loader);
}

/* ---- events ---- */

/*
 * Each file repeats the head. Were it to take most of every file, a small limit on a machine with
 * many processes would multiply what is written (by thousands, when the head alone exceeds it):
 * the limit is at least twice the head.
 */
static uint64_t bytes_limit(const struct eyas_dump *dump)
{
	uint64_t least = 2 * (uint64_t)dump->head.len;

	return dump->opts.rotate_bytes > least ? dump->opts.rotate_bytes : least;
}

static bool bytes_reached(struct eyas_dump *dump, uint64_t size)
{
	struct eyas_err err;
	int res = eyas_writer_exceeds(dump->writer, size, bytes_limit(dump), &err);

	if (res < 0)
		dump_fail(dump, &err);
	return res > 0;
}

/* Is this event the first of a new file? */
static bool rotation_due(struct eyas_dump *dump, const struct eyas_event *event)
{
	const struct eyas_dump_opts *opts = &dump->opts;
	uint64_t size;

	if (!dump->file_events)
		return false;
	if (opts->rotate_events && dump->file_events >= opts->rotate_events)
		return true;
	if (opts->rotate_ns && event->ts_ns > dump->file_first_ns &&
	    event->ts_ns - dump->file_first_ns >= opts->rotate_ns)
		return true;
	if (!opts->rotate_bytes)
		return false;
	size = eyas_writer_event_size(event) + dump->head.len - dump->head_written;
	if (dump->section_due)
		size += SECTION_BLOCK;
	return bytes_reached(dump, size);
}

/* The head of a file that begins in the middle of a section: the state as it is now. */
static int head_renew(struct eyas_dump *dump)
{
	struct eyas_loader loader;
	int code;

	dump->head.len = dump->head_written = 0;
	dump->in_events = false;
	eyas_meta_loader(&dump->meta, &loader);
	code = eyas_state_dump(dump->opts.state, &loader);
	if (!code)
		code = eyas_meta_end(&dump->meta);
	return code ? metadata_failed(dump, code) : 0;
}

/* The names that the event may need. */
static int names_write(struct eyas_dump *dump, const struct eyas_event *event,
		       struct eyas_err *reterr)
{
	if (!dump->opts.state)
		return 0;
	return dump_names_write(&dump->names, dump->opts.state, dump->writer, event, reterr);
}

/* The open file takes one event, behind all metadata of its section. */
static int event_write(struct eyas_dump *dump, const struct eyas_event *event,
		       struct eyas_err *reterr)
{
	struct eyas_writer_stats before, after;
	int code;

	if (head_write(dump))
		return dump_result(dump, reterr);
	code = names_write(dump, event, reterr);
	if (code)
		return code;
	eyas_writer_stats(dump->writer, &before);
	code = eyas_writer_event(dump->writer, event, reterr);
	if (code)
		return code;
	eyas_writer_stats(dump->writer, &after);
	dump->in_events = true;
	/* An event that was left out does not count. */
	if (after.events != before.events && dump->file_events++ == 0)
		dump->file_first_ns = event->ts_ns;
	return 0;
}

static int event_collecting(struct eyas_dump *dump, const struct eyas_event *event,
			    struct eyas_err *reterr)
{
	int code;

	if (dump->err.code)
		return dump_result(dump, reterr);
	code = eyas_meta_end(&dump->meta);
	if (code) {
		metadata_failed(dump, code);
		return dump_result(dump, reterr);
	}
	if (rotation_due(dump, event))
		file_close(dump);
	if (!dump->err.code && !dump->writer && !file_open(dump, event->ts_ns) && dump->in_events &&
	    dump->opts.state)
		head_renew(dump);
	if (dump->err.code)
		return dump_result(dump, reterr);
	return event_write(dump, event, reterr);
}

/* ---- a cut ---- */

struct kept_event {
	uint32_t len, flags;
	uint16_t cpu;
};

/*
 * What a section tells by events before its first one (containers, users) is not cut away, but
 * it cannot be written yet: the state it has to stand behind is not there before the cut is.
 */
static int prologue_keep(struct eyas_dump *dump, const struct eyas_event *event)
{
	struct kept_event kept = { event->len, event->flags, event->cpu };

	eyas_str_add(&dump->prologue, &kept, sizeof(kept));
	eyas_str_add(&dump->prologue, event->bytes, event->len);
	return dump->prologue.nomem ? dump_fail_code(dump, -ENOMEM, "events before the cut") : 0;
}

static int prologue_write(struct eyas_dump *dump, struct eyas_err *reterr)
{
	const char *p = dump->prologue.data, *end = p + dump->prologue.len;
	struct eyas_event event;
	struct kept_event kept;
	int code = 0;

	while (!code && p < end) {
		memcpy(&kept, p, sizeof(kept));
		code = eyas_event_view(p + sizeof(kept), kept.len, &event, reterr);
		event.flags = kept.flags;
		event.cpu = kept.cpu;
		if (!code)
			code = event_collecting(dump, &event, reterr);
		p += sizeof(kept) + kept.len;
	}
	eyas_str_fini(&dump->prologue);
	return code;
}

static int event_at_cut(struct eyas_dump *dump, const struct eyas_event *event,
			struct eyas_err *reterr)
{
	int code;

	if (event->flags & EYAS_EVENT_HIDDEN) {
		prologue_keep(dump, event);
		return dump_result(dump, reterr);
	}
	dump->cut_due = false;
	code = eyas_meta_end(&dump->meta);
	if (code)
		metadata_failed(dump, code);
	if (dump->err.code || head_renew(dump))
		return dump_result(dump, reterr);
	code = prologue_write(dump, reterr);
	return code ? code : event_collecting(dump, event, reterr);
}

int eyas_dump_event(struct eyas_dump *dump, const struct eyas_event *event, struct eyas_err *reterr)
{
	int code;

	if (!dump->collecting) {
		code = names_write(dump, event, reterr);
		return code ? code : eyas_writer_event(dump->writer, event, reterr);
	}
	if (dump->cut_due)
		return event_at_cut(dump, event, reterr);
	return event_collecting(dump, event, reterr);
}

/* ---- life ---- */

static bool wants_rotation(const struct eyas_dump_opts *opts)
{
	return opts->rotate_bytes || opts->rotate_ns || opts->rotate_events ||
	       opts->rotate_on_demand;
}

static int opts_check(const struct eyas_dump_opts *opts, struct eyas_err *reterr)
{
	bool rotating = wants_rotation(opts);

	if (rotating && !strcmp(opts->path, "-"))
		return eyas_err_set(reterr, -EINVAL,
				    "standard output cannot be divided into several files");
	if (opts->keep_files && !rotating)
		return eyas_err_set(reterr, -EINVAL,
				    "a number of files to keep needs a limit for each file");
	return 0;
}

/* Frees what dump owns; the writer was closed before. */
static void dump_free(struct eyas_dump *dump)
{
	unsigned i;

	for (i = 0; dump->ring && i < dump->opts.keep_files; i++)
		free(dump->ring[i]);
	free(dump->ring);
	eyas_meta_fini(&dump->meta);
	eyas_str_fini(&dump->head);
	eyas_str_fini(&dump->prologue);
	free(dump->name);
	free(dump->base);
	free(dump->path);
	free(dump);
}

int eyas_dump_open(const struct eyas_dump_opts *opts, struct eyas_dump **ret_dump,
		   struct eyas_err *reterr)
{
	struct eyas_dump *dump;
	int code = opts_check(opts, reterr);

	if (code)
		return code;
	dump = calloc(1, sizeof(*dump));
	if (!dump)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	dump->opts = *opts;
	dump->opts.writer.size = sizeof(dump->opts.writer);
	dump->opts.path = NULL;
	dump->rotating = wants_rotation(opts);
	dump->cut_due = opts->cut && opts->state;
	dump->collecting = dump->rotating || dump->cut_due;
	dump->by_time_name = opts->rotate_ns && strchr(opts->path, '%');
	eyas_meta_init(&dump->meta, opts->writer.compat, &head_owner, dump);
	dump->path = strdup(opts->path);
	if (opts->keep_files)
		dump->ring = calloc(opts->keep_files, sizeof(*dump->ring));
	if (!dump->path || (opts->keep_files && !dump->ring)) {
		code = eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
		goto fail;
	}
	if (!dump->by_time_name && file_open(dump, 0)) {
		code = dump_result(dump, reterr);
		goto fail;
	}
	*ret_dump = dump;
	return 0;
fail:
	dump_free(dump);
	return code;
}

int eyas_dump_flush(struct eyas_dump *dump, struct eyas_err *reterr)
{
	int code;

	if (!dump->collecting)
		return eyas_writer_flush(dump->writer, reterr);
	if (dump->err.code)
		return dump_result(dump, reterr);
	/* Before a first event there may be no file, and metadata waits for it. */
	code = eyas_meta_end(&dump->meta);
	if (code)
		metadata_failed(dump, code);
	else if (dump->writer && !head_write(dump) && eyas_writer_flush(dump->writer, reterr))
		return eyas_writer_error(dump->writer, &dump->err);
	return dump_result(dump, reterr);
}

int eyas_dump_rotate(struct eyas_dump *dump, struct eyas_err *reterr)
{
	if (!dump->rotating)
		return eyas_err_set(reterr, EYAS_E_USAGE, "%s: a single file was asked for",
				    dump->path);
	if (!dump->err.code && dump->file_events)
		file_close(dump);
	return dump_result(dump, reterr);
}

void eyas_dump_stats(const struct eyas_dump *dump, struct eyas_dump_stats *ret_stats)
{
	struct eyas_writer_stats file;

	*ret_stats = dump->stats;
	if (dump->writer) {
		eyas_writer_stats(dump->writer, &file);
		stats_add(&ret_stats->writer, &file);
	}
	ret_stats->writer.fds_left_out += dump->meta.fds_left_out;
}

int eyas_dump_close(struct eyas_dump *dump, struct eyas_err *reterr)
{
	struct timespec now;
	int code;

	if (!dump)
		return 0;
	if (dump->collecting && !dump->err.code) {
		code = eyas_meta_end(&dump->meta);
		if (code)
			metadata_failed(dump, code);
		/* No event at all, hence no time of one. */
		if (!dump->err.code && !dump->stats.files) {
			clock_gettime(CLOCK_REALTIME, &now);
			file_open(dump, (uint64_t)now.tv_sec * 1000000000);
		}
		/* Metadata of a section without events is worth keeping in a file without, too. */
		if (!dump->err.code && dump->writer && !dump->file_events)
			head_write(dump);
	}
	file_close(dump);
	code = dump_result(dump, reterr);
	dump_free(dump);
	return code;
}
