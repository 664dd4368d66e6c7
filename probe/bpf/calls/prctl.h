/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include "bpf/user.h"
#include <linux/prctl.h>

/* The second argument is text, a place for a number, or a number. */
CALL(prctl)
{
	u32 option = ARG(0);
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_PRCTL_X, 4, 128 + PATH_BYTES,
			 EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_u32(&ev, option);
	if (option == PR_SET_NAME || option == PR_GET_NAME) {
		put_user_str(&ev, USER_PTR(1), PATH_BYTES);
		put_s64(&ev, 0);
	} else {
		put_missing(&ev);
		if (option == PR_GET_CHILD_SUBREAPER)
			put_s32(&ev, user_u32(USER_PTR(1)));
		else
			put_s64(&ev, ARG(1));
	}
	event_end(&ev);
	return 0;
}
