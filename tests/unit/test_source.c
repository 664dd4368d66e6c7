/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading captures from the outside: one file, several in a row or merged, compressed, cut,
 * damaged, from a pipe. Captures are made byte by byte (rawcap.h) or by the library's writer;
 * all that a source says while it reads is written down in one string and compared.
 */
#include "unit/rawcap.h"
#include "unit/squeeze.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include <eyas/capture.h>

#define S UINT64_C(1000000000)

/* ---- what a source says ---- */

struct diary {
	struct eyas_str text; /* NUL-terminated by read_files() */
	struct eyas_source_stats stats;
	struct eyas_err err;
	int res;	     /* what ended the reading */
	const char *stop_at; /* loader function that returns stop_with */
	int stop_with;
};

static void note(struct diary *diary, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void note(struct diary *diary, const char *fmt, ...)
{
	char line[700];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	eyas_str_puts(&diary->text, line);
	eyas_str_putc(&diary->text, '\n');
}

static int answer(const struct diary *diary, const char *function)
{
	return diary->stop_at && !strcmp(diary->stop_at, function) ? diary->stop_with : 0;
}

#define BYTES(b) (int)(b).len, (b).data

static int on_section(void *ctx)
{
	note(ctx, "section");
	return answer(ctx, "section");
}

static int on_machine(void *ctx, const struct eyas_machine *m)
{
	note(ctx, "machine cpus=%u mem=%llu pid=%llu host=%s boot=%llu flags=%llu %llu %llu",
	     m->num_cpus, (unsigned long long)m->memory_bytes, (unsigned long long)m->max_pid,
	     m->hostname, (unsigned long long)m->boot_ts_ns, (unsigned long long)m->flags,
	     (unsigned long long)m->reserved[0], (unsigned long long)m->reserved[1]);
	return answer(ctx, "machine");
}

static int on_iface(void *ctx, const struct eyas_iface *f)
{
	note(ctx, "iface %u %.*s %u.%u %u.%u %u.%u %llu", f->type, BYTES(f->name), f->addr[0],
	     f->addr[15], f->mask[0], f->mask[15], f->bcast[0], f->bcast[15],
	     (unsigned long long)f->linkspeed);
	return answer(ctx, "iface");
}

static int on_user(void *ctx, const struct eyas_user *u)
{
	note(ctx, "user %u %u %.*s %.*s %.*s", u->uid, u->gid, BYTES(u->name), BYTES(u->home),
	     BYTES(u->shell));
	return answer(ctx, "user");
}

static int on_group(void *ctx, const struct eyas_group *g)
{
	note(ctx, "group %u %.*s", g->gid, BYTES(g->name));
	return answer(ctx, "group");
}

static int on_thread(void *ctx, const struct eyas_thread_entry *t)
{
	note(ctx,
	     "thread %llu %llu %llu %lld %lld %lld %lld %lld %.*s %.*s %.*s %.*s %.*s %.*s %.*s "
	     "%.*s",
	     (unsigned long long)t->tid, (unsigned long long)t->pid, (unsigned long long)t->ptid,
	     (long long)t->sid, (long long)t->vpgid, (long long)t->pgid, (long long)t->vtid,
	     (long long)t->vpid, BYTES(t->comm), BYTES(t->exe), BYTES(t->exepath), BYTES(t->args),
	     BYTES(t->cwd), BYTES(t->env), BYTES(t->cgroups), BYTES(t->root));
	note(ctx, " %llu %u %u %u %u %u %u %llu %llu %llu %u %d %llx %llx %llx",
	     (unsigned long long)t->fdlimit, t->flags, t->uid, t->gid, t->vmsize_kb, t->vmrss_kb,
	     t->vmswap_kb, (unsigned long long)t->pfmajor, (unsigned long long)t->pfminor,
	     (unsigned long long)t->pidns_init_start_ts_ns, t->tty, (int)t->loginuid,
	     (unsigned long long)t->cap_inheritable, (unsigned long long)t->cap_permitted,
	     (unsigned long long)t->cap_effective);
	note(ctx, " %llu %llu %llu %u %u %u %u '%.*s'", (unsigned long long)t->exe_ino,
	     (unsigned long long)t->exe_ino_ctime_ns, (unsigned long long)t->exe_ino_mtime_ns,
	     t->exe_writable, t->exe_upper_layer, t->exe_lower_layer, t->exe_from_memfd,
	     BYTES(t->tail));
	return answer(ctx, "thread");
}

static int on_fd_list(void *ctx, uint64_t tid)
{
	note(ctx, "fds of %llu", (unsigned long long)tid);
	return answer(ctx, "fd_list");
}

static int on_fd(void *ctx, uint64_t tid, const struct eyas_fd_entry *f)
{
	note(ctx,
	     "fd %llu %lld kind=%u ino=%llu %.*s l4=%u %u.%u:%u %u.%u:%u %llx %llx %x %x '%.*s'",
	     (unsigned long long)tid, (long long)f->fd, f->kind, (unsigned long long)f->ino,
	     BYTES(f->name), f->l4, f->src[0], f->src[15], f->sport, f->dst[0], f->dst[15],
	     f->dport, (unsigned long long)f->unix_src, (unsigned long long)f->unix_dst,
	     f->open_flags, f->dev, BYTES(f->tail));
	return answer(ctx, "fd");
}

/* Paths begin with a directory that is another one in every run. */
static void on_damage(void *ctx, const struct eyas_err *err)
{
	const char *name = strrchr(err->text, '/');

	CHECK(name && !strncmp(err->text, test_tmpdir(), strlen(test_tmpdir())));
	note(ctx, "damage %d at %llu: %s", err->code, (unsigned long long)err->offset, name + 1);
}

static struct eyas_source_opts opts_of(struct diary *diary, const struct eyas_loader *loader)
{
	return (struct eyas_source_opts){ .size = sizeof(struct eyas_source_opts),
					  .loader = loader,
					  .damage = on_damage,
					  .damage_ctx = diary };
}

static struct eyas_loader loader_of(struct diary *diary)
{
	return (struct eyas_loader){ diary,    on_section, on_machine, on_iface, on_user,
				     on_group, on_thread,  on_fd_list, on_fd };
}

static void note_event(struct diary *diary, const struct eyas_event *event)
{
	note(diary, "%llu %s t=%llu tid=%lld cpu=%u%s%s%s", (unsigned long long)event->num,
	     event->info->constant, (unsigned long long)event->ts_ns, (long long)event->tid,
	     event->cpu, event->flags & EYAS_EVENT_HIDDEN ? " hidden" : "",
	     event->flags & EYAS_EVENT_STATE_ONLY ? " state" : "",
	     event->flags & ~(uint32_t)(EYAS_EVENT_HIDDEN | EYAS_EVENT_STATE_ONLY) ? " ?" : "");
}

/* Read to the end; opts NULL = the defaults with the diary's loader. */
static void read_files(struct diary *diary, const struct eyas_source_opts *opts,
		       const char *const *paths, size_t count)
{
	struct eyas_loader loader = loader_of(diary);
	struct eyas_source_opts own = opts_of(diary, &loader);
	const struct eyas_event *event;
	struct eyas_source *source;

	memset(&diary->err, 0, sizeof(diary->err));
	if (eyas_source_open_files(paths, count, opts ? opts : &own, &source, &diary->err))
		test_fail(__FILE__, __LINE__, "%s", diary->err.text);
	/* The options were copied. */
	memset(&loader, 0xee, sizeof(loader));
	memset(&own, 0xee, sizeof(own));
	diary->text.len = 0;
	while ((diary->res = eyas_source_next(source, &event, &diary->err)) == 1)
		note_event(diary, event);
	eyas_source_stats(source, &diary->stats);
	eyas_source_close(source);
	eyas_str_putc(&diary->text, '\0');
	CHECK(!diary->text.nomem);
}

static void read_raw(struct diary *diary, const struct eyas_str *capture)
{
	const char *path = raw_store("x.scap", capture->data, capture->len);

	read_files(diary, NULL, &path, 1);
}

static void is(const struct diary *diary, int res, const char *text)
{
	CHECK_STR(diary->text.data, text);
	if (diary->res != res)
		test_fail(__FILE__, __LINE__, "ends with %d, not %d: %s", diary->res, res,
			  diary->err.text);
	if (res != EYAS_E_END && diary->err.code)
		CHECK_INT(diary->err.code, res);
}

static void done(struct diary *diary, struct eyas_str *capture)
{
	eyas_str_fini(&diary->text);
	eyas_str_fini(capture);
}

/* ---- order and fields ---- */

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
							 { "tail!", 5 } };
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

static void machine_block(struct eyas_str *out)
{
	size_t at = raw_begin(out, 0x201);

	raw_u32(out, 4);
	eyas_str_zero(out, 176);
	raw_end(out, at);
}

/* Everything a loader can be told, once. */
static void full_capture(struct eyas_str *out)
{
	size_t at;

	raw_section(out);
	machine_block(out);
	at = raw_begin(out, 0x219);
	raw_u32(out, 2 + 2 + 12 + 8 + 1);
	raw_u16(out, 1);
	raw_u16(out, 1);
	eyas_str_zero(out, 20);
	eyas_str_puts(out, "i");
	raw_end(out, at);
	at = raw_begin(out, 0x220);
	raw_u32(out, 4 + 1 + 8 + 6);
	eyas_str_zero(out, 15);
	raw_u32(out, 4 + 1 + 4 + 2);
	raw_u8(out, 1);
	eyas_str_zero(out, 6);
	raw_end(out, at);
	at = raw_begin(out, 0x214);
	eyas_str_zero(out, 5 * 8 + 5 * 2 + 8 + 3 * 4 + 3 * 4 + 2 * 8 + 2 + 2 * 8 + 2 + 2);
	raw_end(out, at);
	at = raw_begin(out, 0x218);
	raw_u64(out, 1);
	raw_u32(out, 4 + 8 + 8 + 1 + 2);
	eyas_str_zero(out, 16);
	raw_u8(out, EYAS_FD_EVENT);
	raw_u16(out, 0);
	raw_end(out, at);
	raw_close(out, 5, 1, 3);
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

/* ---- sections and several files ---- */

TEST(sections_in_a_row)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };

	raw_section(&capture);
	machine_block(&capture);
	raw_empty(&capture, EYAS_EV_USER_ADDED_E, 0, 1, 1);
	raw_close(&capture, 2, 1, 3);
	raw_empty(&capture, EYAS_EV_SYSCALL_CLOSE_E, 1, 2, 7);
	raw_section(&capture);
	machine_block(&capture);
	/* State in front of the second one is state as well. */
	raw_empty(&capture, EYAS_EV_USER_ADDED_E, 0, 3, 1);
	/* And the enter event of the first is forgotten. */
	raw_empty(&capture, EYAS_EV_SYSCALL_CLOSE_X, 1, 4, 7);
	raw_empty(&capture, EYAS_EV_USER_ADDED_E, 0, 5, 1);
	raw_section(&capture);
	raw_close(&capture, 6, 1, 3);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_END,
	   "section\n"
	   "machine cpus=4 mem=0 pid=0 host= boot=0 flags=0 0 0\n"
	   "1 USER_ADDED_E t=1 tid=1 cpu=0 hidden\n"
	   "2 SYSCALL_CLOSE_X t=2 tid=1 cpu=0\n"
	   "section\n"
	   "machine cpus=4 mem=0 pid=0 host= boot=0 flags=0 0 0\n"
	   "3 USER_ADDED_E t=3 tid=1 cpu=0 hidden\n"
	   "4 SYSCALL_CLOSE_X t=4 tid=7 cpu=0\n"
	   "5 USER_ADDED_E t=5 tid=1 cpu=0\n"
	   "section\n"
	   "6 SYSCALL_CLOSE_X t=6 tid=1 cpu=0\n");
	CHECK_INT(diary.stats.sections, 3);
	CHECK_INT(diary.stats.events, 7);
	CHECK_INT(diary.stats.events_stored, 1);
	CHECK_INT(diary.stats.enters_missing, 1);
	CHECK_INT(diary.stats.blocks, 12);
	done(&diary, &capture);
}

/* A capture of so many close events, one each second from start_s on. */
static const char *close_file(const char *name, unsigned count, uint64_t start_s, uint64_t tid,
			      bool cut)
{
	struct eyas_str capture = EYAS_STR_INIT;
	const char *path;
	unsigned i;

	raw_section(&capture);
	for (i = 0; i < count; i++)
		raw_close(&capture, (start_s + i) * S, tid, (int64_t)i);
	path = raw_store(name, capture.data, capture.len - (cut ? 3 : 0));
	eyas_str_fini(&capture);
	return path;
}

TEST(files_in_a_row)
{
	struct eyas_str none = EYAS_STR_INIT;
	struct diary diary = { 0 };
	const char *paths[3];

	paths[0] = close_file("a", 2, 100, 1, false);
	paths[1] = close_file("b", 1, 50, 2, false);
	paths[2] = close_file("c", 1, 100, 3, false);
	read_files(&diary, NULL, paths, 3);
	is(&diary, EYAS_E_END,
	   "section\n"
	   "1 SYSCALL_CLOSE_X t=100000000000 tid=1 cpu=0\n"
	   "2 SYSCALL_CLOSE_X t=101000000000 tid=1 cpu=0\n"
	   "section\n"
	   "3 SYSCALL_CLOSE_X t=50000000000 tid=2 cpu=0\n"
	   "section\n"
	   "4 SYSCALL_CLOSE_X t=100000000000 tid=3 cpu=0\n");
	CHECK_INT(diary.stats.sections, 3);
	CHECK_INT(diary.stats.events, 4);
	done(&diary, &none);
}

TEST(files_merged_by_time)
{
	struct eyas_str none = EYAS_STR_INIT;
	struct diary diary = { 0 };
	struct eyas_loader loader = loader_of(&diary);
	struct eyas_source_opts opts = opts_of(&diary, &loader);
	const char *paths[4];

	/* Equal times: as the files were named, and in a file as they were. */
	paths[0] = close_file("a", 3, 101, 1, false);
	paths[1] = close_file("b", 4, 100, 2, false);
	paths[2] = close_file("c", 0, 0, 3, false);
	paths[3] = close_file("d", 2, 102, 4, false);
	opts.merge = 1;
	read_files(&diary, &opts, paths, 4);
	is(&diary, EYAS_E_END,
	   "section\n"
	   "1 SYSCALL_CLOSE_X t=100000000000 tid=2 cpu=0\n"
	   "2 SYSCALL_CLOSE_X t=101000000000 tid=1 cpu=0\n"
	   "3 SYSCALL_CLOSE_X t=101000000000 tid=2 cpu=0\n"
	   "4 SYSCALL_CLOSE_X t=102000000000 tid=1 cpu=0\n"
	   "5 SYSCALL_CLOSE_X t=102000000000 tid=2 cpu=0\n"
	   "6 SYSCALL_CLOSE_X t=102000000000 tid=4 cpu=0\n"
	   "7 SYSCALL_CLOSE_X t=103000000000 tid=1 cpu=0\n"
	   "8 SYSCALL_CLOSE_X t=103000000000 tid=2 cpu=0\n"
	   "9 SYSCALL_CLOSE_X t=103000000000 tid=4 cpu=0\n");
	CHECK_INT(diary.stats.sections, 4);
	CHECK_INT(diary.stats.events_delivered, 9);
	/* One file is a merge, too. */
	read_files(&diary, &opts, paths, 1);
	CHECK_INT(diary.stats.events_delivered, 3);
	done(&diary, &none);
}

/* Many files whose events have few different times: the order is that of a stable sort. */
TEST(a_large_merge_is_stable)
{
	enum { FILES = 40, EVENTS = 25 };
	struct eyas_source_opts opts = { .size = sizeof(opts), .merge = 1 };
	const struct eyas_event *event;
	const char *paths[FILES];
	struct eyas_source *source;
	uint64_t last_ts = 0, last_file = 0, last_fd[FILES] = { 0 }, n = 0, ts,
		 x = 88172645463325252u;
	struct eyas_str capture = EYAS_STR_INIT;
	char name[16], *copies[FILES];
	struct eyas_param param;
	int64_t fd;
	unsigned f, i;

	for (f = 0; f < FILES; f++) {
		capture.len = 0;
		raw_section(&capture);
		for (i = 0, ts = 1; i < EVENTS; i++) {
			raw_close(&capture, ts, f, i + 1);
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			ts += x % 3 == 0;
		}
		snprintf(name, sizeof(name), "f%u", f);
		copies[f] = strdup(raw_store(name, capture.data, capture.len));
		paths[f] = copies[f];
	}
	CHECK_INT(eyas_source_open_files(paths, FILES, &opts, &source, NULL), 0);
	while (eyas_source_next(source, &event, NULL) == 1) {
		n++;
		CHECK_INT(event->num, n);
		CHECK(event->ts_ns > last_ts ||
		      (event->ts_ns == last_ts && event->tid >= last_file));
		last_ts = event->ts_ns;
		last_file = event->tid;
		CHECK_INT(eyas_event_param(event, 1, &param), 1);
		CHECK_INT(eyas_param_int(&param, &fd), 0);
		CHECK_INT(fd, ++last_fd[event->tid]);
	}
	CHECK_INT(n, FILES * EVENTS);
	eyas_source_close(source);
	for (f = 0; f < FILES; f++)
		free(copies[f]);
	eyas_str_fini(&capture);
}

TEST(a_broken_file_among_others)
{
	struct eyas_str none = EYAS_STR_INIT;
	struct diary diary = { 0 };
	struct eyas_loader loader = loader_of(&diary);
	struct eyas_source_opts opts = opts_of(&diary, &loader);
	const char *paths[4];

	paths[0] = close_file("a", 1, 100, 1, false);
	paths[1] = close_file("b", 2, 101, 2, true);
	paths[2] = close_file("c", 1, 103, 3, false);
	read_files(&diary, NULL, paths, 3);
	is(&diary, EYAS_E_TRUNC,
	   "section\n"
	   "1 SYSCALL_CLOSE_X t=100000000000 tid=1 cpu=0\n"
	   "section\n"
	   "2 SYSCALL_CLOSE_X t=101000000000 tid=2 cpu=0\n"
	   "section\n"
	   "3 SYSCALL_CLOSE_X t=103000000000 tid=3 cpu=0\n");
	CHECK(strstr(diary.err.text, "/b: offset 88: event block of 60 bytes, but the input ends "
				     "after 57 of them"));
	CHECK_INT(diary.stats.damaged, 0);
	opts.merge = 1;
	read_files(&diary, &opts, paths, 3);
	CHECK_INT(diary.res, EYAS_E_TRUNC);
	CHECK(strstr(diary.err.text, "/b: offset 88"));
	CHECK_INT(diary.stats.events_delivered, 3);
	/* Two of them: the first one is told as damage. */
	paths[3] = raw_store("d", "no capture", 10);
	read_files(&diary, NULL, paths, 4);
	CHECK_INT(diary.res, EYAS_E_FORMAT);
	CHECK(strstr(diary.err.text, "/d: offset 0: not a capture"));
	CHECK_INT(diary.stats.damaged, 1);
	CHECK_INT(diary.stats.events_delivered, 3);
	CHECK(strstr(diary.text.data, "damage -4097 at 88: b: offset 88"));
	/* A later one that is not there. */
	paths[1] = raw_path("none");
	read_files(&diary, NULL, paths, 3);
	CHECK_INT(diary.res, -ENOENT);
	CHECK(strstr(diary.err.text, "/none: cannot open: No such file or directory"));
	CHECK_INT(diary.stats.events_delivered, 2);
	done(&diary, &none);
}

/* ---- which events are hidden ---- */

static void prologue_capture(struct eyas_str *out)
{
	raw_section(out);
	raw_empty(out, EYAS_EV_CONTAINER_JSON_2_E, 1, 0, 1);
	raw_empty(out, EYAS_EV_USER_ADDED_E, 6, 1, 1);
	raw_empty(out, EYAS_EV_GROUP_ADDED_E, 3, 1, 1);
	raw_empty(out, EYAS_EV_SYSCALL_OPEN_E, 3, 2, 1);
	raw_empty(out, EYAS_EV_SOCKET_CONNECT_E, 2, 3, 1);
	raw_empty(out, EYAS_EV_SYSCALL_EXECVE_19_E, 1, 4, 1);
	raw_empty(out, EYAS_EV_SYSCALL_CLOSE_X, 2, 5, 1);
	raw_empty(out, EYAS_EV_USER_ADDED_E, 6, 6, 1);
	raw_empty(out, EYAS_EV_PROCEXIT_1_E, 5, 7, 1);
	raw_empty(out, EYAS_EV_SYSCALL_READ_E, 2, 8, 1);
}

TEST(state_and_enter_events_are_hidden)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };
	struct eyas_source_opts opts = { .size = sizeof(opts), .raw_schema = 1 };
	const char *path;

	prologue_capture(&capture);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_END,
	   "section\n"
	   "1 CONTAINER_JSON_2_E t=0 tid=1 cpu=0 hidden\n"
	   "2 USER_ADDED_E t=1 tid=1 cpu=0 hidden\n"
	   "3 GROUP_ADDED_E t=1 tid=1 cpu=0 hidden\n"
	   "4 SYSCALL_OPEN_E t=2 tid=1 cpu=0 hidden\n"
	   "5 SOCKET_CONNECT_E t=3 tid=1 cpu=0 hidden\n"
	   "6 SYSCALL_EXECVE_19_E t=4 tid=1 cpu=0 hidden\n"
	   "7 SYSCALL_CLOSE_X t=5 tid=1 cpu=0\n"
	   "8 USER_ADDED_E t=6 tid=1 cpu=0\n"
	   "9 PROCEXIT_1_E t=7 tid=1 cpu=0\n");
	CHECK_INT(diary.stats.events, 10);
	CHECK_INT(diary.stats.events_delivered, 9);
	CHECK_INT(diary.stats.events_stored, 1);
	/* As stored: enter events are events like all others, the prologue is none. */
	path = raw_path("x.scap");
	read_files(&diary, &opts, &path, 1);
	is(&diary, EYAS_E_END,
	   "1 CONTAINER_JSON_2_E t=0 tid=1 cpu=0 hidden\n"
	   "2 USER_ADDED_E t=1 tid=1 cpu=0 hidden\n"
	   "3 GROUP_ADDED_E t=1 tid=1 cpu=0 hidden\n"
	   "4 SYSCALL_OPEN_E t=2 tid=1 cpu=0\n"
	   "5 SOCKET_CONNECT_E t=3 tid=1 cpu=0\n"
	   "6 SYSCALL_EXECVE_19_E t=4 tid=1 cpu=0\n"
	   "7 SYSCALL_CLOSE_X t=5 tid=1 cpu=0\n"
	   "8 USER_ADDED_E t=6 tid=1 cpu=0\n"
	   "9 PROCEXIT_1_E t=7 tid=1 cpu=0\n"
	   "10 SYSCALL_READ_E t=8 tid=1 cpu=0\n");
	CHECK_INT(diary.stats.events_stored, 0);
	done(&diary, &capture);
}

TEST(raw_schema_changes_nothing)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct eyas_source_opts opts = { .size = sizeof(opts), .raw_schema = 1 };
	struct diary diary = { 0 };
	const char *path;

	raw_section(&capture);
	raw_empty(&capture, EYAS_EV_SYSCALL_EXECVE_8_X, 8, 1, 1);
	raw_empty(&capture, EYAS_EV_SYSCALL_CLOSE_X, 0, 2, 1);
	raw_empty(&capture, EYAS_EV_PROCEXIT_X, 0, 3, 1);
	path = raw_store("x.scap", capture.data, capture.len);
	read_files(&diary, &opts, &path, 1);
	is(&diary, EYAS_E_END,
	   "1 SYSCALL_EXECVE_8_X t=1 tid=1 cpu=0\n"
	   "2 SYSCALL_CLOSE_X t=2 tid=1 cpu=0\n"
	   "3 PROCEXIT_X t=3 tid=1 cpu=0\n");
	CHECK_INT(diary.stats.events_converted + diary.stats.events_dropped, 0);
	/* Converted, one is of a version that never was, and one has no meaning. */
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_END,
	   "section\n"
	   "1 SYSCALL_EXECVE_19_X t=1 tid=1 cpu=0\n"
	   "damage -4098 at 84: x.scap: offset 84: no version of close event (SYSCALL_CLOSE_X) "
	   "ever "
	   "had 0 parameters\n");
	CHECK_INT(diary.stats.events_dropped, 1);
	CHECK_INT(diary.stats.damaged, 1);
	done(&diary, &capture);
}

/* ---- what a newer writer stored ---- */

TEST(newer_and_longer_things_are_counted)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };
	size_t at;

	raw_section(&capture);
	at = raw_begin(&capture, 0x300);
	eyas_str_zero(&capture, 70000);
	raw_end(&capture, at);
	at = raw_begin(&capture, 0x201);
	eyas_str_zero(&capture, 188);
	raw_end(&capture, at);
	/* An interface of an unknown type, then one that is known. */
	at = raw_begin(&capture, 0x219);
	raw_u32(&capture, 9);
	raw_u16(&capture, 7);
	raw_u16(&capture, 0);
	eyas_str_zero(&capture, 5);
	raw_u32(&capture, 4 + 20 + 1);
	raw_u16(&capture, 1);
	raw_u16(&capture, 1);
	eyas_str_zero(&capture, 20);
	eyas_str_puts(&capture, "i");
	raw_end(&capture, at);
	raw_empty(&capture, EYAS_EVENT_TYPES, 0, 1, 1);
	raw_empty(&capture, 60000, 3, 1, 1);
	raw_empty(&capture, EYAS_EV_SYSCALL_CLOSE_X, 5, 2, 1);
	at = raw_begin(&capture, 0x300);
	raw_end(&capture, at);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_END,
	   "section\n"
	   "machine cpus=0 mem=0 pid=0 host= boot=0 flags=0 0 0\n"
	   "iface 1 i 0.0 0.0 0.0 0\n"
	   "1 SYSCALL_CLOSE_X t=2 tid=1 cpu=0\n");
	CHECK_INT(diary.stats.events, 3);
	CHECK_INT(diary.stats.events_newer, 2);
	CHECK_INT(diary.stats.events_longer, 1);
	CHECK_INT(diary.stats.blocks_skipped, 2);
	CHECK_INT(diary.stats.entries_longer, 2);
	CHECK_INT(diary.stats.damaged, 0);
	done(&diary, &capture);
}

/* Options behind the section's fields, a newer minor version; a newer major one is refused. */
TEST(section_headers)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };
	size_t at = raw_begin(&capture, 0x0a0d0d0a);

	raw_u32(&capture, 0x1a2b3c4d);
	raw_u16(&capture, 1);
	raw_u16(&capture, 9);
	raw_u64(&capture, 0);
	eyas_str_puts(&capture, "some options, not aligned");
	raw_end(&capture, at);
	raw_close(&capture, 1, 1, 1);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_END, "section\n1 SYSCALL_CLOSE_X t=1 tid=1 cpu=0\n");
	CHECK_INT(diary.stats.version_minor, 9);
	capture.data[12] = 2;
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_VERSION, "");
	CHECK(strstr(diary.err.text, "x.scap: offset 12: capture format 2.9"));
	memcpy(capture.data + 8, "\x1a\x2b\x3c\x4d", 4);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_FORMAT, "");
	CHECK(strstr(diary.err.text, "big-endian"));
	memcpy(capture.data + 8, "abcd", 4);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_FORMAT, "");
	CHECK(strstr(diary.err.text, "magic is 0x64636261, expected 0x1a2b3c4d"));
	done(&diary, &capture);
}

/* ---- damage ---- */

/* Reported with its place; what follows is read as if nothing had been. */
TEST(damage_inside_a_block_is_survived)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };
	size_t at;

	raw_section(&capture); /* 28 */
	/* An entry that says it reaches out of its block, one shorter than its fields. */
	at = raw_begin(&capture, 0x220); /* 28, 20 bytes */
	raw_u32(&capture, 400);
	raw_u32(&capture, 0);
	raw_end(&capture, at);
	at = raw_begin(&capture, 0x218); /* 48, 40 bytes */
	raw_u64(&capture, 1);
	raw_u32(&capture, 10);
	eyas_str_zero(&capture, 16);
	raw_end(&capture, at);
	at = raw_begin(&capture, 0x203); /* 88, 40 bytes: no lengths, and the name is too long */
	raw_u64(&capture, 2);
	eyas_str_zero(&capture, 16);
	raw_u8(&capture, EYAS_FD_FIFO);
	raw_u16(&capture, 500);
	raw_end(&capture, at);
	raw_close(&capture, 1, 1, 1); /* 128, 60 bytes */
	capture.data[capture.len - 4] ^= 4;
	raw_close(&capture, 2, 1, 1);			/* 188 */
	capture.data[capture.len - 60 + 10 + 26] = 7;	/* res has 7 bytes */
	raw_close(&capture, 3, 1, 1);			/* 248 */
	capture.data[capture.len - 60 + 10 + 22] = 100; /* so many parameters */
	raw_close(&capture, 4, 1, 1);			/* 308 */
	at = raw_begin(&capture, 0x216);		/* 368, 12 bytes: not even a header */
	raw_end(&capture, at);
	machine_block(&capture); /* 380, 192 bytes */
	raw_close(&capture, 5, 1, 1);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_END,
	   "section\n"
	   "damage -4098 at 36: x.scap: offset 36: list entry with a length outside its block; the "
	   "rest of its list is skipped\n"
	   "fds of 1\n"
	   "damage -4098 at 64: x.scap: offset 64: list entry shorter than its fields; the rest of "
	   "its list is skipped\n"
	   "fds of 2\n"
	   "damage -4098 at 104: x.scap: offset 104: list entry reaches beyond its block; the rest "
	   "of its list is skipped\n"
	   "damage -4098 at 184: x.scap: offset 184: block ends with length 56, it began with 60\n"
	   "1 SYSCALL_CLOSE_X t=1 tid=1 cpu=0\n"
	   "damage -4101 at 188: x.scap: offset 188: parameter res of close event has 7 bytes, "
	   "type "
	   "ERRNO takes 8\n"
	   "damage -4097 at 248: x.scap: offset 248: close event says it has 100 parameters, too "
	   "many for its 46 bytes\n"
	   "2 SYSCALL_CLOSE_X t=4 tid=1 cpu=0\n"
	   "damage -4098 at 368: x.scap: offset 368: event block of 12 bytes, expected 14 to "
	   "134217728\n"
	   "damage -4098 at 380: x.scap: offset 380: metadata (block type 0x201) behind events, "
	   "expected an event or a section header\n"
	   "3 SYSCALL_CLOSE_X t=5 tid=1 cpu=0\n");
	CHECK_INT(diary.stats.damaged, 8);
	CHECK_INT(diary.stats.events_delivered, 3);
	done(&diary, &capture);
}

TEST(a_broken_chain_of_blocks_ends_the_file)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };

	read_raw(&diary, &capture);
	is(&diary, EYAS_E_TRUNC, "");
	CHECK(strstr(diary.err.text, "the input is empty"));
	raw_close(&capture, 1, 1, 1);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_FORMAT, "");
	CHECK(strstr(diary.err.text, "x.scap: offset 0: not a capture: begins with 0x00000216"));
	capture.len = 0;
	raw_section(&capture);
	raw_close(&capture, 1, 1, 1);
	raw_close(&capture, 2, 1, 1);
	eyas_put_le32(capture.data + 88 + 4, 7);
	read_raw(&diary, &capture);
	is(&diary, EYAS_E_FORMAT, "section\n1 SYSCALL_CLOSE_X t=1 tid=1 cpu=0\n");
	CHECK(strstr(diary.err.text, "x.scap: offset 92: block of 7 bytes, expected 12 or more"));
	CHECK_INT(diary.err.offset, 92);
	done(&diary, &capture);
}

/* Every length of a capture with all kinds of blocks: an end between blocks is one, others not. */
TEST(cut_anywhere)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };
	size_t len, all, next = 0, whole = 0;
	uint64_t blocks = 0;

	full_capture(&capture);
	raw_close(&capture, 6, 1, 3);
	all = capture.len;
	for (len = 1; len <= all; len++) {
		if (len > next) {
			whole = next;
			next += eyas_le32(capture.data + next + 4);
			blocks++;
		}
		capture.len = len;
		read_raw(&diary, &capture);
		if (len == next) {
			CHECK_INT(diary.res, EYAS_E_END);
			CHECK_INT(diary.stats.blocks, blocks);
			continue;
		}
		CHECK_INT(diary.res, EYAS_E_TRUNC);
		CHECK_INT(diary.err.code, EYAS_E_TRUNC);
		CHECK_INT(diary.err.offset, whole);
		CHECK(strstr(diary.err.text, "x.scap: offset "));
		CHECK(strstr(diary.err.text, "the input ends after"));
		CHECK_INT(diary.stats.events_delivered, len > all - 60 ? 1 : 0);
		CHECK_INT(diary.stats.damaged, 0);
	}
	CHECK_INT(diary.stats.events_delivered, 2);
	done(&diary, &capture);
}

/* ---- compressed ---- */

TEST(compressed_captures)
{
	static const enum eyas_compression how[] = { EYAS_COMPRESS_NONE, EYAS_COMPRESS_GZIP,
						     EYAS_COMPRESS_ZSTD, EYAS_COMPRESS_LZ4 };
	struct eyas_str capture = EYAS_STR_INIT, file = EYAS_STR_INIT;
	struct diary diary = { 0 };
	const char *path;
	char *want = NULL;
	unsigned i, k;

	full_capture(&capture);
	for (k = 0; k < 5000; k++)
		raw_close(&capture, k, k % 7, k);
	for (i = 0; i < 4; i++) {
		file.len = 0;
		squeeze(how[i], capture.data, capture.len, &file);
		path = raw_store("x.scap", file.data, file.len);
		read_files(&diary, NULL, &path, 1);
		CHECK_INT(diary.res, EYAS_E_END);
		CHECK_INT(diary.stats.events_delivered, 5001);
		CHECK_INT(diary.stats.compression, how[i]);
		CHECK_INT(diary.stats.bytes_in, file.len);
		CHECK_INT(diary.stats.bytes_total, file.len);
		CHECK_INT(diary.stats.bytes, capture.len);
		if (want)
			CHECK(!strcmp(want, diary.text.data));
		else
			want = strdup(diary.text.data);
		/* Two captures in one file, each compressed for itself. */
		squeeze(how[i], capture.data, capture.len, &file);
		path = raw_store("x.scap", file.data, file.len);
		read_files(&diary, NULL, &path, 1);
		CHECK_INT(diary.res, EYAS_E_END);
		CHECK_INT(diary.stats.events_delivered, 10002);
		CHECK_INT(diary.stats.sections, 2);
	}
	free(want);
	eyas_str_fini(&file);
	done(&diary, &capture);
}

TEST(compressed_and_cut_or_damaged)
{
	static const enum eyas_compression how[] = { EYAS_COMPRESS_GZIP, EYAS_COMPRESS_ZSTD,
						     EYAS_COMPRESS_LZ4 };
	struct eyas_str capture = EYAS_STR_INIT, file = EYAS_STR_INIT;
	struct eyas_source_opts opts = { .size = sizeof(opts) };
	struct diary diary = { 0 };
	uint64_t last, seen;
	const char *path;
	unsigned i, k;
	size_t len;

	raw_section(&capture);
	for (k = 0; k < 20000; k++)
		raw_close(&capture, k * UINT64_C(0x9e3779b97f4a7c15), k, k * 77777);
	for (i = 0; i < 3; i++) {
		file.len = 0;
		squeeze(how[i], capture.data, capture.len, &file);
		last = seen = 0;
		for (len = 4; len < file.len; len += len < 20 ? 3 : file.len / 11) {
			path = raw_store("x.scap", file.data, len);
			read_files(&diary, &opts, &path, 1);
			CHECK_INT(diary.res, EYAS_E_TRUNC);
			CHECK_INT(diary.err.code, EYAS_E_TRUNC);
			CHECK(strstr(diary.err.text, "x.scap: offset "));
			CHECK(strstr(diary.err.text, "data ends in the middle"));
			CHECK(diary.stats.events_delivered >= last);
			last = diary.stats.events_delivered;
			seen += last > 0 && last < 20000;
		}
		CHECK(seen >= 3);
		/* All but the last byte: all events are there, the end is not. */
		path = raw_store("x.scap", file.data, file.len - 1);
		read_files(&diary, &opts, &path, 1);
		CHECK_INT(diary.res, EYAS_E_TRUNC);
		CHECK_INT(diary.stats.events_delivered, 20000);
		/* A wrong checksum behind the last block. */
		file.data[file.len - (i ? 1 : 5)] ^= 1;
		path = raw_store("x.scap", file.data, file.len);
		read_files(&diary, &opts, &path, 1);
		CHECK_INT(diary.res, EYAS_E_FORMAT);
		CHECK(strstr(diary.err.text, "data is damaged"));
		CHECK(strstr(diary.err.text, "x.scap: offset "));
		CHECK(diary.err.offset > 0 && diary.err.offset <= capture.len);
		CHECK(diary.stats.events_delivered >= last);
		/* The compressed bytes end, and so does the last block: no capture is cut there. */
		CHECK_INT(diary.stats.damaged, 0);
	}
	eyas_str_fini(&file);
	done(&diary, &capture);
}

/* ---- limits ---- */

TEST(large_event_blocks)
{
	enum { SIZE = 64 << 20 };
	struct eyas_str capture = EYAS_STR_INIT;
	struct eyas_source_opts opts = { .size = sizeof(opts) };
	struct diary diary = { 0 };
	const struct eyas_event *event;
	struct eyas_source *source;
	struct eyas_param param;
	struct eyas_encoder enc;
	uint8_t *data = malloc(SIZE), *buf = malloc(SIZE + 64);
	const char *path;
	int len;

	CHECK(data && buf);
	memset(data, 'x', SIZE);
	data[SIZE - 1] = 'y';
	eyas_encoder_begin(&enc, buf, SIZE + 64, EYAS_EV_PLUGINEVENT_E, 1, 1);
	eyas_put_uint(&enc, 9);
	eyas_put_bytes(&enc, data, SIZE);
	len = eyas_encoder_end(&enc);
	CHECK(len > SIZE);
	raw_section(&capture);
	raw_close(&capture, 1, 1, 1);
	raw_event(&capture, 0, 0, buf, (size_t)len);
	raw_close(&capture, 2, 1, 1);
	free(buf);
	path = raw_store("x.scap", capture.data, capture.len);
	CHECK_INT(eyas_source_open_files(&path, 1, NULL, &source, NULL), 0);
	CHECK_INT(eyas_source_next(source, &event, NULL), 1);
	CHECK_INT(eyas_source_next(source, &event, NULL), 1);
	CHECK_INT(event->type, EYAS_EV_PLUGINEVENT_E);
	CHECK_INT(event->offset, 88);
	CHECK_INT(eyas_event_param(event, 1, &param), 1);
	CHECK_INT(param.len, SIZE);
	CHECK(!memcmp(param.data, data, SIZE));
	CHECK_INT(eyas_source_next(source, &event, NULL), 1);
	CHECK_INT(eyas_source_next(source, &event, NULL), EYAS_E_END);
	eyas_source_close(source);
	free(data);
	opts.max_block_bytes = 1 << 20;
	opts.damage = on_damage;
	opts.damage_ctx = &diary;
	read_files(&diary, &opts, &path, 1);
	is(&diary, EYAS_E_END,
	   "1 SYSCALL_CLOSE_X t=1 tid=1 cpu=0\n"
	   "damage -4100 at 88: x.scap: offset 88: event block of 67108916 bytes, expected 14 to "
	   "1048576\n"
	   "2 SYSCALL_CLOSE_X t=2 tid=1 cpu=0\n");
	CHECK_INT(diary.stats.damaged, 1);
	/* Just at the limit, and one below. */
	opts.max_block_bytes = 60;
	read_files(&diary, &opts, &path, 1);
	CHECK_INT(diary.stats.events_delivered, 2);
	opts.max_block_bytes = 59;
	read_files(&diary, &opts, &path, 1);
	CHECK_INT(diary.stats.events_delivered, 0);
	CHECK_INT(diary.stats.damaged, 3);
	done(&diary, &capture);
}

/* A block that says it has 4 GiB in a small file costs no more memory than the file. */
TEST(a_length_that_lies)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct eyas_source_opts opts = { .size = sizeof(opts), .max_block_bytes = UINT64_MAX };
	struct diary diary = { 0 };
	struct rusage usage;
	const char *path;
	long before;

	raw_section(&capture);
	raw_close(&capture, 1, 1, 1);
	eyas_put_le32(capture.data + 28 + 4, UINT32_MAX);
	eyas_str_zero(&capture, 600000); /* more than the window, which grows a little */
	path = raw_store("x.scap", capture.data, capture.len);
	CHECK_INT(getrusage(RUSAGE_SELF, &usage), 0);
	before = usage.ru_maxrss;
	read_files(&diary, &opts, &path, 1);
	is(&diary, EYAS_E_TRUNC, "");
	CHECK(strstr(diary.err.text, "event block of 4294967295 bytes, but the input ends after "
				     "600060 of them"));
	CHECK_INT(getrusage(RUSAGE_SELF, &usage), 0);
	CHECK(usage.ru_maxrss - before < 10 << 10);
	done(&diary, &capture);
}

TEST(stored_events_have_a_limit)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct eyas_source_opts opts = { .size = sizeof(opts), .max_stored_bytes = 640 };
	struct diary diary = { 0 };
	const char *path;
	unsigned i;

	raw_section(&capture);
	for (i = 0; i < 25; i++)
		raw_empty(&capture, EYAS_EV_SYSCALL_CLOSE_E, 1, 1, i);
	for (i = 0; i < 25; i++)
		raw_empty(&capture, EYAS_EV_SYSCALL_CLOSE_X, 1, 1, i);
	path = raw_store("x.scap", capture.data, capture.len);
	read_files(&diary, &opts, &path, 1);
	CHECK_INT(diary.stats.enters_evicted, 15);
	CHECK_INT(diary.stats.enters_missing, 15);
	CHECK_INT(diary.stats.events_converted, 25);
	opts.max_stored_bytes = 0;
	read_files(&diary, &opts, &path, 1);
	CHECK_INT(diary.stats.enters_evicted + diary.stats.enters_missing, 0);
	done(&diary, &capture);
}

/* ---- stats ---- */

TEST(stats_at_any_time)
{
	const char *paths[3] = { close_file("a", 2, 1, 1, false), close_file("b", 3, 1, 2, false),
				 close_file("c", 1, 1, 3, false) };
	const struct eyas_event *event;
	struct eyas_source_stats stats;
	struct eyas_source *source;
	unsigned i;

	CHECK_INT(eyas_source_open_files(paths, 3, NULL, &source, NULL), 0);
	eyas_source_stats(source, &stats);
	CHECK_INT(stats.bytes_total, 3 * 28 + 6 * 60);
	CHECK_INT(stats.bytes_in, 0);
	CHECK_INT(stats.sections, 0);
	for (i = 1; i <= 6; i++) {
		CHECK_INT(eyas_source_next(source, &event, NULL), 1);
		eyas_source_stats(source, &stats);
		CHECK_INT(stats.events_delivered, i);
		CHECK_INT(stats.events, i);
		CHECK_INT(stats.bytes_total, 3 * 28 + 6 * 60);
		CHECK_INT(stats.bytes, i * 60 + (i < 3 ? 28 : i < 6 ? 56 : 84));
	}
	CHECK_INT(eyas_source_next(source, &event, NULL), EYAS_E_END);
	CHECK_INT(eyas_source_next(source, &event, NULL), EYAS_E_END);
	eyas_source_stats(source, &stats);
	CHECK_INT(stats.bytes, 3 * 28 + 6 * 60);
	CHECK_INT(stats.bytes_in, stats.bytes_total);
	CHECK_INT(stats.sections, 3);
	CHECK_INT(stats.blocks, 9);
	eyas_source_close(source);
	/* The size of a pipe is not known, hence that of all is not. */
	paths[1] = "/dev/null";
	CHECK_INT(eyas_source_open_files(paths, 3, NULL, &source, NULL), 0);
	eyas_source_stats(source, &stats);
	CHECK_INT(stats.bytes_total, 0);
	eyas_source_close(source);
}

/* ---- opening ---- */

TEST(what_cannot_be_opened)
{
	struct eyas_source_opts opts = { 0 };
	struct eyas_source *source = NULL;
	const char *paths[2];
	struct eyas_err err;

	paths[0] = close_file("a", 1, 1, 1, false);
	CHECK_INT(eyas_source_open_files(paths, 1, &opts, &source, &err), -EINVAL);
	CHECK_INT(err.code, -EINVAL);
	CHECK(strstr(err.text, "source options say they have 0 bytes"));
	CHECK_INT(eyas_source_open_files(paths, 1, &opts, &source, NULL), -EINVAL);
	CHECK_INT(eyas_source_open_files(paths, 0, NULL, &source, &err), -EINVAL);
	CHECK_STR(err.text, "no capture file is named");
	opts.size = sizeof(opts);
	paths[0] = raw_path("none");
	CHECK_INT(eyas_source_open_files(paths, 1, &opts, &source, &err), -ENOENT);
	CHECK(strstr(err.text, "/none: cannot open: No such file or directory"));
	paths[0] = test_tmpdir();
	CHECK_INT(eyas_source_open_files(paths, 1, &opts, &source, &err), -EISDIR);
	CHECK(strstr(err.text, ": cannot read: it is a directory"));
	/* Merged, all are opened at once. */
	paths[0] = close_file("a", 1, 1, 1, false);
	paths[1] = raw_path("none");
	opts.merge = 1;
	CHECK_INT(eyas_source_open_files(paths, 2, &opts, &source, &err), -ENOENT);
	CHECK(strstr(err.text, "/none: "));
	CHECK(!source);
	eyas_source_close(NULL);
	/* Closed without having been read, or in the middle. */
	opts.merge = 0;
	CHECK_INT(eyas_source_open_files(paths, 2, &opts, &source, NULL), 0);
	eyas_source_close(source);
	paths[1] = paths[0];
	opts.merge = 1;
	CHECK_INT(eyas_source_open_files(paths, 2, &opts, &source, NULL), 0);
	CHECK_INT(eyas_source_next(source, &(const struct eyas_event *){ NULL }, NULL), 1);
	eyas_source_close(source);
}

/* Options of a caller that was built with an older or a newer header. */
TEST(options_of_other_sizes)
{
	struct {
		struct eyas_source_opts opts;
		uint64_t more;
	} newer = { .opts = { .size = sizeof(newer) } };
	struct eyas_source_opts older = {
		.size = offsetof(struct eyas_source_opts, max_block_bytes), .max_block_bytes = 1
	};
	const char *path = close_file("a", 1, 1, 1, false);
	const struct eyas_event *event;
	struct eyas_source *source = NULL;
	struct eyas_err err;

	CHECK_INT(eyas_source_open_files(&path, 1, &newer.opts, &source, NULL), 0);
	CHECK_INT(eyas_source_next(source, &event, NULL), 1);
	eyas_source_close(source);
	source = NULL;
	newer.more = 1;
	CHECK_INT(eyas_source_open_files(&path, 1, &newer.opts, &source, &err), -EINVAL);
	CHECK(strstr(err.text, "does not know"));
	CHECK(!source);
	/* What lies behind the older struct is not looked at. */
	CHECK_INT(eyas_source_open_files(&path, 1, &older, &source, NULL), 0);
	CHECK_INT(eyas_source_next(source, &event, NULL), 1);
	eyas_source_close(source);
}

/* ---- pipes ---- */

TEST(a_pipe_of_single_bytes)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };
	const char *path = "-";
	char *want;
	int fds[2], status;
	size_t i;
	pid_t pid;

	full_capture(&capture);
	raw_close(&capture, 6, 1, 1);
	read_raw(&diary, &capture);
	want = strdup(diary.text.data);
	CHECK_INT(pipe(fds), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		close(fds[0]);
		for (i = 0; i < capture.len; i++)
			if (write(fds[1], capture.data + i, 1) != 1)
				_exit(1);
		_exit(0);
	}
	close(fds[1]);
	CHECK_INT(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	close(fds[0]);
	read_files(&diary, NULL, &path, 1);
	CHECK_INT(diary.res, EYAS_E_END);
	CHECK_STR(diary.text.data, want);
	CHECK_INT(diary.stats.bytes_in, capture.len);
	CHECK_INT(diary.stats.bytes_total, 0);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	free(want);
	done(&diary, &capture);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int signum)
{
	(void)signum;
	alarms++;
}

static int asked;

/* Give up at the third interruption. */
static int on_interrupt(void *ctx)
{
	CHECK(ctx == &asked);
	return ++asked == 3;
}

static void start_alarms(void)
{
	static const struct itimerspec spec = { { 0, 5000000 }, { 0, 5000000 } };
	struct sigaction action = { .sa_handler = on_alarm };
	timer_t timer;

	/* Without SA_RESTART: a read comes back. */
	CHECK_INT(sigaction(SIGALRM, &action, NULL), 0);
	CHECK_INT(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
	CHECK_INT(timer_settime(timer, 0, &spec, NULL), 0);
}

/* Two events came, the writer keeps the pipe open and says no more. */
TEST(a_wait_that_is_interrupted)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct diary diary = { 0 };
	struct eyas_source_opts opts = { .size = sizeof(opts),
					 .interrupted = on_interrupt,
					 .interrupted_ctx = &asked };
	const char *paths[2] = { "-", close_file("later", 1, 1, 1, false) };
	int fds[2], round;

	for (round = 0; round < 2; round++) {
		capture.len = 0;
		raw_section(&capture);
		raw_close(&capture, 1, 1, 1);
		raw_close(&capture, 2, 1, 1);
		CHECK_INT(pipe(fds), 0);
		CHECK_INT(write(fds[1], capture.data, capture.len), (ssize_t)capture.len);
		CHECK_INT(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
		close(fds[0]);
		if (!round)
			start_alarms();
		asked = 0;
		opts.merge = round;
		/* No further file is begun, and of a merge none read on. */
		read_files(&diary, &opts, paths, 2);
		CHECK_INT(diary.res, -EINTR);
		CHECK_INT(diary.err.code, -EINTR);
		CHECK(strstr(diary.err.text, "Interrupted"));
		CHECK_INT(asked, 3);
		CHECK(alarms >= 3);
		CHECK_INT(diary.stats.events_delivered, 2);
		close(fds[1]);
	}
	done(&diary, &capture);
}

/* Nobody is asked, or says no: the wait goes on. */
TEST(a_wait_that_goes_on)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct eyas_source_opts opts = { .size = sizeof(opts) };
	struct diary diary = { 0 };
	const char *path = "-";
	int fds[2], status;
	pid_t pid;

	raw_section(&capture);
	raw_close(&capture, 1, 1, 1);
	CHECK_INT(pipe(fds), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		close(fds[0]);
		usleep(50000);
		_exit(write(fds[1], capture.data, capture.len) != (ssize_t)capture.len);
	}
	close(fds[1]);
	CHECK_INT(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	close(fds[0]);
	start_alarms();
	read_files(&diary, &opts, &path, 1);
	is(&diary, EYAS_E_END, "1 SYSCALL_CLOSE_X t=1 tid=1 cpu=0\n");
	CHECK(alarms >= 3);
	while (waitpid(pid, &status, 0) < 0)
		CHECK_INT(errno, EINTR);
	CHECK_INT(status, 0);
	done(&diary, &capture);
}
