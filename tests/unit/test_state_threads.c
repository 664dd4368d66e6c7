/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread table: groups, parents known early and late, loops, who gets the children of a
 * thread that exits, ids that are used again, limits, expiry, random chains.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit/harness.h"

#include "state/state_int.h"

static struct eyas_state *state;

static void begin_with(const struct eyas_state_opts *opts)
{
	CHECK_INT(eyas_state_new(opts, &state, NULL), 0);
}

static void begin(void)
{
	begin_with(NULL);
}

/* Everything that was made is gone, but for the texts of threads that are still there. */
static void end(void)
{
	threads_clear(state);
	CHECK_INT(state->threads.used, 0);
	CHECK_INT(state->live_groups, 0);
	CHECK_INT(state->live_fds, 0);
	CHECK_INT(state->live_tables, 0);
	CHECK_INT(state->strings.used, 0);
	eyas_state_free(state);
}

static struct eyas_thread *add(int64_t tid, int64_t pid, int64_t ptid)
{
	struct eyas_thread *thread = thread_add(state, tid, pid, ptid);

	CHECK(thread);
	return thread;
}

static struct eyas_thread *get(int64_t tid)
{
	return eyas_state_find(state, tid);
}

static int64_t parent_of(int64_t tid)
{
	struct eyas_thread *parent = eyas_thread_parent(get(tid));

	return parent ? parent->tid : 0;
}

static void exit_of(int64_t tid)
{
	CHECK(get(tid));
	thread_exit(state, get(tid), 0);
}

TEST(a_new_thread_knows_nothing)
{
	struct eyas_thread *thread;

	begin();
	thread = add(10, 10, -1);
	CHECK(get(10) == thread);
	CHECK(!get(11) && !get(-1));
	CHECK(eyas_thread_leader(thread) == thread);
	CHECK(!eyas_thread_parent(thread));
	CHECK_INT(thread->vtid, -1);
	CHECK_INT(thread->sid, -1);
	CHECK_INT(thread->uid, UINT32_MAX);
	CHECK_STR(thread->comm->text, "");
	CHECK_STR(thread->fs->cwd->text, "");
	CHECK_INT(thread->fds->count, 0);
	CHECK_INT(state->stats.threads_added, 1);
	end();
}

/* ---- groups ---- */

TEST(leader_comes_first_or_last)
{
	begin();
	add(10, 10, -1);
	add(11, 10, -1);
	CHECK(eyas_thread_leader(get(11)) == get(10));
	CHECK_INT(get(10)->group->alive, 2);
	add(21, 20, -1);
	add(22, 20, -1);
	CHECK(eyas_thread_leader(get(21)) == get(21));
	add(20, 20, -1);
	CHECK(eyas_thread_leader(get(21)) == get(20));
	CHECK(get(21)->group == get(22)->group && get(21)->group == get(20)->group);
	CHECK_INT(get(20)->group->alive, 3);
	CHECK_INT(state->live_groups, 2);
	CHECK_INT(state->groups.used, 0);
	end();
}

TEST(leader_exits_before_its_threads)
{
	struct eyas_state_stats stats;

	begin();
	add(10, 10, -1);
	add(11, 10, -1);
	add(12, 10, -1);
	exit_of(10);
	CHECK(get(10)->bits & THREAD_DEAD);
	CHECK(eyas_thread_leader(get(11)) == get(10));
	CHECK_INT(get(10)->group->alive, 2);
	exit_of(11);
	CHECK(get(10) && !get(11));
	exit_of(12);
	CHECK(!get(10) && !get(12));
	eyas_state_stats(state, &stats);
	CHECK_INT(stats.threads, 0);
	CHECK_INT(stats.groups, 0);
	CHECK_INT(stats.threads_exited, 3);
	end();
}

TEST(thread_changes_its_group)
{
	begin();
	add(10, 10, 1);
	add(11, 10, 1);
	/* It execs: what was a thread is the process. */
	thread_set_group(state, get(11), 11);
	CHECK(eyas_thread_leader(get(11)) == get(11));
	CHECK_INT(get(10)->group->alive, 1);
	CHECK_INT(get(11)->group->alive, 1);
	CHECK_INT(state->live_groups, 2);
	/* A leader leaves: the others have none until it comes back. */
	add(12, 10, 1);
	thread_set_group(state, get(10), 11);
	CHECK(eyas_thread_leader(get(12)) == get(12));
	CHECK(eyas_thread_leader(get(10)) == get(11));
	thread_set_group(state, get(10), 10);
	CHECK(eyas_thread_leader(get(12)) == get(10));
	/* A guess that turns out right. */
	add(30, -1, -1);
	CHECK(!get(30)->group);
	thread_set_group(state, get(30), 30);
	CHECK(get(30)->group->leader == get(30));
	end();
}

/* ---- parents ---- */

TEST(parent_known_early_or_late)
{
	begin();
	add(1, 1, 0);
	add(10, 10, 1);
	CHECK_INT(parent_of(10), 1);
	/* Three wait for one parent; one of them gives up, one goes away. */
	add(21, 21, 20);
	add(22, 22, 20);
	add(23, 23, 20);
	add(24, 24, 20);
	CHECK_INT(parent_of(21), 0);
	CHECK_INT(state->orphans.used, 1);
	exit_of(21);
	thread_set_parent(state, get(24), 1);
	add(20, 20, 1);
	CHECK_INT(parent_of(22), 20);
	CHECK_INT(parent_of(23), 20);
	CHECK_INT(parent_of(24), 1);
	CHECK_INT(state->orphans.used, 0);
	exit_of(20);
	CHECK_INT(parent_of(22), 1);
	CHECK_INT(parent_of(23), 1);
	end();
}

TEST(the_last_orphan_leaves_no_trace)
{
	begin();
	add(21, 21, 20);
	add(22, 22, 20);
	exit_of(22);
	exit_of(21);
	CHECK_INT(state->orphans.used, 0);
	add(20, 20, 0);
	CHECK(!get(20)->children);
	end();
}

/* A child of any thread is one of the process: what counts is the leader. */
TEST(parent_is_the_leader)
{
	begin();
	add(1, 1, 0);
	add(10, 10, 1);
	add(11, 10, 1);
	add(20, 20, 11);
	CHECK_INT(parent_of(20), 10);
	CHECK_INT(parent_of(11), 1);
	end();
}

TEST(a_thread_is_not_its_own_ancestor)
{
	begin();
	add(10, 10, 10);
	CHECK_INT(parent_of(10), 0);
	CHECK_INT(state->stats.loops_cut, 1);
	add(20, 20, 1);
	add(21, 21, 20);
	add(22, 22, 21);
	thread_set_parent(state, get(20), 22);
	CHECK_INT(state->stats.loops_cut, 2);
	CHECK_INT(get(20)->ptid, 1);
	thread_set_parent(state, get(20), 20);
	CHECK_INT(state->stats.loops_cut, 3);
	CHECK_INT(parent_of(22), 21);
	end();
}

TEST(loops_closed_by_a_thread_that_comes_late)
{
	begin();
	/* 30 waits for 32, 31 for 30; 32 names 31. */
	add(30, 30, 32);
	add(31, 31, 30);
	add(32, 32, 31);
	CHECK_INT(state->stats.loops_cut, 1);
	CHECK_INT(parent_of(30), 32);
	CHECK_INT(parent_of(32), 0);
	/* Through a leader: 41 is of process 40, whose parent is a child of 41. */
	add(41, 40, -1);
	add(42, 42, 41);
	add(40, 40, 42);
	CHECK_INT(parent_of(42), 40);
	CHECK_INT(parent_of(40), 0);
	CHECK_INT(state->stats.loops_cut, 2);
	end();
}

/* Without its leader each thread counts for itself, and with it its parent. */
TEST(loops_closed_by_a_leader_that_goes)
{
	begin();
	add(10, 10, -1);
	add(11, 10, 20);
	add(20, 20, 11);
	CHECK_INT(parent_of(20), 10);
	CHECK_INT(parent_of(11), 0);
	thread_remove(state, get(10), NULL);
	CHECK_INT(state->stats.loops_cut, 1);
	CHECK(parent_of(11) == 0 || parent_of(20) == 0);
	end();
}

/* What one event costs is bounded: so is how far up a loop is looked for. */
TEST(a_chain_too_long_to_look_through)
{
	int64_t tid;

	begin();
	for (tid = 1; tid <= 3000; tid++)
		add(tid, tid, tid - 1);
	CHECK_INT(parent_of(3000), 2999);
	CHECK_INT(state->stats.loops_cut, 0);
	/* Somebody is below this one before it comes. */
	add(4001, 4001, 4000);
	add(4000, 4000, 3000);
	CHECK_INT(parent_of(4001), 4000);
	CHECK_INT(parent_of(4000), 0);
	CHECK_INT(state->stats.loops_cut, 1);
	end();
}

static void check_walks_end(int64_t tids)
{
	const struct eyas_thread *at;
	int64_t tid, steps;

	for (tid = 1; tid <= tids; tid++)
		for (at = get(tid), steps = 0; at; at = eyas_thread_parent(at))
			CHECK(steps++ <= tids);
}

/* Whatever happens, one who walks up arrives. */
TEST(random_families)
{
	enum { TIDS = 24, STEPS = 40000 };
	struct eyas_thread *thread;
	int i;

	begin();
	srandom(7);
	for (i = 0; i < STEPS; i++) {
		int64_t tid = random() % TIDS + 1, other = random() % TIDS + 1;

		thread = get(tid);
		switch (random() % 5) {
		case 0:
		case 1:
			add(tid, random() % 3 ? tid : other, random() % TIDS);
			break;
		case 2:
			if (thread)
				thread_set_parent(state, thread, other);
			break;
		case 3:
			if (thread)
				thread_set_group(state, thread, other);
			break;
		case 4:
			if (thread)
				thread_exit(state, thread, random() % 2 ? other : 0);
			break;
		}
		check_walks_end(TIDS);
	}
	CHECK(state->stats.loops_cut > 100);
	CHECK(state->stats.reparented > 100);
	end();
}

/* ---- exits ---- */

TEST(children_go_to_the_thread_the_event_names)
{
	begin();
	add(1, 1, 0);
	add(10, 10, 1);
	add(20, 20, 10);
	add(30, 30, 1);
	thread_exit(state, get(10), 30);
	CHECK_INT(parent_of(20), 30);
	CHECK_INT(get(20)->ptid, 30);
	CHECK_INT(state->stats.reparented, 1);
	end();
}

/* One that is itself below, dead, or not there is not listened to. */
TEST(children_go_to_init_when_the_named_one_is_no_good)
{
	begin();
	add(1, 1, 0);
	add(10, 10, 1);
	add(20, 20, 10);
	add(30, 30, 20);
	thread_exit(state, get(10), 30);
	CHECK_INT(parent_of(20), 1);
	CHECK_INT(parent_of(30), 20);
	thread_exit(state, get(20), 20);
	CHECK_INT(parent_of(30), 1);
	add(40, 40, 30);
	thread_exit(state, get(30), 999);
	CHECK_INT(parent_of(40), 1);
	end();
}

TEST(children_stay_in_the_process)
{
	begin();
	add(1, 1, 0);
	add(10, 10, 1);
	add(11, 10, 1);
	add(20, 20, 11);
	exit_of(11);
	CHECK_INT(get(20)->ptid, 10);
	add(12, 10, 1);
	exit_of(10);
	CHECK_INT(get(20)->ptid, 12);
	/* The process is the leader, dead or not. */
	CHECK_INT(parent_of(20), 10);
	/* A clone is told of with the number of the process. */
	add(21, 21, 10);
	exit_of(12);
	CHECK(!get(10));
	CHECK_INT(parent_of(20), 1);
	CHECK_INT(parent_of(21), 1);
	end();
}

TEST(children_go_to_the_next_subreaper)
{
	begin();
	add(1, 1, 0);
	add(10, 10, 1);
	get(10)->group->subreaper = true;
	add(20, 20, 10);
	add(30, 30, 20);
	add(40, 40, 30);
	exit_of(30);
	CHECK_INT(parent_of(40), 10);
	exit_of(10);
	CHECK_INT(parent_of(40), 1);
	CHECK_INT(parent_of(20), 1);
	end();
}

TEST(children_go_to_the_init_of_their_namespace)
{
	begin();
	add(1, 1, 0);
	add(10, 10, 1);
	get(10)->vpid = 1;
	add(20, 20, 10);
	add(30, 30, 20);
	exit_of(20);
	CHECK_INT(parent_of(30), 10);
	end();
}

TEST(children_nobody_takes)
{
	begin();
	add(10, 10, 5);
	add(20, 20, 10);
	exit_of(10);
	CHECK_INT(parent_of(20), 0);
	CHECK_INT(get(20)->ptid, 0);
	/* They are not those of the next process of that number. */
	add(10, 10, 5);
	CHECK_INT(parent_of(20), 0);
	end();
}

TEST(a_number_is_used_again)
{
	struct eyas_thread *thread;

	begin();
	add(1, 1, 0);
	add(10, 10, 1);
	add(11, 10, 1);
	add(12, 10, 1);
	add(20, 20, 10);
	state_set_str(state, &get(10)->comm, "old", 3);
	/* No exit was seen; those of its threads were not, either. */
	thread = add(10, 10, 1);
	CHECK_STR(thread->comm->text, "");
	CHECK(!get(11) && !get(12));
	CHECK_INT(thread->group->alive, 1);
	CHECK_INT(parent_of(20), 1);
	/* The number of a thread. */
	add(13, 10, 1);
	add(13, 13, 1);
	CHECK(eyas_thread_leader(get(13)) == get(13));
	CHECK_INT(get(10)->group->alive, 1);
	/* The number of a dead leader becomes one of another process. */
	add(14, 10, 1);
	exit_of(10);
	add(10, 13, 1);
	CHECK(eyas_thread_leader(get(10)) == get(13));
	CHECK(eyas_thread_leader(get(14)) == get(14));
	end();
}

TEST(what_a_child_inherits)
{
	struct eyas_thread *from, *to;

	begin();
	from = add(10, 10, 1);
	to = add(20, 20, 10);
	state_set_str(state, &from->comm, "sh", 2);
	state_set_str(state, &to->comm, "old", 3);
	thread_set_cwd(state, from, "/tmp", 4);
	from->uid = 5;
	from->bits = THREAD_EXE_WRITABLE | THREAD_GUESSED;
	from->clone_ts_ns = 9;
	thread_inherit(state, to, from);
	CHECK_STR(to->comm->text, "sh");
	CHECK_INT(to->uid, 5);
	CHECK_INT(to->bits, THREAD_EXE_WRITABLE);
	CHECK_INT(to->clone_ts_ns, 0);
	CHECK_INT(to->tid, 20);
	CHECK_STR(to->fs->cwd->text, "");
	/* "/", "sh", "/tmp/" */
	CHECK_INT(state->strings.used, 3);
	end();
}

/* ---- texts ---- */

TEST(texts_are_brought_into_shape)
{
	struct eyas_thread *thread;

	begin();
	thread = add(10, 10, 1);
	thread_set_cwd(state, thread, "/tmp", 4);
	CHECK_STR(thread->fs->cwd->text, "/tmp/");
	thread_set_cwd(state, thread, "/tmp/", 5);
	CHECK_STR(thread->fs->cwd->text, "/tmp/");
	thread_set_cwd(state, thread, "", 0);
	CHECK_STR(thread->fs->cwd->text, "");
	thread_set_exepath(state, thread, "/bin/x (deleted)", 16);
	CHECK_STR(thread->exepath->text, "/bin/x");
	thread_set_exepath(state, thread, " (deleted)", 10);
	CHECK_STR(thread->exepath->text, " (deleted)");
	thread_set_list(state, &thread->args, "a\0b", 3);
	CHECK_INT(thread->args->len, 4);
	thread_set_list(state, &thread->args, "a\0b", 4);
	CHECK_INT(thread->args->len, 4);
	thread_set_list(state, &thread->args, "", 0);
	CHECK_INT(thread->args->len, 0);
	end();
}

TEST(the_container_comes_with_the_cgroups)
{
	static const char cgroups[] =
		"cpu=/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	static const char other[] =
		"cpu=/docker/fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";
	struct eyas_thread *thread;

	begin();
	thread = add(10, 10, 1);
	thread_set_cgroups(state, thread, cgroups, sizeof(cgroups));
	CHECK_STR(thread->container_id->text, "0123456789ab");
	thread_set_cgroups(state, thread, cgroups, sizeof(cgroups) - 1);
	CHECK_STR(thread->container_id->text, "0123456789ab");
	/* Of its two threads, one container. */
	CHECK_INT(eyas_state_containers(state), 1);
	thread_set_cgroups(state, add(11, 11, 1), cgroups, sizeof(cgroups));
	CHECK_INT(eyas_state_containers(state), 1);
	thread_set_cgroups(state, add(12, 12, 1), other, sizeof(other));
	CHECK_INT(eyas_state_containers(state), 2);
	thread_set_cgroups(state, thread, "cpu=/", 6);
	CHECK_STR(thread->container_id->text, "");
	CHECK_INT(eyas_state_containers(state), 2);
	end();
}

/* ---- limits, guesses, expiry ---- */

TEST(limit_of_threads)
{
	struct eyas_state_opts opts = { .size = sizeof(opts), .max_threads = 3 };

	begin_with(&opts);
	add(1, 1, 0);
	add(2, 2, 1);
	add(3, 3, 1);
	CHECK(!thread_add(state, 4, 4, 1));
	CHECK(!thread_find_or_make(state, 5));
	CHECK_INT(state->stats.threads_refused, 2);
	CHECK(thread_find_or_make(state, 2) == get(2));
	add(3, 3, 1);
	exit_of(2);
	add(4, 4, 1);
	end();
}

TEST(guessed_thread)
{
	struct eyas_thread *thread;

	begin();
	thread = thread_find_or_make(state, 77);
	CHECK_INT(thread->pid, -1);
	CHECK(thread->bits & THREAD_GUESSED);
	CHECK_STR(thread->comm->text, "<NA>");
	CHECK_STR(thread->exe->text, "<NA>");
	CHECK_STR(thread->exepath->text, "");
	CHECK_STR(thread->fs->cwd->text, "./");
	CHECK(eyas_thread_leader(thread) == thread);
	CHECK(thread_find_or_make(state, 77) == thread);
	CHECK_INT(state->stats.threads_guessed, 1);
	CHECK(!thread_find_or_make(state, -1));
	CHECK(!thread_find_or_make(state, INT64_MIN));
	end();
}

TEST(idle_threads_expire)
{
	enum { COUNT = 1000 };
	struct eyas_state_opts opts = { .size = sizeof(opts), .idle_ns = 1000 };
	uint64_t now = 5000;
	int64_t tid;

	begin_with(&opts);
	state->last_ts_ns = 5000;
	for (tid = 1; tid <= COUNT; tid++)
		add(tid, tid, 1);
	/* A thread of a process, whose leader is idle. */
	add(COUNT + 1, 7, 1);
	for (; now < 10000; now += 5) {
		get(COUNT + 1)->last_seen_ns = now;
		if (now < 8000)
			get(42)->last_seen_ns = now;
		if (now >= state->next_expiry_ns)
			threads_expire(state, now);
		if (now == 7900)
			CHECK_INT(state->threads.used, 3);
	}
	CHECK_INT(state->threads.used, 2);
	CHECK(get(7)->bits & THREAD_DEAD);
	CHECK_INT(state->stats.threads_expired, COUNT);
	CHECK_INT(state->stats.threads_exited, 0);
	end();
}

/* A thread that sleeps for hours is still there. */
TEST(idle_threads_that_live_do_not_expire)
{
	struct eyas_state_opts opts = { .size = sizeof(opts), .idle_ns = 1000, .live = 1 };
	const int64_t nobody = INT64_C(1) << 40;

	if (access("/proc/self/status", R_OK))
		test_skip("no /proc");
	begin_with(&opts);
	state->last_ts_ns = 5000;
	add(getpid(), getpid(), 1);
	add(nobody, nobody, 1);
	threads_expire(state, 10000);
	CHECK(get(getpid()));
	CHECK(!get(nobody));
	CHECK_INT(state->stats.threads_expired, 1);
	end();
}

TEST(time_that_goes_back_expires_nothing)
{
	struct eyas_state_opts opts = { .size = sizeof(opts), .idle_ns = 1000 };

	begin_with(&opts);
	state->last_ts_ns = 100000;
	add(1, 1, 0);
	threads_expire(state, 5);
	CHECK(get(1));
	end();
}

/* ---- size ---- */

TEST(a_burst_of_threads_leaves_nothing)
{
	enum { COUNT = 20000 };
	uint64_t before, peak;
	int64_t tid;

	begin();
	before = state->bytes;
	for (tid = 1; tid <= COUNT; tid++)
		add(tid, tid, tid / 2);
	peak = state->bytes;
	for (tid = 1; tid <= COUNT; tid++)
		CHECK_INT(get(tid)->tid, tid);
	for (tid = COUNT; tid >= 1; tid--)
		exit_of(tid);
	CHECK_INT(state->threads.used, 0);
	CHECK(state->bytes - before < (peak - before) / 500);
	end();
}

/* The bound that is promised for 100,000 threads, tables of their own included. */
TEST(bytes_of_a_thread)
{
	enum { COUNT = 10000 };
	uint64_t before;
	int64_t tid;

	begin();
	before = state->bytes;
	for (tid = 1; tid <= COUNT; tid++)
		add(tid, tid, 1);
	CHECK((state->bytes - before) / COUNT < 1024);
	end();
}

TEST(any_id_is_kept)
{
	static const int64_t ids[] = { 0, 1, INT32_MAX, UINT32_MAX, (int64_t)1 << 40, INT64_MAX };
	unsigned i;

	begin();
	for (i = 0; i < 6; i++)
		add(ids[i], ids[i], ids[5 - i]);
	for (i = 0; i < 6; i++)
		CHECK_INT(get(ids[i])->tid, ids[i]);
	check_walks_end(1);
	end();
}
