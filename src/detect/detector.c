/* SPDX-License-Identifier: Apache-2.0 */
/* The way of an event through a detection. */
#include "detect/detector.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"

struct detector {
	struct detector_opts opts;
	struct detect_drops drops;
	bool canceled; /* by losses */
	struct eyas_session *session;
	const struct eyas_event *event; /* the current one */
	uint64_t ts_ns;			/* of the current event, then of the last one */
	uint32_t timeouts;		/* in a row */
	uint64_t timeouts_told;
	int failure; /* of an alert that could not be made, or put anywhere */
};

int detector_new(const struct detector_opts *opts, struct detector **ret_detector,
		 struct eyas_err *reterr)
{
	struct detector *detector = calloc(1, sizeof(*detector));

	if (!detector)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	detector->opts = *opts;
	if (opts->drops)
		detect_drops_init(&detector->drops, opts->drops);
	else
		detector->drops.next_ns = UINT64_MAX; /* never due */
	*ret_detector = detector;
	return 0;
}

void detector_free(struct detector *detector)
{
	free(detector);
}

/* ---- events ---- */

static void look_for_reopen(struct detector *detector)
{
	const struct detector_opts *opts = &detector->opts;

	if (!opts->reopen || !opts->reopen())
		return;
	if (opts->alerts)
		eyas_alerts_reopen(opts->alerts);
	detect_metrics_reopen(opts->metrics);
}

static void on_match(void *ctx, struct eyas_rules *rules, size_t rule)
{
	struct detector *detector = ctx;
	struct eyas_alerts *alerts = detector->opts.alerts;
	int res;

	if (detector->opts.captures)
		detect_captures_rule(detector->opts.captures, rules, rule, detector->event);
	if (!alerts)
		return;
	look_for_reopen(detector);
	res = eyas_alerts_rule(alerts, rules, rule, detector->ts_ns);
	if (res < 0)
		detector->failure = res;
}

/* NULL of captures, which have no counters of what was lost on its way into them. */
static const struct eyas_live_stats *get_live_stats(const struct detector *detector,
						    struct eyas_live_stats *into)
{
	if (eyas_live_stats(eyas_session_source(detector->session), -1, into, NULL))
		return NULL;
	return into;
}

static int look_at_drops(struct detector *detector)
{
	struct eyas_live_stats stats;
	int res = detect_drops_look(&detector->drops, detector->ts_ns,
				    get_live_stats(detector, &stats), detector->opts.alerts);

	detector->canceled |= res == -ECANCELED;
	return res;
}

static int say_failure(int res, struct eyas_err *reterr)
{
	const char *text = eyas_strerror(res);

	if (res == -EPIPE)
		return eyas_err_set(reterr, res, "cannot write the output: %s", text);
	if (res == -ECANCELED)
		text = "events were lost, which is to end the run";
	return eyas_err_set(reterr, res, "%s", text);
}

static int on_event(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		    struct eyas_err *reterr)
{
	struct detector *detector = ctx;
	const struct detector_opts *opts = &detector->opts;
	int res;

	(void)what;
	detector->event = context->event;
	detector->ts_ns = context->event->ts_ns;
	detector->timeouts = 0;
	res = eyas_rules_process(opts->rules, opts->ruleset, context, opts->matching, on_match,
				 detector);
	if (res >= 0)
		res = detector->failure;
	if (res >= 0 && detect_drops_due(&detector->drops, detector->ts_ns))
		res = look_at_drops(detector);
	if (res >= 0 && detect_metrics_is_due(opts->metrics, detector->ts_ns)) {
		look_for_reopen(detector);
		res = detect_metrics_look(opts->metrics, detector->ts_ns);
	}
	return res < 0 ? say_failure(res, reterr) : 0;
}

static int on_idle(void *ctx, struct eyas_err *reterr)
{
	struct detector *detector = ctx;
	struct eyas_alerts *alerts = detector->opts.alerts;
	uint32_t max = detector->opts.max_timeouts;
	int res;

	look_for_reopen(detector);
	res = detect_metrics_idle(detector->opts.metrics);
	if (!alerts || res < 0)
		return res < 0 ? say_failure(res, reterr) : 0;
	eyas_alerts_check(alerts);
	if (max && ++detector->timeouts > max) {
		detector->timeouts = 0;
		detector->timeouts_told++;
		res = eyas_alerts_timeouts(alerts, eyas_clock_ns(CLOCK_REALTIME), max,
					   detector->ts_ns);
	}
	return res < 0 ? say_failure(res, reterr) : 0;
}

int detector_attach(struct detector *detector, struct eyas_session *session)
{
	struct eyas_consumer consumer = {
		.ctx = detector, .wants = EYAS_SHOWN, .event = on_event, .idle = on_idle
	};
	struct detect_metrics_sources sources = { .session = session,
						  .rules = detector->opts.rules,
						  .alerts = detector->opts.alerts,
						  .captures = detector->opts.captures };
	struct eyas_live_stats stats;
	int err;

	detector->session = session;
	if (get_live_stats(detector, &stats)) {
		detect_drops_begin(&detector->drops, &stats);
		sources.live = true;
	}
	if (detector->opts.metrics)
		detect_metrics_begin(detector->opts.metrics, &sources);
	err = eyas_session_add(session, &consumer);
	/* Behind the rules, which say what the event begins. */
	if (!err && detector->opts.captures)
		err = detect_captures_attach(detector->opts.captures, session);
	return err;
}

int detector_end(struct detector *detector)
{
	int res = 0, err;

	/* Nothing is made up for a second that is not over; and one end by losses is enough. */
	if (detector->opts.drops && detector->ts_ns && !detector->drops.opts.simulate &&
	    !detector->canceled)
		res = look_at_drops(detector);
	look_for_reopen(detector);
	err = detect_metrics_end(detector->opts.metrics, detector->ts_ns);
	return res ? res : err;
}

void detector_stats(const struct detector *detector, struct detector_stats *ret_stats)
{
	*ret_stats = (struct detector_stats){ .last_ts_ns = detector->ts_ns,
					      .drops = detector->drops.detected,
					      .actions = detector->drops.acted,
					      .timeouts_told = detector->timeouts_told };
}
