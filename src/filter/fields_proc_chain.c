/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Relatives of the process of an event: its parent, its ancestors, the leaders of its session
 * and process groups. Chains of parents are free of loops; all walks are bounded nevertheless,
 * because a chain can be as long as the thread table.
 */
#include <stddef.h>

#include "filter/fields_state.h"

/* ---- whose ---- */

enum { CL_CHILD_IN_PIDNS = 0x20000000 }; /* clone_flags: its ids are those of a namespace */

static bool in_pid_namespace(const struct eyas_thread *thread)
{
	return (thread->flags & CL_CHILD_IN_PIDNS) ||
	       (thread->vtid != -1 && thread->vtid != thread->tid);
}

/* A parent of which no more is known than that it is one tells nothing to anybody. */
static struct eyas_thread *parent_of(const struct eyas_thread *thread)
{
	struct eyas_thread *parent = eyas_thread_parent(thread);

	return parent && parent->pid != -1 ? parent : NULL;
}

struct eyas_thread *eyas_proc_up(const struct eyas_thread *thread, unsigned *steps)
{
	if (*steps == PROC_CHAIN_MAX)
		return NULL;
	++*steps;
	return parent_of(thread);
}

static int64_t thread_id(const struct eyas_thread *thread, size_t offset)
{
	return *(const int64_t *)((const char *)thread + offset);
}

/*
 * The leader of the session or group whose id is at this offset. An id that counts in the host's
 * namespace is the pid of the leader. Otherwise, and when the leader has exited, the eldest of
 * the ancestors in a row that have the same id stands for it.
 */
static struct eyas_thread *group_leader(const struct field_eval *eval, struct eyas_thread *thread,
					size_t offset, bool host_id)
{
	int64_t id = thread_id(thread, offset);
	struct eyas_thread *leader = NULL, *up;
	unsigned steps = 0;

	if (id == -1)
		return NULL;
	if (host_id || !in_pid_namespace(thread))
		leader = eyas_state_find(eval->context->state, id);
	if (leader)
		return leader;
	leader = eyas_thread_leader(thread);
	while ((up = eyas_proc_up(leader, &steps)) && thread_id(up, offset) == id)
		leader = up;
	return leader;
}

struct eyas_thread *eyas_proc_who(const struct field_eval *eval, enum proc_who who)
{
	struct eyas_thread *thread = eval->context->thread;

	if (!thread)
		return NULL;
	switch (who) {
	case WHO_SELF:
		return thread;
	case WHO_MAIN:
		return eyas_thread_leader(thread);
	case WHO_PARENT:
		return parent_of(thread);
	case WHO_SESSION:
		return group_leader(eval, thread, offsetof(struct eyas_thread, sid), false);
	case WHO_VPGROUP:
		return group_leader(eval, thread, offsetof(struct eyas_thread, vpgid), false);
	case WHO_PGROUP:
		return group_leader(eval, thread, offsetof(struct eyas_thread, pgid), true);
	}
	return NULL;
}

struct eyas_thread *eyas_proc_ancestor(const struct field_eval *eval, int64_t n)
{
	struct eyas_thread *thread = eyas_proc_who(eval, WHO_MAIN);
	unsigned steps = 0;

	if (n < 0 || n > PROC_CHAIN_MAX)
		return NULL;
	while (thread && steps < (unsigned)n)
		thread = eyas_proc_up(thread, &steps);
	return thread;
}

/* ---- all ancestors at once ---- */

/* How one ancestor becomes a value of a list. */
typedef bool (*ancestor_fn)(const struct field_eval *eval, const struct field_ref *ref,
			    const struct eyas_thread *thread, struct eyas_value *ret);

static unsigned count_ancestors(const struct field_eval *eval)
{
	const struct eyas_thread *thread = eyas_proc_who(eval, WHO_MAIN);
	unsigned steps = 0, count = 0;

	while (thread && (thread = eyas_proc_up(thread, &steps)))
		count++;
	return count;
}

static bool list_ancestors(const struct field_eval *eval, const struct field_ref *ref,
			   ancestor_fn value_of, struct eyas_value *ret)
{
	unsigned count = count_ancestors(eval), steps = 0, n = 0;
	const struct eyas_thread *thread = eyas_proc_who(eval, WHO_MAIN);
	struct eyas_value *items;

	if (!count)
		return false;
	items = eyas_arena_get(eval->arena, count * sizeof(*items));
	if (!items)
		return false;
	while (n < count && (thread = eyas_proc_up(thread, &steps)))
		if (value_of(eval, ref, thread, &items[n]))
			n++;
	return field_list(ref, items, n, ret);
}

static bool join_ancestors(const struct field_eval *eval, const struct field_ref *ref,
			   enum proc_text text, struct eyas_value *ret)
{
	const struct eyas_thread *thread = eyas_proc_who(eval, WHO_MAIN);
	struct eyas_str *out = field_begin(eval);
	unsigned steps = 0;

	if (!thread)
		return false;
	for (; (thread = eyas_proc_up(thread, &steps));) {
		if (steps > 1)
			eyas_str_putc(out, ' ');
		eyas_proc_text_put(out, thread, text);
	}
	return eyas_field_scratch(eval, ref, ret);
}

static bool text_of(const struct field_eval *eval, const struct field_ref *ref,
		    const struct eyas_thread *thread, struct eyas_value *ret)
{
	return eyas_proc_text(eval, ref, thread, ref->info->tag, ret);
}

static bool pid_of(const struct field_eval *eval, const struct field_ref *ref,
		   const struct eyas_thread *thread, struct eyas_value *ret)
{
	(void)eval;
	return field_num(ref, (uint64_t)thread->pid, ret);
}

/* ---- the fields ---- */

static bool get_indexed(const struct field_eval *eval, const struct field_ref *ref,
			struct eyas_value *ret)
{
	const struct eyas_thread *thread = eyas_proc_ancestor(eval, ref->arg_index);

	return thread && text_of(eval, ref, thread, ret);
}

bool eyas_proc_get_atext(const struct field_eval *eval, struct field_ref *ref,
			 struct eyas_value *ret)
{
	if (ref->arg)
		return get_indexed(eval, ref, ret);
	if (eval->for_filter)
		return list_ancestors(eval, ref, text_of, ret);
	return join_ancestors(eval, ref, ref->info->tag, ret);
}

/* One text of all ancestors, for a filter, too. */
bool eyas_proc_get_aargs(const struct field_eval *eval, struct field_ref *ref,
			 struct eyas_value *ret)
{
	if (ref->arg)
		return get_indexed(eval, ref, ret);
	return join_ancestors(eval, ref, ref->info->tag, ret);
}

/* The first ancestor that has the variable, and has something in it. */
static bool get_ancestor_env(const struct field_eval *eval, const struct field_ref *ref,
			     struct eyas_value *ret)
{
	enum { ENV_ANCESTORS = 20 };
	const struct eyas_thread *thread = eyas_proc_who(eval, WHO_MAIN);
	unsigned steps = 0;
	const char *value;
	size_t len;

	if (!thread)
		return false;
	while (steps < ENV_ANCESTORS && (thread = eyas_proc_up(thread, &steps)))
		if (eyas_proc_env(thread, ref, &value, &len) && len)
			return field_bytes(ref, value, len, ret);
	return field_text(ref, "", ret);
}

bool eyas_proc_get_aenv(const struct field_eval *eval, struct field_ref *ref,
			struct eyas_value *ret)
{
	if (ref->arg && !ref->arg_is_index)
		return get_ancestor_env(eval, ref, ret);
	/* As the language has it, filters do not look at the index. */
	if (eval->for_filter)
		return list_ancestors(eval, ref, text_of, ret);
	if (ref->arg)
		return get_indexed(eval, ref, ret);
	return join_ancestors(eval, ref, ref->info->tag, ret);
}

bool eyas_proc_get_apid(const struct field_eval *eval, struct field_ref *ref,
			struct eyas_value *ret)
{
	const struct eyas_thread *thread;

	if (!ref->arg && eval->for_filter)
		return list_ancestors(eval, ref, pid_of, ret);
	thread = eyas_proc_ancestor(eval, ref->arg ? ref->arg_index : 0);
	return thread && pid_of(eval, ref, thread, ret);
}

static bool is_shell(const struct eyas_thread *thread)
{
	const struct eyas_istr *comm = thread->comm;

	return comm->len >= 2 && !memcmp(comm->text + comm->len - 2, "sh", 2);
}

bool eyas_proc_get_loginshell(const struct field_eval *eval, struct field_ref *ref,
			      struct eyas_value *ret)
{
	const struct eyas_thread *shell = NULL, *thread = eyas_proc_who(eval, WHO_MAIN);
	unsigned steps = 0;

	for (; thread; thread = eyas_proc_up(thread, &steps))
		if (is_shell(thread))
			shell = thread;
	return shell && pid_of(eval, ref, shell, ret);
}
