/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the running kernel offers to the probe, found by trying, and what to do about what it
 * lacks. The same rows explain why a probe did not load.
 */
#include "capture/bpf_feature.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <eyas/live.h>

#include "base/err.h"

/* ---- capabilities ---- */

static bool has_capability(unsigned number)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (syscall(SYS_capget, &head, data))
		return false;
	return data[number / 32].effective >> (number % 32) & 1;
}

/* CAP_SYS_ADMIN was all there was before Linux 5.8, and still stands for both. */
static bool may_load(void)
{
	return has_capability(CAP_SYS_ADMIN) ||
	       (has_capability(CAP_BPF) && has_capability(CAP_PERFMON));
}

static uint32_t try_load_rights(char *text, size_t size)
{
	bool bpf = has_capability(CAP_BPF), perfmon = has_capability(CAP_PERFMON);

	if (may_load()) {
		snprintf(text, size, "may load and attach programs");
		return EYAS_LIVE_OK;
	}
	snprintf(text, size,
		 "%s missing: run as root, or give them to the binary: "
		 "setcap cap_bpf,cap_perfmon,cap_sys_ptrace+ep",
		 bpf	   ? "CAP_PERFMON is"
		 : perfmon ? "CAP_BPF is"
			   : "CAP_BPF and CAP_PERFMON are");
	return EYAS_LIVE_MISSING;
}

static uint32_t try_ptrace_right(char *text, size_t size)
{
	if (has_capability(CAP_SYS_PTRACE)) {
		snprintf(text, size, "may read /proc of other users' processes");
		return EYAS_LIVE_OK;
	}
	snprintf(text, size,
		 "CAP_SYS_PTRACE is missing: descriptors of processes that run already "
		 "are not known");
	return EYAS_LIVE_WORSE;
}

/* ---- the kernel ---- */

static uint32_t try_version(char *text, size_t size)
{
	struct utsname name;
	unsigned major = 0, minor = 0;

	uname(&name);
	if (sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
	    (major > 5 || (major == 5 && minor >= 11))) {
		snprintf(text, size, "%.60s on %.20s", name.release, name.machine);
		return EYAS_LIVE_OK;
	}
	snprintf(text, size, "%.60s: Linux 5.11 or newer is needed", name.release);
	return EYAS_LIVE_MISSING;
}

static uint32_t try_btf(char *text, size_t size)
{
	struct stat st;

	if (!stat("/sys/kernel/btf/vmlinux", &st)) {
		snprintf(text, size, "/sys/kernel/btf/vmlinux");
		return EYAS_LIVE_OK;
	}
	snprintf(text, size,
		 "no /sys/kernel/btf/vmlinux: a kernel with CONFIG_DEBUG_INFO_BTF is "
		 "needed, and /sys has to be mounted");
	return EYAS_LIVE_MISSING;
}

static uint32_t try_lockdown(char *text, size_t size)
{
	char buf[80] = "";
	FILE *file = fopen("/sys/kernel/security/lockdown", "re");

	if (file) {
		if (!fgets(buf, sizeof(buf), file))
			buf[0] = '\0';
		fclose(file);
	}
	if (strstr(buf, "[confidentiality]")) {
		snprintf(text, size,
			 "confidentiality: programs may not read kernel memory; boot with "
			 "lockdown=integrity or none");
		return EYAS_LIVE_MISSING;
	}
	snprintf(text, size, "%s",
		 strstr(buf, "[integrity]") ? "integrity, which is fine" : "none");
	return EYAS_LIVE_OK;
}

/* Tells by trying, so needs the rights. */
static uint32_t from_trial(int res, const char *yes, const char *no, uint32_t otherwise, char *text,
			   size_t size)
{
	if (res == 1) {
		snprintf(text, size, "%s", yes);
		return EYAS_LIVE_OK;
	}
	if (!may_load()) {
		snprintf(text, size, "not known without the rights");
		return EYAS_LIVE_WORSE;
	}
	snprintf(text, size, "%s", no);
	return otherwise;
}

static uint32_t try_tracing(char *text, size_t size)
{
	/* r0 = 0; return. libbpf's own trial of this type looks for words that kernels change. */
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_RAW_TP);
	int fd = libbpf_find_vmlinux_btf_id("sys_exit", BPF_TRACE_RAW_TP);

	if (fd > 0) {
		opts.attach_btf_id = (uint32_t)fd;
		fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "eyas_trial", "GPL", nothing, 2, &opts);
		if (fd >= 0)
			close(fd);
	}
	return from_trial(fd >= 0, "programs on tracepoints with BTF",
			  "the kernel was built without CONFIG_BPF_EVENTS or CONFIG_BPF_JIT",
			  EYAS_LIVE_MISSING, text, size);
}

static uint32_t try_ring(char *text, size_t size)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "eyas_trial", sizeof(uint32_t), 8 << 20, 1,
				&opts);

	if (fd >= 0) {
		close(fd);
		snprintf(text, size, "of any size");
		return EYAS_LIVE_OK;
	}
	if (fd == -E2BIG) {
		snprintf(text, size, "4 MiB for each CPU at most (Linux 6.6 allows more)");
		return EYAS_LIVE_WORSE;
	}
	return from_trial(0, "", "memory-mapped arrays cannot be made", EYAS_LIVE_MISSING, text,
			  size);
}

static uint32_t try_loop(char *text, size_t size)
{
	return from_trial(
		libbpf_probe_bpf_helper(BPF_PROG_TYPE_RAW_TRACEPOINT, BPF_FUNC_loop, NULL),
		"sendmmsg and recvmmsg message by message",
		"no bpf_loop (Linux 5.17): only the first message of sendmmsg and recvmmsg",
		EYAS_LIVE_WORSE, text, size);
}

bool bpf_feature_has_sums(void)
{
	/* r0 = compare-and-swap of what lies on the stack; return. */
	static const struct bpf_insn swap[] = {
		{ .code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_10, .off = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1 },
		{ .code = BPF_STX | BPF_ATOMIC | BPF_DW,
		  .dst_reg = BPF_REG_10,
		  .src_reg = BPF_REG_1,
		  .off = -8,
		  .imm = BPF_CMPXCHG },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "eyas_trial", "GPL", swap,
			       sizeof(swap) / sizeof(swap[0]), NULL);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static uint32_t try_sums(char *text, size_t size)
{
	return from_trial(bpf_feature_has_sums(), "reads and writes can be added up",
			  "no compare-and-swap (Linux 5.12): each read and write is an event",
			  EYAS_LIVE_WORSE, text, size);
}

static uint32_t try_jit(char *text, size_t size)
{
	FILE *file = fopen("/proc/sys/net/core/bpf_jit_enable", "re");
	int on = 1;

	if (file) {
		if (fscanf(file, "%d", &on) != 1)
			on = 1;
		fclose(file);
	}
	snprintf(text, size,
		 on ? "on"
		    : "off: programs are interpreted, at several times the cost; "
		      "sysctl net.core.bpf_jit_enable=1");
	return on ? EYAS_LIVE_OK : EYAS_LIVE_WORSE;
}

static const struct {
	const char *name;
	uint32_t (*attempt)(char *text, size_t size);
} features[] = {
	{ "kernel", try_version },
	{ BPF_FEATURE_RIGHTS, try_load_rights },
	{ "right to read processes", try_ptrace_right },
	{ "types of the kernel (BTF)", try_btf },
	{ "lockdown", try_lockdown },
	{ "tracing programs", try_tracing },
	{ "rings", try_ring },
	{ "loops", try_loop },
	{ "sums", try_sums },
	{ "compiler (JIT)", try_jit },
};

int eyas_live_feature(unsigned index, struct eyas_live_feature *ret_feature)
{
	libbpf_print_fn_t before;

	if (index >= sizeof(features) / sizeof(features[0]))
		return 0;
	/* Trials fail, which is what they are for. */
	before = libbpf_set_print(NULL);
	ret_feature->name = features[index].name;
	ret_feature->verdict =
		features[index].attempt(ret_feature->text, sizeof(ret_feature->text));
	libbpf_set_print(before);
	return 1;
}

int bpf_feature_explain(int err, struct eyas_err *reterr)
{
	struct eyas_live_feature feature;
	unsigned i;

	for (i = 0; eyas_live_feature(i, &feature); i++) {
		if (feature.verdict != EYAS_LIVE_MISSING)
			continue;
		return eyas_err_set(reterr, err == -EPERM || err == -EACCES ? -EPERM : -ENOTSUP,
				    "the probe cannot be loaded: %s: %s", feature.name,
				    feature.text);
	}
	if (err == -ENOMEM || err == -EPERM)
		return eyas_err_set(reterr, err,
				    "the probe cannot be loaded: %s; is the limit of locked memory "
				    "(ulimit -l) or of the memory cgroup too small?",
				    strerror(-err));
	return eyas_err_set(reterr, err, "the probe cannot be loaded: %s", strerror(-err));
}
