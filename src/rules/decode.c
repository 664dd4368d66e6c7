/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An item of a rules file by the table of keys (keys.c): what has the wrong type is an error at
 * its place, what is not in the table a warning. The loader then asks for keys by number.
 */
#include "rules/rules_int.h"

#include <errno.h>
#include <string.h>

int rules_no_memory(struct rules_load *load)
{
	load->report->nomem = true;
	return -ENOMEM;
}

/* ---- types ---- */

static int bad_value(struct rules_load *load, const struct rules_context *context,
		     const char *expected, const struct rules_node *value)
{
	static const char *const kinds[] = { "", "a sequence", "a mapping" };

	if (rules_node_is_null(value))
		return rules_fail(load->report, EYAS_LOAD_ERR_YAML_VALIDATE, context,
				  "expected %s, found nothing", expected);
	if (value->kind != NODE_SCALAR)
		return rules_fail(load->report, EYAS_LOAD_ERR_YAML_VALIDATE, context,
				  "expected %s, found %s", expected, kinds[value->kind]);
	return rules_fail(load->report, EYAS_LOAD_ERR_YAML_VALIDATE, context,
			  "expected %s, found '%.64s'", expected, value->text);
}

/* "", a blank: a text that says nothing. A key that may be empty may also be null. */
static bool is_text(const struct rules_node *value, bool may_be_empty)
{
	if (value->kind != NODE_SCALAR)
		return false;
	return may_be_empty || (value->len && !rules_node_is_null(value));
}

static int check_texts(struct rules_load *load, const struct rules_node *value,
		       const struct rules_context *context)
{
	struct rules_context inner;
	uint32_t i;

	if (value->kind != NODE_SEQUENCE)
		return bad_value(load, context, "a sequence", value);
	for (i = 0; i < value->count; i++) {
		if (value->items[i]->kind == NODE_SCALAR && !rules_node_is_null(value->items[i]))
			continue;
		inner = rules_context_of(context, ITEM_LIST_ITEM, "", value->items[i]);
		return bad_value(load, &inner, "a text", value->items[i]);
	}
	return 0;
}

/* What a sequence of exceptions, entries or values holds is looked at by whoever reads it. */
static int check_type(struct rules_load *load, const struct key_info *key,
		      const struct rules_node *value, const struct rules_context *context)
{
	uint64_t number;
	bool word;

	switch ((enum key_type)key->type) {
	case KEY_TEXT:
		return is_text(value, key->flags & KEY_MAY_BE_EMPTY)
			       ? 0
			       : bad_value(load, context, "a text", value);
	case KEY_BOOL:
		return rules_node_bool(value, &word)
			       ? 0
			       : bad_value(load, context, "true or false", value);
	case KEY_UINT:
		return rules_node_uint(value, UINT32_MAX, &number)
			       ? 0
			       : bad_value(load, context, "a number from 0 to 4294967295", value);
	case KEY_PRIORITY:
		return value->kind == NODE_SCALAR && eyas_rules_priority_find(value->text) >= 0
			       ? 0
			       : bad_value(load, context,
					   "a priority (emergency, alert, critical, "
					   "error, warning, notice, informational, "
					   "debug)",
					   value);
	case KEY_TEXTS:
		return check_texts(load, value, context);
	case KEY_EXCEPTIONS:
		return value->kind == NODE_SEQUENCE || rules_node_is_null(value)
			       ? 0
			       : bad_value(load, context, "a sequence of exceptions", value);
	case KEY_OVERRIDE:
		return value->kind == NODE_MAPPING
			       ? 0
			       : bad_value(load, context,
					   "a mapping from keys to append or replace", value);
	case KEY_ENTRY:
		return value->kind == NODE_SEQUENCE || is_text(value, false)
			       ? 0
			       : bad_value(load, context, "a text or a sequence of texts", value);
	case KEY_SEQUENCE:
		break;
	}
	return value->kind == NODE_SEQUENCE ? 0 : bad_value(load, context, "a sequence", value);
}

/* ---- keys ---- */

static int warn_unknown(struct rules_load *load, enum item_kind kind, const struct rules_node *key,
			const struct rules_context *parent)
{
	struct rules_context context = rules_context_of(parent, ITEM_VALUE_FOR, "", key);
	const char *nearest;

	if (key->kind != NODE_SCALAR)
		return rules_report_add(load->report, EYAS_LOAD_UNKNOWN_KEY, &context,
					"a key that is no text");
	context.name = key->text;
	nearest = rules_key_nearest(kind, key->text, key->len);
	return rules_report_add(load->report, EYAS_LOAD_UNKNOWN_KEY, &context,
				nearest ? "unknown key '%.64s'; did you mean '%s'?"
					: "unknown key '%.64s'",
				key->text, nearest);
}

static int take_key(struct rules_load *load, const struct rules_node *key,
		    const struct rules_node *value, const struct rules_context *parent,
		    struct rules_item_keys *keys)
{
	int place = key->kind == NODE_SCALAR ? rules_key_find(keys->kind, key->text) : -1;
	struct rules_context context;
	const struct key_info *info;
	size_t count;

	if (place < 0)
		return warn_unknown(load, keys->kind, key, parent);
	info = &rules_keys(keys->kind, &count)[place];
	context = rules_context_of(
		parent,
		info->type == KEY_EXCEPTIONS ? ITEM_EXCEPTIONS
		: info->type == KEY_PRIORITY ? ITEM_RULE_PRIORITY
					     : ITEM_VALUE_FOR,
		info->type == KEY_EXCEPTIONS || info->type == KEY_PRIORITY ? "" : info->name,
		value);
	if (keys->values[place]) {
		context = rules_context_of(parent, ITEM_VALUE_FOR, info->name, key);
		return rules_report_add(load->report, EYAS_LOAD_UNKNOWN_KEY, &context,
					"key '%s' is there twice; the first one counts",
					info->name);
	}
	keys->values[place] = value;
	return check_type(load, info, value, &context);
}

int rules_decode(struct rules_load *load, enum item_kind kind, const struct rules_node *item,
		 const struct rules_context *context, struct rules_item_keys *ret)
{
	uint32_t i;
	int res = 0;

	*ret = (struct rules_item_keys){ .kind = kind };
	for (i = 0; i + 1 < item->count && !res; i += 2)
		res = take_key(load, item->items[i], item->items[i + 1], context, ret);
	return res;
}

int rules_decode_require(struct rules_load *load, const struct rules_item_keys *keys, int key,
			 const struct rules_context *context)
{
	const struct key_info *info;
	size_t count;

	if (keys->values[key])
		return 0;
	info = &rules_keys(keys->kind, &count)[key];
	return rules_fail(load->report, EYAS_LOAD_ERR_YAML_VALIDATE, context,
			  "there is no '%s' (%s)", info->name, info->help);
}

bool rules_decode_bool(const struct rules_item_keys *keys, int key, bool otherwise)
{
	bool value = otherwise;

	if (keys->values[key] && !rules_node_bool(keys->values[key], &value))
		return otherwise;
	return value;
}

int rules_decode_name(struct rules_load *load, enum item_kind kind, int key,
		      const struct rules_node *item, enum rules_item what,
		      const struct rules_context *parent, const char **ret_name)
{
	struct rules_context context = rules_context_of(parent, what, "", item), inner;
	const struct rules_node *name;
	const struct key_info *info;
	size_t count;

	if (item->kind != NODE_MAPPING)
		return bad_value(load, &context, "a mapping", item);
	info = &rules_keys(kind, &count)[key];
	name = rules_node_get(item, info->name);
	if (!name)
		return rules_fail(load->report, EYAS_LOAD_ERR_YAML_VALIDATE, &context,
				  "there is no '%s' (%s)", info->name, info->help);
	inner = rules_context_of(&context, ITEM_VALUE_FOR, info->name, name);
	if (!is_text(name, false))
		return bad_value(load, &inner, "a text", name);
	*ret_name = name->text;
	return 0;
}

/* ---- override ---- */

static int take_operation(struct rules_load *load, const struct rules_node *key,
			  const struct rules_node *operation, enum item_kind kind,
			  const struct rules_context *context, struct rules_override *ret)
{
	struct rules_context inner = rules_context_of(
		context, ITEM_VALUE_FOR, key->kind == NODE_SCALAR ? key->text : "", operation);
	bool append = operation->kind == NODE_SCALAR && !strcmp(operation->text, "append");
	bool replace = operation->kind == NODE_SCALAR && !strcmp(operation->text, "replace");
	int place = key->kind == NODE_SCALAR ? rules_key_find(kind, key->text) : -1;
	const struct key_info *keys;
	size_t count;
	unsigned flags;

	keys = rules_keys(kind, &count);
	flags = place < 0 ? 0 : keys[place].flags & (KEY_APPEND | KEY_REPLACE);
	if (!flags) {
		inner = rules_context_of(context, ITEM_OVERRIDE,
					 key->kind == NODE_SCALAR ? key->text : "", key);
		return rules_fail(load->report, EYAS_LOAD_ERR_YAML_VALIDATE, &inner,
				  "there is nothing to override by this name");
	}
	if (!append && !replace)
		return bad_value(load, &inner, "append or replace", operation);
	if (append && !(flags & KEY_APPEND))
		return rules_fail(load->report, EYAS_LOAD_ERR_YAML_VALIDATE, &inner,
				  "'%s' can be replaced, but not appended to", keys[place].name);
	if (append)
		ret->append |= 1u << place;
	else
		ret->replace |= 1u << place;
	return 0;
}

static int decode_override(struct rules_load *load, const struct rules_item_keys *keys, int key,
			   const struct rules_context *context, struct rules_override *ret)
{
	const struct rules_node *map = keys->values[key];
	struct rules_context inner;
	uint32_t i;
	int res = 0;

	*ret = (struct rules_override){ 0 };
	if (!map)
		return 0;
	inner = rules_context_of(context, ITEM_OVERRIDE, "", map);
	for (i = 0; i + 1 < map->count && !res; i += 2)
		res = take_operation(load, map->items[i], map->items[i + 1], keys->kind, &inner,
				     ret);
	return res;
}

int rules_decode_change(struct rules_load *load, const struct rules_item_keys *keys, int append_key,
			int override_key, const struct rules_context *context, bool *ret_append,
			struct rules_override *ret_override)
{
	const struct key_info *info;
	size_t count;
	int res;

	*ret_append = rules_decode_bool(keys, append_key, false);
	if (*ret_append) {
		info = rules_keys(keys->kind, &count);
		res = rules_report_add(load->report, EYAS_LOAD_DEPRECATED_ITEM, context,
				       "'append' is deprecated; write '%s'",
				       info[append_key].deprecated_by);
		if (res < 0)
			return res;
	}
	res = decode_override(load, keys, override_key, context, ret_override);
	if (res < 0)
		return res;
	if (*ret_append && (ret_override->append | ret_override->replace))
		return rules_fail(load->report, EYAS_LOAD_ERR_YAML_VALIDATE, context,
				  "'append' and 'override' exclude each other");
	return 0;
}

int rules_override_check(struct rules_load *load, const struct rules_item_keys *keys,
			 const struct rules_override *override, const struct rules_context *context)
{
	uint32_t asked = override->append | override->replace;
	const struct key_info *info;
	size_t i, count;

	info = rules_keys(keys->kind, &count);
	for (i = 0; i < count; i++) {
		if (asked >> i & 1 && !keys->values[i])
			return rules_fail(load->report, EYAS_LOAD_ERR_YAML_VALIDATE, context,
					  "'%s' is to be %s, but there is no such key",
					  info[i].name,
					  override->append >> i & 1 ? "appended to" : "overridden");
		if (!(asked >> i & 1) && keys->values[i] &&
		    info[i].flags & (KEY_APPEND | KEY_REPLACE))
			return rules_fail(load->report, EYAS_LOAD_ERR_YAML_VALIDATE, context,
					  "override does not say what becomes of '%s'",
					  info[i].name);
	}
	return 0;
}
