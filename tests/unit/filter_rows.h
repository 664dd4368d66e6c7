/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of filters against eight events of a small machine. Each row says which events match,
 * by their letters, or "!COLUMN WORDS": it does not compile, with an error at that column that
 * has those words. Every row also runs in one network shared by its whole table, which must give
 * the same answers.
 */
#ifndef UNIT_FILTER_ROWS_H
#define UNIT_FILTER_ROWS_H

#include "unit/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/filter.h"

/*
 * The events, in this order. Thread 100 is "httpd", a child of 10 "bash", a child of 1
 * "systemd"; thread 200 is "sh" without a parent.
 *
 *   r  100 reads 5 bytes from 3, the file /etc/passwd
 *   s  100 writes 3 bytes to 4, TCP 10.0.0.5:43210 -> 192.168.1.9:80
 *   t  100 reads from 5, TCP 2001:db8::1:5000 -> 2001:db8::2:443, and fails
 *   l  100 reads from 6, which listens on 127.0.0.1:8080, and fails
 *   k  200 sends signal 9 to 100
 *   u  no thread sends signal 15 to 300
 *   o  100 opens conf/httpd.conf in /srv as 9
 *   g  100 calls sysinfo, which has no event type of its own
 */
#define LETTERS "rstlkuog"
enum { NEVENTS = 8, EVENT_BYTES = 512, TIME_NS = 1000000000 };

struct world {
	struct eyas_state *state;
	uint8_t bytes[NEVENTS][EVENT_BYTES];
	struct eyas_event events[NEVENTS];
};

struct row {
	const char *filter;
	const char *want;
};

/* ---- the machine ---- */

#define BYTES(text) \
	{ \
		text, sizeof(text) - 1 \
	}

static void add_machine(struct eyas_state *state)
{
	static const struct eyas_thread_entry threads[] = {
		{ .tid = 1, .pid = 1, .comm = BYTES("systemd"), .exe = BYTES("/sbin/init") },
		{ .tid = 10, .pid = 10, .ptid = 1, .comm = BYTES("bash"), .exe = BYTES("-bash") },
		{ .tid = 100,
		  .pid = 100,
		  .ptid = 10,
		  .vtid = 100,
		  .vpid = 100,
		  .comm = BYTES("httpd"),
		  .exe = BYTES("/usr/sbin/HTTPD"),
		  .exepath = BYTES("/usr/sbin/HTTPD"),
		  .args = BYTES("-k\0start\0"),
		  .cwd = BYTES("/srv"),
		  .tty = 34816,
		  .vmsize_kb = 4096,
		  .uid = 0 },
		{ .tid = 200, .pid = 200, .comm = BYTES("sh"), .exe = BYTES("sh"), .uid = 4242 },
	};
	static const struct eyas_fd_entry fds[] = {
		{ .fd = 3, .kind = EYAS_FD_FILE_V2, .name = BYTES("/etc/passwd") },
		{ .fd = 4,
		  .kind = EYAS_FD_IPV4_SOCK,
		  .l4 = 2,
		  .src = { 10, 0, 0, 5 },
		  .dst = { 192, 168, 1, 9 },
		  .sport = 43210,
		  .dport = 80 },
		{ .fd = 5,
		  .kind = EYAS_FD_IPV6_SOCK,
		  .l4 = 2,
		  .src = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 },
		  .dst = { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 },
		  .sport = 5000,
		  .dport = 443 },
		{ .fd = 6,
		  .kind = EYAS_FD_IPV4_SERVER,
		  .l4 = 2,
		  .src = { 127, 0, 0, 1 },
		  .sport = 8080 },
	};
	struct eyas_loader to;
	size_t i;

	eyas_state_loader(state, &to);
	CHECK_INT(to.section(to.ctx), 0);
	for (i = 0; i < sizeof(threads) / sizeof(threads[0]); i++)
		CHECK_INT(to.thread(to.ctx, &threads[i]), 0);
	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		CHECK_INT(to.fd(to.ctx, 100, &fds[i]), 0);
}

static void put_io(struct eyas_encoder *enc, int64_t res, const void *data, size_t len, int fd)
{
	eyas_put_int(enc, res);
	if (len)
		eyas_put_bytes(enc, data, len);
	else
		eyas_put_missing(enc);
	eyas_put_int(enc, fd);
	eyas_put_uint(enc, 4096);
}

static void put_kill(struct eyas_encoder *enc, int pid, unsigned sig)
{
	eyas_put_int(enc, 0);
	eyas_put_int(enc, pid);
	eyas_put_uint(enc, sig);
}

static void put_open(struct eyas_encoder *enc)
{
	eyas_put_int(enc, 9);
	eyas_put_int(enc, EYAS_AT_FDCWD);
	eyas_put_str(enc, "conf/httpd.conf");
	eyas_put_uint(enc, 1);
	eyas_put_uint(enc, 0);
}

static void put_params(struct eyas_encoder *enc, char letter)
{
	switch (letter) {
	case 'r':
		put_io(enc, 5, "a\0\x01Yz", 5, 3);
		break;
	case 's':
		put_io(enc, 3, "GET", 3, 4);
		break;
	case 't':
		put_io(enc, -11, NULL, 0, 5);
		break;
	case 'l':
		put_io(enc, -22, NULL, 0, 6);
		break;
	case 'k':
		put_kill(enc, 100, 9);
		break;
	case 'u':
		put_kill(enc, 300, 15);
		break;
	case 'o':
		put_open(enc);
		break;
	case 'g':
		eyas_put_uint(enc, EYAS_SYS_SYSINFO);
		eyas_put_uint(enc, 99);
		break;
	}
}

static void make_world(struct world *world)
{
	static const unsigned types[NEVENTS] = {
		EYAS_EV_SYSCALL_READ_X,	    EYAS_EV_SYSCALL_WRITE_X, EYAS_EV_SYSCALL_READ_X,
		EYAS_EV_SYSCALL_READ_X,	    EYAS_EV_SYSCALL_KILL_X,  EYAS_EV_SYSCALL_KILL_X,
		EYAS_EV_SYSCALL_OPENAT_2_X, EYAS_EV_GENERIC_X
	};
	static const uint64_t tids[NEVENTS] = { 100, 100, 100, 100, 200, UINT64_MAX, 100, 100 };
	struct eyas_encoder enc;
	int i, len;

	CHECK_INT(eyas_state_new(NULL, &world->state, NULL), 0);
	add_machine(world->state);
	for (i = 0; i < NEVENTS; i++) {
		eyas_encoder_begin(&enc, world->bytes[i], EVENT_BYTES, types[i],
				   (uint64_t)(i + 1) * TIME_NS, tids[i]);
		put_params(&enc, LETTERS[i]);
		len = eyas_encoder_end(&enc);
		CHECK(len > 0);
		CHECK_INT(eyas_event_view(world->bytes[i], (size_t)len, &world->events[i], NULL),
			  0);
		world->events[i].num = (uint64_t)i + 1;
		world->events[i].cpu = (uint16_t)i;
	}
}

/* ---- running a table ---- */

/* One row: compiled alone and into the network of the table. */
struct compiled {
	struct eyas_filter *alone;
	struct filter shared;
	char got[NEVENTS + 1], got_shared[NEVENTS + 1];
};

static void check_error(const struct row *row)
{
	struct eyas_filter *filter = NULL;
	struct eyas_err err = { .code = 0 };
	unsigned column = (unsigned)atoi(row->want + 1);
	const char *words = strchr(row->want, ' ') + 1;

	if (eyas_filter_compile(row->filter, NULL, NULL, &filter, &err) >= 0)
		test_fail(__FILE__, __LINE__, "%s compiles", row->filter);
	if (err.column != column || !strstr(err.text, words))
		test_fail(__FILE__, __LINE__, "%s: column %u: %s (want %u: %s)", row->filter,
			  err.column, err.text, column, words);
}

static void compile(const struct row *row, struct eyas_network *network, struct compiled *ret)
{
	struct eyas_err err = { .code = 0 };

	if (eyas_filter_compile(row->filter, NULL, NULL, &ret->alone, &err) < 0)
		test_fail(__FILE__, __LINE__, "%s: column %u: %s", row->filter, err.column,
			  err.text);
	CHECK_INT(eyas_filter_add(network, row->filter, NULL, NULL, &ret->shared, NULL), 0);
}

static void run_event(struct eyas_network *network, struct compiled *rows, size_t count,
		      char letter, const struct eyas_context *context)
{
	char name[2] = { letter, '\0' };
	size_t i;

	eyas_network_begin(network, context);
	for (i = 0; i < count; i++) {
		if (!rows[i].alone)
			continue;
		if (eyas_filter_match(rows[i].alone, context))
			strcat(rows[i].got, name);
		if (filter_wants(&rows[i].shared, context->event) &&
		    eyas_network_match(network, rows[i].shared.root))
			strcat(rows[i].got_shared, name);
	}
}

static void run_rows(const struct row *rows, size_t count)
{
	struct compiled *compiled = calloc(count, sizeof(*compiled));
	struct eyas_network *network;
	static struct world world;
	size_t i;

	CHECK(compiled);
	make_world(&world);
	CHECK_INT(eyas_network_new(NULL, &network), 0);
	for (i = 0; i < count; i++) {
		if (rows[i].want[0] == '!')
			check_error(&rows[i]);
		else
			compile(&rows[i], network, &compiled[i]);
	}
	for (i = 0; i < NEVENTS; i++)
		run_event(network, compiled, count, LETTERS[i],
			  eyas_state_take(world.state, &world.events[i]));
	for (i = 0; i < count; i++) {
		if (!compiled[i].alone)
			continue;
		if (strcmp(compiled[i].got, rows[i].want) != 0)
			test_fail(__FILE__, __LINE__, "%s matches \"%s\", not \"%s\"",
				  rows[i].filter, compiled[i].got, rows[i].want);
		if (strcmp(compiled[i].got_shared, rows[i].want) != 0)
			test_fail(__FILE__, __LINE__, "%s in a network matches \"%s\", not \"%s\"",
				  rows[i].filter, compiled[i].got_shared, rows[i].want);
		eyas_filter_free(compiled[i].alone);
	}
	eyas_network_free(network);
	eyas_state_free(world.state);
	free(compiled);
}

#define RUN(rows) run_rows(rows, sizeof(rows) / sizeof((rows)[0]))

#endif
