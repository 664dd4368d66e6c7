/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any history of a machine, on the way to SysFlow records and to their bytes: whatever happens,
 * each record refers to entities that the current file has already, and can be encoded. The input
 * begins with the options; then follow steps of a history, as for fuzz_state.
 */
#include <errno.h>

#include "base/err.h"
#include "sysflow/encode.h"
#include "flow/flow.h"
#include "fuzz/history.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_THREADS = 12, MAX_FDS = 48, MAX_FDS_PROCESS = 16, MAX_FLOWS = 24 };

#define MAX_STRING_BYTES (16 << 10)

/* What the current file has: entities by their identity, as bytes. */
struct known {
	struct eyas_str processes, files, containers;
};

struct run {
	struct input in;
	struct flow_opts opts;
	struct eyas_state *state;
	struct flow_engine *engine;
	struct known known;
	struct eyas_str datum;
	uint64_t ts_ns, due_ns;
	uint64_t event_ts_ns[2];
	uint64_t records[SYSFLOW_TYPES];
	unsigned begun;
	unsigned fail_at; /* the record that cannot be written, 0 = none */
};

/* ---- what the sink is told ---- */

static bool has(const struct eyas_str *list, const void *id, size_t size)
{
	size_t at;

	for (at = 0; at + size <= list->len; at += size) {
		if (!memcmp(list->data + at, id, size))
			return true;
	}
	return false;
}

static void add(struct eyas_str *list, const void *id, size_t size)
{
	if (!has(list, id, size))
		eyas_str_add(list, id, size);
	MUST(!list->nomem);
}

/* Ids of containers are of any length: their hash will do. */
static uint64_t text_id(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	return hash;
}

static void check_container(const struct run *run, const char *id)
{
	uint64_t hash;

	if (!id)
		return;
	hash = text_id(id);
	MUST(has(&run->known.containers, &hash, sizeof(hash)));
}

static void check_process(const struct run *run, const struct sysflow_oid *oid,
			  const struct sysflow_refs *refs)
{
	MUST(has(&run->known.processes, oid, sizeof(*oid)));
	MUST(refs && refs->process && !memcmp(&refs->process->oid, oid, sizeof(*oid)));
	check_container(run, refs->process->containerId);
}

static void check_file(const struct run *run, const struct sysflow_foid *oid,
		       const struct sysflow_file *file)
{
	MUST(has(&run->known.files, oid, sizeof(*oid)));
	MUST(file && !memcmp(&file->oid, oid, sizeof(*oid)));
	check_container(run, file->containerId);
}

static void take_entity(struct run *run, const struct sysflow_record *record)
{
	const struct sysflow_process *process = &record->u.process;
	uint64_t hash;

	if (record->type == SYSFLOW_CONTAINER) {
		hash = text_id(record->u.container.id);
		add(&run->known.containers, &hash, sizeof(hash));
	} else if (record->type == SYSFLOW_PROCESS) {
		check_container(run, process->containerId);
		/* Its parent may have ended before this file began. */
		MUST(!process->has_poid ||
		     memcmp(&process->poid, &process->oid, sizeof(process->oid)));
		add(&run->known.processes, &process->oid, sizeof(process->oid));
	} else if (record->type == SYSFLOW_FILE) {
		check_container(run, record->u.file.containerId);
		add(&run->known.files, &record->u.file.oid, sizeof(record->u.file.oid));
	}
}

static void check_flow(int64_t ts, int64_t end_ts, int64_t read_ops, int64_t write_ops)
{
	MUST(ts <= end_ts);
	MUST(read_ops >= 0 && write_ops >= 0);
}

static void check_record(const struct run *run, const struct sysflow_record *record,
			 const struct sysflow_refs *refs)
{
	const struct sysflow_file_event *event = &record->u.file_event;
	const struct sysflow_network_flow *net = &record->u.network_flow;
	const struct sysflow_file_flow *file = &record->u.file_flow;

	switch (record->type) {
	case SYSFLOW_PROCESS_EVENT:
		check_process(run, &record->u.process_event.procOID, refs);
		break;
	case SYSFLOW_PROCESS_FLOW:
		MUST(run->opts.process_flow);
		check_process(run, &record->u.process_flow.procOID, refs);
		break;
	case SYSFLOW_NETWORK_FLOW:
		check_process(run, &net->procOID, refs);
		check_flow(net->ts, net->endTs, net->numRRecvOps, net->numWSendOps);
		MUST(run->opts.schema == 6 || !net->ipv6);
		break;
	case SYSFLOW_FILE_FLOW:
		MUST(run->opts.collect != FLOW_COLLECT_NOFILES);
		check_process(run, &file->procOID, refs);
		check_file(run, &file->fileOID, refs->file1);
		check_flow(file->ts, file->endTs, file->numRRecvOps, file->numWSendOps);
		break;
	case SYSFLOW_FILE_EVENT:
		MUST(run->opts.collect != FLOW_COLLECT_NOFILES);
		check_process(run, &event->procOID, refs);
		check_file(run, &event->fileOID, refs->file1);
		if (event->has_newFileOID)
			check_file(run, &event->newFileOID, refs->file2);
		break;
	case SYSFLOW_HEADER:
	case SYSFLOW_CONTAINER:
	case SYSFLOW_PROCESS:
	case SYSFLOW_FILE:
	case SYSFLOW_NETWORK_EVENT:
	case SYSFLOW_POD:
	case SYSFLOW_K8S_EVENT:
		break;
	}
}

static int on_record(void *ctx, const struct sysflow_record *record,
		     const struct sysflow_refs *refs, struct eyas_err *reterr)
{
	struct run *run = ctx;

	MUST(run->begun && (int)record->type < SYSFLOW_TYPES);
	MUST((record->type == SYSFLOW_HEADER) == (run->begun == 1));
	run->begun = 2;
	take_entity(run, record);
	check_record(run, record, refs);
	run->records[record->type]++;
	run->datum.len = 0;
	MUST(!sf_encode(record, run->opts.schema, false, &run->datum));
	MUST(run->datum.len);
	if (run->fail_at && !--run->fail_at)
		return eyas_err_set(reterr, -EIO, "a sink that fails");
	return 0;
}

static int on_begin(void *ctx, uint64_t now_ns, const char **ret_filename, struct eyas_err *reterr)
{
	struct run *run = ctx;

	(void)reterr;
	run->known.processes.len = run->known.files.len = run->known.containers.len = 0;
	run->begun = 1;
	run->due_ns = now_ns > UINT64_MAX / 2 ? UINT64_MAX : now_ns + 300 * SECOND_NS;
	*ret_filename = "fuzz.sf";
	return 0;
}

static int on_sums(void *ctx, int64_t tid, int64_t fd, bool last, struct eyas_io_sums *ret_sums)
{
	struct run *run = ctx;
	uint8_t byte = take(&run->in);

	(void)last;
	if (byte & 1)
		return -ENOENT;
	*ret_sums = (struct eyas_io_sums){
		.tid = tid,
		.fd = fd,
		/* Of the last event, or of one before it. */
		.began_ts_ns = run->event_ts_ns[byte & 2 ? 0 : 1],
		.last_ts_ns = run->ts_ns,
		.read_ops = byte >> 2,
		.read_bytes = byte,
		.write_ops = byte >> 4,
		.write_bytes = byte * UINT64_C(0x101010101010101),
	};
	return 0;
}

/* ---- steps ---- */

static void take_opts(struct run *run)
{
	uint8_t modes = take(&run->in), flags = take(&run->in);

	run->opts = (struct flow_opts){
		.collect = modes % 3,
		.file_read_mode = modes / 3 % 3,
		.schema = modes & 0x80 ? 6 : 5,
		.filter_containers = flags & 1,
		.file_only = flags & 2,
		.process_flow = flags & 4,
		.strict_compat = flags & 8,
		.max_flows = flags & 16 ? MAX_FLOWS : 0,
		.sums = flags & 32 ? on_sums : NULL,
		.sums_ctx = run,
		.exporter = flags & 64 ? "fuzz" : NULL,
	};
	run->fail_at = flags & 0x80 ? take(&run->in) : 0;
}

static int one_event(struct run *run)
{
	struct eyas_event event;
	uint8_t buf[4096];

	if (!make_event(&run->in, run->ts_ns, buf, sizeof(buf), &event))
		return 0;
	run->event_ts_ns[1] = run->event_ts_ns[0];
	run->event_ts_ns[0] = run->ts_ns;
	return flow_engine_event(run->engine, eyas_state_take(run->state, &event), NULL);
}

static int one_sum(struct run *run)
{
	struct eyas_io_sums sums;
	int64_t tid = take_small(&run->in), fd = take_small(&run->in);

	if (!run->opts.sums || on_sums(run, tid, fd, false, &sums))
		return 0;
	return flow_engine_sums(run->engine, &sums, NULL);
}

static int one_step(struct run *run, const struct eyas_loader *loader)
{
	uint8_t step = take(&run->in);

	run->ts_ns += step;
	if (step < 16)
		one_thread(&run->in, loader);
	else if (step < 32)
		one_fd(&run->in, loader);
	else if (step == 33)
		run->ts_ns += take(&run->in) * SECOND_NS;
	else if (step == 34)
		run->due_ns = 0;
	else if (step == 35)
		return flow_engine_idle(run->engine, NULL);
	else if (step == 36)
		return one_sum(run);
	else
		return one_event(run);
	return 0;
}

static void steps(struct run *run)
{
	struct eyas_loader loader;
	struct flow_stats stats;
	int i, rc = 0;

	eyas_state_loader(run->state, &loader);
	while (!rc && run->in.p < run->in.end)
		rc = one_step(run, &loader);
	MUST(!rc || rc == -EIO);
	rc = flow_engine_finish(run->engine, NULL);
	MUST(!rc || rc == -EIO);
	flow_engine_stats(run->engine, &stats);
	MUST(!run->opts.max_flows || stats.flows <= run->opts.max_flows);
	for (i = 0; i < SYSFLOW_TYPES && !rc; i++)
		MUST(stats.records[i] == run->records[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct eyas_state_opts opts = {
		.size = sizeof(opts),
		.max_threads = MAX_THREADS,
		.max_fds = MAX_FDS,
		.max_fds_process = MAX_FDS_PROCESS,
		.max_string_bytes = MAX_STRING_BYTES,
		.idle_ns = 60 * SECOND_NS,
	};
	struct run run = { .in = { data, data + size }, .ts_ns = SECOND_NS };
	struct flow_sink sink = {
		.ctx = &run, .record = on_record, .due_ns = &run.due_ns, .begin = on_begin
	};

	take_opts(&run);
	MUST(!eyas_state_new(&opts, &run.state, NULL));
	MUST(!flow_engine_new(&run.opts, &sink, &run.engine, NULL));
	steps(&run);
	flow_engine_free(run.engine);
	eyas_state_free(run.state);
	eyas_str_fini(&run.known.processes);
	eyas_str_fini(&run.known.files);
	eyas_str_fini(&run.known.containers);
	eyas_str_fini(&run.datum);
	return 0;
}
