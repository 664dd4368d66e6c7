/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From events to SysFlow records: which processes, files and containers there are, which flows are
 * open, and what is written when (reference/sysflow_semantics.md). Knows nothing of how records
 * are encoded and where they go: that is the sink's.
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include <eyas/err.h>
#include <eyas/live.h>
#include <sysflow.h>

#include "base/arena.h"
#include "state/state.h"

enum flow_collect {
	FLOW_COLLECT_ALL,      /* "flow" */
	FLOW_COLLECT_CONSUMER, /* "consumer": opens and connections, no reads and writes */
	FLOW_COLLECT_NOFILES   /* "nofiles" */
};

/*
 * Where records go. Entities (header, container, process, file) come before the first record that
 * refers to them; refs are lent until the call returns. A negative return ends the engine's call,
 * which returns it.
 */
struct flow_sink {
	void *ctx;
	int (*record)(void *ctx, const struct sysflow_record *record,
		      const struct sysflow_refs *refs, struct eyas_err *reterr);
	/*
	 * The time (of flow_now) from which on begin() is due, UINT64_MAX = never. The sink's own;
	 * read for every event, so that nothing has to be called. The sink may set it to 0 at any
	 * time to be told everything anew, as when a peer comes back.
	 */
	const uint64_t *due_ns;
	/*
	 * Go on to the next file. The engine then sends a header and says every entity again when it
	 * is next referred to. ret_filename: what the header says (lent until the next begin()).
	 * Called once before the first record, too.
	 */
	int (*begin)(void *ctx, uint64_t now_ns, const char **ret_filename,
		     struct eyas_err *reterr);
	/* record() never looks at refs but for the header: they are not made for each record then. */
	bool no_refs;
};

struct flow_opts {
	enum flow_collect collect;
	bool filter_containers; /* nothing of the host */
	bool file_only;		/* flows on regular files only */
	int file_read_mode; /* 0 all, 1 no flows that only read, 2 none of those below /proc etc. */
	bool process_flow;  /* ProcessFlow in place of events for threads */
	bool strict_compat; /* the original's records, its known faults included */
	bool live;	    /* time is the wall clock's, not the events' */
	bool k8s;	    /* strict: record events of Kubernetes; else always, if there are any */
	int schema;	    /* 5, or 6: with IPv6 */
	const char *exporter; /* NULL or "" = the host name of the machine or capture; copied */
	/* NULL = "" in strict, else the machine's address, "NA" if it is not known; copied */
	const char *node_ip;
	/*
	 * Strict: users and groups that the capture does not name are those of this root (its
	 * etc/passwd and etc/group). NULL = they have no names; copied.
	 */
	const char *host_root;
	uint64_t export_ns, expire_ns; /* 0 = 30 s, 60 s */
	uint64_t max_flows; /* open at once; 0 = 1048576; what finds no room is counted */
	/*
	 * Live with sums of the kernel: the totals of a thread's descriptor so far, since the event
	 * that began them; last = the thread is gone, they can be given up. 0, or -ENOENT when the
	 * kernel keeps none. NULL = there are no sums.
	 */
	int (*sums)(void *ctx, int64_t tid, int64_t fd, bool last, struct eyas_io_sums *ret_sums);
	void *sums_ctx;
};

struct flow_stats {
	uint64_t records[SYSFLOW_TYPES];	      /* handed to the sink */
	uint64_t processes, files, containers, flows; /* now */
	uint64_t ipv6_left_out;	  /* events on connections the schema has no room for */
	uint64_t flows_refused;	  /* no room: max_flows, or no memory for what a record needs */
	uint64_t flows_expired;	  /* given up after the interval without activity */
	uint64_t flows_read_only; /* left out by file_read_mode */
	uint64_t bytes;		  /* now, of all the tables */
};

struct flow_engine;

int flow_engine_new(const struct flow_opts *opts, const struct flow_sink *sink,
		    struct flow_engine **ret_engine, struct eyas_err *reterr);
/* The loader's calls that matter to flows (machine: the host name). */
void flow_engine_loader(struct flow_engine *engine, struct eyas_loader *ret_loader);
/*
 * For eyas_source_opts.watch of captures, so that events of Kubernetes come, and in strict mode
 * times and mappings as the original sees them: at the beginning of calls. Valid as long as the
 * engine.
 */
struct eyas_enter_watch *flow_engine_watch(struct flow_engine *engine);
/* One event that the state has taken; hidden ones, too. */
int flow_engine_event(struct flow_engine *engine, const struct eyas_context *context,
		      struct eyas_err *reterr);
/* One that a filter or a range leaves out: what it says about containers is remembered. */
void flow_engine_left_out(struct flow_engine *engine, const struct eyas_context *context);
/* Sums of the kernel, in the order of the events. */
int flow_engine_sums(struct flow_engine *engine, const struct eyas_io_sums *sums,
		     struct eyas_err *reterr);
/* Live, and nothing happens: look at what is due. */
int flow_engine_idle(struct flow_engine *engine, struct eyas_err *reterr);
/* The end: what is open is written. Nothing may be called afterwards but stats and free. */
int flow_engine_finish(struct flow_engine *engine, struct eyas_err *reterr);
void flow_engine_stats(const struct flow_engine *engine, struct flow_stats *ret_stats);
/*
 * The process of an OID as it is known now, so that whoever gets a record can follow poid: 1, 0 if it
 * is not known, or -ENOMEM. Its strings live until the next event, its list in the arena.
 */
int flow_engine_process(const struct flow_engine *engine, const struct sysflow_oid *oid,
			struct eyas_arena *arena, struct sysflow_process *ret_process);
/*
 * NULL is fine. The state the events came from must still be there: the engine holds strings of
 * its pool.
 */
void flow_engine_free(struct flow_engine *engine);

/* What has to be captured for these options. */
void flow_codes(const struct flow_opts *opts, struct eyas_codes *ret_codes);

#endif
