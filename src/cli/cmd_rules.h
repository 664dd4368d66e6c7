/* SPDX-License-Identifier: Apache-2.0 */
/* What the actions of eyas rules that read events have in common. */
#ifndef CLI_CMD_RULES_H
#define CLI_CMD_RULES_H

#include <eyas/rules.h>

#include "base/str.h"
#include "cli/cli.h"

extern const struct cli_command cli_rules_explain, cli_rules_profile, cli_rules_test;

/* Load files that -R named; CLI_OK, or an exit status, said. The rules are the caller's anyhow. */
int cli_rules_load(const char *const *files, size_t nfiles, struct eyas_rules **ret_rules);

/* Text for people, on one line, no more than max bytes of it; "..." stands for the rest. */
void cli_rules_put_cut(struct eyas_str *out, const char *text, size_t len, size_t max);

#endif
