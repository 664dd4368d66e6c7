/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers of events share: parameters, and small steps. */
#ifndef STATE_ON_H
#define STATE_ON_H

#include "schema/event.h"
#include "state/state_int.h"

/* Flags that events carry as the kernel has them, not translated. */
enum { ON_KERNEL_CLOEXEC = 0x80000 };

/* ---- on.c: parameters and descriptors ---- */

/* All parameters of an event at once, for handlers that want many of them. */
struct on_params {
	struct eyas_param at[EYAS_PARAMS_MAX];
	unsigned count; /* that the event has */
};

void on_params_read(const struct eyas_event *event, struct on_params *ret_params);

/* Is it there? Those the event does not have are missing. */
static inline bool on_has(const struct on_params *params, unsigned index)
{
	return index < params->count && params->at[index].len;
}

static inline uint64_t on_params_uint(const struct on_params *params, unsigned index,
				      uint64_t fallback)
{
	uint64_t bits;

	return index < params->count && eyas_param_bits(&params->at[index], &bits) ? bits
										   : fallback;
}

static inline int64_t on_params_int(const struct on_params *params, unsigned index,
				    int64_t fallback)
{
	return (int64_t)on_params_uint(params, index, (uint64_t)fallback);
}

bool on_params_str(const struct on_params *params, unsigned index, const char **ret_str,
		   size_t *ret_len);

/* Parameters that are in the same places in the exits of clone and of exec. */
enum {
	ON_PROC_RES = 0,
	ON_PROC_EXE = 1,
	ON_PROC_ARGS = 2,
	ON_PROC_PID = 4,
	ON_PROC_PTID = 5,
	ON_PROC_FDLIMIT = 7,
	ON_PROC_PGFT_MAJ = 8,
	ON_PROC_PGFT_MIN = 9,
	ON_PROC_VM_SIZE = 10,
	ON_PROC_VM_RSS = 11,
	ON_PROC_VM_SWAP = 12,
	ON_PROC_COMM = 13,
	ON_PROC_CGROUPS = 14,
};

/* A socket address or tuple; false if it is missing or none. */
bool on_sock(const struct eyas_event *event, unsigned index, struct eyas_sock *ret_sock);

/*
 * *to becomes a list of strings each ended by NUL, from one whose last NUL may have been cut
 * off. Missing = empty.
 */
void on_set_list(struct eyas_state *state, struct eyas_istr **to, const struct on_params *params,
		 unsigned index);

/* The event is about this descriptor from now on; fd may be NULL. */
void on_set_fd(struct eyas_context *context, int64_t num, struct eyas_fd *fd);

/*
 * The event made this descriptor: an empty entry of the kind, which the event is about from now
 * on. NULL when num is negative or there is no room.
 */
struct eyas_fd *on_new_fd(struct eyas_state *state, struct eyas_context *context, int64_t num,
			  uint8_t kind);
/* The same, as a copy of from, which may lie in the same table. */
struct eyas_fd *on_copy_fd(struct eyas_state *state, struct eyas_context *context, int64_t num,
			   const struct eyas_fd *from, bool cloexec);

/* The name of the event's descriptor becomes text; notes whether it changed. */
void on_rename_fd(struct eyas_state *state, struct eyas_context *context, const char *text,
		  size_t len);

/*
 * A socket's name from an address or tuple of its event, when its kind has no name of its own:
 * "hexsrc->hexdst path", the path of a unix address, or what kind of address it is.
 */
void on_rename_socket(struct eyas_state *state, struct eyas_context *context,
		      const struct eyas_sock *sock, bool tuple);

/* The name of the event's descriptor follows its tuple; notes whether it changed. */
void on_rename_by_tuple(struct eyas_state *state, struct eyas_context *context);

static inline void on_set_bit(uint16_t *bits, uint16_t bit, bool on)
{
	*bits = (uint16_t)(on ? *bits | bit : *bits & ~bit);
}

/* ---- handlers ---- */

/* on_clone.c */
void on_clone(struct eyas_state *state, struct eyas_context *context);

/* on_exec.c */
void on_exec(struct eyas_state *state, struct eyas_context *context);
/* What a thread runs, as the exit of a clone or exec says it: comm, exe, args, cgroups. */
void on_set_program(struct eyas_state *state, struct eyas_thread *thread,
		    const struct on_params *params);

/* on_open.c */
void on_open(struct eyas_state *state, struct eyas_context *context);

/* on_fd.c */
void on_new_descriptor(struct eyas_state *state, struct eyas_context *context);
void on_bpf(struct eyas_state *state, struct eyas_context *context);
void on_signalfd(struct eyas_state *state, struct eyas_context *context);
void on_memfd_create(struct eyas_state *state, struct eyas_context *context);
void on_pidfd_open(struct eyas_state *state, struct eyas_context *context);
void on_pidfd_getfd(struct eyas_state *state, struct eyas_context *context);
void on_pipe(struct eyas_state *state, struct eyas_context *context);
void on_dup(struct eyas_state *state, struct eyas_context *context);
void on_fcntl(struct eyas_state *state, struct eyas_context *context);
void on_close(struct eyas_state *state, struct eyas_context *context);
void on_close_range(struct eyas_state *state, struct eyas_context *context);

/* on_socket.c */
void on_socket(struct eyas_state *state, struct eyas_context *context);
void on_socketpair(struct eyas_state *state, struct eyas_context *context);
void on_bind(struct eyas_state *state, struct eyas_context *context);
void on_connect(struct eyas_state *state, struct eyas_context *context);
void on_listen(struct eyas_state *state, struct eyas_context *context);
void on_accept(struct eyas_state *state, struct eyas_context *context);
void on_getsockopt(struct eyas_state *state, struct eyas_context *context);

/* on_traffic.c */
void on_send(struct eyas_state *state, struct eyas_context *context);
void on_receive(struct eyas_state *state, struct eyas_context *context);
void on_transfer(struct eyas_state *state, struct eyas_context *context);

/* on_proc.c */
void on_procexit(struct eyas_state *state, struct eyas_context *context);
void on_chdir(struct eyas_state *state, struct eyas_context *context);
void on_fchdir(struct eyas_state *state, struct eyas_context *context);
void on_chroot(struct eyas_state *state, struct eyas_context *context);
void on_setsid(struct eyas_state *state, struct eyas_context *context);
void on_setpgid(struct eyas_state *state, struct eyas_context *context);
void on_set_uid(struct eyas_state *state, struct eyas_context *context);
void on_set_gid(struct eyas_state *state, struct eyas_context *context);
void on_capset(struct eyas_state *state, struct eyas_context *context);
void on_prctl(struct eyas_state *state, struct eyas_context *context);
void on_unshare(struct eyas_state *state, struct eyas_context *context);
void on_rlimit(struct eyas_state *state, struct eyas_context *context);
void on_prlimit(struct eyas_state *state, struct eyas_context *context);

/* on_usage.c */
/* Memory and page faults, as the exit of a clone or exec says them. */
void on_set_usage(struct eyas_thread *thread, const struct on_params *params);
void on_memory(struct eyas_state *state, struct eyas_context *context);
void on_switch(struct eyas_state *state, struct eyas_context *context);
void on_procinfo(struct eyas_state *state, struct eyas_context *context);

/* on_owner.c */
void on_user(struct eyas_state *state, struct eyas_context *context);
void on_group(struct eyas_state *state, struct eyas_context *context);

#endif
