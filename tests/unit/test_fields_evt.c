/* SPDX-License-Identifier: Apache-2.0 */
/* The evt fields: times, types, parameters, results, and when they are missing. */
#include "unit/fields.h"

#include <stdlib.h>
#include <time.h>

#define TS UINT64_C(1700000000123456789) /* 2023-11-14T22:13:20.123456789Z */

static void zone(const char *tz)
{
	CHECK_INT(setenv("TZ", tz, 1), 0);
	tzset();
}

/* ---- any event ---- */

TEST(times)
{
	struct machine m;

	zone("UTC-2");
	start_machine(&m);
	m.event.ts_ns = TS;
	SHOWS(&m, "evt.time", "00:13:20.123456789");
	SHOWS(&m, "evt.time.s", "00:13:20");
	SHOWS(&m, "evt.datetime", "2023-11-15 00:13:20.123456789");
	SHOWS(&m, "evt.datetime.s", "2023-11-15 00:13:20");
	SHOWS(&m, "evt.time.iso8601", "2023-11-14T22:13:20.123456789+0000");
	SHOWS(&m, "evt.rawtime", "1700000000123456789");
	SHOWS(&m, "evt.rawtime.s", "1700000000");
	SHOWS(&m, "evt.rawtime.ns", "123456789");
	m.event.ts_ns = 1700000000000000042;
	SHOWS(&m, "evt.rawtime.ns", "000000042");
	SHOWS(&m, "evt.time.iso8601", "2023-11-14T22:13:20.000000042+0000");
	stop_machine(&m);
}

/* The first event of the machine is at 5000 ns. */
TEST(relative_times)
{
	struct machine m;

	start_machine(&m);
	SHOWS(&m, "evt.reltime", "000000000");
	m.event.ts_ns = 5000 + 3000000042;
	SHOWS(&m, "evt.reltime", "3000000042");
	SHOWS(&m, "evt.reltime.s", "3");
	SHOWS(&m, "evt.reltime.ns", "000000042");
	m.event.ts_ns = 4000;
	SHOWS(&m, "evt.reltime", "000000000");
	stop_machine(&m);
}

static const char *again(struct machine *m, struct field_ref *ref, uint64_t ts_ns)
{
	struct eyas_value value;

	m->event.ts_ns = ts_ns;
	m->text.len = 0;
	CHECK(ref->info->get(&m->eval, ref, &value));
	eyas_value_put_text(&m->text, &value, &m->opts);
	eyas_str_putc(&m->text, '\0');
	return m->text.data;
}

/* Since the same mention was looked at; another mention has its own past. */
TEST(deltas)
{
	struct machine m;
	struct eyas_value value;
	struct field_ref delta, seconds, other;

	start_machine(&m);
	get_field(&m, "evt.deltatime", &delta, &value);
	CHECK_INT(value.u.num, 0);
	get_field(&m, "evt.deltatime.s", &seconds, &value);
	CHECK_STR(again(&m, &delta, 7000000000), "6999995000");
	CHECK_STR(again(&m, &delta, 7000000001), "1");
	CHECK_STR(again(&m, &delta, 6000000000), "0");
	CHECK_STR(again(&m, &seconds, 8000005000), "8");
	get_field(&m, "evt.deltatime.ns", &other, &value);
	CHECK_STR(again(&m, &other, 9000005001), "000000001");
	stop_machine(&m);
}

TEST(outputtime)
{
	struct machine m;
	struct eyas_value value;
	struct field_ref ref;

	zone("UTC");
	start_machine(&m);
	m.event.ts_ns = 1700000000000000042;
	SHOWS(&m, "evt.outputtime", "22:13:20.000000042");
	m.opts.outputtime = 'h';
	SHOWS(&m, "evt.outputtime", "22:13:20.000000042");
	m.opts.outputtime = 'a';
	SHOWS(&m, "evt.outputtime", "1700000000.42");
	m.opts.outputtime = 'r';
	SHOWS(&m, "evt.outputtime", "1699999999.999995042");
	m.opts.outputtime = 'i';
	SHOWS(&m, "evt.outputtime", "2023-11-14T22:13:20.000000042Z");
	m.opts.outputtime = 'd';
	SHOWS(&m, "evt.outputtime", "0.000000000");
	m.opts.outputtime = 'D';
	SHOWS(&m, "evt.outputtime", "0.000000000");
	get_field(&m, "evt.outputtime", &ref, &value);
	CHECK_STR(again(&m, &ref, 1700000001000000043), "1.000000001");
	CHECK(ref.own.u64[0] == 1700000001000000043);
	stop_machine(&m);
}

TEST(identity)
{
	struct machine m;

	start_machine(&m);
	m.event.num = 17;
	m.event.cpu = 3;
	m.opts.hostname = "box";
	SHOWS(&m, "evt.num", "17");
	SHOWS(&m, "evt.cpu", "3");
	SHOWS(&m, "evt.hostname", "box");
	SHOWS(&m, "evt.source", "syscall");
	SHOWS(&m, "evt.count", "1");
	SHOWS(&m, "evt.pluginname", MISSING);
	SHOWS(&m, "evt.plugininfo", MISSING);
	SHOWS(&m, "evt.latency", "0");
	SHOWS(&m, "evt.latency.ns", "000000000");
	SHOWS(&m, "evt.latency.human", "0ns");
	stop_machine(&m);
}

/* ---- types ---- */

static void close_event(struct machine *m, int64_t res, int64_t fd)
{
	begin_event(m, EYAS_EV_SYSCALL_CLOSE_X, 300);
	eyas_put_int(&m->encoder, res);
	eyas_put_int(&m->encoder, fd);
	end_event(m);
}

TEST(types)
{
	struct machine m;

	start_machine(&m);
	close_event(&m, 0, 3);
	SHOWS(&m, "evt.type", "close");
	SHOWS(&m, "syscall.type", "close");
	SHOWS(&m, "evt.dir", "<");
	SHOWS(&m, "evt.type.is.close", "1");
	SHOWS(&m, "evt.type.is.open", "0");
	SHOWS(&m, "evt.type.is.5", "1");
	SHOWS(&m, "evt.type.is.4", "1");
	SHOWS(&m, "evt.type.is.3", "0");
	SHOWS(&m, "evt.is_async", "false");
	SHOWS(&m, "evt.asynctype", MISSING);
	SHOWS(&m, "evt.count.exit", "1");
	/* A name is all the types that carry it, of every version. */
	set_event(&m, EYAS_EV_SYSCALL_OPENAT_2_X, 300);
	SHOWS(&m, "evt.type.is.openat", "1");
	stop_machine(&m);
}

TEST(generic_events)
{
	struct machine m;

	start_machine(&m);
	begin_event(&m, EYAS_EV_GENERIC_X, 300);
	eyas_put_uint(&m.encoder, EYAS_SYS_GETPID);
	eyas_put_uint(&m.encoder, 39);
	end_event(&m);
	SHOWS(&m, "evt.type", "getpid");
	SHOWS(&m, "syscall.type", "getpid");
	SHOWS(&m, "evt.args", "");
	SHOWS(&m, "evt.arg.ID", "getpid");
	SHOWS(&m, "evt.rawres", MISSING);
	SHOWS(&m, "evt.failed", MISSING);
	SHOWS(&m, "evt.category", "other");
	stop_machine(&m);
}

TEST(asynchronous_events)
{
	struct machine m;

	start_machine(&m);
	begin_event(&m, EYAS_EV_ASYNCEVENT_E, 300);
	eyas_put_uint(&m.encoder, 0);
	eyas_put_str(&m.encoder, "container");
	end_event(&m);
	SHOWS(&m, "evt.type", "container");
	SHOWS(&m, "evt.asynctype", "container");
	SHOWS(&m, "evt.is_async", "true");
	SHOWS(&m, "evt.dir", ">");
	SHOWS(&m, "evt.source", "syscall");
	SHOWS(&m, "syscall.type", MISSING);
	SHOWS(&m, "evt.count.exit", MISSING);
	begin_event(&m, EYAS_EV_ASYNCEVENT_E, 300);
	eyas_put_uint(&m.encoder, 7);
	end_event(&m);
	SHOWS(&m, "evt.source", MISSING);
	set_event(&m, EYAS_EV_PROCINFO_E, 300);
	SHOWS(&m, "evt.asynctype", "procinfo");
	SHOWS(&m, "evt.category", "internal");
	stop_machine(&m);
}

TEST(procinfo_counts)
{
	struct machine m;

	start_machine(&m);
	SHOWS(&m, "evt.count.threadinfo", "1");
	SHOWS(&m, "evt.count.procinfo", "1");
	set_event(&m, EYAS_EV_PROCINFO_E, 301);
	SHOWS(&m, "evt.count.threadinfo", "1");
	SHOWS(&m, "evt.count.procinfo", "0");
	close_event(&m, 0, 3);
	SHOWS(&m, "evt.count.threadinfo", "0");
	stop_machine(&m);
}

/* ---- descriptors: categories and bytes ---- */

static void use_kind(struct machine *m, struct eyas_fd *fd, uint8_t kind)
{
	fd->kind = kind;
	m->context.fd = fd;
}

static void read_event(struct machine *m, int64_t res)
{
	begin_event(m, EYAS_EV_SYSCALL_READ_X, 300);
	eyas_put_int(&m->encoder, res);
	end_event(m);
}

static void write_event(struct machine *m, int64_t res)
{
	begin_event(m, EYAS_EV_SYSCALL_WRITE_X, 300);
	eyas_put_int(&m->encoder, res);
	end_event(m);
}

TEST(categories)
{
	static const struct {
		uint8_t kind;
		const char *category;
	} rows[] = {
		{ EYAS_FD_FILE, "file" },     { EYAS_FD_DIRECTORY, "file" },
		{ EYAS_FD_IPV4_SOCK, "net" }, { EYAS_FD_IPV6_SERVER, "net" },
		{ EYAS_FD_FIFO, "ipc" },      { EYAS_FD_UNIX, "ipc" },
		{ EYAS_FD_EVENT, "ipc" },     { EYAS_FD_EVENTPOLL, "unknown" },
	};
	struct machine m;
	struct eyas_fd fd = { 0 };
	size_t i;

	start_machine(&m);
	read_event(&m, 1);
	SHOWS(&m, "evt.category", "unknown");
	for (i = 0; i < FIELD_COUNT(rows); i++) {
		use_kind(&m, &fd, rows[i].kind);
		SHOWS(&m, "evt.category", rows[i].category);
	}
	set_event(&m, EYAS_EV_SYSCALL_OPEN_X, 300);
	SHOWS(&m, "evt.category", "file");
	set_event(&m, EYAS_EV_SYSCALL_MMAP_X, 300);
	SHOWS(&m, "evt.category", "memory");
	set_event(&m, EYAS_EV_SYSCALL_POLL_X, 300);
	SHOWS(&m, "evt.category", "wait");
	SHOWS(&m, "evt.is_wait", "true");
	stop_machine(&m);
}

TEST(buflen)
{
	struct machine m;
	struct eyas_fd fd = { 0 };

	start_machine(&m);
	read_event(&m, 7);
	SHOWS(&m, "evt.buflen", MISSING);
	use_kind(&m, &fd, EYAS_FD_FILE);
	SHOWS(&m, "evt.buflen", "7");
	SHOWS(&m, "evt.buflen.in", "7");
	SHOWS(&m, "evt.buflen.out", MISSING);
	SHOWS(&m, "evt.buflen.file", "7");
	SHOWS(&m, "evt.buflen.file.in", "7");
	SHOWS(&m, "evt.buflen.file.out", MISSING);
	SHOWS(&m, "evt.buflen.net", MISSING);
	SHOWS(&m, "evt.is_io", "true");
	SHOWS(&m, "evt.is_io_read", "true");
	SHOWS(&m, "evt.is_io_write", "false");
	SHOWS(&m, "evt.io_dir", "read");
	write_event(&m, 9);
	use_kind(&m, &fd, EYAS_FD_IPV6_SOCK);
	SHOWS(&m, "evt.buflen.out", "9");
	SHOWS(&m, "evt.buflen.net", "9");
	SHOWS(&m, "evt.buflen.net.out", "9");
	SHOWS(&m, "evt.buflen.net.in", MISSING);
	SHOWS(&m, "evt.buflen.file", MISSING);
	SHOWS(&m, "evt.io_dir", "write");
	write_event(&m, -11);
	use_kind(&m, &fd, EYAS_FD_FILE);
	SHOWS(&m, "evt.buflen", MISSING);
	/* Not a call of the I/O category, although it is about a descriptor. */
	begin_event(&m, EYAS_EV_SYSCALL_OPEN_X, 300);
	eyas_put_int(&m.encoder, 3);
	end_event(&m);
	use_kind(&m, &fd, EYAS_FD_FILE);
	SHOWS(&m, "evt.buflen", MISSING);
	SHOWS(&m, "evt.io_dir", MISSING);
	SHOWS(&m, "evt.is_io", "false");
	stop_machine(&m);
}

TEST(syslog)
{
	const struct eyas_fd_entry log = { .fd = 4,
					   .kind = EYAS_FD_UNIX,
					   .name = BYTES("/run/dev/log.sock") };
	struct machine m;

	start_machine(&m);
	add_fd(&m, &log);
	write_event(&m, 1);
	SHOWS(&m, "evt.is_syslog", "false");
	m.context.fd = fd_table_find(m.context.thread->fds, 4);
	SHOWS(&m, "evt.is_syslog", "true");
	read_event(&m, 1);
	m.context.fd = fd_table_find(m.context.thread->fds, 4);
	SHOWS(&m, "evt.is_syslog", "false");
	stop_machine(&m);
}

/* ---- results ---- */

TEST(results)
{
	struct machine m;

	start_machine(&m);
	close_event(&m, 0, 3);
	SHOWS(&m, "evt.res", "SUCCESS");
	SHOWS(&m, "evt.rawres", "0");
	SHOWS(&m, "evt.failed", "false");
	SHOWS(&m, "evt.count.error", "0");
	close_event(&m, -9, 3);
	SHOWS(&m, "evt.res", "EBADF");
	SHOWS(&m, "evt.rawres", "-9");
	SHOWS(&m, "evt.failed", "true");
	SHOWS(&m, "evt.count.error", "1");
	close_event(&m, -4000, 3);
	SHOWS(&m, "evt.res", "-4000");
	/* No result: none in the type, or none in this event. */
	set_event(&m, EYAS_EV_PROCINFO_E, 300);
	SHOWS(&m, "evt.res", MISSING);
	SHOWS(&m, "evt.failed", MISSING);
	SHOWS(&m, "evt.count.error", MISSING);
	set_event(&m, EYAS_EV_SYSCALL_CLOSE_X, 300);
	SHOWS(&m, "evt.rawres", MISSING);
	stop_machine(&m);
}

/* Results that are not called so: an id in four bytes, a descriptor or an error by variant. */
TEST(odd_results)
{
	struct machine m;

	start_machine(&m);
	begin_event(&m, EYAS_EV_SYSCALL_GETUID_X, 300);
	eyas_put_uint(&m.encoder, 100000);
	end_event(&m);
	SHOWS(&m, "evt.rawres", "100000");
	begin_event(&m, EYAS_EV_SYSCALL_GETUID_X, 300);
	eyas_put_uint(&m.encoder, UINT32_MAX);
	end_event(&m);
	SHOWS(&m, "evt.rawres", "-1");
	begin_event(&m, EYAS_EV_SYSCALL_BPF_2_X, 300);
	eyas_put_int(&m.encoder, -1);
	end_event(&m);
	SHOWS(&m, "evt.rawres", "-1");
	begin_event(&m, EYAS_EV_SYSCALL_BPF_X, 300);
	eyas_put_dyn_int(&m.encoder, 1, -22);
	end_event(&m);
	SHOWS(&m, "evt.res", "EINVAL");
	stop_machine(&m);
}

static void failed_event(struct machine *m, unsigned type)
{
	begin_event(m, type, 300);
	eyas_put_int(&m->encoder, -1);
	end_event(m);
}

static void check_error_kind(struct machine *m, const char *file, const char *net,
			     const char *memory, const char *other)
{
	SHOWS(m, "evt.count.error", "1");
	SHOWS(m, "evt.count.error.file", file);
	SHOWS(m, "evt.count.error.net", net);
	SHOWS(m, "evt.count.error.memory", memory);
	SHOWS(m, "evt.count.error.other", other);
}

TEST(error_kinds)
{
	struct machine m;
	struct eyas_fd fd = { 0 };

	start_machine(&m);
	failed_event(&m, EYAS_EV_SYSCALL_OPEN_X);
	check_error_kind(&m, "1", MISSING, MISSING, MISSING);
	failed_event(&m, EYAS_EV_SOCKET_CONNECT_X);
	check_error_kind(&m, MISSING, "1", MISSING, MISSING);
	failed_event(&m, EYAS_EV_SYSCALL_MUNMAP_X);
	check_error_kind(&m, MISSING, MISSING, "1", MISSING);
	use_kind(&m, &fd, EYAS_FD_FILE);
	check_error_kind(&m, "1", MISSING, "1", MISSING);
	failed_event(&m, EYAS_EV_SYSCALL_READ_X);
	check_error_kind(&m, MISSING, MISSING, MISSING, "1");
	use_kind(&m, &fd, EYAS_FD_DIRECTORY);
	check_error_kind(&m, "1", MISSING, MISSING, MISSING);
	use_kind(&m, &fd, EYAS_FD_UNIX);
	check_error_kind(&m, MISSING, "1", MISSING, MISSING);
	use_kind(&m, &fd, EYAS_FD_FIFO);
	check_error_kind(&m, MISSING, MISSING, MISSING, "1");
	stop_machine(&m);
}

/* ---- opens ---- */

static void openat_event(struct machine *m, int64_t fd, uint32_t flags, uint32_t mode)
{
	begin_event(m, EYAS_EV_SYSCALL_OPENAT_2_X, 300);
	eyas_put_int(&m->encoder, fd);
	eyas_put_int(&m->encoder, -100);
	eyas_put_str(&m->encoder, "sub/../file");
	eyas_put_uint(&m->encoder, flags);
	eyas_put_uint(&m->encoder, mode);
	end_event(m);
}

static void check_open(struct machine *m, const char *read, const char *write, const char *exec,
		       const char *create)
{
	SHOWS(m, "evt.is_open_read", read);
	SHOWS(m, "evt.is_open_write", write);
	SHOWS(m, "evt.is_open_exec", exec);
	SHOWS(m, "evt.is_open_create", create);
}

TEST(opens)
{
	enum { RDONLY = 1, WRONLY = 2, RDWR = 3, CREAT = 4, TMPFILE = 0x2000, CREATED = 0x4000 };
	struct machine m;

	start_machine(&m);
	openat_event(&m, 3, RDONLY, 0);
	check_open(&m, "true", "false", "false", "false");
	openat_event(&m, -2, RDWR, 0755);
	check_open(&m, "true", "true", "false", "false");
	openat_event(&m, 3, WRONLY | CREAT, 0644);
	check_open(&m, "false", "true", "false", "false");
	openat_event(&m, 3, WRONLY | CREAT | CREATED, 0610);
	check_open(&m, "false", "true", "true", "true");
	openat_event(&m, 3, WRONLY | TMPFILE, 0600);
	check_open(&m, "false", "true", "false", "true");
	openat_event(&m, -2, WRONLY | TMPFILE, 0601);
	check_open(&m, "false", "true", "true", "false");
	begin_event(&m, EYAS_EV_SYSCALL_CREAT_X, 300);
	eyas_put_int(&m.encoder, 3);
	eyas_put_str(&m.encoder, "/x");
	eyas_put_uint(&m.encoder, 0700);
	end_event(&m);
	check_open(&m, "false", "false", "true", "false");
	/* Other events are no opens: false, not missing. */
	close_event(&m, 0, 3);
	check_open(&m, "false", "false", "false", "false");
	stop_machine(&m);
}

/* ---- parameters ---- */

TEST(args)
{
	struct machine m;

	start_machine(&m);
	openat_event(&m, -2, 1, 0);
	SHOWS(&m, "evt.arg.fd", "ENOENT");
	SHOWS(&m, "evt.arg[0]", "ENOENT");
	SHOWS(&m, "evt.arg.name", "/desk/file");
	SHOWS(&m, "evt.arg.dirfd", "AT_FDCWD");
	SHOWS(&m, "evt.arg.mode", "0");
	SHOWS(&m, "evt.arg.flags", "O_RDONLY");
	SHOWS(&m, "evt.arg.res", MISSING);
	SHOWS(&m, "evt.arg[31]", MISSING);
	/* The event ends here, though its type goes on; in it, a value may be missing. */
	end_event(&m);
	SHOWS(&m, "evt.arg.ino", "<NA>");
	SHOWS(&m, "evt.args",
	      "fd=-2(ENOENT) dirfd=-100(AT_FDCWD) name=sub/../file(/desk/file) "
	      "flags=1(O_RDONLY) mode=0 dev=<NA> ino=<NA>");
	SHOWS(&m, "evt.info", show(&m, "evt.args"));
	stop_machine(&m);
}

/* Where a parameter is was found for other types before. */
TEST(arg_of_many_types)
{
	struct machine m;
	struct eyas_value value;
	struct eyas_param param;
	struct field_ref ref;
	unsigned type, round;

	start_machine(&m);
	get_field(&m, "evt.arg.fd", &ref, &value);
	for (round = 0; round < 2; round++)
		for (type = 0; type < EYAS_EVENT_TYPES; type++) {
			set_event(&m, type, 300);
			eyas_event_param_find(&m.event, "fd", &param);
			CHECK_INT(ref.info->get(&m.eval, &ref, &value), param.info != NULL);
		}
	stop_machine(&m);
}

/* Old events have fewer parameters than their type. */
TEST(arg_past_the_end)
{
	struct machine m;

	start_machine(&m);
	openat_event(&m, 3, 1, 0);
	m.event.nparams = 2;
	SHOWS(&m, "evt.arg.dirfd", "AT_FDCWD");
	SHOWS(&m, "evt.arg.name", MISSING);
	SHOWS(&m, "evt.arg[2]", MISSING);
	stop_machine(&m);
}

TEST(rawargs)
{
	struct machine m;
	struct eyas_value value;
	struct field_ref ref;

	start_machine(&m);
	openat_event(&m, -2, 0x4001, 0644);
	CHECK(get_field(&m, "evt.rawarg.fd", &ref, &value));
	CHECK_INT(value.type, EYAS_PT_FD);
	CHECK((int64_t)value.u.num == -2);
	SHOWS(&m, "evt.rawarg.flags", "4001");
	SHOWS(&m, "evt.rawarg.mode", "0644");
	CHECK(get_field(&m, "evt.rawarg.name", &ref, &value));
	CHECK_INT(value.len, 11);
	CHECK(!get_field(&m, "evt.rawarg.ino", &ref, &value));
	CHECK(!get_field(&m, "evt.rawarg.data", &ref, &value));
	/* A variant has the type of its value. */
	begin_event(&m, EYAS_EV_SYSCALL_BPF_X, 300);
	eyas_put_dyn_int(&m.encoder, 0, 5);
	end_event(&m);
	CHECK(get_field(&m, "evt.rawarg.res_or_fd", &ref, &value));
	CHECK_INT(value.type, EYAS_PT_FD);
	CHECK_INT(value.u.num, 5);
	stop_machine(&m);
}

TEST(buffers)
{
	struct machine m;

	start_machine(&m);
	begin_event(&m, EYAS_EV_SYSCALL_READ_X, 300);
	eyas_put_int(&m.encoder, 4);
	eyas_put_bytes(&m.encoder, "ab\0\n", 4);
	end_event(&m);
	SHOWS(&m, "evt.buffer", "ab..");
	SHOWS(&m, "evt.arg.data", "ab..");
	m.opts.buffers = BUFFER_BASE64;
	SHOWS(&m, "evt.buffer", "YWIACg==");
	SHOWS(&m, "evt.arg.data", "YWIACg==");
	close_event(&m, 0, 3);
	SHOWS(&m, "evt.buffer", MISSING);
	stop_machine(&m);
}

TEST(around)
{
	struct machine m;

	start_machine(&m);
	m.event.ts_ns = 10000000;
	SHOWS(&m, "evt.around[10000000]", "0");
	SHOWS(&m, "evt.around[10000001]", "1");
	SHOWS(&m, "evt.around[8000000]", "2");
	SHOWS(&m, "evt.around[7999999]", "3");
	stop_machine(&m);
}

/* ---- paths ---- */

static void renameat_event(struct machine *m, int64_t from_dir, const char *from, int64_t to_dir,
			   const char *to)
{
	begin_event(m, EYAS_EV_SYSCALL_RENAMEAT_X, 300);
	eyas_put_int(&m->encoder, 0);
	eyas_put_int(&m->encoder, from_dir);
	eyas_put_str(&m->encoder, from);
	eyas_put_int(&m->encoder, to_dir);
	eyas_put_str(&m->encoder, to);
	end_event(m);
}

TEST(abspath)
{
	const struct eyas_fd_entry directory = { .fd = 7,
						 .kind = EYAS_FD_DIRECTORY,
						 .name = BYTES("/srv") };
	struct machine m;

	start_machine(&m);
	add_fd(&m, &directory);
	openat_event(&m, 3, 1, 0);
	SHOWS(&m, "evt.abspath", "/desk/file");
	SHOWS(&m, "evt.abspath.dst", "/desk/file");
	renameat_event(&m, 7, "./a", -100, "../b");
	SHOWS(&m, "evt.abspath", "/srv/a");
	SHOWS(&m, "evt.abspath.src", "/srv/a");
	SHOWS(&m, "evt.abspath.dst", "/b");
	renameat_event(&m, 99, "a", 99, "//c/../d");
	SHOWS(&m, "evt.abspath.src", "<UNKNOWN>/a");
	SHOWS(&m, "evt.abspath.dst", "/d");
	m.context.thread = NULL;
	SHOWS(&m, "evt.abspath", MISSING);
	/* Only calls relative to a descriptor. */
	set_event(&m, EYAS_EV_SYSCALL_OPEN_X, 300);
	SHOWS(&m, "evt.abspath", MISSING);
	stop_machine(&m);
}

TEST(infrastructure_events)
{
	struct machine m;

	start_machine(&m);
	begin_event(&m, EYAS_EV_INFRASTRUCTURE_EVENT_E, 300);
	eyas_put_str(&m.encoder, "docker");
	eyas_put_str(&m.encoder, "Container");
	eyas_put_str(&m.encoder,
		     "Event: start ;ID:0123456789abcdef; name:web;Image: nginx:1.2@sha256:ff;");
	end_event(&m);
	SHOWS(&m, "evt.infra.docker.name", "start");
	SHOWS(&m, "evt.infra.docker.container.id", "0123456789ab");
	SHOWS(&m, "evt.infra.docker.container.name", "web");
	SHOWS(&m, "evt.infra.docker.container.image", "nginx:1.2");
	begin_event(&m, EYAS_EV_INFRASTRUCTURE_EVENT_E, 300);
	eyas_put_str(&m.encoder, "docker");
	eyas_put_str(&m.encoder, "Container");
	eyas_put_str(&m.encoder, "name;ID");
	end_event(&m);
	SHOWS(&m, "evt.infra.docker.container.name", MISSING);
	SHOWS(&m, "evt.infra.docker.container.id", MISSING);
	stop_machine(&m);
}
