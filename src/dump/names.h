/* SPDX-License-Identifier: Apache-2.0 */
/* Names of users and groups of containers in a capture, which has no metadata for them. */
#ifndef DUMP_NAMES_H
#define DUMP_NAMES_H

#include "capture/writer.h"
#include "state/state.h"

/* How much of them the file has; zeroed when it begins. */
struct dump_names {
	uint64_t told;
};

/*
 * Before the next event is written: what has become known, as events at its time, so that whoever
 * reads the capture knows it when it was known here. Returns 0 or a failure of the writer.
 */
int dump_names_write(struct dump_names *names, const struct eyas_state *state,
		     struct eyas_writer *writer, const struct eyas_event *next,
		     struct eyas_err *reterr);

#endif
