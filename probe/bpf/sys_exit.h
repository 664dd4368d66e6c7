/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The end of every system call comes by here: is it wanted, and if so, which program makes the
 * event? A call that nobody wants costs a load and a test.
 */
#ifndef PROBE_SYS_EXIT_H
#define PROBE_SYS_EXIT_H

#include "bpf/generic.h"
#include "bpf/sums.h"
#include "bpf/task.h"

/* An answer to the reader's heartbeat. */
static __always_inline void beat(void)
{
	struct eyas_wire_ring *ring = ring_of_cpu();

	if (ring)
		ring->beats++;
}

SEC("tp_btf/sys_exit")
int sys_exit(u64 *ctx)
{
	const struct pt_regs *regs = (void *)ctx[0];
	const struct task_struct *task;
	struct eyas_wire_ring *ring;
	u64 nr = call_number(regs);
	u32 gate, how, tid, sum = 0;
	bool compat;

	if (nr >= EYAS_WIRE_SYSCALLS)
		return 0;
	gate = config.calls[nr].gate;
	if (!gate)
		return 0;
	task = bpf_get_current_task_btf();
	compat = task_is_compat(task);
	tid = task->pid;
	if ((u32)task->tgid == config.self_tgid) {
		if (gate & EYAS_WIRE_BEAT)
			beat();
		return 0;
	}
	if (compat) {
		if (!(gate & EYAS_WIRE_COMPAT))
			return 0;
		nr = compat_numbers[nr];
		if (nr >= EYAS_WIRE_SYSCALLS)
			return 0;
	} else if (!(gate & EYAS_WIRE_NATIVE)) {
		return 0;
	}
	if (with_sums) {
		sum = config.calls[nr].sum;
		/* With tests to make, it is added behind them. */
		if (sum && !config.choosy &&
		    sum_add(plain_task(task), first_arg(regs, compat), sum, ctx[1]))
			return 0;
	}
	ring = ring_of_cpu();
	if (!ring || !ring_claim(ring))
		return 0;
	how = config.calls[nr].how;
	if (config.choosy && nr != EYAS_WIRE_PART_SOCKETCALL)
		how |= EYAS_WIRE_HOW_CHOOSY;
	if (!(how & (EYAS_WIRE_HOW_ROW | EYAS_WIRE_HOW_PROGRAM | EYAS_WIRE_HOW_CHOOSY)))
		return emit_nameless(ring, tid, nr, config.calls[nr].code);
	take_args(ring, regs, compat);
	ring->args[EYAS_WIRE_FROM_RET] = ctx[1];
	ring->nr = nr;
	ring->task = (u64)task;
	ring->tid = tid;
	ring->compat = compat;
	if (how & EYAS_WIRE_HOW_CHOOSY)
		nr = EYAS_WIRE_PART_CHOOSY;
	else if (with_sums && sum)
		nr = EYAS_WIRE_PART_SUM;
	else if (!(how & EYAS_WIRE_HOW_PROGRAM))
		return emit_row(ring, &rows[nr]);
	bpf_tail_call(ctx, &programs, nr);
	return call_lost(ring);
}

#endif
