/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include <linux/mount.h>

/* Largest value of bytes, so that the event stays below its limit. */
#define FSCONFIG_VALUE_BYTES 57344

/*
 * fsconfig(fd, cmd, key, value, aux): what value points to depends on cmd. A call that failed may
 * have failed because of that pointer.
 */
CALL(fsconfig)
{
	u32 cmd = ARG(1);
	s32 aux = ARG(4);
	bool ok = RET >= 0;
	u32 bytes = aux < 0 ? 0 : aux > FSCONFIG_VALUE_BYTES ? FSCONFIG_VALUE_BYTES : aux;
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_FSCONFIG_X, 7,
			 128 + 2 * PATH_BYTES + FSCONFIG_VALUE_BYTES, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_s32(&ev, ARG(0));
	put_u32(&ev, cmd);
	put_user_str(&ev, USER_PTR(2), PATH_BYTES);
	if (ok && cmd == FSCONFIG_SET_BINARY)
		put_user_bytes(&ev, USER_PTR(3), bytes);
	else
		put_missing(&ev);
	if (ok && (cmd == FSCONFIG_SET_STRING || cmd == FSCONFIG_SET_PATH ||
		   cmd == FSCONFIG_SET_PATH_EMPTY))
		put_user_str(&ev, USER_PTR(3), PATH_BYTES);
	else
		put_missing(&ev);
	put_u32(&ev, aux);
	event_end(&ev);
	return 0;
}
