/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many rules compared with one event at a time. The terms of their conditions are a tree: rules
 * that have a term in common share the way to it, those that most have come first, and where a
 * term does not hold all that stands below is passed over at once. Terms that compare the same
 * value with different texts are looked up by that value. So thousands of rules of the same kind
 * cost little more than one.
 */
#ifndef RULES_INDEX_H
#define RULES_INDEX_H

#include "filter/network.h"

struct rules_index;

/* A rule: its number, which is handed back, and its root in the network. */
struct rules_indexed {
	uint32_t rule, root;
};

/*
 * An index over rules in the order in which they are tried. typed: all events that it is asked
 * about are of types for which every term about the name of the type holds. 0 or -ENOMEM.
 */
int rules_index_new(const struct eyas_network *network, const struct rules_indexed *rules,
		    uint32_t count, bool typed, struct rules_index **ret_index);
/* Was it made of these? */
bool rules_index_is(const struct rules_index *index, const struct rules_indexed *rules,
		    uint32_t count, bool typed);
/* NULL is fine. */
void rules_index_free(struct rules_index *index);

/*
 * The rules that match the current event of the network: the first one, or all in their order.
 * *ret_rules is lent until the next call. Returns how many.
 */
uint32_t rules_index_match(struct rules_index *index, struct eyas_network *network, bool all,
			   const uint32_t **ret_rules);

#endif
