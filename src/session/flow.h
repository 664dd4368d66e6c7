/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session whose events become SysFlow records: captures or this machine, an engine
 * (flow/flow.h) as its consumer, and the writer (sysflow/writer.h) behind that. The command and the
 * library both work through this.
 */
#ifndef SESSION_FLOW_H
#define SESSION_FLOW_H

#include "flow/flow.h"
#include "session/session.h"
#include "sysflow/writer.h"

/* Zero-initialise, then what differs. */
struct session_flow_opts {
	/*
	 * As for eyas_session_open(), which follows the state in any case. Of a live source, what is
	 * captured is settled here if session.live->codes is NULL.
	 */
	struct eyas_session_opts session;
	const char *filter;    /* text, compiled here; NULL = session.filter is it already */
	struct flow_opts flow; /* live and sums are settled here */
	struct sf_writer_opts writer;
	bool no_mmap; /* live: what maps files is not captured; there is much of it */
	bool no_sums; /* live: every read and write is an event of its own */
	/* Told of a failure to write that does not end the run; may be NULL. */
	void (*failure)(void *ctx, const struct eyas_err *err);
	void *failure_ctx;
};

struct session_flow_stats {
	struct eyas_session_stats session;
	struct flow_stats flow;
	struct sf_writer_stats writer;
};

struct session_flow;

/* What may be captured for these options. */
void session_flow_codes(const struct session_flow_opts *opts, struct eyas_codes *ret_codes);
/*
 * Can the kernel sum up reads and writes, with this filter (network NULL = none)? Not if it asks
 * for more of an event than who did it and on what, since that is not known of a sum.
 */
bool session_flow_can_sum(const struct session_flow_opts *opts, const struct eyas_network *network);

int session_flow_open(const struct session_flow_opts *opts, struct session_flow **ret_flow,
		      struct eyas_err *reterr);
/* Of a run in parts: eyas_session_run() on this, then session_flow_finish(). */
struct eyas_session *session_flow_session(const struct session_flow *flow);
/* Begin the next file soon. */
void session_flow_next(struct session_flow *flow);
/* For what it knows; the session gives it its events. */
const struct flow_engine *session_flow_engine(const struct session_flow *flow);
/*
 * What is open is written, and the outputs are closed; to be called once, whatever the run said.
 * Returns the first failure to write that was not told of yet.
 */
int session_flow_finish(struct session_flow *flow, struct eyas_err *reterr);
/* Both: the failure of the run, else that of the end. */
int session_flow_run(struct session_flow *flow, struct eyas_err *reterr);
void session_flow_stats(const struct session_flow *flow, struct session_flow_stats *ret_stats);
/* NULL is fine. What is open is lost if session_flow_finish() was not called. */
void session_flow_close(struct session_flow *flow);

#endif
