/* SPDX-License-Identifier: Apache-2.0 */
/* Inside view of an event for the floors on the hot path: the accessors without the call. */
#ifndef SCHEMA_EVENT_H
#define SCHEMA_EVENT_H

#include <eyas/event.h>

#include "base/le.h"

/* Length of parameter i as stored. The caller knows that i < event->nparams. */
static inline uint32_t eyas_event_len(const struct eyas_event *event, unsigned i)
{
	const uint8_t *lens = event->bytes + EYAS_EVENT_HEADER_SIZE;

	return event->len_size == 2 ? eyas_le16(lens + 2 * (size_t)i)
				    : eyas_le32(lens + 4 * (size_t)i);
}

/* Exact size of a present value of each wire type, 0 = varies. */
extern const uint8_t eyas_type_sizes[EYAS_PT_COUNT];

static inline unsigned eyas_type_size(const struct eyas_param_info *info)
{
	return eyas_type_sizes[info->type];
}

#endif
