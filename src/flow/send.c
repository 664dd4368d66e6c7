/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the tables' entries look as records: filled into the public structs, with what they refer to,
 * and handed to the sink. Everything is lent for the call.
 */
#include "flow/engine_int.h"

#include <stdlib.h>

/* What a record refers to, in memory of the caller. */
struct view {
	struct sysflow_container container;
	struct sysflow_process process;
	struct sysflow_file file1, file2;
	struct sysflow_refs refs;
};

static int send(struct flow_engine *engine, const struct sysflow_record *record,
		const struct sysflow_refs *refs, struct eyas_err *reterr)
{
	engine->stats.records[record->type]++;
	return engine->sink.record(engine->sink.ctx, record, refs, reterr);
}

/* ---- entities ---- */

static void view_container(const struct flow_container *from, struct sysflow_container *to)
{
	const bool known = from->name != NULL;

	*to = (struct sysflow_container){
		.id = from->id->text,
		.name = known ? from->name->text : "incomplete",
		.image = known ? from->image->text : "incomplete:incomplete",
		.imageid = known ? from->imageid->text : "",
		.type = from->type,
		.privileged = from->privileged,
	};
}

/* Pointers to the strings of a list, each ended by NUL. */
static struct sysflow_strings view_list(struct flow_engine *engine, const struct eyas_istr *list)
{
	const char *at = list->text, *end = at + list->len;
	const char **strings;
	size_t count = 0, cap;

	for (; at < end; at += strlen(at) + 1) {
		if (count == engine->strings_cap) {
			cap = count ? count * 2 : 64;
			strings = realloc(engine->strings, cap * sizeof(const char *));
			if (!strings)
				break;
			engine->stats.bytes += (cap - count) * sizeof(const char *);
			engine->strings = strings;
			engine->strings_cap = cap;
		}
		engine->strings[count++] = at;
	}
	return (struct sysflow_strings){ engine->strings, count };
}

static void view_proc(const struct flow_proc *from, struct sysflow_strings env,
		      struct sysflow_process *to)
{
	*to = (struct sysflow_process){
		.state = from->state,
		.oid = from->oid,
		.has_poid = from->has_poid,
		.poid = from->poid,
		.ts = from->ts,
		.exe = from->exe->text,
		.exeArgs = from->args->text,
		.uid = from->uid,
		.userName = from->user->text,
		.gid = from->gid,
		.groupName = from->group->text,
		.tty = from->tty,
		.containerId = from->container ? from->container->id->text : NULL,
		.entry = from->entry,
		.cwd = from->cwd->text,
		.env = env,
	};
}

static void view_file(const struct flow_file *from, struct sysflow_file *to)
{
	*to = (struct sysflow_file){
		.state = from->state,
		.oid = from->oid,
		.ts = from->ts,
		.restype = from->restype,
		.path = from->path->text,
		.containerId = from->shown_id->len ? from->shown_id->text : NULL,
	};
}

int flow_send_header(struct flow_engine *engine, struct eyas_err *reterr)
{
	struct sysflow_record record = { .type = SYSFLOW_HEADER, .u.header = engine->header };
	const struct sysflow_refs refs = { .header = &engine->header };

	return send(engine, &record, &refs, reterr);
}

int flow_send_container(struct flow_engine *engine, struct flow_container *container,
			struct eyas_err *reterr)
{
	struct sysflow_record record = { .type = SYSFLOW_CONTAINER };
	const struct sysflow_refs refs = { .header = &engine->header,
					   .container = &record.u.container };

	view_container(container, &record.u.container);
	return send(engine, &record, &refs, reterr);
}

int flow_send_proc(struct flow_engine *engine, struct flow_proc *proc, struct eyas_err *reterr)
{
	struct sysflow_record record = { .type = SYSFLOW_PROCESS };
	struct sysflow_container container;
	struct sysflow_refs refs = { .header = &engine->header, .process = &record.u.process };

	view_proc(proc, view_list(engine, proc->env), &record.u.process);
	if (proc->container && !engine->sink.no_refs) {
		view_container(proc->container, &container);
		refs.container = &container;
	}
	return send(engine, &record, &refs, reterr);
}

int flow_send_file(struct flow_engine *engine, struct flow_file *file, struct eyas_err *reterr)
{
	struct sysflow_record record = { .type = SYSFLOW_FILE };
	const struct sysflow_refs refs = { .header = &engine->header, .file1 = &record.u.file };

	view_file(file, &record.u.file);
	return send(engine, &record, &refs, reterr);
}

/* ---- events and flows ---- */

static void refer(struct flow_engine *engine, const struct flow_proc *proc,
		  const struct flow_file *file1, const struct flow_file *file2, struct view *view)
{
	view->refs = (struct sysflow_refs){ .header = &engine->header };
	if (engine->sink.no_refs)
		return;
	view_proc(proc, view_list(engine, proc->env), &view->process);
	view->refs.process = &view->process;
	if (proc->container) {
		view_container(proc->container, &view->container);
		view->refs.container = &view->container;
	}
	if (file1) {
		view_file(file1, &view->file1);
		view->refs.file1 = &view->file1;
	}
	if (file2) {
		view_file(file2, &view->file2);
		view->refs.file2 = &view->file2;
	}
}

int flow_send_proc_event(struct flow_engine *engine, const struct flow_proc *proc,
			 const struct sysflow_process_event *event, struct eyas_err *reterr)
{
	struct sysflow_record record = { .type = SYSFLOW_PROCESS_EVENT, .u.process_event = *event };
	struct view view;

	refer(engine, proc, NULL, NULL, &view);
	return send(engine, &record, &view.refs, reterr);
}

int flow_send_file_event(struct flow_engine *engine, const struct flow_proc *proc,
			 const struct flow_file *file1, const struct flow_file *file2,
			 const struct sysflow_file_event *event, struct eyas_err *reterr)
{
	struct sysflow_record record = { .type = SYSFLOW_FILE_EVENT, .u.file_event = *event };
	struct view view;

	refer(engine, proc, file1, file2, &view);
	return send(engine, &record, &view.refs, reterr);
}

static int32_t ipv4_of(const uint8_t *addr)
{
	return (int32_t)eyas_le32(addr);
}

static void fill_net(const struct flow *flow, int64_t end_ts, struct sysflow_network_flow *to)
{
	const struct flow_tuple *tuple = &flow->tuple;

	*to = (struct sysflow_network_flow){
		.procOID = flow->proc->oid,
		.ts = flow->ts,
		.tid = flow->tid,
		.opFlags = flow->op_flags,
		.endTs = end_ts,
		.sport = tuple->sport,
		.dport = tuple->dport,
		.proto = flow->proto,
		.fd = (int32_t)flow->fd,
		.numRRecvOps = flow->reads,
		.numWSendOps = flow->writes,
		.numRRecvBytes = flow->read_bytes,
		.numWSendBytes = flow->write_bytes,
		.ipv6 = tuple->ipv6,
	};
	if (tuple->ipv6) {
		memcpy(to->sip6, tuple->src, sizeof(to->sip6));
		memcpy(to->dip6, tuple->dst, sizeof(to->dip6));
	} else {
		to->sip = ipv4_of(tuple->src);
		to->dip = ipv4_of(tuple->dst);
	}
}

static void fill_file(const struct flow *flow, int64_t end_ts, struct sysflow_file_flow *to)
{
	*to = (struct sysflow_file_flow){
		.procOID = flow->proc->oid,
		.ts = flow->ts,
		.tid = flow->tid,
		.opFlags = flow->op_flags,
		.openFlags = flow->open_flags,
		.endTs = end_ts,
		.fileOID = flow->file->oid,
		.fd = (int32_t)flow->fd,
		.numRRecvOps = flow->reads,
		.numWSendOps = flow->writes,
		.numRRecvBytes = flow->read_bytes,
		.numWSendBytes = flow->write_bytes,
	};
}

int flow_send_flow(struct flow_engine *engine, const struct flow *flow, int64_t end_ts,
		   struct eyas_err *reterr)
{
	struct sysflow_record record = { .type = SYSFLOW_FILE_FLOW };
	struct view view;

	if (flow_is_net(flow)) {
		record.type = SYSFLOW_NETWORK_FLOW;
		fill_net(flow, end_ts, &record.u.network_flow);
	} else {
		fill_file(flow, end_ts, &record.u.file_flow);
	}
	refer(engine, flow->proc, flow->file, NULL, &view);
	return send(engine, &record, &view.refs, reterr);
}

int flow_send_summary(struct flow_engine *engine, const struct flow_proc *proc,
		      struct eyas_err *reterr)
{
	struct sysflow_record record = { .type = SYSFLOW_PROCESS_FLOW,
					 .u.process_flow = proc->summary };
	struct view view;

	refer(engine, proc, NULL, NULL, &view);
	return send(engine, &record, &view.refs, reterr);
}

/* ---- entities that somebody asks for ---- */

int flow_engine_process(const struct flow_engine *engine, const struct sysflow_oid *oid,
			struct eyas_arena *arena, struct sysflow_process *ret_process)
{
	const struct flow_proc *proc = flow_procs_find(engine, oid);
	const char *at, *end, **items;
	size_t count = 0;

	if (!proc)
		return 0;
	end = proc->env->text + proc->env->len;
	for (at = proc->env->text; at < end; at += strlen(at) + 1)
		count++;
	items = eyas_arena_get(arena, count * sizeof(*items));
	if (!items)
		return -ENOMEM;
	count = 0;
	for (at = proc->env->text; at < end; at += strlen(at) + 1)
		items[count++] = at;
	view_proc(proc, (struct sysflow_strings){ items, count }, ret_process);
	return 1;
}

int flow_send_k8s(struct flow_engine *engine, const struct sysflow_k8s_event *event,
		  struct eyas_err *reterr)
{
	struct sysflow_record record = { .type = SYSFLOW_K8S_EVENT, .u.k8s_event = *event };
	const struct sysflow_refs refs = { .header = &engine->header };

	return send(engine, &record, &refs, reterr);
}
