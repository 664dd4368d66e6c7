/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transformers: tolower(), join(), getopt() and the rest (reference/filter_language.md section
 * 3): what they take and what they make of it.
 */
#ifndef FILTER_TRANSFORM_H
#define FILTER_TRANSFORM_H

#include "base/arena.h"
#include "base/str.h"
#include "filter/ast.h"
#include "filter/value.h"

#include <eyas/err.h>

/* What an operand yields. */
struct operand_type {
	uint8_t type, fmt;
	bool list;
};

/* A transformer whose arguments were checked. */
struct transform {
	enum transformer kind;
	char option; /* getopt()[c]: c; 0 = none */
	struct operand_type result;
};

/*
 * Check a transformer other than val() against the types of its arguments, of which there are
 * operand->nitems. EYAS_E_USAGE with the place of what is wrong.
 */
int eyas_transform_check(const struct ast_operand *operand, const struct operand_type *args,
			 struct transform *ret_transform, struct eyas_err *reterr);

/*
 * May values of this type be items of a list in parentheses? Numbers become decimal text there.
 */
bool eyas_transform_item_ok(const struct operand_type *type);
/* An item of such a list as text; false when there is no memory. */
bool eyas_transform_item_text(const struct eyas_value *item, struct eyas_arena *arena,
			      struct eyas_value *ret);

/*
 * Apply it to values, none of which is missing. false: the result is missing, or there is no
 * memory. What *ret points to is the arena's or the arguments'.
 */
bool eyas_transform_apply(const struct transform *transform, const struct eyas_value *const *args,
			  uint32_t nargs, struct eyas_arena *arena, struct eyas_str *scratch,
			  struct eyas_value *ret);

#endif
