/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which part of a condition stops an event: through macros, negations and exceptions, with the
 * values of its fields, and counted; and that it says of an event what the engine says.
 */
#include "unit/fields.h"

#include <stdio.h>

#include "rules/explain.h"

/* The event is the procinfo of process 300, cc, a child of make. */
static const char macros[] = "- list: others\n"
			     "  items: [make, bash]\n"
			     "- macro: inner\n"
			     "  condition: (proc.name = cc and proc.pname in (others))\n"
			     "- macro: outer\n"
			     "  condition: (inner or proc.name = ld)\n";

struct bench {
	struct machine machine;
	struct eyas_rules *rules;
	struct rules_explain *explain;
	char said[500];
};

static void start(struct bench *b, const char *condition, const char *more)
{
	struct eyas_err err = { 0 };
	char text[2000];
	int len;

	*b = (struct bench){ .rules = NULL };
	start_machine(&b->machine);
	len = snprintf(text, sizeof(text),
		       "%s- rule: it\n  desc: x\n  condition: %s\n  output: x\n"
		       "  priority: NOTICE\n  enabled: false\n%s",
		       macros, condition, more);
	CHECK_INT(eyas_rules_new(NULL, &b->rules, NULL), 0);
	if (eyas_rules_load(b->rules, "test", text, (size_t)len, NULL, &err) ||
	    rules_explain_new(b->rules, 0, &b->explain, &err))
		test_fail(__FILE__, __LINE__, "%u:%u: %s", err.line, err.column, err.text);
}

static void stop(struct bench *b)
{
	rules_explain_free(b->explain);
	eyas_rules_free(b->rules);
	stop_machine(&b->machine);
}

/* "matches", or the part, its macro and its fields. */
static const char *explain(struct bench *b)
{
	const struct explain_part *part;
	struct eyas_str out = EYAS_STR_INIT;
	const struct eyas_value *value;
	uint32_t i;
	int res = rules_explain_event(b->explain, &b->machine.context, &part);

	CHECK_INT(res, !part);
	if (!part)
		return "matches";
	eyas_str_printf(&out, "%s|%s|", part->text, part->macro ? part->macro : "");
	for (i = 0; i < part->nfields; i++) {
		eyas_str_printf(&out, "%s%s=", i ? "," : "", part->fields[i].text);
		value = eyas_network_value(rules_explain_network(b->explain), part->fields[i].slot);
		if (value)
			eyas_value_put_text(&out, value, &b->rules->fields);
	}
	snprintf(b->said, sizeof(b->said), "%.*s", (int)out.len, out.data);
	eyas_str_fini(&out);
	return b->said;
}

static void check(const char *condition, const char *more, const char *expected)
{
	struct bench b;

	start(&b, condition, more);
	CHECK_STR(explain(&b), expected);
	stop(&b);
}

TEST(the_first_part_that_says_no)
{
	check("evt.type = procinfo and proc.name = cc", "", "matches");
	check("proc.name = ld", "", "proc.name = ld||proc.name=cc");
	check("proc.name = cc and proc.pname = cc and proc.name = ld", "",
	      "proc.pname = cc||proc.pname=make");
	check("proc.name = cc and (proc.pid = 300 and (proc.ppid = 1 or proc.ppid = 2))", "",
	      "(proc.ppid = 1 or proc.ppid = 2)||proc.ppid=200");
	check("fd.name exists", "", "fd.name exists||fd.name=");
	check("toupper(proc.name) = val(proc.pname)", "",
	      "toupper(proc.name) = val(proc.pname)||toupper(proc.name)=CC,proc.pname=make");
}

TEST(negations)
{
	check("not proc.name = cc", "", "not proc.name = cc||proc.name=cc");
	check("not not proc.name = ld", "", "proc.name = ld||proc.name=cc");
	check("not (proc.name = ld or proc.pname = make)", "",
	      "not proc.pname = make||proc.pname=make");
	check("not (proc.name = cc and proc.pname = make)", "",
	      "not (proc.name = cc and proc.pname = make)||proc.name=cc,proc.pname=make");
	check("not (proc.name = ld or not (proc.name = cc and proc.pid = 1))", "",
	      "proc.pid = 1||proc.pid=300");
}

TEST(macros_are_named)
{
	check("not inner", "",
	      "not (proc.name = cc and proc.pname in (make, bash))|inner|"
	      "proc.name=cc,proc.pname=make");
	check("not outer", "",
	      "not (proc.name = cc and proc.pname in (make, bash))|inner|"
	      "proc.name=cc,proc.pname=make");
	check("outer and proc.pid = 1", "", "proc.pid = 1||proc.pid=300");
	check("not proc.name = ld and not outer", "",
	      "not (proc.name = cc and proc.pname in (make, bash))|inner|"
	      "proc.name=cc,proc.pname=make");
}

TEST(exceptions_stop_as_well)
{
	check("proc.name = cc",
	      "  exceptions:\n"
	      "    - name: parents\n"
	      "      fields: [proc.pname, proc.pid]\n"
	      "      comps: [=, =]\n"
	      "      values: [[make, 300]]\n",
	      "not (proc.pname = make and proc.pid = 300)||proc.pname=make,proc.pid=300");
}

TEST(types_and_counts)
{
	struct bench b;

	start(&b, "evt.type = procinfo and proc.pid != 300 and proc.name = cc", "");
	CHECK(rules_explain_wants(b.explain, &b.machine.event));
	CHECK(!rules_explain_part(b.explain, 0));
	explain(&b);
	explain(&b);
	CHECK_STR(rules_explain_part(b.explain, 0)->text, "proc.pid != 300");
	CHECK_INT(rules_explain_part(b.explain, 0)->stopped, 2);
	CHECK(!rules_explain_part(b.explain, 1));
	set_event(&b.machine, EYAS_EV_SCHEDSWITCH_6_E, 200);
	CHECK(!rules_explain_wants(b.explain, &b.machine.event));
	CHECK_STR(explain(&b), "evt.type = procinfo||evt.type=switch");
	CHECK_INT(rules_explain_part(b.explain, 0)->stopped, 2);
	CHECK_INT(rules_explain_part(b.explain, 1)->stopped, 1);
	stop(&b);
}

TEST(long_parts_are_cut)
{
	struct eyas_str text = EYAS_STR_INIT;
	struct eyas_err err = { 0 };
	struct bench b;
	int i;

	start(&b, "proc.pid = 1", "");
	eyas_str_puts(&text, "- rule: long\n  desc: x\n  output: x\n  priority: INFO\n"
			     "  condition: proc.pid = 0");
	for (i = 1; i < 299; i++)
		eyas_str_printf(&text, " or proc.aname[%d] = nobody", i);
	eyas_str_putc(&text, '\n');
	rules_explain_free(b.explain);
	b.explain = NULL;
	CHECK_INT(eyas_rules_load(b.rules, "more", text.data, text.len, NULL, &err), 0);
	CHECK_INT(rules_explain_new(b.rules, 1, &b.explain, &err), 0);
	explain(&b);
	CHECK_INT(strlen(rules_explain_part(b.explain, 0)->text), EXPLAIN_TEXT_MAX + 3);
	CHECK_INT(rules_explain_part(b.explain, 0)->nfields, EXPLAIN_FIELDS_MAX);
	eyas_str_fini(&text);
	stop(&b);
}

TEST(rules_that_were_left_out)
{
	static const char text[] = "- rule: foreign\n  desc: x\n  condition: a.b = 1\n"
				   "  output: x\n  priority: INFO\n  source: k8s_audit\n";
	struct rules_explain *explained = NULL;
	struct eyas_err err = { 0 };
	struct bench b;

	start(&b, "proc.pid = 1", "");
	CHECK_INT(eyas_rules_load(b.rules, "more", text, sizeof(text) - 1, NULL, &err), 0);
	CHECK_INT(rules_explain_new(b.rules, 1, &explained, &err), EYAS_E_USAGE);
	CHECK(!explained && strstr(err.text, "foreign"));
	stop(&b);
}

/* "text evaluations matches" of each comparison, in the order of the condition. */
static void put_costs(struct bench *b, struct eyas_str *out)
{
	struct network_cost cost;
	uint32_t node;

	for (node = 0; rules_explain_cost(b->explain, &node, out, &cost); node++)
		eyas_str_printf(out, " %d %d;", (int)cost.evaluations, (int)cost.matches);
	eyas_str_putc(out, '\0');
}

TEST(comparisons_are_counted)
{
	struct eyas_str out = EYAS_STR_INIT;
	struct bench b;

	start(&b, "proc.pid = 300 and (proc.name = ld or not outer) and proc.pid = 1", "");
	put_costs(&b, &out);
	CHECK_STR(out.data, "");
	CHECK_INT(rules_explain_measure(b.explain), 0);
	CHECK(!rules_explain_match(b.explain, &b.machine.context));
	CHECK(!rules_explain_match(b.explain, &b.machine.context));
	out.len = 0;
	put_costs(&b, &out);
	CHECK_STR(out.data, "proc.pid = 300 2 2;proc.name = ld 2 0;proc.name = cc 2 2;"
			    "proc.pname in (make, bash) 2 2;proc.pid = 1 0 0;");
	eyas_str_fini(&out);
	stop(&b);
}

TEST(a_rule_of_one_comparison_is_counted)
{
	struct eyas_str out = EYAS_STR_INIT;
	struct bench b;

	start(&b, "proc.pid = 300", "");
	CHECK_INT(rules_explain_measure(b.explain), 0);
	CHECK(rules_explain_match(b.explain, &b.machine.context));
	put_costs(&b, &out);
	CHECK_STR(out.data, "proc.pid = 300 1 1;");
	eyas_str_fini(&out);
	stop(&b);
}
