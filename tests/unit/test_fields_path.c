/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of fs.path: which parameter it is, by event, and how paths become absolute. */
#include "unit/fields.h"

TEST(class_of_paths)
{
	check_class(&eyas_fields_fspath);
}

static void mkdir_event(struct machine *m, int64_t res, const char *path)
{
	begin_event(m, EYAS_EV_SYSCALL_MKDIR_2_X, 300);
	eyas_put_int(&m->encoder, res);
	eyas_put_str(&m->encoder, path);
	end_event(m);
}

TEST(by_working_directory)
{
	struct machine m;

	start_machine(&m);
	mkdir_event(&m, 0, "a//b/../c");
	SHOWS(&m, "fs.path.name", "/desk/a/c");
	SHOWS(&m, "fs.path.nameraw", "a//b/../c");
	SHOWS(&m, "fs.path.source", MISSING);
	SHOWS(&m, "fs.path.targetraw", MISSING);
	mkdir_event(&m, 0, "/x/./y");
	SHOWS(&m, "fs.path.name", "/x/y");
	mkdir_event(&m, -17, "/x");
	SHOWS(&m, "fs.path.name", MISSING);
	SHOWS(&m, "fs.path.nameraw", MISSING);
	mkdir_event(&m, 0, NULL);
	SHOWS(&m, "fs.path.name", MISSING);
	set_event(&m, EYAS_EV_SYSCALL_MKDIR_2_X, 300);
	SHOWS(&m, "fs.path.name", MISSING);
	mkdir_event(&m, 0, "/x");
	m.context.thread = NULL;
	SHOWS(&m, "fs.path.name", MISSING);
	stop_machine(&m);
}

static void openat_event(struct machine *m, int64_t fd, int64_t dirfd, const char *path)
{
	begin_event(m, EYAS_EV_SYSCALL_OPENAT_2_X, 300);
	eyas_put_int(&m->encoder, fd);
	eyas_put_int(&m->encoder, dirfd);
	eyas_put_str(&m->encoder, path);
	end_event(m);
}

TEST(by_descriptor)
{
	struct machine m;
	const struct eyas_fd_entry dir = { .fd = 5,
					   .kind = EYAS_FD_DIRECTORY,
					   .name = BYTES("/srv") };

	start_machine(&m);
	add_fd(&m, &dir);
	openat_event(&m, 6, 5, "f");
	SHOWS(&m, "fs.path.name", "/srv/f");
	SHOWS(&m, "fs.path.nameraw", "f");
	openat_event(&m, 6, -100, "f");
	SHOWS(&m, "fs.path.name", "/desk/f");
	openat_event(&m, 6, 9, "f");
	SHOWS(&m, "fs.path.name", "<UNKNOWN>f");
	openat_event(&m, -2, 5, "f");
	SHOWS(&m, "fs.path.name", MISSING);
	stop_machine(&m);
}

TEST(of_an_open_file)
{
	struct machine m;
	const struct eyas_fd_entry file = { .fd = 5,
					    .kind = EYAS_FD_FILE,
					    .name = BYTES("/srv/f") };

	start_machine(&m);
	add_fd(&m, &file);
	begin_event(&m, EYAS_EV_SYSCALL_FCHMOD_X, 300);
	eyas_put_int(&m.encoder, 0);
	eyas_put_int(&m.encoder, 5);
	end_event(&m);
	SHOWS(&m, "fs.path.name", MISSING);
	m.context.fd = fd_table_find(m.context.thread->fds, 5);
	SHOWS(&m, "fs.path.name", "/srv/f");
	SHOWS(&m, "fs.path.nameraw", "/srv/f");
	stop_machine(&m);
}

/* Two paths of one event: which of them is the source is the language's choice. */
TEST(two_paths)
{
	static const struct {
		unsigned type;
		const char *source, *target;
	} rows[] = {
		{ EYAS_EV_SYSCALL_RENAME_X, "/desk/1", "/desk/2" },
		{ EYAS_EV_SYSCALL_LINK_2_X, "/desk/2", "/desk/1" },
		{ EYAS_EV_SYSCALL_SYMLINK_X, "/desk/2", "/desk/1" },
		{ EYAS_EV_SYSCALL_MOUNT_X, "/desk/1", "/desk/2" },
	};
	struct machine m;

	start_machine(&m);
	for (size_t i = 0; i < FIELD_COUNT(rows); i++) {
		begin_event(&m, rows[i].type, 300);
		eyas_put_int(&m.encoder, 0);
		eyas_put_str(&m.encoder, "1");
		eyas_put_str(&m.encoder, "2");
		end_event(&m);
		SHOWS(&m, "fs.path.source", rows[i].source);
		SHOWS(&m, "fs.path.target", rows[i].target);
		SHOWS(&m, "fs.path.name", MISSING);
	}
	SHOWS(&m, "fs.path.sourceraw", "1");
	SHOWS(&m, "fs.path.targetraw", "2");
	stop_machine(&m);
}
