/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One rule compiled once more, with what each node of the network was in the condition. Where an
 * event does not match, the way down from the root goes to the first part that is to blame.
 */
#include "rules/explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "filter/filter.h"
#include "rules/scope.h"

/* Trees are looked through for fields up to so many nodes: macros in macros can be many. */
enum { FIELD_NODES_MAX = 4096 };

/* What a node was in the condition. */
struct origin {
	const struct ast *ast; /* NULL while it is not told of */
	const char *macro;     /* that stands for it; NULL = none */
};

struct rules_explain {
	struct rules_scope scope; /* has the trees */
	struct eyas_network *network;
	struct event_set set;
	uint32_t root;
	struct origin *origins; /* by node */
	uint32_t norigins, origins_cap;
	struct eyas_map index; /* node * 2 + negated to the place in parts */
	struct explain_part *parts;
	uint32_t nparts, parts_cap;
	struct eyas_arena arena; /* texts of parts */
	struct eyas_str text;
	bool nomem;
};

/* ---- compiling ---- */

static const char *macro_name(struct rules_explain *explain, const struct ast *ast)
{
	const char *name = eyas_arena_text(&explain->arena, ast->macro.text, ast->macro.len);

	explain->nomem |= !name;
	return name;
}

static void on_node(void *ctx, const struct ast *ast, uint32_t node)
{
	static const struct origin nothing;
	struct rules_explain *explain = ctx;
	struct origin *rows;

	while (explain->norigins <= node) {
		rows = rules_grow(explain->origins, &explain->origins_cap, explain->norigins,
				  sizeof(*rows));
		if (!rows) {
			explain->nomem = true;
			return;
		}
		explain->origins = rows;
		rows[explain->norigins++] = nothing;
	}
	if (ast->kind != AST_MACRO && !explain->origins[node].ast)
		explain->origins[node].ast = ast;
	/* Of macros that stand for nothing but each other, the innermost one is told of first. */
	if (ast->kind == AST_MACRO && !explain->origins[node].macro)
		explain->origins[node].macro = macro_name(explain, ast);
}

static int compile(struct rules_explain *explain, const struct eyas_rules *rules,
		   const struct rules_rule *rule, struct eyas_err *reterr)
{
	struct scope_owner owner = { &rule->def, ITEM_RULE_CONDITION, &rule->condition };
	struct scope_tree tree;
	int res;

	res = rules_scope_macros(&explain->scope);
	if (!res)
		res = rules_scope_condition(&explain->scope, &owner, &tree);
	if (!res)
		res = rules_scope_exceptions(&explain->scope, &owner, rule, &tree);
	if (res < 0)
		return eyas_err_set(reterr, res, "the condition does not compile");
	res = eyas_ast_infer(tree.ast, &explain->set, reterr);
	if (!res)
		res = eyas_network_new(&rules->fields, &explain->network);
	if (!res)
		res = eyas_network_add_noted(explain->network, tree.ast, on_node, explain,
					     &explain->root, reterr);
	return res;
}

int rules_explain_new(const struct eyas_rules *rules, uint32_t rule,
		      struct rules_explain **ret_explain, struct eyas_err *reterr)
{
	const struct rules_rule *def = (const struct rules_rule *)rules->rules.rows[rule];
	struct rules_explain *explain;
	int res;

	if (rules->failed || !rules->program || !rules->program->rules[rule].output)
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "the rule '%.200s' was left out when it was loaded",
				    def->def.name);
	explain = calloc(1, sizeof(*explain));
	if (!explain)
		return eyas_err_set(reterr, -ENOMEM, "out of memory");
	res = rules_scope_init(&explain->scope, rules, NULL);
	if (!res)
		res = compile(explain, rules, def, reterr);
	if (!res && explain->nomem)
		res = -ENOMEM;
	if (res == -ENOMEM)
		eyas_err_set(reterr, res, "out of memory");
	if (res < 0)
		rules_explain_free(explain);
	else
		*ret_explain = explain;
	return res;
}

void rules_explain_free(struct rules_explain *explain)
{
	if (!explain)
		return;
	eyas_network_free(explain->network);
	rules_scope_fini(&explain->scope);
	eyas_map_fini(&explain->index);
	eyas_arena_fini(&explain->arena);
	eyas_str_fini(&explain->text);
	free(explain->origins);
	free(explain->parts);
	free(explain);
}

/* ---- parts ---- */

/* Fields of a part while they are collected. */
struct fields {
	struct explain_field rows[EXPLAIN_FIELDS_MAX];
	uint32_t count;
	uint32_t nodes; /* looked at */
};

static bool has_field(const struct fields *fields, uint32_t slot)
{
	uint32_t i;

	for (i = 0; i < fields->count; i++)
		if (fields->rows[i].slot == slot)
			return true;
	return false;
}

static void add_field(struct rules_explain *explain, const struct ast_operand *operand,
		      struct fields *fields)
{
	struct explain_field *field = &fields->rows[fields->count];

	/* val(field) on the right is there for the language, its value is that of the field. */
	if (operand && operand->kind == OPERAND_TRANSFORM && operand->transformer == TR_VAL)
		operand = operand->items[0];
	if (!operand || fields->count == EXPLAIN_FIELDS_MAX)
		return;
	/* It is there already, so this fails for want of memory only. */
	if (eyas_network_add_operand(explain->network, operand, NETWORK_FILTER, &field->slot,
				     NULL)) {
		explain->nomem = true;
		return;
	}
	if (has_field(fields, field->slot))
		return;
	explain->text.len = 0;
	eyas_ast_print_operand(operand, &explain->text);
	field->text = explain->text.nomem ? NULL
					  : eyas_arena_text(&explain->arena, explain->text.data,
							    explain->text.len);
	if (field->text)
		fields->count++;
	else
		explain->nomem = true;
}

/* As deep as the tree, which rules_scope_condition() limits. */
static void add_fields(struct rules_explain *explain, const struct ast *ast, struct fields *fields)
{
	uint32_t i;

	if (fields->nodes++ >= FIELD_NODES_MAX)
		return;
	if (ast->kind == AST_MACRO)
		add_fields(explain, ast->shared->tree, fields);
	if (ast->kind == AST_CHECK) {
		add_field(explain, ast->left, fields);
		add_field(explain, ast->right_operand, fields);
	}
	for (i = 0; i < ast->nchildren; i++)
		add_fields(explain, ast->children[i], fields);
}

static void put_cut(const struct ast *ast, struct eyas_str *out)
{
	size_t before = out->len;

	eyas_ast_print(ast, out);
	if (out->len - before <= EXPLAIN_TEXT_MAX)
		return;
	out->len = before + EXPLAIN_TEXT_MAX;
	eyas_str_puts(out, "...");
}

static void describe(struct rules_explain *explain, const struct ast *ast, bool negated,
		     struct explain_part *part)
{
	struct eyas_str *text = &explain->text;
	struct fields fields = { .count = 0 };
	struct explain_field *copy;

	add_fields(explain, ast, &fields);
	text->len = 0;
	if (negated)
		eyas_str_puts(text, "not ");
	put_cut(ast, text);
	explain->nomem |= text->nomem;
	part->text = eyas_arena_text(&explain->arena, text->data, text->len);
	copy = eyas_arena_get(&explain->arena, sizeof(fields.rows));
	explain->nomem |= !part->text || !copy;
	if (copy)
		memcpy(copy, fields.rows, fields.count * sizeof(*copy));
	part->fields = copy;
	part->nfields = copy ? fields.count : 0;
}

/* The part for a node that has the wrong value; a new one when it is the first time. */
static struct explain_part *part_of(struct rules_explain *explain, uint32_t node, bool negated,
				    const char *macro)
{
	uint64_t key = (uint64_t)node << 1 | negated;
	uint32_t place = eyas_map_find(&explain->index, key);
	struct explain_part *rows;

	if (place != EYAS_MAP_NONE)
		return &explain->parts[place];
	rows = rules_grow(explain->parts, &explain->parts_cap, explain->nparts, sizeof(*rows));
	if (!rows)
		return NULL;
	explain->parts = rows;
	rows += explain->nparts;
	*rows = (struct explain_part){ .macro = macro };
	describe(explain, explain->origins[node].ast, negated, rows);
	if (explain->nomem || eyas_map_add(&explain->index, key, explain->nparts))
		return NULL;
	explain->nparts++;
	return rows;
}

/* ---- events ---- */

/* The first of the parts that has this value, as the whole has: there is one. */
static uint32_t first_with(struct rules_explain *explain, const struct network_parts *parts,
			   bool value)
{
	uint32_t i;

	for (i = 0; i + 1 < parts->count; i++)
		if (eyas_network_match(explain->network, parts->parts[i]) == value)
			break;
	return parts->parts[i];
}

/*
 * Down to what is to blame. "and" is false by its first part that is, and "or" is true by its
 * first part that is, which matters behind a negation; the other two need all of their parts.
 */
static struct explain_part *blame(struct rules_explain *explain)
{
	uint32_t node = explain->root;
	const char *macro = NULL;
	struct network_parts parts;
	bool value = false;

	for (;;) {
		if (explain->origins[node].macro)
			macro = explain->origins[node].macro;
		eyas_network_parts(explain->network, node, &parts);
		if (parts.kind == NETWORK_NOT) {
			value = !value;
			node = parts.parts[0];
		} else if (parts.kind == (value ? NETWORK_OR : NETWORK_AND)) {
			node = first_with(explain, &parts, value);
		} else {
			break;
		}
	}
	return part_of(explain, node, value, macro);
}

bool rules_explain_wants(const struct rules_explain *explain, const struct eyas_event *event)
{
	return event_set_wants(&explain->set, event);
}

int rules_explain_event(struct rules_explain *explain, const struct eyas_context *context,
			const struct explain_part **ret_part)
{
	struct explain_part *part;

	*ret_part = NULL;
	eyas_network_begin(explain->network, context);
	if (eyas_network_match(explain->network, explain->root))
		return 1;
	part = blame(explain);
	if (!part)
		return -ENOMEM;
	part->stopped++;
	*ret_part = part;
	return 0;
}

const struct explain_part *rules_explain_part(const struct rules_explain *explain, uint32_t index)
{
	return index < explain->nparts ? &explain->parts[index] : NULL;
}

struct eyas_network *rules_explain_network(const struct rules_explain *explain)
{
	return explain->network;
}

/* ---- costs ---- */

int rules_explain_measure(struct rules_explain *explain)
{
	return eyas_network_measure(explain->network);
}

bool rules_explain_match(struct rules_explain *explain, const struct eyas_context *context)
{
	eyas_network_begin(explain->network, context);
	return eyas_network_match(explain->network, explain->root);
}

bool rules_explain_cost(const struct rules_explain *explain, uint32_t *node, struct eyas_str *out,
			struct network_cost *ret_cost)
{
	for (; *node < explain->norigins; ++*node)
		if (eyas_network_cost(explain->network, *node, ret_cost)) {
			put_cut(explain->origins[*node].ast, out);
			return true;
		}
	return false;
}
