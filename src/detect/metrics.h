/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a detection says of itself in figures: every interval as an internal alert and as a line of
 * a file, and as Prometheus' text when somebody asks. Names and shapes are those of Falco
 * (reference/falco_cli_config.md, section 7), whichever command makes them.
 *
 * All figures are taken by the thread of the events, which lends its ear when its time has come or
 * somebody waits for it: for an event, that is one comparison. Only detect_metrics_scrape() may be
 * called by other threads.
 */
#ifndef DETECT_METRICS_H
#define DETECT_METRICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "detect/alerts.h"
#include "detect/captures.h"
#include "session/session.h"

/* Which figures; a mask. Those of the detection as a whole are always there. */
enum detect_metrics_part {
	DETECT_METRICS_RULES = 1,
	DETECT_METRICS_RESOURCES = 2,
	DETECT_METRICS_STATE = 4,
	DETECT_METRICS_KERNEL = 8,
	DETECT_METRICS_KERNEL_CPUS = 16, /* brings DETECT_METRICS_KERNEL along */
	DETECT_METRICS_ITERATORS = 32,
	DETECT_METRICS_PROGRAMS = 64, /* while the kernel keeps run statistics of BPF programs */
	DETECT_METRICS_PLUGINS = 128,
	DETECT_METRICS_EYAS = 256, /* by names of our own, what Falco's names do not tell */
	DETECT_METRICS_ALL = 511
};

struct detect_metrics_opts {
	unsigned parts; /* mask of enum detect_metrics_part */
	/*
	 * Of machine time when the events are this machine's, of event time when they are those of
	 * captures; 0 = only when somebody asks.
	 */
	uint64_t interval_ns;
	bool alerts;	      /* as internal alerts */
	const char *file;     /* lines are appended to it; NULL = none. Copied, as all texts are */
	bool megabytes;	      /* memory as such in alerts and files */
	bool empty;	      /* there also counts that are 0 */
	bool last;	      /* another sample at the end */
	const char *version;  /* NULL = Eyas' */
	const char *hostname; /* NULL = the machine's */
	const char *source;   /* of the events; NULL = "syscall" */
	const char *engine; /* what brings them; NULL = "modern_bpf" of a live source, "savefile" */
	uint64_t start_ns, reload_ns;	   /* since the epoch; 0 = now */
	const char *proc_root;		   /* of the machine; NULL = "/proc" */
	const char *cgroup_memory;	   /* file that tells of it; NULL = found */
	const volatile sig_atomic_t *stop; /* ends waiting for the file; may be NULL */
	/* Told what goes wrong with the file. May be NULL. */
	void (*log)(void *ctx, unsigned severity, const char *text);
	void *log_ctx;
};

/* Whose figures they are; all outlive the metrics, or their end. alerts may be NULL. */
struct detect_metrics_sources {
	const struct eyas_session *session;
	const struct eyas_rules *rules;
	struct eyas_alerts *alerts;
	const struct detect_captures *captures; /* NULL = alerts begin none */
	bool live;
};

struct detect_metrics;

/* Errors: a file that cannot be written to, -ENOMEM. */
int detect_metrics_new(const struct detect_metrics_opts *opts, struct detect_metrics **ret_metrics,
		       struct eyas_err *reterr);
/*
 * Tell of a file that was loaded, by its name and the hash of what is in it now. What is no plain
 * file is passed over. Errors: -errno, -ENOMEM.
 */
enum detect_metrics_file { DETECT_METRICS_RULES_FILE, DETECT_METRICS_CONFIG_FILE };
int detect_metrics_add_file(struct detect_metrics *metrics, enum detect_metrics_file kind,
			    const char *path, struct eyas_err *reterr);
/* The same of what did not come from a file. */
int detect_metrics_add_text(struct detect_metrics *metrics, enum detect_metrics_file kind,
			    const char *name, const char *text, size_t len);
/* The detection begins. */
void detect_metrics_begin(struct detect_metrics *metrics,
			  const struct detect_metrics_sources *sources);

/*
 * The beginning of struct detect_metrics, for the comparison below: when the last interval began,
 * and how long it lasts. Another thread that wants to be heard makes it end at once.
 */
struct detect_metrics_due {
	uint64_t base_ns;
	_Atomic uint64_t span_ns;
};

/* Is there something to do? Also when time has gone back. metrics may be NULL. */
static inline bool detect_metrics_is_due(const struct detect_metrics *metrics, uint64_t ts_ns)
{
	const struct detect_metrics_due *due = (const struct detect_metrics_due *)metrics;

	return due &&
	       ts_ns - due->base_ns >= atomic_load_explicit(&due->span_ns, memory_order_relaxed);
}

/* Do it. 0, or the failure of an alert, as eyas_alerts_internal() says. */
int detect_metrics_look(struct detect_metrics *metrics, uint64_t ts_ns);

/* Both: an event has passed, with its time. */
static inline int detect_metrics_event(struct detect_metrics *metrics, uint64_t ts_ns)
{
	return detect_metrics_is_due(metrics, ts_ns) ? detect_metrics_look(metrics, ts_ns) : 0;
}

/* Nothing came for a while, or a tenth of a second has passed; likewise. */
int detect_metrics_idle(struct detect_metrics *metrics);
/* Open the file anew. */
void detect_metrics_reopen(struct detect_metrics *metrics);
/*
 * The detection ends, with the time of the last event: the last sample. Sources are not looked at
 * any more, and who waits or asks later gets no figures.
 */
int detect_metrics_end(struct detect_metrics *metrics, uint64_t ts_ns);
/* Lines of the file that were lost so far. */
uint64_t detect_metrics_lost(const struct detect_metrics *metrics);
/* NULL is fine. */
void detect_metrics_free(struct detect_metrics *metrics);

/*
 * Prometheus' text of now, or one that is younger than a second: appended to out. From any thread
 * but that of the events, for as long as the metrics are there. 0; -ETIMEDOUT: the detection did
 * not answer within wait_ns; -ECANCELED: it has ended; -ENOMEM.
 */
int detect_metrics_scrape(struct detect_metrics *metrics, uint64_t wait_ns, struct eyas_str *out);

#endif
