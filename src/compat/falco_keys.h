/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of falco_keys.def: values by their types, what is unknown, the schema. */
#ifndef COMPAT_FALCO_KEYS_H
#define COMPAT_FALCO_KEYS_H

#include <stdbool.h>

#include "compat/falco_config.h"
#include "compat/falco_tree.h"

enum key_type {
	TYPE_BOOL,
	TYPE_INT,
	TYPE_NUMBER,
	TYPE_TEXT,
	TYPE_TEXTS,
	TYPE_TREE,
	TYPE_ITEM,
	TYPE_IGNORED
};
/* As JSON schemas name them. */
enum json_kind {
	kind_array,
	kind_object,
	kind_boolean,
	kind_integer,
	kind_number,
	kind_string,
	kind_any
};

struct falco_key {
	const char *path;
	uint8_t type, kind; /* enum key_type, enum json_kind */
	bool required;	    /* of the object that it belongs to */
	bool strict;	    /* out of its range is an error */
	size_t offset;
	const char *text; /* default of a text; why a key is ignored */
	double number;	  /* default of a number */
	int64_t integer;  /* default of others */
	int64_t least, most;
};

/* The table. */
const struct falco_key *falco_keys(size_t *ret_count);
const char *falco_kind_name(unsigned kind);

/* Told of what is wrong with a value, or of a key without effect; one line. */
typedef void (*falco_say_fn)(void *ctx, unsigned severity, const char *text);

/*
 * Set the members of all keys, by the tree or by default. Errors: what has to have keys below it is
 * something else, an element of a sequence is no text, -ENOMEM.
 */
int falco_keys_fill(json_t *tree, struct falco_config *config, falco_say_fn say, void *ctx,
		    struct eyas_err *reterr);

/*
 * Does a tree have keys only that there are, with values of their kinds? false: *out is the first
 * fault, with the path to it. whole: what has to be there must be there.
 */
bool falco_keys_check(json_t *tree, bool whole, struct eyas_str *out);

/* The whole text as a number. */
bool falco_text_int(const char *text, int64_t *ret);
bool falco_text_number(const char *text, double *ret);

/*
 * A sequence of texts, or one, into the configuration's memory. 0, -ENOMEM, or -EINVAL if an
 * element is something else; those that are null are left out.
 */
int falco_take_texts(struct eyas_arena *arena, json_t *value, struct falco_texts *ret);

#endif
