/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events made by hand (feed.h), a flow engine that takes them, and what it records as text, a line
 * for each record, in words that a test can be read by:
 *
 *	RUN(&t, 100, SYSCALL_OPEN_X, I(3), S("/etc/passwd"), I(1), I(0), I(8), I(99));
 *	SAID(&t, "process REUP 1 ...\n" "file REUP f /etc/passwd\n");
 *
 * Times are the number of the event they are of: the first event is 0.
 */
#ifndef TESTS_FLOWFEED_H
#define TESTS_FLOWFEED_H

#include "unit/feed.h"

#include <errno.h>
#include <stdio.h>

#include "base/str.h"
#include "flow/flow.h"

#define FLOW_S UINT64_C(1000000000)

struct flow_rig {
	struct feed f;
	struct flow_engine *engine;
	struct eyas_str said;
	/* Which paths there are by what ids, as records of files say. */
	struct {
		struct sysflow_foid oid;
		char path[64];
	} files[64];
	unsigned nfiles;
	uint64_t due_ns;   /* the sink's */
	unsigned begun;	   /* files */
	uint64_t start_ns; /* of the first event */
	int fail;	   /* what record() returns from the fail_at-th on */
	unsigned fail_at, calls;
	bool quiet, cwd;	  /* say nothing; say directory and environment of processes, too */
	uint64_t asked;		  /* how often sums were asked for */
	struct eyas_io_sums sums; /* what the kernel has; began_ts_ns 0 = nothing */
	bool sum_over;		  /* somebody said last */
};

static inline const char *flow_rig_path(const struct flow_rig *t, const struct sysflow_foid *oid)
{
	unsigned i;

	for (i = 0; i < t->nfiles; i++)
		if (!memcmp(&t->files[i].oid, oid, sizeof(*oid)))
			return t->files[i].path;
	return "?";
}

static inline void flow_rig_file(struct flow_rig *t, const struct sysflow_file *file)
{
	if (!strcmp(flow_rig_path(t, &file->oid), "?") && t->nfiles < 64) {
		t->files[t->nfiles].oid = file->oid;
		snprintf(t->files[t->nfiles++].path, 64, "%s", file->path);
	}
	eyas_str_printf(&t->said, "file %s %c %s%s%s\n",
			file->state == SYSFLOW_REUP ? "REUP" : "CREATED", file->restype, file->path,
			file->containerId ? " in " : "",
			file->containerId ? file->containerId : "");
}

/* The number of an event by its time; what is no event's has "+" and nanoseconds. */
static inline void flow_rig_ts(struct flow_rig *t, const char *name, int64_t ts)
{
	int64_t since = ts - (int64_t)t->start_ns;

	if (!ts)
		eyas_str_printf(&t->said, "%s0ns", name);
	else if (since % (int64_t)FEED_MS)
		eyas_str_printf(&t->said, "%s%lldns", name, (long long)since);
	else
		eyas_str_printf(&t->said, "%s%lld", name, (long long)(since / (int64_t)FEED_MS));
}

/* "100", or with the event of its beginning "100@7". */
static inline void flow_rig_oid(struct flow_rig *t, const struct sysflow_oid *oid)
{
	eyas_str_printf(&t->said, "%lld", (long long)oid->hpid);
	if (oid->createTS)
		flow_rig_ts(t, "@", oid->createTS);
}

static inline void flow_rig_ops(struct flow_rig *t, int32_t ops)
{
	static const char *const names[] = {
		"CLONE",  "EXEC",  "EXIT",  "SETUID", "SETNS",	  "ACCEPT",   "CONNECT",
		"OPEN",	  "READ",  "WRITE", "CLOSE",  "TRUNCATE", "SHUTDOWN", "MMAP",
		"DIGEST", "MKDIR", "RMDIR", "LINK",   "UNLINK",	  "SYMLINK",  "RENAME",
	};
	unsigned i, n = 0;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (ops >> i & 1)
			eyas_str_printf(&t->said, "%s%s", n++ ? "|" : "", names[i]);
}

static inline void flow_rig_process(struct flow_rig *t, const struct sysflow_process *proc)
{
	static const char *const states[] = { "CREATED", "MODIFIED", "REUP" };
	size_t i;

	eyas_str_printf(&t->said, "process %s ", states[proc->state]);
	flow_rig_oid(t, &proc->oid);
	if (proc->has_poid) {
		eyas_str_puts(&t->said, " of ");
		flow_rig_oid(t, &proc->poid);
	}
	flow_rig_ts(t, " t", proc->ts);
	eyas_str_printf(&t->said, " %s(%s) %d:%s %d:%s%s%s%s%s", proc->exe, proc->exeArgs,
			proc->uid, proc->userName, proc->gid, proc->groupName,
			proc->tty ? " tty" : "", proc->entry ? " entry" : "",
			proc->containerId ? " in " : "",
			proc->containerId ? proc->containerId : "");
	if (t->cwd) {
		eyas_str_printf(&t->said, " %s", proc->cwd);
		for (i = 0; i < proc->env.count; i++)
			eyas_str_printf(&t->said, " %s", proc->env.items[i]);
	}
	eyas_str_putc(&t->said, '\n');
}

static inline void flow_rig_head(struct flow_rig *t, const char *what,
				 const struct sysflow_oid *oid, int64_t tid, int32_t ops,
				 int64_t ts)
{
	eyas_str_printf(&t->said, "%s ", what);
	flow_rig_oid(t, oid);
	if (tid != oid->hpid && tid >= 0)
		eyas_str_printf(&t->said, "/%lld", (long long)tid);
	eyas_str_putc(&t->said, ' ');
	flow_rig_ops(t, ops);
	flow_rig_ts(t, " t", ts);
}

static inline void flow_rig_counts(struct flow_rig *t, int64_t fd, int64_t end, int64_t rops,
				   int64_t rbytes, int64_t wops, int64_t wbytes)
{
	flow_rig_ts(t, "-", end);
	eyas_str_printf(&t->said, " fd%lld r%lld/%lld w%lld/%lld", (long long)fd, (long long)rops,
			(long long)rbytes, (long long)wops, (long long)wbytes);
}

static inline void flow_rig_net(struct flow_rig *t, const struct sysflow_network_flow *net)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	int family = net->ipv6 ? AF_INET6 : AF_INET;

	inet_ntop(family, net->ipv6 ? (const void *)net->sip6 : &net->sip, src, sizeof(src));
	inet_ntop(family, net->ipv6 ? (const void *)net->dip6 : &net->dip, dst, sizeof(dst));
	flow_rig_head(t, "net", &net->procOID, net->tid, net->opFlags, net->ts);
	flow_rig_counts(t, net->fd, net->endTs, net->numRRecvOps, net->numRRecvBytes,
			net->numWSendOps, net->numWSendBytes);
	eyas_str_printf(&t->said, " %d %s:%d->%s:%d\n", net->proto, src, net->sport, dst,
			net->dport);
}

static inline void flow_rig_events(struct flow_rig *t, const struct sysflow_record *record)
{
	const struct sysflow_process_event *pe = &record->u.process_event;
	const struct sysflow_process_flow *pf = &record->u.process_flow;
	const struct sysflow_file_event *fe = &record->u.file_event;
	const struct sysflow_file_flow *ff = &record->u.file_flow;
	size_t i;

	switch (record->type) {
	case SYSFLOW_PROCESS_EVENT:
		flow_rig_head(t, "event", &pe->procOID, pe->tid, pe->opFlags, pe->ts);
		eyas_str_printf(&t->said, " ret %d", pe->ret);
		for (i = 0; i < pe->args.count; i++)
			eyas_str_printf(&t->said, " '%s'", pe->args.items[i]);
		break;
	case SYSFLOW_FILE_EVENT:
		flow_rig_head(t, "event", &fe->procOID, fe->tid, fe->opFlags, fe->ts);
		eyas_str_printf(&t->said, " ret %d %s", fe->ret, flow_rig_path(t, &fe->fileOID));
		if (fe->has_newFileOID)
			eyas_str_printf(&t->said, " %s", flow_rig_path(t, &fe->newFileOID));
		break;
	case SYSFLOW_FILE_FLOW:
		flow_rig_head(t, "flow", &ff->procOID, ff->tid, ff->opFlags, ff->ts);
		flow_rig_counts(t, ff->fd, ff->endTs, ff->numRRecvOps, ff->numRRecvBytes,
				ff->numWSendOps, ff->numWSendBytes);
		eyas_str_printf(&t->said, " %s", flow_rig_path(t, &ff->fileOID));
		if (ff->openFlags)
			eyas_str_printf(&t->said, " open %d", ff->openFlags);
		break;
	default:
		flow_rig_head(t, "threads", &pf->procOID, -1, pf->opFlags, pf->ts);
		flow_rig_ts(t, "-", pf->endTs);
		eyas_str_printf(&t->said, " cloned %lld exited %lld failed %lld",
				(long long)pf->numThreadsCloned, (long long)pf->numThreadsExited,
				(long long)pf->numCloneErrors);
		break;
	}
	eyas_str_putc(&t->said, '\n');
}

static inline int flow_rig_record(void *ctx, const struct sysflow_record *record,
				  const struct sysflow_refs *refs, struct eyas_err *reterr)
{
	struct flow_rig *t = ctx;
	const struct sysflow_container *box = &record->u.container;

	(void)reterr;
	CHECK(refs->header);
	if (++t->calls >= t->fail_at && t->fail)
		return t->fail;
	if (t->quiet)
		return 0;
	switch (record->type) {
	case SYSFLOW_HEADER:
		eyas_str_printf(&t->said, "header %lld %s %s %s\n",
				(long long)record->u.header.version, record->u.header.exporter,
				record->u.header.ip, record->u.header.filename);
		break;
	case SYSFLOW_CONTAINER:
		eyas_str_printf(&t->said, "container %s %s %s %s %d%s\n", box->id, box->name,
				box->image, box->imageid, box->type,
				box->privileged ? " privileged" : "");
		break;
	case SYSFLOW_PROCESS:
		flow_rig_process(t, &record->u.process);
		break;
	case SYSFLOW_FILE:
		flow_rig_file(t, &record->u.file);
		break;
	case SYSFLOW_NETWORK_FLOW:
		flow_rig_net(t, &record->u.network_flow);
		break;
	case SYSFLOW_K8S_EVENT:
		eyas_str_printf(&t->said, "k8s %d %d %s\n", record->u.k8s_event.kind,
				record->u.k8s_event.action, record->u.k8s_event.message);
		break;
	default:
		flow_rig_events(t, record);
		break;
	}
	return 0;
}

static inline int flow_rig_begin(void *ctx, uint64_t now_ns, const char **ret_filename,
				 struct eyas_err *reterr)
{
	static const char *const names[] = { "a.sf", "b.sf", "c.sf" };
	struct flow_rig *t = ctx;

	(void)now_ns;
	(void)reterr;
	*ret_filename = names[t->begun++ % 3];
	t->due_ns = UINT64_MAX;
	return 0;
}

/* What the kernel would say. */
static inline int flow_rig_sums(void *ctx, int64_t tid, int64_t fd, bool last,
				struct eyas_io_sums *ret_sums)
{
	struct flow_rig *t = ctx;

	t->asked++;
	if (!t->sums.began_ts_ns || t->sums.tid != tid || t->sums.fd != fd)
		return -ENOENT;
	*ret_sums = t->sums;
	if (last) {
		t->sums.began_ts_ns = 0;
		t->sum_over = true;
	}
	return 0;
}

/* A machine (feed_start()) whose events an engine gets. opts.schema 0 = 5. */
static inline void flow_rig_start(struct flow_rig *t, const struct flow_opts *opts)
{
	struct flow_opts use = *opts;
	const struct flow_sink sink = {
		.ctx = t, .record = flow_rig_record, .due_ns = &t->due_ns, .begin = flow_rig_begin
	};

	feed_start(&t->f);
	t->start_ns = t->f.ts_ns;
	t->due_ns = UINT64_MAX;
	if (!use.schema)
		use.schema = 5;
	if (use.sums)
		use.sums_ctx = t;
	CHECK_INT(flow_engine_new(&use, &sink, &t->engine, NULL), 0);
}

static inline void flow_rig_step(struct flow_rig *t)
{
	CHECK_INT(flow_engine_event(t->engine, &t->f.context, NULL), t->fail);
}

#define RUN(t, ...) (FEED(&(t)->f, __VA_ARGS__), flow_rig_step(t))

/* What was recorded since the last time is this text. */
#define SAID(t, want) \
	do { \
		eyas_str_putc(&(t)->said, '\0'); \
		CHECK_STR((t)->said.data, want); \
		(t)->said.len = 0; \
	} while (0)

/* What was recorded does not matter. */
static inline void flow_rig_hush(struct flow_rig *t)
{
	t->said.len = 0;
}

static inline void flow_rig_wait(struct flow_rig *t, uint64_t seconds)
{
	t->f.ts_ns += seconds * FLOW_S;
}

static inline struct flow_stats flow_rig_stats(const struct flow_rig *t)
{
	struct flow_stats stats;

	flow_engine_stats(t->engine, &stats);
	return stats;
}

static inline void flow_rig_finish(struct flow_rig *t)
{
	CHECK_INT(flow_engine_finish(t->engine, NULL), t->fail);
}

static inline void flow_rig_end(struct flow_rig *t)
{
	flow_engine_free(t->engine);
	feed_end(&t->f);
	eyas_str_fini(&t->said);
}

#endif
