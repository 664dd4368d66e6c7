/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exceptions of a rule: names, fields and operators are checked here; what values they have
 * is looked at when they become part of the condition (exceptions.c).
 */
#include "rules/rules_int.h"

#include <errno.h>
#include <string.h>

/* Names are looked for one after another. */
enum { MAX_EXCEPTIONS = 10000 };

/* An exception of an item while it is taken over. */
struct taking {
	struct rules_load *load;
	struct rules_rule *rule;
	struct rules_item_keys keys;
	struct rules_context context;
	const char *name;
	enum exceptions_mode mode;
};

static int invalid(const struct taking *t, const struct rules_node *at, const char *why)
{
	struct rules_context context = rules_context_of(&t->context, ITEM_VALUE_FOR, "", at);

	return rules_fail(t->load->report, EYAS_LOAD_ERR_VALIDATE, &context, "%s", why);
}

/* ---- fields and operators ---- */

static int check_field(const struct taking *t, const struct rules_node *field)
{
	struct rules_context context =
		rules_context_of(&t->context, ITEM_VALUE_FOR, "fields", field);
	struct eyas_err err = { 0 };
	int res;

	if (field->kind != NODE_SCALAR || !field->len)
		return invalid(t, field, "expected the name of a field");
	if (!rules_source_known(t->rule->source))
		return 0;
	res = rules_check_operand(field->text, field->len, &err);
	if (res == -ENOMEM)
		return rules_no_memory(t->load);
	if (res < 0)
		return rules_fail(t->load->report, EYAS_LOAD_ERR_VALIDATE, &context, "%s",
				  err.text);
	return 0;
}

static int check_comp(const struct taking *t, const struct rules_node *comp, bool for_list)
{
	enum comp_kind kind = comp->kind == NODE_SCALAR ? rules_comp_kind(comp->text, comp->len)
							: COMP_NONE;

	if (kind == COMP_NONE && comp->kind == NODE_SCALAR && for_list) {
		struct rules_context context =
			rules_context_of(&t->context, ITEM_VALUE_FOR, "", comp);

		return rules_fail(t->load->report, EYAS_LOAD_ERR_VALIDATE, &context,
				  "expected an operator, found '%.64s'", comp->text);
	}
	if (kind == COMP_NONE && for_list)
		return invalid(t, comp, "expected an operator");
	if (!for_list && kind != COMP_SET)
		return invalid(t, comp,
			       "a single field is compared with all values at once; expected "
			       "in, pmatch, intersects, or an operator and oneof, anyof or "
			       "allof");
	return 0;
}

static int check_shape(const struct taking *t, const struct rules_node *fields,
		       const struct rules_node *comps)
{
	uint32_t i;
	int res = 0;

	if (fields->kind == NODE_SCALAR) {
		if (comps && comps->kind != NODE_SCALAR)
			return invalid(t, comps, "one field has one operator, not a sequence");
		res = check_field(t, fields);
		return !res && comps ? check_comp(t, comps, false) : res;
	}
	if (!fields->count)
		return invalid(t, fields, "expected the name of a field");
	if (comps && comps->kind != NODE_SEQUENCE)
		return invalid(t, comps, "several fields have a sequence of operators");
	if (comps && comps->count != fields->count)
		return invalid(t, comps, "there must be as many operators as fields");
	for (i = 0; i < fields->count && !res; i++)
		res = check_field(t, fields->items[i]);
	for (i = 0; comps && i < comps->count && !res; i++)
		res = check_comp(t, comps->items[i], true);
	return res;
}

/* ---- taking over ---- */

static struct rules_exception *find(const struct taking *t)
{
	uint32_t i;

	for (i = 0; i < t->rule->nexceptions; i++)
		if (!strcmp(t->rule->exceptions[i]->name, t->name))
			return t->rule->exceptions[i];
	return NULL;
}

static int add_values(const struct taking *t, struct rules_exception *exception)
{
	const struct rules_node *values = t->keys.values[EXCEPTION_KEY_VALUES];
	uint32_t i;

	for (i = 0; values && i < values->count; i++)
		if (rules_values_add(&exception->values, &t->load->rules->arena, t->load->source,
				     values->items[i]))
			return rules_no_memory(t->load);
	return 0;
}

/* Those of the item that came before have the same name only by mistake. */
static int define(const struct taking *t, bool warn)
{
	const struct rules_node *fields = t->keys.values[EXCEPTION_KEY_FIELDS];
	const struct rules_node *comps = t->keys.values[EXCEPTION_KEY_COMPS];
	struct eyas_arena *arena = &t->load->rules->arena;
	struct rules_rule *rule = t->rule;
	struct rules_exception **rows, *exception;
	uint32_t n = rule->nexceptions;
	int res;

	if (n == MAX_EXCEPTIONS)
		return rules_fail(t->load->report, EYAS_LOAD_ERR_VALIDATE, &t->context,
				  "the rule has more than %d exceptions", MAX_EXCEPTIONS);
	res = rules_decode_require(t->load, &t->keys, EXCEPTION_KEY_FIELDS, &t->context);
	if (!res)
		res = check_shape(t, fields, comps);
	if (!res && warn)
		res = rules_report_add(
			t->load->report, EYAS_LOAD_EXCEPTION_NAME_NOT_UNIQUE, &t->context,
			"the rule has an exception of this name already; nothing can "
			"be appended to this one");
	if (res < 0)
		return res;
	exception = eyas_arena_zero(arena, sizeof(*exception));
	rows = rule->exceptions;
	/* Full when there are 0, 1, 2, 4, 8 ... */
	if (exception && !(n & (n - 1))) {
		rows = eyas_arena_get(arena, (n ? 2 * (size_t)n : 1) * sizeof(*rows));
		if (rows && n)
			memcpy(rows, rule->exceptions, n * sizeof(*rows));
	}
	if (!exception || !rows)
		return rules_no_memory(t->load);
	*exception = (struct rules_exception){ .name = t->name,
					       .context = t->context,
					       .source = t->load->source,
					       .fields = fields,
					       .comps = comps };
	/* The context of the item is gone when the file is loaded; that of the rule stays. */
	exception->context.parent = &rule->def.context;
	rule->exceptions = rows;
	rows[rule->nexceptions++] = exception;
	return add_values(t, exception);
}

static int append(const struct taking *t)
{
	struct rules_exception *there = find(t);

	if (!there) {
		if (!t->keys.values[EXCEPTION_KEY_FIELDS])
			return rules_fail(t->load->report, EYAS_LOAD_ERR_VALIDATE, &t->context,
					  "the rule has no exception of this name; a new one needs "
					  "fields");
		if (!t->keys.values[EXCEPTION_KEY_VALUES])
			return rules_fail(t->load->report, EYAS_LOAD_ERR_VALIDATE, &t->context,
					  "the rule has no exception of this name; a new one needs "
					  "values");
		return define(t, false);
	}
	if (t->keys.values[EXCEPTION_KEY_FIELDS])
		return invalid(t, t->keys.values[EXCEPTION_KEY_FIELDS],
			       "the fields of an exception cannot be appended to");
	if (t->keys.values[EXCEPTION_KEY_COMPS])
		return invalid(t, t->keys.values[EXCEPTION_KEY_COMPS],
			       "the operators of an exception cannot be appended to");
	return add_values(t, there);
}

static int load_exception(struct taking *t, const struct rules_node *node,
			  const struct rules_context *parent)
{
	int res;

	res = rules_decode_name(t->load, KIND_EXCEPTION, EXCEPTION_KEY_NAME, node, ITEM_EXCEPTION,
				parent, &t->name);
	if (res < 0)
		return res;
	t->context = rules_context_of(parent, ITEM_EXCEPTION, t->name, node);
	res = rules_decode(t->load, KIND_EXCEPTION, node, &t->context, &t->keys);
	if (res < 0)
		return res;
	if (t->mode != EXCEPTIONS_DEFINE && !t->keys.values[EXCEPTION_KEY_VALUES]) {
		res = rules_report_add(t->load->report, EYAS_LOAD_APPEND_NO_VALUES, &t->context,
				       "an exception without values changes nothing");
		if (res < 0)
			return res;
	}
	return t->mode == EXCEPTIONS_APPEND ? append(t) : define(t, find(t));
}

int rules_load_exceptions(struct rules_load *load, struct rules_rule *rule,
			  const struct rules_node *node, const struct rules_context *context,
			  enum exceptions_mode mode)
{
	struct rules_context inner = rules_context_of(context, ITEM_EXCEPTIONS, "", node);
	struct taking t = { .load = load, .rule = rule, .mode = mode };
	uint32_t i;
	int res = 0;

	if (mode == EXCEPTIONS_REPLACE)
		rule->nexceptions = 0;
	if (node->kind != NODE_SEQUENCE)
		return 0;
	for (i = 0; i < node->count && !res; i++)
		res = load_exception(&t, node->items[i], &inner);
	return res;
}
