/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Live events of this machine, through the eBPF probe (reference/bpf_driver.md).
 *
 * A live source is an eyas_source: events come from eyas_source_next(), which returns 0 when
 * there is none right now. Needs Linux 5.11 or newer with BTF, and CAP_BPF and CAP_PERFMON
 * (or CAP_SYS_ADMIN), CAP_SYS_PTRACE to see the descriptors of others.
 *
 * A handle may be used by one thread at a time; different handles are independent, also in
 * different processes.
 */
#ifndef EYAS_LIVE_H
#define EYAS_LIVE_H

#include <stddef.h>
#include <stdint.h>
#include <eyas/capture.h>
#include <eyas/err.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A set of codes of system calls and tracepoints (struct eyas_syscall_info). */
struct eyas_codes {
	uint64_t bits[(EYAS_SYSCALL_CODES + 63) / 64];
};
EYAS_API void eyas_codes_add(struct eyas_codes *codes, unsigned code);
EYAS_API int eyas_codes_has(const struct eyas_codes *codes, unsigned code);
/*
 * Every code whose events can have this type, today's or an older one. Types that no system call
 * or tracepoint makes add nothing.
 */
EYAS_API void eyas_codes_add_type(struct eyas_codes *codes, unsigned type);
/* Every code of a set (enum eyas_syscall_set), for example EYAS_SET_STATE. */
EYAS_API void eyas_codes_add_set(struct eyas_codes *codes, unsigned set);
/*
 * What a source without a selection captures: all system calls and process exits; not
 * sched_switch, page faults and signal deliveries.
 */
EYAS_API void eyas_codes_add_default(struct eyas_codes *codes);

/*
 * Tests the kernel makes before it builds an event; all given ones must hold. With
 * keep_state set they are not applied to the codes of EYAS_SET_STATE, which a state needs of
 * every process.
 */
struct eyas_live_tests {
	uint32_t pid;		 /* process id (tgid); 0 = any */
	uint32_t follow_pid;	 /* this process and its descendants from now on; 0 = any */
	uint64_t cgroup_id;	 /* of cgroup v2 (the inode of its directory); 0 = any */
	const char *comm;	 /* name of the thread, all 15 bytes; NULL = any */
	const char *path_prefix; /* of the first path, as given to the call; NULL = any */
	uint32_t uid;		 /* real user id, if has_uid */
	uint8_t has_uid;
	uint8_t failed_only, succeeded_only; /* by the result: negative or not */
	uint8_t keep_state;
};

/* Zero-initialise, set size, then what differs from the defaults. */
struct eyas_live_opts {
	size_t size;			/* sizeof(struct eyas_live_opts) */
	const struct eyas_codes *codes; /* what to capture; NULL = eyas_codes_add_default() */
	uint64_t ring_bytes;  /* of each CPU; 0 = 8 MiB, less where the kernel allows less */
	uint32_t snap_bytes;  /* of data read and written; 0 = 80, at most 65000 */
	uint8_t no_data;      /* take no data at all, whatever snap_bytes says */
	uint8_t dynamic_snap; /* more for what looks like a known protocol */
	uint16_t fullcapture_port_min,
		fullcapture_port_max; /* dynamic_snap: these in full; 0 = none */
	uint16_t statsd_port;	      /* dynamic_snap; 0 = 8125 */
	uint32_t sampling;     /* keep 1/N of a second of droppable events; 0, 1 = all; max 128 */
	uint8_t drop_failed;   /* no events of calls that failed */
	uint8_t enter_events;  /* also open, openat, openat2, creat, connect at their start */
	uint8_t keep_self;     /* do not leave out this process */
	uint8_t snapshot;      /* get ready for eyas_live_snapshot() before anything is attached */
	uint32_t heartbeat_ms; /* end with an error when the probe is silent; 0 = 2000 */
	struct eyas_live_tests tests;
	/*
	 * How long eyas_source_next() may sleep when there is nothing; 0 = 30 ms. It returns 0
	 * earlier when a signal comes.
	 */
	uint32_t wait_ms;
	/*
	 * Sum up reads and writes in the kernel (below), with room for so many descriptors of
	 * threads at a time (0 = 65536, at most 4194304; a kilobyte for twelve of them). Where the
	 * kernel cannot (before Linux 5.12), all of them stay events.
	 */
	uint32_t sum_places;
	uint8_t sum_io;
};

/*
 * Load the probe, start the rings and attach: from the return on, what happens is in the rings.
 * Take the state of the machine after that (eyas_live_snapshot(), eyas_state_scan()), so that
 * there is no gap. Errors: -EPERM with the capability that is missing, -ENOTSUP with what the
 * kernel lacks, -ENOMEM (memlock), -EINVAL; the text says what to do about it.
 */
EYAS_API EYAS_MUST_USE int eyas_source_open_live(const struct eyas_live_opts *opts,
						 struct eyas_source **ret_source,
						 struct eyas_err *reterr);

/*
 * Hand the threads and descriptors of the machine to a loader (thread, fd_list, fd), all threads
 * first, by BPF iterators. A thread's taken_ts_ns says when it was read: older events of it are in
 * what it says, later ones change it. -ENOTSUP where the kernel has none (Linux 5.18 is needed) or
 * this process lives in another pid namespace: read /proc instead; some entries may have been said
 * by then. EYAS_E_USAGE for a source of another kind.
 */
EYAS_API EYAS_MUST_USE int eyas_live_snapshot(struct eyas_source *source,
					      const struct eyas_loader *loader,
					      struct eyas_err *reterr);

/*
 * Detach the probe: what the rings still hold is handed on, then eyas_source_next() returns
 * EYAS_E_END. EYAS_E_USAGE for a source of another kind.
 */
EYAS_API int eyas_live_stop(struct eyas_source *source, struct eyas_err *reterr);

/*
 * Choose anew what a live source captures, a part of what was chosen at its opening. Takes effect
 * at once. EYAS_E_USAGE for a source of another kind, and for codes that were not chosen then.
 */
EYAS_API EYAS_MUST_USE int eyas_live_select(struct eyas_source *source,
					    const struct eyas_codes *codes,
					    struct eyas_err *reterr);

/* Kinds of events that could not be stored because a ring was full. */
enum eyas_drop {
	EYAS_DROP_CLONE_FORK,
	EYAS_DROP_EXECVE,
	EYAS_DROP_CONNECT,
	EYAS_DROP_OPEN,
	EYAS_DROP_DIR_FILE,
	EYAS_DROP_CLOSE,
	EYAS_DROP_PROC_EXIT,
	EYAS_DROP_STATE_OTHER, /* other events of interest to state and security */
	EYAS_DROP_OTHER,
	EYAS_DROP_KINDS
};
/* "clone_fork", ...; static; NULL past the last. */
EYAS_API const char *eyas_drop_name(unsigned kind);

/* What the probe did so far; sums over CPUs unless cpu says which. */
struct eyas_live_stats {
	uint64_t events;			/* attempts, losses included */
	uint64_t dropped;			/* sum of all below */
	uint64_t dropped_full[EYAS_DROP_KINDS]; /* the ring was full */
	uint64_t dropped_too_big;		/* larger than 64 KiB */
	uint64_t dropped_nested;  /* came while another was being written on that CPU */
	uint64_t dropped_no_ring; /* on a CPU that came after the start and has no ring yet */
	uint64_t disorder;	  /* handed on with an earlier time than the one before */
	uint64_t tests_failed;	  /* left out by the tests or by sampling */
	uint64_t ring_bytes;	  /* of all rings */
	uint64_t ring_used_max;	  /* most bytes waiting in one ring when it was looked at */
	uint32_t ncpus;		  /* rings */
	uint64_t sums_refused;	  /* reads and writes that are events for want of sum_places */
};
/* cpu -1 = all. EYAS_E_USAGE for a source of another kind, -ENOENT for a CPU without a ring. */
EYAS_API int eyas_live_stats(const struct eyas_source *source, int cpu,
			     struct eyas_live_stats *ret_stats, struct eyas_err *reterr);

/* One program of the probe, as the kernel sees it. */
struct eyas_live_program {
	const char *name, *attach; /* "execve", "sched_process_exec"; valid until close */
	uint32_t verified_insns;   /* instructions the verifier looked at (5.16+), else 0 */
	uint32_t jited_bytes, xlated_bytes;
	uint64_t run_count, run_ns; /* while the kernel keeps run statistics, see below */
};
/* The index-th loaded program: 1, or 0 past the last. */
EYAS_API int eyas_live_program(const struct eyas_source *source, unsigned index,
			       struct eyas_live_program *ret_program);
/*
 * Let the kernel count how often and how long programs run, until the source is closed; costs
 * some 20 ns for each run of any BPF program of the machine.
 */
EYAS_API EYAS_MUST_USE int eyas_live_run_stats(struct eyas_source *source, struct eyas_err *reterr);

/* ---- what this kernel offers ---- */

enum eyas_live_verdict { EYAS_LIVE_OK, EYAS_LIVE_WORSE, EYAS_LIVE_MISSING };
struct eyas_live_feature {
	const char *name; /* "BTF of the kernel" */
	uint32_t verdict; /* enum eyas_live_verdict; WORSE = there is a substitute */
	char text[200];	  /* what was found and, if it is not OK, what to do */
};
/* The index-th feature, probed now: 1, or 0 past the last. Loads nothing that stays. */
EYAS_API int eyas_live_feature(unsigned index, struct eyas_live_feature *ret_feature);

/* ---- reads and writes summed up in the kernel ---- */

/*
 * With eyas_live_opts.sum_io, only the first read or write of a thread on an open file is an event;
 * those after it are added up by the kernel. Of these calls: read, pread64, readv, preadv,
 * recvfrom, recvmsg, write, pwrite64, writev, pwritev, sendto, sendmsg; on anything but sockets, and
 * on stream sockets of the IP and unix families; not recvmsg on the latter, which can bring
 * descriptors. What finds no room in the table of sums stays an event.
 *
 * A sum ends with the thread, or when the thread closes the descriptor, makes it another file's by
 * dup2 or dup3, connects it, or reads or writes another file by its number, which may have been
 * opened by another thread. In the latter cases it is handed on by eyas_source_next() in the place
 * of an event, right before the event that ends it: with EYAS_EVENT_SUMS in its flags and no
 * parameters. Whoever opens a source with sum_io has to look at that flag before anything else.
 */
struct eyas_io_sums {
	int64_t tid, fd;
	/* The time of the event that began the sum, by which one is told from another one. */
	uint64_t began_ts_ns;
	uint64_t last_ts_ns; /* of the last call that was added, to some milliseconds */
	/* Calls, failed ones included, and bytes of those that did not fail. */
	uint64_t read_ops, read_bytes, write_ops, write_bytes;
};

/* 1 with the sums that an event stands for, 0 for an event that is one. */
EYAS_API int eyas_live_event_sums(const struct eyas_event *event, struct eyas_io_sums *ret_sums);

/*
 * What a thread has read and written by a descriptor so far, since the event that began the sum,
 * which has been handed on; may be ahead of the other events. With last set the sum ends: the next
 * call of the thread is an event again. If one is just being added, it comes some time later in a
 * sum of its own. -ENOENT when there is no sum, and when nothing was added to it.
 *
 * When a thread ends (EYAS_EV_PROCEXIT_1_E), its sums can be asked for; what nobody asked for with
 * last is handed on some time later, or was handed on right before.
 */
EYAS_API int eyas_live_sums(struct eyas_source *source, int64_t tid, int64_t fd, int last,
			    struct eyas_io_sums *ret_sums);

#ifdef __cplusplus
}
#endif

#endif /* EYAS_LIVE_H */
