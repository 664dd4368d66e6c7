/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One capture file on its way from bytes to events: a stream cut into blocks, the metadata
 * blocks handed to the loader, the event blocks to event.c and convert.c.
 */
#ifndef CAPTURE_FILE_H
#define CAPTURE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <eyas/capture.h>

#include "base/str.h"
#include "capture/convert.h"
#include "capture/damage.h"
#include "capture/stream.h"

struct capture_file {
	struct damage damage;
	struct stream stream;
	const struct eyas_source_opts *opts;
	struct eyas_source_stats *stats; /* of the source the file belongs to */
	bool in_section;		 /* a section header was seen */
	bool keep_section;		 /* do not tell the loader of further sections */
	bool in_events;			 /* the section's first event was seen */
	bool prologue;			 /* nothing but state events so far */
	struct eyas_event event;	 /* as stored */
	struct eyas_str upgraded;	 /* an event v1 in the current layout */
	struct converter converter;
};

int capture_file_open(struct capture_file *file, const char *path,
		      const struct eyas_source_opts *opts, struct eyas_source_stats *stats,
		      struct eyas_err *reterr);
void capture_file_close(struct capture_file *file);

/*
 * The next event, converted unless raw_schema is set; lent until the next call. 1 with an
 * event, EYAS_E_END after the last, else a failure, whose words are in why; without words (code 0)
 * it was the loader that stopped the reading, and it has its own. On the way metadata goes to the
 * loader.
 */
int capture_file_next(struct capture_file *file, struct eyas_event **ret_event,
		      struct eyas_err *why);

#endif
