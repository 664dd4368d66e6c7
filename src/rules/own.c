/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that come with the library: the bytes of rules/eyas_rules.yaml, as the build has them. */
#include <eyas/rules.h>

static const unsigned char own_text[] = {
#include "rules/eyas_rules.inc"
};

const char *eyas_rules_own(size_t *ret_len)
{
	*ret_len = sizeof(own_text);
	return (const char *)own_text;
}
