/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an item with the key "rule" does: define a rule, append to one, override parts of one, or
 * only switch one on or off.
 */
#include "rules/rules_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* An item while it is taken over. */
struct rule_item {
	struct rules_load *load;
	struct rules_item_keys keys;
	struct rules_context context;
	const char *name;
	struct rules_rule *rule; /* of that name; NULL = there is none yet */
};

static int missing(const struct rule_item *item, const char *what)
{
	return rules_fail(item->load->report, EYAS_LOAD_ERR_VALIDATE, &item->context,
			  "there is no rule of this name before that could be %s", what);
}

static const struct rules_node *value_of(const struct rule_item *item, int key)
{
	return item->keys.values[key];
}

/* ---- tags ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The tags of a node, and with them those that are there if they stay. */
static int set_tags(const struct rule_item *item, const struct rules_node *node, bool keep)
{
	struct rules_tags *tags = &item->rule->tags;
	uint32_t kept = keep ? tags->count : 0, count = 0, i;
	const char **rows;

	rows = eyas_arena_get(&item->load->rules->arena,
			      ((size_t)kept + node->count) * sizeof(*rows));
	if (!rows)
		return rules_no_memory(item->load);
	if (kept)
		memcpy(rows, tags->rows, kept * sizeof(*rows));
	for (i = 0; i < node->count; i++)
		rows[kept + i] = node->items[i]->text;
	qsort(rows, kept + node->count, sizeof(*rows), by_text);
	for (i = 0; i < kept + node->count; i++)
		if (!i || strcmp(rows[i], rows[count - 1]) != 0)
			rows[count++] = rows[i];
	*tags = (struct rules_tags){ rows, count };
	return 0;
}

/* ---- one key ---- */

static int set_text(const struct rule_item *item, int key, bool append)
{
	struct rules_rule *rule = item->rule;
	struct rules_text *text = key == RULE_KEY_CONDITION ? &rule->condition
				  : key == RULE_KEY_OUTPUT  ? &rule->output
							    : &rule->desc;

	if (!append)
		*text = (struct rules_text){ 0 };
	return rules_add_text(item->load, text, value_of(item, key), key == RULE_KEY_OUTPUT,
			      &item->context);
}

/* Take a key over into the rule; the type of its value was checked. */
static int set_key(const struct rule_item *item, int key, enum exceptions_mode mode)
{
	const struct rules_node *value = value_of(item, key);
	struct rules_rule *rule = item->rule;

	if (!value)
		return 0;
	switch (key) {
	case RULE_KEY_CONDITION:
	case RULE_KEY_OUTPUT:
	case RULE_KEY_DESC:
		return set_text(item, key, mode == EXCEPTIONS_APPEND);
	case RULE_KEY_PRIORITY:
		rule->priority = (uint8_t)eyas_rules_priority_find(value->text);
		return 0;
	case RULE_KEY_TAGS:
		return set_tags(item, value, mode == EXCEPTIONS_APPEND);
	case RULE_KEY_EXCEPTIONS:
		return rules_load_exceptions(item->load, rule, value, &item->context, mode);
	case RULE_KEY_ENABLED:
		rule->enabled = rules_decode_bool(&item->keys, key, true);
		return 0;
	case RULE_KEY_WARN_EVTTYPES:
		rule->warn_evttypes = rules_decode_bool(&item->keys, key, true);
		return 0;
	case RULE_KEY_SKIP_UNKNOWN:
		rule->skip_unknown = rules_decode_bool(&item->keys, key, false);
		return 0;
	case RULE_KEY_CAPTURE:
		rule->capture = rules_decode_bool(&item->keys, key, false);
		return 0;
	case RULE_KEY_CAPTURE_DURATION:
		rules_node_uint(value, UINT32_MAX, &rule->capture_duration_ms);
		return 0;
	default:
		return 0;
	}
}

/* What an item that names no source is about: NULL is the source of the rule it changes. */
static int check_source(const struct rule_item *item, const char *unnamed)
{
	const struct rules_node *source = value_of(item, RULE_KEY_SOURCE);
	bool named = source && source->len && !rules_node_is_null(source);
	const char *text = named ? source->text : unnamed;
	struct rules_context context = item->context;

	if (!item->rule || !text || !strcmp(item->rule->source, text))
		return 0;
	if (named)
		context = rules_context_of(&item->context, ITEM_VALUE_FOR, "source", source);
	return rules_fail(item->load->report, EYAS_LOAD_ERR_VALIDATE, &context,
			  "the rule has source '%.64s' already", item->rule->source);
}

/* ---- what an item can do ---- */

static int define(struct rule_item *item)
{
	static const int required[] = { RULE_KEY_CONDITION, RULE_KEY_OUTPUT, RULE_KEY_DESC,
					RULE_KEY_PRIORITY };
	static const char default_source[] = "syscall";
	struct rules_load *load = item->load;
	const struct rules_node *source = value_of(item, RULE_KEY_SOURCE);
	struct rules_rule *rule = item->rule;
	struct rules_def def = { .name = item->name, .name_len = (uint32_t)strlen(item->name) };
	struct rules_context inner;
	size_t i;
	int res = 0, key;

	for (i = 0; i < sizeof(required) / sizeof(required[0]) && !res; i++)
		res = rules_decode_require(load, &item->keys, required[i], &item->context);
	if (res < 0)
		return res;
	if (source && (!source->len || rules_node_is_null(source))) {
		inner = rules_context_of(&item->context, ITEM_VALUE_FOR, "source", source);
		return rules_fail(load->report, EYAS_LOAD_ERR_YAML_VALIDATE, &inner,
				  "expected a text, found nothing");
	}
	res = check_source(item, default_source);
	if (!res && source && !rules_source_known(source->text))
		res = rules_report_add(load->report, EYAS_LOAD_UNKNOWN_SOURCE, &item->context,
				       "there is no source '%.64s'; the rule is left out",
				       source->text);
	if (res < 0)
		return res;
	def.index = def.visibility = load->rules->next_index;
	def.context = item->context;
	if (rule)
		def.index = rule->def.index;
	else
		rule = eyas_arena_zero(&load->rules->arena, sizeof(*rule));
	if (!rule)
		return rules_no_memory(load);
	*rule = (struct rules_rule){ .def = def,
				     .source = source ? source->text : default_source,
				     .enabled = true,
				     .warn_evttypes = true };
	if (!item->rule) {
		res = rules_defs_add(&load->rules->rules, &rule->def);
		if (res == EYAS_E_LIMIT)
			return rules_fail(load->report, EYAS_LOAD_ERR_VALIDATE, &item->context,
					  "there are more than %d rules", RULES_MAX_ITEMS);
		if (res < 0)
			return rules_no_memory(load);
	}
	load->rules->next_index++;
	item->rule = rule;
	for (key = RULE_KEY_CONDITION; key <= RULE_KEY_CAPTURE_DURATION && !res; key++)
		res = set_key(item, key, EXCEPTIONS_DEFINE);
	return res;
}

static int append(struct rule_item *item)
{
	int res;

	if (!item->rule)
		return missing(item, "appended to");
	if (!value_of(item, RULE_KEY_CONDITION) && !value_of(item, RULE_KEY_EXCEPTIONS))
		return rules_fail(item->load->report, EYAS_LOAD_ERR_VALIDATE, &item->context,
				  "there is neither a condition nor exceptions to append");
	res = check_source(item, NULL);
	if (!res)
		res = set_key(item, RULE_KEY_CONDITION, EXCEPTIONS_APPEND);
	if (!res)
		res = set_key(item, RULE_KEY_EXCEPTIONS, EXCEPTIONS_APPEND);
	item->rule->def.visibility = item->load->rules->next_index++;
	return res;
}

/* What is appended comes first, whatever the order in the file. */
static int override(struct rule_item *item, const struct rules_override *what)
{
	int res, key;

	res = rules_override_check(item->load, &item->keys, what, &item->context);
	if (res < 0)
		return res;
	if (!item->rule)
		return missing(item, what->append ? "appended to" : "overridden");
	res = check_source(item, NULL);
	for (key = 0; key < KEYS_MAX && !res; key++)
		if (what->append >> key & 1)
			res = set_key(item, key, EXCEPTIONS_APPEND);
	for (key = 0; key < KEYS_MAX && !res; key++)
		if (what->replace >> key & 1)
			res = set_key(item, key, EXCEPTIONS_REPLACE);
	item->rule->def.visibility = item->load->rules->next_index++;
	return res;
}

static int switch_only(struct rule_item *item)
{
	int res;

	/* Whoever left out what defines a rule meant to define one, most likely. */
	if (!value_of(item, RULE_KEY_ENABLED))
		return rules_decode_require(item->load, &item->keys, RULE_KEY_CONDITION,
					    &item->context);
	res = rules_report_add(item->load->report, EYAS_LOAD_DEPRECATED_ITEM, &item->context,
			       "an item with 'enabled' alone is deprecated; add 'override: "
			       "{enabled: replace}'");
	if (res < 0)
		return res;
	if (!item->rule)
		return missing(item, "switched on or off");
	return set_key(item, RULE_KEY_ENABLED, EXCEPTIONS_REPLACE);
}

int rules_load_rule(struct rules_load *load, const struct rules_node *node)
{
	struct rule_item item = { .load = load };
	struct rules_override what;
	bool appends;
	uint32_t i;
	int res;

	res = rules_decode_name(load, KIND_RULE, RULE_KEY_RULE, node, ITEM_RULE, load->content,
				&item.name);
	if (res < 0)
		return res;
	item.context = rules_context_of(load->content, ITEM_RULE, item.name, node);
	res = rules_decode(load, KIND_RULE, node, &item.context, &item.keys);
	if (!res)
		res = rules_decode_change(load, &item.keys, RULE_KEY_APPEND, RULE_KEY_OVERRIDE,
					  &item.context, &appends, &what);
	if (res < 0)
		return res;
	i = rules_defs_find(&load->rules->rules, item.name, strlen(item.name));
	if (i != EYAS_MAP_NONE)
		item.rule = (struct rules_rule *)load->rules->rules.rows[i];
	if (appends)
		return append(&item);
	if (what.append | what.replace)
		return override(&item, &what);
	if (!value_of(&item, RULE_KEY_CONDITION) && !value_of(&item, RULE_KEY_OUTPUT) &&
	    !value_of(&item, RULE_KEY_DESC) && !value_of(&item, RULE_KEY_PRIORITY))
		return switch_only(&item);
	return define(&item);
}
