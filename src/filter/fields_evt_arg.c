/* SPDX-License-Identifier: Apache-2.0 */
/* With what: the parameters of an event, one by one or together, and the paths among them. */
#include "filter/fields_evt.h"

#include "base/err.h"
#include "filter/param_text.h"
#include "schema/event.h"
#include "schema/ids.h"

/* ---- all of them ---- */

FIELD_GETTER(eyas_evt_get_args)
{
	eyas_params_put(field_begin(eval), eval->context, eval->opts);
	return eyas_field_scratch(eval, ref, ret);
}

/* ---- one of them ---- */

/* The index of the parameter called so in events of a type; -1 if it has none. */
static int param_index(const struct eyas_event_info *info, const char *name, size_t len)
{
	unsigned i;

	for (i = 0; i < info->nparams; i++)
		if (!strncmp(info->params[i].name, name, len) && !info->params[i].name[len])
			return (int)i;
	return -1;
}

/* The first parameter of the schema that is called so. */
static const struct eyas_param_info *any_param(const char *name, size_t len)
{
	const struct eyas_event_info *info;
	unsigned type;
	int index;

	for (type = 0; (info = eyas_event_info(type)); type++) {
		index = param_index(info, name, len);
		if (index >= 0)
			return &info->params[index];
	}
	return NULL;
}

static int unknown_param(const struct field_ref *ref, struct eyas_err *reterr)
{
	return eyas_err_set(reterr, EYAS_E_USAGE, "field '%s': no event has a parameter '%.*s'",
			    ref->info->name, ref->arg_len < 100 ? (int)ref->arg_len : 100,
			    ref->arg);
}

FIELD_BINDER(eyas_evt_bind_arg)
{
	if (ref->arg_is_index && ref->arg_index >= EYAS_PARAMS_MAX)
		return eyas_err_set(reterr, EYAS_E_USAGE,
				    "field '%s': no event has more than %d parameters",
				    ref->info->name, EYAS_PARAMS_MAX);
	if (!ref->arg_is_index && !any_param(ref->arg, ref->arg_len))
		return unknown_param(ref, reterr);
	return 0;
}

/*
 * What a filter takes the parameters of a name for before it sees an event: the first of them in
 * the schema. But a user or group in some event makes the name one of users or groups, although
 * the first ones, of old clones, are plain numbers: ids of owners take no operators, whichever
 * event they come with (reference/filter_language.md section 3 has evt.rawarg.uid as its example).
 */
static const struct eyas_param_info *param_for_filters(const char *name, size_t len)
{
	const struct eyas_event_info *info;
	unsigned type;
	int index;

	for (type = 0; (info = eyas_event_info(type)); type++) {
		index = param_index(info, name, len);
		if (index >= 0 && (info->params[index].type == EYAS_PT_UID ||
				   info->params[index].type == EYAS_PT_GID))
			return &info->params[index];
	}
	return any_param(name, len);
}

/* Once there is an event, the value has the type of its parameter. */
FIELD_BINDER(eyas_evt_bind_rawarg)
{
	const struct eyas_param_info *info = param_for_filters(ref->arg, ref->arg_len);

	if (!info)
		return unknown_param(ref, reterr);
	ref->type = info->type;
	ref->fmt = info->fmt;
	return 0;
}

/*
 * Where the parameter is in events of this type. A mention sees few types, so the last ones are
 * remembered: each place holds a type in its upper bits and the index, 255 = none, below them.
 * 0 is an empty place; type 0 with index 0 looks the same and is looked up every time.
 */
static int cached_index(struct field_ref *ref, const struct eyas_event *event)
{
	uint32_t *slot = &ref->own.u32[event->type / 2 % 4];

	if (!*slot || *slot >> 8 != event->type)
		*slot = (uint32_t)event->type << 8 |
			(uint8_t)param_index(event->info, ref->arg, ref->arg_len);
	return (int8_t)(*slot & 255);
}

/* True with the parameter, which may be missing (len 0); false if the event has no such one. */
static bool find_param(const struct field_eval *eval, struct field_ref *ref,
		       struct eyas_param *ret_param)
{
	const struct eyas_event *event = eval->context->event;
	int64_t index = ref->arg_is_index ? ref->arg_index : cached_index(ref, event);

	if (index < 0 || index >= event->nparams)
		return false;
	eyas_event_param(event, (unsigned)index, ret_param);
	return true;
}

FIELD_GETTER(eyas_evt_get_arg)
{
	struct eyas_str *out = field_begin(eval);
	struct eyas_param param;

	if (!find_param(eval, ref, &param))
		return false;
	eyas_param_put_resolved(out, eval->context, &param, eval->opts);
	if (!out->len)
		eyas_param_put_raw(out, eval->context, &param, eval->opts);
	return eyas_field_scratch(eval, ref, ret);
}

/* A parameter as a value of its own type; false if it is missing or damaged. */
static bool param_value(const struct eyas_param *param, struct eyas_value *ret)
{
	unsigned type = param->info->type;
	uint64_t bits;

	*ret = (struct eyas_value){ .type = (uint8_t)type, .fmt = param->info->fmt };
	switch (eyas_value_class(type)) {
	case VALUE_NUMBER:
		if (eyas_value_signed(type)) {
			int64_t num;

			if (eyas_param_int(param, &num) < 0)
				return false;
			ret->u.num = (uint64_t)num;
			return true;
		}
		return !eyas_param_uint(param, &ret->u.num);
	case VALUE_REAL:
		if (param->len != sizeof(ret->u.real))
			return false;
		bits = eyas_le64(param->data);
		memcpy(&ret->u.real, &bits, sizeof(bits));
		return true;
	case VALUE_BYTES:
	case VALUE_ADDR:
	case VALUE_OTHER:
		break;
	}
	ret->u.data = (const char *)param->data;
	ret->len = param->len;
	if (eyas_value_is_text(type))
		ret->len = (uint32_t)strnlen(ret->u.data, param->len);
	return true;
}

FIELD_GETTER(eyas_evt_get_rawarg)
{
	struct eyas_param_info info;
	struct eyas_param param;

	if (!find_param(eval, ref, &param) || !param.len)
		return false;
	if (param.info->type == EYAS_PT_DYN) {
		struct eyas_param inner;

		if (eyas_param_variant(&param, &info, &inner) < 0)
			return false;
		return param_value(&inner, ret);
	}
	return param_value(&param, ret);
}

FIELD_GETTER(eyas_evt_get_buffer)
{
	struct eyas_param param;

	if (eyas_event_param_find(eval->context->event, "data", &param) != 1)
		return false;
	return field_bytes(ref, param.data, param.len, ret);
}

/* ---- paths ---- */

/* Types whose path evt.abspath knows: those relative to a descriptor, and one by handle. */
static bool has_abspath(unsigned type)
{
	switch (type) {
	case EYAS_EV_SYSCALL_RENAMEAT_X:
	case EYAS_EV_SYSCALL_RENAMEAT2_X:
	case EYAS_EV_SYSCALL_SYMLINKAT_X:
	case EYAS_EV_SYSCALL_OPENAT_2_X:
	case EYAS_EV_SYSCALL_OPENAT2_X:
	case EYAS_EV_SYSCALL_OPEN_BY_HANDLE_AT_X:
	case EYAS_EV_SYSCALL_LINKAT_2_X:
	case EYAS_EV_SYSCALL_UNLINKAT_2_X:
	case EYAS_EV_SYSCALL_MKDIRAT_X:
	case EYAS_EV_SYSCALL_FCHMODAT_X:
	case EYAS_EV_SYSCALL_FCHOWNAT_X:
		return true;
	default:
		return false;
	}
}

/* The nth path of an event; of one with a single path that one, whichever is asked for. */
static bool find_path(const struct eyas_event *event, unsigned nth, struct eyas_param *ret_param)
{
	const struct eyas_event_info *info = event->info;
	int found = -1;
	unsigned i;

	for (i = 0; i < info->nparams; i++)
		if (info->params[i].type == EYAS_PT_FSRELPATH ||
		    info->params[i].type == EYAS_PT_FSPATH) {
			found = (int)i;
			if (!nth--)
				break;
		}
	return found >= 0 && eyas_event_param(event, (unsigned)found, ret_param) == 1;
}

/* own.u64[0] is 1 for .dst. */
FIELD_BINDER(eyas_evt_bind_abspath)
{
	if (!ref->arg || (ref->arg_len == 3 && !memcmp(ref->arg, "src", 3)))
		return 0;
	if (ref->arg_len != 3 || memcmp(ref->arg, "dst", 3) != 0)
		return eyas_err_set(reterr, EYAS_E_USAGE, "field '%s' takes .src or .dst",
				    ref->info->name);
	ref->own.u64[0] = 1;
	return 0;
}

FIELD_GETTER(eyas_evt_get_abspath)
{
	const struct eyas_event *event = eval->context->event;
	struct eyas_param param;

	if (!eval->context->thread || !has_abspath(event->type) ||
	    !find_path(event, (unsigned)ref->own.u64[0], &param))
		return false;
	eyas_param_put_abspath(field_begin(eval), eval->context, &param);
	return eyas_field_scratch(eval, ref, ret);
}

/* ---- what an orchestrator once told, as "Event: start; ID: 0123; name: web; Image: web@1" ---- */

static void trim(const char **text, size_t *len)
{
	while (*len && **text == ' ') {
		++*text;
		--*len;
	}
	while (*len && (*text)[*len - 1] == ' ')
		--*len;
}

/* The value of the item with this key; false if there is none. */
static bool find_item(const char *text, size_t len, const char *key, const char **ret_value,
		      size_t *ret_len)
{
	size_t key_len = strlen(key), item_len;
	const char *end, *colon, *item;

	for (; len; text += item_len, len -= item_len) {
		end = memchr(text, ';', len);
		item_len = end ? (size_t)(end - text) + 1 : len;
		item = text;
		*ret_len = end ? item_len - 1 : len;
		trim(&item, ret_len);
		colon = memchr(item, ':', *ret_len);
		if (!colon || *ret_len < key_len || memcmp(item, key, key_len) != 0)
			continue;
		*ret_len -= (size_t)(colon + 1 - item);
		*ret_value = colon + 1;
		trim(ret_value, ret_len);
		return true;
	}
	return false;
}

FIELD_GETTER(eyas_evt_get_infra)
{
	static const char *const keys[] = { "Event", "ID", "name", "Image" };
	enum { DESCRIPTION = 2, ID_MAX = 12 };
	const char *text, *value, *at;
	struct eyas_param param;
	size_t len;

	if (eval->context->event->type != EYAS_EV_INFRASTRUCTURE_EVENT_E ||
	    eyas_event_param(eval->context->event, DESCRIPTION, &param) != 1 ||
	    eyas_param_str(&param, &text, &len) < 0 ||
	    !find_item(text, len, keys[ref->info->tag], &value, &len))
		return false;
	if (ref->info->tag == INFRA_ID && len > ID_MAX)
		len = ID_MAX;
	at = ref->info->tag == INFRA_IMAGE ? memchr(value, '@', len) : NULL;
	return field_bytes(ref, value, at ? (size_t)(at - value) : len, ret);
}
