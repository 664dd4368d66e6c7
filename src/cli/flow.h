/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SysFlow records as output of a command: what eyas flow and the peer's command that it replaces
 * have in common, from settled options to the exit status.
 */
#ifndef CLI_FLOW_H
#define CLI_FLOW_H

#include "cli/cli.h"
#include "session/flow.h"

/* How often a directory gets a new file if nobody says, in seconds; the peers' default. */
enum { CLI_FLOW_ROTATE_S = 300 };

struct cli_flow_job {
	struct cli_input input;
	struct session_flow_opts session; /* but for session and filter, which are the input's */
	uint64_t rotate_s;		  /* -G; 0 = not given */
	struct session_flow *running;
	void (*look)(void *ctx); /* live, a few times a second; may be NULL */
	void *look_ctx;
	struct eyas_err failure; /* of the run, told of already; text "" = none */
	bool write_failed;	 /* told of, without an end of the run */
};

/* What the peer has when nothing is asked for. */
void cli_flow_job_init(struct cli_flow_job *job);
/* Run it, from the filter to the last record; an exit status. */
int cli_flow_job_run(struct cli_flow_job *job);

#endif
