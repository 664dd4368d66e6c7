/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine and this process tell of themselves: /proc, cgroup, network interfaces. */
#ifndef DETECT_METRICS_HOST_H
#define DETECT_METRICS_HOST_H

#include "detect/metrics_set.h"

struct metrics_host_opts {
	const char *proc_root; /* of the machine; this process looks into /proc itself */
	/* Where memory of this process' cgroup is told of; NULL = found by /proc/self/cgroup. */
	const char *cgroup_memory;
};

/* CPU and memory of this process; CPU, memory, processes, files of the machine. */
void metrics_host_usage(struct metrics_set *set, const struct metrics_host_opts *opts);

struct metrics_host_facts {
	uint64_t boot_ns; /* since the epoch; 0 = unknown */
	uint64_t ncpus;
	char kernel_release[65];
};

/* What does not change while this process runs. */
void metrics_host_facts(const struct metrics_host_opts *opts, struct metrics_host_facts *ret_facts);
/* Addresses of the interfaces but the loopback. */
void metrics_host_addresses(struct metrics_set *set);

#endif
