/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON schema of rules files, made from the table of their keys. */
#include <jansson.h>

#include "compat/falco_config.h"
#include "compat/falco_tree.h"
#include "rules/keys.h"

static json_t *schema_of_item(enum item_kind kind);

static json_t *sequence_of(json_t *items)
{
	return json_pack("{s:s, s:o}", "type", "array", "items", items);
}

static json_t *type_of(const char *name)
{
	return json_pack("{s:s}", "type", name);
}

static json_t *priorities(void)
{
	json_t *words = json_array();
	size_t i;

	for (i = 0; i < RULES_PRIORITY_WORDS; i++)
		json_array_append_new(words, json_string(rules_priority_words[i]));
	return json_pack("{s:s, s:o}", "type", "string", "enum", words);
}

/* "override": the keys that it may name; which of them can be appended to, the loader says. */
static json_t *overrides(enum item_kind kind)
{
	json_t *schema = json_pack("{s:s, s:b, s:{}}", "type", "object", "additionalProperties", 0,
				   "properties");
	json_t *properties = json_object_get(schema, "properties");
	const struct key_info *keys;
	size_t count, i;

	keys = rules_keys(kind, &count);
	for (i = 0; i < count; i++) {
		if (keys[i].flags & (KEY_APPEND | KEY_REPLACE))
			json_object_set_new(properties, keys[i].name,
					    json_pack("{s:s, s:[s, s]}", "type", "string", "enum",
						      "append", "replace"));
	}
	return schema;
}

/* What a key of this kind of item holds in a sequence. */
static json_t *sequence(enum item_kind kind)
{
	switch (kind) {
	case KIND_PLUGIN_VERSIONS:
		return sequence_of(schema_of_item(KIND_PLUGIN_ENTRY));
	case KIND_PLUGIN_ENTRY:
		return sequence_of(schema_of_item(KIND_PLUGIN_ALTERNATIVE));
	default:
		return type_of("array"); /* values of exceptions: of any shape */
	}
}

static json_t *schema_of_key(enum item_kind kind, const struct key_info *key)
{
	switch ((enum key_type)key->type) {
	case KEY_TEXT:
		return type_of("string");
	case KEY_BOOL:
		return type_of("boolean");
	case KEY_UINT:
		return json_pack("{s:s, s:i}", "type", "integer", "minimum", 0);
	case KEY_PRIORITY:
		return priorities();
	case KEY_TEXTS:
		return sequence_of(json_pack("{s:[s, s]}", "type", "string", "integer"));
	case KEY_EXCEPTIONS:
		return json_pack("{s:[s, s], s:o}", "type", "array", "null", "items",
				 schema_of_item(KIND_EXCEPTION));
	case KEY_OVERRIDE:
		return overrides(kind);
	case KEY_ENTRY:
		return json_pack("{s:[s, s]}", "type", "string", "array");
	case KEY_SEQUENCE:
		return sequence(kind);
	}
	return json_object();
}

/* The keys of an item. Which of them there have to be depends on what else there is (append). */
static json_t *schema_of_item(enum item_kind kind)
{
	json_t *schema = json_pack("{s:s, s:b, s:{}, s:[]}", "type", "object",
				   "additionalProperties", 0, "properties", "required");
	json_t *properties = json_object_get(schema, "properties"), *property;
	const struct key_info *keys;
	size_t count, i;

	keys = rules_keys(kind, &count);
	json_array_append_new(json_object_get(schema, "required"), json_string(keys[0].name));
	for (i = 0; i < count; i++) {
		property = schema_of_key(kind, &keys[i]);
		json_object_set_new(property, "description", json_string(keys[i].help));
		json_object_set_new(properties, keys[i].name, property);
	}
	return schema;
}

bool falco_rule_schema(struct eyas_str *out)
{
	static const enum item_kind kinds[] = { KIND_ENGINE_VERSION, KIND_PLUGIN_VERSIONS,
						KIND_LIST, KIND_MACRO, KIND_RULE };
	json_t *any = json_array(), *schema;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		json_array_append_new(any, schema_of_item(kinds[i]));
	schema = json_pack("{s:s, s:s, s:{s:o}}", "$schema",
			   "http://json-schema.org/draft-06/schema#", "type", "array", "items",
			   "anyOf", any);
	return falco_tree_print(schema, out);
}
