/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of eyas detect. */
#include "cli/detect_rules.h"

static int switch_one(struct cli_detect_rules *wanted, const struct cli_rules_switch *one)
{
	if (one->by_tag)
		return eyas_rules_select_tags(wanted->rules, 0, &one->pattern, 1, one->on);
	return eyas_rules_select(wanted->rules, 0, one->pattern, EYAS_MATCH_WILDCARD, one->on);
}

int cli_detect_rules_load(struct cli_detect_rules *wanted, const struct cli_command *command)
{
	int status, n;
	size_t i;

	wanted->wanted.files = wanted->files;
	status = cli_rules_load(&wanted->wanted, &wanted->rules);
	for (i = 0; status == CLI_OK && i < wanted->nswitches; i++) {
		n = switch_one(wanted, &wanted->switches[i]);
		if (!n)
			return cli_usage(command, "there is no rule for '%s'",
					 wanted->switches[i].pattern);
		if (n < 0) {
			cli_error("%s", eyas_strerror(n));
			return CLI_FAILED;
		}
	}
	return status;
}
