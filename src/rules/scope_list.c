/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lists stand for: their items as values, with the lists that items name in their place.
 * Asked when a condition refers to a list, once for each.
 */
#include "rules/scope.h"

#include <errno.h>
#include <string.h>

#include "filter/lex.h"

uint32_t rules_scope_list_row(const struct rules_scope *scope, const char *name, size_t len)
{
	return rules_defs_find(&scope->rules->lists, name, len);
}

struct scope_list *rules_scope_list(struct rules_scope *scope, const char *name, size_t len)
{
	uint32_t row = rules_scope_list_row(scope, name, len);

	return row == EYAS_MAP_NONE ? NULL : &scope->lists[row];
}

/*
 * Names with blanks and the like work as long as they stand as they are between what separates
 * values, for Falco puts lists into the text of conditions. The longest one counts.
 */
static size_t odd_name(const void *ctx, const char *text, size_t len)
{
	const struct eyas_rules *rules = ctx;
	size_t most = len < rules->longest_odd ? len : rules->longest_odd, end, found = 0;

	for (end = 1; end <= most; end++)
		if ((end == len || strchr(" \t\r\n(),=", text[end])) &&
		    rules_defs_find(&rules->lists, text, end) != EYAS_MAP_NONE)
			found = end;
	return found;
}

struct ast_limits rules_scope_limits(const struct eyas_rules *rules, uint32_t depth)
{
	return (struct ast_limits){ .depth = depth,
				    .name = rules->longest_odd ? odd_name : NULL,
				    .ctx = rules };
}

/* A list that is being built. */
struct building {
	struct rules_scope *scope;
	const struct rules_list *def;
	struct scope_list *list;
	uint32_t cap;
	unsigned depth;	      /* lists in each other */
	enum rules_item item; /* what a value is called */
};

static int list_failed(struct building *b, const struct rules_value *at, const char *why)
{
	struct rules_context context;

	if (!b->scope->report)
		return EYAS_E_USAGE;
	context = rules_context_of(&b->def->def.context, b->item, "", at->node);
	context.source = at->source;
	return rules_report_add(b->scope->report, EYAS_LOAD_ERR_VALIDATE, &context, "%s", why);
}

static int too_many(struct building *b, const struct rules_value *at)
{
	return list_failed(b, at,
			   "with all that it refers to, the list has more than 1048576 values");
}

static int push(struct building *b, const struct ast_value *value, const struct rules_value *origin)
{
	struct scope_list *list = b->list;
	uint32_t cap = b->cap ? b->cap * 2 : 8;
	struct rules_value *origins;
	struct ast_value *values;

	if (list->count == SCOPE_MAX_VALUES)
		return too_many(b, origin);
	if (list->count == b->cap) {
		values = eyas_arena_get(&b->scope->arena, cap * sizeof(*values));
		origins = eyas_arena_get(&b->scope->arena, cap * sizeof(*origins));
		if (!values || !origins)
			return rules_scope_no_memory(b->scope);
		if (list->count) {
			memcpy(values, list->values, list->count * sizeof(*values));
			memcpy(origins, list->origins, list->count * sizeof(*origins));
		}
		list->values = values;
		list->origins = origins;
		b->cap = cap;
	}
	list->values[list->count] = *value;
	list->origins[list->count++] = *origin;
	return 0;
}

/* A value that may be the name of a list that is defined later. */
static int push_value(struct building *b, const struct ast_value *value,
		      const struct rules_value *origin)
{
	uint32_t row = value->quoted ? EYAS_MAP_NONE
				     : rules_scope_list_row(b->scope, value->text, value->len),
		 i;
	struct scope_list *other;
	int res;

	if (row == EYAS_MAP_NONE || b->scope->rules->lists.rows[row]->index <= b->def->def.index)
		return push(b, value, origin);
	if (b->depth == SCOPE_MAX_NESTED)
		return list_failed(b, origin, "more than 100 lists refer to each other");
	res = rules_scope_build_list(b->scope, row, b->depth + 1);
	other = &b->scope->lists[row];
	other->used = true;
	if (!res && other->count > SCOPE_MAX_VALUES - b->list->count)
		return too_many(b, origin);
	for (i = 0; i < other->count && !res; i++)
		res = push(b, &other->values[i], &other->origins[i]);
	return res;
}

/* Items with blanks are texts, even without quotes of their own. */
static int push_text(struct building *b, const struct rules_value *item)
{
	const struct rules_node *node = item->node;
	struct ast_value value = { .text = node->text, .len = node->len };
	struct eyas_str quoted = EYAS_STR_INIT;
	struct ast_value *values;
	struct eyas_err err = { 0 };
	uint32_t count, i;
	int res;

	if (!node->len)
		value.quoted = true;
	if (!node->len || eyas_lex_is(LEX_BARE, node->text, node->len))
		return push_value(b, &value, item);
	if (node->text[0] != '"' && node->text[0] != '\'' && strpbrk(node->text, " \t\r\n")) {
		eyas_str_putc(&quoted, '"');
		eyas_str_puts(&quoted, node->text);
		eyas_str_putc(&quoted, '"');
		if (quoted.nomem) {
			eyas_str_fini(&quoted);
			return rules_scope_no_memory(b->scope);
		}
	}
	res = eyas_ast_parse_values(quoted.len ? quoted.data : node->text,
				    quoted.len ? quoted.len : node->len, &b->scope->arena, &values,
				    &count, &err);
	eyas_str_fini(&quoted);
	if (res == -ENOMEM)
		return rules_scope_no_memory(b->scope);
	if (res < 0)
		return list_failed(b, item, err.text);
	for (i = 0; i < count && !res; i++)
		res = push_value(b, &values[i], item);
	return res;
}

/* An item, or the items of the list that it names if that was defined before. */
static int push_item(struct building *b, const struct rules_value *item)
{
	uint32_t row = rules_scope_list_row(b->scope, item->node->text, item->node->len), i;
	const struct rules_list *other;
	int res = 0;

	if (row == EYAS_MAP_NONE ||
	    b->scope->rules->lists.rows[row]->index >= b->def->def.visibility)
		return push_text(b, item);
	other = (const struct rules_list *)b->scope->rules->lists.rows[row];
	b->scope->lists[row].used = true;
	for (i = 0; i < other->items.count && !res; i++)
		res = push_text(b, &other->items.rows[i]);
	return res;
}

/*
 * Lists refer by their items to what was defined before, one level deep, and otherwise only to
 * what is defined later, so no list can come to contain itself.
 */
static int finish_list(struct building *b)
{
	struct scope_origin origin = { .list = b->list };
	uint32_t base, i;
	int res = rules_scope_add_origin(b->scope, origin, b->list->count, &base);

	if (res < 0)
		return res;
	for (i = 0; i < b->list->count; i++)
		b->list->values[i].pos = (struct ast_pos){ .offset = base + i };
	b->list->state = SCOPE_READY;
	return 0;
}

int rules_scope_build_list(struct rules_scope *scope, uint32_t row, unsigned depth)
{
	struct building b = { .scope = scope,
			      .def = (const struct rules_list *)scope->rules->lists.rows[row],
			      .list = &scope->lists[row],
			      .depth = depth,
			      .item = ITEM_LIST_ITEM };
	uint32_t i;
	int res = 0;

	if (b.list->state == SCOPE_READY)
		return 0;
	/* What an attempt that failed has left does not count. */
	b.list->count = 0;
	for (i = 0; i < b.def->items.count && !res; i++)
		res = push_item(&b, &b.def->items.rows[i]);
	return res < 0 ? res : finish_list(&b);
}

int rules_scope_values(struct rules_scope *scope, const struct rules_exception *exception,
		       struct scope_list **ret_list)
{
	/* Without a place among the definitions, it sees all lists. */
	struct rules_list def = { .def = { .name = exception->name,
					   .context = exception->context } };
	struct building b = { .scope = scope, .def = &def, .item = ITEM_EXCEPTION_VALUE };
	uint32_t i;
	int res = 0;

	b.list = eyas_arena_zero(&scope->arena, sizeof(*b.list));
	if (!b.list)
		return rules_scope_no_memory(scope);
	for (i = 0; i < exception->values.count && !res; i++)
		res = exception->values.rows[i].node->kind == NODE_SCALAR
			      ? push_text(&b, &exception->values.rows[i])
			      : list_failed(&b, &exception->values.rows[i],
					    "the exception has one field, so its values are single "
					    "ones, not sequences");
	if (!res)
		res = finish_list(&b);
	*ret_list = b.list;
	return res;
}

int rules_scope_lists(struct rules_scope *scope)
{
	uint32_t i;
	int res = 0;

	for (i = 0; i < scope->rules->lists.count && res != -ENOMEM; i++)
		res = rules_scope_build_list(scope, i, 0);
	return res == -ENOMEM ? res : 0;
}

void rules_scope_mark_lists(struct rules_scope *scope)
{
	const struct rules_list *list;
	uint32_t i, k, row;

	for (i = 0; i < scope->rules->lists.count; i++) {
		list = (const struct rules_list *)scope->rules->lists.rows[i];
		for (k = 0; k < list->items.count; k++) {
			row = rules_scope_list_row(scope, list->items.rows[k].node->text,
						   list->items.rows[k].node->len);
			if (row != EYAS_MAP_NONE &&
			    scope->rules->lists.rows[row]->index < list->def.visibility)
				scope->lists[row].used = true;
		}
	}
}
