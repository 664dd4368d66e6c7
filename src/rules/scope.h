/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What names in conditions stand for while all definitions become a program: lists as values,
 * macros as trees that are shared. The trees live as long as the scope; the network keeps none.
 *
 * A place in a tree is an offset that tells trees apart: every text that is parsed gets a range
 * of numbers of its own (its base), from which the place in a file is found when it is wanted.
 */
#ifndef RULES_SCOPE_H
#define RULES_SCOPE_H

#include "rules/rules_int.h"

enum {
	SCOPE_DEPTH = 1000,	       /* frames of the parser */
	SCOPE_MAX_NODES = 1000000,     /* of a condition with its macros in place of their names */
	SCOPE_MAX_DEPTH = 1000,	       /* of that, as a tree */
	SCOPE_MAX_NESTED = 100,	       /* macros, or lists, in each other */
	SCOPE_MAX_VALUES = 1 << 20,    /* of a list with other lists in it */
	SCOPE_MAX_VALUES_ALL = 4 << 20 /* of all comparisons together */
};

/* Whose condition it is, for findings. */
struct scope_owner {
	const struct rules_def *def;
	enum rules_item item; /* ITEM_RULE_CONDITION, ITEM_MACRO_CONDITION */
	const struct rules_text *text;
};

enum scope_state { SCOPE_NEW, SCOPE_BUSY, SCOPE_READY };

struct scope_list {
	uint8_t state;
	bool used;
	struct ast_value *values;
	struct rules_value *origins; /* of each value */
	uint32_t count;
};

/* What is worth a warning in a tree or in a macro that it mentions: the first of each. */
struct scope_notes {
	const char *deprecated; /* a field; NULL = there is none */
	const char *unsafe;	/* a field that is compared with <NA> */
	uint32_t deprecated_at, unsafe_at;
};

struct scope_macro {
	uint8_t state;
	bool used;
	struct ast_shared shared;
	struct ast *ast; /* NULL until it is parsed */
	uint32_t base;	 /* of the offsets in it */
	uint32_t size;	 /* nodes, those of other macros in it included */
	struct scope_notes notes;
};

/* A range of offsets: from base up to that of the next one. One of the pointers is set. */
struct scope_origin {
	uint32_t base;
	const struct rules_text *text;
	const struct scope_list *list; /* one offset for each value */
	struct rules_value value;
};

struct rules_scope {
	const struct eyas_rules *rules;
	struct eyas_rules_report *report; /* NULL = nothing is to be found any more */
	struct eyas_arena arena;
	struct scope_list *lists; /* by place in rules->lists */
	struct scope_macro *macros;
	struct scope_origin *origins;
	uint32_t norigins, origins_cap, next_base;
	uint64_t nvalues;		/* of all comparisons */
	const struct rules_def *circle; /* the macro that came back to itself, until told of */
};

int rules_scope_init(struct rules_scope *scope, const struct eyas_rules *rules,
		     struct eyas_rules_report *report);
void rules_scope_fini(struct rules_scope *scope);

/*
 * Values of all lists; without this, only those that are referred to are looked at. Lists whose
 * items are no values stay as they are, for nobody refers to them.
 */
int rules_scope_lists(struct rules_scope *scope);
/* Lists that other lists name are used, even when no condition comes to those. */
void rules_scope_mark_lists(struct rules_scope *scope);
/* Trees of all macros, in the order of their definition. */
int rules_scope_macros(struct rules_scope *scope);

/* A tree whose names stand for something, and how large it is with all that they stand for. */
struct scope_tree {
	struct ast *ast;
	uint32_t depth, size;
	struct scope_notes notes;
};

/* Parse and resolve the condition of a rule. */
int rules_scope_condition(struct rules_scope *scope, const struct scope_owner *owner,
			  struct scope_tree *ret_tree);
/*
 * Resolve the lists in a tree that was put together from a scalar of a file (an exception): all
 * its places become that of the scalar.
 */
int rules_scope_fragment(struct rules_scope *scope, const struct scope_owner *owner,
			 const struct rules_value *value, struct ast *ast,
			 struct scope_tree *ret_tree);

/* The context of a place in a tree, from the owner down, in the storage of the caller. */
struct scope_context {
	struct rules_context condition, expression;
	char name[32];
};
const struct rules_context *rules_scope_context(const struct rules_scope *scope,
						const struct scope_owner *owner, uint64_t offset,
						struct scope_context *storage);

/* The list of that name, NULL if there is none. */
struct scope_list *rules_scope_list(struct rules_scope *scope, const char *name, size_t len);

/* For conditions: how deep they may be, and the lists whose names are no words of the language. */
struct ast_limits rules_scope_limits(const struct eyas_rules *rules, uint32_t depth);

/* The values of an exception of one field, with lists in place of their names. */
int rules_scope_values(struct rules_scope *scope, const struct rules_exception *exception,
		       struct scope_list **ret_list);

/* The i-th field without a value of its own that is kept for old rules, NULL past the last. */
const char *rules_deprecated_field(size_t i);

/* A range of size offsets for an origin, whose base is filled in; where it begins in *ret_base. */
int rules_scope_add_origin(struct rules_scope *scope, struct scope_origin origin, uint32_t size,
			   uint32_t *ret_base);

/* scope_list.c: the place of a list among all, EYAS_MAP_NONE if there is none of that name. */
uint32_t rules_scope_list_row(const struct rules_scope *scope, const char *name, size_t len);
/* Its values, unless they are there; depth: how many lists in each other led here. */
int rules_scope_build_list(struct rules_scope *scope, uint32_t row, unsigned depth);

int rules_scope_no_memory(struct rules_scope *scope);

/* exceptions.c: "(condition) and not exception and ...". */
int rules_scope_exceptions(struct rules_scope *scope, const struct scope_owner *owner,
			   const struct rules_rule *rule, struct scope_tree *tree);

#endif
