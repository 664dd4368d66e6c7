/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of one thread that are more than a member of struct eyas_thread: thread.*. */
#include <stddef.h>

#include <eyas/event.h>

#include "base/ascii.h"
#include "base/err.h"
#include "filter/fields_state.h"
#include "schema/ids.h"

/* The only field of a thread that needs no state. */
bool eyas_thread_get_tid(const struct field_eval *eval, struct field_ref *ref,
			 struct eyas_value *ret)
{
	int64_t tid = (int64_t)eval->context->event->tid;

	/* Sources without real thread ids use numbers beyond those. */
	if (tid < -1 || tid > UINT32_MAX)
		return false;
	return field_num(ref, (uint64_t)tid, ret);
}

bool eyas_thread_get_nametid(const struct field_eval *eval, struct field_ref *ref,
			     struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;
	struct eyas_str *out = field_begin(eval);

	if (!thread)
		return false;
	eyas_str_add(out, thread->comm->text, thread->comm->len);
	eyas_str_i64(out, thread->tid);
	return eyas_field_scratch(eval, ref, ret);
}

bool eyas_thread_get_exectime(const struct field_eval *eval, struct field_ref *ref,
			      struct eyas_value *ret)
{
	return field_num(ref, eval->context->exectime_ns, ret);
}

/* ---- capabilities ---- */

/* By bit. */
static const char *const cap_names[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};

bool eyas_thread_get_caps(const struct field_eval *eval, struct field_ref *ref,
			  struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;
	struct eyas_str *out = field_begin(eval);
	const char *blank = "";
	uint64_t caps;

	if (!thread)
		return false;
	memcpy(&caps, (const char *)thread + ref->info->tag, sizeof(caps));
	for (size_t i = 0; i < sizeof(cap_names) / sizeof(cap_names[0]); i++) {
		if (!(caps >> i & 1))
			continue;
		eyas_str_puts(out, blank);
		eyas_str_puts(out, cap_names[i]);
		blank = " ";
	}
	return eyas_field_scratch(eval, ref, ret);
}

/* ---- cgroups ---- */

struct cgroup {
	const char *name, *path; /* not NUL-terminated */
	size_t name_len, path_len;
};

/* The kernel calls some subsystems otherwise than /proc and users do. */
static void rename_subsystem(struct cgroup *cgroup)
{
	static const char suffix[] = "_cgroup";
	static const char *const names[][2] = { { "io", "blkio" },
						{ "mem", "memory" },
						{ "perf", "perf_event" } };
	const size_t suffix_len = sizeof(suffix) - 1;

	if (cgroup->name_len > suffix_len &&
	    !memcmp(cgroup->name + cgroup->name_len - suffix_len, suffix, suffix_len))
		cgroup->name_len -= suffix_len;
	for (size_t i = 0; i < FIELD_COUNT(names); i++) {
		if (cgroup->name_len == strlen(names[i][0]) &&
		    !memcmp(cgroup->name, names[i][0], cgroup->name_len)) {
			cgroup->name = names[i][1];
			cgroup->name_len = strlen(names[i][1]);
			return;
		}
	}
}

static bool next_cgroup(struct strs_iter *iter, struct cgroup *ret)
{
	const char *str, *equals;
	size_t len;

	if (!eyas_strs_next(iter, &str, &len))
		return false;
	equals = memchr(str, '=', len);
	if (!equals)
		equals = str + len;
	ret->name = str;
	ret->name_len = (size_t)(equals - str);
	ret->path = equals;
	ret->path_len = len - ret->name_len;
	if (ret->path_len) { /* the '=' is in neither */
		ret->path++;
		ret->path_len--;
	}
	rename_subsystem(ret);
	return true;
}

bool eyas_thread_get_cgroups(const struct field_eval *eval, struct field_ref *ref,
			     struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;
	struct eyas_str *out = field_begin(eval);
	struct strs_iter iter;
	struct cgroup cgroup;

	if (!thread || !thread->cgroups->len)
		return false;
	iter = strs_iter_of(thread->cgroups);
	while (next_cgroup(&iter, &cgroup)) {
		if (out->len)
			eyas_str_putc(out, ' ');
		eyas_str_add(out, cgroup.name, cgroup.name_len);
		eyas_str_putc(out, '=');
		eyas_str_add(out, cgroup.path, cgroup.path_len);
	}
	return eyas_field_scratch(eval, ref, ret);
}

int eyas_thread_bind_cgroup(struct field_ref *ref, struct eyas_err *reterr)
{
	for (size_t i = 0; i < ref->arg_len; i++) {
		char c = ref->arg[i];

		if (c != '_' && !eyas_is_letter(c))
			return eyas_err_set(reterr, EYAS_E_USAGE,
					    "%s: a subsystem has letters and '_' only", ref->text);
	}
	return 0;
}

bool eyas_thread_get_cgroup(const struct field_eval *eval, struct field_ref *ref,
			    struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;
	struct strs_iter iter;
	struct cgroup cgroup;

	if (!thread)
		return false;
	iter = strs_iter_of(thread->cgroups);
	while (next_cgroup(&iter, &cgroup))
		if (cgroup.name_len == ref->arg_len && !memcmp(cgroup.name, ref->arg, ref->arg_len))
			return field_bytes(ref, cgroup.path, cgroup.path_len, ret);
	return field_text(ref, "/", ret);
}

/* ---- resources ---- */

bool eyas_thread_get_cpu(const struct field_eval *eval, struct field_ref *ref,
			 struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;
	double percent = 0;

	if (!thread || eval->context->event->type != EYAS_EV_PROCINFO_E)
		return false;
	if (ref->info->tag & THREAD_CPU_USER)
		percent += thread->cpu_user_pct;
	if (ref->info->tag & THREAD_CPU_SYSTEM)
		percent += thread->cpu_system_pct;
	return field_real(ref, percent > 100 ? 100 : percent, ret);
}

/* Memory belongs to a process; its main thread stands for it. */
bool eyas_thread_get_vm(const struct field_eval *eval, struct field_ref *ref,
			struct eyas_value *ret)
{
	const struct eyas_thread *thread = eval->context->thread;
	uint32_t kb;

	if (!thread)
		return false;
	if (thread->tid != thread->pid)
		return field_num(ref, 0, ret);
	memcpy(&kb, (const char *)thread + (ref->info->tag & 0xffff), sizeof(kb));
	return field_num(ref, (uint64_t)kb << (ref->info->tag >> 16), ret);
}
