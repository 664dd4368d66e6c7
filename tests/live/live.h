/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live test suite: programs that make system calls with known arguments, and what the probe
 * must say about them.
 *
 * A row is a function that runs in a process of its own while the main process reads a live
 * source. CALL(name, ...) makes one system call between two marks that the main process finds in
 * the stream; EXPECT(TYPE, ...) after it says what the event of that call must look like. The
 * expectation is written down in memory that both share, when the call is over, so it may use
 * whatever is only known then: results, descriptors, inodes, addresses.
 *
 *	ROW(unlinkat_missing)
 *	{
 *		CALL(unlinkat, AT_FDCWD, "/no/such", 0);
 *		EXPECT(SYSCALL_UNLINKAT_2_X, INT(-ENOENT), INT(-100), STR("/no/such"), INT(0));
 *	}
 *
 * Between the marks there must be exactly the events that are expected, in their order; each
 * expectation names every parameter of its type. EXPECT_OF(tid, TYPE, ...) looks for the next
 * event of that type by another thread, or by this one outside of marked calls.
 *
 * What is no row is a LIVE_TEST(name): a function that opens sources itself.
 */
#ifndef TESTS_LIVE_H
#define TESTS_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <eyas/event.h>
#include <eyas/live.h>
#include <eyas/schema.h>
#include "schema/ids.h"

/* ---- registration ---- */

struct live_row {
	const char *name, *file;
	void (*run)(void);
	/* Changes the options of the source; rows with the same one share a source. */
	void (*options)(struct eyas_live_opts *opts);
	struct live_row *next;
	bool is_test;
};
void live_register(struct live_row *row);

#define LIVE_ENTRY(id, setup, test) \
	static void row_##id(void); \
	__attribute__((constructor)) static void live_register_##id(void) \
	{ \
		static struct live_row row = { #id, __FILE__, row_##id, setup, NULL, test }; \
		live_register(&row); \
	} \
	static void row_##id(void)
#define ROW(id) LIVE_ENTRY(id, NULL, false)
#define ROW_WITH(id, setup) LIVE_ENTRY(id, setup, false)
#define LIVE_TEST(id) LIVE_ENTRY(id, NULL, true)
/* A call and its event, in one line: ROW1(id, TYPE, CALL(...), parameters...) */
#define ROW1(id, type, call, ...) \
	ROW(id) \
	{ \
		call; \
		EXPECT(type, __VA_ARGS__); \
	}
/* A call whose event has but its code and number. */
#define GENERIC(id, ...) \
	ROW(id) \
	{ \
		CALL(__VA_ARGS__); \
		EXPECT_GENERIC(); \
	}

/* ---- how a row or test ends early ---- */

_Noreturn void live_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
_Noreturn void live_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#define FAIL(...) live_fail(__FILE__, __LINE__, __VA_ARGS__)
#define CHECK(cond) \
	do { \
		if (!(cond)) \
			FAIL("%s", #cond); \
	} while (0)
#define CHECK_INT(got, want) \
	do { \
		long long got_ = (long long)(got), want_ = (long long)(want); \
		if (got_ != want_) \
			FAIL("%s is %lld, not %lld", #got, got_, want_); \
	} while (0)

/*
 * On an emulated machine (EYAS_TEST_EMULATED=1) everything takes ten times as long: what is about
 * large numbers makes do with smaller ones there.
 */
bool live_is_emulated(void);

/* ---- system calls, by number, so that no library chooses another; results are -errno ---- */

long live_raw(long nr, long a, long b, long c, long d, long e, long f);
/* The same between two marks. */
long live_call(long nr, long a, long b, long c, long d, long e, long f);
/* Set-up: not looked at. */
#define SYS(...) LIVE_SYS(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define LIVE_SYS(name, a, b, c, d, e, f, ...) \
	live_raw(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
/* The call under test. */
#define CALL(...) LIVE_CALL(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define LIVE_CALL(name, a, b, c, d, e, f, ...) \
	live_call(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
/* As int 0x80 makes it: the number is one of ia32, pointers lie below 4 GiB. */
long live_raw32(long nr, long a, long b, long c, long d, long e, long f);
long live_call32(long nr, long a, long b, long c, long d, long e, long f);
/* The marks alone, for calls that do not return the common way. */
void live_mark_begin(void);
void live_mark_end(void);
/* A set-up call that must succeed. */
#define MUST(expr) live_must(__FILE__, __LINE__, #expr, (long)(expr))
long live_must(const char *file, int line, const char *what, long result);

/* ---- expectations ---- */

enum live_kind {
	LIVE_INT,    /* that number, in the size the type has */
	LIVE_BYTES,  /* these bytes; none = missing */
	LIVE_ANY,    /* present, and of a size that fits the type */
	LIVE_RANGE,  /* a number from num to hi */
	LIVE_FLAGS,  /* names of the parameter's table */
	LIVE_STARTS, /* a string that begins so */
	LIVE_UNIX    /* tuple of unix sockets: path, pointers present or not */
};
struct live_want {
	uint8_t kind, flags; /* LIVE_UNIX: 1 = first pointer is there, 2 = second */
	uint32_t off, len;   /* of bytes in the shared memory */
	int64_t num, hi;
};
struct live_want live_want_bytes(enum live_kind kind, const void *data, size_t len);
struct live_want live_want_str(const char *str);
struct live_want live_want_sock4(const char *ip, unsigned port);
struct live_want live_want_sock6(const char *ip, unsigned port);
struct live_want live_want_sockun(const char *path);
struct live_want live_want_tuple4(const char *sip, unsigned sport, const char *dip, unsigned dport);
struct live_want live_want_tuple6(const char *sip, unsigned sport, const char *dip, unsigned dport);
struct live_want live_want_unix(int first, int second, const char *path);
struct live_want live_want_fds(unsigned n, const int64_t *fds_and_bits);
struct live_want live_want_dyn(unsigned variant, int64_t value, unsigned size);
struct live_want live_want_dyn_bytes(unsigned variant, const void *data, size_t len);

#define INT(v) ((struct live_want){ LIVE_INT, 0, 0, 0, (int64_t)(v), 0 })
#define ANY ((struct live_want){ LIVE_ANY, 0, 0, 0, 0, 0 })
#define NONE ((struct live_want){ LIVE_BYTES, 0, 0, 0, 0, 0 })
#define RANGE(lo, up) ((struct live_want){ LIVE_RANGE, 0, 0, 0, (int64_t)(lo), (int64_t)(up) })
#define FLAGS(names) live_want_bytes(LIVE_FLAGS, names, sizeof(names) - 1)
#define STR(s) live_want_str(s)
#define STARTS(s) live_want_bytes(LIVE_STARTS, s, strlen(s))
#define BYTES(p, n) live_want_bytes(LIVE_BYTES, p, n)
/* "text" without its NUL */
#define DATA(text) live_want_bytes(LIVE_BYTES, text, sizeof(text) - 1)
#define SOCK4(ip, port) live_want_sock4(ip, port)
#define SOCK6(ip, port) live_want_sock6(ip, port)
#define SOCKUN(path) live_want_sockun(path)
#define TUPLE4(sip, sport, dip, dport) live_want_tuple4(sip, sport, dip, dport)
#define TUPLE6(sip, sport, dip, dport) live_want_tuple6(sip, sport, dip, dport)
#define UNIX(first, second, path) live_want_unix(first, second, path)
/* FDS(fd, bits, fd, bits, ...) */
#define FDS(...) \
	live_want_fds(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t) / 2, \
		      (int64_t[]){ __VA_ARGS__ })
#define DYN8(variant, v) live_want_dyn(variant, (int64_t)(v), 8)
#define DYN4(variant, v) live_want_dyn(variant, (int64_t)(v), 4)
#define DYN1(variant, v) live_want_dyn(variant, (int64_t)(v), 1)
#define DYNBYTES(variant, p, n) live_want_dyn_bytes(variant, p, n)

#define LIVE_WANTS(...) \
	(struct live_want[]) \
	{ \
		__VA_ARGS__ \
	}
#define LIVE_NWANTS(...) (sizeof(LIVE_WANTS(__VA_ARGS__)) / sizeof(struct live_want))
/* The event, or the next event, of the last CALL(). */
#define EXPECT(type, ...) \
	live_expect(__FILE__, __LINE__, LIVE_IN_CALL, EYAS_EV_##type, 0, LIVE_NWANTS(__VA_ARGS__), \
		    LIVE_WANTS(__VA_ARGS__))
#define EXPECT_EMPTY(type) live_expect(__FILE__, __LINE__, LIVE_IN_CALL, EYAS_EV_##type, 0, 0, NULL)
/* A generic event of the last CALL(). */
#define EXPECT_GENERIC() live_expect_generic(__FILE__, __LINE__)
/* The last CALL() makes no event. */
#define EXPECT_NOTHING() live_expect_nothing(__FILE__, __LINE__)
/* The next event of this type by a thread, wherever it is. */
#define EXPECT_OF(tid, type, ...) \
	live_expect(__FILE__, __LINE__, LIVE_OF_TID, EYAS_EV_##type, tid, \
		    LIVE_NWANTS(__VA_ARGS__), LIVE_WANTS(__VA_ARGS__))
/* Some event of this type by a thread; there may be others. */
#define EXPECT_SOME(tid, type, ...) \
	live_expect(__FILE__, __LINE__, LIVE_SOME, EYAS_EV_##type, tid, LIVE_NWANTS(__VA_ARGS__), \
		    LIVE_WANTS(__VA_ARGS__))
/* Where an event is looked for. */
enum live_place { LIVE_IN_CALL, LIVE_OF_TID, LIVE_SOME, LIVE_NOTHING, LIVE_COUNT };
void live_expect(const char *file, int line, enum live_place place, unsigned type, int64_t tid,
		 size_t nwants, const struct live_want *wants);
void live_expect_generic(const char *file, int line);
void live_expect_nothing(const char *file, int line);
/* Number of events of a type by a thread in the whole row. */
void live_expect_count(const char *file, int line, unsigned type, int64_t tid, unsigned count);
#define EXPECT_COUNT(tid, type, count) \
	live_expect_count(__FILE__, __LINE__, EYAS_EV_##type, tid, count)

/* ---- helpers of rows (rows.c) ---- */

/* A fresh directory, removed with what is in it after the row. */
const char *live_tmp(void);
/* live_tmp()/name, in memory that lasts as long as the row. */
const char *live_path(const char *name);
/* Create a file with that text; returns its path. */
const char *live_file(const char *name, const char *text);
/* Device and inode as events have them. */
uint32_t live_dev(const char *path);
uint64_t live_ino(const char *path);
uint32_t live_fdev(int fd);
uint64_t live_fino(int fd);
/* Memory below 4 GiB, for CALL32(). */
void *live_low(size_t size);
/* An address that is not mapped, one that never can be. */
#define BADPTR ((void *)0x10)
#define WILDPTR ((void *)0xdead000000000000ul)
/* The thread id. */
int64_t live_tid(void);
/* Wait for a child and check how it ended (a wait status). */
void live_reap(long pid, int status);
/* Parameters "cgroups" of this process must have. */
struct live_want live_cgroups(void);

/* ---- what tests use (main.c, stream.c) ---- */

/* One event that was read, in memory of its own. */
struct live_event {
	struct eyas_event ev; /* points into bytes */
	struct live_event *next;
	uint8_t bytes[];
};
struct live_events {
	struct live_event *first, *last;
	size_t count;
};
/* A source with the suite's defaults; opts may be NULL. Skips or fails when there is none. */
struct eyas_source *live_open(const struct eyas_live_opts *opts);
void live_defaults(struct eyas_live_opts *opts);
/*
 * The same where it is of no matter which calls there are: on an emulated machine, which loads
 * programs for seconds, only those that these tests make.
 */
void live_defaults_few(struct eyas_live_opts *opts);
/* Read what is there; waits for at most ms milliseconds until there is something. */
size_t live_read(struct eyas_source *source, struct live_events *events, int ms);
/*
 * Read until a mark with that number comes from the thread (0 = any); false after ms without.
 */
bool live_read_until(struct eyas_source *source, struct live_events *events, int64_t tid,
		     uint32_t mark, int ms);
void live_forget(struct live_events *events);
/* Number of a mark, 0 = the event is none. */
uint32_t live_mark_of(const struct eyas_event *ev);
/* A mark of one's own, in tests; numbers from LIVE_MARK_FREE. */
void live_mark(uint32_t number);
#define LIVE_MARK_FREE 500000
int64_t live_now_ms(void);
/* Prints an event, a line on stderr. */
void live_print_event(const struct eyas_event *ev, const char *indent);
/* Run a function in a child; returns its pid. It ends with status 0, or by live_fail(). */
long live_fork(void (*run)(void));

#endif
