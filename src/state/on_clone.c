/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is new? Called for the exit events of clone, fork, vfork and clone3, of which there are two:
 * one on the side of the parent, which has the child's id as its result, and one on the side of
 * the child, with result 0. They come in either order, and either may be missing. Whichever
 * comes first makes the thread.
 */
#include "state/on.h"

#include "schema/ids.h"

/* Parameters beyond ON_PROC_*, the same in all four types. */
enum { FLAGS = 15, UID = 16, GID = 17, VTID = 18, VPID = 19, PIDNS_START = 20 };

/* A thread that is as young as this was made by the other side; an older one is a leftover. */
#define SAME_CLONE_NS UINT64_C(2000000000)

static bool starts_process(uint32_t flags)
{
	return !(flags & PPM_CL_CLONE_THREAD);
}

/* What the event says of the child, whichever side it is from. */
static void set_from_event(struct eyas_state *state, const struct eyas_context *context,
			   struct eyas_thread *child, const struct on_params *params)
{
	on_set_program(state, child, params);
	on_set_usage(child, params);
	child->fdlimit = on_params_int(params, ON_PROC_FDLIMIT, child->fdlimit);
	child->uid = (uint32_t)on_params_uint(params, UID, child->uid);
	child->gid = (uint32_t)on_params_uint(params, GID, child->gid);
	child->clone_ts_ns = context->event->ts_ns;
}

/*
 * Descriptors and directories are shared or copied as the flags say. Threads of one process
 * always share them here: it is what the process list of a capture and /proc can tell.
 */
static void inherit_tables(struct eyas_state *state, struct eyas_thread *child,
			   struct eyas_thread *from, uint32_t flags)
{
	struct fd_table *fds;
	struct fs_info *fs;

	fds = flags & PPM_CL_CLONE_FILES ? fd_table_ref(from->fds)
					 : fd_table_copy(state, from->fds);
	if (fds) {
		fd_table_put(state, child->fds);
		child->fds = fds;
	}
	if (flags & PPM_CL_CLONE_FS) {
		fs = from->fs;
		fs->refs++;
	} else {
		fs = fs_info_copy(state, from->fs);
	}
	if (fs) {
		fs_info_put(state, child->fs);
		child->fs = fs;
	}
}

/*
 * from is the creator, or the best that is known of it. One that was only guessed until now has
 * nothing to give but its tables, which the threads of one process share even so.
 */
static void inherit(struct eyas_state *state, struct eyas_thread *child, struct eyas_thread *from,
		    uint32_t flags, bool knew_from)
{
	if (!starts_process(flags))
		flags |= PPM_CL_CLONE_FILES | PPM_CL_CLONE_FS;
	child->flags = flags;
	if (from == child)
		return;
	if (knew_from)
		thread_inherit(state, child, from);
	if (knew_from || !starts_process(flags))
		inherit_tables(state, child, from, flags);
	if (starts_process(flags))
		child->lastexec_ts_ns = 0;
}

/* A guessed thread becomes known from an event of its own or of a thread of its process. */
static void know(struct eyas_state *state, struct eyas_thread *thread, int64_t pid, int64_t ptid,
		 const struct on_params *params)
{
	thread->bits &= ~(uint32_t)THREAD_GUESSED;
	thread_set_group(state, thread, pid);
	thread_set_parent(state, thread, ptid);
	thread_set_cwd(state, thread, "", 0);
	on_set_program(state, thread, params);
}

/* ---- the side of the parent ---- */

static void know_caller(struct eyas_state *state, struct eyas_thread *caller,
			const struct on_params *params)
{
	know(state, caller, on_params_int(params, ON_PROC_PID, caller->tid),
	     on_params_int(params, ON_PROC_PTID, -1), params);
	caller->vtid = on_params_int(params, VTID, caller->tid);
	caller->vpid = on_params_int(params, VPID, -1);
}

/*
 * Is the result an id that means something here? Within a pid namespace it is one of that
 * namespace; the child's side tells all then. With vfork the child runs first, up to its exec or
 * exit: if it is not known now it is gone already.
 */
static bool leaves_it_to_child(const struct eyas_context *context, uint32_t flags)
{
	const struct eyas_thread *caller = context->thread;

	return (flags & (PPM_CL_CHILD_IN_PIDNS | PPM_CL_CLONE_NEWPID | PPM_CL_CLONE_PARENT |
			 PPM_CL_CLONE_VFORK)) ||
	       context->event->type == EYAS_EV_SYSCALL_VFORK_20_X || caller->vtid != caller->tid;
}

static void from_parent(struct eyas_state *state, struct eyas_context *context,
			const struct on_params *params, int64_t child_tid)
{
	uint32_t flags = (uint32_t)on_params_uint(params, FLAGS, 0);
	struct eyas_thread *caller, *child;
	bool knew_caller;

	if (!context->thread)
		context->thread = thread_find_or_make(state, (int64_t)context->event->tid);
	caller = context->thread;
	if (!caller || caller->tid == child_tid)
		return;
	knew_caller = !(caller->bits & THREAD_GUESSED);
	if (!knew_caller)
		know_caller(state, caller, params);
	if (leaves_it_to_child(context, flags))
		return;
	child = eyas_state_find(state, child_tid);
	if (child && (child->flags & PPM_CL_CLONE_INVERTED))
		return;
	/* A scan found it; its creator, gone by then, has nothing to add. */
	if (child && context->event->ts_ns < child->taken_ns)
		return;
	child = starts_process(flags) ? thread_add(state, child_tid, child_tid, caller->tid)
				      : thread_add(state, child_tid, caller->pid, caller->ptid);
	if (!child)
		return;
	/* Adding may have removed an older thread of that number, and the caller's links with it. */
	caller = eyas_state_find(state, (int64_t)context->event->tid);
	context->thread = caller;
	if (!caller)
		return;
	inherit(state, child, caller, flags, knew_caller);
	child->vtid = child->tid;
	child->vpid = child->pid;
	child->pidns_init_start_ts_ns = state->machine.boot_ts_ns;
	set_from_event(state, context, child, params);
}

/* ---- the side of the child ---- */

static uint64_t pidns_start(const struct eyas_state *state, const struct eyas_thread *child,
			    const struct on_params *params)
{
	bool inside = (child->flags & (PPM_CL_CHILD_IN_PIDNS | PPM_CL_CLONE_NEWPID)) ||
		      child->tid != child->vtid;

	if (!inside)
		return state->machine.boot_ts_ns;
	if (!on_has(params, PIDNS_START))
		return 0;
	return on_params_uint(params, PIDNS_START, 0) + state->machine.boot_ts_ns;
}

static void inherit_from_creator(struct eyas_state *state, struct eyas_thread *child,
				 const struct on_params *params, uint32_t flags)
{
	/* Of a thread, whom any of its process may have made, the leader stands for the creator. */
	int64_t tid = starts_process(flags) ? child->ptid : child->pid;
	struct eyas_thread *from = thread_find_or_make(state, tid);
	bool knew_from;

	child->flags = flags;
	if (!from)
		return;
	knew_from = !(from->bits & THREAD_GUESSED);
	if (!knew_from && !starts_process(flags)) {
		know(state, from, child->pid, child->ptid, params);
		from->vpid = from->vtid = child->vpid;
	}
	inherit(state, child, from, flags, knew_from);
}

/* What was guessed of the child before its beginning was seen, or a thread that is new. */
static struct eyas_thread *make_child(struct eyas_state *state, struct eyas_thread *guessed,
				      int64_t tid, const struct on_params *params)
{
	int64_t pid = on_params_int(params, ON_PROC_PID, tid),
		ptid = on_params_int(params, ON_PROC_PTID, -1);

	if (!guessed || !(guessed->bits & THREAD_GUESSED))
		return thread_add(state, tid, pid, ptid);
	know(state, guessed, pid, ptid, params);
	return guessed;
}

/* The parent's side of this clone was seen before. */
static bool is_same_clone(const struct eyas_context *context, const struct eyas_thread *child)
{
	return child->clone_ts_ns && context->event->ts_ns < child->clone_ts_ns + SAME_CLONE_NS;
}

/*
 * It was there when the capture began, between the two sides of its clone, and nothing was heard
 * of it since: what it has is newer than what its parent would give it now.
 */
static bool was_loaded(const struct eyas_thread *child, const struct on_params *params)
{
	return !child->clone_ts_ns && !child->last_seen_ns && !(child->bits & THREAD_GUESSED) &&
	       child->pid == on_params_int(params, ON_PROC_PID, -1) &&
	       child->ptid == on_params_int(params, ON_PROC_PTID, -1);
}

static void from_child(struct eyas_state *state, struct eyas_context *context,
		       const struct on_params *params)
{
	uint32_t flags = (uint32_t)on_params_uint(params, FLAGS, 0);
	struct eyas_thread *child = context->thread;
	int64_t tid = (int64_t)context->event->tid;

	if (child && (is_same_clone(context, child) || was_loaded(child, params)))
		return;
	child = make_child(state, child, tid, params);
	context->thread = child;
	if (!child)
		return;
	child->vtid = on_params_int(params, VTID, tid);
	child->vpid = on_params_int(params, VPID, -1);
	inherit_from_creator(state, child, params, flags);
	child->flags |= PPM_CL_CLONE_INVERTED;
	child->pidns_init_start_ts_ns = pidns_start(state, child, params);
	set_from_event(state, context, child, params);
}

void on_clone(struct eyas_state *state, struct eyas_context *context)
{
	struct on_params params;
	int64_t res;

	on_params_read(context->event, &params);
	res = on_params_int(&params, ON_PROC_RES, -1);
	if (res > 0)
		from_parent(state, context, &params, res);
	else if (res == 0)
		from_child(state, context, &params);
}
