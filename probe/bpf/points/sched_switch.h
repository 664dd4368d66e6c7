/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* A CPU goes from one thread, which the event is about, to another. */
#include "bpf/mm.h"
#include "bpf/points/point.h"

SEC("tp_btf/sched_switch")
int sched_switch(u64 *ctx)
{
	const struct task_struct *prev = KPLAIN(struct task_struct, ctx[1]);
	const struct task_struct *next = KPLAIN(struct task_struct, ctx[2]);
	struct eyas_wire_ring *ring = point_ring(prev, EYAS_WIRE_POINT_SWITCH, HOW_POINT);
	struct event ev;

	if (!ring)
		return 0;
	if (!event_begin_at(&ev, ring, EVENT_SCHEDSWITCH_6_E, 6, 128, EYAS_WIRE_DROP_OTHER,
			    prev->pid))
		return 0;
	put_s64(&ev, next->pid);
	put_u64(&ev, prev->maj_flt);
	put_u64(&ev, prev->min_flt);
	put_vm(&ev, prev->mm);
	event_end(&ev);
	return 0;
}
