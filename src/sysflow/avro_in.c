/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads container files block by block. A block is the number of its data, the number of its
 * bytes, these, and the file's sync marker. Where a block makes no sense, the next marker is where
 * another one begins.
 */
#include "sysflow/avro_in.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

enum {
	WINDOW_BYTES = 1 << 20,
	MAX_HEAD = 4 << 20, /* metadata, of which the schema is part */
	MAGIC_BYTES = 4,
	BLOCK_HEAD = 20, /* two numbers of 64 bits */
	SHOWN = 40
};

static const uint8_t magic[MAGIC_BYTES] = { 'O', 'b', 'j', 1 };

void sf_avro_in_init(struct sf_avro_in *container, int fd, bool close_fd, bool follow,
		     size_t max_bytes)
{
	*container = (struct sf_avro_in){
		.fd = fd, .close_fd = close_fd, .follow = follow, .max_bytes = max_bytes
	};
}

void sf_avro_in_fini(struct sf_avro_in *container)
{
	sf_unpacker_fini(&container->unpacker);
	free(container->window);
	container->window = NULL;
	if (container->close_fd)
		close(container->fd);
	container->close_fd = false;
}

/* ---- the window ---- */

/* Room behind the bytes that are there. The window doubles, however far away need is. */
static int make_room(struct sf_avro_in *c, size_t need, struct eyas_err *err)
{
	size_t have = c->end - c->start, cap = c->cap;
	uint8_t *window;

	if (c->start && (have == 0 || c->end == c->cap)) {
		memmove(c->window, c->window + c->start, have);
		c->start = 0;
		c->end = have;
	}
	if (c->end < c->cap)
		return 0;
	cap = cap ? 2 * cap : WINDOW_BYTES;
	if (c->cap && cap > need + WINDOW_BYTES)
		cap = need + WINDOW_BYTES;
	window = realloc(c->window, cap);
	if (!window)
		return eyas_err_set(err, -ENOMEM, "no memory to read");
	c->window = window;
	c->cap = cap;
	return 0;
}

/*
 * At least need bytes in the window: 1, or 0 when the file has fewer (for now, with follow);
 * -errno.
 */
static int fill(struct sf_avro_in *c, size_t need, struct eyas_err *err)
{
	ssize_t n;
	int res;

	while (c->end - c->start < need) {
		if (c->eof && !c->follow)
			return 0;
		res = make_room(c, need, err);
		if (res)
			return res;
		n = read(c->fd, c->window + c->end, c->cap - c->end);
		if (n < 0) {
			res = -errno;
			if (res == -EAGAIN)
				return 0;
			/* Not again and again: what there is in the window, then the end. */
			if (res != -EINTR) {
				c->eof = true;
				c->follow = false;
			}
			return eyas_err_at(err, res, c->offset + (c->end - c->start),
					   "cannot read: %s", strerror(-res));
		}
		c->eof = !n;
		if (!n)
			return 0;
		c->end += (size_t)n;
	}
	return 1;
}

static void consume(struct sf_avro_in *c, size_t size)
{
	c->start += size;
	c->offset += size;
}

static void skip(struct sf_avro_in *c, size_t size)
{
	consume(c, size);
	c->skipped_bytes += size;
}

/* ---- numbers ---- */

/* A place in bytes that may go on behind their end. */
struct cursor {
	const uint8_t *at, *end;
};

/* A zig-zag number: 1; 0 if it is cut off; -1 if it has more than 64 bits. */
static int get_number(struct cursor *cursor, int64_t *ret)
{
	uint64_t bits = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		if (cursor->at == cursor->end)
			return 0;
		byte = *cursor->at++;
		if (shift == 63 && byte > 1)
			return -1;
		bits |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	*ret = (int64_t)(bits >> 1) ^ -(int64_t)(bits & 1);
	return 1;
}

/* A length and that many bytes: as get_number(). */
static int get_bytes(struct cursor *cursor, const uint8_t **ret, size_t *ret_len)
{
	int64_t len;
	int res = get_number(cursor, &len);

	if (res <= 0)
		return res;
	if (len < 0 || len > MAX_HEAD)
		return -1;
	if (len > cursor->end - cursor->at)
		return 0;
	*ret = cursor->at;
	*ret_len = (size_t)len;
	cursor->at += len;
	return 1;
}

/* ---- the head ---- */

struct head {
	const uint8_t *schema, *codec, *sync;
	size_t schema_len, codec_len;
};

static bool is_key(const uint8_t *key, size_t len, const char *name)
{
	return len == strlen(name) && !memcmp(key, name, len);
}

/* One block of the metadata map: 1, 0 cut off, -1 senseless. */
static int get_entries(struct cursor *cursor, int64_t count, struct head *head)
{
	const uint8_t *key, *value;
	size_t key_len, value_len;
	int64_t size;
	int res = 1;

	if (count < 0) {
		res = get_number(cursor, &size);
		count = count == INT64_MIN ? 0 : -count;
	}
	for (; res > 0 && count; count--) {
		res = get_bytes(cursor, &key, &key_len);
		if (res > 0)
			res = get_bytes(cursor, &value, &value_len);
		if (res <= 0)
			break;
		if (is_key(key, key_len, "avro.schema")) {
			head->schema = value;
			head->schema_len = value_len;
		} else if (is_key(key, key_len, "avro.codec")) {
			head->codec = value;
			head->codec_len = value_len;
		}
	}
	return res;
}

/* All of the head: 1, 0 cut off, -1 senseless. */
static int get_head(struct cursor *cursor, struct head *head)
{
	int64_t count;
	int res;

	cursor->at += MAGIC_BYTES;
	for (;;) {
		res = get_number(cursor, &count);
		if (res <= 0)
			return res;
		if (!count)
			break;
		res = get_entries(cursor, count, head);
		if (res <= 0)
			return res;
	}
	if (cursor->end - cursor->at < SF_SYNC_BYTES)
		return 0;
	head->sync = cursor->at;
	cursor->at += SF_SYNC_BYTES;
	return 1;
}

static int check_magic(struct sf_avro_in *c, struct eyas_err *err)
{
	int res = fill(c, MAGIC_BYTES, err);

	if (res < 0)
		return res;
	if (c->end - c->start &&
	    memcmp(c->window + c->start, magic, res ? MAGIC_BYTES : c->end - c->start) != 0)
		return eyas_err_at(err, EYAS_E_FORMAT, 0,
				   "not an Avro file: expected it to begin with 'Obj' and 1");
	if (res || c->follow)
		return res;
	return c->end > c->start ? eyas_err_at(err, EYAS_E_TRUNC, 0, "the file ends in its head")
				 : eyas_err_at(err, EYAS_E_END, 0, "the file is empty");
}

/* The bytes from magic to marker, in the window; as sf_avro_in_head(). */
static int find_head(struct sf_avro_in *c, struct head *head, size_t *ret_size,
		     struct eyas_err *err)
{
	struct cursor cursor;
	size_t have;
	int res;

	for (;;) {
		have = c->end - c->start;
		cursor = (struct cursor){ c->window + c->start, c->window + c->end };
		*head = (struct head){ NULL };
		res = get_head(&cursor, head);
		*ret_size = (size_t)(cursor.at - (c->window + c->start));
		if (res > 0)
			return 1;
		if (res < 0)
			return eyas_err_at(err, EYAS_E_FORMAT, *ret_size,
					   "a length in the head makes no sense");
		if (have >= MAX_HEAD)
			return eyas_err_at(err, EYAS_E_LIMIT, 0, "the head is larger than %d bytes",
					   MAX_HEAD);
		res = fill(c, have + 1, err);
		if (res < 0 || (!res && c->follow))
			return res;
		if (!res)
			return eyas_err_at(err, EYAS_E_TRUNC, have, "the file ends in its head");
	}
}

int sf_avro_in_head(struct sf_avro_in *c, const char **ret_schema, size_t *ret_len,
		    struct eyas_err *reterr)
{
	struct head head;
	size_t size;
	int res = check_magic(c, reterr);

	if (res <= 0)
		return res;
	res = find_head(c, &head, &size, reterr);
	if (res <= 0)
		return res;
	if (!head.schema)
		return eyas_err_at(reterr, EYAS_E_FORMAT, 0, "there is no schema in the head");
	res = sf_unpacker_init(&c->unpacker, (const char *)head.codec, head.codec_len, c->max_bytes,
			       reterr);
	if (res)
		return res;
	memcpy(c->sync, head.sync, sizeof(c->sync));
	*ret_schema = (const char *)head.schema;
	*ret_len = head.schema_len;
	consume(c, size);
	c->headed = true;
	return 1;
}

/* ---- blocks ---- */

/* Go on behind the next sync marker: 1, 0 not there yet (follow), EYAS_E_END, -errno. */
static int find_sync(struct sf_avro_in *c, struct eyas_err *err)
{
	const uint8_t *found;
	size_t have;
	int res;

	for (;;) {
		have = c->end - c->start;
		found = have ? memmem(c->window + c->start, have, c->sync, SF_SYNC_BYTES) : NULL;
		if (found) {
			skip(c, (size_t)(found - (c->window + c->start)) + SF_SYNC_BYTES);
			c->lost = false;
			return 1;
		}
		/* The marker may begin in the last bytes. */
		if (have >= SF_SYNC_BYTES)
			skip(c, have - (SF_SYNC_BYTES - 1));
		have = c->end - c->start;
		res = fill(c, have + 1, err);
		if (res < 0 || (!res && c->follow))
			return res;
		if (!res) {
			skip(c, have);
			return EYAS_E_END;
		}
	}
}

/* What is here is no block: the next call looks for one. */
static int lose(struct sf_avro_in *c)
{
	c->lost = true;
	return EYAS_E_FORMAT;
}

static int truncated(struct sf_avro_in *c, struct eyas_err *err)
{
	/* It may only say that it is so long, and there may be others behind it. */
	c->lost = true;
	return eyas_err_at(err, EYAS_E_TRUNC, c->offset, "the file ends in a block");
}

/*
 * The two numbers of a block: 1 and how many bytes they take; 0 if they are cut off; a failure.
 * Each datum has a byte at least, so that their number is bounded, too.
 */
static int block_head(struct sf_avro_in *c, size_t *ret_head, size_t *ret_size,
		      struct eyas_err *err)
{
	struct cursor cursor = { c->window + c->start, c->window + c->end };
	int64_t count = 0, size = 0;
	int res = get_number(&cursor, &count);

	if (res > 0)
		res = get_number(&cursor, &size);
	if (!res)
		return 0;
	if (res < 0 || count < 0 || (uint64_t)count > c->max_bytes)
		return eyas_err_at(err, lose(c), c->offset,
				   "a block says it has a number of records that makes no sense");
	if (size < 0)
		return eyas_err_at(err, lose(c), c->offset,
				   "a block says it has a negative number of bytes");
	if ((uint64_t)size > c->max_bytes) {
		lose(c);
		return eyas_err_at(err, EYAS_E_LIMIT, c->offset,
				   "a block says it has %lld bytes, more than the limit of %zu",
				   (long long)size, c->max_bytes);
	}
	c->count = (uint64_t)count;
	*ret_head = (size_t)(cursor.at - (c->window + c->start));
	*ret_size = (size_t)size;
	return 1;
}

/* A whole block in the window: as sf_avro_in_next(). */
static int find_block(struct sf_avro_in *c, size_t *ret_head, size_t *ret_size,
		      struct eyas_err *err)
{
	int res = fill(c, BLOCK_HEAD, err);

	if (res < 0)
		return res;
	if (c->start == c->end)
		return c->follow ? 0 : EYAS_E_END;
	res = block_head(c, ret_head, ret_size, err);
	if (res < 0)
		return res;
	if (res)
		res = fill(c, *ret_head + *ret_size + SF_SYNC_BYTES, err);
	if (res < 0)
		return res;
	if (!res)
		return c->follow ? 0 : truncated(c, err);
	if (memcmp(c->window + c->start + *ret_head + *ret_size, c->sync, SF_SYNC_BYTES) != 0)
		return eyas_err_at(err, lose(c), c->offset,
				   "behind a block there is no sync marker");
	return 1;
}

int sf_avro_in_next(struct sf_avro_in *c, uint8_t **ret_data, size_t *ret_len,
		    struct eyas_err *reterr)
{
	size_t head = 0, size = 0;
	uint8_t *data;
	int res = c->lost ? find_sync(c, reterr) : 1;

	if (res <= 0)
		return res;
	res = find_block(c, &head, &size, reterr);
	if (res <= 0)
		return res;
	data = c->window + c->start + head;
	c->block_offset = c->offset;
	c->block_bytes = head + size + SF_SYNC_BYTES;
	/* The bytes stay in the window until the next call. */
	consume(c, c->block_bytes);
	res = sf_unpack(&c->unpacker, data, size, ret_data, ret_len, reterr);
	if (!res)
		return 1;
	c->lost_records += c->count;
	if (reterr)
		reterr->offset = c->block_offset;
	return res;
}
