/* SPDX-License-Identifier: Apache-2.0 */
/* Sums among the events of a live source: who gets them, in which order, and who does not. */
#include "unit/harness.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "capture/bpf_sums.h"
#include "capture/source.h"
#include "schema/ids.h"
#include "session/session.h"

#define S UINT64_C(1000000000)

/* ---- a source that hands on what a test wrote down ---- */

enum { ENTRIES_MAX = 8 };

static struct entry {
	uint8_t bytes[256];
	size_t len;
	bool is_sums;
} entries[ENTRIES_MAX];
static unsigned count, at;
static struct eyas_event lent;

static int fake_next(struct eyas_source *source, struct eyas_event **ret_event,
		     struct eyas_err *reterr)
{
	struct entry *entry = &entries[at];

	(void)source;
	if (at == count)
		return EYAS_E_END;
	at++;
	*ret_event = &lent;
	if (entry->is_sums)
		bpf_sums_event(entry->bytes, &lent);
	else
		CHECK_INT(eyas_event_view(entry->bytes, entry->len, &lent, reterr), 0);
	return 1;
}

static void fake_stats(const struct eyas_source *source, struct eyas_source_stats *ret_stats)
{
	(void)source;
	memset(ret_stats, 0, sizeof(*ret_stats));
}

static void fake_close(struct eyas_source *source)
{
	(void)source;
}

static const struct source_ops fake_ops = { fake_next, fake_stats, fake_close };
static struct eyas_source fake = { .ops = &fake_ops };

static void feed_close(uint64_t ts_ns)
{
	struct entry *entry = &entries[count++];
	struct eyas_encoder enc;

	eyas_encoder_begin(&enc, entry->bytes, sizeof(entry->bytes), EYAS_EV_SYSCALL_CLOSE_X, ts_ns,
			   1);
	eyas_put_int(&enc, 0);
	entry->len = (size_t)eyas_encoder_end(&enc);
}

static void feed_sums(uint64_t began_ns, uint64_t ts_ns, uint64_t reads)
{
	struct entry *entry = &entries[count++];
	struct eyas_io_sums sums = {
		.tid = 1, .fd = 3, .began_ts_ns = began_ns, .read_ops = reads
	};

	bpf_sums_make_record(entry->bytes, &sums, ts_ns);
	entry->is_sums = true;
}

/* ---- consumers that write down what they get ---- */

static char line[256];
static int sums_err;

static void word(const char *kind, unsigned long long number)
{
	size_t len = strlen(line);

	snprintf(line + len, sizeof(line) - len, "%s%s%llu", len ? " " : "", kind, number);
}

static int on_event(void *ctx, enum eyas_session_event what, const struct eyas_context *context,
		    struct eyas_err *reterr)
{
	(void)what;
	(void)reterr;
	word(ctx ? "e" : "other", context->event->num);
	return 0;
}

static int on_sums(void *ctx, const struct eyas_io_sums *sums, struct eyas_err *reterr)
{
	(void)ctx;
	CHECK_INT(sums->tid, 1);
	CHECK_INT(sums->fd, 3);
	word("s", sums->read_ops);
	return sums_err ? eyas_err_set(reterr, sums_err, "no room for sums") : 0;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * S + (uint64_t)ts.tv_nsec;
}

static struct eyas_session *begin(bool scan)
{
	const struct eyas_consumer both = {
		.ctx = line, .wants = EYAS_SHOWN, .event = on_event, .sums = on_sums
	};
	const struct eyas_consumer events = { .wants = EYAS_SHOWN, .event = on_event };
	struct eyas_session_opts opts = { .given = &fake, .follow = true, .scan = scan };
	struct eyas_session *session;

	if (access("/proc/self/status", R_OK))
		test_skip("no /proc");
	CHECK_INT(eyas_session_open(&opts, &session, NULL), 0);
	CHECK_INT(eyas_session_add(session, &both), 0);
	CHECK_INT(eyas_session_add(session, &events), 0);
	return session;
}

/* In their place between the events, and no event themselves. */
TEST(in_order)
{
	struct eyas_session *session = begin(false);
	struct eyas_session_stats stats;
	uint64_t now = now_ns();

	feed_close(now);
	feed_sums(now, now + 1, 50);
	feed_close(now + 2);
	feed_sums(now + 2, now + 3, 60);
	CHECK_INT(eyas_session_run(session, NULL), 0);
	CHECK_STR(line, "e1 other1 s50 e2 other2 s60");
	eyas_session_stats(session, &stats);
	CHECK_INT(stats.shown, 2);
	eyas_session_close(session);
}

/* A sum whose first call was during the scan is about what nobody was told of. */
TEST(from_the_time_of_the_scan)
{
	struct eyas_session *session = begin(true);
	uint64_t before = now_ns() - S, later = now_ns() + S;

	feed_close(before);
	feed_sums(before, later, 50);
	feed_close(later);
	feed_sums(later, later + 1, 60);
	CHECK_INT(eyas_session_run(session, NULL), 0);
	CHECK_STR(line, "e2 other2 s60");
	eyas_session_close(session);
}

TEST(a_failure_ends_the_run)
{
	struct eyas_session *session = begin(false);
	struct eyas_err err = { 0 };

	sums_err = -ENOSPC;
	feed_sums(now_ns(), now_ns(), 50);
	feed_close(now_ns());
	CHECK_INT(eyas_session_run(session, &err), -ENOSPC);
	CHECK_STR(err.text, "no room for sums");
	CHECK_STR(line, "s50");
	eyas_session_close(session);
}

/* A source that is no live one has none. */
TEST(asking_where_there_are_none)
{
	struct eyas_session *session = begin(false);
	struct eyas_io_sums sums;

	CHECK_INT(eyas_session_sums(session, 1, 3, true, &sums), -ENOENT);
	CHECK_INT(eyas_live_sums(&fake, 1, 3, 1, &sums), EYAS_E_USAGE);
	eyas_session_close(session);
}
