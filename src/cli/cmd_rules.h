/* SPDX-License-Identifier: Apache-2.0 */
/* What commands with rules have in common. */
#ifndef CLI_CMD_RULES_H
#define CLI_CMD_RULES_H

#include <eyas/rules.h>

#include "base/str.h"
#include "cli/cli.h"

extern const struct cli_command cli_rules_explain, cli_rules_profile, cli_rules_test;

struct cli_rules_wanted {
	const char *const *files; /* or directories; none: the rules that come with the command */
	size_t nfiles;
	const char *priority; /* the least that is enabled; NULL = all */
	const char *hostname; /* NULL = the machine's */
	bool warnings;	      /* are told of, too */
};

/* Load rules; CLI_OK, or an exit status, said. They are the caller's anyhow. */
int cli_rules_load(const struct cli_rules_wanted *wanted, struct eyas_rules **ret_rules);

/* Text for people, on one line, no more than max bytes of it; "..." stands for the rest. */
void cli_rules_put_cut(struct eyas_str *out, const char *text, size_t len, size_t max);

#endif
