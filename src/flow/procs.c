/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which processes are there, and does the current file have them? A process is said before the
 * first record that refers to it, its ancestors before it, and again in every file.
 */
#include "flow/engine_int.h"

#include <stdlib.h>
#include <string.h>

/* Processes without anything open are forgotten early when there are so many. */
enum { PROCS_MAX = 65536, CHAIN_MIN = 64, FORGET_AFTER_S = 1 };

static uint64_t hash_of(const struct flow_engine *engine, const struct sysflow_oid *oid)
{
	return flow_hash(engine->seed, (uint64_t)oid->createTS, (uint64_t)oid->hpid);
}

static struct sysflow_oid oid_of(const struct flow_engine *engine, const struct eyas_thread *leader)
{
	return (struct sysflow_oid){ (int64_t)leader->clone_ts_ns, flow_procs_pid(engine, leader) };
}

struct flow_proc *flow_procs_find(const struct flow_engine *engine, const struct sysflow_oid *oid)
{
	struct flow_link *link = flow_table_chain(&engine->procs, hash_of(engine, oid));
	struct flow_proc *proc;

	for (; link; link = link->next) {
		proc = (struct flow_proc *)link;
		if (proc->oid.createTS == oid->createTS && proc->oid.hpid == oid->hpid)
			return proc;
	}
	return NULL;
}

static uint64_t pid_hash(const struct flow_engine *engine, int64_t pid)
{
	return flow_hash(engine->seed, (uint64_t)pid, 1);
}

#define PROC_OF(link_ptr, member) \
	((struct flow_proc *)(void *)((char *)(link_ptr)-offsetof(struct flow_proc, member)))

/* The youngest process that is known by an id; for chains that the state has broken off. */
static struct flow_proc *find_pid(const struct flow_engine *engine, int64_t pid)
{
	struct flow_link *link = flow_table_chain(&engine->procs_by_pid, pid_hash(engine, pid));
	struct flow_proc *best = NULL, *proc;

	for (; link; link = link->next) {
		proc = PROC_OF(link, pid_link);
		if (proc->oid.hpid == pid && (!best || proc->oid.createTS > best->oid.createTS))
			best = proc;
	}
	return best;
}

/* ---- family ---- */

static void leave_parent(struct flow_proc *proc)
{
	if (!proc->parent)
		return;
	if (proc->sibling_prev)
		proc->sibling_prev->sibling_next = proc->sibling_next;
	else
		proc->parent->children = proc->sibling_next;
	if (proc->sibling_next)
		proc->sibling_next->sibling_prev = proc->sibling_prev;
	proc->parent = proc->sibling_next = proc->sibling_prev = NULL;
}

static void join_parent(struct flow_proc *proc, struct flow_proc *parent)
{
	if (proc->parent || proc == parent)
		return;
	proc->parent = parent;
	proc->sibling_next = parent->children;
	if (parent->children)
		parent->children->sibling_prev = proc;
	parent->children = proc;
}

/* ---- a process as the state has it ---- */

/* argv[1..] in one line. */
static struct eyas_istr *line_of(struct flow_engine *engine, const struct eyas_istr *list)
{
	struct eyas_str *text = &engine->text;
	size_t len = list->len, i;
	struct eyas_istr *line;

	if (!len)
		return istr_ref(engine->pool->empty);
	text->len = 0;
	eyas_str_add(text, list->text, len - 1);
	for (i = 0; !text->nomem && i < text->len; i++)
		if (!text->data[i])
			text->data[i] = ' ';
	line = istr_get(engine->pool, text->data, text->nomem ? 0 : text->len);
	text->nomem = false;
	return line;
}

static bool is_unknown(const struct eyas_istr *text)
{
	return !text->len || (text->len == 4 && !memcmp(text->text, "<NA>", 4));
}

/* What may change while it lives, and the original follows. */
static void set_program(struct flow_engine *engine, const struct eyas_context *context,
			struct flow_proc *proc, const struct eyas_thread *leader, bool created)
{
	flow_set_str(engine, &proc->exe,
		     istr_ref(is_unknown(leader->exepath) ? leader->exe : leader->exepath));
	flow_set_str(engine, &proc->args, line_of(engine, leader->args));
	flow_owners_name(engine, context, proc, leader, created);
	proc->uid = (int32_t)leader->uid;
	proc->gid = (int32_t)leader->gid;
}

/* What the original sees once and for all. */
static void set_place(struct flow_engine *engine, struct flow_proc *proc,
		      const struct eyas_thread *leader)
{
	flow_set_str(engine, &proc->cwd, istr_ref(leader->fs->cwd));
	flow_set_str(engine, &proc->env, istr_ref(leader->env));
	proc->tty = leader->tty != 0;
	proc->entry = leader->vpid == 1;
}

static bool is_swapper(const struct eyas_thread *leader)
{
	return !leader->clone_ts_ns && !leader->pid;
}

/* The leader of the parent, if more than its number is known; the first process has none. */
static const struct eyas_thread *parent_of(const struct eyas_thread *leader)
{
	const struct eyas_thread *parent = eyas_thread_parent(leader);

	return parent && !(parent->bits & THREAD_GUESSED) && !is_swapper(parent) ? parent : NULL;
}

static void set_parent(struct flow_engine *engine, struct flow_proc *proc,
		       const struct eyas_thread *leader)
{
	const struct eyas_thread *parent = parent_of(leader);
	const struct flow_proc *known;

	if (parent) {
		proc->poid = oid_of(engine, parent);
		proc->has_poid = true;
	} else if (leader->ptid != -1) {
		known = find_pid(engine, leader->ptid);
		if (known)
			proc->poid = known->oid;
		proc->has_poid = known != NULL;
	}
	/* By ids that lie, a process can seem to be its own parent. */
	if (proc->poid.createTS == proc->oid.createTS && proc->poid.hpid == proc->oid.hpid)
		proc->has_poid = false;
}

/* thread: whose container it is. The leader does not always have one at once. */
static int set_container(struct flow_engine *engine, struct flow_proc *proc,
			 const struct eyas_thread *thread, struct eyas_err *reterr)
{
	int err;

	if (proc->container)
		proc->container->refs--;
	err = flow_containers_get(engine, thread->container_id, &proc->container, reterr);
	if (proc->container)
		proc->container->refs++;
	return err;
}

/* In this order they are gone through, so that a capture always leads to the same records. */
static void list_put(struct flow_engine *engine, struct flow_proc *proc)
{
	proc->prev = engine->procs_last;
	if (proc->prev)
		proc->prev->next = proc;
	else
		engine->procs_first = proc;
	engine->procs_last = proc;
}

static void list_take(struct flow_engine *engine, struct flow_proc *proc)
{
	if (proc->prev)
		proc->prev->next = proc->next;
	else
		engine->procs_first = proc->next;
	if (proc->next)
		proc->next->prev = proc->prev;
	else
		engine->procs_last = proc->prev;
}

static void drop(struct flow_engine *engine, struct flow_proc *proc)
{
	while (proc->children)
		leave_parent(proc->children);
	leave_parent(proc);
	flow_summary_drop(engine, proc);
	if (proc->container)
		proc->container->refs--;
	flow_set_str(engine, &proc->exe, NULL);
	flow_set_str(engine, &proc->args, NULL);
	flow_set_str(engine, &proc->user, NULL);
	flow_set_str(engine, &proc->group, NULL);
	flow_set_str(engine, &proc->cwd, NULL);
	flow_set_str(engine, &proc->env, NULL);
	flow_table_remove(&engine->procs, &proc->link);
	flow_table_remove(&engine->procs_by_pid, &proc->pid_link);
	list_take(engine, proc);
	flow_free(engine, proc, sizeof(*proc));
}

static bool has_something_open(const struct flow_proc *proc)
{
	return proc->flows || proc->has_summary;
}

static void keep(struct flow_proc *proc)
{
	for (; proc && !proc->kept; proc = proc->parent)
		proc->kept = true;
}

/*
 * Forget those that have nothing open, nor have any of their descendants; with fresh set, the
 * others have to be said again.
 */
static void sweep(struct flow_engine *engine, bool fresh)
{
	struct flow_proc *proc, *next;

	for (proc = engine->procs_first; proc; proc = proc->next)
		if (has_something_open(proc))
			keep(proc);
	for (proc = engine->procs_first; proc; proc = next) {
		next = proc->next;
		if (!proc->kept) {
			drop(engine, proc);
			continue;
		}
		proc->kept = false;
		if (fresh)
			proc->written = false;
	}
	engine->full_procs = engine->procs.count + PROCS_MAX;
}

static struct flow_proc *add(struct flow_engine *engine, const struct sysflow_oid *oid)
{
	struct flow_proc *proc = flow_alloc(engine, sizeof(*proc));

	if (!proc)
		return NULL;
	proc->oid = *oid;
	proc->link.hash = hash_of(engine, oid);
	proc->pid_link.hash = pid_hash(engine, oid->hpid);
	if (flow_table_add(&engine->procs, &proc->link)) {
		flow_free(engine, proc, sizeof(*proc));
		return NULL;
	}
	if (flow_table_add(&engine->procs_by_pid, &proc->pid_link)) {
		flow_table_remove(&engine->procs, &proc->link);
		flow_free(engine, proc, sizeof(*proc));
		return NULL;
	}
	list_put(engine, proc);
	return proc;
}

static int create(struct flow_engine *engine, const struct eyas_context *context,
		  const struct eyas_thread *thread, enum sysflow_object_state state,
		  struct flow_proc **ret_proc, struct eyas_err *reterr)
{
	const struct eyas_thread *leader = eyas_thread_leader((struct eyas_thread *)thread);
	const struct sysflow_oid oid = oid_of(engine, leader);
	struct flow_proc *proc = add(engine, &oid);

	*ret_proc = proc;
	if (!proc) {
		engine->stats.flows_refused++;
		return 0;
	}
	proc->state = (uint8_t)state;
	proc->ts = (int64_t)context->event->ts_ns;
	set_place(engine, proc, leader);
	set_parent(engine, proc, leader);
	set_program(engine, context, proc, leader, true);
	return set_container(engine, proc, thread, reterr);
}

/* ---- ancestors ---- */

static bool chain_put(struct flow_engine *engine, size_t *count, struct flow_proc *proc)
{
	size_t cap = engine->chain_cap ? engine->chain_cap * 2 : CHAIN_MIN;
	struct flow_proc **chain;

	if (*count == engine->chain_cap) {
		chain = realloc(engine->chain, cap * sizeof(struct flow_proc *));
		if (!chain)
			return false;
		engine->stats.bytes += (cap - engine->chain_cap) * sizeof(struct flow_proc *);
		engine->chain = chain;
		engine->chain_cap = cap;
	}
	engine->chain[(*count)++] = proc;
	return true;
}

/*
 * The ancestors that the current file lacks, behind the process in engine->chain. ret_top: the
 * thread at whose parent the state's chain breaks off, NULL if it leads to one that was said.
 */
static int collect(struct flow_engine *engine, const struct eyas_context *context,
		   const struct eyas_thread *leader, size_t *count,
		   const struct eyas_thread **ret_top, struct eyas_err *reterr)
{
	const struct eyas_thread *at = leader;
	struct flow_proc *proc;
	struct sysflow_oid oid;
	int err;

	for (;;) {
		*ret_top = at;
		at = parent_of(at);
		if (!at)
			return 0;
		oid = oid_of(engine, at);
		proc = flow_procs_find(engine, &oid);
		if (proc)
			join_parent(engine->chain[*count - 1], proc);
		if (proc && proc->written)
			break;
		if (proc) {
			proc->state = SYSFLOW_REUP;
			err = set_container(engine, proc, at, reterr);
		} else {
			err = create(engine, context, at, SYSFLOW_REUP, &proc, reterr);
		}
		if (err || !proc)
			return err;
		join_parent(engine->chain[*count - 1], proc);
		if (!chain_put(engine, count, proc))
			break;
	}
	*ret_top = NULL;
	return 0;
}

/* What was known of the ancestors before the state forgot them. */
static void collect_by_pid(struct flow_engine *engine, const struct eyas_thread *top, size_t *count)
{
	struct flow_proc *proc = find_pid(engine, top->ptid);
	uint32_t steps;

	/* A process may be an ancestor of itself by ids that were used again. */
	for (steps = 0; proc && steps < engine->procs.count; steps++) {
		join_parent(engine->chain[*count - 1], proc);
		if (!proc->written && !chain_put(engine, count, proc))
			return;
		/* Said from here on, so that a circle does not say it twice. */
		proc = proc->has_poid ? flow_procs_find(engine, &proc->poid) : NULL;
	}
}

static int say_chain(struct flow_engine *engine, size_t count, struct eyas_err *reterr)
{
	int err = 0;

	while (!err && count--) {
		if (engine->chain[count]->written)
			continue;
		engine->chain[count]->written = true;
		err = flow_send_proc(engine, engine->chain[count], reterr);
	}
	return err;
}

/* The process is known, or new, but not to the current file. */
static EYAS_COLD int introduce(struct flow_engine *engine, const struct eyas_context *context,
			       const struct eyas_thread *leader, struct flow_proc *proc,
			       struct eyas_err *reterr)
{
	const struct eyas_thread *top;
	size_t count = 0;
	int err;

	if (!chain_put(engine, &count, proc)) {
		proc->written = true;
		return flow_send_proc(engine, proc, reterr);
	}
	err = collect(engine, context, leader, &count, &top, reterr);
	if (!err && top && top->ptid != -1)
		collect_by_pid(engine, top, &count);
	return err ? err : say_chain(engine, count, reterr);
}

int flow_procs_ensure(struct flow_engine *engine, const struct eyas_context *context,
		      enum sysflow_object_state state, struct flow_proc **ret_proc,
		      bool *ret_created, struct eyas_err *reterr)
{
	const struct eyas_thread *leader = eyas_thread_leader(context->thread);
	const struct sysflow_oid oid = oid_of(engine, leader);
	struct flow_proc *proc = flow_procs_find(engine, &oid);
	int err;

	*ret_proc = proc;
	if (ret_created)
		*ret_created = !proc;
	if (proc && proc->written)
		return 0;
	if (proc) {
		proc->state = SYSFLOW_REUP;
		err = set_container(engine, proc, context->thread, reterr);
	} else {
		if (engine->procs.count >= engine->full_procs)
			sweep(engine, false);
		err = create(engine, context, context->thread, state, &proc, reterr);
		*ret_proc = proc;
	}
	if (err || !proc)
		return err;
	return introduce(engine, context, leader, proc, reterr);
}

/* ---- later ---- */

int flow_procs_modified(struct flow_engine *engine, const struct eyas_context *context,
			struct flow_proc *proc, struct eyas_err *reterr)
{
	const struct eyas_thread *leader = eyas_thread_leader(context->thread);
	int err = 0;

	proc->state = SYSFLOW_MODIFIED;
	proc->ts = (int64_t)context->event->ts_ns;
	set_program(engine, context, proc, leader, false);
	if (!flow_strict(engine)) {
		set_place(engine, proc, leader);
		err = set_container(engine, proc, context->thread, reterr);
	}
	proc->written = true;
	return err ? err : flow_send_proc(engine, proc, reterr);
}

int flow_procs_say(struct flow_engine *engine, struct flow_proc *proc, bool ancestors,
		   struct eyas_err *reterr)
{
	struct flow_proc *at = proc;
	size_t count = 0, i;
	uint32_t steps;
	int err = 0;

	if (proc->written)
		return proc->container ? flow_containers_say(engine, proc->container, reterr) : 0;
	for (steps = 0; at && steps <= engine->procs.count; steps++) {
		if (!at->written && !chain_put(engine, &count, at))
			break;
		at = ancestors && at->has_poid ? flow_procs_find(engine, &at->poid) : NULL;
	}
	for (i = count; !err && i--;) {
		engine->chain[i]->state = SYSFLOW_REUP;
		err = flow_containers_say(engine, engine->chain[i]->container, reterr);
	}
	return err ? err : say_chain(engine, count, reterr);
}

void flow_procs_bury(struct flow_engine *engine, struct flow_proc *proc)
{
	struct flow_death *death;

	if (proc->dying)
		return;
	death = flow_alloc(engine, sizeof(*death));
	if (!death)
		return; /* the next sweep has it */
	proc->dying = true;
	death->oid = proc->oid;
	death->since_s = flow_now_s(engine);
	*engine->deaths_end = death;
	engine->deaths_end = &death->next;
}

/* Events of other threads may have come behind the exit and opened something: it stays then. */
void flow_procs_forget_dead(struct flow_engine *engine)
{
	const uint64_t now_s = flow_now_s(engine);
	struct flow_death *death;
	struct flow_proc *proc;

	if (now_s <= engine->death_check_s + FORGET_AFTER_S)
		return;
	engine->death_check_s = now_s;
	while ((death = engine->deaths) && now_s >= death->since_s + FORGET_AFTER_S) {
		proc = flow_procs_find(engine, &death->oid);
		engine->deaths = death->next;
		if (!engine->deaths)
			engine->deaths_end = &engine->deaths;
		flow_free(engine, death, sizeof(*death));
		if (proc && has_something_open(proc))
			proc->dying = false;
		else if (proc)
			drop(engine, proc);
	}
}

void flow_procs_rotate(struct flow_engine *engine)
{
	sweep(engine, true);
}

void flow_procs_fini(struct flow_engine *engine)
{
	struct flow_death *death;

	while (engine->procs_first)
		drop(engine, engine->procs_first);
	flow_table_fini(&engine->procs);
	flow_table_fini(&engine->procs_by_pid);
	while ((death = engine->deaths)) {
		engine->deaths = death->next;
		flow_free(engine, death, sizeof(*death));
	}
	free(engine->chain);
}
