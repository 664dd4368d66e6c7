/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falco -V: are these rules files valid? They are loaded one after another into one engine, as a
 * run would load them, so that each is judged by what stands before it; each is reported on, also
 * after one that is invalid.
 */
#include "compat/falco_oneshot.h"

#include <errno.h>
#include <stdlib.h>
#include <syslog.h>

#include "base/err.h"
#include "compat/falco_out.h"
#include "rules/yaml.h"

struct validating {
	const struct falco_validate_opts *opts;
	struct eyas_rules *rules;
	struct eyas_str *summary;
	struct eyas_str results; /* objects, a comma between two */
	bool invalid;
};

static void tell(struct validating *v, unsigned level, const char *text)
{
	if (v->opts->log)
		v->opts->log(v->opts->log_ctx, level, text);
}

static int tell_files(struct validating *v)
{
	struct eyas_str line = EYAS_STR_INIT;
	bool nomem;
	size_t i;

	tell(v, LOG_INFO, "Validating rules file(s):");
	for (i = 0; i < v->opts->nfiles && !line.nomem; i++) {
		line.len = 0;
		eyas_str_printf(&line, "   %s", v->opts->files[i]);
		eyas_str_putc(&line, '\0');
		if (!line.nomem)
			tell(v, LOG_INFO, line.data);
	}
	nomem = line.nomem;
	eyas_str_fini(&line);
	return nomem ? -ENOMEM : 0;
}

/* Is it a mapping, as a configuration file is? Rules files are sequences. */
static bool is_mapping(const struct eyas_str *text)
{
	struct rules_source source = { .name = "", .text = text->data, .len = text->len };
	struct eyas_arena arena = { 0 };
	bool found = false;
	uint32_t i;

	if (text->len && !rules_yaml_parse(&source, &arena, NULL))
		for (i = 0; i < source.ndocuments; i++)
			found |= source.documents[i]->kind == NODE_MAPPING;
	eyas_arena_fini(&arena);
	return found;
}

/* What the report says; of a file that is valid, the warnings are for the log. */
static int put_report(struct validating *v, struct eyas_rules_report *report, const char *name,
		      const struct eyas_str *text)
{
	const char *json = eyas_rules_report_text(report, EYAS_REPORT_JSON), *words;
	struct eyas_rules_finding finding;
	bool ok = eyas_rules_report_ok(report);

	if (!json)
		return -ENOMEM;
	if (v->results.len)
		eyas_str_putc(&v->results, ',');
	eyas_str_puts(&v->results, json);
	words = eyas_rules_report_text(report, EYAS_REPORT_VERBOSE);
	if (!words)
		return -ENOMEM;
	if (v->summary->len)
		eyas_str_putc(v->summary, '\n');
	if (ok && eyas_rules_report_finding(report, 0, &finding)) {
		eyas_str_safe(v->summary, name, strlen(name));
		eyas_str_puts(v->summary, ": Ok, with warnings");
		tell(v, LOG_WARNING, words);
	} else {
		eyas_str_puts(v->summary, words);
	}
	if (!ok && is_mapping(text)) {
		eyas_str_puts(v->summary, "\nHint: rules files are sequences of items, and this is "
					  "a mapping. If it is a configuration of Falco: -c ");
		eyas_str_safe(v->summary, name, strlen(name));
		eyas_str_puts(v->summary, " --dry-run validates it, and the rules files it names.");
	}
	v->invalid |= !ok;
	return 0;
}

static int validate_file(struct validating *v, const char *name, const struct eyas_str *text)
{
	struct eyas_rules_report *report = NULL;
	int res = eyas_rules_load(v->rules, name, text->len ? text->data : "", text->len, &report,
				  NULL);

	if (report)
		res = put_report(v, report, name, text);
	eyas_rules_report_free(report);
	return res == -ENOMEM ? res : 0;
}

static bool describes(const struct falco_validate_opts *opts)
{
	return opts->describe_all || opts->describe_rule;
}

/* The description and its text are the engine's. */
static int describe(struct validating *v, enum eyas_rules_describe_kind kind, const char **ret_text,
		    size_t *ret_len, struct eyas_err *reterr)
{
	const char *rule = v->opts->describe_rule;

	return eyas_rules_describe(v->rules, rule, kind, ret_text, ret_len, reterr);
}

static int put_json(struct validating *v, struct eyas_str *out, struct eyas_err *reterr)
{
	const char *text;
	size_t len;
	int res = 0;

	eyas_str_putc(out, '{');
	if (describes(v->opts) && !v->invalid) {
		res = describe(v, EYAS_DESCRIBE_JSON, &text, &len, reterr);
		if (res < 0)
			return res;
		eyas_str_puts(out, "\"falco_describe_results\":");
		eyas_str_add(out, text, len);
		eyas_str_putc(out, ',');
	}
	eyas_str_puts(out, "\"falco_load_results\":[");
	eyas_str_add(out, v->results.data, v->results.len);
	eyas_str_puts(out, "]}\n");
	return 0;
}

static int put_text(struct validating *v, struct eyas_str *out, struct eyas_err *reterr)
{
	const char *text;
	size_t len;
	int res;

	eyas_str_add(out, v->summary->data, v->summary->len);
	eyas_str_putc(out, '\n');
	if (!describes(v->opts) || v->invalid)
		return 0;
	res = describe(v, EYAS_DESCRIBE_TEXT, &text, &len, reterr);
	if (res < 0)
		return res;
	eyas_str_putc(out, '\n');
	eyas_str_add(out, text, len);
	return 0;
}

/* All files are read first: one that cannot be read is a fault of the call, not a finding. */
static int read_files(const struct falco_validate_opts *opts, struct eyas_str *texts,
		      struct eyas_err *reterr)
{
	size_t i;
	int res = 0;

	for (i = 0; i < opts->nfiles && !res; i++)
		res = falco_read(opts->files[i], RULES_MAX_BYTES, &texts[i], reterr);
	return res;
}

static int validate(struct validating *v, const struct eyas_str *texts, struct eyas_str *out,
		    struct eyas_err *reterr)
{
	size_t i;
	int res = tell_files(v);

	for (i = 0; i < v->opts->nfiles && !res; i++)
		res = validate_file(v, v->opts->files[i], &texts[i]);
	if (!res && (v->results.nomem || v->summary->nomem))
		res = -ENOMEM;
	if (res < 0)
		return eyas_err_set(reterr, res, "out of memory");
	return v->opts->json ? put_json(v, out, reterr) : put_text(v, out, reterr);
}

int falco_validate(struct eyas_rules *rules, const struct falco_validate_opts *opts, FILE *to,
		   struct eyas_str *ret_summary, struct eyas_err *reterr)
{
	struct validating v = {
		.opts = opts, .rules = rules, .summary = ret_summary, .results = EYAS_STR_INIT
	};
	struct eyas_str *texts = calloc(opts->nfiles + 1, sizeof(*texts)), out = EYAS_STR_INIT;
	size_t i;
	int res;

	if (!texts)
		return eyas_err_set(reterr, -ENOMEM, "out of memory");
	res = read_files(opts, texts, reterr);
	if (!res)
		res = validate(&v, texts, &out, reterr);
	if (!res)
		res = falco_out(&out, to, reterr);
	for (i = 0; i < opts->nfiles; i++)
		eyas_str_fini(&texts[i]);
	free(texts);
	eyas_str_fini(&out);
	eyas_str_fini(&v.results);
	if (!res && v.invalid)
		return EYAS_E_USAGE;
	ret_summary->len = 0;
	return res;
}
