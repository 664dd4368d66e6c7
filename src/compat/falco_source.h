/* SPDX-License-Identifier: Apache-2.0 */
/* Where Falco's events come from, by the configuration. */
#ifndef COMPAT_FALCO_SOURCE_H
#define COMPAT_FALCO_SOURCE_H

#include "compat/falco_run.h"
#include "session/session.h"

/* What the options of a session point to. */
struct falco_source {
	struct eyas_session_opts session;
	struct eyas_live_opts live;
	char proc_root[4096]; /* below HOST_ROOT */
	char end[32];	      /* of -M */
};

/*
 * Open it, with what source->session has of callbacks. source, zero otherwise, stays for as long as
 * the session.
 */
int falco_source_open(const struct falco *falco, struct falco_source *source,
		      struct eyas_session **ret_session, struct eyas_err *reterr);

#endif
