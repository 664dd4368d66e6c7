/* SPDX-License-Identifier: Apache-2.0 */
/*
 * static.KEY: texts that a configuration names, the same for all events. They are known to the
 * networks whose options have them, so that they are in no table.
 */
#include "filter/fields_int.h"

#include <errno.h>

static const char prefix[] = "static.";

/* own.ptr[0]: the text. */
static bool get_static(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	(void)eval;
	return field_text(ref, ref->own.ptr[0], ret);
}

static const struct field_info info =
	FIELD("static", CHARBUF, NA, FIELD_SUGGESTED, get_static, 0, "a text of the configuration");

int eyas_field_bind_static(const struct field_opts *opts, const char *text, size_t len,
			   struct eyas_arena *arena, struct field_ref *ret)
{
	const char *key = text + sizeof(prefix) - 1, *copy;
	size_t i;

	if (len < sizeof(prefix) || memcmp(text, prefix, sizeof(prefix) - 1) != 0)
		return 0;
	len -= sizeof(prefix) - 1;
	for (i = 0; i < opts->nstatics; i++)
		if (strlen(opts->statics[i].key) == len && !memcmp(opts->statics[i].key, key, len))
			break;
	if (i == opts->nstatics)
		return 0;
	copy = eyas_arena_text(arena, text, len + sizeof(prefix) - 1);
	if (!copy)
		return -ENOMEM;
	*ret = (struct field_ref){
		.info = &info, .text = copy, .type = info.type, .fmt = info.fmt
	};
	ret->own.ptr[0] = opts->statics[i].value;
	return 1;
}
