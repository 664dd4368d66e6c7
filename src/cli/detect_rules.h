/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules eyas detect looks for: the files, and what is enabled and disabled by hand. */
#ifndef CLI_DETECT_RULES_H
#define CLI_DETECT_RULES_H

#include "cli/cmd_rules.h"

/* Rules that are switched on or off, in the order of the command line. */
struct cli_rules_switch {
	bool by_tag, on;
	const char *pattern;
};

struct cli_detect_rules {
	const char **files; /* what wanted names */
	struct cli_rules_wanted wanted;
	struct cli_rules_switch *switches;
	size_t nswitches;
	struct eyas_rules *rules;
};

/* Load and enable: CLI_OK, or an exit status, said. The rules are the caller's anyhow. */
int cli_detect_rules_load(struct cli_detect_rules *wanted, const struct cli_command *command);

#endif
