/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What programs at tracepoints other than the end of system calls begin with. */
#ifndef PROBE_POINT_H
#define PROBE_POINT_H

#include "bpf/call.h"
#include "bpf/task.h"
#include "bpf/tests.h"

/* The ring of this CPU, claimed, if an event about the task and the path is wanted; else NULL. */
static __always_inline struct eyas_wire_ring *point_ring_path(const struct task_struct *task,
							      u32 point, u32 how,
							      enum path_place place,
							      const void *path)
{
	struct eyas_wire_ring *ring;

	if (!(config.points & point) || (u32)task->tgid == config.self_tgid)
		return NULL;
	ring = ring_of_cpu();
	return ring && is_event_chosen(ring, task, how, place, path) && ring_claim(ring) ? ring
											 : NULL;
}

/* For events without a path. */
static __always_inline struct eyas_wire_ring *point_ring(const struct task_struct *task, u32 point,
							 u32 how)
{
	return point_ring_path(task, point, how, PATH_NONE, NULL);
}

#define HOW_POINT 0
#define HOW_POINT_STATE (EYAS_WIRE_HOW_STATE | EYAS_WIRE_HOW_KEEP)

#endif
