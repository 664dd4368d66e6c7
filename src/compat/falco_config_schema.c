/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON schema of the configuration, made from the table of its keys. */
#include <string.h>

#include "compat/falco_keys.h"
#include "compat/falco_tree.h"

static json_t *new_object(void)
{
	return json_pack("{s:s, s:b, s:{}}", "type", "object", "additionalProperties", 0,
			 "properties");
}

static json_t *extra_fields(void)
{
	return json_pack("{s:s, s:{s:[{s:s}, {s:s, s:{s:s}}]}}", "type", "array", "items", "anyOf",
			 "type", "string", "type", "object", "additionalProperties", "type",
			 "string");
}

static json_t *schema_of(const struct falco_key *key)
{
	json_t *schema;

	if (!strcmp(key->path, "append_output[].extra_fields"))
		return extra_fields();
	if (key->kind == kind_any)
		return json_pack("{s:[s, s, s]}", "type", "object", "string", "null");
	schema = json_pack("{s:s}", "type", falco_kind_name(key->kind));
	if (!strcmp(key->path, "static_fields"))
		json_object_set_new(schema, "additionalProperties",
				    json_pack("{s:s}", "type", "string"));
	if (!strcmp(key->path, "config_files[].strategy"))
		json_object_set_new(schema, "enum",
				    json_pack("[s, s, s]", "append", "override", "add-only"));
	if (key->kind == kind_array)
		json_object_set_new(schema, "items", json_pack("{s:s}", "type", "string"));
	if (key->type == TYPE_INT && key->least > INT16_MIN)
		json_object_set_new(schema, "minimum", json_integer(key->least));
	if (key->type == TYPE_INT && key->most != INT64_MAX && key->least > INT16_MIN)
		json_object_set_new(schema, "maximum", json_integer(key->most));
	if (key->type == TYPE_IGNORED)
		json_object_set_new(schema, "description",
				    json_sprintf("Accepted, without effect here: %s.", key->text));
	return schema;
}

/* The object that the elements of an array are; those of config_files may be texts, too. */
static json_t *elements(json_t *array, bool texts)
{
	json_t *items = json_object_get(array, "items"), *object;

	if (json_object_get(items, "properties"))
		return items;
	if (json_object_get(items, "anyOf"))
		return json_array_get(json_object_get(items, "anyOf"), 1);
	object = new_object();
	if (texts)
		items = json_pack("{s:[{s:s}, O]}", "anyOf", "type", "string", object);
	else
		items = json_incref(object);
	json_object_set_new(array, "items", items);
	json_decref(object);
	return object;
}

/* The schema of the object that a path of a key leads to, with the rest of the path. */
static json_t *group_of(json_t *schema, const char **path)
{
	const char *dot = strchr(*path, '.');
	size_t len = dot ? (size_t)(dot - *path) : 0;
	bool array = len > 2 && dot[-1] == ']';
	json_t *properties = json_object_get(schema, "properties"), *group;

	if (!dot)
		return schema;
	group = json_object_getn(properties, *path, array ? len - 2 : len);
	if (!group) {
		group = new_object();
		json_object_setn_new_nocheck(properties, *path, len, group);
	} else if (array) {
		group = elements(group, !strncmp(*path, "config_files", len - 2));
	}
	*path = dot + 1;
	return group_of(group, path);
}

static void add_key(json_t *schema, const struct falco_key *key)
{
	const char *name = key->path;
	json_t *group = group_of(schema, &name), *required;

	json_object_set_new(json_object_get(group, "properties"), name, schema_of(key));
	if (!key->required)
		return;
	required = json_object_get(group, "required");
	if (!required) {
		required = json_array();
		json_object_set_new(group, "required", required);
	}
	json_array_append_new(required, json_string(name));
}

bool falco_config_schema(struct eyas_str *out)
{
	size_t count, i;
	const struct falco_key *keys = falco_keys(&count);
	json_t *schema = new_object();

	json_object_set_new(schema, "$schema",
			    json_string("http://json-schema.org/draft-06/schema#"));
	json_object_set_new(schema, "title", json_string("FalcoConfig"));
	for (i = 0; i < count; i++)
		add_key(schema, &keys[i]);
	return falco_tree_print(schema, out);
}
