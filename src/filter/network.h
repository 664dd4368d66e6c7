/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What filters and formats compile to: one network in which equal fields are one node and equal
 * comparisons are one node, each evaluated at most once an event, whoever asks. One filter is a
 * network with one root; a rules file is the same with thousands.
 *
 * Everything is bound and checked when it is added; evaluation cannot fail and allocates only in
 * the arena that is reset for each event.
 */
#ifndef FILTER_NETWORK_H
#define FILTER_NETWORK_H

#include "filter/ast.h"
#include "filter/field.h"
#include "filter/infer.h"

struct eyas_network;

/* A warning about a filter that compiles (reference/filter_language.md, compile warnings). */
typedef void (*network_warn_fn)(void *ctx, const struct ast_pos *pos, const char *text);

int eyas_network_new(const struct field_opts *opts, struct eyas_network **ret_network);
/*
 * The same over something else than events: the language stays, the fields are other ones, whose
 * functions look at the subject.
 */
int eyas_network_new_over(field_bind_fn bind, struct eyas_network **ret_network);
void eyas_network_free(struct eyas_network *network);

/*
 * Add a tree without named lists, whose macros stand for something. *ret_root is what eyas_network_match() takes. Errors
 * have the place of the token: EYAS_E_USAGE (unknown field, operator that the type does not
 * take, constant that is none, ...), EYAS_E_FORMAT (regex), EYAS_E_LIMIT (depth), -ENOMEM. The
 * tree may be freed afterwards. After a failure the network is as good as before; the fields and
 * checks that were added until then stay in it, unused unless a later tree has them, too.
 */
int eyas_network_add(struct eyas_network *network, const struct ast *ast, network_warn_fn warn,
		     void *warn_ctx, uint32_t *ret_root, struct eyas_err *reterr);

/* Told of a part of a tree, and of the node that it became: inner ones first, macros as well. */
typedef void (*network_note_fn)(void *ctx, const struct ast *ast, uint32_t node);

/*
 * The same without warnings, for who wants to know of each node what it was in the tree. Equal
 * parts are one node, of which it is told more than once; what a macro stands for, only once.
 */
int eyas_network_add_noted(struct eyas_network *network, const struct ast *ast,
			   network_note_fn note, void *note_ctx, uint32_t *ret_root,
			   struct eyas_err *reterr);

/* Add a field or transformer for its value. purpose: only formats may use print-only fields. */
enum network_purpose { NETWORK_FILTER, NETWORK_FORMAT };
int eyas_network_add_operand(struct eyas_network *network, const struct ast_operand *operand,
			     enum network_purpose purpose, uint32_t *ret_slot,
			     struct eyas_err *reterr);

/* Begin with another event. Everything evaluated before is forgotten. */
void eyas_network_begin(struct eyas_network *network, const struct eyas_context *context);

/* The same in a network over something else. */
void eyas_network_begin_over(struct eyas_network *network, const void *subject);

/* Does the root match the current event? */
bool eyas_network_match(struct eyas_network *network, uint32_t root);

/*
 * The terms that all have to hold for a root to match, each of which can be asked for like a root:
 * "and"s within "and"s are taken apart. Fills in at most max of them; returns how many there are,
 * or 0 when there are more.
 */
uint32_t eyas_network_terms(const struct eyas_network *network, uint32_t root, uint32_t *terms,
			    uint32_t max);
/*
 * What a node, a root among them, is made of: nodes that can be asked for like a root, in the
 * order in which they are looked at. A comparison has no parts, a negation has one.
 */
enum network_kind { NETWORK_CHECK, NETWORK_NOT, NETWORK_AND, NETWORK_OR };
struct network_parts {
	enum network_kind kind;
	const uint32_t *parts; /* until something is added */
	uint32_t count;
};
void eyas_network_parts(const struct eyas_network *network, uint32_t node,
			struct network_parts *ret_parts);

/* Is a term about nothing but the name of the event's type? */
bool eyas_network_term_is_type(const struct eyas_network *network, uint32_t term);

/* How dear a term is, compared with others: which of two to ask first. */
unsigned eyas_network_term_cost(const struct eyas_network *network, uint32_t term);

/* A term that asks whether the text in a slot is one of some constants, sorted, each once. */
struct network_choice {
	uint32_t slot;
	const struct eyas_value *consts;
	uint32_t nconsts;
};
bool eyas_network_choice(const struct eyas_network *network, uint32_t term,
			 struct network_choice *ret_choice);

/* The value in a slot for the current event; NULL = missing. Lent until the next event. */
const struct eyas_value *eyas_network_value(struct eyas_network *network, uint32_t slot);

/* Type of a slot's values, its print format, whether it yields a list; the bound field or NULL
 * for a transformer. */
struct slot_info {
	uint8_t type, fmt;
	bool list;
	const struct field_ref *field;
};
void eyas_network_slot(const struct eyas_network *network, uint32_t slot,
		       struct slot_info *ret_info);
/* How many slots there are. */
uint32_t eyas_network_slots(const struct eyas_network *network);

/*
 * What comparisons cost, for who wants to see it: counted and timed from the call of
 * eyas_network_measure() on, for all nodes there are then. A field is charged to the comparison
 * that asks for it first. What measuring costs itself is not in the time, as far as it is known.
 */
struct network_cost {
	uint64_t evaluations, matches, ns;
};
int eyas_network_measure(struct eyas_network *network);
/* False if the node is no comparison, or is not measured. */
bool eyas_network_cost(const struct eyas_network *network, uint32_t node,
		       struct network_cost *ret_cost);

/* How much there is to evaluate: distinct fields, distinct comparisons, roots. */
struct network_size {
	uint32_t fields, checks, nodes, roots;
};
void eyas_network_size(const struct eyas_network *network, struct network_size *ret_size);

#endif
