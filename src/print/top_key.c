/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key of a group: the values of its fields as bytes, which are compared and hashed without
 * anybody knowing what they are. Only the rows that are shown become values again.
 */
#include "print/top_int.h"

#include "base/le.h"

enum form { FORM_MISSING, FORM_VALUE, FORM_LIST };

static bool is_number(const struct eyas_value *value)
{
	enum value_class class = eyas_value_class(value->type);

	return class == VALUE_NUMBER || class == VALUE_REAL;
}

/* form, type, print format; then eight bytes, or a length and bytes, or a count and values. */
void eyas_top_key_put(struct eyas_str *key, const struct eyas_value *value)
{
	uint8_t head[3] = { FORM_MISSING, 0, 0 };
	uint32_t i;

	if (!value) {
		eyas_str_add(key, head, 1);
		return;
	}
	head[0] = value->list ? FORM_LIST : FORM_VALUE;
	head[1] = value->type;
	head[2] = value->fmt;
	eyas_str_add(key, head, sizeof(head));
	if (!value->list && is_number(value)) {
		eyas_str_add(key, &value->u.num, sizeof(value->u.num));
		return;
	}
	eyas_str_add(key, &value->len, sizeof(value->len));
	if (!value->list)
		eyas_str_add(key, value->u.data, value->len);
	/* Lists of lists there are none. */
	for (i = 0; value->list && i < value->len; i++)
		eyas_top_key_put(key, value->u.items[i].list ? NULL : &value->u.items[i]);
}

const uint8_t *eyas_top_key_take(const uint8_t *p, struct eyas_arena *arena, struct eyas_value *ret,
				 bool *ret_missing)
{
	struct eyas_value *items, skipped;
	uint32_t i;
	bool missing;

	*ret_missing = *p == FORM_MISSING;
	if (*ret_missing)
		return p + 1;
	*ret = (struct eyas_value){ .list = *p == FORM_LIST, .type = p[1], .fmt = p[2] };
	p += 3;
	if (!ret->list && is_number(ret)) {
		ret->u.num = eyas_le64(p);
		return p + sizeof(ret->u.num);
	}
	ret->len = eyas_le32(p);
	p += sizeof(ret->len);
	if (!ret->list) {
		ret->u.data = (const char *)p;
		return p + ret->len;
	}
	/* Without memory the list is missing, but its bytes are passed over all the same. */
	items = eyas_arena_zero(arena, (size_t)ret->len * sizeof(*items));
	*ret_missing = !items;
	for (i = 0; i < ret->len; i++)
		p = eyas_top_key_take(p, arena, items ? &items[i] : &skipped, &missing);
	ret->u.items = items;
	return p;
}
