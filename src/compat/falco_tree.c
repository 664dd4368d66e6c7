/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as a tree: parsed, and put together from several files. */
#include "compat/falco_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "compat/falco_out.h"
#include "rules/yaml.h"

/*
 * Of a file, and of the tree that it becomes: aliases and variables of the environment make more
 * than a file holds.
 */
enum {
	MAX_BYTES = 2 << 20,
	MAX_NODES = 1 << 18,
	MAX_TEXT = 32 << 20,
	MAX_SCALAR = 1 << 20,
	MAX_VARIABLES = 1000 /* one by another, of a scalar */
};

static int no_memory(struct eyas_err *reterr)
{
	return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
}

/* ---- YAML ---- */

struct builder {
	bool environment;
	unsigned nodes;
	size_t budget; /* bytes of texts that are still allowed */
	struct eyas_err *reterr;
};

/* What is wrong where a node begins. */
static void *refuse(struct builder *b, const struct rules_node *node, int code, const char *what)
{
	eyas_err_set(b->reterr, code, "line %u, column %u: %s", (unsigned)node->line,
		     (unsigned)node->column, what);
	return NULL;
}

/* ---- environment ---- */

/* A text in which variables are replaced: what is done, and what is still to be looked at. */
struct expansion {
	struct eyas_str done;
	char *rest, *memory; /* rest lies in memory */
	unsigned count;
};

/* "${NAME}" begins rest and ends at its brace. What it stands for may name variables in turn. */
static bool expand_variable(struct builder *b, struct expansion *e, char *brace)
{
	const char *value;
	size_t len, behind;
	char *joined;

	*brace = '\0';
	value = getenv(e->rest + 2);
	e->rest = brace + 1;
	if (!value || !strchr(value, '$')) {
		eyas_str_puts(&e->done, value ? value : "");
		return true;
	}
	len = strlen(value);
	behind = strlen(e->rest);
	if (e->count++ == MAX_VARIABLES || len > b->budget || behind > b->budget - len)
		return false;
	b->budget -= len + behind;
	joined = malloc(len + behind + 1);
	if (!joined) {
		e->done.nomem = true;
		return true;
	}
	memcpy(joined, value, len);
	memcpy(joined + len, e->rest, behind + 1);
	free(e->memory);
	e->memory = e->rest = joined;
	return true;
}

/*
 * As Falco does it: "$${" is "${" as such, what stands for a variable is searched as well, and a
 * '$' that begins neither, or without a brace behind it, ends the search.
 */
static bool expand(struct builder *b, struct expansion *e)
{
	char *dollar, *brace;

	while (!e->done.nomem && (dollar = strchr(e->rest, '$'))) {
		bool escaped = dollar[1] == '$' && dollar[2] == '{';

		brace = escaped || dollar[1] == '{' ? strchr(dollar, '}') : NULL;
		if (!brace)
			break;
		eyas_str_add(&e->done, e->rest, (size_t)(dollar - e->rest));
		e->rest = dollar;
		if (escaped) {
			eyas_str_putc(&e->done, '$');
			e->rest += 2;
		} else if (!expand_variable(b, e, brace)) {
			return false;
		}
		if (e->done.len > MAX_SCALAR)
			return false;
	}
	eyas_str_puts(&e->done, e->rest);
	return true;
}

static json_t *expanded(struct builder *b, const struct rules_node *node)
{
	struct expansion e = { .done = EYAS_STR_INIT, .memory = strdup(node->text) };
	json_t *made = NULL;

	e.rest = e.memory;
	if (e.memory && !expand(b, &e))
		refuse(b, node, EYAS_E_LIMIT, "variables of the environment make it too long");
	else if (e.memory && e.done.len > b->budget)
		refuse(b, node, EYAS_E_LIMIT, "variables of the environment make too much text");
	else if (e.memory && !e.done.nomem)
		made = json_stringn_nocheck(e.done.len ? e.done.data : "", e.done.len);
	if (made)
		b->budget -= e.done.len;
	free(e.memory);
	eyas_str_fini(&e.done);
	return made;
}

/* ---- nodes ---- */

static json_t *scalar(struct builder *b, const struct rules_node *node)
{
	if (rules_node_is_null(node))
		return json_null();
	if (b->environment && memchr(node->text, '$', node->len))
		return expanded(b, node);
	/* Aliases make a text as often as they like. */
	if (node->len > b->budget)
		return refuse(b, node, EYAS_E_LIMIT, "too much text");
	b->budget -= node->len;
	return json_stringn_nocheck(node->text, node->len);
}

static json_t *build(struct builder *b, const struct rules_node *node);

static bool take_key(struct builder *b, const struct rules_node *key)
{
	if (key->kind != NODE_SCALAR)
		return refuse(b, key, EYAS_E_FORMAT, "a key is no text");
	if (key->len > b->budget)
		return refuse(b, key, EYAS_E_LIMIT, "too much text");
	b->budget -= key->len;
	return true;
}

static json_t *mapping(struct builder *b, const struct rules_node *node)
{
	json_t *made = json_object(), *value;
	const struct rules_node *key;
	uint32_t i;

	for (i = 0; made && i < node->count; i += 2) {
		key = node->items[i];
		/* A key that is there again has no say. */
		if (key->kind == NODE_SCALAR && json_object_get(made, key->text))
			continue;
		value = take_key(b, key) ? build(b, node->items[i + 1]) : NULL;
		if (!value || json_object_set_new_nocheck(made, key->text, value)) {
			json_decref(made);
			made = NULL;
		}
	}
	return made;
}

static json_t *sequence(struct builder *b, const struct rules_node *node)
{
	json_t *made = json_array(), *value;
	uint32_t i;

	for (i = 0; made && i < node->count; i++) {
		value = build(b, node->items[i]);
		if (!value || json_array_append_new(made, value)) {
			json_decref(made);
			made = NULL;
		}
	}
	return made;
}

/* NULL with words, or without any for want of memory. The depth is bounded by the parser. */
static json_t *build(struct builder *b, const struct rules_node *node)
{
	if (b->nodes++ == MAX_NODES)
		return refuse(b, node, EYAS_E_LIMIT, "there are more than 262144 values");
	if (node->kind == NODE_SCALAR)
		return scalar(b, node);
	return node->kind == NODE_MAPPING ? mapping(b, node) : sequence(b, node);
}

/* The parser's words have their place beside them. */
static int parse(struct builder *b, const char *text, size_t len, struct eyas_arena *arena,
		 json_t **ret_tree)
{
	struct rules_source source = { .text = text, .len = len };
	char why[sizeof(b->reterr->text)];
	int res = rules_yaml_parse(&source, arena, b->reterr);

	if (res && b->reterr->line) {
		memcpy(why, b->reterr->text, sizeof(why));
		eyas_err_set(b->reterr, res, "line %u, column %u: %s", (unsigned)b->reterr->line,
			     (unsigned)b->reterr->column, why);
	}
	if (res)
		return res;
	*ret_tree = source.ndocuments ? build(b, source.documents[0]) : json_object();
	if (*ret_tree)
		return 0;
	return b->reterr->code ? b->reterr->code : no_memory(b->reterr);
}

int falco_tree_parse(const char *text, size_t len, bool environment, json_t **ret_tree,
		     struct eyas_err *reterr)
{
	struct eyas_err err = { 0 };
	struct builder b = { .environment = environment, .budget = MAX_TEXT, .reterr = &err };
	struct eyas_arena arena = { 0 };
	int res;

	*ret_tree = NULL;
	if (len > MAX_BYTES)
		res = eyas_err_set(&err, EYAS_E_LIMIT, "it has %zu bytes, the limit is %d", len,
				   MAX_BYTES);
	else
		res = parse(&b, text, len, &arena, ret_tree);
	if (res && reterr)
		*reterr = err;
	eyas_arena_fini(&arena);
	return res;
}

int falco_tree_read(const char *path, json_t **ret_tree, struct eyas_err *reterr)
{
	struct eyas_str text = EYAS_STR_INIT;
	struct eyas_err err = { 0 };
	int res = falco_read(path, MAX_BYTES, &text, &err);

	*ret_tree = NULL;
	if (!res)
		res = falco_tree_parse(text.len ? text.data : "", text.len, true, ret_tree, &err);
	eyas_str_fini(&text);
	if (res)
		eyas_err_set(reterr, res, "Cannot read config file (%.200s): %.250s", path,
			     err.text);
	return res;
}

/* ---- merging ---- */

static bool append_all(json_t *tree, const char *key, json_t *items)
{
	json_t *old = json_object_get(tree, key), *item;
	size_t i;

	if (!json_is_array(old)) {
		json_t *made = json_array();

		/* One text is as good as a sequence of it. */
		if (json_is_string(old) && json_array_append(made, old)) {
			json_decref(made);
			return false;
		}
		if (json_object_set_new_nocheck(tree, key, made))
			return false;
		old = made;
	}
	json_array_foreach(items, i, item)
	{
		if (json_array_append(old, item))
			return false;
	}
	return true;
}

bool falco_tree_merge(json_t *tree, json_t *other, enum falco_strategy strategy)
{
	const char *key;
	json_t *value;

	json_object_foreach(other, key, value)
	{
		if (strategy == FALCO_ADD_ONLY && json_object_get(tree, key))
			continue;
		if (strategy == FALCO_APPEND && json_is_array(value)) {
			if (!append_all(tree, key, value))
				return false;
		} else if (json_object_set_nocheck(tree, key, value)) {
			return false;
		}
	}
	return true;
}

/* ---- values ---- */

json_t *falco_tree_get(json_t *tree, const char *path)
{
	const char *dot;

	for (; tree; path = dot + 1) {
		dot = strchr(path, '.');
		if (!json_is_object(tree))
			return NULL;
		if (!dot)
			return json_object_get(tree, path);
		tree = json_object_getn(tree, path, (size_t)(dot - path));
	}
	return NULL;
}

bool falco_text_bool(const char *text, bool *ret)
{
	struct rules_node node = { .kind = NODE_SCALAR,
				   .style = STYLE_PLAIN,
				   .text = text,
				   .len = (uint32_t)strlen(text) };

	return rules_node_bool(&node, ret);
}

bool falco_tree_print(json_t *tree, struct eyas_str *out)
{
	char *text = tree ? json_dumps(tree, JSON_INDENT(2)) : NULL;
	const bool made = text;

	if (text)
		eyas_str_puts(out, text);
	json_decref(tree);
	free(text);
	return made && !out->nomem;
}
