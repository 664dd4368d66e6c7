/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of interned strings: every file of src/state takes its texts from here. */
#include "state/istr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/le.h"

enum { ROWS_MIN = 256 };

uint64_t hash_seed(void)
{
	uint64_t seed;

	/* Early in boot there may be no randomness yet; the address of the stack is some. */
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != (ssize_t)sizeof(seed))
		seed = (uint64_t)(uintptr_t)&seed * UINT64_C(0x9e3779b97f4a7c15);
	return seed;
}

static uint64_t mix(uint64_t hash)
{
	hash *= UINT64_C(0x9fb21c651e98df25);
	return hash ^ hash >> 32;
}

/* Eight bytes at a time; names are hashed for every event that carries one. */
static uint32_t hash_text(uint64_t seed, const char *text, size_t len)
{
	uint64_t hash = mix(seed ^ len), word;

	/* The last word overlaps the one before; only a text shorter than a word is put together. */
	if (len >= sizeof(word)) {
		for (; len > sizeof(word); text += sizeof(word), len -= sizeof(word))
			hash = mix(hash ^ eyas_le64(text));
		return (uint32_t)mix(hash ^ eyas_le64(text + len - sizeof(word)));
	}
	for (word = 0; len; len--)
		word = word << 8 | (unsigned char)text[len - 1];
	return (uint32_t)mix(hash ^ word);
}

static struct eyas_istr *new_str(const char *text, size_t len, uint32_t hash)
{
	struct eyas_istr *str = malloc(sizeof(*str) + len + 1);

	if (!str)
		return NULL;
	str->refs = 1;
	str->len = (uint32_t)len;
	str->hash = hash;
	if (len)
		memcpy(str->text, text, len);
	str->text[len] = '\0';
	return str;
}

static uint64_t str_bytes(size_t len)
{
	return sizeof(struct eyas_istr) + len + 1;
}

/* The place of a text, or the free one where it belongs. */
static struct eyas_istr **find_row(const struct istr_pool *pool, const char *text, size_t len,
				   uint32_t hash)
{
	uint32_t i = hash & pool->mask;
	const struct eyas_istr *str;

	for (; (str = pool->rows[i]); i = (i + 1) & pool->mask)
		if (str->hash == hash && str->len == len && !memcmp(str->text, text, len))
			break;
	return &pool->rows[i];
}

static int resize(struct istr_pool *pool, uint32_t size)
{
	struct eyas_istr **rows = calloc(size, sizeof(*rows));
	uint32_t i, k;

	if (!rows)
		return -ENOMEM;
	for (i = 0; pool->rows && i <= pool->mask; i++) {
		if (!pool->rows[i])
			continue;
		k = pool->rows[i]->hash & (size - 1);
		while (rows[k])
			k = (k + 1) & (size - 1);
		rows[k] = pool->rows[i];
	}
	free(pool->rows);
	pool->rows = rows;
	pool->mask = size - 1;
	return 0;
}

int istr_pool_init(struct istr_pool *pool, uint64_t max_bytes)
{
	*pool = (struct istr_pool){ .seed = hash_seed(), .max_bytes = max_bytes };
	pool->empty = new_str("", 0, 0);
	if (pool->empty && !resize(pool, ROWS_MIN))
		return 0;
	istr_pool_fini(pool);
	return -ENOMEM;
}

void istr_pool_fini(struct istr_pool *pool)
{
	uint32_t i;

	for (i = 0; pool->rows && i <= pool->mask; i++)
		free(pool->rows[i]);
	free(pool->rows);
	free(pool->empty);
	*pool = (struct istr_pool){ .rows = NULL };
}

/* Room for one more text of len bytes, in the table and within the limit. */
static bool make_room(struct istr_pool *pool, size_t len)
{
	uint32_t size = pool->mask + 1;

	if (pool->max_bytes && pool->bytes + str_bytes(len) > pool->max_bytes)
		return false;
	if (pool->used < size - size / 4)
		return true;
	return size <= UINT32_MAX / 4 && !resize(pool, size * 2);
}

struct eyas_istr *istr_get(struct istr_pool *pool, const char *text, size_t len)
{
	struct eyas_istr **row, *str;
	uint32_t hash;

	/* Not in the table: it outlives all others. */
	if (!len)
		return istr_ref(pool->empty);
	if (len >= UINT32_MAX - sizeof(*str))
		goto refused;
	hash = hash_text(pool->seed, text, len);
	row = find_row(pool, text, len, hash);
	if (*row)
		return istr_ref(*row);
	if (!make_room(pool, len) || !(str = new_str(text, len, hash)))
		goto refused;
	*find_row(pool, text, len, hash) = str;
	pool->used++;
	pool->bytes += str_bytes(len);
	return str;
refused:
	pool->refused++;
	return istr_ref(pool->empty);
}

/* Close the gap at i: what stands behind it and was pushed there by collisions moves up. */
static void remove_row(struct istr_pool *pool, uint32_t i)
{
	uint32_t k = i, home;

	for (;;) {
		k = (k + 1) & pool->mask;
		if (!pool->rows[k])
			break;
		home = pool->rows[k]->hash & pool->mask;
		if (((k - home) & pool->mask) < ((k - i) & pool->mask))
			continue;
		pool->rows[i] = pool->rows[k];
		i = k;
	}
	pool->rows[i] = NULL;
}

void istr_put(struct istr_pool *pool, struct eyas_istr *str)
{
	uint32_t i;

	/* The pool's own count keeps the empty string above zero. */
	if (--str->refs)
		return;
	for (i = str->hash & pool->mask; pool->rows[i] != str; i = (i + 1) & pool->mask)
		;
	remove_row(pool, i);
	pool->used--;
	pool->bytes -= str_bytes(str->len);
	free(str);
	/* After a burst. Failure to get the smaller table leaves the larger one, which works. */
	if (pool->mask >= ROWS_MIN && pool->used < pool->mask / 8)
		(void)resize(pool,
			     (pool->mask + 1) / 4 < ROWS_MIN ? ROWS_MIN : (pool->mask + 1) / 4);
}
