/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A state as a whole: made, freed, counted, and the way of one event through it. Called once an
 * event by the session, before any consumer sees it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/opts.h"
#include "schema/ids.h"
#include "state/on.h"

/* ---- memory ---- */

void *state_alloc(struct eyas_state *state, size_t size)
{
	void *memory = calloc(1, size);

	if (memory)
		state->bytes += size;
	return memory;
}

void *state_realloc(struct eyas_state *state, void *memory, size_t old_size, size_t size)
{
	void *moved = realloc(memory, size);

	if (moved)
		state->bytes += size - old_size;
	return moved;
}

void state_free(struct eyas_state *state, void *memory, size_t size)
{
	if (memory)
		state->bytes -= size;
	free(memory);
}

/* ---- the handle ---- */

static void set_default(uint64_t *value, uint64_t fallback)
{
	if (!*value)
		*value = fallback;
}

static void set_defaults(struct eyas_state_opts *opts)
{
	const uint64_t half_an_hour_ns = UINT64_C(30) * 60 * 1000 * 1000 * 1000;

	set_default(&opts->max_threads, 262144);
	set_default(&opts->max_fds, 1048576);
	set_default(&opts->max_fds_process, 65536);
	set_default(&opts->max_string_bytes, UINT64_C(512) << 20);
	if (opts->live)
		set_default(&opts->idle_ns, half_an_hour_ns);
	if (!opts->max_lookups_s)
		opts->max_lookups_s = 1000;
	/* Places in a table are 32 bits wide, and it grows by half. */
	if (opts->max_fds_process > INT32_MAX)
		opts->max_fds_process = INT32_MAX;
}

/* What is done for events of a type, settled once for all of them. */
enum trait {
	TRAIT_NO_THREAD = 1,	/* says nothing about the thread whose number it carries */
	TRAIT_MAKES_THREAD = 2, /* a thread that is not known is made up */
	TRAIT_ALONE = 4,	/* the handler makes the thread, or is not about one */
	TRAIT_USES_FD = 8,	/* a parameter is a descriptor */
	TRAIT_ABOUT_FD = 16	/* uses, creates or destroys one */
};

/*
 * Is a thread made up for an event of this type when it is not known? Not when the event is about
 * something else, a container or a CPU; and not for the child's side of a clone, of which the
 * handler knows more.
 */
static bool makes_thread(unsigned type, const struct eyas_event_info *info)
{
	state_handler handler = state_handlers[type];

	return handler != on_clone && handler != on_switch && !(info->category & EYAS_EC_METAEVENT);
}

static uint8_t traits_of(unsigned type)
{
	const unsigned about = EYAS_EF_CREATES_FD | EYAS_EF_USES_FD | EYAS_EF_DESTROYS_FD;
	const struct eyas_event_info *info = eyas_event_info(type);
	unsigned traits = 0;

	if (info->flags & EYAS_EF_SKIPPARSERESET && type != EYAS_EV_PROCINFO_E)
		traits |= TRAIT_NO_THREAD;
	if (makes_thread(type, info))
		traits |= TRAIT_MAKES_THREAD;
	else if (type != EYAS_EV_PROCINFO_E)
		traits |= TRAIT_ALONE;
	if (info->flags & EYAS_EF_USES_FD)
		traits |= TRAIT_USES_FD;
	if (info->flags & about)
		traits |= TRAIT_ABOUT_FD;
	return (uint8_t)traits;
}

static void settle_traits(struct eyas_state *state)
{
	unsigned type;

	for (type = 0; type < EYAS_EVENT_TYPES; type++)
		state->traits[type] = traits_of(type);
}

int eyas_state_new(const struct eyas_state_opts *opts, struct eyas_state **ret_state,
		   struct eyas_err *reterr)
{
	struct eyas_state *state = calloc(1, sizeof(*state));
	const char *root;
	int err;

	if (!state)
		return eyas_err_set(reterr, -ENOMEM, "no memory for the state");
	err = eyas_opts_copy(&state->opts, sizeof(state->opts), opts, "state", reterr);
	if (err)
		goto out;
	set_defaults(&state->opts);
	root = state->opts.proc_root ? state->opts.proc_root : "/proc";
	state->opts.proc_root = NULL; /* the caller's; ours is the copy */
	state->seed = hash_seed();
	settle_traits(state);
	state->pending.close_fd = -1;
	state->proc_root = strdup(root);
	if (!state->proc_root || istr_pool_init(&state->strings, state->opts.max_string_bytes) ||
	    owners_new(state)) {
		err = eyas_err_set(reterr, -ENOMEM, "no memory for the state");
		goto out;
	}
	*ret_state = state;
	return 0;
out:
	eyas_state_free(state);
	return err;
}

/* What the event before ended. */
static void finish_event(struct eyas_state *state)
{
	struct fd_table *table = state->pending.close_table;
	struct eyas_thread *thread = state->pending.exit;

	if (table) {
		state->pending.close_table = NULL;
		fd_remove(state, table, state->pending.close_fd);
		fd_table_put(state, table);
		state->pending.close_fd = -1;
	}
	if (thread) {
		state->pending.exit = NULL;
		thread_exit(state, thread, state->pending.reaper_tid);
	}
	if (state->pending.moved) {
		fs_info_put(state, state->pending.moved);
		istr_put(&state->strings, state->pending.old_cwd);
		state->pending.moved = NULL;
	}
}

void state_clear(struct eyas_state *state)
{
	finish_event(state);
	threads_clear(state);
	owners_clear(state);
	load_drop(state);
	state_free(state, state->switch_ts_ns, state->ncpus * sizeof(*state->switch_ts_ns));
	state->switch_ts_ns = NULL;
	state->ncpus = 0;
	memset(&state->context, 0, sizeof(state->context));
	memset(&state->machine, 0, sizeof(state->machine));
	state->first_ts_ns = state->last_ts_ns = state->next_expiry_ns = 0;
	state->taken_ns = state->settled_ns = 0;
}

void eyas_state_free(struct eyas_state *state)
{
	if (!state)
		return;
	state_clear(state);
	proc_reader_free(state);
	owners_free(state);
	istr_pool_fini(&state->strings);
	eyas_str_fini(&state->scratch);
	eyas_str_fini(&state->scratch2);
	free(state->proc_root);
	free(state);
}

void eyas_state_stats(const struct eyas_state *state, struct eyas_state_stats *ret_stats)
{
	*ret_stats = state->stats;
	ret_stats->threads = state->threads.used;
	ret_stats->groups = state->live_groups;
	ret_stats->fds = state->live_fds;
	ret_stats->fd_tables = state->live_tables;
	owners_stats(state, ret_stats);
	ret_stats->strings = state->strings.used;
	ret_stats->string_bytes = state->strings.bytes;
	ret_stats->strings_refused = state->strings.refused;
	ret_stats->bytes = state->bytes + state->strings.bytes +
			   (state->strings.mask + UINT64_C(1)) * sizeof(*state->strings.rows);
}

/* ---- one event ---- */

struct eyas_thread *eyas_state_find(const struct eyas_state *state, int64_t tid)
{
	return id_map_find(state, &state->threads, tid);
}

void eyas_state_settle(struct eyas_state *state)
{
	if (state->loading)
		load_finish(state);
	finish_event(state);
}

uint64_t eyas_state_lookups(const struct eyas_state *state)
{
	return state->stats.threads_looked_up + state->stats.fds_looked_up;
}

struct istr_pool *eyas_state_strings(struct eyas_state *state)
{
	return &state->strings;
}

uint64_t eyas_state_first_ts_ns(const struct eyas_state *state)
{
	return state->first_ts_ns;
}

const struct eyas_machine *eyas_state_machine(const struct eyas_state *state)
{
	return &state->machine;
}

static struct eyas_thread *event_thread(struct eyas_state *state, const struct eyas_event *event,
					unsigned traits)
{
	int64_t tid = (int64_t)event->tid;
	struct eyas_thread *thread = state->last;

	if (traits & TRAIT_NO_THREAD)
		return NULL;
	if (thread && thread->tid == tid)
		return thread;
	thread = traits & TRAIT_MAKES_THREAD ? thread_find_or_make(state, tid)
					     : eyas_state_find(state, tid);
	if (thread)
		state->last = thread;
	return thread;
}

/* What is due before this event: the end of loading, the ends of the event before, expiry. */
static void prepare(struct eyas_state *state, uint64_t ts_ns)
{
	if (state->loading)
		load_finish(state);
	if (state->pending.close_table || state->pending.exit || state->pending.moved)
		finish_event(state);
	if (!state->first_ts_ns)
		state->first_ts_ns = ts_ns;
	state->last_ts_ns = ts_ns;
	if (state->opts.idle_ns &&
	    (ts_ns >= state->next_expiry_ns || state->threads.used >= state->opts.max_threads))
		threads_expire(state, ts_ns);
}

void eyas_state_event(struct eyas_state *state, const struct eyas_event *event,
		      struct eyas_context *ret_context)
{
	state_handler handler = state_handlers[event->type];
	unsigned traits = state->traits[event->type];
	struct eyas_thread *thread;

	prepare(state, event->ts_ns);
	thread = event_thread(state, event, traits);
	*ret_context = (struct eyas_context){
		.event = event,
		.state = state,
		.thread = thread,
		.fd_num = -1,
		.bits = traits & TRAIT_ABOUT_FD ? CONTEXT_USES_FD : 0,
	};
	if (thread && traits & TRAIT_USES_FD)
		state_find_fd(state, ret_context);
	if (event->ts_ns < state->settled_ns && thread && event->ts_ns < thread->taken_ns)
		handler = NULL; /* the scan saw what came of it */
	if (handler && (thread || traits & TRAIT_ALONE))
		handler(state, ret_context);
	/* Afterwards: a handler may ask whether it is the thread's first event, or replace it. */
	if (ret_context->thread)
		ret_context->thread->last_seen_ns = event->ts_ns;
}

const struct eyas_context *eyas_state_take(struct eyas_state *state, const struct eyas_event *event)
{
	eyas_state_event(state, event, &state->context);
	return &state->context;
}
