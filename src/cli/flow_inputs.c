/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a folder in the order in which they were written, also while it grows. */
#include "cli/flow_inputs.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

/* Times of folders are this coarse at worst, with a margin. */
enum { SETTLED_SECONDS = 2 };

static void names_fini(struct flow_names *names)
{
	while (names->count)
		free(names->items[--names->count]);
	free(names->items);
	*names = (struct flow_names){ NULL, 0, 0 };
}

static int names_add(struct flow_names *names, const char *name)
{
	size_t cap = names->cap ? 2 * names->cap : 16;
	char **items = names->items;

	if (names->count == names->cap) {
		items = realloc(items, cap * sizeof(*items));
		if (!items)
			return -ENOMEM;
		names->items = items;
		names->cap = cap;
	}
	items[names->count] = strdup(name);
	if (!items[names->count])
		return -ENOMEM;
	names->count++;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;
	int order = strverscmp(*left, *right);

	return order ? order : strcmp(*left, *right);
}

static bool names_have(const struct flow_names *names, const char *name)
{
	return names->count &&
	       bsearch(&name, names->items, names->count, sizeof(*names->items), compare);
}

/* Hidden files are of others, or not finished. */
static bool is_file(DIR *dir, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_name[0] == '.')
		return false;
	if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK)
		return entry->d_type == DT_REG;
	return !fstatat(dirfd(dir), entry->d_name, &st, 0) && S_ISREG(st.st_mode);
}

static int list(struct flow_folder *folder, struct flow_names *names)
{
	DIR *dir = opendir(folder->path);
	const struct dirent *entry;
	struct timespec now;
	struct stat st;
	int err = 0;

	if (!dir)
		return -errno;
	/* The time first: what comes afterwards changes it again. */
	if (!fstat(dirfd(dir), &st)) {
		clock_gettime(CLOCK_REALTIME, &now);
		folder->changed = st.st_mtim;
		folder->settled = now.tv_sec - st.st_mtim.tv_sec > SETTLED_SECONDS;
		folder->looked = true;
	}
	while (!err && (entry = readdir(dir)))
		if (is_file(dir, entry))
			err = names_add(names, entry->d_name);
	closedir(dir);
	if (names->count)
		qsort(names->items, names->count, sizeof(*names->items), compare);
	return err;
}

/* Nothing came or went since it was looked at. */
static bool is_unchanged(const struct flow_folder *folder)
{
	struct stat st;

	return folder->looked && folder->settled && !stat(folder->path, &st) &&
	       st.st_mtim.tv_sec == folder->changed.tv_sec &&
	       st.st_mtim.tv_nsec == folder->changed.tv_nsec;
}

/* The first name that was not read; names of files that are gone are forgotten. */
static int find_next(struct flow_folder *folder, struct flow_names *names, size_t *ret_index)
{
	size_t i, kept = 0, next = SIZE_MAX;
	int err = list(folder, names);

	if (err)
		return err;
	for (i = 0; next == SIZE_MAX && i < names->count; i++)
		if (!names_have(&folder->read, names->items[i]))
			next = i;
	for (i = 0; i < folder->read.count; i++)
		if (names_have(names, folder->read.items[i]))
			folder->read.items[kept++] = folder->read.items[i];
		else
			free(folder->read.items[i]);
	folder->read.count = kept;
	*ret_index = next;
	return next != SIZE_MAX;
}

static int take(struct flow_folder *folder, const char *name, char **ret_path)
{
	int err = names_add(&folder->read, name);

	if (err)
		return err;
	qsort(folder->read.items, folder->read.count, sizeof(*folder->read.items), compare);
	/* The next one may be there already. */
	folder->looked = false;
	if (asprintf(ret_path, "%s%s%s", folder->path,
		     folder->path[strlen(folder->path) - 1] == '/' ? "" : "/", name) < 0)
		return -ENOMEM;
	return 1;
}

int flow_folder_next(struct flow_folder *folder, char **ret_path)
{
	struct flow_names names = { NULL, 0, 0 };
	size_t next;
	int res;

	if (is_unchanged(folder))
		return 0;
	res = find_next(folder, &names, &next);
	if (res == 1)
		res = take(folder, names.items[next], ret_path);
	names_fini(&names);
	return res;
}

bool flow_folder_has_next(struct flow_folder *folder)
{
	struct flow_names names = { NULL, 0, 0 };
	size_t next;
	int res;

	if (is_unchanged(folder))
		return false;
	res = find_next(folder, &names, &next);
	/* It is to be found again. */
	folder->looked &= res != 1;
	names_fini(&names);
	return res == 1;
}

void flow_folder_fini(struct flow_folder *folder)
{
	names_fini(&folder->read);
}
