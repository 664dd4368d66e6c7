/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Losses of a live source, looked at once a second of the events' time: when they are more than a
 * share of what happened, something is done about it (reference/falco_cli_config.md, sections 2
 * and 5).
 */
#ifndef DETECT_DROPS_H
#define DETECT_DROPS_H

#include <stdbool.h>
#include <stdint.h>

#include <eyas/live.h>

#include "detect/alerts.h"
#include "output/bucket.h"

/* What is done; a mask. */
enum detect_drops_action {
	DETECT_DROPS_LOG = 1,
	DETECT_DROPS_ALERT = 2,
	DETECT_DROPS_EXIT = 4 /* the detection ends with a failure */
};

struct detect_drops_opts {
	unsigned actions;      /* mask of enum detect_drops_action; 0 = losses are counted only */
	unsigned log_severity; /* of what DETECT_DROPS_LOG says, as syslog has them */
	double threshold;      /* 0 to 1: the lost share of the events of a second, exceeded */
	/* So often at most: actions a second of the events' time, and so many at once. */
	double rate, max_burst;
	bool simulate;	      /* a loss every second, and any is too much */
	const char *log_name; /* a loss is logged as the alert of this name; NULL = shorter */
	void (*log)(void *ctx, unsigned severity, const char *text);
	void *log_ctx;
};

struct detect_drops {
	struct detect_drops_opts opts;
	struct output_bucket bucket;
	struct eyas_live_stats last;
	uint64_t next_ns;
	uint64_t detected; /* seconds with losses over the threshold */
	uint64_t acted;
};

/* opts is copied. The counters begin with those of the first look. */
void detect_drops_init(struct detect_drops *drops, const struct detect_drops_opts *opts);
/* The counters from which losses count: those of a source that has just been opened. */
void detect_drops_begin(struct detect_drops *drops, const struct eyas_live_stats *stats);

/* Is it time to look? Asked for every event. */
static inline bool detect_drops_due(const struct detect_drops *drops, uint64_t ts_ns)
{
	return ts_ns > drops->next_ns;
}

/*
 * Look: stats are the counters of now, NULL of a source that has none. alerts may be NULL. 0,
 * -ECANCELED when the run is to end, others: the alert could not be made or put anywhere.
 */
int detect_drops_look(struct detect_drops *drops, uint64_t ts_ns,
		      const struct eyas_live_stats *stats, struct eyas_alerts *alerts);

#endif
