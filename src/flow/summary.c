/* SPDX-License-Identifier: Apache-2.0 */
/* ProcessFlow: the threads of a process, counted instead of recorded one by one. */
#include "flow/engine_int.h"

static void queue_take(struct flow_engine *engine, struct flow_proc *proc)
{
	if (proc->summary_prev)
		proc->summary_prev->summary_next = proc->summary_next;
	else
		engine->summary_first = proc->summary_next;
	if (proc->summary_next)
		proc->summary_next->summary_prev = proc->summary_prev;
	else
		engine->summary_last = proc->summary_prev;
	proc->summary_next = proc->summary_prev = NULL;
}

static void queue_put(struct flow_engine *engine, struct flow_proc *proc)
{
	struct flow_proc *at = engine->summary_last;

	proc->summary_export_s = flow_now_s(engine);
	while (at && at->summary_export_s > proc->summary_export_s)
		at = at->summary_prev;
	proc->summary_prev = at;
	proc->summary_next = at ? at->summary_next : engine->summary_first;
	if (at)
		at->summary_next = proc;
	else
		engine->summary_first = proc;
	if (proc->summary_next)
		proc->summary_next->summary_prev = proc;
	else
		engine->summary_last = proc;
}

int flow_summary_update(struct flow_engine *engine, const struct eyas_context *context,
			struct flow_proc *proc, int32_t op, int64_t res)
{
	struct sysflow_process_flow *sum = &proc->summary;

	if (!proc->has_summary) {
		*sum = (struct sysflow_process_flow){ .procOID = proc->oid,
						      .ts = (int64_t)context->event->ts_ns };
		proc->has_summary = true;
		queue_put(engine, proc);
	}
	sum->opFlags |= op;
	proc->summary_update_s = flow_now_s(engine);
	if (op == SYSFLOW_OP_EXIT)
		sum->numThreadsExited++;
	else if (res == 0)
		sum->numThreadsCloned++;
	else if (flow_strict(engine) ? res == -1 : res < 0)
		sum->numCloneErrors++; /* the original counts -EPERM alone */
	return 0;
}

void flow_summary_drop(struct flow_engine *engine, struct flow_proc *proc)
{
	if (!proc->has_summary)
		return;
	queue_take(engine, proc);
	proc->has_summary = false;
}

int flow_summary_write(struct flow_engine *engine, struct flow_proc *proc, int64_t end_ts,
		       int32_t op, bool last, struct eyas_err *reterr)
{
	struct sysflow_process_flow *sum = &proc->summary;
	int err = 0;

	sum->opFlags |= op;
	sum->endTs = end_ts;
	if (sum->opFlags & ~SYSFLOW_OP_TRUNCATE) {
		err = flow_procs_say(engine, proc, true, reterr);
		if (!err)
			err = flow_send_summary(engine, proc, reterr);
	}
	if (last) {
		flow_summary_drop(engine, proc);
		return err;
	}
	*sum = (struct sysflow_process_flow){ .procOID = proc->oid, .ts = end_ts };
	queue_take(engine, proc);
	queue_put(engine, proc);
	return err;
}

int flow_summary_expire(struct flow_engine *engine, struct eyas_err *reterr)
{
	const uint64_t now_ns = flow_now_s(engine) * FLOW_S_NS;
	struct flow_proc *proc;
	uint32_t count;
	int err = 0;

	for (count = engine->procs.count; !err && count; count--) {
		proc = engine->summary_first;
		if (!proc || now_ns < proc->summary_export_s * FLOW_S_NS + engine->opts.export_ns)
			break;
		if (now_ns < proc->summary_update_s * FLOW_S_NS + engine->opts.expire_ns) {
			err = flow_summary_write(engine, proc, (int64_t)engine->now_ns, 0, false,
						 reterr);
			continue;
		}
		engine->stats.flows_expired++;
		/* Strict: the original drops what was idle for long, also what it has not said. */
		if (flow_strict(engine))
			flow_summary_drop(engine, proc);
		else
			err = flow_summary_write(engine, proc, (int64_t)engine->now_ns, 0, true,
						 reterr);
	}
	return err;
}
