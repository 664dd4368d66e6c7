/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The eBPF probe as user space holds it: loading, attaching, rings, settings. Who reads the rings
 * is bpf_source.c; what is selected is bpf_select.c's business.
 */
#ifndef CAPTURE_BPF_PROBE_H
#define CAPTURE_BPF_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <eyas/live.h>

#include "bpf/wire.h"

struct bpf_program;

/* One ring, mapped. */
struct bpf_ring {
	struct eyas_wire_ring *head; /* NULL = this CPU has none */
	uint8_t *data;
	int fd; /* of its map */
};

struct bpf_probe {
	struct eyas_bpf *skel;
	unsigned ncpus; /* that can ever be */
	unsigned nrings;
	struct bpf_ring *rings;	    /* by CPU */
	size_t map_bytes;	    /* of a ring, head and slack included */
	uint32_t ring_bytes;	    /* in which events begin */
	uint32_t sum_buckets;	    /* of the table of sums; 0 = there is none */
	void *sums;		    /* that table, mapped */
	struct eyas_codes loadable; /* what was asked for at open: its programs are loaded */
	struct bpf_link **links;
	unsigned nlinks;
	int stats_fd;		       /* keeps run statistics on; -1 = off */
	struct snapshot_bpf *snapshot; /* loaded ahead for eyas_live_snapshot(); NULL = not */
};

/* Load with the programs that the codes need. Nothing is attached yet. */
int bpf_probe_open(struct bpf_probe *probe, const struct eyas_live_opts *opts,
		   const struct eyas_codes *codes, struct eyas_err *reterr);
/* Attach what the codes of the opening need. Settings must be in place. */
int bpf_probe_attach(struct bpf_probe *probe, struct eyas_err *reterr);
/* Map the table of sums. */
int bpf_probe_map_sums(struct bpf_probe *probe, struct eyas_err *reterr);
/* No more events come. */
void bpf_probe_detach(struct bpf_probe *probe);
/* A half-open probe is fine. */
void bpf_probe_close(struct bpf_probe *probe);

/* The settings, read by programs as they run. */
struct eyas_wire_config *bpf_probe_config(const struct bpf_probe *probe);
/* Give rings to CPUs that came after the opening. */
int bpf_probe_add_rings(struct bpf_probe *probe, struct eyas_err *reterr);
/* Events lost on CPUs without a ring. */
uint64_t bpf_probe_no_ring(const struct bpf_probe *probe);
/* Follow a process and those it makes from now on. */
int bpf_probe_follow(struct bpf_probe *probe, uint32_t pid, struct eyas_err *reterr);

#endif
