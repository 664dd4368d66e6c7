/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a detection says of itself: options of the command, the figures, the web server. In order:
 * options, open (rules are loaded), files that were loaded, the run with the figures in the detector's
 * options, close.
 */
#ifndef CLI_METRICS_H
#define CLI_METRICS_H

#include "cli/cli.h"
#include "detect/metrics.h"
#include "detect/web.h"

struct cli_metrics {
	const char *file;
	uint64_t interval_ns;
	bool alerts;
	const char *listen, *cert;
	char address[64]; /* of listen */
	uint16_t port;
	/* Of the run; NULL = nobody wants figures. */
	struct detect_metrics *metrics;
	struct detect_web *web;
};

/* clang-format off */
#define CLI_METRICS_LONG                                                     \
	{ "stats-file", required_argument, NULL, CLI_OPT_STATS_FILE },       \
	{ "stats-interval", required_argument, NULL, CLI_OPT_STATS_INTERVAL }, \
	{ "stats-alerts", no_argument, NULL, CLI_OPT_STATS_ALERTS },         \
	{ "listen", required_argument, NULL, CLI_OPT_LISTEN },               \
	{ "listen-cert", required_argument, NULL, CLI_OPT_LISTEN_CERT }
/* clang-format on */
#define CLI_METRICS_HELP \
	"      --stats-file FILE figures of the detection: a line of JSON every interval\n" \
	"      --stats-alerts    the same figures as alerts\n" \
	"      --stats-interval TIME\n" \
	"                        for example 500ms, 60s (default), 1h30m\n" \
	"      --listen [ADDR:]PORT\n" \
	"                        web server: /healthz, /versions, /metrics for Prometheus; on\n" \
	"                        this machine only unless ADDR says otherwise\n" \
	"      --listen-cert FILE\n" \
	"                        by TLS, with the key and certificates of FILE\n"

/* CLI_OK, CLI_USAGE, or -1 when the option is none of these. */
int cli_metrics_option(struct cli_metrics *metrics, const struct cli_command *command, int opt,
		       const char *arg);
/* Make the figures and start the server, if they are wanted; CLI_OK, or an exit status, said. */
int cli_metrics_open(struct cli_metrics *metrics, const struct cli_command *command,
		     const char *hostname);
/* A rules file, or a directory of them, or with NULL the command's own, that was loaded. */
int cli_metrics_loaded(struct cli_metrics *metrics, const char *path);
/* Behind detector_end(). CLI_OK, or CLI_FAILED when lines of the file were lost, said. */
int cli_metrics_close(struct cli_metrics *metrics);

#endif
