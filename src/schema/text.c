/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the value of a parameter becomes text. One pass over the value writes the raw form, the
 * resolved form, or both; which of them is a bit set, so that nothing is decoded twice.
 */
#include "schema/text.h"

#include <string.h>

#include "base/le.h"
#include "schema/event.h"
#include "schema/ids.h"

enum form { RAW = 1, RESOLVED = 2, BOTH = RAW | RESOLVED };

/* What a value is to be written as. The table fits the type: flags, or variants for DYN. */
struct value {
	const struct eyas_param_info *info;
	const struct eyas_type_info *type;
	const uint8_t *data;
	uint32_t len;
};

/* A resolved form that is one word. */
static void put_name(struct eyas_str *str, const char *name, unsigned form)
{
	size_t len;
	char *to;

	if (!name || !(form & RESOLVED))
		return;
	len = strlen(name);
	to = eyas_str_reserve(str, len + 2);
	if (!to)
		return;
	if (form & RAW)
		*to++ = '(';
	memcpy(to, name, len);
	to += len;
	if (form & RAW)
		*to++ = ')';
	str->len = (size_t)(to - str->data);
}

/* One more name of several; first tells whether it opens the list. */
static void put_listed(struct eyas_str *str, const char *name, bool first, unsigned form)
{
	size_t len = strlen(name);
	char *to = eyas_str_reserve(str, len + 1);

	if (!to)
		return;
	if (!first)
		*to++ = '|';
	else if (form & RAW)
		*to++ = '(';
	memcpy(to, name, len);
	str->len = (size_t)(to + len - str->data);
}

/*
 * Bits are consumed as they are matched, so that O_RDWR (3) is not followed by O_WRONLY (2) and
 * O_RDONLY (1); a row for zero stands for the value zero only.
 */
static void put_flags(struct eyas_str *str, const struct eyas_flag_table *table, uint32_t value,
		      unsigned form)
{
	const struct eyas_flag *flag = table->flags, *end = flag + table->count;
	uint32_t left = value;
	bool first = true;

	if (!value) {
		for (; flag < end; flag++)
			if (!flag->value) {
				put_listed(str, flag->name, first, form);
				first = false;
			}
	}
	for (; left && flag < end; flag++)
		if (flag->value && (left & flag->value) == flag->value) {
			put_listed(str, flag->name, first, form);
			first = false;
			left &= ~flag->value;
		}
	if (!first && (form & RAW))
		eyas_str_putc(str, ')');
}

/* Every name of the value: a family is both AF_LOCAL and AF_UNIX. */
static void put_enum(struct eyas_str *str, const struct eyas_flag_table *table, uint32_t value,
		     unsigned form)
{
	const struct eyas_flag *flag = table->flags, *end = flag + table->count;
	bool first = true;

	for (; flag < end; flag++)
		if (flag->value == value) {
			put_listed(str, flag->name, first, form);
			first = false;
		}
	if (!first && (form & RAW))
		eyas_str_putc(str, ')');
}

static const char *errno_of(int64_t value)
{
	uint64_t code = 0 - (uint64_t)value;

	return value < 0 && code < 4096 ? eyas_errno_name((unsigned)code) : NULL;
}

/*
 * A number in the format of its parameter. Hexadecimal and octal show the bits of its size. In
 * decimal, UINT32 and UINT64 have a sign like the signed types: the schema declares offsets and
 * owners so, of which -71 and -1 are usual values, and the peers print them so.
 */
static void put_number(struct eyas_str *str, const struct value *value, uint64_t bits)
{
	uint64_t own = bits & UINT64_MAX >> (64 - 8 * value->type->size);
	int64_t number = value->info->type == EYAS_PT_UINT32 ? (int32_t)bits : (int64_t)bits;

	switch ((enum eyas_fmt)value->info->fmt) {
	case EYAS_FMT_HEX:
		eyas_str_hex(str, own, true);
		return;
	case EYAS_FMT_OCT:
		if (own)
			eyas_str_putc(str, '0');
		eyas_str_oct(str, own);
		return;
	case EYAS_FMT_PADDED_DEC:
		if (number >= 0) {
			eyas_str_u64_pad(str, bits, 9);
			return;
		}
		break;
	case EYAS_FMT_NA:
	case EYAS_FMT_DEC:
	case EYAS_FMT_ID:
	case EYAS_FMT_DIR:
		break;
	}
	eyas_str_i64(str, number);
}

/* Names of the signals in a set; bit 0 is signal 1. */
static void put_sigset(struct eyas_str *str, uint32_t set)
{
	const char *name, *blank = "";
	unsigned i;

	for (i = 0; i < 32; i++) {
		if (!(set & (UINT32_C(1) << i)))
			continue;
		name = eyas_signal_name(i + 1);
		if (!name)
			continue;
		eyas_str_puts(str, blank);
		eyas_str_puts(str, name);
		blank = " ";
	}
}

static void put_reltime(struct eyas_str *str, uint64_t ns, unsigned form)
{
	if (ns == UINT64_MAX) {
		if (form & RAW)
			eyas_str_add(str, "none", 4);
		return;
	}
	if (form & RAW)
		eyas_str_u64(str, ns);
	if (!(form & RESOLVED))
		return;
	if (form & RAW)
		eyas_str_putc(str, '(');
	eyas_text_seconds(str, ns);
	if (form & RAW)
		eyas_str_putc(str, ')');
}

/* The owner's name needs the user list; "none" needs nothing. Ids have a sign for the peers. */
static void put_owner(struct eyas_str *str, uint32_t id, unsigned form)
{
	if (id == UINT32_MAX) {
		if (form & RAW)
			eyas_str_add(str, "-1", 2);
		put_name(str, "<NONE>", form);
	} else if (form & RAW) {
		eyas_str_i64(str, (int32_t)id);
	}
}

static void put_integer(struct eyas_str *str, const struct value *value, unsigned form)
{
	const struct eyas_param_info *info = value->info;
	const struct eyas_flag_table *flags = info->has_table == 1 ? info->table.flags : NULL;
	const struct eyas_syscall_info *syscall;
	uint64_t bits =
		eyas_load_int(value->data, value->type->size, value->type->kind == EYAS_KIND_SINT);
	int64_t number = (int64_t)bits;

	switch (info->type) {
	case EYAS_PT_FD:
	case EYAS_PT_FD32:
		if (form & RAW)
			eyas_str_i64(str, number);
		if (number < 0)
			put_name(str, number == EYAS_AT_FDCWD ? "AT_FDCWD" : errno_of(number),
				 form);
		return;
	case EYAS_PT_ERRNO:
		if (form & RAW)
			eyas_str_i64(str, number);
		if (number < 0)
			put_name(str, errno_of(number), form);
		return;
	case EYAS_PT_PID:
	case EYAS_PT_PID32:
		if (form & RAW)
			eyas_str_i64(str, number);
		return;
	case EYAS_PT_FLAGS8:
	case EYAS_PT_FLAGS16:
	case EYAS_PT_FLAGS32:
		/* Decimal whatever the parameter's format says: so the peers print flags. */
		if (form & RAW)
			eyas_str_u64(str, bits);
		if (flags && (form & RESOLVED))
			put_flags(str, flags, (uint32_t)bits, form);
		return;
	case EYAS_PT_ENUMFLAGS8:
	case EYAS_PT_ENUMFLAGS16:
	case EYAS_PT_ENUMFLAGS32:
		if (form & RAW)
			eyas_str_u64(str, bits);
		if (flags && (form & RESOLVED))
			put_enum(str, flags, (uint32_t)bits, form);
		return;
	case EYAS_PT_MODE:
		if (form & RAW)
			put_number(str, value, bits);
		if (flags && (form & RESOLVED))
			put_flags(str, flags, (uint32_t)bits, form);
		return;
	case EYAS_PT_UID:
	case EYAS_PT_GID:
		put_owner(str, (uint32_t)bits, form);
		return;
	case EYAS_PT_SIGTYPE:
		if (form & RAW)
			eyas_str_u64(str, bits);
		put_name(str, eyas_signal_name((unsigned)bits), form);
		return;
	case EYAS_PT_SIGSET:
		if (form & RAW)
			put_sigset(str, (uint32_t)bits);
		return;
	case EYAS_PT_SYSCALLID:
		if (form & RAW)
			eyas_str_u64(str, bits);
		syscall = eyas_syscall_info((unsigned)bits);
		put_name(str, syscall ? syscall->name : NULL, form);
		return;
	case EYAS_PT_RELTIME:
		put_reltime(str, bits, form);
		return;
	case EYAS_PT_ABSTIME:
		if (form & RAW)
			eyas_text_abstime(str, bits);
		return;
	case EYAS_PT_BOOL:
		if (form & RAW)
			eyas_str_puts(str, bits ? "true" : "false");
		return;
	default:
		if (form & RAW)
			put_number(str, value, bits);
		return;
	}
}

static void put_bad(struct eyas_str *str, const struct eyas_type_info *type)
{
	eyas_str_add(str, "<bad ", 5);
	eyas_str_puts(str, type->name);
	eyas_str_putc(str, '>');
}

static void put_buffer(struct eyas_str *str, const uint8_t *data, uint32_t len, uint32_t max_bytes)
{
	if (!max_bytes || len <= max_bytes) {
		eyas_str_dots(str, data, len);
	} else if (max_bytes <= 3) {
		eyas_str_dots(str, data, max_bytes);
	} else {
		eyas_str_dots(str, data, max_bytes - 3);
		eyas_str_add(str, "...", 3);
	}
}

/* Strings back to back: a dot between two of them, as in a buffer that holds such strings. */
static void put_strings(struct eyas_str *str, const uint8_t *data, uint32_t len)
{
	const char *text = (const char *)data;
	uint32_t at = 0;
	size_t n;

	while (at < len) {
		if (at)
			eyas_str_putc(str, '.');
		n = strnlen(text + at, len - at);
		eyas_str_safe(str, text + at, n);
		at += (uint32_t)n + 1;
	}
}

/*
 * Descriptors with the events asked for or seen. The letter in front of the bits is the type of
 * the descriptor, which only the state knows; the mark stands for an unknown one and keeps
 * "3:?1" apart from "3:41", an IPv4 socket.
 */
static void put_fdlist(struct eyas_str *str, const struct value *value)
{
	const uint8_t *p = value->data + 2;
	uint32_t count, i;

	if (value->len < 2 || value->len != 2 + 10 * (uint32_t)eyas_le16(value->data)) {
		put_bad(str, value->type);
		return;
	}
	count = eyas_le16(value->data);
	for (i = 0; i < count; i++, p += 10) {
		if (i)
			eyas_str_putc(str, ' ');
		/* Unsigned as the peers print it: a negative entry, which poll() skips, is huge. */
		eyas_str_u64(str, eyas_le64(p));
		eyas_str_add(str, ":?", 2);
		eyas_str_hex(str, (uint32_t)(int16_t)eyas_le16(p + 8), false);
	}
}

static void put_double(struct eyas_str *str, const uint8_t *data)
{
	uint64_t bits = eyas_le64(data);
	double number;

	memcpy(&number, &bits, sizeof(number));
	eyas_str_printf(str, "%.1f", number);
}

static void put_sock(struct eyas_str *str, const struct value *value)
{
	struct eyas_param param = { value->info, value->data, value->len };
	struct eyas_sock sock;

	if (eyas_param_sock(&param, &sock) < 0)
		put_bad(str, value->type);
	else if (value->type->kind == EYAS_KIND_SOCKADDR)
		eyas_text_sockaddr(str, &sock);
	else
		eyas_text_socktuple(str, &sock);
}

static void put_missing(struct eyas_str *str, const struct eyas_param_info *info)
{
	switch (info ? info->type : EYAS_PT_NONE) {
	case EYAS_PT_BYTEBUF:
	case EYAS_PT_SOCKTUPLE:
	case EYAS_PT_FDLIST:
	case EYAS_PT_CHARBUFARRAY:
	case EYAS_PT_DYN:
		eyas_str_add(str, "NULL", 4);
		return;
	default:
		eyas_str_add(str, "<NA>", 4);
		return;
	}
}

static void put_value(struct eyas_str *str, const struct value *value, unsigned form,
		      uint32_t max_bytes)
{
	const char *text = (const char *)value->data;

	if (value->type->size && value->type->size != value->len) {
		if (form & RAW)
			put_bad(str, value->type);
		return;
	}
	if (value->type->kind == EYAS_KIND_SINT || value->type->kind == EYAS_KIND_UINT) {
		put_integer(str, value, form);
		return;
	}
	/* None of the others has a resolved form that needs no state. */
	if (!(form & RAW))
		return;
	switch ((enum eyas_kind)value->type->kind) {
	case EYAS_KIND_STRING:
		eyas_str_safe(str, text, strnlen(text, value->len));
		return;
	case EYAS_KIND_BYTES:
		put_buffer(str, value->data, value->len, max_bytes);
		return;
	case EYAS_KIND_STRINGS:
		put_strings(str, value->data, value->len);
		return;
	case EYAS_KIND_SOCKADDR:
	case EYAS_KIND_SOCKTUPLE:
		put_sock(str, value);
		return;
	case EYAS_KIND_FDLIST:
		put_fdlist(str, value);
		return;
	case EYAS_KIND_ADDR:
		if (value->len != 4 && value->len != 16)
			put_bad(str, value->type);
		else
			eyas_text_addr(str, value->data, value->len);
		return;
	case EYAS_KIND_DOUBLE:
		put_double(str, value->data);
		return;
	case EYAS_KIND_PAIRS:
		/* An address in the memory of a program that ended years ago. */
		eyas_str_add(str, "<NA>", 4);
		return;
	case EYAS_KIND_NONE:
	case EYAS_KIND_SINT:
	case EYAS_KIND_UINT:
	case EYAS_KIND_DYN:
		put_bad(str, value->type);
		return;
	}
}

/* A dynamic parameter is its variant's value; the index byte is not shown. */
static void put_dyn(struct eyas_str *str, const struct eyas_param *param, unsigned form,
		    uint32_t max_bytes)
{
	struct eyas_param_info info;
	struct eyas_param inner;
	struct value value;

	if (eyas_param_variant(param, &info, &inner) < 0) {
		if (form & RAW)
			put_bad(str, eyas_type_info(param->info->type));
		return;
	}
	value = (struct value){ &info, eyas_type_info(info.type), inner.data, inner.len };
	put_value(str, &value, form, max_bytes);
}

static void put_param(struct eyas_str *str, const struct eyas_param *param, unsigned form,
		      uint32_t max_bytes)
{
	struct value value = { param->info, NULL, param->data, param->len };

	if (param->info)
		value.type = eyas_type_info(param->info->type);
	if (!param->len || !value.type) {
		if (form & RAW)
			put_missing(str, param->info);
	} else if (value.type->kind == EYAS_KIND_DYN) {
		put_dyn(str, param, form, max_bytes);
	} else {
		put_value(str, &value, form, max_bytes);
	}
}

void eyas_text_raw(struct eyas_str *str, const struct eyas_param *param)
{
	put_param(str, param, RAW, 0);
}

void eyas_text_resolved(struct eyas_str *str, const struct eyas_param *param)
{
	put_param(str, param, RESOLVED, 0);
}

void eyas_text_param(struct eyas_str *str, const struct eyas_param *param, uint32_t max_bytes)
{
	put_param(str, param, BOTH, max_bytes);
}

size_t eyas_param_text(const struct eyas_param *param, enum eyas_text form, char *buf, size_t size)
{
	struct eyas_str str = EYAS_STR_INIT;
	size_t len;

	switch (form) {
	case EYAS_TEXT_RAW:
		eyas_text_raw(&str, param);
		break;
	case EYAS_TEXT_RESOLVED:
		eyas_text_resolved(&str, param);
		break;
	case EYAS_TEXT_BOTH:
		eyas_text_param(&str, param, 0);
		break;
	}
	len = str.len;
	if (size) {
		size_t copied = len < size ? len : size - 1;

		if (copied)
			memcpy(buf, str.data, copied);
		buf[copied] = '\0';
	}
	eyas_str_fini(&str);
	return len;
}
