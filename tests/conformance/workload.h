/* SPDX-License-Identifier: Apache-2.0 */
/* What the workloads share: calls that must work, and facts that a test is told of. */
#ifndef TESTS_WORKLOAD_H
#define TESTS_WORKLOAD_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int facts = -1; /* where they are written */

static __attribute__((noreturn)) void die(const char *what)
{
	perror(what);
	exit(99);
}

/* The value of a call that must work. */
static long must(long value, const char *what)
{
	if (value < 0)
		die(what);
	return value;
}
#define MUST(call) must(call, #call)

static void __attribute__((format(printf, 1, 2))) fact(const char *format, ...)
{
	char line[512];
	va_list args;
	int len;

	va_start(args, format);
	/* One write each, so that no thread writes what another one says. */
	len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (write(facts, line, (size_t)len) != len)
		die("facts");
}

#endif
