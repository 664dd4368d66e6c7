/* SPDX-License-Identifier: Apache-2.0 */
/* Values of fields as text and as JSON: a row per type and format; buffers in every mode. */
#include "unit/harness.h"

#include <string.h>

#include "filter/value_text.h"

static struct field_opts opts;

static const char *text_of(struct eyas_str *str)
{
	static char buf[4096];

	CHECK(!str->nomem);
	CHECK(str->len < sizeof(buf));
	if (str->len)
		memcpy(buf, str->data, str->len);
	buf[str->len] = '\0';
	eyas_str_fini(str);
	return buf;
}

static const char *as_text(const struct eyas_value *value)
{
	struct eyas_str str = EYAS_STR_INIT;

	eyas_value_put_text(&str, value, &opts);
	return text_of(&str);
}

static const char *as_json(const struct eyas_value *value, const struct field_ref *field)
{
	struct eyas_str str = EYAS_STR_INIT;
	struct eyas_json json;

	eyas_json_init(&json, &str);
	eyas_value_put_json(&json, value, field, &opts);
	return text_of(&str);
}

/* ---- numbers ---- */

TEST(numbers)
{
	static const struct {
		uint8_t type, fmt;
		uint64_t num;
		const char *text, *json;
	} rows[] = {
		{ EYAS_PT_UINT64, EYAS_FMT_ID, UINT64_MAX, "18446744073709551615",
		  "18446744073709551615" },
		{ EYAS_PT_INT64, EYAS_FMT_DEC, (uint64_t)-2, "-2", "-2" },
		{ EYAS_PT_INT16, EYAS_FMT_ID, (uint64_t)-1, "-1", "-1" },
		{ EYAS_PT_ERRNO, EYAS_FMT_DEC, (uint64_t)-13, "-13", "-13" },
		{ EYAS_PT_UINT32, EYAS_FMT_NA, 1, "1", "1" },
		{ EYAS_PT_PORT, EYAS_FMT_DEC, 443, "443", "443" },
		{ EYAS_PT_BOOL, EYAS_FMT_NA, 1, "true", "true" },
		{ EYAS_PT_BOOL, EYAS_FMT_NA, 0, "false", "false" },
		/* Bits of its own size, upper case, no prefix. */
		{ EYAS_PT_INT32, EYAS_FMT_HEX, (uint64_t)-1, "FFFFFFFF", "\"FFFFFFFF\"" },
		{ EYAS_PT_INT64, EYAS_FMT_HEX, (uint64_t)-1, "FFFFFFFFFFFFFFFF",
		  "\"FFFFFFFFFFFFFFFF\"" },
		{ EYAS_PT_UINT32, EYAS_FMT_HEX, 0x8801, "8801", "\"8801\"" },
		{ EYAS_PT_UINT32, EYAS_FMT_OCT, 0644, "0644", "\"0644\"" },
		{ EYAS_PT_UINT32, EYAS_FMT_OCT, 0, "0", "\"0\"" },
		{ EYAS_PT_UINT64, EYAS_FMT_PADDED_DEC, 42, "000000042", "\"000000042\"" },
		/* Times are numbers in JSON, however they are padded. */
		{ EYAS_PT_RELTIME, EYAS_FMT_PADDED_DEC, 42, "000000042", "42" },
		{ EYAS_PT_RELTIME, EYAS_FMT_PADDED_DEC, 12345678901, "12345678901", "12345678901" },
		{ EYAS_PT_ABSTIME, EYAS_FMT_DEC, 1588262411367928527, "1588262411367928527",
		  "1588262411367928527" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct eyas_value value = { .type = rows[i].type,
					    .fmt = rows[i].fmt,
					    .u.num = rows[i].num };

		CHECK_STR(as_text(&value), rows[i].text);
		CHECK_STR(as_json(&value, NULL), rows[i].json);
	}
}

TEST(reals)
{
	struct eyas_value value = { .type = EYAS_PT_DOUBLE, .u.real = 12.5 };

	CHECK_STR(as_text(&value), "12.5");
	CHECK_STR(as_json(&value, NULL), "12.5");
	value.fmt = EYAS_FMT_DEC;
	CHECK_STR(as_json(&value, NULL), "12");
	/* No integer can hold it. */
	value.u.real = 0x1p+100;
	CHECK_STR(as_json(&value, NULL), "1.2676506002282294e+30");
}

/* ---- texts and addresses ---- */

TEST(texts)
{
	struct eyas_value value = eyas_value_text("a\tb\"\x01", 5);

	CHECK_STR(as_text(&value), "a\tb\"\x01");
	CHECK_STR(as_json(&value, NULL), "\"a\\tb\\\"\\u0001\"");
	value.len = 0;
	CHECK_STR(as_text(&value), "");
	CHECK_STR(as_json(&value, NULL), "\"\"");
}

TEST(addresses)
{
	static const char loopback6[16] = { [15] = 1 };
	struct eyas_value value = { .type = EYAS_PT_IPADDR, .len = 4, .u.data = "\x0a\0\0\1" };

	CHECK_STR(as_text(&value), "10.0.0.1");
	CHECK_STR(as_json(&value, NULL), "\"10.0.0.1\"");
	value.len = 16;
	value.u.data = loopback6;
	CHECK_STR(as_text(&value), "::1");
	value.type = EYAS_PT_IPNET;
	CHECK_STR(as_text(&value), "<IPNET>");
}

/* Values only evt.rawarg has are written as parameters of their type are. */
TEST(other_types)
{
	struct eyas_value value = { .type = EYAS_PT_FDLIST,
				    .len = 12,
				    .u.data = "\1\0\3\0\0\0\0\0\0\0\1\0" };

	CHECK_STR(as_text(&value), "3:?1");
	CHECK_STR(as_json(&value, NULL), "\"3:?1\"");
}

/* ---- lists ---- */

TEST(lists)
{
	const struct eyas_value items[] = { eyas_value_text("a", 1), eyas_value_text("", 0),
					    eyas_value_text("b,c", 3) };
	struct eyas_value list = {
		.type = EYAS_PT_CHARBUF, .list = true, .len = 3, .u.items = items
	};

	CHECK_STR(as_text(&list), "(a,,b,c)");
	CHECK_STR(as_json(&list, NULL), "[\"a\",\"\",\"b,c\"]");
	list.len = 0;
	CHECK_STR(as_text(&list), "()");
	CHECK_STR(as_json(&list, NULL), "[]");
}

/* Text of a list is cut, wherever that is; JSON has it whole. */
TEST(long_list)
{
	struct eyas_value items[300];
	struct eyas_value list = {
		.type = EYAS_PT_CHARBUF, .list = true, .len = 300, .u.items = items
	};
	size_t i;

	for (i = 0; i < 300; i++)
		items[i] = eyas_value_text("1234", 4);
	CHECK_INT(strlen(as_text(&list)), 1023);
	CHECK_INT(as_text(&list)[1022], '2');
	CHECK_INT(strlen(as_json(&list, NULL)), 300 * 7 + 1);
	/* 204 items of five bytes, two brackets, without the last comma: 1021 bytes fit. */
	list.len = 204;
	CHECK_INT(strlen(as_text(&list)), 1021);
	CHECK_INT(as_text(&list)[1020], ')');
}

/* ---- times as text ---- */

TEST(json_of_an_instant)
{
	static const struct field_info info = { .name = "evt.time", .flags = FIELD_TIME };
	struct field_ref field = { .info = &info, .own.u64 = { 1700000000123456789 } };
	struct eyas_value value = eyas_value_text("22:13:20.123456789", 18);

	CHECK_STR(as_text(&value), "22:13:20.123456789");
	CHECK_STR(as_json(&value, &field), "1700000000123456789");
}

/* ---- buffers ---- */

static const char *buffer(const char *data, size_t len, enum buffer_mode mode)
{
	struct eyas_str str = EYAS_STR_INIT;

	eyas_buffer_put(&str, data, len, mode);
	return text_of(&str);
}

TEST(dots)
{
	CHECK_STR(buffer("a\n\0\x7f~", 5, BUFFER_DOTS), "a...~");
	CHECK_STR(buffer("", 0, BUFFER_DOTS), "");
}

/* As sysdig -x and -X print them, but in columns on every line: theirs slip on odd lengths. */
TEST(dumps)
{
	CHECK_STR(buffer("exec docker-default", 19, BUFFER_HEX),
		  "\n\t0x0000: 6578 6563 2064 6f63 6b65 722d 6465 6661\n"
		  "\t0x0010: 756c 74\n");
	CHECK_STR(buffer("exec docker-default", 19, BUFFER_HEX_ASCII),
		  "\n\t0x0000: 6578 6563 2064 6f63 6b65 722d 6465 6661  exec docker-defa\n"
		  "\t0x0010: 756c 74                                  ult\n");
	CHECK_STR(buffer("0", 1, BUFFER_HEX_ASCII),
		  "\n\t0x0000: 30                                       0\n");
	CHECK_STR(buffer("1\n", 2, BUFFER_HEX_ASCII),
		  "\n\t0x0000: 310a                                     1.\n");
	CHECK_STR(buffer("", 0, BUFFER_HEX), "\n");
}

TEST(dump_offsets)
{
	static char data[0x10001];
	struct eyas_str str = EYAS_STR_INIT;

	eyas_buffer_put(&str, data, sizeof(data), BUFFER_HEX);
	CHECK(!memcmp(str.data + str.len - 13, "\t0x10000: 00\n", 13));
	CHECK(memmem(str.data, str.len, "\t0x0ff0: ", 9));
	eyas_str_fini(&str);
}

/* Every kind of line end is one; what does not print is left out. */
TEST(ascii)
{
	CHECK_STR(buffer("a\r\nb\nc\rd\0\x80", 10, BUFFER_ASCII), "\na\nb\nc\nd");
	CHECK_STR(buffer("\n", 1, BUFFER_ASCII), "\n\n");
}

TEST(base64)
{
	CHECK_STR(buffer("", 0, BUFFER_BASE64), "");
	CHECK_STR(buffer("f", 1, BUFFER_BASE64), "Zg==");
	CHECK_STR(buffer("fo", 2, BUFFER_BASE64), "Zm8=");
	CHECK_STR(buffer("foo", 3, BUFFER_BASE64), "Zm9v");
	CHECK_STR(buffer("\xff\xfe\xfd\xfc", 4, BUFFER_BASE64), "//79/A==");
}

TEST(buffer_values)
{
	struct eyas_value value = { .type = EYAS_PT_BYTEBUF, .len = 6, .u.data = "ab\0def" };

	CHECK_STR(as_text(&value), "ab.def");
	CHECK_STR(as_json(&value, NULL), "\"ab.def\"");
	opts.max_bytes = 6;
	CHECK_STR(as_text(&value), "ab.def");
	opts.max_bytes = 5;
	CHECK_STR(as_text(&value), "ab...");
	opts.max_bytes = 2;
	CHECK_STR(as_text(&value), "ab");
	/* Without a mark where three dots would be data. */
	opts.max_bytes = 4;
	opts.buffers = BUFFER_BASE64;
	CHECK_STR(as_text(&value), "YWIAZA==");
	CHECK_STR(as_json(&value, NULL), "\"YWIAZA==\"");
	opts.buffers = BUFFER_ASCII;
	CHECK_STR(as_text(&value), "\nabd");
	opts.buffers = BUFFER_HEX;
	CHECK_STR(as_text(&value), "\n\t0x0000: 6162 0064\n");
	opts.max_bytes = 0;
	CHECK_STR(as_text(&value), "\n\t0x0000: 6162 0064 6566\n");
}

/* ---- classes ---- */

TEST(classes)
{
	CHECK_INT(eyas_value_class(EYAS_PT_FLAGS32), VALUE_NUMBER);
	CHECK_INT(eyas_value_class(EYAS_PT_BOOL), VALUE_NUMBER);
	CHECK_INT(eyas_value_class(EYAS_PT_DOUBLE), VALUE_REAL);
	CHECK_INT(eyas_value_class(EYAS_PT_FSRELPATH), VALUE_BYTES);
	CHECK_INT(eyas_value_class(EYAS_PT_BYTEBUF), VALUE_BYTES);
	CHECK_INT(eyas_value_class(EYAS_PT_IPADDR), VALUE_ADDR);
	CHECK_INT(eyas_value_class(EYAS_PT_IPNET), VALUE_ADDR);
	CHECK_INT(eyas_value_class(EYAS_PT_IPV4NET), VALUE_ADDR);
	CHECK_INT(eyas_value_class(EYAS_PT_IPV6NET), VALUE_ADDR);
	CHECK_INT(eyas_value_class(EYAS_PT_SOCKTUPLE), VALUE_OTHER);
	CHECK_INT(eyas_value_class(EYAS_PT_COUNT), VALUE_OTHER);
	CHECK(eyas_value_signed(EYAS_PT_PID));
	CHECK(!eyas_value_signed(EYAS_PT_RELTIME));
	CHECK(!eyas_value_signed(EYAS_PT_COUNT));
}
