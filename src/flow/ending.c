/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When is a flow recorded? When its descriptor is closed, when its process or thread exits, when
 * it was open for an interval, and at the end of all.
 */
#include "flow/engine_int.h"

/* The original takes a file that is open for reading and writing for one that is only read. */
static bool only_reads(const struct flow_engine *engine, const struct flow *flow)
{
	const int32_t mask = flow_strict(engine) ? FLOW_O_RDONLY : FLOW_O_RDWR;

	if ((flow->open_flags & mask) == FLOW_O_RDONLY)
		return true;
	return (flow->op_flags & SYSFLOW_OP_READ_RECV) &&
	       !(flow->op_flags & (SYSFLOW_OP_WRITE_SEND | SYSFLOW_OP_MMAP));
}

static bool is_left_out(const struct flow_engine *engine, const struct flow *flow)
{
	const int mode = engine->opts.file_read_mode;

	if (!mode || flow_is_net(flow) || !only_reads(engine, flow))
		return false;
	/* The original's filter has no path to look at for records made at an open. */
	if (mode == 2 && flow_strict(engine) && engine->opts.collect == FLOW_COLLECT_CONSUMER)
		return false;
	return mode == 1 || flow->file->dull;
}

static bool has_happened(const struct flow *flow)
{
	return (flow->op_flags & ~SYSFLOW_OP_TRUNCATE) != 0;
}

/* Record the flow as it is now. all: whatever file_read_mode says. */
static int record(struct flow_engine *engine, const struct flow *flow, int64_t end_ts, bool all,
		  struct eyas_err *reterr)
{
	int err;

	if (!has_happened(flow))
		return 0;
	if (!all && is_left_out(engine, flow)) {
		engine->stats.flows_read_only++;
		return 0;
	}
	err = flow_procs_say(engine, flow->proc, true, reterr);
	if (!err && flow->file)
		err = flow_files_say(engine, flow->file, reterr);
	return err ? err : flow_send_flow(engine, flow, end_ts, reterr);
}

int flow_end(struct flow_engine *engine, struct flow *flow, int64_t end_ts, int32_t op,
	     struct eyas_err *reterr)
{
	int err;

	flow->op_flags |= op;
	err = record(engine, flow, end_ts, false, reterr);
	flow_flows_free(engine, flow);
	return err;
}

static bool is_related(const struct flow *flow, const struct flow *other)
{
	if (other->proc != flow->proc || other->tid == flow->tid || other->fd != flow->fd ||
	    other->file != flow->file)
		return false;
	return flow->file || flow_same_tuple(&other->tuple, &flow->tuple);
}

/* A flow of another thread on the same thing, of those that opened it, or of the others. */
static struct flow *find_related(const struct flow_engine *engine, const struct flow *flow,
				 bool openers)
{
	const int32_t opening = flow_is_net(flow) ? SYSFLOW_OP_ACCEPT | SYSFLOW_OP_CONNECT
						  : SYSFLOW_OP_OPEN;
	struct flow_link *link = flow_table_chain(&engine->flows_by_fd, flow->fd_link.hash);
	struct flow *other;

	for (; link; link = link->next) {
		other = FLOW_OF(link, fd_link);
		if (is_related(flow, other) && (!openers || (other->op_flags & opening)))
			return other;
	}
	return NULL;
}

int flow_end_related(struct flow_engine *engine, struct flow *flow, int64_t end_ts,
		     struct eyas_err *reterr)
{
	struct flow *other;
	int pass, err = 0;

	for (pass = 0; pass < 2; pass++)
		while (!err && (other = find_related(engine, flow, pass == 0))) {
			flow_sums_ask(engine, other, true);
			err = flow_end(engine, other, end_ts, SYSFLOW_OP_TRUNCATE, reterr);
		}
	return err;
}

/* Of a thread that has exited. The original ends those of others on the same things, too. */
static int end_of_thread(struct flow_engine *engine, struct flow_proc *proc, int64_t tid, bool net,
			 struct eyas_err *reterr)
{
	const int64_t end_ts = (int64_t)engine->now_ns;
	struct flow *flow = flow_flows_of_thread(engine, proc, tid, NULL), *next;
	int err = 0;

	for (; !err && flow; flow = next) {
		next = flow_flows_of_thread(engine, proc, tid, flow);
		if (flow_is_net(flow) != net)
			continue;
		if (flow_strict(engine))
			err = flow_end_related(engine, flow, end_ts, reterr);
		flow_sums_ask(engine, flow, true);
		if (!err)
			err = flow_end(engine, flow, end_ts, SYSFLOW_OP_TRUNCATE, reterr);
	}
	return err;
}

static int end_of_process(struct flow_engine *engine, struct flow_proc *proc, bool net,
			  struct eyas_err *reterr)
{
	struct flow *flow, *next;
	int err = 0;

	for (flow = proc->flows; !err && flow; flow = next) {
		next = flow->proc_next;
		if (flow_is_net(flow) != net)
			continue;
		flow_sums_ask(engine, flow, true);
		err = flow_end(engine, flow, (int64_t)engine->now_ns, SYSFLOW_OP_TRUNCATE, reterr);
	}
	return err;
}

/* Files first, as the original has it. */
int flow_end_of(struct flow_engine *engine, struct flow_proc *proc, int64_t tid,
		struct eyas_err *reterr)
{
	int net, err = 0;

	for (net = 0; !err && net < 2; net++)
		err = tid != -1 ? end_of_thread(engine, proc, tid, net, reterr)
				: end_of_process(engine, proc, net, reterr);
	return err;
}

/* ---- by time ---- */

static bool is_idle(const struct flow_engine *engine, const struct flow *flow)
{
	return flow_now_s(engine) * FLOW_S_NS >=
	       flow->update_s * FLOW_S_NS + engine->opts.expire_ns;
}

static void begin_anew(struct flow_engine *engine, struct flow *flow)
{
	flow->ts = (int64_t)engine->now_ns;
	flow->op_flags = 0;
	flow->reads = flow->writes = flow->read_bytes = flow->write_bytes = 0;
	flow_flows_requeue(engine, flow);
}

static int export_one(struct flow_engine *engine, struct flow *flow, struct eyas_err *reterr)
{
	int err = 0;

	flow_sums_ask(engine, flow, false);
	if (is_idle(engine, flow)) {
		/* The kernel would go on adding up what nobody asks for any more. */
		flow_sums_ask(engine, flow, true);
	}
	if (is_idle(engine, flow)) {
		/* Nothing was done with it since it was exported, or the interval is longer. */
		if (!flow_strict(engine))
			err = record(engine, flow, (int64_t)engine->now_ns, false, reterr);
		engine->stats.flows_expired++;
		flow_flows_free(engine, flow);
		return err;
	}
	err = record(engine, flow, (int64_t)engine->now_ns, false, reterr);
	begin_anew(engine, flow);
	return err;
}

int flow_expire(struct flow_engine *engine, struct eyas_err *reterr)
{
	const uint64_t now_s = flow_now_s(engine);
	struct flow *flow;
	uint32_t count;
	int err = 0;

	/* Each at most once, whatever the interval. */
	for (count = engine->flows.count; !err && count; count--) {
		flow = engine->queue_first;
		if (now_s * FLOW_S_NS < flow->export_s * FLOW_S_NS + engine->opts.export_ns)
			break;
		err = export_one(engine, flow, reterr);
	}
	return err;
}

/* ---- the end of all ---- */

/* Strict: the original forgets at the end what it was told to leave out. */
static int flush_flows(struct flow_engine *engine, struct flow_proc *proc, bool net,
		       struct eyas_err *reterr)
{
	struct flow *flow, *next;
	int err = 0;

	for (flow = proc->flows; !err && flow; flow = next) {
		next = flow->proc_next;
		if (flow_is_net(flow) != net)
			continue;
		flow_sums_ask(engine, flow, true);
		flow->op_flags |= SYSFLOW_OP_TRUNCATE;
		err = record(engine, flow, (int64_t)engine->now_ns, flow_strict(engine), reterr);
		flow_flows_free(engine, flow);
	}
	return err;
}

static int flush_proc(struct flow_engine *engine, struct flow_proc *proc, struct eyas_err *reterr)
{
	int err = flush_flows(engine, proc, true, reterr);

	if (!err)
		err = flush_flows(engine, proc, false, reterr);
	if (!err && proc->has_summary)
		err = flow_summary_write(engine, proc, (int64_t)engine->now_ns, SYSFLOW_OP_TRUNCATE,
					 true, reterr);
	return err;
}

int flow_flush(struct flow_engine *engine, struct eyas_err *reterr)
{
	struct flow_proc *proc;
	int err = 0;

	for (proc = engine->procs_first; !err && proc; proc = proc->next)
		err = flush_proc(engine, proc, reterr);
	return err;
}
