/* SPDX-License-Identifier: Apache-2.0 */
/* What other files ask of the live source. */
#ifndef CAPTURE_BPF_SOURCE_H
#define CAPTURE_BPF_SOURCE_H

#include "capture/bpf_probe.h"
#include "capture/source.h"

/* The probe of a live source; NULL for one of another kind. */
struct bpf_probe *bpf_source_probe(const struct eyas_source *source);

/* When boot time began, since the epoch, by which events of this live source get their times. */
uint64_t bpf_source_boot_ts(const struct eyas_source *source);

#endif
