/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading /proc, for proc*.c and scan.c only.
 *
 * Everything of a process is read relative to a descriptor of its directory, so a process that
 * takes over the id of one that is gone is never mixed up with it. Each file is opened once;
 * the counters say so. Buffers are part of the reader: nothing is allocated for a process.
 */
#ifndef STATE_PROC_INT_H
#define STATE_PROC_INT_H

#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "state/state_int.h"

enum {
	PROC_PATH_MAX = 4096, /* a link in /proc is never longer */
	PROC_LIST_MAX = 4096, /* arguments, environment, cgroups: as long as events have them */
	PROC_COMM_MAX = 64,   /* that of a worker of the kernel is longer than 16 */
	PROC_CHUNK = 65536,
	PROC_DENTS = 16384
};

/* System calls that open, read, follow or ask for files; what a scan costs. */
struct proc_counts {
	uint64_t opens, reads, links, stats;
};

/* A socket of some network namespace, by its inode. */
struct proc_sock {
	uint64_t unix_ptr;
	uint8_t src[16], dst[16];
	uint32_t name_at, name_len; /* in proc_socks.names */
	uint16_t sport, dport;
	uint8_t kind, l4;
};

/* All sockets of the network namespaces met so far. */
struct proc_socks {
	bool scanning;		    /* many are wanted: worth reading the tables of the kernel */
	struct eyas_map by_ino;	    /* to an index in rows */
	struct eyas_map namespaces; /* that were read */
	struct proc_sock *rows;
	uint32_t count, cap;
	struct eyas_str names;
};

/* Invariant: root is open. What the entry of a process points at is in the buffers below. */
struct proc_reader {
	int root;
	bool is_procfs; /* the running kernel's, not a copy of one */
	bool own_pids;	/* it lists the process ids that this process uses */
	uint64_t boot_ts_ns, tick_ns;
	struct proc_counts counts;
	struct proc_socks socks;
	char comm[PROC_COMM_MAX];
	char thread_comm[PROC_COMM_MAX];
	/* A byte more shows that there is more. */
	char cmdline[PROC_LIST_MAX + 1], env[PROC_LIST_MAX + 1];
	char cgroups[PROC_LIST_MAX];
	char exepath[PROC_PATH_MAX], cwd[PROC_PATH_MAX], root_path[PROC_PATH_MAX];
	char link[PROC_PATH_MAX]; /* of a descriptor */
	char chunk[PROC_CHUNK];	  /* of the one file that is being read in lines */
};

/* What /proc/PID/status says; all of one type, so that a table can fill it in. */
struct proc_status {
	uint64_t state; /* a letter */
	uint64_t tgid, ppid, uid, gid, vtid, vpid, vpgid, sid, threads;
	uint64_t pid_levels; /* pid namespaces it is in */
	uint64_t vmsize_kb, vmrss_kb, vmswap_kb;
	uint64_t cap_inheritable, cap_permitted, cap_effective;
};

/*
 * One process. dir is its directory; files is where its memory and descriptors are found: the
 * same, or the directory of a living thread when the leader has exited, which would hide them.
 */
struct proc_process {
	int dir, files;
	bool zombie;	/* the leader exited, other threads live */
	bool kernel;	/* a thread of the kernel */
	bool net_known; /* the sockets of its network namespace were read */
	bool args_cut;
	struct proc_status status;
	uint64_t start_ts_ns;
	struct eyas_thread_entry entry;
};

/* ---- proc_file.c ---- */

int proc_open(struct proc_reader *reader, int dir, const char *path, int flags);
ssize_t proc_read(struct proc_reader *reader, int fd, void *buf, size_t size);
/* Open, read up to size bytes, close. -errno on failure. */
ssize_t proc_slurp(struct proc_reader *reader, int dir, const char *path, char *buf, size_t size);
/* Length of the link's text, -errno on failure. */
ssize_t proc_link(struct proc_reader *reader, int dir, const char *path,
		  char buf[static PROC_PATH_MAX]);
/* The number in "net:[4026531833]"; 0 = it has none. */
uint64_t proc_link_number(const char *link, size_t len);
int proc_stat(struct proc_reader *reader, int dir, const char *path, struct statx *ret_stat);

/*
 * A file in lines, read into reader->chunk: one file at a time. A line that is longer than the
 * chunk is cut.
 */
struct proc_lines {
	struct proc_reader *reader;
	int fd;
	bool whole;	/* the file's content comes in one read if it fits: a short read ends it */
	bool end;	/* nothing more to read */
	bool cutting;	/* the rest of a line that was too long is still to come */
	size_t at, len; /* the part of the chunk not yet handed out */
};
int proc_lines_open(struct proc_lines *lines, struct proc_reader *reader, int dir, const char *path,
		    bool whole);
/* The next line without its end; valid until the next call. */
bool proc_lines_next(struct proc_lines *lines, struct eyas_bytes *ret_line);
void proc_lines_close(struct proc_lines *lines);

/* The entries of a directory whose names are numbers. */
struct proc_dir {
	struct proc_reader *reader;
	int fd;
	size_t at, len;
	_Alignas(8) char buf[PROC_DENTS];
};
int proc_dir_open(struct proc_dir *entries, struct proc_reader *reader, int dir, const char *path);
bool proc_dir_next(struct proc_dir *entries, int64_t *ret_number);
void proc_dir_close(struct proc_dir *entries);

/* What the C library says, NULL = nothing. */
static inline struct eyas_bytes proc_text(const char *text)
{
	return (struct eyas_bytes){ text ? text : "", text ? (uint32_t)strlen(text) : 0 };
}
/* The next number in [*at, end) and *at behind it; 0 when there is none. */
uint64_t proc_number(const char **at, const char *end, unsigned base);

/* ---- proc.c ---- */

/* The reader of a state, made at the first use; NULL when /proc cannot be opened (errno). */
struct proc_reader *proc_reader_get(struct eyas_state *state);

/* The present, on the clock that events of this machine have. */
uint64_t proc_now_ns(const struct proc_reader *reader);

/* A status file: of a process, or of a thread. -ESRCH if there is nobody any more. */
int proc_read_status(struct proc_reader *reader, int dir, const char *path,
		     struct proc_status *ret_status);
/* Nothing of the process runs any more; it waits to be reaped. */
bool proc_is_dead(const struct proc_status *status);

/*
 * All about the process with this id but its descriptors. -ESRCH when it is gone or waits to be
 * reaped, or another -errno.
 */
int proc_process_open(struct proc_reader *reader, int64_t pid, struct proc_process *ret_process);
void proc_process_close(struct proc_process *process);
/* Has it ended meanwhile? */
bool proc_process_is_gone(struct proc_reader *reader, const struct proc_process *process);
/* Another thread of it: the process's entry with what is the thread's own. */
int proc_read_thread(struct proc_reader *reader, const struct proc_process *process, int64_t tid,
		     struct eyas_thread_entry *ret_entry, uint64_t *ret_start_ts_ns);

/* What entries have no place for; after load_thread_entry(). */
void proc_complete(struct eyas_thread *thread, uint64_t start_ts_ns,
		   const struct proc_process *process);

/* ---- proc_fd.c ---- */

/*
 * All descriptors of a process into the state; those that find no room are counted. -ESRCH when
 * the process is gone, so that some may be missing.
 */
int proc_load_fds(struct eyas_state *state, struct proc_reader *reader,
		  struct proc_process *process, struct eyas_thread *thread);
/* One of them: NULL if it is gone, or there is no room. */
struct eyas_fd *proc_load_fd(struct eyas_state *state, struct proc_reader *reader,
			     struct proc_process *process, struct eyas_thread *thread, int64_t num);

/* ---- proc_net.c ---- */

/*
 * The socket with this inode, which descriptor num of the process is, written to *ret_sock:
 * false when nothing is to be found out about it. Of a socket that is neither bound nor connected,
 * and of one that may not be asked, there are no addresses. A name is in reader->socks.names until
 * the next call.
 */
bool proc_sock_get(struct proc_reader *reader, const char *root, struct proc_process *process,
		   int64_t num, uint64_t ino, struct proc_sock *ret_sock);
void proc_socks_fini(struct proc_socks *socks);

/* ---- proc_lookup.c; see state_int.h for the rest ---- */

/*
 * May /proc be asked once more? A flood of events that nothing is known about must not become a
 * flood of reads.
 */
bool proc_may_look_up(struct eyas_state *state);

/* ---- proc_owners.c; see state_int.h for the rest ---- */

/* Users and groups of the machine into the state. There is a reader. */
void proc_load_owners(struct eyas_state *state);
/* Those of all containers that there are, as far as it is known whose their names are. */
void proc_load_containers_owners(struct eyas_state *state);

#endif
