/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a top counts, shared by top.c, which counts, top_key.c, which makes keys, and
 * top_show.c.
 */
#ifndef PRINT_TOP_INT_H
#define PRINT_TOP_INT_H

#include "print/top.h"

enum { TOP_KEYS_MAX = 16 };

/* What VALUE adds up to. */
enum top_sum_kind { SUM_NONE, SUM_UNSIGNED, SUM_SIGNED, SUM_REAL };

union top_sum {
	uint64_t u;
	int64_t s;
	double real;
};

/* Events with the same key. Invariant: hash is that of key_len bytes at key. */
struct top_group {
	const uint8_t *key; /* in top->arena */
	uint32_t key_len;
	uint32_t hash;
	uint64_t events;
	union top_sum sum;
};

struct top_field {
	char *name;
	uint32_t slot;
};

/*
 * Open addressing: rows has mask + 1 places, a power of two, at most half of them used; a place
 * is an index into groups, plus one.
 */
struct eyas_top {
	struct eyas_network *network;
	struct top_field keys[TOP_KEYS_MAX], value;
	unsigned nkeys;
	enum top_sum_kind kind;
	struct top_group *groups;
	uint32_t ngroups, cap;
	uint32_t *rows;
	uint32_t mask;
	uint32_t last;		 /* group of the event before: often that of the next one */
	struct top_group others; /* of all keys beyond the limits */
	uint64_t seed;		 /* so that a capture cannot know which keys collide */
	uint64_t key_bytes;
	struct eyas_str key; /* of the current event */
	struct eyas_arena arena;
};

/*
 * A value as bytes, NULL = missing: equal values have equal bytes, and their length is in them.
 */
void eyas_top_key_put(struct eyas_str *key, const struct eyas_value *value);

/*
 * The value at p, as eyas_top_key_put() wrote it: returns what is behind it. ret_missing tells that
 * there is none; the items of a list are put into arena.
 */
const uint8_t *eyas_top_key_take(const uint8_t *p, struct eyas_arena *arena, struct eyas_value *ret,
				 bool *ret_missing);

#endif
