/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry of fields: which classes there are, which field a text names, and what its
 * argument is. Asked by the compiler of filters and formats and by `eyas list fields`.
 */
#include "filter/fields_int.h"

#include <errno.h>
#include <stdio.h>

#include "base/err.h"
#include "base/nearest.h"

enum { ARG_KINDS = FIELD_ARG_INDEX | FIELD_ARG_KEY | FIELD_ARG_DOT };

static const struct field_class *const classes[] = {
	&eyas_fields_evt,    &eyas_fields_evt_sys,   &eyas_fields_process, &eyas_fields_user,
	&eyas_fields_group,  &eyas_fields_fd,	     &eyas_fields_fspath,  &eyas_fields_util,
	&eyas_fields_fdlist, &eyas_fields_container,
};

const struct field_class *eyas_field_class(unsigned index)
{
	return index < FIELD_COUNT(classes) ? classes[index] : NULL;
}

/* ---- names ---- */

/* As strcmp() of text, which is len bytes without a NUL, and name. */
static int compare_name(const char *text, size_t len, const char *name)
{
	int order = strncmp(text, name, len);

	return order ? order : name[len] ? -1 : 0;
}

static const struct field_info *find_in_class(const struct field_class *class, const char *name,
					      size_t len)
{
	size_t low = 0, high = class->count, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = compare_name(name, len, class->fields[middle].name);
		if (!order)
			return &class->fields[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/*
 * The field with the longest name that text is, or that text has in front of a dot; *ret_len is
 * the length of that name. Classes are asked in their order, the first that knows one wins.
 */
static const struct field_info *find_field(const char *text, size_t len, size_t *ret_len)
{
	const struct field_info *info;
	size_t i, end;

	if (memchr(text, '\0', len))
		return NULL;
	for (i = 0; i < FIELD_COUNT(classes); i++)
		for (end = len; end > 0;) {
			info = find_in_class(classes[i], text, end);
			if (info) {
				*ret_len = end;
				return info;
			}
			do
				end--;
			while (end > 0 && text[end] != '.');
		}
	return NULL;
}

static const char *name_at(void *ctx, size_t i)
{
	size_t class;

	(void)ctx;
	for (class = 0; class < FIELD_COUNT(classes); class ++) {
		if (i < classes[class]->count)
			return classes[class]->fields[i].name;
		i -= classes[class]->count;
	}
	return NULL;
}

const char *eyas_field_nearest(const char *text, size_t len)
{
	const char *bracket = memchr(text, '[', len);

	return eyas_nearest(text, bracket ? (size_t)(bracket - text) : len, name_at, NULL);
}

static int unknown_field(const char *text, size_t len, struct eyas_err *reterr)
{
	const char *nearest = eyas_field_nearest(text, len);
	int shown = len < 200 ? (int)len : 200;

	if (nearest)
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "unknown field '%.*s'; did you mean '%s'?", shown, text,
				    nearest);
	return eyas_err_set(reterr, EYAS_E_USAGE, "unknown field '%.*s'", shown, text);
}

/* ---- arguments ---- */

/* How a field wants its argument: "evt.arg[NUMBER] or evt.arg.NAME". */
static void argument_forms(const struct field_info *info, char *buf, size_t size)
{
	static const struct {
		uint16_t flag;
		const char *form;
	} forms[] = {
		{ FIELD_ARG_INDEX, "[NUMBER]" },
		{ FIELD_ARG_KEY, "[KEY]" },
		{ FIELD_ARG_DOT, ".NAME" },
	};
	size_t i, len = 0;

	buf[0] = '\0';
	for (i = 0; i < FIELD_COUNT(forms) && len < size; i++)
		if (info->flags & forms[i].flag)
			len += (size_t)snprintf(buf + len, size - len, "%s%s%s", len ? " or " : "",
						info->name, forms[i].form);
}

static int bad_argument(const struct field_ref *ref, struct eyas_err *reterr)
{
	char forms[160];

	argument_forms(ref->info, forms, sizeof(forms));
	if (!(ref->info->flags & ARG_KINDS))
		return eyas_err_set(reterr, EYAS_E_USAGE, "field '%s' takes no argument",
				    ref->info->name);
	if (!ref->arg)
		return eyas_err_set(reterr, EYAS_E_USAGE, "field '%s' needs an argument: %s",
				    ref->info->name, forms);
	return eyas_err_set(reterr, EYAS_E_USAGE, "field '%s' does not take '%.*s': expected %s",
			    ref->info->name, ref->arg_len < 100 ? (int)ref->arg_len : 100, ref->arg,
			    forms);
}

/* Digits only. An index or an instant: nanoseconds since the epoch need all 64 bits. */
static bool parse_index(const char *text, size_t len, int64_t *ret_index)
{
	int64_t index = 0;
	size_t i;

	for (i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(index, 10, &index) ||
		    __builtin_add_overflow(index, text[i] - '0', &index))
			return false;
	*ret_index = index;
	return len > 0;
}

/* rest is what stands behind the name: "", "[2]" or ".fd". */
static int bind_argument(struct field_ref *ref, const char *rest, size_t len,
			 struct eyas_err *reterr)
{
	uint16_t flags = ref->info->flags;
	const char *close;

	if (!len)
		return flags & FIELD_ARG_REQUIRED ? bad_argument(ref, reterr) : 0;
	ref->arg = rest + 1;
	ref->arg_len = len - 1;
	if (rest[0] == '.')
		return flags & FIELD_ARG_DOT && len > 1 ? 0 : bad_argument(ref, reterr);
	close = memchr(rest, ']', len);
	if (close != rest + len - 1)
		return eyas_err_set(reterr, EYAS_E_USAGE, "field '%s': %s", ref->info->name,
				    close ? "nothing may follow the ']'" : "there is no ']'");
	ref->arg_len--;
	ref->arg_is_index = flags & FIELD_ARG_INDEX &&
			    parse_index(ref->arg, ref->arg_len, &ref->arg_index);
	if (!ref->arg_is_index && (!(flags & FIELD_ARG_KEY) || !ref->arg_len))
		return bad_argument(ref, reterr);
	return 0;
}

int eyas_field_bind(const char *text, size_t len, struct eyas_arena *arena, struct field_ref *ret,
		    struct eyas_err *reterr)
{
	const char *bracket = memchr(text, '[', len);
	size_t head = bracket ? (size_t)(bracket - text) : len, name_len = 0;
	const struct field_info *info = find_field(text, head, &name_len);
	struct field_ref ref = { .info = info };
	int err;

	/* A dot and a bracket together are no argument of any field. */
	if (!info || (bracket && name_len < head) ||
	    (name_len < len && !(info->flags & ARG_KINDS) && text[name_len] == '.'))
		return unknown_field(text, len, reterr);
	ref.text = eyas_arena_text(arena, text, len);
	if (!ref.text)
		return eyas_err_set(reterr, -ENOMEM, "no memory");
	ref.type = info->type;
	ref.fmt = info->fmt;
	err = bind_argument(&ref, ref.text + name_len, len - name_len, reterr);
	if (!err && info->bind)
		err = info->bind(&ref, reterr);
	if (!err)
		*ret = ref;
	return err;
}

/* ---- for getters ---- */

bool eyas_field_scratch(const struct field_eval *eval, const struct field_ref *ref,
			struct eyas_value *ret)
{
	return eyas_field_slice(eval, ref, 0, eval->scratch->len, ret);
}

bool eyas_field_slice(const struct field_eval *eval, const struct field_ref *ref, size_t from,
		      size_t len, struct eyas_value *ret)
{
	char *copy;

	if (eval->scratch->nomem)
		return false;
	copy = eyas_arena_text(eval->arena, len ? eval->scratch->data + from : "", len);
	return copy && field_bytes(ref, copy, len, ret);
}

bool eyas_field_missing(const struct field_eval *eval, struct field_ref *ref,
			struct eyas_value *ret)
{
	(void)eval;
	(void)ref;
	(void)ret;
	return false;
}
