/* SPDX-License-Identifier: Apache-2.0 */
/* From figures to keys with values: what is left out, units of memory, rounding, order. */
#include "detect/metrics_text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

void metrics_fields_fini(struct metrics_fields *fields)
{
	eyas_arena_fini(&fields->arena);
	free(fields->fields);
	*fields = (struct metrics_fields){ 0 };
}

void metrics_real_text(double value, char text[METRICS_REAL_TEXT])
{
	int digits;

	if (!isfinite(value))
		value = 0;
	for (digits = 15; digits <= 17; digits++) {
		snprintf(text, METRICS_REAL_TEXT, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	if (!strpbrk(text, ".e"))
		strcat(text, ".0");
}

/* "falco.memory_rss_kb" as "falco.memory_rss_mb"; NULL = no memory. */
static const char *in_megabytes(struct eyas_arena *arena, const char *key)
{
	const char *suffix = strrchr(key, '_');
	size_t len = suffix ? (size_t)(suffix - key) : strlen(key);
	char *text = eyas_arena_get(arena, len + sizeof("_mb"));

	if (!text)
		return NULL;
	memcpy(text, key, len);
	memcpy(text + len, "_mb", sizeof("_mb"));
	return text;
}

static bool is_memory(const struct metrics_row *row)
{
	return row->unit == METRICS_BYTES || row->unit == METRICS_KIBIBYTES;
}

static double megabytes(const struct metrics_row *row)
{
	double scale = row->unit == METRICS_BYTES ? 1048576 : 1024;

	return round((double)row->value.whole / scale * 10) / 10;
}

static bool is_empty(const struct metrics_row *row)
{
	switch (row->kind) {
	case METRICS_WHOLE:
		return !row->value.whole;
	case METRICS_REAL:
		return row->value.real == 0;
	case METRICS_TEXT:
	default:
		return false;
	}
}

static bool make_field(struct eyas_arena *arena, const struct metrics_row *row,
		       const struct metrics_text_opts *opts, struct eyas_alerts_field *ret_field)
{
	char *number;

	*ret_field = (struct eyas_alerts_field){ .key = row->key };
	if (row->kind == METRICS_TEXT) {
		ret_field->text = row->value.text;
		return true;
	}
	number = eyas_arena_get(arena, METRICS_REAL_TEXT);
	if (!number)
		return false;
	ret_field->number = number;
	if (row->kind == METRICS_REAL) {
		metrics_real_text(row->value.real, number);
	} else if (is_memory(row) && opts->megabytes) {
		metrics_real_text(megabytes(row), number);
		ret_field->key = in_megabytes(arena, row->key);
	} else {
		snprintf(number, METRICS_REAL_TEXT, "%" PRIu64, row->value.whole);
	}
	return ret_field->key;
}

/* By key; of the same one, in the order of the set. */
static int by_key(const void *a, const void *b)
{
	const struct metrics_row *x = *(const struct metrics_row *const *)a;
	const struct metrics_row *y = *(const struct metrics_row *const *)b;
	int order = strcmp(x->key, y->key);

	return order ? order : x < y ? -1 : x > y;
}

/* The rows that have a key and are told, sorted; NULL = no memory. The arena's. */
static const struct metrics_row **sort_rows(struct eyas_arena *arena, const struct metrics_set *set,
					    const struct metrics_text_opts *opts, size_t *ret_count)
{
	const struct metrics_row *row = set->rows, *end = row + set->count, **rows;
	size_t n = 0;

	rows = eyas_arena_zero(arena, (set->count + 1) * sizeof(const struct metrics_row *));
	if (!rows)
		return NULL;
	for (; row < end; row++)
		if (row->key && (row->always || opts->empty || !is_empty(row)))
			rows[n++] = row;
	qsort(rows, n, sizeof(*rows), by_key);
	*ret_count = n;
	return rows;
}

static bool make_room(struct metrics_fields *fields, size_t count)
{
	struct eyas_alerts_field *more;

	if (count <= fields->cap)
		return true;
	more = realloc(fields->fields, count * sizeof(*more));
	if (!more)
		return false;
	fields->fields = more;
	fields->cap = count;
	return true;
}

/*
 * Names that differ only in what a key cannot have (rules "a b" and "a-b") are one key, which has
 * the sum; of anything else, such as files of the same name, the first is told.
 */
int metrics_fields_make(struct metrics_fields *fields, const struct metrics_set *set,
			const struct metrics_text_opts *opts)
{
	const struct metrics_row **rows;
	struct metrics_row row;
	size_t i, count;

	eyas_arena_reset(&fields->arena);
	fields->count = 0;
	rows = set->nomem ? NULL : sort_rows(&fields->arena, set, opts, &count);
	if (!rows || !make_room(fields, count))
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		row = *rows[i];
		for (; i + 1 < count && !strcmp(row.key, rows[i + 1]->key); i++)
			if (row.kind == METRICS_WHOLE && rows[i + 1]->kind == METRICS_WHOLE)
				row.value.whole += rows[i + 1]->value.whole;
		if (!make_field(&fields->arena, &row, opts, &fields->fields[fields->count]))
			return -ENOMEM;
		fields->count++;
	}
	return 0;
}

void metrics_line_put(struct eyas_str *out, const struct metrics_fields *fields, uint64_t sample)
{
	const struct eyas_alerts_field *field = fields->fields, *end = field + fields->count;
	struct eyas_json json;

	eyas_json_init(&json, out);
	eyas_json_object(&json);
	eyas_json_key(&json, "output_fields");
	eyas_json_object(&json);
	for (; field < end; field++) {
		eyas_json_key_len(&json, field->key, strlen(field->key));
		if (field->text) {
			eyas_json_cstr(&json, field->text);
		} else {
			eyas_str_puts(out, field->number);
			json.comma = true;
		}
	}
	eyas_json_end(&json);
	eyas_json_key(&json, "sample");
	eyas_json_u64(&json, sample);
	eyas_json_end(&json);
}
