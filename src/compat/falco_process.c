/* SPDX-License-Identifier: Apache-2.0 */
/* The last step of Falco's start: events, until they end or somebody wants them to. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "compat/falco_log.h"
#include "compat/falco_metrics.h"
#include "compat/falco_record.h"
#include "compat/falco_run.h"
#include "compat/falco_signals.h"
#include "compat/falco_source.h"
#include "compat/falco_stats.h"
#include "detect/captures.h"
#include "detect/detector.h"

#define SECOND UINT64_C(1000000000)
#define MS UINT64_C(1000000)

enum { DAMAGE_SHOWN = 10, CAPTURE_MEMORY = 16 << 20 };

/* What is done beside the rules. */
struct events {
	struct falco *falco;
	struct falco_source source;
	struct eyas_session *session;
	struct detector *detector;
	struct detect_captures *captures;
	struct falco_stats *stats;
	struct falco_record *record;
	struct falco_metrics metrics;
	uint64_t next_look_ns, damaged;
};

/* ---- beside the events ---- */

/* Every few thousand events of a capture, ten times a second otherwise. */
static void look_around(void *ctx, const struct eyas_source_stats *source_stats)
{
	struct events *events = ctx;
	struct eyas_session_stats stats;
	uint64_t now_ns = eyas_clock_ns(CLOCK_MONOTONIC);

	(void)source_stats;
	if (now_ns < events->next_look_ns)
		return;
	events->next_look_ns = now_ns + 50 * MS;
	falco_tell_watch(events->falco);
	falco_stats_look(events->stats, events->session);
	eyas_session_stats(events->session, &stats);
	/* Or all that comes is later than -M wants. */
	if (falco_watch_restart_wanted(events->falco->watch) || stats.behind)
		falco_end();
}

/* Parts of a capture that could not be read; the first few, as a damaged one has many. */
static void on_damage(void *ctx, const struct eyas_err *damage)
{
	struct events *events = ctx;

	events->damaged++;
	if (events->damaged <= DAMAGE_SHOWN)
		falco_log(FALCO_ERROR, "%s", damage->text);
}

/* ---- making the parts ---- */

/* Captures that alerts begin. */
static int make_captures(struct events *events, struct eyas_err *reterr)
{
	const struct falco_config *config = &events->falco->config;
	const struct detect_captures_opts how = {
		.prefix = config->capture.path_prefix,
		.all_rules = config->capture.all_rules,
		.duration_ns = (uint64_t)config->capture.default_duration_ms * MS,
		.before_ns = (uint64_t)config->capture.before_ms * MS,
		.memory = CAPTURE_MEMORY,
		.max_bytes = (uint64_t)config->capture.max_file_size_mb << 20,
		.writer = { .compression = EYAS_COMPRESS_GZIP, .level = 1 },
		.alerts = events->falco->alerts,
		.log = falco_log_text
	};

	/* Nothing will begin one: neither is anything to be remembered. */
	if (!config->capture.enabled ||
	    (!how.all_rules && !detect_captures_wanted(events->falco->rules, 0)))
		return 0;
	return detect_captures_new(&how, &events->captures, reterr);
}

static int make_detector(struct events *events, struct eyas_err *reterr)
{
	const struct falco_config *config = &events->falco->config;
	const struct detect_drops_opts drops = {
		.actions = (config->drops.log ? DETECT_DROPS_LOG : 0u) |
			   (config->drops.alert ? DETECT_DROPS_ALERT : 0u) |
			   (config->drops.exit ? DETECT_DROPS_EXIT : 0u),
		.log_severity = FALCO_DEBUG,
		.threshold = config->drops.threshold,
		.rate = config->drops.rate,
		.max_burst = (double)config->drops.max_burst,
		.simulate = config->drops.simulate_drops,
		.log_name = "Falco",
		.log = falco_log_text
	};
	const struct detector_opts how = {
		.rules = events->falco->rules,
		.matching = config->match_all ? EYAS_MATCHING_ALL : EYAS_MATCHING_FIRST,
		.alerts = events->falco->alerts,
		.drops = &drops,
		.captures = events->captures,
		.metrics = events->metrics.figures,
		.max_timeouts = (uint32_t)config->max_consecutive_timeouts,
		.reopen = falco_reopen_taken
	};

	return detector_new(&how, &events->detector, reterr);
}

static int make_parts(struct events *events, struct eyas_err *reterr)
{
	const struct falco_options *options = events->falco->options;
	int res = make_captures(events, reterr);

	if (!res)
		res = make_detector(events, reterr);
	if (!res && detector_attach(events->detector, events->session))
		res = eyas_err_set(reterr, -ENOSPC, "too many consumers");
	if (!res && options->write)
		res = falco_record_open(options->write, events->falco->starts, events->session,
					&events->record, reterr);
	if (!res && options->stats)
		res = falco_stats_open(options->stats, options->stats_ms, &events->stats, reterr);
	return res;
}

/* ---- the end ---- */

/* The sum of what was noticed, on standard error. */
static void print_end(const struct events *events, double cpu_s)
{
	const struct falco *falco = events->falco;
	bool replay = falco->config.engine.kind == FALCO_ENGINE_REPLAY;
	struct eyas_session_stats stats;
	struct eyas_live_stats live;
	struct detector_stats detected;

	if (eyas_live_stats(eyas_session_source(events->session), -1, &live, NULL))
		live = (struct eyas_live_stats){ 0 };
	/* Also those that were too few for the monitor to do anything. */
	if (live.dropped)
		falco_log(FALCO_WARNING, "%llu of %llu events were lost",
			  (unsigned long long)live.dropped, (unsigned long long)live.events);
	eyas_session_stats(events->session, &stats);
	if (falco->options->verbose) {
		if (!replay)
			fprintf(stderr, "Driver Events:%llu\nDriver Drops:%llu\n",
				(unsigned long long)live.events, (unsigned long long)live.dropped);
		fprintf(stderr, "%sElapsed time: %.3f, Captured Events: %llu, %.2f eps\n",
			replay ? "" : "(syscall) ", cpu_s, (unsigned long long)stats.shown,
			cpu_s > 0 ? (double)stats.shown / cpu_s : 0.0);
	}
	detector_stats(events->detector, &detected);
	fprintf(stderr,
		"Syscall event drop monitoring:\n"
		"   - event drop detected: %llu occurrences\n"
		"   - num times actions taken: %llu\n",
		(unsigned long long)detected.drops, (unsigned long long)detected.actions);
}

static void tell_end(const struct falco *falco)
{
	if (falco_terminated())
		falco_log(FALCO_INFO, "SIGINT received, exiting...");
	else if (falco->restart)
		falco_log(FALCO_INFO, "SIGHUP received, restarting...");
}

static int close_parts(struct events *events, int res, struct eyas_err *reterr)
{
	struct eyas_err err;
	int closed;

	detect_captures_free(events->captures);
	falco_stats_close(events->stats, res ? NULL : events->session);
	closed = falco_record_close(events->record, &err);
	if (closed && !res)
		res = eyas_err_set(reterr, closed, "%s", err.text);
	falco_metrics_close(&events->metrics);
	detector_free(events->detector);
	eyas_session_close(events->session);
	return res;
}

/* A capture takes as long as -M says, too. */
static void sleep_on(const struct falco *falco)
{
	uint64_t now_ns = eyas_clock_ns(CLOCK_MONOTONIC);
	uint64_t end_ns = now_ns + falco->options->seconds * SECOND, left_ns;

	while (now_ns < end_ns && !falco_terminated() &&
	       !falco_watch_restart_wanted(falco->watch)) {
		left_ns = end_ns - now_ns < SECOND ? end_ns - now_ns : SECOND;
		(void)poll(NULL, 0, (int)(left_ns / MS) + 1);
		now_ns = eyas_clock_ns(CLOCK_MONOTONIC);
	}
}

/* ---- the step ---- */

static int run(struct events *events, struct eyas_err *reterr)
{
	struct falco *falco = events->falco;
	double cpu_s = (double)clock() / CLOCKS_PER_SEC;
	struct eyas_err err = { 0 };
	int res = eyas_session_run(events->session, &err), last;

	falco->restart = falco_watch_restart_wanted(falco->watch);
	tell_end(falco);
	last = detector_end(events->detector);
	cpu_s = (double)clock() / CLOCKS_PER_SEC - cpu_s;
	falco_tell_watch(falco);
	print_end(events, cpu_s);
	if (!res && last)
		res = last;
	if (res == -ECANCELED)
		return eyas_err_set(reterr, res, "Drop manager internal error");
	if (res)
		return eyas_err_set(reterr, res, "%s", err.text[0] ? err.text : eyas_strerror(res));
	if (events->damaged)
		return eyas_err_set(reterr, EYAS_E_FORMAT, "%llu parts of the capture were damaged",
				    (unsigned long long)events->damaged);
	return 0;
}

int falco_process_events(struct falco *falco, struct eyas_err *reterr)
{
	struct events events = { .falco = falco };
	bool replay = falco->config.engine.kind == FALCO_ENGINE_REPLAY;
	int res;

	if (falco_is_dry(falco)) {
		falco_log(FALCO_DEBUG, "Skipping event processing in dry-run");
		return 0;
	}
	if (!replay) {
		falco_log(FALCO_INFO, "Loaded event sources: syscall");
		falco_log(FALCO_INFO, "Enabled event sources: syscall");
	}
	events.source.session.progress = look_around;
	events.source.session.progress_ctx = &events;
	events.source.session.source.damage = on_damage;
	events.source.session.source.damage_ctx = &events;
	res = falco_metrics_open(falco, &events.metrics, reterr);
	if (!res)
		res = falco_source_open(falco, &events.source, &events.session, reterr);
	if (!res)
		res = make_parts(&events, reterr);
	if (!res)
		res = run(&events, reterr);
	res = close_parts(&events, res, reterr);
	if (!res && replay)
		sleep_on(falco);
	falco->restart = falco_watch_restart_wanted(falco->watch);
	return res;
}
