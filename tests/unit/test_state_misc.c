/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What else events change: directories, sessions, users, rights, limits, counters, users and
 * groups of the machine; and events of threads that are not known.
 */
#include "unit/feed.h"

#define ALL_CAPS ((UINT64_C(1) << 41) - 1)

static const char *cwd_of(const struct feed *f, int64_t tid)
{
	return feed_thread(f, tid)->fs->cwd->text;
}

/* ---- directories ---- */

TEST(chdir_and_fchdir)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_CHDIR_X, I(0), S("src/../lib"));
	CHECK_STR(cwd_of(&f, 100), "/srv/lib/");
	FEED(&f, 100, SYSCALL_CHDIR_X, I(0), S("/"));
	CHECK_STR(cwd_of(&f, 100), "/");
	FEED(&f, 100, SYSCALL_CHDIR_X, I(0), S(".."));
	CHECK_STR(cwd_of(&f, 100), "/");
	FEED(&f, 100, SYSCALL_CHDIR_X, I(-2), S("/nosuch"));
	FEED(&f, 100, SYSCALL_CHDIR_X, I(0), N);
	FEED(&f, 100, SYSCALL_CHDIR_X, I(0), S(""));
	CHECK_STR(cwd_of(&f, 100), "/");
	feed_open(&f, 100, 3, "/var/log");
	FEED(&f, 100, SYSCALL_FCHDIR_X, I(0), I(3));
	CHECK_STR(cwd_of(&f, 100), "/var/log/");
	FEED(&f, 100, SYSCALL_FCHDIR_X, I(-20), I(3));
	FEED(&f, 100, SYSCALL_FCHDIR_X, I(0), I(77));
	CHECK_STR(cwd_of(&f, 100), "/var/log/");
	FEED(&f, 100, SYSCALL_GETCWD_X, I(5), S("/real"));
	CHECK_STR(cwd_of(&f, 100), "/real/");
	feed_end(&f);
}

TEST(chroot_of_a_path)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_CHROOT_X, I(0), S("../jail/"));
	CHECK_STR(feed_thread(&f, 100)->fs->root->text, "/jail");
	FEED(&f, 100, SYSCALL_CHROOT_X, I(-1), S("/x"));
	CHECK_STR(feed_thread(&f, 100)->fs->root->text, "/jail");
	feed_end(&f);
}

/* ---- sessions ---- */

TEST(setsid_begins_a_session_and_a_group)
{
	struct feed f;

	feed_start(&f);
	feed_fork(&f, 100, 200);
	CHECK_INT(feed_thread(&f, 200)->sid, 100);
	FEED(&f, 200, SYSCALL_SETSID_X, I(-1));
	CHECK_INT(feed_thread(&f, 200)->sid, 100);
	FEED(&f, 200, SYSCALL_SETSID_X, I(200));
	CHECK_INT(feed_thread(&f, 200)->sid, 200);
	CHECK_INT(feed_thread(&f, 200)->vpgid, 200);
	CHECK_INT(feed_thread(&f, 200)->pgid, 200);
	CHECK_INT(feed_thread(&f, 100)->sid, 100);
	feed_end(&f);
}

static void check_group(const struct feed *f, int64_t tid, int64_t vpgid, int64_t pgid)
{
	CHECK_INT(feed_thread(f, tid)->vpgid, vpgid);
	CHECK_INT(feed_thread(f, tid)->pgid, pgid);
}

TEST(setpgid_of_oneself_a_child_and_others)
{
	struct feed f;

	feed_start(&f);
	feed_fork(&f, 100, 200);
	feed_fork(&f, 100, 300);
	FEED(&f, 200, SYSCALL_SETPGID_X, I(0), I(0), I(0));
	check_group(&f, 200, 200, 200);
	FEED(&f, 100, SYSCALL_SETPGID_X, I(0), I(300), I(200));
	check_group(&f, 300, 200, 200);
	FEED(&f, 100, SYSCALL_SETPGID_X, I(-1), I(300), I(300));
	FEED(&f, 100, SYSCALL_SETPGID_X, I(0), I(999), I(999));
	check_group(&f, 300, 200, 200);
	/* The leader of the group is gone. */
	FEED(&f, 100, SYSCALL_SETPGID_X, I(0), I(300), I(888));
	check_group(&f, 300, 888, -1);
	FEED(&f, 100, SYSCALL_SETPGID_X, I(0), N, N);
	check_group(&f, 100, 100, 100);
	feed_end(&f);
}

/* In a pid namespace the numbers are those of the namespace. */
TEST(setpgid_within_a_pid_namespace)
{
	const uint32_t in_pidns = 1 << 29;
	struct feed f;

	feed_start(&f);
	feed_clone(&f, 200,
		   &(struct feed_clone){
			   .pid = 200, .ptid = 100, .flags = in_pidns, .vtid = 1, .vpid = 1 });
	feed_clone(&f, 300,
		   &(struct feed_clone){
			   .pid = 300, .ptid = 200, .flags = in_pidns, .vtid = 2, .vpid = 2 });
	FEED(&f, 300, SYSCALL_SETPGID_X, I(0), I(0), I(2));
	check_group(&f, 300, 2, 300);
	FEED(&f, 200, SYSCALL_SETPGID_X, I(0), I(2), I(1));
	check_group(&f, 300, 1, 200);
	/* 100 is a process, but not by this number here. */
	FEED(&f, 300, SYSCALL_SETPGID_X, I(0), I(0), I(100));
	check_group(&f, 300, 100, -1);
	feed_end(&f);
}

/* ---- users and rights ---- */

static void check_ids(const struct feed *f, uint32_t uid, uint32_t gid)
{
	CHECK_INT(feed_thread(f, 100)->uid, uid);
	CHECK_INT(feed_thread(f, 100)->gid, gid);
}

TEST(the_effective_id_counts)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_SETUID_X, I(0), I(5));
	FEED(&f, 100, SYSCALL_SETGID_X, I(0), I(6));
	check_ids(&f, 5, 6);
	FEED(&f, 100, SYSCALL_SETREUID_X, I(0), I(1), I(7));
	FEED(&f, 100, SYSCALL_SETREGID_X, I(0), I(1), I(8));
	check_ids(&f, 7, 8);
	FEED(&f, 100, SYSCALL_SETRESUID_X, I(0), I(1), I(9), I(2));
	FEED(&f, 100, SYSCALL_SETRESGID_X, I(0), I(1), I(10), I(2));
	check_ids(&f, 9, 10);
	/* -1 leaves it as it is, and so does a failure. */
	FEED(&f, 100, SYSCALL_SETRESUID_X, I(0), I(1), I(UINT32_MAX), I(2));
	FEED(&f, 100, SYSCALL_SETRESGID_X, I(0), I(1), I(UINT32_MAX), I(2));
	FEED(&f, 100, SYSCALL_SETUID_X, I(-1), I(0));
	FEED(&f, 100, SYSCALL_SETGID_X, I(-1), I(0));
	FEED(&f, 100, SYSCALL_SETUID_X, I(0));
	check_ids(&f, 9, 10);
	feed_end(&f);
}

static void check_caps(const struct feed *f, uint64_t inheritable, uint64_t permitted,
		       uint64_t effective)
{
	CHECK_INT(feed_thread(f, 100)->cap_inheritable, inheritable);
	CHECK_INT(feed_thread(f, 100)->cap_permitted, permitted);
	CHECK_INT(feed_thread(f, 100)->cap_effective, effective);
}

TEST(capabilities)
{
	const int64_t newuser = 1 << 20, newnet = 1 << 4;
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_CAPSET_X, I(0), I(1), I(2), I(4));
	check_caps(&f, 1, 2, 4);
	FEED(&f, 100, SYSCALL_CAPSET_X, I(-1), I(0), I(0), I(0));
	FEED(&f, 100, SYSCALL_UNSHARE_X, I(0), I(newnet));
	FEED(&f, 100, SYSCALL_UNSHARE_X, I(-1), I(newuser));
	FEED(&f, 100, SYSCALL_SETNS_X, I(0), I(3), I(newnet));
	check_caps(&f, 1, 2, 4);
	FEED(&f, 100, SYSCALL_UNSHARE_X, I(0), I(newuser));
	check_caps(&f, ALL_CAPS, ALL_CAPS, ALL_CAPS);
	FEED(&f, 100, SYSCALL_CAPSET_X, I(0), I(1), I(2), I(4));
	FEED(&f, 100, SYSCALL_SETNS_X, I(0), I(3), I(newuser));
	check_caps(&f, ALL_CAPS, ALL_CAPS, ALL_CAPS);
	feed_end(&f);
}

TEST(unshare_ends_sharing)
{
	struct feed f;

	feed_start(&f);
	feed_clone(&f, 200,
		   &(struct feed_clone){
			   .pid = 200, .ptid = 100, .flags = 3, .vtid = 200, .vpid = 200 });
	CHECK_INT(feed_thread(&f, 200)->flags & 3, 3);
	FEED(&f, 200, SYSCALL_UNSHARE_X, I(0), I(1));
	CHECK(feed_thread(&f, 200)->fds != feed_thread(&f, 100)->fds);
	CHECK(feed_thread(&f, 200)->fs == feed_thread(&f, 100)->fs);
	/* What a dump says of it. */
	CHECK_INT(feed_thread(&f, 200)->flags & 3, 2);
	FEED(&f, 200, SYSCALL_UNSHARE_X, I(0), I(2));
	CHECK(feed_thread(&f, 200)->fs != feed_thread(&f, 100)->fs);
	CHECK_INT(feed_thread(&f, 200)->flags & 3, 0);
	feed_end(&f);
}

TEST(prctl_makes_a_subreaper)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_PRCTL_X, I(-1), I(36), N, I(1));
	CHECK(!feed_thread(&f, 100)->group->subreaper);
	FEED(&f, 100, SYSCALL_PRCTL_X, I(0), I(36), N, I(1));
	CHECK(feed_thread(&f, 100)->group->subreaper);
	FEED(&f, 100, SYSCALL_PRCTL_X, I(0), I(36), N, I(0));
	CHECK(!feed_thread(&f, 100)->group->subreaper);
	FEED(&f, 100, SYSCALL_PRCTL_X, I(0), I(37), N, I(1));
	CHECK(feed_thread(&f, 100)->group->subreaper);
	/* The name stays. */
	FEED(&f, 100, SYSCALL_PRCTL_X, I(0), I(15), S("other"), I(0));
	CHECK_STR(feed_thread(&f, 100)->comm->text, "sh");
	/* A guessed thread has no group. */
	FEED(&f, 500, SYSCALL_PRCTL_X, I(0), I(36), N, I(1));
	feed_end(&f);
}

TEST(limits_of_descriptors)
{
	struct feed f;

	feed_start(&f);
	feed_fork(&f, 100, 200);
	FEED(&f, 100, SYSCALL_SETRLIMIT_X, I(0), I(50), I(60), I(7));
	CHECK_INT(feed_thread(&f, 100)->fdlimit, 50);
	FEED(&f, 100, SYSCALL_SETRLIMIT_X, I(0), I(51), I(60), I(6));
	FEED(&f, 100, SYSCALL_SETRLIMIT_X, I(-1), I(51), I(60), I(7));
	FEED(&f, 100, SYSCALL_SETRLIMIT_X, I(0), I(-1), I(60), I(7));
	CHECK_INT(feed_thread(&f, 100)->fdlimit, 50);
	FEED(&f, 100, SYSCALL_GETRLIMIT_X, I(0), I(52), I(60), I(7));
	CHECK_INT(feed_thread(&f, 100)->fdlimit, 52);
	FEED(&f, 100, SYSCALL_PRLIMIT_X, I(0), I(70), I(70), I(0), I(0), I(0), I(7));
	CHECK_INT(feed_thread(&f, 100)->fdlimit, 70);
	FEED(&f, 100, SYSCALL_PRLIMIT_X, I(0), I(71), I(71), I(0), I(0), I(200), I(7));
	CHECK_INT(feed_thread(&f, 200)->fdlimit, 71);
	CHECK_INT(feed_thread(&f, 100)->fdlimit, 70);
	FEED(&f, 100, SYSCALL_PRLIMIT_X, I(0), I(72), I(72), I(0), I(0), I(999), I(7));
	FEED(&f, 100, SYSCALL_PRLIMIT_X, I(0), I(72), I(72), I(0), I(0), I(200), I(6));
	CHECK_INT(feed_thread(&f, 200)->fdlimit, 71);
	feed_end(&f);
}

/* ---- counters ---- */

TEST(memory)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_BRK_4_X, I(0), I(10), I(20), I(30), I(0));
	CHECK_INT(feed_thread(&f, 100)->vmsize_kb, 10);
	CHECK_INT(feed_thread(&f, 100)->vmrss_kb, 20);
	CHECK_INT(feed_thread(&f, 100)->vmswap_kb, 30);
	FEED(&f, 100, SYSCALL_MUNMAP_X, I(0), I(11), N, N, I(0), I(0));
	CHECK_INT(feed_thread(&f, 100)->vmsize_kb, 11);
	CHECK_INT(feed_thread(&f, 100)->vmrss_kb, 20);
	FEED(&f, 100, SYSCALL_MMAP_X, I(0), I(12), I(22), I(32), I(0), I(1), I(0), I(0), I(-1),
	     I(0));
	CHECK_INT(feed_thread(&f, 100)->vmswap_kb, 32);
	CHECK_INT(f.context.fd_num, -1);
	feed_end(&f);
}

static void feed_switch(struct feed *f, int64_t tid)
{
	FEED(f, tid, SCHEDSWITCH_6_E, I(1), I(5), I(6), I(7), I(8), I(9));
}

TEST(time_on_a_cpu)
{
	struct feed f;

	feed_start(&f);
	feed_switch(&f, 100);
	CHECK_INT(f.context.exectime_ns, 0);
	CHECK_INT(feed_thread(&f, 100)->pfmajor, 5);
	CHECK_INT(feed_thread(&f, 100)->vmswap_kb, 9);
	feed_switch(&f, 1);
	CHECK_INT(f.context.exectime_ns, FEED_MS);
	/* Another CPU; a thread that is not known and is not made up. */
	f.cpu = 3;
	feed_switch(&f, 100);
	CHECK_INT(f.context.exectime_ns, 0);
	feed_switch(&f, 100);
	CHECK_INT(f.context.exectime_ns, FEED_MS);
	f.cpu = 0;
	feed_switch(&f, 777);
	CHECK_INT(f.context.exectime_ns, 3 * FEED_MS);
	CHECK(!f.context.thread);
	CHECK_INT(feed_thread(&f, 100)->exectime_total_ns, FEED_MS);
	/* Time that goes back. */
	f.ts_ns -= 100 * FEED_MS;
	feed_switch(&f, 100);
	CHECK_INT(f.context.exectime_ns, 0);
	f.cpu = UINT16_MAX;
	feed_switch(&f, 100);
	feed_settle(&f);
	CHECK_INT(f.context.exectime_ns, 0);
	feed_end(&f);
}

TEST(cpu_times)
{
	const struct eyas_thread *thread;
	struct feed f;

	feed_start(&f);
	thread = feed_thread(&f, 100);
	FEED(&f, 100, PROCINFO_E, I(1000), I(2000));
	CHECK(thread->cpu_user_pct == 0 && thread->cpu_system_pct == 0);
	FEED(&f, 100, PROCINFO_E, I(1030), I(2500));
	CHECK(thread->cpu_user_pct == 30 && thread->cpu_system_pct == 100);
	FEED(&f, 100, PROCINFO_E, I(5), I(5));
	CHECK(thread->cpu_user_pct == 0 && thread->cpu_system_pct == 0);
	/* No time at all is a time. */
	FEED(&f, 1, PROCINFO_E, I(0), I(0));
	FEED(&f, 1, PROCINFO_E, I(7), I(0));
	CHECK(feed_thread(&f, 1)->cpu_user_pct == 7 && feed_thread(&f, 1)->cpu_system_pct == 0);
	FEED(&f, 999, PROCINFO_E, I(5), I(5));
	CHECK(!eyas_state_find(f.state, 999));
	feed_end(&f);
}

/* ---- users and groups of the machine ---- */

static const struct state_user *user_of(const struct feed *f, uint32_t uid)
{
	return eyas_state_user(f->state, f->state->strings.empty, uid);
}

static const struct state_group *group_of(const struct feed *f, uint32_t gid)
{
	return eyas_state_group(f->state, f->state->strings.empty, gid);
}

/* Who is known on the host only. */
static void check_in_container(int apart, const char *user, const char *group)
{
	struct eyas_state_opts opts = { .size = sizeof(opts), .container_names_apart = apart };
	const struct state_group *of_group;
	const struct state_user *of_user;
	struct eyas_istr *container;
	struct feed f;

	feed_start_with(&f, &opts);
	FEED(&f, -1, USER_ADDED_E, I(5), I(6), S("ann"), S("/ann"), S("/bin/sh"), S(""));
	FEED(&f, -1, USER_ADDED_E, I(5), I(6), S("bob"), S(""), S(""), S("abcdef012345"));
	FEED(&f, -1, USER_ADDED_E, I(7), I(6), S("cid"), S(""), S(""), S(""));
	FEED(&f, -1, GROUP_ADDED_E, I(6), S("anns"), S(""));
	container = istr_get(&f.state->strings, "abcdef012345", 12);
	CHECK_STR(eyas_state_user(f.state, container, 5)->name->text, "bob");
	of_user = eyas_state_user(f.state, container, 7);
	CHECK_STR(of_user ? of_user->name->text : "", user);
	of_group = eyas_state_group(f.state, container, 6);
	CHECK_STR(of_group ? of_group->name->text : "", group);
	CHECK_STR(user_of(&f, 7)->name->text, "cid");
	istr_put(&f.state->strings, container);
	feed_end(&f);
}

TEST(names_in_containers)
{
	check_in_container(0, "cid", "anns");
	check_in_container(1, "", "");
}

TEST(users_and_groups_come_and_go)
{
	struct feed f;
	struct eyas_istr *container;

	feed_start(&f);
	FEED(&f, -1, USER_ADDED_E, I(5), I(6), S("ann"), S("/ann"), S("/bin/sh"), S(""));
	FEED(&f, -1, GROUP_ADDED_E, I(6), S("anns"), S(""));
	CHECK(!f.context.thread);
	CHECK_STR(user_of(&f, 5)->name->text, "ann");
	CHECK_STR(user_of(&f, 5)->home->text, "/ann");
	CHECK_STR(user_of(&f, 5)->shell->text, "/bin/sh");
	CHECK_INT(user_of(&f, 5)->gid, 6);
	CHECK_STR(group_of(&f, 6)->name->text, "anns");
	/* One of a container is not the host's. */
	FEED(&f, -1, USER_ADDED_E, I(7), I(7), S("bob"), S(""), S(""), S("abcdef012345"));
	CHECK(!user_of(&f, 7));
	container = istr_get(&f.state->strings, "abcdef012345", 12);
	CHECK_STR(eyas_state_user(f.state, container, 7)->name->text, "bob");
	istr_put(&f.state->strings, container);
	FEED(&f, -1, USER_DELETED_E, I(5), I(6), S("ann"), S(""), S(""), S(""));
	FEED(&f, -1, GROUP_DELETED_E, I(6), S("anns"), S(""));
	FEED(&f, -1, USER_DELETED_E, I(5), I(6), S("ann"), S(""), S(""), S(""));
	CHECK(!user_of(&f, 5));
	CHECK(!group_of(&f, 6));
	/* Without parameters. */
	FEED(&f, -1, USER_ADDED_E, N);
	FEED(&f, -1, GROUP_ADDED_E, N);
	FEED(&f, -1, CONTAINER_JSON_2_E, S("{\"container\":{\"id\":1,"));
	CHECK(!f.context.thread);
	feed_end(&f);
}

/* ---- any type at all ---- */

/*
 * Every type, without parameters and with as many zeros, on threads known and unknown: nothing
 * may be taken for granted by a handler.
 */
TEST(every_type_without_anything)
{
	static const int64_t tids[] = { 100, 12345, -1, 0, INT64_MAX };
	const struct eyas_event_info *info;
	struct feed_param params[EYAS_PARAMS_MAX];
	struct eyas_state_stats stats;
	unsigned type, i, round;
	struct feed f;

	feed_start(&f);
	for (round = 0; round < 10; round++) {
		for (type = 0; type < EYAS_EVENT_TYPES; type++) {
			info = eyas_event_info(type);
			for (i = 0; i < info->nparams; i++) {
				params[i] = (struct feed_param)N;
				if (round >= 5 &&
				    eyas_type_info(info->params[i].type)->kind <= EYAS_KIND_UINT)
					params[i] = (struct feed_param)I(0);
			}
			feed_event(&f, tids[round % 5], type, params, info->nparams);
		}
	}
	eyas_state_stats(f.state, &stats);
	CHECK(stats.threads < 10);
	feed_end(&f);
}

/* With the same number in all of its descriptors, a type that uses one must find that number. */
TEST(every_type_that_uses_a_descriptor_says_which)
{
	const unsigned gone = EYAS_EF_OLD_VERSION | EYAS_EF_UNUSED;
	const struct eyas_event_info *info;
	struct feed_param params[EYAS_PARAMS_MAX];
	unsigned type, i, used = 0;
	struct feed f;

	feed_start(&f);
	for (type = 0; type < EYAS_EVENT_TYPES; type++) {
		info = eyas_event_info(type);
		if (!(info->flags & EYAS_EF_USES_FD) || info->flags & gone)
			continue;
		for (i = 0; i < info->nparams; i++)
			params[i] = info->params[i].type == EYAS_PT_FD ? (struct feed_param)I(7)
								       : (struct feed_param)N;
		feed_event(&f, 100, type, params, info->nparams);
		if (f.context.fd_num != 7)
			test_fail(__FILE__, __LINE__, "type %u, %s, says none", type, info->name);
		used++;
	}
	CHECK(used > 50);
	feed_end(&f);
}
