/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statistics file of earlier releases (-s FILE, --stats-interval MS): how many events there
 * were and how many of them were lost, in all and since the line before.
 */
#ifndef COMPAT_FALCO_STATS_H
#define COMPAT_FALCO_STATS_H

#include <stdint.h>

#include "session/session.h"

struct falco_stats;

/* Appends to the file. Errors in words: an interval below 100 ms, a file that cannot be opened. */
int falco_stats_open(const char *path, uint64_t interval_ms, struct falco_stats **ret_stats,
		     struct eyas_err *reterr);
/* A line, if it is time for one. stats may be NULL. */
void falco_stats_look(struct falco_stats *stats, const struct eyas_session *session);
/* The last line. NULL is fine. */
void falco_stats_close(struct falco_stats *stats, const struct eyas_session *session);

#endif
