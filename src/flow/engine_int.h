/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the flow engine share: its tables, and who offers what. An event comes in by
 * engine.c, is handled by one of the on_*.c, which ask the tables (procs.c, containers.c, files.c,
 * flows.c) for what it is about, and what is to be recorded leaves by send.c.
 *
 * Tables hold strings of the state's pool, each counted, so that equal texts are equal pointers
 * and no text is hashed for an event on something known.
 */
#ifndef FLOW_ENGINE_INT_H
#define FLOW_ENGINE_INT_H

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "base/hint.h"
#include "base/str.h"
#include "flow/flow.h"
#include "schema/event.h"
#include "schema/ids.h"
#include "state/state.h"

#define FLOW_S_NS UINT64_C(1000000000)

/* Of captures: how a file was opened, how memory was mapped, what was cloned. */
enum { FLOW_O_RDONLY = 1, FLOW_O_RDWR = 3, FLOW_MAP_ANONYMOUS = 8, FLOW_CLONE_THREAD = 1 << 13 };

/* ---- hash tables ---- */

/* Lies in what a table holds. */
struct flow_link {
	struct flow_link *next, **at; /* at: what points at this one */
	uint64_t hash;
};

/*
 * Chains, so that entries stay where they are and leave at once; about one entry a chain, unless many
 * have the same key.
 */
struct flow_table {
	struct flow_link **heads; /* mask + 1 of them; NULL = none yet */
	uint32_t mask, count;
};

static inline uint64_t flow_hash(uint64_t seed, uint64_t a, uint64_t b)
{
	uint64_t hash = (a ^ seed) * UINT64_C(0x9e3779b97f4a7c15);

	hash = (hash ^ hash >> 32 ^ b) * UINT64_C(0xd6e8feb86659fd93);
	return hash ^ hash >> 32;
}

/* The chain of a hash, to be gone through by next. */
static inline struct flow_link *flow_table_chain(const struct flow_table *table, uint64_t hash)
{
	return table->heads ? table->heads[hash & table->mask] : NULL;
}

/* link->hash is set. 0, or -ENOMEM while the table is empty; a full one just gets slower. */
int flow_table_add(struct flow_table *table, struct flow_link *link);
void flow_table_remove(struct flow_table *table, struct flow_link *link);
/* All entries, in no order. What was handed out may be removed, others may not. */
struct flow_table_iter {
	const struct flow_table *table;
	uint32_t place;
	struct flow_link *next;
};
void flow_table_iter_init(struct flow_table_iter *iter, const struct flow_table *table);
struct flow_link *flow_table_iter_next(struct flow_table_iter *iter);
void flow_table_fini(struct flow_table *table);

/* ---- entities ---- */

struct flow_container {
	struct flow_link link;	/* by id */
	struct eyas_istr *id;	/* the 12 characters */
	struct eyas_istr *name; /* NULL = nothing is known but the id */
	struct eyas_istr *image, *imageid;
	int32_t type;
	uint32_t refs; /* processes of it */
	bool privileged;
	bool incomplete; /* was written without what is known now */
	bool written;	 /* in the current file */
};

struct flow_proc {
	struct flow_link link;	       /* by oid */
	struct flow_link pid_link;     /* by pid */
	struct flow_proc *next, *prev; /* of all, in the order in which they were met */
	struct sysflow_oid oid, poid;
	bool has_poid, tty, entry;
	bool written; /* in the current file */
	bool dying;   /* in the queue of those to be forgotten */
	bool kept;    /* of use in a sweep */
	uint8_t state;
	int64_t ts;
	int32_t uid, gid;
	struct eyas_istr *exe, *args, *user, *group, *cwd, *env;
	struct flow_container *container; /* NULL = the host */
	/* The parent as far as it is here, and the children that know it. */
	struct flow_proc *parent, *children, *sibling_next, *sibling_prev;
	struct flow *flows; /* open, newest first */
	/* The summary of its threads, if has_summary. */
	struct sysflow_process_flow summary;
	uint64_t summary_export_s, summary_update_s;
	struct flow_proc *summary_next, *summary_prev; /* in the order of export */
	bool has_summary;
};

struct flow_file {
	struct flow_link link;		/* by container and path */
	struct eyas_istr *container_id; /* of the key, "" = the host */
	struct eyas_istr *path;
	struct eyas_istr *shown_id; /* what the record says */
	struct sysflow_foid oid;
	int64_t ts;
	uint32_t refs; /* flows on it, and whoever looks at it right now */
	uint8_t state;
	bool written;
	bool dull; /* lies where mode 2 of reading does not look */
	char restype;
};

/* ---- flows ---- */

/* The ends of a connection, as the record has them. */
struct flow_tuple {
	uint8_t src[16], dst[16]; /* IPv4 in the first four */
	uint16_t sport, dport;
	bool ipv6;
};

static inline bool flow_same_tuple(const struct flow_tuple *a, const struct flow_tuple *b)
{
	return a->sport == b->sport && a->dport == b->dport && a->ipv6 == b->ipv6 &&
	       !memcmp(a->src, b->src, 16) && !memcmp(a->dst, b->dst, 16);
}

/* One open flow of data; about 300 bytes. */
struct flow {
	struct flow_link link;		      /* by thread, descriptor and what it is open on */
	struct flow_link fd_link;	      /* by process and descriptor */
	struct flow_link tid_link;	      /* by process and thread */
	struct flow *queue_next, *queue_prev; /* in the order of export */
	struct flow *proc_next, *proc_prev;
	struct flow_proc *proc;
	struct flow_file *file; /* NULL = a connection: tuple */
	struct flow_tuple tuple;
	int64_t tid, fd;
	uint64_t place; /* strict: tid and fd in digits, one behind the other */
	int64_t ts;
	int32_t op_flags, open_flags;
	int32_t proto;
	int64_t reads, writes, read_bytes, write_bytes;
	uint64_t export_s, update_s; /* in whole seconds */
	/* Sums of the kernel: the totals of one that were taken so far, while it goes on. */
	struct flow_link sum_link; /* by thread and descriptor, while summed */
	bool summed;
	struct eyas_io_sums taken;
};

static inline bool flow_is_net(const struct flow *flow)
{
	return !flow->file;
}

#define FLOW_OF(link_ptr, member) \
	((struct flow *)(void *)((char *)(link_ptr)-offsetof(struct flow, member)))

/* ---- the engine ---- */

enum flow_kind { FLOW_KIND_NONE, FLOW_KIND_FILE, FLOW_KIND_IPV4, FLOW_KIND_IPV6 };

typedef int (*flow_handler)(struct flow_engine *engine, const struct eyas_context *context,
			    struct eyas_err *reterr);

/* A process that has exited, by its id: it may be gone and come again before it is forgotten. */
struct flow_death {
	struct flow_death *next;
	struct sysflow_oid oid;
	uint64_t since_s;
};

struct flow_engine {
	struct flow_opts opts;
	struct flow_sink sink;
	struct istr_pool *pool; /* the state's; NULL = no event yet */
	uint64_t seed;
	uint64_t now_ns;
	/* No event before this needs a look at what is due. */
	uint64_t due_ns;
	bool begun; /* the first file has its header */
	flow_handler handlers[EYAS_EVENT_TYPES];
	/* What becomes of an event on such a descriptor; those that nobody knows included. */
	uint8_t kinds[UINT8_MAX + 1];

	struct flow_table containers, procs, procs_by_pid, files, flows, flows_by_fd;
	struct flow_table flows_by_tid, sums;
	struct flow *queue_first, *queue_last;
	struct flow *spare; /* flows that have ended, by queue_next; spares of them */
	uint32_t spares;
	struct flow_proc *procs_first, *procs_last;
	struct flow_proc *summary_first, *summary_last;
	struct flow_death *deaths, **deaths_end;
	uint64_t flow_check_s, death_check_s;
	uint64_t full_files, full_procs; /* when to look for what can be forgotten */

	char *exporter, *node_ip, *host_root; /* of the options; NULL = not given */
	char hostname[129];
	char address[16]; /* of the machine, IPv4 in dots; "" = not known */
	struct sysflow_header header;
	struct eyas_istr *setuid_arg; /* strict: of the last call of any thread; NULL = "" */
	struct eyas_istr *libs_text;  /* strict: the last text that libs has made; NULL = "" */
	struct eyas_enter_watch watch;

	struct eyas_str path, path2, text; /* scratch */
	struct flow_proc **chain;	   /* scratch of flow_procs_ensure() */
	size_t chain_cap;
	const char **strings; /* scratch of send.c */
	size_t strings_cap;
	struct flow_stats stats;
};

static inline bool flow_strict(const struct flow_engine *engine)
{
	return engine->opts.strict_compat;
}

static inline uint64_t flow_now_s(const struct flow_engine *engine)
{
	return engine->now_ns / FLOW_S_NS;
}

/* *to becomes another string, counted; NULL is fine on both sides. */
void flow_set_str(struct flow_engine *engine, struct eyas_istr **to, struct eyas_istr *str);
void *flow_alloc(struct flow_engine *engine, size_t size);
void flow_free(struct flow_engine *engine, void *memory, size_t size);

/* ---- handlers (on_*.c): entered into the table by engine.c ---- */

void flow_on_data(struct flow_engine *engine);	  /* on_data.c */
void flow_on_fileops(struct flow_engine *engine); /* on_fileop.c */
void flow_on_procs(struct flow_engine *engine);	  /* on_proc.c */
void flow_on_containers(struct flow_engine *engine);
void flow_on_k8s(struct flow_engine *engine); /* on_k8s.c */

/* ---- containers.c ---- */

/* The container of a thread, said in the current file; NULL = the host, or no memory. */
int flow_containers_get(struct flow_engine *engine, struct eyas_istr *id,
			struct flow_container **ret_container, struct eyas_err *reterr);
/* Say it if the current file does not have it. NULL is fine. */
int flow_containers_say(struct flow_engine *engine, struct flow_container *container,
			struct eyas_err *reterr);
void flow_containers_rotate(struct flow_engine *engine);
void flow_containers_fini(struct flow_engine *engine);
/* What an event says about containers, whatever else becomes of it. */
void flow_containers_learn(struct flow_engine *engine, const struct eyas_context *context);

/* ---- procs.c ---- */

struct flow_proc *flow_procs_find(const struct flow_engine *engine, const struct sysflow_oid *oid);

/*
 * The process of the event, said in the current file together with its ancestors. *ret_proc is
 * NULL when there was no room for it, which is counted; ret_created may be NULL.
 */
int flow_procs_ensure(struct flow_engine *engine, const struct eyas_context *context,
		      enum sysflow_object_state state, struct flow_proc **ret_proc,
		      bool *ret_created, struct eyas_err *reterr);
/* The process may be another one now: say it once more as MODIFIED. */
int flow_procs_modified(struct flow_engine *engine, const struct eyas_context *context,
			struct flow_proc *proc, struct eyas_err *reterr);
/* Say a process that has something to be recorded, if the current file does not have it. */
int flow_procs_say(struct flow_engine *engine, struct flow_proc *proc, bool ancestors,
		   struct eyas_err *reterr);
/* It has exited: forget it, not at once. */
void flow_procs_bury(struct flow_engine *engine, struct flow_proc *proc);
void flow_procs_forget_dead(struct flow_engine *engine);
void flow_procs_rotate(struct flow_engine *engine);
void flow_procs_fini(struct flow_engine *engine);
/*
 * By which id its process is known. Of a thread of which nobody knows whose it is, its own: the
 * original has one process -1 for all of these.
 */
static inline int64_t flow_procs_pid(const struct flow_engine *engine,
				     const struct eyas_thread *leader)
{
	return leader->pid < 0 && !flow_strict(engine) ? leader->tid : leader->pid;
}

/* Is it the process of the thread? */
static inline bool flow_procs_is(const struct flow_engine *engine, const struct flow_proc *proc,
				 const struct eyas_thread *leader)
{
	return proc->oid.createTS == (int64_t)leader->clone_ts_ns &&
	       proc->oid.hpid == flow_procs_pid(engine, leader);
}

/* ---- owners.c ---- */

/* The names of the leader's user and group; created: the process is new. */
void flow_owners_name(struct flow_engine *engine, const struct eyas_context *context,
		      struct flow_proc *proc, const struct eyas_thread *leader, bool created);
/* What a setuid event has as the user's name in the words of libs. */
const char *flow_owners_libs_name(const struct eyas_context *context, uint32_t uid);

/* ---- files.c ---- */

/*
 * A file by its path, said in the current file. restype and state are those of a new one. The
 * caller counts itself in refs while it needs it. NULL: no room, counted.
 */
int flow_files_ensure(struct flow_engine *engine, const struct eyas_context *context,
		      struct eyas_istr *path, char restype, enum sysflow_object_state state,
		      struct flow_file **ret_file, struct eyas_err *reterr);
int flow_files_say(struct flow_engine *engine, struct flow_file *file, struct eyas_err *reterr);
void flow_files_rotate(struct flow_engine *engine);
void flow_files_fini(struct flow_engine *engine);

/* ---- flows.c ---- */

struct flow *flow_flows_find_file(const struct flow_engine *engine,
				  const struct eyas_context *context,
				  const struct eyas_thread *leader);
struct flow *flow_flows_find_net(const struct flow_engine *engine,
				 const struct eyas_context *context,
				 const struct eyas_thread *leader, const struct flow_tuple *tuple);
/* A new one of the event's thread and descriptor; NULL = no room, counted. */
struct flow *flow_flows_new(struct flow_engine *engine, const struct eyas_context *context,
			    struct flow_proc *proc, struct flow_file *file,
			    const struct flow_tuple *tuple);
void flow_flows_free(struct flow_engine *engine, struct flow *flow);
void flow_flows_fini(struct flow_engine *engine);
/* The next one of a thread behind another one, NULL = the first; NULL if there is none. */
struct flow *flow_flows_of_thread(const struct flow_engine *engine, const struct flow_proc *proc,
				  int64_t tid, const struct flow *after);
/* The flow's turn to be exported comes again an interval from now. */
void flow_flows_requeue(struct flow_engine *engine, struct flow *flow);

/* ---- ending.c: when flows are written ---- */

/* It ends at end_ts, because of op: recorded and freed. */
int flow_end(struct flow_engine *engine, struct flow *flow, int64_t end_ts, int32_t op,
	     struct eyas_err *reterr);
/* Other threads' flows on what this one is open on: it was closed. */
int flow_end_related(struct flow_engine *engine, struct flow *flow, int64_t end_ts,
		     struct eyas_err *reterr);
/* Those of a process; tid -1 = of all its threads. */
int flow_end_of(struct flow_engine *engine, struct flow_proc *proc, int64_t tid,
		struct eyas_err *reterr);
int flow_expire(struct flow_engine *engine, struct eyas_err *reterr);
/* The end of all. */
int flow_flush(struct flow_engine *engine, struct eyas_err *reterr);

/* ---- summary.c: ProcessFlow ---- */

int flow_summary_update(struct flow_engine *engine, const struct eyas_context *context,
			struct flow_proc *proc, int32_t op, int64_t res);
/* Record it and begin anew, or with last set forget it. */
int flow_summary_write(struct flow_engine *engine, struct flow_proc *proc, int64_t end_ts,
		       int32_t op, bool last, struct eyas_err *reterr);
void flow_summary_drop(struct flow_engine *engine, struct flow_proc *proc);
int flow_summary_expire(struct flow_engine *engine, struct eyas_err *reterr);

/* ---- sums.c ---- */

/* The event began a sum of the kernel that belongs to this flow. */
void flow_sums_begin(struct flow_engine *engine, struct flow *flow);
/* Ask the kernel for what has come to a flow since, if it is summed. */
void flow_sums_ask(struct flow_engine *engine, struct flow *flow, bool last);
void flow_sums_drop(struct flow_engine *engine, struct flow *flow);

/* ---- send.c ---- */

int flow_send_header(struct flow_engine *engine, struct eyas_err *reterr);
int flow_send_container(struct flow_engine *engine, struct flow_container *container,
			struct eyas_err *reterr);
int flow_send_proc(struct flow_engine *engine, struct flow_proc *proc, struct eyas_err *reterr);
int flow_send_file(struct flow_engine *engine, struct flow_file *file, struct eyas_err *reterr);
int flow_send_proc_event(struct flow_engine *engine, const struct flow_proc *proc,
			 const struct sysflow_process_event *event, struct eyas_err *reterr);
int flow_send_file_event(struct flow_engine *engine, const struct flow_proc *proc,
			 const struct flow_file *file1, const struct flow_file *file2,
			 const struct sysflow_file_event *event, struct eyas_err *reterr);
int flow_send_flow(struct flow_engine *engine, const struct flow *flow, int64_t end_ts,
		   struct eyas_err *reterr);
int flow_send_k8s(struct flow_engine *engine, const struct sysflow_k8s_event *event,
		  struct eyas_err *reterr);
int flow_send_summary(struct flow_engine *engine, const struct flow_proc *proc,
		      struct eyas_err *reterr);

/* ---- libs.c ---- */

/*
 * Strict: libs 0.18 calls a unix socket whose connect() failed by the last text it has made, of
 * whatever it was.
 */
void flow_libs_connect(struct flow_engine *engine, const struct eyas_context *context);
int flow_libs_bind(struct flow_engine *engine, const struct eyas_context *context,
		   struct eyas_err *reterr);

/* ---- events ---- */

/* The result of a call, as the record has it: 32 bits of the first parameter. */
int32_t flow_result(const struct eyas_event *event);
/* A parameter as a number. */
int64_t flow_param(const struct eyas_event *event, unsigned index, int64_t fallback);
bool flow_param_str(const struct eyas_event *event, unsigned index, const char **ret_str,
		    size_t *ret_len);

#endif
