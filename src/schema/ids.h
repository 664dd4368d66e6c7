/* SPDX-License-Identifier: Apache-2.0 */
/* Event type ids and system call codes as constants, derived from the tables. */
#ifndef SCHEMA_IDS_H
#define SCHEMA_IDS_H

/* EYAS_EV_SYSCALL_OPEN_X = 3, ... */
enum eyas_event_id {
#define EV(id, constant, name, category, flags, params) EYAS_EV_##constant = id,
#include "schema/events.def"
#undef EV
};

/* EYAS_SYS_OPENAT = ..., codes of the schema, not native numbers */
enum eyas_syscall_code {
#define SC(code, constant, name, kind, x86, arm, enter, exit, flags, sets, events) \
	EYAS_SYS_##constant = code,
#include "schema/syscalls.def"
#undef SC
};

/* Socket families as events carry them. */
enum { EYAS_AF_UNIX = 1, EYAS_AF_INET = 2, EYAS_AF_INET6 = 10 };

/* Directory descriptor that stands for the working directory. */
#define EYAS_AT_FDCWD (-100)

#endif
