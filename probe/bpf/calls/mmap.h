/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include "bpf/mm.h"
#include "bpf/task.h"

#define IA32_OLD_MMAP 90
#define IA32_PAGE_BYTES 4096

struct mmap_args {
	u64 addr, length, prot, flags, fd, offset;
};

/* 32-bit callers have two calls: one with six numbers in memory, one that counts pages. */
static __always_inline void mmap_args(const struct eyas_wire_ring *ring, const u64 *ctx,
				      struct mmap_args *ret_args)
{
	u32 narrow[6] = {};

	if (ring->compat && call_number((const struct pt_regs *)ctx[0]) == IA32_OLD_MMAP) {
		bpf_probe_read_user(narrow, sizeof(narrow), USER_PTR(0));
		ret_args->addr = narrow[0];
		ret_args->length = narrow[1];
		ret_args->prot = narrow[2];
		ret_args->flags = narrow[3];
		ret_args->fd = narrow[4];
		ret_args->offset = narrow[5];
		return;
	}
	ret_args->addr = ARG(0);
	ret_args->length = ARG(1);
	ret_args->prot = ARG(2);
	ret_args->flags = ARG(3);
	ret_args->fd = ARG(4);
	ret_args->offset = ring->compat ? ARG(5) * IA32_PAGE_BYTES : ARG(5);
}

CALL(mmap)
{
	struct mmap_args args;
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_MMAP_X, 10, 192, EYAS_WIRE_DROP_OTHER))
		return 0;
	mmap_args(ring, ctx, &args);
	put_s64(&ev, RET);
	put_vm(&ev, call_task(ring)->mm);
	put_u64(&ev, args.addr);
	put_u64(&ev, args.length);
	put_u32(&ev, args.prot);
	put_u32(&ev, args.flags);
	put_s32(&ev, args.fd);
	put_u64(&ev, args.offset);
	event_end(&ev);
	return 0;
}

CALL(munmap)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_MUNMAP_X, 6, 128, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_vm(&ev, call_task(ring)->mm);
	put_u64(&ev, ARG(0));
	put_u64(&ev, ARG(1));
	event_end(&ev);
	return 0;
}
