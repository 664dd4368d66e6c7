/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the kernel's iterators, made by hand: bounds, threads in any order, odd texts. */
#include "capture/bpf_snapshot_read.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <eyas/capture.h>

#include "unit/harness.h"

/* ---- records ---- */

static struct eyas_iter_task task(int pid, int tid, uint32_t bits)
{
	return (struct eyas_iter_task){ .pid = pid, .tid = tid, .bits = bits, .comm = "task" };
}

/* Behind the others; its texts are the bytes at text, as many as its lengths say. */
static void add(struct snapshot *snapshot, struct eyas_iter_task record, const char *text)
{
	size_t len = 0, padded;
	unsigned i;

	for (i = 0; i < EYAS_ITER_TEXTS; i++)
		len += record.text_bytes[i];
	padded = (sizeof(record) + len + 7) & ~(size_t)7;
	record.bytes = (uint32_t)padded;
	eyas_str_add(&snapshot->tasks, &record, sizeof(record));
	eyas_str_add(&snapshot->tasks, text, len);
	eyas_str_add(&snapshot->tasks, "\0\0\0\0\0\0\0", padded - sizeof(record) - len);
}

static int64_t cut_task(struct eyas_iter_task record, size_t len)
{
	union {
		struct eyas_iter_task task;
		char bytes[1024];
	} at = { .task = record };
	struct snapshot_task ret;

	return snapshot_task_at(at.bytes, len, &ret);
}

TEST(lengths_of_tasks)
{
	struct eyas_iter_task record = { .bytes = sizeof(record) };

	CHECK_INT(cut_task(record, 0), 0);
	CHECK_INT(cut_task(record, sizeof(record) - 1), 0);
	CHECK_INT(cut_task(record, sizeof(record)), sizeof(record));
	record.bytes += 8;
	CHECK_INT(cut_task(record, sizeof(record)), 0);
	record.text_bytes[EYAS_ITER_CGROUPS] = 8;
	CHECK_INT(cut_task(record, sizeof(record) + 8), sizeof(record) + 8);
	record.text_bytes[EYAS_ITER_CGROUPS] = 9;
	CHECK_INT(cut_task(record, sizeof(record) + 8), EYAS_E_FORMAT);
	record.text_bytes[EYAS_ITER_EXEPATH] = 0xffff;
	CHECK_INT(cut_task(record, sizeof(record) + 8), EYAS_E_FORMAT);
	CHECK_INT(cut_task((struct eyas_iter_task){ .bytes = 0 }, 1024), EYAS_E_FORMAT);
	CHECK_INT(cut_task((struct eyas_iter_task){ .bytes = 8 }, 1024), EYAS_E_FORMAT);
	CHECK_INT(cut_task((struct eyas_iter_task){ .bytes = sizeof(record) + 1 }, 1024),
		  EYAS_E_FORMAT);
	CHECK_INT(cut_task((struct eyas_iter_task){ .bytes = 1u << 31 }, 1024), EYAS_E_FORMAT);
}

TEST(lengths_of_descriptors)
{
	union {
		struct eyas_iter_fd fd;
		char bytes[256];
	} at = { .fd = { .bytes = sizeof(at.fd) } };
	struct snapshot_fd ret;

	CHECK_INT(snapshot_fd_at(at.bytes, sizeof(at.fd) - 1, &ret), 0);
	CHECK_INT(snapshot_fd_at(at.bytes, sizeof(at.fd), &ret), sizeof(at.fd));
	at.fd.text_bytes = 1;
	CHECK_INT(snapshot_fd_at(at.bytes, sizeof(at.fd), &ret), EYAS_E_FORMAT);
	at.fd.bytes += 8;
	CHECK_INT(snapshot_fd_at(at.bytes, sizeof(at.fd), &ret), 0);
	CHECK_INT(snapshot_fd_at(at.bytes, sizeof(at), &ret), sizeof(at.fd) + 8);
	at.fd.bytes = 4;
	CHECK_INT(snapshot_fd_at(at.bytes, sizeof(at), &ret), EYAS_E_FORMAT);
}

/* ---- threads ---- */

struct said {
	int count;
	struct eyas_thread_entry last, of[8];
	char cgroups[256];
};

static int keep(void *ctx, const struct eyas_thread_entry *entry)
{
	struct said *said = ctx;

	said->last = said->of[said->count++ % 8] = *entry;
	memcpy(said->cgroups, entry->cgroups.data,
	       entry->cgroups.len < 256 ? entry->cgroups.len : 256);
	return 0;
}

static void say(struct snapshot *snapshot, struct said *said)
{
	const struct eyas_loader loader = { .ctx = said, .thread = keep };

	*said = (struct said){ 0 };
	CHECK_INT(snapshot_sort(snapshot), 0);
	CHECK_INT(snapshot_say_threads(snapshot, &loader), 0);
}

static struct snapshot *make(void)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

	snapshot->page_kib = 4;
	snapshot->boot_ts_ns = 1000;
	return snapshot;
}

/* Threads have smaller numbers than their first one where numbers began anew. */
TEST(threads_come_before_their_first)
{
	struct snapshot *snapshot = make();
	struct eyas_iter_task leader = task(100, 100, EYAS_ITER_PROCESS);
	struct said said;

	leader.minor_faults = 1;
	leader.gone_minor_faults = 10;
	add(snapshot, task(100, 5, 0), "");
	add(snapshot, leader, "");
	leader.tid = 101;
	leader.minor_faults = 100;
	add(snapshot, leader, "");
	add(snapshot, task(7, 8, 0), ""); /* whose first thread was not met */
	say(snapshot, &said);
	CHECK_INT(said.count, 3);
	CHECK_INT(said.of[0].tid, 100);
	CHECK_INT(said.of[0].pfminor, 111);
	CHECK_INT(said.of[1].tid, 5);
	CHECK_INT(said.of[2].pfminor, 100);
	CHECK_INT(said.of[2].flags, 1 | 2 | 1 << 13);
	snapshot_fini(snapshot);
	free(snapshot);
}

TEST(who_has_ended_is_not_there)
{
	struct snapshot *snapshot = make();
	struct eyas_iter_task thread = task(3, 4, EYAS_ITER_PROCESS);
	struct said said;

	add(snapshot, task(1, 1, EYAS_ITER_PROCESS | EYAS_ITER_EXITED), "");
	add(snapshot, task(2, 2, EYAS_ITER_PROCESS | EYAS_ITER_LEAVING), "");
	add(snapshot, task(3, 3, EYAS_ITER_PROCESS | EYAS_ITER_EXITED), "");
	thread.text_bytes[EYAS_ITER_CWD] = 2;
	add(snapshot, thread, "/x");
	add(snapshot, task(3, 5, EYAS_ITER_PROCESS | EYAS_ITER_EXITED), "");
	say(snapshot, &said);
	CHECK_INT(said.count, 2);
	CHECK_INT(said.of[0].tid, 3);
	CHECK_INT(said.of[0].flags, 1 << 18);
	CHECK_INT(said.of[0].cwd.len, 2);
	CHECK_INT(said.of[1].tid, 4);
	snapshot_fini(snapshot);
	free(snapshot);
}

TEST(a_damaged_record_among_others)
{
	struct snapshot *snapshot = make();

	add(snapshot, task(1, 1, EYAS_ITER_PROCESS), "");
	add(snapshot, task(2, 2, EYAS_ITER_PROCESS), "");
	snapshot->tasks.len -= 8;
	CHECK_INT(snapshot_sort(snapshot), EYAS_E_FORMAT);
	snapshot_fini(snapshot);
	free(snapshot);
}

/* ---- texts ---- */

static size_t ask(uint64_t pid, const char *name, char *buf, size_t size)
{
	CHECK(size > 8);
	CHECK_INT(pid, 1);
	strcpy(buf, name);
	return strlen(name);
}

TEST(arguments)
{
	struct snapshot *snapshot = make();
	struct eyas_iter_task record = task(1, 1, EYAS_ITER_PROCESS | EYAS_ITER_ASK_ENV);
	char text[SNAPSHOT_LIST_MAX + 1];
	struct said said;

	memset(text, 'a', sizeof(text));
	text[3] = '\0';
	record.text_bytes[EYAS_ITER_ARGS] = sizeof(text);
	add(snapshot, record, text);
	snapshot->ask = ask;
	say(snapshot, &said);
	CHECK_INT(said.last.exe.len, 3);
	CHECK_INT(said.last.args.len, SNAPSHOT_LIST_MAX - 4);
	CHECK_INT(said.last.args.data[said.last.args.len - 1], 0);
	CHECK_INT(said.last.args_cut, 1);
	CHECK_STR(said.last.env.data, "environ");
	CHECK_INT(said.last.env.len, 8);
	snapshot_fini(snapshot);
	free(snapshot);
}

TEST(cgroups_by_hierarchy)
{
	static const char hierarchies[] = "5:name=x:/\n4:blkio,memory:/a\nbad\n7\n0::/b\n";
	/* Little-endian numbers in front of the paths; the last one has no end. */
	static const char text[] = "\4\0\0\0/deep/er\0\0\0\0\0/v2\0\7\0\0\0/?\0\5\0\0\0/cut";
	static const char want[] = "blkio=/deep/er\0memory=/deep/er\0cpuset=/v2\0cpu=/v2\0"
				   "cpuacct=/v2";
	struct snapshot *snapshot = make();
	struct eyas_iter_task record = task(1, 1, EYAS_ITER_PROCESS);
	struct said said;

	record.text_bytes[EYAS_ITER_CGROUPS] = sizeof(text) - 1;
	add(snapshot, record, text);
	snapshot_set_hierarchies(snapshot, hierarchies, sizeof(hierarchies) - 1);
	say(snapshot, &said);
	CHECK_INT(said.last.cgroups.len, sizeof(want));
	CHECK(!memcmp(said.cgroups, want, sizeof(want)));
	snapshot_fini(snapshot);
	free(snapshot);
}

/* ---- descriptors ---- */

static struct eyas_fd_entry entry_of(struct eyas_iter_fd record, const char *text, size_t len)
{
	const struct snapshot_fd fd = { &record, { text, (uint32_t)len } };
	static char buf[128];
	struct eyas_fd_entry entry;

	snapshot_fd_entry(&fd, buf, &entry);
	return entry;
}

TEST(names_of_unix_sockets)
{
	struct eyas_iter_fd record = { .mode = 0140777, .family = AF_UNIX };
	struct eyas_fd_entry entry;
	char longest[200];

	entry = entry_of(record, "/a\nb\0rest", 9);
	CHECK_INT(entry.name.len, 4);
	record.is_abstract = 1;
	entry = entry_of(record, "\0a\0b", 4);
	CHECK(entry.name.len == 4 && !memcmp(entry.name.data, "@a@b", 4));
	memset(longest, 'x', sizeof(longest));
	CHECK_INT(entry_of(record, longest, sizeof(longest)).name.len, 108);
	CHECK_INT(entry_of(record, "", 0).name.len, 0);
}

TEST(a_closed_connection_has_no_peer)
{
	struct eyas_iter_fd record = { .mode = 0140777,
				       .family = AF_INET,
				       .type = SOCK_STREAM,
				       .protocol = IPPROTO_TCP,
				       .state = 1,
				       .sport = 1,
				       .dport = 2,
				       .dst = { 127 } };

	CHECK_INT(entry_of(record, "", 0).kind, EYAS_FD_IPV4_SOCK);
	CHECK_INT(entry_of(record, "", 0).dport, 2);
	record.state = 7;
	CHECK_INT(entry_of(record, "", 0).kind, EYAS_FD_IPV4_SERVER);
	CHECK_INT(entry_of(record, "", 0).dport, 0);
	CHECK_INT(entry_of(record, "", 0).dst[0], 0);
}

TEST(files_by_their_texts)
{
	struct eyas_iter_fd record = { .mode = 0100600, .links = 1, .ino = 5, .pidfd = 9 };

	CHECK_INT(entry_of(record, "/a (deleted)", 12).name.len, 12);
	CHECK_INT(entry_of(record, "/a (deleted)", 12).kind, EYAS_FD_FILE_V2);
	record.links = 0;
	CHECK_INT(entry_of(record, "/a (deleted)", 12).name.len, 2);
	CHECK_INT(entry_of(record, "/memfd:m (deleted)", 18).kind, EYAS_FD_MEMFD);
	record.mode = 0600;
	CHECK_INT(entry_of(record, "anon_inode:[eventfd]", 20).kind, EYAS_FD_EVENT);
	CHECK_INT(entry_of(record, "anon_inode:[eventfd]", 20).name.len, 0);
	CHECK_INT(entry_of(record, "anon_inode:[new]", 16).kind, EYAS_FD_UNSUPPORTED);
	CHECK_INT(entry_of(record, "anon_inode:[new]", 16).name.len, 16);
	CHECK_INT(entry_of(record, "anon_inode:[pidfd]", 18).pid, 9);
	CHECK_INT(entry_of(record, "pidfd:[77]", 10).kind, EYAS_FD_PIDFD);
	record.pidfd = -1;
	CHECK_INT(entry_of(record, "pidfd:[77]", 10).pid, 0);
	CHECK_INT(entry_of(record, "", 0).name.len, 0);
}
