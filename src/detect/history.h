/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seconds before an alert: the last events in a ring, and what was known of the machine when
 * the oldest of them began. Used by captures.c.
 *
 * That knowledge is a second state, which takes each event as it leaves the ring: what it says is
 * therefore what the first one said at that time, whatever has exited, been closed or renamed since.
 */
#ifndef DETECT_HISTORY_H
#define DETECT_HISTORY_H

#include "base/str.h"
#include "detect/ring.h"
#include "session/session.h"

/* Is told of the events that belong into a capture, in order. */
typedef void (*detect_history_fn)(void *ctx, const struct eyas_event *event);

/* Invariant: state is NULL while the ring is empty because no event came yet. */
struct detect_history {
	uint64_t before_ns; /* 0 = no ring, and no second state */
	struct detect_ring ring;
	struct eyas_state *state;
	uint64_t lookups; /* in /proc by the first state that the second one knows of */
	/* Events about users and containers that have left the ring, as put by keep(). */
	struct eyas_str prologue;
	/* Who reads along, NULL = nobody; and the place of the first event it has not read. */
	detect_history_fn reader;
	void *reader_ctx;
	uint64_t unread;
	uint64_t early;	  /* events that left for want of memory before their time was over */
	uint64_t skipped; /* of the prologue, for which there was no room */
};

void detect_history_init(struct detect_history *history, uint64_t before_ns, size_t memory);
void detect_history_fini(struct detect_history *history);
/* The machine is another one from here on: forget everything. Nobody reads along. */
void detect_history_forget(struct detect_history *history);

/*
 * The current event, which the session's state has taken: of every kind, also those that are
 * filtered out, which change the state. 0 or -ENOMEM.
 */
int detect_history_put(struct detect_history *history, enum eyas_session_event what,
		       const struct eyas_context *context, struct eyas_err *reterr);

/*
 * A capture begins, before the current event is put: events that are older than it by more than
 * before_ns go, and of the others as many as exceed max_bytes (0 = no limit). The rest of what
 * happened since is told to the reader bit by bit, with the events that are put. head gets what is
 * known at that place, then the reader the events about users and containers before it. Returns
 * what a function of head returned, or -ENOMEM.
 */
int detect_history_follow(struct detect_history *history, const struct eyas_context *context,
			  uint64_t max_bytes, const struct eyas_loader *head,
			  detect_history_fn reader, void *ctx, struct eyas_err *reterr);
/* Tell the reader all that it has not read, or some of it. */
void detect_history_read(struct detect_history *history, uint64_t max_events);
/* The reader goes; what it has not read it never will. */
void detect_history_unfollow(struct detect_history *history);

#endif
