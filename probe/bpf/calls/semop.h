/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"

/* struct sembuf */
struct sem_op {
	u16 num;
	s16 op;
	u16 flags;
};

/* semop(semid, ops, count): the first two of them, if they were done. */
CALL(semop)
{
	struct sem_op ops[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	u32 count = ARG(2);
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_SEMOP_X, 9, 128, EYAS_WIRE_DROP_OTHER))
		return 0;
	if (RET == 0 && count == 1)
		bpf_probe_read_user(ops, sizeof(ops[0]), USER_PTR(1));
	else if (RET == 0 && count)
		bpf_probe_read_user(ops, sizeof(ops), USER_PTR(1));
	put_s64(&ev, RET);
	put_u32(&ev, count);
	put_u16(&ev, ops[0].num);
	put_u16(&ev, ops[0].op);
	put_u16(&ev, ops[0].flags);
	put_u16(&ev, ops[1].num);
	put_u16(&ev, ops[1].op);
	put_u16(&ev, ops[1].flags);
	put_u32(&ev, ARG(0));
	event_end(&ev);
	return 0;
}
