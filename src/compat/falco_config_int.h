/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files that load a configuration: its files, its lists, what contradicts itself. */
#ifndef COMPAT_FALCO_CONFIG_INT_H
#define COMPAT_FALCO_CONFIG_INT_H

#include "compat/falco_config.h"
#include "compat/falco_keys.h"
#include "compat/falco_tree.h"

struct falco_lists {
	struct falco_config *config;
	json_t *tree;
	falco_say_fn say;
	void *say_ctx;
	struct eyas_err *reterr;
};

int falco_lists_no_memory(const struct falco_lists *lists);
/* The configuration's own copy of a scalar; NULL also when there is none. */
const char *falco_lists_text(const struct falco_lists *lists, const json_t *value, bool *ret_nomem);
/*
 * A key's list: borrowed, or NULL if there is none. A single text cannot be an element of lists of
 * objects; anything else is no list, and told of by who checks the keys.
 */
int falco_lists_get(const struct falco_lists *lists, const char *key, json_t **ret);
/* Each entry may be compared with each: there must not be too many. */
int falco_lists_check(const struct falco_lists *lists, const char *key, const json_t *list);
/* plugins and load_plugins (falco_config_plugins.c). */
int falco_config_plugins(const struct falco_lists *lists);

/* append_output, static_fields, rules, plugins, rules_files from the tree; 0 or an error, said. */
int falco_config_lists(struct falco_config *config, json_t *tree, falco_say_fn say, void *say_ctx,
		       struct eyas_err *reterr);

/* What words stand for, and what contradicts itself (falco_config_check.c); 0 or an error, said. */
int falco_config_check(struct falco_config *config, const char *path, struct eyas_err *reterr);

#endif
