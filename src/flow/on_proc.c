/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do processes do? Called for the exit events of clone, exec and setuid, and for the end of a
 * thread. Threads are recorded one by one, or summed up for their process (summary.c).
 */
#include "flow/engine_int.h"

#include <stdio.h>

static bool is_leader(const struct flow_engine *engine, const struct eyas_thread *thread)
{
	return thread->tid == flow_procs_pid(engine, thread);
}

static int record(struct flow_engine *engine, const struct eyas_context *context,
		  const struct flow_proc *proc, int32_t op, const char *const *args, size_t nargs,
		  struct eyas_err *reterr)
{
	const struct sysflow_process_event event = {
		.procOID = proc->oid,
		.ts = (int64_t)context->event->ts_ns,
		.tid = context->thread->tid,
		.opFlags = op,
		.args = { args, nargs },
		.ret = flow_result(context->event),
	};

	return flow_send_proc_event(engine, proc, &event, reterr);
}

/* ---- beginning ---- */

static bool makes_process(const struct flow_engine *engine, const struct eyas_context *context,
			  int32_t res)
{
	enum { FLAGS = 15 };

	if (res == 0)
		return is_leader(engine, context->thread);
	return res > 0 && !(flow_param(context->event, FLAGS, 0) & FLOW_CLONE_THREAD);
}

static int on_clone(struct flow_engine *engine, const struct eyas_context *context,
		    struct eyas_err *reterr)
{
	const int32_t res = flow_result(context->event);
	const bool single = !engine->opts.process_flow || makes_process(engine, context, res);
	struct flow_proc *proc;
	int err;

	err = flow_procs_ensure(engine, context, single ? SYSFLOW_CREATED : SYSFLOW_REUP, &proc,
				NULL, reterr);
	if (err || !proc)
		return err;
	if (!single)
		return flow_summary_update(engine, context, proc, SYSFLOW_OP_CLONE, res);
	return record(engine, context, proc, SYSFLOW_OP_CLONE, NULL, 0, reterr);
}

/* ---- becoming another ---- */

/* The original says a process anew even if the call failed. */
static int say_modified(struct flow_engine *engine, const struct eyas_context *context,
			struct flow_proc *proc, bool created, struct eyas_err *reterr)
{
	if (created || (!flow_strict(engine) && flow_result(context->event) < 0))
		return 0;
	return flow_procs_modified(engine, context, proc, reterr);
}

static int on_exec(struct flow_engine *engine, const struct eyas_context *context,
		   struct eyas_err *reterr)
{
	struct flow_proc *proc;
	bool created;
	int err;

	err = flow_procs_ensure(engine, context, SYSFLOW_CREATED, &proc, &created, reterr);
	if (!err && proc)
		err = say_modified(engine, context, proc, created, reterr);
	if (err || !proc)
		return err;
	return record(engine, context, proc, SYSFLOW_OP_EXEC, NULL, 0, reterr);
}

enum { UIDS_MAX = 3 };

/* A user's name, or the number of one without a name. */
static void put_uid(struct flow_engine *engine, const struct eyas_context *context, unsigned index)
{
	const uint32_t uid = (uint32_t)flow_param(context->event, index, -1);
	const struct state_user *user =
		eyas_state_user(context->state, context->thread->container_id, uid);

	if (user && user->name->len)
		eyas_str_add(&engine->path, user->name->text, user->name->len);
	else
		eyas_str_i64(&engine->path, (int32_t)uid);
	eyas_str_putc(&engine->path, '\0');
}

/* The arguments of the call, all of them. */
static size_t read_uids(struct flow_engine *engine, const struct eyas_context *context,
			const char *ret_args[UIDS_MAX])
{
	const size_t count = context->event->info->nparams - 1U;
	const char *at;
	size_t i;

	engine->path.len = 0;
	for (i = 0; i < count && i < UIDS_MAX; i++)
		put_uid(engine, context, (unsigned)i + 1);
	if (engine->path.nomem) {
		engine->path.nomem = false;
		return 0;
	}
	at = engine->path.data;
	for (i = 0; i < count && i < UIDS_MAX; i++, at += strlen(at) + 1)
		ret_args[i] = at;
	return i;
}

/*
 * The original takes the argument from the beginning of whatever call was the last, in the words of
 * libs, and has none of calls with several. A live source has no beginnings.
 */
static const char *strict_uid(const struct flow_engine *engine, const struct eyas_context *context)
{
	const struct eyas_event *event = context->event;

	if (!engine->opts.live)
		return engine->setuid_arg ? engine->setuid_arg->text : "";
	if (event->type != EYAS_EV_SYSCALL_SETUID_X)
		return "";
	return flow_owners_libs_name(context, (uint32_t)flow_param(event, 1, UINT32_MAX));
}

static int on_setuid(struct flow_engine *engine, const struct eyas_context *context,
		     struct eyas_err *reterr)
{
	const char *args[UIDS_MAX];
	struct flow_proc *proc;
	size_t nargs = 1;
	bool created;
	int err;

	err = flow_procs_ensure(engine, context, SYSFLOW_REUP, &proc, &created, reterr);
	if (!err && proc)
		err = say_modified(engine, context, proc, created, reterr);
	if (err || !proc)
		return err;
	if (flow_strict(engine))
		args[0] = strict_uid(engine, context);
	else
		nargs = read_uids(engine, context, args);
	return record(engine, context, proc, SYSFLOW_OP_SETUID, args, nargs, reterr);
}

/* Strict, see strict_uid(). */
static int on_setuid_enter(struct flow_engine *engine, const struct eyas_context *context,
			   struct eyas_err *reterr)
{
	const uint32_t uid = (uint32_t)flow_param(context->event, 0, UINT32_MAX);
	const char *text = "";
	char number[12];

	(void)reterr;
	if (context->event->type == EYAS_EV_SYSCALL_SETUID_E) {
		text = flow_owners_libs_name(context, uid);
		snprintf(number, sizeof(number), "%d", (int)uid);
		flow_set_str(engine, &engine->libs_text,
			     istr_get(engine->pool, number, strlen(number)));
	}
	flow_set_str(engine, &engine->setuid_arg, istr_get(engine->pool, text, strlen(text)));
	return 0;
}

/* ---- the end ---- */

/* What the kernel has added up for a thread is about to go; its flows stay open. */
static void ask_for_sums(struct flow_engine *engine, const struct flow_proc *proc, int64_t tid)
{
	struct flow *flow = NULL;

	while ((flow = flow_flows_of_thread(engine, proc, tid, flow)))
		flow_sums_ask(engine, flow, true);
}

static int thread_exits(struct flow_engine *engine, const struct eyas_context *context,
			struct flow_proc *proc, struct eyas_err *reterr)
{
	const int64_t tid = context->thread->tid;
	int err;

	if (engine->opts.process_flow) {
		ask_for_sums(engine, proc, tid);
		return flow_summary_update(engine, context, proc, SYSFLOW_OP_EXIT, 0);
	}
	err = flow_end_of(engine, proc, tid, reterr);
	return err ? err : record(engine, context, proc, SYSFLOW_OP_EXIT, NULL, 0, reterr);
}

static int on_exit(struct flow_engine *engine, const struct eyas_context *context,
		   struct eyas_err *reterr)
{
	struct flow_proc *proc;
	int err;

	err = flow_procs_ensure(engine, context, SYSFLOW_REUP, &proc, NULL, reterr);
	if (err || !proc)
		return err;
	if (!is_leader(engine, context->thread))
		return thread_exits(engine, context, proc, reterr);
	if (proc->has_summary)
		err = flow_summary_write(engine, proc, (int64_t)context->event->ts_ns, 0, true,
					 reterr);
	if (!err)
		err = flow_end_of(engine, proc, -1, reterr);
	if (!err)
		err = record(engine, context, proc, SYSFLOW_OP_EXIT, NULL, 0, reterr);
	flow_procs_bury(engine, proc);
	return err;
}

#define EV(constant) EYAS_EV_##constant

void flow_on_procs(struct flow_engine *engine)
{
	flow_handler *to = engine->handlers;

	to[EV(SYSCALL_CLONE_20_X)] = to[EV(SYSCALL_FORK_20_X)] = to[EV(SYSCALL_VFORK_20_X)] =
		on_clone;
	to[EV(SYSCALL_EXECVE_19_X)] = on_exec;
	to[EV(PROCEXIT_1_E)] = on_exit;
	to[EV(SYSCALL_SETUID_X)] = to[EV(SYSCALL_SETRESUID_X)] = on_setuid;
	if (!flow_strict(engine)) {
		to[EV(SYSCALL_CLONE3_X)] = on_clone;
		to[EV(SYSCALL_EXECVEAT_X)] = on_exec;
		to[EV(SYSCALL_SETREUID_X)] = on_setuid;
	} else if (!engine->opts.live) {
		to[EV(SYSCALL_SETUID_E)] = to[EV(SYSCALL_SETRESUID_E)] = on_setuid_enter;
	}
}
