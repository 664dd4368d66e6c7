/* SPDX-License-Identifier: Apache-2.0 */
/* Options structs that carry their own size, so that they can grow without breaking callers. */
#ifndef BASE_OPTS_H
#define BASE_OPTS_H

#include <stddef.h>

#include <eyas/err.h>

/*
 * Copy a caller's options, whose first member is their size, into ours of to_size bytes. Those
 * of an older caller are shorter: the rest is zero, the default. Those of a newer one are longer:
 * what we do not know must be zero, else it asks for something that would not happen. from NULL =
 * all defaults. what names the options in the message.
 */
int eyas_opts_copy(void *to, size_t to_size, const void *from, const char *what,
		   struct eyas_err *reterr);

#endif
