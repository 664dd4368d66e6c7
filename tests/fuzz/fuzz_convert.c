/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream of well-formed old events: the input chooses types, counts and values, so that the
 * converter is reached every time. What it delivers must be sound and current.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <eyas/event.h>

#include "base/le.h"
#include "capture/convert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *p, *end;
};

static uint8_t take(struct input *in)
{
	return in->p < in->end ? *in->p++ : 0;
}

/*
 * One event of a type and count the input names, each value of the size its type wants or, for
 * types of varying size, as long as the input says. Returns its length.
 */
static size_t make_event(struct input *in, uint8_t *to, size_t cap)
{
	unsigned type = take(in) | (unsigned)(take(in) & 1) << 8, count, i, j, len, len_size;
	const struct eyas_event_info *info = eyas_event_info(type % EYAS_EVENT_TYPES);
	size_t at;

	type %= EYAS_EVENT_TYPES;
	count = take(in) % (info->nparams + 2U);
	len_size = info->flags & EYAS_EF_LARGE_PAYLOAD ? 4 : 2;
	memset(to, 0, cap);
	eyas_put_le64(to + 8, take(in) % 4);
	eyas_put_le16(to + 20, (uint16_t)type);
	eyas_put_le32(to + 22, count);
	at = EYAS_EVENT_HEADER_SIZE + count * len_size;
	for (i = 0; i < count; i++) {
		len = take(in) % 64;
		if (i < info->nparams && eyas_type_info(info->params[i].type)->size)
			len = len ? eyas_type_info(info->params[i].type)->size : 0;
		eyas_put_le16(to + EYAS_EVENT_HEADER_SIZE + i * len_size, (uint16_t)len);
		for (j = 0; j < len; j++)
			to[at++] = take(in);
	}
	eyas_put_le32(to + 16, (uint32_t)at);
	return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, data + size };
	struct eyas_source_stats stats = { 0 };
	struct eyas_event event, again;
	struct converter conv;
	uint8_t bytes[4096];
	struct eyas_err err;
	int res;

	converter_init(&conv, 4096, NULL, &stats);
	while (in.p < in.end) {
		if (eyas_event_view(bytes, make_event(&in, bytes, sizeof(bytes)), &event, &err))
			abort();
		/* The reader converts only what the check has passed. */
		if (eyas_event_check(&event, &err))
			continue;
		res = converter_run(&conv, &event, &err);
		if (res != 1)
			continue;
		if (eyas_event_view(event.bytes, event.len, &again, &err) ||
		    eyas_event_check(&again, &err))
			abort();
		if (again.values != event.values || again.nparams != event.nparams ||
		    again.type != event.type || again.info != event.info)
			abort();
		/* Some enter events of old versions live on; no exit does. */
		if ((event.type & 1) && (event.info->flags & EYAS_EF_OLD_VERSION))
			abort();
	}
	converter_fini(&conv);
	return 0;
}
