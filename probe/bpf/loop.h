/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Loops of many rounds. The verifier walks through each round of an ordinary one, and compares
 * what it finds with all it found before, so that a hundred rounds take it longer than all the
 * rest of a program. With bpf_loop(), since Linux 5.17, it looks at the round alone, until nothing
 * new comes of it: numbers that grow from round to round belong into memory of a map (event_forget).
 */
#ifndef PROBE_LOOP_H
#define PROBE_LOOP_H

#include "bpf/ktypes.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* At most rounds times step(index, context), until it returns something else than 0. */
static __always_inline void loop(u32 rounds, long (*step)(u32 index, void *context), void *context)
{
	u32 i;

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
		bpf_loop(rounds, step, context, 0);
		return;
	}
	for (i = 0; i < rounds; i++)
		if (step(i, context))
			break;
}

#endif
