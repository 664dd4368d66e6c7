/* SPDX-License-Identifier: Apache-2.0 */
/* The events of the last seconds and the state that follows behind them. */
#include "detect/history.h"

#include <errno.h>

#include "base/err.h"
#include "schema/event.h"

/* Notes on the events in the ring. */
enum {
	NOTE_WANTED = 1, /* part of a capture; others only change the state */
	NOTE_CHANGES =
		2 /* changes the state: it takes no others, which saves half of what it costs */
};

enum {
	PROLOGUE_MAX = 1 << 20,
	/* Old events that go with each that comes; more than one, so that no pile remains. */
	AGE_STEPS = 2,
	/* Events that a reader is told with each that comes: it catches up, without a long pause. */
	READ_STEPS = 4
};

/* What stands in front of the bytes of an event of the prologue. */
struct kept_event {
	uint32_t len, flags;
	uint16_t cpu;
};

void detect_history_init(struct detect_history *history, uint64_t before_ns, size_t memory)
{
	*history = (struct detect_history){ .before_ns = before_ns };
	detect_ring_init(&history->ring, memory);
}

void detect_history_fini(struct detect_history *history)
{
	detect_ring_fini(&history->ring);
	eyas_state_free(history->state);
	history->state = NULL;
	eyas_str_fini(&history->prologue);
}

void detect_history_forget(struct detect_history *history)
{
	detect_ring_clear(&history->ring);
	eyas_state_free(history->state);
	history->state = NULL;
	history->prologue.len = 0;
	history->prologue.nomem = false;
}

/* ---- the prologue ---- */

static void keep(struct detect_history *history, const struct eyas_event *event)
{
	struct kept_event kept = { event->len, event->flags, event->cpu };
	struct eyas_str *prologue = &history->prologue;
	size_t len = prologue->len;

	if (len + sizeof(kept) + event->len > PROLOGUE_MAX) {
		history->skipped++;
		return;
	}
	eyas_str_add(prologue, &kept, sizeof(kept));
	eyas_str_add(prologue, event->bytes, event->len);
	if (prologue->nomem) {
		prologue->len = len;
		prologue->nomem = false;
		history->skipped++;
	}
}

static void tell_prologue(const struct detect_history *history)
{
	const char *p = history->prologue.data, *end = p + history->prologue.len;
	struct kept_event kept;
	struct eyas_event event;

	/* The reader may have had enough. */
	for (; history->reader && p < end; p += sizeof(kept) + kept.len) {
		memcpy(&kept, p, sizeof(kept));
		if (eyas_event_view(p + sizeof(kept), kept.len, &event, NULL))
			continue;
		event.flags = kept.flags | EYAS_EVENT_HIDDEN;
		event.cpu = kept.cpu;
		history->reader(history->reader_ctx, &event);
	}
}

/* ---- reading along ---- */

static void read_one(struct detect_history *history)
{
	struct eyas_event event;
	uint8_t note;

	detect_ring_get(&history->ring, history->unread, &event, &note);
	if (note & NOTE_WANTED)
		history->reader(history->reader_ctx, &event);
	/* It may have had enough. */
	if (history->reader)
		history->unread = detect_ring_next(&history->ring, history->unread);
}

void detect_history_read(struct detect_history *history, uint64_t max_events)
{
	while (history->reader && max_events-- && history->unread != history->ring.last)
		read_one(history);
}

void detect_history_unfollow(struct detect_history *history)
{
	history->reader = NULL;
}

/* ---- leaving ---- */

static void pass(struct detect_history *history, const struct eyas_event *event, uint8_t note)
{
	struct eyas_context context;

	if (history->state && note & NOTE_CHANGES)
		eyas_state_event(history->state, event, &context);
	if (eyas_type_is_prologue(event->type))
		keep(history, event);
}

/* The oldest event goes: into the state, and to who reads along and has not come to it yet. */
static void leave(struct detect_history *history)
{
	struct detect_ring *ring = &history->ring;
	struct eyas_event event;
	uint8_t note;

	if (history->reader && history->unread == ring->first)
		read_one(history);
	detect_ring_get(ring, ring->first, &event, &note);
	pass(history, &event, note);
	detect_ring_drop(ring);
}

static bool is_old(const struct detect_history *history, uint64_t now_ns)
{
	uint64_t ts_ns = detect_ring_oldest_ns(&history->ring);

	return now_ns > ts_ns && now_ns - ts_ns > history->before_ns;
}

/* ---- coming ---- */

/* The second state begins as the first one is, with the current event still to come. */
static int begin(struct detect_history *history, const struct eyas_context *context,
		 struct eyas_err *reterr)
{
	if (history->state || !history->before_ns)
		return 0;
	history->lookups = eyas_state_lookups(context->state);
	return eyas_state_new_behind(context->state, &history->state, reterr);
}

/* Is there room in the end? An event that is larger than the ring passes by. */
static bool put(struct detect_history *history, const struct eyas_event *event, uint8_t note)
{
	struct detect_ring *ring = &history->ring;
	bool read = history->unread == ring->last;
	uint64_t place;

	while (!detect_ring_put(ring, event, note, &place)) {
		if (!detect_ring_empty(ring) && is_old(history, event->ts_ns)) {
			leave(history);
		} else if (!detect_ring_grow(ring, event, &history->unread)) {
			if (detect_ring_empty(ring))
				return false;
			history->early++;
			leave(history);
		}
	}
	if (read)
		history->unread = place;
	return true;
}

static void put_past(struct detect_history *history, const struct eyas_event *event, uint8_t note)
{
	if (history->reader && note & NOTE_WANTED)
		history->reader(history->reader_ctx, event);
	pass(history, event, note);
}

/* Part of the state at the beginning, whatever the filter says. */
static bool is_prologue(const struct eyas_event *event)
{
	return event->flags & EYAS_EVENT_HIDDEN && eyas_type_is_prologue(event->type);
}

int detect_history_put(struct detect_history *history, enum eyas_session_event what,
		       const struct eyas_context *context, struct eyas_err *reterr)
{
	const struct eyas_event *event = context->event;
	bool wanted = what & (EYAS_SHOWN | EYAS_HIDDEN) || is_prologue(event);
	struct eyas_event state_only;
	uint8_t note;
	unsigned n;
	int err;

	/* What a filter leaves out, but names depend on, is in a capture marked as not to be shown. */
	if (!wanted && event->info->flags & EYAS_EF_MODIFIES_STATE) {
		state_only = *event;
		state_only.flags |= EYAS_EVENT_STATE_ONLY;
		event = &state_only;
		wanted = true;
	}
	note = (uint8_t)((wanted ? NOTE_WANTED : 0) |
			 (eyas_state_changed_by(event->type) ? NOTE_CHANGES : 0));
	/*
	 * The second state begins with the first event that is shown: not all of those in front of
	 * the range come here, but all are in the first state.
	 */
	if (!history->before_ns || (what != EYAS_SHOWN && !history->state)) {
		put_past(history, event, note);
		return 0;
	}
	err = begin(history, context, reterr);
	if (err)
		return err;
	if (eyas_state_lookups(context->state) != history->lookups) {
		history->lookups = eyas_state_lookups(context->state);
		eyas_state_adopt(history->state, context);
	}
	for (n = 0;
	     n < AGE_STEPS && !detect_ring_empty(&history->ring) && is_old(history, event->ts_ns);
	     n++)
		leave(history);
	if (!put(history, event, note))
		put_past(history, event, note);
	detect_history_read(history, READ_STEPS);
	return 0;
}

/* ---- a capture begins ---- */

static void cut(struct detect_history *history, uint64_t now_ns, uint64_t max_bytes)
{
	const struct detect_ring *ring = &history->ring;

	while (!detect_ring_empty(ring) &&
	       (is_old(history, now_ns) || (max_bytes && detect_ring_bytes(ring) > max_bytes)))
		leave(history);
}

int detect_history_follow(struct detect_history *history, const struct eyas_context *context,
			  uint64_t max_bytes, const struct eyas_loader *head,
			  detect_history_fn reader, void *ctx, struct eyas_err *reterr)
{
	const struct eyas_state *state = context->state;
	int err = begin(history, context, reterr);

	if (err)
		return err;
	cut(history, context->event->ts_ns, max_bytes);
	if (history->state) {
		eyas_state_settle(history->state);
		state = history->state;
	}
	err = eyas_state_dump(state, head);
	if (err)
		return eyas_err_set(reterr, err, "%s", eyas_strerror(err));
	history->reader = reader;
	history->reader_ctx = ctx;
	history->unread = history->ring.first;
	tell_prologue(history);
	return 0;
}
