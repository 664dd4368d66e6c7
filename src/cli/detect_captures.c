/* SPDX-License-Identifier: Apache-2.0 */
/* Which captures eyas detect writes while it looks for what rules are about. */
#include "cli/detect_captures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Captures are written while events come in: quick compression matters more than the last tenth of
 * their size.
 */
enum { QUICK_LEVEL = 1 };

enum { FILES_DEFAULT = 1000, MEMORY_DEFAULT = 16 << 20 };
#define SECONDS_DEFAULT UINT64_C(5000000000)
#define MEMORY_MIN (UINT64_C(64) << 10)
#define MEMORY_MAX (UINT64_C(2) << 30)

void cli_detect_captures_init(struct cli_detect_captures *captures)
{
	*captures = (struct cli_detect_captures){
		.recording = { .aside = true },
		.opts = { .duration_ns = SECONDS_DEFAULT,
			  .before_ns = SECONDS_DEFAULT,
			  .memory = MEMORY_DEFAULT,
			  .max_files = FILES_DEFAULT,
			  .writer = { .compression = EYAS_COMPRESS_GZIP, .level = QUICK_LEVEL } },
	};
}

/* ---- options ---- */

static int parse_seconds(const struct cli_command *command, const char *option, const char *arg,
			 uint64_t *ret_ns)
{
	char *end;
	double seconds = strtod(arg, &end);

	if (end == arg || *end || !isfinite(seconds) || seconds < 0 || seconds > 1e9)
		return cli_usage(command, "%s '%s': expected a number of seconds", option, arg);
	*ret_ns = (uint64_t)(seconds * 1e9);
	return CLI_OK;
}

static int parse_size(const struct cli_command *command, const char *option, const char *arg,
		      uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t size;

	if (!cli_size(arg, &size) || size < min || size > max)
		return cli_usage(command, "%s '%s': expected a size like 16M", option, arg);
	*ret = size;
	return CLI_OK;
}

static int parse_mode(const struct cli_command *command, const char *arg, bool *ret_all)
{
	*ret_all = !strcmp(arg, "all");
	if (*ret_all || !strcmp(arg, "rules"))
		return CLI_OK;
	return cli_usage(command, "--capture-mode '%s': expected rules or all", arg);
}

static int capture_option(struct detect_captures_opts *opts, const struct cli_command *command,
			  int opt, const char *arg)
{
	uint64_t size = 0;
	int status;

	switch (opt) {
	case CLI_OPT_CAPTURE_MODE:
		return parse_mode(command, arg, &opts->all_rules);
	case CLI_OPT_CAPTURE_SECONDS:
		return parse_seconds(command, "--capture-seconds", arg, &opts->duration_ns);
	case CLI_OPT_CAPTURE_BEFORE:
		return parse_seconds(command, "--capture-before", arg, &opts->before_ns);
	case CLI_OPT_CAPTURE_MEMORY:
		status =
			parse_size(command, "--capture-memory", arg, MEMORY_MIN, MEMORY_MAX, &size);
		if (status == CLI_OK)
			opts->memory = (size_t)size;
		return status;
	case CLI_OPT_CAPTURE_MAX_SIZE:
		return parse_size(command, "--capture-max-size", arg, 1, UINT64_MAX,
				  &opts->max_bytes);
	case CLI_OPT_CAPTURE_MAX_FILES:
		if (cli_number(arg, UINT64_MAX, &opts->max_files) && opts->max_files)
			return CLI_OK;
		return cli_usage(command, "--capture-max-files '%s': expected a number from 1",
				 arg);
	default:
		return -1;
	}
}

int cli_detect_captures_option(struct cli_detect_captures *captures,
			       const struct cli_command *command, int opt, const char *arg)
{
	int status;

	if (opt == CLI_OPT_CAPTURE_PREFIX) {
		captures->opts.prefix = arg;
		return *arg ? CLI_OK : cli_usage(command, "--capture-prefix: the name is empty");
	}
	status = capture_option(&captures->opts, command, opt, arg);
	captures->set |= status == CLI_OK;
	return status == -1 ? cli_recording_option(&captures->recording, command, opt, arg)
			    : status;
}

int cli_detect_captures_settle(struct cli_detect_captures *captures,
			       const struct cli_command *command, struct cli_input *input)
{
	captures->opts.writer.compat = captures->recording.dump.writer.compat;
	if (captures->set && !captures->opts.prefix)
		return cli_usage(command, "captures of alerts need a name (--capture-prefix)");
	if (captures->recording.dump.path)
		cli_recording_settle(&captures->recording, input);
	return CLI_OK;
}

bool cli_detect_captures_on_stdout(const struct cli_detect_captures *captures)
{
	const char *path = captures->recording.dump.path;

	return path && !strcmp(path, "-");
}

bool cli_detect_captures_want_chosen(const struct cli_detect_captures *captures,
				     const struct cli_input *input)
{
	return input->live.has_chosen && (captures->opts.prefix || captures->recording.dump.path);
}

/* ---- the run ---- */

static void on_log(void *ctx, unsigned severity, const char *text)
{
	(void)ctx, (void)severity;
	cli_error("%s", text);
}

static int begin_captures(struct cli_detect_captures *captures, const struct eyas_rules *rules,
			  struct eyas_alerts *alerts)
{
	struct eyas_err err;

	/* Nothing will begin one: neither is anything to be remembered. */
	if (!captures->opts.all_rules && !detect_captures_wanted(rules, 0)) {
		cli_error("no rule has 'capture: true', so there will be no captures "
			  "(--capture-mode all: of any alert)");
		return CLI_OK;
	}
	captures->opts.alerts = alerts;
	captures->opts.log = on_log;
	if (!detect_captures_new(&captures->opts, &captures->captures, &err))
		return CLI_OK;
	cli_error("%s", err.text);
	return CLI_FAILED;
}

int cli_detect_captures_begin(struct cli_detect_captures *captures, struct eyas_session *session,
			      const struct eyas_rules *rules, struct eyas_alerts *alerts)
{
	int status = CLI_OK;

	if (captures->opts.prefix)
		status = begin_captures(captures, rules, alerts);
	if (status == CLI_OK && captures->recording.dump.path)
		status = cli_recording_begin(&captures->recording, session);
	return status;
}

int cli_detect_captures_end(struct cli_detect_captures *captures, int status)
{
	struct detect_captures_stats stats;

	status = cli_recording_end(&captures->recording, status, &captures->written);
	if (!captures->captures)
		return status;
	detect_captures_end(captures->captures);
	detect_captures_stats(captures->captures, &stats);
	return stats.failed && status == CLI_OK ? CLI_FAILED : status;
}

static void show_captures(const struct detect_captures_stats *stats)
{
	fprintf(stderr,
		"eyas: captures %llu, bytes %llu, events %llu, kept before %llu, alerts %llu, "
		"failed %llu, "
		"ended at their size %llu, not begun %llu, events too early out of memory %llu\n",
		(unsigned long long)stats->files, (unsigned long long)stats->bytes,
		(unsigned long long)stats->events, (unsigned long long)stats->before,
		(unsigned long long)stats->alerts, (unsigned long long)stats->failed,
		(unsigned long long)stats->limited, (unsigned long long)stats->refused,
		(unsigned long long)stats->early);
}

/* What is missing is said in any case: also with --quiet, it is no detail. */
static void show_missing(const struct detect_captures_stats *stats)
{
	if (stats->failed)
		cli_error("%llu captures failed", (unsigned long long)stats->failed);
	if (stats->refused)
		cli_error("%llu alerts have no capture, by --capture-max-files",
			  (unsigned long long)stats->refused);
	if (stats->events_left_out || stats->fds_left_out)
		cli_error("left out of captures for --compat: %llu events, %llu descriptors",
			  (unsigned long long)stats->events_left_out,
			  (unsigned long long)stats->fds_left_out);
}

void cli_detect_captures_show(const struct cli_detect_captures *captures,
			      const struct cli_input *input)
{
	struct detect_captures_stats stats;

	if (captures->recording.dump.path)
		cli_recording_show(&captures->recording, input, &captures->written);
	if (!captures->captures)
		return;
	detect_captures_stats(captures->captures, &stats);
	show_missing(&stats);
	if (input->verbose)
		show_captures(&stats);
}

void cli_detect_captures_fini(struct cli_detect_captures *captures)
{
	(void)cli_recording_end(&captures->recording, CLI_FAILED, NULL);
	detect_captures_free(captures->captures);
	captures->captures = NULL;
}
