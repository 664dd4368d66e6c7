/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The top consumer: events counted by the values of some fields, and the sum of another one.
 * Behind eyas info --top.
 */
#ifndef PRINT_TOP_H
#define PRINT_TOP_H

#include "base/str.h"
#include "filter/network.h"

struct eyas_top;

/* Distinct groups that are kept apart, and bytes of their keys; more are counted together. */
enum { TOP_GROUPS_MAX = 1000000, TOP_KEY_BYTES_MAX = 256 << 20 };

/*
 * spec is FIELD[,FIELD...][:VALUE]: fields or transformers, and one of them that yields numbers.
 * They become slots of the network, which must outlive the top. Errors have the column in spec.
 */
int eyas_top_new(const char *spec, struct eyas_network *network, struct eyas_top **ret_top,
		 struct eyas_err *reterr);
/* NULL is fine. */
void eyas_top_free(struct eyas_top *top);

/* Count the current event of the network; 0 or -ENOMEM. */
int eyas_top_event(struct eyas_top *top);

/*
 * Append the rows rows with the largest sum of VALUE or, without one, with most events. As JSON,
 * each is an object on a line: the fields, "events" and "sum". 0 or -ENOMEM.
 */
int eyas_top_text(const struct eyas_top *top, unsigned rows, struct eyas_str *out);
int eyas_top_json(const struct eyas_top *top, unsigned rows, struct eyas_str *out);

#endif
