/* SPDX-License-Identifier: Apache-2.0 */
/* The peer's environment variables as options. */
#include "session/flow_env.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A switch: 1 is on, whatever else is set is off; what is not set leaves it as it is. */
static void take_switch(const char *name, bool *to)
{
	const char *value = getenv(name);

	if (value)
		*to = !strcmp(value, "1");
}

void session_flow_env(struct session_flow_opts *opts, struct session_flow_env *env)
{
	const char *value;

	memset(env, 0, sizeof(*env));
	take_switch("ENABLE_STATS", &env->stats);
	take_switch("DRIVER_LOG", &env->debug);
	take_switch("ENABLE_DROP_MODE", &opts->no_mmap);
	take_switch("FILE_ONLY", &opts->flow.file_only);
	take_switch("ENABLE_PROC_FLOW", &opts->flow.process_flow);
	value = getenv("FILE_READ_MODE");
	if (value && value[0] >= '0' && value[0] <= '2' && !value[1])
		opts->flow.file_read_mode = value[0] - '0';
	value = getenv("NODE_IP");
	if (value)
		opts->flow.node_ip = value;
	value = getenv("SF_K8S_API_URL");
	if (value && value[0])
		opts->flow.k8s = true;
	value = getenv("HOST_ROOT");
	if (value && value[0])
		opts->flow.host_root = value;
	if (value && value[0] &&
	    snprintf(env->proc_root, sizeof(env->proc_root), "%s/proc", value) <
		    (int)sizeof(env->proc_root))
		opts->session.state.proc_root = env->proc_root;
}
