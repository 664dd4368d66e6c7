/* SPDX-License-Identifier: Apache-2.0 */
/* eyas rules test: do rules give the alerts for captures that a file says they should? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "cli/cmd_rules.h"
#include "cli/rules_spec.h"
#include "rules/rules_int.h"

enum { FAILURES_MAX = 100 }; /* of a test that are told of; the rest is counted */

/* An expected alert while events are compared. */
struct expected {
	const struct spec_alert *alert;
	struct eyas_layout **fields; /* one for each name */
	uint64_t found;
};

struct testing {
	const struct spec_test *test;
	struct eyas_rules *rules;
	struct expected *expected; /* of each alert */
	struct eyas_str text, failures;
	uint32_t nfailures;
	int failure; /* of an alert that could not be made */
};

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* Lines, each with its newline; names in them may be anything, so they are made safe. */
static void add_failure(struct testing *t, const char *text)
{
	if (++t->nfailures > FAILURES_MAX)
		return;
	eyas_str_safe(&t->failures, text, strlen(text));
	eyas_str_putc(&t->failures, '\n');
}

/* ---- alerts ---- */

static bool has_fields(struct testing *t, const struct expected *expected)
{
	uint32_t i;

	for (i = 0; i < expected->alert->names.count; i++) {
		t->text.len = 0;
		eyas_layout_put_text(expected->fields[i], &t->text, FORMAT_EXACT);
		eyas_str_putc(&t->text, '\0');
		if (t->text.nomem || strcmp(t->text.data, expected->alert->values.rows[i]) != 0)
			return false;
	}
	return true;
}

static void on_match(void *ctx, struct eyas_rules *rules, size_t rule)
{
	static const struct eyas_rules_alert_opts opts = { .size = sizeof(opts) };
	struct testing *t = ctx;
	struct eyas_rule_info info;
	const char *text;
	bool named = false;
	char words[400];
	size_t len;
	uint32_t i;
	int res = eyas_rules_alert(rules, rule, &opts, &text, &len);

	if (res < 0 || !eyas_rules_get(rules, rule, &info)) {
		t->failure = res < 0 ? res : -EINVAL;
		return;
	}
	for (i = 0; i < t->test->nalerts; i++) {
		struct expected *e = &t->expected[i];

		if (strcmp(e->alert->rule, info.name) != 0)
			continue;
		named = true;
		e->found += (!e->alert->output ||
			     memmem(text, len, e->alert->output, strlen(e->alert->output))) &&
			    has_fields(t, e);
	}
	if (named || !t->test->only)
		return;
	snprintf(words, sizeof(words), "'%.100s' is not expected: %.*s", info.name,
		 len < 200 ? (int)len : 200, text);
	add_failure(t, words);
}

static int on_event(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		    struct eyas_err *reterr)
{
	struct testing *t = ctx;
	int res = eyas_rules_process(t->rules, 0, context, EYAS_MATCHING_ALL, on_match, t);

	(void)what;
	if (res >= 0)
		res = t->failure;
	return res < 0 ? eyas_err_set(reterr, res, "%s", eyas_strerror(res)) : 0;
}

/* ---- one test ---- */

static int choose_rules(struct testing *t, const struct spec_words *names, int on)
{
	char words[300];
	uint32_t i;
	int n;

	for (i = 0; i < names->count; i++) {
		n = eyas_rules_select(t->rules, 0, names->rows[i], EYAS_MATCH_WILDCARD, on);
		if (n < 0)
			return n;
		if (n)
			continue;
		snprintf(words, sizeof(words), "there is no rule '%.200s'", names->rows[i]);
		add_failure(t, words);
	}
	return 0;
}

static int bind_fields(struct testing *t, struct expected *e, struct eyas_err *err)
{
	struct eyas_str text = EYAS_STR_INIT;
	uint32_t i;
	int res = 0;

	e->fields = calloc(e->alert->names.count + (size_t)1, sizeof(struct eyas_layout *));
	if (!e->fields)
		return -ENOMEM;
	for (i = 0; i < e->alert->names.count && !res; i++) {
		text.len = 0;
		eyas_str_printf(&text, "*%%%s", e->alert->names.rows[i]);
		res = text.nomem ? -ENOMEM
				 : eyas_layout_new(t->rules->program->network, &t->rules->fields,
						   text.data, text.len, &e->fields[i], err);
	}
	eyas_str_fini(&text);
	return res;
}

/* What a misspelt rule would hide: an alert that is expected not to be there never is. */
static int expect(struct testing *t)
{
	struct eyas_err err = { 0 };
	char words[500];
	uint32_t i;
	int res = 0;

	t->expected = calloc(t->test->nalerts + (size_t)1, sizeof(*t->expected));
	if (!t->expected)
		return -ENOMEM;
	for (i = 0; i < t->test->nalerts && !res; i++) {
		const struct spec_alert *alert = &t->test->alerts[i];

		t->expected[i].alert = alert;
		words[0] = '\0';
		if (rules_defs_find(&t->rules->rules, alert->rule, strlen(alert->rule)) ==
		    EYAS_MAP_NONE)
			snprintf(words, sizeof(words), "line %u: there is no rule '%.200s'",
				 alert->line, alert->rule);
		res = bind_fields(t, &t->expected[i], &err);
		if (res < 0 && res != -ENOMEM)
			snprintf(words, sizeof(words), "line %u: %.400s", alert->line, err.text);
		if (words[0])
			add_failure(t, words);
	}
	return res == -ENOMEM || res >= 0 ? res : 0;
}

/* What keeps the events from being compared is a failure as well; its reason is said. */
static void read_captures(struct testing *t, const struct spec_words *captures)
{
	struct cli_input input = { .source = CLI_CAPTURES, .quiet = true };
	struct eyas_consumer consumer = { .ctx = t, .wants = EYAS_SHOWN, .event = on_event };
	struct eyas_session *session = NULL;
	const char *failure = "no memory";

	input.paths = calloc(captures->count, sizeof(*input.paths));
	input.filter_text = t->test->filter;
	input.session.follow = true;
	if (input.paths) {
		memcpy(input.paths, captures->rows, captures->count * sizeof(*input.paths));
		input.npaths = captures->count;
		failure = "the filter is none";
		if (cli_filter_compile(&input) == CLI_OK) {
			failure = "the captures cannot be read, or not whole";
			session = cli_session_open(&input);
		}
	}
	if (session && !eyas_session_add(session, &consumer) &&
	    cli_session_run(&input, session, NULL) == CLI_OK)
		failure = NULL;
	if (failure)
		add_failure(t, failure);
	eyas_session_close(session);
	cli_input_fini(&input);
}

/* Events of the test's own are a capture by then. */
static void read_events(struct testing *t, const char *name)
{
	struct spec_capture capture = { 0 };
	const char *path = capture.path;
	struct eyas_err err = { 0 };

	if (!t->test->events.events) {
		read_captures(t, &t->test->captures);
		return;
	}
	if (rules_events_capture(name, &t->test->events, &capture, &err))
		add_failure(t, err.text);
	else
		read_captures(t, &(struct spec_words){ &path, 1 });
	rules_events_remove(&capture);
}

static void compare(struct testing *t)
{
	char words[400], wanted[40];
	uint32_t i;

	for (i = 0; i < t->test->nalerts; i++) {
		const struct expected *e = &t->expected[i];

		if (e->alert->has_count ? e->found == e->alert->count : e->found > 0)
			continue;
		snprintf(wanted, sizeof(wanted), "%llu", (unsigned long long)e->alert->count);
		snprintf(words, sizeof(words), "line %u: '%.200s': expected %s, found %llu",
			 e->alert->line, e->alert->rule,
			 e->alert->has_count ? wanted : "at least 1", (unsigned long long)e->found);
		add_failure(t, words);
	}
}

/* CLI_FAILED when the test could not be made; else what is wrong is in the failures. */
static int run_test(struct testing *t, const struct rules_spec *spec)
{
	const struct cli_rules_wanted wanted = { .files = spec->rules.rows,
						 .nfiles = spec->rules.count };
	int status = cli_rules_load(&wanted, &t->rules), res;

	if (status != CLI_OK)
		return status;
	if (!t->rules->program) {
		cli_error("there are no rules in the files");
		return CLI_FAILED;
	}
	res = choose_rules(t, &t->test->enable, 1);
	if (!res)
		res = choose_rules(t, &t->test->disable, 0);
	if (!res)
		res = expect(t);
	if (res < 0) {
		cli_error("%s", eyas_strerror(res));
		return CLI_FAILED;
	}
	/* A test that cannot hold any more needs no events. */
	if (t->nfailures)
		return CLI_OK;
	read_events(t, spec->source.name);
	compare(t);
	return CLI_OK;
}

static void testing_fini(struct testing *t)
{
	uint32_t i, k;

	for (i = 0; t->expected && i < t->test->nalerts; i++)
		for (k = 0; t->expected[i].fields && k < t->expected[i].alert->names.count; k++)
			eyas_layout_free(t->expected[i].fields[k]);
	for (i = 0; t->expected && i < t->test->nalerts; i++)
		free(t->expected[i].fields);
	free(t->expected);
	eyas_rules_free(t->rules);
	eyas_str_fini(&t->text);
	eyas_str_fini(&t->failures);
}

/* ---- output ---- */

typedef void (*line_fn)(void *ctx, const char *line, size_t len);

static void each_failure(const struct testing *t, line_fn fn, void *ctx)
{
	const char *at = t->failures.data, *end;

	for (; at && at < t->failures.data + t->failures.len; at = end + 1) {
		end = memchr(at, '\n', (size_t)(t->failures.data + t->failures.len - at));
		fn(ctx, at, (size_t)(end - at));
	}
}

static void tap_line(void *ctx, const char *line, size_t len)
{
	struct eyas_str *out = ctx;

	eyas_str_puts(out, "# ");
	eyas_str_add(out, line, len);
	eyas_str_putc(out, '\n');
}

static void put_tap(const struct testing *t, uint32_t number, struct eyas_str *out)
{
	eyas_str_printf(out, "%s %u - ", t->nfailures ? "not ok" : "ok", number);
	eyas_str_safe(out, t->test->name, strlen(t->test->name));
	eyas_str_putc(out, '\n');
	each_failure(t, tap_line, out);
	if (t->nfailures > FAILURES_MAX)
		eyas_str_printf(out, "# and %u more\n", t->nfailures - FAILURES_MAX);
}

static void json_line(void *ctx, const char *line, size_t len)
{
	eyas_json_str(ctx, line, len);
}

static void put_json(const struct testing *t, struct eyas_str *out)
{
	struct eyas_json json;

	eyas_json_init(&json, out);
	eyas_json_object(&json);
	eyas_json_key(&json, "name");
	eyas_json_cstr(&json, t->test->name);
	eyas_json_key(&json, "ok");
	eyas_json_bool(&json, !t->nfailures);
	eyas_json_key(&json, "count");
	eyas_json_u64(&json, t->nfailures);
	eyas_json_key(&json, "failures");
	eyas_json_array(&json);
	each_failure(t, json_line, &json);
	eyas_json_end(&json);
	eyas_json_end(&json);
	eyas_str_putc(out, '\n');
}

/* ---- the command ---- */

static int run_spec(const struct rules_spec *spec, bool as_json)
{
	int status = CLI_OK, all = CLI_OK;
	uint32_t i;

	if (!as_json)
		printf("1..%u\n", spec->ntests);
	for (i = 0; i < spec->ntests && status == CLI_OK && !cli_stop; i++) {
		struct testing t = { .test = &spec->tests[i] };
		struct eyas_str out = EYAS_STR_INIT;

		status = run_test(&t, spec);
		if (status == CLI_OK && as_json)
			put_json(&t, &out);
		else if (status == CLI_OK)
			put_tap(&t, i + 1, &out);
		if (out.nomem || t.failures.nomem) {
			cli_error("no memory");
			status = CLI_FAILED;
		} else if (out.len) {
			fwrite(out.data, 1, out.len, stdout);
		}
		if (t.nfailures)
			all = CLI_FAILED;
		eyas_str_fini(&out);
		testing_fini(&t);
	}
	return status == CLI_OK && i == spec->ntests ? all : CLI_FAILED;
}

static int run_rules_test(int argc, char **argv)
{
	struct eyas_err err = { 0 };
	struct rules_spec spec;
	bool as_json = false;
	int opt, status;

	while ((opt = getopt_long(argc, argv, ":o:h", long_options, NULL)) != -1)
		switch (opt) {
		case 'o':
			as_json = !strcmp(optarg, "json");
			if (!as_json && strcmp(optarg, "tap") != 0)
				return cli_usage(&cli_rules_test, "-o '%s': expected tap or json",
						 optarg);
			break;
		case 'h':
			cli_help(&cli_rules_test);
			return CLI_OK;
		default:
			return cli_bad_option(&cli_rules_test, argv);
		}
	if (optind + 1 != argc)
		return cli_usage(&cli_rules_test, "rules test: expected one file with tests");
	if (rules_spec_read(argv[optind], &spec, &err) < 0) {
		cli_error("%s", err.text);
		status = CLI_FAILED;
	} else {
		status = run_spec(&spec, as_json);
	}
	rules_spec_fini(&spec);
	return status;
}

const struct cli_command cli_rules_test = {
	"rules test", run_rules_test, "do rules give the alerts they should",
	"usage: eyas rules test [OPTIONS] FILE\n"
	"\n"
	"Compare the alerts that rules give for captures, or for events that are spelled out, "
	"with\n"
	"those that a YAML file expects.\n"
	"Exit status 1 if they differ.\n"
	"\n"
	"  -o, --output FORMAT   tap (default) or json (an object for each test)\n"
	"  -h, --help            this text\n"
};
