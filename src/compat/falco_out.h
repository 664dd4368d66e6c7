/* SPDX-License-Identifier: Apache-2.0 */
/* What the one-shot outputs of falco share: formats, and writing what was put together. */
#ifndef COMPAT_FALCO_OUT_H
#define COMPAT_FALCO_OUT_H

#include <stdio.h>

#include <eyas/err.h>

#include "base/json.h"

/*
 * Append the text of a file, of which at most a little more than max bytes are read. 0, -ENOMEM, or
 * -errno with words.
 */
int falco_read(const char *path, size_t max, struct eyas_str *ret, struct eyas_err *reterr);

/*
 * Write the string to the stream, flush it, and free the string. -ENOMEM if there was no memory
 * for all of it (then nothing is written), -errno when writing fails.
 */
int falco_out(struct eyas_str *str, FILE *to, struct eyas_err *reterr);

#endif
