/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include "bpf/task.h"
#include "bpf/user.h"

/* Of 32-bit programs; their sendfile64 has a wide offset. */
#define SENDFILE32 187

/* sendfile(out_fd, in_fd, offset, size): the offset as the call has left it. */
CALL(sendfile)
{
	u64 number = call_number((const struct pt_regs *)ctx[0]);
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_SENDFILE_X, 5, 128, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	if (ring->compat && number == SENDFILE32)
		put_u64(&ev, user_u32(USER_PTR(2)));
	else
		put_u64(&ev, user_u64(USER_PTR(2)));
	put_s32(&ev, ARG(0));
	put_s32(&ev, ARG(1));
	put_u64(&ev, ARG(3));
	event_end(&ev);
	return 0;
}
