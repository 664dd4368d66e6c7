/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a process run now? Called for the exit events of execve and execveat; one that failed
 * changes nothing.
 *
 * An execveat that succeeds arrives as an execve. Only captures from before that have exits of its
 * own type, without a path: what was asked for stands in the enter event, which nobody keeps, so
 * the path of the executable stays as it was there.
 */
#include "state/on.h"

#include <string.h>

/* Parameters beyond ON_PROC_*, the same in both types but for the last, which execveat lacks. */
enum {
	ENV = 15,
	TTY = 16,
	VPGID = 17,
	LOGINUID = 18,
	FLAGS = 19,
	CAP_INHERITABLE = 20,
	CAP_PERMITTED = 21,
	CAP_EFFECTIVE = 22,
	EXE_INO = 23,
	EXE_CTIME = 24,
	EXE_MTIME = 25,
	UID = 26,
	TRUSTED_EXEPATH = 27,
	PGID = 28,
	GID = 29,
	FILENAME = 30,
};

/* ---- who it is that executes ---- */

/*
 * Whoever of its threads calls it, the leader is what is left of the process. The event carries
 * the leader's id then, even if that one had exited before.
 */
static void leave_one_thread(struct eyas_state *state, struct eyas_thread *thread)
{
	struct thread_group *group = thread->group;
	struct eyas_thread *at, *next;

	if (!group)
		return;
	if (thread->bits & THREAD_DEAD) {
		thread->bits &= ~(uint32_t)THREAD_DEAD;
		group->alive++;
	}
	/* The group lives on: thread is in it. */
	for (at = group->first; at; at = next) {
		next = at->group_next;
		if (at != thread && at != group->leader)
			thread_exit(state, at, thread->tid);
	}
}

/* A guessed thread becomes known; its directory does not, whatever an old event says of it. */
static void know(struct eyas_state *state, struct eyas_thread *thread,
		 const struct on_params *params)
{
	thread->bits &= ~(uint32_t)THREAD_GUESSED;
	thread_set_parent(state, thread, on_params_int(params, ON_PROC_PTID, -1));
	thread_set_cwd(state, thread, "", 0);
	if (!(thread->flags & PPM_CL_CHILD_IN_PIDNS)) {
		thread->vtid = thread->tid;
		thread->vpid = thread->pid;
	}
}

/* ---- what the program is ---- */

void on_set_program(struct eyas_state *state, struct eyas_thread *thread,
		    const struct on_params *params)
{
	const char *text = "";
	size_t len = 0;

	on_params_str(params, ON_PROC_EXE, &text, &len);
	state_set_str(state, &thread->exe, text, len);
	/* Events before there was a comm: the name it was started by. */
	on_params_str(params, ON_PROC_COMM, &text, &len);
	state_set_str(state, &thread->comm, text, len);
	on_set_list(state, &thread->args, params, ON_PROC_ARGS);
	if (on_has(params, ON_PROC_CGROUPS))
		thread_set_cgroups(state, thread, (const char *)params->at[ON_PROC_CGROUPS].data,
				   params->at[ON_PROC_CGROUPS].len);
}

static bool is_na(const char *text, size_t len)
{
	return len == 4 && !memcmp(text, "<NA>", 4);
}

/* As the kernel says it, or put together from what was asked for. */
static void set_exepath(struct eyas_state *state, struct eyas_thread *thread,
			const struct on_params *params)
{
	const struct eyas_istr *cwd = thread->fs->cwd;
	struct eyas_str *path;
	const char *text;
	size_t len;

	if (on_params_str(params, TRUSTED_EXEPATH, &text, &len)) {
		thread_set_exepath(state, thread, text, len);
		return;
	}
	if (!on_params_str(params, FILENAME, &text, &len))
		return;
	path = scratch_begin(&state->scratch);
	if (is_na(text, len))
		eyas_str_add(path, text, len);
	else
		eyas_path_join(path, cwd->text, cwd->len, text, len);
	if (!path->nomem)
		thread_set_exepath(state, thread, path->data, path->len);
}

static void set_exe_bits(struct eyas_thread *thread, const struct on_params *params)
{
	static const struct {
		uint32_t flag, bit;
	} rows[] = {
		{ 1, THREAD_EXE_WRITABLE },
		{ 2, THREAD_EXE_UPPER_LAYER },
		{ 4, THREAD_EXE_FROM_MEMFD },
		{ 8, THREAD_EXE_LOWER_LAYER },
	};
	uint64_t flags;
	size_t i;

	if (!on_has(params, FLAGS))
		return;
	flags = on_params_uint(params, FLAGS, 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		thread->bits = flags & rows[i].flag ? thread->bits | rows[i].bit
						    : thread->bits & ~rows[i].bit;
}

static void set_inode(struct eyas_thread *thread, const struct on_params *params)
{
	if (!on_has(params, EXE_MTIME))
		return;
	thread->exe_ino = on_params_uint(params, EXE_INO, 0);
	thread->exe_ino_ctime_ns = on_params_uint(params, EXE_CTIME, 0);
	thread->exe_ino_mtime_ns = on_params_uint(params, EXE_MTIME, 0);
	/* May wrap around, as the peers have it: the file is newer than the process. */
	if (thread->clone_ts_ns)
		thread->exe_ino_ctime_clone_ns = thread->clone_ts_ns - thread->exe_ino_ctime_ns;
	if (thread->pidns_init_start_ts_ns &&
	    thread->exe_ino_ctime_ns > thread->pidns_init_start_ts_ns)
		thread->exe_ino_ctime_pidns_ns = thread->exe_ino_ctime_ns -
						 thread->pidns_init_start_ts_ns;
}

/* ---- what it may and uses ---- */

static void set_ids(struct eyas_thread *thread, const struct on_params *params)
{
	thread->fdlimit = on_params_int(params, ON_PROC_FDLIMIT, thread->fdlimit);
	thread->tty = (uint32_t)on_params_uint(params, TTY, thread->tty);
	thread->vpgid = on_params_int(params, VPGID, thread->vpgid);
	thread->pgid = on_params_int(params, PGID, -1);
	thread->loginuid = (uint32_t)on_params_uint(params, LOGINUID, thread->loginuid);
	thread->uid = (uint32_t)on_params_uint(params, UID, thread->uid);
	thread->gid = (uint32_t)on_params_uint(params, GID, thread->gid);
	if (!on_has(params, CAP_EFFECTIVE))
		return;
	thread->cap_inheritable = on_params_uint(params, CAP_INHERITABLE, 0);
	thread->cap_permitted = on_params_uint(params, CAP_PERMITTED, 0);
	thread->cap_effective = on_params_uint(params, CAP_EFFECTIVE, 0);
}

void on_exec(struct eyas_state *state, struct eyas_context *context)
{
	struct eyas_thread *thread = context->thread;
	struct on_params params;

	on_params_read(context->event, &params);
	if (on_params_int(&params, ON_PROC_RES, -1) < 0)
		return;
	thread_set_group(state, thread, on_params_int(&params, ON_PROC_PID, thread->tid));
	if (thread->bits & THREAD_GUESSED)
		know(state, thread, &params);
	leave_one_thread(state, thread);
	thread_unshare_fds(state, thread);
	thread_unshare_fs(state, thread);
	fd_remove_cloexec(state, thread->fds);
	thread->lastexec_ts_ns = context->event->ts_ns;
	on_set_program(state, thread, &params);
	if (on_has(&params, ENV))
		on_set_list(state, &thread->env, &params, ENV);
	set_exepath(state, thread, &params);
	set_exe_bits(thread, &params);
	set_inode(thread, &params);
	on_set_usage(thread, &params);
	set_ids(thread, &params);
	/* How it was cloned says nothing about it any more. */
	thread->flags &= PPM_CL_CLONE_INVERTED | PPM_CL_CHILD_IN_PIDNS | PPM_CL_IS_MAIN_THREAD;
	if (state->opts.live && thread->container_id->len)
		proc_load_container_owners(state, thread);
}
