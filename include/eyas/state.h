/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State: which threads there are, what they are, and what they have open, followed event by
 * event (reference/scap_format.md for what a capture says at its beginning, the "state" set of
 * reference/syscalls.tsv for the events that change it).
 *
 * A state is fed by a loader (metadata of a capture, or a scan of /proc) and then by every
 * event in order. Memory is bounded by its options; what finds no room is counted.
 *
 * A handle may be used by one thread at a time; different handles are independent.
 */
#ifndef EYAS_STATE_H
#define EYAS_STATE_H

#include <stddef.h>
#include <stdint.h>
#include <eyas/capture.h>
#include <eyas/err.h>
#include <eyas/event.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zero-initialise, set size, then what differs from the defaults. */
struct eyas_state_opts {
	size_t size;		   /* sizeof(struct eyas_state_opts) */
	uint64_t max_threads;	   /* 0 = 262144 */
	uint64_t max_fds;	   /* of all processes together, 0 = 1048576 */
	uint64_t max_fds_process;  /* of one, 0 = 65536 */
	uint64_t max_string_bytes; /* of all strings together, 0 = 512 MiB */
	/*
	 * A thread without an event for so long, in the time of the events, is given up; when live
	 * only if /proc does not have it, either. 0 = 30 minutes when live, never otherwise.
	 */
	uint64_t idle_ns;
	int live;		/* look up unknown threads and descriptors in /proc */
	const char *proc_root;	/* NULL = "/proc"; copied */
	uint32_t max_lookups_s; /* lookups in /proc for each second of event time, 0 = 1000 */
	/*
	 * An id of a container that the container's own users and groups do not name has no name, as
	 * Falco has it, and not that of the host, as sysdig has it. Of a live machine, its own are in
	 * /etc of the root that its processes have; where that is the host's root, so are the names.
	 */
	int container_names_apart;
};

/* What there is and what was lost; counts since the state was made, but those of "now". */
struct eyas_state_stats {
	uint64_t threads, groups, fds, fd_tables, users, user_groups, ifaces; /* now */
	uint64_t strings, string_bytes;					      /* now */
	uint64_t bytes; /* now, of all the tables and strings, as allocated */
	uint64_t threads_added, threads_exited, threads_expired;
	uint64_t threads_guessed; /* made up for an event of an unknown thread */
	uint64_t threads_looked_up, lookups_failed, lookups_refused; /* in /proc */
	uint64_t threads_refused; /* no room: max_threads or no memory */
	uint64_t fds_added, fds_closed;
	uint64_t fds_unknown;	  /* events on a descriptor that is not known */
	uint64_t fds_replaced;	  /* a number was opened again without a close seen */
	uint64_t fds_looked_up;	  /* in /proc */
	uint64_t fds_refused;	  /* no room: max_fds, max_fds_process or no memory; no thread */
	uint64_t owners_refused;  /* users, groups, interfaces: too many or no memory */
	uint64_t strings_refused; /* no room: max_string_bytes or no memory */
	uint64_t clones_missed;	  /* a child whose clone was seen on neither side */
	uint64_t reparented;	  /* children given to a reaper */
	uint64_t loops_cut;	  /* parents that would have been their own ancestor */
};

struct eyas_state;
struct eyas_context;

/*
 * A state in which there is nothing yet. opts may be NULL and may go once the call returns. 0, or
 * -EINVAL for options of a later version, or -ENOMEM.
 */
EYAS_API EYAS_MUST_USE int eyas_state_new(const struct eyas_state_opts *opts,
					  struct eyas_state **ret_state, struct eyas_err *reterr);
/* NULL is fine. */
EYAS_API void eyas_state_free(struct eyas_state *state);

/*
 * A loader that fills the state, for eyas_source_opts or of one's own. Its section() empties the
 * state.
 */
EYAS_API void eyas_state_loader(struct eyas_state *state, struct eyas_loader *ret_loader);

/*
 * Load threads, descriptors, interfaces and users of this machine from /proc (opts.proc_root)
 * and the user database, under <proc_root>/../etc when that is another root. Processes that
 * vanish meanwhile are left out. Returns the number of threads, or -errno when /proc cannot be
 * read at all.
 */
EYAS_API EYAS_MUST_USE int64_t eyas_state_scan(struct eyas_state *state, struct eyas_err *reterr);

/*
 * Say everything the state holds to a loader, in the order of a capture: machine, interfaces,
 * users, groups, threads with their descriptors. Returns 0 or the negative value a function of
 * the loader returned. section() is not called.
 */
EYAS_API EYAS_MUST_USE int eyas_state_dump(const struct eyas_state *state,
					   const struct eyas_loader *to);

/* Plain view of one thread as eyas_state_dump() says it: 1, or 0 if tid is not known. */
EYAS_API int eyas_state_thread(const struct eyas_state *state, int64_t tid,
			       struct eyas_thread_entry *ret_thread);
/*
 * Plain view of one descriptor of the process that tid belongs to: 1, or 0 if not known. The
 * source of a connection is the client; only eyas_state_dump() says an accepted one from this
 * end, as /proc does, when a reader finds out by a listening socket that it was accepted.
 */
EYAS_API int eyas_state_fd(const struct eyas_state *state, int64_t tid, int64_t fd,
			   struct eyas_fd_entry *ret_fd);

/*
 * Take one event. Every event of a source must pass here, in order, before filters and formats
 * look at it. The context is the state's own and lent until the next call; hand it to
 * eyas_filter_match() and eyas_format_put().
 */
EYAS_API const struct eyas_context *eyas_state_take(struct eyas_state *state,
						    const struct eyas_event *event);

/* What the state holds now and what was added, given up and refused since it was made. */
EYAS_API void eyas_state_stats(const struct eyas_state *state, struct eyas_state_stats *ret_stats);

#ifdef __cplusplus
}
#endif

#endif /* EYAS_STATE_H */
