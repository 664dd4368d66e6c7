/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors but sockets: opens with every kind of directory, copies, closes, special kinds; and
 * which descriptor each type of event is about.
 */
#include "unit/feed.h"

#include "schema/event.h"
#include "state/on.h"

enum { O_CLOEXEC_BIT = 1 << 12, O_DIRECTORY_BIT = 1 << 10, F_CREATED_BIT = 1 << 14 };

/* ---- which parameter ---- */

/*
 * Every type of today that uses a descriptor has one in the table, and it is a descriptor. The
 * parameters are numbered from 0 up, so that the number found says which one it was.
 */
TEST(every_type_that_uses_a_descriptor_finds_it)
{
	const struct eyas_event_info *info;
	struct feed_param params[EYAS_PARAMS_MAX];
	unsigned type, i;
	struct feed f;

	feed_start(&f);
	for (type = 0; type < EYAS_EVENT_TYPES; type++) {
		info = eyas_event_info(type);
		if (!(info->flags & EYAS_EF_USES_FD) || (info->flags & EYAS_EF_OLD_VERSION) ||
		    (info->flags & EYAS_EF_UNUSED))
			continue;
		for (i = 0; i < info->nparams; i++) {
			params[i] = (struct feed_param)N;
			if (info->params[i].type == EYAS_PT_FD)
				params[i] = (struct feed_param)I(1000 + i);
		}
		feed_event(&f, 100, type, params, info->nparams);
		if (f.context.fd_num < 1000)
			test_fail(__FILE__, __LINE__, "%s is about no descriptor", info->constant);
		CHECK(info->params[f.context.fd_num - 1000].type == EYAS_PT_FD);
		CHECK(f.context.bits & CONTEXT_USES_FD);
		CHECK_INT(feed_thread(&f, 100)->last_fd, f.context.fd_num);
	}
	feed_end(&f);
}

/* Of those with two it is the one that is written to, or that was there before. */
TEST(types_with_two_descriptors)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_SPLICE_X, I(1), I(5), I(6), I(1), I(0));
	CHECK_INT(f.context.fd_num, 6);
	FEED(&f, 100, SYSCALL_SENDFILE_X, I(1), I(0), I(6), I(5), I(1));
	CHECK_INT(f.context.fd_num, 6);
	FEED(&f, 100, SYSCALL_COPY_FILE_RANGE_X, I(1), I(6), I(0), I(5), I(0), I(1));
	CHECK_INT(f.context.fd_num, 6);
	FEED(&f, 100, SYSCALL_DUP2_X, I(-9), I(6), I(5));
	CHECK_INT(f.context.fd_num, 6);
	feed_end(&f);
}

TEST(an_event_without_its_descriptor)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_READ_X, I(5), N, N, I(5));
	CHECK_INT(f.context.fd_num, -1);
	CHECK(!f.context.fd);
	CHECK(f.context.bits & CONTEXT_USES_FD);
	FEED(&f, 100, SYSCALL_READ_X, I(5));
	CHECK_INT(f.context.fd_num, -1);
	FEED(&f, 100, SYSCALL_GETUID_X, I(0));
	CHECK(!(f.context.bits & CONTEXT_USES_FD));
	/* A directory that is no descriptor, and ends of the range. */
	FEED(&f, 100, SYSCALL_NEWFSTATAT_X, I(0), I(-100), S("x"), I(0));
	CHECK_INT(f.context.fd_num, -100);
	CHECK(!f.context.fd);
	FEED(&f, 100, SYSCALL_READ_X, I(5), N, I(INT64_MAX), I(5));
	CHECK_INT(f.context.fd_num, INT64_MAX);
	feed_end(&f);
}

TEST(unknown_descriptors_are_counted)
{
	struct eyas_state_stats stats;
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_READ_X, I(5), N, I(7), I(5));
	FEED(&f, 100, SYSCALL_NEWFSTATAT_X, I(0), I(-100), S("x"), I(0));
	eyas_state_stats(f.state, &stats);
	CHECK_INT(stats.fds_unknown, 1);
	feed_end(&f);
}

/* ---- opens ---- */

TEST(open_gives_an_absolute_name)
{
	struct feed f;
	const struct eyas_fd *fd;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_OPEN_X, I(3), S("../etc//passwd"), I(1 | F_CREATED_BIT), I(0), I(8),
	     I(99));
	fd = f.context.fd;
	CHECK(fd == feed_fd(&f, 100, 3));
	CHECK_INT(f.context.fd_num, 3);
	CHECK_STR(fd->name->text, "/etc/passwd");
	CHECK_STR(fd->name_raw->text, "../etc//passwd");
	CHECK_INT(fd->kind, EYAS_FD_FILE);
	CHECK_INT(fd->open_flags, 1 | F_CREATED_BIT);
	CHECK_INT(fd->dev, 8);
	CHECK_INT(fd->ino, 99);
	CHECK_INT(fd->bits, 0);
	/* What was passed is kept only if it says something else. */
	feed_open(&f, 100, 4, "/etc/passwd");
	CHECK(!f.context.fd->name_raw);
	feed_end(&f);
}

TEST(openat_begins_at_a_directory)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_OPENAT_2_X, I(3), I(-100), S("src"), I(1 | O_DIRECTORY_BIT), I(0),
	     I(8), I(99));
	CHECK_FD_NAME(&f, 100, 3, "/srv/src");
	CHECK_INT(f.context.fd->kind, EYAS_FD_DIRECTORY);
	CHECK_INT(f.context.fd->ino, 99);
	FEED(&f, 100, SYSCALL_OPENAT_2_X, I(4), I(3), S("./a.c"), I(1), I(0));
	CHECK_FD_NAME(&f, 100, 4, "/srv/src/a.c");
	FEED(&f, 100, SYSCALL_OPENAT_2_X, I(5), I(3), S("/b"), I(1), I(0));
	CHECK_FD_NAME(&f, 100, 5, "/b");
	FEED(&f, 100, SYSCALL_OPENAT_2_X, I(6), I(77), S("c"), I(1), I(0));
	CHECK_FD_NAME(&f, 100, 6, "<UNKNOWN>c");
	FEED(&f, 100, SYSCALL_OPENAT2_X, I(7), I(3), S("d"), I(1 | O_CLOEXEC_BIT), I(0), I(0), I(9),
	     I(98));
	CHECK_FD_NAME(&f, 100, 7, "/srv/src/d");
	CHECK_INT(f.context.fd->dev, 9);
	CHECK_INT(f.context.fd->ino, 98);
	CHECK_INT(f.context.fd->bits, FD_CLOSE_ON_EXEC);
	/* The directory's own number. */
	FEED(&f, 100, SYSCALL_OPENAT_2_X, I(3), I(3), S("self"), I(1), I(0));
	CHECK_FD_NAME(&f, 100, 3, "/srv/src/self");
	feed_end(&f);
}

TEST(layers_of_an_overlay)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_OPEN_X, I(3), S("/a"), I(1 << 15), I(0));
	CHECK_INT(f.context.fd->bits, FD_OVERLAY_UPPER);
	FEED(&f, 100, SYSCALL_OPEN_X, I(3), S("/a"), I(1 << 16), I(0));
	CHECK_INT(f.context.fd->bits, FD_OVERLAY_LOWER);
	FEED(&f, 100, SYSCALL_CREAT_X, I(3), S("a"), I(0), I(8), I(99), I(1));
	CHECK_INT(f.context.fd->bits, FD_OVERLAY_UPPER);
	CHECK_STR(f.context.fd->name->text, "/srv/a");
	CHECK_INT(f.context.fd->dev, 8);
	CHECK_INT(f.context.fd->ino, 99);
	FEED(&f, 100, SYSCALL_CREAT_X, I(3), S("a"), I(0), I(8), I(99), I(2));
	CHECK_INT(f.context.fd->bits, FD_OVERLAY_LOWER);
	feed_end(&f);
}

TEST(open_by_handle_at_has_the_whole_path)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_OPEN_BY_HANDLE_AT_X, I(3), I(9), I(1), S("/mnt/x"), I(8), I(99));
	CHECK_FD_NAME(&f, 100, 3, "/mnt/x");
	CHECK_INT(f.context.fd->ino, 99);
	feed_end(&f);
}

TEST(an_open_that_failed)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_OPEN_X, I(-2), S("/nosuch"), I(1), I(0));
	CHECK_INT(f.context.fd_num, -1);
	CHECK(!f.context.fd);
	CHECK_INT(feed_thread(&f, 100)->fds->count, 0);
	feed_end(&f);
}

TEST(enter_events_change_nothing)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_OPEN_E, S("/a"), I(1), I(0));
	FEED(&f, 100, SYSCALL_OPENAT_2_E, I(-100), S("/a"), I(1), I(0));
	FEED(&f, 100, SYSCALL_OPENAT2_E, I(-100), S("/a"), I(1), I(0), I(0));
	FEED(&f, 100, SYSCALL_CREAT_E, S("/a"), I(0));
	CHECK_INT(feed_thread(&f, 100)->fds->count, 0);
	feed_end(&f);
}

TEST(hostile_paths)
{
	static char huge[4096 + 64];
	struct feed f;

	feed_start(&f);
	feed_open(&f, 100, 3, "");
	CHECK_FD_NAME(&f, 100, 3, "");
	feed_open(&f, 100, 3, "\x1b[2J\xff\xfe\n");
	CHECK_FD_NAME(&f, 100, 3, "/srv/\x1b[2J\xff\xfe\n");
	memset(huge, 'x', sizeof(huge) - 1);
	feed_open(&f, 100, 3, huge);
	CHECK_FD_NAME(&f, 100, 3, "/DIR_TOO_LONG/FILENAME_TOO_LONG");
	CHECK_STR(f.context.fd->name_raw->text, huge);
	/* A component as long as a path, and a directory as long. */
	huge[4080] = '\0';
	feed_open(&f, 100, 4, huge);
	CHECK_INT(f.context.fd->name->len, 4085);
	FEED(&f, 100, SYSCALL_OPENAT_2_X, I(5), I(4), S(huge), I(1), I(0));
	CHECK_FD_NAME(&f, 100, 5, "/DIR_TOO_LONG/FILENAME_TOO_LONG");
	/* No path at all. */
	FEED(&f, 100, SYSCALL_OPENAT_2_X, I(6), N, N, N, N);
	CHECK_FD_NAME(&f, 100, 6, "/srv/<NA>");
	feed_end(&f);
}

/* ---- copies ---- */

TEST(dup_copies)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_OPEN_X, I(3), S("/a"), I(1 | O_CLOEXEC_BIT), I(0));
	FEED(&f, 100, SYSCALL_DUP_1_X, I(4), I(3));
	CHECK_INT(f.context.fd_num, 4);
	CHECK(f.context.fd == feed_fd(&f, 100, 4));
	CHECK_FD_NAME(&f, 100, 4, "/a");
	CHECK_INT(f.context.fd->bits, 0);
	CHECK_INT(feed_fd(&f, 100, 3)->bits, FD_CLOSE_ON_EXEC);
	FEED(&f, 100, SYSCALL_DUP3_X, I(5), I(4), I(5), I(O_CLOEXEC_BIT));
	CHECK_INT(f.context.fd->bits, FD_CLOSE_ON_EXEC);
	feed_open(&f, 100, 6, "/b");
	FEED(&f, 100, SYSCALL_DUP2_X, I(5), I(6), I(5));
	CHECK_FD_NAME(&f, 100, 5, "/b");
	/* Onto itself: nothing happens, not even to the flag. */
	FEED(&f, 100, SYSCALL_DUP2_X, I(3), I(3), I(3));
	CHECK_INT(feed_fd(&f, 100, 3)->bits, FD_CLOSE_ON_EXEC);
	FEED(&f, 100, SYSCALL_DUP2_X, I(-9), I(3), I(7));
	CHECK_INT(f.context.fd_num, 3);
	CHECK(!feed_has_fd(&f, 100, 7));
	feed_end(&f);
}

/* What had the number is gone, even if nobody knows what has it now. */
TEST(dup_of_an_unknown_descriptor)
{
	struct feed f;

	feed_start(&f);
	feed_open(&f, 100, 3, "/a");
	FEED(&f, 100, SYSCALL_DUP2_X, I(3), I(9), I(3));
	CHECK(!feed_has_fd(&f, 100, 3));
	CHECK_INT(f.context.fd_num, 9);
	feed_end(&f);
}

TEST(fcntl_copies_and_sets_a_flag)
{
	struct feed f;

	feed_start(&f);
	feed_open(&f, 100, 3, "/a");
	FEED(&f, 100, SYSCALL_FCNTL_X, I(10), I(3), I(1), I(10));
	CHECK_INT(f.context.fd_num, 10);
	CHECK_FD_NAME(&f, 100, 10, "/a");
	CHECK_INT(f.context.fd->bits, 0);
	FEED(&f, 100, SYSCALL_FCNTL_X, I(11), I(3), I(26), I(10));
	CHECK_INT(f.context.fd->bits, FD_CLOSE_ON_EXEC);
	FEED(&f, 100, SYSCALL_FCNTL_X, I(0), I(3), I(3), I(1));
	CHECK_INT(f.context.fd_num, 3);
	CHECK_INT(f.context.fd->bits, FD_CLOSE_ON_EXEC);
	FEED(&f, 100, SYSCALL_FCNTL_X, I(-9), I(3), I(3), I(0));
	CHECK_INT(f.context.fd->bits, FD_CLOSE_ON_EXEC);
	FEED(&f, 100, SYSCALL_FCNTL_X, I(0), I(3), I(3), I(0));
	CHECK_INT(f.context.fd->bits, 0);
	/* F_GETFD returns a number that is no descriptor. */
	FEED(&f, 100, SYSCALL_FCNTL_X, I(1), I(3), I(2), I(0));
	CHECK(!feed_has_fd(&f, 100, 1));
	FEED(&f, 100, SYSCALL_FCNTL_X, I(12), I(77), I(1), I(0));
	CHECK(!feed_has_fd(&f, 100, 12));
	feed_end(&f);
}

TEST(pidfd_getfd_copies_from_another_process)
{
	struct feed f;

	feed_start(&f);
	feed_fork(&f, 100, 200);
	feed_open(&f, 200, 5, "/theirs");
	FEED(&f, 100, SYSCALL_PIDFD_OPEN_X, I(3), I(200), I(0));
	CHECK_FD_NAME(&f, 100, 3, "/proc/200");
	CHECK_INT(f.context.fd->kind, EYAS_FD_PIDFD);
	CHECK_INT(f.context.fd->bits, FD_CLOSE_ON_EXEC);
	FEED(&f, 100, SYSCALL_PIDFD_GETFD_X, I(4), I(3), I(5), I(0));
	CHECK_FD_NAME(&f, 100, 4, "/theirs");
	CHECK_INT(f.context.fd_num, 4);
	/* Not known there, not a process at all, gone, failed. */
	FEED(&f, 100, SYSCALL_PIDFD_GETFD_X, I(6), I(3), I(99), I(0));
	CHECK(feed_fd(&f, 100, 6)->bits & FD_GUESSED);
	FEED(&f, 100, SYSCALL_PIDFD_GETFD_X, I(7), I(4), I(5), I(0));
	CHECK(feed_fd(&f, 100, 7)->bits & FD_GUESSED);
	feed_exit(&f, 200);
	feed_settle(&f);
	FEED(&f, 100, SYSCALL_PIDFD_GETFD_X, I(8), I(3), I(5), I(0));
	CHECK(feed_fd(&f, 100, 8)->bits & FD_GUESSED);
	FEED(&f, 100, SYSCALL_PIDFD_GETFD_X, I(-1), I(3), I(5), I(0));
	FEED(&f, 100, SYSCALL_PIDFD_OPEN_X, I(-3), I(5), I(0));
	CHECK_INT(feed_thread(&f, 100)->fds->count, 5);
	feed_end(&f);
}

/* ---- ends ---- */

TEST(a_closed_descriptor_stays_for_its_event)
{
	struct feed f;

	feed_start(&f);
	feed_open(&f, 100, 3, "/a");
	FEED(&f, 100, SYSCALL_CLOSE_X, I(0), I(3));
	CHECK_STR(f.context.fd->name->text, "/a");
	feed_settle(&f);
	CHECK(!feed_has_fd(&f, 100, 3));
	feed_end(&f);
}

TEST(close_in_odd_orders)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_CLOSE_X, I(0), I(3));
	CHECK(!f.context.fd);
	/* Open at once after a close, under the same number. */
	feed_open(&f, 100, 3, "/a");
	FEED(&f, 100, SYSCALL_CLOSE_X, I(0), I(3));
	feed_open(&f, 100, 3, "/b");
	CHECK_FD_NAME(&f, 100, 3, "/b");
	feed_settle(&f);
	CHECK_FD_NAME(&f, 100, 3, "/b");
	/* One that failed says that there is none, or closed it all the same. */
	FEED(&f, 100, SYSCALL_CLOSE_X, I(-9), I(3));
	feed_settle(&f);
	CHECK(!feed_has_fd(&f, 100, 3));
	/* The process ends with the event after. */
	feed_open(&f, 100, 3, "/a");
	FEED(&f, 100, SYSCALL_CLOSE_X, I(0), I(3));
	feed_exit(&f, 100);
	feed_settle(&f);
	feed_end(&f);
}

TEST(close_range_closes_marks_and_unshares)
{
	struct feed f;
	int64_t num;

	feed_start(&f);
	for (num = 3; num < 10; num++)
		feed_open(&f, 100, num, "/a");
	FEED(&f, 100, SYSCALL_CLOSE_RANGE_X, I(0), I(4), I(5), I(0));
	CHECK(feed_has_fd(&f, 100, 3) && !feed_has_fd(&f, 100, 4) && !feed_has_fd(&f, 100, 5) &&
	      feed_has_fd(&f, 100, 6));
	FEED(&f, 100, SYSCALL_CLOSE_RANGE_X, I(-22), I(0), I(UINT32_MAX), I(0));
	CHECK_INT(feed_thread(&f, 100)->fds->count, 5);
	FEED(&f, 100, SYSCALL_CLOSE_RANGE_X, I(0), I(8), I(UINT32_MAX), I(4));
	CHECK_INT(feed_fd(&f, 100, 7)->bits, 0);
	CHECK_INT(feed_fd(&f, 100, 8)->bits, FD_CLOSE_ON_EXEC);
	CHECK_INT(feed_fd(&f, 100, 9)->bits, FD_CLOSE_ON_EXEC);
	feed_clone(&f, 200,
		   &(struct feed_clone){
			   .pid = 200, .ptid = 100, .flags = 1, .vtid = 200, .vpid = 200 });
	FEED(&f, 200, SYSCALL_CLOSE_RANGE_X, I(0), I(3), I(UINT32_MAX), I(2));
	CHECK_INT(feed_thread(&f, 200)->fds->count, 0);
	CHECK_INT(feed_thread(&f, 100)->fds->count, 5);
	/* A range that ends before it begins, and none. */
	FEED(&f, 100, SYSCALL_CLOSE_RANGE_X, I(0), I(9), I(3), I(0));
	FEED(&f, 100, SYSCALL_CLOSE_RANGE_X, I(0));
	CHECK_INT(feed_thread(&f, 100)->fds->count, 5);
	feed_end(&f);
}

/* ---- special kinds ---- */

TEST(kinds_without_a_name)
{
	static const struct {
		uint16_t type;
		uint8_t kind;
		int64_t flags; /* of the parameter behind the number; 0 = not put */
		uint16_t bits;
	} rows[] = {
		{ EYAS_EV_SYSCALL_EVENTFD_X, EYAS_FD_EVENT, 0, 0 },
		{ EYAS_EV_SYSCALL_EVENTFD2_X, EYAS_FD_EVENT, O_CLOEXEC_BIT, FD_CLOSE_ON_EXEC },
		{ EYAS_EV_SYSCALL_EVENTFD2_X, EYAS_FD_EVENT, 1 << 6, 0 },
		{ EYAS_EV_SYSCALL_SIGNALFD4_X, EYAS_FD_SIGNALFD, O_CLOEXEC_BIT, FD_CLOSE_ON_EXEC },
		{ EYAS_EV_SYSCALL_SIGNALFD_X, EYAS_FD_SIGNALFD, 0, 0 },
		{ EYAS_EV_SYSCALL_TIMERFD_CREATE_X, EYAS_FD_TIMERFD, 0, 0 },
		{ EYAS_EV_SYSCALL_INOTIFY_INIT_X, EYAS_FD_INOTIFY, 0, 0 },
		{ EYAS_EV_SYSCALL_INOTIFY_INIT1_X, EYAS_FD_INOTIFY, O_CLOEXEC_BIT,
		  FD_CLOSE_ON_EXEC },
		{ EYAS_EV_SYSCALL_EPOLL_CREATE_X, EYAS_FD_EVENTPOLL, 0, 0 },
		{ EYAS_EV_SYSCALL_EPOLL_CREATE1_X, EYAS_FD_EVENTPOLL, 1, FD_CLOSE_ON_EXEC },
		{ EYAS_EV_SYSCALL_USERFAULTFD_X, EYAS_FD_USERFAULTFD, 0x80000, FD_CLOSE_ON_EXEC },
		{ EYAS_EV_SYSCALL_IO_URING_SETUP_X, EYAS_FD_IO_URING, 0, FD_CLOSE_ON_EXEC },
	};
	struct feed_param params[2];
	struct feed f;
	size_t i;

	feed_start(&f);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		params[0] = (struct feed_param)I(3);
		params[1] = (struct feed_param)I(rows[i].flags);
		feed_event(&f, 100, rows[i].type, params, rows[i].flags ? 2 : 1);
		CHECK_INT(f.context.fd_num, 3);
		CHECK(f.context.fd == feed_fd(&f, 100, 3));
		CHECK_INT(f.context.fd->kind, rows[i].kind);
		CHECK_INT(f.context.fd->bits, rows[i].bits);
		CHECK_STR(f.context.fd->name->text, "");
		fd_remove(f.state, feed_thread(&f, 100)->fds, 3);
		params[0] = (struct feed_param)I(-24);
		feed_event(&f, 100, rows[i].type, params, 1);
		CHECK_INT(f.context.fd_num, -1);
		CHECK_INT(feed_thread(&f, 100)->fds->count, 0);
	}
	feed_end(&f);
}

TEST(bpf_returns_a_descriptor_for_some_commands)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_BPF_2_X, I(3), I(5));
	CHECK_INT(feed_fd(&f, 100, 3)->kind, EYAS_FD_BPF);
	/* BPF_MAP_LOOKUP_ELEM, and a command that is not known. */
	FEED(&f, 100, SYSCALL_BPF_2_X, I(0), I(1));
	FEED(&f, 100, SYSCALL_BPF_2_X, I(0), I(1000));
	CHECK(!feed_has_fd(&f, 100, 0));
	feed_end(&f);
}

TEST(signalfd_of_an_old_descriptor)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_SIGNALFD4_X, I(3), I(O_CLOEXEC_BIT), I(-1), I(0));
	FEED(&f, 100, SYSCALL_SIGNALFD4_X, I(3), I(0), I(3), I(0));
	CHECK_INT(f.context.fd_num, 3);
	CHECK_INT(f.context.fd->bits, FD_CLOSE_ON_EXEC);
	/* The old one is not known. */
	FEED(&f, 100, SYSCALL_SIGNALFD_X, I(4), I(4), I(0), I(0));
	CHECK_INT(feed_fd(&f, 100, 4)->kind, EYAS_FD_SIGNALFD);
	feed_end(&f);
}

TEST(memfd_has_the_name_it_was_given)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_MEMFD_CREATE_X, I(3), S("payload"), I(1));
	CHECK_FD_NAME(&f, 100, 3, "payload");
	CHECK_INT(f.context.fd->kind, EYAS_FD_MEMFD);
	CHECK_INT(f.context.fd->bits, FD_CLOSE_ON_EXEC);
	FEED(&f, 100, SYSCALL_MEMFD_CREATE_X, I(-1), S("payload"), I(1));
	CHECK_INT(f.context.fd_num, -1);
	feed_end(&f);
}

TEST(pipes_have_two_ends)
{
	struct feed f;

	feed_start(&f);
	FEED(&f, 100, SYSCALL_PIPE2_X, I(0), I(3), I(4), I(77), I(O_CLOEXEC_BIT));
	CHECK_INT(f.context.fd_num, 4);
	CHECK(f.context.fd == feed_fd(&f, 100, 4));
	CHECK_INT(feed_fd(&f, 100, 3)->kind, EYAS_FD_FIFO);
	CHECK_INT(feed_fd(&f, 100, 3)->ino, 77);
	CHECK_INT(feed_fd(&f, 100, 3)->bits, FD_CLOSE_ON_EXEC);
	FEED(&f, 100, SYSCALL_PIPE_X, I(0), I(5), I(6), I(78));
	CHECK_INT(feed_fd(&f, 100, 6)->bits, 0);
	FEED(&f, 100, SYSCALL_PIPE_X, I(-24), I(8), I(9), I(78));
	CHECK_INT(feed_thread(&f, 100)->fds->count, 4);
	feed_end(&f);
}

/* ---- limits ---- */

TEST(a_process_with_too_many)
{
	struct eyas_state_opts opts = { .size = sizeof(opts), .max_fds_process = 4 };
	struct eyas_state_stats stats;
	struct feed f;
	int64_t num;

	feed_start_with(&f, &opts);
	for (num = 0; num < 6; num++) {
		feed_open(&f, 100, num, "/a");
		CHECK_INT(f.context.fd_num, num);
		CHECK((f.context.fd != NULL) == (num < 4));
	}
	FEED(&f, 100, SYSCALL_PIPE_X, I(0), I(7), I(8), I(78));
	FEED(&f, 100, SYSCALL_DUP_1_X, I(9), I(1));
	CHECK(!f.context.fd);
	eyas_state_stats(f.state, &stats);
	CHECK_INT(stats.fds_refused, 5);
	CHECK_INT(stats.fds, 4);
	feed_end(&f);
}
