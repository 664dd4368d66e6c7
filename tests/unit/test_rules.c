/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine as a library: rulesets and how rules are chosen for them, which rules an event
 * matches and in which order, alerts, sampling, statistics, reports. What files may say is tested
 * by tests/rules/cases.
 */
#include "unit/fields.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <eyas/rules.h>

/* Rules about the processes of the machine, most of them about events called procinfo. */
static const char some_rules[] =
	"- rule: any\n"
	"  desc: all of them\n"
	"  condition: evt.type = procinfo\n"
	"  output: name %proc.name parent %proc.pname x %proc.tty none %fd.name\n"
	"  priority: NOTICE\n"
	"  tags: [b, a]\n"
	"- rule: compiler\n"
	"  desc: one of them\n"
	"  condition: evt.type = procinfo and proc.name = cc\n"
	"  output: found\n"
	"  priority: ERROR\n"
	"  tags: [c]\n"
	"- rule: off\n"
	"  desc: not enabled\n"
	"  condition: evt.type = procinfo\n"
	"  output: found\n"
	"  priority: DEBUG\n"
	"  enabled: false\n"
	"- rule: other\n"
	"  desc: of another type\n"
	"  condition: evt.type in (open, alarm)\n"
	"  output: found\n"
	"  priority: ALERT\n";

struct bench {
	struct machine machine;
	struct eyas_rules *rules;
	char found[200]; /* names of rules that matched, each behind a blank */
};

static void load(struct eyas_rules *rules, const char *text)
{
	struct eyas_err err = { 0 };

	if (eyas_rules_load(rules, "test", text, strlen(text), NULL, &err))
		test_fail(__FILE__, __LINE__, "%u:%u: %s", err.line, err.column, err.text);
}

static void start(struct bench *b, const struct eyas_rules_opts *opts)
{
	*b = (struct bench){ .rules = NULL };
	start_machine(&b->machine);
	CHECK_INT(eyas_rules_new(opts, &b->rules, NULL), 0);
	load(b->rules, some_rules);
}

static void stop(struct bench *b)
{
	eyas_rules_free(b->rules);
	stop_machine(&b->machine);
}

static void on_match(void *ctx, struct eyas_rules *rules, size_t rule)
{
	struct bench *b = ctx;
	struct eyas_rule_info info;
	size_t len = strlen(b->found);

	CHECK_INT(eyas_rules_get(rules, rule, &info), 1);
	snprintf(b->found + len, sizeof(b->found) - len, " %s", info.name);
}

/* Names of the rules of a ruleset that the current event matches. */
static const char *matches(struct bench *b, unsigned ruleset, enum eyas_rules_matching matching)
{
	b->found[0] = '\0';
	CHECK(eyas_rules_process(b->rules, ruleset, &b->machine.context, matching, on_match, b) >=
	      0);
	return b->found;
}

TEST(first_and_all)
{
	struct bench b;

	start(&b, NULL);
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_FIRST), " any");
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_ALL), " any compiler");
	set_event(&b.machine, EYAS_EV_PROCINFO_E, 200);
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_ALL), " any");
	set_event(&b.machine, EYAS_EV_SCHEDSWITCH_6_E, 200);
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_ALL), "");
	stop(&b);
}

TEST(order_is_that_of_enabling)
{
	struct bench b;

	start(&b, NULL);
	CHECK_INT(eyas_rules_select(b.rules, 0, "any", EYAS_MATCH_EXACT, 0), 1);
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_ALL), " compiler");
	CHECK_INT(eyas_rules_select(b.rules, 0, "off", EYAS_MATCH_EXACT, 1), 1);
	CHECK_INT(eyas_rules_select(b.rules, 0, "any", EYAS_MATCH_EXACT, 1), 1);
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_ALL), " compiler off any");
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_FIRST), " compiler");
	/* What is enabled already stays where it is. */
	CHECK_INT(eyas_rules_select(b.rules, 0, "", EYAS_MATCH_EXACT, 1), 4);
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_ALL), " compiler off any");
	/* Another file sets it back. */
	load(b.rules, "");
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_ALL), " any compiler");
	stop(&b);
}

TEST(rulesets)
{
	struct bench b;
	int own;

	start(&b, NULL);
	CHECK_INT(eyas_rules_ruleset(b.rules, EYAS_RULES_DEFAULT_RULESET), 0);
	own = eyas_rules_ruleset(b.rules, "own");
	CHECK_INT(own, 1);
	CHECK_INT(eyas_rules_ruleset(b.rules, "own"), 1);
	CHECK_STR(matches(&b, 1, EYAS_MATCHING_ALL), "");
	CHECK_INT(eyas_rules_select(b.rules, 1, "off", EYAS_MATCH_EXACT, 1), 1);
	CHECK_STR(matches(&b, 1, EYAS_MATCHING_ALL), " off");
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_ALL), " any compiler");
	CHECK_INT(eyas_rules_enabled(b.rules, 1, 2), 1);
	CHECK_INT(eyas_rules_enabled(b.rules, 0, 2), 0);
	CHECK_INT(eyas_rules_enabled(b.rules, 0, 99), 0);
	CHECK_INT(eyas_rules_select(b.rules, 2, "off", EYAS_MATCH_EXACT, 1), EYAS_E_USAGE);
	CHECK_INT(eyas_rules_process(b.rules, 2, &b.machine.context, EYAS_MATCHING_ALL, NULL, NULL),
		  EYAS_E_USAGE);
	stop(&b);
}

TEST(names)
{
	static const struct {
		const char *pattern;
		enum eyas_rules_match_kind kind;
		int matches;
	} rows[] = {
		{ "any", EYAS_MATCH_EXACT, 1 },
		{ "an", EYAS_MATCH_EXACT, 0 },
		{ "", EYAS_MATCH_EXACT, 4 },
		{ "o", EYAS_MATCH_SUBSTRING, 3 },
		{ "compiler", EYAS_MATCH_SUBSTRING, 1 },
		{ "any", EYAS_MATCH_WILDCARD, 1 },
		{ "o", EYAS_MATCH_WILDCARD, 0 },
		{ "o*", EYAS_MATCH_WILDCARD, 2 },
		{ "*r", EYAS_MATCH_WILDCARD, 2 },
		{ "c*r", EYAS_MATCH_WILDCARD, 1 },
		{ "*mpil*", EYAS_MATCH_WILDCARD, 1 },
		{ "*", EYAS_MATCH_WILDCARD, 4 },
		{ "**", EYAS_MATCH_WILDCARD, 4 },
		{ "*x*", EYAS_MATCH_WILDCARD, 0 },
		{ "any*", EYAS_MATCH_WILDCARD, 1 },
		{ "*any", EYAS_MATCH_WILDCARD, 1 },
		{ "", EYAS_MATCH_WILDCARD, 4 },
	};
	struct bench b;
	size_t i;

	start(&b, NULL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (eyas_rules_select(b.rules, 0, rows[i].pattern, rows[i].kind, 1) !=
		    rows[i].matches)
			test_fail(__FILE__, __LINE__, "'%s' does not match %d rules",
				  rows[i].pattern, rows[i].matches);
	stop(&b);
}

/* What is between stars is taken where it is found first, and never looked for again. */
TEST(wildcards_do_not_go_back)
{
	struct bench b;

	start(&b, NULL);
	load(b.rules, "- rule: abxab\n"
		      "  desc: d\n"
		      "  condition: evt.type = open\n"
		      "  output: o\n"
		      "  priority: INFO\n");
	CHECK_INT(eyas_rules_select(b.rules, 0, "*ab", EYAS_MATCH_WILDCARD, 1), 0);
	CHECK_INT(eyas_rules_select(b.rules, 0, "ab*ab", EYAS_MATCH_WILDCARD, 1), 1);
	CHECK_INT(eyas_rules_select(b.rules, 0, "*xab", EYAS_MATCH_WILDCARD, 1), 1);
	stop(&b);
}

TEST(tags)
{
	const char *const ac[] = { "a", "c" }, *const none[] = { "z" };
	struct eyas_rule_info info;
	struct bench b;

	start(&b, NULL);
	CHECK_INT(eyas_rules_select_tags(b.rules, 0, ac, 2, 0), 2);
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_ALL), "");
	CHECK_INT(eyas_rules_select_tags(b.rules, 0, ac, 1, 1), 1);
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_ALL), " any");
	CHECK_INT(eyas_rules_select_tags(b.rules, 0, none, 1, 1), 0);
	CHECK_INT(eyas_rules_select_tags(b.rules, 0, NULL, 0, 1), 0);
	CHECK_INT(eyas_rules_get(b.rules, 0, &info), 1);
	CHECK_INT(info.ntags, 2);
	CHECK_STR(info.tags[0], "a");
	CHECK_STR(info.tags[1], "b");
	stop(&b);
}

TEST(least_priority)
{
	struct eyas_rules_opts opts = { .size = sizeof(opts), .min_priority = "Warning" };
	struct eyas_rules *rules = NULL;
	struct bench b;

	start(&b, &opts);
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_ALL), " compiler");
	/* No selection enables the others. */
	CHECK_INT(eyas_rules_select(b.rules, 0, "", EYAS_MATCH_EXACT, 1), 4);
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_ALL), " compiler");
	stop(&b);
	opts.min_priority = "urgent";
	CHECK_INT(eyas_rules_new(&opts, &rules, NULL), EYAS_E_USAGE);
	opts = (struct eyas_rules_opts){ .size = 1 };
	CHECK_INT(eyas_rules_new(&opts, &rules, NULL), -EINVAL);
	CHECK(!rules);
}

TEST(wanted_events)
{
	struct bench b;
	unsigned code;

	start(&b, NULL);
	CHECK_INT(eyas_rules_wants(b.rules, 0, EYAS_EV_PROCINFO_E), 1);
	CHECK_INT(eyas_rules_wants(b.rules, 0, EYAS_EV_SYSCALL_OPEN_X), 1);
	CHECK_INT(eyas_rules_wants(b.rules, 0, EYAS_EV_GENERIC_X), 1);
	CHECK_INT(eyas_rules_wants(b.rules, 0, EYAS_EV_ASYNCEVENT_E), 1);
	CHECK_INT(eyas_rules_wants(b.rules, 0, EYAS_EV_SYSCALL_CLOSE_X), 0);
	CHECK_INT(eyas_rules_wants(b.rules, 0, 100000), 0);
	CHECK_INT(eyas_rules_wants_syscall(b.rules, 0, EYAS_SYS_ALARM), 1);
	CHECK_INT(eyas_rules_wants_syscall(b.rules, 0, EYAS_SYS_CLOSE), 0);
	CHECK_INT(eyas_rules_select(b.rules, 0, "other", EYAS_MATCH_EXACT, 0), 1);
	CHECK_INT(eyas_rules_wants(b.rules, 0, EYAS_EV_GENERIC_X), 0);
	for (code = 0; code < EYAS_SYSCALL_CODES; code++)
		CHECK(!eyas_rules_wants_syscall(b.rules, 0, code));
	stop(&b);
}

/* System calls without a type of their own share one. */
TEST(generic_events)
{
	struct bench b;

	start(&b, NULL);
	begin_event(&b.machine, EYAS_EV_GENERIC_X, 300);
	eyas_put_uint(&b.machine.encoder, EYAS_SYS_ALARM);
	eyas_put_uint(&b.machine.encoder, 37);
	end_event(&b.machine);
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_ALL), " other");
	begin_event(&b.machine, EYAS_EV_GENERIC_X, 300);
	eyas_put_uint(&b.machine.encoder, EYAS_SYS_ALARM + 1);
	eyas_put_uint(&b.machine.encoder, 38);
	end_event(&b.machine);
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_ALL), "");
	stop(&b);
}

/* ---- alerts ---- */

struct alerts {
	struct eyas_rules_alert_opts opts;
	char text[1000];
};

static void on_alert(void *ctx, struct eyas_rules *rules, size_t rule)
{
	struct alerts *alerts = ctx;
	const char *text;
	size_t len;

	CHECK_INT(eyas_rules_alert(rules, rule, &alerts->opts, &text, &len), 0);
	CHECK_INT(strlen(text), len);
	snprintf(alerts->text, sizeof(alerts->text), "%s", text);
}

static const char *alert(struct bench *b, struct alerts *alerts)
{
	CHECK_INT(eyas_rules_process(b->rules, 0, &b->machine.context, EYAS_MATCHING_FIRST,
				     on_alert, alerts),
		  1);
	return alerts->text;
}

TEST(alerts)
{
	struct alerts alerts = { .opts = { .size = sizeof(alerts.opts), .hostname = "h" } };
	struct bench b;
	const char *text;
	size_t len;

	CHECK_INT(setenv("TZ", "UTC", 1), 0);
	start(&b, NULL);
	CHECK_STR(alert(&b, &alerts),
		  "00:00:00.000005000: Notice name cc parent make x 0 none <NA>");
	alerts.opts.iso = 1;
	CHECK_STR(alert(&b, &alerts), "1970-01-01T00:00:00.000005000+0000: Notice name cc parent "
				      "make x 0 none <NA>");
	alerts.opts.iso = 0;
	alerts.opts.json = 1;
	CHECK_STR(alert(&b, &alerts),
		  "{\"hostname\":\"h\",\"priority\":\"Notice\",\"rule\":\"any\","
		  "\"source\":\"syscall\",\"time\":\"1970-01-01T00:00:00.000005000Z\"}");
	alerts.opts.output = 1;
	CHECK_STR(
		alert(&b, &alerts),
		"{\"hostname\":\"h\",\"output\":\"00:00:00.000005000: Notice name cc parent make x "
		"0 none <NA>\",\"priority\":\"Notice\",\"rule\":\"any\",\"source\":\"syscall\","
		"\"time\":\"1970-01-01T00:00:00.000005000Z\"}");
	alerts.opts.fields = alerts.opts.tags = 1;
	CHECK_STR(
		alert(&b, &alerts),
		"{\"hostname\":\"h\",\"output\":\"00:00:00.000005000: Notice name cc parent make x "
		"0 none <NA>\",\"output_fields\":{\"evt.time\":5000,\"fd.name\":null,"
		"\"proc.name\":\"cc\",\"proc.pname\":\"make\",\"proc.tty\":0},"
		"\"priority\":\"Notice\",\"rule\":\"any\",\"source\":\"syscall\","
		"\"tags\":[\"a\",\"b\"],\"time\":\"1970-01-01T00:00:00.000005000Z\"}");
	/* There is no event to tell of. */
	CHECK_INT(eyas_rules_alert(b.rules, 0, &alerts.opts, &text, &len), EYAS_E_USAGE);
	stop(&b);
}

/* A process cannot make two lines of one, or end a string. */
TEST(alerts_are_one_line)
{
	struct alerts alerts = { .opts = { .size = sizeof(alerts.opts) } };
	struct bench b;

	CHECK_INT(setenv("TZ", "UTC", 1), 0);
	start(&b, NULL);
	add_thread(&b.machine, 400, 400, 1, "a\nb\"c\\");
	set_event(&b.machine, EYAS_EV_PROCINFO_E, 400);
	CHECK_STR(alert(&b, &alerts),
		  "00:00:00.000005000: Notice name a\\nb\\\"c\\\\ parent systemd "
		  "x 0 none <NA>");
	stop(&b);
}

TEST(appended_outputs)
{
	const char *const a[] = { "a" }, *const az[] = { "a", "z" };
	struct alerts alerts = { .opts = { .size = sizeof(alerts.opts) } };
	struct bench b;

	CHECK_INT(setenv("TZ", "UTC", 1), 0);
	start(&b, NULL);
	CHECK_INT(eyas_rules_append_output(b.rules, "all=%proc.pid", NULL, NULL, NULL, 0), 0);
	CHECK_INT(eyas_rules_append_output(b.rules, "tag", NULL, "syscall", a, 1), 0);
	CHECK_INT(eyas_rules_append_output(b.rules, "tags", NULL, "", az, 2), 0);
	CHECK_INT(eyas_rules_append_output(b.rules, "name", "compiler", NULL, NULL, 0), 0);
	CHECK_INT(eyas_rules_append_output(b.rules, "source", NULL, "other", NULL, 0), 0);
	load(b.rules, "");
	CHECK_STR(alert(&b, &alerts),
		  "00:00:00.000005000: Notice name cc parent make x 0 none <NA> "
		  "all=300 tag");
	CHECK_INT(eyas_rules_append_output(b.rules, "%no.such", NULL, NULL, NULL, 0), 0);
	CHECK_INT(eyas_rules_load(b.rules, "x", "", 0, NULL, NULL), EYAS_E_USAGE);
	stop(&b);
}

/* ---- counting ---- */

TEST(statistics)
{
	struct eyas_rules_stats stats;
	struct eyas_rule_info info;
	struct bench b;

	start(&b, NULL);
	matches(&b, 0, EYAS_MATCHING_ALL);
	matches(&b, 0, EYAS_MATCHING_FIRST);
	set_event(&b.machine, EYAS_EV_SCHEDSWITCH_6_E, 200);
	matches(&b, 0, EYAS_MATCHING_ALL);
	eyas_rules_stats(b.rules, &stats);
	CHECK_INT(stats.events, 3);
	CHECK_INT(stats.matches, 3);
	CHECK_INT(stats.by_priority[EYAS_PRIORITY_NOTICE], 2);
	CHECK_INT(stats.by_priority[EYAS_PRIORITY_ERROR], 1);
	CHECK_INT(eyas_rules_get(b.rules, 0, &info), 1);
	CHECK_INT(info.matches, 2);
	CHECK_STR(eyas_rules_stats_text(b.rules), "Events detected: 3\n"
						  "Rule counts by severity:\n"
						  "   ERROR: 1\n"
						  "   NOTICE: 2\n"
						  "Triggered rules by rule name:\n"
						  "   any: 2\n"
						  "   compiler: 1\n");
	load(b.rules, "");
	eyas_rules_stats(b.rules, &stats);
	CHECK_INT(stats.events, 0);
	stop(&b);
}

TEST(sampling)
{
	struct eyas_rules_stats stats;
	struct bench b;
	int i, found = 0;

	start(&b, NULL);
	eyas_rules_sampling(b.rules, 4, 1.0);
	for (i = 0; i < 10000; i++)
		found += matches(&b, 0, EYAS_MATCHING_FIRST)[0] != '\0';
	eyas_rules_stats(b.rules, &stats);
	CHECK_INT(stats.sampled + (uint64_t)found, 10000);
	/* A quarter, as far as chance lets one say; the sequence is the same each time. */
	CHECK(found > 2300 && found < 2700);
	eyas_rules_sampling(b.rules, 1, 5.0);
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_FIRST), " any");
	eyas_rules_sampling(b.rules, 1000, 0.0);
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_FIRST), " any");
	stop(&b);
}

/* ---- files ---- */

TEST(after_an_error_nothing_matches)
{
	static const char broken[] = "- rule: any\n"
				     "  condition: and proc.nme = x\n"
				     "  override: {condition: append}\n";
	struct eyas_rules_report *report = NULL;
	struct eyas_rules_finding finding;
	struct eyas_err err = { 0 };
	struct bench b;

	start(&b, NULL);
	CHECK_INT(eyas_rules_load(b.rules, "two", broken, strlen(broken), &report, &err),
		  EYAS_E_USAGE);
	CHECK_INT(err.line, 2);
	CHECK_INT(err.column, 18);
	CHECK(strstr(err.text, "two: unknown field 'proc.nme'"));
	CHECK_INT(eyas_rules_report_ok(report), 0);
	CHECK_INT(eyas_rules_report_finding(report, 0, &finding), 1);
	CHECK_INT(finding.code, EYAS_LOAD_ERR_COMPILE_CONDITION);
	CHECK_STR(finding.file, "two");
	CHECK_INT(finding.offset, 29);
	CHECK_INT(eyas_rules_report_finding(report, 1, &finding), 0);
	CHECK_INT(eyas_rules_process(b.rules, 0, &b.machine.context, EYAS_MATCHING_ALL, NULL, NULL),
		  EYAS_E_USAGE);
	stop(&b);
	/* It outlives the engine. */
	CHECK(strstr(eyas_rules_report_text(report, EYAS_REPORT_VERBOSE), "^\n"));
	CHECK_STR(
		eyas_rules_report_text(report, EYAS_REPORT_SUMMARY),
		"two: Invalid 1 errors: [LOAD_ERR_COMPILE_CONDITION (Error compiling condition)]");
	eyas_rules_report_free(report);
	eyas_rules_report_free(NULL);
}

static void count_report(void *ctx, struct eyas_rules_report *report)
{
	int *count = ctx;

	CHECK_INT(eyas_rules_report_ok(report), 1);
	++*count;
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[300];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	CHECK(file && fputs(text, file) >= 0 && !fclose(file));
}

TEST(directories)
{
	const char *dir = test_tmpdir();
	struct eyas_rules *rules;
	struct eyas_rule_info info;
	char path[300];
	int count = 0;

	/* Only with the list of the first file does the second compile. */
	write_file(dir, "2.yml",
		   "- rule: R\n"
		   "  desc: d\n"
		   "  condition: evt.type = open and names\n"
		   "  output: o\n"
		   "  priority: INFO\n");
	write_file(dir, "1.yaml", "- macro: names\n  condition: proc.name = x\n");
	write_file(dir, "0.txt", "- wrong");
	snprintf(path, sizeof(path), "%s/3.yaml", dir);
	CHECK_INT(mkdir(path, 0700), 0);
	CHECK_INT(eyas_rules_new(NULL, &rules, NULL), 0);
	CHECK_INT(eyas_rules_load_path(rules, dir, count_report, &count, NULL), 2);
	CHECK_INT(count, 2);
	CHECK_INT(eyas_rules_count(rules), 1);
	CHECK_INT(eyas_rules_get(rules, 0, &info), 1);
	CHECK_STR(info.name, "R");
	CHECK_STR(eyas_rules_macro_name(rules, 0), "names");
	CHECK(!eyas_rules_macro_name(rules, 1) && !eyas_rules_list_name(rules, 0));
	snprintf(path, sizeof(path), "%s/0.txt", dir);
	CHECK_INT(eyas_rules_load_path(rules, path, NULL, NULL, NULL), 0);
	snprintf(path, sizeof(path), "%s/none.yaml", dir);
	CHECK_INT(eyas_rules_load_path(rules, path, NULL, NULL, NULL), -ENOENT);
	eyas_rules_free(rules);
}

TEST(plugins)
{
	static const char needs[] = "- required_plugin_versions:\n"
				    "    - name: json\n"
				    "      version: 1.2.0\n";
	struct eyas_rules *rules;

	CHECK_INT(eyas_rules_new(NULL, &rules, NULL), 0);
	CHECK_INT(eyas_rules_add_plugin(rules, "json", "newest", NULL), EYAS_E_USAGE);
	CHECK_INT(eyas_rules_add_plugin(rules, "json", "1.10.0", NULL), 0);
	load(rules, needs);
	eyas_rules_free(rules);
	CHECK_INT(eyas_rules_new(NULL, &rules, NULL), 0);
	CHECK_INT(eyas_rules_add_plugin(rules, "json", "2.0.0", NULL), 0);
	CHECK_INT(eyas_rules_load(rules, "x", needs, strlen(needs), NULL, NULL), EYAS_E_USAGE);
	eyas_rules_free(rules);
}

TEST(describing)
{
	struct eyas_err err = { 0 };
	struct bench b;
	const char *text;
	size_t len;

	start(&b, NULL);
	CHECK_INT(eyas_rules_describe(b.rules, "compiler", EYAS_DESCRIBE_TEXT, &text, &len, NULL),
		  0);
	CHECK_STR(text, "Rule                                               Description\n"
			"----                                               -----------\n"
			"compiler                                           one of them\n");
	CHECK_INT(eyas_rules_describe(b.rules, "compiler", EYAS_DESCRIBE_JSON, &text, &len, NULL),
		  0);
	CHECK_STR(
		text,
		"{\"rules\":[{\"details\":{\"condition_compiled\":\"(evt.type = procinfo and "
		"proc.name = cc)\",\"condition_fields\":[\"evt.type\",\"proc.name\"],"
		"\"condition_operators\":[\"=\"],\"events\":[\"asyncevent\",\"procinfo\"],"
		"\"exception_fields\":[],\"exception_names\":[],\"exception_operators\":[],"
		"\"lists\":[],\"macros\":[],\"output_compiled\":\"found\",\"output_fields\":[],"
		"\"plugins\":[]},\"info\":{\"capture\":false,\"capture_duration\":0,"
		"\"condition\":\"evt.type = procinfo and proc.name = cc\",\"description\":\"one of "
		"them\",\"enabled\":true,\"name\":\"compiler\",\"output\":\"found\","
		"\"priority\":\"Error\",\"source\":\"syscall\",\"tags\":[\"c\"]}}]}");
	CHECK_INT(eyas_rules_describe(b.rules, "none", EYAS_DESCRIBE_TEXT, &text, &len, &err),
		  EYAS_E_USAGE);
	CHECK_STR(err.text, "there is no rule 'none'");
	stop(&b);
}

TEST(priorities_and_codes)
{
	CHECK_STR(eyas_rules_priority_name(0), "Emergency");
	CHECK(!eyas_rules_priority_name(8));
	CHECK_INT(eyas_rules_priority_find("inFO"), 6);
	CHECK_INT(eyas_rules_priority_find("emergency"), 0);
	CHECK(eyas_rules_priority_find("none") < 0);
	CHECK_STR(eyas_rules_code_name(EYAS_LOAD_UNUSED_LIST), "LOAD_UNUSED_LIST");
	CHECK_STR(eyas_rules_code_text(EYAS_LOAD_UNUSED_LIST), "Unused list");
	CHECK(!eyas_rules_code_name(EYAS_LOAD_CODES) && !eyas_rules_code_text(EYAS_LOAD_CODES));
}
