/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row for each transformer: how many arguments, of which types, and the function that does
 * it. Arguments are checked with the types that they yield, transformed or not.
 */
#include "filter/transform.h"

#include <string.h>

#include "base/err.h"
#include "filter/literal.h"

/* What one argument may be. */
enum accept {
	ACCEPT_TEXT = 1,      /* one text */
	ACCEPT_TEXTS = 2,     /* a list of texts */
	ACCEPT_BUFFER = 4,    /* one buffer */
	ACCEPT_NUMBERS = 8,   /* a list of numbers */
	ACCEPT_ANY_LIST = 16, /* a list of anything */
};

/* false: missing. */
typedef bool (*apply_fn)(const struct transform *transform, const struct eyas_value *const *args,
			 uint32_t nargs, struct eyas_arena *arena, struct eyas_str *scratch,
			 struct eyas_value *ret);

struct transform_row {
	uint32_t min, max; /* arguments */
	uint8_t first;	   /* enum accept of the first argument */
	uint8_t rest;	   /* and of those behind it */
	const char *takes;
	apply_fn apply;
};

/* ---- one value to one value ---- */

static char *get_bytes(struct eyas_arena *arena, size_t len, struct eyas_value *ret)
{
	char *bytes = eyas_arena_get(arena, len + 1);

	if (!bytes)
		return NULL;
	bytes[len] = '\0';
	ret->len = (uint32_t)len;
	ret->u.data = bytes;
	return bytes;
}

/* Letters between first and last change their case; C locale, so bytes above 127 stay. */
static bool change_case(const struct eyas_value *value, struct eyas_arena *arena, char first,
			char last, struct eyas_value *ret)
{
	char *to;
	uint32_t i;

	*ret = *value;
	to = get_bytes(arena, value->len, ret);
	for (i = 0; to && i < value->len; i++) {
		to[i] = value->u.data[i];
		if (to[i] >= first && to[i] <= last)
			to[i] = (char)(to[i] ^ ('a' - 'A'));
	}
	return to;
}

static bool lower_one(const struct eyas_value *value, struct eyas_arena *arena,
		      struct eyas_value *ret)
{
	return change_case(value, arena, 'A', 'Z', ret);
}

static bool upper_one(const struct eyas_value *value, struct eyas_arena *arena,
		      struct eyas_value *ret)
{
	return change_case(value, arena, 'a', 'z', ret);
}

static bool basename_one(const struct eyas_value *value, struct eyas_arena *arena,
			 struct eyas_value *ret)
{
	const char *slash = value->len ? memrchr(value->u.data, '/', value->len) : NULL;

	(void)arena;
	*ret = *value;
	if (slash) {
		ret->u.data = slash + 1;
		ret->len = value->len - (uint32_t)(slash + 1 - value->u.data);
	}
	return true;
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Padding may be there or not; what is no base64 has no value. */
static bool base64_one(const struct eyas_value *value, struct eyas_arena *arena,
		       struct eyas_value *ret)
{
	const char *from = value->u.data;
	uint32_t len = value->len, bits = 0, out = 0, i;
	unsigned nbits = 0;
	int digit;
	char *to;

	if (len && len % 4 == 0 && from[len - 1] == '=')
		len -= from[len - 2] == '=' ? 2 : 1;
	if (len % 4 == 1)
		return false;
	*ret = *value;
	to = get_bytes(arena, len / 4 * 3 + (len % 4 ? len % 4 - 1 : 0), ret);
	for (i = 0; to && i < len; i++) {
		digit = base64_digit(from[i]);
		if (digit < 0)
			return false;
		bits = (bits << 6 | (uint32_t)digit) & 0xffffff;
		nbits += 6;
		if (nbits >= 8) {
			nbits -= 8;
			to[out++] = (char)(bits >> nbits);
		}
	}
	return to;
}

/* Apply to a value, or to each item of a list. */
static bool map(const struct eyas_value *value, struct eyas_arena *arena, struct eyas_value *ret,
		bool (*one)(const struct eyas_value *value, struct eyas_arena *arena,
			    struct eyas_value *ret))
{
	struct eyas_value *items;
	uint32_t i;

	if (!value->list)
		return one(value, arena, ret);
	items = eyas_arena_get(arena, value->len * sizeof(*items));
	if (!items)
		return false;
	for (i = 0; i < value->len; i++)
		if (!one(&value->u.items[i], arena, &items[i]))
			return false;
	*ret = *value;
	ret->u.items = items;
	return true;
}

#define APPLY(name) \
	static bool name(const struct transform *transform, const struct eyas_value *const *args, \
			 uint32_t nargs, struct eyas_arena *arena, struct eyas_str *scratch, \
			 struct eyas_value *ret)
#define APPLY_TO_EACH(name, one) \
	APPLY(name) \
	{ \
		(void)transform, (void)nargs, (void)scratch; \
		return map(args[0], arena, ret, one); \
	}

APPLY_TO_EACH(apply_tolower, lower_one)
APPLY_TO_EACH(apply_toupper, upper_one)
APPLY_TO_EACH(apply_basename, basename_one)
APPLY_TO_EACH(apply_b64, base64_one)

APPLY(apply_len)
{
	const struct eyas_value *value = args[0];
	uint32_t len = value->len;

	(void)nargs, (void)arena, (void)scratch;
	if (!value->list && eyas_value_is_text(value->type) && len)
		len = (uint32_t)strnlen(value->u.data, len);
	*ret = eyas_value_num(transform->result.type, len);
	ret->fmt = transform->result.fmt;
	return true;
}

/* ---- several values to one text ---- */

static bool number_text(const struct eyas_value *value, struct eyas_str *out)
{
	if (eyas_value_class(value->type) != VALUE_NUMBER)
		return false;
	if (eyas_value_signed(value->type))
		eyas_str_i64(out, (int64_t)value->u.num);
	else
		eyas_str_u64(out, value->u.num);
	return true;
}

static bool put_item(struct eyas_str *out, const struct eyas_value *item)
{
	if (item->list)
		return false;
	if (!eyas_value_is_text(item->type))
		return number_text(item, out);
	eyas_str_add(out, item->u.data, item->len);
	return true;
}

/* What was put together becomes the value. */
static bool finish_text(const struct eyas_str *text, struct eyas_arena *arena,
			struct eyas_value *ret)
{
	const char *copy = text->nomem ? NULL : eyas_arena_text(arena, text->data, text->len);

	if (!copy)
		return false;
	*ret = eyas_value_text(copy, text->len);
	return true;
}

APPLY(apply_concat)
{
	uint32_t i;

	(void)transform;
	scratch->len = 0;
	for (i = 0; i < nargs; i++)
		if (!put_item(scratch, args[i]))
			return false;
	return finish_text(scratch, arena, ret);
}

APPLY(apply_join)
{
	const struct eyas_value *separator = args[0], *list = args[1];
	uint32_t i;

	(void)transform, (void)nargs;
	if (!list->list)
		return false;
	scratch->len = 0;
	for (i = 0; i < list->len; i++) {
		if (i)
			eyas_str_add(scratch, separator->u.data, separator->len);
		if (!put_item(scratch, &list->u.items[i]))
			return false;
	}
	return finish_text(scratch, arena, ret);
}

/* ---- getopt ---- */

/*
 * A walk over the options of an argument list, as getopt() does it but with "?" for options that
 * are not known and long options left out. The list has no program name in front.
 */
struct options {
	const struct eyas_value *argv; /* a list of texts */
	const struct eyas_value *known;
	uint32_t next; /* argument */
	uint32_t at;   /* in the argument before it: the next letter; 0 = begin with another */
};

struct option {
	char letter; /* '?' = not known */
	bool has_value;
	struct eyas_value value;
};

/* The argument that the next letter is in; NULL past the last option. */
static const struct eyas_value *option_arg(struct options *options)
{
	const struct eyas_value *arg;

	for (;;) {
		if (options->at) {
			arg = &options->argv->u.items[options->next - 1];
			if (options->at < arg->len)
				return arg;
			options->at = 0;
		}
		if (options->next == options->argv->len)
			return NULL;
		arg = &options->argv->u.items[options->next];
		if (arg->len < 2 || arg->u.data[0] != '-')
			return NULL;
		if (arg->u.data[1] == '-' && arg->len == 2)
			return NULL;
		options->next++;
		if (arg->u.data[1] != '-')
			options->at = 1;
	}
}

static bool next_option(struct options *options, struct option *ret)
{
	const struct eyas_value *known = options->known;
	const struct eyas_value *arg = option_arg(options);
	const char *spec;

	if (!arg)
		return false;
	*ret = (struct option){ .letter = arg->u.data[options->at++] };
	spec = known->len && ret->letter != ':' ? memchr(known->u.data, ret->letter, known->len)
						: NULL;
	if (!spec) {
		ret->letter = '?';
		return true;
	}
	ret->has_value = spec + 1 < known->u.data + known->len && spec[1] == ':';
	if (!ret->has_value)
		return true;
	ret->value = eyas_value_text("", 0);
	if (options->at < arg->len) {
		ret->value = eyas_value_text(arg->u.data + options->at, arg->len - options->at);
	} else if (options->next < options->argv->len) {
		ret->value = options->argv->u.items[options->next++];
		ret->value.type = EYAS_PT_CHARBUF;
	}
	options->at = 0;
	return true;
}

/* The one option that [c] asks for. */
static bool getopt_one(struct options *options, char letter, struct eyas_arena *arena,
		       struct eyas_value *ret)
{
	struct option option;
	bool found = false;
	char *text;

	while (next_option(options, &option)) {
		if (option.letter != letter)
			continue;
		found = true;
		if (option.has_value) {
			*ret = option.value;
			continue;
		}
		*ret = eyas_value_text("", 0);
		text = get_bytes(arena, 1, ret);
		if (!text)
			return false;
		*text = letter;
	}
	return found;
}

APPLY(apply_getopt)
{
	struct options options = { .argv = args[0], .known = args[1] }, count_options = options;
	struct eyas_value *items, *item;
	struct option option;
	size_t count = 0;
	char *letter;

	(void)nargs, (void)scratch;
	if (!args[0]->list || args[1]->list)
		return false;
	if (transform->option)
		return getopt_one(&options, transform->option, arena, ret);
	while (next_option(&count_options, &option))
		count += option.has_value ? 2 : 1;
	items = item = eyas_arena_get(arena, count * sizeof(*items));
	if (!items)
		return false;
	while (next_option(&options, &option)) {
		*item = eyas_value_text("", 0);
		letter = get_bytes(arena, 1, item);
		if (!letter)
			return false;
		*letter = option.letter;
		item++;
		if (option.has_value)
			*item++ = option.value;
	}
	*ret = (struct eyas_value){ .type = EYAS_PT_CHARBUF, .list = true };
	ret->len = (uint32_t)count;
	ret->u.items = items;
	return true;
}

/* ---- the table ---- */

/* clang-format off */
static const struct transform_row rows[TR_COUNT] = {
	[TR_TOLOWER] = { 1, 1, ACCEPT_TEXT | ACCEPT_TEXTS, 0,
			 "a text", apply_tolower },
	[TR_TOUPPER] = { 1, 1, ACCEPT_TEXT | ACCEPT_TEXTS, 0,
			 "a text", apply_toupper },
	[TR_BASENAME] = { 1, 1, ACCEPT_TEXT | ACCEPT_TEXTS, 0,
			  "a text", apply_basename },
	[TR_B64] = { 1, 1, ACCEPT_TEXT | ACCEPT_TEXTS | ACCEPT_BUFFER, 0,
		     "a text or buffer", apply_b64 },
	[TR_LEN] = { 1, 1, ACCEPT_TEXT | ACCEPT_BUFFER | ACCEPT_ANY_LIST, 0,
		     "a text, buffer or list", apply_len },
	[TR_JOIN] = { 2, 2, ACCEPT_TEXT, ACCEPT_TEXTS | ACCEPT_NUMBERS,
		      "a text and a list", apply_join },
	[TR_CONCAT] = { 2, UINT32_MAX, ACCEPT_TEXT, ACCEPT_TEXT,
			"texts", apply_concat },
	[TR_GETOPT] = { 2, 2, ACCEPT_TEXTS, ACCEPT_TEXT,
			"a list of texts and a text of options", apply_getopt },
};
/* clang-format on */

static bool accepts(unsigned accept, const struct operand_type *type)
{
	bool text = eyas_value_is_text(type->type);

	if (type->list)
		return accept & ACCEPT_ANY_LIST || (accept & ACCEPT_TEXTS && text) ||
		       (accept & ACCEPT_NUMBERS && eyas_transform_item_ok(type));
	return (accept & ACCEPT_TEXT && text) ||
	       (accept & ACCEPT_BUFFER && type->type == EYAS_PT_BYTEBUF);
}

static int check_option(const struct ast_operand *operand, struct transform *ret,
			struct eyas_err *reterr)
{
	if (!operand->has_arg)
		return 0;
	if (operand->transformer != TR_GETOPT)
		return eyas_ast_fail(reterr, EYAS_E_USAGE, &operand->arg.pos,
				     "%s() takes no [argument]",
				     eyas_transformer_name(operand->transformer));
	if (operand->arg.len != 1 || *operand->arg.text == '\0')
		return eyas_ast_fail(reterr, EYAS_E_USAGE, &operand->arg.pos,
				     "getopt()[...] takes one letter, the option");
	ret->option = *operand->arg.text;
	return 0;
}

static struct operand_type result_of(const struct transform *transform,
				     const struct operand_type *first)
{
	struct operand_type text = { .type = EYAS_PT_CHARBUF, .fmt = EYAS_FMT_NA };

	switch (transform->kind) {
	case TR_LEN:
		return (struct operand_type){ .type = EYAS_PT_UINT64, .fmt = EYAS_FMT_DEC };
	case TR_JOIN:
	case TR_CONCAT:
		return text;
	case TR_GETOPT:
		text.list = !transform->option;
		return text;
	default:
		return *first;
	}
}

int eyas_transform_check(const struct ast_operand *operand, const struct operand_type *args,
			 struct transform *ret_transform, struct eyas_err *reterr)
{
	const char *name = eyas_transformer_name(operand->transformer);
	const struct transform_row *row = &rows[operand->transformer];
	uint32_t i;
	int res;

	if (operand->nitems < row->min || operand->nitems > row->max)
		return eyas_ast_fail(reterr, EYAS_E_USAGE, &operand->pos,
				     "%s() takes %s%u argument%s, not %u", name,
				     row->max > row->min ? "at least " : "", row->min,
				     row->min == 1 ? "" : "s", operand->nitems);
	for (i = 0; i < operand->nitems; i++)
		if (!accepts(i ? row->rest : row->first, &args[i]))
			return eyas_ast_fail(reterr, EYAS_E_USAGE, &operand->items[i]->pos,
					     "%s() takes %s; argument %u is %s%s", name, row->takes,
					     i + 1, args[i].list ? "a list of " : "",
					     eyas_type_info(args[i].type)->name);
	*ret_transform = (struct transform){ .kind = operand->transformer };
	res = check_option(operand, ret_transform, reterr);
	if (res < 0)
		return res;
	ret_transform->result = result_of(ret_transform, args);
	return 0;
}

bool eyas_transform_item_ok(const struct operand_type *type)
{
	return eyas_value_is_text(type->type) || type->type == EYAS_PT_PID ||
	       type->type == EYAS_PT_INT64 || type->type == EYAS_PT_UINT64;
}

bool eyas_transform_item_text(const struct eyas_value *item, struct eyas_arena *arena,
			      struct eyas_value *ret)
{
	char digits[24];
	struct eyas_str text = { digits, 0, sizeof(digits), false };

	if (item->list)
		return false;
	if (eyas_value_is_text(item->type)) {
		*ret = *item;
		return true;
	}
	return number_text(item, &text) && finish_text(&text, arena, ret);
}

bool eyas_transform_apply(const struct transform *transform, const struct eyas_value *const *args,
			  uint32_t nargs, struct eyas_arena *arena, struct eyas_str *scratch,
			  struct eyas_value *ret)
{
	return rows[transform->kind].apply(transform, args, nargs, arena, scratch, ret);
}
