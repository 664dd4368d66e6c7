/* SPDX-License-Identifier: Apache-2.0 */
/* Loading the programs that a selection needs; for bpf_probe.c. */
#ifndef CAPTURE_BPF_LOAD_H
#define CAPTURE_BPF_LOAD_H

#include <bpf/libbpf.h>

#include "capture/bpf_probe.h"

/* Opens and loads the object; sizes of rings and their number are known. */
int bpf_load(struct bpf_probe *probe, const struct eyas_live_opts *opts,
	     const struct eyas_codes *codes, struct eyas_err *reterr);
/*
 * libbpf prints what it thinks of, to standard error and for the whole process. Not while we load,
 * unless EYAS_LIBBPF_LOG is set; what this returns goes to bpf_load_loud() afterwards.
 */
libbpf_print_fn_t bpf_load_quiet(void);
void bpf_load_loud(libbpf_print_fn_t before);
/* Give back what loading took: libbpf has all types of the kernel in memory meanwhile. */
void bpf_load_trim(void);
/* Is this program loaded, and one to attach? Others are jumped to. */
bool bpf_load_is_attached(const struct bpf_program *program);

#endif
