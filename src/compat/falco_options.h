/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of Falco, today's and that of earlier releases (reference/falco_cli_config.md,
 * section 1).
 */
#ifndef COMPAT_FALCO_OPTIONS_H
#define COMPAT_FALCO_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <eyas/err.h>

#define FALCO_CONFIG_PATH "/etc/falco/falco.yaml"

/* An option that may be given again. The texts are those of the command line. */
struct falco_words {
	const char **words;
	size_t count;
};

/* What is asked for, as it was said: texts are NULL and words none where nothing was. */
struct falco_options {
	/* What is to be printed instead of a run. */
	bool help, version, page_size, config_schema, rule_schema, support;
	bool list_ignored, list_events, list_fields, list_plugins, describe_all;
	const char *list_source, *describe_rule, *plugin_info;
	struct falco_words validate;
	bool markdown, names_only;
	const char *format;

	const char *config; /* -c */
	struct falco_words overrides, rules, enable_sources, disable_sources;
	struct falco_words disabled_rules, disabled_tags, enabled_tags; /* -D, -T, -t */
	const char *print, *pidfile;
	const char *capture, *write, *stats; /* -e, -w, -s */
	uint64_t seconds, snaplen, stats_ms;
	bool has_snaplen;
	bool verbose, unbuffered, dry_run, daemon;
	bool all_events, base64, modern_bpf, nodriver;
	/* Options, and words that are none, that are of no effect here: "-k", "--cri". */
	struct falco_words ignored;

	char *cmdline; /* all of it, a blank between two words */
	void *memory;  /* of all words */
};

/* 0, EYAS_E_USAGE with words about the command line, -ENOMEM. To be freed in any case. */
int falco_options_parse(struct falco_options *options, int argc, char **argv,
			struct eyas_err *reterr);
void falco_options_fini(struct falco_options *options);
/* What --help prints. */
const char *falco_options_help(void);

#endif
