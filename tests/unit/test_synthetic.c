/* SPDX-License-Identifier: Apache-2.0 */
/* The source that is fed: order, numbers, counts, its end, and what it refuses. */
#include "unit/harness.h"

#include <errno.h>
#include <string.h>

#include <eyas/capture.h>

#include "schema/ids.h"

struct fed {
	struct eyas_source *source;
	uint8_t bytes[65536];
	size_t len;
};

static void start(struct fed *s, const struct eyas_source_opts *opts)
{
	CHECK_INT(eyas_source_open_synthetic(opts, &s->source, NULL), 0);
}

static void encode(struct fed *s, uint64_t tid, size_t text_len)
{
	static char text[60000];
	struct eyas_encoder enc;
	int len;

	memset(text, 'x', text_len);
	text[text_len] = '\0';
	eyas_encoder_begin(&enc, s->bytes, sizeof(s->bytes), EYAS_EV_SYSCALL_CHDIR_X, 1000 + tid,
			   tid);
	eyas_put_int(&enc, 0);
	eyas_put_str(&enc, text);
	len = eyas_encoder_end(&enc);
	CHECK(len > 0);
	s->len = (size_t)len;
}

static void feed(struct fed *s, uint64_t tid, size_t text_len, unsigned cpu)
{
	encode(s, tid, text_len);
	CHECK_INT(eyas_source_feed(s->source, s->bytes, s->len, cpu, NULL), 0);
}

static void expect(struct fed *s, uint64_t tid, uint64_t num, size_t text_len)
{
	const struct eyas_event *event;
	struct eyas_param param;

	CHECK_INT(eyas_source_next(s->source, &event, NULL), 1);
	CHECK_INT(event->tid, tid);
	CHECK_INT(event->num, num);
	CHECK_INT(event->type, EYAS_EV_SYSCALL_CHDIR_X);
	CHECK_INT(eyas_event_param(event, 1, &param), 1);
	CHECK_INT(param.len, text_len + 1);
}

TEST(what_is_fed_comes_out_in_order)
{
	struct fed s;
	const struct eyas_event *event;
	struct eyas_source_stats stats;

	start(&s, NULL);
	CHECK_INT(eyas_source_next(s.source, &event, NULL), 0);
	feed(&s, 5, 3, 7);
	feed(&s, 6, 4, 0);
	CHECK_INT(eyas_source_next(s.source, &event, NULL), 1);
	CHECK_INT(event->cpu, 7);
	CHECK_INT(event->ts_ns, 1005);
	CHECK_INT(event->flags, 0);
	expect(&s, 6, 2, 4);
	CHECK_INT(eyas_source_next(s.source, &event, NULL), 0);
	feed(&s, 7, 0, 0);
	expect(&s, 7, 3, 0);
	feed(&s, 8, 0, 0);
	CHECK_INT(eyas_source_finish(s.source, NULL), 0);
	/* What was fed before the end is handed out. */
	expect(&s, 8, 4, 0);
	CHECK_INT(eyas_source_next(s.source, &event, NULL), EYAS_E_END);
	CHECK_INT(eyas_source_next(s.source, &event, NULL), EYAS_E_END);
	eyas_source_stats(s.source, &stats);
	CHECK_INT(stats.events, 4);
	CHECK_INT(stats.events_delivered, 4);
	CHECK_INT(stats.bytes_in, 4 * (26 + 4 + 8) + 4 + 5 + 1 + 1);
	CHECK_INT(stats.damaged, 0);
	eyas_source_close(s.source);
}

/* The queue wraps its memory many times, with events of many sizes waiting in it. */
TEST(a_long_queue)
{
	struct fed s;
	uint64_t in = 0, out = 0;
	unsigned round, i;

	start(&s, NULL);
	for (round = 0; round < 200; round++) {
		for (i = 0; i < 7; i++, in++)
			feed(&s, in, (size_t)(in * 37 % 5000), 0);
		for (i = 0; i < 6; i++, out++)
			expect(&s, out, out + 1, (size_t)(out * 37 % 5000));
	}
	for (; out < in; out++)
		expect(&s, out, out + 1, (size_t)(out * 37 % 5000));
	eyas_source_close(s.source);
}

TEST(what_is_no_event_is_refused)
{
	struct eyas_source_opts opts = { .size = sizeof(opts), .max_block_bytes = 100 };
	const struct eyas_event *event;
	struct fed s;
	struct eyas_err err;

	start(&s, &opts);
	encode(&s, 5, 10);
	CHECK_INT(eyas_source_feed(s.source, s.bytes, 0, 0, &err), EYAS_E_TRUNC);
	CHECK_INT(eyas_source_feed(s.source, s.bytes, s.len - 1, 0, &err), EYAS_E_TRUNC);
	s.bytes[20] = 0xff;
	s.bytes[21] = 0xff;
	CHECK_INT(eyas_source_feed(s.source, s.bytes, s.len, 0, &err), EYAS_E_VERSION);
	encode(&s, 5, 10);
	s.bytes[26] = 7; /* length of the first parameter, which is 8 */
	CHECK_INT(eyas_source_feed(s.source, s.bytes, s.len, 0, &err), EYAS_E_PARAM);
	encode(&s, 5, 100);
	CHECK_INT(eyas_source_feed(s.source, s.bytes, s.len, 0, &err), EYAS_E_LIMIT);
	CHECK_INT(eyas_source_next(s.source, &event, NULL), 0);
	CHECK_INT(eyas_source_finish(s.source, NULL), 0);
	encode(&s, 5, 10);
	CHECK_INT(eyas_source_feed(s.source, s.bytes, s.len, 0, &err), EYAS_E_USAGE);
	eyas_source_close(s.source);
}

TEST(another_kind_of_source_cannot_be_fed)
{
	const char *path = "-";
	struct eyas_source_opts newer[2] = { { .size = sizeof(newer) } };
	struct fed s;

	CHECK_INT(eyas_source_open_files(&path, 1, NULL, &s.source, NULL), 0);
	encode(&s, 5, 10);
	CHECK_INT(eyas_source_feed(s.source, s.bytes, s.len, 0, NULL), EYAS_E_USAGE);
	CHECK_INT(eyas_source_finish(s.source, NULL), EYAS_E_USAGE);
	eyas_source_close(s.source);
	newer[1].size = 1;
	CHECK_INT(eyas_source_open_synthetic(newer, &s.source, NULL), -EINVAL);
}
