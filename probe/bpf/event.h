/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Writing events: straight into the ring of this CPU, in the layout that user space hands on
 * (include/eyas/event.h), parameter by parameter.
 *
 *	struct event ev;
 *
 *	if (!event_begin(&ev, ring, TYPE, PARAMS, MAX, DROP))
 *		return 0;
 *	put_s64(&ev, ring->ret);
 *	put_user_str(&ev, (void *)ring->args[0], PATH_BYTES);
 *	event_end(&ev);
 *
 * MAX is the most bytes such an event can have; so many must be free. Everything is inlined, so
 * that the places of lengths, and of values in front of the first one of varying length, are
 * constants. Behind that pos is a scalar which the verifier knows to lie below POS_MASK, because
 * every use masks it; that the mask never changes it follows from MAX.
 */
#ifndef PROBE_EVENT_H
#define PROBE_EVENT_H

#include "bpf/maps.h"

#define EVENT_HEADER_BYTES 26
#define PATH_BYTES 4096

struct event {
	struct eyas_wire_ring *ring;
	char *at;    /* where the event begins */
	u64 pos;     /* bytes so far */
	u32 index;   /* the next parameter */
	u32 nparams; /* all of them */
};

/* The stores of an event must be seen before the head that covers them. x86 keeps their order. */
#if defined(__TARGET_ARCH_x86)
#	define store_barrier(ring) asm volatile("" ::: "memory")
#else
/* A read-modify-write that returns the old value is a full barrier. */
#	define store_barrier(ring) ((void)__sync_fetch_and_add(&(ring)->busy, 0))
#endif

/* The ring of this CPU; NULL, and counted, if it has none. */
static __always_inline struct eyas_wire_ring *ring_of_cpu(void)
{
	u32 cpu = bpf_get_smp_processor_id(), zero = 0;
	void *ring = bpf_map_lookup_elem(&rings, &cpu);

	if (ring)
		return bpf_map_lookup_elem(ring, &zero);
	__sync_fetch_and_add(&dropped_no_ring, 1);
	return NULL;
}

/*
 * Take the ring for one event. What interrupts a program on its CPU (a fault in user memory it
 * reads, with page faults traced) must not write into the middle of its event.
 */
static __always_inline bool ring_claim(struct eyas_wire_ring *ring)
{
	if (ring->busy) {
		ring->nested++;
		return false;
	}
	ring->busy = 1;
	asm volatile("" ::: "memory");
	return true;
}

static __always_inline void ring_release(struct eyas_wire_ring *ring)
{
	asm volatile("" ::: "memory");
	ring->busy = 0;
}

static __always_inline u64 event_time(void)
{
	/* Monotonic: 10 ns cheaper than boot time, which the reader makes of it. */
	return bpf_ktime_get_ns();
}

/* Are so many bytes free? */
static __always_inline bool ring_has_room(struct eyas_wire_ring *ring, u32 bytes)
{
	u64 head = ring->head;

	if (head + bytes - ring->tail_seen <= ring_bytes)
		return true;
	ring->tail_seen = *(volatile u64 *)&ring->tail;
	return head + bytes - ring->tail_seen <= ring_bytes;
}

/* In a claimed ring; false if there is no room. */
static __always_inline bool event_open(struct event *ev, struct eyas_wire_ring *ring, u32 type,
				       u32 nparams, u32 max, u32 tid)
{
	u32 off = ring->off;
	u64 now = 0;

	if (with_sums) {
		now = ring->now;
		ring->now = 0;
	}
	if (!ring_has_room(ring, max))
		return false;
	barrier_var(off);
	if (off >= ring_bytes)
		return false;
	ev->ring = ring;
	ev->at = (char *)ring + EYAS_WIRE_HEAD_BYTES + off;
	ev->pos = EVENT_HEADER_BYTES + 2 * nparams;
	ev->index = 0;
	ev->nparams = nparams;
	*(u64 *)ev->at = now ? now : event_time();
	*(u64 *)(ev->at + 8) = tid;
	*(u16 *)(ev->at + 20) = type;
	*(u32 *)(ev->at + 22) = nparams;
	return true;
}

/* For a claimed ring; releases it if the answer is no. */
static __always_inline bool event_begin_at(struct event *ev, struct eyas_wire_ring *ring, u32 type,
					   u32 nparams, u32 max, u32 drop, u32 tid)
{
	ring->events++;
	if (event_open(ev, ring, type, nparams, max, tid))
		return true;
	if (drop < EYAS_WIRE_DROP_KINDS)
		ring->full[drop]++;
	ring_release(ring);
	return false;
}

/* The same for the thread whose call the dispatcher handed on. */
static __always_inline bool event_begin(struct event *ev, struct eyas_wire_ring *ring, u32 type,
					u32 nparams, u32 max, u32 drop)
{
	return event_begin_at(ev, ring, type, nparams, max, drop, ring->tid);
}

/* Make the event visible. */
static __always_inline void event_publish(struct event *ev)
{
	struct eyas_wire_ring *ring = ev->ring;
	u32 off = ring->off, next = off + (((u32)ev->pos + 7) & ~7u);
	u64 head = ring->head;

	if (!__builtin_constant_p(ev->pos) && ev->pos > EYAS_WIRE_EVENT_MAX) {
		ring->too_big++;
		return;
	}
	*(u32 *)(ev->at + 16) = ev->pos;
	if (next < ring_bytes) {
		head += next - off;
	} else {
		head += ring_bytes - off;
		next = 0;
	}
	ring->off = next;
	store_barrier(ring);
	*(volatile u64 *)&ring->head = head;
}

/* The same, and release the ring. */
static __always_inline void event_end(struct event *ev)
{
	event_publish(ev);
	ring_release(ev->ring);
}

/* Where the next value goes. */
static __always_inline char *event_place(struct event *ev)
{
	u64 pos = ev->pos;

	if (!__builtin_constant_p(ev->pos)) {
		barrier_var(pos);
		pos &= EYAS_WIRE_POS_MASK;
	}
	return ev->at + pos;
}

/*
 * A value the verifier knows too well: where branches meet, it would follow the rest of the program
 * once for each value they come with. Read back from the ring, it is one unknown number.
 */
static __always_inline u64 event_forget(struct eyas_wire_ring *ring, u64 value)
{
	*(volatile u64 *)&ring->pos = value;
	return *(volatile u64 *)&ring->pos;
}

/* The same for the place of the next value, after one of varying length. */
static __always_inline void event_settle(struct event *ev)
{
	ev->pos = event_forget(ev->ring, ev->pos) & EYAS_WIRE_POS_MASK;
}

/* The value just stored has so many bytes. */
static __always_inline void event_took(struct event *ev, u32 bytes)
{
	*(u16 *)(ev->at + EVENT_HEADER_BYTES + 2 * ev->index) = bytes;
	ev->index++;
	ev->pos += bytes;
}

static __always_inline void put_missing(struct event *ev)
{
	event_took(ev, 0);
}

static __always_inline void put_u8(struct event *ev, u8 value)
{
	*(u8 *)event_place(ev) = value;
	event_took(ev, 1);
}

static __always_inline void put_u16(struct event *ev, u16 value)
{
	*(u16 *)event_place(ev) = value;
	event_took(ev, 2);
}

static __always_inline void put_u32(struct event *ev, u32 value)
{
	*(u32 *)event_place(ev) = value;
	event_took(ev, 4);
}

static __always_inline void put_u64(struct event *ev, u64 value)
{
	*(u64 *)event_place(ev) = value;
	event_took(ev, 8);
}

static __always_inline void put_s64(struct event *ev, s64 value)
{
	put_u64(ev, value);
}

/* A descriptor or process id: 32 bits in the register, 64 with their sign on the wire. */
static __always_inline void put_s32(struct event *ev, u64 value)
{
	put_u64(ev, (s64)(s32)value);
}

/* An empty text: one NUL. */
static __always_inline void put_empty_str(struct event *ev)
{
	put_u8(ev, 0);
}

/*
 * How many bytes text in user memory has with its NUL, negative if it cannot be read. Of an empty
 * one, kernels up to at least 6.12 write the NUL and return 0.
 */
static __always_inline long read_user_str(void *to, u32 max, const void *user)
{
	long len = bpf_probe_read_user_str(to, max, user);

	return len ? len : 1;
}

/* Text in user memory, at most max bytes with its NUL. Missing if it cannot be read. */
static __always_inline void put_user_str(struct event *ev, const void *user, u32 max)
{
	long len = read_user_str(event_place(ev), max, user);

	event_took(ev, len > 0 ? len & 0x1fff : 0);
}

/* The same of kernel memory. */
static __always_inline void put_kernel_str(struct event *ev, const void *kernel, u32 max)
{
	long len = bpf_probe_read_kernel_str(event_place(ev), max, kernel);

	event_took(ev, len > 0 ? len & 0x1fff : 0);
}

/*
 * The smaller one. What is compared and what is used have to be one register: clang likes to
 * compare a copy, from which the verifier learns nothing (6.1: of copies of 32 bits).
 */
static __always_inline u64 at_most(u64 value, u64 max)
{
	asm("if %[value] <= %[max] goto +1\n\t%[value] = %[max]"
	    : [value] "+r"(value)
	    : [max] "ri"(max));
	return value;
}

/* bytes (at most 0xffff) of user memory. Missing if it cannot be read or there are none. */
static __always_inline void put_user_bytes(struct event *ev, const void *user, u64 bytes)
{
	bytes &= 0xffff;
	if (bytes && bpf_probe_read_user(event_place(ev), bytes, user))
		bytes = 0;
	event_took(ev, bytes);
}

#endif
