/* SPDX-License-Identifier: Apache-2.0 */
/* Constants of a filter: from text to a value of the type they are compared with. */
#ifndef FILTER_LITERAL_H
#define FILTER_LITERAL_H

#include "base/arena.h"
#include "filter/ast.h"
#include "filter/value.h"

/* Longest text or buffer, in bytes. */
enum { LITERAL_MAX = 255 };

/*
 * The constant that the text stands for, by the rules of the type; in hexadecimal digits for
 * bcontains and bstartswith. Bytes are the arena's, with a NUL behind them; a network has its
 * mask behind its address (see filter/set.h). EYAS_E_USAGE with the place; -ENOMEM.
 */
int eyas_literal_parse(const struct ast_value *text, unsigned type, bool hex,
		       struct eyas_arena *arena, struct eyas_value *ret_value,
		       struct eyas_err *reterr);

#endif
