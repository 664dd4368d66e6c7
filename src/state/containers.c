/* SPDX-License-Identifier: Apache-2.0 */
/* Which containers are there? The threads are all there is to tell. */
#include "base/map.h"
#include "state/state_int.h"

/* Equal ids are one string of the pool, so that its address is as good as its text. */
uint64_t containers_visit(const struct eyas_state *state,
			  void (*visit)(void *ctx, const struct eyas_thread *thread), void *ctx)
{
	const struct id_row *rows = state->threads.rows;
	size_t i, count = rows ? id_map_mask(&state->threads) + 1 : 0;
	const struct eyas_thread *thread;
	struct eyas_map seen = { 0 };
	uint64_t id;

	for (i = 0; i < count; i++) {
		thread = rows[i].value;
		if (!thread || !thread->container_id->len || thread->bits & THREAD_DEAD)
			continue;
		id = (uint64_t)(uintptr_t)thread->container_id;
		if (eyas_map_find(&seen, id) != EYAS_MAP_NONE)
			continue;
		if (eyas_map_add(&seen, id, 0))
			break;
		if (visit)
			visit(ctx, thread);
	}
	count = seen.used;
	eyas_map_fini(&seen);
	return count;
}

uint64_t eyas_state_containers(const struct eyas_state *state)
{
	return containers_visit(state, NULL, NULL);
}
