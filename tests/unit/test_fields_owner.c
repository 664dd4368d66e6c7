/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of users and groups: names, and what stands for those that are not known. */
#include "unit/fields.h"

TEST(classes)
{
	check_class(&eyas_fields_user);
	check_class(&eyas_fields_group);
}

static void add_owners(struct machine *m)
{
	const struct eyas_user user = { .uid = 1000,
					.name = BYTES("alice"),
					.home = BYTES("/home/alice"),
					.shell = BYTES("/bin/sh") };
	const struct eyas_group group = { .gid = 1000, .name = BYTES("users") };

	CHECK_INT(m->loader.user(m->loader.ctx, &user), 0);
	CHECK_INT(m->loader.group(m->loader.ctx, &group), 0);
}

TEST(known)
{
	struct machine m;

	start_machine(&m);
	add_owners(&m);
	SHOWS(&m, "user.uid", "1000");
	SHOWS(&m, "user.name", "alice");
	SHOWS(&m, "user.homedir", "/home/alice");
	SHOWS(&m, "user.shell", "/bin/sh");
	SHOWS(&m, "group.gid", "1000");
	SHOWS(&m, "group.name", "users");
	SHOWS(&m, "user.loginuid", "-1");
	SHOWS(&m, "user.loginname", "<NA>");
	thread_of(&m, 300)->loginuid = 1000;
	SHOWS(&m, "user.loginuid", "1000");
	SHOWS(&m, "user.loginname", "alice");
	stop_machine(&m);
}

/* Text that says so is a value; only an unknown thread has none. */
TEST(unknown)
{
	struct machine m;

	start_machine(&m);
	SHOWS(&m, "user.name", "<NA>");
	SHOWS(&m, "user.homedir", "<NA>");
	SHOWS(&m, "user.shell", "<NA>");
	SHOWS(&m, "group.name", "<NA>");
	thread_of(&m, 300)->uid = 0;
	thread_of(&m, 300)->gid = 0;
	thread_of(&m, 300)->loginuid = 0;
	SHOWS(&m, "user.name", "root");
	SHOWS(&m, "user.homedir", "/root");
	SHOWS(&m, "user.shell", "<NA>");
	SHOWS(&m, "user.loginname", "root");
	SHOWS(&m, "group.name", "root");
	thread_of(&m, 300)->uid = UINT32_MAX;
	SHOWS(&m, "user.uid", "4294967295");
	SHOWS(&m, "user.name", "<NA>");
	set_event(&m, EYAS_EV_PROCINFO_E, 77);
	SHOWS(&m, "user.uid", MISSING);
	SHOWS(&m, "user.name", MISSING);
	SHOWS(&m, "user.loginuid", MISSING);
	SHOWS(&m, "user.loginname", MISSING);
	SHOWS(&m, "group.gid", MISSING);
	SHOWS(&m, "group.name", MISSING);
	stop_machine(&m);
}
