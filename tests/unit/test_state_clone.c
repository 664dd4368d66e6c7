/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clone, fork, vfork and clone3: both sides in either order, what is shared and what is copied,
 * pid namespaces, and threads whose beginning was missed.
 */
#include "unit/feed.h"

enum {
	CL_FILES = 1 << 0,
	CL_FS = 1 << 1,
	CL_NEWPID = 1 << 6,
	CL_PARENT = 1 << 8,
	CL_THREAD = 1 << 13,
	CL_VM = 1 << 15,
	CL_VFORK = 1 << 27,
	CL_CHILD_IN_PIDNS = 1 << 29,
};

/* One side each; the parent is process 100 of the host. */
static void parent_side(struct feed *f, int64_t child, uint32_t flags)
{
	feed_clone(f, 100,
		   &(struct feed_clone){ .res = child,
					 .pid = 100,
					 .ptid = 1,
					 .flags = flags,
					 .vtid = 100,
					 .vpid = 100,
					 .uid = 1000 });
}

static void child_side(struct feed *f, int64_t child, uint32_t flags)
{
	int64_t pid = flags & CL_THREAD ? 100 : child;

	feed_clone(f, child,
		   &(struct feed_clone){ .res = 0,
					 .pid = pid,
					 .ptid = flags & CL_THREAD ? 1 : 100,
					 .flags = flags,
					 .vtid = child,
					 .vpid = pid,
					 .uid = 1000 });
}

static void check_child(const struct feed *f, int64_t tid)
{
	const struct eyas_thread *child = feed_thread(f, tid);

	CHECK_INT(child->pid, tid);
	CHECK_INT(child->ptid, 100);
	CHECK_INT(child->vtid, tid);
	CHECK_INT(child->vpid, tid);
	CHECK(child->parent == feed_thread(f, 100));
	CHECK(child->group->leader == child);
	CHECK_STR(child->comm->text, "sh");
	CHECK_STR(child->exe->text, "sh");
	CHECK_STR(child->exepath->text, "/bin/sh");
	CHECK_INT(child->args->len, 8);
	CHECK(!memcmp(child->args->text, "-c\0true\0", 8));
	CHECK(!strncmp(child->env->text, "HOME=/root", 10));
	CHECK_INT(child->cgroups->len, 7);
	CHECK_STR(child->fs->cwd->text, "/srv/");
	CHECK_INT(child->sid, 100);
	CHECK_INT(child->vpgid, 100);
	CHECK_INT(child->pgid, 100);
	CHECK_INT(child->loginuid, 1000);
	CHECK_INT(child->uid, 1000);
	CHECK_INT(child->fdlimit, 1024);
	CHECK_INT(child->pfmajor, 1);
	CHECK_INT(child->pfminor, 2);
	CHECK_INT(child->vmsize_kb, 3);
	CHECK_INT(child->vmrss_kb, 4);
	CHECK_INT(child->vmswap_kb, 5);
	CHECK_INT(child->pidns_init_start_ts_ns, FEED_BOOT_NS);
	CHECK_INT(child->lastexec_ts_ns, 0);
	CHECK(!(child->bits & THREAD_GUESSED));
	CHECK_FD_NAME(f, tid, 3, "/tmp/a");
}

TEST(the_parents_side_alone_makes_the_child)
{
	struct feed f;
	uint64_t ts_ns;

	feed_start(&f);
	feed_open(&f, 100, 3, "/tmp/a");
	ts_ns = f.ts_ns;
	parent_side(&f, 200, 0);
	CHECK(f.context.thread == feed_thread(&f, 100));
	check_child(&f, 200);
	CHECK_INT(feed_thread(&f, 200)->clone_ts_ns, ts_ns);
	feed_end(&f);
}

TEST(the_childs_side_alone_makes_the_child)
{
	struct feed f;

	feed_start(&f);
	feed_open(&f, 100, 3, "/tmp/a");
	child_side(&f, 200, 0);
	CHECK(f.context.thread == feed_thread(&f, 200));
	check_child(&f, 200);
	feed_end(&f);
}

/* The second of the two must not make it anew: what happened between would be lost. */
TEST(both_sides_in_either_order)
{
	struct feed f;
	unsigned child_first;

	for (child_first = 0; child_first < 2; child_first++) {
		feed_start(&f);
		feed_open(&f, 100, 3, "/tmp/a");
		if (child_first)
			child_side(&f, 200, 0);
		else
			parent_side(&f, 200, 0);
		feed_open(&f, 200, 4, "/tmp/between");
		if (child_first)
			parent_side(&f, 200, 0);
		else
			child_side(&f, 200, 0);
		check_child(&f, 200);
		CHECK_FD_NAME(&f, 200, 4, "/tmp/between");
		CHECK(!feed_has_fd(&f, 100, 4));
		feed_end(&f);
	}
}

/* A process is new, however long its parent has run its program. */
TEST(a_process_has_executed_nothing)
{
	struct feed f;
	unsigned side;

	for (side = 0; side < 2; side++) {
		feed_start(&f);
		feed_exec(&f, 100, "prog", "/bin/prog");
		if (side)
			child_side(&f, 200, 0);
		else
			parent_side(&f, 200, 0);
		CHECK_INT(feed_thread(&f, 200)->lastexec_ts_ns, 0);
		feed_end(&f);
	}
}

TEST(all_four_types)
{
	static const uint16_t types[] = { EYAS_EV_SYSCALL_CLONE_20_X, EYAS_EV_SYSCALL_FORK_20_X,
					  EYAS_EV_SYSCALL_CLONE3_X, EYAS_EV_SYSCALL_VFORK_20_X };
	struct feed f;
	unsigned i;

	feed_start(&f);
	for (i = 0; i < 4; i++) {
		feed_clone(&f, 100,
			   &(struct feed_clone){ .type = types[i],
						 .res = 200 + i,
						 .pid = 100,
						 .ptid = 1,
						 .vtid = 100,
						 .vpid = 100 });
		/* A vfork returns when the child is done: only its own side tells of it. */
		CHECK((eyas_state_find(f.state, 200 + i) != NULL) ==
		      (types[i] != EYAS_EV_SYSCALL_VFORK_20_X));
		feed_clone(&f, 200 + i,
			   &(struct feed_clone){ .type = types[i],
						 .pid = 200 + i,
						 .ptid = 100,
						 .vtid = 200 + i,
						 .vpid = 200 + i });
		CHECK_INT(feed_thread(&f, 200 + i)->ptid, 100);
	}
	feed_end(&f);
}

TEST(one_that_failed_changes_nothing)
{
	struct feed f;
	struct eyas_state_stats stats;

	feed_start(&f);
	parent_side(&f, -11, 0);
	eyas_state_stats(f.state, &stats);
	CHECK_INT(stats.threads, 2);
	feed_end(&f);
}

/* Who sees a descriptor and a directory that the child changes. */
static void check_sharing(uint32_t flags, bool from_child, bool fds, bool fs)
{
	struct feed f;

	feed_start(&f);
	feed_open(&f, 100, 3, "/tmp/a");
	if (from_child)
		child_side(&f, 200, flags);
	else
		parent_side(&f, 200, flags);
	CHECK_FD_NAME(&f, 200, 3, "/tmp/a");
	feed_open(&f, 200, 4, "/tmp/b");
	FEED(&f, 200, SYSCALL_CHDIR_X, I(0), S("/var"));
	CHECK_INT(feed_has_fd(&f, 100, 4), fds);
	CHECK_STR(feed_thread(&f, 100)->fs->cwd->text, fs ? "/var/" : "/srv/");
	CHECK_STR(feed_thread(&f, 200)->fs->cwd->text, "/var/");
	FEED(&f, 100, SYSCALL_CLOSE_X, I(0), I(3));
	feed_settle(&f);
	CHECK_INT(feed_has_fd(&f, 200, 3), !fds);
	feed_end(&f);
}

TEST(every_way_of_sharing)
{
	unsigned combination, side;
	uint32_t flags;

	for (side = 0; side < 2; side++) {
		for (combination = 0; combination < 8; combination++) {
			flags = (combination & 1 ? CL_FILES : 0) | (combination & 2 ? CL_FS : 0) |
				(combination & 4 ? CL_VM : 0);
			check_sharing(flags, side, combination & 1, combination & 2);
		}
		check_sharing(CL_THREAD, side, true, true);
		check_sharing(CL_THREAD | CL_FILES | CL_FS | CL_VM, side, true, true);
	}
}

TEST(a_thread_belongs_to_its_process)
{
	struct feed f;
	unsigned side;

	for (side = 0; side < 2; side++) {
		feed_start(&f);
		feed_exec(&f, 100, "prog", "/bin/prog");
		if (side)
			child_side(&f, 101, CL_THREAD);
		else
			parent_side(&f, 101, CL_THREAD);
		CHECK_INT(feed_thread(&f, 101)->pid, 100);
		CHECK_INT(feed_thread(&f, 101)->ptid, 1);
		CHECK_INT(feed_thread(&f, 101)->vpid, 100);
		CHECK(feed_thread(&f, 101)->group == feed_thread(&f, 100)->group);
		CHECK_INT(feed_thread(&f, 100)->group->alive, 2);
		CHECK(feed_thread(&f, 101)->flags & CL_FILES);
		/* As old as the program its process runs. */
		CHECK_INT(feed_thread(&f, 101)->lastexec_ts_ns,
			  feed_thread(&f, 100)->lastexec_ts_ns);
		feed_end(&f);
	}
}

/* A thread of a thread: the leader is whom the descriptors are of. */
TEST(a_thread_of_a_thread)
{
	struct feed f;

	feed_start(&f);
	parent_side(&f, 101, CL_THREAD);
	feed_clone(&f, 101,
		   &(struct feed_clone){ .res = 102,
					 .pid = 100,
					 .ptid = 1,
					 .flags = CL_THREAD,
					 .vtid = 101,
					 .vpid = 100 });
	CHECK_INT(feed_thread(&f, 102)->pid, 100);
	CHECK_INT(feed_thread(&f, 102)->ptid, 1);
	feed_open(&f, 102, 3, "/tmp/a");
	CHECK(feed_has_fd(&f, 100, 3));
	feed_end(&f);
}

/* Where a result is an id of another namespace, it must not become a thread of ours. */
TEST(the_parent_in_or_above_a_pid_namespace_says_nothing)
{
	static const uint32_t flags[] = { CL_CHILD_IN_PIDNS, CL_NEWPID, CL_PARENT, CL_VFORK };
	struct feed f;
	unsigned i;

	feed_start(&f);
	for (i = 0; i < 4; i++) {
		parent_side(&f, 7, flags[i]);
		CHECK(!eyas_state_find(f.state, 7));
	}
	feed_thread(&f, 100)->vtid = 5;
	parent_side(&f, 7, 0);
	CHECK(!eyas_state_find(f.state, 7));
	feed_end(&f);
}

TEST(the_child_in_a_pid_namespace)
{
	struct feed f;

	feed_start(&f);
	feed_clone(&f, 200,
		   &(struct feed_clone){ .pid = 200,
					 .ptid = 100,
					 .flags = CL_CHILD_IN_PIDNS,
					 .vtid = 1,
					 .vpid = 1,
					 .pidns_start_ns = 5000 });
	CHECK_INT(feed_thread(&f, 200)->vtid, 1);
	CHECK_INT(feed_thread(&f, 200)->vpid, 1);
	CHECK_INT(feed_thread(&f, 200)->pidns_init_start_ts_ns, FEED_BOOT_NS + 5000);
	/* An old event does not say when the namespace began. */
	feed_clone(&f, 201, &(struct feed_clone){ .pid = 201, .ptid = 100, .vtid = 2, .vpid = 2 });
	CHECK_INT(feed_thread(&f, 201)->pidns_init_start_ts_ns, 0);
	/* Nor does an older one have its ids. */
	feed_clone(&f, 202, &(struct feed_clone){ .pid = 202, .ptid = 100 });
	CHECK_INT(feed_thread(&f, 202)->vtid, 202);
	CHECK_INT(feed_thread(&f, 202)->vpid, -1);
	feed_end(&f);
}

/* ---- what was missed ---- */

TEST(a_parent_that_is_not_known)
{
	struct feed f;
	const struct eyas_thread *parent;

	feed_start(&f);
	feed_clone(&f, 300,
		   &(struct feed_clone){ .res = 301,
					 .pid = 300,
					 .ptid = 100,
					 .vtid = 300,
					 .vpid = 300,
					 .comm = "late",
					 .exe = "./late" });
	parent = feed_thread(&f, 300);
	CHECK_INT(parent->pid, 300);
	CHECK_INT(parent->ptid, 100);
	CHECK_INT(parent->vpid, 300);
	CHECK_STR(parent->comm->text, "late");
	CHECK_STR(parent->exe->text, "./late");
	CHECK(!(parent->bits & THREAD_GUESSED));
	CHECK(f.context.thread == parent);
	CHECK_INT(feed_thread(&f, 301)->ptid, 300);
	CHECK_STR(feed_thread(&f, 301)->comm->text, "late");
	feed_end(&f);
}

/* What opened before the parent was known is its child's, too, when they are threads. */
TEST(a_leader_that_is_not_known)
{
	struct feed f;
	const struct eyas_thread *leader;

	feed_start(&f);
	feed_clone(&f, 301,
		   &(struct feed_clone){ .pid = 300,
					 .ptid = 100,
					 .flags = CL_THREAD,
					 .vtid = 301,
					 .vpid = 300,
					 .comm = "late" });
	leader = feed_thread(&f, 300);
	CHECK_INT(leader->pid, 300);
	CHECK_INT(leader->vtid, 300);
	CHECK_INT(leader->ptid, 100);
	CHECK_STR(leader->comm->text, "late");
	CHECK(leader->fds == feed_thread(&f, 301)->fds);
	feed_end(&f);
}

TEST(a_creator_that_is_not_known)
{
	struct feed f;

	feed_start(&f);
	feed_clone(&f, 200,
		   &(struct feed_clone){ .pid = 200, .ptid = 300, .vtid = 200, .vpid = 200 });
	CHECK(feed_thread(&f, 300)->bits & THREAD_GUESSED);
	CHECK_STR(feed_thread(&f, 200)->exepath->text, "");
	CHECK_INT(feed_thread(&f, 200)->fds->count, 0);
	feed_end(&f);
}

/* An event of the child before its clone: the guess becomes the thread. */
TEST(a_child_that_was_guessed)
{
	struct feed f;

	feed_start(&f);
	feed_open(&f, 100, 3, "/tmp/a");
	feed_open(&f, 200, 9, "/early");
	CHECK(feed_thread(&f, 200)->bits & THREAD_GUESSED);
	feed_clone(&f, 300,
		   &(struct feed_clone){ .pid = 300, .ptid = 200, .vtid = 300, .vpid = 300 });
	child_side(&f, 200, 0);
	check_child(&f, 200);
	CHECK(eyas_thread_parent(feed_thread(&f, 300)) == feed_thread(&f, 200));
	CHECK(!feed_has_fd(&f, 200, 9));
	feed_end(&f);
}

/* A number used again although no exit was seen. */
TEST(a_reused_id)
{
	struct feed f;

	feed_start(&f);
	parent_side(&f, 200, 0);
	feed_exec(&f, 200, "old", "/bin/old");
	f.ts_ns += 3000 * FEED_MS;
	child_side(&f, 200, 0);
	CHECK_STR(feed_thread(&f, 200)->comm->text, "sh");
	CHECK_STR(feed_thread(&f, 200)->exepath->text, "/bin/sh");
	feed_exec(&f, 200, "old", "/bin/old");
	/* The child's side came first: the parent's has nothing to add, whenever it comes. */
	f.ts_ns += 3000 * FEED_MS;
	parent_side(&f, 200, 0);
	CHECK_STR(feed_thread(&f, 200)->comm->text, "old");
	feed_end(&f);
}

TEST(a_parent_says_that_a_known_thread_is_new)
{
	struct feed f;

	feed_start(&f);
	parent_side(&f, 200, 0);
	feed_exec(&f, 200, "old", "/bin/old");
	parent_side(&f, 200, 0);
	CHECK_STR(feed_thread(&f, 200)->comm->text, "sh");
	feed_end(&f);
}

/* Numbers that cannot be. */
TEST(impossible_ids)
{
	struct feed f;
	struct eyas_state_stats stats;

	feed_start(&f);
	parent_side(&f, 100, 0); /* its own child */
	CHECK_STR(feed_thread(&f, 100)->comm->text, "sh");
	feed_clone(&f, 200,
		   &(struct feed_clone){ .pid = 200, .ptid = 200, .vtid = 200, .vpid = 200 });
	CHECK(!eyas_thread_parent(feed_thread(&f, 200)));
	feed_clone(&f, 201, &(struct feed_clone){ .pid = -1, .ptid = -1, .vtid = -1, .vpid = -1 });
	feed_clone(&f, 202,
		   &(struct feed_clone){ .pid = INT64_MIN, .ptid = INT64_MAX, .flags = CL_THREAD });
	/* A loop: 203 is the child of 204, which is the child of 203. */
	feed_clone(&f, 203,
		   &(struct feed_clone){ .pid = 203, .ptid = 204, .vtid = 203, .vpid = 203 });
	feed_clone(&f, 204,
		   &(struct feed_clone){ .pid = 204, .ptid = 203, .vtid = 204, .vpid = 204 });
	CHECK(eyas_thread_parent(feed_thread(&f, 203)) == feed_thread(&f, 204));
	CHECK(!eyas_thread_parent(feed_thread(&f, 204)));
	feed_clone(&f, -1, &(struct feed_clone){ .res = 5, .pid = 1, .ptid = 1 });
	feed_clone(&f, INT64_MAX, &(struct feed_clone){ .res = INT64_MAX, .pid = 1, .ptid = 1 });
	eyas_state_stats(f.state, &stats);
	CHECK(stats.threads < 20);
	feed_end(&f);
}

TEST(no_parameters_at_all)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_CLONE_20_X, N);
	FEED(&f, 100, SYSCALL_CLONE_20_X, I(200));
	CHECK_INT(feed_thread(&f, 200)->ptid, 100);
	FEED(&f, 300, SYSCALL_CLONE_20_X, I(0));
	CHECK_INT(feed_thread(&f, 300)->pid, 300);
	feed_end(&f);
}
