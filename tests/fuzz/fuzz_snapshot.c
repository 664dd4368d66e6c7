/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as what the kernel's iterators deliver: records of threads, of descriptors, and the
 * text of a cgroup file. Input: the size of the first part as u16, of the second likewise, then
 * threads, descriptors and text. What is said to the loader lies in memory that can be read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "capture/bpf_snapshot_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t sum;

static void use(struct eyas_bytes bytes)
{
	uint32_t i;

	for (i = 0; i < bytes.len; i++)
		sum += (uint8_t)bytes.data[i];
}

static int take_thread(void *ctx, const struct eyas_thread_entry *thread)
{
	(void)ctx;
	use(thread->comm);
	use(thread->exe);
	use(thread->exepath);
	use(thread->args);
	use(thread->cwd);
	use(thread->env);
	use(thread->cgroups);
	use(thread->root);
	return 0;
}

static void take_fds(struct snapshot *snapshot, const char *data, size_t len)
{
	struct eyas_fd_entry entry;
	struct snapshot_fd fd;
	char buf[128];
	int64_t bytes;

	while ((bytes = snapshot_fd_at(data, len, &fd)) > 0) {
		snapshot_owner(snapshot, &fd);
		snapshot_fd_entry(&fd, buf, &entry);
		use(entry.name);
		data += bytes;
		len -= (size_t)bytes;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
	const struct eyas_loader loader = { .thread = take_thread };
	uint16_t tasks, fds;
	char *copy;

	if (size < 4 || !snapshot) {
		free(snapshot);
		return 0;
	}
	memcpy(&tasks, data, sizeof(tasks));
	memcpy(&fds, data + 2, sizeof(fds));
	data += 4;
	size -= 4;
	if (tasks > size)
		tasks = (uint16_t)size;
	if (fds > size - tasks)
		fds = (uint16_t)(size - tasks);
	snapshot->page_kib = 4;
	snapshot_set_hierarchies(snapshot, (const char *)data + tasks + fds, size - tasks - fds);
	eyas_str_add(&snapshot->tasks, data, tasks);
	if (!snapshot_sort(snapshot) && snapshot_say_threads(snapshot, &loader) < 0)
		abort();
	/* Aligned as a buffer of its own, and of its size, so that a sanitizer sees its end. */
	copy = malloc(fds ? fds : 1);
	if (!copy)
		abort();
	memcpy(copy, data + tasks, fds);
	take_fds(snapshot, copy, fds);
	free(copy);
	snapshot_fini(snapshot);
	free(snapshot);
	return 0;
}
