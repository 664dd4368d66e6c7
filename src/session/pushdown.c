/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of a filter can be left to the kernel? Asked once, before a live source is opened. The
 * filter itself is still applied to all that comes, so that too much is only slow; what must not
 * happen is that the kernel turns away an event that would have matched. Hence a term becomes a
 * test of the kernel only where both say the same of every event:
 *
 * - proc.pid=N is the process of the calling thread, which the kernel has at hand. A process keeps
 *   its id for as long as it lives, also through an execve, and ids of both sides are those of
 *   the machine's own pid namespace.
 * - evt.failed and evt.rawres against 0 ask for the sign of the result. Types have it as it was
 *   returned, in eight bytes. Others, should there ever be one, keep the test from being made.
 *   Events without a result match neither, whatever the kernel does with them. One exception is
 *   made with open eyes: getuid, geteuid, getgid and getegid have four bytes, in which an id of
 *   2147483648 and more looks like a failure to the filter, and not to the kernel. These calls
 *   cannot fail, and to capture all calls of a machine for such an id would be absurd.
 *
 * What looks as if it could be tested, and why it is not:
 *
 * - proc.name is the name as events told of it. Another thread may have changed it through
 *   /proc/PID/task/TID/comm, of which there is no event, so that the kernel's is another one.
 * - user.uid is the effective user of the last event that told; the kernel tests the real one.
 * - container.id and thread.cgroup are as of the last clone or execve; processes are moved between
 *   cgroups without an event, and one container may have several cgroups.
 * - fd.name is a path put together from the directory it is relative to; the kernel only has
 *   what was passed. Parameters (evt.arg) are resolved in the same way.
 * - Negated terms match events without a value, too.
 */
#include "session/pushdown.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- terms that the kernel can test ---- */

/* A check of a plain field against one constant. */
static bool is_plain(const struct ast *ast, const char *field)
{
	const struct ast_operand *left = ast->left;

	return left->kind == OPERAND_FIELD && !left->has_arg && ast->modifier == MOD_NONE &&
	       ast->nvalues == 1 && (ast->right == RIGHT_VALUE || ast->right == RIGHT_LIST) &&
	       !strcmp(left->value.text, field);
}

static bool is_equality(const struct ast *ast)
{
	return ast->op == OP_EQ || ast->op == OP_IN;
}

static bool value_is(const struct ast_value *value, const char *text)
{
	return value->len == strlen(text) && !memcmp(value->text, text, value->len);
}

/* Decimal digits alone; other forms are left to the filter. */
static bool parse_id(const struct ast_value *value, uint32_t *ret)
{
	uint64_t number = 0;
	uint32_t i;

	for (i = 0; i < value->len; i++) {
		if (value->text[i] < '0' || value->text[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(value->text[i] - '0');
		if (number > INT32_MAX)
			return false;
	}
	*ret = (uint32_t)number;
	return number > 0 && value->text[0] != '0';
}

/* Is the first parameter of this type the result with its sign, or nothing that is one? */
static bool has_plain_result(unsigned type)
{
	const struct eyas_event_info *info = eyas_event_info(type);
	unsigned param;

	if (!(info->category & EYAS_EC_SYSCALL) || type % 2 == 0 || !info->nparams ||
	    info->flags & (EYAS_EF_UNUSED | EYAS_EF_OLD_VERSION))
		return true;
	param = info->params[0].type;
	/* A generic event begins with the code of its system call. */
	return param == EYAS_PT_UID || param == EYAS_PT_GID || param == EYAS_PT_SYSCALLID ||
	       eyas_type_info(param)->size == 8;
}

static bool all_have_plain_results(const struct event_set *set)
{
	unsigned type;

	for (type = 0; type < EYAS_EVENT_TYPES; type++)
		if (event_set_has(set, type) && !has_plain_result(type))
			return false;
	return true;
}

/* Does the term ask for failed calls (1) or for those that were not (0)? -1 = neither. */
static int asks_for_failure(const struct ast *ast)
{
	if (is_plain(ast, "evt.failed") && is_equality(ast)) {
		if (value_is(&ast->values[0], "true"))
			return 1;
		return value_is(&ast->values[0], "false") ? 0 : -1;
	}
	if (is_plain(ast, "evt.rawres") && value_is(&ast->values[0], "0")) {
		if (ast->op == OP_LT)
			return 1;
		return ast->op == OP_GE ? 0 : -1;
	}
	return -1;
}

void live_tests_of(const struct ast *ast, const struct event_set *set,
		   struct eyas_live_tests *tests)
{
	uint32_t i, pid;
	int failure;

	if (ast->kind == AST_AND)
		for (i = 0; i < ast->nchildren; i++)
			live_tests_of(ast->children[i], set, tests);
	if (ast->kind != AST_CHECK)
		return;
	/* Of terms that contradict each other one is enough to test. */
	if (is_plain(ast, "proc.pid") && is_equality(ast) && parse_id(&ast->values[0], &pid))
		tests->pid = pid;
	failure = asks_for_failure(ast);
	if (failure < 0 || tests->failed_only || tests->succeeded_only ||
	    !all_have_plain_results(set))
		return;
	tests->failed_only = failure == 1;
	tests->succeeded_only = failure == 0;
}

/* ---- codes ---- */

/* Is the name one of those that evt.type or syscall.type is compared with, somewhere in it? */
static bool is_named(const struct ast *ast, const char *name)
{
	const struct ast_operand *left;
	uint32_t i;

	for (i = 0; i < ast->nchildren; i++)
		if (is_named(ast->children[i], name))
			return true;
	if (ast->kind != AST_CHECK)
		return false;
	left = ast->left;
	if (left->kind != OPERAND_FIELD || (strcmp(left->value.text, "evt.type") != 0 &&
					    strcmp(left->value.text, "syscall.type") != 0))
		return false;
	for (i = 0; i < ast->nvalues; i++)
		if (value_is(&ast->values[i], name))
			return true;
	return false;
}

static bool code_is_named(const struct ast *ast, const struct eyas_syscall_info *info)
{
	unsigned i;

	for (i = 0; i < info->nevents; i++)
		if (is_named(ast, eyas_event_info(info->events[i])->name))
			return true;
	return is_named(ast, info->name);
}

/*
 * Of what is captured by default, all that can match. Of the rest, which is a flood (a switch of
 * threads, a page fault), only what the filter asks for by name: it can match most filters.
 */
static void codes_of_filter(const struct ast *ast, const struct event_set *set,
			    const struct eyas_codes *allowed, bool chosen, struct eyas_codes *codes)
{
	const struct eyas_syscall_info *info;
	unsigned code;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		info = eyas_syscall_info(code);
		if (!info || !event_set_has_syscall(set, code))
			continue;
		if (eyas_codes_has(allowed, code) || (!chosen && code_is_named(ast, info)))
			eyas_codes_add(codes, code);
	}
}

/* Of what is captured by default, all that is looked at. */
static void codes_of_set(const struct event_set *set, const struct eyas_codes *allowed,
			 struct eyas_codes *codes)
{
	unsigned code;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++)
		if (eyas_codes_has(allowed, code) && event_set_has_syscall(set, code))
			eyas_codes_add(codes, code);
}

static void show_codes(const struct eyas_codes *codes, struct event_set *show)
{
	const struct eyas_syscall_info *info;
	unsigned code, i;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		info = eyas_syscall_info(code);
		if (!info || !eyas_codes_has(codes, code))
			continue;
		show->syscalls[code / 64] |= UINT64_C(1) << (code % 64);
		for (i = 0; i < info->nevents; i++)
			show->types[info->events[i] / 64] |= UINT64_C(1) << (info->events[i] % 64);
	}
}

static int plan_filter(const struct live_wish *wish, const struct eyas_codes *allowed,
		       struct live_plan *plan, struct eyas_err *reterr)
{
	struct eyas_arena arena = { .blocks = NULL };
	struct ast *ast;
	int err = eyas_ast_parse(wish->filter_text, strlen(wish->filter_text), NULL, &arena, &ast,
				 reterr);

	if (!err) {
		codes_of_filter(ast, &wish->filter->set, allowed, wish->chosen, &plan->codes);
		live_tests_of(ast, &wish->filter->set, &plan->tests);
		plan->tests.keep_state = wish->state;
	}
	eyas_arena_fini(&arena);
	return err;
}

int live_plan(const struct live_wish *wish, struct live_plan *ret_plan, struct eyas_err *reterr)
{
	struct live_plan plan = { 0 };
	struct eyas_codes allowed = { { 0 } };
	int err = 0;

	if (wish->chosen)
		allowed = *wish->chosen;
	else
		eyas_codes_add_default(&allowed);
	show_codes(&allowed, &plan.show);
	if (wish->filter)
		err = plan_filter(wish, &allowed, &plan, reterr);
	else if (wish->useful)
		codes_of_set(wish->useful, &allowed, &plan.codes);
	else
		plan.codes = allowed;
	if (err)
		return err;
	if (wish->state)
		eyas_codes_add_set(&plan.codes, EYAS_SET_STATE);
	/*
	 * Without the events of all others the state would not be the machine's, which is what the
	 * user's own tests want; the filter's must not have that effect.
	 */
	if (wish->tested && wish->state)
		plan.tests = (struct eyas_live_tests){ 0 };
	*ret_plan = plan;
	return 0;
}

/* ---- names ---- */

static bool add_named(struct eyas_codes *codes, const char *name, size_t len)
{
	const struct eyas_syscall_info *info;
	bool found = false;
	unsigned code;

	if (len == strlen("default") && !memcmp(name, "default", len)) {
		eyas_codes_add_default(codes);
		return true;
	}
	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		info = eyas_syscall_info(code);
		if (!info || strlen(info->name) != len || memcmp(info->name, name, len) != 0)
			continue;
		eyas_codes_add(codes, code);
		found = true;
	}
	return found;
}

bool live_codes_parse(const char *text, struct eyas_codes *codes, const char **ret_bad,
		      size_t *ret_len)
{
	size_t len;

	for (;; text += len + 1) {
		len = strcspn(text, ",");
		if (!add_named(codes, text, len)) {
			*ret_bad = text;
			*ret_len = len;
			return false;
		}
		if (!text[len])
			return true;
	}
}

/* ---- fields ---- */

/* Fields of the event alone; '*' stands for any end. All others look at the state. */
static const char *const event_only[] = {
	"evt.num",	  "evt.time*",	  "evt.datetime*",    "evt.rawtime*",	"evt.reltime*",
	"evt.deltatime*", "evt.latency*", "evt.wait_latency", "evt.outputtime", "evt.asynctype",
	"evt.is_async",	  "evt.source",	  "evt.hostname",     "evt.cpu",	"evt.dir",
	"evt.type",	  "evt.type.is",  "syscall.type",     "evt.rawarg",	"evt.rawres",
	"evt.res",	  "evt.failed",	  "evt.count",	      "evt.count.exit", "evt.buffer",
	"evt.io_dir",	  "evt.is_io*",	  "evt.is_open_*",    "evt.is_wait",	"evt.around",
};

static bool matches(const char *pattern, const char *name)
{
	size_t len = strlen(pattern);

	if (pattern[len - 1] == '*')
		return !strncmp(pattern, name, len - 1);
	return !strcmp(pattern, name);
}

/* Values of these types are printed with what the state knows about them. */
static bool is_raw_type(unsigned type)
{
	switch (type) {
	case EYAS_PT_FD:
	case EYAS_PT_FD32:
	case EYAS_PT_FDLIST:
	case EYAS_PT_PID:
	case EYAS_PT_PID32:
	case EYAS_PT_UID:
	case EYAS_PT_GID:
	case EYAS_PT_FSPATH:
	case EYAS_PT_FSRELPATH:
	case EYAS_PT_DYN:
		return false;
	default:
		return true;
	}
}

static bool is_raw_param(const char *name)
{
	const struct eyas_event_info *info;
	unsigned type, i;

	for (type = 0; (info = eyas_event_info(type)); type++)
		for (i = 0; i < info->nparams; i++)
			if (!strcmp(info->params[i].name, name) &&
			    !is_raw_type(info->params[i].type))
				return false;
	return true;
}

static bool needs_state(const struct field_ref *field)
{
	size_t i;

	if (!strcmp(field->info->name, "evt.arg"))
		return field->arg_is_index || !field->arg || !is_raw_param(field->arg);
	for (i = 0; i < COUNT(event_only); i++)
		if (matches(event_only[i], field->info->name))
			return false;
	return true;
}

bool live_fields_need_state(const struct eyas_network *network)
{
	uint32_t slot, count = eyas_network_slots(network);
	struct slot_info info;

	for (slot = 0; slot < count; slot++) {
		eyas_network_slot(network, slot, &info);
		if (info.field && needs_state(info.field))
			return true;
	}
	return false;
}
