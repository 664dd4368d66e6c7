/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures of one moment, each with its name, unit and kind, before they become text: fields of an
 * alert and of a file (metrics_text.h), or Prometheus' format (prometheus.h).
 */
#ifndef DETECT_METRICS_SET_H
#define DETECT_METRICS_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum metrics_unit {
	METRICS_COUNT,
	METRICS_RATIO,
	METRICS_PERCENT,
	METRICS_BYTES,
	METRICS_KIBIBYTES,
	METRICS_NS,
	METRICS_SECONDS,
	METRICS_NS_COUNT,
	METRICS_SECONDS_COUNT,
	METRICS_TIMESTAMP_NS,
	METRICS_UNITS
};

/* Whose figure it is: decides what stands in front of its name. */
enum metrics_area {
	METRICS_OWN,	/* falco.NAME, falcosecurity_falco_NAME */
	METRICS_STATE,	/* falco.NAME, falcosecurity_scap_NAME */
	METRICS_PROBE,	/* scap.NAME, falcosecurity_scap_NAME */
	METRICS_PLUGIN, /* plugins.NAME, falcosecurity_plugins_NAME */
	METRICS_EVENT,	/* evt.NAME, falcosecurity_evt_NAME */
	METRICS_EYAS,	/* eyas.NAME, eyas_NAME: those that Falco has not */
	METRICS_AREAS
};

/* In front of families of Falco's names. */
#define METRICS_PEER "falcosecurity_"

enum metrics_kind { METRICS_WHOLE, METRICS_REAL, METRICS_TEXT };

struct metrics_label {
	const char *name, *value;
};

struct metrics_row {
	const char *key;    /* "falco.memory_rss_kb"; NULL = neither in alerts nor in files */
	const char *family; /* "falcosecurity_falco_memory_rss_kb"; NULL = nothing for Prometheus */
	const struct metrics_label *labels; /* of Prometheus, sorted by name */
	size_t nlabels;
	enum metrics_unit unit;
	enum metrics_kind kind;
	bool monotonic; /* it only ever grows */
	bool always;	/* in alerts and files also when it is 0 */
	union {
		uint64_t whole;
		double real;
		const char *text;
	} value;
};

/* Invariant: rows of one family stand side by side. Texts are the arena's, or static. */
struct metrics_set {
	struct eyas_arena arena;
	struct metrics_row *rows;
	size_t count, cap;
	bool nomem;		  /* something is missing for want of memory */
	struct metrics_row spare; /* takes what there is no memory for */
};

/* Zero-initialised is empty. */
void metrics_set_clear(struct metrics_set *set);
void metrics_set_fini(struct metrics_set *set);

/* Another row, with its names; what differs from a count that goes up and down is the caller's. */
struct metrics_row *metrics_set_row(struct metrics_set *set, enum metrics_area area,
				    const char *name);
void metrics_set_whole(struct metrics_set *set, enum metrics_area area, const char *name,
		       enum metrics_unit unit, uint64_t value);
/* A count that only ever grows. */
void metrics_set_counter(struct metrics_set *set, enum metrics_area area, const char *name,
			 uint64_t value);
void metrics_set_real(struct metrics_set *set, enum metrics_area area, const char *name,
		      enum metrics_unit unit, double value);
/* A text. For Prometheus it is a label of the same name. */
void metrics_set_text(struct metrics_set *set, enum metrics_area area, const char *name,
		      const char *value);
/* A family of other names than the key's, with these labels, which are copied and sorted. */
void metrics_set_labels(struct metrics_set *set, struct metrics_row *row, const char *family,
			const struct metrics_label *labels, size_t nlabels);

/* A copy that lives as long as the set; "" for want of memory. */
const char *metrics_set_copy(struct metrics_set *set, const char *text);
const char *metrics_set_printf(struct metrics_set *set, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The same with every character but letters, digits, '_' and ':' as '_'. */
const char *metrics_set_plain(struct metrics_set *set, const char *text);
/* And of several '_' one, none at the end: a part of a name that people made up. */
const char *metrics_set_word(struct metrics_set *set, const char *text);

#endif
