/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The probe's maps and settings. */
#ifndef PROBE_MAPS_H
#define PROBE_MAPS_H

#include "bpf/ktypes.h"

#include <bpf/bpf_helpers.h>

#include "bpf/wire.h"

/*
 * A ring for each CPU, by its number. They are maps of their own so that one can be added for a
 * CPU that comes later; value_size is set to what the reader asked for before loading.
 */
struct ring_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u32));
	__uint(value_size, 4 << 20);
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, u32);
	__array(values, struct ring_map);
} rings SEC(".maps");

/* Programs for calls that need more than the generic one, by number. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, EYAS_WIRE_SYSCALLS);
	__type(key, u32);
	__type(value, u32);
} programs SEC(".maps");

/* Processes that are followed with their descendants, by tgid. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u32);
	__type(value, u8);
} followed SEC(".maps");

/* Bytes of a ring in which events begin; known to the verifier, hence constant. */
const volatile __u32 ring_bytes = (4 << 20) - EYAS_WIRE_HEAD_BYTES - EYAS_WIRE_SLACK_BYTES;
/* Is there more to take of the data of some sockets? Constant: it is much to verify if not. */
const volatile __u32 with_dynamic_snap = 0;
/* Are reads and writes summed up (sums.h)? Constant for the same reason. */
const volatile __u32 with_sums = 0;
/* The generic program's table, and numbers of 32-bit calls as those of this machine (0xffff =
 * none). */
const volatile struct eyas_wire_row rows[EYAS_WIRE_SYSCALLS] = {};
const volatile __u16 compat_numbers[EYAS_WIRE_SYSCALLS] = {};

/* Of a page of memory. */
const volatile __u32 page_kib = 4;

struct eyas_wire_config config = {};
/* Events lost because the CPU they happened on has no ring. */
__u64 dropped_no_ring = 0;

#endif
