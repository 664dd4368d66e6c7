/* SPDX-License-Identifier: Apache-2.0 */
/* Which programs get into the kernel, and how do they find each other there? */
#include "capture/bpf_load.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/err.h"
#include "bpf/eyas.skel.h"
#include "capture/bpf_feature.h"
#include "capture/bpf_rows.h"
#include "capture/bpf_select.h"
#include "capture/bpf_sums.h"
#include "capture/bpf_types.h"
#include "schema/native.h"

/* A program with this in front of a call's name makes the events of that call. */
static const char call_prefix[] = "call_";

/* The others are attached, these only if their point is wanted. */
static const struct {
	const char *name;
	uint8_t point;
} points[] = {
	{ "page_fault_kernel", EYAS_WIRE_POINT_FAULT_KERNEL },
	{ "page_fault_user", EYAS_WIRE_POINT_FAULT_USER },
	{ "sched_process_exec", EYAS_WIRE_POINT_EXEC },
	{ "sched_process_exit", EYAS_WIRE_POINT_EXIT },
	{ "sched_process_fork", EYAS_WIRE_POINT_FORK },
	{ "sched_switch", EYAS_WIRE_POINT_SWITCH },
	{ "signal_deliver", EYAS_WIRE_POINT_SIGNAL },
	{ "sys_enter", EYAS_WIRE_POINT_ENTER },
};

/* Calls whose events are so much alike that one program makes them all. */
static const struct {
	const char *call, *program;
} shared[] = {
	{ "clone3", "clone" },
	{ "execveat", "execve" },
	{ "fork", "clone" },
	{ "vfork", "clone" },
};

/* ---- programs by name ---- */

/* Places of programs that the dispatcher jumps to and that are for no call of their own. */
static const struct {
	const char *name;
	unsigned place; /* EYAS_WIRE_SYSCALLS = that of every call without a program */
} parts[] = {
	{ "part_choosy", EYAS_WIRE_PART_CHOOSY },
	{ "part_row", EYAS_WIRE_SYSCALLS },
	{ "part_socketcall", EYAS_WIRE_PART_SOCKETCALL },
	{ "part_sum", EYAS_WIRE_PART_SUM },
};

static bool is_part(const struct bpf_program *program, unsigned *ret_place)
{
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		*ret_place = parts[i].place;
		if (!strcmp(parts[i].name, bpf_program__name(program)))
			return true;
	}
	return false;
}

static bool is_call_program(const struct bpf_program *program)
{
	return !strncmp(bpf_program__name(program), call_prefix, sizeof(call_prefix) - 1);
}

/* Does the program make the events of the call? */
static bool makes(const struct bpf_program *program, const struct eyas_syscall_info *call)
{
	const char *name = bpf_program__name(program) + sizeof(call_prefix) - 1;
	size_t i;

	if (!call || call->kind != EYAS_SC_SYSCALL)
		return false;
	for (i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		if (!strcmp(shared[i].call, call->name))
			return !strcmp(shared[i].program, name);
	return !strcmp(call->name, name);
}

static bool is_call_wanted(const struct bpf_program *program, const struct eyas_codes *codes)
{
	unsigned code;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++)
		if (eyas_codes_has(codes, code) && makes(program, eyas_syscall_info(code)))
			return true;
	return false;
}

static bool is_point_wanted(const struct bpf_program *program, uint8_t wanted)
{
	size_t i;

	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		if (!strcmp(points[i].name, bpf_program__name(program)))
			return points[i].point & wanted;
	return true;
}

bool bpf_load_is_attached(const struct bpf_program *program)
{
	unsigned place;

	return bpf_program__autoload(program) && !is_call_program(program) &&
	       !is_part(program, &place);
}

/* ---- loading ---- */

libbpf_print_fn_t bpf_load_quiet(void)
{
	libbpf_print_fn_t before = libbpf_set_print(NULL);

	if (getenv("EYAS_LIBBPF_LOG"))
		libbpf_set_print(before);
	return before;
}

void bpf_load_loud(libbpf_print_fn_t before)
{
	libbpf_set_print(before);
}

void bpf_load_trim(void)
{
#ifdef __GLIBC__
	/* It is free, but stays with the process: 11 MiB. */
	malloc_trim(0);
#endif
}

static void choose_programs(struct bpf_probe *probe, const struct eyas_live_opts *opts,
			    const struct eyas_codes *codes)
{
	const struct eyas_bpf *skel = probe->skel;
	bool choosy = bpf_select_is_choosy(opts), sockets = bpf_select_has_sockets(codes);
	struct bpf_program *program;
	uint8_t wanted = bpf_select_points(codes);

	/* Who is followed changes as processes come and go. */
	if (opts->tests.follow_pid)
		wanted |= EYAS_WIRE_POINT_FORK | EYAS_WIRE_POINT_EXIT;
	/* The sums of a thread are over with it, and when it becomes another one. */
	if (opts->sum_io)
		wanted |= EYAS_WIRE_POINT_EXIT | EYAS_WIRE_POINT_EXEC;
	if (opts->enter_events)
		wanted |= EYAS_WIRE_POINT_ENTER;
	bpf_object__for_each_program(program, probe->skel->obj)
	{
		bpf_program__set_autoload(program, is_call_program(program)
							   ? is_call_wanted(program, codes)
							   : is_point_wanted(program, wanted));
	}
	bpf_program__set_autoload(skel->progs.part_choosy, choosy);
#if defined(__x86_64__)
	bpf_program__set_autoload(skel->progs.part_socketcall, sockets);
#endif
	bpf_program__set_autoload(skel->progs.part_sum, opts->sum_io);
	bpf_program__set_autoload(skel->progs.part_row, choosy || sockets || opts->sum_io);
}

static void fill_tables(struct bpf_probe *probe, const struct eyas_live_opts *opts)
{
	struct eyas_bpf__rodata *rodata = probe->skel->rodata;
	unsigned nr;

	rodata->ring_bytes = probe->ring_bytes;
	rodata->with_dynamic_snap = opts->dynamic_snap;
	rodata->page_kib = (uint32_t)(sysconf(_SC_PAGESIZE) / 1024);
	rodata->with_sums = opts->sum_io;
	if (opts->sum_io)
		rodata->sums_shift = bpf_sums_shift(probe->sum_buckets);
	eyas_bpf_fill_rows(rodata->rows);
	for (nr = 0; nr < EYAS_WIRE_SYSCALLS; nr++)
		rodata->compat_numbers[nr] = bpf_select_compat(nr);
}

static int enter(struct bpf_probe *probe, const struct bpf_program *program, unsigned place,
		 struct eyas_err *reterr)
{
	int fd = bpf_program__fd(program);
	int err =
		bpf_map_update_elem(bpf_map__fd(probe->skel->maps.programs), &place, &fd, BPF_ANY);

	if (err)
		return eyas_err_set(reterr, err, "program %s cannot be entered: %s",
				    bpf_program__name(program), strerror(-err));
	bpf_probe_config(probe)->calls[place].how = EYAS_WIRE_HOW_PROGRAM;
	return 0;
}

static int enter_calls(struct bpf_probe *probe, const struct bpf_program *program,
		       struct eyas_err *reterr)
{
	unsigned code, nr;
	int err;

	for (code = 0; code < EYAS_SYSCALL_CODES; code++) {
		if (!makes(program, eyas_syscall_info(code)) ||
		    !eyas_native_number(eyas_syscall_info(code), &nr))
			continue;
		err = enter(probe, program, nr, reterr);
		if (err)
			return err;
	}
	return 0;
}

/* Calls without a program have a row, or code and number only. */
static int enter_others(struct bpf_probe *probe, struct eyas_err *reterr)
{
	struct eyas_wire_call *calls = bpf_probe_config(probe)->calls;
	const struct bpf_program *row = probe->skel->progs.part_row;
	unsigned nr;
	int err = 0;

	for (nr = 0; !err && nr < EYAS_WIRE_SYSCALLS; nr++) {
		if (calls[nr].how & EYAS_WIRE_HOW_PROGRAM)
			continue;
		if (bpf_program__autoload(row))
			err = enter(probe, row, nr, reterr);
		calls[nr].how = probe->skel->rodata->rows[nr].type ? EYAS_WIRE_HOW_ROW : 0;
	}
	return err;
}

/* Tell the programs of each other, and of what there is for each call. */
static int enter_programs(struct bpf_probe *probe, struct eyas_err *reterr)
{
	struct bpf_program *program;
	unsigned place;
	int err = 0;

	bpf_object__for_each_program(program, probe->skel->obj)
	{
		if (!bpf_program__autoload(program))
			continue;
		if (is_call_program(program))
			err = enter_calls(probe, program, reterr);
		else if (is_part(program, &place) && place < EYAS_WIRE_SYSCALLS)
			err = enter(probe, program, place, reterr);
		if (err)
			return err;
	}
	return enter_others(probe, reterr);
}

/*
 * All programs at the end of system calls are of one type, that of the tracepoint. libbpf looks
 * for it by name in all types of the kernel for each of them, most of a millisecond each time;
 * those behind the first one take it from that. Their section has a handler of ours, which libbpf
 * keeps for the whole process, hence the lock and the object that is being loaded. It stays:
 * libbpf 1.1 frees its list twice when the last handler is taken out of it.
 */
static pthread_mutex_t handler_lock = PTHREAD_MUTEX_INITIALIZER;
static const struct eyas_bpf *loading;

static int take_type(struct bpf_program *program, struct bpf_prog_load_opts *opts, long cookie)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);
	int id = 0;

	(void)program;
	(void)cookie;
	if (!bpf_obj_get_info_by_fd(bpf_program__fd(loading->progs.sys_exit), &info, &size))
		id = (int)info.attach_btf_id;
	/* Before Linux 6.0 the kernel does not tell. */
	if (!id)
		id = libbpf_find_vmlinux_btf_id("sys_exit", BPF_TRACE_RAW_TP);
	if (id <= 0)
		return id ? id : -ENOENT;
	opts->attach_btf_id = (uint32_t)id;
	return 0;
}

/* The numbers of types that programs cast to, and for libbpf the types the object names. */
static int write_types(struct bpf_probe *probe, int fd)
{
	struct eyas_wire_cast_ids *to = &probe->skel->rodata->cast_ids;
#define CAST(name) { #name, &to->name },
	struct bpf_type_id ids[] = { EYAS_WIRE_CASTS(CAST) };
#undef CAST

	return bpf_types_write(bpf_object__btf(probe->skel->obj), fd, ids,
			       sizeof(ids) / sizeof(ids[0]));
}

static int open_and_load(struct bpf_probe *probe, const struct eyas_live_opts *opts,
			 const struct eyas_codes *codes, int types_fd, const char *types_path,
			 struct eyas_err *reterr)
{
	LIBBPF_OPTS(bpf_object_open_opts, open_opts, .btf_custom_path = types_path);
	int err;

	probe->skel = eyas_bpf__open_opts(&open_opts);
	if (!probe->skel)
		return eyas_err_set(reterr, -errno, "the probe cannot be opened: %s",
				    strerror(errno));
	bpf_map__set_max_entries(probe->skel->maps.rings, probe->ncpus);
	bpf_map__set_value_size(bpf_map__inner_map(probe->skel->maps.rings),
				(uint32_t)probe->map_bytes);
	if (opts->sum_io)
		bpf_map__set_max_entries(probe->skel->maps.sums, probe->sum_buckets);
	choose_programs(probe, opts, codes);
	fill_tables(probe, opts);
	loading = probe->skel;
	err = write_types(probe, types_fd);
	if (!err)
		err = eyas_bpf__load(probe->skel);
	return err ? bpf_feature_explain(err, reterr) : enter_programs(probe, reterr);
}

int bpf_load(struct bpf_probe *probe, const struct eyas_live_opts *opts,
	     const struct eyas_codes *codes, struct eyas_err *reterr)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, handler_opts, .prog_prepare_load_fn = take_type);
	static int handler = -1;
	char types_path[32];
	int err, types_fd = bpf_types_file(types_path);

	if (types_fd < 0)
		return eyas_err_set(reterr, types_fd, "no file in memory: %s", strerror(-types_fd));

	pthread_mutex_lock(&handler_lock);
	if (handler < 0)
		handler = libbpf_register_prog_handler("eyas/sys_exit", BPF_PROG_TYPE_TRACING,
						       BPF_TRACE_RAW_TP, &handler_opts);
	if (handler < 0)
		err = eyas_err_set(reterr, handler, "libbpf: %s", strerror(-handler));
	else
		err = open_and_load(probe, opts, codes, types_fd, types_path, reterr);
	pthread_mutex_unlock(&handler_lock);
	close(types_fd);
	return err;
}
