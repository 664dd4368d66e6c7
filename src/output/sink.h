/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where lines such as alerts go: standard output, a file, syslog, a program, an HTTP server. Each
 * sink has a queue with limits and a thread of its own that empties it, so that a sink that is
 * slow, dead or hangs never stops whoever puts lines. What is lost is counted, by its cause.
 *
 * A sink is used by one thread at a time. What there is to tell is told from within the calls
 * below, never from the sink's own thread.
 */
#ifndef OUTPUT_SINK_H
#define OUTPUT_SINK_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <eyas/err.h>

enum output_sink_kind {
	OUTPUT_SINK_STDOUT,
	OUTPUT_SINK_FILE,
	OUTPUT_SINK_SYSLOG,
	OUTPUT_SINK_PROGRAM,
	OUTPUT_SINK_HTTP,
	OUTPUT_SINK_KINDS
};

/* "stdout", "file", ... Static; NULL if there is no such kind. */
const char *output_sink_kind_name(unsigned kind);

#define OUTPUT_FOREVER UINT32_MAX  /* of retries */
#define OUTPUT_NO_LIMIT UINT64_MAX /* of waiting */

/* Of HTTP; texts are copied, NULL or empty = none. */
struct output_http_opts {
	bool json;		/* the lines are JSON, else plain text */
	const char *user_agent; /* NULL = "eyas/VERSION" */
	bool insecure;		/* whoever answers is believed */
	const char *ca_file;	/* certificates to trust, instead of the system's */
	const char *ca_path;	/* a directory of such */
	const char *client_cert, *client_key;
	bool compress; /* bodies by gzip */
	bool echo;     /* what the server answers goes to standard output */
	/* Of a request, from connecting to its last byte; 0 = 10 s. */
	uint64_t request_ns;
};

struct output_sink_opts {
	enum output_sink_kind kind;
	/*
	 * The file's path, the command, the URL; of syslog the socket's path, NULL = the system's.
	 * Copied, as all texts are.
	 */
	const char *target;
	const char *ident; /* of syslog: who says it; NULL = "eyas" */
	/* What waits at most; 0 = 65536 lines, 32 MiB. */
	size_t queue_lines, queue_bytes;
	/* A file stays open, a program goes on for all lines, connections are probed. */
	bool keep_alive;
	/* A line that takes longer is told of; 0 = 2 s. */
	uint64_t timeout_ns;
	/*
	 * How often a line is tried again that did not get out, in pauses that double from the first
	 * one to the longest. 0 pauses = 100 ms, 10 s.
	 */
	uint32_t retries;
	uint64_t retry_ns, retry_max_ns;
	/* Once a line was given up, others are tried only once, until one of them gets out. */
	bool brief;
	/*
	 * How long a put waits for room in the queue: for sources that can wait, as captures can.
	 * Ended by *stop, too, which may be NULL.
	 */
	uint64_t wait_ns;
	const volatile sig_atomic_t *stop;
	/* A program at the close: how long it has to end by itself; 0 = 1 s. */
	uint64_t grace_ns;
	struct output_http_opts http;
	/* Told what goes wrong with a sink, and that it goes right again: one line. May be NULL. */
	void (*log)(void *ctx, unsigned severity, const char *text);
	void *log_ctx;
};

/* The options of a kind, with the number of retries that suits it. */
void output_sink_opts_init(struct output_sink_opts *opts, enum output_sink_kind kind);
/*
 * For lines of a source that can wait, such as captures: it waits for sinks that are slow, until
 * *stop, but not for ever for those that are dead.
 */
void output_sink_opts_wait(struct output_sink_opts *opts, const volatile sig_atomic_t *stop);

struct output_sink_stats {
	uint64_t lines;	    /* put */
	uint64_t written;   /* out */
	uint64_t full;	    /* lost: the queue had no room */
	uint64_t failed;    /* lost: given up, or the sink is broken */
	uint64_t abandoned; /* lost: still waiting at the close */
	uint64_t retries;
	uint64_t timeouts; /* lines that took too long */
	uint64_t starts;   /* of programs, opened files, connects */
	uint64_t refused;  /* answers of HTTP of 400 and more, programs that ended with a failure */
	uint64_t unread_bytes; /* left in the pipe by programs that ended */
	uint64_t waiting_lines, waiting_bytes;
};

struct output_sink;

/*
 * 0, or why there can be no such sink: what cannot be put right by waiting. A file that cannot be
 * opened, a server that does not answer: those are tried again.
 */
int output_sink_open(const struct output_sink_opts *opts, struct output_sink **ret_sink,
		     struct eyas_err *reterr);
/* "file events.txt", for messages. */
const char *output_sink_name(const struct output_sink *sink);
/*
 * A line without its newline; severity is that of syslog, 0 to 7. 0, -ENOBUFS: no room, -EPIPE: the
 * sink is broken for good (standard output that nobody reads); either is counted.
 */
int output_sink_put(struct output_sink *sink, const char *line, size_t len, unsigned severity);
/* Open anew what is kept open, before the next line. */
void output_sink_reopen(struct output_sink *sink);
/* Tell what there is to tell; to be called now and then. */
void output_sink_check(struct output_sink *sink);
/*
 * Wait until all that was put is out or given up: 0, -ETIMEDOUT; with
 * OUTPUT_NO_LIMIT, -EINTR by opts.stop.
 */
int output_sink_flush(struct output_sink *sink, uint64_t wait_ns);
void output_sink_stats(struct output_sink *sink, struct output_sink_stats *ret_stats);
/* Why the last line that was lost was lost: "" if none was. Lent until the next call. */
const char *output_sink_failure(struct output_sink *sink);
/*
 * Write what waits for up to wait_ns, count the rest as abandoned, close. ret_stats may be NULL.
 * A thread that even then hangs in the system is left behind, with the memory it uses. NULL is fine.
 */
void output_sink_close(struct output_sink *sink, uint64_t wait_ns,
		       struct output_sink_stats *ret_stats);

#endif
