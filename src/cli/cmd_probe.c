/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eyas probe: can this kernel be watched, and what does it cost? Asks for its features, then
 * loads and attaches the probe for real, waits for an event, and takes all away again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/cli.h"

/* How long an event of our own may take to arrive before the probe counts as deaf. */
enum { PATIENCE_SECONDS = 2, SECONDS_MAX = 86400 };

enum { OPT_RUN = CLI_OPT_OWN };

struct probe_opts {
	bool json;
	double seconds; /* to let it run */
};

/* All that was found out. */
struct report {
	bool opened, heard;
	struct eyas_err err; /* why it was not opened, or not heard of */
	double open_ms;
	struct eyas_live_stats stats;
	double run_seconds;
	struct eyas_source *source;
};

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "run", required_argument, NULL, OPT_RUN },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* ---- trying it ---- */

/* A call that nobody else makes at this moment: the probe does not leave us out. */
static bool is_own_call(const struct eyas_event *event)
{
	size_t len;
	const char *name = eyas_event_name(event, &len);

	return event->tid == (uint64_t)syscall(SYS_gettid) && len == strlen("getsid") &&
	       !memcmp(name, "getsid", len);
}

/* Take events for so long, or until our own is among them. */
static int listen_for(struct report *report, double seconds, bool only_own)
{
	double end = cli_seconds_now() + seconds;
	const struct eyas_event *event;
	int res;

	while (!cli_stop && cli_seconds_now() < end) {
		if (!report->heard)
			(void)getsid(0);
		res = eyas_source_next(report->source, &event, &report->err);
		if (res < 0)
			return res;
		if (res && is_own_call(event))
			report->heard = true;
		if (report->heard && only_own)
			break;
	}
	return 0;
}

static void try_it(const struct probe_opts *opts, struct report *report)
{
	struct eyas_live_opts live = { .size = sizeof(live), .keep_self = 1 };
	double start = cli_seconds_now();

	if (eyas_source_open_live(&live, &report->source, &report->err))
		return;
	report->opened = true;
	report->open_ms = (cli_seconds_now() - start) * 1e3;
	if (listen_for(report, PATIENCE_SECONDS, true))
		return;
	if (!report->heard) {
		snprintf(report->err.text, sizeof(report->err.text),
			 "the probe is attached, but no event arrived within %d seconds",
			 PATIENCE_SECONDS);
		return;
	}
	if (opts->seconds > 0 && !eyas_live_run_stats(report->source, &report->err)) {
		start = cli_seconds_now();
		report->heard = !listen_for(report, opts->seconds, false);
		report->run_seconds = cli_seconds_now() - start;
	} else if (opts->seconds > 0) {
		report->heard = false;
	}
	if (eyas_live_stats(report->source, -1, &report->stats, &report->err))
		report->stats = (struct eyas_live_stats){ 0 };
}

/* ---- as a table ---- */

static const char *const verdicts[] = { "ok", "worse", "missing" };

enum { VERDICTS = sizeof(verdicts) / sizeof(verdicts[0]) };

static const char *verdict_name(uint32_t verdict)
{
	return verdict < VERDICTS ? verdicts[verdict] : "?";
}

static const char *verdict_color(uint32_t verdict)
{
	static const char *const colors[VERDICTS] = { "\033[32m", "\033[33m", "\033[31m" };

	return verdict < VERDICTS ? colors[verdict] : "";
}

static void show_features(bool color)
{
	struct eyas_live_feature feature;
	unsigned i;

	printf("this kernel\n");
	for (i = 0; eyas_live_feature(i, &feature); i++)
		printf("  %s%-8s%s %-30s %s\n", color ? verdict_color(feature.verdict) : "",
		       verdict_name(feature.verdict), color ? "\033[0m" : "", feature.name,
		       feature.text);
}

static void show_programs(const struct report *report)
{
	uint64_t insns = 0, bytes = 0;
	struct eyas_live_program p;
	unsigned i;

	printf("\n%-27s%-26s%12s %10s %10s", "programs", "", "instructions", "bytes", "JIT bytes");
	if (report->run_seconds > 0)
		printf(" %11s %8s", "runs", "ns/run");
	putchar('\n');
	for (i = 0; eyas_live_program(report->source, i, &p); i++) {
		printf("  %-24s %-26s%12u %10u %10u", p.name, p.attach, p.verified_insns,
		       p.xlated_bytes, p.jited_bytes);
		if (report->run_seconds > 0)
			printf(" %11llu %8.0f", (unsigned long long)p.run_count,
			       p.run_count ? (double)p.run_ns / (double)p.run_count : 0.0);
		putchar('\n');
		insns += p.verified_insns;
		bytes += p.xlated_bytes;
	}
	printf("  %-4u%-47s%12llu %10llu\n", i, "in all", (unsigned long long)insns,
	       (unsigned long long)bytes);
}

static void show_text(const struct report *report)
{
	bool color = isatty(STDOUT_FILENO);

	show_features(color);
	if (!report->opened) {
		printf("\nthe probe cannot be loaded\n");
		return;
	}
	show_programs(report);
	printf("\nloaded and attached in %.1f ms; %s\n", report->open_ms,
	       report->heard ? "events arrive" : "not in order");
	if (report->run_seconds > 0)
		printf("in %.1f s: %llu events of %u CPUs, %llu lost\n", report->run_seconds,
		       (unsigned long long)report->stats.events, (unsigned)report->stats.ncpus,
		       (unsigned long long)report->stats.dropped);
}

/* ---- as JSON ---- */

static void put_number(struct eyas_json *json, const char *key, uint64_t value)
{
	eyas_json_key(json, key);
	eyas_json_u64(json, value);
}

static void put_text(struct eyas_json *json, const char *key, const char *text)
{
	eyas_json_key(json, key);
	eyas_json_cstr(json, text);
}

static void put_features(struct eyas_json *json)
{
	struct eyas_live_feature feature;
	unsigned i;

	eyas_json_key(json, "features");
	eyas_json_array(json);
	for (i = 0; eyas_live_feature(i, &feature); i++) {
		eyas_json_object(json);
		put_text(json, "name", feature.name);
		put_text(json, "verdict", verdict_name(feature.verdict));
		put_text(json, "text", feature.text);
		eyas_json_end(json);
	}
	eyas_json_end(json);
}

static void put_programs(struct eyas_json *json, const struct report *report)
{
	struct eyas_live_program p;
	unsigned i;

	eyas_json_key(json, "programs");
	eyas_json_array(json);
	for (i = 0; eyas_live_program(report->source, i, &p); i++) {
		eyas_json_object(json);
		put_text(json, "name", p.name);
		put_text(json, "attach", p.attach);
		put_number(json, "verified_insns", p.verified_insns);
		put_number(json, "jited_bytes", p.jited_bytes);
		put_number(json, "xlated_bytes", p.xlated_bytes);
		if (report->run_seconds > 0) {
			put_number(json, "run_count", p.run_count);
			put_number(json, "run_ns", p.run_ns);
		}
		eyas_json_end(json);
	}
	eyas_json_end(json);
}

static void show_json(const struct report *report)
{
	struct eyas_str out = EYAS_STR_INIT;
	struct eyas_json json;

	eyas_json_init(&json, &out);
	eyas_json_object(&json);
	put_features(&json);
	eyas_json_key(&json, "loaded");
	eyas_json_bool(&json, report->opened);
	eyas_json_key(&json, "events_arrive");
	eyas_json_bool(&json, report->heard);
	if (!report->heard)
		put_text(&json, "error", report->err.text);
	if (report->opened) {
		eyas_json_key(&json, "open_ms");
		eyas_json_double(&json, report->open_ms);
		put_programs(&json, report);
	}
	if (report->run_seconds > 0) {
		eyas_json_key(&json, "run_seconds");
		eyas_json_double(&json, report->run_seconds);
		put_number(&json, "events", report->stats.events);
		put_number(&json, "dropped", report->stats.dropped);
		put_number(&json, "cpus", report->stats.ncpus);
	}
	eyas_json_end(&json);
	eyas_str_putc(&out, '\n');
	if (!out.nomem)
		fwrite(out.data, 1, out.len, stdout);
	eyas_str_fini(&out);
}

/* ---- the command ---- */

static int parse_option(struct probe_opts *opts, int opt, const char *arg, char **argv)
{
	char *end;

	switch (opt) {
	case 'o':
		opts->json = !strcmp(arg, "json");
		if (opts->json || !strcmp(arg, "text"))
			return CLI_OK;
		return cli_usage(&cli_probe, "-o '%s': expected text or json", arg);
	case OPT_RUN:
		opts->seconds = strtod(arg, &end);
		if (end != arg && !*end && opts->seconds > 0 && opts->seconds <= SECONDS_MAX)
			return CLI_OK;
		return cli_usage(&cli_probe, "--run '%s': expected a number of seconds", arg);
	default:
		return cli_bad_option(&cli_probe, argv);
	}
}

static int run_probe(int argc, char **argv)
{
	struct probe_opts opts = { 0 };
	struct report report = { 0 };
	int opt, status = CLI_OK;

	while (status == CLI_OK &&
	       (opt = getopt_long(argc, argv, ":o:h", long_options, NULL)) != -1) {
		if (opt == 'h') {
			cli_help(&cli_probe);
			return CLI_OK;
		}
		status = parse_option(&opts, opt, optarg, argv);
	}
	if (status == CLI_OK && optind < argc)
		status = cli_usage(&cli_probe, "probe takes no arguments");
	if (status != CLI_OK)
		return status;
	cli_catch_signals();
	try_it(&opts, &report);
	if (opts.json)
		show_json(&report);
	else
		show_text(&report);
	fflush(stdout);
	if (!report.heard)
		cli_error("%s", report.err.text);
	eyas_source_close(report.source);
	return report.heard ? CLI_OK : CLI_FAILED;
}

const struct cli_command cli_probe = {
	"probe", run_probe, "check whether and how this machine can be watched",
	"usage: eyas probe [OPTIONS]\n"
	"\n"
	"Say what this kernel offers, load and attach the probe, see that events arrive, and show\n"
	"what its programs cost. Nothing of it stays. Status 1 if this machine cannot be watched.\n"
	"\n"
	"  -o, --output FORMAT   text (default) or json\n"
	"      --run SECONDS     let it run so long, with the kernel counting how often and how\n"
	"                        long each program runs\n"
	"  -h, --help            this text\n"
};
