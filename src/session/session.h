/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session: one source of events, the state they keep up to date, the part of them that is
 * wanted, and the consumers that get it. Knows nothing of what the consumers do. The source is
 * captures, or this machine (live).
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include <eyas/capture.h>
#include <eyas/live.h>

#include "filter/filter.h"
#include "state/state.h"

/* What an event is to a consumer; also a mask of what it wants. */
enum eyas_session_event {
	EYAS_SHOWN = 1,	 /* in the range and one that a user counts */
	EYAS_HIDDEN = 2, /* keeps state: prologue, enter events, state-only ones of a fat capture */
	EYAS_BEFORE = 4, /* not hidden, but lies before the range */
	EYAS_FILTERED = 8 /* in the range, but the filter does not match */
};

struct eyas_consumer {
	void *ctx;
	unsigned wants;		   /* mask of enum eyas_session_event */
	struct eyas_loader loader; /* metadata; all NULL if it is of no use */
	int (*event)(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		     struct eyas_err *reterr);
	/*
	 * Sums of a live source that was opened with sum_io, in the order of the events, whatever
	 * range and filter say. Of sums that began before the consumers got events, nobody hears.
	 * May be NULL.
	 */
	int (*sums)(void *ctx, const struct eyas_io_sums *sums, struct eyas_err *reterr);
	/* Words for a failure of a loader function, which cannot say any. May be NULL. */
	int (*failure)(void *ctx, struct eyas_err *reterr);
	/*
	 * A live source has nothing right now, or a tenth of a second has passed: what is held back
	 * may be wanted by somebody. May be NULL.
	 */
	int (*idle)(void *ctx, struct eyas_err *reterr);
};

enum { EYAS_CONSUMERS_MAX = 8 };

struct eyas_session_opts {
	const char *const *paths;
	size_t npaths;
	/*
	 * Events of this machine in place of captures; NULL = captures. With scan, the state begins
	 * with what is running; the loaders of consumers are told of that before the first event.
	 */
	const struct eyas_live_opts *live;
	bool scan;
	bool no_iterators;	      /* the scan reads /proc, whatever the kernel offers */
	struct eyas_source *given;    /* instead of opening a live one; the session closes it */
	uint64_t duration_ns;	      /* live: for so long, 0 = without end */
	const struct event_set *show; /* others only keep the state; NULL = all; borrowed */
	/* Called a few times a second while live; not 0 = end behind what has happened so far. */
	int (*tick)(void *ctx);
	void *tick_ctx;
	struct eyas_source_opts source; /* its loader is the session's own */
	const char *from, *to;		/* as in range.h, NULL = no bound */
	uint64_t limit;			/* stop after so many shown events, 0 = never */
	/*
	 * Follow the state: contexts have their thread and descriptor. Without it they have the
	 * event only, which is all there is to a raw_schema source.
	 */
	bool follow;
	struct eyas_state_opts state;
	/*
	 * Begins anew with every shown or hidden event before the consumers see it, so that they can use
	 * formats in it; may be NULL. Borrowed, and so is filter, one of the network's; NULL = all
	 * events match. Both need follow.
	 */
	struct eyas_network *network;
	const struct filter *filter;
	/*
	 * Not 0 = stop soon: a live source behind what has happened so far, others at once. May be
	 * NULL.
	 */
	const volatile sig_atomic_t *stop;
	/* Called every few thousand events; may be NULL. */
	void (*progress)(void *ctx, const struct eyas_source_stats *stats);
	void *progress_ctx;
};

struct eyas_session_stats {
	struct eyas_source_stats source;
	uint64_t shown, hidden, before, behind, filtered;
	uint64_t overlapping; /* with the scan of a live source: they only kept the state */
	int64_t scanned;      /* threads found by the scan, -1 = it was not made */
	uint64_t scan_ns;     /* how long that took */
	/* Descriptors that the kernel's iterators told of, by kind; with /proc, iterators is not set. */
	uint64_t iterated_fds[EYAS_FD_KINDS];
	bool iterators;
	bool stopped; /* by opts.stop */
};

struct eyas_session;

int eyas_session_open(const struct eyas_session_opts *opts, struct eyas_session **ret_session,
		      struct eyas_err *reterr);
/* Before the run; consumers get events in the order in which they were added. Copied. */
int eyas_session_add(struct eyas_session *session, const struct eyas_consumer *consumer);
/*
 * Until the source ends, the limit or a stop. 0 = all went well; else the failure of the source
 * (the events before it were delivered) or of a consumer.
 */
int eyas_session_run(struct eyas_session *session, struct eyas_err *reterr);
/* Its source, which must not be read from. */
const struct eyas_source *eyas_session_source(const struct eyas_session *session);
/*
 * The sums of a thread's descriptor so far, as eyas_live_sums() says; -ENOENT of another source,
 * and for those that nobody hears of. Also between the run and the close.
 */
int eyas_session_sums(struct eyas_session *session, int64_t tid, int64_t fd, bool last,
		      struct eyas_io_sums *ret_sums);
/* The state it follows; NULL if it follows none. */
const struct eyas_state *eyas_session_state(const struct eyas_session *session);
void eyas_session_stats(const struct eyas_session *session, struct eyas_session_stats *ret_stats);
/* NULL is fine. */
void eyas_session_close(struct eyas_session *session);

#endif
