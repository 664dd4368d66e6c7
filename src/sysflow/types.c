/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the JSON of a schema to types. The schema is as hostile as the rest of a file: its size,
 * depth and numbers are bounded, and what it leaves out is an error here, not later.
 */
#include "sysflow/types.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "base/err.h"

enum {
	MAX_BYTES = 1 << 20, /* of the JSON */
	MAX_DEPTH = 64,
	MAX_NAMED = 1000,
	MAX_CHILDREN = 1000, /* fields, symbols or branches of one type */
	MAX_FIXED = 1 << 20,
	SHOWN = 60 /* bytes of a name in a message */
};

struct schema {
	struct eyas_arena *arena;
	struct eyas_err *err;
	const struct sf_type *named[MAX_NAMED];
	size_t nnamed;
	unsigned depth;
};

/* clang-format off */
static const struct sf_type primitives[SF_T_PRIMITIVES] = {
	[SF_T_NULL] = { .kind = SF_T_NULL, .name = "null", .full = "null", .empty = true },
	[SF_T_BOOLEAN] = { .kind = SF_T_BOOLEAN, .name = "boolean", .full = "boolean" },
	[SF_T_INT] = { .kind = SF_T_INT, .name = "int", .full = "int" },
	[SF_T_LONG] = { .kind = SF_T_LONG, .name = "long", .full = "long" },
	[SF_T_FLOAT] = { .kind = SF_T_FLOAT, .name = "float", .full = "float" },
	[SF_T_DOUBLE] = { .kind = SF_T_DOUBLE, .name = "double", .full = "double" },
	[SF_T_BYTES] = { .kind = SF_T_BYTES, .name = "bytes", .full = "bytes" },
	[SF_T_STRING] = { .kind = SF_T_STRING, .name = "string", .full = "string" },
};
/* clang-format on */

static int read_type(struct schema *schema, const json_t *json, const char *space,
		     const struct sf_type **ret);

static int no_memory(struct schema *schema)
{
	return eyas_err_set(schema->err, -ENOMEM, "no memory for the schema");
}

static int wrong(struct schema *schema, const char *what, const char *name)
{
	return eyas_err_set(schema->err, EYAS_E_FORMAT, "schema: %s '%.*s'", what, SHOWN, name);
}

static int too_many(struct schema *schema, const char *what, unsigned limit)
{
	return eyas_err_set(schema->err, EYAS_E_LIMIT, "schema: more than %u %s", limit, what);
}

static struct sf_type *new_type(struct schema *schema, enum sf_type_kind kind, const char *name)
{
	struct sf_type *type = eyas_arena_zero(schema->arena, sizeof(*type));

	if (type)
		*type = (struct sf_type){ .kind = (uint8_t)kind, .name = name, .full = name };
	return type;
}

/* ---- names ---- */

static const struct sf_type *find_named(const struct schema *schema, const char *full)
{
	size_t i;

	for (i = 0; i < schema->nnamed; i++)
		if (!strcmp(schema->named[i]->full, full))
			return schema->named[i];
	return NULL;
}

/* "space.name", or the name alone if it has dots or there is no namespace. */
static const char *full_name(struct schema *schema, const char *space, const char *name)
{
	size_t space_len = strlen(space), name_len = strlen(name);
	char *full;

	if (!space_len || strchr(name, '.'))
		return eyas_arena_text(schema->arena, name, name_len);
	full = eyas_arena_get(schema->arena, space_len + name_len + 2);
	if (!full)
		return NULL;
	memcpy(full, space, space_len);
	full[space_len] = '.';
	memcpy(full + space_len + 1, name, name_len + 1);
	return full;
}

/* What stands in front of the last dot. */
static const char *space_of(struct schema *schema, const char *full)
{
	const char *dot = strrchr(full, '.');

	return eyas_arena_text(schema->arena, full, dot ? (size_t)(dot - full) : 0);
}

static int read_name(struct schema *schema, const char *name, const char *space,
		     const struct sf_type **ret)
{
	const char *full;
	size_t i;

	for (i = 0; i < SF_T_PRIMITIVES; i++)
		if (!strcmp(primitives[i].name, name)) {
			*ret = &primitives[i];
			return 0;
		}
	full = full_name(schema, space, name);
	if (!full)
		return no_memory(schema);
	*ret = find_named(schema, full);
	if (!*ret)
		*ret = find_named(schema, name);
	return *ret ? 0 : wrong(schema, "there is no type", name);
}

/* A type that has a name: known from here on, also to what it holds. */
static int define(struct schema *schema, const json_t *json, const char *space,
		  enum sf_type_kind kind, struct sf_type **ret)
{
	const char *name = json_string_value(json_object_get(json, "name"));
	const char *own = json_string_value(json_object_get(json, "namespace"));
	struct sf_type *type = new_type(schema, kind, "");
	const char *dot;

	if (!name || !*name)
		return wrong(schema, "a type without a name in", space);
	if (!type)
		return no_memory(schema);
	type->full = full_name(schema, own ? own : space, name);
	if (!type->full)
		return no_memory(schema);
	dot = strrchr(type->full, '.');
	type->name = dot ? dot + 1 : type->full;
	if (find_named(schema, type->full))
		return wrong(schema, "there are two types called", type->full);
	if (schema->nnamed == MAX_NAMED)
		return too_many(schema, "types", MAX_NAMED);
	schema->named[schema->nnamed++] = type;
	*ret = type;
	return 0;
}

/* The array under a key, with the number of its items. */
static int children(struct schema *schema, const json_t *json, const char *key, const char *name,
		    const json_t **ret_items, uint32_t *ret_count)
{
	const json_t *items = json_object_get(json, key);

	if (!json_is_array(items))
		return eyas_err_set(schema->err, EYAS_E_FORMAT, "schema: '%.*s' has no %s", SHOWN,
				    name, key);
	if (json_array_size(items) > MAX_CHILDREN)
		return too_many(schema, key, MAX_CHILDREN);
	*ret_items = items;
	*ret_count = (uint32_t)json_array_size(items);
	return 0;
}

/* ---- kinds ---- */

static int read_fields(struct schema *schema, const json_t *items, uint32_t count,
		       struct sf_type *type, const char *space)
{
	struct sf_type_field *fields = eyas_arena_zero(schema->arena, count * sizeof(*fields));
	const char *name;
	uint32_t i, j;
	int res;

	if (!fields)
		return no_memory(schema);
	type->fields = fields;
	for (i = 0; i < count; i++) {
		const json_t *item = json_array_get(items, i);
		struct sf_type_field *field = &fields[type->count];

		name = json_string_value(json_object_get(item, "name"));
		if (!name)
			return wrong(schema, "a field without a name in", type->full);
		for (j = 0; j < type->count; j++)
			if (!strcmp(fields[j].name, name))
				return wrong(schema, "there are two fields called", name);
		res = read_type(schema, json_object_get(item, "type"), space, &field->type);
		if (res < 0)
			return res;
		if (field->type->empty)
			continue;
		field->name = eyas_arena_text(schema->arena, name, strlen(name));
		if (!field->name)
			return no_memory(schema);
		type->count++;
	}
	type->empty = !type->count;
	return 0;
}

static int read_record(struct schema *schema, const json_t *json, const char *space,
		       const struct sf_type **ret)
{
	const json_t *items;
	struct sf_type *type;
	uint32_t count;
	int res = define(schema, json, space, SF_T_RECORD, &type);

	if (res < 0)
		return res;
	res = children(schema, json, "fields", type->full, &items, &count);
	if (res < 0)
		return res;
	space = space_of(schema, type->full);
	if (!space)
		return no_memory(schema);
	*ret = type;
	return read_fields(schema, items, count, type, space);
}

static int read_enum(struct schema *schema, const json_t *json, const char *space,
		     const struct sf_type **ret)
{
	const char **symbols, *symbol;
	const json_t *items;
	struct sf_type *type;
	uint32_t i;
	int res = define(schema, json, space, SF_T_ENUM, &type);

	if (res < 0)
		return res;
	res = children(schema, json, "symbols", type->full, &items, &type->count);
	if (res < 0)
		return res;
	symbols = eyas_arena_zero(schema->arena, type->count * sizeof(*symbols));
	if (!symbols)
		return no_memory(schema);
	for (i = 0; i < type->count; i++) {
		symbol = json_string_value(json_array_get(items, i));
		if (!symbol)
			return wrong(schema, "a symbol that is no text in", type->full);
		symbols[i] = eyas_arena_text(schema->arena, symbol, strlen(symbol));
		if (!symbols[i])
			return no_memory(schema);
	}
	type->symbols = symbols;
	*ret = type;
	return 0;
}

static int read_fixed(struct schema *schema, const json_t *json, const char *space,
		      const struct sf_type **ret)
{
	const json_t *size = json_object_get(json, "size");
	struct sf_type *type;
	int res = define(schema, json, space, SF_T_FIXED, &type);

	if (res < 0)
		return res;
	if (!json_is_integer(size) || json_integer_value(size) < 0 ||
	    json_integer_value(size) > MAX_FIXED)
		return wrong(schema, "there is no size that makes sense in", type->full);
	type->size = (uint32_t)json_integer_value(size);
	type->empty = !type->size;
	*ret = type;
	return 0;
}

static int read_items(struct schema *schema, const json_t *json, const char *space,
		      enum sf_type_kind kind, const struct sf_type **ret)
{
	struct sf_type *type = new_type(schema, kind, kind == SF_T_MAP ? "map" : "array");

	if (!type)
		return no_memory(schema);
	*ret = type;
	return read_type(schema, json_object_get(json, kind == SF_T_MAP ? "values" : "items"),
			 space, &type->items);
}

static int read_union(struct schema *schema, const json_t *json, const char *space,
		      const struct sf_type **ret)
{
	struct sf_type *type = new_type(schema, SF_T_UNION, "union");
	const struct sf_type **branches;
	uint32_t i;
	int res;

	if (json_array_size(json) > MAX_CHILDREN)
		return too_many(schema, "branches", MAX_CHILDREN);
	branches = eyas_arena_zero(schema->arena, json_array_size(json) * sizeof(*branches));
	if (!type || !branches)
		return no_memory(schema);
	type->count = (uint32_t)json_array_size(json);
	type->branches = branches;
	for (i = 0; i < type->count; i++) {
		res = read_type(schema, json_array_get(json, i), space, &branches[i]);
		if (res < 0)
			return res;
	}
	*ret = type;
	return 0;
}

static int read_object(struct schema *schema, const json_t *json, const char *space,
		       const struct sf_type **ret)
{
	const json_t *kind = json_object_get(json, "type");
	const char *name = json_string_value(kind);

	if (!name)
		return read_type(schema, kind, space, ret);
	if (!strcmp(name, "record") || !strcmp(name, "error"))
		return read_record(schema, json, space, ret);
	if (!strcmp(name, "enum"))
		return read_enum(schema, json, space, ret);
	if (!strcmp(name, "fixed"))
		return read_fixed(schema, json, space, ret);
	if (!strcmp(name, "array"))
		return read_items(schema, json, space, SF_T_ARRAY, ret);
	if (!strcmp(name, "map"))
		return read_items(schema, json, space, SF_T_MAP, ret);
	return read_name(schema, name, space, ret);
}

static int read_type(struct schema *schema, const json_t *json, const char *space,
		     const struct sf_type **ret)
{
	int res;

	if (++schema->depth > MAX_DEPTH)
		return eyas_err_set(schema->err, EYAS_E_LIMIT,
				    "schema: types are nested more than %d deep", MAX_DEPTH);
	if (json_is_string(json))
		res = read_name(schema, json_string_value(json), space, ret);
	else if (json_is_array(json))
		res = read_union(schema, json, space, ret);
	else if (json_is_object(json))
		res = read_object(schema, json, space, ret);
	else
		res = wrong(schema, "a type is missing in", *space ? space : "the schema");
	schema->depth--;
	return res;
}

int sf_types_read(const char *json, size_t len, struct eyas_arena *arena,
		  const struct sf_type **ret_type, struct eyas_err *reterr)
{
	struct schema schema = { .arena = arena, .err = reterr };
	const struct sf_type *type;
	json_error_t why;
	json_t *root;
	int res;

	if (len > MAX_BYTES)
		return eyas_err_set(reterr, EYAS_E_LIMIT, "the schema has %zu bytes, more than %d",
				    len, MAX_BYTES);
	/* A schema may be the bare name of a type; depth is limited by the library, too. */
	root = json_loadb(json, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);
	if (!root)
		return eyas_err_set(reterr, EYAS_E_FORMAT, "schema: not JSON, byte %d: %.100s",
				    why.position, why.text);
	res = read_type(&schema, root, "", &type);
	json_decref(root);
	if (!res)
		*ret_type = type;
	return res;
}
