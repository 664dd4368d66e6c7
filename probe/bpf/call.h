/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What a program for one system call begins with. The dispatcher has claimed the ring of this CPU
 * and put number, arguments and result into its head.
 *
 *	CALL(getcwd)
 *	{
 *		struct event ev;
 *		...
 *	}
 *
 * makes call_getcwd, which user space finds by its name and enters into the table of programs.
 * The body must end the event, or release the ring. ctx is the tracepoint's: registers, result.
 */
#ifndef PROBE_CALL_H
#define PROBE_CALL_H

#include "bpf/event.h"
#include "bpf/kread.h"

#define CALL(name) \
	static __always_inline int name##_body(struct eyas_wire_ring *ring, u64 *ctx); \
	SEC("eyas/sys_exit") int call_##name(u64 *ctx) \
	{ \
		struct eyas_wire_ring *ring = ring_of_cpu(); \
\
		return ring ? name##_body(ring, ctx) : 0; \
	} \
	static __always_inline int name##_body(struct eyas_wire_ring *ring, u64 *ctx)

/* The task that makes the call. */
static __always_inline const struct task_struct *call_task(const struct eyas_wire_ring *ring)
{
	if (CAN_CAST(struct task_struct))
		return KCAST(struct task_struct, ring->task);
	return bpf_get_current_task_btf();
}

#define ARG(n) (ring->args[n])
#define RET ((s64)ring->args[EYAS_WIRE_FROM_RET])
#define USER_PTR(n) ((const void *)ring->args[n])

/* Numbers of event types (src/schema/events.def). */
#define EV(id, constant, name, category, flags, params) EVENT_##constant = id,
enum {
#include "schema/events.def"
};
#undef EV

/* Numbers of calls, of which the ring's head has one. -1 = there is no such call here. */
#if defined(__TARGET_ARCH_x86)
#	define SC(id, constant, name, kind, x86_64, aarch64, ...) NR_##constant = x86_64,
#else
#	define SC(id, constant, name, kind, x86_64, aarch64, ...) NR_##constant = aarch64,
#endif
enum {
#include "schema/syscalls.def"
};
#undef SC

#endif
