/* SPDX-License-Identifier: Apache-2.0 */
/* Why a probe does not load, in words, with the remedy. */
#ifndef CAPTURE_BPF_FEATURE_H
#define CAPTURE_BPF_FEATURE_H

#include <stdbool.h>

#include <eyas/err.h>

/* The name of the feature that is a matter of who asks; all others are matters of the kernel. */
#define BPF_FEATURE_RIGHTS "right to load programs"

/* What stands in the way of a probe that failed to load with this error. Returns the code for it. */
int bpf_feature_explain(int err, struct eyas_err *reterr);
/* Can programs sum up reads and writes? */
bool bpf_feature_has_sums(void);

#endif
