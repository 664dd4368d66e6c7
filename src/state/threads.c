/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread table: which threads there are, of which process each is, who its parent is, and who
 * inherits its children. Called by the handlers of process events and by the loader.
 *
 * Links between threads are made as soon as both sides are known. A thread whose parent is not
 * known waits in state->orphans and is linked when a thread with that id is added, so that the
 * children of a thread are all in its list when it exits.
 */
#include <errno.h>
#include <string.h>

#include "state/state_int.h"

enum {
	/*
	 * Ancestors looked at when a link might close a loop. Bounds what a hostile capture can
	 * make one event cost; a longer chain above a thread that has children is cut like a loop.
	 */
	ANCESTORS_MAX = 1024,
	EXPIRY_SLICE = 64,
	/* The whole table is gone through in a quarter of the idle time. */
	EXPIRY_PASSES = 4
};

/* ---- parents ---- */

struct eyas_thread *eyas_thread_parent(const struct eyas_thread *thread)
{
	const struct thread_group *group = thread->group;
	struct eyas_thread *parent = group && group->leader ? group->leader->parent
							    : thread->parent;

	return parent ? eyas_thread_leader(parent) : NULL;
}

/* Is leader, which leads its process, an ancestor of from or of its process, or too far up? */
static bool is_above(const struct eyas_thread *leader, struct eyas_thread *from)
{
	const struct eyas_thread *at = eyas_thread_leader(from);
	unsigned steps;

	for (steps = 0; at && steps < ANCESTORS_MAX; steps++) {
		if (at == leader)
			return true;
		at = eyas_thread_parent(at);
	}
	return at != NULL;
}

static void link_parent(struct eyas_thread *thread, struct eyas_thread *parent)
{
	thread->parent = parent;
	thread->sibling_next = parent->children;
	if (parent->children)
		parent->children->sibling_prev = thread;
	parent->children = thread;
}

/* The thread has no parent yet and waits for it. Without memory it stays without one. */
static void wait_for_parent(struct eyas_state *state, struct eyas_thread *thread)
{
	struct eyas_thread *first = id_map_find(state, &state->orphans, thread->ptid);

	if (!first) {
		(void)id_map_add(state, &state->orphans, thread->ptid, thread);
		return;
	}
	thread->sibling_prev = first;
	thread->sibling_next = first->sibling_next;
	if (first->sibling_next)
		first->sibling_next->sibling_prev = thread;
	first->sibling_next = thread;
}

static void find_parent(struct eyas_state *state, struct eyas_thread *thread)
{
	struct eyas_thread *parent;

	if (thread->ptid <= 0)
		return;
	parent = eyas_state_find(state, thread->ptid);
	if (parent)
		link_parent(thread, parent);
	else
		wait_for_parent(state, thread);
}

/* The first of a list of orphans is left or replaced. */
static void orphans_first(struct eyas_state *state, const struct eyas_thread *thread)
{
	if (id_map_find(state, &state->orphans, thread->ptid) != thread)
		return;
	if (thread->sibling_next)
		id_map_replace(state, &state->orphans, thread->ptid, thread->sibling_next);
	else
		id_map_remove(state, &state->orphans, thread->ptid);
}

/* Away from its parent, or from those that wait for the same one. */
static void unlink_parent(struct eyas_state *state, struct eyas_thread *thread)
{
	if (thread->sibling_prev)
		thread->sibling_prev->sibling_next = thread->sibling_next;
	else if (thread->parent)
		thread->parent->children = thread->sibling_next;
	else
		orphans_first(state, thread);
	if (thread->sibling_next)
		thread->sibling_next->sibling_prev = thread->sibling_prev;
	thread->parent = thread->sibling_next = thread->sibling_prev = NULL;
}

/* The parent that the orphans of this tid waited for is here. */
static void adopt_orphans(struct eyas_state *state, struct eyas_thread *thread)
{
	struct eyas_thread *child = id_map_find(state, &state->orphans, thread->tid), *next;

	if (!child)
		return;
	id_map_remove(state, &state->orphans, thread->tid);
	for (; child; child = next) {
		next = child->sibling_next;
		child->sibling_prev = NULL;
		link_parent(child, thread);
	}
}

/*
 * Links below the process of this thread have changed. A loop that came of it goes through the
 * leader, whose parent is given up.
 */
static void cut_loop(struct eyas_state *state, struct eyas_thread *thread)
{
	struct eyas_thread *leader = eyas_thread_leader(thread);

	if (!leader->parent || !is_above(leader, leader->parent))
		return;
	unlink_parent(state, leader);
	state->stats.loops_cut++;
}

void thread_set_parent(struct eyas_state *state, struct eyas_thread *thread, int64_t ptid)
{
	struct eyas_thread *parent = ptid > 0 ? eyas_state_find(state, ptid) : NULL;

	if (parent && parent == thread->parent)
		return;
	/* Only the parent of a leader counts when one walks up. */
	if (parent && eyas_thread_leader(thread) == thread && is_above(thread, parent)) {
		state->stats.loops_cut++;
		return;
	}
	unlink_parent(state, thread);
	thread->ptid = ptid;
	find_parent(state, thread);
}

/* ---- groups ---- */

static struct thread_group *find_group(const struct eyas_state *state, int64_t pid)
{
	const struct eyas_thread *leader = eyas_state_find(state, pid);

	if (leader && leader->group && leader->group->pid == pid)
		return leader->group;
	return id_map_find(state, &state->groups, pid);
}

/* For its leader, or for another thread, until the leader comes. */
static struct thread_group *new_group(struct eyas_state *state, int64_t pid, bool for_leader)
{
	struct thread_group *group = state_alloc(state, sizeof(*group));

	if (!group)
		return NULL;
	group->pid = pid;
	if (!for_leader && id_map_add(state, &state->groups, pid, group)) {
		state_free(state, group, sizeof(*group));
		return NULL;
	}
	state->live_groups++;
	return group;
}

/* Without memory the thread has no group and is taken for its own leader. */
static void join_group(struct eyas_state *state, struct eyas_thread *thread)
{
	bool leads = thread->tid == thread->pid;
	struct thread_group *group;

	if (thread->pid < 0)
		return;
	group = find_group(state, thread->pid);
	if (group && leads)
		id_map_remove(state, &state->groups, group->pid);
	if (!group && !(group = new_group(state, thread->pid, leads)))
		return;
	thread->group = group;
	thread->group_next = group->first;
	if (group->first)
		group->first->group_prev = thread;
	group->first = thread;
	group->alive += !(thread->bits & THREAD_DEAD);
	if (leads)
		group->leader = thread;
}

/* Those who stay become their own leaders: what was above the old one counts no more. */
static void lose_leader(struct eyas_state *state, struct thread_group *group)
{
	struct eyas_thread *thread;

	group->leader = NULL;
	if (!group->first)
		return;
	(void)id_map_add(state, &state->groups, group->pid, group);
	for (thread = group->first; thread; thread = thread->group_next)
		if (thread->children)
			cut_loop(state, thread);
}

static void leave_group(struct eyas_state *state, struct eyas_thread *thread)
{
	struct thread_group *group = thread->group;

	if (!group)
		return;
	if (thread->group_prev)
		thread->group_prev->group_next = thread->group_next;
	else
		group->first = thread->group_next;
	if (thread->group_next)
		thread->group_next->group_prev = thread->group_prev;
	group->alive -= !(thread->bits & THREAD_DEAD);
	thread->group = NULL;
	thread->group_next = thread->group_prev = NULL;
	if (group->leader == thread)
		lose_leader(state, group);
	else if (!group->first && id_map_find(state, &state->groups, group->pid) == group)
		id_map_remove(state, &state->groups, group->pid);
	if (group->first)
		return;
	state_free(state, group, sizeof(*group));
	state->live_groups--;
}

void thread_set_group(struct eyas_state *state, struct eyas_thread *thread, int64_t pid)
{
	if (thread->pid == pid && thread->group)
		return;
	leave_group(state, thread);
	thread->pid = pid;
	join_group(state, thread);
	cut_loop(state, thread);
}

/* ---- adding ---- */

static void set_unknown(struct eyas_state *state, struct eyas_thread *thread)
{
	struct eyas_istr *empty = state->strings.empty;

	thread->vtid = thread->vpid = thread->sid = thread->vpgid = thread->pgid = -1;
	thread->fdlimit = thread->last_fd = -1;
	thread->uid = thread->gid = thread->loginuid = UINT32_MAX;
	thread->comm = istr_ref(empty);
	thread->exe = istr_ref(empty);
	thread->exepath = istr_ref(empty);
	thread->args = istr_ref(empty);
	thread->env = istr_ref(empty);
	thread->cgroups = istr_ref(empty);
	thread->container_id = istr_ref(empty);
}

static void free_thread(struct eyas_state *state, struct eyas_thread *thread)
{
	struct istr_pool *strings = &state->strings;

	if (thread->comm) {
		istr_put(strings, thread->comm);
		istr_put(strings, thread->exe);
		istr_put(strings, thread->exepath);
		istr_put(strings, thread->args);
		istr_put(strings, thread->env);
		istr_put(strings, thread->cgroups);
		istr_put(strings, thread->container_id);
	}
	if (thread->fds)
		fd_table_put(state, thread->fds);
	if (thread->fs)
		fs_info_put(state, thread->fs);
	state_free(state, thread, sizeof(*thread));
}

/* A thread without links, or NULL. */
static struct eyas_thread *new_thread(struct eyas_state *state, int64_t tid)
{
	struct eyas_thread *thread;

	if (state->threads.used >= state->opts.max_threads)
		return NULL;
	thread = state_alloc(state, sizeof(*thread));
	if (!thread)
		return NULL;
	thread->tid = tid;
	thread->fds = fd_table_new(state);
	thread->fs = fs_info_new(state);
	if (!thread->fds || !thread->fs || id_map_add(state, &state->threads, tid, thread)) {
		free_thread(state, thread);
		return NULL;
	}
	set_unknown(state, thread);
	return thread;
}

/* Another thread of the same process. */
static struct eyas_thread *sibling(const struct eyas_thread *thread)
{
	struct eyas_thread *first = thread->group ? thread->group->first : NULL;

	return first == thread ? first->group_next : first;
}

/*
 * The number of a thread is used again, so its exit was missed. When a new process has the number
 * of an old one, so were those of all threads of the old one.
 */
static void remove_older(struct eyas_state *state, int64_t tid, int64_t pid)
{
	struct eyas_thread *thread, *other;

	while ((thread = eyas_state_find(state, tid))) {
		other = tid == pid && eyas_thread_leader(thread) == thread ? sibling(thread) : NULL;
		thread_exit(state, other ? other : thread, 0);
		/* A leader outlives its exit while it has threads, which are not of this process. */
		if (!other && eyas_state_find(state, tid) == thread)
			thread_remove(state, thread, NULL);
	}
}

struct eyas_thread *thread_add(struct eyas_state *state, int64_t tid, int64_t pid, int64_t ptid)
{
	struct eyas_thread *thread;

	remove_older(state, tid, pid);
	thread = new_thread(state, tid);
	if (!thread) {
		state->stats.threads_refused++;
		return NULL;
	}
	state->stats.threads_added++;
	thread->pid = pid;
	thread->ptid = ptid;
	thread->last_seen_ns = state->last_ts_ns;
	join_group(state, thread);
	adopt_orphans(state, thread);
	find_parent(state, thread);
	/* Nobody is below a thread that is new and alone. */
	if (thread->children || thread->group_next)
		cut_loop(state, thread);
	return thread;
}

static struct eyas_thread *guess(struct eyas_state *state, int64_t tid)
{
	struct eyas_thread *thread = thread_add(state, tid, -1, -1);

	if (!thread)
		return NULL;
	state->stats.threads_guessed++;
	thread->bits |= THREAD_GUESSED;
	state_set_str(state, &thread->comm, "<NA>", 4);
	state_set_str(state, &thread->exe, "<NA>", 4);
	state_set_str(state, &thread->fs->cwd, "./", 2);
	return thread;
}

struct eyas_thread *thread_find_or_make(struct eyas_state *state, int64_t tid)
{
	struct eyas_thread *thread = eyas_state_find(state, tid);

	if (thread || tid < 0)
		return thread;
	state->stats.clones_missed++;
	if (state->opts.live && (thread = proc_lookup_thread(state, tid)))
		return thread;
	return guess(state, tid);
}

void thread_inherit(struct eyas_state *state, struct eyas_thread *to,
		    const struct eyas_thread *from)
{
	const uint32_t bits = THREAD_EXE_WRITABLE | THREAD_EXE_UPPER_LAYER |
			      THREAD_EXE_LOWER_LAYER | THREAD_EXE_FROM_MEMFD | THREAD_EXE_ARGS_CUT;
	struct istr_pool *strings = &state->strings;

	istr_move(strings, &to->comm, istr_ref(from->comm));
	istr_move(strings, &to->exe, istr_ref(from->exe));
	istr_move(strings, &to->exepath, istr_ref(from->exepath));
	istr_move(strings, &to->args, istr_ref(from->args));
	istr_move(strings, &to->env, istr_ref(from->env));
	istr_move(strings, &to->cgroups, istr_ref(from->cgroups));
	istr_move(strings, &to->container_id, istr_ref(from->container_id));
	to->sid = from->sid;
	to->vpgid = from->vpgid;
	to->pgid = from->pgid;
	to->lastexec_ts_ns = from->lastexec_ts_ns;
	to->pidns_init_start_ts_ns = from->pidns_init_start_ts_ns;
	to->cap_permitted = from->cap_permitted;
	to->cap_inheritable = from->cap_inheritable;
	to->cap_effective = from->cap_effective;
	to->exe_ino = from->exe_ino;
	to->exe_ino_ctime_ns = from->exe_ino_ctime_ns;
	to->exe_ino_mtime_ns = from->exe_ino_mtime_ns;
	to->exe_ino_ctime_clone_ns = from->exe_ino_ctime_clone_ns;
	to->exe_ino_ctime_pidns_ns = from->exe_ino_ctime_pidns_ns;
	to->fdlimit = from->fdlimit;
	to->uid = from->uid;
	to->gid = from->gid;
	to->loginuid = from->loginuid;
	to->tty = from->tty;
	to->bits = (to->bits & ~bits) | (from->bits & bits);
}

/* ---- removing ---- */

/* A living thread of its process; NULL if there is none but perhaps itself. */
static struct eyas_thread *living_sibling(const struct eyas_thread *thread)
{
	struct eyas_thread *at = thread->group ? thread->group->first : NULL;

	while (at && (at == thread || at->bits & THREAD_DEAD))
		at = at->group_next;
	return at;
}

/* May a thread take the children of one that exits: it is not itself below those. */
static bool may_reap(struct eyas_thread *reaper, struct eyas_thread *exiting)
{
	const struct eyas_thread *leader = eyas_thread_leader(exiting);

	if (!reaper || reaper == exiting || reaper->bits & THREAD_DEAD)
		return false;
	return eyas_thread_leader(reaper) == leader || !is_above(leader, reaper);
}

/* The first living subreaper or init of a pid namespace above. */
static struct eyas_thread *reaper_above(const struct eyas_thread *thread)
{
	struct eyas_thread *at = eyas_thread_parent(thread);
	unsigned steps;

	for (steps = 0; at && steps < ANCESTORS_MAX; steps++, at = eyas_thread_parent(at)) {
		if (at->vpid != 1 && !(at->group && at->group->subreaper))
			continue;
		if (!(at->bits & THREAD_DEAD))
			return at;
		if (living_sibling(at))
			return living_sibling(at);
	}
	return NULL;
}

static struct eyas_thread *find_reaper(const struct eyas_state *state, struct eyas_thread *thread,
				       int64_t reaper_tid)
{
	struct eyas_thread *reaper = reaper_tid > 0 ? eyas_state_find(state, reaper_tid) : NULL;

	if (may_reap(reaper, thread))
		return reaper;
	reaper = living_sibling(thread);
	if (may_reap(reaper, thread))
		return reaper;
	reaper = reaper_above(thread);
	if (may_reap(reaper, thread))
		return reaper;
	reaper = eyas_state_find(state, 1);
	return may_reap(reaper, thread) ? reaper : NULL;
}

static void give_children(struct eyas_state *state, struct eyas_thread *thread,
			  struct eyas_thread *reaper)
{
	struct eyas_thread *child;

	while ((child = thread->children)) {
		unlink_parent(state, child);
		/* What the kernel shows for a parent that cannot be seen. */
		child->ptid = 0;
		if (!reaper)
			continue;
		child->ptid = reaper->tid;
		link_parent(child, reaper);
		state->stats.reparented++;
	}
}

void thread_remove(struct eyas_state *state, struct eyas_thread *thread, struct eyas_thread *reaper)
{
	give_children(state, thread, reaper);
	unlink_parent(state, thread);
	leave_group(state, thread);
	id_map_remove(state, &state->threads, thread->tid);
	if (state->last == thread)
		state->last = NULL;
	if (state->pending.exit == thread)
		state->pending.exit = NULL;
	free_thread(state, thread);
}

/* thread_exit() without counting it. */
static void end_thread(struct eyas_state *state, struct eyas_thread *thread, int64_t reaper_tid)
{
	struct thread_group *group = thread->group;
	struct eyas_thread *leader = group ? group->leader : NULL;

	if (group && !(thread->bits & THREAD_DEAD))
		group->alive--;
	thread->bits |= THREAD_DEAD;
	if (thread->children)
		give_children(state, thread, find_reaper(state, thread, reaper_tid));
	if (leader == thread && group->alive)
		return;
	if (leader && leader != thread && !group->alive) {
		/* Children of the process that came after the exit of its leader. */
		if (leader->children)
			give_children(state, leader, find_reaper(state, leader, reaper_tid));
		thread_remove(state, leader, NULL);
	}
	thread_remove(state, thread, NULL);
}

void thread_exit(struct eyas_state *state, struct eyas_thread *thread, int64_t reaper_tid)
{
	state->stats.threads_exited += !(thread->bits & THREAD_DEAD);
	end_thread(state, thread, reaper_tid);
}

static bool is_idle(struct eyas_state *state, struct eyas_thread *thread, uint64_t now_ns)
{
	/* A dead leader goes with its last thread. */
	if (thread->bits & THREAD_DEAD && thread->group && thread->group->alive)
		return false;
	/* It was loaded before the first event. */
	if (!thread->last_seen_ns)
		thread->last_seen_ns = now_ns;
	if (now_ns < thread->last_seen_ns || now_ns - thread->last_seen_ns <= state->opts.idle_ns)
		return false;
	if (state->leading ? !eyas_state_find(state->leading, thread->tid)
			   : !state->opts.live || !proc_exists(state, thread->tid))
		return true;
	/* Asleep; asked again after another while. */
	thread->last_seen_ns = now_ns;
	return false;
}

void threads_expire(struct eyas_state *state, uint64_t now_ns)
{
	struct eyas_thread *thread;
	unsigned n;

	if (!state->opts.idle_ns || !state->threads.used)
		return;
	for (n = 0; n < EXPIRY_SLICE && state->threads.used; n++) {
		/* The table may have become smaller. */
		if (state->expiry_row > id_map_mask(&state->threads))
			state->expiry_row = 0;
		thread = state->threads.rows[state->expiry_row].value;
		if (!thread || !is_idle(state, thread, now_ns)) {
			state->expiry_row++;
			continue;
		}
		/* The gap closes: the same row is looked at again. */
		end_thread(state, thread, 0);
		state->stats.threads_expired++;
	}
	state->next_expiry_ns = now_ns + state->opts.idle_ns / EXPIRY_PASSES /
						 (id_map_mask(&state->threads) / EXPIRY_SLICE + 1);
}

/* Groups are freed apart from their threads, which are in the table in no order. */
static void clear_group(struct eyas_state *state, struct thread_group *group)
{
	struct eyas_thread *thread = group->first;

	for (; thread; thread = thread->group_next)
		thread->group = NULL;
	state_free(state, group, sizeof(*group));
	state->live_groups--;
}

void threads_clear(struct eyas_state *state)
{
	struct id_row *rows = state->threads.rows;
	size_t i, count = rows ? id_map_mask(&state->threads) + 1 : 0;
	struct eyas_thread *thread;

	for (i = 0; i < count; i++) {
		thread = rows[i].value;
		if (thread && thread->group)
			clear_group(state, thread->group);
	}
	for (i = 0; i < count; i++)
		if (rows[i].value)
			free_thread(state, rows[i].value);
	id_map_clear(state, &state->threads);
	id_map_clear(state, &state->groups);
	id_map_clear(state, &state->orphans);
	state->last = NULL;
	state->pending.exit = NULL;
}

/* ---- texts ---- */

/*
 * The text, which may lie in state->scratch, with this character behind it unless it is its last
 * one or there is none.
 */
static void set_ended(struct eyas_state *state, struct eyas_istr **to, const char *text, size_t len,
		      char end)
{
	struct eyas_str *whole;

	if (!len || text[len - 1] == end) {
		state_set_str(state, to, text, len);
		return;
	}
	whole = scratch_begin(&state->scratch2);
	eyas_str_add(whole, text, len);
	eyas_str_putc(whole, end);
	if (!whole->nomem)
		state_set_str(state, to, whole->data, whole->len);
}

void thread_set_list(struct eyas_state *state, struct eyas_istr **to, const char *list, size_t len)
{
	set_ended(state, to, list, len, '\0');
}

void thread_set_cgroups(struct eyas_state *state, struct eyas_thread *thread, const char *cgroups,
			size_t len)
{
	struct eyas_istr *old = istr_ref(thread->cgroups);
	char id[CONTAINER_ID_MAX];

	thread_set_list(state, &thread->cgroups, cgroups, len);
	/* Most threads are in the cgroups of the thread they come from. */
	if (thread->cgroups != old)
		state_set_str(state, &thread->container_id, id,
			      cgroup_container_id(thread->cgroups->text, thread->cgroups->len, id));
	istr_put(&state->strings, old);
}

void thread_set_cwd(struct eyas_state *state, struct eyas_thread *thread, const char *cwd,
		    size_t len)
{
	set_ended(state, &thread->fs->cwd, cwd, len, '/');
}

void thread_set_exepath(struct eyas_state *state, struct eyas_thread *thread, const char *path,
			size_t len)
{
	state_set_str(state, &thread->exepath, path, path_without_deleted(path, len));
}
