/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live source: reads the rings of all CPUs as one stream in the order of time.
 *
 * A round looks at the clock, then at the head of every ring, and hands on what lies below the
 * heads by time, except for the last moment before the look: an event gets its time when its
 * program begins, and is seen when it ends, so a ring that looks empty may still bring one that is
 * older than what other rings hold. SETTLE_NS is longer than a program runs; where the hypervisor
 * stops a CPU in the middle for longer, the event comes late, which is counted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/le.h"
#include "base/opts.h"
#include "bpf/wire.h"
#include "capture/bpf_feature.h"
#include "capture/bpf_load.h"
#include "capture/bpf_rings.h"
#include "capture/bpf_select.h"
#include "capture/bpf_snapshot.h"
#include "capture/bpf_source.h"
#include "capture/bpf_sums.h"
#include "capture/bpf_translate.h"
#include "schema/event.h"

enum {
	SETTLE_NS = 200000,
	SUSPEND_NS = 10000000,
	SUSPEND_TRIES = 16,
	SLEEP_MIN_NS = 500000,
	WAIT_MS_DEFAULT = 30,
	HEARTBEAT_MS_DEFAULT = 2000,
	BEATS_EACH = 4,		/* heartbeats in the time after which silence is a fault */
	TAIL_STEP = 128 * 1024, /* bytes read before the writer is told */
	SWEEP_NS = 1000000000,	/* between two sweeps through the sums, */
	SWEEP_PART = 8		/* or when one in so many places is left to the reader */
};

struct bpf_source {
	struct eyas_source source;
	struct eyas_live_opts opts;
	struct bpf_probe probe;
	struct eyas_wire_config *config;
	struct eyas_codes codes;
	struct eyas_bpf_translator translator;
	struct eyas_event event; /* the one that is lent */
	struct bpf_rings rings;
	struct bpf_sums sums;
	uint64_t sums_over_seen, swept_ns;
	uint8_t sum_record[BPF_SUM_RECORD_BYTES]; /* of one that was swept up */
	uint64_t last_mono;			  /* of the event handed on last */
	uint64_t settled;   /* monotonic time up to which this round hands on */
	uint64_t suspended; /* time that is part of boot time, not of monotonic time */
	uint64_t shift;	    /* from monotonic time to that since the epoch */
	int64_t boot_ts;    /* begin of boot time, since the epoch */
	uint64_t last_ts;
	uint64_t disorder;
	uint64_t no_ring_seen;
	uint64_t beats_sent_ns, beats_seen, beats_seen_ns;
	uint32_t sleep_ns;
	bool finishing; /* detached: everything is handed on */
	bool finished;	/* the last sweep was begun */
	struct eyas_source_stats stats;
};

/* Where an event has its type. */
enum { TYPE_AT = 20 };

/* ---- rounds ---- */

/* Boot time less monotonic time: what was spent suspended. The least of some tries is the truest. */
static uint64_t measure_suspended(void)
{
	uint64_t least = UINT64_MAX, now, apart;
	int i;

	for (i = 0; i < SUSPEND_TRIES; i++) {
		now = eyas_clock_ns(CLOCK_MONOTONIC);
		apart = eyas_clock_ns(CLOCK_BOOTTIME) - now;
		if (apart < least)
			least = apart;
	}
	return least;
}

/* Now and then, what programs leave to the reader is collected, behind all that was handed on. */
static void begin_sweep(struct bpf_source *src, uint64_t now)
{
	uint64_t over = 0, more;
	unsigned cpu;

	for (cpu = 0; cpu < src->probe.ncpus; cpu++)
		if (src->rings.readers[cpu].ring)
			over += src->rings.readers[cpu].ring->sums_over;
	more = over - src->sums_over_seen;
	if (!more && !src->sums.again)
		return;
	if (now - src->swept_ns < SWEEP_NS &&
	    more < src->sums.nbuckets * EYAS_WIRE_SUM_WAYS / SWEEP_PART)
		return;
	src->sums_over_seen = over;
	src->swept_ns = now;
	bpf_sums_sweep(&src->sums, src->settled);
}

static void begin_round(struct bpf_source *src)
{
	uint64_t now = eyas_clock_ns(CLOCK_MONOTONIC), suspended;

	if (src->sums.buckets)
		begin_sweep(src, now);
	src->settled = src->finishing ? UINT64_MAX : now - SETTLE_NS;
	/*
	 * It changes only when the machine was suspended. The two clocks are not read at once, so a
	 * small difference is none; to follow it would put events of one ring out of order.
	 */
	if (eyas_clock_ns(CLOCK_BOOTTIME) - now > src->suspended + SUSPEND_NS) {
		suspended = measure_suspended();
		if (suspended > src->suspended + SUSPEND_NS)
			src->suspended = suspended;
	}
	src->shift = (uint64_t)src->boot_ts + src->suspended;
	bpf_rings_look(&src->rings);
}

/* New rings get a reader. */
static void meet_rings(struct bpf_source *src)
{
	const struct bpf_ring *ring;
	unsigned cpu;

	for (cpu = 0; cpu < src->probe.ncpus; cpu++) {
		ring = &src->probe.rings[cpu];
		if (ring->head && !src->rings.readers[cpu].ring)
			bpf_rings_add(&src->rings, cpu, ring->head, ring->data);
	}
}

/* ---- waiting ---- */

static uint64_t beats(const struct bpf_source *src)
{
	uint64_t sum = 0;
	unsigned cpu;

	for (cpu = 0; cpu < src->probe.ncpus; cpu++)
		if (src->rings.readers[cpu].ring)
			sum += __atomic_load_n(&src->rings.readers[cpu].ring->beats,
					       __ATOMIC_RELAXED);
	return sum;
}

/*
 * Is the probe still there? A call that it answers without an event is made now and then; when
 * answers stay out for so long, something detached it.
 */
static int check_heartbeat(struct bpf_source *src, struct eyas_err *reterr)
{
	uint64_t limit = src->opts.heartbeat_ms * UINT64_C(1000000);
	uint64_t now = eyas_clock_ns(CLOCK_MONOTONIC), seen;

	if (now - src->beats_sent_ns < limit / BEATS_EACH)
		return 0;
	seen = beats(src);
	if (seen != src->beats_seen || !src->beats_seen_ns) {
		src->beats_seen = seen;
		src->beats_seen_ns = now;
	} else if (now - src->beats_seen_ns > limit) {
		return eyas_err_set(reterr, -EIO,
				    "the probe is attached but has delivered nothing for %u ms",
				    src->opts.heartbeat_ms);
	}
	syscall(EYAS_WIRE_BEAT_NUMBER);
	src->beats_sent_ns = now;
	return 0;
}

static int check_cpus(struct bpf_source *src, struct eyas_err *reterr)
{
	uint64_t lost = bpf_probe_no_ring(&src->probe);
	int err;

	if (lost == src->no_ring_seen)
		return 0;
	src->no_ring_seen = lost;
	err = bpf_probe_add_rings(&src->probe, reterr);
	if (!err)
		meet_rings(src);
	return err;
}

static int pause_between(struct bpf_source *src, struct eyas_err *reterr)
{
	uint32_t max_ns = src->opts.wait_ms * UINT32_C(1000000);
	struct timespec span;
	int err = check_heartbeat(src, reterr);

	if (!err)
		err = check_cpus(src, reterr);
	if (err)
		return err;
	span.tv_sec = src->sleep_ns / 1000000000;
	span.tv_nsec = src->sleep_ns % 1000000000;
	nanosleep(&span, NULL);
	src->sleep_ns = src->sleep_ns > max_ns / 2 ? max_ns : src->sleep_ns * 2;
	return 0;
}

/* ---- the source ---- */

/* A sum in the place of an event. */
static int lend_sums(struct bpf_source *src, const struct bpf_piece *piece)
{
	uint64_t now = eyas_le64(piece->bytes);

	if (piece->len != BPF_SUM_RECORD_BYTES || !src->sums.buckets) {
		src->stats.damaged++;
		return 0;
	}
	if (now > src->last_mono)
		src->last_mono = now;
	eyas_put_le64(piece->bytes, now + src->shift);
	bpf_sums_settle_record(piece->bytes, src->sums.tick_ns, src->shift);
	bpf_sums_event(piece->bytes, &src->event);
	src->event.cpu = piece->cpu;
	src->event.offset = piece->pos;
	return 1;
}

/* One that was swept up, at the time of what came before. */
static int lend_swept(struct bpf_source *src, struct eyas_io_sums *sums)
{
	sums->began_ts_ns += src->shift;
	sums->last_ts_ns += src->shift;
	bpf_sums_make_record(src->sum_record, sums, src->last_ts);
	bpf_sums_event(src->sum_record, &src->event);
	return 1;
}

/*
 * Lend the oldest event: 1, or 0 if it is damaged, which is counted, or a failure. Then the ring it
 * is in cannot be read any further.
 */
static int lend(struct bpf_source *src, struct eyas_event **ret_event, struct eyas_err *reterr)
{
	struct eyas_event *event = &src->event;
	struct bpf_piece piece;
	int err = bpf_rings_lend(&src->rings, &piece, reterr);

	if (err)
		return err;
	if (eyas_le16(piece.bytes + TYPE_AT) == EYAS_WIRE_SUM_TYPE) {
		*ret_event = event;
		return lend_sums(src, &piece);
	}
	src->stats.events++;
	src->stats.bytes += piece.len;
	if (eyas_event_view_checked(piece.bytes, piece.len, event, NULL)) {
		src->stats.damaged++;
		return 0;
	}
	if (event->ts_ns > src->last_mono)
		src->last_mono = event->ts_ns;
	event->ts_ns += src->shift;
	/* The bytes are what a capture gets. */
	memcpy(piece.bytes, &event->ts_ns, sizeof(event->ts_ns));
	event->cpu = piece.cpu;
	event->offset = piece.pos;
	eyas_bpf_translate(&src->translator, event, piece.bytes);
	if (event->ts_ns < src->last_ts)
		src->disorder++;
	else
		src->last_ts = event->ts_ns;
	*ret_event = event;
	return 1;
}

/* Is there an event that this round hands on? */
static bool has_settled(const struct bpf_source *src)
{
	uint64_t ts;

	return bpf_rings_oldest(&src->rings, &ts) && ts <= src->settled;
}

/* All rings are empty for good: what is left to the reader is handed on now, then it is the end. */
static int finish(struct bpf_source *src)
{
	struct eyas_io_sums sums;

	if (src->finished || !src->sums.buckets)
		return EYAS_E_END;
	src->finished = true;
	bpf_sums_sweep(&src->sums, UINT64_MAX);
	return bpf_sums_swept(&src->sums, &sums) ? lend_swept(src, &sums) : EYAS_E_END;
}

static int bpf_next(struct eyas_source *source, struct eyas_event **ret_event,
		    struct eyas_err *reterr)
{
	struct bpf_source *src = (struct bpf_source *)source;
	struct eyas_io_sums sums;

	bpf_rings_give_back(&src->rings);
	*ret_event = &src->event;
	if (bpf_sums_swept(&src->sums, &sums))
		return lend_swept(src, &sums);
	if (!has_settled(src)) {
		begin_round(src);
		if (bpf_sums_swept(&src->sums, &sums))
			return lend_swept(src, &sums);
		if (!has_settled(src))
			return src->finishing ? finish(src) : pause_between(src, reterr);
		src->sleep_ns = SLEEP_MIN_NS;
	}
	return lend(src, ret_event, reterr);
}

static void bpf_stats(const struct eyas_source *source, struct eyas_source_stats *ret_stats)
{
	*ret_stats = ((const struct bpf_source *)source)->stats;
	ret_stats->bytes_in = ret_stats->bytes;
	ret_stats->event_version = 2;
}

static void bpf_close(struct eyas_source *source)
{
	struct bpf_source *src = (struct bpf_source *)source;

	bpf_snapshot_unload(src->probe.snapshot);
	bpf_probe_close(&src->probe);
	bpf_rings_fini(&src->rings);
	free(src);
}

static const struct source_ops bpf_ops = {
	.next = bpf_next,
	.stats = bpf_stats,
	.close = bpf_close,
};

static struct bpf_source *as_bpf(const struct eyas_source *source)
{
	return source->ops == &bpf_ops ? (struct bpf_source *)(uintptr_t)source : NULL;
}

struct bpf_probe *bpf_source_probe(const struct eyas_source *source)
{
	struct bpf_source *src = as_bpf(source);

	return src ? &src->probe : NULL;
}

uint64_t bpf_source_boot_ts(const struct eyas_source *source)
{
	return (uint64_t)as_bpf(source)->boot_ts;
}

static int not_live(struct eyas_err *reterr)
{
	return eyas_err_set(reterr, EYAS_E_USAGE, "this is no live source");
}

static int open_sums(struct bpf_source *src, struct eyas_err *reterr)
{
	struct timespec tick;
	int err;

	if (!src->opts.sum_io)
		return 0;
	err = bpf_probe_map_sums(&src->probe, reterr);
	/* What the coarse clock can tell apart is a tick. */
	clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
	if (!err)
		bpf_sums_init(&src->sums, src->probe.sums, src->probe.sum_buckets,
			      (uint64_t)tick.tv_nsec);
	return err;
}

static int open_source(struct bpf_source *src, struct eyas_err *reterr)
{
	int err;

	if (src->opts.codes)
		src->codes = *src->opts.codes;
	else
		eyas_codes_add_default(&src->codes);
	src->opts.codes = NULL;
	if (!src->opts.heartbeat_ms)
		src->opts.heartbeat_ms = HEARTBEAT_MS_DEFAULT;
	if (!src->opts.wait_ms)
		src->opts.wait_ms = WAIT_MS_DEFAULT;
	src->opts.sum_io = src->opts.sum_io && bpf_feature_has_sums();
	src->sleep_ns = SLEEP_MIN_NS;
	eyas_bpf_translator_init(&src->translator);
	err = bpf_probe_open(&src->probe, &src->opts, &src->codes, reterr);
	if (err)
		return err;
	if (bpf_rings_init(&src->rings, src->probe.ncpus, src->probe.ring_bytes))
		return eyas_err_set(reterr, -ENOMEM, "no memory for the readers of the rings");
	meet_rings(src);
	err = open_sums(src, reterr);
	if (err)
		return err;
	src->config = bpf_probe_config(&src->probe);
	err = bpf_select_opts(src->config, &src->opts, reterr);
	if (!err && src->opts.tests.follow_pid)
		err = bpf_probe_follow(&src->probe, src->opts.tests.follow_pid, reterr);
	if (err)
		return err;
	bpf_select_codes(src->config, &src->codes);
	src->suspended = measure_suspended();
	src->boot_ts = (int64_t)eyas_clock_boot_ns();
	/* Once attached, the rings fill while nobody reads them. */
	if (src->opts.snapshot)
		src->probe.snapshot = bpf_snapshot_load();
	bpf_load_trim();
	return bpf_probe_attach(&src->probe, reterr);
}

int eyas_source_open_live(const struct eyas_live_opts *opts, struct eyas_source **ret_source,
			  struct eyas_err *reterr)
{
	struct bpf_source *src = calloc(1, sizeof(*src));
	libbpf_print_fn_t before;
	int err;

	if (!src)
		return eyas_err_set(reterr, -ENOMEM, "no memory for a source");
	src->source.ops = &bpf_ops;
	before = bpf_load_quiet();
	err = eyas_opts_copy(&src->opts, sizeof(src->opts), opts, "live", reterr);
	if (!err)
		err = open_source(src, reterr);
	bpf_load_loud(before);
	if (err) {
		bpf_close(&src->source);
		return err;
	}
	*ret_source = &src->source;
	return 0;
}

int eyas_live_stop(struct eyas_source *source, struct eyas_err *reterr)
{
	struct bpf_source *src = as_bpf(source);

	if (!src)
		return not_live(reterr);
	bpf_probe_detach(&src->probe);
	src->finishing = true;
	return 0;
}

int eyas_live_select(struct eyas_source *source, const struct eyas_codes *codes,
		     struct eyas_err *reterr)
{
	struct bpf_source *src = as_bpf(source);
	size_t i;

	if (!src)
		return not_live(reterr);
	for (i = 0; i < sizeof(codes->bits) / sizeof(codes->bits[0]); i++)
		if (codes->bits[i] & ~src->probe.loadable.bits[i])
			return eyas_err_set(reterr, EYAS_E_USAGE,
					    "the selection goes beyond that of the opening");
	src->codes = *codes;
	bpf_select_codes(src->config, codes);
	return 0;
}

/* ---- statistics ---- */

static void add_ring(struct eyas_live_stats *stats, const struct eyas_wire_ring *ring)
{
	unsigned i;

	/* What found the ring busy did not come to count itself there. */
	stats->events += ring->events + ring->nested;
	stats->dropped_too_big += ring->too_big;
	stats->dropped_nested += ring->nested;
	stats->tests_failed += ring->tests;
	stats->sums_refused += ring->sums_refused;
	stats->dropped += ring->too_big + ring->nested;
	for (i = 0; i < EYAS_DROP_KINDS; i++) {
		stats->dropped_full[i] += ring->full[i];
		stats->dropped += ring->full[i];
	}
	stats->ncpus++;
}

int eyas_live_stats(const struct eyas_source *source, int cpu, struct eyas_live_stats *ret_stats,
		    struct eyas_err *reterr)
{
	struct bpf_source *src = as_bpf(source);
	struct eyas_live_stats stats = { 0 };
	unsigned i;

	if (!src)
		return not_live(reterr);
	if (cpu >= (int)src->probe.ncpus || (cpu >= 0 && !src->rings.readers[cpu].ring))
		return eyas_err_set(reterr, -ENOENT, "CPU %d has no ring", cpu);
	for (i = 0; i < src->probe.ncpus; i++)
		if (src->rings.readers[i].ring && (cpu < 0 || (unsigned)cpu == i))
			add_ring(&stats, src->rings.readers[i].ring);
	if (cpu < 0) {
		stats.dropped_no_ring = bpf_probe_no_ring(&src->probe);
		stats.events += stats.dropped_no_ring;
		stats.dropped += stats.dropped_no_ring;
		stats.disorder = src->disorder;
	}
	stats.ring_used_max = src->rings.used_max;
	stats.ring_bytes = (uint64_t)stats.ncpus * src->probe.map_bytes;
	*ret_stats = stats;
	return 0;
}

/* ---- sums ---- */

int eyas_live_sums(struct eyas_source *source, int64_t tid, int64_t fd, int last,
		   struct eyas_io_sums *ret_sums)
{
	struct bpf_source *src = as_bpf(source);
	uint64_t until_ns;
	int err;

	if (!src)
		return EYAS_E_USAGE;
	/* Where nothing waits, all is handed on that this round has looked at. */
	until_ns = has_settled(src) || src->settled < src->last_mono ? src->last_mono
								     : src->settled;
	err = bpf_sums_get(&src->sums, tid, fd, last, until_ns, ret_sums);
	if (!err) {
		ret_sums->began_ts_ns += src->shift;
		ret_sums->last_ts_ns += src->shift;
	}
	return err;
}

const char *eyas_drop_name(unsigned kind)
{
	static const char *const names[EYAS_DROP_KINDS] = {
		[EYAS_DROP_CLONE_FORK] = "clone_fork", [EYAS_DROP_EXECVE] = "execve",
		[EYAS_DROP_CONNECT] = "connect",       [EYAS_DROP_OPEN] = "open",
		[EYAS_DROP_DIR_FILE] = "dir_file",     [EYAS_DROP_CLOSE] = "close",
		[EYAS_DROP_PROC_EXIT] = "proc_exit",   [EYAS_DROP_STATE_OTHER] = "state_other",
		[EYAS_DROP_OTHER] = "other",
	};

	return kind < EYAS_DROP_KINDS ? names[kind] : NULL;
}
