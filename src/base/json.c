/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON writer (RFC 8259). */
#include "base/json.h"

#include <assert.h>
#include <math.h>

void eyas_json_init(struct eyas_json *json, struct eyas_str *out)
{
	json->out = out;
	json->arrays = 0;
	json->depth = 0;
	json->comma = false;
}

static void value_begin(struct eyas_json *json)
{
	if (json->comma)
		eyas_str_putc(json->out, ',');
	json->comma = true;
}

static void open_level(struct eyas_json *json, bool array)
{
	assert(json->depth < EYAS_JSON_DEPTH);
	value_begin(json);
	eyas_str_putc(json->out, array ? '[' : '{');
	json->depth++;
	json->arrays &= ~(UINT64_C(1) << json->depth);
	json->arrays |= (uint64_t)array << json->depth;
	json->comma = false;
}

void eyas_json_object(struct eyas_json *json)
{
	open_level(json, false);
}

void eyas_json_array(struct eyas_json *json)
{
	open_level(json, true);
}

void eyas_json_end(struct eyas_json *json)
{
	assert(json->depth);
	eyas_str_putc(json->out, json->arrays >> json->depth & 1 ? ']' : '}');
	json->depth--;
	json->comma = true;
}

/* Bytes that may stand in a JSON string as they are: ASCII but for controls, quote, backslash. */
static bool plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void put_escaped(struct eyas_str *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char esc[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
	char two[2] = { '\\', (char)c };

	switch (c) {
	case '\n':
		two[1] = 'n';
		break;
	case '\r':
		two[1] = 'r';
		break;
	case '\t':
		two[1] = 't';
		break;
	case '"':
	case '\\':
		break;
	default:
		eyas_str_add(out, esc, sizeof(esc));
		return;
	}
	eyas_str_add(out, two, sizeof(two));
}

/* A character of two or three bytes by its number, which the reader takes for the same. */
static void put_numbered(struct eyas_str *out, const char *text, unsigned n)
{
	const unsigned char *b = (const unsigned char *)text;
	unsigned c = n == 2 ? (b[0] & 0x1fU) << 6 | (b[1] & 0x3fU)
			    : (b[0] & 0xfU) << 12 | (b[1] & 0x3fU) << 6 | (b[2] & 0x3fU);

	eyas_str_printf(out, "\\u%04x", c);
}

/* What a terminal would obey is escaped, too, although JSON allows it: output ends up there. */
static void put_quoted(struct eyas_str *out, const char *text, size_t len)
{
	size_t i = 0, run;
	unsigned n;

	eyas_str_putc(out, '"');
	while (i < len) {
		for (run = i; run < len && plain((unsigned char)text[run]); run++)
			;
		eyas_str_add(out, text + i, run - i);
		i = run;
		if (i == len)
			break;
		n = eyas_utf8_len(text + i, len - i);
		if (n > 1 && eyas_utf8_harmful(text + i, n))
			put_numbered(out, text + i, n);
		else if (n > 1)
			eyas_str_add(out, text + i, n);
		else if (n == 1)
			put_escaped(out, (unsigned char)text[i]);
		else
			eyas_str_add(out, "\xef\xbf\xbd", 3);
		i += n ? n : 1;
	}
	eyas_str_putc(out, '"');
}

void eyas_json_key(struct eyas_json *json, const char *key)
{
	value_begin(json);
	eyas_str_putc(json->out, '"');
	eyas_str_puts(json->out, key);
	eyas_str_add(json->out, "\":", 2);
	json->comma = false;
}

void eyas_json_key_len(struct eyas_json *json, const char *key, size_t len)
{
	value_begin(json);
	put_quoted(json->out, key, len);
	eyas_str_putc(json->out, ':');
	json->comma = false;
}

void eyas_json_str(struct eyas_json *json, const char *text, size_t len)
{
	value_begin(json);
	put_quoted(json->out, text, len);
}

void eyas_json_bytes(struct eyas_json *json, const void *data, size_t len)
{
	const unsigned char *from = data;
	char two[2];
	size_t i;

	value_begin(json);
	eyas_str_putc(json->out, '"');
	for (i = 0; i < len; i++) {
		if (plain(from[i])) {
			eyas_str_putc(json->out, (char)from[i]);
		} else if (from[i] < 0xa0) {
			put_escaped(json->out, from[i]);
		} else {
			two[0] = (char)(0xc0 | from[i] >> 6);
			two[1] = (char)(0x80 | (from[i] & 0x3f));
			eyas_str_add(json->out, two, 2);
		}
	}
	eyas_str_putc(json->out, '"');
}

void eyas_json_cstr(struct eyas_json *json, const char *text)
{
	eyas_json_str(json, text, strlen(text));
}

void eyas_json_member(struct eyas_json *json, const char *key, const char *text)
{
	eyas_json_key(json, key);
	eyas_json_cstr(json, text);
}

void eyas_json_u64(struct eyas_json *json, uint64_t value)
{
	value_begin(json);
	eyas_str_u64(json->out, value);
}

void eyas_json_i64(struct eyas_json *json, int64_t value)
{
	value_begin(json);
	eyas_str_i64(json->out, value);
}

void eyas_json_double(struct eyas_json *json, double value)
{
	if (!isfinite(value)) {
		eyas_json_null(json);
		return;
	}
	value_begin(json);
	eyas_str_printf(json->out, "%.17g", value);
}

void eyas_json_bool(struct eyas_json *json, bool value)
{
	value_begin(json);
	eyas_str_puts(json->out, value ? "true" : "false");
}

void eyas_json_null(struct eyas_json *json)
{
	value_begin(json);
	eyas_str_puts(json->out, "null");
}
