/* SPDX-License-Identifier: Apache-2.0 */
/* What eyas rules test reads: which alerts rules have to give for captures or events. */
#ifndef CLI_RULES_SPEC_H
#define CLI_RULES_SPEC_H

#include "cli/rules_events.h"

/* Texts of a file; paths are made ready to be opened. */
struct spec_words {
	const char **rows;
	uint32_t count;
};

/* Alerts of a rule that have a text in their output and these values of fields. */
struct spec_alert {
	const char *rule;
	const char *output;		 /* NULL = whatever it says */
	struct spec_words names, values; /* of fields; as many of both */
	bool has_count;			 /* else: at least one */
	uint64_t count;
	uint32_t line;
};

struct spec_test {
	const char *name;
	struct spec_words captures, enable, disable;
	struct spec_events events; /* in place of captures */
	const char *filter;	   /* NULL = none */
	bool only;		   /* no alerts of rules that are not named */
	struct spec_alert *alerts;
	uint32_t nalerts;
};

struct rules_spec {
	struct eyas_arena arena;
	struct rules_source source;
	struct spec_words rules;
	struct spec_test *tests;
	uint32_t ntests;
};

/* Read a file. 0, or a code with words that name file, line and column. */
int rules_spec_read(const char *path, struct rules_spec *ret_spec, struct eyas_err *reterr);
void rules_spec_fini(struct rules_spec *spec);

#endif
