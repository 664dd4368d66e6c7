/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of system calls on the architecture this is built for. */
#ifndef SCHEMA_NATIVE_H
#define SCHEMA_NATIVE_H

#include <stdbool.h>

#include <eyas/schema.h>

/* The number of a system call here; false if there is none. */
static inline bool eyas_native_number(const struct eyas_syscall_info *call, unsigned *ret_number)
{
#if defined(__x86_64__)
	int number = call->x86_64;
#elif defined(__aarch64__)
	int number = call->aarch64;
#else
#	error "no numbers of system calls for this architecture"
#endif

	if (call->kind != EYAS_SC_SYSCALL || number < 0)
		return false;
	*ret_number = (unsigned)number;
	return true;
}

#endif
