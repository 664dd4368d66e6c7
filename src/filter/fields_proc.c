/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The class "process": what the thread of an event and its process are. Most fields are a member
 * of struct eyas_thread, of the thread itself or of a relative: a row's tag says whose, where and
 * when the member stands for no value, and one getter serves all of a width.
 */
#include <stddef.h>

#include "filter/fields_state.h"

/* ---- members ---- */

/* The value of a member that means that there is none. */
enum absent { ABSENT_NEVER, ABSENT_ZERO, ABSENT_MINUS_1 };

#define OFFSET(member) ((uint32_t)offsetof(struct eyas_thread, member))
#define MEMBER(who, absent, member) \
	((uint32_t)WHO_##who << 24 | (uint32_t)ABSENT_##absent << 16 | OFFSET(member))
_Static_assert(sizeof(struct eyas_thread) <= 0x10000, "an offset has 16 bits of a tag");

/* The member a tag stands for; NULL if whose it is, is not known. */
static const void *member_of(const struct field_eval *eval, uint32_t tag)
{
	const struct eyas_thread *thread = eyas_proc_who(eval, tag >> 24);

	return thread ? (const char *)thread + (tag & 0xffff) : NULL;
}

static bool is_absent(uint32_t tag, uint64_t value)
{
	switch ((enum absent)(tag >> 16 & 0xff)) {
	case ABSENT_NEVER:
		return false;
	case ABSENT_ZERO:
		return value == 0;
	case ABSENT_MINUS_1:
		return value == UINT64_MAX;
	}
	return false;
}

static bool get_64(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	const void *member = member_of(eval, ref->info->tag);
	uint64_t value;

	if (!member)
		return false;
	memcpy(&value, member, sizeof(value));
	return !is_absent(ref->info->tag, value) && field_num(ref, value, ret);
}

static bool get_32(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	const void *member = member_of(eval, ref->info->tag);
	uint32_t value;

	if (!member)
		return false;
	memcpy(&value, member, sizeof(value));
	return !is_absent(ref->info->tag, value) && field_num(ref, value, ret);
}

/* The time of the event minus a member. */
static bool get_age(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	if (!get_64(eval, ref, ret))
		return false;
	ret->u.num = eval->context->event->ts_ns - ret->u.num;
	return true;
}

/* tag: enum thread_bit */
static bool get_bit(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;

	return thread && field_num(ref, (thread->bits & ref->info->tag) != 0, ret);
}

/* Are two ids of the thread the same? */
#define SAME(a, b) (OFFSET(a) << 16 | OFFSET(b))

static bool get_same(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	const char *thread = (const char *)eval->context->thread;
	uint32_t tag = ref->info->tag;

	if (!thread)
		return false;
	return field_num(ref, !memcmp(thread + (tag >> 16), thread + (tag & 0xffff), 8), ret);
}

/* ---- texts ---- */

#define WHOSE(who, text) ((uint32_t)WHO_##who << 24 | (uint32_t)TEXT_##text)

static bool get_text(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	enum proc_who who = ref->info->tag >> 24;
	const struct eyas_thread *thread = eyas_proc_who(eval, who);

	if (thread)
		return eyas_proc_text(eval, ref, thread, ref->info->tag & 0xff, ret);
	/* A leader that is not found has an empty name; a parent that is not found has none. */
	return eval->context->thread && who != WHO_PARENT && field_text(ref, "", ret);
}

/* As get_text() for the text that most filters ask for of every event. */
static bool get_comm(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;

	return thread && field_istr(ref, thread->comm, ret);
}

static bool get_args(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;
	struct strs_iter iter;
	const char *arg;
	size_t len;

	if (!thread)
		return false;
	if (!ref->arg)
		return eyas_proc_text(eval, ref, thread, TEXT_ARGS, ret);
	iter = strs_iter_of(thread->args);
	for (int64_t i = 0; eyas_strs_next(&iter, &arg, &len); i++)
		if (i == ref->arg_index)
			return field_bytes(ref, arg, len, ret);
	return field_text(ref, "", ret);
}

enum { NARGS_COUNT, NARGS_BYTES };

static bool get_nargs(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	uint64_t sums[] = { [NARGS_COUNT] = 0, [NARGS_BYTES] = 0 };
	struct strs_iter iter;
	const char *arg;
	size_t len;

	if (!eval->context->thread)
		return false;
	iter = strs_iter_of(eval->context->thread->args);
	while (eyas_strs_next(&iter, &arg, &len)) {
		sums[NARGS_COUNT]++;
		sums[NARGS_BYTES] += len;
	}
	return field_num(ref, sums[ref->info->tag], ret);
}

static bool get_env(const struct field_eval *eval, struct field_ref *ref, struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;
	const char *value;
	size_t len;

	if (!thread)
		return false;
	if (!ref->arg)
		return eyas_proc_text(eval, ref, thread, TEXT_ENV, ret);
	if (!eyas_proc_env(thread, ref, &value, &len))
		return field_text(ref, "", ret);
	return field_bytes(ref, value, len, ret);
}

/* ---- threads and descriptors of the process ---- */

enum { NTHREADS_ALL, NTHREADS_OTHERS };

static bool get_nthreads(const struct field_eval *eval, struct field_ref *ref,
			 struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;
	const struct thread_group *group;
	uint32_t count;

	if (!thread || !thread->group)
		return false;
	group = thread->group;
	count = group->alive;
	if (ref->info->tag == NTHREADS_OTHERS && count && group->leader &&
	    !(group->leader->bits & THREAD_DEAD))
		count--;
	return field_num(ref, count, ret);
}

static bool get_fdcount(const struct field_eval *eval, struct field_ref *ref,
			struct eyas_value *ret)
{
	const struct eyas_thread *thread = eyas_proc_who(eval, WHO_MAIN);

	return thread && field_num(ref, thread->fds->count, ret);
}

static bool get_fdusage(const struct field_eval *eval, struct field_ref *ref,
			struct eyas_value *ret)
{
	const struct eyas_thread *thread = eyas_proc_who(eval, WHO_MAIN);
	double percent = 0;

	if (!thread)
		return false;
	if (thread->fdlimit > 0)
		percent = (double)thread->fds->count * 100 / (double)thread->fdlimit;
	return field_real(ref, percent > 100 ? 100 : percent, ret);
}

/* One of the first three descriptors; tag: which. */
static const struct eyas_fd *std_fd(const struct field_eval *eval, const struct field_ref *ref)
{
	const struct eyas_thread *thread = eval->context->thread;

	return thread ? fd_table_find(thread->fds, ref->info->tag) : NULL;
}

static bool get_std_type(const struct field_eval *eval, struct field_ref *ref,
			 struct eyas_value *ret)
{
	const struct eyas_fd *fd = std_fd(eval, ref);

	return fd && field_text(ref, fd_type_text(fd), ret);
}

static bool get_std_name(const struct field_eval *eval, struct field_ref *ref,
			 struct eyas_value *ret)
{
	const struct eyas_fd *fd = std_fd(eval, ref);

	return fd && field_istr(ref, fd->name, ret);
}

/* ---- the class ---- */

#define ANCESTOR_FLAGS (FIELD_ARG_ALLOWED | FIELD_ARG_INDEX | FIELD_NO_RHS | FIELD_NO_TRANSFORMER)

/* clang-format off */
static const struct field_info fields[] = {
	FIELD("proc.aargs", CHARBUF, NA, FIELD_ARG_ALLOWED | FIELD_ARG_INDEX, eyas_proc_get_aargs,
	      TEXT_ARGS,
	      "arguments of an ancestor; without a number, of all of them in one text"),
	FIELD_ROW("proc.acmdline", CHARBUF, NA, ANCESTOR_FLAGS, FIELD_ANY,
		  eyas_proc_get_atext, NULL, TEXT_CMDLINE,
		  "proc.cmdline of an ancestor, or of all of them"),
	FIELD_ROW("proc.aenv", CHARBUF, NA, ANCESTOR_FLAGS | FIELD_ARG_KEY, FIELD_ANY,
		  eyas_proc_get_aenv, NULL, TEXT_ENV,
		  "environment of an ancestor; [NAME] is the nearest one that has the variable"),
	FIELD_ROW("proc.aexe", CHARBUF, NA, ANCESTOR_FLAGS, FIELD_ANY,
		  eyas_proc_get_atext, NULL, TEXT_EXE,
		  "proc.exe of an ancestor: [1] is the parent; without a number, of all of them"),
	FIELD_ROW("proc.aexepath", CHARBUF, NA, ANCESTOR_FLAGS, FIELD_ANY,
		  eyas_proc_get_atext, NULL, TEXT_EXEPATH,
		  "proc.exepath of an ancestor, or of all of them"),
	FIELD_ROW("proc.aname", CHARBUF, NA, ANCESTOR_FLAGS, FIELD_ANY,
		  eyas_proc_get_atext, NULL, TEXT_COMM,
		  "name of an ancestor: [1] is the parent; without a number, of all of them"),
	FIELD_ROW("proc.apid", INT64, ID, ANCESTOR_FLAGS, FIELD_ANY,
		  eyas_proc_get_apid, NULL, 0,
		  "process id of an ancestor; without a number, filters look at all of them"),
	FIELD("proc.args", CHARBUF, NA, FIELD_ARG_ALLOWED | FIELD_ARG_INDEX, get_args, 0,
	      "arguments joined by blanks; [0] is the first one behind the name"),
	FIELD("proc.cmdlenargs", UINT64, DEC, 0, get_nargs, NARGS_BYTES,
	      "length of all arguments together, without blanks"),
	FIELD("proc.cmdline", CHARBUF, NA, 0, get_text, WHOSE(SELF, CMDLINE),
	      "name and arguments"),
	FIELD("proc.cmdnargs", UINT64, DEC, 0, get_nargs, NARGS_COUNT,
	      "number of arguments behind the name"),
	FIELD("proc.cwd", CHARBUF, NA, 0, get_text, WHOSE(SELF, CWD),
	      "working directory"),
	FIELD("proc.duration", RELTIME, DEC, 0, get_age, MEMBER(SELF, ZERO, clone_ts_ns),
	      "time since the process began"),
	FIELD("proc.env", CHARBUF, NA, FIELD_ARG_ALLOWED | FIELD_ARG_KEY, get_env, 0,
	      "environment joined by blanks; [NAME] is one variable"),
	FIELD("proc.exe", CHARBUF, NA, 0, get_text, WHOSE(SELF, EXE),
	      "first argument the program was started with"),
	FIELD("proc.exe_ino", INT64, DEC, 0, get_64, MEMBER(SELF, ZERO, exe_ino),
	      "inode number of the executable file"),
	FIELD("proc.exe_ino.ctime", ABSTIME, DEC, 0, get_64, MEMBER(SELF, ZERO, exe_ino_ctime_ns),
	      "when the inode of the executable last changed"),
	FIELD("proc.exe_ino.ctime_duration_pidns_start", ABSTIME, DEC, 0, get_64,
	      MEMBER(SELF, ZERO, exe_ino_ctime_pidns_ns),
	      "time from the start of the pid namespace to the last change of the inode"),
	FIELD("proc.exe_ino.ctime_duration_proc_start", ABSTIME, DEC, 0, get_64,
	      MEMBER(SELF, ZERO, exe_ino_ctime_clone_ns),
	      "time from the last change of the inode to the start of the process"),
	FIELD("proc.exe_ino.mtime", ABSTIME, DEC, 0, get_64, MEMBER(SELF, ZERO, exe_ino_mtime_ns),
	      "when the executable was last written"),
	FIELD("proc.exeline", CHARBUF, NA, 0, get_text, WHOSE(SELF, EXELINE),
	      "proc.exe and arguments"),
	FIELD("proc.exepath", CHARBUF, NA, 0, get_text, WHOSE(SELF, EXEPATH),
	      "path of the executable file"),
	FIELD("proc.fdlimit", INT64, DEC, 0, get_64, MEMBER(MAIN, NEVER, fdlimit),
	      "how many descriptors it may open"),
	FIELD("proc.fdopencount", UINT64, DEC, 0, get_fdcount, 0,
	      "number of open descriptors"),
	FIELD("proc.fdusage", DOUBLE, NA, 0, get_fdusage, 0,
	      "open descriptors as a percentage of the limit"),
	FIELD("proc.is_exe_from_memfd", BOOL, NA, 0, get_bit, THREAD_EXE_FROM_MEMFD,
	      "the executable is memory without a file (memfd)"),
	FIELD("proc.is_exe_lower_layer", BOOL, NA, 0, get_bit, THREAD_EXE_LOWER_LAYER,
	      "the executable is in a lower layer of an overlay file system"),
	FIELD("proc.is_exe_upper_layer", BOOL, NA, 0, get_bit, THREAD_EXE_UPPER_LAYER,
	      "the executable is in the upper layer of an overlay file system"),
	FIELD("proc.is_exe_writable", BOOL, NA, 0, get_bit, THREAD_EXE_WRITABLE,
	      "the executable could be written by who started it"),
	FIELD("proc.is_pgid_leader", BOOL, NA, 0, get_same, SAME(pgid, pid),
	      "it leads its process group, by the ids of the host"),
	FIELD("proc.is_sid_leader", BOOL, NA, 0, get_same, SAME(sid, vpid),
	      "it leads its session"),
	FIELD("proc.is_vpgid_leader", BOOL, NA, 0, get_same, SAME(vpgid, vpid),
	      "it leads its process group, by the ids of its pid namespace"),
	FIELD("proc.loginshellid", INT64, ID, 0, eyas_proc_get_loginshell, 0,
	      "pid of the eldest shell among the process and its ancestors"),
	FIELD("proc.name", CHARBUF, NA, 0, get_comm, 0,
	      "name of the process, without its path"),
	FIELD("proc.nchilds", UINT64, DEC, 0, get_nthreads, NTHREADS_OTHERS,
	      "number of its threads without the main one"),
	FIELD("proc.nthreads", UINT64, DEC, 0, get_nthreads, NTHREADS_ALL,
	      "number of threads of the process"),
	FIELD("proc.pcmdline", CHARBUF, NA, 0, get_text, WHOSE(PARENT, CMDLINE),
	      "name and arguments of the parent process"),
	FIELD("proc.pexe", CHARBUF, NA, 0, get_text, WHOSE(PARENT, EXE),
	      "proc.exe of the parent process"),
	FIELD("proc.pexepath", CHARBUF, NA, 0, get_text, WHOSE(PARENT, EXEPATH),
	      "proc.exepath of the parent process"),
	FIELD("proc.pgid", INT64, ID, 0, get_64, MEMBER(SELF, NEVER, pgid),
	      "process group id as the host has it"),
	FIELD("proc.pgid.exe", CHARBUF, NA, 0, get_text, WHOSE(PGROUP, EXE),
	      "proc.exe of that leader"),
	FIELD("proc.pgid.exepath", CHARBUF, NA, 0, get_text, WHOSE(PGROUP, EXEPATH),
	      "proc.exepath of that leader"),
	FIELD("proc.pgid.name", CHARBUF, NA, 0, get_text, WHOSE(PGROUP, COMM),
	      "name of the leader of the process group of the host"),
	FIELD("proc.pid", INT64, ID, 0, get_64, MEMBER(SELF, NEVER, pid),
	      "process id"),
	FIELD("proc.pid.ts", RELTIME, DEC, 0, get_64, MEMBER(SELF, ZERO, clone_ts_ns),
	      "when the process began"),
	FIELD("proc.pidns_init_start_ts", UINT64, DEC, 0, get_64,
	      MEMBER(SELF, ZERO, pidns_init_start_ts_ns),
	      "when the first process of its pid namespace began"),
	FIELD("proc.pname", CHARBUF, NA, 0, get_text, WHOSE(PARENT, COMM),
	      "name of the parent process"),
	FIELD("proc.ppid", INT64, ID, 0, get_64, MEMBER(PARENT, NEVER, pid),
	      "process id of the parent process"),
	FIELD("proc.ppid.duration", RELTIME, DEC, 0, get_age, MEMBER(PARENT, ZERO, clone_ts_ns),
	      "time since the parent process began"),
	FIELD("proc.ppid.ts", RELTIME, DEC, 0, get_64, MEMBER(PARENT, ZERO, clone_ts_ns),
	      "when the parent process began"),
	FIELD("proc.pvpid", INT64, ID, 0, get_64, MEMBER(PARENT, NEVER, vpid),
	      "process id of the parent in its own pid namespace"),
	FIELD("proc.sid", INT64, ID, 0, get_64, MEMBER(SELF, NEVER, sid),
	      "session id in its own pid namespace"),
	FIELD("proc.sid.exe", CHARBUF, NA, 0, get_text, WHOSE(SESSION, EXE),
	      "proc.exe of the session leader"),
	FIELD("proc.sid.exepath", CHARBUF, NA, 0, get_text, WHOSE(SESSION, EXEPATH),
	      "proc.exepath of the session leader"),
	FIELD("proc.sname", CHARBUF, NA, 0, get_text, WHOSE(SESSION, COMM),
	      "name of the session leader"),
	FIELD("proc.stderr.name", CHARBUF, NA, 0, get_std_name, 2,
	      "fd.name of its standard error"),
	FIELD("proc.stderr.type", CHARBUF, NA, 0, get_std_type, 2,
	      "fd.type of its standard error"),
	FIELD("proc.stdin.name", CHARBUF, NA, 0, get_std_name, 0,
	      "fd.name of its standard input"),
	FIELD("proc.stdin.type", CHARBUF, NA, 0, get_std_type, 0,
	      "fd.type of its standard input"),
	FIELD("proc.stdout.name", CHARBUF, NA, 0, get_std_name, 1,
	      "fd.name of its standard output"),
	FIELD("proc.stdout.type", CHARBUF, NA, 0, get_std_type, 1,
	      "fd.type of its standard output"),
	FIELD("proc.tty", UINT32, ID, 0, get_32, MEMBER(SELF, NEVER, tty),
	      "device number of the controlling terminal, 0 if there is none"),
	FIELD("proc.vmrss", UINT64, DEC, 0, get_32, MEMBER(SELF, NEVER, vmrss_kb),
	      "its resident memory in KiB"),
	FIELD("proc.vmsize", UINT64, DEC, 0, get_32, MEMBER(SELF, NEVER, vmsize_kb),
	      "size of its memory in KiB"),
	FIELD("proc.vmswap", UINT64, DEC, 0, get_32, MEMBER(SELF, NEVER, vmswap_kb),
	      "its swapped memory in KiB"),
	FIELD("proc.vpgid", INT64, ID, 0, get_64, MEMBER(SELF, NEVER, vpgid),
	      "process group id in its own pid namespace"),
	FIELD("proc.vpgid.exe", CHARBUF, NA, 0, get_text, WHOSE(VPGROUP, EXE),
	      "proc.exe of the leader of that process group"),
	FIELD("proc.vpgid.exepath", CHARBUF, NA, 0, get_text, WHOSE(VPGROUP, EXEPATH),
	      "proc.exepath of the leader of that process group"),
	FIELD("proc.vpgid.name", CHARBUF, NA, 0, get_text, WHOSE(VPGROUP, COMM),
	      "name of the leader of that process group"),
	FIELD("proc.vpid", INT64, ID, 0, get_64, MEMBER(SELF, MINUS_1, vpid),
	      "process id in its own pid namespace"),
	FIELD("thread.cap_effective", CHARBUF, NA, 0, eyas_thread_get_caps, OFFSET(cap_effective),
	      "effective capabilities, joined by blanks"),
	FIELD("thread.cap_inheritable", CHARBUF, NA, 0, eyas_thread_get_caps,
	      OFFSET(cap_inheritable), "inheritable capabilities, joined by blanks"),
	FIELD("thread.cap_permitted", CHARBUF, NA, 0, eyas_thread_get_caps, OFFSET(cap_permitted),
	      "permitted capabilities, joined by blanks"),
	FIELD_ROW("thread.cgroup", CHARBUF, NA, FIELD_ARG_REQUIRED | FIELD_ARG_DOT, FIELD_SINGLE,
		  eyas_thread_get_cgroup, eyas_thread_bind_cgroup, 0,
		  "path of the cgroup of one subsystem: thread.cgroup.cpuacct"),
	FIELD("thread.cgroups", CHARBUF, NA, 0, eyas_thread_get_cgroups, 0,
	      "cgroups as subsystem=path, joined by blanks"),
	FIELD("thread.cpu", DOUBLE, NA, 0, eyas_thread_get_cpu, THREAD_CPU_USER | THREAD_CPU_SYSTEM,
	      "CPU time since the last procinfo event"),
	FIELD("thread.cpu.system", DOUBLE, NA, 0, eyas_thread_get_cpu, THREAD_CPU_SYSTEM,
	      "the part of thread.cpu in the kernel"),
	FIELD("thread.cpu.user", DOUBLE, NA, 0, eyas_thread_get_cpu, THREAD_CPU_USER,
	      "the part of thread.cpu in user mode"),
	FIELD("thread.exectime", RELTIME, DEC, 0, eyas_thread_get_exectime, 0,
	      "time on the CPU before this switch; 0 for other events"),
	FIELD("thread.ismain", BOOL, NA, 0, get_same, SAME(tid, pid),
	      "it is the main thread of its process"),
	FIELD("thread.nametid", CHARBUF, NA, FIELD_TABLE_ONLY, eyas_thread_get_nametid, 0,
	      "name of the process followed by the thread id"),
	FIELD("thread.pfmajor", UINT64, DEC, 0, get_64, MEMBER(SELF, NEVER, pfmajor),
	      "number of major page faults"),
	FIELD("thread.pfminor", UINT64, DEC, 0, get_64, MEMBER(SELF, NEVER, pfminor),
	      "number of minor page faults"),
	FIELD("thread.tid", INT64, ID, 0, eyas_thread_get_tid, 0,
	      "thread id"),
	FIELD("thread.totexectime", RELTIME, DEC, 0, get_64, MEMBER(SELF, NEVER, exectime_total_ns),
	      "time on the CPU since the capture began"),
	FIELD("thread.vmrss", UINT64, DEC, 0, eyas_thread_get_vm, THREAD_VM(0, vmrss_kb),
	      "proc.vmrss of a main thread, 0 for others"),
	FIELD("thread.vmrss.b", UINT64, DEC, FIELD_TABLE_ONLY, eyas_thread_get_vm,
	      THREAD_VM(10, vmrss_kb),
	      "thread.vmrss in bytes"),
	FIELD("thread.vmsize", UINT64, DEC, 0, eyas_thread_get_vm, THREAD_VM(0, vmsize_kb),
	      "proc.vmsize of a main thread, 0 for others"),
	FIELD("thread.vmsize.b", UINT64, DEC, FIELD_TABLE_ONLY, eyas_thread_get_vm,
	      THREAD_VM(10, vmsize_kb),
	      "thread.vmsize in bytes"),
	FIELD("thread.vtid", INT64, ID, 0, get_64, MEMBER(SELF, MINUS_1, vtid),
	      "thread id in its own pid namespace"),
};
/* clang-format on */

const struct field_class eyas_fields_process = {
	.name = "process",
	.prefix = "proc",
	.fields = fields,
	.count = FIELD_COUNT(fields),
};
