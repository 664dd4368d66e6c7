/* SPDX-License-Identifier: Apache-2.0 */
/* What a live source captures, as settings of the probe. */
#ifndef CAPTURE_BPF_SELECT_H
#define CAPTURE_BPF_SELECT_H

#include <stdbool.h>

#include <eyas/live.h>

#include "bpf/wire.h"

/* What a number of a 32-bit call means to programs; 0xffff = nothing. */
uint16_t bpf_select_compat(unsigned number);
/* EYAS_WIRE_POINT_*: the tracepoints that make events of the codes. */
uint8_t bpf_select_points(const struct eyas_codes *codes);
/* Fill in gate, how and points; the bits of how that say what is loaded are kept. */
void bpf_select_codes(struct eyas_wire_config *config, const struct eyas_codes *codes);
/* Is a call among the codes that 32-bit programs can make by socketcall? */
bool bpf_select_has_sockets(const struct eyas_codes *codes);
/* Do the options ask for tests or sampling? */
bool bpf_select_is_choosy(const struct eyas_live_opts *opts);
/* The other settings. -EINVAL if an option is out of range. */
int bpf_select_opts(struct eyas_wire_config *config, const struct eyas_live_opts *opts,
		    struct eyas_err *reterr);

#endif
