/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the state, for the files of src/state only.
 *
 * The way of an event is in state.c; on.c knows who handles it and which descriptor it is about.
 *
 *   state.c     new, free, the way of one event, statistics
 *   on.c        which event is handled by whom; on_*.c the handlers, by topic; on.h what they share
 *   threads.c   the thread table: add, remove, groups, parents, reparenting, expiry
 *   fds.c       descriptor tables and working directories, shared and copied
 *   fdname.c    names and types of descriptors, addresses of sockets
 *   path.c      joining paths
 *   cgroup.c    from a cgroup path to a container id
 *   containers.c  which containers have threads
 *   owners.c    users, groups, interfaces; owners_tell.c how others hear of them, proc_owners.c
 *               where the first two are read
 *   load.c      from entries of a capture to state; dump.c back again
 *   behind.c    a state that follows another one at some distance
 *   scan.c      all processes out of /proc; proc_lookup.c one thread or descriptor
 *   proc.c      one process out of /proc; proc_fd.c its descriptors, proc_net.c which sockets they
 *               are, proc_file.c how files are read there
 *   istr.c      interned strings
 *   idmap.c     the hash table from ids to what has them
 */
#ifndef STATE_STATE_INT_H
#define STATE_STATE_INT_H

#include "base/map.h"
#include "base/str.h"
#include "state/state.h"

/* Flags as captures number them (reference/constants.tsv): of an open, of a thread. */
enum {
	PPM_O_WRONLY = 1 << 1,
	PPM_O_CREAT = 1 << 2,
	PPM_O_TRUNC = 1 << 8,
	PPM_O_DIRECTORY = 1 << 10,
	PPM_O_CLOEXEC = 1 << 12,
	PPM_FD_UPPER_LAYER = 1 << 15,
	PPM_FD_LOWER_LAYER = 1 << 16,
};

enum {
	PPM_CL_CLONE_FILES = 1 << 0,
	PPM_CL_CLONE_FS = 1 << 1,
	PPM_CL_CLONE_NEWNS = 1 << 5,
	PPM_CL_CLONE_NEWPID = 1 << 6,
	PPM_CL_CLONE_PARENT = 1 << 8,
	PPM_CL_CLONE_THREAD = 1 << 13,
	/* Of this machine's own making, in process lists: the child's event came first; it exited. */
	PPM_CL_CLONE_INVERTED = 1 << 16,
	PPM_CL_CLOSED = 1 << 18,
	PPM_CL_CLONE_NEWUSER = 1 << 20,
	PPM_CL_CLONE_VFORK = 1 << 27,
	PPM_CL_CHILD_IN_PIDNS = 1 << 29,
	PPM_CL_IS_MAIN_THREAD = 1 << 30,
};

struct id_row {
	int64_t id;
	void *value; /* NULL = free */
};

/*
 * From a thread, process or user id to what has it: open addressing, backward-shift removal, at
 * most three quarters used. The ids are the rows' own, so that a search touches nothing else.
 */
struct id_map {
	struct id_row *rows; /* 1 << bits; NULL while it was never used */
	uint32_t bits, used;
};

struct owners;	    /* users and groups by container and id; owners.c */
struct proc_reader; /* buffers and the root of /proc; proc.c */

struct eyas_state {
	struct eyas_state_opts opts; /* defaults filled in */
	char *proc_root;
	struct istr_pool strings;
	struct id_map threads;	  /* by tid */
	struct id_map groups;	  /* by pid, those without a known leader; others have it */
	struct id_map orphans;	  /* by ptid, the first of those that wait for that parent */
	struct eyas_thread *last; /* of the event before: most events find theirs here; or NULL */
	struct owners *owners;
	struct proc_reader *proc;	  /* NULL until something is looked up */
	const struct eyas_state *leading; /* has seen what this one is still to see; or NULL */
	struct eyas_machine machine;
	struct eyas_context context;	   /* of the current event */
	uint8_t traits[EYAS_EVENT_TYPES];  /* what state.c does for each type; bits of its own */
	struct eyas_str scratch, scratch2; /* for paths and names while an event is handled */
	uint64_t first_ts_ns, last_ts_ns;
	uint64_t taken_ns;   /* while a scan goes on: the time as of which threads are loaded */
	uint64_t settled_ns; /* end of the scan: only events before it can be older than a thread */
	uint64_t seed;	     /* of the hash tables */
	uint64_t next_expiry_ns;
	uint32_t expiry_row;   /* of threads, where the next slice begins */
	bool loading;	       /* entries were loaded, load_finish() is due */
	uint8_t *server_ports; /* a bit each, of listening sockets; NULL but while loading */
	/* What the current event ends; done by the next one. */
	struct {
		int64_t close_fd;	      /* -1 = none; in close_table */
		struct fd_table *close_table; /* counted */
		struct eyas_thread *exit;     /* NULL = none */
		int64_t reaper_tid;	      /* for exit, as thread_exit() takes it */
		/* Whose cwd it changed, and from what: the event is read again behind a dump. */
		struct fs_info *moved; /* counted, NULL = none */
		struct eyas_istr *old_cwd;
	} pending;
	uint64_t *switch_ts_ns; /* of the last switch on each CPU; from state_realloc() */
	uint32_t ncpus;		/* there is memory for */
	uint64_t lookup_second;
	uint32_t lookups;			     /* in /proc during that second */
	uint64_t live_groups, live_fds, live_tables; /* now */
	uint64_t bytes; /* now, of all that is allocated, the string pool apart */
	struct eyas_state_stats stats;
};

/* ---- state.c ---- */

/* malloc(), realloc() and free() that keep state->bytes. NULL is fine to be freed. */
void *state_alloc(struct eyas_state *state, size_t size); /* zeroed */
void *state_realloc(struct eyas_state *state, void *memory, size_t old_size, size_t size);
void state_free(struct eyas_state *state, void *memory, size_t size);

/* A scratch of the state for another text: empty, and failed no more. */
static inline struct eyas_str *scratch_begin(struct eyas_str *scratch)
{
	scratch->len = 0;
	scratch->nomem = false;
	return scratch;
}

/* As new, but for counts of what happened. */
void state_clear(struct eyas_state *state);

/* ---- idmap.c ---- */

/* Spreads ids over 1 << bits places, in a way that depends on the seed. */
static inline size_t id_hash(uint64_t seed, int64_t id, uint32_t bits)
{
	uint64_t hash = ((uint64_t)id ^ seed) * UINT64_C(0x9e3779b97f4a7c15);

	hash ^= hash >> 32;
	return (size_t)((hash * (seed | 1)) >> (64 - bits));
}

static inline size_t id_map_mask(const struct id_map *map)
{
	return ((size_t)1 << map->bits) - 1;
}

/* NULL if nothing has the id. */
static inline void *id_map_find(const struct eyas_state *state, const struct id_map *map,
				int64_t id)
{
	size_t i;

	if (!map->used)
		return NULL;
	for (i = id_hash(state->seed, id, map->bits); map->rows[i].value;
	     i = (i + 1) & id_map_mask(map))
		if (map->rows[i].id == id)
			return map->rows[i].value;
	return NULL;
}

/* The id is not there yet. 0 or -ENOMEM. */
int id_map_add(struct eyas_state *state, struct id_map *map, int64_t id, void *value);
/* The id is there. */
void id_map_replace(struct eyas_state *state, struct id_map *map, int64_t id, void *value);
void id_map_remove(struct eyas_state *state, struct id_map *map, int64_t id);
/* Nothing is in the map and it holds no memory; it can be used again. */
void id_map_clear(struct eyas_state *state, struct id_map *map);

/* ---- threads.c ---- */

/* Frees all threads with what they hold; the tables are empty then and can be used again. */
void threads_clear(struct eyas_state *state);

/*
 * A new thread with defaults (ids of the unknown, empty strings, an empty descriptor table of
 * its own, cwd ""), linked to its group and parent. An older one with the same tid is removed
 * first, as if its exit had been missed; pointers to it are void then. tid, pid, ptid as in
 * struct eyas_thread. NULL when there is no room (counted).
 */
struct eyas_thread *thread_add(struct eyas_state *state, int64_t tid, int64_t pid, int64_t ptid);

/* Out of all tables and freed; children go to reaper, or are left without a parent if NULL. */
void thread_remove(struct eyas_state *state, struct eyas_thread *thread,
		   struct eyas_thread *reaper);

/*
 * The thread exits: children get a new parent, the one the event names (reaper_tid, 0 or less =
 * unknown), else a living thread of the group, the next subreaper up, or the init of its pid
 * namespace. The leader of a group with living threads stays, marked dead.
 */
void thread_exit(struct eyas_state *state, struct eyas_thread *thread, int64_t reaper_tid);

/* Another parent; refused and counted when thread is an ancestor of it. */
void thread_set_parent(struct eyas_state *state, struct eyas_thread *thread, int64_t ptid);

/* Another process id (a thread that execs becomes the leader; a guess that turns out wrong). */
void thread_set_group(struct eyas_state *state, struct eyas_thread *thread, int64_t pid);

/*
 * The thread, or what can be found out: from /proc when live, else a guessed one (comm and exe
 * "<NA>", pid -1) . NULL only when there is no room.
 */
struct eyas_thread *thread_find_or_make(struct eyas_state *state, int64_t tid);

/* Copy all that a child of from has from it at first: names, ids, limits, no links. */
void thread_inherit(struct eyas_state *state, struct eyas_thread *to,
		    const struct eyas_thread *from);

/* Give up threads idle for too long, in a slice of the table; called now and then. */
void threads_expire(struct eyas_state *state, uint64_t now_ns);

/* One string of a thread or descriptor becomes text. */
static inline void state_set_str(struct eyas_state *state, struct eyas_istr **to, const char *text,
				 size_t len)
{
	istr_move(&state->strings, to, istr_get(&state->strings, text, len));
}

/* A list of texts as in an entry, whose last NUL may be missing. */
void thread_set_list(struct eyas_state *state, struct eyas_istr **to, const char *list, size_t len);
/* cgroups as in the entry; sets container_id as well. */
void thread_set_cgroups(struct eyas_state *state, struct eyas_thread *thread, const char *cgroups,
			size_t len);
/* exepath; also of a file that is gone. */
void thread_set_exepath(struct eyas_state *state, struct eyas_thread *thread, const char *path,
			size_t len);
/* cwd; a '/' is added at the end if there is none and the text is not empty. */
void thread_set_cwd(struct eyas_state *state, struct eyas_thread *thread, const char *cwd,
		    size_t len);

/* ---- fds.c ---- */

struct fd_table *fd_table_new(struct eyas_state *state);
struct fd_table *fd_table_copy(struct eyas_state *state, const struct fd_table *from);
static inline struct fd_table *fd_table_ref(struct fd_table *table)
{
	table->refs++;
	return table;
}
void fd_table_put(struct eyas_state *state, struct fd_table *table);

/*
 * An entry for num: a new one, or the one that was there, emptied (counted as replaced). All
 * fields zero but num and name (""). NULL when there is no room (counted).
 */
struct eyas_fd *fd_insert(struct eyas_state *state, struct fd_table *table, int64_t num);
/* A copy of from under another number (dup, passed descriptors); strings are counted. */
struct eyas_fd *fd_insert_copy(struct eyas_state *state, struct fd_table *table, int64_t num,
			       const struct eyas_fd *from);
bool fd_remove(struct eyas_state *state, struct fd_table *table, int64_t num);
/* All entries with first <= num <= last; returns how many. */
uint32_t fd_remove_range(struct eyas_state *state, struct fd_table *table, int64_t first,
			 int64_t last);
/* All entries with FD_CLOSE_ON_EXEC, at exec. */
void fd_remove_cloexec(struct eyas_state *state, struct fd_table *table);

struct fs_info *fs_info_new(struct eyas_state *state);
struct fs_info *fs_info_copy(struct eyas_state *state, const struct fs_info *from);
void fs_info_put(struct eyas_state *state, struct fs_info *fs);

/*
 * The thread gets a table or directories of its own when it shares them (exec, unshare), and says
 * so in its flags: a reader of a dump would make it share them again.
 */
void thread_unshare_fds(struct eyas_state *state, struct eyas_thread *thread);
void thread_unshare_fs(struct eyas_state *state, struct eyas_thread *thread);

/* ---- fdname.c ---- */

/* Set name from kind, addresses and ports: "1.2.3.4:5->6.7.8.9:80", "0.0.0.0:80". */
void fd_name_from_tuple(struct eyas_state *state, struct eyas_fd *fd);
/* Take over the addresses of a tuple or address out of an event; sets kind. */
void fd_set_tuple(struct eyas_fd *fd, const struct eyas_sock *sock);
void fd_set_server(struct eyas_fd *fd, const struct eyas_sock *sock);
/* The address of a bind without a port, which makes no server. */
void fd_set_bound(struct eyas_fd *fd, const struct eyas_sock *sock);
/* Has the connection a tuple? Not before it has more than the address it is bound to. */
bool fd_has_tuple(const struct eyas_fd *fd);
/* Source and destination of a connection change places: the source is the client's end. */
void fd_swap_ends(struct eyas_fd *fd);

/* ---- path.c ---- */

/* Absolute, and joining it to anything would leave it as it is. May say no to such a path, too. */
bool path_is_plain(const char *path, size_t len);
/* The length without the mark that the kernel puts behind the path of a file that is gone. */
size_t path_without_deleted(const char *path, size_t len);

/* ---- owners.c ---- */

int owners_new(struct eyas_state *state);
void owners_free(struct eyas_state *state);
void owners_clear(struct eyas_state *state);
int owners_add_user(struct eyas_state *state, const struct eyas_istr *container_id,
		    const struct eyas_user *user);
int owners_add_group(struct eyas_state *state, const struct eyas_istr *container_id,
		     const struct eyas_group *group);
void owners_remove_user(struct eyas_state *state, const struct eyas_istr *container_id,
			uint32_t uid);
void owners_remove_group(struct eyas_state *state, const struct eyas_istr *container_id,
			 uint32_t gid);
/* Whose users and groups has a container? Nameless: its ids are in nobody's files. */
enum owners_of { OWNERS_UNKNOWN, OWNERS_HOSTS, OWNERS_OWN, OWNERS_NAMELESS };
enum owners_of owners_of_container(const struct eyas_state *state,
				   const struct eyas_istr *container_id);
/* Returns 0 or -ENOMEM. */
int owners_set_container(struct eyas_state *state, const struct eyas_istr *container_id,
			 enum owners_of of);
int owners_add_iface(struct eyas_state *state, const struct eyas_iface *iface);
/*
 * The address this machine has towards a peer (4 or 16 bytes, network order), from the interface
 * on the peer's network, else from any: copied to ret_addr. False if it has none of that family.
 */
bool owners_source_addr(const struct eyas_state *state, const uint8_t *peer, size_t len,
			uint8_t *ret_addr);
void owners_stats(const struct eyas_state *state, struct eyas_state_stats *stats);

/* ---- owners_tell.c ---- */

/* Interfaces, users and groups of the host, to a loader; as eyas_state_dump(). */
int owners_dump(const struct eyas_state *state, const struct eyas_loader *to);

/* ---- load.c: what a loader's functions do, also used by what reads /proc ---- */

/*
 * Many entries follow, and load_finish() after the last one; without it each entry is taken for
 * itself, which suits single lookups.
 */
void load_begin(struct eyas_state *state);
/* A thread that is known already becomes what the entry says. NULL when there is no room. */
struct eyas_thread *load_thread_entry(struct eyas_state *state,
				      const struct eyas_thread_entry *entry);
struct eyas_fd *load_fd_entry(struct eyas_state *state, struct eyas_thread *thread,
			      const struct eyas_fd_entry *entry);
/* Threads share the tables of their leaders; accepted connections are told from others. */
void load_finish(struct eyas_state *state);
/* Forget what was put together for load_finish(). */
void load_drop(struct eyas_state *state);

/* A set of ports, a bit each: those of listening sockets. */
enum { PORTS_BYTES = 65536 / 8 };

static inline void port_add(uint8_t *ports, uint16_t port)
{
	ports[port / 8] |= (uint8_t)(1U << port % 8);
}

static inline bool port_has(const uint8_t *ports, uint16_t port)
{
	return ports[port / 8] >> port % 8 & 1;
}

/* ---- proc.c, scan.c ---- */

/* The thread out of /proc with its descriptors: NULL if it is gone or may not be read. */
struct eyas_thread *proc_lookup_thread(struct eyas_state *state, int64_t tid);
/* One descriptor of a process out of /proc. */
struct eyas_fd *proc_lookup_fd(struct eyas_state *state, struct eyas_thread *thread, int64_t num);
bool proc_exists(struct eyas_state *state, int64_t tid);
void proc_reader_free(struct eyas_state *state);

/* ---- cgroup.c ---- */

/*
 * The container id a cgroup list (subsys=path, each ended by NUL) stands for, by the patterns of
 * reference/containers.md section 2: written to id, returns its length, 0 = the host. id has
 * CONTAINER_ID_MAX bytes and is not NUL-terminated.
 */
enum { CONTAINER_ID_MAX = 256 };
size_t cgroup_container_id(const char *cgroups, size_t len, char *id);

/* ---- containers.c ---- */

/* One thread of each container that has threads; visit may be NULL. Returns how many there are. */
uint64_t containers_visit(const struct eyas_state *state,
			  void (*visit)(void *ctx, const struct eyas_thread *thread), void *ctx);

/* ---- proc_owners.c ---- */

/*
 * The thread's program has just begun: users and groups of its container, unless they are known.
 * The thread is in a container.
 */
void proc_load_container_owners(struct eyas_state *state, const struct eyas_thread *thread);

/* ---- on.c ---- */

/*
 * A handler changes the state by one event whose thread is in context->thread. That is NULL only
 * for types of which no thread is made up: exits of clone, fork, vfork and clone3 (on the child's
 * side the handler makes the thread), switches, and metaevents about users. Other events without a
 * thread have no handler called. It sets context->fd and fd_num when the event creates a
 * descriptor, and may set pending.
 */
typedef void (*state_handler)(struct eyas_state *state, struct eyas_context *context);

/* By event type; NULL = it changes nothing. */
extern const state_handler state_handlers[EYAS_EVENT_TYPES];

/*
 * Set context->fd_num and context->fd for an event that uses a descriptor, before its handler.
 */
void state_find_fd(struct eyas_state *state, struct eyas_context *context);

/* Parameters of the current event, missing = fallback. */
int64_t on_int(const struct eyas_event *event, unsigned index, int64_t fallback);
uint64_t on_uint(const struct eyas_event *event, unsigned index, uint64_t fallback);
/* Without its NUL; false if it is missing. */
bool on_str(const struct eyas_event *event, unsigned index, const char **ret_str, size_t *ret_len);

#endif
