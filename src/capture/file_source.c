/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capture files as a source: one after another, or merged by time. A file that breaks off does
 * not take the others with it: it is reported, the rest is read, and the failure is what the
 * source ends with.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/hint.h"
#include "base/opts.h"
#include "capture/file.h"
#include "capture/source.h"

/* A file of a merge and the event that is its next one. */
struct head {
	struct capture_file *file;
	struct eyas_event *event;
	size_t order; /* on the command line: decides between equal times */
};

/* Invariant: files[0..nopen) are open. In a row at most one is; merged, all from the start. */
struct file_source {
	struct eyas_source base;
	struct eyas_source_opts opts;
	struct eyas_loader loader;
	struct eyas_source_stats stats;
	char **paths;
	size_t count;
	struct capture_file *files;
	size_t nopen;
	size_t current;		  /* in a row: index of the path to open next */
	uint64_t bytes_in, bytes; /* of files that were closed */
	struct head *heads;	  /* merged: a binary heap, the earliest event first */
	size_t nheads;
	bool primed; /* every file's first event was fetched */
	bool lent;   /* the event of heads[0] was handed out */
	int failure; /* of a file that broke off */
	struct eyas_err failure_why;
	struct eyas_err why; /* of the last step; here, as it is too large for a stack frame */
};

enum { MAX_BLOCK_DEFAULT = 128 << 20, MAX_STORED_DEFAULT = 4 << 20 };

static int open_file(struct file_source *src, size_t index, struct eyas_err *reterr)
{
	struct capture_file *file = &src->files[src->nopen];
	int err = capture_file_open(file, src->paths[index], &src->opts, &src->stats, reterr);

	if (err)
		return err;
	src->nopen++;
	return 0;
}

/* Of all files, also of those that are opened later; 0 when one has no size. */
static uint64_t total_size(const struct file_source *src)
{
	uint64_t total = 0;
	struct stat st;
	size_t i;
	int res;

	for (i = 0; i < src->count; i++) {
		res = strcmp(src->paths[i], "-") != 0 ? stat(src->paths[i], &st)
						      : fstat(STDIN_FILENO, &st);
		if (res || !S_ISREG(st.st_mode))
			return 0;
		total += (uint64_t)st.st_size;
	}
	return total;
}

static void close_file(struct file_source *src, struct capture_file *file)
{
	src->bytes_in += file->stream.bytes_in;
	src->bytes += file->stream.offset;
	src->stats.compression = stream_compression(&file->stream);
	capture_file_close(file);
}

/* Report a file that broke off and keep the failure for the end. */
static void keep_failure(struct file_source *src, int err, const struct eyas_err *why)
{
	if (src->failure) {
		src->stats.damaged++;
		if (src->opts.damage)
			src->opts.damage(src->opts.damage_ctx, &src->failure_why);
	}
	src->failure = err;
	src->failure_why = *why;
}

static int finish(struct file_source *src, struct eyas_err *reterr)
{
	if (!src->failure)
		return EYAS_E_END;
	if (reterr)
		*reterr = src->failure_why;
	return src->failure;
}

/*
 * Does a failure end the source rather than its file? The loader wants no more (it has no words
 * here), or a signal did.
 */
static bool gives_up(int err, const struct eyas_err *why, struct eyas_err *reterr)
{
	if (why->code && err != -EINTR)
		return false;
	if (why->code && reterr)
		*reterr = *why;
	return true;
}

/* The open file has no more: close it, and take the first event of a next one. */
static EYAS_COLD int next_file(struct file_source *src, int err, struct eyas_event **ret_event,
			       struct eyas_err *reterr)
{
	struct eyas_err *why = &src->why;

	for (;;) {
		if (src->nopen) {
			close_file(src, &src->files[0]);
			src->nopen = 0;
			if (err != EYAS_E_END && gives_up(err, why, reterr))
				return err;
			if (err != EYAS_E_END)
				keep_failure(src, err, why);
		}
		if (src->current == src->count)
			return finish(src, reterr);
		err = open_file(src, src->current++, why);
		if (err) {
			keep_failure(src, err, why);
			continue;
		}
		err = capture_file_next(&src->files[0], ret_event, why);
		if (err == 1)
			return 1;
	}
}

static int next_in_row(struct eyas_source *source, struct eyas_event **ret_event,
		       struct eyas_err *reterr)
{
	struct file_source *src = (struct file_source *)source;
	int err = 0;

	if (src->nopen) {
		err = capture_file_next(&src->files[0], ret_event, &src->why);
		if (err == 1)
			return 1;
	}
	return next_file(src, err, ret_event, reterr);
}

static bool earlier(const struct head *a, const struct head *b)
{
	return a->event->ts_ns != b->event->ts_ns ? a->event->ts_ns < b->event->ts_ns
						  : a->order < b->order;
}

/* Let the head at the given place sink to where it belongs. */
static void sift_down(struct file_source *src, size_t i)
{
	struct head head = src->heads[i];
	size_t child;

	for (; (child = 2 * i + 1) < src->nheads; i = child) {
		if (child + 1 < src->nheads && earlier(&src->heads[child + 1], &src->heads[child]))
			child++;
		if (!earlier(&src->heads[child], &head))
			break;
		src->heads[i] = src->heads[child];
	}
	src->heads[i] = head;
}

/* Fetch a file's next event into head: 1 = there is one, 0 = the file is over, < 0 = stop. */
static int head_advance(struct file_source *src, struct head *head, struct eyas_err *reterr)
{
	struct eyas_err why;
	int err;

	err = capture_file_next(head->file, &head->event, &why);
	if (err == 1)
		return 1;
	if (err != EYAS_E_END && gives_up(err, &why, reterr))
		return err;
	if (err != EYAS_E_END)
		keep_failure(src, err, &why);
	return 0;
}

static int merge_prime(struct file_source *src, struct eyas_err *reterr)
{
	struct head head;
	size_t i;
	int err;

	src->primed = true;
	for (i = 0; i < src->nopen; i++) {
		head = (struct head){ &src->files[i], NULL, i };
		err = head_advance(src, &head, reterr);
		if (err < 0)
			return err;
		if (err)
			src->heads[src->nheads++] = head;
	}
	for (i = src->nheads / 2; i-- > 0;)
		sift_down(src, i);
	return 0;
}

static int next_merged(struct eyas_source *source, struct eyas_event **ret_event,
		       struct eyas_err *reterr)
{
	struct file_source *src = (struct file_source *)source;
	int err;

	if (!src->primed) {
		err = merge_prime(src, reterr);
		if (err)
			return err;
	} else if (src->lent) {
		err = head_advance(src, &src->heads[0], reterr);
		if (err < 0)
			return err;
		if (!err)
			src->heads[0] = src->heads[--src->nheads];
		if (src->nheads)
			sift_down(src, 0);
	}
	src->lent = src->nheads != 0;
	if (!src->lent)
		return finish(src, reterr);
	*ret_event = src->heads[0].event;
	return 1;
}

static void files_stats(const struct eyas_source *source, struct eyas_source_stats *ret_stats)
{
	const struct file_source *src = (const struct file_source *)source;
	size_t i;

	*ret_stats = src->stats;
	ret_stats->bytes_in = src->bytes_in;
	ret_stats->bytes = src->bytes;
	for (i = 0; i < src->nopen; i++) {
		ret_stats->bytes_in += src->files[i].stream.bytes_in;
		ret_stats->bytes += src->files[i].stream.offset;
		ret_stats->compression = stream_compression(&src->files[i].stream);
	}
}

static void files_close(struct eyas_source *source)
{
	struct file_source *src = (struct file_source *)source;
	size_t i;

	while (src->nopen)
		close_file(src, &src->files[--src->nopen]);
	for (i = 0; src->paths && i < src->count; i++)
		free(src->paths[i]);
	free(src->paths);
	free(src->files);
	free(src->heads);
	free(src);
}

static const struct source_ops row_ops = { next_in_row, files_stats, files_close };
static const struct source_ops merge_ops = { next_merged, files_stats, files_close };

static void set_defaults(struct file_source *src)
{
	if (src->opts.loader) {
		src->loader = *src->opts.loader;
		src->opts.loader = &src->loader;
	}
	if (!src->opts.max_block_bytes)
		src->opts.max_block_bytes = MAX_BLOCK_DEFAULT;
	if (!src->opts.max_stored_bytes)
		src->opts.max_stored_bytes = MAX_STORED_DEFAULT;
}

int eyas_source_open_files(const char *const *paths, size_t count,
			   const struct eyas_source_opts *opts, struct eyas_source **ret_source,
			   struct eyas_err *reterr)
{
	struct file_source *src;
	size_t nfiles, i;
	int err = 0;

	if (!count)
		return eyas_err_set(reterr, -EINVAL, "no capture file is named");
	src = calloc(1, sizeof(*src));
	if (!src)
		return eyas_err_set(reterr, -ENOMEM, "no memory for a source");
	err = eyas_opts_copy(&src->opts, sizeof(src->opts), opts, "source", reterr);
	if (err)
		goto fail;
	set_defaults(src);
	src->base.ops = src->opts.merge ? &merge_ops : &row_ops;
	nfiles = src->opts.merge ? count : 1;
	src->count = count;
	src->paths = calloc(count, sizeof(*src->paths));
	src->files = calloc(nfiles, sizeof(*src->files));
	src->heads = calloc(nfiles, sizeof(*src->heads));
	for (i = 0; src->paths && i < count; i++) {
		src->paths[i] = strdup(paths[i]);
		if (!src->paths[i])
			break;
	}
	if (i < count || !src->files || !src->heads)
		err = eyas_err_set(reterr, -ENOMEM, "no memory to open %zu files", count);
	/* In a row the first file is opened now, so that a wrong name is an error of the open. */
	for (; !err && src->current < nfiles; src->current++) {
		err = open_file(src, src->current, reterr);
		/* Of a merge one file tells of its section: the others add to the same state. */
		if (!err)
			src->files[src->current].keep_section = src->current > 0;
	}
	if (err)
		goto fail;
	src->stats.bytes_total = total_size(src);
	*ret_source = &src->base;
	return 0;
fail:
	files_close(&src->base);
	return err;
}
