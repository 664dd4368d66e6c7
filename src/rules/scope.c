/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names in conditions. Falco puts lists into the text of a condition before it is parsed, in the
 * order of their definition; here they take the place of values in the tree, which comes to the
 * same for all that is a value, and what they mean cannot depend on what stands around them.
 */
#include "rules/scope.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/nearest.h"

/* A tree while it is gone over. */
struct resolving {
	struct rules_scope *scope;
	const struct scope_owner *owner;
	uint32_t base;	     /* is added to all its offsets */
	bool flat;	     /* or all become the base itself */
	uint32_t visibility; /* macros that were defined before are seen */
	uint32_t start;	     /* how deep in other trees this one is gone over */
	uint32_t depth, size;
	struct scope_notes notes;
};

int rules_scope_no_memory(struct rules_scope *scope)
{
	if (scope->report)
		scope->report->nomem = true;
	return -ENOMEM;
}

int rules_scope_init(struct rules_scope *scope, const struct eyas_rules *rules,
		     struct eyas_rules_report *report)
{
	*scope = (struct rules_scope){ .rules = rules, .report = report };
	scope->lists =
		eyas_arena_zero(&scope->arena, (rules->lists.count + 1) * sizeof(*scope->lists));
	scope->macros =
		eyas_arena_zero(&scope->arena, (rules->macros.count + 1) * sizeof(*scope->macros));
	return scope->lists && scope->macros ? 0 : rules_scope_no_memory(scope);
}

void rules_scope_fini(struct rules_scope *scope)
{
	free(scope->origins);
	eyas_arena_fini(&scope->arena);
}

/* ---- places ---- */

/* A range of size offsets; where it begins in *ret_base. */
int rules_scope_add_origin(struct rules_scope *scope, struct scope_origin origin, uint32_t size,
			   uint32_t *ret_base)
{
	struct scope_origin *rows =
		rules_grow(scope->origins, &scope->origins_cap, scope->norigins, sizeof(*rows));

	if (!rows)
		return rules_scope_no_memory(scope);
	scope->origins = rows;
	/* Beyond four gigabytes of conditions, places are no longer told apart, but stay valid. */
	if (size >= UINT32_MAX - scope->next_base) {
		scope->next_base = 0;
		scope->norigins = 0;
	}
	*ret_base = origin.base = scope->next_base;
	scope->next_base += size + 1;
	rows[scope->norigins++] = origin;
	return 0;
}

static const struct scope_origin *find_origin(const struct rules_scope *scope, uint64_t offset)
{
	uint32_t low = 0, high = scope->norigins, middle;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (scope->origins[middle].base <= offset)
			low = middle;
		else
			high = middle;
	}
	return scope->norigins ? &scope->origins[low] : NULL;
}

static struct rules_place find_place(const struct rules_scope *scope, uint64_t offset,
				     const struct rules_text *fallback)
{
	const struct scope_origin *origin = find_origin(scope, offset);
	uint32_t at = origin ? (uint32_t)(offset - origin->base) : 0;

	if (origin && origin->text)
		return rules_text_place(origin->text, at);
	if (origin && origin->list && at < origin->list->count)
		return rules_node_place(origin->list->origins[at].source,
					origin->list->origins[at].node, 0);
	if (origin && origin->value.node)
		return rules_node_place(origin->value.source, origin->value.node, 0);
	return rules_text_place(fallback, 0);
}

/* A condition goes by its beginning, on one line. */
static void name_condition(const char *text, char *ret, size_t size)
{
	char *at;

	if (strlen(text) > 20)
		snprintf(ret, size, "\"%.17s...\"", text);
	else
		snprintf(ret, size, "\"%s\"", text);
	while ((at = strpbrk(ret, "\r\n")))
		*at = ' ';
}

const struct rules_context *rules_scope_context(const struct rules_scope *scope,
						const struct scope_owner *owner, uint64_t offset,
						struct scope_context *storage)
{
	const struct rules_part *first = &owner->text->parts[0];
	struct rules_place place = find_place(scope, offset, owner->text);

	storage->condition = rules_context_of(&owner->def->context, owner->item, "", first->node);
	storage->condition.source = first->source;
	name_condition(owner->text->data, storage->name, sizeof(storage->name));
	storage->expression = (struct rules_context){
		.parent = &storage->condition,
		.source = place.source,
		.item = ITEM_CONDITION_EXPRESSION,
		.name = storage->name,
		.line = place.line,
		.column = place.column,
		.offset = place.offset,
	};
	return &storage->expression;
}

static int fail_at(struct resolving *r, enum eyas_rules_code code, const struct ast_pos *pos,
		   const char *fmt, ...) EYAS_PRINTF(4, 5);

static int fail_at(struct resolving *r, enum eyas_rules_code code, const struct ast_pos *pos,
		   const char *fmt, ...)
{
	struct scope_context storage;
	struct eyas_err err = { 0 };
	va_list ap;

	if (!r->scope->report)
		return EYAS_E_USAGE;
	va_start(ap, fmt);
	eyas_err_vset(&err, EYAS_E_USAGE, fmt, ap);
	va_end(ap);
	return rules_report_add(r->scope->report, code,
				rules_scope_context(r->scope, r->owner, pos->offset, &storage),
				"%s", err.text);
}

/* The list that a value names, ready, in *ret_list; NULL if it names none. */
static int list_of(struct resolving *r, const struct ast_value *value, struct scope_list **ret_list)
{
	uint32_t row = value->quoted ? EYAS_MAP_NONE
				     : rules_scope_list_row(r->scope, value->text, value->len);

	*ret_list = NULL;
	if (row == EYAS_MAP_NONE)
		return 0;
	*ret_list = &r->scope->lists[row];
	(*ret_list)->used = true;
	return rules_scope_build_list(r->scope, row, 0);
}

/* ---- comparisons ---- */

static int count_values(struct resolving *r, const struct ast *check)
{
	r->scope->nvalues += check->nvalues;
	if (r->scope->nvalues > SCOPE_MAX_VALUES_ALL)
		return fail_at(r, EYAS_LOAD_ERR_VALIDATE, &check->op_pos,
			       "the conditions have more than 4194304 values in lists");
	return 0;
}

/* Values of a list in parentheses: names become what they stand for. */
static int resolve_list(struct resolving *r, struct ast *check)
{
	uint32_t i, k, n, named = 0, total = 0;
	struct scope_list *list;
	struct ast_value *values;
	int res;

	for (i = 0; i < check->nvalues; i++) {
		res = list_of(r, &check->values[i], &list);
		if (res < 0)
			return res;
		named += list != NULL;
		n = list ? list->count : 1;
		if (n > SCOPE_MAX_VALUES - total)
			return fail_at(
				r, EYAS_LOAD_ERR_VALIDATE, &check->values[i].pos,
				"with those of '%.64s', the list has more than 1048576 values",
				check->values[i].text);
		total += n;
	}
	if (!named)
		return count_values(r, check);
	if (check->nvalues == 1) {
		list = rules_scope_list(r->scope, check->values[0].text, check->values[0].len);
		check->values = list->values;
		check->nvalues = list->count;
		return count_values(r, check);
	}
	values = eyas_arena_get(&r->scope->arena, (size_t)total * sizeof(*values));
	if (!values)
		return rules_scope_no_memory(r->scope);
	for (i = k = 0; i < check->nvalues; i++) {
		list = check->values[i].quoted ? NULL
					       : rules_scope_list(r->scope, check->values[i].text,
								  check->values[i].len);
		if (!list)
			values[k++] = check->values[i];
		else if (list->count)
			memcpy(values + k, list->values, list->count * sizeof(*values));
		k += list ? list->count : 0;
	}
	check->values = values;
	check->nvalues = total;
	return count_values(r, check);
}

/* A single value: a list of one is as good. */
static int resolve_value(struct resolving *r, struct ast *check)
{
	struct scope_list *list;
	int res = list_of(r, &check->values[0], &list);

	if (res < 0 || !list)
		return res;
	if (list->count != 1)
		return fail_at(r, EYAS_LOAD_ERR_COMPILE_CONDITION, &check->values[0].pos,
			       "expected one value, found the list '%.64s', which has %u",
			       check->values[0].text, list->count);
	check->values = list->values;
	return 0;
}

/* Without parentheses, a name is no list; say so if it would be one. */
static int resolve_name(struct resolving *r, struct ast *check)
{
	const struct ast_value *name = &check->values[0];

	if (rules_scope_list_row(r->scope, name->text, name->len) == EYAS_MAP_NONE)
		return 0;
	return fail_at(r, EYAS_LOAD_ERR_COMPILE_CONDITION, &name->pos,
		       "a list is written in parentheses: (%.64s)", name->text);
}

static void move_pos(const struct resolving *r, struct ast_pos *pos)
{
	pos->offset = r->flat ? r->base : r->base + pos->offset;
}

static void note_deprecated(struct scope_notes *notes, const char *field, uint32_t at)
{
	if (notes->deprecated || !field)
		return;
	notes->deprecated = field;
	notes->deprecated_at = at;
}

static void note_unsafe(struct scope_notes *notes, const char *field, uint32_t at)
{
	if (notes->unsafe || !field)
		return;
	notes->unsafe = field;
	notes->unsafe_at = at;
}

const char *rules_deprecated_field(size_t i)
{
	static const char *const names[] = { "evt.dir",		  "evt.latency",
					     "evt.latency.s",	  "evt.latency.ns",
					     "evt.latency.human", "evt.wait_latency" };

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : NULL;
}

static bool is_deprecated(const char *field)
{
	const char *name;
	size_t i;

	for (i = 0; !strncmp(field, "evt.", 4) && (name = rules_deprecated_field(i)); i++)
		if (!strcmp(field, name))
			return true;
	return false;
}

/* The parser bounds how deep operands are. */
static void move_operand(struct resolving *r, struct ast_operand *operand)
{
	uint32_t i;

	if (!operand)
		return;
	if (operand->kind == OPERAND_FIELD && is_deprecated(operand->value.text))
		note_deprecated(&r->notes, operand->value.text, r->base + operand->pos.offset);
	move_pos(r, &operand->pos);
	move_pos(r, &operand->value.pos);
	move_pos(r, &operand->arg.pos);
	for (i = 0; i < operand->nitems; i++)
		move_operand(r, operand->items[i]);
}

/*
 * Fields of audit logs have a text in place of a value that is missing, which may be a value. The
 * first of them in an operand, NULL if it has none.
 */
static const char *unsafe_field(const struct ast_operand *operand)
{
	const char *field = NULL;
	uint32_t i;

	if (operand->kind == OPERAND_FIELD)
		return !strncmp(operand->value.text, "ka.", 3) ||
				       !strncmp(operand->value.text, "jevt.", 5)
			       ? operand->value.text
			       : NULL;
	for (i = 0; i < operand->nitems && !field; i++)
		field = unsafe_field(operand->items[i]);
	return field;
}

static void find_unsafe(struct resolving *r, const struct ast *check)
{
	const char *field = unsafe_field(check->left);
	uint32_t i;

	if (!field)
		return;
	if (check->op != OP_EQ && check->op != OP_NE && check->op != OP_IN &&
	    check->op != OP_INTERSECTS && check->op != OP_PMATCH)
		return;
	for (i = 0; i < check->nvalues; i++)
		if (!strcmp(check->values[i].text, "<NA>"))
			note_unsafe(&r->notes, field, check->values[i].pos.offset);
}

static int resolve_check(struct resolving *r, struct ast *check)
{
	uint32_t i;

	move_operand(r, check->left);
	move_operand(r, check->right_operand);
	for (i = 0; i < check->nvalues; i++)
		move_pos(r, &check->values[i].pos);
	find_unsafe(r, check);
	switch (check->right) {
	case RIGHT_LIST:
		return resolve_list(r, check);
	case RIGHT_VALUE:
		return resolve_value(r, check);
	case RIGHT_NAME:
		return resolve_name(r, check);
	case RIGHT_NONE:
	case RIGHT_OPERAND:
		break;
	}
	return 0;
}

/* ---- macros ---- */

/* nested: macros in each other; start: how deep the name was found in their trees together. */
static int build_macro(struct rules_scope *scope, uint32_t row, unsigned nested, unsigned start);

static const char *macro_name(void *ctx, size_t i)
{
	const struct resolving *r = ctx;
	const struct rules_defs *macros = &r->scope->rules->macros;

	if (i >= macros->count)
		return NULL;
	return macros->rows[i]->index < r->visibility ? macros->rows[i]->name : "";
}

static int unknown_macro(struct resolving *r, const struct ast *ast)
{
	const char *name = ast->macro.text;
	uint32_t row = rules_defs_find(&r->scope->rules->macros, name, ast->macro.len);
	const char *nearest;

	if (row != EYAS_MAP_NONE)
		return fail_at(
			r, EYAS_LOAD_ERR_VALIDATE, &ast->pos,
			"macro '%.64s' is defined behind this one, which sees only those before it",
			name);
	/* Looking at thousands of names takes time, but a file fails only once. */
	nearest = r->scope->report ? eyas_nearest(name, ast->macro.len, macro_name, r) : NULL;
	return fail_at(r, EYAS_LOAD_ERR_VALIDATE, &ast->pos,
		       nearest ? "there is no macro '%.64s'; did you mean '%.64s'?"
			       : "there is no macro '%.64s'",
		       name, nearest);
}

static int too_deep(struct resolving *r, const struct ast_pos *pos)
{
	return fail_at(r, EYAS_LOAD_ERR_VALIDATE, pos,
		       "with its macros, the condition is nested more than %d deep",
		       SCOPE_MAX_DEPTH);
}

/* A circle is told of where it begins, at the first of its macros: all others are seen behind it. */
static int went_around(struct resolving *r, uint32_t row)
{
	r->scope->circle = r->scope->rules->macros.rows[row];
	return EYAS_E_USAGE;
}

static int circle_found(struct resolving *r, const struct ast *ast)
{
	r->scope->circle = NULL;
	return fail_at(r, EYAS_LOAD_ERR_VALIDATE, &ast->pos,
		       "the condition comes back to itself by macro '%.64s'", ast->macro.text);
}

static int resolve_macro(struct resolving *r, struct ast *ast, unsigned depth, unsigned nested)
{
	uint32_t row = rules_defs_find(&r->scope->rules->macros, ast->macro.text, ast->macro.len);
	struct scope_macro *macro;
	int res;

	if (row == EYAS_MAP_NONE || r->scope->rules->macros.rows[row]->index >= r->visibility)
		return unknown_macro(r, ast);
	macro = &r->scope->macros[row];
	if (macro->state != SCOPE_BUSY && nested == SCOPE_MAX_NESTED)
		return fail_at(r, EYAS_LOAD_ERR_VALIDATE, &ast->pos,
			       "more than 100 macros are in each other");
	res = macro->state == SCOPE_BUSY ? went_around(r, row)
					 : build_macro(r->scope, row, nested + 1, r->start + depth);
	if (r->scope->circle == r->owner->def)
		return circle_found(r, ast);
	if (res < 0)
		return res;
	macro->used = true;
	ast->shared = &macro->shared;
	note_deprecated(&r->notes, macro->notes.deprecated, macro->notes.deprecated_at);
	note_unsafe(&r->notes, macro->notes.unsafe, macro->notes.unsafe_at);
	r->size += macro->size;
	/* A macro that is nothing but another one is a level as well: trees are gone over by recursion. */
	if (depth + 1 + macro->shared.depth > r->depth)
		r->depth = depth + 1 + macro->shared.depth;
	if (r->depth > SCOPE_MAX_DEPTH)
		return too_deep(r, &ast->pos);
	return 0;
}

static int resolve(struct resolving *r, struct ast *ast, unsigned depth, unsigned nested)
{
	uint32_t i;
	int res = 0;

	move_pos(r, &ast->pos);
	move_pos(r, &ast->op_pos);
	if (depth > r->depth)
		r->depth = depth;
	r->size++;
	if (r->start + depth > SCOPE_MAX_DEPTH)
		return too_deep(r, &ast->pos);
	if (ast->kind == AST_MACRO)
		res = resolve_macro(r, ast, depth, nested);
	else if (ast->kind == AST_CHECK)
		res = resolve_check(r, ast);
	for (i = 0; i < ast->nchildren && !res; i++)
		res = resolve(r, ast->children[i], depth + 1, nested);
	if (!res && r->size > SCOPE_MAX_NODES)
		return fail_at(r, EYAS_LOAD_ERR_VALIDATE, &ast->pos,
			       "with its macros, the condition has more than 1000000 comparisons");
	return res;
}

/* ---- conditions ---- */

static int parse_failed(struct rules_scope *scope, const struct scope_owner *owner, int code,
			const struct eyas_err *err, uint32_t base)
{
	struct scope_context storage;

	if (code == -ENOMEM)
		return rules_scope_no_memory(scope);
	if (!scope->report)
		return code;
	return rules_report_add(scope->report, EYAS_LOAD_ERR_COMPILE_CONDITION,
				rules_scope_context(scope, owner, base + err->offset, &storage),
				"%s", err->text);
}

/* The tree of a condition, whose names stand for nothing yet, and where its offsets begin. */
static int parse_condition(struct rules_scope *scope, const struct scope_owner *owner,
			   struct ast **ret_ast, uint32_t *ret_base)
{
	const struct ast_limits limits = rules_scope_limits(scope->rules, SCOPE_DEPTH);
	struct scope_origin origin = { .text = owner->text };
	struct eyas_err err = { 0 };
	int res;

	res = rules_scope_add_origin(scope, origin, owner->text->len, ret_base);
	if (res < 0)
		return res;
	res = eyas_ast_parse(owner->text->data, owner->text->len, &limits, &scope->arena, ret_ast,
			     &err);
	return res < 0 ? parse_failed(scope, owner, res, &err, *ret_base) : 0;
}

int rules_scope_condition(struct rules_scope *scope, const struct scope_owner *owner,
			  struct scope_tree *ret_tree)
{
	struct resolving r = { .scope = scope, .owner = owner, .visibility = UINT32_MAX };
	struct ast *ast = NULL;
	int res = parse_condition(scope, owner, &ast, &r.base);

	if (!res)
		res = resolve(&r, ast, 0, 0);
	*ret_tree = (struct scope_tree){ ast, r.depth, r.size, r.notes };
	return res;
}

int rules_scope_fragment(struct rules_scope *scope, const struct scope_owner *owner,
			 const struct rules_value *value, struct ast *ast,
			 struct scope_tree *ret_tree)
{
	struct resolving r = { .scope = scope, .owner = owner, .flat = true };
	struct scope_origin origin = { .value = *value };
	int res = rules_scope_add_origin(scope, origin, 1, &r.base);

	if (!res)
		res = resolve(&r, ast, 0, 0);
	*ret_tree = (struct scope_tree){ ast, r.depth, r.size, r.notes };
	return res;
}

static struct scope_owner macro_owner(const struct rules_scope *scope, uint32_t row)
{
	const struct rules_macro *def = (const struct rules_macro *)scope->rules->macros.rows[row];

	return (struct scope_owner){ &def->def, ITEM_MACRO_CONDITION, &def->condition };
}

static int parse_macro(struct rules_scope *scope, uint32_t row)
{
	struct scope_owner owner = macro_owner(scope, row);
	struct scope_macro *macro = &scope->macros[row];

	return macro->ast ? 0 : parse_condition(scope, &owner, &macro->ast, &macro->base);
}

static int build_macro(struct rules_scope *scope, uint32_t row, unsigned nested, unsigned start)
{
	struct scope_owner owner = macro_owner(scope, row);
	struct scope_macro *macro = &scope->macros[row];
	struct resolving r = { .scope = scope, .owner = &owner, .start = start };
	int res;

	if (macro->state == SCOPE_READY)
		return 0;
	macro->state = SCOPE_BUSY;
	res = parse_macro(scope, row);
	if (res < 0)
		return res;
	r.base = macro->base;
	r.visibility = owner.def->visibility;
	res = resolve(&r, macro->ast, 0, nested);
	if (res < 0)
		return res;
	macro->shared.tree = macro->ast;
	macro->shared.depth = r.depth;
	macro->size = r.size;
	macro->notes = r.notes;
	macro->state = SCOPE_READY;
	return 0;
}

/* What no condition can be is told of before what a name does not stand for, wherever it is. */
int rules_scope_macros(struct rules_scope *scope)
{
	uint32_t i, count = scope->rules->macros.count;
	int res = 0;

	for (i = 0; i < count && !res; i++)
		res = parse_macro(scope, i);
	for (i = 0; i < count && !res; i++)
		res = build_macro(scope, i, 0, 0);
	return res;
}
