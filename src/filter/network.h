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
void eyas_network_free(struct eyas_network *network);

/*
 * Add a tree without macros and named lists. *ret_root is what eyas_network_match() takes. Errors
 * have the place of the token: EYAS_E_USAGE (unknown field, operator that the type does not
 * take, constant that is none, ...), EYAS_E_FORMAT (regex), EYAS_E_LIMIT (depth), -ENOMEM. The
 * tree may be freed afterwards. After a failure the network is as good as before; the fields and
 * checks that were added until then stay in it, unused unless a later tree has them, too.
 */
int eyas_network_add(struct eyas_network *network, const struct ast *ast, network_warn_fn warn,
		     void *warn_ctx, uint32_t *ret_root, struct eyas_err *reterr);

/* Add a field or transformer for its value. purpose: only formats may use print-only fields. */
enum network_purpose { NETWORK_FILTER, NETWORK_FORMAT };
int eyas_network_add_operand(struct eyas_network *network, const struct ast_operand *operand,
			     enum network_purpose purpose, uint32_t *ret_slot,
			     struct eyas_err *reterr);

/* Begin with another event. Everything evaluated before is forgotten. */
void eyas_network_begin(struct eyas_network *network, const struct eyas_context *context);

/* Does the root match the current event? */
bool eyas_network_match(struct eyas_network *network, uint32_t root);

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

/* How much there is to evaluate: distinct fields, distinct comparisons, roots. */
struct network_size {
	uint32_t fields, checks, nodes, roots;
};
void eyas_network_size(const struct eyas_network *network, struct network_size *ret_size);

#endif
