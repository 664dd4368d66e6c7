/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which event is handled by whom, and which descriptor is it about? state.c asks both questions
 * for every event; the rest are the steps that handlers share.
 */
#include "state/on.h"

#include "schema/event.h"
#include "schema/ids.h"

#define EV(constant) EYAS_EV_##constant

/* clang-format off */
const state_handler state_handlers[EYAS_EVENT_TYPES] = {
	[EV(SYSCALL_CLONE_20_X)]          = on_clone,
	[EV(SYSCALL_FORK_20_X)]           = on_clone,
	[EV(SYSCALL_VFORK_20_X)]          = on_clone,
	[EV(SYSCALL_CLONE3_X)]            = on_clone,
	[EV(SYSCALL_EXECVE_19_X)]         = on_exec,
	[EV(SYSCALL_EXECVEAT_X)]          = on_exec,
	[EV(PROCEXIT_1_E)]                = on_procexit,

	[EV(SYSCALL_OPEN_X)]              = on_open,
	[EV(SYSCALL_CREAT_X)]             = on_open,
	[EV(SYSCALL_OPENAT_2_X)]          = on_open,
	[EV(SYSCALL_OPENAT2_X)]           = on_open,
	[EV(SYSCALL_OPEN_BY_HANDLE_AT_X)] = on_open,

	[EV(SYSCALL_EVENTFD_X)]           = on_new_descriptor,
	[EV(SYSCALL_EVENTFD2_X)]          = on_new_descriptor,
	[EV(SYSCALL_TIMERFD_CREATE_X)]    = on_new_descriptor,
	[EV(SYSCALL_INOTIFY_INIT_X)]      = on_new_descriptor,
	[EV(SYSCALL_INOTIFY_INIT1_X)]     = on_new_descriptor,
	[EV(SYSCALL_EPOLL_CREATE_X)]      = on_new_descriptor,
	[EV(SYSCALL_EPOLL_CREATE1_X)]     = on_new_descriptor,
	[EV(SYSCALL_USERFAULTFD_X)]       = on_new_descriptor,
	[EV(SYSCALL_IO_URING_SETUP_X)]    = on_new_descriptor,
	[EV(SYSCALL_SIGNALFD_X)]          = on_signalfd,
	[EV(SYSCALL_SIGNALFD4_X)]         = on_signalfd,
	[EV(SYSCALL_BPF_2_X)]             = on_bpf,
	[EV(SYSCALL_MEMFD_CREATE_X)]      = on_memfd_create,
	[EV(SYSCALL_PIDFD_OPEN_X)]        = on_pidfd_open,
	[EV(SYSCALL_PIDFD_GETFD_X)]       = on_pidfd_getfd,
	[EV(SYSCALL_PIPE_X)]              = on_pipe,
	[EV(SYSCALL_PIPE2_X)]             = on_pipe,
	[EV(SYSCALL_DUP_1_X)]             = on_dup,
	[EV(SYSCALL_DUP2_X)]              = on_dup,
	[EV(SYSCALL_DUP3_X)]              = on_dup,
	[EV(SYSCALL_FCNTL_X)]             = on_fcntl,
	[EV(SYSCALL_CLOSE_X)]             = on_close,
	[EV(SYSCALL_CLOSE_RANGE_X)]       = on_close_range,

	[EV(SOCKET_SOCKET_X)]             = on_socket,
	[EV(SOCKET_SOCKETPAIR_X)]         = on_socketpair,
	[EV(SOCKET_BIND_X)]               = on_bind,
	[EV(SOCKET_CONNECT_X)]            = on_connect,
	[EV(SOCKET_LISTEN_X)]             = on_listen,
	[EV(SOCKET_ACCEPT_5_X)]           = on_accept,
	[EV(SOCKET_ACCEPT4_6_X)]          = on_accept,
	[EV(SOCKET_GETSOCKOPT_X)]         = on_getsockopt,

	[EV(SOCKET_SEND_X)]               = on_send,
	[EV(SOCKET_SENDTO_X)]             = on_send,
	[EV(SOCKET_SENDMSG_X)]            = on_send,
	[EV(SOCKET_SENDMMSG_X)]           = on_send,
	[EV(SOCKET_RECV_X)]               = on_receive,
	[EV(SOCKET_RECVFROM_X)]           = on_receive,
	[EV(SOCKET_RECVMSG_X)]            = on_receive,
	[EV(SOCKET_RECVMMSG_X)]           = on_receive,
	[EV(SYSCALL_READ_X)]              = on_transfer,
	[EV(SYSCALL_WRITE_X)]             = on_transfer,
	[EV(SYSCALL_READV_X)]             = on_transfer,
	[EV(SYSCALL_WRITEV_X)]            = on_transfer,
	[EV(SYSCALL_PREAD_X)]             = on_transfer,
	[EV(SYSCALL_PWRITE_X)]            = on_transfer,
	[EV(SYSCALL_PREADV_X)]            = on_transfer,
	[EV(SYSCALL_PWRITEV_X)]           = on_transfer,

	[EV(SYSCALL_CHDIR_X)]             = on_chdir,
	[EV(SYSCALL_FCHDIR_X)]            = on_fchdir,
	[EV(SYSCALL_GETCWD_X)]            = on_chdir,
	[EV(SYSCALL_CHROOT_X)]            = on_chroot,
	[EV(SYSCALL_SETSID_X)]            = on_setsid,
	[EV(SYSCALL_SETPGID_X)]           = on_setpgid,
	[EV(SYSCALL_SETUID_X)]            = on_set_uid,
	[EV(SYSCALL_SETREUID_X)]          = on_set_uid,
	[EV(SYSCALL_SETRESUID_X)]         = on_set_uid,
	[EV(SYSCALL_SETGID_X)]            = on_set_gid,
	[EV(SYSCALL_SETREGID_X)]          = on_set_gid,
	[EV(SYSCALL_SETRESGID_X)]         = on_set_gid,
	[EV(SYSCALL_CAPSET_X)]            = on_capset,
	[EV(SYSCALL_PRCTL_X)]             = on_prctl,
	[EV(SYSCALL_UNSHARE_X)]           = on_unshare,
	[EV(SYSCALL_SETNS_X)]             = on_unshare,
	[EV(SYSCALL_GETRLIMIT_X)]         = on_rlimit,
	[EV(SYSCALL_SETRLIMIT_X)]         = on_rlimit,
	[EV(SYSCALL_PRLIMIT_X)]           = on_prlimit,

	[EV(SYSCALL_BRK_4_X)]             = on_memory,
	[EV(SYSCALL_MMAP_X)]              = on_memory,
	[EV(SYSCALL_MMAP2_X)]             = on_memory,
	[EV(SYSCALL_MUNMAP_X)]            = on_memory,
	[EV(SCHEDSWITCH_6_E)]             = on_switch,
	[EV(PROCINFO_E)]                  = on_procinfo,

	[EV(USER_ADDED_E)]                = on_user,
	[EV(USER_DELETED_E)]              = on_user,
	[EV(GROUP_ADDED_E)]               = on_group,
	[EV(GROUP_DELETED_E)]             = on_group,
};

/*
 * Which parameter is the descriptor an event uses, plus 1; 0 = it uses none. Of those with two,
 * it is the one that is written to; directories of paths are in it where the type says that it
 * uses a descriptor.
 */
static const uint8_t fd_places[EYAS_EVENT_TYPES] = {
	[EV(SOCKET_CONNECT_E)]           = 1,

	[EV(SYSCALL_CLOSE_X)]            = 2,
	[EV(SYSCALL_READ_X)]             = 3,
	[EV(SYSCALL_WRITE_X)]            = 3,
	[EV(SYSCALL_PREAD_X)]            = 3,
	[EV(SYSCALL_PWRITE_X)]           = 3,
	[EV(SYSCALL_READV_X)]            = 4,
	[EV(SYSCALL_WRITEV_X)]           = 3,
	[EV(SYSCALL_PREADV_X)]           = 4,
	[EV(SYSCALL_PWRITEV_X)]          = 3,
	[EV(SYSCALL_FSTAT_X)]            = 2,
	[EV(SYSCALL_LSEEK_X)]            = 2,
	[EV(SYSCALL_LLSEEK_X)]           = 2,
	[EV(SYSCALL_IOCTL_3_X)]          = 2,
	[EV(SYSCALL_FCNTL_X)]            = 2,
	[EV(SYSCALL_FCHDIR_X)]           = 2,
	[EV(SYSCALL_GETDENTS_X)]         = 2,
	[EV(SYSCALL_GETDENTS64_X)]       = 2,
	[EV(SYSCALL_FLOCK_X)]            = 2,
	[EV(SYSCALL_FCHMOD_X)]           = 2,
	[EV(SYSCALL_FCHOWN_X)]           = 2,
	[EV(SYSCALL_SETNS_X)]            = 2,
	[EV(SYSCALL_MMAP_X)]             = 9,
	[EV(SYSCALL_MMAP2_X)]            = 9,
	[EV(SYSCALL_SPLICE_X)]           = 3,
	[EV(SYSCALL_SENDFILE_X)]         = 3,
	[EV(SYSCALL_COPY_FILE_RANGE_X)]  = 2,
	[EV(SYSCALL_DUP_1_X)]            = 2,
	[EV(SYSCALL_DUP2_X)]             = 2,
	[EV(SYSCALL_DUP3_X)]             = 2,
	[EV(SYSCALL_IO_URING_ENTER_X)]   = 2,
	[EV(SYSCALL_IO_URING_REGISTER_X)] = 2,
	[EV(SYSCALL_FSCONFIG_X)]         = 2,
	[EV(SYSCALL_FINIT_MODULE_X)]     = 2,

	[EV(SYSCALL_NEWFSTATAT_X)]       = 2,
	[EV(SYSCALL_SYMLINKAT_X)]        = 3,
	[EV(SYSCALL_UNLINKAT_2_X)]       = 2,
	[EV(SYSCALL_MKDIRAT_X)]          = 2,
	[EV(SYSCALL_MKNODAT_X)]          = 2,
	[EV(SYSCALL_FCHMODAT_X)]         = 2,
	[EV(SYSCALL_FCHOWNAT_X)]         = 2,

	[EV(SOCKET_BIND_X)]              = 3,
	[EV(SOCKET_CONNECT_X)]           = 3,
	[EV(SOCKET_LISTEN_X)]            = 2,
	[EV(SOCKET_SHUTDOWN_X)]          = 2,
	[EV(SOCKET_SETSOCKOPT_X)]        = 2,
	[EV(SOCKET_GETSOCKOPT_X)]        = 2,
	[EV(SOCKET_SEND_X)]              = 3,
	[EV(SOCKET_SENDTO_X)]            = 3,
	[EV(SOCKET_SENDMSG_X)]           = 3,
	[EV(SOCKET_SENDMMSG_X)]          = 2,
	[EV(SOCKET_RECV_X)]              = 3,
	[EV(SOCKET_RECVFROM_X)]          = 4,
	[EV(SOCKET_RECVMSG_X)]           = 6,
	[EV(SOCKET_RECVMMSG_X)]          = 2,
};
/* clang-format on */

/* ---- parameters ---- */

uint64_t on_uint(const struct eyas_event *event, unsigned index, uint64_t fallback)
{
	struct eyas_param param;
	uint64_t bits;

	eyas_event_param(event, index, &param);
	return eyas_param_bits(&param, &bits) ? bits : fallback;
}

int64_t on_int(const struct eyas_event *event, unsigned index, int64_t fallback)
{
	return (int64_t)on_uint(event, index, (uint64_t)fallback);
}

bool on_str(const struct eyas_event *event, unsigned index, const char **ret_str, size_t *ret_len)
{
	struct eyas_param param;

	eyas_event_param(event, index, &param);
	return !eyas_param_str(&param, ret_str, ret_len);
}

bool on_sock(const struct eyas_event *event, unsigned index, struct eyas_sock *ret_sock)
{
	struct eyas_param param;

	eyas_event_param(event, index, &param);
	return !eyas_param_sock(&param, ret_sock);
}

/* Without the calls of an iterator: every open and every clone passes here. */
void on_params_read(const struct eyas_event *event, struct on_params *ret_params)
{
	const struct eyas_param_info *info = event->info->params;
	const uint8_t *value = event->values;
	unsigned i;

	ret_params->count = event->nparams;
	for (i = 0; i < event->nparams; i++) {
		ret_params->at[i].info = &info[i];
		ret_params->at[i].data = value;
		ret_params->at[i].len = eyas_event_len(event, i);
		value += ret_params->at[i].len;
	}
}

bool on_params_str(const struct on_params *params, unsigned index, const char **ret_str,
		   size_t *ret_len)
{
	return on_has(params, index) && !eyas_param_str(&params->at[index], ret_str, ret_len);
}

void on_set_list(struct eyas_state *state, struct eyas_istr **to, const struct on_params *params,
		 unsigned index)
{
	if (on_has(params, index))
		thread_set_list(state, to, (const char *)params->at[index].data,
				params->at[index].len);
	else
		state_set_str(state, to, "", 0);
}

/* ---- descriptors ---- */

/* The descriptor an event says it uses; -1 = it says none. */
static int64_t used_fd(const struct eyas_event *event)
{
	const uint8_t *value = event->values;
	unsigned index = fd_places[event->type], i;

	if (!index || index > event->nparams)
		return -1;
	index--;
	for (i = 0; i < index; i++)
		value += eyas_event_len(event, i);
	return eyas_event_len(event, index) == 8 ? (int64_t)eyas_le64(value) : -1;
}

static struct eyas_fd *find_fd(struct eyas_state *state, const struct eyas_context *context,
			       int64_t num)
{
	struct eyas_fd *fd = fd_table_find(context->thread->fds, num);

	if (fd || num < 0)
		return fd;
	/* What was closed is not in /proc any more, or is another one by now. */
	if (state->opts.live && context->event->type != EYAS_EV_SYSCALL_CLOSE_X)
		fd = proc_lookup_fd(state, context->thread, num);
	if (!fd)
		state->stats.fds_unknown++;
	return fd;
}

void state_find_fd(struct eyas_state *state, struct eyas_context *context)
{
	int64_t num = used_fd(context->event);

	on_set_fd(context, num, num < 0 ? NULL : find_fd(state, context, num));
}

void on_set_fd(struct eyas_context *context, int64_t num, struct eyas_fd *fd)
{
	context->fd_num = num;
	context->fd = fd;
	context->thread->last_fd = num;
}

struct eyas_fd *on_new_fd(struct eyas_state *state, struct eyas_context *context, int64_t num,
			  uint8_t kind)
{
	struct eyas_fd *fd;

	if (num < 0)
		return NULL;
	fd = fd_insert(state, context->thread->fds, num);
	on_set_fd(context, num, fd);
	if (fd)
		fd->kind = kind;
	return fd;
}

struct eyas_fd *on_copy_fd(struct eyas_state *state, struct eyas_context *context, int64_t num,
			   const struct eyas_fd *from, bool cloexec)
{
	struct eyas_fd *fd = fd_insert_copy(state, context->thread->fds, num, from);

	on_set_fd(context, num, fd);
	if (!fd)
		return NULL;
	on_set_bit(&fd->bits, FD_CLOSE_ON_EXEC, cloexec);
	fd->open_flags = cloexec ? fd->open_flags | PPM_O_CLOEXEC
				 : fd->open_flags & ~(uint32_t)PPM_O_CLOEXEC;
	return fd;
}

void on_rename_fd(struct eyas_state *state, struct eyas_context *context, const char *text,
		  size_t len)
{
	struct eyas_fd *fd = context->fd;
	struct eyas_istr *name = istr_get(&state->strings, text, len);

	if (name != fd->name)
		context->bits |= CONTEXT_FD_NAME_CHANGED;
	istr_move(&state->strings, &fd->name, name);
}
