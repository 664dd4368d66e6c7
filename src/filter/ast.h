/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of a filter, as the parser makes it (reference/filter_language.md section 1) and as
 * rules, which expand macros and lists in it, use it. All memory is one arena's.
 */
#ifndef FILTER_AST_H
#define FILTER_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

#include <eyas/err.h>

/* Place of a token: byte offset, line and column from 1. Columns count characters. */
struct ast_pos {
	uint32_t offset, line, column;
};

/* Go over size bytes of text at pos. */
void eyas_ast_pos_advance(struct ast_pos *pos, const char *text, size_t size);

enum ast_op {
	OP_EXISTS,
	OP_EQ, /* "=" and "==" */
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_CONTAINS,
	OP_ICONTAINS,
	OP_BCONTAINS,
	OP_STARTSWITH,
	OP_BSTARTSWITH,
	OP_ENDSWITH,
	OP_GLOB,
	OP_IGLOB,
	OP_REGEX,
	OP_IN,
	OP_INTERSECTS,
	OP_PMATCH,
	OP_COUNT
};

enum ast_modifier { MOD_NONE, MOD_ONEOF, MOD_ANYOF, MOD_ALLOF };

enum transformer {
	TR_TOLOWER,
	TR_TOUPPER,
	TR_B64,
	TR_BASENAME,
	TR_LEN,
	TR_JOIN,
	TR_CONCAT,
	TR_GETOPT,
	TR_VAL, /* right side only: one item, a FIELD */
	TR_COUNT
};

/* A constant. text has escapes undone and a NUL behind it (which len does not count). */
struct ast_value {
	const char *text;
	uint32_t len;
	bool quoted;
	struct ast_pos pos;
};

enum ast_operand_kind {
	OPERAND_FIELD,
	OPERAND_TRANSFORM,
	OPERAND_NUMBER,
	OPERAND_TEXT,
	OPERAND_LIST
};

/* A field, a transformer with its arguments, or a literal among those. */
struct ast_operand {
	enum ast_operand_kind kind;
	struct ast_pos pos;
	struct ast_value value;	      /* FIELD: its name, NUMBER, TEXT */
	enum transformer transformer; /* TRANSFORM */
	bool has_arg;		      /* FIELD, TRANSFORM: [arg] */
	struct ast_value arg;
	struct ast_operand **items; /* TRANSFORM: arguments; LIST: items */
	uint32_t nitems;
};

enum ast_kind { AST_AND, AST_OR, AST_NOT, AST_CHECK, AST_MACRO };

enum ast_right {
	RIGHT_NONE,   /* exists */
	RIGHT_VALUE,  /* values[0] */
	RIGHT_LIST,   /* values */
	RIGHT_NAME,   /* values[0] is the identifier of a list that is not defined here */
	RIGHT_OPERAND /* right_operand, always a TRANSFORM: val(field) has TR_VAL */
};

/* What a macro stands for; see filter/infer.h. */
struct ast_shared;

struct ast {
	enum ast_kind kind;
	struct ast_pos pos;    /* of its first token */
	struct ast_pos op_pos; /* of the operator */
	/* AND, OR: two or more; NOT: one */
	struct ast **children;
	uint32_t nchildren;
	/* MACRO: its name, and what it stands for, NULL while nobody has said */
	struct ast_value macro;
	struct ast_shared *shared;
	/* CHECK */
	struct ast_operand *left;
	enum ast_op op;
	enum ast_modifier modifier;
	enum ast_right right;
	struct ast_value *values;
	uint32_t nvalues;
	struct ast_operand *right_operand;
};

/* Put a place into an error that is set, if reterr is not NULL; returns code. */
int eyas_ast_place(struct eyas_err *reterr, const struct ast_pos *pos, int code);
/* Fill in reterr with what is wrong at a place of a filter; returns code. */
int eyas_ast_fail(struct eyas_err *reterr, int code, const struct ast_pos *pos, const char *fmt,
		  ...) EYAS_PRINTF(4, 5);

/* Limits of the parser, 0 = the default, and what it cannot know. */
struct ast_limits {
	uint32_t depth;	    /* frames, as the language counts them; default 100 */
	uint32_t max_bytes; /* of the text; default 1 MiB */
	/*
	 * How many bytes of text, which begins where a value is expected, are a name that the
	 * language would take apart; 0 = none. NULL: there are no such names.
	 */
	size_t (*name)(const void *ctx, const char *text, size_t len);
	const void *ctx;
};

/*
 * Parse a whole filter. On failure: EYAS_E_FORMAT (syntax), EYAS_E_LIMIT, -ENOMEM, with line,
 * column, offset and what was expected in reterr.
 */
int eyas_ast_parse(const char *text, size_t len, const struct ast_limits *limits,
		   struct eyas_arena *arena, struct ast **ret_ast, struct eyas_err *reterr);

/*
 * Parse the longest field or transformer at the beginning of text (formats): *ret_len is how
 * many bytes it took. EYAS_E_FORMAT if there is none.
 */
int eyas_ast_parse_operand(const char *text, size_t len, struct eyas_arena *arena,
			   struct ast_operand **ret_operand, size_t *ret_len,
			   struct eyas_err *reterr);

/* Parse what stands between the parentheses of a list; nothing is no values. Errors likewise. */
int eyas_ast_parse_values(const char *text, size_t len, struct eyas_arena *arena,
			  struct ast_value **ret_values, uint32_t *ret_count,
			  struct eyas_err *reterr);

/* Back to text, as the language prints trees (section 2). */
void eyas_ast_print(const struct ast *ast, struct eyas_str *out);
void eyas_ast_print_operand(const struct ast_operand *operand, struct eyas_str *out);
/* Operators, transformers and modifiers as they are written. Static. */
const char *eyas_op_name(enum ast_op op);
const char *eyas_transformer_name(enum transformer transformer);
const char *eyas_modifier_name(enum ast_modifier modifier);

#endif
