/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is loaded, in words: names and descriptions as text, everything else as JSON. Conditions
 * are parsed once more for that, so that nothing about them has to be kept while events are
 * looked at.
 */
#include "rules/describe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "filter/lex.h"

void rules_words_fini(struct rules_words *words)
{
	free(words->rows);
	eyas_arena_fini(&words->arena);
}

void rules_words_add(struct rules_words *words, const char *text, size_t len)
{
	const char **rows = rules_grow(words->rows, &words->cap, words->count, sizeof(*rows));
	const char *copy = eyas_arena_text(&words->arena, text, len);

	if (rows)
		words->rows = rows;
	if (!rows || !copy) {
		words->nomem = true;
		return;
	}
	rows[words->count++] = copy;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void rules_words_sort(struct rules_words *words)
{
	uint32_t i, n = 0;

	if (!words->count)
		return;
	qsort(words->rows, words->count, sizeof(*words->rows), by_text);
	for (i = 0; i < words->count; i++)
		if (!i || strcmp(words->rows[i], words->rows[n - 1]) != 0)
			words->rows[n++] = words->rows[i];
	words->count = n;
}

void rules_words_clear(struct rules_words *words)
{
	words->count = 0;
	eyas_arena_reset(&words->arena);
}

/* ---- what trees mention ---- */

void rules_find_fields(const struct ast_operand *operand, struct rules_words *fields)
{
	struct eyas_str text = EYAS_STR_INIT;
	uint32_t i;

	if (!operand)
		return;
	if (operand->kind == OPERAND_FIELD) {
		eyas_ast_print_operand(operand, &text);
		fields->nomem |= text.nomem;
		if (text.len)
			rules_words_add(fields, text.data, text.len);
		eyas_str_fini(&text);
	}
	for (i = 0; i < operand->nitems; i++)
		rules_find_fields(operand->items[i], fields);
}

static void find_operator(const struct ast *ast, struct rules_words *operators)
{
	struct eyas_str text = EYAS_STR_INIT;

	eyas_str_puts(&text, eyas_op_name(ast->op));
	if (ast->modifier != MOD_NONE) {
		eyas_str_putc(&text, ' ');
		eyas_str_puts(&text, eyas_modifier_name(ast->modifier));
	}
	operators->nomem |= text.nomem;
	if (text.len)
		rules_words_add(operators, text.data, text.len);
	eyas_str_fini(&text);
}

void rules_find_used(const struct ast *ast, struct rules_words *fields,
		     struct rules_words *operators)
{
	uint32_t i;

	if (ast->kind == AST_MACRO && ast->shared)
		rules_find_used(ast->shared->tree, fields, operators);
	if (ast->kind == AST_CHECK) {
		rules_find_fields(ast->left, fields);
		rules_find_fields(ast->right_operand, fields);
		find_operator(ast, operators);
	}
	for (i = 0; i < ast->nchildren; i++)
		rules_find_used(ast->children[i], fields, operators);
}

void rules_find_names(const struct eyas_rules *rules, const struct ast *ast,
		      struct rules_words *macros, struct rules_words *lists)
{
	const struct ast_value *value;
	uint32_t i;

	if (ast->kind == AST_MACRO)
		rules_words_add(macros, ast->macro.text, ast->macro.len);
	for (i = 0; ast->kind == AST_CHECK && i < ast->nvalues; i++) {
		value = &ast->values[i];
		if (!value->quoted &&
		    rules_defs_find(&rules->lists, value->text, value->len) != EYAS_MAP_NONE)
			rules_words_add(lists, value->text, value->len);
	}
	for (i = 0; i < ast->nchildren; i++)
		rules_find_names(rules, ast->children[i], macros, lists);
}

bool rules_is_loaded(const struct eyas_rules *rules, uint32_t row)
{
	const struct rules_program *program = rules->program;

	return program && row < program->nrules && program->rules[row].output;
}

/* ---- text ---- */

enum { INDENT = 51, WIDTH = 110 };

static void put_row(const char *name, const char *description, struct eyas_str *out)
{
	size_t len = eyas_utf8_count(name, strlen(name));

	eyas_str_safe(out, name, strlen(name));
	eyas_str_printf(out, "%*s", len < INDENT - 1 ? (int)(INDENT - len) : 1, "");
	if (len >= INDENT)
		eyas_str_printf(out, "\n%*s", INDENT, "");
	eyas_str_wrap(out, description, INDENT, WIDTH);
	eyas_str_putc(out, '\n');
}

static void put_text(const struct eyas_rules *rules, const char *only, struct eyas_str *out)
{
	const struct rules_rule *rule;
	uint32_t i;

	put_row("Rule", "Description", out);
	put_row("----", "-----------", out);
	for (i = 0; i < rules->rules.count; i++) {
		rule = (const struct rules_rule *)rules->rules.rows[i];
		if (rules_is_loaded(rules, i) && (!only || !strcmp(only, rule->def.name)))
			put_row(rule->def.name, rule->desc.data, out);
	}
}

/* ---- the public function ---- */

int eyas_rules_describe(struct eyas_rules *rules, const char *rule,
			enum eyas_rules_describe_kind kind, const char **ret_text, size_t *ret_len,
			struct eyas_err *reterr)
{
	struct eyas_str *out = &rules->out;
	uint32_t row = rule ? rules_defs_find(&rules->rules, rule, strlen(rule)) : EYAS_MAP_NONE;
	int res = 0;

	if (rule && (row == EYAS_MAP_NONE || !rules_is_loaded(rules, row)))
		return eyas_err_set(reterr, EYAS_E_USAGE, "there is no rule '%.200s'", rule);
	out->len = 0;
	out->nomem = false;
	if (kind == EYAS_DESCRIBE_TEXT)
		put_text(rules, rule, out);
	else
		res = rules_describe_json(rules, rule, out);
	eyas_str_putc(out, '\0');
	if (out->nomem)
		res = -ENOMEM;
	if (res == -ENOMEM)
		return eyas_err_set(reterr, -ENOMEM, "out of memory");
	if (res < 0)
		return eyas_err_set(reterr, res,
				    "a file had an error, so there is nothing to tell");
	*ret_text = out->data;
	*ret_len = out->len - 1;
	return 0;
}
