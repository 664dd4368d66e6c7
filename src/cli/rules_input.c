/* SPDX-License-Identifier: Apache-2.0 */
/* Rules and texts for the actions of eyas rules that read events. */
#include <stdio.h>

#include "cli/cmd_rules.h"

/* What is wrong with a file, whole; warnings are for "eyas rules check". */
static void on_report(void *ctx, struct eyas_rules_report *report)
{
	const char *text;

	(void)ctx;
	if (eyas_rules_report_ok(report))
		return;
	text = eyas_rules_report_text(report, EYAS_REPORT_VERBOSE);
	if (text)
		fprintf(stderr, "%s\n", text);
}

int cli_rules_load(const char *const *files, size_t nfiles, struct eyas_rules **ret_rules)
{
	struct eyas_err err = { 0 };
	size_t i;
	int res = eyas_rules_new(NULL, ret_rules, &err);

	for (i = 0; i < nfiles && res >= 0; i++) {
		res = eyas_rules_load_path(*ret_rules, files[i], on_report, NULL, &err);
		if (!res) {
			cli_error("'%s': no rules file: its name does not end in .yaml or .yml",
				  files[i]);
			return CLI_FAILED;
		}
	}
	if (res < 0)
		cli_error("%s", err.text);
	return res < 0 ? CLI_FAILED : CLI_OK;
}

void cli_rules_put_cut(struct eyas_str *out, const char *text, size_t len, size_t max)
{
	size_t shown = len;

	if (len > max)
		for (shown = max; shown && ((unsigned char)text[shown] & 0xc0) == 0x80;)
			shown--;
	eyas_str_safe(out, text, shown);
	if (shown < len)
		eyas_str_puts(out, "...");
}
