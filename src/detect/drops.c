/* SPDX-License-Identifier: Apache-2.0 */
/* What is lost on the way from the kernel, and what is done about it. */
#include "detect/drops.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define SECOND UINT64_C(1000000000)

/* Severities of syslog. */
enum { CRITICAL = 2, INFO = 6, DEBUG = 7 };

void detect_drops_init(struct detect_drops *drops, const struct detect_drops_opts *opts)
{
	*drops = (struct detect_drops){ .opts = *opts };
	if (opts->simulate)
		drops->opts.threshold = 0;
	output_bucket_init(&drops->bucket, opts->rate, opts->max_burst);
}

void detect_drops_begin(struct detect_drops *drops, const struct eyas_live_stats *stats)
{
	drops->last = *stats;
}

/* What the probe counts, by the names that the alert has. */
static struct eyas_alerts_drops since(const struct eyas_live_stats *now,
				      const struct eyas_live_stats *last)
{
	struct eyas_alerts_drops d = { .ebpf = true };
	uint64_t full[EYAS_DROP_KINDS];
	unsigned i;

	for (i = 0; i < EYAS_DROP_KINDS; i++) {
		full[i] = now->dropped_full[i] - last->dropped_full[i];
		d.buffer_total += full[i];
	}
	d.events = now->events - last->events;
	d.drops = now->dropped - last->dropped;
	d.buffer_clone_fork = full[EYAS_DROP_CLONE_FORK];
	d.buffer_execve = full[EYAS_DROP_EXECVE];
	d.buffer_connect = full[EYAS_DROP_CONNECT];
	d.buffer_open = full[EYAS_DROP_OPEN];
	d.buffer_dir_file = full[EYAS_DROP_DIR_FILE];
	d.buffer_close = full[EYAS_DROP_CLOSE];
	d.buffer_proc = full[EYAS_DROP_PROC_EXIT];
	d.buffer_other = full[EYAS_DROP_STATE_OTHER];
	d.scratch_map = now->dropped_too_big - last->dropped_too_big;
	d.bug = now->dropped_nested - last->dropped_nested + now->dropped_no_ring -
		last->dropped_no_ring;
	return d;
}

static void say(const struct detect_drops *drops, unsigned severity, const char *text)
{
	if (drops->opts.log)
		drops->opts.log(drops->opts.log_ctx, severity, text);
}

static void describe(const struct detect_drops *drops, const struct eyas_alerts_drops *lost,
		     char *ret, size_t size)
{
	char words[EYAS_ALERTS_DROPS_WORDS];

	if (drops->opts.log_name) {
		eyas_alerts_drops_words(lost, words);
		snprintf(ret, size, "%s internal: syscall event drop. %s", drops->opts.log_name,
			 words);
	} else {
		snprintf(ret, size,
			 "syscall event drop: %" PRIu64 " of %" PRIu64 " in the last second",
			 lost->drops, lost->events);
	}
}

static int act(struct detect_drops *drops, uint64_t ts_ns, const struct eyas_alerts_drops *lost,
	       struct eyas_alerts *alerts)
{
	unsigned actions = drops->opts.actions;
	char text[128];
	int res = 0;

	describe(drops, lost, text, sizeof(text));
	if (actions & DETECT_DROPS_LOG)
		say(drops, drops->opts.log_severity, text);
	if (actions & DETECT_DROPS_ALERT && alerts)
		res = eyas_alerts_drops(alerts, ts_ns, lost);
	if (!(actions & DETECT_DROPS_EXIT))
		return res;
	say(drops, CRITICAL, text);
	say(drops, CRITICAL, "Exiting.");
	return -ECANCELED;
}

int detect_drops_look(struct detect_drops *drops, uint64_t ts_ns,
		      const struct eyas_live_stats *stats, struct eyas_alerts *alerts)
{
	bool first = !drops->next_ns;
	struct eyas_alerts_drops lost;

	drops->next_ns = ts_ns + SECOND;
	if (first)
		return 0;
	lost = (struct eyas_alerts_drops){ 0 };
	if (stats) {
		lost = since(stats, &drops->last);
		drops->last = *stats;
	}
	if (drops->opts.simulate) {
		say(drops, INFO, "Simulating syscall event drop");
		lost.drops++;
	}
	if (!lost.drops || (double)lost.drops <= drops->opts.threshold * (double)lost.events)
		return 0;
	drops->detected++;
	if (!output_bucket_claim(&drops->bucket, ts_ns)) {
		say(drops, DEBUG, "Syscall event drop but token bucket depleted, skipping actions");
		return 0;
	}
	drops->acted++;
	return act(drops, ts_ns, &lost, alerts);
}
