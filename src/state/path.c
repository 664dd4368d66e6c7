/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What file does a path of an event mean? Joining a path to the directory it starts at, and
 * finding that directory. Called by the handlers of events that open, and by fields that show a
 * path as absolute.
 */
#include "state/state_int.h"

#include <string.h>

#include "base/le.h"
#include "schema/ids.h"

/* PATH_MAX of Linux without its NUL: no system call takes a longer path. */
enum { PATH_BYTES_MAX = 4095 };

static const char too_long[] = "/DIR_TOO_LONG/FILENAME_TOO_LONG";
static const char unknown_dir[] = "<UNKNOWN>";

/* The last component goes; the first byte stays, so that "/" has itself as its parent. */
static void drop_component(struct eyas_str *out, size_t start)
{
	if (out->len <= start + 1)
		return;
	out->len--;
	while (out->len > start && out->data[out->len - 1] != '/')
		out->len--;
}

static void add_component(struct eyas_str *out, size_t start, const char *name, size_t len)
{
	if (len == 0 || (len == 1 && name[0] == '.'))
		return;
	if (len == 2 && name[0] == '.' && name[1] == '.') {
		drop_component(out, start);
		return;
	}
	eyas_str_add(out, name, len);
	eyas_str_putc(out, '/');
}

/*
 * Most paths that programs open are absolute and have nothing to mend. This asks for a slash
 * followed by a slash or a dot, eight places at a time; "/.config" is taken for one to be looked
 * at more closely, too.
 */
bool path_is_plain(const char *path, size_t len)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t here, next, pairs;
	size_t i = 0;

	if (!len || path[0] != '/' || path[len - 1] == '/' || len > PATH_BYTES_MAX)
		return false;
	for (; i + sizeof(here) < len; i += sizeof(here)) {
		here = eyas_le64(path + i) ^ ones * '/';
		next = eyas_le64(path + i + 1) ^ ones * '/';
		/* '.' and '/' differ in the lowest bit alone: with it cleared both are zero. */
		pairs = here | (next & ~ones);
		if ((pairs - ones) & ~pairs & ones << 7)
			return false;
	}
	for (; i + 1 < len; i++)
		if (path[i] == '/' && (path[i + 1] == '/' || path[i + 1] == '.'))
			return false;
	return true;
}

void eyas_path_join(struct eyas_str *out, const char *base, size_t base_len, const char *path,
		    size_t path_len)
{
	const char *end = path + path_len, *slash;
	size_t start = out->len;

	/* An empty path is no path, wherever it starts. */
	if (!path_len)
		return;
	if (path[0] == '/')
		eyas_str_putc(out, '/');
	else
		eyas_str_add(out, base, base_len);
	while (path < end && !out->nomem) {
		slash = memchr(path, '/', (size_t)(end - path));
		if (!slash)
			slash = end;
		add_component(out, start, path, (size_t)(slash - path));
		path = slash + 1;
	}
	if (out->nomem)
		return;
	if (out->len > start + 1 && out->data[out->len - 1] == '/')
		out->len--;
	if (out->len - start > PATH_BYTES_MAX) {
		out->len = start;
		eyas_str_add(out, too_long, sizeof(too_long) - 1);
	}
}

size_t path_without_deleted(const char *path, size_t len)
{
	static const char mark[] = " (deleted)";
	const size_t mark_len = sizeof(mark) - 1;

	if (len > mark_len && !memcmp(path + len - mark_len, mark, mark_len))
		len -= mark_len;
	return len;
}

static void lend(const char *text, size_t len, const char **ret_base, size_t *ret_len)
{
	*ret_base = text;
	*ret_len = len;
}

void eyas_path_base(const struct eyas_context *context, int64_t dirfd, struct eyas_str *scratch,
		    const char **ret_base, size_t *ret_len)
{
	const struct eyas_thread *thread = context->thread;
	const struct eyas_fd *fd;

	lend(unknown_dir, sizeof(unknown_dir) - 1, ret_base, ret_len);
	if (!thread)
		return;
	if (dirfd == EYAS_AT_FDCWD) {
		lend(thread->fs->cwd->text, thread->fs->cwd->len, ret_base, ret_len);
		return;
	}
	fd = fd_table_find(thread->fds, dirfd);
	if (!fd || (fd->kind != EYAS_FD_FILE && fd->kind != EYAS_FD_DIRECTORY))
		return;
	lend(fd->name->text, fd->name->len, ret_base, ret_len);
	if (!*ret_len || fd->name->text[*ret_len - 1] == '/')
		return;
	scratch_begin(scratch);
	eyas_str_add(scratch, fd->name->text, fd->name->len);
	eyas_str_putc(scratch, '/');
	if (!scratch->nomem)
		lend(scratch->data, scratch->len, ret_base, ret_len);
}
