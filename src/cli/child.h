/* SPDX-License-Identifier: Apache-2.0 */
/* A command that is started to be watched: it exists, but waits until the probe is attached. */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/* As shells have it. */
enum { CHILD_NOT_FOUND = 127, CHILD_NOT_EXECUTABLE = 126, CHILD_SIGNAL = 128 };

struct child {
	char **argv; /* borrowed */
	char *path;  /* of the program */
	pid_t pid;   /* 0 = none runs, or its end was seen */
	int gate;    /* closed = it may go on; a byte = it is to run. -1 = closed */
	int status;  /* for exit(), once pid is 0 */
};

/*
 * Find the program and make the process. 0, or a status to exit with, said. Its standard
 * descriptors are ours.
 */
int child_start(struct child *child, char **argv);
/* Let it run. */
void child_go(struct child *child);
/* Has it ended? Does not wait. */
bool child_ended(struct child *child);
/*
 * What it returned, or 128 and the signal that ended it, as shells do; waits for that. A child
 * that was never let run is sent away.
 */
int child_finish(struct child *child);

#endif
