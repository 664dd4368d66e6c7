/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How findings about rules files are kept. Everything they say is copied, so that a report
 * outlives the engine and the files; a file cannot fill the memory with them.
 */
#include "rules/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { SNIPPET_CHARS = 160, MESSAGE_BYTES = 700 };

static const struct {
	const char *name, *text;
} codes[EYAS_LOAD_CODES] = {
	[EYAS_LOAD_ERR_FILE_READ] = { "LOAD_ERR_FILE_READ", "File read error" },
	[EYAS_LOAD_ERR_YAML_PARSE] = { "LOAD_ERR_YAML_PARSE", "YAML parse error" },
	[EYAS_LOAD_ERR_YAML_VALIDATE] = { "LOAD_ERR_YAML_VALIDATE",
					  "Error validating internal structure of YAML file" },
	[EYAS_LOAD_ERR_COMPILE_CONDITION] = { "LOAD_ERR_COMPILE_CONDITION",
					      "Error compiling condition" },
	[EYAS_LOAD_ERR_COMPILE_OUTPUT] = { "LOAD_ERR_COMPILE_OUTPUT", "Error compiling output" },
	[EYAS_LOAD_ERR_VALIDATE] = { "LOAD_ERR_VALIDATE",
				     "Error validating rule/macro/list/exception objects" },
	[EYAS_LOAD_ERR_EXTENSION] = { "LOAD_ERR_EXTENSION", "Error in extension item" },
	[EYAS_LOAD_UNKNOWN_SOURCE] = { "LOAD_UNKNOWN_SOURCE", "Unknown event source" },
	[EYAS_LOAD_UNSAFE_NA_CHECK] = { "LOAD_UNSAFE_NA_CHECK",
					"Unsafe <NA> comparison in condition" },
	[EYAS_LOAD_NO_EVTTYPE] = { "LOAD_NO_EVTTYPE", "Condition has no event-type restriction" },
	[EYAS_LOAD_UNKNOWN_FILTER] = { "LOAD_UNKNOWN_FILTER",
				       "Unknown field or event-type in condition or output" },
	[EYAS_LOAD_UNUSED_MACRO] = { "LOAD_UNUSED_MACRO", "Unused macro" },
	[EYAS_LOAD_UNUSED_LIST] = { "LOAD_UNUSED_LIST", "Unused list" },
	[EYAS_LOAD_UNKNOWN_ITEM] = { "LOAD_UNKNOWN_ITEM", "Unknown rules file item" },
	[EYAS_LOAD_DEPRECATED_ITEM] = { "LOAD_DEPRECATED_ITEM", "Used deprecated item" },
	[EYAS_LOAD_WARNING_EXTENSION] = { "LOAD_WARNING_EXTENSION", "Warning in extension item" },
	[EYAS_LOAD_APPEND_NO_VALUES] = { "LOAD_APPEND_NO_VALUES",
					 "Overriding/appending with no values" },
	[EYAS_LOAD_EXCEPTION_NAME_NOT_UNIQUE] = { "LOAD_EXCEPTION_NAME_NOT_UNIQUE",
						  "Multiple exceptions defined with the same "
						  "name" },
	[EYAS_LOAD_INVALID_MACRO_NAME] = { "LOAD_INVALID_MACRO_NAME", "Invalid macro name" },
	[EYAS_LOAD_INVALID_LIST_NAME] = { "LOAD_INVALID_LIST_NAME", "Invalid list name" },
	[EYAS_LOAD_COMPILE_CONDITION] = { "LOAD_COMPILE_CONDITION", "Warning in rule condition" },
	[EYAS_LOAD_UNKNOWN_KEY] = { "LOAD_UNKNOWN_KEY", "Unknown key in item definition" },
};

const char *eyas_rules_code_name(unsigned code)
{
	return code < EYAS_LOAD_CODES ? codes[code].name : NULL;
}

const char *eyas_rules_code_text(unsigned code)
{
	return code < EYAS_LOAD_CODES ? codes[code].text : NULL;
}

bool rules_code_is_error(enum eyas_rules_code code)
{
	return code <= EYAS_LOAD_ERR_EXTENSION;
}

const char *rules_item_name(enum rules_item item)
{
	static const char *const names[] = {
		[ITEM_VALUE_FOR] = "value for",
		[ITEM_EXCEPTIONS] = "exceptions",
		[ITEM_EXCEPTION] = "exception",
		[ITEM_EXCEPTION_VALUES] = "exception values",
		[ITEM_EXCEPTION_VALUE] = "exception value",
		[ITEM_CONTENT] = "rules content",
		[ITEM_CONTENT_ITEM] = "rules content item",
		[ITEM_ENGINE_VERSION] = "required_engine_version",
		[ITEM_PLUGIN_VERSIONS] = "required plugin versions",
		[ITEM_PLUGIN_ENTRY] = "required plugin versions entry",
		[ITEM_PLUGIN_ALTERNATIVE] = "required plugin versions alternative",
		[ITEM_LIST] = "list",
		[ITEM_LIST_ITEM] = "list item",
		[ITEM_MACRO] = "macro",
		[ITEM_MACRO_CONDITION] = "macro condition",
		[ITEM_RULE] = "rule",
		[ITEM_RULE_CONDITION] = "rule condition",
		[ITEM_CONDITION_EXPRESSION] = "condition expression",
		[ITEM_RULE_OUTPUT] = "rule output",
		[ITEM_OUTPUT_EXPRESSION] = "rule output expression",
		[ITEM_RULE_PRIORITY] = "rule priority",
		[ITEM_OVERRIDE] = "overrides",
		[ITEM_EXTENSION] = "extension item",
	};

	return names[item];
}

int rules_report_new(const char *name, struct eyas_rules_report **ret_report)
{
	struct eyas_rules_report *report = calloc(1, sizeof(*report));

	if (!report)
		return -ENOMEM;
	report->name = eyas_arena_text(&report->arena, name, strlen(name));
	if (!report->name) {
		eyas_rules_report_free(report);
		return -ENOMEM;
	}
	*ret_report = report;
	return 0;
}

void eyas_rules_report_free(struct eyas_rules_report *report)
{
	if (!report)
		return;
	free(report->errors.rows);
	free(report->warnings.rows);
	eyas_arena_fini(&report->arena);
	eyas_str_fini(&report->out);
	free(report);
}

/* ---- the text at a place ---- */

static bool is_break(char c)
{
	return c == '\n' || c == '\r';
}

static bool goes_on(const struct rules_source *source, size_t at)
{
	return ((unsigned char)source->text[at] & 0xc0) == 0x80;
}

/* Move back by at most so many characters of the line. */
static size_t step_back(const struct rules_source *source, size_t at, unsigned chars)
{
	for (; chars && at && !is_break(source->text[at - 1]); chars--)
		do
			at--;
		while (at && goes_on(source, at));
	return at;
}

/* The line of the place, cut to its neighbourhood, and a mark under the place. */
static char *make_snippet(struct eyas_rules_report *report, const struct rules_source *source,
			  size_t at)
{
	struct eyas_str *out = &report->out;
	size_t start, end = at, i;
	unsigned chars = 0;

	start = step_back(source, at, SNIPPET_CHARS / 2);
	for (i = start; i < at; i++)
		chars += !goes_on(source, i);
	for (i = 0; i < SNIPPET_CHARS - chars && end < source->len && !is_break(source->text[end]);
	     i++)
		do
			end++;
		while (end < source->len && goes_on(source, end));
	out->len = 0;
	/* Escaping would move the mark: what would be escaped is shown as one character. */
	for (i = start; i < end; i++) {
		bool control = (unsigned char)source->text[i] < 0x20 || source->text[i] == 0x7f;

		eyas_str_putc(out, control ? ' ' : source->text[i]);
	}
	eyas_str_putc(out, '\n');
	while (chars--)
		eyas_str_putc(out, ' ');
	eyas_str_puts(out, "^\n");
	return out->nomem ? NULL : eyas_arena_text(&report->arena, out->data, out->len);
}

/* ---- adding ---- */

static const char *copy(struct eyas_rules_report *report, const char *text)
{
	return eyas_arena_text(&report->arena, text, strlen(text));
}

/* Returns false when there is no memory. */
static bool add_falcos(struct eyas_rules_report *report, const struct rules_context *context,
		       struct rules_finding *finding)
{
	struct eyas_str *out = &report->out;

	out->len = 0;
	if (!report->falco_reports ||
	    !rules_falco_words(finding->code, context, finding->message, out))
		return true;
	finding->falcos = out->nomem ? NULL : eyas_arena_text(&report->arena, out->data, out->len);
	return finding->falcos;
}

static bool copy_locations(struct eyas_rules_report *report, const struct rules_context *context,
			   struct rules_finding *finding)
{
	const struct rules_context *at;
	struct rules_location *location;
	uint32_t n = 0;

	for (at = context; at; at = at->parent)
		n++;
	finding->locations = eyas_arena_zero(&report->arena, n * sizeof(*location));
	if (!finding->locations)
		return false;
	finding->nlocations = n;
	for (at = context; at; at = at->parent) {
		location = &finding->locations[--n];
		location->item = at->item;
		location->name = copy(report, at->name);
		location->file = at->source == context->source && n + 1 < finding->nlocations
					 ? finding->locations[n + 1].file
					 : copy(report, at->source->name);
		location->line = at->line;
		location->column = at->column;
		location->offset = at->offset;
		if (!location->name || !location->file)
			return false;
	}
	return true;
}

static struct rules_finding *new_row(struct rules_findings *findings)
{
	uint32_t cap = findings->cap ? findings->cap * 2 : 8;
	struct rules_finding *rows;

	if (findings->count == findings->cap) {
		rows = realloc(findings->rows, cap * sizeof(*rows));
		if (!rows)
			return NULL;
		findings->rows = rows;
		findings->cap = cap;
	}
	return &findings->rows[findings->count];
}

int rules_report_add(struct eyas_rules_report *report, enum eyas_rules_code code,
		     const struct rules_context *context, const char *fmt, ...)
{
	bool error = rules_code_is_error(code);
	struct rules_findings *findings = error ? &report->errors : &report->warnings;
	struct rules_finding finding = { .code = code }, *row;
	struct eyas_err message = { 0 };
	va_list ap;

	if (findings->count == RULES_MAX_FINDINGS) {
		findings->lost++;
		return error ? EYAS_E_USAGE : 0;
	}
	va_start(ap, fmt);
	eyas_err_vset(&message, code, fmt, ap);
	va_end(ap);
	finding.message = copy(report, message.text);
	row = new_row(findings);
	if (!row || !finding.message || !add_falcos(report, context, &finding) ||
	    !copy_locations(report, context, &finding))
		goto no_memory;
	if (context->source->text) {
		finding.snippet = make_snippet(report, context->source,
					       finding.locations[finding.nlocations - 1].offset);
		if (!finding.snippet)
			goto no_memory;
	}
	*row = finding;
	findings->count++;
	if (!error)
		return 0;
	return code == EYAS_LOAD_ERR_YAML_PARSE ? EYAS_E_FORMAT : EYAS_E_USAGE;

no_memory:
	report->nomem = true;
	return -ENOMEM;
}
