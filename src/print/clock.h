/* SPDX-License-Identifier: Apache-2.0 */
/* Times of events as text, in the formats of -t. */
#ifndef PRINT_CLOCK_H
#define PRINT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "print/print.h"

/*
 * Remembers the last full minute as text, because neighbours share it and the C library takes
 * a lock and a few hundred cycles for each conversion.
 */
struct print_clock {
	enum eyas_time_format format;
	bool minute_set;
	uint64_t minute; /* since the epoch */
	char text[48];	 /* of that minute, up to and with its colon */
	unsigned text_len;
	bool first_set;
	uint64_t first_ns, last_ns;
};

void eyas_print_clock_init(struct print_clock *clock, enum eyas_time_format format);
void eyas_print_clock_put(struct print_clock *clock, uint64_t ts_ns, struct eyas_str *out);

#endif
