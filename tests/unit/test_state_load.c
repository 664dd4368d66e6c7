/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the entries of a capture to the state and back: threads that share, roles of connections,
 * users and interfaces, what is dumped loads as the same, and the way of one event.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/harness.h"

#include "base/str.h"
#include "schema/ids.h"
#include "state/state_int.h"

enum { CL_FILES = 0x1, CL_FS = 0x2, CL_CLOSED = 0x40000 };

static struct eyas_state *state;
static struct eyas_loader loader;

static void begin(void)
{
	CHECK_INT(eyas_state_new(NULL, &state, NULL), 0);
	eyas_state_loader(state, &loader);
}

static void end(void)
{
	state_clear(state);
	CHECK_INT(state->threads.used, 0);
	CHECK_INT(state->live_fds, 0);
	CHECK_INT(state->strings.used, 0);
	eyas_state_free(state);
}

static struct eyas_bytes bytes(const char *text)
{
	return (struct eyas_bytes){ text, (uint32_t)strlen(text) };
}

static struct eyas_thread_entry thread_entry(uint64_t tid, uint64_t pid, uint64_t ptid)
{
	return (struct eyas_thread_entry){ .tid = tid,
					   .pid = pid,
					   .ptid = ptid,
					   .vtid = -1,
					   .vpid = -1,
					   .comm = bytes("worker"),
					   .cwd = bytes("/tmp") };
}

static void load_thread(uint64_t tid, uint64_t pid, uint64_t ptid, uint32_t flags)
{
	struct eyas_thread_entry entry = thread_entry(tid, pid, ptid);

	entry.flags = flags;
	CHECK_INT(loader.thread(loader.ctx, &entry), 0);
}

static void load_file(uint64_t tid, int64_t num, const char *name)
{
	struct eyas_fd_entry entry = { .fd = num, .kind = EYAS_FD_FILE, .name = bytes(name) };

	CHECK_INT(loader.fd(loader.ctx, tid, &entry), 0);
}

static struct eyas_fd_entry ipv4(int64_t num, const char *src, uint16_t sport, const char *dst,
				 uint16_t dport)
{
	struct eyas_fd_entry entry = { .fd = num,
				       .kind = dst ? EYAS_FD_IPV4_SOCK : EYAS_FD_IPV4_SERVER,
				       .l4 = 2,
				       .sport = sport,
				       .dport = dport };

	CHECK_INT(inet_pton(AF_INET, src, entry.src), 1);
	if (dst)
		CHECK_INT(inet_pton(AF_INET, dst, entry.dst), 1);
	return entry;
}

static void load_ipv4(uint64_t tid, int64_t num, const char *src, uint16_t sport, const char *dst,
		      uint16_t dport)
{
	struct eyas_fd_entry entry = ipv4(num, src, sport, dst, dport);

	CHECK_INT(loader.fd(loader.ctx, tid, &entry), 0);
}

static struct eyas_thread *get(int64_t tid)
{
	struct eyas_thread *thread = eyas_state_find(state, tid);

	CHECK(thread);
	return thread;
}

static struct eyas_fd *get_fd(int64_t tid, int64_t num)
{
	struct eyas_fd *fd = fd_table_find(get(tid)->fds, num);

	CHECK(fd);
	return fd;
}

/* An event of a type without a handler; the first one ends the loading. */
static const struct eyas_context *event_of(unsigned type, uint64_t tid, uint64_t ts_ns)
{
	static uint8_t buf[512];
	static struct eyas_event event;
	struct eyas_encoder enc;
	int len;

	eyas_encoder_begin(&enc, buf, sizeof(buf), type, ts_ns, tid);
	len = eyas_encoder_end(&enc);
	CHECK(len > 0);
	CHECK_INT(eyas_event_view(buf, (size_t)len, &event, NULL), 0);
	return eyas_state_take(state, &event);
}

/* ---- threads ---- */

TEST(fields_of_a_thread_entry)
{
	struct eyas_thread_entry entry = thread_entry(10, 10, 1), got;
	struct eyas_thread *thread;

	begin();
	entry.args = (struct eyas_bytes){ "-x\0y", 4 };
	entry.exepath = bytes("/bin/worker (deleted)");
	entry.fdlimit = 1024;
	entry.uid = 7;
	entry.loginuid = UINT32_MAX;
	entry.exe_writable = 1;
	entry.exe_from_memfd = 1;
	entry.cap_effective = 0x1ff;
	CHECK_INT(loader.thread(loader.ctx, &entry), 0);
	thread = get(10);
	CHECK_STR(thread->comm->text, "worker");
	CHECK_STR(thread->exepath->text, "/bin/worker");
	CHECK_STR(thread->fs->cwd->text, "/tmp/");
	CHECK_STR(thread->fs->root->text, "/");
	CHECK_INT(thread->args->len, 5);
	CHECK_INT(thread->uid, 7);
	CHECK_INT(thread->bits, THREAD_EXE_WRITABLE | THREAD_EXE_FROM_MEMFD);
	CHECK_INT(eyas_state_thread(state, 11, &got), 0);
	CHECK_INT(eyas_state_thread(state, 10, &got), 1);
	CHECK_INT(got.cwd.len, 4);
	CHECK_INT(got.cap_effective, 0x1ff);
	CHECK_INT(got.exe_from_memfd, 1);
	CHECK_INT(got.exe_upper_layer, 0);
	end();
}

TEST(threads_share_with_a_leader_in_any_order)
{
	const uint32_t flags = CL_FILES | CL_FS;

	begin();
	load_thread(11, 10, 1, flags);
	load_thread(10, 10, 1, 0);
	load_thread(12, 10, 1, flags);
	load_thread(13, 10, 1, CL_FILES);
	load_thread(14, 10, 1, 0);
	load_thread(21, 20, 1, flags);
	load_file(10, 3, "/x");
	load_file(12, 4, "/y");
	event_of(EYAS_EV_SYSCALL_SETNS_X, 10, 1);
	CHECK(get(11)->fds == get(10)->fds && get(12)->fds == get(10)->fds);
	CHECK(get(13)->fds == get(10)->fds && get(14)->fds != get(10)->fds);
	CHECK(get(11)->fs == get(10)->fs && get(13)->fs != get(10)->fs);
	CHECK_STR(get_fd(11, 3)->name->text, "/x");
	CHECK_STR(get_fd(11, 4)->name->text, "/y");
	CHECK_INT(get(10)->fds->refs, 4);
	CHECK_INT(get(21)->fds->refs, 1);
	end();
}

TEST(an_entry_again_is_the_same_thread)
{
	begin();
	load_thread(10, 10, 1, 0);
	load_thread(20, 20, 10, 0);
	load_file(10, 3, "/x");
	load_thread(10, 10, 1, 0);
	load_file(10, 4, "/y");
	load_thread(30, 30, 1, 0);
	load_thread(30, 30, 20, 0);
	event_of(EYAS_EV_SYSCALL_SETNS_X, 10, 1);
	CHECK(eyas_thread_parent(get(30)) == get(20));
	CHECK(!fd_table_find(get(10)->fds, 3));
	CHECK_STR(get_fd(10, 4)->name->text, "/y");
	CHECK(eyas_thread_parent(get(20)) == get(10));
	CHECK_INT(get(10)->group->alive, 1);
	CHECK_INT(state->threads.used, 3);
	end();
}

TEST(a_leader_that_died_before_its_threads)
{
	begin();
	load_thread(10, 10, 1, CL_CLOSED | CL_FS);
	load_thread(11, 10, 1, 0);
	CHECK(get(10)->bits & THREAD_DEAD);
	CHECK_INT(get(10)->flags, CL_FS);
	CHECK_INT(get(10)->group->alive, 1);
	/* It is listed again, and alive. */
	load_thread(10, 10, 1, 0);
	CHECK_INT(get(10)->group->alive, 2);
	load_thread(10, 10, 1, CL_CLOSED);
	load_finish(state);
	thread_exit(state, get(11), 0);
	CHECK(!eyas_state_find(state, 10));
	end();
}

TEST(entries_that_mean_nothing)
{
	begin();
	load_thread(UINT64_MAX, 1, 1, 0);
	load_thread((uint64_t)INT64_MIN, 1, 1, 0);
	CHECK_INT(state->threads.used, 0);
	CHECK_INT(state->stats.threads_refused, 2);
	load_file(99, 3, "/x");
	CHECK_INT(state->live_fds, 0);
	CHECK_INT(state->stats.fds_refused, 1);
	end();
}

TEST(a_section_empties_the_state)
{
	const struct eyas_user user = { .uid = 5, .name = bytes("me") };
	struct eyas_machine machine = { .num_cpus = 4 };

	begin();
	loader.machine(loader.ctx, &machine);
	loader.user(loader.ctx, &user);
	load_thread(10, 10, 1, 0);
	load_ipv4(10, 3, "0.0.0.0", 80, NULL, 0);
	event_of(EYAS_EV_SYSCALL_SETNS_X, 10, 1);
	event_of(EYAS_EV_SYSCALL_SETNS_X, 10, 2);
	CHECK_INT(eyas_state_first_ts_ns(state), 1);
	CHECK_INT(loader.section(loader.ctx), 0);
	CHECK_INT(state->threads.used, 0);
	CHECK_INT(eyas_state_machine(state)->num_cpus, 0);
	CHECK(!eyas_state_user(state, state->strings.empty, 5));
	event_of(EYAS_EV_SYSCALL_SETNS_X, 10, 7);
	CHECK_INT(eyas_state_first_ts_ns(state), 7);
	CHECK(get(10)->bits & THREAD_GUESSED);
	end();
}

/* ---- descriptors ---- */

TEST(who_is_the_client)
{
	struct eyas_fd_entry udp = ipv4(6, "10.0.0.1", 80, "10.0.0.2", 53);

	begin();
	load_thread(10, 10, 1, 0);
	load_thread(20, 20, 1, 0);
	/* Accepted here, made here, and made here to the other end of the same. */
	load_ipv4(10, 4, "10.0.0.1", 80, "10.0.0.2", 5555);
	load_ipv4(10, 5, "10.0.0.1", 6666, "10.0.0.2", 80);
	load_ipv4(20, 3, "0.0.0.0", 80, NULL, 0);
	udp.l4 = 3;
	CHECK_INT(loader.fd(loader.ctx, 10, &udp), 0);
	event_of(EYAS_EV_SYSCALL_SETNS_X, 10, 1);
	CHECK_INT(get_fd(10, 6)->bits, FD_ROLE_CLIENT | FD_CONNECTED);
	CHECK_INT(get_fd(10, 6)->u.ip.sport, 80);
	CHECK_STR(get_fd(10, 4)->name->text, "10.0.0.2:5555->10.0.0.1:80");
	CHECK_INT(get_fd(10, 4)->bits, FD_ROLE_SERVER | FD_CONNECTED);
	CHECK_INT(get_fd(10, 4)->u.ip.sport, 5555);
	CHECK_STR(get_fd(10, 5)->name->text, "10.0.0.1:6666->10.0.0.2:80");
	CHECK_INT(get_fd(10, 5)->bits, FD_ROLE_CLIENT | FD_CONNECTED);
	CHECK_STR(get_fd(20, 3)->name->text, "0.0.0.0:80");
	CHECK_INT(get_fd(20, 3)->u.ip.sport, 80);
	CHECK(!state->server_ports);
	end();
}

/* A single entry, when nothing is being loaded: what the process itself listens on counts. */
TEST(who_is_the_client_of_a_single_entry)
{
	struct eyas_fd_entry entry = ipv4(3, "0.0.0.0", 80, NULL, 0);
	struct eyas_thread *thread;

	begin();
	thread = thread_add(state, 10, 10, 1);
	load_fd_entry(state, thread, &entry);
	entry = ipv4(4, "10.0.0.1", 80, "10.0.0.2", 5555);
	CHECK_INT(load_fd_entry(state, thread, &entry)->bits, FD_ROLE_SERVER | FD_CONNECTED);
	entry = ipv4(5, "10.0.0.1", 81, "10.0.0.2", 5555);
	CHECK_INT(load_fd_entry(state, thread, &entry)->bits, FD_ROLE_CLIENT | FD_CONNECTED);
	end();
}

TEST(one_descriptor_as_an_entry)
{
	struct eyas_fd_entry entry = { .fd = 3,
				       .ino = 9,
				       .kind = EYAS_FD_FILE_V2,
				       .open_flags = 2,
				       .dev = 7,
				       .name = bytes("/x") };
	struct eyas_fd_entry got;

	begin();
	load_thread(10, 10, 1, 0);
	loader.fd(loader.ctx, 10, &entry);
	CHECK_INT(eyas_state_fd(state, 10, 4, &got), 0);
	CHECK_INT(eyas_state_fd(state, 11, 3, &got), 0);
	CHECK_INT(eyas_state_fd(state, 10, 3, &got), 1);
	CHECK_INT(get_fd(10, 3)->kind, EYAS_FD_FILE);
	CHECK_INT(got.kind, EYAS_FD_FILE_V2);
	CHECK_INT(got.ino, 9);
	CHECK_INT(got.open_flags, 2);
	CHECK_INT(got.dev, 7);
	CHECK_INT(got.name.len, 2);
	CHECK_INT(get_fd(10, 3)->bits, 0);
	end();
}

/* ---- users, groups, interfaces ---- */

TEST(users_of_the_host_and_of_containers)
{
	struct eyas_user user = { .uid = 5, .gid = 6, .name = bytes("me"), .home = bytes("/me") };
	struct eyas_group group = { .gid = 6, .name = bytes("us") };
	struct eyas_istr *box, *none;

	begin();
	none = state->strings.empty;
	box = istr_get(&state->strings, "0123456789ab", 12);
	CHECK(!eyas_state_user(state, none, 5));
	loader.user(loader.ctx, &user);
	loader.group(loader.ctx, &group);
	CHECK_STR(eyas_state_user(state, box, 5)->home->text, "/me");
	CHECK_STR(eyas_state_group(state, box, 6)->name->text, "us");
	user.name = bytes("boxed");
	CHECK_INT(owners_add_user(state, box, &user), 0);
	CHECK_STR(eyas_state_user(state, box, 5)->name->text, "boxed");
	CHECK_STR(eyas_state_user(state, none, 5)->name->text, "me");
	user.name = bytes("renamed");
	loader.user(loader.ctx, &user);
	CHECK_STR(eyas_state_user(state, none, 5)->name->text, "renamed");
	owners_remove_user(state, box, 5);
	owners_remove_user(state, box, 5);
	owners_remove_group(state, none, 6);
	CHECK_STR(eyas_state_user(state, box, 5)->name->text, "renamed");
	CHECK(!eyas_state_group(state, none, 6));
	istr_put(&state->strings, box);
	end();
}

TEST(many_users_come_and_go)
{
	enum { COUNT = 5000 };
	struct eyas_user user = { .name = bytes("me") };
	struct eyas_istr *none;
	struct eyas_state_stats stats;

	begin();
	none = state->strings.empty;
	for (user.uid = 0; user.uid < COUNT; user.uid++)
		loader.user(loader.ctx, &user);
	for (user.uid = 0; user.uid < COUNT; user.uid += 3)
		owners_remove_user(state, none, user.uid);
	for (user.uid = 0; user.uid < COUNT; user.uid++)
		CHECK(!!eyas_state_user(state, none, user.uid) == !!(user.uid % 3));
	eyas_state_stats(state, &stats);
	CHECK_INT(stats.users, COUNT - (COUNT + 2) / 3);
	end();
}

TEST(addresses_of_this_machine)
{
	static const uint8_t mapped_loopback[16] = { [10] = 0xff, [11] = 0xff, [12] = 127 };
	static const uint8_t loopback6[16] = { [15] = 1 };
	struct eyas_iface v4 = { .type = 3, .addr = { 10, 0, 0, 1 }, .name = bytes("eth0") };
	struct eyas_iface v6 = { .type = 2, .addr = { 0xfe, 0x80 }, .name = bytes("eth0") };
	uint8_t addr[16] = { 10, 0, 0, 1 };

	begin();
	CHECK(!eyas_state_is_local(state, addr, 4));
	loader.iface(loader.ctx, &v4);
	loader.iface(loader.ctx, &v6);
	CHECK(eyas_state_is_local(state, addr, 4));
	CHECK(!eyas_state_is_local(state, addr, 16));
	addr[3] = 2;
	CHECK(!eyas_state_is_local(state, addr, 4));
	CHECK(eyas_state_is_local(state, v6.addr, 16));
	CHECK(eyas_state_is_local(state, loopback6, 16));
	CHECK(eyas_state_is_local(state, mapped_loopback, 16));
	CHECK(eyas_state_is_local(state, mapped_loopback + 12, 4));
	end();
}

/* ---- back again ---- */

/* A loader that writes down all it is told. */
static void put_text(struct eyas_str *to, struct eyas_bytes text)
{
	eyas_str_putc(to, ' ');
	eyas_str_safe(to, text.data, text.len);
}

static int write_machine(void *ctx, const struct eyas_machine *machine)
{
	eyas_str_printf(ctx, "machine %u %s\n", machine->num_cpus, machine->hostname);
	return 0;
}

static int write_iface(void *ctx, const struct eyas_iface *iface)
{
	eyas_str_printf(ctx, "iface %u %u", iface->type, iface->addr[0]);
	put_text(ctx, iface->name);
	eyas_str_putc(ctx, '\n');
	return 0;
}

static int write_user(void *ctx, const struct eyas_user *user)
{
	eyas_str_printf(ctx, "user %u %u", user->uid, user->gid);
	put_text(ctx, user->name);
	put_text(ctx, user->home);
	put_text(ctx, user->shell);
	eyas_str_putc(ctx, '\n');
	return 0;
}

static int write_group(void *ctx, const struct eyas_group *group)
{
	eyas_str_printf(ctx, "group %u", group->gid);
	put_text(ctx, group->name);
	eyas_str_putc(ctx, '\n');
	return 0;
}

static int write_thread(void *ctx, const struct eyas_thread_entry *t)
{
	eyas_str_printf(ctx, "thread %llu %lld %lld %lld %lld %lld %lld %lld %x %u %u %u",
			(unsigned long long)t->tid, (long long)t->pid, (long long)t->ptid,
			(long long)t->sid, (long long)t->vpgid, (long long)t->pgid,
			(long long)t->vtid, (long long)t->vpid, t->flags, t->uid, t->gid,
			t->loginuid);
	eyas_str_printf(ctx, " %u %u %u %llu %llu %u %u %u %u", t->vmsize_kb, t->vmrss_kb,
			t->vmswap_kb, (unsigned long long)t->exe_ino,
			(unsigned long long)t->cap_permitted, t->tty, t->exe_writable,
			t->exe_upper_layer, t->exe_lower_layer);
	put_text(ctx, t->comm);
	put_text(ctx, t->exe);
	put_text(ctx, t->exepath);
	put_text(ctx, t->args);
	put_text(ctx, t->cwd);
	put_text(ctx, t->env);
	put_text(ctx, t->cgroups);
	put_text(ctx, t->root);
	eyas_str_putc(ctx, '\n');
	return 0;
}

static int write_fd_list(void *ctx, uint64_t tid)
{
	eyas_str_printf(ctx, "fds of %llu\n", (unsigned long long)tid);
	return 0;
}

static int write_fd(void *ctx, uint64_t tid, const struct eyas_fd_entry *fd)
{
	eyas_str_printf(ctx, "fd %llu %lld %llu %u %u %u %u %x %x", (unsigned long long)tid,
			(long long)fd->fd, (unsigned long long)fd->ino, fd->kind, fd->l4, fd->sport,
			fd->dport, fd->open_flags, fd->dev);
	eyas_str_hexdump(ctx, fd->src, 16);
	eyas_str_hexdump(ctx, fd->dst, 16);
	put_text(ctx, fd->name);
	eyas_str_putc(ctx, '\n');
	return 0;
}

static struct eyas_str written(const struct eyas_state *of)
{
	struct eyas_str text = EYAS_STR_INIT;
	const struct eyas_loader to = { &text,	      NULL,	     write_machine,
					write_iface,  write_user,    write_group,
					write_thread, write_fd_list, write_fd };

	CHECK_INT(eyas_state_dump(of, &to), 0);
	CHECK(!text.nomem);
	return text;
}

/* Line by line, so that a failure names the first that differs. */
static void check_same(struct eyas_str *got, struct eyas_str *want)
{
	char *got_rest, *want_rest, *got_line, *want_line;

	eyas_str_putc(got, '\0');
	eyas_str_putc(want, '\0');
	got_line = strtok_r(got->data, "\n", &got_rest);
	want_line = strtok_r(want->data, "\n", &want_rest);
	while (got_line && want_line) {
		CHECK_STR(got_line, want_line);
		got_line = strtok_r(NULL, "\n", &got_rest);
		want_line = strtok_r(NULL, "\n", &want_rest);
	}
	CHECK(!got_line && !want_line);
}

/* The state dumped and loaded again; what is dumped from there is the same. */
static struct eyas_state *reload(void)
{
	struct eyas_str first = written(state), second;
	struct eyas_state *other;
	struct eyas_loader to;

	CHECK_INT(eyas_state_new(NULL, &other, NULL), 0);
	eyas_state_loader(other, &to);
	CHECK_INT(eyas_state_dump(state, &to), 0);
	load_finish(other);
	second = written(other);
	check_same(&second, &first);
	CHECK_INT(other->threads.used, state->threads.used);
	CHECK_INT(other->live_fds, state->live_fds);
	CHECK_INT(other->live_tables, state->live_tables);
	CHECK_INT(other->live_groups, state->live_groups);
	/* Nothing was said twice. */
	CHECK_INT(other->stats.fds_replaced, 0);
	eyas_str_fini(&first);
	eyas_str_fini(&second);
	return other;
}

TEST(dump_of_an_empty_state)
{
	begin();
	eyas_state_free(reload());
	end();
}

TEST(dump_of_a_bit_of_everything)
{
	const struct eyas_user user = { .uid = 5, .gid = 6, .name = bytes("me") };
	const struct eyas_group group = { .gid = 6, .name = bytes("us") };
	const struct eyas_iface iface = { .type = 1, .addr = { 10 }, .name = bytes("eth0") };
	struct eyas_machine machine = { .num_cpus = 4, .hostname = "box" };
	struct eyas_user boxed = { .uid = 6, .name = bytes("boxed") };
	struct eyas_state *other;
	struct eyas_istr *box;
	struct eyas_fd *fd;

	begin();
	loader.machine(loader.ctx, &machine);
	loader.iface(loader.ctx, &iface);
	loader.user(loader.ctx, &user);
	loader.group(loader.ctx, &group);
	load_thread(1, 1, 0, 0);
	load_thread(10, 10, 1, 0);
	load_thread(11, 10, 1, CL_FILES | CL_FS);
	load_thread(12, 10, 1, 0);
	load_file(10, 3, "/x");
	load_file(12, -5, "/y");
	load_ipv4(1, 3, "0.0.0.0", 80, NULL, 0);
	load_ipv4(10, 4, "10.0.0.1", 80, "10.0.0.2", 5555);
	load_ipv4(10, 5, "10.0.0.1", 6666, "10.0.0.2", 80);
	event_of(EYAS_EV_SYSCALL_SETNS_X, 10, 1);
	/* A user of a container has no place in a capture. */
	box = istr_get(&state->strings, "0123456789ab", 12);
	CHECK_INT(owners_add_user(state, box, &boxed), 0);
	istr_put(&state->strings, box);
	/* A dead leader, a guess. */
	thread_exit(state, get(10), 0);
	event_of(EYAS_EV_SYSCALL_SETNS_X, 77, 2);
	CHECK(get(77)->bits & THREAD_GUESSED);
	other = reload();
	CHECK(eyas_state_find(other, 10)->bits & THREAD_DEAD);
	CHECK(eyas_state_find(other, 77)->bits & THREAD_GUESSED);
	CHECK(eyas_state_find(other, 11)->fds == eyas_state_find(other, 10)->fds);
	fd = fd_table_find(eyas_state_find(other, 10)->fds, 4);
	CHECK_INT(fd->bits, FD_ROLE_SERVER | FD_CONNECTED);
	CHECK_INT(fd->u.ip.sport, 5555);
	CHECK(!eyas_state_user(other, other->strings.empty, 6));
	eyas_state_free(other);
	end();
}

TEST(what_closes_on_exec)
{
	enum { O_CLOEXEC_BIT = 1 << 12 };
	struct eyas_fd_entry entry = { .fd = 3,
				       .kind = EYAS_FD_FILE_V2,
				       .open_flags = O_CLOEXEC_BIT | 1,
				       .name = bytes("/x") };
	struct eyas_fd_entry got;
	struct eyas_state *other;

	begin();
	load_thread(10, 10, 1, 0);
	loader.fd(loader.ctx, 10, &entry);
	CHECK_INT(get_fd(10, 3)->bits, FD_CLOSE_ON_EXEC);
	load_file(10, 4, "/y");
	CHECK_INT(get_fd(10, 4)->bits, 0);
	/* fcntl() changes the one and not the other. */
	get_fd(10, 3)->bits = 0;
	get_fd(10, 4)->bits = FD_CLOSE_ON_EXEC;
	CHECK_INT(eyas_state_fd(state, 10, 3, &got), 1);
	CHECK_INT(got.open_flags, 1);
	other = reload();
	CHECK_INT(fd_table_find(eyas_state_find(other, 10)->fds, 3)->bits, 0);
	CHECK_INT(fd_table_find(eyas_state_find(other, 10)->fds, 4)->bits, FD_CLOSE_ON_EXEC);
	eyas_state_free(other);
	end();
}

static int refuse_user(void *ctx, const struct eyas_user *user)
{
	(void)ctx;
	(void)user;
	return -77;
}

TEST(dump_stops_when_the_loader_does)
{
	const struct eyas_user user = { .uid = 5 };
	const struct eyas_loader to = { .user = refuse_user }, deaf = { .ctx = NULL };

	begin();
	CHECK_INT(eyas_state_dump(state, &to), 0);
	loader.user(loader.ctx, &user);
	load_thread(10, 10, 1, 0);
	load_file(10, 3, "/x");
	CHECK_INT(eyas_state_dump(state, &to), -77);
	CHECK_INT(eyas_state_dump(state, &deaf), 0);
	end();
}

static void run_capture(const char *path)
{
	struct eyas_source_opts opts = { .size = sizeof(opts), .loader = &loader };
	const struct eyas_event *event;
	struct eyas_source *source;

	CHECK_INT(eyas_source_open_files(&path, 1, &opts, &source, NULL), 0);
	while (eyas_source_next(source, &event, NULL) == 1)
		eyas_state_take(state, event);
	eyas_source_close(source);
}

TEST(dump_after_every_shared_capture)
{
	struct dirent *row;
	char dir[512], path[1024];
	unsigned count = 0;
	DIR *captures;

	snprintf(dir, sizeof(dir), "%s/data/captures", test_data());
	captures = opendir(dir);
	CHECK(captures);
	while ((row = readdir(captures))) {
		if (!strstr(row->d_name, ".scap"))
			continue;
		begin();
		snprintf(path, sizeof(path), "%s/%s", dir, row->d_name);
		run_capture(path);
		CHECK(state->stats.threads_added > 50);
		eyas_state_free(reload());
		end();
		count++;
	}
	closedir(captures);
	CHECK(count > 0);
}

/* ---- the way of an event ---- */

TEST(which_events_make_a_thread_up)
{
	const struct eyas_context *context;

	begin();
	context = event_of(EYAS_EV_PROCINFO_E, 10, 1);
	CHECK(!context->thread);
	CHECK(!event_of(EYAS_EV_SCHEDSWITCH_6_E, 10, 2)->thread);
	CHECK(!event_of(EYAS_EV_CONTAINER_JSON_2_E, 10, 3)->thread);
	CHECK(!event_of(EYAS_EV_DROP_E, 10, 4)->thread);
	CHECK(!event_of(EYAS_EV_SYSCALL_SETNS_X, UINT64_MAX, 5)->thread);
	CHECK_INT(state->threads.used, 0);
	context = event_of(EYAS_EV_SYSCALL_SETNS_X, 10, 6);
	CHECK(context->thread == get(10));
	CHECK_INT(context->thread->last_seen_ns, 6);
	/* Once it is there, it is found; but not by an event that is not of a thread. */
	CHECK(event_of(EYAS_EV_PROCINFO_E, 10, 7)->thread);
	CHECK_INT(get(10)->last_seen_ns, 7);
	CHECK(event_of(EYAS_EV_SCHEDSWITCH_6_E, 10, 8)->thread);
	CHECK(!event_of(EYAS_EV_DROP_E, 10, 9)->thread);
	CHECK_INT(state->stats.threads_guessed, 1);
	CHECK_INT(state->stats.clones_missed, 1);
	end();
}

TEST(what_an_event_ends_goes_with_the_next)
{
	struct eyas_state_stats stats;

	begin();
	load_thread(1, 1, 0, 0);
	load_thread(10, 10, 1, 0);
	load_file(10, 3, "/x");
	event_of(EYAS_EV_SYSCALL_SETNS_X, 10, 1);
	state->pending.close_fd = 3;
	state->pending.close_table = fd_table_ref(get(10)->fds);
	state->pending.exit = get(10);
	CHECK_STR(get_fd(10, 3)->name->text, "/x");
	event_of(EYAS_EV_SYSCALL_SETNS_X, 1, 2);
	CHECK(!eyas_state_find(state, 10));
	CHECK(!state->pending.close_table && !state->pending.exit);
	eyas_state_stats(state, &stats);
	CHECK_INT(stats.fds, 0);
	CHECK_INT(stats.fds_closed, 1);
	CHECK_INT(stats.threads, 1);
	CHECK_INT(stats.threads_exited, 1);
	end();
}

TEST(options_of_another_version)
{
	struct {
		struct eyas_state_opts opts;
		uint64_t more;
	} newer = { { .size = sizeof(newer) }, 1 };
	struct eyas_err err;

	CHECK(eyas_state_new(&newer.opts, &state, &err) < 0);
	newer.more = 0;
	CHECK_INT(eyas_state_new(&newer.opts, &state, &err), 0);
	CHECK_INT(state->opts.max_threads, 262144);
	CHECK_INT(state->opts.idle_ns, 0);
	eyas_state_free(state);
	eyas_state_free(NULL);
}

/* All memory is counted, and given back. */
TEST(bytes_of_the_state)
{
	struct eyas_state_stats empty, full, after;

	begin();
	eyas_state_stats(state, &empty);
	load_thread(10, 10, 1, 0);
	load_file(10, 3, "/a/name/that/counts");
	load_finish(state);
	eyas_state_stats(state, &full);
	CHECK(full.bytes > empty.bytes + sizeof(struct eyas_thread) + sizeof(struct eyas_fd));
	CHECK_INT(full.threads, 1);
	CHECK_INT(full.fds, 1);
	CHECK_INT(full.strings, 4); /* worker, /tmp/, / and the name */
	state_clear(state);
	eyas_state_stats(state, &after);
	CHECK_INT(after.bytes, empty.bytes);
	end();
}
