/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of a network, for the network*.c files only.
 *
 *   network.c         new, free, the way of one event: slots, checks, nodes
 *   network_slot.c    adding fields and transformers
 *   network_check.c   adding comparisons
 *   network_add.c     adding trees; what is equal is found again
 *   network_terms.c   what roots are made of, for an index over many
 *   network_cost.c    measuring comparisons
 *   network_warn.c    constants that are likely mistakes
 *
 * Slots (values), checks (comparisons of slots) and nodes (logic over checks) are in flat arrays
 * and refer to each other by index; a slot or node refers only to ones before it. Results are
 * valid when their stamp is that of the current event, so that nothing is cleared between events.
 */
#ifndef FILTER_NETWORK_INT_H
#define FILTER_NETWORK_INT_H

#include "base/err.h"
#include "base/map.h"
#include "filter/compare.h"
#include "filter/network.h"
#include "filter/transform.h"

#define NO_INDEX UINT32_MAX

/* Depth of trees and of transformers in each other: evaluation recurses. */
enum { NETWORK_DEPTH_MAX = 1024, OPERAND_DEPTH_MAX = 64 };

/* Largest generation; a stamp is the generation and one bit, the result. */
#define GENERATION_MAX (UINT32_MAX >> 1)

enum slot_kind {
	SLOT_FIELD,
	SLOT_CONST,	/* value is set once */
	SLOT_LIST,	/* of children's values, as text */
	SLOT_TRANSFORM, /* of children's values */
	SLOT_MISSING	/* a filter-only field in a format */
};

struct slot {
	uint32_t stamp; /* result: there is a value */
	uint8_t kind;	/* enum slot_kind */
	uint8_t purpose;
	struct operand_type type;
	struct eyas_value value;
	union {
		struct field_ref *ref;		   /* FIELD, MISSING */
		const struct transform *transform; /* TRANSFORM */
	} u;
	const uint32_t *children; /* LIST, TRANSFORM */
	uint32_t nchildren;
};

struct check;
typedef bool (*check_fn)(struct eyas_network *network, const struct check *check);

/* A comparison of what is in one slot with constants or with another slot. */
struct check {
	check_fn eval;
	compare_fn compare; /* NULL for exists */
	union {
		union comparand one;
		const union comparand *many; /* with a modifier: one for each constant */
	} right;
	const struct eyas_value *consts; /* canonical: sorted, once each where that is the same */
	uint32_t nconsts;
	uint32_t left, right_slot; /* NO_INDEX = constants */
	uint8_t op, modifier;	   /* enum ast_op, enum ast_modifier */
	bool every;   /* of several values on the left, all must satisfy it, not only one */
	bool vacuous; /* none on the left is all of them */
	bool dynamic; /* the left may be of another type than it was compiled for */
};

struct node {
	uint8_t kind;	/* enum network_kind */
	uint32_t first; /* CHECK: the check; NOT: the node; else where in links */
	uint32_t count; /* AND, OR: of links, which are nodes */
};

/*
 * Finds the record again that is equal to a new one: ids by hash. next[id] is the next one with
 * the same hash, NO_INDEX at the end.
 */
struct intern {
	struct eyas_map map;
	uint32_t *next;
	uint32_t cap;
};

struct eyas_network {
	uint32_t generation;
	field_bind_fn bind;
	struct slot *slots;
	struct check *checks;
	struct node *nodes;
	uint32_t *stamps; /* of nodes */
	uint32_t *links;
	uint32_t nslots, nchecks, nnodes, nlinks, nroots;
	uint32_t slots_cap, checks_cap, nodes_cap, stamps_cap, links_cap, regexes_cap;
	struct intern slot_ids, check_ids, node_ids;
	struct network_cost *costs; /* by node; NULL = nothing is measured */
	uint32_t ncosts;
	uint64_t clock_ns; /* what reading the clock adds to a time */
	struct eyas_regex **regexes;
	uint32_t nregexes;
	struct field_eval eval[2]; /* by enum network_purpose */
	struct field_opts opts;
	struct eyas_str scratch;
	struct eyas_arena memory;    /* what was compiled */
	struct eyas_arena event;     /* values of the current event */
	struct eyas_arena temporary; /* while something is added */
};

/*
 * The array, perhaps elsewhere, with room for one more than count elements of size bytes; NULL,
 * and the array stays as it is, when there is no memory.
 */
void *eyas_network_grow(void *array, uint32_t *cap, uint32_t count, size_t size);

static inline uint32_t intern_first(const struct intern *ids, uint64_t hash)
{
	return eyas_map_find(&ids->map, hash);
}
/* Add id, the newest; false when there is no memory. */
bool eyas_intern_add(struct intern *ids, uint64_t hash, uint32_t id);

int eyas_network_no_memory(struct eyas_err *err);

/* network_slot.c: one with errors at the place of the operand. */
int eyas_network_slot_add(struct eyas_network *network, const struct ast_operand *operand,
			  enum network_purpose purpose, unsigned depth, uint32_t *ret_slot,
			  struct eyas_err *reterr);

/* network_check.c */
int eyas_network_check_add(struct eyas_network *network, const struct ast *ast,
			   network_warn_fn warn, void *warn_ctx, uint32_t *ret_check,
			   struct eyas_err *reterr);

/* network.c: how a check is evaluated. */
bool eyas_check_exists(struct eyas_network *network, const struct check *check);
bool eyas_check_one(struct eyas_network *network, const struct check *check);
bool eyas_check_several(struct eyas_network *network, const struct check *check);
bool eyas_check_modified(struct eyas_network *network, const struct check *check);
bool eyas_check_slots(struct eyas_network *network, const struct check *check);

/* network_cost.c: evaluate the check of a node, measured. */
bool eyas_check_measured(struct eyas_network *network, uint32_t node, const struct check *check);

/* network_warn.c */
void eyas_network_warn_constant(struct eyas_network *network, const struct ast_value *value,
				network_warn_fn warn, void *ctx);
void eyas_network_warn_regex(const struct ast_value *value, network_warn_fn warn, void *ctx);

#endif
