/* SPDX-License-Identifier: Apache-2.0 */
/* Where Falco's alerts go: the channels of the configuration, as sinks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "compat/falco_log.h"
#include "compat/falco_run.h"
#include "compat/falco_signals.h"

#define MS UINT64_C(1000000)

struct channels {
	struct output_sink_opts sinks[OUTPUT_SINK_KINDS];
	size_t count;
};

const char *falco_hostname(void)
{
	return getenv("FALCO_HOSTNAME");
}

/* ---- channels ---- */

static struct output_sink_opts *add(struct channels *channels, const struct falco_config *config,
				    enum output_sink_kind kind, const char *target, bool keep_alive)
{
	struct output_sink_opts *sink = &channels->sinks[channels->count++];

	output_sink_opts_init(sink, kind);
	sink->target = target;
	sink->keep_alive = keep_alive;
	sink->timeout_ns = (uint64_t)config->output_timeout_ms * MS;
	/* Without limit would be without a limit of memory: the usual one stays. */
	sink->queue_lines = (size_t)config->outputs_queue_capacity;
	if (config->engine.kind == FALCO_ENGINE_REPLAY)
		output_sink_opts_wait(sink, &falco_ending);
	return sink;
}

static const char *given(const char *text)
{
	return text && text[0] ? text : NULL;
}

static void add_http(struct channels *channels, const struct falco_config *config)
{
	struct output_sink_opts *sink = add(channels, config, OUTPUT_SINK_HTTP,
					    config->http_output.url,
					    config->http_output.keep_alive);
	struct output_http_opts *http = &sink->http;

	sink->retries = (uint32_t)config->http_output.max_consecutive_timeouts;
	http->user_agent = config->http_output.user_agent;
	http->insecure = config->http_output.insecure;
	http->ca_file = given(config->http_output.ca_cert);
	if (!http->ca_file)
		http->ca_file = given(config->http_output.ca_bundle);
	if (!http->ca_file)
		http->ca_path = given(config->http_output.ca_path);
	if (config->http_output.mtls) {
		http->client_cert = config->http_output.client_cert;
		http->client_key = config->http_output.client_key;
	}
	http->compress = config->http_output.compress_uploads;
	http->echo = config->http_output.echo;
}

/* In the order in which they get an alert. */
static void add_channels(struct channels *channels, const struct falco_config *config)
{
	if (config->file_output.enabled)
		add(channels, config, OUTPUT_SINK_FILE, config->file_output.filename,
		    config->file_output.keep_alive);
	if (config->stdout_output.enabled)
		add(channels, config, OUTPUT_SINK_STDOUT, NULL, true);
	if (config->syslog_output.enabled)
		add(channels, config, OUTPUT_SINK_SYSLOG, NULL, true)->ident = "falco";
	if (config->program_output.enabled)
		add(channels, config, OUTPUT_SINK_PROGRAM, config->program_output.program,
		    config->program_output.keep_alive);
	if (config->http_output.enabled)
		add_http(channels, config);
}

/* ---- steps ---- */

int falco_open_outputs(struct falco *falco, struct eyas_err *reterr)
{
	const struct falco_config *config = &falco->config;
	struct channels channels = { .count = 0 };
	struct eyas_alerts_opts how = {
		.format = { .size = sizeof(how.format),
			    .json = config->json_output,
			    .iso = config->time_format_iso_8601,
			    .tags = config->json_include_tags_property,
			    .fields = config->json_include_output_fields_property,
			    .output = config->json_include_output_property,
			    .message = config->json_include_message_property,
			    .hostname = falco_hostname() },
		.rate = config->outputs_rate,
		.max_burst = (double)config->outputs_max_burst,
		.name = "Falco",
		.sinks = channels.sinks,
		.skip_failing = true,
		.log = falco_log_text
	};
	int res = falco_config_check_metrics(config, reterr);

	if (res)
		return res;
	add_channels(&channels, config);
	how.nsinks = channels.count;
	if (!channels.count)
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "No output configured, please make sure at least one output is "
				    "configured and enabled.");
	if (how.format.hostname)
		falco_log(FALCO_INFO,
			  "Hostname value has been overridden via environment variable to: %s",
			  how.format.hostname);
	if (falco_is_dry(falco)) {
		falco_log(FALCO_DEBUG, "Skipping outputs initialization in dry-run");
		return 0;
	}
	return eyas_alerts_new(&how, &falco->alerts, reterr);
}

static void on_closed(void *ctx, const char *name, const struct output_sink_stats *stats,
		      const char *failure)
{
	uint64_t lost = stats->full + stats->failed + stats->abandoned;

	(void)ctx;
	if (lost)
		falco_log(FALCO_ERROR, "%s: %llu alerts are lost%s%s", name,
			  (unsigned long long)lost, *failure ? ": " : "", failure);
}

void falco_close_outputs(struct falco *falco)
{
	const struct falco_config *config = &falco->config;
	struct eyas_alerts_stats stats;
	bool patient = config->engine.kind == FALCO_ENGINE_REPLAY && !falco_terminated();

	if (!falco->alerts)
		return;
	eyas_alerts_stats(falco->alerts, &stats);
	if (stats.limited)
		falco_log(FALCO_WARNING, "%llu alerts are left out, by outputs.rate",
			  (unsigned long long)stats.limited);
	eyas_alerts_close(falco->alerts,
			  patient ? OUTPUT_NO_LIMIT : (uint64_t)config->output_timeout_ms * MS,
			  on_closed, NULL);
	falco->alerts = NULL;
}
