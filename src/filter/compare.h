/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing one value with another or with what a constant was compiled to: which operators a
 * type takes, and the function for each (reference/filter_language.md section 3).
 */
#ifndef FILTER_COMPARE_H
#define FILTER_COMPARE_H

#include "base/str.h"
#include "filter/ast.h"
#include "filter/value.h"

struct eyas_regex;
struct pmatch;
struct value_set;

/* The right side: which member is set follows from the operator. */
union comparand {
	struct eyas_value value;     /* all others: a constant, or another field's value */
	const struct value_set *set; /* in, intersects */
	const struct pmatch *paths;
	const struct eyas_regex *regex;
};

/* left is one value, no list. scratch: for what a C function wants with a NUL behind it. */
typedef bool (*compare_fn)(const struct eyas_value *left, const union comparand *right,
			   struct eyas_str *scratch);

/* Does the type take the operator? list: of values that are lists of this type. */
bool eyas_compare_takes(unsigned type, bool list, enum ast_op op);
/* Append the operators that the type takes, separated by blanks; nothing if there are none. */
void eyas_compare_put_ops(struct eyas_str *out, unsigned type, bool list);

/*
 * The function for an operator that the type takes. For in, intersects, pmatch and regex it
 * wants what their constants compile to.
 */
compare_fn eyas_compare_find(unsigned type, enum ast_op op);

#endif
