/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One small function for each operator and way of holding a value, so that a check is compiled
 * to the one that it needs and looks at no type when it runs.
 */
#include "filter/compare.h"

#include <fnmatch.h>
#include <string.h>

#include "base/ascii.h"
#include "filter/find.h"
#include "filter/pmatch.h"
#include "filter/regex.h"
#include "filter/set.h"

/* ---- which operators a type takes ---- */

#define BIT(op) (1U << OP_##op)

enum {
	EQUALITY = BIT(EXISTS) | BIT(EQ) | BIT(NE) | BIT(IN) | BIT(INTERSECTS),
	ORDER = BIT(LT) | BIT(LE) | BIT(GT) | BIT(GE),
	NUMBER_OPS = EQUALITY | ORDER,
	BYTES_OPS = EQUALITY | BIT(CONTAINS) | BIT(STARTSWITH) | BIT(ENDSWITH),
	TEXT_OPS = BYTES_OPS | ORDER | BIT(ICONTAINS) | BIT(GLOB) | BIT(IGLOB) | BIT(REGEX) |
		   BIT(PMATCH),
	BUFFER_OPS = BYTES_OPS | BIT(BCONTAINS) | BIT(BSTARTSWITH),
	LIST_OPS = BIT(EXISTS) | BIT(IN) | BIT(INTERSECTS)
};

static const uint32_t type_ops[EYAS_PT_COUNT] = {
	[EYAS_PT_INT8] = NUMBER_OPS,	    [EYAS_PT_INT16] = NUMBER_OPS,
	[EYAS_PT_INT32] = NUMBER_OPS,	    [EYAS_PT_INT64] = NUMBER_OPS,
	[EYAS_PT_UINT8] = NUMBER_OPS,	    [EYAS_PT_UINT16] = NUMBER_OPS,
	[EYAS_PT_UINT32] = NUMBER_OPS,	    [EYAS_PT_UINT64] = NUMBER_OPS,
	[EYAS_PT_ERRNO] = NUMBER_OPS,	    [EYAS_PT_FD] = NUMBER_OPS,
	[EYAS_PT_FD32] = NUMBER_OPS,	    [EYAS_PT_PID] = NUMBER_OPS,
	[EYAS_PT_PID32] = NUMBER_OPS,	    [EYAS_PT_SYSCALLID] = NUMBER_OPS,
	[EYAS_PT_SIGTYPE] = NUMBER_OPS,	    [EYAS_PT_RELTIME] = NUMBER_OPS,
	[EYAS_PT_ABSTIME] = NUMBER_OPS,	    [EYAS_PT_PORT] = NUMBER_OPS,
	[EYAS_PT_FLAGS8] = NUMBER_OPS,	    [EYAS_PT_FLAGS16] = NUMBER_OPS,
	[EYAS_PT_FLAGS32] = NUMBER_OPS,	    [EYAS_PT_ENUMFLAGS8] = NUMBER_OPS,
	[EYAS_PT_ENUMFLAGS16] = NUMBER_OPS, [EYAS_PT_ENUMFLAGS32] = NUMBER_OPS,
	[EYAS_PT_MODE] = NUMBER_OPS,	    [EYAS_PT_DOUBLE] = NUMBER_OPS,
	[EYAS_PT_BOOL] = EQUALITY,	    [EYAS_PT_IPV4ADDR] = EQUALITY,
	[EYAS_PT_IPV6ADDR] = EQUALITY,	    [EYAS_PT_IPADDR] = EQUALITY,
	[EYAS_PT_IPV4NET] = EQUALITY,	    [EYAS_PT_IPV6NET] = EQUALITY,
	[EYAS_PT_IPNET] = EQUALITY,	    [EYAS_PT_CHARBUF] = TEXT_OPS,
	[EYAS_PT_FSPATH] = TEXT_OPS,	    [EYAS_PT_FSRELPATH] = TEXT_OPS,
	[EYAS_PT_BYTEBUF] = BUFFER_OPS,
};

/* Types whose values may come as lists. */
static const bool list_types[EYAS_PT_COUNT] = {
	[EYAS_PT_CHARBUF] = true, [EYAS_PT_UINT64] = true, [EYAS_PT_RELTIME] = true,
	[EYAS_PT_ABSTIME] = true, [EYAS_PT_BOOL] = true,   [EYAS_PT_IPADDR] = true,
	[EYAS_PT_IPNET] = true,	  [EYAS_PT_FSPATH] = true, [EYAS_PT_FSRELPATH] = true,
};

static uint32_t ops_of(unsigned type, bool list)
{
	if (type >= EYAS_PT_COUNT)
		return BIT(EXISTS);
	if (list)
		return list_types[type] ? LIST_OPS : BIT(EXISTS);
	return type_ops[type] | BIT(EXISTS);
}

bool eyas_compare_takes(unsigned type, bool list, enum ast_op op)
{
	return ops_of(type, list) >> op & 1;
}

void eyas_compare_put_ops(struct eyas_str *out, unsigned type, bool list)
{
	uint32_t ops = ops_of(type, list);
	unsigned op;

	for (op = 0; op < OP_COUNT; op++) {
		if (!(ops >> op & 1))
			continue;
		if (out->len)
			eyas_str_putc(out, ' ');
		eyas_str_puts(out, eyas_op_name((enum ast_op)op));
	}
}

/* ---- bytes ---- */

#define COMPARE(name) \
	static bool name(const struct eyas_value *left, const union comparand *right, \
			 struct eyas_str *scratch)

/* memcmp() of an empty value may be given NULL, which it need not take. */
static bool same_bytes(const char *a, const char *b, size_t len)
{
	return !len || !memcmp(a, b, len);
}

COMPARE(bytes_eq)
{
	(void)scratch;
	return left->len == right->value.len &&
	       same_bytes(left->u.data, right->value.u.data, left->len);
}

COMPARE(bytes_ne)
{
	return !bytes_eq(left, right, scratch);
}

COMPARE(bytes_contains)
{
	(void)scratch;
	return eyas_bytes_find(left->u.data, left->len, right->value.u.data, right->value.len);
}

COMPARE(bytes_startswith)
{
	(void)scratch;
	return left->len >= right->value.len &&
	       same_bytes(left->u.data, right->value.u.data, right->value.len);
}

COMPARE(bytes_endswith)
{
	(void)scratch;
	return left->len >= right->value.len &&
	       same_bytes(left->u.data + (left->len - right->value.len), right->value.u.data,
			  right->value.len);
}

static bool same_but_case(const char *a, const char *b, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (eyas_lower(a[i]) != eyas_lower(b[i]))
			return false;
	return true;
}

/* len bytes of text, of which the first one is, but for case, first: where, or NULL. */
static const char *find_first(const char *text, size_t len, char first)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (eyas_lower(text[i]) == eyas_lower(first))
			return text + i;
	return NULL;
}

COMPARE(text_icontains)
{
	const char *at = left->u.data, *want = right->value.u.data;
	const size_t want_len = right->value.len;
	size_t starts; /* places where it may begin */

	(void)scratch;
	if (!want_len)
		return true;
	if (left->len < want_len)
		return false;
	starts = left->len - want_len + 1;
	for (; (at = find_first(at, starts, *want)); at++) {
		if (same_but_case(at, want, want_len))
			return true;
		starts = left->len - want_len - (size_t)(at - left->u.data);
	}
	return false;
}

static bool text_is_like(const struct eyas_value *text, const struct eyas_value *pattern, int flags,
			 struct eyas_str *scratch)
{
	size_t start;

	scratch->len = 0;
	eyas_str_add(scratch, text->u.data, text->len);
	eyas_str_putc(scratch, '\0');
	start = scratch->len;
	eyas_str_add(scratch, pattern->u.data, pattern->len);
	eyas_str_putc(scratch, '\0');
	return !scratch->nomem && !fnmatch(scratch->data + start, scratch->data, flags);
}

COMPARE(text_glob)
{
	return text_is_like(left, &right->value, 0, scratch);
}

COMPARE(text_iglob)
{
	return text_is_like(left, &right->value, FNM_CASEFOLD, scratch);
}

COMPARE(text_regex)
{
	return eyas_regex_match(right->regex, left->u.data, left->len, scratch);
}

COMPARE(text_pmatch)
{
	return eyas_pmatch_has(right->paths, left->u.data, left->len, scratch);
}

static int text_order(const struct eyas_value *a, const struct eyas_value *b)
{
	uint32_t shorter = a->len < b->len ? a->len : b->len;
	int order = shorter ? memcmp(a->u.data, b->u.data, shorter) : 0;

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

/* ---- the rest ---- */

COMPARE(in_set)
{
	(void)scratch;
	return eyas_value_set_has(right->set, left);
}

COMPARE(net_eq)
{
	(void)scratch;
	return eyas_net_has(&right->value, left);
}

COMPARE(net_ne)
{
	return !net_eq(left, right, scratch);
}

/* name##_eq and so on, from an expression over left and right that has the order's sign or size. */
#define COMPARE_BY(name, a, op, b) \
	COMPARE(name) \
	{ \
		(void)scratch; \
		return (a)op(b); \
	}
#define COMPARE_ORDER(name, a, b) \
	COMPARE_BY(name##_lt, a, <, b) \
	COMPARE_BY(name##_le, a, <=, b) \
	COMPARE_BY(name##_gt, a, >, b) \
	COMPARE_BY(name##_ge, a, >=, b)

COMPARE_ORDER(text, text_order(left, &right->value), 0)
COMPARE_ORDER(signed, (int64_t)left->u.num, (int64_t)right->value.u.num)
COMPARE_ORDER(unsigned, left->u.num, right->value.u.num)
COMPARE_ORDER(real, left->u.real, right->value.u.real)
COMPARE_BY(num_eq, left->u.num, ==, right->value.u.num)
COMPARE_BY(num_ne, left->u.num, !=, right->value.u.num)
COMPARE_BY(real_eq, left->u.real, ==, right->value.u.real)
COMPARE_BY(real_ne, left->u.real, !=, right->value.u.real)

/* How values are compared. */
enum manner { BY_SIGNED, BY_UNSIGNED, BY_REAL, BY_BYTES, BY_NET, MANNERS };

#define ORDER_FNS(name) \
	[OP_LT] = name##_lt, [OP_LE] = name##_le, [OP_GT] = name##_gt, [OP_GE] = name##_ge
#define SET_FNS [OP_IN] = in_set, [OP_INTERSECTS] = in_set

static const compare_fn compare_fns[MANNERS][OP_COUNT] = {
	[BY_SIGNED] = { [OP_EQ] = num_eq, [OP_NE] = num_ne, ORDER_FNS(signed), SET_FNS },
	[BY_UNSIGNED] = { [OP_EQ] = num_eq, [OP_NE] = num_ne, ORDER_FNS(unsigned), SET_FNS },
	[BY_REAL] = { [OP_EQ] = real_eq, [OP_NE] = real_ne, ORDER_FNS(real), SET_FNS },
	[BY_BYTES] = { [OP_EQ] = bytes_eq,
		       [OP_NE] = bytes_ne,
		       ORDER_FNS(text),
		       SET_FNS,
		       [OP_CONTAINS] = bytes_contains,
		       [OP_ICONTAINS] = text_icontains,
		       [OP_BCONTAINS] = bytes_contains,
		       [OP_STARTSWITH] = bytes_startswith,
		       [OP_BSTARTSWITH] = bytes_startswith,
		       [OP_ENDSWITH] = bytes_endswith,
		       [OP_GLOB] = text_glob,
		       [OP_IGLOB] = text_iglob,
		       [OP_REGEX] = text_regex,
		       [OP_PMATCH] = text_pmatch },
	[BY_NET] = { [OP_EQ] = net_eq, [OP_NE] = net_ne, SET_FNS },
};

static enum manner manner_of(unsigned type)
{
	if (value_type_is_net(type))
		return BY_NET;
	switch (eyas_value_class(type)) {
	case VALUE_NUMBER:
		return eyas_value_signed(type) ? BY_SIGNED : BY_UNSIGNED;
	case VALUE_REAL:
		return BY_REAL;
	case VALUE_BYTES:
	case VALUE_ADDR:
	case VALUE_OTHER:
		break;
	}
	return BY_BYTES;
}

compare_fn eyas_compare_find(unsigned type, enum ast_op op)
{
	return compare_fns[manner_of(type)][op];
}
