/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings in Falco's words. Scripts around Falco look for the messages of its reports, so that they
 * are part of its interface: for eyas as falco, reports have them, and say more in our own words
 * beside them. What Falco has no such message for stays as it is.
 */
#include "rules/report.h"

#include <string.h>

enum { PARTS = 3, ANY = -1 };

/*
 * A message of ours, where '*' is any text, and Falco's: $1 to $3 are those texts, $n is the name
 * and $l and $c are line and column of the place.
 */
struct words {
	int code, item; /* of such findings alone; ANY */
	const char *ours, *falcos;
};

#define APPEND_NOTE " Add an 'append' entry (e.g. 'condition: append') under 'override' instead."

/* The first row that fits counts. */
static const struct words all_words[] = {
	/* files */
	{ EYAS_LOAD_ERR_YAML_PARSE, ANY, "mapping values are not allowed in this context",
	  "yaml-cpp: error at line $l, column $c: illegal map value" },
	{ EYAS_LOAD_ERR_YAML_PARSE, ANY, "*", "yaml-cpp: error at line $l, column $c: $1" },
	{ ANY, ANY, "expected a sequence of lists, macros and rules, found a mapping",
	  "Rules content is not yaml array of objects" },
	{ ANY, ANY, "expected a sequence of lists, macros and rules, *",
	  "Rules content is not yaml" },
	{ ANY, ANY, "expected a mapping: a list, a macro, a rule ...",
	  "Unexpected element type. Each element should be a yaml associative array." },
	{ ANY, ANY, "nothing is known about an item*", "Unknown top level item" },

	/* keys and values */
	{ ANY, ANY, "there is no '*' (*)", "Item has no mapping for key '$1'" },
	{ ANY, ITEM_VALUE_FOR, "expected *, found nothing", "Mapping for key '$n' is empty" },
	{ ANY, ITEM_VALUE_FOR, "expected *, found ''", "Value must be non-empty" },
	{ ANY, ITEM_VALUE_FOR, "expected a text, found a *", "Value is not a scalar value" },
	{ ANY, ITEM_VALUE_FOR, "expected a sequence, found *", "Value is not a sequence" },
	{ ANY, ITEM_VALUE_FOR, "expected true or false, found '*'",
	  "Can't decode YAML scalar value" },
	{ ANY, ITEM_RULE_PRIORITY, "expected a priority *", "Invalid priority" },

	/* versions */
	{ ANY, ITEM_ENGINE_VERSION, "'*' is no version; *",
	  "Unable to parse engine version '$1' as a semver string. Expected \"x.y.z\" semver "
	  "format." },
	{ ANY, ANY, "the file needs engine version *; this one is *",
	  "Rules require engine version $1, but engine version is $2" },
	{ ANY, ANY, "the file needs plugin '*' in version *; it is there in version *",
	  "Plugin '$1' version '$3' is not compatible with required plugin version '$2'" },
	{ ANY, ANY, "the file needs plugin '*' in version * or one of its alternatives, *",
	  "Plugin requirement not satisfied, must load one of: $1 (>= $2)" },
	{ ANY, ANY, "the file needs plugin '*' in version *, which is not there",
	  "Plugin requirement not satisfied, must load one of: $1 (>= $2)" },

	/* appending and overriding */
	{ ANY, ITEM_LIST, "there is nothing of this name before *",
	  "List uses 'append' or 'override.items: append' but no list by that name already "
	  "exists" },
	{ ANY, ITEM_MACRO, "there is nothing of this name before *",
	  "Macro uses 'append' or 'override.condition: append' but no macro by that name already "
	  "exists" },
	{ ANY, ANY, "there is no rule of this name before that could be appended to",
	  "Rule uses 'append' or 'override.<key>: append' but no rule by that name already "
	  "exists" },
	{ ANY, ANY, "there is no rule of this name before that could be overridden",
	  "An 'override.<key>: replace' to a rule was requested but no rule by that name already "
	  "exists" },
	{ ANY, ANY, "there is no rule of this name before *",
	  "Rule has 'enabled' key but no rule by that name already exists" },
	{ ANY, ANY, "there is neither a condition nor exceptions to append",
	  "Appended rule must have exceptions or condition property" },
	{ ANY, ANY, "'append' and 'override' exclude each other",
	  "Keys 'override' and 'append: true' cannot be used together." APPEND_NOTE },
	{ ANY, ANY, "'append' is deprecated; *", "'append' key is deprecated." APPEND_NOTE },
	{ ANY, ANY, "an item with 'enabled' alone is deprecated; *",
	  "The standalone 'enabled' key usage is deprecated. The correct approach requires also a "
	  "'replace' entry under the 'override' key (i.e. 'enabled: replace')." },
	{ ANY, ANY, "'*' can be replaced, but not appended to",
	  "Key '$1' cannot be appended to, use 'replace' instead" },
	{ ANY, ANY, "'*' is to be appended to, but there is no such key",
	  "An append override for '$1' was specified but '$1' is not defined" },
	{ ANY, ANY, "'*' is to be overridden, but there is no such key",
	  "An replace override for '$1' was specified but '$1' is not defined" },
	{ ANY, ANY, "override does not say what becomes of '*'",
	  "Unexpected key '$1': no corresponding entry under 'override' is defined." },
	{ ANY, ANY, "the rule has source '*' already",
	  "Rule has been re-defined with a different source" },

	/* exceptions */
	{ ANY, ITEM_EXCEPTION, "the rule has no exception of this name; a new one needs *",
	  "Rule exception must have $1 property with a list of $1" },
	{ ANY, ANY, "there must be as many operators as fields",
	  "Fields and comps lists must have equal length" },
	{ ANY, ANY, "there must be as many values here as the exception has fields",
	  "Fields and values lists must have equal length" },
	{ ANY, ANY, "a single field is compared with all values at once; *",
	  "When fields is a single value, comps must be one of (in, pmatch, intersects)" },
	{ ANY, ANY, "expected an operator, found '*'",
	  "'$1' is not a supported comparison operator" },
	{ EYAS_LOAD_ERR_VALIDATE, ITEM_VALUE_FOR, "unknown field '*'*",
	  "'$1' is not a supported filter field" },
	{ EYAS_LOAD_EXCEPTION_NAME_NOT_UNIQUE, ANY, "*",
	  "Multiple definitions of exception '$n' in the same rule" },
	{ EYAS_LOAD_APPEND_NO_VALUES, ANY, "*", "Overriding/appending exception with no values" },

	/* conditions and outputs */
	{ ANY, ANY, "there is no macro '*'*", "Undefined macro '$1' used in filter." },
	{ ANY, ANY, "macro '*' is defined behind this one, *",
	  "Undefined macro '$1' used in filter." },
	{ ANY, ANY, "the condition comes back to itself by macro '*'",
	  "reference loop in macro '$1'" },
	{ ANY, ITEM_OUTPUT_EXPRESSION, "unknown field '*'*", "invalid formatting token $1" },
	{ ANY, ITEM_OUTPUT_EXPRESSION, "expected a field or a transformer, found '*'*",
	  "invalid formatting token $1" },
	{ ANY, ANY, "unknown field '*'*", "filter_check called with nonexistent field $1" },
	{ ANY, ANY, "unknown event type '*'*", "unknown event type $1" },
	{ ANY, ANY, "expected 'and', 'or' or the end of the filter after '*', *",
	  "unexpected token after '$1', expecting 'or', 'and'" },
	{ ANY, ANY, "expected a blank or '(' after '*', *", "expected blank or '(' after '$1'" },
	{ ANY, ANY, "expected 'and', 'or' or ')' for the '('*", "expected a ')' token" },
	{ ANY, ANY, "expected a field, a transformer, a macro or '('*",
	  "expected a '(' token, a field check, or an identifier" },
	{ ANY, ITEM_OUTPUT_EXPRESSION, "the format ends where a field should follow the '%'",
	  "invalid formatting syntax: formatting cannot end with a %" },

	/* warnings */
	{ EYAS_LOAD_UNKNOWN_KEY, ANY, "unknown key '*'*", "Unknown key '$1'" },
	{ EYAS_LOAD_DEPRECATED_ITEM, ITEM_OUTPUT_EXPRESSION, "'*' is deprecated: *",
	  "usage of deprecated field '$1' has been detected in the rule output" },
	{ EYAS_LOAD_UNKNOWN_SOURCE, ANY, "there is no source '*'; *",
	  "Unknown source $1, skipping" },
	{ EYAS_LOAD_COMPILE_CONDITION, ANY, "'*' is compared as a text; val(*",
	  "'$1' may be a valid field misused as a const string value" },
	{ EYAS_LOAD_COMPILE_CONDITION, ANY, "'*' is compared as a text; without quotes *",
	  "'$1' may be a valid field transformer misused as a const string value" },
	{ EYAS_LOAD_NO_EVTTYPE, ANY, "*",
	  "Rule matches too many evt.type values. This has a significant performance penalty." },
	{ EYAS_LOAD_UNUSED_MACRO, ANY, "*", "Macro not referred to by any other rule/macro" },
	{ EYAS_LOAD_UNUSED_LIST, ANY, "*", "List not referred to by any other rule/macro" },
	{ EYAS_LOAD_INVALID_MACRO_NAME, ANY, "*",
	  "Macro has an invalid name. Macro names should match a regular expression: "
	  "([a-zA-Z]+[a-zA-Z0-9_]*)" },
	{ EYAS_LOAD_INVALID_LIST_NAME, ANY, "*",
	  "List has an invalid name. List names should match a regular expression: "
	  "([^()\"'[:space:]=,]+)" },
};

struct part {
	const char *text;
	size_t len;
};

/* Each '*' is as short as can be; the last one is all that is left when the pattern ends with it. */
static bool match(const char *pattern, const char *text, struct part *parts)
{
	size_t len = strcspn(pattern, "*");
	struct part *part = parts;
	const char *at;

	if (strncmp(text, pattern, len) != 0)
		return false;
	text += len;
	pattern += len;
	while (*pattern) {
		pattern++;
		len = strcspn(pattern, "*");
		if (!len) {
			*part = (struct part){ text, strlen(text) };
			return true;
		}
		at = memmem(text, strlen(text), pattern, len);
		if (!at)
			return false;
		*part++ = (struct part){ text, (size_t)(at - text) };
		text = at + len;
		pattern += len;
	}
	return !*text;
}

static void fill_in(const char *form, const struct part *parts, const struct rules_context *context,
		    struct eyas_str *out)
{
	for (; *form; form++) {
		if (*form != '$') {
			eyas_str_putc(out, *form);
			continue;
		}
		form++;
		if (*form == 'n')
			eyas_str_puts(out, context->name);
		else if (*form == 'l')
			eyas_str_u64(out, context->line);
		else if (*form == 'c')
			eyas_str_u64(out, context->column);
		else
			eyas_str_add(out, parts[*form - '1'].text, parts[*form - '1'].len);
	}
}

bool rules_falco_words(enum eyas_rules_code code, const struct rules_context *context,
		       const char *message, struct eyas_str *out)
{
	struct part parts[PARTS] = { { 0 } };
	const struct words *row;
	size_t i;

	for (i = 0; i < sizeof(all_words) / sizeof(all_words[0]); i++) {
		row = &all_words[i];
		if ((row->code == ANY || row->code == (int)code) &&
		    (row->item == ANY || row->item == (int)context->item) &&
		    match(row->ours, message, parts)) {
			fill_in(row->falcos, parts, context, out);
			return true;
		}
	}
	return false;
}
