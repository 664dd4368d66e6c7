/* SPDX-License-Identifier: Apache-2.0 */
/* Threads, out of the records of the kernel's iterator. */
#include "capture/bpf_snapshot_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"

/* Flags of threads, as the events of their making have them (PPM_CL_*). */
enum {
	CLONE_FILES_FLAG = 1 << 0,
	CLONE_FS_FLAG = 1 << 1,
	CLONE_THREAD_FLAG = 1 << 13,
	CLOSED_FLAG = 1 << 18
};

enum { CAP_DAC_OVERRIDE_BIT = 1, CAP_FOWNER_BIT = 3 };

static struct eyas_bytes bytes_of(const char *data, size_t len)
{
	return (struct eyas_bytes){ data, (uint32_t)len };
}

/* ---- records ---- */

int64_t snapshot_task_at(const char *data, size_t len, struct snapshot_task *ret_task)
{
	const struct eyas_iter_task *record = (const void *)data;
	size_t at = sizeof(*record);
	unsigned i;

	if (len < sizeof(*record))
		return 0;
	if (record->bytes < sizeof(*record) || record->bytes > EYAS_ITER_RECORD_MAX ||
	    record->bytes % 8)
		return EYAS_E_FORMAT;
	if (record->bytes > len)
		return 0;
	ret_task->record = record;
	for (i = 0; i < EYAS_ITER_TEXTS; i++) {
		if (record->text_bytes[i] > record->bytes - at)
			return EYAS_E_FORMAT;
		ret_task->text[i] = bytes_of(data + at, record->text_bytes[i]);
		at += record->text_bytes[i];
	}
	return record->bytes;
}

/* The record at a place that was looked at before. */
static struct snapshot_task task_of(const struct snapshot *snapshot, size_t at)
{
	struct snapshot_task task;

	(void)snapshot_task_at(snapshot->tasks.data + at, snapshot->tasks.len - at, &task);
	return task;
}

/* ---- what belongs together ---- */

void snapshot_fini(struct snapshot *snapshot)
{
	eyas_str_fini(&snapshot->tasks);
	eyas_map_fini(&snapshot->by_pid);
	free(snapshot->processes);
	free(snapshot->threads);
}

/* How many records are there, and how many of them are of first threads? */
static int count(struct snapshot *snapshot, uint32_t *ret_all)
{
	struct snapshot_task task;
	int64_t len;
	size_t at;

	*ret_all = 0;
	for (at = 0; at < snapshot->tasks.len; at += (size_t)len) {
		len = snapshot_task_at(snapshot->tasks.data + at, snapshot->tasks.len - at, &task);
		if (len <= 0)
			return EYAS_E_FORMAT;
		++*ret_all;
	}
	return 0;
}

static int add_leader(struct snapshot *snapshot, size_t at, const struct eyas_iter_task *record)
{
	struct snapshot_process *process = &snapshot->processes[snapshot->nprocesses];

	/* One that ended while another came up with its number. */
	if (eyas_map_find(&snapshot->by_pid, (uint64_t)record->pid) != EYAS_MAP_NONE)
		return 0;
	*process = (struct snapshot_process){
		.pid = (uint64_t)record->pid,
		.leader = at,
		.body = at,
		.has_body = !(record->bits & (EYAS_ITER_EXITED | EYAS_ITER_LEAVING)),
		.minor_faults = record->minor_faults + record->gone_minor_faults,
		.major_faults = record->major_faults + record->gone_major_faults,
	};
	return eyas_map_add(&snapshot->by_pid, process->pid, snapshot->nprocesses++);
}

static void add_thread(struct snapshot *snapshot, size_t at, const struct eyas_iter_task *record)
{
	uint32_t i = eyas_map_find(&snapshot->by_pid, (uint64_t)record->pid), mine;
	struct snapshot_process *process;

	if (i == EYAS_MAP_NONE)
		return;
	process = &snapshot->processes[i];
	process->minor_faults += record->minor_faults;
	process->major_faults += record->major_faults;
	if (record->bits & EYAS_ITER_EXITED)
		return;
	/* The first thread has exited, and this one still knows what the process is. */
	if (!process->has_body && record->bits & EYAS_ITER_PROCESS &&
	    !(record->bits & EYAS_ITER_LEAVING)) {
		process->has_body = true;
		process->body = at;
	}
	mine = snapshot->nthreads++;
	snapshot->threads[mine] = (struct snapshot_thread){ .at = at };
	if (process->last)
		snapshot->threads[process->last - 1].next = mine + 1;
	else
		process->first = mine + 1;
	process->last = mine + 1;
}

int snapshot_sort(struct snapshot *snapshot)
{
	struct snapshot_task task;
	uint32_t all;
	int64_t len;
	size_t at;
	int err = count(snapshot, &all);

	if (err)
		return err;
	snapshot->processes = calloc((size_t)all + 1, sizeof(*snapshot->processes));
	snapshot->threads = calloc((size_t)all + 1, sizeof(*snapshot->threads));
	if (!snapshot->processes || !snapshot->threads)
		return -ENOMEM;
	for (at = 0; !err && at < snapshot->tasks.len; at += (size_t)len) {
		len = snapshot_task_at(snapshot->tasks.data + at, snapshot->tasks.len - at, &task);
		if (task.record->tid == task.record->pid)
			err = add_leader(snapshot, at, task.record);
	}
	/* In a second round: numbers start anew at the end of their range, first threads' too. */
	for (at = 0; !err && at < snapshot->tasks.len; at += (size_t)len) {
		len = snapshot_task_at(snapshot->tasks.data + at, snapshot->tasks.len - at, &task);
		if (task.record->tid != task.record->pid)
			add_thread(snapshot, at, task.record);
	}
	return err;
}

/* ---- texts ---- */

/*
 * A list of texts, each ended by NUL, with room for one byte more. Processes that write a title
 * over their arguments leave a tail of empty ones, which nobody passed.
 */
static struct eyas_bytes list_of(char *buf, size_t len)
{
	if (len > SNAPSHOT_LIST_MAX)
		len = SNAPSHOT_LIST_MAX - 1;
	while (len && !buf[len - 1])
		len--;
	if (len)
		buf[len++] = '\0';
	return bytes_of(buf, len);
}

static size_t read_list(const struct snapshot *snapshot, const struct snapshot_task *task,
			unsigned text, uint32_t ask, const char *name, char *buf)
{
	size_t len = task->text[text].len;

	if (task->record->bits & ask)
		return snapshot->ask ? snapshot->ask((uint64_t)task->record->tid, name, buf,
						     SNAPSHOT_LIST_MAX + 1)
				     : 0;
	if (len > SNAPSHOT_LIST_MAX + 1)
		len = SNAPSHOT_LIST_MAX + 1;
	memcpy(buf, task->text[text].data, len);
	return len;
}

static void fill_lists(struct snapshot *snapshot, const struct snapshot_task *task,
		       struct eyas_thread_entry *entry)
{
	size_t len = read_list(snapshot, task, EYAS_ITER_ARGS, EYAS_ITER_ASK_ARGS, "cmdline",
			       snapshot->cmdline);
	struct eyas_bytes all = list_of(snapshot->cmdline, len);
	size_t exe_len = strnlen(all.data, all.len);

	entry->args_cut = len > SNAPSHOT_LIST_MAX;
	entry->exe = bytes_of(all.data, exe_len);
	if (all.len > exe_len)
		entry->args = bytes_of(all.data + exe_len + 1, all.len - exe_len - 1);
	len = read_list(snapshot, task, EYAS_ITER_ENV, EYAS_ITER_ASK_ENV, "environ", snapshot->env);
	entry->env = list_of(snapshot->env, len);
}

/* ---- cgroups ---- */

/* Subsystems that events name, also where one hierarchy has them all. */
static const char *const unified[] = { "cpuset", "cpu", "cpuacct", "io", "memory" };

enum { UNIFIED = sizeof(unified) / sizeof(unified[0]) };

static void add_label(struct snapshot_hierarchy *to, const char *name, size_t len)
{
	if (len + 1 > sizeof(to->labels) - to->len)
		return;
	memcpy(to->labels + to->len, name, len);
	to->labels[to->len + len] = '\0';
	to->len += (uint32_t)len + 1;
}

static void see_label(const char *name, size_t len, bool seen[static UNIFIED])
{
	unsigned i;

	if (len == strlen("blkio") && !memcmp(name, "blkio", len)) {
		name = "io"; /* as it was called before */
		len = 2;
	}
	for (i = 0; i < UNIFIED; i++)
		if (len == strlen(unified[i]) && !memcmp(name, unified[i], len))
			seen[i] = true;
}

/* HIERARCHY:SUBSYSTEM,SUBSYSTEM:PATH; no subsystem at all means the unified hierarchy. */
static bool parse_hierarchy(const char *at, const char *end, struct snapshot_hierarchy *ret,
			    bool seen[static UNIFIED])
{
	const char *comma, *colon;
	unsigned i;

	*ret = (struct snapshot_hierarchy){ 0 };
	for (; at < end && *at >= '0' && *at <= '9'; at++)
		ret->id = ret->id * 10 + (uint32_t)(*at - '0');
	if (at == end || *at != ':')
		return false;
	at++;
	colon = memchr(at, ':', (size_t)(end - at));
	if (!colon)
		return false;
	for (i = 0; at == colon && i < UNIFIED; i++)
		if (!seen[i])
			add_label(ret, unified[i], strlen(unified[i]));
	for (; at < colon; at = comma + 1) {
		comma = memchr(at, ',', (size_t)(colon - at));
		if (!comma)
			comma = colon;
		see_label(at, (size_t)(comma - at), seen);
		add_label(ret, at, (size_t)(comma - at));
	}
	return true;
}

void snapshot_set_hierarchies(struct snapshot *snapshot, const char *text, size_t len)
{
	const char *at = text, *end = text + len, *line_end;
	bool seen[UNIFIED] = { false };

	for (; at < end && snapshot->nhierarchies < SNAPSHOT_HIERARCHIES; at = line_end + 1) {
		line_end = memchr(at, '\n', (size_t)(end - at));
		if (!line_end)
			line_end = end;
		if (parse_hierarchy(at, line_end, &snapshot->hierarchies[snapshot->nhierarchies],
				    seen))
			snapshot->nhierarchies++;
	}
}

/* The path in a hierarchy; false if the record has none. */
static bool find_path(struct eyas_bytes cgroups, uint32_t id, struct eyas_bytes *ret_path)
{
	const char *at = cgroups.data, *end = at + cgroups.len, *nul;
	uint32_t found;

	while ((size_t)(end - at) > sizeof(found)) {
		memcpy(&found, at, sizeof(found));
		at += sizeof(found);
		nul = memchr(at, '\0', (size_t)(end - at));
		if (!nul)
			return false;
		if (found == id) {
			*ret_path = bytes_of(at, (size_t)(nul - at));
			return true;
		}
		at = nul + 1;
	}
	return false;
}

/* "name=path" and a NUL behind what is there; what finds no room is left out. */
static size_t add_cgroup(char *to, size_t used, const char *label, struct eyas_bytes path)
{
	size_t len = strlen(label);

	if (len + path.len + 2 > SNAPSHOT_LIST_MAX - used)
		return used;
	memcpy(to + used, label, len);
	to[used + len] = '=';
	memcpy(to + used + len + 1, path.data, path.len);
	to[used + len + 1 + path.len] = '\0';
	return used + len + path.len + 2;
}

static struct eyas_bytes cgroups_of(struct snapshot *snapshot, struct eyas_bytes cgroups)
{
	const struct snapshot_hierarchy *hierarchy;
	struct eyas_bytes path;
	size_t len = 0;
	uint32_t i, at;

	for (i = 0; i < snapshot->nhierarchies; i++) {
		hierarchy = &snapshot->hierarchies[i];
		if (!find_path(cgroups, hierarchy->id, &path))
			continue;
		for (at = 0; at < hierarchy->len;
		     at += (uint32_t)strlen(hierarchy->labels + at) + 1)
			len = add_cgroup(snapshot->cgroups, len, hierarchy->labels + at, path);
	}
	return bytes_of(snapshot->cgroups, len);
}

/* ---- entries ---- */

static uint64_t at_boot(const struct snapshot *snapshot, uint64_t boot_ns)
{
	return snapshot->boot_ts_ns + boot_ns;
}

static int64_t or_unknown(int32_t id, int64_t fallback)
{
	return id ? id : fallback;
}

/* What a thread has of its own. */
static void fill_thread(const struct snapshot *snapshot, const struct eyas_iter_task *record,
			struct eyas_thread_entry *entry)
{
	entry->tid = (uint64_t)record->tid;
	entry->ptid = (uint64_t)record->ppid;
	entry->vtid = or_unknown(record->vtid, record->tid);
	entry->comm = bytes_of(record->comm, strnlen(record->comm, sizeof(record->comm)));
	entry->uid = record->uid;
	entry->gid = record->gid;
	entry->cap_inheritable = record->cap_inheritable;
	entry->cap_permitted = record->cap_permitted;
	entry->cap_effective = record->cap_effective;
	entry->pfminor = record->minor_faults;
	entry->pfmajor = record->major_faults;
	entry->start_ts_ns = at_boot(snapshot, record->start_ns);
	entry->taken_ts_ns = at_boot(snapshot, record->taken_ns);
}

/* Could the process write to its executable, or make itself able to? */
static bool can_write(const struct eyas_iter_task *body, const struct eyas_iter_task *leader)
{
	const uint64_t capable = UINT64_C(1) << CAP_DAC_OVERRIDE_BIT | UINT64_C(1)
									       << CAP_FOWNER_BIT;

	return (leader->cap_effective & capable) || body->exe_uid == leader->uid ||
	       (body->exe_gid == leader->gid && (body->exe_mode & S_IWGRP)) ||
	       (body->exe_mode & S_IWOTH);
}

static void fill_exe(const struct snapshot_task *body, const struct eyas_iter_task *leader,
		     struct eyas_thread_entry *entry)
{
	static const char memfd[] = "/memfd:";
	const struct eyas_iter_task *record = body->record;

	entry->exepath = body->text[EYAS_ITER_EXEPATH];
	entry->exe_from_memfd = entry->exepath.len >= sizeof(memfd) - 1 &&
				!memcmp(entry->exepath.data, memfd, sizeof(memfd) - 1);
	if (!(record->bits & EYAS_ITER_HAS_EXE))
		return;
	entry->exe_ino = record->exe_ino;
	entry->exe_ino_ctime_ns = record->exe_ctime_ns;
	entry->exe_ino_mtime_ns = record->exe_mtime_ns;
	entry->exe_writable = can_write(record, leader);
	entry->exe_upper_layer = !!(record->bits & EYAS_ITER_UPPER_LAYER);
	entry->exe_lower_layer = !!(record->bits & EYAS_ITER_LOWER_LAYER);
}

static uint32_t kib_of(const struct snapshot *snapshot, int64_t pages)
{
	/* The shares that CPUs keep can make a sum look negative. */
	return pages > 0 ? (uint32_t)((uint64_t)pages * snapshot->page_kib) : 0;
}

static void fill_process(struct snapshot *snapshot, const struct snapshot_process *process,
			 struct eyas_thread_entry *entry)
{
	const struct snapshot_task leader = task_of(snapshot, process->leader);
	const struct snapshot_task body = task_of(snapshot, process->body);
	const struct eyas_iter_task *record = leader.record;
	const bool is_kernel = record->bits & EYAS_ITER_KERNEL;

	*entry = (struct eyas_thread_entry){ .pid = process->pid };
	fill_thread(snapshot, record, entry);
	entry->flags = record->bits & EYAS_ITER_EXITED ? CLOSED_FLAG : 0;
	entry->vpid = or_unknown(record->vpid, record->pid);
	entry->pgid = record->pgid;
	entry->vpgid = record->vpgid;
	entry->sid = record->vsid;
	entry->tty = record->tty;
	entry->loginuid = record->loginuid;
	entry->pfminor = process->minor_faults;
	entry->pfmajor = process->major_faults;
	entry->pidns_init_start_ts_ns = at_boot(snapshot, record->pidns_start_ns);
	entry->vmsize_kb = kib_of(snapshot, record->vm_pages);
	entry->vmrss_kb = kib_of(snapshot, record->rss_pages);
	entry->vmswap_kb = kib_of(snapshot, record->swap_pages);
	entry->cgroups = cgroups_of(snapshot, leader.text[EYAS_ITER_CGROUPS]);
	entry->cwd = body.text[EYAS_ITER_CWD];
	entry->root = body.text[EYAS_ITER_ROOT];
	if (is_kernel)
		return;
	/* 0 for no limit, as /proc has a word there. */
	entry->fdlimit = body.record->fdlimit == UINT64_MAX ? 0 : body.record->fdlimit;
	fill_exe(&body, record, entry);
	fill_lists(snapshot, &body, entry);
}

static int say_process(struct snapshot *snapshot, struct snapshot_process *process,
		       const struct eyas_loader *loader)
{
	struct eyas_thread_entry leader, entry;
	const struct snapshot_thread *thread;
	uint32_t next;
	int err;

	fill_process(snapshot, process, &leader);
	process->said = true;
	err = loader->thread(loader->ctx, &leader);
	for (next = process->first; next && err >= 0; next = thread->next) {
		thread = &snapshot->threads[next - 1];
		entry = leader;
		entry.flags = CLONE_THREAD_FLAG | CLONE_FILES_FLAG | CLONE_FS_FLAG;
		fill_thread(snapshot, task_of(snapshot, thread->at).record, &entry);
		err = loader->thread(loader->ctx, &entry);
	}
	return err < 0 ? err : 0;
}

int snapshot_say_threads(struct snapshot *snapshot, const struct eyas_loader *loader)
{
	uint32_t i;
	int err = 0;

	for (i = 0; !err && loader->thread && i < snapshot->nprocesses; i++)
		/* Without a body all its threads have exited, or are about to. */
		if (snapshot->processes[i].has_body)
			err = say_process(snapshot, &snapshot->processes[i], loader);
	return err;
}
