/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Where the dispatcher jumps to when there is more to find out about a call. They end in a jump to
 * the program of the call; for calls without one of their own, that is part_row.
 */
#ifndef PROBE_PARTS_H
#define PROBE_PARTS_H

#include "bpf/call.h"
#include "bpf/generic.h"
#include "bpf/sums.h"
#include "bpf/tests.h"

/* The place of a call's program: of the one that looks after sums, if it has to do with them. */
static __always_inline u32 place_of(u32 nr)
{
	return with_sums && config.calls[nr].sum ? EYAS_WIRE_PART_SUM : nr;
}

/* The generic program for those who are not the dispatcher. */
SEC("eyas/sys_exit")
int part_row(u64 *ctx)
{
	struct eyas_wire_ring *ring = ring_of_cpu();
	u32 nr;

	if (!ring)
		return 0;
	nr = ring->nr & (EYAS_WIRE_SYSCALLS - 1);
	if (!rows[nr].type)
		return emit_nameless(ring, ring->tid, nr, config.calls[nr].code);
	return emit_row(ring, &rows[nr]);
}

/* Tests and sampling. */
SEC("eyas/sys_exit")
int part_choosy(u64 *ctx)
{
	struct eyas_wire_ring *ring = ring_of_cpu();
	u32 nr, how, path;
	const void *at = NULL;

	if (!ring)
		return 0;
	nr = ring->nr & (EYAS_WIRE_SYSCALLS - 1);
	how = config.calls[nr].how;
	path = config.calls[nr].path;
	if (path < 6)
		at = USER_PTR(path);
	ring_release(ring);
	if (!is_call_chosen(ring, call_task(ring), how, RET, path < 6, at) || !ring_claim(ring))
		return 0;
	bpf_tail_call(ctx, &programs, place_of(nr));
	return call_lost(ring);
}

#if defined(__TARGET_ARCH_x86)

/*
 * socketcall(2): one number for all socket calls of 32-bit programs, the arguments in memory. Each
 * becomes the call it stands for; send and recv, which have no number of their own, are sendto and
 * recvfrom without an address.
 */
static const struct {
	u16 nr;
	u16 nargs;
} socketcalls[32] = {
	[1] = { 41, 3 },   /* socket */
	[2] = { 49, 3 },   /* bind */
	[3] = { 42, 3 },   /* connect */
	[4] = { 50, 2 },   /* listen */
	[5] = { 43, 3 },   /* accept */
	[6] = { 51, 3 },   /* getsockname */
	[7] = { 52, 3 },   /* getpeername */
	[8] = { 53, 4 },   /* socketpair */
	[9] = { 44, 4 },   /* send */
	[10] = { 45, 4 },  /* recv */
	[11] = { 44, 6 },  /* sendto */
	[12] = { 45, 6 },  /* recvfrom */
	[13] = { 48, 2 },  /* shutdown */
	[14] = { 54, 5 },  /* setsockopt */
	[15] = { 55, 5 },  /* getsockopt */
	[16] = { 46, 3 },  /* sendmsg */
	[17] = { 47, 3 },  /* recvmsg */
	[18] = { 288, 4 }, /* accept4 */
	[19] = { 299, 5 }, /* recvmmsg */
	[20] = { 307, 4 }, /* sendmmsg */
};

SEC("eyas/sys_exit")
int part_socketcall(u64 *ctx)
{
	struct eyas_wire_ring *ring = ring_of_cpu();
	u32 words[6] = { 0 };
	u64 which;
	u32 nr, i;

	if (!ring)
		return 0;
	which = (u32)ring->args[0];
	if (which >= 32)
		goto out;
	nr = socketcalls[which].nr;
	if (!nr || nr >= EYAS_WIRE_SYSCALLS || !(config.calls[nr].gate & EYAS_WIRE_NATIVE))
		goto out;
	bpf_probe_read_user(words, (socketcalls[which].nargs & 7) * sizeof(u32), USER_PTR(1));
	for (i = 0; i < 6; i++)
		ring->args[i] = words[i];
	ring->nr = nr;
	bpf_tail_call(ctx, &programs, config.choosy ? EYAS_WIRE_PART_CHOOSY : place_of(nr));
	return call_lost(ring);
out:
	ring_release(ring);
	return 0;
}

#endif

#endif
