/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration as a tree: YAML whose scalars are all texts, since what they mean depends on
 * the key. Objects keep the order of their keys. Trees are jansson's.
 */
#ifndef COMPAT_FALCO_TREE_H
#define COMPAT_FALCO_TREE_H

#include <stdbool.h>

#include <eyas/err.h>
#include <jansson.h>

#include "base/str.h"

/* What an included file does to keys that are there already. */
enum falco_strategy { FALCO_APPEND, FALCO_OVERRIDE, FALCO_ADD_ONLY };

/*
 * A document as a tree, an empty object if there is none; environment: ${NAME} in scalars is
 * replaced. Errors have line and column in their words. A new reference.
 */
int falco_tree_parse(const char *text, size_t len, bool environment, json_t **ret_tree,
		     struct eyas_err *reterr);
/* The same of a file, which errors name. */
int falco_tree_read(const char *path, json_t **ret_tree, struct eyas_err *reterr);

/* Take over the keys of another tree; both are objects. false = no memory. */
bool falco_tree_merge(json_t *tree, json_t *other, enum falco_strategy strategy);

/* The value at a path of names with dots between them, without escapes; borrowed, NULL = none. */
json_t *falco_tree_get(json_t *tree, const char *path);

/*
 * "path=value" of -o: names with dots between them, [n] for an element, [] for a new one, \ in
 * front of such a character that belongs to a name. A value in braces is YAML, others are texts.
 */
int falco_tree_set(json_t *tree, const char *option, struct eyas_err *reterr);

/* Words of YAML 1.1 for yes and no. false: it is none. */
bool falco_text_bool(const char *text, bool *ret);

/* In lines, for people; the tree is given away. false = no memory, also for a tree that is NULL. */
bool falco_tree_print(json_t *tree, struct eyas_str *out);

#endif
