/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A comparison of a filter becomes a check: the operator must be one that the type takes, the
 * constants must be constants of the type, and what is equal to a check that is there is that
 * check.
 */
#include "filter/network_int.h"

#include <errno.h>
#include <string.h>

#include "filter/literal.h"
#include "filter/pmatch.h"
#include "filter/regex.h"
#include "filter/set.h"

/* What is known about the left side while a check is made. */
struct left {
	uint32_t slot;
	struct operand_type type;
	const struct field_info *field; /* NULL = a transformer */
	enum field_multi multi;
};

/* How much of a foreign text is shown in a message. */
enum { SHOWN_MAX = 80 };

static struct left left_of(const struct eyas_network *network, uint32_t slot)
{
	const struct slot *of = &network->slots[slot];
	struct left left = { .slot = slot, .type = of->type };

	if (of->kind == SLOT_FIELD) {
		left.field = of->u.ref->info;
		left.multi = (enum field_multi)left.field->multi;
	}
	return left;
}

static bool is_field(const struct left *left, const char *name)
{
	return left->field && !strcmp(left->field->name, name);
}

/* ---- may it be compared so? ---- */

/* evt.around[T] yields how far from T an event is; "= D" asks whether that is at most D. */
static bool is_around(const struct left *left)
{
	return is_field(left, "evt.around");
}

/* Trees of the parser are; those that others put together may not be. */
static bool is_sound(const struct ast *ast)
{
	bool takes_list = ast->op == OP_IN || ast->op == OP_INTERSECTS || ast->op == OP_PMATCH;

	if (ast->op == OP_EXISTS || ast->right == RIGHT_NONE)
		return ast->op == OP_EXISTS && ast->right == RIGHT_NONE;
	if (ast->modifier != MOD_NONE && (takes_list || ast->right == RIGHT_OPERAND))
		return false;
	if (ast->right == RIGHT_OPERAND)
		return ast->right_operand;
	return takes_list || ast->modifier != MOD_NONE || ast->nvalues == 1;
}

static int refuse_op(struct eyas_network *network, const struct ast *ast, const struct left *left,
		     struct eyas_err *reterr)
{
	const char *type = eyas_type_info(left->type.type)->name;
	struct eyas_str *ops = &network->scratch;

	ops->len = 0;
	if (is_around(left))
		eyas_str_puts(ops, "=");
	else
		eyas_compare_put_ops(ops, left->type.type, left->type.list);
	return eyas_ast_fail(reterr, EYAS_E_USAGE, &ast->op_pos,
			     "'%s' does not go with %s%s, which takes: %.*s", eyas_op_name(ast->op),
			     left->type.list ? "a list of " : "", type, (int)ops->len,
			     ops->len ? ops->data : "");
}

static int check_operator(struct eyas_network *network, const struct ast *ast,
			  const struct left *left, struct eyas_err *reterr)
{
	if (!is_sound(ast))
		return eyas_ast_fail(reterr, EYAS_E_USAGE, &ast->op_pos,
				     "'%s' does not fit what is on its right",
				     eyas_op_name(ast->op));
	if (!eyas_compare_takes(left->type.type, left->type.list, ast->op) ||
	    (is_around(left) && ast->op != OP_EQ))
		return refuse_op(network, ast, left, reterr);
	if (ast->modifier != MOD_NONE && left->type.list)
		return eyas_ast_fail(reterr, EYAS_E_USAGE, &ast->op_pos,
				     "'%s' is for single values, not for lists",
				     eyas_modifier_name(ast->modifier));
	return 0;
}

/* ---- constants ---- */

static int check_event_name(const struct left *left, const struct ast_value *value,
			    struct eyas_err *reterr)
{
	if (!is_field(left, "evt.type") || eyas_event_name_known(value->text, value->len))
		return 0;
	return eyas_event_name_unknown(value, reterr);
}

/* All constants as they are written, in the temporary arena. */
static int parse_constants(struct eyas_network *network, const struct ast *ast,
			   const struct left *left, struct check *check, struct eyas_err *reterr)
{
	bool hex = ast->op == OP_BCONTAINS || ast->op == OP_BSTARTSWITH;
	struct eyas_value *consts;
	uint32_t i;
	int res;

	consts = eyas_arena_get(&network->temporary, ast->nvalues * sizeof(*consts));
	if (!consts)
		return eyas_network_no_memory(reterr);
	for (i = 0; i < ast->nvalues; i++) {
		res = check_event_name(left, &ast->values[i], reterr);
		if (res < 0)
			return res;
		res = eyas_literal_parse(&ast->values[i], left->type.type, hex, &network->temporary,
					 &consts[i], reterr);
		if (res < 0)
			return res;
	}
	check->nconsts = ast->nvalues;
	/* fd.net looks at the first network of a list only: the language has it so. */
	if (left->multi == FIELD_ANY_ALL && value_type_is_net(left->type.type) &&
	    ast->op == OP_IN && check->nconsts > 1)
		check->nconsts = 1;
	/* "oneof" counts: what is written twice is satisfied twice. */
	check->nconsts = eyas_constants_sort(consts, check->nconsts, ast->modifier != MOD_ONEOF);
	check->consts = consts;
	return 0;
}

/* Operators that say the same become one, so that checks that are equal meet. */
static enum ast_op canonical_op(const struct ast *ast, const struct left *left, uint32_t nconsts)
{
	enum ast_op op = ast->op;

	if (is_around(left) && op == OP_EQ)
		return OP_LE;
	if (left->type.list || ast->modifier != MOD_NONE)
		return op;
	if (op == OP_INTERSECTS)
		op = OP_IN;
	return op == OP_IN && nconsts == 1 ? OP_EQ : op;
}

static bool same_constants(const struct check *a, const struct check *b)
{
	uint32_t i;

	if (a->nconsts != b->nconsts)
		return false;
	for (i = 0; i < a->nconsts; i++)
		if (eyas_constant_order(&a->consts[i], &b->consts[i]))
			return false;
	return true;
}

static bool same_check(const struct check *a, const struct check *b)
{
	return a->left == b->left && a->op == b->op && a->modifier == b->modifier &&
	       a->right_slot == b->right_slot && same_constants(a, b);
}

static uint64_t hash_check(const struct check *check)
{
	const uint32_t head[] = { check->left, check->right_slot, check->op, check->modifier };
	uint64_t hash = eyas_filter_hash(0, head, sizeof(head));
	uint32_t i;

	for (i = 0; i < check->nconsts; i++)
		hash = eyas_constant_hash(hash, &check->consts[i]);
	return hash;
}

/* ---- what constants compile to ---- */

/* Where a constant was written, for a message about it. */
static const struct ast_pos *pos_of(const struct ast *ast, const struct eyas_value *constant)
{
	uint32_t i;

	for (i = 0; i < ast->nvalues; i++)
		if (ast->values[i].len == constant->len &&
		    !memcmp(ast->values[i].text, constant->u.data, constant->len))
			return &ast->values[i].pos;
	return &ast->op_pos;
}

static int make_regex(struct eyas_network *network, const struct ast *ast,
		      const struct eyas_value *constant, union comparand *ret,
		      struct eyas_err *reterr)
{
	struct eyas_regex **regexes, *regex;
	char why[200];
	int res;

	regexes = eyas_network_grow(network->regexes, &network->regexes_cap, network->nregexes,
				    sizeof(*regexes));
	if (!regexes)
		return eyas_network_no_memory(reterr);
	network->regexes = regexes;
	res = eyas_regex_new(constant->u.data, constant->len, &regex, why, sizeof(why));
	if (res == -ENOMEM)
		return eyas_network_no_memory(reterr);
	if (res < 0)
		return eyas_ast_fail(reterr, EYAS_E_FORMAT, pos_of(ast, constant), "bad regex: %s",
				     why);
	regexes[network->nregexes++] = regex;
	ret->regex = regex;
	return 0;
}

/* A right side made of one constant, or of all of them for operators that take a list. */
static int make_comparand(struct eyas_network *network, const struct ast *ast,
			  const struct check *check, const struct eyas_value *consts,
			  union comparand *ret, struct eyas_err *reterr)
{
	switch ((enum ast_op)check->op) {
	case OP_IN:
	case OP_INTERSECTS:
		ret->set = eyas_value_set_new(&network->memory, consts, check->nconsts);
		return ret->set ? 0 : eyas_network_no_memory(reterr);
	case OP_PMATCH:
		ret->paths = eyas_pmatch_new(&network->memory, consts, check->nconsts);
		return ret->paths ? 0 : eyas_network_no_memory(reterr);
	case OP_REGEX:
		return make_regex(network, ast, consts, ret, reterr);
	default:
		ret->value = *consts;
		return 0;
	}
}

static int make_right(struct eyas_network *network, const struct ast *ast, struct check *check,
		      struct eyas_err *reterr)
{
	union comparand *many;
	uint32_t i;
	int res;

	if (check->modifier == MOD_NONE)
		return make_comparand(network, ast, check, check->consts, &check->right.one,
				      reterr);
	many = eyas_arena_zero(&network->memory, check->nconsts * sizeof(*many));
	if (!many)
		return eyas_network_no_memory(reterr);
	for (i = 0; i < check->nconsts; i++) {
		res = make_comparand(network, ast, check, &check->consts[i], &many[i], reterr);
		if (res < 0)
			return res;
	}
	check->right.many = many;
	return 0;
}

/* ---- the right side ---- */

static int add_constants(struct eyas_network *network, const struct ast *ast,
			 const struct left *left, network_warn_fn warn, void *warn_ctx,
			 struct check *check, struct eyas_err *reterr)
{
	uint32_t i;
	int res;

	res = parse_constants(network, ast, left, check, reterr);
	if (res < 0)
		return res;
	for (i = 0; warn && i < ast->nvalues; i++) {
		eyas_network_warn_constant(network, &ast->values[i], warn, warn_ctx);
		if (ast->op == OP_REGEX)
			eyas_network_warn_regex(&ast->values[i], warn, warn_ctx);
	}
	check->op = (uint8_t)canonical_op(ast, left, check->nconsts);
	check->compare = eyas_compare_find(left->type.type, (enum ast_op)check->op);
	if (check->modifier != MOD_NONE)
		check->eval = eyas_check_modified;
	else if (left->type.list || left->multi != FIELD_SINGLE || check->dynamic)
		check->eval = eyas_check_several;
	else
		check->eval = eyas_check_one;
	return 0;
}

static int refuse_right(const struct ast *ast, struct eyas_err *reterr, const char *why)
{
	return eyas_ast_fail(reterr, EYAS_E_USAGE, &ast->right_operand->pos, "%s", why);
}

static bool is_no_rhs(const struct eyas_network *network, uint32_t slot)
{
	const struct left side = left_of(network, slot);

	return side.field && side.field->flags & FIELD_NO_RHS;
}

/* val(x) is x. */
static const struct ast_operand *right_operand(const struct ast *ast)
{
	const struct ast_operand *operand = ast->right_operand;

	if (operand->kind == OPERAND_TRANSFORM && operand->transformer == TR_VAL &&
	    operand->nitems == 1)
		return operand->items[0];
	return operand;
}

static int add_right_slot(struct eyas_network *network, const struct ast *ast,
			  const struct left *left, struct check *check, struct eyas_err *reterr)
{
	const struct operand_type *type;
	bool list_op = ast->op == OP_IN || ast->op == OP_INTERSECTS;
	int res;

	if (ast->op == OP_PMATCH || ast->op == OP_REGEX)
		return refuse_right(ast, reterr, "this operator takes constants only");
	res = eyas_network_slot_add(network, right_operand(ast), NETWORK_FILTER, 0,
				    &check->right_slot, reterr);
	if (res < 0)
		return res;
	type = &network->slots[check->right_slot].type;
	if (is_no_rhs(network, check->left) || is_no_rhs(network, check->right_slot))
		return refuse_right(ast, reterr,
				    "one of the fields cannot be compared with another field");
	if (type->type != left->type.type || type->list != left->type.list)
		return eyas_ast_fail(
			reterr, EYAS_E_USAGE, &ast->right_operand->pos,
			"%s%s cannot be compared with %s%s", left->type.list ? "a list of " : "",
			eyas_type_info(left->type.type)->name, type->list ? "a list of " : "",
			eyas_type_info(type->type)->name);
	if (value_type_is_net(type->type))
		return refuse_right(ast, reterr, "networks are compared with constants only");
	check->compare = eyas_compare_find(type->type, list_op ? OP_EQ : ast->op);
	check->eval = eyas_check_slots;
	return 0;
}

static int add_right(struct eyas_network *network, const struct ast *ast, const struct left *left,
		     network_warn_fn warn, void *warn_ctx, struct check *check,
		     struct eyas_err *reterr)
{
	switch (ast->right) {
	case RIGHT_NONE:
		check->eval = eyas_check_exists;
		return 0;
	case RIGHT_OPERAND:
		return add_right_slot(network, ast, left, check, reterr);
	case RIGHT_NAME:
		return eyas_ast_fail(
			reterr, EYAS_E_USAGE, &ast->values[0].pos, "there is no list '%.*s'",
			ast->values[0].len > SHOWN_MAX ? SHOWN_MAX : (int)ast->values[0].len,
			ast->values[0].text);
	case RIGHT_VALUE:
	case RIGHT_LIST:
		break;
	}
	return add_constants(network, ast, left, warn, warn_ctx, check, reterr);
}

/* ---- the whole ---- */

static uint32_t find_check(const struct eyas_network *network, const struct check *check,
			   uint64_t hash)
{
	uint32_t id = intern_first(&network->check_ids, hash);

	while (id != NO_INDEX && !same_check(&network->checks[id], check))
		id = network->check_ids.next[id];
	return id;
}

/* The check is new: what it points to moves out of the temporary arena. */
static int keep_check(struct eyas_network *network, const struct ast *ast, struct check *check,
		      uint64_t hash, struct eyas_err *reterr)
{
	bool constants = ast->right == RIGHT_VALUE || ast->right == RIGHT_LIST;
	struct check *checks;
	int res;

	if (constants) {
		check->consts =
			eyas_constants_copy(&network->memory, check->consts, check->nconsts);
		if (!check->consts)
			return eyas_network_no_memory(reterr);
		res = make_right(network, ast, check, reterr);
		if (res < 0)
			return res;
	}
	checks = eyas_network_grow(network->checks, &network->checks_cap, network->nchecks,
				   sizeof(*checks));
	if (checks)
		network->checks = checks;
	if (!checks || !eyas_intern_add(&network->check_ids, hash, network->nchecks))
		return eyas_network_no_memory(reterr);
	checks[network->nchecks++] = *check;
	return 0;
}

int eyas_network_check_add(struct eyas_network *network, const struct ast *ast,
			   network_warn_fn warn, void *warn_ctx, uint32_t *ret_check,
			   struct eyas_err *reterr)
{
	struct check check = { .op = (uint8_t)ast->op,
			       .modifier = (uint8_t)ast->modifier,
			       .right_slot = NO_INDEX };
	struct left left;
	uint64_t hash;
	int res;

	res = eyas_network_slot_add(network, ast->left, NETWORK_FILTER, 0, &check.left, reterr);
	if (res < 0)
		return res;
	left = left_of(network, check.left);
	res = check_operator(network, ast, &left, reterr);
	if (res < 0)
		return res;
	check.every = (left.type.list && ast->op == OP_IN) ||
		      (left.multi == FIELD_ANY_ALL && ast->op == OP_NE);
	check.vacuous = left.type.list && ast->op == OP_IN;
	check.dynamic = left.field && left.field->type == EYAS_PT_DYN;
	res = add_right(network, ast, &left, warn, warn_ctx, &check, reterr);
	if (res < 0)
		return res;
	hash = hash_check(&check);
	*ret_check = find_check(network, &check, hash);
	if (*ret_check != NO_INDEX)
		return 0;
	res = keep_check(network, ast, &check, hash, reterr);
	if (res < 0)
		return res;
	*ret_check = network->nchecks - 1;
	return 0;
}
