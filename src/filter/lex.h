/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of the filter language. Only the parser asks for them, one class at a time. */
#ifndef FILTER_LEX_H
#define FILTER_LEX_H

#include "filter/ast.h"

/* A place in a text. What is at pos has not been taken yet. The text has no NUL in it. */
struct lexer {
	const char *text;
	size_t len;
	struct ast_pos pos;
};

struct lex_token {
	const char *text; /* the lexer's, not terminated */
	size_t len;
	struct ast_pos pos;
};

enum lex_class { LEX_IDENT, LEX_FIELD, LEX_ARG, LEX_HEX, LEX_NUMBER, LEX_BARE, LEX_CLASSES };

/* What may stand on the right of an operator. */
enum lex_operator_kind {
	OPERATOR_UNARY,	  /* nothing */
	OPERATOR_NUMERIC, /* a number */
	OPERATOR_STRING,  /* text, or a modifier and a list */
	OPERATOR_WORD,	  /* the same, and a blank must follow the operator */
	OPERATOR_LIST	  /* a list */
};

struct lex_operator {
	const char *text; /* as it is written; static */
	enum ast_op op;
	enum lex_operator_kind kind;
};

void eyas_lex_init(struct lexer *lexer, const char *text, size_t len);
/* Go on by so many bytes, which are there. */
void eyas_lex_skip(struct lexer *lexer, size_t size);

/*
 * Each of these takes what it is named after if that is what comes next, and leaves the lexer
 * alone if not. ret may be NULL.
 */
bool eyas_lex_blank(struct lexer *lexer);
bool eyas_lex_literal(struct lexer *lexer, const char *literal);
bool eyas_lex_token(struct lexer *lexer, enum lex_class token_class, struct lex_token *ret);
/* An operator; a word that needs a blank behind it and has none is not taken. */
const struct lex_operator *eyas_lex_operator(struct lexer *lexer);
/* The name of a transformer and its "(". val, which is for the right side only, is none. */
bool eyas_lex_transformer(struct lexer *lexer, enum transformer *ret);
/* A modifier with the blanks behind it, if a list or the name of one follows. */
bool eyas_lex_modifier(struct lexer *lexer, enum ast_modifier *ret);
/*
 * A string in quotes: 1 and its text without escapes, in the arena; 0 if there is no quote;
 * EYAS_E_FORMAT at the opening quote of a string that has no end, or at a wrong escape.
 */
int eyas_lex_quoted(struct lexer *lexer, struct eyas_arena *arena, struct ast_value *ret,
		    struct eyas_err *reterr);

/* What comes next as a person sees it, for a message: a word, a symbol; nothing at the end. */
void eyas_lex_found(const struct lexer *lexer, struct lex_token *ret);

/* Would the whole text, of one byte or more, be a token of this class? */
bool eyas_lex_is(enum lex_class token_class, const char *text, size_t len);

/* The i-th operator as it is written, NULL past the last: candidates for eyas_nearest(). */
const char *eyas_lex_operator_text(void *ctx, size_t i);

#endif
