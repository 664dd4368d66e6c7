/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interned strings: each text exists once in a state, counted. A clone copies nothing, and the
 * names of a thousand descriptors on one file cost one string.
 */
#ifndef STATE_ISTR_H
#define STATE_ISTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Invariant: text has len bytes, which may include NULs (args, env), and one NUL behind them. */
struct eyas_istr {
	uint32_t refs;
	uint32_t len;
	uint32_t hash;
	char text[];
};

/* Open addressing; rows has mask + 1 places, a power of two, at most three quarters used. */
struct istr_pool {
	struct eyas_istr **rows;
	uint32_t mask, used;
	uint64_t seed;		 /* hides from a capture's author which texts collide */
	uint64_t bytes;		 /* of all strings, heads included */
	uint64_t max_bytes;	 /* 0 = no limit */
	uint64_t refused;	 /* not taken for the limit or for want of memory */
	struct eyas_istr *empty; /* "", always there */
};

/* A number nobody outside can know, for hash tables whose keys a capture chooses. */
uint64_t hash_seed(void);

int istr_pool_init(struct istr_pool *pool, uint64_t max_bytes);
/* Frees all strings, whoever holds them. */
void istr_pool_fini(struct istr_pool *pool);

/*
 * The string with this text, counted once more. Never NULL: when there is no memory for it, it
 * is the empty string, and refused counts that.
 */
struct eyas_istr *istr_get(struct istr_pool *pool, const char *text, size_t len);
/* One user less; the last one frees it. */
void istr_put(struct istr_pool *pool, struct eyas_istr *str);

static inline struct eyas_istr *istr_ref(struct eyas_istr *str)
{
	str->refs++;
	return str;
}

/* *to becomes str, whose count the caller gives away; the old string is put. */
static inline void istr_move(struct istr_pool *pool, struct eyas_istr **to, struct eyas_istr *str)
{
	struct eyas_istr *old = *to;

	*to = str;
	if (old)
		istr_put(pool, old);
}

#endif
