/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML as a tree whose nodes know where they were written: what the loader of rules files reads,
 * and what findings point to.
 */
#ifndef RULES_YAML_H
#define RULES_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <eyas/err.h>

#include "base/arena.h"

enum node_kind { NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING };

/* How a scalar was written, which says how its text and its source belong together. */
enum node_style { STYLE_PLAIN, STYLE_SINGLE, STYLE_DOUBLE, STYLE_LITERAL, STYLE_FOLDED };

/*
 * Line and column are those of its first character, both from 1; columns count characters. An
 * alias is the very node that its anchor names.
 */
struct rules_node {
	uint8_t kind;  /* enum node_kind */
	uint8_t style; /* enum node_style, of a scalar */
	uint32_t line, column;
	uint32_t offset;  /* in bytes, in the text of its source */
	const char *text; /* scalar: NUL-terminated, without NUL bytes in it */
	uint32_t len;
	struct rules_node **items; /* sequence; of a mapping, keys and values in turn */
	uint32_t count;		   /* of items */
};

/* One rules file. The text is kept, because findings show parts of it. */
struct rules_source {
	const char *name;
	const char *text;
	size_t len;
	struct rules_node **documents;
	uint32_t ndocuments;
};

enum {
	RULES_MAX_BYTES = 32 << 20, /* of a file */
	RULES_MAX_NODES = 4 << 20,
	RULES_MAX_DEPTH = 64,
	RULES_MAX_ANCHORS = 1000, /* of a document */
	RULES_MAX_SCALAR = 1 << 20
};

/*
 * Parse the text of a source into its documents. Empty documents are left out. EYAS_E_FORMAT
 * (not YAML), EYAS_E_LIMIT, -ENOMEM, with the place where it is known.
 */
int rules_yaml_parse(struct rules_source *source, struct eyas_arena *arena,
		     struct eyas_err *reterr);

/* Is it a plain scalar that stands for nothing: empty, "~", "null"? */
bool rules_node_is_null(const struct rules_node *node);
/* The words of YAML 1.1 for yes and no; false if it is none of them. */
bool rules_node_bool(const struct rules_node *node, bool *ret);
/* Decimal digits without a sign, at most max. */
bool rules_node_uint(const struct rules_node *node, uint64_t max, uint64_t *ret);
/* The value of a key, the first if it is there more than once; NULL = there is none. */
const struct rules_node *rules_node_get(const struct rules_node *mapping, const char *key);

/* Bytes of the line break at text as lines are counted here, 0 if there is none. */
unsigned rules_break_len(const char *text, size_t len);

#endif
