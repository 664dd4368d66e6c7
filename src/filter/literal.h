/* SPDX-License-Identifier: Apache-2.0 */
/* Constants of a filter: from text to a value of the type they are compared with. */
#ifndef FILTER_LITERAL_H
#define FILTER_LITERAL_H

#include "base/arena.h"
#include "base/err.h"
#include "filter/ast.h"
#include "filter/value.h"

/* Longest text or buffer, in bytes. */
enum { LITERAL_MAX = 255 };

/* Put the place of a token into an error that was just set: return err_at_pos(err, pos, eyas_err_set(...)). */
static inline int err_at_pos(struct eyas_err *err, const struct ast_pos *pos, int code)
{
	if (err) {
		err->offset = pos->offset;
		err->line = pos->line;
		err->column = pos->column;
	}
	return code;
}

/*
 * The constant that the text stands for, by the rules of the type; in hexadecimal digits for
 * bcontains and bstartswith. Bytes are the arena's, with a NUL behind them; a network has its
 * mask behind its address (see filter/set.h). EYAS_E_USAGE with the place; -ENOMEM.
 */
int literal_parse(const struct ast_value *text, unsigned type, bool hex, struct eyas_arena *arena,
		  struct eyas_value *ret_value, struct eyas_err *reterr);

#endif
