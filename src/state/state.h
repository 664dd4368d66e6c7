/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who did what: the threads of a machine, their descriptors, users, groups and interfaces, kept
 * up to date by the events. Everything a state holds belongs to it alone; there are no globals.
 *
 * eyas_state_event() is called once for every event, in order, before any consumer sees it, and
 * says what the event is about: its thread and its descriptor. Both are lent until the next
 * call. What an event ends (a descriptor that is closed, a thread that exits) is still there
 * while consumers look at that event; it goes when the next one comes.
 */
#ifndef STATE_STATE_H
#define STATE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <eyas/capture.h>
#include <eyas/event.h>
#include <eyas/state.h>

#include "state/istr.h"

/* ---- descriptors ---- */

enum fd_bit {
	FD_CLOSE_ON_EXEC = 1,
	FD_ROLE_CLIENT = 2, /* the source of the tuple is this side's client */
	FD_ROLE_SERVER = 4,
	FD_CONNECTED = 8,	 /* connect() succeeded, accepted, or a pair */
	FD_CONNECT_PENDING = 16, /* connect() said EINPROGRESS */
	FD_CONNECT_FAILED = 32,
	FD_BOUND = 64,
	FD_LISTENING = 128,
	FD_OVERLAY_UPPER = 256,
	FD_OVERLAY_LOWER = 512,
	FD_GUESSED = 1024, /* made up from an event that used it; its opening was not seen */
	FD_DELETED = 2048  /* /proc says that the file is gone */
};

/* Protocols, as captures number them. */
enum fd_l4 { FD_L4_UNKNOWN, FD_L4_NONE, FD_L4_TCP, FD_L4_UDP, FD_L4_ICMP, FD_L4_RAW };

/* One open descriptor; about 120 bytes. Strings are interned. */
struct eyas_fd {
	int64_t num;
	uint64_t ino;
	struct eyas_istr *name; /* never NULL: absolute path, tuple or label, as fd.name has it */
	struct eyas_istr *name_raw; /* as it was passed, NULL = as name */
	union {
		struct {
			uint8_t src[16], dst[16]; /* network order, IPv4 in the first four */
			uint16_t sport, dport;	  /* host order; a server's port is in sport */
		} ip;
		struct {
			uint64_t src, dst; /* kernel addresses */
		} un;
		struct {
			int64_t pid;
		} pidfd;
	} u;
	uint32_t open_flags; /* PPM_O_* */
	uint32_t dev;
	uint32_t mount_id;
	uint16_t bits; /* enum fd_bit */
	uint8_t kind;  /* enum eyas_fd_kind; FILE_V2 is kept as FILE */
	uint8_t l4;    /* enum fd_l4 */
};

/*
 * The descriptors of one process, or of several that share them (CLONE_FILES). fds is dense; a
 * number that is smaller than count is usually at its own place (fds[3].num == 3), because
 * kernels hand out the lowest number and fd_insert() makes room there. index finds the others.
 * A pointer into it is valid until the next insert or removal.
 */
struct fd_table {
	uint32_t refs;
	uint32_t count, cap;
	uint32_t index_bits; /* index has 1 << index_bits places; it is NULL in a small table */
	uint64_t seed;
	struct eyas_fd *fds;
	uint32_t *index; /* place in fds plus 1; 0 = free */
};

/* The slow path: a number that is not at its own place. */
struct eyas_fd *fd_table_search(const struct fd_table *table, int64_t num);

/* NULL if num is not known. No side effects. */
static inline struct eyas_fd *fd_table_find(const struct fd_table *table, int64_t num)
{
	if ((uint64_t)num < table->count && table->fds[num].num == num)
		return &table->fds[num];
	return fd_table_search(table, num);
}

/* Working directory and root of one process, or of several that share them (CLONE_FS). */
struct fs_info {
	uint32_t refs;
	struct eyas_istr *cwd;	/* never NULL; ends in '/' unless unknown */
	struct eyas_istr *root; /* never NULL; "/" = the machine's */
};

/* ---- threads ---- */

/* The threads of one process. Lives as long as one of them does, so its leader does, too. */
struct thread_group {
	int64_t pid;
	struct eyas_thread *leader; /* may be dead; NULL while only others of it are known */
	struct eyas_thread *first;  /* of all its threads, the leader included */
	uint32_t alive;		    /* threads, the leader included */
	bool subreaper;		    /* prctl(PR_SET_CHILD_SUBREAPER) */
};

enum thread_bit {
	THREAD_DEAD = 1,    /* exited; kept because others of its group live */
	THREAD_GUESSED = 2, /* made up: neither its clone nor an entry about it was seen */
	THREAD_EXE_WRITABLE = 4,
	THREAD_EXE_UPPER_LAYER = 8,
	THREAD_EXE_LOWER_LAYER = 16,
	THREAD_EXE_FROM_MEMFD = 32,
	THREAD_FROM_PROC = 64, /* looked up in /proc after an event of an unknown thread */
	THREAD_EXE_ARGS_CUT = 128,
	THREAD_CPU_TIMES = 256 /* cpu_user and cpu_system were told */
};

struct eyas_thread {
	/*
	 * pid = tid of the leader; -1 = unknown. ptid may be of a thread that is not known:
	 * parent says. 0 = there is none to be seen.
	 */
	int64_t tid, pid, ptid;
	int64_t vtid, vpid, sid, vpgid, pgid;
	struct thread_group *group; /* NULL while pid is unknown */
	struct eyas_thread *group_next, *group_prev;
	/*
	 * Links to the thread whose tid is ptid, and back to the children; NULL = none known. The
	 * siblings of a thread without a parent are those that wait for the same ptid.
	 */
	struct eyas_thread *parent, *children, *sibling_next, *sibling_prev;
	struct fd_table *fds; /* never NULL */
	struct fs_info *fs;   /* never NULL */

	/* None of these is NULL. */
	struct eyas_istr *comm, *exe, *exepath;
	struct eyas_istr *args;		/* argv[1..], each ended by NUL */
	struct eyas_istr *env;		/* each ended by NUL */
	struct eyas_istr *cgroups;	/* subsys=path, each ended by NUL */
	struct eyas_istr *container_id; /* 12 characters; "" = the host */

	uint64_t clone_ts_ns; /* when it began, 0 = before the first event, unknown */
	uint64_t lastexec_ts_ns;
	uint64_t last_seen_ns; /* time of its last event */
	uint64_t
		taken_ns; /* when a scan read it: older events of it are in what it read; 0 = none */
	uint64_t pidns_init_start_ts_ns;
	uint64_t cap_permitted, cap_inheritable, cap_effective;
	uint64_t exe_ino, exe_ino_ctime_ns, exe_ino_mtime_ns;
	uint64_t exe_ino_ctime_clone_ns; /* clone_ts - ctime, computed at exec */
	uint64_t exe_ino_ctime_pidns_ns; /* ctime - pid namespace start, if later */
	int64_t fdlimit;
	uint64_t pfmajor, pfminor;
	uint64_t exectime_total_ns;	     /* from sched_switch events */
	int64_t last_fd;		     /* the descriptor of its last event, -1 = none */
	uint64_t cpu_user, cpu_system;	     /* of its last procinfo event */
	double cpu_user_pct, cpu_system_pct; /* since the one before; for thread.cpu* */
	uint32_t vmsize_kb, vmrss_kb, vmswap_kb;
	uint32_t uid, gid, loginuid; /* UINT32_MAX = unknown or none */
	uint32_t tty;
	uint32_t flags; /* PPM_CL_*, as the clone event or the process list has them */
	uint32_t bits;	/* enum thread_bit */
};

/* The leader of its process; the thread itself if the leader is not known. Never NULL. */
static inline struct eyas_thread *eyas_thread_leader(struct eyas_thread *thread)
{
	return thread->group && thread->group->leader ? thread->group->leader : thread;
}

/*
 * The leader of the parent process, NULL if it is not known. Walk up with it; chains that a
 * hostile capture made circular are cut when they are linked, so a walk ends.
 */
struct eyas_thread *eyas_thread_parent(const struct eyas_thread *thread);

/* ---- users, groups, interfaces ---- */

struct state_user {
	uint32_t uid, gid;
	struct eyas_istr *name, *home, *shell;
};

struct state_group {
	uint32_t gid;
	struct eyas_istr *name;
};

/* By id, for the container of that id ("" = the host); see container_names_apart. */
const struct state_user *eyas_state_user(const struct eyas_state *state,
					 const struct eyas_istr *container_id, uint32_t uid);
const struct state_group *eyas_state_group(const struct eyas_state *state,
					   const struct eyas_istr *container_id, uint32_t gid);

/*
 * Users and groups of containers whose files were read have no place in metadata. How many of these
 * containers there were so far, and the names of those behind the first from, as events: fn gets
 * each, which is valid until it returns, and ends it by a negative result. Returns that, 0, or
 * another error.
 */
uint64_t eyas_state_named(const struct eyas_state *state);
int eyas_state_tell_names(const struct eyas_state *state, uint64_t from, uint64_t ts_ns,
			  int (*fn)(void *ctx, const struct eyas_event *event), void *ctx);

/* Is the address (4 or 16 bytes, network order) one of this machine's? Loopback is. */
bool eyas_state_is_local(const struct eyas_state *state, const uint8_t *addr, size_t len);

/* ---- one event ---- */

enum context_bit {
	CONTEXT_FD_NAME_CHANGED = 1, /* this event gave the descriptor another name */
	CONTEXT_USES_FD = 2	     /* the type creates, uses or destroys a descriptor */
};

/* An event with what the state knows about it: what fields, filters and formats read. */
struct eyas_context {
	const struct eyas_event *event;
	struct eyas_state *state;
	struct eyas_thread *thread; /* NULL = the event has none, or the table is full */
	struct eyas_fd *fd;	    /* NULL = the event is about none, or it is unknown */
	int64_t fd_num;		    /* fd.num; -1 = the event is about no descriptor */
	uint64_t exectime_ns;	    /* thread.exectime: of switch events, else 0 */
	uint32_t bits;		    /* enum context_bit */
};

/*
 * Take one event: what the event before ended goes, then this one changes the state. Never
 * fails: what finds no room is counted.
 */
void eyas_state_event(struct eyas_state *state, const struct eyas_event *event,
		      struct eyas_context *ret_context);

/* Its strings, for a consumer that keeps some of them, counted, beyond an event. */
struct istr_pool *eyas_state_strings(struct eyas_state *state);

/* NULL if it is not known; never looks into /proc. */
struct eyas_thread *eyas_state_find(const struct eyas_state *state, int64_t tid);

/*
 * A scan in parts, for a source that can say itself what runs: first the machine (and interfaces,
 * users and groups), then the processes, by eyas_state_scan_processes() or by the state's loader,
 * then the end. eyas_state_scan() is all three.
 *
 * Events that wait while a scan goes on overlap with it: those of a thread that are older than
 * what was read of it have left their traces there already. Applied once more they would do harm
 * (a relative chdir would go one directory too far, the exit of a process would end its
 * successor of the same number), so they change nothing. A thread that was not found, because it
 * was gone or had not begun, is built from its events alone, as always. So after the events up to
 * the end of the scan, the state is that of the machine, whatever happened meanwhile.
 */
/* Called between two processes of a scan; NULL = nobody. */
struct state_tick {
	void (*fn)(void *ctx);
	void *ctx;
};
int eyas_state_scan_machine(struct eyas_state *state, bool owners, struct eyas_err *reterr);
/* Returns the number of threads, or -errno. */
int64_t eyas_state_scan_processes(struct eyas_state *state, const struct state_tick *tick,
				  struct eyas_err *reterr);
/* Returns the time of the end: all older events overlap with the scan, all later ones do not. */
uint64_t eyas_state_scan_end(struct eyas_state *state);

/*
 * A state that gets the same events as another one, but later (behind.c): what was known when the
 * oldest of those between them began. It begins as a dump of the other one is loaded, so with the
 * current event still to come, and never looks into /proc. Threads that are idle for long are given
 * up only if the other one has done so. leading has to outlive it.
 */
int eyas_state_new_behind(const struct eyas_state *leading, struct eyas_state **ret_state,
			  struct eyas_err *reterr);
/*
 * What leading found in /proc for its current event (eyas_state_lookups() changed) was true before:
 * take over what is not known here. Descriptors that were opened since are there too early, until
 * their opening comes.
 */
void eyas_state_adopt(struct eyas_state *state, const struct eyas_context *leading);
/* Do events of the type change more than that their thread was seen? */
bool eyas_state_changed_by(unsigned type);
/* Threads and descriptors that were found in /proc for an event so far. */
uint64_t eyas_state_lookups(const struct eyas_state *state);
/* What the last event ended goes now, rather than with the next one. */
void eyas_state_settle(struct eyas_state *state);

/* How many containers have threads now; goes through all threads. */
uint64_t eyas_state_containers(const struct eyas_state *state);

/* Time of the first event given to eyas_state_event(); 0 before. */
uint64_t eyas_state_first_ts_ns(const struct eyas_state *state);
const struct eyas_machine *eyas_state_machine(const struct eyas_state *state);

/* ---- paths ---- */

/*
 * Make path absolute and normal (no "//", ".", ".."), beginning at base, as the peers do it:
 * appended to out. A path that begins with '/' needs no base. Longer than 4095 bytes in the end
 * becomes "/DIR_TOO_LONG/FILENAME_TOO_LONG".
 */
struct eyas_str;
void eyas_path_join(struct eyas_str *out, const char *base, size_t base_len, const char *path,
		    size_t path_len);

/*
 * The directory a path of this event starts at: dirfd as the event has it, PPM_AT_FDCWD = the
 * working directory. "<UNKNOWN>" when the descriptor is unknown or is no file or directory.
 * Borrowed; ends in '/'when it is a directory's. scratch is storage for it.
 */
void eyas_path_base(const struct eyas_context *context, int64_t dirfd, struct eyas_str *scratch,
		    const char **ret_base, size_t *ret_len);

/* ---- descriptors in words ---- */

/* fd.typechar and fd.type (reference/fields.tsv). Static. */
char eyas_fd_typechar(uint8_t kind);
const char *eyas_fd_type_name(uint8_t kind); /* NULL = "<NA>" */

static inline bool eyas_fd_is_ip(const struct eyas_fd *fd)
{
	return fd->kind >= EYAS_FD_IPV4_SOCK && fd->kind <= EYAS_FD_IPV6_SERVER;
}

static inline bool eyas_fd_is_ip_server(const struct eyas_fd *fd)
{
	return fd->kind == EYAS_FD_IPV4_SERVER || fd->kind == EYAS_FD_IPV6_SERVER;
}

/* Connected, or to become either a connection or a server. */
static inline bool eyas_fd_is_connection(const struct eyas_fd *fd)
{
	return fd->kind == EYAS_FD_IPV4_SOCK || fd->kind == EYAS_FD_IPV6_SOCK;
}

/* Bytes of its addresses. */
static inline size_t eyas_fd_addr_len(const struct eyas_fd *fd)
{
	return fd->kind == EYAS_FD_IPV4_SOCK || fd->kind == EYAS_FD_IPV4_SERVER ? 4 : 16;
}

#endif
