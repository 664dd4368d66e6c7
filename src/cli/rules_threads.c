/* SPDX-License-Identifier: Apache-2.0 */
/* The threads that a test begins with, and their descriptors. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "cli/rules_events.h"

struct thread {
	struct eyas_thread_entry entry;
	const struct rules_node *user, *descriptors;
};

struct fd {
	struct eyas_fd_entry entry;
	bool has_fd, has_kind;
};

/* ---- descriptors ---- */

static int fd_sock(struct spec_writing *w, const struct rules_node *value, bool tuple,
		   struct eyas_fd_entry *entry)
{
	struct eyas_sock sock;

	if (!spec_sock(value->text, tuple, &sock) || sock.family == 1)
		return spec_fail(w, value,
				 tuple ? "expected ADDRESS:PORT->ADDRESS:PORT"
				       : "expected ADDRESS:PORT");
	if (sock.family == 2)
		entry->kind = tuple ? EYAS_FD_IPV4_SOCK : EYAS_FD_IPV4_SERVER;
	else
		entry->kind = tuple ? EYAS_FD_IPV6_SOCK : EYAS_FD_IPV6_SERVER;
	memcpy(entry->src, sock.src.addr, sizeof(entry->src));
	memcpy(entry->dst, sock.dst.addr, sizeof(entry->dst));
	entry->sport = sock.src.port;
	entry->dport = sock.dst.port;
	if (!entry->l4)
		entry->l4 = 2;
	return 0;
}

static int fd_key(struct spec_writing *w, const struct rules_node *key,
		  const struct rules_node *value, struct fd *fd)
{
	static const struct {
		const char *key;
		uint8_t kind;
	} named[] = { { "file", EYAS_FD_FILE_V2 },
		      { "directory", EYAS_FD_DIRECTORY },
		      { "pipe", EYAS_FD_FIFO },
		      { "unix", EYAS_FD_UNIX } };
	const char *name = key->kind == NODE_SCALAR ? key->text : "";
	size_t i;

	if (value->kind != NODE_SCALAR)
		return spec_fail(w, value, "expected a text");
	if (!strcmp(name, "fd")) {
		fd->has_fd = true;
		return spec_int(w, value, 0, INT32_MAX, &fd->entry.fd);
	}
	if (!strcmp(name, "protocol")) {
		fd->entry.l4 = !strcmp(value->text, "tcp")   ? 2
			       : !strcmp(value->text, "udp") ? 3
							     : 0;
		return fd->entry.l4 ? 0 : spec_fail(w, value, "expected tcp or udp");
	}
	if (fd->has_kind)
		return spec_fail(w, key, "there is no such key, or the descriptor is two things");
	fd->has_kind = true;
	if (!strcmp(name, "connection") || !strcmp(name, "server"))
		return fd_sock(w, value, name[0] == 'c', &fd->entry);
	for (i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (!strcmp(name, named[i].key)) {
			fd->entry.kind = named[i].kind;
			fd->entry.name = (struct eyas_bytes){ value->text, value->len };
			return 0;
		}
	return spec_fail(w, key, "there is no such key");
}

static int read_fd(struct spec_writing *w, const struct rules_node *node, struct fd *ret)
{
	uint32_t i;
	int res = 0;

	if (node->kind != NODE_MAPPING)
		return spec_fail(w, node, "expected a descriptor: keys with values");
	for (i = 0; i + 1 < node->count && !res; i += 2)
		res = fd_key(w, node->items[i], node->items[i + 1], ret);
	if (!res && (!ret->has_fd || !ret->has_kind))
		res = spec_fail(w, node, "the descriptor lacks its fd, or what it is");
	return res;
}

/* The list ends the entries of a thread, which a writer has to know of even if it is empty. */
static int write_fds(struct spec_writing *w, const struct eyas_loader *loader, uint64_t tid,
		     const struct rules_node *list)
{
	uint32_t i;
	int res = w->writer ? loader->fd_list(loader->ctx, tid) : 0;

	if (list && list->kind != NODE_SEQUENCE)
		return spec_fail(w, list, "expected a list of descriptors");
	for (i = 0; list && i < list->count && !res; i++) {
		struct fd fd = { 0 };

		res = read_fd(w, list->items[i], &fd);
		if (!res && w->writer)
			res = loader->fd(loader->ctx, tid, &fd.entry);
	}
	return res;
}

/* ---- threads ---- */

#define AT(member) offsetof(struct eyas_thread_entry, member)

static const struct {
	const char *key;
	size_t at;
} texts[] = {
	{ "comm", AT(comm) },	{ "exe", AT(exe) },   { "exepath", AT(exepath) },
	{ "args", AT(args) },	{ "cwd", AT(cwd) },   { "env", AT(env) },
	{ "cgroups", AT(cgroups) },
}, numbers[] = {
	{ "tid", AT(tid) },   { "pid", AT(pid) },   { "parent", AT(ptid) }, { "sid", AT(sid) },
	{ "pgid", AT(pgid) }, { "vtid", AT(vtid) }, { "vpid", AT(vpid) },
}, ids[] = {
	{ "uid", AT(uid) },   { "gid", AT(gid) },   { "tty", AT(tty) },
	{ "loginuid", AT(loginuid) },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int thread_key(struct spec_writing *w, const struct rules_node *key,
		      const struct rules_node *value, struct thread *thread)
{
	const char *name = key->kind == NODE_SCALAR ? key->text : "";
	char *entry = (char *)&thread->entry;
	int64_t number;
	size_t i;
	int res;

	for (i = 0; i < COUNT(texts); i++)
		if (!strcmp(name, texts[i].key))
			return spec_texts(w, value, (void *)(entry + texts[i].at));
	for (i = 0; i < COUNT(numbers) + COUNT(ids); i++) {
		bool id = i >= COUNT(numbers);

		if (strcmp(name, id ? ids[i - COUNT(numbers)].key : numbers[i].key) != 0)
			continue;
		res = spec_int(w, value, 0, id ? UINT32_MAX : INT64_MAX, &number);
		if (!res && id)
			memcpy(entry + ids[i - COUNT(numbers)].at, &(uint32_t){ (uint32_t)number },
			       sizeof(uint32_t));
		else if (!res)
			memcpy(entry + numbers[i].at, &number, sizeof(number));
		return res;
	}
	if (!strcmp(name, "user")) {
		thread->user = value;
		return value->kind == NODE_SCALAR ? 0 : spec_fail(w, value, "expected a text");
	}
	if (strcmp(name, "descriptors") != 0)
		return spec_fail(w, key, "there is no such key");
	thread->descriptors = value;
	return 0;
}

static int read_thread(struct spec_writing *w, const struct rules_node *node, struct thread *ret)
{
	struct eyas_thread_entry *entry = &ret->entry;
	uint32_t i;
	int res = 0;

	*ret = (struct thread){ .entry = { .sid = -1, .pgid = -1, .vpgid = -1 } };
	entry->loginuid = UINT32_MAX;
	if (node->kind != NODE_MAPPING)
		return spec_fail(w, node, "expected a thread: keys with values");
	for (i = 0; i + 1 < node->count && !res; i += 2)
		res = thread_key(w, node->items[i], node->items[i + 1], ret);
	if (!res && !entry->tid)
		res = spec_fail(w, node, "the thread lacks its tid");
	if (res)
		return res;
	if (!entry->pid)
		entry->pid = entry->tid;
	if (!entry->vtid)
		entry->vtid = (int64_t)entry->tid;
	if (!entry->vpid)
		entry->vpid = (int64_t)entry->pid;
	if (!entry->exe.len)
		entry->exe = entry->exepath.len ? entry->exepath : entry->comm;
	return 0;
}

/* Names of users come before the threads, and what is open behind all of them. */
int rules_threads_write(struct spec_writing *w, const struct rules_node *threads)
{
	struct eyas_machine machine = { .num_cpus = 1, .hostname = "test" };
	struct eyas_loader loader = { 0 };
	struct thread thread;
	uint32_t i;
	int part, res = 0;

	if (threads->kind != NODE_SEQUENCE)
		return spec_fail(w, threads, "expected a list of threads");
	if (w->writer) {
		eyas_writer_loader(w->writer, &loader);
		res = loader.machine(loader.ctx, &machine);
	}
	for (part = 0; part < 3; part++)
		for (i = 0; i < threads->count && !res; i++) {
			res = read_thread(w, threads->items[i], &thread);
			if (res)
				break;
			if (part == 2) {
				res = write_fds(w, &loader, thread.entry.tid, thread.descriptors);
			} else if (w->writer && part == 1) {
				res = loader.thread(loader.ctx, &thread.entry);
			} else if (w->writer && thread.user) {
				struct eyas_user user = { .uid = thread.entry.uid,
							  .gid = thread.entry.gid,
							  .name = { thread.user->text,
								    thread.user->len } };

				res = loader.user(loader.ctx, &user);
			}
		}
	return res;
}
