/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a program compares events with rules: files are loaded into an engine, a source feeds a
 * state, and the engine tells of every event which rules it matches.
 *
 *   cc print_alerts.c $(pkg-config --cflags --libs eyas) -o print_alerts
 *   ./print_alerts CAPTURE RULES...
 */
#include <stdio.h>

#include <eyas/capture.h>
#include <eyas/rules.h>
#include <eyas/state.h>

struct program {
	struct eyas_rules *rules;
	struct eyas_state *state;
	struct eyas_source *source;
	struct eyas_err err;
};

/* What is wrong with a file is said in full; only an error keeps it from being loaded. */
static void on_report(void *ctx, struct eyas_rules_report *report)
{
	const char *text = NULL;

	(void)ctx;
	if (!eyas_rules_report_ok(report))
		text = eyas_rules_report_text(report, EYAS_REPORT_VERBOSE);
	if (text)
		fprintf(stderr, "%s\n", text);
}

static void on_match(void *ctx, struct eyas_rules *rules, size_t rule)
{
	struct eyas_rules_alert_opts opts = { .size = sizeof(opts) };
	const char *text;
	size_t len;

	(void)ctx;
	if (!eyas_rules_alert(rules, rule, &opts, &text, &len))
		printf("%s\n", text);
}

static int open_all(struct program *program, const char *capture, char **files)
{
	struct eyas_source_opts opts = { .size = sizeof(opts) };
	struct eyas_loader loader;
	int err = eyas_rules_new(NULL, &program->rules, &program->err);

	for (; !err && *files; files++) {
		err = eyas_rules_load_path(program->rules, *files, on_report, NULL, &program->err);
		err = err < 0 ? err : 0;
	}
	if (!err)
		err = eyas_state_new(NULL, &program->state, &program->err);
	if (err)
		return err;
	/* What the capture says about the machine before its events is the state they begin with. */
	eyas_state_loader(program->state, &loader);
	opts.loader = &loader;
	return eyas_source_open_files(&capture, 1, &opts, &program->source, &program->err);
}

static int print_alerts(struct program *program)
{
	const struct eyas_context *context;
	const struct eyas_event *event;
	int res;

	while ((res = eyas_source_next(program->source, &event, &program->err)) == 1) {
		/* Every event passes through the state, also those that no rule is about. */
		context = eyas_state_take(program->state, event);
		if (event->flags & (EYAS_EVENT_HIDDEN | EYAS_EVENT_STATE_ONLY))
			continue;
		res = eyas_rules_process(program->rules, 0, context, EYAS_MATCHING_FIRST, on_match,
					 NULL);
		if (res < 0)
			return res;
	}
	return res == EYAS_E_END ? 0 : res;
}

int main(int argc, char **argv)
{
	struct program program = { 0 };
	int err;

	if (argc < 3) {
		fprintf(stderr, "usage: print_alerts CAPTURE RULES...\n");
		return 2;
	}
	err = open_all(&program, argv[1], argv + 2);
	if (!err)
		err = print_alerts(&program);
	if (err)
		fprintf(stderr, "print_alerts: %s\n", program.err.text);
	eyas_source_close(program.source);
	eyas_state_free(program.state);
	eyas_rules_free(program.rules);
	return err ? 1 : 0;
}
