/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* process_vm_readv(pid, local, local_count, remote, ...) and process_vm_writev(). */
#include "bpf/call.h"
#include "bpf/io.h"

/* The data, before or behind the call, is what the caller's own buffers hold. */
static __always_inline int emit_process_vm(struct eyas_wire_ring *ring, u32 type)
{
	struct user_iov local = { USER_PTR(1), ARG(2) };
	u32 bytes = RET > 0 ? at_most(at_most(RET, config.snap_bytes), DATA_MAX) : 0;
	struct event ev;

	if (!event_begin(&ev, ring, type, 3, 128 + bytes, EYAS_WIRE_DROP_OTHER))
		return 0;
	put_s64(&ev, RET);
	put_s32(&ev, ARG(0));
	if (bytes)
		put_iov_data(&ev, fetch_iov(ring, &local), bytes);
	else
		put_missing(&ev);
	event_end(&ev);
	return 0;
}

CALL(process_vm_readv)
{
	return emit_process_vm(ring, EVENT_SYSCALL_PROCESS_VM_READV_X);
}

CALL(process_vm_writev)
{
	return emit_process_vm(ring, EVENT_SYSCALL_PROCESS_VM_WRITEV_X);
}
