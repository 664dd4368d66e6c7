/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which descriptors come and go, other than by an open or as sockets? Called for the exit events
 * of what makes a descriptor of some special kind, of what copies one, and of what closes them.
 */
#include "state/on.h"

#include "schema/ids.h"

/* ---- kinds without a name ---- */

/* The number a new descriptor gets is the first parameter of all of these. */
struct new_kind {
	uint16_t type;
	uint8_t kind;
	int8_t flags;	  /* parameter with flags, -1 = none */
	uint32_t cloexec; /* bits in them that mean close-on-exec */
	bool always;	  /* the kernel sets close-on-exec itself */
};

/* clang-format off */
static const struct new_kind new_kinds[] = {
	{ EYAS_EV_SYSCALL_EVENTFD_X,        EYAS_FD_EVENT,       -1, 0,                  false },
	{ EYAS_EV_SYSCALL_EVENTFD2_X,       EYAS_FD_EVENT,        1, PPM_O_CLOEXEC,       false },
	{ EYAS_EV_SYSCALL_SIGNALFD_X,       EYAS_FD_SIGNALFD,    -1, 0,                  false },
	{ EYAS_EV_SYSCALL_SIGNALFD4_X,      EYAS_FD_SIGNALFD,     1, PPM_O_CLOEXEC,       false },
	{ EYAS_EV_SYSCALL_TIMERFD_CREATE_X, EYAS_FD_TIMERFD,     -1, 0,                  false },
	{ EYAS_EV_SYSCALL_INOTIFY_INIT_X,   EYAS_FD_INOTIFY,     -1, 0,                  false },
	{ EYAS_EV_SYSCALL_INOTIFY_INIT1_X,  EYAS_FD_INOTIFY,      1, PPM_O_CLOEXEC,       false },
	{ EYAS_EV_SYSCALL_EPOLL_CREATE_X,   EYAS_FD_EVENTPOLL,   -1, 0,                  false },
	{ EYAS_EV_SYSCALL_EPOLL_CREATE1_X,  EYAS_FD_EVENTPOLL,    1, 1,                  false },
	{ EYAS_EV_SYSCALL_USERFAULTFD_X,    EYAS_FD_USERFAULTFD,  1, ON_KERNEL_CLOEXEC,  false },
	{ EYAS_EV_SYSCALL_IO_URING_SETUP_X, EYAS_FD_IO_URING,    -1, 0,                  true },
	{ EYAS_EV_SYSCALL_BPF_2_X,          EYAS_FD_BPF,         -1, 0,                  true },
};
/* clang-format on */

void on_new_descriptor(struct eyas_state *state, struct eyas_context *context)
{
	const struct eyas_event *event = context->event;
	const struct new_kind *row = new_kinds;
	struct eyas_fd *fd;
	uint64_t flags = 0;

	while (row->type != event->type)
		row++;
	fd = on_new_fd(state, context, on_int(event, 0, -1), row->kind);
	if (!fd)
		return;
	if (row->flags >= 0)
		flags = on_uint(event, (unsigned)row->flags, 0);
	fd->open_flags = (uint32_t)flags;
	on_set_bit(&fd->bits, FD_CLOSE_ON_EXEC, row->always || (flags & row->cloexec));
}

/* Of the many commands of bpf(), these return a descriptor; others return 0 or a count. */
void on_bpf(struct eyas_state *state, struct eyas_context *context)
{
	enum {
		MAP_CREATE = 0,
		PROG_LOAD = 5,
		OBJ_GET = 7,
		PROG_GET_FD_BY_ID = 13,
		MAP_GET_FD_BY_ID = 14,
		RAW_TRACEPOINT_OPEN = 17,
		BTF_LOAD = 18,
		BTF_GET_FD_BY_ID = 19,
		LINK_CREATE = 28,
		LINK_GET_FD_BY_ID = 30,
		ENABLE_STATS = 32,
		ITER_CREATE = 33,
		TOKEN_CREATE = 36,
	};
	static const uint64_t makes_fd =
		UINT64_C(1) << MAP_CREATE | UINT64_C(1) << PROG_LOAD | UINT64_C(1) << OBJ_GET |
		UINT64_C(1) << PROG_GET_FD_BY_ID | UINT64_C(1) << MAP_GET_FD_BY_ID |
		UINT64_C(1) << RAW_TRACEPOINT_OPEN | UINT64_C(1) << BTF_LOAD |
		UINT64_C(1) << BTF_GET_FD_BY_ID | UINT64_C(1) << LINK_CREATE |
		UINT64_C(1) << LINK_GET_FD_BY_ID | UINT64_C(1) << ENABLE_STATS |
		UINT64_C(1) << ITER_CREATE | UINT64_C(1) << TOKEN_CREATE;
	uint64_t command = on_uint(context->event, 1, UINT64_MAX);

	if (command < 64 && (makes_fd >> command & 1))
		on_new_descriptor(state, context);
}

/* signalfd() with a descriptor changes its mask and returns it. */
void on_signalfd(struct eyas_state *state, struct eyas_context *context)
{
	const struct eyas_event *event = context->event;
	unsigned index = event->type == EYAS_EV_SYSCALL_SIGNALFD_X ? 1 : 2;
	int64_t res = on_int(event, 0, -1);
	struct eyas_fd *fd;

	if (res >= 0 && on_int(event, index, -1) == res) {
		fd = fd_table_find(context->thread->fds, res);
		if (fd && fd->kind == EYAS_FD_SIGNALFD) {
			on_set_fd(context, res, fd);
			return;
		}
	}
	on_new_descriptor(state, context);
}

/* ---- kinds with a name ---- */

void on_memfd_create(struct eyas_state *state, struct eyas_context *context)
{
	enum { MFD_CLOSE_ON_EXEC_BIT = 1 };
	const struct eyas_event *event = context->event;
	struct eyas_fd *fd = on_new_fd(state, context, on_int(event, 0, -1), EYAS_FD_MEMFD);
	const char *name;
	size_t len;

	if (!fd)
		return;
	if (on_str(event, 1, &name, &len))
		state_set_str(state, &fd->name, name, len);
	fd->open_flags = (uint32_t)on_uint(event, 2, 0);
	on_set_bit(&fd->bits, FD_CLOSE_ON_EXEC, fd->open_flags & MFD_CLOSE_ON_EXEC_BIT);
}

void on_pidfd_open(struct eyas_state *state, struct eyas_context *context)
{
	const struct eyas_event *event = context->event;
	struct eyas_fd *fd = on_new_fd(state, context, on_int(event, 0, -1), EYAS_FD_PIDFD);
	struct eyas_str *name;

	if (!fd)
		return;
	fd->u.pidfd.pid = on_int(event, 1, -1);
	fd->open_flags = (uint32_t)on_uint(event, 2, 0);
	fd->bits |= FD_CLOSE_ON_EXEC;
	name = scratch_begin(&state->scratch);
	eyas_str_puts(name, "/proc/");
	eyas_str_i64(name, fd->u.pidfd.pid);
	if (!name->nomem)
		state_set_str(state, &fd->name, name->data, name->len);
}

/* ---- copies ---- */

/* A descriptor of another process, through one that stands for that process. */
static const struct eyas_fd *far_descriptor(const struct eyas_state *state,
					    const struct eyas_context *context)
{
	const struct eyas_event *event = context->event;
	const struct eyas_fd *pidfd = fd_table_find(context->thread->fds, on_int(event, 1, -1));
	const struct eyas_thread *other;

	if (!pidfd || pidfd->kind != EYAS_FD_PIDFD)
		return NULL;
	other = eyas_state_find(state, pidfd->u.pidfd.pid);
	return other ? fd_table_find(other->fds, on_int(event, 2, -1)) : NULL;
}

void on_pidfd_getfd(struct eyas_state *state, struct eyas_context *context)
{
	int64_t num = on_int(context->event, 0, -1);
	const struct eyas_fd *from;
	struct eyas_fd *fd;

	if (num < 0)
		return;
	from = far_descriptor(state, context);
	if (from) {
		on_copy_fd(state, context, num, from, true);
		return;
	}
	fd = on_new_fd(state, context, num, EYAS_FD_UNKNOWN);
	if (fd)
		fd->bits |= FD_GUESSED | FD_CLOSE_ON_EXEC;
}

/* The event is about old already, if that is known; a copy is made under another number. */
static void duplicate(struct eyas_state *state, struct eyas_context *context, int64_t num,
		      bool cloexec)
{
	if (num == context->fd_num)
		return;
	if (context->fd)
		on_copy_fd(state, context, num, context->fd, cloexec);
	else
		fd_remove(state, context->thread->fds, num);
}

void on_dup(struct eyas_state *state, struct eyas_context *context)
{
	const struct eyas_event *event = context->event;
	int64_t num = on_int(event, 0, -1);
	bool cloexec = event->type == EYAS_EV_SYSCALL_DUP3_X &&
		       (on_uint(event, 3, 0) & PPM_O_CLOEXEC);

	if (num >= 0)
		duplicate(state, context, num, cloexec);
}

void on_fcntl(struct eyas_state *state, struct eyas_context *context)
{
	enum { DUPFD = 1, SETFD = 3, DUPFD_CLOSE_ON_EXEC = 26 };
	const struct eyas_event *event = context->event;
	int64_t res = on_int(event, 0, -1);
	uint64_t command = on_uint(event, 2, 0);

	if (res < 0)
		return;
	if (command == DUPFD || command == DUPFD_CLOSE_ON_EXEC)
		duplicate(state, context, res, command == DUPFD_CLOSE_ON_EXEC);
	else if (command == SETFD && context->fd)
		on_set_bit(&context->fd->bits, FD_CLOSE_ON_EXEC, on_uint(event, 3, 0) & 1);
}

/* ---- pairs ---- */

void on_pipe(struct eyas_state *state, struct eyas_context *context)
{
	const struct eyas_event *event = context->event;
	uint64_t ino = on_uint(event, 3, 0), flags = 0;
	struct eyas_fd *fd;
	unsigned end;

	if (on_int(event, 0, -1) < 0)
		return;
	if (event->type == EYAS_EV_SYSCALL_PIPE2_X)
		flags = on_uint(event, 4, 0);
	for (end = 1; end <= 2; end++) {
		fd = on_new_fd(state, context, on_int(event, end, -1), EYAS_FD_FIFO);
		if (!fd)
			continue;
		fd->ino = ino;
		fd->open_flags = (uint32_t)flags;
		on_set_bit(&fd->bits, FD_CLOSE_ON_EXEC, flags & PPM_O_CLOEXEC);
	}
}

/* ---- ends ---- */

/*
 * The entry stays until the next event, so that this one can show what it closed. A close that
 * fails closes all the same, unless nothing was open: then the entry is a leftover.
 */
void on_close(struct eyas_state *state, struct eyas_context *context)
{
	if (!context->fd)
		return;
	state->pending.close_fd = context->fd_num;
	state->pending.close_table = fd_table_ref(context->thread->fds);
}

static void set_cloexec(struct fd_table *table, uint64_t first, uint64_t last)
{
	uint32_t i;

	for (i = 0; i < table->count; i++)
		if ((uint64_t)table->fds[i].num >= first && (uint64_t)table->fds[i].num <= last)
			table->fds[i].bits |= FD_CLOSE_ON_EXEC;
}

void on_close_range(struct eyas_state *state, struct eyas_context *context)
{
	enum { UNSHARE = 2, CLOEXEC = 4 };
	const struct eyas_event *event = context->event;
	uint64_t first = on_uint(event, 1, UINT32_MAX), last = on_uint(event, 2, 0);
	uint64_t flags = on_uint(event, 3, 0);

	if (on_int(event, 0, -1) < 0)
		return;
	if (flags & UNSHARE)
		thread_unshare_fds(state, context->thread);
	if (flags & CLOEXEC)
		set_cloexec(context->thread->fds, first, last);
	else
		fd_remove_range(state, context->thread->fds, (int64_t)first, (int64_t)last);
}
