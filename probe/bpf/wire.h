/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What the probe and user space have in common: the layout of a ring, the settings, the table of
 * the generic program, the bits that programs add to raw flags. Both sides include this header
 * and nothing else of each other. Fixed widths only; every gap is named.
 */
#ifndef EYAS_PROBE_WIRE_H
#define EYAS_PROBE_WIRE_H

#include <linux/types.h>

/* ---- rings ---- */

/*
 * A ring is the value of a memory-mapped array map: a page of head, DATA bytes in which events
 * begin, and SLACK bytes into which the last event of a lap may reach, so that each event lies in
 * one piece. There is one ring for each CPU, with one writer: programs run with preemption off,
 * and one that interrupts another on the same CPU finds the ring busy and stays out of it.
 *
 * Positions count bytes since the start and only grow. An event at offset o in the data that ends
 * at e = o + its length rounded up to 8 is followed by one at offset e, if e lies inside the data,
 * else at 0; then the rest of the lap counts as used up too. What lies between tail and head
 * belongs to the reader. The slack is written by an event only if all of the lap before was read,
 * since the writer asks for (bytes of the largest such event) free in front of it.
 */
#define EYAS_WIRE_HEAD_BYTES 4096
/* The largest offset inside an event at which a store may begin, all ones: programs mask with it. */
#define EYAS_WIRE_POS_MASK 0x1ffff
/* POS_MASK and the largest store (64 KiB) behind it. */
#define EYAS_WIRE_SLACK_BYTES (200 * 1024)
#define EYAS_WIRE_EVENT_MAX 65536
/* Of a ring's head, for what a program takes apart before it stores it. */
#define EYAS_WIRE_SCRATCH_BYTES 1024

/* Why an event was lost when the ring was full: kinds as in include/eyas/live.h. */
enum eyas_wire_drop {
	EYAS_WIRE_DROP_CLONE_FORK,
	EYAS_WIRE_DROP_EXECVE,
	EYAS_WIRE_DROP_CONNECT,
	EYAS_WIRE_DROP_OPEN,
	EYAS_WIRE_DROP_DIR_FILE,
	EYAS_WIRE_DROP_CLOSE,
	EYAS_WIRE_DROP_PROC_EXIT,
	EYAS_WIRE_DROP_STATE_OTHER,
	EYAS_WIRE_DROP_OTHER,
	EYAS_WIRE_DROP_KINDS
};

struct eyas_wire_ring {
	/* Written by the probe only. */
	__u64 head;			  /* position behind the last complete event */
	__u64 tail_seen;		  /* what tail was when it was last looked at */
	__u32 off;			  /* of head in the data */
	__u32 busy;			  /* a program is at work here */
	__u64 events;			  /* attempts */
	__u64 beats;			  /* answers to the reader's heartbeat */
	__u64 too_big;			  /* lost: larger than EYAS_WIRE_EVENT_MAX */
	__u64 nested;			  /* lost: the ring was busy */
	__u64 tests;			  /* left out by tests or sampling */
	__u64 full[EYAS_WIRE_DROP_KINDS]; /* lost: no room */
	__u64 sums_refused;		  /* calls that begin no sum: the table had no room */
	__u64 sums_over;		  /* sums and threads whose end is left to the reader */
	/* The system call at hand, for the program the dispatcher hands it to. */
	__u64 args[8]; /* by EYAS_WIRE_FROM_*: six arguments, the result, 0 */
	__u64 pos;     /* of the generic program in its event */
	__u64 now;     /* time of the next event, if it is known before; 0 = it is not */
	__u64 task;    /* where the kernel has the thread that makes it */
	__u32 tid;     /* its id */
	__u32 padding;
	__u32 nr;     /* of x86-64 (aarch64), translated if the call was a 32-bit one */
	__u32 compat; /* a 32-bit call: pointers and longs in user memory have four bytes */
	/* Written by the reader only, on a cache line of its own. */
	__u64 tail __attribute__((aligned(128)));
	/* Of the program that has the ring. */
	__u8 scratch[EYAS_WIRE_SCRATCH_BYTES] __attribute__((aligned(128)));
};

/* ---- settings, changed while programs run ---- */

#define EYAS_WIRE_SYSCALLS 512
/*
 * Numbers no system call has. The reader makes the first one to see that the probe is alive;
 * the others are places of programs that dispatch further.
 */
#define EYAS_WIRE_BEAT_NUMBER 510
#define EYAS_WIRE_PART_SOCKETCALL 509
#define EYAS_WIRE_PART_CHOOSY 508
#define EYAS_WIRE_PART_SUM 507

enum {
	EYAS_WIRE_NATIVE = 1, /* wanted as a number of this machine */
	EYAS_WIRE_COMPAT = 2, /* wanted as a 32-bit number */
	EYAS_WIRE_BEAT = 4    /* the heartbeat */
};

/* What to do with a wanted call. Neither ROW nor PROGRAM: its event has code and number only. */
enum {
	EYAS_WIRE_HOW_ROW = 1,	   /* led by the table of the generic program */
	EYAS_WIRE_HOW_PROGRAM = 2, /* a program of its own */
	EYAS_WIRE_HOW_STATE = 4,   /* of the state set: exempt from tests when keep_state is set */
	EYAS_WIRE_HOW_KEEP = 8,	   /* sampling never drops it */
	EYAS_WIRE_HOW_DROP = 16,   /* sampling drops it at once */
	EYAS_WIRE_HOW_CHOOSY = 32  /* the probe's own: there are tests to make */
};

enum {
	EYAS_WIRE_TEST_PID = 1,
	EYAS_WIRE_TEST_FOLLOW = 2,
	EYAS_WIRE_TEST_CGROUP = 4,
	EYAS_WIRE_TEST_COMM = 8,
	EYAS_WIRE_TEST_UID = 16,
	EYAS_WIRE_TEST_FAILED = 32,
	EYAS_WIRE_TEST_SUCCEEDED = 64,
	EYAS_WIRE_TEST_PATH = 128,
	EYAS_WIRE_TEST_KEEP_STATE = 256
};

/* Tracepoints other than the end of system calls. */
enum {
	EYAS_WIRE_POINT_EXEC = 1,
	EYAS_WIRE_POINT_EXIT = 2,
	EYAS_WIRE_POINT_FORK = 4, /* the child's side, where sys_exit does not see it */
	EYAS_WIRE_POINT_SWITCH = 8,
	EYAS_WIRE_POINT_FAULT_USER = 16,
	EYAS_WIRE_POINT_FAULT_KERNEL = 32,
	EYAS_WIRE_POINT_SIGNAL = 64,
	EYAS_WIRE_POINT_ENTER = 128 /* the start of calls that open and connect */
};

struct eyas_wire_call {
	__u8 gate;  /* EYAS_WIRE_NATIVE ..., by the number in the register */
	__u8 how;   /* EYAS_WIRE_HOW_*, by the number of x86-64 (aarch64) */
	__u16 code; /* likewise: of the schema */
	__u8 path;  /* likewise: the argument that is its first path, EYAS_WIRE_NO_PATH = none */
	__u8 sum;   /* likewise: EYAS_WIRE_SUM_* */
	__u8 padding[2];
};
#define EYAS_WIRE_NO_PATH 0xff

#define EYAS_WIRE_TEST_PATH_WORDS 32
struct eyas_wire_config {
	struct eyas_wire_call calls[EYAS_WIRE_SYSCALLS];
	__u32 self_tgid;  /* left out, 0 = nobody */
	__u32 snap_bytes; /* of data */
	__u32 tests;	  /* EYAS_WIRE_TEST_* */
	__u32 test_pid, test_uid;
	__u32 sampling; /* 0 = off, else what can be left out is, but for 1/N of each second */
	__u64 test_cgroup;
	__u8 test_comm[16];
	__u64 test_path[EYAS_WIRE_TEST_PATH_WORDS];
	__u64 test_path_mask[EYAS_WIRE_TEST_PATH_WORDS]; /* ones where test_path has bytes */
	__u32 test_path_len;
	__u16 port_min, port_max, statsd_port;
	__u8 drop_failed;
	__u8 choosy; /* there are tests, sampling or drop_failed */
	__u8 points; /* EYAS_WIRE_POINT_*: wanted */
	__u8 padding[3];
	__u32 sum_epoch; /* sums of another one are over */
	__u32 padding2;
};

/* ---- sums of reads and writes ---- */

/* What a call means to the sum of its descriptor; 0 = nothing. */
enum {
	EYAS_WIRE_SUM_WRITE = 1,  /* it writes; without it, it reads */
	EYAS_WIRE_SUM_ADD = 2,	  /* it is added to the sum, or begins one */
	EYAS_WIRE_SUM_MSG = 4,	  /* it may bring descriptors by a unix socket: not added there */
	EYAS_WIRE_SUM_END = 8,	  /* the descriptor stands for something else now */
	EYAS_WIRE_SUM_SECOND = 16 /* the descriptor is the second argument, not the first */
};

/*
 * The table of sums is a memory-mapped array of buckets, in one of which a key has its place:
 * thread id, and descriptor in the upper half. What a thread adds to is found by nobody else, so
 * adding takes no lock. Who owns a place otherwise is said by its key. It is taken by
 * compare-and-swap, since others may want it, too, and given away by its owner with a store:
 *
 *	0		free, all zero; taken by any program
 *	key | BUSY	a program, which is not interrupted, fills it in or empties it
 *	key		the thread's programs
 *	key | OVER	the reader, who empties it
 *
 * A program gives up a place when the ring has no room for what it holds; the reader takes places
 * of threads that are gone, and what it wants to end. A thread with sums has one place more, its head, by the descriptor
 * HEAD_FD, which becomes OVER with the thread: a sum is that of a living thread if there is a head
 * that is not younger.
 */
#define EYAS_WIRE_SUM_BUSY (1ull << 31)
#define EYAS_WIRE_SUM_OVER (1ull << 63)
#define EYAS_WIRE_SUM_HEAD_FD 0x7fffffffu
#define EYAS_WIRE_SUM_WAYS 8

struct eyas_wire_sum {
	__u64 key;
	/*
	 * Of thread and open file; of the thread for a head. When it is OVER: the monotonic time
	 * when that happened.
	 */
	__u64 ident;
	__u64 began_ns; /* monotonic; time of the event that began it */
	__u64 began_tick,
		last_tick;	/* in ticks of the kernel; last: of the last call added, or 0 */
	__u64 ops[2], bytes[2]; /* read, written */
	__u64 is_unix;		/* a unix socket */
};

struct eyas_wire_sum_bucket {
	struct eyas_wire_sum sums[EYAS_WIRE_SUM_WAYS];
};

/* In which of (1 << (64 - shift)) buckets. */
#define EYAS_WIRE_SUM_BUCKET(key, shift) ((__u32)((key)*0x9e3779b97f4a7c15ull >> (shift)))

/* A sum in a ring: the header of an event of this type, then RECORD_* as numbers of 8 bytes. */
#define EYAS_WIRE_SUM_TYPE 0xffff
enum {
	EYAS_WIRE_SUM_RECORD_FD,
	EYAS_WIRE_SUM_RECORD_BEGAN_NS,
	EYAS_WIRE_SUM_RECORD_TICKS, /* from the beginning to the last call that was added */
	EYAS_WIRE_SUM_RECORD_OPS,
	EYAS_WIRE_SUM_RECORD_BYTES = EYAS_WIRE_SUM_RECORD_OPS + 2,
	EYAS_WIRE_SUM_RECORD_WORDS = EYAS_WIRE_SUM_RECORD_BYTES + 2
};

/* ---- the generic program's table ---- */

#define EYAS_WIRE_ROW_PARAMS 8

/* Where a parameter comes from (low four bits): an argument, or the result. */
enum {
	EYAS_WIRE_FROM_RET = 6,
	EYAS_WIRE_FROM_ZERO = 7,
	EYAS_WIRE_FROM_MASK = 7,
	/* How it is stored; integers say their width in size. */
	EYAS_WIRE_SIGNED32 = 8, /* the low 32 bits, widened by their sign */
	EYAS_WIRE_LOW32 = 16,	/* the low 32 bits, the rest 0 */
	EYAS_WIRE_STRING = 32,	/* text in user memory; size 0 */
	EYAS_WIRE_MISSING = 64
};

struct eyas_wire_row_param {
	__u8 from; /* EYAS_WIRE_FROM_* | how */
	__u8 size; /* of an integer: 1, 2, 4, 8 */
};

struct eyas_wire_row {
	__u16 type; /* of the exit event, 0 = generic */
	__u16 code; /* schema code of the call, for events of generic type */
	__u8 nparams;
	__u8 drop;    /* enum eyas_wire_drop */
	__u8 strings; /* how many of the parameters are text */
	__u8 padding;
	struct eyas_wire_row_param params[EYAS_WIRE_ROW_PARAMS];
};

/* ---- the kernel's types ---- */

/* Structs whose addresses programs turn into pointers. */
/* clang-format off */
#define EYAS_WIRE_CASTS(X) \
	X(cred) X(file) X(files_struct) X(inet_sock) X(inode) X(linux_binprm) X(list_head) \
	X(mm_struct) X(pid) X(pid_namespace) X(signal_struct) X(sock) X(socket) X(super_block) \
	X(task_struct) X(timespec64) X(tty_driver) X(tty_struct) X(unix_address) X(unix_sock)
/* clang-format on */

/* The number that the running kernel has for each; 0 = none. */
#define EYAS_WIRE_CAST_ID(name) __u32 name;
struct eyas_wire_cast_ids {
	EYAS_WIRE_CASTS(EYAS_WIRE_CAST_ID)
};
#undef EYAS_WIRE_CAST_ID

/* ---- bits that programs add to raw flags ---- */

/* File flags (flags of open and the like): facts that only the kernel knows. */
#define EYAS_WIRE_O_CREATED (1u << 31)
#define EYAS_WIRE_O_UPPER_LAYER (1u << 30)
#define EYAS_WIRE_O_LOWER_LAYER (1u << 29)
/* Clone flags: in place of the exit signal, which has no place in the event. */
#define EYAS_WIRE_CLONE_SIGNAL_MASK 0xffu
#define EYAS_WIRE_CLONE_CHILD_IN_PIDNS 0x01u
/* Levels and names of socket options that have no place in a byte. */
#define EYAS_WIRE_SOCKOPT_OTHER 0xffu
/* Commands of fcntl in a byte: those from 1024 on begin at 64. */
#define EYAS_WIRE_FCNTL(cmd) \
	((unsigned)(cmd) < 0x40		 ? (unsigned)(cmd) \
	 : (unsigned)(cmd)-0x400 < 0x3fu ? (unsigned)(cmd)-0x3c0 \
					 : 0xffu)

#endif
