/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of constants: what "in (...)" looks a value up in, and the order that makes two lists of
 * constants comparable however they were written.
 *
 * A constant is a struct eyas_value. One of a network type has its address followed by its mask,
 * so 2 * len bytes, and the bits of the address outside the mask are zero.
 */
#ifndef FILTER_SET_H
#define FILTER_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "filter/value.h"

/* Spreads len bytes over 64 bits. Seeded by what was hashed before, or 0. */
uint64_t eyas_filter_hash(uint64_t seed, const void *data, size_t len);

static inline bool value_type_is_net(unsigned type)
{
	return type == EYAS_PT_IPNET || type == EYAS_PT_IPV4NET || type == EYAS_PT_IPV6NET;
}

/* A total order of constants of one type: negative, 0, positive. */
int eyas_constant_order(const struct eyas_value *a, const struct eyas_value *b);
uint64_t eyas_constant_hash(uint64_t seed, const struct eyas_value *value);

/* Sort; equal ones are kept once when unique is set. Returns how many are left. */
uint32_t eyas_constants_sort(struct eyas_value *values, uint32_t count, bool unique);

/*
 * A copy with its bytes, a NUL behind each, in one piece of the arena. NULL when out of memory.
 */
struct eyas_value *eyas_constants_copy(struct eyas_arena *arena, const struct eyas_value *values,
				       uint32_t count);

/* Does the address lie in the network? One of the other family does not. */
bool eyas_net_has(const struct eyas_value *net, const struct eyas_value *addr);

struct value_set;

/*
 * A set of count constants of one type, distinct and sorted; they are borrowed and must live as
 * long as the arena. NULL when out of memory.
 */
struct value_set *eyas_value_set_new(struct eyas_arena *arena, const struct eyas_value *values,
				     uint32_t count);
bool eyas_value_set_has(const struct value_set *set, const struct eyas_value *value);

#endif
