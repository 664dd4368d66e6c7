/* SPDX-License-Identifier: Apache-2.0 */
/* What rows about processes have in common (proc.c). */
#ifndef TESTS_LIVE_PROC_H
#define TESTS_LIVE_PROC_H

#include "live/live.h"

/* Of this process: its first word, the others, its environment, as events have them. */
struct live_want proc_exe(void);
struct live_want proc_args(void);
struct live_want proc_comm(void);
/* A value of /proc/self/status, by its name: "CapEff", "Uid" (the real one). */
int64_t proc_status(const char *name, int base);
int64_t proc_fd_limit(void);
int64_t proc_login_uid(void);
/* Start of a process after boot, as events have that of the first one of a pid namespace. */
struct live_want proc_start(long pid);
/* Strings one after another, each with its NUL. */
struct live_want proc_strings(const char *const *strings);

/*
 * Write a program without libraries, of 64 or 32 bits, that makes some calls and exits with
 * status 7. Calls of the 32-bit one, in this order: getpid, open("/no/such32", O_RDONLY),
 * socketcall(socket, AF_INET, SOCK_STREAM, 0), socketcall(bind, -1, NULL, 0), exit.
 */
void proc_write_program(int fd, int bits);
const char *proc_program(const char *name, int bits);

/* The parameters that clone and exec events begin with, from the result to comm and cgroups. */
#define PROC_MEMORY ANY, ANY, RANGE(1, 100000000), RANGE(0, 100000000), INT(0)
#define PROC_CLONE(result, tid, pid, ptid, flags, uid, gid, vtid, vpid, init_start) \
	PROC_CLONE_OF(result, proc_exe(), proc_args(), tid, pid, ptid, flags, uid, gid, vtid, \
		      vpid, init_start)
/* A call that fails says no executable and no arguments. */
#define PROC_CLONE_OF(result, exe, args, tid, pid, ptid, flags, uid, gid, vtid, vpid, init_start) \
	INT(result), exe, args, INT(tid), INT(pid), INT(ptid), PROC_CWD, INT(proc_fd_limit()), \
		PROC_MEMORY, proc_comm(), live_cgroups(), flags, INT(uid), INT(gid), INT(vtid), \
		INT(vpid), init_start
/* The directory is not known in the kernel. */
#define PROC_CWD NONE

#endif
