/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The environment variables by which the peer's library is configured, in its containers above
 * all: they win over the options. Asked for by whoever takes the peer's place.
 */
#ifndef SESSION_FLOW_ENV_H
#define SESSION_FLOW_ENV_H

#include "session/flow.h"

/* What the environment asks for that no option of a session has, and memory of what one has. */
struct session_flow_env {
	bool stats;	      /* ENABLE_STATS */
	bool debug;	      /* DRIVER_LOG */
	char proc_root[4096]; /* below HOST_ROOT; the options point here */
};

/* Change the options as the environment says; env has to live as long as they do. */
void session_flow_env(struct session_flow_opts *opts, struct session_flow_env *env);

#endif
