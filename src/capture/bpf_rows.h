/* SPDX-License-Identifier: Apache-2.0 */
/* The generic program's table, out of the schema and the recipes. */
#ifndef CAPTURE_BPF_ROWS_H
#define CAPTURE_BPF_ROWS_H

#include <eyas/schema.h>

#include "bpf/wire.h"

/* The kind under which the loss of an event of this type is counted. */
unsigned eyas_bpf_drop_kind(unsigned type);

/* rows has EYAS_WIRE_SYSCALLS elements, by the native number of this machine. */
void eyas_bpf_fill_rows(struct eyas_wire_row *rows);

/* The argument with the first path of a call that has a row, else EYAS_WIRE_NO_PATH. */
uint8_t eyas_bpf_row_path(const struct eyas_syscall_info *call);

#endif
