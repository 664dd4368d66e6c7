/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads and writes that the kernel adds up. The first one of a thread on an open file comes as an
 * event and leads to a flow; the ones after it come as totals since then, which grow. A flow
 * remembers how much of them it has taken, and takes the difference.
 */
#include "flow/engine_int.h"

static uint64_t hash_of(const struct flow_engine *engine, int64_t tid, int64_t fd)
{
	return flow_hash(engine->seed, (uint64_t)tid, (uint64_t)fd);
}

static struct flow *find(const struct flow_engine *engine, int64_t tid, int64_t fd)
{
	struct flow_link *link = flow_table_chain(&engine->sums, hash_of(engine, tid, fd));
	struct flow *flow;

	for (; link; link = link->next) {
		flow = FLOW_OF(link, sum_link);
		if (flow->tid == tid && flow->fd == fd)
			return flow;
	}
	return NULL;
}

void flow_sums_drop(struct flow_engine *engine, struct flow *flow)
{
	if (!flow->summed)
		return;
	flow_table_remove(&engine->sums, &flow->sum_link);
	flow->summed = false;
}

/* Of a thread's descriptor there is one sum: that of the flow it was used for last. */
void flow_sums_begin(struct flow_engine *engine, struct flow *flow)
{
	struct flow *other;

	if (flow->summed)
		return;
	other = find(engine, flow->tid, flow->fd);
	if (other)
		flow_sums_drop(engine, other);
	flow->sum_link.hash = hash_of(engine, flow->tid, flow->fd);
	flow->summed = !flow_table_add(&engine->sums, &flow->sum_link);
}

/* Whatever a source says: a total ends at the largest number. */
static void add_more(int64_t *total, uint64_t now, uint64_t before)
{
	const uint64_t more = now > before ? now - before : 0;

	if (more > (uint64_t)(INT64_MAX - *total))
		*total = INT64_MAX;
	else
		*total += (int64_t)more;
}

static void take(struct flow *flow, const struct eyas_io_sums *sums)
{
	struct eyas_io_sums before = { 0 };

	/* Else another sum, which began behind the one before. */
	if (flow->taken.began_ts_ns == sums->began_ts_ns)
		before = flow->taken;
	/* One that ended while a ring was full comes late: of the present one all is taken still. */
	if (flow->taken.began_ts_ns <= sums->began_ts_ns)
		flow->taken = *sums;
	add_more(&flow->reads, sums->read_ops, before.read_ops);
	add_more(&flow->writes, sums->write_ops, before.write_ops);
	add_more(&flow->read_bytes, sums->read_bytes, before.read_bytes);
	add_more(&flow->write_bytes, sums->write_bytes, before.write_bytes);
	if (sums->read_ops > before.read_ops)
		flow->op_flags |= SYSFLOW_OP_READ_RECV;
	if (sums->write_ops > before.write_ops)
		flow->op_flags |= SYSFLOW_OP_WRITE_SEND;
	if (sums->last_ts_ns / FLOW_S_NS > flow->update_s)
		flow->update_s = sums->last_ts_ns / FLOW_S_NS;
}

void flow_sums_ask(struct flow_engine *engine, struct flow *flow, bool last)
{
	struct eyas_io_sums sums;

	if (!flow->summed)
		return;
	if (!engine->opts.sums(engine->opts.sums_ctx, flow->tid, flow->fd, last, &sums))
		take(flow, &sums);
	if (last)
		flow_sums_drop(engine, flow);
}

int flow_engine_sums(struct flow_engine *engine, const struct eyas_io_sums *sums,
		     struct eyas_err *reterr)
{
	struct flow *flow = find(engine, sums->tid, sums->fd);

	(void)reterr;
	if (flow)
		take(flow, sums);
	return 0;
}
