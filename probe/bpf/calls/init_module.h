/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"

/* Largest part of an image, so that the event stays below its limit. */
#define MODULE_IMAGE_BYTES 57344

/* init_module(image, length, arguments) */
CALL(init_module)
{
	u64 bytes = ARG(1);
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_INIT_MODULE_X, 4,
			 64 + PATH_BYTES + MODULE_IMAGE_BYTES, EYAS_WIRE_DROP_OTHER))
		return 0;
	if (bytes > config.snap_bytes)
		bytes = config.snap_bytes;
	if (bytes > MODULE_IMAGE_BYTES)
		bytes = MODULE_IMAGE_BYTES;
	put_s64(&ev, RET);
	put_user_bytes(&ev, USER_PTR(0), bytes);
	put_u64(&ev, ARG(1));
	put_user_str(&ev, USER_PTR(2), PATH_BYTES);
	event_end(&ev);
	return 0;
}
