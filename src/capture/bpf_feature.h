/* SPDX-License-Identifier: Apache-2.0 */
/* Why a probe does not load, in words, with the remedy. */
#ifndef CAPTURE_BPF_FEATURE_H
#define CAPTURE_BPF_FEATURE_H

#include <eyas/err.h>

/* What stands in the way of a probe that failed to load with this error. Returns the code for it. */
int bpf_feature_explain(int err, struct eyas_err *reterr);

#endif
