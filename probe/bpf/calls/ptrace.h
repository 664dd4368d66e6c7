/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include "bpf/call.h"
#include "bpf/user.h"

/* As in linux/ptrace.h, which brings registers that are not ours along. */
enum {
	TRACE_PEEKTEXT = 1,
	TRACE_PEEKDATA = 2,
	TRACE_PEEKUSR = 3,
	TRACE_CONT = 7,
	TRACE_SINGLESTEP = 9,
	TRACE_DETACH = 17,
	TRACE_SYSCALL = 24
};

/* Variants of the event's parameters (src/schema/dynamic.def). */
enum { PTRACE_VARIANT_INT, PTRACE_VARIANT_SIGNAL };

static __always_inline void put_variant_u64(struct event *ev, u64 value)
{
	char *at = event_place(ev);

	*(u8 *)at = PTRACE_VARIANT_INT;
	*(u64 *)(at + 1) = value;
	event_took(ev, 9);
}

static __always_inline void put_variant_signal(struct event *ev, u8 signal)
{
	char *at = event_place(ev);

	at[0] = PTRACE_VARIANT_SIGNAL;
	at[1] = signal;
	event_took(ev, 2);
}

/* What the call got or gave: what was read, the signal to go on with, or the argument. */
static __always_inline void put_ptrace_data(struct event *ev, const struct eyas_wire_ring *ring)
{
	u64 data = ARG(3);

	switch (ARG(0)) {
	case TRACE_PEEKTEXT:
	case TRACE_PEEKDATA:
	case TRACE_PEEKUSR:
		put_variant_u64(ev, ring->compat ? user_u32((void *)data) : user_u64((void *)data));
		break;
	case TRACE_CONT:
	case TRACE_SINGLESTEP:
	case TRACE_DETACH:
	case TRACE_SYSCALL:
		put_variant_signal(ev, data);
		break;
	default:
		put_variant_u64(ev, data);
	}
}

CALL(ptrace)
{
	struct event ev;

	if (!event_begin(&ev, ring, EVENT_SYSCALL_PTRACE_X, 5, 128, EYAS_WIRE_DROP_STATE_OTHER))
		return 0;
	put_s64(&ev, RET);
	if (RET < 0) {
		put_variant_u64(&ev, 0);
		put_variant_u64(&ev, 0);
	} else {
		put_variant_u64(&ev, ARG(2));
		put_ptrace_data(&ev, ring);
	}
	event_settle(&ev);
	put_u16(&ev, ARG(0));
	put_s32(&ev, ARG(1));
	event_end(&ev);
	return 0;
}
