/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters as text with the state: descriptors, threads, owners and paths by name, hostile names
 * in both forms, buffers, and parameters that are missing.
 */
#include "unit/fields.h"

#include "filter/param_text.h"
#include "state/state_int.h"

/* "raw|resolved|both" of one parameter. */
static const char *shown(struct machine *m, unsigned index)
{
	struct eyas_param param;

	eyas_event_param(&m->event, index, &param);
	m->text.len = 0;
	eyas_param_put_raw(&m->text, &m->context, &param, &m->opts);
	eyas_str_putc(&m->text, '|');
	eyas_param_put_resolved(&m->text, &m->context, &param, &m->opts);
	eyas_str_putc(&m->text, '|');
	eyas_param_put(&m->text, &m->context, &param, &m->opts);
	eyas_str_putc(&m->text, '\0');
	CHECK(!m->text.nomem);
	return m->text.data;
}

#define PARAM(m, index, want) CHECK_STR(shown(m, index), want)

static void close_fd(struct machine *m, int64_t fd)
{
	begin_event(m, EYAS_EV_SYSCALL_CLOSE_X, 300);
	eyas_put_int(&m->encoder, 0);
	eyas_put_int(&m->encoder, fd);
	end_event(m);
}

/* ---- descriptors ---- */

TEST(descriptors)
{
	const struct eyas_fd_entry file = { .fd = 3,
					    .kind = EYAS_FD_FILE,
					    .name = BYTES("/etc/x") };
	const struct eyas_fd_entry pipe = { .fd = 4, .kind = EYAS_FD_FIFO };
	struct machine m;

	start_machine(&m);
	add_fd(&m, &file);
	add_fd(&m, &pipe);
	close_fd(&m, 3);
	PARAM(&m, 1, "3|<f>/etc/x|3(<f>/etc/x)");
	close_fd(&m, 4);
	PARAM(&m, 1, "4|<p>|4(<p>)");
	close_fd(&m, 99);
	PARAM(&m, 1, "99||99");
	close_fd(&m, -100);
	PARAM(&m, 1, "-100|AT_FDCWD|-100(AT_FDCWD)");
	close_fd(&m, -9);
	PARAM(&m, 1, "-9|EBADF|-9(EBADF)");
	close_fd(&m, 3);
	m.context.thread = NULL;
	PARAM(&m, 1, "3||3");
	stop_machine(&m);
}

/* The letter of the protocol is of IP sockets only, and of those that are one end already. */
TEST(sockets)
{
	static const struct {
		uint8_t kind, l4;
		uint16_t bits;
		const char *text;
	} rows[] = {
		{ EYAS_FD_IPV4_SOCK, 2, FD_ROLE_CLIENT, "4|<4t>n|4(<4t>n)" },
		{ EYAS_FD_IPV6_SOCK, 3, FD_ROLE_SERVER, "4|<6u>n|4(<6u>n)" },
		{ EYAS_FD_IPV4_SOCK, 4, FD_ROLE_CLIENT, "4|<4i>n|4(<4i>n)" },
		{ EYAS_FD_IPV4_SOCK, 5, 0, "4|<4r>n|4(<4r>n)" },
		{ EYAS_FD_IPV4_SOCK, 2, 0, "4|<4>n|4(<4>n)" },
		{ EYAS_FD_IPV4_SERVER, 2, 0, "4|<4t>n|4(<4t>n)" },
		{ EYAS_FD_IPV4_SOCK, 1, FD_ROLE_CLIENT, "4|<4>n|4(<4>n)" },
		{ EYAS_FD_IPV4_SOCK, 200, FD_ROLE_CLIENT, "4|<4>n|4(<4>n)" },
		{ EYAS_FD_UNIX, 2, FD_ROLE_CLIENT, "4|<u>n|4(<u>n)" },
	};
	const struct eyas_fd_entry entry = { .fd = 4, .kind = EYAS_FD_FILE, .name = BYTES("n") };
	struct machine m;
	struct eyas_fd *fd;
	size_t i;

	start_machine(&m);
	add_fd(&m, &entry);
	close_fd(&m, 4);
	fd = fd_table_find(m.context.thread->fds, 4);
	for (i = 0; i < FIELD_COUNT(rows); i++) {
		fd->kind = rows[i].kind;
		fd->l4 = rows[i].l4;
		fd->bits = rows[i].bits;
		PARAM(&m, 1, rows[i].text);
	}
	stop_machine(&m);
}

TEST(fdlists)
{
	static const struct eyas_pollfd fds[] = { { 3, 1 }, { 9, 0x41 }, { -1, -1 } };
	const struct eyas_fd_entry file = { .fd = 3, .kind = EYAS_FD_FILE, .name = BYTES("/x") };
	struct machine m;

	start_machine(&m);
	add_fd(&m, &file);
	begin_event(&m, EYAS_EV_SYSCALL_POLL_X, 300);
	eyas_put_int(&m.encoder, 1);
	eyas_put_fdlist(&m.encoder, fds, 3);
	end_event(&m);
	PARAM(&m, 1,
	      "3:f1 9:?41 18446744073709551615:?ffffffff||"
	      "3:f1 9:?41 18446744073709551615:?ffffffff");
	stop_machine(&m);
}

/* ---- threads and owners ---- */

static void kill_event(struct machine *m, int64_t pid)
{
	begin_event(m, EYAS_EV_SYSCALL_KILL_X, 300);
	eyas_put_int(&m->encoder, 0);
	eyas_put_int(&m->encoder, pid);
	end_event(m);
}

TEST(threads)
{
	struct machine m;

	start_machine(&m);
	kill_event(&m, 100);
	PARAM(&m, 1, "100|bash|100(bash)");
	kill_event(&m, 4711);
	PARAM(&m, 1, "4711||4711");
	/* Nobody, and everybody: no thread. */
	kill_event(&m, 0);
	PARAM(&m, 1, "0||0");
	kill_event(&m, -1);
	PARAM(&m, 1, "-1||-1");
	stop_machine(&m);
}

static void setuid_event(struct machine *m, uint32_t uid)
{
	begin_event(m, EYAS_EV_SYSCALL_SETUID_X, 300);
	eyas_put_int(&m->encoder, 0);
	eyas_put_uint(&m->encoder, uid);
	end_event(m);
}

TEST(owners)
{
	const struct eyas_user user = { .uid = 1000, .name = BYTES("alice") };
	const struct eyas_group group = { .gid = 1000, .name = BYTES("staff") };
	struct machine m;

	start_machine(&m);
	CHECK_INT(m.loader.user(m.loader.ctx, &user), 0);
	CHECK_INT(m.loader.group(m.loader.ctx, &group), 0);
	setuid_event(&m, 1000);
	PARAM(&m, 1, "1000|alice|1000(alice)");
	setuid_event(&m, 4711);
	PARAM(&m, 1, "4711|<NA>|4711(<NA>)");
	setuid_event(&m, UINT32_MAX);
	PARAM(&m, 1, "-1|<NONE>|-1(<NONE>)");
	/* Of the host it would have been told; containers are seldom asked. */
	setuid_event(&m, 0);
	PARAM(&m, 1, "0|<NA>|0(<NA>)");
	CHECK_INT(thread_of(&m, 300)->container_id->len, 0);
	state_set_str(m.state, &thread_of(&m, 300)->container_id, "abcdef012345", 12);
	PARAM(&m, 1, "0|root|0(root)");
	state_set_str(m.state, &thread_of(&m, 300)->container_id, "", 0);
	begin_event(&m, EYAS_EV_SYSCALL_GETGID_X, 300);
	eyas_put_uint(&m.encoder, 1000);
	end_event(&m);
	PARAM(&m, 0, "1000|staff|1000(staff)");
	m.context.thread = NULL;
	PARAM(&m, 0, "1000||1000");
	stop_machine(&m);
}

/* ---- paths ---- */

static void stat_event(struct machine *m, const char *path)
{
	begin_event(m, EYAS_EV_SYSCALL_STAT_X, 300);
	eyas_put_int(&m->encoder, 0);
	eyas_put_str(&m->encoder, path);
	end_event(m);
}

TEST(paths)
{
	struct machine m;

	start_machine(&m);
	stat_event(&m, "a/./b//../c");
	PARAM(&m, 1, "a/./b//../c|/desk/a/c|a/./b//../c(/desk/a/c)");
	stat_event(&m, ".");
	PARAM(&m, 1, ".|/desk|.(/desk)");
	stat_event(&m, "/a/../b");
	PARAM(&m, 1, "/a/../b||/a/../b");
	stat_event(&m, "");
	PARAM(&m, 1, "||");
	stat_event(&m, NULL);
	PARAM(&m, 1, "<NA>||<NA>");
	stat_event(&m, "a");
	m.context.thread = NULL;
	PARAM(&m, 1, "a||a");
	stop_machine(&m);
}

static void mkdirat_event(struct machine *m, int64_t dirfd)
{
	begin_event(m, EYAS_EV_SYSCALL_MKDIRAT_X, 300);
	eyas_put_int(&m->encoder, 0);
	eyas_put_int(&m->encoder, dirfd);
	eyas_put_str(&m->encoder, "new");
	end_event(m);
}

TEST(paths_at)
{
	const struct eyas_fd_entry dir = { .fd = 7,
					   .kind = EYAS_FD_DIRECTORY,
					   .name = BYTES("/srv") };
	struct machine m;

	start_machine(&m);
	add_fd(&m, &dir);
	mkdirat_event(&m, 7);
	PARAM(&m, 2, "new|/srv/new|new(/srv/new)");
	mkdirat_event(&m, -100);
	PARAM(&m, 2, "new|/desk/new|new(/desk/new)");
	mkdirat_event(&m, 8);
	PARAM(&m, 2, "new|<UNKNOWN>/new|new(<UNKNOWN>/new)");
	stop_machine(&m);
}

/* ---- what comes from outside ---- */

TEST(hostile_names)
{
	const struct eyas_fd_entry file = { .fd = 3,
					    .kind = EYAS_FD_FILE,
					    .name = BYTES("/tmp/\x1b[31m\n\xff") };
	struct machine m;

	start_machine(&m);
	add_fd(&m, &file);
	close_fd(&m, 3);
	PARAM(&m, 1, "3|<f>/tmp/\\x1b[31m\\n\\xff|3(<f>/tmp/\\x1b[31m\\n\\xff)");
	stat_event(&m, "a\nb");
	PARAM(&m, 1, "a\\nb|/desk/a\\nb|a\\nb(/desk/a\\nb)");
	m.opts.raw_text = true;
	PARAM(&m, 1, "a\nb|/desk/a\nb|a\nb(/desk/a\nb)");
	close_fd(&m, 3);
	PARAM(&m, 1, "3|<f>/tmp/\x1b[31m\n\xff|3(<f>/tmp/\x1b[31m\n\xff)");
	stop_machine(&m);
}

TEST(buffers)
{
	struct machine m;

	start_machine(&m);
	begin_event(&m, EYAS_EV_SYSCALL_READ_X, 300);
	eyas_put_int(&m.encoder, 6);
	eyas_put_bytes(&m.encoder, "abc\0de", 6);
	end_event(&m);
	PARAM(&m, 1, "abc.de||abc.de");
	m.opts.max_bytes = 5;
	PARAM(&m, 1, "ab...||ab...");
	m.opts.buffers = BUFFER_BASE64;
	PARAM(&m, 1, "YWJjAGQ=||YWJjAGQ=");
	stop_machine(&m);
}

/* A variant is shown as its own type is, a descriptor by name. */
TEST(variants)
{
	const struct eyas_fd_entry map = { .fd = 5, .kind = EYAS_FD_BPF, .name = BYTES("map") };
	struct machine m;

	start_machine(&m);
	add_fd(&m, &map);
	begin_event(&m, EYAS_EV_SYSCALL_BPF_X, 300);
	eyas_put_dyn_int(&m.encoder, 0, 5);
	end_event(&m);
	PARAM(&m, 0, "5|<b>map|5(<b>map)");
	begin_event(&m, EYAS_EV_SYSCALL_BPF_X, 300);
	eyas_put_dyn_int(&m.encoder, 1, -1);
	end_event(&m);
	PARAM(&m, 0, "-1|EPERM|-1(EPERM)");
	set_event(&m, EYAS_EV_SYSCALL_BPF_X, 300);
	PARAM(&m, 0, "NULL||NULL");
	stop_machine(&m);
}

/* ---- all of them ---- */

static const char *all(struct machine *m)
{
	m->text.len = 0;
	eyas_params_put(&m->text, &m->context, &m->opts);
	eyas_str_putc(&m->text, '\0');
	return m->text.data;
}

TEST(all_parameters)
{
	struct machine m;

	start_machine(&m);
	kill_event(&m, 100);
	CHECK_STR(all(&m), "res=0 pid=100(bash) sig=<NA>");
	/* An event of before has fewer than its type: those it has. */
	m.event.nparams = 1;
	CHECK_STR(all(&m), "res=0");
	m.event.nparams = 0;
	CHECK_STR(all(&m), "");
	begin_event(&m, EYAS_EV_GENERIC_X, 300);
	eyas_put_uint(&m.encoder, EYAS_SYS_GETPID);
	eyas_put_uint(&m.encoder, 39);
	end_event(&m);
	CHECK_STR(all(&m), "");
	stop_machine(&m);
}
