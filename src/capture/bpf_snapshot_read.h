/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the records of the kernel's iterators (probe/bpf/wire_iter.h) to the entries that a loader
 * takes. Nothing of the kernel is asked here but the texts it does not hand out to iterators, so
 * that records made by hand can be read as well.
 */
#ifndef CAPTURE_BPF_SNAPSHOT_READ_H
#define CAPTURE_BPF_SNAPSHOT_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <eyas/capture.h>

#include "base/map.h"
#include "base/str.h"
#include "bpf/wire_iter.h"

enum {
	SNAPSHOT_LIST_MAX = 4096, /* arguments, environment, cgroups: as long as events have them */
	SNAPSHOT_HIERARCHIES = 32,
	SNAPSHOT_LABELS = 256 /* bytes of the names of one hierarchy's controllers */
};

/* A record, where it lies. */
struct snapshot_task {
	const struct eyas_iter_task *record;
	struct eyas_bytes text[EYAS_ITER_TEXTS];
};

struct snapshot_fd {
	const struct eyas_iter_fd *record;
	struct eyas_bytes text;
};

/*
 * The record at the beginning of data, which is aligned to 8 bytes: its length, 0 if len bytes are
 * not all of it, EYAS_E_FORMAT for what cannot be one.
 */
int64_t snapshot_task_at(const char *data, size_t len, struct snapshot_task *ret_task);
int64_t snapshot_fd_at(const char *data, size_t len, struct snapshot_fd *ret_fd);

/* A hierarchy of cgroups: its number, and what each of its paths gets in front, NUL-separated. */
struct snapshot_hierarchy {
	uint32_t id;
	uint32_t len;
	char labels[SNAPSHOT_LABELS];
};

/* A process, by the places of records in what the iterator delivered. */
struct snapshot_process {
	uint64_t pid;
	size_t leader; /* the record of its first thread */
	size_t body;   /* the record with what is the process's: of the first one that lives */
	uint32_t first, last;		     /* other threads, indices plus 1; 0 = none */
	uint64_t minor_faults, major_faults; /* of all threads there ever were */
	bool has_body, said, listed;	     /* listed: its list of descriptors was said */
};

struct snapshot_thread {
	size_t at;
	uint32_t next; /* of its process, index plus 1 */
};

/* All threads of the machine. Zero-initialise, set times and page size. */
struct snapshot {
	uint64_t boot_ts_ns; /* begin of boot time, since the epoch */
	uint64_t page_kib;
	struct eyas_str tasks; /* records, as they came */
	struct snapshot_process *processes;
	struct snapshot_thread *threads;
	uint32_t nprocesses, nthreads;
	struct eyas_map by_pid; /* to an index in processes */
	struct snapshot_hierarchy hierarchies[SNAPSHOT_HIERARCHIES];
	uint32_t nhierarchies;
	/* Asked for what the iterator left to /proc: bytes read, 0 if there is nothing. */
	size_t (*ask)(uint64_t pid, const char *name, char *buf, size_t size);
	char cmdline[SNAPSHOT_LIST_MAX + 2], env[SNAPSHOT_LIST_MAX + 2];
	char cgroups[SNAPSHOT_LIST_MAX];
};

void snapshot_fini(struct snapshot *snapshot);

/* The hierarchies by the text of a /proc/PID/cgroup. */
void snapshot_set_hierarchies(struct snapshot *snapshot, const char *text, size_t len);

/* Find out what belongs together in tasks. 0, -ENOMEM, or EYAS_E_FORMAT. */
int snapshot_sort(struct snapshot *snapshot);

/* Say all threads to a loader; 0, or the negative value that it returned. */
int snapshot_say_threads(struct snapshot *snapshot, const struct eyas_loader *loader);

/* The process that was said and has this descriptor; NULL if it is not, or no longer, there. */
struct snapshot_process *snapshot_owner(struct snapshot *snapshot, const struct snapshot_fd *fd);

/* The entry of a descriptor. Its texts are the record's, or in buf. */
void snapshot_fd_entry(const struct snapshot_fd *fd, char buf[static 128],
		       struct eyas_fd_entry *ret_entry);

#endif
