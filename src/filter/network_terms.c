/* SPDX-License-Identifier: Apache-2.0 */
/* What a root is made of, asked by those who compare events with thousands of roots. */
#include "filter/network_int.h"

#include <string.h>

/* Recursion is as deep as the tree. False when there are too many. */
static bool add_terms(const struct eyas_network *network, uint32_t id, uint32_t *terms,
		      uint32_t max, uint32_t *count)
{
	const struct node *node = &network->nodes[id];
	uint32_t i;

	if (node->kind != NETWORK_AND) {
		if (*count == max)
			return false;
		terms[(*count)++] = id;
		return true;
	}
	for (i = 0; i < node->count; i++)
		if (!add_terms(network, network->links[node->first + i], terms, max, count))
			return false;
	return true;
}

uint32_t eyas_network_terms(const struct eyas_network *network, uint32_t root, uint32_t *terms,
			    uint32_t max)
{
	uint32_t count = 0;

	return add_terms(network, root, terms, max, &count) ? count : 0;
}

void eyas_network_parts(const struct eyas_network *network, uint32_t node,
			struct network_parts *ret_parts)
{
	const struct node *of = &network->nodes[node];

	*ret_parts = (struct network_parts){ .kind = (enum network_kind)of->kind };
	if (of->kind == NETWORK_NOT) {
		ret_parts->parts = &of->first;
		ret_parts->count = 1;
	} else if (of->kind != NETWORK_CHECK) {
		ret_parts->parts = network->links + of->first;
		ret_parts->count = of->count;
	}
}

static const struct check *check_of(const struct eyas_network *network, uint32_t term)
{
	const struct node *node = &network->nodes[term];

	return node->kind == NETWORK_CHECK ? &network->checks[node->first] : NULL;
}

bool eyas_network_term_is_type(const struct eyas_network *network, uint32_t term)
{
	const struct check *check = check_of(network, term);
	const struct slot *left;

	if (!check || check->right_slot != NO_INDEX || check->modifier != MOD_NONE)
		return false;
	left = &network->slots[check->left];
	return left->kind == SLOT_FIELD && !strcmp(left->u.ref->info->name, "evt.type") &&
	       (check->op == OP_EQ || check->op == OP_NE || check->op == OP_IN);
}

bool eyas_network_choice(const struct eyas_network *network, uint32_t term,
			 struct network_choice *ret_choice)
{
	const struct check *check = check_of(network, term);

	if (!check || check->eval != eyas_check_one || (check->op != OP_EQ && check->op != OP_IN) ||
	    !check->nconsts ||
	    eyas_value_class(network->slots[check->left].type.type) != VALUE_BYTES)
		return false;
	*ret_choice = (struct network_choice){ check->left, check->consts, check->nconsts };
	return true;
}

/* ---- cost ---- */

enum {
	COST_SEVERAL = 40,  /* a field that stands for several values, all of which are looked at */
	COST_COMPOUND = 10, /* a transformer */
	COST_MAX = 10000
};

/* By what an operator does with a value; measured only in their order. */
static unsigned op_cost(const struct check *check)
{
	switch ((enum ast_op)check->op) {
	case OP_EXISTS:
		return 1;
	case OP_CONTAINS:
	case OP_BCONTAINS:
	case OP_PMATCH:
		return 8;
	case OP_ICONTAINS:
	case OP_GLOB:
	case OP_IGLOB:
		return 16;
	case OP_REGEX:
		return 32;
	case OP_IN:
	case OP_INTERSECTS:
		return 5;
	default:
		return 2;
	}
}

static unsigned check_cost(const struct eyas_network *network, const struct check *check)
{
	const struct slot *left = &network->slots[check->left];
	unsigned cost = op_cost(check);

	if (check->modifier != MOD_NONE)
		cost *= 1 + (check->nconsts < 100 ? check->nconsts : 100);
	if (eyas_value_class(left->type.type) == VALUE_BYTES)
		cost++;
	if (left->kind != SLOT_FIELD)
		return cost + COST_COMPOUND;
	return left->u.ref->info->multi != FIELD_SINGLE ? cost + COST_SEVERAL : cost;
}

/* Nodes are shared, so a tree may be far larger than what it is made of: COST_MAX ends it. */
static unsigned add_cost(const struct eyas_network *network, uint32_t id, unsigned cost)
{
	const struct node *node = &network->nodes[id];
	uint32_t i;

	if (node->kind == NETWORK_CHECK)
		return cost + check_cost(network, &network->checks[node->first]);
	if (node->kind == NETWORK_NOT)
		return add_cost(network, node->first, cost);
	for (i = 0; i < node->count && cost < COST_MAX; i++)
		cost = add_cost(network, network->links[node->first + i], cost);
	return cost;
}

unsigned eyas_network_term_cost(const struct eyas_network *network, uint32_t term)
{
	return add_cost(network, term, 0);
}
