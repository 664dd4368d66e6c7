/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a capture that a user asked for with --from and --to. */
#ifndef SESSION_RANGE_H
#define SESSION_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include <eyas/event.h>

enum range_kind {
	RANGE_NONE,
	RANGE_NUM,	  /* event number */
	RANGE_TIME,	  /* ns since the epoch */
	RANGE_AFTER,	  /* ns after the first event */
	RANGE_TIME_OF_DAY /* ns of the local day of the first event */
};

struct range_bound {
	enum range_kind kind;
	uint64_t value;
};

/*
 * Both ends belong to the range. Bounds that depend on the first event's time are turned into
 * RANGE_TIME when that event comes.
 */
struct range {
	struct range_bound from, to;
	bool resolved;
};

/*
 * "1000", "HH:MM:SS[.frac]", "YYYY-MM-DDTHH:MM:SS[.frac][Z]", "@SECONDS[.frac]" since the epoch,
 * "+SECONDS[.frac]" after the first event. 0 or -EINVAL with words.
 */
int range_parse(const char *text, struct range_bound *ret_bound, struct eyas_err *reterr);

enum range_place { RANGE_BEFORE, RANGE_INSIDE, RANGE_BEHIND };

/* Where an event lies. The first one that has a time settles what the bounds mean. */
enum range_place range_place(struct range *range, const struct eyas_event *event);

#endif
