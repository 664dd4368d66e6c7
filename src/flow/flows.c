/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which flows of data are open? One for each thread, descriptor, and file or connection that it
 * is open on: found by these for an event, by process and descriptor for a close, by process for
 * an exit, and in a queue by the time they are due.
 */
#include "flow/engine_int.h"

#include <string.h>

/*
 * Strict: a thread's and a descriptor's number are told apart as little as the original does,
 * which writes them one behind the other, and 0 as nothing.
 */
static uint64_t place_of(uint64_t tid, uint64_t fd)
{
	uint64_t rest;

	for (rest = fd; rest; rest /= 10)
		tid *= 10;
	return tid + fd;
}

static uint64_t hash_of(const struct flow_engine *engine, int64_t tid, int64_t fd, uint64_t what)
{
	if (flow_strict(engine))
		return flow_hash(engine->seed, place_of((uint64_t)tid, (uint64_t)fd), what);
	return flow_hash(engine->seed, (uint64_t)tid << 32 ^ (uint64_t)fd, what);
}

static uint64_t fd_hash(const struct flow_engine *engine, const struct flow_proc *proc, int64_t fd)
{
	return flow_hash(engine->seed, (uintptr_t)proc, (uint64_t)fd);
}

static uint64_t tid_hash(const struct flow_engine *engine, const struct flow_proc *proc,
			 int64_t tid)
{
	return flow_hash(engine->seed, (uintptr_t)proc, (uint64_t)tid);
}

static uint64_t tuple_hash(const struct flow_tuple *tuple)
{
	uint64_t parts[4];

	memcpy(parts, tuple->src, 16);
	memcpy(parts + 2, tuple->dst, 16);
	return (parts[0] ^ parts[1] * 3) + (parts[2] ^ parts[3] * 5) * 7 +
	       ((uint64_t)tuple->sport << 16 | tuple->dport) * UINT64_C(0x9e3779b97f4a7c15);
}

static bool same_place(const struct flow_engine *engine, const struct flow *flow, int64_t tid,
		       int64_t fd)
{
	if (flow_strict(engine))
		return flow->place == place_of((uint64_t)tid, (uint64_t)fd);
	return flow->tid == tid && flow->fd == fd;
}

struct flow *flow_flows_find_file(const struct flow_engine *engine,
				  const struct eyas_context *context,
				  const struct eyas_thread *leader)
{
	const struct eyas_istr *name = context->fd->name,
			       *container_id = context->thread->container_id;
	const int64_t tid = context->thread->tid, fd = context->fd_num;
	struct flow_link *link =
		flow_table_chain(&engine->flows, hash_of(engine, tid, fd, (uintptr_t)name));
	struct flow *flow;

	for (; link; link = link->next) {
		flow = (struct flow *)link;
		if (flow->file && flow->file->path == name &&
		    flow->file->container_id == container_id && same_place(engine, flow, tid, fd) &&
		    flow_procs_is(engine, flow->proc, leader))
			return flow;
	}
	return NULL;
}

struct flow *flow_flows_find_net(const struct flow_engine *engine,
				 const struct eyas_context *context,
				 const struct eyas_thread *leader, const struct flow_tuple *tuple)
{
	const int64_t tid = context->thread->tid, fd = context->fd_num;
	const uint64_t hash =
		flow_hash(engine->seed, (uint64_t)tid << 32 ^ (uint64_t)fd, tuple_hash(tuple));
	struct flow_link *link = flow_table_chain(&engine->flows, hash);
	struct flow *flow;

	for (; link; link = link->next) {
		flow = (struct flow *)link;
		if (!flow->file && flow->tid == tid && flow->fd == fd &&
		    flow_same_tuple(&flow->tuple, tuple) &&
		    flow_procs_is(engine, flow->proc, leader))
			return flow;
	}
	return NULL;
}

/* ---- the queue ---- */

/* Times of events go back a little at most; the capture of a liar must not make this a search. */
enum { STEPS_BACK_MAX = 64 };

static void queue_put(struct flow_engine *engine, struct flow *flow)
{
	const uint64_t due_ns = flow->export_s * FLOW_S_NS + engine->opts.export_ns;
	struct flow *at = engine->queue_last;
	unsigned steps;

	for (steps = 0; at && at->export_s > flow->export_s; steps++) {
		if (steps == STEPS_BACK_MAX) {
			at = engine->queue_last;
			flow->export_s = at->export_s;
			break;
		}
		at = at->queue_prev;
	}
	if (due_ns < engine->watch.alarm_ns)
		engine->watch.alarm_ns = due_ns;
	flow->queue_prev = at;
	flow->queue_next = at ? at->queue_next : engine->queue_first;
	if (at)
		at->queue_next = flow;
	else
		engine->queue_first = flow;
	if (flow->queue_next)
		flow->queue_next->queue_prev = flow;
	else
		engine->queue_last = flow;
}

static void queue_take(struct flow_engine *engine, struct flow *flow)
{
	if (flow->queue_prev)
		flow->queue_prev->queue_next = flow->queue_next;
	else
		engine->queue_first = flow->queue_next;
	if (flow->queue_next)
		flow->queue_next->queue_prev = flow->queue_prev;
	else
		engine->queue_last = flow->queue_prev;
}

void flow_flows_requeue(struct flow_engine *engine, struct flow *flow)
{
	queue_take(engine, flow);
	flow->export_s = flow_now_s(engine);
	queue_put(engine, flow);
}

/* ---- one flow ---- */

static int enter_tables(struct flow_engine *engine, struct flow *flow)
{
	if (flow_table_add(&engine->flows, &flow->link))
		return -ENOMEM;
	if (flow_table_add(&engine->flows_by_fd, &flow->fd_link)) {
		flow_table_remove(&engine->flows, &flow->link);
		return -ENOMEM;
	}
	if (flow_table_add(&engine->flows_by_tid, &flow->tid_link)) {
		flow_table_remove(&engine->flows, &flow->link);
		flow_table_remove(&engine->flows_by_fd, &flow->fd_link);
		return -ENOMEM;
	}
	return 0;
}

static int enter(struct flow_engine *engine, struct flow *flow)
{
	if (enter_tables(engine, flow))
		return -ENOMEM;
	flow->proc_next = flow->proc->flows;
	if (flow->proc_next)
		flow->proc_next->proc_prev = flow;
	flow->proc->flows = flow;
	queue_put(engine, flow);
	if (flow->file)
		flow->file->refs++;
	return 0;
}

enum { SPARES_MAX = 256 };

/* Most flows are short: a few that have ended are kept for those that come. */
static struct flow *take_spare(struct flow_engine *engine)
{
	struct flow *flow = engine->spare;

	if (!flow)
		return flow_alloc(engine, sizeof(*flow));
	engine->spare = flow->queue_next;
	engine->spares--;
	memset(flow, 0, sizeof(*flow));
	return flow;
}

static void put_spare(struct flow_engine *engine, struct flow *flow)
{
	if (engine->spares == SPARES_MAX) {
		flow_free(engine, flow, sizeof(*flow));
		return;
	}
	flow->queue_next = engine->spare;
	engine->spare = flow;
	engine->spares++;
}

void flow_flows_fini(struct flow_engine *engine)
{
	struct flow *flow;

	while (engine->queue_first)
		flow_flows_free(engine, engine->queue_first);
	while ((flow = engine->spare)) {
		engine->spare = flow->queue_next;
		flow_free(engine, flow, sizeof(*flow));
	}
	flow_table_fini(&engine->flows);
	flow_table_fini(&engine->flows_by_fd);
	flow_table_fini(&engine->flows_by_tid);
	flow_table_fini(&engine->sums);
}

struct flow *flow_flows_new(struct flow_engine *engine, const struct eyas_context *context,
			    struct flow_proc *proc, struct flow_file *file,
			    const struct flow_tuple *tuple)
{
	struct flow *flow = NULL;

	if (engine->flows.count < engine->opts.max_flows)
		flow = take_spare(engine);
	if (!flow) {
		engine->stats.flows_refused++;
		return NULL;
	}
	flow->proc = proc;
	flow->file = file;
	flow->tid = context->thread->tid;
	flow->fd = context->fd_num;
	flow->place = place_of((uint64_t)flow->tid, (uint64_t)flow->fd);
	flow->ts = (int64_t)context->event->ts_ns;
	flow->export_s = flow->update_s = flow_now_s(engine);
	flow->fd_link.hash = fd_hash(engine, proc, flow->fd);
	flow->tid_link.hash = tid_hash(engine, proc, flow->tid);
	if (file) {
		flow->link.hash = hash_of(engine, flow->tid, flow->fd, (uintptr_t)file->path);
	} else {
		flow->tuple = *tuple;
		flow->link.hash = flow_hash(engine->seed,
					    (uint64_t)flow->tid << 32 ^ (uint64_t)flow->fd,
					    tuple_hash(tuple));
	}
	if (enter(engine, flow)) {
		put_spare(engine, flow);
		engine->stats.flows_refused++;
		return NULL;
	}
	return flow;
}

void flow_flows_free(struct flow_engine *engine, struct flow *flow)
{
	flow_sums_drop(engine, flow);
	flow_table_remove(&engine->flows, &flow->link);
	flow_table_remove(&engine->flows_by_fd, &flow->fd_link);
	flow_table_remove(&engine->flows_by_tid, &flow->tid_link);
	if (flow->proc_prev)
		flow->proc_prev->proc_next = flow->proc_next;
	else
		flow->proc->flows = flow->proc_next;
	if (flow->proc_next)
		flow->proc_next->proc_prev = flow->proc_prev;
	queue_take(engine, flow);
	if (flow->file)
		flow->file->refs--;
	put_spare(engine, flow);
}

struct flow *flow_flows_of_thread(const struct flow_engine *engine, const struct flow_proc *proc,
				  int64_t tid, const struct flow *after)
{
	struct flow_link *link =
		after ? after->tid_link.next
		      : flow_table_chain(&engine->flows_by_tid, tid_hash(engine, proc, tid));
	struct flow *flow;

	for (; link; link = link->next) {
		flow = FLOW_OF(link, tid_link);
		if (flow->proc == proc && flow->tid == tid)
			return flow;
	}
	return NULL;
}
