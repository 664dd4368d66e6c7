/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The print consumer: one line per event, as text, JSON or raw values, into a file descriptor.
 */
#ifndef PRINT_PRINT_H
#define PRINT_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "filter/format.h"

enum eyas_print_format {
	EYAS_PRINT_TEXT, /* for people: "17 12:00:00.000000001 0 cat (42) < close res=0 fd=3" */
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

/* With containers: the default layout of sysdig -pc. */
#define EYAS_PRINT_CONTAINERS \
	"*%evt.num %evt.outputtime %evt.cpu %container.name (%container.id) %proc.name " \
	"(%thread.tid:%thread.vtid) %evt.dir %evt.type %evt.info"

struct eyas_print_opts {
	enum eyas_print_format format;
	enum eyas_time_format time;
	/*
	 * How buffers and strings are shown. raw_text: strings of the default line as they are,
	 * which a terminal should not see.
	 */
	struct field_opts fields;
	/*
	 * An output format in place of the default line or object, and the network it becomes part
	 * of, which was made with the same fields and begins with each event before the printer
	 * sees it. NULL = the default.
	 */
	const char *layout;
	struct eyas_network *network;
	enum format_escape escape; /* of values in a layout */
	bool color;		   /* of the default line */
	bool unbuffered;	   /* each line is written at once */
	int fd;			   /* borrowed */
};

struct eyas_printer;

/* Fails for want of memory and for a layout that does not compile, as eyas_layout_new() does. */
int eyas_printer_new(const struct eyas_print_opts *opts, struct eyas_printer **ret_printer,
		     struct eyas_err *reterr);
/* Queue one line; 0, or -errno when the output failed. */
int eyas_printer_event(struct eyas_printer *printer, const struct eyas_context *context);
/* Everything queued reaches the descriptor. */
int eyas_printer_flush(struct eyas_printer *printer);
/* Does not flush. NULL is fine. */
void eyas_printer_free(struct eyas_printer *printer);

#endif
