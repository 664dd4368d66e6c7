/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the state back to the entries of a capture: for files that begin while events are running,
 * and for the program that asks for one thread or descriptor.
 */
#include <errno.h>
#include <stdlib.h>

#include "state/on.h"

static struct eyas_bytes bytes_of(const struct eyas_istr *str)
{
	return (struct eyas_bytes){ str->text, str->len };
}

/*
 * Without the '/' that the state keeps behind it; and as the current event found it, which would
 * go one directory further when it is read behind the dump.
 */
static struct eyas_bytes cwd_of(const struct eyas_state *state, const struct fs_info *fs)
{
	const struct eyas_istr *cwd = fs == state->pending.moved ? state->pending.old_cwd : fs->cwd;
	bool cut = cwd->len > 1 && cwd->text[cwd->len - 1] == '/';

	return (struct eyas_bytes){ cwd->text, cwd->len - cut };
}

static struct eyas_thread_entry thread_entry(const struct eyas_state *state,
					     const struct eyas_thread *thread)
{
	return (struct eyas_thread_entry){
		.tid = (uint64_t)thread->tid,
		.pid = (uint64_t)thread->pid,
		.ptid = (uint64_t)thread->ptid,
		.sid = thread->sid,
		.vpgid = thread->vpgid,
		.pgid = thread->pgid,
		.vtid = thread->vtid,
		.vpid = thread->vpid,
		.comm = bytes_of(thread->comm),
		.exe = bytes_of(thread->exe),
		.exepath = bytes_of(thread->exepath),
		.args = bytes_of(thread->args),
		.cwd = cwd_of(state, thread->fs),
		.env = bytes_of(thread->env),
		.cgroups = bytes_of(thread->cgroups),
		.root = bytes_of(thread->fs->root),
		.fdlimit = (uint64_t)thread->fdlimit,
		.flags = thread->flags | (thread->bits & THREAD_DEAD ? PPM_CL_CLOSED : 0),
		.uid = thread->uid,
		.gid = thread->gid,
		.vmsize_kb = thread->vmsize_kb,
		.vmrss_kb = thread->vmrss_kb,
		.vmswap_kb = thread->vmswap_kb,
		.pfmajor = thread->pfmajor,
		.pfminor = thread->pfminor,
		.pidns_init_start_ts_ns = thread->pidns_init_start_ts_ns,
		.tty = thread->tty,
		.loginuid = thread->loginuid,
		.cap_inheritable = thread->cap_inheritable,
		.cap_permitted = thread->cap_permitted,
		.cap_effective = thread->cap_effective,
		.exe_ino = thread->exe_ino,
		.exe_ino_ctime_ns = thread->exe_ino_ctime_ns,
		.exe_ino_mtime_ns = thread->exe_ino_mtime_ns,
		.exe_writable = !!(thread->bits & THREAD_EXE_WRITABLE),
		.exe_upper_layer = !!(thread->bits & THREAD_EXE_UPPER_LAYER),
		.exe_lower_layer = !!(thread->bits & THREAD_EXE_LOWER_LAYER),
		.exe_from_memfd = !!(thread->bits & THREAD_EXE_FROM_MEMFD),
		.start_ts_ns = thread->clone_ts_ns,
		.args_cut = !!(thread->bits & THREAD_EXE_ARGS_CUT),
	};
}

/* A capture has one place for whether a descriptor closes on exec, whatever it was opened with. */
static uint32_t open_flags_of(const struct eyas_fd *fd)
{
	if (fd->kind != EYAS_FD_FILE)
		return fd->open_flags;
	return (fd->open_flags & ~(uint32_t)PPM_O_CLOEXEC) |
	       (fd->bits & FD_CLOSE_ON_EXEC ? PPM_O_CLOEXEC : 0);
}

static uint8_t kind_of(const struct eyas_fd *fd)
{
	/* The one kind of file with flags and a device. */
	if (fd->kind == EYAS_FD_FILE)
		return EYAS_FD_FILE_V2;
	/* An address without a port and a peer has a place only as a server's. */
	if (eyas_fd_is_connection(fd) && fd->bits & FD_BOUND && !fd_has_tuple(fd))
		return fd->kind == EYAS_FD_IPV4_SOCK ? EYAS_FD_IPV4_SERVER : EYAS_FD_IPV6_SERVER;
	return fd->kind;
}

static struct eyas_fd_entry fd_entry(const struct eyas_fd *fd)
{
	struct eyas_fd_entry entry = {
		.fd = fd->num,
		.ino = fd->ino,
		.kind = kind_of(fd),
		.l4 = fd->l4,
		.open_flags = open_flags_of(fd),
		.dev = fd->dev,
		.name = bytes_of(fd->name),
		.mount_id = fd->mount_id,
		.deleted = !!(fd->bits & FD_DELETED),
	};

	if (eyas_fd_is_ip(fd)) {
		memcpy(entry.src, fd->u.ip.src, sizeof(entry.src));
		memcpy(entry.dst, fd->u.ip.dst, sizeof(entry.dst));
		entry.sport = fd->u.ip.sport;
		entry.dport = fd->u.ip.dport;
	} else if (fd->kind == EYAS_FD_UNIX) {
		entry.unix_src = fd->u.un.src;
		entry.unix_dst = fd->u.un.dst;
	} else if (fd->kind == EYAS_FD_PIDFD) {
		entry.pid = fd->u.pidfd.pid;
	}
	return entry;
}

int eyas_state_thread(const struct eyas_state *state, int64_t tid,
		      struct eyas_thread_entry *ret_thread)
{
	const struct eyas_thread *thread = eyas_state_find(state, tid);

	if (!thread)
		return 0;
	*ret_thread = thread_entry(state, thread);
	return 1;
}

int eyas_state_fd(const struct eyas_state *state, int64_t tid, int64_t fd,
		  struct eyas_fd_entry *ret_fd)
{
	const struct eyas_thread *thread = eyas_state_find(state, tid);
	const struct eyas_fd *found = thread ? fd_table_find(thread->fds, fd) : NULL;

	if (!found)
		return 0;
	*ret_fd = fd_entry(found);
	return 1;
}

/* ---- everything ---- */

/* What a dump needs to know before it begins. Sorted: the same state gives the same file. */
struct plan {
	struct eyas_thread **threads; /* by tid */
	size_t count;
	const struct eyas_fd **fds; /* room for those of the largest table */
	uint8_t *server_ports;
};

static int compare_threads(const void *a, const void *b)
{
	const struct eyas_thread *x = *(struct eyas_thread *const *)a;
	const struct eyas_thread *y = *(struct eyas_thread *const *)b;

	return (x->tid > y->tid) - (x->tid < y->tid);
}

static int compare_fds(const void *a, const void *b)
{
	const struct eyas_fd *x = *(const struct eyas_fd *const *)a;
	const struct eyas_fd *y = *(const struct eyas_fd *const *)b;

	return (x->num > y->num) - (x->num < y->num);
}

static void plan_fini(struct plan *plan)
{
	free(plan->threads);
	free(plan->fds);
	free(plan->server_ports);
}

static void add_server_ports(uint8_t *ports, const struct fd_table *table)
{
	uint32_t i;

	for (i = 0; i < table->count; i++)
		if (eyas_fd_is_ip_server(&table->fds[i]))
			port_add(ports, table->fds[i].u.ip.sport);
}

static int plan_init(struct plan *plan, const struct eyas_state *state)
{
	const struct id_map *map = &state->threads;
	size_t i, size = map->rows ? (size_t)1 << map->bits : 0, largest = 0;
	const struct fd_table *table;

	*plan = (struct plan){ .threads = malloc((map->used + 1) * sizeof(*plan->threads)),
			       .server_ports = calloc(1, PORTS_BYTES) };
	if (!plan->threads || !plan->server_ports)
		return -ENOMEM;
	for (i = 0; i < size; i++) {
		if (!map->rows[i].value)
			continue;
		plan->threads[plan->count] = map->rows[i].value;
		table = plan->threads[plan->count++]->fds;
		add_server_ports(plan->server_ports, table);
		largest = table->count > largest ? table->count : largest;
	}
	qsort(plan->threads, plan->count, sizeof(*plan->threads), compare_threads);
	plan->fds = malloc((largest + 1) * sizeof(*plan->fds));
	return plan->fds ? 0 : -ENOMEM;
}

/*
 * An accepted connection goes out from this end to the other, as /proc has it, when the reader can
 * tell by the listening socket that it was accepted; it turns the ends around again. Not over UDP,
 * where a reader takes nothing for accepted: a server is not told from a client there any more.
 */
static int say_fd(const struct plan *plan, const struct eyas_loader *to, uint64_t tid,
		  const struct eyas_fd *fd)
{
	struct eyas_fd copy = *fd;
	struct eyas_fd_entry entry;

	if (fd->bits & FD_ROLE_SERVER && eyas_fd_is_connection(fd) && fd->l4 != FD_L4_UDP &&
	    port_has(plan->server_ports, fd->u.ip.dport))
		fd_swap_ends(&copy);
	entry = fd_entry(&copy);
	return to->fd(to->ctx, tid, &entry);
}

/* A shared table is said once, for the leader. */
static bool has_own_table(struct eyas_thread *thread)
{
	struct eyas_thread *leader = eyas_thread_leader(thread);

	return leader == thread || leader->fds != thread->fds;
}

static int say_fds(const struct plan *plan, const struct eyas_loader *to,
		   struct eyas_thread *thread)
{
	const struct fd_table *table = thread->fds;
	uint64_t tid = (uint64_t)thread->tid;
	uint32_t i;
	int err = 0;

	if (to->fd_list)
		err = to->fd_list(to->ctx, tid);
	if (!to->fd || !has_own_table(thread))
		return err;
	for (i = 0; i < table->count; i++)
		plan->fds[i] = &table->fds[i];
	qsort(plan->fds, table->count, sizeof(*plan->fds), compare_fds);
	for (i = 0; err >= 0 && i < table->count; i++)
		err = say_fd(plan, to, tid, plan->fds[i]);
	return err;
}

static int say_threads(const struct eyas_state *state, const struct plan *plan,
		       const struct eyas_loader *to)
{
	struct eyas_thread_entry entry;
	size_t i;
	int err = 0;

	/* All threads first: a capture has one list of them. */
	for (i = 0; to->thread && err >= 0 && i < plan->count; i++) {
		entry = thread_entry(state, plan->threads[i]);
		err = to->thread(to->ctx, &entry);
	}
	for (i = 0; err >= 0 && i < plan->count; i++)
		err = say_fds(plan, to, plan->threads[i]);
	return err;
}

int eyas_state_dump(const struct eyas_state *state, const struct eyas_loader *to)
{
	struct plan plan;
	int err = plan_init(&plan, state);

	if (!err && to->machine)
		err = to->machine(to->ctx, &state->machine);
	if (err >= 0)
		err = owners_dump(state, to);
	if (err >= 0)
		err = say_threads(state, &plan, to);
	plan_fini(&plan);
	return err < 0 ? err : 0;
}
