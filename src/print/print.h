/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The print consumer: one line per event, as text, JSON or raw values, into a file descriptor.
 */
#ifndef PRINT_PRINT_H
#define PRINT_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include <eyas/event.h>

enum eyas_print_format {
	EYAS_PRINT_TEXT, /* for people: "17 12:00:00.000000001 0 (42) < close res=0 fd=3" */
	EYAS_PRINT_JSON, /* one object a line */
	EYAS_PRINT_RAW	 /* as text, but values only: no names for flags, buffers in hex */
};

enum eyas_time_format {
	EYAS_TIME_HUMAN,       /* local time of day, HH:MM:SS.nnnnnnnnn */
	EYAS_TIME_ABSOLUTE,    /* seconds since the epoch */
	EYAS_TIME_RELATIVE,    /* seconds since the first event */
	EYAS_TIME_DELTA_CALL,  /* between enter and exit; 0, as events arrive complete */
	EYAS_TIME_DELTA_EVENT, /* since the event printed before */
	EYAS_TIME_ISO	       /* 2026-01-02T03:04:05.000000006Z */
};

struct eyas_print_opts {
	enum eyas_print_format format;
	enum eyas_time_format time;
	uint32_t max_bytes; /* buffers are cut there, 0 = never */
	bool color;
	int fd; /* borrowed */
};

struct eyas_printer;

int eyas_printer_new(const struct eyas_print_opts *opts, struct eyas_printer **ret_printer);
/* Queue one line; 0, or -errno when the output failed. */
int eyas_printer_event(struct eyas_printer *printer, const struct eyas_event *event);
/* Everything queued reaches the descriptor. */
int eyas_printer_flush(struct eyas_printer *printer);
/* Does not flush. NULL is fine. */
void eyas_printer_free(struct eyas_printer *printer);

#endif
