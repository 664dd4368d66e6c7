/* SPDX-License-Identifier: Apache-2.0 */
/* What -o changes in the configuration: the way along a path to a value. */
#include "compat/falco_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "rules/yaml.h"

/* As many as YAML may be deep. */
enum { MAX_NAMES = RULES_MAX_DEPTH };

static int no_memory(struct eyas_err *reterr)
{
	return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
}

/* Where a path leads so far: the value, and how it is replaced in what it belongs to. */
struct place {
	json_t *parent; /* NULL: the tree as a whole */
	char *name;	/* of the parent's keys; NULL: an element */
	size_t index;
};

struct walk {
	const char *path; /* all of it, up to end */
	const char *end, *at;
	struct place place;
	struct eyas_err *reterr;
};

static int bad_path(struct walk *walk, const char *what)
{
	return eyas_err_set(walk->reterr, EYAS_E_USAGE, "Config error at key \"%.*s\": %s",
			    (int)(walk->end - walk->path), walk->path, what);
}

static json_t *value_of(const struct place *place)
{
	if (place->name)
		return json_object_get(place->parent, place->name);
	return json_array_get(place->parent, place->index);
}

/* Takes the reference over. */
static int put(struct walk *walk, json_t *value)
{
	const struct place *place = &walk->place;
	int res;

	if (!value)
		return no_memory(walk->reterr);
	if (place->name)
		res = json_object_set_new_nocheck(place->parent, place->name, value);
	else if (place->index < json_array_size(place->parent))
		res = json_array_set_new(place->parent, place->index, value);
	else
		res = json_array_append_new(place->parent, value);
	return res ? no_memory(walk->reterr) : 0;
}

/* The object or array at the place, made if there is nothing. */
static int enter(struct walk *walk, bool array, json_t **ret)
{
	json_t *value = value_of(&walk->place);
	int res = 0;

	if (!value || json_is_null(value)) {
		res = put(walk, array ? json_array() : json_object());
		value = value_of(&walk->place);
	}
	if (!res && (array ? !json_is_array(value) : !json_is_object(value)))
		res = bad_path(walk, array ? "there is no sequence to take an element of"
					   : "there are no keys below that value");
	*ret = value;
	return res;
}

static int take_index(struct walk *walk)
{
	const char *close = memchr(walk->at, ']', (size_t)(walk->end - walk->at));
	json_t *array;
	size_t index = 0, size;
	char *end;
	int res;

	if (!close)
		return bad_path(walk, "']' is missing");
	res = enter(walk, true, &array);
	if (res)
		return res;
	size = json_array_size(array);
	if (close == walk->at + 1) {
		index = size;
	} else {
		index = strtoul(walk->at + 1, &end, 10);
		if (end != close || walk->at[1] < '0' || walk->at[1] > '9')
			return bad_path(walk, "expected a number between '[' and ']'");
		if (index > size)
			return bad_path(walk, "there is no such element");
	}
	free(walk->place.name);
	walk->place = (struct place){ .parent = array, .index = index };
	walk->at = close + 1;
	return 0;
}

/* A name up to the next '.' or '['. */
static int take_name(struct walk *walk, json_t *object)
{
	struct eyas_str name = EYAS_STR_INIT;

	for (; walk->at < walk->end && *walk->at != '.' && *walk->at != '['; walk->at++) {
		if (*walk->at == '\\' && walk->at + 1 < walk->end && strchr(".[]\\", walk->at[1]))
			walk->at++;
		eyas_str_putc(&name, *walk->at);
	}
	if (!name.len && !name.nomem) {
		eyas_str_fini(&name);
		return bad_path(walk, "a name is missing");
	}
	eyas_str_putc(&name, '\0');
	if (name.nomem) {
		eyas_str_fini(&name);
		return no_memory(walk->reterr);
	}
	free(walk->place.name);
	walk->place = (struct place){ .parent = object, .name = name.data };
	return 0;
}

static int follow(struct walk *walk, json_t *tree)
{
	json_t *object = tree;
	int res = take_name(walk, object), names;

	for (names = 1; !res && walk->at < walk->end; names++) {
		if (names == MAX_NAMES) {
			res = bad_path(walk, "there are more than 64 names");
		} else if (*walk->at == '[') {
			res = take_index(walk);
		} else if (*walk->at == '.') {
			walk->at++;
			res = enter(walk, false, &object);
			if (!res)
				res = take_name(walk, object);
		} else {
			res = bad_path(walk, "expected '.' or '[' behind ']'");
		}
	}
	return res;
}

/* Texts in braces are objects. */
static int option_value(const char *option, const char *text, json_t **ret, struct eyas_err *reterr)
{
	struct eyas_err err = { 0 };
	size_t len = strlen(text);
	int res;

	if (len < 2 || text[0] != '{' || text[len - 1] != '}') {
		*ret = json_stringn_nocheck(text, len);
		return *ret ? 0 : no_memory(reterr);
	}
	res = falco_tree_parse(text, len, false, ret, &err);
	if (res)
		eyas_err_set(reterr, res, "Error parsing config option \"%.200s\": %.250s", option,
			     err.text);
	return res;
}

int falco_tree_set(json_t *tree, const char *option, struct eyas_err *reterr)
{
	const char *equals = strchr(option, '=');
	struct walk walk = { .path = option, .end = equals, .at = option, .reterr = reterr };
	json_t *value;
	int res;

	if (!equals)
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "Error parsing config option \"%.200s\": expected key=value "
				    "or key.subkey=value",
				    option);
	res = option_value(option, equals + 1, &value, reterr);
	if (res)
		return res;
	res = follow(&walk, tree);
	if (!res)
		res = put(&walk, json_incref(value));
	free(walk.place.name);
	json_decref(value);
	return res;
}
