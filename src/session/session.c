/* SPDX-License-Identifier: Apache-2.0 */
/* The loop from one source through the state and the filter to the consumers. */
#include "session/session.h"

#include <errno.h>
#include <stdlib.h>

#include "base/err.h"
#include "session/range.h"

enum { PROGRESS_EVENTS = 8192 };

struct eyas_session {
	struct eyas_session_opts opts;
	struct eyas_source *source;
	struct eyas_state *state; /* NULL = not followed; its loader is the first consumer's */
	struct range range;
	struct eyas_consumer consumers[1 + EYAS_CONSUMERS_MAX]; /* the state's, if any, first */
	unsigned nconsumers;
	unsigned wanted;	   /* by any of them */
	bool bounded;		   /* by a limit, or the number of an event */
	struct eyas_context alone; /* of an event without a state */
	struct eyas_session_stats stats;
	const struct eyas_consumer *failed; /* its loader function stopped the reading */
};

/* Hand one call of the loader on to every consumer that wants it. */
#define FAN_OUT(name, args) \
	struct eyas_session *session = ctx; \
	unsigned i; \
	int err = 0; \
\
	for (i = 0; err >= 0 && i < session->nconsumers; i++) { \
		const struct eyas_consumer *c = &session->consumers[i]; \
\
		if (c->loader.name) \
			err = c->loader.name args; \
		if (err < 0) \
			session->failed = c; \
	} \
	return err

static int load_section(void *ctx)
{
	FAN_OUT(section, (c->loader.ctx));
}

static int load_machine(void *ctx, const struct eyas_machine *machine)
{
	FAN_OUT(machine, (c->loader.ctx, machine));
}

static int load_iface(void *ctx, const struct eyas_iface *iface)
{
	FAN_OUT(iface, (c->loader.ctx, iface));
}

static int load_user(void *ctx, const struct eyas_user *user)
{
	FAN_OUT(user, (c->loader.ctx, user));
}

static int load_group(void *ctx, const struct eyas_group *group)
{
	FAN_OUT(group, (c->loader.ctx, group));
}

static int load_thread(void *ctx, const struct eyas_thread_entry *thread)
{
	FAN_OUT(thread, (c->loader.ctx, thread));
}

static int load_fd_list(void *ctx, uint64_t tid)
{
	FAN_OUT(fd_list, (c->loader.ctx, tid));
}

static int load_fd(void *ctx, uint64_t tid, const struct eyas_fd_entry *fd)
{
	FAN_OUT(fd, (c->loader.ctx, tid, fd));
}

static bool stop_wanted(const struct eyas_session *session)
{
	return session->opts.stop && *session->opts.stop;
}

static int interrupted(void *ctx)
{
	return stop_wanted(ctx);
}

/* The state comes before all consumers: it is a consumer of metadata that wants no events. */
static int follow_state(struct eyas_session *session, struct eyas_err *reterr)
{
	struct eyas_consumer *consumer = &session->consumers[session->nconsumers++];
	int err;

	session->opts.state.size = sizeof(session->opts.state);
	err = eyas_state_new(&session->opts.state, &session->state, reterr);
	if (!err)
		eyas_state_loader(session->state, &consumer->loader);
	return err;
}

int eyas_session_open(const struct eyas_session_opts *opts, struct eyas_session **ret_session,
		      struct eyas_err *reterr)
{
	struct eyas_session *session = calloc(1, sizeof(*session));
	const struct eyas_loader loader = { session,	 load_section, load_machine,
					    load_iface,	 load_user,    load_group,
					    load_thread, load_fd_list, load_fd };
	int err = 0;

	if (!session)
		return eyas_err_set(reterr, -ENOMEM, "no memory for a session");
	session->opts = *opts;
	session->alone.fd_num = -1;
	session->opts.source.size = sizeof(session->opts.source);
	session->opts.source.loader = &loader;
	session->opts.source.interrupted = interrupted;
	session->opts.source.interrupted_ctx = session;
	if (opts->from)
		err = range_parse(opts->from, &session->range.from, reterr);
	if (!err && opts->to)
		err = range_parse(opts->to, &session->range.to, reterr);
	session->bounded = opts->limit || session->range.to.kind == RANGE_NUM;
	if (!err && opts->follow)
		err = follow_state(session, reterr);
	if (!err)
		err = eyas_source_open_files(opts->paths, opts->npaths, &session->opts.source,
					     &session->source, reterr);
	session->opts.source.loader = NULL; /* the source has a copy */
	if (err) {
		eyas_session_close(session);
		return err;
	}
	*ret_session = session;
	return 0;
}

int eyas_session_add(struct eyas_session *session, const struct eyas_consumer *consumer)
{
	if (session->nconsumers == EYAS_CONSUMERS_MAX + (session->state != NULL))
		return -ENOSPC;
	session->consumers[session->nconsumers++] = *consumer;
	session->wanted |= consumer->wants;
	return 0;
}

/* Returns 0 for events that nobody gets. */
static unsigned sort_event(struct eyas_session *session, const struct eyas_event *event)
{
	enum range_place place = range_place(&session->range, event);

	/* The prologue is part of the state at the beginning, whatever the range. */
	if (event->flags & (EYAS_EVENT_HIDDEN | EYAS_EVENT_STATE_ONLY))
		return place == RANGE_INSIDE || !session->range.resolved ? EYAS_HIDDEN : 0;
	switch (place) {
	case RANGE_BEFORE:
		session->stats.before++;
		return EYAS_BEFORE;
	case RANGE_BEHIND:
		session->stats.behind++;
		return 0;
	case RANGE_INSIDE:
		break;
	}
	return EYAS_SHOWN;
}

/*
 * What the filter makes of an event that is in the range. What it cannot match by its type alone
 * is turned away before anything else is done.
 */
static unsigned filter_event(struct eyas_session *session, unsigned what,
			     const struct eyas_context *context)
{
	const struct eyas_session_opts *opts = &session->opts;

	if (!opts->network || !(what & (EYAS_SHOWN | EYAS_HIDDEN)))
		return what;
	if (!opts->filter || filter_wants(opts->filter, context->event)) {
		eyas_network_begin(opts->network, context);
		if (!opts->filter || eyas_network_match(opts->network, opts->filter->root))
			return what;
	}
	session->stats.filtered += what == EYAS_SHOWN;
	return EYAS_FILTERED;
}

static int deliver(struct eyas_session *session, unsigned what, const struct eyas_context *context,
		   struct eyas_err *reterr)
{
	const struct eyas_consumer *c = session->consumers, *end = c + session->nconsumers;
	int err = 0;

	if (!(session->wanted & what))
		return 0;
	for (; !err && c < end; c++)
		if (c->wants & what)
			err = c->event(c->ctx, what, context, reterr);
	return err;
}

/* One event on its way: what it is, what it means, who gets it. Returns what it was. */
static int handle_event(struct eyas_session *session, const struct eyas_event *event,
			unsigned *ret_what, struct eyas_err *reterr)
{
	const struct eyas_context *context = &session->alone;
	unsigned what = sort_event(session, event);

	/* Every event changes the state, also one that nobody gets. */
	if (session->state)
		context = eyas_state_take(session->state, event);
	else
		session->alone.event = event;
	if (event->flags & (EYAS_EVENT_HIDDEN | EYAS_EVENT_STATE_ONLY))
		session->stats.hidden++;
	what = filter_event(session, what, context);
	session->stats.shown += what == EYAS_SHOWN;
	*ret_what = what;
	return deliver(session, what, context, reterr);
}

static void report_progress(const struct eyas_session *session)
{
	struct eyas_source_stats stats;

	if (!session->opts.progress)
		return;
	eyas_source_stats(session->source, &stats);
	session->opts.progress(session->opts.progress_ctx, &stats);
}

/* A loader function failed: it returned a code, its consumer has the words. */
static int loader_failed(const struct eyas_session *session, int err, struct eyas_err *reterr)
{
	if (session->failed->failure)
		return session->failed->failure(session->failed->ctx, reterr);
	return eyas_err_set(reterr, err, "%s", eyas_strerror(err));
}

/* Is nothing behind this event wanted? */
static bool was_last(const struct eyas_session *session, const struct eyas_event *event,
		     unsigned what)
{
	const struct range_bound *to = &session->range.to;

	if (session->opts.limit && session->stats.shown == session->opts.limit &&
	    what == EYAS_SHOWN)
		return true;
	/* Numbers grow, so nothing behind this one is wanted; times may step back. */
	return to->kind == RANGE_NUM && event->num >= to->value;
}

int eyas_session_run(struct eyas_session *session, struct eyas_err *reterr)
{
	const struct eyas_event *event;
	uint64_t countdown = PROGRESS_EVENTS;
	unsigned what;
	int res;

	while (!stop_wanted(session)) {
		res = eyas_source_next(session->source, &event, reterr);
		if (res == EYAS_E_END || (res == -EINTR && stop_wanted(session)))
			break;
		if (res < 0)
			return session->failed ? loader_failed(session, res, reterr) : res;
		if (!res)
			continue;
		res = handle_event(session, event, &what, reterr);
		if (res)
			return res;
		if (session->bounded && was_last(session, event, what))
			return 0;
		if (!--countdown) {
			countdown = PROGRESS_EVENTS;
			report_progress(session);
		}
	}
	session->stats.stopped = stop_wanted(session);
	return 0;
}

const struct eyas_state *eyas_session_state(const struct eyas_session *session)
{
	return session->state;
}

void eyas_session_stats(const struct eyas_session *session, struct eyas_session_stats *ret_stats)
{
	*ret_stats = session->stats;
	eyas_source_stats(session->source, &ret_stats->source);
}

void eyas_session_close(struct eyas_session *session)
{
	if (!session)
		return;
	eyas_source_close(session->source);
	eyas_state_free(session->state);
	free(session);
}
