/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that are put together from pieces of files (a condition and what was appended to it), and
 * the way back from a place in them to the place in a file.
 */
#ifndef RULES_TEXT_H
#define RULES_TEXT_H

#include "rules/yaml.h"

/* One scalar in a text: it begins at start there, and at skip of its own text. */
struct rules_part {
	const struct rules_source *source;
	const struct rules_node *node;
	uint32_t start, skip;
};

/* All memory is an arena's. Parts are joined by a blank; data has a NUL behind it. */
struct rules_text {
	char *data;
	uint32_t len, cap;
	struct rules_part *parts;
	uint32_t nparts, parts_cap;
};

/* Append a scalar, behind a blank unless it is the first; trim: without blanks at its ends. */
int rules_text_add(struct rules_text *text, struct eyas_arena *arena,
		   const struct rules_source *source, const struct rules_node *node, bool trim);

struct rules_place {
	const struct rules_source *source;
	uint32_t line, column, offset;
};

/* Where in a file the byte at offset was written. */
struct rules_place rules_text_place(const struct rules_text *text, uint32_t offset);
/* The same of the byte at offset of a scalar. */
struct rules_place rules_node_place(const struct rules_source *source,
				    const struct rules_node *node, uint32_t offset);

#endif
