/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of fields as text and as JSON (reference/filter_language.md section 5), and buffers in
 * the modes of -x, -X, -A and -b. Asked by formats and by the summary of `eyas info`.
 */
#include "filter/value_text.h"

#include <string.h>

#include "schema/event.h"
#include "schema/text.h"

enum { LIST_TEXT_MAX = 1023 }; /* bytes of a list as text; the peers cut there */

/* ---- buffers ---- */

static bool prints(uint8_t c)
{
	return c >= 0x20 && c <= 0x7e;
}

/*
 * Sixteen bytes a line in groups of two, after their offset; the text beside them begins in the
 * same column on every line, which that of the peers does not. A line break comes first, so that
 * the dump stands apart from what is before it.
 */
static void put_dump(struct eyas_str *out, const uint8_t *data, size_t len, bool ascii)
{
	static const char hex[] = "0123456789abcdef";
	size_t at, i, row;
	char *to;

	eyas_str_putc(out, '\n');
	for (at = 0; at < len; at += row) {
		row = len - at < 16 ? len - at : 16;
		eyas_str_add(out, "\t0x", 3);
		for (i = 12; i && !(at >> i); i -= 4)
			eyas_str_putc(out, '0');
		eyas_str_hex(out, at, false);
		eyas_str_putc(out, ':');
		to = eyas_str_reserve(out, 42 + 16);
		if (!to)
			return;
		for (i = 0; i < row; i++) {
			if (i % 2 == 0)
				*to++ = ' ';
			*to++ = hex[data[at + i] >> 4];
			*to++ = hex[data[at + i] & 15];
		}
		out->len = (size_t)(to - out->data);
		if (ascii) {
			memset(to, ' ', 42 - 2 * row - (row + 1) / 2);
			out->len += 42 - 2 * row - (row + 1) / 2;
			eyas_str_dots(out, data + at, row);
		}
		eyas_str_putc(out, '\n');
	}
}

/* Text as it was meant: line ends of every kind are line ends, else what does not print goes. */
static void put_ascii(struct eyas_str *out, const uint8_t *data, size_t len)
{
	char *to = eyas_str_reserve(out, len + 1);
	size_t i;

	if (!to)
		return;
	*to++ = '\n';
	for (i = 0; i < len; i++)
		if (prints(data[i]))
			*to++ = (char)data[i];
		else if (data[i] == '\r' || (data[i] == '\n' && (!i || data[i - 1] != '\r')))
			*to++ = '\n';
	out->len = (size_t)(to - out->data);
}

static void put_base64(struct eyas_str *out, const uint8_t *data, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	size_t groups = len / 3 + (len % 3 != 0), i;
	char *to = groups <= SIZE_MAX / 4 ? eyas_str_reserve(out, 4 * groups) : NULL;
	uint32_t bits;

	if (!to)
		return;
	for (i = 0; i < len; i += 3) {
		bits = (uint32_t)data[i] << 16;
		bits |= i + 1 < len ? (uint32_t)data[i + 1] << 8 : 0;
		bits |= i + 2 < len ? data[i + 2] : 0;
		*to++ = digits[bits >> 18];
		*to++ = digits[bits >> 12 & 63];
		*to++ = i + 1 < len ? digits[bits >> 6 & 63] : '=';
		*to++ = i + 2 < len ? digits[bits & 63] : '=';
	}
	out->len += 4 * groups;
}

void eyas_buffer_put(struct eyas_str *out, const void *data, size_t len, enum buffer_mode mode)
{
	switch (mode) {
	case BUFFER_DOTS:
		eyas_str_dots(out, data, len);
		return;
	case BUFFER_HEX:
	case BUFFER_HEX_ASCII:
		put_dump(out, data, len, mode == BUFFER_HEX_ASCII);
		return;
	case BUFFER_ASCII:
		put_ascii(out, data, len);
		return;
	case BUFFER_BASE64:
		put_base64(out, data, len);
		return;
	}
}

void eyas_buffer_put_opts(struct eyas_str *out, const void *data, size_t len,
			  const struct field_opts *opts)
{
	size_t max = opts->max_bytes && opts->max_bytes < len ? opts->max_bytes : len;
	bool mark = max < len && max > 3 && opts->buffers == BUFFER_DOTS;

	eyas_buffer_put(out, data, mark ? max - 3 : max, opts->buffers);
	if (mark)
		eyas_str_add(out, "...", 3);
}

/* ---- text ---- */

static void put_number(struct eyas_str *out, const struct eyas_value *value)
{
	unsigned size = eyas_type_sizes[value->type];
	uint64_t num = value->u.num;
	uint64_t own = size && size < 8 ? num & UINT64_MAX >> (64 - 8 * size) : num;

	if (value->type == EYAS_PT_BOOL) {
		eyas_str_puts(out, num ? "true" : "false");
		return;
	}
	switch ((enum eyas_fmt)value->fmt) {
	case EYAS_FMT_HEX:
		eyas_str_hex(out, own, true);
		return;
	case EYAS_FMT_OCT:
		if (own)
			eyas_str_putc(out, '0');
		eyas_str_oct(out, own);
		return;
	case EYAS_FMT_PADDED_DEC:
		eyas_str_u64_pad(out, num, 9);
		return;
	case EYAS_FMT_NA:
	case EYAS_FMT_DEC:
	case EYAS_FMT_ID:
	case EYAS_FMT_DIR:
		break;
	}
	if (eyas_value_signed(value->type))
		eyas_str_i64(out, (int64_t)num);
	else
		eyas_str_u64(out, num);
}

/* What only evt.rawarg yields: tuples, lists of descriptors, several strings. */
static void put_other(struct eyas_str *out, const struct eyas_value *value)
{
	struct eyas_param_info info = { .type = value->type, .fmt = value->fmt, .dirfd = -1 };
	struct eyas_param param = { &info, (const uint8_t *)value->u.data, value->len };

	eyas_text_raw(out, &param);
}

static void put_scalar(struct eyas_str *out, const struct eyas_value *value,
		       const struct field_opts *opts)
{
	switch (eyas_value_class(value->type)) {
	case VALUE_NUMBER:
		put_number(out, value);
		return;
	case VALUE_REAL:
		eyas_str_printf(out, "%.1f", value->u.real);
		return;
	case VALUE_BYTES:
		if (value->type == EYAS_PT_BYTEBUF)
			eyas_buffer_put_opts(out, value->u.data, value->len, opts);
		else
			eyas_str_add(out, value->u.data, value->len);
		return;
	case VALUE_ADDR:
		if (value->type == EYAS_PT_IPV4NET || value->type == EYAS_PT_IPV6NET ||
		    value->type == EYAS_PT_IPNET)
			eyas_str_add(out, "<IPNET>", 7);
		else
			eyas_text_addr(out, (const uint8_t *)value->u.data, value->len);
		return;
	case VALUE_OTHER:
		put_other(out, value);
		return;
	}
}

void eyas_value_put_text(struct eyas_str *out, const struct eyas_value *value,
			 const struct field_opts *opts)
{
	size_t begin = out->len;
	uint32_t i;

	if (!value->list) {
		put_scalar(out, value, opts);
		return;
	}
	eyas_str_putc(out, '(');
	for (i = 0; i < value->len && out->len - begin <= LIST_TEXT_MAX; i++) {
		if (i)
			eyas_str_putc(out, ',');
		put_scalar(out, &value->u.items[i], opts);
	}
	eyas_str_putc(out, ')');
	if (out->len - begin > LIST_TEXT_MAX)
		out->len = begin + LIST_TEXT_MAX;
}

/* ---- JSON ---- */

static bool is_time(unsigned type)
{
	return type == EYAS_PT_RELTIME || type == EYAS_PT_ABSTIME;
}

/* Hexadecimal, octal and padded numbers mean their digits and are strings; times stay numbers. */
static bool is_json_number(const struct eyas_value *value)
{
	return is_time(value->type) || !(value->fmt == EYAS_FMT_HEX || value->fmt == EYAS_FMT_OCT ||
					 value->fmt == EYAS_FMT_PADDED_DEC);
}

static void json_text(struct eyas_json *json, const struct eyas_value *value,
		      const struct field_opts *opts)
{
	struct eyas_str text = EYAS_STR_INIT;

	put_scalar(&text, value, opts);
	json->out->nomem |= text.nomem;
	eyas_json_str(json, text.data, text.len);
	eyas_str_fini(&text);
}

static void json_number(struct eyas_json *json, const struct eyas_value *value,
			const struct field_opts *opts)
{
	if (value->type == EYAS_PT_BOOL)
		eyas_json_bool(json, value->u.num != 0);
	else if (!is_json_number(value))
		json_text(json, value, opts);
	else if (eyas_value_signed(value->type))
		eyas_json_i64(json, (int64_t)value->u.num);
	else
		eyas_json_u64(json, value->u.num);
}

/* A decimal format asks for whole numbers; what no integer can hold stays as it is. */
static void json_real(struct eyas_json *json, const struct eyas_value *value)
{
	double real = value->u.real;

	if (value->fmt == EYAS_FMT_DEC && real > -9e18 && real < 9e18)
		eyas_json_i64(json, (int64_t)real);
	else
		eyas_json_double(json, real);
}

static void json_scalar(struct eyas_json *json, const struct eyas_value *value,
			const struct field_opts *opts)
{
	switch (eyas_value_class(value->type)) {
	case VALUE_NUMBER:
		json_number(json, value, opts);
		return;
	case VALUE_REAL:
		json_real(json, value);
		return;
	case VALUE_BYTES:
		if (value->type != EYAS_PT_BYTEBUF) {
			eyas_json_str(json, value->u.data, value->len);
			return;
		}
		break;
	case VALUE_ADDR:
	case VALUE_OTHER:
		break;
	}
	json_text(json, value, opts);
}

void eyas_value_put_json(struct eyas_json *json, const struct eyas_value *value,
			 const struct field_ref *field, const struct field_opts *opts)
{
	uint32_t i;

	if (field && field->info->flags & FIELD_TIME) {
		eyas_json_u64(json, field->own.u64[0]);
		return;
	}
	if (!value->list) {
		json_scalar(json, value, opts);
		return;
	}
	eyas_json_array(json);
	for (i = 0; i < value->len; i++)
		json_scalar(json, &value->u.items[i], opts);
	eyas_json_end(json);
}
