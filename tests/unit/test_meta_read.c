/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a capture says about the machine before its events: every field of every version of every
 * list comes back, and a loader decides whether the reading goes on.
 */
#include "unit/diary.h"

#include <errno.h>

/* What the library's writer stores comes back, each field at its place. */
TEST(all_fields_come_back)
{
	static const struct eyas_machine machine = { 4, 5, 6, "host", 7, 8, { 9, 10 } };
	struct eyas_iface iface = { .type = 2,
				    .addr = { 1, [15] = 2 },
				    .mask = { 3, [15] = 4 },
				    .bcast = { 5, [15] = 6 },
				    .linkspeed = 77,
				    .name = { "eth0", 4 } };
	static const struct eyas_user user = { 1, 2, { "root", 4 }, { "/root", 5 }, { "sh", 2 } };
	static const struct eyas_group group = { 3, { "wheel", 5 } };
	static const struct eyas_thread_entry thread = { 1,
							 2,
							 3,
							 -4,
							 5,
							 6,
							 7,
							 -8,
							 { "comm", 4 },
							 { "exe", 3 },
							 { "/exe", 4 },
							 { "a", 1 },
							 { "/cwd", 4 },
							 { "E", 1 },
							 { "cpu=/", 5 },
							 { "/", 1 },
							 9,
							 10,
							 11,
							 12,
							 13,
							 14,
							 15,
							 16,
							 17,
							 18,
							 19,
							 20,
							 21,
							 22,
							 23,
							 24,
							 25,
							 26,
							 1,
							 2,
							 3,
							 4,
							 { "tail!", 5 },
							 0,
							 0,
							 0 };
	struct eyas_fd_entry fd = { .fd = 3,
				    .ino = 50,
				    .kind = EYAS_FD_FILE_V2,
				    .open_flags = 1,
				    .dev = 8,
				    .name = { "/etc", 4 } };
	struct eyas_fd_entry sock = { .fd = 4,
				      .ino = 51,
				      .kind = EYAS_FD_IPV6_SOCK,
				      .l4 = 2,
				      .src = { 1, [15] = 2 },
				      .dst = { 3, [15] = 4 },
				      .sport = 1234,
				      .dport = 80 };
	struct eyas_fd_entry unix_sock = { .fd = 5,
					   .ino = 52,
					   .kind = EYAS_FD_UNIX,
					   .unix_src = 5,
					   .unix_dst = 6,
					   .name = { "/x", 2 } };
	struct eyas_fd_entry odd = { .fd = 6, .ino = 53, .kind = 99, .tail = { "raw", 3 } };
	const char *path = raw_path("w.scap");
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };
	struct eyas_loader l;
	struct eyas_writer *writer;
	struct eyas_encoder enc;
	struct eyas_event event;
	uint8_t buf[64];
	int len;

	CHECK_INT(eyas_writer_open(path, NULL, &writer, NULL), 0);
	eyas_writer_loader(writer, &l);
	CHECK_INT(l.machine(l.ctx, &machine), 0);
	CHECK_INT(l.iface(l.ctx, &iface), 0);
	CHECK_INT(l.user(l.ctx, &user), 0);
	CHECK_INT(l.group(l.ctx, &group), 0);
	CHECK_INT(l.thread(l.ctx, &thread), 0);
	CHECK_INT(l.fd_list(l.ctx, 1), 0);
	CHECK_INT(l.fd(l.ctx, 1, &fd), 0);
	CHECK_INT(l.fd(l.ctx, 1, &sock), 0);
	CHECK_INT(l.fd(l.ctx, 1, &unix_sock), 0);
	CHECK_INT(l.fd(l.ctx, 1, &odd), 0);
	CHECK_INT(l.fd_list(l.ctx, 2), 0);
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_CLOSE_X, 5, 1);
	eyas_put_int(&enc, 0);
	eyas_put_int(&enc, 3);
	len = eyas_encoder_end(&enc);
	CHECK(len > 0);
	CHECK_INT(eyas_event_view(buf, (size_t)len, &event, NULL), 0);
	event.cpu = 2;
	event.flags = EYAS_EVENT_STATE_ONLY;
	CHECK_INT(eyas_writer_event(writer, &event, NULL), 0);
	CHECK_INT(eyas_writer_close(writer, NULL), 0);
	read_files(&diary, NULL, &path, 1);
	is(&diary, EYAS_E_END,
	   "section\n"
	   "machine cpus=4 mem=5 pid=6 host=host boot=7 flags=8 9 10\n"
	   "iface 2 eth0 1.2 3.4 5.6 77\n"
	   "user 1 2 root /root sh\n"
	   "group 3 wheel\n"
	   "thread 1 2 3 -4 5 6 7 -8 comm exe /exe a /cwd E cpu=/ /\n"
	   " 9 10 11 12 13 14 15 16 17 18 19 20 15 16 17\n"
	   " 24 25 26 1 2 3 4 'tail!'\n"
	   "fds of 1\n"
	   "fd 1 3 kind=16 ino=50 /etc l4=0 0.0:0 0.0:0 0 0 1 8 ''\n"
	   "fd 1 4 kind=4 ino=51  l4=2 1.2:1234 3.4:80 0 0 0 0 ''\n"
	   "fd 1 5 kind=8 ino=52 /x l4=0 0.0:0 0.0:0 5 6 0 0 ''\n"
	   "fd 1 6 kind=99 ino=53  l4=0 0.0:0 0.0:0 0 0 0 0 'raw'\n"
	   "fds of 2\n"
	   "1 SYSCALL_CLOSE_X t=5 tid=1 cpu=2 state\n");
	CHECK_INT(diary.stats.machines, 1);
	CHECK_INT(diary.stats.ifaces, 1);
	CHECK_INT(diary.stats.users, 1);
	CHECK_INT(diary.stats.groups, 1);
	CHECK_INT(diary.stats.threads, 1);
	CHECK_INT(diary.stats.fd_lists, 2);
	CHECK_INT(diary.stats.fds, 4);
	CHECK_INT(diary.stats.entries_longer, 2);
	CHECK_INT(diary.stats.thread_version, 9);
	CHECK_INT(diary.stats.event_version, 2);
	CHECK_INT(diary.stats.version_major, 1);
	CHECK_INT(diary.stats.version_minor, 2);
	CHECK_INT(diary.stats.sections, 1);
	CHECK_INT(diary.stats.damaged, 0);
	CHECK_INT(diary.stats.compression, EYAS_COMPRESS_NONE);
	done(&diary, &capture);
}

/* Lists of the first tools have no lengths, and fields they lack have their defaults. */
TEST(lists_without_lengths)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };
	size_t at;
	unsigned i;

	raw_section(&capture);
	at = raw_begin(&capture, 0x205);
	for (i = 0; i < 2; i++) {
		raw_u16(&capture, 3);
		raw_u16(&capture, 2);
		raw_u32(&capture, 10);
		raw_u32(&capture, 255);
		raw_u32(&capture, 11);
		eyas_str_puts(&capture, i ? "e1" : "lo");
	}
	raw_end(&capture, at);
	at = raw_begin(&capture, 0x8012abcd);
	raw_u8(&capture, 1);
	raw_u32(&capture, 5);
	raw_str(&capture, "g");
	raw_u8(&capture, 0);
	raw_u32(&capture, 6);
	raw_u32(&capture, 7);
	raw_str(&capture, "u");
	raw_str(&capture, "");
	raw_str(&capture, "s");
	raw_end(&capture, at);
	at = raw_begin(&capture, 0x202);
	for (i = 0; i < 2; i++) {
		raw_u64(&capture, 1 + i);
		raw_u64(&capture, 1);
		raw_u64(&capture, 0);
		raw_str(&capture, "c");
		raw_str(&capture, "e");
		raw_str(&capture, "a");
		raw_str(&capture, "w");
		raw_u64(&capture, 100);
		raw_u32(&capture, 1);
		raw_u32(&capture, 2);
		raw_u32(&capture, 3);
	}
	raw_end(&capture, at);
	at = raw_begin(&capture, 0x203);
	raw_u64(&capture, 1);
	raw_u64(&capture, 0);
	raw_u64(&capture, 9);
	raw_u8(&capture, EYAS_FD_FIFO);
	raw_str(&capture, "p");
	raw_u64(&capture, 1);
	raw_u64(&capture, 8);
	raw_u8(&capture, EYAS_FD_IPV4_SERVER);
	raw_u32(&capture, 127);
	raw_u16(&capture, 80);
	raw_u8(&capture, 2);
	raw_end(&capture, at);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_END,
	   "section\n"
	   "iface 3 lo 10.0 255.0 11.0 0\n"
	   "iface 3 e1 10.0 255.0 11.0 0\n"
	   "group 5 g\n"
	   "user 6 7 u  s\n"
	   "thread 1 1 0 -1 -1 -1 -1 -1 c e  a w   \n"
	   " 100 1 2 3 0 0 0 0 0 0 0 -1 0 0 0\n"
	   " 0 0 0 0 0 0 0 ''\n"
	   "thread 2 1 0 -1 -1 -1 -1 -1 c e  a w   \n"
	   " 100 1 2 3 0 0 0 0 0 0 0 -1 0 0 0\n"
	   " 0 0 0 0 0 0 0 ''\n"
	   "fds of 1\n"
	   "fd 1 0 kind=7 ino=9 p l4=0 0.0:0 0.0:0 0 0 0 0 ''\n"
	   "fd 1 1 kind=5 ino=8  l4=2 127.0:80 0.0:0 0 0 0 0 ''\n");
	CHECK_INT(diary.stats.thread_version, 1);
	CHECK_INT(diary.stats.damaged, 0);
	done(&diary, &capture);
}

TEST(a_loader_may_stop_the_reading)
{
	static const char *const functions[] = { "section", "machine", "iface",	  "user",
						 "group",   "thread",  "fd_list", "fd" };
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };
	const char *paths[2];
	size_t all;
	unsigned i;

	full_capture(&capture);
	read_raw(&diary, &capture);
	CHECK_INT(diary.res, EYAS_E_END);
	CHECK_INT(diary.stats.events_delivered, 1);
	CHECK_INT(diary.stats.damaged, 0);
	CHECK(diary.stats.machines && diary.stats.ifaces && diary.stats.users &&
	      diary.stats.groups && diary.stats.threads && diary.stats.fds);
	all = diary.text.len;
	/* The second file is not begun. */
	paths[0] = paths[1] = raw_path("x.scap");
	for (i = 0; i < 8; i++) {
		diary.stop_at = functions[i];
		diary.stop_with = -1000 - (int)i;
		read_files(&diary, NULL, paths, 2);
		CHECK_INT(diary.res, -1000 - (int)i);
		CHECK_INT(diary.err.code, 0);
		CHECK_INT(diary.stats.events_delivered, 0);
		CHECK_INT(diary.stats.sections, 1);
		CHECK(diary.text.len < all);
	}
	/* Only negative values stop. */
	for (i = 0; i < 8; i++) {
		diary.stop_at = functions[i];
		diary.stop_with = 1;
		read_files(&diary, NULL, paths, 1);
		CHECK_INT(diary.res, EYAS_E_END);
		CHECK_INT(diary.text.len, all);
		CHECK_INT(diary.stats.events_delivered, 1);
	}
	done(&diary, &capture);
}

TEST(loader_functions_may_be_absent)
{
	struct eyas_loader loader = { NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL };
	struct eyas_source_opts opts = { .size = sizeof(opts), .loader = &loader };
	struct eyas_str capture = EYAS_STR_INIT;
	const char *path;
	struct diary diary = { 0 };

	full_capture(&capture);
	path = raw_store("x.scap", capture.data, capture.len);
	read_files(&diary, &opts, &path, 1);
	is(&diary, EYAS_E_END, "1 SYSCALL_CLOSE_X t=5 tid=1 cpu=0\n");
	CHECK_INT(diary.stats.fds, 1);
	opts.loader = NULL;
	read_files(&diary, &opts, &path, 1);
	is(&diary, EYAS_E_END, "1 SYSCALL_CLOSE_X t=5 tid=1 cpu=0\n");
	CHECK_INT(diary.stats.fds, 1);
	done(&diary, &capture);
}
