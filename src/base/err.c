/* SPDX-License-Identifier: Apache-2.0 */
/* Errors in words: struct eyas_err and the texts of the codes. Called by every floor. */
#include "base/err.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* Escapes what is not fit for a terminal; without memory for that, it is a '?'. */
static void make_safe(struct eyas_err *err)
{
	struct eyas_str safe = EYAS_STR_INIT;
	char *c;

	for (c = err->text; *c >= 0x20 && *c < 0x7f; c++)
		;
	if (!*c)
		return;
	eyas_str_safe(&safe, err->text, strlen(err->text));
	for (; safe.nomem && *c; c++)
		if (*c < 0x20 || *c >= 0x7f)
			*c = '?';
	if (!safe.nomem)
		snprintf(err->text, sizeof(err->text), "%.*s", (int)safe.len, safe.data);
	eyas_str_fini(&safe);
}

int eyas_err_vset(struct eyas_err *err, int code, const char *fmt, va_list ap)
{
	if (!err)
		return code;
	memset(err, 0, offsetof(struct eyas_err, text));
	err->code = code;
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	make_safe(err);
	return code;
}

int eyas_err_set(struct eyas_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	eyas_err_vset(err, code, fmt, ap);
	va_end(ap);
	return code;
}

int eyas_err_at(struct eyas_err *err, int code, uint64_t offset, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	eyas_err_vset(err, code, fmt, ap);
	va_end(ap);
	if (err)
		err->offset = offset;
	return code;
}

void eyas_err_prefix(struct eyas_err *err, const char *prefix)
{
	char text[sizeof(err->text)];

	if (!err)
		return;
	memcpy(text, err->text, sizeof(text));
	snprintf(err->text, sizeof(err->text), "%.200s: %.300s", prefix, text);
	make_safe(err);
}

const char *eyas_strerror(int code)
{
	const char *text;

	switch (code) {
	case EYAS_E_END:
		return "end of capture";
	case EYAS_E_TRUNC:
		return "input is cut short";
	case EYAS_E_FORMAT:
		return "input is malformed";
	case EYAS_E_VERSION:
		return "input is of a newer version";
	case EYAS_E_LIMIT:
		return "a limit was reached";
	case EYAS_E_PARAM:
		return "value does not fit its type";
	case EYAS_E_USAGE:
		return "no such thing was asked for";
	default:
		break;
	}
	if (code >= 0)
		return "success";
	text = strerrordesc_np(-code);
	return text ? text : "unknown error";
}

const char *eyas_version(void)
{
	return EYAS_VERSION;
}
