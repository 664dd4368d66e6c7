/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a rules file becomes definitions: its documents item by item, lists and macros here, the
 * others in files of their own. Called once for each file; definitions pile up over files.
 */
#include "rules/rules_int.h"

#include <errno.h>
#include <string.h>

#include "base/ascii.h"
#include "rules/schema.h"

int rules_add_text(struct rules_load *load, struct rules_text *text, const struct rules_node *node,
		   bool trim, const struct rules_context *context)
{
	struct rules_context inner = rules_context_of(context, ITEM_VALUE_FOR, "", node);
	int res = rules_text_add(text, &load->rules->arena, load->source, node, trim);

	if (res == EYAS_E_LIMIT)
		return rules_fail(load->report, EYAS_LOAD_ERR_VALIDATE, &inner,
				  "with this, the text has more than 1048576 bytes");
	return res < 0 ? rules_no_memory(load) : 0;
}

/* What an item of this name changes: there already, or new with the size. */
static int get_def(struct rules_load *load, struct rules_defs *defs, const char *name, size_t size,
		   const struct rules_context *context, struct rules_def **ret)
{
	uint32_t i = rules_defs_find(defs, name, strlen(name));
	struct rules_def *def;
	int res;

	if (i != EYAS_MAP_NONE) {
		*ret = defs->rows[i];
		return 0;
	}
	def = eyas_arena_zero(&load->rules->arena, size);
	if (!def)
		return rules_no_memory(load);
	def->name = name;
	def->name_len = (uint32_t)strlen(name);
	def->index = load->rules->next_index;
	res = rules_defs_add(defs, def);
	if (res == EYAS_E_LIMIT)
		return rules_fail(load->report, EYAS_LOAD_ERR_VALIDATE, context,
				  "there are more than %d of these", RULES_MAX_ITEMS);
	*ret = def;
	return res < 0 ? rules_no_memory(load) : 0;
}

/* What lists and macros have in common: may it be appended to, and is it to be? */
static int wants_append(struct rules_load *load, const struct rules_item_keys *keys, int append_key,
			int override_key, const struct rules_context *context, bool exists,
			bool *ret)
{
	struct rules_override override;
	bool append;
	int res;

	res = rules_decode_change(load, keys, append_key, override_key, context, &append,
				  &override);
	if (res < 0)
		return res;
	if (override.append | override.replace)
		res = rules_override_check(load, keys, &override, context);
	*ret = append || override.append;
	if (!res && *ret && !exists)
		return rules_fail(load->report, EYAS_LOAD_ERR_VALIDATE, context,
				  "there is nothing of this name before that could be appended to");
	return res;
}

/* ---- lists ---- */

static bool is_list_name(const char *name)
{
	return *name && !strpbrk(name, "()\"'=, \t\n\v\f\r");
}

/* Longer ones are not worth being looked for in every condition. */
static void note_odd(struct eyas_rules *rules, size_t len)
{
	if (len > rules->longest_odd && len <= RULES_MAX_ODD)
		rules->longest_odd = len;
}

static int load_list(struct rules_load *load, const struct rules_node *item)
{
	struct rules_defs *lists = &load->rules->lists;
	struct rules_context context;
	struct rules_item_keys keys;
	const struct rules_node *items;
	struct rules_list *list;
	struct rules_def *def = NULL;
	const char *name;
	bool append = false, exists;
	uint32_t i;
	int res;

	res = rules_decode_name(load, KIND_LIST, LIST_KEY_LIST, item, ITEM_LIST, load->content,
				&name);
	if (res < 0)
		return res;
	context = rules_context_of(load->content, ITEM_LIST, name, item);
	if (!is_list_name(name)) {
		res = rules_report_add(load->report, EYAS_LOAD_INVALID_LIST_NAME, &context,
				       "the name of a list should have no blanks, quotes, commas, "
				       "'=' and parentheses");
		if (res < 0)
			return res;
		note_odd(load->rules, strlen(name));
	}
	exists = rules_defs_find(lists, name, strlen(name)) != EYAS_MAP_NONE;
	res = rules_decode(load, KIND_LIST, item, &context, &keys);
	if (!res)
		res = rules_decode_require(load, &keys, LIST_KEY_ITEMS, &context);
	if (!res)
		res = wants_append(load, &keys, LIST_KEY_APPEND, LIST_KEY_OVERRIDE, &context,
				   exists, &append);
	if (!res)
		res = get_def(load, lists, name, sizeof(*list), &context, &def);
	if (res < 0)
		return res;
	list = (struct rules_list *)def;
	if (!append) {
		def->context = context;
		list->items = (struct rules_values){ 0 };
	}
	def->visibility = load->rules->next_index++;
	items = keys.values[LIST_KEY_ITEMS];
	for (i = 0; i < items->count; i++)
		if (rules_values_add(&list->items, &load->rules->arena, load->source,
				     items->items[i]))
			return rules_no_memory(load);
	return 0;
}

/* ---- macros ---- */

static bool is_macro_name(const char *name)
{
	if (!eyas_is_letter(*name))
		return false;
	while (eyas_is_letter(*name) || eyas_is_digit(*name) || *name == '_')
		name++;
	return !*name;
}

static int load_macro(struct rules_load *load, const struct rules_node *item)
{
	struct rules_defs *macros = &load->rules->macros;
	struct rules_context context;
	struct rules_item_keys keys;
	struct rules_macro *macro;
	struct rules_def *def = NULL;
	const char *name;
	bool append = false, exists;
	int res;

	res = rules_decode_name(load, KIND_MACRO, MACRO_KEY_MACRO, item, ITEM_MACRO, load->content,
				&name);
	if (res < 0)
		return res;
	context = rules_context_of(load->content, ITEM_MACRO, name, item);
	if (!is_macro_name(name)) {
		res = rules_report_add(
			load->report, EYAS_LOAD_INVALID_MACRO_NAME, &context,
			"conditions cannot refer to a macro of this name; expected a "
			"letter, then letters, digits and '_'");
		if (res < 0)
			return res;
	}
	exists = rules_defs_find(macros, name, strlen(name)) != EYAS_MAP_NONE;
	res = rules_decode(load, KIND_MACRO, item, &context, &keys);
	if (!res)
		res = rules_decode_require(load, &keys, MACRO_KEY_CONDITION, &context);
	if (!res)
		res = wants_append(load, &keys, MACRO_KEY_APPEND, MACRO_KEY_OVERRIDE, &context,
				   exists, &append);
	if (!res)
		res = get_def(load, macros, name, sizeof(*macro), &context, &def);
	if (res < 0)
		return res;
	macro = (struct rules_macro *)def;
	if (!append) {
		def->context = context;
		macro->condition = (struct rules_text){ 0 };
	}
	def->visibility = load->rules->next_index++;
	return rules_add_text(load, &macro->condition, keys.values[MACRO_KEY_CONDITION], false,
			      &context);
}

/* ---- items ---- */

static int load_unknown(struct rules_load *load, const struct rules_node *item)
{
	struct rules_context context = rules_context_of(load->content, ITEM_CONTENT_ITEM, "", item);
	const struct rules_node *key = item->count ? item->items[0] : NULL;

	if (key && key->kind == NODE_SCALAR)
		return rules_report_add(load->report, EYAS_LOAD_UNKNOWN_ITEM, &context,
					"nothing is known about an item with the key '%.64s'",
					key->text);
	return rules_report_add(load->report, EYAS_LOAD_UNKNOWN_ITEM, &context,
				"nothing is known about an item like this");
}

static int load_item(struct rules_load *load, const struct rules_node *item)
{
	/* The first key that is there decides what an item is. */
	static const struct {
		const char *key;
		int (*load)(struct rules_load *load, const struct rules_node *item);
	} kinds[] = {
		{ "required_engine_version", rules_load_engine_version },
		{ "required_plugin_versions", rules_load_plugin_versions },
		{ "list", load_list },
		{ "macro", load_macro },
		{ "rule", rules_load_rule },
	};
	struct rules_context context = rules_context_of(load->content, ITEM_CONTENT_ITEM, "", item);
	size_t i;

	if (rules_node_is_null(item))
		return 0;
	if (item->kind != NODE_MAPPING)
		return rules_fail(load->report, EYAS_LOAD_ERR_YAML_VALIDATE, &context,
				  "expected a mapping: a list, a macro, a rule ...");
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (rules_node_get(item, kinds[i].key))
			return kinds[i].load(load, item);
	return load_unknown(load, item);
}

static int load_document(struct rules_load *load, const struct rules_node *document)
{
	struct rules_context context =
		rules_context_of(load->content, ITEM_CONTENT_ITEM, "", document);
	uint32_t i;
	int res = 0;

	if (document->kind != NODE_SEQUENCE)
		return rules_fail(load->report, EYAS_LOAD_ERR_YAML_VALIDATE, &context,
				  "expected a sequence of lists, macros and rules, found %s",
				  document->kind == NODE_MAPPING ? "a mapping" : "a single value");
	for (i = 0; i < document->count && !res; i++)
		res = load_item(load, document->items[i]);
	return res;
}

/* ---- files ---- */

static int parse_failed(struct rules_load *load, int code, const struct eyas_err *err)
{
	struct rules_context context = *load->content;

	if (code == -ENOMEM)
		return rules_no_memory(load);
	context.line = err->line;
	context.column = err->column;
	context.offset = (uint32_t)err->offset;
	/* A text that is too large is not kept, so there is nothing of it to show. */
	return rules_fail(load->report, EYAS_LOAD_ERR_YAML_PARSE, &context, "%s", err->text);
}

int rules_load_text(struct eyas_rules *rules, struct eyas_rules_report *report, const char *name,
		    const char *text, size_t len)
{
	struct rules_source *source = eyas_arena_zero(&rules->arena, sizeof(*source));
	struct rules_context *content = eyas_arena_zero(&rules->arena, sizeof(*content));
	struct rules_load load = { rules, report, source, content };
	struct eyas_err err = { 0 };
	uint32_t i;
	int res;

	if (!source || !content)
		return rules_no_memory(&load);
	*content = (struct rules_context){ .source = source, .item = ITEM_CONTENT, .name = "" };
	source->name = eyas_arena_text(&rules->arena, name, strlen(name));
	source->len = len;
	if (len <= RULES_MAX_BYTES)
		source->text = eyas_arena_text(&rules->arena, text, len);
	if (!source->name || (!source->text && len <= RULES_MAX_BYTES))
		return rules_no_memory(&load);
	res = rules_yaml_parse(source, &rules->arena, &err);
	if (res < 0)
		return parse_failed(&load, res, &err);
	rules_schema_check(report, source);
	for (i = 0; i < source->ndocuments && !res; i++)
		res = load_document(&load, source->documents[i]);
	return res;
}
