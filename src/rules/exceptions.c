/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions as part of a condition: "condition and not (f in (v1, v2)) and not ((f1 = a and
 * f2 = b) or ...)". Each comparison is written as the language has it, and parsed, so that what a
 * value may look like is the same everywhere; but it has to come out as one comparison, whatever
 * a value says.
 */
#include "rules/scope.h"

#include <errno.h>
#include <string.h>

#include "base/ascii.h"
#include "base/err.h"

/* ---- operators ---- */

static bool same_words(const char *text, size_t len, const char *first, const char *second)
{
	size_t first_len = strlen(first), second_len = strlen(second);

	if (len < first_len + 1 + second_len || memcmp(text, first, first_len) != 0 ||
	    !eyas_is_space(text[first_len]))
		return false;
	text += first_len;
	len -= first_len;
	while (len && eyas_is_space(*text)) {
		text++;
		len--;
	}
	return len == second_len && !memcmp(text, second, second_len);
}

void rules_trim(const char **text, size_t *len)
{
	while (*len && eyas_is_space((*text)[*len - 1]))
		--*len;
	while (*len && eyas_is_space(**text)) {
		++*text;
		--*len;
	}
}

/* Modifiers stand behind operators that take a text, as the parser has it. */
static bool takes_modifier(enum ast_op op)
{
	return op == OP_EQ || op == OP_NE || (op >= OP_CONTAINS && op <= OP_REGEX);
}

enum comp_kind rules_comp_kind(const char *text, size_t len)
{
	enum ast_op op;
	enum ast_modifier modifier;

	rules_trim(&text, &len);
	if (len == 2 && !memcmp(text, "==", 2))
		return COMP_VALUE;
	for (op = OP_EQ; op < OP_COUNT; op++) {
		const char *name = eyas_op_name(op);

		if (strlen(name) == len && !memcmp(name, text, len))
			return op == OP_IN || op == OP_INTERSECTS || op == OP_PMATCH ? COMP_SET
										     : COMP_VALUE;
		for (modifier = MOD_ONEOF; takes_modifier(op) && modifier <= MOD_ALLOF; modifier++)
			if (same_words(text, len, name, eyas_modifier_name(modifier)))
				return COMP_SET;
	}
	return COMP_NONE;
}

/* ---- fields ---- */

/* The parser bounds how deep transformers are in each other. */
static int bind_fields(const struct ast_operand *operand, struct eyas_arena *arena,
		       struct eyas_err *reterr)
{
	struct eyas_str text = EYAS_STR_INIT;
	struct field_ref ref = { 0 };
	uint32_t i;
	int res = 0;

	if (operand->kind == OPERAND_FIELD) {
		eyas_ast_print_operand(operand, &text);
		res = text.nomem ? -ENOMEM
				 : eyas_field_bind(text.data, text.len, arena, &ref, reterr);
		eyas_str_fini(&text);
	}
	for (i = 0; i < operand->nitems && !res; i++)
		res = bind_fields(operand->items[i], arena, reterr);
	return res;
}

int rules_check_operand(const char *text, size_t len, struct eyas_err *reterr)
{
	struct eyas_arena arena = { 0 };
	struct ast_operand *operand;
	size_t used;
	int res;

	rules_trim(&text, &len);
	res = eyas_ast_parse_operand(text, len, &arena, &operand, &used, reterr);
	if (!res && used < len)
		res = eyas_err_set(reterr, EYAS_E_USAGE, "'%.64s' is no field", text);
	if (!res)
		res = bind_fields(operand, &arena, reterr);
	eyas_arena_fini(&arena);
	return res;
}

/* ---- trees ---- */

/* What the comparisons of an exception are made of. */
struct making {
	struct rules_scope *scope;
	const struct scope_owner *owner;
	const struct rules_exception *exception;
	struct eyas_str text;
	uint32_t depth, size; /* of all that was made */
};

static int fail(const struct making *m, enum eyas_rules_code code, const struct rules_value *at,
		const char *why)
{
	struct rules_context context;

	if (!m->scope->report)
		return EYAS_E_USAGE;
	context = rules_context_of(&m->exception->context, ITEM_EXCEPTION_VALUE, "", at->node);
	context.source = at->source;
	return rules_report_add(m->scope->report, code, &context, "%s", why);
}

static struct ast *new_node(struct making *m, enum ast_kind kind, uint32_t nchildren)
{
	struct ast *ast = eyas_arena_zero(&m->scope->arena, sizeof(*ast));

	if (!ast)
		return NULL;
	ast->kind = kind;
	ast->children = eyas_arena_zero(&m->scope->arena, nchildren * sizeof(struct ast *));
	ast->nchildren = nchildren;
	m->size++;
	return ast->children ? ast : NULL;
}

/* Parse what is in m->text: one comparison. */
static int parse_check(struct making *m, const struct rules_value *at, struct ast **ret)
{
	const struct ast_limits limits = rules_scope_limits(m->scope->rules, 0);
	struct eyas_err err = { 0 };
	int res;

	if (m->text.nomem)
		return rules_scope_no_memory(m->scope);
	res = eyas_ast_parse(m->text.data, m->text.len, &limits, &m->scope->arena, ret, &err);
	if (res == -ENOMEM)
		return rules_scope_no_memory(m->scope);
	if (res < 0)
		return fail(m, EYAS_LOAD_ERR_COMPILE_CONDITION, at, err.text);
	if ((*ret)->kind != AST_CHECK)
		return fail(m, EYAS_LOAD_ERR_VALIDATE, at, "this is not one value");
	return 0;
}

static int resolve_check(struct making *m, const struct rules_value *at, struct ast *check)
{
	struct scope_tree tree;
	int res = rules_scope_fragment(m->scope, m->owner, at, check, &tree);

	m->size += tree.size;
	return res;
}

static void put_node(struct making *m, const struct rules_node *node)
{
	const char *text = node->text;
	size_t len = node->len;

	rules_trim(&text, &len);
	eyas_str_add(&m->text, text, len);
}

/* Values with blanks are texts, even without quotes of their own. */
static void put_scalar(struct making *m, const struct rules_node *node)
{
	bool quote = node->text[0] != '"' && node->text[0] != '\'' &&
		     (!node->len || strpbrk(node->text, " \t\r\n"));

	if (quote)
		eyas_str_putc(&m->text, '"');
	eyas_str_add(&m->text, node->text, node->len);
	if (quote)
		eyas_str_putc(&m->text, '"');
}

static int put_value(struct making *m, const struct rules_value *value, bool set)
{
	const struct rules_node *node = value->node;
	uint32_t i;

	if (node->kind == NODE_MAPPING)
		return fail(m, EYAS_LOAD_ERR_VALIDATE, value, "expected a value or a sequence");
	if (node->kind == NODE_SCALAR) {
		/* With its own parentheses, it is a list as it is. */
		bool wrap = set && node->text[0] != '(';

		if (set && !wrap) {
			put_node(m, node);
			return 0;
		}
		eyas_str_puts(&m->text, wrap ? "(" : "");
		put_scalar(m, node);
		eyas_str_puts(&m->text, wrap ? ")" : "");
		return 0;
	}
	eyas_str_putc(&m->text, '(');
	for (i = 0; i < node->count; i++) {
		if (node->items[i]->kind != NODE_SCALAR)
			return fail(m, EYAS_LOAD_ERR_VALIDATE, value,
				    "a sequence of values holds no other sequence");
		eyas_str_puts(&m->text, i ? ", " : "");
		put_scalar(m, node->items[i]);
	}
	eyas_str_putc(&m->text, ')');
	return 0;
}

/* "field comp value" of one column of a row. */
static int make_check(struct making *m, uint32_t column, const struct rules_value *value,
		      struct ast **ret)
{
	const struct rules_node *comps = m->exception->comps;
	const struct rules_node *comp = comps ? comps->items[column] : NULL;
	int res;

	m->text.len = 0;
	put_node(m, m->exception->fields->items[column]);
	eyas_str_putc(&m->text, ' ');
	if (comp)
		put_node(m, comp);
	else
		eyas_str_putc(&m->text, '=');
	eyas_str_putc(&m->text, ' ');
	res = put_value(m, value, comp && rules_comp_kind(comp->text, comp->len) == COMP_SET);
	if (!res)
		res = parse_check(m, value, ret);
	return res < 0 ? res : resolve_check(m, value, *ret);
}

/* All columns of a row. */
static int make_row(struct making *m, const struct rules_value *row, struct ast **ret)
{
	uint32_t columns = m->exception->fields->count, i;
	struct rules_value value = *row;
	struct ast *all;
	int res = 0;

	if (row->node->kind != NODE_SEQUENCE)
		return fail(
			m, EYAS_LOAD_ERR_VALIDATE, row,
			"the exception has several fields, so each of its values is a sequence");
	if (row->node->count != columns)
		return fail(m, EYAS_LOAD_ERR_VALIDATE, row,
			    "there must be as many values here as the exception has fields");
	all = new_node(m, AST_AND, columns);
	if (!all)
		return rules_scope_no_memory(m->scope);
	for (i = 0; i < columns && !res; i++) {
		value.node = row->node->items[i];
		res = make_check(m, i, &value, &all->children[i]);
	}
	*ret = columns == 1 ? all->children[0] : all;
	return res;
}

static int make_rows(struct making *m, struct ast **ret)
{
	const struct rules_values *values = &m->exception->values;
	struct ast *any = new_node(m, AST_OR, values->count);
	uint32_t i;
	int res = 0;

	if (!any)
		return rules_scope_no_memory(m->scope);
	for (i = 0; i < values->count && !res; i++) {
		res = make_row(m, &values->rows[i], &any->children[i]);
		if (!res && m->size > SCOPE_MAX_NODES)
			res = fail(m, EYAS_LOAD_ERR_VALIDATE, &values->rows[i],
				   "the exceptions of the rule have more than 1000000 comparisons");
	}
	*ret = values->count == 1 ? any->children[0] : any;
	return res;
}

/* One field: all values at once. */
static int make_single(struct making *m, struct ast **ret)
{
	const struct rules_exception *exception = m->exception;
	struct rules_value at = { exception->source, exception->fields };
	struct scope_list *list;
	int res;

	m->text.len = 0;
	put_node(m, exception->fields);
	eyas_str_putc(&m->text, ' ');
	if (exception->comps)
		put_node(m, exception->comps);
	else
		eyas_str_puts(&m->text, "in");
	eyas_str_puts(&m->text, " ()");
	res = parse_check(m, &at, ret);
	if (!res)
		res = resolve_check(m, &at, *ret);
	if (!res)
		res = rules_scope_values(m->scope, exception, &list);
	if (res < 0)
		return res;
	(*ret)->values = list->values;
	(*ret)->nvalues = list->count;
	return 0;
}

static int make_negation(struct making *m, struct ast **ret)
{
	struct ast *negation = new_node(m, AST_NOT, 1);
	int res;

	if (!negation)
		return rules_scope_no_memory(m->scope);
	res = m->exception->fields->kind == NODE_SCALAR ? make_single(m, &negation->children[0])
							: make_rows(m, &negation->children[0]);
	*ret = negation;
	return res;
}

int rules_scope_exceptions(struct rules_scope *scope, const struct scope_owner *owner,
			   const struct rules_rule *rule, struct scope_tree *tree)
{
	struct making m = { .scope = scope, .owner = owner };
	uint32_t i, count = 0;
	struct ast *all;
	int res = 0;

	for (i = 0; i < rule->nexceptions; i++)
		count += rule->exceptions[i]->values.count > 0;
	if (!count)
		return 0;
	all = new_node(&m, AST_AND, count + 1);
	if (!all)
		return rules_scope_no_memory(scope);
	all->pos = all->op_pos = tree->ast->pos;
	all->children[0] = tree->ast;
	count = 1;
	for (i = 0; i < rule->nexceptions && !res; i++) {
		m.exception = rule->exceptions[i];
		if (m.exception->values.count)
			res = make_negation(&m, &all->children[count++]);
	}
	eyas_str_fini(&m.text);
	if (res < 0)
		return res;
	tree->ast = all;
	/* Negation, any of the rows, all of the columns. */
	tree->depth = (tree->depth > 3 ? tree->depth : 3) + 1;
	tree->size += m.size;
	return 0;
}
