/* SPDX-License-Identifier: Apache-2.0 */
/* What the process of a row and the main process have in common. */
#ifndef TESTS_LIVE_SHARED_H
#define TESTS_LIVE_SHARED_H

#include <stdatomic.h>
#include <stdio.h>
#include "live/live.h"

#define LIVE_EXPECTS_MAX 4096
#define LIVE_ARENA_SIZE (16u << 20)

struct live_expectation {
	const char *file; /* the main process forks the others, so its text is the same */
	int64_t tid;
	uint32_t call; /* number of its marks */
	uint16_t line, type;
	uint8_t place, nwants;
	uint32_t count;
	struct live_want wants[EYAS_PARAMS_MAX];
};

enum live_verdict_of_row { LIVE_RUNNING, LIVE_DONE, LIVE_FAILED, LIVE_SKIPPED };
struct live_shared {
	atomic_uint verdict, nexpects, arena_used, calls;
	char text[2048];
	struct live_expectation expects[LIVE_EXPECTS_MAX];
	uint8_t arena[LIVE_ARENA_SIZE];
};
extern struct live_shared *live_shared;

/*
 * Compare what a row expects with what was read; returns the number of differences, which are
 * printed to out. One parameter of one expectation can be spoiled in the event, to see if that is
 * noticed; NULL = none.
 */
unsigned live_judge(const struct live_events *events, FILE *out,
		    const struct live_expectation *spoiled, unsigned spoiled_param);

#endif
