/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a value one of these constants? A hash table over the constants; a few are compared one
 * after another, which is cheaper than hashing. Networks overlap, so they are always tried in
 * turn.
 */
#include "filter/set.h"

#include <stdlib.h>
#include <string.h>

#include "base/le.h"

enum {
	FEW = 4,	 /* up to so many are compared in turn */
	LEN_BUCKETS = 64 /* longer values share the last bit of lens */
};

/*
 * Invariant: rows has mask + 1 places, a power of two, at most half of them used; NULL = values
 * are compared in turn.
 */
struct value_set {
	const struct eyas_value *values;
	uint32_t count;
	uint32_t mask;
	uint32_t *rows; /* index + 1 of a value, 0 = free */
	uint64_t lens;	/* bit n: some value has n bytes: most that are no member fail here */
	bool net, bytes;
};

static uint64_t mix(uint64_t hash)
{
	hash ^= hash >> 32;
	hash *= UINT64_C(0xd6e8feb86659fd93);
	return hash ^ hash >> 32;
}

/* The last 1 to 7 bytes: loads that overlap, for a memcpy() of a length not known is a call. */
static uint64_t load_rest(const uint8_t *at, size_t len)
{
	if (len >= 4)
		return eyas_le32(at) | (uint64_t)eyas_le32(at + len - 4) << 32;
	return at[0] | (uint64_t)at[len / 2] << 8 | (uint64_t)at[len - 1] << 16;
}

uint64_t eyas_filter_hash(uint64_t seed, const void *data, size_t len)
{
	const uint8_t *at = data;
	uint64_t hash = seed ^ len * UINT64_C(0x9e3779b97f4a7c15);

	for (; len >= 8; at += 8, len -= 8)
		hash = mix(hash ^ eyas_le64(at)) + UINT64_C(0x9e3779b97f4a7c15);
	return mix(len ? hash ^ load_rest(at, len) : hash);
}

static bool is_bytes(unsigned type)
{
	enum value_class class = eyas_value_class(type);

	return class == VALUE_BYTES || class == VALUE_ADDR;
}

/* Bytes of a constant whose value is bytes. */
static size_t constant_size(const struct eyas_value *value)
{
	return value_type_is_net(value->type) ? 2 * (size_t)value->len : value->len;
}

int eyas_constant_order(const struct eyas_value *a, const struct eyas_value *b)
{
	if (!is_bytes(a->type))
		return (a->u.num > b->u.num) - (a->u.num < b->u.num);
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return a->len ? memcmp(a->u.data, b->u.data, constant_size(a)) : 0;
}

uint64_t eyas_constant_hash(uint64_t seed, const struct eyas_value *value)
{
	if (!is_bytes(value->type))
		return mix(seed ^ value->u.num);
	return eyas_filter_hash(seed, value->u.data, constant_size(value));
}

static int order_for_qsort(const void *a, const void *b)
{
	return eyas_constant_order(a, b);
}

uint32_t eyas_constants_sort(struct eyas_value *values, uint32_t count, bool unique)
{
	uint32_t i, kept = 0;

	if (!count)
		return 0;
	qsort(values, count, sizeof(*values), order_for_qsort);
	if (!unique)
		return count;
	for (i = 1; i < count; i++)
		if (eyas_constant_order(&values[kept], &values[i]))
			values[++kept] = values[i];
	return kept + 1;
}

struct eyas_value *eyas_constants_copy(struct eyas_arena *arena, const struct eyas_value *values,
				       uint32_t count)
{
	const bool bytes = count && is_bytes(values[0].type);
	size_t size = count * sizeof(*values), len;
	struct eyas_value *copy;
	uint32_t i;
	char *at;

	for (i = 0; bytes && i < count; i++)
		size += constant_size(&values[i]) + 1;
	copy = eyas_arena_get(arena, size);
	if (!copy)
		return NULL;
	at = (char *)(copy + count);
	for (i = 0; i < count; i++) {
		copy[i] = values[i];
		if (!bytes)
			continue;
		len = constant_size(&values[i]);
		memcpy(at, values[i].u.data, len);
		at[len] = '\0';
		copy[i].u.data = at;
		at += len + 1;
	}
	return copy;
}

bool eyas_net_has(const struct eyas_value *net, const struct eyas_value *addr)
{
	const char *mask = net->u.data + net->len;
	uint32_t i;

	if (net->len != addr->len)
		return false;
	for (i = 0; i < net->len; i++)
		if ((addr->u.data[i] & mask[i]) != net->u.data[i])
			return false;
	return true;
}

static uint64_t len_bit(uint32_t len)
{
	return UINT64_C(1) << (len < LEN_BUCKETS ? len : LEN_BUCKETS - 1);
}

static bool make_rows(struct value_set *set, struct eyas_arena *arena)
{
	uint32_t size = 2 * FEW, i, at;

	while (size / 2 < set->count)
		size *= 2;
	set->rows = eyas_arena_zero(arena, size * sizeof(*set->rows));
	if (!set->rows)
		return false;
	set->mask = size - 1;
	for (i = 0; i < set->count; i++) {
		at = (uint32_t)eyas_constant_hash(0, &set->values[i]) & set->mask;
		while (set->rows[at])
			at = (at + 1) & set->mask;
		set->rows[at] = i + 1;
	}
	return true;
}

struct value_set *eyas_value_set_new(struct eyas_arena *arena, const struct eyas_value *values,
				     uint32_t count)
{
	struct value_set *set = eyas_arena_zero(arena, sizeof(*set));
	uint32_t i;

	if (!set)
		return NULL;
	set->values = values;
	set->count = count;
	set->net = count && value_type_is_net(values[0].type);
	set->bytes = count && !set->net && is_bytes(values[0].type);
	for (i = 0; set->bytes && i < count; i++)
		set->lens |= len_bit(values[i].len);
	if (count > FEW && !set->net && !make_rows(set, arena))
		return NULL;
	return set;
}

static bool same(const struct value_set *set, const struct eyas_value *constant,
		 const struct eyas_value *value)
{
	if (set->net)
		return eyas_net_has(constant, value);
	if (!set->bytes)
		return constant->u.num == value->u.num;
	return constant->len == value->len &&
	       (!value->len || !memcmp(constant->u.data, value->u.data, value->len));
}

bool eyas_value_set_has(const struct value_set *set, const struct eyas_value *value)
{
	uint64_t hash;
	uint32_t at;

	if (set->bytes && !(set->lens & len_bit(value->len)))
		return false;
	if (!set->rows) {
		for (at = 0; at < set->count; at++)
			if (same(set, &set->values[at], value))
				return true;
		return false;
	}
	/* As eyas_constant_hash(), but by what the set holds, not by the value's own type. */
	hash = set->bytes ? eyas_filter_hash(0, value->u.data, value->len) : mix(value->u.num);
	for (at = (uint32_t)hash & set->mask; set->rows[at]; at = (at + 1) & set->mask)
		if (same(set, &set->values[set->rows[at] - 1], value))
			return true;
	return false;
}
