/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting as a live source does, for nothing. */
#include "compat/falco_idle.h"

#include <poll.h>
#include <stdlib.h>

#include "capture/source.h"

/* As long as the probe waits. */
enum { WAIT_MS = 30 };

static int idle_next(struct eyas_source *source, struct eyas_event **ret_event,
		     struct eyas_err *reterr)
{
	(void)source, (void)ret_event, (void)reterr;
	/* A signal ends it, as it should. */
	(void)poll(NULL, 0, WAIT_MS);
	return 0;
}

static void idle_stats(const struct eyas_source *source, struct eyas_source_stats *ret_stats)
{
	(void)source;
	*ret_stats = (struct eyas_source_stats){ 0 };
}

static void idle_close(struct eyas_source *source)
{
	free(source);
}

static const struct source_ops idle_ops = { idle_next, idle_stats, idle_close };

struct eyas_source *falco_idle_open(void)
{
	struct eyas_source *source = calloc(1, sizeof(*source));

	if (source)
		source->ops = &idle_ops;
	return source;
}
