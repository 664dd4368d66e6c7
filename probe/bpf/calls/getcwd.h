/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"

CALL(getcwd)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_GETCWD_X, 2, 64 + PATH_BYTES,
			 EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	/* What a call that failed leaves in the buffer is no path. */
	if (RET >= 0)
		put_user_str(&ev, USER_PTR(0), PATH_BYTES);
	else
		put_missing(&ev);
	event_end(&ev);
	return 0;
}
