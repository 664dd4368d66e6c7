/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as commands load them, and their texts for people. */
#include <stdio.h>

#include "cli/cmd_rules.h"

struct loading {
	const struct cli_rules_wanted *wanted;
	bool told; /* what is wrong with a file */
};

/* What is wrong with a file, whole; of warnings only that there are some. */
static void on_report(void *ctx, struct eyas_rules_report *report)
{
	struct eyas_rules_finding finding;
	struct loading *loading = ctx;
	const char *text;

	loading->told |= !eyas_rules_report_ok(report);
	if (eyas_rules_report_ok(report) &&
	    (!loading->wanted->warnings || !eyas_rules_report_finding(report, 0, &finding)))
		return;
	text = eyas_rules_report_text(report, eyas_rules_report_ok(report) ? EYAS_REPORT_SUMMARY
									   : EYAS_REPORT_VERBOSE);
	if (text)
		fprintf(stderr, "%s\n", text);
}

/* The rules that come with the command. */
static int load_own(struct loading *loading, struct eyas_rules *rules)
{
	struct eyas_rules_report *report = NULL;
	struct eyas_err err = { 0 };
	const char *text;
	size_t len;
	int res;

	text = eyas_rules_own(&len);
	res = eyas_rules_load(rules, EYAS_RULES_OWN_NAME, text, len, &report, &err);
	if (report)
		on_report(loading, report);
	eyas_rules_report_free(report);
	if (res < 0)
		cli_error("%s", err.text);
	return res < 0 ? CLI_FAILED : CLI_OK;
}

int cli_rules_load(const struct cli_rules_wanted *wanted, struct eyas_rules **ret_rules)
{
	struct eyas_rules_opts how = { .size = sizeof(how),
				       .min_priority = wanted->priority,
				       .hostname = wanted->hostname };
	struct loading loading = { .wanted = wanted };
	struct eyas_err err = { 0 };
	size_t i;
	int res = eyas_rules_new(&how, ret_rules, &err);

	if (res < 0) {
		cli_error("%s", err.text);
		return res == EYAS_E_USAGE ? CLI_USAGE : CLI_FAILED;
	}
	if (!wanted->nfiles)
		return load_own(&loading, *ret_rules);
	for (i = 0; i < wanted->nfiles; i++) {
		res = eyas_rules_load_path(*ret_rules, wanted->files[i], on_report, &loading, &err);
		if (res > 0)
			continue;
		if (!res)
			cli_error("'%s': no rules file: its name does not end in .yaml or .yml",
				  wanted->files[i]);
		else if (!loading.told)
			cli_error("%s", err.text);
		return CLI_FAILED;
	}
	return CLI_OK;
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
