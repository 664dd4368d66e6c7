/* SPDX-License-Identifier: Apache-2.0 */
/* Figures as the fields of an alert, and as lines of a file. */
#ifndef DETECT_METRICS_TEXT_H
#define DETECT_METRICS_TEXT_H

#include "base/str.h"
#include "detect/alerts.h"
#include "detect/metrics_set.h"

struct metrics_text_opts {
	bool megabytes; /* memory as such, with keys that end in _mb */
	bool empty;	/* counts that are 0, too */
};

struct metrics_fields {
	struct eyas_alerts_field *fields; /* sorted by key, each key once */
	size_t count, cap;
	struct eyas_arena arena;
};

/* The fields of a set, in place of those before; texts are lent as long as the set. 0, -ENOMEM. */
int metrics_fields_make(struct metrics_fields *fields, const struct metrics_set *set,
			const struct metrics_text_opts *opts);
void metrics_fields_fini(struct metrics_fields *fields);

/* {"output_fields":{...},"sample":N}, appended. */
void metrics_line_put(struct eyas_str *out, const struct metrics_fields *fields, uint64_t sample);

/* The shortest decimal that is read as the same number, with ".0" if it is a whole one. */
#define METRICS_REAL_TEXT 32
void metrics_real_text(double value, char text[METRICS_REAL_TEXT]);

#endif
