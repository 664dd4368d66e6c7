/* SPDX-License-Identifier: Apache-2.0 */
/* The groups of a top in order, as a table or as JSON lines. Called by eyas info. */
#include "print/top.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "filter/value_text.h"
#include "print/top_int.h"

enum { NUMBER_WIDTH = 12 };

/* Values as they are; what is foreign in them is made safe afterwards. */
static const struct field_opts plain = { .outputtime = 'h', .raw_text = true };

static int compare(const struct eyas_top *top, const struct top_group *a, const struct top_group *b)
{
	int by_sum = 0;

	if (top->kind == SUM_UNSIGNED)
		by_sum = (a->sum.u < b->sum.u) - (a->sum.u > b->sum.u);
	else if (top->kind == SUM_SIGNED)
		by_sum = (a->sum.s < b->sum.s) - (a->sum.s > b->sum.s);
	else if (top->kind == SUM_REAL)
		by_sum = (a->sum.real < b->sum.real) - (a->sum.real > b->sum.real);
	if (by_sum)
		return by_sum;
	return (a->events < b->events) - (a->events > b->events);
}

/* The largest first; of equal ones that which came first. */
static int group_by_size(const void *a, const void *b, void *ctx)
{
	const struct top_group *left = *(const struct top_group *const *)a;
	const struct top_group *right = *(const struct top_group *const *)b;
	int order = compare(ctx, left, right);

	return order ? order : (left > right) - (left < right);
}

/* All groups in order; NULL = no memory. To be freed. */
static const struct top_group **sorted_groups(const struct eyas_top *top)
{
	const struct top_group **sorted = malloc(((size_t)top->ngroups + 1) * sizeof(*sorted));
	union {
		const struct eyas_top *top;
		void *ctx;
	} arg = { top };
	uint32_t i;

	if (!sorted)
		return NULL;
	for (i = 0; i < top->ngroups; i++)
		sorted[i] = &top->groups[i];
	qsort_r(sorted, top->ngroups, sizeof(*sorted), group_by_size, arg.ctx);
	return sorted;
}

/* Memory to show one row after another. */
struct shown {
	struct eyas_arena arena;
	struct eyas_str raw, safe;
	size_t widths[TOP_KEYS_MAX];
};

static void fini_shown(struct shown *shown)
{
	eyas_arena_fini(&shown->arena);
	eyas_str_fini(&shown->raw);
	eyas_str_fini(&shown->safe);
}

/* The key value at p as text in shown->safe; returns what is behind it. */
static const uint8_t *make_cell(struct shown *shown, const uint8_t *p)
{
	struct eyas_value value;
	bool missing;

	shown->raw.len = shown->safe.len = 0;
	p = eyas_top_key_take(p, &shown->arena, &value, &missing);
	if (missing)
		eyas_str_puts(&shown->safe, "<NA>");
	else
		eyas_value_put_text(&shown->raw, &value, &plain);
	eyas_str_safe(&shown->safe, shown->raw.data, shown->raw.len);
	return p;
}

static void measure(const struct eyas_top *top, const struct top_group *const *groups,
		    uint32_t count, struct shown *shown)
{
	const uint8_t *p;
	unsigned k;
	uint32_t i;
	size_t width;

	for (k = 0; k < top->nkeys; k++)
		shown->widths[k] = strlen(top->keys[k].name);
	for (i = 0; i < count; i++) {
		eyas_arena_reset(&shown->arena);
		for (k = 0, p = groups[i]->key; k < top->nkeys; k++) {
			p = make_cell(shown, p);
			width = eyas_utf8_count(shown->safe.data, shown->safe.len);
			if (width > shown->widths[k])
				shown->widths[k] = width;
		}
	}
}

/* One cell of column k; the last column is not filled up. */
static void put_cell(const struct eyas_top *top, const struct shown *shown, unsigned k,
		     const char *text, size_t len, struct eyas_str *out)
{
	size_t width = eyas_utf8_count(text, len);

	eyas_str_puts(out, "  ");
	eyas_str_add(out, text, len);
	for (; k + 1 < top->nkeys && width < shown->widths[k]; width++)
		eyas_str_putc(out, ' ');
}

static void put_numbers(const struct eyas_top *top, const struct top_group *group,
			struct eyas_str *out)
{
	switch (top->kind) {
	case SUM_NONE:
		break;
	case SUM_UNSIGNED:
		eyas_str_printf(out, "%*llu ", NUMBER_WIDTH, (unsigned long long)group->sum.u);
		break;
	case SUM_SIGNED:
		eyas_str_printf(out, "%*lld ", NUMBER_WIDTH, (long long)group->sum.s);
		break;
	case SUM_REAL:
		eyas_str_printf(out, "%*.1f ", NUMBER_WIDTH, group->sum.real);
		break;
	}
	eyas_str_printf(out, "%*llu", NUMBER_WIDTH, (unsigned long long)group->events);
}

static void put_header(const struct eyas_top *top, const struct shown *shown, struct eyas_str *out)
{
	unsigned k;

	if (top->kind)
		eyas_str_printf(out, "%*s ", NUMBER_WIDTH, top->value.name);
	eyas_str_printf(out, "%*s", NUMBER_WIDTH, "events");
	for (k = 0; k < top->nkeys; k++)
		put_cell(top, shown, k, top->keys[k].name, strlen(top->keys[k].name), out);
	eyas_str_putc(out, '\n');
}

static void put_row(const struct eyas_top *top, struct shown *shown, const struct top_group *group,
		    struct eyas_str *out)
{
	const uint8_t *p = group->key;
	unsigned k;

	eyas_arena_reset(&shown->arena);
	put_numbers(top, group, out);
	for (k = 0; k < top->nkeys; k++) {
		p = make_cell(shown, p);
		put_cell(top, shown, k, shown->safe.data, shown->safe.len, out);
	}
	/* An empty value is the end of the line, not blanks. */
	while (out->data && out->data[out->len - 1] == ' ')
		out->len--;
	eyas_str_putc(out, '\n');
}

int eyas_top_text(const struct eyas_top *top, unsigned rows, struct eyas_str *out)
{
	const struct top_group **groups = sorted_groups(top);
	uint32_t count = rows < top->ngroups ? rows : top->ngroups, i;
	struct shown shown = { .raw = EYAS_STR_INIT };

	if (!groups)
		return -ENOMEM;
	measure(top, groups, count, &shown);
	put_header(top, &shown, out);
	for (i = 0; i < count; i++)
		put_row(top, &shown, groups[i], out);
	if (count < top->ngroups)
		eyas_str_printf(out, "%*s  and %u more\n", NUMBER_WIDTH, "", top->ngroups - count);
	if (top->others.events) {
		put_numbers(top, &top->others, out);
		eyas_str_puts(out, "  (others)\n");
	}
	out->nomem |= shown.raw.nomem || shown.safe.nomem;
	fini_shown(&shown);
	free(groups);
	return out->nomem ? -ENOMEM : 0;
}

static void json_numbers(const struct eyas_top *top, const struct top_group *group,
			 struct eyas_json *json)
{
	eyas_json_key(json, "events");
	eyas_json_u64(json, group->events);
	if (top->kind)
		eyas_json_key(json, "sum");
	switch (top->kind) {
	case SUM_NONE:
		break;
	case SUM_UNSIGNED:
		eyas_json_u64(json, group->sum.u);
		break;
	case SUM_SIGNED:
		eyas_json_i64(json, group->sum.s);
		break;
	case SUM_REAL:
		eyas_json_double(json, group->sum.real);
		break;
	}
}

static void json_row(const struct eyas_top *top, const struct top_group *group,
		     struct eyas_arena *arena, struct eyas_str *out)
{
	const uint8_t *p = group->key;
	struct eyas_value value;
	struct eyas_json json;
	bool missing;
	unsigned k;

	eyas_arena_reset(arena);
	eyas_json_init(&json, out);
	eyas_json_object(&json);
	for (k = 0; k < top->nkeys; k++) {
		eyas_json_key_len(&json, top->keys[k].name, strlen(top->keys[k].name));
		p = eyas_top_key_take(p, arena, &value, &missing);
		/* Without the field: it knows the value of the last event, not this one. */
		if (missing)
			eyas_json_null(&json);
		else
			eyas_value_put_json(&json, &value, NULL, &plain);
	}
	json_numbers(top, group, &json);
	eyas_json_end(&json);
	eyas_str_putc(out, '\n');
}

static void json_others(const struct eyas_top *top, struct eyas_str *out)
{
	struct eyas_json json;

	eyas_json_init(&json, out);
	eyas_json_object(&json);
	eyas_json_key(&json, "others");
	eyas_json_bool(&json, true);
	json_numbers(top, &top->others, &json);
	eyas_json_end(&json);
	eyas_str_putc(out, '\n');
}

int eyas_top_json(const struct eyas_top *top, unsigned rows, struct eyas_str *out)
{
	const struct top_group **groups = sorted_groups(top);
	uint32_t count = rows < top->ngroups ? rows : top->ngroups, i;
	struct eyas_arena arena = { 0 };

	if (!groups)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		json_row(top, groups[i], &arena, out);
	if (top->others.events)
		json_others(top, out);
	eyas_arena_fini(&arena);
	free(groups);
	return out->nomem ? -ENOMEM : 0;
}
