/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many rules at a time say the same as each of them on its own: random conditions, in the engine
 * and as filters, on the same events.
 */
#include "unit/fields.h"

#include <stdio.h>
#include <stdlib.h>

#include <eyas/filter.h>
#include <eyas/rules.h>

enum { RULES = 300, CONDITION_BYTES = 400 };

/* Terms that hold for some of the machine's processes; several compare the same field. */
static const char *const terms[] = {
	"evt.type = procinfo",	   "evt.type in (procinfo, switch)",
	"proc.name = cc",	   "proc.name = make",
	"proc.name = bash",	   "proc.name = none",
	"proc.name = other",	   "proc.name in (cc, bash, x)",
	"proc.name in (make, y)",  "proc.pname = systemd",
	"proc.pname = bash",	   "proc.pname = make",
	"proc.pname in (a, bash)", "proc.pid > 100",
	"proc.pid != 200",	   "proc.name startswith c",
	"not proc.name = make",	   "not proc.pname = bash",
	"proc.exepath exists",	   "fd.name exists",
};

enum { TERMS = sizeof(terms) / sizeof(terms[0]) };

struct many {
	struct machine machine;
	struct eyas_rules *rules;
	struct eyas_filter *filters[RULES];
	size_t found[RULES], nfound;
};

/* One to five terms; sometimes in parentheses, with an "or" or a "not". */
static void make_condition(char *out)
{
	int n = 1 + rand() % 5, i;
	size_t len = 0;

	out[0] = '\0';
	for (i = 0; i < n; i++) {
		const char *a = terms[rand() % TERMS], *b = terms[rand() % TERMS];
		const char *join = i ? " and " : "";
		char *to = out + len;
		size_t room = CONDITION_BYTES - len;

		if (rand() % 4)
			len += (size_t)snprintf(to, room, "%s%s", join, a);
		else if (rand() % 2)
			len += (size_t)snprintf(to, room, "%s(%s or %s)", join, a, b);
		else
			len += (size_t)snprintf(to, room, "%snot (%s and %s)", join, a, b);
	}
}

static void load_all(struct many *m)
{
	struct eyas_str text = EYAS_STR_INIT;
	char condition[CONDITION_BYTES];
	struct eyas_err err = { 0 };
	int i;

	for (i = 0; i < RULES; i++) {
		make_condition(condition);
		CHECK_INT(eyas_filter_compile(condition, NULL, NULL, &m->filters[i], NULL), 0);
		eyas_str_printf(&text,
				"- {rule: R%d, desc: d, condition: '%s', output: o, priority: INFO,"
				" warn_evttypes: no}\n",
				i, condition);
	}
	if (eyas_rules_load(m->rules, "test", text.data, text.len, NULL, &err))
		test_fail(__FILE__, __LINE__, "%u:%u: %s", err.line, err.column, err.text);
	eyas_str_fini(&text);
}

static void on_match(void *ctx, struct eyas_rules *rules, size_t rule)
{
	struct many *m = ctx;

	(void)rules;
	m->found[m->nfound++] = rule;
}

static void compare(struct many *m, unsigned type, uint64_t tid)
{
	size_t i, n = 0, first = RULES;

	set_event(&m->machine, type, tid);
	m->nfound = 0;
	CHECK(eyas_rules_process(m->rules, 0, &m->machine.context, EYAS_MATCHING_ALL, on_match,
				 m) >= 0);
	for (i = 0; i < RULES; i++) {
		if (!eyas_filter_match(m->filters[i], &m->machine.context))
			continue;
		if (first == RULES)
			first = i;
		if (n >= m->nfound || m->found[n] != i)
			test_fail(__FILE__, __LINE__, "rule %zu was not found", i);
		n++;
	}
	CHECK_INT(m->nfound, n);
	m->nfound = 0;
	CHECK_INT(eyas_rules_process(m->rules, 0, &m->machine.context, EYAS_MATCHING_FIRST,
				     on_match, m),
		  first < RULES);
	CHECK(first == RULES || m->found[0] == first);
}

static void compare_all(struct many *m)
{
	static const uint64_t tids[] = { 1, 100, 200, 300, 301, 999 };
	size_t i;

	for (i = 0; i < sizeof(tids) / sizeof(tids[0]); i++) {
		compare(m, EYAS_EV_PROCINFO_E, tids[i]);
		compare(m, EYAS_EV_SCHEDSWITCH_6_E, tids[i]);
		compare(m, EYAS_EV_ASYNCEVENT_E, tids[i]);
	}
}

/* So many events of one kind that the index has learned which terms hold. */
static void process_many(struct many *m)
{
	int i;

	set_event(&m->machine, EYAS_EV_PROCINFO_E, 200);
	for (i = 0; i < 3000; i++)
		CHECK(eyas_rules_process(m->rules, 0, &m->machine.context, EYAS_MATCHING_ALL, NULL,
					 NULL) >= 0);
}

TEST(as_filters)
{
	static struct many m;
	size_t seed, i;

	for (seed = 1; seed <= 20; seed++) {
		srand((unsigned)seed);
		start_machine(&m.machine);
		CHECK_INT(eyas_rules_new(NULL, &m.rules, NULL), 0);
		load_all(&m);
		compare_all(&m);
		process_many(&m);
		compare_all(&m);
		for (i = 0; i < RULES; i++)
			eyas_filter_free(m.filters[i]);
		eyas_rules_free(m.rules);
		stop_machine(&m.machine);
	}
}

/* A condition with more terms than an index takes apart is one term. */
TEST(many_terms)
{
	struct eyas_str text = EYAS_STR_INIT;
	struct machine machine;
	struct eyas_rules *rules;
	int i;

	eyas_str_puts(&text, "- {rule: R, desc: d, output: o, priority: INFO, condition: 'evt.type "
			     "= procinfo");
	for (i = 0; i < 400; i++)
		eyas_str_printf(&text, " and proc.pid != %d", 1000 + i);
	eyas_str_puts(&text, "'}\n");
	start_machine(&machine);
	CHECK_INT(eyas_rules_new(NULL, &rules, NULL), 0);
	CHECK_INT(eyas_rules_load(rules, "test", text.data, text.len, NULL, NULL), 0);
	CHECK_INT(eyas_rules_process(rules, 0, &machine.context, EYAS_MATCHING_ALL, NULL, NULL), 1);
	eyas_rules_free(rules);
	stop_machine(&machine);
	eyas_str_fini(&text);
}
