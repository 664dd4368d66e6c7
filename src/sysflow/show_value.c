/* SPDX-License-Identifier: Apache-2.0 */
/* One value of an attribute as text and as JSON. */
#include <string.h>
#include <time.h>

#include "sysflow/attr_get.h"
#include "sysflow/show_int.h"
#include "schema/text.h"

#define NS_PER_S INT64_C(1000000000)

/* ---- times ---- */

static void set_minute(struct show_clock *clock, int64_t minute)
{
	time_t seconds = (time_t)(minute * 60);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(clock->text, sizeof(clock->text), "%Y-%m-%dT%H:%M:", &tm);
	clock->minute = minute;
}

/* ISO 8601 in UTC; what lies before 1970 is a number. */
static void put_time(struct show_clock *clock, int64_t ns, struct eyas_str *out)
{
	int64_t seconds = ns / NS_PER_S;

	if (ns < 0) {
		eyas_str_i64(out, ns);
		return;
	}
	if (!clock->text[0] || clock->minute != seconds / 60)
		set_minute(clock, seconds / 60);
	eyas_str_puts(out, clock->text);
	eyas_str_u64_pad(out, (uint64_t)(seconds % 60), 2);
	eyas_str_putc(out, '.');
	eyas_str_u64_pad(out, (uint64_t)(ns % NS_PER_S), 9);
	eyas_str_putc(out, 'Z');
}

/* ---- text ---- */

static void put_plain(const struct eyas_value *value, struct eyas_str *out)
{
	switch (eyas_value_class(value->type)) {
	case VALUE_NUMBER:
		if (value->type == EYAS_PT_BOOL)
			eyas_str_puts(out, value->u.num ? "true" : "false");
		else
			eyas_str_i64(out, (int64_t)value->u.num);
		break;
	case VALUE_ADDR:
		eyas_text_addr(out, (const uint8_t *)value->u.data, value->len);
		break;
	case VALUE_BYTES:
		eyas_str_safe(out, value->u.data, value->len);
		break;
	case VALUE_REAL:
	case VALUE_OTHER: /* no attribute has such */
		break;
	}
}

static void put_list(const struct eyas_value *value, struct eyas_str *out)
{
	uint32_t i;

	for (i = 0; i < value->len; i++) {
		if (i)
			eyas_str_putc(out, ',');
		put_plain(&value->u.items[i], out);
	}
}

static void put_names(const char *const *names, size_t count, struct eyas_str *out)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (i)
			eyas_str_putc(out, '|');
		eyas_str_puts(out, names[i]);
	}
}

static void put_services(const struct sf_row *row, struct eyas_str *out)
{
	const struct sysflow_pod *pod = sf_row_pod(row);
	size_t i;

	for (i = 0; pod && i < pod->nservices; i++) {
		if (i)
			eyas_str_putc(out, ',');
		eyas_str_safe(out, pod->services[i].namespace_,
			      strlen(pod->services[i].namespace_));
		eyas_str_putc(out, '/');
		eyas_str_safe(out, pod->services[i].name, strlen(pod->services[i].name));
	}
}

void show_put_text(struct sf_show *show, const struct show_column *column, const struct sf_row *row,
		   const struct eyas_value *value, struct eyas_str *out)
{
	const char *names[SF_FLAG_NAMES];

	switch ((enum sf_look)column->attr->look) {
	case SF_LOOK_TIME:
		if (show->opts.ns_times)
			eyas_str_i64(out, (int64_t)value->u.num);
		else
			put_time(&show->clock, (int64_t)value->u.num, out);
		return;
	case SF_LOOK_OPFLAGS:
		sf_put_opflags(out, (uint32_t)value->u.num);
		return;
	case SF_LOOK_OPENFLAGS:
		put_names(names, sf_openflag_names((uint32_t)value->u.num, names), out);
		return;
	case SF_LOOK_SERVICES:
		put_services(row, out);
		return;
	case SF_LOOK_PLAIN:
		break;
	}
	if (value->list)
		put_list(value, out);
	else
		put_plain(value, out);
}

/* ---- JSON ---- */

static void json_plain(struct sf_show *show, const struct eyas_value *value, struct eyas_json *json)
{
	struct eyas_str *scratch = &show->cells;

	switch (eyas_value_class(value->type)) {
	case VALUE_NUMBER:
		if (value->type == EYAS_PT_BOOL)
			eyas_json_bool(json, value->u.num);
		else
			eyas_json_i64(json, (int64_t)value->u.num);
		break;
	case VALUE_ADDR:
		scratch->len = 0;
		eyas_text_addr(scratch, (const uint8_t *)value->u.data, value->len);
		eyas_json_str(json, scratch->data, scratch->len);
		break;
	case VALUE_BYTES:
		eyas_json_str(json, value->u.data, value->len);
		break;
	case VALUE_REAL:
	case VALUE_OTHER:
		eyas_json_null(json);
		break;
	}
}

static void json_names(const char *const *names, size_t count, struct eyas_json *json)
{
	size_t i;

	eyas_json_array(json);
	for (i = 0; i < count; i++)
		eyas_json_cstr(json, names[i]);
	eyas_json_end(json);
}

static enum sf_op_names names_for(enum sysflow_type type)
{
	return type == SYSFLOW_NETWORK_FLOW || type == SYSFLOW_NETWORK_EVENT ? SF_OP_NAMES_NET
									     : SF_OP_NAMES_FILE;
}

static void json_time(struct sf_show *show, int64_t ns, struct eyas_json *json)
{
	struct eyas_str *scratch = &show->cells;

	if (show->opts.ns_times) {
		eyas_json_i64(json, ns);
		return;
	}
	scratch->len = 0;
	put_time(&show->clock, ns, scratch);
	eyas_json_str(json, scratch->data, scratch->len);
}

static void json_services(const struct sf_row *row, struct eyas_json *json)
{
	const struct sysflow_pod *pod = sf_row_pod(row);
	size_t i;

	eyas_json_array(json);
	for (i = 0; pod && i < pod->nservices; i++) {
		eyas_json_object(json);
		eyas_json_key(json, "name");
		eyas_json_cstr(json, pod->services[i].name);
		eyas_json_key(json, "namespace");
		eyas_json_cstr(json, pod->services[i].namespace_);
		eyas_json_end(json);
	}
	eyas_json_end(json);
}

void show_put_json(struct sf_show *show, const struct show_column *column, const struct sf_row *row,
		   const struct eyas_value *value, struct eyas_json *json)
{
	const char *names[SF_FLAG_NAMES];
	uint32_t i;

	switch ((enum sf_look)column->attr->look) {
	case SF_LOOK_TIME:
		json_time(show, (int64_t)value->u.num, json);
		return;
	case SF_LOOK_OPFLAGS:
		json_names(names,
			   sf_opflag_names((uint32_t)value->u.num, names_for(row->record->type),
					   names),
			   json);
		return;
	case SF_LOOK_OPENFLAGS:
		json_names(names, sf_openflag_names((uint32_t)value->u.num, names), json);
		return;
	case SF_LOOK_SERVICES:
		json_services(row, json);
		return;
	case SF_LOOK_PLAIN:
		break;
	}
	if (!value->list) {
		json_plain(show, value, json);
		return;
	}
	eyas_json_array(json);
	for (i = 0; i < value->len; i++)
		json_plain(show, &value->u.items[i], json);
	eyas_json_end(json);
}
