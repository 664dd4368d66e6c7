/* SPDX-License-Identifier: Apache-2.0 */
/* Fields about the evaluation itself; not in listings. */
#include "filter/fields_int.h"

/* own.u64[0] counts for this mention. */
static bool get_cnt(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	(void)eval;
	return field_num(ref, ++ref->own.u64[0], ret);
}

static const struct field_info fields[] = {
	FIELD("util.cnt", UINT64, ID, 0, get_cnt, 0,
	      "how many events this mention of the field was evaluated for"),
};

const struct field_class eyas_fields_util = { "util (hidden)", "util", fields, FIELD_COUNT(fields),
					      true };
