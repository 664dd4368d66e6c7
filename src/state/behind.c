/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A state that follows another one at some distance, because the events between the two are kept:
 * it is what was known when the oldest of them began.
 */
#include "base/err.h"
#include "state/on.h"

int eyas_state_new_behind(const struct eyas_state *leading, struct eyas_state **ret_state,
			  struct eyas_err *reterr)
{
	struct eyas_state_opts opts = leading->opts;
	struct eyas_loader loader;
	struct eyas_state *state;
	int err;

	opts.size = sizeof(opts);
	opts.live = 0; /* /proc is ahead of it; and idle_ns is settled already */
	err = eyas_state_new(&opts, &state, reterr);
	if (err)
		return err;
	state->leading = leading;
	eyas_state_loader(state, &loader);
	err = eyas_state_dump(leading, &loader);
	if (err) {
		eyas_state_free(state);
		return eyas_err_set(reterr, err, "%s", eyas_strerror(err));
	}
	*ret_state = state;
	return 0;
}

bool eyas_state_changed_by(unsigned type)
{
	/* Of switches, only the time since the one before is kept. */
	return state_handlers[type] && state_handlers[type] != on_switch;
}

/* Whole, bits and all; strings belong to their states. */
static void adopt_fd(struct eyas_state *state, struct fd_table *table, const struct eyas_fd *from)
{
	struct eyas_fd copy = *from, *fd;

	if (fd_table_find(table, from->num))
		return;
	fd = fd_insert(state, table, from->num);
	if (!fd)
		return;
	copy.name = fd->name;
	copy.name_raw = NULL;
	*fd = copy;
	state_set_str(state, &fd->name, from->name->text, from->name->len);
	if (from->name_raw)
		fd->name_raw = istr_get(&state->strings, from->name_raw->text, from->name_raw->len);
}

static void adopt_thread(struct eyas_state *state, const struct eyas_state *leading,
			 const struct eyas_thread *from)
{
	const uint32_t kept = THREAD_FROM_PROC | THREAD_EXE_ARGS_CUT;
	struct eyas_thread *thread = eyas_state_find(state, from->tid);
	struct eyas_thread_entry entry;
	uint32_t i;

	if ((!thread || thread->bits & THREAD_GUESSED) && !(from->bits & THREAD_GUESSED) &&
	    eyas_state_thread(leading, from->tid, &entry)) {
		thread = load_thread_entry(state, &entry);
		if (thread)
			thread->bits |= from->bits & kept;
	}
	for (i = 0; thread && i < from->fds->count; i++)
		adopt_fd(state, thread->fds, &from->fds->fds[i]);
}

void eyas_state_adopt(struct eyas_state *state, const struct eyas_context *leading)
{
	struct eyas_thread *thread = leading->thread;

	if (!thread)
		return;
	/* The state may be about to forget what its last event ended, and the thread be one of them. */
	eyas_state_settle(state);
	if (eyas_thread_leader(thread) != thread)
		adopt_thread(state, leading->state, eyas_thread_leader(thread));
	adopt_thread(state, leading->state, thread);
}
