/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the metadata blocks of a capture. */
#ifndef CAPTURE_META_READ_H
#define CAPTURE_META_READ_H

#include <stdbool.h>
#include <stdint.h>

#include <eyas/capture.h>

#include "capture/damage.h"
#include "capture/stream.h"

/* Where metadata comes from and who gets it. All borrowed. */
struct meta_reader {
	struct stream *stream;
	const struct eyas_loader *loader; /* NULL = nobody; it is counted all the same */
	struct eyas_source_stats *stats;
	const struct damage *damage;
	uint64_t max_entry_bytes;
};

/* Is it the type of a metadata block? */
bool meta_is_block(uint32_t type);

/*
 * Parse one metadata block, whose head the stream stands at. Damage inside it is reported and
 * the rest of the block skipped. Returns 0, or what the loader returned, or a failure when the
 * input ends inside.
 */
int meta_read(const struct meta_reader *reader, uint32_t type, uint32_t total,
	      struct eyas_err *reterr);

#endif
