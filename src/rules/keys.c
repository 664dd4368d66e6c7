/* SPDX-License-Identifier: Apache-2.0 */
/* The table of keys. */
#include "rules/keys.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */
#define BOTH (KEY_APPEND | KEY_REPLACE)

static const struct key_info engine_keys[] = {
	[ENGINE_KEY_VERSION] = { "required_engine_version", KEY_TEXT, KEY_REQUIRED, NULL,
		"the engine version that the file needs" },
};

static const struct key_info plugins_keys[] = {
	[PLUGINS_KEY_VERSIONS] = { "required_plugin_versions", KEY_SEQUENCE, KEY_REQUIRED, NULL,
		"the plugins that the file needs" },
};

static const struct key_info list_keys[] = {
	[LIST_KEY_LIST] = { "list", KEY_TEXT, KEY_REQUIRED, NULL, "its name" },
	[LIST_KEY_ITEMS] = { "items", KEY_TEXTS, KEY_REQUIRED | BOTH, NULL,
		"values, and names of lists" },
	[LIST_KEY_APPEND] = { "append", KEY_BOOL, 0, "override: {items: append}",
		"add to the list of this name" },
	[LIST_KEY_OVERRIDE] = { "override", KEY_OVERRIDE, 0, NULL,
		"what becomes of the items that are there" },
};

static const struct key_info macro_keys[] = {
	[MACRO_KEY_MACRO] = { "macro", KEY_TEXT, KEY_REQUIRED, NULL, "its name" },
	[MACRO_KEY_CONDITION] = { "condition", KEY_TEXT, KEY_REQUIRED | BOTH, NULL,
		"what it stands for" },
	[MACRO_KEY_APPEND] = { "append", KEY_BOOL, 0, "override: {condition: append}",
		"add to the condition of the macro of this name" },
	[MACRO_KEY_OVERRIDE] = { "override", KEY_OVERRIDE, 0, NULL,
		"what becomes of the condition that is there" },
};

static const struct key_info rule_keys[] = {
	[RULE_KEY_RULE] = { "rule", KEY_TEXT, KEY_REQUIRED, NULL, "its name" },
	[RULE_KEY_CONDITION] = { "condition", KEY_TEXT, KEY_REQUIRED | BOTH, NULL,
		"which events it is about" },
	[RULE_KEY_OUTPUT] = { "output", KEY_TEXT, KEY_REQUIRED | BOTH, NULL,
		"the text of its alerts, with fields" },
	[RULE_KEY_DESC] = { "desc", KEY_TEXT, KEY_REQUIRED | BOTH, NULL, "what it finds" },
	[RULE_KEY_PRIORITY] = { "priority", KEY_PRIORITY, KEY_REQUIRED | KEY_REPLACE, NULL,
		"how urgent it is" },
	[RULE_KEY_SOURCE] = { "source", KEY_TEXT, KEY_MAY_BE_EMPTY, NULL,
		"where its events come from (syscall)" },
	[RULE_KEY_ENABLED] = { "enabled", KEY_BOOL, KEY_REPLACE, NULL, "is it on? (true)" },
	[RULE_KEY_TAGS] = { "tags", KEY_TEXTS, BOTH, NULL, "words to choose it by" },
	[RULE_KEY_EXCEPTIONS] = { "exceptions", KEY_EXCEPTIONS, BOTH, NULL,
		"values for which it does not match" },
	[RULE_KEY_WARN_EVTTYPES] = { "warn_evttypes", KEY_BOOL, KEY_REPLACE, NULL,
		"warn when it is about all events? (true)" },
	[RULE_KEY_SKIP_UNKNOWN] = { "skip-if-unknown-filter", KEY_BOOL, KEY_REPLACE, NULL,
		"leave it out when it has a field that there is not? (false)" },
	[RULE_KEY_CAPTURE] = { "capture", KEY_BOOL, KEY_REPLACE, NULL,
		"write a capture when it matches? (false)" },
	[RULE_KEY_CAPTURE_DURATION] = { "capture_duration", KEY_UINT, KEY_REPLACE, NULL,
		"of that capture, in milliseconds" },
	[RULE_KEY_APPEND] = { "append", KEY_BOOL, 0, "override",
		"add to the condition and the exceptions of the rule of this name" },
	[RULE_KEY_OVERRIDE] = { "override", KEY_OVERRIDE, 0, NULL,
		"what becomes of what is there, for each key of this item" },
};

static const struct key_info plugin_keys[] = {
	[PLUGIN_KEY_NAME] = { "name", KEY_TEXT, KEY_REQUIRED, NULL, "of the plugin" },
	[PLUGIN_KEY_VERSION] = { "version", KEY_TEXT, KEY_REQUIRED, NULL,
		"the version that is needed" },
	[PLUGIN_KEY_ALTERNATIVES] = { "alternatives", KEY_SEQUENCE, 0, NULL,
		"other plugins that do as well" },
};

static const struct key_info exception_keys[] = {
	[EXCEPTION_KEY_NAME] = { "name", KEY_TEXT, KEY_REQUIRED, NULL, "to add to it" },
	[EXCEPTION_KEY_FIELDS] = { "fields", KEY_ENTRY, KEY_REQUIRED, NULL,
		"a field, or several of them" },
	[EXCEPTION_KEY_COMPS] = { "comps", KEY_ENTRY, 0, NULL, "an operator for each field" },
	[EXCEPTION_KEY_VALUES] = { "values", KEY_SEQUENCE, 0, NULL,
		"values, or one of each field in a sequence of their own" },
};

#define KIND(keys) { keys, COUNT(keys) }
static const struct {
	const struct key_info *keys;
	size_t count;
} kinds[ITEM_KINDS] = {
	[KIND_ENGINE_VERSION] = KIND(engine_keys),
	[KIND_PLUGIN_VERSIONS] = KIND(plugins_keys),
	[KIND_LIST] = KIND(list_keys),
	[KIND_MACRO] = KIND(macro_keys),
	[KIND_RULE] = KIND(rule_keys),
	[KIND_PLUGIN_ENTRY] = KIND(plugin_keys),
	/* An alternative has no alternatives. */
	[KIND_PLUGIN_ALTERNATIVE] = { plugin_keys, PLUGIN_KEY_ALTERNATIVES },
	[KIND_EXCEPTION] = KIND(exception_keys),
};
/* clang-format on */

_Static_assert(COUNT(rule_keys) <= KEYS_MAX, "a decoded item has room for all keys");

const struct key_info *rules_keys(enum item_kind kind, size_t *ret_count)
{
	*ret_count = kinds[kind].count;
	return kinds[kind].keys;
}

const char *const rules_priority_words[RULES_PRIORITY_WORDS] = {
	"EMERGENCY", "ALERT", "CRITICAL",      "ERROR", "WARNING",
	"NOTICE",    "INFO",  "INFORMATIONAL", "DEBUG",
};

int rules_key_find(enum item_kind kind, const char *name)
{
	size_t i;

	for (i = 0; i < kinds[kind].count; i++)
		if (!strcmp(kinds[kind].keys[i].name, name))
			return (int)i;
	return -1;
}

static const char *key_name(void *ctx, size_t i)
{
	enum item_kind kind = *(const enum item_kind *)ctx;

	return i < kinds[kind].count ? kinds[kind].keys[i].name : NULL;
}

const char *rules_key_nearest(enum item_kind kind, const char *name, size_t len)
{
	return eyas_nearest(name, len, key_name, &kind);
}
