/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules: files in Falco's language (reference/rules_language.md), loaded into an engine that says
 * of every event which rules it matches.
 *
 * Files are loaded one after another and add to each other: a later one may replace, extend,
 * disable what an earlier one defined. After each file everything so far is compiled anew, so that
 * a file is judged by what stands before it. Rules that are enabled enter ruleset 0; what is
 * enabled and disabled by hand is for after the last file, since each file sets it back.
 *
 * A handle may be used by one thread at a time; different handles are independent. Times are
 * nanoseconds since the epoch, as those of events are.
 */
#ifndef EYAS_RULES_H
#define EYAS_RULES_H

#include <stddef.h>
#include <stdint.h>
#include <eyas/err.h>
#include <eyas/state.h>

#ifdef __cplusplus
extern "C" {
#endif

struct eyas_rules;
struct eyas_rules_report;

/* The engine version that files may require (required_engine_version). */
#define EYAS_RULES_ENGINE_VERSION "0.63.0"
/* What is built in of the container plugin: its fields, in the version that has them all. */
#define EYAS_RULES_CONTAINER_VERSION "0.7.0"
/* Ruleset 0, which rules that are enabled enter when they are loaded. */
#define EYAS_RULES_DEFAULT_RULESET "falco-default-ruleset"

/* Also the severities of syslog. */
enum eyas_rules_priority {
	EYAS_PRIORITY_EMERGENCY,
	EYAS_PRIORITY_ALERT,
	EYAS_PRIORITY_CRITICAL,
	EYAS_PRIORITY_ERROR,
	EYAS_PRIORITY_WARNING,
	EYAS_PRIORITY_NOTICE,
	EYAS_PRIORITY_INFORMATIONAL,
	EYAS_PRIORITY_DEBUG,
	EYAS_PRIORITIES
};

/* "Emergency" ... "Debug"; NULL if there is no such number. Static. */
EYAS_API const char *eyas_rules_priority_name(unsigned priority);
/* The number of a name, whatever its case ("info" is one, too); negative if it is none. */
EYAS_API int eyas_rules_priority_find(const char *name);

/* What a finding about a file is. Errors come first; warnings never keep a file from loading. */
enum eyas_rules_code {
	EYAS_LOAD_ERR_FILE_READ,
	EYAS_LOAD_ERR_YAML_PARSE,
	EYAS_LOAD_ERR_YAML_VALIDATE,
	EYAS_LOAD_ERR_COMPILE_CONDITION,
	EYAS_LOAD_ERR_COMPILE_OUTPUT,
	EYAS_LOAD_ERR_VALIDATE,
	EYAS_LOAD_ERR_EXTENSION,
	EYAS_LOAD_UNKNOWN_SOURCE,
	EYAS_LOAD_UNSAFE_NA_CHECK,
	EYAS_LOAD_NO_EVTTYPE,
	EYAS_LOAD_UNKNOWN_FILTER,
	EYAS_LOAD_UNUSED_MACRO,
	EYAS_LOAD_UNUSED_LIST,
	EYAS_LOAD_UNKNOWN_ITEM,
	EYAS_LOAD_DEPRECATED_ITEM,
	EYAS_LOAD_WARNING_EXTENSION,
	EYAS_LOAD_APPEND_NO_VALUES,
	EYAS_LOAD_EXCEPTION_NAME_NOT_UNIQUE,
	EYAS_LOAD_INVALID_MACRO_NAME,
	EYAS_LOAD_INVALID_LIST_NAME,
	EYAS_LOAD_COMPILE_CONDITION,
	EYAS_LOAD_UNKNOWN_KEY,
	EYAS_LOAD_CODES
};

/* "LOAD_ERR_FILE_READ", and "File read error". Static; NULL if there is no such code. */
EYAS_API const char *eyas_rules_code_name(unsigned code);
EYAS_API const char *eyas_rules_code_text(unsigned code);

/* Zero-initialise, set size, then what differs from the defaults. */
struct eyas_rules_opts {
	size_t size; /* sizeof(struct eyas_rules_opts) */
	/*
	 * Rules that are less urgent are checked, but never enabled; NULL = "debug", all are. It
	 * may go once the call returns.
	 */
	const char *min_priority;
	const char
		*hostname; /* evt.hostname; NULL = the machine's; lent for as long as the handle */
	/*
	 * Reports as text and JSON are like Falco's: its words, where it has any, with ours beside
	 * them; lines and columns from 0, but those within a condition from 1, with the beginning
	 * of the condition in place of the file. Findings, one by one, are not affected.
	 */
	int falco_reports;
};

/*
 * An engine without rules. opts may be NULL. 0, -EINVAL for options of a later version, EYAS_E_USAGE
 * for a priority that there is not, -ENOMEM.
 */
EYAS_API EYAS_MUST_USE int eyas_rules_new(const struct eyas_rules_opts *opts,
					  struct eyas_rules **ret_rules, struct eyas_err *reterr);
/* NULL is fine. */
EYAS_API void eyas_rules_free(struct eyas_rules *rules);

/*
 * Say that a plugin is there, for files that require it (required_plugin_versions). "container"
 * is built in. version is "1.2.3". 0, EYAS_E_USAGE if it is none, -ENOMEM.
 */
EYAS_API EYAS_MUST_USE int eyas_rules_add_plugin(struct eyas_rules *rules, const char *name,
						 const char *version, struct eyas_err *reterr);

/*
 * Append a text with fields to the output of rules, behind a blank: of all rules, or of those with
 * this name, of this source and with all of these tags (each may be NULL, ntags 0). For files that
 * are loaded from now on. Copied. 0 or -ENOMEM.
 */
EYAS_API EYAS_MUST_USE int eyas_rules_append_output(struct eyas_rules *rules, const char *format,
						    const char *rule, const char *source,
						    const char *const *tags, size_t ntags);

/*
 * The same for the fields of alerts as JSON (output_fields): a key with the text that a format
 * yields, or with NULL the field that key is the name of, with its value as it is. 0, EYAS_E_USAGE
 * if key is empty, -ENOMEM.
 */
EYAS_API EYAS_MUST_USE int eyas_rules_append_field(struct eyas_rules *rules, const char *key,
						   const char *format, const char *rule,
						   const char *source, const char *const *tags,
						   size_t ntags);

/*
 * A field static.KEY, which has this text in all events, for conditions and outputs of files that
 * are loaded from now on. 0, EYAS_E_USAGE if there is one or the key is empty, -ENOMEM.
 */
EYAS_API EYAS_MUST_USE int eyas_rules_add_static(struct eyas_rules *rules, const char *key,
						 const char *value);

/* ---- loading ---- */

/*
 * Load a file that lies in memory; name is what findings call it. The text is copied. 0, or
 * EYAS_E_FORMAT or EYAS_E_USAGE when it has an error (reterr: the first one, with line and
 * column), EYAS_E_LIMIT, -ENOMEM. ret_report, which may be NULL, is the caller's in any case but
 * that of -ENOMEM.
 *
 * After an error, other files can be loaded to see what is wrong with them, but the engine matches
 * nothing any more: eyas_rules_process() refuses.
 */
EYAS_API EYAS_MUST_USE int eyas_rules_load(struct eyas_rules *rules, const char *name,
					   const char *text, size_t len,
					   struct eyas_rules_report **ret_report,
					   struct eyas_err *reterr);

/* Told of each file; the report is lent and can be shown. */
typedef void (*eyas_rules_report_fn)(void *ctx, struct eyas_rules_report *report);

/*
 * Load a file, or the files of a directory in the order of their names. Only files whose names end
 * in ".yaml" or ".yml" are loaded, others are passed over. Returns how many were loaded, or the
 * error of the first one that failed, which is the last one that was looked at. fn may be NULL.
 */
EYAS_API EYAS_MUST_USE int eyas_rules_load_path(struct eyas_rules *rules, const char *path,
						eyas_rules_report_fn fn, void *ctx,
						struct eyas_err *reterr);

/*
 * The text of the rules that come with the library, for eyas_rules_load(). Static, without a NUL at
 * its end.
 */
EYAS_API const char *eyas_rules_own(size_t *ret_len);
/* What findings about them call them. */
#define EYAS_RULES_OWN_NAME "eyas_rules.yaml"

enum eyas_rules_report_kind {
	EYAS_REPORT_SUMMARY, /* one line */
	EYAS_REPORT_VERBOSE, /* every finding with its place and the text there */
	EYAS_REPORT_JSON     /* one object on one line */
};

struct eyas_rules_finding {
	enum eyas_rules_code code;
	const char *message;
	const char *file;
	uint32_t line, column; /* from 1; 0 = the file as a whole */
	uint64_t offset;       /* bytes from the beginning of the file */
};

/* 1 if the file has no errors, else 0. */
EYAS_API int eyas_rules_report_ok(const struct eyas_rules_report *report);
/*
 * How the file compares with the JSON schema of rules files: "ok", "failed", which the verbose and
 * JSON texts tell more of, or "none" of what is no YAML. Never keeps a file from being loaded. Static.
 */
EYAS_API const char *eyas_rules_report_schema(const struct eyas_rules_report *report);
/* The index-th finding: errors first, then warnings, in their order; 0 past the last, else 1. */
EYAS_API int eyas_rules_report_finding(const struct eyas_rules_report *report, size_t index,
				       struct eyas_rules_finding *ret_finding);
/*
 * The report as text, without a newline at its end; lent until the report goes or is asked for
 * again. NULL when there is no memory.
 */
EYAS_API const char *eyas_rules_report_text(struct eyas_rules_report *report,
					    enum eyas_rules_report_kind kind);
/* NULL is fine. */
EYAS_API void eyas_rules_report_free(struct eyas_rules_report *report);

/* ---- what is loaded ---- */

struct eyas_rule_info {
	const char *name, *description, *source, *output, *condition;
	unsigned priority;	 /* enum eyas_rules_priority */
	const char *const *tags; /* sorted */
	size_t ntags;
	int enabled;		      /* as the files say; not what was done to rulesets */
	int capture;		      /* a capture is wanted when it matches */
	uint64_t capture_duration_ms; /* 0 = the default */
	uint64_t matches;	      /* how often it has matched since the last file was loaded */
};

/* How many rules there are, in the order of their definition. */
EYAS_API size_t eyas_rules_count(const struct eyas_rules *rules);
/* The index-th; 1, or 0 past the last. What it points to is lent until another file is loaded. */
EYAS_API int eyas_rules_get(const struct eyas_rules *rules, size_t index,
			    struct eyas_rule_info *ret_info);

/* Names of the index-th list, macro; NULL past the last. Lent for as long as the handle. */
EYAS_API const char *eyas_rules_list_name(const struct eyas_rules *rules, size_t index);
EYAS_API const char *eyas_rules_macro_name(const struct eyas_rules *rules, size_t index);

enum eyas_rules_describe_kind { EYAS_DESCRIBE_TEXT, EYAS_DESCRIBE_JSON };
/*
 * All that is loaded, or one rule (NULL = all): as text, names and descriptions; as JSON, also
 * conditions, fields, events, lists and macros. *ret_text is lent until the next call on the
 * handle. 0, EYAS_E_USAGE if there is no such rule, -ENOMEM.
 */
EYAS_API EYAS_MUST_USE int eyas_rules_describe(struct eyas_rules *rules, const char *rule,
					       enum eyas_rules_describe_kind kind,
					       const char **ret_text, size_t *ret_len,
					       struct eyas_err *reterr);

/* ---- rulesets ---- */

/* The number of a ruleset, which is made if it is new and has no rules then; -ENOMEM. */
EYAS_API EYAS_MUST_USE int eyas_rules_ruleset(struct eyas_rules *rules, const char *name);

enum eyas_rules_match_kind {
	EYAS_MATCH_EXACT,
	EYAS_MATCH_SUBSTRING,
	/* '*' stands for anything; what is between is taken where it is found first */
	EYAS_MATCH_WILDCARD
};

/*
 * Enable (or disable, with on 0) the rules of that name in a ruleset; the empty pattern stands for
 * all. Those that become enabled go behind those that were. Returns how many rules have such a
 * name; EYAS_E_USAGE if there is no such ruleset, -ENOMEM.
 */
EYAS_API EYAS_MUST_USE int eyas_rules_select(struct eyas_rules *rules, unsigned ruleset,
					     const char *pattern, enum eyas_rules_match_kind kind,
					     int on);
/* The same for the rules that have one of the tags. */
EYAS_API EYAS_MUST_USE int eyas_rules_select_tags(struct eyas_rules *rules, unsigned ruleset,
						  const char *const *tags, size_t ntags, int on);
/* 1 if the index-th rule is enabled in the ruleset, else 0. */
EYAS_API int eyas_rules_enabled(const struct eyas_rules *rules, unsigned ruleset, size_t index);

/* 1 if an enabled rule of the ruleset can match events of this type, else 0. */
EYAS_API int eyas_rules_wants(const struct eyas_rules *rules, unsigned ruleset,
			      unsigned event_type);
/* The same for events of a system call; code is that of the schema. */
EYAS_API int eyas_rules_wants_syscall(const struct eyas_rules *rules, unsigned ruleset,
				      unsigned code);

/* ---- events ---- */

enum eyas_rules_matching { EYAS_MATCHING_FIRST, EYAS_MATCHING_ALL };

/* Told of a rule that matches, by its index. It may ask for the alert. */
typedef void (*eyas_rules_match_fn)(void *ctx, struct eyas_rules *rules, size_t rule);

/*
 * Which rules of a ruleset does an event match? context is what eyas_state_take() returned. fn may
 * be NULL. Returns how many matched; EYAS_E_USAGE if there is no such ruleset or a file failed to
 * load.
 */
EYAS_API EYAS_MUST_USE int eyas_rules_process(struct eyas_rules *rules, unsigned ruleset,
					      const struct eyas_context *context,
					      enum eyas_rules_matching matching,
					      eyas_rules_match_fn fn, void *ctx);

/*
 * Leave out events: each is looked at with a chance of 1 in multiplier * ratio. Multiplier 0 or
 * ratio 1 (the defaults): none is left out. Chance is a sequence that begins with the handle, so
 * that a run can be repeated.
 */
EYAS_API void eyas_rules_sampling(struct eyas_rules *rules, uint32_t ratio, double multiplier);

struct eyas_rules_alert_opts {
	size_t size;	      /* sizeof(struct eyas_rules_alert_opts) */
	int json;	      /* one object, else one line of text */
	int iso;	      /* times as ISO 8601 in UTC, else the local time of day */
	int tags, fields;     /* in JSON: with the tags; with output_fields */
	int output;	      /* in JSON: with time, priority and message as text */
	int message;	      /* in JSON: with the message, without what stands in front of it */
	const char *hostname; /* in JSON; NULL = the machine's */
};

/*
 * The alert of a rule that matches the current event, for eyas_rules_match_fn. *ret_text has no
 * newline and is lent until the next call on the handle. 0, EYAS_E_USAGE for want of such a rule,
 * -ENOMEM.
 */
EYAS_API EYAS_MUST_USE int eyas_rules_alert(struct eyas_rules *rules, size_t rule,
					    const struct eyas_rules_alert_opts *opts,
					    const char **ret_text, size_t *ret_len);

struct eyas_rules_stats {
	uint64_t events;  /* processed */
	uint64_t sampled; /* left out by eyas_rules_sampling() */
	uint64_t matches; /* of rules; an event may match several */
	uint64_t by_priority[EYAS_PRIORITIES];
};

/* Since the last file was loaded. */
EYAS_API void eyas_rules_stats(const struct eyas_rules *rules, struct eyas_rules_stats *ret_stats);
/*
 * The same as text, several lines, with the counts of rules that matched. Lent until the next call
 * on the handle; NULL when there is no memory.
 */
EYAS_API const char *eyas_rules_stats_text(struct eyas_rules *rules);

#ifdef __cplusplus
}
#endif

#endif /* EYAS_RULES_H */
