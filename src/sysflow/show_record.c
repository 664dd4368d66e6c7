/* SPDX-License-Identifier: Apache-2.0 */
/* Whole records as JSON, field by field as the schema has them. */
#include <string.h>

#include "sysflow/layout.h"
#include "sysflow/show_int.h"

static void put_fields(const struct sf_layout *layout, const char *from, struct eyas_str *hex,
		       struct eyas_json *json);

static void put_text(const char *text, struct eyas_json *json)
{
	if (text)
		eyas_json_cstr(json, text);
	else
		eyas_json_null(json);
}

static void put_enum(const struct sf_field *field, int32_t value, struct eyas_json *json)
{
	int32_t i;

	for (i = 0; field->symbols[i] && i < value; i++)
		;
	if (value >= 0 && field->symbols[i] && i == value)
		eyas_json_cstr(json, field->symbols[i]);
	else
		eyas_json_i64(json, value);
}

static void put_fixed(const void *bytes, size_t size, struct eyas_str *hex, struct eyas_json *json)
{
	hex->len = 0;
	eyas_str_hexdump(hex, bytes, size);
	eyas_json_str(json, hex->data, hex->len);
}

static void put_labels(const struct sysflow_label *labels, size_t count, struct eyas_json *json)
{
	size_t i;

	eyas_json_object(json);
	for (i = 0; i < count; i++) {
		eyas_json_key_len(json, labels[i].key, strlen(labels[i].key));
		eyas_json_cstr(json, labels[i].value);
	}
	eyas_json_end(json);
}

static void put_texts(const struct sysflow_strings *texts, struct eyas_json *json)
{
	size_t i;

	eyas_json_array(json);
	for (i = 0; i < texts->count; i++)
		eyas_json_cstr(json, texts->items[i]);
	eyas_json_end(json);
}

static void put_numbers(const struct sysflow_numbers *numbers, struct eyas_json *json)
{
	size_t i;

	eyas_json_array(json);
	for (i = 0; i < numbers->count; i++)
		eyas_json_i64(json, numbers->items[i]);
	eyas_json_end(json);
}

static size_t count_of(const struct sf_field *field, const char *from)
{
	return *(const size_t *)(const void *)(from + field->extra);
}

static void put_records(const struct sf_field *field, const char *from, struct eyas_str *hex,
			struct eyas_json *json)
{
	const char *items = *(const char *const *)(const void *)(from + field->offset);
	size_t count = count_of(field, from), i;

	eyas_json_array(json);
	for (i = 0; i < count; i++)
		put_fields(field->layout, items + i * field->layout->size, hex, json);
	eyas_json_end(json);
}

static bool is_null(const struct sf_field *field, const char *from)
{
	return field->optional && (field->kind == SF_FIXED || field->kind == SF_RECORD) &&
	       !*(const bool *)(from + field->extra);
}

static void put_field(const struct sf_field *field, const char *from, struct eyas_str *hex,
		      struct eyas_json *json)
{
	const void *at = from + field->offset;

	if (is_null(field, from)) {
		eyas_json_null(json);
		return;
	}
	switch ((enum sf_kind)field->kind) {
	case SF_INT:
		eyas_json_i64(json, *(const int32_t *)at);
		break;
	case SF_LONG:
		eyas_json_i64(json, *(const int64_t *)at);
		break;
	case SF_BOOL:
		eyas_json_bool(json, *(const bool *)at);
		break;
	case SF_TEXT:
		put_text(*(const char *const *)at, json);
		break;
	case SF_ENUM:
		put_enum(field, *(const int32_t *)at, json);
		break;
	case SF_FIXED:
		put_fixed(at, field->size, hex, json);
		break;
	case SF_RECORD:
		put_fields(field->layout, at, hex, json);
		break;
	case SF_TEXTS:
		put_texts(at, json);
		break;
	case SF_NUMBERS:
		put_numbers(at, json);
		break;
	case SF_LABELS:
		put_labels(*(const struct sysflow_label *const *)at, count_of(field, from), json);
		break;
	case SF_RECORDS:
		put_records(field, from, hex, json);
		break;
	}
}

static void put_fields(const struct sf_layout *layout, const char *from, struct eyas_str *hex,
		       struct eyas_json *json)
{
	size_t i;

	eyas_json_object(json);
	for (i = 0; i < layout->count; i++) {
		eyas_json_key(json, layout->fields[i].name);
		put_field(&layout->fields[i], from, hex, json);
	}
	eyas_json_end(json);
}

void show_record_row(struct sf_show *show, const struct sysflow_record *record)
{
	struct eyas_json json;

	eyas_json_init(&json, &show->out);
	eyas_json_object(&json);
	eyas_json_key(&json, "type");
	eyas_json_cstr(&json, sf_layouts[record->type].name);
	eyas_json_key(&json, "rec");
	put_fields(&sf_layouts[record->type], (const char *)&record->u, &show->cells, &json);
	eyas_json_end(&json);
	eyas_str_putc(&show->out, '\n');
}
