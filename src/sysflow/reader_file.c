/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of container files. A datum that makes no sense ends its block, for nobody knows where
 * the next one begins; the next block is read again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/stat.h>

#include "base/err.h"
#include "sysflow/avro_in.h"
#include "sysflow/reader_int.h"

enum { LOOK_MS = 100 };

struct file_reader {
	struct sysflow_reader reader;
	struct sf_avro_in container;
	struct sf_origin origin;
	struct eyas_arena schema; /* the types and the program */
	struct sf_program *program;
	struct sf_decoder decoder; /* in the block */
	uint8_t *block;
	uint64_t left; /* records of it */
	bool unread;   /* bytes of it that follow its records are to be told of */
	bool over;     /* the file is not one we can read */
};

static struct file_reader *self(struct sysflow_reader *reader)
{
	return (struct file_reader *)reader;
}

/* "FILE: offset N: " in front of what is wrong there. */
static int placed(const struct file_reader *file, int code, struct eyas_err *err)
{
	char place[300];

	if (!err || code == EYAS_E_END || code == -EINTR)
		return code;
	snprintf(place, sizeof(place), "%.250s: offset %llu", file->reader.name,
		 (unsigned long long)err->offset);
	eyas_err_prefix(err, place);
	return code;
}

/* ---- the head ---- */

static int compile(struct file_reader *file, const char *schema, size_t len, struct eyas_err *err)
{
	const struct sf_type *type;
	int res;

	if (err)
		err->offset = 0;
	res = sf_types_read(schema, len, &file->schema, &type, err);
	if (!res)
		res = sf_program_new(type, &file->schema, &file->program, err);
	return res;
}

/* 1, 0 if it is not there yet; a failure ends the file. */
static int read_head(struct file_reader *file, struct eyas_err *err)
{
	const char *schema;
	size_t len;
	int res = sf_avro_in_head(&file->container, &schema, &len, err);

	if (res == 1) {
		res = compile(file, schema, len, err);
		res = res ? res : 1;
	}
	file->over = res < 0 && res != -EINTR;
	return res;
}

/* ---- records ---- */

static int next_block(struct file_reader *file, struct eyas_err *err)
{
	size_t len;
	int res = sf_avro_in_next(&file->container, &file->block, &len, err);

	if (res != 1)
		return res;
	file->reader.stats.blocks++;
	file->decoder.at = file->block;
	file->decoder.end = file->block + len;
	file->left = file->container.count;
	file->unread = true;
	return 1;
}

/* The block is given up from here on. */
static int block_failed(struct file_reader *file, const uint8_t *at, int code, struct eyas_err *err)
{
	uint64_t count = file->container.count, number = count - file->left;
	char place[120];

	snprintf(place, sizeof(place), "record %llu of %llu in the block, byte %zu",
		 (unsigned long long)number, (unsigned long long)count, (size_t)(at - file->block));
	file->reader.stats.lost_records += file->left + 1;
	file->left = 0;
	file->unread = false;
	return sf_reader_datum_failed(&file->decoder, code, place, file->container.block_offset,
				      err);
}

static int block_over(struct file_reader *file, struct eyas_err *err)
{
	size_t more = (size_t)(file->decoder.end - file->decoder.at);

	file->unread = false;
	if (!more)
		return 0;
	return eyas_err_at(err, EYAS_E_FORMAT, file->container.block_offset,
			   "%zu bytes follow the last record of the block", more);
}

static int next_record(struct file_reader *file, struct eyas_err *err)
{
	const uint8_t *at;
	int res;

	for (;;) {
		while (file->left) {
			file->left--;
			at = file->decoder.at;
			res = sf_origin_decode(&file->reader, &file->origin, &file->decoder,
					       file->program);
			if (res < 0)
				return block_failed(file, at, res, err);
			if (res)
				return 1;
		}
		res = file->unread ? block_over(file, err) : 0;
		if (!res)
			res = next_block(file, err);
		if (res != 1)
			return res;
	}
}

static int file_next(struct sysflow_reader *reader, struct sf_origin **ret_origin,
		     struct eyas_err *reterr)
{
	struct file_reader *file = self(reader);
	int res = 1;

	if (file->over)
		return EYAS_E_END;
	if (!file->program)
		res = read_head(file, reterr);
	if (res == 1)
		res = next_record(file, reterr);
	if (res < 0)
		return placed(file, res, reterr);
	*ret_origin = &file->origin;
	return res;
}

/* ---- the rest ---- */

static int file_wait(struct sysflow_reader *reader, int timeout_ms)
{
	struct timespec pause = { 0, LOOK_MS * 1000000L };

	(void)reader;
	if (timeout_ms >= 0 && timeout_ms < LOOK_MS)
		pause.tv_nsec = timeout_ms * 1000000L;
	return nanosleep(&pause, NULL) ? -EINTR : timeout_ms < 0 || timeout_ms >= LOOK_MS;
}

static void file_stats(const struct sysflow_reader *reader, struct sysflow_reader_stats *stats)
{
	const struct file_reader *file = (const struct file_reader *)reader;

	stats->bytes = file->container.offset;
	stats->lost_records += file->container.lost_records;
	stats->skipped_bytes = file->container.skipped_bytes;
	stats->entities = file->origin.entities.count;
	stats->entity_bytes = file->origin.entities.bytes;
	stats->entities_evicted = file->origin.entities.evicted;
}

static void file_close(struct sysflow_reader *reader)
{
	struct file_reader *file = self(reader);

	sf_avro_in_fini(&file->container);
	sf_origin_fini(&file->origin);
	eyas_arena_fini(&file->schema);
}

static const struct sf_reader_ops file_ops = { file_next, file_wait, file_stats, file_close };

static int open_file(int fd, bool close_fd, const char *name,
		     const struct sysflow_reader_opts *opts, struct sysflow_reader **ret_reader,
		     struct eyas_err *reterr)
{
	struct file_reader *file;
	int res;

	file = sf_reader_new(sizeof(*file), &file_ops, name, opts, &res, reterr);
	if (!file) {
		if (close_fd)
			close(fd);
		return res;
	}
	opts = &file->reader.opts;
	sf_avro_in_init(&file->container, fd, close_fd, opts->follow, opts->max_block_bytes);
	sf_origin_init(&file->origin, opts);
	res = read_head(file, reterr);
	if (res < 0 && res != -EINTR) {
		/* An empty file is none. */
		if (res == EYAS_E_END)
			res = eyas_err_at(reterr, EYAS_E_TRUNC, 0, "the file is empty");
		placed(file, res, reterr);
		sysflow_reader_close(&file->reader);
		return res;
	}
	*ret_reader = &file->reader;
	return 0;
}

int sysflow_reader_open(const char *path, const struct sysflow_reader_opts *opts,
			struct sysflow_reader **ret_reader, struct eyas_err *reterr)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 || fstat(fd, &st) ? errno : S_ISDIR(st.st_mode) ? EISDIR : 0;

	if (!err)
		return open_file(fd, true, path, opts, ret_reader, reterr);
	if (fd >= 0)
		close(fd);
	return eyas_err_set(reterr, -err, "%.300s: %s", path, strerror(err));
}

int sysflow_reader_open_fd(int fd, const char *name, const struct sysflow_reader_opts *opts,
			   struct sysflow_reader **ret_reader, struct eyas_err *reterr)
{
	return open_file(fd, false, name, opts, ret_reader, reterr);
}
