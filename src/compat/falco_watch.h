/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that a running Falco depends on, watched by a thread of its own: when they change, or when
 * a restart is asked for, it is tried out first, and the run ends for it only if that went well.
 */
#ifndef COMPAT_FALCO_WATCH_H
#define COMPAT_FALCO_WATCH_H

#include <stdbool.h>

#include <eyas/err.h>

#include "base/str.h"
#include "compat/falco_files.h"

struct falco_watch_opts {
	const struct falco_paths *files, *folders; /* each may be NULL; copied */
	/*
	 * Would a restart go well? Called on the thread of the watch. false with words in
	 * ret_failure, which is empty.
	 */
	bool (*check)(void *ctx, struct eyas_str *ret_failure);
	void *check_ctx;
};

struct falco_watch;

/* 0, or -errno with words: a file cannot be watched, there is no thread. */
int falco_watch_start(const struct falco_watch_opts *opts, struct falco_watch **ret_watch,
		      struct eyas_err *reterr);
/* Where a byte asks for a restart; for signal handlers. */
int falco_watch_wake_fd(const struct falco_watch *watch);
/* Is it time to restart? */
bool falco_watch_restart_wanted(const struct falco_watch *watch);
/* Why the last restart that was tried out would fail, once each; false if none was. */
bool falco_watch_failure_taken(struct falco_watch *watch, struct eyas_str *failure);
/* Waits for a trial that is going on. NULL is fine. */
void falco_watch_stop(struct falco_watch *watch);

#endif
