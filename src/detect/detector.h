/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A detection: the rules on the events of a session, their alerts on the way to the sinks, and an
 * eye on what was lost. It owns none of its parts, so that they can be made and looked at by whoever
 * knows their options.
 */
#ifndef DETECT_DETECTOR_H
#define DETECT_DETECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include <eyas/rules.h>

#include "detect/alerts.h"
#include "detect/captures.h"
#include "detect/drops.h"
#include "detect/metrics.h"
#include "session/session.h"

struct detector_opts {
	struct eyas_rules *rules; /* loaded, with the rulesets as they shall be */
	unsigned ruleset;
	enum eyas_rules_matching matching;
	struct eyas_alerts *alerts;	       /* NULL = rules are counted only */
	const struct detect_drops_opts *drops; /* copied; NULL = losses are not looked at */
	struct detect_captures *captures;      /* that alerts begin; NULL = none */
	struct detect_metrics *metrics; /* begun by detector_attach(); NULL = there are none */
	/* Tell when a live source had nothing so many times in a row; 0 = never. */
	uint32_t max_timeouts;
	/* Are outputs to be opened anew? Asked now and then; NULL = never. */
	bool (*reopen)(void);
};

struct detector_stats {
	uint64_t last_ts_ns;	 /* of the last event, 0 = there was none */
	uint64_t drops, actions; /* seconds with too many losses; how often something was done */
	uint64_t timeouts_told;
};

struct detector;

int detector_new(const struct detector_opts *opts, struct detector **ret_detector,
		 struct eyas_err *reterr);
/* Add it, and its captures, to a session that has not run yet, and that outlives it. */
int detector_attach(struct detector *detector, struct eyas_session *session);
/*
 * After the run: losses since the last look, the last figures. 0, or the failure of an alert;
 * -ECANCELED when losses are to end the run, which eyas_session_run() returns likewise.
 */
int detector_end(struct detector *detector);
void detector_stats(const struct detector *detector, struct detector_stats *ret_stats);
/* NULL is fine. */
void detector_free(struct detector *detector);

#endif
