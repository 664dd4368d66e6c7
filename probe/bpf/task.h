/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What is asked of the task that makes a call: its arguments, its kind. */
#ifndef PROBE_TASK_H
#define PROBE_TASK_H

#include "bpf/event.h"
#include <bpf/bpf_core_read.h>

#if defined(__TARGET_ARCH_x86)

#	define TS_COMPAT 2

static __always_inline u64 call_number(const struct pt_regs *regs)
{
	return regs->orig_ax;
}

static __always_inline bool task_is_compat(const struct task_struct *task)
{
	return task->thread_info.status & TS_COMPAT;
}

static __always_inline u32 first_arg(const struct pt_regs *regs, bool compat)
{
	return compat ? regs->bx : regs->di;
}

/* The arguments go where programs look for them. */
static __always_inline void take_args(struct eyas_wire_ring *ring, const struct pt_regs *regs,
				      bool compat)
{
	if (!compat) {
		ring->args[0] = regs->di;
		ring->args[1] = regs->si;
		ring->args[2] = regs->dx;
		ring->args[3] = regs->r10;
		ring->args[4] = regs->r8;
		ring->args[5] = regs->r9;
		return;
	}
	ring->args[0] = (u32)regs->bx;
	ring->args[1] = (u32)regs->cx;
	ring->args[2] = (u32)regs->dx;
	ring->args[3] = (u32)regs->si;
	ring->args[4] = (u32)regs->di;
	ring->args[5] = (u32)regs->bp;
}

#elif defined(__TARGET_ARCH_arm64)

#	define TIF_32BIT (1ul << 22)

static __always_inline u64 call_number(const struct pt_regs *regs)
{
	return (u32)regs->syscallno;
}

static __always_inline bool task_is_compat(const struct task_struct *task)
{
	return task->thread_info.flags & TIF_32BIT;
}

static __always_inline u32 first_arg(const struct pt_regs *regs, bool compat)
{
	return regs->orig_x0;
}

static __always_inline void take_args(struct eyas_wire_ring *ring, const struct pt_regs *regs,
				      bool compat)
{
	/* x0 holds the result by now. */
	ring->args[0] = regs->orig_x0;
	ring->args[1] = regs->regs[1];
	ring->args[2] = regs->regs[2];
	ring->args[3] = regs->regs[3];
	ring->args[4] = regs->regs[4];
	ring->args[5] = regs->regs[5];
}

#endif

#endif
