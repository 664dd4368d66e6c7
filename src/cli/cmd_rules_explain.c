/* SPDX-License-Identifier: Apache-2.0 */
/* eyas rules explain: of each event, does a rule match, and if not, which part of it says no. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "cli/cmd_rules.h"
#include "filter/format.h"
#include "filter/value_text.h"
#include "rules/explain.h"

enum { OPT_SUMMARY = CLI_OPT_OWN };

/* Bytes of conditions and of values in text; with -v, and as JSON, all there are. */
enum { PART_SHOWN = 160, VALUE_SHOWN = 120 };

/* How an event is called. */
#define LABEL "*%evt.num %evt.time %proc.name %evt.type"

struct explaining {
	struct cli_input input;
	const char *name;
	const char **files;
	size_t nfiles;
	bool json, summary;
	struct eyas_rules *rules;
	struct rules_explain *explain;
	struct eyas_layout *label;
	struct eyas_str out, text;
	uint64_t events, looked_at, matched;
};

static const struct option long_options[] = {
	CLI_INPUT_LONG,
	{ "rules", required_argument, NULL, 'R' },
	{ "output", required_argument, NULL, 'o' },
	{ "json", no_argument, NULL, 'j' },
	{ "summary", no_argument, NULL, OPT_SUMMARY },
	{ NULL, 0, NULL, 0 },
};

/* ---- one event ---- */

static size_t shown(const struct explaining *e, size_t otherwise)
{
	return e->input.verbose ? SIZE_MAX : otherwise;
}

static void put_part(struct explaining *e, const struct explain_part *part)
{
	cli_rules_put_cut(&e->out, part->text, strlen(part->text), shown(e, PART_SHOWN));
	if (!part->macro)
		return;
	eyas_str_puts(&e->out, " [macro ");
	eyas_str_safe(&e->out, part->macro, strlen(part->macro));
	eyas_str_putc(&e->out, ']');
}

/* Fields are looked up before their values: looking one up moves nothing any more. */
static const struct eyas_value *value_of(struct explaining *e, const struct explain_field *field,
					 struct slot_info *ret_info)
{
	struct eyas_network *network = rules_explain_network(e->explain);

	eyas_network_slot(network, field->slot, ret_info);
	return eyas_network_value(network, field->slot);
}

static void put_field(struct explaining *e, const struct explain_field *field)
{
	struct slot_info info;
	const struct eyas_value *value = value_of(e, field, &info);

	eyas_str_safe(&e->out, field->text, strlen(field->text));
	if (!value) {
		eyas_str_puts(&e->out, " has no value");
		return;
	}
	e->text.len = 0;
	eyas_value_put_text(&e->text, value, &e->rules->fields);
	eyas_str_puts(&e->out, " is ");
	if (e->text.len)
		cli_rules_put_cut(&e->out, e->text.data, e->text.len, shown(e, VALUE_SHOWN));
	else
		eyas_str_puts(&e->out, "empty");
}

static void put_text(struct explaining *e, const struct explain_part *part)
{
	uint32_t i;

	eyas_layout_put_text(e->label, &e->out, FORMAT_TERMINAL);
	if (!part) {
		eyas_str_puts(&e->out, ": matches\n");
		return;
	}
	eyas_str_puts(&e->out, ": no: ");
	put_part(e, part);
	for (i = 0; i < part->nfields; i++) {
		eyas_str_puts(&e->out, i ? ", " : "; ");
		put_field(e, &part->fields[i]);
	}
	eyas_str_putc(&e->out, '\n');
}

static void json_part(struct eyas_json *json, const struct explain_part *part)
{
	eyas_json_key(json, "part");
	eyas_json_cstr(json, part->text);
	eyas_json_key(json, "macro");
	if (part->macro)
		eyas_json_cstr(json, part->macro);
	else
		eyas_json_null(json);
}

static void json_fields(struct explaining *e, struct eyas_json *json,
			const struct explain_part *part)
{
	const struct eyas_value *value;
	struct slot_info info;
	uint32_t i;

	eyas_json_key(json, "fields");
	eyas_json_object(json);
	for (i = 0; i < part->nfields; i++) {
		value = value_of(e, &part->fields[i], &info);
		eyas_json_key_len(json, part->fields[i].text, strlen(part->fields[i].text));
		if (value)
			eyas_value_put_json(json, value, info.field, &e->rules->fields);
		else
			eyas_json_null(json);
	}
	eyas_json_end(json);
}

static void put_json(struct explaining *e, const struct explain_part *part)
{
	struct eyas_json json;

	eyas_json_init(&json, &e->out);
	eyas_json_object(&json);
	eyas_json_key(&json, "event");
	eyas_layout_put_json(e->label, &e->out);
	json.comma = true;
	eyas_json_key(&json, "matches");
	eyas_json_bool(&json, !part);
	if (part) {
		eyas_json_key(&json, "stopped_by");
		eyas_json_object(&json);
		json_part(&json, part);
		json_fields(e, &json, part);
		eyas_json_end(&json);
	}
	eyas_json_end(&json);
	eyas_str_putc(&e->out, '\n');
}

static int flush(struct explaining *e)
{
	int err = 0;

	if (e->out.nomem || e->text.nomem)
		err = -ENOMEM;
	else if (e->out.len && fwrite(e->out.data, 1, e->out.len, stdout) != e->out.len)
		err = errno ? -errno : -EIO;
	e->out.len = 0;
	return err;
}

static int on_event(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		    struct eyas_err *reterr)
{
	struct explaining *e = ctx;
	const struct explain_part *part;
	int res;

	(void)what;
	e->events++;
	if (!rules_explain_wants(e->explain, context->event))
		return 0;
	e->looked_at++;
	res = rules_explain_event(e->explain, context, &part);
	if (res >= 0) {
		e->matched += res > 0;
		if (!e->summary && !e->input.quiet) {
			if (e->json)
				put_json(e, part);
			else
				put_text(e, part);
		}
		res = flush(e);
	}
	return res < 0 ? eyas_err_set(reterr, res, "cannot tell: %s", eyas_strerror(res)) : 0;
}

/* ---- the end ---- */

static int by_count(const void *a, const void *b)
{
	const struct explain_part *const *left = a, *const *right = b;

	if ((*left)->stopped != (*right)->stopped)
		return (*left)->stopped < (*right)->stopped ? 1 : -1;
	/* As they appeared: they are places in one array. */
	return *left < *right ? -1 : 1;
}

/* All parts that stopped something, the one that stopped most first; NULL = no memory. */
static const struct explain_part **sorted_parts(const struct explaining *e, uint32_t *ret_count)
{
	const struct explain_part **parts;
	uint32_t count = 0, i;

	while (rules_explain_part(e->explain, count))
		count++;
	parts = malloc((count + (size_t)1) * sizeof(*parts));
	if (!parts)
		return NULL;
	for (i = 0; i < count; i++)
		parts[i] = rules_explain_part(e->explain, i);
	qsort(parts, count, sizeof(*parts), by_count);
	*ret_count = count;
	return parts;
}

static void sum_text(struct explaining *e, const struct explain_part *const *parts, uint32_t count)
{
	uint32_t i;

	eyas_str_puts(&e->out, "Rule: ");
	eyas_str_safe(&e->out, e->name, strlen(e->name));
	eyas_str_printf(&e->out, "\nEvents: %llu\nOf the types of the rule: %llu\nMatched: %llu\n",
			(unsigned long long)e->events, (unsigned long long)e->looked_at,
			(unsigned long long)e->matched);
	for (i = 0; i < count; i++) {
		eyas_str_printf(&e->out, "%sStopped %llu: ", i ? "" : "\n",
				(unsigned long long)parts[i]->stopped);
		put_part(e, parts[i]);
		eyas_str_putc(&e->out, '\n');
	}
}

static void json_count(struct eyas_json *json, const char *key, uint64_t count)
{
	eyas_json_key(json, key);
	eyas_json_u64(json, count);
}

static void sum_json(struct explaining *e, const struct explain_part *const *parts, uint32_t count)
{
	struct eyas_json json;
	uint32_t i;

	eyas_json_init(&json, &e->out);
	eyas_json_object(&json);
	eyas_json_key(&json, "rule");
	eyas_json_cstr(&json, e->name);
	json_count(&json, "events", e->events);
	json_count(&json, "looked_at", e->looked_at);
	json_count(&json, "matched", e->matched);
	eyas_json_key(&json, "stopped");
	eyas_json_array(&json);
	for (i = 0; i < count; i++) {
		eyas_json_object(&json);
		json_count(&json, "count", parts[i]->stopped);
		json_part(&json, parts[i]);
		eyas_json_end(&json);
	}
	eyas_json_end(&json);
	eyas_json_end(&json);
	eyas_str_putc(&e->out, '\n');
}

static int put_summary(struct explaining *e)
{
	uint32_t count = 0;
	const struct explain_part **parts = sorted_parts(e, &count);

	if (!parts)
		return -ENOMEM;
	if (e->json)
		sum_json(e, parts, count);
	else if (!e->summary)
		eyas_str_putc(&e->out, '\n');
	if (!e->json)
		sum_text(e, parts, count);
	free(parts);
	return flush(e);
}

/* ---- the command ---- */

static int own_option(void *ctx, int opt, const char *arg)
{
	struct explaining *e = ctx;

	switch (opt) {
	case 'R':
		e->files[e->nfiles++] = arg;
		return CLI_OK;
	case 'o':
		e->json = !strcmp(arg, "json");
		if (e->json || !strcmp(arg, "text"))
			return CLI_OK;
		return cli_usage(&cli_rules_explain, "-o '%s': expected text or json", arg);
	case 'j':
		e->json = true;
		return CLI_OK;
	case OPT_SUMMARY:
		e->summary = true;
		return CLI_OK;
	default:
		return -1;
	}
}

static int run_session(struct explaining *e)
{
	struct eyas_consumer consumer = { .ctx = e, .wants = EYAS_SHOWN, .event = on_event };
	struct eyas_session *session = cli_session_open(&e->input);
	int status = CLI_FAILED, err;

	if (!session)
		return CLI_FAILED;
	err = eyas_session_add(session, &consumer);
	if (!err) {
		status = cli_session_run(&e->input, session, NULL);
		err = e->input.quiet ? 0 : put_summary(e);
	}
	if (err) {
		cli_error("cannot write the output: %s", eyas_strerror(err));
		status = CLI_FAILED;
	}
	if (e->input.verbose)
		cli_session_summary(session);
	eyas_session_close(session);
	return status;
}

static int prepare(struct explaining *e)
{
	struct eyas_err err = { 0 };
	uint32_t place;
	int res;

	place = rules_defs_find(&e->rules->rules, e->name, strlen(e->name));
	if (place == EYAS_MAP_NONE) {
		cli_error("there is no rule '%s' in the files", e->name);
		return CLI_FAILED;
	}
	res = rules_explain_new(e->rules, place, &e->explain, &err);
	if (!res)
		res = eyas_layout_new(rules_explain_network(e->explain), &e->rules->fields, LABEL,
				      strlen(LABEL), &e->label, &err);
	if (res < 0)
		cli_error("%s", err.text);
	return res < 0 ? CLI_FAILED : CLI_OK;
}

static int explain(struct explaining *e)
{
	int status;

	if (e->input.session.source.raw_schema)
		return cli_usage(&cli_rules_explain, "rules need events of today's schema: they do "
						     "not go with --raw-schema");
	status = cli_rules_load(
		&(struct cli_rules_wanted){ .files = e->files, .nfiles = e->nfiles }, &e->rules);
	if (status == CLI_OK)
		status = prepare(e);
	if (status == CLI_OK)
		status = cli_filter_compile(&e->input);
	if (status != CLI_OK)
		return status;
	e->input.session.follow = true;
	return run_session(e);
}

static int run_explain(int argc, char **argv)
{
	struct explaining e = { .input = { .source = CLI_CAPTURES } };
	bool done = true;
	int status = CLI_FAILED;

	if (argc > 1 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help"))) {
		cli_help(&cli_rules_explain);
		return CLI_OK;
	}
	if (argc < 2 || argv[1][0] == '-')
		return cli_usage(&cli_rules_explain, "the name of a rule comes first");
	e.name = argv[1];
	argv[1] = argv[0];
	/* Each word names one of them at most. */
	e.files = calloc((size_t)argc, sizeof(*e.files));
	if (e.files)
		status = cli_input_parse(&e.input, &cli_rules_explain, argc - 1, argv + 1,
					 ":" CLI_INPUT_SHORT "R:o:j", long_options, own_option, &e,
					 &done);
	else
		cli_error("no memory");
	if (!done)
		status = explain(&e);
	eyas_layout_free(e.label);
	rules_explain_free(e.explain);
	eyas_rules_free(e.rules);
	eyas_str_fini(&e.out);
	eyas_str_fini(&e.text);
	cli_input_fini(&e.input);
	free(e.files);
	return status;
}

const struct cli_command cli_rules_explain = {
	"rules explain", run_explain, "why events do not match a rule",
	"usage: eyas rules explain RULE [OPTIONS] [-R RULES] -r FILE [FILTER]\n"
	"\n"
	"Look at each event of captures whose type lets it match a rule, enabled or not. Tell\n"
	"whether it matches, and if not, the first part of the condition that says no, with the\n"
	"values of the fields in it. At the end, how many events each part stopped.\n"
	"\n"
	"  -R, --rules FILE      rules file, or a directory of them; again for more;\n"
	"                        without, the rules that come with the command\n"
	"  -o, --output FORMAT   text (default) or json (an object for each event, one at the "
	"end)\n"
	"  -j, --json            the same as -o json\n"
	"      --summary         only what is said at the end\n" CLI_INPUT_HELP
};
