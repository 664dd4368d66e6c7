/* SPDX-License-Identifier: Apache-2.0 */
/* Records of a run as lines on standard output, as eyas flow print has them. */
#ifndef CLI_FLOW_TEXT_H
#define CLI_FLOW_TEXT_H

#include "cli/flow.h"
#include "sysflow/show.h"

struct cli_flow_text {
	struct sf_show_opts opts;
	bool wanted;
	struct sf_show *show; /* NULL = nothing is printed */
	int err;	      /* of standard output; nothing more is written then */
};

/* As cli_option_fn, for -o, -j and -c. */
int cli_flow_text_option(struct cli_flow_text *text, const struct cli_command *command, int opt,
			 const char *arg);
/* Become a job's callback. CLI_OK, or an exit status (said). */
int cli_flow_text_attach(struct cli_flow_text *text, struct cli_flow_job *job);
/* The rest gets out. The status of the job, or CLI_FAILED (said). */
int cli_flow_text_finish(struct cli_flow_text *text, int status);

#endif
