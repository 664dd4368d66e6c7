/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Is an event wanted, beyond its type? The tests that user space pushed down (struct
 * eyas_live_tests), failed calls, sampling. Asked only when config.choosy says that there is
 * something to ask.
 */
#ifndef PROBE_TESTS_H
#define PROBE_TESTS_H

#include "bpf/call.h"
#include "bpf/event.h"

#define SECOND_NS 1000000000ull

/* The sampling phase of all CPUs: what can be left out is. */
__u32 sampling_drops = 0;

/* Tell that a phase of sampling begins or ends, with the ratio. */
static __always_inline void emit_phase(struct eyas_wire_ring *ring, u32 type, u32 tid)
{
	struct event ev;

	if (!ring_claim(ring))
		return;
	if (!event_begin_at(&ev, ring, type, 1, 64, EYAS_WIRE_DROP_OTHER, tid))
		return;
	put_u32(&ev, config.sampling);
	event_end(&ev);
}

/* The first 1/N of each second keeps all; the CPU that sees the change first tells it. */
static __always_inline bool sampling_keeps(struct eyas_wire_ring *ring, u32 how, u32 tid)
{
	u32 drops;

	if (how & EYAS_WIRE_HOW_KEEP)
		return true;
	if (how & EYAS_WIRE_HOW_DROP)
		return false;
	drops = bpf_ktime_get_boot_ns() % SECOND_NS >= SECOND_NS / config.sampling;
	if (drops != sampling_drops &&
	    __sync_val_compare_and_swap(&sampling_drops, !drops, drops) == !drops)
		emit_phase(ring, drops ? EVENT_DROP_E : EVENT_DROP_X, tid);
	return !drops;
}

/* Where the first path of an event is, if it has one. */
enum path_place { PATH_NONE, PATH_USER, PATH_KERNEL };

/* Does the path begin as wanted? Eight bytes at a time; the buffer is all zero behind the text. */
static __always_inline bool path_begins(enum path_place place, const void *path)
{
	u64 text[EYAS_WIRE_TEST_PATH_WORDS] = { 0 };
	u32 len = config.test_path_len & (sizeof(text) - 1), i;

	if (place == PATH_NONE)
		return false;
	if (place == PATH_USER ? bpf_probe_read_user(text, len, path)
			       : bpf_probe_read_kernel(text, len, path))
		return false;
	for (i = 0; i < EYAS_WIRE_TEST_PATH_WORDS; i++)
		if ((text[i] ^ config.test_path[i]) & config.test_path_mask[i])
			return false;
	return true;
}

static __always_inline bool same_comm(const struct task_struct *task)
{
	const u64 *comm = (const u64 *)task->comm;

	return comm[0] == *(u64 *)config.test_comm && comm[1] == *(u64 *)(config.test_comm + 8);
}

/* The tests that need the task and the result of its call only. */
static __always_inline bool task_passes(const struct task_struct *task, s64 ret)
{
	u32 tests = config.tests, tgid = task->tgid;

	if (tests & EYAS_WIRE_TEST_PID && tgid != config.test_pid)
		return false;
	if (tests & EYAS_WIRE_TEST_FAILED && ret >= 0)
		return false;
	if (tests & EYAS_WIRE_TEST_SUCCEEDED && ret < 0)
		return false;
	if (tests & EYAS_WIRE_TEST_UID &&
	    KREAD(struct cred, KREAD(struct task_struct, task, cred), uid.val) != config.test_uid)
		return false;
	if (tests & EYAS_WIRE_TEST_COMM && !same_comm(task))
		return false;
	if (tests & EYAS_WIRE_TEST_CGROUP && bpf_get_current_cgroup_id() != config.test_cgroup)
		return false;
	if (tests & EYAS_WIRE_TEST_FOLLOW && !bpf_map_lookup_elem(&followed, &tgid))
		return false;
	return true;
}

static __always_inline bool state_is_exempt(u32 how)
{
	return config.tests & EYAS_WIRE_TEST_KEEP_STATE && how & EYAS_WIRE_HOW_STATE;
}

/* For events that are no system calls: how says what the dispatcher finds in its table. */
static __always_inline bool is_event_chosen(struct eyas_wire_ring *ring,
					    const struct task_struct *task, u32 how,
					    enum path_place place, const void *path)
{
	if (!config.choosy)
		return true;
	if ((state_is_exempt(how) ||
	     (task_passes(task, 0) &&
	      (!(config.tests & EYAS_WIRE_TEST_PATH) || path_begins(place, path)))) &&
	    (!config.sampling || sampling_keeps(ring, how, task->pid)))
		return true;
	ring->tests++;
	return false;
}

/* For the end of a system call; path is its first path in user memory, if has_path. */
static __always_inline bool is_call_chosen(struct eyas_wire_ring *ring,
					   const struct task_struct *task, u32 how, s64 ret,
					   bool has_path, const void *path)
{
	if (config.drop_failed && ret < 0)
		goto no;
	if (!state_is_exempt(how)) {
		if (!task_passes(task, ret))
			goto no;
		if (config.tests & EYAS_WIRE_TEST_PATH &&
		    !path_begins(has_path ? PATH_USER : PATH_NONE, path))
			goto no;
	}
	if (!config.sampling || sampling_keeps(ring, how, task->pid))
		return true;
no:
	ring->tests++;
	return false;
}

#endif
