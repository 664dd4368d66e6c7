/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Faults of user space and of the kernel on user memory. Only x86 has these tracepoints. */
#include "bpf/points/point.h"

#if defined(__TARGET_ARCH_x86)

static __always_inline int page_fault(u32 point, u64 addr, const struct pt_regs *regs, u64 error)
{
	const struct task_struct *task = current_task();
	struct eyas_wire_ring *ring = point_ring(task, point, HOW_POINT);
	struct event ev;

	if (!ring)
		return 0;
	if (!event_begin_at(&ev, ring, EVENT_PAGE_FAULT_E, 3, 64, EYAS_WIRE_DROP_OTHER, task->pid))
		return 0;
	put_u64(&ev, addr);
	put_u64(&ev, regs->ip);
	put_u32(&ev, error);
	event_end(&ev);
	return 0;
}

SEC("tp_btf/page_fault_user")
int page_fault_user(u64 *ctx)
{
	return page_fault(EYAS_WIRE_POINT_FAULT_USER, ctx[0], (void *)ctx[1], ctx[2]);
}

SEC("tp_btf/page_fault_kernel")
int page_fault_kernel(u64 *ctx)
{
	return page_fault(EYAS_WIRE_POINT_FAULT_KERNEL, ctx[0], (void *)ctx[1], ctx[2]);
}

#endif
