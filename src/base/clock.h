/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks of the system in nanoseconds. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t eyas_clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/*
 * When CLOCK_BOOTTIME, the clock of the events, was 0: nanoseconds since the epoch. The two clocks
 * are read one after the other, and whoever loses the processor in between gets a time that is as
 * much too late. Three readings of it are compared with each other (of a source, of a state's scan,
 * of a session's end), so the quickest of some is taken.
 */
static inline uint64_t eyas_clock_boot_ns(void)
{
	enum { READINGS = 16, QUICK_NS = 1000 };
	uint64_t best_ns = UINT64_MAX, boot_ns = 0, before_ns, real_ns, took_ns;
	int i;

	for (i = 0; i < READINGS && best_ns > QUICK_NS; i++) {
		before_ns = eyas_clock_ns(CLOCK_BOOTTIME);
		real_ns = eyas_clock_ns(CLOCK_REALTIME);
		took_ns = eyas_clock_ns(CLOCK_BOOTTIME) - before_ns;
		if (took_ns >= best_ns)
			continue;
		best_ns = took_ns;
		boot_ns = real_ns - before_ns;
	}
	return boot_ns;
}

#endif
