/* SPDX-License-Identifier: Apache-2.0 */
/* How a report is shown: one line, all there is to say about each finding, or JSON. */
#include "rules/report.h"

#include "base/json.h"

static void put_codes(const struct rules_findings *findings, const char *what, struct eyas_str *out)
{
	uint32_t i;

	if (!findings->count)
		return;
	eyas_str_printf(out, " %llu %s: [", (unsigned long long)(findings->count + findings->lost),
			what);
	for (i = 0; i < findings->count; i++)
		eyas_str_printf(out, "%s%s (%s)", i ? " " : "",
				eyas_rules_code_name(findings->rows[i].code),
				eyas_rules_code_text(findings->rows[i].code));
	eyas_str_puts(out, findings->lost ? " ...]" : "]");
}

static void put_verdict(const struct eyas_rules_report *report, struct eyas_str *out)
{
	eyas_str_safe(out, report->name, strlen(report->name));
	eyas_str_puts(out, report->errors.count	    ? ": Invalid"
			   : report->warnings.count ? ": Ok, with warnings"
						    : ": Ok");
}

void rules_report_put_summary(const struct eyas_rules_report *report, struct eyas_str *out)
{
	put_verdict(report, out);
	put_codes(&report->errors, "errors", out);
	put_codes(&report->warnings, "warnings", out);
}

/* ---- verbose ---- */

/*
 * What is said of a place. Falco counts from 0, but within a condition from 1, and puts the
 * beginning of the condition where the name of the file would be.
 */
struct told {
	const char *name, *file;
	uint32_t line, column;
};

static struct told tell(const struct eyas_rules_report *report,
			const struct rules_location *location)
{
	struct told told = { location->name, location->file, location->line, location->column };

	if (!report->falco_reports)
		return told;
	if (location->item == ITEM_CONDITION_EXPRESSION) {
		told.file = told.name;
		told.name = "";
	} else if (told.line) {
		told.line--;
		told.column -= told.column > 0;
	}
	return told;
}

static void put_location(const struct eyas_rules_report *report,
			 const struct rules_location *location, struct eyas_str *out)
{
	struct told told = tell(report, location);

	eyas_str_puts(out, rules_item_name(location->item));
	if (told.name[0]) {
		eyas_str_puts(out, " '");
		eyas_str_safe(out, told.name, strlen(told.name));
		eyas_str_putc(out, '\'');
	}
	eyas_str_puts(out, ": (");
	eyas_str_safe(out, told.file, strlen(told.file));
	eyas_str_printf(out, ":%u:%u)\n", told.line, told.column);
}

/* A snippet is two lines, neither of which has anything but its newline to escape. */
static void put_snippet(const char *snippet, struct eyas_str *out)
{
	static const char dashes[] = "------\n";
	const char *end = strchr(snippet, '\n');

	eyas_str_puts(out, dashes);
	eyas_str_safe(out, snippet, (size_t)(end - snippet));
	eyas_str_puts(out, end);
	eyas_str_puts(out, dashes);
}

static void put_finding(const struct eyas_rules_report *report, const struct rules_finding *finding,
			struct eyas_str *out)
{
	uint32_t i;

	for (i = 0; i < finding->nlocations; i++) {
		eyas_str_puts(out, i ? "    " : "In ");
		put_location(report, &finding->locations[i], out);
	}
	if (finding->snippet)
		put_snippet(finding->snippet, out);
	eyas_str_printf(out, "%s (%s): ", eyas_rules_code_name(finding->code),
			eyas_rules_code_text(finding->code));
	if (finding->falcos) {
		eyas_str_safe(out, finding->falcos, strlen(finding->falcos));
		eyas_str_puts(out, " (");
	}
	eyas_str_safe(out, finding->message, strlen(finding->message));
	if (finding->falcos)
		eyas_str_putc(out, ')');
}

static void put_findings(const struct eyas_rules_report *report,
			 const struct rules_findings *findings, const char *what,
			 struct eyas_str *out)
{
	uint32_t i;

	if (!findings->count)
		return;
	eyas_str_printf(out, "\n%llu %s:", (unsigned long long)(findings->count + findings->lost),
			what);
	for (i = 0; i < findings->count; i++) {
		eyas_str_putc(out, '\n');
		put_finding(report, &findings->rows[i], out);
	}
	if (findings->lost)
		eyas_str_printf(out, "\n%llu more", (unsigned long long)findings->lost);
}

/* Falco has it in its log and in JSON alone. */
static void put_schema(const struct rules_schema *schema, struct eyas_str *out)
{
	uint32_t i;

	if (schema->state != SCHEMA_FAILED)
		return;
	eyas_str_printf(out, "\nNot as the JSON schema of rules files says, at %llu places:",
			(unsigned long long)(schema->nwarnings + schema->lost));
	for (i = 0; i < schema->nwarnings; i++) {
		eyas_str_putc(out, '\n');
		eyas_str_safe(out, schema->warnings[i], strlen(schema->warnings[i]));
	}
	if (schema->lost)
		eyas_str_printf(out, "\n%llu more", (unsigned long long)schema->lost);
}

void rules_report_put_verbose(const struct eyas_rules_report *report, struct eyas_str *out)
{
	put_verdict(report, out);
	put_findings(report, &report->errors, "Errors", out);
	put_findings(report, &report->warnings, "Warnings", out);
	if (!report->falco_reports)
		put_schema(&report->schema, out);
}

/* ---- JSON ---- */

static void json_location(const struct eyas_rules_report *report,
			  const struct rules_location *location, struct eyas_json *json)
{
	struct told told = tell(report, location);

	eyas_json_object(json);
	eyas_json_member(json, "item_name", told.name);
	eyas_json_member(json, "item_type", rules_item_name(location->item));
	eyas_json_key(json, "position");
	eyas_json_object(json);
	eyas_json_key(json, "column");
	eyas_json_u64(json, told.column);
	eyas_json_key(json, "line");
	eyas_json_u64(json, told.line);
	eyas_json_member(json, "name", told.file);
	eyas_json_key(json, "offset");
	eyas_json_u64(json, location->offset);
	eyas_json_end(json);
	eyas_json_end(json);
}

static void json_findings(const struct eyas_rules_report *report,
			  const struct rules_findings *findings, const char *key,
			  struct eyas_json *json)
{
	const struct rules_finding *finding = findings->rows;
	uint32_t i, k;

	eyas_json_key(json, key);
	eyas_json_array(json);
	for (i = 0; i < findings->count; i++, finding++) {
		eyas_json_object(json);
		eyas_json_member(json, "code", eyas_rules_code_name(finding->code));
		eyas_json_member(json, "codedesc", eyas_rules_code_text(finding->code));
		eyas_json_key(json, "context");
		eyas_json_object(json);
		eyas_json_key(json, "locations");
		eyas_json_array(json);
		for (k = 0; k < finding->nlocations; k++)
			json_location(report, &finding->locations[k], json);
		eyas_json_end(json);
		eyas_json_member(json, "snippet", finding->snippet ? finding->snippet : "");
		eyas_json_end(json);
		if (finding->falcos)
			eyas_json_member(json, "eyas_message", finding->message);
		eyas_json_member(json, "message",
				 finding->falcos ? finding->falcos : finding->message);
		eyas_json_end(json);
	}
	eyas_json_end(json);
}

/* Without the keys where there was nothing to look at. */
static void json_schema(const struct rules_schema *schema, struct eyas_json *json)
{
	uint32_t i;

	if (schema->state == SCHEMA_NONE)
		return;
	eyas_json_key(json, "schema_valid");
	eyas_json_bool(json, schema->state == SCHEMA_OK);
	eyas_json_key(json, "schema_warnings");
	eyas_json_array(json);
	for (i = 0; i < schema->nwarnings; i++)
		eyas_json_cstr(json, schema->warnings[i]);
	eyas_json_end(json);
}

void rules_report_put_json(const struct eyas_rules_report *report, struct eyas_str *out)
{
	struct eyas_json json;

	eyas_json_init(&json, out);
	eyas_json_object(&json);
	json_findings(report, &report->errors, "errors", &json);
	eyas_json_member(&json, "name", report->name);
	json_schema(&report->schema, &json);
	eyas_json_key(&json, "successful");
	eyas_json_bool(&json, !report->errors.count);
	json_findings(report, &report->warnings, "warnings", &json);
	eyas_json_end(&json);
}

/* ---- the public functions ---- */

int eyas_rules_report_ok(const struct eyas_rules_report *report)
{
	return !report->errors.count;
}

int eyas_rules_report_finding(const struct eyas_rules_report *report, size_t index,
			      struct eyas_rules_finding *ret_finding)
{
	const struct rules_location *last;
	const struct rules_finding *row;

	if (index < report->errors.count)
		row = &report->errors.rows[index];
	else if (index - report->errors.count < report->warnings.count)
		row = &report->warnings.rows[index - report->errors.count];
	else
		return 0;
	last = &row->locations[row->nlocations - 1];
	*ret_finding = (struct eyas_rules_finding){ row->code,	row->message, last->file,
						    last->line, last->column, last->offset };
	return 1;
}

const char *eyas_rules_report_text(struct eyas_rules_report *report,
				   enum eyas_rules_report_kind kind)
{
	struct eyas_str *out = &report->out;

	out->len = 0;
	out->nomem = false;
	if (kind == EYAS_REPORT_SUMMARY)
		rules_report_put_summary(report, out);
	else if (kind == EYAS_REPORT_VERBOSE)
		rules_report_put_verbose(report, out);
	else
		rules_report_put_json(report, out);
	eyas_str_putc(out, '\0');
	return out->nomem ? NULL : out->data;
}
