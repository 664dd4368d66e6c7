/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures that alerts begin: what happened in the seconds before, at, and for a while after. One
 * file is open at a time; an alert meanwhile makes it last longer.
 *
 * A capture stands alone: it begins with the threads and descriptors of its first event, so that
 * names in it are those of the alerts. Each has its name only once complete (NAME.part before).
 * What fails with a file (a full disk) ends that file, is told and counted; detection goes on.
 */
#ifndef DETECT_CAPTURES_H
#define DETECT_CAPTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <eyas/rules.h>

#include "detect/alerts.h"
#include "session/session.h"

/* Zero-initialise, then set what differs from the defaults. */
struct detect_captures_opts {
	/* PREFIX_TIME_NUMBER.scap, of the event of the alert, 20 digits each. Copied. */
	const char *prefix;
	bool all_rules;	      /* any alert begins one, not only those of rules with "capture" */
	uint64_t duration_ns; /* behind an alert whose rule says nothing else */
	uint64_t before_ns;   /* how far it reaches back; 0 = not at all */
	size_t memory;	      /* for events of that time; what exceeds it is left out first */
	uint64_t max_bytes;   /* of a file; 0 = no limit */
	uint64_t max_files;   /* that are begun; 0 = no limit */
	struct eyas_writer_opts writer; /* compression NONE = none */
	struct eyas_alerts *alerts; /* told when a file reached its size; NULL = nobody; borrowed */
	void (*log)(void *ctx, unsigned severity, const char *text); /* may be NULL */
	void *log_ctx;
};

struct detect_captures_stats {
	uint64_t files;	  /* complete */
	uint64_t failed;  /* that could not be made, or completed */
	uint64_t refused; /* alerts that begin none any more, because of max_files */
	uint64_t limited; /* files that ended at their size */
	uint64_t alerts;  /* that began a file, or made one last longer */
	uint64_t bytes;	  /* of complete files */
	uint64_t events;  /* in them */
	uint64_t before;  /* events that were kept when files were begun */
	uint64_t events_left_out, fds_left_out; /* of the writer, for compat */
	/* Of the ring: now; those that left too early for want of memory; what it could not keep. */
	uint64_t ring_events, ring_bytes, early, skipped;
};

struct detect_captures;

/* Does any rule that is enabled in the ruleset ask for captures? */
bool detect_captures_wanted(const struct eyas_rules *rules, unsigned ruleset);

int detect_captures_new(const struct detect_captures_opts *opts,
			struct detect_captures **ret_captures, struct eyas_err *reterr);
/* Behind the consumer that calls the functions below; the session has not run yet. */
int detect_captures_attach(struct detect_captures *captures, struct eyas_session *session);

/* The index-th rule matches the current event, which the session is still to hand to captures. */
void detect_captures_rule(struct detect_captures *captures, struct eyas_rules *rules, size_t rule,
			  const struct eyas_event *event);
/* The current event begins a capture, or makes the one that is open last longer. */
void detect_captures_trigger(struct detect_captures *captures, const struct eyas_event *event,
			     uint64_t duration_ns);
/* Nothing came, and it is as late as this: is a file over? What is in it reaches the disk. */
void detect_captures_check(struct detect_captures *captures, uint64_t now_ns);
/* After the run: the open file ends here. */
void detect_captures_end(struct detect_captures *captures);

void detect_captures_stats(const struct detect_captures *captures,
			   struct detect_captures_stats *ret_stats);
/* NULL is fine. Ends, too. */
void detect_captures_free(struct detect_captures *captures);

#endif
