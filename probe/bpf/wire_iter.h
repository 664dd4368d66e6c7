/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What the iterators of the snapshot and user space have in common: the records that come out of
 * them. Like wire.h, this is all that both sides share. Numbers are the kernel's own.
 *
 * A record begins with its length in bytes, which is a multiple of 8. The texts of a record follow
 * its fixed part in the order of their lengths, without anything between them. Texts are bytes:
 * processes choose what is in them.
 */
#ifndef EYAS_PROBE_WIRE_ITER_H
#define EYAS_PROBE_WIRE_ITER_H

#include <linux/types.h>

/* Paths, with the NUL behind them that is not part of a record. */
#define EYAS_ITER_PATH_BYTES 4096
/* Arguments, environment: a byte more than anybody keeps shows that there was more. */
#define EYAS_ITER_LIST_BYTES 4097
/* All cgroups of a task. */
#define EYAS_ITER_CGROUP_BYTES 4096
#define EYAS_ITER_RECORD_MAX 32768

enum eyas_iter_task_bit {
	EYAS_ITER_KERNEL = 1,	/* a thread of the kernel */
	EYAS_ITER_EXITED = 2,	/* waits to be reaped, or is being reaped */
	EYAS_ITER_LEAVING = 4,	/* is on its way out and has given up its directories */
	EYAS_ITER_PROCESS = 8,	/* what belongs to the process as a whole is in the record */
	EYAS_ITER_HAS_EXE = 16, /* exe_* are known */
	/* Not to be had here, or not as it is: /proc has to be asked for arguments, environment. */
	EYAS_ITER_ASK_ARGS = 32,
	EYAS_ITER_ASK_ENV = 64,
	EYAS_ITER_UPPER_LAYER = 128, /* of an overlay: the executable */
	EYAS_ITER_LOWER_LAYER = 256
};

enum eyas_iter_text {
	EYAS_ITER_EXEPATH,
	EYAS_ITER_CWD,
	EYAS_ITER_ROOT,
	EYAS_ITER_ARGS, /* argv[0] ... with a NUL behind each, as in the memory of the process */
	EYAS_ITER_ENV,
	EYAS_ITER_CGROUPS, /* for each hierarchy its number, 4 bytes, its path and a NUL */
	EYAS_ITER_TEXTS
};

/* One thread. */
struct eyas_iter_task {
	__u32 bytes;
	__u32 bits;	/* enum eyas_iter_task_bit */
	__u64 taken_ns; /* boot time at which this was read: nothing in here is older */
	__u64 start_ns; /* boot time */
	/* Boot time at which the first process of its pid namespace began; 0 = the machine's. */
	__u64 pidns_start_ns;
	__u64 cap_inheritable, cap_permitted, cap_effective;
	__u64 minor_faults, major_faults; /* of the thread */
	/* From here on: only with EYAS_ITER_PROCESS. */
	__u64 gone_minor_faults, gone_major_faults; /* of threads that have ended */
	__u64 fdlimit;
	__u64 exe_ino, exe_ctime_ns, exe_mtime_ns;
	__s64 vm_pages, rss_pages, swap_pages;
	__u32 exe_uid, exe_gid, exe_mode;
	__u32 tty;
	__u32 loginuid;
	/* And those of every thread again. */
	__s32 tid, pid, ppid, pgid;
	__s32 vtid, vpid, vpgid, vsid; /* as its own pid namespace has them, 0 = it does not */
	__u32 uid, gid;		       /* effective */
	__u32 threads;		       /* of the process */
	char comm[16];
	__u16 text_bytes[EYAS_ITER_TEXTS];
	__u16 reserved[2];
};

/* One descriptor of a process. */
struct eyas_iter_fd {
	__u32 bytes;
	__s32 pid, tid; /* the process, and the thread whose table it is in */
	__u32 fd;
	__u64 start_ns; /* boot time, of the thread */
	__u64 ino;
	__u32 open_flags; /* of the file */
	__u32 mount_id;
	__u32 dev;
	__u32 mode;  /* of the inode; a socket only if it can be used as one */
	__u32 links; /* to the inode */
	__s32 pidfd; /* the process that a pidfd stands for; of no meaning otherwise */
	/* Sockets: */
	__u64 unix_src, unix_dst; /* addresses of the sockets, 0 = none */
	__u16 family, type, protocol, state;
	__u16 sport, dport;    /* host order */
	__u8 src[16], dst[16]; /* network order, IPv4 in the first four */
	__u8 close_on_exec;
	__u8 is_abstract; /* the name of a unix socket */
	__u16 text_bytes; /* the path, or what stands for one; the name of a unix socket */
	__u8 reserved[8];
};

#endif
