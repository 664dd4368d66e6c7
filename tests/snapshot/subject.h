/* SPDX-License-Identifier: Apache-2.0 */
/* Processes with known properties, for a snapshot to be taken of. */
#ifndef TESTS_SNAPSHOT_SUBJECT_H
#define TESTS_SNAPSHOT_SUBJECT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <eyas/capture.h>

/* The first descriptor of the known ones; each is as many above it as its row is from the first. */
enum { SUBJECT_FD = 100 };

/* What a subject can have open. open returns a descriptor, or -1 where the kernel has none. */
struct subject_fd {
	const char *what;
	int (*open)(void);
	uint8_t kind; /* enum eyas_fd_kind */
	uint8_t l4;
	const char *name; /* what the name ends in; NULL = any */
};
extern const struct subject_fd subject_fds[];
extern const size_t subject_fd_count;

/*
 * Start this program anew as a subject, with arguments and environment; it sets itself up by the
 * name of what it is to be, says it is ready, and waits. Ends the test if it fails. It dies with
 * the test.
 */
pid_t subject_start(const char *be, char *const argv[], char *const envp[]);
/* The same by fork(), for a process without properties of its own. */
pid_t subject_fork(void (*be)(void *), void *arg);
void subject_end(pid_t pid);

#endif
