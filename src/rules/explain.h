/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why an event does not match a rule: which part of its condition says no, and what the fields in
 * that part are. The rule has a network of its own for this, so that the engine is not disturbed
 * and is not slower; how parts are evaluated is the network's business.
 */
#ifndef RULES_EXPLAIN_H
#define RULES_EXPLAIN_H

#include "rules/rules_int.h"

enum {
	EXPLAIN_FIELDS_MAX = 16, /* of a part, with its value; others are left out */
	EXPLAIN_TEXT_MAX = 4096	 /* bytes of the text of a part; the rest is "..." */
};

struct explain_field {
	const char *text; /* a field or a transformer of fields, as it was written */
	uint32_t slot;	  /* in the network */
};

/*
 * A part that stopped an event: a comparison, perhaps negated, or a chain of them that fails or
 * holds only as a whole ("a or b", "not (a and b)").
 */
struct explain_part {
	const char *text;
	const char *macro; /* the innermost one that it lies in; NULL = none */
	const struct explain_field *fields;
	uint32_t nfields;
	uint64_t stopped; /* events */
};

struct rules_explain;

/*
 * For the rule at that place. rules are borrowed; nothing may be loaded while this is in use. 0,
 * EYAS_E_USAGE for a rule that was left out when it was loaded, -ENOMEM.
 */
int rules_explain_new(const struct eyas_rules *rules, uint32_t rule,
		      struct rules_explain **ret_explain, struct eyas_err *reterr);
/* NULL is fine. */
void rules_explain_free(struct rules_explain *explain);

/* Can an event of this type match at all? If not, there is nothing to explain. */
bool rules_explain_wants(const struct rules_explain *explain, const struct eyas_event *event);

/*
 * 1 when the event matches, 0 when not: then *ret_part, lent until the next event, is what
 * stopped it, in the order in which the condition was written. -ENOMEM.
 */
int rules_explain_event(struct rules_explain *explain, const struct eyas_context *context,
			const struct explain_part **ret_part);

/* The index-th part that stopped an event so far, in order of appearance; NULL past the last. */
const struct explain_part *rules_explain_part(const struct rules_explain *explain, uint32_t index);

/*
 * What the rule costs by itself: measure, let it look at events without asking for reasons, and
 * see what each comparison took. 0 or -ENOMEM.
 */
int rules_explain_measure(struct rules_explain *explain);
bool rules_explain_match(struct rules_explain *explain, const struct eyas_context *context);
/*
 * The comparison at node *node or the next one behind it, which *node then is: its text is appended
 * to *out, cut as that of parts. False past the last. Begin with 0, go on with *node + 1.
 */
bool rules_explain_cost(const struct rules_explain *explain, uint32_t *node, struct eyas_str *out,
			struct network_cost *ret_cost);

/* The network that has the current event: for the values of fields, and for formats. */
struct eyas_network *rules_explain_network(const struct rules_explain *explain);

#endif
