/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of terms, made when rules are enabled, and anew when more is known about events. */
#include "rules/index_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "filter/set.h"
#include "rules/rules_int.h"

enum {
	CHOICES_MIN = 4, /* fewer are tried one after another */
	SLOTS_MAX = 16	 /* of choices below one node */
};

/* What is known of a term. */
struct weight {
	uint32_t count;	       /* rules that have it */
	uint32_t cost;	       /* how dear it is */
	uint32_t tries, holds; /* as an older tree has learned */
	bool chooses;	       /* by a text, which is looked up and seldom there */
	double worth;
};

struct making {
	struct rules_index *index;
	const struct eyas_network *network;
	bool typed;
	struct weight *weights;	  /* by term */
	struct eyas_map children; /* (parent, term) to node */
	bool learned;
};

static int add_node(struct making *m, uint32_t term, uint32_t order, uint32_t *ret)
{
	struct rules_index *index = m->index;
	struct node *nodes =
		rules_grow(index->nodes, &index->nodes_cap, index->nnodes, sizeof(*nodes));

	if (!nodes)
		return -ENOMEM;
	index->nodes = nodes;
	nodes[index->nnodes] = (struct node){ .term = term,
					      .order = order,
					      .first_child = NONE,
					      .last_child = NONE,
					      .next = NONE,
					      .first_end = NONE,
					      .choices = NONE };
	*ret = index->nnodes++;
	return 0;
}

static int get_child(struct making *m, uint32_t parent, uint32_t term, uint32_t order,
		     uint32_t *ret)
{
	uint64_t key = (uint64_t)parent << 32 | term;
	struct node *above;
	uint32_t child = eyas_map_find(&m->children, key);

	if (child != EYAS_MAP_NONE) {
		*ret = child;
		return 0;
	}
	if (add_node(m, term, order, &child) || eyas_map_add(&m->children, key, child))
		return -ENOMEM;
	above = &m->index->nodes[parent];
	if (above->last_child == NONE)
		above->first_child = child;
	else
		m->index->nodes[above->last_child].next = child;
	above->last_child = child;
	*ret = child;
	return 0;
}

/* Terms of a rule, without those that always hold. */
static uint32_t get_terms(const struct making *m, uint32_t root, uint32_t terms[TERMS_MAX])
{
	uint32_t n = eyas_network_terms(m->network, root, terms, TERMS_MAX), kept = 0, i;

	if (!n) {
		terms[0] = root;
		return 1;
	}
	for (i = 0; i < n; i++)
		if (!m->typed || !eyas_network_term_is_type(m->network, terms[i]))
			terms[kept++] = terms[i];
	return kept;
}

/*
 * What asking a term first is worth: the rules that it rules out, as often as it does not hold, for
 * what it costs. Of a term that nobody has asked nothing is known; one that chooses by a text is
 * not asked but looked up, together with others.
 */
static double worth_of(const struct weight *weight)
{
	double fails = (weight->tries - weight->holds + 1.0) / (weight->tries + 2.0);

	if (weight->chooses)
		fails = 1;
	return weight->count * fails / (weight->cost + 1.0);
}

/*
 * Does a come before b? By what was learned; before that, those that most rules have, then what is
 * cheap. Numbers settle the rest.
 */
static bool comes_first(const struct making *m, uint32_t a, uint32_t b)
{
	const struct weight *left = &m->weights[a], *right = &m->weights[b];

	if (m->learned && left->worth != right->worth)
		return left->worth > right->worth;
	if (left->count != right->count)
		return left->count > right->count;
	if (left->cost != right->cost)
		return left->cost < right->cost;
	return a < b;
}

/* A rule has few terms. */
static void sort_terms(const struct making *m, uint32_t *terms, uint32_t n)
{
	uint32_t i, k, term;

	for (i = 1; i < n; i++) {
		term = terms[i];
		for (k = i; k && comes_first(m, term, terms[k - 1]); k--)
			terms[k] = terms[k - 1];
		terms[k] = term;
	}
}

static int add_rule(struct making *m, uint32_t root, uint32_t order)
{
	struct rules_index *index = m->index;
	uint32_t terms[TERMS_MAX], n = get_terms(m, root, terms), i, at = 0;
	struct end *ends;

	sort_terms(m, terms, n);
	for (i = 0; i < n; i++)
		if (get_child(m, at, terms[i], order, &at))
			return -ENOMEM;
	ends = rules_grow(index->ends, &index->ends_cap, index->nends, sizeof(*ends));
	if (!ends)
		return -ENOMEM;
	index->ends = ends;
	ends[index->nends] = (struct end){ order, index->nodes[at].first_end };
	index->nodes[at].first_end = index->nends++;
	return 0;
}

/* ---- children that differ by a text only ---- */

static int add_row(struct rules_index *index, struct choices *choices,
		   const struct eyas_value *text, uint32_t child)
{
	uint64_t hash = eyas_filter_hash(0, text->u.data, text->len);
	uint32_t first = eyas_map_find(&choices->map, hash);
	struct row *rows = rules_grow(index->rows, &index->rows_cap, index->nrows, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	index->rows = rows;
	rows[index->nrows] = (struct row){ text, child, NONE };
	if (first == EYAS_MAP_NONE) {
		if (eyas_map_add(&choices->map, hash, index->nrows))
			return -ENOMEM;
	} else {
		rows[index->nrows].next = rows[first].next;
		rows[first].next = index->nrows;
	}
	index->nrows++;
	return 0;
}

/* Move the children of a node that choose by a slot out of its list. */
static int make_choices(struct making *m, uint32_t id, uint32_t slot)
{
	struct rules_index *index = m->index;
	struct choices *choices =
		rules_grow(index->choices, &index->choices_cap, index->nchoices, sizeof(*choices));
	struct network_choice choice;
	uint32_t *link, child, i;

	if (!choices)
		return -ENOMEM;
	index->choices = choices;
	choices += index->nchoices;
	*choices = (struct choices){ .slot = slot, .next = index->nodes[id].choices };
	index->nodes[id].choices = index->nchoices++;
	link = &index->nodes[id].first_child;
	while (*link != NONE) {
		child = *link;
		if (!eyas_network_choice(m->network, index->nodes[child].term, &choice) ||
		    choice.slot != slot) {
			link = &index->nodes[child].next;
			continue;
		}
		*link = index->nodes[child].next;
		for (i = 0; i < choice.nconsts; i++)
			if (add_row(index, choices, &choice.consts[i], child))
				return -ENOMEM;
	}
	return 0;
}

/* The slots by which enough children of a node choose; of many slots, only the first few. */
static int find_choices(struct making *m, uint32_t id)
{
	const struct rules_index *index = m->index;
	uint32_t child = index->nodes[id].first_child, n = 0, i;
	uint32_t slots[SLOTS_MAX], counts[SLOTS_MAX];
	struct network_choice choice;

	for (; child != NONE; child = index->nodes[child].next) {
		if (!eyas_network_choice(m->network, index->nodes[child].term, &choice))
			continue;
		for (i = 0; i < n && slots[i] != choice.slot; i++)
			;
		if (i == n && n < SLOTS_MAX) {
			slots[n] = choice.slot;
			counts[n++] = 0;
		}
		if (i < n)
			counts[i]++;
	}
	for (i = 0; i < n; i++)
		if (counts[i] >= CHOICES_MIN && make_choices(m, id, slots[i]))
			return -ENOMEM;
	return 0;
}

static void weigh(struct making *m, uint32_t term)
{
	struct weight *weight = &m->weights[term];

	struct network_choice choice;

	if (!weight->count++) {
		weight->cost = eyas_network_term_cost(m->network, term);
		weight->chooses = eyas_network_choice(m->network, term, &choice);
	}
	weight->worth = worth_of(weight);
}

static void take_counts(struct making *m, const struct rules_index *learned)
{
	const struct node *node = learned->nodes, *end = node + learned->nnodes;

	for (; node < end; node++) {
		if (node->term == NONE)
			continue;
		m->weights[node->term].tries += node->tries;
		m->weights[node->term].holds += node->holds;
	}
}

static int make(struct making *m)
{
	const struct rules_index *index = m->index;
	uint32_t terms[TERMS_MAX], i, k, n, top;

	if (add_node(m, NONE, 0, &top))
		return -ENOMEM;
	for (i = 0; i < index->count; i++) {
		n = get_terms(m, index->rules[i].root, terms);
		for (k = 0; k < n; k++)
			weigh(m, terms[k]);
	}
	for (i = 0; i < index->count; i++)
		if (add_rule(m, index->rules[i].root, i))
			return -ENOMEM;
	for (i = 0; i < index->nnodes; i++)
		if (find_choices(m, i))
			return -ENOMEM;
	return 0;
}

int rules_index_make(struct rules_index *index, const struct eyas_network *network,
		     const struct rules_index *learned)
{
	struct making m = {
		.index = index, .network = network, .typed = index->typed, .learned = learned
	};
	struct network_size size;
	int res = -ENOMEM;

	eyas_network_size(network, &size);
	m.weights = calloc((size_t)size.nodes + 1, sizeof(*m.weights));
	if (m.weights) {
		if (learned)
			take_counts(&m, learned);
		res = make(&m);
	}
	eyas_map_fini(&m.children);
	free(m.weights);
	return res;
}
