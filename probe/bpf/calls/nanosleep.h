/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include "bpf/user.h"

#define NS_PER_S 1000000000ull

CALL(nanosleep)
{
	struct user_longs time;
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_NANOSLEEP_X, 2, 64, EYAS_WIRE_DROP_OTHER))
		return 0;
	user_longs(ring, USER_PTR(0), &time);
	if (ring->compat) {
		time.first = (s64)(s32)time.first;
		time.second = (s64)(s32)time.second;
	}
	put_s64(&ev, RET);
	put_u64(&ev, time.first * NS_PER_S + time.second);
	event_end(&ev);
	return 0;
}
