/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was found in a rules file: errors and warnings, each with the way from the file down to
 * the place, and the text there. The loader adds findings; the public functions show them.
 */
#ifndef RULES_REPORT_H
#define RULES_REPORT_H

#include <eyas/rules.h>

#include "base/arena.h"
#include "base/str.h"
#include "rules/yaml.h"

enum rules_item {
	ITEM_VALUE_FOR,
	ITEM_EXCEPTIONS,
	ITEM_EXCEPTION,
	ITEM_EXCEPTION_VALUES,
	ITEM_EXCEPTION_VALUE,
	ITEM_CONTENT,
	ITEM_CONTENT_ITEM,
	ITEM_ENGINE_VERSION,
	ITEM_PLUGIN_VERSIONS,
	ITEM_PLUGIN_ENTRY,
	ITEM_PLUGIN_ALTERNATIVE,
	ITEM_LIST,
	ITEM_LIST_ITEM,
	ITEM_MACRO,
	ITEM_MACRO_CONDITION,
	ITEM_RULE,
	ITEM_RULE_CONDITION,
	ITEM_CONDITION_EXPRESSION,
	ITEM_RULE_OUTPUT,
	ITEM_OUTPUT_EXPRESSION,
	ITEM_RULE_PRIORITY,
	ITEM_OVERRIDE,
	ITEM_EXTENSION
};

/* A place, and what it belongs to. Line 0 = the file as a whole. Lives as long as its parent. */
struct rules_context {
	const struct rules_context *parent;
	const struct rules_source *source;
	enum rules_item item;
	const char *name; /* "" = none */
	uint32_t line, column, offset;
};

/* The context of a node inside of another context. */
static inline struct rules_context rules_context_of(const struct rules_context *parent,
						    enum rules_item item, const char *name,
						    const struct rules_node *node)
{
	return (struct rules_context){ parent,	   parent->source, item,	name,
				       node->line, node->column,   node->offset };
}

struct rules_location {
	enum rules_item item;
	const char *name, *file;
	uint32_t line, column;
	uint64_t offset;
};

struct rules_finding {
	enum eyas_rules_code code;
	const char *message;
	const char *falcos; /* the message in Falco's words; NULL = there are none, or not wanted */
	struct rules_location *locations; /* from the file down */
	uint32_t nlocations;
	const char *snippet; /* a line and a mark under the place; both end with a newline */
};

struct rules_findings {
	struct rules_finding *rows;
	uint32_t count, cap;
	uint64_t lost; /* beyond RULES_MAX_FINDINGS */
};

enum { RULES_MAX_FINDINGS = 1000, SCHEMA_WARNINGS_MAX = 100 };

/* What the JSON schema of rules files has to say (schema.c). */
struct rules_schema {
	enum { SCHEMA_NONE, SCHEMA_OK, SCHEMA_FAILED } state; /* none: it is no YAML */
	const char *warnings[SCHEMA_WARNINGS_MAX];
	uint32_t nwarnings;
	uint64_t lost; /* beyond those */
};

struct eyas_rules_report {
	const char *name;
	struct rules_findings errors, warnings;
	struct rules_schema schema;
	struct eyas_arena arena;
	struct eyas_str out;
	bool nomem;
	bool falco_reports; /* of struct eyas_rules_opts */
};

int rules_report_new(const char *name, struct eyas_rules_report **ret_report);

/*
 * Add a finding. For an error, returns the code that a function fails with: EYAS_E_FORMAT when
 * the file is no YAML, else EYAS_E_USAGE; -ENOMEM. For a warning, returns 0.
 */
int rules_report_add(struct eyas_rules_report *report, enum eyas_rules_code code,
		     const struct rules_context *context, const char *fmt, ...) EYAS_PRINTF(4, 5);

/*
 * report_falco.c: append what Falco says in place of a message of ours; false if it has no words for
 * it.
 */
bool rules_falco_words(enum eyas_rules_code code, const struct rules_context *context,
		       const char *message, struct eyas_str *out);

bool rules_code_is_error(enum eyas_rules_code code);
/* "rule", "macro condition", ... Static. */
const char *rules_item_name(enum rules_item item);

/* report_show.c */
void rules_report_put_summary(const struct eyas_rules_report *report, struct eyas_str *out);
void rules_report_put_verbose(const struct eyas_rules_report *report, struct eyas_str *out);
void rules_report_put_json(const struct eyas_rules_report *report, struct eyas_str *out);

#endif
