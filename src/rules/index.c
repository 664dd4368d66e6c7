/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of terms: made when rules are enabled, gone down for every event. */
#include "rules/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "filter/set.h"
#include "rules/rules_int.h"

#define NONE UINT32_MAX

enum {
	TERMS_MAX = 64,	 /* of a rule; one with more is a single term */
	CHOICES_MIN = 4, /* fewer are tried one after another */
	SLOTS_MAX = 16	 /* of choices below one node */
};

/*
 * Rules end at the node of their last term. order is the place of the first rule at or below the
 * node, and children are in that order.
 */
struct node {
	uint32_t term; /* NONE at the top */
	uint32_t order;
	uint32_t first_child, last_child, next;
	uint32_t first_end; /* in ends; NONE */
	uint32_t choices;   /* in choices; NONE */
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
	uint32_t *rules; /* by place */
	uint32_t *found;
	uint32_t count;
	bool typed;
};

bool rules_index_is(const struct rules_index *index, const struct rules_indexed *rules,
		    uint32_t count, bool typed)
{
	uint32_t i;

	if (index->count != count || index->typed != typed)
		return false;
	for (i = 0; i < count; i++)
		if (index->rules[i] != rules[i].rule)
			return false;
	return true;
}

void rules_index_free(struct rules_index *index)
{
	uint32_t i;

	if (!index)
		return;
	for (i = 0; i < index->nchoices; i++)
		eyas_map_fini(&index->choices[i].map);
	free(index->nodes);
	free(index->ends);
	free(index->choices);
	free(index->rows);
	free(index->rules);
	free(index->found);
	free(index);
}

/* ---- making it ---- */

struct making {
	struct rules_index *index;
	const struct eyas_network *network;
	bool typed;
	uint32_t *counts;	  /* by term: how many rules have it */
	uint32_t *costs;	  /* by term: how dear it is */
	struct eyas_map children; /* (parent, term) to node */
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

/* Does a come before b? Those that most rules have, then what is cheap; numbers settle the rest. */
static bool comes_first(const struct making *m, uint32_t a, uint32_t b)
{
	if (m->counts[a] != m->counts[b])
		return m->counts[a] > m->counts[b];
	if (m->costs[a] != m->costs[b])
		return m->costs[a] < m->costs[b];
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

static int make(struct making *m, const struct rules_indexed *rules, uint32_t count)
{
	uint32_t terms[TERMS_MAX], i, k, n, top;

	if (add_node(m, NONE, 0, &top))
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		n = get_terms(m, rules[i].root, terms);
		for (k = 0; k < n; k++)
			if (!m->counts[terms[k]]++)
				m->costs[terms[k]] = eyas_network_term_cost(m->network, terms[k]);
		m->index->rules[i] = rules[i].rule;
	}
	for (i = 0; i < count; i++)
		if (add_rule(m, rules[i].root, i))
			return -ENOMEM;
	for (i = 0; i < m->index->nnodes; i++)
		if (find_choices(m, i))
			return -ENOMEM;
	return 0;
}

int rules_index_new(const struct eyas_network *network, const struct rules_indexed *rules,
		    uint32_t count, bool typed, struct rules_index **ret_index)
{
	struct making m = { .network = network, .typed = typed };
	struct network_size size;
	int res = -ENOMEM;

	eyas_network_size(network, &size);
	m.index = calloc(1, sizeof(*m.index));
	m.counts = calloc((size_t)size.nodes + 1, sizeof(*m.counts));
	m.costs = calloc((size_t)size.nodes + 1, sizeof(*m.costs));
	if (!m.index || !m.counts || !m.costs)
		goto out;
	m.index->count = count;
	m.index->typed = typed;
	m.index->rules = calloc((size_t)count + 1, sizeof(*m.index->rules));
	m.index->found = calloc((size_t)count + 1, sizeof(*m.index->found));
	if (m.index->rules && m.index->found)
		res = make(&m, rules, count);
out:
	eyas_map_fini(&m.children);
	free(m.counts);
	free(m.costs);
	if (res < 0)
		rules_index_free(m.index);
	else
		*ret_index = m.index;
	return res;
}

/* ---- going down ---- */

struct looking {
	struct rules_index *index;
	struct eyas_network *network;
	bool all;
	uint32_t best; /* place of the first rule so far, when only that is wanted */
	uint32_t nfound;
};

static void visit(struct looking *l, const struct node *node);

/* By the text in the slot of each of the choices, which is that of the children's terms. */
static void choose(struct looking *l, uint32_t at)
{
	const struct rules_index *index = l->index;
	const struct choices *choices;
	const struct eyas_value *value;
	const struct row *row;
	uint32_t i;

	for (; at != NONE; at = choices->next) {
		choices = &index->choices[at];
		value = eyas_network_value(l->network, choices->slot);
		if (!value)
			continue;
		i = eyas_map_find(&choices->map, eyas_filter_hash(0, value->u.data, value->len));
		for (; i != EYAS_MAP_NONE; i = row->next) {
			row = &index->rows[i];
			if (row->text->len == value->len &&
			    !memcmp(row->text->u.data, value->u.data, value->len))
				visit(l, &index->nodes[row->node]);
		}
	}
}

/* All terms down to this node hold. At most TERMS_MAX levels. */
static void visit(struct looking *l, const struct node *node)
{
	const struct rules_index *index = l->index;
	const struct node *child;
	uint32_t i;

	if (!l->all && node->order >= l->best)
		return;
	for (i = node->first_end; i != NONE; i = index->ends[i].next) {
		if (l->all)
			index->found[l->nfound++] = index->ends[i].order;
		else if (index->ends[i].order < l->best)
			l->best = index->ends[i].order;
	}
	for (i = node->first_child; i != NONE; i = child->next) {
		child = &index->nodes[i];
		if (!l->all && child->order >= l->best)
			break;
		if (eyas_network_match(l->network, child->term))
			visit(l, child);
	}
	if (node->choices != NONE)
		choose(l, node->choices);
}

static int by_number(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return left < right ? -1 : left > right;
}

uint32_t rules_index_match(struct rules_index *index, struct eyas_network *network, bool all,
			   const uint32_t **ret_rules)
{
	struct looking l = { .index = index, .network = network, .all = all, .best = NONE };
	uint32_t i;

	visit(&l, &index->nodes[0]);
	if (!all && l.best != NONE)
		index->found[l.nfound++] = l.best;
	if (l.nfound > 1)
		qsort(index->found, l.nfound, sizeof(*index->found), by_number);
	for (i = 0; i < l.nfound; i++)
		index->found[i] = index->rules[index->found[i]];
	*ret_rules = index->found;
	return l.nfound;
}
