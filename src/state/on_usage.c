/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much memory and time do threads use? Called for events that carry such counters: memory
 * maps, switches between threads, and the periodic CPU times of a capture.
 */
#include "state/on.h"

/* ---- memory ---- */

void on_set_usage(struct eyas_thread *thread, const struct on_params *params)
{
	/* Old events have none of them. */
	if (!on_has(params, ON_PROC_VM_SWAP))
		return;
	thread->pfmajor = on_params_uint(params, ON_PROC_PGFT_MAJ, 0);
	thread->pfminor = on_params_uint(params, ON_PROC_PGFT_MIN, 0);
	thread->vmsize_kb = (uint32_t)on_params_uint(params, ON_PROC_VM_SIZE, 0);
	thread->vmrss_kb = (uint32_t)on_params_uint(params, ON_PROC_VM_RSS, 0);
	thread->vmswap_kb = (uint32_t)on_params_uint(params, ON_PROC_VM_SWAP, 0);
}

void on_memory(struct eyas_state *state, struct eyas_context *context)
{
	enum { VM_SIZE = 1, VM_RSS = 2, VM_SWAP = 3 };
	const struct eyas_event *event = context->event;
	struct eyas_thread *thread = context->thread;

	(void)state;
	thread->vmsize_kb = (uint32_t)on_uint(event, VM_SIZE, thread->vmsize_kb);
	thread->vmrss_kb = (uint32_t)on_uint(event, VM_RSS, thread->vmrss_kb);
	thread->vmswap_kb = (uint32_t)on_uint(event, VM_SWAP, thread->vmswap_kb);
}

/* ---- switches ---- */

/* The time of the last switch on a CPU, 0 before the first; NULL when there is no memory. */
static uint64_t *last_switch(struct eyas_state *state, uint16_t cpu)
{
	uint32_t ncpus = cpu + 1u;
	uint64_t *times;

	if (cpu >= state->ncpus) {
		times = state_realloc(state, state->switch_ts_ns, state->ncpus * sizeof(*times),
				      ncpus * sizeof(*times));
		if (!times)
			return NULL;
		state->switch_ts_ns = times;
		while (state->ncpus < ncpus)
			times[state->ncpus++] = 0;
	}
	return &state->switch_ts_ns[cpu];
}

/* The event is of the thread that leaves the CPU, which had it since the switch before. */
static uint64_t time_on_cpu(struct eyas_state *state, const struct eyas_event *event)
{
	uint64_t *last = last_switch(state, event->cpu), before;

	if (!last)
		return 0;
	before = *last;
	*last = event->ts_ns;
	return before && before < event->ts_ns ? event->ts_ns - before : 0;
}

void on_switch(struct eyas_state *state, struct eyas_context *context)
{
	enum { PGFT_MAJ = 1, PGFT_MIN = 2, VM_SIZE = 3, VM_RSS = 4, VM_SWAP = 5 };
	const struct eyas_event *event = context->event;
	struct eyas_thread *thread = context->thread, *leader;

	context->exectime_ns = time_on_cpu(state, event);
	if (!thread)
		return;
	thread->exectime_total_ns += context->exectime_ns;
	thread->pfmajor = on_uint(event, PGFT_MAJ, thread->pfmajor);
	thread->pfminor = on_uint(event, PGFT_MIN, thread->pfminor);
	leader = eyas_thread_leader(thread);
	leader->vmsize_kb = (uint32_t)on_uint(event, VM_SIZE, leader->vmsize_kb);
	leader->vmrss_kb = (uint32_t)on_uint(event, VM_RSS, leader->vmrss_kb);
	leader->vmswap_kb = (uint32_t)on_uint(event, VM_SWAP, leader->vmswap_kb);
}

/* ---- CPU times ---- */

/* Ticks of a hundredth of a second, counted for a second, are percents. */
static double percent(uint64_t before, uint64_t now)
{
	if (now <= before)
		return 0;
	return now - before > 100 ? 100 : (double)(now - before);
}

void on_procinfo(struct eyas_state *state, struct eyas_context *context)
{
	enum { CPU_USER = 0, CPU_SYSTEM = 1 };
	const struct eyas_event *event = context->event;
	struct eyas_thread *thread = context->thread;
	uint64_t user = on_uint(event, CPU_USER, thread->cpu_user);
	uint64_t system = on_uint(event, CPU_SYSTEM, thread->cpu_system);

	(void)state;
	/* The first times are those of its whole life. */
	if (thread->bits & THREAD_CPU_TIMES) {
		thread->cpu_user_pct = percent(thread->cpu_user, user);
		thread->cpu_system_pct = percent(thread->cpu_system, system);
	}
	thread->bits |= THREAD_CPU_TIMES;
	thread->cpu_user = user;
	thread->cpu_system = system;
}
