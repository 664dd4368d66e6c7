/* SPDX-License-Identifier: Apache-2.0 */
/* Files to read one after another: those that are named, and those in folders that are. */
#ifndef CLI_FLOW_INPUTS_H
#define CLI_FLOW_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include <time.h>

/* Names of a folder's files in order. */
struct flow_names {
	char **items;
	size_t count, cap;
};

/*
 * A folder. Its files are read in the order of their names, numbers in them by their value, since
 * files are named by the second in which they were begun. Invariant: read is sorted, and holds
 * files that are still there.
 */
struct flow_folder {
	const char *path;
	struct flow_names read;
	struct timespec changed; /* when the folder was, as it was looked at last */
	bool looked, settled;	 /* settled: it was long ago then */
};

/*
 * The next file that was not read yet: 1 and its path, to be freed; 0 if there is none; -errno. It
 * counts as read from now on.
 */
int flow_folder_next(struct flow_folder *folder, char **ret_path);
/* Would that be one? */
bool flow_folder_has_next(struct flow_folder *folder);
void flow_folder_fini(struct flow_folder *folder);

#endif
