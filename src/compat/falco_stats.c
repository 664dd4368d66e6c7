/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the statistics file. */
#include "compat/falco_stats.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "compat/falco_log.h"

#define MS UINT64_C(1000000)
/* Variables of the environment whose rests of names become members of each line. */
#define EXTRA "FALCO_STATS_EXTRA_"

enum { MIN_INTERVAL_MS = 100 };

struct counts {
	uint64_t events, drops;
};

struct falco_stats {
	FILE *file;
	char *path;
	uint64_t interval_ns, next_ns;
	uint64_t samples;
	struct counts last;
	bool failed; /* told of once */
};

int falco_stats_open(const char *path, uint64_t interval_ms, struct falco_stats **ret_stats,
		     struct eyas_err *reterr)
{
	struct falco_stats *stats;

	if (interval_ms < MIN_INTERVAL_MS)
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "--stats-interval: expected %d milliseconds or more",
				    MIN_INTERVAL_MS);
	stats = calloc(1, sizeof(*stats));
	if (!stats)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	stats->path = strdup(path);
	stats->file = fopen(path, "ae");
	if (!stats->file || !stats->path) {
		int err = stats->file ? -ENOMEM : -errno;

		falco_stats_close(stats, NULL);
		return eyas_err_set(reterr, err, "Could not open the statistics file %s: %s", path,
				    eyas_strerror(err));
	}
	stats->interval_ns = interval_ms * MS;
	stats->next_ns = eyas_clock_ns(CLOCK_MONOTONIC) + stats->interval_ns;
	*ret_stats = stats;
	return 0;
}

/* Of the probe; of a capture those that were read, none of which is lost any more. */
static struct counts count(const struct eyas_session *session)
{
	struct eyas_session_stats read_stats;
	struct eyas_live_stats live;

	if (!eyas_live_stats(eyas_session_source(session), -1, &live, NULL))
		return (struct counts){ live.events, live.dropped };
	eyas_session_stats(session, &read_stats);
	return (struct counts){ read_stats.source.events, 0 };
}

static void put_number(struct eyas_json *json, const char *key, uint64_t value)
{
	eyas_json_key(json, key);
	eyas_json_u64(json, value);
}

static void put_counts(struct eyas_json *json, const char *key, const struct counts *counts)
{
	eyas_json_key(json, key);
	eyas_json_object(json);
	put_number(json, "drops", counts->drops);
	put_number(json, "events", counts->events);
	put_number(json, "preemptions", 0);
	eyas_json_end(json);
}

static void put_extra(struct eyas_json *json)
{
	const char *name, *value;
	char **at;

	for (at = environ; *at; at++) {
		value = strchr(*at, '=');
		if (!value || strncmp(*at, EXTRA, strlen(EXTRA)) != 0)
			continue;
		name = *at + strlen(EXTRA);
		eyas_json_key_len(json, name, (size_t)(value - name));
		eyas_json_str(json, value + 1, strlen(value + 1));
	}
}

static void put_percent(struct eyas_json *json, const struct counts *delta)
{
	double percent = delta->events ? 100.0 * (double)delta->drops / (double)delta->events : 0;

	eyas_json_key(json, "drop_pct");
	eyas_str_printf(json->out, "%.6g", percent);
	json->comma = true;
}

static void write_line(struct falco_stats *stats, const struct counts *now)
{
	const struct counts delta = { now->events - stats->last.events,
				      now->drops - stats->last.drops };
	struct eyas_str line = EYAS_STR_INIT;
	struct eyas_json json;

	eyas_json_init(&json, &line);
	eyas_json_object(&json);
	put_number(&json, "sample", ++stats->samples);
	put_extra(&json);
	put_counts(&json, "cur", now);
	put_counts(&json, "delta", &delta);
	put_percent(&json, &delta);
	eyas_json_end(&json);
	eyas_str_putc(&line, '\n');
	stats->last = *now;
	if (line.nomem || fwrite(line.data, 1, line.len, stats->file) != line.len ||
	    fflush(stats->file)) {
		if (!stats->failed)
			falco_log(FALCO_ERROR, "Could not write to the statistics file %s: %s",
				  stats->path, line.nomem ? "no memory" : strerror(errno));
		stats->failed = true;
	}
	eyas_str_fini(&line);
}

void falco_stats_look(struct falco_stats *stats, const struct eyas_session *session)
{
	uint64_t now_ns;
	struct counts now;

	if (!stats)
		return;
	now_ns = eyas_clock_ns(CLOCK_MONOTONIC);
	if (now_ns < stats->next_ns)
		return;
	/* From the one that was due, so that being late now does not make the next one later. */
	stats->next_ns += stats->interval_ns;
	if (stats->next_ns <= now_ns)
		stats->next_ns = now_ns + stats->interval_ns;
	now = count(session);
	write_line(stats, &now);
}

void falco_stats_close(struct falco_stats *stats, const struct eyas_session *session)
{
	struct counts now;

	if (!stats)
		return;
	if (session) {
		now = count(session);
		write_line(stats, &now);
	}
	if (stats->file)
		fclose(stats->file);
	free(stats->path);
	free(stats);
}
