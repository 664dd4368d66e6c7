/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"

/* The beginning of struct io_uring_params. */
struct uring_params {
	u32 sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features;
};

CALL(io_uring_setup)
{
	struct uring_params params = { 0 };
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_IO_URING_SETUP_X, 8, 128, EYAS_WIRE_DROP_OTHER))
		return 0;
	bpf_probe_read_user(&params, sizeof(params), USER_PTR(1));
	put_s64(&ev, RET);
	put_u32(&ev, ARG(0));
	put_u32(&ev, params.sq_entries);
	put_u32(&ev, params.cq_entries);
	put_u32(&ev, params.flags);
	put_u32(&ev, params.sq_thread_cpu);
	put_u32(&ev, params.sq_thread_idle);
	put_u32(&ev, params.features);
	event_end(&ev);
	return 0;
}
