/* SPDX-License-Identifier: Apache-2.0 */
/* Which event types a filter can match (reference/filter_language.md section 4). */
#ifndef FILTER_INFER_H
#define FILTER_INFER_H

#include "filter/ast.h"

#include <eyas/schema.h>

/* Bit sets over event types and over system call codes. */
struct event_set {
	uint64_t types[(EYAS_EVENT_TYPES + 63) / 64];
	uint64_t syscalls[(EYAS_SYSCALL_CODES + 63) / 64];
};

static inline bool event_set_has(const struct event_set *set, unsigned type)
{
	return set->types[type / 64] >> (type % 64) & 1;
}
static inline bool event_set_has_syscall(const struct event_set *set, unsigned code)
{
	return set->syscalls[code / 64] >> (code % 64) & 1;
}

/*
 * A tree that many have in common: what a macro stands for. It is looked at once, however often
 * it is mentioned. Zero-initialise, set tree and depth; the rest is what was found out about it.
 */
struct ast_shared {
	const struct ast *tree;
	uint32_t depth;		  /* of the tree, with what it refers to itself */
	struct event_set sets[2]; /* that it can match, that its negation can */
	bool inferred[2];
	bool added; /* to a network, the only one it is added to */
	uint32_t node;
};

/*
 * The types and system calls that a tree, whose macros stand for something, can match. An unknown event name is
 * EYAS_E_USAGE at its place, with the nearest one.
 */
int eyas_ast_infer(const struct ast *ast, struct event_set *ret_set, struct eyas_err *reterr);

/* Is it the name of an event type, a system call or an asynchronous event? */
bool eyas_event_name_known(const char *name, size_t len);
/* The error that it is none, with the nearest one. */
int eyas_event_name_unknown(const struct ast_value *value, struct eyas_err *reterr);

#endif
