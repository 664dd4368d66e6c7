/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does /proc say about one process? Asked for each of them by the scan (scan.c), and for
 * single ones by proc_lookup.c.
 *
 * The order of reading makes a process that ends meanwhile noticed: its status, which is needed
 * to make sense of the rest, comes first, and the links that every living process has come last.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "state/proc_int.h"

enum { PROC_MAGIC = 0x9fa0, PF_KTHREAD = 0x00200000, CAP_DAC_OVERRIDE = 1, CAP_FOWNER = 3 };

/* ---- text ---- */

static struct eyas_bytes bytes_of(const char *data, size_t len)
{
	return (struct eyas_bytes){ data, (uint32_t)len };
}

static bool starts_with(struct eyas_bytes text, const char *prefix, size_t len)
{
	return text.len >= len && !memcmp(text.data, prefix, len);
}

/* ---- /proc/PID/status ---- */

enum column { FIRST, SECOND, LAST, COUNT, LETTER };

static const struct status_row {
	const char *key;
	enum column column;
	unsigned base;
	size_t offset; /* of an uint64_t in struct proc_status */
} status_rows[] = {
	/* clang-format off */
	/* In the order of the file, which is read no further than the last one. */
	{ "State:",  LETTER, 0,  offsetof(struct proc_status, state) },
	{ "Tgid:",   FIRST,  10, offsetof(struct proc_status, tgid) },
	{ "PPid:",   FIRST,  10, offsetof(struct proc_status, ppid) },
	{ "Uid:",    SECOND, 10, offsetof(struct proc_status, uid) },
	{ "Gid:",    SECOND, 10, offsetof(struct proc_status, gid) },
	{ "NStgid:", LAST,   10, offsetof(struct proc_status, vpid) },
	{ "NSpid:",  COUNT,  10, offsetof(struct proc_status, pid_levels) },
	{ "NSpid:",  LAST,   10, offsetof(struct proc_status, vtid) },
	{ "NSpgid:", LAST,   10, offsetof(struct proc_status, vpgid) },
	{ "NSsid:",  LAST,   10, offsetof(struct proc_status, sid) },
	{ "VmSize:", FIRST,  10, offsetof(struct proc_status, vmsize_kb) },
	{ "VmRSS:",  FIRST,  10, offsetof(struct proc_status, vmrss_kb) },
	{ "VmSwap:", FIRST,  10, offsetof(struct proc_status, vmswap_kb) },
	{ "Threads:", FIRST, 10, offsetof(struct proc_status, threads) },
	{ "CapInh:", FIRST,  16, offsetof(struct proc_status, cap_inheritable) },
	{ "CapPrm:", FIRST,  16, offsetof(struct proc_status, cap_permitted) },
	{ "CapEff:", FIRST,  16, offsetof(struct proc_status, cap_effective) },
	/* clang-format on */
};

enum { STATUS_ROWS = sizeof(status_rows) / sizeof(status_rows[0]) };

static uint64_t status_value(const struct status_row *row, struct eyas_bytes text)
{
	const char *at = text.data, *end = text.data + text.len, *start;
	uint64_t value = 0, number, count = 0;

	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (row->column == LETTER)
		return at < end ? (uint8_t)*at : 0;
	while (at < end && !(row->column == FIRST && count) &&
	       !(row->column == SECOND && count == 2)) {
		start = at;
		number = proc_number(&at, end, row->base);
		if (at == start)
			break;
		value = number;
		count++;
		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
	}
	return row->column == COUNT ? count : value;
}

/* Rows behind *next that the line is for; *next moves behind them. */
static void status_line(struct proc_status *status, struct eyas_bytes line, size_t *next)
{
	const struct status_row *row;
	uint64_t value;
	size_t i, len;

	for (i = *next; i < STATUS_ROWS; i++) {
		row = &status_rows[i];
		len = strlen(row->key);
		if (!starts_with(line, row->key, len))
			continue;
		value = status_value(row, bytes_of(line.data + len, line.len - len));
		memcpy((char *)status + row->offset, &value, sizeof(value));
		*next = i + 1;
	}
}

int proc_read_status(struct proc_reader *reader, int dir, const char *path,
		     struct proc_status *ret_status)
{
	struct proc_lines lines;
	struct eyas_bytes line;
	size_t next = 0;
	int err = proc_lines_open(&lines, reader, dir, path, true);

	if (err)
		return err;
	*ret_status = (struct proc_status){ 0 };
	while (next < STATUS_ROWS && proc_lines_next(&lines, &line))
		status_line(ret_status, line, &next);
	proc_lines_close(&lines);
	/* A file without a process id is that of a process which has just gone. */
	return ret_status->tgid ? 0 : -ESRCH;
}

static bool has_exited(const struct proc_status *status)
{
	return status->state == 'Z' || status->state == 'X';
}

bool proc_is_dead(const struct proc_status *status)
{
	return has_exited(status) && status->threads <= 1;
}

/* ---- /proc/PID/stat ---- */

/* The numbers of a line of stat that are asked for, by their place behind the name. */
enum stat_place {
	STAT_PGRP = 2,
	STAT_SESSION = 3,
	STAT_TTY = 4,
	STAT_FLAGS = 6,
	STAT_MINFLT = 7,
	STAT_MAJFLT = 9,
	STAT_START = 19,
	STAT_PLACES = 20
};

struct proc_stat_line {
	struct eyas_bytes comm; /* in the buffer of the caller */
	uint64_t places[STAT_PLACES];
};

static int read_stat(struct proc_reader *reader, int dir, const char *path,
		     char comm[static PROC_COMM_MAX], struct proc_stat_line *ret_stat)
{
	char buf[1024];
	ssize_t len = proc_slurp(reader, dir, path, buf, sizeof(buf));
	const char *open, *close_at, *at, *end;
	size_t comm_len;
	int i;

	if (len < 0)
		return (int)len;
	end = buf + len;
	/* The name is whatever the process likes, parentheses and newlines included. */
	open = memchr(buf, '(', (size_t)len);
	close_at = memrchr(buf, ')', (size_t)len);
	if (!open || !close_at || close_at < open || end - close_at < 3)
		return -ESRCH;
	comm_len = (size_t)(close_at - open - 1);
	if (comm_len > PROC_COMM_MAX)
		comm_len = PROC_COMM_MAX;
	memcpy(comm, open + 1, comm_len);
	ret_stat->comm = bytes_of(comm, comm_len);
	ret_stat->places[0] = 0; /* the state, a letter */
	for (i = 1, at = close_at + 3; i < STAT_PLACES; i++) {
		while (at < end && (*at == ' ' || *at == '-'))
			at++;
		ret_stat->places[i] = proc_number(&at, end, 10);
	}
	return 0;
}

static uint64_t start_of(const struct proc_reader *reader, const struct proc_stat_line *stat)
{
	return reader->boot_ts_ns + stat->places[STAT_START] * reader->tick_ns;
}

/* ---- the rest of a process ---- */

/*
 * A list of texts, each ended by NUL, out of a buffer with room for one byte more. Processes
 * that write a title over their arguments leave a tail of empty ones, which nobody passed.
 */
static struct eyas_bytes list_of(char *buf, size_t len)
{
	while (len && !buf[len - 1])
		len--;
	if (len)
		buf[len++] = '\0';
	return bytes_of(buf, len);
}

/*
 * A list of at most PROC_LIST_MAX bytes, read into buf, which has one more; ret_cut may be NULL.
 * An unreadable one is empty; gone is the only error.
 */
static int read_list(struct proc_reader *reader, int dir, const char *path, char *buf,
		     struct eyas_bytes *ret_list, bool *ret_cut)
{
	ssize_t len = proc_slurp(reader, dir, path, buf, PROC_LIST_MAX + 1);

	if (len == -ENOENT || len == -ESRCH)
		return -ESRCH;
	if (len < 0)
		len = 0;
	if (ret_cut)
		*ret_cut = len > PROC_LIST_MAX;
	*ret_list = list_of(buf, len > PROC_LIST_MAX ? PROC_LIST_MAX - 1 : (size_t)len);
	return 0;
}

static int read_cmdline(struct proc_reader *reader, struct proc_process *process)
{
	struct eyas_thread_entry *entry = &process->entry;
	struct eyas_bytes all;
	size_t exe_len;
	int err = read_list(reader, process->files, "cmdline", reader->cmdline, &all,
			    &process->args_cut);

	if (err)
		return err;
	exe_len = strnlen(all.data, all.len);
	entry->exe = bytes_of(all.data, exe_len);
	if (all.len > exe_len)
		entry->args = bytes_of(all.data + exe_len + 1, all.len - exe_len - 1);
	return 0;
}

/* Subsystems that events name, also where one hierarchy has them all. */
static const char *const unified[] = { "cpuset", "cpu", "cpuacct", "io", "memory" };

enum { UNIFIED = sizeof(unified) / sizeof(unified[0]) };

/* Which of them a name stands for; UNIFIED = none. */
static unsigned unified_find(struct eyas_bytes name)
{
	unsigned i;

	if (name.len == strlen("blkio") && starts_with(name, "blkio", name.len))
		name = bytes_of("io", 2); /* as it was called before */
	for (i = 0; i < UNIFIED; i++)
		if (name.len == strlen(unified[i]) && starts_with(name, unified[i], name.len))
			break;
	return i;
}

/* "name=path" and a NUL behind what is there; what finds no room is left out. */
static void add_cgroup(struct proc_reader *reader, struct eyas_bytes *list, struct eyas_bytes name,
		       struct eyas_bytes path)
{
	char *to = reader->cgroups + list->len;

	if ((size_t)name.len + path.len + 2 > sizeof(reader->cgroups) - list->len)
		return;
	memcpy(to, name.data, name.len);
	to[name.len] = '=';
	memcpy(to + name.len + 1, path.data, path.len);
	to[name.len + 1 + path.len] = '\0';
	list->len += name.len + path.len + 2;
}

/* HIERARCHY:SUBSYSTEM,SUBSYSTEM:PATH; no subsystem at all means the unified hierarchy. */
static void cgroup_line(struct proc_reader *reader, struct eyas_bytes *list, struct eyas_bytes line,
			bool seen[static UNIFIED])
{
	const char *names = memchr(line.data, ':', line.len), *end = line.data + line.len, *path;
	struct eyas_bytes name, where;
	unsigned i;

	if (!names || !(path = memchr(names + 1, ':', (size_t)(end - names - 1))))
		return;
	names++;
	where = bytes_of(path + 1, (size_t)(end - path - 1));
	for (i = 0; names == path && i < UNIFIED; i++)
		if (!seen[i])
			add_cgroup(reader, list, bytes_of(unified[i], strlen(unified[i])), where);
	while (names < path) {
		end = memchr(names, ',', (size_t)(path - names));
		if (!end)
			end = path;
		name = bytes_of(names, (size_t)(end - names));
		i = unified_find(name);
		if (i < UNIFIED)
			seen[i] = true;
		add_cgroup(reader, list, name, where);
		names = end + 1;
	}
}

static int read_cgroups(struct proc_reader *reader, struct proc_process *process)
{
	struct eyas_bytes list = { reader->cgroups, 0 }, line;
	bool seen[UNIFIED] = { false };
	struct proc_lines lines;
	int err = proc_lines_open(&lines, reader, process->dir, "cgroup", true);

	if (err)
		return err == -ESRCH ? err : 0; /* a kernel without cgroups has no such file */
	while (proc_lines_next(&lines, &line))
		cgroup_line(reader, &list, line, seen);
	proc_lines_close(&lines);
	process->entry.cgroups = list;
	return 0;
}

static uint64_t read_fdlimit(struct proc_reader *reader, struct proc_process *process)
{
	static const char key[] = "Max open files";
	struct proc_lines lines;
	struct eyas_bytes line;
	const char *at;
	uint64_t limit = 0;

	if (proc_lines_open(&lines, reader, process->files, "limits", true))
		return 0;
	while (proc_lines_next(&lines, &line)) {
		if (!starts_with(line, key, strlen(key)))
			continue;
		at = line.data + strlen(key);
		limit = proc_number(&at, line.data + line.len, 10);
		break;
	}
	proc_lines_close(&lines);
	return limit;
}

static uint32_t read_loginuid(struct proc_reader *reader, struct proc_process *process)
{
	char buf[16];
	ssize_t len = proc_slurp(reader, process->dir, "loginuid", buf, sizeof(buf));
	const char *at = buf;

	return len > 0 ? (uint32_t)proc_number(&at, buf + len, 10) : UINT32_MAX;
}

static uint64_t ns_of(struct statx_timestamp ts)
{
	return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + ts.tv_nsec;
}

/* Could the process write to its executable, or make itself able to? */
static bool can_write(const struct proc_status *status, const struct statx *file)
{
	const uint64_t capable = UINT64_C(1) << CAP_DAC_OVERRIDE | UINT64_C(1) << CAP_FOWNER;

	return (status->cap_effective & capable) || file->stx_uid == status->uid ||
	       (file->stx_gid == status->gid && (file->stx_mode & S_IWGRP)) ||
	       (file->stx_mode & S_IWOTH);
}

static void read_exe(struct proc_reader *reader, struct proc_process *process)
{
	static const char memfd[] = "/memfd:";
	struct eyas_thread_entry *entry = &process->entry;
	ssize_t len = proc_link(reader, process->files, "exe", reader->exepath);
	struct statx file;

	if (len < 0)
		return;
	entry->exepath =
		bytes_of(reader->exepath, path_without_deleted(reader->exepath, (size_t)len));
	entry->exe_from_memfd = starts_with(entry->exepath, memfd, strlen(memfd));
	if (proc_stat(reader, process->files, "exe", &file))
		return;
	entry->exe_ino = file.stx_ino;
	entry->exe_ino_ctime_ns = ns_of(file.stx_ctime);
	entry->exe_ino_mtime_ns = ns_of(file.stx_mtime);
	entry->exe_writable = can_write(&process->status, &file);
}

/* Links that a process has until it ends; to be read last. One that may not be read is empty. */
static int read_dirs(struct proc_reader *reader, struct proc_process *process)
{
	const struct {
		const char *name;
		char *buf;
		struct eyas_bytes *to;
	} links[] = {
		{ "root", reader->root_path, &process->entry.root },
		{ "cwd", reader->cwd, &process->entry.cwd },
	};
	ssize_t len;
	size_t i;

	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		len = proc_link(reader, process->files, links[i].name, links[i].buf);
		if (len == -ENOENT || len == -ESRCH)
			return -ESRCH;
		if (len > 0)
			*links[i].to = bytes_of(links[i].buf,
						path_without_deleted(links[i].buf, (size_t)len));
	}
	return 0;
}

static int64_t or_unknown(uint64_t id, int64_t fallback)
{
	return id ? (int64_t)id : fallback;
}

/* What a thread has of its own. */
static void fill_thread(struct eyas_thread_entry *entry, const struct proc_status *status,
			const struct proc_stat_line *stat)
{
	entry->comm = stat->comm;
	entry->ptid = status->ppid;
	entry->vtid = or_unknown(status->vtid, (int64_t)entry->tid);
	entry->uid = (uint32_t)status->uid;
	entry->gid = (uint32_t)status->gid;
	entry->cap_inheritable = status->cap_inheritable;
	entry->cap_permitted = status->cap_permitted;
	entry->cap_effective = status->cap_effective;
	entry->pfminor = stat->places[STAT_MINFLT];
	entry->pfmajor = stat->places[STAT_MAJFLT];
}

static void fill_process(struct eyas_thread_entry *entry, const struct proc_reader *reader,
			 const struct proc_status *status, const struct proc_stat_line *stat)
{
	entry->tid = entry->pid = status->tgid;
	/* A kernel that does not say how others see the ids has one namespace of them. */
	entry->vpid = or_unknown(status->vpid, (int64_t)status->tgid);
	entry->pgid = (int64_t)stat->places[STAT_PGRP];
	entry->vpgid = status->pid_levels ? (int64_t)status->vpgid : entry->pgid;
	entry->sid = (int64_t)(status->pid_levels ? status->sid : stat->places[STAT_SESSION]);
	entry->tty = (uint32_t)stat->places[STAT_TTY];
	entry->vmsize_kb = (uint32_t)status->vmsize_kb;
	entry->vmrss_kb = (uint32_t)status->vmrss_kb;
	entry->vmswap_kb = (uint32_t)status->vmswap_kb;
	if (status->pid_levels <= 1)
		entry->pidns_init_start_ts_ns = reader->boot_ts_ns;
	fill_thread(entry, status, stat);
}

/* What only processes of user space have. */
static int read_user_space(struct proc_reader *reader, struct proc_process *process)
{
	int err = read_cmdline(reader, process);

	if (!err)
		err = read_list(reader, process->files, "environ", reader->env, &process->entry.env,
				NULL);
	if (err)
		return err;
	read_exe(reader, process);
	process->entry.fdlimit = read_fdlimit(reader, process);
	return 0;
}

/* Where the memory of a process whose leader has exited can be seen. */
static int find_files(struct proc_reader *reader, struct proc_process *process)
{
	struct proc_dir entries;
	char path[32];
	int64_t tid;
	int fd = -ESRCH;

	if (!process->zombie) {
		process->files = process->dir;
		return 0;
	}
	if (proc_dir_open(&entries, reader, process->dir, "task"))
		return -ESRCH;
	while (fd < 0 && proc_dir_next(&entries, &tid)) {
		snprintf(path, sizeof(path), "task/%lld", (long long)tid);
		if (tid != (int64_t)process->entry.tid)
			fd = proc_open(reader, process->dir, path, O_DIRECTORY);
	}
	proc_dir_close(&entries);
	process->files = fd;
	return fd < 0 ? -ESRCH : 0;
}

static int fill_from_dir(struct proc_reader *reader, struct proc_process *process)
{
	struct proc_stat_line stat;
	int err = proc_read_status(reader, process->dir, "status", &process->status);

	if (err)
		return err;
	if (proc_is_dead(&process->status))
		return -ESRCH;
	process->zombie = has_exited(&process->status);
	process->entry.flags = process->zombie ? PPM_CL_CLOSED : 0;
	err = read_stat(reader, process->dir, "stat", reader->comm, &stat);
	if (err)
		return err;
	fill_process(&process->entry, reader, &process->status, &stat);
	process->start_ts_ns = start_of(reader, &stat);
	process->entry.loginuid = read_loginuid(reader, process);
	process->kernel = stat.places[STAT_FLAGS] & PF_KTHREAD;
	err = read_cgroups(reader, process);
	if (!err)
		err = find_files(reader, process);
	if (!err && !process->kernel)
		err = read_user_space(reader, process);
	return err ? err : read_dirs(reader, process);
}

int proc_process_open(struct proc_reader *reader, int64_t pid, struct proc_process *ret_process)
{
	struct proc_process *process = ret_process;
	char name[24];
	int err;

	snprintf(name, sizeof(name), "%lld", (long long)pid);
	*process = (struct proc_process){ .files = -1 };
	process->dir = proc_open(reader, reader->root, name, O_DIRECTORY);
	if (process->dir < 0)
		return process->dir == -ENOENT ? -ESRCH : process->dir;
	err = fill_from_dir(reader, process);
	if (err) {
		proc_process_close(process);
		return err == -ENOENT ? -ESRCH : err;
	}
	return 0;
}

void proc_process_close(struct proc_process *process)
{
	if (process->files >= 0 && process->files != process->dir)
		close(process->files);
	close(process->dir);
}

bool proc_process_is_gone(struct proc_reader *reader, const struct proc_process *process)
{
	char link[PROC_PATH_MAX];
	ssize_t len = proc_link(reader, process->files, "cwd", link);

	return len == -ENOENT || len == -ESRCH;
}

int proc_read_thread(struct proc_reader *reader, const struct proc_process *process, int64_t tid,
		     struct eyas_thread_entry *ret_entry, uint64_t *ret_start_ts_ns)
{
	struct proc_stat_line stat;
	struct proc_status status;
	char path[48];
	int err;

	snprintf(path, sizeof(path), "task/%lld/status", (long long)tid);
	err = proc_read_status(reader, process->dir, path, &status);
	if (err)
		return err;
	if (has_exited(&status))
		return -ESRCH;
	snprintf(path, sizeof(path), "task/%lld/stat", (long long)tid);
	err = read_stat(reader, process->dir, path, reader->thread_comm, &stat);
	if (err)
		return err;
	*ret_entry = process->entry;
	ret_entry->tid = (uint64_t)tid;
	ret_entry->flags = PPM_CL_CLONE_THREAD | PPM_CL_CLONE_FILES | PPM_CL_CLONE_FS;
	fill_thread(ret_entry, &status, &stat);
	*ret_start_ts_ns = start_of(reader, &stat);
	return 0;
}

void proc_complete(struct eyas_thread *thread, uint64_t start_ts_ns,
		   const struct proc_process *process)
{
	thread->clone_ts_ns = start_ts_ns;
	if (process->args_cut)
		thread->bits |= THREAD_EXE_ARGS_CUT;
}

/* ---- the reader ---- */

uint64_t proc_now_ns(const struct proc_reader *reader)
{
	return reader->boot_ts_ns + eyas_clock_ns(CLOCK_BOOTTIME);
}

/* The clocks are exact; a copy of a /proc has whole seconds in its file. */
static uint64_t boot_time(struct proc_reader *reader)
{
	static const char key[] = "btime ";
	struct proc_lines lines;
	struct eyas_bytes line;
	const char *at;
	uint64_t seconds = 0;

	if (reader->is_procfs)
		return eyas_clock_boot_ns();
	if (proc_lines_open(&lines, reader, reader->root, "stat", false))
		return 0;
	while (!seconds && proc_lines_next(&lines, &line))
		if (starts_with(line, key, strlen(key))) {
			at = line.data + strlen(key);
			seconds = proc_number(&at, line.data + line.len, 10);
		}
	proc_lines_close(&lines);
	return seconds * UINT64_C(1000000000);
}

static bool shows_own_pids(struct proc_reader *reader)
{
	char link[PROC_PATH_MAX];
	ssize_t len = proc_link(reader, reader->root, "self", link);
	const char *at = link;

	return reader->is_procfs && len > 0 &&
	       proc_number(&at, link + len, 10) == (uint64_t)getpid();
}

struct proc_reader *proc_reader_get(struct eyas_state *state)
{
	struct proc_reader *reader = state->proc;
	struct statfs fs;
	int err;

	if (reader)
		return reader;
	reader = calloc(1, sizeof(*reader));
	if (!reader)
		return NULL;
	reader->root = open(state->proc_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (reader->root < 0) {
		err = errno;
		free(reader);
		errno = err;
		return NULL;
	}
	reader->is_procfs = !fstatfs(reader->root, &fs) && fs.f_type == PROC_MAGIC;
	reader->own_pids = shows_own_pids(reader);
	reader->tick_ns = UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK);
	reader->boot_ts_ns = boot_time(reader);
	state->proc = reader;
	return reader;
}

void proc_reader_free(struct eyas_state *state)
{
	struct proc_reader *reader = state->proc;

	if (!reader)
		return;
	proc_socks_fini(&reader->socks);
	close(reader->root);
	free(reader);
	state->proc = NULL;
}
