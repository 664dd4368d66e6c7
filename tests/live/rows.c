/* SPDX-License-Identifier: Apache-2.0 */
/* What rows have in common: files, memory, children, cgroups. */
#include "live/live.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

long live_must(const char *file, int line, const char *what, long result)
{
	if (result < 0 && result > -4096)
		live_fail(file, line, "%s: %s", what, strerror((int)-result));
	return result;
}

const char *live_path(const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", live_tmp(), name) < 0)
		FAIL("out of memory");
	return path;
}

const char *live_file(const char *name, const char *text)
{
	const char *path = live_path(name);
	long fd = MUST(SYS(open, path, O_CREAT | O_TRUNC | O_WRONLY, 0644));

	CHECK_INT(SYS(write, fd, text, strlen(text)), strlen(text));
	SYS(close, fd);
	return path;
}

/* As stat() has had it for long: the major in bits 8 to 19, the minor around it. */
static uint32_t event_dev(dev_t dev)
{
	unsigned low = minor(dev) & 0xff, high = minor(dev) & ~0xffu;

	return (uint32_t)(low | major(dev) << 8 | high << 12);
}

static struct stat stat_of(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		FAIL("%s: %s", path, strerror(errno));
	return st;
}

static struct stat fstat_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		FAIL("descriptor %d: %s", fd, strerror(errno));
	return st;
}

uint32_t live_dev(const char *path)
{
	return event_dev(stat_of(path).st_dev);
}

uint64_t live_ino(const char *path)
{
	return stat_of(path).st_ino;
}

uint32_t live_fdev(int fd)
{
	return event_dev(fstat_of(fd).st_dev);
}

uint64_t live_fino(int fd)
{
	return fstat_of(fd).st_ino;
}

void *live_low(size_t size)
{
	void *low = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (low == MAP_FAILED)
		FAIL("no memory below 4 GiB");
	return low;
}

void live_reap(long pid, int status)
{
	int got;

	if (waitpid((pid_t)pid, &got, __WALL) != (pid_t)pid)
		FAIL("waitpid of %ld: %s", pid, strerror(errno));
	if (got != status)
		FAIL("process %ld ended with status 0x%x, not 0x%x", pid, got, status);
}

/* "io" is called blkio in version 1. */
static bool has_controller(const char *list, size_t len, const char *name)
{
	size_t n = strlen(name);

	if (strcmp(name, "io") == 0 && has_controller(list, len, "blkio"))
		return true;
	while (len) {
		const char *comma = memchr(list, ',', len);
		size_t item = comma ? (size_t)(comma - list) : len;

		if (item == n && memcmp(list, name, n) == 0)
			return true;
		item += comma ? 1 : 0;
		list += item;
		len -= item;
	}
	return false;
}

/* Where the hierarchy of version 2 is mounted; NULL = nowhere. */
static const char *cgroup2_mount(void)
{
	static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	struct statfs fs;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (statfs(places[i], &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
			return places[i];
	return NULL;
}

/*
 * In version 2 a group without a controller of its own has that of the next group above it.
 * len is of a path and becomes that of the group's.
 */
static size_t effective_group(const char *path, size_t len, const char *controller)
{
	const char *mount = cgroup2_mount();
	char name[4352], list[256];

	while (mount && len > 1) {
		ssize_t n;
		int fd;

		snprintf(name, sizeof(name), "%s%.*s/cgroup.controllers", mount, (int)len, path);
		fd = open(name, O_RDONLY);
		n = fd < 0 ? -1 : read(fd, list, sizeof(list) - 1);
		if (fd >= 0)
			close(fd);
		for (ssize_t i = 0; i < n; i++)
			list[i] = list[i] == ' ' || list[i] == '\n' ? ',' : list[i];
		if (n > 0 && has_controller(list, (size_t)n, controller))
			break;
		while (len > 1 && path[--len] != '/')
			;
		len += len == 0;
	}
	return len;
}

struct live_want live_cgroups(void)
{
	static const char *const names[] = { "cpuset", "cpu", "cpuacct", "io", "memory" };
	char text[8192], out[8192];
	size_t len = 0, i;
	ssize_t n;
	int fd = open("/proc/self/cgroup", O_RDONLY);

	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n < 0)
		FAIL("/proc/self/cgroup: %s", strerror(errno));
	close(fd);
	text[n] = '\0';
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *line = text, *path = NULL;
		size_t path_len = 0;

		/* ID:CONTROLLERS:PATH; what no version 1 hierarchy has is in version 2, 0::PATH */
		for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
			const char *list = strchr(line, ':') + 1, *colon = strchr(list, ':');
			bool v1 = has_controller(list, (size_t)(colon - list), names[i]);

			if (!v1 && (path || colon != list))
				continue;
			path = colon + 1;
			path_len = strcspn(path, "\n");
			if (v1)
				break;
			path_len = effective_group(path, path_len, names[i]);
		}
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%s=%.*s", names[i],
					(int)(path ? path_len : 1), path ? path : "/") +
		       1;
		if (len > sizeof(out))
			FAIL("/proc/self/cgroup is too long");
	}
	return BYTES(out, len);
}
