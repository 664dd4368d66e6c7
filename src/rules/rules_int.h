/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the engine, for the files of this folder.
 *
 *   yaml.c          text to nodes with places          keys.c      which keys there are
 *   report.c        findings; report_show.c shows them  text.c      texts of several pieces
 *   report_falco.c  findings in Falco's words
 *   defs.c          what is defined, by name            versions.c  versions, requirements
 *   decode.c        an item by the table of keys        load.c      a file, item by item
 *   load_rule.c     rules: defined, appended, overridden; load_exception.c their exceptions
 *   scope.c         what names in conditions stand for; scope_list.c lists as values
 *   exceptions.c    exceptions as trees                 compile.c   all of it into a program
 *   rulesets.c      which rules are enabled, by type    index.c     many rules, one event
 *   append.c        what is appended to outputs and to fields of alerts; fields of a configuration
 *   engine.c        the public handle, events
 *   alert.c         what is said when a rule matches    describe.c  what is loaded, in words
 *   explain.c       why an event does not match a rule
 *
 * The way of a file: nodes (yaml.c) become definitions (load*.c), which pile up over files;
 * after each file all definitions become a program (compile.c), whose rules go into rulesets.
 */
#ifndef RULES_RULES_INT_H
#define RULES_RULES_INT_H

#include <eyas/rules.h>

#include "base/map.h"
#include "filter/format.h"
#include "filter/infer.h"
#include "filter/network.h"
#include "rules/keys.h"
#include "rules/report.h"
#include "rules/text.h"
#include "rules/yaml.h"

enum {
	RULES_MAX_ITEMS = 1 << 20, /* lists, macros and rules, of each */
	RULES_MAX_ODD = 256,	   /* bytes of the name of a list that is no word */
	RULES_MANY_TYPES = 100	   /* event types beyond which a rule is about too many */
};

/* ---- definitions (defs.c) ---- */

/* What lists, macros and rules have in common; the first member of each. */
struct rules_def {
	const char *name;
	uint32_t name_len;
	uint32_t index;	     /* place of its first definition among all items */
	uint32_t visibility; /* place of its last definition or modification */
	struct rules_context context;
};

/* Definitions of one kind, by name and in the order of their index. */
struct rules_defs {
	struct rules_def **rows;
	uint32_t *next; /* with the same hash, EYAS_MAP_NONE at the end */
	uint32_t count, cap;
	struct eyas_map map;
};

/* EYAS_MAP_NONE if there is none. */
uint32_t rules_defs_find(const struct rules_defs *defs, const char *name, size_t len);
/* Add one with a new name. 0, EYAS_E_LIMIT, -ENOMEM. */
int rules_defs_add(struct rules_defs *defs, struct rules_def *def);
void rules_defs_fini(struct rules_defs *defs);

/* A list item, and where it was written. */
struct rules_value {
	const struct rules_source *source;
	const struct rules_node *node;
};

struct rules_values {
	struct rules_value *rows;
	uint32_t count, cap;
};

int rules_values_add(struct rules_values *values, struct eyas_arena *arena,
		     const struct rules_source *source, const struct rules_node *node);

struct rules_list {
	struct rules_def def;
	struct rules_values items;
};

struct rules_macro {
	struct rules_def def;
	struct rules_text condition;
};

struct rules_exception {
	const char *name;
	struct rules_context context;
	const struct rules_source *source;	 /* of fields and comps */
	const struct rules_node *fields, *comps; /* comps: NULL = the default */
	struct rules_values values;
};

struct rules_tags {
	const char **rows; /* sorted, each once */
	uint32_t count;
};

struct rules_rule {
	struct rules_def def;
	struct rules_text condition, output, desc;
	const char *source;
	struct rules_tags tags;
	struct rules_exception **exceptions;
	uint32_t nexceptions;
	uint64_t capture_duration_ms;
	uint8_t priority;
	bool enabled, warn_evttypes, skip_unknown, capture;
};

/* ---- versions (versions.c) ---- */

struct rules_version {
	uint32_t major, minor, patch;
};

/* "1.2.3", what follows a '-' or '+' is not looked at; false if it is none. */
bool rules_version_parse(const char *text, struct rules_version *ret);
/* Does a version do for those who need another one? */
bool rules_version_suits(const struct rules_version *provided, const struct rules_version *needed);
int rules_version_order(const struct rules_version *a, const struct rules_version *b);

struct rules_plugin {
	const char *name, *version_text;
	struct rules_version version;
};

/* One entry of required_plugin_versions: any of these plugins will do. */
struct rules_requirement {
	const struct rules_plugin *alternatives;
	uint32_t count;
};

/* ---- the handle (engine.c) ---- */

/* What is appended to outputs, or, with a key, a field of alerts as JSON. */
struct rules_append {
	const char *key;
	const char *format; /* NULL, with a key: the field of that name */
	const char *rule, *source;
	const char *const *tags;
	size_t ntags;
};

struct rules_program;
struct rules_ruleset;
struct rules_index;

struct eyas_rules {
	struct eyas_arena arena; /* of all that is loaded */
	uint8_t min_priority;
	bool failed; /* a file had an error */
	bool falco_reports;
	struct field_opts fields;
	struct rules_defs lists, macros, rules;
	size_t longest_odd;	       /* of the names of lists that are no word; 0 = none is */
	uint32_t next_index;	       /* from 1 */
	struct rules_version required; /* the highest so far */
	bool has_required;
	struct rules_requirement *requirements;
	uint32_t nrequirements, requirements_cap;
	struct rules_plugin *plugins;
	uint32_t nplugins, plugins_cap;
	struct rules_append *appends;
	uint32_t nappends, appends_cap;
	struct rules_program *program; /* NULL before the first file */
	struct rules_ruleset **rulesets;
	uint32_t nrulesets, rulesets_cap;
	struct eyas_rules_stats stats;
	const struct eyas_context *current; /* while functions are told of matches */
	uint32_t sampling_ratio;
	double sampling_multiplier;
	uint64_t chance; /* state of the sequence that sampling follows */
	struct eyas_str out;
};

/* The array, perhaps elsewhere, with room for one more; NULL when there is no memory. */
void *rules_grow(void *array, uint32_t *cap, uint32_t count, size_t size);

/* ---- loading (load*.c, decode.c) ---- */

/* One file that is being loaded. */
struct rules_load {
	struct eyas_rules *rules;
	struct eyas_rules_report *report;
	const struct rules_source *source;
	const struct rules_context *content; /* the file as a whole; as long-lived as its items */
};

/* An item as the table of keys has it: the node of each key, NULL = it is not there. */
struct rules_item_keys {
	enum item_kind kind;
	const struct rules_node *values[KEYS_MAX];
};

/* Report an error, return the code to fail with. */
#define rules_fail rules_report_add

/*
 * Read a mapping by the table of its kind: types are checked, unknown keys are reported; required
 * ones are not asked for.
 */
int rules_decode(struct rules_load *load, enum item_kind kind, const struct rules_node *item,
		 const struct rules_context *context, struct rules_item_keys *ret);
/* Fail unless the key is there. */
int rules_decode_require(struct rules_load *load, const struct rules_item_keys *keys, int key,
			 const struct rules_context *context);
/* The value of a key that is no, or not there: the default. */
bool rules_decode_bool(const struct rules_item_keys *keys, int key, bool otherwise);
/* The name, the key of that place, which is required. */
int rules_decode_name(struct rules_load *load, enum item_kind kind, int key,
		      const struct rules_node *item, enum rules_item what,
		      const struct rules_context *parent, const char **ret_name);

/* Bit i: key i is to be appended to, replaced. */
struct rules_override {
	uint32_t append, replace;
};
/*
 * How an item changes what there is of its name: by 'append', which is deprecated and warned of, or
 * by 'override', but not by both. Without either it changes nothing.
 */
int rules_decode_change(struct rules_load *load, const struct rules_item_keys *keys, int append_key,
			int override_key, const struct rules_context *context, bool *ret_append,
			struct rules_override *ret_override);
/* Every key with an operation has to be there, and every key that can have one has to have it. */
int rules_override_check(struct rules_load *load, const struct rules_item_keys *keys,
			 const struct rules_override *override,
			 const struct rules_context *context);

int rules_no_memory(struct rules_load *load);
/* Append to a text of a definition; what is wrong with that is reported at the node. */
int rules_add_text(struct rules_load *load, struct rules_text *text, const struct rules_node *node,
		   bool trim, const struct rules_context *context);

int rules_load_rule(struct rules_load *load, const struct rules_node *item);
int rules_load_engine_version(struct rules_load *load, const struct rules_node *item);
int rules_load_plugin_versions(struct rules_load *load, const struct rules_node *item);

/* Take the exceptions of an item over into a rule: defined anew, or merged with those there. */
enum exceptions_mode { EXCEPTIONS_DEFINE, EXCEPTIONS_APPEND, EXCEPTIONS_REPLACE };
int rules_load_exceptions(struct rules_load *load, struct rules_rule *rule,
			  const struct rules_node *node, const struct rules_context *context,
			  enum exceptions_mode mode);

/* What an operator of an exception takes: nothing (it is none), a value, a list. */
enum comp_kind { COMP_NONE, COMP_VALUE, COMP_SET };
enum comp_kind rules_comp_kind(const char *text, size_t len);
/* Blanks around an operator or a field are not part of it. */
void rules_trim(const char **text, size_t *len);
/* Is it, from its first to its last byte, a field or a transformer of fields? */
int rules_check_operand(const char *text, size_t len, struct eyas_err *reterr);

/* A source of its own for a file, with its documents. Findings go to the report. */
int rules_load_text(struct eyas_rules *rules, struct eyas_rules_report *report, const char *name,
		    const char *text, size_t len);

/* Is it a source whose events there are? */
bool rules_source_known(const char *source);

/* ---- a program (compile.c) ---- */

/* With the time of day, the time as ISO 8601, the message alone. */
enum rules_layout {
	RULES_LAYOUT_TIME,
	RULES_LAYOUT_ISO,
	RULES_LAYOUT_MESSAGE,
	/* Of output_fields, when there is more in them than in the output. */
	RULES_LAYOUT_FIELDS_TIME,
	RULES_LAYOUT_FIELDS_ISO,
	RULES_LAYOUTS
};

struct rules_compiled {
	const struct rules_rule *def;
	const char *output; /* with all that is appended; NULL = the rule was left out */
	uint32_t root;	    /* in the network */
	struct event_set set;
	/* Of its alerts, made when they are wanted. */
	struct eyas_layout *layouts[RULES_LAYOUTS];
	bool has_extra; /* fields besides those of the output */
	uint64_t matches;
};

struct rules_program {
	struct eyas_network *network;
	struct eyas_arena arena;
	struct rules_compiled *rules; /* by place in eyas_rules.rules */
	uint32_t nrules;
	uint32_t nappends; /* of eyas_rules.appends, those that there were */
};

int rules_compile(struct eyas_rules *rules, struct eyas_rules_report *report,
		  struct rules_program **ret_program);
void rules_program_free(struct rules_program *program);

/* ---- what is appended (append.c) ---- */

/* Is it for this rule? */
bool rules_append_meant(const struct rules_append *append, const struct rules_rule *rule);
/* Is it a field for this rule? */
bool rules_append_is_extra(const struct rules_append *append, const struct rules_rule *rule);
/* The format of such a field, in arena; NULL when there is no memory. */
const char *rules_append_extra_text(const struct rules_append *append, struct eyas_arena *arena);
/* Add those that have a format to a layout. 0 or an error of eyas_layout_new(). */
int rules_append_extras(struct eyas_rules *rules, const struct rules_rule *rule,
			struct eyas_layout *layout);

/* The output of a rule with what is appended to it, in the arena; NULL when there is no memory. */
const char *rules_output_text(const struct eyas_rules *rules, const struct rules_rule *rule,
			      struct eyas_arena *arena, bool *ret_removed);

/* ---- rulesets (rulesets.c) ---- */

/* The set of ruleset number, as the program has it; NULL if there is no such ruleset. */
const struct rules_ruleset *rules_ruleset_get(const struct eyas_rules *rules, unsigned number);
/* Empty all rulesets, and enable in ruleset 0 what the files enable. */
int rules_rulesets_reset(struct eyas_rules *rules);
void rules_ruleset_free(struct rules_ruleset *ruleset);
/* All event types and system calls that its rules can match. */
const struct event_set *rules_ruleset_set(const struct rules_ruleset *ruleset);
/* Those of its rules that can match events of a type; NULL if there are none. */
struct rules_index *rules_ruleset_index(const struct rules_ruleset *ruleset, unsigned event_type);

#endif
