/* SPDX-License-Identifier: Apache-2.0 */
/* A state that gets the events of another one later. */
#include "unit/feed.h"

#include <stdlib.h>

static struct eyas_state *behind(const struct feed *f)
{
	struct eyas_state *state;
	struct eyas_err err;

	if (eyas_state_new_behind(f->state, &state, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	return state;
}

/* The event that the leading state took last. */
static void follow(struct eyas_state *state, const struct feed *f)
{
	struct eyas_context context;

	eyas_state_event(state, &f->event, &context);
}

static const char *cwd_of(const struct eyas_state *state, int64_t tid)
{
	const struct eyas_thread *thread = eyas_state_find(state, tid);

	CHECK(thread);
	return thread->fs->cwd->text;
}

static const char *fd_of(const struct eyas_state *state, int64_t tid, int64_t num)
{
	const struct eyas_thread *thread = eyas_state_find(state, tid);
	const struct eyas_fd *fd = thread ? fd_table_find(thread->fds, num) : NULL;

	return fd ? fd->name->text : NULL;
}

TEST(it_begins_with_the_current_event_still_to_come)
{
	struct eyas_state *state;
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_CHDIR_X, I(0), S("sub"));
	CHECK_STR(cwd_of(f.state, 100), "/srv/sub/");
	state = behind(&f);
	CHECK_STR(cwd_of(state, 100), "/srv/");
	follow(state, &f);
	CHECK_STR(cwd_of(state, 100), "/srv/sub/");
	eyas_state_free(state);
	feed_end(&f);
}

TEST(it_knows_what_has_ended_since)
{
	struct eyas_state *state;
	struct feed f;

	feed_start(&f);
	feed_fork(&f, 100, 200);
	feed_open(&f, 200, 5, "/etc/shadow");
	state = behind(&f);
	follow(state, &f);
	FEED(&f, 200, SYSCALL_CLOSE_X, I(0), I(5));
	feed_exec(&f, 200, "other", "/bin/other");
	feed_exit(&f, 200);
	feed_settle(&f);
	CHECK(!eyas_state_find(f.state, 200));
	CHECK_STR(eyas_state_find(state, 200)->comm->text, "sh");
	CHECK_STR(fd_of(state, 200, 5), "/etc/shadow");
	eyas_state_free(state);
	feed_end(&f);
}

TEST(what_the_last_event_ended_goes_when_it_is_settled)
{
	struct eyas_thread_entry entry;
	struct eyas_state *state;
	struct feed f;

	feed_start(&f);
	feed_fork(&f, 100, 200);
	state = behind(&f);
	FEED(&f, 100, SYSCALL_CHDIR_X, I(0), S("/new"));
	follow(state, &f);
	/* As a dump tells it: with the event behind it. */
	CHECK_INT(eyas_state_thread(state, 100, &entry), 1);
	CHECK(strncmp(entry.cwd.data, "/new", 4) != 0);
	eyas_state_settle(state);
	CHECK_INT(eyas_state_thread(state, 100, &entry), 1);
	CHECK(entry.cwd.len == 4 && !memcmp(entry.cwd.data, "/new", 4));
	feed_exit(&f, 200);
	follow(state, &f);
	CHECK(eyas_state_find(state, 200));
	eyas_state_settle(state);
	CHECK(!eyas_state_find(state, 200));
	eyas_state_free(state);
	feed_end(&f);
}

/* As if the leading one had found the thread, which nobody saw begin, in /proc. */
static void adopt_200(bool guessed)
{
	struct eyas_sock tuple = feed_ip("10.0.0.9", 4000, "10.0.0.1", 80);
	const struct eyas_fd *fd;
	struct eyas_state *state;
	struct feed f;

	feed_start(&f);
	state = behind(&f);
	feed_fork(&f, 100, 200);
	feed_exec(&f, 200, "found", "/bin/found");
	feed_open(&f, 200, 5, "/etc/shadow");
	FEED(&f, 200, SOCKET_ACCEPT_5_X, I(6), TUPLE(&tuple), I(0), I(0), I(5));
	FEED(&f, 200, SYSCALL_GETUID_X, I(0));
	if (guessed) {
		follow(state, &f);
		CHECK(eyas_state_find(state, 200)->bits & THREAD_GUESSED);
	}
	eyas_state_adopt(state, &f.context);
	CHECK(eyas_state_find(state, 200));
	CHECK(!(eyas_state_find(state, 200)->bits & THREAD_GUESSED));
	CHECK_STR(eyas_state_find(state, 200)->comm->text, "found");
	CHECK_INT(eyas_state_find(state, 200)->ptid, 100);
	CHECK_STR(fd_of(state, 200, 5), "/etc/shadow");
	CHECK_STR(fd_of(state, 200, 6), "10.0.0.9:4000->10.0.0.1:80");
	fd = fd_table_find(eyas_state_find(state, 200)->fds, 6);
	CHECK(fd->bits & FD_ROLE_SERVER);
	/* Each has its own. */
	feed_exit(&f, 200);
	feed_settle(&f);
	CHECK_STR(fd_of(state, 200, 5), "/etc/shadow");
	eyas_state_free(state);
	feed_end(&f);
}

TEST(a_thread_that_was_found_is_taken_over)
{
	adopt_200(false);
}

TEST(also_when_it_was_made_up_before)
{
	adopt_200(true);
}

TEST(what_is_known_is_left_as_it_was)
{
	struct eyas_state *state;
	struct feed f;

	feed_start(&f);
	feed_open(&f, 100, 5, "/before");
	state = behind(&f);
	follow(state, &f);
	feed_exec(&f, 100, "later", "/bin/later");
	feed_open(&f, 100, 5, "/after");
	feed_open(&f, 100, 6, "/found");
	eyas_state_adopt(state, &f.context);
	CHECK_STR(eyas_state_find(state, 100)->comm->text, "sh");
	CHECK_STR(fd_of(state, 100, 5), "/before");
	CHECK_STR(fd_of(state, 100, 6), "/found");
	eyas_state_free(state);
	feed_end(&f);
}

/* Nobody saw 200 exit; the leading state has given it up, 100 it has not. */
TEST(idle_threads_go_when_the_leading_state_has_none)
{
	struct eyas_state_opts opts = { .size = sizeof(opts), .idle_ns = 1000 * FEED_MS };
	struct eyas_state *state;
	struct feed f;
	unsigned i;

	feed_start_with(&f, &opts);
	feed_process(&f, 200, 1, "gone");
	feed_settle(&f);
	state = behind(&f);
	follow(state, &f);
	for (i = 0; i < 5000; i++) {
		FEED(&f, 1, SYSCALL_GETUID_X, I(0));
		FEED(&f, 100, SYSCALL_GETUID_X, I(0));
		/* Of 100 it hears nothing. */
		if (i % 2) {
			FEED(&f, 1, SYSCALL_GETUID_X, I(0));
			follow(state, &f);
		}
	}
	CHECK(eyas_state_find(f.state, 100) && !eyas_state_find(f.state, 200));
	CHECK(eyas_state_find(state, 100) && !eyas_state_find(state, 200));
	eyas_state_free(state);
	feed_end(&f);
}
