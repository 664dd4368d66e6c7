/* SPDX-License-Identifier: Apache-2.0 */
/* Rules files as they are named: files, and directories of them. */
#ifndef COMPAT_FALCO_FILES_H
#define COMPAT_FALCO_FILES_H

#include <stddef.h>

#include <eyas/err.h>

/* Paths, each in its place. */
struct falco_paths {
	char **paths;
	size_t count;
};

void falco_paths_fini(struct falco_paths *paths);
/* Copied. 0 or -ENOMEM. */
int falco_paths_add(struct falco_paths *paths, const char *path);

/*
 * A path that was named: the file, if its name ends in .yaml or .yml, or those files of a directory
 * by their names. Both lists are added to. Nothing is opened: who reads a file finds out that it is
 * not there. 0, or -errno with words for a directory that cannot be read.
 */
int falco_files_find(const char *path, struct falco_paths *files, struct falco_paths *folders,
		     struct eyas_err *reterr);
#endif
