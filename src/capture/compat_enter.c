/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The enter event that sysdig 0.29 wants in front of an exit event. Called by the writer.
 *
 * In its time a call was two events, and it takes from the enter event what the exit event did not
 * have: the descriptor that a read, write, close, connect or fcntl is about, the program of an
 * execve. Without it, it shows the descriptor of the last enter event or open that the thread had,
 * keeps descriptors that were closed and learns nothing of connections and duplicates. So the
 * reader's conversions (convert.def), which put the parameters of an enter event into its exit
 * event, are taken backwards. The time is that of the exit; when the call began is not known.
 */
#include "capture/compat.h"

#include <errno.h>

#include "base/le.h"
#include "capture/convert.h"
#include "schema/event.h"
#include "schema/ids.h"

/* Which parameter of the event the enter event has in a place; -1 if none. */
static int enter_index(const struct eyas_event *event, unsigned written, unsigned i)
{
	switch (event->type) {
	/* They were recorded as dup (compat.c), which was entered with the old descriptor. */
	case EYAS_EV_SYSCALL_DUP2_X:
	case EYAS_EV_SYSCALL_DUP3_X:
		return i == 0 ? 1 : -1;
	/* Their exit event has had it all for long, and the reader keeps both. */
	case EYAS_EV_SYSCALL_OPEN_X:
	case EYAS_EV_SYSCALL_CREAT_X:
	case EYAS_EV_SYSCALL_OPENAT_2_X:
	case EYAS_EV_SYSCALL_OPENAT2_X:
		return (int)i + 1;
	default:
		return converter_enter_param(written, event->type, i);
	}
}

int eyas_compat_enter(struct eyas_str *scratch, const struct eyas_event *event, unsigned written,
		      struct eyas_event *ret_enter)
{
	const struct eyas_event_info *info;
	struct eyas_param param = { 0 };
	unsigned type = written - 1, i;
	size_t size, lens = EYAS_EVENT_HEADER_SIZE;
	int index;

	if (!(written & 1) || enter_index(event, written, 0) < 0)
		return 0;
	info = eyas_event_info(type);
	scratch->len = 0;
	eyas_str_add(scratch, event->bytes, EYAS_EVENT_HEADER_SIZE);
	eyas_str_zero(scratch, 2 * (size_t)info->nparams);
	for (i = 0; i < info->nparams; i++) {
		index = enter_index(event, written, i);
		if (index >= 0 && eyas_event_param(event, (unsigned)index, &param))
			size = param.len;
		else
			size = 0;
		/* One that says nothing of what the call was about is of no use. */
		if (i == 0 && !size)
			return 0;
		if (size > UINT16_MAX)
			size = UINT16_MAX;
		eyas_str_add(scratch, param.data, size);
		if (scratch->nomem)
			return -ENOMEM;
		eyas_put_le16(scratch->data + lens + 2 * (size_t)i, (uint16_t)size);
	}
	if (scratch->nomem)
		return -ENOMEM;
	eyas_put_le32(scratch->data + 16, (uint32_t)scratch->len);
	eyas_put_le16(scratch->data + 20, (uint16_t)type);
	eyas_put_le32(scratch->data + 22, info->nparams);
	if (eyas_event_view(scratch->data, scratch->len, ret_enter, NULL))
		return 0;
	ret_enter->cpu = event->cpu;
	ret_enter->flags = event->flags;
	return 1;
}
