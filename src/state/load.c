/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what a capture says about the machine, or /proc does, to the state. The loader's functions
 * are called by whoever reads a capture; the entry functions also by what reads /proc.
 *
 * Entries come in any order, so what depends on two of them waits for load_finish(), which is
 * due before the first event: threads that share what their leader has, and which end of a
 * connection is the client.
 */
#include <errno.h>
#include <string.h>

#include "state/on.h"

void load_begin(struct eyas_state *state)
{
	state->loading = true;
	/* Without memory only what a process itself listens on counts. */
	if (!state->server_ports)
		state->server_ports = state_alloc(state, PORTS_BYTES);
}

void load_drop(struct eyas_state *state)
{
	state->loading = false;
	state_free(state, state->server_ports, PORTS_BYTES);
	state->server_ports = NULL;
}

/* ---- threads ---- */

static void set_text(struct eyas_state *state, struct eyas_istr **to, struct eyas_bytes text)
{
	state_set_str(state, to, text.data, text.len);
}

static void set_names(struct eyas_state *state, struct eyas_thread *thread,
		      const struct eyas_thread_entry *entry)
{
	set_text(state, &thread->comm, entry->comm);
	set_text(state, &thread->exe, entry->exe);
	thread_set_exepath(state, thread, entry->exepath.data, entry->exepath.len);
	thread_set_list(state, &thread->args, entry->args.data, entry->args.len);
	thread_set_list(state, &thread->env, entry->env.data, entry->env.len);
	thread_set_cgroups(state, thread, entry->cgroups.data, entry->cgroups.len);
	thread_set_cwd(state, thread, entry->cwd.data, entry->cwd.len);
	if (entry->root.len)
		set_text(state, &thread->fs->root, entry->root);
}

static void set_numbers(struct eyas_thread *thread, const struct eyas_thread_entry *entry)
{
	thread->sid = entry->sid;
	thread->vpgid = entry->vpgid;
	thread->pgid = entry->pgid;
	thread->vtid = entry->vtid;
	thread->vpid = entry->vpid;
	thread->fdlimit = (int64_t)entry->fdlimit;
	thread->flags = entry->flags & ~(uint32_t)PPM_CL_CLOSED;
	thread->uid = entry->uid;
	thread->gid = entry->gid;
	thread->loginuid = entry->loginuid;
	thread->tty = entry->tty;
	thread->vmsize_kb = entry->vmsize_kb;
	thread->vmrss_kb = entry->vmrss_kb;
	thread->vmswap_kb = entry->vmswap_kb;
	thread->pfmajor = entry->pfmajor;
	thread->pfminor = entry->pfminor;
	thread->pidns_init_start_ts_ns = entry->pidns_init_start_ts_ns;
	thread->cap_inheritable = entry->cap_inheritable;
	thread->cap_permitted = entry->cap_permitted;
	thread->cap_effective = entry->cap_effective;
	thread->exe_ino = entry->exe_ino;
	thread->exe_ino_ctime_ns = entry->exe_ino_ctime_ns;
	thread->exe_ino_mtime_ns = entry->exe_ino_mtime_ns;
}

static void set_bits(struct eyas_thread *thread, const struct eyas_thread_entry *entry)
{
	uint32_t bits = (entry->exe_writable ? THREAD_EXE_WRITABLE : 0) |
			(entry->exe_upper_layer ? THREAD_EXE_UPPER_LAYER : 0) |
			(entry->exe_lower_layer ? THREAD_EXE_LOWER_LAYER : 0) |
			(entry->exe_from_memfd ? THREAD_EXE_FROM_MEMFD : 0) |
			(thread->pid < 0 ? THREAD_GUESSED : 0);

	if (entry->args_cut)
		bits |= THREAD_EXE_ARGS_CUT;
	/* A leader that died before its threads. */
	if (entry->flags & PPM_CL_CLOSED)
		bits |= THREAD_DEAD;
	if (thread->group) {
		thread->group->alive += !!(thread->bits & THREAD_DEAD);
		thread->group->alive -= !!(bits & THREAD_DEAD);
	}
	thread->bits = bits;
}

/* A thread of that number, without descriptors; where it belongs is up to date. */
static struct eyas_thread *entry_thread(struct eyas_state *state, int64_t tid, int64_t pid,
					int64_t ptid)
{
	struct eyas_thread *thread = eyas_state_find(state, tid);
	struct fs_info *fs;
	struct fd_table *fds;

	if (!thread)
		return thread_add(state, tid, pid, ptid);
	fds = fd_table_new(state);
	fs = fs_info_new(state);
	if (fds) {
		fd_table_put(state, thread->fds);
		thread->fds = fds;
	}
	if (fs) {
		fs_info_put(state, thread->fs);
		thread->fs = fs;
	}
	thread_set_group(state, thread, pid);
	thread_set_parent(state, thread, ptid);
	return thread;
}

static void share_with_leader(struct eyas_state *state, struct eyas_thread *thread)
{
	struct eyas_thread *leader = eyas_thread_leader(thread);

	if (leader == thread)
		return;
	if (thread->flags & PPM_CL_CLONE_FILES && thread->fds != leader->fds) {
		fd_table_put(state, thread->fds);
		thread->fds = fd_table_ref(leader->fds);
	}
	if (thread->flags & PPM_CL_CLONE_FS && thread->fs != leader->fs) {
		fs_info_put(state, thread->fs);
		thread->fs = leader->fs;
		leader->fs->refs++;
	}
}

struct eyas_thread *load_thread_entry(struct eyas_state *state,
				      const struct eyas_thread_entry *entry)
{
	int64_t tid = (int64_t)entry->tid;
	struct eyas_thread *thread;

	if (tid < 0) {
		state->stats.threads_refused++;
		return NULL;
	}
	thread = entry_thread(state, tid, (int64_t)entry->pid, (int64_t)entry->ptid);
	if (!thread)
		return NULL;
	set_names(state, thread, entry);
	set_numbers(thread, entry);
	set_bits(thread, entry);
	share_with_leader(state, thread);
	thread->taken_ns = entry->taken_ts_ns ? entry->taken_ts_ns : state->taken_ns;
	if (entry->start_ts_ns)
		thread->clone_ts_ns = entry->start_ts_ns;
	return thread;
}

/* ---- descriptors ---- */

/*
 * Does a socket listen on the port? While loading, any of the machine: the process that accepted
 * a connection may not be the one that listens.
 */
static bool is_server_port(const struct eyas_state *state, const struct fd_table *table,
			   uint16_t port)
{
	uint32_t i;

	if (state->server_ports)
		return port_has(state->server_ports, port);
	for (i = 0; i < table->count; i++)
		if (eyas_fd_is_ip_server(&table->fds[i]) && table->fds[i].u.ip.sport == port)
			return true;
	return false;
}

/*
 * A connection is loaded from this end to the other. The source is to be the client, which is
 * the other end if this one's port is one that is listened on. Nothing is accepted over UDP: who
 * has an other end there has connected to it.
 */
static void find_role(struct eyas_state *state, const struct fd_table *table, struct eyas_fd *fd)
{
	if (!fd_has_tuple(fd) || fd->bits & (FD_ROLE_CLIENT | FD_ROLE_SERVER))
		return;
	if (fd->l4 == FD_L4_UDP || !is_server_port(state, table, fd->u.ip.sport)) {
		fd->bits |= FD_ROLE_CLIENT;
		return;
	}
	fd_swap_ends(fd);
	fd->bits |= FD_ROLE_SERVER;
	fd_name_from_tuple(state, fd);
}

/* A server without a port is a socket that is bound to an address and nothing else yet. */
static void set_server(struct eyas_state *state, struct eyas_fd *fd)
{
	fd_name_from_tuple(state, fd);
	fd->bits |= FD_BOUND;
	if (!fd->u.ip.sport) {
		fd->kind = fd->kind == EYAS_FD_IPV4_SERVER ? EYAS_FD_IPV4_SOCK : EYAS_FD_IPV6_SOCK;
		return;
	}
	/* Without a role, as the peers have it: fields of the server's end show it that way. */
	fd->bits |= fd->l4 == FD_L4_TCP ? FD_LISTENING : 0;
	if (state->server_ports)
		port_add(state->server_ports, fd->u.ip.sport);
}

static void set_ip(struct eyas_state *state, struct eyas_fd *fd, const struct eyas_fd_entry *entry)
{
	memcpy(fd->u.ip.src, entry->src, sizeof(fd->u.ip.src));
	fd->u.ip.sport = entry->sport;
	fd->l4 = entry->l4;
	if (eyas_fd_is_ip_server(fd)) {
		set_server(state, fd);
		return;
	}
	memcpy(fd->u.ip.dst, entry->dst, sizeof(fd->u.ip.dst));
	fd->u.ip.dport = entry->dport;
	/* Neither bound nor connected, it has no name: what becomes of it is still to be seen. */
	if (!fd_has_tuple(fd))
		return;
	fd->bits |= FD_CONNECTED;
	fd_name_from_tuple(state, fd);
}

static void set_fd(struct eyas_state *state, struct eyas_fd *fd, const struct eyas_fd_entry *entry)
{
	fd->ino = entry->ino;
	fd->kind = entry->kind == EYAS_FD_FILE_V2 ? EYAS_FD_FILE : entry->kind;
	fd->open_flags = entry->open_flags;
	on_set_bit(&fd->bits, FD_CLOSE_ON_EXEC, entry->open_flags & PPM_O_CLOEXEC);
	on_set_bit(&fd->bits, FD_DELETED, entry->deleted);
	fd->dev = entry->dev;
	fd->mount_id = entry->mount_id;
	if (eyas_fd_is_ip(fd)) {
		set_ip(state, fd, entry);
		return;
	}
	set_text(state, &fd->name, entry->name);
	if (fd->kind == EYAS_FD_PIDFD)
		fd->u.pidfd.pid = entry->pid;
	if (fd->kind == EYAS_FD_UNIX) {
		fd->u.un.src = entry->unix_src;
		fd->u.un.dst = entry->unix_dst;
		on_set_bit(&fd->bits, FD_CONNECTED, entry->unix_dst);
	}
}

struct eyas_fd *load_fd_entry(struct eyas_state *state, struct eyas_thread *thread,
			      const struct eyas_fd_entry *entry)
{
	struct eyas_fd *fd = fd_insert(state, thread->fds, entry->fd);

	if (!fd)
		return NULL;
	set_fd(state, fd, entry);
	if (!state->loading)
		find_role(state, thread->fds, fd);
	return fd;
}

/* ---- the end ---- */

static void finish_thread(struct eyas_state *state, struct eyas_thread *thread)
{
	struct fd_table *table;
	uint32_t i;

	share_with_leader(state, thread);
	table = thread->fds;
	for (i = 0; i < table->count; i++)
		find_role(state, table, &table->fds[i]);
}

void load_finish(struct eyas_state *state)
{
	const struct id_map *threads = &state->threads;
	size_t i;

	for (i = 0; threads->used && i < (size_t)1 << threads->bits; i++)
		if (threads->rows[i].value)
			finish_thread(state, threads->rows[i].value);
	load_drop(state);
}

/* ---- the loader ---- */

/* What finds no room is counted and does not stop the reading. */
enum { GO_ON = 0 };

static int load_section(void *ctx)
{
	state_clear(ctx);
	return GO_ON;
}

static int load_machine(void *ctx, const struct eyas_machine *machine)
{
	struct eyas_state *state = ctx;

	state->machine = *machine;
	return GO_ON;
}

static int load_iface(void *ctx, const struct eyas_iface *iface)
{
	(void)owners_add_iface(ctx, iface);
	return GO_ON;
}

static int load_user(void *ctx, const struct eyas_user *user)
{
	struct eyas_state *state = ctx;

	(void)owners_add_user(state, state->strings.empty, user);
	return GO_ON;
}

static int load_group(void *ctx, const struct eyas_group *group)
{
	struct eyas_state *state = ctx;

	(void)owners_add_group(state, state->strings.empty, group);
	return GO_ON;
}

static int load_thread(void *ctx, const struct eyas_thread_entry *entry)
{
	struct eyas_state *state = ctx;

	load_begin(state);
	(void)load_thread_entry(state, entry);
	return GO_ON;
}

static int load_fd(void *ctx, uint64_t tid, const struct eyas_fd_entry *entry)
{
	struct eyas_state *state = ctx;
	struct eyas_thread *thread = state->last;

	/* A list is of one thread. */
	if (!thread || thread->tid != (int64_t)tid)
		thread = state->last = eyas_state_find(state, (int64_t)tid);
	if (!thread) {
		state->stats.fds_refused++;
		return GO_ON;
	}
	load_begin(state);
	(void)load_fd_entry(state, thread, entry);
	return GO_ON;
}

void eyas_state_loader(struct eyas_state *state, struct eyas_loader *ret_loader)
{
	*ret_loader = (struct eyas_loader){
		.ctx = state,
		.section = load_section,
		.machine = load_machine,
		.iface = load_iface,
		.user = load_user,
		.group = load_group,
		.thread = load_thread,
		.fd = load_fd,
	};
}
