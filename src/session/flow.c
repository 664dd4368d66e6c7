/* SPDX-License-Identifier: Apache-2.0 */
/* A session with an engine of SysFlow records as its consumer, and a writer behind that. */
#include "session/flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "session/pushdown.h"

/* How many events pass between two looks at how the writer fares. */
enum { LOOK_EVENTS = 4096 };

struct session_flow {
	struct session_flow_opts opts;
	struct eyas_live_opts live;
	struct live_plan plan;
	struct eyas_network *network; /* of opts.filter; NULL without */
	struct filter filter;
	struct eyas_session *session;
	struct flow_engine *engine;
	struct sf_writer *writer;
	struct eyas_err told; /* the last failure to write that somebody was told of */
	unsigned countdown;
};

/* ---- what is captured ---- */

static void remove_mmap(struct eyas_codes *codes)
{
	const struct eyas_syscall_info *info;
	unsigned code;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		info = eyas_syscall_info(code);
		if (info && (!strcmp(info->name, "mmap") || !strcmp(info->name, "mmap2")))
			codes->bits[code / 64] &= ~(UINT64_C(1) << (code % 64));
	}
}

void session_flow_codes(const struct session_flow_opts *opts, struct eyas_codes *ret_codes)
{
	flow_codes(&opts->flow, ret_codes);
	if (opts->no_mmap)
		remove_mmap(ret_codes);
}

static bool begins_with(const char *name, const char *const *prefixes)
{
	for (; *prefixes; prefixes++)
		if (!strncmp(name, *prefixes, strlen(*prefixes)))
			return true;
	return false;
}

/* Does the field have one value for all reads and writes of a thread on an open file? */
static bool is_of_owner(const char *field)
{
	static const char *const classes[] = {
		"proc.", "user.", "group.", "container.", "fd.", NULL
	};
	/* Of these classes, what changes by itself or with others. */
	static const char *const changing[] = {
		"proc.duration",   "proc.ppid.duration", "proc.fdopencount",
		"proc.fdusage",	   "proc.nchilds",	 "proc.nthreads",
		"proc.vm",	   "proc.cwd",		 "fd.types",
		"fd.name_changed", "container.duration", NULL
	};

	if (!strcmp(field, "thread.tid"))
		return true;
	return begins_with(field, classes) && !begins_with(field, changing);
}

bool session_flow_can_sum(const struct session_flow_opts *opts, const struct eyas_network *network)
{
	uint32_t slot, count = network ? eyas_network_slots(network) : 0;
	struct slot_info info;

	for (slot = 0; slot < count; slot++) {
		eyas_network_slot(network, slot, &info);
		if (info.field && !is_of_owner(info.field->info->name))
			return false;
	}
	return !opts->no_sums;
}

static int get_sums(void *ctx, int64_t tid, int64_t fd, bool last, struct eyas_io_sums *ret_sums)
{
	const struct session_flow *flow = ctx;

	return eyas_session_sums(flow->session, tid, fd, last, ret_sums);
}

static void plan_sums(struct session_flow *flow)
{
	struct session_flow_opts *opts = &flow->opts;

	if (!session_flow_can_sum(opts, opts->session.network))
		return;
	flow->live.sum_io = 1;
	opts->flow.sums = get_sums;
	opts->flow.sums_ctx = flow;
}

/* What a live source captures for the flows and the filter. */
static int plan_capture(struct session_flow *flow, struct eyas_err *reterr)
{
	struct session_flow_opts *opts = &flow->opts;
	struct eyas_codes codes;
	struct live_wish wish = { .filter_text = opts->filter,
				  .filter = opts->session.filter,
				  .chosen = &codes,
				  .state = true };
	int err;

	flow->live = *opts->session.live;
	opts->session.live = &flow->live;
	opts->session.scan = true;
	opts->session.state.live = 1;
	plan_sums(flow);
	if (flow->live.codes)
		return 0;
	session_flow_codes(opts, &codes);
	err = live_plan(&wish, &flow->plan, reterr);
	if (err)
		return err;
	flow->live.codes = &flow->plan.codes;
	flow->live.no_data |= !flow->network;
	flow->live.tests = flow->plan.tests;
	opts->session.show = &flow->plan.show;
	return 0;
}

static int compile_filter(struct session_flow *flow, struct eyas_err *reterr)
{
	const struct field_opts fields = { 0 };
	int err;

	if (!flow->opts.filter)
		return 0;
	err = eyas_network_new(&fields, &flow->network);
	if (err)
		return eyas_err_set(reterr, err, "no memory for a filter");
	err = eyas_filter_add(flow->network, flow->opts.filter, NULL, NULL, &flow->filter, reterr);
	flow->opts.session.network = flow->network;
	flow->opts.session.filter = &flow->filter;
	return err;
}

/* ---- the consumer ---- */

/* Is a file the only place records go to, and will there be no other one? */
static bool is_at_its_end(const struct session_flow *flow)
{
	const struct sf_writer_opts *opts = &flow->opts.writer;

	if (opts->socket_path || opts->callback)
		return false;
	return !opts->rotate_ns || !strcmp(opts->path, "-");
}

/* What the writer could not write ends the run if nothing can come behind it. */
static int look_at_writer(struct session_flow *flow, struct eyas_err *reterr)
{
	if (!sf_writer_failure(flow->writer, &flow->told))
		return 0;
	if (is_at_its_end(flow))
		return eyas_err_set(reterr, flow->told.code, "%s", flow->told.text);
	if (flow->opts.failure)
		flow->opts.failure(flow->opts.failure_ctx, &flow->told);
	return 0;
}

static int on_event(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		    struct eyas_err *reterr)
{
	struct session_flow *flow = ctx;
	int err;

	if (!(what & (EYAS_SHOWN | EYAS_HIDDEN))) {
		flow_engine_left_out(flow->engine, context);
		return 0;
	}
	err = flow_engine_event(flow->engine, context, reterr);
	if (err || --flow->countdown)
		return err;
	flow->countdown = LOOK_EVENTS;
	return look_at_writer(flow, reterr);
}

static int on_sums(void *ctx, const struct eyas_io_sums *sums, struct eyas_err *reterr)
{
	const struct session_flow *flow = ctx;

	return flow_engine_sums(flow->engine, sums, reterr);
}

static int on_idle(void *ctx, struct eyas_err *reterr)
{
	struct session_flow *flow = ctx;
	int err = flow_engine_idle(flow->engine, reterr);

	if (!err)
		err = sf_writer_idle(flow->writer, eyas_clock_ns(CLOCK_REALTIME), reterr);
	return err ? err : look_at_writer(flow, reterr);
}

/* ---- from opening to closing ---- */

/* What has to be there before the session, whose source it is a part of. */
static int open_engine(struct session_flow *flow, struct eyas_err *reterr)
{
	struct session_flow_opts *opts = &flow->opts;
	struct flow_sink sink;
	int err = compile_filter(flow, reterr);

	opts->session.follow = true;
	opts->flow.live = opts->writer.live = opts->session.live || opts->session.given;
	if (!err && opts->session.live)
		err = plan_capture(flow, reterr);
	if (!err)
		err = sf_writer_open(&opts->writer, &flow->writer, reterr);
	if (err)
		return err;
	sink = (struct flow_sink){
		.ctx = flow->writer,
		.record = sf_writer_record,
		.due_ns = sf_writer_due(flow->writer),
		.begin = sf_writer_begin,
		.no_refs = !opts->writer.callback,
	};
	err = flow_engine_new(&opts->flow, &sink, &flow->engine, reterr);
	if (!err)
		opts->session.source.watch = flow_engine_watch(flow->engine);
	return err;
}

static int open_parts(struct session_flow *flow, struct eyas_err *reterr)
{
	struct eyas_consumer consumer = { .ctx = flow,
					  .wants = EYAS_SHOWN | EYAS_HIDDEN | EYAS_BEFORE |
						   EYAS_FILTERED,
					  .event = on_event,
					  .sums = on_sums,
					  .idle = on_idle };
	int err = open_engine(flow, reterr);

	if (err) {
		eyas_source_close(flow->opts.session.given);
		return err;
	}
	err = eyas_session_open(&flow->opts.session, &flow->session, reterr);
	if (err)
		return err;
	flow_engine_loader(flow->engine, &consumer.loader);
	return eyas_session_add(flow->session, &consumer);
}

int session_flow_open(const struct session_flow_opts *opts, struct session_flow **ret_flow,
		      struct eyas_err *reterr)
{
	struct session_flow *flow = calloc(1, sizeof(*flow));
	int err;

	if (!flow) {
		eyas_source_close(opts->session.given);
		return eyas_err_set(reterr, -ENOMEM, "no memory for flows");
	}
	flow->opts = *opts;
	flow->countdown = LOOK_EVENTS;
	err = open_parts(flow, reterr);
	if (err) {
		session_flow_close(flow);
		return err;
	}
	*ret_flow = flow;
	return 0;
}

struct eyas_session *session_flow_session(const struct session_flow *flow)
{
	return flow->session;
}

const struct flow_engine *session_flow_engine(const struct session_flow *flow)
{
	return flow->engine;
}

void session_flow_next(struct session_flow *flow)
{
	const char *path = flow->opts.writer.path;

	if (path && strcmp(path, "-") != 0)
		sf_writer_next(flow->writer);
}

int session_flow_finish(struct session_flow *flow, struct eyas_err *reterr)
{
	struct eyas_err late;
	int err, failed;

	err = flow_engine_finish(flow->engine, reterr);
	failed = sf_writer_finish(flow->writer, &late);
	if (!err)
		err = look_at_writer(flow, reterr);
	/* The writer still says what it said before. */
	if (failed && !err && strcmp(late.text, flow->told.text) != 0)
		err = eyas_err_set(reterr, failed, "%s", late.text);
	return err;
}

int session_flow_run(struct session_flow *flow, struct eyas_err *reterr)
{
	struct eyas_err late;
	int err = eyas_session_run(flow->session, reterr), failed;

	failed = session_flow_finish(flow, &late);
	if (failed && !err)
		err = eyas_err_set(reterr, failed, "%s", late.text);
	return err;
}

void session_flow_stats(const struct session_flow *flow, struct session_flow_stats *ret_stats)
{
	eyas_session_stats(flow->session, &ret_stats->session);
	flow_engine_stats(flow->engine, &ret_stats->flow);
	sf_writer_stats(flow->writer, &ret_stats->writer);
}

void session_flow_close(struct session_flow *flow)
{
	if (!flow)
		return;
	flow_engine_free(flow->engine);
	/* Not finished: there is nobody left to tell. */
	(void)sf_writer_close(flow->writer, NULL);
	eyas_session_close(flow->session);
	eyas_network_free(flow->network);
	free(flow);
}
