/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does an event on a descriptor do to the flow on it? Called for the exit events of calls that
 * open, read, write, connect, close. Most events of a capture come here, and most of these are on a
 * flow that is open: they cost a search by numbers and pointers and an addition.
 */
#include "flow/engine_int.h"

/* ---- the flow ---- */

static inline void update(struct flow_engine *engine, struct flow *flow,
			  const struct eyas_context *context, int32_t op)
{
	int32_t res;

	flow->op_flags |= op;
	flow->update_s = flow_now_s(engine);
	if (op == SYSFLOW_OP_READ_RECV) {
		res = flow_result(context->event);
		flow->reads++;
		flow->read_bytes += res > 0 ? res : 0;
	} else if (op == SYSFLOW_OP_WRITE_SEND) {
		res = flow_result(context->event);
		flow->writes++;
		flow->write_bytes += res > 0 ? res : 0;
	} else if (op == SYSFLOW_OP_OPEN) {
		flow->open_flags = (int32_t)context->fd->open_flags;
	}
}

/* What ends with this event ends in this order. */
static int close_flow(struct flow_engine *engine, const struct eyas_context *context,
		      struct flow *flow, struct eyas_err *reterr)
{
	const int64_t end_ts = (int64_t)context->event->ts_ns;
	int err = flow_end_related(engine, flow, end_ts, reterr);

	return err ? err : flow_end(engine, flow, end_ts, 0, reterr);
}

/* Of a mode that knows of opens only: a record at once. */
static int record_open(struct flow_engine *engine, const struct eyas_context *context,
		       struct flow *flow, struct eyas_err *reterr)
{
	update(engine, flow, context, SYSFLOW_OP_OPEN);
	return flow_end(engine, flow, (int64_t)context->event->ts_ns, 0, reterr);
}

static bool opens_only(const struct flow_engine *engine)
{
	return engine->opts.collect == FLOW_COLLECT_CONSUMER;
}

/* ---- files ---- */

/* There is no such flow yet, or the current file lacks what it refers to. */
static EYAS_COLD int introduce_file(struct flow_engine *engine, const struct eyas_context *context,
				    int32_t op, struct flow **ret_flow, struct eyas_err *reterr)
{
	struct flow_proc *proc;
	struct flow_file *file;
	int err;

	err = flow_procs_ensure(engine, context, SYSFLOW_REUP, &proc, NULL, reterr);
	if (err || !proc)
		return err;
	err = flow_files_ensure(engine, context, context->fd->name,
				eyas_fd_typechar(context->fd->kind), SYSFLOW_REUP, &file, reterr);
	if (err || !file || *ret_flow)
		return err;
	if (opens_only(engine) && op != SYSFLOW_OP_OPEN)
		return 0;
	*ret_flow = flow_flows_new(engine, context, proc, file, NULL);
	return 0;
}

static EYAS_INLINE int file_event(struct flow_engine *engine, const struct eyas_context *context,
				  int32_t op, bool plain, struct eyas_err *reterr)
{
	const struct eyas_thread *leader = eyas_thread_leader(context->thread);
	struct flow *flow = flow_flows_find_file(engine, context, leader);
	int err;

	if (!flow || !flow->proc->written || !flow->file->written) {
		err = introduce_file(engine, context, op, &flow, reterr);
		if (err || !flow)
			return err;
		if (opens_only(engine))
			return record_open(engine, context, flow, reterr);
	}
	if (op == SYSFLOW_OP_CLOSE) {
		update(engine, flow, context, op);
		return close_flow(engine, context, flow, reterr);
	}
	update(engine, flow, context, op);
	if (plain && engine->opts.sums)
		flow_sums_begin(engine, flow);
	return 0;
}

/* ---- connections ---- */

/* libs does not say a socket's protocol before it has an end; the original then has none. */
static bool has_protocol(const struct flow_engine *engine, const struct eyas_fd *fd)
{
	return !flow_strict(engine) || fd->l4 == FD_L4_RAW ||
	       (fd->bits & (FD_ROLE_CLIENT | FD_ROLE_SERVER));
}

static int32_t protocol_of(const struct flow_engine *engine, const struct eyas_fd *fd)
{
	static const int32_t protocols[] = {
		[FD_L4_UNKNOWN] = -1, [FD_L4_NONE] = -1, [FD_L4_TCP] = 6,
		[FD_L4_UDP] = 17,     [FD_L4_ICMP] = 1,	 [FD_L4_RAW] = 254,
	};

	if (fd->l4 >= sizeof(protocols) / sizeof(protocols[0]) || !has_protocol(engine, fd))
		return -1;
	return protocols[fd->l4];
}

static EYAS_COLD int introduce_net(struct flow_engine *engine, const struct eyas_context *context,
				   const struct flow_tuple *tuple, struct flow **ret_flow,
				   struct eyas_err *reterr)
{
	struct flow_proc *proc;
	int err;

	err = flow_procs_ensure(engine, context, SYSFLOW_REUP, &proc, NULL, reterr);
	if (err || !proc || *ret_flow)
		return err;
	*ret_flow = flow_flows_new(engine, context, proc, NULL, tuple);
	if (*ret_flow)
		(*ret_flow)->proto = protocol_of(engine, context->fd);
	return 0;
}

static EYAS_INLINE int net_event(struct flow_engine *engine, const struct eyas_context *context,
				 int32_t op, bool plain, bool ipv6, struct eyas_err *reterr)
{
	const struct eyas_thread *leader = eyas_thread_leader(context->thread);
	const struct eyas_fd *fd = context->fd;
	struct flow_tuple tuple = { .ipv6 = ipv6 };
	struct flow *flow;
	int err;

	if (ipv6 && engine->opts.schema < 6) {
		engine->stats.ipv6_left_out++;
		return 0;
	}
	memcpy(tuple.src, fd->u.ip.src, ipv6 ? 16 : 4);
	memcpy(tuple.dst, fd->u.ip.dst, ipv6 ? 16 : 4);
	tuple.sport = fd->u.ip.sport;
	tuple.dport = fd->u.ip.dport;
	flow = flow_flows_find_net(engine, context, leader, &tuple);
	if (!flow || !flow->proc->written) {
		err = introduce_net(engine, context, &tuple, &flow, reterr);
		if (err || !flow)
			return err;
	}
	update(engine, flow, context, op);
	if (op == SYSFLOW_OP_CLOSE)
		return close_flow(engine, context, flow, reterr);
	if (plain && engine->opts.sums)
		flow_sums_begin(engine, flow);
	return 0;
}

/* ---- by descriptor ---- */

/* plain: a read or write that the kernel may add up from then on. */
static EYAS_INLINE int data_event(struct flow_engine *engine, const struct eyas_context *context,
				  int32_t op, bool plain, struct eyas_err *reterr)
{
	const struct eyas_fd *fd = context->fd;

	/* Nobody knows which descriptor it was: a default took its place, unless it is the result. */
	if (!fd || ((context->event->flags & EYAS_EVENT_NO_ENTER) && op != SYSFLOW_OP_ACCEPT))
		return 0;
	switch ((enum flow_kind)engine->kinds[fd->kind]) {
	case FLOW_KIND_FILE:
		return file_event(engine, context, op, plain, reterr);
	case FLOW_KIND_IPV4:
		return net_event(engine, context, op, plain, false, reterr);
	case FLOW_KIND_IPV6:
		return net_event(engine, context, op, plain, true, reterr);
	case FLOW_KIND_NONE:
		break;
	}
	return 0;
}

#define DATA_HANDLER(name, op, plain) \
	static int name(struct flow_engine *engine, const struct eyas_context *context, \
			struct eyas_err *reterr) \
	{ \
		return data_event(engine, context, op, plain, reterr); \
	}

DATA_HANDLER(on_read, SYSFLOW_OP_READ_RECV, true)
DATA_HANDLER(on_write, SYSFLOW_OP_WRITE_SEND, true)
DATA_HANDLER(on_close, SYSFLOW_OP_CLOSE, false)
DATA_HANDLER(on_open, SYSFLOW_OP_OPEN, false)

/* The seldom ones share their code. */
static EYAS_COLD int seldom(struct flow_engine *engine, const struct eyas_context *context,
			    int32_t op, struct eyas_err *reterr)
{
	switch (op) {
	case SYSFLOW_OP_READ_RECV:
		return data_event(engine, context, SYSFLOW_OP_READ_RECV, false, reterr);
	case SYSFLOW_OP_WRITE_SEND:
		return data_event(engine, context, SYSFLOW_OP_WRITE_SEND, false, reterr);
	default:
		return data_event(engine, context, op, false, reterr);
	}
}

#define SELDOM_HANDLER(name, op) \
	static int name(struct flow_engine *engine, const struct eyas_context *context, \
			struct eyas_err *reterr) \
	{ \
		return seldom(engine, context, op, reterr); \
	}

SELDOM_HANDLER(on_accept, SYSFLOW_OP_ACCEPT)
SELDOM_HANDLER(on_shutdown, SYSFLOW_OP_SHUTDOWN)
SELDOM_HANDLER(on_setns, SYSFLOW_OP_SETNS)

static int on_connect(struct flow_engine *engine, const struct eyas_context *context,
		      struct eyas_err *reterr)
{
	if (flow_strict(engine))
		flow_libs_connect(engine, context);
	return seldom(engine, context, SYSFLOW_OP_CONNECT, reterr);
}

/* An event of today's type that was one in the capture, too: the original does not know it. */
static int on_old_accept(struct flow_engine *engine, const struct eyas_context *context,
			 struct eyas_err *reterr)
{
	return context->event->flags & EYAS_EVENT_OLD_TYPE ? on_accept(engine, context, reterr) : 0;
}

/* ---- descriptors that an event does not lead to by itself ---- */

/* The event is about the descriptor in one of its parameters. */
static int on_param(struct flow_engine *engine, const struct eyas_context *context, unsigned index,
		    int32_t op, struct eyas_err *reterr)
{
	struct eyas_context about = *context;

	about.fd_num = flow_param(context->event, index, -1);
	about.fd = about.fd_num < 0 ? NULL : fd_table_find(context->thread->fds, about.fd_num);
	return seldom(engine, &about, op, reterr);
}

/* Strict: as the original does, when a mapping is asked for. */
static int on_mmap_enter(struct flow_engine *engine, const struct eyas_context *context,
			 struct eyas_err *reterr)
{
	enum { FD = 4 };

	return on_param(engine, context, FD, SYSFLOW_OP_MMAP, reterr);
}

static int on_mmap(struct flow_engine *engine, const struct eyas_context *context,
		   struct eyas_err *reterr)
{
	enum { RES = 0, FLAGS = 7 };
	const int64_t res = flow_param(context->event, RES, -1);

	/* An address, which may look like a negative number, or an error. */
	if ((res < 0 && res >= -4095) ||
	    (flow_param(context->event, FLAGS, 0) & FLOW_MAP_ANONYMOUS))
		return 0;
	return seldom(engine, context, SYSFLOW_OP_MMAP, reterr);
}

/* Data goes from one descriptor to another without passing by the process. */
static int on_transfer(struct flow_engine *engine, const struct eyas_context *context, unsigned in,
		       unsigned out, struct eyas_err *reterr)
{
	int err = on_param(engine, context, in, SYSFLOW_OP_READ_RECV, reterr);

	return err ? err : on_param(engine, context, out, SYSFLOW_OP_WRITE_SEND, reterr);
}

static int on_sendfile(struct flow_engine *engine, const struct eyas_context *context,
		       struct eyas_err *reterr)
{
	return on_transfer(engine, context, 3, 2, reterr);
}

static int on_copy_file_range(struct flow_engine *engine, const struct eyas_context *context,
			      struct eyas_err *reterr)
{
	return on_transfer(engine, context, 3, 1, reterr);
}

static int on_splice(struct flow_engine *engine, const struct eyas_context *context,
		     struct eyas_err *reterr)
{
	return on_transfer(engine, context, 1, 2, reterr);
}

/* ---- which handler for which type ---- */

#define EV(constant) EYAS_EV_##constant

struct row {
	uint16_t type;
	flow_handler handler;
};

static const struct row rows[] = {
	{ EV(SYSCALL_OPEN_X), on_open },	{ EV(SYSCALL_OPENAT_2_X), on_open },
	{ EV(SYSCALL_CLOSE_X), on_close },	{ EV(SYSCALL_READ_X), on_read },
	{ EV(SYSCALL_PREAD_X), on_read },	{ EV(SYSCALL_READV_X), on_read },
	{ EV(SYSCALL_PREADV_X), on_read },	{ EV(SYSCALL_WRITE_X), on_write },
	{ EV(SYSCALL_PWRITE_X), on_write },	{ EV(SYSCALL_WRITEV_X), on_write },
	{ EV(SYSCALL_PWRITEV_X), on_write },	{ EV(SOCKET_RECV_X), on_read },
	{ EV(SOCKET_RECVFROM_X), on_read },	{ EV(SOCKET_RECVMSG_X), on_read },
	{ EV(SOCKET_SEND_X), on_write },	{ EV(SOCKET_SENDTO_X), on_write },
	{ EV(SOCKET_SENDMSG_X), on_write },	{ EV(SOCKET_CONNECT_X), on_connect },
	{ EV(SOCKET_ACCEPT_5_X), on_accept },	{ EV(SOCKET_ACCEPT4_6_X), on_old_accept },
	{ EV(SOCKET_SHUTDOWN_X), on_shutdown }, { EV(SYSCALL_SETNS_X), on_setns },
};

/* What the original does not see. */
static const struct row more_rows[] = {
	{ EV(SYSCALL_CREAT_X), on_open },
	{ EV(SYSCALL_OPENAT2_X), on_open },
	{ EV(SYSCALL_OPEN_BY_HANDLE_AT_X), on_open },
	{ EV(SOCKET_ACCEPT4_6_X), on_accept },
	{ EV(SOCKET_RECVMMSG_X), on_read },
	{ EV(SOCKET_SENDMMSG_X), on_write },
	{ EV(SYSCALL_SENDFILE_X), on_sendfile },
	{ EV(SYSCALL_COPY_FILE_RANGE_X), on_copy_file_range },
	{ EV(SYSCALL_SPLICE_X), on_splice },
};

static void take(struct flow_engine *engine, const struct row *from, size_t count)
{
	for (; count--; from++)
		engine->handlers[from->type] = from->handler;
}

static void set_kinds(struct flow_engine *engine)
{
	static const uint8_t others[] = { EYAS_FD_DIRECTORY, EYAS_FD_UNIX, EYAS_FD_FIFO };
	size_t i;

	engine->kinds[EYAS_FD_IPV4_SOCK] = FLOW_KIND_IPV4;
	engine->kinds[EYAS_FD_IPV6_SOCK] = FLOW_KIND_IPV6;
	if (engine->opts.collect == FLOW_COLLECT_NOFILES)
		return;
	engine->kinds[EYAS_FD_FILE] = engine->kinds[EYAS_FD_FILE_V2] = FLOW_KIND_FILE;
	if (engine->opts.file_only)
		return;
	for (i = 0; i < sizeof(others); i++)
		engine->kinds[others[i]] = FLOW_KIND_FILE;
	/* It has the letter of a unix socket. */
	if (flow_strict(engine))
		engine->kinds[EYAS_FD_USERFAULTFD] = FLOW_KIND_FILE;
}

void flow_on_data(struct flow_engine *engine)
{
	set_kinds(engine);
	take(engine, rows, sizeof(rows) / sizeof(rows[0]));
	if (!flow_strict(engine))
		take(engine, more_rows, sizeof(more_rows) / sizeof(more_rows[0]));
	if (flow_strict(engine))
		engine->handlers[EV(SOCKET_BIND_X)] = flow_libs_bind;
	if (flow_strict(engine) && !engine->opts.live) {
		engine->handlers[EV(SYSCALL_MMAP_E)] = on_mmap_enter;
		engine->handlers[EV(SYSCALL_MMAP2_E)] = on_mmap_enter;
	} else {
		engine->handlers[EV(SYSCALL_MMAP_X)] = on_mmap;
		engine->handlers[EV(SYSCALL_MMAP2_X)] = on_mmap;
	}
}
