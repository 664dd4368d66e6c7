/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Reading the kernel's structs. A program may follow pointers with plain loads only if the
 * verifier knows their type. From Linux 6.2 on one can tell it the type of any address, with
 * bpf_rdonly_cast(), which costs nothing when the program runs; before that, what comes out of an
 * array or a void pointer must be read with a helper, at some 20 ns each where returns are
 * protected against speculation.
 *
 * The pointer to the task that a helper returns is of a type one can follow in all kernels, but
 * newer ones look up the name of each pointer that is loaded from such a trusted one in all types
 * of the kernel, four times, a millisecond in all. A pointer that was cast is not trusted, and is
 * spared that.
 */
#ifndef PROBE_KREAD_H
#define PROBE_KREAD_H

#include "bpf/ktypes.h"
#include "bpf/wire.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

extern void *bpf_rdonly_cast(const void *obj, u32 btf_id) __ksym __weak;

/*
 * Numbers of types come from user space, which finds them in passing; libbpf would look through all
 * types of the kernel for each. The snapshot's object has none, so it cannot cast.
 */
#ifdef PROBE_NO_CAST
#	define CAN_CAST(type) false
#	define KCAST(type, address) ((type *)(address))
#else
const volatile struct eyas_wire_cast_ids cast_ids = {};
#	define CAST_ROW(name) struct name * : cast_ids.name,
#	define CAST_END struct eyas_wire_ring * : 0
#	define CAST_ID(type) _Generic((type *)0, EYAS_WIRE_CASTS(CAST_ROW) CAST_END)
#	define CAN_CAST(type) ((void *)bpf_rdonly_cast != NULL && CAST_ID(type))
#	define KCAST(type, address) \
		((type *)bpf_rdonly_cast((const void *)(address), CAST_ID(type)))
#endif

/* A member of the struct at an address that need not be valid: 0 if it cannot be read. */
#define KREAD(type, address, member) \
	({ \
		const type *kread_from = (const void *)(address); \
		typeof(((type *)0)->member) kread_value = 0; \
\
		if (CAN_CAST(type)) \
			kread_value = KCAST(type, kread_from)->member; \
		else \
			bpf_core_read(&kread_value, sizeof(kread_value), &kread_from->member); \
		kread_value; \
	})

/*
 * A pointer in an array, at an address that need not be valid. Any struct that begins with a
 * pointer to a struct does for the cast.
 */
#define KREAD_POINTER(address) \
	({ \
		const void *kread_at = (address), *kread_pointer = NULL; \
\
		if (CAN_CAST(struct list_head)) \
			kread_pointer = KCAST(struct list_head, kread_at)->next; \
		else \
			bpf_probe_read_kernel(&kread_pointer, sizeof(kread_pointer), kread_at); \
		kread_pointer; \
	})

/*
 * The same as a number, to calculate with: of a pointer, programs may not. Any struct that begins
 * with a number of eight bytes does.
 */
#define KREAD_ADDRESS(address) \
	({ \
		const void *kread_at = (address); \
		u64 kread_word = 0; \
\
		if (CAN_CAST(struct timespec64)) \
			kread_word = KCAST(struct timespec64, kread_at)->tv_sec; \
		else \
			bpf_probe_read_kernel(&kread_word, sizeof(kread_word), kread_at); \
		kread_word; \
	})

/* A pointer that a tracepoint hands over, without the trust and what that costs at loading. */
#define KPLAIN(type, pointer) \
	({ \
		const type *kplain_at = (const void *)(pointer); \
\
		if (CAN_CAST(type)) \
			kplain_at = KCAST(type, kplain_at); \
		kplain_at; \
	})

/* The task that a helper returned, the same way. */
static __always_inline const struct task_struct *plain_task(const struct task_struct *task)
{
	return KPLAIN(struct task_struct, task);
}

/* The task at work, for programs that are no calls (those have call_task()). */
static __always_inline const struct task_struct *current_task(void)
{
	if (CAN_CAST(struct task_struct))
		return KCAST(struct task_struct, bpf_get_current_task());
	return bpf_get_current_task_btf();
}

#endif
