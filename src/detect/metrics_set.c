/* SPDX-License-Identifier: Apache-2.0 */
/* A set of figures grows; their names. */
#include "detect/metrics_set.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *key, *family;
} areas[METRICS_AREAS] = {
	[METRICS_OWN] = { "falco.", METRICS_PEER "falco_" },
	[METRICS_STATE] = { "falco.", METRICS_PEER "scap_" },
	[METRICS_PROBE] = { "scap.", METRICS_PEER "scap_" },
	[METRICS_PLUGIN] = { "plugins.", METRICS_PEER "plugins_" },
	[METRICS_EVENT] = { "evt.", METRICS_PEER "evt_" },
	[METRICS_EYAS] = { "eyas.", "eyas_" },
};

void metrics_set_clear(struct metrics_set *set)
{
	eyas_arena_reset(&set->arena);
	set->count = 0;
	set->nomem = false;
}

void metrics_set_fini(struct metrics_set *set)
{
	eyas_arena_fini(&set->arena);
	free(set->rows);
	*set = (struct metrics_set){ 0 };
}

const char *metrics_set_copy(struct metrics_set *set, const char *text)
{
	const char *copy = eyas_arena_text(&set->arena, text, strlen(text));

	set->nomem |= !copy;
	return copy ? copy : "";
}

const char *metrics_set_printf(struct metrics_set *set, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	text = len < 0 ? NULL : eyas_arena_get(&set->arena, (size_t)len + 1);
	if (!text) {
		set->nomem = true;
		return "";
	}
	va_start(ap, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return text;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == ':';
}

const char *metrics_set_plain(struct metrics_set *set, const char *text)
{
	char *copy = eyas_arena_text(&set->arena, text, strlen(text)), *c;

	set->nomem |= !copy;
	for (c = copy; c && *c; c++)
		if (!is_plain(*c))
			*c = '_';
	return copy ? copy : "";
}

const char *metrics_set_word(struct metrics_set *set, const char *text)
{
	char *copy = eyas_arena_text(&set->arena, text, strlen(text)), *to = copy;

	set->nomem |= !copy;
	if (!copy)
		return "";
	for (; *text; text++)
		if (is_plain(*text) && *text != '_')
			*to++ = *text;
		else if (to == copy || to[-1] != '_')
			*to++ = '_';
	if (to > copy && to[-1] == '_')
		to--;
	*to = '\0';
	return copy;
}

static bool grow(struct metrics_set *set)
{
	size_t cap = set->cap ? 2 * set->cap : 128;
	struct metrics_row *rows = realloc(set->rows, cap * sizeof(*rows));

	if (!rows)
		return false;
	set->rows = rows;
	set->cap = cap;
	return true;
}

struct metrics_row *metrics_set_row(struct metrics_set *set, enum metrics_area area,
				    const char *name)
{
	struct metrics_row *row = &set->spare;

	if (set->count < set->cap || grow(set))
		row = &set->rows[set->count++];
	else
		set->nomem = true;
	*row = (struct metrics_row){
		.key = metrics_set_printf(set, "%s%s", areas[area].key, name),
		.family = metrics_set_printf(set, "%s%s", areas[area].family, name),
	};
	return row;
}

void metrics_set_whole(struct metrics_set *set, enum metrics_area area, const char *name,
		       enum metrics_unit unit, uint64_t value)
{
	struct metrics_row *row = metrics_set_row(set, area, name);

	row->unit = unit;
	row->value.whole = value;
}

void metrics_set_counter(struct metrics_set *set, enum metrics_area area, const char *name,
			 uint64_t value)
{
	struct metrics_row *row = metrics_set_row(set, area, name);

	row->monotonic = true;
	row->value.whole = value;
}

void metrics_set_real(struct metrics_set *set, enum metrics_area area, const char *name,
		      enum metrics_unit unit, double value)
{
	struct metrics_row *row = metrics_set_row(set, area, name);

	row->unit = unit;
	row->kind = METRICS_REAL;
	row->value.real = value;
}

void metrics_set_text(struct metrics_set *set, enum metrics_area area, const char *name,
		      const char *value)
{
	struct metrics_row *row = metrics_set_row(set, area, name);
	const struct metrics_label label = { name, value };

	row->kind = METRICS_TEXT;
	row->value.text = metrics_set_copy(set, value);
	metrics_set_labels(set, row, row->family, &label, 1);
}

/* Names of labels have no ':' either. */
static const char *label_name(struct metrics_set *set, const char *name)
{
	char *copy = eyas_arena_text(&set->arena, name, strlen(name)), *c;

	set->nomem |= !copy;
	for (c = copy; c && *c; c++)
		if (!is_plain(*c) || *c == ':')
			*c = '_';
	return copy ? copy : "";
}

static int by_name(const void *a, const void *b)
{
	const struct metrics_label *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void metrics_set_labels(struct metrics_set *set, struct metrics_row *row, const char *family,
			const struct metrics_label *labels, size_t nlabels)
{
	struct metrics_label *copies = eyas_arena_zero(&set->arena, nlabels * sizeof(*labels));
	size_t i, n = 0;

	row->family = family;
	set->nomem |= !copies;
	if (!copies)
		return;
	for (i = 0; i < nlabels; i++) {
		copies[i].name = label_name(set, labels[i].name);
		copies[i].value = metrics_set_copy(set, labels[i].value);
	}
	qsort(copies, nlabels, sizeof(*copies), by_name);
	/* Tags that differ only in what a label's name cannot have are one label. */
	for (i = 0; i < nlabels; i++)
		if (!n || strcmp(copies[n - 1].name, copies[i].name) != 0)
			copies[n++] = copies[i];
	row->labels = copies;
	row->nlabels = n;
}
