/* SPDX-License-Identifier: Apache-2.0 */
/* From the configuration to figures and a web server. */
#include "compat/falco_metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "compat/falco_log.h"
#include "compat/falco_oneshot.h"
#include "compat/falco_signals.h"

/* For an answer of the detection's thread, which looks around ten times a second. */
#define ANSWER_NS UINT64_C(2000000000)

/* When this process began to be Falco: restarts leave it alone. */
static uint64_t started_ns;

static unsigned parts_of(const struct falco_config *config)
{
	const struct {
		bool on;
		enum detect_metrics_part part;
	} rows[] = {
		{ config->metrics.rules_counters, DETECT_METRICS_RULES },
		{ config->metrics.resource_utilization, DETECT_METRICS_RESOURCES },
		{ config->metrics.state_counters, DETECT_METRICS_STATE },
		{ config->metrics.kernel_event_counters, DETECT_METRICS_KERNEL },
		{ config->metrics.kernel_event_counters_per_cpu, DETECT_METRICS_KERNEL_CPUS },
		{ config->metrics.kernel_iter_event_counters, DETECT_METRICS_ITERATORS },
		{ config->metrics.libbpf_stats, DETECT_METRICS_PROGRAMS },
		{ config->metrics.plugins_metrics, DETECT_METRICS_PLUGINS },
	};
	unsigned parts = 0;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].on)
			parts |= rows[i].part;
	return parts;
}

/* A file that is gone by now is no reason to end: its rules are loaded. */
static int add_file(struct detect_metrics *figures, enum detect_metrics_file kind, const char *path,
		    struct eyas_err *reterr)
{
	struct eyas_err err;
	int res = detect_metrics_add_file(figures, kind, path, &err);

	if (res == -ENOMEM)
		return eyas_err_set(reterr, res, "%s", err.text);
	if (res)
		falco_log(FALCO_WARNING, "metrics: %s", err.text);
	return 0;
}

static int add_files(struct detect_metrics *figures, const struct falco *falco,
		     struct eyas_err *reterr)
{
	const struct falco_texts *configs = &falco->config.loaded_files;
	int res = 0;
	size_t i;

	for (i = 0; i < falco->rules_files.count && !res; i++)
		res = add_file(figures, DETECT_METRICS_RULES_FILE, falco->rules_files.paths[i],
			       reterr);
	for (i = 0; i < configs->count && !res; i++)
		res = add_file(figures, DETECT_METRICS_CONFIG_FILE, configs->texts[i], reterr);
	return res;
}

/* HOST_ROOT: where the machine's own file system is, seen from a container. */
static int open_figures(const struct falco *falco, struct falco_metrics *metrics,
			struct eyas_err *reterr)
{
	const struct falco_config *config = &falco->config;
	const char *root = getenv("HOST_ROOT"), *file = config->metrics.output_file;
	char proc[4096];
	const struct detect_metrics_opts opts = {
		.parts = parts_of(config),
		.interval_ns = config->metrics.output_rule || *file ? config->metrics.interval_ns
								    : 0,
		.alerts = config->metrics.output_rule,
		.file = *file ? file : NULL,
		.megabytes = config->metrics.convert_memory_to_mb,
		.empty = config->metrics.include_empty_values,
		.version = falco_version_text(),
		.hostname = falco_hostname(),
		.engine = config->engine.kind == FALCO_ENGINE_NODRIVER ? "nodriver" : NULL,
		.start_ns = started_ns,
		.proc_root = proc,
		.cgroup_memory = getenv("FALCO_CGROUP_MEM_PATH"),
		.stop = &falco_ending,
		.log = falco_log_text
	};
	int res;

	if (!config->metrics.enabled)
		return 0;
	snprintf(proc, sizeof(proc), "%s/proc", root ? root : "");
	res = detect_metrics_new(&opts, &metrics->figures, reterr);
	return res ? res : add_files(metrics->figures, falco, reterr);
}

static int scrape(void *ctx, struct eyas_str *out)
{
	return detect_metrics_scrape(ctx, ANSWER_NS, out);
}

static int open_web(const struct falco *falco, struct falco_metrics *metrics,
		    struct eyas_err *reterr)
{
	const struct falco_config *config = &falco->config;
	struct detect_web_opts opts = { .address = config->webserver.listen_address,
					.port = (uint16_t)config->webserver.listen_port,
					.threads = (unsigned)config->webserver.threadiness,
					.healthz = config->webserver.k8s_healthz_endpoint,
					.pem = config->webserver.ssl_enabled
						       ? config->webserver.ssl_certificate
						       : NULL,
					.metrics_ctx = metrics->figures };
	struct eyas_str versions = EYAS_STR_INIT;
	int res;

	if (!config->webserver.enabled || config->engine.kind == FALCO_ENGINE_REPLAY)
		return 0;
	if (metrics->figures && config->webserver.prometheus_metrics_enabled)
		opts.metrics = scrape;
	falco_versions_json(&versions);
	eyas_str_putc(&versions, '\0');
	opts.versions = versions.nomem ? NULL : versions.data;
	res = detect_web_open(&opts, &metrics->web, reterr);
	eyas_str_fini(&versions);
	if (!res)
		falco_log(FALCO_INFO,
			  "Starting health webserver with threadiness %" PRIi64
			  ", listening on %s:%" PRIi64,
			  config->webserver.threadiness, opts.address,
			  config->webserver.listen_port);
	return res;
}

int falco_metrics_open(const struct falco *falco, struct falco_metrics *metrics,
		       struct eyas_err *reterr)
{
	struct eyas_err err = { 0 };
	int res;

	if (!started_ns)
		started_ns = eyas_clock_ns(CLOCK_REALTIME);
	res = open_figures(falco, metrics, reterr);
	if (res) {
		falco_metrics_close(metrics);
		return res;
	}
	res = open_web(falco, metrics, &err);
	if (res == -ENOPKG) {
		falco_log(FALCO_ERROR, "%s", err.text);
		return 0;
	}
	if (res) {
		falco_metrics_close(metrics);
		return eyas_err_set(reterr, res, "%s", err.text);
	}
	return 0;
}

void falco_metrics_close(struct falco_metrics *metrics)
{
	uint64_t lost = 0;

	detect_web_close(metrics->web);
	if (metrics->figures)
		lost = detect_metrics_lost(metrics->figures);
	if (lost)
		falco_log(FALCO_ERROR, "metrics: %" PRIu64 " lines of the file are lost", lost);
	detect_metrics_free(metrics->figures);
	*metrics = (struct falco_metrics){ 0 };
}
