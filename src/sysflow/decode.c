/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a program over the bytes of a datum. On the way of every record: no allocation but for
 * arrays, no copy but of texts by one byte. Lengths and numbers are compared with the bytes that
 * are left before anything is done with them, so that work and memory are bounded by the input.
 */
#include "sysflow/decode.h"

#include <errno.h>
#include <string.h>

#include "base/hint.h"
#include "base/le.h"

enum {
	MAX_DEPTH = 64,	     /* of what is skipped */
	MAX_KEPT = 64 << 20, /* bytes of the arrays of a record */
	VARINT_BYTES = 10,   /* of 64 bits */
	SUBSTITUTE = 0x1a    /* for a NUL in a text */
};

static const char empty[] = "";

EYAS_COLD static int fail(struct sf_decoder *d, const char *why)
{
	d->why = why;
	return EYAS_E_FORMAT;
}

static inline size_t left(const struct sf_decoder *d)
{
	return (size_t)(d->end - d->at);
}

/* ---- scalars ---- */

static int64_t unzigzag(uint64_t bits)
{
	return (int64_t)(bits >> 1) ^ -(int64_t)(bits & 1);
}

/* Byte by byte, near the end. */
EYAS_COLD static int last_number(struct sf_decoder *d, int64_t *ret)
{
	uint64_t bits = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		if (d->at == d->end)
			return fail(d, "a number is cut off");
		byte = *d->at++;
		if (shift == 63 && byte > 1)
			return fail(d, "a number has more than 64 bits");
		bits |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	*ret = unzigzag(bits);
	return 0;
}

/*
 * Eight bytes at a time: those behind the last one are cut off, then the sevens of bits are pushed
 * together, two, four and eight of them. Twice as fast as a loop, and times have nine bytes. There
 * are ten bytes from at on. Returns the place behind it; NULL = it has more than 64 bits.
 */
static inline uint8_t *long_number(uint8_t *at, int64_t *ret)
{
	uint64_t bits = eyas_le64(at), last = ~bits & UINT64_C(0x8080808080808080);

	bits &= (last ^ (last - 1)) & UINT64_C(0x7f7f7f7f7f7f7f7f);
	bits = (bits & UINT64_C(0x007f007f007f007f)) | (bits & UINT64_C(0x7f007f007f007f00)) >> 1;
	bits = (bits & UINT64_C(0x00003fff00003fff)) | (bits & UINT64_C(0x3fff00003fff0000)) >> 2;
	bits = (bits & UINT64_C(0x000000000fffffff)) | (bits & UINT64_C(0x0fffffff00000000)) >> 4;
	if (last) {
		*ret = unzigzag(bits);
		return at + ((unsigned)__builtin_ctzll(last) >> 3) + 1;
	}
	bits |= (uint64_t)(at[8] & 0x7f) << 56;
	if (at[8] & 0x80) {
		if (at[9] > 1)
			return NULL;
		bits |= (uint64_t)at[9] << 63;
	}
	*ret = unzigzag(bits);
	return at + 9 + (at[8] >> 7);
}

/* Zig-zag, seven bits a byte. Most numbers are of one byte. */
static inline uint8_t *quick_number(uint8_t *at, int64_t *ret)
{
	if (*at & 0x80)
		return long_number(at, ret);
	*ret = unzigzag(*at);
	return at + 1;
}

static inline int number(struct sf_decoder *d, int64_t *ret)
{
	uint8_t *at;

	if (left(d) < VARINT_BYTES)
		return last_number(d, ret);
	at = quick_number(d->at, ret);
	if (!at)
		return fail(d, "a number has more than 64 bits");
	d->at = at;
	return 0;
}

static inline int int_number(struct sf_decoder *d, int32_t *ret)
{
	int64_t value;
	int res = number(d, &value);

	if (res)
		return res;
	if (value != (int32_t)value)
		return fail(d, "a number has more than 32 bits");
	*ret = (int32_t)value;
	return 0;
}

/*
 * Rows of numbers. As long as there is room for all of them, the place is in a register: through
 * memory, each number would wait for the one before.
 */
static inline int longs(struct sf_decoder *d, const struct sf_step *step, int64_t *to)
{
	uint8_t *at = d->at, *next;
	uint32_t i = 0;
	int res = 0;

	if (left(d) >= (size_t)step->count * VARINT_BYTES)
		for (; i < step->count && (next = quick_number(at, &to[i])); i++)
			at = next;
	d->at = at;
	/* Near the end, and for the words about one that is wrong. */
	for (; i < step->count; i++) {
		res = number(d, &to[i]);
		if (res)
			break;
	}
	d->nth = i;
	return res;
}

static inline int ints(struct sf_decoder *d, const struct sf_step *step, int32_t *to)
{
	uint32_t i;
	int res = 0;

	for (i = 0; i < step->count; i++) {
		res = int_number(d, &to[i]);
		if (res)
			break;
	}
	d->nth = i;
	return res;
}

static inline int boolean(struct sf_decoder *d, bool *ret)
{
	if (d->at == d->end)
		return fail(d, "a boolean is cut off");
	if (*d->at > 1)
		return fail(d, "a boolean is neither 0 nor 1");
	*ret = *d->at++;
	return 0;
}

/* A length, of bytes that are there. */
static inline int length(struct sf_decoder *d, size_t *ret)
{
	int64_t len;
	int res = number(d, &len);

	if (res)
		return res;
	if (len < 0)
		return fail(d, "a length is negative");
	if ((uint64_t)len > left(d))
		return fail(d, "a length goes beyond the end");
	*ret = (size_t)len;
	return 0;
}

EYAS_COLD static void replace_nuls(struct sf_decoder *d, char *text, size_t len)
{
	char *end = text + len;

	for (; (text = memchr(text, '\0', (size_t)(end - text))); text++) {
		*text = SUBSTITUTE;
		d->nuls++;
	}
}

/* The text moves by a byte, over the end of its length, which has been read. */
static inline int text(struct sf_decoder *d, const char **ret)
{
	char *to;
	size_t len = 0;
	int res = length(d, &len);

	if (res)
		return res;
	if (!len) {
		*ret = empty;
		return 0;
	}
	to = (char *)d->at - 1;
	memmove(to, d->at, len);
	to[len] = '\0';
	if (memchr(to, '\0', len))
		replace_nuls(d, to, len);
	d->at += len;
	*ret = to;
	return 0;
}

/* A number beyond those of the writer is kept: LibSysFlow writes such types of containers. */
static int enumeration(struct sf_decoder *d, const struct sf_step *step, int32_t *ret)
{
	int32_t index = 0;
	int res = int_number(d, &index);

	if (res)
		return res;
	if (index < 0)
		return fail(d, "the number of a symbol is negative");
	*ret = (uint32_t)index < step->count ? step->u.numbers[index] : index;
	return 0;
}

/* ---- skipping ---- */

static int skip(struct sf_decoder *d, const struct sf_type *type);

static int skip_bytes(struct sf_decoder *d, size_t len)
{
	if (len > left(d))
		return fail(d, "a value is cut off");
	d->at += len;
	return 0;
}

/*
 * How many items the next block of an array or map has, 0 at its end. *ret_size: how many bytes
 * they take, if the writer says so, else SIZE_MAX.
 */
static int items_block(struct sf_decoder *d, uint64_t *ret_count, size_t *ret_size)
{
	int64_t count;
	int res = number(d, &count);

	if (res)
		return res;
	*ret_size = SIZE_MAX;
	if (count < 0) {
		res = length(d, ret_size);
		if (res)
			return res;
		if (count == INT64_MIN)
			return fail(d, "a number of items makes no sense");
		count = -count;
	}
	*ret_count = (uint64_t)count;
	return 0;
}

static int skip_items(struct sf_decoder *d, const struct sf_type *type)
{
	bool map = type->kind == SF_T_MAP;
	uint64_t count = 0;
	size_t size = 0, len = 0;
	int res;

	for (;;) {
		res = items_block(d, &count, &size);
		if (res || !count)
			return res;
		if (size != SIZE_MAX) {
			d->at += size; /* length() has compared it with what is left */
			continue;
		}
		if (!map && type->items->empty)
			continue;
		if (count > left(d))
			return fail(d, "there are more items than bytes");
		for (; count; count--) {
			res = map ? length(d, &len) : 0;
			if (!res && map)
				d->at += len;
			if (!res)
				res = skip(d, type->items);
			if (res)
				return res;
		}
	}
}

static int skip_record(struct sf_decoder *d, const struct sf_type *type)
{
	uint32_t i;
	int res = 0;

	for (i = 0; !res && i < type->count; i++)
		res = skip(d, type->fields[i].type);
	return res;
}

static int branch_of(struct sf_decoder *d, uint32_t count, uint32_t *ret)
{
	int64_t index;
	int res = number(d, &index);

	if (res)
		return res;
	if (index < 0 || index >= count)
		return fail(d, "a union has no such branch");
	*ret = (uint32_t)index;
	return 0;
}

static int skip_value(struct sf_decoder *d, const struct sf_type *type)
{
	int64_t value;
	uint32_t branch = 0;
	size_t len = 0;
	int res;

	switch ((enum sf_type_kind)type->kind) {
	case SF_T_NULL:
		return 0;
	case SF_T_BOOLEAN:
		return skip_bytes(d, 1);
	case SF_T_INT:
	case SF_T_LONG:
	case SF_T_ENUM:
		return number(d, &value);
	case SF_T_FLOAT:
		return skip_bytes(d, 4);
	case SF_T_DOUBLE:
		return skip_bytes(d, 8);
	case SF_T_FIXED:
		return skip_bytes(d, type->size);
	case SF_T_BYTES:
	case SF_T_STRING:
		res = length(d, &len);
		return res ? res : skip_bytes(d, len);
	case SF_T_RECORD:
		return skip_record(d, type);
	case SF_T_ARRAY:
	case SF_T_MAP:
		return skip_items(d, type);
	case SF_T_UNION:
		res = branch_of(d, type->count, &branch);
		return res ? res : skip(d, type->branches[branch]);
	}
	return fail(d, "a type makes no sense");
}

static int skip(struct sf_decoder *d, const struct sf_type *type)
{
	int res;

	if (d->depth == MAX_DEPTH) {
		d->why = "values are nested too deeply";
		return EYAS_E_LIMIT;
	}
	d->depth++;
	res = skip_value(d, type);
	d->depth--;
	return res;
}

/* ---- arrays that are kept ---- */

static int run(struct sf_decoder *d, const struct sf_plan *plan, void *to);

/* One item of each kind. */
static int item(struct sf_decoder *d, const struct sf_step *step, void *to)
{
	struct sysflow_label *label;
	int res;

	switch ((enum sf_step_code)step->code) {
	case SF_STEP_TEXTS:
		return text(d, to);
	case SF_STEP_NUMBERS:
		return number(d, to);
	case SF_STEP_LABELS:
		label = to;
		res = text(d, &label->key);
		return res ? res : text(d, &label->value);
	default:
		memcpy(to, step->u.plan->blank, step->u.plan->layout->size);
		return run(d, step->u.plan, to);
	}
}

static size_t item_size(const struct sf_step *step)
{
	switch ((enum sf_step_code)step->code) {
	case SF_STEP_TEXTS:
		return sizeof(char *);
	case SF_STEP_NUMBERS:
		return sizeof(int64_t);
	case SF_STEP_LABELS:
		return sizeof(struct sysflow_label);
	default:
		return step->u.plan->layout->size;
	}
}

struct items {
	char *data;
	size_t count, cap;
};

static int room(struct sf_decoder *d, struct items *items, uint64_t more, size_t size)
{
	size_t cap = items->cap ? 2 * items->cap : 4;
	char *data;

	if (more > left(d))
		return fail(d, "there are more items than bytes");
	if (items->count + more <= items->cap)
		return 0;
	if (cap < items->count + more)
		cap = items->count + more;
	if (cap > (MAX_KEPT - d->kept_bytes) / size) {
		d->why = "the arrays of a record take more than 64 MiB";
		return EYAS_E_LIMIT;
	}
	d->kept_bytes += cap * size;
	data = eyas_arena_get(d->arena, cap * size);
	if (!data) {
		d->why = "no memory";
		return -ENOMEM;
	}
	if (items->count)
		memcpy(data, items->data, items->count * size);
	items->data = data;
	items->cap = cap;
	return 0;
}

static int array(struct sf_decoder *d, const struct sf_step *step, struct items *items)
{
	size_t size = item_size(step), unused;
	uint64_t count = 0;
	int res;

	for (;;) {
		res = items_block(d, &count, &unused);
		if (res || !count)
			return res;
		res = room(d, items, count, size);
		for (; !res && count; count--, items->count++)
			res = item(d, step, items->data + items->count * size);
		if (res)
			return res;
	}
}

static int array_step(struct sf_decoder *d, const struct sf_step *step, char *to)
{
	struct items items = { NULL, 0, 0 };
	int res = array(d, step, &items);

	if (res)
		return res;
	memcpy(to + step->offset, &items.data, sizeof(items.data));
	if (step->code == SF_STEP_TEXTS)
		((struct sysflow_strings *)(to + step->offset))->count = items.count;
	else if (step->code == SF_STEP_NUMBERS)
		((struct sysflow_numbers *)(to + step->offset))->count = items.count;
	else
		memcpy(to + step->extra, &items.count, sizeof(items.count));
	return 0;
}

/* ---- programs ---- */

static inline int take(struct sf_decoder *d, const struct sf_step *step, char *to)
{
	void *at = to + step->offset;
	uint32_t branch = 0;
	int res;

	switch ((enum sf_step_code)step->code) {
	case SF_STEP_LONG:
		return longs(d, step, at);
	case SF_STEP_INT:
		return ints(d, step, at);
	case SF_STEP_TEXT:
		return text(d, at);
	case SF_STEP_BOOL:
		return boolean(d, at);
	case SF_STEP_ENUM:
		return enumeration(d, step, at);
	case SF_STEP_FIXED:
		if (left(d) < step->size)
			return fail(d, "bytes of a fixed size are cut off");
		/* Nearly all are of files; a size that is known saves a call. */
		if (step->size == sizeof(struct sysflow_foid))
			memcpy(at, d->at, sizeof(struct sysflow_foid));
		else
			memcpy(at, d->at, step->size);
		d->at += step->size;
		if (step->flagged)
			*(bool *)(to + step->extra) = true;
		return 0;
	case SF_STEP_RECORD:
		if (step->flagged)
			*(bool *)(to + step->extra) = true;
		return run(d, step->u.plan, at);
	case SF_STEP_UNION:
		res = branch_of(d, step->count, &branch);
		return res ? res : take(d, &step->u.branches[branch], to);
	case SF_STEP_SKIP:
		return skip(d, step->type);
	case SF_STEP_NOTHING:
		return 0;
	case SF_STEP_TEXTS:
	case SF_STEP_NUMBERS:
	case SF_STEP_LABELS:
	case SF_STEP_RECORDS:
		return array_step(d, step, to);
	case SF_STEP_MISFIT:
		break;
	}
	return fail(d, "a value is of a type that the field cannot be");
}

/* The fields that the file has; the others are blank already. */
static int run(struct sf_decoder *d, const struct sf_plan *plan, void *to)
{
	const struct sf_step *step = plan->steps, *end = step + plan->count;
	int res;

	for (; step < end; step++) {
		res = take(d, step, to);
		if (res) {
			/* The innermost one says most. */
			if (!d->field) {
				bool row = step->code == SF_STEP_LONG || step->code == SF_STEP_INT;

				d->record = plan->layout->name;
				d->field = step->names[row ? d->nth : 0];
			}
			return res;
		}
	}
	return 0;
}

static int skip_fields(struct sf_decoder *d, const struct sf_type_field *fields, uint32_t count)
{
	uint32_t i;
	int res = 0;

	for (i = 0; !res && i < count; i++)
		res = skip(d, fields[i].type);
	return res;
}

int sf_decode(struct sf_decoder *d, const struct sf_program *program,
	      struct sysflow_record *ret_record)
{
	const struct sf_branch *branch;
	uint32_t index = 0;
	int res;

	d->kept_bytes = 0;
	d->record = d->field = d->why = NULL;
	res = skip_fields(d, program->before, program->nbefore);
	if (!res)
		res = branch_of(d, program->nbranches, &index);
	if (res)
		return res;
	branch = &program->branches[index];
	if (branch->plan) {
		ret_record->type = branch->type;
		memcpy(&ret_record->u, branch->plan->blank, branch->plan->layout->size);
		res = run(d, branch->plan, &ret_record->u);
	} else {
		d->record = branch->writer->name;
		res = skip(d, branch->writer);
	}
	if (!res)
		res = skip_fields(d, program->after, program->nafter);
	return res ? res : branch->plan != NULL;
}
