/* SPDX-License-Identifier: Apache-2.0 */
/* Events that a file of eyas rules test spells out, as a capture that any reader takes. */
#ifndef CLI_RULES_EVENTS_H
#define CLI_RULES_EVENTS_H

#include <stdbool.h>

#include <eyas/capture.h>
#include <eyas/schema.h>

#include "rules/yaml.h"

/* Either may be NULL: none. Lists that nobody has looked at yet. */
struct spec_events {
	const struct rules_node *threads, *events;
};

/* What is written, and whose file it is of. */
struct spec_writing {
	const char *name;	    /* of the file, for words */
	struct eyas_writer *writer; /* NULL = only look whether all is right */
	struct eyas_arena *arena;   /* texts that are put together */
	struct eyas_err *err;
};

/*
 * Check events and threads, and write them unless there is no writer. 0, or a code with words that
 * name file, line and column.
 */
int rules_events_write(struct spec_writing *w, const struct spec_events *events);

/* Those of a test in a file that is gone with rules_events_remove(), whatever is returned here. */
struct spec_capture {
	char folder[1024], path[1100];
};

/* rules_capture.c */
int rules_events_capture(const char *name, const struct spec_events *events,
			 struct spec_capture *ret, struct eyas_err *reterr);
void rules_events_remove(struct spec_capture *capture);

/* rules_threads.c: the same for the threads alone, with what they have open. */
int rules_threads_write(struct spec_writing *w, const struct rules_node *threads);

/* ---- values ---- */

int spec_fail(struct spec_writing *w, const struct rules_node *node, const char *what);
int spec_no_memory(struct spec_writing *w);
/* A number with a sign or without, in base 10, 16 ("0x") or 8 ("0"). */
int spec_int(struct spec_writing *w, const struct rules_node *node, int64_t min, int64_t max,
	     int64_t *ret);
/* One text, or texts that are joined with a NUL behind each. */
int spec_texts(struct spec_writing *w, const struct rules_node *node, struct eyas_bytes *ret);
/*
 * "ADDRESS:PORT", "[ADDRESS]:PORT", two of them with "->" in between, or a path. false if it is
 * none of that; what is borrowed is the text's.
 */
bool spec_sock(const char *text, bool tuple, struct eyas_sock *ret);

#endif
