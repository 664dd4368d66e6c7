/* SPDX-License-Identifier: Apache-2.0 */
/* The loop from one source through the state and the filter to the consumers. */
#include "session/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "session/range.h"

/* How many events pass between two looks at what is due; a busy live source sends a million/s. */
enum { PROGRESS_EVENTS = 8192, LIVE_EVENTS = 256 };

/* How long a consumer holds back at most what it has of a live source that is never idle. */
#define IDLE_NS UINT64_C(100000000)

struct eyas_session {
	struct eyas_session_opts opts;
	struct eyas_source *source;
	struct eyas_state *state; /* NULL = not followed; its loader is the first consumer's */
	struct range range;
	bool live;
	bool told; /* live: the consumers' loaders were told of the state, or have not to be */
	uint64_t settled_ns; /* live: end of the scan; older events only bring the state up to it */
	uint64_t end_ns;     /* live: nothing that happened later is wanted; 0 = not known yet */
	uint64_t boot_ns;    /* live: when the clock of the events was 0 */
	uint64_t started_ns, idle_ns; /* of the monotonic clock: of the run, of the last idle() */
	unsigned loads_from;	      /* the first consumer whose loader is told */
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
	for (i = session->loads_from; err >= 0 && i < session->nconsumers; i++) { \
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

static struct eyas_loader session_loader(struct eyas_session *session)
{
	return (struct eyas_loader){ session,	 load_section, load_machine, load_iface, load_user,
				     load_group, load_thread,  load_fd_list, load_fd };
}

static int open_files(struct eyas_session *session, struct eyas_err *reterr)
{
	const struct eyas_loader loader = session_loader(session);
	struct eyas_session_opts *opts = &session->opts;
	int err;

	opts->source.loader = &loader;
	err = eyas_source_open_files(opts->paths, opts->npaths, &opts->source, &session->source,
				     reterr);
	opts->source.loader = NULL; /* the source has a copy */
	return err;
}

/* ---- the scan at the beginning of a live source ---- */

/*
 * A scan takes long on a large or busy machine, longer than rings have room for. So events are
 * taken out of them meanwhile, and given to the state when it is complete.
 */
struct scanner {
	struct eyas_session *session;
	struct eyas_loader to;	/* the state's */
	struct eyas_str events; /* struct waiting_event and bytes, one after another */
	uint64_t taken;		/* events that were */
	unsigned countdown;
};

struct waiting_event {
	uint64_t num;
	uint32_t len, flags;
	uint16_t cpu;
};

enum {
	WAITING_MAX = 256 << 20, /* bytes; what comes behind them stays in the rings */
	WAITING_LEFT = 64,	 /* events that stay there: to find them empty costs a sleep */
	LOOKS_EVERY = 16	 /* entries of a scan */
};

/* Take what waits in the rings, if that is much. */
static void relieve(void *ctx)
{
	struct scanner *scanner = ctx;
	struct eyas_source *source = scanner->session->source;
	const struct eyas_event *event;
	struct eyas_live_stats stats;
	struct waiting_event head;
	uint64_t waiting;

	if (scanner->countdown--)
		return;
	scanner->countdown = LOOKS_EVERY;
	if (eyas_live_stats(source, -1, &stats, NULL) ||
	    stats.events < stats.dropped + scanner->taken + WAITING_LEFT)
		return;
	waiting = stats.events - stats.dropped - scanner->taken;
	for (; waiting > WAITING_LEFT && scanner->events.len < WAITING_MAX; waiting--) {
		/*
		 * A failure comes again when it can be told. Fewer than the counters say: what is
		 * counted and never handed on must not lead here, to a sleep, each time.
		 */
		if (eyas_source_next(source, &event, NULL) != 1) {
			scanner->taken = stats.events - stats.dropped;
			break;
		}
		/* What was read before the scan is over is nobody's, and the state has no use for it. */
		if (event->flags & EYAS_EVENT_SUMS)
			continue;
		head = (struct waiting_event){ event->num, event->len, event->flags, event->cpu };
		eyas_str_add(&scanner->events, &head, sizeof(head));
		eyas_str_add(&scanner->events, event->bytes, event->len);
		scanner->taken++;
	}
}

/* Give the state what was taken, in order. */
static int replay(struct scanner *scanner, struct eyas_err *reterr)
{
	struct eyas_session *session = scanner->session;
	const char *p = scanner->events.data, *end = p + scanner->events.len;
	struct waiting_event head;
	struct eyas_event event;
	int err = 0;

	if (scanner->events.nomem)
		return eyas_err_set(reterr, -ENOMEM, "no memory for the events during the scan");
	for (; !err && p < end; p += sizeof(head) + head.len) {
		memcpy(&head, p, sizeof(head));
		err = eyas_event_view(p + sizeof(head), head.len, &event, reterr);
		event.num = head.num;
		event.flags = head.flags;
		event.cpu = head.cpu;
		if (!err)
			eyas_state_take(session->state, &event);
		session->stats.overlapping++;
	}
	return err;
}

static int scan_thread(void *ctx, const struct eyas_thread_entry *thread)
{
	struct scanner *scanner = ctx;

	relieve(scanner);
	return scanner->to.thread(scanner->to.ctx, thread);
}

static int scan_fd(void *ctx, uint64_t tid, const struct eyas_fd_entry *fd)
{
	struct scanner *scanner = ctx;

	relieve(scanner);
	if (fd->kind < EYAS_FD_KINDS)
		scanner->session->stats.iterated_fds[fd->kind]++;
	return scanner->to.fd(scanner->to.ctx, tid, fd);
}

/* The threads that run, by the kernel's own iterators where it has them. */
static int64_t scan_processes(struct scanner *scanner, struct eyas_err *reterr)
{
	const struct eyas_loader loader = { .ctx = scanner, .thread = scan_thread, .fd = scan_fd };
	const struct state_tick tick = { relieve, scanner };
	struct eyas_session *session = scanner->session;
	struct eyas_state_stats stats;
	int err = -ENOTSUP;

	if (!session->opts.no_iterators && session->opts.live) {
		eyas_state_loader(session->state, &scanner->to);
		err = eyas_live_snapshot(session->source, &loader, reterr);
	}
	/* It may have told of a part of them by then: what /proc says goes on top of that. */
	if (err == -ENOTSUP)
		return eyas_state_scan_processes(session->state, &tick, reterr);
	session->stats.iterators = !err;
	eyas_state_stats(session->state, &stats);
	return err ? err : (int64_t)stats.threads;
}

/*
 * Only what the state needs, or all that was asked for. Nobody gets the events of the time of the
 * scan but the state, so that others would fill the rings for nothing.
 */
static int select_codes(struct eyas_session *session, bool state_only, struct eyas_err *reterr)
{
	const struct eyas_syscall_info *info;
	struct eyas_codes all = { { 0 } }, some = { { 0 } };
	unsigned code;

	if (!session->opts.live)
		return 0;
	if (session->opts.live->codes)
		all = *session->opts.live->codes;
	else
		eyas_codes_add_default(&all);
	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		info = eyas_syscall_info(code);
		if (info && info->sets & EYAS_SET_STATE && eyas_codes_has(&all, code))
			eyas_codes_add(&some, code);
	}
	return eyas_live_select(session->source, state_only ? &some : &all, reterr);
}

/*
 * The state as it is now. The source is attached already, so there is no moment that neither the
 * scan nor an event tells of: what happens while it goes on waits and overlaps with it, of which
 * the state takes care (state.h). Nobody but the state gets those events: they happened to a
 * machine that was known in parts only.
 */
static int scan_all(struct eyas_session *session, struct eyas_err *reterr)
{
	struct scanner scanner = { .session = session };
	uint64_t start_ns = eyas_clock_ns(CLOCK_MONOTONIC);
	int err = select_codes(session, true, reterr);

	if (!err)
		err = eyas_state_scan_machine(session->state, true, reterr);
	if (err)
		return err;
	session->stats.scanned = scan_processes(&scanner, reterr);
	if (session->stats.scanned < 0)
		err = (int)session->stats.scanned;
	/* All is captured again before the moment from which on it is shown. */
	if (!err)
		err = select_codes(session, false, reterr);
	session->settled_ns = eyas_state_scan_end(session->state);
	/*
	 * A sum whose first event came between the two belongs to nobody, for as long as its file is
	 * open. Choosing once more ends it: the next read or write is an event again.
	 */
	if (!err && session->opts.live && session->opts.live->sum_io)
		err = select_codes(session, false, reterr);
	if (!err)
		err = replay(&scanner, reterr);
	session->stats.scan_ns = eyas_clock_ns(CLOCK_MONOTONIC) - start_ns;
	eyas_str_fini(&scanner.events);
	return err;
}

static int scan(struct eyas_session *session, struct eyas_err *reterr)
{
	int err;

	if (session->opts.scan)
		return scan_all(session, reterr);
	err = eyas_state_scan_machine(session->state, false, reterr);
	eyas_state_scan_end(session->state);
	return err;
}

static int open_live(struct eyas_session *session, struct eyas_err *reterr)
{
	struct eyas_live_opts opts;
	int err = 0;

	session->live = true;
	session->loads_from = session->state != NULL;
	session->told = !session->state;
	session->boot_ns = eyas_clock_boot_ns();
	session->source = session->opts.given;
	if (!session->source) {
		opts = *session->opts.live;
		opts.snapshot = session->opts.scan && session->state && !session->opts.no_iterators;
		err = eyas_source_open_live(&opts, &session->source, reterr);
	}
	if (!err && session->state)
		err = scan(session, reterr);
	return err;
}

int eyas_session_open(const struct eyas_session_opts *opts, struct eyas_session **ret_session,
		      struct eyas_err *reterr)
{
	struct eyas_session *session = calloc(1, sizeof(*session));
	int err = 0;

	if (!session) {
		eyas_source_close(opts->given);
		return eyas_err_set(reterr, -ENOMEM, "no memory for a session");
	}
	session->opts = *opts;
	session->alone.fd_num = -1;
	session->stats.scanned = -1;
	session->opts.source.size = sizeof(session->opts.source);
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
		err = opts->live || opts->given ? open_live(session, reterr)
						: open_files(session, reterr);
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

	if (event->ts_ns < session->settled_ns) {
		session->stats.overlapping++;
		return 0;
	}
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

	if (!(what & (EYAS_SHOWN | EYAS_HIDDEN)))
		return what;
	if (opts->show && !event_set_wants(opts->show, context->event)) {
		session->stats.filtered += what == EYAS_SHOWN;
		return EYAS_FILTERED;
	}
	if (!opts->network)
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

/* Sums that began with an event the consumers got. */
static int deliver_sums(struct eyas_session *session, const struct eyas_event *event,
			struct eyas_err *reterr)
{
	const struct eyas_consumer *c = session->consumers, *end = c + session->nconsumers;
	struct eyas_io_sums sums;
	int err = 0;

	if (!eyas_live_event_sums(event, &sums) || sums.began_ts_ns < session->settled_ns)
		return 0;
	for (; !err && c < end; c++)
		if (c->sums)
			err = c->sums(c->ctx, &sums, reterr);
	return err;
}

/* A loader function failed: it returned a code, its consumer has the words. */
static int loader_failed(const struct eyas_session *session, int err, struct eyas_err *reterr)
{
	if (session->failed->failure)
		return session->failed->failure(session->failed->ctx, reterr);
	return eyas_err_set(reterr, err, "%s", eyas_strerror(err));
}

/*
 * The state of a live source's beginning for the consumers, once: with the first event they can
 * get, which the state has taken already and leaves out of what it tells as a dump does.
 */
static int tell_state(struct eyas_session *session, struct eyas_err *reterr)
{
	const struct eyas_loader loader = session_loader(session);
	int err;

	session->told = true;
	err = eyas_state_dump(session->state, &loader);
	return err && session->failed ? loader_failed(session, err, reterr) : err;
}

/* One event on its way: what it is, what it means, who gets it. Returns what it was. */
static int handle_event(struct eyas_session *session, const struct eyas_event *event,
			unsigned *ret_what, struct eyas_err *reterr)
{
	const struct eyas_context *context = &session->alone;
	unsigned what = sort_event(session, event);
	int err;

	/* Every event changes the state, also one that nobody gets. */
	if (session->state)
		context = eyas_state_take(session->state, event);
	else
		session->alone.event = event;
	if (event->flags & (EYAS_EVENT_HIDDEN | EYAS_EVENT_STATE_ONLY))
		session->stats.hidden++;
	if (!session->told && session->live && event->ts_ns >= session->settled_ns) {
		err = tell_state(session, reterr);
		if (err)
			return err;
	}
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

/* ---- live ---- */

/*
 * What has happened until now is still wanted: the end is where an event is younger, or there is
 * none left.
 */
static void end_here(struct eyas_session *session)
{
	if (session->end_ns)
		return;
	session->end_ns = session->boot_ns + eyas_clock_ns(CLOCK_BOOTTIME);
	/* Fewer to come: a source that cannot be stopped is left behind at that time all the same. */
	if (session->opts.live)
		(void)eyas_live_stop(session->source, NULL);
}

static int idle(struct eyas_session *session, struct eyas_err *reterr)
{
	const struct eyas_consumer *c = session->consumers, *end = c + session->nconsumers;
	int err = 0;

	for (; !err && c < end; c++)
		if (c->idle)
			err = c->idle(c->ctx, reterr);
	return err;
}

/* Between two events of a live source: is it time for anything? */
static int look_around(struct eyas_session *session, bool has_nothing, struct eyas_err *reterr)
{
	const struct eyas_session_opts *opts = &session->opts;
	uint64_t now_ns = eyas_clock_ns(CLOCK_MONOTONIC);

	if (opts->duration_ns && now_ns - session->started_ns >= opts->duration_ns)
		end_here(session);
	if (!has_nothing && now_ns - session->idle_ns < IDLE_NS)
		return 0;
	session->idle_ns = now_ns;
	if (opts->tick && opts->tick(opts->tick_ctx))
		end_here(session);
	report_progress(session);
	return idle(session, reterr);
}

/* ---- the loop ---- */

/* Between two events, now and then. */
static int pass(struct eyas_session *session, struct eyas_err *reterr)
{
	if (session->live)
		return look_around(session, false, reterr);
	report_progress(session);
	return 0;
}

/* The source has nothing: 1 = nor will it have anything that is wanted. */
static int wait_for_more(struct eyas_session *session, struct eyas_err *reterr)
{
	/* It was asked after the end was known, so all that had happened was there. */
	if (session->end_ns)
		return 1;
	return session->live ? look_around(session, true, reterr) : 0;
}

/* Is it time to stop? A live source goes on to what has happened by then. */
static bool stop_now(struct eyas_session *session)
{
	if (!stop_wanted(session))
		return false;
	if (session->live)
		end_here(session);
	return !session->live;
}

static int run(struct eyas_session *session, struct eyas_err *reterr)
{
	const uint64_t every = session->live ? LIVE_EVENTS : PROGRESS_EVENTS;
	const struct eyas_event *event;
	uint64_t countdown = every;
	unsigned what;
	int res;

	while (!stop_now(session)) {
		res = eyas_source_next(session->source, &event, reterr);
		if (res == EYAS_E_END || (res == -EINTR && stop_wanted(session)))
			break;
		if (res < 0)
			return session->failed ? loader_failed(session, res, reterr) : res;
		if (!res) {
			res = wait_for_more(session, reterr);
			if (res)
				return res < 0 ? res : 0;
			continue;
		}
		if (session->end_ns && event->ts_ns > session->end_ns)
			break;
		if (event->flags & EYAS_EVENT_SUMS) {
			res = deliver_sums(session, event, reterr);
			if (res)
				return res;
			continue;
		}
		res = handle_event(session, event, &what, reterr);
		if (res)
			return res;
		if (session->bounded && was_last(session, event, what))
			return 0;
		if (!--countdown) {
			countdown = every;
			res = pass(session, reterr);
			if (res)
				return res;
		}
	}
	return 0;
}

int eyas_session_run(struct eyas_session *session, struct eyas_err *reterr)
{
	int err;

	session->started_ns = eyas_clock_ns(CLOCK_MONOTONIC);
	err = run(session, reterr);
	/* No event came that could have been the occasion. */
	if (!err && session->live && !session->told)
		err = tell_state(session, reterr);
	session->stats.stopped = stop_wanted(session);
	return err;
}

const struct eyas_source *eyas_session_source(const struct eyas_session *session)
{
	return session->source;
}

int eyas_session_sums(struct eyas_session *session, int64_t tid, int64_t fd, bool last,
		      struct eyas_io_sums *ret_sums)
{
	struct eyas_io_sums sums;
	int err;

	if (!session->opts.live)
		return -ENOENT;
	err = eyas_live_sums(session->source, tid, fd, last, &sums);
	if (!err && sums.began_ts_ns < session->settled_ns)
		err = -ENOENT;
	if (!err)
		*ret_sums = sums;
	return err;
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
