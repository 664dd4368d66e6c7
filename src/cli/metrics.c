/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of a detection as the command line asks for them. */
#include "cli/metrics.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <eyas/rules.h>
#include <sys/stat.h>

#define SECOND UINT64_C(1000000000)
#define INTERVAL_NS (60 * SECOND)
/* Of the detection's thread, which looks around ten times a second, for an answer. */
#define ANSWER_NS (2 * SECOND)
enum { MIN_INTERVAL_MS = 100 };

/* ---- options ---- */

/* "1h30m", "500ms": larger units first; false if it is no such time. */
static bool parse_time(const char *text, uint64_t *ret_ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = { { "d", 86400 * SECOND },
		      { "h", 3600 * SECOND },
		      { "m", 60 * SECOND },
		      { "s", SECOND },
		      { "ms", SECOND / 1000 } };
	const size_t n = sizeof(units) / sizeof(units[0]);
	uint64_t sum = 0, value;
	size_t next = 0, i, len;
	char *end;

	do {
		if (*text < '0' || *text > '9')
			return false;
		value = strtoull(text, &end, 10);
		len = strspn(end, "dhms");
		for (i = next; i < n; i++)
			if (strlen(units[i].name) == len && !memcmp(units[i].name, end, len))
				break;
		if (i == n || value > (UINT64_MAX / 4 - sum) / units[i].ns)
			return false;
		sum += value * units[i].ns;
		next = i + 1;
		text = end + len;
	} while (*text);
	*ret_ns = sum;
	return sum >= MIN_INTERVAL_MS * (SECOND / 1000);
}

/* "8765", "0.0.0.0:8765", "[::1]:8765". */
static bool parse_listen(struct cli_metrics *metrics, const char *text)
{
	const char *colon = strrchr(text, ':'), *begin = text;
	size_t len = colon ? (size_t)(colon - text) : 0;
	uint64_t port;

	if (len && *text == '[' && colon[-1] == ']') {
		begin++;
		len -= 2;
	} else if (len && memchr(text, ':', len)) {
		return false;
	}
	if ((colon && !len) || len >= sizeof(metrics->address) ||
	    !cli_number(colon ? colon + 1 : text, UINT16_MAX, &port))
		return false;
	snprintf(metrics->address, sizeof(metrics->address), "%.*s", colon ? (int)len : 9,
		 colon ? begin : "127.0.0.1");
	metrics->port = (uint16_t)port;
	return true;
}

int cli_metrics_option(struct cli_metrics *metrics, const struct cli_command *command, int opt,
		       const char *arg)
{
	switch (opt) {
	case CLI_OPT_STATS_FILE:
		metrics->file = arg;
		return CLI_OK;
	case CLI_OPT_STATS_ALERTS:
		metrics->alerts = true;
		return CLI_OK;
	case CLI_OPT_STATS_INTERVAL:
		if (parse_time(arg, &metrics->interval_ns))
			return CLI_OK;
		return cli_usage(command,
				 "--stats-interval '%s': expected a time of 100ms or more, such as "
				 "90s or 1h30m",
				 arg);
	case CLI_OPT_LISTEN:
		metrics->listen = arg;
		if (parse_listen(metrics, arg))
			return CLI_OK;
		return cli_usage(command, "--listen '%s': expected PORT, ADDR:PORT or [ADDR]:PORT",
				 arg);
	case CLI_OPT_LISTEN_CERT:
		metrics->cert = arg;
		return CLI_OK;
	default:
		return -1;
	}
}

/* ---- the run ---- */

static void on_log(void *ctx, unsigned severity, const char *text)
{
	(void)ctx, (void)severity;
	cli_error("%s", text);
}

static int scrape(void *ctx, struct eyas_str *out)
{
	return detect_metrics_scrape(ctx, ANSWER_NS, out);
}

static int start_server(struct cli_metrics *metrics)
{
	char versions[128];
	const struct detect_web_opts opts = { .address = metrics->address,
					      .port = metrics->port,
					      .pem = metrics->cert,
					      .versions = versions,
					      .metrics = scrape,
					      .metrics_ctx = metrics->metrics };
	struct eyas_err err;
	int res;

	snprintf(versions, sizeof(versions),
		 "{\"engine_version_semver\":\"%s\",\"eyas_version\":\"%s\"}",
		 EYAS_RULES_ENGINE_VERSION, eyas_version());
	res = detect_web_open(&opts, &metrics->web, &err);
	if (res)
		cli_error("%s", err.text);
	else if (!metrics->port)
		/* Nobody else could say which one it has become. */
		cli_error("listening on %s port %u", metrics->address,
			  detect_web_port(metrics->web));
	return res == EYAS_E_USAGE ? CLI_USAGE : res ? CLI_FAILED : CLI_OK;
}

int cli_metrics_open(struct cli_metrics *metrics, const struct cli_command *command,
		     const char *hostname)
{
	bool samples = metrics->file || metrics->alerts;
	const struct detect_metrics_opts opts = { .parts = DETECT_METRICS_ALL,
						  .interval_ns = !samples ? 0
								 : metrics->interval_ns
									 ? metrics->interval_ns
									 : INTERVAL_NS,
						  .alerts = metrics->alerts,
						  .file = metrics->file,
						  .megabytes = true,
						  .last = true,
						  .hostname = hostname,
						  .stop = &cli_stop,
						  .log = on_log };
	struct eyas_err err;

	if (metrics->interval_ns && !samples)
		return cli_usage(command,
				 "--stats-interval goes with --stats-file or --stats-alerts");
	if (metrics->cert && !metrics->listen)
		return cli_usage(command, "--listen-cert goes with --listen");
	if (!samples && !metrics->listen)
		return CLI_OK;
	if (detect_metrics_new(&opts, &metrics->metrics, &err)) {
		cli_error("%s", err.text);
		return CLI_FAILED;
	}
	return metrics->listen ? start_server(metrics) : CLI_OK;
}

static int add_file(struct cli_metrics *metrics, const char *path)
{
	struct eyas_err err;

	if (!detect_metrics_add_file(metrics->metrics, DETECT_METRICS_RULES_FILE, path, &err))
		return CLI_OK;
	cli_error("%s", err.text);
	return CLI_FAILED;
}

static int is_rules(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return (len > 5 && !strcmp(entry->d_name + len - 5, ".yaml")) ||
	       (len > 4 && !strcmp(entry->d_name + len - 4, ".yml"));
}

static int add_folder(struct cli_metrics *metrics, const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_rules, alphasort), i, status = CLI_OK;
	char *file;

	if (n < 0) {
		cli_error("'%s': %s", path, strerror(errno));
		return CLI_FAILED;
	}
	for (i = 0; i < n; i++) {
		if (status == CLI_OK && asprintf(&file, "%s/%s", path, entries[i]->d_name) >= 0) {
			status = add_file(metrics, file);
			free(file);
		}
		free(entries[i]);
	}
	free(entries);
	return status;
}

int cli_metrics_loaded(struct cli_metrics *metrics, const char *path)
{
	struct stat status;
	const char *text;
	size_t len;

	if (!metrics->metrics)
		return CLI_OK;
	if (path)
		return !stat(path, &status) && S_ISDIR(status.st_mode) ? add_folder(metrics, path)
								       : add_file(metrics, path);
	text = eyas_rules_own(&len);
	if (!detect_metrics_add_text(metrics->metrics, DETECT_METRICS_RULES_FILE,
				     EYAS_RULES_OWN_NAME, text, len))
		return CLI_OK;
	cli_error("no memory");
	return CLI_FAILED;
}

int cli_metrics_close(struct cli_metrics *metrics)
{
	uint64_t lost = 0;

	detect_web_close(metrics->web);
	metrics->web = NULL;
	if (metrics->metrics)
		lost = detect_metrics_lost(metrics->metrics);
	detect_metrics_free(metrics->metrics);
	metrics->metrics = NULL;
	if (!lost)
		return CLI_OK;
	cli_error("'%s': %" PRIu64 " lines of figures are lost", metrics->file ? metrics->file : "",
		  lost);
	return CLI_FAILED;
}
