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

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
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

TEST(appended_fields)
{
	const char *const z[] = { "z" };
	struct alerts alerts = { .opts = { .size = sizeof(alerts.opts), .json = 1, .fields = 1 } };
	const char *text, *at;
	struct bench b;
	size_t len;

	CHECK_INT(setenv("TZ", "UTC", 1), 0);
	start(&b, NULL);
	CHECK_INT(eyas_rules_append_field(b.rules, "proc.pid", NULL, NULL, NULL, NULL, 0), 0);
	CHECK_INT(eyas_rules_append_field(b.rules, "a\"b", "pid %proc.pid", "any", NULL, NULL, 0),
		  0);
	CHECK_INT(eyas_rules_append_field(b.rules, "proc.tty", "tty", "any", NULL, NULL, 0), 0);
	CHECK_INT(eyas_rules_append_field(b.rules, "z", "z", NULL, NULL, z, 1), 0);
	CHECK_INT(eyas_rules_append_field(b.rules, "other", "o", NULL, "other", NULL, 0), 0);
	CHECK_INT(eyas_rules_append_field(b.rules, "", "o", NULL, NULL, NULL, 0), EYAS_E_USAGE);
	load(b.rules, "");
	text = alert(&b, &alerts);
	at = strstr(text, "\"output_fields\"");
	/* Sorted, a key once, and none of them in the output. */
	CHECK(at && begins(at, "\"output_fields\":{\"a\\\"b\":\"pid 300\",\"evt.time\":5000,"
			       "\"fd.name\":null,\"proc.name\":\"cc\",\"proc.pid\":300,"
			       "\"proc.pname\":\"make\",\"proc.tty\":\"tty\"},"));
	CHECK_INT(eyas_rules_describe(b.rules, "any", EYAS_DESCRIBE_JSON, &text, &len, NULL), 0);
	CHECK(strstr(text, "\"extra_output_formatted_fields\":{\"a\\\"b\":\"pid %proc.pid\","
			   "\"proc.tty\":\"tty\"},\"lists\""));
	/* A rule that no such field is for has no key for them. */
	CHECK_INT(eyas_rules_describe(b.rules, "other", EYAS_DESCRIBE_JSON, &text, &len, NULL), 0);
	CHECK(!strstr(text, "extra_output"));
	CHECK_INT(eyas_rules_append_field(b.rules, "no.such", NULL, NULL, NULL, NULL, 0), 0);
	CHECK_INT(eyas_rules_load(b.rules, "x", "", 0, NULL, NULL), EYAS_E_USAGE);
	stop(&b);
}

TEST(static_fields)
{
	static const char text[] = "- rule: S\n"
				   "  desc: d\n"
				   "  condition: evt.type = procinfo and static.where.to = here\n"
				   "  output: at %static.where.to and %static.empty\n"
				   "  priority: EMERGENCY\n";
	struct alerts alerts = { .opts = { .size = sizeof(alerts.opts), .json = 1, .fields = 1 } };
	struct eyas_err err = { 0 };
	struct bench b;

	start(&b, NULL);
	CHECK_INT(eyas_rules_load(b.rules, "x", text, strlen(text), NULL, &err), EYAS_E_USAGE);
	CHECK_STR(err.text, "x: unknown field 'static.where.to'");
	stop(&b);
	start(&b, NULL);
	CHECK_INT(eyas_rules_add_static(b.rules, "where.to", "here"), 0);
	CHECK_INT(eyas_rules_add_static(b.rules, "empty", ""), 0);
	CHECK_INT(eyas_rules_add_static(b.rules, "empty", "twice"), EYAS_E_USAGE);
	CHECK_INT(eyas_rules_add_static(b.rules, "", "none"), EYAS_E_USAGE);
	load(b.rules, text);
	CHECK_INT(eyas_rules_select(b.rules, 0, "any", EYAS_MATCH_EXACT, 0), 1);
	CHECK_INT(eyas_rules_select(b.rules, 0, "compiler", EYAS_MATCH_EXACT, 0), 1);
	CHECK_STR(matches(&b, 0, EYAS_MATCHING_ALL), " S");
	CHECK(strstr(alert(&b, &alerts), "\"output_fields\":{\"evt.time\":5000,"
					 "\"static.empty\":\"\",\"static.where.to\":\"here\"}"));
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

#define RULE "- rule: a\n  desc: b\n  condition: evt.type = open\n  output: c\n"

/* Texts that load, or not, and what the JSON schema has to say of them; NULL = nothing. */
static const struct {
	const char *text, *words;
} schema_rows[] = {
	{ "", NULL },
	{ "- required_engine_version: 0.31.0\n- list: a\n  items: [1, b]\n", NULL },
	{ "- macro: a\n  condition: evt.type = open\n", NULL },
	{ RULE "  priority: WARNING\n  exceptions:\n", NULL },
	{ RULE "  priority: INFO\n  exceptions: [{name: x, fields: proc.name}]\n", NULL },
	{ RULE "  priority: Warning\n", "s:5:13: priority: expected a priority in capitals" },
	{ RULE "  priority: WARNING\n  more: 1\n", "s:6:3: there is no such key" },
	{ RULE "  priority: WARNING\n  enabled: x\n", "s:6:12: enabled: expected true or false" },
	{ RULE "  priority: WARNING\n  enabled: yes\n", "s:6:12: enabled: expected true or false" },
	{ RULE "  priority: WARNING\n  tags: x\n", "s:6:9: tags: expected a sequence" },
	{ RULE "  priority: WARNING\n  tags: [[]]\n", "s:6:10: tags: expected a text" },
	{ RULE "  priority: WARNING\n  capture_duration: -1\n",
	  "s:6:21: capture_duration: expected" },
	{ RULE "  priority: WARNING\n  exceptions: x\n", "s:6:15: exceptions: expected a seq" },
	{ RULE "  priority: WARNING\n  exceptions: [{fields: a}]\n", "s:6:16: 'name' has to be" },
	{ RULE "  priority: WARNING\n  exceptions: [{name: a, comps: {}}]\n",
	  "s:6:33: comps: expected a text or a sequence" },
	{ RULE "  priority: WARNING\n  exceptions: [{name: a, values: x}]\n",
	  "s:6:34: values: expected a sequence" },
	{ RULE "  override: x\n", "s:5:13: override: expected a mapping" },
	{ RULE "  override: {more: append}\n", "s:5:14: override: there is no such key" },
	{ RULE "  override: {priority: append}\n", NULL },
	{ RULE "  override: {tags: drop}\n", "s:5:20: override: expected append or replace" },
	{ "- required_plugin_versions: [{name: a, version: 1.0.0, alternatives: [b]}]\n",
	  "s:1:71: expected a mapping" },
	{ "- required_plugin_versions: {}\n", "s:1:29: required_plugin_versions: expected" },
	{ "- macro: []\n", "s:1:10: macro: expected a text" },
	{ "- x: 1\n", "s:1:3: expected a list, a macro" },
	{ "x: 1\n", "s:1:1: expected a sequence of items" },
};

TEST(schema)
{
	struct eyas_rules_report *report;
	struct eyas_err err;
	const char *json;
	struct bench b;
	size_t i;

	for (i = 0; i < sizeof(schema_rows) / sizeof(schema_rows[0]); i++) {
		const char *text = schema_rows[i].text, *words = schema_rows[i].words;

		start(&b, NULL);
		report = NULL;
		(void)!eyas_rules_load(b.rules, "s", text, strlen(text), &report, &err);
		CHECK_STR(eyas_rules_report_schema(report), words ? "failed" : "ok");
		json = eyas_rules_report_text(report, EYAS_REPORT_JSON);
		CHECK(strstr(json,
			     words ? words : "\"schema_valid\":true,\"schema_warnings\":[],"));
		CHECK(!words || strstr(json, "\"schema_valid\":false,\"schema_warnings\":[\"s:"));
		json = eyas_rules_report_text(report, EYAS_REPORT_VERBOSE);
		CHECK(!strstr(json, "JSON schema") == !words);
		CHECK(!words || strstr(json, words));
		eyas_rules_report_free(report);
		stop(&b);
	}
}

/* Nothing is said of what is no YAML; of many faults, the first hundred; of too many, the end. */
TEST(schema_bounds)
{
	char *text = malloc(65536), *to = text;
	struct eyas_rules_report *report = NULL;
	struct eyas_err err;
	struct bench b;
	int i;

	CHECK(text);
	start(&b, NULL);
	CHECK_INT(eyas_rules_load(b.rules, "s", "a: [", 4, &report, &err), EYAS_E_FORMAT);
	CHECK_STR(eyas_rules_report_schema(report), "none");
	CHECK(!strstr(eyas_rules_report_text(report, EYAS_REPORT_JSON), "schema"));
	eyas_rules_report_free(report);
	for (i = 0; i < 150; i++)
		to += sprintf(to, "- x: 1\n");
	CHECK_INT(eyas_rules_load(b.rules, "s", text, (size_t)(to - text), &report, &err), 0);
	CHECK(strstr(eyas_rules_report_text(report, EYAS_REPORT_VERBOSE), "at 150 places:"));
	CHECK(strstr(eyas_rules_report_text(report, EYAS_REPORT_VERBOSE), "\n50 more"));
	eyas_rules_report_free(report);
	/* 3000 times 3000 exceptions, by aliases of one. */
	to = text + sprintf(text, "- rule: x\n  exceptions: &a\n  - &b {name: a}\n");
	for (i = 0; i < 3000; i++)
		to += sprintf(to, "  - *b\n");
	for (i = 0; i < 1500; i++)
		to += sprintf(to, "- {rule: x, exceptions: *a}\n");
	CHECK(eyas_rules_load(b.rules, "s", text, (size_t)(to - text), &report, &err) < 0);
	CHECK(strstr(eyas_rules_report_text(report, EYAS_REPORT_JSON), "too much to look at"));
	eyas_rules_report_free(report);
	stop(&b);
	free(text);
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

/* What a description says of these, from a key on. */
static const char *described(struct eyas_rules *rules, const char *key)
{
	const char *text, *at;
	size_t len;

	CHECK_INT(eyas_rules_describe(rules, NULL, EYAS_DESCRIBE_JSON, &text, &len, NULL), 0);
	at = strstr(text, key);
	CHECK(at);
	return at ? at : "";
}

TEST(describing_what_is_required)
{
	struct eyas_rules *rules;

	CHECK_INT(eyas_rules_new(NULL, &rules, NULL), 0);
	load(rules, "- required_plugin_versions:\n"
		    "    - name: k8s\n"
		    "      version: 0.1.0\n"
		    "      alternatives: [{name: container, version: 0.2.0}]\n"
		    "    - {name: container, version: 0.3.0}\n");
	CHECK(begins(described(rules, "\"required"),
		     "\"required_engine_version\":\"0.0.0\",\"required_plugin_versions\":["
		     "{\"alternatives\":[{\"name\":\"container\",\"version\":\"0.2.0\"}],"
		     "\"name\":\"k8s\",\"version\":\"0.1.0\"},"
		     "{\"alternatives\":[],\"name\":\"container\",\"version\":\"0.3.0\"}],"));
	eyas_rules_free(rules);
}

TEST(describing_lists_and_macros)
{
	struct eyas_rules *rules;

	CHECK_INT(eyas_rules_new(NULL, &rules, NULL), 0);
	load(rules, "- {list: inner, items: [cat]}\n"
		    "- {list: outer, items: [inner, dog]}\n"
		    "- {macro: caged, condition: container.id in (outer)}\n"
		    "- {rule: R, desc: d, condition: caged, output: o, priority: INFO}\n");
	CHECK(begins(described(rules, "{\"details\":{\"items_compiled\":[\"cat\",\"dog\"]"),
		     "{\"details\":{\"items_compiled\":[\"cat\",\"dog\"],\"lists\":[\"inner\"],"
		     "\"plugins\":[],\"used\":true},\"info\":{\"items\":[\"dog\"],"
		     "\"name\":\"outer\"}}"));
	/* A macro has no source, so that it alone needs no plugin; the rule does. */
	CHECK(begins(described(rules, "\"lists\":[\"outer\"],\"macros\""),
		     "\"lists\":[\"outer\"],\"macros\":[],\"plugins\":[],\"used\":true}"));
	CHECK(begins(
		described(rules, "\"output_compiled\""),
		"\"output_compiled\":\"o\",\"output_fields\":[],\"plugins\":[\"container\"]}"));
	eyas_rules_free(rules);
}

TEST(describing_exceptions)
{
	struct eyas_rules *rules;

	CHECK_INT(eyas_rules_new(NULL, &rules, NULL), 0);
	load(rules, "- rule: R\n"
		    "  desc: d\n"
		    "  condition: evt.type = open\n"
		    "  output: o\n"
		    "  priority: INFO\n"
		    "  exceptions:\n"
		    "    - {name: cats, fields: proc.name, values: [cat]}\n");
	CHECK(begins(described(rules, "\"condition_fields\""),
		     "\"condition_fields\":[\"evt.type\",\"proc.name\"],"
		     "\"condition_operators\":[\"=\",\"in\"],"
		     "\"events\":[\"asyncevent\",\"open\"],"
		     "\"exception_fields\":[\"proc.name\"],\"exception_names\":[\"cats\"],"
		     "\"exception_operators\":[\"in\"]"));
	/* Blanks around them are no part of operators. */
	load(rules, "- rule: R\n"
		    "  exceptions:\n"
		    "    - {name: dogs, fields: [fd.name], comps: [' endswith  oneof '],"
		    " values: [[[x, y]]]}\n"
		    "  override: {exceptions: append}\n");
	CHECK(begins(described(rules, "\"exception_operators\""),
		     "\"exception_operators\":[\"endswith  oneof\",\"in\"]"));
	CHECK(begins(described(rules, "\"condition_compiled\""),
		     "\"condition_compiled\":\"(evt.type = open and not proc.name in (cat) and "
		     "not fd.name endswith oneof (x, y))\""));
	eyas_rules_free(rules);
}

TEST(describing_leaves_out_unknown_sources)
{
	struct eyas_err err = { 0 };
	struct eyas_rules *rules;
	const char *text;
	size_t len;

	CHECK_INT(eyas_rules_new(NULL, &rules, NULL), 0);
	load(rules, "- {rule: R, desc: d, condition: a = b, output: o, priority: INFO, source: x}");
	CHECK(begins(described(rules, "\"rules\""), "\"rules\":[]}"));
	CHECK_INT(eyas_rules_describe(rules, NULL, EYAS_DESCRIBE_TEXT, &text, &len, NULL), 0);
	CHECK(!strstr(text, "\nR "));
	CHECK_INT(eyas_rules_describe(rules, "R", EYAS_DESCRIBE_TEXT, &text, &len, &err),
		  EYAS_E_USAGE);
	CHECK_STR(err.text, "there is no rule 'R'");
	eyas_rules_free(rules);
}

/* Which are not looked at any further, so that their conditions may be anything. */
TEST(describing_leaves_out_rules_without_an_output)
{
	struct eyas_rules *rules;

	CHECK_INT(eyas_rules_new(NULL, &rules, NULL), 0);
	load(rules, "- {rule: R, desc: d, condition: a b (, output: '%no.field', priority: INFO, "
		    "skip-if-unknown-filter: true}\n"
		    "- {rule: Q, desc: d, condition: evt.type = open, output: o, priority: INFO}");
	CHECK(strstr(described(rules, "\"rules\""), "\"name\":\"Q\""));
	CHECK(!strstr(described(rules, "\"rules\""), "\"name\":\"R\""));
	eyas_rules_free(rules);
}

TEST(places_as_falco_tells_them)
{
	static const char wrong[] = "- list: names\n"
				    "- rule: R\n"
				    "  desc: d\n"
				    "  condition: evt.type = open and no.field = 1\n"
				    "  output: o\n"
				    "  priority: INFO\n";
	static const struct eyas_rules_opts opts = { .size = sizeof(opts), .falco_reports = 1 };
	const char *rule = strchr(wrong, '\n') + 1;
	struct eyas_rules_report *report = NULL;
	struct eyas_rules_finding finding;
	struct eyas_rules *rules;

	CHECK_INT(eyas_rules_new(&opts, &rules, NULL), 0);
	CHECK_INT(eyas_rules_load(rules, "x", wrong, strlen(wrong), &report, NULL), EYAS_E_USAGE);
	CHECK(strstr(eyas_rules_report_text(report, EYAS_REPORT_VERBOSE),
		     "In rules content: (x:0:0)\n    list 'names': (x:0:2)\n"));
	CHECK_INT(eyas_rules_report_finding(report, 0, &finding), 1);
	CHECK(finding.line == 1 && finding.column == 3);
	eyas_rules_report_free(report);
	CHECK_INT(eyas_rules_load(rules, "x", rule, strlen(rule), &report, NULL), EYAS_E_USAGE);
	CHECK(strstr(eyas_rules_report_text(report, EYAS_REPORT_VERBOSE),
		     "    rule condition: (x:2:13)\n"
		     "    condition expression: (\"evt.type = open a...\":3:34)\n"));
	CHECK(strstr(eyas_rules_report_text(report, EYAS_REPORT_JSON),
		     "{\"item_name\":\"\",\"item_type\":\"condition expression\",\"position\":"
		     "{\"column\":34,\"line\":3,\"name\":\"\\\"evt.type = open a...\\\"\","));
	CHECK_INT(eyas_rules_report_finding(report, 0, &finding), 1);
	CHECK(finding.line == 3 && finding.column == 34);
	eyas_rules_report_free(report);
	eyas_rules_free(rules);
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
