/* SPDX-License-Identifier: Apache-2.0 */
/* Trees become nodes; a sub-tree that is there already is found again by its children. */
#include "filter/network_int.h"

#include <stdlib.h>
#include <string.h>

#include "filter/literal.h"
#include "filter/set.h"

/* Of one call: what every level of the tree needs. */
struct add {
	struct eyas_network *network;
	network_warn_fn warn;
	void *warn_ctx;
	network_note_fn note; /* NULL = nobody wants to know */
	void *note_ctx;
	struct eyas_err *err;
};

/* A check and a negation have one child, which is in first itself. */
static const uint32_t *children_of(const struct eyas_network *network, const struct node *node)
{
	return node->kind == NETWORK_AND || node->kind == NETWORK_OR ? network->links + node->first
								     : &node->first;
}

static bool is_node(const struct eyas_network *network, const struct node *node,
		    enum network_kind kind, const uint32_t *children, uint32_t count)
{
	return node->kind == kind && node->count == count &&
	       !memcmp(children_of(network, node), children, count * sizeof(*children));
}

static bool keep_links(struct eyas_network *network, const uint32_t *children, uint32_t count)
{
	uint32_t *links;
	uint32_t i;

	for (i = 0; i < count; i++) {
		links = eyas_network_grow(network->links, &network->links_cap, network->nlinks,
					  sizeof(*links));
		if (!links)
			return false;
		network->links = links;
		links[network->nlinks++] = children[i];
	}
	return true;
}

static bool append(struct eyas_network *network, const struct node *node, uint64_t hash)
{
	uint32_t id = network->nnodes;
	struct node *nodes =
		eyas_network_grow(network->nodes, &network->nodes_cap, id, sizeof(*nodes));
	uint32_t *stamps;

	if (nodes)
		network->nodes = nodes;
	stamps = eyas_network_grow(network->stamps, &network->stamps_cap, id, sizeof(*stamps));
	if (stamps)
		network->stamps = stamps;
	if (!nodes || !stamps || !eyas_intern_add(&network->node_ids, hash, id))
		return false;
	nodes[id] = *node;
	stamps[id] = 0;
	network->nnodes++;
	return true;
}

/* The node of this kind with these children: one that is there, or a new one. */
static int intern_node(struct add *add, enum network_kind kind, const uint32_t *children,
		       uint32_t count, uint32_t *ret_node)
{
	struct eyas_network *network = add->network;
	uint64_t hash = eyas_filter_hash(kind, children, count * sizeof(*children));
	struct node node = { .kind = (uint8_t)kind, .first = *children, .count = count };
	uint32_t id = intern_first(&network->node_ids, hash);

	while (id != NO_INDEX && !is_node(network, &network->nodes[id], kind, children, count))
		id = network->node_ids.next[id];
	*ret_node = id;
	if (id != NO_INDEX)
		return 0;
	if (kind == NETWORK_AND || kind == NETWORK_OR) {
		node.first = network->nlinks;
		if (!keep_links(network, children, count))
			return eyas_network_no_memory(add->err);
	}
	if (!append(network, &node, hash))
		return eyas_network_no_memory(add->err);
	*ret_node = network->nnodes - 1;
	return 0;
}

static int add_tree(struct add *add, const struct ast *ast, unsigned depth, uint32_t *ret_node);

static int add_logic(struct add *add, const struct ast *ast, unsigned depth, uint32_t *ret_node)
{
	uint32_t *children;
	uint32_t i;
	int res;

	children = eyas_arena_get(&add->network->temporary, ast->nchildren * sizeof(*children));
	if (!children)
		return eyas_network_no_memory(add->err);
	for (i = 0; i < ast->nchildren; i++) {
		res = add_tree(add, ast->children[i], depth + 1, &children[i]);
		if (res < 0)
			return res;
	}
	if (ast->nchildren == 1) {
		*ret_node = children[0];
		return 0;
	}
	return intern_node(add, ast->kind == AST_AND ? NETWORK_AND : NETWORK_OR, children,
			   ast->nchildren, ret_node);
}

/* Two negations are none: values are true or false here, missing ones have become false. */
static int add_not(struct add *add, const struct ast *ast, unsigned depth, uint32_t *ret_node)
{
	const struct node *node;
	uint32_t child;
	int res;

	res = add_tree(add, ast->children[0], depth + 1, &child);
	if (res < 0)
		return res;
	node = &add->network->nodes[child];
	if (node->kind == NETWORK_NOT) {
		*ret_node = node->first;
		return 0;
	}
	return intern_node(add, NETWORK_NOT, &child, 1, ret_node);
}

static int add_check(struct add *add, const struct ast *ast, uint32_t *ret_node)
{
	uint32_t check;
	int res;

	res = eyas_network_check_add(add->network, ast, add->warn, add->warn_ctx, &check, add->err);
	if (res < 0)
		return res;
	return intern_node(add, NETWORK_CHECK, &check, 1, ret_node);
}

static int refuse(struct add *add, const struct ast *ast, int code, const char *what)
{
	return eyas_ast_fail(add->err, code, &ast->pos, "%s", what);
}

/* Evaluation recurses, so a node must not come deeper by being found again. */
static int add_shared(struct add *add, const struct ast *ast, unsigned depth, uint32_t *ret_node)
{
	struct ast_shared *shared = ast->shared;
	int res;

	if (depth + 1 + shared->depth > NETWORK_DEPTH_MAX)
		return refuse(add, ast, EYAS_E_LIMIT, "the filter is nested too deeply");
	if (!shared->added) {
		res = add_tree(add, shared->tree, depth + 1, &shared->node);
		if (res < 0)
			return res;
		shared->added = true;
	}
	*ret_node = shared->node;
	return 0;
}

static int add_part(struct add *add, const struct ast *ast, unsigned depth, uint32_t *ret_node)
{
	int shown = ast->macro.len > 80 ? 80 : (int)ast->macro.len;

	if (depth > NETWORK_DEPTH_MAX)
		return refuse(add, ast, EYAS_E_LIMIT, "the filter is nested too deeply");
	switch (ast->kind) {
	case AST_AND:
	case AST_OR:
		if (ast->nchildren)
			return add_logic(add, ast, depth, ret_node);
		break;
	case AST_NOT:
		if (ast->nchildren == 1)
			return add_not(add, ast, depth, ret_node);
		break;
	case AST_CHECK:
		return add_check(add, ast, ret_node);
	case AST_MACRO:
		if (ast->shared)
			return add_shared(add, ast, depth, ret_node);
		return eyas_ast_fail(add->err, EYAS_E_USAGE, &ast->pos, "there is no macro '%.*s'",
				     shown, ast->macro.text);
	}
	return refuse(add, ast, EYAS_E_USAGE, "an operator without operands");
}

static int add_tree(struct add *add, const struct ast *ast, unsigned depth, uint32_t *ret_node)
{
	int res = add_part(add, ast, depth, ret_node);

	if (!res && add->note)
		add->note(add->note_ctx, ast, *ret_node);
	return res;
}

static int add_root(struct add *add, const struct ast *ast, uint32_t *ret_root)
{
	uint32_t root = NO_INDEX;
	int res = add_tree(add, ast, 0, &root);

	eyas_arena_reset(&add->network->temporary);
	if (res < 0)
		return res;
	add->network->nroots++;
	*ret_root = root;
	return 0;
}

int eyas_network_add(struct eyas_network *network, const struct ast *ast, network_warn_fn warn,
		     void *warn_ctx, uint32_t *ret_root, struct eyas_err *reterr)
{
	struct add add = { .network = network, .warn = warn, .warn_ctx = warn_ctx, .err = reterr };

	return add_root(&add, ast, ret_root);
}

int eyas_network_add_noted(struct eyas_network *network, const struct ast *ast,
			   network_note_fn note, void *note_ctx, uint32_t *ret_root,
			   struct eyas_err *reterr)
{
	struct add add = { .network = network, .note = note, .note_ctx = note_ctx, .err = reterr };

	return add_root(&add, ast, ret_root);
}
