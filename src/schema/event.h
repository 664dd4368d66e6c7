/* SPDX-License-Identifier: Apache-2.0 */
/* Inside view of an event for the floors on the hot path: the accessors without the call. */
#ifndef SCHEMA_EVENT_H
#define SCHEMA_EVENT_H

#include <stdbool.h>

#include <eyas/event.h>

#include "base/hint.h"
#include "base/le.h"
#include "schema/ids.h"

/*
 * Events that tell of containers, users and groups, for which captures have no other place: at the
 * beginning of one they keep its state, and are not what a user did.
 */
static inline bool eyas_type_is_prologue(unsigned type)
{
	return type == EYAS_EV_CONTAINER_E || type == EYAS_EV_CONTAINER_JSON_E ||
	       type == EYAS_EV_CONTAINER_JSON_2_E || type == EYAS_EV_USER_ADDED_E ||
	       type == EYAS_EV_USER_DELETED_E || type == EYAS_EV_GROUP_ADDED_E ||
	       type == EYAS_EV_GROUP_DELETED_E;
}

/* Bytes of one length in events of a type: 2 or 4. */
static inline unsigned eyas_len_size(const struct eyas_event_info *info)
{
	return info->flags & EYAS_EF_LARGE_PAYLOAD ? 4 : 2;
}

/*
 * Does a present parameter fit its type? 0 or EYAS_E_PARAM with words; what eyas_event_check()
 * asks of each of them.
 */
int eyas_param_check(const struct eyas_event *event, const struct eyas_param *param,
		     struct eyas_err *reterr);

/* Length of parameter i as stored. The caller knows that i < event->nparams. */
static inline uint32_t eyas_event_len(const struct eyas_event *event, unsigned i)
{
	const uint8_t *lens = event->bytes + EYAS_EVENT_HEADER_SIZE;

	return event->len_size == 2 ? eyas_le16(lens + 2 * (size_t)i)
				    : eyas_le32(lens + 4 * (size_t)i);
}

/*
 * An integer of 1, 2, 4 or 8 bytes, widened by its sign if it has one. By size, not by memcpy():
 * a copy of varying length goes through memory, which stalls the load behind it.
 */
static inline uint64_t eyas_load_int(const uint8_t *data, unsigned size, bool is_signed)
{
	switch (size) {
	case 1:
		return is_signed ? (uint64_t)(int8_t)data[0] : data[0];
	case 2:
		return is_signed ? (uint64_t)(int16_t)eyas_le16(data) : eyas_le16(data);
	case 4:
		return is_signed ? (uint64_t)(int32_t)eyas_le32(data) : eyas_le32(data);
	default:
		return eyas_le64(data);
	}
}

/* Exact size of a present value of each wire type, 0 = varies. */
extern const uint8_t eyas_type_sizes[EYAS_PT_COUNT];

/*
 * What a present value of each parameter of each event type is checked for when an event is read:
 * its exact size; 0 = nothing, its length says all; CONTENT = its size depends on what is in it.
 */
enum { EYAS_CHECK_CONTENT = 255 };
extern const uint8_t eyas_event_checks[EYAS_EVENT_TYPES][EYAS_PARAMS_MAX];

/* eyas_event_view() and eyas_event_check() in one pass. ret_event is written on failure, too. */
int eyas_event_view_checked(const void *bytes, size_t size, struct eyas_event *ret_event,
			    struct eyas_err *reterr);

/* How an integer of each wire type is held: its size, and a bit if it is signed; 0 = it is none. */
enum { EYAS_INT_SIZE = 15, EYAS_INT_SIGNED = 128 };
extern const uint8_t eyas_type_ints[EYAS_PT_COUNT];

/* eyas_param_uint() without the words: false if it is missing or no integer that fits its type. */
static EYAS_INLINE bool eyas_param_bits(const struct eyas_param *param, uint64_t *ret_bits)
{
	unsigned how = param->info ? eyas_type_ints[param->info->type] : 0;

	if (!how || param->len != (how & EYAS_INT_SIZE))
		return false;
	*ret_bits = eyas_load_int(param->data, how & EYAS_INT_SIZE, how & EYAS_INT_SIGNED);
	return true;
}

static inline unsigned eyas_type_size(const struct eyas_param_info *info)
{
	return eyas_type_sizes[info->type];
}

#endif
