/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One filter in a network: from text to a root and the event types it can match. Used by the
 * session and the commands; include/eyas/filter.h is the same with a network of its own.
 */
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include <eyas/filter.h>

#include "filter/network.h"
#include "schema/event.h"
#include "schema/ids.h"

struct filter {
	uint32_t root;
	struct event_set set; /* of the types and system calls it can match */
};

/*
 * Parse, infer and add to the network. Errors as eyas_filter_compile(); the trees are gone when
 * it returns. warning may be NULL.
 */
int eyas_filter_add(struct eyas_network *network, const char *text, eyas_warning_fn warning,
		    void *warning_ctx, struct filter *ret_filter, struct eyas_err *reterr);

/* Does the set have the type of this event, and its system call if it is a generic one? */
static inline bool event_set_wants(const struct event_set *set, const struct eyas_event *event)
{
	if (!event_set_has(set, event->type))
		return false;
	if (event->type > EYAS_EV_GENERIC_X || !event->nparams || eyas_event_len(event, 0) != 2)
		return true;
	return eyas_le16(event->values) >= EYAS_SYSCALL_CODES ||
	       event_set_has_syscall(set, eyas_le16(event->values));
}

/* Can events of this type, or system call if it is a generic one, match at all? */
static inline bool filter_wants(const struct filter *filter, const struct eyas_event *event)
{
	return event_set_wants(&filter->set, event);
}

#endif
