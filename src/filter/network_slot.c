/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields, constants and transformers become slots; what is equal to a slot that is there is that
 * slot. A field that yields something else in a filter than in a format has a slot for each.
 */
#include "filter/network_int.h"

#include <string.h>

#include "filter/literal.h"
#include "filter/set.h"

static int refuse(const struct ast_operand *operand, struct eyas_err *err, const char *what)
{
	int shown = operand->value.len > 80 ? 80 : (int)operand->value.len;

	return eyas_ast_fail(err, EYAS_E_USAGE, &operand->pos, "%.*s %s", shown,
			     operand->value.text, what);
}

static int append(struct eyas_network *network, const struct slot *slot, uint64_t hash,
		  uint32_t *ret_id, struct eyas_err *reterr)
{
	struct slot *slots = eyas_network_grow(network->slots, &network->slots_cap, network->nslots,
					       sizeof(*slots));

	if (slots)
		network->slots = slots;
	if (!slots || !eyas_intern_add(&network->slot_ids, hash, network->nslots))
		return eyas_network_no_memory(reterr);
	slots[network->nslots] = *slot;
	*ret_id = network->nslots++;
	return 0;
}

/* ---- fields ---- */

static bool differs_by_purpose(const struct field_info *info)
{
	return info->multi != FIELD_SINGLE || info->flags & FIELD_FILTER_ONLY;
}

static uint32_t find_field(const struct eyas_network *network, uint64_t hash, const char *text,
			   enum network_purpose purpose)
{
	uint32_t id = intern_first(&network->slot_ids, hash);

	for (; id != NO_INDEX; id = network->slot_ids.next[id]) {
		const struct slot *slot = &network->slots[id];

		if (slot->kind != SLOT_FIELD && slot->kind != SLOT_MISSING)
			continue;
		if (!strcmp(slot->u.ref->text, text) &&
		    (slot->purpose == purpose || !differs_by_purpose(slot->u.ref->info)))
			return id;
	}
	return NO_INDEX;
}

/* Name and argument as they are looked up: "proc.aname[2]". In the temporary arena. */
static const char *field_text(struct eyas_network *network, const struct ast_operand *operand,
			      size_t *ret_len)
{
	const struct ast_value *name = &operand->value, *arg = &operand->arg;
	size_t len = name->len + (operand->has_arg ? (size_t)arg->len + 2 : 0);
	char *text = eyas_arena_get(&network->temporary, len + 1);

	if (!text)
		return NULL;
	memcpy(text, name->text, name->len);
	if (operand->has_arg) {
		text[name->len] = '[';
		memcpy(text + name->len + 1, arg->text, arg->len);
		text[len - 1] = ']';
	}
	text[len] = '\0';
	*ret_len = len;
	return text;
}

static int bind_field(struct eyas_network *network, const struct ast_operand *operand,
		      const char *text, size_t len, struct slot *slot, struct eyas_err *reterr)
{
	struct field_ref *ref = eyas_arena_zero(&network->memory, sizeof(*ref));
	int res;

	if (!ref)
		return eyas_network_no_memory(reterr);
	res = eyas_field_bind_static(&network->opts, text, len, &network->memory, ref);
	if (res < 0)
		return eyas_network_no_memory(reterr);
	if (!res)
		res = network->bind(text, len, &network->memory, ref, reterr);
	if (res < 0)
		return eyas_ast_place(reterr, &operand->pos, res);
	slot->u.ref = ref;
	slot->type = (struct operand_type){ .type = ref->type,
					    .fmt = ref->fmt,
					    .list = ref->info->flags & FIELD_LIST };
	return 0;
}

static int add_field(struct eyas_network *network, const struct ast_operand *operand,
		     enum network_purpose purpose, uint32_t *ret_slot, struct eyas_err *reterr)
{
	struct slot slot = { .kind = SLOT_FIELD, .purpose = (uint8_t)purpose };
	uint64_t hash;
	const char *text;
	size_t len;
	int res;

	text = field_text(network, operand, &len);
	if (!text)
		return eyas_network_no_memory(reterr);
	hash = eyas_filter_hash(SLOT_FIELD, text, len);
	*ret_slot = find_field(network, hash, text, purpose);
	if (*ret_slot != NO_INDEX)
		slot = network->slots[*ret_slot];
	else if ((res = bind_field(network, operand, text, len, &slot, reterr)) < 0)
		return res;
	if (purpose == NETWORK_FILTER && slot.u.ref->info->flags & FIELD_PRINT_ONLY)
		return refuse(operand, reterr, "is for output only");
	if (*ret_slot != NO_INDEX)
		return 0;
	if (purpose == NETWORK_FORMAT && slot.u.ref->info->flags & FIELD_FILTER_ONLY)
		slot.kind = SLOT_MISSING;
	return append(network, &slot, hash, ret_slot, reterr);
}

/* ---- constants ---- */

static int add_const(struct eyas_network *network, const struct ast_operand *operand,
		     uint32_t *ret_slot, struct eyas_err *reterr)
{
	const struct ast_value *text = &operand->value;
	uint64_t hash = eyas_filter_hash(SLOT_CONST, text->text, text->len);
	uint32_t id = intern_first(&network->slot_ids, hash);
	struct slot slot = { .kind = SLOT_CONST };
	int res;

	for (; id != NO_INDEX; id = network->slot_ids.next[id]) {
		const struct slot *there = &network->slots[id];

		if (there->kind == SLOT_CONST && there->value.len == text->len &&
		    !memcmp(there->value.u.data, text->text, text->len)) {
			*ret_slot = id;
			return 0;
		}
	}
	res = eyas_literal_parse(text, EYAS_PT_CHARBUF, false, &network->memory, &slot.value,
				 reterr);
	if (res < 0)
		return res;
	slot.type.type = EYAS_PT_CHARBUF;
	return append(network, &slot, hash, ret_slot, reterr);
}

/* ---- lists and transformers ---- */

static bool same_compound(const struct slot *a, const struct slot *b)
{
	if (a->kind != b->kind || a->nchildren != b->nchildren)
		return false;
	if (a->nchildren && memcmp(a->children, b->children, a->nchildren * sizeof(*a->children)))
		return false;
	return a->kind == SLOT_LIST || (a->u.transform->kind == b->u.transform->kind &&
					a->u.transform->option == b->u.transform->option);
}

/* The slot is new: what it points to moves from the stack and the temporary arena. */
static bool keep_compound(struct eyas_network *network, struct slot *slot)
{
	size_t size = slot->nchildren * sizeof(*slot->children);
	uint32_t *children = eyas_arena_get(&network->memory, size);
	struct transform *transform = eyas_arena_get(&network->memory, sizeof(*transform));

	if (!children || !transform)
		return false;
	if (size)
		memcpy(children, slot->children, size);
	slot->children = children;
	if (slot->kind != SLOT_TRANSFORM)
		return true;
	*transform = *slot->u.transform;
	slot->u.transform = transform;
	return true;
}

static int intern_compound(struct eyas_network *network, struct slot *slot, uint32_t *ret_slot,
			   struct eyas_err *reterr)
{
	uint64_t seed = slot->kind;
	uint64_t hash;
	uint32_t id;

	if (slot->kind == SLOT_TRANSFORM)
		seed |= (uint64_t)slot->u.transform->kind << 8 |
			(uint64_t)(unsigned char)slot->u.transform->option << 16;
	hash = eyas_filter_hash(seed, slot->children, slot->nchildren * sizeof(*slot->children));
	for (id = intern_first(&network->slot_ids, hash); id != NO_INDEX;
	     id = network->slot_ids.next[id]) {
		if (same_compound(&network->slots[id], slot)) {
			*ret_slot = id;
			return 0;
		}
	}
	if (!keep_compound(network, slot))
		return eyas_network_no_memory(reterr);
	return append(network, slot, hash, ret_slot, reterr);
}

/* Slots of the items, in the temporary arena. */
static int add_children(struct eyas_network *network, const struct ast_operand *operand,
			enum network_purpose purpose, unsigned depth, struct slot *slot,
			struct eyas_err *reterr)
{
	uint32_t *children;
	uint32_t i;
	int res;

	children = eyas_arena_get(&network->temporary, operand->nitems * sizeof(*children));
	if (!children)
		return eyas_network_no_memory(reterr);
	for (i = 0; i < operand->nitems; i++) {
		const struct slot *child;

		res = eyas_network_slot_add(network, operand->items[i], purpose, depth + 1,
					    &children[i], reterr);
		if (res < 0)
			return res;
		child = &network->slots[children[i]];
		if ((child->kind == SLOT_FIELD || child->kind == SLOT_MISSING) &&
		    child->u.ref->info->flags & FIELD_NO_TRANSFORMER)
			return refuse(operand->items[i], reterr, "takes no transformer");
	}
	slot->children = children;
	slot->nchildren = operand->nitems;
	return 0;
}

static int add_list(struct eyas_network *network, const struct ast_operand *operand,
		    enum network_purpose purpose, unsigned depth, uint32_t *ret_slot,
		    struct eyas_err *reterr)
{
	struct slot slot = { .kind = SLOT_LIST };
	uint32_t i;
	int res;

	res = add_children(network, operand, purpose, depth, &slot, reterr);
	if (res < 0)
		return res;
	for (i = 0; i < slot.nchildren; i++) {
		const struct operand_type *type = &network->slots[slot.children[i]].type;

		if (type->list || !eyas_transform_item_ok(type))
			return eyas_ast_fail(reterr, EYAS_E_USAGE, &operand->items[i]->pos,
					     "items of a list are texts and numbers");
	}
	slot.type = (struct operand_type){ .type = EYAS_PT_CHARBUF, .list = true };
	return intern_compound(network, &slot, ret_slot, reterr);
}

static int add_transform(struct eyas_network *network, const struct ast_operand *operand,
			 enum network_purpose purpose, unsigned depth, uint32_t *ret_slot,
			 struct eyas_err *reterr)
{
	struct slot slot = { .kind = SLOT_TRANSFORM };
	struct operand_type *types;
	struct transform transform;
	uint32_t i;
	int res;

	if (operand->transformer == TR_VAL)
		return eyas_ast_fail(reterr, EYAS_E_USAGE, &operand->pos,
				     "val() is for the right side of a comparison");
	res = add_children(network, operand, purpose, depth, &slot, reterr);
	if (res < 0)
		return res;
	types = eyas_arena_get(&network->temporary, slot.nchildren * sizeof(*types));
	if (!types)
		return eyas_network_no_memory(reterr);
	for (i = 0; i < slot.nchildren; i++)
		types[i] = network->slots[slot.children[i]].type;
	res = eyas_transform_check(operand, types, &transform, reterr);
	if (res < 0)
		return res;
	slot.u.transform = &transform;
	slot.type = transform.result;
	return intern_compound(network, &slot, ret_slot, reterr);
}

int eyas_network_slot_add(struct eyas_network *network, const struct ast_operand *operand,
			  enum network_purpose purpose, unsigned depth, uint32_t *ret_slot,
			  struct eyas_err *reterr)
{
	if (depth > OPERAND_DEPTH_MAX)
		return eyas_ast_fail(reterr, EYAS_E_LIMIT, &operand->pos,
				     "more than %d transformers in each other", OPERAND_DEPTH_MAX);
	switch (operand->kind) {
	case OPERAND_FIELD:
		return add_field(network, operand, purpose, ret_slot, reterr);
	case OPERAND_TRANSFORM:
		return add_transform(network, operand, purpose, depth, ret_slot, reterr);
	case OPERAND_LIST:
		return add_list(network, operand, purpose, depth, ret_slot, reterr);
	case OPERAND_NUMBER:
	case OPERAND_TEXT:
		break;
	}
	return add_const(network, operand, ret_slot, reterr);
}

int eyas_network_add_operand(struct eyas_network *network, const struct ast_operand *operand,
			     enum network_purpose purpose, uint32_t *ret_slot,
			     struct eyas_err *reterr)
{
	uint32_t slot = NO_INDEX;
	int res = eyas_network_slot_add(network, operand, purpose, 0, &slot, reterr);

	eyas_arena_reset(&network->temporary);
	if (res < 0)
		return res;
	*ret_slot = slot;
	return 0;
}
