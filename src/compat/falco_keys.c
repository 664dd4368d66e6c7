/* SPDX-License-Identifier: Apache-2.0 */
/* From texts to typed members; the table is falco_keys.def. */
#include "compat/falco_keys.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define AT(member) offsetof(struct falco_config, member)
static const struct falco_key keys[] = {
/* clang-format off */
#define BOOL(path_, member, default_) \
	{ .path = path_, .type = TYPE_BOOL, .kind = kind_boolean, .offset = AT(member), \
	  .integer = default_ },
#define INT(path_, member, default_, least_, most_) \
	{ .path = path_, .type = TYPE_INT, .kind = kind_integer, .offset = AT(member), \
	  .integer = default_, .least = least_, .most = most_ },
#define LIMIT(path_, member, default_, least_, most_) \
	{ .path = path_, .type = TYPE_INT, .kind = kind_integer, .offset = AT(member), \
	  .integer = default_, .least = least_, .most = most_, .strict = true },
#define NUMBER(path_, member, default_) \
	{ .path = path_, .type = TYPE_NUMBER, .kind = kind_number, .offset = AT(member), \
	  .number = default_ },
#define TEXT(path_, member, default_) \
	{ .path = path_, .type = TYPE_TEXT, .kind = kind_string, .offset = AT(member), \
	  .text = default_ },
#define TEXTS(path_, member) \
	{ .path = path_, .type = TYPE_TEXTS, .kind = kind_array, .offset = AT(member) },
#define TREE(path_, word) { .path = path_, .type = TYPE_TREE, .kind = kind_##word },
#define ITEM(path_, word, required_) \
	{ .path = path_, .type = TYPE_ITEM, .kind = kind_##word, .required = required_ },
#define IGNORED(path_, word, why) \
	{ .path = path_, .type = TYPE_IGNORED, .kind = kind_##word, .text = why },
#include "compat/falco_keys.def"
#undef BOOL
#undef INT
#undef LIMIT
#undef NUMBER
#undef TEXT
#undef TEXTS
#undef TREE
#undef ITEM
#undef IGNORED
	/* clang-format on */
};

enum { NKEYS = sizeof(keys) / sizeof(keys[0]) };

/* Severities of syslog. */
enum { WARNING = 4, INFO = 6 };
/* Bytes of a value in a message. */
enum { SHOWN = 100 };

const struct falco_key *falco_keys(size_t *ret_count)
{
	*ret_count = NKEYS;
	return keys;
}

const char *falco_kind_name(unsigned kind)
{
	static const char *const names[] = { "array",  "object", "boolean", "integer",
					     "number", "string", "any" };

	return names[kind];
}

/* ---- scalars ---- */

static bool begins_number(const char *text)
{
	text += *text == '-' || *text == '+';
	text += *text == '.';
	return *text >= '0' && *text <= '9';
}

/* Decimal, octal or hexadecimal, as YAML 1.1 has them. */
bool falco_text_int(const char *text, int64_t *ret)
{
	char *end;

	if (!begins_number(text))
		return false;
	errno = 0;
	*ret = strtoll(text, &end, 0);
	return end != text && !*end && !errno;
}

bool falco_text_number(const char *text, double *ret)
{
	char *end;

	/* strtod() knows words and hexadecimal digits, too. */
	if (!begins_number(text) || text[strcspn(text, "xX")])
		return false;
	*ret = strtod(text, &end);
	return end != text && !*end && isfinite(*ret);
}

/* Is the value one that the key can have? *member is set then. */
static bool take_scalar(const struct falco_key *key, const char *text, struct eyas_arena *arena,
			void *member, bool *ret_nomem)
{
	int64_t integer;
	double number;
	char *copy;
	bool yes;

	switch (key->type) {
	case TYPE_BOOL:
		if (!falco_text_bool(text, &yes))
			return false;
		*(bool *)member = yes;
		return true;
	case TYPE_INT:
		if (!falco_text_int(text, &integer) || integer < key->least || integer > key->most)
			return false;
		*(int64_t *)member = integer;
		return true;
	case TYPE_NUMBER:
		if (!falco_text_number(text, &number))
			return false;
		*(double *)member = number;
		return true;
	default:
		copy = eyas_arena_text(arena, text, strlen(text));
		*ret_nomem |= !copy;
		*(const char **)member = copy;
		return copy;
	}
}

static void set_default(const struct falco_key *key, void *member)
{
	if (key->type == TYPE_BOOL)
		*(bool *)member = key->integer;
	else if (key->type == TYPE_INT)
		*(int64_t *)member = key->integer;
	else if (key->type == TYPE_NUMBER)
		*(double *)member = key->number;
	else if (key->type == TYPE_TEXT)
		*(const char **)member = key->text;
}

int falco_take_texts(struct eyas_arena *arena, json_t *value, struct falco_texts *ret)
{
	size_t n = json_is_array(value) ? json_array_size(value) : 1, i;
	const char **texts = eyas_arena_zero(arena, n * sizeof(*texts) + 1);
	json_t *item;

	*ret = (struct falco_texts){ texts, 0 };
	if (!texts)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		item = json_is_array(value) ? json_array_get(value, i) : value;
		if (json_is_null(item))
			continue;
		if (!json_is_string(item))
			return -EINVAL;
		texts[ret->count] =
			eyas_arena_text(arena, json_string_value(item), json_string_length(item));
		if (!texts[ret->count++])
			return -ENOMEM;
	}
	return 0;
}

static void say_wrong(const struct falco_key *key, const char *text, falco_say_fn say, void *ctx)
{
	struct eyas_str words = EYAS_STR_INIT;

	eyas_str_printf(&words, "%s: '", key->path);
	eyas_str_safe(&words, text, strnlen(text, SHOWN));
	eyas_str_printf(&words, "' is no value of type %s that it can have; the default is taken",
			falco_kind_name(key->kind));
	eyas_str_putc(&words, '\0');
	if (!words.nomem)
		say(ctx, WARNING, words.data);
	eyas_str_fini(&words);
}

/* The value of a key; what is to have keys below it must not be a text. */
static int find_value(const struct falco_key *key, json_t *tree, json_t **ret,
		      struct eyas_err *reterr)
{
	const char *name = key->path, *dot;

	for (; (dot = strchr(name, '.')); name = dot + 1) {
		tree = json_object_getn(tree, name, (size_t)(dot - name));
		if (json_is_string(tree))
			return eyas_err_set(reterr, EYAS_E_USAGE,
					    "Config error at key \"%s\": '%.*s' has a value of its "
					    "own instead of keys",
					    key->path, (int)(dot - key->path), key->path);
	}
	*ret = json_object_get(tree, name);
	return 0;
}

static int fill_texts(const struct falco_key *key, json_t *value, struct falco_config *config,
		      falco_say_fn say, void *ctx, struct eyas_err *reterr)
{
	struct falco_texts *member = (void *)((char *)config + key->offset);
	int err;

	if (!value || json_is_null(value))
		return 0;
	if (json_is_object(value)) {
		say_wrong(key, "{...}", say, ctx);
		return 0;
	}
	err = falco_take_texts(&config->arena, value, member);
	if (err == -EINVAL)
		return eyas_err_set(reterr, EYAS_E_USAGE, "%s: an element is no text", key->path);
	return err ? eyas_err_set(reterr, err, "%s", eyas_strerror(err)) : 0;
}

static bool out_of_range(const struct falco_key *key, const json_t *value)
{
	const char *text = json_string_value(value);
	int64_t integer;

	return key->strict && text && falco_text_int(text, &integer) &&
	       (integer < key->least || integer > key->most);
}

static int fill_one(const struct falco_key *key, json_t *value, struct falco_config *config,
		    falco_say_fn say, void *ctx, struct eyas_err *reterr)
{
	void *member = (char *)config + key->offset;
	bool nomem = false;

	if (key->type == TYPE_TEXTS)
		return fill_texts(key, value, config, say, ctx, reterr);
	set_default(key, member);
	if (!value || json_is_null(value))
		return 0;
	if (out_of_range(key, value))
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "%s: expected a number from %lld to %lld, not %.50s", key->path,
				    (long long)key->least, (long long)key->most,
				    json_string_value(value));
	if (!json_is_string(value))
		say_wrong(key, json_is_array(value) ? "[...]" : "{...}", say, ctx);
	else if (!take_scalar(key, json_string_value(value), &config->arena, member, &nomem) &&
		 !nomem)
		say_wrong(key, json_string_value(value), say, ctx);
	return nomem ? eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM)) : 0;
}

int falco_keys_fill(json_t *tree, struct falco_config *config, falco_say_fn say, void *ctx,
		    struct eyas_err *reterr)
{
	struct eyas_str line = EYAS_STR_INIT;
	json_t *value;
	size_t i;
	int err = 0;

	for (i = 0; i < NKEYS && !err; i++) {
		if (keys[i].type == TYPE_IGNORED && falco_tree_get(tree, keys[i].path)) {
			line.len = 0;
			eyas_str_printf(&line, "accepted, without effect here: %s: %s",
					keys[i].path, keys[i].text);
			eyas_str_putc(&line, '\0');
			if (!line.nomem)
				say(ctx, INFO, line.data);
		} else if (keys[i].type < TYPE_TREE) {
			err = find_value(&keys[i], tree, &value, reterr);
			if (!err)
				err = fill_one(&keys[i], value, config, say, ctx, reterr);
		}
	}
	eyas_str_fini(&line);
	return err;
}
