/* SPDX-License-Identifier: Apache-2.0 */
/* The public handle of a source: numbers its events and passes the calls on to its kind. */
#include "capture/source.h"

int eyas_source_next(struct eyas_source *source, const struct eyas_event **ret_event,
		     struct eyas_err *reterr)
{
	struct eyas_event *event;
	int res = source->ops->next(source, &event, reterr);

	if (res == 1) {
		source->delivered += !(event->flags & EYAS_EVENT_SUMS);
		event->num = source->delivered;
		*ret_event = event;
	}
	return res;
}

void eyas_source_stats(const struct eyas_source *source, struct eyas_source_stats *ret_stats)
{
	source->ops->stats(source, ret_stats);
	ret_stats->events_delivered = source->delivered;
}

void eyas_source_close(struct eyas_source *source)
{
	if (source)
		source->ops->close(source);
}
