/* SPDX-License-Identifier: Apache-2.0 */
/* falco -L and -l: what is loaded, names and descriptions as text or all there is as JSON. */
#include "compat/falco_oneshot.h"

#include "compat/falco_out.h"

int falco_describe(struct eyas_rules *rules, const char *rule, bool json, FILE *to,
		   struct eyas_err *reterr)
{
	struct eyas_str out = EYAS_STR_INIT;
	const char *text;
	size_t len;
	int res = eyas_rules_describe(rules, rule, json ? EYAS_DESCRIBE_JSON : EYAS_DESCRIBE_TEXT,
				      &text, &len, reterr);

	if (res < 0)
		return res;
	eyas_str_add(&out, text, len);
	if (json)
		eyas_str_putc(&out, '\n');
	return falco_out(&out, to, reterr);
}
