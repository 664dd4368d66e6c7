/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules files there are. */
#include "compat/falco_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/str.h"

void falco_paths_fini(struct falco_paths *paths)
{
	size_t i;

	for (i = 0; i < paths->count; i++)
		free(paths->paths[i]);
	free(paths->paths);
	*paths = (struct falco_paths){ NULL, 0 };
}

int falco_paths_add(struct falco_paths *paths, const char *path)
{
	char **grown = realloc(paths->paths, (paths->count + 1) * sizeof(*grown));
	char *copy = strdup(path);

	if (grown)
		paths->paths = grown;
	if (!grown || !copy) {
		free(copy);
		return -ENOMEM;
	}
	paths->paths[paths->count++] = copy;
	return 0;
}

/* ---- finding ---- */

static bool is_rules_file(const char *name)
{
	size_t len = strlen(name);

	return (len >= 5 && !strcmp(name + len - 5, ".yaml")) ||
	       (len >= 4 && !strcmp(name + len - 4, ".yml"));
}

static int only_rules_files(const struct dirent *entry)
{
	return is_rules_file(entry->d_name);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_entry(struct falco_paths *files, const char *folder, const char *name)
{
	struct eyas_str path = EYAS_STR_INIT;
	struct stat info;
	int err = -ENOMEM;

	eyas_str_puts(&path, folder);
	if (!path.len || path.data[path.len - 1] != '/')
		eyas_str_putc(&path, '/');
	eyas_str_puts(&path, name);
	eyas_str_putc(&path, '\0');
	/* A link to nothing stays, so that it is told of. */
	if (!path.nomem)
		err = !stat(path.data, &info) && !S_ISREG(info.st_mode)
			      ? 0
			      : falco_paths_add(files, path.data);
	eyas_str_fini(&path);
	return err;
}

static int add_folder(const char *folder, struct falco_paths *files, struct eyas_err *reterr)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, only_rules_files, by_name), i, err = 0;

	if (n < 0)
		return eyas_err_set(reterr, -errno, "Could not read directory %s: %s", folder,
				    strerror(errno));
	for (i = 0; i < n; i++) {
		if (!err)
			err = add_entry(files, folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return err;
}

int falco_files_find(const char *path, struct falco_paths *files, struct falco_paths *folders,
		     struct eyas_err *reterr)
{
	struct stat info;
	int err = 0;

	if (!stat(path, &info) && S_ISDIR(info.st_mode)) {
		err = falco_paths_add(folders, path);
		if (!err)
			return add_folder(path, files, reterr);
	} else if (is_rules_file(path)) {
		err = falco_paths_add(files, path);
	}
	return err ? eyas_err_set(reterr, err, "%s", eyas_strerror(err)) : 0;
}
