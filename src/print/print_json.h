/* SPDX-License-Identifier: Apache-2.0 */
/* An event as one JSON object. */
#ifndef PRINT_JSON_H
#define PRINT_JSON_H

#include "print/clock.h"

/*
 * Keys: num, ts (ns since the epoch), time (in the clock's format), cpu, tid, dir ("<" for
 * exits, ">" for enter events and those without a pair), type (name); then, as far as they are
 * known, proc.name, proc.pid, proc.ppid, user.uid, container.id, fd.num, fd.name, fd.type, which
 * are what the fields of these names are; params {name: value}, text {name: what the value
 * means}. Values: integers as numbers; strings and addresses as strings; missing ones null; args,
 * env and cgroups as arrays of strings; other buffers as strings of one character (U+0000 to
 * U+00FF) per byte, so that nothing is lost, or in one of the buffer modes; descriptor lists as
 * arrays of {fd, events}. opts.raw_text is set: JSON has escapes of its own. scratch is memory to
 * work in.
 */
void eyas_print_json(const struct eyas_context *context, const struct field_opts *opts,
		     struct print_clock *clock, struct eyas_str *out, struct eyas_str *scratch);

#endif
