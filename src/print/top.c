/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting events by the values of fields. A key is made of the values themselves, not of their
 * text, so that an event costs a few copies and one look into a hash table. Called by eyas info.
 */
#include "print/top.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/err.h"
#include "base/le.h"
#include "print/top_int.h"

enum { ROWS_MIN = 256 };

/* ---- the specification ---- */

struct spec {
	const char *text, *p, *end;
	struct eyas_arena trees;
	struct eyas_err *reterr;
};

static int no_memory(struct eyas_err *reterr)
{
	return eyas_err_set(reterr, -ENOMEM, "no memory to count by fields");
}

/* What was said of the text from p on is said of the whole. */
static int fail_here(const struct spec *spec, int err)
{
	struct eyas_err *reterr = spec->reterr;
	struct ast_pos pos = { 0, 1, 1 };

	if (!reterr)
		return err;
	eyas_ast_pos_advance(&pos, spec->text, (size_t)(spec->p - spec->text));
	/* An error without a place is about what begins at p. */
	if (!reterr->line)
		reterr->line = reterr->column = 1;
	if (reterr->line == 1)
		reterr->column += pos.column - 1;
	reterr->line += pos.line - 1;
	reterr->offset += pos.offset;
	return err;
}

static int fail_new(const struct spec *spec, int code, const char *text)
{
	return fail_here(spec, eyas_err_set(spec->reterr, code, "%s", text));
}

/* One field or transformer becomes a slot. */
static int take_field(struct spec *spec, struct eyas_top *top, struct top_field *ret)
{
	struct eyas_str name = EYAS_STR_INIT;
	struct ast_operand *operand;
	size_t len;
	int err;

	err = eyas_ast_parse_operand(spec->p, (size_t)(spec->end - spec->p), &spec->trees, &operand,
				     &len, spec->reterr);
	if (!err)
		err = eyas_network_add_operand(top->network, operand, NETWORK_FORMAT, &ret->slot,
					       spec->reterr);
	if (err)
		return fail_here(spec, err);
	eyas_ast_print_operand(operand, &name);
	eyas_str_putc(&name, '\0');
	if (name.nomem)
		return no_memory(spec->reterr);
	ret->name = name.data;
	spec->p += len;
	return 0;
}

static int take_key(struct spec *spec, struct eyas_top *top)
{
	const char *start = spec->p;
	unsigned i;
	int err;

	if (top->nkeys == TOP_KEYS_MAX)
		return fail_new(spec, EYAS_E_LIMIT, "too many fields");
	err = take_field(spec, top, &top->keys[top->nkeys]);
	if (err)
		return err;
	top->nkeys++;
	for (i = 0; i + 1 < top->nkeys; i++)
		if (top->keys[i].slot == top->keys[top->nkeys - 1].slot) {
			spec->p = start;
			return fail_new(spec, EYAS_E_USAGE, "the field is there already");
		}
	return 0;
}

static int take_value(struct spec *spec, struct eyas_top *top)
{
	const char *start = spec->p;
	struct slot_info info;
	enum value_class class;
	int err = take_field(spec, top, &top->value);

	if (err)
		return err;
	eyas_network_slot(top->network, top->value.slot, &info);
	class = eyas_value_class(info.type);
	if (info.list || (class != VALUE_NUMBER && class != VALUE_REAL)) {
		spec->p = start;
		return fail_new(spec, EYAS_E_USAGE,
				"what is added up must be a field that is a number");
	}
	top->kind = class == VALUE_REAL		   ? SUM_REAL
		    : eyas_value_signed(info.type) ? SUM_SIGNED
						   : SUM_UNSIGNED;
	return 0;
}

static int take_spec(struct spec *spec, struct eyas_top *top)
{
	int err = take_key(spec, top);

	while (!err && spec->p < spec->end && *spec->p == ',') {
		spec->p++;
		err = take_key(spec, top);
	}
	if (!err && spec->p < spec->end && *spec->p == ':') {
		spec->p++;
		err = take_value(spec, top);
	}
	if (!err && spec->p < spec->end)
		err = fail_new(spec, EYAS_E_FORMAT,
			       top->kind ? "expected the end, behind what is added up"
					 : "expected ',' and another field, or ':' and a number");
	return err;
}

int eyas_top_new(const char *spec_text, struct eyas_network *network, struct eyas_top **ret_top,
		 struct eyas_err *reterr)
{
	struct spec spec = { spec_text, spec_text, spec_text + strlen(spec_text), { 0 }, reterr };
	struct eyas_top *top = calloc(1, sizeof(*top));
	int err;

	if (!top)
		return no_memory(reterr);
	top->network = network;
	top->rows = calloc(ROWS_MIN, sizeof(*top->rows));
	top->mask = ROWS_MIN - 1;
	/* Without it a seed of zero: still right, only slower under attack. */
	if (getrandom(&top->seed, sizeof(top->seed), GRND_NONBLOCK) != sizeof(top->seed))
		top->seed = 0;
	err = top->rows ? take_spec(&spec, top) : no_memory(reterr);
	eyas_arena_fini(&spec.trees);
	if (err)
		eyas_top_free(top);
	else
		*ret_top = top;
	return err;
}

void eyas_top_free(struct eyas_top *top)
{
	unsigned i;

	if (!top)
		return;
	for (i = 0; i < top->nkeys; i++)
		free(top->keys[i].name);
	free(top->value.name);
	free(top->groups);
	free(top->rows);
	eyas_str_fini(&top->key);
	eyas_arena_fini(&top->arena);
	free(top);
}

/* ---- counting ---- */

/* Both halves of the product, so that every bit of both factors counts. */
static uint64_t fold(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 wide;
	wide product = (wide)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint32_t hash_key(uint64_t seed, const uint8_t *p, size_t len)
{
	uint64_t hash = seed ^ len, tail = 0;

	for (; len >= 8; p += 8, len -= 8)
		hash = fold(hash ^ eyas_le64(p), UINT64_C(0x9e3779b97f4a7c15));
	memcpy(&tail, p, len);
	hash = fold(hash ^ tail, UINT64_C(0xd1b54a32d192ed03));
	return (uint32_t)(hash ^ hash >> 32);
}

static bool same_key(const struct top_group *group, const struct eyas_str *key)
{
	return group->key_len == key->len && !memcmp(group->key, key->data, key->len);
}

/* The place of a key: its row, or the free one where it belongs. */
static uint32_t find_row(const struct eyas_top *top, uint32_t hash)
{
	const struct top_group *group;
	uint32_t row;

	for (row = hash & top->mask; top->rows[row]; row = (row + 1) & top->mask) {
		group = &top->groups[top->rows[row] - 1];
		if (group->hash == hash && same_key(group, &top->key))
			break;
	}
	return row;
}

static bool grow_rows(struct eyas_top *top)
{
	uint32_t mask = 2 * top->mask + 1, *rows = calloc((size_t)mask + 1, sizeof(*rows)), i, row;

	if (!rows)
		return false;
	for (i = 0; i < top->ngroups; i++) {
		for (row = top->groups[i].hash & mask; rows[row]; row = (row + 1) & mask)
			;
		rows[row] = i + 1;
	}
	free(top->rows);
	top->rows = rows;
	top->mask = mask;
	return true;
}

static bool grow_groups(struct eyas_top *top)
{
	uint32_t cap = top->cap ? 2 * top->cap : ROWS_MIN / 2;
	struct top_group *groups = realloc(top->groups, cap * sizeof(*groups));

	if (!groups)
		return false;
	top->groups = groups;
	top->cap = cap;
	return true;
}

/* A group of its own for the current key; NULL = no memory. */
static struct top_group *add_group(struct eyas_top *top, uint32_t hash)
{
	struct top_group *group;
	void *key;

	if (top->ngroups == top->cap && !grow_groups(top))
		return NULL;
	if (top->ngroups > top->mask / 2 && !grow_rows(top))
		return NULL;
	key = eyas_arena_get(&top->arena, top->key.len);
	if (!key)
		return NULL;
	memcpy(key, top->key.data, top->key.len);
	top->key_bytes += top->key.len;
	top->rows[find_row(top, hash)] = top->ngroups + 1;
	group = &top->groups[top->ngroups++];
	*group = (struct top_group){ .key = key, .key_len = (uint32_t)top->key.len, .hash = hash };
	return group;
}

static struct top_group *find_group(struct eyas_top *top)
{
	uint32_t hash, row;

	if (top->last < top->ngroups && same_key(&top->groups[top->last], &top->key))
		return &top->groups[top->last];
	hash = hash_key(top->seed, (const uint8_t *)top->key.data, top->key.len);
	row = find_row(top, hash);
	if (top->rows[row]) {
		top->last = top->rows[row] - 1;
		return &top->groups[top->last];
	}
	if (top->ngroups == TOP_GROUPS_MAX || top->key.len > TOP_KEY_BYTES_MAX - top->key_bytes)
		return &top->others;
	top->last = top->ngroups;
	return add_group(top, hash);
}

/* Sums stop at the ends of their type. */
static void add_value(enum top_sum_kind kind, union top_sum *sum, const struct eyas_value *value)
{
	switch (kind) {
	case SUM_NONE:
		break;
	case SUM_UNSIGNED:
		if (__builtin_add_overflow(sum->u, value->u.num, &sum->u))
			sum->u = UINT64_MAX;
		break;
	case SUM_SIGNED:
		if (__builtin_add_overflow(sum->s, (int64_t)value->u.num, &sum->s))
			sum->s = (int64_t)value->u.num < 0 ? INT64_MIN : INT64_MAX;
		break;
	case SUM_REAL:
		if (isfinite(value->u.real))
			sum->real += value->u.real;
		break;
	}
}

/*
 * Is it a number of the kind that is added up? evt.rawarg yields what each event has by that name,
 * which is not of one type everywhere.
 */
static bool is_summand(enum top_sum_kind kind, const struct eyas_value *value)
{
	return eyas_value_class(value->type) == (kind == SUM_REAL ? VALUE_REAL : VALUE_NUMBER);
}

int eyas_top_event(struct eyas_top *top)
{
	const struct eyas_value *value;
	struct top_group *group;
	unsigned i;

	top->key.len = 0;
	for (i = 0; i < top->nkeys; i++)
		eyas_top_key_put(&top->key, eyas_network_value(top->network, top->keys[i].slot));
	group = top->key.nomem ? NULL : find_group(top);
	if (!group)
		return -ENOMEM;
	group->events++;
	if (top->kind) {
		value = eyas_network_value(top->network, top->value.slot);
		if (value && is_summand(top->kind, value))
			add_value(top->kind, &group->sum, value);
	}
	return 0;
}
