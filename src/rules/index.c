/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Going down the tree of terms for every event, and learning which terms hold: the tree is made
 * anew after the first events of its types, and now and then later, when other things may happen.
 */
#include "rules/index_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "filter/set.h"

#define LEARN_EVENTS UINT32_C(1024)   /* that a round of learning lasts */
#define LEARN_AGAIN UINT32_C(1048576) /* events until the next one */
/* Making a tree of more takes milliseconds: it is learned once. */
enum { FEW_RULES = 1000 };

bool rules_index_is(const struct rules_index *index, const struct rules_indexed *rules,
		    uint32_t count, bool typed)
{
	uint32_t i;

	if (index->count != count || index->typed != typed)
		return false;
	for (i = 0; i < count; i++)
		if (index->rules[i].rule != rules[i].rule)
			return false;
	return true;
}

void rules_index_clear(struct rules_index *index)
{
	uint32_t i;

	for (i = 0; i < index->nchoices; i++)
		eyas_map_fini(&index->choices[i].map);
	free(index->nodes);
	free(index->ends);
	free(index->choices);
	free(index->rows);
}

void rules_index_free(struct rules_index *index)
{
	if (!index)
		return;
	rules_index_clear(index);
	free(index->rules);
	free(index->found);
	free(index);
}

int rules_index_new(const struct eyas_network *network, const struct rules_indexed *rules,
		    uint32_t count, bool typed, struct rules_index **ret_index)
{
	struct rules_index *index = calloc(1, sizeof(*index));
	int res = -ENOMEM;

	if (!index)
		return res;
	*index = (struct rules_index){
		.count = count, .typed = typed, .learning = true, .events = LEARN_EVENTS
	};
	index->rules = calloc((size_t)count + 1, sizeof(*index->rules));
	index->found = calloc((size_t)count + 1, sizeof(*index->found));
	if (index->rules && index->found) {
		memcpy(index->rules, rules, count * sizeof(*rules));
		res = rules_index_make(index, network, NULL);
	}
	if (res)
		rules_index_free(index);
	else
		*ret_index = index;
	return res;
}

/* ---- learning ---- */

/*
 * The tree once more, in the order that was learned. The old one stays where there is no memory.
 * Many rules are not arranged again and again.
 */
static void arrange(struct rules_index *index, const struct eyas_network *network)
{
	struct rules_index made = { .rules = index->rules,
				    .found = index->found,
				    .count = index->count,
				    .typed = index->typed,
				    .rounds = index->rounds + 1 };

	if (rules_index_make(&made, network, index)) {
		rules_index_clear(&made);
	} else {
		rules_index_clear(index);
		*index = made;
	}
	index->learning = false;
	index->events = index->count > FEW_RULES ? UINT32_MAX : LEARN_AGAIN;
}

static void end_round(struct rules_index *index, const struct eyas_network *network)
{
	uint32_t i;

	if (index->learning) {
		arrange(index, network);
		return;
	}
	for (i = 0; i < index->nnodes; i++)
		index->nodes[i].tries = index->nodes[i].holds = 0;
	index->learning = true;
	index->events = LEARN_EVENTS;
}

/* ---- going down ---- */

struct looking {
	struct rules_index *index;
	struct eyas_network *network;
	bool all, learning;
	uint32_t best; /* place of the first rule so far, when only that is wanted */
	uint32_t nfound;
};

static void visit(struct looking *l, const struct node *node);

static bool holds(const struct looking *l, struct node *node)
{
	bool match = eyas_network_match(l->network, node->term);

	if (l->learning) {
		node->tries++;
		node->holds += match;
	}
	return match;
}

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
	struct node *child;
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
		if (holds(l, child))
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
	struct looking l = { .network = network, .all = all, .best = NONE };
	uint32_t i;

	if (!index->events--)
		end_round(index, network);
	l.index = index;
	l.learning = index->learning;
	visit(&l, &index->nodes[0]);
	if (!all && l.best != NONE)
		index->found[l.nfound++] = l.best;
	if (l.nfound > 1)
		qsort(index->found, l.nfound, sizeof(*index->found), by_number);
	for (i = 0; i < l.nfound; i++)
		index->found[i] = index->rules[index->found[i]].rule;
	*ret_rules = index->found;
	return l.nfound;
}
