/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Old events become current ones: the rules of convert.def, run until an event is current.
 * Called by file.c for every event; an event of today passes at the cost of one test.
 */
#include "capture/convert.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/hint.h"
#include "base/json.h"
#include "base/map.h"
#include "schema/event.h"
#include "schema/ids.h"

enum action { ADD_PARAMS, CHANGE_TYPE, STORE, STORE_AND_PASS, PASS };

enum op { OP_OLD, OP_ENTER, OP_ENTERE, OP_EMPTY, OP_DEFAULT, OP_CJSON };

struct instruction {
	uint8_t op, arg;
};

struct rule {
	uint8_t action;
	uint8_t count;	/* instructions */
	uint8_t enters; /* of them that look at the stored enter event */
	bool empty;	/* all of them make missing parameters */
	uint16_t new_type;
	const struct instruction *instructions;
};

/* An empty row closes each array, so that rules without instructions have one, too. */
/* clang-format off */
#define OLD(i)    { OP_OLD, i },
#define ENTER(i)  { OP_ENTER, i },
#define ENTERE(i) { OP_ENTERE, i },
#define EMPTY     { OP_EMPTY, 0 },
#define DEFAULT   { OP_DEFAULT, 0 },
#define CJSON     { OP_CJSON, 0 },
#define NOINS
/* clang-format on */
#define CV(id, constant, nparams, action, new_type, instructions) \
	static const struct instruction rule_##id##_##nparams[] = { instructions{ OP_EMPTY, 0 } };
#include "capture/convert.def"
#undef CV
#undef OLD
#undef ENTER
#undef ENTERE
#undef EMPTY
#undef DEFAULT
#undef CJSON
#undef NOINS

/*
 * The same lists, read as sums: how many instructions look at the enter event, and, times 256,
 * how many make a missing parameter.
 */
/* clang-format off */
#define OLD(i)    + 0
#define ENTER(i)  + 1
#define ENTERE(i) + 1
#define EMPTY     + 256
#define DEFAULT   + 0
#define CJSON     + 0
#define NOINS     + 0
/* clang-format on */
enum {
#define CV(id, constant, nparams, action, new_type, instructions) \
	FACTS_##id##_##nparams = 0 instructions,
#include "capture/convert.def"
#undef CV
};
#undef OLD
#undef ENTER
#undef ENTERE
#undef EMPTY
#undef DEFAULT
#undef CJSON
#undef NOINS

enum rule_index {
	RULE_NONE,
#define CV(id, constant, nparams, action, new_type, instructions) RULE_##id##_##nparams,
#include "capture/convert.def"
#undef CV
	RULE_COUNT
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define IS_EMPTY(count, facts) ((count) && (facts) >> 8 == (count))

/* clang-format off */
static const struct rule rules[] = {
#define CV(id, constant, nparams, action, new_type, instructions)                   \
	[RULE_##id##_##nparams] = {                                                 \
		action, COUNT(rule_##id##_##nparams) - 1,                           \
		FACTS_##id##_##nparams & 0xff,                                      \
		IS_EMPTY(COUNT(rule_##id##_##nparams) - 1, FACTS_##id##_##nparams), \
		EYAS_EV_##new_type, rule_##id##_##nparams },
#include "capture/convert.def"
#undef CV
};
/* clang-format on */

/* Which rule an event of a type with so many parameters falls under; 0 = none. */
static const uint8_t rule_of[EYAS_EVENT_TYPES][EYAS_PARAMS_MAX + 1] = {
#define CV(id, constant, nparams, action, new_type, instructions) \
	[id][nparams] = RULE_##id##_##nparams,
#include "capture/convert.def"
#undef CV
};
_Static_assert(RULE_COUNT <= UINT8_MAX + 1, "rule_of needs a wider type");

int converter_enter_param(unsigned type, unsigned current, unsigned enter_index)
{
	const struct instruction *ins;
	const struct rule *rule;
	unsigned nparams, i, first;

	for (nparams = 0; nparams <= EYAS_PARAMS_MAX; nparams++) {
		rule = &rules[rule_of[type][nparams]];
		if (!rule->enters || rule->new_type != current)
			continue;
		first = rule->action == ADD_PARAMS ? nparams : 0;
		for (i = 0, ins = rule->instructions; i < rule->count; i++, ins++)
			if ((ins->op == OP_ENTER || ins->op == OP_ENTERE) &&
			    ins->arg == enter_index)
				return (int)(first + i);
	}
	return -1;
}

/* ---- copies ---- */

/*
 * memcpy() for parts of an event, of which most have less than 64 bytes: a call costs more than
 * these few moves. The last of them overlaps the one before.
 */
enum { COPY_BLOCK = CONVERT_SLACK, COPY_LONG = 16 * COPY_BLOCK };

/* COPY_BLOCK bytes or more. */
static inline void copy_large(uint8_t *to, const uint8_t *from, size_t len)
{
	size_t at;

	if (len > COPY_LONG) {
		memcpy(to, from, len);
		return;
	}
	for (at = 0; at + COPY_BLOCK < len; at += COPY_BLOCK)
		memcpy(to + at, from + at, COPY_BLOCK);
	memcpy(to + len - COPY_BLOCK, from + len - COPY_BLOCK, COPY_BLOCK);
}

static inline void copy_small(uint8_t *to, const uint8_t *from, size_t len)
{
	size_t at;

	if (len >= 8) {
		memcpy(to, from, 8);
		memcpy(to + len - 8, from + len - 8, 8);
	} else if (len >= 4) {
		memcpy(to, from, 4);
		memcpy(to + len - 4, from + len - 4, 4);
	} else {
		for (at = 0; at < len; at++)
			to[at] = from[at];
	}
}

/* ---- the enter events that wait ---- */

enum { SLOTS_MIN = 256 };

/*
 * Is every event of the type dropped? Reserved types, and enter events of old versions that have
 * no meaning today.
 */
static bool is_dropped(const struct eyas_event_info *info, unsigned type)
{
	const unsigned versions = EYAS_EF_OLD_VERSION | EYAS_EF_CONVERTER_MANAGED;

	return info->flags & EYAS_EF_UNUSED ||
	       (!(type & 1) && (info->flags & versions) == EYAS_EF_OLD_VERSION);
}

/* The number of parameters with which an event of the type is current; UINT32_MAX = never. */
static uint32_t current_from(const struct eyas_event_info *info, unsigned type)
{
	if (info->flags & (EYAS_EF_UNUSED | EYAS_EF_OLD_VERSION))
		return UINT32_MAX;
	if (!(info->flags & EYAS_EF_CONVERTER_MANAGED))
		return 0;
	/* More than the type has: a newer writer appended some; those here are current. */
	return type & 1 ? info->nparams : UINT32_MAX;
}

/* Versions that each appended parameters which an old event lacks make one step. */
static unsigned missing_in_row(const struct converter *conv, unsigned type, unsigned nparams)
{
	const struct rule *rule = &rules[rule_of[type][nparams]];
	unsigned count = 0;

	for (; rule->empty && rule->action == ADD_PARAMS &&
	       nparams + count < conv->current_from[type];
	     rule = &rules[rule_of[type][nparams + count]])
		count += rule->count;
	return count;
}

/* Is a value of the one type a value of the other without a change? It was checked already. */
static bool is_same_form(const struct eyas_param_info *from, const struct eyas_param_info *to)
{
	unsigned size = eyas_type_size(to);

	return (!size || size == eyas_type_size(from)) &&
	       (from->type == EYAS_PT_DYN) == (to->type == EYAS_PT_DYN);
}

static bool keeps_old(const struct rule *rule, unsigned type, unsigned nparams)
{
	const struct eyas_param_info *from = eyas_event_info(type)->params;
	const struct eyas_param_info *to = eyas_event_info(rule->new_type)->params;
	unsigned i;

	for (i = 0; i < nparams; i++)
		if (i == rule->count || rule->instructions[i].op != OP_OLD ||
		    rule->instructions[i].arg != i || !is_same_form(&from[i], &to[i]))
			return false;
	return true;
}

/* How many instructions from ins on take one parameter of the enter event after the other. */
static unsigned enters_in_row(const struct instruction *ins, unsigned count, unsigned type,
			      const struct eyas_param_info *to)
{
	const struct eyas_event_info *enter = type & 1 ? eyas_event_info(type - 1) : NULL;
	unsigned i;

	if (!enter || eyas_len_size(enter) != 2)
		return 0;
	for (i = 0; i < count && (ins[i].op == OP_ENTER || ins[i].op == OP_ENTERE); i++)
		if (ins[i].arg != ins[0].arg + i || ins[i].arg >= enter->nparams ||
		    !is_same_form(&enter->params[ins[i].arg], &to[i]))
			break;
	return i;
}

/*
 * Does a rule do no more than keep the parameters, append some of the enter event in a row, and
 * then missing ones?
 */
static bool settle_append(const struct rule *rule, unsigned type, unsigned nparams,
			  struct quick *quick)
{
	const struct instruction *ins = rule->instructions, *end = ins + rule->count;

	if (rule->action == CHANGE_TYPE) {
		if (!keeps_old(rule, type, nparams))
			return false;
		ins += nparams;
	} else if (rule->action != ADD_PARAMS) {
		return false;
	}
	quick->type = rule->new_type;
	quick->first = ins < end ? ins->arg : 0;
	quick->enters = (uint8_t)enters_in_row(ins, (unsigned)(end - ins), type,
					       eyas_event_info(rule->new_type)->params + nparams);
	for (ins += quick->enters; ins < end && ins->op == OP_EMPTY; ins++)
		quick->missing++;
	return ins == end;
}

/* Does an event of a type with so many parameters pass as it is? */
static bool is_current(const struct converter *conv, unsigned type, unsigned nparams)
{
	return nparams >= conv->current_from[type] || rules[rule_of[type][nparams]].action == PASS;
}

static struct quick settle_rule(const struct converter *conv, unsigned type, unsigned nparams)
{
	const struct rule *rule = &rules[rule_of[type][nparams]];
	struct quick quick = { .action = QUICK_NONE };
	unsigned total;

	if (is_dropped(eyas_event_info(type), type) || eyas_len_size(eyas_event_info(type)) != 2 ||
	    eyas_len_size(eyas_event_info(rule->new_type)) != 2)
		return quick;
	if (rule->action == STORE) {
		quick.action = QUICK_STORE;
	} else if (settle_append(rule, type, nparams, &quick)) {
		total = nparams + quick.enters + quick.missing;
		quick.missing += (uint8_t)missing_in_row(conv, quick.type, total);
		total = nparams + quick.enters + quick.missing;
		if (is_current(conv, quick.type, total))
			quick.action = QUICK_APPEND;
	}
	return quick;
}

/* What is the same for all events of a type or rule is asked once. */
static void settle(struct converter *conv)
{
	unsigned type, nparams, index;

	for (type = 0; type < EYAS_EVENT_TYPES; type++)
		conv->current_from[type] = current_from(eyas_event_info(type), type);
	for (type = 0; type < EYAS_EVENT_TYPES; type++)
		for (nparams = 0; nparams <= EYAS_PARAMS_MAX; nparams++) {
			index = rule_of[type][nparams];
			if (index != RULE_NONE)
				conv->quick[index] = settle_rule(conv, type, nparams);
		}
}

void converter_init(struct converter *conv, uint64_t max_stored_bytes,
		    struct eyas_enter_watch *watch, struct eyas_source_stats *stats)
{
	memset(conv, 0, sizeof(*conv));
	settle(conv);
	conv->max_stored_bytes = max_stored_bytes;
	conv->watch = watch;
	conv->stats = stats;
}

void converter_reset(struct converter *conv)
{
	uint32_t i;

	for (i = 0; conv->slots && i <= conv->mask; i++)
		free(conv->slots[i].bytes);
	free(conv->slots);
	conv->slots = conv->last = NULL;
	conv->mask = conv->used = conv->hand = 0;
	conv->stored_bytes = 0;
}

void converter_fini(struct converter *conv)
{
	converter_reset(conv);
	eyas_str_fini(&conv->scratch[0]);
	eyas_str_fini(&conv->scratch[1]);
}

/* The slot of a thread, or the one it would take; a slot without bytes was never used. */
static struct enter_slot *slot_probe(struct enter_slot *slots, uint32_t mask, uint64_t tid)
{
	uint32_t i = eyas_hash64(tid) & mask;

	while (slots[i].bytes && slots[i].tid != tid)
		i = (i + 1) & mask;
	return &slots[i];
}

/* The enter event of a thread, NULL if none is stored. Most exits follow their enter at once. */
static struct enter_slot *slot_find(struct converter *conv, uint64_t tid)
{
	struct enter_slot *slot = conv->last;

	if (!slot)
		return NULL;
	if (slot->tid != tid)
		slot = slot_probe(conv->slots, conv->mask, tid);
	return slot->len ? slot : NULL;
}

/* A new table without the slots that are free, twice as large when it still would be full. */
static int slots_rebuild(struct converter *conv)
{
	struct enter_slot *slots, *to;
	uint32_t live = 0, mask, i;

	for (i = 0; conv->slots && i <= conv->mask; i++)
		live += conv->slots[i].len != 0;
	mask = SLOTS_MIN - 1;
	while ((uint64_t)live * 4 > mask)
		mask = mask * 2 + 1;
	slots = calloc((size_t)mask + 1, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (i = 0; conv->slots && i <= conv->mask; i++) {
		if (conv->slots[i].len) {
			to = slot_probe(slots, mask, conv->slots[i].tid);
			*to = conv->slots[i];
		} else {
			conv->stored_bytes -= conv->slots[i].cap;
			free(conv->slots[i].bytes);
		}
	}
	free(conv->slots);
	conv->slots = slots;
	conv->last = NULL;
	conv->mask = mask;
	conv->used = live;
	conv->hand = 0;
	return 0;
}

/* One byte stays, it marks the slot as used: probing must not stop here. */
static void slot_shrink(struct converter *conv, struct enter_slot *slot)
{
	uint8_t *bytes = realloc(slot->bytes, 1);

	slot->bytes = bytes ? bytes : slot->bytes;
	conv->stored_bytes -= slot->cap;
	slot->cap = 0;
	slot->len = 0;
}

/*
 * An event was taken. Its memory waits for the thread's next one, as long as there is plenty:
 * what is free must not push out what is stored.
 */
static void slot_free(struct converter *conv, struct enter_slot *slot)
{
	slot->len = 0;
	if (conv->stored_bytes > conv->max_stored_bytes / 8)
		slot_shrink(conv, slot);
}

/*
 * Give up stored events, one slot after another, until size more bytes fit the limit. A
 * hostile capture has an enter event for every thread id there is; an honest one has as many
 * as there are threads inside a system call.
 */
static void slots_evict(struct converter *conv, const struct enter_slot *keep, uint64_t size)
{
	struct enter_slot *slot;
	uint32_t steps;

	for (steps = 0; steps <= conv->mask && conv->stored_bytes + size > conv->max_stored_bytes;
	     steps++) {
		slot = &conv->slots[conv->hand];
		conv->hand = (conv->hand + 1) & conv->mask;
		if (slot == keep || !slot->cap)
			continue;
		if (slot->len)
			conv->stats->enters_evicted++;
		slot_shrink(conv, slot);
	}
}

/*
 * A slot of the event's thread with room for the event. 1, 0 when there is no room for it
 * (counted), or -ENOMEM with words.
 */
static EYAS_COLD int slot_make(struct converter *conv, const struct eyas_event *event,
			       struct enter_slot **ret_slot, struct eyas_err *reterr)
{
	uint32_t cap = (event->len + CONVERT_SLACK + 63) & ~63U;
	struct enter_slot *slot;
	uint8_t *bytes;

	if (!conv->slots || conv->used * 2 > conv->mask)
		if (slots_rebuild(conv))
			return eyas_err_set(reterr, -ENOMEM, "no memory for enter events");
	slot = slot_probe(conv->slots, conv->mask, event->tid);
	if (!slot->bytes || slot->cap < event->len + CONVERT_SLACK) {
		/* What never fits must not move the others out. */
		if (cap <= conv->max_stored_bytes)
			slots_evict(conv, slot, cap - slot->cap);
		if (conv->stored_bytes + cap - slot->cap > conv->max_stored_bytes) {
			conv->stats->enters_evicted++;
			slot->len = 0;
			return 0;
		}
		bytes = realloc(slot->bytes, cap);
		if (!bytes)
			return eyas_err_set(reterr, -ENOMEM, "no memory for an event of %u bytes",
					    event->len);
		conv->used += !slot->bytes;
		conv->stored_bytes += cap - slot->cap;
		slot->bytes = bytes;
		slot->cap = cap;
		slot->tid = event->tid;
	}
	conv->last = slot;
	*ret_slot = slot;
	return 1;
}

static inline int slot_store(struct converter *conv, const struct eyas_event *event,
			     struct eyas_err *reterr)
{
	struct enter_slot *slot = conv->last;
	int err;

	/* Most often it is the thread of the event before, whose slot has room. */
	if (!slot || slot->tid != event->tid || slot->cap < event->len + CONVERT_SLACK) {
		err = slot_make(conv, event, &slot, reterr);
		if (err != 1)
			return err;
	}
	copy_large(slot->bytes, event->bytes, event->len);
	slot->len = event->len;
	slot->values_at = (uint32_t)(event->values - event->bytes);
	slot->values_len = event->values_len;
	return 0;
}

/* ---- building the converted event ---- */

/* A value on its way into the new event: borrowed bytes, or up to eight of its own. */
struct piece {
	const uint8_t *data;
	uint32_t len;
	uint8_t own[8];
};

static void piece_zero(struct piece *piece, const struct eyas_param_info *info)
{
	int fill = info->type == EYAS_PT_UID || info->type == EYAS_PT_GID ? 0xff : 0;
	unsigned size = eyas_type_size(info);

	/* Addresses of sixteen bytes and what varies in length have no zero: they are missing. */
	piece->len = size <= sizeof(piece->own) ? size : 0;
	memset(piece->own, fill, sizeof(piece->own));
	piece->data = piece->own;
}

/*
 * Old values may be wider or narrower than their successor: cut to the low bytes, or widened
 * by the sign of the type they come from. Of a variant (bpf's result) the value goes over.
 */
static void piece_copy(struct piece *piece, const struct eyas_param *from,
		       const struct eyas_param_info *info)
{
	unsigned size = eyas_type_size(info);
	struct eyas_param_info variant_info;
	struct eyas_param variant;
	int64_t value;

	if (info->type != EYAS_PT_DYN && !eyas_param_variant(from, &variant_info, &variant))
		from = &variant;
	piece->data = from->data;
	piece->len = from->len;
	if (!size || !from->len || from->len == size)
		return;
	if (from->len > size) {
		piece->len = size;
	} else if (size <= sizeof(piece->own) && !eyas_param_int(from, &value)) {
		eyas_put_le64(piece->own, (uint64_t)value);
		piece->data = piece->own;
		piece->len = size;
	} else {
		piece->len = 0;
	}
}

/* The JSON that a container event of 2016 (id, type, name, image) would have carried later. */
static void piece_container(struct piece *piece, const struct eyas_event *event,
			    struct eyas_str *text)
{
	static const char *const keys[] = { "id", "type", "name", "image" };
	struct eyas_param param;
	const char *str;
	struct eyas_json json;
	uint64_t number;
	size_t len;
	unsigned i;

	text->len = 0;
	eyas_json_init(&json, text);
	eyas_json_object(&json);
	eyas_json_key(&json, "container");
	eyas_json_object(&json);
	for (i = 0; i < 4; i++) {
		eyas_event_param(event, i, &param);
		eyas_json_key(&json, keys[i]);
		if (!eyas_param_str(&param, &str, &len))
			eyas_json_str(&json, str, len);
		else if (!eyas_param_uint(&param, &number))
			eyas_json_u64(&json, number);
		else
			eyas_json_null(&json);
	}
	eyas_json_end(&json);
	eyas_json_end(&json);
	eyas_str_putc(text, '\0');
	piece->data = (const uint8_t *)text->data;
	piece->len = (uint32_t)text->len;
}

/* View of a stored enter event; its bytes were checked before they were stored. */
static void slot_view(const struct enter_slot *slot, struct eyas_event *ret)
{
	uint32_t nparams = eyas_le32(slot->bytes + 22);

	ret->type = eyas_le16(slot->bytes + 20);
	ret->info = eyas_event_info(ret->type);
	ret->bytes = slot->bytes;
	ret->len_size = (uint16_t)eyas_len_size(ret->info);
	ret->values = slot->bytes + slot->values_at;
	ret->values_len = slot->values_len;
	ret->nparams = nparams < ret->info->nparams ? (uint16_t)nparams : ret->info->nparams;
}

/* From memory with CONVERT_SLACK bytes behind it to memory that has as many. */
static inline void copy_blocks(uint8_t *to, const uint8_t *from, size_t len)
{
	size_t at;

	for (at = 0; at < len; at += COPY_BLOCK)
		memcpy(to + at, from + at, COPY_BLOCK);
}

static inline void zero_blocks(uint8_t *to, size_t len)
{
	size_t at;

	for (at = 0; at < len; at += COPY_BLOCK)
		memset(to + at, 0, COPY_BLOCK);
}

/* The values of count parameters of a stored event from the first on; it has so many. */
static const uint8_t *slot_values(const struct enter_slot *slot, unsigned first, unsigned count,
				  size_t *ret_len)
{
	const uint8_t *lens = slot->bytes + EYAS_EVENT_HEADER_SIZE;
	const uint8_t *values = slot->bytes + slot->values_at;
	unsigned i;

	*ret_len = slot->values_len;
	if (!first && count == eyas_le32(slot->bytes + 22))
		return values;
	for (i = 0; i < first; i++)
		values += eyas_le16(lens + 2 * (size_t)i);
	*ret_len = 0;
	for (; i < first + count; i++)
		*ret_len += eyas_le16(lens + 2 * (size_t)i);
	return values;
}

/*
 * Most conversions append parameters of the enter event as they are, or missing ones. They have a
 * path of their own, at a fifth of the cost of build(), which can do all. enter is there if it is
 * asked for, with all that is asked of it. false = no memory.
 */
static bool append(struct eyas_event *event, const struct quick *what,
		   const struct enter_slot *enter, struct eyas_str *out)
{
	const uint8_t *old = event->bytes, *old_values = event->values, *more = NULL;
	const size_t values_len = event->values_len, enters = what->enters;
	const size_t nparams = event->nparams + enters + what->missing;
	const size_t head = (size_t)(old_values - old);
	size_t more_len = 0, total;
	uint8_t *bytes, *values;

	if (enters)
		more = slot_values(enter, what->first, what->enters, &more_len);
	total = head + 2 * (enters + what->missing) + values_len + more_len;
	out->len = 0;
	if (out->cap < total + CONVERT_SLACK && !eyas_str_grow(out, total + CONVERT_SLACK))
		return false;
	bytes = (uint8_t *)out->data;
	values = bytes + EYAS_EVENT_HEADER_SIZE + 2 * nparams;
	/* In this order: a copy in blocks writes beyond its end, where the next one goes. */
	copy_large(bytes, old, head);
	if (enters)
		copy_blocks(bytes + head,
			    enter->bytes + EYAS_EVENT_HEADER_SIZE + 2 * (size_t)what->first,
			    2 * enters);
	zero_blocks(bytes + head + 2 * enters, 2 * (size_t)what->missing);
	if (values_len >= COPY_BLOCK)
		copy_large(values, old_values, values_len);
	else
		copy_small(values, old_values, values_len);
	if (more_len)
		copy_blocks(values + values_len, more, more_len);
	eyas_put_le32(bytes + 16, (uint32_t)total);
	eyas_put_le32(bytes + 22, (uint32_t)nparams);
	event->bytes = bytes;
	event->values = values;
	event->len = (uint32_t)total;
	event->values_len = (uint32_t)(values_len + more_len);
	event->nparams = (uint16_t)nparams;
	if (event->type != what->type) {
		event->type = what->type;
		event->flags |= EYAS_EVENT_OLD_TYPE;
		event->info = eyas_event_info(what->type);
		eyas_put_le16(bytes + 20, what->type);
	}
	return true;
}

/* What one instruction contributes; text is where a container's JSON is built. */
static void run_instruction(const struct instruction *ins, const struct eyas_event *in,
			    const struct eyas_event *enter, const struct eyas_param_info *info,
			    struct eyas_str *text, struct piece *piece)
{
	struct eyas_param param;

	piece->data = piece->own;
	piece->len = 0;
	switch ((enum op)ins->op) {
	case OP_OLD:
		eyas_event_param(in, ins->arg, &param);
		piece_copy(piece, &param, info);
		break;
	case OP_ENTER:
	case OP_ENTERE:
		if (enter && ins->arg < enter->nparams) {
			eyas_event_param(enter, ins->arg, &param);
			piece_copy(piece, &param, info);
		} else if (ins->op == OP_ENTER) {
			piece_zero(piece, info);
		}
		break;
	case OP_DEFAULT:
		piece_zero(piece, info);
		break;
	case OP_EMPTY:
		break;
	case OP_CJSON:
		piece_container(piece, in, text);
		break;
	}
}

/* The event becomes what was just built of it; header and lengths are set. */
static void take_built(struct eyas_event *event, unsigned type, unsigned nparams, unsigned len_size,
		       uint8_t *bytes, size_t len)
{
	eyas_put_le32(bytes + 16, (uint32_t)len);
	eyas_put_le16(bytes + 20, (uint16_t)type);
	eyas_put_le32(bytes + 22, nparams);
	if (event->type != type)
		event->flags |= EYAS_EVENT_OLD_TYPE;
	event->info = eyas_event_info(type);
	event->bytes = bytes;
	event->values = bytes + EYAS_EVENT_HEADER_SIZE + (size_t)nparams * len_size;
	event->len = (uint32_t)len;
	event->values_len = (uint32_t)(bytes + len - event->values);
	event->type = (uint16_t)type;
	event->nparams = (uint16_t)nparams;
	event->len_size = (uint16_t)len_size;
}

/* Run any rule that makes a new event. enter is NULL when none is stored that fits. */
static int build(struct eyas_event *in, const struct rule *rule, const struct eyas_event *enter,
		 struct eyas_str *out, struct eyas_err *reterr)
{
	const struct eyas_event_info *info = eyas_event_info(rule->new_type);
	unsigned kept = rule->action == ADD_PARAMS ? in->nparams : 0, i;
	unsigned len_size = eyas_len_size(info);
	struct piece pieces[EYAS_PARAMS_MAX], *piece;
	struct eyas_str text = EYAS_STR_INIT;
	uint64_t total = EYAS_EVENT_HEADER_SIZE + (uint64_t)(kept + rule->count) * len_size;
	size_t kept_bytes = kept ? in->values_len : 0;
	uint8_t *to, *bytes;
	int err = 0;

	total += kept_bytes;
	for (i = 0; i < rule->count; i++) {
		piece = &pieces[i];
		run_instruction(&rule->instructions[i], in, enter, &info->params[kept + i], &text,
				piece);
		if (len_size == 2 && piece->len > UINT16_MAX) {
			err = eyas_err_set(
				reterr, EYAS_E_LIMIT,
				"parameter %s of %s event would take %u bytes, at most 65535",
				info->params[kept + i].name, info->name, piece->len);
			goto out;
		}
		total += piece->len;
	}
	out->len = 0;
	bytes = total > UINT32_MAX || text.nomem ? NULL : (uint8_t *)eyas_str_reserve(out, total);
	if (!bytes) {
		err = eyas_err_set(reterr, -ENOMEM, "no memory for an event of %llu bytes",
				   (unsigned long long)total);
		goto out;
	}
	out->len = total;
	/* Rules that append never change the size of a length, so the old ones stand. */
	memcpy(bytes, in->bytes, EYAS_EVENT_HEADER_SIZE + (size_t)kept * len_size);
	to = bytes + EYAS_EVENT_HEADER_SIZE + (size_t)kept * len_size;
	for (i = 0; i < rule->count; i++, to += len_size)
		memcpy(to, &pieces[i].len, len_size);
	memcpy(to, in->values, kept_bytes);
	to += kept_bytes;
	for (i = 0; i < rule->count; i++) {
		memcpy(to, pieces[i].data, pieces[i].len);
		to += pieces[i].len;
	}
	take_built(in, rule->new_type, kept + rule->count, len_size, bytes, total);
out:
	eyas_str_fini(&text);
	return err;
}

/* The rule that an event falls under; its type is not dropped, and it is not current. */
static int find_rule(const struct eyas_event *event, const struct rule **ret_rule,
		     struct eyas_err *reterr)
{
	uint32_t nparams = eyas_le32(event->bytes + 22);
	uint8_t index = nparams <= EYAS_PARAMS_MAX ? rule_of[event->type][nparams] : RULE_NONE;

	if (index == RULE_NONE)
		return eyas_err_set(reterr, EYAS_E_FORMAT,
				    "no version of %s event (%s) ever had %u parameters",
				    event->info->name, event->info->constant, nparams);
	*ret_rule = &rules[index];
	return 0;
}

/* The enter event of the call that an event is the exit of; NULL = it is not stored. */
static struct enter_slot *enter_of(struct converter *conv, const struct eyas_event *event)
{
	struct enter_slot *slot = slot_find(conv, event->tid);

	/* Another call's enter event: the right one, or the exit between, was lost. */
	return slot && eyas_le16(slot->bytes + 20) + 1 == event->type ? slot : NULL;
}

/* What becomes of an event that is not handed on: handed on after all, hidden, if it is watched. */
static inline int watch(const struct converter *conv, struct eyas_event *event)
{
	struct eyas_enter_watch *to = conv->watch;

	if (!to)
		return 0;
	to->now_ns = event->ts_ns;
	if (event->ts_ns < to->alarm_ns && !(to->types[event->type / 64] >> event->type % 64 & 1))
		return 0;
	event->flags |= EYAS_EVENT_HIDDEN;
	return 1;
}

/* Rule after rule until the event is current, whatever they are. */
static EYAS_COLD int run_rules(struct converter *conv, struct eyas_event *event,
			       struct eyas_err *reterr)
{
	struct enter_slot *slot, *used = NULL;
	struct eyas_event enter;
	const struct rule *rule = NULL;
	unsigned step;
	int err = 0;

	/* No chain of rules is longer than eleven; the limit is there for convert.def's sake. */
	for (step = 0; step < 50; step++) {
		if (eyas_le32(event->bytes + 22) >= conv->current_from[event->type]) {
			err = 1;
			break;
		}
		if (is_dropped(event->info, event->type)) {
			conv->stats->events_dropped++;
			err = watch(conv, event);
			break;
		}
		err = find_rule(event, &rule, reterr);
		if (err)
			return err;
		if (rule->action == STORE || rule->action == STORE_AND_PASS) {
			err = slot_store(conv, event, reterr);
			if (err)
				return err;
			err = rule->action == STORE_AND_PASS;
			conv->stats->events_stored += !err;
			if (!err)
				err = watch(conv, event);
			break;
		}
		if (rule->action == PASS) {
			err = 1;
			break;
		}
		slot = rule->enters ? enter_of(conv, event) : NULL;
		if (slot) {
			used = slot;
			slot_view(slot, &enter);
		} else if (rule->enters) {
			conv->stats->enters_missing++;
			event->flags |= EYAS_EVENT_NO_ENTER;
		}
		err = build(event, rule, slot ? &enter : NULL, &conv->scratch[step & 1], reterr);
		if (err)
			return err;
	}
	if (used)
		slot_free(conv, used);
	conv->stats->events_converted += step != 0;
	return err;
}

int converter_convert(struct converter *conv, struct eyas_event *event, struct eyas_err *reterr)
{
	uint32_t nparams = eyas_le32(event->bytes + 22);
	struct enter_slot *slot = NULL;
	const struct quick *quick;
	int err;

	if (nparams > EYAS_PARAMS_MAX)
		return run_rules(conv, event, reterr);
	quick = &conv->quick[rule_of[event->type][nparams]];
	if (quick->action == QUICK_STORE) {
		err = slot_store(conv, event, reterr);
		conv->stats->events_stored += !err;
		return err ? err : watch(conv, event);
	}
	if (quick->action != QUICK_APPEND)
		return run_rules(conv, event, reterr);
	if (quick->enters) {
		slot = enter_of(conv, event);
		if (!slot || eyas_le32(slot->bytes + 22) < (uint32_t)quick->first + quick->enters)
			return run_rules(conv, event, reterr);
	}
	if (!append(event, quick, slot, &conv->scratch[0]))
		return eyas_err_set(reterr, -ENOMEM, "no memory for an event of %u bytes",
				    event->len);
	if (slot)
		slot_free(conv, slot);
	conv->stats->events_converted++;
	return 1;
}
