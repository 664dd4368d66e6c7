/* SPDX-License-Identifier: Apache-2.0 */
/* What compiles but is likely a mistake (reference/filter_language.md, compile warnings). */
#include "filter/network_int.h"

#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "filter/literal.h"

/* ---- a constant that looks like a field ---- */

/* Does it, of the fields of a class, which are in the order of their names? */
static bool begins_with_one_of(const char *text, const struct field_class *class)
{
	size_t prefix = strcspn(text, ".") + 1, low = 0, high = class->count, middle;
	const char *name;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strncmp(class->fields[middle].name, text, prefix) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < class->count; low++) {
		name = class->fields[low].name;
		if (strncmp(name, text, prefix) != 0)
			break;
		if (!strncmp(text, name, strlen(name)))
			return true;
	}
	return false;
}

static bool begins_with_field(const char *text)
{
	const struct field_class *class;
	unsigned i;

	for (i = 0; (class = eyas_field_class(i)); i++)
		if (begins_with_one_of(text, class))
			return true;
	return false;
}

/* The lookup that fails is dear, for it searches the nearest name: the cheap tests are first. */
static bool is_field(struct eyas_network *network, const char *text, size_t len)
{
	struct field_ref ref = { .info = NULL };

	return eyas_is_letter(*text) && memchr(text, '.', len) && begins_with_field(text) &&
	       !eyas_field_bind(text, len, &network->temporary, &ref, NULL);
}

/* "tolower(...)": the name of a transformer and parentheses to the end. */
static bool is_transformer(const char *text, size_t len)
{
	unsigned i;

	/* Hardly any constant does, and rules have thousands of them. */
	if (!len || text[len - 1] != ')')
		return false;
	for (i = 0; i < TR_COUNT; i++) {
		const char *name = eyas_transformer_name((enum transformer)i);
		size_t name_len = strlen(name);

		if (len > name_len + 1 && !memcmp(text, name, name_len) && text[name_len] == '(')
			return true;
	}
	return false;
}

static size_t without_blanks(const struct ast_value *value, char *to)
{
	size_t len = 0;
	uint32_t i;

	for (i = 0; i < value->len; i++)
		if (!strchr(" \t\n\v\f\r", value->text[i]))
			to[len++] = value->text[i];
	to[len] = '\0';
	return len;
}

void eyas_network_warn_constant(struct eyas_network *network, const struct ast_value *value,
				network_warn_fn warn, void *ctx)
{
	char text[LITERAL_MAX + 1], words[2 * LITERAL_MAX + 100];
	size_t len;

	if (value->len > LITERAL_MAX)
		return;
	len = without_blanks(value, text);
	if (is_field(network, text, len))
		snprintf(words, sizeof(words),
			 "'%.*s' is compared as a text; val(%s) is the value of that field",
			 (int)value->len, value->text, text);
	else if (is_transformer(text, len))
		snprintf(words, sizeof(words),
			 "'%.*s' is compared as a text; without quotes it is a transformer",
			 (int)value->len, value->text);
	else
		return;
	warn(ctx, &value->pos, words);
}

/* ---- a regex that is none ---- */

/* Length of ".*", ".+" or ".?" at text; 0 if it is something else. */
static size_t any_len(const char *text, size_t len)
{
	return len >= 2 && text[0] == '.' && memchr("*+?", text[1], 3) ? 2 : 0;
}

void eyas_network_warn_regex(const struct ast_value *value, network_warn_fn warn, void *ctx)
{
	static const char *const better[2][2] = { { "=", "startswith" },
						  { "endswith", "contains" } };
	const char *text = value->text, *end = text + value->len;
	char words[100];
	bool open_start, open_end;

	if (text < end && *text == '^')
		text++;
	if (text < end && end[-1] == '$')
		end--;
	open_start = any_len(text, (size_t)(end - text));
	if (open_start)
		text += 2;
	open_end = end - text >= 2 && any_len(end - 2, 2);
	if (open_end)
		end -= 2;
	for (; text < end; text++)
		if (!*text || strchr("\\.+*?()|[]{}^$", *text))
			return;
	snprintf(words, sizeof(words),
		 "this regex is a plain text: '%s' does the same and is faster",
		 better[open_start][open_end]);
	warn(ctx, &value->pos, words);
}
