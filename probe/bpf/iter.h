/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Where iterators put their records together. One process reads one iterator at a time, so one
 * record in the making is enough: it lies in the object's own memory. The length of what is there
 * lies in memory, too, where the verifier takes it for one unknown number.
 */
#ifndef PROBE_ITER_H
#define PROBE_ITER_H

#include "bpf/ktypes_iter.h"
#include "bpf/wire_iter.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define RECORD_MASK (EYAS_ITER_RECORD_MAX - 1)

/* Behind the largest record is room for the largest text. */
struct record {
	char bytes[EYAS_ITER_RECORD_MAX + 2 * EYAS_ITER_PATH_BYTES];
	volatile u32 len;
};

static struct record record SEC(".bss");

static __always_inline u32 record_len(void)
{
	return record.len & RECORD_MASK;
}

/* Where the next text goes. */
static __always_inline char *record_place(void)
{
	return record.bytes + record_len();
}

/* Hand the record on; on failure the kernel asks for it again, in a buffer that is empty. */
static __always_inline void record_end(struct seq_file *seq)
{
	u32 len = record_len();

	len = (len + 7) & RECORD_MASK & ~7u;
	*(u32 *)record.bytes = len;
	bpf_seq_write(seq, record.bytes, len);
}

#endif
