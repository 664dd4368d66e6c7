/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events counted by fields: groups, sums and their order, what is missing, tables and JSON to
 * the letter, the limit, and every fault of the specification with its place.
 */
#include "unit/rawcap.h"

#include <errno.h>

#include "print/top.h"
#include "print/top_int.h"

/* ---- events of which only themselves are known ---- */

static struct eyas_network *network;
static struct eyas_top *top;
static uint8_t buf[4096];
static struct eyas_encoder enc;
static struct eyas_event event;

static void start(const char *spec)
{
	static const struct field_opts opts = { .outputtime = 'h' };
	struct eyas_err err;

	CHECK_INT(eyas_network_new(&opts, &network), 0);
	if (eyas_top_new(spec, network, &top, &err))
		test_fail(__FILE__, __LINE__, "'%s': %s", spec, err.text);
}

static void finish(void)
{
	eyas_top_free(top);
	eyas_network_free(network);
}

static void count(void)
{
	const struct eyas_context context = { .event = &event, .fd_num = -1 };

	eyas_network_begin(network, &context);
	CHECK_INT(eyas_top_event(top), 0);
}

static void count_encoded(void)
{
	int len = eyas_encoder_end(&enc);

	CHECK(len > 0);
	CHECK_INT(eyas_event_view(buf, (size_t)len, &event, NULL), 0);
	count();
}

/* A close that returns res. */
static void count_close(int64_t res)
{
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_CLOSE_X, 1, 42);
	eyas_put_int(&enc, res);
	eyas_put_int(&enc, 3);
	count_encoded();
}

/* One without a result. */
static void count_procexit(void)
{
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_PROCEXIT_E, 1, 42);
	count_encoded();
}

/* One that brings a name along. */
static void count_async(const char *name)
{
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_ASYNCEVENT_E, 1, 42);
	eyas_put_uint(&enc, 0);
	eyas_put_str(&enc, name);
	eyas_put_bytes(&enc, "x", 1);
	count_encoded();
}

static void shown_is(int (*show)(const struct eyas_top *, unsigned, struct eyas_str *),
		     unsigned rows, const char *want)
{
	struct eyas_str out = EYAS_STR_INIT;

	CHECK_INT(show(top, rows, &out), 0);
	eyas_str_putc(&out, '\0');
	CHECK_STR(out.data, want);
	eyas_str_fini(&out);
}

#define TEXT_IS(rows, want) shown_is(eyas_top_text, rows, want)
#define JSON_IS(rows, want) shown_is(eyas_top_json, rows, want)

TEST(nothing_was_counted)
{
	start("evt.type:evt.rawres");
	TEXT_IS(10, "  evt.rawres       events  evt.type\n");
	JSON_IS(10, "");
	finish();
}

TEST(most_events_first)
{
	start("evt.type");
	count_procexit();
	count_close(0);
	count_async("one");
	count_close(1);
	count_close(2);
	count_async("two");
	count_async("two");
	TEXT_IS(10, "      events  evt.type\n"
		    "           3  close\n"
		    "           2  two\n"
		    "           1  procexit\n"
		    "           1  one\n");
	TEXT_IS(2, "      events  evt.type\n"
		   "           3  close\n"
		   "           2  two\n"
		   "              and 2 more\n");
	TEXT_IS(0, "      events  evt.type\n"
		   "              and 4 more\n");
	JSON_IS(2, "{\"evt.type\":\"close\",\"events\":3}\n{\"evt.type\":\"two\",\"events\":2}\n");
	finish();
}

TEST(largest_sum_first)
{
	start("evt.type:evt.rawres");
	count_close(-9);
	count_close(5);
	count_procexit();
	/* What has no value adds nothing. */
	TEXT_IS(10, "  evt.rawres       events  evt.type\n"
		    "           0            1  procexit\n"
		    "          -4            2  close\n");
	JSON_IS(10, "{\"evt.type\":\"procexit\",\"events\":1,\"sum\":0}\n"
		    "{\"evt.type\":\"close\",\"events\":2,\"sum\":-4}\n");
	/* A sum stops at the end of its type. */
	count_close(INT64_MAX);
	count_close(INT64_MAX);
	JSON_IS(1, "{\"evt.type\":\"close\",\"events\":4,\"sum\":9223372036854775807}\n");
	finish();
}

TEST(sums_of_other_types)
{
	start("evt.type:evt.num");
	event.num = 0;
	count_procexit();
	event.num = UINT64_MAX;
	count();
	event.num = 5;
	count();
	JSON_IS(1, "{\"evt.type\":\"procexit\",\"events\":3,\"sum\":18446744073709551615}\n");
	finish();
	start("evt.type:thread.cpu");
	count_procexit();
	TEXT_IS(1, "  thread.cpu       events  evt.type\n"
		   "         0.0            1  procexit\n");
	finish();
	start("evt.type:evt.failed");
	count_close(-1);
	count_close(-2);
	count_close(0);
	JSON_IS(1, "{\"evt.type\":\"close\",\"events\":3,\"sum\":2}\n");
	finish();
}

TEST(several_fields)
{
	start("evt.type,proc.name,toupper(evt.type),evt.rawres");
	count_close(0);
	count_close(-22);
	count_procexit();
	count_close(0);
	TEXT_IS(9, "      events  evt.type  proc.name  toupper(evt.type)  evt.rawres\n"
		   "           2  close     <NA>       CLOSE              0\n"
		   "           1  close     <NA>       CLOSE              -22\n"
		   "           1  procexit  <NA>       PROCEXIT           <NA>\n");
	JSON_IS(9, "{\"evt.type\":\"close\",\"proc.name\":null,\"toupper(evt.type)\":\"CLOSE\","
		   "\"evt.rawres\":0,\"events\":2}\n"
		   "{\"evt.type\":\"close\",\"proc.name\":null,\"toupper(evt.type)\":\"CLOSE\","
		   "\"evt.rawres\":-22,\"events\":1}\n"
		   "{\"evt.type\":\"procexit\",\"proc.name\":null,\"toupper(evt.type)\":"
		   "\"PROCEXIT\",\"evt.rawres\":null,\"events\":1}\n");
	finish();
}

TEST(names_from_outside)
{
	start("evt.type,evt.cpu");
	count_async("\x1b[31mred");
	count_async("b\"\xc3\xa4\xff");
	TEXT_IS(9, "      events  evt.type     evt.cpu\n"
		   "           1  \\x1b[31mred  0\n"
		   "           1  b\"\xc3\xa4\\xff      0\n");
	JSON_IS(9, "{\"evt.type\":\"\\u001b[31mred\",\"evt.cpu\":0,\"events\":1}\n"
		   "{\"evt.type\":\"b\\\"\xc3\xa4\xef\xbf\xbd\",\"evt.cpu\":0,\"events\":1}\n");
	finish();
}

/* ---- keys ---- */

static void put_and_take(const struct eyas_value *value, struct eyas_value *ret, bool *ret_missing)
{
	static struct eyas_arena arena;
	static struct eyas_str key;

	key.len = 0;
	eyas_top_key_put(&key, value);
	eyas_top_key_put(&key, NULL);
	CHECK(eyas_top_key_take((uint8_t *)key.data, &arena, ret, ret_missing) ==
	      (uint8_t *)key.data + key.len - 1);
}

TEST(keys_are_values_again)
{
	struct eyas_value items[2] = { eyas_value_text("ab", 2), eyas_value_text("", 0) };
	struct eyas_value list = { .type = EYAS_PT_CHARBUF, .list = true, .len = 2 };
	struct eyas_value got, number = eyas_value_num(EYAS_PT_INT64, UINT64_MAX);
	struct eyas_value addr = { .type = EYAS_PT_IPADDR, .len = 4, .u.data = "\x0a\0\0\1" };
	bool missing;

	put_and_take(NULL, &got, &missing);
	CHECK(missing);
	number.fmt = EYAS_FMT_ID;
	put_and_take(&number, &got, &missing);
	CHECK(!missing && !got.list && got.type == EYAS_PT_INT64 && got.fmt == EYAS_FMT_ID);
	CHECK(got.u.num == UINT64_MAX);
	put_and_take(&addr, &got, &missing);
	CHECK(!missing && got.len == 4 && !memcmp(got.u.data, "\x0a\0\0\1", 4));
	list.u.items = items;
	put_and_take(&list, &got, &missing);
	CHECK(!missing && got.list && got.len == 2);
	CHECK(got.u.items[0].len == 2 && !memcmp(got.u.items[0].u.data, "ab", 2));
	CHECK(got.u.items[1].len == 0);
	list.len = 0;
	put_and_take(&list, &got, &missing);
	CHECK(!missing && got.list && got.len == 0);
}

/* ---- limits and faults ---- */

TEST(more_groups_than_are_kept)
{
	struct eyas_str out = EYAS_STR_INIT;
	uint64_t i;

	start("evt.num:evt.num");
	count_procexit();
	for (i = 1; i < TOP_GROUPS_MAX + 3; i++) {
		event.num = i;
		count();
	}
	/* One that was there before the limit has its own row still. */
	event.num = 7;
	count();
	CHECK_INT(eyas_top_text(top, 1, &out), 0);
	eyas_str_putc(&out, '\0');
	CHECK_STR(out.data, "     evt.num       events  evt.num\n"
			    "      999999            1  999999\n"
			    "              and 999999 more\n"
			    "     3000003            3  (others)\n");
	eyas_str_fini(&out);
	JSON_IS(0, "{\"others\":true,\"events\":3,\"sum\":3000003}\n");
	finish();
}

TEST(faults_have_a_place)
{
	static const struct {
		const char *spec;
		int code;
		unsigned column;
	} wrong[] = {
		{ "", EYAS_E_FORMAT, 1 },
		{ "nothing", EYAS_E_FORMAT, 1 },
		{ "evt.nothing", EYAS_E_USAGE, 1 },
		{ "evt.num,", EYAS_E_FORMAT, 9 },
		{ "evt.num,,evt.cpu", EYAS_E_FORMAT, 9 },
		{ "evt.num,evt.nothing", EYAS_E_USAGE, 9 },
		{ "evt.num evt.cpu", EYAS_E_FORMAT, 8 },
		{ "evt.num:", EYAS_E_FORMAT, 9 },
		{ "evt.num:evt.type", EYAS_E_USAGE, 9 },
		{ "evt.num:evt.cpu,evt.type", EYAS_E_FORMAT, 16 },
		{ "evt.num,evt.cpu,evt.num", EYAS_E_USAGE, 17 },
		/* Columns count characters, lines are lines. */
		{ "concat(evt.type,'\xc3\xa9'),nothing", EYAS_E_FORMAT, 22 },
		{ "concat(evt.type,'\xc3\xa9'),evt.nothing", EYAS_E_USAGE, 22 },
		{ "evt.num,evt.cpu,evt.type,evt.dir,evt.time,evt.args,evt.res,evt.rawres,evt."
		  "failed,"
		  "evt.info,evt.buflen,evt.category,evt.rawtime,proc.pid,proc.name,proc.ppid,fd."
		  "num",
		  EYAS_E_LIMIT, 156 },
	};
	struct eyas_err err;
	size_t i;
	int res;

	CHECK_INT(eyas_network_new(NULL, &network), 0);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CHECK_INT(eyas_top_new(wrong[i].spec, network, &top, NULL), wrong[i].code);
		res = eyas_top_new(wrong[i].spec, network, &top, &err);
		if (res != wrong[i].code || err.line != 1 || err.column != wrong[i].column)
			test_fail(__FILE__, __LINE__, "'%s': %d, %u:%u '%s'", wrong[i].spec, res,
				  err.line, err.column, err.text);
	}
	CHECK_INT(eyas_top_new("concat(evt.type,\n'\xc3\xa9'),evt.nothing", network, &top, &err),
		  EYAS_E_USAGE);
	CHECK_INT(err.line, 2);
	CHECK_INT(err.column, 6);
	CHECK_INT(eyas_top_new("evt.num,", network, &top, &err), EYAS_E_FORMAT);
	CHECK_STR(err.text, "expected a field or a transformer, found the end");
	eyas_top_free(NULL);
	eyas_network_free(network);
}

/* A parameter that is a number in most events is a text in a mount: nothing to add up. */
TEST(sums_of_what_is_a_number)
{
	start("evt.type:evt.rawarg.dev");
	eyas_encoder_begin(&enc, buf, sizeof(buf), EYAS_EV_SYSCALL_MOUNT_X, 1, 42);
	eyas_put_int(&enc, 0);
	eyas_put_str(&enc, "/dev/sda1");
	eyas_put_str(&enc, "/mnt");
	eyas_put_str(&enc, "ext4");
	eyas_put_uint(&enc, 0);
	count_encoded();
	JSON_IS(10, "{\"evt.type\":\"mount\",\"events\":1,\"sum\":0}\n");
	finish();
}

/* The name of an asynchronous event may be nothing. */
TEST(no_blanks_at_the_end_of_a_row)
{
	start("evt.type,evt.arg.name");
	count_async("");
	TEXT_IS(10, "      events  evt.type    evt.arg.name\n"
		    "           1  asyncevent\n");
	finish();
}
