/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine as a whole: made, freed, and the way of one event through it. What is due by time
 * comes first, in the original's order: flows that are open for long, processes that have exited,
 * the next file.
 */
#include "flow/engine_int.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

#define EXPORT_NS_DEFAULT (30 * FLOW_S_NS)
#define EXPIRE_NS_DEFAULT (60 * FLOW_S_NS)

/* A clock that was set back by more than this must not keep everything open. */
#define BACK_NS (60 * FLOW_S_NS)

enum { MAX_FLOWS_DEFAULT = 1 << 20 };

/* ---- what the parts share ---- */

void *flow_alloc(struct flow_engine *engine, size_t size)
{
	void *memory = calloc(1, size);

	if (memory)
		engine->stats.bytes += size;
	return memory;
}

void flow_free(struct flow_engine *engine, void *memory, size_t size)
{
	engine->stats.bytes -= size;
	free(memory);
}

void flow_set_str(struct flow_engine *engine, struct eyas_istr **to, struct eyas_istr *str)
{
	istr_move(engine->pool, to, str);
}

/* Without the words and the calls of the public accessors: read for every event. */
int64_t flow_param(const struct eyas_event *event, unsigned index, int64_t fallback)
{
	const uint8_t *value = event->values;
	struct eyas_param param;
	uint64_t bits;
	unsigned i;

	if (index >= event->nparams)
		return fallback;
	for (i = 0; i < index; i++)
		value += eyas_event_len(event, i);
	param.info = &event->info->params[index];
	param.data = value;
	param.len = eyas_event_len(event, index);
	return eyas_param_bits(&param, &bits) ? (int64_t)bits : fallback;
}

int32_t flow_result(const struct eyas_event *event)
{
	return (int32_t)flow_param(event, 0, -1);
}

bool flow_param_str(const struct eyas_event *event, unsigned index, const char **ret_str,
		    size_t *ret_len)
{
	struct eyas_param param;

	eyas_event_param(event, index, &param);
	return !eyas_param_str(&param, ret_str, ret_len);
}

/* ---- the handle ---- */

static int copy_text(char **to, const char *text)
{
	if (!text)
		return 0;
	*to = strdup(text);
	return *to ? 0 : -ENOMEM;
}

static void watch_type(struct flow_engine *engine, unsigned type)
{
	if (engine->handlers[type])
		engine->watch.types[type / 64] |= UINT64_C(1) << type % 64;
}

static void set_handlers(struct flow_engine *engine)
{
	flow_on_data(engine);
	flow_on_fileops(engine);
	flow_on_procs(engine);
	flow_on_containers(engine);
	flow_on_k8s(engine);
	watch_type(engine, EYAS_EV_SYSCALL_MMAP_E);
	watch_type(engine, EYAS_EV_SYSCALL_MMAP2_E);
	watch_type(engine, EYAS_EV_SYSCALL_SETUID_E);
	watch_type(engine, EYAS_EV_SYSCALL_SETRESUID_E);
	watch_type(engine, EYAS_EV_K8S_E);
	engine->watch.alarm_ns = UINT64_MAX;
}

int flow_engine_new(const struct flow_opts *opts, const struct flow_sink *sink,
		    struct flow_engine **ret_engine, struct eyas_err *reterr)
{
	struct flow_engine *engine;

	if (opts->schema != 5 && opts->schema != 6)
		return eyas_err_set(reterr, -EINVAL, "SysFlow schema %d, expected 5 or 6",
				    opts->schema);
	engine = calloc(1, sizeof(*engine));
	if (!engine)
		return eyas_err_set(reterr, -ENOMEM, "no memory for flows");
	engine->opts = *opts;
	/* The caller's; ours are copies. */
	engine->opts.exporter = engine->opts.node_ip = engine->opts.host_root = NULL;
	engine->sink = *sink;
	engine->seed = hash_seed();
	engine->deaths_end = &engine->deaths;
	engine->stats.bytes = sizeof(*engine);
	if (!engine->opts.export_ns)
		engine->opts.export_ns = EXPORT_NS_DEFAULT;
	if (!engine->opts.expire_ns)
		engine->opts.expire_ns = EXPIRE_NS_DEFAULT;
	if (!engine->opts.max_flows)
		engine->opts.max_flows = MAX_FLOWS_DEFAULT;
	set_handlers(engine);
	if (copy_text(&engine->exporter, opts->exporter) ||
	    copy_text(&engine->node_ip, opts->node_ip) ||
	    copy_text(&engine->host_root, opts->host_root)) {
		flow_engine_free(engine);
		return eyas_err_set(reterr, -ENOMEM, "no memory for flows");
	}
	*ret_engine = engine;
	return 0;
}

struct eyas_enter_watch *flow_engine_watch(struct flow_engine *engine)
{
	return &engine->watch;
}

void flow_engine_free(struct flow_engine *engine)
{
	if (!engine)
		return;
	flow_flows_fini(engine);
	flow_procs_fini(engine);
	flow_files_fini(engine);
	flow_containers_fini(engine);
	flow_set_str(engine, &engine->setuid_arg, NULL);
	flow_set_str(engine, &engine->libs_text, NULL);
	eyas_str_fini(&engine->path);
	eyas_str_fini(&engine->path2);
	eyas_str_fini(&engine->text);
	free(engine->strings);
	free(engine->exporter);
	free(engine->node_ip);
	free(engine->host_root);
	free(engine);
}

void flow_engine_stats(const struct flow_engine *engine, struct flow_stats *ret_stats)
{
	const struct flow_table *tables[] = { &engine->containers,   &engine->procs,
					      &engine->procs_by_pid, &engine->files,
					      &engine->flows,	     &engine->flows_by_fd,
					      &engine->sums };
	size_t i;

	*ret_stats = engine->stats;
	ret_stats->processes = engine->procs.count;
	ret_stats->files = engine->files.count;
	ret_stats->containers = engine->containers.count;
	ret_stats->flows = engine->flows.count;
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (tables[i]->heads)
			ret_stats->bytes += (tables[i]->mask + UINT64_C(1)) *
					    sizeof(struct flow_link *);
	ret_stats->bytes += engine->path.cap + engine->path2.cap + engine->text.cap;
}

/* ---- the machine ---- */

static int load_machine(void *ctx, const struct eyas_machine *machine)
{
	struct flow_engine *engine = ctx;

	memcpy(engine->hostname, machine->hostname, sizeof(engine->hostname));
	return 0;
}

/* The first address that is not the machine's own to itself. */
static int load_iface(void *ctx, const struct eyas_iface *iface)
{
	struct flow_engine *engine = ctx;
	const bool ipv4 = iface->type == 1 || iface->type == 3;

	if (ipv4 && !engine->address[0] && iface->addr[0] != 127 && iface->addr[0])
		inet_ntop(AF_INET, iface->addr, engine->address, sizeof(engine->address));
	return 0;
}

void flow_engine_loader(struct flow_engine *engine, struct eyas_loader *ret_loader)
{
	*ret_loader =
		(struct eyas_loader){ .ctx = engine, .machine = load_machine, .iface = load_iface };
}

/* ---- files to write to ---- */

static const char *exporter_of(struct flow_engine *engine)
{
	if (engine->exporter && engine->exporter[0])
		return engine->exporter;
	if (!engine->hostname[0] && engine->opts.live)
		(void)gethostname(engine->hostname, sizeof(engine->hostname) - 1);
	return engine->hostname;
}

static const char *address_of(const struct flow_engine *engine)
{
	if (engine->node_ip)
		return engine->node_ip;
	if (flow_strict(engine))
		return "";
	return engine->address[0] ? engine->address : "NA";
}

/* A new file begins with a header, and knows nothing of what the one before said. */
static int begin(struct flow_engine *engine, struct eyas_err *reterr)
{
	const char *filename = "";
	int err = engine->sink.begin(engine->sink.ctx, engine->now_ns, &filename, reterr);

	if (err < 0)
		return err;
	engine->header = (struct sysflow_header){
		.version = engine->opts.schema,
		.exporter = exporter_of(engine),
		.ip = address_of(engine),
		.filename = filename ? filename : "",
	};
	if (engine->begun) {
		flow_procs_rotate(engine);
		flow_containers_rotate(engine);
		flow_files_rotate(engine);
	}
	engine->begun = true;
	return flow_send_header(engine, reterr);
}

/* ---- what is due ---- */

static void set_alarm(struct flow_engine *engine)
{
	uint64_t due_s = UINT64_MAX;

	if (engine->queue_first)
		due_s = engine->queue_first->export_s;
	if (engine->summary_first && engine->summary_first->summary_export_s < due_s)
		due_s = engine->summary_first->summary_export_s;
	engine->watch.alarm_ns = due_s == UINT64_MAX ? UINT64_MAX
						     : due_s * FLOW_S_NS + engine->opts.export_ns;
}

static int expire(struct flow_engine *engine, struct eyas_err *reterr)
{
	const uint64_t now_s = flow_now_s(engine);
	int err;

	if (!engine->flow_check_s || engine->now_ns + BACK_NS < engine->due_ns) {
		engine->flow_check_s = now_s;
		return 0;
	}
	if (now_s <= engine->flow_check_s)
		return 0;
	engine->flow_check_s = now_s;
	err = flow_expire(engine, reterr);
	return err ? err : flow_summary_expire(engine, reterr);
}

/* At most once a second, and when the sink wants to go on to another file. */
static EYAS_COLD int look(struct flow_engine *engine, struct eyas_err *reterr)
{
	int err;

	if (!engine->begun) {
		err = begin(engine, reterr);
		if (err)
			return err;
	}
	err = expire(engine, reterr);
	if (err)
		return err;
	flow_procs_forget_dead(engine);
	if (engine->now_ns + BACK_NS < engine->due_ns)
		engine->death_check_s = 0;
	engine->due_ns = (flow_now_s(engine) + 1) * FLOW_S_NS;
	set_alarm(engine);
	if (engine->now_ns >= *engine->sink.due_ns)
		err = begin(engine, reterr);
	return err;
}

int flow_engine_idle(struct flow_engine *engine, struct eyas_err *reterr)
{
	engine->now_ns = eyas_clock_ns(CLOCK_REALTIME);
	return look(engine, reterr);
}

int flow_engine_finish(struct flow_engine *engine, struct eyas_err *reterr)
{
	int err;

	if (engine->opts.live)
		engine->now_ns = eyas_clock_ns(CLOCK_REALTIME);
	else if (engine->watch.now_ns > engine->now_ns)
		engine->now_ns = engine->watch.now_ns;
	if (!engine->begun) {
		err = begin(engine, reterr);
		if (err)
			return err;
	}
	return flow_flush(engine, reterr);
}

/* ---- one event ---- */

void flow_engine_left_out(struct flow_engine *engine, const struct eyas_context *context)
{
	engine->pool = eyas_state_strings(context->state);
	flow_containers_learn(engine, context);
}

int flow_engine_event(struct flow_engine *engine, const struct eyas_context *context,
		      struct eyas_err *reterr)
{
	const struct eyas_event *event = context->event;
	const struct eyas_thread *thread = context->thread;
	const flow_handler handler = engine->handlers[event->type];
	int err;

	engine->now_ns = event->ts_ns;
	engine->pool = eyas_state_strings(context->state);
	/* Not in the time before due_ns: behind it, or before that time. */
	if (event->ts_ns + BACK_NS - engine->due_ns >= BACK_NS ||
	    event->ts_ns >= *engine->sink.due_ns) {
		err = look(engine, reterr);
		if (err)
			return err;
	}
	if (!handler)
		return 0;
	if (!thread)
		return event->info->category & EYAS_EC_METAEVENT ? handler(engine, context, reterr)
								 : 0;
	if ((event->flags & EYAS_EVENT_STATE_ONLY) ||
	    (engine->opts.filter_containers && !thread->container_id->len))
		return 0;
	return handler(engine, context, reterr);
}
