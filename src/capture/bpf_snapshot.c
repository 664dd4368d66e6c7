/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The threads and descriptors of the machine, as the kernel's iterators list them.
 *
 * There is no gap between this and the events: the probe is attached by then, so whatever happens
 * from a thread's reading on is in a ring. Nor does anything have effect twice: the time of its
 * reading goes with each thread (taken_ts_ns), and the state leaves out older events of it. Its
 * descriptors are read later than the thread itself, so events of the time between are taken once
 * more on top of what they have led to already. That is harmless, since the last event of a number
 * says what it is, whatever it was before. A process that came or went meanwhile is made or ended
 * by its events. When numbers are used again, the time at which a thread began shows that
 * descriptors are not those of the thread that was read.
 *
 * Two things remain. An event has its time when its call has ended, and the call its effect a
 * little earlier: who changes to a relative directory within the microseconds of its reading is
 * seen once too deep. And who is made between the two readings gets the descriptors that its
 * parent has at the second one: what the parent closed in between is found missing when it is
 * used, and looked up.
 *
 * What user space does not get here in one piece is left to /proc: every failure is -ENOTSUP.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/err.h"
#include "bpf/snapshot.skel.h"
#include "capture/bpf_snapshot_read.h"
#include "capture/bpf_load.h"
#include "capture/bpf_snapshot.h"
#include "capture/bpf_source.h"
#include "capture/bpf_types.h"

enum { READ_BYTES = 256 * 1024 };

/* The inode of the first pid namespace. */
#define INITIAL_PIDNS UINT64_C(0xeffffffc)

static int lacks(struct eyas_err *reterr, const char *what, int err)
{
	return eyas_err_set(reterr, -ENOTSUP, "%s: %s", what, strerror(err < 0 ? -err : err));
}

/* Ids are those of the first namespace, to the kernel's iterators as to the probe. */
static bool is_in_initial_pidns(void)
{
	struct stat ns;

	return !stat("/proc/self/ns/pid", &ns) && ns.st_ino == INITIAL_PIDNS;
}

/* ---- what is left to /proc ---- */

static size_t read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t len;

	if (fd < 0)
		return 0;
	while (used < size && (len = read(fd, buf + used, size - used)) > 0)
		used += (size_t)len;
	close(fd);
	return used;
}

static size_t ask_proc(uint64_t pid, const char *name, char *buf, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%llu/%s", (unsigned long long)pid, name);
	return read_file(path, buf, size);
}

/* ---- an iterator ---- */

struct iterator {
	struct bpf_link *link;
	int fd;
};

static int iterator_open(struct iterator *iterator, struct bpf_program *program)
{
	iterator->fd = -1;
	iterator->link = bpf_program__attach_iter(program, NULL);
	if (!iterator->link)
		return -errno;
	iterator->fd = bpf_iter_create(bpf_link__fd(iterator->link));
	return iterator->fd < 0 ? iterator->fd : 0;
}

static void iterator_close(struct iterator *iterator)
{
	if (iterator->fd >= 0)
		close(iterator->fd);
	bpf_link__destroy(iterator->link);
}

/* More bytes behind those in str: 1, 0 at the end, or -errno. */
static int iterator_read(struct iterator *iterator, struct eyas_str *str)
{
	char *to = eyas_str_reserve(str, READ_BYTES);
	ssize_t len;

	if (!to)
		return -ENOMEM;
	do {
		len = read(iterator->fd, to, READ_BYTES);
	} while (len < 0 && (errno == EINTR || errno == EAGAIN));
	if (len < 0)
		return -errno;
	str->len += (size_t)len;
	return len > 0;
}

/* ---- threads ---- */

static int read_tasks(struct snapshot *snapshot, struct bpf_program *program)
{
	struct iterator iterator;
	int res = iterator_open(&iterator, program);

	if (!res)
		do {
			res = iterator_read(&iterator, &snapshot->tasks);
		} while (res > 0);
	iterator_close(&iterator);
	return res;
}

static int take_threads(struct snapshot *snapshot, struct bpf_program *program,
			const struct eyas_loader *loader, struct eyas_err *reterr)
{
	char cgroups[8192];
	int err = read_tasks(snapshot, program);

	if (!err)
		err = snapshot_sort(snapshot);
	if (err)
		return lacks(reterr, "the iterator of tasks", err);
	snapshot_set_hierarchies(snapshot, cgroups,
				 read_file("/proc/self/cgroup", cgroups, sizeof(cgroups)));
	return snapshot_say_threads(snapshot, loader);
}

/* ---- descriptors ---- */

struct fd_reader {
	struct snapshot *snapshot;
	const struct eyas_loader *loader;
	struct eyas_str buf; /* records, the last one maybe in part */
};

static int say_list(const struct eyas_loader *loader, struct snapshot_process *process)
{
	process->listed = true;
	return loader->fd_list ? loader->fd_list(loader->ctx, process->pid) : 0;
}

static int say_fd(struct fd_reader *reader, const struct snapshot_fd *fd)
{
	struct snapshot_process *process = snapshot_owner(reader->snapshot, fd);
	const struct eyas_loader *loader = reader->loader;
	struct eyas_fd_entry entry;
	char buf[128];
	int err = 0;

	if (!process)
		return 0;
	if (!process->listed)
		err = say_list(loader, process);
	if (err < 0 || !loader->fd)
		return err;
	snapshot_fd_entry(fd, buf, &entry);
	return loader->fd(loader->ctx, process->pid, &entry);
}

/* Whole records in the buffer; what is left of them moves to its front. */
static int say_fds(struct fd_reader *reader)
{
	struct snapshot_fd fd;
	int64_t len;
	size_t at;
	int err = 0;

	for (at = 0; err >= 0 && at < reader->buf.len; at += (size_t)len) {
		len = snapshot_fd_at(reader->buf.data + at, reader->buf.len - at, &fd);
		if (len < 0)
			return (int)len;
		if (!len)
			break;
		err = say_fd(reader, &fd);
	}
	memmove(reader->buf.data, reader->buf.data + at, reader->buf.len - at);
	reader->buf.len -= at;
	return err < 0 ? err : 0;
}

/* A thread without descriptors has a list of them, too. */
static int say_empty_lists(struct snapshot *snapshot, const struct eyas_loader *loader)
{
	struct snapshot_process *process = snapshot->processes;
	int err = 0;

	for (; err >= 0 && process < snapshot->processes + snapshot->nprocesses; process++)
		if (process->said && !process->listed)
			err = say_list(loader, process);
	return err < 0 ? err : 0;
}

static int take_fds(struct snapshot *snapshot, struct bpf_program *program,
		    const struct eyas_loader *loader, struct eyas_err *reterr)
{
	struct fd_reader reader = { .snapshot = snapshot, .loader = loader };
	struct iterator iterator;
	int err = iterator_open(&iterator, program), res = 0;

	while (!err && !res) {
		err = iterator_read(&iterator, &reader.buf);
		if (err <= 0)
			break;
		res = say_fds(&reader);
		err = 0;
	}
	iterator_close(&iterator);
	eyas_str_fini(&reader.buf);
	if (err || res == EYAS_E_FORMAT)
		return lacks(reterr, "the iterator of descriptors", err);
	return res ? res : say_empty_lists(snapshot, loader);
}

/* ---- all of it ---- */

/*
 * Adapted with a small part of the kernel's types, which comes to a file that the object is told
 * of when it is opened; NULL if it does not load with that.
 */
static struct snapshot_bpf *load_quickly(void)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts);
	struct snapshot_bpf *skel;
	char path[32];
	int fd = bpf_types_file(path), err;

	if (fd < 0)
		return NULL;
	opts.btf_custom_path = path;
	skel = snapshot_bpf__open_opts(&opts);
	if (skel) {
		err = bpf_types_write(bpf_object__btf(skel->obj), fd, NULL, 0);
		if (!err)
			err = snapshot_bpf__load(skel);
		if (err) {
			snapshot_bpf__destroy(skel);
			skel = NULL;
		}
	}
	close(fd);
	return skel;
}

struct snapshot_bpf *bpf_snapshot_load(void)
{
	struct snapshot_bpf *skel;

	if (!is_in_initial_pidns())
		return NULL;
	skel = load_quickly();
	return skel ? skel : snapshot_bpf__open_and_load();
}

void bpf_snapshot_unload(struct snapshot_bpf *snapshot)
{
	snapshot_bpf__destroy(snapshot);
}

int eyas_live_snapshot(struct eyas_source *source, const struct eyas_loader *loader,
		       struct eyas_err *reterr)
{
	struct bpf_probe *probe = bpf_source_probe(source);
	libbpf_print_fn_t before;
	struct snapshot_bpf *skel;
	struct snapshot *snapshot;
	int err = 0;

	if (!probe)
		return eyas_err_set(reterr, EYAS_E_USAGE, "this is no live source");
	if (!is_in_initial_pidns())
		return eyas_err_set(reterr, -ENOTSUP,
				    "this process is not in the machine's own pid namespace");
	snapshot = calloc(1, sizeof(*snapshot));
	if (!snapshot)
		return eyas_err_set(reterr, -ENOMEM, "no memory for a snapshot");
	snapshot->boot_ts_ns = bpf_source_boot_ts(source);
	snapshot->page_kib = (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
	snapshot->ask = ask_proc;
	before = bpf_load_quiet();
	skel = probe->snapshot ? probe->snapshot : bpf_snapshot_load();
	bpf_load_loud(before);
	probe->snapshot = NULL;
	if (!skel) {
		err = lacks(reterr, "the iterators do not load", errno);
	} else {
		err = take_threads(snapshot, skel->progs.snapshot_task, loader, reterr);
		if (!err)
			err = take_fds(snapshot, skel->progs.snapshot_fd, loader, reterr);
		snapshot_bpf__destroy(skel);
	}
	snapshot_fini(snapshot);
	free(snapshot);
	bpf_load_trim();
	return err;
}
