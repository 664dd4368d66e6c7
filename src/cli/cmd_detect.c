/* SPDX-License-Identifier: Apache-2.0 */
/* eyas detect: alerts of rules on the events of this machine or of captures. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/sinks.h"
#include "rules/rules_int.h"
#include "session/alerts.h"

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
	OPT_NO_TAGS
};

/* How long sinks have at the end to write what waits, if the events are this machine's. */
#define CLOSE_NS UINT64_C(5000000000)
/* Of a line, where a sink would try it for ever and the events are those of a capture. */
enum { CAPTURE_RETRIES = 3 };

/* Rules that are switched on or off, in the order of the command line. */
struct selection {
	int opt;
	const char *pattern;
};

struct detect_opts {
	struct cli_input input;
	const char **files;
	size_t nfiles;
	struct selection *selections;
	size_t nselections;
	const char *priority;
	enum eyas_rules_matching matching;
	struct eyas_rules_alert_opts alert;
	struct cli_sinks sinks;
	double rate, max_burst;
	struct eyas_rules *rules;
	struct eyas_alerts *alerts; /* NULL with --quiet, unless sinks are named */
	uint64_t ts_ns;		    /* of the current event */
	int failure;		    /* of an alert that could not be made, or put anywhere */
	bool lost;		    /* alerts, by a sink */
};

static const struct option long_options[] = {
	CLI_INPUT_LONG,
	CLI_LIVE_LONG,
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
		return -1;
	}
}

static int own_option(void *ctx, int opt, const char *arg)
{
	struct detect_opts *opts = ctx;
	int second = 0, status;

	switch (opt) {
	case 'R':
		opts->files[opts->nfiles++] = arg;
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
		opts->priority = arg;
		return CLI_OK;
	case OPT_HOSTNAME:
		opts->alert.hostname = arg;
		return CLI_OK;
	case OPT_ENABLE:
	case OPT_DISABLE:
	case OPT_ENABLE_TAG:
	case OPT_DISABLE_TAG:
		opts->selections[opts->nselections++] = (struct selection){ opt, arg };
		return CLI_OK;
	default:
		return alert_option(opts, opt, arg);
	}
}

/* ---- rules ---- */

/* What is wrong with a file, whole; of warnings only that there are some. */
static void on_report(void *ctx, struct eyas_rules_report *report)
{
	const struct detect_opts *opts = ctx;
	struct eyas_rules_finding finding;
	const char *text;

	if (eyas_rules_report_ok(report) &&
	    (!opts->input.verbose || !eyas_rules_report_finding(report, 0, &finding)))
		return;
	text = eyas_rules_report_text(report, eyas_rules_report_ok(report) ? EYAS_REPORT_SUMMARY
									   : EYAS_REPORT_VERBOSE);
	if (text)
		fprintf(stderr, "%s\n", text);
}

/* The rules that come with the command, when no others are named. */
static int load_own_rules(struct detect_opts *opts)
{
	struct eyas_rules_report *report = NULL;
	struct eyas_err err = { 0 };
	const char *text;
	size_t len;
	int res;

	text = eyas_rules_own(&len);
	res = eyas_rules_load(opts->rules, EYAS_RULES_OWN_NAME, text, len, &report, &err);
	if (report)
		on_report(opts, report);
	eyas_rules_report_free(report);
	if (res < 0)
		cli_error("%s", err.text);
	return res < 0 ? CLI_FAILED : CLI_OK;
}

static int load_rules(struct detect_opts *opts)
{
	struct eyas_rules_opts how = { .size = sizeof(how),
				       .min_priority = opts->priority,
				       .hostname = opts->alert.hostname };
	struct eyas_err err = { 0 };
	size_t i;
	int res;

	res = eyas_rules_new(&how, &opts->rules, &err);
	if (res < 0) {
		cli_error("%s", err.text);
		return res == EYAS_E_USAGE ? CLI_USAGE : CLI_FAILED;
	}
	if (!opts->nfiles)
		return load_own_rules(opts);
	for (i = 0; i < opts->nfiles; i++) {
		res = eyas_rules_load_path(opts->rules, opts->files[i], on_report, opts, &err);
		if (res > 0)
			continue;
		if (!res)
			cli_error("'%s': no rules file: its name does not end in .yaml or .yml",
				  opts->files[i]);
		else
			cli_error("%s", err.text);
		return CLI_FAILED;
	}
	return CLI_OK;
}

static int select_one(struct detect_opts *opts, const struct selection *selection)
{
	const char *pattern = selection->pattern;
	bool on = selection->opt == OPT_ENABLE || selection->opt == OPT_ENABLE_TAG;

	if (selection->opt == OPT_ENABLE || selection->opt == OPT_DISABLE)
		return eyas_rules_select(opts->rules, 0, pattern, EYAS_MATCH_WILDCARD, on);
	return eyas_rules_select_tags(opts->rules, 0, &pattern, 1, on);
}

static int select_rules(struct detect_opts *opts)
{
	size_t i;
	int n;

	for (i = 0; i < opts->nselections; i++) {
		n = select_one(opts, &opts->selections[i]);
		if (!n)
			return cli_usage(&cli_detect, "there is no rule for '%s'",
					 opts->selections[i].pattern);
		if (n < 0) {
			cli_error("%s", eyas_strerror(n));
			return CLI_FAILED;
		}
	}
	return CLI_OK;
}

/* ---- sinks ---- */

static void on_log(void *ctx, unsigned severity, const char *text)
{
	(void)ctx, (void)severity;
	cli_error("%s", text);
}

/* A capture can wait for sinks that are slow, but not for ever for those that are dead. */
static int open_alerts(struct detect_opts *opts)
{
	struct eyas_alerts_opts how = { .format = opts->alert,
					.rate = opts->rate,
					.max_burst = opts->max_burst,
					.sinks = opts->sinks.sinks,
					.nsinks = opts->sinks.count,
					.log = on_log };
	struct output_sink_opts *sink;
	struct eyas_err err;
	size_t i;

	for (i = 0; i < opts->sinks.count && !opts->input.live.on; i++) {
		sink = &opts->sinks.sinks[i];
		sink->wait_ns = OUTPUT_NO_LIMIT;
		sink->stop = &cli_stop;
		sink->brief = true;
		if (sink->retries == OUTPUT_FOREVER)
			sink->retries = CAPTURE_RETRIES;
	}
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

/* ---- events ---- */

static void on_match(void *ctx, struct eyas_rules *rules, size_t rule)
{
	struct detect_opts *opts = ctx;
	int res;

	if (!opts->alerts)
		return;
	if (cli_reopen_taken())
		eyas_alerts_reopen(opts->alerts);
	res = eyas_alerts_rule(opts->alerts, rules, rule, opts->ts_ns);
	if (res < 0)
		opts->failure = res;
}

static int on_event(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		    struct eyas_err *reterr)
{
	struct detect_opts *opts = ctx;
	int res;

	(void)what;
	opts->ts_ns = context->event->ts_ns;
	res = eyas_rules_process(opts->rules, 0, context, opts->matching, on_match, opts);
	if (res >= 0)
		res = opts->failure;
	if (res < 0)
		snprintf(reterr->text, sizeof(reterr->text), "%s%s",
			 res == -EPIPE ? "cannot write the output: " : "", eyas_strerror(res));
	return res < 0 ? res : 0;
}

static int on_idle(void *ctx, struct eyas_err *reterr)
{
	struct detect_opts *opts = ctx;

	(void)reterr;
	if (!opts->alerts)
		return 0;
	if (cli_reopen_taken())
		eyas_alerts_reopen(opts->alerts);
	eyas_alerts_check(opts->alerts);
	return 0;
}

static int run_session(struct detect_opts *opts)
{
	struct eyas_consumer consumer = {
		.ctx = opts, .wants = EYAS_SHOWN, .event = on_event, .idle = on_idle
	};
	struct eyas_session *session;
	int status;

	session = cli_session_open(&opts->input);
	if (!session)
		return CLI_FAILED;
	status = eyas_session_add(session, &consumer)
			 ? CLI_FAILED
			 : cli_session_run(&opts->input, session, NULL);
	close_alerts(opts);
	if (opts->lost)
		status = CLI_FAILED;
	if (opts->input.verbose) {
		const char *stats = eyas_rules_stats_text(opts->rules);

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

	if (opts->input.session.source.raw_schema)
		return cli_usage(&cli_detect, "rules need events of today's schema: they do not go "
					      "with --raw-schema");
	status = load_rules(opts);
	if (status == CLI_OK)
		status = select_rules(opts);
	if (status == CLI_OK)
		status = cli_filter_compile(&opts->input);
	if (status != CLI_OK)
		return status;
	opts->input.session.follow = true;
	opts->input.live.wants_state = true;
	ruleset = rules_ruleset_get(opts->rules, 0);
	if (ruleset)
		opts->input.live.useful = rules_ruleset_set(ruleset);
	if (!opts->input.quiet || opts->sinks.count) {
		if (!opts->sinks.count)
			cli_sink_add(&opts->sinks, &cli_detect, "stdout");
		status = open_alerts(opts);
		if (status != CLI_OK)
			return status;
		cli_catch_reopen();
	}
	return run_session(opts);
}

static int run_detect(int argc, char **argv)
{
	struct detect_opts opts = {
		.input = { .source = CLI_CAPTURES_OR_MACHINE },
		.max_burst = 1000,
		.alert = { .size = sizeof(opts.alert), .output = 1, .tags = 1, .fields = 1 }
	};
	bool done = true;
	int status = CLI_FAILED;

	/* Each word names one of them at most. */
	opts.files = calloc((size_t)argc, sizeof(*opts.files));
	opts.selections = calloc((size_t)argc, sizeof(*opts.selections));
	if (opts.files && opts.selections)
		status = cli_input_parse(&opts.input, &cli_detect, argc, argv,
					 ":" CLI_INPUT_SHORT CLI_LIVE_SHORT "R:o:jt:", long_options,
					 own_option, &opts, &done);
	else
		cli_error("no memory");
	if (!done)
		status = detect(&opts);
	close_alerts(&opts);
	eyas_rules_free(opts.rules);
	cli_input_fini(&opts.input);
	free(opts.files);
	free(opts.selections);
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
	"      --max-burst N     and at most N at once (default 1000)\n" CLI_SINKS_HELP
		CLI_INPUT_HELP CLI_LIVE_HELP
};
