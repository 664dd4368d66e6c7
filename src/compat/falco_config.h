/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Falco's configuration (reference/falco_cli_config.md, 2 and 3): falco.yaml, the files that it
 * includes, environment, and -o. Each key of falco_keys.def has a member here, in the groups that
 * the file has; what is of no effect has none, and is told of when it is set.
 */
#ifndef COMPAT_FALCO_CONFIG_H
#define COMPAT_FALCO_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <eyas/err.h>

#include "base/arena.h"
#include "base/str.h"

/* All texts are the configuration's, and NUL-terminated. */
struct falco_texts {
	const char **texts;
	size_t count;
};

/* A field of extra_fields. */
struct falco_extra_field {
	const char *key;
	const char *format; /* NULL: key is a field, whose value is taken as it is */
};

/* An entry of append_output, for the rules that it matches. */
struct falco_append {
	const char *source, *rule; /* NULL or empty = any */
	struct falco_texts tags;
	const char *output; /* extra_output; NULL = none */
	struct falco_extra_field *fields;
	size_t nfields;
	bool suggested; /* append the suggested fields as well */
};

struct falco_static_field {
	const char *key, *value;
};

/* An entry of rules: enable or disable. */
struct falco_rule_switch {
	bool on, by_tag;
	const char *pattern;
};

struct falco_config_plugin {
	const char *name, *library_path, *open_params;
	const char *init_config; /* a text, or a map as JSON */
};

enum falco_engine {
	FALCO_ENGINE_KMOD,
	FALCO_ENGINE_MODERN_EBPF,
	FALCO_ENGINE_REPLAY,
	FALCO_ENGINE_NODRIVER
};

struct falco_config {
	struct {
		struct falco_append *entries;
		size_t count;
	} append_output;
	struct {
		struct falco_static_field *fields;
		size_t count;
	} static_fields;
	bool watch_config_files;
	struct falco_texts rules_files; /* as they are named */
	struct {
		struct falco_rule_switch *entries;
		size_t count;
	} rules;
	struct {
		const char *kind_text;
		enum falco_engine kind;
		int64_t buf_size_preset; /* of the kind that is chosen; so are the next three */
		int64_t cpus_for_each_buffer;
		bool drop_failed_exit, disable_iterators;
		struct {
			int64_t buf_size_preset;
			bool drop_failed_exit;
		} kmod;
		struct {
			int64_t cpus_for_each_buffer, buf_size_preset;
			bool drop_failed_exit, disable_iterators;
		} modern_ebpf;
		const char *capture_file;
	} engine;
	struct {
		bool enabled;
		const char *path_prefix, *mode;
		bool all_rules; /* by mode */
		int64_t default_duration_ms, max_file_size_mb;
		int64_t before_ms; /* an addition: what happened before the alert */
	} capture;
	struct {
		struct falco_config_plugin *entries; /* those to load, in their order */
		size_t count;
	} plugins;
	bool time_format_iso_8601, buffer_format_base64;
	const char *priority;
	bool json_output, json_include_output_property, json_include_message_property;
	bool json_include_output_fields_property, json_include_tags_property;
	const char *rule_matching;
	bool match_all;			/* by rule_matching */
	int64_t outputs_queue_capacity; /* 0 = without limit */
	double outputs_rate;		/* alerts a second, as earlier releases had it; 0 = all */
	int64_t outputs_max_burst;
	struct {
		bool enabled;
	} stdout_output, syslog_output;
	struct {
		bool enabled, keep_alive;
		const char *filename;
	} file_output;
	struct {
		bool enabled, insecure, mtls, echo, compress_uploads, keep_alive;
		const char *url, *user_agent, *ca_cert, *ca_bundle, *ca_path;
		const char *client_cert, *client_key;
		int64_t max_consecutive_timeouts;
	} http_output;
	struct {
		bool enabled, keep_alive;
		const char *program;
	} program_output;
	struct {
		bool enabled, prometheus_metrics_enabled, ssl_enabled;
		int64_t threadiness, listen_port;
		const char *listen_address, *k8s_healthz_endpoint, *ssl_certificate;
	} webserver;
	bool log_stderr, log_syslog;
	const char *log_level;
	unsigned log_severity; /* by log_level, as syslog has them */
	int64_t output_timeout_ms;
	int64_t max_consecutive_timeouts; /* syscall_event_timeouts */
	struct {
		double threshold, rate;
		int64_t max_burst;
		struct falco_texts actions_text;
		bool log, alert, exit; /* by actions */
		bool simulate_drops;
	} drops; /* syscall_event_drops */
	struct {
		bool enabled, output_rule;
		const char *interval, *output_file;
		uint64_t interval_ns; /* by interval */
		bool rules_counters, resource_utilization, state_counters;
		bool kernel_event_counters, kernel_event_counters_per_cpu, libbpf_stats;
		bool plugins_metrics, kernel_iter_event_counters, convert_memory_to_mb;
		bool include_empty_values;
	} metrics;
	struct {
		bool all, repair;
		struct falco_texts custom_set;
	} base_syscalls;
	struct {
		int64_t thread_table_size, purging_timeout_s, snaplen;
	} falco_libs;

	/* Where all that comes from: files that were read, the main one first; directories. */
	struct falco_texts loaded_files, loaded_folders;
	/* What all of it came to, in one line of YAML that is JSON, too; its scalars are texts. */
	const char *merged;
	struct eyas_arena arena;
};

struct falco_config_opts {
	const char *path;	      /* the main file; NULL = none, all is by default */
	const char *const *overrides; /* of -o, in their order */
	size_t noverrides;
	/* Warnings, and the outcome of the schema for each file; severities of syslog. */
	void (*log)(void *ctx, unsigned severity, const char *text);
	void *log_ctx;
};

/*
 * 0, or a negative code with words that go behind "Error: ": a file that cannot be read or is no
 * YAML (with its place), an include that is not allowed, a path of -o that is none, and values that
 * contradict each other. A value of another type than its key has is its default, and told of.
 */
int falco_config_load(const struct falco_config_opts *opts, struct falco_config *ret_config,
		      struct eyas_err *reterr);
void falco_config_fini(struct falco_config *config);
/* What has to be right for a run: figures that are wanted have an interval and a way out. */
int falco_config_check_metrics(const struct falco_config *config, struct eyas_err *reterr);

/* JSON schemas of the configuration and of rules files. false = no memory. */
bool falco_config_schema(struct eyas_str *out);
bool falco_rule_schema(struct eyas_str *out);
/* What the log says of a file held against its schema; fault NULL = it is as that says. */
void falco_put_schema_line(struct eyas_str *line, const char *path, const char *fault);

/* "1h30m" in nanoseconds, as Prometheus writes durations; false if it is none. */
bool falco_duration(const char *text, uint64_t *ret_ns);

#endif
