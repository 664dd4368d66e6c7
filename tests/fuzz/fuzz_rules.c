/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a rules file. What is found has a place within the file and words; what loads can
 * be described, and compares events, all rules at a time as each on its own: the first of all that
 * match is the first.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <eyas/rules.h>
#include <eyas/state.h>

#include "schema/ids.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct eyas_state *make_state(void)
{
	static const char comm[] = "shell", path[] = "/usr/bin/shell";
	struct eyas_thread_entry thread = { .tid = 42, .pid = 42, .ptid = 1, .vtid = 2, .vpid = 2 };
	struct eyas_state *state;
	struct eyas_loader loader;

	if (eyas_state_new(NULL, &state, NULL))
		abort();
	thread.comm = (struct eyas_bytes){ comm, sizeof(comm) - 1 };
	thread.exe = thread.exepath = (struct eyas_bytes){ path, sizeof(path) - 1 };
	eyas_state_loader(state, &loader);
	if (loader.thread(loader.ctx, &thread) < 0)
		abort();
	return state;
}

static void check_report(struct eyas_rules_report *report, int res, size_t size)
{
	struct eyas_rules_finding finding;
	size_t i;

	if (eyas_rules_report_ok(report) != !res)
		abort();
	for (i = 0; eyas_rules_report_finding(report, i, &finding); i++)
		if (!finding.message[0] || finding.offset > size ||
		    !finding.line != !finding.column)
			abort();
	if (!eyas_rules_report_text(report, EYAS_REPORT_VERBOSE) ||
	    !eyas_rules_report_text(report, EYAS_REPORT_JSON))
		abort();
}

/* Which rules told of a match, and with which alert. */
struct seen {
	size_t first;
	int count;
};

static void on_match(void *ctx, struct eyas_rules *rules, size_t rule)
{
	struct eyas_rules_alert_opts opts = { .size = sizeof(opts), .fields = 1, .tags = 1 };
	struct seen *seen = ctx;
	const char *text;
	size_t len;

	if (!seen->count++)
		seen->first = rule;
	opts.json = seen->count % 2;
	if (eyas_rules_alert(rules, rule, &opts, &text, &len) || strlen(text) != len ||
	    memchr(text, '\n', len))
		abort();
}

static void match(struct eyas_state *state, struct eyas_rules *rules, unsigned type, uint64_t tid)
{
	struct seen all = { 0 }, first = { 0 };
	const struct eyas_context *context;
	struct eyas_encoder encoder;
	struct eyas_event event;
	uint8_t bytes[256];
	int len;

	eyas_encoder_begin(&encoder, bytes, sizeof(bytes), type, 1, tid);
	len = eyas_encoder_end(&encoder);
	if (len < 0 || eyas_event_view(bytes, (size_t)len, &event, NULL))
		abort();
	event.num = 1;
	context = eyas_state_take(state, &event);
	if (eyas_rules_process(rules, 0, context, EYAS_MATCHING_ALL, on_match, &all) != all.count ||
	    eyas_rules_process(rules, 0, context, EYAS_MATCHING_FIRST, on_match, &first) < 0)
		abort();
	if (first.count != (all.count > 0) || first.first != all.first)
		abort();
	if (all.count && !eyas_rules_wants(rules, 0, type))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t types[] = { EYAS_EV_SYSCALL_OPENAT_2_X, EYAS_EV_SYSCALL_EXECVE_19_X,
					  EYAS_EV_ASYNCEVENT_E };
	static struct eyas_state *state;
	struct eyas_rules_report *report = NULL;
	struct eyas_rules *rules;
	const char *text;
	size_t len, i;
	int res;

	if (!state)
		state = make_state();
	if (eyas_rules_new(NULL, &rules, NULL))
		abort();
	res = eyas_rules_load(rules, "file", (const char *)data, size, &report, NULL);
	check_report(report, res, size);
	eyas_rules_report_free(report);
	if (!res) {
		if (eyas_rules_describe(rules, NULL, EYAS_DESCRIBE_JSON, &text, &len, NULL) ||
		    eyas_rules_describe(rules, NULL, EYAS_DESCRIBE_TEXT, &text, &len, NULL))
			abort();
		for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			match(state, rules, types[i], i ? 42 : 43);
	}
	eyas_rules_free(rules);
	return 0;
}
