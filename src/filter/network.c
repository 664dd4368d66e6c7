/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of one event through a network: which roots match, asked by filters and rules; which
 * values slots have, asked by formats. Nothing is evaluated before it is asked for, nothing
 * twice.
 */
#include "filter/network_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "filter/regex.h"

/* ---- values ---- */

static bool eval_compound(struct eyas_network *network, struct slot *slot);

/* Fields are evaluated here, without one more call: nearly all slots are fields. */
static inline const struct eyas_value *slot_get(struct eyas_network *network, uint32_t id)
{
	struct slot *slot = &network->slots[id];
	bool has;

	if (slot->stamp >> 1 != network->generation) {
		if (slot->kind == SLOT_FIELD)
			has = slot->u.ref->info->get(&network->eval[slot->purpose], slot->u.ref,
						     &slot->value);
		else
			has = eval_compound(network, slot);
		slot->stamp = network->generation << 1 | has;
	}
	return slot->stamp & 1 ? &slot->value : NULL;
}

static bool eval_list(struct eyas_network *network, struct slot *slot)
{
	struct eyas_value *items;
	const struct eyas_value *item;
	uint32_t i;

	items = eyas_arena_get(&network->event, slot->nchildren * sizeof(*items));
	if (!items)
		return false;
	for (i = 0; i < slot->nchildren; i++) {
		item = slot_get(network, slot->children[i]);
		if (!item || !eyas_transform_item_text(item, &network->event, &items[i]))
			return false;
	}
	slot->value = (struct eyas_value){ .type = EYAS_PT_CHARBUF, .list = true };
	slot->value.len = slot->nchildren;
	slot->value.u.items = items;
	return true;
}

/* A missing argument makes the result missing, whatever the transformer. */
static bool eval_transform(struct eyas_network *network, struct slot *slot)
{
	const struct eyas_value **args;
	uint32_t i;

	args = eyas_arena_get(&network->event, slot->nchildren * sizeof(const struct eyas_value *));
	if (!args)
		return false;
	for (i = 0; i < slot->nchildren; i++) {
		args[i] = slot_get(network, slot->children[i]);
		if (!args[i])
			return false;
	}
	return eyas_transform_apply(slot->u.transform, args, slot->nchildren, &network->event,
				    &network->scratch, &slot->value);
}

static bool eval_compound(struct eyas_network *network, struct slot *slot)
{
	switch ((enum slot_kind)slot->kind) {
	case SLOT_CONST:
		return true;
	case SLOT_LIST:
		return eval_list(network, slot);
	case SLOT_TRANSFORM:
		return eval_transform(network, slot);
	case SLOT_FIELD:
	case SLOT_MISSING:
		break;
	}
	return false;
}

const struct eyas_value *eyas_network_value(struct eyas_network *network, uint32_t slot)
{
	return slot_get(network, slot);
}

/* ---- checks ---- */

/*
 * A list without items is a value: fd.ip, fd.port, fd.proto and fd.net exist for every known
 * descriptor, sockets or not.
 */
bool eyas_check_exists(struct eyas_network *network, const struct check *check)
{
	return slot_get(network, check->left);
}

/* The common case: a field with one value and one right side. */
bool eyas_check_one(struct eyas_network *network, const struct check *check)
{
	const struct eyas_value *value = slot_get(network, check->left);

	return value && check->compare(value, &check->right.one, &network->scratch);
}

/*
 * evt.rawarg has the type of each event's parameter, which may not be the one that the constants
 * were read for: then it is as good as missing.
 */
static const struct eyas_value *left_value(struct eyas_network *network, const struct check *check)
{
	const struct eyas_value *value = slot_get(network, check->left);
	unsigned type = network->slots[check->left].type.type;

	if (value && check->dynamic && eyas_value_class(value->type) != eyas_value_class(type))
		return NULL;
	return value;
}

/* One right side against whatever the left yields. */
static bool holds(struct eyas_network *network, const struct check *check,
		  const struct eyas_value *value, const union comparand *right)
{
	uint32_t i;

	if (!value->list)
		return check->compare(value, right, &network->scratch);
	if (!value->len)
		return check->vacuous;
	for (i = 0; i < value->len; i++)
		if (check->compare(&value->u.items[i], right, &network->scratch) != check->every)
			return !check->every;
	return check->every;
}

bool eyas_check_several(struct eyas_network *network, const struct check *check)
{
	const struct eyas_value *value = left_value(network, check);

	return value && holds(network, check, value, &check->right.one);
}

bool eyas_check_modified(struct eyas_network *network, const struct check *check)
{
	const struct eyas_value *value = left_value(network, check);
	uint32_t i, held = 0;
	bool now;

	if (!value || !check->nconsts)
		return false;
	for (i = 0; i < check->nconsts; i++) {
		now = holds(network, check, value, &check->right.many[i]);
		held += now;
		if (now && check->modifier == MOD_ANYOF)
			return true;
		if (!now && check->modifier == MOD_ALLOF)
			return false;
		if (held > 1 && check->modifier == MOD_ONEOF)
			return false;
	}
	return check->modifier == MOD_ALLOF || held == 1;
}

/* One value on the left against another slot: with a list there, some item of it. */
static bool holds_for_slot(struct eyas_network *network, const struct check *check,
			   const struct eyas_value *left, const struct eyas_value *right)
{
	union comparand operand;
	uint32_t i;

	if (!right->list) {
		operand.value = *right;
		return check->compare(left, &operand, &network->scratch);
	}
	for (i = 0; i < right->len; i++) {
		operand.value = right->u.items[i];
		if (check->compare(left, &operand, &network->scratch))
			return true;
	}
	return false;
}

bool eyas_check_slots(struct eyas_network *network, const struct check *check)
{
	const struct eyas_value *left = slot_get(network, check->left);
	const struct eyas_value *right = left ? slot_get(network, check->right_slot) : NULL;
	uint32_t i;

	if (!right)
		return false;
	if (!left->list)
		return holds_for_slot(network, check, left, right);
	if (!left->len)
		return check->vacuous;
	for (i = 0; i < left->len; i++)
		if (holds_for_slot(network, check, &left->u.items[i], right) != check->every)
			return !check->every;
	return check->every;
}

/* ---- nodes ---- */

static bool eval_logic(struct eyas_network *network, const struct node *node);

static bool node_match(struct eyas_network *network, uint32_t id)
{
	uint32_t stamp = network->stamps[id];
	const struct node *node;
	const struct check *check;
	bool match;

	if (stamp >> 1 == network->generation)
		return stamp & 1;
	node = &network->nodes[id];
	if (node->kind == NETWORK_CHECK) {
		check = &network->checks[node->first];
		match = network->costs ? eyas_check_measured(network, id, check)
				       : check->eval(network, check);
	} else {
		match = eval_logic(network, node);
	}
	network->stamps[id] = network->generation << 1 | match;
	return match;
}

/* Recursion is as deep as the tree, which eyas_network_add() limits. */
static bool eval_logic(struct eyas_network *network, const struct node *node)
{
	const bool stop = node->kind == NETWORK_OR;
	uint32_t i;

	if (node->kind == NETWORK_NOT)
		return !node_match(network, node->first);
	for (i = 0; i < node->count; i++)
		if (node_match(network, network->links[node->first + i]) == stop)
			return stop;
	return !stop;
}

bool eyas_network_match(struct eyas_network *network, uint32_t root)
{
	const struct node *node = &network->nodes[root];

	/* A filter that is one comparison is asked once: nothing to remember. */
	if (network->nroots == 1 && node->kind == NETWORK_CHECK && !network->costs)
		return network->checks[node->first].eval(network, &network->checks[node->first]);
	return node_match(network, root);
}

/* ---- events ---- */

static void forget_stamps(struct eyas_network *network)
{
	uint32_t i;

	for (i = 0; i < network->nslots; i++)
		network->slots[i].stamp = 0;
	if (network->nnodes)
		memset(network->stamps, 0, network->nnodes * sizeof(*network->stamps));
	network->generation = 0;
}

static inline void begin(struct eyas_network *network)
{
	if (network->generation == GENERATION_MAX)
		forget_stamps(network);
	network->generation++;
	network->scratch.nomem = false;
	eyas_arena_reset(&network->event);
}

void eyas_network_begin(struct eyas_network *network, const struct eyas_context *context)
{
	begin(network);
	network->eval[NETWORK_FILTER].context = context;
	network->eval[NETWORK_FORMAT].context = context;
}

void eyas_network_begin_over(struct eyas_network *network, const void *subject)
{
	begin(network);
	network->eval[NETWORK_FILTER].subject = subject;
	network->eval[NETWORK_FORMAT].subject = subject;
}

/* ---- a network as a whole ---- */

int eyas_network_new(const struct field_opts *opts, struct eyas_network **ret_network)
{
	struct eyas_network *network = calloc(1, sizeof(*network));
	struct field_eval *eval;

	if (!network)
		return -ENOMEM;
	network->bind = eyas_field_bind;
	if (opts)
		network->opts = *opts;
	for (eval = network->eval; eval < network->eval + 2; eval++) {
		eval->arena = &network->event;
		eval->scratch = &network->scratch;
		eval->opts = &network->opts;
	}
	network->eval[NETWORK_FILTER].for_filter = true;
	*ret_network = network;
	return 0;
}

int eyas_network_new_over(field_bind_fn bind, struct eyas_network **ret_network)
{
	int res = eyas_network_new(NULL, ret_network);

	if (!res)
		(*ret_network)->bind = bind;
	return res;
}

static void intern_fini(struct intern *ids)
{
	eyas_map_fini(&ids->map);
	free(ids->next);
}

void eyas_network_free(struct eyas_network *network)
{
	uint32_t i;

	if (!network)
		return;
	for (i = 0; i < network->nregexes; i++)
		eyas_regex_free(network->regexes[i]);
	intern_fini(&network->slot_ids);
	intern_fini(&network->check_ids);
	intern_fini(&network->node_ids);
	eyas_arena_fini(&network->memory);
	eyas_arena_fini(&network->event);
	eyas_arena_fini(&network->temporary);
	eyas_str_fini(&network->scratch);
	free(network->slots);
	free(network->checks);
	free(network->nodes);
	free(network->stamps);
	free(network->links);
	free(network->regexes);
	free(network->costs);
	free(network);
}

void eyas_network_slot(const struct eyas_network *network, uint32_t slot,
		       struct slot_info *ret_info)
{
	const struct slot *of = &network->slots[slot];

	*ret_info = (struct slot_info){ .type = of->type.type,
					.fmt = of->type.fmt,
					.list = of->type.list };
	if (of->kind == SLOT_FIELD || of->kind == SLOT_MISSING)
		ret_info->field = of->u.ref;
}

uint32_t eyas_network_slots(const struct eyas_network *network)
{
	return network->nslots;
}

void eyas_network_size(const struct eyas_network *network, struct network_size *ret_size)
{
	uint32_t i, fields = 0;

	for (i = 0; i < network->nslots; i++)
		fields += network->slots[i].kind == SLOT_FIELD;
	*ret_size = (struct network_size){ .fields = fields,
					   .checks = network->nchecks,
					   .nodes = network->nnodes,
					   .roots = network->nroots };
}

/* ---- what adding needs ---- */

void *eyas_network_grow(void *array, uint32_t *cap, uint32_t count, size_t size)
{
	uint32_t more = *cap ? *cap * 2 : 8;
	void *grown;

	if (count < *cap)
		return array;
	if (more <= *cap || more > SIZE_MAX / size)
		return NULL;
	grown = realloc(array, more * size);
	if (grown)
		*cap = more;
	return grown;
}

bool eyas_intern_add(struct intern *ids, uint64_t hash, uint32_t id)
{
	uint32_t first = eyas_map_find(&ids->map, hash);
	uint32_t *next = eyas_network_grow(ids->next, &ids->cap, id, sizeof(*next));

	if (!next)
		return false;
	ids->next = next;
	if (first == EYAS_MAP_NONE) {
		next[id] = NO_INDEX;
		return !eyas_map_add(&ids->map, hash, id);
	}
	next[id] = next[first];
	next[first] = id;
	return true;
}

int eyas_network_no_memory(struct eyas_err *err)
{
	return eyas_err_set(err, -ENOMEM, "out of memory");
}
