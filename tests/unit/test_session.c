/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session: which events each consumer gets and in what order, where a run ends, and in whose
 * words a failure is told.
 */
#include "unit/rawcap.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>

#include "base/err.h"
#include "session/session.h"

#define S UINT64_C(1000000000)

/* What all consumers of a test got, as a line of words. */
static char line[4096];
static size_t line_len;

static void word(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void word(const char *fmt, ...)
{
	va_list ap;

	if (line_len)
		line[line_len++] = ' ';
	va_start(ap, fmt);
	line_len += (size_t)vsnprintf(line + line_len, sizeof(line) - line_len, fmt, ap);
	va_end(ap);
	CHECK(line_len < sizeof(line) - 1);
}

static void clear(void)
{
	line[0] = '\0';
	line_len = 0;
}

/* A consumer that writes down what it gets, and fails when it is told to. */
struct taker {
	char name;
	uint64_t fail_at;    /* number of an event */
	const char *fail_in; /* loader function */
	int fail_with;
	volatile sig_atomic_t *stop;
	uint64_t stop_at;
	uint64_t count;
};

static int take_event(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		      struct eyas_err *reterr)
{
	const struct eyas_event *event = context->event;
	struct taker *taker = ctx;

	taker->count++;
	if (taker->name)
		word("%c%s%llu", taker->name,
		     what == EYAS_SHOWN	     ? ""
		     : what == EYAS_HIDDEN   ? "h"
		     : what == EYAS_FILTERED ? "f"
					     : "b",
		     (unsigned long long)event->num);
	if (taker->stop && event->num == taker->stop_at)
		*taker->stop = 1;
	if (event->num == taker->fail_at)
		return eyas_err_set(reterr, taker->fail_with, "%c is full", taker->name);
	return 0;
}

static int answer(const struct taker *taker, const char *function)
{
	word("%c:%s", taker->name, function);
	return taker->fail_in && !strcmp(taker->fail_in, function) ? taker->fail_with : 0;
}

static int take_section(void *ctx)
{
	return answer(ctx, "section");
}

static int take_machine(void *ctx, const struct eyas_machine *machine)
{
	CHECK_INT(machine->num_cpus, 4);
	return answer(ctx, "machine");
}

static int take_iface(void *ctx, const struct eyas_iface *iface)
{
	CHECK_INT(iface->type, 1);
	return answer(ctx, "iface");
}

static int take_user(void *ctx, const struct eyas_user *user)
{
	CHECK_INT(user->uid, 0);
	return answer(ctx, "user");
}

static int take_group(void *ctx, const struct eyas_group *group)
{
	CHECK_INT(group->gid, 0);
	return answer(ctx, "group");
}

static int take_thread(void *ctx, const struct eyas_thread_entry *thread)
{
	CHECK_INT(thread->tid, 0);
	return answer(ctx, "thread");
}

static int take_fd_list(void *ctx, uint64_t tid)
{
	CHECK_INT(tid, 1);
	return answer(ctx, "fd_list");
}

static int take_fd(void *ctx, uint64_t tid, const struct eyas_fd_entry *fd)
{
	CHECK_INT(tid, 1);
	CHECK_INT(fd->kind, EYAS_FD_EVENT);
	return answer(ctx, "fd");
}

static int words_for_failure(void *ctx, struct eyas_err *reterr)
{
	const struct taker *taker = ctx;

	return eyas_err_set(reterr, -ENOSPC, "%c has no room for its %s", taker->name,
			    taker->fail_in);
}

static struct eyas_consumer consumer(struct taker *taker, unsigned wants)
{
	return (struct eyas_consumer){ .ctx = taker, .wants = wants, .event = take_event };
}

static struct eyas_consumer with_loader(struct taker *taker)
{
	struct eyas_consumer c = consumer(taker, 0);

	c.loader = (struct eyas_loader){ taker,	      take_section, take_machine,
					 take_iface,  take_user,    take_group,
					 take_thread, take_fd_list, take_fd };
	return c;
}

/* Two of the prologue, then events 3 to 12 at 100 s, 101 s, ...; 5 is an enter, 6 state only. */
static const char *ten_events(void)
{
	struct eyas_str capture = EYAS_STR_INIT;
	uint8_t buf[64];
	struct eyas_encoder enc;
	const char *path;
	unsigned i;

	raw_section(&capture);
	raw_empty(&capture, EYAS_EV_USER_ADDED_E, 6, 0, 1);
	raw_empty(&capture, EYAS_EV_GROUP_ADDED_E, 3, 7, 1);
	for (i = 0; i < 10; i++) {
		if (i == 2) {
			raw_empty(&capture, EYAS_EV_SYSCALL_OPEN_E, 3, (100 + i) * S, 1);
		} else if (i == 3) {
			eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_CLOSE_X,
					   (100 + i) * S, 1);
			raw_event(&capture, 0, EYAS_EVENT_STATE_ONLY, buf,
				  (size_t)eyas_encoder_end(&enc));
		} else {
			raw_close(&capture, (100 + i) * S, 1, 3);
		}
	}
	path = raw_store("ten.scap", capture.data, capture.len);
	eyas_str_fini(&capture);
	return path;
}

static struct eyas_session *open_session(const struct eyas_session_opts *opts)
{
	struct eyas_session *session;
	struct eyas_err err;

	if (eyas_session_open(opts, &session, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	clear();
	return session;
}

/* Run with one consumer of everything; what it got is in line. */
static struct eyas_session_stats run(struct eyas_session_opts *opts)
{
	struct taker taker = { .name = 'a' };
	struct eyas_consumer all = consumer(&taker, EYAS_SHOWN | EYAS_HIDDEN | EYAS_BEFORE);
	struct eyas_session *session = open_session(opts);
	struct eyas_session_stats stats;
	struct eyas_err err = { 0 };

	CHECK_INT(eyas_session_add(session, &all), 0);
	if (eyas_session_run(session, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	eyas_session_stats(session, &stats);
	eyas_session_close(session);
	return stats;
}

TEST(what_a_consumer_gets)
{
	const char *path = ten_events();
	struct eyas_session_opts opts = { .paths = &path, .npaths = 1 };
	struct eyas_session_stats stats = run(&opts);

	CHECK_STR(line, "ah1 ah2 a3 a4 ah5 ah6 a7 a8 a9 a10 a11 a12");
	CHECK_INT(stats.shown, 8);
	CHECK_INT(stats.hidden, 4);
	CHECK_INT(stats.before, 0);
	CHECK_INT(stats.behind, 0);
	CHECK(!stats.stopped);
	CHECK_INT(stats.source.events_delivered, 12);
}

TEST(masks_and_order)
{
	const char *path = ten_events();
	struct eyas_session_opts opts = {
		.paths = &path, .npaths = 1, .from = "@101", .to = "@104"
	};
	struct taker a = { .name = 'a' }, b = { .name = 'b' }, c = { .name = 'c' },
		     d = { .name = 'd' };
	struct eyas_consumer of_a = consumer(&a, EYAS_SHOWN);
	struct eyas_consumer of_b = consumer(&b, EYAS_SHOWN | EYAS_BEFORE);
	struct eyas_consumer of_c = consumer(&c, EYAS_HIDDEN);
	struct eyas_consumer of_d = consumer(&d, 0);
	struct eyas_session *session = open_session(&opts);

	CHECK_INT(eyas_session_add(session, &of_b), 0);
	CHECK_INT(eyas_session_add(session, &of_d), 0);
	CHECK_INT(eyas_session_add(session, &of_a), 0);
	CHECK_INT(eyas_session_add(session, &of_c), 0);
	CHECK_INT(eyas_session_run(session, NULL), 0);
	CHECK_STR(line, "ch1 ch2 bb3 b4 a4 ch5 ch6 b7 a7");
	CHECK_INT(d.count, 0);
	eyas_session_close(session);
}

TEST(so_many_consumers)
{
	const char *path = ten_events();
	struct eyas_session_opts opts = { .paths = &path, .npaths = 1, .limit = 1 };
	struct eyas_session *session = open_session(&opts);
	struct taker taker = { 0 };
	struct eyas_consumer c = consumer(&taker, EYAS_SHOWN);
	int i;

	for (i = 0; i < EYAS_CONSUMERS_MAX; i++)
		CHECK_INT(eyas_session_add(session, &c), 0);
	CHECK_INT(eyas_session_add(session, &c), -ENOSPC);
	CHECK_INT(eyas_session_run(session, NULL), 0);
	CHECK_INT(taker.count, EYAS_CONSUMERS_MAX);
	eyas_session_close(session);
	eyas_session_close(NULL);
	/* None at all. */
	session = open_session(&opts);
	CHECK_INT(eyas_session_run(session, NULL), 0);
	eyas_session_close(session);
}

TEST(the_limit_counts_what_is_shown)
{
	const char *path = ten_events();
	struct eyas_session_opts opts = { .paths = &path, .npaths = 1, .limit = 3 };
	struct eyas_session_stats stats = run(&opts);

	CHECK_STR(line, "ah1 ah2 a3 a4 ah5 ah6 a7");
	CHECK_INT(stats.shown, 3);
	CHECK(!stats.stopped);
	opts.limit = 100;
	stats = run(&opts);
	CHECK_INT(stats.shown, 8);
	opts.limit = 1;
	opts.from = "8";
	stats = run(&opts);
	CHECK_STR(line, "ah1 ah2 ab3 ab4 ab7 a8");
	CHECK_INT(stats.before, 3);
	CHECK_INT(stats.shown, 1);
}

TEST(ranges)
{
	const char *path = ten_events();
	struct eyas_session_opts opts = { .paths = &path, .npaths = 1 };
	struct eyas_session_stats stats;

	opts.from = "4";
	opts.to = "7";
	stats = run(&opts);
	CHECK_STR(line, "ah1 ah2 ab3 a4 ah5 ah6 a7");
	/* Nothing behind the last number is read. */
	CHECK_INT(stats.source.events_delivered, 7);
	CHECK_INT(stats.before, 1);
	CHECK_INT(stats.shown, 2);
	CHECK_INT(stats.behind, 0);
	opts.from = "+2";
	opts.to = "+5.5";
	stats = run(&opts);
	CHECK_STR(line, "ah1 ah2 ab3 ab4 ah5 ah6 a7 a8");
	CHECK_INT(stats.behind, 4);
	CHECK_INT(stats.shown, 2);
	/* Times may step back, so all is read. */
	CHECK_INT(stats.source.events_delivered, 12);
	opts.from = "+4";
	opts.to = NULL;
	stats = run(&opts);
	CHECK_STR(line, "ah1 ah2 ab3 ab4 a7 a8 a9 a10 a11 a12");
	CHECK_INT(stats.hidden, 4);
	opts.from = "1000";
	stats = run(&opts);
	CHECK_STR(line, "ah1 ah2 ab3 ab4 ab7 ab8 ab9 ab10 ab11 ab12");
	CHECK_INT(stats.shown, 0);
	opts.from = NULL;
	opts.to = "0";
	stats = run(&opts);
	CHECK_INT(stats.shown, 0);
}

/* The ten events under a filter; the line has an f where it does not match. */
static struct eyas_session_stats run_filtered(struct eyas_session_opts *opts, const char *text)
{
	struct taker taker = { .name = 'a' };
	struct eyas_consumer all =
		consumer(&taker, EYAS_SHOWN | EYAS_HIDDEN | EYAS_BEFORE | EYAS_FILTERED);
	struct field_opts fields = { .outputtime = 'h' };
	struct eyas_session_stats stats;
	struct eyas_session *session;
	struct filter filter;
	struct eyas_err err;

	CHECK_INT(eyas_network_new(&fields, &opts->network), 0);
	if (eyas_filter_add(opts->network, text, NULL, NULL, &filter, &err))
		test_fail(__FILE__, __LINE__, "%s", err.text);
	opts->filter = &filter;
	opts->follow = true;
	session = open_session(opts);
	CHECK_INT(eyas_session_add(session, &all), 0);
	CHECK_INT(eyas_session_run(session, NULL), 0);
	eyas_session_stats(session, &stats);
	eyas_session_close(session);
	eyas_network_free(opts->network);
	return stats;
}

TEST(a_filter_decides_what_is_shown)
{
	const char *path = ten_events();
	struct eyas_session_opts opts = { .paths = &path, .npaths = 1 };
	struct eyas_session_stats stats;

	stats = run_filtered(&opts, "evt.num >= 9 or evt.type = open");
	CHECK_STR(line, "af1 af2 af3 af4 ah5 af6 af7 af8 a9 a10 a11 a12");
	CHECK_INT(stats.shown, 4);
	CHECK_INT(stats.filtered, 4);
	/* Hidden ones are asked, too, and counted as hidden. */
	CHECK_INT(stats.hidden, 4);
	/* The limit counts what matches; what lies before the range is not asked. */
	opts.limit = 2;
	opts.from = "8";
	stats = run_filtered(&opts, "evt.num in (3, 9, 11, 12)");
	CHECK_STR(line, "af1 af2 ab3 ab4 ab7 af8 a9 af10 a11");
	CHECK_INT(stats.shown, 2);
	CHECK_INT(stats.before, 3);
	opts.limit = 0;
	stats = run_filtered(&opts, "proc.pid = 1 and evt.type = nanosleep");
	CHECK_INT(stats.shown, 0);
	CHECK_INT(stats.filtered, 5);
}

/* Who a shown event belongs to, and what it is about. */
static int take_context(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
			struct eyas_err *reterr)
{
	(void)ctx;
	(void)what;
	(void)reterr;
	if (context->thread && context->fd)
		word("%llu:%s:%s", (unsigned long long)context->event->num,
		     context->thread->comm->text, context->fd->name->text);
	return 0;
}

TEST(contexts_have_what_the_state_knows)
{
	const char *path = "tests/data/sample.scap";
	struct eyas_session_opts opts = {
		.paths = &path, .npaths = 1, .from = "43", .to = "45", .follow = true
	};
	struct eyas_consumer shown = { .wants = EYAS_SHOWN, .event = take_context };
	struct eyas_session *session = open_session(&opts);

	CHECK(eyas_session_state(session) != NULL);
	CHECK_INT(eyas_session_add(session, &shown), 0);
	CHECK_INT(eyas_session_run(session, NULL), 0);
	CHECK_STR(line, "43:cat:/etc/shadow 45:cat:/etc/shadow");
	eyas_session_close(session);
	opts.follow = false;
	session = open_session(&opts);
	CHECK(eyas_session_state(session) == NULL);
	CHECK_INT(eyas_session_add(session, &shown), 0);
	CHECK_INT(eyas_session_run(session, NULL), 0);
	CHECK_STR(line, "");
	eyas_session_close(session);
}

TEST(a_range_that_is_none)
{
	const char *path = ten_events();
	struct eyas_session_opts opts = { .paths = &path, .npaths = 1, .from = "soon" };
	struct eyas_session *session = NULL;
	struct eyas_err err;

	CHECK_INT(eyas_session_open(&opts, &session, &err), -EINVAL);
	CHECK(strstr(err.text, "'soon'"));
	opts.to = "5";
	CHECK_INT(eyas_session_open(&opts, &session, &err), -EINVAL);
	opts.from = "1";
	opts.to = "12:00";
	CHECK_INT(eyas_session_open(&opts, &session, &err), -EINVAL);
	CHECK(strstr(err.text, "'12:00'"));
	opts.to = NULL;
	path = raw_path("none");
	CHECK_INT(eyas_session_open(&opts, &session, &err), -ENOENT);
	CHECK(strstr(err.text, "/none"));
	CHECK(!session);
}

TEST(a_stop_ends_the_run)
{
	volatile sig_atomic_t stop = 0;
	const char *path = ten_events();
	struct eyas_session_opts opts = { .paths = &path, .npaths = 1, .stop = &stop };
	struct taker a = { .name = 'a', .stop = &stop, .stop_at = 7 }, b = { .name = 'b' };
	struct eyas_consumer of_a = consumer(&a, EYAS_SHOWN), of_b = consumer(&b, EYAS_SHOWN);
	struct eyas_session *session = open_session(&opts);
	struct eyas_session_stats stats;

	CHECK_INT(eyas_session_add(session, &of_a), 0);
	CHECK_INT(eyas_session_add(session, &of_b), 0);
	CHECK_INT(eyas_session_run(session, NULL), 0);
	/* The event at hand reaches all. */
	CHECK_STR(line, "a3 b3 a4 b4 a7 b7");
	eyas_session_stats(session, &stats);
	CHECK(stats.stopped);
	CHECK_INT(stats.shown, 3);
	eyas_session_close(session);
	/* Before anything was read. */
	session = open_session(&opts);
	CHECK_INT(eyas_session_add(session, &of_b), 0);
	CHECK_INT(eyas_session_run(session, NULL), 0);
	eyas_session_stats(session, &stats);
	CHECK(stats.stopped);
	CHECK_INT(stats.source.bytes_in, 0);
	CHECK_STR(line, "");
	eyas_session_close(session);
}

static volatile sig_atomic_t alarmed;

static void on_alarm(int signum)
{
	alarmed = signum;
}

/* The pipe stays open and silent: only the signal ends the wait. */
TEST(a_stop_ends_a_wait)
{
	struct sigaction action = { .sa_handler = on_alarm };
	const char *paths[2] = { "-", ten_events() };
	struct eyas_session_opts opts = { .paths = paths, .npaths = 2, .stop = &alarmed };
	struct eyas_str capture = EYAS_STR_INIT;
	struct eyas_session_stats stats;
	int fds[2];

	raw_section(&capture);
	raw_close(&capture, 1, 1, 1);
	CHECK_INT(pipe(fds), 0);
	CHECK_INT(write(fds[1], capture.data, capture.len), (ssize_t)capture.len);
	CHECK_INT(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	CHECK_INT(sigaction(SIGALRM, &action, NULL), 0);
	CHECK_INT(ualarm(50000, 0), 0);
	stats = run(&opts);
	CHECK_STR(line, "a1");
	CHECK(stats.stopped);
	eyas_str_fini(&capture);
}

TEST(a_consumer_that_fails_ends_the_run)
{
	const char *path = ten_events();
	struct eyas_session_opts opts = { .paths = &path, .npaths = 1 };
	struct taker a = { .name = 'a' }, b = { .name = 'b', .fail_at = 4, .fail_with = -ENOSPC };
	struct taker c = { .name = 'c' };
	struct eyas_consumer of_a = consumer(&a, EYAS_SHOWN), of_b = consumer(&b, EYAS_SHOWN);
	struct eyas_consumer of_c = consumer(&c, EYAS_SHOWN);
	struct eyas_session *session = open_session(&opts);
	struct eyas_err err = { 0 };

	CHECK_INT(eyas_session_add(session, &of_a), 0);
	CHECK_INT(eyas_session_add(session, &of_b), 0);
	CHECK_INT(eyas_session_add(session, &of_c), 0);
	CHECK_INT(eyas_session_run(session, &err), -ENOSPC);
	CHECK_STR(err.text, "b is full");
	CHECK_STR(line, "a3 b3 c3 a4 b4");
	eyas_session_close(session);
}

static const char *metadata(void)
{
	struct eyas_str capture = EYAS_STR_INIT;
	const char *path;
	size_t at;

	raw_section(&capture);
	at = raw_begin(&capture, 0x201);
	raw_u32(&capture, 4);
	eyas_str_zero(&capture, 176);
	raw_end(&capture, at);
	at = raw_begin(&capture, 0x219);
	raw_u32(&capture, 2 + 2 + 12 + 8);
	raw_u16(&capture, 1);
	eyas_str_zero(&capture, 22);
	raw_end(&capture, at);
	at = raw_begin(&capture, 0x206);
	eyas_str_zero(&capture, 1 + 8 + 6);
	raw_u8(&capture, 1);
	eyas_str_zero(&capture, 6);
	raw_end(&capture, at);
	at = raw_begin(&capture, 0x202);
	eyas_str_zero(&capture, 3 * 8 + 4 * 2 + 8 + 3 * 4);
	raw_end(&capture, at);
	at = raw_begin(&capture, 0x203);
	raw_u64(&capture, 1);
	eyas_str_zero(&capture, 16);
	raw_u8(&capture, EYAS_FD_EVENT);
	raw_u16(&capture, 0);
	raw_end(&capture, at);
	raw_close(&capture, 1, 1, 1);
	path = raw_store("meta.scap", capture.data, capture.len);
	eyas_str_fini(&capture);
	return path;
}

TEST(metadata_reaches_all_who_want_it)
{
	const char *path = metadata();
	struct eyas_session_opts opts = { .paths = &path, .npaths = 1 };
	struct taker a = { .name = 'a' }, b = { .name = 'b' }, c = { .name = 'c' };
	struct eyas_consumer of_a = with_loader(&a), of_b = consumer(&b, EYAS_SHOWN);
	struct eyas_consumer of_c = with_loader(&c);
	struct eyas_session *session = open_session(&opts);

	of_c.loader.machine = NULL;
	CHECK_INT(eyas_session_add(session, &of_a), 0);
	CHECK_INT(eyas_session_add(session, &of_b), 0);
	CHECK_INT(eyas_session_add(session, &of_c), 0);
	CHECK_INT(eyas_session_run(session, NULL), 0);
	CHECK_STR(line,
		  "a:section c:section a:machine a:iface c:iface a:user c:user a:group c:group "
		  "a:thread c:thread a:fd_list c:fd_list a:fd c:fd b1");
	eyas_session_close(session);
}

TEST(a_loader_that_fails_has_its_own_words)
{
	static const char *const functions[] = { "section", "machine", "iface",	  "user",
						 "group",   "thread",  "fd_list", "fd" };
	const char *path = metadata();
	struct eyas_session_opts opts = { .paths = &path, .npaths = 1 };
	struct taker a = { .name = 'a' }, b = { .name = 'b', .fail_with = -EIO };
	struct taker c = { .name = 'c' };
	struct eyas_consumer of_a = with_loader(&a), of_b = with_loader(&b), of_c = with_loader(&c);
	struct eyas_session *session;
	struct eyas_err err;
	char words[64], end[32];
	int i;

	for (i = 0; i < 16; i++) {
		b.fail_in = functions[i / 2];
		/* Without a function for words there are those of the code. */
		of_b.failure = i % 2 ? NULL : words_for_failure;
		session = open_session(&opts);
		CHECK_INT(eyas_session_add(session, &of_a), 0);
		CHECK_INT(eyas_session_add(session, &of_b), 0);
		CHECK_INT(eyas_session_add(session, &of_c), 0);
		CHECK_INT(eyas_session_run(session, &err), i % 2 ? -EIO : -ENOSPC);
		snprintf(words, sizeof(words), "b has no room for its %s", b.fail_in);
		CHECK_STR(err.text, i % 2 ? "Input/output error" : words);
		CHECK_INT(err.code, i % 2 ? -EIO : -ENOSPC);
		/* Those behind it were not asked. */
		snprintf(end, sizeof(end), " a:%s b:%s", b.fail_in, b.fail_in);
		CHECK(line_len < strlen(end) || !strcmp(line + line_len - strlen(end), end));
		CHECK(i > 1 || !strcmp(line, "a:section b:section"));
		eyas_session_close(session);
	}
}

/* A positive answer is none that stops, and no later failure is laid on who gave it. */
TEST(only_negative_answers_fail)
{
	struct eyas_str capture = EYAS_STR_INIT;
	const char *path;
	struct eyas_session_opts opts = { .paths = &path, .npaths = 1 };
	struct taker a = { .name = 'a', .fail_in = "section", .fail_with = 1 }, b = { .name = 'b' };
	struct eyas_consumer of_a = with_loader(&a), of_b = with_loader(&b);
	struct eyas_session *session;
	struct eyas_err err;

	of_a.failure = words_for_failure;
	of_b.wants = EYAS_SHOWN;
	raw_section(&capture);
	raw_close(&capture, 1, 1, 1);
	path = raw_store("x.scap", capture.data, capture.len - 1);
	session = open_session(&opts);
	CHECK_INT(eyas_session_add(session, &of_a), 0);
	CHECK_INT(eyas_session_add(session, &of_b), 0);
	CHECK_INT(eyas_session_run(session, &err), EYAS_E_TRUNC);
	CHECK(strstr(err.text, "x.scap: offset 28"));
	CHECK_STR(line, "a:section b:section");
	eyas_session_close(session);
	eyas_str_fini(&capture);
}

TEST(a_source_that_fails_does_so_behind_its_events)
{
	struct eyas_str capture = EYAS_STR_INIT;
	const char *path;
	struct eyas_session_opts opts = { .paths = &path, .npaths = 1 };
	struct taker a = { .name = 'a' };
	struct eyas_consumer of_a = consumer(&a, EYAS_SHOWN);
	struct eyas_session *session;
	struct eyas_session_stats stats;
	struct eyas_err err;

	raw_section(&capture);
	raw_close(&capture, 1, 1, 1);
	raw_close(&capture, 2, 1, 1);
	path = raw_store("x.scap", capture.data, capture.len - 1);
	session = open_session(&opts);
	CHECK_INT(eyas_session_add(session, &of_a), 0);
	CHECK_INT(eyas_session_run(session, &err), EYAS_E_TRUNC);
	CHECK(strstr(err.text, "x.scap: offset 88"));
	CHECK_STR(line, "a1");
	eyas_session_stats(session, &stats);
	CHECK_INT(stats.shown, 1);
	eyas_session_close(session);
	eyas_str_fini(&capture);
}

static void on_progress(void *ctx, const struct eyas_source_stats *stats)
{
	uint64_t *last = ctx;

	CHECK(stats->events_delivered > *last);
	CHECK_INT(stats->bytes_total, 28 + 30000 * 60);
	CHECK(stats->bytes_in <= stats->bytes_total);
	*last = stats->events_delivered;
	word("p");
}

TEST(progress)
{
	struct eyas_str capture = EYAS_STR_INIT;
	struct taker a = { 0 };
	struct eyas_consumer of_a = consumer(&a, EYAS_SHOWN);
	struct eyas_session *session;
	const char *path;
	uint64_t last = 0;
	struct eyas_session_opts opts = {
		.paths = &path, .npaths = 1, .progress = on_progress, .progress_ctx = &last
	};
	unsigned i;

	raw_section(&capture);
	for (i = 0; i < 30000; i++)
		raw_close(&capture, i, 1, 1);
	path = raw_store("x.scap", capture.data, capture.len);
	session = open_session(&opts);
	CHECK_INT(eyas_session_add(session, &of_a), 0);
	CHECK_INT(eyas_session_run(session, NULL), 0);
	CHECK_STR(line, "p p p");
	CHECK_INT(a.count, 30000);
	eyas_session_close(session);
	eyas_str_fini(&capture);
}
