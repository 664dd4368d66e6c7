/* SPDX-License-Identifier: Apache-2.0 */
/* Which plugins a configuration has loaded, and what they are given. */
#include "compat/falco_config_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* Where plugins are that are not named by a whole path. */
#define PLUGINS_PATH "/usr/share/falco/plugins/"

static json_t *typed(json_t *value);

/* Tried in this order, as Falco does; its integers have 32 bits. */
static json_t *typed_scalar(const char *text)
{
	int64_t integer;
	double number;
	bool yes;

	if (falco_text_int(text, &integer) && integer >= INT32_MIN && integer <= INT32_MAX)
		return json_integer(integer);
	if (falco_text_number(text, &number))
		return json_real(number);
	if (falco_text_bool(text, &yes))
		return json_boolean(yes);
	return json_string_nocheck(text);
}

static json_t *typed_object(json_t *object)
{
	json_t *made = json_object(), *item;
	const char *key;

	json_object_foreach(object, key, item)
	{
		if (json_object_set_new_nocheck(made, key, typed(item))) {
			json_decref(made);
			return NULL;
		}
	}
	return made;
}

/*
 * What a map becomes for a plugin that reads JSON: texts that are numbers, or yes and no, are such.
 * NULL for want of memory.
 */
static json_t *typed(json_t *value)
{
	json_t *made, *item;
	size_t i;

	if (json_is_string(value))
		return typed_scalar(json_string_value(value));
	if (json_is_object(value))
		return typed_object(value);
	if (!json_is_array(value))
		return json_null();
	made = json_array();
	json_array_foreach(value, i, item)
	{
		if (json_array_append_new(made, typed(item))) {
			json_decref(made);
			return NULL;
		}
	}
	return made;
}

/* JSON is UTF-8. So are files, but neither the environment nor options have to be. */
static bool is_utf8(const char *text)
{
	size_t len = strlen(text), at = 0;
	unsigned n;

	for (; at < len; at += n) {
		n = eyas_utf8_len(text + at, len - at);
		if (!n)
			return false;
	}
	return true;
}

static bool all_utf8(json_t *value)
{
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_string(value))
		return is_utf8(json_string_value(value));
	json_object_foreach(value, key, item)
	{
		if (!is_utf8(key) || !all_utf8(item))
			return false;
	}
	json_array_foreach(value, i, item)
	{
		if (!all_utf8(item))
			return false;
	}
	return true;
}

static const char *init_config(const struct falco_lists *lists, json_t *value, bool *ret_nomem)
{
	json_t *made;
	char *text;
	const char *copy;

	if (!value || json_is_null(value))
		return "";
	if (json_is_string(value))
		return falco_lists_text(lists, value, ret_nomem);
	made = typed(value);
	text = made ? json_dumps(made, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(15))
		    : NULL;
	copy = text ? eyas_arena_text(&lists->config->arena, text, strlen(text)) : NULL;
	*ret_nomem |= !copy;
	json_decref(made);
	free(text);
	return copy;
}

/* Blanks around the parameters are not part of them. */
static const char *trimmed(const struct falco_lists *lists, json_t *value, bool *ret_nomem)
{
	const char *text = json_string_value(value), *copy;
	size_t len;

	if (!text)
		return "";
	text += strspn(text, " \t\r\n");
	for (len = strlen(text); len && strchr(" \t\r\n", text[len - 1]);)
		len--;
	copy = eyas_arena_text(&lists->config->arena, text, len);
	*ret_nomem |= !copy;
	return copy;
}

/* Does a path lead out of where it begins? */
static bool leaves(const char *path)
{
	size_t len;
	int depth = 0;

	for (; *path && depth >= 0; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		if (len == 2 && !strncmp(path, "..", 2))
			depth--;
		else if (len && !(len == 1 && *path == '.'))
			depth++;
	}
	return depth < 0;
}

/* The whole path; NULL for want of memory. */
static const char *library_path(const struct falco_lists *lists, const char *path)
{
	size_t before = sizeof(PLUGINS_PATH) - 1, len = strlen(path);
	char *whole;

	if (!path[0] || path[0] == '/')
		return path;
	whole = eyas_arena_get(&lists->config->arena, before + len + 1);
	if (whole) {
		memcpy(whole, PLUGINS_PATH, before);
		memcpy(whole + before, path, len + 1);
	}
	return whole;
}

static int bad_plugin(const struct falco_lists *lists, size_t index, const char *what)
{
	return eyas_err_set(lists->reterr, EYAS_E_USAGE,
			    "Error reading config file: could not load plugins config: "
			    "plugins[%zu]: %s",
			    index, what);
}

static int plugin(const struct falco_lists *lists, size_t index, json_t *entry)
{
	struct falco_config_plugin *made =
		&lists->config->plugins.entries[lists->config->plugins.count];
	json_t *init = json_object_get(entry, "init_config");
	bool nomem = false;

	if (json_is_array(init))
		return bad_plugin(lists, index,
				  "init_config: expected keys with values, or a text");
	if (!json_is_string(init) && !all_utf8(init))
		return bad_plugin(lists, index, "init_config: it is no UTF-8");
	made->name = falco_lists_text(lists, json_object_get(entry, "name"), &nomem);
	made->library_path =
		falco_lists_text(lists, json_object_get(entry, "library_path"), &nomem);
	made->init_config = init_config(lists, init, &nomem);
	made->open_params = trimmed(lists, json_object_get(entry, "open_params"), &nomem);
	if (nomem)
		return falco_lists_no_memory(lists);
	if (!made->name || !made->library_path)
		return bad_plugin(lists, index, "name and library_path have to be there");
	if (made->library_path[0] != '/' && leaves(made->library_path))
		return bad_plugin(lists, index,
				  "library_path leads out of the directory of plugins");
	made->library_path = library_path(lists, made->library_path);
	if (!made->library_path)
		return falco_lists_no_memory(lists);
	lists->config->plugins.count++;
	return 0;
}

static json_t *find_plugin(json_t *list, const char *name, size_t *ret_index)
{
	const char *found;
	json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		found = json_string_value(json_object_get(entry, "name"));
		*ret_index = i;
		if (found && !strcmp(found, name))
			return entry;
	}
	return NULL;
}

/* The index-th plugin to load, by its name. */
static int plugin_by_name(const struct falco_lists *lists, json_t *list, json_t *name)
{
	const char *text = json_string_value(name);
	size_t index = 0;
	json_t *entry = text ? find_plugin(list, text, &index) : NULL;

	if (!entry)
		return eyas_err_set(
			lists->reterr, EYAS_E_USAGE,
			"Cannot load plugin '%.200s': plugin config not found for given "
			"name",
			text ? text : "");
	return plugin(lists, index, entry);
}

/* Without load_plugins all are loaded, in their order. */
int falco_config_plugins(const struct falco_lists *lists)
{
	json_t *names = json_object_get(lists->tree, "load_plugins"), *list, *entry;
	size_t i;
	int res = falco_lists_get(lists, "plugins", &list);

	if (!res)
		res = falco_lists_check(lists, "load_plugins", names);
	if (res)
		return res;
	lists->config->plugins.entries = eyas_arena_zero(
		&lists->config->arena, (json_array_size(list) + json_array_size(names) + 1) *
					       sizeof(*lists->config->plugins.entries));
	if (!lists->config->plugins.entries)
		return falco_lists_no_memory(lists);
	if (json_is_string(names))
		return plugin_by_name(lists, list, names);
	json_array_foreach(names ? names : list, i, entry)
	{
		res = names ? plugin_by_name(lists, list, entry) : plugin(lists, i, entry);
		if (res)
			return res;
	}
	return 0;
}
