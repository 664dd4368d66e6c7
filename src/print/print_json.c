/* SPDX-License-Identifier: Apache-2.0 */
/* Events as JSON lines. */
#include "print/print_json.h"

#include <string.h>

#include "base/json.h"
#include "base/le.h"
#include "schema/text.h"

/* Strings separated or terminated by NUL. */
static void put_strings(struct eyas_json *json, const uint8_t *data, size_t len)
{
	const char *p = (const char *)data, *end = p + len;
	size_t n;

	eyas_json_array(json);
	while (p < end) {
		n = strnlen(p, (size_t)(end - p));
		eyas_json_str(json, p, n);
		p += n + 1;
	}
	eyas_json_end(json);
}

static void put_fdlist(struct eyas_json *json, const uint8_t *data, size_t len)
{
	unsigned count = len >= 2 ? eyas_le16(data) : 0, i;

	eyas_json_array(json);
	for (i = 0; i < count && 2 + 10 * ((size_t)i + 1) <= len; i++) {
		eyas_json_object(json);
		eyas_json_key(json, "fd");
		eyas_json_i64(json, (int64_t)eyas_le64(data + 2 + 10 * (size_t)i));
		eyas_json_key(json, "events");
		eyas_json_u64(json, eyas_le16(data + 10 + 10 * (size_t)i));
		eyas_json_end(json);
	}
	eyas_json_end(json);
}

/* Buffers that hold lists of strings, as opposed to data that was read or written. */
static bool is_string_list(const struct eyas_param *param)
{
	const char *name = param->info->name;

	return !strcmp(name, "args") || !strcmp(name, "env") || !strcmp(name, "cgroups");
}

static void put_text(struct eyas_json *json, struct eyas_str *scratch)
{
	eyas_json_str(json, scratch->data, scratch->len);
}

static void put_value(struct eyas_json *json, const struct eyas_param *param,
		      struct eyas_str *scratch)
{
	const struct eyas_type_info *type = eyas_type_info(param->info->type);
	struct eyas_param_info variant_info;
	struct eyas_param variant;
	uint64_t number;
	int64_t signed_number;
	const char *str;
	size_t len;
	double d;

	if (!param->len) {
		eyas_json_null(json);
		return;
	}
	scratch->len = 0;
	switch ((enum eyas_kind)type->kind) {
	case EYAS_KIND_SINT:
		if (!eyas_param_int(param, &signed_number)) {
			eyas_json_i64(json, signed_number);
			return;
		}
		break;
	case EYAS_KIND_UINT:
		if (!eyas_param_uint(param, &number)) {
			eyas_json_u64(json, number);
			return;
		}
		break;
	case EYAS_KIND_DOUBLE:
		if (param->len == sizeof(d)) {
			memcpy(&d, param->data, sizeof(d));
			eyas_json_double(json, d);
			return;
		}
		break;
	case EYAS_KIND_STRING:
		if (!eyas_param_str(param, &str, &len)) {
			eyas_json_str(json, str, len);
			return;
		}
		break;
	case EYAS_KIND_BYTES:
		if (is_string_list(param))
			put_strings(json, param->data, param->len);
		else
			eyas_json_bytes(json, param->data, param->len);
		return;
	case EYAS_KIND_STRINGS:
		put_strings(json, param->data, param->len);
		return;
	case EYAS_KIND_FDLIST:
		put_fdlist(json, param->data, param->len);
		return;
	case EYAS_KIND_DYN:
		if (!eyas_param_variant(param, &variant_info, &variant)) {
			put_value(json, &variant, scratch);
			return;
		}
		break;
	case EYAS_KIND_ADDR:
	case EYAS_KIND_SOCKADDR:
	case EYAS_KIND_SOCKTUPLE:
	case EYAS_KIND_PAIRS:
	case EYAS_KIND_NONE:
		break;
	}
	/* What has no form of its own in JSON is a string, the text of the other formats. */
	eyas_text_raw(scratch, param);
	put_text(json, scratch);
}

static void put_params(struct eyas_json *json, const struct eyas_event *event,
		       struct eyas_str *scratch)
{
	struct eyas_param_iter iter;
	struct eyas_param param;

	eyas_json_key(json, "params");
	eyas_json_object(json);
	eyas_param_iter_init(&iter, event);
	while (eyas_param_iter_next(&iter, &param)) {
		eyas_json_key(json, param.info->name);
		put_value(json, &param, scratch);
	}
	eyas_json_end(json);
}

/* Only parameters that mean more than their value get a key, and only if there are any. */
static void put_meanings(struct eyas_json *json, const struct eyas_event *event,
			 struct eyas_str *scratch)
{
	struct eyas_param_iter iter;
	struct eyas_param param;
	bool any = false;

	eyas_param_iter_init(&iter, event);
	while (eyas_param_iter_next(&iter, &param)) {
		scratch->len = 0;
		eyas_text_resolved(scratch, &param);
		if (!scratch->len)
			continue;
		if (!any) {
			eyas_json_key(json, "text");
			eyas_json_object(json);
			any = true;
		}
		eyas_json_key(json, param.info->name);
		put_text(json, scratch);
	}
	if (any)
		eyas_json_end(json);
}

void print_json(const struct eyas_event *event, struct print_clock *clock, struct eyas_str *out,
		struct eyas_str *scratch)
{
	struct eyas_json json;
	size_t name_len;
	const char *name = eyas_event_name(event, &name_len);

	eyas_json_init(&json, out);
	eyas_json_object(&json);
	eyas_json_key(&json, "num");
	eyas_json_u64(&json, event->num);
	eyas_json_key(&json, "ts");
	eyas_json_u64(&json, event->ts_ns);
	eyas_json_key(&json, "time");
	scratch->len = 0;
	print_clock_put(clock, event->ts_ns, scratch);
	put_text(&json, scratch);
	eyas_json_key(&json, "cpu");
	eyas_json_u64(&json, event->cpu);
	eyas_json_key(&json, "tid");
	eyas_json_i64(&json, (int64_t)event->tid);
	eyas_json_key(&json, "dir");
	eyas_json_cstr(&json, event->type & 1 ? "<" : ">");
	eyas_json_key(&json, "type");
	eyas_json_str(&json, name, name_len);
	put_params(&json, event, scratch);
	put_meanings(&json, event, scratch);
	eyas_json_end(&json);
	eyas_str_putc(out, '\n');
	out->nomem |= scratch->nomem;
}
