/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of SysFlow records, one or one after another.
 *
 * A file has its final name from the beginning, as readers that follow a directory expect, and
 * grows by whole blocks: when one is full, and when records have waited for too long. A block that
 * the disk does not take is lost and counted; the next one is tried again. When that works out,
 * what was lost may have been processes or files that later records refer to, so everything is
 * asked for anew. Without a file (it was removed, or the next one could not be opened), a new one
 * is tried for as often as a block would have been full.
 */
#include "sysflow/writer_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "sysflow/avro_out.h"
#include "output/file.h"

#define SECOND_NS 1000000000ULL
/* How long records wait for their block to fill, live; and a file that could not be opened. */
#define FLUSH_NS (2 * SECOND_NS)
#define RETRY_NS (10 * SECOND_NS)
/* Files that may begin within a second before we give up to name another one. */
enum { SUFFIXES = 1000 };

enum naming {
	NAME_PLAIN,	/* path */
	NAME_DIRECTORY, /* path/SECOND */
	NAME_PREFIX,	/* path.SECOND */
};

struct sf_files {
	char *path;
	enum naming naming;
	bool wall_clock, live;
	uint64_t rotate_ns;
	struct sf_avro *avro;
	struct output_file file;
	char *name;	   /* of the file, or of the last one while there is none */
	bool begun;	   /* there was a first file */
	bool headless;	   /* the head is not in the file yet: it did not fit */
	bool headerless;   /* the file has no header record yet, which comes first */
	bool gap;	   /* records were lost since everything was said last */
	bool anew;	   /* see sf_files_anew() */
	uint64_t due_ns;   /* of the records */
	uint64_t last_ns;  /* that as we know it */
	uint64_t since_ns; /* live: when the first record of the block came, of CLOCK_MONOTONIC */
	size_t lost_bytes; /* while there is no file: since the last attempt */
	uint64_t count, records, bytes, lost;
	bool failing, untold, finished;
	struct eyas_err err;
};

/* Told once, until something works again. */
static void note_failure(struct sf_files *files, const struct eyas_err *err)
{
	if (files->failing)
		return;
	files->failing = true;
	files->untold = true;
	files->err = *err;
}

static void note_success(struct sf_files *files)
{
	files->failing = false;
	if (!files->gap)
		return;
	files->gap = false;
	files->anew = true;
}

static void lose(struct sf_files *files, uint64_t records)
{
	files->lost += records;
	files->gap = true;
}

/* ---- opening ---- */

static int check_path(struct sf_files *files, struct eyas_err *reterr)
{
	size_t len = strlen(files->path);
	struct stat st;

	if (!len)
		return eyas_err_set(reterr, -EINVAL, "the name of the output file is empty");
	if (files->naming == NAME_DIRECTORY && stat(files->path, &st))
		return eyas_err_set(reterr, -errno, "%s: %s", files->path, eyas_strerror(-errno));
	if (!strcmp(files->path, "-") && isatty(STDOUT_FILENO))
		return eyas_err_set(reterr, -EINVAL, "standard output is a terminal");
	return 0;
}

int sf_files_open(const struct sf_writer_opts *opts, struct sf_files **ret_files,
		  struct eyas_err *reterr)
{
	struct sf_files *files = calloc(1, sizeof(*files));
	size_t len = strlen(opts->path);
	int code;

	if (!files)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	files->file = (struct output_file)OUTPUT_FILE_INIT;
	files->due_ns = UINT64_MAX;
	files->wall_clock = opts->wall_clock;
	files->live = opts->live;
	if (len && opts->path[len - 1] == '/')
		files->naming = NAME_DIRECTORY;
	else if ((opts->rotate_ns || opts->suffix) && strcmp(opts->path, "-"))
		files->naming = NAME_PREFIX;
	if (files->naming != NAME_PLAIN)
		files->rotate_ns = opts->rotate_ns;
	files->path = strdup(opts->path);
	if (!files->path) {
		code = eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
		goto fail;
	}
	code = check_path(files, reterr);
	if (!code)
		code = sf_avro_new(opts->schema, opts->codec ? opts->codec : "deflate",
				   &files->avro, reterr);
	if (code)
		goto fail;
	*ret_files = files;
	return 0;
fail:
	sf_files_free(files);
	return code;
}

static int open_named(struct sf_files *files, struct output_file *ret_file, char **ret_name,
		      struct eyas_err *reterr)
{
	uint64_t ns = files->wall_clock ? eyas_clock_ns(CLOCK_REALTIME) : files->last_ns;
	struct eyas_str name = EYAS_STR_INIT;
	int code = -EEXIST;
	unsigned i;

	for (i = 0; code == -EEXIST && i < SUFFIXES; i++) {
		name.len = 0;
		eyas_str_puts(&name, files->path);
		if (files->naming == NAME_PREFIX)
			eyas_str_putc(&name, '.');
		eyas_str_u64(&name, ns / SECOND_NS);
		if (i) {
			eyas_str_putc(&name, '.');
			eyas_str_u64(&name, i);
		}
		eyas_str_putc(&name, '\0');
		if (name.nomem)
			code = eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
		else
			code = output_file_open(ret_file, name.data, true, reterr);
	}
	if (code)
		eyas_str_fini(&name);
	else
		*ret_name = name.data;
	return code;
}

static int open_plain(struct sf_files *files, struct output_file *ret_file, char **ret_name,
		      struct eyas_err *reterr)
{
	int code;

	*ret_name = strdup(strcmp(files->path, "-") ? files->path : "stdout");
	if (!*ret_name)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	/* The first time, what was there is overwritten; later it would be somebody else's. */
	code = output_file_open(ret_file, files->path, files->begun, reterr);
	if (code)
		free(*ret_name);
	return code;
}

static int write_head(struct sf_files *files, struct eyas_err *reterr)
{
	const void *data;
	size_t len;
	int code;

	sf_avro_head(files->avro, &data, &len);
	code = output_file_put(&files->file, data, len, reterr);
	files->headless = code < 0;
	return code;
}

static void close_file(struct sf_files *files)
{
	struct eyas_err err;

	if (files->file.fd < 0)
		return;
	/* Without its head it is no file of Avro, and nothing came behind that. */
	if (files->headless)
		output_file_discard(&files->file);
	if (output_file_close(&files->file, &err))
		note_failure(files, &err);
}

/* ---- blocks ---- */

static void write_block(struct sf_files *files)
{
	uint64_t records = sf_avro_records(files->avro), left;
	struct eyas_err err;
	const void *data;
	size_t len;
	int code;

	if (!records)
		return;
	code = sf_avro_take(files->avro, &data, &len);
	left = sf_avro_records(files->avro);
	if (code)
		eyas_err_set(&err, code, "%s: %s", files->name, eyas_strerror(code));
	if (!code && files->headless)
		code = write_head(files, &err);
	if (!code)
		code = output_file_put(&files->file, data, len, &err);
	if (!code) {
		note_success(files);
		return;
	}
	note_failure(files, &err);
	files->records -= records - left;
	lose(files, records - left);
	/* Nobody would find what is written there, or it can go on under another name only. */
	if (code == -ENOENT || (files->file.torn && files->naming != NAME_PLAIN))
		close_file(files);
}

/* The next file. What is in the hands of avro belongs to the last one, and is written there. */
static int next_file(struct sf_files *files, struct eyas_err *reterr)
{
	struct output_file next;
	uint64_t left;
	char *name;
	int code;

	if (files->naming == NAME_PLAIN)
		code = open_plain(files, &next, &name, reterr);
	else
		code = open_named(files, &next, &name, reterr);
	if (code)
		return code;
	if (files->file.fd >= 0)
		write_block(files);
	close_file(files);
	free(files->name);
	files->name = name;
	files->file = next;
	files->headerless = true;
	files->headless = true;
	files->lost_bytes = 0;
	left = sf_avro_records(files->avro);
	code = sf_avro_begin(files->avro, reterr);
	if (code) {
		close_file(files);
		return code;
	}
	files->records -= left;
	files->lost += left;
	files->count++;
	/* What was not written is not missed in this file: everything is said anew. */
	files->gap = false;
	return write_head(files, reterr);
}

/* Without a file: is there room for one now? Then everything has to be said anew in it. */
static void try_again(struct sf_files *files)
{
	struct eyas_err err;

	files->lost_bytes = 0;
	if (next_file(files, &err))
		note_failure(files, &err);
	/* Even if its head did not fit: that is tried again with its first block. */
	if (files->file.fd >= 0)
		files->anew = true;
}

int sf_files_begin(struct sf_files *files, uint64_t now_ns, struct eyas_err *reterr)
{
	bool first = !files->begun, due = now_ns >= files->due_ns || first;
	struct eyas_err err;
	int code = 0;

	files->last_ns = now_ns;
	if (due || files->file.fd < 0)
		code = next_file(files, &err);
	if (code && first) {
		close_file(files);
		if (reterr)
			*reterr = err;
		return code;
	}
	files->begun = true;
	files->gap = false;
	files->anew = false;
	if (code)
		note_failure(files, &err);
	if (due && !files->rotate_ns)
		files->due_ns = UINT64_MAX;
	else if (due)
		files->due_ns = now_ns +
				(code && files->rotate_ns > RETRY_NS ? RETRY_NS : files->rotate_ns);
	return 0;
}

void sf_files_next(struct sf_files *files)
{
	files->due_ns = 0;
}

uint64_t sf_files_due(const struct sf_files *files)
{
	return files->due_ns;
}

const char *sf_files_name(const struct sf_files *files)
{
	return files->name;
}

void sf_files_put(struct sf_files *files, const void *data, size_t len, bool header)
{
	struct eyas_err err;
	int code;

	if (files->file.fd < 0) {
		lose(files, 1);
		files->lost_bytes += len;
		if (files->lost_bytes >= SF_AVRO_BLOCK)
			try_again(files);
		return;
	}
	if (files->headerless && !header) {
		lose(files, 1);
		return;
	}
	files->headerless = false;
	if (sf_avro_bytes(files->avro) + len > SF_AVRO_RECORD_MAX)
		write_block(files);
	if (files->file.fd < 0) {
		lose(files, 1);
		return;
	}
	if (files->live && !sf_avro_records(files->avro))
		files->since_ns = eyas_clock_ns(CLOCK_MONOTONIC_COARSE);
	code = sf_avro_add(files->avro, data, len);
	if (code) {
		/* Too large. That others refer to it is no reason to say it anew: it would not help. */
		files->lost++;
		eyas_err_set(&err, code, "%s: a record of %zu bytes: %s", files->name, len,
			     eyas_strerror(code));
		note_failure(files, &err);
		return;
	}
	files->records++;
	files->bytes += len;
	if (sf_avro_bytes(files->avro) >= SF_AVRO_BLOCK ||
	    (files->live && eyas_clock_ns(CLOCK_MONOTONIC_COARSE) - files->since_ns >= FLUSH_NS))
		write_block(files);
}

void sf_files_idle(struct sf_files *files)
{
	if (!files->begun)
		return;
	if (files->file.fd < 0)
		try_again(files);
	else if (sf_avro_records(files->avro) &&
		 eyas_clock_ns(CLOCK_MONOTONIC_COARSE) - files->since_ns >= FLUSH_NS)
		write_block(files);
}

bool sf_files_anew(const struct sf_files *files)
{
	return files->anew;
}

int sf_files_failure(struct sf_files *files, struct eyas_err *reterr)
{
	if (!files->untold)
		return 0;
	files->untold = false;
	if (reterr)
		*reterr = files->err;
	return 1;
}

void sf_files_stats(const struct sf_files *files, struct sf_writer_stats *ret_stats)
{
	ret_stats->files = files->count;
	ret_stats->records = files->records;
	ret_stats->bytes = files->bytes;
	ret_stats->file_lost = files->lost;
}

int sf_files_finish(struct sf_files *files, struct eyas_err *reterr)
{
	uint64_t left;

	if (files->file.fd >= 0)
		write_block(files);
	close_file(files);
	/* What there was no memory to make a block of. */
	left = files->finished ? 0 : sf_avro_records(files->avro);
	files->finished = true;
	files->records -= left;
	files->lost += left;
	if (files->failing && reterr)
		*reterr = files->err;
	return files->failing ? files->err.code : 0;
}

void sf_files_free(struct sf_files *files)
{
	if (!files)
		return;
	close_file(files);
	sf_avro_free(files->avro);
	free(files->name);
	free(files->path);
	free(files);
}
