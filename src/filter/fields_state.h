/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fields about threads, descriptors and paths share: whose value is meant, texts that
 * are put together, and names made from the parameters of an event. For the files of the classes
 * process, user, group, fd, fs.path and container.
 */
#ifndef FILTER_FIELDS_STATE_H
#define FILTER_FIELDS_STATE_H

#include "filter/fields_int.h"

/* ---- whose: fields_proc_chain.c ---- */

enum proc_who {
	WHO_SELF,    /* the thread of the event */
	WHO_MAIN,    /* the leader of its process */
	WHO_PARENT,  /* the leader of the parent process */
	WHO_SESSION, /* the leader of its session, of its process group as its own pid namespace */
	WHO_VPGROUP, /* has it, and as the host has it */
	WHO_PGROUP
};

/* NULL = not known. */
struct eyas_thread *eyas_proc_who(const struct field_eval *eval, enum proc_who who);

/*
 * The n-th ancestor: 0 is the process itself, 1 its parent. NULL = there is none, or n is out of
 * reason.
 */
struct eyas_thread *eyas_proc_ancestor(const struct field_eval *eval, int64_t n);

/*
 * Walking up from a process, itself not included: for (i = 0; (t = eyas_proc_up(t, &i));). Ends
 * at the top, or after PROC_CHAIN_MAX processes.
 */
enum { PROC_CHAIN_MAX = 1024 };
struct eyas_thread *eyas_proc_up(const struct eyas_thread *thread, unsigned *steps);

/* Fields of ancestors; tag is enum proc_text where they are texts. */
bool eyas_proc_get_atext(const struct field_eval *eval, struct field_ref *ref,
			 struct eyas_value *ret);
bool eyas_proc_get_aargs(const struct field_eval *eval, struct field_ref *ref,
			 struct eyas_value *ret);
bool eyas_proc_get_aenv(const struct field_eval *eval, struct field_ref *ref,
			struct eyas_value *ret);
bool eyas_proc_get_apid(const struct field_eval *eval, struct field_ref *ref,
			struct eyas_value *ret);
bool eyas_proc_get_loginshell(const struct field_eval *eval, struct field_ref *ref,
			      struct eyas_value *ret);

/* ---- texts of a thread: fields_proc_text.c ---- */

enum proc_text {
	TEXT_COMM,
	TEXT_EXE,
	TEXT_EXEPATH,
	TEXT_CWD,
	TEXT_ARGS,    /* joined by blanks, as the next three */
	TEXT_CMDLINE, /* comm and args */
	TEXT_EXELINE, /* exe and args */
	TEXT_ENV
};

/* As the value of a field: borrowed where the state has it, else in the arena. */
bool eyas_proc_text(const struct field_eval *eval, const struct field_ref *ref,
		    const struct eyas_thread *thread, enum proc_text text, struct eyas_value *ret);
/* The same, appended. */
void eyas_proc_text_put(struct eyas_str *out, const struct eyas_thread *thread,
			enum proc_text text);

/* Strings that are each ended by NUL (args, env, cgroups), one after another. */
struct strs_iter {
	const char *next;
	size_t left;
};
static inline struct strs_iter strs_iter_of(const struct eyas_istr *strs)
{
	return (struct strs_iter){ strs->text, strs->len };
}
bool eyas_strs_next(struct strs_iter *iter, const char **ret_str, size_t *ret_len);

/* A variable of the environment without blanks around it; false if it is not set. */
bool eyas_proc_env(const struct eyas_thread *thread, const struct field_ref *ref,
		   const char **ret_value, size_t *ret_len);

/* ---- fields of one thread: fields_thread.c ---- */

bool eyas_thread_get_tid(const struct field_eval *eval, struct field_ref *ref,
			 struct eyas_value *ret);
bool eyas_thread_get_nametid(const struct field_eval *eval, struct field_ref *ref,
			     struct eyas_value *ret);
bool eyas_thread_get_exectime(const struct field_eval *eval, struct field_ref *ref,
			      struct eyas_value *ret);
/* tag: offset of the set. */
bool eyas_thread_get_caps(const struct field_eval *eval, struct field_ref *ref,
			  struct eyas_value *ret);
bool eyas_thread_get_cgroups(const struct field_eval *eval, struct field_ref *ref,
			     struct eyas_value *ret);
bool eyas_thread_get_cgroup(const struct field_eval *eval, struct field_ref *ref,
			    struct eyas_value *ret);
int eyas_thread_bind_cgroup(struct field_ref *ref, struct eyas_err *reterr);
/* tag: THREAD_CPU_*. */
enum { THREAD_CPU_USER = 1, THREAD_CPU_SYSTEM = 2 };
bool eyas_thread_get_cpu(const struct field_eval *eval, struct field_ref *ref,
			 struct eyas_value *ret);
/* tag: offset of the number of KiB, and the unit's shift above it. */
#define THREAD_VM(shift, member) \
	((uint32_t)(shift) << 16 | (uint32_t)offsetof(struct eyas_thread, member))
bool eyas_thread_get_vm(const struct field_eval *eval, struct field_ref *ref,
			struct eyas_value *ret);

/* ---- descriptors: fields_fd.c ---- */

/* fd.type; "<NA>" for a kind without a name. */
static inline const char *fd_type_text(const struct eyas_fd *fd)
{
	const char *name = eyas_fd_type_name(fd->kind);

	return name ? name : "<NA>";
}

/* Is the event about a descriptor of a thread that is known? */
static inline bool fd_used(const struct field_eval *eval)
{
	return eval->context->thread && (eval->context->bits & CONTEXT_USES_FD);
}

/* Ends of a connection; tag of fd.cip and its like: an end, or FD_BOTH_ENDS. */
enum fd_end { FD_CLIENT, FD_SERVER, FD_LOCAL, FD_REMOTE, FD_BOTH_ENDS };
/* fields_fd_net.c */
bool eyas_fd_get_ip(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret);
bool eyas_fd_get_port(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret);
bool eyas_fd_get_port_text(const struct field_eval *eval, struct field_ref *ref,
			   struct eyas_value *ret);
bool eyas_fd_get_l4proto(const struct field_eval *eval, struct field_ref *ref,
			 struct eyas_value *ret);
bool eyas_fd_get_sockfamily(const struct field_eval *eval, struct field_ref *ref,
			    struct eyas_value *ret);
bool eyas_fd_get_is_server(const struct field_eval *eval, struct field_ref *ref,
			   struct eyas_value *ret);

/* ---- paths: fields_path.c ---- */

/*
 * The path in a parameter of the current event made absolute and normal, left in eval->scratch:
 * from the directory descriptor the schema says it starts at, else from the working directory.
 * False when the parameter is missing.
 */
bool eyas_path_put_absolute(const struct field_eval *eval, const struct eyas_param *param);

#endif
