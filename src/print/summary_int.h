/* SPDX-License-Identifier: Apache-2.0 */
/* What a summary counts, shared by summary.c, which counts, and summary_show.c. */
#ifndef PRINT_SUMMARY_INT_H
#define PRINT_SUMMARY_INT_H

#include <stdbool.h>
#include <stdint.h>

#include <eyas/capture.h>

#include "base/map.h"

enum {
	SUMMARY_NAMES_MAX = 1000,    /* names of async events, more are counted together */
	SUMMARY_THREADS_MAX = 200000 /* likewise: a hostile capture has a thread per event */
};

struct summary_thread {
	uint64_t tid, pid;
	uint64_t count;
	char comm[16]; /* as long as the kernel's */
};

struct summary_name {
	char name[64];
	uint64_t count;
};

struct eyas_summary {
	uint64_t shown, hidden;
	uint64_t first_ns, last_ns; /* earliest and latest, 0 = no event had a time */
	struct eyas_machine machine;
	bool machine_set;
	uint64_t by_type[EYAS_EVENT_TYPES];
	uint64_t by_syscall[EYAS_SYSCALL_CODES];
	struct summary_name *names;
	unsigned nnames;
	struct summary_thread *threads;
	uint32_t nthreads, threads_cap;
	struct eyas_map by_tid;	     /* index into threads */
	struct summary_thread other; /* of all threads beyond the limit */
};

#endif
