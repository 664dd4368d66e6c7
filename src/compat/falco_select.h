/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which system calls Falco captures: those of the rules, those that the state needs, and what the
 * configuration makes of them (reference/falco_cli_config.md, 9).
 */
#ifndef COMPAT_FALCO_SELECT_H
#define COMPAT_FALCO_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include <eyas/live.h>
#include <eyas/rules.h>

struct falco_select_opts {
	const struct eyas_rules *rules;
	/* base_syscalls.custom_set: names, "!name" takes one away. */
	const char *const *custom;
	size_t ncustom;
	bool repair; /* base_syscalls.repair */
	bool all;    /* base_syscalls.all */
};

/*
 * Names that there are not, and system calls of rules that stay out, are told of: in the log, and
 * on standard error.
 */
void falco_select(const struct falco_select_opts *opts, struct eyas_codes *ret_codes);

#endif
