/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the parts of the metrics: when they are taken and where they go (metrics.c), what they are
 * (metrics_collect.c, metrics_probe.c, metrics_eyas.c, metrics_host.c, metrics_addresses.c), loaded files
 * (metrics_hash.c).
 */
#ifndef DETECT_METRICS_INT_H
#define DETECT_METRICS_INT_H

#include <pthread.h>

#include "detect/metrics.h"
#include "detect/metrics_host.h"
#include "detect/metrics_text.h"
#include "output/sink.h"

#define METRICS_HASH_TEXT 65

/* A file that was loaded. */
struct metrics_file {
	enum detect_metrics_file kind;
	char *name; /* without its folder */
	char hash[METRICS_HASH_TEXT];
};

/* Counts at the last sample, for what has happened since. */
struct metrics_before {
	uint64_t now_ns; /* 0 = there was none */
	uint64_t events, probe_events, probe_drops;
};

/*
 * Who waits for Prometheus' text, and the text. Everybody who has asked by the time it is made gets
 * the same.
 */
struct metrics_answer {
	pthread_mutex_t lock;
	pthread_cond_t made;
	uint64_t asked, answered;
	uint64_t made_ns; /* of the monotonic clock; 0 = never */
	struct eyas_str text;
	bool open; /* between begin and end */
};

struct detect_metrics {
	struct detect_metrics_due due; /* first; its span is 0 = somebody waits */
	struct detect_metrics_opts opts;
	struct metrics_text_opts text;
	struct metrics_host_opts host;
	struct metrics_host_facts facts;
	char *version, *hostname, *source, *engine, *proc_root, *cgroup_memory;
	struct detect_metrics_sources sources;
	struct metrics_file *files;
	size_t nfiles;
	bool started; /* the base is known */
	struct metrics_before before;
	uint64_t samples;
	struct metrics_set set;
	struct metrics_fields fields;
	struct output_sink *sink; /* the file; NULL = none */
	uint64_t lost;		  /* of a file that is closed */
	struct eyas_str line;
	struct metrics_answer answer;
};

/* All figures of now into metrics->set. */
void metrics_collect(struct detect_metrics *metrics);
/* Those that are told of a time between two samples, and remember this one. */
void metrics_collect_rates(struct detect_metrics *metrics, uint64_t now_ns);
/* Of the live source. */
void metrics_collect_probe(struct metrics_set *set, const struct eyas_session *session,
			   unsigned parts);

/* What Falco's names do not tell. */
void metrics_collect_eyas(struct metrics_set *set, const struct detect_metrics_sources *sources);

/* The files that were loaded, with their hashes. */
void metrics_collect_files(struct metrics_set *set, const struct metrics_file *files, size_t count);

#endif
