/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a rules file what the JSON schema of rules files describes? The schema is that of the table of
 * keys, and stricter than the loader in places: priorities are in capitals, yes is no boolean, nothing
 * is there that is not known. What is found is never fatal.
 */
#include "rules/schema.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rules/keys.h"

struct checking {
	struct eyas_rules_report *report;
	const struct rules_source *source;
	uint32_t steps; /* nodes looked at, some again: aliases of sequences of aliases end here */
};

static void warn(struct checking *c, const struct rules_node *node, const char *fmt, ...)
	EYAS_PRINTF(3, 4);

static void warn(struct checking *c, const struct rules_node *node, const char *fmt, ...)
{
	struct rules_schema *schema = &c->report->schema;
	char words[300], line[800];
	va_list args;
	int len;

	schema->state = SCHEMA_FAILED;
	if (schema->nwarnings == SCHEMA_WARNINGS_MAX) {
		schema->lost++;
		return;
	}
	va_start(args, fmt);
	vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	len = snprintf(line, sizeof(line), "%.400s:%u:%u: %s", c->source->name, node->line,
		       node->column, words);
	schema->warnings[schema->nwarnings] = eyas_arena_text(&c->report->arena, line, (size_t)len);
	if (schema->warnings[schema->nwarnings])
		schema->nwarnings++;
	else
		c->report->nomem = true;
}

static bool goes_on(struct checking *c, uint32_t i, uint32_t count)
{
	return i < count && c->steps++ < RULES_MAX_NODES;
}

static void check_item(struct checking *c, enum item_kind kind, const struct rules_node *item);

/* Scalars are texts and numbers as they come: YAML does not tell them apart. */
static bool is_scalar(const struct rules_node *node)
{
	return node->kind == NODE_SCALAR && !rules_node_is_null(node);
}

/* Of the words for it that YAML has, JSON has these. */
static bool is_bool(const struct rules_node *node)
{
	return node->kind == NODE_SCALAR &&
	       (!strcmp(node->text, "true") || !strcmp(node->text, "false"));
}

static bool is_priority(const struct rules_node *node)
{
	size_t i;

	for (i = 0; node->kind == NODE_SCALAR && i < RULES_PRIORITY_WORDS; i++)
		if (!strcmp(node->text, rules_priority_words[i]))
			return true;
	return false;
}

static void check_texts(struct checking *c, const char *key, const struct rules_node *value)
{
	uint32_t i;

	if (value->kind != NODE_SEQUENCE) {
		warn(c, value, "%s: expected a sequence", key);
		return;
	}
	for (i = 0; goes_on(c, i, value->count); i++)
		if (!is_scalar(value->items[i]))
			warn(c, value->items[i], "%s: expected a text", key);
}

static void check_items(struct checking *c, enum item_kind kind, const char *key,
			const struct rules_node *value)
{
	uint32_t i;

	if (value->kind != NODE_SEQUENCE) {
		warn(c, value, "%s: expected a sequence", key);
		return;
	}
	for (i = 0; goes_on(c, i, value->count); i++)
		check_item(c, kind, value->items[i]);
}

/*
 * What is done to each of the keys. Whether it can be done to that key is no matter of the shape: the
 * loader says so, with an error.
 */
static void check_override(struct checking *c, enum item_kind kind, const struct rules_node *value)
{
	const struct key_info *keys;
	size_t count;
	uint32_t i;
	int at;

	if (value->kind != NODE_MAPPING) {
		warn(c, value, "override: expected a mapping");
		return;
	}
	keys = rules_keys(kind, &count);
	for (i = 0; goes_on(c, i + 1, value->count); i += 2) {
		const struct rules_node *key = value->items[i], *word = value->items[i + 1];

		at = key->kind == NODE_SCALAR ? rules_key_find(kind, key->text) : -1;
		if (at < 0 || !(keys[at].flags & (KEY_APPEND | KEY_REPLACE)))
			warn(c, key, "override: there is no such key");
		else if (word->kind != NODE_SCALAR ||
			 (strcmp(word->text, "append") != 0 && strcmp(word->text, "replace") != 0))
			warn(c, word, "override: expected append or replace");
	}
}

static void check_sequence(struct checking *c, enum item_kind kind, const char *key,
			   const struct rules_node *value)
{
	if (kind == KIND_PLUGIN_VERSIONS)
		check_items(c, KIND_PLUGIN_ENTRY, key, value);
	else if (kind == KIND_PLUGIN_ENTRY)
		check_items(c, KIND_PLUGIN_ALTERNATIVE, key, value);
	else if (value->kind != NODE_SEQUENCE)
		warn(c, value, "%s: expected a sequence", key);
}

static void check_value(struct checking *c, enum item_kind kind, const struct key_info *key,
			const struct rules_node *value)
{
	uint64_t number;

	switch ((enum key_type)key->type) {
	case KEY_TEXT:
		if (!is_scalar(value))
			warn(c, value, "%s: expected a text", key->name);
		break;
	case KEY_BOOL:
		if (!is_bool(value))
			warn(c, value, "%s: expected true or false", key->name);
		break;
	case KEY_UINT:
		if (!rules_node_uint(value, UINT32_MAX, &number))
			warn(c, value, "%s: expected a number from 0 on", key->name);
		break;
	case KEY_PRIORITY:
		if (!is_priority(value))
			warn(c, value, "%s: expected a priority in capitals", key->name);
		break;
	case KEY_TEXTS:
		check_texts(c, key->name, value);
		break;
	case KEY_EXCEPTIONS:
		if (!rules_node_is_null(value))
			check_items(c, KIND_EXCEPTION, key->name, value);
		break;
	case KEY_OVERRIDE:
		check_override(c, kind, value);
		break;
	case KEY_ENTRY:
		if (value->kind != NODE_SEQUENCE && !is_scalar(value))
			warn(c, value, "%s: expected a text or a sequence", key->name);
		break;
	case KEY_SEQUENCE:
		check_sequence(c, kind, key->name, value);
		break;
	}
}

/* Items are at most four deep: a plugin's alternatives are the deepest. */
static void check_item(struct checking *c, enum item_kind kind, const struct rules_node *item)
{
	const struct key_info *keys;
	size_t count;
	uint32_t i;
	int at;

	if (item->kind != NODE_MAPPING) {
		warn(c, item, "expected a mapping");
		return;
	}
	keys = rules_keys(kind, &count);
	if (!rules_node_get(item, keys[0].name))
		warn(c, item, "'%s' has to be there", keys[0].name);
	for (i = 0; goes_on(c, i + 1, item->count); i += 2) {
		const struct rules_node *key = item->items[i];

		at = key->kind == NODE_SCALAR ? rules_key_find(kind, key->text) : -1;
		if (at < 0)
			warn(c, key, "there is no such key");
		else
			check_value(c, kind, &keys[at], item->items[i + 1]);
	}
}

/* The first key that is there decides what an item is, as it does for the loader. */
static void check_content(struct checking *c, const struct rules_node *item)
{
	static const enum item_kind kinds[] = { KIND_ENGINE_VERSION, KIND_PLUGIN_VERSIONS,
						KIND_LIST, KIND_MACRO, KIND_RULE };
	const struct key_info *keys;
	size_t i, count;

	for (i = 0; item->kind == NODE_MAPPING && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		keys = rules_keys(kinds[i], &count);
		if (!rules_node_get(item, keys[0].name))
			continue;
		check_item(c, kinds[i], item);
		return;
	}
	warn(c, item, "expected a list, a macro, a rule or a required version");
}

void rules_schema_check(struct eyas_rules_report *report, const struct rules_source *source)
{
	struct checking c = { report, source, 0 };
	uint32_t i, k;

	report->schema.state = SCHEMA_OK;
	for (i = 0; i < source->ndocuments; i++) {
		const struct rules_node *document = source->documents[i];

		if (document->kind != NODE_SEQUENCE)
			warn(&c, document, "expected a sequence of items");
		for (k = 0; document->kind == NODE_SEQUENCE && goes_on(&c, k, document->count); k++)
			check_content(&c, document->items[k]);
	}
	if (c.steps > RULES_MAX_NODES)
		warn(&c, source->documents[0], "there is too much to look at");
}

const char *eyas_rules_report_schema(const struct eyas_rules_report *report)
{
	static const char *const names[] = {
		[SCHEMA_NONE] = "none",
		[SCHEMA_OK] = "ok",
		[SCHEMA_FAILED] = "failed",
	};

	return names[report->schema.state];
}
