/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration holds, held against the table of keys: what Falco calls schema validation. */
#include "compat/falco_keys.h"

#include <string.h>

static const struct falco_key *find(const char *path, size_t len)
{
	size_t count, i;
	const struct falco_key *keys = falco_keys(&count);

	for (i = 0; i < count; i++)
		if (strlen(keys[i].path) == len && !memcmp(keys[i].path, path, len))
			return &keys[i];
	return NULL;
}

/* Do keys begin with this path? */
static bool is_group(const char *path, size_t len)
{
	size_t count, i;
	const struct falco_key *keys = falco_keys(&count);

	for (i = 0; i < count; i++)
		if (!strncmp(keys[i].path, path, len) && keys[i].path[len] == '.')
			return true;
	return false;
}

static bool fits(const struct falco_key *key, const json_t *value)
{
	const char *text = json_string_value(value);
	int64_t integer;
	double number;
	bool yes;

	if (json_is_null(value))
		return true;
	switch (key->kind) {
	case kind_array:
		/* One text is as good as a sequence of it. */
		return json_is_array(value) || text;
	case kind_object:
		return json_is_object(value);
	case kind_boolean:
		return text && falco_text_bool(text, &yes);
	case kind_integer:
		return text && falco_text_int(text, &integer) &&
		       (key->type != TYPE_INT || (integer >= key->least && integer <= key->most));
	case kind_number:
		return text && falco_text_number(text, &number);
	case kind_any:
		return true;
	default:
		return text;
	}
}

enum { SHOWN = 200 };

/* The way to the value that is looked at, and the first fault. */
struct check {
	struct eyas_str path, *out;
	bool whole;
};

/* The path up to SHOWN bytes; names in it may be long. */
static bool fault(struct check *check, const char *what)
{
	size_t len = check->path.len < SHOWN ? check->path.len : SHOWN;

	eyas_str_safe(check->out, check->path.data, len);
	eyas_str_printf(check->out, ": %s", what);
	return false;
}

static bool check_object(struct check *check, json_t *object);

/* Behind an object's path: do all keys stand there that have to? */
static bool check_required(struct check *check, json_t *object)
{
	size_t len = check->path.len, count, i;
	const struct falco_key *keys = falco_keys(&count);
	const char *name;

	for (i = 0; i < count; i++) {
		if (!keys[i].required || strncmp(keys[i].path, check->path.data, len) != 0)
			continue;
		name = keys[i].path + len;
		if (strchr(name, '.') || json_object_get(object, name))
			continue;
		eyas_str_puts(&check->path, name);
		return fault(check, "it has to be there");
	}
	return true;
}

/* One of the elements, path ends in "[]": keys of ITEM rows, or a text if there are none. */
static bool check_element(struct check *check, json_t *value)
{
	size_t before = check->path.len;
	bool objects = is_group(check->path.data, before), good;

	if (!objects)
		return json_is_string(value) || json_is_null(value) ||
		       fault(check, "expected a text");
	if (!json_is_object(value))
		return !strcmp(check->path.data, "config_files[]") ||
		       fault(check, "expected keys with values");
	eyas_str_putc(&check->path, '.');
	good = check_object(check, value);
	if (good && check->whole)
		good = check_required(check, value);
	return good;
}

static bool check_elements(struct check *check, const struct falco_key *key, json_t *array)
{
	size_t before = check->path.len, i;
	json_t *value;

	/* Fields with formats, and whatever earlier releases had. */
	if (key->type == TYPE_IGNORED || !strcmp(key->path, "append_output[].extra_fields"))
		return true;
	json_array_foreach(array, i, value)
	{
		eyas_str_add(&check->path, "[]", 3);
		if (check->path.nomem)
			return true;
		check->path.len--;
		if (!check_element(check, value))
			return false;
		check->path.len = before;
	}
	return true;
}

static bool check_strategy(const struct falco_key *key, const json_t *value)
{
	const char *text = json_string_value(value);

	return strcmp(key->path, "config_files[].strategy") != 0 || !text ||
	       !strcmp(text, "append") || !strcmp(text, "override") || !strcmp(text, "add-only");
}

/* name is the last part of the path. */
static bool check_value(struct check *check, const char *name, json_t *value)
{
	const struct falco_key *key = find(check->path.data, check->path.len);

	/* What stands in paths of the table is in no name. */
	if (name[strcspn(name, ".[")])
		return fault(check, "there is no such key");
	if (!key && !is_group(check->path.data, check->path.len))
		return fault(check, "there is no such key");
	if (key && (!fits(key, value) || !check_strategy(key, value))) {
		fault(check, "expected a value of type ");
		eyas_str_printf(check->out, "%s%s", falco_kind_name(key->kind),
				key->type == TYPE_INT ? " in its range" : "");
		return false;
	}
	if (key)
		return check_elements(check, key, value);
	if (json_is_null(value))
		return true;
	if (!json_is_object(value))
		return fault(check, "expected keys with values");
	eyas_str_putc(&check->path, '.');
	return check_object(check, value);
}

/* path is that of the object, with a dot at its end if it is not the root. */
static bool check_object(struct check *check, json_t *object)
{
	size_t before = check->path.len;
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		eyas_str_puts(&check->path, name);
		if (check->path.nomem)
			return true;
		if (!check_value(check, name, value))
			return false;
		check->path.len = before;
	}
	return true;
}

bool falco_keys_check(json_t *tree, bool whole, struct eyas_str *out)
{
	struct check check = { .path = EYAS_STR_INIT, .out = out, .whole = whole };
	bool good;

	if (!json_is_object(tree)) {
		eyas_str_puts(out, "the root: expected keys with values");
		return json_is_null(tree);
	}
	good = check_object(&check, tree);
	eyas_str_fini(&check.path);
	return good;
}
