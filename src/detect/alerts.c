/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts on their way from the rules to the sinks. */
#include "detect/alerts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "detect/alerts_int.h"

static int no_memory(struct eyas_err *reterr)
{
	return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
}

/* ---- opening ---- */

static char *own_hostname(const char *hostname)
{
	char name[256] = "";

	if (!hostname && !gethostname(name, sizeof(name) - 1))
		hostname = name;
	return strdup(hostname ? hostname : "");
}

static int open_sink(struct eyas_alerts *alerts, const struct eyas_alerts_opts *opts, size_t i,
		     struct eyas_err *reterr)
{
	struct output_sink_opts sink = opts->sinks[i];
	struct eyas_err err;
	int res;

	if (!sink.log) {
		sink.log = opts->log;
		sink.log_ctx = opts->log_ctx;
	}
	sink.http.json = opts->format.json;
	res = output_sink_open(&sink, &alerts->sinks[alerts->nsinks], &err);
	if (res >= 0) {
		alerts->nsinks++;
		return 0;
	}
	if (opts->skip_failing && opts->log)
		opts->log(opts->log_ctx, 3, err.text);
	if (opts->skip_failing && (i + 1 < opts->nsinks || alerts->nsinks))
		return 0;
	return eyas_err_set(reterr, res, "%s", err.text);
}

int eyas_alerts_new(const struct eyas_alerts_opts *opts, struct eyas_alerts **ret_alerts,
		    struct eyas_err *reterr)
{
	struct eyas_alerts *alerts;
	int res = 0;
	size_t i;

	if (!opts->nsinks)
		return eyas_err_set(reterr, EYAS_E_USAGE, "there is no output for alerts");
	alerts = calloc(1, sizeof(*alerts));
	if (!alerts)
		return no_memory(reterr);
	alerts->format = opts->format;
	alerts->limited = opts->rate > 0;
	output_bucket_init(&alerts->bucket, opts->rate, opts->max_burst);
	alerts->hostname = own_hostname(opts->format.hostname);
	alerts->name = strdup(opts->name ? opts->name : "Eyas");
	alerts->sinks = calloc(opts->nsinks, sizeof(struct output_sink *));
	if (!alerts->hostname || !alerts->name || !alerts->sinks)
		res = no_memory(reterr);
	alerts->format.hostname = alerts->hostname;
	for (i = 0; !res && i < opts->nsinks; i++)
		res = open_sink(alerts, opts, i, reterr);
	if (res < 0) {
		eyas_alerts_close(alerts, 0, NULL, NULL);
		return res;
	}
	*ret_alerts = alerts;
	return 0;
}

/* ---- alerts ---- */

int alerts_put(struct eyas_alerts *alerts, const char *text, size_t len, unsigned priority)
{
	size_t broken = 0, i;

	for (i = 0; i < alerts->nsinks; i++)
		broken += output_sink_put(alerts->sinks[i], text, len, priority) == -EPIPE;
	return broken == alerts->nsinks ? -EPIPE : 0;
}

int eyas_alerts_rule(struct eyas_alerts *alerts, struct eyas_rules *rules, size_t rule,
		     uint64_t ts_ns)
{
	struct eyas_rule_info info;
	const char *text;
	size_t len;
	int res;

	if (!eyas_rules_get(rules, rule, &info))
		return EYAS_E_USAGE;
	if (alerts->limited && !output_bucket_claim(&alerts->bucket, ts_ns)) {
		alerts->stats.limited++;
		return 0;
	}
	res = eyas_rules_alert(rules, rule, &alerts->format, &text, &len);
	if (res < 0)
		return res;
	alerts->stats.rules++;
	return alerts_put(alerts, text, len, info.priority);
}

/* ---- sinks ---- */

void eyas_alerts_reopen(struct eyas_alerts *alerts)
{
	size_t i;

	for (i = 0; i < alerts->nsinks; i++)
		output_sink_reopen(alerts->sinks[i]);
}

void eyas_alerts_check(struct eyas_alerts *alerts)
{
	size_t i;

	for (i = 0; i < alerts->nsinks; i++)
		output_sink_check(alerts->sinks[i]);
}

void eyas_alerts_stats(const struct eyas_alerts *alerts, struct eyas_alerts_stats *ret_stats)
{
	*ret_stats = alerts->stats;
}

struct output_sink *eyas_alerts_sink(struct eyas_alerts *alerts, size_t index)
{
	return index < alerts->nsinks ? alerts->sinks[index] : NULL;
}

/* ---- closing ---- */

static void close_sink(struct output_sink *sink, uint64_t wait_ns, eyas_alerts_sink_fn fn,
		       void *ctx)
{
	char *name = fn ? strdup(output_sink_name(sink)) : NULL;
	struct output_sink_stats stats;
	struct eyas_err failure;

	eyas_err_set(&failure, 0, "%s", output_sink_failure(sink));
	output_sink_close(sink, wait_ns, &stats);
	if (fn)
		fn(ctx, name ? name : "output", &stats, failure.text);
	free(name);
}

/* They all write at the same time, so that the time is that of the slowest one. */
void eyas_alerts_close(struct eyas_alerts *alerts, uint64_t wait_ns, eyas_alerts_sink_fn fn,
		       void *ctx)
{
	uint64_t start = eyas_clock_ns(CLOCK_MONOTONIC), passed;
	size_t i;

	if (!alerts)
		return;
	for (i = 0; i < alerts->nsinks; i++) {
		passed = eyas_clock_ns(CLOCK_MONOTONIC) - start;
		(void)output_sink_flush(alerts->sinks[i], passed < wait_ns ? wait_ns - passed : 0);
	}
	for (i = 0; i < alerts->nsinks; i++)
		close_sink(alerts->sinks[i], 0, fn, ctx);
	free(alerts->sinks);
	free(alerts->hostname);
	free(alerts->name);
	eyas_str_fini(&alerts->text);
	free(alerts);
}
