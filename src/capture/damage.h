/* SPDX-License-Identifier: Apache-2.0 */
/* Damage in one file: counted, put into words with its place, and told to whoever reads. */
#ifndef CAPTURE_DAMAGE_H
#define CAPTURE_DAMAGE_H

#include <eyas/capture.h>

struct damage {
	const char *path; /* of the file, as given; borrowed */
	struct eyas_source_stats *stats;
	const struct eyas_source_opts *opts; /* whom to tell */
};

/* Put "FILE: offset N: " in front of the text; N is err->offset. */
void damage_place(const struct damage *damage, struct eyas_err *err);

/* Count damage that reading survives and tell of it. err->offset is where it lies. */
void damage_report(const struct damage *damage, struct eyas_err *err);

#endif
