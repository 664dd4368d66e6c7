/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of terms, between its making (index_make.c) and those who go down it (index.c). */
#ifndef RULES_INDEX_INT_H
#define RULES_INDEX_INT_H

#include "base/map.h"
#include "rules/index.h"

#define NONE UINT32_MAX

enum { TERMS_MAX = 256 }; /* of a rule; one with more is a single term */

/*
 * Rules end at the node of their last term. order is the place of the first rule at or below the
 * node, and children are in that order.
 */
struct node {
	uint32_t term; /* NONE at the top */
	uint32_t order;
	uint32_t first_child, last_child, next;
	uint32_t first_end;    /* in ends; NONE */
	uint32_t choices;      /* in choices; NONE */
	uint32_t tries, holds; /* while it is learned: how often the term was asked, and held */
};

/* A rule that ends somewhere. */
struct end {
	uint32_t order, next;
};

/* Children that are told apart by the text in a slot; several of a node are chained. */
struct choices {
	uint32_t slot, next;
	struct eyas_map map; /* hash of a text to the first of its rows */
};

struct row {
	const struct eyas_value *text; /* the network's */
	uint32_t node, next;
};

struct rules_index {
	struct node *nodes;
	struct end *ends;
	struct choices *choices;
	struct row *rows;
	uint32_t nnodes, nodes_cap, nends, ends_cap, nchoices, choices_cap, nrows, rows_cap;
	struct rules_indexed *rules; /* by place */
	uint32_t *found;
	uint32_t count;
	bool typed;
	uint32_t events; /* until something changes: the end of learning, or its beginning */
	bool learning;
	unsigned rounds; /* of learning that are over */
};

/*
 * Make the tree of the rules of an index, which has no other. learned: the counts of an older tree
 * of the same rules, or NULL. 0 or -ENOMEM.
 */
int rules_index_make(struct rules_index *index, const struct eyas_network *network,
		     const struct rules_index *learned);
/* Free the tree, not the rules. */
void rules_index_clear(struct rules_index *index);

#endif
