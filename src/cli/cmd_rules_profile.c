/* SPDX-License-Identifier: Apache-2.0 */
/* eyas rules profile: what each rule, and each comparison in their conditions, costs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "cli/cmd_rules.h"
#include "rules/explain.h"

enum { OPT_TOP = CLI_OPT_OWN };

/* Bytes of a comparison in text; with -v, and as JSON, all there are. */
enum { PART_SHOWN = 100, TOP_DEFAULT = 20 };

/* A rule, or a comparison in one or several of them. */
struct row {
	const char *name;
	uint64_t events; /* of a rule: those it was asked about */
	uint32_t rules;	 /* of a comparison: those that have it */
	struct network_cost cost;
	struct rules_explain *explain; /* of a rule */
};

struct profile {
	struct cli_input input;
	const char **files;
	size_t nfiles;
	bool json;
	uint64_t top;
	struct eyas_rules *rules;
	struct row *rows; /* of rules */
	uint32_t nrows;
	struct row *parts;
	uint32_t nparts, parts_cap;
	struct eyas_arena arena; /* texts of parts */
	uint64_t events, total_ns;
	struct eyas_str out;
};

static const struct option long_options[] = {
	CLI_INPUT_LONG,
	{ "rules", required_argument, NULL, 'R' },
	{ "output", required_argument, NULL, 'o' },
	{ "json", no_argument, NULL, 'j' },
	{ "top", required_argument, NULL, OPT_TOP },
	{ NULL, 0, NULL, 0 },
};

/* ---- events ---- */

static int on_event(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		    struct eyas_err *reterr)
{
	struct profile *p = ctx;
	struct row *row;

	(void)what;
	(void)reterr;
	p->events++;
	for (row = p->rows; row < p->rows + p->nrows; row++) {
		if (!rules_explain_wants(row->explain, context->event))
			continue;
		row->events++;
		row->cost.matches += rules_explain_match(row->explain, context);
	}
	return 0;
}

/* ---- sums ---- */

static int add_part(struct profile *p, const struct eyas_str *text, const struct network_cost *cost)
{
	struct row *parts = rules_grow(p->parts, &p->parts_cap, p->nparts, sizeof(*parts));
	const char *name;

	if (!parts)
		return -ENOMEM;
	p->parts = parts;
	name = text->nomem ? NULL : eyas_arena_text(&p->arena, text->data, text->len);
	if (!name)
		return -ENOMEM;
	parts[p->nparts++] = (struct row){ .name = name, .rules = 1, .cost = *cost };
	return 0;
}

/* A rule costs what its comparisons do. */
static int sum_rule(struct profile *p, struct row *row, struct eyas_str *text)
{
	struct network_cost cost;
	uint32_t node;
	int res = 0;

	for (node = 0; !res; node++) {
		text->len = 0;
		if (!rules_explain_cost(row->explain, &node, text, &cost))
			break;
		row->cost.evaluations += cost.evaluations;
		row->cost.ns += cost.ns;
		res = add_part(p, text, &cost);
	}
	p->total_ns += row->cost.ns;
	return res;
}

static int by_name(const void *a, const void *b)
{
	const struct row *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static int by_cost(const void *a, const void *b)
{
	const struct row *left = a, *right = b;

	if (left->cost.ns != right->cost.ns)
		return left->cost.ns < right->cost.ns ? 1 : -1;
	if (left->cost.evaluations != right->cost.evaluations)
		return left->cost.evaluations < right->cost.evaluations ? 1 : -1;
	return strcmp(left->name, right->name);
}

/* Comparisons that are written alike are one row. */
static void merge_parts(struct profile *p)
{
	uint32_t i, n = 0;
	struct row *to;

	if (!p->nparts)
		return;
	qsort(p->parts, p->nparts, sizeof(*p->parts), by_name);
	for (i = 1; i < p->nparts; i++) {
		to = &p->parts[n];
		if (strcmp(to->name, p->parts[i].name) != 0) {
			p->parts[++n] = p->parts[i];
			continue;
		}
		to->rules++;
		to->cost.evaluations += p->parts[i].cost.evaluations;
		to->cost.matches += p->parts[i].cost.matches;
		to->cost.ns += p->parts[i].cost.ns;
	}
	p->nparts = n + 1;
	qsort(p->parts, p->nparts, sizeof(*p->parts), by_cost);
}

static int sum_up(struct profile *p)
{
	struct eyas_str text = EYAS_STR_INIT;
	uint32_t i;
	int res = 0;

	for (i = 0; i < p->nrows && !res; i++)
		res = sum_rule(p, &p->rows[i], &text);
	eyas_str_fini(&text);
	merge_parts(p);
	if (p->nrows)
		qsort(p->rows, p->nrows, sizeof(*p->rows), by_cost);
	return res;
}

/* ---- output ---- */

static void put_rows(struct profile *p, const struct row *rows, uint32_t count, bool rules)
{
	const struct row *row;

	eyas_str_printf(&p->out, "%6s %10s %12s %10s %8s  %s\n", "TIME%", "NS/EVENT", "EVALUATIONS",
			"MATCHES", rules ? "EVENTS" : "RULES", rules ? "RULE" : "COMPARISON");
	for (row = rows; row < rows + count && (uint64_t)(row - rows) < p->top; row++) {
		eyas_str_printf(&p->out, "%6.2f %10.1f %12llu %10llu %8llu  ",
				p->total_ns ? 100.0 * (double)row->cost.ns / (double)p->total_ns
					    : 0,
				p->events ? (double)row->cost.ns / (double)p->events : 0,
				(unsigned long long)row->cost.evaluations,
				(unsigned long long)row->cost.matches,
				(unsigned long long)(rules ? row->events : row->rules));
		cli_rules_put_cut(&p->out, row->name, strlen(row->name),
				  p->input.verbose ? SIZE_MAX : PART_SHOWN);
		eyas_str_putc(&p->out, '\n');
	}
	if (count > p->top)
		eyas_str_printf(&p->out, "and %llu more\n", (unsigned long long)(count - p->top));
}

static void put_text(struct profile *p)
{
	eyas_str_printf(&p->out, "Events: %llu\nRules: %u\n\n", (unsigned long long)p->events,
			p->nrows);
	put_rows(p, p->rows, p->nrows, true);
	eyas_str_putc(&p->out, '\n');
	put_rows(p, p->parts, p->nparts, false);
}

static void json_count(struct eyas_json *json, const char *key, uint64_t count)
{
	eyas_json_key(json, key);
	eyas_json_u64(json, count);
}

static void json_rows(struct eyas_json *json, const struct row *rows, uint32_t count, bool rules)
{
	const struct row *row;

	eyas_json_key(json, rules ? "rules" : "comparisons");
	eyas_json_array(json);
	for (row = rows; row < rows + count; row++) {
		eyas_json_object(json);
		eyas_json_key(json, rules ? "rule" : "comparison");
		eyas_json_cstr(json, row->name);
		json_count(json, "evaluations", row->cost.evaluations);
		json_count(json, "matches", row->cost.matches);
		json_count(json, "ns", row->cost.ns);
		json_count(json, rules ? "events" : "rules", rules ? row->events : row->rules);
		eyas_json_end(json);
	}
	eyas_json_end(json);
}

static void put_json(struct profile *p)
{
	struct eyas_json json;

	eyas_json_init(&json, &p->out);
	eyas_json_object(&json);
	json_count(&json, "events", p->events);
	json_count(&json, "ns", p->total_ns);
	json_rows(&json, p->rows, p->nrows, true);
	json_rows(&json, p->parts, p->nparts, false);
	eyas_json_end(&json);
	eyas_str_putc(&p->out, '\n');
}

static int put_profile(struct profile *p)
{
	int res = sum_up(p);

	if (res < 0)
		return res;
	if (p->json)
		put_json(p);
	else
		put_text(p);
	if (p->out.nomem)
		return -ENOMEM;
	if (fwrite(p->out.data, 1, p->out.len, stdout) != p->out.len)
		return errno ? -errno : -EIO;
	return 0;
}

/* ---- the command ---- */

static int own_option(void *ctx, int opt, const char *arg)
{
	struct profile *p = ctx;

	switch (opt) {
	case 'R':
		p->files[p->nfiles++] = arg;
		return CLI_OK;
	case 'o':
		p->json = !strcmp(arg, "json");
		if (p->json || !strcmp(arg, "text"))
			return CLI_OK;
		return cli_usage(&cli_rules_profile, "-o '%s': expected text or json", arg);
	case 'j':
		p->json = true;
		return CLI_OK;
	case OPT_TOP:
		if (cli_number(arg, UINT32_MAX, &p->top) && p->top)
			return CLI_OK;
		return cli_usage(&cli_rules_profile, "--top '%s': expected a number from 1 on",
				 arg);
	default:
		return -1;
	}
}

static int run_session(struct profile *p)
{
	struct eyas_consumer consumer = { .ctx = p, .wants = EYAS_SHOWN, .event = on_event };
	struct eyas_session *session = cli_session_open(&p->input);
	int status = CLI_FAILED, err;

	if (!session)
		return CLI_FAILED;
	err = eyas_session_add(session, &consumer);
	if (!err) {
		status = cli_session_run(&p->input, session, NULL);
		err = p->input.quiet ? 0 : put_profile(p);
	}
	if (err) {
		cli_error("cannot write the output: %s", eyas_strerror(err));
		status = CLI_FAILED;
	}
	if (p->input.verbose)
		cli_session_summary(session);
	eyas_session_close(session);
	return status;
}

/* A row for each rule that is enabled. */
static int prepare(struct profile *p)
{
	struct eyas_err err = { 0 };
	struct eyas_rule_info info;
	struct row *row;
	uint32_t i;
	int res = 0;

	p->rows = calloc(eyas_rules_count(p->rules) + 1, sizeof(*p->rows));
	if (!p->rows)
		res = eyas_err_set(&err, -ENOMEM, "out of memory");
	for (i = 0; !res && eyas_rules_get(p->rules, i, &info); i++) {
		if (!eyas_rules_enabled(p->rules, 0, i))
			continue;
		row = &p->rows[p->nrows];
		row->name = info.name;
		res = rules_explain_new(p->rules, i, &row->explain, &err);
		if (!res && rules_explain_measure(row->explain))
			res = eyas_err_set(&err, -ENOMEM, "out of memory");
		p->nrows++;
	}
	if (res < 0)
		cli_error("%s", err.text);
	return res < 0 ? CLI_FAILED : CLI_OK;
}

static int profile(struct profile *p)
{
	int status;

	if (p->input.session.source.raw_schema)
		return cli_usage(&cli_rules_profile, "rules need events of today's schema: they do "
						     "not go with --raw-schema");
	status = cli_rules_load(
		&(struct cli_rules_wanted){ .files = p->files, .nfiles = p->nfiles }, &p->rules);
	if (status == CLI_OK)
		status = prepare(p);
	if (status == CLI_OK)
		status = cli_filter_compile(&p->input);
	if (status != CLI_OK)
		return status;
	p->input.session.follow = true;
	return run_session(p);
}

static int run_profile(int argc, char **argv)
{
	struct profile p = { .input = { .source = CLI_CAPTURES }, .top = TOP_DEFAULT };
	bool done = true;
	int status = CLI_FAILED;
	uint32_t i;

	/* Each word names one of them at most. */
	p.files = calloc((size_t)argc, sizeof(*p.files));
	if (p.files)
		status = cli_input_parse(&p.input, &cli_rules_profile, argc, argv,
					 ":" CLI_INPUT_SHORT "R:o:j", long_options, own_option, &p,
					 &done);
	else
		cli_error("no memory");
	if (!done)
		status = profile(&p);
	for (i = 0; i < p.nrows; i++)
		rules_explain_free(p.rows[i].explain);
	eyas_rules_free(p.rules);
	eyas_arena_fini(&p.arena);
	eyas_str_fini(&p.out);
	cli_input_fini(&p.input);
	free(p.rows);
	free(p.parts);
	free(p.files);
	return status;
}

const struct cli_command cli_rules_profile = {
	"rules profile", run_profile, "what rules cost",
	"usage: eyas rules profile [OPTIONS] [-R RULES] -r FILE [FILTER]\n"
	"\n"
	"Measure on the events of captures what each enabled rule costs by itself, and each\n"
	"comparison in their conditions; the dearest first.\n"
	"\n"
	"  -R, --rules FILE      rules file, or a directory of them; again for more;\n"
	"                        without, the rules that come with the command\n"
	"  -o, --output FORMAT   text (default) or json (one object)\n"
	"  -j, --json            the same as -o json\n"
	"      --top N           so many rows of each table in text (default "
	"20)\n" CLI_INPUT_HELP
};
