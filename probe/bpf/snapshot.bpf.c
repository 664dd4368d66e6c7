/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The iterators that list what runs on the machine, in an object of their own: it is loaded when
 * a snapshot is taken and gone afterwards, and a kernel that does not take it still has the probe.
 */
#define PROBE_NO_CAST
#include "bpf/iter_task.h"
#include "bpf/iter_task_file.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";
