/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of system calls, and what they and the options mean for the probe. */
#include "capture/bpf_select.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "capture/bpf_rows.h"
#include "schema/native.h"

enum { SNAP_DEFAULT = 80, SNAP_MAX = 65000, STATSD_PORT = 8125, SAMPLING_MAX = 128 };

/* ---- sets ---- */

void eyas_codes_add(struct eyas_codes *codes, unsigned code)
{
	if (code < EYAS_SYSCALL_CODES)
		codes->bits[code / 64] |= UINT64_C(1) << (code % 64);
}

int eyas_codes_has(const struct eyas_codes *codes, unsigned code)
{
	return code < EYAS_SYSCALL_CODES && codes->bits[code / 64] >> (code % 64) & 1;
}

void eyas_codes_add_type(struct eyas_codes *codes, unsigned type)
{
	const struct eyas_syscall_info *call;
	unsigned code, i;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		call = eyas_syscall_info(code);
		for (i = 0; call && i < call->nevents; i++)
			if (call->events[i] == type)
				eyas_codes_add(codes, code);
	}
}

void eyas_codes_add_set(struct eyas_codes *codes, unsigned set)
{
	const struct eyas_syscall_info *call;
	unsigned code;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		call = eyas_syscall_info(code);
		if (call && call->sets & set)
			eyas_codes_add(codes, code);
	}
}

/* Tracepoints that come so often, or cost so much, that one has to ask for them. */
static int is_on_request(const struct eyas_syscall_info *call)
{
	static const char *const names[] = { "SCHED_SWITCH", "PAGE_FAULT_USER", "PAGE_FAULT_KERNEL",
					     "SIGNAL_DELIVER" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(call->constant, names[i]))
			return 1;
	return 0;
}

void eyas_codes_add_default(struct eyas_codes *codes)
{
	const struct eyas_syscall_info *call;
	unsigned code;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		call = eyas_syscall_info(code);
		if (call && !is_on_request(call))
			eyas_codes_add(codes, code);
	}
}

/* ---- the probe's settings ---- */

#if defined(__x86_64__)
/* The call that stands for all socket calls in 32-bit programs, by its number there. */
enum { COMPAT_SOCKETCALL = 102 };

/* What it can stand for: numbers of x86-64. */
static bool is_socketcall(unsigned nr)
{
	static const uint16_t numbers[] = { 41, 42, 43, 44, 45, 46, 47,	 48,  49,
					    50, 51, 52, 53, 54, 55, 288, 299, 307 };
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i] == nr)
			return true;
	return false;
}
#endif

bool bpf_select_has_sockets(const struct eyas_codes *codes)
{
#if defined(__x86_64__)
	unsigned code, nr;
	const struct eyas_syscall_info *call;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		call = eyas_syscall_info(code);
		if (call && eyas_codes_has(codes, code) && eyas_native_number(call, &nr) &&
		    is_socketcall(nr))
			return true;
	}
#else
	(void)codes;
#endif
	return false;
}

uint16_t bpf_select_compat(unsigned number)
{
#if defined(__x86_64__)
	if (number == COMPAT_SOCKETCALL)
		return EYAS_WIRE_PART_SOCKETCALL;
#endif
	return (uint16_t)eyas_ia32_to_x86_64(number);
}

static uint8_t how_of(const struct eyas_syscall_info *call)
{
	uint8_t how = 0;

	if (call->sets & EYAS_SET_STATE)
		how |= EYAS_WIRE_HOW_STATE;
	if (call->flags & EYAS_UF_NEVER_DROP)
		how |= EYAS_WIRE_HOW_KEEP;
	if (call->flags & EYAS_UF_ALWAYS_DROP || !(call->flags & EYAS_UF_USED))
		how |= EYAS_WIRE_HOW_DROP;
	return how;
}

/* The argument that holds the first path of a call. */
static uint8_t path_of(const struct eyas_syscall_info *call)
{
	/* Those that the generic program does not make, whose recipe would tell. */
	static const struct {
		const char *name;
		uint8_t arg;
	} known[] = {
		{ "open", 0 },	 { "openat", 1 },   { "openat2", 1 }, { "creat", 0 },
		{ "execve", 0 }, { "execveat", 1 }, { "mount", 1 },   { "quotactl", 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(call->name, known[i].name))
			return known[i].arg;
	return eyas_bpf_row_path(call);
}

/* What a call means to the sum of its descriptor. */
static uint8_t sum_of(const struct eyas_syscall_info *call)
{
	enum { READS = EYAS_WIRE_SUM_ADD, WRITES = EYAS_WIRE_SUM_ADD | EYAS_WIRE_SUM_WRITE };
	static const struct {
		const char *name;
		uint8_t sum;
	} known[] = {
		{ "read", READS },
		{ "pread64", READS },
		{ "readv", READS },
		{ "preadv", READS },
		{ "recvfrom", READS },
		{ "recvmsg", READS | EYAS_WIRE_SUM_MSG },
		{ "write", WRITES },
		{ "pwrite64", WRITES },
		{ "writev", WRITES },
		{ "pwritev", WRITES },
		{ "sendto", WRITES },
		{ "sendmsg", WRITES },
		{ "close", EYAS_WIRE_SUM_END },
		{ "connect", EYAS_WIRE_SUM_END },
		{ "dup2", EYAS_WIRE_SUM_END | EYAS_WIRE_SUM_SECOND },
		{ "dup3", EYAS_WIRE_SUM_END | EYAS_WIRE_SUM_SECOND },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(call->name, known[i].name))
			return known[i].sum;
	return 0;
}

static const struct {
	const char *constant;
	uint8_t point;
} points[] = {
	{ "EXECVE", EYAS_WIRE_POINT_EXEC },
	{ "EXECVEAT", EYAS_WIRE_POINT_EXEC },
#if !defined(__x86_64__)
	{ "CLONE", EYAS_WIRE_POINT_FORK },
	{ "CLONE3", EYAS_WIRE_POINT_FORK },
#endif
	{ "PAGE_FAULT_KERNEL", EYAS_WIRE_POINT_FAULT_KERNEL },
	{ "PAGE_FAULT_USER", EYAS_WIRE_POINT_FAULT_USER },
	{ "SCHED_PROCESS_EXIT", EYAS_WIRE_POINT_EXIT },
	{ "SCHED_SWITCH", EYAS_WIRE_POINT_SWITCH },
	{ "SIGNAL_DELIVER", EYAS_WIRE_POINT_SIGNAL },
};

uint8_t bpf_select_points(const struct eyas_codes *codes)
{
	const struct eyas_syscall_info *call;
	unsigned code;
	uint8_t wanted = 0;
	size_t i;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		call = eyas_syscall_info(code);
		if (!call || !eyas_codes_has(codes, code))
			continue;
		for (i = 0; i < sizeof(points) / sizeof(points[0]); i++)
			if (!strcmp(points[i].constant, call->constant))
				wanted |= points[i].point;
	}
	return wanted;
}

void bpf_select_codes(struct eyas_wire_config *config, const struct eyas_codes *codes)
{
	const struct eyas_syscall_info *call;
	uint8_t gate[EYAS_WIRE_SYSCALLS] = { [EYAS_WIRE_BEAT_NUMBER] = EYAS_WIRE_BEAT };
	unsigned code, nr;
	int native;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		call = eyas_syscall_info(code);
		if (!call || !eyas_native_number(call, &nr) || nr >= EYAS_WIRE_SYSCALLS)
			continue;
		config->calls[nr].code = (uint16_t)code;
		config->calls[nr].how &= EYAS_WIRE_HOW_ROW | EYAS_WIRE_HOW_PROGRAM;
		config->calls[nr].how |= how_of(call);
		config->calls[nr].path = path_of(call);
		config->calls[nr].sum = sum_of(call);
		if (eyas_codes_has(codes, code))
			gate[nr] |= EYAS_WIRE_NATIVE;
	}
	for (nr = 0; nr < EYAS_WIRE_SYSCALLS; nr++) {
		native = eyas_ia32_to_x86_64(nr);
		if (native >= 0 && native < EYAS_WIRE_SYSCALLS && gate[native] & EYAS_WIRE_NATIVE)
			gate[nr] |= EYAS_WIRE_COMPAT;
#if defined(__x86_64__)
		if (gate[nr] & EYAS_WIRE_NATIVE && is_socketcall(nr))
			gate[COMPAT_SOCKETCALL] |= EYAS_WIRE_COMPAT;
#endif
	}
	/* What was not told of before is told again: sums of before would have nobody. */
	config->sum_epoch++;
	for (nr = 0; nr < EYAS_WIRE_SYSCALLS; nr++)
		config->calls[nr].gate = gate[nr];
	config->points = bpf_select_points(codes) | (config->points & EYAS_WIRE_POINT_ENTER);
}

static int select_tests(struct eyas_wire_config *config, const struct eyas_live_tests *tests,
			struct eyas_err *reterr)
{
	size_t len;

	if (tests->pid)
		config->tests |= EYAS_WIRE_TEST_PID;
	config->test_pid = tests->pid;
	if (tests->follow_pid)
		config->tests |= EYAS_WIRE_TEST_FOLLOW;
	if (tests->cgroup_id)
		config->tests |= EYAS_WIRE_TEST_CGROUP;
	config->test_cgroup = tests->cgroup_id;
	if (tests->has_uid)
		config->tests |= EYAS_WIRE_TEST_UID;
	config->test_uid = tests->uid;
	if (tests->failed_only)
		config->tests |= EYAS_WIRE_TEST_FAILED;
	if (tests->succeeded_only)
		config->tests |= EYAS_WIRE_TEST_SUCCEEDED;
	if (tests->keep_state)
		config->tests |= EYAS_WIRE_TEST_KEEP_STATE;
	if (tests->comm) {
		len = strlen(tests->comm);
		if (len >= sizeof(config->test_comm))
			return eyas_err_set(reterr, -EINVAL,
					    "'%s': names of threads have up to 15 bytes",
					    tests->comm);
		memcpy(config->test_comm, tests->comm, len);
		config->tests |= EYAS_WIRE_TEST_COMM;
	}
	if (tests->path_prefix) {
		len = strlen(tests->path_prefix);
		if (len >= sizeof(config->test_path))
			return eyas_err_set(reterr, -EINVAL,
					    "a path prefix of %zu bytes: up to %zu are possible",
					    len, sizeof(config->test_path) - 1);
		memcpy(config->test_path, tests->path_prefix, len);
		memset(config->test_path_mask, 0xff, len);
		config->test_path_len = (uint32_t)len;
		config->tests |= EYAS_WIRE_TEST_PATH;
	}
	return 0;
}

bool bpf_select_is_choosy(const struct eyas_live_opts *opts)
{
	const struct eyas_live_tests *tests = &opts->tests;

	return tests->pid || tests->follow_pid || tests->cgroup_id || tests->comm ||
	       tests->path_prefix || tests->has_uid || tests->failed_only ||
	       tests->succeeded_only || opts->sampling > 1 || opts->drop_failed;
}

int bpf_select_opts(struct eyas_wire_config *config, const struct eyas_live_opts *opts,
		    struct eyas_err *reterr)
{
	if (opts->snap_bytes > SNAP_MAX)
		return eyas_err_set(reterr, -EINVAL,
				    "a snap length of %u: at most %d bytes are possible",
				    opts->snap_bytes, SNAP_MAX);
	if (opts->sampling > SAMPLING_MAX || (opts->sampling & (opts->sampling - 1)))
		return eyas_err_set(reterr, -EINVAL,
				    "a sampling ratio of %u: expected 1, 2, 4 ... or 128",
				    opts->sampling);
	if (opts->enter_events)
		config->points |= EYAS_WIRE_POINT_ENTER;
	config->self_tgid = opts->keep_self ? 0 : (uint32_t)getpid();
	config->snap_bytes = opts->snap_bytes ? opts->snap_bytes : SNAP_DEFAULT;
	if (opts->no_data)
		config->snap_bytes = 0;
	config->port_min = opts->fullcapture_port_min;
	config->port_max = opts->fullcapture_port_max;
	config->statsd_port = opts->statsd_port ? opts->statsd_port : STATSD_PORT;
	config->sampling = opts->sampling > 1 ? opts->sampling : 0;
	config->drop_failed = !!opts->drop_failed;
	config->choosy = bpf_select_is_choosy(opts);
	return select_tests(config, &opts->tests, reterr);
}
