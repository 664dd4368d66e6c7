/* SPDX-License-Identifier: Apache-2.0 */
/* Records as Avro has them: the bytes of one datum of the schema, without container or length. */
#ifndef SYSFLOW_ENCODE_H
#define SYSFLOW_ENCODE_H

#include <stdbool.h>

#include <sysflow.h>

#include "base/str.h"

/*
 * Append a record to out, as a datum of schema 5 or 6. Bytes that are not UTF-8, which Avro's
 * strings cannot hold, become U+FFFD each; with raw they stay as they are. What an enum of the
 * schema does not know becomes the value that says least, because readers give up a file over it.
 * 0, -ENOMEM (out->nomem, too), or -EINVAL for a type that does not exist; out is then as before.
 */
int sf_encode(const struct sysflow_record *record, int schema, bool raw, struct eyas_str *out);

#endif
