/* SPDX-License-Identifier: Apache-2.0 */
/* The thread of a sink: takes what waits, hands it to the backend, tries again what failed. */
#include "output/sink_state.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"

/* While closing, pauses are no longer than this: what there is time for is tried. */
#define HURRY_NS UINT64_C(100000000)
/* Memory of a queue that is kept when it is empty. */
#define KEPT_BYTES (1 << 20)

void sink_wait(struct output_sink *sink, pthread_cond_t *condition, uint64_t until_ns)
{
	struct timespec until;

	if (until_ns == OUTPUT_NO_LIMIT) {
		pthread_cond_wait(condition, &sink->lock);
		return;
	}
	until.tv_sec = (time_t)(until_ns / 1000000000);
	until.tv_nsec = (long)(until_ns % 1000000000);
	pthread_cond_timedwait(condition, &sink->lock, &until);
}

void sink_queue_fini(struct sink_queue *queue)
{
	eyas_str_fini(&queue->text);
	free(queue->lines);
	*queue = (struct sink_queue){ .text = EYAS_STR_INIT };
}

/* With the lock held, at a line that is out, lost, or still under way. */
void sink_watch(struct output_sink *sink)
{
	if (!sink->busy_since || sink->told_timeout ||
	    eyas_clock_ns(CLOCK_MONOTONIC) - sink->busy_since <= sink->opts.timeout_ns)
		return;
	sink->told_timeout = true;
	sink->stats.timeouts++;
	if (!sink->told_failing)
		sink_say(sink, 4, "%s: a line takes longer than %.3g s", sink->name,
			 (double)sink->opts.timeout_ns / 1e9);
}

/* With the lock held: lines that are no longer in the thread's hands. */
static void settle(struct output_sink *sink, struct sink_batch *batch, size_t count)
{
	size_t bytes = 0, i;

	for (i = 0; i < count; i++)
		bytes += batch->lines[i].len;
	batch->text += bytes;
	batch->lines += count;
	batch->count -= count;
	sink->taken_lines -= count;
	sink->taken_bytes -= bytes;
	sink_watch(sink);
	sink->told_timeout = false;
	sink->busy_since = eyas_clock_ns(CLOCK_MONOTONIC);
	pthread_cond_broadcast(&sink->moved);
}

static void on_written(struct output_sink *sink, struct sink_batch *batch, size_t count)
{
	pthread_mutex_lock(&sink->lock);
	sink->stats.written += count;
	settle(sink, batch, count);
	if (sink->told_failing)
		sink_say(sink, 5, "%s: lines get out again, %llu were lost so far", sink->name,
			 (unsigned long long)(sink->stats.full + sink->stats.failed));
	sink->told_failing = false;
	pthread_mutex_unlock(&sink->lock);
}

static void on_lost(struct output_sink *sink, struct sink_batch *batch, size_t count,
		    const struct eyas_err *err)
{
	pthread_mutex_lock(&sink->lock);
	sink->stats.failed += count;
	memcpy(sink->failure, err->text, sizeof(sink->failure));
	settle(sink, batch, count);
	if (!sink->told_failing)
		sink_say(sink, 3, "%s: %s; lines are lost", sink->name, err->text);
	sink->told_failing = true;
	pthread_mutex_unlock(&sink->lock);
}

static void on_retry(struct output_sink *sink, const struct eyas_err *err)
{
	pthread_mutex_lock(&sink->lock);
	sink->stats.retries++;
	memcpy(sink->failure, err->text, sizeof(sink->failure));
	if (!sink->told_failing)
		sink_say(sink, 4, "%s: %s; tried again", sink->name, err->text);
	sink->told_failing = true;
	pthread_mutex_unlock(&sink->lock);
}

bool sink_pause(struct output_sink *sink, uint64_t until_ns)
{
	bool stop;

	pthread_mutex_lock(&sink->lock);
	stop = sink->stop;
	if (stop && until_ns > eyas_clock_ns(CLOCK_MONOTONIC) + HURRY_NS)
		until_ns = eyas_clock_ns(CLOCK_MONOTONIC) + HURRY_NS;
	while (!sink_cancelled(sink) && sink->stop == stop && !sink->reopen &&
	       eyas_clock_ns(CLOCK_MONOTONIC) < until_ns)
		sink_wait(sink, &sink->work, until_ns);
	pthread_mutex_unlock(&sink->lock);
	return !sink_cancelled(sink);
}

/* The pause after so many attempts. */
static uint64_t backoff(const struct output_sink *sink, uint32_t attempts)
{
	uint64_t pause = sink->opts.retry_ns;

	while (--attempts && pause < sink->opts.retry_max_ns)
		pause *= 2;
	return pause < sink->opts.retry_max_ns ? pause : sink->opts.retry_max_ns;
}

static void reopen_if_asked(struct output_sink *sink)
{
	bool reopen;

	pthread_mutex_lock(&sink->lock);
	reopen = sink->reopen;
	sink->reopen = false;
	pthread_mutex_unlock(&sink->lock);
	if (reopen && sink->backend->reopen)
		sink->backend->reopen(sink->state);
}

static bool is_over(const struct output_sink *sink, int res, uint32_t attempts)
{
	if (res == -EBADMSG || (sink->opts.brief && sink->given_up))
		return true;
	return sink->opts.retries != OUTPUT_FOREVER && attempts >= sink->opts.retries;
}

/* Until all of it is out or given up, or the sink is cancelled. */
static void write_batch(struct output_sink *sink, struct sink_batch *batch)
{
	struct eyas_err err = { 0 };
	uint32_t attempts = 0;
	int res;

	while (batch->count && !sink_cancelled(sink)) {
		reopen_if_asked(sink);
		res = sink->backend->put(sink->state, batch, &err);
		if (res > 0) {
			on_written(sink, batch, (size_t)res);
			sink->given_up = false;
			attempts = 0;
		} else if (res == -EPIPE) {
			pthread_mutex_lock(&sink->lock);
			sink->broken = true;
			pthread_mutex_unlock(&sink->lock);
			on_lost(sink, batch, batch->count, &err);
		} else if (is_over(sink, res, attempts)) {
			if (!sink_cancelled(sink))
				on_lost(sink, batch, 1, &err);
			sink->given_up |= res != -EBADMSG;
			attempts = 0;
		} else if (!sink_cancelled(sink)) {
			on_retry(sink, &err);
			/* Counting goes on for ever where trying does. */
			attempts += attempts < UINT32_MAX;
			sink_pause(sink, eyas_clock_ns(CLOCK_MONOTONIC) + backoff(sink, attempts));
		}
	}
}

static void empty(struct sink_queue *queue)
{
	queue->count = 0;
	queue->text.len = 0;
	if (queue->text.cap > KEPT_BYTES)
		sink_queue_fini(queue);
}

/* With the lock held, which is let go meanwhile. */
static void take_and_write(struct output_sink *sink, struct sink_queue *mine)
{
	struct sink_queue other = sink->queue;
	struct sink_batch batch = { other.text.data, other.lines, other.count };

	sink->queue = *mine;
	*mine = other;
	sink->taken_lines = other.count;
	sink->taken_bytes = other.text.len;
	sink->busy_since = eyas_clock_ns(CLOCK_MONOTONIC);
	sink->told_timeout = false;
	pthread_mutex_unlock(&sink->lock);
	write_batch(sink, &batch);
	empty(mine);
	pthread_mutex_lock(&sink->lock);
	sink->stats.abandoned += batch.count;
	sink->taken_lines = sink->taken_bytes = 0;
	sink->busy_since = 0;
	pthread_cond_broadcast(&sink->moved);
}

void *sink_thread(void *arg)
{
	struct output_sink *sink = arg;
	struct sink_queue mine = { .text = EYAS_STR_INIT };

	pthread_mutex_lock(&sink->lock);
	while (sink->queue.count || !sink->stop) {
		if (sink->queue.count) {
			take_and_write(sink, &mine);
		} else if (sink->reopen) {
			pthread_mutex_unlock(&sink->lock);
			reopen_if_asked(sink);
			pthread_mutex_lock(&sink->lock);
		} else {
			sink->asleep = true;
			sink_wait(sink, &sink->work, OUTPUT_NO_LIMIT);
			sink->asleep = false;
		}
	}
	sink->drained = true;
	pthread_cond_broadcast(&sink->moved);
	pthread_mutex_unlock(&sink->lock);
	sink_queue_fini(&mine);
	sink->backend->close(sink->state);
	pthread_mutex_lock(&sink->lock);
	sink->ended = true;
	pthread_cond_broadcast(&sink->moved);
	sink_release(sink);
	return NULL;
}
