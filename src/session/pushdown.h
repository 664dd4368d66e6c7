/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a live source has to capture for a filter, and for what becomes of the events: which
 * system calls, with which tests in the kernel. What is left out there costs next to nothing.
 */
#ifndef SESSION_PUSHDOWN_H
#define SESSION_PUSHDOWN_H

#include <stdbool.h>

#include <eyas/live.h>

#include "filter/filter.h"

/* Zero-initialise, then what is known. */
struct live_wish {
	const char *filter_text;	 /* NULL = none */
	const struct filter *filter;	 /* the same, compiled; NULL = none */
	const struct event_set *useful;	 /* without a filter: what is looked at; NULL = all */
	const struct eyas_codes *chosen; /* what may be shown; NULL = what is captured by default */
	bool state;  /* whoever gets the events looks at threads or descriptors */
	bool tested; /* tests of the user's own are set already */
};

struct live_plan {
	struct eyas_codes codes;
	struct event_set show; /* of wish.chosen: what else is captured is for the state alone */
	struct eyas_live_tests tests; /* to be used unless wish.tested and wish.state */
};

/* Codes and tests for a wish. A filter was compiled before, so it only fails for memory. */
int live_plan(const struct live_wish *wish, struct live_plan *ret_plan, struct eyas_err *reterr);

/*
 * Does some field of the network look at more than the event alone: at threads, descriptors,
 * users, or the name of a parameter that is one of them?
 */
bool live_fields_need_state(const struct eyas_network *network);

/*
 * The code of a system call or tracepoint by its name, several names separated by commas, or
 * "default"; added to codes. False when a name is unknown: *ret_bad is where it begins.
 */
bool live_codes_parse(const char *text, struct eyas_codes *codes, const char **ret_bad,
		      size_t *ret_len);

/* Tests that say the same as terms of a filter; for unit tests. */
void live_tests_of(const struct ast *ast, const struct event_set *set,
		   struct eyas_live_tests *tests);

#endif
