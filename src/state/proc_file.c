/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How are files in /proc read? Opened, followed, taken line by line or entry by entry, each
 * system call counted. For the other files that read /proc.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "state/proc_int.h"

int proc_open(struct proc_reader *reader, int dir, const char *path, int flags)
{
	int fd = openat(dir, path, flags | O_RDONLY | O_CLOEXEC);

	reader->counts.opens++;
	return fd < 0 ? -errno : fd;
}

ssize_t proc_read(struct proc_reader *reader, int fd, void *buf, size_t size)
{
	ssize_t got;

	do {
		got = read(fd, buf, size);
		reader->counts.reads++;
	} while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

ssize_t proc_slurp(struct proc_reader *reader, int dir, const char *path, char *buf, size_t size)
{
	int fd = proc_open(reader, dir, path, 0);
	ssize_t got;

	if (fd < 0)
		return fd;
	got = proc_read(reader, fd, buf, size);
	close(fd);
	return got;
}

ssize_t proc_link(struct proc_reader *reader, int dir, const char *path,
		  char buf[static PROC_PATH_MAX])
{
	ssize_t len = readlinkat(dir, path, buf, PROC_PATH_MAX);

	reader->counts.links++;
	return len < 0 ? -errno : len;
}

int proc_stat(struct proc_reader *reader, int dir, const char *path, struct statx *ret_stat)
{
	reader->counts.stats++;
	/* What is known without asking a file server, which may never answer. */
	return statx(dir, path, AT_STATX_DONT_SYNC, STATX_BASIC_STATS, ret_stat) ? -errno : 0;
}

int proc_lines_open(struct proc_lines *lines, struct proc_reader *reader, int dir, const char *path,
		    bool whole)
{
	*lines = (struct proc_lines){ .reader = reader, .whole = whole };
	lines->fd = proc_open(reader, dir, path, 0);
	return lines->fd < 0 ? lines->fd : 0;
}

void proc_lines_close(struct proc_lines *lines)
{
	close(lines->fd);
}

/* More bytes behind those not yet handed out; false at the end. */
static bool lines_fill(struct proc_lines *lines)
{
	char *chunk = lines->reader->chunk;
	size_t room;
	ssize_t got;

	if (lines->end)
		return false;
	memmove(chunk, chunk + lines->at, lines->len);
	lines->at = 0;
	room = PROC_CHUNK - lines->len;
	got = proc_read(lines->reader, lines->fd, chunk + lines->len, room);
	if (got <= 0 || (lines->whole && (size_t)got < room))
		lines->end = true;
	if (got <= 0)
		return false;
	lines->len += (size_t)got;
	return true;
}

bool proc_lines_next(struct proc_lines *lines, struct eyas_bytes *ret_line)
{
	const char *chunk = lines->reader->chunk, *newline;
	bool cut;

	do {
		while (!(newline = memchr(chunk + lines->at, '\n', lines->len)))
			if (lines->len == PROC_CHUNK || !lines_fill(lines))
				break;
		if (!lines->len)
			return false;
		ret_line->data = chunk + lines->at;
		ret_line->len = newline ? (uint32_t)(newline - ret_line->data)
					: (uint32_t)lines->len;
		lines->at += ret_line->len + (newline ? 1 : 0);
		lines->len -= ret_line->len + (newline ? 1 : 0);
		cut = lines->cutting;
		lines->cutting = !newline && !lines->end;
	} while (cut);
	return true;
}

int proc_dir_open(struct proc_dir *entries, struct proc_reader *reader, int dir, const char *path)
{
	entries->reader = reader;
	entries->at = entries->len = 0;
	entries->fd = proc_open(reader, dir, path, O_DIRECTORY);
	return entries->fd < 0 ? entries->fd : 0;
}

bool proc_dir_next(struct proc_dir *entries, int64_t *ret_number)
{
	const struct dirent64 *entry;
	const char *at, *end;
	ssize_t got;

	for (;;) {
		if (entries->at == entries->len) {
			got = getdents64(entries->fd, entries->buf, sizeof(entries->buf));
			entries->reader->counts.reads++;
			if (got <= 0)
				return false;
			entries->at = 0;
			entries->len = (size_t)got;
		}
		entry = (const struct dirent64 *)(const void *)(entries->buf + entries->at);
		entries->at += entry->d_reclen;
		at = entry->d_name;
		end = at + strnlen(at, sizeof("9223372036854775807") - 1);
		if (at == end)
			continue;
		*ret_number = (int64_t)proc_number(&at, end, 10);
		if (!*at)
			return true;
	}
}

void proc_dir_close(struct proc_dir *entries)
{
	close(entries->fd);
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

uint64_t proc_number(const char **at, const char *end, unsigned base)
{
	uint64_t value = 0;

	while (*at < end && (**at == ' ' || **at == '\t'))
		++*at;
	for (; *at < end && (unsigned)digit_of(**at) < base; ++*at)
		value = value * base + (unsigned)digit_of(**at);
	return value;
}

uint64_t proc_link_number(const char *link, size_t len)
{
	const char *at = memchr(link, '[', len);

	if (!at)
		return 0;
	at++;
	return proc_number(&at, link + len, 10);
}
