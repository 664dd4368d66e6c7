/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which users and groups are there? This machine's as its administrator set them up, those of
 * another root out of its files, and a container's out of the files that its processes see.
 *
 * A container is hostile: nothing in it may keep the reader waiting, or lead it elsewhere. So only
 * plain files are read, of its root's own mount, and only where processes have the machine's user
 * namespace: ids in events are that one's, and whoever could mount there had the machine's rights.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "state/proc_int.h"

/* Of a container's files. */
enum { FILE_MAX = 1048576, ENTRIES_MAX = 4096 };

/* ---- one by one ---- */

/*
 * Of a file, or of this machine's database, file NULL. The reentrant functions keep two scans in two
 * threads apart as well as the C library can.
 */
static int next_user(FILE *file, struct passwd *user, char *buf, size_t size)
{
	struct passwd *found;

	return file ? fgetpwent_r(file, user, buf, size, &found)
		    : getpwent_r(user, buf, size, &found);
}

static int next_group(FILE *file, struct group *group, char *buf, size_t size)
{
	struct group *found;

	return file ? fgetgrent_r(file, group, buf, size, &found)
		    : getgrent_r(group, buf, size, &found);
}

/* What finds no room is counted. */
static void take_users(struct eyas_state *state, const struct eyas_istr *container_id, FILE *file,
		       uint32_t limit)
{
	/* Nothing else is read meanwhile. */
	char *buf = proc_reader_get(state)->chunk;
	struct passwd from;

	while (limit-- && !next_user(file, &from, buf, PROC_CHUNK)) {
		const struct eyas_user user = {
			.uid = from.pw_uid,
			.gid = from.pw_gid,
			.name = proc_text(from.pw_name),
			.home = proc_text(from.pw_dir),
			.shell = proc_text(from.pw_shell),
		};

		(void)!owners_add_user(state, container_id, &user);
	}
}

static void take_groups(struct eyas_state *state, const struct eyas_istr *container_id, FILE *file,
			uint32_t limit)
{
	char *buf = proc_reader_get(state)->chunk;
	struct group from;

	while (limit-- && !next_group(file, &from, buf, PROC_CHUNK)) {
		const struct eyas_group group = { .gid = from.gr_gid,
						  .name = proc_text(from.gr_name) };

		(void)!owners_add_group(state, container_id, &group);
	}
}

/* Either may be missing; both are closed. */
static void take_files(struct eyas_state *state, const struct eyas_istr *container_id, FILE *users,
		       FILE *groups, uint32_t limit)
{
	if (users) {
		take_users(state, container_id, users, limit);
		fclose(users);
	}
	if (groups) {
		take_groups(state, container_id, groups, limit);
		fclose(groups);
	}
}

/* ---- the machine ---- */

/* A file of the user database beside a /proc of another root; NULL if there is none. */
static FILE *open_etc(const struct eyas_state *state, const char *name)
{
	char path[PROC_PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/../etc/%s", state->proc_root, name) >=
	    (int)sizeof(path))
		return NULL;
	return fopen(path, "re");
}

static void load_here(struct eyas_state *state)
{
	setpwent();
	take_users(state, state->strings.empty, NULL, UINT32_MAX);
	endpwent();
	setgrent();
	take_groups(state, state->strings.empty, NULL, UINT32_MAX);
	endgrent();
}

void proc_load_owners(struct eyas_state *state)
{
	if (!strcmp(state->proc_root, "/proc"))
		load_here(state);
	else
		take_files(state, state->strings.empty, open_etc(state, "passwd"),
			   open_etc(state, "group"), UINT32_MAX);
}

/* ---- a container ---- */

/* Without waiting for anybody, leaving the root, or going to another mount: NULL if there is none. */
static FILE *open_inside(int root, const char *path)
{
	const struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
				      .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_XDEV |
						 RESOLVE_NO_MAGICLINKS };
	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	struct stat found;
	FILE *file = NULL;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &found) && S_ISREG(found.st_mode) && found.st_size <= FILE_MAX)
		file = fdopen(fd, "r");
	if (!file)
		close(fd);
	return file;
}

/* 0 = nobody may know. */
static uint64_t namespace(struct proc_reader *reader, int dir, const char *path)
{
	char link[PROC_PATH_MAX];
	ssize_t len = proc_link(reader, dir, path, link);

	return len < 0 ? 0 : proc_link_number(link, (size_t)len);
}

/*
 * Is the process in the machine's namespace of that kind? That is the first process's, or ours where
 * that one is hidden. -ENOENT if nobody may know.
 */
static int in_machines(struct proc_reader *reader, int dir, const char *first, const char *own)
{
	uint64_t ns = namespace(reader, dir, own + strlen("self/"));
	uint64_t machines = namespace(reader, reader->root, first);

	if (!machines)
		machines = namespace(reader, reader->root, own);
	return ns && machines ? ns == machines : -ENOENT;
}

/* A root of its own is not enough: within the machine's mounts anybody can have chosen it. */
static int in_machines_root(struct proc_reader *reader, int dir)
{
	int mounts = in_machines(reader, dir, "1/ns/mnt", "self/ns/mnt");
	struct statx root, machines;

	if (mounts)
		return mounts;
	if (proc_stat(reader, dir, "root", &root) ||
	    proc_stat(reader, reader->root, "..", &machines))
		return -ENOENT;
	return root.stx_ino == machines.stx_ino && root.stx_dev_major == machines.stx_dev_major &&
	       root.stx_dev_minor == machines.stx_dev_minor;
}

/* Whose are they, as far as anybody may look? */
static enum owners_of whose(struct proc_reader *reader, int dir)
{
	int ids = in_machines(reader, dir, "1/ns/user", "self/ns/user");
	int root = in_machines_root(reader, dir);

	if (ids < 0 || root < 0)
		return OWNERS_UNKNOWN;
	if (!ids)
		return OWNERS_NAMELESS;
	/* Not in its own root yet, or it never will be. */
	return root ? OWNERS_HOSTS : OWNERS_OWN;
}

static void load_container(struct eyas_state *state, const struct eyas_istr *container_id,
			   struct proc_reader *reader, int dir)
{
	const enum owners_of of = whose(reader, dir);
	int root;

	if (of == OWNERS_UNKNOWN || owners_set_container(state, container_id, of) ||
	    of != OWNERS_OWN)
		return;
	root = proc_open(reader, dir, "root", O_PATH | O_DIRECTORY);
	if (root < 0)
		return;
	take_files(state, container_id, open_inside(root, "etc/passwd"),
		   open_inside(root, "etc/group"), ENTRIES_MAX);
	close(root);
}

void proc_load_container_owners(struct eyas_state *state, const struct eyas_thread *thread)
{
	const struct eyas_istr *container_id = thread->container_id;
	enum owners_of of = owners_of_container(state, container_id);
	struct proc_reader *reader;
	char name[24];
	int dir;

	if (of == OWNERS_OWN || of == OWNERS_NAMELESS || !proc_may_look_up(state))
		return;
	reader = proc_reader_get(state);
	if (!reader)
		return;
	snprintf(name, sizeof(name), "%lld", (long long)thread->tid);
	dir = proc_open(reader, reader->root, name, O_DIRECTORY);
	if (dir < 0)
		return;
	load_container(state, container_id, reader, dir);
	close(dir);
}

static void load_one(void *ctx, const struct eyas_thread *thread)
{
	proc_load_container_owners(ctx, thread);
}

void proc_load_containers_owners(struct eyas_state *state)
{
	containers_visit(state, load_one, state);
}
