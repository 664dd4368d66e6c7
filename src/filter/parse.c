/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the text of a filter becomes a tree, and what is said when it does not: section 1 of the
 * language, one function for each production. Called when a filter, a rule or a field of a
 * format is compiled.
 */
#include "filter/ast.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/nearest.h"
#include "filter/lex.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	DEFAULT_DEPTH = 100,
	DEFAULT_BYTES = 1 << 20,
	SHOWN_BYTES = 40 /* of a token, in a message */
};

/*
 * Invariant: code is 0 until something failed; whoever sees a failure returns at once, so the
 * first one is the one that is reported.
 */
struct parser {
	struct lexer lexer;
	struct eyas_arena *arena;
	struct eyas_err *reterr;
	uint32_t depth, max_depth; /* of frames; see enter() */
	struct lex_token last;	   /* what the next thing is expected after */
	struct lex_token macro;	   /* the last check if it was one, else empty */
	const struct ast_limits *limits;
	bool partial; /* what follows a field need not belong to it */
	int code;
};

int eyas_ast_fail(struct eyas_err *reterr, int code, const struct ast_pos *pos, const char *fmt,
		  ...)
{
	va_list ap;

	va_start(ap, fmt);
	eyas_err_vset(reterr, code, fmt, ap);
	va_end(ap);
	return eyas_ast_place(reterr, pos, code);
}

int eyas_ast_place(struct eyas_err *reterr, const struct ast_pos *pos, int code)
{
	if (reterr) {
		reterr->offset = pos->offset;
		reterr->line = pos->line;
		reterr->column = pos->column;
	}
	return code;
}

static void *no_memory(struct parser *p)
{
	p->code = eyas_err_set(p->reterr, -ENOMEM, "out of memory");
	return NULL;
}

static int shown_len(const struct lex_token *token)
{
	return token->len < SHOWN_BYTES ? (int)token->len : SHOWN_BYTES;
}

/* Fails with "expected WHAT after 'LAST', found 'THIS'", and what helps further. */
static void *expected(struct parser *p, const char *what, const char *help)
{
	struct lex_token found;
	char after[SHOWN_BYTES + 16] = "", shown[SHOWN_BYTES + 16];

	if (p->last.len)
		snprintf(after, sizeof(after), " after '%.*s'", shown_len(&p->last), p->last.text);
	eyas_lex_found(&p->lexer, &found);
	if (found.len)
		snprintf(shown, sizeof(shown), "'%.*s'", shown_len(&found), found.text);
	else
		snprintf(shown, sizeof(shown), "the end%s", p->partial ? "" : " of the filter");
	p->code = eyas_ast_fail(p->reterr, EYAS_E_FORMAT, &found.pos, "expected %s%s, found %s%s",
				what, after, shown, help);
	return NULL;
}

/*
 * The language counts the frames of its parser: one for each production that can hold another.
 * Entering the max_depth-th is an error; a pair of parentheses costs five.
 */
static bool enter(struct parser *p)
{
	if (++p->depth < p->max_depth)
		return true;
	p->code = eyas_ast_fail(p->reterr, EYAS_E_LIMIT, &p->lexer.pos,
				"nested too deeply: the limit is %u frames, of which a pair of "
				"parentheses takes five",
				p->max_depth);
	return false;
}

static void *leave(struct parser *p, void *node)
{
	p->depth--;
	return node;
}

/* Take a word or symbol that later messages refer to. */
static bool take(struct parser *p, const char *literal)
{
	struct ast_pos pos = p->lexer.pos;

	if (!eyas_lex_literal(&p->lexer, literal))
		return false;
	p->last = (struct lex_token){ p->lexer.text + pos.offset, strlen(literal), pos };
	return true;
}

static bool keep_last(struct parser *p, struct ast_value *ret)
{
	const char *text = eyas_arena_text(p->arena, p->last.text, p->last.len);

	if (!text)
		return no_memory(p);
	*ret = (struct ast_value){ text, (uint32_t)p->last.len, false, p->last.pos };
	return true;
}

static bool take_token(struct parser *p, enum lex_class token_class, struct ast_value *ret)
{
	return eyas_lex_token(&p->lexer, token_class, &p->last) && keep_last(p, ret);
}

/* A name that only whoever has the text parsed knows. */
static bool take_name(struct parser *p, struct ast_value *ret)
{
	struct ast_pos pos = p->lexer.pos;
	const char *text = p->lexer.text + pos.offset;
	size_t len;

	if (!p->limits || !p->limits->name)
		return false;
	len = p->limits->name(p->limits->ctx, text, p->lexer.len - pos.offset);
	if (!len)
		return false;
	eyas_lex_skip(&p->lexer, len);
	p->last = (struct lex_token){ text, len, pos };
	return keep_last(p, ret);
}

static bool take_quoted(struct parser *p, struct ast_value *ret)
{
	struct ast_pos pos = p->lexer.pos;
	int got = eyas_lex_quoted(&p->lexer, p->arena, ret, p->reterr);

	if (got < 0)
		p->code = got;
	if (got <= 0)
		return false;
	p->last = (struct lex_token){ p->lexer.text + pos.offset, p->lexer.pos.offset - pos.offset,
				      pos };
	return true;
}

/* Room for one more item in an array of the arena that doubles; count is how many there are. */
static void *array_room(struct parser *p, void *items, uint32_t count, size_t item_size)
{
	void *more;

	/* Full when there are 0, 4, 8, 16 ... */
	if (count && (count < 4 || (count & (count - 1))))
		return items;
	more = eyas_arena_get(p->arena, (count ? 2 * (size_t)count : 4) * item_size);
	if (!more)
		return no_memory(p);
	if (count)
		memcpy(more, items, count * item_size);
	return more;
}

static struct ast *new_node(struct parser *p, enum ast_kind kind, struct ast_pos pos,
			    struct ast_pos op_pos)
{
	struct ast *ast = eyas_arena_zero(p->arena, sizeof(*ast));

	if (!ast)
		return no_memory(p);
	ast->kind = kind;
	ast->pos = pos;
	ast->op_pos = op_pos;
	return ast;
}

static bool add_child(struct parser *p, struct ast *ast, struct ast *child)
{
	ast->children = array_room(p, ast->children, ast->nchildren, sizeof(struct ast *));
	if (!ast->children)
		return false;
	ast->children[ast->nchildren++] = child;
	return true;
}

static bool add_item(struct parser *p, struct ast_operand *operand, struct ast_operand *item)
{
	operand->items = array_room(p, operand->items, operand->nitems, sizeof(item));
	if (!operand->items)
		return false;
	operand->items[operand->nitems++] = item;
	return true;
}

static bool add_value(struct parser *p, struct ast *ast, const struct ast_value *value)
{
	ast->values = array_room(p, ast->values, ast->nvalues, sizeof(*value));
	if (!ast->values)
		return false;
	ast->values[ast->nvalues++] = *value;
	return true;
}

static struct ast_operand *new_operand(struct parser *p, enum ast_operand_kind kind,
				       struct ast_pos pos)
{
	struct ast_operand *operand = eyas_arena_zero(p->arena, sizeof(*operand));

	if (!operand)
		return no_memory(p);
	operand->kind = kind;
	operand->pos = pos;
	return operand;
}

static struct ast_operand *value_operand(struct parser *p, enum ast_operand_kind kind,
					 const struct ast_value *value)
{
	struct ast_operand *operand = new_operand(p, kind, value->pos);

	if (operand)
		operand->value = *value;
	return operand;
}

/* The argument and "]" of a field or transformer, whose "[" has been taken. */
static void parse_argument(struct parser *p, struct ast_operand *operand)
{
	operand->has_arg = take_quoted(p, &operand->arg) ||
			   (!p->code && take_token(p, LEX_ARG, &operand->arg));
	if (p->code)
		return;
	if (!operand->has_arg)
		expected(p, "an argument", "");
	else if (!eyas_lex_literal(&p->lexer, "]"))
		expected(p, "']'", "");
}

/* [ "[" argument "]" ] */
static struct ast_operand *parse_optional_argument(struct parser *p, struct ast_operand *operand)
{
	struct eyas_err *reterr = p->reterr;
	struct lexer before = p->lexer;

	if (!take(p, "["))
		return operand;
	if (p->partial)
		p->reterr = NULL;
	parse_argument(p, operand);
	p->reterr = reterr;
	if (!p->code)
		return operand;
	if (!p->partial || p->code == -ENOMEM)
		return NULL;
	/* What looked like an argument is text behind the field. */
	p->code = 0;
	p->lexer = before;
	operand->has_arg = false;
	return operand;
}

/* FIELDNAME [ argument ]; NULL without a failure if there is none. */
static struct ast_operand *parse_field(struct parser *p)
{
	struct ast_operand *operand;
	struct ast_value name;

	if (!take_token(p, LEX_FIELD, &name))
		return NULL;
	operand = value_operand(p, OPERAND_FIELD, &name);
	return operand ? parse_optional_argument(p, operand) : NULL;
}

static struct ast_operand *parse_transformer(struct parser *p);
static bool parse_items(struct parser *p, struct ast_operand *operand);

/*
 * An argument of a transformer, or an item of a list among these, which holds no other list.
 * They begin with different characters, so the order in which they are tried is of no
 * consequence.
 */
static struct ast_operand *parse_item(struct parser *p, bool in_list)
{
	struct ast_pos pos = p->lexer.pos;
	struct ast_operand *operand;
	struct ast_value value;

	if (take_token(p, LEX_NUMBER, &value))
		return value_operand(p, OPERAND_NUMBER, &value);
	if (!p->code && take_quoted(p, &value))
		return value_operand(p, OPERAND_TEXT, &value);
	if (!p->code && !in_list && take(p, "(")) {
		operand = new_operand(p, OPERAND_LIST, pos);
		return operand && parse_items(p, operand) ? operand : NULL;
	}
	operand = p->code ? NULL : parse_transformer(p);
	if (!operand && !p->code)
		operand = parse_field(p);
	if (!operand && !p->code)
		expected(p, "a field, a transformer, a number or text in quotes", "");
	return operand;
}

/* What is in parentheses, with the closing one, of a transformer or of a list. */
static bool parse_items(struct parser *p, struct ast_operand *operand)
{
	bool in_list = operand->kind == OPERAND_LIST;
	struct ast_operand *item;

	if (!enter(p))
		return false;
	eyas_lex_blank(&p->lexer);
	if (in_list && take(p, ")"))
		return leave(p, operand);
	do {
		eyas_lex_blank(&p->lexer);
		item = parse_item(p, in_list);
		if (!item || !add_item(p, operand, item))
			return false;
		eyas_lex_blank(&p->lexer);
	} while (take(p, ","));
	if (!take(p, ")"))
		return expected(p, "',' or ')'", "");
	return leave(p, operand);
}

/* NULL without a failure if there is none. */
static struct ast_operand *parse_transformer(struct parser *p)
{
	struct ast_pos pos = p->lexer.pos;
	struct ast_operand *operand;
	enum transformer transformer;

	if (!eyas_lex_transformer(&p->lexer, &transformer))
		return NULL;
	p->last = (struct lex_token){ p->lexer.text + pos.offset, p->lexer.pos.offset - pos.offset,
				      pos };
	operand = new_operand(p, OPERAND_TRANSFORM, pos);
	if (!operand)
		return NULL;
	operand->transformer = transformer;
	return parse_items(p, operand) ? parse_optional_argument(p, operand) : NULL;
}

/* val(field) or a transformer; NULL without a failure if there is neither. */
static struct ast_operand *parse_right_operand(struct parser *p)
{
	struct ast_pos pos = p->lexer.pos;
	struct ast_operand *operand, *field;

	if (!take(p, "val("))
		return parse_transformer(p);
	operand = new_operand(p, OPERAND_TRANSFORM, pos);
	if (!operand)
		return NULL;
	operand->transformer = TR_VAL;
	eyas_lex_blank(&p->lexer);
	field = parse_field(p);
	if (!field)
		return p->code ? NULL : expected(p, "a field", "");
	eyas_lex_blank(&p->lexer);
	if (!take(p, ")"))
		return expected(p, "')'", "");
	return add_item(p, operand, field) ? operand : NULL;
}

static bool take_text(struct parser *p, struct ast_value *ret)
{
	return take_name(p, ret) || (!p->code && take_quoted(p, ret)) ||
	       (!p->code && take_token(p, LEX_BARE, ret));
}

/* The items and ")" of a list, whose "(" has been taken. */
static bool parse_list(struct parser *p, struct ast *check)
{
	struct ast_value value;

	check->right = RIGHT_LIST;
	eyas_lex_blank(&p->lexer);
	if (take(p, ")"))
		return true;
	do {
		eyas_lex_blank(&p->lexer);
		if (!take_text(p, &value))
			return p->code ? false : expected(p, "a value", "");
		if (!add_value(p, check, &value))
			return false;
		eyas_lex_blank(&p->lexer);
	} while (take(p, ","));
	return take(p, ")") || expected(p, "',' or ')'", "");
}

/* A list or the name of one; false without a failure if there is neither. */
static bool parse_list_or_name(struct parser *p, struct ast *check)
{
	struct ast_value name;

	if (take(p, "("))
		return parse_list(p, check);
	if (!take_token(p, LEX_IDENT, &name))
		return false;
	check->right = RIGHT_NAME;
	return add_value(p, check, &name);
}

static bool take_single(struct parser *p, struct ast *check, bool number)
{
	struct ast_value value;
	bool taken;

	check->right = RIGHT_VALUE;
	if (number)
		taken = take_token(p, LEX_HEX, &value) ||
			(!p->code && take_token(p, LEX_NUMBER, &value));
	else
		taken = take_text(p, &value);
	return taken && add_value(p, check, &value);
}

/* What stands on the right of an operator that has something there. */
static bool parse_right(struct parser *p, struct ast *check, enum lex_operator_kind kind)
{
	static const char *const wanted[] = {
		[OPERATOR_NUMERIC] = "a number, val(field) or a transformer",
		[OPERATOR_STRING] = "a value, val(field) or a transformer",
		[OPERATOR_WORD] = "a value, val(field) or a transformer",
		[OPERATOR_LIST] = "a list, the name of one, val(field) or a transformer",
	};
	bool blank, text = kind == OPERATOR_STRING || kind == OPERATOR_WORD, done;

	if (!enter(p))
		return false;
	blank = eyas_lex_blank(&p->lexer);
	if (text && blank && eyas_lex_modifier(&p->lexer, &check->modifier)) {
		done = parse_list_or_name(p, check);
	} else {
		check->right_operand = parse_right_operand(p);
		done = check->right_operand;
		if (done)
			check->right = RIGHT_OPERAND;
		else if (!p->code && kind == OPERATOR_LIST)
			done = parse_list_or_name(p, check);
		else if (!p->code)
			done = take_single(p, check, !text);
	}
	if (!done)
		return p->code ? false : expected(p, wanted[kind], "");
	return leave(p, check);
}

static bool is_same(const char *word, const struct lex_token *token)
{
	return strlen(word) == token->len && !memcmp(word, token->text, token->len);
}

static void *expected_operator(struct parser *p)
{
	struct lex_token found;
	const char *nearest;
	char help[64] = "";

	eyas_lex_found(&p->lexer, &found);
	nearest = eyas_nearest(found.text, found.len, eyas_lex_operator_text, NULL);
	if (nearest && is_same(nearest, &found))
		snprintf(help, sizeof(help), "; a blank must follow it");
	else if (nearest)
		snprintf(help, sizeof(help), "; did you mean '%s'?", nearest);
	return expected(p, "an operator", help);
}

/* The operator behind a field or transformer, and what follows. */
static struct ast *parse_condition(struct parser *p, struct ast_operand *left)
{
	const struct lex_operator *found;
	struct ast_pos op_pos;
	struct ast *check;

	if (!enter(p))
		return NULL;
	eyas_lex_blank(&p->lexer);
	op_pos = p->lexer.pos;
	found = eyas_lex_operator(&p->lexer);
	if (!found)
		return expected_operator(p);
	p->last = (struct lex_token){ found->text, strlen(found->text), op_pos };
	check = new_node(p, AST_CHECK, left->pos, op_pos);
	if (!check)
		return NULL;
	check->left = left;
	check->op = found->op;
	if (found->kind != OPERATOR_UNARY && !parse_right(p, check, found->kind))
		return NULL;
	return leave(p, check);
}

static const char *joining_word(void *ctx, size_t i)
{
	static const char *const words[] = { "and", "or" };

	(void)ctx;
	return i < COUNT(words) ? words[i] : NULL;
}

/* How other languages write and, or. */
static const char *joining_symbol(const struct lex_token *found)
{
	if (is_same("&&", found))
		return "and";
	return is_same("||", found) ? "or" : NULL;
}

/* Fails because something stands behind a whole check that does not join it to another. */
static void *expected_join(struct parser *p, const char *what)
{
	struct lexer ahead = p->lexer;
	struct lex_token found;
	const char *nearest;
	char help[SHOWN_BYTES + 96] = "";

	eyas_lex_found(&p->lexer, &found);
	nearest = joining_symbol(&found);
	if (!nearest)
		nearest = eyas_nearest(found.text, found.len, joining_word, NULL);
	if (p->macro.len && eyas_lex_operator(&ahead))
		snprintf(help, sizeof(help),
			 "; '%.*s' is the name of a macro, a field would have a '.'",
			 shown_len(&p->macro), p->macro.text);
	else if (p->macro.len && found.len && *found.text == '(')
		snprintf(help, sizeof(help),
			 "; '%.*s' is no transformer, or has a blank behind its name",
			 shown_len(&p->macro), p->macro.text);
	else if (nearest && is_same(nearest, &found))
		/* Only "or(a)and b" gets here: what is behind "or(" is no chain of "and". */
		snprintf(help, sizeof(help), "; a blank is missing between 'or' and '('");
	else if (nearest)
		snprintf(help, sizeof(help), "; did you mean '%s'?", nearest);
	return expected(p, what, help);
}

static struct ast *parse_or(struct parser *p);

/* What is in parentheses, whose "(" has been taken at open. */
static struct ast *parse_parenthesis(struct parser *p, struct ast_pos open)
{
	char wanted[80];
	struct ast *ast;

	if (!enter(p))
		return NULL;
	ast = parse_or(p);
	if (!ast)
		return NULL;
	if (!take(p, ")")) {
		snprintf(wanted, sizeof(wanted),
			 "'and', 'or' or ')' for the '(' at line %u, column %u", open.line,
			 open.column);
		return expected_join(p, wanted);
	}
	/* A name in parentheses was no mistake for a field. */
	p->macro.len = 0;
	return leave(p, ast);
}

/* A name without a dot. */
static struct ast *parse_macro(struct parser *p)
{
	struct ast_pos pos = p->lexer.pos;
	struct ast_value name;
	struct ast *ast;

	if (!take_token(p, LEX_IDENT, &name))
		return p->code ? NULL : expected(p, "a field, a transformer, a macro or '('", "");
	p->macro = p->last;
	ast = new_node(p, AST_MACRO, pos, pos);
	if (ast)
		ast->macro = name;
	return ast;
}

static struct ast *parse_check(struct parser *p)
{
	struct ast_pos pos;
	struct ast_operand *left;
	struct ast *ast;

	if (!enter(p))
		return NULL;
	eyas_lex_blank(&p->lexer);
	pos = p->lexer.pos;
	if (take(p, "(")) {
		ast = parse_parenthesis(p, pos);
		return ast ? leave(p, ast) : NULL;
	}
	p->macro.len = 0;
	left = parse_field(p);
	if (!left && !p->code)
		left = parse_transformer(p);
	if (p->code)
		return NULL;
	ast = left ? parse_condition(p, left) : parse_macro(p);
	return ast ? leave(p, ast) : NULL;
}

/* Pairs cancel, those with a parenthesis between them, too. */
static struct ast *negate(struct parser *p, struct ast *child, struct ast_pos pos)
{
	struct ast *ast;

	if (child->kind == AST_NOT)
		return child->children[0];
	ast = new_node(p, AST_NOT, pos, pos);
	return ast && add_child(p, ast, child) ? ast : NULL;
}

/* "not" and a blank; a macro may have a name that begins with it. */
static bool take_not(struct parser *p)
{
	struct lexer before = p->lexer;

	if (take(p, "not") && eyas_lex_blank(&p->lexer))
		return true;
	p->lexer = before;
	return false;
}

static struct ast *parse_not(struct parser *p)
{
	struct ast_pos pos, open;
	bool negated = false;
	struct ast *ast;

	if (!enter(p))
		return NULL;
	eyas_lex_blank(&p->lexer);
	pos = p->lexer.pos;
	while (take_not(p))
		negated = !negated;
	open = p->lexer.pos;
	if (take(p, "not(")) {
		negated = !negated;
		open.offset += 3;
		open.column += 3;
		ast = parse_parenthesis(p, open);
	} else {
		ast = parse_check(p);
	}
	if (ast && negated)
		ast = negate(p, ast, pos);
	return ast ? leave(p, ast) : NULL;
}

/* What stands behind "and" or "or", which need no blank before a parenthesis. */
static struct ast *parse_joined(struct parser *p, struct ast *(*parse_next)(struct parser *p))
{
	struct ast_pos pos = p->lexer.pos;

	if (eyas_lex_blank(&p->lexer))
		return parse_next(p);
	if (take(p, "("))
		return parse_parenthesis(p, pos);
	return expected(p, "a blank or '('", "");
}

/* Checks that are joined by the same word are one node, however many they are. */
static struct ast *parse_chain(struct parser *p, enum ast_kind kind, const char *word,
			       struct ast *(*parse_next)(struct parser *p))
{
	struct ast *ast, *chain = NULL;
	struct ast_pos pos, op_pos;

	if (!enter(p))
		return NULL;
	eyas_lex_blank(&p->lexer);
	pos = p->lexer.pos;
	ast = parse_next(p);
	while (ast) {
		if (chain && !add_child(p, chain, ast))
			return NULL;
		eyas_lex_blank(&p->lexer);
		op_pos = p->lexer.pos;
		if (!take(p, word))
			return leave(p, chain ? chain : ast);
		if (!chain) {
			chain = new_node(p, kind, pos, op_pos);
			if (!chain || !add_child(p, chain, ast))
				return NULL;
		}
		ast = parse_joined(p, parse_next);
	}
	return NULL;
}

static struct ast *parse_and(struct parser *p)
{
	return parse_chain(p, AST_AND, "and", parse_not);
}

static struct ast *parse_or(struct parser *p)
{
	return parse_chain(p, AST_OR, "or", parse_and);
}

static void parser_init(struct parser *p, const char *text, size_t len, struct eyas_arena *arena,
			struct eyas_err *reterr)
{
	memset(p, 0, sizeof(*p));
	eyas_lex_init(&p->lexer, text, len);
	p->arena = arena;
	p->reterr = reterr;
	p->max_depth = DEFAULT_DEPTH;
}

int eyas_ast_parse(const char *text, size_t len, const struct ast_limits *limits,
		   struct eyas_arena *arena, struct ast **ret_ast, struct eyas_err *reterr)
{
	uint32_t max_bytes = limits && limits->max_bytes ? limits->max_bytes : DEFAULT_BYTES;
	struct ast_pos pos = { 0, 1, 1 };
	const char *nul;
	struct parser p;
	struct ast *ast;

	if (!len)
		return eyas_ast_fail(reterr, EYAS_E_FORMAT, &pos, "the filter is empty");
	if (len > max_bytes)
		return eyas_ast_fail(reterr, EYAS_E_LIMIT, &pos,
				     "the filter has %zu bytes, the limit is %u", len, max_bytes);
	nul = memchr(text, '\0', len);
	if (nul) {
		eyas_ast_pos_advance(&pos, text, (size_t)(nul - text));
		return eyas_ast_fail(reterr, EYAS_E_FORMAT, &pos, "the filter has a NUL byte");
	}
	parser_init(&p, text, len, arena, reterr);
	p.limits = limits;
	if (limits && limits->depth)
		p.max_depth = limits->depth;
	ast = parse_or(&p);
	if (ast && p.lexer.pos.offset < len)
		ast = expected_join(&p, "'and', 'or' or the end of the filter");
	if (!ast)
		return p.code;
	*ret_ast = ast;
	return 0;
}

int eyas_ast_parse_operand(const char *text, size_t len, struct eyas_arena *arena,
			   struct ast_operand **ret_operand, size_t *ret_len,
			   struct eyas_err *reterr)
{
	struct ast_operand *operand;
	struct parser p;

	parser_init(&p, text, strnlen(text, len < DEFAULT_BYTES ? len : DEFAULT_BYTES), arena,
		    reterr);
	p.partial = true;
	operand = parse_field(&p);
	if (!operand && !p.code)
		operand = parse_transformer(&p);
	if (!operand && !p.code)
		expected(&p, "a field or a transformer", "");
	if (!operand)
		return p.code;
	*ret_operand = operand;
	*ret_len = p.lexer.pos.offset;
	return 0;
}

int eyas_ast_parse_values(const char *text, size_t len, struct eyas_arena *arena,
			  struct ast_value **ret_values, uint32_t *ret_count,
			  struct eyas_err *reterr)
{
	struct ast list = { .kind = AST_CHECK };
	struct ast_value value;
	struct parser p;

	parser_init(&p, text, strnlen(text, len < DEFAULT_BYTES ? len : DEFAULT_BYTES), arena,
		    reterr);
	eyas_lex_blank(&p.lexer);
	while (p.lexer.pos.offset < len) {
		if (list.nvalues && !take(&p, ","))
			expected(&p, "','", "");
		eyas_lex_blank(&p.lexer);
		if (!p.code && !take_text(&p, &value) && !p.code)
			expected(&p, "a value", "");
		if (p.code || !add_value(&p, &list, &value))
			return p.code;
		eyas_lex_blank(&p.lexer);
	}
	*ret_values = list.values;
	*ret_count = list.nvalues;
	return 0;
}
