/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who and where is a process? Called for the exit events of what changes directories, sessions,
 * users, capabilities, limits and namespaces, and for the end of a thread.
 */
#include "state/on.h"

#include "schema/ids.h"

static bool succeeded(const struct eyas_context *context)
{
	return on_int(context->event, 0, -1) >= 0;
}

/* ---- the end ---- */

/* The thread stays until the next event, so that this one can show whose it is. */
void on_procexit(struct eyas_state *state, struct eyas_context *context)
{
	enum { REAPER_TID = 4 };

	state->pending.exit = context->thread;
	state->pending.reaper_tid = on_int(context->event, REAPER_TID, -1);
}

/* ---- directories ---- */

/* A path from the working directory, made absolute, in state->scratch; false without memory. */
static bool from_cwd(struct eyas_state *state, const struct eyas_thread *thread, const char *path,
		     size_t len)
{
	const struct eyas_istr *cwd = thread->fs->cwd;

	eyas_path_join(scratch_begin(&state->scratch), cwd->text, cwd->len, path, len);
	return !state->scratch.nomem;
}

static void change_dir(struct eyas_state *state, struct eyas_thread *thread, const char *path,
		       size_t len)
{
	struct fs_info *fs = thread->fs;

	if (!len || !from_cwd(state, thread, path, len))
		return;
	state->pending.moved = fs;
	state->pending.old_cwd = istr_ref(fs->cwd);
	fs->refs++;
	thread_set_cwd(state, thread, state->scratch.data, state->scratch.len);
}

/* Of getcwd, too: what the kernel says heals what a missed event left wrong. */
void on_chdir(struct eyas_state *state, struct eyas_context *context)
{
	const char *path;
	size_t len;

	if (succeeded(context) && on_str(context->event, 1, &path, &len))
		change_dir(state, context->thread, path, len);
}

void on_fchdir(struct eyas_state *state, struct eyas_context *context)
{
	const struct eyas_fd *fd = context->fd;

	if (fd && succeeded(context))
		change_dir(state, context->thread, fd->name->text, fd->name->len);
}

void on_chroot(struct eyas_state *state, struct eyas_context *context)
{
	struct eyas_thread *thread = context->thread;
	const char *path;
	size_t len;

	if (succeeded(context) && on_str(context->event, 1, &path, &len) &&
	    from_cwd(state, thread, path, len))
		state_set_str(state, &thread->fs->root, state->scratch.data, state->scratch.len);
}

/* ---- sessions and process groups ---- */

/* The first thread of the process, to go through all of them by group_next. */
static struct eyas_thread *first_of(struct eyas_thread *thread)
{
	return thread->group ? thread->group->first : thread;
}

void on_setsid(struct eyas_state *state, struct eyas_context *context)
{
	struct eyas_thread *at = first_of(context->thread);
	int64_t sid = on_int(context->event, 0, -1);

	(void)state;
	if (sid < 0)
		return;
	/* A session begins with a process group of its own. */
	for (; at; at = at->group_next) {
		at->sid = at->vpgid = sid;
		at->pgid = at->pid;
	}
}

/* A process by the id another one knows it by: itself, one of its children, or any outside. */
static struct eyas_thread *process_seen_by(const struct eyas_state *state,
					   struct eyas_thread *thread, int64_t vpid)
{
	struct eyas_thread *at;

	if (vpid == 0 || vpid == thread->vpid)
		return thread;
	for (at = eyas_thread_leader(thread)->children; at; at = at->sibling_next)
		if (at->vpid == vpid)
			return at;
	return thread->vpid == thread->pid ? eyas_state_find(state, vpid) : NULL;
}

void on_setpgid(struct eyas_state *state, struct eyas_context *context)
{
	enum { PID = 1, PGID = 2 };
	struct eyas_thread *thread = context->thread, *at;
	const struct eyas_thread *leader;
	int64_t vpgid = on_int(context->event, PGID, -1), pgid;

	if (!succeeded(context) || vpgid < 0)
		return;
	at = process_seen_by(state, thread, on_int(context->event, PID, 0));
	if (!at)
		return;
	if (!vpgid)
		vpgid = at->vpid;
	leader = process_seen_by(state, thread, vpgid);
	pgid = vpgid == at->vpid ? at->pid : leader ? leader->pid : -1;
	for (at = first_of(at); at; at = at->group_next) {
		at->vpgid = vpgid;
		at->pgid = pgid;
	}
}

/* ---- users and rights ---- */

/* Which parameter is the effective id: the last one but of the calls that set a saved one. */
static unsigned effective_index(uint16_t type)
{
	return type == EYAS_EV_SYSCALL_SETUID_X || type == EYAS_EV_SYSCALL_SETGID_X ? 1 : 2;
}

/* The new effective id; -1 as an argument leaves the one there is. */
static uint32_t effective_id(const struct eyas_context *context, uint32_t now)
{
	const struct eyas_event *event = context->event;
	uint32_t id = (uint32_t)on_uint(event, effective_index(event->type), UINT32_MAX);

	return succeeded(context) && id != UINT32_MAX ? id : now;
}

void on_set_uid(struct eyas_state *state, struct eyas_context *context)
{
	(void)state;
	context->thread->uid = effective_id(context, context->thread->uid);
}

void on_set_gid(struct eyas_state *state, struct eyas_context *context)
{
	(void)state;
	context->thread->gid = effective_id(context, context->thread->gid);
}

void on_capset(struct eyas_state *state, struct eyas_context *context)
{
	enum { INHERITABLE = 1, PERMITTED = 2, EFFECTIVE = 3 };
	const struct eyas_event *event = context->event;
	struct eyas_thread *thread = context->thread;

	(void)state;
	if (!succeeded(context))
		return;
	thread->cap_inheritable = on_uint(event, INHERITABLE, thread->cap_inheritable);
	thread->cap_permitted = on_uint(event, PERMITTED, thread->cap_permitted);
	thread->cap_effective = on_uint(event, EFFECTIVE, thread->cap_effective);
}

/*
 * PR_SET_NAME is left alone: proc.name is what a program was started as, or cloned as, and
 * rules that name a program would miss one that renames itself.
 */
void on_prctl(struct eyas_state *state, struct eyas_context *context)
{
	enum { OPTION = 1, NUMBER = 3 };
	enum { SET_CHILD_SUBREAPER = 36, GET_CHILD_SUBREAPER = 37 };
	const struct eyas_event *event = context->event;
	uint64_t option = on_uint(event, OPTION, 0);

	(void)state;
	if (!succeeded(context) || !context->thread->group)
		return;
	if (option == SET_CHILD_SUBREAPER || option == GET_CHILD_SUBREAPER)
		context->thread->group->subreaper = on_int(event, NUMBER, 0) != 0;
}

/* ---- namespaces and what is shared ---- */

/* unshare() and setns(): a new user namespace gives all capabilities in it. */
void on_unshare(struct eyas_state *state, struct eyas_context *context)
{
	const uint64_t all_caps = (UINT64_C(1) << 41) - 1;
	const struct eyas_event *event = context->event;
	struct eyas_thread *thread = context->thread;
	bool unshare = event->type == EYAS_EV_SYSCALL_UNSHARE_X;
	uint64_t flags = on_uint(event, unshare ? 1 : 2, 0);

	if (!succeeded(context))
		return;
	if (flags & PPM_CL_CLONE_NEWUSER)
		thread->cap_inheritable = thread->cap_permitted = thread->cap_effective = all_caps;
	if (!unshare)
		return;
	if (flags & PPM_CL_CLONE_FILES)
		thread_unshare_fds(state, thread);
	/* A mount namespace of its own comes with directories of its own. */
	if (flags & (PPM_CL_CLONE_FS | PPM_CL_CLONE_NEWNS))
		thread_unshare_fs(state, thread);
}

/* ---- limits ---- */

enum { RLIMIT_FILES = 7 };

static void set_fdlimit(struct eyas_thread *thread, int64_t limit)
{
	if (limit != -1)
		eyas_thread_leader(thread)->fdlimit = limit;
}

void on_rlimit(struct eyas_state *state, struct eyas_context *context)
{
	enum { CURRENT = 1, RESOURCE = 3 };
	const struct eyas_event *event = context->event;

	(void)state;
	if (succeeded(context) && on_uint(event, RESOURCE, 0) == RLIMIT_FILES)
		set_fdlimit(context->thread, on_int(event, CURRENT, -1));
}

void on_prlimit(struct eyas_state *state, struct eyas_context *context)
{
	enum { NEW_CURRENT = 1, PID = 5, RESOURCE = 6 };
	const struct eyas_event *event = context->event;
	struct eyas_thread *thread;

	if (!succeeded(context) || on_uint(event, RESOURCE, 0) != RLIMIT_FILES)
		return;
	thread = process_seen_by(state, context->thread, on_int(event, PID, -1));
	if (thread)
		set_fdlimit(thread, on_int(event, NEW_CURRENT, -1));
}
