/* SPDX-License-Identifier: Apache-2.0 */
/* What is written for sysdig 0.29: what it knows, in a form that it takes. */
#include "unit/walker.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <eyas/capture.h>

#include "capture/compat.h"
#include "schema/ids.h"

TEST(compat_leaves_out_what_is_not_known)
{
	static const uint32_t lens[] = { 8, 8, 8, 8 };
	static const uint32_t generic_lens[] = { 2, 2 };
	static const uint8_t zeros[32];
	char *path = path_in("a.scap"), *big = malloc(5000);
	struct eyas_loader l;
	struct eyas_writer *w = open_writer(path, EYAS_COMPRESS_NONE, EYAS_COMPAT_SYSDIG_0_29, &l);
	struct eyas_writer_stats stats;
	struct eyas_fd_entry fd = { .kind = EYAS_FD_FIFO };
	struct eyas_thread_entry thread = some_thread(1);
	struct eyas_user user = { .uid = 1 };
	struct eyas_event event;
	struct bytes file;
	struct cursor c;
	uint8_t buf[128];
	size_t at = 0;

	CHECK(big);
	memset(big, 'b', 5000);
	user.name = user.home = user.shell = (struct eyas_bytes){ big, 300 };
	CHECK_INT(l.user(l.ctx, &user), 0);
	thread.comm = thread.args = (struct eyas_bytes){ big, 5000 };
	CHECK_INT(l.thread(l.ctx, &thread), 0);
	fd.name = (struct eyas_bytes){ big, 1024 };
	CHECK_INT(l.fd_list(l.ctx, 1), 0);
	for (fd.kind = 16; fd.kind < 23; fd.kind++)
		CHECK_INT(l.fd(l.ctx, 1, &fd), 0);
	/* close_range, an unknown system call, the last one that is known. */
	event = make_event(buf, EYAS_EV_SYSCALL_CLOSE_RANGE_X, 2, 0, lens, zeros);
	put_event(w, &event);
	event = make_event(buf, EYAS_EV_GENERIC_X, 2, 2, generic_lens, "\x49\x01\0\0");
	put_event(w, &event);
	event = make_event(buf, EYAS_EV_GENERIC_X, 2, 2, generic_lens, "\x48\x01\0\0");
	put_event(w, &event);
	eyas_writer_stats(w, &stats);
	CHECK_INT(stats.events, 1);
	CHECK_INT(stats.events_left_out, 2);
	CHECK_INT(stats.fds_left_out, 6);
	close_writer(w);
	file = read_file(path);
	need_section(&file, &at);
	c = need(&file, &at, 0x220);
	c.at += 13;
	CHECK_INT(take(&c, 2), 255);
	c.at += 255;
	CHECK_INT(take(&c, 2), 255);
	c = need(&file, &at, 0x215);
	c.at += 44;
	CHECK_INT(take(&c, 2), 1024);
	c = need(&file, &at, 0x218);
	CHECK_INT(take(&c, 8), 1);
	CHECK_INT(take(&c, 4), 21 + 4 + 2 + 1023 + 4);
	c.at += 16;
	CHECK_INT(take(&c, 1), 16);
	need(&file, &at, 0x216);
	CHECK_INT(at, file.len);
	free(file.data);
	free(big);
}

TEST(compat_fills_in_what_is_missing)
{
	/* open exit: fd, name, flags, mode, dev, ino; name missing, ino and dev at the end, too. */
	static const uint32_t lens[] = { 8, 0, 4, 4, 0, 0 };
	static const uint8_t values[16] = { 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0 };
	static const uint32_t few[] = { 0 };
	char *path = path_in("a.scap");
	struct eyas_loader l;
	struct eyas_writer *w = open_writer(path, EYAS_COMPRESS_NONE, EYAS_COMPAT_SYSDIG_0_29, &l);
	struct eyas_event event;
	struct bytes file;
	struct cursor c;
	uint8_t buf[128];
	size_t at = 0;

	event = make_event(buf, EYAS_EV_SYSCALL_OPEN_X, 2, 6, lens, values);
	put_event(w, &event);
	event = make_event(buf, EYAS_EV_SYSCALL_CLOSE_X, 2, 1, few, NULL);
	put_event(w, &event);
	close_writer(w);
	file = read_file(path);
	need_section(&file, &at);
	c = need(&file, &at, 0x216);
	c.at += 2 + 16;
	CHECK_INT(take(&c, 4), 26 + 4 * 2 + 16 + 5);
	CHECK_INT(take(&c, 2), EYAS_EV_SYSCALL_OPEN_X);
	CHECK_INT(take(&c, 4), 4);
	CHECK_INT(take(&c, 2), 8);
	CHECK_INT(take(&c, 2), 5);
	CHECK_INT(take(&c, 2), 4);
	CHECK_INT(take(&c, 2), 4);
	take_bytes(&c, values, 8);
	take_bytes(&c, "<NA>", 5);
	take_bytes(&c, values + 8, 8);
	done(&c);
	c = need(&file, &at, 0x216);
	c.at += 2 + 22;
	CHECK_INT(take(&c, 4), 1);
	CHECK_INT(take(&c, 2), 8);
	CHECK_INT(take(&c, 8), 0);
	done(&c);
	free(file.data);
}

/* What the compat reader gets for an event made of zeros and missing values. */
static struct eyas_event compat_event(struct eyas_str *scratch, unsigned type, unsigned nparams,
				      const uint32_t *lens)
{
	static const uint8_t zeros[64];
	static uint8_t buf[128];
	struct eyas_event event = make_event(buf, (uint16_t)type, 2, nparams, lens, zeros);
	const uint8_t *bytes;
	uint32_t len;

	CHECK_INT(eyas_compat_event(scratch, &event, &bytes, &len), 1);
	CHECK_INT(eyas_event_view(bytes, len, &event, NULL), 0);
	return event;
}

TEST(compat_goes_back_to_the_older_type)
{
	static const uint32_t accept[] = { 8, 13, 1, 4, 4, 4 }, dup[] = { 8, 8 };
	static const uint32_t umount[] = { 8, 1 }, open_enter[] = { 0, 4, 4 };
	struct eyas_str scratch = EYAS_STR_INIT;
	struct eyas_event event;
	struct eyas_param param;

	event = compat_event(&scratch, EYAS_EV_SOCKET_ACCEPT4_6_X, 6, accept);
	CHECK_INT(event.type, EYAS_EV_SOCKET_ACCEPT4_5_X);
	CHECK_INT(event.nparams, 5);
	event = compat_event(&scratch, EYAS_EV_SYSCALL_DUP_1_X, 2, dup);
	CHECK_INT(event.type, EYAS_EV_SYSCALL_DUP_X);
	CHECK_INT(event.nparams, 1);
	event = compat_event(&scratch, EYAS_EV_SYSCALL_UMOUNT_1_X, 2, umount);
	CHECK_INT(event.type, EYAS_EV_SYSCALL_UMOUNT_X);
	CHECK_INT(event.nparams, 2);
	/* In an enter event a missing path must not look like one. */
	event = compat_event(&scratch, EYAS_EV_SYSCALL_OPEN_E, 3, open_enter);
	CHECK_INT(eyas_event_param(&event, 0, &param), 1);
	CHECK_STR((const char *)param.data, "(NULL)");
	eyas_str_fini(&scratch);
}

/* The enter event that is made of an event of numbers; its type, 0 if there is none. */
static unsigned enter_made(struct eyas_str *scratch, unsigned type, unsigned written,
			   unsigned nparams, const uint32_t *lens, struct eyas_event *ret_enter)
{
	static const uint8_t values[64] = { 11, [8] = 12, [16] = 13, [24] = 14 };
	static uint8_t buf[128];
	struct eyas_event event = make_event(buf, (uint16_t)type, 2, nparams, lens, values);

	return eyas_compat_enter(scratch, &event, written, ret_enter) == 1 ? ret_enter->type : 0;
}

static uint64_t enter_value(const struct eyas_event *enter, unsigned i)
{
	struct eyas_param param;
	uint64_t value = 0;

	CHECK_INT(eyas_event_param(enter, i, &param), 1);
	CHECK_INT(eyas_param_uint(&param, &value), 0);
	return value;
}

TEST(compat_makes_enter_events)
{
	static const uint32_t close_lens[] = { 8, 8 }, no_fd[] = { 8, 0 },
			      dup2_lens[] = { 8, 8, 8 };
	static const uint32_t openat_lens[] = { 8, 8, 0, 4, 4, 4, 8 }, getpid_lens[] = { 2, 2 };
	struct eyas_str scratch = EYAS_STR_INIT;
	struct eyas_event enter;

	CHECK_INT(enter_made(&scratch, EYAS_EV_SYSCALL_CLOSE_X, EYAS_EV_SYSCALL_CLOSE_X, 2,
			     close_lens, &enter),
		  EYAS_EV_SYSCALL_CLOSE_E);
	CHECK_INT(enter_value(&enter, 0), 12);
	/* What the call was about is not known, or there never was such an event. */
	CHECK_INT(enter_made(&scratch, EYAS_EV_SYSCALL_CLOSE_X, EYAS_EV_SYSCALL_CLOSE_X, 2, no_fd,
			     &enter),
		  0);
	CHECK_INT(enter_made(&scratch, EYAS_EV_SYSCALL_CLOSE_X, EYAS_EV_SYSCALL_CLOSE_X, 1,
			     close_lens, &enter),
		  0);
	CHECK_INT(
		enter_made(&scratch, EYAS_EV_GENERIC_X, EYAS_EV_GENERIC_X, 1, getpid_lens, &enter),
		0);
	/* It is entered with the old descriptor. */
	CHECK_INT(enter_made(&scratch, EYAS_EV_SYSCALL_DUP2_X, EYAS_EV_SYSCALL_DUP_X, 3, dup2_lens,
			     &enter),
		  EYAS_EV_SYSCALL_DUP_E);
	CHECK_INT(enter_value(&enter, 0), 12);
	/* All that the exit event has, too. */
	CHECK_INT(enter_made(&scratch, EYAS_EV_SYSCALL_OPENAT_2_X, EYAS_EV_SYSCALL_OPENAT_2_X, 7,
			     openat_lens, &enter),
		  EYAS_EV_SYSCALL_OPENAT_2_E);
	CHECK_INT(enter.nparams, 4);
	CHECK_INT(enter_value(&enter, 0), 12);
	CHECK_INT(enter_value(&enter, 2), 13);
	eyas_str_fini(&scratch);
}

TEST(compat_wants_container_events_it_can_parse)
{
	static const struct {
		const char *json;
		int taken;
	} cases[] = {
		{ "{\"container\":{\"id\":\"x\",\"Mounts\":[],\"n\":-1.5e3,\"b\":true}}", 1 },
		{ " { \"other\" : [ 1 , { } , \"\\\"\" ] } ", 1 },
		{ "{}", 1 },
		{ "", 0 },
		{ "[]", 0 },
		{ "{\"container\":\"x\"}", 0 },
		{ "{\"container\":{\"container\":\"x\"}}", 1 },
		{ "{\"container\":{\"id\":\"x\"}", 0 },
		{ "{\"container\":{\"id\":\"x}}", 0 },
		{ "{\"container\":{\"id\":}}", 0 },
		{ "{\"container\":{}} trailing", 0 },
		{ "{\"a\":1,}", 0 },
		{ "{\"a\" 1}", 0 },
		{ "{\"a\":\"\\", 0 },
	};
	struct eyas_str scratch = EYAS_STR_INIT;
	const uint8_t *bytes;
	uint8_t buf[1024];
	uint32_t len;
	char deep[512];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t size = (uint32_t)strlen(cases[i].json) + 1;
		struct eyas_event event =
			make_event(buf, EYAS_EV_CONTAINER_JSON_2_E, 4, 1, &size, cases[i].json);

		if (eyas_compat_event(&scratch, &event, &bytes, &len) != cases[i].taken)
			test_fail(__FILE__, __LINE__, "%s", cases[i].json);
	}
	/* Nested too deeply for a parser that recurses: 60 are fine, 100 are not. */
	for (i = 60; i <= 100; i += 40) {
		uint32_t size = 5 + 2 * (uint32_t)i + 2;
		struct eyas_event event;

		memcpy(deep, "{\"a\":", 5);
		memcpy(deep + size - 2, "}", 2);
		memset(deep + 5, '[', i);
		memset(deep + 5 + i, ']', i);
		event = make_event(buf, EYAS_EV_CONTAINER_JSON_E, 2, 1, &size, deep);
		CHECK_INT(eyas_compat_event(&scratch, &event, &bytes, &len), i == 60);
	}
	eyas_str_fini(&scratch);
}
