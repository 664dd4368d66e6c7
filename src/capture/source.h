/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a source of events is: the table of functions behind a public handle. A new kind of
 * source (a live probe, a plugin) embeds struct eyas_source and fills in the table.
 */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include <eyas/capture.h>

struct source_ops {
	/* As eyas_source_next(); the event is the source's own and may be changed by source.c. */
	int (*next)(struct eyas_source *source, struct eyas_event **ret_event,
		    struct eyas_err *reterr);
	void (*stats)(const struct eyas_source *source, struct eyas_source_stats *ret_stats);
	void (*close)(struct eyas_source *source);
};

struct eyas_source {
	const struct source_ops *ops;
	uint64_t delivered;
};

#endif
