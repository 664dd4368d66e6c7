/* SPDX-License-Identifier: Apache-2.0 */
/* Describing what is loaded: what describe.c and describe_json.c share. */
#ifndef RULES_DESCRIBE_H
#define RULES_DESCRIBE_H

#include "rules/scope.h"

/* A set of words while it is collected. */
struct rules_words {
	const char **rows;
	uint32_t count, cap;
	struct eyas_arena arena;
	bool nomem;
};

void rules_words_fini(struct rules_words *words);
void rules_words_add(struct rules_words *words, const char *text, size_t len);
/* In the order of their bytes, each once. */
void rules_words_sort(struct rules_words *words);
void rules_words_clear(struct rules_words *words);

/* The fields in an operand. */
void rules_find_fields(const struct ast_operand *operand, struct rules_words *fields);
/* Fields and operators of a tree and of the macros in it. */
void rules_find_used(const struct ast *ast, struct rules_words *fields,
		     struct rules_words *operators);
/* Macros and lists that a tree names itself: before it is resolved. */
void rules_find_names(const struct eyas_rules *rules, const struct ast *ast,
		      struct rules_words *macros, struct rules_words *lists);

/* Is the rule of that row part of the program? Those of unknown sources are left out. */
bool rules_is_loaded(const struct eyas_rules *rules, uint32_t row);

/* only: a rule, or NULL = all rules, macros and lists. */
int rules_describe_json(struct eyas_rules *rules, const char *only, struct eyas_str *out);

#endif
