/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an event is: types, parameters, flags, system calls. Read-only tables, all of them
 * derived from the .def files in src/schema, whose numbers are those of the libscap schema
 * (reference/events.tsv, event_params.tsv, types.tsv, flags.tsv, syscalls.tsv).
 * Every function here is thread-safe and returns pointers to static data.
 */
#ifndef EYAS_SCHEMA_H
#define EYAS_SCHEMA_H

#include <stddef.h>
#include <stdint.h>
#include <eyas/err.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Number of event types; type ids run from 0 to one less (reference/events.tsv). */
#define EYAS_EVENT_TYPES 454
/* One more than the largest code of a system call or tracepoint (reference/syscalls.tsv). */
#define EYAS_SYSCALL_CODES 454
/* Most parameters an event type has (reference/event_params.tsv). */
#define EYAS_PARAMS_MAX 32

/* Wire types of parameters (reference/types.tsv). */
enum eyas_type {
	EYAS_PT_NONE = 0,
	EYAS_PT_INT8 = 1,
	EYAS_PT_INT16 = 2,
	EYAS_PT_INT32 = 3,
	EYAS_PT_INT64 = 4,
	EYAS_PT_UINT8 = 5,
	EYAS_PT_UINT16 = 6,
	EYAS_PT_UINT32 = 7,
	EYAS_PT_UINT64 = 8,
	EYAS_PT_CHARBUF = 9,
	EYAS_PT_BYTEBUF = 10,
	EYAS_PT_ERRNO = 11,
	EYAS_PT_SOCKADDR = 12,
	EYAS_PT_SOCKTUPLE = 13,
	EYAS_PT_FD = 14,
	EYAS_PT_PID = 15,
	EYAS_PT_FDLIST = 16,
	EYAS_PT_FSPATH = 17,
	EYAS_PT_SYSCALLID = 18,
	EYAS_PT_SIGTYPE = 19,
	EYAS_PT_RELTIME = 20,
	EYAS_PT_ABSTIME = 21,
	EYAS_PT_PORT = 22,
	EYAS_PT_L4PROTO = 23,
	EYAS_PT_SOCKFAMILY = 24,
	EYAS_PT_BOOL = 25,
	EYAS_PT_IPV4ADDR = 26,
	EYAS_PT_DYN = 27,
	EYAS_PT_FLAGS8 = 28,
	EYAS_PT_FLAGS16 = 29,
	EYAS_PT_FLAGS32 = 30,
	EYAS_PT_UID = 31,
	EYAS_PT_GID = 32,
	EYAS_PT_DOUBLE = 33,
	EYAS_PT_SIGSET = 34,
	EYAS_PT_CHARBUFARRAY = 35,
	EYAS_PT_CHARBUF_PAIR_ARRAY = 36,
	EYAS_PT_IPV4NET = 37,
	EYAS_PT_IPV6ADDR = 38,
	EYAS_PT_IPV6NET = 39,
	EYAS_PT_IPADDR = 40,
	EYAS_PT_IPNET = 41,
	EYAS_PT_MODE = 42,
	EYAS_PT_FSRELPATH = 43,
	EYAS_PT_ENUMFLAGS8 = 44,
	EYAS_PT_ENUMFLAGS16 = 45,
	EYAS_PT_ENUMFLAGS32 = 46,
	EYAS_PT_FD32 = 47,
	EYAS_PT_PID32 = 48,
	EYAS_PT_COUNT = 49
};

/* How a value of a type is stored; decides how it is checked, encoded and printed. */
enum eyas_kind {
	EYAS_KIND_NONE,	     /* never in an event */
	EYAS_KIND_SINT,	     /* signed integer, little endian */
	EYAS_KIND_UINT,	     /* unsigned integer, little endian */
	EYAS_KIND_DOUBLE,    /* IEEE 754 binary64, little endian */
	EYAS_KIND_STRING,    /* bytes and one NUL, which the length counts */
	EYAS_KIND_BYTES,     /* raw bytes, or NUL-separated strings */
	EYAS_KIND_STRINGS,   /* NUL-terminated strings back to back */
	EYAS_KIND_PAIRS,     /* retired, an in-memory pointer without meaning in a file */
	EYAS_KIND_ADDR,	     /* IPv4 (4 bytes) or IPv6 (16 bytes) address, network order */
	EYAS_KIND_SOCKADDR,  /* family byte, then address, port or path */
	EYAS_KIND_SOCKTUPLE, /* family byte, then both ends of a connection */
	EYAS_KIND_FDLIST,    /* count, then (descriptor, poll bits) */
	EYAS_KIND_DYN	     /* index byte, then the value in the type of that variant */
};

/* How an integer is printed (the PF_* of the reference tables). */
enum eyas_fmt {
	EYAS_FMT_NA = 0,
	EYAS_FMT_DEC = 1,
	EYAS_FMT_HEX = 2,
	EYAS_FMT_PADDED_DEC = 3, /* ten digits, for the nanoseconds of a time */
	EYAS_FMT_ID = 4,
	EYAS_FMT_DIR = 5,
	EYAS_FMT_OCT = 6
};

/* Category of an event: a class in the low nine bits, an origin above. */
enum eyas_category {
	EYAS_EC_UNKNOWN = 0,
	EYAS_EC_OTHER = 1,
	EYAS_EC_FILE = 2,
	EYAS_EC_NET = 3,
	EYAS_EC_IPC = 4,
	EYAS_EC_MEMORY = 5,
	EYAS_EC_PROCESS = 6,
	EYAS_EC_SLEEP = 7,
	EYAS_EC_SYSTEM = 8,
	EYAS_EC_SIGNAL = 9,
	EYAS_EC_USER = 10,
	EYAS_EC_TIME = 11,
	EYAS_EC_PROCESSING = 12,
	EYAS_EC_IO_READ = 32,
	EYAS_EC_IO_WRITE = 33,
	EYAS_EC_IO_OTHER = 34,
	EYAS_EC_WAIT = 64,
	EYAS_EC_SCHEDULER = 128,
	EYAS_EC_INTERNAL = 256,
	EYAS_EC_CLASS_MASK = 511,
	EYAS_EC_SYSCALL = 512,
	EYAS_EC_TRACEPOINT = 1024,
	EYAS_EC_PLUGIN = 2048,
	EYAS_EC_METAEVENT = 4096,
	EYAS_EC_ITER = 8192
};

/* Properties of an event type, a bit set. */
enum eyas_event_flag {
	EYAS_EF_NONE = 0,
	EYAS_EF_CREATES_FD = 1,
	EYAS_EF_DESTROYS_FD = 2,
	EYAS_EF_USES_FD = 4,
	EYAS_EF_READS_FROM_FD = 8,
	EYAS_EF_WRITES_TO_FD = 16,
	EYAS_EF_MODIFIES_STATE = 32,
	EYAS_EF_UNUSED = 64, /* the id is reserved, no such event is delivered */
	EYAS_EF_WAITS = 128,
	EYAS_EF_SKIPPARSERESET = 256,
	EYAS_EF_OLD_VERSION = 512,    /* only in old captures; converted when read */
	EYAS_EF_LARGE_PAYLOAD = 2048, /* parameter lengths are u32 on the wire, not u16 */
	EYAS_EF_CONVERTER_MANAGED = 4096
};

/* Flags of a system call, a bit set (UF_* in reference/syscalls.tsv). */
enum eyas_syscall_flag {
	EYAS_UF_NONE = 0,
	EYAS_UF_USED = 1,
	EYAS_UF_NEVER_DROP = 2,
	EYAS_UF_ALWAYS_DROP = 4,
	EYAS_UF_ATOMIC = 16
};

/* Named sets of system calls, a bit set (reference/syscalls.tsv, column sets). */
enum eyas_syscall_set {
	EYAS_SET_STATE = 1,
	EYAS_SET_IO = 2,
	EYAS_SET_IO_OTHER = 4,
	EYAS_SET_FILE = 8,
	EYAS_SET_NET = 16,
	EYAS_SET_PROC = 32,
	EYAS_SET_SYS = 64,
	EYAS_SET_SIMPLE = 128,
	EYAS_SET_REPAIR_BASE = 256
};

enum eyas_syscall_kind { EYAS_SC_SYSCALL, EYAS_SC_TRACEPOINT };

struct eyas_type_info {
	const char *name; /* "UINT32" */
	uint8_t kind;	  /* enum eyas_kind */
	uint8_t size;	  /* bytes of a present value, 0 = varies */
};

/* One name of a value or of a group of bits. */
struct eyas_flag {
	const char *name;
	uint32_t value;
};

/* A table of names, in the order in which they are matched and printed. */
struct eyas_flag_table {
	const char *name;
	const struct eyas_flag *flags;
	uint32_t count;
};

/* One variant of a dynamic parameter. */
struct eyas_variant {
	uint8_t type; /* enum eyas_type */
	uint8_t fmt;  /* enum eyas_fmt */
};

struct eyas_variant_table {
	const char *name;
	const struct eyas_variant *variants;
	uint32_t count;
};

struct eyas_param_info {
	const char *name;
	uint8_t type;	   /* enum eyas_type */
	uint8_t fmt;	   /* enum eyas_fmt */
	int8_t dirfd;	   /* index of the directory a relative path starts at, -1 = none */
	uint8_t has_table; /* what table points to: 0 nothing, 1 flags, 2 variants */
	union {
		const struct eyas_flag_table *flags;
		const struct eyas_variant_table *variants;
	} table;
};

struct eyas_event_info {
	const char *constant; /* "SYSCALL_OPEN_X" */
	const char *name;     /* "open"; several types share a name */
	const struct eyas_param_info *params;
	uint16_t category; /* enum eyas_category */
	uint16_t flags;	   /* enum eyas_event_flag */
	uint8_t nparams;
};

struct eyas_syscall_info {
	const char *constant;	/* "OPENAT" */
	const char *name;	/* "openat" */
	const uint16_t *events; /* every event type that can carry it, old versions included */
	uint16_t nevents;
	uint16_t code;		 /* the PPM_SC_* code of the libscap schema, not a native number */
	uint16_t kind;		 /* enum eyas_syscall_kind */
	int16_t x86_64, aarch64; /* native numbers, -1 = no such system call there */
	int16_t enter, exit;	 /* event types of today, -1 = none */
	uint16_t flags;		 /* enum eyas_syscall_flag */
	uint16_t sets;		 /* enum eyas_syscall_set */
};

/* NULL for an unknown type. */
EYAS_API const struct eyas_type_info *eyas_type_info(unsigned type);
/* NULL for an id of EYAS_EVENT_TYPES and above. */
EYAS_API const struct eyas_event_info *eyas_event_info(unsigned type);
/* Event type by constant ("SYSCALL_OPEN_X", with or without "PPME_"); -1 if there is none. */
EYAS_API int eyas_event_type_find(const char *constant);
/* The index-th table of flag names, NULL past the last. */
EYAS_API const struct eyas_flag_table *eyas_flag_table(unsigned index);
/* NULL for an unknown name. */
EYAS_API const struct eyas_flag_table *eyas_flag_table_find(const char *name);
/* The index-th table of variants, NULL past the last. */
EYAS_API const struct eyas_variant_table *eyas_variant_table(unsigned index);
/* System call or tracepoint by its code; NULL for an unknown code, of which there are some below
 * EYAS_SYSCALL_CODES, too. */
EYAS_API const struct eyas_syscall_info *eyas_syscall_info(unsigned code);
/* The x86-64 number of an ia32 system call; -1 if it has none or is unknown. */
EYAS_API int eyas_ia32_to_x86_64(unsigned number);
/* Name of an ia32 system call, NULL if unknown. */
EYAS_API const char *eyas_ia32_name(unsigned number);
/* Name of an errno ("ENOENT") or of a signal ("SIGTERM") of Linux; NULL if unknown. */
EYAS_API const char *eyas_errno_name(unsigned value);
EYAS_API const char *eyas_signal_name(unsigned value);
/* Name of one category class ("FILE") and origin ("SYSCALL"), of one event flag by its bit
 * ("USES_FD"), of one syscall flag or set by its bit; NULL if there is none. */
EYAS_API const char *eyas_category_name(unsigned category_class);
EYAS_API const char *eyas_origin_name(unsigned origin_bit);
EYAS_API const char *eyas_event_flag_name(unsigned bit);
EYAS_API const char *eyas_syscall_flag_name(unsigned bit);
EYAS_API const char *eyas_syscall_set_name(unsigned bit);
/* Name of a print format ("DEC"); NULL if there is none. */
EYAS_API const char *eyas_fmt_name(unsigned fmt);

#ifdef __cplusplus
}
#endif

#endif /* EYAS_SCHEMA_H */
