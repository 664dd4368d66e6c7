/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs on this machine now? All processes out of /proc with their threads and descriptors,
 * interfaces, users and groups (proc_owners.c): a state as the loader of a capture would leave it
 * behind.
 */
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "state/proc_int.h"

/* A process in a pid namespace other than the machine's: when that began is told at the end. */
struct nested {
	uint64_t namespace;
	uint64_t start_ts_ns; /* of the process */
	int64_t pid;
	bool is_init; /* of its namespace */
};

struct scan {
	struct eyas_state *state;
	struct proc_reader *reader;
	struct eyas_loader to;
	struct nested *nested;
	size_t nested_count, nested_cap;
	int64_t threads;
};

/* ---- machine, interfaces ---- */

static uint64_t max_pid(struct proc_reader *reader)
{
	char buf[24];
	ssize_t len = proc_slurp(reader, reader->root, "sys/kernel/pid_max", buf, sizeof(buf));
	const char *at = buf;

	return len > 0 ? proc_number(&at, buf + len, 10) : 0;
}

static void scan_machine(struct scan *scan)
{
	struct eyas_machine machine = {
		.num_cpus = (uint32_t)sysconf(_SC_NPROCESSORS_CONF),
		.memory_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE),
		.max_pid = max_pid(scan->reader),
		.boot_ts_ns = scan->reader->boot_ts_ns,
	};

	(void)gethostname(machine.hostname, sizeof(machine.hostname) - 1);
	(void)scan->to.machine(scan->to.ctx, &machine);
}

static size_t take_addr(uint8_t *to, const struct sockaddr *from)
{
	union {
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr;

	if (!from)
		return 0;
	if (from->sa_family == AF_INET) {
		memcpy(&addr.in, from, sizeof(addr.in));
		memcpy(to, &addr.in.sin_addr, 4);
		return 4;
	}
	if (from->sa_family == AF_INET6) {
		memcpy(&addr.in6, from, sizeof(addr.in6));
		memcpy(to, &addr.in6.sin6_addr, 16);
		return 16;
	}
	return 0;
}

static void scan_ifaces(struct scan *scan)
{
	enum { IFACE_IPV4 = 1, IFACE_IPV6 = 2 };
	struct ifaddrs *all, *one;
	struct eyas_iface iface;
	size_t len;

	if (getifaddrs(&all))
		return;
	for (one = all; one; one = one->ifa_next) {
		iface = (struct eyas_iface){ .name = proc_text(one->ifa_name) };
		len = take_addr(iface.addr, one->ifa_addr);
		if (!len)
			continue;
		iface.type = len == 4 ? IFACE_IPV4 : IFACE_IPV6;
		take_addr(iface.mask, one->ifa_netmask);
		if (len == 4 && one->ifa_flags & IFF_BROADCAST)
			take_addr(iface.bcast, one->ifa_broadaddr);
		(void)scan->to.iface(scan->to.ctx, &iface);
	}
	freeifaddrs(all);
}

/* ---- pid namespaces ---- */

static void note_nested(struct scan *scan, const struct proc_process *process)
{
	size_t cap = scan->nested_cap ? 2 * scan->nested_cap : 64;
	char link[PROC_PATH_MAX];
	struct nested *bigger;
	ssize_t len;

	if (process->status.pid_levels <= 1)
		return;
	len = proc_link(scan->reader, process->dir, "ns/pid", link);
	if (len < 0)
		return;
	if (scan->nested_count == scan->nested_cap) {
		bigger = realloc(scan->nested, cap * sizeof(*bigger));
		if (!bigger)
			return;
		scan->nested = bigger;
		scan->nested_cap = cap;
	}
	scan->nested[scan->nested_count++] = (struct nested){
		.namespace = proc_link_number(link, (size_t)len),
		.start_ts_ns = process->start_ts_ns,
		.pid = (int64_t)process->entry.pid,
		.is_init = process->entry.vpid == 1,
	};
}

/* By namespace, its init first. */
static int compare_nested(const void *left, const void *right)
{
	const struct nested *a = left, *b = right;

	if (a->namespace != b->namespace)
		return a->namespace < b->namespace ? -1 : 1;
	return (int)b->is_init - (int)a->is_init;
}

static void set_namespace_starts(struct scan *scan)
{
	const struct nested *init = NULL, *one;
	struct eyas_thread *thread;
	size_t i;

	if (scan->nested_count)
		qsort(scan->nested, scan->nested_count, sizeof(*scan->nested), compare_nested);
	for (i = 0; i < scan->nested_count; i++) {
		one = &scan->nested[i];
		if (!init || init->namespace != one->namespace)
			init = one;
		thread = eyas_state_find(scan->state, one->pid);
		if (!init->is_init || !thread || !thread->group)
			continue;
		for (thread = thread->group->first; thread; thread = thread->group_next)
			thread->pidns_init_start_ts_ns = init->start_ts_ns;
	}
}

/* ---- processes ---- */

static void scan_threads(struct scan *scan, struct proc_process *process)
{
	int64_t pid = (int64_t)process->entry.pid, tid;
	struct eyas_thread_entry entry;
	struct eyas_thread *thread;
	struct proc_dir entries;
	uint64_t start_ts_ns;

	/* The leader alone: its directory of threads need not be read. */
	if (process->status.threads <= 1 && !process->zombie)
		return;
	if (proc_dir_open(&entries, scan->reader, process->dir, "task"))
		return;
	while (proc_dir_next(&entries, &tid)) {
		if (tid == pid ||
		    proc_read_thread(scan->reader, process, tid, &entry, &start_ts_ns))
			continue;
		thread = load_thread_entry(scan->state, &entry);
		if (!thread)
			continue;
		proc_complete(thread, start_ts_ns, process);
		scan->threads++;
	}
	proc_dir_close(&entries);
}

static void scan_process(struct scan *scan, int64_t pid)
{
	struct proc_process process;
	struct eyas_thread *leader;

	scan->state->taken_ns = proc_now_ns(scan->reader);
	if (proc_process_open(scan->reader, pid, &process))
		return;
	leader = load_thread_entry(scan->state, &process.entry);
	if (!leader)
		goto out;
	proc_complete(leader, process.start_ts_ns, &process);
	if (proc_load_fds(scan->state, scan->reader, &process, leader)) {
		thread_remove(scan->state, leader, NULL);
		goto out;
	}
	scan->threads++;
	note_nested(scan, &process);
	scan_threads(scan, &process);
out:
	proc_process_close(&process);
}

static int scan_processes(struct scan *scan, const struct state_tick *tick)
{
	struct proc_dir entries;
	int64_t pid;
	int err = proc_dir_open(&entries, scan->reader, scan->reader->root, ".");

	if (err)
		return err;
	while (proc_dir_next(&entries, &pid)) {
		scan_process(scan, pid);
		if (tick)
			tick->fn(tick->ctx);
	}
	proc_dir_close(&entries);
	return 0;
}

/* ---- the parts of a scan ---- */

static int scan_init(struct scan *scan, struct eyas_state *state, struct eyas_err *reterr)
{
	*scan = (struct scan){ .state = state, .reader = proc_reader_get(state) };
	if (!scan->reader)
		return eyas_err_set(reterr, -errno, "%s: %s", state->proc_root, strerror(errno));
	eyas_state_loader(state, &scan->to);
	return 0;
}

int eyas_state_scan_machine(struct eyas_state *state, bool owners, struct eyas_err *reterr)
{
	struct scan scan;
	int err = scan_init(&scan, state, reterr);

	if (err)
		return err;
	(void)scan.to.section(scan.to.ctx);
	scan_machine(&scan);
	if (owners) {
		scan_ifaces(&scan);
		proc_load_owners(state);
	}
	state->taken_ns = proc_now_ns(scan.reader);
	return 0;
}

int64_t eyas_state_scan_processes(struct eyas_state *state, const struct state_tick *tick,
				  struct eyas_err *reterr)
{
	struct scan scan;
	int err = scan_init(&scan, state, reterr);

	if (err)
		return err;
	load_begin(state);
	scan.reader->socks.scanning = true;
	err = scan_processes(&scan, tick);
	proc_socks_fini(&scan.reader->socks);
	load_finish(state);
	set_namespace_starts(&scan);
	free(scan.nested);
	if (err)
		return eyas_err_set(reterr, err, "%s: %s", state->proc_root, strerror(-err));
	return scan.threads;
}

uint64_t eyas_state_scan_end(struct eyas_state *state)
{
	const struct proc_reader *reader = proc_reader_get(state);

	/* What a loader was told in place of a scan. */
	if (state->loading)
		load_finish(state);
	proc_load_containers_owners(state);
	state->taken_ns = 0;
	state->settled_ns = reader ? proc_now_ns(reader) : 0;
	return state->settled_ns;
}

int64_t eyas_state_scan(struct eyas_state *state, struct eyas_err *reterr)
{
	int64_t threads = eyas_state_scan_machine(state, true, reterr);

	if (!threads)
		threads = eyas_state_scan_processes(state, NULL, reterr);
	eyas_state_scan_end(state);
	return threads;
}
