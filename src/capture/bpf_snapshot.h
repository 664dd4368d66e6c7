/* SPDX-License-Identifier: Apache-2.0 */
/* Getting ready for eyas_live_snapshot(), for bpf_source.c. */
#ifndef CAPTURE_BPF_SNAPSHOT_H
#define CAPTURE_BPF_SNAPSHOT_H

struct snapshot_bpf;

/* The iterators, loaded; NULL where they do not load. */
struct snapshot_bpf *bpf_snapshot_load(void);
/* NULL is fine. */
void bpf_snapshot_unload(struct snapshot_bpf *snapshot);

#endif
