/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of a detection: of itself, its rules, its state; by the names that Falco gives them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "detect/metrics_int.h"
#include "state/state.h"

#define SECOND UINT64_C(1000000000)

/* ---- the detection as a whole ---- */

static struct metrics_row *always(struct metrics_set *set, enum metrics_area area, const char *name,
				  enum metrics_unit unit, uint64_t value)
{
	struct metrics_row *row = metrics_set_row(set, area, name);

	row->unit = unit;
	row->always = true;
	row->value.whole = value;
	return row;
}

/* In alerts and files only, as is what a label of Prometheus tells. */
static void silent(struct metrics_set *set, enum metrics_area area, const char *name,
		   uint64_t value)
{
	always(set, area, name, METRICS_COUNT, value)->family = NULL;
}

static uint64_t queue_drops(struct eyas_alerts *alerts)
{
	struct output_sink_stats stats;
	struct output_sink *sink;
	uint64_t full = 0;
	size_t i;

	for (i = 0; alerts && (sink = eyas_alerts_sink(alerts, i)); i++) {
		output_sink_stats(sink, &stats);
		full += stats.full;
	}
	return full;
}

static void put_engine(const struct detect_metrics *metrics, struct metrics_set *set)
{
	const char *engine = *metrics->engine	     ? metrics->engine
			     : metrics->sources.live ? "modern_bpf"
						     : "savefile";
	const struct metrics_label labels[] = { { "engine_name", engine },
						{ "evt_source", metrics->source } };
	struct metrics_row *row = metrics_set_row(set, METRICS_PROBE, "engine_name");

	row->kind = METRICS_TEXT;
	row->value.text = engine;
	metrics_set_labels(set, row, row->family, labels, 2);
	row = metrics_set_row(set, METRICS_EVENT, "source");
	row->kind = METRICS_TEXT;
	row->value.text = metrics->source;
	row->family = NULL;
}

static void put_whole(const struct detect_metrics *metrics, struct metrics_set *set)
{
	const struct detect_metrics_opts *opts = &metrics->opts;
	uint64_t now_ns = eyas_clock_ns(CLOCK_REALTIME);
	uint64_t lived_ns = now_ns > opts->start_ns ? now_ns - opts->start_ns : 0;

	metrics_set_text(set, METRICS_OWN, "version", metrics->version);
	metrics_collect_files(set, metrics->files, metrics->nfiles);
	put_engine(metrics, set);
	metrics_set_text(set, METRICS_OWN, "kernel_release", metrics->facts.kernel_release);
	metrics_set_text(set, METRICS_EVENT, "hostname", metrics->hostname);
	always(set, METRICS_OWN, "outputs_queue_num_drops", METRICS_COUNT,
	       queue_drops(metrics->sources.alerts))
		->monotonic = true;
	always(set, METRICS_OWN, "reload_ts", METRICS_TIMESTAMP_NS, opts->reload_ns);
	always(set, METRICS_OWN, "start_ts", METRICS_TIMESTAMP_NS, opts->start_ns);
	always(set, METRICS_OWN, "duration_sec", METRICS_SECONDS_COUNT, lived_ns / SECOND)
		->monotonic = true;
	always(set, METRICS_OWN, "host_boot_ts", METRICS_TIMESTAMP_NS, metrics->facts.boot_ns);
	always(set, METRICS_OWN, "host_num_cpus", METRICS_COUNT, metrics->facts.ncpus);
}

/* ---- rules ---- */

static const char *number(struct metrics_set *set, unsigned value)
{
	return metrics_set_printf(set, "%u", value);
}

static void label_rule(struct metrics_set *set, struct metrics_row *row,
		       const struct eyas_rule_info *info)
{
	size_t n = 3, i;
	struct metrics_label *labels =
		eyas_arena_get(&set->arena, (n + info->ntags) * sizeof(*labels));

	row->family = NULL;
	set->nomem |= !labels;
	if (!labels)
		return;
	labels[0] = (struct metrics_label){ "priority", number(set, info->priority) };
	labels[1] = (struct metrics_label){ "rule_name", info->name };
	labels[2] = (struct metrics_label){ "source", info->source };
	for (i = 0; i < info->ntags; i++)
		labels[n++] =
			(struct metrics_label){ metrics_set_printf(set, "tag_%s", info->tags[i]),
						"true" };
	metrics_set_labels(set, row, METRICS_PEER "falco_rules_matches", labels, n);
}

/* Of a rule that never matched, Prometheus is not told: there are as many as there are rules. */
static void put_rules(const struct detect_metrics *metrics, struct metrics_set *set)
{
	const struct eyas_rules *rules = metrics->sources.rules;
	struct eyas_rules_stats stats;
	struct eyas_rule_info info;
	struct metrics_row *row;
	size_t i;

	eyas_rules_stats(rules, &stats);
	silent(set, METRICS_OWN, "rules.matches_total", stats.matches);
	for (i = 0; eyas_rules_get(rules, i, &info); i++) {
		if (!info.matches && !metrics->opts.empty)
			continue;
		row = metrics_set_row(
			set, METRICS_OWN,
			metrics_set_printf(set, "rules.%s", metrics_set_word(set, info.name)));
		row->monotonic = true;
		row->value.whole = info.matches;
		if (info.matches)
			label_rule(set, row, &info);
		else
			row->family = NULL;
	}
}

/* ---- the state ---- */

/* What is not told apart here is 0: lookups of threads and descriptors that were known. */
static void put_state(const struct detect_metrics *metrics, struct metrics_set *set)
{
	const struct eyas_state *state = eyas_session_state(metrics->sources.session);
	struct eyas_session_stats session;
	struct eyas_state_stats stats;
	size_t i;

	if (!state)
		return;
	eyas_session_stats(metrics->sources.session, &session);
	eyas_state_stats(state, &stats);
	const struct {
		const char *name;
		uint64_t value;
	} counters[] = {
		{ "n_noncached_fd_lookups", stats.fds_looked_up },
		{ "n_cached_fd_lookups", 0 },
		{ "n_failed_fd_lookups", stats.fds_unknown },
		{ "n_added_fds", stats.fds_added },
		{ "n_removed_fds", stats.fds_closed },
		{ "n_stored_evts", session.source.events_stored },
		{ "n_store_evts_drops", session.source.enters_evicted },
		{ "n_retrieved_evts", session.source.events_stored },
		{ "n_retrieve_evts_drops", session.source.enters_missing },
		{ "n_noncached_thread_lookups", stats.threads_looked_up },
		{ "n_cached_thread_lookups", 0 },
		{ "n_failed_thread_lookups", stats.threads_guessed },
		{ "n_added_threads", stats.threads_added },
		{ "n_removed_threads", stats.threads_exited + stats.threads_expired },
		{ "n_drops_full_threadtable", stats.threads_refused },
	};

	metrics_set_whole(set, METRICS_STATE, "n_threads", METRICS_COUNT, stats.threads);
	metrics_set_whole(set, METRICS_STATE, "n_fds", METRICS_COUNT, stats.fds);
	for (i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		metrics_set_counter(set, METRICS_STATE, counters[i].name, counters[i].value);
}

/* Containers are known by their cgroups alone, so that the images of all are missing. */
static void put_plugins(const struct detect_metrics *metrics, struct metrics_set *set)
{
	const struct eyas_state *state = eyas_session_state(metrics->sources.session);
	uint64_t containers;

	if (!state)
		return;
	containers = eyas_state_containers(state);
	metrics_set_whole(set, METRICS_PLUGIN, "container.n_containers", METRICS_COUNT, containers);
	metrics_set_whole(set, METRICS_PLUGIN, "container.n_missing_container_images",
			  METRICS_COUNT, containers);
}

void metrics_collect(struct detect_metrics *metrics)
{
	const struct detect_metrics_sources *sources = &metrics->sources;
	struct metrics_set *set = &metrics->set;
	unsigned parts = metrics->opts.parts;

	metrics_set_clear(set);
	put_whole(metrics, set);
	if (parts & DETECT_METRICS_RULES)
		put_rules(metrics, set);
	if (parts & DETECT_METRICS_RESOURCES)
		metrics_host_usage(set, &metrics->host);
	if (parts & DETECT_METRICS_STATE)
		put_state(metrics, set);
	if (sources->live)
		metrics_collect_probe(set, sources->session, parts);
	if (parts & DETECT_METRICS_PLUGINS)
		put_plugins(metrics, set);
	if (parts & DETECT_METRICS_EYAS)
		metrics_collect_eyas(set, sources);
}

/* ---- since the last sample ---- */

static double rate(uint64_t now, uint64_t before, uint64_t delta_ns)
{
	if (!delta_ns || now <= before)
		return 0;
	return round((double)(now - before) / ((double)delta_ns / (double)SECOND) * 10) / 10;
}

static void put_real(struct metrics_set *set, enum metrics_area area, const char *name,
		     double value)
{
	struct metrics_row *row = metrics_set_row(set, area, name);

	row->kind = METRICS_REAL;
	row->value.real = value;
	row->always = true;
	row->family = NULL;
}

static void put_probe_rates(struct detect_metrics *metrics, uint64_t delta_ns, double *ret_percent)
{
	struct metrics_before *before = &metrics->before;
	struct metrics_set *set = &metrics->set;
	struct eyas_live_stats stats;

	*ret_percent = 0;
	if (!metrics->sources.live ||
	    !(metrics->opts.parts & (DETECT_METRICS_KERNEL | DETECT_METRICS_KERNEL_CPUS)) ||
	    eyas_live_stats(eyas_session_source(metrics->sources.session), -1, &stats, NULL))
		return;
	silent(set, METRICS_PROBE, "n_evts_prev", before->probe_events);
	silent(set, METRICS_PROBE, "n_drops_prev", before->probe_drops);
	put_real(set, METRICS_PROBE, "evts_rate_sec",
		 rate(stats.events, before->probe_events, delta_ns));
	put_real(set, METRICS_PROBE, "evts_drop_rate_sec",
		 rate(stats.dropped, before->probe_drops, delta_ns));
	if (stats.events > before->probe_events)
		*ret_percent = 100.0 * (double)(stats.dropped - before->probe_drops) /
			       (double)(stats.events - before->probe_events);
	before->probe_events = stats.events;
	before->probe_drops = stats.dropped;
}

void metrics_collect_rates(struct detect_metrics *metrics, uint64_t now_ns)
{
	struct metrics_before *before = &metrics->before;
	struct metrics_set *set = &metrics->set;
	uint64_t delta_ns = before->now_ns && now_ns > before->now_ns ? now_ns - before->now_ns : 0;
	struct eyas_rules_stats stats;
	double percent;

	eyas_rules_stats(metrics->sources.rules, &stats);
	silent(set, METRICS_EVENT, "time", now_ns);
	silent(set, METRICS_OWN, "num_evts", stats.events);
	silent(set, METRICS_OWN, "num_evts_prev", before->events);
	if (before->events && delta_ns)
		put_real(set, METRICS_OWN, "evts_rate_sec",
			 rate(stats.events, before->events, delta_ns));
	put_probe_rates(metrics, delta_ns, &percent);
	put_real(set, METRICS_PROBE, "n_drops_perc", percent);
	metrics_host_addresses(set);
	before->events = stats.events;
	before->now_ns = now_ns;
}
