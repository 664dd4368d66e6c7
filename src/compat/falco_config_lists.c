/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a configuration that are lists of their own shapes. */
#include "compat/falco_config_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "compat/falco_keys.h"

enum { WARNING = 4 };
/* Of a list: each may be compared with each. */
enum { MAX_ENTRIES = 10000 };

int falco_lists_no_memory(const struct falco_lists *lists)
{
	return eyas_err_set(lists->reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
}

static int bad(const struct falco_lists *lists, const char *key, size_t index, const char *what)
{
	return eyas_err_set(lists->reterr, EYAS_E_USAGE, "%s[%zu]: %s", key, index, what);
}

const char *falco_lists_text(const struct falco_lists *lists, const json_t *value, bool *ret_nomem)
{
	const char *copy;

	if (!json_is_string(value))
		return NULL;
	copy = eyas_arena_text(&lists->config->arena, json_string_value(value),
			       json_string_length(value));
	*ret_nomem |= !copy;
	return copy;
}

int falco_lists_check(const struct falco_lists *lists, const char *key, const json_t *list)
{
	if (json_array_size(list) <= MAX_ENTRIES)
		return 0;
	return eyas_err_set(lists->reterr, EYAS_E_LIMIT, "%s: more than %d entries", key,
			    MAX_ENTRIES);
}

int falco_lists_get(const struct falco_lists *lists, const char *key, json_t **ret)
{
	*ret = json_object_get(lists->tree, key);
	if (json_is_string(*ret))
		return eyas_err_set(lists->reterr, EYAS_E_USAGE,
				    "%s: expected a sequence, found a text", key);
	if (!json_is_array(*ret))
		*ret = NULL;
	return falco_lists_check(lists, key, *ret);
}

/* Room for as many elements as an array has; NULL for want of memory. */
static void *room(const struct falco_lists *lists, const json_t *array, size_t size)
{
	return eyas_arena_zero(&lists->config->arena, json_array_size(array) * size + 1);
}

/* ---- append_output ---- */

/* "x.y", or {name: format}. */
static int extra_field(const struct falco_lists *lists, struct falco_append *append, json_t *value,
		       bool *ret_nomem)
{
	struct falco_extra_field *field = &append->fields[append->nfields];
	const char *name;
	json_t *format;

	if (json_is_string(value)) {
		field->key = falco_lists_text(lists, value, ret_nomem);
		append->nfields++;
		return 0;
	}
	if (json_object_size(value) != 1)
		return -EINVAL;
	json_object_foreach(value, name, format)
	{
		field->key = eyas_arena_text(&lists->config->arena, name, strlen(name));
		field->format = falco_lists_text(lists, format, ret_nomem);
		*ret_nomem |= !field->key;
		if (!field->format)
			return -EINVAL;
	}
	append->nfields++;
	return 0;
}

/* The last field has the key of another one: only a field as such may be there again, for nothing. */
static bool is_twice(struct falco_append *append)
{
	const struct falco_extra_field *last = &append->fields[append->nfields - 1];
	size_t i;

	for (i = 0; i + 1 < append->nfields; i++) {
		if (strcmp(append->fields[i].key, last->key) != 0)
			continue;
		if (append->fields[i].format || last->format)
			return true;
		append->nfields--;
		return false;
	}
	return false;
}

static int append_fields(const struct falco_lists *lists, struct falco_append *append, size_t index,
			 json_t *list)
{
	bool nomem = false;
	json_t *value;
	size_t i;

	if (list && !json_is_array(list) && !json_is_null(list))
		return bad(lists, "append_output", index, "extra_fields: expected a sequence");
	if (falco_lists_check(lists, "extra_fields", list))
		return EYAS_E_LIMIT;
	append->fields = room(lists, list, sizeof(*append->fields));
	if (!append->fields)
		return falco_lists_no_memory(lists);
	json_array_foreach(list, i, value)
	{
		if (extra_field(lists, append, value, &nomem) && !nomem)
			return bad(lists, "append_output", index,
				   "extra_fields: expected a field, or one key with its format");
		if (nomem)
			return falco_lists_no_memory(lists);
		if (is_twice(append))
			return bad(lists, "append_output", index, "extra_fields has a key twice");
	}
	return 0;
}

/* Falco says so, too: both have to fit. */
static void warn_both(const struct falco_lists *lists, const struct falco_append *append)
{
	struct eyas_str line = EYAS_STR_INIT;
	size_t i;

	if (!append->rule || !append->rule[0] || !append->tags.count)
		return;
	eyas_str_puts(&line, "An append_output entry has both a rule (");
	eyas_str_safe(&line, append->rule, strlen(append->rule));
	eyas_str_puts(&line, ") and tags (");
	for (i = 0; i < append->tags.count; i++) {
		eyas_str_puts(&line, i ? ", " : "");
		eyas_str_safe(&line, append->tags.texts[i], strlen(append->tags.texts[i]));
	}
	eyas_str_puts(&line, "): it is for that rule, if it has all of these tags");
	eyas_str_putc(&line, '\0');
	if (!line.nomem)
		lists->say(lists->say_ctx, WARNING, line.data);
	eyas_str_fini(&line);
}

static int append_entry(const struct falco_lists *lists, size_t index, json_t *entry)
{
	struct falco_append *append = &lists->config->append_output.entries[index];
	json_t *match = json_object_get(entry, "match"), *tags = json_object_get(match, "tags");
	const json_t *output = json_object_get(entry, "extra_output");
	const char *suggested = json_string_value(json_object_get(entry, "suggested_output"));
	bool nomem = false;
	int err = 0;

	if (!json_is_object(entry))
		return bad(lists, "append_output", index, "expected keys with values");
	append->source = falco_lists_text(lists, json_object_get(match, "source"), &nomem);
	append->rule = falco_lists_text(lists, json_object_get(match, "rule"), &nomem);
	append->output = falco_lists_text(lists, output, &nomem);
	if (output && !json_is_null(output) && !json_is_string(output))
		return bad(lists, "append_output", index, "extra_output: expected a text");
	if (tags && !json_is_null(tags))
		err = falco_take_texts(&lists->config->arena, tags, &append->tags);
	if (err == -EINVAL)
		return bad(lists, "append_output", index, "match.tags: expected texts");
	nomem |= err != 0;
	if (suggested && !falco_text_bool(suggested, &append->suggested))
		return bad(lists, "append_output", index,
			   "suggested_output: expected true or false");
	if (nomem)
		return falco_lists_no_memory(lists);
	warn_both(lists, append);
	return append_fields(lists, append, index, json_object_get(entry, "extra_fields"));
}

static int append_output(const struct falco_lists *lists)
{
	json_t *list, *entry;
	size_t i;
	int res = falco_lists_get(lists, "append_output", &list);

	if (res)
		return res;
	lists->config->append_output.entries =
		room(lists, list, sizeof(*lists->config->append_output.entries));
	if (!lists->config->append_output.entries)
		return falco_lists_no_memory(lists);
	json_array_foreach(list, i, entry)
	{
		res = append_entry(lists, i, entry);
		if (res)
			return res;
		lists->config->append_output.count++;
	}
	return 0;
}

/* ---- static_fields ---- */

static int by_key(const void *a, const void *b)
{
	const struct falco_static_field *one = a, *other = b;

	return strcmp(one->key, other->key);
}

/* A map whose values are not all texts is of the wrong type: there are no fields then. */
static int static_fields(const struct falco_lists *lists)
{
	json_t *map = json_object_get(lists->tree, "static_fields"), *value;
	struct falco_static_field *fields =
		eyas_arena_zero(&lists->config->arena, json_object_size(map) * sizeof(*fields) + 1);
	bool nomem = false;
	const char *key;
	size_t n = 0;

	if (!fields)
		return falco_lists_no_memory(lists);
	json_object_foreach(map, key, value)
	{
		if (!json_is_string(value) && !json_is_null(value)) {
			lists->say(lists->say_ctx, WARNING,
				   "static_fields: a value is no text; the default, no field, is "
				   "taken");
			return 0;
		}
		fields[n].key = eyas_arena_text(&lists->config->arena, key, strlen(key));
		fields[n].value = json_is_null(value) ? "" : falco_lists_text(lists, value, &nomem);
		if (!fields[n].key || nomem)
			return falco_lists_no_memory(lists);
		n++;
	}
	qsort(fields, n, sizeof(*fields), by_key);
	lists->config->static_fields.fields = fields;
	lists->config->static_fields.count = n;
	return 0;
}

/* ---- rules ---- */

/* rules_file is how earlier releases have it. */
static int rules_files(const struct falco_lists *lists)
{
	json_t *old = json_object_get(lists->tree, "rules_file");
	int err;

	if (!old)
		return 0;
	lists->say(lists->say_ctx, WARNING,
		   "Using deprecated config key 'rules_file' (singular form). Its name is "
		   "'rules_files' (plural form) today.");
	if (json_object_get(lists->tree, "rules_files"))
		return eyas_err_set(
			lists->reterr, EYAS_E_USAGE,
			"Error reading config file: both 'rules_files' and 'rules_file' "
			"keys set");
	if (json_is_null(old) || json_is_object(old))
		return 0;
	err = falco_take_texts(&lists->config->arena, old, &lists->config->rules_files);
	if (err == -EINVAL)
		return eyas_err_set(lists->reterr, EYAS_E_USAGE,
				    "rules_file: an element is no text");
	return err ? falco_lists_no_memory(lists) : 0;
}

/* {enable: {rule: PATTERN}} and the other three; rule and tag may both be there. */
static int rule_switch(const struct falco_lists *lists, size_t index, json_t *entry)
{
	static const char *const kinds[] = { "rule", "tag" };
	struct falco_config *config = lists->config;
	json_t *what = json_object_get(entry, "enable");
	bool on = what, nomem = false, any = false;
	const char *pattern;
	size_t i;

	if (!what)
		what = json_object_get(entry, "disable");
	for (i = 0; i < 2; i++) {
		pattern = falco_lists_text(lists, json_object_get(what, kinds[i]), &nomem);
		if (nomem)
			return falco_lists_no_memory(lists);
		if (!pattern || !pattern[0])
			continue;
		config->rules.entries[config->rules.count++] =
			(struct falco_rule_switch){ .on = on, .by_tag = i, .pattern = pattern };
		any = true;
	}
	return any ? 0
		   : bad(lists, "rules", index,
			 "expected enable or disable, with rule or tag below it");
}

static int rules(const struct falco_lists *lists)
{
	json_t *list, *entry;
	size_t i;
	int res = falco_lists_get(lists, "rules", &list);

	if (res)
		return res;
	lists->config->rules.entries = room(lists, list, 2 * sizeof(*lists->config->rules.entries));
	if (!lists->config->rules.entries)
		return falco_lists_no_memory(lists);
	json_array_foreach(list, i, entry)
	{
		res = rule_switch(lists, i, entry);
		if (res)
			return res;
	}
	return 0;
}

int falco_config_lists(struct falco_config *config, json_t *tree, falco_say_fn say, void *say_ctx,
		       struct eyas_err *reterr)
{
	static int (*const parts[])(const struct falco_lists *) = { append_output, static_fields,
								    rules_files, rules,
								    falco_config_plugins };
	const struct falco_lists lists = {
		.config = config, .tree = tree, .say = say, .say_ctx = say_ctx, .reterr = reterr
	};
	size_t i;
	int res = 0;

	for (i = 0; !res && i < sizeof(parts) / sizeof(parts[0]); i++)
		res = parts[i](&lists);
	return res;
}
