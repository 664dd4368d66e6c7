/* SPDX-License-Identifier: Apache-2.0 */
/* Falco's rules: which files there are, what is appended to them, which of them are enabled. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "compat/falco_log.h"
#include "compat/falco_oneshot.h"
#include "compat/falco_out.h"
#include "compat/falco_run.h"
#include "compat/falco_select.h"
#include "rules/rules_int.h"

static int no_memory(struct eyas_err *reterr)
{
	return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
}

/* ---- the engine ---- */

/* Fields that plugins suggest for all outputs: the container plugin's, in its order. */
static const char suggested[] = "container_id=%container.id container_name=%container.name "
				"container_image_repository=%container.image.repository "
				"container_image_tag=%container.image.tag "
				"k8s_pod_name=%k8s.pod.name k8s_ns_name=%k8s.ns.name";

static bool has_container_plugin(const struct falco_config *config)
{
	size_t i;

	for (i = 0; i < config->plugins.count; i++)
		if (!strcmp(config->plugins.entries[i].name, "container"))
			return true;
	return false;
}

static int append_text(struct falco *falco, const struct falco_append *append, const char *text)
{
	return eyas_rules_append_output(falco->rules, text, append->rule, append->source,
					append->tags.texts, append->tags.count);
}

static int append_fields(struct falco *falco, const struct falco_append *append)
{
	const struct falco_extra_field *field = append->fields;
	size_t i;
	int res = 0;

	for (i = 0; i < append->nfields && !res; i++, field++)
		res = eyas_rules_append_field(falco->rules, field->key, field->format, append->rule,
					      append->source, append->tags.texts,
					      append->tags.count);
	return res;
}

/* " static_a_b=%static.a.b" for each text of the configuration. */
static int append_statics(struct falco *falco, const struct falco_append *append)
{
	const struct falco_static_field *field = falco->config.static_fields.fields;
	struct eyas_str text = EYAS_STR_INIT;
	size_t i, start;
	char *dot;
	int res = 0;

	for (i = 0; i < falco->config.static_fields.count; i++, field++) {
		eyas_str_puts(&text, i ? " static_" : "static_");
		start = text.len;
		eyas_str_puts(&text, field->key);
		while (!text.nomem && (dot = memchr(text.data + start, '.', text.len - start)))
			*dot = '_';
		eyas_str_printf(&text, "=%%static.%s", field->key);
	}
	eyas_str_putc(&text, '\0');
	if (text.nomem)
		res = -ENOMEM;
	else if (i)
		res = append_text(falco, append, text.data);
	eyas_str_fini(&text);
	return res;
}

static int add_statics(struct falco *falco, struct eyas_err *reterr)
{
	const struct falco_static_field *field = falco->config.static_fields.fields;
	size_t i;
	int res = 0;

	for (i = 0; i < falco->config.static_fields.count && !res; i++, field++)
		res = eyas_rules_add_static(falco->rules, field->key, field->value);
	if (res == EYAS_E_USAGE)
		return eyas_err_set(reterr, res, "static_fields: there cannot be a key '%.64s'",
				    field[-1].key);
	return res < 0 ? no_memory(reterr) : 0;
}

static int append_one(struct falco *falco, const struct falco_append *append,
		      struct eyas_err *reterr)
{
	int res = append->output ? append_text(falco, append, append->output) : 0;

	if (!res && append->suggested && has_container_plugin(&falco->config))
		res = append_text(falco, append, suggested);
	if (!res && append->suggested)
		res = append_statics(falco, append);
	if (!res)
		res = append_fields(falco, append);
	if (res == EYAS_E_USAGE)
		return eyas_err_set(reterr, res, "append_output: a field without a name");
	return res < 0 ? no_memory(reterr) : 0;
}

/* -p; c, k and the like are of no effect any more. */
static int append_print(struct falco *falco, struct eyas_err *reterr)
{
	static const char *const old[] = { "c", "container", "k", "kubernetes", "m", "mesos" };
	const char *print = falco->options->print;
	size_t i;

	if (!print)
		return 0;
	for (i = 0; i < sizeof(old) / sizeof(old[0]); i++)
		if (!strcmp(print, old[i]))
			return 0;
	return eyas_rules_append_output(falco->rules, print, NULL, NULL, NULL, 0) < 0
		       ? no_memory(reterr)
		       : 0;
}

static int make_engine(struct falco *falco, struct eyas_err *reterr)
{
	const struct falco_config *config = &falco->config;
	struct eyas_rules_opts how = { .size = sizeof(how),
				       .min_priority = config->priority,
				       .hostname = falco_hostname(),
				       .falco_reports = true };
	int res = eyas_rules_new(&how, &falco->rules, reterr);
	size_t i;

	if (res >= 0 && config->buffer_format_base64)
		falco->rules->fields.buffers = BUFFER_BASE64;
	if (res >= 0)
		res = add_statics(falco, reterr);
	for (i = 0; res >= 0 && i < config->append_output.count; i++)
		res = append_one(falco, &config->append_output.entries[i], reterr);
	return res < 0 ? res : append_print(falco, reterr);
}

/* ---- files ---- */

static bool is_there(const char *path)
{
	return !access(path, F_OK) || errno != ENOENT;
}

/* What Falco passes over without a word is told of. */
static int find_file(struct falco *falco, const char *path, struct eyas_err *reterr)
{
	const size_t files = falco->rules_files.count, folders = falco->rules_folders.count;
	int res = falco_files_find(path, &falco->rules_files, &falco->rules_folders, reterr);

	if (res || files != falco->rules_files.count)
		return res;
	if (folders != falco->rules_folders.count)
		falco_log(FALCO_INFO, "There are no rules files in %s", path);
	else
		falco_log(FALCO_WARNING,
			  "%s is no rules file: its name does not end in .yaml or .yml", path);
	return 0;
}

/* Those of -r, or else those of the configuration that are there. */
static int find_files(struct falco *falco, struct eyas_err *reterr)
{
	const struct falco_words *named = &falco->options->rules;
	const struct falco_texts *usual = &falco->config.rules_files;
	const char *const *paths = named->count ? named->words : usual->texts;
	size_t count = named->count ? named->count : usual->count, taken = 0, i;
	int res = 0;

	falco_log(FALCO_DEBUG, "Configured rules filenames:");
	for (i = 0; !res && i < count; i++) {
		if (!named->count && !is_there(paths[i]))
			continue;
		taken++;
		falco_log(FALCO_DEBUG, "   %s", paths[i]);
		res = find_file(falco, paths[i], reterr);
	}
	if (taken)
		return res;
	return eyas_err_set(reterr, EYAS_E_USAGE,
			    "You must specify at least one rules file/directory via -r or a "
			    "rules_files entry in falco.yaml");
}

/* What was found in a file: warnings with -v alone, errors as what Falco says at its end. */
static void tell_report(struct falco *falco, struct eyas_rules_report *report)
{
	struct eyas_rules_finding finding;
	const char *text;

	if (eyas_rules_report_ok(report) && (!falco->options->verbose || falco->trial ||
					     !eyas_rules_report_finding(report, 0, &finding)))
		return;
	text = eyas_rules_report_text(report, EYAS_REPORT_VERBOSE);
	if (!text)
		return;
	if (eyas_rules_report_ok(report))
		fprintf(stderr, "%s\n", text);
	else
		eyas_str_puts(&falco->failure, text);
}

/* The file, and how it compares with the schema of rules files. */
static void log_file(const char *path, const struct eyas_rules_report *report)
{
	const struct rules_schema *schema = &report->schema;
	struct eyas_str line = EYAS_STR_INIT;

	if (schema->state == SCHEMA_NONE) {
		falco_log(FALCO_INFO, "   %s", path);
		return;
	}
	falco_put_schema_line(&line, path, schema->nwarnings ? schema->warnings[0] : NULL);
	if (!line.nomem)
		falco_log_text(NULL, schema->nwarnings ? FALCO_WARNING : FALCO_INFO, line.data);
	eyas_str_fini(&line);
}

static int load_file(struct falco *falco, const char *path, struct eyas_err *reterr)
{
	struct eyas_rules_report *report = NULL;
	struct eyas_str text = EYAS_STR_INIT;
	int res = falco_read(path, RULES_MAX_BYTES, &text, reterr);

	if (!res) {
		res = eyas_rules_load(falco->rules, path, text.len ? text.data : "", text.len,
				      &report, reterr);
		if (report) {
			log_file(path, report);
			tell_report(falco, report);
		}
		eyas_rules_report_free(report);
	}
	eyas_str_fini(&text);
	return res;
}

/* ---- which are enabled ---- */

static int switch_rules(struct falco *falco, const char *pattern, enum eyas_rules_match_kind kind,
			bool on, struct eyas_err *reterr)
{
	int res = eyas_rules_select(falco->rules, 0, pattern, kind, on);

	return res < 0 ? eyas_err_set(reterr, res, "%s", eyas_strerror(res)) : 0;
}

static int switch_tags(struct falco *falco, const char *const *tags, size_t ntags, bool on,
		       struct eyas_err *reterr)
{
	int res = eyas_rules_select_tags(falco->rules, 0, tags, ntags, on);

	return res < 0 ? eyas_err_set(reterr, res, "%s", eyas_strerror(res)) : 0;
}

static int apply_switches(struct falco *falco, struct eyas_err *reterr)
{
	const struct falco_rule_switch *entry;
	int res = 0;
	size_t i;

	for (i = 0; !res && i < falco->config.rules.count; i++) {
		entry = &falco->config.rules.entries[i];
		falco_log(FALCO_INFO, "%s rules with %s: %s", entry->on ? "Enabling" : "Disabling",
			  entry->by_tag ? "tag" : "name", entry->pattern);
		res = entry->by_tag ? switch_tags(falco, &entry->pattern, 1, entry->on, reterr)
				    : switch_rules(falco, entry->pattern, EYAS_MATCH_WILDCARD,
						   entry->on, reterr);
	}
	return res;
}

/* -D, -T, -t. */
static int apply_old_switches(struct falco *falco, struct eyas_err *reterr)
{
	const struct falco_options *options = falco->options;
	const struct falco_words *tags;
	int res = 0;
	size_t i;

	for (i = 0; !res && i < options->disabled_rules.count; i++) {
		falco_log(FALCO_INFO, "Disabling rules matching substring: %s",
			  options->disabled_rules.words[i]);
		res = switch_rules(falco, options->disabled_rules.words[i], EYAS_MATCH_SUBSTRING,
				   false, reterr);
	}
	tags = &options->disabled_tags;
	for (i = 0; i < tags->count; i++)
		falco_log(FALCO_INFO, "Disabling rules with tag: %s", tags->words[i]);
	if (!res && tags->count)
		res = switch_tags(falco, tags->words, tags->count, false, reterr);
	tags = &options->enabled_tags;
	if (!res && tags->count)
		res = switch_rules(falco, "", EYAS_MATCH_SUBSTRING, false, reterr);
	for (i = 0; i < tags->count; i++)
		falco_log(FALCO_INFO, "Enabling rules with tag: %s", tags->words[i]);
	if (!res && tags->count)
		res = switch_tags(falco, tags->words, tags->count, true, reterr);
	return res;
}

/* ---- steps ---- */

int falco_validate_rules(struct falco *falco, struct eyas_err *reterr)
{
	const struct falco_options *options = falco->options;
	struct falco_validate_opts how = { .files = options->validate.words,
					   .nfiles = options->validate.count,
					   .json = falco->config.json_output,
					   .describe_all = options->describe_all,
					   .describe_rule = options->describe_rule,
					   .log = falco_log_text };
	int res;

	if (!how.nfiles)
		return 0;
	res = make_engine(falco, reterr);
	if (!res)
		res = falco_validate(falco->rules, &how, stdout, &falco->failure, reterr);
	return res ? res : FALCO_DONE;
}

static int describe(struct falco *falco, struct eyas_err *reterr)
{
	const struct falco_options *options = falco->options;
	int res = falco_describe(falco->rules, options->describe_rule, falco->config.json_output,
				 stdout, reterr);

	return res < 0 ? res : FALCO_DONE;
}

int falco_load_rules(struct falco *falco, struct eyas_err *reterr)
{
	int res = make_engine(falco, reterr);
	size_t i;

	if (!res)
		res = find_files(falco, reterr);
	if (!res && falco->rules_files.count)
		falco_log(FALCO_INFO, "Loading rules from:");
	for (i = 0; !res && i < falco->rules_files.count; i++)
		res = load_file(falco, falco->rules_files.paths[i], reterr);
	if (!res)
		res = apply_switches(falco, reterr);
	if (!res)
		res = apply_old_switches(falco, reterr);
	if (res)
		return res;
	if (falco->options->describe_all || falco->options->describe_rule)
		return describe(falco, reterr);
	return 0;
}

int falco_select_syscalls(struct falco *falco, struct eyas_err *reterr)
{
	const struct falco_config *config = &falco->config;
	const struct falco_select_opts how = { .rules = falco->rules,
					       .custom = config->base_syscalls.custom_set.texts,
					       .ncustom = config->base_syscalls.custom_set.count,
					       .repair = config->base_syscalls.repair,
					       .all = config->base_syscalls.all };

	(void)reterr;
	falco_select(&how, &falco->codes);
	return 0;
}
