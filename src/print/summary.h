/* SPDX-License-Identifier: Apache-2.0 */
/* The summary consumer: what a capture holds, counted. Printed as text or JSON by eyas info. */
#ifndef PRINT_SUMMARY_H
#define PRINT_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include <eyas/capture.h>

#include "base/str.h"

struct eyas_summary;

int eyas_summary_new(struct eyas_summary **ret_summary);
/* NULL is fine. */
void eyas_summary_free(struct eyas_summary *summary);

/* Takes machine info and the names of threads; lives as long as the summary. */
void eyas_summary_loader(struct eyas_summary *summary, struct eyas_loader *ret_loader);

/* Count an event; shown = it is one that a user counts. 0 or -ENOMEM. */
int eyas_summary_event(struct eyas_summary *summary, const struct eyas_event *event, bool shown);

/* What the summary says besides what it counted itself. */
struct eyas_summary_file {
	const char *path;
	const struct eyas_source_stats *stats;
	const struct eyas_err *failure; /* why the reading ended early; NULL = it did not */
};

/* Append the summary; top = how many processes are listed. -ENOMEM when memory ran out. */
int eyas_summary_text(struct eyas_summary *summary, const struct eyas_summary_file *file,
		      unsigned top, struct eyas_str *out);
int eyas_summary_json(struct eyas_summary *summary, const struct eyas_summary_file *file,
		      unsigned top, struct eyas_str *out);

#endif
