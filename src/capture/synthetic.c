/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A source without a file: whoever opened it hands it encoded events, and eyas_source_next()
 * gives them back as any other source would. Tests and programs that make events use it.
 */
#include "capture/source.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/opts.h"
#include "base/str.h"
#include "schema/event.h"

/* Events already taken are dropped from the queue when they are at least so many bytes. */
enum { COMPACT_BYTES = 64 * 1024 };

#define MAX_EVENT_DEFAULT (UINT64_C(128) << 20)

/*
 * Events that were fed and not yet taken lie in queue from taken on, each behind a head. The one
 * that is lent lies before taken, so that taking an event moves nothing.
 */
struct synthetic_source {
	struct eyas_source source;
	struct eyas_source_opts opts;
	struct eyas_source_stats stats;
	struct eyas_event event; /* the one that is lent */
	struct eyas_str queue;
	size_t taken;
	bool finished;
};

struct synthetic_head {
	uint32_t len;
	uint16_t cpu;
};

static int synthetic_next(struct eyas_source *source, struct eyas_event **ret_event,
			  struct eyas_err *reterr)
{
	struct synthetic_source *src = (struct synthetic_source *)source;
	struct synthetic_head head;
	const char *at;
	int err;

	if (src->taken == src->queue.len)
		return src->finished ? EYAS_E_END : 0;
	at = src->queue.data + src->taken;
	memcpy(&head, at, sizeof(head));
	err = eyas_event_view(at + sizeof(head), head.len, &src->event, reterr);
	if (err)
		return err;
	src->event.cpu = head.cpu;
	src->taken += sizeof(head) + head.len;
	*ret_event = &src->event;
	return 1;
}

static void synthetic_stats(const struct eyas_source *source, struct eyas_source_stats *ret_stats)
{
	*ret_stats = ((const struct synthetic_source *)source)->stats;
}

static void synthetic_close(struct eyas_source *source)
{
	struct synthetic_source *src = (struct synthetic_source *)source;

	eyas_str_fini(&src->queue);
	free(src);
}

static const struct source_ops synthetic_ops = {
	.next = synthetic_next,
	.stats = synthetic_stats,
	.close = synthetic_close,
};

int eyas_source_open_synthetic(const struct eyas_source_opts *opts, struct eyas_source **ret_source,
			       struct eyas_err *reterr)
{
	struct synthetic_source *src = calloc(1, sizeof(*src));
	int err;

	if (!src)
		return eyas_err_set(reterr, -ENOMEM, "no memory for a source");
	err = eyas_opts_copy(&src->opts, sizeof(src->opts), opts, "source", reterr);
	if (err) {
		free(src);
		return err;
	}
	if (!src->opts.max_block_bytes)
		src->opts.max_block_bytes = MAX_EVENT_DEFAULT;
	src->source.ops = &synthetic_ops;
	*ret_source = &src->source;
	return 0;
}

static struct synthetic_source *as_synthetic(struct eyas_source *source)
{
	return source->ops == &synthetic_ops ? (struct synthetic_source *)source : NULL;
}

/* Room in front, of events that were taken, is given to those that come. */
static void compact(struct synthetic_source *src)
{
	size_t left = src->queue.len - src->taken;

	if (left && src->taken < COMPACT_BYTES)
		return;
	/* What is kept must not cost more than what was taken away. */
	if (left > src->taken)
		return;
	if (left)
		memmove(src->queue.data, src->queue.data + src->taken, left);
	src->queue.len = left;
	src->taken = 0;
}

int eyas_source_feed(struct eyas_source *source, const void *bytes, size_t len, unsigned cpu,
		     struct eyas_err *reterr)
{
	struct synthetic_source *src = as_synthetic(source);
	struct synthetic_head head = { (uint32_t)len, (uint16_t)cpu };
	struct eyas_event event;
	char *to;
	int err;

	if (!src || src->finished)
		return eyas_err_set(reterr, EYAS_E_USAGE, "this source takes no events");
	if (len > src->opts.max_block_bytes || len > UINT32_MAX)
		return eyas_err_set(reterr, EYAS_E_LIMIT, "an event of %zu bytes", len);
	err = eyas_event_view_checked(bytes, len, &event, reterr);
	if (err)
		return err;
	compact(src);
	to = eyas_str_reserve(&src->queue, sizeof(head) + len);
	if (!to) {
		/* What is queued is still whole; the next, smaller one may find room. */
		src->queue.nomem = false;
		return eyas_err_set(reterr, -ENOMEM, "no memory for an event");
	}
	memcpy(to, &head, sizeof(head));
	memcpy(to + sizeof(head), bytes, len);
	src->queue.len += sizeof(head) + len;
	src->stats.bytes_in += len;
	src->stats.bytes += len;
	src->stats.events++;
	src->stats.event_version = 2;
	return 0;
}

int eyas_source_finish(struct eyas_source *source, struct eyas_err *reterr)
{
	struct synthetic_source *src = as_synthetic(source);

	if (!src)
		return eyas_err_set(reterr, EYAS_E_USAGE, "this source ends by itself");
	src->finished = true;
	return 0;
}
