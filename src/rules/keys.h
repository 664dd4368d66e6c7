/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of the items of a rules file: one table says which there are and what they hold. The
 * loader reads items by it, reports keys that are not in it, and lists the operations of
 * "override" from it.
 */
#ifndef RULES_KEYS_H
#define RULES_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "base/nearest.h"

enum key_type {
	KEY_TEXT,	/* a scalar, not empty */
	KEY_BOOL,	/* a word of YAML 1.1 */
	KEY_UINT,	/* a number that is not negative */
	KEY_PRIORITY,	/* the word for one */
	KEY_TEXTS,	/* a sequence of scalars */
	KEY_EXCEPTIONS, /* a sequence of mappings, or nothing */
	KEY_OVERRIDE,	/* a mapping from keys to operations */
	KEY_ENTRY,	/* a scalar or a sequence of them */
	KEY_SEQUENCE	/* a sequence of what the item says */
};

enum key_flag {
	KEY_REQUIRED = 1, /* of an item that defines something */
	KEY_APPEND = 2,	  /* override may append to it */
	KEY_REPLACE = 4,  /* override may replace it */
	KEY_MAY_BE_EMPTY = 8
};

struct key_info {
	const char *name;
	uint8_t type;		   /* enum key_type */
	uint8_t flags;		   /* enum key_flag */
	const char *deprecated_by; /* what to write instead; NULL = it is not deprecated */
	const char *help;
};

enum item_kind {
	KIND_ENGINE_VERSION,
	KIND_PLUGIN_VERSIONS,
	KIND_LIST,
	KIND_MACRO,
	KIND_RULE,
	/* inside of others */
	KIND_PLUGIN_ENTRY,
	KIND_PLUGIN_ALTERNATIVE,
	KIND_EXCEPTION,
	ITEM_KINDS
};

enum { ENGINE_KEY_VERSION };
enum { PLUGINS_KEY_VERSIONS };
enum { LIST_KEY_LIST, LIST_KEY_ITEMS, LIST_KEY_APPEND, LIST_KEY_OVERRIDE };
enum { MACRO_KEY_MACRO, MACRO_KEY_CONDITION, MACRO_KEY_APPEND, MACRO_KEY_OVERRIDE };
enum {
	RULE_KEY_RULE,
	RULE_KEY_CONDITION,
	RULE_KEY_OUTPUT,
	RULE_KEY_DESC,
	RULE_KEY_PRIORITY,
	RULE_KEY_SOURCE,
	RULE_KEY_ENABLED,
	RULE_KEY_TAGS,
	RULE_KEY_EXCEPTIONS,
	RULE_KEY_WARN_EVTTYPES,
	RULE_KEY_SKIP_UNKNOWN,
	RULE_KEY_CAPTURE,
	RULE_KEY_CAPTURE_DURATION,
	RULE_KEY_APPEND,
	RULE_KEY_OVERRIDE
};
enum { PLUGIN_KEY_NAME, PLUGIN_KEY_VERSION, PLUGIN_KEY_ALTERNATIVES };
enum { EXCEPTION_KEY_NAME, EXCEPTION_KEY_FIELDS, EXCEPTION_KEY_COMPS, EXCEPTION_KEY_VALUES };
enum { KEYS_MAX = 15 };

/* The keys of a kind of item, in the order of the enums above. */
const struct key_info *rules_keys(enum item_kind kind, size_t *ret_count);
/* The place of a key in that table, -1 if it has none. */
int rules_key_find(enum item_kind kind, const char *name);
/* The words that the JSON schema has for priorities; the loader takes them in any case. */
enum { RULES_PRIORITY_WORDS = 9 };
extern const char *const rules_priority_words[RULES_PRIORITY_WORDS];
/* The key that is most like name, NULL if none is near. */
const char *rules_key_nearest(enum item_kind kind, const char *name, size_t len);

#endif
