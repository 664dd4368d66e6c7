/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capture files: reading and writing .scap (reference/scap_format.md).
 *
 * Reading: every block version of the format, plain, gzip, zstd or LZ4, from a file or a pipe,
 * one file or several in a row or merged by time. Events arrive in the current layout: old ones
 * are converted on the way (reference/scap_conversions.tsv). Everything a file says about the
 * machine before its events is handed to a loader.
 *
 * A handle may be used by one thread at a time; different handles are independent.
 */
#ifndef EYAS_CAPTURE_H
#define EYAS_CAPTURE_H

#include <stddef.h>
#include <stdint.h>
#include <eyas/err.h>
#include <eyas/event.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Borrowed bytes, not NUL-terminated. */
struct eyas_bytes {
	const char *data;
	uint32_t len;
};

/* ---- what a capture says about the machine ---- */

struct eyas_machine {
	uint32_t num_cpus;
	uint64_t memory_bytes;
	uint64_t max_pid;
	char hostname[129];  /* always NUL-terminated */
	uint64_t boot_ts_ns; /* since the epoch */
	uint64_t flags;
	uint64_t reserved[2]; /* stored and written back as they were found */
};

struct eyas_iface {
	uint16_t type; /* 1 IPv4, 2 IPv6; 3 and 4 the same without a link speed (old) */
	uint8_t addr[16], mask[16], bcast[16]; /* network order, IPv4 in the first four */
	uint64_t linkspeed;
	struct eyas_bytes name;
};

struct eyas_user {
	uint32_t uid, gid;
	struct eyas_bytes name, home, shell;
};

struct eyas_group {
	uint32_t gid;
	struct eyas_bytes name;
};

/* A thread that existed when the capture began. Fields an old file lacks have the defaults of
 * reference/scap_format.md. */
struct eyas_thread_entry {
	uint64_t tid, pid, ptid;
	int64_t sid, vpgid, pgid, vtid, vpid;
	struct eyas_bytes comm, exe, exepath, args, cwd, env, cgroups, root;
	uint64_t fdlimit;
	uint32_t flags, uid, gid;
	uint32_t vmsize_kb, vmrss_kb, vmswap_kb;
	uint64_t pfmajor, pfminor;
	uint64_t pidns_init_start_ts_ns;
	uint32_t tty, loginuid;
	uint64_t cap_inheritable, cap_permitted, cap_effective;
	uint64_t exe_ino, exe_ino_ctime_ns, exe_ino_mtime_ns;
	uint8_t exe_writable, exe_upper_layer, exe_lower_layer, exe_from_memfd;
	struct eyas_bytes tail; /* what a newer writer appended, kept as it is */
	/* Known on a running machine only, captures have no place for them; 0 = not known. */
	uint64_t start_ts_ns; /* when the thread began */
	uint64_t taken_ts_ns; /* nothing in here is older than this: later events change it */
	uint8_t args_cut;     /* there are more arguments */
};

/* Kinds of descriptors, numbers of the capture format. */
enum eyas_fd_kind {
	EYAS_FD_UNKNOWN = 0,
	EYAS_FD_FILE = 1,
	EYAS_FD_DIRECTORY = 2,
	EYAS_FD_IPV4_SOCK = 3,
	EYAS_FD_IPV6_SOCK = 4,
	EYAS_FD_IPV4_SERVER = 5,
	EYAS_FD_IPV6_SERVER = 6,
	EYAS_FD_FIFO = 7,
	EYAS_FD_UNIX = 8,
	EYAS_FD_EVENT = 9,
	EYAS_FD_UNSUPPORTED = 10,
	EYAS_FD_SIGNALFD = 11,
	EYAS_FD_EVENTPOLL = 12,
	EYAS_FD_INOTIFY = 13,
	EYAS_FD_TIMERFD = 14,
	EYAS_FD_NETLINK = 15,
	EYAS_FD_FILE_V2 = 16,
	EYAS_FD_BPF = 17,
	EYAS_FD_USERFAULTFD = 18,
	EYAS_FD_IO_URING = 19,
	EYAS_FD_MEMFD = 20,
	EYAS_FD_PIDFD = 21,
	EYAS_FD_KINDS = 22
};

/* A descriptor that was open when the capture began. */
struct eyas_fd_entry {
	int64_t fd;
	uint64_t ino;
	uint8_t kind;		  /* enum eyas_fd_kind, or a number only a newer writer knows */
	uint8_t l4;		  /* 0 unknown 1 none 2 tcp 3 udp 4 icmp 5 raw */
	uint8_t src[16], dst[16]; /* addresses, network order; a server's is in src */
	uint16_t sport, dport;	  /* host order */
	uint64_t unix_src, unix_dst;
	uint32_t open_flags, dev; /* EYAS_FD_FILE_V2 */
	struct eyas_bytes name;
	struct eyas_bytes tail; /* info of an unknown kind, or what a newer writer appended */
	/* Known on a running machine only, captures have no place for them; 0 = not known. */
	int64_t pid; /* EYAS_FD_PIDFD: the process it stands for */
	uint32_t mount_id;
	uint8_t deleted; /* the file has no name any more */
};

/*
 * Receives what a capture says, in file order. Functions may be NULL. A negative
 * return value stops the reading with that value. Pointers are valid during the call only.
 */
struct eyas_loader {
	void *ctx;
	/* A section begins: all state starts anew. */
	int (*section)(void *ctx);
	int (*machine)(void *ctx, const struct eyas_machine *machine);
	int (*iface)(void *ctx, const struct eyas_iface *iface);
	int (*user)(void *ctx, const struct eyas_user *user);
	int (*group)(void *ctx, const struct eyas_group *group);
	int (*thread)(void *ctx, const struct eyas_thread_entry *thread);
	/* The descriptors of a thread follow; called for a thread without any, too. */
	int (*fd_list)(void *ctx, uint64_t tid);
	int (*fd)(void *ctx, uint64_t tid, const struct eyas_fd_entry *fd);
};

/* ---- reading ---- */

enum eyas_compression {
	EYAS_COMPRESS_NONE,
	EYAS_COMPRESS_GZIP,
	EYAS_COMPRESS_ZSTD,
	EYAS_COMPRESS_LZ4
};
/* "none", "gzip", "zstd", "lz4". Static. */
EYAS_API const char *eyas_compression_name(enum eyas_compression compression);

/*
 * Enter events become part of their exits, and are not handed on. Who has to know when they were,
 * and some of them, shares this with the source.
 */
struct eyas_enter_watch {
	uint64_t now_ns;   /* by the source: time of the last event that was not handed on */
	uint64_t alarm_ns; /* by the watcher: one as late as this is handed on, too, hidden */
	uint64_t types[(EYAS_EVENT_TYPES + 63) /
		       64]; /* and so are those of these types, a bit each */
};

/* How to read. Zero-initialise, set size, then what differs from the defaults. */
struct eyas_source_opts {
	size_t size;		   /* sizeof(struct eyas_source_opts) */
	int raw_schema;		   /* hand on events as stored, without conversion */
	int merge;		   /* several files: by time instead of one after another */
	uint64_t max_block_bytes;  /* refuse larger event blocks and list entries; 0 = 128 MiB */
	uint64_t max_stored_bytes; /* for enter events that wait for their exit; 0 = 4 MiB */
	const struct eyas_loader *loader; /* may be NULL; copied */
	/* Told of every damaged part as it is met; may be NULL. */
	void (*damage)(void *ctx, const struct eyas_err *err);
	void *damage_ctx;
	/*
	 * Asked while there is no input, when a signal comes and ten times a second: not 0 = give up
	 * with -EINTR. NULL = go on waiting.
	 */
	int (*interrupted)(void *ctx);
	void *interrupted_ctx;
	struct eyas_enter_watch *watch; /* of files; NULL = none; borrowed until the close */
};

/* What was read so far. Counts of events are of those in the file, before conversion. */
struct eyas_source_stats {
	uint64_t bytes_in;	   /* read from the file or pipe */
	uint64_t bytes_total;	   /* size of all files, 0 when unknown (a pipe) */
	uint64_t bytes;		   /* after decompression */
	uint64_t sections;	   /* section headers */
	uint64_t blocks;	   /* of every kind */
	uint64_t blocks_skipped;   /* of unknown kind */
	uint64_t events;	   /* event blocks */
	uint64_t events_delivered; /* handed on by eyas_source_next() */
	uint64_t events_stored;	   /* enter events folded into their exit */
	uint64_t events_dropped;   /* old ones without a meaning today */
	uint64_t events_newer;	   /* of a type this library does not know */
	uint64_t events_longer;	   /* with more parameters than this library knows */
	uint64_t events_converted; /* rewritten to the current schema */
	uint64_t enters_missing;   /* conversions that found no enter event */
	uint64_t enters_evicted;   /* stored enter events given up for max_stored_bytes */
	uint64_t damaged;	   /* parts that could not be understood; each was reported */
	uint64_t entries_longer;   /* list entries with a tail this library does not know */
	uint64_t machines, ifaces, users, groups, threads, fd_lists, fds;
	uint32_t compression;		       /* enum eyas_compression of the current file */
	uint16_t version_major, version_minor; /* of the current section */
	uint32_t event_version;		       /* 1 or 2: layout of the last event block */
	uint32_t thread_version; /* 1 to 9: process list of the current section, 0 = none */
};

struct eyas_source;

/*
 * Open captures; "-" is standard input. The metadata before the first event goes to the loader
 * during the first eyas_source_next(), so that an open does not wait
 * for input; only that of a FIFO without a writer waits for one.
 * Errors: -errno of open(), -EINVAL for options this version does not know, -ENOMEM.
 */
EYAS_API EYAS_MUST_USE int eyas_source_open_files(const char *const *paths, size_t count,
						  const struct eyas_source_opts *opts,
						  struct eyas_source **ret_source,
						  struct eyas_err *reterr);

/*
 * The next event. Returns 1 with an event that is lent until the next call, 0 when there is none
 * yet (a live source), EYAS_E_END after the last one, else a failure that ends the source; the
 * events before it were delivered. Damage that leaves the block structure intact is counted and
 * reported (stats.damaged, opts.damage), and reading goes on behind it.
 */
EYAS_API EYAS_MUST_USE int eyas_source_next(struct eyas_source *source,
					    const struct eyas_event **ret_event,
					    struct eyas_err *reterr);

/* What was read so far; may be called at any time. */
EYAS_API void eyas_source_stats(const struct eyas_source *source,
				struct eyas_source_stats *ret_stats);

/* NULL is fine. */
EYAS_API void eyas_source_close(struct eyas_source *source);

/* ---- writing ---- */

/* Readers that a written file must suit. */
enum eyas_compat {
	EYAS_COMPAT_NONE,	/* the format of today */
	EYAS_COMPAT_SYSDIG_0_29 /* what sysdig 0.29 (2022, Debian's) takes */
};

/* Zero-initialise, set size, then what differs from the defaults. */
struct eyas_writer_opts {
	size_t size;	      /* sizeof(struct eyas_writer_opts) */
	uint32_t compression; /* enum eyas_compression; LZ4 is not written (-ENOTSUP) */
	int level;	      /* of the compression, 0 = its default */
	uint32_t compat;      /* enum eyas_compat */
};

struct eyas_writer_stats {
	uint64_t events;	  /* written */
	uint64_t bytes;		  /* before compression */
	uint64_t bytes_out;	  /* handed to the file so far */
	uint64_t events_left_out; /* the compat reader does not know them */
	uint64_t fds_left_out;	  /* likewise */
};

struct eyas_writer;

/*
 * Create a capture. The bytes go to PATH.part, which eyas_writer_close() renames to PATH; "-" is
 * standard output, and a path that exists and is no regular file (a pipe, a device) is written
 * in place. The section header is written at once.
 */
EYAS_API EYAS_MUST_USE int eyas_writer_open(const char *path, const struct eyas_writer_opts *opts,
					    struct eyas_writer **ret_writer,
					    struct eyas_err *reterr);

/*
 * A loader that writes all it receives, for as long as the writer lives. Its section() writes a
 * new section header only when something was written since the last one.
 */
EYAS_API void eyas_writer_loader(struct eyas_writer *writer, struct eyas_loader *ret_loader);

/* Append one event. -EINVAL if its bytes are not in the current layout. */
EYAS_API EYAS_MUST_USE int eyas_writer_event(struct eyas_writer *writer,
					     const struct eyas_event *event,
					     struct eyas_err *reterr);

/* Everything so far reaches the file and can be read from it; fsync() is not called. */
EYAS_API EYAS_MUST_USE int eyas_writer_flush(struct eyas_writer *writer, struct eyas_err *reterr);

/* What was written so far; may be called at any time. */
EYAS_API void eyas_writer_stats(const struct eyas_writer *writer,
				struct eyas_writer_stats *ret_stats);

/*
 * Finish the file and give it its name. The handle is gone whatever is returned; on failure
 * (full disk) PATH.part stays and reads up to the last whole event. NULL is fine.
 */
EYAS_API EYAS_MUST_USE int eyas_writer_close(struct eyas_writer *writer, struct eyas_err *reterr);

/* ---- synthetic: events made by the caller ---- */

/*
 * Open a source that is fed with eyas_source_feed(). Until eyas_source_finish(),
 * eyas_source_next() returns 0 when all that was fed is taken, then EYAS_E_END. Of the options,
 * max_block_bytes is looked at; the loader is never called, and nothing is converted.
 */
EYAS_API EYAS_MUST_USE int eyas_source_open_synthetic(const struct eyas_source_opts *opts,
						      struct eyas_source **ret_source,
						      struct eyas_err *reterr);

/*
 * Append one event, as eyas_encoder_end() leaves it; it is checked and copied. An event that
 * eyas_source_next() lent is gone then. EYAS_E_USAGE for a source of another kind or one that is
 * finished, EYAS_E_LIMIT, -ENOMEM, else as eyas_event_view() and eyas_event_check().
 */
EYAS_API EYAS_MUST_USE int eyas_source_feed(struct eyas_source *source, const void *bytes,
					    size_t len, unsigned cpu, struct eyas_err *reterr);

/* No more events come. EYAS_E_USAGE for a source of another kind. */
EYAS_API int eyas_source_finish(struct eyas_source *source, struct eyas_err *reterr);

#ifdef __cplusplus
}
#endif

#endif /* EYAS_CAPTURE_H */
