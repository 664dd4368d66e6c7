/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which events can a filter match at all? Section 4 of the language. Asked when a filter or a
 * rule is compiled, so that events of other types need not be evaluated and system calls that
 * nobody wants need not be recorded. What is inferred may be too much, never too little.
 */
#include "filter/infer.h"

#include <string.h>

#include "base/nearest.h"
#include "schema/ids.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Asynchronous events whose names are known without the plugin that sends them. */
static const char *const async_names[] = { "container", "container_removed" };

/*
 * Thousands of rules ask for ten times as many names, without anybody who could own an index of
 * them. So the search goes through numbers first that differ for nearly all names and that the
 * compiler works out: a name costs half a microsecond.
 */
#define NAME_KEY(name, len) \
	((uint32_t)(uint8_t)(name)[0] | (uint32_t)(uint8_t)(name)[(len) / 2] << 8 | \
	 (uint32_t)(uint8_t)(name)[(len)-1] << 16 | (uint32_t)(len) << 24)

/* clang-format off */
static const uint32_t event_keys[] = {
#define EV(id, constant, name, category, flags, params) [id] = NAME_KEY(name, sizeof(name) - 1),
#include "schema/events.def"
#undef EV
};
static const uint32_t syscall_keys[] = {
#define SC(code, constant, name, kind, x86, arm, enter, exit, flags, sets, events) \
	[code] = NAME_KEY(#name, sizeof(#name) - 1),
#include "schema/syscalls.def"
#undef SC
};
/* clang-format on */

/* What a table calls its i-th row; NULL if the row has no name, or is past the last. */
static const char *event_name(size_t type)
{
	const struct eyas_event_info *info = eyas_event_info((unsigned)type);

	return info && !(info->flags & EYAS_EF_UNUSED) ? info->name : NULL;
}

static const char *syscall_name(size_t code)
{
	const struct eyas_syscall_info *info = eyas_syscall_info((unsigned)code);

	return info ? info->name : NULL;
}

struct name_table {
	const uint32_t *keys;
	size_t count;
	const char *(*name)(size_t row);
};

static const struct name_table event_names = { event_keys, COUNT(event_keys), event_name };
static const struct name_table syscall_names = { syscall_keys, COUNT(syscall_keys), syscall_name };

/* The first row from row on that has this name; the table's count if there is none. */
static size_t find_row(const struct name_table *table, size_t row, const char *name, size_t len)
{
	const char *candidate;
	uint32_t key;

	if (!len || len > UINT8_MAX)
		return table->count;
	key = NAME_KEY(name, len);
	for (; row < table->count; row++) {
		if (table->keys[row] != key)
			continue;
		candidate = table->name(row);
		if (candidate && !memcmp(candidate, name, len))
			break;
	}
	return row;
}

static bool is_async_name(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < COUNT(async_names); i++)
		if (strlen(async_names[i]) == len && !memcmp(async_names[i], name, len))
			return true;
	return false;
}

bool eyas_event_name_known(const char *name, size_t len)
{
	return find_row(&event_names, 0, name, len) < event_names.count ||
	       find_row(&syscall_names, 0, name, len) < syscall_names.count ||
	       is_async_name(name, len);
}

/* Every name there is, for eyas_nearest(); "", which is near nothing, for a row without one. */
static const char *known_name(void *ctx, size_t i)
{
	const char *name;

	(void)ctx;
	if (i < event_names.count) {
		name = event_name(i);
		return name ? name : "";
	}
	i -= event_names.count;
	if (i < syscall_names.count) {
		name = syscall_name(i);
		return name ? name : "";
	}
	i -= syscall_names.count;
	return i < COUNT(async_names) ? async_names[i] : NULL;
}

int eyas_event_name_unknown(const struct ast_value *value, struct eyas_err *reterr)
{
	const char *nearest = eyas_nearest(value->text, value->len, known_name, NULL);
	int shown = value->len < 64 ? (int)value->len : 64;

	return eyas_ast_fail(reterr, EYAS_E_USAGE, &value->pos,
			     nearest ? "unknown event type '%.*s'; did you mean '%s'?"
				     : "unknown event type '%.*s'",
			     shown, value->text, nearest);
}

static void add_bit(uint64_t *bits, size_t i)
{
	bits[i / 64] |= UINT64_C(1) << (i % 64);
}

static void set_none(struct event_set *set)
{
	memset(set, 0, sizeof(*set));
}

/* Every comparison of a rule has a set of its own, and most are all there is: so it is quick. */
static void set_all(struct event_set *set)
{
	const unsigned rest = EYAS_EVENT_TYPES % 64;
	size_t i;

	memset(set->types, 0xff, sizeof(set->types));
	if (rest)
		set->types[COUNT(set->types) - 1] = (UINT64_C(1) << rest) - 1;
	memset(set->syscalls, 0, sizeof(set->syscalls));
	for (i = 0; i < COUNT(syscall_keys); i++)
		set->syscalls[i / 64] |= (uint64_t)(syscall_keys[i] != 0) << (i % 64);
}

static void set_add(struct event_set *set, const struct event_set *other)
{
	size_t i;

	for (i = 0; i < COUNT(set->types); i++)
		set->types[i] |= other->types[i];
	for (i = 0; i < COUNT(set->syscalls); i++)
		set->syscalls[i] |= other->syscalls[i];
}

static void set_keep(struct event_set *set, const struct event_set *other)
{
	size_t i;

	for (i = 0; i < COUNT(set->types); i++)
		set->types[i] &= other->types[i];
	for (i = 0; i < COUNT(set->syscalls); i++)
		set->syscalls[i] &= other->syscalls[i];
}

/* Types whose events have a name of their own each, which is not that of the type. */
static bool has_many_names(unsigned type)
{
	return type == EYAS_EV_GENERIC_E || type == EYAS_EV_GENERIC_X ||
	       type == EYAS_EV_ASYNCEVENT_E;
}

/*
 * Put what carries a name into named: the types called so; the system calls called so. A name
 * that is only a system call's stands for the generic pair, one that plugins may send for the
 * asynchronous event. False if nothing does.
 */
static bool add_name(struct event_set *named, const char *name, size_t len)
{
	size_t type = find_row(&event_names, 0, name, len);
	size_t code = find_row(&syscall_names, 0, name, len);
	bool is_event = type < event_names.count, is_syscall = code < syscall_names.count;
	bool is_async = is_async_name(name, len);

	for (; type < event_names.count; type = find_row(&event_names, type + 1, name, len))
		add_bit(named->types, type);
	if (is_syscall)
		add_bit(named->syscalls, code);
	if (is_syscall && !is_event) {
		add_bit(named->types, EYAS_EV_GENERIC_E);
		add_bit(named->types, EYAS_EV_GENERIC_X);
	}
	if (is_async)
		add_bit(named->types, EYAS_EV_ASYNCEVENT_E);
	return is_event || is_syscall || is_async;
}

/* Does some event of a system call have a name that was named, or one that was not? */
static bool syscall_has(const struct eyas_syscall_info *info, const struct event_set *named,
			bool is_named)
{
	bool own_named = event_set_has_syscall(named, info->code);
	unsigned i;

	/* Its own name is always asked for, and it is what evt.type has if it has no event. */
	if (own_named == is_named && (is_named || !info->nevents))
		return true;
	for (i = 0; i < info->nevents; i++)
		if ((has_many_names(info->events[i])
			     ? own_named
			     : event_set_has(named, info->events[i])) == is_named)
			return true;
	return false;
}

/*
 * What has one of the names, or, with is_named false, one that is none of them. Types of many
 * names always have another one, too.
 */
static void set_from_names(struct event_set *set, const struct event_set *named, bool is_named)
{
	const struct eyas_syscall_info *info;
	unsigned i;

	set_none(set);
	for (i = 0; i < EYAS_EVENT_TYPES; i++)
		if (event_set_has(named, i) == is_named || (!is_named && has_many_names(i)))
			add_bit(set->types, i);
	for (i = 0; i < EYAS_SYSCALL_CODES; i++) {
		info = eyas_syscall_info(i);
		if (info && syscall_has(info, named, is_named))
			add_bit(set->syscalls, i);
	}
}

static bool is_field(const struct ast_operand *operand, const char *name)
{
	return operand->kind == OPERAND_FIELD && !operand->has_arg &&
	       !strcmp(operand->value.text, name);
}

static bool is_type_field(const struct ast_operand *operand)
{
	return is_field(operand, "evt.type") || is_field(operand, "syscall.type");
}

/* evt.type in a transformer would have to be run backwards; val() alone changes nothing. */
static int check_operand(const struct ast_operand *operand, struct eyas_err *reterr)
{
	const struct ast_operand *item;
	uint32_t i;
	int err;

	if (operand->kind == OPERAND_TRANSFORM && operand->transformer == TR_VAL)
		return 0;
	for (i = 0; i < operand->nitems; i++) {
		item = operand->items[i];
		if (is_type_field(item))
			return eyas_ast_fail(reterr, EYAS_E_USAGE, &item->pos,
					     "%s cannot be used in a transformer",
					     item->value.text);
		err = check_operand(item, reterr);
		if (err)
			return err;
	}
	return 0;
}

/* all when something is always true, nothing when it never is. */
enum truth { NEVER, SOMETIMES, ALWAYS };

static void set_from_truth(struct event_set *set, enum truth truth, bool negated)
{
	if (truth == (negated ? ALWAYS : NEVER))
		set_none(set);
	else
		set_all(set);
}

/*
 * Does a check of evt.type ask for membership in the set of its names, or for the opposite?
 * With a modifier and several names, most ask for something else.
 */
static bool asks_for_set(const struct ast *ast)
{
	return ast->modifier == MOD_NONE || ast->nvalues == 1 ||
	       (ast->op == OP_EQ && ast->modifier == MOD_ANYOF) ||
	       (ast->op == OP_NE && ast->modifier == MOD_ALLOF);
}

static int infer_names(const struct ast *ast, bool negated, struct event_set *ret,
		       struct eyas_err *reterr)
{
	bool is_named = (ast->op == OP_NE) == negated;
	const struct ast_value *value;
	struct event_set named;
	uint32_t i;

	set_none(&named);
	for (i = 0; i < ast->nvalues; i++) {
		value = &ast->values[i];
		if (!add_name(&named, value->text, value->len))
			return eyas_event_name_unknown(value, reterr);
	}
	if (ast->modifier != MOD_NONE && !ast->nvalues)
		set_from_truth(ret, NEVER, negated);
	else if (asks_for_set(ast) || (is_named && ast->op == OP_EQ))
		set_from_names(ret, &named, is_named);
	else
		set_all(ret);
	return 0;
}

/* A check of evt.type or syscall.type. */
static int infer_type_check(const struct ast *ast, bool negated, struct event_set *ret,
			    struct eyas_err *reterr)
{
	const char *field = ast->left->value.text;

	if (ast->right == RIGHT_OPERAND)
		return eyas_ast_fail(reterr, EYAS_E_USAGE, &ast->right_operand->pos,
				     "%s is compared with names only, not with a field", field);
	switch (ast->op) {
	case OP_EQ:
	case OP_NE:
	case OP_IN:
		if (ast->right != RIGHT_NAME)
			return infer_names(ast, negated, ret, reterr);
		break;
	case OP_EXISTS:
		/* Every event has an evt.type, but not a syscall.type. */
		set_from_truth(ret, strcmp(field, "evt.type") ? SOMETIMES : ALWAYS, negated);
		return 0;
	default:
		break;
	}
	set_all(ret);
	return 0;
}

/* A whole number, 2 for all that are larger or wrap around below 0; false if it is none. */
static bool small_number(const struct ast_value *value, unsigned *ret)
{
	bool sign = value->len && (value->text[0] == '-' || value->text[0] == '+');
	unsigned number = 0;
	uint32_t i;

	for (i = sign; i < value->len; i++) {
		if (value->text[i] < '0' || value->text[i] > '9')
			return false;
		if (number || value->text[i] > '1')
			number = 2;
		else
			number = (unsigned)(value->text[i] - '0');
	}
	*ret = number && value->text[0] == '-' ? 2 : number;
	return i > sign;
}

/* evt.num, which counts from 1, compared with a constant. */
static enum truth compare_number(enum ast_op op, unsigned constant)
{
	switch (op) {
	case OP_EQ:
	case OP_LE:
	case OP_IN:
	case OP_INTERSECTS:
		return constant ? SOMETIMES : NEVER;
	case OP_NE:
	case OP_GT:
		return constant ? SOMETIMES : ALWAYS;
	case OP_LT:
		return constant > 1 ? SOMETIMES : NEVER;
	case OP_GE:
		return constant > 1 ? SOMETIMES : ALWAYS;
	default:
		return SOMETIMES;
	}
}

static enum truth number_check(const struct ast *ast)
{
	enum truth truth = SOMETIMES;
	unsigned constant;
	uint32_t i;

	if (ast->modifier != MOD_NONE || (ast->right != RIGHT_VALUE && ast->right != RIGHT_LIST))
		return SOMETIMES;
	if (!ast->nvalues)
		return NEVER;
	/* In a list, no value may be one that evt.num can have. */
	for (i = 0; i < ast->nvalues; i++) {
		if (!small_number(&ast->values[i], &constant))
			return SOMETIMES;
		truth = compare_number(ast->op, constant);
		if (truth == SOMETIMES)
			break;
	}
	return truth;
}

static int check_operands(const struct ast *ast, struct eyas_err *reterr)
{
	int err = check_operand(ast->left, reterr);

	if (!err && ast->right == RIGHT_OPERAND)
		err = check_operand(ast->right_operand, reterr);
	return err;
}

/* A comparison that can hold for any event, negated or not, as most can; NULL if it is none. */
static const struct ast *find_open(const struct ast *ast)
{
	while (ast->kind == AST_NOT)
		ast = ast->children[0];
	return ast->kind == AST_CHECK && !is_type_field(ast->left) &&
			       !is_field(ast->left, "evt.num")
		       ? ast
		       : NULL;
}

static int infer_check(const struct ast *ast, bool negated, struct event_set *ret,
		       struct eyas_err *reterr)
{
	int err = check_operands(ast, reterr);

	if (err)
		return err;
	if (is_type_field(ast->left))
		return infer_type_check(ast, negated, ret, reterr);
	set_from_truth(ret, is_field(ast->left, "evt.num") ? number_check(ast) : SOMETIMES,
		       negated);
	return 0;
}

static int infer(const struct ast *ast, bool negated, struct event_set *ret,
		 struct eyas_err *reterr);

/*
 * "not (a and b)" is "not a or not b": a negated chain is the other one of negated children. Sets
 * of those that can hold for any event are not made: they add all, or keep all.
 */
static int infer_chain(const struct ast *ast, bool negated, struct event_set *ret,
		       struct eyas_err *reterr)
{
	bool narrows = (ast->kind == AST_AND) != negated, all = narrows;
	const struct ast *open;
	struct event_set child;
	uint32_t i;
	int err;

	set_none(ret);
	for (i = 0; i < ast->nchildren; i++) {
		open = find_open(ast->children[i]);
		err = open ? check_operands(open, reterr)
			   : infer(ast->children[i], negated, &child, reterr);
		if (err)
			return err;
		if (open) {
			all |= !narrows;
		} else if (!narrows) {
			set_add(ret, &child);
		} else if (all) {
			*ret = child;
			all = false;
		} else {
			set_keep(ret, &child);
		}
	}
	if (all)
		set_all(ret);
	return 0;
}

static int infer_shared(struct ast_shared *shared, bool negated, struct event_set *ret,
			struct eyas_err *reterr)
{
	int err = shared->inferred[negated]
			  ? 0
			  : infer(shared->tree, negated, &shared->sets[negated], reterr);

	if (err)
		return err;
	shared->inferred[negated] = true;
	*ret = shared->sets[negated];
	return 0;
}

static int infer(const struct ast *ast, bool negated, struct event_set *ret,
		 struct eyas_err *reterr)
{
	switch (ast->kind) {
	case AST_AND:
	case AST_OR:
		return infer_chain(ast, negated, ret, reterr);
	case AST_NOT:
		return infer(ast->children[0], !negated, ret, reterr);
	case AST_CHECK:
		return infer_check(ast, negated, ret, reterr);
	case AST_MACRO:
		if (ast->shared)
			return infer_shared(ast->shared, negated, ret, reterr);
		break;
	}
	set_all(ret);
	return 0;
}

int eyas_ast_infer(const struct ast *ast, struct event_set *ret_set, struct eyas_err *reterr)
{
	struct event_set set;
	int err = infer(ast, false, &set, reterr);

	if (!err)
		*ret_set = set;
	return err;
}
