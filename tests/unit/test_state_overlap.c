/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events that waited while a scan went on: what is older than what the scan read of a thread
 * changes nothing, what is newer does, and threads the scan did not find are built from events.
 */
#include "unit/feed.h"

#include <time.h>
#include <unistd.h>

/* The scan read process 200 at +10 ms, in /new/dir with descriptor 3, and ended at +20 ms. */
static void begin(struct feed *f)
{
	feed_start(f);
	f->state->taken_ns = f->ts_ns + 10 * FEED_MS;
	feed_process(f, 200, 1, "scanned");
	thread_set_cwd(f->state, feed_thread(f, 200), "/new/dir", 8);
	f->state->settled_ns = f->ts_ns + 20 * FEED_MS;
	f->state->taken_ns = 0;
}

static void later(struct feed *f, unsigned ms)
{
	f->ts_ns += ms * FEED_MS;
}

TEST(a_relative_directory_is_entered_once)
{
	struct feed f;

	begin(&f);
	FEED(&f, 200, SYSCALL_CHDIR_X, I(0), S("dir"));
	CHECK_STR(feed_thread(&f, 200)->fs->cwd->text, "/new/dir/");
	later(&f, 10);
	FEED(&f, 200, SYSCALL_CHDIR_X, I(0), S("sub"));
	CHECK_STR(feed_thread(&f, 200)->fs->cwd->text, "/new/dir/sub/");
	feed_end(&f);
}

TEST(the_exit_of_a_predecessor_does_not_end_a_process)
{
	struct feed f;

	begin(&f);
	feed_exit(&f, 200);
	feed_settle(&f);
	CHECK_STR(feed_thread(&f, 200)->comm->text, "scanned");
	later(&f, 10);
	feed_exit(&f, 200);
	feed_settle(&f);
	CHECK(!eyas_state_find(f.state, 200));
	feed_end(&f);
}

/* Both sides of the clone are older than the scan; the parent was gone when it came by. */
TEST(a_scanned_child_is_not_made_anew)
{
	struct feed f;

	begin(&f);
	feed_fork(&f, 150, 200);
	CHECK_STR(feed_thread(&f, 200)->comm->text, "scanned");
	CHECK_STR(feed_thread(&f, 200)->fs->cwd->text, "/new/dir/");
	feed_end(&f);
}

TEST(a_process_the_scan_missed_comes_from_its_events)
{
	struct feed f;

	begin(&f);
	feed_fork(&f, 100, 300);
	feed_open(&f, 300, 3, "/etc/hosts");
	CHECK_FD_NAME(&f, 300, 3, "/etc/hosts");
	CHECK_INT(feed_thread(&f, 300)->ptid, 100);
	feed_end(&f);
}

TEST(a_section_forgets_the_scan)
{
	struct eyas_loader loader;
	struct feed f;

	begin(&f);
	eyas_state_loader(f.state, &loader);
	CHECK_INT(loader.section(loader.ctx), 0);
	CHECK_INT(f.state->settled_ns, 0);
	feed_process(&f, 200, 1, "loaded");
	CHECK_INT(feed_thread(&f, 200)->taken_ns, 0);
	feed_end(&f);
}

/* The clock of a scan is that of events: a thread is taken between two readings of it. */
TEST(a_scan_says_when_it_was)
{
	struct eyas_state *state;
	struct timespec ts;
	uint64_t before, end;

	CHECK_INT(eyas_state_new(NULL, &state, NULL), 0);
	clock_gettime(CLOCK_REALTIME, &ts);
	before = (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
	CHECK_INT(eyas_state_scan_machine(state, false, NULL), 0);
	CHECK(eyas_state_scan_processes(state, NULL, NULL) > 0);
	end = eyas_state_scan_end(state);
	/* Clocks are read one after the other and may be slewed: a second is far more than that. */
	CHECK(eyas_state_find(state, getpid())->taken_ns + UINT64_C(1000000000) > before);
	CHECK(eyas_state_find(state, getpid())->taken_ns <= end);
	CHECK_INT(state->taken_ns, 0);
	eyas_state_free(state);
}
