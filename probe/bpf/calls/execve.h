/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* An execve or execveat that failed; the other ones are seen at sched_process_exec. */
#include "bpf/call.h"
#include "bpf/exe.h"
#include "bpf/user.h"

/* Pointers to arguments, and to the environment, that are followed. */
#define EXEC_POINTERS 16

/* Texts that an array in user memory points to, as they are gathered. */
struct exec_texts {
	struct eyas_wire_ring *ring;
	char *at;
	u64 array;
	u64 used; /* bytes at at */
	u32 compat;
};

static __always_inline u64 exec_pointer(u32 compat, u64 array, u32 index)
{
	return compat ? user_u32((void *)(array + index * 4))
		      : user_u64((void *)(array + index * 8));
}

/* Those that fault are left out. */
static long exec_step(u32 index, void *context)
{
	struct exec_texts *texts = context;
	u64 user = exec_pointer(texts->compat, texts->array, index);
	u64 used = texts->used & (2 * ARGS_BYTES - 1);
	long len;

	if (!user || used >= ARGS_BYTES)
		return 1;
	len = read_user_str(texts->at + used, ARGS_BYTES - used, (void *)user);
	if (len > 0)
		texts->used = event_forget(texts->ring, used + len);
	return 0;
}

/* From the one with the number first on. */
static __always_inline void put_user_texts(struct event *ev, u64 array, u32 first)
{
	u32 compat = ev->ring->compat;
	struct exec_texts texts = { .ring = ev->ring, .compat = compat };

	texts.at = event_place(ev);
	texts.array = array + first * (compat ? 4 : 8);
	loop(EXEC_POINTERS - first, exec_step, &texts);
	event_took(ev, texts.used & (2 * ARGS_BYTES - 1));
	event_settle(ev);
}

CALL(execve)
{
	const struct task_struct *task = call_task(ring);
	bool at = ring->nr == NR_EXECVEAT;
	u64 path = at ? ARG(1) : ARG(0), argv = at ? ARG(2) : ARG(1), envp = at ? ARG(3) : ARG(2);
	u32 type = at ? EVENT_SYSCALL_EXECVEAT_X : EVENT_SYSCALL_EXECVE_19_X;
	struct event ev;

	if (RET >= 0) {
		ring_release(ring);
		return 0;
	}
	if (!event_begin(&ev, ring, type, at ? 30 : 31, EXEC_BYTES, EYAS_WIRE_DROP_EXECVE))
		return 0;
	event_settle(&ev);
	put_s64(&ev, RET);
	put_user_str(&ev, (void *)exec_pointer(ring->compat, argv, 0), ARGS_BYTES);
	event_settle(&ev);
	put_user_texts(&ev, argv, 1);
	put_proc(&ev, task);
	put_user_texts(&ev, envp, 0);
	put_exe(&ev, task);
	if (ring->nr != NR_EXECVEAT)
		put_user_str(&ev, (void *)path, PATH_BYTES);
	event_end(&ev);
	return 0;
}
