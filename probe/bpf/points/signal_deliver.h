/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/points/point.h"

enum {
	SIGNAL_HUP = 1,
	SIGNAL_INT = 2,
	SIGNAL_QUIT = 3,
	SIGNAL_KILL = 9,
	SIGNAL_TERM = 15,
	SIGNAL_CHLD = 17,
	SIGNAL_TSTP = 20,
	SIGNAL_RTMIN = 32
};

/*
 * Who sent it, 0 if that is not known. The kernel's own signals carry other things in the place of
 * the sender, which therefore is looked at only for signals that people send.
 */
static __always_inline int signal_sender(int sig, const struct kernel_siginfo *info)
{
	int pid = 0, code = 0;

	/* 0 and 1 stand for the kernel and for nobody. */
	if ((u64)info <= 1)
		return 0;
	bpf_core_read(&code, sizeof(code), &info->si_code);
	switch (sig) {
	case SIGNAL_HUP:
	case SIGNAL_INT:
	case SIGNAL_QUIT:
	case SIGNAL_TERM:
	case SIGNAL_TSTP:
		if (code > 0)
			return 0;
		break;
	case SIGNAL_KILL:
	case SIGNAL_CHLD:
		break;
	default:
		if (sig < SIGNAL_RTMIN)
			return 0;
	}
	bpf_core_read(&pid, sizeof(pid), &info->_sifields._kill._pid);
	return pid;
}

SEC("tp_btf/signal_deliver")
int signal_deliver(u64 *ctx)
{
	const struct task_struct *task = current_task();
	struct eyas_wire_ring *ring = point_ring(task, EYAS_WIRE_POINT_SIGNAL, HOW_POINT);
	struct event ev;

	if (!ring)
		return 0;
	if (!event_begin_at(&ev, ring, EVENT_SIGNALDELIVER_E, 3, 64, EYAS_WIRE_DROP_OTHER,
			    task->pid))
		return 0;
	put_s64(&ev, signal_sender((int)ctx[0], (void *)ctx[1]));
	put_s64(&ev, task->pid);
	put_u8(&ev, ctx[0]);
	event_end(&ev);
	return 0;
}
