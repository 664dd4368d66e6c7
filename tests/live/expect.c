/* SPDX-License-Identifier: Apache-2.0 */
/* How a row writes down what it expects. Makes no system call: a row is being traced. */
#include "live/shared.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct live_shared *live_shared;

static _Thread_local uint32_t last_call;
static _Thread_local long last_nr;
static _Thread_local int64_t own_tid;

#if defined(__x86_64__)
long live_raw(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

long live_raw32(long nr, long a, long b, long c, long d, long e, long f)
{
	long ret;

	/*
	 * The sixth argument is in ebp, which the compiler may be using, as it may the 128 bytes
	 * below the stack pointer.
	 */
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
			 "push %%rbp\n\t"
			 "mov %[six], %%rbp\n\t"
			 "int $0x80\n\t"
			 "pop %%rbp\n\t"
			 "lea 128(%%rsp), %%rsp"
			 : "=a"(ret)
			 : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e), [six] "r"(f)
			 : "r8", "r9", "r10", "r11", "memory");
	return (int)ret;
}
#else
#	error "the rows know the system calls of x86-64 only"
#endif

int64_t live_tid(void)
{
	return own_tid ? own_tid : live_raw(__NR_gettid, 0, 0, 0, 0, 0, 0);
}

/* No descriptor has such a number, and no library closes it. */
void live_mark(uint32_t number)
{
	live_raw(__NR_close, -1000000l - (long)number, 0, 0, 0, 0, 0);
}

void live_mark_begin(void)
{
	own_tid = live_raw(__NR_gettid, 0, 0, 0, 0, 0, 0);
	last_call = atomic_fetch_add(&live_shared->calls, 1) + 1;
	live_mark(2 * last_call);
}

void live_mark_end(void)
{
	live_mark(2 * last_call + 1);
}

long live_call(long nr, long a, long b, long c, long d, long e, long f)
{
	long ret;

	last_nr = nr;
	live_mark_begin();
	ret = live_raw(nr, a, b, c, d, e, f);
	live_mark_end();
	return ret;
}

long live_call32(long nr, long a, long b, long c, long d, long e, long f)
{
	long ret;

	last_nr = eyas_ia32_to_x86_64((unsigned)nr);
	live_mark_begin();
	ret = live_raw32(nr, a, b, c, d, e, f);
	live_mark_end();
	return ret;
}

static uint32_t keep(const void *data, size_t len)
{
	uint32_t off = atomic_fetch_add(&live_shared->arena_used, (uint32_t)len);

	if (len > LIVE_ARENA_SIZE || off > LIVE_ARENA_SIZE - len)
		FAIL("the expectations are larger than %u bytes", LIVE_ARENA_SIZE);
	memcpy(live_shared->arena + off, data, len);
	return off;
}

struct live_want live_want_bytes(enum live_kind kind, const void *data, size_t len)
{
	struct live_want want = { .kind = (uint8_t)kind, .len = (uint32_t)len };

	if (len)
		want.off = keep(data, len);
	return want;
}

struct live_want live_want_str(const char *str)
{
	return str ? live_want_bytes(LIVE_BYTES, str, strlen(str) + 1) : NONE;
}

static size_t put_end(uint8_t *out, int family, const char *ip, unsigned port)
{
	size_t n = family == AF_INET ? 4 : 16;

	if (inet_pton(family, ip, out) != 1)
		FAIL("%s is no address", ip);
	out[n] = (uint8_t)port;
	out[n + 1] = (uint8_t)(port >> 8);
	return n + 2;
}

static struct live_want want_sock(int family, const char *sip, unsigned sport, const char *dip,
				  unsigned dport)
{
	uint8_t bytes[40];
	size_t n = 1;

	bytes[0] = family == AF_INET ? EYAS_AF_INET : EYAS_AF_INET6;
	n += put_end(bytes + n, family, sip, sport);
	if (dip)
		n += put_end(bytes + n, family, dip, dport);
	return live_want_bytes(LIVE_BYTES, bytes, n);
}

struct live_want live_want_sock4(const char *ip, unsigned port)
{
	return want_sock(AF_INET, ip, port, NULL, 0);
}

struct live_want live_want_sock6(const char *ip, unsigned port)
{
	return want_sock(AF_INET6, ip, port, NULL, 0);
}

struct live_want live_want_tuple4(const char *sip, unsigned sport, const char *dip, unsigned dport)
{
	return want_sock(AF_INET, sip, sport, dip, dport);
}

struct live_want live_want_tuple6(const char *sip, unsigned sport, const char *dip, unsigned dport)
{
	return want_sock(AF_INET6, sip, sport, dip, dport);
}

struct live_want live_want_sockun(const char *path)
{
	uint8_t bytes[256] = { EYAS_AF_UNIX };
	size_t len = strlen(path) + 1;

	memcpy(bytes + 1, path, len);
	return live_want_bytes(LIVE_BYTES, bytes, len + 1);
}

struct live_want live_want_unix(int first, int second, const char *path)
{
	struct live_want want = live_want_bytes(LIVE_UNIX, path, strlen(path) + 1);

	want.flags = (uint8_t)((first ? 1 : 0) | (second ? 2 : 0));
	return want;
}

struct live_want live_want_fds(unsigned n, const int64_t *fds_and_bits)
{
	uint8_t bytes[2 + 10 * 64];
	unsigned i;

	if (n > 64)
		FAIL("more descriptors than an event can have");
	bytes[0] = (uint8_t)n;
	bytes[1] = 0;
	for (i = 0; i < n; i++) {
		int16_t bits = (int16_t)fds_and_bits[2 * i + 1];

		memcpy(bytes + 2 + 10 * i, &fds_and_bits[2 * i], 8);
		memcpy(bytes + 10 + 10 * i, &bits, 2);
	}
	return live_want_bytes(LIVE_BYTES, bytes, 2 + 10 * (size_t)n);
}

struct live_want live_want_dyn(unsigned variant, int64_t value, unsigned size)
{
	uint8_t bytes[9] = { (uint8_t)variant };

	memcpy(bytes + 1, &value, size);
	return live_want_bytes(LIVE_BYTES, bytes, 1 + (size_t)size);
}

struct live_want live_want_dyn_bytes(unsigned variant, const void *data, size_t len)
{
	uint8_t bytes[4096] = { (uint8_t)variant };

	if (len > sizeof(bytes) - 1)
		FAIL("a dynamic value of %zu bytes", len);
	memcpy(bytes + 1, data, len);
	return live_want_bytes(LIVE_BYTES, bytes, 1 + len);
}

static struct live_expectation *add(const char *file, int line, enum live_place place,
				    unsigned type, int64_t tid)
{
	uint32_t index = atomic_fetch_add(&live_shared->nexpects, 1);
	struct live_expectation *e;

	if (index >= LIVE_EXPECTS_MAX)
		live_fail(file, line, "more than %d expectations", LIVE_EXPECTS_MAX);
	e = &live_shared->expects[index];
	e->file = file;
	e->line = (uint16_t)line;
	e->type = (uint16_t)type;
	e->tid = tid;
	e->call = last_call;
	e->place = (uint8_t)place;
	e->nwants = 0;
	return e;
}

void live_expect(const char *file, int line, enum live_place place, unsigned type, int64_t tid,
		 size_t nwants, const struct live_want *wants)
{
	struct live_expectation *e = add(file, line, place, type, tid ? tid : own_tid);

	if (nwants > EYAS_PARAMS_MAX)
		live_fail(file, line, "%zu parameters", nwants);
	e->nwants = (uint8_t)nwants;
	if (nwants)
		memcpy(e->wants, wants, nwants * sizeof(*wants));
}

void live_expect_generic(const char *file, int line)
{
	const struct eyas_syscall_info *info;
	struct live_want wants[2];
	unsigned code;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		info = eyas_syscall_info(code);
		if (info && info->x86_64 == last_nr)
			break;
	}
	if (code == EYAS_SYSCALL_CODES)
		live_fail(file, line, "the schema does not know call %ld", last_nr);
	wants[0] = INT(code);
	wants[1] = INT(last_nr);
	live_expect(file, line, LIVE_IN_CALL, EYAS_EV_GENERIC_X, 0, 2, wants);
}

void live_expect_nothing(const char *file, int line)
{
	add(file, line, LIVE_NOTHING, 0, own_tid);
}

void live_expect_count(const char *file, int line, unsigned type, int64_t tid, unsigned count)
{
	add(file, line, LIVE_COUNT, type, tid)->count = count;
}
