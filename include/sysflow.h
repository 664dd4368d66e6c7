/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SysFlow in C: the records of the SysFlow specification (schema 5, and schema 6, which adds IPv6
 * addresses), the driver that makes them of live events or of a capture, and a reader.
 *
 * Structures have the names of the schema's fields (SysFlow.avsc of sf-apis), so that what is
 * written there holds here. Strings end in NUL and are never NULL unless it says so. What a
 * function hands to a callback is lent until the callback returns.
 */
#ifndef SYSFLOW_H
#define SYSFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <eyas/err.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- records ---- */

/* What a record is; the numbers are the branches of the schema's union. */
enum sysflow_type {
	SYSFLOW_HEADER = 0,
	SYSFLOW_CONTAINER = 1,
	SYSFLOW_PROCESS = 2,
	SYSFLOW_FILE = 3,
	SYSFLOW_PROCESS_EVENT = 4,
	SYSFLOW_NETWORK_FLOW = 5,
	SYSFLOW_FILE_FLOW = 6,
	SYSFLOW_FILE_EVENT = 7,
	SYSFLOW_NETWORK_EVENT = 8,
	SYSFLOW_PROCESS_FLOW = 9,
	SYSFLOW_POD = 10,
	SYSFLOW_K8S_EVENT = 11
};
enum { SYSFLOW_TYPES = 12 };

/* Operations, a bit each, of events and flows. */
enum sysflow_op {
	SYSFLOW_OP_CLONE = 0x1,
	SYSFLOW_OP_EXEC = 0x2,
	SYSFLOW_OP_EXIT = 0x4,
	SYSFLOW_OP_SETUID = 0x8,
	SYSFLOW_OP_SETNS = 0x10,
	SYSFLOW_OP_ACCEPT = 0x20,
	SYSFLOW_OP_CONNECT = 0x40,
	SYSFLOW_OP_OPEN = 0x80,
	SYSFLOW_OP_READ_RECV = 0x100,
	SYSFLOW_OP_WRITE_SEND = 0x200,
	SYSFLOW_OP_CLOSE = 0x400,
	SYSFLOW_OP_TRUNCATE = 0x800, /* the flow ended because its process or the recording did */
	SYSFLOW_OP_SHUTDOWN = 0x1000,
	SYSFLOW_OP_MMAP = 0x2000,
	SYSFLOW_OP_DIGEST = 0x4000, /* never made */
	SYSFLOW_OP_MKDIR = 0x8000,
	SYSFLOW_OP_RMDIR = 0x10000,
	SYSFLOW_OP_LINK = 0x20000,
	SYSFLOW_OP_UNLINK = 0x40000,
	SYSFLOW_OP_SYMLINK = 0x80000,
	SYSFLOW_OP_RENAME = 0x100000
};

enum sysflow_object_state { SYSFLOW_CREATED, SYSFLOW_MODIFIED, SYSFLOW_REUP };

enum sysflow_container_type {
	SYSFLOW_CT_DOCKER,
	SYSFLOW_CT_LXC,
	SYSFLOW_CT_LIBVIRT_LXC,
	SYSFLOW_CT_MESOS,
	SYSFLOW_CT_RKT,
	SYSFLOW_CT_CUSTOM,
	SYSFLOW_CT_CRI,
	SYSFLOW_CT_CONTAINERD,
	SYSFLOW_CT_CRIO,
	SYSFLOW_CT_BPM
};

enum sysflow_k8s_action {
	SYSFLOW_K8S_ADDED,
	SYSFLOW_K8S_MODIFIED,
	SYSFLOW_K8S_DELETED,
	SYSFLOW_K8S_ERROR,
	SYSFLOW_K8S_NONEXISTENT,
	SYSFLOW_K8S_UNKNOWN
};

enum sysflow_k8s_component {
	SYSFLOW_K8S_NODES,
	SYSFLOW_K8S_NAMESPACES,
	SYSFLOW_K8S_PODS,
	SYSFLOW_K8S_REPLICATIONCONTROLLERS,
	SYSFLOW_K8S_SERVICES,
	SYSFLOW_K8S_EVENTS,
	SYSFLOW_K8S_REPLICASETS,
	SYSFLOW_K8S_DAEMONSETS,
	SYSFLOW_K8S_DEPLOYMENTS,
	SYSFLOW_K8S_COMPONENT_UNKNOWN
};

/* Which process: nanoseconds since 1970 of its clone (0 = before the recording), and its pid. */
struct sysflow_oid {
	int64_t createTS, hpid;
};

/* Which file: SHA-1 of container id and path. */
struct sysflow_foid {
	uint8_t bytes[20];
};

/* Texts one after another in memory of the record's owner. */
struct sysflow_strings {
	const char *const *items;
	size_t count;
};

struct sysflow_numbers {
	const int64_t *items;
	size_t count;
};

struct sysflow_header {
	int64_t version; /* of the schema */
	const char *exporter, *ip, *filename;
};

struct sysflow_container {
	const char *id, *name, *image, *imageid;
	int32_t type; /* enum sysflow_container_type */
	bool privileged;
	const char *podId; /* NULL = none */
};

struct sysflow_process {
	int32_t state; /* enum sysflow_object_state */
	struct sysflow_oid oid;
	bool has_poid;
	struct sysflow_oid poid;
	int64_t ts; /* ns since 1970, as all times */
	const char *exe, *exeArgs;
	int32_t uid;
	const char *userName;
	int32_t gid;
	const char *groupName;
	bool tty;
	const char *containerId; /* NULL = the host */
	bool entry;		 /* pid 1 of its pid namespace */
	const char *cwd;
	struct sysflow_strings env;
};

struct sysflow_file {
	int32_t state; /* enum sysflow_object_state */
	struct sysflow_foid oid;
	int64_t ts;
	int32_t restype; /* 'f' file, 'd' directory, 'u' unix socket, 'p' pipe, '?' unknown */
	const char *path;
	const char *containerId; /* NULL = the host */
};

struct sysflow_process_event {
	struct sysflow_oid procOID;
	int64_t ts, tid;
	int32_t opFlags; /* enum sysflow_op */
	struct sysflow_strings args;
	int32_t ret;
};

/*
 * sip and dip hold the four bytes of an IPv4 address in network order, read as a little-endian
 * number. In schema 6, with ipv6 set, they are 0 and sip6 and dip6 hold the addresses.
 */
struct sysflow_network_flow {
	struct sysflow_oid procOID;
	int64_t ts, tid;
	int32_t opFlags;
	int64_t endTs;
	int32_t sip, sport, dip, dport;
	int32_t proto; /* of IP: 6 TCP, 17 UDP, 1 ICMP; 254 raw, -1 unknown */
	int32_t fd;
	int64_t numRRecvOps, numWSendOps, numRRecvBytes, numWSendBytes;
	bool ipv6;
	uint8_t sip6[16], dip6[16];
};

struct sysflow_file_flow {
	struct sysflow_oid procOID;
	int64_t ts, tid;
	int32_t opFlags;
	int32_t openFlags; /* PPM_O_* of captures: 1 read, 2 write, 3 both, 4 created ... */
	int64_t endTs;
	struct sysflow_foid fileOID;
	int32_t fd;
	int64_t numRRecvOps, numWSendOps, numRRecvBytes, numWSendBytes;
};

struct sysflow_file_event {
	struct sysflow_oid procOID;
	int64_t ts, tid;
	int32_t opFlags;
	struct sysflow_foid fileOID;
	int32_t ret;
	bool has_newFileOID;
	struct sysflow_foid newFileOID;
};

/* In the schema; nobody makes any. ipv6, sip6 and dip6 as in struct sysflow_network_flow. */
struct sysflow_network_event {
	struct sysflow_oid procOID;
	int64_t ts, tid;
	int32_t opFlags;
	int32_t sip, sport, dip, dport, proto, ret;
	bool ipv6;
	uint8_t sip6[16], dip6[16];
};

struct sysflow_process_flow {
	struct sysflow_oid procOID;
	int64_t ts;
	int64_t numThreadsCloned;
	int32_t opFlags;
	int64_t endTs;
	int64_t numThreadsExited, numCloneErrors;
};

struct sysflow_port {
	int32_t port, targetPort, nodePort;
	const char *proto;
};

struct sysflow_service {
	const char *name, *id, *namespace_;
	const struct sysflow_port *portList;
	size_t nports;
	struct sysflow_numbers clusterIP;
};

struct sysflow_label {
	const char *key, *value;
};

struct sysflow_pod {
	int64_t ts;
	const char *id, *name, *nodeName;
	struct sysflow_numbers hostIP, internalIP;
	const char *namespace_;
	int64_t restartCount;
	const struct sysflow_label *labels, *selectors;
	size_t nlabels, nselectors;
	const struct sysflow_service *services;
	size_t nservices;
};

struct sysflow_k8s_event {
	int32_t kind;	/* enum sysflow_k8s_component */
	int32_t action; /* enum sysflow_k8s_action */
	int64_t ts;
	const char *message;
};

struct sysflow_record {
	enum sysflow_type type;
	union {
		struct sysflow_header header;
		struct sysflow_container container;
		struct sysflow_process process;
		struct sysflow_file file;
		struct sysflow_process_event process_event;
		struct sysflow_network_flow network_flow;
		struct sysflow_file_flow file_flow;
		struct sysflow_file_event file_event;
		struct sysflow_network_event network_event;
		struct sysflow_process_flow process_flow;
		struct sysflow_pod pod;
		struct sysflow_k8s_event k8s_event;
	} u;
};

/* What a record refers to, each NULL if there is none or it is not known. */
struct sysflow_refs {
	const struct sysflow_header *header;
	const struct sysflow_container *container;
	const struct sysflow_process *process;
	const struct sysflow_file *file1, *file2; /* fileOID, newFileOID */
};

/* ---- reading records back ---- */

/*
 * Records of a file that this library, LibSysFlow or anyone else wrote, of any version of the
 * schema; or of a socket, as collectors send them. A reader may be used by one thread at a time.
 */
struct sysflow_reader;

/* 0 is the default of each. */
struct sysflow_reader_opts {
	size_t size;		   /* sizeof(struct sysflow_reader_opts) */
	bool follow;		   /* wait for more at the end of a file */
	uint64_t max_block_bytes;  /* of a block or packet, packed or not (32 MiB) */
	uint64_t max_entities;	   /* containers, processes and files to remember (1048576) */
	uint64_t max_entity_bytes; /* their memory (256 MiB) */
};

/* What was read so far. */
struct sysflow_reader_stats {
	uint64_t records[SYSFLOW_TYPES]; /* delivered */
	uint64_t unknown;		 /* records of types that are not known here, left out */
	uint64_t blocks;		 /* of a file */
	uint64_t bytes;			 /* of files and packets, as they came */
	uint64_t damaged;		 /* failures that were returned */
	uint64_t lost_records;		 /* that blocks which are damaged say they have */
	uint64_t skipped_bytes;		 /* between damage and the next block */
	uint64_t nul_bytes; /* in texts, which cannot hold them: each became 0x1a (SUB) */
	uint64_t entities, entity_bytes; /* remembered now */
	uint64_t entities_evicted;	 /* forgotten for want of room: the least recently used */
	uint64_t connections;		 /* of a socket, so far */
	uint64_t connections_open;	 /* now */
};

/*
 * Open a file. Its head is read at once, unless it is not there yet and is followed. Errors:
 * -errno; EYAS_E_FORMAT and words for what is no Avro file or none of SysFlow, EYAS_E_TRUNC,
 * EYAS_E_LIMIT.
 */
EYAS_API EYAS_MUST_USE int sysflow_reader_open(const char *path,
					       const struct sysflow_reader_opts *opts,
					       struct sysflow_reader **ret_reader,
					       struct eyas_err *reterr);
/*
 * The same with a descriptor, which stays open and the caller's; name is for messages. Pipes are
 * fine.
 */
EYAS_API EYAS_MUST_USE int sysflow_reader_open_fd(int fd, const char *name,
						  const struct sysflow_reader_opts *opts,
						  struct sysflow_reader **ret_reader,
						  struct eyas_err *reterr);
/*
 * Wait at a path for collectors that send records: a unix socket of type SOCK_SEQPACKET, which only
 * its owner may connect to, with one record in a packet, in schema 5 or 6. A socket that is there
 * and that nobody listens at is replaced; -EADDRINUSE if somebody does.
 */
EYAS_API EYAS_MUST_USE int sysflow_reader_listen(const char *path,
						 const struct sysflow_reader_opts *opts,
						 struct sysflow_reader **ret_reader,
						 struct eyas_err *reterr);
/*
 * The next record, entities included: 1, with the record and what it refers to (of the same file or
 * connection; of an entity, itself), both lent until the next call on the reader; 0 when there is
 * none for now; EYAS_E_END at the end. Other failures tell, once each, of what could not be read,
 * with file, offset and what was expected; all before was delivered, and the next call goes on
 * behind it. -EINTR: a signal came; call again. ret_refs may be NULL.
 */
EYAS_API EYAS_MUST_USE int sysflow_reader_next(struct sysflow_reader *reader,
					       const struct sysflow_record **ret_record,
					       const struct sysflow_refs **ret_refs,
					       struct eyas_err *reterr);
/*
 * Wait until sysflow_reader_next() may have something again, for so many milliseconds at most, -1 =
 * without end. 1, 0 when the time is over, -EINTR. Files are looked at ten times a second.
 */
EYAS_API int sysflow_reader_wait(struct sysflow_reader *reader, int timeout_ms);
/*
 * A process that was read before, as a parent by its OID: of the file or connection of the last
 * record. NULL if it is not known. Lent until the next record.
 */
EYAS_API const struct sysflow_process *sysflow_reader_process(struct sysflow_reader *reader,
							      const struct sysflow_oid *oid);
/* Likewise a pod, by its id, as containers name theirs; id NULL is fine. */
EYAS_API const struct sysflow_pod *sysflow_reader_pod(struct sysflow_reader *reader,
						      const char *id);
/* What was read until now. */
EYAS_API void sysflow_reader_stats(const struct sysflow_reader *reader,
				   struct sysflow_reader_stats *ret_stats);
/* NULL is fine. A socket is removed from its path. */
EYAS_API void sysflow_reader_close(struct sysflow_reader *reader);

/* ---- the driver: records of this machine or of a capture, as LibSysFlow makes them ---- */

/*
 * What can go wrong: the numbers of LibSysFlow's exceptions, n of which is here -4200 - n, and two
 * of our own, which are its LibsError (0) there. They collide with no other code of this library.
 */
/* clang-format off */
enum sysflow_error {
	SYSFLOW_E_LIBS = -4200,                    /* 0: what none of the others says */
	SYSFLOW_E_PROBE_ACCESS_DENIED = -4201,     /* 1: rights to load or find a probe are missing */
	SYSFLOW_E_PROBE_NOT_EXIST = -4202,         /* 2: there is no file of that name */
	SYSFLOW_E_READING_FILE_SYSTEM = -4203,     /* 3: a file system failed */
	SYSFLOW_E_NAME_TOO_LONG = -4204,           /* 4: the name of the probe's file is */
	SYSFLOW_E_PROBE_CHECK = -4205,             /* 5: the probe's file is no such; it fell silent */
	SYSFLOW_E_PROBE_NOT_LOADED = -4206,        /* 6: there is no such kernel module */
	SYSFLOW_E_DRIVER_LIBS_MISMATCH = -4207,    /* 7: of a version that is not known here */
	SYSFLOW_E_EVENT_PARSING = -4208,           /* 8: the capture is damaged, or is none */
	SYSFLOW_E_PROC_RESOURCE_NOT_FOUND = -4209, /* 9: /proc cannot be read */
	SYSFLOW_E_OPERATION_NOT_SUPPORTED = -4210, /* 10: not on this kernel, or not at this time */
	SYSFLOW_E_CONFIG = -4220,                  /* the configuration makes no sense */
	SYSFLOW_E_OUTPUT = -4221                   /* records cannot be, or were not, written */
};
/* clang-format on */

/*
 * A short English phrase for such a code, or for any other that this library returns. Static,
 * thread-safe.
 */
EYAS_API const char *sysflow_error_text(int code);

/* What is recorded. */
enum sysflow_collection_mode {
	SYSFLOW_MODE_FLOW = 0,	   /* all there is */
	SYSFLOW_MODE_CONSUMER = 1, /* files by their opening alone, no reads and writes of files */
	SYSFLOW_MODE_NOFILES = 2   /* neither files nor what happens to them */
};

/* Which probe LibSysFlow would take. Ours takes its own, and these say what is checked before. */
enum sysflow_driver_type {
	SYSFLOW_DRIVER_EBPF = 0,
	SYSFLOW_DRIVER_CORE_EBPF = 1,
	SYSFLOW_DRIVER_KMOD = 2,
	SYSFLOW_NO_DRIVER = 3
};

/* Of a line of the log; the numbers from 0 on are those of glog, those below its verbose levels. */
enum sysflow_severity {
	SYSFLOW_LOG_TRACE = -2,
	SYSFLOW_LOG_DEBUG = -1,
	SYSFLOW_LOG_INFO = 0,
	SYSFLOW_LOG_WARNING = 1,
	SYSFLOW_LOG_ERROR = 2,
	SYSFLOW_LOG_FATAL = 3
};

/*
 * An event or a flow with what it refers to, each NULL if there is none or it is not known: file2
 * is the new file of a link or renaming. All is lent until the return.
 */
typedef void (*sysflow_callback)(void *ctx, const struct sysflow_header *header,
				 const struct sysflow_container *container,
				 const struct sysflow_process *process,
				 const struct sysflow_file *file1, const struct sysflow_file *file2,
				 const struct sysflow_record *record);

/* A line of the log, without its newline, safe for a terminal. */
typedef void (*sysflow_log)(void *ctx, enum sysflow_severity severity, const char *text);

/*
 * The configuration, with the names and defaults of LibSysFlow's. sysflow_config_init() first, then
 * what differs. NULL is as good as "" for text. Environment variables win over fields; sysflow(3)
 * has them, and says more of each field.
 */
/* clang-format off */
struct sysflow_config {
	size_t size;               /* sizeof(struct sysflow_config) */
	bool filterContainers;     /* false; true = only what happens in containers */
	int rotateInterval;        /* 300; live: seconds between two files or headers, 0 = never */
	const char *exporterID;    /* ""; of the header, "" = the name of the host */
	const char *nodeIP;        /* ""; of the header */
	const char *filePath;      /* ""; records go to a file, a PREFIX, or "DIRECTORY/" */
	const char *socketPath;    /* ""; records go to a unix socket */
	const char *scapInputPath; /* ""; events come from a capture, "" = from this machine, live */
	const char *falcoFilter;   /* ""; only events that match */
	int samplingRatio;         /* 1; with dropMode, one Nth of a second: 1, 2, 4 ... 128 */
	const char *criPath;       /* ""; accepted */
	int criTO;                 /* 30; accepted */
	bool enableStats;          /* false; true = counts go to the log at intervals and at the end */
	bool enableProcessFlow;    /* true; false = events of threads in place of ProcessFlow */
	bool fileOnly;             /* true; false = also FileFlow of pipes, sockets, directories */
	int fileReadMode;          /* 2; 0 = all, 1 = no FileFlow that only reads, 2 = none of /proc ... */
	bool dropMode;             /* true; live: no mmap, and samplingRatio counts */
	sysflow_callback callback; /* NULL; gets events and flows */
	void *callbackContext;     /* NULL; its ctx */
	bool debugMode;            /* false; true = log to stderr, with what developers want to see */
	const char *k8sAPIURL;     /* ""; accepted; strictCompat: set = K8sEvent of a capture */
	const char *k8sAPICert;    /* ""; accepted */
	bool moduleChecks;         /* true; live: look for probe and rights first */
	uint64_t singleBufferDimension; /* 8 MiB; live: bytes of the buffer of each CPU, 0 = 8 MiB */
	const char *appName;       /* "sysflowlibs"; who logs */
	enum sysflow_collection_mode collectionMode; /* SYSFLOW_MODE_FLOW */
	int64_t cpuBuffers;        /* 0; accepted: each CPU has a buffer */
	enum sysflow_driver_type driverType; /* SYSFLOW_NO_DRIVER */

	/* Ours. */
	bool strictCompat;         /* false; true = LibSysFlow's records, known faults included */
	int schema;                /* 5; 6 = with IPv6 */
	const char *codec;         /* "deflate"; of files: or "null", "snappy" */
	bool kernelAggregation;    /* true; live: the kernel sums up reads and writes */
	sysflow_log log;           /* NULL; gets the log in place of stderr and files */
	void *logContext;          /* NULL; its ctx */
};
/* clang-format on */

/* All fields to their defaults, whatever they were. */
EYAS_API void sysflow_config_init(struct sysflow_config *config);

struct sysflow_driver;

/*
 * A driver for this configuration, of which it takes a copy. The capture is opened, or the probe is
 * loaded, and what happens from now on will be recorded; outputs are opened by the run. One of
 * filePath, socketPath and callback is needed; several get the same records. SYSFLOW_E_* and words.
 */
EYAS_API EYAS_MUST_USE int sysflow_driver_new(const struct sysflow_config *config,
					      struct sysflow_driver **ret_driver,
					      struct eyas_err *reterr);
/*
 * Record until the capture ends or sysflow_driver_exit() is called: 0, or SYSFLOW_E_* and words;
 * what was recorded before a failure is not lost. Once for a driver. A failure to write ends it
 * only if there is nowhere else to write to, now or later; else what is lost is counted, logged,
 * and told by sysflow_driver_close().
 */
EYAS_API EYAS_MUST_USE int sysflow_driver_run(struct sysflow_driver *driver,
					      struct eyas_err *reterr);
/*
 * Let the run end soon, or one to come at once. May be called from any thread, from the callback,
 * and from a signal handler. NULL is fine.
 */
EYAS_API void sysflow_driver_exit(struct sysflow_driver *driver);
/*
 * The process of an OID, so that a callback can follow poid upwards; lent until the next call, at
 * most until the callback returns. NULL if it is not known. For callbacks only.
 */
EYAS_API const struct sysflow_process *sysflow_driver_process(struct sysflow_driver *driver,
							      const struct sysflow_oid *oid);

/* What a driver did so far. */
struct sysflow_driver_stats {
	uint64_t events;		 /* taken into account */
	uint64_t events_lost;		 /* live: by the probe, for lack of room; damaged ones */
	uint64_t records[SYSFLOW_TYPES]; /* handed to the outputs */
	uint64_t file_lost, socket_lost; /* records that could not be written */
	uint64_t ipv6_left_out;		 /* connections that schema 5 has no room for */
	uint64_t flows_refused; /* beyond the number of open flows, or for lack of memory */
	uint64_t processes, files, containers, flows; /* known or open now */
};
/* In the thread of the run, or when it has ended. */
EYAS_API void sysflow_driver_stats(const struct sysflow_driver *driver,
				   struct sysflow_driver_stats *ret_stats);
/*
 * Write what is open (the callback gets it), flush and close the outputs. 0, or SYSFLOW_E_OUTPUT
 * and words if records were lost by then. Only statistics are left of the driver.
 */
EYAS_API int sysflow_driver_close(struct sysflow_driver *driver, struct eyas_err *reterr);
/* The same, if it was not closed, and free the driver. NULL is fine. */
EYAS_API void sysflow_driver_free(struct sysflow_driver *driver);

/* The library's version, "MAJOR.MINOR.PATCH". Static, thread-safe. */
EYAS_API const char *sysflow_version(void);

#ifdef __cplusplus
}
#endif

#endif /* SYSFLOW_H */
