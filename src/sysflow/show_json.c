/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as objects, one a line; the columns are sorted into groups before (show.c). */
#include <string.h>

#include "sysflow/show_int.h"

static const char *key_of(const struct show_column *column)
{
	return column->attr->field.name + SF_ATTR_PREFIX;
}

/* Bytes of a key in front of its dot, 0 if there is none. */
static size_t group_len(const char *key)
{
	const char *dot = strchr(key, '.');

	return dot ? (size_t)(dot - key) : 0;
}

static void put_value(struct sf_show *show, const struct show_column *column,
		      const struct sf_row *row, const struct eyas_value *value,
		      struct eyas_json *json)
{
	if (value)
		show_put_json(show, column, row, value, json);
	else
		eyas_json_null(json);
}

/* What was chosen is in every object; of what was not, that which there is. */
static bool wanted(const struct sf_show *show, const struct eyas_value *value)
{
	return value || show->opts.columns;
}

static void put_flat(struct sf_show *show, const struct sf_row *row, struct eyas_json *json)
{
	const struct eyas_value *value;
	size_t i;

	for (i = 0; i < show->ncolumns; i++) {
		value = show_value(show, &show->columns[i]);
		if (!wanted(show, value))
			continue;
		eyas_json_key(json, key_of(&show->columns[i]));
		put_value(show, &show->columns[i], row, value, json);
	}
}

static void put_nested(struct sf_show *show, const struct sf_row *row, struct eyas_json *json)
{
	const char *key, *open = NULL;
	const struct eyas_value *value;
	size_t i, len, open_len = 0;

	for (i = 0; i < show->ncolumns; i++) {
		value = show_value(show, &show->columns[i]);
		if (!wanted(show, value))
			continue;
		key = key_of(&show->columns[i]);
		len = group_len(key);
		if (open && (len != open_len || memcmp(open, key, len) != 0)) {
			eyas_json_end(json);
			open = NULL;
		}
		if (len && !open) {
			eyas_json_key_len(json, key, len);
			eyas_json_object(json);
			open = key;
			open_len = len;
		}
		eyas_json_key(json, len ? key + len + 1 : key);
		put_value(show, &show->columns[i], row, value, json);
	}
	if (open)
		eyas_json_end(json);
}

void show_json_row(struct sf_show *show, const struct sf_row *row)
{
	struct eyas_json json;

	eyas_json_init(&json, &show->out);
	eyas_json_object(&json);
	if (show->opts.format == SF_SHOW_FLAT)
		put_flat(show, row, &json);
	else
		put_nested(show, row, &json);
	eyas_json_end(&json);
	eyas_str_putc(&show->out, '\n');
}
