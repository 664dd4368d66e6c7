/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures that Falco has no names for: every loss that is counted anywhere can be seen from afar, and
 * how near limits are.
 */
#include "detect/metrics_int.h"
#include "state/state.h"

static void counter(struct metrics_set *set, const char *name, uint64_t value)
{
	metrics_set_counter(set, METRICS_EYAS, name, value);
}

static void gauge(struct metrics_set *set, const char *name, enum metrics_unit unit, uint64_t value)
{
	metrics_set_whole(set, METRICS_EYAS, name, unit, value);
}

static void put_outputs(struct metrics_set *set, struct eyas_alerts *alerts)
{
	struct eyas_alerts_stats stats;
	struct output_sink_stats one, sum = { 0 };
	struct output_sink *sink;
	size_t i;

	for (i = 0; (sink = eyas_alerts_sink(alerts, i)); i++) {
		output_sink_stats(sink, &one);
		sum.written += one.written;
		sum.full += one.full;
		sum.failed += one.failed;
		sum.retries += one.retries;
		sum.timeouts += one.timeouts;
		sum.waiting_lines += one.waiting_lines;
	}
	eyas_alerts_stats(alerts, &stats);
	counter(set, "alerts", stats.rules + stats.internal);
	counter(set, "alerts_limited", stats.limited);
	counter(set, "outputs_written", sum.written);
	counter(set, "outputs_lost", sum.full + sum.failed);
	counter(set, "outputs_retries", sum.retries);
	counter(set, "outputs_timeouts", sum.timeouts);
	gauge(set, "outputs_waiting", METRICS_COUNT, sum.waiting_lines);
}

static void put_captures(struct metrics_set *set, const struct detect_captures *captures)
{
	struct detect_captures_stats stats;

	detect_captures_stats(captures, &stats);
	counter(set, "captures", stats.files);
	counter(set, "captures_events", stats.events);
	counter(set, "captures_failed", stats.failed);
	counter(set, "captures_refused", stats.refused);
	counter(set, "captures_limited", stats.limited);
	counter(set, "captures_early", stats.early);
	gauge(set, "captures_kept_bytes", METRICS_BYTES, stats.ring_bytes);
}

static void put_state(struct metrics_set *set, const struct eyas_state *state)
{
	struct eyas_state_stats stats;

	eyas_state_stats(state, &stats);
	gauge(set, "state_bytes", METRICS_BYTES, stats.bytes);
	counter(set, "state_fds_refused", stats.fds_refused);
	counter(set, "state_strings_refused", stats.strings_refused);
	counter(set, "state_owners_refused", stats.owners_refused);
	counter(set, "state_lookups_failed", stats.lookups_failed);
	counter(set, "state_lookups_refused", stats.lookups_refused);
	counter(set, "state_clones_missed", stats.clones_missed);
}

static void put_source(struct metrics_set *set, const struct eyas_session *session)
{
	struct eyas_session_stats stats;
	struct eyas_live_stats live;

	eyas_session_stats(session, &stats);
	counter(set, "events_filtered", stats.filtered);
	counter(set, "parts_damaged", stats.source.damaged);
	if (eyas_live_stats(eyas_session_source(session), -1, &live, NULL))
		return;
	counter(set, "drops_other", live.dropped_full[EYAS_DROP_OTHER]);
	counter(set, "drops_nested", live.dropped_nested);
	counter(set, "drops_no_ring", live.dropped_no_ring);
	counter(set, "events_left_out", live.tests_failed);
	counter(set, "events_disordered", live.disorder);
	gauge(set, "rings_bytes", METRICS_BYTES, live.ring_bytes);
	gauge(set, "ring_used_max_bytes", METRICS_BYTES, live.ring_used_max);
}

void metrics_collect_eyas(struct metrics_set *set, const struct detect_metrics_sources *sources)
{
	const struct eyas_state *state = eyas_session_state(sources->session);

	if (sources->alerts)
		put_outputs(set, sources->alerts);
	if (sources->captures)
		put_captures(set, sources->captures);
	if (state)
		put_state(set, state);
	put_source(set, sources->session);
}
