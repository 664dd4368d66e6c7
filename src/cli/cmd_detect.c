/* SPDX-License-Identifier: Apache-2.0 */
/* eyas detect: alerts of rules on the events of this machine or of captures. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/detect_captures.h"
#include "cli/detect_rules.h"
#include "cli/metrics.h"
#include "cli/sinks.h"
#include "detect/detector.h"
#include "rules/rules_int.h"

enum {
	OPT_MATCHING = CLI_OPT_OWN,
	OPT_PRIORITY,
	OPT_HOSTNAME,
	OPT_ENABLE,
	OPT_DISABLE,
	OPT_ENABLE_TAG,
	OPT_DISABLE_TAG,
	OPT_SINK,
	OPT_SINK_OPT,
	OPT_RATE,
	OPT_MAX_BURST,
	OPT_MESSAGE,
	OPT_NO_TEXT,
	OPT_NO_FIELDS,
	OPT_NO_TAGS,
	OPT_DROP_ACTIONS,
	OPT_DROP_THRESHOLD,
	OPT_DROP_RATE,
	OPT_DROP_BURST,
	OPT_SIMULATE_DROPS
};

/* How long sinks have at the end to write what waits, if the events are this machine's. */
#define CLOSE_NS UINT64_C(5000000000)

struct detect_opts {
	struct cli_input input;
	struct cli_detect_rules rules;
	enum eyas_rules_matching matching;
	struct eyas_rules_alert_opts alert;
	struct cli_sinks sinks;
	double rate, max_burst;
	struct detect_drops_opts drops;
	struct cli_detect_captures captures;
	struct cli_metrics metrics;
	struct eyas_alerts *alerts; /* NULL with --quiet, unless sinks are named */
	bool lost;		    /* alerts, by a sink */
};

static const struct option long_options[] = {
	CLI_INPUT_LONG,
	CLI_LIVE_LONG,
	CLI_METRICS_LONG,
	{ "rules", required_argument, NULL, 'R' },
	{ "output", required_argument, NULL, 'o' },
	{ "json", no_argument, NULL, 'j' },
	{ "time", required_argument, NULL, 't' },
	{ "matching", required_argument, NULL, OPT_MATCHING },
	{ "priority", required_argument, NULL, OPT_PRIORITY },
	{ "hostname", required_argument, NULL, OPT_HOSTNAME },
	{ "enable", required_argument, NULL, OPT_ENABLE },
	{ "disable", required_argument, NULL, OPT_DISABLE },
	{ "enable-tag", required_argument, NULL, OPT_ENABLE_TAG },
	{ "disable-tag", required_argument, NULL, OPT_DISABLE_TAG },
	{ "sink", required_argument, NULL, OPT_SINK },
	{ "sink-opt", required_argument, NULL, OPT_SINK_OPT },
	{ "rate", required_argument, NULL, OPT_RATE },
	{ "max-burst", required_argument, NULL, OPT_MAX_BURST },
	{ "message", no_argument, NULL, OPT_MESSAGE },
	{ "no-text", no_argument, NULL, OPT_NO_TEXT },
	{ "no-fields", no_argument, NULL, OPT_NO_FIELDS },
	{ "no-tags", no_argument, NULL, OPT_NO_TAGS },
	{ "drop-actions", required_argument, NULL, OPT_DROP_ACTIONS },
	{ "drop-threshold", required_argument, NULL, OPT_DROP_THRESHOLD },
	{ "drop-rate", required_argument, NULL, OPT_DROP_RATE },
	{ "drop-burst", required_argument, NULL, OPT_DROP_BURST },
	{ "simulate-drops", no_argument, NULL, OPT_SIMULATE_DROPS },
	CLI_DETECT_CAPTURES_LONG,
	{ NULL, 0, NULL, 0 },
};

/* ---- options ---- */

static int choose(const char *arg, const char *first, const char *second, const char *option,
		  int *ret)
{
	*ret = !strcmp(arg, second);
	if (*ret || !strcmp(arg, first))
		return CLI_OK;
	return cli_usage(&cli_detect, "%s '%s': expected %s or %s", option, arg, first, second);
}

static int positive(const char *arg, const char *option, double *ret)
{
	char *end;
	double value = strtod(arg, &end);

	if (end == arg || *end || !isfinite(value) || value <= 0)
		return cli_usage(&cli_detect, "%s '%s': expected a number above 0", option, arg);
	*ret = value;
	return CLI_OK;
}

/* "log,alert": what is done about losses. */
static int read_actions(struct detect_drops_opts *drops, const char *arg)
{
	static const struct {
		const char *name;
		unsigned action;
	} known[] = { { "ignore", 0 },
		      { "log", DETECT_DROPS_LOG },
		      { "alert", DETECT_DROPS_ALERT },
		      { "exit", DETECT_DROPS_EXIT } };
	const char *at = arg;
	size_t len, i;

	drops->actions = 0;
	do {
		at += at != arg;
		len = strcspn(at, ",");
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (strlen(known[i].name) == len && !memcmp(known[i].name, at, len))
				break;
		if (i == sizeof(known) / sizeof(known[0]))
			return cli_usage(
				&cli_detect,
				"--drop-actions '%s': expected ignore, log, alert or exit, "
				"or several with commas",
				arg);
		drops->actions |= known[i].action;
		at += len;
	} while (*at);
	return CLI_OK;
}

static int read_threshold(struct detect_drops_opts *drops, const char *arg)
{
	char *end;
	double value = strtod(arg, &end);

	if (end == arg || *end || !(value >= 0 && value <= 1))
		return cli_usage(&cli_detect, "--drop-threshold '%s': expected a share from 0 to 1",
				 arg);
	drops->threshold = value;
	return CLI_OK;
}

/* What is done about losses: as alert_option(). */
static int drop_option(struct detect_opts *opts, int opt, const char *arg)
{
	int status;

	switch (opt) {
	case OPT_DROP_ACTIONS:
		return read_actions(&opts->drops, arg);
	case OPT_DROP_THRESHOLD:
		return read_threshold(&opts->drops, arg);
	case OPT_DROP_RATE:
		return positive(arg, "--drop-rate", &opts->drops.rate);
	case OPT_DROP_BURST:
		return positive(arg, "--drop-burst", &opts->drops.max_burst);
	case OPT_SIMULATE_DROPS:
		opts->drops.simulate = true;
		return CLI_OK;
	default:
		status = cli_detect_captures_option(&opts->captures, &cli_detect, opt, arg);
		return status != -1 ? status
				    : cli_metrics_option(&opts->metrics, &cli_detect, opt, arg);
	}
}

/* What becomes of alerts: CLI_OK, CLI_USAGE, or -1 when the option is another one. */
static int alert_option(struct detect_opts *opts, int opt, const char *arg)
{
	switch (opt) {
	case OPT_SINK:
		return cli_sink_add(&opts->sinks, &cli_detect, arg);
	case OPT_SINK_OPT:
		return cli_sink_set(&opts->sinks, &cli_detect, arg);
	case OPT_RATE:
		return positive(arg, "--rate", &opts->rate);
	case OPT_MAX_BURST:
		return positive(arg, "--max-burst", &opts->max_burst);
	case OPT_MESSAGE:
		opts->alert.message = 1;
		return CLI_OK;
	case OPT_NO_TEXT:
		opts->alert.output = 0;
		return CLI_OK;
	case OPT_NO_FIELDS:
		opts->alert.fields = 0;
		return CLI_OK;
	case OPT_NO_TAGS:
		opts->alert.tags = 0;
		return CLI_OK;
	default:
		return drop_option(opts, opt, arg);
	}
}

static int own_option(void *ctx, int opt, const char *arg)
{
	struct detect_opts *opts = ctx;
	int second = 0, status;

	switch (opt) {
	case 'R':
		opts->rules.files[opts->rules.wanted.nfiles++] = arg;
		return CLI_OK;
	case 'o':
		return choose(arg, "text", "json", "-o", &opts->alert.json);
	case 'j':
		opts->alert.json = 1;
		return CLI_OK;
	case 't':
		return choose(arg, "h", "i", "-t", &opts->alert.iso);
	case OPT_MATCHING:
		status = choose(arg, "first", "all", "--matching", &second);
		opts->matching = second ? EYAS_MATCHING_ALL : EYAS_MATCHING_FIRST;
		return status;
	case OPT_PRIORITY:
		opts->rules.wanted.priority = arg;
		return CLI_OK;
	case OPT_HOSTNAME:
		opts->alert.hostname = opts->rules.wanted.hostname = arg;
		return CLI_OK;
	case OPT_ENABLE:
	case OPT_DISABLE:
	case OPT_ENABLE_TAG:
	case OPT_DISABLE_TAG:
		opts->rules.switches[opts->rules.nswitches++] =
			(struct cli_rules_switch){ .by_tag = opt == OPT_ENABLE_TAG ||
							     opt == OPT_DISABLE_TAG,
						   .on = opt == OPT_ENABLE || opt == OPT_ENABLE_TAG,
						   .pattern = arg };
		return CLI_OK;
	default:
		return alert_option(opts, opt, arg);
	}
}

/* ---- sinks ---- */

/* What is of use to who looks for faults only is said with -v. */
static void on_log(void *ctx, unsigned severity, const char *text)
{
	const struct detect_opts *opts = ctx;

	if (severity < EYAS_PRIORITY_INFORMATIONAL || opts->input.verbose)
		cli_error("%s", text);
}

static int open_alerts(struct detect_opts *opts)
{
	struct eyas_alerts_opts how = { .format = opts->alert,
					.rate = opts->rate,
					.max_burst = opts->max_burst,
					.sinks = opts->sinks.sinks,
					.nsinks = opts->sinks.count,
					.log = on_log,
					.log_ctx = opts };
	struct eyas_err err;
	size_t i;

	for (i = 0; i < opts->sinks.count && !opts->input.live.on; i++)
		output_sink_opts_wait(&opts->sinks.sinks[i], &cli_stop);
	if (eyas_alerts_new(&how, &opts->alerts, &err) < 0) {
		cli_error("%s", err.text);
		return CLI_FAILED;
	}
	return CLI_OK;
}

/* Losses are told of in any case, with -v the rest, too. */
static void on_closed(void *ctx, const char *name, const struct output_sink_stats *stats,
		      const char *failure)
{
	struct detect_opts *opts = ctx;
	uint64_t lost = stats->full + stats->failed + stats->abandoned;

	if (opts->input.verbose)
		fprintf(stderr,
			"%s: alerts %llu, written %llu, no room %llu, failed %llu, left %llu, "
			"tried again %llu, too slow %llu, refused %llu, opened %llu\n",
			name, (unsigned long long)stats->lines, (unsigned long long)stats->written,
			(unsigned long long)stats->full, (unsigned long long)stats->failed,
			(unsigned long long)stats->abandoned, (unsigned long long)stats->retries,
			(unsigned long long)stats->timeouts, (unsigned long long)stats->refused,
			(unsigned long long)stats->starts);
	if (!lost)
		return;
	opts->lost = true;
	cli_error("%s: %llu alerts are lost%s%s", name, (unsigned long long)lost,
		  *failure ? ": " : "", failure);
}

static void close_alerts(struct detect_opts *opts)
{
	struct eyas_alerts_stats stats;

	if (!opts->alerts)
		return;
	eyas_alerts_stats(opts->alerts, &stats);
	if (stats.limited && (opts->input.verbose || !opts->input.quiet))
		cli_error("%llu alerts are left out, by --rate", (unsigned long long)stats.limited);
	eyas_alerts_close(opts->alerts,
			  opts->input.live.on || cli_stop ? CLOSE_NS : OUTPUT_NO_LIMIT, on_closed,
			  opts);
	opts->alerts = NULL;
}

/* ---- the run ---- */

static int open_metrics(struct detect_opts *opts)
{
	int status = cli_metrics_open(&opts->metrics, &cli_detect, opts->alert.hostname);
	size_t i;

	if (status == CLI_OK && !opts->rules.wanted.nfiles)
		return cli_metrics_loaded(&opts->metrics, NULL);
	for (i = 0; i < opts->rules.wanted.nfiles && status == CLI_OK; i++)
		status = cli_metrics_loaded(&opts->metrics, opts->rules.files[i]);
	return status;
}

static int make_detector(struct detect_opts *opts, struct detector **ret_detector)
{
	struct detector_opts how = { .rules = opts->rules.rules,
				     .matching = opts->matching,
				     .alerts = opts->alerts,
				     .drops = &opts->drops,
				     .captures = opts->captures.captures,
				     .metrics = opts->metrics.metrics,
				     .reopen = cli_reopen_taken };
	struct eyas_err err;

	opts->drops.log = on_log;
	opts->drops.log_ctx = opts;
	if (!detector_new(&how, ret_detector, &err))
		return CLI_OK;
	cli_error("%s", err.text);
	return CLI_FAILED;
}

static int run_session(struct detect_opts *opts)
{
	struct detector *detector = NULL;
	struct eyas_session *session;
	int status, res;

	session = cli_session_open(&opts->input);
	if (!session)
		return CLI_FAILED;
	status = cli_detect_captures_begin(&opts->captures, session, opts->rules.rules,
					   opts->alerts);
	if (status == CLI_OK)
		status = make_detector(opts, &detector);
	if (status == CLI_OK && detector_attach(detector, session))
		status = CLI_FAILED;
	if (status == CLI_OK) {
		status = cli_session_run(&opts->input, session, NULL);
		res = detector_end(detector);
		if (res < 0 && status == CLI_OK)
			status = CLI_FAILED;
	}
	detector_free(detector);
	/* They may have something to alert of. */
	status = cli_detect_captures_end(&opts->captures, status);
	if (cli_metrics_close(&opts->metrics) != CLI_OK)
		status = CLI_FAILED;
	close_alerts(opts);
	cli_detect_captures_show(&opts->captures, &opts->input);
	cli_detect_captures_fini(&opts->captures);
	if (opts->lost)
		status = CLI_FAILED;
	if (opts->input.verbose) {
		const char *stats = eyas_rules_stats_text(opts->rules.rules);

		cli_session_summary(session);
		fputs(stats ? stats : "", stderr);
	}
	eyas_session_close(session);
	return status;
}

/* ---- the command ---- */

static int detect(struct detect_opts *opts)
{
	const struct rules_ruleset *ruleset;
	int status;

	/* Before anything says that it is there: from then on it may be told to end. */
	cli_catch_signals();
	cli_catch_reopen();
	if (opts->input.session.source.raw_schema)
		return cli_usage(&cli_detect, "rules need events of today's schema: they do not go "
					      "with --raw-schema");
	opts->rules.wanted.warnings = opts->input.verbose;
	status = cli_detect_rules_load(&opts->rules, &cli_detect);
	if (status == CLI_OK)
		status = cli_filter_compile(&opts->input);
	if (status == CLI_OK)
		status = cli_detect_captures_settle(&opts->captures, &cli_detect, &opts->input);
	if (status != CLI_OK)
		return status;
	opts->input.session.follow = true;
	opts->input.live.wants_state = true;
	ruleset = rules_ruleset_get(opts->rules.rules, 0);
	if (ruleset && !cli_detect_captures_want_chosen(&opts->captures, &opts->input))
		opts->input.live.useful = rules_ruleset_set(ruleset);
	if (!opts->input.quiet || opts->sinks.count) {
		if (!opts->sinks.count && cli_detect_captures_on_stdout(&opts->captures))
			return cli_usage(&cli_detect, "-w -: alerts are on standard output; --sink "
						      "names another place");
		if (!opts->sinks.count)
			cli_sink_add(&opts->sinks, &cli_detect, "stdout");
		status = open_alerts(opts);
		if (status != CLI_OK)
			return status;
	}
	status = open_metrics(opts);
	return status == CLI_OK ? run_session(opts) : status;
}

static int run_detect(int argc, char **argv)
{
	struct detect_opts opts = {
		.input = { .source = CLI_CAPTURES_OR_MACHINE },
		.max_burst = 1000,
		.drops = { .actions = DETECT_DROPS_LOG | DETECT_DROPS_ALERT,
			   .log_severity = EYAS_PRIORITY_WARNING,
			   .rate = 1.0 / 30,
			   .max_burst = 1 },
		.alert = { .size = sizeof(opts.alert), .output = 1, .tags = 1, .fields = 1 }
	};
	bool done = true;
	int status = CLI_FAILED;

	cli_detect_captures_init(&opts.captures);
	/* Each word names one of them at most. */
	opts.rules.files = calloc((size_t)argc, sizeof(*opts.rules.files));
	opts.rules.switches = calloc((size_t)argc, sizeof(*opts.rules.switches));
	if (opts.rules.files && opts.rules.switches)
		status = cli_input_parse(&opts.input, &cli_detect, argc, argv,
					 ":" CLI_INPUT_SHORT CLI_LIVE_SHORT CLI_RECORDING_SHORT
					 "R:o:jt:",
					 long_options, own_option, &opts, &done);
	else
		cli_error("no memory");
	if (!done)
		status = detect(&opts);
	(void)cli_metrics_close(&opts.metrics);
	close_alerts(&opts);
	eyas_rules_free(opts.rules.rules);
	cli_input_fini(&opts.input);
	free(opts.rules.files);
	free(opts.rules.switches);
	return status;
}

const struct cli_command cli_detect = {
	"detect", run_detect, "tell of events that rules are about",
	"usage: eyas detect [OPTIONS] [-R RULES] [FILTER]\n"
	"       eyas detect [OPTIONS] [-R RULES] -r FILE [FILTER]\n"
	"\n"
	"Compare the events of this machine, or of captures, with rules, and print an alert for\n"
	"each that one matches.\n"
	"\n"
	"  -R, --rules FILE      rules file, or a directory of them; again for more;\n"
	"                        without, the rules that come with the command\n"
	"  -o, --output FORMAT   text (default) or json (an object a line)\n"
	"  -j, --json            the same as -o json\n"
	"  -t, --time FORMAT     h local time of day (default), i ISO 8601 in UTC\n"
	"      --matching HOW    first (default): the first rule that matches; all: each\n"
	"      --priority NAME   no rules that are less urgent\n"
	"      --enable NAME     enable rules of this name, '*' for any text\n"
	"      --disable NAME    disable them\n"
	"      --enable-tag TAG  enable rules that have the tag\n"
	"      --disable-tag TAG disable them\n"
	"      --hostname NAME   in alerts, instead of the machine's\n"
	"      --message         in JSON, also the message without time and priority\n"
	"      --no-text         in JSON, no 'output'\n"
	"      --no-fields       in JSON, no 'output_fields'\n"
	"      --no-tags         in JSON, no 'tags'\n"
	"      --rate N          at most N alerts a second on average, of the events' time\n"
	"      --max-burst N     and at most N at once (default 1000)\n"
	"      --drop-actions A  when events are lost: ignore, log, alert, exit; several with\n"
	"                        commas (default log,alert)\n"
	"      --drop-threshold F  if more than this share of a second's (default 0)\n"
	"      --drop-rate N     so often a second on average (default 1/30)\n"
	"      --drop-burst N    and so often at once (default 1)\n"
	"      --simulate-drops  as if an event were lost each second, to try the "
	"actions\n" CLI_DETECT_CAPTURES_HELP CLI_SINKS_HELP CLI_METRICS_HELP CLI_INPUT_HELP
		CLI_LIVE_HELP
};
