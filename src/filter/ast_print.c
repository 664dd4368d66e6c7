/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is a tree written as text? Section 2 of the language; the text parses to the same tree.
 * Called by eyas filter, by rules that name their condition, and by tests.
 */
#include "filter/ast.h"

#include <string.h>

#include "filter/infer.h"
#include "filter/lex.h"

static void put_escape(struct eyas_str *out, char c)
{
	static const char letters[] = "bfnrt\"", bytes[] = "\b\f\n\r\t\"";
	static const char digits[] = "0123456789abcdef";
	const char *byte = c ? strchr(bytes, c) : NULL;

	eyas_str_putc(out, '\\');
	if (byte) {
		eyas_str_putc(out, letters[byte - bytes]);
		return;
	}
	eyas_str_putc(out, 'x');
	eyas_str_putc(out, digits[(unsigned char)c >> 4]);
	eyas_str_putc(out, digits[(unsigned char)c & 15]);
}

/*
 * A backslash is doubled, but not the last one of a text: a quote right behind it would not
 * close the string.
 */
static void put_quoted(struct eyas_str *out, const struct ast_value *value)
{
	/* With the NUL at its end. */
	static const char special[] = "\b\f\n\r\t\v\"\\";
	uint32_t i;
	char c;

	eyas_str_putc(out, '"');
	for (i = 0; i < value->len; i++) {
		c = value->text[i];
		if (c == '\\' && i + 1 < value->len)
			eyas_str_puts(out, "\\\\");
		else if (memchr(special, c, sizeof(special)))
			put_escape(out, c);
		else
			eyas_str_putc(out, c);
	}
	eyas_str_putc(out, '"');
}

/*
 * A value is in quotes when it has to be: when it has one of the characters that the language
 * names, or would not be one bare token.
 */
static void put_value(struct eyas_str *out, const struct ast_value *value,
		      enum lex_class bare_class)
{
	bool bare = eyas_lex_is(bare_class, value->text, value->len) &&
		    !memchr(value->text, '\b', value->len) &&
		    !memchr(value->text, '\\', value->len);

	if (bare)
		eyas_str_add(out, value->text, value->len);
	else
		put_quoted(out, value);
}

static void put_values(struct eyas_str *out, const struct ast *ast)
{
	uint32_t i;

	eyas_str_putc(out, '(');
	for (i = 0; i < ast->nvalues; i++) {
		if (i)
			eyas_str_puts(out, ", ");
		put_value(out, &ast->values[i], LEX_BARE);
	}
	eyas_str_putc(out, ')');
}

static void put_operands(struct eyas_str *out, const struct ast_operand *operand,
			 const char *separator)
{
	uint32_t i;

	eyas_str_putc(out, '(');
	for (i = 0; i < operand->nitems; i++) {
		if (i)
			eyas_str_puts(out, separator);
		eyas_ast_print_operand(operand->items[i], out);
	}
	eyas_str_putc(out, ')');
}

void eyas_ast_print_operand(const struct ast_operand *operand, struct eyas_str *out)
{
	switch (operand->kind) {
	case OPERAND_FIELD:
	case OPERAND_NUMBER:
		eyas_str_add(out, operand->value.text, operand->value.len);
		break;
	case OPERAND_TEXT:
		put_quoted(out, &operand->value);
		break;
	case OPERAND_LIST:
		put_operands(out, operand, ", ");
		break;
	case OPERAND_TRANSFORM:
		eyas_str_puts(out, eyas_transformer_name(operand->transformer));
		put_operands(out, operand, ",");
		break;
	}
	if (operand->has_arg) {
		eyas_str_putc(out, '[');
		put_value(out, &operand->arg, LEX_ARG);
		eyas_str_putc(out, ']');
	}
}

static void put_check(const struct ast *ast, struct eyas_str *out)
{
	eyas_ast_print_operand(ast->left, out);
	eyas_str_putc(out, ' ');
	eyas_str_puts(out, eyas_op_name(ast->op));
	if (ast->modifier != MOD_NONE) {
		eyas_str_putc(out, ' ');
		eyas_str_puts(out, eyas_modifier_name(ast->modifier));
	}
	if (ast->right != RIGHT_NONE)
		eyas_str_putc(out, ' ');
	switch (ast->right) {
	case RIGHT_NONE:
		break;
	case RIGHT_VALUE:
	case RIGHT_NAME:
		put_value(out, &ast->values[0], LEX_BARE);
		break;
	case RIGHT_LIST:
		put_values(out, ast);
		break;
	case RIGHT_OPERAND:
		eyas_ast_print_operand(ast->right_operand, out);
		break;
	}
}

static void put_chain(const struct ast *ast, const char *word, struct eyas_str *out)
{
	uint32_t i;

	eyas_str_putc(out, '(');
	for (i = 0; i < ast->nchildren; i++) {
		if (i)
			eyas_str_puts(out, word);
		eyas_ast_print(ast->children[i], out);
	}
	eyas_str_putc(out, ')');
}

void eyas_ast_print(const struct ast *ast, struct eyas_str *out)
{
	switch (ast->kind) {
	case AST_AND:
		put_chain(ast, " and ", out);
		break;
	case AST_OR:
		put_chain(ast, " or ", out);
		break;
	case AST_NOT:
		eyas_str_puts(out, "not ");
		eyas_ast_print(ast->children[0], out);
		break;
	case AST_CHECK:
		put_check(ast, out);
		break;
	case AST_MACRO:
		if (ast->shared)
			eyas_ast_print(ast->shared->tree, out);
		else
			eyas_str_add(out, ast->macro.text, ast->macro.len);
		break;
	}
}
