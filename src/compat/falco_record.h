/* SPDX-License-Identifier: Apache-2.0 */
/* The capture that earlier releases wrote of all events (-w FILE). */
#ifndef COMPAT_FALCO_RECORD_H
#define COMPAT_FALCO_RECORD_H

#include "session/session.h"

struct falco_record;

/*
 * Create the file, and add it to the session, which has not run yet. After restarts its name has
 * their number behind it, so that what was written before stays.
 */
int falco_record_open(const char *path, unsigned restarts, struct eyas_session *session,
		      struct falco_record **ret_record, struct eyas_err *reterr);
/* The handle is gone whatever is returned. NULL is fine. */
int falco_record_close(struct falco_record *record, struct eyas_err *reterr);

#endif
