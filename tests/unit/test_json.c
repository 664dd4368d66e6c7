/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON writer: commas and brackets, every byte in a string, what is not UTF-8, numbers to
 * their limits, buffers that lose nothing.
 */
#include "unit/harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

static struct eyas_str out;
static struct eyas_json json;

static void begin(void)
{
	out.len = 0;
	eyas_json_init(&json, &out);
}

/* What was written since begin() is want. */
static void expect(const char *want)
{
	eyas_str_putc(&out, '\0');
	CHECK(!out.nomem);
	CHECK_STR(out.data, want);
	out.len = 0;
}

static void end(void)
{
	eyas_str_fini(&out);
}

static void str_is(const char *text, size_t len, const char *want)
{
	begin();
	eyas_json_str(&json, text, len);
	expect(want);
}

static void bytes_are(const char *data, size_t len, const char *want)
{
	begin();
	eyas_json_bytes(&json, data, len);
	expect(want);
}

TEST(commas_and_brackets)
{
	begin();
	eyas_json_object(&json);
	eyas_json_end(&json);
	expect("{}");
	begin();
	eyas_json_array(&json);
	eyas_json_end(&json);
	expect("[]");
	begin();
	eyas_json_object(&json);
	eyas_json_key(&json, "a");
	eyas_json_u64(&json, 1);
	eyas_json_key(&json, "b");
	eyas_json_array(&json);
	eyas_json_null(&json);
	eyas_json_bool(&json, true);
	eyas_json_object(&json);
	eyas_json_end(&json);
	eyas_json_array(&json);
	eyas_json_array(&json);
	eyas_json_end(&json);
	eyas_json_end(&json);
	eyas_json_bool(&json, false);
	eyas_json_end(&json);
	eyas_json_key(&json, "c");
	eyas_json_object(&json);
	eyas_json_key_len(&json, "\"\n", 2);
	eyas_json_cstr(&json, "x");
	eyas_json_end(&json);
	eyas_json_key(&json, "d");
	eyas_json_i64(&json, -1);
	eyas_json_end(&json);
	CHECK_INT(json.depth, 0);
	expect("{\"a\":1,\"b\":[null,true,{},[[]],false],\"c\":{\"\\\"\\n\":\"x\"},\"d\":-1}");
	end();
}

/* Arrays and objects by turns down to the limit: each is closed by its own bracket. */
TEST(nesting)
{
	char want[4 * EYAS_JSON_DEPTH + 8] = "";
	unsigned i, n = 0;

	begin();
	for (i = 0; i < EYAS_JSON_DEPTH; i++) {
		if (i % 3 == 1) {
			eyas_json_object(&json);
			eyas_json_key(&json, "");
			n += (unsigned)sprintf(want + n, "{\"\":");
		} else {
			eyas_json_array(&json);
			want[n++] = '[';
		}
	}
	eyas_json_null(&json);
	n += (unsigned)sprintf(want + n, "null");
	while (i--) {
		eyas_json_end(&json);
		want[n++] = i % 3 == 1 ? '}' : ']';
	}
	want[n] = '\0';
	expect(want);
	end();
}

TEST(every_ascii_byte)
{
	char c, want[16];
	unsigned i;

	for (i = 0; i < 0x80; i++) {
		c = (char)i;
		if (c == '\n' || c == '\r' || c == '\t')
			sprintf(want, "\"\\%c\"", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
		else if (c == '"' || c == '\\')
			sprintf(want, "\"\\%c\"", c);
		else if (i < 0x20 || i == 0x7f)
			sprintf(want, "\"\\u%04x\"", i);
		else
			sprintf(want, "\"%c\"", c);
		str_is(&c, 1, want);
		bytes_are(&c, 1, want);
	}
	str_is(NULL, 0, "\"\"");
	str_is("", 0, "\"\"");
	str_is("a\0b", 3, "\"a\\u0000b\"");
	/* C1 controls and what turns the direction around, and their neighbours. */
	str_is("\xc2\x9b|\xc2\xa0", 5, "\"\\u009b|\xc2\xa0\"");
	str_is("\xe2\x80\xae|\xe2\x80\xaf", 7, "\"\\u202e|\xe2\x80\xaf\"");
	str_is("plain text, long enough for a run", 33, "\"plain text, long enough for a run\"");
	end();
}

#define FFFD "\xef\xbf\xbd"

TEST(what_is_not_utf8)
{
	/* Good: two, three and four bytes, the last code points. */
	str_is("\xc2\xa0 \xc3\xa9", 5, "\"\xc2\xa0 \xc3\xa9\"");
	str_is("\xe2\x82\xac", 3, "\"\xe2\x82\xac\"");
	str_is("\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf", 8, "\"\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\"");
	/* Bad: each byte becomes one replacement character. */
	str_is("a\x80z", 3, "\"a" FFFD "z\"");
	str_is("\xff\xfe", 2, "\"" FFFD FFFD "\"");
	str_is("\xc0\x80", 2, "\"" FFFD FFFD "\"");
	str_is("\xed\xa0\x80", 3, "\"" FFFD FFFD FFFD "\"");
	str_is("\xf4\x90\x80\x80", 4, "\"" FFFD FFFD FFFD FFFD "\"");
	/* Cut off by the end, which must not be read past, and by another character. */
	str_is("\xe2\x82\xac", 2, "\"" FFFD FFFD "\"");
	str_is("\xe2\x82\"", 3, "\"" FFFD FFFD "\\\"\"");
	begin();
	eyas_json_object(&json);
	eyas_json_key_len(&json, "\xffk", 2);
	eyas_json_null(&json);
	eyas_json_end(&json);
	expect("{\"" FFFD "k\":null}");
	end();
}

TEST(numbers)
{
	begin();
	eyas_json_array(&json);
	eyas_json_u64(&json, 0);
	eyas_json_u64(&json, UINT64_MAX);
	eyas_json_i64(&json, 0);
	eyas_json_i64(&json, INT64_MIN);
	eyas_json_i64(&json, INT64_MAX);
	eyas_json_double(&json, 0.5);
	eyas_json_double(&json, -1e300);
	eyas_json_double(&json, 0);
	eyas_json_end(&json);
	expect("[0,18446744073709551615,0,-9223372036854775808,9223372036854775807,0.5,"
	       "-1.0000000000000001e+300,0]");
	/* JSON has no word for these. */
	begin();
	eyas_json_array(&json);
	eyas_json_double(&json, (double)NAN);
	eyas_json_double(&json, (double)INFINITY);
	eyas_json_double(&json, -(double)INFINITY);
	eyas_json_end(&json);
	expect("[null,null,null]");
	end();
}

/* What is read back is the number that was written. */
TEST(doubles_come_back)
{
	static const double values[] = { 0.1,
					 1.0 / 3,
					 2.2250738585072014e-308,
					 5e-324,
					 1.7976931348623157e308,
					 -123456789.987654321 };
	unsigned i;

	for (i = 0; i < 6; i++) {
		begin();
		eyas_json_double(&json, values[i]);
		eyas_str_putc(&out, '\0');
		CHECK(!memcmp(&(double){ strtod(out.data, NULL) }, &values[i], 8));
	}
	end();
}

TEST(bytes_lose_nothing)
{
	char all[256];
	unsigned i, code, n = 0;
	const char *p;

	bytes_are("\x80\x9f\xa0\xff", 4, "\"\\u0080\\u009f\xc2\xa0\xc3\xbf\"");
	/* UTF-8 is not taken for text: three bytes, three characters. */
	bytes_are("\xe2\x82\xac", 3, "\"\xc3\xa2\\u0082\xc2\xac\"");
	bytes_are(NULL, 0, "\"\"");
	for (i = 0; i < 256; i++)
		all[i] = (char)i;
	begin();
	eyas_json_bytes(&json, all, 256);
	eyas_str_putc(&out, '\0');
	CHECK_INT(out.data[0], '"');
	for (p = out.data + 1; *p != '"'; n++) {
		if (p[0] == '\\' && p[1] == 'u') {
			CHECK_INT(sscanf(p + 2, "%4x", &code), 1);
			p += 6;
		} else if (p[0] == '\\') {
			code = p[1] == 'n'   ? '\n'
			       : p[1] == 't' ? '\t'
			       : p[1] == 'r' ? '\r'
					     : (unsigned char)p[1];
			p += 2;
		} else if (*p & 0x80) {
			code = ((unsigned)(unsigned char)p[0] & 0x1f) << 6 |
			       ((unsigned char)p[1] & 0x3f);
			p += 2;
		} else {
			code = (unsigned char)*p++;
		}
		CHECK_INT(code, n);
	}
	CHECK_INT(n, 256);
	end();
}
