/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alerts: of rules that match, and of what happens to a detection itself (losses, time-outs,
 * figures). Each is formatted once and handed to all sinks, none of which stops the events.
 */
#ifndef DETECT_ALERTS_H
#define DETECT_ALERTS_H

#include <eyas/rules.h>

#include "output/bucket.h"
#include "output/sink.h"

struct eyas_alerts_opts {
	/* Its hostname is copied; NULL = the machine's, asked for once. */
	struct eyas_rules_alert_opts format;
	/* Alerts of rules a second, of the events' time; 0 = without limit. */
	double rate, max_burst;
	/* "NAME internal: syscall event drop"; NULL = "Eyas". */
	const char *name;
	const struct output_sink_opts *sinks;
	size_t nsinks;
	/* A sink that cannot be opened is told of (log) and left out, if there is another one. */
	bool skip_failing;
	void (*log)(void *ctx, unsigned severity, const char *text);
	void *log_ctx;
};

struct eyas_alerts_stats {
	uint64_t rules;	   /* alerts of rules, handed to the sinks */
	uint64_t internal; /* others */
	uint64_t limited;  /* left out by rate */
};

struct eyas_alerts;

int eyas_alerts_new(const struct eyas_alerts_opts *opts, struct eyas_alerts **ret_alerts,
		    struct eyas_err *reterr);
/*
 * A rule that matches, from within eyas_rules_match_fn; ts_ns is the event's time. 0 also when
 * sinks had no room, which is counted there; -EPIPE: there is none left that takes anything;
 * others: there is no alert.
 */
int eyas_alerts_rule(struct eyas_alerts *alerts, struct eyas_rules *rules, size_t rule,
		     uint64_t ts_ns);

/* A field of an internal alert: a text, or, without one, a number as JSON has it. */
struct eyas_alerts_field {
	const char *key, *text;
	const char *number;
};

/*
 * An internal alert: "what" follows the name in the name of its rule, more is the message behind
 * it ("" = none, NULL = the message is the name and what, alone). Fields may come in any order. Never limited by the rate.
 */
int eyas_alerts_internal(struct eyas_alerts *alerts, uint64_t ts_ns, unsigned priority,
			 const char *what, const char *more, const struct eyas_alerts_field *fields,
			 size_t nfields);

/* Losses of the last second. */
struct eyas_alerts_drops {
	bool ebpf;
	uint64_t events, drops;
	uint64_t buffer_total, buffer_clone_fork, buffer_close, buffer_connect, buffer_dir_file;
	uint64_t buffer_execve, buffer_open, buffer_other, buffer_proc;
	uint64_t bug, page_faults, scratch_map;
};

/* What the alert on them says behind its name. */
enum { EYAS_ALERTS_DROPS_WORDS = 64 };
void eyas_alerts_drops_words(const struct eyas_alerts_drops *drops,
			     char ret_words[EYAS_ALERTS_DROPS_WORDS]);
int eyas_alerts_drops(struct eyas_alerts *alerts, uint64_t ts_ns,
		      const struct eyas_alerts_drops *drops);
/* Nothing came so many times in a row; last_ns: time of the last event, 0 = there was none. */
int eyas_alerts_timeouts(struct eyas_alerts *alerts, uint64_t ts_ns, uint64_t count,
			 uint64_t last_ns);
/* Figures of the detection itself. */
int eyas_alerts_metrics(struct eyas_alerts *alerts, uint64_t ts_ns,
			const struct eyas_alerts_field *fields, size_t nfields);
int eyas_alerts_size_limit(struct eyas_alerts *alerts, uint64_t ts_ns, uint64_t max_file_size_mb,
			   uint64_t written_bytes);

/* Open anew what sinks keep open. */
void eyas_alerts_reopen(struct eyas_alerts *alerts);
/* Tell what there is to tell of the sinks; now and then. */
void eyas_alerts_check(struct eyas_alerts *alerts);
void eyas_alerts_stats(const struct eyas_alerts *alerts, struct eyas_alerts_stats *ret_stats);
/* The index-th sink that could be opened; NULL past the last. */
struct output_sink *eyas_alerts_sink(struct eyas_alerts *alerts, size_t index);

typedef void (*eyas_alerts_sink_fn)(void *ctx, const char *name,
				    const struct output_sink_stats *stats, const char *failure);
/*
 * Let all sinks write what waits, for up to wait_ns in all, and close them; fn, which may be NULL,
 * is told how each ended. NULL is fine.
 */
void eyas_alerts_close(struct eyas_alerts *alerts, uint64_t wait_ns, eyas_alerts_sink_fn fn,
		       void *ctx);

#endif
