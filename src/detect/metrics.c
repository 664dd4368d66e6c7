/* SPDX-License-Identifier: Apache-2.0 */
/* When figures are taken, and where they go. */
#include "detect/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "detect/metrics_int.h"
#include "detect/prometheus.h"

/* How long the file's queue has at the end, and how often a line is tried if it is not live. */
#define CLOSE_NS UINT64_C(2000000000)
enum { CAPTURE_RETRIES = 3 };
/* Who asks more often than once a second gets the text of before. */
#define FRESH_NS UINT64_C(1000000000)
/* Time that goes back by more is another time. */
#define BACK_NS UINT64_C(1000000000)

/* ---- beginning ---- */

static char *copy_of(const char *text, const char *otherwise)
{
	return strdup(text ? text : otherwise);
}

static int copy_texts(struct detect_metrics *metrics, const struct detect_metrics_opts *opts)
{
	char machine[256] = "";

	gethostname(machine, sizeof(machine) - 1);
	metrics->version = copy_of(opts->version, eyas_version());
	metrics->hostname = copy_of(opts->hostname, machine);
	metrics->source = copy_of(opts->source, "syscall");
	metrics->engine = copy_of(opts->engine, "");
	metrics->proc_root = copy_of(opts->proc_root, "/proc");
	metrics->cgroup_memory = copy_of(opts->cgroup_memory, "");
	if (!metrics->version || !metrics->hostname || !metrics->source || !metrics->engine ||
	    !metrics->proc_root || !metrics->cgroup_memory)
		return -ENOMEM;
	metrics->host.proc_root = metrics->proc_root;
	metrics->host.cgroup_memory = *metrics->cgroup_memory ? metrics->cgroup_memory : NULL;
	return 0;
}

/* A sink tries again what fails; a path that is plainly wrong is better said at once. */
static int try_file(const char *path, struct eyas_err *reterr)
{
	int fd =
		open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644);

	/* A pipe that nobody reads yet. */
	if (fd < 0 && errno == ENXIO)
		return 0;
	if (fd < 0)
		return eyas_err_set(reterr, -errno, "'%s': %s", path, strerror(errno));
	close(fd);
	return 0;
}

static int open_file(struct detect_metrics *metrics, struct eyas_err *reterr)
{
	const struct detect_metrics_opts *opts = &metrics->opts;
	struct output_sink_opts sink;
	int res;

	if (!opts->file)
		return 0;
	output_sink_opts_init(&sink, OUTPUT_SINK_FILE);
	sink.target = opts->file;
	sink.keep_alive = true;
	sink.brief = true;
	sink.retries = CAPTURE_RETRIES;
	sink.stop = opts->stop;
	sink.log = opts->log;
	sink.log_ctx = opts->log_ctx;
	res = try_file(opts->file, reterr);
	return res ? res : output_sink_open(&sink, &metrics->sink, reterr);
}

static int init_answer(struct metrics_answer *answer)
{
	pthread_condattr_t attr;
	int err = pthread_mutex_init(&answer->lock, NULL);

	if (err)
		return -err;
	err = pthread_condattr_init(&attr);
	if (!err) {
		/* Setting the clock must not end or prolong anybody's waiting. */
		pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
		err = pthread_cond_init(&answer->made, &attr);
		pthread_condattr_destroy(&attr);
	}
	if (err)
		pthread_mutex_destroy(&answer->lock);
	return -err;
}

int detect_metrics_new(const struct detect_metrics_opts *opts, struct detect_metrics **ret_metrics,
		       struct eyas_err *reterr)
{
	struct detect_metrics *metrics = calloc(1, sizeof(*metrics));
	uint64_t now_ns = eyas_clock_ns(CLOCK_REALTIME);
	int res;

	if (!metrics)
		return eyas_err_set(reterr, -ENOMEM, "%s", eyas_strerror(-ENOMEM));
	res = init_answer(&metrics->answer);
	if (res) {
		free(metrics);
		return eyas_err_set(reterr, res, "%s", eyas_strerror(res));
	}
	metrics->opts = *opts;
	metrics->opts.start_ns = opts->start_ns ? opts->start_ns : now_ns;
	metrics->opts.reload_ns = opts->reload_ns ? opts->reload_ns : now_ns;
	metrics->text.megabytes = opts->megabytes;
	metrics->text.empty = opts->empty;
	atomic_init(&metrics->due.span_ns, UINT64_MAX);
	res = copy_texts(metrics, opts);
	if (res)
		(void)eyas_err_set(reterr, res, "%s", eyas_strerror(res));
	else
		res = open_file(metrics, reterr);
	if (res) {
		detect_metrics_free(metrics);
		return res;
	}
	metrics_host_facts(&metrics->host, &metrics->facts);
	*ret_metrics = metrics;
	return 0;
}

/*
 * By the thread of the events, under the lock, so that it is not lost that another one has asked and
 * set it to 0.
 */
static void set_span(struct detect_metrics *metrics)
{
	const struct metrics_answer *answer = &metrics->answer;
	uint64_t span_ns = metrics->opts.interval_ns ? metrics->opts.interval_ns : UINT64_MAX;

	if (!metrics->started || answer->asked != answer->answered)
		span_ns = 0;
	atomic_store_explicit(&metrics->due.span_ns, span_ns, memory_order_relaxed);
}

void detect_metrics_begin(struct detect_metrics *metrics,
			  const struct detect_metrics_sources *sources)
{
	struct metrics_answer *answer = &metrics->answer;

	metrics->sources = *sources;
	/* The time of captures begins with their first event. */
	metrics->started = sources->live || !metrics->opts.interval_ns;
	if (sources->live && metrics->opts.interval_ns)
		metrics->due.base_ns = eyas_clock_ns(CLOCK_REALTIME);
	pthread_mutex_lock(&answer->lock);
	answer->open = true;
	set_span(metrics);
	pthread_mutex_unlock(&answer->lock);
}

/* ---- samples ---- */

static void put_line(struct detect_metrics *metrics)
{
	metrics->line.len = 0;
	metrics->line.nomem = false;
	metrics_line_put(&metrics->line, &metrics->fields, metrics->samples);
	if (metrics->line.nomem)
		metrics->lost++;
	else
		(void)output_sink_put(metrics->sink, metrics->line.data, metrics->line.len, 6);
}

/* Without memory there is no sample; the next one tells of the same counters. */
static int take_sample(struct detect_metrics *metrics, uint64_t ts_ns)
{
	const struct detect_metrics_sources *sources = &metrics->sources;
	uint64_t now_ns = sources->live ? eyas_clock_ns(CLOCK_REALTIME) : ts_ns;

	metrics->samples++;
	metrics_collect(metrics);
	metrics_collect_rates(metrics, now_ns);
	if (metrics_fields_make(&metrics->fields, &metrics->set, &metrics->text)) {
		metrics->lost++;
		return 0;
	}
	if (metrics->sink)
		put_line(metrics);
	if (!metrics->opts.alerts || !sources->alerts)
		return 0;
	return eyas_alerts_metrics(sources->alerts, now_ns, metrics->fields.fields,
				   metrics->fields.count);
}

/* ---- answers ---- */

/* To all who had asked by the time of want. */
static void make_answer(struct detect_metrics *metrics, uint64_t want)
{
	struct metrics_answer *answer = &metrics->answer;
	struct eyas_str text = EYAS_STR_INIT, before;

	metrics_collect(metrics);
	prometheus_put(&text, &metrics->set);
	text.nomem |= metrics->set.nomem;
	pthread_mutex_lock(&answer->lock);
	before = answer->text;
	answer->text = text;
	answer->answered = want;
	answer->made_ns = eyas_clock_ns(CLOCK_MONOTONIC);
	pthread_cond_broadcast(&answer->made);
	pthread_mutex_unlock(&answer->lock);
	eyas_str_fini(&before);
}

static void answer_all(struct detect_metrics *metrics)
{
	struct metrics_answer *answer = &metrics->answer;
	uint64_t want, answered;

	pthread_mutex_lock(&answer->lock);
	want = answer->asked;
	answered = answer->answered;
	pthread_mutex_unlock(&answer->lock);
	if (want != answered)
		make_answer(metrics, want);
	/* Who has asked meanwhile is heard with the next event. */
	pthread_mutex_lock(&answer->lock);
	set_span(metrics);
	pthread_mutex_unlock(&answer->lock);
}

/* Has an interval passed? The next one is in step with it, however many have passed. */
static bool has_passed(struct detect_metrics *metrics, uint64_t ts_ns)
{
	uint64_t interval_ns = metrics->opts.interval_ns, *base_ns = &metrics->due.base_ns;

	if (!interval_ns)
		return false;
	if (metrics->started && ts_ns >= *base_ns) {
		if (ts_ns - *base_ns < interval_ns)
			return false;
		*base_ns += (ts_ns - *base_ns) / interval_ns * interval_ns;
		return true;
	}
	/* The first event; or an older capture, or a clock that was set back. Events of several CPUs
	 * that are somewhat out of order are nothing of the kind. */
	if (!metrics->started || *base_ns - ts_ns > BACK_NS)
		*base_ns = ts_ns;
	metrics->started = true;
	return false;
}

int detect_metrics_look(struct detect_metrics *metrics, uint64_t ts_ns)
{
	int res = has_passed(metrics, ts_ns) ? take_sample(metrics, ts_ns) : 0;

	answer_all(metrics);
	return res;
}

int detect_metrics_idle(struct detect_metrics *metrics)
{
	if (!metrics)
		return 0;
	if (metrics->sink)
		output_sink_check(metrics->sink);
	return detect_metrics_event(metrics, eyas_clock_ns(CLOCK_REALTIME));
}

void detect_metrics_reopen(struct detect_metrics *metrics)
{
	if (metrics && metrics->sink)
		output_sink_reopen(metrics->sink);
}

/* The same as pthread_cond_timedwait() wants it. */
static struct timespec at(uint64_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / UINT64_C(1000000000)),
				  .tv_nsec = (long)(ns % UINT64_C(1000000000)) };
}

static int copy_answer(const struct metrics_answer *answer, struct eyas_str *out)
{
	if (answer->text.nomem)
		return -ENOMEM;
	eyas_str_add(out, answer->text.data, answer->text.len);
	return out->nomem ? -ENOMEM : 0;
}

int detect_metrics_scrape(struct detect_metrics *metrics, uint64_t wait_ns, struct eyas_str *out)
{
	struct metrics_answer *answer = &metrics->answer;
	uint64_t now_ns = eyas_clock_ns(CLOCK_MONOTONIC), mine;
	struct timespec until = at(now_ns + wait_ns);
	int res = 0;

	pthread_mutex_lock(&answer->lock);
	if (!answer->open || !answer->made_ns || now_ns >= answer->made_ns + FRESH_NS) {
		mine = ++answer->asked;
		atomic_store_explicit(&metrics->due.span_ns, 0, memory_order_relaxed);
		while (answer->open && answer->answered < mine && !res)
			res = -pthread_cond_timedwait(&answer->made, &answer->lock, &until);
		if (answer->answered >= mine)
			res = 0;
		else if (!answer->open)
			res = -ECANCELED;
	}
	if (!res)
		res = copy_answer(answer, out);
	pthread_mutex_unlock(&answer->lock);
	return res;
}

/* ---- the end ---- */

uint64_t detect_metrics_lost(const struct detect_metrics *metrics)
{
	struct output_sink_stats stats = { 0 };

	if (metrics->sink)
		output_sink_stats(metrics->sink, &stats);
	return metrics->lost + stats.full + stats.failed + stats.abandoned;
}

static void close_file(struct detect_metrics *metrics)
{
	struct output_sink_stats stats;

	if (!metrics->sink)
		return;
	(void)output_sink_flush(metrics->sink, CLOSE_NS);
	output_sink_check(metrics->sink);
	output_sink_close(metrics->sink, 0, &stats);
	metrics->sink = NULL;
	metrics->lost += stats.full + stats.failed + stats.abandoned;
}

int detect_metrics_end(struct detect_metrics *metrics, uint64_t ts_ns)
{
	struct metrics_answer *answer;
	int res = 0;

	if (!metrics)
		return 0;
	answer = &metrics->answer;
	if (answer->open && metrics->opts.last && metrics->opts.interval_ns)
		res = take_sample(metrics, ts_ns);
	pthread_mutex_lock(&answer->lock);
	answer->open = false;
	pthread_cond_broadcast(&answer->made);
	pthread_mutex_unlock(&answer->lock);
	close_file(metrics);
	return res;
}

void detect_metrics_free(struct detect_metrics *metrics)
{
	size_t i;

	if (!metrics)
		return;
	close_file(metrics);
	for (i = 0; i < metrics->nfiles; i++)
		free(metrics->files[i].name);
	free(metrics->files);
	free(metrics->version);
	free(metrics->hostname);
	free(metrics->source);
	free(metrics->engine);
	free(metrics->proc_root);
	free(metrics->cgroup_memory);
	metrics_set_fini(&metrics->set);
	metrics_fields_fini(&metrics->fields);
	eyas_str_fini(&metrics->line);
	eyas_str_fini(&metrics->answer.text);
	pthread_cond_destroy(&metrics->answer.made);
	pthread_mutex_destroy(&metrics->answer.lock);
	free(metrics);
}
